"""`baseline import`: what other scanners' files name is taken over, and nothing more than that."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from conftest import Result, Runner, Tree
from creds import Creds, Pair
from gitrepo import Repo

BASELINE = "known"


def import_(run: Runner, tree: Tree, name: str, text: Any, *args: str) -> Result:
    tree.write(f"../{name}", text if isinstance(text, str) else json.dumps(text, indent=1))
    return run("baseline", "import", f"../{name}", *args, "--write-baseline", f"../{BASELINE}")


def left(run: Runner, *args: str) -> set[str]:
    """The ids that a scan with the imported baseline still finds."""
    return set(run.scan("--baseline", f"../{BASELINE}", *args).ids)


def gitleaks(rule: str, path: str, line: int, secret: str = "REDACTED", commit: str = "") -> dict:
    return {
        "RuleID": rule, "Description": "", "StartLine": line, "EndLine": line, "StartColumn": 1,
        "EndColumn": 9, "Match": "REDACTED", "Secret": secret, "File": path, "Commit": commit,
        "Fingerprint": f"{commit}{':' if commit else ''}{path}:{rule}:{line}",
    }  # fmt: skip


def trufflehog(pair: Pair, verified: bool = False) -> str:
    data = {"Filesystem": {"file": "a.ini", "line": 1}}
    return json.dumps(
        {"SourceMetadata": {"Data": data}, "DetectorName": "AWS", "Verified": verified,
         "Raw": pair.id, "RawV2": f"{pair.id}:{pair.secret}"}
    )  # fmt: skip


def kingfisher(pair: Pair, status: str = "Not Attempted") -> dict:
    finding = {"snippet": pair.secret, "fingerprint": "1", "path": "a.ini", "line": 2}
    finding["validation"] = {"status": status, "response": ""}
    return {"findings": [{"rule": {"name": "AWS", "id": "kingfisher.aws.2"}, "finding": finding}]}


def detect_secrets(values: list[str], **more: Any) -> dict:
    found = [
        {"type": "Secret Keyword", "filename": "a.ini", "is_verified": False, "line_number": 2,
         "hashed_secret": hashlib.sha1(value.encode()).hexdigest()} | more
        for value in values
    ]  # fmt: skip
    return {"version": "1.5.0", "plugins_used": [], "results": {"a.ini": found}}


@pytest.fixture
def two(tree: Tree, creds: Creds) -> tuple[Pair, Pair]:
    """a.ini, which is to be taken over, and b.ini, which never is."""
    a, b = creds.pairs(2)
    tree.write("a.ini", a.ini)
    tree.write("b.ini", b.ini)
    return a, b


@pytest.mark.parametrize(
    "form",
    [
        lambda p: [gitleaks("generic-api-key", "a.ini", 2, p.secret)],
        lambda p: [gitleaks("generic-api-key", "a.ini", 2)],
        lambda p: [gitleaks("aws-access-token", "./a.ini", 1), gitleaks("generic", "./a.ini", 2)],
        lambda p: "# known\n\na.ini:generic-api-key:2\n",
        lambda p: detect_secrets([p.id, p.secret]),
        lambda p: trufflehog(p) + "\n" + trufflehog(p) + "\n",
        lambda p: trufflehog(p).replace(f"{p.id}:", p.id),
        lambda p: kingfisher(p),
        lambda p: kingfisher(p)["findings"],
        lambda p: f"*.lock\n\n[secrets]\n# ours\n{p.secret}\n",
        lambda p: f"[secrets]\n{p.secret}",
    ],
)
def test_each_form_takes_over_its_credential_and_no_other(
    run: Runner, tree: Tree, two: tuple[Pair, Pair], form: Any
) -> None:
    a, b = two
    result = import_(run, tree, "theirs", form(a))
    assert (result.status, result.stdout) == (0, b""), result
    assert "1 credential added to ../known" in result.stderr_line()
    assert left(run) == {b.id}
    for pair in two:
        assert pair.secret not in (tree / f"../{BASELINE}").read_text()


@pytest.mark.parametrize(
    "form, told",
    [
        (lambda p: [gitleaks("aws-access-token", "a.ini", 1, p.id)], "names the id alone"),
        (lambda p: [gitleaks("aws-access-token", "a.ini", 1)], "names the id alone"),
        (lambda p: detect_secrets([p.id]), "names the id alone"),
        (lambda p: [gitleaks("generic-api-key", "a.ini", 3)], "nothing that was found"),
        (lambda p: [gitleaks("generic-api-key", "c.ini", 2)], "nothing that was found"),
        (lambda p: [gitleaks("slack-bot-token", "a.ini", 2)], "not about AWS"),
        (lambda p: "f" * 40 + ":a.ini:generic-api-key:2\n", "nothing that was found"),
        (lambda p: [gitleaks("generic-api-key", "a.ini", 2) | {"EndLine": 3}], "neither a value"),
        (lambda p: trufflehog(p, verified=True), "says that it works"),
        (lambda p: kingfisher(p, "Active Credential"), "says that it works"),
        (lambda p: detect_secrets([p.secret], is_secret=True), "says that it works"),
        (lambda p: detect_secrets([p.secret[:-1]]), "nothing that was found"),
    ],
)
def test_what_is_not_named_or_is_live_is_left_and_told(
    run: Runner, tree: Tree, two: tuple[Pair, Pair], form: Any, told: str
) -> None:
    a, b = two
    result = import_(run, tree, "theirs", form(a))
    assert result.status == 0
    assert told in result.stdout.decode()
    assert a.id not in result.stdout.decode() and a.secret not in result.stdout.decode()
    assert left(run) == {a.id, b.id}


def test_a_commit_s_fingerprint_is_of_that_commit(run: Runner, tree: Tree, creds: Creds) -> None:
    old, new, now = creds.pairs(3)
    repo = Repo(tree.root)
    first = repo.commit({"conf/x.ini": old.ini})
    second = repo.commit({"conf/x.ini": new.ini})
    repo.commit({"conf/x.ini": now.ini})
    lines = [f"{first}:conf/x.ini:generic-api-key:2", f"{second}:conf/x.ini:generic-api-key:7"]
    result = import_(run, tree, ".gitleaksignore", "\n".join(lines) + "\n")
    assert result.stdout.decode().startswith("../.gitleaksignore:2: generic-api-key in conf/x.ini:7")
    assert left(run) == {new.id, now.id}
    report = [gitleaks("generic-api-key", "conf/x.ini", 2, commit=second)]
    assert import_(run, tree, "report.json", report).status == 0
    assert left(run) == {now.id}


def test_a_target_s_name_may_stand_before_its_paths(
    run: Runner, tree: Tree, two: tuple[Pair, Pair]
) -> None:
    a, b = two
    tree.write("sub/a.ini", a.ini)
    assert import_(run, tree, "x", "sub/a.ini:generic-api-key:2\n", "sub").stdout == b""
    assert left(run, "sub") == set()
    assert left(run) == {b.id}


@pytest.mark.parametrize(
    "text",
    ["", "{", "{}", "[1]", '[{"RuleID": "x"}]', "what is this\n", "a:b\n", "\x00\x01",
     '{"results": {"f": [{"hashed_secret": "zz"}]}, "plugins_used": []}',
     "leaktrawl baseline 1\n", "[" * 5000],
)  # fmt: skip
def test_what_is_of_no_known_kind_is_refused(
    run: Runner, tree: Tree, two: tuple[Pair, Pair], text: str
) -> None:
    result = import_(run, tree, "theirs", text)
    assert (result.status, result.stdout) == (2, b"")
    assert result.stderr_line().startswith("leaktrawl: ../theirs: entry ")
    assert not (tree / f"../{BASELINE}").exists()


def test_reasons_and_days_are_those_typed(run: Runner, tree: Tree, two: tuple[Pair, Pair]) -> None:
    a, _ = two
    tree.write("../theirs", "a.ini:generic-api-key:2\n")
    args = ["--reason", "from gitleaks", "--expires", "2999-01-01"]
    run("baseline", "import", "../theirs", "--write-baseline", "../known", *args)
    line = (tree / "../known").read_text().splitlines()[1]
    assert line.endswith(" aws-key-pair expires=2999-01-01 reason=from gitleaks")
    missing = run("baseline", "import", "../theirs")
    assert missing.status == 2
    assert "needs --write-baseline" in missing.stderr_line()


@pytest.mark.parametrize(
    "lines",
    [
        lambda p: p.secret.replace("+", "[+]"),
        lambda p: "# theirs\n\n  # too\n^a[.]ini:[0-9]+:",
        lambda p: r"^\<a\>\.ini:2:.*[[:alnum:]/+]{40}$",
        lambda p: "nothing-like-it|(secret_access_key *=.*)" + p.secret[:6].replace("+", "[+]"),
        lambda p: r"^[^\]*a.ini:\w:aws_secret_access_key",
    ],
)
def test_gitallowed(run: Runner, tree: Tree, two: tuple[Pair, Pair], lines: Any) -> None:
    """Expressions for PATH:NUMBER:TEXT; the line that counts for a pair is the secret's."""
    a, b = two
    result = import_(run, tree, ".gitallowed", lines(a) + "\n")
    assert (result.status, result.stdout) == (0, b""), result
    assert left(run) == {b.id}


@pytest.mark.parametrize(
    "line, told",
    [
        (lambda p: p.id, "names the id alone"),
        (lambda p: "^c[.]ini:", "nothing that was found"),
        (lambda p: r"(.)\1", "no extended regular expression"),
        (lambda p: "a(?=.)", "no extended regular expression"),
        (lambda p: "(*ACCEPT)", "no extended regular expression"),
        (lambda p: "a[", "no extended regular expression"),
        (lambda p: r"\d", "no extended regular expression"),
        (lambda p: "((((a{250}){250}){250}){250})", "no extended regular expression"),
        (lambda p: "(.*)*" * 12 + "x$", "nothing that was found"),
    ],
)
def test_gitallowed_that_allows_nothing(
    run: Runner, tree: Tree, two: tuple[Pair, Pair], line: Any, told: str
) -> None:
    a, b = two
    result = import_(run, tree, ".gitallowed", line(a) + "\n")
    assert result.status == 0
    assert told in result.stdout.decode() and "../.gitallowed:1: an expression" in result.stdout.decode()
    assert a.secret not in result.stdout.decode()
    assert left(run) == {a.id, b.id}
