"""Halves of a credential in files of one folder, one value a file."""

from __future__ import annotations

import pytest

from conftest import Runner, Tree
from creds import Creds

NAMES = [
    ("access_key", "secret_key"),
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ("aws_access_key_id", "aws_secret_access_key"),
    ("accesskey", "secretkey"),
    ("access-key.txt", "secret-key.txt"),
    ("..2026_01_01/access_key", "..2026_01_01/secret_key"),
]


def write_pair(tree: Tree, creds: Creds, id_name: str, secret_name: str, end: str = ""):
    pair = creds.pair()
    tree.write(id_name, pair.id + end)
    tree.write(secret_name, pair.secret + end)
    return pair


@pytest.mark.parametrize("names", NAMES, ids="/".join)
@pytest.mark.parametrize("end", ["", "\n", "\r\n", " \n\n"], ids=repr)
def test_names_of_mounted_secrets(
    run: Runner, tree: Tree, creds: Creds, names: tuple[str, str], end: str
):
    pair = write_pair(tree, creds, f"m/{names[0]}", f"m/{names[1]}", end)
    tree.write("m/region", "eu-west-1\n")
    result = run.scan("--show-secrets", "m")
    [finding] = result.findings
    assert finding["rule"] == "aws-key-pair"
    assert finding["confidence"] == "medium"
    assert (finding["access_key_id"], finding["secret_access_key"]) == (pair.id, pair.secret)
    assert finding["location"]["path"] == f"m/{names[0]}"
    assert finding["secret_location"]["path"] == f"m/{names[1]}"
    assert finding["count"] == 1
    assert (result.status, result.summary["files"]) == (1, 3)
    assert result.summary["bytes"] == 60 + 2 * len(end) + 10


def test_names_that_say_nothing_pair_at_low_confidence(run: Runner, tree: Tree, creds: Creds):
    write_pair(tree, creds, "m/one", "m/two")
    [finding] = run.scan("m").findings
    assert (finding["rule"], finding["confidence"]) == ("aws-key-pair", "low")


def test_a_place_behind_white_space_and_quotes(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    tree.write("m/access_key", f'\ufeff\r\n\n  "{pair.id}"\n')
    tree.write("m/secret_key", f"'{pair.secret}'")
    [finding] = run.scan("m").findings
    where, secret = finding["location"], finding["secret_location"]
    assert (where["line"], where["column"], where["offset"]) == (3, 4, 9)
    assert (secret["line"], secret["column"], secret["offset"]) == (1, 2, 1)


def test_stems_of_names_tell_several_pairs_apart(run: Runner, tree: Tree, creds: Creds):
    pairs = {
        stem: write_pair(tree, creds, f"m/{stem}access_key", f"m/{stem}secret_key")
        for stem in ["", "prod_", "backup_", "dev_"]
    }
    result = run.scan("--show-secrets", "m")
    assert len(result.findings) == 4
    for finding in result.findings:
        stem = finding["location"]["path"].removeprefix("m/").removesuffix("access_key")
        pair = pairs[stem]
        assert (finding["access_key_id"], finding["secret_access_key"]) == (pair.id, pair.secret)
        assert finding["secret_location"]["path"] == f"m/{stem}secret_key"


def test_session_credentials(run: Runner, tree: Tree, creds: Creds):
    session = creds.session()
    tree.write("m/AWS_ACCESS_KEY_ID", session.id)
    tree.write("m/AWS_SECRET_ACCESS_KEY", session.secret)
    result = run.scan("m")
    [finding] = result.findings
    assert finding["rule"] == "aws-session-credentials"
    assert finding["session_token"] is None
    tree.write("m/AWS_SESSION_TOKEN", session.token)
    result = run.scan("--show-secrets", "m")
    [finding] = result.findings
    assert finding["session_token"] == session.token
    assert result.summary["temporary_ids"] == 0


@pytest.mark.parametrize("kind", ["other folder", "two ids", "two secrets", "other stems"])
def test_what_is_not_clear_is_not_paired(run: Runner, tree: Tree, creds: Creds, kind: str):
    pair = creds.pair()
    tree.write("m/one", pair.id)
    if kind == "other folder":
        tree.write("m/below/two", pair.secret)
    elif kind == "two ids":
        tree.write("m/two", pair.secret)
        tree.write("m/three", creds.key_id())
    elif kind == "two secrets":
        tree.write("m/two", pair.secret)
        tree.write("m/three", creds.pair().secret)
    else:
        (tree / "m/one").rename(tree / "m/prod_access_key")
        tree.write("m/dev_secret_key", pair.secret)
    result = run.scan("m")
    assert not result.by_rule("aws-key-pair")
    ids = result.by_rule("aws-access-key-id")
    assert len(ids) == len(result.findings) == (2 if kind == "two ids" else 1)
    assert result.summary["files"] == (2 if kind in ("other folder", "other stems") else 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret_key", "4f1c0a2b9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f40"),
        ("secret_key", "X" * 40),
        ("secret_key", "thisIsTheNameOfSomeVeryLongClassOrModule"),
        ("github_token", None),
        ("api_key", None),
        ("sha1", None),
    ],
)
def test_what_is_no_secret_is_not_paired(
    run: Runner, tree: Tree, creds: Creds, name: str, value: str | None
):
    pair = creds.pair()
    tree.write("m/access_key", pair.id)
    tree.write(f"m/{name}", value or pair.secret)
    result = run.scan("m")
    assert [f["rule"] for f in result.findings] == ["aws-access-key-id"]


def test_a_lone_id_elsewhere_stays(run: Runner, tree: Tree, creds: Creds):
    pair = write_pair(tree, creds, "m/access_key", "m/secret_key")
    tree.write("log", f"{pair.id}\n{pair.id}\n")
    result = run.scan(".")
    assert [(f["rule"], f["count"]) for f in result.findings] == [
        ("aws-access-key-id", 2),
        ("aws-key-pair", 1),
    ]
    assert result.findings[0]["location"]["path"].endswith("log")


def test_files_of_a_list_and_two_targets(run: Runner, tree: Tree, creds: Creds):
    write_pair(tree, creds, "access_key", "secret_key")
    for args, stdin in [
        (["--files-from", "-"], b"access_key\nsecret_key\n"),
        (["secret_key", "access_key"], b""),
    ]:
        [finding] = run.scan(*args, stdin=stdin).findings
        assert finding["rule"] == "aws-key-pair"


def test_the_same_for_any_number_of_workers(run: Runner, tree: Tree, creds: Creds):
    for i in range(300):
        stem = ["", "prod_"][i % 2]
        write_pair(tree, creds, f"m/{i // 3}/{stem}access_key", f"m/{i // 3}/{stem}secret_key")
    reports = {run.scan(jobs, "m").stdout for jobs in ["-j1", "-j3", "-j8"]}
    assert len(reports) == 1
    # Two of each three of 0..299 share a folder and a name, and the later one is on disk.
    assert run.scan("m").summary["by_rule"]["aws-key-pair"] == 200


def test_more_than_are_kept_back(run: Runner, tree: Tree, creds: Creds, no_sanitizer):
    """Far more than the limit: all is reported, the same by any number of workers."""
    keys = [creds.key_id() for _ in range(10_000)]
    secret = creds.pair().secret
    for i, key in enumerate(keys):
        tree.write(f"m/{i:05}/access_key", key)
    tree.write("m/00000/secret_key", secret)
    tree.write("m/09999/secret_key", secret)
    results = [run.scan(jobs, "m") for jobs in ["-j1", "-j8"]]
    assert results[0].stdout == results[1].stdout
    assert sorted(results[0].ids) == sorted(keys)
    assert [f["location"]["path"] for f in results[0].by_rule("aws-key-pair")] == [
        "m/00000/access_key"
    ]
    assert results[0].summary["complete"] is False
