"""Put all tables of one import in place, or none, even if the process is killed in between."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from tne.tables.history import Step
from tne.tables.placing import PRIVATE, settle, sync
from tne.tables.pruning import sweep
from tne.tables.states import State, look, moving
from tne.tables.versions import Version

_FOLDER = ".import"


@contextlib.contextmanager
def lock(root: Path) -> Iterator[None]:
    """Hold the workspace for one import; a second one waits. Finishes an import that was killed."""
    root.mkdir(PRIVATE, parents=True, exist_ok=True)
    with (root / ".import.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        recover(root)
        yield


def finish(root: Path) -> None:
    """Finish what was killed in the middle of its moves, before somebody reads; anything else is left alone."""
    if moving(root):
        with lock(root):
            pass


def current(root: Path, as_of: dt.date | str | int | Version | None = None) -> State:
    """Return the files of the store now, or as of a moment; waits while an import moves its files into place."""
    while True:
        finish(root)
        found = look(root, as_of)
        if found is not None:
            return found


def stage(root: Path) -> Path:
    """Return an empty folder on the workspace's own file system for the next state."""
    folder = root / _FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(PRIVATE)
    (folder / "new").mkdir()
    return folder / "new"


def commit(root: Path, step: Step) -> None:
    """Make the staged state the state of the workspace.

    Parameters
    ----------
    root : Path
        The workspace.
    step : Step
        Its moves are relative (from the staging folder, to `root`), done in their order; a folder replaces a folder.

    Notes
    -----
    The step is written, synced and renamed first: before that moment a kill leaves the old state, after it the next
    import or opening finishes the step.
    """
    folder = root / _FOLDER
    for path in sorted((folder / "new").rglob("*")):
        sync(path)
    sync(folder / "new")
    draft = folder / "moves.tmp"
    draft.write_text(json.dumps(dataclasses.asdict(step)), encoding="utf-8")
    sync(draft)
    os.replace(draft, folder / "moves.json")
    sync(folder)
    recover(root)


def recover(root: Path) -> None:
    """Finish a committed import whose moves were interrupted; drop one that was never committed."""
    folder = root / _FOLDER
    if not folder.is_dir():
        return
    plan = folder / "moves.json"
    if plan.is_file():
        step = Step(**json.loads(plan.read_text(encoding="utf-8")))
        for staged, place in step.moves.items():
            if "/" in place:
                (root / place.split("/")[0]).mkdir(PRIVATE, exist_ok=True)
            _move(folder / "new" / staged, root / place, folder / "old" / staged)
        settle(root, step.places)
        if step.sweep:
            sweep(root)
    for rest in ("new", "old"):  # before the list: what was erased must not outlive it
        if (folder / rest).exists():
            shutil.rmtree(folder / rest)
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
    sync(place.parent)
