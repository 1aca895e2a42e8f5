"""`rules check`: every mistake by its place, patterns that are slow, examples that do not hold."""

from __future__ import annotations

import copy
import json
import re

import pytest

from conftest import Result, Runner, Tree
from team_rules import TEAM_RULES


def check(run: Runner, tree: Tree, rules: dict | str) -> Result:
    text = rules if isinstance(rules, str) else json.dumps(rules, indent=2)
    tree.write("rules.json", text)
    return run("rules", "check", "rules.json")


def changed(form: dict | None = None, rule: dict | None = None, part: dict | None = None) -> dict:
    rules = copy.deepcopy(TEAM_RULES)
    rules["parts"][0].update(part or {})
    rules["parts"][0]["forms"][0].update(form or {})
    rules["rules"][0].update(rule or {})
    return rules


def place_of(text: str, needle: str) -> str:
    """LINE:COLUMN of the first place of `needle`."""
    at = text.index(needle)
    return f"{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}"


@pytest.mark.parametrize(
    ("rules", "needle", "word"),
    [
        (changed(form={"anchor": 1}), '"anchor":', "anchor"),
        (changed(form={"label": "mighty"}), '"label"', "weak"),
        (changed(form={"before": -1}), '"before"', "before"),
        (changed(form={"pattern": "(?<value>acme-[a-z"}), '"pattern"', "acme-token"),
        (changed(form={"pattern": "acme-[a-z]{32}"}), '"pattern"', "value"),
        (changed(form={"pattern": "(?<value>acme|)"}), '"pattern"', "empty"),
        (changed(form={"anchors": ["acme-[a-z]", "acme-("]}), '"acme-("', "Hyperscan"),
        (changed(form={"anchors": ["acme-[a-z]", "(a)\\1cme"]}), '"(a)', "ack-reference"),
        (changed(form={"anchors": ["acme-[a-z]", "a*"]}), '"a*"', "0 bytes"),
        (changed(form={"anchors": ["acme-[a-z]", "ab"]}), '"ab"', "2 bytes"),
        (changed(rule={"severity": "huge"}), '"severity"', "medium"),
        (changed(rule={"parts": {"secret": "nobody"}}), '"secret": "nobody"', "parts"),
        (changed(rule={"examples": "one"}), '"examples"', "list"),
        (changed(part={"role": "king"}), '"role"', "token"),
        (changed(part={"entropy": 3}), '"entropy"', "unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_is_named_by_its_place(
    run: Runner, tree: Tree, rules: dict, needle: str, word: str
):
    result = check(run, tree, rules)
    assert (result.status, result.stdout) == (2, b"")
    line = result.stderr_line()
    place = place_of((tree / "rules.json").read_text(), needle)
    assert line.startswith(f"leaktrawl: rules.json:{place}: "), (line, place)
    assert word in line
    scan = run("scan", "--rules", "rules.json", "rules.json")
    if "bytes" not in word:
        assert scan.stderr_line().startswith(f"leaktrawl: rules.json:{place}: ")
        assert scan.status == 2


def test_every_mistake_is_told(run: Runner, tree: Tree):
    rules = changed(form={"label": "mighty", "before": -1, "pattern": 7})
    rules["parts"].append({"name": "b", "role": "id", "forms": [{"anchors": ["("], "after": "x"}]})
    rules["rules"].append({"id": "acme-token", "severity": "huge", "parts": {"id": "nobody"}})
    rules["mark"] = []
    result = check(run, tree, rules)
    lines = result.stderr.decode().splitlines()
    assert result.status == 2
    assert all(re.match(r"leaktrawl: rules\.json:\d+:\d+: ", line) for line in lines)
    for word in ["label", "before", "after", '"pattern"', "mark", "description", "severity", "id"]:
        assert any(word in line for line in lines), word
    assert len(lines) == len(set(lines)) == 10, result
    one = run("scan", "--rules", "rules.json", "rules.json").stderr_line()
    assert re.search(r"\(and \d more", one)


@pytest.mark.parametrize(
    "anchor",
    [
        "[a-z]{3}",
        "[A-Za-z0-9+/]{40}",
        "(?i)[a-z0-9_]{3,20}[=:]",
        "...",
        ".*[0-9a-f]{3}x?",
        "acme-.*",
        "acme-[a-z0-9]+",
    ],
)
def test_an_anchor_that_would_be_slow_is_refused(run: Runner, tree: Tree, anchor: str):
    result = check(run, tree, changed(form={"anchors": ["acme-[a-z0-9]", anchor]}))
    assert result.status == 2
    assert "anchor" in result.stderr_line()
    assert "acme-token" in result.stderr_line()


@pytest.mark.parametrize(
    "anchor",
    ["acme", "(?i)acme[_.-]?token", "acme-[a-z0-9]{32}", "acme-[a-z0-9]", "\\bAC[A-Z0-9]{14}Z\\b"],
)
def test_an_anchor_that_is_not(run: Runner, tree: Tree, anchor: str):
    result = check(run, tree, changed(form={"anchors": ["acme-[a-z0-9]", anchor]}))
    assert (result.status, result.stderr) == (0, b"")
    assert b"good" in result.stdout


@pytest.mark.parametrize(
    "pattern",
    [
        "(?<value>acme-([a-z0-9]+)+)$",
        "acme-(?<value>(a|a)*)b",
        "(?<value>acme-[a-z0-9]{32})(\\s*\\w*)*;",
        "(\\w+\\s*)+=(?<value>acme-[a-z0-9]{32})",
    ],
)
def test_a_pattern_that_would_be_slow_is_refused(run: Runner, tree: Tree, pattern: str):
    result = check(run, tree, changed(form={"pattern": pattern}, rule={"examples": []}))
    assert result.status == 2
    line = result.stderr_line()
    assert "acme-token" in line and "too" in line


@pytest.mark.parametrize(
    "change, place",
    [
        ({"part": {"random": "yes"}}, "parts[0]"),
        ({"part": {"random": None}}, "parts[0]"),
        ({"form": {"before": 1.5}}, "parts[0].forms[0]"),
        ({"form": {"after": -1}}, "parts[0].forms[0]"),
        ({"form": {"anchors": ["ab"]}}, "parts[0].forms[0].anchors[0]"),
        ({"form": {"anchors": ["acme("]}}, "parts[0].forms[0].anchors[0]"),
        ({"form": {"pattern": "(?<value>acme"}}, "parts[0].forms[0]"),
        ({"form": {"pattern": "acme"}}, "parts[0].forms[0]"),
        ({"rule": {"severity": "worst"}}, "rules[0]"),
        ({"rule": {"exampels": []}}, "rules[0]"),
        ({"top": {"documented": {"source": "", "containing": ["ACMEDOC"]}}}, "documented"),
        ({"top": {"documented": {"source": "x", "containing": "ACMEDOC"}}}, "documented"),
        ({"top": {"documented": {"source": "x"}}}, "documented"),
        ({"top": {"marks": [{"anchor": "of", "covers": "begin"}]}}, "marks[0]"),
    ],
)
def test_what_is_refused_is_refused_everywhere(run: Runner, tree: Tree, change: dict, place: str):
    """By `rules check` and by a scan, with the same line."""
    rules = {**changed(**{k: v for k, v in change.items() if k != "top"}), **change.get("top", {})}
    tree.write("rules.json", json.dumps(rules, indent=1))
    tree.write("f", "nothing\n")
    checked, scanned = run("rules", "check", "rules.json"), run("scan", "--rules", "rules.json", "f")
    assert (checked.status, scanned.status) == (2, 2), (checked, scanned)
    line = checked.stderr.decode().splitlines()[0]
    assert re.search(r"rules\.json:\d+:\d+: " + re.escape(place), line), line
    assert line in scanned.stderr.decode()


def test_a_member_that_stands_twice(run: Runner, tree: Tree):
    text = json.dumps(changed(), indent=1).replace('"severity"', '"severity": "low",\n"severity"', 1)
    tree.write("rules.json", text)
    result = run("rules", "check", "rules.json")
    assert result.status == 2 and "twice" in result.stderr_line()


def test_examples_that_do_not_hold(run: Runner, tree: Tree):
    good = TEAM_RULES["rules"][0]["examples"][0]
    rules = changed(
        rule={
            "examples": [good, "nothing here\n", good + "and\n" + good.replace("k3", "q7")],
            "counterexamples": ["acme-short\n", good, "{{password}}\n"],
        }
    )
    result = check(run, tree, rules)
    lines = result.stderr.decode().splitlines()
    assert (result.status, len(lines)) == (2, 4), result
    assert "examples[1]" in lines[0] and "finds 0" in lines[0]
    assert "examples[2]" in lines[1] and "finds 2" in lines[1]
    assert "counterexamples[1]" in lines[2]
    assert "counterexamples[2]" in lines[3] and "placeholder" in lines[3]


def test_examples_with_values_filled_in(run: Runner, tree: Tree):
    rules = changed()
    rules["rules"].append(
        {
            "id": "acme-pair",
            "description": "Token beside an id",
            "severity": "low",
            "parts": {"id": "aws-access-key-id", "secret": "acme-token"},
            "examples": ["id = {{id}}\ntoken = acme-k3v9q2m8x7c4b1n6z5w0r8t2y4u6i1o3\n"],
            "counterexamples": ["id = {{id}}\n", "{{secret}} {{token}} {{temporary_id}}\n"],
        }
    )
    result = check(run, tree, rules)
    assert (result.status, result.stderr) == (0, b"")


def test_control_characters_of_rule_files(run: Runner, tree: Tree):
    result = check(run, tree, changed(form={"\x1b[31m": 1, "anchors": ["acme\x1b]0;x\x07("]}))
    assert result.status == 2
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", result.stderr)


def test_every_placeholder_of_the_documentation_is_known(run: Runner, tree: Tree):
    """The built-in examples use them all, and a team's file may name the built-in parts."""
    rules = changed()
    rules["rules"][0]["counterexamples"] = [
        f"{{{{{name}}}}}\n"
        for name in (
            "id temporary_id secret token code uuid hex today service_user service_password "
            "sso_token"
        ).split()
    ]
    result = check(run, tree, rules)
    assert (result.status, result.stderr) == (0, b"")
