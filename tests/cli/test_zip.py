"""Zip files: read member by member on all cores, and by libarchive where that is not enough."""

import gzip
import io
import random
import shutil
import struct
import subprocess
import zipfile

import pytest

from archives import measured, places, tar, zipped
from conftest import Runner, Tree
from creds import Creds


class Pipe(io.RawIOBase):
    """What cannot be gone back in: sizes are written behind the members."""

    def __init__(self) -> None:
        self.bytes = io.BytesIO()

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        return self.bytes.write(data)


def written(members: dict[str, bytes], form: str) -> bytes:
    methods = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
    out = Pipe() if form == "sizes behind" else io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for i, (name, content) in enumerate(members.items()):
            info = zipfile.ZipInfo(name)
            info.compress_type = methods[i % 4] if form == "all methods" else zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=form == "large numbers") as member:
                member.write(content)
        if form == "a comment":
            archive.comment = b"x" * 300
    return (out.bytes if isinstance(out, Pipe) else out).getvalue()


def many_members(creds: Creds) -> dict[str, bytes]:
    rng = random.Random(11)
    members: dict[str, bytes] = {}
    for i in range(200):
        text = rng.randbytes(rng.choice([0, 10, 3000, 60000])) + b"\n" + creds.pair().ini.encode()
        members[f"small/{i}"] = text
        if i % 4 == 0:
            members[f"packed/{i}.gz"] = gzip.compress(text)
            members[f"zips/{i}.zip"] = zipped({"x": text, "y": b""})
    members["empty"] = b""
    members["middle"] = creds.pair().ini.encode() + b"a line\n" * 200_000 + creds.pair().ini.encode()
    members["large"] = b"a longer line\n" * 1_300_000 + creds.pair().ini.encode()
    members["large.zip"] = zipped({"n": rng.randbytes(400_000), "k": creds.pair().ini.encode()})
    return members


@pytest.mark.parametrize("form", ["plain", "sizes behind", "large numbers", "all methods", "a comment"])
def test_every_form_gives_the_same_for_any_number_of_threads(form: str, run: Runner, tree: Tree, creds: Creds):
    members = many_members(creds)
    tree.write("a.zip", written(members, form))
    one = run.scan("-j1", "a.zip")
    expected = {f"a.zip!{n}" + ("!x" if n.startswith("zips/") else "!k" if n == "large.zip" else "")
                for n, c in members.items() if b"aws_" in c or n.startswith(("packed/", "zips/", "large"))}
    assert {path for path, _ in places(one)} == expected, one
    assert one.summary["complete"] and one.summary["files"] == len(members) + 51, one
    for jobs in ("-j2", "-j3", "-j8"):
        assert run.scan(jobs, "a.zip").stdout == one.stdout


def test_more_members_than_a_short_directory_counts(run: Runner, tree: Tree, creds: Creds):
    members = {str(i): b"" for i in range(70_000)} | {"key": creds.pair().ini.encode()}
    tree.write("a.zip", zipped(members))
    result = run.scan("a.zip")
    assert places(result) == [("a.zip!key", 1)] and result.summary["files"] == 70_001, result


@pytest.mark.parametrize("more", [17 << 20, 97 << 20])
def test_as_from_a_pipe(more: int, run: Runner, tree: Tree, creds: Creds):
    """A file is read member by member, what comes from a pipe in memory, and a very long stream in
    order: what is found is the same."""
    content = zipped(many_members(creds) | {"more": random.Random(3).randbytes(more)}, zipfile.ZIP_STORED)
    tree.write("a.zip", content)
    found = [(p.removeprefix("a.zip"), n) for p, n in places(run.scan("a.zip"))]
    assert [(p.removeprefix("<stdin>"), n) for p, n in places(run.scan("-", stdin=content))] == found


@pytest.mark.parametrize("form", ["zip", "7zip", "iso9660"])
def test_large_archives_in_an_archive(form: str, run: Runner, tree: Tree, creds: Creds):
    """Two that each go into memory alone, in two archives that are read at once."""
    tree.write("in/key.txt", creds.pair().ini)
    tree.write("in/noise", random.Random(4).randbytes(20 << 20))
    inner = tree / f"inner.{form}"
    subprocess.run(["bsdtar", "-C", tree / "in", f"--format={form}", "-cf", inner, "noise", "key.txt"], check=True)
    outer = tar({"first": inner.read_bytes(), "again": zipped({"x": inner.read_bytes()}, zipfile.ZIP_STORED)})
    tree.write("a.tar", outer)
    tree.write("b.tar", outer)
    one = run.scan("-j1", "a.tar", "b.tar")
    expected = [f"{t}!{n}" for t in ("a.tar", "b.tar") for n in ("again!x!key.txt", "first!key.txt")]
    if form == "7zip":  # an archive in a large one that lies in memory must do without as much again
        expected = [p for p in expected if "again" not in p]
        assert one.skipped("limit") == 2 and not one.summary["complete"], one
    else:
        assert one.summary["complete"], one
    assert sorted({p for p, _ in places(one)}) == expected, one
    for jobs in ("-j2", "-j4"):
        assert run.scan(jobs, "a.tar", "b.tar").stdout == one.stdout


def test_names_in_other_scripts(run: Runner, tree: Tree, creds: Creds):
    name = "clé/鍵.txt"
    tree.write("a.zip", zipped({name: creds.pair().ini.encode()}))
    tree.write("b.zip", zipped({name: creds.pair().ini.encode()}, zipfile.ZIP_BZIP2))
    assert places(run.scan("a.zip", "b.zip")) == [(f"a.zip!{name}", 1), (f"b.zip!{name}", 1)]


# --- what is wrong, and what is hidden ---


def test_a_damaged_member_is_told_and_the_others_are_read(run: Runner, tree: Tree, creds: Creds):
    content = bytearray(zipped({n: creds.pair().ini.encode() * 9 for n in "abc"}))
    at = content.index(b"PK\x03\x04", 10) + 31
    content[at + 30 : at + 40] = bytes(10)
    tree.write("a.zip", bytes(content))
    one = run.scan("-j1", "a.zip")
    assert {p for p, _ in places(one)} >= {"a.zip!a", "a.zip!c"}, one
    assert [e["path"] for e in one.errors] == ["a.zip!b"] and one.skipped("unreadable") == 1, one
    assert run.scan("-j4", "a.zip").stdout == one.stdout


def test_a_long_member_that_breaks_off_is_read_up_to_there(run: Runner, tree: Tree, creds: Creds):
    text = creds.pair().ini.encode() + random.Random(5).randbytes(3_000_000)
    content = bytearray(zipped({"m": text, "n": b""}, zipfile.ZIP_DEFLATED))
    content[2_000_000] ^= 1
    tree.write("a.zip", bytes(content))
    one = run.scan("-j1", "a.zip")
    assert places(one) == [("a.zip!m", 1)] and not one.summary["complete"], one
    assert run.scan("-j2", "a.zip").stdout == one.stdout


def test_bytes_in_a_folder(run: Runner, tree: Tree, creds: Creds):
    """Unpackers make a folder of it and drop the bytes."""
    tree.write("a.zip", zipped({"secret/": creds.pair().ini.encode()}))
    assert places(run.scan("a.zip")) == [("a.zip!secret/", 1)]


def test_members_that_the_directory_does_not_name(run: Runner, tree: Tree, creds: Creds):
    """Before, between and behind what it names: unpackers do not see them."""
    hidden = [zipped({f"hidden{i}": pair.ini.encode()}) for i, pair in enumerate(creds.pairs(3))]
    hidden = [h[: h.index(b"PK\x01\x02")] for h in hidden]
    whole = zipped({"a": creds.pair().ini.encode(), "b": creds.pair().ini.encode() * 50})
    start, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    tree.write("before.zip", hidden[0] + whole)
    tree.write("between.zip", whole[:start] + hidden[1] + whole[start : end + 16]
               + struct.pack("<I", start + len(hidden[1])) + whole[end + 20 :])
    tree.write("behind.zip", whole + hidden[2])
    tree.write("two.zip", zipped({"first": creds.pair().ini.encode()}) + whole)
    files = ["before.zip", "behind.zip", "between.zip", "two.zip"]
    one = run.scan("-j1", *files)
    assert sorted({p for p, _ in places(one)}) == [
        "before.zip!a", "before.zip!b", "before.zip!hidden0", "behind.zip!a", "behind.zip!b", "behind.zip!hidden2",
        "between.zip!a", "between.zip!b", "between.zip!hidden1", "two.zip!a", "two.zip!b", "two.zip!first"], one
    assert one.summary["complete"] and run.scan("-j3", *files).stdout == one.stdout, one


@pytest.mark.parametrize("large", [False, True])
def test_a_directory_of_nothing(large: bool, run: Runner, tree: Tree, creds: Creds):
    """Unpackers say that such a file is empty."""
    whole = zipped({"a": creds.pair().ini.encode()})
    members = whole[: whole.index(b"PK\x01\x02")]
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0, 0, 0, len(members), 0)
    tree.write("a.zip", with_large_end(members, b"") if large else members + end)
    result = run.scan("a.zip")
    assert places(result) == [("a.zip!a", 1)] and result.summary["complete"], result


def test_bytes_that_are_no_member(run: Runner, tree: Tree, creds: Creds):
    whole = zipped({"a": b"x" * 99})
    tree.write("a.zip", whole + b"\n" + creds.pair().ini.encode())
    result = run.scan("a.zip")
    assert places(result) == [(f"a.zip!gap@{len(whole)}", 2)] and result.summary["complete"], result


def with_large_end(members: bytes, directory: bytes, *gaps: bytes) -> bytes:
    """A zip file that ends in the form for large files, with bytes behind its directory, behind the
    record and behind its end."""
    behind_directory, behind_record, behind = [*gaps, b"", b"", b""][:3]
    count = directory.count(b"PK\x01\x02")
    record = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, len(directory), len(members))
    at = len(members + directory + behind_directory)
    locator = struct.pack("<IIQI", 0x07064B50, 0, at, 1)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return members + directory + behind_directory + record + behind_record + locator + end + behind


def test_large_files_have_gaps_too(run: Runner, tree: Tree, creds: Creds):
    pairs = creds.pairs(4)
    whole = zipped({"a": b"x" * 99, "b": pairs[0].ini.encode()})
    start, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    members, directory = whole[:start], whole[start:end]
    hidden = zipped({"hidden": pairs[1].ini.encode()})
    hidden = hidden[: hidden.index(b"PK\x01\x02")]
    gaps = [b"\n" + pair.ini.encode() for pair in pairs[1:]]
    assert zipfile.ZipFile(io.BytesIO(with_large_end(members, directory))).namelist() == ["a", "b"]
    tree.write("none.zip", with_large_end(members, directory))
    tree.write("member.zip", with_large_end(members + hidden, directory))
    tree.write("bytes.zip", with_large_end(members + gaps[0], directory))
    tree.write("directory.zip", with_large_end(members, directory, gaps[0]))
    tree.write("record.zip", with_large_end(members, directory, b"", gaps[0]))
    tree.write("both.zip", with_large_end(members, directory, b"", *gaps))
    found = {"none": [], "member": ["hidden"], "bytes": [f"gap@{start}"], "record": [f"gap@{end + 56}"],
             "both": [f"gap@{end + 56}", f"gap@{end + 56 + len(gaps[0]) + 20 + 22}"]}
    for name, inside in found.items():
        result = run.scan("-j1", f"{name}.zip")
        expected = sorted(f"{name}.zip!{p}" for p in ["b", *inside])
        assert sorted(p for p, _ in places(result)) == expected, result
        assert result.summary["complete"] and run.scan("-j3", f"{name}.zip").stdout == result.stdout
    # Behind the directory libarchive takes them for a damaged part of it, and says so.
    result = run.scan("directory.zip")
    assert places(result) == [(f"directory.zip!gap@{end}", 2)] and not result.summary["complete"]


@pytest.mark.parametrize("writer", ["python", "zip", "7z"])
def test_bytes_behind_what_other_programs_write(
    writer: str, run: Runner, tree: Tree, creds: Creds
):
    """With more members than a short end counts, or the form for large files asked for."""
    tree.write("in/f", creds.pair().ini)
    if writer == "python":
        with zipfile.ZipFile(tree / "a.zip", "w") as archive:
            archive.write(tree / "in/f", "f")
            for i in range(66_000):
                archive.writestr(f"{i}", b"")
    else:
        if shutil.which(writer) is None:
            pytest.skip(f"{writer} is not installed")
        argv = {"zip": ["zip", "-q", "-fz", "a.zip", "in/f"], "7z": ["7z", "a", "-tzip", "a.zip", "in/f"]}
        subprocess.run(argv[writer], cwd=tree.root, check=True, stdout=subprocess.DEVNULL)
    whole = (tree / "a.zip").read_bytes()
    assert (b"PK\x06\x06" in whole) == (writer != "7z")
    name = "f" if writer == "python" else "in/f"
    assert places(run.scan("a.zip")) == [(f"a.zip!{name}", 1)]
    tree.write("a.zip", whole + b"\n" + creds.pair().ini.encode())
    found = places(run.scan("a.zip"))
    assert sorted(found) == sorted([(f"a.zip!gap@{len(whole)}", 2), (f"a.zip!{name}", 1)])


def test_what_the_directory_does_not_count_is_not_shared_out(run: Runner, tree: Tree, creds: Creds):
    """A directory that leaves a member out, bytes behind the end: the way of all zip files."""
    whole = zipped({"a": creds.pair().ini.encode(), "b": creds.pair().ini.encode()})
    tree.write("behind.zip", whole + b"more")
    end = whole.index(b"PK\x05\x06")
    short = whole[: end + 8] + struct.pack("<HH", 1, 1) + whole[end + 12 :]
    tree.write("short.zip", short)
    found = places(run.scan("behind.zip", "short.zip"))
    assert found == [(f"{f}.zip!{m}", 1) for f in ("behind", "short") for m in "ab"]


def test_a_member_that_expands_further_than_it_says(run: Runner, tree: Tree):
    content = bytearray(zipped({f"{i}": bytes(200 << 20) for i in range(8)}))
    at = -1
    while (at := content.find(b"PK\x03\x04", at + 1)) >= 0:
        content[at + 22 : at + 26] = struct.pack("<I", 100)
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content[at + 24 : at + 28] = struct.pack("<I", 100)
    tree.write("a.zip", bytes(content))
    result = measured(run, "a.zip")
    assert result.status == 2 and result.summary["bytes"] < 1100 << 20, result
    assert run("scan", "--format", "jsonl", "-j1", "a.zip").stdout == result.stdout


def test_the_limit_counts_what_members_hold_together(run: Runner, tree: Tree):
    tree.write("a.zip", zipped({f"{i}": bytes(15 << 20) for i in range(90)}))
    result = measured(run, "a.zip")
    assert result.skipped("limit") == 1 and 1000 << 20 < result.summary["bytes"] < 1100 << 20, result
    assert run("scan", "--format", "jsonl", "-j1", "a.zip").stdout == result.stdout


def test_many_damaged_members_are_one_line(run: Runner, tree: Tree):
    """On stderr the first stands for all of its archive; the counts and JSON Lines have each."""
    tree.write("a!b/one.zip", zipped({f"{i}.gz": gzip.compress(b"x" * 99)[:-9] for i in range(40)}))
    tree.write("a!b/two.zip", zipped({f"{i}.gz": gzip.compress(b"x" * 99)[:-9] for i in range(2)}))
    tree.write("a!b/three.gz", gzip.compress(b"x" * 99)[:-9])
    text, lines = run("scan", "a!b"), run.scan("a!b")
    told = [line.partition(": the compressed")[0] + line.rpartition("cut off")[2]
            for line in text.stderr.decode().splitlines()]
    assert told == ["leaktrawl: a!b/one.zip!0.gz (and 39 more members)", "leaktrawl: a!b/three.gz",
                    "leaktrawl: a!b/two.zip!0.gz (and 1 more member)"], text
    assert len(lines.errors) == lines.skipped("unreadable") == 43, lines
    assert text.status == lines.status == 2 and b"43 unreadable" in text.stdout, text


# --- large members ---


def large(rng: random.Random, creds: Creds) -> bytes:
    """More than is inflated at once, with a pair at either end and text that does not compress away."""
    noise = b"".join(b"%x\n" % rng.getrandbits(400) for _ in range(200_000))
    return creds.pair().ini.encode() + noise + creds.pair().ini.encode()


def test_large_members(run: Runner, tree: Tree, creds: Creds):
    rng = random.Random(11)
    text = large(rng, creds)
    assert len(text) > 16 << 20
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content, method in [
            ("small", creds.pair().ini.encode(), zipfile.ZIP_DEFLATED),
            ("deflated", text, zipfile.ZIP_DEFLATED),
            ("stored", large(rng, creds), zipfile.ZIP_STORED),
            ("a.jar", zipped({"x": large(rng, creds), "y": creds.pair().ini.encode()}), zipfile.ZIP_STORED),
            ("b.tgz", tar({"x": large(rng, creds), "y": creds.pair().ini.encode()}, "w:gz"), zipfile.ZIP_DEFLATED),
            ("bzip2", large(rng, creds), zipfile.ZIP_BZIP2),
        ]:
            archive.writestr(name, content, method)
    tree.write("a.zip", out.getvalue())
    one = run.scan("-j1", "a.zip")
    assert len(one.findings) == 13 and one.summary["complete"], one
    for jobs in ("-j2", "-j4"):
        assert run.scan(jobs, "a.zip").stdout == one.stdout


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_large_member_that_is_damaged(method: int, run: Runner, tree: Tree, creds: Creds):
    """It is told, and what stands before and behind the damage is read as far as that goes."""
    content = bytearray(zipped({"a": large(random.Random(2), creds), "b": creds.pair().ini.encode()}, method))
    content[len(content) * 2 // 3] ^= 0x55
    tree.write("a.zip", bytes(content))
    result = run.scan("a.zip")
    assert result.status == 1 and result.skipped("unreadable") == 1, result
    assert [e["path"] for e in result.errors] == ["a.zip!a"]
    assert len(result.findings) >= 2 + (method == zipfile.ZIP_STORED), result


# --- large gzip files ---


def test_gzip_that_is_read_as_a_stream(run: Runner, tree: Tree, creds: Creds):
    """Its members, what is cut off, zeros behind the end, and what else stands there."""
    rng = random.Random(4)
    packed = gzip.compress(large(rng, creds), 1) + gzip.compress(large(rng, creds), 6)
    tree.write("whole.gz", packed)
    tree.write("padded.gz", packed + bytes(100_000))
    tree.write("cut.gz", packed[:-9])
    tree.write("more.gz", packed + b"what is this")
    for name, problems in [("whole.gz", 0), ("padded.gz", 0), ("cut.gz", 1), ("more.gz", 1)]:
        result = run.scan(name)
        assert len(result.findings) == 4, (name, result)
        assert len(result.errors) == problems and result.skipped("unreadable") == problems, result
