"""Reports: what is shown, what is hidden, where it goes, and what a terminal may be sent."""

from __future__ import annotations

import json
import os
import re

import pytest

from conftest import Runner, Tree, Unprivileged
from creds import Creds, Pair
from hostile import check_clean

ESCAPE = b"\x1b"
NASTY = "evil\x1b[31m\r\x07\x08\x0b\x7f\u009b2J\u202etxt"


@pytest.fixture
def planted(tree: Tree, creds: Creds) -> list[Pair]:
    """A file with a pair, a session and a labelled secret alone; a pair only history holds."""
    pair, gone = creds.pairs(2)
    session = creds.session()
    alone = Pair("", creds.secret(), None)
    text = f"[a]\n{pair.ini}\n[s]\n{session.ini}" + "\n" * 30
    tree.write("t/f", text + f"[c]\naws_secret_access_key = {alone.secret}\n")
    repo = tree.repo("t/repo")
    repo.commit({"g": gone.ini})
    repo.commit({"g": None})
    return [pair, session, alone, gone]


# --- redaction ---


@pytest.mark.parametrize("args", [["--format", "jsonl"], ["--format", "text"], [], ["-v"],
                                  ["--color", "always", "--progress", "always"]])  # fmt: skip
def test_secrets_are_redacted_everywhere(run: Runner, planted: list[Pair], args: list[str]):
    result = run("scan", *args, "t", "gone")
    assert result.status == 1
    shown = result.stdout + result.stderr
    for pair in planted:
        assert pair.id.encode() in shown
        assert f"{pair.secret[:4]}…".encode() in result.stdout
        for value in [pair.secret] + [pair.token] * bool(pair.token):
            assert value[5:].encode() not in shown
            assert value[20:40].encode() not in shown


def test_jsonl_shows_four_characters(run: Runner, planted: list[Pair]):
    findings = {f["access_key_id"] or "": f for f in run.scan("t").findings}
    assert findings.keys() == {pair.id for pair in planted}
    for pair in planted:
        assert findings[pair.id]["secret_access_key"] == pair.secret[:4] + "…"
        token = findings[pair.id]["session_token"]
        assert token == (pair.token[:4] + "…" if pair.token else None)


@pytest.mark.parametrize("form", ["jsonl", "text"])
def test_show_secrets(run: Runner, planted: list[Pair], form: str):
    result = run("scan", "--format", form, "--show-secrets", "t")
    for pair in planted:
        assert pair.secret.encode() in result.stdout
        assert (pair.token or "").encode() in result.stdout


def test_secrets_in_command_lines_and_names_are_not_echoed_by_errors(
    run: Runner, tree: Tree, creds: Creds
):
    pair = creds.pair()
    tree.write("rules.json", f'{{"{pair.secret}": ')
    result = run("scan", "--rules", "rules.json", ".")
    assert result.status == 2
    assert pair.secret.encode() not in result.stdout + result.stderr


# --- JSON Lines ---


def test_every_field_of_the_contract(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    tree.write("f", pair.ini)
    [finding] = run.scan("f").findings
    assert finding["type"] == "finding"
    assert finding["account"] == pair.account
    assert finding["account_label"] is None
    assert finding["session_token"] is None
    assert finding["count"] == 1
    assert finding["s3"] is None
    assert finding["verification"]["status"] == "unverified"
    assert {"target", "path", "line", "column", "offset", "decoded"} <= finding["location"].keys()
    assert {"path", "line", "column", "offset"} <= finding["secret_location"].keys()
    assert re.fullmatch("lt1:[0-9a-f]{32}", finding["fingerprint"])


def test_every_field_of_git(run: Runner, planted: list[Pair]):
    [git] = [f["git"] for f in run.scan("t").findings if f["git"]]
    keys = {
        "first_commit",
        "last_commit",
        "author",
        "date",
        "blob",
        "at_head",
        "on_remote",
        "commits",
        "paths",
    }
    assert keys <= git.keys()


def test_the_summary_counts(run: Runner, planted: list[Pair], tree: Tree, creds: Creds):
    tree.write("t/lone", f"{creds.key_id()} {creds.key_id()}\n")
    tree.write("t/again", "[a]\n" + planted[0].ini)
    summary = run.scan("t").summary
    assert summary["findings"] == 7
    assert summary["by_rule"] == {
        "aws-key-pair": 3,
        "aws-session-credentials": 1,
        "aws-secret-access-key": 1,
        "aws-access-key-id": 2,
    }
    assert summary["credentials"] == 6
    assert summary["repositories"] == 1
    assert summary["blobs"] == 1
    assert summary["commits"] == 2
    assert summary["errors"] == 0
    assert summary["complete"] is True


def test_a_clean_scan_is_a_summary_alone(run: Runner, tree: Tree):
    tree.write("f", "nothing\n")
    result = run.scan("f")
    assert result.status == 0
    assert len(result.objects) == 1
    assert result.summary["findings"] == 0
    assert result.summary["by_rule"] in ({}, {rule: 0 for rule in result.summary["by_rule"]})
    assert result.stderr == b""


# --- text ---


def test_text_names_what_matters(run: Runner, planted: list[Pair]):
    result = run("scan", "t")
    text = result.stdout.decode()
    assert result.stderr == b""
    lines = text.splitlines()
    words = [line.split() for line in lines]
    assert ["t/f:2:21", "critical", "aws-key-pair", "high", "confidence"] in words
    for pair in planted:
        assert pair.id in text
    assert planted[0].account in text
    assert lines[-1] and lines[-2] == "", "the summary is one line, apart"
    assert text.count(planted[3].id) == 1


def test_text_says_that_nothing_was_found(run: Runner, tree: Tree):
    tree.write("f", "nothing\n")
    result = run("scan", "f")
    assert len(result.stdout.splitlines()) == 1
    assert b"1 file" in result.stdout


def test_quiet(run: Runner, tree: Tree, creds: Creds):
    tree.write("clean", "nothing\n")
    result = run("scan", "-q", "clean")
    assert (result.status, result.stdout, result.stderr) == (0, b"", b"")
    tree.write("found", creds.pair().ini)
    result = run("scan", "-q", "found")
    assert result.status == 1
    assert b"aws-key-pair" in result.stdout


def test_text_of_a_finding_in_many_places_is_grouped(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    for i in range(20):
        tree.write(f"t/{i}", pair.ini)
    text = run("scan", "t").stdout.decode()
    assert text.count(pair.id) == 1
    assert text.count(pair.secret[:4] + "…") == 1


# --- where it goes ---


@pytest.mark.parametrize("form", ["jsonl", "text"])
def test_output_to_a_file(run: Runner, tree: Tree, planted: list[Pair], form: str):
    expected = run("scan", "--format", form, "t").stdout
    for option in [["-o", "report"], ["-oreport2"]]:
        result = run("scan", "--format", form, *option, "t")
        assert (result.status, result.stdout) == (1, b"")
    assert (tree / "report").read_bytes() == (tree / "report2").read_bytes() == expected
    assert run("scan", "--format", form, "-o", "-", "t").stdout == expected


def test_output_replaces_an_older_report(run: Runner, tree: Tree):
    tree.write("f", "nothing\n")
    tree.write("report", "old\n" * 10_000)
    run("scan", "-o", "report", "f")
    assert (tree / "report").read_bytes() == run("scan", "f").stdout


@pytest.mark.parametrize("place", ["/nowhere/report", ".", "/dev/full", "f/below"])
@pytest.mark.parametrize("content", ["clean", "found"])
def test_output_that_cannot_be_written(
    run: Runner, tree: Tree, creds: Creds, place: str, content: str
):
    tree.write("f", creds.pair().ini if content == "found" else "nothing\n")
    result = run("scan", "-o", place, "f")
    assert result.status == 2
    assert place in result.stderr_line() or place == "."


def test_output_where_the_user_may_not_write(unprivileged: Unprivileged):
    unprivileged.tree.write("f", "nothing\n")
    unprivileged.tree.mkdir("locked").chmod(0o555)
    result = unprivileged.scan("-o", "locked/report", "f")
    assert result.status == 2
    assert "locked/report" in result.stderr_line()


@pytest.mark.parametrize(
    "args",
    [
        ["scan", "f"],
        ["scan", "--format", "jsonl", "f"],
        ["scan", "--verify-plan", "f"],
        ["trail", "--rule", "sigma"],
        ["rules", "list"],
        ["help"],
        ["version"],
    ],
)
def test_a_full_disk_is_no_success(run: Runner, tree: Tree, args: list[str]):
    tree.write("f", "nothing\n")
    result = run(*args, before=["sh", "-c", 'exec "$@" > /dev/full', "sh"])
    assert result.status == 2
    assert "o space left" in result.stderr_line()


def test_closed_output_is_no_success(run: Runner, tree: Tree):
    tree.write("f", "nothing\n")
    result = run("scan", "f", before=["sh", "-c", 'exec "$@" >&-', "sh"])
    assert result.status == 2


# --- statuses ---


@pytest.mark.parametrize(
    ("args", "lone", "pair"),
    [
        ([], 1, 1),
        (["--fail-on", "any"], 1, 1),
        (["--fail-on", "pair"], 0, 1),
        (["--exit-code", "42"], 42, 42),
        (["--exit-code", "0"], 0, 0),
        (["--exit-code=7", "--fail-on=pair"], 0, 7),
    ],
)
def test_statuses(run: Runner, tree: Tree, creds: Creds, args: list[str], lone: int, pair: int):
    tree.write("lone", creds.key_id())
    tree.write("pair", creds.pair().ini)
    result = run.scan(*args, "lone")
    assert (result.status, len(result.findings)) == (lone, 1)
    assert run.scan(*args, "pair").status == pair


def test_fail_on_pair_means_any_whole_credential(run: Runner, tree: Tree, creds: Creds):
    tree.write("session", creds.session().ini)
    assert run.scan("--fail-on", "pair", "session").status == 1


def test_what_could_not_be_read_weighs_when_no_finding_counts(
    run: Runner, tree: Tree, creds: Creds
):
    tree.write("lone", creds.key_id())
    assert run.scan("--fail-on", "pair", "lone", "gone").status == 2
    assert run.scan("--exit-code", "42", "lone", "gone").status == 42


# --- colour ---


@pytest.mark.parametrize(
    ("terminal", "args", "env", "coloured"),
    [
        (True, [], {}, True),
        (False, [], {}, False),
        (True, ["--color", "auto"], {}, True),
        (True, ["--color", "never"], {}, False),
        (False, ["--color", "always"], {}, True),
        (False, ["--color=always"], {}, True),
        (True, [], {"NO_COLOR": "1"}, False),
        (True, [], {"NO_COLOR": ""}, True),
        (True, ["--color", "always"], {"NO_COLOR": "1"}, True),
        (False, [], {"CLICOLOR_FORCE": "1"}, True),
        (False, [], {"CLICOLOR_FORCE": "0"}, False),
        (False, [], {"FORCE_COLOR": "1"}, True),
        (True, [], {"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, False),
        (True, ["--color", "never"], {"CLICOLOR_FORCE": "1"}, False),
        (True, [], {"CLICOLOR": "0"}, False),
        (True, [], {"CLICOLOR": "1"}, True),
        (False, [], {"CLICOLOR": "1"}, False),
        (True, [], {"TERM": "dumb"}, False),
    ],
)
def test_colour(
    run: Runner,
    tree: Tree,
    creds: Creds,
    terminal: bool,
    args: list[str],
    env: dict[str, str],
    coloured: bool,
):
    tree.write("f", creds.pair().ini)
    if terminal:
        result = run.on_terminal("scan", *args, "f", env=env)
    else:
        result = run("scan", *args, "f", env=env)
    assert result.status == 1
    assert (ESCAPE in result.stdout) == coloured
    assert b"aws-key-pair" in result.stdout


def test_colour_never_reaches_jsonl_or_a_file(run: Runner, tree: Tree, creds: Creds):
    tree.write("f", creds.pair().ini)
    assert ESCAPE not in run.scan("--color", "always", "f").stdout
    run.on_terminal("scan", "-o", "report", "f")
    assert ESCAPE not in (tree / "report").read_bytes()


def test_colour_is_all_that_colour_adds(run: Runner, planted: list[Pair]):
    plain = run("scan", "--color", "never", "t").stdout
    coloured = run("scan", "--color", "always", "t").stdout
    assert coloured != plain
    assert re.sub(rb"\x1b\[[0-9;]*m", b"", coloured) == plain


# --- hostile names ---


@pytest.mark.parametrize("name", [NASTY, "two\nlines", b"latin\xe9\x1b[2J", b"\x9b31m"])
def test_control_characters_of_names(run: Runner, tree: Tree, creds: Creds, name: str | bytes):
    tree.write(b"t/" + os.fsencode(name), creds.pair().ini)
    text = run("scan", "--color", "never", "t").stdout
    check_clean(text)
    assert b"two\nlines" not in text
    assert b"\xe9" not in text.replace("é".encode(), b"")
    shown = run.on_terminal("scan", "--color", "never", "t").stdout
    check_clean(shown.replace(b"\r\n", b"\n"))
    jsonl = run.scan("t").stdout
    check_clean(jsonl)
    assert len(jsonl.splitlines()) == 2
    jsonl.decode()


def test_control_characters_of_targets_and_options_in_errors(run: Runner, tree: Tree):
    tree.write("f", "nothing\n")
    for args in [
        [NASTY],
        ["--" + NASTY],
        ["-\x1b"],
        ["--format", NASTY],
        ["--rules", NASTY, "f"],
        ["-j", NASTY],
        ["--files-from", NASTY],
        ["-o", "/nowhere/" + NASTY, "f"],
    ]:
        result = run("scan", *args)
        assert result.status == 2, args
        assert result.stderr.count(b"\n") == 1, args
        check_clean(result.stderr)
    result = run(NASTY)
    assert result.status == 2
    check_clean(result.stderr)


def test_control_characters_of_git(run: Runner, tree: Tree, creds: Creds):
    repo = tree.repo()
    repo.commit({NASTY: creds.pair().ini}, NASTY)
    repo.commit({NASTY: None})
    repo.write("g", creds.pair().ini)
    repo.git("add", "g")
    repo.git(
        "commit", "-q", "-m", "x", env={"GIT_AUTHOR_NAME": NASTY, "GIT_AUTHOR_EMAIL": "a\x1b[1m@b"}
    )
    result = run("scan", "--color", "never", "repo")
    assert result.status == 1
    check_clean(result.stdout + result.stderr)
    check_clean(run.scan("repo").stdout)


def test_values_of_a_document_are_cleaned_too(run: Runner, tree: Tree, creds: Creds):
    tree.write("f", f"x\x1b[31m{creds.key_id()}\x1b[0m\x07\n")
    check_clean(run("scan", "--color", "never", "--show-secrets", "f").stdout)


# --- verbose ---


def test_verbose_says_more_on_stderr_and_the_same_on_stdout(run: Runner, tree: Tree, creds: Creds):
    tree.write("f", creds.pair().ini)
    quiet, verbose = run.scan("f"), run.scan("-v", "f")
    assert quiet.stdout == verbose.stdout
    assert json.loads(verbose.stdout.splitlines()[-1])["type"] == "summary"
