"""A live bucket on this machine: leaktrawl's scan against the AWS CLI only fetching the objects.

usage: s3.py PROGRAM VERSITYGW [ROUNDS]

Two buckets are made in versitygw: 10,000 small gzip objects, and 20 large ones of 48 MB of text.
Both ways take turns, so that what else the machine does meets both. The scan reads, expands and
matches everything and writes nothing; `aws s3 cp --recursive` writes files to a folder in memory
where there is one.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from timed import Run, timed

SMALL, LARGE, LARGE_MB = 10_000, 20, 48
ID, SECRET = "benchmark", hashlib.sha256(b"benchmark").hexdigest()[:40]


def log_lines(rng: random.Random, size: int) -> bytes:
    """Text as logs have it: a few words, numbers and ids a line, compressible by about six."""
    words = "GET PUT user role bucket object request region error time status agent".split()
    out, length = [], 0
    while length < size:
        line = f'{{"id":"{rng.getrandbits(64):016x}","a":"{rng.choice(words)}","n":{rng.randrange(9999)}}}\n'
        out.append(line)
        length += len(line)
    return "".join(out).encode()[:size]


def fill(client, rng: random.Random) -> dict[str, int]:
    """Make both buckets; the bytes of each."""
    sizes = {"small": 0, "large": 0}
    for bucket in sizes:
        client.create_bucket(Bucket=bucket)
    text = log_lines(rng, 64 << 20)

    def put(bucket: str, key: str, body: bytes) -> None:
        client.put_object(Bucket=bucket, Key=key, Body=body)
        sizes[bucket] += len(body)

    with ThreadPoolExecutor(8) as pool:
        for i in range(SMALL):
            at = rng.randrange(len(text) - 20_000)
            body = gzip.compress(text[at : at + rng.randrange(2_000, 20_000)], 6, mtime=0)
            pool.submit(put, "small", f"AWSLogs/2024/{i % 365:03}/{i:05}.json.gz", body)
    for i in range(LARGE):
        at = rng.randrange(1 << 20)
        put("large", f"dump/{i:02}.log", text[at : at + (LARGE_MB << 20)])
    return sizes


def show(name: str, runs: list[Run], count: int, size: int) -> float:
    wall = statistics.median(run.wall_s for run in runs)
    print(
        f"{name:<28} {wall:7.2f} s  {count / wall:8.0f} objects/s  {size / 1e6 / wall:7.0f} MB/s  "
        f"{statistics.median(r.cpu_s for r in runs):6.2f} s of processor"
    )
    return wall


def main() -> None:
    import boto3
    from botocore.config import Config

    program, versitygw = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    aws = shutil.which("aws")
    if not aws:
        sys.exit("the AWS CLI is not there (aws)")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="leaktrawl-bench-") as folder:
        keys = {"ROOT_ACCESS_KEY": ID, "ROOT_SECRET_KEY": SECRET, "PATH": os.environ["PATH"]}
        argv = [versitygw, "--port", f"127.0.0.1:{port}", "--quiet", "posix", folder]
        server = subprocess.Popen(argv, env=keys, stdout=subprocess.DEVNULL)
        try:
            os.environ |= {
                "AWS_ACCESS_KEY_ID": ID,
                "AWS_SECRET_ACCESS_KEY": SECRET,
                "AWS_REGION": "us-east-1",
                "AWS_ENDPOINT_URL": url,
            }
            time.sleep(1)
            config = Config(s3={"addressing_style": "path"}, max_pool_connections=8)
            client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", config=config)
            sizes = fill(client, random.Random(1))
            for bucket, count in (("small", SMALL), ("large", LARGE)):
                ours, theirs = [], []
                for _ in range(rounds):
                    ours.append(timed([program, "scan", f"s3://{bucket}"]))
                    assert ours[-1].status == 0, ours[-1]
                    with tempfile.TemporaryDirectory(dir=memory) as to:
                        cp = [aws, "s3", "cp", "--recursive", "--quiet", f"s3://{bucket}", to]
                        theirs.append(timed(cp))
                        got = sum(f.stat().st_size for f in Path(to).rglob("*") if f.is_file())
                    assert got == sizes[bucket] and theirs[-1].status == 0, (got, theirs[-1])
                print(f"{bucket}: {count} objects, {sizes[bucket] / 1e6:.0f} MB, median of {rounds}")
                mine = show("leaktrawl scan", ours, count, sizes[bucket])
                cli = show("aws s3 cp --recursive", theirs, count, sizes[bucket])
                print(f"ratio {mine / cli:.2f}")
        finally:
            server.terminate()
            server.wait()


main()
