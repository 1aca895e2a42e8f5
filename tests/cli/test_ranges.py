"""leaktrawl history REPO RANGE...: what some commits brought in, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from conftest import Result, Runner, Tree
from creds import Creds, Pair
from gitrepo import Repo


class Story:
    """main: c0 - c1 - c2 - m - c5, topic: c1 - c3 - c4 - m; each brings a pair of its own."""

    def __init__(self, repo: Repo, creds: Creds) -> None:
        self.repo = repo
        self.pairs: dict[str, Pair] = {f"c{i}": creds.pair() for i in range(6)}
        self.ids: dict[str, str] = {}
        for name in ("c0", "c1", "c2"):
            self.commit(name)
        repo.git("checkout", "-q", "-b", "topic", self.ids["c1"])
        for name in ("c3", "c4"):
            self.commit(name)
        repo.git("checkout", "-q", "main")
        repo.seconds += 60
        repo.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
        self.ids["m"] = repo.head()
        repo.git("tag", "-a", "-m", "release", "v1")
        self.commit("c5")

    def commit(self, name: str) -> None:
        self.ids[name] = self.repo.commit({f"{name}.ini": self.pairs[name].ini})

    def names(self, result: Result) -> set[str]:
        found = {f["access_key_id"] for f in result.findings}
        return {name for name, pair in self.pairs.items() if pair.id in found}


@pytest.fixture
def story(tree: Tree, creds: Creds) -> Story:
    return Story(tree.repo(), creds)


@pytest.mark.parametrize(
    ("args", "names"),
    [
        (["HEAD~1..HEAD"], "c5"),
        (["v1..main"], "c5"),
        (["v1.."], "c5"),
        (["topic..main"], "c2 c5"),
        (["main..topic"], ""),
        (["HEAD~2..topic"], "c3 c4"),
        (["HEAD~2...topic"], "c2 c3 c4"),
        (["^topic", "main"], "c2 c5"),
        (["main", "^topic", "^v1~1"], "c5"),
        (["HEAD^..HEAD"], "c5"),
        (["HEAD^^..HEAD"], "c3 c4 c5"),
        (["HEAD~1^2~1..HEAD~1^2"], "c4"),
        (["topic"], "c0 c1 c3 c4"),
        (["refs/heads/topic", "^HEAD~4"], "c1 c3 c4"),
        (["v1^{}"], "c0 c1 c2 c3 c4"),
        (["@~1.."], "c5"),
        (["--branch", "topic"], "c0 c1 c3 c4"),
        (["--branch=topic", "^main~2"], "c3 c4"),
        (["--all"], "c0 c1 c2 c3 c4 c5"),
        (["--all", "^topic"], "c2 c5"),
    ],
)
def test_ranges(run: Runner, story: Story, args: list[str], names: str):
    result = run("history", "-f", "jsonl", "repo", *args)
    assert story.names(result) == set(names.split())
    for finding in result.findings:
        [name] = [n for n, p in story.pairs.items() if p.id == finding["access_key_id"]]
        assert finding["git"]["first_commit"] == story.ids[name]
        assert finding["location"]["path"] == f"{name}.ini"


@pytest.mark.parametrize(
    "revisions",
    [
        "HEAD@{1}..HEAD", "HEAD@{1}", "@{0}", "@{1}", "@{2}~1..@{1}", "main@{1}..main", "@{-1}",
        "main...@{-1}", "heads/topic@{1}..topic", "topic@{0}^!", "main^!", "HEAD~1^!", "v1^{}^!",
        "main@{u}..main", "main@{upstream}", "@{u}..", "main@{2020-09-13T12:31:00Z}..main",
        "topic@{1999-01-01}", "HEAD@{5}", "main@{3}^..main", "@{u}~1..@{u}", "{v1}-3-g{c5}",
    ],
)  # fmt: skip
def test_names_are_what_git_takes_them_for(run: Runner, story: Story, revisions: str):
    story.repo.git("branch", "older", "main~1")
    story.repo.git("config", "branch.main.remote", ".")
    story.repo.git("config", "branch.main.merge", "refs/heads/older")
    revisions = revisions.replace("{v1}", "v1").replace("{c5}", story.ids["c5"][:8])
    wanted = story.repo.git("-c", "core.warnAmbiguousRefs=false", "rev-list", revisions).split()
    result = run("history", "-f", "jsonl", "--allow-empty", "repo", revisions)
    assert not result.errors, result
    assert story.names(result) == {n for n, i in story.ids.items() if i in wanted and n != "m"}


def test_the_branch_of_a_remote_that_one_follows(run: Runner, story: Story, tree: Tree):
    clone = tree / "clone"
    story.repo.git("clone", "-q", str(story.repo.path), str(clone))
    story.commit("c5")
    story.repo.git("-C", str(clone), "pull", "-q", "--ff-only")
    story.repo.git("-C", str(clone), "reset", "-q", "--hard", "HEAD~1")
    result = run("history", "-f", "jsonl", "clone", "..@{u}")
    assert {f["git"]["first_commit"] for f in result.findings} <= {story.ids["c5"]}
    assert result.summary["commits"] == 1


@pytest.mark.parametrize("name", [":/change", "main^{/change}", "main:c0.ini", ":c0.ini", ":"])
def test_what_is_not_supported_is_said(run: Runner, story: Story, name: str):
    assert "not supported" in run("history", "repo", name).stderr_line()


def test_ids_long_and_short(run: Runner, story: Story):
    old, new = story.ids["m"], story.ids["c5"]
    for a, b in ((old, new), (old[:9], new[:9]), (old.upper(), new)):
        assert story.names(run("history", "-f", "jsonl", "repo", f"{a}..{b}")) == {"c5"}


def test_times(run: Runner, story: Story):
    # commits are a minute apart, from 12:27:40 UTC on
    def names(*args: str) -> set[str]:
        return story.names(run("history", "-f", "jsonl", "repo", *args))

    assert names("--since", "2020-09-13 12:32:00Z") == {"c5"}
    assert names("--since=2020-09-13T14:31:30+02:00") == {"c3", "c4", "c5"} - {"c3"}
    assert names("--until", "2020-09-13T12:28:00") == {"c0"}
    assert names("--since", "2020-09-13T12:28:00Z", "--until=@1600000180") == {"c1", "c2"}
    assert names("--since", "30 years ago") == set(story.pairs)
    assert names("--since", "2.weeks") == set()


def test_what_was_there_before_is_not_brought_in(run: Runner, story: Story):
    story.repo.commit({"copy.ini": story.pairs["c0"].ini + "x = 1\n"})
    moved = story.repo.commit({"copy.ini": None, "moved.ini": story.pairs["c1"].ini})
    assert moved
    names = story.names(run("history", "-f", "jsonl", "repo", "HEAD~1..HEAD"))
    assert names == set(), "the blob of c1.ini is an old one"
    assert story.names(run("history", "-f", "jsonl", "repo", "HEAD~2..HEAD~1")) == {"c0"}


@pytest.mark.parametrize(
    "args",
    [
        ["nosuch"], ["nosuch..nosuch"], ["main..nosuch"], ["^nosuch"], ["main~99"], ["main^3"],
        ["main^{"], ["main@{99}"], ["@{-9}"], ["main@{upstream}"], ["nosuch@{1}"], ["main@{soon}"],
        ["main@{push}"], ["@{"], ["--branch", "nosuch"], ["--since", "someday"], ["deadbeef"],
        ["1" * 40],
    ],
)  # fmt: skip
def test_what_is_not_there_is_one_line(run: Runner, story: Story, args: list[str]):
    result = run("history", "repo", *args)
    assert result.status == 2
    assert args[-1].split("..")[-1].strip("^").split("^")[0] in result.stderr_line()


def test_an_empty_range_is_nothing_to_scan(run: Runner, story: Story):
    assert run("history", "repo", "main..main").status == 2
    assert run("history", "--allow-empty", "repo", "main..main").status == 0


def test_a_packed_ref_that_was_replaced(run: Runner, story: Story):
    story.repo.git("pack-refs", "--all")
    story.repo.git("update-ref", "refs/heads/topic", story.ids["c3"])
    assert story.names(run("history", "-f", "jsonl", "repo", "topic")) == {"c0", "c1", "c3"}


def test_a_merge_s_own_content(run: Runner, story: Story, creds: Creds):
    pair = creds.pair()
    story.repo.git("checkout", "-q", "-b", "side", "HEAD~1")
    story.repo.commit({"side": "1\n"})
    story.repo.git("checkout", "-q", "main")
    story.repo.git("merge", "-q", "--no-ff", "--no-commit", "side")
    merge = story.repo.commit({"evil.ini": pair.ini}, "merge")
    [finding] = run("history", "-f", "jsonl", "repo", "HEAD^..HEAD").findings
    assert finding["git"]["first_commit"] == merge


# --- --since-last ---


def since_last(run: Runner, *args: str) -> Result:
    return run("history", "-f", "jsonl", "--since-last", "state", *args, "repo")


def test_since_last(run: Runner, story: Story, creds: Creds, tree: Tree):
    assert story.names(since_last(run)) == set(story.pairs)
    result = since_last(run)
    assert result.status == 0
    assert "nothing is new" in result.stderr_line()
    new, other, staged = creds.pairs(3)
    first = story.repo.commit({"new.ini": new.ini, "old.ini": story.pairs["c0"].ini + "\n"})
    story.repo.git("checkout", "-q", "-b", "other", "HEAD~3")
    story.repo.commit({"other.ini": other.ini})
    story.repo.write("staged.ini", staged.ini)
    story.repo.git("add", "staged.ini")
    result = since_last(run)
    assert {f["access_key_id"] for f in result.findings} == {
        new.id, other.id, staged.id, story.pairs["c0"].id,
    }  # fmt: skip
    assert {f["git"]["first_commit"] for f in result.findings} >= {first}
    assert set(since_last(run).ids) <= {staged.id}
    assert not (tree / "state.new").exists()


def test_since_last_under_other_rules(run: Runner, story: Story, tree: Tree):
    since_last(run)
    tree.write("rules.json", '{"format": 1}')
    assert story.names(since_last(run, "--rules", "rules.json")) == set(story.pairs)
    assert since_last(run, "--rules", "rules.json").findings == []


def test_what_was_not_covered_is_not_forgotten(run: Runner, story: Story, tree: Tree):
    name = story.repo.git("rev-parse", "HEAD:c0.ini")
    lost = story.repo.path / ".git/objects" / name[:2] / name[2:]
    content = lost.read_bytes()
    lost.unlink()
    assert story.names(since_last(run)) == set(story.pairs) - {"c0"}
    assert not (tree / "state").exists()
    lost.write_bytes(content)
    assert story.names(since_last(run)) == set(story.pairs)


def test_a_state_that_is_none(run: Runner, story: Story, tree: Tree):
    tree.write("state", "something else\n")
    result = since_last(run)
    assert result.status == 2
    assert "state" in result.stderr_line()
    assert (tree / "state").read_text() == "something else\n"


@pytest.mark.parametrize("between", ["", "repack -adq", "repack -dq", "gc -q --prune=now"])
def test_since_last_with_objects_that_nothing_reaches(
    run: Runner, story: Story, creds: Creds, between: str
):
    """What is covered is told by packs and loose objects, and after a repack by what tips reach."""
    lost, loose, fresh, packed = creds.pairs(4)
    story.repo.hash_object(lost.ini)
    assert set(since_last(run, "--all-objects").ids) >= {lost.id}
    assert since_last(run, "--all-objects").ids == []
    if between:
        story.repo.git(*between.split())
        assert set(since_last(run, "--all-objects").ids) <= {lost.id}
    story.repo.hash_object(loose.ini)
    story.repo.commit({"fresh.ini": fresh.ini})
    assert set(since_last(run, "--all-objects").ids) - {lost.id} == {loose.id, fresh.id}
    story.repo.commit({"packed.ini": packed.ini})
    story.repo.git("repack", "-dq")
    assert set(since_last(run, "--all-objects").ids) - {lost.id, loose.id} == {packed.id}
    assert since_last(run, "--all-objects").ids == []


def test_since_last_sees_all_after_a_scan_of_what_is_reached(
    run: Runner, story: Story, creds: Creds
):
    lost = creds.pair()
    story.repo.hash_object(lost.ini)
    assert story.names(since_last(run)) == set(story.pairs)
    assert since_last(run, "--all-objects").ids == [lost.id]


@pytest.mark.parametrize("args", [["--no-inline-ignore"], ["--max-file-size", "1M"],
                                  ["--archive-depth", "3"]])  # fmt: skip
def test_since_last_under_other_settings(run: Runner, story: Story, args: list[str]):
    since_last(run)
    assert story.names(since_last(run, *args)) == set(story.pairs)
    assert since_last(run, *args).findings == []


@pytest.mark.parametrize("args", [["--exclude-path", "c0.ini"], ["--include-path", "c1.ini"],
                                  ["--rules-off", "aws-key-pair"]])  # fmt: skip
def test_since_last_when_something_is_no_longer_left_out(
    run: Runner, story: Story, args: list[str]
):
    assert story.names(since_last(run, *args)) < set(story.pairs)
    assert since_last(run, *args).findings == []
    assert story.names(since_last(run)) == set(story.pairs)


def test_since_last_when_the_settings_of_a_file_change(run: Runner, story: Story, tree: Tree):
    tree.write(".leaktrawl.json", '{"exclude-path": ["c0.ini"]}')
    assert story.names(since_last(run)) == set(story.pairs) - {"c0"}
    assert since_last(run).findings == []
    tree.write(".leaktrawl.json", "{}")
    assert story.names(since_last(run)) == set(story.pairs)


def test_since_last_sees_what_a_baseline_hides_no_more(run: Runner, story: Story, tree: Tree):
    """An entry that has expired, or was taken out: the full scan shows it, and so does this."""
    today = datetime.now(timezone.utc).date()
    last = str(today + timedelta(days=30))
    assert run("history", "--write-baseline", "base", "--expires", last, "repo").status == 0
    text = (tree / "base").read_text()
    known = ["--baseline", "base"]
    assert since_last(run, *known).findings == []
    assert "nothing is new" in since_last(run, *known).stderr.decode()
    tree.write("base", text.replace(last, str(today - timedelta(days=2))))
    assert story.names(since_last(run, *known)) == set(story.pairs)
    assert since_last(run, *known).findings == []
    tree.write("base", text)
    assert since_last(run, *known).findings == []
    assert story.names(since_last(run)) == set(story.pairs)


def test_since_last_shows_what_a_baseline_was_written_for(run: Runner, story: Story, tree: Tree):
    assert since_last(run, "--write-baseline", "base").status == 0
    (tree / "base").unlink()
    assert story.names(since_last(run)) == set(story.pairs)


def test_since_last_when_a_shallow_clone_is_deepened(run: Runner, story: Story, tree: Tree):
    clone = tree / "clone"
    story.repo.git("clone", "-q", "--depth=1", f"file://{story.repo.path}", str(clone))
    state = ["history", "-f", "jsonl", "--since-last", "state", "clone"]
    run(*state)
    assert run(*state).findings == []
    story.repo.git("-C", str(clone), "fetch", "-q", "--unshallow")
    assert story.names(run(*state)) == set(story.pairs)
