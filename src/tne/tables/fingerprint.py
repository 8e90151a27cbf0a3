"""What files a market's numbers come from, as one hash. Imports nothing heavy: it decides what need not run."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

SETTINGS = ("tne.toml", "plans.json")


def input_hash(root: str | Path, market: str | None = None, until: dt.date | str | None = None) -> str:
    """Return the SHA-256 over everything stored that a report of `market` may read.

    Parameters
    ----------
    root : path
        Folder of the workspace.
    market : str, optional
        Market; None takes all of them.
    until : date, optional
        Day to which the tables are cut; part of the hash.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    root = Path(root)
    seen = hashlib.sha256(f"{market or ''}|{until or ''}".encode())
    parts = sorted((root / "tables").rglob("*.parquet"), key=lambda p: p.relative_to(root).as_posix())
    for path in (*parts, *(root / name for name in SETTINGS)):
        where = path.relative_to(root)
        split = [part for part in where.parts if part.startswith("market=")]
        if (market and split and split[0] != f"market={market}") or not path.is_file():
            continue
        with path.open("rb") as handle:
            seen.update(f"\n{where.as_posix()} {hashlib.file_digest(handle, 'sha256').hexdigest()}".encode())
    return seen.hexdigest()
