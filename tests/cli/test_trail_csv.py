"""Tables of CloudTrail's columns as logs: what Athena, CloudTrail Lake and the console export."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
from typing import Any, Callable

import pytest

from conftest import Result, Runner, Tree
from trail_logs import key_id, role_identity
from trails import TROUBLE, USED, World, as_file, events, lines, stories, trail

# Columns of Athena's table of CloudTrail logs, and Lake's, in their order.
TEXTS = [
    "eventVersion",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestID",
    "eventID",
    "eventType",
    "recipientAccountId",
]

Row = dict[str, str]


def struct(value: Any) -> str:
    """As Athena prints structs: names in small letters, no quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k.lower()}={struct(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(struct(v) for v in value) + "]"
    return "null" if value is None else str(value)


def mapped(value: Any) -> str:
    """As Lake prints maps of texts: names as they are, JSON where a value is more than a text."""
    if not value:
        return ""
    parts = (f"{k}={v if isinstance(v, str) else json.dumps(v)}" for k, v in value.items())
    return "{" + ", ".join(parts) + "}"


def table(rows: list[Row], quoting: int = csv.QUOTE_ALL, end: str = "\n") -> bytes:
    out = io.StringIO(newline="")
    names = list(rows[0])
    writer = csv.writer(out, quoting=quoting, lineterminator=end)
    writer.writerows([names, *([row[name] for name in names] for row in rows)])
    return out.getvalue().encode()


def texts(record: dict[str, Any]) -> Row:
    return {name.lower(): record.get(name) or "" for name in TEXTS}


def athena(record: dict[str, Any]) -> Row:
    nothing = {"invokedBy": None, "sessionContext": None}
    return texts(record) | {
        "useridentity": struct(nothing | record["userIdentity"]),
        "requestparameters": json.dumps(record["requestParameters"]),
        "responseelements": json.dumps(record["responseElements"]),
        "resources": "[{arn=a, accountid=1, type=t}]",
    }


def lake(record: dict[str, Any]) -> Row:
    return texts(record) | {
        "eventtime": record["eventTime"].replace("T", " ").replace("Z", ".000"),
        "useridentity": struct(record["userIdentity"] | {"identityProvider": None}),
        "requestparameters": mapped(record["requestParameters"]),
        "responseelements": mapped(record["responseElements"]),
    }


def chosen(record: dict[str, Any]) -> Row:
    """A query that asks for members of userIdentity, and not for a version."""
    who = record["userIdentity"]
    row = {name: value for name, value in texts(record).items() if name != "eventversion"}
    return row | {
        "accesskeyid": who["accessKeyId"],
        "arn": who["arn"],
        "type": who["type"],
        "user_identity.user_name": who.get("userName", ""),
        "userIdentity_accountId": who["accountId"],
        "requestparameters": json.dumps(record["requestParameters"]),
        "responseelements": json.dumps(record["responseElements"]),
    }


def console(record: dict[str, Any]) -> Row:
    return {
        "User name": record["userIdentity"].get("userName", ""),
        "AWS access key": record["userIdentity"]["accessKeyId"],
        "Event time": record["eventTime"],
        "Event source": record["eventSource"],
        "Event name": record["eventName"],
        "AWS region": record["awsRegion"],
        "Source IP address": record["sourceIPAddress"],
        "User agent": record["userAgent"],
        "Error code": record.get("errorCode", "-"),
        "Event ID": record["eventID"],
    }


def whole(name: str) -> Callable[[dict[str, Any]], Row]:
    return lambda record: {"eventid": record["eventID"], name: json.dumps(record, indent=1)}


TABLES: dict[str, Callable[[dict[str, Any]], Row]] = {
    "Athena": athena,
    "Lake": lake,
    "members": chosen,
    "eventJson": whole("eventJson"),
    "eventdata": whole("eventdata"),
}


def summary(result: Result) -> dict[str, Any]:
    return lines(result)[-1]


def story_of(world: World) -> list[dict[str, Any]]:
    """A key is made, used, and assumes a role whose session is used."""
    session = key_id(world.rng, "ASIA")
    odd = 'a, accesskeyid=x}, "b"\n{c=[d]}'
    return [
        world.call(
            0,
            "iam",
            "CreateAccessKey",
            identity=world.admin,
            request={"userName": "robot"},
            response={"accessKey": {"accessKeyId": world.key, "userName": "robot"}},
        ),
        world.call(1, "s3", "GetObject", request={"bucketName": "b", "key": odd}, agent='x "y", z'),
        world.call(
            2,
            "sts",
            "AssumeRole",
            request={"roleArn": "arn:aws:iam::1:role/deploy", "roleSessionName": "s,x=y"},
            response={"credentials": {"accessKeyId": session}},
        ),
        world.call(
            3,
            "iam",
            "CreateUser",
            error="AccessDenied",
            request={"userName": "support"},
            identity=role_identity(world.rng, "deploy", "s,x=y", session),
        ),
        world.call(4, "ec2", "RunInstances", identity=world.admin),
    ]


@pytest.mark.parametrize("form", TABLES)
@pytest.mark.parametrize("packed", ["plain", "gzip", "tar"])
def test_a_table_tells_the_story_of_the_records(
    run: Runner, tree: Tree, world: World, form: str, packed: str  # noqa: F811
) -> None:
    records = story_of(world)
    rows = table([TABLES[form](r) for r in records], end="\r\n" if form == "Lake" else "\n")
    if packed == "gzip":
        tree.write("log", gzip.compress(rows))
    elif packed == "tar":
        with tarfile.open(tree / "log", "w:gz") as tar:
            info = tarfile.TarInfo("a.csv")
            info.size = len(rows)
            tar.addfile(info, io.BytesIO(rows))
    else:
        tree.write("log", b"\xef\xbb\xbf" + rows)
    tree.write("records", as_file(records))
    result, plain = (trail(run, "--key", world.key, name) for name in ("log", "records"))
    assert events(plain, world.key) == [r["eventName"] for r in records[:4]]
    assert events(result, world.key) == events(plain, world.key)
    if form != "members":  # whose sessions the query did not ask for
        assert lines(result)[:-1] == lines(plain)[:-1]
    assert (summary(result)["records"], summary(result)["broken"]) == (5, 0)
    assert summary(result)["complete"] and not summary(result)["other_files"]
    assert packed == "plain" or summary(result)["bytes"] == len(rows)


def test_the_consoles_event_history(run: Runner, tree: Tree, world: World) -> None:  # noqa: F811
    records = story_of(world)
    tree.write("history.csv", table([console(r) for r in records], csv.QUOTE_MINIMAL))
    result = trail(run, "--key", world.key, "history.csv")
    assert events(result, world.key) == ["GetObject", "AssumeRole"], "it names no other key"
    assert summary(result)["records"] == 5 and summary(result)["complete"]


def test_a_hunt_in_a_table(run: Runner, tree: Tree, world: World) -> None:  # noqa: F811
    agent = "aws-cli/2.13.1 Python/3.11.4 Linux/6.3.0-kali1-amd64"
    calls = [
        world.call(n, "iam", "CreateUser", error="AccessDenied", agent=agent) for n in range(3)
    ]
    tree.write("t.csv", table([athena(r) for r in calls]))
    assert trail(run, "--hunt", "t.csv").status == USED


def test_rows_that_are_no_records_are_counted(
    run: Runner, tree: Tree, world: World  # noqa: F811
) -> None:
    good = [athena(r) for r in story_of(world)]
    broken = [
        good[0] | {"eventname": ""},
        good[1] | {"requestparameters": "{no struct"},
        good[2] | {"useridentity": "nobody"},
    ]
    cut = b'"2","only"\n\n'
    tree.write("t.csv", table(good + broken) + cut)
    result = trail(run, "--key", world.key, "t.csv")
    assert summary(result)["broken"] == 4 and not summary(result)["complete"]
    assert stories(result)[world.key]["calls"] >= 2
    told = run("trail", "-f", "csv", "--key", world.key, "t.csv").stderr.decode()
    assert "records that are broken: 4" in told
    tree.write("e.csv", table([{"eventid": "1", "eventjson": "{"}, {"eventid": "2", "eventjson": ""}]))
    result = trail(run, "--key", world.key, "e.csv")
    assert summary(result)["broken"] == 2 and result.status == TROUBLE


def test_a_row_that_is_too_long_is_passed_over(
    run: Runner, tree: Tree, world: World  # noqa: F811
) -> None:
    good = [athena(r) for r in story_of(world)]
    long = good[1] | {"useragent": "x\n" * 1_500_000}
    tree.write("t.csv", table([long, *good]))
    result = trail(run, "--key", world.key, "t.csv")
    assert len(events(result, world.key)) == 4
    assert summary(result)["too_long"] == 1 and not summary(result)["complete"]


def test_a_table_without_what_a_record_needs_is_told(
    run: Runner, tree: Tree, world: World  # noqa: F811
) -> None:
    rows = [{n: row[n] for n in ("eventname", "awsregion", "useragent")} for row in
            map(athena, story_of(world))]
    tree.write("t.csv", table(rows))
    tree.write("log", as_file([world.call(0, "s3", "ListBuckets", identity=world.admin)]))
    result = trail(run, "--key", world.key, "t.csv", "log")
    assert result.status == TROUBLE
    (error,) = [o for o in lines(result) if o["type"] == "error"]
    assert error["path"] == "t.csv"
    assert "without eventSource eventTime userIdentity" in error["message"]


def test_other_tables_are_other_files(run: Runner, tree: Tree, world: World) -> None:  # noqa: F811
    tree.write("a.csv", f"id,name,arn\n1,{world.key},x\n")
    tree.write("b.csv", f'"{world.key}","x"\n')
    tree.write("c.csv", "eventname,count\nGetObject,5\n")
    tree.write("log", as_file([world.call(0, "s3", "ListBuckets")]))
    result = trail(run, "--key", world.key, ".")
    assert events(result, world.key) == ["ListBuckets"]
    assert summary(result)["other_files"] == 3 and summary(result)["complete"]


def test_nothing_in_a_value_passes_for_another(
    run: Runner, tree: Tree, world: World  # noqa: F811
) -> None:
    """Who chooses a user agent, an object's key or a session's name chooses nothing else."""
    forged = f'","accessKeyId":"{world.key}"}}}}\n{{"eventName":"Forged","userIdentity":{{"x":"'
    calls = [
        world.call(0, "s3", "GetObject", identity=world.admin, agent=forged),
        world.call(1, "s3", "GetObject", identity=world.admin, request={"key": forged}),
        world.call(2, "s3", "ListBuckets"),
    ]
    for form in (athena, lake, chosen):
        tree.write("t.csv", table([form(r) for r in calls]))
        result = trail(run, "--key", world.key, "t.csv")
        assert events(result, world.key) == ["ListBuckets"], form


def test_lakes_exports_are_lines_of_events(
    run: Runner, tree: Tree, world: World  # noqa: F811
) -> None:
    """CloudTrail Lake writes its copies as one event a line, without Records round them."""
    records = story_of(world)
    tree.write("e.json.gz", gzip.compress("\n".join(map(json.dumps, records)).encode()))
    result = trail(run, "--key", world.key, "e.json.gz")
    assert len(events(result, world.key)) == 4 and summary(result)["records"] == 5
