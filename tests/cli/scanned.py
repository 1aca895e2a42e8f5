"""One text scanned, and its pairs: what the tests of the detector share."""

from __future__ import annotations

from conftest import Result, Runner, Tree
from creds import Pair


def scan_text(run: Runner, tree: Tree, text: str | bytes, *args: str) -> Result:
    tree.write("f", text)
    return run.scan("--show-secrets", *args, "f")


def pairs_of(result: Result) -> list[tuple[str, str]]:
    return [(f["access_key_id"], f["secret_access_key"]) for f in result.by_rule("aws-key-pair")]


def expect_pairs(result: Result, pairs: list[Pair]) -> None:
    """Exactly these pairs, in any order, and nothing else."""
    assert sorted(pairs_of(result)) == sorted((p.id, p.secret) for p in pairs), result
    assert len(result.findings) == len(pairs), result
    assert result.status == 1
