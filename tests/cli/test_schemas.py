"""Reports of every kind of scan against the schemas that SARIF's and GitLab's readers publish."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable

import pytest

import published
from archives import tar
from conftest import Runner, Tree
from creds import Creds
from hostile import fill
from s3_servers import Server
from schemas import check_gitlab, check_sarif
from sts_server import Sts

FORMS = {"sarif": (published.SARIF, check_sarif), "gitlab": (published.GITLAB, check_gitlab)}


@dataclass
class Scan:
    """How to run it and how many findings, at least, the report must have."""

    args: list[str]
    found: int
    env: dict[str, str] = field(default_factory=dict)
    status: int = 1


def clean(tree: Tree, creds: Creds, _: Any) -> Scan:
    tree.write("t/plain", "nothing\n")
    return Scan(["t"], 0, status=0)


def many(tree: Tree, creds: Creds, _: Any) -> Scan:
    fill(tree, creds)
    return Scan(["t"], 10)


def history(tree: Tree, creds: Creds, _: Any) -> Scan:
    repo = tree.repo("t")
    repo.commit({"gone é.ini": creds.pair().ini}, message="ключ\n\n\x01")
    repo.commit({"gone é.ini": None})
    return Scan(["--sarif-history", "t"], 1)


def member(tree: Tree, creds: Creds, _: Any) -> Scan:
    tree.write("t/a b.tgz", tar({"con f/aws!#?.ini": creds.pair().ini.encode()}, "w:gz"))
    return Scan(["t"], 1)


def incomplete(tree: Tree, creds: Creds, _: Any) -> Scan:
    tree.write("t/a", creds.pair().ini)
    return Scan(["t", "gone"], 1)


def suppressed(tree: Tree, creds: Creds, _: Any) -> Scan:
    tree.write("t/a", f"{creds.pair().line} # leaktrawl:allow\n")
    return Scan(["t"], 0, status=0)


def stream(tree: Tree, creds: Creds, _: Any) -> Scan:
    return Scan(["-"], 1)


def bucket(tree: Tree, creds: Creds, request: pytest.FixtureRequest) -> Scan:
    server: Server = request.getfixturevalue("moto_server")
    server.fill("schemas", {"a b/ключ.txt": creds.pair().ini})
    return Scan(["s3://schemas"], 1, env=server.env)


def verified(tree: Tree, creds: Creds, request: pytest.FixtureRequest) -> Scan:
    server: Sts = request.getfixturevalue("sts")
    bundle = request.getfixturevalue("authority").bundle
    live, dead = creds.pairs(2)
    server.know(live, f"arn:aws:iam::{live.account}:user/ci/deploy")
    tree.write("t/a", live.ini)
    tree.write("t/b", dead.ini)
    env = {"AWS_CA_BUNDLE": str(bundle), "AWS_ENDPOINT_URL_STS": server.url}
    return Scan(["--verify", "--verify-rps", "1000", "t"], 2, env=env)


KINDS = [clean, many, history, member, incomplete, suppressed, stream, bucket, verified]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_published_schema_takes_it(
    run: Runner,
    tree: Tree,
    creds: Creds,
    request: pytest.FixtureRequest,
    form: str,
    kind: Callable[..., Scan],
):
    origin, check = FORMS[form]
    schema = published.published(origin)
    if not schema:
        pytest.skip(f"{origin.name} is not in build/schemas: make schemas could not reach it")
    scan = kind(tree, creds, request)
    stdin = creds.pair().ini.encode() if kind is stream else None
    result = run("scan", "-f", form, *scan.args, env=scan.env, stdin=stdin)
    assert result.status == scan.status, result
    document = check(result.stdout)
    found = document["results" if form == "sarif" else "vulnerabilities"]
    assert len(found) >= scan.found and bool(found) == bool(scan.found)


@pytest.mark.parametrize("form", FORMS)
def test_the_published_schema_refuses_what_is_wrong(form: str):
    """It is read and obeyed at all."""
    schema = published.published(FORMS[form][0])
    if not schema:
        pytest.skip("make schemas could not reach it")
    with pytest.raises(published.jsonschema.ValidationError):
        published.validate({"version": "2.1.0", "runs": [{}], "scan": {}}, schema)
