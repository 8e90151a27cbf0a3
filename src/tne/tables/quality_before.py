"""What was a table of one market before it last changed? The version that an import left behind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tne.tables.versions import Version, versions


def files_of(version: Version, table: str, market: str) -> Mapping[str, str]:
    """Return the hashes of a table's files that concern one market, by place."""
    stored = version.tables.get(table)
    content = stored.content if stored else {}
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


def gone(table: str, known: tuple[Version, ...]) -> tuple[Version, list[str]] | None:
    """Return the markets that a table lost when it last changed, and the version that still has them.

    Parameters
    ----------
    table : str
    known : tuple of Version
        All versions, the oldest first.

    Returns
    -------
    (Version, list of str) or None
        None if it lost none.
    """
    now, *earlier = (_markets(version, table) for version in reversed(known))
    for version, then in zip(reversed(known[:-1]), earlier, strict=True):
        if then != now:
            lost = sorted(then.keys() - now.keys())
            return (version, lost) if lost else None
    return None


def _markets(version: Version, table: str) -> dict[str, dict[str, str]]:
    """Hashes of a table's files by market and place."""
    stored, found = version.tables.get(table), {}
    for place, digest in (stored.content if stored else {}).items():
        if place.startswith("market="):
            found.setdefault(place.split("/")[0].removeprefix("market="), {})[place] = digest
    return found


def history(root: Path, market: str) -> dict[str, Mapping[str, str]]:
    """Return the hashes of what each table of a market was before it last changed: a report compares with it."""
    known = versions(root)
    tables = sorted(known[-1].tables) if known else []
    found = {table: before(root, table, market, known) for table in tables}
    return {table: files_of(version, table, market) for table, version in found.items() if version}
