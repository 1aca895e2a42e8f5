"""leaktrawl trail: both incidents found step by step in made-up logs, and nobody else suspected."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

import trail_logs
from conftest import ROOT, Runner, Tree
from trail_logs import START, generate, key_id, role_identity, user_identity
from trails import (
    HERE,
    THERE,
    TIME,
    TROUBLE,
    UNUSED,
    USED,
    Logs,
    World,
    as_file,
    events,
    lines,
    shown,
    steps,
    stories,
    trail,
)

# --- the incidents ---


@pytest.mark.parametrize("incident", [0, 1], ids=["planted key", "long-lived key"])
def test_every_planted_step_is_told_in_order(run: Runner, logs: Logs, incident: int):
    result = trail(run, *logs.keys, logs.folder / "AWSLogs")
    assert result.status == USED, result
    planted = logs.truth["incidents"][incident]
    told = [[s["time"], s["event"]] for s in steps(result, planted["key"])]
    assert told == planted["steps"]
    story = stories(result)[planted["key"]]
    assert story["user"] == f"{logs.truth['account']}:{planted['user']}"
    assert [d["id"] for d in story["derived"]] == planted["derived"]
    summary = lines(result)[-1]
    assert summary["records"] == logs.truth["records"] and summary["complete"], summary


def test_the_planted_key_has_its_maker_and_its_end(run: Runner, logs: Logs):
    key = logs.truth["incidents"][0]["key"]
    story = stories(trail(run, "--key", key, logs.folder))[key]
    assert story["created"]["by"].endswith(":role/jam-agent-role")
    assert (
        "AWS_Lambda" in story["created"]["user_agent"]
        and story["created"]["address"] == "3.90.41.7"
    )
    assert {"lambda-makes-keys", "lambda-widens-access", "first-call"} <= shown(story)
    assert story["state"] == "inactive" and story["calls_after_deactivation"] == 0
    assert story["derived"][0]["role"].endswith(":role/reader") and not story["derived"][0]["open"]
    assert story["bytes"] == 5000


def test_the_long_lived_key_has_new_places_and_what_it_made(run: Runner, logs: Logs):
    key = logs.truth["incidents"][1]["key"]
    story = stories(trail(run, "--key", key, logs.folder))[key]
    assert {
        "agent-kali",
        "iam-write-denied",
        "trail-tampering",
        "snapshot-shared",
        "new-region",
        "new-address",
        "new-network",
        "makes-credentials",
    } == shown(story)
    assert {a["address"]: a["new"] for a in story["addresses"]} == {
        "198.51.100.200": False,
        "185.220.101.4": True,
        "45.155.205.9": True,
    }
    (second,) = story["derived"]
    assert second["open"] and second["how"] == "CreateAccessKey" and second["from"] == key
    assert story["score"] == 100 and story["severity"] == "critical"


def test_a_hunt_lists_both_incidents_and_nobody_else(run: Runner, logs: Logs):
    result = trail(run, "--hunt", logs.folder)
    assert result.status == USED
    account = logs.truth["account"]
    assert list(stories(result)) == [
        f"{account}:backup-bot",
        f"arn:aws:iam::{account}:role/jam-agent-role",
    ]
    for story in stories(result).values():
        assert story["score"] == min(100, sum(i["score"] for i in story["indicators"]))
        assert all(i["evidence"] and i["source"] and i["first"] for i in story["indicators"])


def test_a_hunt_among_the_innocent_finds_nobody(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(trail_logs, "incidents", lambda seed: [])
    generate(tmp_path / "calm", 20_000, seed=23, jobs=1)
    result = trail(run, "--hunt", tmp_path / "calm")
    assert result.status == UNUSED and not stories(result), result
    assert b"nobody shows" in run("trail", "--hunt", tmp_path / "calm").stdout


@pytest.mark.parametrize("form", ["text", "jsonl", "csv", "html"])
def test_the_same_bytes_for_any_number_of_threads(run: Runner, logs: Logs, form: str):
    for what in (logs.keys, ["--hunt"]):
        outputs = {
            run("trail", "--format", form, "-j", n, *what, logs.folder, env=TIME).stdout
            for n in "1237"
        }
        assert len(outputs) == 1


def test_the_text_tells_it_to_a_person(run: Runner, logs: Logs):
    text = run("trail", *logs.keys, logs.folder).stdout.decode()
    planted, lived = logs.truth["incidents"]
    assert re.search(r"created +2024-05-05 09:00:03 by role/jam-agent-role from 3.90.41.7", text)
    assert "now       inactive since 2024-05-05 11:30:00" in text
    assert "stop role/jam-agent-role" in text
    assert f"--access-key-id {lived['derived'][0]} --user-name backup-bot" in text
    assert f"--access-key-id {planted['key']}" not in text, "it is off already"
    assert "CreateUser support: AccessDenied  from 185.220.101.4" in text
    assert "PutObject backups  from 198.51.100.200  (112 times, to 2024-05-14 21:05:00)" in text
    assert (
        text.count(
            "aws-cli/2.15.10 Python/3.11.6 Linux/6.5.0-kali3-amd64 exe/x86_64.kali.2023 prompt/off\n"
        )
        == 0
    )
    assert (
        len(re.findall(r"x86_64.kali.2023 prompt/off, 3 failed", text)) == 1
    ), "one tool, one line"


def test_csv_is_read_by_spreadsheets(run: Runner, logs: Logs):
    key = logs.truth["incidents"][1]["key"]
    out = run("trail", "--format", "csv", "--key", key, logs.folder).stdout.decode()
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert [[r["time"], r["event"]] for r in rows] == logs.truth["incidents"][1]["steps"]
    assert rows[0]["count"] == "112" and {r["of"] for r in rows} == {key}


# --- from the report on ---


def test_keys_come_from_a_report_with_the_time_of_the_leak(run: Runner, tree: Tree, world: World):
    repo = tree.repo("app")
    secret = "".join(
        world.rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", k=40)
    )
    repo.seconds = int((START + timedelta(days=1, hours=8, minutes=29)).timestamp())
    repo.commit(
        {"conf.ini": f"aws_access_key_id = {world.key}\naws_secret_access_key = {secret}\n"}
    )
    calls = [world.call(s, "s3", "ListBuckets") for s in (0, 86400 * 3)]
    tree.write("logs/a.json", as_file(calls))
    assert run("scan", "--format", "jsonl", "-o", "report.jsonl", "app").status == 1
    story = stories(trail(run, "report.jsonl", "logs"))[world.key]
    assert story["exposed_since"] == "2024-05-02T08:30:00Z"
    assert story["first_use_since_exposed"] == "2024-05-05T00:00:00Z"
    text = run("trail", "report.jsonl", "logs").stdout.decode()
    assert "since 2024-05-02 08:30:00, first used after that 2024-05-05 00:00:00" in text


def test_the_leak_stands_in_the_timeline(run: Runner, tree: Tree, world: World):
    tree.write("key.txt", f"aws_access_key_id = {world.key}\n")
    tree.write("a.json", as_file([world.call(s, "iam", f"Create{s}") for s in (0, 3600)]))
    report = run("scan", "--format", "jsonl", "key.txt").objects
    report[0]["s3"] = {
        "bucket": "b", "key": "key.txt", "version_id": None, "uri": "s3://b/key.txt",
        "last_modified": "2024-05-02T00:30:00Z",
    }  # fmt: skip
    tree.write("r.jsonl", "".join(json.dumps(line) + "\n" for line in report))
    told = run("trail", "r.jsonl", "a.json").stdout.decode().splitlines()
    at = told.index("    2024-05-02 00:30:00  the key is leaked from here on")
    assert "Create0" in told[at - 1] and "Create3600" in told[at + 1]


def test_looking_round_is_one_line_however_many_addresses(run: Runner, tree: Tree, world: World):
    usual = [world.call(h * 3600, "s3", "ListBuckets") for h in range(48)]
    names = ["ListUsers", "ListRoles", "ListKeys", "DescribeInstances", "ListTables", "ListTrails"]
    attack = [
        world.call(48 * 3600 + i * 30, "iam", name, address=f"203.0.113.{i}", error=error)
        for i, (name, error) in enumerate(zip(names, [None, "AccessDenied"] * 3))
    ]
    tree.write("a.json", as_file(usual + attack))
    told = run("trail", "--key", world.key, "a.json").stdout.decode().splitlines()
    looks = [line for line in told if "looks round" in line]
    assert len(looks) == 2
    assert "ListBuckets  from 198.51.100.20  (48 times" in looks[0]
    assert looks[1].endswith(
        "the key  looks round: ListUsers, ListRoles, ListKeys, DescribeInstances, …"
        "  from 203.0.113.0, 203.0.113.1, 203.0.113.2, 203.0.113.3, …"
        "  (6 times, 3 failed, to 2024-05-04 00:02:30)"
    )


def test_a_key_of_a_bucket_is_exposed_since_its_object_was_written(
    run: Runner, tree: Tree, world: World
):
    tree.write("key.txt", f"aws_access_key_id = {world.key}\n")
    tree.write("a.json", as_file([world.call(0, "s3", "ListBuckets")]))
    report = run("scan", "--format", "jsonl", "key.txt").objects
    report[0]["s3"] = {
        "bucket": "jam-agent",
        "key": "key.txt",
        "version_id": None,
        "uri": "s3://jam-agent/key.txt",
        "last_modified": "2024-05-01T23:00:00Z",
    }
    tree.write("report.jsonl", "".join(json.dumps(line) + "\n" for line in report))
    story = stories(trail(run, "report.jsonl", "a.json"))[world.key]
    assert story["exposed_since"] == "2024-05-01T23:00:00Z"
    assert story["first_use_since_exposed"] == "2024-05-02T00:00:00Z"


def test_a_key_that_nobody_used(run: Runner, tree: Tree, world: World):
    tree.write("a.json", as_file([world.call(0, "s3", "ListBuckets")]))
    other = key_id(world.rng, "AKIA")
    result = trail(run, "--key", other, "a.json")
    assert result.status == UNUSED and stories(result)[other]["calls"] == 0
    assert b"not used in these logs" in run("trail", "--key", other, "a.json").stdout
    assert trail(run, "--key", world.key, "--exit-code", "7", "a.json").status == 7


# --- whom it leads to ---


def test_chains_of_roles_users_and_keys_are_followed(run: Runner, tree: Tree, world: World):
    rng = world.rng
    first, second, made = key_id(rng, "ASIA"), key_id(rng, "ASIA"), key_id(rng, "AKIA")

    def session(role: str, key: str) -> dict[str, Any]:
        return {
            "credentials": {"accessKeyId": key, "expiration": "May 2, 2024 12:00:00 AM"},
            "assumedRoleUser": {"arn": f"arn:aws:sts::{trail_logs.ACCOUNT}:assumed-role/{role}/s"},
        }

    one, two = (role_identity(rng, r, "s", k) for r, k in (("one", first), ("two", second)))
    ghost = user_identity(rng, "ghost", made)
    records = [
        world.call(
            0,
            "sts",
            "AssumeRole",
            request={"roleArn": "arn:aws:iam::1:role/one"},
            response=session("one", first),
        ),
        world.call(
            10,
            "sts",
            "AssumeRole",
            identity=one,
            request={"roleArn": "arn:aws:iam::1:role/two"},
            response=session("two", second),
        ),
        world.call(
            20,
            "iam",
            "CreateUser",
            identity=two,
            request={"userName": "ghost"},
            response={"user": {"userName": "ghost"}},
        ),
        # By somebody else, for the user that came of it.
        world.call(
            30,
            "iam",
            "CreateAccessKey",
            identity=world.admin,
            request={"userName": "ghost"},
            response={"accessKey": {"accessKeyId": made, "userName": "ghost"}},
        ),
        world.call(40, "ec2", "RunInstances", identity=ghost, request={"imageId": "ami-1"}),
        world.call(
            50,
            "iam",
            "CreateUser",
            identity=world.admin,
            request={"userName": "new"},
            response={"user": {"userName": "new"}},
        ),
    ]
    rng.shuffle(records)
    for n, one_record in enumerate(records):
        tree.write(f"logs/{n}.json.gz", gzip.compress(as_file([one_record])))
    result = trail(run, "--key", world.key, "logs")
    assert events(result, world.key) == [
        "AssumeRole",
        "AssumeRole",
        "CreateUser",
        "CreateAccessKey",
        "RunInstances",
    ]
    derived = {d["id"]: d for d in stories(result)[world.key]["derived"]}
    assert list(derived) == [first, second, f"{trail_logs.ACCOUNT}:ghost"]
    assert derived[second]["from"] == first and derived[second]["expires"] == "2024-05-02T00:00:00Z"
    assert lines(result)[-1]["passes"] >= 3


def test_use_after_it_was_switched_off(run: Runner, tree: Tree, world: World):
    off = {"userName": "robot", "accessKeyId": world.key, "status": "Inactive"}
    tree.write(
        "a.json",
        as_file(
            [
                world.call(200, "s3", "ListBuckets"),
                world.call(300, "s3", "GetObject", request={"bucketName": "b"}),
                world.call(100, "iam", "UpdateAccessKey", identity=world.admin, request=off),
                world.call(0, "s3", "ListBuckets"),
            ]
        ),
    )
    story = stories(trail(run, "--key", world.key, "a.json"))[world.key]
    assert story["state"] == "inactive" and story["calls_after_deactivation"] == 2
    assert "after-deactivation" in shown(story)
    tree.write(
        "b.json",
        as_file(
            [
                world.call(
                    150,
                    "iam",
                    "UpdateAccessKey",
                    identity=world.admin,
                    request=off | {"status": "Active"},
                )
            ]
        ),
    )
    story = stories(trail(run, "--key", world.key, "a.json", "b.json"))[world.key]
    assert story["state"] == "active" and "after-deactivation" not in shown(story)


def test_what_was_done_to_its_user_and_by_its_user(run: Runner, tree: Tree, world: World):
    quarantine = {
        "userName": "robot",
        "policyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3",
    }
    service = {"type": "AWSService", "invokedBy": "health.amazonaws.com"}
    other = user_identity(world.rng, "robot", key_id(world.rng, "AKIA"))
    tree.write(
        "a.json",
        as_file(
            [
                world.call(
                    0, "iam", "CreateUser", identity=world.admin, request={"userName": "robot"}
                ),
                world.call(
                    5,
                    "iam",
                    "PutUserPolicy",
                    identity=world.admin,
                    request={"userName": "robot", "policyName": "p"},
                ),
                world.call(
                    6,
                    "iam",
                    "AddUserToGroup",
                    identity=world.admin,
                    request={"userName": "robot", "groupName": "g"},
                ),
                world.call(
                    7, "iam", "GetUser", identity=world.admin, request={"userName": "robot"}
                ),
                world.call(
                    8,
                    "iam",
                    "PutUserPolicy",
                    identity=world.admin,
                    request={"userName": "robot2", "policyName": "p"},
                ),
                world.call(9, "s3", "ListBuckets", identity=other),
                world.call(10, "s3", "ListBuckets"),
                world.call(
                    20,
                    "iam",
                    "AttachUserPolicy",
                    identity=service,
                    request=quarantine,
                    address="health.amazonaws.com",
                ),
            ]
        ),
    )
    result = trail(run, "--key", world.key, "a.json")
    assert events(result, world.key) == [
        "CreateUser",
        "PutUserPolicy",
        "AddUserToGroup",
        "ListBuckets",
        "AttachUserPolicy",
    ]
    story = stories(result)[world.key]
    assert shown(story) == {"quarantine"} and story["calls_of_user_by_other_means"] == 1
    hunted = trail(run, "--hunt", "a.json")
    assert list(stories(hunted)) == [
        f"{trail_logs.ACCOUNT}:robot"
    ], "its user is suspicious, not AWS"


def test_a_record_in_two_files_counts_once(run: Runner, tree: Tree, world: World):
    records = [world.call(s, "s3", "ListBuckets") for s in range(5)]
    tree.write("a.json", as_file(records))
    tree.write("b.json", as_file(records[2:]))
    result = trail(run, "--key", world.key, "a.json", "b.json")
    assert stories(result)[world.key]["calls"] == 5 and lines(result)[-1]["duplicates"] == 3


# --- places ---


def test_impossible_travel_with_a_database_of_places(run: Runner, tree: Tree, world: World):
    from mmdb_writer import MMDBWriter
    from netaddr import IPSet

    writer = MMDBWriter(4, "GeoLite2-City", languages=["en"], int_type="u32", float_type="f64")
    for network, country, latitude, longitude in (
        ("198.51.100.0/24", "DE", 52.5, 13.4),
        ("203.0.113.0/24", "SG", 1.35, 103.8),
    ):
        writer.insert_network(
            IPSet([network]),
            {
                "country": {"iso_code": country},
                "location": {"latitude": latitude, "longitude": longitude},
            },
        )
    writer.to_db_file(str(tree / "places.mmdb"))
    calls = [
        world.call(0, "s3", "ListBuckets"),
        world.call(90000, "s3", "ListBuckets"),
        world.call(93600, "s3", "ListBuckets", **THERE),
    ]
    tree.write("a.json", as_file(calls))
    with_places = trail(run, "--key", world.key, "--geoip", "places.mmdb", "a.json")
    story = stories(with_places)[world.key]
    assert {"travel", "new-country"} <= shown(story)
    assert {a["address"]: a["country"] for a in story["addresses"]} == {
        HERE["address"]: "DE",
        THERE["address"]: "SG",
    }
    (travel,) = [i for i in story["indicators"] if i["id"] == "travel"]
    assert re.fullmatch(
        r"198.51.100.20 \(DE\) to 203.0.113.9 \(SG\): 99\d\d km in 60 minutes", travel["evidence"]
    )
    without = stories(trail(run, "--key", world.key, "a.json"))[world.key]
    assert (
        not {"travel", "new-country"} & shown(without)
        and without["addresses"][0]["country"] is None
    )
    assert run("trail", "--key", world.key, "--geoip", "none.mmdb", "a.json").status == TROUBLE


def test_bursts_and_refusals(run: Runner, tree: Tree, world: World):
    looks = [world.call(n, "ec2", f"Describe{n}Things") for n in range(40)]
    refused = [world.call(3600 + n, "iam", f"Put{n}Thing", error="AccessDenied") for n in range(20)]
    tree.write("a.json", as_file(looks + refused))
    assert {"burst", "denied"} <= shown(
        stories(trail(run, "--key", world.key, "a.json"))[world.key]
    )
    slow = [world.call(600 * n, "ec2", f"Describe{n}Things") for n in range(40)]
    tree.write("b.json", as_file(slow))
    assert "burst" not in shown(stories(trail(run, "--key", world.key, "b.json"))[world.key])


# --- mistakes ---


@pytest.mark.parametrize(
    "args, said",
    [
        (["--key", "nonsense", "."], '"nonsense" is no access key id'),
        (["--key", "AKIA" + "Q" * 16], "needs LOGS"),
        (["--hunt", "--key", "AKIA" + "Q" * 16, "."], "exclude each other"),
        (["report.jsonl"], "needs REPORT and LOGS"),
        (["none.jsonl", "."], "none.jsonl: No such file"),
        (["--hunt", "none"], "none"),
        (["-", "-"], "stdin cannot be the report and the logs"),
        (["--hunt", "--profile", "p", "."], "--profile does nothing without an s3:// target"),
        (["--hunt", "--exclude", "x", "."], "--exclude does nothing without an s3:// target"),
        (["--hunt", "s3://"], "no name of a bucket"),
        (["--hunt", "--format", "json", "."], "text, jsonl, csv and html"),
        (["--hunt", "."], "no record of CloudTrail"),
    ],
)
def test_mistakes_are_named(run: Runner, args: list[str], said: str):
    result = run("trail", *args)
    assert result.status == TROUBLE and said in result.stderr.decode(), result


# --- rules for other systems ---


class CloudFormation(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, which are kept as their arguments."""


CloudFormation.add_multi_constructor("!", lambda loader, suffix, node: node.value)


def matches(pattern: Any, event: Any) -> bool:
    """EventBridge's rule for patterns of plain values: a list holds what the event may have."""
    if isinstance(pattern, dict):
        return isinstance(event, dict) and all(
            k in event and matches(v, event[k]) for k, v in pattern.items()
        )
    return event in pattern


def test_the_eventbridge_rule(run: Runner, tree: Tree, world: World):
    result = run("trail", "--rule", "eventbridge", "-o", "rule.yaml")
    assert result.status == 0
    lint = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [lint, "--regions", "us-east-1", "--", tree / "rule.yaml"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    resources = yaml.load((tree / "rule.yaml").read_text(), CloudFormation)["Resources"]
    rule = resources["DetectUserChange"]["Properties"]
    assert rule["Name"] == "DetectUserChange" and rule["Targets"][0]["Arn"] == "EventRuleAction"
    assert resources["EventRuleAction"]["Properties"]["TopicName"] == "event-rule-action"
    policy = resources["EventRuleActionPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    assert (
        policy["Principal"] == {"Service": "events.amazonaws.com"}
        and policy["Action"] == "sns:Publish"
    )

    def event(name: str, source: str = "iam") -> dict[str, Any]:
        return {
            "source": f"aws.{source}",
            "detail-type": "AWS API Call via CloudTrail",
            "detail": world.call(0, source, name),
        }

    assert matches(rule["EventPattern"], event("AttachUserPolicy"))
    assert matches(rule["EventPattern"], event("CreateAccessKey"))
    assert not matches(rule["EventPattern"], event("ListUsers"))
    assert not matches(rule["EventPattern"], event("CreateAccessKey", "transfer"))


def test_the_sigma_rules(run: Runner):
    from sigma.collection import SigmaCollection
    from sigma.validation import SigmaValidator
    from sigma.validators.core import validators

    out = run("trail", "--rule", "sigma").stdout.decode()
    rules = SigmaCollection.from_yaml(out)
    indicators = json.loads((ROOT / "patterns" / "trail" / "indicators.json").read_text())["indicators"]
    assert [str(r.id) for r in rules] == [i["uuid"] for i in indicators if "when" in i]
    assert not rules.errors and not [e for r in rules for e in r.errors]
    wanted = {
        v
        for n, v in validators.items()
        if n
        in (
            "dangling_detection",
            "dangling_condition",
            "invalid_field_name",
            "identifier_existence",
            "identifier_uniqueness",
            "duplicate_title",
            "status_existence",
            "number_as_string",
        )
    }
    issues = SigmaValidator(wanted).validate_rules(rules)
    assert wanted and not issues, issues
