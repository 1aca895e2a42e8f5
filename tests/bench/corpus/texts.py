"""Forms: what people and programs write for people, and values without any label."""

from __future__ import annotations

import base64
import html
import json
import quopri
from typing import Any

from .base import Doc, Gen, form

ENV = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@form("bare-lines", cross=True)
def bare_lines(g: Gen) -> Doc:
    c = g.cred(0)
    eol = g.pick("\n", "\r\n")
    return Doc(f"{c.id}{eol}{c.secret}{g.pick('', eol)}", [c], "key.txt")


@form("bare-lines-many")
def bare_lines_many(g: Gen) -> Doc:
    creds = g.creds(2, 30, 0)
    gap = g.pick("\n", "\n\n")
    return Doc(gap.join(f"{c.id}\n{c.secret}" for c in creds) + "\n", creds, "keys.txt")


@form("two-columns", cross=True)
def two_columns(g: Gen) -> Doc:
    creds = g.creds(1, 25, 0)
    sep = g.pick("\t", "  ", ",", " ", ":", "|", ";")
    return Doc(
        "\n".join(f"{c.id}{sep}{c.secret}" for c in creds) + g.pick("", "\n"), creds, "keys.txt"
    )


@form("columns-of-ids-then-secrets")
def columns_by_order(g: Gen) -> Doc:
    creds = g.creds(2, 8, 0)
    text = "Access keys:\n" + "".join(f"{c.id}\n" for c in creds)
    text += "\nSecret keys:\n" + "".join(f"{c.secret}\n" for c in creds)
    return Doc(text, creds, "keys.txt")


@form("labelled-note", cross=True)
def note(g: Gen) -> Doc:
    creds = g.creds(1, 3, 0)
    out = f"{g.sentence()}\n\n"
    for c in creds:
        a, b = g.pick(
            ("Access key ID", "Secret access key"),
            ("Access Key", "Secret Key"),
            ("AWS Access Key", "AWS Secret"),
            ("access key id", "secret"),
            ("Key", "Secret"),
            ("ID", "Secret"),
        )
        s = g.pick(": ", " = ", ":\n", " - ", ":\t")
        out += f"{g.user()}\n{a}{s}{c.id}\n{b}{s}{c.secret}\n\n"
    return Doc(out + g.sentence() + "\n", creds, "notes.txt")


@form("prose")
def prose(g: Gen) -> Doc:
    c = g.cred(0)
    text = g.pick(
        f"Hi {g.user()}, the access key is {c.id} and the secret is {c.secret}. {g.sentence()}\n",
        f"For {g.bucket()} use {c.id} / {c.secret} please.\n",
        f"key: {c.id}, secret: {c.secret}\n",
        f"I created {c.id} (secret `{c.secret}`) for you; {g.sentence()}\n",
    )
    return Doc(text, [c], "message.txt")


@form("markdown")
def markdown(g: Gen) -> Doc:
    creds = g.creds(1, 5, 0)
    style = g.r.randrange(3)
    if style == 0:
        text = "| User | Access key | Secret key |\n|---|---|---|\n" + "".join(
            f"| {g.user()} | `{c.id}` | `{c.secret}` |\n" for c in creds
        )
    elif style == 1:
        text = "".join(
            f"- **Access key:** `{c.id}`\n- **Secret key:** `{c.secret}`\n\n" for c in creds
        )
    else:
        text = "".join(
            f"```ini\naws_access_key_id={c.id}\naws_secret_access_key={c.secret}\n```\n\n"
            for c in creds
        )
    return Doc(f"# {g.word().title()}\n\n{g.sentence()}\n\n{text}", creds, "README.md")


@form("html-table", cross=True)
def html_table(g: Gen) -> Doc:
    creds = g.creds(1, 10, 0)
    br = g.pick("", "\n")
    td = g.pick("<td>{}</td>", '<td class="mono">{}</td>', "<td><code>{}</code></td>")
    rows = br.join(
        f"<tr>{br}{td.format(g.user())}{br}{td.format(c.id)}{br}"
        f"{td.format(html.escape(c.secret).replace('+', g.pick('+', '&#43;')))}{br}</tr>"
        for c in creds
    )
    return Doc(
        "<html><body><table>" + br + "<tr><th>User</th><th>Access key</th><th>Secret</th></tr>"
        f"{br}{rows}{br}</table></body></html>\n",
        creds,
        "keys.html",
    )


@form("html-input")
def html_input(g: Gen) -> Doc:
    c = g.cred(0)
    names = g.labels("snake")
    body = "".join(
        f'  <label for="{k}">{k}</label>\n  <input type="text" id="{k}" name="{k}" value="{v}">\n'
        for k, v in g.mixed(c, names)
    )
    return Doc(f'<form method="post">\n{body}</form>\n', [c], "settings.html")


@form("jupyter", cross=True)
def jupyter(g: Gen) -> Doc:
    c = g.cred()
    q = g.quote()
    source = ["import boto3\n", "\n"]
    source += [f"{k} = {q}{v}{q}\n" for k, v in g.mixed(c, g.labels(g.pick("env", "snake")))]
    notebook: dict[str, Any] = {
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": ["# " + g.sentence()]},
            {
                "cell_type": "code",
                "execution_count": 1,
                "metadata": {},
                "outputs": [
                    {
                        "data": {"image/png": g.b64(4 * g.r.randint(100, 800))},
                        "metadata": {},
                        "output_type": "display_data",
                    }
                ],
                "source": source,
            },
        ],
        "metadata": {"kernelspec": {"display_name": "Python 3", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return Doc(json.dumps(notebook, indent=1), [c], "analysis.ipynb")


@form("python-repr", cross=True)
def python_repr(g: Gen) -> Doc:
    c = g.cred(0.4)
    when = (
        f"datetime.datetime({g.r.randint(2015, 2025)}, 3, {g.r.randint(1, 28)}, 9, 5, 1, "
        "tzinfo=tzutc())"
    )
    meta = (
        f"'ResponseMetadata': {{'RequestId': '{g.uuid()}', 'HTTPStatusCode': 200, "
        f"'HTTPHeaders': {{'x-amzn-requestid': '{g.uuid()}', 'content-type': 'text/xml'}}, "
        "'RetryAttempts': 0}"
    )
    if c.token:
        text = (
            f"{{'Credentials': {{'AccessKeyId': '{c.id}', 'SecretAccessKey': '{c.secret}', "
            f"'SessionToken': '{c.token}', 'Expiration': {when}}}, {meta}}}"
        )
    else:
        text = (
            f"{{'AccessKey': {{'UserName': '{g.user()}', 'AccessKeyId': '{c.id}', "
            f"'Status': 'Active', 'SecretAccessKey': '{c.secret}', 'CreateDate': {when}}}, "
            f"{meta}}}"
        )
    return Doc(g.pick("", f"{g.date()} INFO response: ") + text + "\n", [c], "debug.log")


@form("log-lines", cross=True)
def log_lines(g: Gen) -> Doc:
    creds = g.creds(1, 3)
    lines = []
    for c in creds:
        for _ in range(g.r.randint(0, 4)):
            lines.append(
                f"{g.date('Z')} INFO [{g.word()}] request {g.uuid()} commit {g.hex()} done"
            )
        names = g.labels(g.pick("camel", "snake", "env"))
        sep, joint = g.pick((", ", "="), (" ", "="), (", ", ": "), ("; ", "="))
        text = sep.join(f"{k}{joint}{v}" for k, v in g.mixed(c, names))
        lines.append(
            g.pick(
                f"{g.date('Z')} DEBUG [{g.word()}] using credentials {text}",
                f"[{g.date('')}] ERROR: cannot connect with Config({text})",
                f"Nov 12 08:11:{g.digits(2)} host app[{g.digits(4)}]: env {text}",
            )
        )
    return Doc("\n".join(lines) + "\n", creds, "app.log")


@form("log-separate-lines")
def log_separate(g: Gen) -> Doc:
    c = g.cred(0)
    lines = []
    for k, v in g.fields(c, g.labels("env")):
        lines.append(f"2023-08-01T10:00:{g.digits(2)}Z app | {k}={v}")
        lines.append(f"2023-08-01T10:00:{g.digits(2)}Z app | ready {g.uuid()}")
    return Doc("\n".join(lines) + "\n", [c], "compose.log")


@form("unified-diff", cross=True)
def unified_diff(g: Gen) -> Doc:
    creds = g.creds(1, 2, 0)
    mark = g.pick("+", "-")
    sign = [mark] if len(creds) == 1 else ["-", "+"]
    names, s, q = g.labels("snake"), g.pick(" = ", "=", ": "), g.pick("", '"')
    body = ""
    for m, c in zip(sign, creds):
        body += "".join(f"{m}{k}{s}{q}{v}{q}\n" for k, v in g.fields(c, names))
    text = (
        f"commit {g.hex()}\nAuthor: {g.user()} <{g.user()}@example.com>\n\n    {g.sentence()}\n\n"
        f"diff --git a/conf.ini b/conf.ini\nindex {g.hex(7)}..{g.hex(7)} 100644\n"
        f"--- a/conf.ini\n+++ b/conf.ini\n@@ -1,3 +1,5 @@\n [{g.word()}]\n{body} region"
        f"{s}{g.region()}\n"
    )
    return Doc(text, creds, "change.patch")


@form("mail-quoted-printable")
def mail_qp(g: Gen) -> Doc:
    c = g.cred()
    lead = g.pick("", g.sentence() + " " + g.sentence() + " ", "x" * g.r.randint(0, 40) + " ")
    body = g.sentence() + "\n\n" + lead
    sep = g.pick("\n", " ", ", ")
    body += sep.join(f"{k}{g.pick('=', ' = ', ': ')}{v}" for k, v in g.fields(c, ENV))
    body += "\n\nGr\u00fc\u00dfe\n"
    encoded = quopri.encodestring(body.encode()).decode().replace("\n", "\r\n")
    text = (
        f"From: {g.user()}@example.com\r\nTo: {g.user()}@example.com\r\nSubject: keys\r\n"
        f"Message-ID: <{g.uuid()}@example.com>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{encoded}"
    )
    return Doc(text, [c], "message.eml")


@form("mail-base64")
def mail_base64(g: Gen) -> Doc:
    c = g.cred(0)
    body = f"{g.sentence()}\r\n\r\nAccess key: {c.id}\r\nSecret key: {c.secret}\r\n\r\nBye\r\n"
    encoded = base64.encodebytes(body.encode()).decode().replace("\n", "\r\n")
    return Doc(
        f"From: {g.user()}@example.com\r\nSubject: access\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + encoded,
        [c],
        "message.eml",
    )


@form("slack-export", cross=True)
def slack(g: Gen) -> Doc:
    creds = g.creds(1, 3, 0)
    messages = []

    def say(text: str) -> None:
        messages.append(
            {
                "type": "message",
                "user": "U0" + g.run("ABCDEFGH23456789", 9),
                "text": text,
                "ts": f"16{g.digits(8)}.{g.digits(6)}",
                "client_msg_id": g.uuid(),
                "team": "T0" + g.run("ABCDEFGH2345", 9),
            }
        )

    for c in creds:
        say(g.sentence())
        style = g.r.randrange(3)
        if style == 0:
            say(f"```\naws_access_key_id = {c.id}\naws_secret_access_key = {c.secret}\n```")
        elif style == 1:
            say(f"here you go: {c.id} / {c.secret}")
        else:
            say(f"access key {c.id}")
            say(f"secret {c.secret}")
        say("thanks :+1:")
    text = json.dumps(messages, indent=4).replace("/", g.pick("/", "\\/"))
    return Doc(text, creds, "2023-01-01.json")


@form("cli-table")
def cli_table(g: Gen) -> Doc:
    c = g.cred(0)
    rows = {
        "AccessKeyId": c.id,
        "CreateDate": g.date(),
        "SecretAccessKey": c.secret,
        "Status": "Active",
        "UserName": g.user(),
    }
    width = 68
    out = (
        "-" * (width + 4) + "\n|" + "CreateAccessKey".center(width + 2) + "|\n+" + "-" * (width + 2)
    )
    out += "+\n||" + "AccessKey".center(width) + "||\n|+" + "-" * 18 + "+" + "-" * 49 + "+|\n"
    out += "".join(f"||  {k:<16}|  {v:<47}||\n" for k, v in rows.items())
    return Doc(out + "|+" + "-" * 18 + "+" + "-" * 49 + "+|\n", [c], "out.txt")


@form("cli-text")
def cli_text(g: Gen) -> Doc:
    c = g.cred(0.5)
    if c.token:
        role = f"arn:aws:sts::{g.account()}:assumed-role/{g.word()}/{g.user()}"
        text = (
            f"ASSUMEDROLEUSER\t{role}\tAROA{g.key_id()[4:]}:{g.user()}\n"
            f"CREDENTIALS\t{c.id}\t{g.date()}\t{c.secret}\t{c.token}\n"
        )
    else:
        text = f"ACCESSKEY\t{c.id}\t{g.date()}\t{c.secret}\tActive\t{g.user()}\n"
    return Doc(text, [c], "out.txt")


@form("terminal-colours")
def colours(g: Gen) -> Doc:
    c = g.cred(0)
    a, b = g.r.sample(range(31, 37), 2)
    lines = [f"\x1b[{a}m{k}\x1b[0m=\x1b[{b}m{v}\x1b[0m" for k, v in g.fields(c, ENV)]
    return Doc("\r\n".join(lines) + "\r\n", [c], "typescript")


@form("postman-collection")
def postman(g: Gen) -> Doc:
    c = g.cred()
    auth = [
        {"key": "secretKey", "value": c.secret, "type": "string"},
        {"key": "accessKey", "value": c.id, "type": "string"},
    ]
    if c.token:
        auth.append({"key": "sessionToken", "value": c.token, "type": "string"})
    item = {
        "name": g.word(),
        "request": {
            "auth": {"type": "awsv4", "awsv4": g.shuffled(auth)},
            "method": "GET",
            "url": "https://example.com/",
        },
    }
    return Doc(
        json.dumps({"info": {"_postman_id": g.uuid()}, "item": [item]}, indent="\t"),
        [c],
        "collection.json",
    )


@form("sibling-files")
def siblings(g: Gen) -> Doc:
    c = g.cred(0)
    a, b = g.pick(
        ("access_key", "secret_key"),
        ("access-key", "secret-key"),
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        ("accessKey", "secretKey"),
        ("accesskey", "secretkey"),
        ("access_key_id", "secret_access_key"),
        ("aws_access_key_id", "aws_secret_access_key"),
        ("access-key-id", "secret-access-key"),
    )
    end = g.pick("", "\n")
    return Doc({a: c.id + end, b: c.secret + end}, [c], secret_file=b)


@form("id-alone")
def id_alone(g: Gen) -> Doc:
    ids = [g.key_id() for _ in range(g.r.randint(1, 4))]
    return Doc(
        "".join(f"- {g.sentence()} Disabled: {i}\n" for i in ids), [], "notes.md", lone_ids=ids
    )


@form("secret-alone-labelled", cross=True)
def secret_alone(g: Gen) -> Doc:
    s = g.secret()
    text = g.pick(
        f"aws_secret_access_key = {s}\n",
        f"export AWS_SECRET_ACCESS_KEY={s}\n",
        f'{{"secretAccessKey": "{s}", "region": "{g.region()}"}}\n',
        f"<SecretAccessKey>{s}</SecretAccessKey>\n",
        f'  aws_secret_access_key: "{s}"\n',
    )
    return Doc(text, [], "part.txt", lone_secrets=[s])


@form("half-of-a-pair")
def half(g: Gen) -> Doc:
    i, c = g.key_id(), g.cred(0)
    text = (
        f"[a]\naws_access_key_id = {i}\naws_secret_access_key =\n\n[b]\n"
        f"aws_access_key_id = {c.id}\naws_secret_access_key = {c.secret}\n"
    )
    return Doc(text, [c], "credentials", lone_ids=[i])


@form("further-kinds")
def further(g: Gen) -> Doc:
    lower = "abcdefghijklmnopqrstuvwxyz234567"
    kind, value, line = g.pick(
        ("session-token", t := g.token(), f"AWS_SESSION_TOKEN={t}\n"),
        (
            "bedrock-api-key",
            k := "ABSK"
            + base64.b64encode(
                f"BedrockAPIKey-{g.run(lower[:26], 4)}-at-{g.account()}:".encode()
                + base64.b64encode(g.bytes(60))
            ).decode(),
            f"AWS_BEARER_TOKEN_BEDROCK={k}\n",
        ),
        ("mws", m := f"amzn.mws.{g.uuid()}", f"mws_auth_token: {m}\n"),
        ("appsync-api-key", a := "da2-" + g.run(lower, 26), f'"aws_appsync_apiKey": "{a}",\n'),
    )
    return Doc(line, [], "app.env", further=[{"kind": kind, "value": value}])
