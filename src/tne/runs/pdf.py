"""How does a page become a PDF? An installed Chromium prints it, alone, without the network."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from tne.runs.outcome import UsageError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SECONDS = 120.0  # for one page
VERSION = 2  # of what is asked of the browser: PDFs of another one are made again
_POLL = 0.05
_QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",  # containers give 64 MB of it, less than a page takes
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--no-first-run",
    "--no-default-browser-check",
    "--metrics-recording-only",
    "--mute-audio",
    # nothing can be asked of any host, whatever a page holds
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)
# The clock, which the browser notes; of fixed length, so that the offsets in the file stay right
_CLOCK = re.compile(rb"/(CreationDate|ModDate) ?\(D:\d{14}")
# What the browser calls the cells of tables: numbers that it gives out as it comes to need them, of fixed length, too
_CELL = re.compile(rb"\(node(\d{8})\)")
_NAMED = re.compile(rb"/ID \(node(\d{8})\)")


class NotPrinted(Exception):
    """The browser gave no whole PDF of a page."""


def browser() -> str | None:
    """Return the browser that prints: ``TNE_CHROMIUM``, else one on the search path, else None.

    Raises
    ------
    UsageError
        If ``TNE_CHROMIUM`` names no program.
    """
    named = os.environ.get("TNE_CHROMIUM", "").strip()
    if named:
        found = shutil.which(named)
        if found is None:
            raise UsageError(f"TNE_CHROMIUM is {named}, which is no program. Correct or unset it.")
        return found
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def required() -> str:
    """Return the browser that prints.

    Raises
    ------
    UsageError
        If there is none, saying how to get one.
    """
    found = browser()
    if found is None:
        raise UsageError(
            "A PDF needs Chromium, and none is on the path. Install it (Debian: `apt install chromium`), name "
            "one in TNE_CHROMIUM, or leave pdf out of --formats."
        )
    return found


def print_page(
    program: str, page: Path, *, stop: threading.Event | None = None, seconds: float = SECONDS
) -> bytes:
    """Return a page as a tagged PDF with an outline, the same bytes for the same page and browser.

    Parameters
    ----------
    program : str
        Of `browser`.
    page : Path
        HTML file without outside addresses.
    stop : Event, optional
        Once set, the browser is ended.
    seconds : float
        Allowed for it.

    Raises
    ------
    NotPrinted
        If the browser failed, took too long or was stopped.
    """
    with tempfile.TemporaryDirectory(prefix="tne-pdf-", ignore_cleanup_errors=True) as work:
        made = Path(work, "page.pdf")
        # a profile of its own: no history, no cookies, no other window of the user's
        line = [program, *_QUIET, f"--user-data-dir={Path(work, 'profile')}", f"--print-to-pdf={made}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            line.append("--no-sandbox")  # Chromium does not start for root otherwise; our pages are gated
        _wait(_start([*line, page.absolute().as_uri()], work), stop, seconds)
        content = made.read_bytes() if made.is_file() else b""
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-1024:]:
        raise NotPrinted(f"{Path(program).name} gave no PDF. Try it on the page by hand.")
    return _renumbered(_CLOCK.sub(rb"/\1 (D:20000101000000", content))


def _renumbered(content: bytes) -> bytes:
    """Return a PDF whose cells are numbered from 1, in the order they had: the tree that finds them stays sorted."""
    number = {
        old: b"(node%08d)" % new for new, old in enumerate(sorted(set(_NAMED.findall(content))), start=1)
    }
    return _CELL.sub(lambda cell: number.get(cell[1], cell[0]), content)


def _start(line: list[str], work: str) -> subprocess.Popen[bytes]:
    silent: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    # a session of its own, so that its helpers end with it
    started = subprocess.Popen(line, **silent, env={**os.environ, "HOME": work}, start_new_session=True)
    return cast("subprocess.Popen[bytes]", started)


def _wait(process: subprocess.Popen[bytes], stop: threading.Event | None, seconds: float) -> None:
    until = time.monotonic() + seconds
    try:
        while process.poll() is None:
            if stop is not None and stop.is_set():
                raise NotPrinted("It was stopped.")
            if time.monotonic() > until:
                raise NotPrinted(f"The browser took more than {seconds:.0f} s.")
            time.sleep(_POLL)
    finally:
        _end(process)
    if process.returncode:
        raise NotPrinted(f"The browser ended with {process.returncode}.")


def _end(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()
