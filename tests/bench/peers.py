#!/usr/bin/env python3
"""Other scanners on the same input: what they find of a corpus with known answers, and how fast.

Whichever of the peers below is in PATH takes part, with its own defaults, but for verification,
which would need a network. The corpus is detect.py's, in the clear, without what may be taken for
either. A peer need not pair: it is enough that it reports the id and the secret of the same file, or
their SHA-1 where it reports no more. "elsewhere" counts reports in documents that hold no AWS
credential: some are other services' secrets, which the peers are right to report. The times are of
one run after one that is not counted.

usage: peers.py PROGRAM [REPOSITORY [SEED]]     REPOSITORY: its history is scanned too
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Callable, Iterator

from corpus.write import generate
from timed import timed

# What was reported: the path, the text that was found there, and what was told to be a pair.
Reports = Iterator[tuple[str, str, tuple[str, str] | None]]


def lines_of_json(text: str) -> Iterator[dict]:
    for line in text.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def leaktrawl(text: str) -> Reports:
    for f in lines_of_json(text):
        if f["type"] == "finding":
            pair = (f["access_key_id"], f["secret_access_key"])
            text = " ".join(v for v in (*pair, f["session_token"], f["value"]) if v)
            yield f["location"]["path"], text, pair if all(pair) else None


def gitleaks(text: str) -> Reports:
    for f in json.loads(text[text.index("["):]):
        yield f["File"], f["Secret"], None


def trufflehog(text: str) -> Reports:
    for f in lines_of_json(text):
        if "SourceMetadata" in f:
            where, both = f["SourceMetadata"]["Data"]["Filesystem"]["file"], f.get("RawV2", "")
            access_key = f["DetectorName"] in ("AWS", "AWSSessionKey") and ":" in both
            pair = tuple(both.split(":")[:2]) if access_key else None
            yield where, f"{f['Raw']} {both}", pair


def detect_secrets(text: str) -> Reports:
    for path, found in json.loads(text)["results"].items():
        for f in found:
            yield path, f["hashed_secret"], None


def ripsecrets(text: str) -> Reports:
    for line in text.splitlines():
        path, _, rest = line.partition(":")
        yield path, rest, None


# Name: (words before the folder, words before a repository, how its output is read).
PEERS: dict[str, tuple[str, str, Callable[[str], Reports]]] = {
    "leaktrawl": ("scan -q --format jsonl --show-secrets", "history -q", leaktrawl),
    "gitleaks": ("dir --no-banner -l fatal -f json -r -", "git --no-banner -l fatal", gitleaks),
    "trufflehog": ("filesystem --json --no-verification --no-update --log-level=-1",
                   "git --json --no-verification --no-update --log-level=-1", trufflehog),
    "detect-secrets": ("scan --all-files --no-verify", "", detect_secrets),
    "ripsecrets": ("", "", ripsecrets),
}


def holds(text: str, value: str) -> bool:
    return value in text or hashlib.sha1(value.encode()).hexdigest() in text


def compare(name: str, argv: list[str], folder: Path, truth: dict[str, dict], read: Callable[[str], Reports]) -> None:
    inside = ["env", "-C", str(folder), *argv, "."]
    with tempfile.TemporaryFile() as out:
        timed(inside)
        run = timed(inside, out)
        out.seek(0)
        text = out.read().decode(errors="replace")
    found: dict[str, str] = defaultdict(str)
    wrong = elsewhere = 0
    for path, value, pair in read(text):
        place = str(Path(path).relative_to(folder) if Path(path).is_absolute() else Path(path))
        known = truth.get(place)
        found[place] += value.replace("\\", "") + "\n"
        if not known:
            continue
        wrong += bool(pair) and pair not in [(p["id"], p["secret"]) for p in known["pairs"]]
        ids = known["lone_ids"] + known["optional_ids"]
        elsewhere += known["side"] == "negative" and not any(holds(value, i) for i in ids)
    pairs = [(f, p) for f, t in truth.items() if t["side"] == "positive" for p in t["pairs"]]
    ids = [holds(found[f], p["id"]) for f, p in pairs]
    secrets = [holds(found[f], p["secret"]) for f, p in pairs]
    both = [i and s for i, s in zip(ids, secrets)]
    shares = "".join(f"{sum(hits) / len(pairs):8.1%} {what}"
                     for hits, what in ((ids, "ids"), (secrets, "secrets"), (both, "both")))
    print(f"{name:15}{shares}{wrong:6} wrong pairs{elsewhere:6} elsewhere"
          f"{run.wall_s:8.2f} s{run.cpu_s:8.2f} s CPU{run.rss_kb / 1024:7.0f} MB")


def main(argv: list[str]) -> int:
    if not 2 <= len(argv) <= 4:
        print(__doc__, file=sys.stderr)
        return 2
    programs = {name: shutil.which(name) for name in PEERS} | {"leaktrawl": str(Path(argv[1]).resolve())}
    seed = argv[3] if len(argv) > 3 else "1"
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        generate(seed, corpus, 10, [], ["plain"])
        lines = [json.loads(line) for line in (corpus / "truth.jsonl").open()]
        (corpus / "truth.jsonl").unlink()
        truth = {t["file"]: t for t in lines if not t["secret_file"] and not t["optional"]}
        size = sum(p.stat().st_size for p in corpus.rglob("*") if p.is_file())
        print(f"corpus of seed {seed}: {len(truth):,} documents, {size / 1e6:.0f} MB")
        for name, (words, _, read) in PEERS.items():
            if programs[name]:
                compare(name, [programs[name], *words.split()], corpus, truth, read)
    if len(argv) > 2 and argv[2]:
        repository = Path(argv[2]).resolve()
        bare = [] if (repository / ".git").exists() else ["--bare"]
        print(f"history of {repository.name}")
        for name, (_, words, _) in PEERS.items():
            target = [*bare, f"file://{repository}"] if name == "trufflehog" else [str(repository)]
            if programs[name] and words:
                run = timed([programs[name], *words.split(), *target])
                print(f"{name:15}{run.wall_s:8.2f} s{run.cpu_s:8.2f} s CPU{run.rss_kb / 1024:7.0f} MB"
                      f"   status {run.status}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
