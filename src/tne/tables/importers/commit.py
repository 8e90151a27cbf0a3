"""Put all tables of one import in place, or none, even if the process is killed in between."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

_FOLDER = ".import"


@contextlib.contextmanager
def lock(root: Path) -> Iterator[None]:
    """Hold the workspace for one import; a second one waits. Finishes an import that was killed."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".import.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        recover(root)
        yield


def finish(root: Path) -> None:
    """Finish what was killed in the middle of its moves, before somebody reads; anything else is left alone."""
    if (root / _FOLDER / "moves.json").is_file():
        with lock(root):
            pass


def stage(root: Path) -> Path:
    """Return an empty folder on the workspace's own file system for the next state."""
    folder = root / _FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "new").mkdir(parents=True)
    return folder / "new"


def commit(root: Path, moves: Mapping[str, str]) -> None:
    """Make the staged state the state of the workspace.

    Parameters
    ----------
    root : Path
        The workspace.
    moves : mapping of str to str
        Staged path to its place, both relative (to the staging folder and to `root`). A folder replaces a folder.

    Notes
    -----
    The list of moves is written, synced and renamed first: before that moment a kill leaves the old state, after it
    the next import or opening finishes the moves.
    """
    folder = root / _FOLDER
    for path in sorted((folder / "new").rglob("*")):
        if path.is_file():
            _sync(path)
    draft = folder / "moves.tmp"
    draft.write_text(json.dumps(dict(moves)), encoding="utf-8")
    _sync(draft)
    os.replace(draft, folder / "moves.json")
    _sync(folder)
    recover(root)


def recover(root: Path) -> None:
    """Finish a committed import whose moves were interrupted; drop one that was never committed."""
    folder = root / _FOLDER
    if not folder.is_dir():
        return
    plan = folder / "moves.json"
    if plan.is_file():
        for staged, place in json.loads(plan.read_text(encoding="utf-8")).items():
            _move(folder / "new" / staged, root / place, folder / "old" / staged)
    shutil.rmtree(folder)


def _move(staged: Path, place: Path, aside: Path) -> None:
    if not staged.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_dir():
        # A folder cannot be replaced in one step: the old one steps aside, the plan still says what follows.
        if aside.exists():
            shutil.rmtree(aside)
        aside.parent.mkdir(parents=True, exist_ok=True)
        os.replace(place, aside)
    os.replace(staged, place)
    _sync(place.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
