"""Forms: what databases, serializers and compilers write, where no quote says where a text ends."""

from __future__ import annotations

import os
import pickle
import plistlib
import sqlite3
import struct
import tempfile

from .base import Cred, Doc, Gen, form


def sqlite(columns: str, rows: list[tuple]) -> bytes:
    handle, path = tempfile.mkstemp()
    os.close(handle)
    try:
        base = sqlite3.connect(path)
        base.execute(f"create table accounts({columns})")
        base.executemany(f"insert into accounts values({','.join('?' * len(rows[0]))})", rows)
        base.commit()
        base.close()
        with open(path, "rb") as file:
            return file.read()
    finally:
        os.unlink(path)


@form("sqlite-rows")
def sqlite_rows(g: Gen) -> Doc:
    creds = g.creds(1, 20, 0)
    rows = [
        {"name": g.user(), "id": c.id, "secret": c.secret, "region": g.region(), "n": g.r.randint(0, 9**9)}
        for c in creds
    ]
    columns = g.shuffled(list(rows[0]))
    content = sqlite(",".join(columns), [tuple(row[k] for k in columns) for row in rows])
    return Doc(content, creds, "app.db")


@form("sqlite-settings")
def sqlite_settings(g: Gen) -> Doc:
    c = g.cred()
    rows = [*g.mixed(c, g.labels("snake")), ("region", g.region()), ("bucket", g.bucket())]
    return Doc(sqlite("key text, value text", g.shuffled(rows)), [c], "settings.sqlite3")


@form("pickle")
def pickled(g: Gen) -> Doc:
    creds, names = g.creds(1, 8, 0), g.labels("snake")
    rows = [{"user": g.user(), **dict(g.fields(c, names)), "region": g.region()} for c in creds]
    return Doc(pickle.dumps(rows, g.r.randint(1, 5)), creds, "cache.pkl")


@form("plist-binary")
def plist_binary(g: Gen) -> Doc:
    creds = g.creds(1, 6, 0)
    rows = [{"user": g.user(), **dict(g.fields(c, g.labels("camel"))), "z": "end"} for c in creds]
    return Doc(plistlib.dumps(rows, fmt=plistlib.FMT_BINARY), creds, "app.plist")


def tables(name: str, file: str, before: bytes, text: object, after: bytes) -> None:
    """A form of rows: user, id, secret and region, each as `text` writes it."""

    @form(name)
    def make(g: Gen) -> Doc:
        creds: list[Cred] = g.creds(1, 8, 0)
        rows = b"".join(
            before + b"".join(text(v) for v in (g.user(), c.id, c.secret, g.region())) + after  # type: ignore[operator]
            for c in creds
        )
        return Doc(bytes(32) + rows + bytes(32), creds, file)


tables("java-serialized", "s.ser", b"sq\0~\0\2", lambda v: b"t" + struct.pack(">H", len(v)) + v.encode(), b"")
tables("avro", "rows.avro", b"", lambda v: bytes([2 * len(v)]) + v.encode(), b"")
tables("postgres-heap", "16384", bytes(24), lambda v: bytes([(len(v) + 1) << 1 | 1]) + v.encode(), b"\0")
tables("innodb-page", "t.ibd", b"(\x14\5\0\0\x10\0Z" + bytes(19), lambda v: v.encode(), b"\0")
tables("msgpack", "s.bin", b"\x94", lambda v: b"\xd9" + bytes([len(v)]) + v.encode(), b"")
