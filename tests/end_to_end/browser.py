"""A page as a real browser shows it: headless Chromium, by its command line alone."""

import json
import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTHS = (390, 1280)
"""Of a phone and of a laptop, in px. A window cannot be as narrow as a phone, a frame can."""

# Frames of one origin with the outer page: it can read them, while they run nothing themselves. Pictures are decoded
# anew, since one that is broken may claim a size.
_READ = """
<script>
const seen = async frame => {
  const page = frame.contentDocument, root = page.documentElement;
  const images = await Promise.all([...page.images].map(async image => ({
    alt: image.alt, width: image.naturalWidth, height: image.naturalHeight, shown: image.getBoundingClientRect().width,
    decoded: await image.decode().then(() => true, () => false),
  })));
  const loaded = frame.contentWindow.performance.getEntriesByType("resource").map(one => one.name);
  return {width: root.clientWidth, needed: Math.max(root.scrollWidth, page.body.scrollWidth),
          height: root.scrollHeight, images, loaded: loaded.filter(name => !name.startsWith("data:")),
          titles: [...page.querySelectorAll("h2")].map(one => one.textContent),
          broken: [...page.querySelectorAll("nav a")].filter(one => !page.querySelector(one.hash)).length,
          scripts: page.scripts.length};
};
window.onload = async () => {
  const found = await Promise.all([...document.querySelectorAll("iframe")].map(seen));
  document.getElementById("found").textContent = JSON.stringify(found);
};
</script>
"""


@dataclass(frozen=True)
class Seen:
    """What a browser found in a page: `frames` as `_READ` tells it, one a width, and what it said on its console."""

    frames: list[dict[str, Any]]
    console: list[str]


def find_browser() -> str:
    """Return the path of Chromium; skips the test where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"needs a browser: none of {', '.join(NAMES)} is installed")
    return found


def open_page(text: str, folder: Path) -> Seen:
    """Show a page in frames of the two widths and return what was seen; `folder` is for the browser's own files."""
    browser = find_browser()
    frames = "".join(
        f'<iframe width="{width}" height="800" style="border: 0" srcdoc="{escape(text)}"></iframe>' for width in WIDTHS
    )
    outer = folder / "outer.html"
    outer.write_text(f'<!doctype html><meta charset="utf-8">{_READ}{frames}<pre id="found"></pre>', encoding="utf-8")
    command = [
        browser,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-extensions",
        "--enable-logging=stderr",
        "--v=0",
        f"--user-data-dir={folder / 'profile'}",
        "--virtual-time-budget=20000",
        "--dump-dom",
        outer.as_uri(),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True
    )
    try:
        dom, log = process.communicate(timeout=60)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    told = re.search(r'<pre id="found">(.+?)</pre>', dom, re.DOTALL)
    assert told is not None, f"the browser did not tell what it saw:\n{log[-2000:]}"
    return Seen(json.loads(unescape(told[1])), [line for line in log.splitlines() if ":CONSOLE" in line])
