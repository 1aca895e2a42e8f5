"""Writes the corpus: every form in the clear, some in every encoding, negatives, and the truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Iterator

from . import binaries, code, configs, kinds, lookalikes, negatives, texts, tools  # noqa: F401  (lists)
from .base import FORMS, NEGATIVES, Doc, Form, Gen
from .encodings import ENCODINGS, Encoding

PLAIN = "plain"
RARE_FORMS = ["ini-credentials", "json-minified", "sh-export"]
NEGATIVE_ENCODINGS = [
    "utf16-le",
    "base64-shift0",
    "base64-wrapped-76",
    "base64-gzip",
    "hex-lower",
    "percent",
    "json-string",
    "xml-text",
    "cr-only",
    "in-binary",
]


def plan(per_form: int) -> Iterator[tuple[str, Form, Encoding | None, int]]:
    """Which samples there are: positive or negative, form, encoding, how many."""
    for form in FORMS.values():
        yield "positive", form, None, per_form
        for encoding in ENCODINGS.values():
            if encoding.rare:
                if form.name in RARE_FORMS:
                    yield "positive", form, encoding, 1
            elif form.env if encoding.env_only else form.cross:
                yield "positive", form, encoding, max(1, per_form // 5)
    for form in NEGATIVES.values():
        yield "negative", form, None, 1 if "megabyte" in form.name else per_form
        if form.cross:
            for name in NEGATIVE_ENCODINGS:
                yield "negative", form, ENCODINGS[name], max(1, per_form // 10)


def as_bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def truth_of(doc: Doc, side: str, form: str, encoding: str, file: str) -> dict:
    here = file.rpartition("/")[0]
    return {
        "file": file,
        "side": side,
        "form": form,
        "encoding": encoding,
        "pairs": [c.json() for c in doc.creds],
        "lone_ids": doc.lone_ids,
        "lone_secrets": doc.lone_secrets,
        "further": doc.further,
        "optional_ids": doc.optional_ids,
        "secret_file": f"{here}/{doc.secret_file}" if doc.secret_file else None,
        "optional": doc.optional,
    }


def generate(seed: str, out: Path, per_form: int, forms: list[str], encodings: list[str]) -> int:
    """Fill `out`; returns how many files there are. Each sample has a folder of its own."""
    out.mkdir(parents=True, exist_ok=True)
    files = 0
    with open(out / "truth.jsonl", "w") as truth:
        for side, form, encoding, count in plan(per_form):
            how = encoding.name if encoding else PLAIN
            if (forms and form.name not in forms) or (encodings and how not in encodings):
                continue
            for i in range(count):
                g = Gen(f"{seed}/{side}/{form.name}/{how}/{i}")
                doc = form.make(g)
                folder = out / side / form.name / how / f"{i:03}"
                folder.mkdir(parents=True, exist_ok=True)
                if isinstance(doc.content, dict):
                    contents = {name: as_bytes(c) for name, c in doc.content.items()}
                elif encoding:
                    contents = {doc.name: encoding.apply(g, as_bytes(doc.content).decode())}
                else:
                    contents = {doc.name: as_bytes(doc.content)}
                for name, content in contents.items():
                    (folder / name).write_bytes(content)
                    files += 1
                first = f"{side}/{form.name}/{how}/{i:03}/{next(iter(contents))}"
                line = truth_of(doc, side, form.name, how, first)
                truth.write(json.dumps(line) + "\n")
    return files
