"""Memory that is out at any one allocation: no crash, no hang, and nothing lost without a word."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import Result, Runner, Tree
from creds import Creds

STEPS = 40


@pytest.fixture
def failing(no_sanitizer: None, tmp_path: Path) -> dict[str, str]:
    """The environment that puts failing_malloc.c before the C library."""
    library = tmp_path / "failing_malloc.so"
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("there is no C compiler")
    source = Path(__file__).with_name("failing_malloc.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    return {"LD_PRELOAD": str(library)}


@pytest.fixture
def scene(run: Runner, tree: Tree, creds: Creds) -> Tree:
    """A tree with archives and a repository, its report, and logs."""
    plain, zipped, tarred, old = creds.pairs(4)
    tree.write("t/a.env", plain.ini)
    tree.write("t/b.gz", gzip.compress(zipped.ini.encode()))
    tree.write("in/c.ini", tarred.ini)
    archive = ["bsdtar", "-C", tree / "in", "-cf"]
    subprocess.run([*archive, tree / "t/c.tar.gz", "-z", "."], check=True)
    subprocess.run([*archive, tree / "t/c.zip", "--format", "zip", "."], check=True)
    repo = tree.repo("t/repo")
    repo.commit({"f": old.ini})
    repo.commit({"f": None, "g": "nothing\n"})
    tree.write("report", run.scan("t").stdout)
    records = [
        {
            "eventVersion": "1.08",
            "eventID": f"{i:08x}-0000-4000-8000-000000000000",
            "eventTime": f"2024-01-01T00:{i:02d}:00Z",
            "eventSource": "s3.amazonaws.com",
            "eventName": "GetObject",
            "awsRegion": "us-east-1",
            "sourceIPAddress": "198.51.100.7",
            "userAgent": "aws-cli/2",
            "userIdentity": {"type": "IAMUser", "accessKeyId": plain.id, "userName": "u"},
        }
        for i in range(20)
    ]
    tree.write("logs/l.json.gz", gzip.compress(json.dumps({"Records": records[:10]}).encode()))
    rows = [f"{r['eventTime']},s3.amazonaws.com,GetObject,{plain.id}" for r in records[10:]]
    tree.write("logs/t.csv", "\n".join(["eventtime,eventsource,eventname,accesskeyid", *rows]))
    return tree


def found(result: Result) -> list[str]:
    """The ids of findings, or of the trail's stories, in the report's order."""
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return [o.get("access_key_id", o.get("id")) for o in lines if o["type"] in ("finding", "trail")]


def is_told(result: Result) -> bool:
    """Whether the summary, or for want of memory the lack of one, says that not all was read."""
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    if not lines:  # libarchive ends the program with 1 and its own message
        return b"libarchive" in result.stderr
    return lines[-1]["type"] != "summary" or not lines[-1]["complete"]


SCAN, HISTORY, MERGE = ("scan", "-j1", "t"), ("history", "t/repo"), ("merge", "report")
TRAIL = ("trail", "-j1", "report", "logs")
ONCE = [(args, False) for args in (SCAN, HISTORY, MERGE, TRAIL)]
FROM_THEN_ON = [(args, True) for args in (SCAN, HISTORY, MERGE, TRAIL)]


@pytest.mark.parametrize("args, from_then_on", ONCE + FROM_THEN_ON)
def test_memory_that_is_out(
    run: Runner, failing: dict[str, str], scene: Tree, args: tuple[str, ...], from_then_on: bool
):
    command = [args[0], "-f", "jsonl", *args[1:]]
    whole = run(*command, env=failing | {"FAIL_COUNT": str(scene / "count")})
    assert whole.status == 1
    total = int((scene / "count").read_text())
    failing |= {"FAIL_ALL": "1"} if from_then_on else {}
    # The start is the libraries' own; most of what is ours comes last.
    early, late = range(1, total, total // STEPS + 1), range(max(1, total - 1000), total, 13)
    told = 0
    for n in sorted({*early, *late}):
        result = run(*command, env=failing | {"FAIL_AT": str(n)})
        if result.status == 2:
            assert result.stderr or b'"type":"error"' in result.stdout, n
        else:
            assert result.status == 1, (n, result)
            assert found(result) == found(whole) or is_told(result), (n, result)
        told += result.stdout != whole.stdout
    assert told


def test_a_page_is_whole_or_none(run: Runner, failing: dict[str, str], scene: Tree):
    command = ["trail", "-j1", "--format", "html", "report", "logs"]
    failing |= {"SOURCE_DATE_EPOCH": "1700000000"}
    whole = run(*command, env=failing | {"FAIL_COUNT": str(scene / "count")})
    assert whole.status == 1 and b"198.51.100.7" in whole.stdout
    total = int((scene / "count").read_text())
    results = [
        run(*command, env=failing | {"FAIL_AT": str(n)}) for n in range(total - 1500, total, 37)
    ]
    for result in results:
        if result.status == 2:
            assert result.stderr
        else:
            assert result.stdout == whole.stdout or b'"complete":false,"not_read"' in result.stdout
    assert 2 in {r.status for r in results}
