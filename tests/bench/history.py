#!/usr/bin/env python3
"""Time `leaktrawl history --all-objects` on a repository against reading it in other ways.

The ways take turns, so that what else the machine does meets all of them; a first round, which is
not counted, brings the packs into memory. Printed are medians of wall and processor time, the most
memory held, and how long each way takes where the scan takes 1.

usage: history.py PROGRAM REPO [ROUNDS [LIBGIT2-BLOBS]]     ROUNDS: 5, at least 3
"""

from __future__ import annotations

import os
import statistics
import sys

from timed import Run, timed

GIT = ["cat-file", "--batch-all-objects", "--batch", "--buffer", "--unordered"]


def ways(program: str, repo: str, libgit2: str | None) -> dict[str, list[str]]:
    scan = [program, "history", "--all-objects", "-q"]
    found = {
        "scan": [*scan, repo],
        "scan, every object whole": [*scan, "--no-delta-skip", repo],
        "decoding alone": [*scan, "--decode-only", repo],
        "git cat-file, all objects": ["git", "-C", repo, "-c", "safe.directory=*", *GIT],
    }
    if libgit2:
        found["libgit2, one thread, blobs"] = [libgit2, repo]
    return found


def report(runs: dict[str, list[Run]]) -> None:
    scans = runs["scan"]
    print(f"{'':28}{'wall':>9}{'cpu':>9}{'memory':>10}{'scan = 1':>10}")
    for name, own in runs.items():
        wall = statistics.median(r.wall_s for r in own)
        cpu = statistics.median(r.cpu_s for r in own)
        rss = max(r.rss_kb for r in own) / 1024
        ratio = statistics.median(r.wall_s / s.wall_s for r, s in zip(own, scans))
        print(f"{name:28}{wall:7.2f} s{cpu:7.2f} s{rss:7.0f} MB{ratio:10.2f}")


def main(args: list[str]) -> int:
    if not 2 <= len(args) <= 4:
        print(__doc__, file=sys.stderr)
        return 2
    program, repo = args[:2]
    rounds = max(3, int(args[2])) if len(args) > 2 else 5
    todo = ways(program, repo, args[3] if len(args) > 3 else None)
    runs: dict[str, list[Run]] = {name: [] for name in todo}
    for number in range(rounds + 1):
        for name, argv in todo.items():
            run = timed(argv)
            if run.status < 0 or run.status > 2:
                print(f"{name}: ended with {run.status}", file=sys.stderr)
                return 1
            if number:
                runs[name].append(run)
    print(f"{repo}: medians of {rounds} rounds, {len(os.sched_getaffinity(0))} processors")
    report(runs)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
