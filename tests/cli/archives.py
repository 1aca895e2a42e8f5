"""Archives made in memory, and what a report says of what lies in them."""

from __future__ import annotations

import io
import tarfile
import zipfile

from conftest import SANITIZED, Result, Runner


def tar(members: dict[str, bytes], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def places(result: Result) -> list[tuple[str, int]]:
    return [(f["location"]["path"], f["location"]["line"]) for f in result.findings]


def measured(run: Runner, *args: str) -> Result:
    """A scan that holds no more memory than any other."""
    result = run("scan", "--format", "jsonl", *args, measured=True)
    if not SANITIZED:
        assert result.max_rss_kb < 250_000, result.max_rss_kb
    return result
