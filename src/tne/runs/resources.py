"""What may a run take of this machine: cores, memory, and a private folder to work in?"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_WORK = "tne-"
_ENDING = 5.0  # seconds in which the processes of a killed run have noticed it


def sweep(cache: Path) -> None:
    """Remove the private folder that a killed run has left, as noted in `cache`; its processes may still be ending."""
    noted = cache / "work"
    with suppress(OSError, ValueError):
        left = Path(noted.read_text(encoding="utf-8"))
        if not left.name.startswith(_WORK) or left.is_symlink():
            return
        until = time.monotonic() + _ENDING
        while left.exists() and time.monotonic() < until:
            shutil.rmtree(left, ignore_errors=True)
            time.sleep(0.05 if left.exists() else 0)


def work_folder(cache: Path) -> Path:
    """Return a new private folder, noted in `cache`."""
    sweep(cache)
    place = tempfile.gettempdir()
    # The paths of sockets in it are limited to about 100 characters.
    if len(place) > 60 and os.path.isdir("/tmp"):
        place = "/tmp"
    work = Path(place) / f"{_WORK}{secrets.token_hex(4)}"
    # first, so that it is found whenever this run is killed
    (cache / "work").write_text(str(work), encoding="utf-8")
    work.mkdir(mode=0o700)
    return work


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory() -> int:
    """Return the bytes that a run may take unless told: four fifths of what this machine or container has."""
    found = []
    with suppress(OSError, ValueError, AttributeError):
        found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with suppress(OSError, ValueError):
        found.append(int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return int(min(found) * 0.8) if found and sys.platform == "linux" else 0
