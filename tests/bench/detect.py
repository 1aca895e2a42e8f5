#!/usr/bin/env python3
"""How much of a corpus with known answers does the program find, and what does it make up?

generate   write positives and negatives, drawn from a seed, with the truth beside them
run        scan the corpus with the program and compare
linear     time documents made to be slow at sizes n, 2n and 4n

usage: detect.py generate --seed N --out DIR [--per-form K] [--form NAME]… [--encoding NAME]…
       detect.py run --program PATH --corpus DIR [--check] [--details N]
       detect.py linear --program PATH [--kilobytes N]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from corpus.compare import compare
from corpus.slow import linear
from corpus.write import generate


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    p = commands.add_parser("generate", help="write a corpus and its truth")
    p.add_argument("--seed", required=True)
    p.add_argument("--out", required=True, type=Path)
    p.add_argument("--per-form", type=int, default=10, metavar="K", help="samples of each form")
    p.add_argument("--form", action="append", default=[], help="only this form or negative")
    p.add_argument("--encoding", action="append", default=[], help="only this encoding, or plain")
    p = commands.add_parser("run", help="scan a corpus and compare with its truth")
    p.add_argument("--program", required=True, type=Path)
    p.add_argument("--corpus", required=True, type=Path)
    p.add_argument("--check", action="store_true", help="status 1 where it is not good enough")
    p.add_argument("--details", type=int, default=2, help="of each form × encoding; -1 for all")
    p = commands.add_parser("linear", help="time documents made to be slow")
    p.add_argument("--program", required=True, type=Path)
    p.add_argument("--kilobytes", type=int, default=5000, help="the smallest size of a document")
    args = parser.parse_args()
    if args.command == "generate":
        files = generate(args.seed, args.out, args.per_form, args.form, args.encoding)
        print(f"{files} files below {args.out}, the truth in {args.out / 'truth.jsonl'}")
        return 0
    if args.command == "run":
        result = compare(args.program, args.corpus)
        print(result.text(args.details))
        return 1 if result.failed or (args.check and not result.good_enough()) else 0
    return linear(args.program, args.kilobytes)


if __name__ == "__main__":
    sys.exit(main())
