"""What looks like a credential and is none. Lone ids are named where one truly stands there."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from typing import Any
from urllib.parse import quote

from .base import ALNUM, Doc, Gen, negative

# The keys of AWS's documentation, in halves, so that no scanner stumbles on them.
EXAMPLES = [
    ("AKIA" + "IOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"),
    ("AKIA" + "I44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/" + "h3yCo8nvbEXAMPLEKEY"),
    ("ASIA" + "IOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"),
    ("AKIA" + "IOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+" + "bPxRfiCYEXAMPLEKEY"),
]
URLSAFE = ALNUM + "-_"
CAMEL = (
    "get set find make build load parse read write access secret key token provider default value "
    "client service factory request response handler config manager session context resource "
    "policy bucket object store version credential account profile region abstract listener"
).split()


def ini(a: str, b: str) -> str:
    return f"aws_access_key_id = {a}\naws_secret_access_key = {b}\n"


def layouts(g: Gen, a: str, b: str) -> tuple[str, str]:
    """An id and a secret as several formats hold them; the file's name and its text."""
    return g.pick(
        ("credentials", f"[default]\n{ini(a, b)}region = {g.region()}\n"),
        (".env", f"AWS_ACCESS_KEY_ID={a}\nAWS_SECRET_ACCESS_KEY={b}\n"),
        ("env.sh", f'export AWS_ACCESS_KEY_ID="{a}"\nexport AWS_SECRET_ACCESS_KEY="{b}"\n'),
        ("a.yml", f"aws:\n  access_key_id: {a}\n  secret_access_key: {b}\n"),
        ("a.json", json.dumps({"accessKeyId": a, "secretAccessKey": b}, indent=2)),
        ("main.tf", f'provider "aws" {{\n  access_key = "{a}"\n  secret_key = "{b}"\n}}\n'),
        ("app.py", f"boto3.client('s3', aws_access_key_id='{a}', aws_secret_access_key='{b}')\n"),
        ("README.md", f"Run `aws configure` and enter `{a}` and `{b}`.\n"),
    )


@negative("documented-examples", cross=True)
def documented(g: Gen) -> Doc:
    name, text = layouts(g, *g.choice(EXAMPLES))
    return Doc(text, name=name)


@negative("placeholders", cross=True)
def placeholders(g: Gen) -> Doc:
    a, b = g.pick(
        ("<your access key>", "<your secret key>"),
        ("YOUR_ACCESS_KEY_ID", "YOUR_SECRET_ACCESS_KEY"),
        ("AKIA" + "X" * 16, "X" * 40),
        ("AKIA" + "X" * 16, "x" * 40),
        ("AKIA" + "." * 3, "..."),
        ("AKIA" + "Y" * 16, "yoursecretaccesskeygoesheredonotcommitit"),
        ("xxx", "xxx"),
        ("********************", "*" * 40),
        ("AKIA************" + g.run("ABCDEFGH", 4), "*" * 40),
        ("changeme", "changeme"),
        ("", ""),
        ("AKIA" + "A" * 16, "a" * 40),
        ("test", "test"),
        ("AKIA" + "Z" * 16, "0" * 40),
        ("minioadmin", "minioadmin"),
        ("foobar", "barfoo"),
        ("AKIA" + "ABCDEFGHIJKLMNOP", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"),
        ("AKIA" + "YOURACCESSKEYIDX", "your/secret/access/key/your/secret/acces"),
    )
    name, text = layouts(g, a, b)
    return Doc(text, name=name)


@negative("templates", cross=True)
def templates(g: Gen) -> Doc:
    a, b = g.pick(
        ("${AWS_ACCESS_KEY_ID}", "${AWS_SECRET_ACCESS_KEY}"),
        ("{{ aws_access_key_id }}", "{{ aws_secret_access_key }}"),
        ("{{ .Values.aws.accessKeyId }}", "{{ .Values.aws.secretAccessKey | b64enc }}"),
        ("${{ secrets.AWS_ACCESS_KEY_ID }}", "${{ secrets.AWS_SECRET_ACCESS_KEY }}"),
        ("$AWS_ACCESS_KEY_ID", "$AWS_SECRET_ACCESS_KEY"),
        ("%AWS_ACCESS_KEY_ID%", "%AWS_SECRET%"),
        ("<%= ENV['AWS_ACCESS_KEY_ID'] %>", "<%= ENV['AWS_SECRET_ACCESS_KEY'] %>"),
        ("var.aws_access_key_id", "var.aws_secret_access_key"),
        ("$(AwsKeyId)", "$(AwsSecretKey)"),
        ("#{ENV.fetch('AWS_ACCESS_KEY_ID')}", "#{ENV.fetch('AWS_SECRET_ACCESS_KEY')}"),
        ("process.env.AWS_ACCESS_KEY_ID", "process.env.AWS_SECRET_ACCESS_KEY"),
    )
    name, text = layouts(g, a, b)
    return Doc(text, name=name)


@negative("references", cross=True)
def references(g: Gen) -> Doc:
    a, b = g.pick(
        ("op://infra/aws/access_key_id", "op://infra/aws/secret_access_key"),
        (
            f"vault:secret/data/{g.word()}/aws#access_key",
            f"vault:secret/data/{g.word()}/aws#secret",
        ),
        (
            f"arn:aws:secretsmanager:{g.region()}:{g.account()}:secret:id-{g.run(ALNUM, 6)}",
            f"arn:aws:secretsmanager:{g.region()}:{g.account()}:secret:key-{g.run(ALNUM, 6)}",
        ),
        (f"/{g.word()}/aws/access_key", f"/{g.word()}/{g.word()}/aws/secret_access_key/current"),
        ("{{resolve:secretsmanager:aws:SecretString:id}}", "{{resolve:ssm-secure:aws_secret:1}}"),
        (f"sm://{g.word()}/aws-id", f"awssm://{g.word()}/aws-secret-access-key?region=x"),
        ("!vault |", "ENC[AES256_GCM,data:" + g.b64(56) + ",iv:" + g.b64(43) + "=,type:str]"),
    )
    name, text = layouts(g, a, b)
    return Doc(text, name=name)


@negative("hashes-near-id", cross=True)
def hashes_near_id(g: Gen) -> Doc:
    i, h = g.key_id(), g.hex()
    text = g.pick(
        f"commit {h}\n\n    remove {i}\n",
        f"{i} {h}\n",
        f"{h} config: {i}\n",
        f"key: {i}\nsha1: {h}\n",
        f"aws_access_key_id = {i}\nrevision = {h}\n",
        f"{i},{h}\n",
        f"{hashlib.sha1(h.encode()).hexdigest()}  {i}.txt\n",
        f"index {h}..{g.hex()} 100644\n+ old key was {i}\n",
        f"{i}\n{h}\n",
        f"{i}\n{h.upper()}\n",
    )
    return Doc(text, name="log.txt", lone_ids=[i])


@negative("secret-label-holds-hash")
def label_hash(g: Gen) -> Doc:
    text = g.pick(
        f"SECRET_KEY = '{g.hex()}'\n",
        f"secret_key_base: {g.hex(128)}\n",
        f"secret_key: {g.hex(64)}\n",
        f'"secretKeySha1": "{g.hex()}"\n',
    )
    return Doc(text, name="settings.py")


@negative("npm-lock", cross=True)
def npm_lock(g: Gen) -> Doc:
    packages: dict[str, Any] = {}
    for _ in range(g.r.randint(5, 40)):
        name = f"{g.word()}-{g.word()}"
        algorithm, n = g.pick(("sha512", 64), ("sha1", 20), ("sha384", 48), ("sha256", 32))
        digest = base64.b64encode(g.bytes(n)).decode()
        packages[f"node_modules/{name}"] = {
            "version": "1.2.3",
            "resolved": f"https://registry.npmjs.org/{name}/-/{name}-1.2.3.tgz",
            "integrity": f"{algorithm}-{digest}",
        }
    return Doc(
        json.dumps({"lockfileVersion": 3, "packages": packages}, indent=2), name="package-lock.json"
    )


@negative("yarn-lock")
def yarn_lock(g: Gen) -> Doc:
    out = "# yarn lockfile v1\n\n"
    for _ in range(g.r.randint(5, 40)):
        name = f"{g.word()}-{g.word()}"
        digest = base64.b64encode(g.bytes(64)).decode()
        out += (
            f'{name}@^1.0.0:\n  version "1.0.4"\n  resolved "https://registry.yarnpkg.com/{name}'
            f'/-/{name}-1.0.4.tgz#{g.hex()}"\n  integrity sha512-{digest}\n\n'
        )
    return Doc(out, name="yarn.lock")


@negative("cargo-go-poetry-locks")
def other_locks(g: Gen) -> Doc:
    kind = g.r.randrange(3)
    out, name = "", ["Cargo.lock", "go.sum", "poetry.lock"][kind]
    for _ in range(g.r.randint(5, 40)):
        word = f"{g.word()}-{g.word()}"
        if kind == 0:
            out += (
                f'[[package]]\nname = "{word}"\nversion = "0.1.2"\nsource = "registry+https://'
                f'github.com/rust-lang/crates.io-index"\nchecksum = "{g.hex(64)}"\n\n'
            )
        elif kind == 1:
            for end in ("", "/go.mod"):
                h1 = base64.b64encode(g.bytes(32)).decode()
                out += f"github.com/{g.user()}/{word} v1.4.2{end} h1:{h1}\n"
        else:
            out += (
                f'[[package]]\nname = "{word}"\nversion = "2.0"\nfiles = [\n    {{file = "{word}'
                f'-2.0.tar.gz", hash = "sha256:{g.hex(64)}"}},\n]\n\n'
            )
    return Doc(out, name=name)


def pem(g: Gen, label: str, size: int) -> str:
    body = base64.b64encode(b"\x30\x82" + g.bytes(size)).decode()
    width = g.pick(64, 64, 76)
    lines = "\n".join(body[i : i + width] for i in range(0, len(body), width))
    return "-----BEGIN " + f"{label}-----\n{lines}\n-----END {label}-----\n"


@negative("pem", cross=True)
def pem_files(g: Gen) -> Doc:
    labels = [
        "CERTIFICATE",
        "RSA PRIVATE " + "KEY",
        "PUBLIC KEY",
        "CERTIFICATE REQUEST",
        "PGP PUBLIC KEY BLOCK",
    ]
    text = "".join(pem(g, g.choice(labels), g.r.randint(200, 1800)) for _ in range(3))
    return Doc(text, name="chain.pem")


@negative("pem-in-json")
def pem_json(g: Gen) -> Doc:
    value = pem(g, "PRIVATE " + "KEY", 1200)
    text = json.dumps(
        {
            "type": "service_account",
            "private_key_id": g.hex(),
            "private_key": value,
            "client_id": g.digits(21),
        },
        indent=2,
    )
    return Doc(text, name="service.json")


@negative("pem-near-id")
def pem_near(g: Gen) -> Doc:
    i = g.key_id()
    return Doc(
        f"access_key_id: {i}\ncertificate: |\n"
        + pem(g, "CERTIFICATE", g.pick(700, g.r.randint(300, 1500))),
        name="a.yml",
        lone_ids=[i],
    )


@negative("forty-columns-of-base64-near-id")
def forty_columns(g: Gen) -> Doc:
    """A long base64 text that happens to be wrapped at 40 columns."""
    i, body = g.key_id(), g.b64(40 * g.r.randint(8, 30))
    lines = "\n".join(body[k : k + 40] for k in range(0, len(body), 40))
    return Doc(
        f"key id {i}\n\n-----BEGIN MESSAGE-----\n{lines}\n-----END MESSAGE-----\n",
        name="message.asc",
        lone_ids=[i],
        optional=True,
    )


@negative("ssh-keys")
def ssh_keys(g: Gen) -> Doc:
    out = ""
    for _ in range(g.r.randint(1, 8)):
        kind, n = g.pick(("ssh-rsa", 279), ("ssh-ed25519", 51), ("ecdsa-sha2-nistp256", 104))
        blob = len(kind).to_bytes(4, "big") + kind.encode() + g.bytes(n - 4 - len(kind))
        out += f"{kind} {base64.b64encode(blob).decode()} {g.user()}@{g.word()}\n"
        out += f"# SHA256:{g.b64(43)}\n"
    return Doc(out, name="authorized_keys")


@negative("data-urls", cross=True)
def data_urls(g: Gen) -> Doc:
    image = base64.b64encode(b"\x89PNG\r\n\x1a\n" + g.bytes(g.r.randint(500, 20000))).decode()
    text = g.pick(
        f".icon {{ background: url(data:image/png;base64,{image}); }}\n",
        f'<img alt="" src="data:image/png;base64,{image}">\n',
        f'export default "data:font/woff2;base64,{image}";\n',
    )
    return Doc(text, name="style.css")


@negative("random-binary")
def random_binary(g: Gen) -> Doc:
    return Doc(g.bytes(g.r.randint(1000, 300_000)), name="blob.bin")


@negative("random-base64-megabyte")
def random_base64(g: Gen) -> Doc:
    return Doc(base64.b64encode(g.bytes(700_000)), name="blob.b64")


@negative("compressed")
def compressed(g: Gen) -> Doc:
    text = " ".join(g.word() for _ in range(20_000)).encode()
    return Doc(zlib.compress(text), name="data.z")


@negative("minified-javascript", cross=True)
def minified(g: Gen) -> Doc:
    parts = []
    for _ in range(g.r.randint(200, 2000)):
        a, b, c = (g.run("abcdefghijklmnopqrstuvwxyz", g.r.randint(1, 2)) for _ in range(3))
        parts.append(
            g.pick(
                f"function {a}({b}){{return {b}.{g.word()}?{c}({b}):null}}",
                f"var {a}={{{b}:{g.digits(2)},secretAccessKey:{c}.secretAccessKey}};",
                f'{a}.accessKeyId&&{b}({c},"{g.word()}"),',
                f'{a}["{g.hex(20)}"]=!0;',
                f"t.{g.word()}=n({g.digits(4)}),",
            )
        )
    return Doc("".join(parts), name="bundle.min.js")


@negative("source-maps")
def source_maps(g: Gen) -> Doc:
    segments = []
    for _ in range(g.r.randint(500, 5000)):
        segments.append(g.run("ACEGIKMOQSUWYabcdefgDFHJL", g.pick(1, 4, 4, 4, 5)))
        segments.append(g.pick(",", ",", ",", ";"))
    text = json.dumps(
        {
            "version": 3,
            "sources": [f"webpack:///src/{g.word()}.js"],
            "names": [g.word() for _ in range(30)],
            "mappings": "".join(segments),
        }
    )
    return Doc(text, name="bundle.js.map")


def path_of_forty(g: Gen) -> str:
    while True:
        path = "/".join(g.word() for _ in range(6))
        if len(path) >= 40 and path[39] != "/":
            return path[:40]


@negative("paths-of-forty-near-id")
def paths(g: Gen) -> Doc:
    i = g.key_id()
    path = path_of_forty(g)
    text = g.pick(
        f"{i}\n{path}\n",
        f"key={i} path={path}\n",
        f"aws_access_key_id = {i}\n{path}\n",
        f"# {i}\ncp {path} .\n",
        f"{path}\n{path_of_forty(g)}\n{i}\n",
    )
    return Doc(text, name="paths.txt", lone_ids=[i])


def camel_of_forty(g: Gen) -> str:
    while True:
        words = [g.choice(CAMEL)]
        while sum(map(len, words)) < 40:
            words.append(g.choice(CAMEL).title())
        if sum(map(len, words)) == 40:
            return "".join(words)


@negative("identifiers-of-forty-near-id")
def identifiers(g: Gen) -> Doc:
    i = g.key_id()
    name = camel_of_forty(g)
    text = g.pick(
        f"// {i}\nfunction {name}() {{ return null; }}\n",
        f'String id = "{i}";\nString s = {name}();\n',
        f'client.setKeys("{i}", {name});\n',
        f"{i} {name}\n",
        f'accessKey = "{i}"\nsecretKey = {name}(config)\n',
    )
    return Doc(text, name="App.java", lone_ids=[i])


def jwt(g: Gen) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return (
        part({"alg": "RS256", "typ": "JWT"})
        + "."
        + part({"sub": g.uuid(), "iss": "https://example.com", "exp": int(g.digits(9))})
        + "."
        + g.run(URLSAFE, 342)
    )


@negative("jwt", cross=True)
def jwts(g: Gen) -> Doc:
    i = g.key_id() if g.chance(0.4) else None
    text = f"Authorization: Bearer {jwt(g)}\n" + (f"aws_access_key_id={i}\n" if i else "")
    return Doc(text, name="request.http", lone_ids=[i] if i else [])


def other_service(g: Gen) -> str:
    return g.pick(
        f"STRIPE_SECRET_KEY=sk_live_{g.run(ALNUM, 24)}",
        f"STRIPE_SECRET=sk_test_{g.run(ALNUM, 99)}",
        f"GITHUB_TOKEN=ghp_{g.run(ALNUM, 36)}",
        f"GITHUB_TOKEN={g.hex()}",
        f"SLACK_BOT_TOKEN=xoxb-{g.digits(12)}-{g.digits(12)}-{g.run(ALNUM, 24)}",
        f"GOOGLE_API_KEY=AIza{g.run(URLSAFE, 35)}",
        f"GOOGLE_CLIENT_SECRET=GOCSPX-{g.run(URLSAFE, 28)}",
        f"AZURE_STORAGE_KEY={g.b64(86)}==",
        f"AZURE_CLIENT_SECRET={g.run(ALNUM, 3)}8Q~{g.run(ALNUM + '-_.', 34)}",
        f"SENDGRID_API_KEY=SG.{g.run(URLSAFE, 22)}.{g.run(URLSAFE, 43)}",
        f"DATADOG_APP_KEY={g.hex()}",
        f"CLOUDFLARE_API_TOKEN={g.run(ALNUM, 40)}",
        f"HUBOT_TOKEN={g.run(ALNUM, 40)}",
        f"NPM_TOKEN=npm_{g.run(ALNUM, 36)}",
        f"FACEBOOK_APP_SECRET={g.hex(32)}",
        f"CONTENTFUL_DELIVERY_TOKEN={g.run(ALNUM, 43)}",
        f"OKTA_API_TOKEN=00{g.run(URLSAFE, 40)}",
        f"JWT_SIGNING_KEY={base64.b64encode(g.bytes(32)).decode()}",
        f"DJANGO_SECRET_KEY={g.run(ALNUM + '!@#$%^&*(-_=+)', 50)}",
        f"TWILIO_AUTH_TOKEN={g.hex(32)}",
        f"MAILGUN_API_KEY=key-{g.hex(32)}",
        f"DIGITALOCEAN_ACCESS_TOKEN=dop_v1_{g.hex(64)}",
    )


@negative("other-services", cross=True)
def other_services(g: Gen) -> Doc:
    return Doc("".join(other_service(g) + "\n" for _ in range(g.r.randint(3, 15))), name=".env")


@negative("other-services-near-id")
def services_near(g: Gen) -> Doc:
    i = g.key_id()
    lines = [other_service(g) for _ in range(g.r.randint(1, 5))]
    lines.insert(g.r.randint(0, len(lines)), f"AWS_ACCESS_KEY_ID={i}")
    return Doc("\n".join(lines) + "\n", name=".env", lone_ids=[i])


@negative("presigned-urls", cross=True)
def presigned(g: Gen) -> Doc:
    day, temporary = f"2023{g.pick('01', '12')}1{g.digits(1)}", g.chance(0.6)
    i = g.key_id("ASIA" if temporary else "AKIA")
    url = (
        f"https://{g.bucket()}.s3.amazonaws.com/{g.word()}.zip?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        f"&X-Amz-Credential={i}%2F{day}%2F{g.region()}%2Fs3%2Faws4_request"
        f"&X-Amz-Date={day}T101112Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host"
    )
    if temporary:
        url += "&X-Amz-Security-Token=" + quote(g.token(), safe="")
    return Doc(
        url + f"&X-Amz-Signature={g.hex(64)}\n",
        name="urls.txt",
        optional_ids=[] if temporary else [i],
        further=[{"kind": "presigned-url", "value": None, "optional": True}],
    )


@negative("presigned-urls-v2")
def presigned_v2(g: Gen) -> Doc:
    i = g.key_id()
    signature = base64.b64encode(g.bytes(20)).decode().replace("+", "%2B").replace("/", "%2F")
    url = (
        f"https://{g.bucket()}.s3.amazonaws.com/{g.word()}?AWSAccessKeyId={i}"
        f"&Expires=14{g.digits(8)}&Signature={signature.replace('=', '%3D')}\n"
    )
    return Doc(
        url,
        name="urls.txt",
        optional_ids=[i],
        further=[{"kind": "presigned-url", "value": None, "optional": True}],
    )


@negative("authorization-headers")
def authorization(g: Gen) -> Doc:
    i = g.key_id(g.pick("AKIA", "ASIA"))
    text = (
        f"GET / HTTP/1.1\r\nHost: sts.amazonaws.com\r\nX-Amz-Date: 20230110T101112Z\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Credential={i}/20230110/{g.region()}/sts/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={g.hex(64)}\r\n"
        f"x-amz-id-2: {base64.b64encode(g.bytes(56)).decode()}\r\n\r\n"
    )
    return Doc(text, name="request.http", lone_ids=[i] if i.startswith("AKIA") else [])


@negative("cloudtrail", cross=True)
def cloudtrail(g: Gen) -> Doc:
    records = []
    for _ in range(g.r.randint(1, 20)):
        records.append(
            {
                "eventVersion": "1.08",
                "userIdentity": {
                    "type": "AssumedRole",
                    "principalId": f"AROA{g.key_id()[4:]}:{g.user()}",
                    "arn": f"arn:aws:sts::{g.account()}:assumed-role/{g.word()}/{g.user()}",
                    "accessKeyId": g.key_id("ASIA"),
                },
                "eventTime": g.date("Z"),
                "eventName": "GetObject",
                "awsRegion": g.region(),
                "additionalEventData": {"x-amz-id-2": base64.b64encode(g.bytes(56)).decode()},
                "requestID": g.run("ABCDEFGHJKMNPQRSTVWXYZ0123456789", 16),
                "eventID": g.uuid(),
            }
        )
    return Doc(json.dumps({"Records": records}, indent=g.pick(None, 2)), name="trail.json")


@negative("cloudtrail-create-access-key")
def cloudtrail_create(g: Gen) -> Doc:
    i = g.key_id()
    record = {
        "eventName": "CreateAccessKey",
        "userIdentity": {"accessKeyId": g.key_id("ASIA")},
        "responseElements": {
            "accessKey": {
                "accessKeyId": i,
                "status": "Active",
                "userName": g.user(),
                "createDate": g.date(),
            }
        },
        "requestID": g.uuid(),
        "eventID": g.uuid(),
    }
    return Doc(json.dumps({"Records": [record]}), name="trail.json", lone_ids=[i])


@negative("not-base32-ids")
def not_base32(g: Gen) -> Doc:
    i = list(g.key_id())
    i[g.r.randint(4, 19)] = g.choice("0189")
    name, text = layouts(g, "".join(i), g.pick("", "none", "<secret>"))
    return Doc(text, name=name)


@negative("wrong-length-ids")
def wrong_length(g: Gen) -> Doc:
    i = g.pick(
        g.key_id()[:19],
        g.key_id() + g.run("ABCDEF", 3),
        "X" + g.key_id(),
        g.key_id().lower(),
        "MY" + g.key_id(),
    )
    return Doc(f"name: {i}\n{i} is no key\n", name="a.yml")


@negative("other-principals", cross=True)
def principals(g: Gen) -> Doc:
    prefixes = ["AROA", "AIDA", "AGPA", "ANPA", "ANVA", "APKA", "ASCA", "AIPA"]
    rows = [
        {
            "UserName": g.user(),
            "UserId": g.choice(prefixes) + g.key_id()[4:],
            "Arn": f"arn:aws:iam::{g.account()}:user/{g.user()}",
        }
        for _ in range(g.r.randint(1, 9))
    ]
    return Doc(json.dumps({"Users": rows}, indent=4), name="users.json")


@negative("ids-in-base64-runs")
def in_runs(g: Gen) -> Doc:
    body = g.b64(g.r.randint(300, 3000)) + g.key_id() + g.b64(g.r.randint(300, 3000))
    width = g.pick(10**6, 76)
    text = "\n".join(body[k : k + width] for k in range(0, len(body), width))
    inside = all(text.find(p) < 0 for p in ("\nAKIA", "\nASIA"))
    return Doc(f"data: {text}\n", name="blob.txt", optional=not inside)


@negative("uuids-near-id")
def uuids(g: Gen) -> Doc:
    i = g.key_id()
    lines = [f"request {g.uuid()} took {g.digits(3)} ms" for _ in range(20)]
    lines.insert(g.r.randint(0, 20), f"key {i} used")
    return Doc("\n".join(lines) + "\n", name="app.log", lone_ids=[i])


@negative("half-pairs")
def half_pairs(g: Gen) -> Doc:
    i = g.key_id()
    name, text = layouts(
        g,
        i,
        g.pick(
            "",
            "${AWS_SECRET_ACCESS_KEY}",
            "<secret>",
            "********",
            "{{ secret }}",
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ),
    )
    return Doc(text, name=name, lone_ids=[i])


@negative("forty-character-tokens-without-id")
def unlabelled(g: Gen) -> Doc:
    lines = "".join(f"{g.word()} {g.b64(40)}\n" for _ in range(g.r.randint(1, 30)))
    return Doc(lines, name="tokens.txt")


@negative("id-among-checksums")
def among_checksums(g: Gen) -> Doc:
    i = g.key_id()
    lines = [f"{g.hex()}  {g.word()}/{g.word()}.tar.gz" for _ in range(20)]
    lines += [f"sha512-{base64.b64encode(g.bytes(64)).decode()}" for _ in range(5)]
    lines = g.shuffled(lines)
    lines.insert(g.r.randint(0, len(lines)), f"# uploaded with {i}")
    return Doc("\n".join(lines) + "\n", name="SHA1SUMS", lone_ids=[i])


@negative("account-metadata")
def account_metadata(g: Gen) -> Doc:
    i = g.key_id()
    text = json.dumps(
        {
            "AccessKeyMetadata": [
                {"UserName": g.user(), "AccessKeyId": i, "Status": "Active", "CreateDate": g.date()}
            ]
        },
        indent=4,
    )
    return Doc(text, name="list-access-keys.json", lone_ids=[i])


@negative("code-that-names-labels", cross=True)
def code_labels(g: Gen) -> Doc:
    text = g.pick(
        "def connect(access_key_id, secret_access_key, session_token=None):\n"
        "    return Client(aws_access_key_id=access_key_id,\n"
        "                  aws_secret_access_key=secret_access_key,\n"
        "                  aws_session_token=session_token)\n",
        "const secretAccessKey = configurationProviderForTheDefaultChain;\n",
        'String secretKey = System.getenv("AWS_SECRET_ACCESS_KEY");\n',
        "aws_secret_access_key = aws_secret_access_key_from_environment_x\n",
        "secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY || config.aws.secretAccessKey,\n",
        "SECRET_ACCESS_KEY_PATH=/var/run/secrets/kubernetes.io/aws/token\n",
        "aws_secret_access_key: arn/of/the/parameter/in/the/other/accnt\n",
    )
    return Doc(text, name="client.py")
