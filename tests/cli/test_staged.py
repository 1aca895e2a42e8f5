"""leaktrawl staged: what a commit would bring in, compared with HEAD by credential."""

from __future__ import annotations

import gzip
import subprocess
from pathlib import Path
from typing import Callable

import pytest

from archives import tar
from conftest import PROGRAM, Result, Runner, Tree
from creds import Creds
from gitrepo import Repo, git_environment


@pytest.fixture
def repo(tree: Tree) -> Repo:
    repo = tree.repo()
    repo.commit({"README": "nothing here\n", "deep/er/file": "1\n", "deep/other": "2\n"})
    return repo


def staged(run: Runner, repo: Repo, *args: str, **options) -> Result:
    return run("staged", "--format", "jsonl", *args, cwd=repo.path, **options)


def add(repo: Repo, name: str, content: str | bytes) -> None:
    repo.write(name, content)
    repo.git("add", "-f", "--", name)


def test_a_new_file(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    add(repo, "deep/er/aws.ini", "[default]\n" + pair.ini)
    result = staged(run, repo)
    assert result.status == 1
    assert result.stderr == b""
    [finding] = result.findings
    assert finding["access_key_id"] == pair.id
    assert finding["location"]["path"] == "deep/er/aws.ini"
    assert finding["location"]["line"] == 2
    assert finding["git"]["blob"] == repo.git("rev-parse", ":deep/er/aws.ini")
    assert result.summary["blobs"] == 1


def test_the_index_counts_and_not_the_work_tree(run: Runner, repo: Repo, creds: Creds):
    index, tree = creds.pairs(2)
    add(repo, "a.ini", index.ini)
    repo.write("a.ini", tree.ini)
    repo.write("untracked.ini", tree.ini)
    assert staged(run, repo).ids == [index.id]


def test_what_stood_there_before_is_not_reported(run: Runner, repo: Repo, creds: Creds):
    old, new = creds.pairs(2)
    repo.commit({"a.ini": old.ini, "gone.ini": creds.pair().ini, "d/x": old.ini})
    text = (repo.path / "gone.ini").read_text()
    add(repo, "a.ini", "# more\n" + old.ini + new.ini)
    repo.git("mv", "gone.ini", "deep/moved.ini")
    repo.git("rm", "-rq", "d")
    result = staged(run, repo)
    assert text and result.ids == [new.id]


def test_only_the_secret_changed(run: Runner, repo: Repo, creds: Creds):
    old = creds.pair()
    secret = creds.secret()
    repo.commit({"a.ini": old.ini})
    add(repo, "a.ini", old.ini.replace(old.secret, secret))
    result = staged(run, repo, "--show-secrets")
    [finding] = result.findings
    assert (finding["access_key_id"], finding["secret_access_key"]) == (old.id, secret)


def test_an_unchanged_half_of_a_pair_is_nothing_new(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    repo.commit({"a.ini": pair.ini})
    add(repo, "a.ini", pair.ini.splitlines()[0] + "\n")
    assert staged(run, repo).status == 0


def test_only_removals(run: Runner, repo: Repo, creds: Creds):
    repo.commit({"a.ini": creds.pair().ini})
    repo.git("rm", "-q", "a.ini")
    result = run("staged", cwd=repo.path)
    assert result.status == 0
    assert "1 file is staged for removal" in result.stderr_line()


def test_nothing_staged_is_said(run: Runner, repo: Repo, creds: Creds):
    repo.write("untracked.ini", creds.pair().ini)
    result = run("staged", cwd=repo.path)
    assert result.status == 0
    assert "no new content is staged: 0 bytes" in result.stderr_line()
    assert run("staged", "--allow-empty", cwd=repo.path).stderr == b""


def test_before_the_first_commit(run: Runner, tree: Tree, creds: Creds):
    repo, pair = tree.repo("new"), creds.pair()
    assert staged(run, repo).status == 0
    add(repo, "a.ini", pair.ini)
    assert staged(run, repo).ids == [pair.id]


def test_from_a_folder_inside_and_by_name(run: Runner, tree: Tree, repo: Repo, creds: Creds):
    pair = creds.pair()
    add(repo, "a.ini", pair.ini)
    assert run("staged", "-f", "jsonl", cwd=repo.path / "deep/er").ids == [pair.id]
    assert run("staged", "-f", "jsonl", "repo").ids == [pair.id]
    result = run("staged", "/")
    assert result.status == 2
    assert "not a git repository" in result.stderr_line()


def test_a_linked_work_tree(run: Runner, tree: Tree, repo: Repo, creds: Creds):
    main, linked = creds.pairs(2)
    add(repo, "a.ini", main.ini)
    repo.git("worktree", "add", "-q", "-b", "linked", str(tree / "linked"))
    other = Repo(tree / "linked", create=False)
    add(other, "b.ini", linked.ini)
    assert staged(run, other).ids == [linked.id]
    assert staged(run, repo).ids == [main.id]


def test_the_intent_to_add(run: Runner, repo: Repo, creds: Creds):
    repo.write("a.ini", creds.pair().ini)
    repo.git("add", "--intent-to-add", "a.ini")
    assert staged(run, repo).status == 0


def test_a_merge_conflict(run: Runner, repo: Repo, creds: Creds):
    ours, theirs = creds.pairs(2)
    repo.git("checkout", "-q", "-b", "side")
    repo.commit({"README": theirs.ini})
    repo.git("checkout", "-q", "main")
    repo.commit({"README": ours.ini})
    with pytest.raises(AssertionError):
        repo.git("merge", "-q", "side")
    assert staged(run, repo).ids == []  # a commit of the other side holds it already


def test_archives_are_opened(run: Runner, repo: Repo, creds: Creds):
    old, new = creds.pairs(2)
    repo.commit({"a.tgz": tar({"conf/f": old.ini.encode()}, "w:gz")})
    repo.write("a.tgz", tar({"conf/f": (old.ini + new.ini).encode()}, "w:gz"))
    repo.write("b.gz", gzip.compress(b"nothing"))
    repo.git("add", "-A")
    result = staged(run, repo)
    assert result.ids == [new.id], "what stood in it before is nothing new"
    assert result.findings[0]["location"]["path"] == "a.tgz!conf/f"
    assert (result.summary["blobs"], result.summary["files"]) == (2, 0)
    assert result.summary["archives"] >= 2
    closed = run("staged", "--format", "jsonl", "--archive-depth", "0", cwd=repo.path)
    assert (closed.status, closed.ids) == (0, [])


@pytest.mark.parametrize("folder", ["", "a/b/"])
def test_a_merge_brings_in_what_no_side_has(
    run: Runner, repo: Repo, creds: Creds, folder: str
):
    known, changed, new = creds.pairs(3)
    repo.git("checkout", "-q", "-b", "side")
    repo.commit({f"{folder}known": known.ini, "README": f"theirs\n{changed.ini}"})
    repo.git("checkout", "-q", "main")
    repo.commit({"README": "ours\n"})
    with pytest.raises(AssertionError):
        repo.git("merge", "-q", "side")
    # The conflict is resolved, and something is slipped in.
    repo.write("README", f"both\n{changed.ini}")
    repo.write(f"{folder}known", known.ini + new.ini)
    repo.git("add", "-A")
    assert staged(run, repo).ids == [new.id]
    repo.git("update-ref", "-d", "MERGE_HEAD")
    assert sorted(staged(run, repo).ids) == sorted([known.id, changed.id, new.id])


@pytest.mark.parametrize("text", ["", "nonsense\n", "0" * 40 + "\n", "f" * 40 + "\n" + "x" * 100_000])
def test_a_merge_head_that_is_none(run: Runner, repo: Repo, creds: Creds, text: str):
    pair = creds.pair()
    repo.write("a.ini", pair.ini)
    repo.git("add", "a.ini")
    (repo.path / ".git/MERGE_HEAD").write_text(text)
    assert staged(run, repo).ids == [pair.id]


def test_an_index_of_version_4_and_one_without_cached_trees(
    run: Runner, repo: Repo, creds: Creds
):
    pair = creds.pair()
    repo.commit({f"d{i}/e{i}/file{i}": f"{i}\n" for i in range(20)})
    add(repo, "d7/e7/aws.ini", pair.ini)
    for args in (["update-index", "--index-version", "4"], ["update-index", "--index-version", "3"]):
        repo.git(*args)
        assert staged(run, repo).ids == [pair.id]
    entries = repo.git("ls-files", "-s")
    (repo.path / ".git/index").unlink()
    repo.git("update-index", "--index-info", stdin=entries.encode() + b"\n")
    result = staged(run, repo)
    assert result.ids == [pair.id]
    assert result.summary["blobs"] == 1


def test_packed_objects_and_alternates(run: Runner, tree: Tree, repo: Repo, creds: Creds):
    pair, other = creds.pairs(2)
    repo.commit({"a.ini": pair.ini})
    repo.git("repack", "-adq")
    repo.git("clone", "-q", "--shared", str(repo.path), str(tree / "shared"))
    shared = Repo(tree / "shared", create=False)
    add(shared, "a.ini", pair.ini + other.ini)
    assert staged(run, shared).ids == [other.id]


def test_a_missing_object_is_no_pass(run: Runner, repo: Repo):
    add(repo, "a", "about to vanish\n")
    name = repo.git("rev-parse", ":a")
    (repo.path / ".git/objects" / name[:2] / name[2:]).unlink()
    result = staged(run, repo)
    assert result.status == 2
    assert name in result.errors[0]["message"]


@pytest.mark.parametrize("cut", [0, 11, 40, 100, 200])
def test_a_damaged_index(run: Runner, repo: Repo, cut: int):
    index = repo.path / ".git/index"
    index.write_bytes(index.read_bytes()[:cut])
    result = run("staged", cwd=repo.path)
    assert result.status == 2
    assert "index" in result.stderr_line()


def test_a_hook_of_git(run: Runner, repo: Repo, creds: Creds):
    """git commit -a, and git commit FILE, name an index of their own in a variable."""
    pair = creds.pair()
    hook = repo.path / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {PROGRAM} staged\n")
    hook.chmod(0o755)
    repo.write("README", pair.ini)
    for args in (["-a"], ["README"]):
        done = commit(repo, *args)
        assert done.returncode == 1
        assert pair.id.encode() in done.stdout + done.stderr
    repo.write("README", "fine\n")
    assert commit(repo, "-a").returncode == 0
    repo.git("rm", "-q", "README")
    assert commit(repo).returncode == 0
    assert commit(repo, "--amend").returncode == 0


def commit(repo: Repo, *args: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["git", "commit", "-q", "-m", "x", *args],
        cwd=repo.path,
        env=git_environment(repo.path.parent),
        capture_output=True,
        check=False,
    )


def test_fifty_thousand_files(
    traced: Callable[[str], list[str]], run: Runner, tree: Tree, creds: Creds, tmp_path: Path
):
    """The work goes with the folders: a handful of system calls for each of 1,050, none for a file."""
    repo, pair = tree.repo("large"), creds.pair()
    files = b"".join(
        b"M 644 inline d%d/e%d/f%d\ndata 8\n%07d\n\n" % (i % 50, i % 1000, i, i)
        for i in range(50_000)
    )
    head = b"commit refs/heads/main\ncommitter A <a@example.com> 1600000000 +0000\ndata 2\nx\n\n"
    repo.git("fast-import", "--quiet", stdin=head + files)
    repo.git("reset", "-q")
    for i in range(10):
        repo.write(f"d{i}/new{i}", pair.ini if i == 3 else f"{i}\n")
    repo.git("add", "d0/new0", *(f"d{i}/new{i}" for i in range(1, 10)))
    result = staged(run, repo, "-j1", before=traced("all"))
    assert result.ids == [pair.id]
    assert result.summary["blobs"] == 10
    calls = (tmp_path / "calls").read_text(errors="replace").count("\n")
    assert 100 < calls < 10_000


def test_paths_that_are_no_utf8(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    name = b"caf\xe9.ini"
    (Path(repo.path) / "x").write_text("x")
    with open(bytes(repo.path) + b"/" + name, "w") as file:
        file.write(pair.ini)
    repo.git("add", "-A")
    [finding] = staged(run, repo).findings
    assert finding["location"]["path"] == "caf%E9.ini"


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_a_split_index(run: Runner, repo: Repo, creds: Creds, version: str):
    """Entries of the shared part that stand, that are gone, that are others now, and new ones."""
    repo.commit({f"d{i}/f{k}": f"{i} {k}\n" for i in range(9) for k in range(20)})
    new, changed, last = creds.pairs(3)
    repo.git("config", "splitIndex.maxPercentChange", "100")
    repo.git("update-index", "--index-version", version)
    repo.git("update-index", "--split-index")
    assert list((repo.path / ".git").glob("sharedindex.*"))
    add(repo, "d3/f5", "[a]\n" + changed.ini)
    add(repo, "d3/f5b", "[a]\n" + new.ini)
    add(repo, "zz", "[a]\n" + last.ini)
    repo.git("rm", "-q", "--cached", "-r", "d4")
    assert repo.git("ls-files", "--stage").count("\n") < 9 * 20
    result = staged(run, repo)
    assert sorted(result.ids) == sorted([new.id, changed.id, last.id])
    assert result.summary["complete"]
    assert result.summary["blobs"] == 3


def test_a_split_index_without_its_shared_part_is_named(run: Runner, repo: Repo):
    repo.git("update-index", "--split-index")
    [shared] = (repo.path / ".git").glob("sharedindex.*")
    shared.unlink()
    result = run("staged", cwd=repo.path)
    assert result.status == 2
    assert shared.name in result.stderr_line()


def test_a_sparse_index(run: Runner, repo: Repo, creds: Creds):
    """Whole folders are one entry; after a soft reset such a folder differs from HEAD's."""
    before, inside, deep = creds.pairs(3)
    repo.commit({"in/a": "1\n", "out/b": "[a]\n" + before.ini, "out/sub/c": "3\n", "top": "4\n"})
    repo.commit({"out/b": "[a]\n" + before.ini + "\n# more\n", "out/sub/new": "[a]\n" + deep.ini})
    repo.git("sparse-checkout", "init", "--cone", "--sparse-index")
    repo.git("sparse-checkout", "set", "in")
    assert b"sdir" in (repo.path / ".git/index").read_bytes()
    assert staged(run, repo, "--allow-empty").findings == []
    add(repo, "in/a", "[a]\n" + inside.ini)
    assert staged(run, repo).ids == [inside.id]
    repo.git("reset", "-q", "--soft", "HEAD~1")
    assert b"sdir" in (repo.path / ".git/index").read_bytes()
    result = staged(run, repo)
    assert sorted(result.ids) == sorted([inside.id, deep.id])
    paths = {f["location"]["path"] for f in result.findings}
    assert paths == {"in/a", "out/sub/new"}
    assert run("history", "--format", "jsonl", ".", cwd=repo.path).summary["complete"]


def test_folders_that_hold_themselves_many_times_over(run: Runner, repo: Repo, creds: Creds):
    """40 folders deep, two of each kind: 2^40 paths of HEAD that the index has not."""
    pair = creds.pair()
    repo.write("last", "1\n")
    blob = repo.git("hash-object", "-w", "last")
    tree = repo.git("mktree", stdin=f"100644 blob {blob}\tf\n".encode())
    for _ in range(40):
        tree = repo.git("mktree", stdin=b"".join(
            f"040000 tree {tree}\t{name}\n".encode() for name in "ab"
        ))
    commit_id = repo.git("commit-tree", "-m", "x", tree)
    repo.git("update-ref", "HEAD", commit_id)
    add(repo, "a.ini", pair.ini)
    assert staged(run, repo).ids == [pair.id]


def test_a_base_that_is_its_own_delta(run: Runner, repo: Repo):
    """libgit2 1.5.1 does not end on it."""
    for i in range(5):
        repo.commit({"long": "".join(f"{k}\n" for k in range(900 + i))})
    repo.git("-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq", "--depth=9")
    [index] = (repo.path / ".git/objects/pack").glob("*.idx")
    listed = [line.split() for line in repo.git("verify-pack", "-v", str(index)).splitlines()]
    deltas = [words for words in listed if len(words) == 7]
    [pack] = index.parent.glob("*.pack")
    pack.chmod(0o644)
    content = pack.read_bytes()
    for words in deltas:
        content = content.replace(bytes.fromhex(words[6]), bytes.fromhex(words[0]))
    assert content != pack.read_bytes()
    pack.write_bytes(content)
    for name in repo.git("ls-files").split():
        repo.git("update-index", "--force-remove", name)
    for words in deltas:
        if words[1] == "blob":
            repo.git("update-index", "--add", "--cacheinfo", f"100644,{words[0]},{words[0]}")
    result = staged(run, repo)
    assert result.status == 2
    assert any("circle" in error["message"] for error in result.errors)


def test_a_sparse_index_of_folders_without_end(run: Runner, repo: Repo):
    """The same folders, 2^40 of them, staged as one entry: a limit is told, and nothing is green."""
    repo.commit({"in/a": "1\n", "out/b": "2\n"})
    repo.git("sparse-checkout", "init", "--cone", "--sparse-index")
    repo.git("sparse-checkout", "set", "in")
    tree = repo.git("rev-parse", "HEAD:out")
    for _ in range(40):
        tree = repo.git("mktree", stdin=b"".join(
            f"040000 tree {tree}\t{name * 200}\n".encode() for name in "ab"
        ))
    index = repo.path / ".git/index"
    content = index.read_bytes()
    for name in ("HEAD:out", "HEAD:"):  # the entry, and the whole, which is not HEAD's any more
        own = bytes.fromhex(repo.git("rev-parse", name))
        assert own in content
        content = content.replace(own, bytes.fromhex(tree))
    index.write_bytes(content)
    result = run("staged", cwd=repo.path)
    assert result.status == 2
    assert "bytes of paths" in result.stderr_line()
