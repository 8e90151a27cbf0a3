"""Which old versions go, and what does that free? Callers hold the lock of the store."""

from __future__ import annotations

import datetime as dt
import fcntl
import itertools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tne.tables.versions import FOLDER, list_path, part_path, versions


def sweep(root: Path, *, dry: bool = False, without: Sequence[int] = ()) -> int:
    """Remove (`dry`: only weigh) the parts that no version has; return their bytes. `without`: versions that go."""
    home = root / FOLDER / "parts"
    used = {
        part_path(root, table, place, part)
        for version in versions(root)
        if version.number not in without
        for table, stored in version.tables.items()
        for place, part in stored.parts.items()
    }
    freed = 0
    for path in sorted(home.glob("**/*.parquet")):
        if path not in used:
            freed += path.stat().st_size
            if not dry:
                path.unlink()
    return freed


@dataclass(frozen=True)
class Pruned:
    """Numbers of the versions that went, of those that a reader holds open and so stayed, and the bytes freed."""

    gone: tuple[int, ...]
    in_use: tuple[int, ...]
    freed: int


def prune(
    root: Path, *, keep: int | None = None, before: dt.datetime | None = None, dry: bool = False
) -> Pruned:
    """Remove old versions; never the newest one, nor one that a reader holds open.

    Parameters
    ----------
    root : Path
        The workspace.
    keep : int, optional
        Keep this many, the newest.
    before : datetime, optional
        Remove what was replaced by then: every state from then on can still be opened.
    dry : bool
        Only say what would go; whether it is open is not looked at.

    Raises
    ------
    ValueError
        If `keep` is less than 1.
    """
    if keep is not None and keep < 1:
        raise ValueError("At least one version must be kept: the newest is the store.")
    known = versions(root)
    old = [
        one.number
        for i, (one, following) in enumerate(itertools.pairwise(known))
        if (keep is not None and len(known) - i > keep) or (before is not None and following.at <= before)
    ]
    if dry:
        return Pruned(tuple(old), (), sweep(root, dry=True, without=old))
    gone = tuple(number for number in old if _removed(list_path(root, number)))
    return Pruned(gone, tuple(n for n in old if n not in gone), sweep(root))


def versions_to_keep(root: Path) -> int | None:
    """Return how many versions an import leaves (``[store] keep`` of ``tne.toml``), None for all.

    Raises
    ------
    ValueError
        If it is no number from 1 on.
    """
    path = root / "tne.toml"
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"tne.toml of the workspace is no TOML: {error}. Correct it.") from None
    store = settings.get("store", {})
    keep = store.get("keep") if isinstance(store, dict) else store
    if keep is not None and (type(keep) is not int or keep < 1):
        raise ValueError("`keep` in [store] of tne.toml must be a whole number from 1 on. Correct it.")
    return keep


def _removed(path: Path) -> bool:
    with path.open("rb") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        path.unlink()
    return True
