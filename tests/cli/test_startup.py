"""What the program does before, after and beside its work: nothing that was not asked for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Callable

import pytest

from conftest import Runner, Tree
from creds import Creds
from team_rules import TEAM_RULES

WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND")
CALLS = (
    "open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,"
    "linkat,symlink,symlinkat,mknod,mknodat,chmod,fchmodat,truncate,utimensat,execve,execveat,"
    "socket,connect"
)


@pytest.fixture
def strace(traced: Callable[[str], list[str]], run: Runner, tmp_path: Path):
    """Runs a scan and gives the lines of its system calls that could change something."""

    def changing(*args: str) -> list[str]:
        result = run.scan(*args, before=traced(CALLS))
        assert result.summary
        log = (tmp_path / "calls").read_text(errors="replace")
        lines = [line for line in log.splitlines() if "(" in line]
        assert any("execve(" in line for line in lines)
        return [
            line
            for line in lines[1:]  # the first is the execve of the program itself
            if not re.search(r"\bopen(at2?)?\(", line) or WRITING.search(line)
            if "/dev/null" not in line and "resumed>" not in line
        ]

    return changing


def test_a_scan_writes_runs_and_connects_to_nothing(
    strace, run: Runner, tree: Tree, creds: Creds, tmp_path: Path
):
    repo = tree.repo("t/repo")
    repo.commit({"gone": creds.pair().ini})
    repo.commit({"gone": None})
    tree.write("t/f", creds.pair().ini)
    assert strace("t") == []
    assert list((tmp_path / "home").iterdir()) == []


def test_the_built_in_rules_are_not_compiled_at_the_start(
    run: Runner, tree: Tree, no_sanitizer, tmp_path: Path
):
    """The start costs the processor less than half of one that compiles a team's rule."""
    tree.mkdir("empty")
    tree.write("rules.json", json.dumps(TEAM_RULES))

    def least_cost(*args: str) -> float:
        return min(
            run(
                "scan",
                "--allow-empty",
                *args,
                "empty",
                env={"XDG_CACHE_HOME": str(tmp_path / f"cache{i}")},
                measured=True,
            ).cpu_s
            for i in range(12)
        )

    assert 2 * least_cost() < least_cost("--rules", "rules.json")


def test_nothing_is_written_for_the_built_in_rules(run: Runner, tree: Tree, tmp_path: Path):
    tree.mkdir("empty")
    tree.write("full/f", "nothing")
    assert run("scan", "--allow-empty", "empty").status == 0
    assert run("scan", "full").status == 0
    assert list((tmp_path / "home").iterdir()) == []
    assert sorted(p.name for p in tree.root.rglob("*")) == ["empty", "f", "full"]


# --- the cache, which only a team's own rules need ---


@pytest.fixture
def team(run: Runner, tree: Tree, creds: Creds):
    """A scan with rules of a team's own, and the cache that it leaves."""
    tree.write("rules.json", json.dumps(TEAM_RULES, indent=2))
    token = "acme-" + creds.hex(32)
    pair = creds.pair()
    tree.write("t/f", f"{pair.ini}\n\n\n\ntoken: {token}\n")

    def scan(**options):
        result = run.scan("--rules", "rules.json", "--show-secrets", "t", **options)
        assert result.status == 1
        assert sorted(f["rule"] for f in result.findings) == ["acme-token", "aws-key-pair"], result
        assert token.encode() in result.stdout
        assert result.stderr == b""
        return result

    return scan


def cache_files(run: Runner) -> list[Path]:
    return sorted(p for p in (run.home / "cache" / "leaktrawl").glob("**/*") if p.is_file())


def test_rules_of_a_team_are_cached(run: Runner, team):
    first = team()
    files = cache_files(run)
    assert files, "nothing was cached"
    before = [(p, p.stat().st_mtime_ns, p.stat().st_ino) for p in files]
    assert team().stdout == first.stdout
    assert [(p, p.stat().st_mtime_ns, p.stat().st_ino) for p in cache_files(run)] == before
    assert all(p.stat().st_mode & 0o022 == 0 for p in files), "others could write to the cache"


def damage(kind: str, content: bytes) -> bytes:
    middle = len(content) // 2
    return {
        "empty": b"",
        "text": b"this is no database\n",
        "zeros": bytes(len(content)),
        "cut": content[:middle],
        "one more byte": content + b"\0",
        "one bit at the start": bytes([content[0] ^ 1]) + content[1:],
        "one bit in the middle": content[:middle]
        + bytes([content[middle] ^ 1])
        + content[middle + 1 :],
        "one bit at the end": content[:-1] + bytes([content[-1] ^ 128]),
    }[kind]


DAMAGES = ["empty", "text", "zeros", "cut", "one more byte", "one bit at the start",
           "one bit in the middle", "one bit at the end"]  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_cache_is_ignored(run: Runner, team, kind: str):
    first = team()
    for path in cache_files(run):
        path.write_bytes(damage(kind, path.read_bytes()))
    assert team().stdout == first.stdout


def test_a_cache_of_other_rules_is_ignored(run: Runner, tree: Tree, team):
    first = team()
    files = cache_files(run)
    rules = json.loads(json.dumps(TEAM_RULES).replace("acme", "other"))
    tree.write("other.json", json.dumps(rules))
    run.scan("--rules", "other.json", "t")
    [foreign] = set(cache_files(run)) - set(files)
    for path in files:
        path.write_bytes(foreign.read_bytes())
    assert team().stdout == first.stdout


@pytest.mark.parametrize("where", ["/dev/null/below", "/proc/none", "relative", ""])
def test_a_cache_that_cannot_be_written_is_no_failure(team, tree: Tree, where: str):
    team(env={"XDG_CACHE_HOME": where})
    assert not (tree / "relative").exists()


def test_a_cache_file_that_is_a_folder_or_a_link(run: Runner, tree: Tree, team):
    first = team()
    [path] = cache_files(run)
    path.unlink()
    path.mkdir()
    assert team().stdout == first.stdout
    path.rmdir() if path.is_dir() else path.unlink()
    victim = tree.write("victim", "precious\n")
    path.symlink_to(victim)
    assert team().stdout == first.stdout
    assert victim.read_text() == "precious\n"
