"""Wrong use and broken rule files: one clear line that names the fault, and status 2."""

from __future__ import annotations

import copy
import json
import re

import pytest

from conftest import Runner, Tree, Unprivileged
from creds import Creds
from team_rules import TEAM_RULES


def refused(run: Runner, *args: str, naming: str, **options) -> str:
    """The one line of standard error; nothing on standard output calls it a success."""
    result = run(*args, **options)
    assert result.status == 2, result
    assert result.stdout == b"" or b"NOT COMPLETE" in result.stdout, result
    line = result.stderr_line()
    assert naming in line, line
    return line


@pytest.fixture(autouse=True)
def something_to_scan(tree: Tree) -> None:
    tree.write("f", "nothing\n")


# --- the command line ---


@pytest.mark.parametrize(
    ("args", "naming"),
    [
        (["scan", "--frobnicate", "f"], "--frobnicate"),
        (["scan", "--frobnicate=3", "f"], "--frobnicate"),
        (["scan", "-Z", "f"], "-Z"),
        (["scan", "-qZ", "f"], "Z"),
        (["scan", "f", "--format"], "--format"),
        (["scan", "f", "-o"], "-o"),
        (["scan", "f", "-j"], "-j"),
        (["scan", "f", "--rules"], "--rules"),
        (["scan", "--quiet=yes", "f"], "--quiet"),
        (["scan", "--no-history=1", "f"], "--no-history"),
        (["scan", "--format", "yaml", "f"], "yaml"),
        (["scan", "--format=", "f"], "--format"),
        (["scan", "--color", "sometimes", "f"], "sometimes"),
        (["scan", "--progress", "maybe", "f"], "maybe"),
        (["scan", "--fail-on", "all", "f"], "all"),
        (["scan", "-j", "0", "f"], "0"),
        (["scan", "-j", "many", "f"], "many"),
        (["scan", "-j", "-1", "f"], "-1"),
        (["scan", "-j", "4x", "f"], "4x"),
        (["scan", "-j", "", "f"], "-j"),
        (["scan", "-j", "99999999999999999999", "f"], "99999999999999999999"),
        (["scan", "--exit-code", "256", "f"], "256"),
        (["scan", "--exit-code", "-1", "f"], "-1"),
        (["scan", "--exit-code", "one", "f"], "one"),
        (["scan", "--max-file-size", "10Q", "f"], "10Q"),
        (["scan", "--max-file-size", "K", "f"], "K"),
        (["scan", "--max-file-size", "-5", "f"], "-5"),
        (["scan", "--max-file-size", "99999999999999999999G", "f"], "99999999999999999999G"),
        (["scan", "--all-objects", "--reachable-only", "f"], "--reachable-only"),
        (["scan", "gone"], "gone"),
        (["scan", "f/below"], "f/below"),
        (["scan", "--files-from", "gone-list"], "gone-list"),
        (["scan", "--rules", "gone.json", "f"], "gone.json"),
        (["scan", ""], ""),
        (["history"], "history"),
        (["history", "gone"], "gone"),
        (["history", "f"], "f"),
        (["scna"], "scna"),
        (["--frobnicate"], "--frobnicate"),
        (["-x"], "-x"),
        (["rules"], "rules"),
        (["rules", "frob"], "frob"),
        (["rules", "check"], "check"),
        (["rules", "check", "gone.json"], "gone.json"),
        (["rules", "list", "surplus"], "surplus"),
        (["version", "surplus"], "surplus"),
    ],
)  # fmt: skip
def test_one_line_names_the_fault(run: Runner, args: list[str], naming: str):
    refused(run, *args, naming=naming)


def test_a_name_stands_in_its_error_once(run: Runner):
    for args in [["history", "gone"], ["scan", "gone"], ["scan", "--rules", "gone", "f"]]:
        assert refused(run, *args, naming="gone").count("gone") == 1


def test_stdin_for_two_things_at_once(run: Runner):
    refused(run, "scan", "--files-from", "-", "-", naming="stdin", stdin=b"f\n")


def test_a_missing_target_in_a_list_of_good_ones(run: Runner):
    result = run("scan", "f", "gone", "also-gone")
    assert result.status == 2
    lines = result.stderr.decode().splitlines()
    assert len(lines) == 2
    assert sorted(line.split(":")[1].strip() for line in lines) == ["also-gone", "gone"]


def test_no_command_is_a_fault(run: Runner):
    result = run()
    assert result.status == 2
    assert b"leaktrawl" in result.stderr
    assert result.stdout == b""


def test_an_unreadable_folder_is_named(unprivileged: Unprivileged):
    unprivileged.tree.write("d/locked/file", "nothing").parent.chmod(0)
    result = unprivileged.scan("--format", "text", "d")
    assert result.status == 2
    assert "d/locked" in result.stderr_line()


def test_a_truncated_pack_is_named(run: Runner, tree: Tree, creds: Creds):
    repo = tree.repo()
    repo.commit({"a": creds.base64_run(20_000)})
    repo.git("repack", "-adq")
    [pack] = (repo.path / ".git/objects/pack").glob("*.pack")
    pack.chmod(0o644)
    pack.write_bytes(pack.read_bytes()[: pack.stat().st_size // 2])
    result = run("scan", "repo")
    assert result.status == 2
    assert result.stderr.startswith(b"leaktrawl: ")
    assert b"repo" in result.stderr


# --- rule files ---


def with_rule(**changes) -> str:
    """TEAM_RULES with some members of its part's form changed."""
    rules = copy.deepcopy(TEAM_RULES)
    rules["parts"][0]["forms"][0].update(changes)
    return json.dumps(rules, indent=2)


BROKEN_RULES = {
    "missing comma": ('{\n  "format": 1\n  "parts": []\n}\n', ["rules.json:3:3"]),
    "cut short": ('{\n  "format": 1,\n  "parts": [', ["rules.json:3:"]),
    "empty": ("", ["rules.json"]),
    "no JSON": ("rules:\n  - id: x\n", ["rules.json:1:1"]),
    "trailing text": ('{"format": 1, "parts": [], "rules": []}\nmore\n', ["rules.json:2:1"]),
    "an array": ("[]", ["rules.json"]),
    "another format": ('{"format": 99, "parts": [], "rules": []}', ["rules.json", "format"]),
    "bad pattern": (with_rule(pattern="(?<value>acme-[a-z]{32}"), ["rules.json", "acme-token"]),
    "no value group": (with_rule(pattern="acme-[a-z]{32}"), ["rules.json", "value"]),
    "bad anchor": (with_rule(anchors=["acme-(["]), ["rules.json", "acme-token"]),
    "back reference": (with_rule(anchors=["(a)\\1cme"]), ["rules.json", "acme-token"]),
    "anchor of nothing": (with_rule(anchors=["a*"]), ["rules.json", "acme-token"]),
    "no anchors": (with_rule(anchors=[]), ["rules.json"]),
    "wrong type": (with_rule(anchors=7), ["rules.json", "anchors"]),
    "unknown part": (
        json.dumps(TEAM_RULES).replace('{"secret": "acme-token"}', '{"secret": "nobody"}'),
        ["rules.json", "parts"],
    ),
    "severity": (json.dumps(TEAM_RULES).replace('"high"', '"huge"'), ["rules.json", "severity"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN_RULES)
@pytest.mark.parametrize("command", ["scan", "check"])
def test_a_broken_rule_file(run: Runner, tree: Tree, kind: str, command: str):
    text, naming = BROKEN_RULES[kind]
    tree.write("rules.json", text)
    args = (
        ["scan", "--rules", "rules.json", "f"]
        if command == "scan"
        else ["rules", "check", "rules.json"]
    )
    line = refused(run, *args, naming=naming[0])
    for word in naming[1:]:
        assert word in line


@pytest.mark.parametrize("command", [["scan", "f", "--rules"], ["rules", "check"]])
def test_a_rule_file_that_is_a_folder(run: Runner, tree: Tree, command: list[str]):
    tree.mkdir("folder")
    refused(run, *command, "folder", naming="folder")


def test_a_rule_file_that_may_not_be_read(unprivileged: Unprivileged):
    tree = unprivileged.tree
    tree.write("f", "nothing\n")
    tree.write("rules.json", json.dumps(TEAM_RULES)).chmod(0)
    result = unprivileged.scan("--rules", "rules.json", "f")
    assert result.status == 2
    assert "rules.json" in result.stderr_line()


def test_a_good_rule_file(run: Runner, tree: Tree):
    tree.write("rules.json", json.dumps(TEAM_RULES))
    result = run("rules", "check", "rules.json")
    assert (result.status, result.stderr) == (0, b"")


# --- what is no fault ---


@pytest.mark.parametrize("args", [["version"], ["--version"]])
def test_version(run: Runner, args: list[str]):
    result = run(*args)
    assert (result.status, result.stderr) == (0, b"")
    told = [line.split()[:2] for line in result.stdout.decode().splitlines()]
    assert [name for name, _ in told] == [
        "leaktrawl", "Hyperscan", "PCRE2", "libgit2", "cJSON", "libarchive", "libdeflate",
        "ISA-L", "liblzma", "libcurl", "expat", "nettle", "libmaxminddb",
    ]  # fmt: skip
    assert all(re.match(r"\d+\.\d+", version) for _, version in told), result


COMMANDS = ["scan", "history", "rules list", "rules check", "help", "version"]
OPTIONS = """-j --format -o --rules --no-inline-ignore --show-secrets --no-history --all-objects
    --reachable-only --max-file-size --files-from -0 --respect-gitignore --allow-empty --fail-on
    --exit-code --color --progress -q -v""".split()


@pytest.mark.parametrize("args", [["help"], ["--help"], ["help", "scan"], ["scan", "--help"]])
def test_help(run: Runner, args: list[str]):
    result = run(*args)
    assert (result.status, result.stderr) == (0, b"")
    text = result.stdout.decode()
    if "scan" not in args:
        assert [name for name in COMMANDS if name not in text] == []
    else:
        assert "leaktrawl scan" in text
        assert [option for option in OPTIONS if option not in text] == []
    assert max(map(len, text.splitlines())) <= 100


def test_rules_list(run: Runner):
    result = run("rules", "list")
    assert (result.status, result.stderr) == (0, b"")
    for rule in [
        "aws-key-pair",
        "aws-session-credentials",
        "aws-secret-access-key",
        "aws-access-key-id",
    ]:
        assert rule.encode() in result.stdout


def test_rules_list_anchors(run: Runner):
    result = run("rules", "list", "--anchors")
    lines = result.stdout.decode().splitlines()
    assert result.status == 0
    assert any("AKIA" in line for line in lines) and all(lines)


def test_options_may_stand_anywhere_and_be_joined(run: Runner, tree: Tree, creds: Creds):
    tree.write("g", creds.pair().ini)
    reports = {
        run(*args).stdout
        for args in [
            ["scan", "--format", "jsonl", "-j", "2", "g"],
            ["scan", "g", "-j2", "--format=jsonl"],
            ["scan", "-qj2", "g", "--format=jsonl"],
            ["scan", "--format", "text", "--format", "jsonl", "--", "g"],
        ]
    }
    assert len(reports) == 1
