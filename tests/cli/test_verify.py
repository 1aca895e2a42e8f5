"""--verify: what each answer of STS means, and that nothing else is asked, sent or told."""

from __future__ import annotations

import os
import re
import shutil
import stat
import time
from pathlib import Path
from typing import Any, Callable

import pytest

from conftest import SANITIZED, Result, Runner, Tree
from creds import Creds, Pair
from sts_server import NAMES, Answer, Authority, Proxy, Sts, fault, identity, json_fault

FAST = ["--verify-rps", "1000"]


@pytest.fixture
def verify(run: Runner, sts: Sts, authority: Authority) -> Callable[..., Result]:
    """scan --verify against the scripted server."""

    def call(*args: str | Path, env: dict[str, str] | None = None, **options: Any) -> Result:
        given = {"AWS_CA_BUNDLE": str(authority.bundle), "AWS_ENDPOINT_URL_STS": sts.url}
        return run.scan("--verify", *FAST, *args, env=given | (env or {}), **options)

    return call


def status_of(result: Result, pair: Pair) -> str:
    return verification(result, pair)["status"]


def verification(result: Result, pair: Pair) -> dict[str, Any]:
    """What is said of this very pair; each of its findings says the same."""
    told = [
        f["verification"]
        for f in result.findings
        if f["access_key_id"] == pair.id and f["secret_access_key"].startswith(pair.secret[:4])
    ]
    assert told and all(t == told[0] for t in told), result
    return told[0]


# --- what the answers mean ---


def test_a_working_key_names_its_user(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    pair = creds.pair()
    sts.know(pair, f"arn:aws:iam::{pair.account}:user/ci/deploy")
    tree.write("a.env", pair.env)
    result = verify("a.env")
    known = verification(result, pair)
    assert result.status == 1
    assert known["status"] == "live"
    assert known["arn"] == f"arn:aws:iam::{pair.account}:user/ci/deploy"
    assert known["account"] == pair.account
    assert known["user_id"] == "AIDAEXAMPLE"
    assert known["kind"] == "user"
    assert known["error"] is None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", known["checked_at"])
    commands = [step["command"] for step in result.findings[0]["next_steps"]]
    assert [step["step"] for step in result.findings[0]["next_steps"]] == [
        "look",
        "look",
        "stop",
        "delete",
    ]
    assert f"--access-key-id={pair.id}" in commands[0]
    assert "--user-name=deploy" in commands[2] and "--status=Inactive" in commands[2]
    assert result.summary["by_verification"] == {"live": 1}


def test_a_session_is_asked_about_with_its_token(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    pair = creds.session()
    sts.know(pair, f"arn:aws:sts::{pair.account}:assumed-role/deploy/i-0123")
    tree.write("a.env", pair.env)
    result = verify("a.env")
    known = verification(result, pair)
    assert (known["status"], known["kind"]) == ("live", "role session")
    revoke = result.findings[0]["next_steps"][-1]
    assert revoke["step"] == "revoke"
    assert "put-role-policy --role-name=deploy" in revoke["command"]
    assert "AWSRevokeOlderSessions" in revoke["command"]
    assert known["checked_at"] in revoke["command"]
    assert sts.asked[0].headers["x-amz-security-token"] == pair.token


def test_a_session_without_its_token_is_not_asked_about(
    verify, sts: Sts, tree: Tree, creds: Creds
) -> None:
    pair = creds.session()
    tree.write("a.env", Pair(pair.id, pair.secret, pair.account).env)
    result = verify("a.env")
    assert status_of(result, pair) == "unverified"
    assert "token" in verification(result, pair)["error"]
    assert not sts.connections


@pytest.mark.parametrize(
    "arn, kind",
    [
        ("arn:aws:iam::{}:root", "root"),
        ("arn:aws:sts::{}:federated-user/bob", "federated user"),
        ("arn:aws-us-gov:iam::{}:user/bob", "user"),
        ("arn:aws:iam::{}:role/odd", "other"),
    ],
)
def test_kinds_of_principals(
    verify, sts: Sts, tree: Tree, creds: Creds, arn: str, kind: str
) -> None:
    pair = creds.pair()
    sts.know(pair, arn.format(pair.account))
    tree.write("a.env", pair.env)
    assert verification(verify("a.env"), pair)["kind"] == kind


@pytest.mark.parametrize(
    "answer, status, error",
    [
        (fault("InvalidClientTokenId"), "dead", None),
        (json_fault("InvalidClientTokenId"), "dead", None),
        (Answer(400, b'{"__type":"x#UnrecognizedClientException"}'), "dead", None),
        (fault("SignatureDoesNotMatch", "does not match"), "mismatch", None),
        (fault("ExpiredToken"), "expired", None),
        (json_fault("ExpiredTokenException", 400), "expired", None),
        (fault("SignatureDoesNotMatch", "Signature expired: …"), "unknown", "clock"),
        (fault("RequestExpired", status=400), "unknown", "clock"),
        (fault("AccessDenied"), "unknown", "AccessDenied"),
        (fault("OptInRequired"), "unknown", "OptInRequired"),
        (fault("RegionDisabledException"), "unknown", "RegionDisabledException"),
        (fault("IncompleteSignature", status=400), "unknown", "IncompleteSignature"),
        (fault("MissingAuthenticationToken"), "unknown", "MissingAuthenticationToken"),
        (fault("Some\x1b[31mThing".replace("\x1b", "&#x9b;")), "unknown", "403"),
        (Answer(403, b"<html>Forbidden by the wall</html>"), "unknown", "403"),
        (Answer(404, b"InvalidClientTokenId"), "unknown", "404"),
        (Answer(200, b"<html>Please log in</html>"), "unknown", "none that STS gives"),
        (Answer(200, b""), "unknown", "none that STS gives"),
        (Answer(200, b"{" * 5000), "unknown", "none that STS gives"),
        (Answer(200, b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "unknown", "none that STS"),
        (Answer(200, b"<a>" * 100), "unknown", "none that STS gives"),
        (Answer(200, b"x" * 1000000), "unknown", "longer than"),
        (identity("arn:aws:iam::123456789012:user/x", "210987654321"), "unknown", "none that"),
        (identity("not an arn", "123456789012"), "unknown", "none that STS gives"),
        (Answer(204, b""), "unknown", "204"),
        (Answer(302, b"", {"Location": "https://localhost:1/"}), "unknown", "redirects"),
        (Answer(407, b""), "unknown", "407"),
    ],
)
def test_what_an_answer_means(
    verify,
    sts: Sts,
    tree: Tree,
    creds: Creds,
    answer: Answer,
    status: str,
    error: str | None,
) -> None:
    pair = creds.pair()
    sts.script[pair.id] = [answer]
    tree.write("a.env", pair.env)
    result = verify("a.env")
    known = verification(result, pair)
    assert known["status"] == status, known
    assert known["arn"] is known["account"] is known["user_id"] is None
    assert result.findings[0]["next_steps"] is None
    assert (error in known["error"]) if error else not known["error"], known
    assert sts.asked_keys == [pair.id]
    assert result.status == 1 and result.summary["complete"]


def test_who_is_named_in_a_denial_works(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    pair = creds.pair()
    arn = f"arn:aws:iam::{pair.account}:user/eve"
    sts.script[pair.id] = [fault("AccessDenied", f"User: {arn} is not authorized to perform: …")]
    tree.write("a.env", pair.env)
    known = verification(verify("a.env"), pair)
    assert (known["status"], known["arn"], known["account"]) == ("live", arn, pair.account)


def test_what_a_server_repeats_is_not_told(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    """The message for a wrong signature holds what was signed, the session token too."""
    pair = creds.session()
    said = f"x-amz-security-token:{pair.token} {pair.secret}"
    sts.script[pair.id] = [fault("OptInRequired", said)]
    tree.write("a.env", pair.env)
    result = verify("a.env")
    assert status_of(result, pair) == "unknown"
    for secret in (pair.token[:20], pair.secret[:20]):
        assert secret.encode() not in result.stdout + result.stderr


def test_another_account_than_the_id_carries_is_told(
    verify, sts: Sts, tree: Tree, creds: Creds
) -> None:
    pair = creds.pair()
    sts.script[pair.id] = [identity("arn:aws:iam::210987654321:user/x", "210987654321")]
    tree.write("a.env", pair.env)
    known = verification(verify("a.env"), pair)
    assert known["status"] == "live"
    assert "210987654321" in known["error"] and pair.account in known["error"]


# --- what passes, and what does not ---


@pytest.mark.parametrize(
    "first",
    [
        [fault("Throttling", status=400)] * 2,
        [Answer(429, b"")],
        [fault("ServiceUnavailable", status=503), Answer(500, b"")],
        [Answer(502, b"<html>")],
        [identity("arn:aws:iam::123456789012:user/x", "123456789012", cut=True)],
        [Answer(503, b"", {"Retry-After": "0"})],
    ],
)
def test_what_passes_is_asked_again(
    verify, sts: Sts, tree: Tree, creds: Creds, first: list[Answer]
) -> None:
    pair = creds.pair()
    sts.know(pair)
    sts.script[pair.id] = list(first)
    tree.write("a.env", pair.env)
    assert status_of(verify("a.env"), pair) == "live"
    assert sts.asked_keys == [pair.id] * (len(first) + 1)


@pytest.mark.parametrize(
    "answer, error",
    [
        (fault("Throttling", status=400), "Throttling"),
        (Answer(500, b""), "500"),
        (Answer(200, b"<a></a>" * 9, cut=True), "transfer closed"),
    ],
)
def test_what_does_not_pass_is_unknown(
    verify, sts: Sts, tree: Tree, creds: Creds, answer: Answer, error: str
) -> None:
    pair = creds.pair()
    sts.always = answer
    tree.write("a.env", pair.env)
    known = verification(verify("a.env"), pair)
    assert known["status"] == "unknown" and error in known["error"], known
    assert 3 <= len(sts.asked) <= 7


def test_a_slow_server_is_unknown(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    pair = creds.pair()
    sts.know(pair)
    sts.always = identity("arn:aws:iam::123456789012:user/x", "123456789012", wait_s=4)
    tree.write("a.env", pair.env)
    known = verification(verify("a.env", "--verify-timeout", "1"), pair)
    assert known["status"] == "unknown" and "timed out" in known["error"].lower(), known


def test_a_server_that_is_not_there_is_unknown(verify, tree: Tree, creds: Creds) -> None:
    pairs = creds.pairs(20)
    tree.write("a.env", "\n".join(p.ini for p in pairs))
    nowhere = {"AWS_ENDPOINT_URL_STS": "https://127.0.0.1:1"}
    result = verify("a.env", env=nowhere)
    assert {status_of(result, p) for p in pairs} == {"unknown"}
    errors = {verification(result, p)["error"] for p in pairs}
    assert all("onnect" in e for e in errors) and any("not asked" in e for e in errors), errors
    for pair in pairs:
        known = verification(result, pair)
        assert ("not asked" in known["error"]) == (known["checked_at"] is None)


@pytest.mark.parametrize("names", [["example.com"], NAMES])
def test_a_wrong_certificate_is_unknown(
    run: Runner, serve, authority: Authority, tree: Tree, creds: Creds, names: list[str]
) -> None:
    """A server of another name, and one of whose authority nobody has heard."""
    sts, pair = serve(names), creds.pair()
    sts.know(pair)
    tree.write("a.env", pair.env)
    env = {"AWS_CA_BUNDLE": str(authority.bundle)} if names != NAMES else {}
    result = run.scan("--verify", "--endpoint-url", sts.url, "a.env", env=env)
    known = verification(result, pair)
    assert known["status"] == "unknown", known
    assert "SSL" in known["error"] or "certificate" in known["error"], known
    assert not sts.asked


@pytest.mark.parametrize("clock_s", [-3 * 3600, 3 * 3600])
def test_a_clock_that_is_off_is_corrected(
    verify, sts: Sts, tree: Tree, creds: Creds, clock_s: int
) -> None:
    works, wrong = creds.pair(), creds.pair()
    sts.know(works)
    sts.know(Pair(wrong.id, creds.secret(), wrong.account))
    sts.clock_s = clock_s
    tree.write("a.env", works.env + "\n" * 20 + wrong.env)
    result = verify("a.env")
    assert status_of(result, works) == "live"
    assert status_of(result, wrong) == "mismatch"


# --- each once, with its alternatives ---


def test_each_credential_is_asked_about_once(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    pair = creds.pair()
    sts.know(pair)
    for i in range(5):
        tree.write(f"{i}.env", pair.env)
    result = verify(".")
    assert len(result.findings) == 5 and status_of(result, pair) == "live"
    assert sts.asked_keys == [pair.id]


def test_another_secret_of_a_working_id_is_none(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    """An id has one secret: what works decides the others, unasked."""
    pair = creds.pair()
    other = Pair(pair.id, creds.secret(), pair.account)
    sts.know(pair)
    tree.write("a.env", pair.env)
    tree.write("b.env", other.env)
    result = verify(".")
    assert status_of(result, pair) == "live"
    assert status_of(result, other) == "mismatch"
    assert sts.asked_keys == [pair.id]


def test_a_dead_id_is_dead_with_any_secret(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    pair = creds.pair()
    other = Pair(pair.id, creds.secret(), pair.account)
    tree.write("a.env", pair.env)
    tree.write("b.env", other.env)
    result = verify(".")
    assert status_of(result, pair) == status_of(result, other) == "dead"
    assert sts.asked_keys == [pair.id]


def test_the_next_secret_is_tried_where_pairing_was_wrong(
    verify, sts: Sts, tree: Tree, creds: Creds
) -> None:
    """Two secrets stand with one id: the farther one is its own."""
    pair, wrong = creds.pair(), creds.secret()
    sts.know(pair)
    tree.write(
        "a.ini",
        f"aws_access_key_id = {pair.id}\n"
        f"aws_secret_access_key = {wrong}\n"
        f"old_secret_access_key = {pair.secret}\n",
    )
    result = verify("a.ini")
    assert status_of(result, Pair(pair.id, wrong, None)) == "mismatch"
    assert status_of(result, pair) == "live"
    live = next(f for f in result.findings if f["verification"]["status"] == "live")
    assert live["secret_location"]["line"] == 3
    assert sts.asked_keys == [pair.id] * 2


# --- care ---


def canaries() -> list[str]:
    path = Path(__file__).resolve().parents[2] / "patterns" / "canary-accounts.txt"
    return re.findall(r"^(\d{12}) ", path.read_text(), re.M)


def test_the_list_of_canary_accounts_has_its_sources() -> None:
    path = Path(__file__).resolve().parents[2] / "patterns" / "canary-accounts.txt"
    lines = [line for line in path.read_text().splitlines() if line and line[0] != "#"]
    accounts = [line.split()[0] for line in lines]
    assert accounts == sorted(set(accounts)) and len(accounts) == 29
    for line in lines:
        assert re.fullmatch(r"\d{12} [a-z. ]+ \[(trufflehog|kingfisher)(, kingfisher)?\]", line)
    assert sum("trufflehog" in line for line in lines) == 26
    assert sum("kingfisher" in line for line in lines) == 9


def test_canaries_are_never_tried(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    pairs = [Pair(creds.key_id(account=a), creds.secret(), a) for a in canaries()]
    more = creds.pair()
    tree.write("a.env", "\n".join(p.ini for p in pairs))
    tree.write("b.env", more.env)
    tree.write("mine.txt", f"# ours\n{more.account}, a trap of ours # by the door\n")
    result = verify("a.env", "b.env", "--canary-accounts", "mine.txt")
    assert {status_of(result, p) for p in [*pairs, more]} == {"canary"}
    assert "a trap of ours" in verification(result, more)["error"]
    assert "by the door" not in verification(result, more)["error"]
    assert not sts.connections


def test_accounts_have_names_and_only_those_are_tried(
    verify, sts: Sts, tree: Tree, creds: Creds
) -> None:
    ours, theirs, old = creds.pair(), creds.pair(), creds.pair(old=True)
    for pair in (ours, theirs, old):
        sts.know(pair)
    tree.write("accounts", f"{ours.account} ours\n{theirs.account}\ta vendor\n")
    tree.write("a.env", "\n\n".join(p.ini for p in (ours, theirs, old)))
    result = verify("a.env", "--accounts", "accounts", "--verify-only", "ours")
    assert [f["account_label"] for f in result.findings] == ["ours", "a vendor", None]
    assert status_of(result, ours) == "live"
    assert status_of(result, theirs) == status_of(result, old) == "unverified"
    assert "ours" in verification(result, theirs)["error"]
    assert sts.asked_keys == [ours.id]


@pytest.mark.parametrize(
    "text", ["12345678901 short\n", "123456789012\n", "123456789012x y\n", "# fine\nours\n"]
)
def test_a_wrong_list_of_accounts_is_refused(verify, sts, tree: Tree, creds, text: str) -> None:
    tree.write("a.env", creds.pair().env)
    tree.write("accounts", text)
    for option in ("--accounts", "--canary-accounts"):
        result = verify("a.env", option, "accounts")
        assert result.status == 2 and not result.stdout
        assert "accounts:" in result.stderr_line()
    assert not sts.connections


def test_an_old_session_has_expired_by_age(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    old, new, key = creds.session(), creds.session(), creds.pair()
    sts.know(new)
    sts.know(key)
    repo = tree.repo()
    repo.commit({"old.env": old.env + "\n" * 30 + key.env})
    repo.seconds = int(time.time())
    repo.commit({"new.env": new.env})
    result = verify("repo")
    assert status_of(result, old) == "expired"
    assert "36 hours" in verification(result, old)["error"]
    assert verification(result, old)["checked_at"] is None
    assert status_of(result, new) == status_of(result, key) == "live"
    assert sorted(sts.asked_keys) == sorted([new.id, key.id])


def test_the_plan_sends_nothing(verify, run: Runner, sts: Sts, tree: Tree, creds: Creds) -> None:
    pair, canary = creds.pair(), canaries()[0]
    trap = Pair(creds.key_id(account=canary), creds.secret(), canary)
    tree.write("a.env", pair.ini + "\n" * 30 + trap.ini)
    tree.write("accounts", f"{pair.account} ours\n")
    env = {"AWS_ENDPOINT_URL_STS": sts.url}
    result = run("scan", "--verify-plan", "--accounts", "accounts", "a.env", env=env)
    text = result.stdout.decode()
    assert f"{pair.id} (account {pair.account}, ours)" in text
    assert sts.url in text and "GetCallerIdentity" in text and "CloudTrail" in text
    assert "not asked  canary" in text
    assert "1 of 2 keys would be asked about; nothing was sent\n" in text
    assert pair.secret[:8] not in text
    assert not sts.connections and not result.stderr
    plan = run("scan", "--verify", "--verify-plan", "-f", "jsonl", "a.env", env=env)
    assert plan.status == 2 and "--verify-plan" in plan.stderr_line()


def test_it_says_before_what_it_does(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    tree.write("a.env", "\n\n".join(p.ini for p in creds.pairs(3)))
    line = verify("a.env").stderr_line()
    assert "3 keys" in line and "GetCallerIdentity" in line and sts.url in line


def test_the_user_agent_is_plain_and_can_be_set(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    tree.write("a.env", creds.pair().env)
    verify("a.env")
    verify("a.env", "--user-agent", "blue team 7")
    agents = [asked.headers["user-agent"] for asked in sts.asked]
    assert re.fullmatch(r"leaktrawl/[\d.]+", agents[0]) and agents[1] == "blue team 7"


# --- the cache ---


def test_the_cache_keeps_verdicts_and_no_secret(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    works, dead, odd = creds.pairs(3)
    sts.know(works)
    sts.always = None
    sts.script[odd.id] = [fault("OptInRequired")] * 2
    tree.write("a.env", "\n\n".join(p.ini for p in (works, dead, odd)))
    cache = tree / "cache"
    first = verify("a.env", "--verify-cache", cache)
    second = verify("a.env", "--verify-cache", cache)
    for pair in (works, dead):
        assert verification(first, pair) == verification(second, pair)
    assert sorted(sts.asked_keys) == sorted([works.id, dead.id, odd.id, odd.id])
    assert stat.S_IMODE(cache.stat().st_mode) == 0o600
    text = cache.read_bytes()
    for pair in (works, dead, odd):
        assert pair.secret.encode() not in text and pair.id.encode() not in text
    assert works.account.encode() in text
    # Another server, or another secret, is another question.
    other = Pair(works.id, creds.secret(), works.account)
    tree.write("b.env", other.env)
    assert status_of(verify("b.env", "--verify-cache", cache), other) == "mismatch"
    text = cache.read_text()
    cache.write_text(re.sub(r" live \d+ ", " live 1000000000 ", text))
    verify("a.env", "--verify-cache", cache)
    assert sts.asked_keys.count(works.id) == 3


@pytest.mark.parametrize("spoil", ["mode", "content", "folder"])
def test_a_cache_that_is_not_ours_is_refused(
    verify, sts: Sts, tree: Tree, creds: Creds, spoil: str
) -> None:
    pair = creds.pair()
    sts.know(pair)
    tree.write("a.env", pair.env)
    cache = tree.mkdir("cache") if spoil == "folder" else tree.write("cache", "my diary\n")
    if spoil != "folder":
        cache.chmod(0o644 if spoil == "mode" else 0o600)
    result = verify("a.env", "--verify-cache", cache)
    assert result.status == 2 and str(cache) in result.stderr.decode()
    assert status_of(result, pair) == "unverified"
    assert not sts.connections
    if spoil != "folder":
        assert cache.read_text() == "my diary\n"


# --- the way there ---


def test_partitions_are_asked_in_their_order(
    run: Runner, sts: Sts, authority: Authority, tree: Tree, creds: Creds
) -> None:
    """Through a proxy that leads AWS's own names here."""
    hosts = {
        "aws": "sts.us-east-1.amazonaws.com",
        "aws-us-gov": "sts.us-gov-west-1.amazonaws.com",
        "aws-cn": "sts.cn-north-1.amazonaws.com.cn",
    }
    proxy = Proxy({f"{host}:443": sts.port for host in hosts.values()})
    env = {"AWS_CA_BUNDLE": str(authority.bundle), "HTTPS_PROXY": proxy.url}
    pair, gov = creds.pair(), creds.pair()
    tree.write("a.env", pair.env)
    tree.write("gov.env", gov.env)
    try:
        dead = run.scan("--verify", "a.env", env=env)
        assert [a.host for a in sts.asked] == [hosts["aws"]]
        assert [a.region for a in sts.asked] == ["us-east-1"]
        assert verification(dead, pair)["status"] == "dead"
        assert "partition aws;" in verification(dead, pair)["error"]

        sts.asked.clear()
        dead = run.scan("--verify", "--verify-partition", "all", "a.env", env=env)
        assert [a.host for a in sts.asked] == list(hosts.values())
        assert verification(dead, pair)["status"] == "dead"
        assert verification(dead, pair)["error"] is None

        sts.asked.clear()
        answers = [fault("InvalidClientTokenId"), identity("arn:aws-us-gov:iam::1:root", "1" * 12)]
        answers[1] = identity(f"arn:aws-us-gov:iam::{gov.account}:root", gov.account or "")
        sts.script[gov.id] = answers
        live = run.scan("--verify", "--verify-partition=all", "gov.env", env=env)
        assert verification(live, gov)["status"] == "live"
        assert [a.host for a in sts.asked] == [hosts["aws"], hosts["aws-us-gov"]]
        assert "us-gov-west-1" in live.findings[0]["next_steps"][0]["command"]

        sts.asked.clear()
        run.scan("--verify", "a.env", env=env | {"AWS_REGION": "us-gov-west-1"})
        run.scan("--verify", "--verify-partition=aws-cn", "a.env", env=env)
        assert [a.host for a in sts.asked] == [hosts["aws-us-gov"], hosts["aws-cn"]]
        assert set(proxy.asked) == {f"{host}:443" for host in hosts.values()}
    finally:
        proxy.close()


def test_a_region_that_has_to_be_enabled_does_not_say_dead(
    run: Runner, sts: Sts, authority: Authority, tree: Tree, creds: Creds
) -> None:
    proxy = Proxy({"sts.me-south-1.amazonaws.com:443": sts.port})
    pair = creds.pair()
    tree.write("a.env", pair.env)
    env = {"AWS_CA_BUNDLE": str(authority.bundle), "HTTPS_PROXY": proxy.url}
    known = verification(run.scan("--verify", "--region=me-south-1", "a.env", env=env), pair)
    proxy.close()
    assert known["status"] == "unknown" and "me-south-1" in known["error"]
    assert sts.asked[0].region == "me-south-1"


@pytest.mark.parametrize("status", [407, 502])
def test_a_proxy_that_refuses_is_unknown(
    run: Runner, authority: Authority, tree: Tree, creds: Creds, status: int
) -> None:
    proxy, pair = Proxy({}, status), creds.pair()
    tree.write("a.env", pair.env)
    known = verification(run.scan("--verify", "a.env", env={"HTTPS_PROXY": proxy.url}), pair)
    proxy.close()
    assert known["status"] == "unknown" and str(status) in known["error"], known


def test_no_proxy_is_honoured(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    proxy, pair = Proxy({}), creds.pair()
    sts.know(pair)
    tree.write("a.env", pair.env)
    env = {"HTTPS_PROXY": proxy.url, "NO_PROXY": "127.0.0.1"}
    assert status_of(verify("a.env", env=env), pair) == "live"
    proxy.close()
    assert not proxy.asked


def sockets(run: Runner, *args: str | Path, env: dict[str, str] | None = None) -> list[str]:
    """The lines of strace on what opens and leads a socket anywhere."""
    trace = run.home / "trace"
    before = ["strace", "-f", "-qq", "-e", "trace=socket,connect,sendto", "-o", str(trace)]
    leaks = {"ASAN_OPTIONS": "detect_leaks=0"} if SANITIZED else {}
    result = run("scan", "-f", "jsonl", *args, env=(env or {}) | leaks, before=before)
    assert result.status in (0, 1), result
    return [line for line in trace.read_text().splitlines() if "(" in line]


@pytest.fixture
def strace() -> None:
    if not shutil.which("strace") or os.system("strace -qq -o /dev/null true"):
        pytest.skip("strace is not there, or may trace nothing here")


def test_without_it_no_socket_is_opened(
    strace, run: Runner, sts: Sts, authority: Authority, tree: Tree, creds: Creds
) -> None:
    pair = creds.pair()
    tree.write("a.env", pair.env)
    env = {"AWS_CA_BUNDLE": str(authority.bundle), "AWS_ENDPOINT_URL_STS": sts.url}
    assert sockets(run, "a.env", env=env) == []
    opened = sockets(run, "--verify", "a.env", env=env)
    assert sum("socket(AF_INET" in line for line in opened) == 1, opened
    led = [line for line in opened if "connect(" in line and "AF_INET" in line]
    assert len(led) == 1 and f"htons({sts.port})" in led[0] and '"127.0.0.1"' in led[0], led


def test_a_thousand_pairs(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    """Every verdict is its own pair's, on no more connections than workers."""
    pairs = creds.pairs(1000)
    for i, pair in enumerate(pairs):
        if i % 3 == 0:
            sts.know(pair, f"arn:aws:iam::{pair.account}:user/u{i}")
        elif i % 3 == 1:
            sts.know(Pair(pair.id, creds.secret(), pair.account))
        if i % 50 == 0:
            sts.script[pair.id] = [Answer(500, b"")]
        tree.write(f"{i % 10}/{i}.env", pair.env)
    result = verify(".", "--verify-rps", "10000", "-j", "4")
    told = {f["access_key_id"]: f["verification"] for f in result.findings}
    assert len(result.findings) == len(told) == 1000
    for i, pair in enumerate(pairs):
        expected = ("live", "mismatch", "dead")[i % 3]
        arn = f"arn:aws:iam::{pair.account}:user/u{i}" if i % 3 == 0 else None
        assert (told[pair.id]["status"], told[pair.id]["arn"]) == (expected, arn)
    assert len(sts.asked) == 1000 + 20
    assert sts.connections <= 4 and sts.most_open <= 4
    assert result.summary["by_verification"] == {"live": 334, "dead": 333, "mismatch": 333}


# --- reports, and the command of its own ---


def test_the_exit_status_can_go_by_what_works(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    works, dead, odd = creds.pairs(3)
    sts.know(works)
    sts.script[odd.id] = [fault("OptInRequired")] * 9
    for name, pair in ("works", works), ("dead", dead), ("odd", odd):
        tree.write(name, pair.env)
    assert verify("--fail-on", "live", "works", "dead", "odd").status == 1
    assert verify("--fail-on", "live", "dead").status == 0
    assert verify("--fail-on", "live", "dead", "odd").status == 2
    assert verify("--fail-on", "live", "--exit-code", "7", "works").status == 7


def test_fail_on_live_needs_verify(run: Runner, tree: Tree) -> None:
    result = run("scan", "--fail-on", "live", ".")
    assert result.status == 2 and "--verify" in result.stderr_line()


def test_people_are_told_what_to_do(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    pair = creds.pair()
    sts.know(pair, f"arn:aws:iam::{pair.account}:user/bob")
    tree.write("a.env", pair.env)
    text = verify("-f", "text", "a.env").stdout.decode()
    assert re.search(r"^ +status +live at 20", text, re.M)
    assert re.search(rf"^ +owner +user bob, arn:aws:iam::{pair.account}:user/bob$", text, re.M)
    assert re.search(r"^ +stop +aws iam update-access-key --user-name=bob ", text, re.M)
    assert re.search(r"^ +delete +aws iam delete-access-key --user-name=bob ", text, re.M)
    assert "1 key pair (1 live) in" in text


def test_an_earlier_report_is_verified(verify, run: Runner, sts: Sts, tree: Tree, creds, authority) -> None:
    works, dead = creds.pair(), creds.session()
    sts.know(works)
    tree.write("a.env", works.env)
    tree.write("b.env", dead.env)
    env = {"AWS_CA_BUNDLE": str(authority.bundle), "AWS_ENDPOINT_URL_STS": sts.url}
    report = run("scan", "-f", "jsonl", "--show-secrets", "a.env", "b.env").stdout
    tree.write("report", report)
    result = run("verify", "-f", "jsonl", "report", env=env)
    assert result.status == 1
    assert status_of(result, works) == "live" and status_of(result, dead) == "dead"
    assert works.secret.encode() not in result.stdout
    piped = run("verify", "-f", "jsonl", "--fail-on=live", "-", env=env, stdin=report)
    assert piped.status == 1 and status_of(piped, works) == "live"
    # What was told stays in the report, and in one that is made of it.
    tree.write("verified", result.stdout)
    merged = run("merge", "-f", "jsonl", "verified", "report")
    assert verification(merged, works) == verification(result, works)
    # What nobody could say later does not hide it.
    nobody = env | {"AWS_ENDPOINT_URL_STS": "https://127.0.0.1:1"}
    tree.write("later", run("verify", "-f", "jsonl", "report", env=nobody).stdout)
    for reports in (["verified", "later"], ["later", "verified"]):
        merged = run("merge", "-f", "jsonl", *reports)
        assert verification(merged, works) == verification(result, works)
    plan = run("verify", "--verify-plan", "report", env=env).stdout.decode()
    assert works.id in plan and "2 of 2 keys" in plan


def test_a_redacted_report_cannot_be_verified(run: Runner, tree: Tree, creds: Creds) -> None:
    tree.write("a.env", creds.pair().env)
    tree.write("report", run("scan", "-f", "jsonl", "a.env").stdout)
    result = run("verify", "report")
    assert result.status == 2 and not result.stdout
    line = result.stderr_line()
    assert "redacted" in line and "--verify" in line and "--show-secrets" in line


def test_secrets_stay_where_they_are(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    pair = creds.session()
    sts.know(pair)
    tree.write("a.env", pair.env)
    result = verify("a.env", "-v")
    for secret in (pair.secret, pair.token):
        assert secret.encode() not in result.stdout + result.stderr
        assert not any(secret in arg for arg in result.args)


def test_the_threads_decide_nothing(verify, sts: Sts, tree: Tree, creds: Creds) -> None:
    for i, pair in enumerate(creds.pairs(40)):
        if i % 2:
            sts.know(pair)
        tree.write(f"{i}.env", pair.env)

    def told(jobs: str) -> list[Any]:
        findings = verify(".", "-j", jobs).findings
        for f in findings:
            f["verification"].pop("checked_at")
            f.pop("next_steps")
        return findings

    assert told("1") == told("8")
