#!/usr/bin/env python3
"""Time `leaktrawl trail` against DuckDB's read_json and jq on the same generated logs, in turns.

DuckDB and jq answer the first of the questions only, which events the keys' records hold, how
often, and when first and last; leaktrawl tells the whole story, in as many passes as it takes.
DuckDB is given the columns that it needs, so it infers nothing. All must find the same calls.

usage: trail.py PROGRAM FOLDER [RECORDS [ROUNDS]]     1,000,000 records are 1.2 GB expanded
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from timed import Run, timed
from trail_logs import generate

DUCKDB = """
import sys, duckdb
duckdb.sql('SET enable_progress_bar = false')
pattern, *keys = sys.argv[1:]
rows = duckdb.sql(f'''
    SELECT r.eventName, count(*), min(r.eventTime), max(r.eventTime)
    FROM (SELECT unnest(Records) AS r FROM read_json('{pattern}', maximum_object_size = 33554432,
          format = 'unstructured', columns = {{Records:
          'STRUCT(eventTime VARCHAR, eventName VARCHAR, userIdentity STRUCT(accessKeyId VARCHAR))[]'}}))
    WHERE r.userIdentity.accessKeyId IN ({", ".join(f"'{key}'" for key in keys)})
    GROUP BY 1 ORDER BY 1''')
print(sum(row[1] for row in rows.fetchall()))
"""
JQ = """
find "$1" -name '*.json.gz' -print0 | xargs -0 -P "$3" -n 8 sh -c '
gzip -dc "$@" | jq -c --argjson keys "$0" "
    .Records[] | select(.userIdentity.accessKeyId as \\$id | \\$keys | index(\\$id))
    | [.eventName, .eventTime]"' "$2" | wc -l
"""


def calls_told(out: str) -> int:
    """The calls by the keys themselves, of leaktrawl's lines."""
    lines = [json.loads(line) for line in out.splitlines()]
    return sum(line["own_calls"] for line in lines if line["type"] == "trail")


def one(argv: list[str]) -> tuple[Run, str]:
    with tempfile.TemporaryFile() as out:
        run = timed(argv, out)
        out.seek(0)
        return run, out.read().decode()


def main(argv: list[str]) -> int:
    if not 3 <= len(argv) <= 5:
        print(__doc__.strip().splitlines()[-1], file=sys.stderr)
        return 2
    program, folder = str(Path(argv[1]).resolve()), Path(argv[2])
    records, rounds = [int(a) for a in argv[3:]] + [1_000_000, 3][len(argv) - 3 :]
    truth = generate(folder, records)
    keys = [incident["key"] for incident in truth["incidents"]]
    logs, cores = str(folder / "AWSLogs"), str(os.cpu_count() or 1)
    print(
        f"{truth['records']:,} records in {truth['files']:,} files, {truth['bytes'] / 1e9:.2f} GB"
        f" expanded; {cores} processors; {rounds} rounds"
    )
    ours = [word for key in keys for word in ("--key", key)]
    ways = {
        "leaktrawl": [program, "trail", "--format", "jsonl", *ours, logs],
        "hunt": [program, "trail", "--format", "jsonl", "--hunt", logs],
        "DuckDB": [sys.executable, "-c", DUCKDB, f"{logs}/**/*.json.gz", *keys],
    }
    if shutil.which("jq"):
        ways["jq"] = ["sh", "-c", JQ, "sh", logs, json.dumps(keys), cores]
    runs: dict[str, list[Run]] = {name: [] for name in ways}
    answers: dict[str, int] = {}
    for _ in range(rounds):
        for name, words in ways.items():
            if name == "jq" and runs[name]:
                continue  # it takes minutes, and once is enough
            run, out = one(words)
            if run.status != (1 if words[0] == program else 0):
                print(f"trail.py: {name} ended with {run.status}\n{out[-2000:]}", file=sys.stderr)
                return 1
            runs[name].append(run)
            answers[name] = int(out) if name in ("DuckDB", "jq") else calls_told(out)
    for name, done in runs.items():
        wall = statistics.median(r.wall_s for r in done)
        cpu = statistics.median(r.cpu_s for r in done)
        base = statistics.median(r.cpu_s for r in runs["leaktrawl"])
        first = statistics.median(r.wall_s for r in runs["leaktrawl"])
        print(
            f"{name:<10} {wall:8.2f} s wall {cpu:8.2f} s CPU"
            f" {max(r.rss_kb for r in done) / 1024:8.1f} MiB"
            f"   {wall / first:6.1f} × wall, {cpu / base:6.1f} × CPU   {answers[name]} calls"
        )
    same = {answers[name] for name in ways if name != "hunt"}
    if len(same) != 1:
        print("trail.py: they do not agree", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
