"""How is every stored row changed, in the store and in all its older versions, all or none?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from tne.tables.arrow import to_frame
from tne.tables.history import Name, Standing, name_of
from tne.tables.importers.touching import market_of
from tne.tables.store import storable, write_part


@dataclass(frozen=True, eq=False)
class Kept:
    """One file of the store: what names it, where it lies, and whether it is part of the store as it is now."""

    name: Name
    path: Path
    current: bool

    @property
    def table(self) -> str:
        """The table of its rows."""
        return self.name[0]

    def read(self, columns: Iterable[str] | None = None) -> pd.DataFrame:
        """Return its rows in the contract's types, with the market that its folder names; or some columns it has."""
        known = pq.read_schema(self.path).names
        some = None if columns is None else [name for name in known if name in set(columns)]
        rows = to_frame(self.table, pq.read_table(self.path, columns=some, partitioning=None))
        market = market_of(f"{self.name[1]}/")
        return rows if market is None or some is not None else rows.assign(market=market)


def all_kept(now: Standing, tables: Collection[str]) -> list[Kept]:
    """Return every file of every version once, of the tables that have a contract."""
    last = now.versions[-1].tables if now.versions else {}
    current = {name_of(t, place, part) for t, one in last.items() for place, part in one.parts.items()}
    return [
        Kept(name, path, name in current) for name, path in sorted(now.files.items()) if name[0] in tables
    ]


def stage_kept(kept: Kept, rows: pd.DataFrame, new: Path) -> Path | None:
    """Write what the rows of a file have become below `new`; None if none is left."""
    if rows.empty:
        return None
    path = new / "rewritten" / kept.table / f"{kept.name[2]}-{market_of(f'{kept.name[1]}/')}.parquet"
    write_part(kept.table, storable(kept.table, rows), path)
    return path
