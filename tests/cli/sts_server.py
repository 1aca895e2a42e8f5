"""STS on 127.0.0.1, over TLS, as a test wants it: honest or not.

It answers GetCallerIdentity as AWS does, checks every signature with botocore's own signer, and
keeps a log. For any key a test can script what comes first: throttling, failures, cut, slow,
malformed or redirecting answers. Certificates are made by a test CA when the tests run.
"""

from __future__ import annotations

import datetime
import http.server
import ipaddress
import json
import re
import select
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Callable, Iterator

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from creds import Pair

NAMES = ["localhost", "*.amazonaws.com", "*.us-east-1.amazonaws.com", "*.us-gov-west-1.amazonaws.com"]
NAMES += ["*.cn-north-1.amazonaws.com.cn", "*.me-south-1.amazonaws.com"]
REQUEST_BODY = b"Action=GetCallerIdentity&Version=2011-06-15"
CREDENTIAL = re.compile(r"Credential=([A-Z0-9]+)/(\d{8})/([a-z0-9-]+)/sts/aws4_request")
WINDOW_S = 5 * 60

OK_XML = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>{arn}</Arn>
    <UserId>{user_id}</UserId>
    <Account>{account}</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>
"""
FAULT_XML = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>{code}</Code>
    <Message>{message}</Message>
  </Error>
  <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId>
</ErrorResponse>
"""
INVALID = "The security token included in the request is invalid."


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False  # half of the body, then the connection is closed
    wait_s: float = 0.0


def fault(code: str, message: str = "", status: int = 403, **kw) -> Answer:
    return Answer(status, FAULT_XML.format(code=code, message=message).encode(), **kw)


def identity(arn: str, account: str, user_id: str = "AIDAEXAMPLE", **kw) -> Answer:
    return Answer(200, OK_XML.format(arn=arn, account=account, user_id=user_id).encode(), **kw)


@dataclass
class Known:
    """A key that this STS knows."""

    pair: Pair
    arn: str
    account: str
    expired: bool = False

    @property
    def identity(self) -> Answer:
        return identity(self.arn, self.account)


@dataclass
class Asked:
    """One request, as it came."""

    key: str
    region: str
    host: str
    headers: dict[str, str]
    verdict: str


class Authority:
    """A CA of the tests' own, and what it signs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leaktrawl tests")])
        cert = self._builder(self.name, self.key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.bundle = folder / "ca.pem"
        self.bundle.write_bytes(
            cert.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )

    def context(self, names: list[str]) -> ssl.SSLContext:
        """For a server that goes by these names and 127.0.0.1."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
        if "localhost" in names:
            alternatives.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        cert = self._builder(subject, key).add_extension(
            x509.SubjectAlternativeName(alternatives), critical=False
        )
        path = self.folder / f"{names[0].strip('*.')}-{len(list(self.folder.iterdir()))}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + cert.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


class Sts:
    """The server. `keys` it knows; `script` holds for a key what it is answered first, in order."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.keys: dict[str, Known] = {}
        self.script: dict[str, list[Answer]] = {}
        self.always: Answer | None = None
        self.clock_s = 0  # how far its clock is ahead
        self.asked: list[Asked] = []
        self.connections = self.open = self.most_open = 0
        self.lock = threading.RLock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.port = self.server.server_address[1]
        self.url = f"https://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def know(self, pair: Pair, arn: str = "", expired: bool = False) -> Known:
        account = pair.account or "123456789012"
        arn = arn or f"arn:aws:iam::{account}:user/someone"
        known = self.keys[pair.id] = Known(pair, arn, account, expired)
        return known

    @property
    def asked_keys(self) -> list[str]:
        return [asked.key for asked in self.asked]

    def answer(self, request: http.server.BaseHTTPRequestHandler, body: bytes) -> Answer:
        """As STS would: the id first, then time and signature, then the token's life."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        credential = CREDENTIAL.search(headers.get("authorization", ""))
        if not credential:
            return self._log("", "", headers, fault("MissingAuthenticationToken"))
        key, region = credential[1], credential[3]
        with self.lock:
            scripted = self.script.get(key)
            if scripted:
                return self._log(key, region, headers, scripted.pop(0))
        if self.always:
            return self._log(key, region, headers, self.always)
        if request.command != "POST" or request.path != "/" or body != REQUEST_BODY:
            return self._log(key, region, headers, fault("InvalidAction", status=400))
        known = self.keys.get(key)
        token = headers.get("x-amz-security-token")
        if not known or (known.pair.token or None) != token:
            return self._log(key, region, headers, fault("InvalidClientTokenId", INVALID))
        return self._log(key, region, headers, self._judge(known, region, headers, body))

    def _judge(self, known: Known, region: str, headers: dict[str, str], body: bytes) -> Answer:
        date = headers.get("x-amz-date", "")
        sent = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(
            tzinfo=datetime.timezone.utc
        )
        if abs(sent.timestamp() - time.time() - self.clock_s) > WINDOW_S:
            return fault("SignatureDoesNotMatch", f"Signature expired: {date} is now earlier than …")
        if headers["authorization"] != expected_signature(known.pair, region, headers, body):
            return fault("SignatureDoesNotMatch", "The request signature we calculated does not …")
        if known.expired:
            return fault("ExpiredToken", "The security token included in the request is expired")
        return known.identity

    def _log(self, key: str, region: str, headers: dict[str, str], answer: Answer) -> Answer:
        text = answer.body.decode(errors="replace")
        code = re.search("<Code>(.*)</Code>", text)
        verdict = code[1] if code else str(answer.status)
        with self.lock:
            self.asked.append(Asked(key, region, headers.get("host", ""), headers, verdict))
        return answer

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        sts = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                with sts.lock:
                    sts.connections += 1
                    sts.open += 1
                    sts.most_open = max(sts.most_open, sts.open)
                super().setup()

            def finish(self) -> None:
                with sts.lock:
                    sts.open -= 1
                super().finish()

            def handle(self) -> None:
                try:
                    super().handle()
                except (ssl.SSLError, OSError):
                    self.close_connection = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.play(sts.answer(self, body))

            do_GET = do_PUT = do_POST

            def play(self, answer: Answer) -> None:
                time.sleep(answer.wait_s)
                self.wfile.write(f"HTTP/1.1 {answer.status} Status\r\n".encode())
                headers = {
                    "Date": formatdate(time.time() + sts.clock_s, usegmt=True),
                    "Content-Type": "text/xml",
                    "Content-Length": str(len(answer.body)),
                    **answer.headers,
                }
                lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
                body = answer.body[: len(answer.body) // 2] if answer.cut else answer.body
                self.wfile.write(lines.encode() + b"\r\n" + body)
                self.close_connection |= answer.cut

            def log_message(self, *args: object) -> None:
                pass

        return Handler


def expected_signature(pair: Pair, region: str, headers: dict[str, str], body: bytes) -> str:
    """The Authorization header that botocore makes for the same request."""
    signer = SigV4Auth(Credentials(pair.id, pair.secret), "sts", region)
    signed = re.search("SignedHeaders=([^,]+)", headers["authorization"])
    assert signed
    names = signed[1].split(";")
    assert {"content-type", "host", "x-amz-date"} <= set(names)
    assert ("x-amz-security-token" in names) == ("x-amz-security-token" in headers)
    request = AWSRequest(
        "POST",
        f"https://{headers['host']}/",
        headers={name: headers[name] for name in names},
        data=body,
    )
    request.context["timestamp"] = headers["x-amz-date"]
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return (
        f"AWS4-HMAC-SHA256 Credential={pair.id}/{headers['x-amz-date'][:8]}/{region}/sts/"
        f"aws4_request, SignedHeaders={';'.join(names)}, Signature={signer.signature(text, request)}"
    )


class Proxy:
    """An HTTP proxy that takes every CONNECT to one of its `routes`, or refuses it."""

    def __init__(self, routes: dict[str, int], status: int = 200) -> None:
        self.routes, self.status = routes, status
        self.asked: list[str] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self.socket.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._tunnel, args=(client,), daemon=True).start()

    def _tunnel(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = client.recv(4096)
            if not piece:
                return
            head += piece
        target = head.split()[1].decode()
        self.asked.append(target)
        port = self.routes.get(target)
        if self.status != 200 or port is None:
            status = self.status if self.status != 200 else 502
            client.sendall(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
            client.close()
            return
        server = socket.create_connection(("127.0.0.1", port))
        client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        pair = {client: server, server: client}
        while True:
            for ready in select.select(list(pair), [], [])[0]:
                piece = ready.recv(65536)
                if not piece:
                    client.close()
                    server.close()
                    return
                pair[ready].sendall(piece)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "ca")


@pytest.fixture
def serve(authority: Authority) -> Iterator[Callable[..., Sts]]:
    """Starts a server that goes by the given names (all that AWS's goes by, if none are)."""
    running: list[Sts] = []

    def start(names: list[str] | None = None) -> Sts:
        running.append(Sts(authority.context(names or NAMES)))
        return running[-1]

    yield start
    for sts in running:
        sts.close()


@pytest.fixture
def sts(serve: Callable[..., Sts]) -> Sts:
    return serve()


def json_fault(code: str, status: int = 403) -> Answer:
    body = {"Error": {"Type": "Sender", "Code": code, "Message": "…"}}
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
