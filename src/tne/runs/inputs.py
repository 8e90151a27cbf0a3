"""What a report is made from, as hashes: tables, code, libraries. Imports no pandas."""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
import json
import re
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tne.runs.hashes import Hashes, file_sha256
from tne.runs.outcome import ContractError, UsageError
from tne.tables.fingerprint import SETTINGS

LIBRARIES = (
    "pandas",
    "numpy",
    "scipy",
    "statsmodels",
    "duckdb",
    "matplotlib",
    "seaborn",
    "babel",
    "papermill",
)
_CODE = frozenset({".py", ".sql", ".toml", ".css", ".js", ".jinja", ".html", ".json", ".po", ".pot"})
_MARKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
# Sections of tne.toml that change no report
_ASIDE = frozenset({"notify", "store"})
# Columns with an instant or a day that say which periods have data.
_DATED = (
    ("audits", "decided_at"),
    ("production", "date"),
    ("responses", "answered_at"),
    ("surveys", "submitted_at"),
)


def digest(data: Any) -> str:
    """Return the SHA-256 of `data` (bytes, or JSON with sorted keys) in hex."""
    raw = data if isinstance(data, bytes) else json.dumps(data, sort_keys=True, ensure_ascii=False).encode()
    return hashlib.sha256(raw).hexdigest()


def workspace_root(given: Path | None, start: Path | None = None) -> Path:
    """Return the folder of the workspace: as given, else the nearest ``tne.toml`` upward, else ``data/demo``.

    Raises
    ------
    UsageError
        If there is none.
    """
    start = (start or Path.cwd()).resolve()
    if given is not None:
        if not (given / "tables").is_dir():
            raise UsageError(
                f"{given} is no workspace: it has no folder `tables`. Run `tne import` or `tne demo`."
            )
        return given.resolve()
    settings = nearest_settings(start)
    if settings is not None:
        return settings
    for folder in (start, *start.parents):
        if (folder / "data" / "demo" / "tables").is_dir():
            return folder / "data" / "demo"
    raise UsageError(
        "No workspace here: neither tne.toml nor data/demo. Run `tne demo`, or name one by --workspace."
    )


def nearest_settings(start: Path | None = None) -> Path | None:
    """Return the nearest folder upward with a ``tne.toml``."""
    start = (start or Path.cwd()).resolve()
    return next((folder for folder in (start, *start.parents) if (folder / "tne.toml").is_file()), None)


def config(root: Path) -> dict[str, Any]:
    """Return the content of ``tne.toml``, empty if there is none."""
    try:
        return tomllib.loads((root / "tne.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"tne.toml of the workspace is no TOML: {error}. Correct it.") from None


def markets(root: Path, hashes: Hashes | None = None) -> dict[str, dict[str, Any]]:
    """Return the rows of the table `markets` by code, in the order of the codes.

    Raises
    ------
    ContractError
        If the table is absent, unreadable or without codes that can name a file.
    """
    hashes = hashes or Hashes()
    files = sorted((root / "tables" / "markets").rglob("*.parquet"))
    if not files:
        raise ContractError(
            "The workspace has no table `markets`. Import it first: reports are made per market."
        )
    rows = [row for file in files for row in hashes.fact(file, "markets", _market_rows)]
    bad = [i for i, row in enumerate(rows) if not _MARKET.fullmatch(str(row.get("market") or ""))]
    if bad or not rows:
        raise ContractError(
            f"The table `markets` has {len(rows)} rows, {len(bad)} of them without a code of letters, digits, - or _. "
            "Correct `market` and import it again."
        )
    return {row["market"]: row for row in sorted(rows, key=lambda row: row["market"])}


def _market_rows(part: Path) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.ParquetFile(part).read().to_pylist()
    except (OSError, pa.ArrowInvalid):
        raise ContractError("The table `markets` is no readable Parquet. Import it again.") from None
    return [{k: v for k, v in row.items() if v is None or isinstance(v, str | int | float)} for row in rows]


class Tables:
    """The stored tables of a workspace, each file looked at once.

    Parameters
    ----------
    root : Path
        Workspace.
    hashes : Hashes
        What is known of its files.
    """

    def __init__(self, root: Path, hashes: Hashes) -> None:
        self._root, self._hashes = root, hashes
        self._told: dict[str | None, dict[str, dict[str, Any]]] = {}
        self._parts: dict[str | None, list[tuple[str, Path]]] = {}  # by market, None for files of no market
        for folder in sorted((root / "tables").iterdir()):
            for part in sorted(folder.rglob("*.parquet")):
                keys = [f for f in part.relative_to(folder).parts[:-1] if f.startswith("market=")]
                market = keys[0].removeprefix("market=") if keys else None
                self._parts.setdefault(market, []).append((folder.name, part))

    def of(self, market: str | None) -> dict[str, dict[str, Any]]:
        """Return SHA-256 and row count (-1: unreadable) of every table that concerns `market` (None: all of them)."""
        if market not in self._told:
            chosen = self._parts if market is None else {None, market} & self._parts.keys()
            files: dict[str, list[Path]] = {}
            for name, part in sorted(pair for key in chosen for pair in self._parts[key]):
                files.setdefault(name, []).append(part)
            self._told[market] = {name: self._one(parts) for name, parts in files.items()}
        return self._told[market]

    def _one(self, parts: list[Path]) -> dict[str, Any]:
        hashes = [[part.relative_to(self._root).as_posix(), self._hashes.sha256(part)] for part in parts]
        rows = [self._hashes.fact(part, "rows", _rows) for part in parts]
        return {"sha256": digest(hashes), "rows": -1 if -1 in rows else sum(rows)}


def problem(read: Mapping[str, Mapping[str, Any]]) -> str:
    """Say which table cannot be read, "" if all can."""
    bad = [name for name, facts in read.items() if facts["rows"] < 0]
    return f"The table `{bad[0]}` is no readable Parquet. Import it again." if bad else ""


def _rows(part: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(part).num_rows)
    except (OSError, pa.ArrowInvalid):
        return -1


def settings(root: Path) -> dict[str, str]:
    """Return the SHA-256 of what steers a report beside its tables: ``tne.toml`` and the frozen plans.

    Whom a run tells how it went (``[notify]``) and how many versions are kept (``[store]``) is no part of any report.
    """
    found = {name: file_sha256(root / name) for name in sorted(SETTINGS) if (root / name).is_file()}
    told = config(root)
    if _ASIDE & told.keys():
        found["tne.toml"] = digest(repr({k: v for k, v in told.items() if k not in _ASIDE}).encode())
    return found


def quarantined(root: Path, hashes: Hashes | None = None) -> dict[str, int]:
    """Return the number of rows that the imports have set aside, by table; their values stay where they are."""
    hashes = hashes or Hashes()
    counts: dict[str, int] = {}
    for path in sorted((root / "quarantine").glob("*/*.csv")):
        counts[path.parent.name] = counts.get(path.parent.name, 0) + hashes.fact(
            path, "set aside", _set_aside
        )
    return counts


def _set_aside(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sum(1 for _ in csv.DictReader(file))


@cache
def code(*rooms: str) -> str:
    """Return one hash over the package's own files, or over those of some rooms."""
    home = Path(__file__).parents[1]
    places = [home / room for room in rooms] or [home]
    files = sorted(p for place in places for p in place.rglob("*") if p.suffix in _CODE)
    return digest([[p.relative_to(home).as_posix(), file_sha256(p)] for p in files])


@cache
def versions() -> Mapping[str, str]:
    """Return the versions of Python and of the libraries that numbers and pictures depend on."""
    known = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in ("tne", *LIBRARIES):
        try:
            known[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            known[name] = ""
    return known


def window(root: Path, hashes: Hashes | None = None) -> tuple[str, str]:
    """Return the first and last day with data (``"2025-04-07"``), from the files' own statistics; "" without data."""
    hashes = hashes or Hashes()
    days: list[str] = []
    for table, column in _DATED:
        for part in sorted((root / "tables" / table).rglob("*.parquet")):
            days += hashes.fact(part, f"days of {column}", lambda file, column=column: _days(file, column))
    return (min(days), max(days)) if days else ("", "")


def _days(part: Path, column: str) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        meta = pq.read_metadata(part)
    except (OSError, pa.ArrowInvalid):
        return []
    names = [meta.schema.column(i).path for i in range(meta.num_columns)]
    days = []
    for group in range(meta.num_row_groups if column in names else 0):
        statistics = meta.row_group(group).column(names.index(column)).statistics
        if statistics is not None and statistics.has_min_max:
            days += [str(statistics.min)[:10], str(statistics.max)[:10]]
    return days
