"""The demo: its input holds what it promises, and the program finds it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from conftest import PROGRAM, ROOT, Runner, clean_environment
from pages import data_of

DEMO = ROOT / "fixtures" / "demo.sh"
MAKE = ROOT / "fixtures" / "make.sh"


def make(folder: Path, home: Path) -> None:
    done = subprocess.run(["sh", MAKE, folder], env=clean_environment(home), capture_output=True)
    assert done.returncode == 0, done.stderr


def test_what_the_input_holds(run: Runner, tree, tmp_path: Path):
    make(tree / "demo", tmp_path)
    result = run.scan("demo")
    pairs = {f["location"]["path"].removeprefix("demo/") for f in result.by_rule("aws-key-pair")}
    bucket = next(p.name for p in (tree / "demo").iterdir() if p.name.startswith("jam-agent-"))
    assert pairs == {
        f"{bucket}/key.txt",
        "app/.env",
        "app/infra/provider.tf",
        "app/Dockerfile",
        "deploy.sh",
        "settings.ini",
    }
    assert len(result.by_rule("aws-key-pair")) == 6
    # CloudTrail's records name the key of the bucket, without its secret.
    [alone] = [f for f in result.findings if f["rule"] != "aws-key-pair"]
    assert alone["rule"] == "aws-access-key-id" and "/trail/" in alone["location"]["path"]
    history = [f for f in result.findings if f["git"]]
    assert {f["location"]["path"] for f in history} == {"deploy.sh", "settings.ini"}
    assert result.summary["temporary_ids"] > 0
    assert result.summary["allowed"] == 1
    assert result.errors == []


def test_the_input_is_the_same_every_time(tree, run: Runner, tmp_path: Path):
    make(tree / "a" / "demo", tmp_path)
    make(tree / "b" / "demo", tmp_path)
    reports = [run.scan("demo", cwd=tree / name).stdout for name in "ab"]
    assert reports[0] == reports[1]


def test_the_demo(tmp_path: Path):
    env = clean_environment(tmp_path) | {"TMPDIR": str(tmp_path)}
    relative = os.path.relpath(PROGRAM, tmp_path)
    done = subprocess.run(["sh", DEMO, relative], cwd=tmp_path, env=env, capture_output=True)
    assert done.returncode == 0, done
    text = done.stdout.decode()
    assert "key.txt" in text and "6 key pairs" in text
    # It works, by the server that the demo starts and ends itself.
    assert "status   live" in text and "user reports" in text
    # And its story, in order.
    steps = ["CreateUser reports", "AttachUserPolicy", "CreateAccessKey", "CreateUser: AccessDenied"]
    timeline = text[text.index("Timeline (UTC)") :]
    places = [timeline.index(step) for step in steps]
    assert places == sorted(places)
    assert list(tmp_path.iterdir()) == [], "something was left behind"


def test_the_demo_ends_with_the_page(tmp_path: Path):
    env = clean_environment(tmp_path) | {"TMPDIR": str(tmp_path)}
    page = tmp_path / "page.html"
    done = subprocess.run(["sh", DEMO, PROGRAM, page], env=env, capture_output=True)
    assert done.returncode == 0, done
    assert done.stdout.decode().endswith(f"Open {page} in a browser.\n")
    data = data_of(page.read_text())
    assert data["summary"]["credentials"] == 6
    assert "live" in {f["verification"]["status"] for f in data["findings"]}
    assert data["stories"][0]["score"] > 50 and data["stories"][0]["calls"] == 3
    assert list(tmp_path.iterdir()) == [page], "something else was left behind"


def test_the_demo_fails_where_nothing_is_found(tmp_path: Path):
    env = clean_environment(tmp_path) | {"TMPDIR": str(tmp_path)}
    for program in ["true", "/nowhere/leaktrawl"]:
        assert subprocess.run(["sh", DEMO, program], env=env, capture_output=True).returncode != 0
