"""The AWS CLI's files of a user, a server that wants the right keys, and roles that it hands out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

import pytest

from creds import Creds, Pair
from s3_servers import Answer, Request, Scripted

if TYPE_CHECKING:
    from conftest import Result, Runner

BUCKET = "s3://scripted"
ROLE = "arn:aws:iam::123456789012:role/reader"


class Home:
    """The AWS CLI's files of the user who runs the program."""

    def __init__(self, run: Runner) -> None:
        self.run, self.folder = run, run.home / ".aws"
        self.folder.mkdir()

    def config(self, text: str) -> None:
        (self.folder / "config").write_text(text)

    def credentials(self, text: str) -> None:
        (self.folder / "credentials").write_text(text)


@pytest.fixture
def home(run: Runner) -> Home:
    return Home(run)


@pytest.fixture
def server(scripted: Scripted, creds: Creds) -> Scripted:
    """Holds one object, for whoever signs with the keys of `server.pair`."""
    scripted.objects = {"k": creds.pair().ini.encode()}
    return scripted


def scan(run: Runner, server: Scripted, *args: str, env: dict[str, str] | None = None) -> Result:
    base = {"AWS_ENDPOINT_URL": server.url, "AWS_EC2_METADATA_DISABLED": "true"}
    return run.scan(*(args or (BUCKET,)), env=base | (env or {}))


def opened(result: Result) -> bool:
    return len(result.findings) == 1 and not result.errors


def refused(result: Result) -> str:
    """The message of a scan that could not be signed."""
    assert result.status == 2 and not result.findings, result
    return result.errors[0]["message"]


def ini(pair: Pair, name: str = "default") -> str:
    return f"[{name}]\n{pair.ini}"


class Sts:
    """Answers AssumeRole and AssumeRoleWithWebIdentity, and notes who asked for what."""

    def __init__(self, server: Scripted, session: Pair, life_s: int = 3600) -> None:
        self.server, self.session, self.life_s = server, session, life_s
        self.asked: list[dict[str, str]] = []
        self.caller = server.pair
        server.script = self

    def __call__(self, request: Request) -> Answer | None:
        if request.method != "POST":
            self.server.pair = self.session
            signed = self.server.is_signed("GET", self.target(request), request.headers, b"")
            request.signed = signed
            return None
        form = {k: v[0] for k, v in parse_qs(request.body.decode()).items()}
        self.asked.append(form | {"signed": str("authorization" in request.headers)})
        expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.life_s))
        pair = self.session
        return Answer(
            200,
            f"<{form['Action']}Response xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><R>"
            f"<Credentials><AccessKeyId>{pair.id}</AccessKeyId>"
            f"<SecretAccessKey>{pair.secret}</SecretAccessKey>"
            f"<SessionToken>{pair.token}</SessionToken><Expiration>{expires}</Expiration>"
            f"</Credentials></R></{form['Action']}Response>".encode(),
        )

    @staticmethod
    def target(request: Request) -> str:
        query = "&".join(f"{k}={quote(v, safe='')}" for k, v in request.query.items())
        return request.path + (f"?{query}" if query else "")
