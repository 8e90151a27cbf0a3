"""What a report is made from, as hashes: tables, code, libraries. Imports no pandas."""

from __future__ import annotations

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
_CODE = frozenset({".py", ".sql", ".toml", ".css", ".js", ".jinja", ".html", ".json"})
_MARKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
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


def markets(root: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of the table `markets` by code, in the order of the codes.

    Raises
    ------
    ContractError
        If the table is absent, unreadable or without codes that can name a file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = sorted((root / "tables" / "markets").rglob("*.parquet"))
    if not files:
        raise ContractError(
            "The workspace has no table `markets`. Import it first: reports are made per market."
        )
    try:
        rows = [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
    except (OSError, pa.ArrowInvalid):
        raise ContractError("The table `markets` is no readable Parquet. Import it again.") from None
    bad = [i for i, row in enumerate(rows) if not _MARKET.fullmatch(str(row.get("market") or ""))]
    if bad or not rows:
        raise ContractError(
            f"The table `markets` has {len(rows)} rows, {len(bad)} of them without a code of letters, digits, - or _. "
            "Correct `market` and import it again."
        )
    return {row["market"]: row for row in sorted(rows, key=lambda row: row["market"])}


def tables(root: Path, market: str | None) -> dict[str, dict[str, Any]]:
    """Return SHA-256 and row count of every table that a report of `market` reads (None: all markets)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: dict[str, dict[str, Any]] = {}
    for folder in sorted((root / "tables").iterdir()):
        parts = [p for p in sorted(folder.rglob("*.parquet")) if _concerns(p.relative_to(folder), market)]
        if not parts:
            continue
        try:
            rows = sum(pq.read_metadata(part).num_rows for part in parts)
        except (OSError, pa.ArrowInvalid):
            raise ContractError(
                f"The table `{folder.name}` is no readable Parquet. Import it again."
            ) from None
        hashes = [[part.relative_to(root).as_posix(), _file(part)] for part in parts]
        found[folder.name] = {"sha256": digest(hashes), "rows": rows}
    return found


def settings(root: Path) -> dict[str, str]:
    """Return the SHA-256 of the files that steer a report beside its tables: ``tne.toml`` and the frozen plans."""
    return {name: _file(root / name) for name in sorted(SETTINGS) if (root / name).is_file()}


def _concerns(part: Path, market: str | None) -> bool:
    keys = [folder for folder in part.parts[:-1] if folder.startswith("market=")]
    return market is None or not keys or keys[0] == f"market={market}"


@cache
def _file(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@cache
def code(*rooms: str) -> str:
    """Return one hash over the package's own files, or over those of some rooms."""
    home = Path(__file__).parents[1]
    places = [home / room for room in rooms] or [home]
    files = sorted(p for place in places for p in place.rglob("*") if p.suffix in _CODE)
    return digest([[p.relative_to(home).as_posix(), _file(p)] for p in files])


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


def window(root: Path) -> tuple[str, str]:
    """Return the first and last day with data (``"2025-04-07"``), from the files' own statistics; "" without data."""
    import pyarrow.parquet as pq

    days = []
    for table, column in _DATED:
        for part in sorted((root / "tables" / table).rglob("*.parquet")):
            meta = pq.read_metadata(part)
            names = [meta.schema.column(i).path for i in range(meta.num_columns)]
            for group in range(meta.num_row_groups if column in names else 0):
                statistics = meta.row_group(group).column(names.index(column)).statistics
                if statistics is not None and statistics.has_min_max:
                    days += [str(statistics.min)[:10], str(statistics.max)[:10]]
    return (min(days), max(days)) if days else ("", "")
