"""Bundles and packs that lie as files: found by content, read as repositories are."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from conftest import Runner, Tree
from creds import Creds, Pair
from gitrepo import Repo


class Past:
    """Five commits, each with a pair of its own in a file that is mostly as it was before."""

    def __init__(self, repo: Repo, creds: Creds, out: Path) -> None:
        self.repo, self.out = repo, out
        self.pairs: list[Pair] = creds.pairs(5)
        filler = "\n".join(creds.hex(60) for _ in range(40))
        self.ids = [
            repo.commit({"app.ini": f"{filler}\n{pair.ini}# {i}\n"}, f"change {i}")
            for i, pair in enumerate(self.pairs)
        ]
        out.mkdir()

    def bundle(self, name: str, *args: str) -> Path:
        path = self.out / name
        self.repo.git("bundle", "create", "-q", *args[:-1], str(path), args[-1])
        return path

    def pack(self, *config: str) -> Path:
        """The one pack of the repository, without an index, under a name of no meaning."""
        self.repo.git(*config, "repack", "-adq")
        [pack] = (self.repo.path / ".git/objects/pack").glob("*.pack")
        path = self.out / "data.bin"
        path.write_bytes(pack.read_bytes())
        return path

    def found(self, result) -> set[int]:
        ids = {f["access_key_id"] for f in result.findings}
        return {i for i, pair in enumerate(self.pairs) if pair.id in ids}


@pytest.fixture
def past(tree: Tree, creds: Creds, tmp_path: Path) -> Past:
    return Past(tree.repo(), creds, tmp_path / "out")


@pytest.mark.parametrize("version", ["2", "3"])
@pytest.mark.parametrize("command", ["scan", "history"])
def test_a_bundle_is_read_like_a_bare_repository(
    run: Runner, past: Past, version: str, command: str
) -> None:
    path = past.bundle("backup.dat", f"--version={version}", "--all")
    result = run(command, path, "--format", "jsonl")
    assert result.status == 1
    assert past.found(result) == {0, 1, 2, 3, 4}
    assert result.summary["complete"]
    brought = {pair.id: commit for pair, commit in zip(past.pairs, past.ids)}
    for finding in result.findings:
        assert finding["location"]["path"] == "app.ini"
        assert finding["git"]["repository"] == str(path)
        assert finding["git"]["first_commit"] == brought[finding["access_key_id"]]


def test_ranges_of_a_bundle_are_understood(run: Runner, past: Past) -> None:
    path = past.bundle("all.bundle", "--all")
    result = run("history", path, "main~2..main", "--format", "jsonl")
    assert past.found(result) == {3, 4}


def test_a_part_is_read_with_the_bundle_that_it_builds_upon(run: Runner, past: Past) -> None:
    """Its deltas stand on objects that are in the other one."""
    part = past.bundle("part.bundle", "main~2..main")
    alone = run("scan", past.out, "--format", "jsonl")
    assert "not in the pack" in str(alone)
    assert not alone.summary["complete"]
    past.repo.git("branch", "older", "main~2")
    past.bundle("full.bundle", "older")
    both = run("scan", past.out, "--format", "jsonl")
    assert past.found(both) == {0, 1, 2, 3, 4}
    assert both.summary["complete"]
    of_part = {f["access_key_id"] for f in both.findings if f["git"]["repository"] == str(part)}
    assert of_part == {past.pairs[i].id for i in (3, 4)}


@pytest.mark.parametrize("offsets", ["true", "false"])
def test_a_pack_without_index_and_name_is_read(
    run: Runner, past: Past, offsets: str
) -> None:
    path = past.pack("-c", f"repack.useDeltaBaseOffset={offsets}")
    for command in ("scan", "history"):
        result = run(command, path, "--format", "jsonl")
        assert past.found(result) == {0, 1, 2, 3, 4}
        assert result.summary["complete"]
        assert {f["git"]["first_commit"] for f in result.findings} == set(past.ids)
        assert {f["git"]["at_head"] for f in result.findings} == {None}


def test_a_cut_pack_gives_what_is_whole_and_says_so(run: Runner, past: Past) -> None:
    path = past.pack()
    path.write_bytes(path.read_bytes()[:-60])
    result = run("scan", path, "--format", "jsonl")
    assert "cut off" in str(result)
    assert not result.summary["complete"]
    assert result.findings


def test_a_cut_head_of_a_bundle_is_told(run: Runner, past: Past) -> None:
    path = past.bundle("all.bundle", "--all")
    path.write_bytes(path.read_bytes()[:40])
    result = run("scan", past.out)
    assert result.status == 2
    assert "its head is cut off" in str(result)


def test_other_hashes_and_capabilities_are_refused_by_name(
    run: Runner, tmp_path: Path
) -> None:
    refused = {
        b"@object-format=sha256": "another hash than SHA-1",
        b"ab" * 32 + b" refs/heads/main": "another hash than SHA-1",
        b"@made-up": "something that is not known",
    }
    for line, why in refused.items():
        path = tmp_path / "x.bundle"
        path.write_bytes(b"# v3 git bundle\n" + line + b"\n\nPACK")
        result = run("scan", path)
        assert result.status == 2
        assert why in str(result)


def test_what_lies_inside_of_archives_or_history_is_named(
    run: Runner, past: Past, tree: Tree
) -> None:
    path = past.bundle("in.bundle", "--all")
    with tarfile.open(past.out / "a.tar", "w") as tar:
        tar.add(path, "in.bundle")
    other = tree.repo("other")
    commit = other.commit({"in.bundle": path.read_bytes()})
    path.unlink()
    result = run("scan", past.out / "a.tar")
    assert result.status == 2
    assert "a.tar!in.bundle: a bundle or pack of git" in result.stderr_line()
    result = run("history", other.path)
    assert result.status == 2
    assert other.git("rev-parse", f"{commit}:in.bundle") in result.stderr_line()


def test_no_history_leaves_bundles_alone(run: Runner, past: Past) -> None:
    past.bundle("all.bundle", "--all")
    result = run("scan", past.out, "--no-history", "--format", "jsonl")
    assert result.summary["repositories"] == 0
