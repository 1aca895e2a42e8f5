"""Where logs come from beside files: buckets, stdin and pipes. Each is read once, for all passes."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from archives import tar
from conftest import Result, Runner, Tree
from s3_servers import Answer, Scripted, Server, fault
from trail_logs import generate, key_id, role_identity
from trails import TROUBLE, UNUSED, USED, Logs, World, as_file, events, lines, stories, trail

DIGEST = "AWSLogs/1/CloudTrail-Digest/us-east-1/2024/05/31/1_CloudTrail-Digest_us-east-1_t.json.gz"


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Logs:
    """Both incidents in some files of logs."""
    folder = tmp_path_factory.mktemp("few")
    return Logs(folder, generate(folder, 4000, seed=5, jobs=1))


def objects_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.gz"))
    }


def told(result: Result) -> list[dict[str, Any]]:
    """The report but for what only a bucket has: its objects."""
    return [{k: v for k, v in o.items() if k != "objects"} for o in lines(result)]


def summary(result: Result) -> dict[str, Any]:
    return lines(result)[-1]


def errors(result: Result) -> dict[str, str]:
    return {o["path"]: o["message"] for o in lines(result) if o["type"] == "error"}


def chained(world: World) -> dict[str, bytes]:
    """A key, the sessions that come of it one by the other, and what the last one does: a file
    each, from the last to the first."""
    first, second = (key_id(world.rng, "ASIA") for _ in range(2))

    def assume(seconds: int, made: str, **more: Any) -> dict[str, Any]:
        response = {"credentials": {"accessKeyId": made}}
        return world.call(
            seconds, "sts", "AssumeRole", request={"roleArn": made}, response=response, **more
        )

    calls = [
        world.call(
            3, "s3", "ListBuckets", identity=role_identity(world.rng, "two", "s", second)
        ),
        assume(2, second, identity=role_identity(world.rng, "one", "s", first)),
        assume(1, first),
        world.call(0, "sts", "GetCallerIdentity"),
    ]
    return {f"AWSLogs/{n}.json.gz": gzip.compress(as_file([c])) for n, c in enumerate(calls)}


CHAIN = ["GetCallerIdentity", "AssumeRole", "AssumeRole", "ListBuckets"]

# --- buckets ---


@pytest.mark.parametrize("jobs", ["1", "2", "7"])
def test_a_bucket_tells_the_story_of_a_local_copy(
    run: Runner,
    server: Server,  # noqa: F811
    bucket: str,  # noqa: F811
    few: Logs,
    jobs: str,
) -> None:
    objects = objects_of(few.folder)
    server.fill(bucket, objects)
    for args in (["--hunt"], few.keys):
        local = trail(run, *args, few.folder / "AWSLogs")
        live = trail(run, *args, "-j", jobs, f"s3://{bucket}/AWSLogs", env=server.env)
        assert live.status == local.status == USED
        assert told(live) == told(local)
        assert summary(live)["objects"] == len(objects) and summary(live)["passes"] > 1
    text = run("trail", *few.keys, "-j", jobs, f"s3://{bucket}", env=server.env)
    assert text.stdout == run("trail", *few.keys, few.folder / "AWSLogs").stdout


def test_each_object_is_fetched_once_for_all_passes(
    run: Runner, scripted: Scripted, world: World  # noqa: F811
) -> None:
    scripted.objects = chained(world)
    result = trail(run, "--key", world.key, "s3://scripted", env=scripted.env)
    assert events(result, world.key) == CHAIN and summary(result)["passes"] > 2
    assert Counter(r.key for r in scripted.requests) == Counter([*scripted.objects, ""])


def test_how_much_has_come_is_shown(
    run: Runner, scripted: Scripted, world: World  # noqa: F811
) -> None:
    scripted.objects = chained(world)
    args = ["trail", "--key", world.key, "s3://scripted"]
    assert b"4 files and objects" in run(*args, "--progress", "always", env=scripted.env).stderr
    assert run(*args, env=scripted.env).stderr == b"", "where there is no terminal"


def test_buckets_files_and_stdin_in_one_command(
    run: Runner, scripted: Scripted, tree: Tree, world: World  # noqa: F811
) -> None:
    first, second, third, fourth = chained(world).items()
    scripted.objects = dict([first, fourth])
    tree.write("near", second[1])
    args = ["--key", world.key, "s3://scripted", "near", "-"]
    result = trail(run, *args, env=scripted.env, stdin=third[1])
    assert events(result, world.key) == CHAIN and summary(result)["files"] == 4


def test_large_objects_and_archives_in_a_bucket(
    run: Runner, server: Server, bucket: str, world: World  # noqa: F811
) -> None:
    calls = [
        world.call(n, "s3", "ListBuckets", request={"x": world.rng.randbytes(3000).hex()})
        for n in range(1000)
    ]
    packed = tar({"a.json.gz": gzip.compress(as_file(calls[:500]))}, "w:gz")
    server.fill(bucket, {"plain": as_file(calls[500:]), "logs.tar.gz": packed})
    result = trail(run, "--key", world.key, f"s3://{bucket}", env=server.env)
    assert stories(result)[world.key]["calls"] == 1000


def test_what_is_not_read_of_a_bucket_is_told(
    run: Runner, scripted: Scripted, world: World  # noqa: F811
) -> None:
    scripted.objects = chained(world) | {"denied": b"x", "kms": b"x", "cold": b"x", "cut": b"x" * 9}
    answers = {
        "denied": fault(403, "AccessDenied", "Access Denied"),
        "kms": fault(400, "KMS.DisabledException", "the key is disabled"),
        "cold": fault(403, "InvalidObjectState", "The operation is not valid"),
    }
    scripted.script = lambda r: answers.get(r.key)
    result = trail(run, "--key", world.key, "s3://scripted", env=scripted.env)
    assert (result.status, events(result, world.key)) == (USED, CHAIN)
    assert errors(result) == {
        "s3://scripted/denied": "AccessDenied: Access Denied",
        "s3://scripted/kms": "KMS.DisabledException: the key is disabled",
        "s3://scripted/cold": "InvalidObjectState: The operation is not valid",
    }
    assert summary(result)["skipped"] == {"unreadable": 2, "archived": 1}
    assert (summary(result)["complete"], summary(result)["objects"]) == (False, 5)
    other = trail(run, "--key", key_id(world.rng, "AKIA"), "s3://scripted", env=scripted.env)
    assert other.status == TROUBLE, "not used, as far as was read"
    said = run("trail", "--key", world.key, "s3://scripted", env=scripted.env).stderr.decode()
    assert "s3://scripted/denied: AccessDenied" in said


def test_glacier_sizes_and_filters(
    run: Runner, moto_server: Server, bucket: str, world: World  # noqa: F811
) -> None:
    moto_server.fill(bucket, chained(world) | {"AWSLogs/large": b"x" * 9000, "AWSLogs/other": b"x"})
    target = [f"s3://{bucket}", "--exclude", "*other", "--max-object-size", "8K"]
    result = trail(run, "--key", world.key, *target, env=moto_server.env)
    assert (result.status, events(result, world.key)) == (USED, CHAIN)
    assert summary(result)["skipped"] == {"excluded": 1, "too_large": 1}
    assert summary(result)["complete"], "as was asked for"
    moto_server.client().put_object(
        Bucket=bucket, Key="AWSLogs/cold", Body=b"x", StorageClass="DEEP_ARCHIVE"
    )
    result = trail(run, "--key", world.key, *target, env=moto_server.env)
    assert summary(result)["skipped"]["archived"] == 1 and not summary(result)["complete"]
    assert "DEEP_ARCHIVE" in errors(result)[f"s3://{bucket}"]
    text = run("trail", "--key", world.key, *target, env=moto_server.env).stdout.decode()
    assert "1 object left out by --exclude, 1 object larger than --max-object-size" in text


def test_listings_that_are_refused_or_empty(
    run: Runner, moto_server: Server, bucket: str, tree: Tree, world: World  # noqa: F811
) -> None:
    moto_server.client().create_bucket(Bucket=bucket)
    tree.write("near", as_file([world.call(0, "s3", "ListBuckets", identity=world.admin)]))
    for target, said in (("s3://nobody-has-this", "NoSuchBucket"), (f"s3://{bucket}", "empty")):
        result = trail(run, "--key", world.key, "near", target, env=moto_server.env)
        assert result.status == TROUBLE and said in errors(result)[target]


def test_digests_are_counted_and_not_downloaded(
    run: Runner, scripted: Scripted, world: World  # noqa: F811
) -> None:
    log = "AWSLogs/1/CloudTrail-Digest/x/1_CloudTrail_us-east-1.json.gz"  # a log's name
    calls = gzip.compress(as_file([world.call(0, "s3", "ListBuckets")]))
    scripted.objects = {DIGEST: b"digest", log: calls}
    result = trail(run, "--key", world.key, "s3://scripted", env=scripted.env)
    assert events(result, world.key) == ["ListBuckets"]
    assert summary(result)["digests"] == 1 and summary(result)["complete"]
    assert not scripted.of(DIGEST) and len(scripted.of(log)) == 1


def test_logs_below_delete_markers(
    run: Runner, versitygw: Server, bucket: str, world: World  # noqa: F811
) -> None:
    """Who deletes logs in a bucket with versions has not deleted them."""
    client = versitygw.client()
    client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key, content in chained(world).items():
        client.put_object(Bucket=bucket, Key=key, Body=content)
        client.delete_object(Bucket=bucket, Key=key)
    args = ["--key", world.key, f"s3://{bucket}"]
    assert trail(run, *args, env=versitygw.env).status == TROUBLE
    result = trail(run, "--versions", *args, env=versitygw.env)
    assert events(result, world.key) == CHAIN


def test_an_object_that_changes_is_one_version(
    run: Runner, scripted: Scripted, world: World  # noqa: F811
) -> None:
    old, new = (
        as_file([world.call(0, "s3", name, request={"x": "y" * 5_000_000})])
        for name in ("Older", "Newer")
    )
    scripted.objects = {"log": old}

    def change(request: Any) -> Answer | None:
        if request.key == "log" and "range" in request.headers:
            scripted.objects["log"] = new
        return None

    scripted.script = change
    result = trail(run, "--key", world.key, "s3://scripted", env=scripted.env)
    # A record of 5 MB is too long to be one; what counts is that exactly one was met.
    assert summary(result)["too_long"] == 1 and summary(result)["objects"] == 1
    assert summary(result)["bytes"] == len(new)


# --- archives ---


@pytest.mark.parametrize("form", ["tar", "zip"])
def test_an_archive_of_logs_tells_their_story_with_any_number_of_threads(
    run: Runner, tree: Tree, few: Logs, form: str
) -> None:
    packed = shutil.make_archive(str(tree / "logs"), form, few.folder, "AWSLogs")
    whole = trail(run, "--hunt", few.folder / "AWSLogs")
    seen = {trail(run, "--hunt", "-j", jobs, packed).stdout for jobs in ("1", "2", "7")}
    (one,) = seen
    same = {"archives": 0, "bytes": 0}
    expected, got = lines(whole), [json.loads(line) for line in one.splitlines()]
    assert [o | same for o in got] == [o | same for o in expected]


def test_a_broken_log_in_an_archive_is_told(
    run: Runner, tree: Tree, world: World  # noqa: F811
) -> None:
    cut = gzip.compress(b"x" * 999)[:-9]
    tree.write("logs.tar", tar(chained(world) | {"cut": cut}))
    for jobs in ("1", "5"):
        result = trail(run, "--key", world.key, "-j", jobs, "logs.tar")
        assert events(result, world.key) == CHAIN
        assert list(errors(result)) == ["logs.tar!cut"] and not summary(result)["complete"]


# --- the temporary file ---


def test_nothing_is_left_in_the_folder_of_temporary_files(
    run: Runner, scripted: Scripted, tree: Tree, world: World  # noqa: F811
) -> None:
    scripted.objects = chained(world)
    folder = tree.mkdir("tmp")
    env = scripted.env | {"TMPDIR": str(folder)}
    assert trail(run, "--key", world.key, "s3://scripted", env=env).status == USED
    assert not any(folder.iterdir())
    result = trail(run, "--key", world.key, "s3://scripted", env=env | {"TMPDIR": "/no/folder"})
    assert result.status == TROUBLE and "/no/folder: " in result.stderr.decode()


def test_a_disk_that_is_full(
    run: Runner, scripted: Scripted, tree: Tree, world: World  # noqa: F811
) -> None:
    """Here by a limit on the size of files; what else there is is told."""
    large = os.urandom(3_000_000)
    tree.write("near", as_file([world.call(0, "s3", "ListBuckets")]))
    scripted.objects = {f"far{n}": large for n in range(200)}
    shell = ["sh", "-c", "trap '' XFSZ; ulimit -f 2000; exec \"$@\"", "sh"]
    args = ["trail", "-f", "jsonl", "-j1", "--key", world.key]
    result = run(*args, "near", "s3://scripted", env=scripted.env, before=shell)
    assert events(result, world.key) == ["ListBuckets"]
    assert not summary(result)["complete"]
    assert any("File too large" in text for text in errors(result).values()), result
    assert not scripted.of("far199"), "nothing is downloaded in vain"
    other = run(*args[:-1], key_id(world.rng, "AKIA"), "-", stdin=large, before=shell)
    assert other.status == TROUBLE and "File too large" in errors(other)["<stdin>"]


# --- stdin and pipes ---


@pytest.mark.parametrize("form", ["plain", "gzip", "tar", "tar.gz", "a file"])
def test_logs_on_stdin(run: Runner, tree: Tree, world: World, form: str) -> None:  # noqa: F811
    files = chained(world)
    packed = tar(files, "w:gz" if form == "tar.gz" else "w")
    records = [json.loads(gzip.decompress(f))["Records"][0] for f in files.values()]
    whole = as_file(records)
    given = {"plain": whole, "gzip": gzip.compress(whole)}.get(form, packed)
    tree.write("given", given)
    with open(tree / "given", "rb") as file:
        stdin = file if form == "a file" else given
        result = trail(run, "--key", world.key, "-", stdin=stdin)
    assert (result.status, events(result, world.key)) == (USED, CHAIN)
    assert summary(result)["passes"] > 2 and summary(result)["complete"]


def test_a_pipe_that_is_named(run: Runner, tree: Tree, world: World) -> None:  # noqa: F811
    for name, content in chained(world).items():
        tree.write(name, content)
    shell = ["bash", "-c", '"$@" <(cat AWSLogs/*.gz)', "bash"]
    result = run("trail", "-f", "jsonl", "--key", world.key, before=shell)
    assert events(result, world.key) == CHAIN


def test_stdin_that_holds_no_logs(run: Runner, world: World) -> None:  # noqa: F811
    result = trail(run, "--key", world.key, "-", stdin=b"nothing")
    assert result.status == TROUBLE and b"no record of CloudTrail" in result.stderr
    assert trail(run, "--key", world.key, "-", stdin=b"").status == TROUBLE
    cut = gzip.compress(as_file([world.call(0, "s3", "ListBuckets")]))[:-20]
    result = trail(run, "--key", key_id(world.rng, "AKIA"), "-", stdin=cut)
    assert result.status == TROUBLE and "<stdin>" in errors(result)


def test_a_report_on_stdin_and_logs_in_files(
    run: Runner, tree: Tree, world: World  # noqa: F811
) -> None:
    report = run.scan("-", stdin=world.key.encode()).stdout
    tree.write("log", as_file([world.call(0, "s3", "ListBuckets", identity=world.admin)]))
    result = trail(run, "-", "log", stdin=report)
    assert result.status == UNUSED and list(stories(result)) == [world.key], result


def test_what_is_downloaded_and_each_pass_come_to_all_of_it(
    run: Runner, scripted: Scripted, world: World  # noqa: F811
) -> None:
    scripted.objects = chained(world) | {DIGEST: b"digest"}
    args = ["trail", "--key", world.key, "s3://scripted", "--progress", "always"]
    lines = run(*args, env=scripted.env).stderr.decode().splitlines()
    assert "download 100%" in lines[0], lines
    passes = [line for line in lines if ", pass " in line]
    assert len(passes) > 2 and all(" 100%, 0:00 left" in line for line in passes)
    numbers = [line.split(", pass ")[1][0] for line in passes]
    assert numbers == [str(n + 1) for n in range(len(passes))]
