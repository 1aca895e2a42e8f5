"""Of a list of credentials some lack a half: the halves that are left are no pair."""

from __future__ import annotations

import base64
import json
import urllib.parse
from typing import Callable

import pytest

from conftest import Runner, Tree
from creds import Creds
from scanned import pairs_of, scan_text

# What a record has: both halves, the id, the secret.
KEPT = ["both", "id", "secret", "both", "secret", "id", "id", "both", "secret", "secret", "both"]

Record = tuple[str | None, str | None]


def lines(*of: str | None) -> str:
    return "".join(f"{line}\n" for line in of if line)


def joined(record: Callable[[int, str | None, str | None], str], head: str = "", tail: str = ""):
    return lambda records: (
        head + "".join(record(i, a, b) for i, (a, b) in enumerate(records)) + tail
    )


def value(label: str, part: str | None, text: str = "{}: {}") -> str | None:
    return text.format(label, part) if part else None


def encoded(part: str | None) -> str | None:
    return base64.b64encode(part.encode()).decode() if part else None


def objects(records: list[Record], indent: int | None) -> str:
    keys = ("secretAccessKey", "region", "accessKeyId")
    return json.dumps([dict(zip(keys, (b, "x", a))) for a, b in records], indent=indent)


LISTS: dict[str, Callable[[list[Record]], str]] = {
    "csv": joined(lambda i, a, b: f"u{i},{a or ''},{b or ''},x\n", "user,key,secret,region\n"),
    "csv, secret first": joined(lambda i, a, b: f"u{i},{b or ''},{a or ''},x\n"),
    "markdown": joined(lambda i, a, b: f"| u{i} | {a or ''} | {b or ''} |\n", "|u|k|s|\n|-|-|-|\n"),
    "sql": joined(
        lambda i, a, b: f"INSERT INTO t VALUES ({i},{a and repr(a) or 'NULL'},"
        f"{b and repr(b) or 'NULL'},'x');\n"
    ),
    "json": lambda records: objects(records, None),
    "json, indented": lambda records: objects(records, 2),
    "json, nested": lambda records: json.dumps(
        {f"a{i}": {"aws": {"keys": {"id": a, "secret": b}}} for i, (a, b) in enumerate(records)}
    ),
    "json, others' tokens": lambda records: json.dumps(
        [
            {"accessKeyId": a, "secretAccessKey": b, "deploy": "Zz9/" * 9 + f"{i:04}"}
            for i, (a, b) in enumerate(records)
        ],
        indent=1,
    ),
    "yaml": joined(
        lambda i, a, b: lines(
            f"  a{i}:", value("    access_key", a), "    z: 1", value("    secret_key", b)
        ),
        "accounts:\n",
    ),
    "yaml, a list": joined(
        lambda i, a, b: lines(f"  - z: {i}", value("    secret_key", b), value("    access_key", a)),
        "accounts:\n",
    ),
    "yaml, halves first": joined(
        lambda i, a, b: lines(
            value("  - access_key", a, "{}: {}") or "  - z: 1", value("    secret_key", b), "    y: 1"
        ),
        "accounts:\n",
    ),
    "xml": joined(
        lambda i, a, b: lines(
            "  <key>",
            value("AccessKeyId", a, "    <{0}>{1}</{0}>"),
            value("SecretAccessKey", b, "    <{0}>{1}</{0}>"),
            "  </key>",
        ),
        "<keys>\n",
        "</keys>\n",
    ),
    "terraform": joined(
        lambda i, a, b: lines(
            f'provider "aws" {{\n  alias = "a{i}"',
            value("access_key", a, '  {} = "{}"'),
            value("secret_key", b, '  {} = "{}"'),
            "}",
        )
    ),
    "kubernetes": joined(
        lambda i, a, b: lines(
            f"---\nkind: Secret\nmetadata:\n  name: s{i}\ndata:",
            value("  access-key", encoded(a)),
            value("  secret-key", encoded(b)),
        )
    ),
    "environment": joined(
        lambda i, a, b: lines(
            value(f"APP{i}_AWS_ACCESS_KEY_ID", a, "{}={}"),
            value(f"APP{i}_AWS_SECRET_ACCESS_KEY", b, "{}={}"),
        )
    ),
}


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("turn", range(3))
def test_halves_stay_halves(run: Runner, tree: Tree, creds: Creds, kind: str, turn: int):
    pairs = creds.pairs(len(KEPT))
    kept = KEPT[turn * 3 :] + KEPT[: turn * 3]
    records = [
        (None if k == "secret" else p.id, None if k == "id" else p.secret)
        for k, p in zip(kept, pairs)
    ]
    result = scan_text(run, tree, LISTS[kind](records))
    whole = [(p.id, p.secret) for k, p in zip(kept, pairs) if k == "both"]
    assert sorted(pairs_of(result)) == sorted(whole), result
    lone = {f["access_key_id"] for f in result.by_rule("aws-access-key-id")}
    assert lone == {p.id for k, p in zip(kept, pairs) if k == "id"}, result


def test_one_record_written_in_another_way(run: Runner, tree: Tree, creds: Creds):
    """Names in two objects pair where no record shows that they belong into one."""
    one, two = creds.pairs(2)
    text = json.dumps(
        {
            "s3": {"accessKeyId": one.id, "secretAccessKey": one.secret},
            "env": [
                {"name": "AWS_ACCESS_KEY_ID", "value": two.id},
                {"name": "AWS_SECRET_ACCESS_KEY", "value": two.secret},
            ],
        },
        indent=2,
    )
    assert sorted(pairs_of(scan_text(run, tree, text))) == sorted(
        (p.id, p.secret) for p in (one, two)
    )


def test_lines_of_a_shell_beside_one_line(run: Runner, tree: Tree, creds: Creds):
    one, two = creds.pairs(2)
    text = f"{one.line} aws s3 ls\nls -la\n{two.env}aws s3 ls\n{one.line} aws sts get-caller-identity\n"
    found = pairs_of(scan_text(run, tree, text))
    assert sorted(set(found)) == sorted((p.id, p.secret) for p in (one, two))


def test_pairs_in_one_line_of_which_some_have_names(run: Runner, tree: Tree, creds: Creds):
    """A row of a table has columns and no names; a note that was encoded is one line, and no row."""
    pairs = creds.pairs(40)
    for i in range(0, 40, 2):
        one, two = pairs[i : i + 2]
        note = (
            f"media-ingest, see below\nAccess key ID: {one.id}\nSecret access key: {one.secret}\n\n"
            f"dave\nAWS Access Key: {two.id}\nAWS Secret: {two.secret}\n\nRotated last quarter; off by now.\n"
        )
        tree.write(f"notes/{i}", "data:text/plain," + urllib.parse.quote(note, safe=""))
    result = run.scan("--show-secrets", "notes")
    found = {(f["access_key_id"], f["secret_access_key"]) for f in result.findings}
    assert found == {(p.id, p.secret) for p in pairs}, result
