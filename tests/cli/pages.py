"""HTML pages: what they are made of, and how headless Chromium shows them."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Dom(HTMLParser):
    """Tags with their attributes, and the text inside of those with an id or a class."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[tuple[str, str]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        name = attributes.get("id") or attributes.get("class") or ""
        if tag not in ("meta", "link", "br", "input"):
            self.open.append((tag, name))
            self.texts.setdefault(name, []).append("")

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for _, name in self.open:
            self.texts[name][-1] += data


def chromium(page: Path, home: Path, *options: str) -> str:
    """What headless Chromium prints of `page`, whose script must not fail and whose policy nothing
    must break; it and its children end with this call."""
    process = subprocess.Popen(
        [
            CHROMIUM, "--headless=new", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={home / 'chromium'}",
            "--enable-logging=stderr",
            *(["--no-sandbox"] if os.geteuid() == 0 else []), *options, page.as_uri(),
        ],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        output, log = process.communicate(timeout=60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0
    assert not re.findall(r".*CONSOLE.*", log.decode(errors="replace"))
    return output.decode()


def browse(tmp_path: Path, page: bytes, *options: str, addition: str = "") -> Dom:
    """The page's elements after its script has run. `addition` is a script of the test's."""
    if not CHROMIUM:
        pytest.skip("chromium is not installed")
    text = page.decode()
    if addition:
        text = re.sub("<meta http-equiv[^>]*>", "", text)
        text = text.replace("</body>", f"<script>{addition}</script></body>")
    path = tmp_path / "page.html"
    path.write_text(text)
    dom = chromium(path, tmp_path, *options, "--virtual-time-budget=5000", "--dump-dom")
    return Dom(re.sub("<noscript>.*?</noscript>|<script.*?</script>", "", dom, flags=re.S))


def check_loads_nothing(page: str) -> None:
    for tag, attributes in Dom(page).tags:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "video", "audio")
        assert not {"src", "href", "style", "srcset", "action"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
    policy = re.search('Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    for kind, found in [
        ("script", re.findall("<script>(.*?)</script>", page, re.S)),
        ("style", re.findall("<style>(.*?)</style>", page, re.S)),
    ]:
        assert len(found) == 1
        digest = base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def data_of(page: str) -> dict[str, Any]:
    return json.loads(re.search('id="report">(.*?)</script>', page, re.S)[1])


def check_picture(
    folder: Path, page: bytes, name: str, size: str, scheme: int, addition: str = ""
) -> None:
    """Put a picture of the page into the folder; nothing of it is wider than the window."""
    dom = browse(
        folder, page, f"--window-size={size}",
        addition=addition + """addEventListener("load", () => setTimeout(() => {
          const root = document.documentElement;
          root.id = root.scrollWidth > root.clientWidth ? "wide" : "fits";
        }, 500));""",
    )  # fmt: skip
    picture = folder / f"{name}-{scheme}.png"
    chromium(
        folder / "page.html", folder, f"--window-size={size}", f"--screenshot={picture}",
        f"--blink-settings=preferredColorScheme={scheme}",
    )  # fmt: skip
    assert picture.stat().st_size > 20_000
    assert ("html", "fits") in [(tag, a.get("id")) for tag, a in dom.tags]
