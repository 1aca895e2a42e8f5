"""The line of progress: where it is shown, and what it knows of how much is left."""

from __future__ import annotations

import os
import re
import struct
import tarfile
import threading
import time
import zlib
from pathlib import Path

import pytest

from conftest import SANITIZED, Runner, Tree
from creds import Creds
from s3_servers import Answer, Scripted, serve_object

COUNTS = r"\d+ files and objects, \S+ MB, \d+ MB/s"
LARGE = (1 if SANITIZED else 6) << 30  # bytes, so many that they take more than a quarter of a second


def test_progress_is_for_terminals_alone(run: Runner, tree: Tree, creds: Creds):
    tree.write("f", creds.pair().ini)
    for args in [[], ["--progress", "never"], ["--progress", "auto"]]:
        assert run("scan", *args, "f").stderr == b""
    with_progress = run.on_terminal(
        "scan", "--progress", "never", "--color", "never", "f", stderr_too=True
    )
    assert with_progress.stdout.replace(b"\r\n", b"\n") == run("scan", "f").stdout


def test_progress_in_a_log_is_lines(run: Runner, tree: Tree):
    path = tree.write("sparse", b"")
    os.truncate(path, 1 << 30)
    tree.repo("repo").commit({"f": "nothing\n"})
    result = run("scan", "--progress", "always", "sparse")
    assert result.status == 0
    assert b"sparse" not in result.stdout and len(result.stdout.splitlines()) == 1
    last = result.stderr.decode().splitlines()[-1]
    assert re.fullmatch(r"1 files and objects, 1073\.7 MB, \d+ MB/s", last)
    assert b"\r" not in result.stderr and b"\x1b" not in result.stderr
    assert run("history", "--progress", "always", "repo").stderr.endswith(b" MB/s\n")


def test_progress_on_a_terminal_is_one_line_that_goes_away(run: Runner, tree: Tree):
    """The program waits for the pipe's end, which comes after the line has been written."""
    os.mkfifo(tree / "pipe")

    def write() -> None:
        with open(tree / "pipe", "wb") as pipe:
            pipe.write(b"nothing\n")
            pipe.flush()
            time.sleep(2)

    writer = threading.Thread(target=write)
    writer.start()
    result = run.on_terminal("scan", "--color", "never", "pipe", stderr_too=True)
    writer.join()
    assert result.status == 0
    *shown, end = result.stdout.decode().split("\r\x1b[K")
    assert all(re.fullmatch(r"\d+ files and objects, \S+ MB, \d+ MB/s", s) for s in shown[1:])
    assert len(shown) > 1 and shown[0] == ""
    assert "files and objects" not in end and end.startswith("no credentials found")


def lines_of(shown: bytes) -> list[str]:
    return [line for line in shown.decode().split("\r\x1b[K") if " files and objects" in line]


def sparse(path: Path, size: int = LARGE) -> Path:
    os.truncate(path, size)
    return path


def sparse_tar(path: Path) -> None:
    info = tarfile.TarInfo("large")
    info.size = LARGE
    path.write_bytes(info.tobuf())
    sparse(path, LARGE + 512 + 1024)


def sparse_zip(path: Path) -> None:
    """Members that are stored, and holes."""
    size, count = 32 << 20, LARGE // 3 >> 25
    told = struct.pack("<IIIHH", zlib.crc32(bytes(size)), size, size, 1, 0)  # name and fields
    directory = b""
    with open(path, "wb") as file:
        for i in range(count):
            at = file.tell()
            file.write(struct.pack("<IHHHHH", 0x04034B50, 20, 0, 0, 0, 0x21) + told + b"%c" % (33 + i))
            file.seek(size, os.SEEK_CUR)
            directory += struct.pack("<IHHHHHH", 0x02014B50, 20, 20, 0, 0, 0, 0x21) + told
            directory += struct.pack("<HHHII", 0, 0, 0, 0, at) + b"%c" % (33 + i)
        end = file.tell()
        file.write(directory)
        file.write(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), end, 0))


@pytest.mark.parametrize("way", ["file", "archive", "zip", "list", "stdin"])
def test_what_was_named_has_a_share_and_a_time_left(run: Runner, tree: Tree, way: str):
    large = tree.write("large", b"")
    {"archive": sparse_tar, "zip": sparse_zip}.get(way, sparse)(large)
    small = [tree.write(f"small/{i}", "nothing\n").name for i in range(20)]
    tree.write("list", "".join(f"small/{name}\n" for name in small) + "large\n")
    args = {"list": ["--files-from", "list"], "stdin": ["-"]}.get(way, ["large"])
    with open(large, "rb") as stdin:
        result = run.on_terminal("scan", "-j1", "--color", "never", *args, stdin=stdin, stderr_too=True)
    assert result.status == 0, result
    lines = lines_of(result.stdout)
    known = [re.fullmatch(COUNTS + r", files (\d+)%(, \d+:\d\d left)?", line) for line in lines]
    shares = [int(match[1]) for match in known if match]
    assert shares and len(shares) == len(lines), lines
    assert shares == sorted(shares) and shares[-1] > 0 and max(shares) <= 100
    assert any(match and match[2] for match in known)


def test_of_a_folder_only_the_rate_is_known(run: Runner, tree: Tree):
    sparse(tree.write("t/large", b""))
    lines = lines_of(run.on_terminal("scan", "-j1", "t", stderr_too=True).stdout)
    assert lines and all(re.fullmatch(COUNTS, line) for line in lines)


def slow_object(server: Scripted) -> None:
    """Four objects of one size, of which one is late."""
    server.objects = {key: b"x" * 1000 for key in ("a", "b", "c", "late")}

    def script(request) -> Answer | None:
        if request.key != "late":
            return None
        answer = serve_object(request, server.objects["late"])
        answer.stall_s = 2
        return answer

    server.script = script


def test_a_bucket_has_a_share_and_a_time_left(run: Runner, scripted: Scripted):
    slow_object(scripted)
    scripted.page = 2
    target = "s3://scripted"
    result = run.on_terminal("scan", "--color", "never", target, env=scripted.env, stderr_too=True)
    assert result.status == 0, result
    lines = lines_of(result.stdout)
    assert any(re.fullmatch(COUNTS + r", buckets 75%, \d+:\d\d left", line) for line in lines), lines
    assert sum(r.is_listing for r in scripted.requests) == 4, "two pages, and once more to count"


def test_a_bucket_that_nobody_watches_is_listed_once(run: Runner, scripted: Scripted):
    slow_object(scripted)
    assert run("scan", "s3://scripted", env=scripted.env).status == 0
    assert sum(r.is_listing for r in scripted.requests) == 1


def test_a_listing_that_fails_leaves_the_share_out(run: Runner, scripted: Scripted):
    slow_object(scripted)
    seen = []

    def script(request) -> Answer | None:
        if request.is_listing:
            seen.append(request)
            return Answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        return None

    scripted.script = script
    result = run.on_terminal("scan", "s3://scripted", env=scripted.env, stderr_too=True)
    assert result.status == 2 and b"buckets" not in result.stdout
    assert result.stdout.count(b"AccessDenied") == 1, "told once"


@pytest.mark.parametrize("way", ["file", "folder", "archive"])
def test_each_pass_over_logs_has_a_share_and_a_time_left(run: Runner, tree: Tree, way: str):
    large = tree.write("t/large", b"")
    sparse_tar(large) if way == "archive" else sparse(large)
    target = "t" if way == "folder" else "t/large"
    result = run.on_terminal(
        "trail", "-j1", "--key", "AKIA" + "Q" * 16, target, stderr_too=True
    )  # fmt: skip
    lines = lines_of(result.stdout)
    known = [re.fullmatch(COUNTS + r", pass 1 (\d+)%(, \d+:\d\d left)?", line) for line in lines]
    shares = [int(match[1]) for match in known if match]
    assert shares and len(shares) == len(lines), lines
    assert shares == sorted(shares) and shares[-1] > 0 and max(shares) <= 100
    assert any(match and match[2] for match in known)
