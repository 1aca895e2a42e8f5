"""Runs the program over a corpus and compares its findings with the truth."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator

RULES = {"aws-key-pair", "aws-session-credentials", "aws-secret-access-key", "aws-access-key-id"}
LEAST_PAIRS = 0.99
MEASURES = ["ids", "secrets", "pairs", "triples", "lone ids", "lone secrets", "further"]

Finding = dict[str, Any]
Truth = dict[str, Any]


def brief(f: Finding) -> str:
    """A finding on one line; long tokens are cut."""
    parts = [f["rule"]]
    for name in ("access_key_id", "secret_access_key", "session_token"):
        value = f.get(name)
        if value:
            parts.append(value if len(value) <= 60 else f"{value[:24]}…({len(value)})")
    at = f.get("location") or {}
    where = f"{at.get('line')}:{at.get('column')}"
    decoded = "+".join(at.get("decoded") or [])
    return " ".join(parts) + f" at {where}" + (f" [{decoded}]" if decoded else "")


@dataclass
class Note:
    """One thing that went wrong with one file."""

    kind: str
    truth: Truth
    expected: str
    got: str

    def __str__(self) -> str:
        t = self.truth
        return (
            f"{self.kind}  {t['form']} × {t['encoding']}  {t['file']}\n"
            f"    expected {self.expected}\n    got      {self.got}"
        )


@dataclass
class Result:
    """What was wanted and found by measure, for each form × encoding, and what went wrong."""

    wanted: dict[tuple[str, str, str], Counter] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    found: dict[tuple[str, str, str], Counter] = field(default_factory=lambda: defaultdict(Counter))
    notes: list[Note] = field(default_factory=list)
    wrong: int = 0
    wrong_tokens: int = 0
    extra: int = 0
    false: Counter = field(default_factory=Counter)
    negatives: Counter = field(default_factory=Counter)
    files: int = 0
    seconds: float = 0.0
    failed: str = ""

    def count(self, t: Truth, measure: str, want: set, got: set) -> None:
        key = (t["side"], t["form"], t["encoding"])
        self.wanted[key][measure] += len(want)
        self.found[key][measure] += len(want & got)

    def recall(self, measure: str, plain_only: bool = False) -> float:
        keys = [
            k for k in self.wanted if k[0] == "positive" and (k[2] == "plain" or not plain_only)
        ]
        wanted = sum(self.wanted[k][measure] for k in keys)
        return sum(self.found[k][measure] for k in keys) / wanted if wanted else 1.0

    @property
    def false_positives(self) -> int:
        return sum(self.false.values())

    def good_enough(self) -> bool:
        return (
            self.recall("pairs") >= LEAST_PAIRS
            and not self.wrong
            and not self.false_positives
            and not self.failed
        )

    # --- printing ---

    def details(self, most: int) -> Iterator[str]:
        shown: Counter = Counter()
        for note in self.notes:
            cell = (note.kind, note.truth["form"], note.truth["encoding"])
            shown[cell] += 1
            if most < 0 or shown[cell] <= most:
                yield str(note)
        left = sum(max(0, n - most) for n in shown.values()) if most >= 0 else 0
        if left:
            yield f"({left} more: --details -1 shows all)"

    def cells(self) -> Iterator[str]:
        """The forms × encodings where something was missed."""
        rows = []
        for key, wanted in self.wanted.items():
            missed = {
                m: (self.found[key][m], n) for m, n in wanted.items() if self.found[key][m] < n
            }
            if missed:
                name = f"{key[1]} × {key[2]}" + (" (negative)" if key[0] == "negative" else "")
                rows.append((name, missed))
        if rows:
            yield f"{'missed: form × encoding':<58}" + "".join(f"{m:>13}" for m in MEASURES)
        for name, missed in rows:
            cells = (f"{missed[m][0]}/{missed[m][1]}" if m in missed else "" for m in MEASURES)
            yield f"{name:<58}" + "".join(f"{c:>13}" for c in cells)

    def table(self, title: str, part: int, keys: list[tuple[str, str, str]]) -> Iterator[str]:
        """Recall by encoding (part 2) or by form (part 1)."""
        yield f"{title:<40}" + "".join(f"{m:>16}" for m in MEASURES[:4])
        names = list(dict.fromkeys(k[part] for k in keys))
        for name in names:
            cells = []
            for m in MEASURES[:4]:
                wanted = sum(self.wanted[k][m] for k in keys if k[part] == name)
                found = sum(self.found[k][m] for k in keys if k[part] == name)
                cells.append(f"{found}/{wanted} {100 * found / wanted:5.1f}" if wanted else "")
            yield f"{name:<40}" + "".join(f"{c:>16}" for c in cells)

    def totals(self) -> Iterator[str]:
        for plain in (True, False):
            yield "positives in the clear" if plain else "positives, all encodings"
            for m in MEASURES:
                keys = [
                    k for k in self.wanted if k[0] == "positive" and (k[2] == "plain" or not plain)
                ]
                wanted = sum(self.wanted[k][m] for k in keys)
                found = sum(self.found[k][m] for k in keys)
                if wanted:
                    yield f"    {m:<14}{found:>7} of {wanted:<7}{100 * found / wanted:7.2f} %"
        keys = [k for k in self.wanted if k[0] == "negative"]
        wanted, found = (sum(c[k]["lone ids"] for k in keys) for c in (self.wanted, self.found))
        yield "negatives"
        if wanted:
            yield f"    {'lone ids':<14}{found:>7} of {wanted:<7}{100 * found / wanted:7.2f} %"
        yield (
            f"    false positives in {sum(1 for k in self.false if self.false[k])} of "
            f"{len(self.negatives)} kinds: {self.false_positives} "
            f"({sum(self.negatives.values())} files)"
        )
        yield f"wrong pairs          {self.wrong}"
        yield f"wrong tokens         {self.wrong_tokens}"
        yield f"extra in positives   {self.extra}"
        yield f"{self.files} samples scanned in {self.seconds:.2f} s"
        if self.failed:
            yield f"THE PROGRAM FAILED: {self.failed}"

    def text(self, most: int = 2) -> str:
        positive = [k for k in self.wanted if k[0] == "positive"]
        lines = list(self.details(most)) + [""]
        lines += list(self.table("form, in the clear", 1, [k for k in positive if k[2] == "plain"]))
        lines += ["", *self.table("encoding", 2, positive)]
        lines += ["", f"{'negative':<40}{'files':>8}{'false positives':>18}"]
        lines += [f"{kind:<40}{n:>8}{self.false[kind]:>18}" for kind, n in self.negatives.items()]
        lines += ["", *self.cells(), "", *self.totals()]
        return "\n".join(lines)


def scan(program: Path, corpus: Path) -> tuple[list[Finding], str, float]:
    """The findings, why the program failed (or nothing), and its seconds."""
    argv = [os.path.abspath(program), "scan", "--format", "jsonl", "--show-secrets", "--no-history"]
    start = time.monotonic()
    try:
        process = subprocess.run([*argv, str(corpus)], capture_output=True, check=False)
    except OSError as reason:
        return [], f"cannot run it: {reason}", 0.0
    seconds = time.monotonic() - start
    findings, failed, whole = [], "", False
    for line in process.stdout.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            failed = f"not JSON: {line[:200]!r}"
            continue
        if record["type"] == "finding":
            findings.append(record)
        elif record["type"] == "error":
            failed = f"{record.get('path')}: {record.get('message')}"
        whole = record["type"] == "summary"
    if process.returncode not in (0, 1) or not whole:
        failed = failed or f"status {process.returncode}: {process.stderr[-500:].decode('replace')}"
    return findings, failed, seconds


def path_of(location: dict[str, Any] | None) -> str:
    return ((location or {}).get("path") or "").split("!")[0]


def judge(result: Result, t: Truth, findings: list[Finding]) -> None:
    """Compare one sample's findings with its truth."""
    want = {(p["id"], p["secret"]): p["token"] for p in t["pairs"]}
    got = {
        (f["access_key_id"], f["secret_access_key"]): f.get("session_token")
        for f in findings
        if f["access_key_id"] and f["secret_access_key"]
    }
    ids = {i for i, _ in want} | set(t["lone_ids"])
    secrets = {s for _, s in want} | set(t["lone_secrets"])
    got_ids = {f["access_key_id"] for f in findings if f["access_key_id"]}
    got_secrets = {f["secret_access_key"] for f in findings if f["secret_access_key"]}
    lone_got = {f["access_key_id"] for f in findings if not f["secret_access_key"]}
    triples = {(i, s, k) for (i, s), k in want.items() if k}
    all_text = " || ".join(brief(f) for f in findings) or "nothing"
    if not t["optional"]:
        result.count(t, "ids", ids, got_ids)
        result.count(t, "secrets", secrets, got_secrets)
        result.count(t, "pairs", set(want), set(got))
        result.count(t, "triples", triples, {(i, s, k) for (i, s), k in got.items()})
        result.count(t, "lone ids", set(t["lone_ids"]), lone_got)
        result.count(t, "lone secrets", set(t["lone_secrets"]), got_secrets)
        values = {v for f in findings for v in f.values() if isinstance(v, str)}
        needed = {x["value"] for x in t["further"] if not x.get("optional")}
        result.count(t, "further", needed, values)
        for missed in sorted(set(want) - set(got)):
            near = [
                f
                for f in findings
                if f["access_key_id"] == missed[0] or f["secret_access_key"] == missed[1]
            ]
            text = " || ".join(map(brief, near)) or f"{len(findings)} findings, neither half"
            token = f" token {want[missed][:24]}…" if want[missed] else ""
            result.notes.append(Note("MISSED PAIR", t, " ".join(missed) + token, text))
        for i in sorted(set(t["lone_ids"]) - got_ids):
            result.notes.append(Note("MISSED ID", t, i, all_text))
        for s in sorted(set(t["lone_secrets"]) - got_secrets):
            result.notes.append(Note("MISSED SECRET", t, s, all_text))
        for x in t["further"]:
            if not x.get("optional") and x["value"] not in values:
                result.notes.append(
                    Note("MISSED KIND", t, f"{x['kind']} {x['value'][:60]}", all_text)
                )
        for pair in sorted(set(want) & set(got)):
            if want[pair] != got[pair]:
                kind = "WRONG TOKEN" if got[pair] else "MISSED TOKEN"
                result.wrong_tokens += got[pair] is not None
                result.notes.append(Note(kind, t, f"{pair[0]} {want[pair]}", str(got[pair])))
    if t["optional"]:
        return
    for f in findings:
        i, s = f["access_key_id"], f["secret_access_key"]
        false = ""
        if i and s:
            if (i, s) in want:
                continue
            false = "WRONG PAIR"
            result.wrong += 1
        elif i and (i in t["lone_ids"] or i in t["optional_ids"]):
            continue
        elif s and s in t["lone_secrets"]:
            continue
        elif not i and not s and f["rule"] not in RULES and t["further"]:
            continue
        elif (i and i in ids and i not in {p[0] for p in got}) or (
            s and s in secrets and s not in {p[1] for p in got}
        ):
            continue  # one half of a pair that was missed: counted there
        if t["side"] == "negative":
            result.false[t["form"]] += 1
            false = false or "FALSE POSITIVE"
        elif not false:
            result.extra += 1
            false = "EXTRA"
        result.notes.append(Note(false, t, "not this", brief(f)))


def compare(program: Path, corpus: Path) -> Result:
    result = Result()
    samples = [json.loads(line) for line in open(corpus / "truth.jsonl", encoding="utf-8")]
    owner: dict[str, int] = {}
    for n, t in enumerate(samples):
        owner[str(corpus / t["file"])] = n
        if t["secret_file"]:
            owner[str(corpus / t["secret_file"])] = n
    findings, result.failed, result.seconds = scan(program, corpus)
    mine: dict[int, list[Finding]] = defaultdict(list)
    for f in findings:
        n = owner.get(path_of(f["location"]))
        if n is None:
            if path_of(f["location"]) != str(corpus / "truth.jsonl"):
                result.failed = result.failed or f"a finding in no known file: {f['location']}"
            continue
        other = path_of(f.get("secret_location"))
        if f["secret_access_key"] and f["access_key_id"] and owner.get(other, n) != n:
            result.wrong += 1
            result.notes.append(Note("WRONG PAIR", samples[n], "halves of one sample", brief(f)))
            continue
        mine[n].append(f)
    for n, t in enumerate(samples):
        if t["side"] == "negative":
            result.negatives[t["form"]] += 1
        judge(result, t, mine[n])
    result.files = len(samples)
    return result
