"""What runs in CI systems: their files are read and their steps run as the service would."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from conftest import PROGRAM, ROOT, Tree
from creds import Creds
from gitrepo import Repo, git_environment


@pytest.fixture
def repo(tree: Tree, creds: Creds) -> Repo:
    """A base whose leak is known, and a change that brings another."""
    repo = tree.repo()
    repo.commit({"old.ini": creds.pair().ini})
    return repo


def shell(script: str, repo: Repo, **env: str) -> subprocess.CompletedProcess:
    full = git_environment(repo.path.parent) | {"HOME": str(repo.path.parent)} | env
    full = {name: value for name, value in full.items() if value is not None}
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=repo.path,
        env=full,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def ids(folder: Path) -> list[str]:
    lines = (folder / "leaktrawl.jsonl").read_text().splitlines()
    return [o["access_key_id"] for o in map(json.loads, lines) if o["type"] == "finding"]


def ci(repo: Repo, **env: str) -> subprocess.CompletedProcess:
    return shell(str(ROOT / "integrations/ci.sh"), repo, LEAKTRAWL=PROGRAM, **env)


def test_only_what_the_range_brings_in(repo: Repo, creds: Creds):
    pair = creds.pair()
    base = repo.head()
    repo.commit({"new.ini": pair.ini})
    done = ci(repo, LEAKTRAWL_BASE=base)
    assert done.returncode == 1 and pair.id in done.stdout
    reports = repo.path / "leaktrawl-reports"
    assert ids(reports) == [pair.id]
    for name in ("leaktrawl.sarif", "gl-secret-detection-report.json", "leaktrawl-junit.xml"):
        text = (reports / name).read_text()
        assert pair.id in text and pair.secret not in text


@pytest.mark.parametrize("base", [None, "", "0" * 40])
def test_without_a_base_all_history(repo: Repo, creds: Creds, base: str | None):
    pair = creds.pair()
    repo.commit({"new.ini": pair.ini})
    assert ci(repo, LEAKTRAWL_BASE=base).returncode == 1
    assert len(ids(repo.path / "leaktrawl-reports")) == 2


def test_an_empty_range_is_clean(repo: Repo):
    assert ci(repo, LEAKTRAWL_BASE=repo.head()).returncode == 0


def test_a_base_that_is_not_there(repo: Repo, tree: Tree):
    repo.commit({"new": "clean\n"})
    base = repo.git("rev-parse", "HEAD~1")
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{repo.path}", str(tree / "shallow")],
        check=True,
        env=git_environment(tree.root),
    )
    done = ci(Repo(tree / "shallow", create=False), LEAKTRAWL_BASE=base)
    assert done.returncode == 2 and "fetch-depth: 0" in done.stderr


def test_options_and_status(repo: Repo, creds: Creds):
    base = repo.head()
    repo.commit({"id": creds.key_id() + "\n"})
    assert ci(repo, LEAKTRAWL_BASE=base).returncode == 1
    assert ci(repo, LEAKTRAWL_BASE=base, LEAKTRAWL_OPTIONS="--fail-on pair -q").returncode == 0


def test_a_change_cannot_loosen_its_own_check(repo: Repo, creds: Creds):
    pair, excluded = creds.pairs(2)
    base = repo.commit({".leaktrawl.json": '{"exclude-path": ["fixtures/"]}'})
    repo.commit({"fixtures/a.ini": excluded.ini})
    assert ci(repo, LEAKTRAWL_BASE=base).returncode == 0
    base = repo.commit({})
    repo.commit({".leaktrawl.json": '{"exclude-path": ["*"]}', "b.ini": pair.ini})
    done = ci(repo, LEAKTRAWL_BASE=base)
    assert done.returncode == 1 and ".leaktrawl.json is changed" in done.stderr
    assert ids(repo.path / "leaktrawl-reports") == [pair.id]


class Action:
    """action.yml, run as GitHub's runner does: expressions are filled in, outputs are files."""

    def __init__(self, tree: Tree, context: dict[str, str]) -> None:
        self.action = yaml.safe_load((ROOT / "action.yml").read_text())
        self.temp = tree.mkdir("runner-temp")
        self.output, self.summary = self.temp / "output", self.temp / "summary"
        self.context = {
            "github.action_path": str(ROOT),
            "runner.temp": str(self.temp),
            "runner.os": "Linux",
            "runner.arch": "X64",
            **{f"inputs.{k}": v["default"] for k, v in self.action["inputs"].items()},
            **context,
        }

    def fill(self, text: str) -> str:
        """`a || b` and single names are all that the action's expressions for steps use."""

        def value(match: re.Match) -> str:
            names = [name.strip() for name in match[1].split("||")]
            return next((self.context[n] for n in names if self.context.get(n)), "")

        return re.sub(r"\$\{\{(.*?)\}\}", value, text)

    def run(self, repo: Repo) -> subprocess.CompletedProcess:
        for step in self.action["runs"]["steps"]:
            if "run" not in step:
                assert step["uses"].startswith("actions/cache@v")
                continue
            assert "${{" not in step["run"], "an expression in a script is an injection"
            env = {name: self.fill(text) for name, text in step.get("env", {}).items()}
            if env.get("LEAKTRAWL"):
                env["LEAKTRAWL"] = PROGRAM
            else:
                env["CACHED"] = "true"
            done = shell(
                step["run"],
                repo,
                GITHUB_OUTPUT=str(self.output),
                GITHUB_STEP_SUMMARY=str(self.summary),
                **env,
            )
            if done.returncode:
                break
        return done


def test_the_action_on_a_pull_request(tree: Tree, repo: Repo, creds: Creds):
    pair = creds.pair()
    base = repo.head()
    head = repo.commit({"new.ini": pair.ini})
    action = Action(
        tree,
        {
            "github.event.pull_request.base.sha": base,
            "github.event.pull_request.head.sha": head,
        },
    )
    done = action.run(repo)
    assert done.returncode == 1, done.stderr
    assert f"::error title=" in done.stdout and pair.id in done.stdout
    assert pair.id in action.summary.read_text()
    outputs = dict(line.split("=", 1) for line in action.output.read_text().splitlines())
    assert {f"steps.scan.outputs.{name}" for name in outputs} == {
        re.search(r"\{\{ (.*) \}\}", o["value"])[1] for o in action.action["outputs"].values()
    }
    sarif = json.loads(Path(outputs["sarif"]).read_text())
    assert sarif["version"] == "2.1.0"
    assert ids(Path(outputs["reports"])) == [pair.id]


def test_the_action_on_a_push_of_a_new_branch(tree: Tree, repo: Repo):
    context = {"github.event.before": "0" * 40, "github.sha": repo.head()}
    assert Action(tree, context).run(repo).returncode == 1


def test_the_action_on_a_clean_push(tree: Tree, repo: Repo):
    base = repo.head()
    repo.commit({"clean": "clean\n"})
    context = {"github.event.before": base, "github.sha": repo.head()}
    done = Action(tree, context).run(repo)
    assert done.returncode == 0, done.stderr


def test_gitlab(tree: Tree, repo: Repo, creds: Creds):
    pair = creds.pair()
    base = repo.head()
    head = repo.commit({"new.ini": pair.ini})
    job = yaml.safe_load((ROOT / "integrations/gitlab.yml").read_text())["leaktrawl"]
    lines = "\n".join(job["before_script"] + job["script"]).replace("/tmp/leaktrawl", str(ROOT))
    done = shell(
        lines,
        repo,
        **job["variables"] | {"LEAKTRAWL": str(Path(PROGRAM).resolve())},
        CI_COMMIT_SHA=head,
        CI_COMMIT_BEFORE_SHA="0" * 40,
        CI_MERGE_REQUEST_DIFF_BASE_SHA=base,
    )
    assert done.returncode == 1, done.stderr
    for path in job["artifacts"]["reports"].values():
        assert pair.id in (repo.path / path).read_text()


def test_jenkins(tree: Tree, repo: Repo, creds: Creds):
    pair = creds.pair()
    repo.git("update-ref", "refs/remotes/origin/main", repo.head())
    repo.commit({"new.ini": pair.ini})
    text = (ROOT / "integrations/Jenkinsfile").read_text()
    [step] = re.findall(r"sh '(.*)'", text)
    done = shell(
        step,
        repo,
        LEAKTRAWL_SOURCE=str(ROOT),
        LEAKTRAWL=PROGRAM,
        CHANGE_TARGET="main",
    )
    assert done.returncode == 1, done.stderr
    assert ids(repo.path / "leaktrawl-reports") == [pair.id]
    [results] = re.findall(r"testResults: '(.*?)'", text)
    assert pair.id in (repo.path / results).read_text()


def test_shell_scripts_are_good():
    scripts = [p for folder in ("integrations", "packaging") for p in (ROOT / folder).glob("*.sh")]
    assert scripts
    done = subprocess.run(
        ["shellcheck", *map(str, scripts)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
