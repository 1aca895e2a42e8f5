"""Inputs of any size: credentials at the seams of pieces, files past 4 GiB, bounded memory."""

from __future__ import annotations

import os
import threading
from itertools import repeat
from typing import Any

import pytest

from conftest import SANITIZED, Result, Runner, Tree
from creds import Creds
from planted import FILLER_LINE, GIB, KIB, MIB, Planted, million_ids, plant

# The sizes at which a scanner of pieces may cut: a piece, and a piece with its context.
SEAM = 512 * KIB
CONTEXT = 16 * KIB

MOST_RSS_KB = 200_000


def reported(finding: dict[str, Any]) -> Planted:
    def of(location: dict[str, Any]) -> tuple[int, int, int]:
        return location["offset"], location["line"], location["column"]

    return Planted(
        finding["access_key_id"],
        finding["secret_access_key"],
        of(finding["location"]),
        of(finding["secret_location"]),
    )


def seam_offsets(size: int, shift: int) -> list[int]:
    """Offsets round every seam of a file of `size`: at it, and a context's width to either side."""
    seams = range(SEAM, size - SEAM // 2, SEAM)
    return [seam + shift + side for seam in seams for side in (-CONTEXT, 0, CONTEXT)]


def check(result: Result, planted: set[Planted]) -> None:
    """Exactly the planted pairs, each once."""
    others = [f for f in result.findings if f["rule"] != "aws-key-pair"]
    assert not others, f"{len(others)} findings are no pairs: {others[0]}"
    found = [reported(f) for f in result.findings]
    missed, extra = planted - set(found), set(found) - planted
    assert not missed, f"missed {len(missed)}: {min(missed, key=str)}"
    assert not extra, f"{len(extra)} are not there or stand elsewhere: {min(extra, key=str)}"
    assert len(found) == len(planted), "something was reported twice"


# A pair's text is 107 bytes long: from wholly before a seam to wholly behind it. Each of the 17
# seams of a file of 9 MiB gets a shift of its own, over as many files as there are shifts.
SHIFTS = list(range(-118, 5))


@pytest.mark.parametrize("way", ["-j1", "-j8", "pipe", "redirection"])
def test_a_pair_at_every_seam_of_a_large_input(run: Runner, tree: Tree, creds: Creds, way: str):
    size = 9 * MIB + 12_345
    shifts = SHIFTS[::9] if SANITIZED else SHIFTS[:: 3 if way == "-j1" else 1]
    per_file = len(range(SEAM, size - SEAM // 2, SEAM))
    for begin in range(0, len(shifts), per_file):
        group = shifts[begin : begin + per_file]
        offsets = [
            (i + 1) * SEAM + shift + side
            for i, shift in enumerate(group)
            for side in (-CONTEXT, 0, CONTEXT)
        ]
        data, planted = plant(creds, size, offsets)
        if way == "pipe":
            result = run.scan("--show-secrets", "-", stdin=data)
        else:
            path = tree.write("large", data)
            if way == "redirection":
                with path.open("rb") as file:
                    result = run.scan("--show-secrets", "-", stdin=file)
            else:
                result = run.scan("--show-secrets", way, "large")
        check(result, planted)


def test_a_pair_at_every_seam_of_files_that_are_not_shared_out(
    run: Runner, tree: Tree, creds: Creds
):
    size = 2 * MIB - 1
    expected = set()
    shifts = SHIFTS[::12] if SANITIZED else SHIFTS[::2]
    for shift in shifts:
        data, planted = plant(creds, size, seam_offsets(size, shift))
        tree.write(f"d/{shift}", data)
        expected |= planted
    check(run.scan("--show-secrets", "d"), expected)


def test_pairs_at_a_stride_that_meets_any_size_of_piece(run: Runner, tree: Tree, creds: Creds):
    size = 8 * MIB
    data, planted = plant(creds, size, list(range(0, size - 1009, 1009)))
    tree.write("dense", data)
    for jobs in ["-j1", "-j3"]:
        check(run.scan("--show-secrets", jobs, "dense"), planted)
    check(run.scan("--show-secrets", "-", stdin=data), planted)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 4095, 4096, 4097, SEAM - 1, SEAM, SEAM + 1,
                                  4 * MIB - 1, 4 * MIB, 4 * MIB + 1])  # fmt: skip
def test_a_pair_at_the_very_end(run: Runner, tree: Tree, creds: Creds, size: int):
    pair = creds.pair()
    text = pair.ini.rstrip("\n").encode()
    data = b"\n" * max(size - len(text), 0) + text
    tree.write("f", data)
    for result in [run.scan("f"), run.scan("-", stdin=data)]:
        assert result.ids == [pair.id]
        assert result.findings[0]["location"]["offset"] == data.index(pair.id.encode())
        assert result.findings[0]["secret_location"]["offset"] == data.index(pair.secret.encode())
        assert result.summary["bytes"] == len(data)


def test_labelled_halves_far_apart_round_a_seam(run: Runner, tree: Tree, creds: Creds):
    expected = []
    data = bytearray(FILLER_LINE * (5 * MIB // len(FILLER_LINE)))
    for i, gap in enumerate([100, 300, 600, 900]):
        pair = creds.pair()
        first, second = pair.ini.splitlines(keepends=True)
        comment = ("# " + "-" * 47 + "\n") * (gap // 50)
        text = f"\n[p{i}]\n{first}{comment}{second}\n".encode()
        middle = len(f"\n[p{i}]\n{first}") + gap // 2
        at = (i * 2 + 1) * SEAM - middle
        data[at : at + len(text)] = text
        expected.append(pair.id)
    tree.write("f", bytes(data))
    for jobs in ["-j1", "-j8"]:
        result = run.scan(jobs, "f")
        assert [f["access_key_id"] for f in result.by_rule("aws-key-pair")] == expected
        assert len(result.findings) == len(expected)


def test_a_session_token_across_a_seam(run: Runner, tree: Tree, creds: Creds):
    expected = []
    data = bytearray(FILLER_LINE * (9 * MIB // len(FILLER_LINE)))
    for i in range(1, 17):
        session = creds.session()
        text = ("\n[s]\n" + session.ini).encode()
        at = i * SEAM - len(text) * i // 17
        data[at : at + len(text)] = text
        expected.append((session.id, session.secret, session.token))
    tree.write("f", bytes(data))
    for result in [
        run.scan("--show-secrets", "f"),
        run.scan("--show-secrets", "-", stdin=bytes(data)),
    ]:
        found = [
            (f["access_key_id"], f["secret_access_key"], f["session_token"])
            for f in result.by_rule("aws-session-credentials")
        ]
        assert found == expected
        assert len(result.findings) == len(expected)


def test_lone_ids_at_seams_are_counted_once(run: Runner, tree: Tree, creds: Creds):
    key_id = creds.key_id()
    data = bytearray(FILLER_LINE * (9 * MIB // len(FILLER_LINE)))
    text = f"\n{key_id}\n".encode()
    spots = [i * SEAM + side - n * 1000 - i for i in range(1, 17) for side in (-CONTEXT, 0, CONTEXT)
             for n in range(3)]  # fmt: skip
    for spot in spots:
        data[spot : spot + len(text)] = text
    tree.write("f", bytes(data))
    for result in [run.scan("-j8", "f"), run.scan("-j1", "f"), run.scan("-", stdin=bytes(data))]:
        [finding] = result.findings
        assert finding["count"] == len(spots)
        assert finding["location"]["offset"] == min(spots) + 1


def test_a_mark_on_the_other_side_of_a_seam(run: Runner, tree: Tree, creds: Creds):
    data = bytearray(FILLER_LINE * (9 * MIB // len(FILLER_LINE)))
    for i in range(1, 17):
        text = f"\n{creds.pair().line} # leaktrawl:allow\n".encode()
        at = i * SEAM - len(text) * i // 17
        data[at : at + len(text)] = text
    tree.write("f", bytes(data))
    for result in [run.scan("f"), run.scan("-", stdin=bytes(data))]:
        assert result.status == 0, result
        assert result.summary["allowed"] == 16
    assert len(run.scan("--no-inline-ignore", "f").findings) == 16


def test_one_line_of_many_megabytes(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    text = f'{{"AccessKeyId":"{pair.id}","SecretAccessKey":"{pair.secret}"}},'
    data = ('{"a":[1,2,3]},' * 400_000 + text + '{"a":[1,2,3]},' * 400_000).encode()
    tree.write("f.json", data)
    [finding] = run.scan("f.json").findings
    assert finding["location"]["line"] == 1
    assert finding["location"]["column"] == data.index(pair.id.encode()) + 1


@pytest.mark.parametrize("way", ["file", "redirection"])
def test_past_four_gibibytes(run: Runner, tree: Tree, creds: Creds, way: str):
    if way == "redirection" and "thread" in os.environ.get("SANITIZE", ""):
        pytest.skip("a minute long under this sanitizer, and the same code as for files")
    pair = creds.pair()
    begin, offset = b"first\nsecond\n", 4 * GIB + 12_345
    path = tree.write("sparse", begin)
    with path.open("r+b") as file:
        os.ftruncate(file.fileno(), 4 * GIB + MIB)
        file.seek(offset)
        file.write(b"\n" + pair.ini.encode())
    if way == "file":
        result = run.scan("sparse", timeout_s=300)
    else:
        with path.open("rb") as file:
            result = run.scan("-", stdin=file, timeout_s=300)
    path.unlink()
    [finding] = result.findings
    assert finding["access_key_id"] == pair.id
    where = finding["location"]
    assert where["offset"] == offset + 1 + len("aws_access_key_id = ")
    assert (where["line"], where["column"]) == (4, 1 + len("aws_access_key_id = "))
    assert finding["secret_location"]["line"] == 5
    assert result.summary["bytes"] == 4 * GIB + MIB


def test_a_file_that_shrinks_and_one_that_grows_while_they_are_read(
    run: Runner, tree: Tree, creds: Creds
):
    path = tree.write("f", b"")
    for delay_s in [0.01, 0.03, 0.1]:
        os.truncate(path, 2 * GIB)
        timer = threading.Timer(delay_s, os.truncate, [path, 1000])
        timer.start()
        assert run.scan("f").status in (0, 2)
        timer.join()
    stop = threading.Event()

    def grow() -> None:
        with path.open("ab") as file:
            while not stop.is_set():
                file.write(b"x" * MIB)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        assert run.scan("f", timeout_s=30).status == 0
    finally:
        stop.set()
        writer.join()
        path.unlink()


# --- time ---


DENSE = {
    "pairs": lambda pair: pair.ini,
    "bare pairs": lambda pair: f"{pair.id} {pair.secret}\n",
    "secrets": lambda pair: f"{pair.secret}\n",
    "ids on one line": lambda pair: f"{pair.id} ",
    "labels": lambda pair: "aws_secret_access_key ",
    "labels in one word": lambda pair: "secretaccesskeysecretkey",
    "a label and no value": lambda pair: "secret_access_key = ====================",
    "escapes": lambda pair: "\x1b[32m\\u0022%3D",
}


@pytest.mark.parametrize("kind", DENSE)
def test_time_grows_with_the_size_alone(
    run: Runner, tree: Tree, creds: Creds, no_sanitizer, kind: str
):
    some = creds.pairs(1000)
    text = creds.key_id() + "\n" + "".join(DENSE[kind](pair) for pair in some)
    costs = []
    for times in [10, 80]:
        tree.write("f", text * times)
        cost = min(run("scan", "-o", "report", "f", measured=True).cpu_s for _ in range(3))
        costs.append(max(cost, 0.01))  # below it is the start of the program
    # Eight times the text; a square would be sixty-four times the work.
    assert costs[1] < 32 * costs[0], costs


# --- memory ---


def test_memory_for_a_file_of_a_gigabyte(run: Runner, tree: Tree, creds: Creds, no_sanitizer):
    block, planted = plant(creds, 4 * MIB, [1 * MIB, 3 * MIB])
    path = tree.mkdir("d") / "large"
    with path.open("wb") as file:
        file.writelines(repeat(block, 256))
    result = run.scan("-j8", "d", measured=True)
    path.unlink()
    assert len(result.findings) == 256 * len(planted)
    assert result.summary["bytes"] == GIB
    assert result.max_rss_kb < MOST_RSS_KB


def test_memory_for_a_long_stream(run: Runner, creds: Creds, no_sanitizer):
    block, planted = plant(creds, 4 * MIB, [1 * MIB])
    result = run.scan("-", stdin=repeat(block, 100), measured=True)
    assert len(result.findings) == 100 * len(planted)
    assert result.summary["bytes"] == 400 * MIB
    assert result.max_rss_kb < MOST_RSS_KB


def test_a_million_places_of_ids(run: Runner, tree: Tree, creds: Creds):
    different = million_ids(creds, 10_000)
    tree.write("log", b"\n".join(different * 100))
    result = run.scan("-j8", "log", measured=True)
    assert len(result.findings) == 10_000
    assert {f["count"] for f in result.findings} == {100}
    if not SANITIZED:
        assert result.max_rss_kb < MOST_RSS_KB


def test_a_million_different_ids(run: Runner, tree: Tree, creds: Creds, no_sanitizer):
    tree.write("log", b"\n".join(million_ids(creds, 1_000_000)))
    reports = set()
    for jobs in ["-j1", "-j2", "-j8"]:
        result = run.scan(jobs, "-o", "report", "log", measured=True)
        assert result.status == 1
        assert result.max_rss_kb < MOST_RSS_KB
        reports.add((tree / "report").read_bytes())
    assert len(reports) == 1
    with (tree / "report").open("rb") as file:
        file.seek(-4096, os.SEEK_END)
        last = file.read().splitlines()[-1]
    # Either all of them are there, or the report says that a limit was reached.
    assert b'"findings":1000000,' in last or b'"complete":false' in last


def test_a_million_temporary_ids_are_counted(run: Runner, tree: Tree, creds: Creds):
    line = b'{"eventVersion":"1.08","accessKeyId":"%s"}\n'
    tree.write("trail.json", b"".join(line % i for i in million_ids(creds, 10_000, b"ASIA")) * 100)
    result = run.scan("trail.json", measured=True)
    assert result.status == 0
    assert not result.findings
    assert result.summary["temporary_ids"] == 1_000_000
    if not SANITIZED:
        assert result.max_rss_kb < MOST_RSS_KB
