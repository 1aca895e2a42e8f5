"""Documents made to be slow, at three sizes: the seconds for each megabyte must not grow."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Callable

from .base import Gen

TIMEOUT_S = 180
GROWTH = 1.6  # seconds a megabyte at 4n over those at n: from here on it is said not to be linear
LEAST_S = 0.05  # shorter runs are noise


def ids(g: Gen, size: int) -> bytes:
    return "".join(g.key_id() + "\n" for _ in range(size // 21)).encode()


def ids_one_line(g: Gen, size: int) -> bytes:
    return ",".join(g.key_id() for _ in range(size // 21)).encode()


def same_id(g: Gen, size: int) -> bytes:
    return (g.key_id() + "\n").encode() * (size // 21)


def near_secrets(g: Gen, size: int) -> bytes:
    lines = []
    for i in range(size // 41):
        lines.append(g.hex() if i % 3 else g.b64(40))
        if i % 100 == 50:
            lines.append(g.key_id())
    return "\n".join(lines).encode()


def alternating(g: Gen, size: int) -> bytes:
    return "".join(f"{g.key_id()}\n{g.secret()}\n" for _ in range(size // 62)).encode()


def ids_then_secrets(g: Gen, size: int) -> bytes:
    n = size // 62
    return "".join(
        [*(g.key_id() + "\n" for _ in range(n)), *(g.secret() + "\n" for _ in range(n))]
    ).encode()


def labels_line(g: Gen, size: int) -> bytes:
    return (b"aws_secret_access_key=" * (size // 22 + 1))[:size]


def labels_and_ids(g: Gen, size: int) -> bytes:
    return " ".join(
        f"aws_secret_access_key aws_access_key_id={g.key_id()}" for _ in range(size // 61)
    ).encode()


def openings(g: Gen, size: int) -> bytes:
    return (b"{[(<" * (size // 8)) + g.key_id().encode() + (b">)]}" * (size // 8))


def nested_base64(g: Gen, size: int) -> bytes:
    data = alternating(g, int(size * 0.75**8))
    for _ in range(8):
        data = base64.b64encode(data)
    return data


def nested_json(g: Gen, size: int) -> bytes:
    text = "".join(
        json.dumps({"accessKeyId": g.key_id(), "secretAccessKey": g.secret()}) for _ in range(4)
    )
    while len(text) * 2 < 20_000:
        text = json.dumps({"m": text})
    return (text + "\n").encode() * (size // len(text))


def encoded_anchors(g: Gen, size: int) -> bytes:
    return base64.b64encode(b"AKIA" * (size * 3 // 16))


def encoded_ids(g: Gen, size: int) -> bytes:
    return base64.b64encode(ids(g, size * 3 // 4))


def encoded_ids_wrapped(g: Gen, size: int) -> bytes:
    return base64.encodebytes(ids(g, size * 3 // 4))


def hex_anchors(g: Gen, size: int) -> bytes:
    return b"AKIA".hex().encode() * (size // 8)


def hex_ids(g: Gen, size: int) -> bytes:
    return ids(g, size // 2).hex().encode()


def utf16_ids(g: Gen, size: int) -> bytes:
    return ids(g, size // 2).decode().encode("utf-16-le")


def counted_ids(g: Gen, size: int) -> bytes:
    """Each the beginning of a serialized text, and of a search for the secrets round it."""
    return b"".join(b"\0\x14" + g.key_id().encode() + b"(" for _ in range(size // 23))


def database_rows(g: Gen, size: int) -> bytes:
    """Cells of SQLite: payload, row, four types, a name, a secret, an id, a number."""
    cell = b"\x46\x01\x05\x15]5\x01prod"
    return b"".join(
        cell + (g.secret() + g.key_id()).encode() + b"7" for _ in range(size // (len(cell) + 61))
    )


def gzip_members(g: Gen, size: int) -> bytes:
    bomb = base64.b64encode(gzip.compress(bytes(65536), mtime=0)) + b"\n"
    return bomb * (size // len(bomb))


def backslashes(g: Gen, size: int) -> bytes:
    return g.key_id().encode() + b"\\" * size + g.secret().encode()


def percent_signs(g: Gen, size: int) -> bytes:
    return g.key_id().encode() + b"%" * size + g.secret().encode()


def percents_encoded(g: Gen, size: int) -> bytes:
    return (g.key_id().encode() + b"%25" * 30) * (size // 110)


def ids_and_backslashes(g: Gen, size: int) -> bytes:
    """Ids behind runs of backslashes, whose parity a decoder must count."""
    return "".join("\\" * 979 + "n" + g.key_id() for _ in range(size // 1000)).encode()


def soft_breaks(g: Gen, size: int) -> bytes:
    return (g.key_id() + " " + g.b64(39)).encode() + b"=\n" * (size // 2) + b"x"


def quotes_and_plus(g: Gen, size: int) -> bytes:
    return f'"{g.key_id()}", "{g.b64(20)}'.encode() + b'" + "' * (size // 5) + b'x"'


def one_base64_run(g: Gen, size: int) -> bytes:
    return base64.b64encode(g.bytes(size * 3 // 4))


def token_without_end(g: Gen, size: int) -> bytes:
    return (g.token()[:16] * 3 + "A").encode() * (size // 49)


DOCUMENTS: dict[str, Callable[[Gen, int], bytes]] = {
    "ids, one a line": ids,
    "ids, all on one line": ids_one_line,
    "one id, over and over": same_id,
    "near-secrets, ids between": near_secrets,
    "ids and secrets in turn": alternating,
    "all ids, then all secrets": ids_then_secrets,
    "a line of labels": labels_line,
    "labels and ids in turn": labels_and_ids,
    "brackets that open, an id": openings,
    "base64, eight deep": nested_base64,
    "JSON in JSON": nested_json,
    "anchors in base64": encoded_anchors,
    "ids in base64": encoded_ids,
    "ids in wrapped base64": encoded_ids_wrapped,
    "anchors in hex": hex_anchors,
    "ids in hex": hex_ids,
    "ids in UTF-16": utf16_ids,
    "ids behind counts": counted_ids,
    "rows of a database": database_rows,
    "base64 of gzip of zeros": gzip_members,
    "backslashes": backslashes,
    "percent signs": percent_signs,
    "ids between %25": percents_encoded,
    "ids behind backslashes": ids_and_backslashes,
    "soft breaks": soft_breaks,
    "literals joined by +": quotes_and_plus,
    "one run of base64": one_base64_run,
    "starts of session tokens": token_without_end,
}


def seconds(program: Path, file: Path) -> tuple[float, int, int]:
    """Wall time, peak memory in MB and status; a run that takes too long is ended."""
    argv = [os.path.abspath(program), "scan", "--format", "jsonl", "--no-history", "-j", "1"]
    start = time.monotonic()
    with subprocess.Popen(
        [*argv, str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - start > TIMEOUT_S:
                process.kill()
            time.sleep(0.002)
        process.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - start, usage.ru_maxrss // 1024, process.returncode


def linear(program: Path, kilobytes: int) -> int:
    """Print the table; returns 1 where the program failed."""
    sizes = [kilobytes * 1000 * k for k in (1, 2, 4)]
    print(
        f"{'seconds a megabyte at':<28}"
        + "".join(f"{s / 1e6:>9.1f} MB" for s in sizes)
        + "   growth   most memory"
    )
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "document"
        for name, make in DOCUMENTS.items():
            rates, memory, note, longest = [], 0, "", 0.0
            for size in sizes:
                data = make(Gen(f"slow/{name}/{size}"), size)
                file.write_bytes(data)
                took, rss, status = seconds(program, file)
                rates.append(took / (len(data) / 1e6))
                memory, longest = max(memory, rss), max(longest, took)
                if status not in (0, 1):
                    failed, note = 1, f"   FAILED at {len(data) / 1e6:.1f} MB: status {status}"
                    break
            growth = rates[-1] / rates[0]
            if not note and growth > GROWTH and longest > LEAST_S:
                note = "   NOT LINEAR"
            print(
                f"{name:<28}"
                + "".join(f"{r:>12.4f}" for r in rates)
                + "            " * (3 - len(rates))
                + f"{growth:>9.2f}{memory:>11} MB{note}",
                flush=True,
            )
    return failed
