"""Matching only what a delta brings gives the same report, byte for byte, as matching all.

The repositories are made at random: long files that change a little from commit to commit, in
which credentials appear, vanish, are put together from what stood apart, and lose their neighbours.
LEAKTRAWL_REPOSITORIES says how many are made.
"""

from __future__ import annotations

import base64
import os
from random import Random

import pytest

from conftest import Runner, Tree
from creds import Creds
from gitrepo import Repo

REPOSITORIES = int(os.environ.get("LEAKTRAWL_REPOSITORIES", "12"))
WORDS = "the of lorem id value region profile config user data ipsum some more words here".split()


def line(random: Random) -> str:
    return " ".join(random.choices(WORDS, k=random.randrange(1, 9))) + "\n"


def credential(random: Random, creds: Creds) -> str:
    """A credential in one of the forms that anchors look for, or what only looks like one."""
    pair = creds.pair()
    return random.choice(
        [
            pair.ini,
            pair.line + "\n",
            pair.id + "\n",
            f"aws_secret_access_key = {pair.secret}\n",
            creds.session().ini,
            pair.ini.encode("utf-16-le").decode("latin-1"),
            pair.ini.encode().hex() + "\n",
            f"x = {pair.id} # leaktrawl:allow\n{pair.secret}\n",
            "secret_access_key =\n",
            f"{pair.secret}\n",
        ]
    )


def change(random: Random, creds: Creds, text: str) -> str:
    """One small change at a random place."""
    at = random.randrange(len(text) + 1)
    to = min(len(text), at + random.randrange(1, 200))
    kind = random.choice([0, 0, 0, 0, 1, 1, 1, 2, 3, 3, 3, 4, 4, 4, 5, 6])
    if kind == 0:
        return text[:at] + line(random) + text[at:]
    if kind == 1:
        return text[:at] + text[to:]
    if kind == 2:
        return text[:at] + credential(random, creds) + text[at:]
    if kind == 3:  # two halves with something between, which a later change may take away
        whole = credential(random, creds)
        cut = random.randrange(len(whole))
        return text[:at] + whole[:cut] + "<<<" + line(random) + ">>>" + whole[cut:] + text[at:]
    if kind == 4 and "<<<" in text:
        start = text.index("<<<")
        end = text.find(">>>", start)
        return text[:start] + text[end + 3 if end >= 0 else start + 3 :]
    if kind == 5:
        start = random.randrange(len(text) + 1)
        return text[start:] + text[:start]
    return text[:at] + text[at:to] + text[at:]


def stream(random: Random, creds: Creds) -> bytes:
    """Commits for git fast-import."""
    files = {f"f{i}": "".join(line(random) for _ in range(200)) for i in range(12)}
    out = []
    for number in range(40):
        out.append(
            f"commit refs/heads/main\ncommitter A <a@example.com> {1600000000 + number} +0000\n"
            f"data 2\nx\n".encode()
        )
        for name in random.sample(sorted(files), random.randrange(1, 4)):
            for _ in range(random.randrange(1, 3)):
                files[name] = change(random, creds, files[name])
            content = files[name].encode("latin-1")
            out.append(f"M 644 inline {name}\ndata {len(content)}\n".encode() + content + b"\n")
    return b"".join(out)


@pytest.mark.parametrize("number", range(REPOSITORIES))
def test_the_same_with_and_without(run: Runner, tree: Tree, number: int):
    random, repo = Random(number), tree.repo()
    repo.git("fast-import", "--quiet", stdin=stream(random, Creds(number)))
    depth, window = random.choice([("50", "10"), ("4095", "40"), ("3", "5")])
    repo.git("repack", "-adfq", "--depth", depth, "--window", window)
    reports = {
        run("history", "--all-objects", "--format", "jsonl", "--show-secrets", *args, "repo").stdout
        for args in [["-j1"], ["-j4"], ["-j1", "--no-delta-skip"], ["-j4", "--no-delta-skip"]]
    }
    assert len(reports) == 1
    assert b'"type":"finding"' in reports.pop()


@pytest.mark.parametrize("what", ["id", "label", "base64", "utf16", "hex"])
def test_a_seam_anywhere_in_an_anchor(run: Runner, tree: Tree, creds: Creds, what: str):
    """What two copies put together, byte by byte along the credential."""
    repo, pair = tree.repo(), creds.pair()
    whole = {
        "id": f"{pair.id}\n{pair.secret}\n".encode(),
        "label": f"aws_secret_access_key={pair.secret}\n".encode(),
        "base64": base64.b64encode(pair.ini.encode()) + b"\n",
        "utf16": pair.ini.encode("utf-16-le"),
        "hex": pair.ini.encode().hex().encode() + b"\n",
    }[what]
    text = "".join(f"line {i} of many that are all alike\n" for i in range(60)).encode()
    cuts = range(1, min(len(whole), 60))
    for junk in (b"(%s)" % b" and something".join(b"%d" % i for i in range(9)), b""):
        for i in cuts:
            repo.write(f"f{i}", b"%d\n" % i + text + whole[:i] + junk + whole[i:] + text)
        repo.git("add", "-A")
        repo.git("commit", "-q", "-m", "x")
    repo.git("repack", "-adfq", "--window", "100")
    args = ["history", "--all-objects", "--all-occurrences", "--format", "jsonl", "--show-secrets"]
    assert run(*args, "repo").stdout == run(*args, "--no-delta-skip", "repo").stdout


def test_an_anchor_without_a_maximum(run: Runner, tree: Tree, creds: Creds):
    """Where an anchor of a team's own rule may reach anywhere, everything is matched whole."""
    tree.write(
        "rules.json",
        """{"format": 1, "parts": [{"name": "far", "role": "secret", "forms": [{"label": "strong",
        "anchors": ["BEGIN-FAR.*END-FAR"], "pattern": "BEGIN-FAR.{1,2000}?(?<value>[a-z]{20})",
        "before": 4096, "after": 64}]}], "rules": [{"id": "far", "description": "far",
        "severity": "low", "parts": {"secret": "far"}}]}""",
    )
    if run("rules", "check", "rules.json").status:
        pytest.skip("no such rule can be written")
    repo = tree.repo()
    text = "".join(f"line {i} of many\n" for i in range(400))
    repo.commit({"a": "BEGIN-FAR\nabcdefghijklmnopqrst\n" + text})
    repo.commit({"a": "BEGIN-FAR\nabcdefghijklmnopqrst\n" + text[:900] + "END-FAR\n" + text[900:]})
    repo.git("repack", "-adfq")
    args = ["history", "--all-objects", "--format", "jsonl", "--rules", "rules.json"]
    assert run(*args, "repo").stdout == run(*args, "--no-delta-skip", "repo").stdout


def test_deltas_are_there(tree: Tree):
    """The test above would prove nothing without them."""
    repo: Repo = tree.repo()
    repo.git("fast-import", "--quiet", stdin=stream(Random(0), Creds(0)))
    repo.git("repack", "-adfq")
    [pack] = (repo.path / ".git/objects/pack").glob("*.idx")
    assert repo.git("verify-pack", "-v", str(pack)).count("chain length") > 3
