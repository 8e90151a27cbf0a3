"""What a report is made from beside its tables, as hashes: settings, code, libraries. Imports no pandas."""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
import json
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tne.runs.hashes import Hashes, file_sha256
from tne.runs.outcome import UsageError
from tne.tables import finding
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
# Sections of tne.toml that change no report
_ASIDE = frozenset({"imports", "notify", "store"})


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
    if given is not None:
        if not (given / "tables").is_dir() and not in_warehouse(config(given)):
            raise UsageError(
                f"{given} is no workspace: it has no folder `tables`. Run `tne import` or `tne demo`, or name a "
                "warehouse in [source] of its tne.toml."
            )
        return given.resolve()
    found = finding.nearest_workspace((start or Path.cwd()).resolve())
    if found is None:
        raise UsageError(
            "No workspace here: neither tne.toml nor data/demo. Run `tne demo`, or name one by --workspace."
        )
    return found


def nearest_settings(start: Path | None = None) -> Path | None:
    """Return the nearest folder upward with a ``tne.toml``."""
    return finding.nearest_settings((start or Path.cwd()).resolve())


def config(root: Path) -> dict[str, Any]:
    """Return the content of ``tne.toml``, empty if there is none."""
    try:
        return tomllib.loads((root / "tne.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"tne.toml of the workspace is no TOML: {error}. Correct it.") from None


def in_warehouse(settings: Mapping[str, Any]) -> bool:
    """Say whether ``tne.toml`` says that the tables are not files of the workspace."""
    return settings.get("source", {}) not in ({}, {"engine": "duckdb"})


def settings(root: Path) -> dict[str, str]:
    """Return the SHA-256 of what steers a report beside its tables: ``tne.toml`` and the frozen plans.

    Whom a run tells how it went (``[notify]``), how many versions are kept (``[store]``) and which exports are read
    (``[[imports]]``) is no part of any report.
    """
    found = {name: file_sha256(root / name) for name in sorted(SETTINGS) if (root / name).is_file()}
    told = config(root)
    if _ASIDE & told.keys():
        found["tne.toml"] = digest(repr({k: v for k, v in told.items() if k not in _ASIDE}).encode())
    return found


def problem(read: Mapping[str, Mapping[str, Any]]) -> str:
    """Say which table cannot be read, "" if all can."""
    bad = [name for name, facts in read.items() if facts["rows"] < 0]
    return f"The table `{bad[0]}` is no readable Parquet. Import it again." if bad else ""


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
