"""Large inputs with credentials at known places, and what a report must say of them."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from creds import Creds

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30
FILLER_LINE = b"the quick brown fox jumps over.\n"


@dataclass(frozen=True)
class Planted:
    """Where a pair was put: what the report must say of it."""

    id: str
    secret: str
    id_place: tuple[int, int, int]
    secret_place: tuple[int, int, int]


def positions(data: bytes | bytearray, offsets: list[int]) -> list[tuple[int, int, int]]:
    """Offset, line and column of each of these ascending offsets."""
    result, line, counted = [], 1, 0
    for offset in offsets:
        line += data.count(b"\n", counted, offset)
        counted = offset
        result.append((offset, line, offset - data.rfind(b"\n", 0, offset)))
    return result


def plant(creds: Creds, size: int, offsets: list[int]) -> tuple[bytes, set[Planted]]:
    """`size` bytes of filler with a pair at each offset, and what a report of it must hold."""
    data = bytearray(FILLER_LINE * (size // len(FILLER_LINE) + 1))[:size]
    pairs, spots = [], []
    for offset in sorted(offsets):
        pair = creds.pair()
        text = b"\n" + pair.ini.encode()
        assert 0 <= offset <= size - len(text)
        data[offset : offset + len(text)] = text
        pairs.append(pair)
        spots.append(offset + text.index(pair.id.encode()))
        spots.append(offset + text.index(pair.secret.encode()))
    where = iter(positions(data, spots))
    return bytes(data), {Planted(p.id, p.secret, next(where), next(where)) for p in pairs}


def million_ids(creds: Creds, n: int, prefix: bytes = b"AKIA") -> list[bytes]:
    """`n` different new-style ids, quickly."""
    raw = bytearray(creds.random.randbytes(10 * n))
    raw[::10] = bytes(b | 0x80 for b in raw[::10])
    text = base64.b32encode(raw)
    return [prefix + text[i : i + 16] for i in range(0, 16 * n, 16)]
