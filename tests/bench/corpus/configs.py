"""Forms: files of settings, answers of the API, infrastructure as code, tools' own files."""

from __future__ import annotations

import base64
import json
from typing import Any

from .base import Cred, Doc, Gen, form


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def crlf(g: Gen, text: str, p: float = 0.25) -> str:
    return text.replace("\n", "\r\n") if g.chance(p) else text


# --- INI ---


@form("ini-credentials", cross=True)
def ini_credentials(g: Gen) -> Doc:
    creds = g.creds(1, 12)
    sep, out = g.pick(" = ", "=", " =", "= "), []
    names = g.shuffled([f"{g.word()}-{i}" for i in range(len(creds))])
    for c, name in zip(creds, names):
        out.append(f"[{g.pick('', '', 'profile ')}{name}]")
        lines = [
            f"{k}{sep}{v}"
            for k, v in g.mixed(
                c, ("aws_access_key_id", "aws_secret_access_key", "aws_session_token"), 0.4
            )
        ]
        extra = [
            f"region{sep}{g.region()}",
            f"output{sep}json",
            f"# {g.sentence()}",
            f"; {g.user()}",
            f"role_arn{sep}arn:aws:iam::{g.account()}:role/{g.word()}",
            f"x_security_token_expires{sep}{g.date()}",
        ]
        for line in g.shuffled(extra)[: g.r.randint(0, 3)]:
            lines.insert(g.r.randint(0, len(lines)), line)
        out += lines + [""] * g.r.randint(0, 2)
    return Doc(crlf(g, "\n".join(out) + "\n"), creds, "credentials")


@form("ini-no-sections")
def ini_no_sections(g: Gen) -> Doc:
    creds = g.creds(1, 20, 0)
    lines = []
    for c in creds:
        lines += [f"aws_access_key_id = {c.id}", f"aws_secret_access_key = {c.secret}"]
    return Doc(crlf(g, "\n".join(lines) + g.pick("", "\n")), creds, "keys.ini")


@form("s3cfg")
def s3cfg(g: Gen) -> Doc:
    c = g.cred()
    lines = [
        f"access_token = {c.token or ''}",
        "add_encoding_exts = ",
        f"bucket_location = {g.region()}",
        "cache_file = ",
        "cloudfront_host = cloudfront.amazonaws.com",
        "default_mime_type = binary/octet-stream",
        "encrypt = False",
        "gpg_command = /usr/bin/gpg",
        "gpg_encrypt = %(gpg_command)s -c --verbose --no-use-agent --batch --yes "
        "--passphrase-fd %(passphrase_fd)s -o %(output_file)s %(input_file)s",
        "gpg_passphrase = ",
        "guess_mime_type = True",
        "host_base = s3.amazonaws.com",
        "host_bucket = %(bucket)s.s3.amazonaws.com",
        "human_readable_sizes = False",
        "list_md5 = False",
        "log_target_prefix = ",
        "mime_type = ",
        "multipart_chunk_size_mb = 15",
        "preserve_attrs = True",
        "proxy_port = 0",
        "recv_chunk = 65536",
        f"secret_key = {c.secret}",
        "send_chunk = 65536",
        "signature_v2 = False",
        "socket_timeout = 300",
        "use_https = True",
        "website_index = index.html",
    ]
    return Doc(f"[default]\naccess_key = {c.id}\n" + "\n".join(lines) + "\n", [c], ".s3cfg")


@form("rclone")
def rclone(g: Gen) -> Doc:
    creds = g.creds(1, 5)
    out = []
    for i, c in enumerate(creds):
        lines = [
            "type = s3",
            "provider = AWS",
            f"env_auth = {g.pick('false', 'true')}",
            *(
                f"{k} = {v}"
                for k, v in g.mixed(c, ("access_key_id", "secret_access_key", "session_token"))
            ),
            f"region = {g.region()}",
            "acl = private",
        ]
        out.append(f"[{g.word()}{i}]\n" + "\n".join(lines) + "\n")
    return Doc("\n".join(out), creds, "rclone.conf")


@form("boto")
def boto(g: Gen) -> Doc:
    creds = g.creds(1, 2, 0)
    out = ""
    for c, section in zip(creds, ["Credentials", f"profile {g.word()}"]):
        s = g.pick(" = ", "=")
        out += f"[{section}]\naws_access_key_id{s}{c.id}\naws_secret_access_key{s}{c.secret}\n\n"
    out += "[Boto]\ndebug = 0\nnum_retries = 10\nhttps_validate_certificates = True\n"
    return Doc(out, creds, ".boto")


@form("s3fs-passwd")
def s3fs(g: Gen) -> Doc:
    c = g.cred(0)
    return Doc(f"{c.id}:{c.secret}{g.pick('', chr(10))}", [c], "passwd-s3fs")


@form("s3fs-passwd-buckets")
def s3fs_buckets(g: Gen) -> Doc:
    creds = g.creds(1, 6, 0)
    lines = [f"{g.bucket()}:{c.id}:{c.secret}" for c in creds]
    return Doc("# per bucket\n" + "\n".join(lines) + "\n", creds, "passwd-s3fs")


@form("mc-config")
def mc_config(g: Gen) -> Doc:
    creds = g.creds(1, 4)
    aliases: dict[str, Any] = {
        "local": {
            "url": "http://localhost:9000",
            "accessKey": "",
            "secretKey": "",
            "api": "S3v4",
            "path": "auto",
        }
    }
    for i, c in enumerate(creds):
        entry = {
            "url": "https://s3.amazonaws.com",
            "accessKey": c.id,
            "secretKey": c.secret,
            "api": "S3v4",
            "path": "auto",
        }
        if c.token:
            entry["sessionToken"] = c.token
        aliases[f"{g.word()}{i}"] = entry
    text = json.dumps({"version": "10", "aliases": aliases}, indent="\t")
    return Doc(text, creds, "config.json")


@form("properties")
def properties(g: Gen) -> Doc:
    creds = g.creds(1, 1)
    c = creds[0]
    names = g.pick(
        ("accessKey", "secretKey", "sessionToken"),
        ("aws.accessKeyId", "aws.secretKey", "aws.sessionToken"),
        ("cloud.aws.credentials.access-key", "cloud.aws.credentials.secret-key", "cloud.aws.token"),
        ("cloud.aws.credentials.accessKey", "cloud.aws.credentials.secretKey", "cloud.aws.token"),
        (
            "spring.cloud.aws.credentials.access-key",
            "spring.cloud.aws.credentials.secret-key",
            "spring.cloud.aws.credentials.session-token",
        ),
    )
    s = g.pick("=", " = ", ": ", ":")
    lines = [f"#{g.date()}", f"server.port{s}8080", f"aws.region{s}{g.region()}"]
    for k, v in g.mixed(c, names):
        lines.append(f"{k}{s}{v}")
        if g.chance(0.3):
            lines.append(f"app.{g.word()}.enabled{s}true")
    return Doc(crlf(g, "\n".join(lines) + "\n"), creds, "application.properties")


# --- CSV ---


@form("csv-accesskeys", cross=True)
def csv_access_keys(g: Gen) -> Doc:
    c = g.cred(0)
    eol = g.pick("\r\n", "\n")
    text = f"Access key ID,Secret access key{eol}{c.id},{c.secret}{g.pick('', eol)}"
    return Doc(g.pick("", "\ufeff") + text, [c], f"{g.user()}_accessKeys.csv")


@form("csv-credentials")
def csv_credentials(g: Gen) -> Doc:
    creds = g.creds(1, 15, 0)
    header, row = g.pick(
        (
            "User name,Password,Access key ID,Secret access key,Console login link",
            lambda c, u, p, a: (
                f"{u},{p},{c.id},{c.secret},https://{a}.signin.aws.amazon.com/console"
            ),
        ),
        ("User name,Access key ID,Secret access key", lambda c, u, p, a: f"{u},{c.id},{c.secret}"),
        (
            "User Name,Access Key Id,Secret Access Key",
            lambda c, u, p, a: f'"{u}",{c.id},{c.secret}',
        ),
        (
            "User Name,Password,Access Key Id,Secret Access Key,Console login link",
            lambda c, u, p, a: (
                f'"{u}",{p},{c.id},{c.secret},https://{a}.signin.aws.amazon.com/console'
            ),
        ),
    )
    eol, account, with_password = g.pick("\r\n", "\n"), g.account(), g.chance()
    lines = [header]
    for c in creds:
        password = g.run("abcdefghijkmnpqrstuvwxyzABCDEFGH23456789!@#$%", 14)
        lines.append(row(c, g.user(), password if with_password else "", account))
    return Doc(g.pick("", "\ufeff") + eol.join(lines) + eol, creds, "credentials.csv")


@form("csv-spreadsheet")
def csv_spreadsheet(g: Gen) -> Doc:
    creds = g.creds(2, 25, 0)
    sep = g.pick(",", ";", "\t", "|")
    columns = g.shuffled(["name", "id", "secret", "region", "note", "created"])
    titles = {
        "name": g.pick("User", "IAM user", "Owner"),
        "id": g.pick("Access Key", "AccessKeyId", "AWS Access Key ID", "Key ID"),
        "secret": g.pick("Secret Key", "SecretAccessKey", "AWS Secret Access Key", "Secret"),
        "region": "Region",
        "note": "Notes",
        "created": "Created",
    }
    q = g.pick("", '"')
    lines = [sep.join(q + titles[c] + q for c in columns)]
    for c in creds:
        row = {
            "name": g.user(),
            "id": c.id,
            "secret": c.secret,
            "region": g.region(),
            "note": g.word(),
            "created": g.date()[:10],
        }
        lines.append(sep.join(q + row[k] + q for k in columns))
    return Doc(crlf(g, "\n".join(lines) + "\n"), creds, "keys.csv")


# --- JSON ---


def json_object(g: Gen, c: Cred, style: str = "camel") -> dict[str, Any]:
    items: list[tuple[str, Any]] = list(g.mixed(c, g.labels(style), 0.4))
    extra = [
        ("region", g.region()),
        ("bucket", g.bucket()),
        ("timeout", g.r.randint(1, 900)),
        ("debug", False),
        ("endpoint", None),
        ("apiVersion", "2006-03-01"),
    ]
    for item in g.shuffled(extra)[: g.r.randint(0, 4)]:
        items.insert(g.r.randint(0, len(items)), item)
    return dict(items)


def nested(g: Gen, creds: list[Cred], style: str = "camel") -> dict[str, Any]:
    inner = {f"{g.word()}{i}": json_object(g, c, style) for i, c in enumerate(creds)}
    whole = {
        "name": g.word(),
        "version": "1.2.3",
        g.pick("aws", "storage", "profiles"): inner,
        "log": {"level": "info", "commit": g.hex()},
    }
    return dict(g.shuffled(list(whole.items())))


@form("json-pretty", cross=True)
def json_pretty(g: Gen) -> Doc:
    creds = g.creds(1, 5)
    style = g.pick("camel", "pascal", "snake", "env")
    text = json.dumps(nested(g, creds, style), indent=g.pick(1, 2, 4, "\t"))
    return Doc(crlf(g, text + "\n"), creds, "config.json")


@form("json-minified", cross=True)
def json_minified(g: Gen) -> Doc:
    creds = g.creds(1, 5)
    text = json.dumps(nested(g, creds, g.pick("camel", "pascal", "snake")), separators=(",", ":"))
    return Doc(text, creds, "config.min.json")


@form("json-flat")
def json_flat(g: Gen) -> Doc:
    c = g.cred()
    return Doc(json.dumps(json_object(g, c), indent=g.pick(None, 2)), [c], "aws.json")


@form("json-array-minified")
def json_array(g: Gen) -> Doc:
    creds = g.creds(2, 30)
    labels = g.labels("camel")
    rows = []
    for c in creds:
        items = g.mixed(c, labels) + [("user", g.user())]
        rows.append(dict(g.shuffled(items)))
    return Doc(json.dumps(rows, separators=(",", ":")), creds, "keys.json")


def php_slashes(text: str, g: Gen) -> str:
    """JSON as PHP writes it, with \\/ for /, and + as \\u002b as some serializers have it."""
    text = text.replace("/", "\\/")
    return text.replace("+", g.pick("\\u002b", "\\u002B"))


@form("json-escaped-slashes")
def json_escaped(g: Gen) -> Doc:
    creds = g.creds(1, 4)
    return Doc(
        php_slashes(json.dumps(nested(g, creds), indent=g.pick(None, 4)), g), creds, "c.json"
    )


@form("json-in-json", cross=True)
def json_in_json(g: Gen) -> Doc:
    creds = g.creds(1, 3)
    inner = json.dumps(nested(g, creds, g.pick("camel", "pascal")), indent=g.pick(None, 2))
    outer = {
        "ARN": f"arn:aws:secretsmanager:{g.region()}:{g.account()}:secret:{g.word()}",
        "Name": g.word(),
        "VersionId": g.uuid(),
        "SecretString": inner,
        "CreatedDate": g.date(),
    }
    return Doc(json.dumps(outer, indent=g.pick(None, 4)), creds, "secret.json")


@form("json-in-json-in-json")
def json_thrice(g: Gen) -> Doc:
    c = g.cred()
    text = json.dumps(json_object(g, c))
    for key in ("body", "Message"):
        text = json.dumps({key: text, "id": g.uuid()})
    return Doc(text, [c], "event.json")


@form("iam-json", cross=True)
def iam_json(g: Gen) -> Doc:
    c = g.cred(0)
    key = {
        "UserName": g.user(),
        "AccessKeyId": c.id,
        "Status": "Active",
        "SecretAccessKey": c.secret,
        "CreateDate": g.date(),
    }
    return Doc(json.dumps({"AccessKey": key}, indent=4) + "\n", [c], "create-access-key.json")


@form("sts-json")
def sts_json(g: Gen) -> Doc:
    c = g.cred(1)
    role, account, name = g.word(), g.account(), g.user()
    answer = {
        "Credentials": {
            "AccessKeyId": c.id,
            "SecretAccessKey": c.secret,
            "SessionToken": c.token,
            "Expiration": g.date(),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": "AROA" + g.key_id()[4:] + f":{name}",
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        },
    }
    return Doc(json.dumps(answer, indent=4) + "\n", [c], "assume-role.json")


@form("imds-json")
def imds_json(g: Gen) -> Doc:
    c = g.cred(1)
    answer = {
        "Code": "Success",
        "LastUpdated": g.date("Z"),
        "Type": "AWS-HMAC",
        "AccessKeyId": c.id,
        "SecretAccessKey": c.secret,
        "Token": c.token,
        "Expiration": g.date("Z"),
    }
    return Doc(json.dumps(answer, indent=g.pick(2, None)), [c], "imds.json")


@form("credential-process")
def credential_process(g: Gen) -> Doc:
    c = g.cred(0.6)
    answer: dict[str, Any] = {"Version": 1, "AccessKeyId": c.id, "SecretAccessKey": c.secret}
    if c.token:
        answer |= {"SessionToken": c.token, "Expiration": g.date()}
    return Doc(json.dumps(answer, indent=g.pick(2, None)), [c], "cached.json")


# --- XML ---


@form("iam-xml", cross=True)
def iam_xml(g: Gen) -> Doc:
    c = g.cred(0)
    text = (
        '<CreateAccessKeyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">\n'
        "  <CreateAccessKeyResult>\n    <AccessKey>\n"
        f"      <UserName>{g.user()}</UserName>\n      <AccessKeyId>{c.id}</AccessKeyId>\n"
        "      <Status>Active</Status>\n"
        f"      <SecretAccessKey>{c.secret}</SecretAccessKey>\n"
        f"      <CreateDate>{g.date('Z')}</CreateDate>\n"
        "    </AccessKey>\n  </CreateAccessKeyResult>\n  <ResponseMetadata>\n"
        f"    <RequestId>{g.uuid()}</RequestId>\n  </ResponseMetadata>\n"
        "</CreateAccessKeyResponse>\n"
    )
    if g.chance(0.4):
        text = "".join(line.strip() for line in text.splitlines())
    return Doc(text, [c], "answer.xml")


@form("sts-xml")
def sts_xml(g: Gen) -> Doc:
    c = g.cred(1)
    parts = [
        f"<AccessKeyId>{c.id}</AccessKeyId>",
        f"<SecretAccessKey>{c.secret}</SecretAccessKey>",
        f"<SessionToken>{g.pick('', chr(10))}{c.token}{g.pick('', chr(10))}</SessionToken>",
        f"<Expiration>{g.date('Z')}</Expiration>",
    ]
    text = (
        '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n'
        "<AssumeRoleResult>\n<AssumedRoleUser>\n"
        f"<Arn>arn:aws:sts::{g.account()}:assumed-role/{g.word()}/{g.user()}</Arn>\n"
        f"<AssumedRoleId>AROA{g.key_id()[4:]}:{g.user()}</AssumedRoleId>\n</AssumedRoleUser>\n"
        "<Credentials>\n" + "\n".join(g.shuffled(parts)) + "\n</Credentials>\n</AssumeRoleResult>\n"
        f"<ResponseMetadata><RequestId>{g.uuid()}</RequestId></ResponseMetadata>\n"
        "</AssumeRoleResponse>\n"
    )
    return Doc(text, [c], "answer.xml")


@form("core-site-xml", cross=True)
def core_site(g: Gen) -> Doc:
    creds = g.creds(1, 3)
    out = [
        '<?xml version="1.0"?>',
        '<?xml-stylesheet type="text/xsl" href="configuration.xsl"?>',
        "<configuration>",
    ]

    def prop(name: str, value: str) -> None:
        style = g.r.random()
        if style < 0.7:
            out.append(
                f"  <property>\n    <name>{name}</name>\n    <value>{value}</value>\n  </property>"
            )
        else:
            out.append(f"<property><name>{name}</name><value>{value}</value></property>")

    prop("fs.defaultFS", f"hdfs://{g.word()}:8020")
    for i, c in enumerate(creds):
        old = g.chance(0.2) and not c.token
        bucket = f"bucket.{g.bucket()}." if i or g.chance(0.2) else ""
        names = (
            ("fs.s3n.awsAccessKeyId", "fs.s3n.awsSecretAccessKey", "")
            if old and not i
            else (
                f"fs.s3a.{bucket}access.key",
                f"fs.s3a.{bucket}secret.key",
                f"fs.s3a.{bucket}session.token",
            )
        )
        for name, value in g.fields(c, names):
            prop(name, value)
        if g.chance(0.4):
            prop(f"fs.s3a.{bucket}endpoint", f"s3.{g.region()}.amazonaws.com")
    return Doc("\n".join(out) + "\n</configuration>\n", creds, "core-site.xml")


@form("web-config")
def web_config(g: Gen) -> Doc:
    c = g.cred(0)
    names = g.pick(
        ("AWSAccessKey", "AWSSecretKey"),
        ("AWS:AccessKey", "AWS:SecretKey"),
        ("S3AccessKeyId", "S3SecretAccessKey"),
    )
    lines = [
        '    <add key="webpages:Version" value="3.0.0.0" />',
        f'    <add key="{names[0]}" value="{c.id}"/>',
        f'    <add key="{names[1]}" value="{c.secret}"/>',
        f'    <add key="AWSRegion" value="{g.region()}" />',
    ]
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<configuration>\n  <appSettings>\n'
        + "\n".join(g.shuffled(lines) if g.chance(0.4) else lines)
        + '\n  </appSettings>\n  <system.web>\n    <compilation debug="true" '
        'targetFramework="4.7.2" />\n  </system.web>\n</configuration>\n'
    )
    return Doc(g.pick("", "\ufeff") + crlf(g, text, 0.6), [c], "Web.config")


@form("plist", cross=True)
def plist(g: Gen) -> Doc:
    c = g.cred()
    items = g.mixed(c, g.labels(g.pick("camel", "pascal", "env")))
    items.insert(g.r.randint(0, len(items)), ("CFBundleIdentifier", f"com.{g.word()}.app"))
    body = "".join(f"\t<key>{k}</key>\n\t<string>{v}</string>\n" for k, v in items)
    return Doc(
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST'
        ' 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist version="1.0">\n'
        f"<dict>\n{body}</dict>\n</plist>\n",
        [c],
        "Info.plist",
    )


@form("android-strings")
def android_strings(g: Gen) -> Doc:
    c = g.cred(0)
    names = g.labels(g.pick("snake", "camel"))
    lines = [f'    <string name="{k}">{v}</string>' for k, v in g.mixed(c, names)]
    for _ in range(g.r.randint(0, 5)):
        line = f'    <string name="title_{g.word()}">{g.sentence().split(";")[0]}</string>'
        lines.insert(g.r.randint(0, len(lines)), line)
    extra = f' <string name="app_name">{g.word()}</string>'
    return Doc(
        f"<resources>\n{extra}\n" + "\n".join(lines) + "\n</resources>\n", [c], "strings.xml"
    )


@form("maven-settings")
def maven_settings(g: Gen) -> Doc:
    creds = g.creds(1, 3, 0)
    servers = "".join(
        f"    <server>\n      <id>{g.bucket()}</id>\n      <username>{c.id}</username>\n"
        f"      <password>{c.secret}</password>\n    </server>\n"
        for c in creds
    )
    return Doc(
        f"<settings>\n  <servers>\n{servers}  </servers>\n</settings>\n", creds, "settings.xml"
    )


# --- infrastructure ---


@form("tfstate", cross=True)
def tfstate(g: Gen) -> Doc:
    creds = g.creds(1, 6, 0)
    resources: list[dict[str, Any]] = []
    further = []
    for i, c in enumerate(creds):
        user = g.user()
        smtp = g.b64(43) + "="
        further.append({"kind": "ses-smtp-password", "value": smtp, "optional": True})
        attributes = {
            "create_date": g.date("Z"),
            "encrypted_secret": None,
            "encrypted_ses_smtp_password_v4": None,
            "id": c.id,
            "key_fingerprint": None,
            "pgp_key": None,
            "secret": c.secret,
            "ses_smtp_password_v4": smtp,
            "status": "Active",
            "user": user,
        }
        resources.append(
            {
                "mode": "managed",
                "type": "aws_iam_access_key",
                "name": f"{g.word()}{i}",
                "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
                "instances": [
                    {
                        "schema_version": 0,
                        "attributes": attributes,
                        "sensitive_attributes": [],
                        "private": "bnVsbA==",
                        "dependencies": [f"aws_iam_user.{g.word()}"],
                    }
                ],
            }
        )
        resources.append(
            {
                "mode": "managed",
                "type": "aws_iam_user",
                "name": user,
                "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
                "instances": [
                    {
                        "schema_version": 0,
                        "attributes": {
                            "arn": f"arn:aws:iam::{g.account()}:user/{user}",
                            "id": user,
                            "unique_id": "AIDA" + g.key_id()[4:],
                        },
                    }
                ],
            }
        )
    state = {
        "version": 4,
        "terraform_version": "1.5.7",
        "serial": 12,
        "lineage": g.uuid(),
        "outputs": {},
        "resources": g.shuffled(resources),
    }
    return Doc(json.dumps(state, indent=2), creds, "terraform.tfstate", further=further)


@form("tfstate-outputs")
def tfstate_outputs(g: Gen) -> Doc:
    c = g.cred(0)
    names = g.pick(
        ("access_key_id", "secret_access_key"),
        ("iam_access_key_id", "iam_secret"),
        ("aws_access_key", "aws_secret_key"),
    )
    outputs = {
        names[0]: {"value": c.id, "type": "string"},
        names[1]: {"value": c.secret, "type": "string", "sensitive": True},
    }
    state = {
        "version": 4,
        "terraform_version": "1.3.2",
        "serial": 3,
        "lineage": g.uuid(),
        "outputs": outputs,
        "resources": [],
    }
    return Doc(json.dumps(state, indent=2), [c], "terraform.tfstate")


@form("tfvars", cross=True)
def tfvars(g: Gen) -> Doc:
    c = g.cred()
    names = g.labels("snake")
    lines = [f'{k}{g.pick(" = ", "=", "    = ")}"{v}"' for k, v in g.mixed(c, names)]
    extra = [
        f'region = "{g.region()}"',
        'instance_type = "t3.micro"',
        f"# {g.sentence()}",
        f'vpc_id = "vpc-{g.hex(17)}"',
    ]
    for line in g.shuffled(extra)[: g.r.randint(0, 4)]:
        lines.insert(g.r.randint(0, len(lines)), line)
    return Doc("\n".join(lines) + "\n", [c], "terraform.tfvars")


@form("tf-provider", cross=True)
def tf_provider(g: Gen) -> Doc:
    creds = g.creds(1, 4)
    out = ['terraform {\n  required_version = ">= 1.0"\n}\n']
    for i, c in enumerate(creds):
        fields = g.mixed(c, ("access_key", "secret_key", "token"))
        lines = [f'  {k:<10} = "{v}"' for k, v in fields]
        lines.insert(g.r.randint(0, len(lines)), f'  region     = "{g.region()}"')
        if i:
            lines.insert(0, f'  alias      = "{g.word()}{i}"')
        out.append('provider "aws" {\n' + "\n".join(lines) + "\n}\n")
    return Doc("\n".join(out), creds, "main.tf")


@form("tf-variable-defaults")
def tf_variables(g: Gen) -> Doc:
    c = g.cred(0)
    out = ""
    for k, v in g.mixed(c, g.labels("snake")):
        out += (
            f'variable "{k}" {{\n  type        = string\n  description = "{g.sentence()}"\n'
            f'  default     = "{v}"\n}}\n\n'
        )
    return Doc(out, [c], "variables.tf")


@form("cfn-outputs")
def cfn_outputs(g: Gen) -> Doc:
    c = g.cred(0)
    names = g.pick(
        ("AccessKeyId", "SecretAccessKey"),
        ("AccessKey", "SecretKey"),
        ("UserAccessKeyId", "UserSecretAccessKey"),
    )
    outputs = [
        {"OutputKey": names[0], "OutputValue": c.id, "Description": "key of the user"},
        {"OutputKey": names[1], "OutputValue": c.secret},
        {"OutputKey": "BucketName", "OutputValue": g.bucket()},
    ]
    stack = {
        "StackId": f"arn:aws:cloudformation:{g.region()}:{g.account()}:stack/{g.word()}/{g.uuid()}",
        "StackName": g.word(),
        "CreationTime": g.date(),
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": g.shuffled(outputs),
        "Tags": [],
    }
    return Doc(json.dumps({"Stacks": [stack]}, indent=4), [c], "stacks.json")


@form("yaml-map", cross=True)
def yaml_map(g: Gen) -> Doc:
    creds = g.creds(1, 5)
    out, q = ["# " + g.sentence(), "production:"], g.pick("", '"', "'")
    style = g.pick("snake", "camel", "env")
    for i, c in enumerate(creds):
        out.append(f"  {g.word()}{i}:")
        lines = [f"    {k}: {q}{v}{q}" for k, v in g.mixed(c, g.labels(style), 0.4)]
        extra = [f"    region: {g.region()}", f"    bucket: {g.bucket()}", "    service: S3"]
        for line in g.shuffled(extra)[: g.r.randint(0, 3)]:
            lines.insert(g.r.randint(0, len(lines)), line)
        out += lines
    return Doc(crlf(g, "\n".join(out) + "\n"), creds, "storage.yml")


@form("yaml-env-list", cross=True)
def yaml_env_list(g: Gen) -> Doc:
    c = g.cred()
    q = g.pick("", '"', "'")
    items = g.mixed(c, g.labels("env"), 0.5)
    for _ in range(g.r.randint(0, 6)):
        at = g.r.randint(0, len(items))
        items.insert(at, (f"{g.word().upper()}_URL", f"https://{g.word()}.example.com/{g.word()}"))
    env = "".join(f"        - name: {k}\n          value: {q}{v}{q}\n" for k, v in items)
    text = (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {g.word()}\nspec:\n"
        "  template:\n    spec:\n      containers:\n"
        f"      - name: {g.word()}\n        image: registry.example.com/{g.word()}:1.4\n"
        f"        env:\n{env}        ports:\n        - containerPort: 8080\n"
    )
    return Doc(text, [c], "deployment.yaml")


@form("yaml-env-list-containers")
def yaml_env_containers(g: Gen) -> Doc:
    creds = g.creds(2, 6)
    text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n"
    for i, c in enumerate(creds):
        text += f"  - name: {g.word()}{i}\n    image: {g.word()}:{i}\n    env:\n"
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        for k, v in g.mixed(c, names, 0.5):
            text += f"    - name: {k}\n      value: {v}\n"
    return Doc(text, creds, "pod.yaml")


@form("yaml-value-before-name")
def yaml_value_first(g: Gen) -> Doc:
    c = g.cred(0)
    text = "env:\n"
    for k, v in g.mixed(c, g.labels("env"), 0.5):
        text += f'  - value: "{v}"\n    name: {k}\n'
    return Doc(text, [c], "task.yaml")


@form("ecs-task-json")
def ecs_task(g: Gen) -> Doc:
    c = g.cred()
    env = [{"name": k, "value": v} for k, v in g.mixed(c, g.labels("env"), 0.5)]
    env.insert(g.r.randint(0, len(env)), {"name": "LOG_LEVEL", "value": "info"})
    task = {
        "family": g.word(),
        "containerDefinitions": [
            {"name": g.word(), "image": f"{g.word()}:latest", "cpu": 256, "environment": env}
        ],
    }
    return Doc(json.dumps(task, indent=g.pick(2, 4, None)), [c], "task-definition.json")


@form("yaml-far-apart")
def yaml_far(g: Gen) -> Doc:
    c = g.cred(0)
    filler = [
        f"  {g.word()}_{i}: {g.pick('true', g.digits(3), g.word())}"
        for i in range(g.r.randint(15, 120))
    ]
    first, second = g.shuffled(
        [f"  aws_access_key_id: {c.id}", f"  aws_secret_access_key: {c.secret}"]
    )
    lines = [f"{g.word()}:", "  owner: ops", first, *filler, second, "  tail: yes"]
    return Doc("\n".join(lines) + "\n", [c], "settings.yaml")


@form("dockerfile", cross=True)
def dockerfile(g: Gen) -> Doc:
    c = g.cred()
    word, names = g.pick("ENV", "ARG"), g.labels("env")
    fields = g.mixed(c, names)
    style = g.r.randrange(3)
    if style == 0:
        lines = [f"{word} {k}={v}" for k, v in fields]
    elif style == 1 and word == "ENV":
        lines = [f"ENV {k} {v}" for k, v in fields]
    else:
        lines = ["ENV " + " \\\n    ".join(f'{k}="{v}"' for k, v in fields)]
    for line in ("RUN apt-get update && apt-get install -y awscli", "WORKDIR /app"):
        lines.insert(g.r.randint(0, len(lines)), line)
    return Doc(
        "FROM python:3.11-slim\n" + "\n".join(lines) + '\nCMD ["python", "app.py"]\n',
        [c],
        "Dockerfile",
    )


@form("compose", cross=True)
def compose(g: Gen) -> Doc:
    creds = g.creds(1, 4)
    out = 'version: "3.8"\nservices:\n'
    for i, c in enumerate(creds):
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        fields = g.mixed(c, names) + [("LOG_LEVEL", "debug")]
        out += f"  {g.word()}{i}:\n    image: {g.word()}:latest\n    environment:\n"
        if g.chance():
            out += "".join(f"      - {k}={v}\n" for k, v in fields)
        else:
            q = g.pick("", '"')
            out += "".join(f"      {k}: {q}{v}{q}\n" for k, v in fields)
        out += "    restart: always\n"
    return Doc(out, creds, "docker-compose.yml")


@form("k8s-secret-data")
def k8s_secret(g: Gen) -> Doc:
    creds = g.creds(1, 3)
    docs = []
    for c in creds:
        names = g.pick(
            ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
            ("accessKey", "secretKey", "sessionToken"),
            ("access-key-id", "secret-access-key", "session-token"),
            ("access_key", "secret_key", "session_token"),
        )
        end = g.pick("", "", "\n")
        data = "".join(f"  {k}: {b64(v + end)}\n" for k, v in g.mixed(c, names))
        docs.append(
            f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {g.word()}\ntype: Opaque\n"
            f"data:\n{data}"
        )
    return Doc("---\n".join(docs), creds, "secret.yaml")


@form("k8s-secret-data-json")
def k8s_secret_json(g: Gen) -> Doc:
    c = g.cred()
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    secret = {
        "apiVersion": "v1",
        "data": {k: b64(v) for k, v in g.mixed(c, names)},
        "kind": "Secret",
        "metadata": {"name": g.word(), "uid": g.uuid()},
        "type": "Opaque",
    }
    return Doc(json.dumps(secret, indent=g.pick(4, None)), [c], "secret.json")


@form("k8s-secret-file-data")
def k8s_secret_file(g: Gen) -> Doc:
    c = g.cred(0)
    ini = f"[default]\naws_access_key_id = {c.id}\naws_secret_access_key = {c.secret}\n"
    key = g.pick("cloud", "credentials")
    return Doc(
        f"apiVersion: v1\ndata:\n  {key}: {b64(ini)}\nkind: Secret\nmetadata:\n"
        f"  name: {g.word()}\n  namespace: {g.word()}\n",
        [c],
        "cloud-credentials.yaml",
    )


@form("k8s-secret-stringdata")
def k8s_string_data(g: Gen) -> Doc:
    c = g.cred()
    data = "".join(f"  {k}: {v}\n" for k, v in g.mixed(c, g.labels("camel")))
    return Doc(
        f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {g.word()}\nstringData:\n{data}",
        [c],
        "secret.yaml",
    )


@form("id-clear-secret-base64")
def id_clear(g: Gen) -> Doc:
    c = g.cred(0)
    names = g.labels("camel")
    return Doc(
        f"storage:\n  {names[0]}: {c.id}\n  {names[1]}: {b64(c.secret)}\n", [c], "values.yaml"
    )


@form("spark-conf")
def spark_conf(g: Gen) -> Doc:
    c = g.cred()
    names = (
        "spark.hadoop.fs.s3a.access.key",
        "spark.hadoop.fs.s3a.secret.key",
        "spark.hadoop.fs.s3a.session.token",
    )
    s = g.pick(" ", "\t", "          ", "=")
    lines = [
        "spark.master" + s + "yarn",
        *(f"{k}{s}{v}" for k, v in g.mixed(c, names)),
        "spark.executor.memory" + s + "4g",
    ]
    return Doc("\n".join(lines) + "\n", [c], "spark-defaults.conf")


@form("spark-submit")
def spark_submit(g: Gen) -> Doc:
    c = g.cred()
    names = (
        "spark.hadoop.fs.s3a.access.key",
        "spark.hadoop.fs.s3a.secret.key",
        "spark.hadoop.fs.s3a.session.token",
    )
    j = g.pick(" ", " \\\n  ")
    q = g.pick("", '"', "'")
    conf = j.join(f"--conf {q}{k}={v}{q}" for k, v in g.mixed(c, names))
    return Doc(f"#!/bin/bash\nspark-submit --master yarn{j}{conf}{j}job.py\n", [c], "run.sh")


@form("ansible-vars")
def ansible(g: Gen) -> Doc:
    c = g.cred(0)
    fields = g.mixed(
        c,
        g.pick(("aws_access_key", "aws_secret_key", ""), ("ec2_access_key", "ec2_secret_key", "")),
    )
    body = "".join(f'    {k}: "{v}"\n' for k, v in fields)
    return Doc(
        f"---\n- hosts: {g.word()}\n  vars:\n{body}  tasks:\n    - name: list\n"
        f"      amazon.aws.s3_object:\n        mode: list\n        bucket: {g.bucket()}\n",
        [c],
        "playbook.yml",
    )


@form("github-actions")
def github_actions(g: Gen) -> Doc:
    c = g.cred(0)
    body = "".join(
        f"          {k}: {v}\n"
        for k, v in g.mixed(c, ("aws-access-key-id", "aws-secret-access-key", ""))
    )
    return Doc(
        "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - uses: actions/checkout@{g.hex()}\n"
        "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n"
        f"{body}          aws-region: {g.region()}\n",
        [c],
        "deploy.yml",
    )


@form("systemd-unit")
def systemd(g: Gen) -> Doc:
    c = g.cred()
    q = g.pick("", '"')
    names = g.labels("env")
    fields = g.mixed(c, names)
    if g.chance():
        env = "".join(f"Environment={q}{k}={v}{q}\n" for k, v in fields)
    else:
        env = "Environment=" + " ".join(f'"{k}={v}"' for k, v in fields) + "\n"
    return Doc(
        f"[Unit]\nDescription={g.word()}\n\n[Service]\n{env}ExecStart=/usr/bin/{g.word()}\n"
        "\n[Install]\nWantedBy=multi-user.target\n",
        [c],
        "app.service",
    )
