"""How programs and people write pairs down that no label or quote sets apart; through the program."""

from __future__ import annotations

import base64
import json
import pickle
import plistlib
import sqlite3
import struct
import textwrap
from pathlib import Path
from typing import Callable

import pytest

from conftest import Runner, Tree
from creds import Creds, Pair
from scanned import expect_pairs, scan_text

Pairs = list[Pair]


def each(template: str) -> Callable[[Pairs], str]:
    """The template for each pair, with I for its id and S for its secret in brackets."""
    return lambda pairs: "".join(
        template.replace("<I>", p.id).replace("<S>", p.secret).replace("<N>", str(i))
        for i, p in enumerate(pairs)
    )


def far_apart(pairs: Pairs) -> str:
    """The secret at the end of a long block, right in front of the next one's id."""
    filler = "".join(f"  option{i}: true\n" for i in range(80))
    return "".join(
        f"account{i}:\n  aws_access_key_id: {p.id}\n{filler}  aws_secret_access_key: {p.secret}\n"
        for i, p in enumerate(pairs)
    )


def consul(pairs: Pairs) -> str:
    def entry(key: str, value: str) -> dict:
        return {"key": key, "flags": 0, "value": base64.b64encode(value.encode()).decode()}

    return json.dumps(
        [
            x
            for i, p in enumerate(pairs)
            for x in (entry(f"app{i}/aws_id", p.id), entry(f"app{i}/aws_secret_key", p.secret))
        ],
        indent=4,
    )


TEXTS: dict[str, Callable[[Pairs], str]] = {
    "patch, bare": each("+<I>\n+<S>\n \n"),
    "patch, taken out": each("-<I>\n-<S>\n \n"),
    "patch of a merge": each("++<I>\n++<S>\n  \n"),
    "word diff": each("id = {+<I>+}\nkey = {+<S>+}\n\n"),
    "org table": each("| user | =<I>= | =<S>= |\n"),
    "latex": each("\\texttt{<I>} & \\texttt{<S>} \\\\\n"),
    "confluence": each("||user|{{<I>}}|{{<S>}}|\n"),
    "id-secret": each("<I>-<S>\n"),
    "id.secret": each("<I>.<S>\n"),
    "id_secret": each("<I>_<S>\n"),
    "a sign behind": each("<I> <S>=\n"),
    "ssm parameters": each(
        '{"Name":"/p<N>/access_key_id","Type":"String","Value":"<I>"},\n'
        '{"Name":"/p<N>/secret_access_key","Type":"SecureString","Value":"<S>","Version":1},\n'
    ),
    "dynamodb": each('{"accessKey":{"S":"<I>"},"secretKey":{"S":"<S>"},"n":{"N":"1"}}\n'),
    "consul": consul,
    "blocks": far_apart,
    "mail quotes base64": lambda ps: "".join(
        f"> {line}\n"
        for line in textwrap.wrap(base64.b64encode("".join(p.ini for p in ps).encode()).decode(), 64)
    ),
    "patch of base64": lambda ps: "".join(
        f"+{line}\n"
        for line in textwrap.wrap(base64.b64encode("".join(p.ini for p in ps).encode()).decode(), 76)
    ),
}


@pytest.mark.parametrize("form", TEXTS)
@pytest.mark.parametrize("n", [1, 6])
def test_text(run: Runner, tree: Tree, creds: Creds, form: str, n: int):
    signs = [creds.secret(first="+"), creds.secret(last="/")]
    pairs = creds.pairs(n - 1) + [creds.pair(secret=signs[n % 2])]
    expect_pairs(scan_text(run, tree, TEXTS[form](pairs)), pairs)


def test_an_id_and_a_slash(run: Runner, tree: Tree, creds: Creds):
    pairs = [creds.pair(secret=creds.secret(first=first)) for first in ("", "/", "+")]
    for i, pair in enumerate(pairs):
        tree.write(f"d/{i}", f"{pair.id}/{pair.secret}\n")
    expect_pairs(run.scan("--show-secrets", "d"), pairs)


JOINTS = {
    "sql": ("'", "' || '", "'"),
    "python bytes": ("b'", "' b'", "'"),
    "shell": ("'", "''", "'"),
    "shell, two quotes": ("\"", "\"'", "'"),
    "elixir": ('"', '" <> "', '"'),
    "jinja": ('"', '" ~ "', '"'),
    "append": ('new StringBuilder("', '").append("', '").toString()'),
    "concat": ("'", "'.concat('", "')"),
    "c, a line cut": ('"', "\\\n", '"'),
}


@pytest.mark.parametrize("joint", JOINTS)
@pytest.mark.parametrize("at", [4, 7, 16])
def test_joined(run: Runner, tree: Tree, creds: Creds, joint: str, at: int):
    first, middle, last = JOINTS[joint]
    pairs = creds.pairs(3)
    text = "".join(
        f"{name} = {first}{value[:at]}{middle}{value[at:]}{last}\n"
        for p in pairs
        for name, value in (("accessKey", p.id), ("secretKey", p.secret))
    )
    expect_pairs(scan_text(run, tree, text), pairs)


@pytest.mark.parametrize(
    "text",
    [
        "<I><S>",  # no text has them so
        "<I>-x<S>",
        "<I> -x-<S>",
        "<I> a+<S>",
        "+<I>\n+++<S>",
        "<I> <S>=x",
        '<I> <S>="value"',
        '{"name":"digest","value":{"sha1":"x"},"<I>":1,"hash":{"value":"<S>"}}',
    ],
)
def test_text_without_a_pair(run: Runner, tree: Tree, creds: Creds, text: str):
    pair = creds.pair(secret=creds.plain_secret())
    result = scan_text(run, tree, each(text)([pair]))
    assert not result.by_rule("aws-key-pair"), result


# --- binaries ---


def database(path: Path, columns: str, rows: list[tuple]) -> bytes:
    with sqlite3.connect(path) as base:
        base.execute(f"create table t({columns})")
        base.executemany(f"insert into t values({','.join('?' * len(rows[0]))})", rows)
    base.close()
    return path.read_bytes()


SQLITE = {
    "id and secret": ("user, id, secret", lambda i, p: [(f"u{i}", p.id, p.secret)]),
    "secret first": ("user, secret, id, at", lambda i, p: [("ab", p.secret, p.id, "2024-01-01")]),
    "apart": ("id, region, secret, b", lambda i, p: [(p.id, "eu-west-1", p.secret, "bucket")]),
    "numbers between": ("a, id, n, secret", lambda i, p: [(i, p.id, 70000 * i, p.secret)]),
    "names and values": (
        "k, v",
        lambda i, p: [(f"{i}_aws_access_key_id", p.id), (f"{i}_aws_secret_access_key", p.secret)],
    ),
    "an index": ("id text unique, secret", lambda i, p: [(p.id, p.secret)]),
}


@pytest.mark.parametrize("form", SQLITE)
@pytest.mark.parametrize("n", [1, 9])
def test_sqlite(run: Runner, tree: Tree, creds: Creds, tmp_path: Path, form: str, n: int):
    columns, rows_of = SQLITE[form]
    pairs = [creds.pair(secret=creds.secret(first=c)) for c in ("/+" + "a" * n)[:n]]
    rows = [row for i, pair in enumerate(pairs) for row in rows_of(i, pair)]
    result = scan_text(run, tree, database(tmp_path / "base", columns, rows))
    found = {(f["access_key_id"], f["secret_access_key"]) for f in result.by_rule("aws-key-pair")}
    assert found == {(p.id, p.secret) for p in pairs}, result


def java(pairs: Pairs) -> bytes:
    """java.io.ObjectOutputStream of maps: a tag, two bytes of length, the text, the next tag."""

    def text(value: str) -> bytes:
        return b"t" + struct.pack(">H", len(value)) + value.encode()

    items = b"".join(
        text("accessKey") + text(p.id) + text("secretKey") + text(p.secret) + b"sq\0~\0\2"
        for p in pairs
    )
    return b"\xac\xed\0\5sr\0\x13java.util.ArrayList" + items


def avro(pairs: Pairs) -> bytes:
    """Blocks of rows without a codec: each text behind twice its length."""

    def text(value: str) -> bytes:
        return bytes([2 * len(value)]) + value.encode()

    rows = b"".join(text("ops") + text(p.id) + text(p.secret) + text("eu-west-1") for p in pairs)
    return b"Obj\x01\x04\x14avro.codec\x08null\0" + bytes(16) + rows + bytes(16)


def postgres(pairs: Pairs) -> bytes:
    """Tuples of a heap page: short varlena, whose first byte counts itself, shifted."""

    def text(value: str) -> bytes:
        return bytes([(len(value) + 1) << 1 | 1]) + value.encode()

    header = struct.pack("<IIIHHHHHB", 731, 0, 0, 0, 0, 1, 4, 0x0902, 24) + b"\0"
    return b"".join(header + text("ops") + text(p.id) + text(p.secret) + text("x") for p in pairs)


def innodb(pairs: Pairs) -> bytes:
    """Compact records: the lengths, last column first, five bytes, row and transaction, columns."""
    head = bytes([40, 20, 3, 0, 0, 0, 16, 0, 90, 0x80, 0, 0, 1]) + bytes(13)
    return bytes(120) + b"".join(head + b"ops" + (p.id + p.secret).encode() for p in pairs)


def rust(pairs: Pairs) -> bytes:
    """Literals in .rodata, without anything between them."""
    return bytes(64) + b"".join(
        b"us" + (p.id + p.secret).encode() + b"us-east-1/rustc/src\0\0" for p in pairs
    )


def ruby(pairs: Pairs) -> bytes:
    def text(value: str) -> bytes:
        return b'I"' + bytes([len(value) + 5]) + value.encode() + b"\x06:\x06ET"

    rows = b"".join(b"{\x07;\x06" + text(p.id) + b";\x07" + text(p.secret) for p in pairs)
    return b"\x04\x08[" + bytes([len(pairs) + 5]) + rows


def dotnet(pairs: Pairs) -> bytes:
    """The heap of user strings of an assembly: a length, UTF-16, a 0 or 1."""

    def text(value: str) -> bytes:
        return bytes([2 * len(value) + 1]) + value.encode("utf-16-le") + b"\0"

    return b"\0" + b"".join(text("eu-west-1") + text(p.id) + text(p.secret) for p in pairs)


BINARIES: dict[str, Callable[[Pairs], bytes]] = {
    "java": java,
    "avro": avro,
    "postgres": postgres,
    "innodb": innodb,
    "rust": rust,
    "ruby": ruby,
    "dotnet": dotnet,
    "plist": lambda ps: plistlib.dumps(
        [{"key": p.id, "region": "x", "secret": p.secret, "zone": "eu"} for p in ps],
        fmt=plistlib.FMT_BINARY,
    ),
    **{
        f"pickle {protocol}": lambda ps, protocol=protocol: pickle.dumps(
            [{"access_key_id": p.id, "secret_access_key": p.secret, "n": 1} for p in ps], protocol
        )
        for protocol in range(1, 6)
    },
}


@pytest.mark.parametrize("form", BINARIES)
@pytest.mark.parametrize("n", [1, 5])
def test_binary(run: Runner, tree: Tree, creds: Creds, form: str, n: int):
    pairs = [creds.pair(secret=creds.secret(first=c)) for c in ("/+" + "a" * n)[:n]]
    expect_pairs(scan_text(run, tree, BINARIES[form](pairs)), pairs)


def test_a_binary_over_the_seams_of_pieces(run: Runner, tree: Tree, creds: Creds):
    """Found once and alike, wherever a piece ends, and by any number of threads."""
    pairs = creds.pairs(60)
    data = bytearray(b"\0\1\2\3" * (1 << 19))
    for i, pair in enumerate(pairs):
        at = (i // 15 + 1) * (1 << 19) - 900 + (i % 15) * 120
        data[at : at + 69] = b"\0\x14" + pair.id.encode() + b"t\0(" + pair.secret.encode() + b"sq\0~"
    tree.write("f", bytes(data))
    results = [run.scan("--show-secrets", "-j", str(n), "f") for n in (1, 2, 5)]
    expect_pairs(results[0], pairs)
    assert len({r.stdout for r in results}) == 1


def test_a_blob_in_a_binary(run: Runner, tree: Tree, creds: Creds):
    for i in range(12):
        pair, around = creds.pair(), creds.base64_run(400)
        at = i * 7
        text = around[:at] + pair.id + around[at : at + 100 - i * 2]
        tree.write(f"d/{i}", b"\0\1" + text.encode() + b"\0\2")
    assert run.scan("d").findings == []
