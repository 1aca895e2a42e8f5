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
from s3_servers import Answer, Request, Scripted, fault, packed

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
