"""What is a credential and what is not, in plain text; each form run through the whole program."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Callable

import pytest

from conftest import Result, Runner, Tree
from creds import Creds, Pair
from scanned import expect_pairs, pairs_of, scan_text

# The keys that AWS's own documentation shows, in halves, so that no scanner stumbles on them.
DOCUMENTED = [
    ("AKIA" + "IOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"),
    ("AKIA" + "I44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/" + "h3yCo8nvbEXAMPLEKEY"),
]


def expect_nothing(result: Result) -> None:
    assert result.findings == [] and result.status == 0, result


# --- pairs ---


def test_forty_profiles_are_forty_pairs(run: Runner, tree: Tree, creds: Creds):
    pairs = creds.pairs(40)
    text = ""
    for i, pair in enumerate(pairs):
        lines = pair.ini.splitlines()
        lines[i % 2 : i % 2] = ["region = eu-west-1", "output = json"][: i % 3]
        if i % 4 == 3:
            lines.reverse()
        text += f"[profile-{i}]\n" + "\n".join(lines) + "\n\n"
    expect_pairs(scan_text(run, tree, text), pairs)


def test_forty_profiles_without_headers_between(run: Runner, tree: Tree, creds: Creds):
    pairs = creds.pairs(40)
    expect_pairs(scan_text(run, tree, "".join(p.ini for p in pairs)), pairs)


def test_columns_one_after_the_other(run: Runner, tree: Tree, creds: Creds):
    """Ids, their secrets, the next ids, their secrets: not each secret with an id behind it."""
    pairs = creds.pairs(120)
    blocks = [pairs[i : i + 4] for i in range(0, len(pairs), 4)]
    text = "".join(f"{p.id}\n" for p in blocks[0]) + "".join(f"{p.secret}\n" for p in blocks[0])
    expect_pairs(scan_text(run, tree, text), blocks[0])
    text = "".join("\n".join([p.id for p in b] + [p.secret for p in b]) + "\n" for b in blocks)
    expect_pairs(scan_text(run, tree, text), pairs)


@pytest.mark.parametrize("before", [0, 20000])
def test_sections_in_base64_far_into_a_file(run: Runner, tree: Tree, creds: Creds, before: int):
    """An id before the first section and a secret in it are no pair, wherever the base64 stands."""
    pair = creds.pair()
    id_line, secret_line = pair.ini.splitlines()
    inner = f"{id_line}\n[other]\nregion = eu-west-1\n{secret_line}\n"
    text = "x\n" * before + base64.b64encode(inner.encode()).decode() + "\n"
    result = scan_text(run, tree, text)
    assert {f["rule"] for f in result.findings} == {"aws-access-key-id", "aws-secret-access-key"}


def api_answer(pair: Pair) -> dict:
    return {
        "AccessKey": {
            "UserName": "alice",
            "AccessKeyId": pair.id,
            "Status": "Active",
            "SecretAccessKey": pair.secret,
            "CreateDate": "2024-05-01T10:00:00+00:00",
        }
    }


FORMS: dict[str, Callable[[list[Pair]], str]] = {
    "json": lambda ps: json.dumps([api_answer(p) for p in ps], indent=4),
    "json minified": lambda ps: json.dumps([api_answer(p) for p in ps], separators=(",", ":")),
    "json secret first": lambda ps: json.dumps(
        [{"secretAccessKey": p.secret, "region": "eu-west-1", "accessKeyId": p.id} for p in ps]
    ),
    "ini": lambda ps: "".join(f"[{i}]\n{p.ini}" for i, p in enumerate(ps)),
    "ini crlf": lambda ps: "".join(f"[{i}]\n{p.ini}" for i, p in enumerate(ps)).replace(
        "\n", "\r\n"
    ),
    "env": lambda ps: "\n\n".join(p.env for p in ps),
    "env quoted": lambda ps: "\n".join(
        f"AWS_ACCESS_KEY_ID='{p.id}'\nAWS_SECRET_ACCESS_KEY=\"{p.secret}\"" for p in ps
    ),
    "one line": lambda ps: "\n".join(p.line for p in ps),
    "key.txt": lambda ps: "".join(f"{p.id}\n{p.secret}\n" for p in ps),
    "key.txt labelled": lambda ps: "\n".join(
        f"AccessKey: {p.id}\nSecretKey: {p.secret}\n" for p in ps
    ),
    "csv download": lambda ps: "\ufeffAccess key ID,Secret access key\r\n"
    + "".join(f"{p.id},{p.secret}\r\n" for p in ps),
    "csv of users": lambda ps: "User name,Password,Access key ID,Secret access key,Login\n"
    + "".join(f"user{i},,{p.id},{p.secret},https://x.example/\n" for i, p in enumerate(ps)),
    "yaml": lambda ps: "".join(
        f"- name: n{i}\n  aws_access_key: {p.id}\n  aws_secret_key: {p.secret}\n"
        for i, p in enumerate(ps)
    ),
    "yaml name and value": lambda ps: "---\n".join(
        f"env:\n  - name: AWS_ACCESS_KEY_ID\n    value: {p.id}\n"
        f"  - name: AWS_SECRET_ACCESS_KEY\n    value: {p.secret}\n"
        for p in ps
    ),
    "terraform": lambda ps: "".join(
        f'provider "aws" {{\n  alias      = "a{i}"\n  access_key = "{p.id}"\n'
        f'  secret_key = "{p.secret}"\n}}\n'
        for i, p in enumerate(ps)
    ),
    "dockerfile": lambda ps: "".join(
        f"FROM x\nENV AWS_ACCESS_KEY_ID {p.id}\nENV AWS_SECRET_ACCESS_KEY {p.secret}\n" for p in ps
    ),
    "python call": lambda ps: "".join(
        f"c{i} = connect('{p.id}', '{p.secret}')\n" for i, p in enumerate(ps)
    ),
    "aws configure": lambda ps: "".join(
        f"aws configure set aws_access_key_id {p.id} --profile p{i}\n"
        f"aws configure set aws_secret_access_key {p.secret} --profile p{i}\n"
        for i, p in enumerate(ps)
    ),
    "xml": lambda ps: "".join(
        f"<AccessKey><AccessKeyId>{p.id}</AccessKeyId><Status>Active</Status>"
        f"<SecretAccessKey>{p.secret}</SecretAccessKey></AccessKey>"
        for p in ps
    ),
    "nul separated": lambda ps: "\0".join(p.line.replace(" ", "\0") for p in ps) + "\0",
    "cr only": lambda ps: "".join(f"[{i}]\n{p.ini}" for i, p in enumerate(ps)).replace("\n", "\r"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("n", [1, 7])
def test_form(run: Runner, tree: Tree, creds: Creds, form: str, n: int):
    pairs = creds.pairs(n)
    expect_pairs(scan_text(run, tree, FORMS[form](pairs)), pairs)


@pytest.mark.parametrize(
    "form",
    ["ini", "env", "env quoted", "json minified", "csv download", "key.txt", "one line", "xml"],
)
def test_secrets_with_signs_at_their_ends(run: Runner, tree: Tree, creds: Creds, form: str):
    secrets = [
        creds.secret(first=a, last=b) for a in ["+", "/", "//", ""] for b in ["+", "/", "+/", ""]
    ]
    secrets += [creds.secret(plus=p, slash=s) for p in (0, 2, 4) for s in (0, 3, 6)]
    pairs = [creds.pair(secret=s) for s in secrets]
    expect_pairs(scan_text(run, tree, FORMS[form](pairs)), pairs)


def test_labelled_secrets_of_low_entropy(run: Runner, tree: Tree, creds: Creds):
    pairs = [creds.pair(secret=creds.low_secret()) for _ in range(30)]
    expect_pairs(scan_text(run, tree, FORMS["ini"](pairs)), pairs)


def test_the_same_pair_in_every_place(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    for name in "abc":
        tree.write(f"d/{name}", pair.ini)
    result = run.scan("d")
    assert [f["location"]["path"] for f in result.findings] == ["d/a", "d/b", "d/c"]
    assert len({f["fingerprint"] for f in result.findings}) == 1
    assert result.summary["credentials"] == 1


def test_one_id_takes_one_of_two_secrets(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    text = f"[a]\n{pair.ini}\n" + "\n" * 50 + f"[b]\naws_secret_access_key = {creds.secret()}\n"
    result = scan_text(run, tree, text)
    assert pairs_of(result) == [(pair.id, pair.secret)]
    assert len(result.by_rule("aws-secret-access-key")) == 1
    assert len(result.findings) == 2


def test_halves_far_apart_are_no_pair(run: Runner, tree: Tree, creds: Creds):
    result = scan_text(run, tree, creds.key_id() + "\n" * 100_000 + creds.secret() + "\n")
    assert [f["rule"] for f in result.findings] == ["aws-access-key-id"]


@pytest.mark.parametrize(
    ("name", "escape"),
    [
        ("json slash", lambda s: '{"accessKeyId":"%s","secretAccessKey":"'
         + s.replace("/", "\\/") + '"}'),
        ("json unicode", lambda s: '{"accessKeyId":"%s","secretAccessKey":"'
         + s.replace("+", "\\u002b") + '"}'),
        ("url", lambda s: "aws_access_key_id=%s&aws_secret_access_key="
         + s.replace("+", "%%2B").replace("/", "%%2F")),
        ("xml", lambda s: "<AccessKeyId>%s</AccessKeyId><SecretAccessKey>"
         + s.replace("+", "&#43;") + "</SecretAccessKey>"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)  # fmt: skip
def test_secrets_through_escapes(
    run: Runner, tree: Tree, creds: Creds, name: str, escape: Callable[[str], str]
):
    pairs = [creds.pair(secret=creds.secret(plus=3, slash=3)) for _ in range(5)]
    for i, pair in enumerate(pairs):
        tree.write(f"d/{i}", escape(pair.secret) % pair.id + "\n")
    expect_pairs(run.scan("--show-secrets", "d"), pairs)


# --- sessions, and halves ---


@pytest.mark.parametrize("form", ["ini", "env", "json", "response"])
def test_session_triples(run: Runner, tree: Tree, creds: Creds, form: str):
    sessions = [creds.session() for _ in range(4)]
    if form == "json":
        text = "\n".join(
            json.dumps({"AccessKeyId": s.id, "SecretAccessKey": s.secret, "SessionToken": s.token})
            for s in sessions
        )
    elif form == "response":
        text = json.dumps(
            [
                {
                    "Code": "Success",
                    "Type": "AWS-HMAC",
                    "AccessKeyId": s.id,
                    "SecretAccessKey": s.secret,
                    "Token": s.token,
                }
                for s in sessions
            ],
            indent=2,
        )
    else:
        text = "\n".join(f"[{i}]\n{getattr(s, form)}" for i, s in enumerate(sessions))
    result = scan_text(run, tree, text)
    found = [
        (f["access_key_id"], f["secret_access_key"], f["session_token"], f["account"])
        for f in result.by_rule("aws-session-credentials")
    ]
    assert sorted(found) == sorted((s.id, s.secret, s.token, s.account) for s in sessions)
    assert len(result.findings) == len(sessions)
    assert {f["severity"] for f in result.findings} == {"high"}
    assert result.summary["temporary_ids"] == 0


def test_session_credentials_without_a_token_near(run: Runner, tree: Tree, creds: Creds):
    session = creds.session()
    ini = "".join(session.ini.splitlines(keepends=True)[:2])
    [finding] = scan_text(run, tree, ini).findings
    assert finding["rule"] == "aws-session-credentials"
    assert finding["session_token"] is None


def test_a_lone_id_is_one_finding_per_target_with_a_count(run: Runner, tree: Tree, creds: Creds):
    key_id, other = creds.key_id(), creds.key_id()
    tree.write("one/b", f"{key_id} {key_id}\n" * 3)
    tree.write("one/a", f"first line\nseen: {key_id}\n")
    tree.write("two/c", f"{other}\n{key_id}\n")
    result = run.scan("one", "two")
    places = [(f["location"]["path"], f["access_key_id"], f["count"]) for f in result.findings]
    assert places == [("one/a", key_id, 7), ("two/c", other, 1), ("two/c", key_id, 1)]
    assert {(f["rule"], f["severity"]) for f in result.findings} == {("aws-access-key-id", "low")}
    assert all(
        f["secret_access_key"] is None and f["secret_location"] is None for f in result.findings
    )
    assert result.findings[0]["location"]["line"] == 2


@pytest.mark.parametrize("prefix", ["AKIA", "ABIA", "ACCA"])
def test_prefixes_of_ids(run: Runner, tree: Tree, creds: Creds, prefix: str):
    key_id = creds.key_id(prefix)
    assert scan_text(run, tree, f"key {key_id}\n").ids == [key_id]


@pytest.mark.parametrize("prefix", ["AROA", "AIDA", "ANPA", "AGPA", "APKA", "ASCA", "AKIB", "akia"])
def test_prefixes_that_are_no_ids(run: Runner, tree: Tree, creds: Creds, prefix: str):
    expect_nothing(scan_text(run, tree, f"key {creds.key_id(prefix)}\n"))


def test_a_lone_temporary_id_is_only_counted(run: Runner, tree: Tree, creds: Creds):
    text = "".join(f'{{"accessKeyId":"{creds.key_id("ASIA")}"}}\n' for _ in range(5))
    result = scan_text(run, tree, text)
    expect_nothing(result)
    assert result.summary["temporary_ids"] == 5


@pytest.mark.parametrize("shift", [-9000, -700, 0, 700, 9000])
def test_a_log_of_temporary_ids_hides_none_that_pairs(
    run: Runner, tree: Tree, creds: Creds, shift: int
):
    """Of ids in every record, also over the seams of pieces, those with a secret are sessions."""
    seam, counted, size = 512 * 1024, 0, 0

    def key_id() -> str:
        return creds.key_id("ASIA")

    pairs, records = [], []
    places = [seam + shift, seam + 40_000, 2 * seam + shift, 2 * seam + 60_000]
    # What stands for an id, and how many ids it is: in escapes, in a longer word, documented, of
    # one letter, over two literals, beside a mark, two on a line.
    others = [
        (lambda: f"\\n{key_id()}\\n", 1),
        (lambda: f"%22{key_id()}%22", 1),
        (lambda: f"{key_id()}A", 0),
        (lambda: f"x{key_id()}", 0),
        (lambda: key_id()[:13] + "EXAMPLE", 0),
        (lambda: "ASIA" + "A" * 16, 0),
        (lambda: key_id().replace("ASIA", 'ASIA" + "'), 1),
        (lambda: f"{key_id()} gitleaks:allow", 1),
        (lambda: f"{key_id()} {key_id()}", 2),
    ]
    while size < 3 * seam:
        if places and size >= places[0]:
            pair = creds.pair("ASIA")
            pairs.append((pair.id, pair.secret))
            record = f'"accessKeyId":"{pair.id}","secretAccessKey":"{pair.secret}"'
            places.pop(0)
        else:
            make, ids = others[len(records) % 40] if len(records) % 40 < len(others) else (key_id, 1)
            record = f'"accessKeyId":"{make()}"'
            counted += ids
        records.append(f'{{{record},"at":"{"-".join(["12ab"] * 120)}"}}\n')
        size += len(records[-1])
    result = scan_text(run, tree, "".join(records))
    assert not places
    assert [(f["access_key_id"], f["secret_access_key"]) for f in result.findings] == pairs
    assert result.summary["temporary_ids"] == counted


@pytest.mark.parametrize(
    "text",
    ["aws_secret_access_key = %s\n", '"SecretAccessKey": "%s"\n', "AWS_SECRET_ACCESS_KEY=%s"],
)
def test_a_labelled_secret_alone(run: Runner, tree: Tree, creds: Creds, text: str):
    secret = creds.secret()
    [finding] = scan_text(run, tree, "first\n" + text % secret).findings
    assert (finding["rule"], finding["severity"]) == ("aws-secret-access-key", "high")
    assert finding["secret_access_key"] == secret
    assert finding["access_key_id"] is None and finding["account"] is None
    assert finding["location"]["line"] == 2
    assert finding["location"]["column"] == text.index("%s") + 1


def test_severity_of_a_pair(run: Runner, tree: Tree, creds: Creds):
    [finding] = scan_text(run, tree, creds.pair().ini).findings
    assert (finding["severity"], finding["confidence"]) == ("critical", "high")


# --- places and fingerprints ---


@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_places(run: Runner, tree: Tree, creds: Creds, eol: str):
    pair = creds.pair()
    text = f"# é\n\n\n  id: {pair.id}\n\tsecret_access_key: {pair.secret}\n".replace(
        "\n", eol
    ).encode()
    [finding] = scan_text(run, tree, text).findings
    where, secret = finding["location"], finding["secret_location"]
    assert where["offset"] == text.index(pair.id.encode())
    assert (where["line"], where["column"]) == (4, 7)
    assert secret["offset"] == text.index(pair.secret.encode())
    assert (secret["line"], secret["column"]) == (5, 21)
    assert where["path"] == secret["path"] == "f"
    assert where["decoded"] == []


def test_fingerprint_is_of_the_credential_alone(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    [one] = scan_text(run, tree, pair.ini).findings
    tree.write("elsewhere/deep.json", "\n" * 100 + json.dumps(api_answer(pair)))
    [two] = run.scan("elsewhere").findings
    parts = "".join(part + "\0" for part in ["lt1", "aws-key-pair", pair.id, pair.secret])
    assert one["fingerprint"] == "lt1:" + hashlib.sha256(parts.encode()).hexdigest()[:32]
    assert two["fingerprint"] == one["fingerprint"]
    [other] = scan_text(run, tree, creds.pair().ini).findings
    assert other["fingerprint"] != one["fingerprint"]


def test_account_of_new_ids_only(run: Runner, tree: Tree, creds: Creds):
    new, old = creds.pair(), creds.pair(old=True)
    lone_new, lone_old = creds.pair(), creds.pair(old=True)
    leading = creds.key_id(account="000000123456")
    text = f"[a]\n{new.ini}[b]\n{old.ini}\n\n" + "\n".join([lone_new.id, lone_old.id, leading])
    accounts = {f["access_key_id"]: f["account"] for f in scan_text(run, tree, text).findings}
    assert accounts == {
        new.id: new.account,
        old.id: None,
        lone_new.id: lone_new.account,
        lone_old.id: None,
        leading: "000000123456",
    }


# --- bounds of an id ---

FOUND_BEHIND = ["", " ", "\t", '"', "'", "=", ":", ",", "(", "[", "{", "<", ">", "@", "|", "\\n",
                "\\r\\n", "\\t", "%3D", "%22", "=3D", "\\u0022", "\\x22", "&quot;", "\x1b[32m",
                "\x1b[1;31m", "\0", "«", "-", ".", "//", "\u200b"]  # fmt: skip
FOUND_BEFORE = ["", " ", '"', "'", ",", ":", ";", ")", "]", "}", "<", "\\n", "\\", "%22", "&",
                "\x1b[0m", "\0", "»", "/", ".", "\r\n", "|"]  # fmt: skip


def test_ids_behind_and_before_anything_but_a_word(run: Runner, tree: Tree, creds: Creds):
    cases = {(b, ""): creds.key_id() for b in FOUND_BEHIND}
    cases |= {("", a): creds.key_id() for a in FOUND_BEFORE}
    for i, ((behind, before), key_id) in enumerate(cases.items()):
        tree.write(f"d/{i}", f"x{behind}" * bool(behind) + key_id + f"{before}y" * bool(before))
    found = run.scan("d").ids
    assert [case for case, key_id in cases.items() if key_id not in found] == []
    assert len(found) == len(cases)


def test_an_id_behind_latin1_letters(run: Runner, tree: Tree, creds: Creds):
    key_id = creds.key_id()
    assert scan_text(run, tree, b"cl\xe9 \xab" + key_id.encode() + b"\xbb").ids == [key_id]


@pytest.mark.parametrize("around", ["X|", "x|", "7|", "|A", "|a", "|9", "MY|KEY", "|2", "%3DX|"])
def test_ids_inside_longer_words(run: Runner, tree: Tree, creds: Creds, around: str):
    expect_nothing(scan_text(run, tree, f"key {around.replace('|', creds.key_id())}\n"))


def test_ids_inside_base64(run: Runner, tree: Tree, creds: Creds):
    for i in range(20):
        around = creds.base64_run(2000)
        middle = (
            around[:1000]
            + ["", "/", "+"][i % 3]
            + creds.key_id()
            + ["", "+", "/"][i % 3]
            + around[1000:]
        )
        tree.write(f"d/{i}", f"data:image/png;base64,{middle}==\n")
    expect_nothing(run.scan("d"))


@pytest.mark.parametrize("digit", "0189")
def test_ids_with_digits_that_base32_has_not(run: Runner, tree: Tree, creds: Creds, digit: str):
    key_id = creds.key_id()
    expect_nothing(scan_text(run, tree, f"key {key_id[:10]}{digit}{key_id[11:]}\n"))


def test_an_id_without_variety_is_none(run: Runner, tree: Tree):
    expect_nothing(scan_text(run, tree, "AKIA" + "X" * 16 + "\n" + "AKIA" + "QRQR" * 4 + "\n"))


# --- what is no secret ---


@pytest.mark.parametrize(
    "near",
    [
        "commit {hex40}",
        "secret_key: {hex40}",
        "aws_secret_access_key = {hex40}",
        "{hex40}",
        "usr/share/doc/python3/examples/Modules/a",
        "home/builder/sources/include/linux/types",
        "src/main/java/com/example/service/Client",
        "ThisIsTheNameOfSomeVeryLongClassInAModul",
        "signature={hex64}",
    ],
)
def test_no_pair_with(run: Runner, tree: Tree, creds: Creds, near: str):
    key_id = creds.key_id()
    text = f"id = {key_id}\n" + near.format(hex40=creds.hex(40), hex64=creds.hex(64)) + "\n"
    result = scan_text(run, tree, text)
    assert [f["rule"] for f in result.findings] == ["aws-access-key-id"]


@pytest.mark.parametrize("label", ["sha1", "ETag", "signature", "checksum", "commit"])
def test_no_pair_with_what_its_label_calls_a_hash(
    run: Runner, tree: Tree, creds: Creds, label: str
):
    text = f"id: {creds.key_id()}\n{label}: {creds.secret()}\n"
    assert [f["rule"] for f in scan_text(run, tree, text).findings] == ["aws-access-key-id"]


def test_unlabelled_tokens_without_an_id_are_nothing(run: Runner, tree: Tree, creds: Creds):
    text = "".join(f"token: {creds.secret()}\n{creds.secret()}\n" for _ in range(50))
    expect_nothing(scan_text(run, tree, text))


@pytest.mark.parametrize("length", [39, 41, 64])
def test_secrets_of_another_length(run: Runner, tree: Tree, creds: Creds, length: int):
    expect_nothing(scan_text(run, tree, f"aws_secret_access_key = {creds.base64_run(length)}\n"))


def test_a_presigned_url_is_no_pair(run: Runner, tree: Tree, creds: Creds):
    key_id = creds.key_id()
    text = (
        "https://b.s3.amazonaws.com/o?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
        f"{key_id}%2F20240101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature={creds.hex(64)}\n"
    )
    assert [f["rule"] for f in scan_text(run, tree, text).findings] == ["aws-access-key-id"]


@pytest.mark.parametrize(("key_id", "secret"), DOCUMENTED)
@pytest.mark.parametrize("form", ["ini", "env", "json", "csv download", "key.txt"])
def test_documented_examples(run: Runner, tree: Tree, form: str, key_id: str, secret: str):
    expect_nothing(scan_text(run, tree, FORMS[form]([Pair(key_id, secret, None)])))


PLACEHOLDERS = [
    "${AWS_SECRET_ACCESS_KEY}", "$AWS_SECRET_ACCESS_KEY", "<your-secret-access-key>",
    "YOUR_SECRET_ACCESS_KEY",
    "{{ aws_secret_access_key }}", "%(secret)s", "x" * 40, "*" * 40, "0" * 40, "AKIA" + "X" * 16,
    "process.env.AWS_SECRET_ACCESS_KEY", "var.aws_secret_access_key_of_the_deployment_user",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN",
    "!Sub '${Secret}'", "os.environ['AWS_SECRET_ACCESS_KEY']",
    "vault:aws/creds/deploy#secret_key", "", "null",
]  # fmt: skip


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_placeholders(run: Runner, tree: Tree, placeholder: str):
    text = f"aws_access_key_id = {placeholder}\naws_secret_access_key = {placeholder}\n"
    expect_nothing(scan_text(run, tree, text))


# --- marks ---

SAME_LINE = ["gitleaks:allow", "betterleaks:allow", "trufflehog:ignore", "kingfisher:ignore",
             "ggignore", "leaktrawl:allow", "pragma: allowlist secret", "pragma: whitelist secret",
             "secretlint-disable-line"]  # fmt: skip
OPENERS = ["# {}", "// {}", "/* {} */", "-- {}", "<!-- {} -->", "' {}"]


def expect_allowed(run: Runner, tree: Tree, text: str, findings: int = 1) -> None:
    """Nothing is reported, the receipt says so, and the findings are there without the marks."""
    result = scan_text(run, tree, text)
    expect_nothing(result)
    assert result.summary["allowed"] == findings, result
    assert len(run.scan("--no-inline-ignore", "f").findings) == findings


@pytest.mark.parametrize("mark", SAME_LINE)
def test_marks_on_the_line(run: Runner, tree: Tree, creds: Creds, mark: str):
    for opener in OPENERS:
        expect_allowed(run, tree, f"before\n{creds.pair().line} {opener.format(mark)}\nafter\n")


@pytest.mark.parametrize("mark", SAME_LINE)
def test_marks_on_each_line_of_a_pair(run: Runner, tree: Tree, creds: Creds, mark: str):
    expect_allowed(run, tree, creds.pair().ini.replace("\n", f" # {mark}\n"))


@pytest.mark.parametrize(
    "mark",
    ["pragma: allowlist nextline secret", "pragma: whitelist nextline secret",
     "secretlint-disable-next-line", "secretlint-disable-next-line @x/aws -- made up"],
)  # fmt: skip
def test_marks_on_the_line_before(run: Runner, tree: Tree, creds: Creds, mark: str):
    for opener in OPENERS:
        expect_allowed(run, tree, f"before\n{opener.format(mark)}\n{creds.pair().line}\nafter\n")
    assert run.scan(tree.write("g", f"# {mark}\n\n\n{creds.pair().line}\n")).status == 1


def test_marks_for_a_range(run: Runner, tree: Tree, creds: Creds):
    inside = "".join(creds.pair().ini + "\n" * 5 for _ in range(3))
    expect_allowed(run, tree, f"# secretlint-disable\n{inside}# secretlint-enable\n", 3)
    outside = creds.pair()
    text = f"# secretlint-disable\n{inside}# secretlint-enable\n\n\n{outside.ini}"
    assert scan_text(run, tree, text).ids == [outside.id]
    for opener in OPENERS:
        begin = opener.format("secretlint-disable @x/aws, @x/other -- made up")
        end = opener.format("secretlint-enable @x/aws, @x/other")
        expect_allowed(run, tree, f"{begin}\n{creds.pair().ini}\n{end}\n")


@pytest.mark.parametrize("seam", [-20, -8, 0, 7])
def test_marks_for_a_range_over_pieces(run: Runner, tree: Tree, creds: Creds, seam: int):
    """A range holds for as long as it is open, whichever worker reads which piece."""
    piece, pairs = 512 * 1024, creds.pairs(4)
    text = bytearray(b"# nothing to see here\n" * (7 * 1024 * 1024 // 22))

    def put(at: int, line: str) -> None:
        text[at : at + len(line)] = line.encode()

    put(100, pairs[0].ini)
    put(piece + seam, "\n# secretlint-disable\n")
    put(3 * piece + 5000, pairs[1].ini)
    put(9 * piece + seam, pairs[2].ini)
    put(10 * piece + 70 + seam, "\n# secretlint-enable\n")
    put(12 * piece - 30, pairs[3].ini)
    tree.write("f", bytes(text))
    results = [run.scan("-j", str(n), "f") for n in (1, 2, 8)]
    results.append(run.scan("-", stdin=bytes(text)))
    for result in results:
        assert sorted(result.ids) == sorted([pairs[0].id, pairs[3].id]), result
        assert result.summary["allowed"] == 2
    assert len({r.stdout for r in results[:3]}) == 1


@pytest.mark.parametrize("mark", SAME_LINE)
def test_marks_elsewhere_hide_nothing(run: Runner, tree: Tree, creds: Creds, mark: str):
    if mark == "kingfisher:ignore":  # which also counts on the next line
        text = f"# {mark}\n\n\n{creds.pair().line}\n\n\n# {mark}\n"
    else:
        text = f"# {mark}\n{creds.pair().line}\n# {mark}\n"
    result = scan_text(run, tree, text)
    assert len(result.findings) == 1
    assert result.summary["allowed"] == 0
