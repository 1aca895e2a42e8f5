"""`leaktrawl show`: one credential with the lines round it, and nothing secret in them."""

from __future__ import annotations

import base64
import gzip
import re

import pytest

from archives import tar, zipped
from conftest import Runner, Tree
from creds import Creds, Pair
from hostile import check_clean
from s3_servers import Scripted


def fingerprint(run: Runner, *targets: str) -> str:
    return run.scan(*targets).findings[0]["fingerprint"]


def test_the_lines_round_it(run: Runner, tree: Tree, creds: Creds):
    pair, other = creds.pairs(2)
    before = "".join(f"line {i} of words\n" for i in range(5))
    tree.write("conf/f", f"{before}{pair.ini}after\nmore\nlast\n\n\n\n\n\n\n[x]\n{other.ini}")
    found = {f["access_key_id"]: f["fingerprint"] for f in run.scan().findings}
    result = run("show", found[pair.id])
    assert result.status == 0
    text = result.stdout.decode()
    assert f"aws_access_key_id = {pair.id}\n" in text
    assert f"aws_secret_access_key = {pair.secret[:4]}…\n" in text
    assert "line 3 of words" in text and "line 2 of words" not in text
    assert "more" in text and "last" not in text
    assert other.id not in text
    assert run("show", found[pair.id][:12]).stdout == result.stdout
    assert run("show", found[pair.id][4:14], "conf").status == 0


@pytest.mark.parametrize(
    "form",
    ["{p.id}:{p.secret}:{q.secret}", "{p.ini}{q.secret}\n", "K={p.id};S='{p.secret}'//{q.secret}",
     '{{"AccessKeyId": "{p.id}", "SecretAccessKey": "{escaped}", "x": "{q.secret}"}}',
     'id = "{p.id}"\naws_secret = "{a}" +\n  "{b}"\n', "{encoded}"],
)  # fmt: skip
def test_no_secret_of_anyone_is_in_the_lines(run: Runner, tree: Tree, creds: Creds, form: str):
    p, q = creds.pair(secret=creds.secret(slash=2)), creds.pair()
    tree.write(
        "f",
        form.format(
            p=p, q=q, a=p.secret[:20], b=p.secret[20:], escaped=p.secret.replace("/", "\\/"),
            encoded=base64.b64encode(p.ini.encode()).decode(),
        ),
    )  # fmt: skip
    scanned = [f for f in run.scan("f").findings if f["access_key_id"] == p.id]
    shown = run("show", scanned[0]["fingerprint"], "f").stdout
    for secret in [p.secret, q.secret]:
        for at in range(4, 33):
            assert secret[at : at + 8].encode() not in shown


@pytest.mark.parametrize("packed", [False, True])
def test_the_lines_of_history(run: Runner, tree: Tree, creds: Creds, packed: bool):
    repo, pair = tree.repo("a/repo"), creds.pair()
    repo.commit({"f": f"first\nsecond\nthird\n{pair.ini}after\n"})
    repo.commit({"f": None})
    if packed:
        repo.git("gc", "-q")
    for target in ("a/repo", "a"):
        text = run("show", fingerprint(run, target), target).stdout.decode()
        assert "in the history: git show " in text
        assert f"aws_access_key_id = {pair.id}\n" in text
        assert "third\n" in text and "first" not in text and "after" in text
        assert pair.secret not in text and f"{pair.secret[:4]}…" in text
    assert run("show", fingerprint(run, "a"), "a").status == 0


def check_lines(text: str, pair: Pair) -> None:
    """Of FORM: the two lines above the id, the id, what is left of the secret, and the end."""
    assert f"aws_access_key_id = {pair.id}\n" in text
    assert "third\n" in text and "first" not in text
    assert pair.secret not in text and f"{pair.secret[:4]}…" in text


FORM = "first\nsecond\nthird\n{}after\n"


ARCHIVES = {
    "a b.tgz": lambda text: tar({"other": b"x", "conf/aws!.ini": text}, "w:gz"),
    "site.zip": lambda text: zipped({"in/ner.tar.gz": tar({"aws.ini": text}, "w:gz")}),
    "log.gz": gzip.compress,
    # Large enough to be cut into pieces, of which the last but one holds it.
    "large.tar": lambda text: tar({"f": b"x\n" * 1_000_000 + text + b"x\n" * 300_000}),
    "wei!rd/x!y.tar": lambda text: tar({"f": text}),
}


@pytest.mark.parametrize("jobs", ["-j1", "-j4"])
@pytest.mark.parametrize("name", ARCHIVES)
def test_the_lines_of_a_member(run: Runner, tree: Tree, creds: Creds, name: str, jobs: str):
    pair = creds.pair()
    tree.write(f"t/{name}", ARCHIVES[name](FORM.format(pair.ini).encode()))
    tree.write("t/beside", creds.pair().ini)
    found = {f["access_key_id"]: f for f in run.scan("t").findings}[pair.id]
    text = run("show", jobs, found["fingerprint"], "t").stdout.decode()
    assert f"\n{found['location']['path']}:{found['location']['line']}:" in text
    assert "nothing that could be shown" not in text
    check_lines(text, pair)


def test_a_member_that_is_gone_when_it_is_read_again(run: Runner, tree: Tree, creds: Creds):
    """Standard input can be read only once, be it an archive or not."""
    pair = creds.pair()
    text = FORM.format(pair.ini).encode()
    for stdin in (text, tar({"f": text}, "w:gz")):
        found = run.scan("-", stdin=stdin).findings[0]
        result = run("show", found["fingerprint"], "-", stdin=stdin)
        assert result.status == 0 and result.stdout.endswith(
            b"\n  nothing that could be shown: it can be read only once\n"
        )
        assert pair.secret.encode() not in result.stdout


def test_the_lines_of_a_bundle(run: Runner, tree: Tree, creds: Creds):
    repo, pair = tree.repo("repo"), creds.pair()
    repo.commit({"f": FORM.format(pair.ini)})
    tree.mkdir("b")
    repo.git("bundle", "create", "-q", str(tree / "b/b.bundle"), "main")
    text = run("show", fingerprint(run, "b"), "b").stdout.decode()
    assert "in the history: git show " in text
    check_lines(text, pair)


def test_a_name_in_history_with_a_mark(run: Runner, tree: Tree, creds: Creds):
    repo, pair = tree.repo("repo"), creds.pair()
    repo.commit({"wow!.ini": FORM.format(pair.ini)})
    repo.commit({"wow!.ini": None})
    check_lines(run("show", fingerprint(run, "repo"), "repo").stdout.decode(), pair)


def test_an_archive_in_history_is_named(run: Runner, tree: Tree, creds: Creds):
    repo = tree.repo("repo")
    repo.commit({"a.tgz": tar({"f": creds.pair().ini.encode()}, "w:gz")})
    repo.commit({"a.tgz": None})
    result = run("show", fingerprint(run, "repo"), "repo")
    assert result.status == 0
    assert b"nothing that could be shown: it lies in an archive in the history" in result.stdout


def test_the_lines_of_an_object(run: Runner, scripted: Scripted, creds: Creds):
    plain, inside = creds.pairs(2)
    scripted.objects = {
        "conf/a é.ini": FORM.format(plain.ini).encode(),
        "conf/a é.ini.old": b"nothing",
        "conf/b.tgz": tar({"f": FORM.format(inside.ini).encode()}, "w:gz"),
    }
    found = run.scan("s3://scripted", env=scripted.env).findings
    for pair in (plain, inside):
        [one] = [f["fingerprint"] for f in found if f["access_key_id"] == pair.id]
        before = len(scripted.requests)
        text = run("show", one, "s3://scripted/conf/", env=scripted.env).stdout.decode()
        check_lines(text, pair)
        read = [r.key for r in scripted.requests[before:] if r.key]
        assert len(read) == len(scripted.objects) + 1, "all of them, and the one again"


def test_a_neighbour_in_short_pieces(run: Runner, tree: Tree, creds: Creds):
    """Pieces with both cases and digits are masked as whole secrets are; dates and words are not."""
    pair = creds.pair()
    pieces = ["aB3defGh1", "Xy7/Zabc", "Q1+wErTy2u"]
    tree.write("f", f"'{pieces[0]}' . '{pieces[1]}' 2024-05-31\n{pair.ini}AccessKeyId '{pieces[2]}'\n")
    text = run("show", fingerprint(run, "f"), "f").stdout.decode()
    for piece in pieces:
        assert f"{piece[:4]}…" in text and piece not in text
    assert "2024-05-31" in text and "AccessKeyId" in text


def test_by_its_id(run: Runner, tree: Tree, creds: Creds):
    """As the text report names it; all that it stands with."""
    pair, other, beside = creds.pairs(3)
    tree.write("one", pair.ini)
    tree.write("two", other.ini)
    assert run("show", pair.id).stdout == run("show", fingerprint(run, "one")).stdout
    tree.write("three", f"aws_access_key_id = {pair.id}\naws_secret_access_key = {beside.secret}\n")
    text = run("show", pair.id).stdout.decode()
    assert re.findall(r"^(\w+):1:21$", text, re.MULTILINE) == ["one", "three"]
    assert other.id not in text
    assert run("show", other.id[:19]).status == 2


@pytest.mark.parametrize("typed", ["lt1:" + "0" * 32, "zz", "", "lt1:", "abc"])
def test_what_is_no_fingerprint(run: Runner, tree: Tree, creds: Creds, typed: str):
    tree.write("f", creds.pair().ini)
    result = run("show", typed, "f")
    assert (result.status, result.stdout) == (2, b"")
    assert "fingerprint" in result.stderr_line()


def test_hostile_lines_are_escaped(run: Runner, tree: Tree, creds: Creds):
    tree.write("f", f"\x1b[2J\x9b\xff{creds.pair().line}\x07\n\x1b]0;x\x07\n")
    result = run("show", fingerprint(run, "f"), "f")
    check_clean(result.stdout)
