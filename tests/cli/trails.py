"""CloudTrail logs that are made up, and what a trail tells of them."""

from __future__ import annotations

import json
import random
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Result, Runner

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))

from trail_logs import START, generate, key_id, record, user_identity  # noqa: E402

RECORDS = 50_000
WHEN = START + timedelta(days=1)
HERE = {"address": "198.51.100.20", "agent": "Boto3/1.34.42"}
THERE = {"address": "203.0.113.9", "agent": "aws-cli/2.15.10 Python/3.11.6 Linux/6.1.0"}
USED, UNUSED, TROUBLE = 1, 0, 2
TIME = {"SOURCE_DATE_EPOCH": "1716000000"}


@dataclass
class Logs:
    folder: Path
    truth: dict[str, Any]

    @property
    def keys(self) -> list[str]:
        return [word for i in self.truth["incidents"] for word in ("--key", i["key"])]


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Logs:
    folder = tmp_path_factory.mktemp("logs")
    return Logs(folder, generate(folder, RECORDS, seed=11, jobs=1))


def lines(result: Result) -> list[dict[str, Any]]:
    """The JSON Lines of a trail; a summary is last, and steps are of the story before them."""
    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert [o["type"] for o in objects].count("summary") == 1 and objects[-1][
        "type"
    ] == "summary", result
    return objects


def stories(result: Result) -> dict[str, dict[str, Any]]:
    return {o["id"]: o for o in lines(result) if o["type"] == "trail"}


def steps(result: Result, of: str) -> list[dict[str, Any]]:
    return [o for o in lines(result) if o["type"] == "step" and o["of"] == of]


def events(result: Result, of: str) -> list[str]:
    return [s["event"] for s in steps(result, of)]


def shown(story: dict[str, Any]) -> set[str]:
    return {i["id"] for i in story["indicators"]}


def trail(run: Runner, *args: Any, **options: Any) -> Result:
    return run("trail", "--format", "jsonl", *args, **options)


class World:
    """A key, its user, and calls made with it: for logs of a few records."""

    def __init__(self, seed: str) -> None:
        self.rng = random.Random(seed)
        self.key = key_id(self.rng, "AKIA")
        self.identity = user_identity(self.rng, "robot", self.key)
        self.admin = user_identity(self.rng, "alice", key_id(self.rng, "ASIA"))

    def call(self, seconds: float, source: str, name: str, **more: Any) -> dict[str, Any]:
        where = HERE | {k: more.pop(k) for k in ("address", "agent") if k in more}
        identity = more.pop("identity", self.identity)
        when = WHEN + timedelta(seconds=seconds)
        return record(self.rng, when, identity, source, name, **where, **more)


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    return World(request.node.nodeid)


def as_file(records: list[dict[str, Any]]) -> bytes:
    return json.dumps({"Records": records}).encode()
