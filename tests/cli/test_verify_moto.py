"""--verify against moto, which checks who asks: its own idea of IAM and STS, and not our tests'."""

from __future__ import annotations

import urllib.request
from typing import Any

import pytest

from conftest import Runner, Tree
from creds import Creds, Pair
from s3_servers import Server

FAST = ["--verify-rps", "1000"]


def switch_on(moto: Server) -> None:
    """From now on moto looks at signatures and permissions."""
    request = urllib.request.Request(
        f"{moto.url}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"}
    )
    urllib.request.urlopen(request).read()


def new_key(moto: Server, user: str) -> Pair:
    """A key of `user`, who is made where they are not there, and may do nothing."""
    iam = moto.client("iam")
    if user not in [u["UserName"] for u in iam.list_users()["Users"]]:
        iam.create_user(UserName=user, Path="/ci/")
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return Pair(key["AccessKeyId"], key["SecretAccessKey"], "123456789012")


def new_session(moto: Server) -> Pair:
    moto.client("iam").create_role(RoleName="deploy", AssumeRolePolicyDocument="{}")
    arn = "arn:aws:iam::123456789012:role/deploy"
    session = moto.client("sts").assume_role(RoleArn=arn, RoleSessionName="i-0123")["Credentials"]
    return Pair(
        session["AccessKeyId"],
        session["SecretAccessKey"],
        "123456789012",
        session["SessionToken"],
    )


def told(result: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """What is said of each pair, by its id and the beginning of its secret."""
    return {
        (f["access_key_id"], f["secret_access_key"][:4]): f["verification"]
        for f in result.findings
    }


@pytest.fixture
def keys(checking_moto: Server, creds: Creds, tree: Tree) -> dict[str, Pair]:
    """A key that works, a session, a wrong secret, a deleted key; all but the bucket's in files."""
    works, other, gone = (new_key(checking_moto, user) for user in ("alice", "bob", "alice"))
    keys = {
        "works": works,
        "session": new_session(checking_moto),
        "wrong": Pair(other.id, creds.secret(), other.account),
        "gone": gone,
    }
    checking_moto.client("iam").delete_access_key(UserName="alice", AccessKeyId=gone.id)
    for name, pair in keys.items():
        tree.write(f"{name}.env", pair.env)
    return keys


def test_every_verdict_by_a_real_server(
    run: Runner, checking_moto: Server, keys: dict[str, Pair]
) -> None:
    switch_on(checking_moto)
    result = run.scan("--verify", *FAST, "--endpoint-url", checking_moto.url, ".")
    known = {name: told(result)[pair.id, pair.secret[:4]] for name, pair in keys.items()}
    assert {name: k["status"] for name, k in known.items()} == {
        "works": "live",
        "session": "live",
        "wrong": "mismatch",
        "gone": "dead",
    }
    assert known["works"]["arn"] == "arn:aws:iam::123456789012:user/ci/alice"
    assert known["works"]["kind"] == "user"
    assert known["session"]["arn"] == "arn:aws:sts::123456789012:assumed-role/deploy/i-0123"
    assert known["session"]["kind"] == "role session"
    assert known["gone"]["arn"] is None and not known["gone"]["error"]


def test_the_planted_key_is_found_and_works(
    run: Runner, checking_moto: Server, tree: Tree, creds: Creds
) -> None:
    """A function wrote a new user's key into a bucket: find it there, prove it, name the user."""
    planted = new_key(checking_moto, "backdoor")
    checking_moto.fill("jam-agent", {"key.txt": f"{planted.id}\n{planted.secret}\n"})
    result = run.scan(
        "--verify",
        "--fail-on=live",
        "--endpoint-url",
        checking_moto.url,
        "s3://jam-agent",
        env=checking_moto.env,
    )
    assert result.status == 1
    (finding,) = result.findings
    assert finding["s3"]["uri"] == "s3://jam-agent/key.txt"
    assert finding["verification"]["status"] == "live"
    assert finding["verification"]["arn"].endswith(":user/ci/backdoor")
    assert "--user-name=backdoor" in finding["next_steps"][-1]["command"]
