"""Mirrors of buckets: findings name the object, and inventories tell its version and date."""

import gzip
import json
import os
from urllib.parse import quote

import pytest

from conftest import Runner, Tree
from creds import Creds

MTIME = 1717146000  # 2024-05-31T09:00:00Z
DATE = "2024-05-31T09:00:00+00:00"
LATER = "2024-06-30T09:00:00+00:00"


def place(tree: Tree, name: str | bytes, content: str, mtime: int = MTIME) -> None:
    os.utime(tree.write(name, content), (mtime, mtime))


def objects(result) -> dict[str, dict]:
    return {f["location"]["path"]: f["s3"] for f in result.findings}


def version(key: str, **fields) -> dict:
    row = {"ETag": '"9e107d9d"', "Size": 0, "StorageClass": "STANDARD", "Key": key,
           "VersionId": "v1", "IsLatest": True, "LastModified": DATE,
           "Owner": {"DisplayName": "Key", "ID": "0"}}
    return {**row, **fields}


def s3(bucket: str, key: str, **fields) -> dict:
    return {"bucket": bucket, "key": key, "version_id": None, "uri": f"s3://{bucket}/{key}",
            "last_modified": None, "etag": None, **fields}


KNOWN = {"version_id": "v1", "last_modified": DATE, "etag": "9e107d9d"}


# --- keys ---


@pytest.mark.parametrize("uri, prefix", [
    ("s3://backups", ""), ("s3://backups/", ""), ("s3://backups/a/b", "a/b/"), ("s3://backups/a/", "a/"),
])
def test_a_file_names_its_object(uri: str, prefix: str, run: Runner, tree: Tree, creds: Creds):
    tree.write("mirror/conf/key.txt", creds.pair().ini)
    tree.write("mirrors/key.txt", creds.pair().ini)
    tree.write("other/key.txt", creds.pair().ini)
    result = run.scan("--mirror", f"mirror={uri}", "mirror", "mirrors", "other")
    assert objects(result) == {
        "mirror/conf/key.txt": s3("backups", prefix + "conf/key.txt"),
        "mirrors/key.txt": None,
        "other/key.txt": None,
    }


@pytest.mark.parametrize("name", ["a b+c%20d.txt", "back\\slash", "new\nline", "ü/日本", "!x", "a=s3:x"])
def test_names_are_keys(name: str, run: Runner, tree: Tree, creds: Creds):
    tree.write("m/" + name, creds.pair().ini)
    found = run.scan("--mirror", "m=s3://bbb/p", "m").findings[0]["s3"]
    assert found == s3("bbb", "p/" + name)


def test_a_name_that_is_no_utf8_is_told_in_percent(run: Runner, tree: Tree, creds: Creds):
    tree.write(b"m/\xff%.txt", creds.pair().ini)
    found = run.scan("--mirror", "m=s3://bbb", "m").findings[0]["s3"]
    assert (found["key"], found["key_encoding"], found["uri"]) == (
        "%FF%25.txt", "percent", "s3://bbb/%FF%25.txt")


@pytest.mark.parametrize("folder, target", [
    ("m", "."), ("./m/", "m"), ("m", "./x/../m//k"), ("{abs}/m", "m"), ("m", "{abs}/m"), ("x/../m", "m"),
])
def test_the_folder_may_be_written_in_any_way(
    folder: str, target: str, run: Runner, tree: Tree, creds: Creds
):
    tree.write("m/k/key", creds.pair().ini)
    tree.mkdir("x")
    here = str(tree.root)
    result = run.scan("--mirror", folder.format(abs=here) + "=s3://bbb", target.format(abs=here))
    assert [f["s3"]["key"] for f in result.findings] == ["k/key"], result


def test_the_innermost_mirror_counts(run: Runner, tree: Tree, creds: Creds):
    tree.write("m/key", creds.pair().ini)
    tree.write("m/in/key", creds.pair().ini)
    result = run.scan("--mirror", "m=s3://outer", "--mirror", "m/in=s3://inner/x")
    assert objects(result) == {"m/in/key": s3("inner", "x/key"), "m/key": s3("outer", "key")}


def test_every_way_through_the_scan_names_the_object(run: Runner, tree: Tree, creds: Creds):
    """Small and large files, members of archives, and values that lie one a file."""
    pair = creds.pair()
    tree.write("m/large", "x\n" * (3 << 20) + creds.pair().ini)
    tree.write("m/log.gz", gzip.compress(creds.pair().ini.encode()))
    tree.write("m/one/access_key_id", pair.id)
    tree.write("m/one/secret_access_key", pair.secret)
    result = run.scan("--mirror", "m=s3://bbb", "m")
    assert {k: v["key"] for k, v in objects(result).items()} == {
        "m/large": "large", "m/log.gz": "log.gz", "m/one/access_key_id": "one/access_key_id"}


def test_the_text_report_shows_the_object(run: Runner, tree: Tree, creds: Creds):
    tree.write("m/key", creds.pair().ini)
    result = run("scan", "--mirror", "m=s3://bbb/p", "m")
    assert b"object   s3://bbb/p/key\n" in result.stdout, result


@pytest.mark.parametrize("text, message", [
    ("m", "is not DIR=s3://bucket/prefix"),
    ("=s3://bbb", "is not DIR=s3://bucket/prefix"),
    ("m=s3://", "is no name of a bucket"),
    ("none=s3://bbb", "none: No such file"),
    ("file=s3://bbb", "file: Not a directory"),
])
def test_a_wrong_mirror_is_a_usage_error(text: str, message: str, run: Runner, tree: Tree):
    tree.mkdir("m")
    tree.write("file", "x")
    result = run("scan", "--mirror", text, "m")
    assert result.status == 2 and message in result.stderr_line(), result


# --- inventories ---


def test_a_listing_tells_version_date_and_etag(run: Runner, tree: Tree, creds: Creds):
    text = creds.pair().ini
    place(tree, "m/a/key", text)
    rows = [version("p/a/key", Size=len(text))]
    tree.write("versions.json", json.dumps({"Versions": rows}))
    del rows[0]["VersionId"], rows[0]["IsLatest"]
    tree.write("objects.json", json.dumps({"Contents": rows, "RequestCharged": None}, indent=4))
    mirror = ["--mirror", "m=s3://bbb/p", "m"]
    result = run.scan("--inventory", "versions.json", *mirror)
    assert objects(result) == {"m/a/key": s3("bbb", "p/a/key", **KNOWN)}, result
    result = run.scan("--inventory", "objects.json", *mirror)
    assert objects(result) == {"m/a/key": s3("bbb", "p/a/key", **{**KNOWN, "version_id": None})}


def csv(rows: list[list[str]]) -> bytes:
    return "".join(",".join('"%s"' % v for v in row) + "\n" for row in rows).encode()


SCHEMA = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag"


def columns(key: str, size: int, id: str = "v1", latest: str = "true", deleted: str = "false",
            date: str = DATE, etag: str = "9e107d9d") -> list[str]:
    return ["bbb", quote(key), id, latest, deleted, str(size), date, etag]


@pytest.mark.parametrize("packed", [False, True])
def test_an_s3_inventory_without_its_manifest(packed: bool, run: Runner, tree: Tree, creds: Creds):
    text = creds.pair().ini
    place(tree, "m/a b+ü%", text)
    content = csv([columns("other", 5), columns("a b+ü%", len(text))])
    tree.write("inventory", gzip.compress(content) if packed else content)
    result = run.scan("--mirror", "m=s3://bbb", "--inventory", "inventory", "m")
    assert objects(result) == {"m/a b+ü%": s3("bbb", "a b+ü%", **KNOWN)}, result


def test_an_s3_inventory_of_current_versions(run: Runner, tree: Tree, creds: Creds):
    text = creds.pair().ini
    place(tree, "m/k", text)
    tree.write("i.csv", csv([["bbb", "k", str(len(text)), DATE, "9e107d9d", "STANDARD"]]))
    result = run.scan("--mirror", "m=s3://bbb", "--inventory", "i.csv", "m")
    assert objects(result)["m/k"] == s3("bbb", "k", **{**KNOWN, "version_id": None}), result


def test_a_csv_with_a_first_line_of_names(run: Runner, tree: Tree, creds: Creds):
    text = creds.pair().ini
    place(tree, "m/k", text)
    tree.write("i.csv", "key,etag,lastmodifieddate,size\r\n" + f"k,9e107d9d,{DATE},{len(text)}\r\n")
    result = run.scan("--mirror", "m=s3://bbb", "--inventory", "i.csv", "m")
    assert objects(result)["m/k"] == s3("bbb", "k", **{**KNOWN, "version_id": None}), result


@pytest.mark.parametrize("folder", ["inv/", "inv/data/", "data/"])
def test_a_manifest_names_files_and_columns(folder: str, run: Runner, tree: Tree, creds: Creds):
    text = creds.pair().ini
    place(tree, "m/k", text)
    row = columns("k", len(text))
    tree.write(folder + "x.csv.gz", gzip.compress(csv([row[:2] + ["extra"] + row[2:]])))
    tree.write("inv/manifest.json", json.dumps({
        "sourceBucket": "bbb", "fileFormat": "CSV", "fileSchema": SCHEMA.replace("Key", "Key, More"),
        "files": [{"key": "dest/bbb/id/data/x.csv.gz", "size": 1, "MD5checksum": "0"}]}))
    result = run.scan("--mirror", "m=s3://bbb", "--inventory", "inv/manifest.json", "m")
    assert objects(result) == {"m/k": s3("bbb", "k", **KNOWN)}, result


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", "a/../../../x"])
def test_a_manifest_cannot_lead_elsewhere(name: str, run: Runner, tree: Tree, creds: Creds):
    tree.write("m/k", creds.pair().ini)
    tree.write("secret", csv([columns("k", 1)]))
    tree.write("inv/deep/manifest.json",
               json.dumps({"fileSchema": SCHEMA, "files": [{"key": name}]}))
    result = run.scan("--mirror", "m=s3://bbb", "--inventory", "inv/deep/manifest.json", "m")
    assert "is not there" in result.errors[0]["message"], result


def test_of_several_versions_that_of_the_file_is_told(run: Runner, tree: Tree, creds: Creds):
    text = creds.pair().ini
    place(tree, "m/k", text)
    rows = [
        version("k", VersionId="v3", Size=len(text), LastModified=LATER),
        version("k", VersionId="v2", Size=7, IsLatest=False),
        version("k", VersionId="v1", Size=len(text), IsLatest=False),
        version("k", VersionId="v0", Size=len(text), IsLatest=False, LastModified="2020-01-01T00:00:00Z"),
    ]
    marker = {"Key": "k", "VersionId": "d", "IsLatest": True, "LastModified": DATE}
    for order in (rows, rows[::-1]):
        tree.write("v.json", json.dumps({"DeleteMarkers": [marker], "Versions": order}))
        result = run.scan("--mirror", "m=s3://bbb", "--inventory", "v.json", "m")
        assert objects(result) == {"m/k": s3("bbb", "k", **KNOWN)}, result


def test_a_copy_without_the_objects_date(run: Runner, tree: Tree, creds: Creds):
    """The current version, if it was there when the file was written; else nothing is said."""
    text = creds.pair().ini
    place(tree, "m/k", text, MTIME + 999)
    place(tree, "m/old", text, MTIME - 999)
    rows = [version(k, Size=len(text)) for k in ("k", "old")]
    tree.write("v.json", json.dumps({"Versions": rows}))
    result = run.scan("--mirror", "m=s3://bbb", "--inventory", "v.json", "m")
    assert objects(result) == {"m/k": s3("bbb", "k", **KNOWN), "m/old": s3("bbb", "old")}, result


def test_dates_with_zones_and_fractions(run: Runner, tree: Tree, creds: Creds):
    text = creds.pair().ini
    place(tree, "m/k", text)
    for date in ("2024-05-31T11:00:00.123+02:00", "2024-05-31T09:00:00.000Z", "2024-05-31T05:30:00-03:30"):
        tree.write("v.json", json.dumps({"Versions": [version("k", Size=len(text), LastModified=date)]}))
        result = run.scan("--mirror", "m=s3://bbb", "--inventory", "v.json", "m")
        assert objects(result)["m/k"]["last_modified"] == date, result


def test_escapes_of_json(run: Runner, tree: Tree, creds: Creds):
    text = creds.pair().ini
    name = 'a"b\\c\u2028😀/é'
    place(tree, "m/" + name, text)
    tree.write("v.json", json.dumps({"Versions": [version(name, Size=len(text))]}))
    result = run.scan("--mirror", "m=s3://bbb", "--inventory", "v.json", "m")
    assert objects(result)["m/" + name] == s3("bbb", name, **KNOWN), result


@pytest.mark.parametrize("key", ["a//b", "/a/b", "./a/b", "a/./b"])
def test_keys_that_a_file_system_reads_otherwise(key: str, run: Runner, tree: Tree, creds: Creds):
    """As the AWS CLI writes them; without an inventory nobody can tell."""
    text = creds.pair().ini
    place(tree, "m/" + key, text)
    tree.write("v.json", json.dumps({"Versions": [version("p/" + key, Size=len(text))]}))
    scan = ["--mirror", "m=s3://bbb/p", "m"]
    assert objects(run.scan(*scan)) == {"m/a/b": s3("bbb", "p/a/b")}
    result = run.scan("--inventory", "v.json", *scan)
    assert objects(result) == {"m/a/b": s3("bbb", "p/" + key, **KNOWN)}, result


def test_a_listing_without_a_bucket_is_refused_for_mirrors_of_several(
    run: Runner, tree: Tree, creds: Creds
):
    for folder in ("a", "b"):
        place(tree, f"{folder}/k", creds.pair().ini)
    tree.write("v.json", json.dumps({"Versions": [version("k")]}))
    result = run.scan("--mirror", "a=s3://aaa", "--mirror", "b=s3://bbb", "--inventory", "v.json", "a", "b")
    assert "names no bucket" in result.errors[0]["message"] and not result.summary["complete"], result


@pytest.mark.parametrize("content", [
    b"", b"hello\n", b'{"Versions":[{"Key":"k"', b'{"a":1}', b"[" * 100, b'{"Versions":[{"Key":"\\q"}]}',
    b'"' + b"x" * 100000, b"PAR1\x15", b"]",
], ids=lambda content: repr(content[:12]))
def test_what_is_no_inventory_is_an_error(content: bytes, run: Runner, tree: Tree, creds: Creds):
    tree.write("m/k", creds.pair().ini)
    tree.write("inventory", content)
    result = run.scan("--mirror", "m=s3://bbb", "--inventory", "inventory", "m")
    assert len(result.findings) == 1 and result.errors[0]["path"] == "inventory", result
    assert not result.summary["complete"], result


def test_an_inventory_that_is_not_there_is_known_at_once(run: Runner, tree: Tree):
    tree.mkdir("m")
    result = run("scan", "--mirror", "m=s3://bbb", "--inventory", "none.json", "m")
    assert result.status == 2 and "none.json: No such file" in result.stderr_line(), result
    result = run("scan", "--inventory", "none.json", "m")
    assert result.status == 2 and "--inventory goes with --mirror" in result.stderr_line(), result


def test_any_number_of_threads_gives_the_same(run: Runner, tree: Tree, creds: Creds):
    rows = []
    for i in range(60):
        text = creds.pair().ini
        place(tree, f"m/{i}", text)
        rows.append(version(str(i), Size=len(text), VersionId=f"v{i}"))
    tree.write("v.json", json.dumps({"Versions": rows}))
    scan = ["--mirror", "m=s3://bbb", "--inventory", "v.json", "m"]
    assert run.scan("-j1", *scan).stdout == run.scan("-j8", *scan).stdout
