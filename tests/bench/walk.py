#!/usr/bin/env python3
"""Time `leaktrawl scan` of a large tree against `rg -uuu -a -c` with the same anchors.

Both read the same files, which a warm-up has brought into memory, and take turns: A B A B. What
counts is the ratio of neighbours, for what else the machine does meets both of them. The ratio
says how long leaktrawl takes where ripgrep takes 1, though it also confirms, pairs and reports.

usage: walk.py PROGRAM [TREE [PAIRS]]     TREE: /usr by default; PAIRS: 7, at least 5
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from timed import Run, timed

LEAST_BYTES = 200_000_000
LEAST_FILES = 30_000


def timed_to_file(argv: list[str]) -> Run:
    """With the output in a file as a user's redirection would have it: to rg /dev/null is special."""
    with tempfile.TemporaryFile() as out:
        return timed(argv, out)


def measure(tree: str) -> tuple[int, int]:
    """Files and bytes below `tree`, as both programs see them: links are not followed."""
    files = size = 0
    for folder, _, names in os.walk(tree):
        for name in names:
            try:
                info = os.lstat(os.path.join(folder, name))
            except OSError:
                continue
            if stat.S_ISREG(info.st_mode):
                files += 1
                size += info.st_size
    return files, size


def anchors(program: str) -> list[str]:
    """The program's own anchors."""
    done = subprocess.run(
        [program, "rules", "list", "--anchors"], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def row(name: str, runs: list[Run]) -> str:
    walls = [r.wall_s for r in runs]
    return (
        f"{name:<10} {statistics.median(walls):8.3f} s wall"
        f" (min {min(walls):.3f}, max {max(walls):.3f})"
        f" {statistics.median(r.cpu_s for r in runs):8.2f} s CPU"
        f" {max(r.rss_kb for r in runs) / 1024:8.1f} MiB peak   status {runs[-1].status}"
    )


def main(argv: list[str]) -> int:
    if not 2 <= len(argv) <= 4:
        print(__doc__.strip().splitlines()[-1], file=sys.stderr)
        return 2
    program = str(Path(argv[1]).resolve())
    tree = argv[2] if len(argv) > 2 else "/usr"
    pairs = max(5, int(argv[3])) if len(argv) > 3 else 7
    ripgrep = shutil.which("rg")
    if not ripgrep or not os.access(program, os.X_OK):
        print(f"walk.py: needs rg (found: {ripgrep}) and {program}", file=sys.stderr)
        return 2

    files, size = measure(tree)
    expressions = anchors(program)
    # Bytes, not Unicode, as Hyperscan matches them: it is also the quicker way for ripgrep.
    theirs = [ripgrep, "-uuu", "-a", "-c", "--no-unicode", "--no-config"]
    for expression in expressions:
        theirs += ["-e", f"(?:{expression})"]  # ripgrep joins them: a (?i) must end where it began
    if subprocess.run([*theirs, "--", os.devnull], capture_output=True).returncode > 1:
        print("walk.py: ripgrep does not take the anchors", file=sys.stderr)
        return 1
    theirs += ["--", tree]
    ours = [program, "scan", "--no-history", "--archive-depth", "0", tree]

    print(f"tree       {tree}: {files:,} files, {size / 1e6:,.0f} MB; {os.cpu_count()} processors")
    print(f"anchors    {len(expressions)}")
    if size < LEAST_BYTES or files < LEAST_FILES:
        print(
            f"walk.py: {tree} is too small: {LEAST_FILES:,} files and 200 MB are needed",
            file=sys.stderr,
        )
        return 2

    # The warm-up, which also makes sure that the files are really read.
    covered = subprocess.run([*ours, "--format", "jsonl"], stdout=subprocess.PIPE).stdout
    summary = json.loads(covered.splitlines()[-1]) if covered else {}
    if summary.get("files", 0) < 0.9 * files:
        print(f"walk.py: {program} read {summary.get('files', 0)} files only", file=sys.stderr)
        return 1
    timed_to_file(theirs)
    a, b = [], []
    for _ in range(pairs):
        a.append(timed_to_file(ours))
        b.append(timed_to_file(theirs))
        if a[-1].status > 2 or b[-1].status > 2:
            print(f"walk.py: ended with {a[-1].status} and {b[-1].status}", file=sys.stderr)
            return 1

    ratios = [x.wall_s / y.wall_s for x, y in zip(a, b)]
    print(row("leaktrawl", a))
    print(row("ripgrep", b))
    print(
        f"ratio      {statistics.median(ratios):.3f} (median of {pairs} neighbouring pairs;"
        f" min {min(ratios):.3f}, max {max(ratios):.3f})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
