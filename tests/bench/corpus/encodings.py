"""Encodings: what happens to a text before it is stored."""

from __future__ import annotations

import base64
import gzip
import json
import urllib.parse
from dataclasses import dataclass
from typing import Callable

from .base import WORDS, Gen


@dataclass(frozen=True)
class Encoding:
    """`env_only`: made for lists of variables; `rare`: with few forms, once each, for its size."""

    name: str
    apply: Callable[[Gen, str], bytes]
    env_only: bool = False
    rare: bool = False


ENCODINGS: dict[str, Encoding] = {}


def encoding(name: str, env_only: bool = False, rare: bool = False) -> Callable:
    def add(apply: Callable[[Gen, str], bytes]) -> Callable[[Gen, str], bytes]:
        ENCODINGS[name] = Encoding(name, apply, env_only, rare)
        return apply

    return add


def wrap(text: str, width: int, eol: str = "\n") -> str:
    return eol.join(text[i : i + width] for i in range(0, len(text), width)) + eol


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def zipped(g: Gen, data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=g.r.randint(1, 9), mtime=0)


def envelope(g: Gen, text: str) -> bytes:
    """A place where one line of encoded text stands."""
    return g.pick(
        text,
        text + "\n",
        f"payload: {text}\n",
        json.dumps({"Name": g.word(), "UserData": text, "Version": 2}),
        f"echo {text} | base64 -d > config\n",
        f'<Data Encoding="base64">{text}</Data>\n',
        f'user_data = "{text}"\n',
    ).encode()


# --- UTF-16 ---


@encoding("utf16-le-bom")
def utf16_le_bom(g: Gen, text: str) -> bytes:
    return b"\xff\xfe" + text.lstrip("\ufeff").encode("utf-16-le")


@encoding("utf16-be-bom")
def utf16_be_bom(g: Gen, text: str) -> bytes:
    return b"\xfe\xff" + text.lstrip("\ufeff").encode("utf-16-be")


@encoding("utf16-le")
def utf16_le(g: Gen, text: str) -> bytes:
    return text.lstrip("\ufeff").encode("utf-16-le")


@encoding("utf16-be")
def utf16_be(g: Gen, text: str) -> bytes:
    return text.lstrip("\ufeff").encode("utf-16-be")


def amid(g: Gen, data: bytes) -> bytes:
    """Inside a binary file, at an odd or even offset, with or without zeros before it."""
    before = g.bytes(g.r.randint(100, 3000)) + b"\x00" * g.r.randint(2, 5)
    return before + data + b"\x00" * g.r.randint(2, 5) + g.bytes(g.r.randint(100, 3000))


@encoding("utf16-le-in-binary")
def utf16_le_binary(g: Gen, text: str) -> bytes:
    return amid(g, utf16_le(g, text))


@encoding("utf16-be-in-binary")
def utf16_be_binary(g: Gen, text: str) -> bytes:
    return amid(g, utf16_be(g, text))


# --- base64 ---


def shifted(n: int) -> Callable[[Gen, str], bytes]:
    return lambda g, text: envelope(g, b64(("\n#\n"[:n] + text).encode()))


for shift in range(3):
    encoding(f"base64-shift{shift}")(shifted(shift))


@encoding("base64-wrapped-64")
def base64_64(g: Gen, text: str) -> bytes:
    return wrap(b64(text.encode()), 64).encode()


@encoding("base64-wrapped-76")
def base64_76(g: Gen, text: str) -> bytes:
    return wrap(b64(text.encode()), 76, g.pick("\n", "\r\n")).encode()


@encoding("base64-wrapped-76-indented")
def base64_indented(g: Gen, text: str) -> bytes:
    lines = wrap(b64(text.encode()), 76).splitlines()
    return ("content: !!binary |\n" + "".join(f"    {line}\n" for line in lines)).encode()


@encoding("base64-urlsafe")
def base64_url(g: Gen, text: str) -> bytes:
    encoded = base64.urlsafe_b64encode(text.encode()).decode()
    return envelope(g, encoded.rstrip("=") if g.chance() else encoded)


@encoding("base64-double")
def base64_double(g: Gen, text: str) -> bytes:
    return envelope(g, b64(b64(text.encode()).encode()))


@encoding("base64-gzip")
def base64_gzip(g: Gen, text: str) -> bytes:
    return envelope(g, b64(zipped(g, text.encode())))


@encoding("base64-gzip-wrapped-76")
def base64_gzip_wrapped(g: Gen, text: str) -> bytes:
    return wrap(b64(zipped(g, text.encode())), 76).encode()


@encoding("base64-double-gzip")
def base64_double_gzip(g: Gen, text: str) -> bytes:
    """As Helm stores a release in a Secret."""
    inner = b64(b64(zipped(g, text.encode())).encode())
    return f"apiVersion: v1\nkind: Secret\ndata:\n  release: {inner}\n".encode()


@encoding("base64-utf16-le")
def base64_utf16(g: Gen, text: str) -> bytes:
    """As PowerShell's -EncodedCommand takes it."""
    return f"powershell.exe -NoProfile -EncodedCommand {b64(utf16_le(g, text))}\n".encode()


@encoding("base64-json-slashes")
def base64_json(g: Gen, text: str) -> bytes:
    encoded = b64(text.encode()).replace("/", "\\/")
    return f'{{"file":"{g.word()}","content":"{encoded}"}}'.encode()


@encoding("base64-json-newlines")
def base64_json_newlines(g: Gen, text: str) -> bytes:
    """As GitHub's contents API answers: wrapped at 60, inside a JSON string."""
    encoded = wrap(b64(text.encode()), 60)
    return json.dumps({"name": g.word(), "encoding": "base64", "content": encoded}).encode()


@encoding("base64-in-binary")
def base64_binary(g: Gen, text: str) -> bytes:
    return amid(g, b64(text.encode()).encode())


# --- hex ---


@encoding("hex-lower")
def hex_lower(g: Gen, text: str) -> bytes:
    return envelope(g, text.encode().hex())


@encoding("hex-upper")
def hex_upper(g: Gen, text: str) -> bytes:
    return envelope(g, g.pick("", "0x") + text.encode().hex().upper())


@encoding("hex-wrapped-60")
def hex_wrapped(g: Gen, text: str) -> bytes:
    return wrap(text.encode().hex(), 60).encode()


# --- escapes ---


@encoding("percent")
def percent(g: Gen, text: str) -> bytes:
    return (
        g.pick("https://example.com/?text={}", "body={}&submit=1", "{}\n", "data:text/plain,{}")
        .format(urllib.parse.quote(text, safe=""))
        .encode()
    )


@encoding("percent-plus-lower")
def percent_plus(g: Gen, text: str) -> bytes:
    """As a form's body, with + for a space; hex digits may be small."""
    encoded = urllib.parse.quote_plus(text)
    if g.chance():
        parts = encoded.split("%")
        encoded = "%".join([parts[0], *(p[:2].lower() + p[2:] for p in parts[1:])])
    return f"config={encoded}&ok=1".encode()


@encoding("percent-double")
def percent_double(g: Gen, text: str) -> bytes:
    quoted = urllib.parse.quote(urllib.parse.quote(text, safe=""), safe="")
    return f"GET /r?next={quoted} HTTP/1.1\n".encode()


@encoding("json-string")
def json_string(g: Gen, text: str) -> bytes:
    return json.dumps({"time": g.date(), "message": text, "level": "info"}).encode()


@encoding("json-string-slashes")
def json_slashes(g: Gen, text: str) -> bytes:
    encoded = json.dumps({"body": text}).replace("/", "\\/")
    return encoded.replace("+", g.pick("\\u002b", "\\u002B", "+")).encode()


@encoding("json-double")
def json_double(g: Gen, text: str) -> bytes:
    return json.dumps({"Message": json.dumps({"log": text, "stream": "stdout"})}).encode()


@encoding("xml-text")
def xml_text(g: Gen, text: str) -> bytes:
    for a, b in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(a, b)
    if g.chance():
        text = text.replace("+", g.pick("&#43;", "&#x2B;")).replace("/", g.pick("/", "&#47;"))
    if g.chance(0.3):
        text = text.replace("\r", "&#13;").replace("\n", g.pick("&#10;", "&#xA;"))
    return f'<log><entry id="{g.uuid()}">{text}</entry></log>\n'.encode()


@encoding("c-string")
def c_string(g: Gen, text: str) -> bytes:
    for a, b in (("\\", "\\\\"), ('"', '\\"'), ("\t", "\\t"), ("\r", "\\r"), ("\x1b", "\\x1b")):
        text = text.replace(a, b)
    style = g.r.randrange(4)
    if style == 1:
        text = text.replace("/", "\\/")
    elif style == 2:
        text = text.replace("+", "\\053").replace("/", "\\057")
    elif style == 3:  # two digits, as JavaScript, Go and nginx's log have it
        text = text.replace("+", "\\x2B").replace("/", "\\x2F")
    joint = g.pick("\\n", '\\n"\n    "')
    return ('static const char conf[] =\n    "' + text.replace("\n", joint) + '";\n').encode()


@encoding("python-bytes")
def python_bytes(g: Gen, text: str) -> bytes:
    return f"response = {text.encode()!r}\n".encode()


# --- layout ---


@encoding("nul-separated", env_only=True)
def nul_separated(g: Gen, text: str) -> bytes:
    return text.replace("\r", "").replace("\n", "\0").encode()


@encoding("cr-only")
def cr_only(g: Gen, text: str) -> bytes:
    return text.replace("\r\n", "\n").replace("\n", "\r").encode()


@encoding("latin-1")
def latin_1(g: Gen, text: str) -> bytes:
    note = "Zugangsdaten f\u00fcr die \u00dcbergabe, \u00a9 M\u00fcller \u00e9t\u00e9"
    return (note + "\n\n" + text.lstrip("\ufeff") + "\n\u00a7 " + note).encode("latin-1", "replace")


@encoding("in-binary")
def in_binary(g: Gen, text: str) -> bytes:
    return amid(g, text.encode())


@encoding("string-table")
def string_table(g: Gen, text: str) -> bytes:
    """As in an executable's read-only data, amid other strings."""
    names = "".join(f"{a}_{b}\0" for a in WORDS[:20] for b in g.r.sample(WORDS, 5))
    code = g.bytes(4000).replace(b"AKIA", b"....")
    return (
        b"\x7fELF\x02\x01\x01"
        + bytes(9)
        + b"\x03\x00\x3e\x00"
        + code
        + bytes(64)
        + names.encode()
        + text.encode()
        + b"\0"
        + names.encode()
        + bytes(64)
        + code
    )


@encoding("four-megabyte-line", rare=True)
def long_line(g: Gen, text: str) -> bytes:
    """The text on one line, somewhere in four megabytes of others' JSON."""
    line = json.dumps(text)[1:-1].encode()

    def filler(n: int) -> bytes:
        rows, size = [], 0
        while size < n:
            row = (
                f'{{"id":{g.digits(7)},"name":"{g.word()}","ref":"{g.uuid()}","n":{g.digits(3)}}},'
            )
            rows.append(row)
            size += len(row)
        return "".join(rows).encode()

    first = g.r.randrange(100_000, 4_000_000)
    return b"[" + filler(first) + b'{"text":"' + line + b'"},' + filler(4_100_000 - first) + b"{}]"
