"""leaktrawl pushed: what a push brings, in the forms in which git tells it to its hooks."""

from __future__ import annotations

import subprocess

import pytest

from conftest import PROGRAM, Result, Runner, Tree
from creds import Creds, Pair
from gitrepo import Repo, git_environment

NONE = "0" * 40


@pytest.fixture
def repo(tree: Tree, creds: Creds) -> Repo:
    repo = tree.repo()
    repo.commit({"old.ini": creds.pair().ini})
    return repo


def pushed(run: Runner, *lines: str, repo: str = "repo", **options) -> Result:
    text = "".join(line + "\n" for line in lines)
    return run("pushed", "-f", "jsonl", repo, stdin=text.encode(), **options)


def test_an_update(run: Runner, repo: Repo, creds: Creds):
    old, pair = repo.head(), creds.pair()
    first = repo.commit({"a.ini": pair.ini})
    new = repo.commit({"a.ini": None})
    repo.git("update-ref", "refs/heads/main", old)  # as the side that receives still has it
    result = pushed(run, f"{old} {new} refs/heads/main")
    [finding] = result.findings
    assert result.status == 1
    assert finding["access_key_id"] == pair.id
    assert finding["location"]["path"] == "a.ini"
    assert finding["git"]["first_commit"] == first
    assert result.summary["commits"] == 2


def test_a_new_branch_is_what_no_other_ref_reaches(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    base = repo.head()
    new = repo.commit({"a.ini": pair.ini})
    repo.git("update-ref", "refs/heads/main", base)
    result = pushed(run, f"{NONE} {new} refs/heads/topic")
    assert result.ids == [pair.id]
    assert result.summary["commits"] == 1


def test_the_first_push_of_all(run: Runner, repo: Repo):
    new = repo.head()
    repo.git("update-ref", "-d", "refs/heads/main")
    assert len(pushed(run, f"{NONE} {new} refs/heads/main").findings) == 1


def test_a_forced_update(run: Runner, repo: Repo, creds: Creds):
    gone, pair = creds.pairs(2)
    base = repo.head()
    old = repo.commit({"gone.ini": gone.ini})
    repo.git("reset", "-q", "--hard", base)
    new = repo.commit({"a.ini": pair.ini})
    repo.git("update-ref", "refs/heads/main", old)
    assert pushed(run, f"{old} {new} refs/heads/main").ids == [pair.id]


def test_what_brings_nothing(run: Runner, repo: Repo):
    head = repo.head()
    for line in (f"{head} {NONE} refs/heads/gone", f"{head} {head} refs/heads/main", ""):
        result = run("pushed", "repo", stdin=(line + "\n").encode())
        assert result.status == 0
        assert "nothing new: 0 bytes" in result.stderr_line()


def test_several_refs_and_a_tag(run: Runner, repo: Repo, creds: Creds):
    a, b = creds.pairs(2)
    base = repo.head()
    first = repo.commit({"a.ini": a.ini})
    repo.git("reset", "-q", "--hard", base)
    repo.commit({"b": "1\n"})
    repo.git("tag", "-a", "-m", b.line, "v1")
    tag = repo.git("rev-parse", "v1")
    repo.git("tag", "-d", "v1")
    repo.git("reset", "-q", "--hard", base)
    lines = (f"{NONE} {first} refs/heads/x", f"{NONE} {tag} refs/tags/v1")
    result = pushed(run, *lines)
    assert sorted(result.ids) == sorted([a.id, b.id])
    assert {f["git"]["kind"] for f in result.findings} == {"blob", "tag"}


def test_the_form_of_pre_push(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    remote = repo.head()
    local = repo.commit({"a.ini": pair.ini})
    line = f"refs/heads/main {local} refs/heads/main"
    assert pushed(run, f"{line} {remote}").ids == [pair.id]
    assert len(pushed(run, f"{line} {NONE}").findings) == 2
    assert len(pushed(run, f"{line} {'1' * 40}").findings) == 2, "what is not known is left out"
    repo.git("update-ref", "refs/remotes/origin/main", remote)
    assert pushed(run, f"{line} {NONE}").ids == [pair.id]
    assert pushed(run, f"(delete) {NONE} refs/heads/x {remote}").status == 0


def test_marks_do_not_count_where_a_push_is_received(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    old = repo.head()
    new = repo.commit({"a.py": f"# {pair.line} leaktrawl:allow\n"})
    line = f"refs/heads/main {new} refs/heads/main {old}"
    assert pushed(run, line).status == 0
    repo.git("update-ref", "refs/heads/main", old)
    assert pushed(run, f"{old} {new} refs/heads/main").ids == [pair.id]


@pytest.mark.parametrize("line", ["x", "a b c", f"{NONE} {NONE}", f"{NONE[1:]} {NONE} refs/x"])
def test_a_line_that_is_neither(run: Runner, repo: Repo, line: str):
    result = run("pushed", "repo", stdin=(line + "\n").encode())
    assert result.status == 2
    assert "stdin" in result.stderr_line()


def test_an_object_that_is_not_there(run: Runner, repo: Repo):
    result = run("pushed", "repo", stdin=f"{NONE} {'1' * 40} refs/heads/x\n".encode())
    assert result.status == 2
    assert "1" * 40 in result.stderr_line()


def install(repo: Repo, name: str) -> None:
    hooks = repo.git("rev-parse", "--git-path", "hooks")
    hook = repo.path / hooks / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {PROGRAM} pushed\n")
    hook.chmod(0o755)


def push(repo: Repo, *args: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["git", "push", "-q", *args],
        cwd=repo.path,
        env=git_environment(repo.path.parent),
        capture_output=True,
        check=False,
    )


def told(done: subprocess.CompletedProcess[bytes], pair: Pair) -> bool:
    return pair.id.encode() in done.stdout + done.stderr


@pytest.mark.parametrize("limit", ["1", "1000"], ids=["kept-packed", "unpacked"])
def test_a_pre_receive_hook_in_quarantine(
    tree: Tree, repo: Repo, creds: Creds, limit: str
):
    pair = creds.pair()
    repo.git("clone", "-q", "--bare", str(repo.path), str(tree / "server.git"))
    server = Repo(tree / "server.git", create=False)
    server.git("config", "receive.unpackLimit", limit)
    install(server, "pre-receive")
    repo.git("remote", "add", "origin", str(server.path))
    repo.commit({"fine": "1\n"})
    assert push(repo, "origin", "main").returncode == 0
    repo.commit({"a.ini": pair.ini})
    repo.commit({"a.ini": None})
    done = push(repo, "origin", "main")
    assert done.returncode != 0
    assert told(done, pair)
    assert push(repo, "origin", "HEAD~2:refs/heads/topic").returncode == 0
    assert push(repo, "origin", ":refs/heads/topic").returncode == 0


def test_a_pre_push_hook(tree: Tree, repo: Repo, creds: Creds):
    pair = creds.pair()
    repo.git("clone", "-q", "--bare", str(repo.path), str(tree / "server.git"))
    repo.git("remote", "add", "origin", str(tree / "server.git"))
    repo.git("fetch", "-q", "origin")
    install(repo, "pre-push")
    repo.commit({"fine": "1\n"})
    assert push(repo, "origin", "main").returncode == 0
    repo.commit({"a.ini": pair.ini})
    done = push(repo, "origin", "main")
    assert done.returncode != 0
    assert told(done, pair)


def test_the_repository_is_looked_for_upwards(run: Runner, repo: Repo, creds: Creds):
    """As `staged` and git's own commands do; GIT_DIR, which git sets for hooks, comes first."""
    pair = creds.pair()
    old = repo.head()
    new = repo.commit({"deep/er/aws.ini": pair.ini})
    line = f"{old} {new} refs/heads/new\n".encode()
    repo.git("reset", "-q", "--hard", old)
    (repo.path / "deep/er").mkdir(parents=True, exist_ok=True)
    for options in (
        {"cwd": repo.path / "deep/er"},
        {"cwd": repo.path.parent, "env": {"GIT_DIR": str(repo.path / ".git")}},
    ):
        assert run("pushed", "-f", "jsonl", stdin=line, **options).ids == [pair.id]
    result = run("pushed", stdin=line, cwd=repo.path.parent)
    assert result.status == 2
    assert "not a git repository" in result.stderr.decode()
