"""What every test shares: the program in an environment of its own, a tree to fill, credentials.

LEAKTRAWL names the program (build/release/leaktrawl by default); SANITIZE says with which
sanitizers it was built: such a build is slower and needs more memory, so limits of time are wider
and tests of memory are left out.
"""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Callable, Iterator

import pytest

pytest.register_assert_rewrite(
    "archives", "aws_homes", "hostile", "pages", "planted", "schemas", "trails"
)

from creds import Creds  # noqa: E402
from gitrepo import Repo  # noqa: E402

# Fixtures, for every test. No test is imported by another: what they share stands in such modules.
from aws_homes import home  # noqa: E402, F401
from s3_servers import (  # noqa: E402, F401
    bucket,
    checking_moto,
    moto_server,
    scripted,
    server,
    versitygw,
)
from sts_server import authority, serve, sts  # noqa: E402, F401
from trails import logs, world  # noqa: E402, F401

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("LEAKTRAWL") or str(ROOT / "build" / "release" / "leaktrawl")
SANITIZED = bool(os.environ.get("SANITIZE"))
TIMEOUT_S = 300 if SANITIZED else 60
NOBODY = 65534

# What a sanitizer ends the program with when it has something to say; by default that is 1, which
# would look like findings.
SANITIZER_STATUS = 99

FINDING_KEYS = {
    "type",
    "rule",
    "severity",
    "confidence",
    "fingerprint",
    "access_key_id",
    "secret_access_key",
    "session_token",
    "account",
    "account_label",
    "location",
    "secret_location",
    "git",
    "s3",
    "verification",
    "count",
}
SUMMARY_KEYS = {
    "type",
    "findings",
    "by_rule",
    "files",
    "bytes",
    "repositories",
    "blobs",
    "blob_bytes",
    "commits",
    "merges",
    "tags",
    "refs",
    "temporary_ids",
    "allowed",
    "baselined",
    "rules_off",
    "baseline",
    "settings",
    "skipped",
    "errors",
    "complete",
}


# Starts a command and writes the most memory that it held, in kB, and the processor time that it
# took, in seconds, to a descriptor. A process of its own, because the kernel counts for a new
# program what its parent held when it was started.
MEASURE = """
import os, sys
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
os.write(int(sys.argv[1]), b"%d %f" % (usage.ru_maxrss, usage.ru_utime + usage.ru_stime))
os._exit(os.waitstatus_to_exitcode(status) & 255)
"""


@dataclass
class Result:
    """One finished run. `wall_s` is from start to end: how busy the machine is decides it, so that
    nothing but a wait may be asserted of it. `max_rss_kb` and `cpu_s`, the time of all threads on
    a processor, are None unless they were asked for."""

    args: list[str]
    status: int
    stdout: bytes
    stderr: bytes
    wall_s: float = 0.0
    max_rss_kb: int | None = None
    cpu_s: float | None = None

    @cached_property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON Lines of stdout, their order and keys checked against the contract."""
        lines = self.stdout.split(b"\n")
        assert lines.pop() == b"", f"the last line has no end: {self}"
        objects = [json.loads(line) for line in lines]
        assert [o["type"] for o in objects].count("summary") == 1, self
        assert objects[-1]["type"] == "summary", self
        for o in objects[:-1]:
            assert o["type"] in ("finding", "error"), o
            if o["type"] == "finding":
                assert FINDING_KEYS <= o.keys(), FINDING_KEYS - o.keys()
        assert SUMMARY_KEYS <= objects[-1].keys(), SUMMARY_KEYS - objects[-1].keys()
        return objects

    @property
    def findings(self) -> list[dict[str, Any]]:
        return [o for o in self.objects if o["type"] == "finding"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [o for o in self.objects if o["type"] == "error"]

    @property
    def summary(self) -> dict[str, Any]:
        return self.objects[-1]

    @property
    def ids(self) -> list[str | None]:
        """Access key ids of all findings, in the report's order."""
        return [f["access_key_id"] for f in self.findings]

    def skipped(self, reason: str) -> int:
        return self.summary["skipped"].get(reason, 0)

    def by_rule(self, rule: str) -> list[dict[str, Any]]:
        return [f for f in self.findings if f["rule"] == rule]

    def stderr_line(self) -> str:
        """Standard error, which must be exactly one line by the program."""
        text = self.stderr.decode()
        assert text.startswith("leaktrawl: ") and text.count("\n") == 1 and text[-1] == "\n", self
        return text[:-1]

    def __str__(self) -> str:
        out, err = (s[-2000:].decode(errors="backslashreplace") for s in (self.stdout, self.stderr))
        return f"{self.args}\nstatus {self.status}\nstdout: …{out}\nstderr: …{err}"

    __repr__ = __str__


def clean_environment(home: Path) -> dict[str, str]:
    """Nothing of the user's own settings; what sanitizers are told passes through."""
    env = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_DATA_HOME": str(home / "data"),
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
    }
    for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"):
        env[name] = f"{os.environ.get(name, '')}:exitcode={SANITIZER_STATUS}".lstrip(":")
    if "LD_LIBRARY_PATH" in os.environ:
        env["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    return env


class Runner:
    """Runs the program in `work`."""

    def __init__(self, work: Path, home: Path) -> None:
        self.work, self.home = work, home

    def __call__(
        self,
        *args: str | bytes | Path,
        stdin: bytes | BinaryIO | Iterator[bytes] | None = None,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        timeout_s: float = TIMEOUT_S,
        user: int | None = None,
        program: str = PROGRAM,
        before: list[str] | None = None,
        measured: bool = False,
        umask: int = -1,
    ) -> Result:
        """Run to the end. Bytes, or an iterator of them, come by a pipe; a file by redirection.

        `user` drops root's rights; `before` is a command that the program's is appended to;
        `measured` also tells the most memory held and the processor's time; `umask` is the
        program's, by default ours.
        """
        argv = [*(before or []), program, *(os.fsdecode(a) for a in args)]
        piped = stdin is not None and not hasattr(stdin, "fileno")
        as_user = {"user": user, "group": user, "extra_groups": []} if user is not None else {}
        with (
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
            tempfile.TemporaryFile() as memory,
        ):
            note = memory.fileno()
            helper = [sys.executable, "-S", "-c", MEASURE, str(note)] if measured else []
            start = time.monotonic()
            process = subprocess.Popen(
                helper + argv,
                cwd=cwd or self.work,
                env=clean_environment(self.home) | (env or {}),
                stdin=subprocess.PIPE if piped else (stdin or subprocess.DEVNULL),
                stdout=out,
                stderr=err,
                pass_fds=[note],
                start_new_session=True,
                umask=umask,
                **as_user,
            )
            late = threading.Timer(timeout_s, os.killpg, [process.pid, signal.SIGKILL])
            late.start()
            if piped:
                feed(process.stdin, stdin)
            status = process.wait()
            wall_s = time.monotonic() - start
            in_time = late.is_alive()
            late.cancel()
            for file in (out, err, memory):
                file.seek(0)
            result = Result(argv, status, out.read(), err.read(), wall_s)
            if measured:
                rss, cpu = memory.read().split()
                result.max_rss_kb, result.cpu_s = int(rss), float(cpu)
        assert in_time, f"still running after {timeout_s} s: {result}"
        return checked(result)

    def scan(self, *args: str | bytes | Path, **options: Any) -> Result:
        """`leaktrawl scan --format jsonl ARGS`"""
        return self("scan", "--format", "jsonl", *args, **options)

    def on_terminal(
        self,
        *args: str | Path,
        env: dict[str, str] | None = None,
        stdin: BinaryIO | int = subprocess.DEVNULL,
        stderr_too: bool = False,
    ) -> Result:
        """Run with stdout (and stderr, then they are one) on a pseudo-terminal."""
        full = clean_environment(self.home) | (env or {})
        ours, theirs = pty.openpty()
        with tempfile.TemporaryFile() as err:
            process = subprocess.Popen(
                [PROGRAM, *map(str, args)],
                cwd=self.work,
                env=full,
                stdin=stdin,
                stdout=theirs,
                stderr=theirs if stderr_too else err,
            )
            os.close(theirs)
            shown = drain(ours, time.monotonic() + TIMEOUT_S)
            os.close(ours)
            status = process.wait(timeout=TIMEOUT_S)
            err.seek(0)
            return checked(Result([PROGRAM, *map(str, args)], status, shown, err.read()))


def checked(result: Result) -> Result:
    """The same; a crash, or a sanitizer's complaint, ends the test."""
    assert result.status >= 0, f"ended by a signal: {result}"
    assert result.status != SANITIZER_STATUS, result.stderr.decode(errors="replace")
    return result


def feed(pipe: BinaryIO, stdin: bytes | Iterator[bytes]) -> None:
    try:
        for piece in [stdin] if isinstance(stdin, bytes) else stdin:
            pipe.write(piece)
            pipe.flush()
        pipe.close()
    except BrokenPipeError:
        pass


def drain(terminal: int, deadline: float) -> bytes:
    """Everything that a pseudo-terminal shows until its other end is closed."""
    shown = b""
    while select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    return shown


class Tree:
    """A folder to fill. Every method takes names inside it and gives the full path back."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def __truediv__(self, name: str) -> Path:
        return self.root / name

    def _path(self, name: str | bytes) -> Path:
        path = self.root / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, name: str | bytes, content: str | bytes) -> Path:
        path = self._path(name)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def mkdir(self, name: str | bytes) -> Path:
        path = self._path(name)
        path.mkdir(exist_ok=True)
        return path

    def link(self, name: str, to: str | Path) -> Path:
        path = self._path(name)
        path.symlink_to(to)
        return path

    def fifo(self, name: str) -> Path:
        path = self._path(name)
        os.mkfifo(path)
        return path

    def socket(self, name: str) -> Path:
        path = self._path(name)
        here = os.getcwd()
        os.chdir(path.parent)  # a socket's name has 107 bytes at most
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.bind(path.name)
        finally:
            os.chdir(here)
        return path

    def device(self, name: str) -> Path:
        """The device /dev/zero under another name; skips where that is not allowed."""
        path = self._path(name)
        try:
            os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 5))
        except PermissionError:
            pytest.skip("device files can only be made by root")
        return path

    def repo(self, name: str = "repo", *init: str) -> Repo:
        return Repo(self.root / name, *init)


@pytest.fixture
def creds(request: pytest.FixtureRequest) -> Creds:
    return Creds(request.node.nodeid)


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    """An empty folder, in which the program runs; removed at the end, however deep it is."""
    tree = Tree(tmp_path / "work")
    yield tree
    subprocess.run(["rm", "-rf", tree.root], check=True)


@pytest.fixture
def run(tree: Tree, tmp_path: Path) -> Runner:
    home = tmp_path / "home"
    home.mkdir()
    return Runner(tree.root, home)


@dataclass
class Unprivileged:
    """A tree, and the program run there by someone who is not root."""

    tree: Tree
    scan: Callable[..., Result]


@pytest.fixture
def unprivileged() -> Iterator[Unprivileged]:
    """Folders and a copy of the program that another user can reach."""
    base = Path(tempfile.mkdtemp(prefix="leaktrawl-test-"))
    try:
        base.chmod(0o755)
        program = shutil.copy(PROGRAM, base / "leaktrawl")
        (base / "home").mkdir()
        runner = Runner(base / "work", base / "home")
        tree = Tree(runner.work)
        user = None
        if os.geteuid() == 0:
            user = NOBODY
            try:
                subprocess.run(["true"], user=user, group=user, extra_groups=[], check=True)
            except (PermissionError, OSError) as reason:
                pytest.skip(f"root cannot become another user here: {reason}")

        def scan(*args: str | Path, **options: Any) -> Result:
            return runner.scan(*args, user=user, program=str(program), **options)

        yield Unprivileged(tree, scan)
    finally:
        subprocess.run(["chmod", "-R", "u+rwx", base], check=False)
        subprocess.run(["rm", "-rf", base], check=True)


@pytest.fixture
def no_sanitizer() -> None:
    if SANITIZED:
        pytest.skip("a sanitizer's own cost would be measured")


@pytest.fixture
def traced(no_sanitizer: None, tmp_path: Path) -> Callable[[str], list[str]]:
    """What goes `before` the program so that strace notes system calls, those of a list such as
    "open,openat", a line each in `tmp_path / "calls"`. Skips where strace cannot run."""
    try:
        subprocess.run(["strace", "-o", "/dev/null", "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as reason:
        pytest.skip(f"strace cannot run here: {reason}")
    calls = str(tmp_path / "calls")
    return lambda names: ["strace", "-f", "-qq", "-o", calls, "-e", f"trace={names}"]
