"""The real pre-commit program with this repository's .pre-commit-hooks.yaml: commits and pushes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import PROGRAM, ROOT, SANITIZED, Tree
from creds import Creds
from gitrepo import Repo, git_environment

CONFIG = """\
repos:
  - repo: {source}
    rev: {revision}
    hooks:
      - id: {commit}
      - id: {push}
"""


class Framework:
    """A repository with pre-commit set up in it, as its user would."""

    def __init__(self, tree: Tree, source: Repo, commit: str, push: str) -> None:
        self.repo = tree.repo()
        self.remote = Repo(tree / "remote.git", "--bare")
        self.environment = git_environment(tree.root) | {
            "PRE_COMMIT_HOME": str(tree / "pre-commit-home"),
            "PATH": f"{Path(PROGRAM).resolve().parent}:{os.environ['PATH']}",
        }
        self.repo.write(
            ".pre-commit-config.yaml",
            CONFIG.format(source=source.path, revision=source.head(), commit=commit, push=push),
        )
        self.repo.git("add", ".pre-commit-config.yaml")
        self.repo.git("commit", "-q", "-m", "hooks")
        for stage in ("pre-commit", "pre-push"):
            self("install", "-t", stage)

    def run(self, *argv: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            argv,
            cwd=self.repo.path,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def __call__(self, *args: str) -> subprocess.CompletedProcess:
        return self.run(sys.executable, "-m", "pre_commit", *args)

    def commit(self, name: str, content: str) -> subprocess.CompletedProcess:
        self.repo.write(name, content)
        self.repo.git("add", name)
        return self.run("git", "commit", "-m", name)

    def push(self, *args: str) -> subprocess.CompletedProcess:
        return self.run("git", "push", str(self.remote.path), *(args or ("main",)))


@pytest.fixture
def source(tree: Tree) -> Repo:
    """A repository with what pre-commit takes from this one."""
    source = Repo(tree / "source")
    source.write(".pre-commit-hooks.yaml", (ROOT / ".pre-commit-hooks.yaml").read_bytes())
    source.git("add", ".")
    source.git("commit", "-q", "-m", "all")
    return source


@pytest.fixture
def framework(tree: Tree, source: Repo) -> Framework:
    return Framework(tree, source, "leaktrawl", "leaktrawl-push")


def test_a_leak_is_stopped_where_it_is_committed(framework: Framework, creds: Creds):
    pair = creds.pair()
    assert framework.commit("clean", "clean\n").returncode == 0
    stopped = framework.commit("a.ini", pair.ini)
    assert stopped.returncode != 0 and "Failed" in stopped.stdout
    assert pair.id in stopped.stdout and pair.secret not in stopped.stdout
    # What is staged counts, not what the work tree holds by now.
    framework.repo.write("a.ini", "clean\n")
    assert framework.run("git", "commit", "-m", "a").returncode != 0
    framework.repo.git("add", "a.ini")
    assert framework.run("git", "commit", "-m", "a").returncode == 0


def test_a_commit_that_only_removes_passes(framework: Framework):
    framework.commit("a", "a")
    framework.repo.git("rm", "-q", "a")
    removed = framework.run("git", "commit", "-m", "gone")
    assert removed.returncode == 0, removed.stdout


def test_all_files_are_not_claimed(framework: Framework):
    done = framework("run", "--all-files")
    assert done.returncode != 0
    assert "0 bytes were looked at" in done.stdout and "leaktrawl scan" in done.stdout


def test_a_leak_is_stopped_where_it_is_pushed(framework: Framework, creds: Creds):
    pair, later = creds.pairs(2)
    skipped = framework.environment | {"SKIP": "leaktrawl"}
    framework.repo.write("a.ini", pair.ini)
    framework.repo.git("add", "a.ini")
    framework.environment, kept = skipped, framework.environment
    assert framework.run("git", "commit", "-m", "leak").returncode == 0
    framework.environment = kept
    # The first push of all brings the root commit: the framework names the branch alone.
    stopped = framework.push()
    assert stopped.returncode != 0 and pair.id in stopped.stdout
    assert not framework.remote.git("for-each-ref")
    framework.repo.git("push", "-q", "--no-verify", str(framework.remote.path), "main")
    # From now on two commits are named, and only what lies between them is looked at.
    assert framework.commit("clean", "clean\n").returncode == 0
    passed = framework.push()
    assert passed.returncode == 0 and "Passed" in passed.stdout
    framework.environment = skipped
    framework.commit("b.ini", later.ini)
    framework.commit("b.ini", "gone again\n")
    framework.environment = kept
    stopped = framework.push()
    assert stopped.returncode != 0
    assert later.id in stopped.stdout and pair.id not in stopped.stdout


@pytest.mark.skipif(SANITIZED, reason="builds the ordinary program")
def test_the_hook_that_builds(tree: Tree, creds: Creds):
    pair = creds.pair()
    source = Repo(tree / "source")
    for name in ("scanner", "patterns", "integrations"):
        shutil.copytree(ROOT / name, source.path / name)
    for name in ("Makefile", ".pre-commit-hooks.yaml"):
        shutil.copy2(ROOT / name, source.path / name)
    source.git("add", ".")
    source.git("commit", "-q", "-m", "all")
    framework = Framework(tree, source, "leaktrawl-source", "leaktrawl-push-source")
    framework.environment["PATH"] = os.environ["PATH"]
    assert framework.commit("clean", "clean\n").returncode == 0
    stopped = framework.commit("a.ini", pair.ini)
    assert stopped.returncode != 0 and pair.id in stopped.stdout
