#!/usr/bin/env python3
"""Time `leaktrawl scan` of compressed files against the ways in which others look into them.

Logs: made-up CloudTrail logs (cloudtrail.py), with an access key id in each record and with none,
against `rg -z`. TREE in one tar.zst, as a file and through a pipe, and in one zip, against `bsdtar -xOf - | rg`. ripgrep is
given leaktrawl's own anchors. The ways take turns; what counts is the ratio of neighbours.

usage: archive.py PROGRAM [TREE [ROUNDS]]     TREE: /usr/lib by default; ROUNDS: 5, at least 3
"""

from __future__ import annotations

import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import cloudtrail
from timed import Run, timed
from walk import anchors

TOOLS = ("rg", "bsdtar", "zstd", "gzip")


def shell(command: str) -> list[str]:
    return ["/bin/sh", "-c", command]


def compare(name: str, size: int, ways: dict[str, list[str]], rounds: int) -> None:
    """The first way is ours. A first round, which is not counted, brings the files into memory."""
    runs: dict[str, list[Run]] = {way: [] for way in ways}
    for number in range(rounds + 1):
        for way, argv in ways.items():
            with tempfile.TemporaryFile() as out:  # to rg /dev/null is special
                run = timed(argv, out)
            if run.status not in (0, 1):
                sys.exit(f"{way}: ended with {run.status}")
            if number:
                runs[way].append(run)
    ours = next(iter(runs.values()))
    print(f"{name}: {size / 1e6:,.0f} MB expanded, medians of {rounds} rounds")
    for way, own in runs.items():
        wall = statistics.median(r.wall_s for r in own)
        ratio = statistics.median(r.wall_s / o.wall_s for r, o in zip(own, ours))
        cpu = statistics.median(r.cpu_s for r in own)
        print(f"  {way:26}{wall:7.2f} s{cpu:7.2f} s CPU{size / 1e6 / wall:8,.0f} MB/s"
              f"{max(r.rss_kb for r in own) / 1024:6.0f} MB{ratio:8.2f} times")


def main(argv: list[str]) -> int:
    if not 2 <= len(argv) <= 4:
        print(__doc__, file=sys.stderr)
        return 2
    program = str(Path(argv[1]).resolve())
    tree = argv[2] if len(argv) > 2 else "/usr/lib"
    rounds = max(3, int(argv[3])) if len(argv) > 3 else 5
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        print(f"archive.py: needs {', '.join(missing)}", file=sys.stderr)
        return 2
    rg = ["rg", "-a", "-c", "--no-unicode", "--no-config"]
    for expression in anchors(program):
        rg += ["-e", f"(?:{expression})"]
    print(f"{len(os.sched_getaffinity(0))} processors")
    with tempfile.TemporaryDirectory() as folder:
        for name, ids in (("CloudTrail logs", True), ("the same without ids", False)):
            logs = Path(folder) / f"logs-{ids}"
            size = cloudtrail.generate(logs, ids=ids)
            compare(name, size, {"leaktrawl": [program, "scan", "-q", str(logs)],
                                 "rg -z": [*rg, "-uuu", "-z", "--", str(logs)]}, rounds)
            shutil.rmtree(logs)
        tar = f"{folder}/tree.tar.zst"
        subprocess.run(shell(f"tar -C {shlex.quote(tree)} -cf - . | zstd -q -T0 -o {tar}"), check=True)
        size = int(subprocess.run(shell(f"zstd -dc {tar} | wc -c"), capture_output=True, check=True).stdout)
        compare(f"{tree} as tar.zst", size, {
            "leaktrawl": [program, "scan", "-q", tar],
            "leaktrawl, from a pipe": shell(f"cat {tar} | {shlex.quote(program)} scan -q -"),
            "bsdtar -xOf - | rg": shell(f"bsdtar -xOf - < {tar} | {shlex.join([*rg, '-'])}"),
        }, rounds)
        os.unlink(tar)
        archive = f"{folder}/tree.zip"
        subprocess.run(["bsdtar", "-C", tree, "--format=zip", "-cf", archive, "."], check=True)
        compare(f"{tree} as zip", size, {
            "leaktrawl": [program, "scan", "-q", archive],
            "leaktrawl -j1": [program, "scan", "-q", "-j1", archive],
            "bsdtar -xOf | rg": shell(f"bsdtar -xOf {archive} | {shlex.join([*rg, '-'])}"),
        }, rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
