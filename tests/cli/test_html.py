"""The HTML page, as it is written and as headless Chromium shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import Runner, Tree
from creds import Creds
from hostile import fill
from pages import browse, check_loads_nothing, check_picture, data_of

TIME = {"SOURCE_DATE_EPOCH": "1700000000"}


def page_of(run: Runner, *args: str) -> bytes:
    return run("scan", "--format", "html", *args, env=TIME).stdout


# --- as it is written ---


def test_it_is_one_page_that_loads_nothing(run: Runner, tree: Tree, creds: Creds):
    fill(tree, creds)
    page = page_of(run, "t", "gone").decode()
    check_loads_nothing(page)
    assert not re.search("https?://", page)


def test_its_data_are_the_records_of_json_lines(run: Runner, tree: Tree, creds: Creds):
    fill(tree, creds)
    page = page_of(run, "t", "gone").decode()
    data = data_of(page)
    lines = run.scan("t", "gone")
    assert (data["findings"], data["errors"]) == (lines.findings, lines.errors)
    assert data["summary"] == lines.summary
    assert data["ended"] == "2023-11-14T22:13:20Z"
    assert (data["stories"], data["trail"]) == ([], None)


def test_names_cannot_leave_their_place(run: Runner, tree: Tree, creds: Creds):
    fill(tree, creds)
    page = page_of(run, "t").decode()
    assert "alert(1)" in page and "<script>alert" not in page
    assert page.count("</script>") == 2 and page.count("</noscript>") == 1


def test_the_table_without_scripts_holds_every_finding(run: Runner, tree: Tree, creds: Creds):
    fill(tree, creds)
    page = page_of(run, "t").decode()
    table = re.search("<noscript>(.*)</noscript>", page, re.S)[1]
    assert table.count("<tr>") == 1 + len(run.scan("t").findings)


def test_secrets_only_where_asked(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    tree.write("f", pair.ini)
    assert pair.secret[5:] not in page_of(run, "f").decode()
    shown = page_of(run, "--show-secrets", "f").decode()
    assert pair.secret in shown and "holds whole secrets" in shown


# --- as it is shown ---


def test_it_shows_every_credential(run: Runner, tree: Tree, creds: Creds, tmp_path: Path):
    fill(tree, creds)
    found = run.scan("t", "gone")
    dom = browse(tmp_path, page_of(run, "t", "gone"))
    assert len(dom.texts["item"]) == found.summary["credentials"]
    assert set(filter(None, found.ids)) <= set(dom.texts["id"])
    assert "not complete" in dom.texts["alarm"][0]
    assert "gone" in dom.texts["unread"][0]
    assert any("in history only" in text for text in dom.texts["tags"])
    assert not [tag for tag, _ in dom.tags if tag == "b" and "alert" in str(_)]
    assert dom.texts["headline"] == [f"{found.summary['credentials']} leaked credentials"
                                     f" of {len({f['account'] for f in found.findings} - {None})}"
                                     " AWS accounts"]  # fmt: skip


def test_a_timeline_for_what_git_knows(run: Runner, tree: Tree, creds: Creds, tmp_path: Path):
    repo = tree.repo("repo")
    gone, kept = creds.pairs(2)
    dates = {"GIT_AUTHOR_DATE": "2021-03-04T12:00:00Z"}
    repo.write("gone", gone.ini)
    repo.write("kept", kept.ini)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "x", env=dates)
    repo.git("rm", "-q", "gone")
    repo.git("commit", "-q", "-m", "y", env={"GIT_AUTHOR_DATE": "2022-03-04T12:00:00Z"})
    dom = browse(tmp_path, page_of(run, "repo"))
    assert len(dom.texts["line"]) == 2
    [kept_line, gone_line] = dom.texts["line"]
    assert "first committed 2021-03-04, still there" in kept_line
    assert "in the history since" in gone_line
    styles = {a["class"]: a["style"] for t, a in dom.tags if t == "i"}
    assert "width: 100%" in styles["past"]


@pytest.mark.parametrize(
    ("script", "items"),
    [
        ("search('nothing-like-it')", 0),
        ("search(document.querySelector('.id').textContent)", 1),
        ("press('low')", 1),
        ("press('low'); press('low')", 4),
        ("press('low'); press('critical')", 1),
        ("choose('order', 'account')", 4),
        ("choose('account', '')", 1),
    ],
)
def test_search_and_filters(
    run: Runner, tree: Tree, creds: Creds, tmp_path: Path, script: str, items: int
):
    one, two = creds.pairs(2)
    tree.write("a", one.ini)
    tree.write("b", two.ini)
    tree.write("c", creds.key_id())
    tree.write("d", f"aws_secret_access_key = {creds.secret()}\n")
    dom = browse(
        tmp_path,
        page_of(run, "."),
        addition="""
        const fire = (node, type) => node.dispatchEvent(new Event(type));
        const at = (id) => document.getElementById(id);
        const search = (text) => { at("search").value = text; fire(at("search"), "input"); };
        const choose = (id, value) => { at(id).value = value; fire(at(id), "change"); };
        const press = (name) => [...document.querySelectorAll(".chip")]
          .find((chip) => chip.textContent.startsWith(name)).click();
        """
        + script,
    )
    shown = len(dom.texts.get("item", []))
    if "press('critical')" in script:
        items = 3
    assert shown == items
    if shown < 4:
        assert dom.texts["shown"] == [f"{items} of 4 credentials"]


def test_details_tell_what_to_do(run: Runner, tree: Tree, creds: Creds, tmp_path: Path):
    pair = creds.pair()
    for i in range(3):
        tree.write(f"t/{i}", pair.ini)
    dom = browse(
        tmp_path, page_of(run, "t"), addition="document.querySelector('details').open = true"
    )
    [inside] = dom.texts["inside"]
    assert f"aws iam update-access-key --status Inactive --access-key-id {pair.id}" in inside
    assert all(f"t/{i}:1:21" in inside for i in range(3))


def test_a_clean_scan(run: Runner, tree: Tree, tmp_path: Path):
    tree.write("f", "nothing\n")
    dom = browse(
        tmp_path,
        page_of(run, "f"),
        addition="""for (const id of ["figures", "controls"])
          document.getElementById(id).className = document.getElementById(id).offsetHeight ? "seen" : "gone";
        """,
    )
    assert dom.texts["headline"] == ["No leaked credentials"]
    assert "item" not in dom.texts
    assert {a["id"]: a["class"] for _, a in dom.tags if a.get("id") in ("figures", "controls")} == {
        "figures": "gone",
        "controls": "gone",
    }


def test_ten_thousand_findings(
    run: Runner, tree: Tree, creds: Creds, tmp_path: Path, no_sanitizer: None
):
    """Only the first hundred are drawn; the others come at the press of a button."""
    tree.write("f", "\n".join(f"[{i}]\n{pair.ini}" for i, pair in enumerate(creds.pairs(10_000))))
    page = page_of(run, "f")
    dom = browse(tmp_path, page)
    assert len(dom.texts["item"]) == 100
    assert dom.texts["more"] == ["Show 100 more of 9,900"]
    dom = browse(tmp_path, page, addition="document.getElementById('more').click()")
    assert len(dom.texts["item"]) == 200


@pytest.mark.parametrize(("name", "size"), [("desktop", "1280,1400"), ("phone", "390,1400")])
@pytest.mark.parametrize("scheme", [0, 1], ids=["dark", "light"])
def test_screenshots(
    run: Runner, tree: Tree, creds: Creds, tmp_path: Path, name: str, size: str, scheme: int
):
    """Pictures to look at, in pytest's folder; nothing is wider than the window."""
    fill(tree, creds)
    check_picture(tmp_path, page_of(run, "t", "gone"), name, size, scheme)
