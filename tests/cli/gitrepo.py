"""Real repositories, made by the real git in an environment that is the same everywhere."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

AUTHOR = "Ann Author"
MAIL = "ann@example.com"


def git_environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": AUTHOR,
        "GIT_AUTHOR_EMAIL": MAIL,
        "GIT_COMMITTER_NAME": "Cid Committer",
        "GIT_COMMITTER_EMAIL": "cid@example.com",
    }


class Repo:
    """A repository at `path`. Each commit is a minute later than the one before."""

    def __init__(self, path: Path, *init: str, create: bool = True) -> None:
        self.path = path
        self.seconds = 1_600_000_000
        if create:
            path.mkdir(parents=True, exist_ok=True)
            self.git("init", "-q", "-b", "main", *init)

    def git(self, *args: str, stdin: bytes | None = None, env: dict[str, str] | None = None) -> str:
        """Run git here; its standard output without the last line end. A failure ends the test."""
        date = f"{self.seconds} +0200"
        full = git_environment(self.path.parent) | {
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_DATE": date,
        }
        done = subprocess.run(
            ["git", "-c", "gc.auto=0", *args],
            cwd=self.path,
            env=full | (env or {}),
            input=stdin if stdin is not None else b"",
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, f"git {args}: {done.stderr.decode(errors='replace')}"
        return done.stdout.decode(errors="surrogateescape").rstrip("\n")

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def commit(self, files: dict[str, str | bytes | None], message: str = "change") -> str:
        """Write these files (None removes one), commit them, and give the commit's id."""
        self.seconds += 60
        for name, content in files.items():
            if content is None:
                self.git("rm", "-q", "-f", name)
            else:
                self.write(name, content)
                self.git("add", "-f", "--", name)
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def hash_object(self, content: str) -> str:
        """Store a blob that no commit holds."""
        return self.git("hash-object", "-w", "--stdin", stdin=content.encode())
