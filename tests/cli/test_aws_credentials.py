"""Where the keys come from that open a bucket: what the AWS CLI reads, in its order."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

import pytest

from aws_homes import BUCKET, ROLE, Home, Sts, ini, opened, refused, scan, server  # noqa: F401
from conftest import Runner, Tree
from creds import Creds, Pair
from s3_servers import Answer, Request, Scripted, fault, key_env

# --- the order ---


def test_the_environment_comes_first(run: Runner, server: Scripted, home: Home, creds: Creds) -> None:
    home.credentials(ini(creds.pair()) + ini(server.pair, "other"))
    assert opened(scan(run, server, env=key_env(server.pair)))
    # --profile is said now, the variables were set before.
    assert opened(scan(run, server, "--profile", "other", BUCKET, env=key_env(creds.pair())))
    assert not opened(scan(run, server, env=key_env(creds.pair()) | {"AWS_PROFILE": "other"}))


def test_profiles(run: Runner, server: Scripted, home: Home, creds: Creds, tree: Tree) -> None:
    home.credentials(ini(server.pair))
    assert opened(scan(run, server))
    home.credentials(ini(creds.pair()) + ini(server.pair, "dev"))
    assert opened(scan(run, server, env={"AWS_PROFILE": "dev"}))
    assert opened(scan(run, server, env={"AWS_DEFAULT_PROFILE": "dev"}))
    (home.folder / "credentials").unlink()
    home.config(ini(creds.pair()) + ini(server.pair, "profile dev"))
    assert opened(scan(run, server, "--profile", "dev", BUCKET))
    # Of a profile that stands in both files the keys of the credentials file count.
    home.config(ini(creds.pair(), "profile dev") + "region = eu-south-2\n")
    home.credentials(ini(server.pair, "dev"))
    server.region = "eu-south-2"
    assert opened(scan(run, server, "--profile", "dev", BUCKET))
    elsewhere = tree.write("creds", ini(server.pair))
    env = {"AWS_SHARED_CREDENTIALS_FILE": str(elsewhere), "AWS_REGION": "eu-south-2"}
    assert opened(scan(run, server, env=env))
    env = {"AWS_SHARED_CREDENTIALS_FILE": str(elsewhere), "AWS_CONFIG_FILE": "/dev/null"}
    assert opened(scan(run, server, "--region", "eu-south-2", BUCKET, env=env))


def test_a_profile_that_is_not_there(run: Runner, server: Scripted, home: Home) -> None:
    home.credentials("[dev]\n")
    result = run("scan", "--profile", "prod", BUCKET)
    assert result.status == 2
    assert 'the profile "prod" stands in neither' in result.stderr_line()


def test_a_file_that_is_none(run: Runner, server: Scripted, home: Home, creds: Creds) -> None:
    """The line is named, its content is not: it may be a secret."""
    secret = creds.secret()
    home.credentials(f"[default]\n{secret}\n")
    result = run("scan", BUCKET)
    assert result.status == 2
    assert "line 2: neither a section nor KEY = VALUE" in result.stderr_line()
    assert secret not in result.stderr_line()


def test_nothing_at_all(run: Runner, server: Scripted) -> None:
    assert "no AWS credentials" in refused(scan(run, server))
    assert server.requests == []


# --- roles ---


def test_a_role_with_the_keys_of_another_profile(
    run: Runner, server: Scripted, home: Home, creds: Creds
) -> None:
    home.credentials(ini(creds.pair(), "base"))
    home.config(
        f"[profile r]\nrole_arn = {ROLE}\nsource_profile = base\nexternal_id = e x+t\n"
        "role_session_name = audit\nduration_seconds = 1800\n"
    )
    sts = Sts(server, creds.session())
    assert opened(scan(run, server, "--profile", "r", BUCKET))
    (asked,) = sts.asked
    assert asked == {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": ROLE,
        "RoleSessionName": "audit",
        "ExternalId": "e x+t",
        "DurationSeconds": "1800",
        "signed": "True",
    }


def test_a_role_on_a_role_and_one_with_its_own_keys(
    run: Runner, server: Scripted, home: Home, creds: Creds
) -> None:
    home.config(
        f"[profile a]\nrole_arn = {ROLE}-a\nsource_profile = b\n"
        f"[profile b]\nrole_arn = {ROLE}-b\nsource_profile = b\n{creds.pair().ini}"
    )
    sts = Sts(server, creds.session())
    assert opened(scan(run, server, "--profile", "a", BUCKET))
    assert [asked["RoleArn"] for asked in sts.asked] == [f"{ROLE}-b", f"{ROLE}-a"]


def test_a_role_with_the_keys_of_the_environment(
    run: Runner, server: Scripted, home: Home, creds: Creds
) -> None:
    home.config(f"[profile r]\nrole_arn = {ROLE}\ncredential_source = Environment\n")
    Sts(server, creds.session())
    assert opened(scan(run, server, "--profile", "r", BUCKET, env=key_env(creds.pair())))
    assert "holds no credentials" in refused(scan(run, server, "--profile", "r", BUCKET))


@pytest.mark.parametrize(
    "text, told",
    [
        ("source_profile = r2\n[profile r2]\nrole_arn = x\nsource_profile = r\n", "circle"),
        ("source_profile = r\n", "holds no credentials"),
        ("source_profile = none\n", "which is not there"),
        ("", "no source_profile"),
        ("credential_source = Moon\n", 'unknown credential_source "Moon"'),
        ("credential_source = Environment\nsource_profile = r\n", "both"),
    ],
)
def test_a_role_that_cannot_be(
    run: Runner, server: Scripted, home: Home, text: str, told: str
) -> None:
    home.config(f"[profile r]\nrole_arn = {ROLE}\n{text}")
    assert told in refused(scan(run, server, "--profile", "r", BUCKET))
    assert server.requests == []


def test_a_role_that_is_refused(run: Runner, server: Scripted, home: Home, creds: Creds) -> None:
    home.config(f"[profile r]\nrole_arn = {ROLE}\nsource_profile = r\n{creds.pair().ini}")
    server.script = lambda r: fault(403, "AccessDenied", "is not authorized to perform")
    message = refused(scan(run, server, "--profile", "r", BUCKET))
    assert message == f"the role {ROLE} cannot be assumed: AccessDenied: is not authorized to perform"


@pytest.mark.parametrize("by", ["environment", "profile"])
def test_a_web_identity(
    run: Runner, server: Scripted, home: Home, tree: Tree, creds: Creds, by: str
) -> None:
    token = tree.write("token", "eyJh.bG+c/i=.x\n")
    sts = Sts(server, creds.session())
    if by == "environment":
        env = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_ARN": ROLE}
        assert opened(scan(run, server, env=env))
    else:
        home.config(f"[default]\nrole_arn = {ROLE}\nweb_identity_token_file = {token}\n")
        assert opened(scan(run, server))
    (asked,) = sts.asked
    assert (asked["WebIdentityToken"], asked["signed"]) == ("eyJh.bG+c/i=.x", "False")


def test_keys_are_renewed_before_they_expire(
    run: Runner, server: Scripted, home: Home, creds: Creds
) -> None:
    home.config(f"[default]\nrole_arn = {ROLE}\nsource_profile = base\n")
    home.credentials(ini(creds.pair(), "base"))
    server.page = 1
    server.objects = {f"k{i}": b"nothing" for i in range(4)}
    sts = Sts(server, creds.session(), life_s=60)
    assert scan(run, server).status == 0
    assert len(sts.asked) > 4


# --- IAM Identity Center ---

START_URL = "https://example.awsapps.com/start"
BY_SESSION = f"""[default]
sso_session = my-org
sso_account_id = 123456789012
sso_role_name = Read Only
[sso-session my-org]
sso_start_url = {START_URL}
sso_region = eu-west-1
"""
BY_URL = f"""[default]
sso_start_url = {START_URL}
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = Read Only
"""


def log_in(home: Home, name: str, token: str, life_s: float) -> None:
    """What `aws sso login` leaves in its cache (botocore's SSOTokenLoader)."""
    expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + life_s))
    cached = {"startUrl": START_URL, "region": "eu-west-1", "accessToken": token, "expiresAt": expires}
    folder = home.folder / "sso/cache"
    folder.mkdir(parents=True)
    (folder / f"{hashlib.sha1(name.encode()).hexdigest()}.json").write_text(json.dumps(cached))


class Portal:
    """GetRoleCredentials of IAM Identity Center, in front of the bucket."""

    def __init__(self, server: Scripted, token: str, pair: Pair) -> None:
        self.asked, self.token, self.pair = [], token, pair
        server.pair = pair
        server.script = self

    def __call__(self, request: Request) -> Answer | None:
        if request.path != "/federation/credentials":
            return None
        self.asked.append(request)
        if request.headers.get("x-amz-sso_bearer_token") != self.token:
            return Answer(401, b'{"message":"Session token not found or invalid"}')
        role = {"accessKeyId": self.pair.id, "secretAccessKey": self.pair.secret,
                "sessionToken": self.pair.token, "expiration": int((time.time() + 3600) * 1000)}
        return Answer(200, json.dumps({"roleCredentials": role}).encode())


@pytest.mark.parametrize("config, name", [(BY_SESSION, "my-org"), (BY_URL, START_URL)])
def test_a_role_of_identity_center(
    run: Runner, server: Scripted, home: Home, creds: Creds, config: str, name: str
) -> None:
    home.config(config)
    log_in(home, name, "aoa-token", 3600)
    portal = Portal(server, "aoa-token", creds.session())
    assert opened(scan(run, server))
    (asked,) = portal.asked
    assert asked.query == {"account_id": "123456789012", "role_name": "Read Only"}
    assert "authorization" not in asked.headers


def test_a_role_on_one_of_identity_center(
    run: Runner, server: Scripted, home: Home, creds: Creds
) -> None:
    """source_profile may name a profile of IAM Identity Center."""
    home.config(BY_URL.replace("default", "profile org")
                + f"[profile app]\nrole_arn = {ROLE}\nsource_profile = org\n")
    log_in(home, START_URL, "aoa-token", 3600)
    portal, sts = Portal(server, "aoa-token", creds.session()), Sts(server, creds.session())
    server.script = lambda request: portal(request) or sts(request)
    assert opened(scan(run, server, "--profile", "app", BUCKET))
    assert len(portal.asked) == 1 and sts.asked[0]["signed"] == "True"


@pytest.mark.parametrize("life_s, token, told", [
    (-1, "aoa-token", "its token has expired: run aws sso login --profile default"),
    (3600, "another", "its token is not valid any more: run aws sso login --profile default"),
    (None, "", "nobody is logged in to IAM Identity Center: run aws sso login --profile default"),
])
def test_a_token_of_identity_center_that_opens_nothing(
    run: Runner, server: Scripted, home: Home, creds: Creds, life_s: float | None, token: str, told: str
) -> None:
    home.config(BY_SESSION)
    if life_s is not None:
        log_in(home, "my-org", token, life_s)
    Portal(server, "aoa-token", creds.session())
    message = refused(scan(run, server))
    assert told in message


def test_a_role_of_identity_center_that_is_refused(
    run: Runner, server: Scripted, home: Home, creds: Creds
) -> None:
    home.config(BY_SESSION)
    log_in(home, "my-org", "aoa-token", 3600)
    server.script = lambda _: Answer(403, b'{"message":"No access"}')
    assert refused(scan(run, server)).endswith(
        "the role Read Only in the account 123456789012: No access"
    )


@pytest.mark.parametrize("line, told", [
    ("sso_start_url", "has no sso_start_url"),
    ("sso_region", "has no sso_region"),
    ("sso_account_id", "has no sso_account_id"),
    ("sso_role_name", "has no sso_role_name"),
    ("[sso-session", 'names the sso_session "my-org", which is not there'),
])
def test_a_profile_of_identity_center_that_lacks_something(
    run: Runner, server: Scripted, home: Home, line: str, told: str
) -> None:
    kept = [text for text in BY_SESSION.splitlines() if not text.startswith(line)]
    home.config("\n".join(kept) + "\n")
    assert told in refused(scan(run, server))


# --- programs and metadata ---


def document(pair: Pair, **more: Any) -> str:
    token = {"SessionToken": pair.token, "Token": pair.token} if pair.token else {}
    keys = {"AccessKeyId": pair.id, "SecretAccessKey": pair.secret}
    return json.dumps({"Version": 1, **keys, **token, **more})


def test_a_program_that_gives_keys(
    run: Runner, server: Scripted, home: Home, tree: Tree, creds: Creds
) -> None:
    server.pair = creds.session()
    answer = tree.write("an answer", document(server.pair, Expiration="2999-01-01T00:00:00+00:00"))
    home.config(f"[default]\ncredential_process = /bin/cat '{answer}'\n")
    assert opened(scan(run, server))


@pytest.mark.parametrize(
    "command, told",
    [
        ("/nonexistent/program", "No such file"),
        ("false", "failed (status 1)"),
        ("echo '{\"Version\": 1}'", "no JSON with an AccessKeyId"),
        ("echo 'open", "is no command"),
        ("yes", "failed (signal 13)"),
        ("echo $(touch pwned); touch pwned", "no JSON"),
    ],
)
def test_a_program_that_gives_none(
    run: Runner, server: Scripted, home: Home, tree: Tree, command: str, told: str
) -> None:
    home.config(f"[default]\ncredential_process = {command}\n")
    assert told in refused(scan(run, server))
    assert not (tree / "pwned").exists()


def test_no_program_of_what_is_scanned_is_run(
    run: Runner, server: Scripted, tree: Tree, creds: Creds
) -> None:
    text = f"[default]\ncredential_process = touch {tree.root}/pwned\n"
    tree.write(".aws/config", text)
    server.objects[".aws/config"] = text.encode()
    assert scan(run, server, ".", BUCKET, env=key_env(server.pair)).status == 1
    assert not (tree / "pwned").exists()


def only_by_proxy(server: Scripted) -> dict[str, str]:
    """All but the server by a proxy that is not there: metadata must go past it."""
    return {
        "AWS_ENDPOINT_URL": server.url.replace("127.0.0.1", "localhost"),
        "http_proxy": "http://127.0.0.1:1",
        "NO_PROXY": "localhost",
    }


def test_a_container(run: Runner, server: Scripted, tree: Tree, creds: Creds) -> None:
    metadata = Scripted()
    server.pair = creds.session()
    wanted = "Bearer abc"
    metadata.script = lambda r: (
        Answer(200, document(server.pair, Expiration="2999-01-01T00:00:00Z").encode())
        if r.headers.get("authorization") == wanted and r.path == "/creds"
        else fault(403, "Denied")
    )
    env = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{metadata.url}/creds",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tree.write("token", wanted + "\n")),
        **only_by_proxy(server),
    }
    assert opened(scan(run, server, env=env))
    env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = str(tree.write("wrong", "x"))
    assert "no credentials: Denied" in refused(scan(run, server, env=env))
    metadata.close()


@pytest.mark.parametrize("url", ["http://example.com/creds", "http://127.0.0.1.example.com/"])
def test_a_container_far_away(run: Runner, server: Scripted, url: str) -> None:
    env = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url}
    assert "plain http goes to this machine" in refused(scan(run, server, env=env))


def test_an_instance(run: Runner, server: Scripted, creds: Creds) -> None:
    """Version 2 of the metadata service: nothing without a session's token."""
    metadata = Scripted()
    server.pair = creds.session()
    roles = "/latest/meta-data/iam/security-credentials/"

    def script(request: Request) -> Answer:
        if request.method == "PUT" and request.path == "/latest/api/token":
            assert request.headers["x-aws-ec2-metadata-token-ttl-seconds"]
            return Answer(200, b"session-token")
        if request.headers.get("x-aws-ec2-metadata-token") != "session-token":
            return Answer(401)
        if request.path == roles:
            return Answer(200, b"my-role\n")
        if request.path == roles + "my-role":
            return Answer(200, document(server.pair, Expiration="2999-01-01T00:00:00Z").encode())
        return Answer(404)

    metadata.script = script
    env = {
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.url,
        "AWS_EC2_METADATA_DISABLED": "false",
        **only_by_proxy(server),
    }
    assert opened(scan(run, server, env=env))
    metadata.script = lambda request: Answer(404)
    assert "no AWS credentials" in refused(scan(run, server, env=env))
    metadata.close()


# --- endpoints ---


def test_endpoints_in_their_order(run: Runner, server: Scripted, home: Home) -> None:
    wrong = "http://127.0.0.1:1"
    env = key_env(server.pair) | {"AWS_ENDPOINT_URL": wrong}
    assert opened(scan(run, server, "--endpoint-url", server.url, BUCKET, env=env))
    assert opened(scan(run, server, env=env | {"AWS_ENDPOINT_URL_S3": server.url}))
    home.config(f"[default]\nservices = mine\n[services mine]\ns3 =\n  endpoint_url = {server.url}\n")
    assert opened(scan(run, server, env=env | {"AWS_ENDPOINT_URL": ""}))
    home.config(f"[default]\nendpoint_url = {server.url}\n")
    assert opened(scan(run, server, env=env | {"AWS_ENDPOINT_URL": ""}))
    assert "Failed to connect" in refused(scan(run, server, env=env))


def test_how_a_bucket_is_addressed(run: Runner, server: Scripted, home: Home) -> None:
    """Virtual-host style at a local server: the name must resolve, so a proxy stands for that."""
    env = key_env(server.pair) | {"AWS_ENDPOINT_URL": "http://s3.test", "http_proxy": server.url}
    server.script = lambda r: fault(403, "AccessDenied")
    for args, host, path in (
        (["--addressing-style", "virtual"], "scripted.s3.test", "/"),
        (["--addressing-style", "path"], "s3.test", "/scripted"),
        ([], "s3.test", "/scripted"),
    ):
        server.requests.clear()
        refused(scan(run, server, *args, BUCKET, env=env))
        request = server.requests[0]
        assert request.headers["host"] == host
        assert request.path == f"http://{host}{path}"
    home.config("[default]\ns3 =\n  addressing_style = virtual\n")
    server.requests.clear()
    refused(scan(run, server, env=env))
    assert server.requests[0].headers["host"] == "scripted.s3.test"
