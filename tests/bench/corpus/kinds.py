"""Forms: credentials that are no access keys. Their shapes are from AWS's documentation."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote

from .base import ALNUM, Cred, Doc, Gen, form, negative


def service_cred(g: Gen) -> Cred:
    """IAM's CreateServiceSpecificCredential: the user's name, -at-, the account; 32 bytes."""
    user = g.user() + g.pick("", "", "+1")
    return Cred(f"{user}-at-{g.account()}", base64.b64encode(g.bytes(32)).decode())


def codecommit(g: Gen) -> str:
    return f"git-codecommit.{g.region()}.amazonaws.com"


@form("codecommit-url")
def codecommit_url(g: Gen) -> Doc:
    c = service_cred(g)
    user, password = (quote(x, safe="") for x in (c.id, c.secret))
    url = f"https://{user}:{password}@{codecommit(g)}/v1/repos/{g.word()}"
    text = g.pick(
        f"{url}\n",  # .git-credentials
        f'[remote "origin"]\n\turl = {url}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n',
        f"RUN git clone {url} /src\n",
        f"+ git push {url} HEAD:main\n",
    )
    return Doc(text, [c], g.pick(".git-credentials", "config", "build.log"))


@form("codecommit-netrc")
def codecommit_netrc(g: Gen) -> Doc:
    creds = [service_cred(g) for _ in range(g.r.randint(1, 3))]
    sep = g.pick("\n  ", " ")
    text = "".join(
        f"machine {codecommit(g)}{sep}login {c.id}{sep}password {c.secret}\n" for c in creds
    )
    return Doc(text, creds, ".netrc")


@form("codecommit-api")
def codecommit_api(g: Gen) -> Doc:
    c = service_cred(g)
    answer = {
        "ServiceSpecificCredential": {
            "CreateDate": g.date(),
            "ServiceName": g.pick("codecommit.amazonaws.com", "cassandra.amazonaws.com"),
            "ServiceUserName": c.id,
            "ServicePassword": c.secret,
            "ServiceSpecificCredentialId": "ACCA" + g.run("ABCDEFGHJKLMNPQRSTUVWXYZ", 17),
            "UserName": c.id.split("-at-")[0],
            "Status": "Active",
        }
    }
    return Doc(json.dumps(answer, indent=g.pick(None, 4)), [c], "credential.json")


@form("codecommit-csv")
def codecommit_csv(g: Gen) -> Doc:
    c = service_cred(g)
    return Doc(f"\ufeffUser Name,Password\r\n{c.id},{c.secret}", [c], "codecommit_credentials.csv")


def presigned_v4(g: Gen, seconds_ago: int) -> tuple[str, str, str | None]:
    """A URL, its signature, and its id where that is a long-lived one; counted from midnight."""
    when = time.gmtime(time.time() // 86400 * 86400 - seconds_ago)
    day, stamp = time.strftime("%Y%m%d", when), time.strftime("%Y%m%dT%H%M%SZ", when)
    temporary, region, signature = g.chance(0.6), g.region(), g.hex(64)
    i = g.key_id("ASIA" if temporary else "AKIA")
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{i}/{day}/{region}/s3/aws4_request",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": "604800",
        "X-Amz-SignedHeaders": "host",
    }
    if temporary:
        query["X-Amz-Security-Token"] = g.token()
    pairs = [f"{k}={quote(v, safe='')}" for k, v in g.shuffled(list(query.items()))]
    pairs.insert(g.pick(len(pairs), 0), f"X-Amz-Signature={signature}")
    host = g.pick(f"{g.bucket()}.s3.{region}.amazonaws.com", f"s3.{region}.amazonaws.com")
    url = f"https://{host}/{g.word()}/{g.word()}.zip?" + "&".join(pairs)
    return url, signature, None if temporary else i


def presigned_v2(g: Gen, expires: int) -> tuple[str, str, str | None]:
    signature, temporary = base64.b64encode(g.bytes(20)).decode(), g.chance()
    i = g.key_id("ASIA" if temporary else "AKIA")
    pairs = [f"AWSAccessKeyId={i}", f"Signature={quote(signature, safe='')}", f"Expires={expires}"]
    if temporary:
        pairs.append("x-amz-security-token=" + quote(g.token(), safe=""))
    url = f"https://{g.bucket()}.s3.amazonaws.com/{g.word()}?" + "&".join(g.shuffled(pairs))
    return url, signature, None if temporary else i


def in_text(g: Gen, url: str) -> str:
    return g.pick(
        f"{url}\n",
        f"{g.date()} INFO GET {url} 200 12ms\n",
        json.dumps({"status": 302, "headers": {"Location": url}}) + "\n",
        f"curl -sS -o dump.zip '{url}'\n",
        f'<a href="{url.replace("&", "&amp;")}">download</a>\n',
    )


@form("presigned-url-live", cross=True)
def presigned_live(g: Gen) -> Doc:
    make, at = g.pick((presigned_v4, 3600), (presigned_v2, 4_000_000_000))
    url, signature, i = make(g, at)
    further = [{"kind": "aws-presigned-url", "value": signature}]
    return Doc(in_text(g, url), name="app.log", lone_ids=[i] if i else [], further=further)


@negative("presigned-url-expired", cross=True)
def presigned_expired(g: Gen) -> Doc:
    make, at = g.pick((presigned_v4, 800_000), (presigned_v2, 1_500_000_000))
    url, _, i = make(g, at)
    return Doc(in_text(g, url), name="app.log", lone_ids=[i] if i else [])


@negative("presigned-url-in-part")
def presigned_in_part(g: Gen) -> Doc:
    """What a log cut off, or a manual shows: no signature, or no date, opens nothing."""
    url, signature, i = presigned_v4(g, 60)
    cut = g.pick(
        url.replace(signature, signature[: g.r.randint(0, 40)] + "..."),
        url.replace(signature, "<signature>"),
        f"X-Amz-Date=20260101T000000Z\nX-Amz-Signature={signature}\n",
    )
    return Doc(cut + "\n", name="notes.txt", optional_ids=[i] if i else [])


@form("sso-cache")
def sso_cache(g: Gen) -> Doc:
    """What `aws sso login` keeps in ~/.aws/sso/cache."""

    def token(kind: str) -> str:
        body = g.run(ALNUM + "_-", g.r.randint(90, 400))
        return f"ao{kind}AAAAA" + body + ":MGUCMQ" + base64.b64encode(g.bytes(99)).decode()[:126]

    access, refresh = token("a"), token("r")
    cache = {
        "startUrl": g.pick("https://d-9067123456.awsapps.com/start", "https://x.awsapps.com/start"),
        "region": g.region(),
        "accessToken": access,
        "expiresAt": g.date("Z"),
        "clientId": g.run(ALNUM, 22) + "VzLWVhc3QtMQ",
        "clientSecret": "eyJraWQiOiJrZXktMTU2NDAyODA5OSIsImFsZyI6IkhTMzg0In0." + g.run(ALNUM, 300),
        "registrationExpiresAt": g.date("Z"),
        "refreshToken": refresh,
    }
    further = [{"kind": "aws-sso-token", "value": v} for v in (access, refresh)]
    text = json.dumps(cache, indent=g.pick(None, 2))
    return Doc(text, name="4fbbfb5d40afa2f001d7c451.json", further=further)


@negative("service-user-names")
def service_names(g: Gen) -> Doc:
    """Names alone, and digests near them."""
    digest = base64.b64encode(g.bytes(32)).decode()
    lines = [
        f"user {service_cred(g).id} logged in",
        f"{service_cred(g).id} sha256-{digest}",
        f'integrity="sha256-{digest}" # by {service_cred(g).id}',
        f"https://{service_cred(g).id}@{codecommit(g)}/v1/repos/{g.word()}",
    ]
    return Doc("\n".join(g.shuffled(lines)[:3]) + "\n", name="audit.log")
