"""Profiles with mfa_serial: the code is asked for on the terminal, or the AWS CLI's session taken."""

from __future__ import annotations

import datetime
import json
import os
import pty
import select
import signal
import termios
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import AssumeRoleCredentialFetcher, Credentials
from botocore.utils import JSONFileCache
from dateutil.tz import tzutc

from aws_homes import BUCKET, ROLE, Home, Sts, ini, opened, refused, scan, server  # noqa: F401
from conftest import PROGRAM, Runner, clean_environment
from creds import Creds, Pair
from s3_servers import Scripted, fault

SERIAL = "arn:aws:iam::123456789012:mfa/me"
PROMPT = f"Enter MFA code for {SERIAL}: ".encode()
PROFILE = f"[profile r]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = {SERIAL}\n"
WAIT_S = 120


@dataclass
class Session:
    """A finished run on a terminal of its own, and what that showed."""

    status: int
    shown: bytes
    lines: list[dict[str, Any]]
    echo: bool  # does the terminal show what is typed, at the end?


def read_until(terminal: int, end: bytes | None, shown: bytes = b"") -> bytes:
    """What is shown up to `end`, or up to where nothing more is."""
    while end is None or not shown.endswith(end):
        if not select.select([terminal], [], [], WAIT_S)[0]:
            raise AssertionError(f"nothing more after {shown!r}")
        try:
            piece = os.read(terminal, 1 if end else 65536)
        except OSError:
            return shown
        if not piece:
            return shown
        shown += piece
    return shown


class Terminal:
    """Runs the program with a controlling terminal, and types what it is asked for."""

    def __init__(self, run: Runner, server: Scripted) -> None:
        self.run, self.server = run, server
        self.report = run.work / "report.jsonl"

    def __call__(self, typed: bytes | None, *args: str, env: dict[str, str] | None = None,
                 before: list[str] | None = None, wait_s: float = 0) -> Session:
        argv = [*(before or []), PROGRAM, "scan", "--profile", "r", "--format", "jsonl"]
        argv += ["-o", str(self.report), *(args or (BUCKET,))]
        full = clean_environment(self.run.home) | (env or {})
        full |= {"AWS_ENDPOINT_URL": self.server.url, "AWS_EC2_METADATA_DISABLED": "true"}
        pid, terminal = pty.fork()
        if pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored in a shell's background
            os.chdir(self.run.work)
            os.execvpe(argv[0], argv, full)
        shown = read_until(terminal, PROMPT[-20:]) if typed is not None else b""
        if typed is not None:
            ready = select.select([terminal], [], [], wait_s)[0]
            assert not ready, f"something is written behind the prompt: {os.read(terminal, 999)!r}"
            os.write(terminal, typed)
        shown = read_until(terminal, None, shown)
        echo = bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
        os.close(terminal)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        text = self.report.read_text() if self.report.exists() else ""
        return Session(status, shown, [json.loads(line) for line in text.splitlines()], echo)


@pytest.fixture
def terminal(run: Runner, server: Scripted) -> Terminal:
    return Terminal(run, server)


@pytest.fixture
def sts(server: Scripted, home: Home, creds: Creds) -> Sts:
    home.credentials(ini(creds.pair(), "base"))
    return Sts(server, creds.session())


def error(session: Session) -> str:
    (line,) = [line for line in session.lines if line["type"] == "error"]
    return line["message"]


@pytest.mark.parametrize("typed", [b"730915\n", b"999\x7f\x7f\x7f730915\r", b"4711\x15730915\n"])
def test_the_code_is_asked_for(
    run: Runner, home: Home, sts: Sts, terminal: Terminal, typed: bytes
) -> None:
    home.config(PROFILE + "external_id = e x+t\nrole_session_name = audit\nduration_seconds = 1800\n")
    # The line of progress, on the same terminal, stays away while the question stands.
    session = terminal(typed, "--progress", "always", BUCKET, wait_s=1)
    assert session.status == 1
    assert [line["type"] for line in session.lines] == ["finding", "summary"]
    (asked,) = sts.asked
    assert asked == {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": ROLE,
        "RoleSessionName": "audit",
        "ExternalId": "e x+t",
        "DurationSeconds": "1800",
        "SerialNumber": SERIAL,
        "TokenCode": "730915",
        "signed": "True",
    }
    assert session.shown.count(PROMPT) == 1 and b"730915" not in session.shown
    assert session.echo
    # Nothing of it is kept.
    assert sorted(path.name for path in home.folder.rglob("*")) == ["config", "credentials"]


@pytest.mark.parametrize("typed, told", [
    (b"12345\n", "an MFA code has six digits"),
    (b"1234567890\n", "an MFA code has six digits"),
    (b"12345x\n", "an MFA code has six digits"),
    (b"\n", "an MFA code has six digits"),
    (b"\x04", "no MFA code was given"),
])
def test_what_is_no_code(
    home: Home, sts: Sts, terminal: Terminal, typed: bytes, told: str
) -> None:
    home.config(PROFILE)
    session = terminal(typed)
    assert session.status == 2 and session.echo
    assert error(session) == f"the profile r: {told}"
    assert sts.asked == [] and sts.server.requests == []


def test_an_interrupt_ends_it_and_leaves_the_terminal_as_it_was(
    home: Home, sts: Sts, terminal: Terminal
) -> None:
    home.config(PROFILE)
    session = terminal(b"123\x03")
    assert session.status == -signal.SIGINT and session.echo
    assert sts.server.requests == []


def test_a_code_that_is_refused_is_asked_for_once(
    home: Home, server: Scripted, sts: Sts, terminal: Terminal
) -> None:
    """Whatever the number of buckets, and with the line of progress, which lists them too."""
    home.config(PROFILE)
    asked = []
    server.script = lambda r: asked.append(r) or fault(403, "AccessDenied", "invalid MFA code")
    session = terminal(b"730915\n", "--progress", "always", BUCKET, "s3://another", "s3://third")
    assert session.status == 2 and len(asked) == 1
    assert session.shown.count(PROMPT) == 1
    messages = {line["message"] for line in session.lines if line["type"] == "error"}
    assert messages == {f"the role {ROLE} cannot be assumed: AccessDenied: invalid MFA code"}


def test_a_device_with_a_name_that_would_move_the_cursor(
    home: Home, sts: Sts, terminal: Terminal
) -> None:
    home.config(PROFILE.replace(SERIAL, f"\033[2J{SERIAL}"))
    shown = terminal(b"730915\n").shown
    assert b"Enter MFA code for \\x1b[2J" in shown and b"\033[2J" not in shown


# --- nobody can be asked ---


def test_nobody_is_asked_without_a_terminal(
    run: Runner, server: Scripted, home: Home, sts: Sts
) -> None:
    home.config(PROFILE)
    message = refused(scan(run, server, "--profile", "r", BUCKET))
    assert "there is no terminal to ask for it" in message
    assert "aws configure export-credentials --profile r" in message
    assert server.requests == []


@pytest.mark.parametrize("env, before", [
    ({"CI": "true"}, []),
    ({}, ["sh", "-c", 'set -m; "$@" & wait $!', "sh"]),  # a job in the background
])
def test_nobody_is_asked_in_ci_or_in_the_background(
    home: Home, sts: Sts, terminal: Terminal, env: dict[str, str], before: list[str]
) -> None:
    home.config(PROFILE)
    session = terminal(None, env=env, before=before)
    assert "there is no terminal to ask for it" in error(session)
    assert PROMPT not in session.shown and sts.server.requests == []


def test_a_session_that_ends_is_no_second_question(
    home: Home, server: Scripted, sts: Sts, terminal: Terminal
) -> None:
    home.config(PROFILE)
    sts.life_s = -10
    session = terminal(b"730915\n")
    assert session.status == 2 and session.shown.count(PROMPT) == 1
    assert "the session of the profile r has ended" in error(session)


# --- the AWS CLI's cache ---


class Client:
    """STS, as botocore's own code sees it."""

    def __init__(self, pair: Pair, life: datetime.timedelta) -> None:
        self.pair, self.life = pair, life

    def assume_role(self, **arguments: Any) -> dict[str, Any]:
        pair, expires = self.pair, datetime.datetime.now(tzutc()).replace(microsecond=0) + self.life
        credentials = {"AccessKeyId": pair.id, "SecretAccessKey": pair.secret,
                       "SessionToken": pair.token, "Expiration": expires}
        return {"Credentials": credentials, "AssumedRoleUser": {"Arn": "", "AssumedRoleId": ""}}


def log_in(home: Home, pair: Pair, life: datetime.timedelta, **arguments: Any) -> Path:
    """What any call of the AWS CLI with the profile leaves: written by the code that it uses."""
    folder = home.folder / "cli/cache"
    fetcher = AssumeRoleCredentialFetcher(
        lambda *_, **__: Client(pair, life), Credentials("a", "b"), ROLE,
        extra_args={"SerialNumber": SERIAL, **arguments}, mfa_prompter=lambda _: "730915",
        cache=JSONFileCache(str(folder)),
    )
    fetcher.fetch_credentials()
    (file,) = folder.iterdir()
    return file


HOUR = datetime.timedelta(hours=1)


@pytest.mark.parametrize("lines, arguments", [
    ("", {}),
    ("duration_seconds = 03600\n", {"DurationSeconds": 3600}),
    ("external_id = e-x:t/1\nrole_session_name = me@work\n",
     {"ExternalId": "e-x:t/1", "RoleSessionName": "me@work"}),
    ("external_id = x\nrole_session_name = y\nduration_seconds = 900\n",
     {"ExternalId": "x", "RoleSessionName": "y", "DurationSeconds": 900}),
])
def test_the_cli_has_asked_already(
    run: Runner, server: Scripted, home: Home, sts: Sts, lines: str, arguments: dict[str, Any]
) -> None:
    home.config(PROFILE + lines)
    file = log_in(home, sts.session, HOUR, **arguments)
    before = file.read_bytes()
    assert opened(scan(run, server, "--profile", "r", BUCKET))
    assert sts.asked == [] and file.read_bytes() == before


@pytest.mark.parametrize("how", ["other role", "soon over", "torn", "no keys", "folder"])
def test_what_the_cli_has_is_of_no_use(
    run: Runner, server: Scripted, home: Home, sts: Sts, how: str
) -> None:
    home.config(PROFILE + ("external_id = other\n" if how == "other role" else ""))
    file = log_in(home, sts.session, HOUR / 5 if how == "soon over" else HOUR)
    if how == "torn":
        file.write_bytes(file.read_bytes()[:-20])
    elif how == "no keys":
        file.write_text('{"Credentials": {"AccessKeyId": 1, "Expiration": null}}')
    elif how == "folder":
        file.unlink()
        file.mkdir()
    assert "there is no terminal" in refused(scan(run, server, "--profile", "r", BUCKET))
    assert server.requests == []
