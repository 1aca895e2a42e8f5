"""S3 servers on 127.0.0.1: moto's, versitygw, and a scripted one that misbehaves on demand.

The first two are other people's, so that no one server's habits are taken for S3's. The third
checks every signature with botocore's own signer.
"""

from __future__ import annotations

import gzip
import hashlib
import http.server
import os
import re
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any, Callable, Iterator
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

import boto3
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from creds import Creds, Pair

ROOT = Path(__file__).resolve().parents[2]
VERSITYGW = ROOT / "build" / "versitygw" / "bin" / "versitygw"
MOTO = ROOT / "build" / "venv" / "bin" / "moto_server"
START_S = 60


@dataclass
class Server:
    """A running server, and the credentials that open it."""

    url: str
    pair: Pair

    @property
    def env(self) -> dict[str, str]:
        return key_env(self.pair) | {"AWS_ENDPOINT_URL": self.url}

    def client(self, service: str = "s3", pair: Pair | None = None) -> Any:
        pair = pair or self.pair
        return boto3.client(
            service,
            endpoint_url=self.url,
            aws_access_key_id=pair.id,
            aws_secret_access_key=pair.secret,
            aws_session_token=pair.token,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
        )

    def fill(self, bucket: str, objects: dict[str, bytes | str]) -> None:
        client = self.client()
        client.create_bucket(Bucket=bucket)
        for key, content in objects.items():
            client.put_object(Bucket=bucket, Key=key, Body=content)


def key_env(pair: Pair) -> dict[str, str]:
    token = {"AWS_SESSION_TOKEN": pair.token} if pair.token else {}
    return {
        "AWS_ACCESS_KEY_ID": pair.id,
        "AWS_SECRET_ACCESS_KEY": pair.secret,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "us-east-1",
        **token,
    }


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nothing listens on port {port}")


def run_server(argv: list[str | Path], port: int, env: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        argv,
        env={"PATH": os.environ["PATH"], **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_listening(process, port)
        yield
    finally:
        process.terminate()
        process.wait()


def moto(seed: str, **env: str) -> Iterator[Server]:
    port = free_port()
    argv = [MOTO, "-H", "127.0.0.1", "-p", str(port)]
    for _ in run_server(argv, port, env):
        yield Server(f"http://127.0.0.1:{port}", Creds(seed).pair())


@pytest.fixture(scope="session")
def moto_server() -> Iterator[Server]:
    """Moto without checks of who asks; every test has buckets of its own."""
    yield from moto("moto")


@pytest.fixture
def checking_moto() -> Iterator[Server]:
    """A moto whose signature and IAM checks a test switches on: POST /moto-api/reset-auth."""
    yield from moto(
        "checking moto",
        INITIAL_NO_AUTH_ACTION_COUNT="1000000",
        MOTO_IAM_LOAD_MANAGED_POLICIES="true",
    )


@pytest.fixture(scope="session")
def versitygw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """versitygw, which checks every signature; buckets have versions where they are asked for."""
    if not VERSITYGW.exists():
        pytest.skip("build/versitygw is not there: make versitygw says why")
    folder, versions = (tmp_path_factory.mktemp(name) for name in ("vgw", "vgw-versions"))
    port, pair = free_port(), Creds("versitygw").pair()
    argv = [VERSITYGW, "--port", f"127.0.0.1:{port}", "--quiet"]
    argv += ["posix", "--versioning-dir", versions, folder]
    env = {"ROOT_ACCESS_KEY": pair.id, "ROOT_SECRET_KEY": pair.secret}
    for _ in run_server(argv, port, env):
        yield Server(f"http://127.0.0.1:{port}", pair)


# --- the scripted server ---


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    signed: bool  # with a signature that is right

    @property
    def key(self) -> str:
        """The object asked for, "" for the bucket itself."""
        return unquote(self.path.split("/", 2)[2]) if self.path.count("/") > 1 else ""

    @property
    def is_listing(self) -> bool:
        return self.method == "GET" and not self.key


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None  # the connection ends after so many bytes of the body
    stall_s: float = 0  # before the answer


def fault(status: int, code: str, message: str = "", **headers: str) -> Answer:
    text = f"<Error><Code>{code}</Code><Message>{message or code}</Message></Error>"
    return Answer(status, text.encode(), {k.replace("_", "-"): v for k, v in headers.items()})


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # with Python's 5 the kernel drops connections, each for seconds


class Scripted(Server):
    """`objects` in the bucket "scripted"; `script` may answer in place of the server."""

    def __init__(self, tls: Any = None) -> None:
        self.objects: dict[str, bytes] = {}
        self.requests: list[Request] = []
        self.script: Callable[[Request], Answer | None] = lambda request: None
        self.check = True
        self.region = "us-east-1"
        self.page = 1000
        self.clock_s = 0.0
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # an answer in two writes would wait 40 ms for the client's kernel

            def log_message(self, *args: Any) -> None:
                pass

            def date_time_string(self, timestamp: float | None = None) -> str:
                return formatdate(time.time() + server.clock_s, usegmt=True)

            def handle_one(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.answer(self, body)

            do_GET = do_POST = do_PUT = handle_one

        self.http = Listener(("127.0.0.1", 0), Handler)
        if tls:
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True)
        scheme = "https" if tls else "http"
        super().__init__(
            f"{scheme}://127.0.0.1:{self.http.server_address[1]}", Creds("scripted").pair()
        )
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()

    def of(self, key: str) -> list[Request]:
        return [r for r in self.requests if r.key == key]

    def is_signed(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bool:
        """Is the signature the one that botocore would make of this request?"""
        given = headers.get("authorization", "")
        if "SignedHeaders=" not in given:
            return False
        names = given.split("SignedHeaders=")[1].split(",")[0].split(";")
        scope = given.split("Credential=")[1].split(",")[0].split("/")
        request = AWSRequest(method, f"http://{headers['host']}{path}", data=body)
        for name in names:
            request.headers[name] = headers[name]
        request.context["timestamp"] = headers["x-amz-date"]
        pair = self.pair
        kind = S3SigV4Auth if scope[3] == "s3" else SigV4Auth
        signer = kind(Credentials(pair.id, pair.secret, pair.token), scope[3], scope[2])
        text = signer.string_to_sign(request, signer.canonical_request(request))
        right = signer.signature(text, request)
        needed = {"host", "x-amz-date"} | ({"x-amz-security-token"} if pair.token else set())
        if scope[3] == "s3":
            needed.add("x-amz-content-sha256")
        return (
            scope[0] == pair.id
            and given.endswith(f"Signature={right}")
            and needed <= set(names)
            and headers.get("x-amz-security-token") == pair.token
            and scope[2] == self.region
        )

    def answer(self, handler: Any, body: bytes) -> None:
        parts = urlsplit(handler.path)
        headers = {k.lower(): v for k, v in handler.headers.items()}
        signed = self.is_signed(handler.command, handler.path, headers, body)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        path = handler.path.split("?")[0]
        request = Request(handler.command, path, query, headers, body, signed)
        self.requests.append(request)
        answer = self.script(request)
        if answer is None:
            answer = self.serve(request)
        time.sleep(answer.stall_s)
        try:
            handler.send_response(answer.status)
            for name, value in answer.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(answer.body)))
            handler.end_headers()
            handler.wfile.write(answer.body[: answer.cut])
            if answer.cut is not None:
                handler.close_connection = True
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True

    def serve(self, request: Request) -> Answer:
        """What S3 would do."""
        if self.check and not request.signed:
            return fault(403, "SignatureDoesNotMatch", "The request signature does not match.")
        if request.is_listing:
            return self.list(request)
        content = self.objects.get(request.key)
        if content is None:
            return fault(404, "NoSuchKey", "The specified key does not exist.")
        return serve_object(request, content)

    def list(self, request: Request) -> Answer:
        keys = sorted(k for k in self.objects if k.startswith(request.query.get("prefix", "")))
        at = int(request.query.get("continuation-token", "0"))
        return listing(
            {k: self.objects[k] for k in keys[at : at + self.page]},
            token=str(at + self.page) if at + self.page < len(keys) else None,
        )


def etag_of(content: bytes) -> str:
    return f'"{hashlib.md5(content).hexdigest()}"'


def serve_object(request: Request, content: bytes) -> Answer:
    etag = etag_of(content)
    if request.headers.get("if-match", etag) != etag:
        return fault(412, "PreconditionFailed")
    if "range" not in request.headers:
        return Answer(200, content, {"ETag": etag})
    first, last = (int(n) for n in request.headers["range"].removeprefix("bytes=").split("-"))
    part = content[first : last + 1]
    told = f"bytes {first}-{first + len(part) - 1}/{len(content)}"
    return Answer(206, part, {"ETag": etag, "Content-Range": told})


def listing(objects: dict[str, bytes], token: str | None = None, extra: str = "") -> Answer:
    entries = "".join(
        f"<Contents><Key>{escape(quote(k, safe='/').replace('%20', '+'))}</Key>"
        f"<LastModified>2024-05-31T12:00:00.000Z</LastModified>"
        f"<ETag>{escape(etag_of(v), {chr(34): '&quot;'})}</ETag><Size>{len(v)}</Size>"
        f"<StorageClass>STANDARD</StorageClass></Contents>"
        for k, v in objects.items()
    )
    more = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    return Answer(
        body=(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<IsTruncated>{'true' if token else 'false'}</IsTruncated>{more}{entries}{extra}"
            "<EncodingType>url</EncodingType></ListBucketResult>"
        ).encode()
    )


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    server = Scripted()
    yield server
    server.close()


def filler(n: int, seed: int = 0) -> bytes:
    """`n` bytes of text that holds nothing and does not compress well."""
    lines = (hashlib.sha256(b"%d %d" % (seed, i)).hexdigest()[:31] for i in range(n // 32 + 1))
    return "\n".join(lines).encode()[:n]


def packed(text: bytes) -> bytes:
    return gzip.compress(text, mtime=0)


@pytest.fixture(params=["moto_server", "versitygw"])
def server(request: pytest.FixtureRequest) -> Server:
    return request.getfixturevalue(request.param)


@pytest.fixture
def bucket(request: pytest.FixtureRequest) -> str:
    """A name that no other test has."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    return f"{name[-50:].strip('-')}-b"
