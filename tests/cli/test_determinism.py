"""The same input gives the same bytes, for any number of threads and any run."""

from __future__ import annotations

import os

import pytest

from conftest import Runner, Tree
from creds import Creds
from planted import FILLER_LINE, MIB, million_ids, plant


def fill(tree: Tree, creds: Creds) -> None:
    """Several hundred files with every kind of finding, error and skip, and a repository."""
    shared, again = creds.key_id(), creds.pair()
    for i in range(400):
        folder = f"t/{i % 7}/{i % 11}/" + "n/" * (i % 5)
        text = "# some text\n" * (i % 40)
        if i % 2:
            text += f"[p]\n{creds.pair().ini}\n"
        if i % 3 == 0:
            text += f"seen: {shared}\n" * (i % 4)
        if i % 5 == 0:
            text += f"\n\n\n\n\n\n[again]\n{again.ini}"
        if i % 7 == 0:
            text += f"\n\n\n[session]\n{creds.session().ini}"
        if i % 11 == 0:
            text += f"\n\n\naws_secret_access_key = {creds.secret()}  # leaktrawl:allow\n"
        tree.write(f"{folder}f{i}", text)
    for i in range(3):
        offsets = [creds.random.randrange(6 * MIB) // 1024 * 1024 for _ in range(50)]
        tree.write(f"t/large{i}", plant(creds, 6 * MIB, sorted(set(offsets)))[0])
    tree.write(b"t/\xff\xfe", creds.pair().ini)
    tree.write("t/control\x1b[31m\r\n", creds.pair().ini)
    tree.link("t/link", "large0")
    tree.fifo("t/fifo")
    tree.write("t/one-line", FILLER_LINE.replace(b"\n", b" ") * 1000 + creds.pair().line.encode())
    repo = tree.repo("t/repo")
    for i in range(30):
        repo.commit(
            {f"a{i % 4}": f"{i}\n{creds.pair().ini}", "log": f"{shared} {i}\n"}, f"commit {i}"
        )
    repo.hash_object(creds.pair().ini)


@pytest.mark.parametrize("form", ["jsonl", "text"])
def test_any_number_of_threads(run: Runner, tree: Tree, creds: Creds, form: str):
    fill(tree, creds)
    options = ["--format", form, "--color", "always", "t", "gone"]
    one = run("scan", "-j1", *options)
    assert one.status == 1
    assert len(one.stdout.splitlines()) > 300
    for jobs in ["-j8", "-j8", "-j3", "-j2"]:
        other = run("scan", jobs, *options)
        assert other.stdout == one.stdout, jobs
        assert (other.status, other.stderr) == (one.status, one.stderr)


def test_any_order_of_the_folder(run: Runner, tree: Tree, creds: Creds):
    """Files made in another order, and so listed in another order, give the same report."""
    names = [f"t/{i:03d}" for i in range(200)]
    content = {name: creds.pair().ini for name in names}
    reports = []
    for order in [names, list(reversed(names))]:
        for name in order:
            tree.write(name, content[name])
        reports.append(run.scan("t").stdout)
        for name in order:
            os.unlink(tree / name)
    assert reports[0] == reports[1]


def test_history_does_not_depend_on_how_it_is_stored(run: Runner, tree: Tree, creds: Creds):
    repo = tree.repo()
    for i in range(20):
        repo.commit({f"f{i % 3}": "\n" * 100 + f"{i}\n{creds.pair().ini}"})
    loose = run.scan("-j1", "repo").findings
    assert len(loose) == 20
    repo.git("repack", "-adq")
    for jobs in ["-j1", "-j8"]:
        assert run.scan(jobs, "repo").findings == loose


def test_jobs_are_the_processors_by_default(run: Runner, tree: Tree, creds: Creds):
    tree.write("f", creds.pair().ini)
    assert run.scan("f").stdout == run.scan("-j", "1", "f").stdout == run.scan("-j4", "f").stdout


def test_what_a_limit_cuts_away_does_not_depend_on_threads(
    run: Runner, tree: Tree, creds: Creds, no_sanitizer
):
    """More different ids than a report may hold: the same ones are kept, and the cut is told."""
    for i in range(4):
        tree.write(f"t/{i}", b"\n".join(million_ids(creds, 60_000)))
    reports = [run.scan(jobs, "t") for jobs in ["-j1", "-j8"]]
    assert reports[0].stdout == reports[1].stdout
    assert reports[0].summary["complete"] is (len(reports[0].findings) == 240_000)
