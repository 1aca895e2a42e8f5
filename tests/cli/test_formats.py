"""The formats that other tools read: SARIF, GitLab, JUnit, GitHub, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import xml.etree.ElementTree as ET
from urllib.parse import unquote_to_bytes

import pytest

from conftest import Result, Runner, Tree
from creds import Creds
from hostile import CONTROL, fill
from schemas import check_gitlab, check_sarif

FORMATS = ["text", "jsonl", "json", "sarif", "gitlab", "junit", "github", "csv", "html"]
@pytest.fixture
def fixed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """GitLab's report tells the time; this is it."""
    return {"SOURCE_DATE_EPOCH": "1700000000"}


@pytest.mark.parametrize("form", FORMATS)
def test_no_secret_in_any_format(
    run: Runner, tree: Tree, creds: Creds, form: str, fixed: dict[str, str]
):
    pairs = fill(tree, creds)
    result = run("scan", "--format", form, "--sarif-history", "t", "gone", env=fixed)
    shown = run("scan", "--format", form, "--sarif-history", "--show-secrets", "t", env=fixed)
    for pair in pairs:
        for value in [pair.secret, pair.token or pair.secret]:
            assert value[5:25].encode() not in result.stdout + result.stderr
            if form in ("sarif", "gitlab", "junit", "github"):
                assert value[5:25].encode() not in shown.stdout, "what is uploaded holds none"
        assert pair.id.encode() in result.stdout


@pytest.mark.parametrize("form", FORMATS)
def test_formats_are_the_same_for_any_threads(
    run: Runner, tree: Tree, creds: Creds, form: str, fixed: dict[str, str]
):
    fill(tree, creds)
    one = run("scan", "-j1", "--format", form, "t", "gone", env=fixed)
    eight = run("scan", "-j8", "--format", form, "t", "gone", env=fixed)
    assert (one.stdout, one.stderr, one.status) == (eight.stdout, eight.stderr, eight.status)
    assert one.status == 1
    assert one.stdout.endswith(b"\n")


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_sends_control_characters(
    run: Runner, tree: Tree, creds: Creds, form: str, fixed: dict[str, str]
):
    fill(tree, creds)
    report = run("scan", "--format", form, "t", env=fixed).stdout
    found = CONTROL.search(report.replace(b"\r\n", b"\n") if form == "csv" else report)
    assert not found, found
    assert "\u202e" not in report.decode()


@pytest.mark.parametrize("form", FORMATS)
def test_formats_of_a_merge(
    run: Runner, tree: Tree, creds: Creds, form: str, fixed: dict[str, str]
):
    fill(tree, creds)
    run.scan("-o", "r1", "t", "gone")
    run.scan("-o", "r2", "--no-history", "t")
    one = run("merge", "--format", form, "r1", "r2", env=fixed)
    two = run("merge", "--format", form, "r2", "r1", env=fixed)
    assert (one.stdout, one.status) == (two.stdout, two.status)
    if form == "sarif":
        check_sarif(one.stdout)
    if form == "gitlab":
        check_gitlab(one.stdout)


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_is_told(run: Runner, tree: Tree, creds: Creds, form: str):
    tree.write("f", creds.pair().ini)
    result = run("scan", "--format", form, "-o", "/dev/full", "f")
    assert result.status == 2 and "/dev/full" in result.stderr_line()


@pytest.mark.parametrize("form", FORMATS)
def test_a_clean_scan(run: Runner, tree: Tree, form: str):
    tree.write("f", "nothing\n")
    result = run("scan", "--format", form, "f")
    assert (result.status, result.stderr) == (0, b"")
    if form == "sarif":
        assert check_sarif(result.stdout)["results"] == []
    if form == "gitlab":
        assert check_gitlab(result.stdout)["vulnerabilities"] == []


# --- the file ---


def test_a_report_appears_whole(run: Runner, tree: Tree, creds: Creds):
    """The file is not there while the scan runs, and no other file is left."""
    tree.write("f", creds.pair().ini)
    tree.write("report", "older")
    (tree / "report").chmod(0o640)
    tree.link("link", "report")
    run("scan", "-f", "json", "-o", "link", "f")
    assert json.loads((tree / "report").read_bytes())["summary"]["findings"] == 1
    assert (tree / "link").is_symlink()
    assert (tree / "report").stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(tree.root)) == ["f", "link", "report"]


def test_a_report_that_fails_leaves_the_old_one(run: Runner, tree: Tree, creds: Creds):
    tree.write("report", "older")
    result = run("scan", "--rules", "gone", "-o", "report", "f")
    assert result.status == 2
    assert (tree / "report").read_text() == "older"
    assert os.listdir(tree.root) == ["report"]


# --- JSON ---


def test_json_holds_the_records_of_json_lines(run: Runner, tree: Tree, creds: Creds):
    fill(tree, creds)
    lines = run.scan("t", "gone")
    document = json.loads(run("scan", "-f", "json", "t", "gone").stdout)
    assert document["findings"] == lines.findings
    assert document["errors"] == lines.errors
    assert document["summary"] == lines.summary


# --- SARIF ---


def sarif(result: Result) -> dict:
    assert result.status in (1, 2), result
    return check_sarif(result.stdout)


def uris(sarif_run: dict) -> list[str]:
    return [
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for r in sarif_run["results"]
    ]


def test_sarif_of_everything(run: Runner, tree: Tree, creds: Creds):
    fill(tree, creds)
    scanned = sarif(run("scan", "-f", "sarif", "t", "gone"))
    found = run.scan("t", "gone")
    expected = [f for f in found.findings if f["git"] is None or f["git"]["in_work_tree"]]
    assert len(scanned["results"]) == len(expected) == len(found.findings) - 1
    for result, finding in zip(scanned["results"], expected):
        assert result["partialFingerprints"]["leaktrawl/v1"] == finding["fingerprint"]
        assert "primaryLocationLineHash" in result["partialFingerprints"]
        path = unquote_to_bytes(
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        )
        assert (tree.root / os.fsdecode(path)).exists()
    [invocation] = scanned["invocations"]
    assert invocation["executionSuccessful"] is False
    texts = [n["message"]["text"] for n in invocation["toolExecutionNotifications"]]
    assert any("gone" in text for text in texts)
    assert any(text.startswith("1 finding is left out") for text in texts)


def test_sarif_with_history(run: Runner, tree: Tree, creds: Creds):
    fill(tree, creds)
    scanned = sarif(run("scan", "-f", "sarif", "--sarif-history", "t"))
    [past] = [r for r in scanned["results"] if r["properties"]["historyOnly"]]
    assert "Only the history" in past["message"]["text"]
    assert past["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "gone"
    assert "primaryLocationLineHash" not in past["partialFingerprints"]
    assert len(past["properties"]["firstCommit"]) == 40


def test_sarif_regions_count_utf16(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    text = f"x\r\n# é🔑 {pair.id} {pair.secret}\n"
    tree.write("f", text)
    [result] = sarif(run("scan", "-f", "sarif", "f"))["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    line = text.splitlines()[region["startLine"] - 1].encode("utf-16-le")
    start, end = region["startColumn"] - 1, region["endColumn"] - 1
    assert line[2 * start : 2 * end].decode("utf-16-le") == pair.id


def test_sarif_uris_begin_at_the_repository(run: Runner, tree: Tree, creds: Creds):
    repo = tree.repo("repo")
    repo.write("a b/f#.env", creds.pair().ini)
    tree.link("link", "repo/a b")
    expected = ["a%20b/f%23.env"]
    for cwd, target in [
        (tree.root, "repo"),
        (tree.root, str(tree / "repo")),
        (tree.root, "repo/a b/../a b/f#.env"),
        (tree / "repo/a b", "."),
        (tree / "repo/a b", "f#.env"),
        (tree.root, "link"),
    ]:
        scanned = sarif(run("scan", "-f", "sarif", "--no-history", target, cwd=cwd))
        assert uris(scanned) == expected, target
        [result] = scanned["results"]
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert place["uriBaseId"] == "%SRCROOT%"


def test_sarif_uris_without_a_repository(run: Runner, tree: Tree, creds: Creds):
    tree.write("in/f", creds.pair().ini)
    tree.write("out/f", creds.pair().ini)
    scanned = sarif(run("scan", "-f", "sarif", "f", "../out", cwd=tree / "in"))
    assert uris(scanned) == ["f", f"file://{(tree / 'out/f').resolve()}"]


def test_sarif_line_hashes_are_githubs(run: Runner, tree: Tree, creds: Creds):
    """Computed again here by the definition, over whole lines."""
    one, two = creds.pairs(2)
    tree.write("f", f"{creds.key_id()}\r\n  \t{one.line}é\n\n{'x' * 30}\n🔑{two.line}")
    for result in sarif(run("scan", "-f", "sarif", "f"))["results"]:
        line = result["locations"][0]["physicalLocation"]["region"]["startLine"]
        expected = line_hash((tree / "f").read_bytes().decode(), line)
        assert result["partialFingerprints"]["primaryLocationLineHash"] == f"{expected:x}:1"


def line_hash(text: str, line: int) -> int:
    units: list[int] = []
    starts: list[int] = []
    inside = False
    for unit in memoryview(text.replace("\r\n", "\n").encode("utf-16-le")).cast("H"):
        if unit in (9, 32):
            continue
        if not inside:
            starts.append(len(units))
        inside = unit != 10
        units.append(unit)
    window = (units + [65535] + [0] * 100)[starts[line - 1] :][:100]
    value = 0
    for unit in window:
        value = (value * 37 + unit) % 2**64
    return value


def test_sarif_keeps_githubs_limits(run: Runner, tree: Tree, creds: Creds, no_sanitizer: None):
    """25,000 results, the most severe of them, and a note of the others."""
    tree.write("a-lone", "".join(f"{creds.key_id()}\n" for _ in range(25_100)))
    tree.write("b-pair", creds.pair().ini)
    scanned = sarif(run("scan", "-f", "sarif", "."))
    assert len(scanned["results"]) == 25_000
    assert scanned["results"][-1]["ruleId"] == "aws-key-pair"
    [note] = scanned["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("101 findings are left out")


# --- GitLab ---


def test_gitlab_of_everything(run: Runner, tree: Tree, creds: Creds, fixed: dict[str, str]):
    fill(tree, creds)
    result = run("scan", "-f", "gitlab", "t", "gone", env=fixed)
    document = check_gitlab(result.stdout)
    assert document["scan"]["status"] == "failure"
    assert document["scan"]["start_time"] == "2023-11-14T22:13:20"
    assert len(document["vulnerabilities"]) == len(run.scan("t").findings)
    [past] = [v for v in document["vulnerabilities"] if v["location"]["file"] == "gone"]
    assert len(past["location"]["commit"]["sha"]) == 40
    assert past["location"]["commit"]["author"] and past["location"]["commit"]["date"]
    again = check_gitlab(run("scan", "-f", "gitlab", str(tree / "t")).stdout)
    ids = {v["id"] for v in document["vulnerabilities"]}
    assert ids == {v["id"] for v in again["vulnerabilities"]}, "whatever the target was called"


# --- JUnit ---


def test_junit_of_everything(run: Runner, tree: Tree, creds: Creds):
    fill(tree, creds)
    findings = run.scan("t").findings
    suites = ET.fromstring(run("scan", "-f", "junit", "t", "gone").stdout)
    [suite] = suites
    cases = list(suite)
    assert int(suite.get("tests")) == len(cases) == len(findings) + 1
    assert int(suite.get("failures")) == len(suite.findall("testcase/failure")) == len(findings)
    assert int(suite.get("errors")) == len(suite.findall("testcase/error")) == 1
    names = [case.get("name") for case in cases]
    assert any("</script><script>alert(1)</script>:2:" in name for name in names)
    assert any(r"esc\x1b[31m" in name for name in names)


def test_junit_of_a_clean_scan_is_one_good_test(run: Runner, tree: Tree):
    tree.write("f", "nothing\n")
    suites = ET.fromstring(run("scan", "-f", "junit", "f").stdout)
    assert len(suites.findall("testsuite/testcase")) == 1
    assert suites.get("failures") == suites.get("errors") == "0"


# --- GitHub's workflow commands ---


def test_github_annotations(run: Runner, tree: Tree, creds: Creds):
    fill(tree, creds)
    lines = run("scan", "-f", "github", "t", "gone").stdout.decode().splitlines()
    commands, summary = lines[:-1], lines[-1]
    assert not summary.startswith("::") and "NOT COMPLETE" in summary
    order = []
    for command in commands:
        found = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", command)
        assert found, command
        properties = dict(part.split("=", 1) for part in found[2].split(","))
        assert properties.keys() <= {"title", "file", "line", "col"}
        order.append(["error", "notice", "warning"].index(found[1]))
    assert order == sorted(order)
    joined = "\n".join(commands)
    assert "file=t/%250A%3A%3Aerror%3A%3Ax%2Cy%3Az," in joined
    assert sum("history only" in command for command in commands) == 1


def test_github_annotates_a_credential_once(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    for i in range(4):
        tree.write(f"t/{i}", pair.ini)
    lines = run("scan", "-f", "github", "t").stdout.decode().splitlines()
    assert len(lines) == 2 and "and 3 more places" in lines[0]


# --- CSV ---


def rows(report: bytes) -> list[dict[str, str]]:
    assert report.count(b"\r\n") == len(report.splitlines())
    return list(csv.DictReader(io.StringIO(report.decode(), newline=""), strict=True))


def test_csv_of_everything(run: Runner, tree: Tree, creds: Creds):
    fill(tree, creds)
    result = run("scan", "-f", "csv", "t", "gone")
    assert b"gone" in result.stderr, "a table has no place for errors"
    table = rows(result.stdout)
    findings = run.scan("t").findings
    assert [r["fingerprint"] for r in table] == [f["fingerprint"] for f in findings]
    for row, finding in zip(table, findings):
        assert None not in row and None not in row.values()
        assert row["access_key_id"] == (finding["access_key_id"] or "")
        assert int(row["line"]) == finding["location"]["line"]
        assert row["account"] == (finding["account"] or "")
        assert row["in_history"] == str(finding["git"] is not None and
                                        not finding["git"]["in_work_tree"]).lower()  # fmt: skip


@pytest.mark.parametrize("name", ["=cmd|'calc'!A1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("x")'])
def test_csv_holds_no_formulas(run: Runner, tree: Tree, creds: Creds, name: str):
    tree.write(name, creds.pair().ini)
    [row] = rows(run("scan", "-f", "csv").stdout)
    assert row["path"] == "'" + name
    for field in row.values():
        assert not field or field[0] not in "=+-@\t\r|"


def test_csv_with_secrets_that_look_like_formulas(run: Runner, tree: Tree, creds: Creds):
    secret = creds.secret(first="+")
    tree.write("f", creds.pair(secret=secret).ini)
    [row] = rows(run("scan", "-f", "csv", "--show-secrets").stdout)
    assert row["secret_access_key"] == "'" + secret


def test_five_thousand_findings(
    run: Runner, tree: Tree, creds: Creds, fixed: dict[str, str], no_sanitizer: None
):
    tree.write("f", "\n".join(f"[{i}]\n{pair.ini}" for i, pair in enumerate(creds.pairs(5000))))
    assert len(check_sarif(run("scan", "-f", "sarif", "f").stdout)["results"]) == 5000
    assert len(check_gitlab(run("scan", "-f", "gitlab", "f").stdout)["vulnerabilities"]) == 5000
    assert len(rows(run("scan", "-f", "csv", "f").stdout)) == 5000
