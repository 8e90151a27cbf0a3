"""How do the files that the newest version names come to their places in ``tables/``? Callers hold the lock."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from tne.tables.versions import latest, part_path

# The folders of a workspace are made for their owner alone; who shares them opens them, and they stay open.
PRIVATE = 0o700


def settle(root: Path, places: Sequence[tuple[str, str]]) -> None:
    """Make some places of ``tables/`` what the newest version says; done twice it is the same."""
    version = latest(root)
    (root / "tables").mkdir(PRIVATE, exist_ok=True)
    for table, place in places:
        target = root / "tables" / table / place
        part = version.tables[table].parts.get(place) if version and table in version.tables else None
        if part is None:
            target.unlink(missing_ok=True)
            home = target.parent
            if home.name.startswith("market=") and home.is_dir() and not any(home.iterdir()):
                home.rmdir()
            continue
        source = part_path(root, table, place, part)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not (
            target.exists() and os.path.samefile(source, target)
        ):  # to rename a file to itself leaves both names
            draft = target.with_name(f".{target.name}.tmp")
            draft.unlink(missing_ok=True)
            link(source, draft)
            os.replace(draft, target)
            sync(target.parent)


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on disk before anything else is done."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def link(source: Path, target: Path) -> None:
    """Give a file a second name, or a copy where the file system has no such names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
