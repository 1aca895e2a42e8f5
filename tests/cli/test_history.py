"""Git repositories: everything that history holds, once, with who brought it in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import NOBODY, Runner, Tree
from creds import Creds, Pair
from gitrepo import Repo


@pytest.fixture
def repo(tree: Tree) -> Repo:
    repo = tree.repo()
    repo.commit({"README": "nothing here\n"}, "begin")
    return repo


def only(findings: list[dict], pair: Pair) -> dict:
    """The one finding that there is, which must be of this pair."""
    assert [f["access_key_id"] for f in findings] == [pair.id]
    assert findings[0]["rule"] == "aws-key-pair"
    return findings[0]


# --- where history hides things ---


def test_a_deleted_file(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    text = "[default]\n" + pair.ini
    first = repo.commit({"conf/aws.ini": text}, "add the configuration")
    blob = repo.git("rev-parse", "HEAD:conf/aws.ini")
    repo.commit({"conf/aws.ini": None}, "remove the configuration")
    result = run.scan("repo")
    assert result.status == 1
    finding = only(result.findings, pair)
    where, git = finding["location"], finding["git"]
    assert (where["target"], where["path"]) == ("repo", "conf/aws.ini")
    assert where["offset"] == text.index(pair.id)
    assert (where["line"], where["column"]) == (2, 21)
    assert finding["secret_location"]["line"] == 3
    assert git["first_commit"] == first
    assert git["blob"] == blob
    assert git["author"] == "Ann Author <ann@example.com>"
    assert git["date"] == "2020-09-13T14:28:40+02:00"
    assert git["paths"] == ["conf/aws.ini"]
    assert git["at_head"] is False


def test_the_receipt(run: Runner, repo: Repo, creds: Creds):
    repo.git("checkout", "-q", "-b", "side")
    repo.commit({"side": "1\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"main": "2\n"})
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    repo.git("tag", "-a", "-m", "release", "v1")
    result = run("history", "--format", "jsonl", "repo")
    summary = result.summary
    assert result.status == 0
    assert (summary["repositories"], summary["blobs"], summary["commits"], summary["merges"]) == (
        1,
        3,
        4,
        1,
    )
    assert summary["blob_bytes"] == len("nothing here\n1\n2\n")
    assert summary["tags"] == 1
    assert summary["refs"] >= 3
    assert summary["complete"] is True


def test_what_only_a_merge_holds(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    repo.git("checkout", "-q", "-b", "side")
    repo.commit({"side": "1\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"main": "2\n"})
    repo.git("merge", "-q", "--no-ff", "--no-commit", "side")
    merge = repo.commit({"evil.ini": pair.ini}, "merge side")
    assert repo.git("rev-list", "--merges", "HEAD") == merge
    repo.commit({"evil.ini": None})
    finding = only(run.scan("repo").findings, pair)
    assert finding["git"]["first_commit"] == merge


def test_a_stash(run: Runner, repo: Repo, creds: Creds):
    tracked, index, untracked = creds.pair(), creds.pair(), creds.pair()
    repo.write("README", index.ini)
    repo.git("add", "README")
    repo.write("README", tracked.ini)
    repo.write("new.ini", untracked.ini)
    repo.git("stash", "push", "-q", "--include-untracked")
    result = run.scan("--reachable-only", "repo")
    assert set(result.ids) == {tracked.id, index.id, untracked.id}
    assert len(result.findings) == 3
    assert all(f["git"]["first_commit"] for f in result.findings)


def test_a_stash_under_the_top_one(run: Runner, repo: Repo, creds: Creds):
    pairs = creds.pairs(3)
    for pair in pairs:
        repo.write("README", pair.ini)
        repo.git("stash", "push", "-q")
    assert sorted(run.scan("--reachable-only", "repo").ids) == sorted(p.id for p in pairs)


def test_what_only_the_reflog_reaches(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    first = repo.commit({"aws.ini": pair.ini})
    repo.git("reset", "-q", "--hard", "HEAD~1")
    for args in [[], ["--reachable-only"]]:
        finding = only(run.scan(*args, "repo").findings, pair)
        assert finding["git"]["first_commit"] == first


def test_an_amended_commit(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    repo.commit({"aws.ini": pair.ini}, "oops")
    repo.write("aws.ini", "region = eu-west-1\n")
    repo.git("commit", "-q", "-a", "--amend", "-m", "better")
    only(run.scan("repo").findings, pair)


def test_dangling_objects(run: Runner, repo: Repo, creds: Creds):
    blob, commit = creds.pair(), creds.pair()
    name = repo.hash_object(blob.ini)
    lost = repo.commit({"aws.ini": commit.ini})
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("update-ref", "-d", "ORIG_HEAD")
    repo.git("reflog", "expire", "--expire=now", "--all")
    for args in [[], ["--all-objects"]]:
        result = run.scan(*args, "repo")
        found = {f["access_key_id"]: f["git"] for f in result.findings}
        assert found.keys() == {blob.id, commit.id}
        assert len(result.findings) == 2
        assert found[blob.id]["blob"] == name
        assert found[blob.id]["first_commit"] is None
        assert found[commit.id]["first_commit"] in (lost, None)
    result = run.scan("--reachable-only", "repo")
    assert result.findings == [] and result.status == 0


def test_other_branches_and_remotes(run: Runner, repo: Repo, creds: Creds):
    branch, remote, custom = creds.pairs(3)
    repo.git("checkout", "-q", "-b", "feature/x")
    repo.commit({"a.ini": branch.ini})
    repo.git("checkout", "-q", "main")
    for ref, pair in [("refs/remotes/origin/y", remote), ("refs/pull/7/head", custom)]:
        repo.commit({"a.ini": pair.ini})
        repo.git("update-ref", ref, "HEAD")
        repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("reflog", "expire", "--expire=now", "--all")
    found = {f["access_key_id"]: f["git"] for f in run.scan("--reachable-only", "repo").findings}
    assert found.keys() == {branch.id, remote.id, custom.id}
    assert found[remote.id]["on_remote"] is True
    assert found[branch.id]["on_remote"] is False


def test_notes(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    repo.git("notes", "add", "-m", pair.ini)
    only(run.scan("--reachable-only", "repo").findings, pair)


def test_what_commits_and_tags_say(run: Runner, repo: Repo, creds: Creds):
    in_commit, in_tag = creds.pair(), creds.pair()
    commit = repo.commit({"a": "1\n"}, f"use the new key\n\n{in_commit.ini}")
    repo.git("tag", "-a", "v1", "-m", f"release\n\n{in_tag.ini}")
    found = {f["access_key_id"]: f["git"] for f in run.scan("repo").findings}
    assert found.keys() == {in_commit.id, in_tag.id}
    assert found[in_commit.id]["first_commit"] == commit
    assert found[in_tag.id]["first_commit"] == commit


def test_a_tag_of_a_blob_and_a_tag_of_a_tag(run: Runner, repo: Repo, creds: Creds):
    blob, inner = creds.pair(), creds.pair()
    repo.git("tag", "-a", "blob", "-m", "a blob", repo.hash_object(blob.ini))
    repo.git("tag", "-a", "inner", "-m", inner.ini)
    repo.git("tag", "-a", "outer", "-m", "outer", "inner")
    repo.git("tag", "-d", "inner")
    assert sorted(run.scan("--reachable-only", "repo").ids) == sorted([blob.id, inner.id])


# --- one finding a credential ---


def test_a_credential_is_one_finding_with_its_paths_and_first_commit(
    run: Runner, repo: Repo, creds: Creds
):
    pair = creds.pair()
    first = repo.commit({"a.ini": pair.ini})
    repo.commit({"a.ini": "# moved down\n" + pair.ini})
    repo.commit({"b/c.env": pair.env})
    repo.commit({"a.ini": None, "b/c.env": None})
    git = only(run.scan("repo").findings, pair)["git"]
    assert git["first_commit"] == first
    assert git["paths"] == ["a.ini", "b/c.env"]


def test_the_oldest_commit_is_first_by_topology(run: Runner, repo: Repo, creds: Creds):
    """Dates lie: the parent is first, whatever its clock said."""
    pair = creds.pair()
    repo.seconds += 10_000_000
    first = repo.commit({"a.ini": pair.ini})
    repo.seconds -= 10_000_000
    repo.commit({"b.ini": "# copy\n" + pair.ini})
    repo.commit({"a.ini": None, "b.ini": None})
    assert only(run.scan("repo").findings, pair)["git"]["first_commit"] == first


def test_what_the_work_tree_holds_is_reported_there_and_once(run: Runner, repo: Repo, creds: Creds):
    pair, removed, untracked = creds.pairs(3)
    first = repo.commit({"old.ini": pair.ini, "removed.ini": removed.ini})
    repo.commit({"old.ini": None, "removed.ini": None, "sub/new.ini": "# moved\n" + pair.ini})
    repo.write("untracked.ini", untracked.ini)
    result = run.scan("repo")
    found = {f["access_key_id"]: f for f in result.findings}
    assert len(result.findings) == len(found) == 3
    here = found[pair.id]
    assert here["location"]["path"] == "repo/sub/new.ini"
    assert here["location"]["line"] == 2
    assert here["git"]["first_commit"] == first
    assert here["git"]["at_head"] is True
    assert here["git"]["paths"] == ["old.ini", "sub/new.ini"]
    assert found[removed.id]["location"]["path"] == "removed.ini"
    assert found[untracked.id]["location"]["path"] == "repo/untracked.ini"
    assert found[untracked.id]["git"] is None


def test_every_place_in_the_work_tree(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    repo.commit({"a.ini": pair.ini, "b.env": pair.env})
    result = run.scan("repo")
    assert [f["location"]["path"] for f in result.findings] == ["repo/a.ini", "repo/b.env"]
    assert all(f["git"] for f in result.findings)


def test_a_lone_id_in_history_and_work_tree(run: Runner, repo: Repo, creds: Creds):
    here, gone = creds.key_id(), creds.key_id()
    first = repo.commit({"a": f"{here}\n", "b": f"{gone}\n"})
    repo.commit({"a": f"# more\n{here}\n", "b": None})
    result = run.scan("repo")
    found = {f["access_key_id"]: f for f in result.findings}
    assert len(result.findings) == len(found) == 2
    assert found[here]["location"]["path"] == "repo/a"
    assert found[gone]["location"]["path"] == "b"
    assert found[gone]["git"]["first_commit"] == first


def test_marks_count_in_history_too(run: Runner, repo: Repo, creds: Creds):
    repo.commit({"a": creds.pair().line + " # leaktrawl:allow\n"})
    repo.commit({"a": None})
    result = run.scan("repo")
    assert result.findings == [] and result.status == 0
    assert len(run.scan("--no-inline-ignore", "repo").findings) == 1


def test_how_many_commits_hold_it(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    first = repo.commit({"a.ini": pair.ini})
    repo.commit({"other": "1\n"})
    repo.commit({"a.ini": "# again\n" + pair.ini, "copy.ini": pair.ini})
    repo.git("checkout", "-q", "-b", "side", first)
    repo.commit({"side": "1\n"})
    repo.git("checkout", "-q", "main")
    last = repo.commit({"copy.ini": None})
    repo.commit({"a.ini": None})
    git = only(run.scan("repo").findings, pair)["git"]
    assert git["commits"] == 5, "four on main, and one on the side"
    assert (git["first_commit"], git["last_commit"]) == (first, last)
    assert git["paths"] == ["a.ini", "copy.ini"]
    assert git["at_head"] is False


def test_every_occurrence(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    first = repo.commit({"a.ini": pair.ini})
    second = repo.commit({"a.ini": "# again\n" + pair.ini})
    repo.commit({"a.ini": None})
    found = run.scan("--all-occurrences", "repo").findings
    assert [f["access_key_id"] for f in found] == [pair.id] * 2
    assert {f["git"]["first_commit"] for f in found} == {first, second}
    assert {f["git"]["commits"] for f in found} == {1}


# --- commands and options ---


def test_history_reads_history_alone(run: Runner, repo: Repo, creds: Creds):
    pair, untracked = creds.pairs(2)
    first = repo.commit({"a.ini": pair.ini})
    repo.write("untracked.ini", untracked.ini)
    for target in ["repo", "repo/.git"]:
        result = run("history", "--format", "jsonl", target)
        finding = only(result.findings, pair)
        assert result.status == 1
        assert finding["location"]["path"] == "a.ini"
        assert finding["git"]["first_commit"] == first
        assert finding["git"]["at_head"] is True


def test_history_of_what_is_no_repository(run: Runner, tree: Tree):
    tree.write("plain/file", "nothing")
    for target in ["plain", "plain/file", "gone"]:
        result = run("history", target)
        assert result.status == 2
        assert target in result.stderr_line()


def test_no_history(run: Runner, repo: Repo, creds: Creds):
    gone, here = creds.pairs(2)
    repo.commit({"gone.ini": gone.ini, "here.ini": here.ini})
    repo.commit({"gone.ini": None})
    result = run.scan("--no-history", "repo")
    assert result.ids == [here.id]
    assert result.findings[0]["git"] is None
    assert result.summary["repositories"] == result.summary["blobs"] == 0


def test_a_credential_in_the_configuration(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair(secret=creds.plain_secret())
    repo.git("remote", "add", "origin", f"https://{pair.id}:{pair.secret}@git.example.com/x")
    finding = only(run.scan("repo").findings, pair)
    assert finding["location"]["path"] == "repo/.git/config"
    assert finding["git"] is None


# --- shapes of repositories ---


def test_a_bare_repository_inside_a_tree(run: Runner, tree: Tree, repo: Repo, creds: Creds):
    pair = creds.pair()
    first = repo.commit({"a.ini": pair.ini})
    for name in ["t/backup.git", "t/mirror"]:
        repo.git("clone", "-q", "--bare", str(repo.path), str(tree / name))
    tree.write("t/other", "nothing")
    result = run.scan("t")
    assert result.ids == [pair.id] * 2
    assert {f["git"]["first_commit"] for f in result.findings} == {first}
    assert {f["location"]["path"] for f in result.findings} == {"a.ini"}
    assert result.summary["repositories"] == 2


def test_several_repositories_in_one_tree(run: Runner, tree: Tree, creds: Creds):
    pairs = creds.pairs(3)
    for i, pair in enumerate(pairs):
        inner = tree.repo(f"t/{i}/r")
        inner.commit({"a.ini": pair.ini})
        inner.commit({"a.ini": None})
    result = run.scan("t")
    assert sorted(result.ids) == sorted(p.id for p in pairs)
    assert result.summary["repositories"] == 3


def test_a_linked_work_tree(run: Runner, tree: Tree, repo: Repo, creds: Creds):
    pair, gone = creds.pairs(2)
    repo.commit({"a.ini": pair.ini, "gone.ini": gone.ini})
    repo.commit({"gone.ini": None})
    repo.git("worktree", "add", "-q", "-b", "linked", str(tree / "linked"))
    assert (tree / "linked/.git").is_file()
    found = {f["access_key_id"]: f["location"]["path"] for f in run.scan("linked").findings}
    assert found == {pair.id: "linked/a.ini", gone.id: "gone.ini"}


def test_packed_objects_with_deltas(run: Runner, repo: Repo, creds: Creds):
    pairs = creds.pairs(20)
    base = "".join(f"line {i} of a long file\n" for i in range(500))
    for pair in pairs:
        repo.commit({"long.txt": base + pair.ini + base})
    repo.commit({"long.txt": None})
    repo.git("repack", "-adfq", "--depth=50")
    repo.git("pack-refs", "--all")
    assert sorted(run.scan("repo").ids) == sorted(p.id for p in pairs)


def test_several_packs_and_loose_objects(run: Runner, repo: Repo, creds: Creds):
    pairs = creds.pairs(6)
    for i, pair in enumerate(pairs):
        repo.commit({"a": pair.ini + "text\n" * 500})
        if i < 5:
            repo.git("repack", "-dq")
    repo.commit({"a": None})
    assert len(list((repo.path / ".git/objects/pack").glob("*.pack"))) == 5
    expected = run.scan("repo").findings
    assert sorted(f["access_key_id"] for f in expected) == sorted(p.id for p in pairs)
    repo.git("multi-pack-index", "write")
    assert run.scan("repo").findings == expected
    # Deltas that name their base by its id, and an index of the oldest form.
    repo.git(
        "-c", "repack.useDeltaBaseOffset=false", "-c", "pack.indexVersion=1", "repack", "-adfq"
    )
    assert run.scan("repo").findings == expected


def test_a_blob_over_the_limit_is_named(run: Runner, repo: Repo, creds: Creds):
    repo.commit({"large": b"filler line\n" * 6_000_000 + creds.pair().ini.encode()})
    blob = repo.git("rev-parse", "HEAD:large")
    repo.commit({"large": None})
    result = run.scan("repo")
    assert result.status == 2
    assert result.summary["complete"] is False
    assert any(blob in e["message"] for e in result.errors)


def test_a_missing_alternate_is_named(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    repo.commit({"a.ini": pair.ini})
    repo.commit({"a.ini": None})
    repo.write(".git/objects/info/alternates", "/nowhere/objects\n../objects\n")
    result = run.scan("repo")
    only(result.findings, pair)
    assert any("/nowhere" in (e["path"] or "") + e["message"] for e in result.errors)


def test_a_partial_clone_fetches_nothing(run: Runner, tree: Tree, repo: Repo, creds: Creds):
    repo.commit({"a.ini": creds.pair().ini})
    repo.git("config", "uploadpack.allowFilter", "true")
    url = f"file://{repo.path}"
    repo.git("clone", "-q", "--filter=blob:none", "--no-checkout", url, str(tree / "partial"))
    result = run.scan("partial")
    assert result.status == 2
    assert result.findings == []
    assert result.skipped("missing") == 2, "the README and the credentials"
    assert result.summary["complete"] is False


def test_a_submodule(run: Runner, tree: Tree, repo: Repo, creds: Creds):
    inner, pair = tree.repo("inner"), creds.pair()
    inner.commit({"a.ini": pair.ini})
    inner.commit({"a.ini": None})
    allow = ["-c", "protocol.file.allow=always"]
    repo.git(*allow, "submodule", "--quiet", "add", str(inner.path), "sub")
    assert (repo.path / "sub/.git").is_file()
    result = run.scan("repo")
    only(result.findings, pair)
    assert result.summary["repositories"] == 2


def test_a_work_tree_and_its_linked_one_share_one_history(
    run: Runner, tree: Tree, repo: Repo, creds: Creds
):
    pair = creds.pair()
    repo.commit({"a.ini": pair.ini})
    repo.commit({"a.ini": None})
    repo.git("worktree", "add", "-q", "-b", "linked", str(tree / "linked"))
    result = run.scan("repo", "linked")
    only(result.findings, pair)
    assert result.summary["repositories"] == 1


def test_objects_of_another_repository(run: Runner, tree: Tree, repo: Repo, creds: Creds):
    pair = creds.pair()
    repo.commit({"a.ini": pair.ini})
    repo.commit({"a.ini": None})
    repo.git("clone", "-q", "--shared", str(repo.path), str(tree / "shared"))
    only(run.scan("shared").findings, pair)


def test_a_shallow_clone(run: Runner, tree: Tree, repo: Repo, creds: Creds):
    old, new = creds.pairs(2)
    repo.commit({"a.ini": old.ini})
    repo.commit({"a.ini": new.ini})
    repo.commit({"a.ini": new.ini, "b": "1\n"})
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.path}", str(tree / "shallow"))
    result = run.scan("shallow")
    finding = only(result.findings, new)
    assert finding["location"]["path"] == "shallow/a.ini"
    assert result.skipped("shallow") == 1
    assert result.summary["complete"] is True, "nobody asked for what lies beyond the depth"


def test_a_shallow_clone_without_findings(run: Runner, tree: Tree, repo: Repo):
    repo.commit({"a": "1\n"})
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.path}", str(tree / "shallow"))
    result = run("scan", "shallow")
    assert result.status == 0
    assert b"skipped 1 commit beyond the clone's depth" in result.stdout


def test_what_a_shallow_clone_should_have(run: Runner, tree: Tree, repo: Repo):
    repo.commit({"a": "1\n"})
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.path}", str(tree / "shallow"))
    shallow = Repo(tree / "shallow", create=False)
    [pack] = (shallow.path / ".git/objects/pack").glob("*.pack")
    shallow.git("unpack-objects", "-q", stdin=move(pack).read_bytes())
    name = shallow.git("rev-parse", "HEAD:a")
    (shallow.path / ".git/objects" / name[:2] / name[2:]).unlink()
    result = run.scan("shallow")
    assert result.status == 2
    assert (result.skipped("missing"), result.skipped("shallow")) == (1, 1)


def move(pack: Path) -> Path:
    """The pack, out of its repository."""
    for file in pack.parent.glob(pack.stem + ".*"):
        file.rename(pack.parents[3] / file.name)
    return pack.parents[3] / pack.name


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_owner_does_not_matter(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    repo.commit({"a.ini": pair.ini})
    repo.commit({"a.ini": None})
    subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", repo.path], check=True)
    only(run.scan("repo").findings, pair)


def test_nothing_of_a_repository_is_run(run: Runner, tree: Tree, repo: Repo, creds: Creds):
    pair = creds.pair()
    trap = tree.write("trap.sh", f"#!/bin/sh\ntouch {tree.root}/sprung\ncat\n")
    trap.chmod(0o755)
    repo.commit({"a.ini": pair.ini, ".gitattributes": "* filter=trap diff=trap\n"})
    for name in ["filter.trap.smudge", "filter.trap.clean", "diff.trap.textconv", "core.fsmonitor",
                 "core.pager", "core.sshCommand"]:  # fmt: skip
        repo.git("config", name, str(trap))
    for hook in ["post-index-change", "post-checkout", "pre-commit", "fsmonitor-watchman"]:
        (repo.path / ".git/hooks").mkdir(exist_ok=True)
        shutil.copy(trap, repo.path / ".git/hooks" / hook)
    assert run.scan("repo").status == 1
    assert not (tree / "sprung").exists()


# --- repositories that are broken ---


def test_a_truncated_pack(run: Runner, repo: Repo, creds: Creds):
    repo.commit({"a": creds.base64_run(20_000)})
    repo.git("repack", "-adq")
    [pack] = (repo.path / ".git/objects/pack").glob("*.pack")
    os.chmod(pack, 0o644)
    os.truncate(pack, pack.stat().st_size // 2)
    result = run.scan("repo")
    assert result.status == 2, result
    assert result.summary["complete"] is False
    assert any("repo" in (e["path"] or "") + e["message"] for e in result.errors), result
    assert result.findings == []


def test_a_truncated_pack_beside_findings(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    repo.commit({"a": creds.base64_run(20_000)})
    repo.git("repack", "-adq")
    [pack] = (repo.path / ".git/objects/pack").glob("*.pack")
    os.chmod(pack, 0o644)
    os.truncate(pack, pack.stat().st_size // 2)
    repo.write("untracked.ini", pair.ini)
    result = run.scan("repo")
    assert result.status == 1
    assert pair.id in result.ids
    assert result.errors


def test_a_missing_blob(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    repo.commit({"a": "lost\n", "b.ini": pair.ini})
    name = repo.git("rev-parse", "HEAD:a")
    repo.commit({"b.ini": None})
    (repo.path / ".git/objects" / name[:2] / name[2:]).unlink()
    result = run.scan("repo")
    only(result.findings, pair)
    assert result.skipped("missing") == 1
    assert result.summary["complete"] is False


def test_a_corrupt_loose_object(run: Runner, repo: Repo):
    repo.commit({"a": "about to break\n"})
    name = repo.git("rev-parse", "HEAD:a")
    path = repo.path / ".git/objects" / name[:2] / name[2:]
    path.chmod(0o644)
    path.write_bytes(b"\x78\x9cgarbage")
    result = run.scan("repo")
    assert result.status == 2
    assert any(name in (e["path"] or "") + e["message"] for e in result.errors), result


def test_a_ref_that_points_nowhere(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    repo.commit({"a.ini": pair.ini})
    repo.commit({"a.ini": None})
    repo.write(".git/refs/heads/broken", "1" * 40 + "\n")
    result = run.scan("repo")
    only(result.findings, pair)
    assert any("broken" in (e["path"] or "") + e["message"] for e in result.errors), result


def test_a_folder_of_linked_work_trees_that_cannot_be_listed(run: Runner, repo: Repo):
    repo.commit({"a": "nothing"})
    (repo.path / ".git/worktrees").symlink_to("worktrees")
    result = run("history", "repo")
    assert result.status == 2
    assert "repo/.git/worktrees: " in result.stderr_line()


def test_another_object_format_is_refused_by_name(run: Runner, tree: Tree):
    try:
        repo = tree.repo("new", "--object-format=sha256")
    except AssertionError:
        pytest.skip("this git knows no other format")
    repo.commit({"a": "1\n"})
    result = run.scan("new")
    assert result.status == 2
    assert any("new" in (e["path"] or "") for e in result.errors)


def test_a_folder_called_git_that_is_none(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    tree.write("t/.git/notes.ini", pair.ini)
    tree.write("u/x.git/notes.ini", pair.ini)
    for target in "tu":
        assert run.scan(target).ids == [pair.id]


def test_a_repository_without_commits(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    tree.repo().write("a.ini", pair.ini)
    result = run.scan("repo")
    assert only(result.findings, pair)["git"] is None
    assert result.errors == []


def test_git_itself_is_not_needed(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    repo.commit({"a.ini": pair.ini})
    repo.commit({"a.ini": None})
    only(run.scan("repo", env={"PATH": "/nowhere"}).findings, pair)


def test_git_s_own_variables_do_not_lead_elsewhere(
    run: Runner, tree: Tree, repo: Repo, creds: Creds
):
    pair, other = creds.pairs(2)
    repo.commit({"a.ini": pair.ini})
    elsewhere = tree.repo("elsewhere")
    elsewhere.commit({"b.ini": other.ini})
    env = {"GIT_DIR": str(elsewhere.path / ".git"), "GIT_WORK_TREE": str(elsewhere.path)}
    assert set(run.scan("repo", env=env).ids) == {pair.id}


def test_what_head_still_has_is_told_where_head_has_it(run: Runner, tree: Tree, creds: Creds):
    """A credential that moved is at its new place, though others sort, and came, before."""
    pair, gone = creds.pairs(2)
    repo = tree.repo()
    first = repo.commit({"a.ini": pair.ini, "b.ini": gone.ini})
    repo.commit({"a.ini": None, "z/c.ini": pair.ini, "b.ini": None})
    repo.commit({"z/c.ini": "[default]\n" + pair.ini})
    found = run("history", "-f", "jsonl", repo.path)
    by_id = {f["access_key_id"]: f for f in found.findings}
    here, past = by_id[pair.id], by_id[gone.id]
    assert (here["location"]["path"], here["location"]["line"]) == ("z/c.ini", 2)
    assert here["git"]["at_head"] is True and here["git"]["first_commit"] == first
    assert here["git"]["blob"] == repo.git("rev-parse", "HEAD:z/c.ini")
    assert here["git"]["paths"] == ["a.ini", "z/c.ini"]
    assert past["location"]["path"] == "b.ini" and past["git"]["at_head"] is False
    sarif = json.loads(run("history", "-f", "sarif", repo.path).stdout)
    [result] = sarif["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "z/c.ini"
    assert result["properties"]["historyOnly"] is False
