"""7z archives, and members of zip files, that ask for more memory than they should have."""

import lzma
import struct
import zipfile
import zlib

import pytest

from archives import measured, places, tar
from conftest import Runner, Tree
from creds import Creds


def number(n: int) -> bytes:
    return bytes([n]) if n < 0x80 else b"\xff" + n.to_bytes(8, "little")


def coder(method: bytes, properties: bytes = b"") -> bytes:
    return bytes([0x20 | len(method)]) + method + number(len(properties)) + properties


def lzma_coder(dictionary: int) -> bytes:
    return coder(b"\x03\x01\x01", b"\x5d" + dictionary.to_bytes(4, "little"))


def ppmd_coder(memory: int) -> bytes:
    return coder(b"\x03\x04\x01", b"\x06" + memory.to_bytes(4, "little"))


COPY = coder(b"\x00")


def raw_lzma(content: bytes, dictionary: int) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA1, "preset": 0, "dict_size": dictionary}]
    return lzma.compress(content, format=lzma.FORMAT_RAW, filters=filters)


def streams(at: int, packed: int, size: int, coders: bytes, members: bytes = b"\x08\x00") -> bytes:
    return (b"\x06" + number(at) + b"\x01\x09" + number(packed) + b"\x00"
            + b"\x07\x0b\x01\x00" + coders + b"\x0c" + number(size) + b"\x00" + members + b"\x00")


def started(packed: bytes, header: bytes) -> bytes:
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + packed + header


def sevenzip(packed: bytes, size: int, coders: bytes, files: bytes | None = None, pack_header: bool = False) -> bytes:
    """One member, `k`, unless `files` says otherwise."""
    files = files if files is not None else b"\x01\x11\x05\x00" + "k\0".encode("utf-16-le") + b"\x00"
    header = b"\x01\x04" + streams(0, len(packed), size, coders) + b"\x05" + files + b"\x00"
    if pack_header:
        small = raw_lzma(header, 1 << 20)
        at, length = len(packed), len(header)
        packed, header = packed + small, b"\x17" + streams(at, len(small), length, b"\x01" + lzma_coder(1 << 20), b"")
    return started(packed, header)


@pytest.mark.parametrize("pack_header", [False, True])
def test_a_7z_by_hand(pack_header: bool, run: Runner, tree: Tree, creds: Creds):
    """So that what the other tests refuse is refused for what they change."""
    text = creds.pair().ini.encode()
    packed = raw_lzma(text, 1 << 20)
    tree.write("a.7z", sevenzip(packed, len(text), b"\x01" + lzma_coder(1 << 20), pack_header=pack_header))
    tree.write("b.7z", sevenzip(text, len(text), b"\x01" + COPY))
    assert places(run.scan("a.7z", "b.7z")) == [("a.7z!k", 1), ("b.7z!k", 1)]


NULLS = bytes(400 << 20)


@pytest.mark.parametrize("pack_header", [False, True])
@pytest.mark.parametrize("what", ["dictionary", "model"])
def test_memory_that_is_not_set_aside(what: str, pack_header: bool, run: Runner, tree: Tree, creds: Creds):
    if what == "model":
        content = sevenzip(b"x" * 1000, 1 << 30, b"\x01" + ppmd_coder(1 << 30), pack_header=pack_header)
    else:
        packed = raw_lzma(NULLS, 1 << 30)
        content = sevenzip(packed, len(NULLS), b"\x01" + lzma_coder(1 << 30), pack_header=pack_header)
    tree.write("a.tar", tar({"bad.7z": content, "key": creds.pair().ini.encode()}))
    tree.write("bad.7z", content)
    result = measured(run, "a.tar", "bad.7z")
    assert places(result) == [("a.tar!key", 1)] and result.skipped("limit") == 2, result
    assert {e["path"] for e in result.errors} == {"a.tar!bad.7z", "bad.7z"}, result
    assert all("more memory" in e["message"] for e in result.errors), result


def test_the_second_folder_counts_too(run: Runner, tree: Tree):
    packed = raw_lzma(NULLS, 1 << 30)
    header = (b"\x01\x04\x06\x00\x02\x09\x01" + number(len(packed)) + b"\x00"
              + b"\x07\x0b\x02\x00\x01" + COPY + b"\x01" + lzma_coder(1 << 30) + b"\x0c\x01" + number(len(NULLS))
              + b"\x00\x08\x00\x00" + b"\x05\x02\x11\x09\x00" + "k\0l\0".encode("utf-16-le") + b"\x00\x00")
    tree.write("a.7z", started(b"x" + packed, header))
    result = measured(run, "a.7z")
    assert result.skipped("limit") == 1 and "more memory" in result.errors[0]["message"], result


def test_a_list_of_files_without_end(run: Runner, tree: Tree):
    """A hundred million empty files, of which a bit each says so, packed to a few KiB."""
    n = 100_000_000
    files = number(n) + b"\x0e" + number(n // 8) + b"\xff" * (n // 8) + b"\x00"
    tree.write("a.7z", sevenzip(b"x", 1, b"\x01" + COPY, files, pack_header=True))
    result = measured(run, "a.7z")
    assert result.skipped("limit") == 1 and "more members" in result.errors[0]["message"], result


def test_streams_that_are_joined_whole_in_memory(run: Runner, tree: Tree):
    """BCJ2, as 7zr writes it: of four streams libarchive holds three."""
    small = lzma_coder(1 << 20)
    coders = b"\x04" + small * 3 + b"\x14\x03\x03\x01\x1b\x04\x01" + b"\x05\x00\x04\x01\x03\x02" + b"\x02\x01\x00\x06"
    packed = raw_lzma(NULLS, 1 << 20)
    sizes = [10, len(packed), len(packed), 10]
    header = (b"\x01\x04\x06\x00\x04\x09" + b"".join(map(number, sizes)) + b"\x00" + b"\x07\x0b\x01\x00" + coders + b"\x0c"
              + b"".join(map(number, [len(NULLS), len(NULLS), 1 << 20, 1 << 20])) + b"\x00\x08\x00\x00"
              + b"\x05\x01\x11\x05\x00" + "k\0".encode("utf-16-le") + b"\x00\x00")
    tree.write("a.7z", started(bytes(10) + packed * 2 + bytes(10), header))
    result = measured(run, "a.7z")
    assert result.skipped("limit") == 1 and "more memory" in result.errors[0]["message"], result


def test_a_folder_of_very_many_streams(run: Runner, tree: Tree):
    """libarchive looks for each of them among all others."""
    n = 700_000
    bonds = b"".join(number(i) + b"\x01" for i in range(n - 2, -1, -1))
    tree.write("a.7z", sevenzip(b"x", 1, b"\x01\x11\x00" + number(n) + number(n) + bonds, pack_header=True))
    result = measured(run, "a.7z")
    assert result.status == 2 and result.skipped("unreadable") == 1, result


def test_an_encrypted_list(run: Runner, tree: Tree):
    header = b"\x17" + streams(0, 8, 8, b"\x01" + coder(b"\x06\xf1\x07\x01", b"\x13\x00"), b"")
    tree.write("a.7z", started(bytes(8), header))
    result = run.scan("a.7z")
    assert result.status == 2 and result.skipped("encrypted") == 1, result


def test_headers_that_are_cut_or_changed_are_told(run: Runner, tree: Tree, creds: Creds):
    text = creds.pair().ini.encode()
    whole = sevenzip(text, len(text), b"\x01" + COPY)
    for at in range(32 + len(text), len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 0xFF
        tree.write(f"d/{at}.7z", bytes(changed))
        tree.write(f"c/{at}.7z", whole[:at])
    for folder in "cd":
        result = run.scan(folder)
        assert result.status in (1, 2) and len(result.errors) == len(whole) - 32 - len(text), result


@pytest.mark.parametrize("method", [14, 95])
def test_a_dictionary_in_a_zip(method: int, run: Runner, tree: Tree, creds: Creds):
    """It is read as far as a dictionary that is set aside reaches; the next member is read."""
    if method == 14:
        packed = b"\x09\x14\x05\x00\x5d" + (1 << 30).to_bytes(4, "little") + raw_lzma(NULLS, 1 << 30)
    else:
        packed = lzma.compress(NULLS, filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 30}])
    out = tree / "a.zip"
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("bad", packed)
        archive.writestr("key", creds.pair().ini)
        for info in archive.infolist()[:1]:
            info.compress_type, info.file_size, info.CRC = method, len(NULLS), zlib.crc32(NULLS)
    content = bytearray(out.read_bytes())
    content[8:10] = struct.pack("<H", method)
    content[14:18] = struct.pack("<I", zlib.crc32(NULLS))
    content[22:26] = struct.pack("<I", len(NULLS))
    out.write_bytes(content)
    result = measured(run, "a.zip")
    assert places(result) == [("a.zip!key", 1)] and result.skipped("limit") == 1, result
    assert result.errors[0]["path"] == "a.zip!bad" and result.summary["bytes"] > 100 << 20, result
