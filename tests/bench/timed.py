"""One run of a program to its end, with what it took."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from typing import IO


@dataclass
class Run:
    """One run: seconds of wall and processor time, the most memory held in kB, the exit status."""

    wall_s: float
    cpu_s: float
    rss_kb: int
    status: int


def timed(argv: list[str], out: IO[bytes] | int = subprocess.DEVNULL) -> Run:
    """Run to the end, with standard output and error going to `out`."""
    start = time.monotonic()
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, process.returncode)
