"""What lies in archives and compressed files, and archives that mean harm."""

import bz2
import gzip
import io
import lzma
import random
import shutil
import struct
import subprocess
import tarfile
import zipfile
import zlib

import pytest

from archives import measured, places, tar, zipped
from conftest import Runner, Tree
from creds import Creds


CONTAINERS = {
    "tar": lambda m: tar(m),
    "tar.gz": lambda m: tar(m, "w:gz"),
    "tar.bz2": lambda m: tar(m, "w:bz2"),
    "tar.xz": lambda m: tar(m, "w:xz"),
    "zip": zipped,
    "zip, stored": lambda m: zipped(m, zipfile.ZIP_STORED),
    "zip, bzip2": lambda m: zipped(m, zipfile.ZIP_BZIP2),
    "zip, lzma": lambda m: zipped(m, zipfile.ZIP_LZMA),
}

STREAMS = {
    "gzip": gzip.compress,
    "gzip, two members": lambda b: gzip.compress(b[:50]) + gzip.compress(b[50:]),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma in gzip": lambda b: gzip.compress(lzma.compress(b)),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_members_are_named_behind_the_archive(kind: str, run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    tree.write("data.bin", CONTAINERS[kind]({"a/readme": b"hello\n", "conf/aws.ini": pair.ini.encode()}))
    result = run.scan("data.bin")
    assert places(result) == [("data.bin!conf/aws.ini", 1)], result
    assert result.findings[0]["access_key_id"] == pair.id
    assert result.summary["archives"] >= 1 and result.summary["complete"], result


@pytest.mark.parametrize("kind", STREAMS)
def test_compressed_files_keep_their_name(kind: str, run: Runner, tree: Tree, creds: Creds):
    tree.write("log", STREAMS[kind](b"x\n" * 50 + creds.pair().ini.encode()))
    result = run.scan("log")
    assert places(result) == [("log", 51)], result


@pytest.mark.parametrize("program", ["zstd", "lz4", "lzip"])
def test_compressors_that_are_installed(program: str, run: Runner, tree: Tree, creds: Creds):
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    packed = subprocess.run([program, "-c"], input=creds.pair().ini.encode(), check=True,
                            capture_output=True)
    tree.write("log", packed.stdout)
    assert places(run.scan("log")) == [("log", 1)]


def test_archives_in_archives(run: Runner, tree: Tree, creds: Creds):
    inner = zipped({"key.txt": creds.pair().ini.encode()})
    tree.write("site/backup", tar({"jars/app.jar": inner, "x": gzip.compress(inner)}, "w:gz"))
    assert places(run.scan("site")) == [
        ("site/backup!jars/app.jar!key.txt", 1),
        ("site/backup!x!key.txt", 1),
    ]


def test_a_debian_package_is_read_to_its_files(run: Runner, tree: Tree, creds: Creds):
    data = tar({"./etc/app.conf": creds.pair().ini.encode()}, "w:xz")
    ar = b"!<arch>\n"
    for name, content in {"debian-binary": b"2.0\n", "data.tar.xz": data}.items():
        ar += b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name.encode(), 0, 0, 0, b"100644", len(content))
        ar += content + b"\n" * (len(content) % 2)
    tree.write("app.deb", ar)
    assert places(run.scan("app.deb")) == [("app.deb!data.tar.xz!./etc/app.conf", 1)]


def test_depth(run: Runner, tree: Tree, creds: Creds):
    content = zipped({"key.txt": creds.pair().ini.encode()})
    for level in range(7):
        content = zipped({f"{level}.zip": content})
    tree.write("deep", content)
    assert len(run.scan("deep").findings) == 1
    cut = run.scan("--archive-depth", "7", "deep")
    assert cut.findings == [] and cut.status == 2, cut
    assert cut.skipped("limit") == 1 and "inside of more archives" in cut.errors[0]["message"], cut
    assert run.scan("--archive-depth", "0", "deep").findings == []


def test_depth_0_reads_archives_as_they_lie(run: Runner, tree: Tree, creds: Creds):
    tree.write("a.tar", tar({"k": creds.pair().ini.encode()}))
    assert places(run.scan("--archive-depth", "0", "a.tar"))[0][0] == "a.tar"


def test_what_stands_behind_a_tars_end_is_read(run: Runner, tree: Tree, creds: Creds):
    tree.write("two.tar", tar({"a": b"nothing"}) + tar({"k": creds.pair().ini.encode()}))
    assert places(run.scan("two.tar")) == [("two.tar!k", 1)]


def test_zeros_do_not_hide_what_follows_in_a_compressed_stream(run: Runner, tree: Tree, creds: Creds):
    tree.write("z.gz", gzip.compress(bytes(4096) + b"\n" + creds.pair().ini.encode()))
    tree.write("z.xz", lzma.compress(bytes(4096) + b"\n" + creds.pair().ini.encode()))
    assert [p for p, _ in places(run.scan("z.gz", "z.xz"))] == ["z.gz", "z.xz"]


@pytest.mark.parametrize("beginning", [b"BZh91AY", b"070707", b"PK\x03\x04", b"!<arch>\n", b"LZIP", b"\x1f\x8b\x08\xff"])
def test_text_that_only_begins_like_an_archive_is_read(
    beginning: bytes, run: Runner, tree: Tree, creds: Creds
):
    """Found, or said to be unread: not passed over."""
    tree.write("notes", beginning + b" is how it begins\n" + creds.pair().ini.encode())
    result = run.scan("notes")
    assert len(result.findings) == 1 or (result.status == 2 and result.errors), result


def test_truncated_archives_are_errors_and_the_rest_is_read(run: Runner, tree: Tree, creds: Creds):
    whole = tar({"k": creds.pair().ini.encode(), "big": bytes(range(256)) * 4000}, "w:gz")
    tree.write("cut.tgz", whole[: len(whole) * 2 // 3])
    result = run.scan("cut.tgz")
    assert places(result) == [("cut.tgz!k", 1)] and not result.summary["complete"], result
    assert result.errors[0]["path"].startswith("cut.tgz"), result


def test_encrypted_members_are_counted(run: Runner, tree: Tree):
    content = bytearray(zipped({"secret.txt": b"x" * 100}))
    content[6] |= 1  # the flag of the local header
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and of the directory
    tree.write("locked.zip", bytes(content))
    result = run.scan("locked.zip")
    assert result.status == 2 and result.skipped("encrypted") == 1, result
    assert result.errors[0]["path"] == "locked.zip!secret.txt", result


def test_a_bomb_ends_in_a_counted_limit(run: Runner, tree: Tree):
    bomb = gzip.compress(bytes(64 << 20))
    content = zipped({f"{i}.gz": bomb for i in range(40)})
    tree.write("bomb.zip", zipped({f"{i}.zip": content for i in range(5)}))
    result = run.scan("bomb.zip")
    assert result.status == 2 and result.skipped("limit") >= 1, result
    assert result.summary["bytes"] < 2 << 30, result


def test_members_names_cannot_reach_a_terminal_raw(run: Runner, tree: Tree, creds: Creds):
    tree.write("a.tar", tar({"x\x1b[2J": creds.pair().ini.encode()}))
    result = run("scan", "a.tar")
    assert b"\x1b" not in result.stdout + result.stderr and result.status == 1, result


def test_any_number_of_threads_gives_the_same(run: Runner, tree: Tree, creds: Creds):
    for i in range(30):
        tree.write(f"d/{i}.tgz", tar({f"k{k}": creds.pair().ini.encode() for k in range(5)}, "w:gz"))
    assert run.scan("-j1", "d").stdout == run.scan("-j8", "d").stdout


def test_archives_in_history(run: Runner, tree: Tree, creds: Creds):
    repo = tree.repo()
    pair, other = creds.pair(), creds.pair()
    first = repo.commit(
        {
            "dist/site.tgz": tar({"conf/aws.ini": pair.ini.encode()}, "w:gz"),
            "dump.gz": gzip.compress(other.ini.encode()),
        }
    )
    repo.commit({"dist/site.tgz": None, "dump.gz": None})
    for command in ("scan", "history"):
        result = run(command, "--format", "jsonl", "--show-secrets", "repo")
        assert {(f["location"]["path"], f["secret_access_key"]) for f in result.findings} == {
            ("dist/site.tgz!conf/aws.ini", pair.secret),
            ("dump.gz", other.secret),
        }, result
        assert all(f["git"]["first_commit"] == first for f in result.findings), result
    assert run("history", "--archive-depth", "0", "--format", "jsonl", "repo").findings == []
    repo.commit({"cut.gz": gzip.compress(b"x" * 99)[:-9]})
    error = run("history", "--format", "jsonl", "repo").errors[0]
    assert error["message"].startswith("blob " + repo.git("rev-parse", "HEAD:cut.gz").strip() + ": "), error


def ar(members: list[tuple[str, bytes]]) -> bytes:
    out = b"!<arch>\n"
    for name, content in members:
        out += b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name.encode(), 0, 0, 0, b"100644", len(content))
        out += content + b"\n" * (len(content) % 2)
    return out


@pytest.mark.parametrize("names", [["/"], ["/", "/"], ["/", "/", "/"]])
def test_libraries_of_objects(names: list[str], run: Runner, tree: Tree, creds: Creds):
    """Microsoft's have two indexes, both called "/"."""
    rng = random.Random(1)
    index = [(name, rng.randbytes(1001)) for name in names]
    text = creds.pair().ini.encode()
    long = b"src/a-long-name-of-an-object.obj\0" if len(names) > 1 else b"a-long-name-of-an-object.o/\n"
    members = [("//", long), ("/0", text), ("short.obj/", gzip.compress(text))]
    content = ar(index + members)
    tree.write("a.lib", content)
    tree.write("b.lib.gz", gzip.compress(content))
    tree.write("cut.lib", content[:-7])
    tree.repo("repo").commit({"a.lib": content})
    result = run.scan("a.lib", "b.lib.gz", "repo/.git")
    assert len(result.findings) == 5 and result.summary["complete"], result
    cut = run.scan("cut.lib")
    assert cut.findings and cut.skipped("unreadable"), cut


# --- archives as streams ---


@pytest.mark.parametrize("kind, filling", [
    ("tar.gz", 10), ("tar.xz", 10), ("tar", 10), ("zip", 10), ("tar.gz", 17 << 20), ("zip, stored", 17 << 20),
])
def test_stdin_is_unpacked(kind: str, filling: int, run: Runner, tree: Tree, creds: Creds):
    """Short, and longer than what is taken into memory; from a pipe and from a file."""
    members = {"a": random.Random(1).randbytes(filling), "conf/key": creds.pair().ini.encode()}
    content = CONTAINERS[kind](members)
    for result in (run.scan("-", stdin=content), run.scan("-", stdin=iter([content[:100], content[100:]]))):
        assert places(result) == [("<stdin>!conf/key", 1)] and result.summary["complete"], result


def test_stdin_that_is_compressed(run: Runner, creds: Creds):
    result = run.scan("-", stdin=gzip.compress(creds.pair().ini.encode()))
    assert places(result) == [("<stdin>", 1)], result
    assert run.scan("--archive-depth", "0", "-", stdin=gzip.compress(b"x")).summary["archives"] == 0


def test_a_stream_may_expand_as_far_as_its_length_allows(run: Runner, creds: Creds):
    """What a stream may hold grows with what has been read of it: it is no bomb."""
    result = run.scan("-", stdin=gzip.compress(bytes(1 << 20)) + gzip.compress(creds.pair().ini.encode()))
    assert len(result.findings) == 1 and result.summary["complete"], result


# --- one archive, many workers ---


def test_one_archive_gives_the_same_for_any_number_of_threads(run: Runner, tree: Tree, creds: Creds):
    """Large members in pieces, small ones in batches, archives among them, a damaged end."""
    rng = random.Random(7)
    members: dict[str, bytes] = {}
    for i in range(300):
        text = rng.randbytes(rng.randrange(3000)) + b"\n" + creds.pair().ini.encode()
        members[f"small/{i}"] = text
        members[f"packed/{i}.gz"] = gzip.compress(text)
        members[f"zips/{i}.zip"] = zipped({"x": text, "y": b""})
    line = b"%s\n" % (b"x" * 97)
    for i in range(3):
        members[f"large/{i}"] = b"".join(
            line * rng.randrange(4000, 9000) + creds.pair().ini.encode() for _ in range(6)
        )
    members["values/access_key_id"], members["values/secret_access_key"] = (
        p.encode() for p in (lambda pair: (pair.id, pair.secret))(creds.pair()))
    content = tar(members, "w:gz")
    tree.write("a.tgz", content)
    tree.write("cut.tgz", content[: len(content) * 9 // 10])
    one = run.scan("-j1", "a.tgz", "cut.tgz")
    assert len(one.by_rule("aws-key-pair")) > 919 and not one.summary["complete"], one
    for jobs in ("-j2", "-j3", "-j8"):
        for _ in range(3):
            assert run.scan(jobs, "a.tgz", "cut.tgz").stdout == one.stdout


@pytest.mark.parametrize("size", [
    256 << 10, (256 << 10) + 1, 512 << 10, (512 << 10) + 1, 528 << 10, (528 << 10) + 1, 1 << 20, (1 << 20) + 16384,
])
def test_what_lies_across_a_seam_is_found(size: int, run: Runner, tree: Tree, creds: Creds):
    """The member's length, and the place of a pair in it, at the limits of what is read at once."""
    text = creds.pair().ini.encode()
    for at in (size - len(text), (512 << 10) - 20, (512 << 10) - len(text)):
        if 0 <= at <= size - len(text):
            tree.write("a.tar", tar({"m": b"\n" * at + text + b"\n" * (size - at - len(text))}))
            result = run.scan("-j2", "a.tar")
            assert places(result) == [("a.tar!m", at + 1)], (at, result)
            assert result.summary["bytes"] == size, result


def test_limits_do_not_depend_on_threads(run: Runner, tree: Tree, creds: Creds):
    """Parts that expand far: what is read before the limit is the same whoever reads it."""
    bomb = gzip.compress(bytes(120 << 20), 1)
    members = {}
    for i in range(11):
        members[f"{i:02}.gz"] = bomb
        members[f"{i:02}.txt"] = creds.pair().ini.encode()
    tree.write("a.tar", tar(members))
    one = run.scan("-j1", "a.tar")
    assert one.skipped("limit") == 1 and 0 < len(one.findings) < 11, one
    assert run.scan("-j4", "a.tar").stdout == one.stdout


def test_archives_of_all_sizes_in_an_archive(run: Runner, tree: Tree, creds: Creds):
    """Those that others unpack apart, those of which one at a time is in memory, and both in both."""
    rng = random.Random(3)
    stored = zipfile.ZIP_STORED

    def text() -> bytes:
        return creds.pair().ini.encode()

    def middle(form: str) -> bytes:
        members = {"a": text(), "b": rng.randbytes(300 << 10), "c.zip": zipped({"d": text()})}
        return tar(members, form) if form.startswith("w") else zipped(members)

    def large(*parts: bytes) -> bytes:
        members = {"a": text(), "b": bytes(17 << 20), "z": text()}
        return zipped(members | {f"{i}.zip": part for i, part in enumerate(parts)}, stored)

    members = {}
    for i in range(12):
        members[f"{i}.a.zip"] = middle("zip")
        members[f"{i}.b.tgz"] = middle("w:gz")
        members[f"{i}.c.tar"] = middle("w")
        if i % 4 == 0:
            members[f"{i}.d.zip"] = large(middle("zip"), middle("w:gz"))
            members[f"{i}.e.zip"] = zipped({"a": text(), "b": rng.randbytes(300 << 10), "c.zip": large()})
            members[f"{i}.f.zip"] = large(large())
    tree.write("a.tar", tar(members))
    tree.write("b.tgz", tar(members, "w:gz"))
    one = run.scan("-j1", "a.tar", "b.tgz")
    # a large one in a large one has to do with less, and is read in order then
    assert len(one.findings) == 2 * (12 * 6 + 3 * (6 + 3 + 4)) and one.summary["complete"], one
    for jobs in ("-j2", "-j2", "-j3", "-j4", "-j8", "-j8"):
        assert run.scan(jobs, "a.tar", "b.tgz").stdout == one.stdout, jobs


def test_limits_of_what_is_unpacked_apart(run: Runner, tree: Tree, creds: Creds):
    """Where an archive's share is not left any more, it is read as far as the whole goes."""
    rng = random.Random(5)
    members = {}
    for i in range(8):
        members[f"{i}.zip"] = zipped({"a": creds.pair().ini.encode(), "b": rng.randbytes(300 << 10),
                                      "c": bytes(300 << 20), "d": creds.pair().ini.encode()})
        members[f"{i}.txt"] = creds.pair().ini.encode()
    tree.write("a.tar", tar(members))
    one = run.scan("-j1", "a.tar")
    assert one.skipped("limit") == 1 and 3 < len(one.findings) < 24, one
    assert run.scan("-j3", "a.tar").stdout == one.stdout


# --- PDF ---


def pdf(*streams: bytes, encrypt: bool = False, filter: str = "/FlateDecode") -> bytes:
    out = b"%PDF-1.7\n"
    for i, stream in enumerate(streams):
        out += b"%d 0 obj\n<< /Length %d /Filter %s >>\nstream\r\n" % (
            i + 1, len(stream), filter.encode())
        out += stream + b"\nendstream\nendobj\n"
    return out + b"trailer\n<< /Size 9 %s>>\n%%%%EOF\n" % (b"/Encrypt 5 0 R " if encrypt else b"")


def test_text_in_a_pdf(run: Runner, tree: Tree, creds: Creds):
    pair, other, third = creds.pairs(3)
    page = zlib.compress(b"BT /F1 12 Tf (aws_access_key_id = %s) Tj (aws_secret_access_key = %s) Tj ET"
                         % (pair.id.encode(), pair.secret.encode()))
    content = pdf(zlib.compress(b"nothing"), page) + other.ini.encode()
    tree.write("a.pdf", content)
    tree.write("b.tgz", tar({"docs/b.pdf": pdf(zlib.compress(third.ini.encode()))}, "w:gz"))
    result = run.scan("a.pdf", "b.tgz")
    assert [(f["location"]["path"], f["access_key_id"]) for f in result.findings] == [
        ("a.pdf", other.id),
        (f"a.pdf!stream@{content.index(page)}", pair.id),
        ("b.tgz!docs/b.pdf!stream@64", third.id),
    ], result
    assert result.summary["complete"] and result.summary["archives"] == 4, result


def test_a_pdf_that_is_damaged_or_encrypted_is_told(run: Runner, tree: Tree, creds: Creds):
    packed = zlib.compress(creds.pair().ini.encode() * 20)
    tree.write("bad.pdf", pdf(packed[:40] + bytes(80), zlib.compress(creds.pair().ini.encode())))
    tree.write("locked.pdf", pdf(packed[:40], encrypt=True))
    tree.write("image.pdf", pdf(packed[:40] + bytes(80), filter="/Other"))
    result = run.scan("bad.pdf", "locked.pdf", "image.pdf")
    assert len(result.findings) == 1 and result.skipped("encrypted") == 1, result
    assert [e["path"] for e in result.errors] == ["bad.pdf!stream@64", "locked.pdf"], result


def test_a_bomb_in_a_pdf(run: Runner, tree: Tree):
    tree.write("a.pdf", pdf(zlib.compress(bytes(40 << 20), 9), *[zlib.compress(bytes(15 << 20), 9)] * 90))
    result = run.scan("a.pdf")
    assert result.skipped("limit") == 2 and result.summary["bytes"] < 1100 << 20, result


def test_a_pdf_of_streams_in_streams(run: Runner, tree: Tree):
    """Each of 100,000 streams goes on to the end: inflated one by one they were 200 GB."""
    stored = b"\x00" + struct.pack("<HH", 20, 20 ^ 0xFFFF) + b"stream\n\x78\x01".ljust(20)
    tree.write("a.pdf", b"%PDF-1.7\nstream\n\x78\x01" + stored * 100_000)
    result = run.scan("a.pdf")
    assert result.skipped("limit") == 1, result


# --- more archives that mean harm ---


@pytest.mark.parametrize("packed", ["", "gz"])
def test_a_map_of_ten_million_holes(packed: str, run: Runner, tree: Tree, creds: Creds):
    """GNU's sparse files (PAX, version 1.0) begin with a list of offsets and lengths, as text."""
    holes = b"10000000\n" + b"0\n0\n" * 10_000_000
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        key = creds.pair().ini.encode()
        for name, content in (("before", key), ("sparse", holes + bytes(-len(holes) % 512)), ("behind", key)):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            if name == "sparse":
                info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                                    "GNU.sparse.name": "sparse", "GNU.sparse.realsize": "0"}
            archive.addfile(info, io.BytesIO(content))
    tree.write("a.tar", gzip.compress(out.getvalue(), 1) if packed else out.getvalue())
    result = measured(run, "a.tar")
    assert places(result) == [("a.tar!before", 1)], result
    assert result.skipped("limit") == 1 and not result.summary["complete"], result
    assert "between two members" in result.errors[0]["message"]


@pytest.mark.parametrize("kind", ["xz", "lzma"])
def test_a_dictionary_of_a_gigabyte(kind: str, run: Runner, tree: Tree, creds: Creds):
    form = {"xz": lzma.FORMAT_XZ, "lzma": lzma.FORMAT_ALONE}[kind]
    filter = {"id": lzma.FILTER_LZMA2 if kind == "xz" else lzma.FILTER_LZMA1, "preset": 0}
    packed = lzma.compress(creds.pair().ini.encode(), format=form, filters=[filter | {"dict_size": 64 << 20}])
    tree.write("large", packed)
    assert len(measured(run, "large").findings) == 1
    packed = lzma.compress(b"x", format=form, filters=[filter | {"dict_size": 1 << 30}])
    tree.write("a.tar", tar({"huge": packed, "key": creds.pair().ini.encode()}))
    result = measured(run, "a.tar")
    assert places(result) == [("a.tar!key", 1)] and result.skipped("limit") == 1, result
    assert result.errors[0]["path"] == "a.tar!huge", result


def test_members_that_overlap(run: Runner, tree: Tree):
    """A zip file whose directory names one member again and again."""
    content = zipped({"bomb": bytes(64 << 20)})
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entry = content[start:end]
    n = 5000
    tail = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, n, n, n * len(entry), start, 0)
    tree.write("a.zip", content[:start] + entry * n + tail)
    result = measured(run, "a.zip")
    assert result.summary["bytes"] < 1200 << 20, result


def test_zip_files_in_zip_files(run: Runner, tree: Tree):
    """As in 42.zip: sixteen in each, five deep, a large file in the innermost."""
    content = zipped({"0": bytes(16 << 20)})
    for level in range(5):
        content = zipped({f"{level}{i}.zip": content for i in range(16)})
    tree.write("a.zip", content)
    result = measured(run, "a.zip")
    assert result.skipped("limit") >= 1 and result.summary["bytes"] < 2 << 30, result


def test_a_sparse_member_of_a_terabyte(run: Runner, tree: Tree):
    """GNU's sparse form: what a header says is there, is not, and is not read for ever."""
    info = tarfile.TarInfo("hole")
    info.type = tarfile.GNUTYPE_SPARSE
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    head[386:410] = b"%011o\0%011o\0" % (0, 512)
    head[483:495] = b"\x80" + (1 << 40).to_bytes(11, "big")
    head[124:136] = b"%011o\0" % 512
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    tree.write("a.tar", bytes(head) + b"x" * 512 + bytes(1024))
    result = measured(run, "a.tar")
    assert result.skipped("limit") == 1 and result.summary["bytes"] < 1100 << 20, result


@pytest.mark.parametrize("kind", CONTAINERS)
def test_archives_that_are_cut_off(kind: str, run: Runner, tree: Tree, creds: Creds):
    """What lies before the cut is found, where the form has no index at its end, and the cut is told."""
    members = {"k": creds.pair().ini.encode(), "x": random.Random(2).randbytes(2_000_000)}
    content = CONTAINERS[kind](members)
    tree.write("cut", content[: len(content) * 3 // 4])
    result = run.scan("cut")
    assert not result.summary["complete"] and result.errors[0]["path"].startswith("cut"), result
    assert places(result) == [("cut!k", 1)], result
