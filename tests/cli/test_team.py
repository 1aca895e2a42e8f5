"""A team's way, as a new user would go it: the hook, a leak, a mark, a baseline, and CI that is green."""

from __future__ import annotations

import subprocess

from conftest import PROGRAM, ROOT, Runner, Tree
from creds import Creds
from gitrepo import Repo, git_environment


def commit(repo: Repo, message: str) -> subprocess.CompletedProcess:
    repo.git("add", "-A")
    return subprocess.run(
        ["git", "commit", "-q", "-m", message],
        cwd=repo.path,
        env=git_environment(repo.path.parent),
        capture_output=True,
        text=True,
        check=False,
    )


def ci(repo: Repo) -> subprocess.CompletedProcess:
    return subprocess.run(
        [ROOT / "integrations/ci.sh"],
        cwd=repo.path,
        env=git_environment(repo.path.parent)
        | {"LEAKTRAWL": PROGRAM, "LEAKTRAWL_REPORTS": str(repo.path.parent / "reports")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_from_the_first_hook_to_green(run: Runner, tree: Tree, creds: Creds):
    old, older, example, leak = creds.pairs(4)
    repo = tree.repo()
    repo.commit({"config/prod.ini": old.ini, "config/test.ini": older.ini})
    repo.commit({"config/test.ini": None})

    # CI is red for what the history holds.
    assert ci(repo).returncode == 1

    # The hook stops a new leak, and nothing of what was there before.
    assert run("hook", "install", cwd=repo.path).status == 0
    repo.write("app.py", "print()\n")
    assert commit(repo, "app").returncode == 0
    repo.write("settings.ini", leak.ini)
    stopped = commit(repo, "settings")
    assert stopped.returncode == 1
    assert leak.id in stopped.stderr and old.id not in stopped.stderr

    # The leak goes; an example is allowed by a mark, which the report names.
    repo.write("settings.ini", "region = eu-west-1\n")
    repo.write("example.env", f"AWS_ACCESS_KEY_ID={example.id}\n")
    assert "leaktrawl:allow" in commit(repo, "example").stderr
    repo.write("example.env", f"AWS_ACCESS_KEY_ID={example.id} # leaktrawl:allow\n")
    assert commit(repo, "example").returncode == 0

    # The rest is known: it goes into a baseline, which the settings name.
    write = ("--write-baseline", ".leaktrawl-baseline", "--reason", "rotated, #7")
    assert run("history", *write, ".", cwd=repo.path).status == 0
    repo.write(".leaktrawl.json", '{"baseline": ".leaktrawl-baseline"}\n')
    assert run("config", "check", cwd=repo.path).status == 0
    text = (repo.path / ".leaktrawl-baseline").read_text()
    assert text.count("reason=rotated, #7") == 2 and old.secret not in text
    assert commit(repo, "baseline").returncode == 0

    # CI is green, and says what it left out.
    green = ci(repo)
    assert green.returncode == 0, green.stdout + green.stderr
    assert "baseline" in green.stdout

    # It is red again for what is new.
    repo.write("late.ini", leak.ini)
    repo.git("add", "-A")
    repo.git("commit", "-q", "--no-verify", "-m", "late")
    red = ci(repo)
    assert red.returncode == 1 and leak.id in red.stdout and old.id not in red.stdout
