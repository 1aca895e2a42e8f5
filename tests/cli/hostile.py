"""Names that mean harm to whoever shows them, and what no output may hold."""

from __future__ import annotations

import os
import re

from conftest import Tree
from creds import Creds, Pair

HOSTILE = [
    "quo\"te's",
    "line\nend\r\n",
    "=cmd|'calc'!A1",
    "</script><script>alert(1)</script>",
    "]]>&amp;<!--",
    "esc\x1b[31m\x9b\x07",
    "%0A::error::x,y:z",
    "back\\slash",
    b"latin\xe9\xff",
    "sp ace#?&",
    "ключ🔑",
    "-flag",
    "\u202etxt",
]  # fmt: skip
# Control characters of ASCII but for the line's end, and those of Latin-1 in UTF-8.
CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")


def check_clean(output: bytes) -> None:
    found = CONTROL.search(output)
    assert not found, f"raw {found.group()!r} in {output[max(0, found.start() - 40):][:80]!r}"
    assert "\u202e".encode() not in output


def fill(tree: Tree, creds: Creds) -> list[Pair]:
    """Hostile names, every kind of finding, history, errors. Gives the pairs."""
    pairs = []
    for name in HOSTILE:
        pairs.append(creds.pair())
        tree.write(b"t/" + os.fsencode(name), f"# é🔑\n\t{pairs[-1].line}\n")
    pairs.append(creds.session())
    tree.write("t/session", pairs[-1].ini)
    tree.write("t/lone", f"{creds.key_id()}\n" * 3)
    pairs.append(Pair("", creds.secret(), None))
    tree.write("t/alone", f"aws_secret_access_key = {pairs[-1].secret}\n")
    repo = tree.repo("t/repo")
    pairs += creds.pairs(2)
    repo.commit({"gone": pairs[-2].ini, "kept": pairs[-1].ini})
    repo.commit({"gone": None})
    return pairs
