"""leaktrawl hook: real repositories, real commits and pushes that the hooks let pass or stop."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from conftest import PROGRAM, Runner, Tree
from creds import Creds
from gitrepo import Repo, git_environment

OTHER = "#!/bin/sh\ncat > \"$0.got\"\nprintf '%s\\n' \"$@\" > \"$0.args\"\nexit ${OTHER_STATUS:-0}\n"


@pytest.fixture
def repo(tree: Tree) -> Repo:
    repo = tree.repo()
    repo.commit({"README": "hello\n"})
    return repo


def attempt(repo: Repo, *args: str, **env: str) -> subprocess.CompletedProcess:
    """git, with its stderr and its status."""
    return subprocess.run(
        ["git", *args],
        cwd=repo.path,
        env=git_environment(repo.path.parent) | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def other_hook(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(OTHER)
    path.chmod(0o755)
    return path


def test_a_commit_is_stopped_and_a_clean_one_is_silent(run: Runner, repo: Repo, creds: Creds):
    pair = creds.pair()
    result = run("hook", "install", repo.path)
    hook = repo.path / ".git/hooks/pre-commit"
    assert result.status == 0
    assert result.stdout.decode() == f"{hook}: installed\n"
    assert hook.stat().st_mode & stat.S_IXUSR
    repo.write("a.ini", pair.ini)
    repo.git("add", "a.ini")
    stopped = attempt(repo, "commit", "-m", "leak")
    assert stopped.returncode == 1
    assert pair.id in stopped.stderr + stopped.stdout
    assert pair.secret not in stopped.stderr + stopped.stdout
    repo.write("a.ini", "clean\n")
    repo.git("add", "a.ini")
    passed = attempt(repo, "commit", "-q", "-m", "clean")
    assert (passed.returncode, passed.stdout, passed.stderr) == (0, "", "")


def test_a_commit_that_changes_nothing_is_told(run: Runner, repo: Repo):
    run("hook", "install", repo.path)
    done = attempt(repo, "commit", "-q", "--allow-empty", "-m", "empty")
    assert done.returncode == 0
    assert done.stderr == "leaktrawl: no new content is staged: 0 bytes were looked at\n"


def test_what_was_there_is_kept_and_comes_back(run: Runner, repo: Repo):
    hook = other_hook(repo.path / ".git/hooks/pre-commit")
    assert run("hook", "install", repo.path).status == 0
    kept = hook.with_name("pre-commit.before-leaktrawl")
    assert kept.read_text() == OTHER
    repo.write("a", "a")
    repo.git("add", "a")
    assert attempt(repo, "commit", "-m", "a", OTHER_STATUS="3").returncode != 0
    assert attempt(repo, "commit", "-m", "a").returncode == 0
    assert (hook.parent / "pre-commit.before-leaktrawl.args").read_text() == "\n"
    # A second time it is ours that is there: nothing is chained to itself.
    again = run("hook", "install", repo.path)
    assert again.stdout.decode() == f"{hook}: renewed\n"
    assert kept.read_text() == OTHER
    gone = run("hook", "uninstall", repo.path)
    assert gone.status == 0 and b"is back" in gone.stdout
    assert hook.read_text() == OTHER and not kept.exists()
    assert b"no hook of leaktrawl" in run("hook", "uninstall", repo.path).stdout
    assert hook.read_text() == OTHER


def test_a_kept_hook_is_never_overwritten_without_force(run: Runner, repo: Repo):
    hook = other_hook(repo.path / ".git/hooks/pre-commit")
    run("hook", "install", repo.path)
    hook.write_text("#!/bin/sh\nexit 0\n")  # another tool took the place
    refused = run("hook", "install", repo.path)
    assert refused.status == 2 and "--force" in refused.stderr_line()
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"
    assert hook.with_name("pre-commit.before-leaktrawl").read_text() == OTHER
    assert run("hook", "install", "--force", repo.path).status == 0
    assert hook.with_name("pre-commit.before-leaktrawl").read_text() == "#!/bin/sh\nexit 0\n"


def test_a_push_is_stopped_by_the_side_that_pushes(
    run: Runner, repo: Repo, tree: Tree, creds: Creds
):
    pair = creds.pair()
    remote = Repo(tree / "remote.git", "--bare")
    other = other_hook(repo.path / ".git/hooks/pre-push")
    assert run("hook", "install", "-t", "pre-push", repo.path).status == 0
    assert attempt(repo, "push", str(remote.path), "main").returncode == 0
    got = (other.parent / "pre-push.before-leaktrawl.got").read_text().split()
    assert got[0] == "refs/heads/main" and got[1] == repo.head()
    args = (other.parent / "pre-push.before-leaktrawl.args").read_text().split()
    assert args == [str(remote.path)] * 2
    before = remote.git("rev-parse", "main")
    repo.commit({"a.ini": pair.ini})
    stopped = attempt(repo, "push", str(remote.path), "main")
    assert stopped.returncode != 0 and pair.id in stopped.stdout + stopped.stderr
    assert remote.git("rev-parse", "main") == before


def test_what_one_remote_has_is_new_for_another(
    run: Runner, repo: Repo, tree: Tree, creds: Creds
):
    """A private repository is made public."""
    pair = creds.pair()
    for name in ("private", "public"):
        Repo(tree / f"{name}.git", "--bare")
        repo.git("remote", "add", name, str(tree / f"{name}.git"))
    repo.commit({"a.ini": pair.ini})
    repo.commit({"a.ini": None})
    repo.git("push", "-q", "private", "main")
    assert run("hook", "install", "-t", "pre-push", repo.path).status == 0
    repo.commit({"b": "clean\n"})
    assert attempt(repo, "push", "private", "main").returncode == 0
    stopped = attempt(repo, "push", "public", "main")
    assert stopped.returncode != 0 and pair.id in stopped.stdout + stopped.stderr


def test_a_push_is_stopped_by_the_side_that_receives(
    run: Runner, repo: Repo, tree: Tree, creds: Creds
):
    pair = creds.pair()
    remote = Repo(tree / "remote.git", "--bare")
    assert run("hook", "install", remote.path).status == 0
    assert (remote.path / "hooks/pre-receive").exists()
    assert attempt(repo, "push", str(remote.path), "main").returncode == 0
    repo.commit({"a.ini": pair.ini + "# leaktrawl:allow\n"})
    stopped = attempt(repo, "push", str(remote.path), "main")
    assert stopped.returncode != 0
    assert f"remote: " in stopped.stderr and pair.id in stopped.stderr
    assert remote.git("rev-parse", "main") != repo.head()


def test_a_folder_of_hooks_gets_a_file_of_ours(run: Runner, tree: Tree):
    remote = Repo(tree / "remote.git", "--bare")
    delegate = other_hook(remote.path / "hooks/pre-receive")
    (remote.path / "hooks/pre-receive.d").mkdir()
    assert run("hook", "install", remote.path).status == 0
    assert delegate.read_text() == OTHER
    assert (remote.path / "hooks/pre-receive.d/leaktrawl").exists()
    assert run("hook", "uninstall", remote.path).status == 0
    assert not (remote.path / "hooks/pre-receive.d/leaktrawl").exists()


def test_core_hooks_path(run: Runner, repo: Repo, tree: Tree):
    repo.git("config", "core.hooksPath", ".githooks")
    assert run("hook", "install", repo.path).status == 0
    assert (repo.path / ".githooks/pre-commit").exists()
    shared = tree.mkdir("shared")
    repo.git("config", "core.hooksPath", str(shared))
    refused = run("hook", "install", repo.path)
    assert refused.status == 2 and str(shared) in refused.stderr_line()
    assert not list(shared.iterdir())
    assert run("hook", "install", "--force", repo.path).status == 0
    assert (shared / "pre-commit").exists()


@pytest.mark.parametrize(
    "name, folder, text",
    [
        ("lefthook", ".git/hooks", '#!/bin/sh\ncall_lefthook run "pre-commit" "$@"\n'),
        ("overcommit", ".git/hooks", "#!/usr/bin/env ruby\n# Entrypoint for overcommit\n"),
        ("husky", ".husky/_", '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n'),
    ],
)
def test_a_hook_that_another_program_makes_anew(
    run: Runner, repo: Repo, name: str, folder: str, text: str
):
    repo.git("config", "core.hooksPath", folder)
    hook = repo.write(f"{folder}/pre-commit", text)
    refused = run("hook", "install", repo.path)
    assert refused.status == 2 and f"tell {name} to run" in refused.stderr_line()
    assert hook.read_text() == text and len(list(hook.parent.glob("pre-commit*"))) <= 2
    assert run("hook", "install", "--force", repo.path).status == 0
    assert hook.with_name("pre-commit.before-leaktrawl").read_text() == text


def stage_all(repo: Repo) -> None:
    repo.git("add", "-A")


WAYS = {
    "commit -a": (lambda repo: None, ["commit", "-qam", "x"]),
    "commit FILE": (lambda repo: None, ["commit", "-qm", "x", "README"]),
    "commit -i FILE": (lambda repo: None, ["commit", "-qm", "x", "-i", "README"]),
    "amend": (stage_all, ["commit", "-q", "--amend", "--no-edit"]),
    "amend -a": (lambda repo: None, ["commit", "-q", "--amend", "-a", "--no-edit"]),
}


@pytest.mark.parametrize("way", WAYS)
def test_ways_to_commit(run: Runner, repo: Repo, creds: Creds, way: str):
    """Some have an index of their own, which git names to the hook."""
    prepare, command = WAYS[way]
    repo.commit({"README": "hello again\n"})
    assert run("hook", "install", repo.path).status == 0
    pair, before = creds.pair(), repo.head()
    repo.write("README", pair.ini)
    prepare(repo)
    stopped = attempt(repo, *command)
    assert stopped.returncode == 1 and pair.id in stopped.stdout + stopped.stderr
    assert "not committed yet" in stopped.stdout + stopped.stderr
    assert repo.head() == before
    repo.write("README", "clean\n")
    prepare(repo)
    clean = attempt(repo, *command)
    assert (clean.returncode, clean.stdout, clean.stderr) == (0, "", "")


def test_a_file_alone_goes_past_what_else_is_staged(run: Runner, repo: Repo, creds: Creds):
    assert run("hook", "install", repo.path).status == 0
    repo.write("leak", creds.pair().ini)
    repo.git("add", "leak")
    repo.write("README", "clean\n")
    assert attempt(repo, "commit", "-qm", "x", "README").returncode == 0
    assert attempt(repo, "commit", "-qm", "x").returncode == 1


def test_a_submodules_commit_is_no_content(run: Runner, repo: Repo, tree: Tree):
    inner = tree.repo("inner")
    inner.commit({"f": "x\n"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.path), "sub")
    repo.git("commit", "-qm", "add")
    assert run("hook", "install", repo.path).status == 0
    sub = Repo(repo.path / "sub", create=False)
    sub.commit({"f": "y\n"})
    done = attempt(repo, "commit", "-qam", "bump")
    assert done.returncode == 0 and "only commits of submodules are staged" in done.stderr


def test_a_worktree_shares_the_hooks(run: Runner, repo: Repo, tree: Tree, creds: Creds):
    repo.git("worktree", "add", "-q", str(tree / "linked"))
    linked = Repo(tree / "linked", create=False)
    assert run("hook", "install", cwd=linked.path).status == 0
    assert (repo.path / ".git/hooks/pre-commit").exists()
    linked.write("a.ini", creds.pair().ini)
    linked.git("add", "a.ini")
    assert attempt(linked, "commit", "-m", "leak").returncode == 1


def test_a_program_that_moved_is_looked_for_and_its_absence_stops(
    run: Runner, repo: Repo, tree: Tree
):
    moved = tree / "it's here" / "leaktrawl"
    moved.parent.mkdir()
    moved.write_bytes(Path(PROGRAM).read_bytes())
    moved.chmod(0o755)
    assert run("hook", "install", repo.path, program=str(moved)).status == 0
    repo.write("a", "a")
    repo.git("add", "a")
    assert attempt(repo, "commit", "-m", "a").returncode == 0
    moved.unlink()
    stopped = attempt(repo, "commit", "--allow-empty", "-m", "b")
    assert stopped.returncode == 1 and "not installed" in stopped.stderr
    found = attempt(
        repo,
        "commit",
        "--allow-empty",
        "-m",
        "b",
        PATH=f"{Path(PROGRAM).resolve().parent}:{os.environ['PATH']}",
    )
    assert found.returncode == 0


def test_no_repository(run: Runner, tree: Tree):
    folder = tree.mkdir("plain")
    result = run("hook", "install", folder, env={"GIT_CEILING_DIRECTORIES": str(tree.root)})
    assert result.status == 2 and b"not a git repository" in result.stderr
    assert run("hook", "install", tree / "absent").status == 2
