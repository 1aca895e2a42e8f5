"""What runs in CI systems: their files are read and their steps run as the service would."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from conftest import NOBODY, PROGRAM, ROOT, Tree
from creds import Creds, Pair
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


@pytest.mark.parametrize("base", [None, "", "none", "0" * 40, "0" * 64])
def test_without_a_base_all_history(repo: Repo, creds: Creds, base: str | None):
    pair = creds.pair()
    repo.commit({"new.ini": pair.ini})
    done = ci(repo, LEAKTRAWL_BASE=base)
    assert done.returncode == 1 and "the whole history" in done.stderr
    assert len(ids(repo.path / "leaktrawl-reports")) == 2


def pushed_branch(repo: Repo, creds: Creds) -> Pair:
    """main is at the remote; a new branch brings a leak, and so does main since."""
    repo.git("checkout", "-q", "-b", "topic")
    pair = creds.pair()
    repo.commit({"new.ini": pair.ini})
    repo.git("checkout", "-q", "main")
    repo.commit({"other.ini": creds.pair().ini})
    repo.git("update-ref", "refs/remotes/origin/main", "main")
    repo.git("checkout", "-q", "topic")
    return pair


@pytest.mark.parametrize("base", ["0" * 40, "c0ffee" * 6 + "c0ff"])
@pytest.mark.parametrize("variable", ["LEAKTRAWL_DEFAULT_BRANCH", "CI_DEFAULT_BRANCH"])
def test_a_new_or_forced_branch_is_held_against_the_default_one(
    repo: Repo, creds: Creds, base: str, variable: str
):
    pair = pushed_branch(repo, creds)
    assert ci(repo, LEAKTRAWL_BASE=base, **{variable: "main"}).returncode == 1
    assert ids(repo.path / "leaktrawl-reports") == [pair.id]
    # The default branch itself, or a tag on it, is behind nothing.
    repo.git("checkout", "-q", "main")
    assert ci(repo, LEAKTRAWL_BASE=base, **{variable: "main"}).returncode == 1
    assert len(ids(repo.path / "leaktrawl-reports")) == 3


def test_a_base_that_is_mistyped_is_told(repo: Repo):
    done = ci(repo, LEAKTRAWL_BASE="origin/mian", LEAKTRAWL_DEFAULT_BRANCH="main")
    assert done.returncode == 2 and "origin/mian is not in this clone" in done.stderr


def test_gitlab_merged_results_leave_the_targets_changes_out(repo: Repo, creds: Creds):
    base = repo.head()
    pair = pushed_branch(repo, creds)
    source = repo.head()
    repo.git("merge", "-q", "--no-edit", "main")
    done = ci(
        repo,
        CI_MERGE_REQUEST_DIFF_BASE_SHA=base,
        CI_COMMIT_SHA=repo.head(),
        CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=source,
        CI_COMMIT_BEFORE_SHA="0" * 40,
        CI_PIPELINE_SOURCE="merge_request_event",
    )
    assert done.returncode == 1
    assert ids(repo.path / "leaktrawl-reports") == [pair.id]


@pytest.mark.parametrize("source, count", [("schedule", 3), ("web", 3), ("push", 1)])
def test_gitlab_pipelines_without_a_base(repo: Repo, creds: Creds, source: str, count: int):
    pushed_branch(repo, creds)
    done = ci(
        repo,
        CI_COMMIT_SHA=repo.head(),
        CI_COMMIT_BEFORE_SHA="0" * 40,
        CI_DEFAULT_BRANCH="main",
        CI_PIPELINE_SOURCE=source,
    )
    assert done.returncode == 1
    assert len(ids(repo.path / "leaktrawl-reports")) == count


def test_jenkins_goes_on_from_the_last_good_build(repo: Repo, creds: Creds):
    pair, base = creds.pair(), repo.head()
    repo.commit({"new.ini": pair.ini})
    assert ci(repo, GIT_PREVIOUS_SUCCESSFUL_COMMIT=base).returncode == 1
    assert ids(repo.path / "leaktrawl-reports") == [pair.id]


def test_names_with_spaces(tree: Tree, creds: Creds):
    repo, pair = tree.repo("a b/my repo"), creds.pair()
    base = repo.commit({"old": "clean\n"})
    repo.commit({"new file.ini": pair.ini})
    done = shell(
        f'"{ROOT}/integrations/ci.sh" "my repo"',
        Repo(tree / "a b", create=False),
        LEAKTRAWL=PROGRAM,
        LEAKTRAWL_BASE=base,
        LEAKTRAWL_REPORTS="the reports",
    )
    assert done.returncode == 1, done.stderr
    assert ids(tree / "a b/the reports") == [pair.id]


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a folder away takes root")
def test_a_folder_of_somebody_elses(repo: Repo, creds: Creds):
    """As in containers, whose user is not the one who has checked out."""
    base = repo.head()
    repo.commit({"new.ini": creds.pair().ini})
    for path in [repo.path, *repo.path.rglob("*")]:
        os.chown(path, NOBODY, NOBODY)
    done = ci(repo, LEAKTRAWL_BASE=base)
    assert done.returncode == 1
    assert "is changed here" not in done.stderr and "not in this clone" not in done.stderr
    assert len(ids(repo.path / "leaktrawl-reports")) == 1


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
    whole = ci(repo, LEAKTRAWL_BASE=base, LEAKTRAWL_HEAD="f" * 40)
    assert whole.returncode == 2 and f"{'f' * 40} is not in this clone" in whole.stderr


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


def test_what_the_target_has_changed_since_is_no_change(repo: Repo, creds: Creds):
    repo.commit({".leaktrawl.json": '{"exclude-path": ["fixtures/"]}'})
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({"fixtures/a.ini": creds.pair().ini})
    repo.git("checkout", "-q", "main")
    base = repo.commit({".leaktrawl.json": '{"exclude-path": ["fixtures/", "x"]}'})
    repo.git("checkout", "-q", "topic")
    done = ci(repo, LEAKTRAWL_BASE=base)
    assert (done.returncode, "is changed here" in done.stderr) == (0, False)


class Action:
    """action.yml, run as GitHub's runner does: expressions are filled in, outputs are files."""

    def __init__(self, tree: Tree, context: dict[str, str]) -> None:
        self.action = yaml.safe_load((ROOT / "action.yml").read_text())
        self.temp = tree.mkdir("runner-temp")
        self.output, self.summary = self.temp / "output", self.temp / "summary"
        self.context = {
            "steps.cache.outputs.cache-hit": "true",
            "github.event.repository.default_branch": "main",
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
                path, key = (self.fill(step["with"][name]) for name in ("path", "key"))
                assert path == str(ROOT / "build/release/leaktrawl")
                assert re.fullmatch(r"leaktrawl-debian-\d+-\w+-[0-9a-f]{64}", key)
                continue
            assert "${{" not in step["run"], "an expression in a script is an injection"
            env = {name: self.fill(text) for name, text in step.get("env", {}).items()}
            if "LEAKTRAWL" in env:
                assert env["LEAKTRAWL"] == str(ROOT / "build/release/leaktrawl")
                env["LEAKTRAWL"] = PROGRAM
            self.output.write_text("")
            done = shell(
                step["run"],
                repo,
                GITHUB_ACTION_PATH=str(ROOT),
                RUNNER_TEMP=str(self.temp),
                GITHUB_OUTPUT=str(self.output),
                GITHUB_STEP_SUMMARY=str(self.summary),
                **env,
            )
            for line in self.output.read_text().splitlines():
                name, value = line.split("=", 1)
                self.context[f"steps.{step['id']}.outputs.{name}"] = value
            if done.returncode:
                break
        return done

    @property
    def outputs(self) -> dict[str, str]:
        return {name: self.fill(o["value"]) for name, o in self.action["outputs"].items()}


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
    sarif = json.loads(Path(action.outputs["sarif"]).read_text())
    assert sarif["version"] == "2.1.0"
    assert ids(Path(action.outputs["reports"])) == [pair.id]


def test_the_action_in_a_merge_queue(tree: Tree, repo: Repo, creds: Creds):
    pair, base = creds.pair(), repo.head()
    head = repo.commit({"new.ini": pair.ini})
    action = Action(
        tree,
        {
            "github.event.merge_group.base_sha": base,
            "github.event.merge_group.head_sha": head,
            "github.sha": head,
        },
    )
    assert action.run(repo).returncode == 1
    assert ids(Path(action.outputs["reports"])) == [pair.id]


def test_the_action_on_a_schedule(tree: Tree, repo: Repo):
    done = Action(tree, {"github.sha": repo.head()}).run(repo)
    assert done.returncode == 1 and "the whole history" in done.stderr


def test_the_action_where_nothing_can_be_scanned(tree: Tree, repo: Repo):
    """It ends with 2, and names no file for the upload."""
    action = Action(tree, {"inputs.path": "nowhere", "github.sha": repo.head()})
    assert action.run(repo).returncode == 2
    assert action.outputs["sarif"] == ""


def test_the_jobs_page_takes_names_as_text(tree: Tree, repo: Repo, creds: Creds):
    base = repo.head()
    repo.commit({"```\n<b>&`.ini": creds.pair().ini})
    action = Action(tree, {"github.event.before": base, "github.sha": repo.head()})
    assert action.run(repo).returncode == 1
    summary = action.summary.read_text()
    assert "<b>" not in summary and "&lt;b>&amp;" in summary


def test_the_files_are_what_the_services_take(tree: Tree):
    """Their own schemas, which check-jsonschema carries."""
    [workflow] = re.findall(r"```yaml\n(on:.*?)```", (ROOT / "docs/ci.md").read_text(), re.DOTALL)
    path = tree.write("workflow.yml", workflow.replace("…/leaktrawl@…", "leaktrawl/leaktrawl@v1"))
    for kind, file, *more in [
        ("github-actions", ROOT / "action.yml"),
        ("github-workflows", path),
        ("gitlab-ci", ROOT / "integrations/gitlab.yml", "--data-transform", "gitlab-ci"),
    ]:
        done = subprocess.run(
            [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{kind}"]
            + [*more, str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


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
