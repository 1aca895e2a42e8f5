"""The forms that logs come in, and what is told where they are broken, foreign or forged."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import tarfile
from typing import Any, Callable

import pytest

import trail_logs
from conftest import Runner, Tree
from trail_logs import key_id, user_identity
from trails import (
    TROUBLE,
    UNUSED,
    USED,
    World,
    as_file,
    events,
    lines,
    steps,
    stories,
    trail,
)

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
                [
                    {"field": "@timestamp", "value": "t"},
                    {"field": "@message", "value": json.dumps(x)},
                ]
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
    tree.write("deep.json", "[" * 20 + json.dumps(call) + "]" * 20)
    tree.write("bare.txt", json.dumps(json.dumps(call))[1:-1].replace("{", "(").replace("}", ")"))
    for name in ("deep.json", "bare.txt"):
        result = trail(run, "--key", world.key, name)
        summary = lines(result)[-1]
        assert result.status == TROUBLE and not summary["complete"], name
        assert summary["unknown"] == 1 and summary["records"] == 1
        text = run("trail", "--key", world.key, name).stdout
        assert b"1 text that speaks of records in a form that is not known" in text


def test_the_columns_of_a_querys_answer_in_json_are_told(run: Runner, tree: Tree, world: World):
    """They are read as CSV, which both services give too."""
    who = f"{{type=IAMUser, accesskeyid={world.key}, username=robot}}"
    row = {"eventTime": "t", "eventName": "ListBuckets", "userIdentity": who}
    lake = {"QueryResultRows": [[{name: value} for name, value in row.items()]]}
    rows = [[name.lower() for name in row], list(row.values())]
    athena = {"ResultSet": {"Rows": [{"Data": [{"VarCharValue": v} for v in r]} for r in rows]}}
    tree.write("a.json", as_file([world.call(0, "s3", "ListBuckets", identity=world.admin)]))
    for name, answer in (("lake.json", lake), ("athena.json", athena)):
        tree.write(name, json.dumps(answer))
        result = trail(run, "--key", world.key, "a.json", name)
        assert result.status == TROUBLE and lines(result)[-1]["unknown"] == 1


def test_events_of_other_services_are_no_calls(run: Runner, tree: Tree, world: World):
    event = {
        "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
        "eventTime": "2024-05-02T00:00:00.000Z",
        "userIdentity": {"principalId": f"AWS:{world.key}"},
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
