"""--resume: a scan that was stopped goes on, reads nothing twice, and ends with the same report."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from conftest import PROGRAM, Result, Runner, Tree, clean_environment
from creds import Creds
from s3_servers import Answer, Request, Scripted, Server, fault, packed

TARGET = "s3://scripted"


def scan(run: Runner, server: Scripted, *args: str, **options: Any) -> Result:
    return run.scan(*args, TARGET, env=server.env, **options)


def stop_after(server: Scripted, n: int) -> threading.Event:
    """Objects behind the first `n` that are asked for wait until the event is set."""
    held, seen = threading.Event(), []

    def script(request: Request) -> Answer | None:
        if request.key:
            seen.append(request.key)
        if len(seen) > n and request.key:
            held.wait(600)
        return None

    server.script = script
    return held


@pytest.fixture
def filled(scripted: Scripted, creds: Creds) -> Scripted:
    """Pairs, sessions, lone ids that stand in many objects, archives, temporary ids, nothing."""
    lone, session = creds.key_id(), creds.session()
    for i in range(40):
        text = [
            f"nothing {i}\n",
            creds.pair().ini,
            f"user {lone} logged in\n",
            f"{session.ini}\n{creds.key_id('ASIA')}\n",
        ][i % 4].encode()
        scripted.objects[f"logs/{i:02} é"] = packed(text) if i % 3 == 0 else text
    scripted.page = 7
    return scripted


def records(file: Path) -> int:
    """Objects that the file holds, whole or torn."""
    lines = file.read_bytes().split(b"\n")[1:] if file.exists() else []
    return sum(bool(re.match(rb"[0-9a-f]{32} ", line)) for line in lines)


def interrupt(run: Runner, server: Scripted, file: Path, how: signal.Signals, n: int = 15) -> None:
    """Start a scan and end it by a signal when some objects have been put down."""
    held = stop_after(server, n)
    process = subprocess.Popen(
        [PROGRAM, "scan", "--resume", file, TARGET],
        env=clean_environment(run.home) | server.env,
        cwd=run.work,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and records(file) < 9:
        threading.Event().wait(0.01)
    process.send_signal(how)
    process.wait()
    held.set()
    server.script = lambda request: None


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_scan_that_was_stopped(
    run: Runner, filled: Scripted, tree: Tree, how: signal.Signals
) -> None:
    whole = scan(run, filled)
    whole_text = run("scan", TARGET, env=filled.env)
    file = tree / "state"
    interrupt(run, filled, file, how)
    before = records(file)
    filled.requests.clear()
    resumed = scan(run, filled, "--resume", str(file))
    assert resumed.stdout == whole.stdout
    read = {r.key for r in filled.requests if r.key}
    assert 9 <= before <= 15
    assert len(read) in (len(filled.objects) - before, len(filled.objects) - before + 1)
    # Now all of it is known: nothing but the listing is asked for.
    filled.requests.clear()
    assert scan(run, filled, "--resume", str(file), "-j1").stdout == whole.stdout
    assert run("scan", "--resume", file, TARGET, env=filled.env).stdout == whole_text.stdout
    assert not [r for r in filled.requests if r.key]


def test_the_file_holds_no_secret_and_is_the_users_own(
    run: Runner, filled: Scripted, tree: Tree
) -> None:
    file = tree / "state"
    shown = scan(run, filled, "--resume", str(file), "--show-secrets", umask=0)
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    secrets = {f["secret_access_key"] for f in shown.findings} - {None}
    assert len(secrets) > 5
    assert not [s for s in secrets if s in text]
    # Where they are to be shown, they are read again; where not, their objects are known.
    filled.requests.clear()
    assert scan(run, filled, "--resume", str(file), "--show-secrets").stdout == shown.stdout
    assert len([r for r in filled.requests if r.key]) == 20
    filled.requests.clear()
    assert scan(run, filled, "--resume", str(file)).stdout == scan(run, filled).stdout


def test_what_changed_or_is_new_is_read(
    run: Runner, filled: Scripted, tree: Tree, creds: Creds
) -> None:
    file = str(tree / "state")
    scan(run, filled, "--resume", file)
    changed, new, gone = "logs/00 é", "new", "logs/01 é"
    filled.objects[changed] = creds.pair().ini.encode()
    filled.objects[new] = creds.pair().ini.encode()
    del filled.objects[gone]
    filled.requests.clear()
    result = scan(run, filled, "--resume", file)
    assert {r.key for r in filled.requests if r.key} == {changed, new}
    assert result.stdout == scan(run, filled).stdout


def test_what_was_not_read_is_tried_again(run: Runner, filled: Scripted, tree: Tree) -> None:
    file, key = str(tree / "state"), "logs/01 é"
    filled.script = lambda r: fault(403, "AccessDenied") if r.key == key else None
    assert scan(run, filled, "--resume", file).skipped("unreadable") == 1
    filled.script = lambda r: None
    filled.requests.clear()
    result = scan(run, filled, "--resume", file)
    assert {r.key for r in filled.requests if r.key} == {key}
    assert result.summary["complete"]


def test_halves_in_two_objects_stay_a_pair(
    run: Runner, scripted: Scripted, tree: Tree, creds: Creds
) -> None:
    pair, file = creds.pair(), str(tree / "state")
    scripted.objects = {"s/access_key": pair.id.encode(), "s/secret_key": pair.secret.encode()}
    first = scan(run, scripted, "--resume", file)
    assert first.ids == [pair.id]
    assert scan(run, scripted, "--resume", file).stdout == first.stdout


def test_other_settings_begin_anew(run: Runner, filled: Scripted, tree: Tree) -> None:
    file = str(tree / "state")
    scan(run, filled, "--resume", file)
    filled.requests.clear()
    scan(run, filled, "--resume", file, "--archive-depth", "0")
    assert len({r.key for r in filled.requests if r.key}) == len(filled.objects)


def test_a_torn_record_and_rubbish(run: Runner, filled: Scripted, tree: Tree) -> None:
    file = tree / "state"
    whole = scan(run, filled, "--resume", str(file)).stdout
    content = file.read_bytes()
    for cut in (len(content) - 1, len(content) // 2, len(content) // 3, 90):
        file.write_bytes(content[:cut])
        assert scan(run, filled, "--resume", str(file)).stdout == whole
    first = content.split(b"\n")[0]
    file.write_bytes(first + b"\n" + b"\xff\x00 1 2\n" * 5)
    assert scan(run, filled, "--resume", str(file)).stdout == whole


@pytest.mark.parametrize("content", ["my notes\n", "[default]\n"])
def test_another_file_is_left_alone(
    run: Runner, scripted: Scripted, tree: Tree, content: str
) -> None:
    file = tree.write("notes", content)
    result = run("scan", "--resume", file, TARGET, env=scripted.env)
    assert result.status == 2
    assert "it was not written by --resume" in result.stderr_line()
    assert (file.read_text(), scripted.requests) == (content, [])


# --- the file over time ---


def test_what_is_not_there_any_more_leaves_the_file(
    run: Runner, scripted: Scripted, tree: Tree, creds: Creds
) -> None:
    """Changed and deleted objects leave records behind; those of other targets stay."""
    file = tree / "state"
    scripted.objects = {f"{folder}/{i:03}": b"x" for folder in "ab" for i in range(60)}
    for folder in "ab":
        run.scan("--resume", str(file), f"{TARGET}/{folder}/", env=scripted.env)
    assert records(file) == 120
    for i in range(1, 6):  # as buckets of logs do
        scripted.objects = {k: b"x" * (1 + i * (k[0] == "a")) for k in scripted.objects}
        assert run.scan("--resume", str(file), f"{TARGET}/a/", env=scripted.env).status == 0
        assert records(file) <= 2 * 120 + 60
    scripted.objects = {k: v for k, v in scripted.objects.items() if k[0] == "b"}
    scripted.objects["a/last"] = b"x"
    assert run.scan("--resume", str(file), f"{TARGET}/a/", env=scripted.env).status == 0
    assert records(file) == 61
    assert file.stat().st_mode & 0o777 == 0o600
    scripted.requests.clear()
    for folder in "ab":
        run.scan("--resume", str(file), f"{TARGET}/{folder}/", env=scripted.env)
    assert not [r for r in scripted.requests if r.key]
    assert [path.name for path in tree.root.iterdir()] == ["state"]


def test_records_of_another_choice_stay(run: Runner, scripted: Scripted, tree: Tree) -> None:
    """A scan of some objects of a target does not forget the others."""
    file = str(tree / "state")
    scripted.objects = {f"{i:03}.{end}": b"x" for i in range(50) for end in ("gz", "txt")}
    assert scan(run, scripted, "--resume", file).status == 0
    assert scan(run, scripted, "--resume", file, "--exclude", "*", "--include", "000*").status == 0
    scripted.requests.clear()
    assert scan(run, scripted, "--resume", file).status == 0
    assert not [r for r in scripted.requests if r.key]


def test_a_listing_that_fails_forgets_nothing(
    run: Runner, scripted: Scripted, tree: Tree
) -> None:
    file = tree / "state"
    scripted.objects = {f"{i:03}": b"x" for i in range(100)}
    scripted.page = 10
    scan(run, scripted, "--resume", str(file))
    scripted.script = lambda r: (
        fault(403, "AccessDenied") if r.query.get("continuation-token") == "20" else None
    )
    assert scan(run, scripted, "--resume", str(file)).status == 2
    assert records(file) == 100


def test_objects_that_are_read_again_do_not_pile_up(
    run: Runner, filled: Scripted, tree: Tree
) -> None:
    file = tree / "state"
    sizes = []
    for _ in range(6):
        shown = scan(run, filled, "--resume", str(file), "--show-secrets")
        sizes.append(file.stat().st_size)
    assert max(sizes) < 3 * sizes[0]
    assert scan(run, filled, "--show-secrets").stdout == shown.stdout


def test_two_scans_of_one_file(run: Runner, filled: Scripted, tree: Tree) -> None:
    file = tree / "state"
    held = stop_after(filled, 3)
    first = subprocess.Popen(
        [PROGRAM, "scan", "--resume", file, "-o", tree / "first", TARGET],
        env=clean_environment(run.home) | filled.env,
        cwd=run.work,
        stderr=subprocess.DEVNULL,
    )
    while first.poll() is None and records(file) < 1:
        threading.Event().wait(0.01)
    second = run("scan", "--resume", file, TARGET, env=filled.env)
    held.set()
    assert second.status == 2
    assert second.stderr_line().endswith("state: another scan writes to it")
    assert first.wait() == 1


# dash counts blocks of 512 bytes.
def limited(blocks: int) -> list[str]:
    """What goes before the program so that no file may become longer: as a disk that is full."""
    return ["sh", "-c", f"trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"", "sh"]


def test_a_full_disk(run: Runner, scripted: Scripted, tree: Tree) -> None:
    """What was scanned counts; that the file lacks some of it is an error."""
    file = tree / "state"
    scripted.objects = {f"{i:03}": b"x" for i in range(100)}
    result = scan(run, scripted, "--resume", str(file), before=limited(8))
    assert result.status == 2
    assert result.summary["objects"] == 100
    (error,) = result.errors
    assert error["message"].endswith("state: File too large: what was read from then on is not in it")
    # It ends with a whole record, and is gone on from.
    kept = records(file)
    assert 20 < kept < 100 and file.read_bytes().endswith(b" 0\n")
    scripted.requests.clear()
    assert scan(run, scripted, "--resume", str(file)).status == 0
    assert len([r for r in scripted.requests if r.key]) == 100 - kept


def test_a_disk_that_was_full_before(run: Runner, scripted: Scripted, tree: Tree) -> None:
    file = tree / "state"
    scripted.objects = {"k": b"x"}
    assert run("scan", "--resume", file, TARGET, env=scripted.env, before=limited(0)).status == 2
    assert file.read_bytes() == b""
    assert scan(run, scripted, "--resume", str(file)).status == 0


def test_the_file_of_another_version(run: Runner, scripted: Scripted, tree: Tree) -> None:
    file = tree.write("state", f"leaktrawl resume 1 {'0' * 64}\n{'0' * 32} 1 2 3 4 5 0 0\n")
    scripted.objects = {"k": b"x"}
    assert scan(run, scripted, "--resume", str(file)).status == 0
    assert scripted.of("k") and records(file) == 1


def test_a_link_to_the_file_stays_one(run: Runner, scripted: Scripted, tree: Tree) -> None:
    tree.mkdir("else")
    link = tree.link("state", "else/where")
    for i in range(1, 5):
        scripted.objects = {f"{n:02}": b"x" * i for n in range(50)}
        assert scan(run, scripted, "--resume", str(link)).status == 0
    assert link.is_symlink() and records(tree / "else/where") <= 100


def test_what_is_known_is_verified_too(
    run: Runner, moto_server: Server, tree: Tree, creds: Creds
) -> None:
    """Of a pair whose secret the file does not have, the object is read again."""
    pair, bucket = creds.pair(), "resumed"
    moto_server.fill(bucket, {"k": pair.ini})
    args = ["--resume", str(tree / "state"), f"s3://{bucket}"]
    assert run.scan(*args, env=moto_server.env).ids == [pair.id]
    verified = run.scan("--verify", *args, env=moto_server.env)
    assert [f["verification"]["status"] for f in verified.findings] == ["live"]
