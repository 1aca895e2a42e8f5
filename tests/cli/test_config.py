"""Settings: which file is read and which never, what overrides what, mistakes, what is left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import Result, Runner, Tree
from creds import Creds, Pair
from gitrepo import Repo
from team_rules import TEAM_RULES

NAME = ".leaktrawl.json"


def config(folder: Path, **members: Any) -> Path:
    path = folder / NAME
    path.write_text(json.dumps({k.replace("_", "-"): v for k, v in members.items()}, indent=1))
    return path


@pytest.fixture
def pairs(tree: Tree, creds: Creds) -> dict[str, Pair]:
    """A repository, the current folder of the program, with a pair in each of four files."""
    found = dict(zip(("a.env", "b.ini", "src/c.env", "src/deep/d.ini"), creds.pairs(4)))
    Repo(tree.root)
    for name, pair in found.items():
        tree.write(name, pair.ini)
    return found


def names(pairs: dict[str, Pair], result: Result) -> set[str]:
    by_id = {pair.id: name for name, pair in pairs.items()}
    return {by_id[f["access_key_id"]] for f in result.findings}


# --- which files are read ---


def test_the_work_tree_s_file_is_read_from_anywhere_in_it(
    run: Runner, tree: Tree, pairs: dict[str, Pair]
) -> None:
    config(tree.root, exclude_path=["/a.env", "deep/"])
    result = run.scan()
    assert names(pairs, result) == {"b.ini", "src/c.env"}
    assert result.summary["settings"] == [NAME]
    assert result.skipped("excluded") == 2
    below = run.scan("..", cwd=tree / "src")
    assert names(pairs, below) == {"b.ini", "src/c.env"}
    assert below.summary["settings"] == [f"../{NAME}"]
    text = run("scan").stdout.decode()
    assert "settings of .leaktrawl.json" in text and "skipped 2 excluded" in text


def test_outside_of_a_repository_it_is_the_current_folder_s(
    run: Runner, tree: Tree, creds: Creds
) -> None:
    tree.write("x/a.env", creds.pair().ini)
    config(tree / "x", exclude_path=["*.env"])
    assert run.scan("x").summary["settings"] == []
    assert run.scan(cwd=tree / "x").summary["settings"] == [NAME]
    tree.mkdir("x/y")
    assert run.scan("..", cwd=tree / "x/y").summary["settings"] == []


def test_a_target_s_own_file_is_never_read(run: Runner, tree: Tree, creds: Creds) -> None:
    repo = tree.repo("theirs")
    repo.commit({"a.env": creds.pair().ini, NAME: '{"exclude-path": ["*"]}'})
    for args in (["scan", "theirs"], ["history", "theirs"]):
        result = run(*args, "--format", "jsonl")
        assert (result.status, result.summary["settings"]) == (1, [])
    repo.write("b.env", creds.pair().ini)
    repo.git("add", "b.env")
    assert run("staged", "theirs", "--format", "jsonl").status == 1
    # A copy of their repository as git keeps it, with a file to trap us beside HEAD.
    tree.repo("bare.git", "--bare")
    config(tree / "bare.git", exclude_path=["*"])
    assert run.scan(cwd=tree / "bare.git").summary["settings"] == []
    config(tree / "theirs/.git", exclude_path=["*"])
    result = run("history", "..", "--format", "jsonl", cwd=tree / "theirs/.git")
    assert (result.status, result.summary["settings"]) == (1, [])


def test_the_side_that_receives_a_push_reads_none(run: Runner, tree: Tree, creds: Creds) -> None:
    repo = tree.repo("served")
    old = repo.commit({NAME: '{"rules-off": ["aws-key-pair"]}'})
    new = repo.commit({"a.env": creds.pair().ini})
    repo.git("reset", "--soft", old)
    repo.git("reflog", "expire", "--expire=now", "--all")
    received = f"{old} {new} refs/heads/topic\n".encode()
    here = run("pushed", "--format", "jsonl", stdin=received, cwd=tree / "served")
    assert (here.status, here.summary["settings"]) == (1, [])
    sent = f"refs/heads/topic {new} refs/heads/topic {old}\n".encode()
    there = run("pushed", "--format", "jsonl", stdin=sent, cwd=tree / "served")
    assert (there.status, there.summary["settings"]) == (0, [NAME])
    assert there.summary["rules_off"] == 1


def test_a_link_is_not_followed(run: Runner, tree: Tree, pairs: dict[str, Pair]) -> None:
    tree.write("elsewhere.json", "{}")
    tree.link(NAME, "elsewhere.json")
    result = run.scan()
    assert (result.status, result.stdout) == (2, b"")
    assert result.stderr_line() == f"leaktrawl: {NAME}: a symbolic link is not followed"


def test_config_names_another_file_and_no_config_none(
    run: Runner, tree: Tree, pairs: dict[str, Pair]
) -> None:
    config(tree.root, exclude_path=["*"])
    tree.write("src/other.json", '{"exclude-path": ["/deep"]}')
    result = run.scan("--config", "src/other.json")
    assert names(pairs, result) == {"a.env", "b.ini", "src/c.env"}
    assert result.summary["settings"] == ["src/other.json"]
    for args, env in ((["--no-config"], {}), ([], {"LEAKTRAWL_NO_CONFIG": "1"})):
        result = run.scan(*args, env=env)
        assert names(pairs, result) == set(pairs)
        assert result.summary["settings"] == []
    missing = run.scan("--config", "nowhere.json")
    assert missing.stderr_line() == "leaktrawl: nowhere.json: there is no such file"


def test_typed_over_environment_over_tree_over_user(
    run: Runner, tree: Tree, pairs: dict[str, Pair]
) -> None:
    user = run.home / "config/leaktrawl/config.json"
    user.parent.mkdir(parents=True)
    user.write_text('{"format": "jsonl", "fail-on": "pair", "exclude-path": ["/a.env"]}')

    def left(*args: str, env: dict[str, str] | None = None) -> set[str]:
        result = run("scan", *args, env=env)
        return set(pairs) - names(pairs, result)

    assert left() == {"a.env"}
    config(tree.root, exclude_path=["/b.ini"])
    assert left() == {"b.ini"}
    assert run("scan").summary["settings"] == [NAME, str(user)]
    env = {"LEAKTRAWL_EXCLUDE_PATH": "/src/c.env\n/a.env"}
    assert left(env=env) == {"src/c.env", "a.env"}
    assert left("--exclude-path", "/src", env=env) == {"src/c.env", "src/deep/d.ini"}
    assert run("scan", "--format", "text").stdout.startswith(b"a.env:")


def test_a_variable_that_is_wrong_is_named(run: Runner, tree: Tree) -> None:
    tree.write("a", "x")
    result = run("scan", env={"LEAKTRAWL_JOBS": "many"})
    assert result.status == 2
    assert result.stderr_line().startswith('leaktrawl: LEAKTRAWL_JOBS: "many" is not a number')


# --- what is left out ---


def test_history_and_index_obey_too(run: Runner, tree: Tree, creds: Creds) -> None:
    one, two, three = creds.pairs(3)
    repo = Repo(tree.root)
    repo.commit({"tests/a": one.ini, "src/a": two.ini, "tests/both": three.ini})
    repo.commit({"tests/a": None, "src/a": None, "tests/both": None, "src/both": three.ini})
    config(tree.root, exclude_path=["tests/"])
    for args in (["scan"], ["history", "."]):
        result = run(*args, "--format", "jsonl")
        assert set(result.ids) == {two.id, three.id}, args
        assert result.skipped("excluded") == 1
    repo.commit({"src/both": "clean"})
    repo.write("tests/new", creds.pair().ini)
    repo.git("add", "tests/new")
    result = run("staged", "--format", "jsonl")
    assert (result.status, result.skipped("excluded")) == (0, 1)
    assert b"all that is staged is excluded" in result.stderr
    repo.write("src/new", one.ini)
    repo.git("add", "src/new")
    assert run("staged", "--format", "jsonl").ids == [one.id]


def test_include_looks_at_nothing_else(run: Runner, tree: Tree, pairs: dict[str, Pair]) -> None:
    result = run.scan("--include-path", "src/", "--include-path", "*.env", "--exclude-path", "/src/c.env")
    assert names(pairs, result) == {"a.env", "src/deep/d.ini"}
    assert result.skipped("excluded") > 0


def test_a_scan_of_nothing_but_what_is_excluded_is_not_clean(
    run: Runner, tree: Tree, pairs: dict[str, Pair]
) -> None:
    assert run.scan("--exclude-path", "*", "--no-history").status == 2


def test_rules_that_are_off_are_counted_and_severities_changed(
    run: Runner, tree: Tree, creds: Creds
) -> None:
    pair = creds.pair()
    tree.write("a.env", pair.ini)
    tree.write("b.log", creds.key_id())
    config(tree.root, rules_off=["aws-access-key-id"], severity={"aws-key-pair": "medium"})
    result = run.scan()
    assert [(f["rule"], f["severity"]) for f in result.findings] == [("aws-key-pair", "medium")]
    assert result.summary["rules_off"] == 1
    assert b"1 of rules that are off" in run("scan").stdout
    typed = run.scan("--severity", "aws-key-pair=low", "--rules-off", "aws-access-key-id")
    assert [f["severity"] for f in typed.findings] == ["low"]


def test_files_of_the_settings_count_from_their_folder(
    run: Runner, tree: Tree, creds: Creds, pairs: dict[str, Pair]
) -> None:
    tree.write("ci/rules.json", json.dumps(TEAM_RULES))
    assert run("scan", "--write-baseline", "ci/known").status == 0
    token = "acme-" + "".join(creds.random.choices("abcdefghijklmnop", k=32))
    tree.write("src/team", f"key = {token}\n")
    config(tree.root, rules="ci/rules.json", baseline="ci/known")
    result = run.scan(".", cwd=tree / "src")
    assert [f["rule"] for f in result.findings] == ["acme-token"]
    assert result.summary["baselined"] == 2
    assert result.summary["baseline"] == "../ci/known"


# --- mistakes ---


@pytest.mark.parametrize(
    "text, told",
    [
        ('{"jobs": }', "1:10: not valid JSON"),
        ("{} {}", "1:4: not valid JSON"),
        ("[]", "1:1: must be an object"),
        ('{\n "jbos": 3}', "2:2: jbos: there is no such setting; did you mean jobs?"),
        ('{"output": "x"}', "1:2: output: this can only be typed"),
        ('{"show-secrets": true}', "1:2: show-secrets: this can only be typed"),
        ('{"jobs": 0}', '1:2: jobs: "0" is not a number from 1'),
        ('{"jobs": 1.5}', "1:2: jobs: must be a whole number"),
        ('{"jobs": "4"}', "1:2: jobs: must be a number"),
        ('{"quiet": 1}', "1:2: quiet: must be true or false"),
        ('{"format": "xml"}', '1:2: format: "xml" is not one of'),
        ('{"max-file-size": "1Q"}', '1:2: max-file-size: "1Q" is not a size'),
        ('{"exclude-path": "*"}', "1:2: exclude-path: must be a list"),
        ('{"exclude-path": ["a",\n  7]}', "2:3: exclude-path[1]: must be a text"),
        ('{"exclude-path": [""]}', "1:19: exclude-path[0]: the value is empty"),
        ('{"severity": {"a":\n "huge"}}', '1:15: severity.a: "a=huge" is not'),
        ('{"jobs": 1, "jobs": 2}', "1:2: jobs: stands twice"),
        ('{"baseline": "../known"}', '1:2: baseline: "../known" leads out'),
        ('{"baseline": "/etc/passwd"}', "1:2: baseline:"),
        ('{"rules": "a/../../b"}', "1:2: rules:"),
        ('{"rules": "out/known"}', "1:2: rules:"),
    ],
)
def test_a_mistake_ends_the_scan_with_its_place(
    run: Runner, tree: Tree, pairs: dict[str, Pair], text: str, told: str
) -> None:
    tree.write(NAME, text)
    tree.link("out", "..")
    tree.root.parent.joinpath("known").write_text("leaktrawl baseline 1\n")
    result = run.scan()
    assert (result.status, result.stdout) == (2, b"")
    assert result.stderr_line().startswith(f"leaktrawl: {NAME}:{told}")
    check = run("config", "check")
    assert (check.status, check.stderr) == (2, result.stderr)


def test_check_tells_of_every_mistake(run: Runner, tree: Tree) -> None:
    tree.write("c.json", '{\n "exclude-path": [1],\n "rules-off": 2,\n "what": 3\n}')
    lines = run("config", "check", "c.json").stderr.decode().splitlines()
    assert [line.split(": ")[1] for line in lines] == ["c.json:2:19", "c.json:3:2", "c.json:4:2"]
    rules = {"rules-off": ["aws-key-pair", "aws-kex-pair"], "severity": {"no-rule": "low"}}
    tree.write("c.json", json.dumps(rules, indent=1))
    lines = run("config", "check", "c.json").stderr.decode().splitlines()
    assert lines == [
        'leaktrawl: c.json:4:3: rules-off[1]: there is no rule "aws-kex-pair"',
        'leaktrawl: c.json:7:3: severity.no-rule: there is no rule "no-rule"',
    ]
    scan = run("scan", "--config", "c.json")
    assert (scan.status, scan.stdout) == (2, b"")
    config(tree.root, exclude_path=["a"], max_file_size="10M", quiet=True, archive_depth=2)
    good = run("config", "check")
    assert (good.status, good.stdout) == (0, f"{NAME}: good\n".encode())
    assert run("config", "check", "nowhere").status == 2


def test_check_looks_at_the_files_that_are_named(run: Runner, tree: Tree) -> None:
    tree.write("a", "x")
    config(tree.root, baseline="known")
    for content, told in [(None, "there is no such file"), ("what\n", "known:1")]:
        if content:
            tree.write("known", content)
        check = run("config", "check")
        assert (check.status, check.stdout) == (2, b"") and told in check.stderr_line()
        assert check.stderr_line().startswith(f"leaktrawl: {NAME}: baseline: known")
        assert run("scan").status == 2
    tree.write("known", "leaktrawl baseline 1\n")
    assert run("config", "check").status == run("scan").status == 0
    config(tree.root, rules="nowhere.json")
    assert "rules: nowhere.json" in run("config", "check").stderr_line()


def test_a_baseline_that_settings_name_is_written_for_the_first_time(
    run: Runner, tree: Tree, creds: Creds
) -> None:
    tree.write("a", creds.pair().ini)
    config(tree.root, baseline="known")
    assert run("scan").status == run("scan", "--write-baseline", "other").status == 2
    assert run("scan", "--write-baseline", "known").status == 0
    assert run("scan").status == 0


def test_a_name_with_escape_sequences_reaches_no_terminal(run: Runner, tree: Tree) -> None:
    tree.write(NAME, '{"\\u001b[31m": 1}')
    tree.write("a", "x")
    result = run("scan")
    assert result.status == 2
    assert b"\x1b" not in result.stderr
