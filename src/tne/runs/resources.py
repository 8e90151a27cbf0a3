"""What may a run take of this machine: cores, memory, and a private folder to work in?"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

_WORK = "tne-"


def work_folder(cache: Path) -> Path:
    """Return a new private folder, noted in `cache`, and remove the one that a killed run has left."""
    noted = cache / "work"
    with suppress(OSError):
        left = Path(noted.read_text(encoding="utf-8"))
        if left.name.startswith(_WORK) and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
    place = tempfile.gettempdir()
    # The paths of sockets in it are limited to about 100 characters.
    if len(place) > 60 and os.path.isdir("/tmp"):
        place = "/tmp"
    work = Path(place) / f"{_WORK}{secrets.token_hex(4)}"
    noted.write_text(str(work), encoding="utf-8")  # first, so that it is found whenever this run is killed
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
