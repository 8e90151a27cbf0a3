"""What was a table of one market before it last changed? The version that an import left behind."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from tne.tables.versions import Version, versions


def files_of(version: Version, table: str, market: str) -> Mapping[str, str]:
    """Return the hashes of a table's files that concern one market, by place."""
    content = _content(version, table)
    return {
        p: h for p, h in content.items() if not p.startswith("market=") or p.startswith(f"market={market}/")
    }


def before(root: Path, table: str, market: str, known: tuple[Version, ...] | None = None) -> Version | None:
    """Return the newest version in which one market had other rows of a table than now.

    Parameters
    ----------
    root : Path
        Workspace.
    table, market : str
    known : tuple of Version, optional
        All versions, the oldest first; read if absent.

    Returns
    -------
    Version or None
        None without versions, or if the market has had these rows only.
    """
    known = versions(root) if known is None else known
    now = files_of(known[-1], table, market) if known else {}
    for version in reversed(known):
        then = files_of(version, table, market)
        if now and then and then != now:
            return version
    return None


def gone(
    table: str, present: Collection[str], known: tuple[Version, ...]
) -> tuple[Version, list[str]] | None:
    """Return the markets that a table has lost, by hand or when it last changed, and a version that has them.

    Parameters
    ----------
    table : str
    present : collection of str
        Markets that the table has.
    known : tuple of Version
        All versions, the oldest first.

    Returns
    -------
    (Version, list of str) or None
        None if it lost none.
    """
    newest = known[-1]
    earlier = (v for v in reversed(known) if _content(v, table) != _content(newest, table))
    for version in (newest, next(earlier, newest)):
        places = (place.split("/")[0] for place in _content(version, table))
        had = {place.removeprefix("market=") for place in places if place.startswith("market=")}
        if lost := sorted(had - set(present)):
            return version, lost
    return None


def _content(version: Version, table: str) -> Mapping[str, str]:
    stored = version.tables.get(table)
    return stored.content if stored else {}


def history(root: Path, market: str) -> dict[str, Mapping[str, str]]:
    """Return the hashes of what each table of a market was before it last changed: a report compares with it."""
    known = versions(root)
    tables = sorted(known[-1].tables) if known else []
    found = {table: before(root, table, market, known) for table in tables}
    return {table: files_of(version, table, market) for table, version in found.items() if version}
