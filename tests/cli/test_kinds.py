"""Credentials that are no access keys: of one service, presigned URLs, tokens of SSO."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote

import pytest

from conftest import Result, Runner, Tree
from creds import Creds


def scan_text(run: Runner, tree: Tree, text: str) -> Result:
    tree.write("f", text)
    return run.scan("--show-secrets", "f")


# --- service-specific credentials (IAM's CreateServiceSpecificCredential) ---


def service_password(creds: Creds) -> str:
    return base64.b64encode(bytes.fromhex(creds.hex(64))).decode()


SERVICE_FORMS = {
    "url": "url = https://{quoted_user}:{quoted}@git-codecommit.eu-west-1.amazonaws.com/v1/repos/x\n",
    "netrc": "machine git-codecommit.us-east-1.amazonaws.com\n  login {user}\n  password {password}\n",
    "api": '{{"ServiceUserName": "{user}",\n "ServicePassword": "{password}"}}\n',
    "csv": "User Name,Password\r\n{user},{password}",
    "keyspaces": "auth_provider = PlainTextAuthProvider(username='{user}', password='{password}')\n",
}


@pytest.mark.parametrize("form", SERVICE_FORMS)
@pytest.mark.parametrize("name", ["alice", "svc-deploy+1", "bob.smith@acme.io"])
def test_service_credentials(run: Runner, tree: Tree, creds: Creds, form: str, name: str):
    user, password = f"{name}-at-470123886651", service_password(creds)
    text = SERVICE_FORMS[form].format(
        user=user, password=password, quoted=quote(password, safe=""), quoted_user=quote(user)
    )
    [finding] = scan_text(run, tree, text).findings
    assert (finding["rule"], finding["severity"]) == ("aws-service-credentials", "high")
    assert (finding["access_key_id"], finding["secret_access_key"]) == (user, password)
    assert finding["account"] == "470123886651"


@pytest.mark.parametrize(
    "text",
    [
        "login {user}\n",
        "alice-at-123456789012 {password}\n",  # the account of the manuals
        "{user}\nsha256-{password}\n",
        "{user}\nintegrity: {password}\n",
        "password {password}\n",
        "{user}x {password}\n",
        "made-at-1234567890123 {password}\n",
    ],
)
def test_no_service_credentials(run: Runner, tree: Tree, creds: Creds, text: str):
    result = scan_text(
        run, tree, text.format(user="alice-at-470123886651", password=service_password(creds))
    )
    assert result.findings == [] and result.status == 0, result
    assert result.summary["temporary_ids"] == 0


# --- presigned URLs ---


def presigned(creds: Creds, key_id: str, seconds_ago: int, lifetime: int = 3600, **more: str):
    """A URL as SDKs sign them (SigV4 in a query), and its signature."""
    when = time.gmtime(time.time() - seconds_ago)
    signature = creds.hex(64)
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{key_id}/{time.strftime('%Y%m%d', when)}/eu-west-1/s3/aws4_request",
        "X-Amz-Date": time.strftime("%Y%m%dT%H%M%SZ", when),
        "X-Amz-Expires": str(lifetime),
        "X-Amz-SignedHeaders": "host",
        **{k.replace("_", "-"): v for k, v in more.items()},
        "X-Amz-Signature": signature,
    }
    pairs = "&".join(f"{k}={quote(v, safe='')}" for k, v in query.items())
    return f"https://b.s3.eu-west-1.amazonaws.com/a/b.zip?{pairs}", signature


@pytest.mark.parametrize(
    "around", ["{}\n", "curl '{}'\n", '{{"Location":"{}"}}', "[a]({})", "GET {} HTTP/1.1\r\n"]
)
def test_a_presigned_url_that_is_good(run: Runner, tree: Tree, creds: Creds, around: str):
    url, signature = presigned(creds, creds.key_id("ASIA"), 60, X_Amz_Security_Token=creds.token())
    result = scan_text(run, tree, "x\n" + around.format(url))
    [finding] = result.findings
    assert (finding["rule"], finding["severity"]) == ("aws-presigned-url", "medium")
    assert signature in (finding["secret_access_key"], finding.get("value"))
    assert finding["location"]["line"] == 2
    assert result.summary["temporary_ids"] == 1


@pytest.mark.parametrize("seconds_ago, lifetime, good", [(0, 600, True), (700, 600, False),
                                                         (600_000, 604_800, True),
                                                         (700_000, 604_800, False)])  # fmt: skip
def test_presigned_urls_expire(
    run: Runner, tree: Tree, creds: Creds, seconds_ago: int, lifetime: int, good: bool
):
    url, _ = presigned(creds, creds.key_id("ASIA"), seconds_ago, lifetime)
    assert len(scan_text(run, tree, url).findings) == good


@pytest.mark.parametrize("expires, good", [(1_141_889_120, False), (4_000_000_000, True)])
def test_presigned_urls_of_the_old_kind(
    run: Runner, tree: Tree, creds: Creds, expires: int, good: bool
):
    signature = base64.b64encode(bytes.fromhex(creds.hex(40))).decode()
    url = (
        f"https://b.s3.amazonaws.com/o?Signature={quote(signature, safe='')}&Expires={expires}"
        f"&AWSAccessKeyId={creds.key_id('ASIA')}"
    )
    result = scan_text(run, tree, url)
    assert [f["rule"] for f in result.findings] == ["aws-presigned-url"] * good, result
    assert result.summary["temporary_ids"] == 1


def test_the_id_in_a_presigned_url_is_a_lone_id(run: Runner, tree: Tree, creds: Creds):
    key_id = creds.key_id()
    url, _ = presigned(creds, key_id, 60)
    assert {f["rule"] for f in scan_text(run, tree, url).findings} == {
        "aws-access-key-id",
        "aws-presigned-url",
    }
    url, _ = presigned(creds, key_id, 7200)
    [finding] = scan_text(run, tree, url).findings
    assert (finding["rule"], finding["access_key_id"]) == ("aws-access-key-id", key_id)


def test_parts_of_presigned_urls(run: Runner, tree: Tree, creds: Creds):
    url, signature = presigned(creds, creds.key_id("ASIA"), 60)
    for text in (
        url.replace(signature, signature[:50]),
        url.replace(signature, "<signature>"),
        url.replace("X-Amz-Date", "Date"),
        url.replace("X-Amz-Expires", "Expires"),
        url.replace("X-Amz-Credential", "Credential"),
        url.replace("&", " "),
    ):
        assert scan_text(run, tree, text).findings == [], text


# --- SSO ---


def test_tokens_of_sso(run: Runner, tree: Tree, creds: Creds):
    def token(kind: str) -> str:
        body = creds.base64_run(200).replace("+", "-").replace("/", "_")
        return f"ao{kind}AAAAA{body}:MGUCMQ{creds.base64_run(130)}"

    cache = {
        "startUrl": "https://d-1234567890.awsapps.com/start",
        "region": "eu-west-1",
        "accessToken": token("a"),
        "expiresAt": "2030-01-01T00:00:00Z",
        "clientId": "abcdefghij",
        "clientSecret": "eyJraWQi." + creds.base64_run(200),
        "refreshToken": token("r"),
    }
    result = scan_text(run, tree, json.dumps(cache, indent=2))
    assert [f["rule"] for f in result.findings] == ["aws-sso-token"] * 2
    assert [f["location"]["line"] for f in result.findings] == [4, 8]


def test_the_cli_cache_is_session_credentials(run: Runner, tree: Tree, creds: Creds):
    """~/.aws/cli/cache/*.json"""
    session = creds.session()
    cache = {
        "ProviderType": "sso",
        "Credentials": {
            "AccessKeyId": session.id,
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": "2030-01-01T00:00:00Z",
            "AccountId": "123456789012",
        },
    }
    [finding] = scan_text(run, tree, json.dumps(cache)).findings
    assert finding["rule"] == "aws-session-credentials"
    assert finding["session_token"] == session.token
