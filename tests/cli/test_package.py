"""make dist and make deb: what they hold, that it runs, and that the same sources give the same bytes."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from conftest import ROOT, SANITIZED, Runner, Tree
from creds import Creds

pytestmark = [
    pytest.mark.skipif(SANITIZED, reason="packages hold the ordinary program"),
    pytest.mark.skipif(not (ROOT / ".git").exists(), reason="dist packs a commit of git's"),
]


def make(*args: str) -> Path:
    """The file that a target of the Makefile names last."""
    # Where make itself runs the tests, this one shall not know of it.
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run(
        ["make", "-s", "--no-print-directory", *args],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return ROOT / done.stdout.split()[-1]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_dist(tree: Tree):
    path = make("dist")
    first = digest(path)
    assert digest(make("dist")) == first
    with tarfile.open(path) as archive:
        names = archive.getnames()
        archive.extractall(tree.root)
    [top] = {name.split("/")[0] for name in names}
    assert re.fullmatch(r"leaktrawl-\d+\.\d+\.\d+", top)
    assert {f"{top}/Makefile", f"{top}/scanner/main.c", f"{top}/README.md"} <= set(names)
    assert not any("/build/" in name or name.endswith(".o") for name in names)
    # What it unpacks to is something that make understands.
    subprocess.run(["make", "-n", "-C", tree / top, "all"], capture_output=True, check=True)


def test_deb(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    path = make("deb")
    first = digest(path)
    assert digest(make("deb")) == first
    field = lambda name: subprocess.run(
        ["dpkg-deb", "-f", path, name], capture_output=True, text=True, check=True
    ).stdout
    assert field("Package").strip() == "leaktrawl"
    for library in ("libc6", "libhyperscan5|libvectorscan5", "libgit2", "libpcre2", "libcjson"):
        assert re.search(library, field("Depends")), library
    root = tree.mkdir("root")
    subprocess.run(["dpkg-deb", "-x", path, root], check=True)
    files = {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}
    assert {"usr/bin/leaktrawl", "usr/share/man/man1/leaktrawl.1.gz"} <= files
    assert all(name.startswith("usr/") for name in files)
    tree.write("key.txt", pair.ini)
    found = run.scan("key.txt", program=str(root / "usr/bin/leaktrawl"))
    assert found.ids == [pair.id]


def test_the_image_takes_what_there_is_and_is_nobody():
    text = (ROOT / "packaging/Dockerfile").read_text()
    lines = [l for l in text.replace("\\\n", " ").splitlines() if l and not l.startswith("#")]
    last = lines[max(i for i, l in enumerate(lines) if l.startswith("FROM ")) :]
    users = [l.split()[1] for l in last if l.startswith("USER ")]
    assert users and users[-1].split(":")[0] not in ("0", "root")
    assert 'ENTRYPOINT ["leaktrawl"]' in last
    targets = set(re.findall(r"make -C /src (\w+)", text))
    makefile = (ROOT / "Makefile").read_text()
    assert targets and all(re.search(rf"^{t}:", makefile, re.M) for t in targets)
