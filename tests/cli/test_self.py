"""This repository itself: no credential stands in it, and no test stands on another."""

import re
import subprocess

import pytest

from conftest import ROOT, Runner


def test_this_repositorys_files_hold_no_credential(run: Runner):
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, check=False
    )
    if listed.returncode or not listed.stdout:
        pytest.skip("not a work tree of git")
    names = b"".join(bytes(ROOT) + b"/" + n + b"\0" for n in listed.stdout.split(b"\0") if n)
    result = run("scan", "-0", "--files-from", "-", "--format", "jsonl", stdin=names)
    assert result.findings == [] and result.status == 0, result


def test_no_test_is_imported_by_another():
    """What tests share stands in modules that are no tests, so that one may change or go alone."""
    files = sorted((ROOT / "tests" / "cli").glob("*.py"))
    assert len(files) > 50
    for file in files:
        found = re.findall(r"^\s*(?:from|import)\s+test_\w+", file.read_text(), re.MULTILINE)
        assert not found, (file.name, found)
