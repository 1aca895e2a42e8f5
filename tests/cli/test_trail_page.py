"""The story of each key in the HTML page, beside its finding, as headless Chromium shows it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conftest import Runner, Tree
from creds import Creds
from pages import Dom, browse, check_loads_nothing, check_picture, data_of
from trail_logs import generate
from trails import TIME, TROUBLE, UNUSED, USED, World, as_file, lines, trail

UNFOLD = "for (const d of document.querySelectorAll('details')) d.open = true;"
EVIL = "</td><script>alert(1)</script><b id='evil'>\"'&\u202eevil"


@dataclass
class Case:
    """Both incidents, found by a scan: one key in a mirror, the other in a repository's past."""

    folder: Path
    planted: dict[str, Any]
    lived: dict[str, Any]
    unused: str
    page: str
    lines: list[dict[str, Any]]
    findings: list[dict[str, Any]]


def page_of(run: Runner, *args: Any, status: int = USED) -> str:
    result = run("trail", "--format", "html", *args, env=TIME)
    assert result.status == status, result
    return result.stdout.decode()


def pair_of(creds: Creds, key: str) -> str:
    return f"aws_access_key_id = {key}\naws_secret_access_key = {creds.secret()}\n"


@pytest.fixture
def case(run: Runner, tree: Tree, creds: Creds) -> Case:
    truth = generate(tree.root / "logs", 5000, seed=11, jobs=1)
    planted, lived = truth["incidents"]
    unused = creds.key_id()
    tree.write("found/bucket/key.txt", pair_of(creds, planted["key"]))
    tree.write("found/other.txt", unused)
    repo = tree.repo("found/app")
    date = {"GIT_AUTHOR_DATE": "2024-05-09T10:00:00Z"}
    repo.write("env", pair_of(creds, lived["key"]))
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "x", env=date)
    repo.git("rm", "-q", "env")
    repo.git("commit", "-q", "-m", "y", env=date)
    found = run.scan("found")
    tree.write("report.jsonl", found.stdout)
    page = page_of(run, "report.jsonl", "logs/AWSLogs")
    told = lines(trail(run, "report.jsonl", "logs/AWSLogs"))
    return Case(tree.root, planted, lived, unused, page, told, found.findings)


def items(dom: Dom) -> dict[str, str]:
    """What is shown of each credential, by its id."""
    return dict(zip(dom.texts.get("id", []), dom.texts.get("item", []), strict=True))


# --- as it is written ---


def test_it_is_the_one_page(case: Case):
    check_loads_nothing(case.page)


def test_its_data_are_those_of_json_lines(case: Case):
    data = data_of(case.page)
    assert data["findings"] == case.findings
    told = [o for o in case.lines if o["type"] in ("trail", "step")]
    page_only = ("steps", "steps_left")
    stories = [{k: v for k, v in s.items() if k not in page_only} for s in data["stories"]]
    assert stories == [o for o in told if o["type"] == "trail"]
    assert [step for s in data["stories"] for step in s["steps"]] == [
        o for o in told if o["type"] == "step"
    ]
    assert case.lines[-1].items() <= data["trail"].items()


def test_without_scripts_every_step_is_in_a_table(case: Case):
    plain = re.search("<noscript>(.*)</noscript>", case.page, re.S)[1]
    for incident in (case.planted, case.lived):
        for when, event in incident["steps"]:
            assert re.search(f"<tr><td>{when}<td>[^<]*<td>{event}<td>", plain)


def test_secrets_only_where_asked(run: Runner, tree: Tree, creds: Creds, world: World):
    tree.write("f", pair_of(creds, world.key))
    secret = (tree / "f").read_text().split()[-1]
    tree.write("r.jsonl", run("scan", "--format", "jsonl", "--show-secrets", "f").stdout)
    tree.write("a.json", as_file([world.call(0, "s3", "ListBuckets")]))
    assert secret not in page_of(run, "r.jsonl", "a.json")
    shown = page_of(run, "--show-secrets", "r.jsonl", "a.json")
    assert secret in shown and "holds whole secrets" in shown
    refused = run("trail", "--show-secrets", "r.jsonl", "a.json")
    assert refused.status == TROUBLE and b"--format html only" in refused.stderr


# --- as it is shown ---


def test_each_key_has_its_story_beside_its_finding(case: Case, tmp_path: Path):
    dom = browse(tmp_path, case.page.encode())
    assert dom.texts["headline"] == ["3 leaked credentials of 2 AWS accounts, 2 used"]
    shown = items(dom)
    assert set(shown) == {case.planted["key"], case.lived["key"], case.unused}
    assert list(shown)[-1] == case.unused and "Not used in these logs" in shown[case.unused]
    assert "found/bucket/key.txt:1:21" in shown[case.planted["key"]]
    lived = shown[case.lived["key"]]
    assert "Suspicion 100 of 100" in lived and "A user agent of Kali Linux" in lived
    assert "1 key of its making still gives access." in lived
    assert "first committed 2024-05-09" in lived


def test_the_chart_has_a_lane_for_each_address_and_the_moments(case: Case, tmp_path: Path):
    dom = browse(tmp_path, case.page.encode())
    planted, lived = items(dom)[case.planted["key"]], items(dom)[case.lived["key"]]
    charts = [a["aria-label"] for t, a in dom.tags if t == "figure"]
    assert len(charts) == 2 and all(label.startswith("Calls by address from") for label in charts)
    assert "leaked 2024-05-09 10:00" in lived and "first used after it 2024-05-09" in lived
    assert "185.220.101.4new" in lived and "45.155.205.9new" in lived
    assert "198.51.100.200new" not in lived
    assert "created 2024-05-05 09:00" in planted and "inactive 2024-05-05 11:30" in planted
    assert "by others" in planted and "203.0.113.77" in planted
    kinds = [a["class"] for t, a in dom.tags if t == "i" and "title" in a]
    assert "failed" in kinds and "looks" in kinds and "acts" in kinds
    titles = " ".join(a["title"] for t, a in dom.tags if t == "i" and "title" in a)
    assert "CreateUser" in titles


def test_the_moment_when_it_was_found_to_work(
    run: Runner, tree: Tree, creds: Creds, world: World, tmp_path: Path
):
    tree.write("f", pair_of(creds, world.key))
    report = run.scan("f").objects
    report[0]["verification"] |= {"status": "live", "checked_at": "2024-05-02T00:50:00Z"}
    tree.write("r.jsonl", "".join(json.dumps(line) + "\n" for line in report))
    tree.write("a.json", as_file([world.call(s, "s3", "ListBuckets") for s in (0, 3600)]))
    dom = browse(tmp_path, page_of(run, "r.jsonl", "a.json").encode(), addition=UNFOLD)
    assert "verified live 2024-05-02 00:50" in dom.texts["moments"][0]
    assert "Verified live2024-05-02 00:50:00" in dom.texts["facts"][0]


def test_the_tables_tell_everything(case: Case, tmp_path: Path):
    dom = browse(tmp_path, case.page.encode(), addition=UNFOLD)
    lived = items(dom)[case.lived["key"]]
    told = next(o for o in case.lines if o["type"] == "trail" and o["id"] == case.lived["key"])
    for reason in told["indicators"]:
        assert reason["title"] in lived and reason["evidence"] in lived
    for use in told["addresses"] + told["user_agents"] + told["regions"] + told["services"]:
        text = next(iter(use.values()))
        assert text in lived and use["first"][:19].replace("T", " ") in lived
    assert all(d["id"] in lived for d in told["derived"])
    assert all(step in lived for step in told["next_steps"])
    heads = [a for t, a in dom.tags if t == "th"]
    assert heads and all(a["scope"] == "col" and a["role"] == "columnheader" for a in heads)
    assert all(a["role"] == "table" for t, a in dom.tags if t == "table")
    shown = re.findall(r"2024-05-\d\d \d\d:\d\d:\d\d", dom.texts["steps"][0])
    first = [when.replace("T", " ")[:19] for when, _ in case.planted["steps"]]
    assert shown == first


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        ("search('StopLogging')", ["lived"]),
        ("search('203.0.113.77')", ["planted"]),
        ("search('kali backup-bot')", ["lived"]),
        ("press('not used')", ["unused"]),
        ("press('used since the leak')", ["lived"]),
        ("press('suspicious')", ["planted", "lived"]),
        ("search('nobody-did-this')", []),
    ],
)
def test_search_and_filters(case: Case, tmp_path: Path, script: str, shown: list[str]):
    dom = browse(
        tmp_path,
        case.page.encode(),
        addition="""
        const search = (text) => {
          const box = document.getElementById("search");
          box.value = text;
          box.dispatchEvent(new Event("input"));
        };
        const press = (name) => [...document.querySelectorAll("#chips .chip")]
          .find((chip) => chip.textContent.startsWith(name)).click();
        """
        + script,
    )
    keys = {"lived": case.lived["key"], "planted": case.planted["key"], "unused": case.unused}
    assert set(items(dom)) == {keys[name] for name in shown}


def test_steps_are_filtered(case: Case, tmp_path: Path):
    press = """
        for (const chip of document.querySelectorAll(".steps .chip"))
          if (chip.textContent.startsWith("refused")) chip.click();
        """
    script = f"{UNFOLD}setTimeout(() => {{{press}}}, 200)"
    dom = browse(tmp_path, case.page.encode(), addition=script)
    lived = next(text for text in dom.texts["steps"] if "StopLogging" in text)
    assert "CreateUser" in lived and "ListBuckets" not in lived
    assert "3 of 8 steps" in lived


def test_steps_are_searched(case: Case, tmp_path: Path):
    search = """
        for (const box of document.querySelectorAll(".steps input")) {
          box.value = "iam create";
          box.dispatchEvent(new Event("input"));
        }
        """
    script = f"{UNFOLD}setTimeout(() => {{{search}}}, 200)"
    dom = browse(tmp_path, case.page.encode(), addition=script)
    lived = next(text for text in dom.texts["steps"] if "2 of 8 steps" in text)
    assert "CreateUser" in lived and "CreateAccessKey" in lived and "StopLogging" not in lived


@pytest.mark.parametrize("count", [1, 2])
def test_keys_of_the_command_line(case: Case, run: Runner, tmp_path: Path, count: int):
    keys = [case.lived["key"], case.unused][:count]
    page = page_of(run, *(word for key in keys for word in ("--key", key)), "logs")
    dom = browse(tmp_path, page.encode())
    assert data_of(page)["summary"] is None and list(items(dom)) == keys
    assert dom.texts["headline"] == [["The key was used", "1 of 2 keys was used"][count - 1]]
    accounts = {f["access_key_id"]: f["account"] for f in case.findings}
    assert all(s["account"] == accounts[s["id"]] for s in data_of(page)["stories"])
    assert "in a file" not in items(dom)[keys[0]]


def test_a_hunt(case: Case, run: Runner, tree: Tree, world: World, tmp_path: Path):
    dom = browse(tmp_path, page_of(run, "--hunt", "logs").encode())
    assert dom.texts["headline"] == ["2 principals show signs of an attacker"]
    assert list(items(dom)) == ["user backup-bot", "role/jam-agent-role"]
    tree.write("calm.json", as_file([world.call(0, "s3", "ListBuckets")]))
    dom = browse(tmp_path, page_of(run, "--hunt", "calm.json", status=UNUSED).encode())
    assert dom.texts["headline"] == ["Nobody shows what a hunt looks for"]


def test_services_that_act_for_it_are_no_addresses(
    run: Runner, tree: Tree, world: World, tmp_path: Path
):
    calls = [world.call(0, "secretsmanager", "GetSecretValue"), world.call(1, "kms", "Decrypt",
             address="secretsmanager.amazonaws.com")]  # fmt: skip
    tree.write("a.json", as_file(calls))
    dom = browse(tmp_path, page_of(run, "--key", world.key, "a.json").encode())
    assert "2 calls, from 1 address and through 1 service of AWS." in items(dom)[world.key]


def test_what_is_in_no_known_form_is_told(run: Runner, tree: Tree, world: World, tmp_path: Path):
    call = world.call(0, "s3", "ListBuckets")
    tree.write("a.json", "[" * 20 + json.dumps(call) + "]" * 20)
    page = page_of(run, "--key", world.key, "a.json", status=TROUBLE)
    dom = browse(tmp_path, page.encode())
    assert "Not all of the logs were read. 1 thing could not be read" in dom.texts["alarm"][0]


def test_what_was_not_read_is_told(run: Runner, tree: Tree, world: World, tmp_path: Path):
    tree.write("a.json", as_file([world.call(0, "s3", "ListBuckets")]))
    page = page_of(run, "--key", world.key, "a.json", "gone.json")
    dom = browse(tmp_path, page.encode())
    assert "Not all of the logs were read. 1 thing could not be read" in dom.texts["alarm"][0]
    assert "gone.json" in dom.texts["unread"][0]


def test_foreign_text_stays_text(run: Runner, tree: Tree, world: World, tmp_path: Path):
    calls = []
    for i, name in enumerate([EVIL, "L" * 5000, "new\nline\x1b[31m"]):
        calls.append(world.call(i, "s3", name, address=name, agent=name, error=name))
        calls[-1] |= {"requestParameters": {"bucketName": name}, "awsRegion": name}
    tree.write("a.json", as_file(calls))
    page = page_of(run, "--key", world.key, "a.json")
    check_loads_nothing(page)
    dom = browse(tmp_path, page.encode(), addition=UNFOLD)
    assert "evil" not in {a.get("id") for _, a in dom.tags}
    assert "</td><script>alert(1)</script>" in dom.texts["steps"][0]
    assert "\\u202eevil" in dom.texts["steps"][0], "what turns the writing is shown as its number"
    shown = dom.texts["item"] + [str(value) for _, a in dom.tags for value in a.values()]
    assert not re.search("[\u202e\x1b]", "".join(shown))


@pytest.mark.parametrize("time", ["-999-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "0-0-0"])
def test_times_that_are_none(run: Runner, tree: Tree, world: World, tmp_path: Path, time: str):
    calls = [world.call(i, "iam", f"Create{i}", error="AccessDenied") for i in range(2)]
    calls[0]["eventTime"] = time
    tree.write("a.json", as_file(calls))
    dom = browse(tmp_path, page_of(run, "--key", world.key, "a.json").encode(), addition=UNFOLD)
    assert "Create0" in dom.texts["steps"][0] and "Create1" in dom.texts["steps"][0]
    assert len(dom.texts["chart"]) == 1


def test_a_thousand_stories_and_ten_thousand_findings(
    run: Runner, tree: Tree, creds: Creds, world: World, tmp_path: Path, no_sanitizer: None
):
    """Only a hundred are drawn at once; the steps of each when they are asked for."""
    pairs = creds.pairs(10_000)
    tree.write("f", "\n".join(f"[{i}]\n{pair.ini}" for i, pair in enumerate(pairs)))
    calls = []
    for pair in pairs[:1000]:
        identity = world.identity | {"accessKeyId": pair.id}
        calls += [world.call(i, "s3", f"Call{i}", identity=identity) for i in range(20)]
    tree.write("a.json", as_file(calls))
    tree.write("r.jsonl", run("scan", "--format", "jsonl", "f").stdout)
    page = page_of(run, "r.jsonl", "a.json")
    dom = browse(tmp_path, page.encode())
    assert len(dom.texts["item"]) == 100 and len(dom.texts["chart"]) == 100
    assert dom.texts["more"] == ["Show 100 more of 9,900"]
    assert "tbody" not in dict(dom.tags)
    assert dom.texts["headline"][0].endswith(" 1,000 used")


@pytest.mark.parametrize(("name", "size"), [("desktop", "1280,2400"), ("phone", "360,2400")])
@pytest.mark.parametrize("scheme", [0, 1], ids=["dark", "light"])
def test_screenshots(case: Case, tmp_path: Path, name: str, size: str, scheme: int):
    """Pictures to look at, in pytest's folder; nothing is wider than the window."""
    check_picture(tmp_path, case.page.encode(), name, size, scheme, UNFOLD)


def test_the_same_page_for_any_number_of_threads(case: Case, run: Runner):
    pages = {page_of(run, "-j", n, "report.jsonl", "logs/AWSLogs") for n in "127"}
    assert pages == {case.page}
