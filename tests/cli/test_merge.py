"""`leaktrawl merge`: reports read back, joined and written again, and hostile ones refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import pytest

from conftest import Result, Runner, Tree
from creds import Creds


def report(run: Runner, tree: Tree, name: str, *args: str | Path) -> Path:
    """The report of a scan of `args`, in a file."""
    return tree.write(name, run.scan(*args).stdout)


def merge(run: Runner, *args: str | Path) -> Result:
    return run("merge", "--format", "jsonl", *args)


@pytest.fixture
def site(tree: Tree, creds: Creds) -> Tree:
    """Every kind of finding, error and skip: files, names that are no UTF-8, history."""
    tree.write("t/pair", creds.pair().ini)
    tree.write("t/session", creds.session().ini)
    tree.write("t/alone", f"aws_secret_access_key = {creds.secret()}\n")
    tree.write("t/lone", f"{creds.key_id()}\n" * 7)
    tree.write(b"t/latin\xe9%", creds.pair().ini)
    tree.write("t/quote\"\n\x1b", creds.pair().ini)
    tree.write("t/access_key", creds.key_id())
    tree.write("t/secret_key", creds.secret())
    tree.link("t/link", "pair")
    repo = tree.repo("t/repo")
    repo.commit({"gone": creds.pair().ini, "odd\udcff": creds.pair().ini})
    repo.commit({"gone": None, "kept": creds.pair().ini})
    return tree


@pytest.mark.parametrize("secrets", [[], ["--show-secrets"]])
def test_a_report_merged_alone_is_itself(run: Runner, site: Tree, secrets: list[str]):
    path = report(run, site, "r", *secrets, "t", "gone")
    merged = merge(run, *secrets, path)
    assert merged.status == 1
    assert merged.stdout == path.read_bytes()
    assert merge(run, *secrets, path, path).findings == merged.findings
    assert merge(run, *secrets, "-").status == 2
    piped = run("merge", "-f", "jsonl", *secrets, "-", stdin=path.read_bytes())
    assert piped.stdout == merged.stdout


@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_the_order_of_the_reports_decides_nothing(run: Runner, site: Tree, form: str):
    paths = [
        report(run, site, "r1", "t"),
        report(run, site, "r2", "--show-secrets", "t/repo", "t/pair", "gone"),
        report(run, site, "r3", "--no-history", "t", "t/lone"),
    ]
    merged = [run("merge", "--format", form, *order) for order in permutations(paths)]
    assert len({(m.stdout, m.stderr, m.status) for m in merged}) == 1
    assert merged[0].status == 1


def test_the_same_place_stays_once_with_what_is_known_of_it(
    run: Runner, tree: Tree, creds: Creds
):
    repo, pair = tree.repo("repo"), creds.pair()
    repo.commit({"f": pair.ini})
    files = report(run, tree, "files", "--no-history", "--show-secrets", "repo")
    whole = report(run, tree, "whole", "repo")
    [finding] = merge(run, files, whole).findings
    assert finding["git"] is None, "the one with its whole secret goes before"
    hidden = report(run, tree, "hidden", "--no-history", "repo")
    [finding] = merge(run, hidden, whole).findings
    assert finding["git"]["commits"] == 1
    [finding] = merge(run, "--show-secrets", hidden, files).findings
    assert finding["secret_access_key"] == pair.secret


def test_places_and_targets_stay_apart(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    tree.write("a/f", pair.ini)
    tree.write("b/f", pair.ini)
    merged = merge(run, report(run, tree, "ra", "a"), report(run, tree, "rb", "b"))
    assert [f["location"]["path"] for f in merged.findings] == ["a/f", "b/f"]
    assert merged.summary["credentials"] == 1


def test_lone_ids_are_joined_by_target(run: Runner, tree: Tree, creds: Creds):
    lone = creds.key_id()
    tree.write("t/a", f"{lone}\n" * 3)
    one = report(run, tree, "one", "t")
    tree.write("t/a", f"{lone}\n" * 5)
    two = report(run, tree, "two", "t")
    os.rename(tree / "t/a", tree / "t/b")
    three = report(run, tree, "three", "t")
    [finding] = merge(run, one, two, three).findings
    assert finding["count"] == 10, "of one place the larger count, of two their sum"
    assert finding["location"]["path"] == "t/a"


def test_counts_are_added_and_errors_kept(run: Runner, tree: Tree, creds: Creds):
    tree.write("a", "nothing\n")
    tree.write("b", "nothing more\n")
    merged = merge(run, report(run, tree, "ra", "a"), report(run, tree, "rb", "b", "gone"))
    assert merged.status == 2
    assert merged.summary["files"] == 2
    assert merged.summary["bytes"] == len("nothing\nnothing more\n")
    assert merged.summary["errors"] == 1 and merged.summary["complete"] is False
    [error] = merged.errors
    assert error["path"] == "gone" or error["target"] == "gone"


def test_statuses(run: Runner, tree: Tree, creds: Creds):
    tree.write("clean", "nothing\n")
    tree.write("lone", creds.key_id())
    clean, lone = report(run, tree, "r1", "clean"), report(run, tree, "r2", "lone")
    assert merge(run, clean).status == 0
    assert merge(run, clean, lone).status == 1
    assert merge(run, "--fail-on", "pair", clean, lone).status == 0
    assert merge(run, "--exit-code", "7", lone).status == 7


def test_a_report_that_was_cut_is_not_complete(run: Runner, site: Tree):
    path = report(run, site, "r", "t")
    lines = path.read_bytes().splitlines(keepends=True)
    site.write("cut", b"".join(lines[:2]))
    merged = merge(run, "cut")
    assert merged.status == 1 and merged.summary["complete"] is False
    assert "cut short" in merged.errors[0]["message"] and merged.errors[0]["path"] == "cut"
    site.write("torn", b"".join(lines)[:-40])
    assert merge(run, "torn").status == 2
    site.write("both", path.read_bytes() * 2)
    assert merge(run, "both").summary["complete"] is True


def test_incomplete_stays_incomplete(run: Runner, tree: Tree):
    tree.write("f", "nothing\n")
    summary = json.loads(report(run, tree, "r", "f").read_bytes())
    summary["complete"] = False
    tree.write("r", json.dumps(summary))
    merged = merge(run, "r")
    assert merged.status == 2 and merged.summary["complete"] is False


def a_finding(run: Runner, tree: Tree, creds: Creds) -> dict:
    tree.write("f", creds.pair().ini)
    return run.scan("f").findings[0]


def test_fields_that_are_not_known_are_passed_over(run: Runner, tree: Tree, creds: Creds):
    finding = a_finding(run, tree, creds)
    more = finding | {"later": {"x": [1]}}
    more["location"] = finding["location"] | {"later": None}
    tree.write("r", json.dumps(more) + "\n" + json.dumps({"type": "summary", "complete": True}))
    merged = merge(run, "r")
    assert merged.findings == [finding] and merged.summary["complete"] is True


Change = Callable[[dict], object]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: f.update(type="verdict"), "unknown type"),
        (lambda f: f.update(type=7), "no line of a JSON Lines report"),
        (lambda f: f.pop("type"), "no line of a JSON Lines report"),
        (lambda f: f.update(severity="dire"), "severity"),
        (lambda f: f.pop("rule"), "rule"),
        (lambda f: f.update(fingerprint="lt2:" + "0" * 32), "fingerprint"),
        (lambda f: f.update(fingerprint="lt1:" + "0" * 31), "fingerprint"),
        (lambda f: f.update(count=-1), "count"),
        (lambda f: f.update(count=1e300), "count"),
        (lambda f: f.update(access_key_id=[]), "access_key_id"),
        (lambda f: f.update(access_key_id=None, secret_access_key=None), "access_key_id"),
        (lambda f: f.update(location=None), "location"),
        (lambda f: f["location"].update(path=3), "path"),
        (lambda f: f["location"].update(decoded=["rot13"]), "decoded"),
        (lambda f: f["location"].update(decoded=["hex"] * 5), "decoded"),
        (lambda f: f["location"].update(path="%4", path_encoding="percent"), "path_encoding"),
        (lambda f: f["location"].update(path="%00", path_encoding="percent"), "path_encoding"),
        (lambda f: f["location"].update(path_encoding="base64"), "path_encoding"),
        (lambda f: f.update(git={"paths": [1]}), "paths"),
        (lambda f: f.update(git={"paths": "x"}), "paths"),
        (lambda f: f.update(s3={"bucket": "b"}), "key"),
    ],
)
def test_what_is_no_finding_is_refused(
    run: Runner, tree: Tree, creds: Creds, change: Change, says: str
):
    finding = a_finding(run, tree, creds)
    change(finding)
    tree.write("r", json.dumps({"type": "summary", "complete": True}) + "\n" + json.dumps(finding))
    result = merge(run, "r")
    assert (result.status, result.stdout) == (2, b"")
    assert "r:2: " in result.stderr_line() and says in result.stderr_line()


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"text\n", b"[]\n", b'"x"\n', b"{\n", b'{"findings":[\n', b"\0\0\0",
     b'{"type":"summary","report_version":2,"complete":true}\n', b"[" * 100_000,
     b'{"type":"error"}\n', b'{"type":"summary","skipped":[]}\n'],
)  # fmt: skip
def test_what_is_no_report_is_refused(run: Runner, tree: Tree, content: bytes):
    tree.write("r", content)
    result = merge(run, "r")
    assert (result.status, result.stdout) == (2, b"")
    assert "r" in result.stderr_line()


def test_a_line_is_bounded(run: Runner, tree: Tree):
    tree.write("r", b'{"type":"' + b"x" * (5 << 20) + b'"}\n')
    result = run("merge", "r", measured=True)
    assert result.status == 2 and "MiB" in result.stderr_line()
    assert result.max_rss_kb < 100_000


def test_reports_that_cannot_be_read(run: Runner, tree: Tree):
    tree.mkdir("folder")
    for name in ["gone", "folder"]:
        result = merge(run, name)
        assert (result.status, result.stdout) == (2, b"")
        assert name in result.stderr_line()
    assert run("merge").status == 2


def test_secrets_of_a_whole_report_are_redacted(run: Runner, tree: Tree, creds: Creds):
    pair = creds.session()
    tree.write("f", pair.ini)
    path = report(run, tree, "r", "--show-secrets", "f")
    for form in ["text", "json", "jsonl"]:
        shown = run("merge", "--format", form, path).stdout
        assert pair.secret[5:].encode() not in shown and pair.token[5:].encode() not in shown
        shown = run("merge", "--format", form, "--show-secrets", path).stdout
        assert pair.secret.encode() in shown


def test_what_the_scans_obeyed_is_carried_on(run: Runner, tree: Tree, creds: Creds):
    known, kept, off = creds.pairs(3)
    for name, pair in (("known", known), ("kept", kept), ("off", off)):
        tree.write(f"t/{name}", pair.ini)
    for name in ("b1", "b2"):
        assert run("scan", "--write-baseline", name, "t/known").status == 0
    tree.write("c1", "{}")
    tree.write("c2", '{"rules-off": ["aws-key-pair"]}')
    paths = [
        report(run, tree, "r1", "--config", "c1", "--baseline", "b1", "t/known", "t/kept"),
        report(run, tree, "r2", "--config", "c2", "--baseline", "b2", "t/off"),
        report(run, tree, "r3", "--config", "c1", "t/kept"),
    ]
    summary = merge(run, *paths).summary
    assert summary["settings"] == ["c1", "c2"]
    assert summary["baseline"] == "b1, b2"
    assert (summary["baselined"], summary["rules_off"]) == (1, 1)
    assert merge(run, *reversed(paths)).summary == summary
    assert merge(run, paths[0]).stdout == paths[0].read_bytes()
    assert merge(run, paths[2]).summary["baseline"] is None
    text = run("merge", *paths).stdout.decode()
    assert "settings of c1, c2" in text and "1 in the baseline" in text


@pytest.mark.parametrize("member", ['"settings": 1', '"settings": [1]', '"baseline": []'])
def test_what_was_obeyed_must_be_names(run: Runner, tree: Tree, member: str):
    tree.write("r", '{"type": "summary", "complete": true, %s}\n' % member)
    result = merge(run, "r")
    assert result.status == 2 and f"{member.split(':')[0]} is not" in result.stderr_line()
