"""Many rows of an export, one row of a table: what do they add up to, and may that replace what is stored?

An export of single decisions is cut somewhere inside its first and last day. What those days add up to replaces a
stored row only where nothing gets smaller; every day between is whole, and replaces it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from tne.tables.contracts import Table
from tne.tables.importers.cells import Cells
from tne.tables.importers.errors import Bad
from tne.tables.importers.texts import is_blank, text_of

ADDS = ("number", "count")


@dataclass(frozen=True, eq=False)
class Summed:
    """Rows that were added up.

    Parameters
    ----------
    frame : DataFrame
        One row per key.
    weights : ndarray
        How many rows of the export each is made of.
    """

    frame: pd.DataFrame
    weights: np.ndarray


def untold(cells: Cells, origin: Sequence[int], names: Sequence[str]) -> list[str]:
    """Return the rule that a row breaks of which nothing says whether it is a copy of another one, "" of others."""
    told = [False] * len(origin)
    for name in names:
        column = cells.columns[name]
        told = [
            known or not (isinstance(column[i], Bad) or is_blank(column[i], ()))
            for known, i in zip(told, origin, strict=True)
        ]
    return ["" if known else f"{' × '.join(names)}: empty, so nothing tells the row apart" for known in told]


def copies(
    table: Table,
    frame: pd.DataFrame,
    bad: np.ndarray,
    cells: Cells,
    origin: Sequence[int],
    names: Sequence[str],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows like an earlier one in key and telling columns: those equal to it, and those that differ."""
    key = frame[list(table.key)].itertuples(index=False, name=None)
    apart = zip(*([text_of(cells.columns[n][i]) for i in origin] for n in names), strict=True)
    own = pd.Series(list(zip(apart, key, strict=True)), dtype="object")
    equal, other = np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    several = own.duplicated(keep=False).to_numpy() & ~bad
    if several.any():
        later = own[several].duplicated().to_numpy()
        some = frame.loc[several].assign(_own=pd.factorize(own[several])[0])
        equal[several] = later & some.duplicated().to_numpy()
        other[several] = later & ~some.duplicated().to_numpy()
    return equal, other


def clashing(table: Table, frame: pd.DataFrame, bad: np.ndarray) -> np.ndarray:
    """Return the rows that share their key but differ in what cannot be added up."""
    rest = [c.name for c in table.columns if c.name not in table.key and c.kind not in ADDS]
    clash = np.zeros(len(frame), dtype=bool)
    good = frame.loc[~bad]
    if rest and len(good):
        kinds = good.groupby(list(table.key), sort=False, dropna=False)[rest].transform(
            "nunique", dropna=False
        )
        clash[~bad] = (kinds > 1).any(axis="columns").to_numpy()
    return clash


def add_up(table: Table, frame: pd.DataFrame) -> Summed:
    """Return one row per key; a sum with an unknown part is unknown."""
    names = [c.name for c in table.columns if c.name not in table.key]
    adds = {c.name for c in table.columns if c.kind in ADDS}
    groups = frame.groupby(list(table.key), sort=False, dropna=False)
    sizes = groups.size()
    made = groups[names].agg({name: "sum" if name in adds else "first" for name in names})
    for name in sorted(adds & set(names)):
        made[name] = made[name].where(groups[name].count() == sizes)
    rows = made.reset_index()[list(table.names)].astype(frame.dtypes.to_dict())
    return Summed(rows, sizes.to_numpy())


def hold(
    table: Table, stored: pd.DataFrame, fresh: pd.DataFrame, mapped: Sequence[str]
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return `fresh` with the stored sums where an end of the export would make them smaller.

    Returns
    -------
    frame, held, shrunk : DataFrame, ndarray, ndarray
        The rows; which of them keep what is stored; which of the others make a sum smaller.
    """
    adds = [c.name for c in table.columns if c.kind in ADDS and c.name in mapped and c.name not in table.key]
    before = fresh[list(table.key)].merge(stored[[*table.key, *adds]], on=list(table.key), how="left")
    less = np.zeros(len(fresh), dtype=bool)
    for name in adds:
        now, then = fresh[name].astype("Float64"), before[name].astype("Float64")
        less |= (then.notna() & (now.isna() | (now < then).fillna(False))).to_numpy(dtype=bool)
    ends = _ends(table, fresh) if table.time else np.zeros(len(fresh), dtype=bool)
    held = less & ends
    frame = fresh.copy()
    for name in adds:
        frame.loc[held, name] = before[name].astype(fresh[name].dtype).to_numpy()[held]
    return frame, held, less & ~ends


def _ends(table: Table, rows: pd.DataFrame) -> np.ndarray:
    """Return which rows lie on the first or last day of their market."""
    time = rows[table.time]
    groups = time.groupby(rows["market"]) if "market" in rows else time.groupby(np.zeros(len(rows)))
    ends = (time == groups.transform("min")) | (time == groups.transform("max"))
    return cast(np.ndarray, ends.to_numpy(dtype=bool))
