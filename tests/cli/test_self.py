"""No credential stands in this repository: the program says so itself."""

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
