"""A small corpus of tests/bench/detect.py, with seeds of its own: what must hold for each seed.

`make bench-detect` prints the same for a large corpus, with each miss by form and encoding.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from conftest import PROGRAM, ROOT

sys.path.insert(0, str(ROOT / "tests" / "bench"))

from corpus.compare import compare  # noqa: E402
from corpus.write import generate  # noqa: E402

SEEDS = ["20317", "88164"]
PER_FORM = 3
LEAST_PLAIN_PAIRS = 0.99  # forms in the clear
LEAST_PAIRS = 0.98  # over all encodings
MOST_WRONG_PAIRS = 0
MOST_FALSE_POSITIVES = 0


@pytest.mark.parametrize("seed", SEEDS)
def test_recall_and_false_positives(tmp_path: Path, seed: str):
    generate(seed, tmp_path / "corpus", PER_FORM, [], [])
    result = compare(Path(PROGRAM), tmp_path / "corpus")
    assert not result.failed, result.failed
    text = result.text()
    assert result.wrong <= MOST_WRONG_PAIRS, text
    assert result.false_positives <= MOST_FALSE_POSITIVES, text
    assert result.recall("pairs", plain_only=True) >= LEAST_PLAIN_PAIRS, text
    assert result.recall("pairs") >= LEAST_PAIRS, text


def test_a_corpus_depends_on_its_seed_alone(tmp_path: Path):
    for name in ("a", "b", "c"):
        generate("7" if name != "c" else "8", tmp_path / name, 1, [], ["plain", "base64-gzip"])
    a, b, c = (
        {
            str(p.relative_to(tmp_path / n)): p.read_bytes()
            for p in (tmp_path / n).rglob("*")
            if p.is_file()
        }
        for n in ("a", "b", "c")
    )
    assert a == b
    assert a["truth.jsonl"] != c["truth.jsonl"]


def test_every_truth_stands_in_its_file(tmp_path: Path):
    """Forms whose text is not escaped hold what their truth says, letter by letter."""
    corpus = tmp_path / "corpus"
    generate("3", corpus, 2, [], ["plain"])
    escaped = {
        "concatenation",
        "s3-url",
        "url-query",
        "json-escaped-slashes",
        "html-table",
        "mail-quoted-printable",
        "mail-base64",
        "slack-export",
        "line-continuation",
        "codecommit-url",
    }
    for line in open(corpus / "truth.jsonl", encoding="utf-8"):
        t = json.loads(line)
        if t["form"] in escaped or t["form"].startswith("k8s") or "base64" in t["form"]:
            continue
        text = (corpus / t["file"]).read_bytes()
        if t["secret_file"]:
            text += (corpus / t["secret_file"]).read_bytes()
        values = [v for p in t["pairs"] for v in p.values() if v]
        for value in values + t["lone_ids"] + t["lone_secrets"]:
            assert value.encode() in text, (t["file"], value)
