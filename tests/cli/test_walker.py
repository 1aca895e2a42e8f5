"""Which files a scan reads, how it names them, and what it says of those it does not read."""

import os
import subprocess
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from conftest import SANITIZED, Runner, Tree, Unprivileged
from creds import Creds


def deep_file(root: Path, levels: int, name: str, content: bytes) -> str:
    """Write `leaf` so many folders called `name` below root, and give its path from there."""
    folder = os.open(root, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=folder)
        below = os.open(name, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    leaf = os.open("leaf", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=folder)
    os.write(leaf, content)
    os.close(leaf)
    os.close(folder)
    return "/".join([name] * levels + ["leaf"])


def paths(result) -> list[str]:
    return [f["location"]["path"] for f in result.findings]


# --- what is read ---


def test_path_is_the_target_joined_with_the_path_inside(run: Runner, tree: Tree, creds: Creds):
    tree.write("app/conf/aws.ini", creds.pair().ini)
    for target in ["app", "app/", "app/conf", "app/conf/aws.ini", "./app"]:
        result = run.scan(target)
        assert paths(result) == [
            os.path.join(target, "app/conf/aws.ini"[len(target.strip("./")) :].lstrip("/")).rstrip(
                "/"
            )
        ]
        assert result.findings[0]["location"]["target"] == target
        assert result.status == 1
    absolute = str(tree / "app")
    assert paths(run.scan(absolute)) == [absolute + "/conf/aws.ini"]


def test_the_default_target_is_the_current_folder(run: Runner, tree: Tree, creds: Creds):
    tree.write("app/aws.ini", creds.pair().ini)
    tree.write("other.ini", creds.pair().ini)
    result = run.scan(cwd=tree / "app")
    assert [os.path.normpath(p) for p in paths(result)] == ["aws.ini"]


def test_hidden_files_and_folders_are_read(run: Runner, tree: Tree, creds: Creds):
    for name in [".env", ".aws/credentials", "a/.b/.c/d"]:
        tree.write(name, creds.pair().ini)
    result = run.scan("--no-history", ".")
    assert len(result.findings) == 3
    assert result.summary["files"] == 3


@pytest.mark.parametrize("respect", [False, True])
def test_ignored_files_are_read_unless_told_otherwise(
    run: Runner, tree: Tree, creds: Creds, respect: bool
):
    repo = tree.repo()
    repo.write(".gitignore", "*.secret\n!kept.secret\n/only-here\nbuild/\n# comment\n")
    repo.write("sub/.gitignore", "inner.txt\n")
    hidden = ["a.secret", "only-here", "build/deep/file", "sub/inner.txt", "sub/b.secret"]
    shown = ["kept.secret", "sub/only-here", "inner.txt", "sub/other", "builds"]
    for name in hidden + shown:
        repo.write(name, creds.pair().ini)
    result = run.scan(*["--respect-gitignore"] * respect, "--no-history", "repo")
    expected = shown if respect else hidden + shown
    assert sorted(paths(result)) == sorted("repo/" + name for name in expected)
    assert (result.skipped("ignored") > 0) == respect


def test_every_kind_of_regular_file_is_read(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    tree.write(
        "image.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) + pair.ini.encode()
    )
    tree.write("latin1.txt", "clé d'accès\n".encode("latin-1") + pair.ini.encode())
    tree.write("nul.env", pair.line.replace(" ", "\0").encode() + b"\0")
    tree.write("no-end", pair.ini.rstrip("\n"))
    tree.write("executable", b"\x7fELF" + b"\0" * 5000 + pair.ini.encode() + b"\0" * 5000)
    os.link(tree / "no-end", tree / "hard-link")
    result = run.scan(".")
    assert len(result.by_rule("aws-key-pair")) == len(result.findings) == 6
    assert set(result.ids) == {pair.id}


def test_coverage_counts_files_and_bytes(run: Runner, tree: Tree):
    sizes = [0, 1, 100, 600_000, 5_000_000]
    for size in sizes:
        tree.write(f"d/{size}", b"\n" * size)
    result = run.scan("d")
    assert result.status == 0
    assert (result.summary["files"], result.summary["bytes"]) == (len(sizes), sum(sizes))
    assert result.summary["complete"] is True
    assert sum(result.summary["skipped"].values()) == result.summary["errors"] == 0


# --- links and special files ---


def test_links_are_not_followed(run: Runner, tree: Tree, creds: Creds):
    outside = tree.write("outside/aws.ini", creds.pair().ini)
    inside = tree.write("tree/real/aws.ini", creds.pair().ini)
    tree.link("tree/to-file", outside)
    tree.link("tree/to-folder", outside.parent)
    tree.link("tree/to-inside", inside)
    tree.link("tree/dangling", "nowhere")
    tree.link("tree/loop", ".")
    tree.link("tree/real/up", "..")
    tree.link("tree/self", "self")
    result = run.scan("tree")
    assert paths(result) == ["tree/real/aws.ini"]
    assert result.skipped("symlink") == 7
    assert result.summary["complete"] is True
    assert not result.errors


def test_a_link_that_the_user_names_is_followed(run: Runner, tree: Tree, creds: Creds):
    tree.write("real/aws.ini", creds.pair().ini)
    tree.link("folder", "real")
    tree.link("file", "real/aws.ini")
    assert paths(run.scan("folder")) == ["folder/aws.ini"]
    assert paths(run.scan("file")) == ["file"]


def test_special_files_are_counted_not_opened(run: Runner, tree: Tree, creds: Creds):
    tree.write("tree/aws.ini", creds.pair().ini)
    tree.fifo("tree/fifo")
    tree.socket("tree/socket")
    specials = 2
    if os.geteuid() == 0:
        tree.device("tree/zero")
        specials += 1
    result = run.scan("tree", timeout_s=30)
    assert paths(result) == ["tree/aws.ini"]
    assert result.skipped("special") == specials
    assert result.status == 1


def test_proc_below_a_target_is_not_entered(run: Runner, tree: Tree, creds: Creds):
    tree.write("root/aws.ini", creds.pair().ini)
    tree.mkdir("root/proc")
    mount = ["unshare", "--mount", "sh", "-c", 'mount -t proc proc root/proc && exec "$@"', "sh"]
    if subprocess.run([*mount, "true"], cwd=tree.root, capture_output=True).returncode:
        pytest.skip("this user may not mount")
    result = run.scan("root", before=mount)
    assert paths(result) == ["root/aws.ini"]
    assert result.skipped("pseudo_fs") == 1
    assert result.summary["files"] == 1


# --- what cannot be read ---


def test_an_unreadable_file_is_an_error_and_not_the_end(unprivileged: Unprivileged, creds: Creds):
    tree = unprivileged.tree
    tree.write("d/a-locked", "nothing").chmod(0)
    tree.write("d/b", "nothing")
    result = unprivileged.scan("d")
    assert result.status == 2
    assert [e["path"] for e in result.errors] == ["d/a-locked"]
    assert "ermission denied" in result.errors[0]["message"]
    assert result.skipped("unreadable") == 1
    assert result.summary["complete"] is False
    assert result.summary["files"] == 1

    tree.write("d/c", creds.pair().ini)
    result = unprivileged.scan("d")
    assert result.status == 1, "a finding weighs more than what could not be read"
    assert len(result.findings) == len(result.errors) == 1


def test_an_unreadable_folder_is_an_error_and_not_the_end(unprivileged: Unprivileged):
    tree = unprivileged.tree
    tree.write("d/locked/file", "nothing")
    tree.write("d/open/file", "nothing")
    (tree / "d/locked").chmod(0)
    result = unprivileged.scan("d")
    assert result.status == 2
    assert [e["path"].rstrip("/") for e in result.errors] == ["d/locked"]
    assert result.skipped("unreadable") == 1
    assert result.summary["files"] == 1


def test_an_unreadable_target(unprivileged: Unprivileged):
    unprivileged.tree.mkdir("locked").chmod(0)
    result = unprivileged.scan("locked")
    assert result.status == 2
    assert [e["path"] for e in result.errors] == ["locked"]
    text = unprivileged.scan("--format", "text", "locked")
    assert text.status == 2
    assert "locked" in text.stderr_line()


def test_a_missing_target_beside_one_with_findings(run: Runner, tree: Tree, creds: Creds):
    tree.write("here", creds.pair().ini)
    result = run.scan("gone", "here")
    assert result.status == 1
    assert paths(result) == ["here"]
    assert [e["path"] for e in result.errors] == ["gone"]
    assert result.summary["complete"] is False


# --- names ---


def test_names_that_are_not_utf8_are_percent_encoded(run: Runner, tree: Tree, creds: Creds):
    names = [
        b"caf\xe9.txt",
        b"50%\xff",
        b"\xc3\xa9\xe9",
        b"d\xfe/file",
        b"\xed\xa0\x80",
        b"\xc0\xaf",
    ]
    for name in names:
        tree.write(b"d/" + name, creds.pair().ini)
    result = run.scan("d")
    assert len(result.findings) == len(names)
    for finding in result.findings:
        assert finding["location"]["path_encoding"] == "percent"
    assert {unquote_to_bytes(p) for p in paths(result)} == {b"d/" + name for name in names}


def test_names_that_are_utf8_stand_as_they_are(run: Runner, tree: Tree, creds: Creds):
    names = [
        "café.txt",
        "100%25",
        "日本語",
        'quote"back\\slash',
        "tab\tline\nfeed\x1b",
        "\x7f",
        "-",
    ]
    for name in names:
        tree.write("d/" + name, creds.pair().ini)
    result = run.scan("d")
    assert sorted(paths(result)) == sorted("d/" + name for name in names)
    assert not any("path_encoding" in f["location"] for f in result.findings)


def test_a_target_that_is_not_utf8(run: Runner, tree: Tree, creds: Creds):
    tree.write(b"f\xff", creds.pair().ini)
    result = run.scan(b"f\xff")
    assert paths(result) == ["f%FF"]


def test_targets_after_two_dashes_are_names(run: Runner, tree: Tree, creds: Creds):
    tree.write("-j", creds.pair().ini)
    assert paths(run.scan("--", "-j")) == ["-j"]


# --- size and shape of the tree ---


def test_a_folder_of_100000_files(run: Runner, tree: Tree, creds: Creds):
    folder = os.open(tree.mkdir("many"), os.O_RDONLY)
    for i in range(99_999):
        os.close(os.open(f"{i:05d}", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=folder))
    os.close(folder)
    tree.write("many/needle", creds.pair().ini)
    result = run.scan("many", measured=True)
    assert paths(result) == ["many/needle"]
    assert result.summary["files"] == 100_000
    if not SANITIZED:
        assert result.max_rss_kb < 200_000


@pytest.mark.parametrize(("levels", "name"), [(45, "n" * 100), (1500, "dd")])
def test_a_path_longer_than_the_system_takes_at_once(
    run: Runner, tree: Tree, creds: Creds, levels: int, name: str
):
    pair = creds.pair()
    path = deep_file(tree.mkdir("deep"), levels, name, pair.ini.encode())
    assert len(path) > 4096
    result = run.scan("deep")
    assert paths(result) == ["deep/" + path]
    assert result.ids == [pair.id]
    assert not result.errors


# --- targets and lists of files ---


def test_several_targets(run: Runner, tree: Tree, creds: Creds):
    for name in "abc":
        tree.write(f"{name}/{name}.ini", creds.pair().ini)
    result = run.scan("c", "a/a.ini")
    assert paths(result) == ["c/c.ini", "a/a.ini"]
    assert [f["location"]["target"] for f in result.findings] == ["c", "a/a.ini"]


def test_a_file_named_twice_is_reported_once(run: Runner, tree: Tree, creds: Creds):
    tree.write("a", creds.pair().ini)
    result = run.scan("a", "a")
    assert paths(result) == ["a"]
    assert result.status == 1


def test_what_two_targets_name_is_reported_once(run: Runner, tree: Tree, creds: Creds):
    tree.write("d/sub/a", creds.pair().ini)
    tree.write("d/b", creds.pair().ini)
    tree.link("to-d", "d")
    for targets in [["d", "to-d"], ["d/sub", "d", "d/b"], ["d", "./d/", str(tree / "d")]]:
        for jobs in ["-j1", "-j4"]:
            result = run.scan(jobs, *targets)
            assert len(result.findings) == result.summary["files"] == 2, result
    result = run.scan("--files-from", "-", stdin=b"d/b\n./d/b\n")
    assert paths(result) == ["d/b"]


def test_two_names_of_one_file_are_two_places(run: Runner, tree: Tree, creds: Creds):
    os.link(tree.write("a", creds.pair().ini), tree / "b")
    assert paths(run.scan("a", "b")) == ["a", "b"]


def test_a_target_that_a_walk_would_pass_over_is_read(run: Runner, tree: Tree, creds: Creds):
    repo = tree.repo()
    repo.commit({"f": "nothing\n"})
    repo.write(".git/objects/note", creds.pair().ini)
    repo.write(".gitignore", "ignored\n")
    repo.write("ignored", creds.pair().ini)
    assert paths(run.scan("repo", "repo/.git/objects/note"))[0] == "repo/ignored"
    assert "repo/.git/objects/note" in paths(run.scan("repo", "repo/.git/objects/note"))
    assert paths(run.scan("--respect-gitignore", "repo", "repo/ignored")) == ["repo/ignored"]


def test_more_targets_than_may_be_open(run: Runner, tree: Tree, creds: Creds):
    few = ["sh", "-c", 'ulimit -n 100; exec "$@"', "sh"]
    names = [f"d{i}" for i in range(300)] + [f"f{i}" for i in range(300)]
    for name in names:
        tree.write(name + "/f" if name[0] == "d" else name, "nothing\n")
    for args, listing in [(names, b""), (["--files-from", "-"], "\n".join(names).encode())]:
        result = run.scan(*args, stdin=listing, before=few)
        assert (result.status, result.summary["files"]) == (0, 600), result


@pytest.mark.parametrize("zero", [False, True], ids=["newline", "-0"])
@pytest.mark.parametrize("source", ["file", "stdin"])
def test_files_from(run: Runner, tree: Tree, creds: Creds, zero: bool, source: str):
    names = ["a.ini", "sub/b.ini", " c ", "-v", "é"] + ["new\nline"] * zero
    for name in [*names, "not-named"]:
        tree.write(name, creds.pair().ini)
    end = "\0" if zero else "\n"
    listing = (end.join(names) + end).encode()
    option = ["-0"] if zero else []
    if source == "file":
        result = run.scan("--files-from", tree.write("list", listing), *option)
    else:
        result = run.scan("--files-from", "-", *option, stdin=listing)
    assert sorted(paths(result)) == sorted(names)


def test_files_from_without_a_last_line_end(run: Runner, tree: Tree, creds: Creds):
    tree.write("a", creds.pair().ini)
    tree.write("b", creds.pair().ini)
    assert sorted(paths(run.scan("--files-from", "-", stdin=b"a\nb"))) == ["a", "b"]


def test_files_from_names_a_missing_file(run: Runner, tree: Tree):
    tree.write("a", "nothing")
    result = run.scan("--files-from", "-", stdin=b"a\ngone\n")
    assert result.status == 2
    assert [e["path"] for e in result.errors] == ["gone"]


def test_an_empty_list_does_not_mean_the_current_folder(run: Runner, tree: Tree, creds: Creds):
    tree.write("a", creds.pair().ini)
    result = run.scan("--files-from", "-", stdin=b"")
    assert result.status == 2
    assert not result.findings
    assert run.scan("--allow-empty", "--files-from", "-", stdin=b"").status == 0


# --- streams ---


def test_a_pipe_that_the_user_names_is_read(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    tree.write("f", pair.ini)
    tree.fifo("pipe")
    for command in [
        'exec "$@" /dev/fd/7 7<&0 </dev/null',
        '(cat f >pipe &) ; exec "$@" pipe',
        '(cat f >pipe &) ; exec "$@" pipe ./pipe pipe',
    ]:
        result = run.scan("-j2", stdin=pair.ini.encode(), before=["sh", "-c", command, "sh"])
        assert result.ids == [pair.id], command
        assert result.summary["files"] == 1
        assert result.skipped("special") == 0


def test_pipes_in_lists_are_skipped(run: Runner, tree: Tree):
    tree.fifo("pipe")
    tree.write("f", "nothing\n")
    result = run.scan("--files-from", "-", stdin=b"pipe\nf\n")
    assert (result.status, result.skipped("special"), result.summary["files"]) == (0, 1, 1)


def test_stdin_by_another_name(run: Runner, creds: Creds):
    pair = creds.pair()
    for targets in [["/dev/stdin"], ["/dev/stdin", "-", "/dev/fd/0"]]:
        result = run.scan(*targets, stdin=pair.ini.encode())
        assert result.ids == [pair.id]
        assert result.findings[0]["location"]["path"] == "/dev/stdin"


def test_an_empty_stream_is_nothing(run: Runner, tree: Tree):
    tree.write("empty", "")
    with (tree / "empty").open("rb") as file:
        for target, stdin in [("-", b""), ("-", file), ("/dev/stdin", b""), ("/dev/stdin", None)]:
            result = run.scan(target, stdin=stdin)
            assert (result.status, result.summary["files"]) == (2, 0), (target, result)
            assert b"nothing to scan" in result.stderr
    assert run.scan("-", "empty", stdin=b"").summary["files"] == 1


# --- stdin ---


@pytest.mark.parametrize("way", ["pipe", "slow pipe", "redirection"])
def test_stdin(run: Runner, tree: Tree, creds: Creds, way: str):
    pair = creds.pair()
    data = b"nothing\n" * 1000 + pair.ini.encode()
    if way == "redirection":
        with tree.write("input", data).open("rb") as file:
            result = run.scan("-", stdin=file)
    else:
        pieces = (
            iter([data]) if way == "pipe" else (data[i : i + 7] for i in range(0, len(data), 7))
        )
        result = run.scan("-", stdin=pieces)
    assert result.status == 1
    [finding] = result.findings
    assert finding["access_key_id"] == pair.id
    assert finding["location"]["target"] == "-"
    assert finding["location"]["offset"] == data.index(pair.id.encode())
    assert finding["location"]["line"] == 1001
    assert result.summary["bytes"] == len(data)


def test_redirected_stdin_begins_where_the_file_stands(run: Runner, tree: Tree, creds: Creds):
    first, second = creds.pair(), creds.pair()
    with tree.write("input", first.ini + "\n" * 2000 + second.ini).open("rb") as file:
        file.seek(len(first.ini))
        os.lseek(file.fileno(), len(first.ini), os.SEEK_SET)
        result = run.scan("-", stdin=file)
    assert result.ids == [second.id]


def test_stdin_beside_files(run: Runner, tree: Tree, creds: Creds):
    here, there = creds.pair(), creds.pair()
    tree.write("a", here.ini)
    assert sorted(run.scan("a", "-", stdin=there.ini.encode()).ids) == sorted([here.id, there.id])


# --- nothing to scan ---


def test_an_empty_folder_has_not_passed(run: Runner, tree: Tree):
    tree.mkdir("empty/also-empty")
    result = run("scan", "empty")
    assert result.status == 2
    assert result.stderr_line()
    assert run("scan", "--allow-empty", "empty").status == 0


def test_a_folder_of_links_alone_has_not_passed(run: Runner, tree: Tree):
    tree.write("real", "nothing")
    tree.link("links/one", "../real")
    assert run.scan("links").status == 2
    assert run.scan("--allow-empty", "links").status == 0


def test_an_empty_target_beside_a_full_one(run: Runner, tree: Tree):
    tree.mkdir("empty")
    tree.write("full/file", "nothing")
    assert run.scan("empty", "full").status == 0


# --- size limit ---


def test_max_file_size(run: Runner, tree: Tree, creds: Creds):
    pair = creds.pair()
    for size in [1023, 1024, 1025, 3 << 20]:
        tree.write(f"d/{size:07d}", pair.ini.ljust(size, "\n"))
    for limit, read in [("1023", 1), ("1024", 2), ("1K", 2), ("1025", 3), ("3M", 4), ("1G", 4)]:
        result = run.scan("--max-file-size", limit, "d")
        assert (limit, result.summary["files"]) == (limit, read)
        assert result.skipped("too_large") == 4 - read
        assert len(result.findings) == read
