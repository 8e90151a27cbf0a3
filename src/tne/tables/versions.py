"""Which files were the tables at a moment? One list of files per state of the store, and the files, kept apart.

What is stored now is the plain folder ``tables/``: pandas, DuckDB and a hand-made workspace need nothing else. An
import that changes something adds ``versions/<number>.json``, the list of all files of the new state, and keeps each
file once more in ``versions/parts/``, under the hash of its content. Both names are hard links to one file, so a state
costs what it changed; where a file system has no hard links, it costs a copy. The rename of the list makes the new
state, the plain folder follows. A reader takes the files of a list, which nobody ever writes again, so an import never
mixes two states; files of the plain folder that no list names (made by hand) are read where they lie.

Imports nothing heavy: a run looks here before it loads pandas.
"""

from __future__ import annotations

import datetime as dt
import json
import numbers
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

FOLDER = "versions"
_LIST = re.compile(r"\d{6,}\.json")


@dataclass(frozen=True)
class Part:
    """One stored file: the SHA-256 of its content, its bytes, and its time of change in ns, which saves the hashing."""

    sha256: str
    size: int
    changed: int


@dataclass(frozen=True)
class Stored:
    """One table of one version: when an import last changed it, and its files by place (``market=DE/part.parquet``)."""

    at: dt.datetime
    parts: Mapping[str, Part]

    @property
    def content(self) -> dict[str, str]:
        """The hash of each file by its place."""
        return {place: part.sha256 for place, part in self.parts.items()}


@dataclass(frozen=True)
class Version:
    """One state of the store.

    Parameters
    ----------
    number : int
        Counts up; numbers of pruned versions do not come back.
    at : datetime
        When it was stored (UTC).
    by : str
        What stored it: ``import <source>``, or ``found`` for files that no import made.
    tables : mapping of str to Stored
    """

    number: int
    at: dt.datetime
    by: str
    tables: Mapping[str, Stored]

    def content(self) -> dict[str, dict[str, str]]:
        """Return the hashes of all files, by table and place."""
        return {name: stored.content for name, stored in self.tables.items() if stored.parts}


def versions(root: Path) -> tuple[Version, ...]:
    """Return all versions of a workspace, the oldest first; none if its tables were not imported."""
    return tuple(_read(path) for path in lists(root))


def latest(root: Path) -> Version | None:
    """Return the newest version, None if there is none."""
    known = lists(root)
    return _read(known[-1]) if known else None


def version_at(root: Path, as_of: dt.date | str | int | Version) -> Version:
    """Return the version that was current at a moment.

    Parameters
    ----------
    root : Path
    as_of : date, datetime, str, int or Version
        An instant with its zone; a day or a period (``"2026-05-01"``, ``"2026Q1"``), by whose end in UTC; or the number
        of a version.

    Raises
    ------
    ValueError
        If nothing is kept from then, naming the earliest; or an instant has no zone.
    """
    known = versions(root)
    if not known:
        raise ValueError(
            "The workspace has no versions: no import has stored a table. Open it without `as_of`, or cut it to "
            "a day with `until`."
        )
    if isinstance(as_of, Version):
        as_of = as_of.number
    if isinstance(as_of, numbers.Integral):
        found = [version for version in known if version.number == as_of]
    else:
        by = _instant(cast("dt.date | str", as_of))
        found = [version for version in known if version.at < by]
    if not found:
        first = known[0]
        raise ValueError(
            f"Nothing is kept from as_of={as_of}. The earliest version is {first.number}, of {first.at:%Y-%m-%d %H:%M} "
            f"UTC, the latest {known[-1].number}."
        )
    return found[-1]


def _instant(as_of: dt.date | str) -> dt.datetime:
    """Return the first instant that is too late."""
    if isinstance(as_of, str) and ":" in as_of:
        try:
            as_of = dt.datetime.fromisoformat(as_of)
        except ValueError:
            raise ValueError(
                f"as_of={as_of} is no instant. Write it as 2026-05-01T12:00Z, or as a day."
            ) from None
    if isinstance(as_of, dt.datetime):
        if as_of.utcoffset() is None:
            raise ValueError(f"as_of={as_of} has no time zone. Write it as 2026-05-01T12:00Z.")
        return as_of + dt.timedelta(microseconds=1)
    from tne.tables.periods import last_day  # loads pandas

    return dt.datetime.combine(last_day(as_of) + dt.timedelta(days=1), dt.time(), dt.UTC)


def last_imported(root: Path) -> dict[str, dt.datetime]:
    """Return when (UTC) an import last changed each table; {} in a workspace without versions."""
    now = latest(root)
    return {name: stored.at for name, stored in now.tables.items()} if now else {}


def part_path(root: Path, table: str, place: str, part: Part) -> Path:
    """Return where a file of a version is kept; its folder names the market, as in ``tables/``."""
    return (root / FOLDER / "parts" / table / place).with_name(f"{part.sha256[:32]}.parquet")


def list_path(root: Path, number: int) -> Path:
    """Return the file of a version's list."""
    return root / FOLDER / f"{number:06}.json"


def as_json(version: Version) -> str:
    """Return a version as its list stores it."""
    tables = {
        name: {
            "at": stored.at.isoformat(),
            "files": {place: [p.sha256, p.size, p.changed] for place, p in sorted(stored.parts.items())},
        }
        for name, stored in sorted(version.tables.items())
    }
    return json.dumps({"at": version.at.isoformat(), "by": version.by, "tables": tables}, indent=1) + "\n"


def _read(path: Path) -> Version:
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    tables = {
        name: Stored(
            dt.datetime.fromisoformat(one["at"]), {place: Part(*part) for place, part in one["files"].items()}
        )
        for name, one in told["tables"].items()
    }
    return Version(int(path.stem), dt.datetime.fromisoformat(told["at"]), told["by"], tables)


def lists(root: Path) -> list[Path]:
    """Return the files of all lists, the oldest version first."""
    folder = root / FOLDER
    found = [path for path in folder.iterdir() if _LIST.fullmatch(path.name)] if folder.is_dir() else []
    return sorted(found, key=lambda path: int(path.stem))
