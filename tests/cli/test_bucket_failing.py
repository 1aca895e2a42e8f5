"""Servers that throttle, break off, lie and send elsewhere: what is read is right, or it is told."""

from __future__ import annotations

import ssl
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conftest import SANITIZED, Result, Runner
from creds import Creds, Pair
from s3_servers import (
    Answer,
    Request,
    Scripted,
    etag_of,
    fault,
    filler,
    listing,
    packed,
    serve_object,
)

MIB = 1 << 20


def scan(run: Runner, server: Scripted, *args: str, **options: Any) -> Result:
    env = server.env | options.pop("env", {})
    return run.scan(*(args or ("s3://scripted",)), env=env, **options)


class Once:
    """A script that gives each of some answers once, to requests that `match`, then none."""

    def __init__(self, *answers: Answer, match=lambda request: True) -> None:
        self.answers, self.match = list(answers), match

    def __call__(self, request: Request) -> Answer | None:
        return self.answers.pop(0) if self.answers and self.match(request) else None


# --- tried again ---

PASSING = [
    fault(503, "SlowDown", "Please reduce your request rate."),
    fault(429, "TooManyRequestsException"),
    fault(400, "RequestTimeout"),
    fault(500, "InternalError"),
    Answer(502, b"<html>bad gateway</html>"),
]


@pytest.mark.parametrize("where", ["listing", "object"])
def test_what_passes_is_tried_again(
    run: Runner, scripted: Scripted, creds: Creds, where: str
) -> None:
    pair = creds.pair()
    scripted.objects = {"k": pair.ini.encode()}
    scripted.script = Once(*PASSING, match=lambda r: r.is_listing == (where == "listing"))
    result = scan(run, scripted)
    assert (result.ids, result.errors) == ([pair.id], [])
    assert scripted.script.answers == []
    assert all(r.signed for r in scripted.requests)


def test_retry_after_is_waited_for(run: Runner, scripted: Scripted, creds: Creds) -> None:
    scripted.objects = {"k": creds.pair().ini.encode()}
    scripted.script = Once(fault(503, "SlowDown", Retry_After="1"), match=lambda r: r.key == "k")
    result = scan(run, scripted)
    assert len(result.findings) == 1
    assert result.wall_s > 1  # at least: no slow machine makes it shorter


def test_what_does_not_pass_is_given_up(run: Runner, scripted: Scripted, creds: Creds) -> None:
    """The rest is scanned; a refusal is not asked for twice."""
    pair = creds.pair()
    scripted.objects = {"bad": b"x", "good": pair.ini.encode(), "gone": b"x"}
    scripted.script = lambda r: (
        Answer(500, headers={"Retry-After": "0"}) if r.key == "bad" else None
    ) or (fault(404, "NoSuchKey", "It is gone.") if r.key == "gone" else None)
    result = scan(run, scripted, timeout_s=280)
    assert (result.status, result.ids, result.skipped("unreadable")) == (1, [pair.id], 2)
    told = {e["path"]: e["message"] for e in result.errors}
    assert told["s3://scripted/bad"] == "HTTP status 500"
    assert told["s3://scripted/gone"] == "it was deleted after it had been listed"
    assert (len(scripted.of("bad")), len(scripted.of("gone"))) == (9, 1)


# --- cut off ---


def cut_once(server: Scripted, key: str, at: list[int]):
    """Answers for `key` break off, one after the other, after so many bytes."""

    def script(request: Request) -> Answer | None:
        if request.key != key or not at or not request.signed:
            return None
        answer = serve_object(request, server.objects[key])
        answer.cut = at.pop(0)
        return answer

    return script


def test_a_cut_connection_goes_on_where_it_broke(
    run: Runner, scripted: Scripted, creds: Creds
) -> None:
    pairs = [creds.pair() for _ in range(3)]
    text = b"\n".join(filler(200_000, i) + b"\n" + p.ini.encode() for i, p in enumerate(pairs))
    scripted.objects = {"k": text}
    scripted.script = cut_once(scripted, "k", [300_000, 0, 100_000])
    result = scan(run, scripted)
    assert (result.ids, result.errors) == ([p.id for p in pairs], [])
    assert result.summary["bytes"] == len(text)
    asked = [r.headers.get("range") for r in scripted.of("k")]
    last = len(text) - 1
    # What was received may be less than was sent.
    starts = [int(a.split("=")[1].split("-")[0]) for a in asked[1:]]
    assert asked[0] is None and all(a.endswith(f"-{last}") for a in asked[1:])
    assert 0 < starts[0] <= 300_000 and starts == sorted(starts)
    assert all(r.headers["if-match"] == etag_of(text) and r.signed for r in scripted.of("k"))


def test_a_part_of_a_large_object_that_is_cut(
    run: Runner, scripted: Scripted, creds: Creds
) -> None:
    pair = creds.pair()
    text = filler(5 * MIB) + pair.ini.encode()
    scripted.objects = {"k": text}
    scripted.script = cut_once(scripted, "k", [MIB, MIB, 1000, MIB])
    result = scan(run, scripted)
    assert (result.ids, result.errors) == ([pair.id], [])
    assert result.findings[0]["location"]["offset"] == 5 * MIB + pair.ini.index(pair.id)


def test_an_object_that_changed_is_read_again(
    run: Runner, scripted: Scripted, creds: Creds
) -> None:
    """The old content is not mixed with the new, and nothing of it is reported."""
    old, new = creds.pair(), creds.pair()
    scripted.objects = {"k": old.ini.encode() + filler(5 * MIB)}

    def script(request: Request) -> Answer | None:
        if request.headers.get("range", "").startswith("bytes=4194304-"):
            scripted.objects["k"] = filler(4 * MIB, 1) + new.ini.encode()
        return None

    scripted.script = script
    result = scan(run, scripted)
    assert (result.ids, result.errors, result.summary["objects"]) == ([new.id], [], 1)
    assert result.findings[0]["s3"]["etag"] == etag_of(scripted.objects["k"]).strip('"')


def test_an_archive_that_changed_is_an_archive_again(
    run: Runner, scripted: Scripted, creds: Creds
) -> None:
    """What an object is, its first bytes tell: those of the second reading are waited for."""
    pair = creds.pair()
    scripted.objects = {"k": packed(b"nothing yet")}

    def script(request: Request) -> Answer | None:
        if not request.key:
            return None
        if scripted.objects["k"] == packed(b"nothing yet"):
            scripted.objects["k"] = packed(pair.ini.encode())
        else:
            time.sleep(0.3)
        return None

    scripted.script = script
    result = scan(run, scripted)
    assert (result.ids, result.errors, result.status) == ([pair.id], [], 1), result


def test_a_server_that_resumes_with_another_object(
    run: Runner, scripted: Scripted, creds: Creds
) -> None:
    """It ignores If-Match: only its ETag tells."""
    old, new = creds.pair(), creds.pair()
    before = old.ini.encode() + filler(100_000)
    after = filler(len(before) - len(new.ini), 1) + new.ini.encode()
    scripted.objects = {"k": before}

    def script(request: Request) -> Answer | None:
        if request.key != "k":
            return None
        if "range" not in request.headers and scripted.objects["k"] == before:
            scripted.objects["k"] = after
            return Answer(200, before, {"ETag": etag_of(before)}, cut=50_000)
        del request.headers["if-match"]
        return serve_object(request, after)

    scripted.script = script
    assert scan(run, scripted).ids == [new.id]


def test_an_object_that_changes_all_the_time(run: Runner, scripted: Scripted, creds: Creds) -> None:
    scripted.objects = {"k": b"0"}

    def script(request: Request) -> Answer | None:
        if request.key:
            scripted.objects["k"] += creds.pair().ini.encode()
        return None

    scripted.script = script
    result = scan(run, scripted)
    assert (result.status, result.findings) == (2, [])
    assert "it changes while it is read" in result.errors[0]["message"]


def test_a_server_that_knows_no_ranges(run: Runner, scripted: Scripted, creds: Creds) -> None:
    pair = creds.pair()
    text = filler(100_000) + pair.ini.encode()
    scripted.objects = {"k": text, "large": filler(3 * MIB)}
    cuts = [1000]

    def script(request: Request) -> Answer | None:
        if request.key:
            cut = cuts.pop() if cuts and request.key == "k" else None
            return Answer(200, scripted.objects[request.key], cut=cut)
        return None

    scripted.script = script
    result = scan(run, scripted)
    assert result.ids == [pair.id]
    assert result.errors[0]["path"] == "s3://scripted/large"


# --- listings that are none ---

BOMB = b"""<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<ListBucketResult><Contents><Key>&b;</Key></Contents></ListBucketResult>"""
START = b"<ListBucketResult><IsTruncated>false</IsTruncated>"


@pytest.mark.parametrize(
    "body, told",
    [
        (b"", "not well formed"),
        (b"<html><body>captive portal</body></html>", "no listing of a bucket"),
        (START, "not well formed"),
        (BOMB, "document type"),
        (START + b"<a>" * 50, "levels"),
        (START + b"<Contents><Key>" + b"k" * 20000 + b"</Key></Contents>", "a text of more than"),
        (START + b"<Contents><Size>1</Size></Contents></ListBucketResult>", "no key"),
        (START + b"<Contents><Key>k</Key><Size>-1</Size></Contents>", "no number"),
        (START + b" " * (17 * MIB) + b"</ListBucketResult>", "longer than"),
    ],
    ids=["empty", "html", "cut", "bomb", "deep", "long", "keyless", "negative", "huge"],
)
def test_an_answer_that_is_no_listing(
    run: Runner, scripted: Scripted, body: bytes, told: str
) -> None:
    scripted.script = lambda request: Answer(200, body)
    result = scan(run, scripted)
    assert result.status == 2
    assert told in result.errors[0]["message"]


def test_a_listing_without_an_end(run: Runner, scripted: Scripted, creds: Creds) -> None:
    """The same token again and again, the same keys under other tokens, pages without a key."""
    pair = creds.pair()
    scripted.objects = {"k": pair.ini.encode()}
    pages = Counter()

    def endless(objects: dict[str, bytes], moving: bool):
        def script(request: Request) -> Answer | None:
            pages["n"] += request.is_listing
            token = f"t{pages['n']}" if moving else "t"
            return listing(objects, token=token) if request.is_listing else None

        return script

    for objects, moving in ((scripted.objects, False), (scripted.objects, True), ({}, False)):
        scripted.script = endless(objects, moving)
        result = scan(run, scripted)
        assert result.status == (1 if objects else 2)
        assert result.errors[0]["message"] == "the listing says that it goes on, but does not"
        assert not result.summary["complete"]


def test_what_was_listed_before_a_failure_is_scanned(
    run: Runner, scripted: Scripted, creds: Creds
) -> None:
    scripted.page = 2
    scripted.objects = {f"k{i}": creds.pair().ini.encode() for i in range(6)}
    denied = fault(403, "AccessDenied", "No more.")
    scripted.script = lambda r: denied if r.query.get("continuation-token") == "4" else None
    result = scan(run, scripted)
    assert (len(result.findings), result.errors[0]["message"]) == (4, "AccessDenied: No more.")


# --- elsewhere ---


def test_a_bucket_of_another_region(run: Runner, scripted: Scripted, creds: Creds) -> None:
    pair = creds.pair()
    scripted.objects = {"k": pair.ini.encode()}
    scripted.region = "eu-south-2"
    moved = fault(301, "PermanentRedirect", x_amz_bucket_region="eu-south-2")
    wrong = Answer(
        400,
        b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>expecting 'eu-south-2'</Message>"
        b"<Region>eu-south-2</Region></Error>",
    )
    for answer in (moved, wrong):
        scripted.requests.clear()
        scripted.script = lambda r, answer=answer: None if r.signed else answer
        assert scan(run, scripted).ids == [pair.id]
        assert [r.signed for r in scripted.requests] == [False, True, True]
        assert scan(run, scripted, "--region", "eu-south-2", "s3://scripted").ids == [pair.id]


def test_no_other_host_is_gone_to(run: Runner, scripted: Scripted) -> None:
    other = Scripted()
    for region in ("", "evil.example/", "us-east-1"):
        scripted.script = lambda r, region=region: fault(
            307, "TemporaryRedirect", "Go there.", Location=other.url, x_amz_bucket_region=region
        )
        result = scan(run, scripted)
        assert (result.status, other.requests) == (2, [])
        assert result.errors[0]["message"] == "TemporaryRedirect: Go there."
    other.close()


# --- clocks, keys, certificates ---


def test_a_clock_that_is_wrong_is_corrected(run: Runner, scripted: Scripted, creds: Creds) -> None:
    pair = creds.pair()
    scripted.objects = {"k": pair.ini.encode()}
    scripted.clock_s = -7200

    def script(request: Request) -> Answer | None:
        sent = datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
        now = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(seconds=7200)
        off = abs(sent - now) > timedelta(minutes=15)
        return fault(403, "RequestTimeTooSkewed", "The difference is too large.") if off else None

    scripted.script = script
    assert scan(run, scripted).ids == [pair.id]
    assert len(scripted.requests) == 3


def test_requests_without_keys_and_with_a_token(
    run: Runner, scripted: Scripted, creds: Creds
) -> None:
    scripted.objects = {"k": creds.pair().ini.encode()}
    scripted.check = False
    assert len(scan(run, scripted, "--no-sign-request", "s3://scripted").findings) == 1
    assert not any("authorization" in r.headers for r in scripted.requests)
    scripted.check = True
    scripted.pair = creds.session()
    scripted.requests.clear()
    assert len(scan(run, scripted, "--requester-pays", "s3://scripted").findings) == 1
    for request in scripted.requests:
        assert request.headers["x-amz-request-payer"] == "requester"
        assert "x-amz-request-payer" in request.headers["authorization"]
        assert request.headers["user-agent"].startswith("leaktrawl/")


def test_no_key_is_told(run: Runner, scripted: Scripted, creds: Creds) -> None:
    """Neither ours nor what a server sends back of it."""
    scripted.pair = Pair(creds.key_id("ASIA"), creds.secret(), None, creds.token())
    scripted.script = lambda r: fault(403, "SignatureDoesNotMatch", "\x1b[31mred")
    result = run("scan", "-v", "s3://scripted", env=scripted.env)
    assert result.status == 2
    for secret in (scripted.pair.secret, scripted.pair.token):
        assert secret.encode() not in result.stdout + result.stderr
    assert b"\x1b" not in result.stderr


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's own certificate for 127.0.0.1, and the file of it."""
    import ipaddress

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "cert.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = folder / "key.pem"
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context, pem


def test_a_certificate_must_be_trusted(run: Runner, tmp_path: Path, creds: Creds) -> None:
    context, bundle = certificate(tmp_path)
    server = Scripted(tls=context)
    server.objects = {"k": creds.pair().ini.encode()}
    assert len(scan(run, server, env={"AWS_CA_BUNDLE": str(bundle)}).findings) == 1
    count = len(server.requests)
    result = scan(run, server)
    assert (result.status, len(server.requests)) == (2, count)
    assert "certificate" in result.errors[0]["message"]
    server.close()


def test_a_server_without_tls(run: Runner, scripted: Scripted) -> None:
    url = scripted.url.replace("http:", "https:")
    result = scan(run, scripted, "--endpoint-url", url, "s3://scripted")
    assert result.status == 2
    assert result.errors[0]["message"].startswith("no TLS with this server: ")


def test_a_proxy_is_used_and_passed_by(run: Runner, scripted: Scripted, creds: Creds) -> None:
    proxy = Scripted()
    env = {"http_proxy": proxy.url}
    proxy.script = lambda request: Answer(200, b"no listing")
    assert scan(run, scripted, env=env).status == 2
    assert (len(proxy.requests), scripted.requests) == (1, [])
    scripted.objects = {"k": creds.pair().ini.encode()}
    assert len(scan(run, scripted, env=env | {"NO_PROXY": "127.0.0.1"}).findings) == 1
    proxy.close()


@pytest.mark.skipif(SANITIZED, reason="a sanitizer needs more memory")
def test_memory_is_bounded_whatever_a_bucket_holds(
    run: Runner, scripted: Scripted, creds: Creds
) -> None:
    large = filler(40 * MIB)
    scripted.objects = {f"k{i}": large for i in range(6)} | {"z": creds.pair().ini.encode()}
    result = scan(run, scripted, "-j2", "s3://scripted", measured=True, timeout_s=280)
    assert (len(result.findings), result.summary["objects"]) == (1, 7)
    assert result.max_rss_kb < 200_000
