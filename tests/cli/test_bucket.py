"""Live buckets: what is found in them, on other people's servers, and what is not read is told."""

from __future__ import annotations

import io
import os
import random
import struct
import subprocess
import tarfile
import urllib.request
import zipfile

import pytest

from archives import zipped
from conftest import SANITIZED, Result, Runner, Tree
from creds import Creds, Pair
from s3_servers import (
    Answer,
    Request,
    Scripted,
    Server,
    fault,
    filler,
    listing,
    key_env,
    packed,
    serve_object,
)

# Every kind of character that an encoder, a signer or a path may treat in a way of its own.
ODD_KEYS = [
    "plain.txt",
    "a b.txt",
    "a+b",
    "100%",
    "a%20b",
    "%2F",
    "é/ü.txt",
    "日本語",
    "emoji😀",
    "e\u0301",
    "//double",
    "a//b",
    "./dot",
    "a/./b",
    "~t",
    "x=y",
    "x&y",
    "q?x",
    "h#x",
    "semi;colon",
    "comma,",
    "quote\"'",
    "back\\slash",
    "star*",
    "br[ack]et",
    "(p)",
    "@at",
    ":colon",
    "!bang",
    "$dollar",
    "tab\there",
    "<xml>&amp;",
    "|pipe",
    "`tick`",
    "^c",
    "{b}",
    "no ending space ",
    "k" * 200,
]


def scan(run: Runner, server: Server, *args: str, **options) -> Result:
    env = server.env | options.pop("env", {})
    return run.scan(*args, env=env, **options)


def keys(result: Result) -> list[str]:
    return [f["s3"]["key"] for f in result.findings]


# --- what is found ---


def test_every_key_that_a_bucket_can_have(
    run: Runner, server: Server, bucket: str, creds: Creds
) -> None:
    pairs = {key: creds.pair() for key in ODD_KEYS}
    server.fill(bucket, {key: pair.ini for key, pair in pairs.items()})
    # versitygw keeps objects as files, for which a//b and a/./b are a/b.
    kept = {o["Key"] for o in server.client().list_objects_v2(Bucket=bucket)["Contents"]}
    result = scan(run, server, f"s3://{bucket}")
    assert result.status == 1, result
    found = {f["s3"]["key"]: f for f in result.by_rule("aws-key-pair")}
    assert sorted(found) == sorted(kept), result
    assert len(kept & set(pairs)) >= len(ODD_KEYS) - 4
    for key in kept & set(pairs):
        assert found[key]["access_key_id"] == pairs[key].id
        assert found[key]["location"]["path"] == f"s3://{bucket}/{key}"
        assert found[key]["s3"]["bucket"] == bucket
        assert found[key]["s3"]["uri"] == f"s3://{bucket}/{key}"
        assert found[key]["s3"]["last_modified"].startswith("20")
    assert result.summary["objects"] == len(kept)
    assert result.summary["complete"]


def test_a_key_with_dots_and_a_line_end(run: Runner, scripted: Scripted, creds: Creds) -> None:
    """Which neither moto nor versitygw takes, and S3 does."""
    odd = ["../up", "a/../b", "new\nline", "cr\r", "\x01"]
    scripted.objects = {key: creds.pair().ini.encode() for key in odd}
    result = scan(run, scripted, "s3://scripted")
    assert sorted(keys(result)) == sorted(odd)
    assert all(r.signed for r in scripted.requests)


def test_a_prefix_is_where_keys_begin(run: Runner, server: Server, bucket: str, creds: Creds) -> None:
    server.fill(bucket, {k: creds.pair().ini for k in ("logs/a", "logs/b", "logs-old", "x")})
    assert keys(scan(run, server, f"s3://{bucket}/logs/")) == ["logs/a", "logs/b"]
    assert keys(scan(run, server, f"s3://{bucket}/logs")) == ["logs-old", "logs/a", "logs/b"]


def test_pages_are_followed(run: Runner, scripted: Scripted, creds: Creds) -> None:
    scripted.page = 3
    scripted.objects = {f"k{i:02} +%é": creds.pair().ini.encode() for i in range(20)}
    result = scan(run, scripted, "s3://scripted")
    assert keys(result) == sorted(scripted.objects)
    assert sum(r.is_listing for r in scripted.requests) == 7


def test_a_thousand_keys_and_more(run: Runner, server: Server, bucket: str, creds: Creds) -> None:
    pair = creds.pair()
    server.fill(bucket, {f"{i:04}": b"nothing" for i in range(1005)} | {"9999": pair.ini})
    result = scan(run, server, f"s3://{bucket}")
    assert result.ids == [pair.id]
    assert result.summary["objects"] == 1006


def test_versions_and_what_lies_under_a_delete_marker(
    run: Runner, server: Server, bucket: str, creds: Creds
) -> None:
    old, new, deleted = (creds.pair() for _ in range(3))
    client = server.client()
    client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    first = client.put_object(Bucket=bucket, Key="k +é", Body=old.ini)["VersionId"]
    second = client.put_object(Bucket=bucket, Key="k +é", Body=new.ini)["VersionId"]
    gone = client.put_object(Bucket=bucket, Key="gone", Body=deleted.ini)["VersionId"]
    client.delete_object(Bucket=bucket, Key="gone")
    assert scan(run, server, f"s3://{bucket}").ids == [new.id]
    result = scan(run, server, "--versions", f"s3://{bucket}")
    assert {f["access_key_id"]: f["s3"]["version_id"] for f in result.findings} == {
        old.id: first,
        new.id: second,
        deleted.id: gone,
    }
    paths = {f["access_key_id"]: f["location"]["path"] for f in result.findings}
    assert paths[old.id] == f"s3://{bucket}/k +é?versionId={first}"
    assert paths[new.id] == f"s3://{bucket}/k +é"


MIB = 1 << 20


def test_large_objects_come_in_parts(run: Runner, server: Server, bucket: str, creds: Creds) -> None:
    """Credentials at the seams of parts, in text and in what is compressed."""
    pairs = [creds.pair() for _ in range(6)]
    text = bytearray(filler(9 * MIB))
    for pair, at in zip(pairs, (0, 2 * MIB - 60, 4 * MIB - 20, 5 * MIB, 8 * MIB + 77)):
        text[at : at + len(pair.ini) + 2] = f"\n{pair.ini}\n".encode()
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz", compresslevel=1) as archive:
        for name, content in (("filler", filler(8 * MIB, 1)), ("last", pairs[5].ini.encode())):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    assert len(tar.getvalue()) > 4 * MIB
    server.fill(bucket, {"text": bytes(text), "text.gz": packed(bytes(text)), "a.tar.gz": tar.getvalue()})
    result = scan(run, server, f"s3://{bucket}")
    found = [(f["access_key_id"], f["location"]["path"]) for f in result.findings]
    assert sorted(found) == sorted(
        [(pair.id, f"s3://{bucket}/{name}") for pair in pairs[:5] for name in ("text", "text.gz")]
        + [(pairs[5].id, f"s3://{bucket}/a.tar.gz!last")]
    )
    assert all(f["s3"]["key"] in ("text", "text.gz", "a.tar.gz") for f in result.findings)
    assert result.summary["complete"]


def test_halves_in_two_objects(run: Runner, server: Server, bucket: str, creds: Creds) -> None:
    pair = creds.pair()
    server.fill(bucket, {"s/access_key": pair.id, "s/secret_key": pair.secret})
    (finding,) = scan(run, server, f"s3://{bucket}").findings
    assert finding["access_key_id"] == pair.id
    assert finding["location"]["path"] == f"s3://{bucket}/s/access_key"
    assert finding["secret_location"]["path"] == f"s3://{bucket}/s/secret_key"


def test_buckets_and_files_in_one_command(
    run: Runner, tree: Tree, server: Server, bucket: str, creds: Creds
) -> None:
    pairs = [creds.pair() for _ in range(3)]
    server.fill(bucket, {"k": pairs[0].ini})
    server.fill(f"{bucket}2", {"k": pairs[1].ini})
    tree.write("file", pairs[2].ini)
    result = scan(run, server, f"s3://{bucket}2", "file", f"s3://{bucket}")
    assert result.ids == [pairs[1].id, pairs[2].id, pairs[0].id]
    assert [f["s3"] is None for f in result.findings] == [False, True, False]
    assert (result.summary["files"], result.summary["objects"]) == (3, 2)


def test_the_same_bytes_for_any_number_of_threads(
    run: Runner, server: Server, bucket: str, creds: Creds
) -> None:
    lone = creds.key_id()
    objects = {f"log{i:03}.gz": packed(f"{lone}\n{creds.pair().ini}".encode()) for i in range(150)}
    server.fill(bucket, objects | {"large": filler(5 * MIB) + creds.pair().ini.encode()})
    outputs = [scan(run, server, f"-j{n}", f"s3://{bucket}").stdout for n in (1, 2, 7)]
    assert outputs[0] == outputs[1] == outputs[2]
    assert b'"count":150' in outputs[0]


# --- what is left out ---


def test_filters_count_in_their_order(
    run: Runner, server: Server, bucket: str, creds: Creds
) -> None:
    names = ("a/x.env", "a/y.log", "a/b/z.env", "q.env")
    server.fill(bucket, {key: creds.pair().ini for key in names})

    def seen(*args: str) -> list[str]:
        return sorted(keys(scan(run, server, *args)))

    whole = f"s3://{bucket}"
    assert seen("--exclude", "*.log", whole) == sorted(set(names) - {"a/y.log"})
    assert seen("--exclude", "*", "--include", "*.env", whole) == ["a/b/z.env", "a/x.env", "q.env"]
    assert seen("--include", "*.env", "--exclude", "*", whole) == []
    assert seen("--exclude", "*", "--include", "?.env", whole) == ["q.env"]
    assert seen("--exclude", "[a-p]/*", whole) == ["q.env"]
    # A key is seen without the folder that the target names.
    assert seen("--exclude", "x*", f"{whole}/a/") == ["a/b/z.env", "a/y.log"]
    result = scan(run, server, "--exclude", "*", whole)
    assert (result.status, result.skipped("excluded")) == (2, 4)
    assert b"nothing to scan" in result.stderr


def test_objects_that_are_too_large(run: Runner, server: Server, bucket: str, creds: Creds) -> None:
    small, large = creds.pair(), creds.pair()
    server.fill(bucket, {"small": small.ini, "large": large.ini + "x" * 5000})
    for option in ("--max-object-size", "--max-file-size"):
        result = scan(run, server, option, "1K", f"s3://{bucket}")
        assert result.ids == [small.id]
        assert result.skipped("too_large") == 1
        assert result.summary["complete"]


def test_archived_objects_are_counted_and_no_clean_scan(
    run: Runner, moto_server: Server, bucket: str, creds: Creds
) -> None:
    moto_server.fill(bucket, {"readable": "nothing"})
    for n, kind in enumerate(("GLACIER", "DEEP_ARCHIVE")):
        moto_server.client().put_object(
            Bucket=bucket, Key=f"cold{n}", Body=creds.pair().ini, StorageClass=kind
        )
    result = scan(run, moto_server, f"s3://{bucket}")
    assert (result.status, result.skipped("archived")) == (2, 2)
    assert not result.summary["complete"]
    assert "2 objects are in GLACIER or DEEP_ARCHIVE" in result.errors[0]["message"]


def test_an_object_that_turns_out_to_be_archived(
    run: Runner, scripted: Scripted, creds: Creds
) -> None:
    """INTELLIGENT_TIERING says so only when it is asked."""
    pair = creds.pair()
    scripted.objects = {"warm": pair.ini.encode(), "cold": b"content"}
    state = fault(403, "InvalidObjectState", "The operation is not valid for the storage class")
    scripted.script = lambda r: state if r.key == "cold" else None
    result = scan(run, scripted, "s3://scripted")
    assert (result.ids, result.skipped("archived"), result.summary["objects"]) == ([pair.id], 1, 1)
    assert result.errors[0]["path"] == "s3://scripted/cold"


def test_one_object_that_is_refused_is_named(run: Runner, scripted: Scripted, creds: Creds) -> None:
    pair = creds.pair()
    scripted.objects = {"open": pair.ini.encode(), "denied": b"x", "kms": b"x", "sse-c": b"x"}
    answers = {
        "denied": fault(403, "AccessDenied", "Access Denied"),
        "kms": fault(400, "KMS.DisabledException", "the key is disabled"),
        "sse-c": fault(400, "InvalidRequest", "The object was stored using Server Side Encryption"),
    }
    scripted.script = lambda r: answers.get(r.key)
    result = scan(run, scripted, "s3://scripted")
    assert (result.status, result.ids, result.skipped("unreadable")) == (1, [pair.id], 3)
    told = {e["path"]: e["message"] for e in result.errors}
    assert told["s3://scripted/denied"] == "AccessDenied: Access Denied"
    assert told["s3://scripted/kms"] == "KMS.DisabledException: the key is disabled"
    assert "Server Side Encryption" in told["s3://scripted/sse-c"]
    assert len(scripted.of("denied")) == 1
    del scripted.objects["open"]
    assert scan(run, scripted, "s3://scripted").status == 2


def test_a_listing_that_is_refused(run: Runner, versitygw: Server, bucket: str, creds: Creds) -> None:
    versitygw.fill(bucket, {"k": "x"})
    wrong = Pair(versitygw.pair.id, creds.secret(), None)
    result = scan(run, versitygw, f"s3://{bucket}", env=key_env(wrong))
    assert result.status == 2
    assert result.errors[0]["path"] == f"s3://{bucket}"
    assert result.errors[0]["message"].startswith("SignatureDoesNotMatch: ")
    assert wrong.secret.encode() not in result.stdout + result.stderr


def test_a_bucket_that_is_not_there(run: Runner, server: Server) -> None:
    result = scan(run, server, "s3://nobody-has-this-bucket")
    assert result.status == 2
    assert result.errors[0]["message"].startswith("NoSuchBucket: ")


def test_an_empty_listing_says_so(run: Runner, server: Server, bucket: str) -> None:
    server.client().create_bucket(Bucket=bucket)
    for target, text in ((f"s3://{bucket}", "holds no object"), (f"s3://{bucket}/p", "begins so")):
        result = scan(run, server, target)
        assert (result.status, result.skipped("empty")) == (2, 1)
        assert text in result.errors[0]["message"]
        assert "--versions reads what was deleted" in result.errors[0]["message"]
        again = scan(run, server, "--versions", target)
        assert again.status == 2 and again.errors[0]["message"].endswith(text)
        result = scan(run, server, "--allow-empty", target)
        assert (result.status, result.errors) == (0, [])


def test_a_pattern_is_no_prefix(run: Runner, scripted: Scripted) -> None:
    scripted.objects = {"a.txt": b"x"}
    result = scan(run, scripted, "s3://scripted/*.txt")
    assert result.status == 2
    assert result.errors[0]["message"].endswith("(patterns go to --include)")


@pytest.mark.parametrize("target", ["s3://", "s3:///key", "s3://a@b/", "s3://a:80/x", "s3://é/"])
def test_what_is_no_name_of_a_bucket(run: Runner, target: str) -> None:
    result = run("scan", target)
    assert result.status == 2
    assert "is no name of a bucket" in result.stderr_line()


@pytest.mark.parametrize("target", [
    "S3://b/k", "s3:/b", "s3a://b/k", "arn:aws:s3:::b/k", "https://b.s3.us-east-1.amazonaws.com/k",
])
def test_a_bucket_in_another_form(run: Runner, target: str) -> None:
    result = run.scan(target)
    assert result.status == 2
    assert "(a bucket is s3://BUCKET/PREFIX)" in result.errors[0]["message"]


def test_no_bucket_is_seen_in_other_names(run: Runner) -> None:
    for target in ("s3file", "a:b", "https://example.com/x", "s3"):
        assert run.scan(target).errors[0]["message"] == "No such file or directory"


ACCESS_POINT = "arn:aws:s3:eu-west-1:123456789012:accesspoint/my-ap"


@pytest.mark.parametrize("prefix", ["", "/", "/logs/"])
def test_an_access_point(run: Runner, scripted: Scripted, creds: Creds, prefix: str) -> None:
    """By its ARN, in its region and at a host of its own, for which a proxy stands here."""
    pair, host = creds.pair(), "my-ap-123456789012.s3.test"
    content, asked = pair.ini.encode(), []

    def script(request: Request) -> Answer | None:
        asked.append(request)
        if request.path == f"http://{host}/":
            return listing({"logs/k": content})
        return serve_object(request, content) if request.path == f"http://{host}/logs/k" else None

    scripted.script = script
    env = {"AWS_ENDPOINT_URL": "http://s3.test", "http_proxy": scripted.url, "AWS_REGION": "us-east-1"}
    result = scan(run, scripted, f"s3://{ACCESS_POINT}{prefix}", env=env)
    (finding,) = result.findings
    assert finding["location"]["path"] == f"s3://{ACCESS_POINT}/logs/k"
    assert (finding["s3"]["bucket"], finding["s3"]["key"]) == (ACCESS_POINT, "logs/k")
    assert {r.headers["host"] for r in asked} == {host}
    assert all("/eu-west-1/s3/aws4_request" in r.headers["authorization"] for r in asked)
    assert asked[0].query.get("prefix", "") == prefix.removeprefix("/")


@pytest.mark.parametrize("name, told", [
    ("arn:aws:s3:::b/k", "a bucket is named without its ARN: s3://BUCKET/PREFIX"),
    ("arn:aws:s3::123456789012:accesspoint/m.mrap/k", "access points of several regions"),
    ("arn:aws:s3-outposts:us-west-2:123456789012:outpost/op/accesspoint/a", "Outposts"),
    ("arn:aws:s3:eu-west-1:123456789012:accesspoint", "no ARN of an access point"),
    ("logs--use1-az4--x-s3/k", "directory buckets (S3 Express One Zone) are not read"),
])
def test_what_is_not_read_is_known_at_once(run: Runner, name: str, told: str) -> None:
    result = run("scan", f"s3://{name}")
    assert result.status == 2
    assert told in result.stderr_line()


def test_what_two_targets_name_is_read_once(
    run: Runner, scripted: Scripted, creds: Creds
) -> None:
    """As with files; and what only one of them wants is read for that one."""
    scripted.objects = {k: creds.pair().ini.encode() for k in ("a/1", "a/2.txt", "b/1")}
    result = scan(run, scripted, "s3://scripted", "s3://scripted/a/", "s3://scripted")
    assert keys(result) == ["a/1", "a/2.txt", "b/1"]
    assert result.summary["objects"] == 3
    assert {f["location"]["target"] for f in result.findings} == {"s3://scripted"}
    # Behind its prefix the pattern matches, behind the bucket it does not.
    result = scan(run, scripted, "--exclude", "2*", "s3://scripted/a/", "s3://scripted")
    assert keys(result) == ["a/1", "a/2.txt", "b/1"]
    scripted.script = lambda r: (
        fault(403, "AccessDenied") if r.is_listing and not r.query.get("prefix") else None
    )
    result = scan(run, scripted, "s3://scripted", "s3://scripted/a/")
    assert keys(result) == ["a/1", "a/2.txt"] and len(result.errors) == 1


def test_an_object_that_was_deleted_meanwhile(
    run: Runner, scripted: Scripted, creds: Creds
) -> None:
    scripted.objects = {"k": b"x", "gone": b"x"}
    scripted.script = lambda r: fault(404, "NoSuchKey") if r.key == "gone" else None
    result = scan(run, scripted, "s3://scripted")
    (error,) = result.errors
    assert (error["path"], error["message"]) == (
        "s3://scripted/gone", "it was deleted after it had been listed"
    )
    assert (result.status, result.skipped("unreadable"), result.summary["objects"]) == (2, 1, 1)


# --- the incident ---


def test_the_planted_key_live_in_a_mirror_and_in_a_dump(
    run: Runner, tree: Tree, checking_moto: Server, creds: Creds
) -> None:
    """DESIGN 1.1, with the server's signature and IAM checks on."""
    iam = checking_moto.client("iam")
    policy = "arn:aws:iam::aws:policy/"

    def new_key(user: str, name: str) -> Pair:
        iam.create_user(UserName=user)
        iam.attach_user_policy(UserName=user, PolicyArn=policy + name)
        key = iam.create_access_key(UserName=user)["AccessKey"]
        return Pair(key["AccessKeyId"], key["SecretAccessKey"], None)

    victim = new_key("victim", "ReadOnlyAccess")
    defender = new_key("defender", "AmazonS3ReadOnlyAccess")
    lambda_role = new_key("lambda", "AmazonS3FullAccess")
    stranger = new_key("stranger", "AmazonEC2ReadOnlyAccess")
    name = "jam-agent-" + creds.hex(12)
    reset = f"{checking_moto.url}/moto-api/reset-auth"
    urllib.request.urlopen(
        urllib.request.Request(reset, b"0", {"Content-Type": "text/plain"}, method="POST")
    ).close()
    planter = checking_moto.client(pair=lambda_role)
    planter.create_bucket(Bucket=name)
    text = f"AccessKeyId: {victim.id}\nSecretAccessKey: {victim.secret}\n"
    planter.put_object(Bucket=name, Key="key.txt", Body=text)

    live = scan(run, checking_moto, f"s3://{name}", env=key_env(defender))
    assert live.status == 1, live
    denied = scan(run, checking_moto, f"s3://{name}", env=key_env(stranger))
    assert (denied.status, denied.findings) == (2, []), denied
    assert denied.errors[0]["message"].startswith("AccessDenied: ")

    body = planter.get_object(Bucket=name, Key="key.txt")["Body"].read()
    mirror = tree.write(f"mirror/{name}/key.txt", body)
    with tarfile.open(tree / "dump.tar.gz", "w:gz") as dump:
        dump.add(mirror, "key.txt")
    findings = [live.findings, run.scan("mirror").findings, run.scan("dump.tar.gz").findings]
    assert [len(f) for f in findings] == [1, 1, 1]
    same = ("rule", "fingerprint", "access_key_id", "secret_access_key", "account", "severity")
    assert len({tuple(f[name] for name in same) for (f,) in findings}) == 1
    assert findings[0][0]["access_key_id"] == victim.id
    assert findings[0][0]["s3"]["uri"] == f"s3://{name}/key.txt"
    shown = scan(run, checking_moto, "--show-secrets", f"s3://{name}", env=key_env(defender))
    assert shown.findings[0]["secret_access_key"] == victim.secret


@pytest.mark.skipif(SANITIZED, reason="a sanitizer's own calls would be seen")
def test_no_socket_is_opened_without_a_bucket(run: Runner, tree: Tree, creds: Creds) -> None:
    try:
        subprocess.run(["strace", "-o", "/dev/null", "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as reason:
        pytest.skip(f"strace cannot run here: {reason}")
    tree.write("file", creds.pair().ini)
    log = tree / "../calls"
    before = ["strace", "-f", "-qq", "-e", "trace=%network", "-o", os.fspath(log)]
    env = key_env(creds.pair()) | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    for args in (["scan", "file"], ["version"]):
        run(*args, env=env, before=before)
        assert log.read_text() == ""
    run("scan", "s3://bucket", env=env, before=before)
    assert "connect(" in log.read_text()


def wide_archives(tree, creds: Creds) -> dict[str, tuple[bytes, dict[str, Pair]]]:
    """Archives above 16 MiB whose lists stand at their end, or that are read here and there: what
    they are called, their bytes, and the pairs at the paths inside."""
    rng = random.Random(4)
    members = {f"m/{i:03}": rng.randbytes(190_000) for i in range(100)}
    pairs = {name: creds.pair() for name in ("m/000", "m/050", "m/099")}
    for name, pair in pairs.items():
        members[name] += f"\n{pair.ini}".encode()
    for name, content in members.items():
        tree.write(f"in/{name}", content)
    made = {"a.zip": ["--format=zip"], "a.7z": ["--format=7zip", "--options=compression=store"],
            "b.7z": ["--format=7zip", "--options=compression=deflate"], "a.iso": ["--format=iso9660", "--options=rockridge=useful"]}
    for name, options in made.items():
        subprocess.run(["bsdtar", "-C", tree / "in", "-cf", tree / name, *options, "m"], check=True)
    return {name: ((tree / name).read_bytes(), pairs) for name in made}


def test_wide_archives_are_read_from_their_end(
    run: Runner, server: Server, bucket: str, tree: Tree, creds: Creds
) -> None:
    archives = wide_archives(tree, creds)
    server.fill(bucket, {name: content for name, (content, _) in archives.items()})
    result = scan(run, server, f"s3://{bucket}")
    assert sorted((f["access_key_id"], f["location"]["path"]) for f in result.findings) == sorted(
        (pair.id, f"s3://{bucket}/{name}!{path}")
        for name, (_, pairs) in archives.items() for path, pair in pairs.items())
    assert result.summary["complete"] and result.summary["objects"] == 4, result


def test_a_wide_archive_takes_few_requests(run: Runner, scripted: Scripted, tree: Tree, creds: Creds) -> None:
    """One for each 2 MiB, and some for going to its end and back; cut ones go on where they broke."""
    cuts = {}

    def cut_each_once(request: Request) -> Answer | None:
        place = request.headers.get("range")
        if request.is_listing or place in cuts or len(cuts) > 3:
            return None
        cuts[place] = True
        answer = serve_object(request, scripted.objects[request.key])
        answer.cut = len(answer.body) // 2
        return answer

    for name, (content, pairs) in wide_archives(tree, creds).items():
        scripted.objects = {name: content}
        scripted.requests.clear()
        cuts.clear()
        scripted.script = cut_each_once
        result = scan(run, scripted, "s3://scripted")
        assert len(result.findings) == 3 and result.summary["complete"], result
        assert len(scripted.of(name)) <= len(content) // (2 * MIB) + 10, scripted.of(name)


@pytest.mark.parametrize("large_numbers", [False, True])
def test_what_a_wide_zip_hides(
    run: Runner, scripted: Scripted, creds: Creds, large_numbers: bool
) -> None:
    """A member that its directory does not name, and bytes behind its end: asked for where they are."""
    rng, pairs = random.Random(5), creds.pairs(3)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("k", pairs[0].ini)
        for i in range(200):
            with archive.open(f"{i}", "w", force_zip64=large_numbers) as member:
                member.write(rng.randbytes(100_000))
    whole = out.getvalue()
    start, end = whole.index(b"PK\x01\x02"), whole.rindex(b"PK\x05\x06")
    hidden = zipped({"hidden": pairs[1].ini.encode()})
    hidden = hidden[: hidden.index(b"PK\x01\x02")]
    moved = struct.pack("<I", start + len(hidden))
    bad = (whole[:start] + hidden + whole[start : end + 16] + moved + whole[end + 20 :]
           + b"\n" + pairs[2].ini.encode())
    counts = []
    for content, found in [(whole, ["k"]), (bad, ["k", "hidden", f"gap@{len(whole + hidden)}"])]:
        scripted.objects = {"a.zip": content}
        scripted.requests.clear()
        result = scan(run, scripted, "s3://scripted")
        paths = sorted(f["location"]["path"] for f in result.findings)
        assert paths == sorted(f"s3://scripted/a.zip!{p}" for p in found), result
        assert result.summary["complete"]
        counts.append(len(scripted.of("a.zip")))
    # Members that lie side by side need no second look, but at the end.
    assert counts[0] <= len(whole) // (2 * MIB) + 7
    assert counts[1] <= len(whole) // (2 * MIB) + 12
