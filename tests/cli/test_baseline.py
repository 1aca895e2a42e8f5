"""Baselines: written, obeyed in files and history, merged by people, expired, pruned."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

import pytest

from conftest import Result, Runner, Tree
from creds import Creds
from team_rules import TEAM_RULES

HEADER = "leaktrawl baseline 1"


def write(run: Runner, *args: str | Path) -> Result:
    result = run("scan", "--write-baseline", "known", *args)
    assert result.status == 0, result
    return result


def entries(path: Path) -> list[str]:
    lines = path.read_text().splitlines()
    assert lines[0] == HEADER
    return [line for line in lines[1:] if not line.startswith("#")]


def test_what_is_written_is_known_from_then_on(run: Runner, tree: Tree, creds: Creds) -> None:
    one, two = creds.pairs(2)
    tree.write("t/a", one.env)
    tree.write("t/b/c", one.ini + "\n" * 9 + two.ini)
    before = run.scan("t")
    names = sorted({f["fingerprint"] for f in before.findings})
    result = write(run, "t", "--reason", "made up", "--expires", "2999-12-31")
    assert "no credentials found" in result.stdout.decode()
    assert "3 in the baseline" in result.stdout.decode()
    assert result.stderr_line() == "leaktrawl: known: 2 credentials added, 2 in all"
    lines = [f"{name} aws-key-pair expires=2999-12-31 reason=made up" for name in names]
    assert entries(tree / "known") == lines
    for secret in (one.id, one.secret, two.id, two.secret):
        assert secret not in (tree / "known").read_text()

    tree.write("t/a", "moved\n\n" + one.ini)  # another place, another form
    (tree / "t/b/c").rename(tree / "t/d")
    new = creds.pair()
    tree.write("t/new", new.env)
    after = run.scan("--baseline", "known", "t")
    assert after.status == 1
    assert after.ids == [new.id]
    assert after.summary["baselined"] == 3
    assert after.summary["findings"] == 1
    assert after.summary["files"] == 3


def test_history_and_staged_files_are_covered_too(run: Runner, tree: Tree, creds: Creds) -> None:
    old, now = creds.pairs(2)
    repo = tree.repo()
    repo.commit({"a": old.env})
    repo.commit({"a": "clean\n"})
    result = run("history", "repo", "--write-baseline", "known")
    assert (result.status, len(entries(tree / "known"))) == (0, 1)
    again = run("history", "repo", "--baseline", "known", "--format", "jsonl")
    assert (again.status, again.summary["baselined"]) == (0, 1)
    repo.write("b", old.ini)
    repo.write("c", now.ini)
    repo.git("add", "b", "c")
    staged = run("staged", "repo", "--baseline", "known", "--format", "jsonl")
    assert (staged.status, staged.ids, staged.summary["baselined"]) == (1, [now.id], 1)


def test_rewriting_keeps_what_people_wrote(run: Runner, tree: Tree, creds: Creds) -> None:
    tree.write("t/a", creds.pair().env)
    write(run, "t")
    line = entries(tree / "known")[0]
    kept = f"{HEADER}\n# asked the team\n{line} expires=2999-01-01 reason=rotated\n# end\n"
    (tree / "known").write_text(kept)
    write(run, "t", "--reason", "another")
    assert (tree / "known").read_text() == kept
    tree.write("t/a", "nothing")  # a scan of less drops nothing
    write(run, "t")
    assert (tree / "known").read_text() == kept


def test_an_old_file_keeps_its_mode_and_a_link_its_end(run: Runner, tree: Tree, creds: Creds) -> None:
    tree.write("t/a", creds.pair().env)
    tree.write("real/base", HEADER + "\n").chmod(0o640)
    tree.link("known", "real/base")
    write(run, "t")
    assert (tree / "known").is_symlink()
    assert len(entries(tree / "real/base")) == 1
    assert stat.S_IMODE(os.stat(tree / "real/base").st_mode) == 0o640
    assert sorted(p.name for p in (tree / "real").iterdir()) == ["base"]


def test_an_expired_entry_is_told_and_suppresses_nothing(
    run: Runner, tree: Tree, creds: Creds
) -> None:
    pair = creds.pair()
    tree.write("t/a", pair.env)
    write(run, "t", "--expires", "2999-02-28")
    tree.write("known", (tree / "known").read_text().replace("2999-02-28", "2020-02-29"))
    result = run.scan("--baseline", "known", "t")
    assert (result.status, result.ids, result.summary["baselined"]) == (1, [pair.id], 0)
    told = "leaktrawl: known:2: expired on 2020-02-29: its finding is reported again"
    assert result.stderr_line() == told


@pytest.mark.parametrize(
    "text, told",
    [
        ("leaktrawl baseline 9\n", 'known:1: "leaktrawl baseline 9" is not known'),
        ("[]\n", "known:1: no baseline"),
        (f"{HEADER}\nlt1:12 aws-key-pair\n", "known:2: neither an entry"),
        (f"{HEADER}\n<<<<<<< HEAD\n", "known:2: a merge conflict"),
        (f"{HEADER}\n# \x1b]0;title\x07\n", "known:2: control characters"),
        (None, "known: there is no such file"),
    ],
)
def test_what_is_no_baseline_is_refused(
    run: Runner, tree: Tree, creds: Creds, text: str | None, told: str
) -> None:
    tree.write("t/a", creds.pair().env)
    if text is not None:
        tree.write("known", text)
    result = run.scan("--baseline", "known", "t")
    assert (result.status, result.stdout) == (2, b"")
    assert result.stderr_line().startswith(f"leaktrawl: {told}")
    if text is not None:
        result = run("scan", "--write-baseline", "known", "t")
        assert result.status == 2
        assert (tree / "known").read_text() == text


@pytest.mark.parametrize(
    "args, told",
    [
        (["--reason", "x"], "go with --write-baseline"),
        (["--write-baseline", "known", "--expires", "2027-02-29"], "is not a day"),
        (["--write-baseline", "known", "--expires", "2020-02-29"], "is over"),
        (["--write-baseline", "known", "--reason", "a\nlt1:"], "control characters"),
    ],
)
def test_terms_are_checked(run: Runner, tree: Tree, args: list[str], told: str) -> None:
    tree.write("t/a", "x")
    result = run("scan", *args, "t")
    assert result.status == 2
    assert told in result.stderr_line()
    assert not (tree / "known").exists()


def test_what_a_team_s_rule_finds_is_salted(run: Runner, tree: Tree, creds: Creds) -> None:
    tree.write("rules.json", json.dumps(TEAM_RULES))
    token = "acme-" + "".join(creds.random.choices("abcdef", k=32))
    tree.write("t/a", f"key = {token}\n" + creds.pair().env)
    rules = ("--rules", "rules.json")
    plain = {f["rule"]: f["fingerprint"] for f in run.scan(*rules, "t").findings}
    assert len(plain) == 2
    write(run, *rules, "t")
    salt, own, built_in = sorted(entries(tree / "known"), key=lambda line: "lt1:" in line)
    salt, own = sorted([salt, own], reverse=True)
    assert re.fullmatch(r"salt [0-9a-f]{32}", salt)
    assert re.fullmatch(r"lts1:[0-9a-f]{32} acme-token", own)
    assert built_in == f"{plain['aws-key-pair']} aws-key-pair"
    assert plain["acme-token"][4:] not in (tree / "known").read_text()
    result = run.scan(*rules, "--baseline", "known", "t")
    assert (result.status, result.summary["baselined"]) == (0, 2)
    first = (tree / "known").read_bytes()
    write(run, *rules, "t")
    assert (tree / "known").read_bytes() == first


def prune(run: Runner, *args: str) -> Result:
    return run("baseline", "prune", "known", *args)


def test_prune_tells_what_nothing_meets(run: Runner, tree: Tree, creds: Creds) -> None:
    gone, there = creds.pairs(2)
    tree.write("t/gone", gone.env)
    tree.write("t/there", there.env)
    write(run, "t")
    assert prune(run, "t").status == 0
    name = next(f for f in run.scan("t").findings if f["access_key_id"] == gone.id)["fingerprint"]
    (tree / "t/gone").unlink()
    before = (tree / "known").read_text()
    result = prune(run, "t")
    assert result.status == 1
    line = before.splitlines().index(f"{name} aws-key-pair") + 1
    assert result.stdout.decode() == f"known:{line}: {name} aws-key-pair\n"
    assert result.stderr_line() == "leaktrawl: known: 1 of 2 entries match nothing"
    assert (tree / "known").read_text() == before
    assert prune(run, "--write", "t").status == 0
    assert (tree / "known").read_text() == before.replace(f"{name} aws-key-pair\n", "")
    assert prune(run, "t").status == 0


def test_prune_takes_nothing_out_after_a_scan_that_is_not_whole(
    run: Runner, tree: Tree, creds: Creds
) -> None:
    tree.write("t/a", creds.pair().env)
    write(run, "t")
    before = (tree / "known").read_text()
    result = prune(run, "--write", "nowhere")
    assert result.status == 2
    assert b"left as it is" in result.stderr
    assert (tree / "known").read_text() == before
    tree.mkdir("empty")
    assert prune(run, "--write", "empty").status == 2
    assert (tree / "known").read_text() == before
