"""leaktrawl trail: both incidents found step by step in made-up logs, and nobody else suspected."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import subprocess
import sys
import tarfile
from datetime import timedelta
from pathlib import Path
from typing import Any, Callable

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


# --- forms of logs ---


def shuffled(rng: random.Random, value: Any) -> Any:
    """The same JSON with the members of each object in any order."""
    if isinstance(value, dict):
        items = list(value.items())
        rng.shuffle(items)
        return {key: shuffled(rng, inner) for key, inner in items}
    return [shuffled(rng, inner) for inner in value] if isinstance(value, list) else value


def escaped(text: str) -> str:
    """JSON in which the letters of keys and names are written as escapes."""
    return re.sub(r"AKIA|robot", lambda m: "".join(f"\\u{ord(c):04x}" for c in m[0]), text)


FORMS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "JSON Lines": lambda r: "\n".join(json.dumps(x) for x in r).encode(),
    "indented": lambda r: json.dumps({"Records": r}, indent=2).encode(),
    "a record a line": lambda r: b'{"Records":[\n'
    + b",\n".join(json.dumps(x).encode() for x in r)
    + b"\n]}",
    "an array": lambda r: json.dumps(r).encode(),
    "any order": lambda r: as_file(shuffled(random.Random(5), r)),
    "escapes": lambda r: escaped(json.dumps({"Records": r})).encode(),
    "lookup-events": lambda r: json.dumps(
        {
            "Events": [
                {"EventId": x["eventID"], "Username": "robot", "CloudTrailEvent": json.dumps(x)}
                for x in r
            ]
        },
        indent=4,
    ).encode(),
    "CloudWatch events": lambda r: json.dumps(
        {
            "searchedLogStreams": [],
            "events": [{"logStreamName": "s", "timestamp": 1, "message": json.dumps(x)} for x in r],
        }
    ).encode(),
    "CloudWatch subscription": lambda r: json.dumps(
        {
            "messageType": "DATA_MESSAGE",
            "logEvents": [{"id": "1", "message": json.dumps(x)} for x in r],
        }
    ).encode(),
    "CloudWatch export": lambda r: "\n".join(
        f"2024-05-02T00:00:00.000Z {json.dumps(x)}" for x in r
    ).encode(),
    "Lake": lambda r: "\n".join(
        json.dumps({"eventData": x, "metadata": {"ingestionTime": "t"}}) for x in r
    ).encode(),
    "EventBridge": lambda r: "\n".join(
        json.dumps(
            {
                "version": "0",
                "source": "aws.s3",
                "detail-type": "AWS API Call via CloudTrail",
                "detail": x,
            }
        )
        for x in r
    ).encode(),
    "strings": lambda r: json.dumps([json.dumps(x) for x in r], indent=4).encode(),
    "a string a line": lambda r: "\n".join(json.dumps(json.dumps(x)) for x in r).encode(),
    "strings, every quote a number": lambda r: json.dumps([json.dumps(x) for x in r])
    .replace('\\"', "\\u0022")
    .encode(),
    "lookup-events as text": lambda r: "\n".join(
        f"EVENTS\tKEY\t{json.dumps(x)}\tid\tname" for x in r
    ).encode(),
    "lookup-events as YAML": lambda r: "\n".join(
        f"- CloudTrailEvent: '{json.dumps(x)}'\n  EventId: x" for x in r
    ).encode(),
    "UTF-16": lambda r: json.dumps({"Records": r}).encode("utf-16"),
    "UTF-16, strings": lambda r: b"\xfe\xff"
    + json.dumps([json.dumps(x) for x in r]).encode("utf-16-be"),
    "UTF-8 with its mark": lambda r: b"\xef\xbb\xbf" + as_file(r),
    "lines of Windows": lambda r: b"\r\n".join(json.dumps(x).encode() for x in r),
    "Firehose, nothing between": lambda r: b"".join(
        json.dumps({"logEvents": [{"id": "1", "message": json.dumps(x)}]}).encode() for x in r
    ),
    "records in small letters": lambda r: json.dumps({"records": r}).encode(),
    "Lake's query": lambda r: json.dumps(
        {"QueryStatus": "FINISHED", "QueryResultRows": [[{"eventJson": json.dumps(x)}] for x in r]}
    ).encode(),
    "CloudWatch's query": lambda r: json.dumps(
        {
            "results": [
                [{"field": "@timestamp", "value": "t"}, {"field": "@message", "value": json.dumps(x)}]
                for x in r
            ],
            "status": "Complete",
        }
    ).encode(),
    "SNS": lambda r: "\n".join(
        json.dumps({"Type": "Notification", "Message": json.dumps({"detail": x})}) for x in r
    ).encode(),
    "SQS": lambda r: json.dumps(
        {
            "Messages": [
                {"Body": json.dumps({"Message": json.dumps({"detail-type": "t", "detail": x})})}
                for x in r
            ]
        }
    ).encode(),
    "Splunk": lambda r: "\n".join(
        json.dumps({"preview": False, "result": {"_raw": json.dumps(x), "host": "h"}}) for x in r
    ).encode(),
    "Elasticsearch": lambda r: json.dumps(
        {"hits": {"hits": [{"_source": {"event": {"original": json.dumps(x)}}} for x in r]}}
    ).encode(),
    "times with spaces": lambda r: as_file(
        [x | {"eventTime": x["eventTime"].replace("T", " ").replace("Z", ".000")} for x in r]
    ),
    "gzip": lambda r: gzip.compress(as_file(r)),
    "two gzips in one": lambda r: gzip.compress(as_file(r[:2])) + gzip.compress(as_file(r[2:])),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_that_logs_come_in(run: Runner, tree: Tree, world: World, form: str):
    made = {"accessKey": {"accessKeyId": world.key, "userName": "robot"}}
    records = [
        world.call(
            0,
            "iam",
            "CreateAccessKey",
            identity=world.admin,
            request={"userName": "robot"},
            response=made,
        ),
        world.call(1, "s3", "ListBuckets", identity=world.admin),
        world.call(
            2,
            "iam",
            "AttachUserPolicy",
            identity=world.admin,
            request={"userName": "robot", "policyArn": "a/b"},
        ),
        world.call(3, "s3", "GetObject", request={"bucketName": '}]{["x', "key": "\\"}),
    ]
    tree.write("log", FORMS[form](records))
    result = trail(run, "--key", world.key, "log")
    assert events(result, world.key) == ["CreateAccessKey", "AttachUserPolicy", "GetObject"], result
    assert lines(result)[-1]["complete"]


def test_archives_and_mirrors_are_opened(run: Runner, tree: Tree, world: World):
    inner = gzip.compress(as_file([world.call(0, "s3", "ListBuckets")]))
    with tarfile.open(tree / "logs.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("AWSLogs/a.json.gz")
        info.size = len(inner)
        tar.addfile(info, io.BytesIO(inner))
    assert stories(trail(run, "--key", world.key, "logs.tar.gz"))[world.key]["calls"] == 1


@pytest.mark.parametrize("packed", [False, True], ids=["as it is", "gzip"])
def test_a_file_larger_than_any_window(run: Runner, tree: Tree, world: World, packed: bool):
    """One window is filled while another worker looks at the last one: it tells the same."""
    calls = [world.call(n, "s3", f"Get{n}") for n in range(60)]
    filler = json.dumps(
        world.call(0, "s3", "PutObject", identity=world.admin, request={"x": "{[\\" * 3000})
    )
    with (gzip.open if packed else open)(tree / "large.json", "wt") as out:
        out.write('{"Records":[')
        for call in calls:  # some 800 KB between each two
            out.write(json.dumps(call) + "," + (filler + ",") * 60)
        out.write(filler + "]}")
    results = [trail(run, "-j", n, "--key", world.key, "large.json") for n in "14"]
    assert results[0].stdout == results[1].stdout
    assert [s["event"] for s in steps(results[0], world.key)] == [f"Get{n}" for n in range(60)]
    summary = lines(results[0])[-1]
    assert summary["records"] == 60 * 61 + 1 and summary["bytes"] > 40_000_000
    assert summary["complete"]


def test_what_speaks_of_records_in_no_known_form_is_told(run: Runner, tree: Tree, world: World):
    """That no call is found in it says nothing."""
    call = world.call(0, "s3", "ListBuckets")
    tree.write("deep.json", '[' * 20 + json.dumps(call) + ']' * 20)
    tree.write("bare.txt", json.dumps(json.dumps(call))[1:-1].replace("{", "(").replace("}", ")"))
    for name in ("deep.json", "bare.txt"):
        result = trail(run, "--key", world.key, name)
        summary = lines(result)[-1]
        assert result.status == TROUBLE and not summary["complete"], name
        assert summary["unknown"] == 1 and summary["records"] == 1
        text = run("trail", "--key", world.key, name).stdout
        assert b"1 text that speaks of records in a form that is not known" in text


def test_events_of_other_services_are_no_calls(run: Runner, tree: Tree, world: World):
    event = {
        "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
        "eventTime": "2024-05-02T00:00:00.000Z", "userIdentity": {"principalId": f"AWS:{world.key}"},
    }  # fmt: skip
    tree.write("a.json", as_file([event]))
    result = trail(run, "--key", world.key, "a.json")
    assert result.status == UNUSED and not steps(result, world.key)


def test_what_is_written_into_a_record_is_no_record(run: Runner, tree: Tree, world: World):
    forged = world.call(5, "iam", "Forged")
    call = world.call(0, "s3", "PutObject", identity=world.admin,
                      request={"detail": forged, "message": json.dumps(forged)})  # fmt: skip
    tree.write("a.json", as_file([call]))
    tree.write("b.json", json.dumps({"detail": call}))
    assert events(trail(run, "--key", world.key, "a.json", "b.json"), world.key) == []


# --- bad input ---


@pytest.mark.parametrize("other", [False, True], ids=["its own key", "somebody else's"])
def test_a_file_that_was_cut_off_is_told(run: Runner, tree: Tree, world: World, other: bool):
    whole = as_file([world.call(n, "s3", "ListBuckets") for n in range(4)])
    key = key_id(world.rng, "AKIA") if other else world.key
    last = whole.rindex(b'"eventSource"')
    for cut in (whole[:last], whole[:last] + b"\n"):
        tree.write("a.json", cut)
        result = trail(run, "--key", key, "a.json")
        assert lines(result)[-1]["broken"] == 1 and not lines(result)[-1]["complete"]
        assert result.status == (TROUBLE if other else USED)
    for text in (whole + b"\n", b"[info] " + whole + b"\n[info] bye\n"):
        tree.write("a.json", text)
        assert lines(trail(run, "--key", key, "a.json"))[-1]["complete"]



def test_what_is_no_record_is_counted_and_the_rest_read(run: Runner, tree: Tree, world: World):
    good = [world.call(n, "s3", "ListBuckets") for n in range(4)]
    insight = world.call(5, "ec2", "RunInstances") | {
        "eventType": "AwsCloudTrailInsight",
        "insightDetails": {"state": "Start"},
    }
    unknown = world.call(6, "s3", "NewCall") | {"eventVersion": "9.1"}
    tree.write("CloudTrail/a.json", as_file(good))
    tree.write("CloudTrail-Insight/b.json", as_file([insight]))
    tree.write(
        "CloudTrail-Digest/c.json",
        json.dumps({"awsAccountId": "1", "digestStartTime": "t", "logFiles": [{"s3Object": "x"}]}),
    )
    tree.write("new/d.json", as_file([unknown]))
    tree.write(
        "other/e.log",
        f'[error] {{ "cut\n GET / 200 {world.key}\n'
        + json.dumps(world.call(7, "s3", "Late"))
        + "\n",
    )
    tree.write("other/f.log", "nothing to do with it\n")
    tree.write("other/g.json", json.dumps({"x": world.key}))
    result = trail(run, "--key", world.key, ".")
    assert events(result, world.key) == ["ListBuckets", "NewCall", "Late"], result
    summary = lines(result)[-1]
    assert (summary["insights"], summary["digests"], summary["unknown_versions"]) == (1, 1, 1)
    assert summary["other_files"] == 2 and summary["errors"] == 0


def test_a_truncated_gzip_is_an_error_and_its_beginning_is_read(
    run: Runner, tree: Tree, world: World
):
    rng = random.Random(3)
    calls = [
        world.call(n, "s3", "ListBuckets", request={"x": rng.randbytes(400).hex()})
        for n in range(1000)
    ]
    packed = gzip.compress(as_file(calls))
    tree.write("cut.json.gz", packed[: len(packed) // 2])
    result = trail(run, "--key", world.key, "cut.json.gz")
    assert 300 < stories(result)[world.key]["calls"] < 600
    summary = lines(result)[-1]
    assert summary["errors"] == 1 and not summary["complete"]
    (error,) = [o for o in lines(result) if o["type"] == "error"]
    assert error["path"] == "cut.json.gz" and error["message"]
    other = key_id(world.rng, "AKIA")
    assert (
        trail(run, "--key", other, "cut.json.gz").status == TROUBLE
    ), "not used, as far as was read"


def test_records_that_are_too_long_are_passed_over(run: Runner, tree: Tree, world: World):
    huge = world.call(0, "s3", "Huge", request={"x": "y" * 3_000_000})
    tree.write("a.json", as_file([huge, world.call(1, "s3", "Small")]))
    result = trail(run, "--key", world.key, "a.json")
    assert events(result, world.key) == ["Small"]
    summary = lines(result)[-1]
    assert summary["too_long"] == 1 and summary["limits"] and not summary["complete"]


@pytest.mark.parametrize(
    "end", ['"eventName"', '"eventName": "List', '"eventName": "ListBuckets",', '"userName"', "{"]
)
def test_broken_records_are_counted(run: Runner, tree: Tree, world: World, end: str):
    one, two = (json.dumps(world.call(n, "s3", "ListBuckets")) for n in range(2))
    cut = one[: one.index(end) + len(end)]
    tree.write("a.json", f'{one}\n{{"accessKeyId":"{world.key}", broken}}\n{cut}\n{two}\n')
    result = trail(run, "--key", world.key, "a.json")
    assert stories(result)[world.key]["calls"] == 2
    assert lines(result)[-1]["broken"] == 2 and not lines(result)[-1]["complete"]


def test_forged_chains_do_not_hang(run: Runner, tree: Tree, world: World):
    one, two = key_id(world.rng, "AKIA"), key_id(world.rng, "AKIA")

    def makes(maker: str, made: str, n: int) -> dict[str, Any]:
        identity = user_identity(world.rng, f"u{n}", maker)
        return world.call(
            n,
            "iam",
            "CreateAccessKey",
            identity=identity,
            response={"accessKey": {"accessKeyId": made}},
        )

    tree.write(
        "a.json", as_file([makes(one, two, 1), makes(two, one, 2), makes(world.key, one, 3)])
    )
    result = trail(run, "--key", one, "--key", two, "--key", world.key, "a.json")
    assert result.status == USED and len(stories(result)) == 3


def test_nothing_foreign_reaches_the_terminal_or_a_command(run: Runner, tree: Tree, world: World):
    evil = "x\x1b[31m; rm -rf ~ #\n\u202e"
    identity = user_identity(world.rng, evil, world.key)
    call = world.call(
        0,
        "s3",
        "List" + evil,
        identity=identity,
        address=evil,
        agent=evil,
        request={"bucketName": evil},
    )
    tree.write("a.json", as_file([call]))
    for form in ("text", "jsonl", "csv"):
        out = run("trail", "--format", form, "--key", world.key, "a.json").stdout.decode()
        assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", out), out
    text = run("trail", "--key", world.key, "a.json").stdout.decode()
    assert f"--access-key-id {world.key}\n" in text, "without a name that a shell would read"


def test_a_formula_is_text_in_csv(run: Runner, tree: Tree, world: World):
    tree.write("a.json", as_file([world.call(0, "s3", "ListBuckets", agent='=HYPERLINK("x")')]))
    out = run("trail", "--format", "csv", "--key", world.key, "a.json").stdout.decode()
    (row,) = csv.DictReader(io.StringIO(out, newline=""))
    assert row["user_agent"] == '\'=HYPERLINK("x")'


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
