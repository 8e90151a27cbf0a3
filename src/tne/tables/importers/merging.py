"""Bring the rows of one import together with those already stored, and count what happened to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.tables.contracts import KINDS, Table
from tne.tables.rules import broken
from tne.tables.validation import duplicates


@dataclass(frozen=True, eq=False)
class Merged:
    """The touched part of a table after an import, and how many of its rows are new, replaced, unchanged.

    The rows stand by market where the table is split by it, and in key order.

    `fates` says it of each row that came in. Of rows that were added up, `held` keep what is stored and `shrunk` make
    it smaller.
    """

    frame: pd.DataFrame
    fates: np.ndarray
    held: int = 0
    shrunk: int = 0

    @property
    def new(self) -> int:
        return int((self.fates == "new").sum())

    @property
    def replaced(self) -> int:
        return int((self.fates == "replaced").sum())

    @property
    def unchanged(self) -> int:
        return int((self.fates == "unchanged").sum())


def contract_rules(table: Table, frame: pd.DataFrame) -> list[str]:
    """Return, per row, the first rule of the contract that it breaks, "" if none."""
    rules = [""] * len(frame)
    if not len(frame):
        return rules
    cases = broken(table.name, frame).dropna(subset=["index"])
    for position, column, rule in cases.itertuples(index=False):
        name, _, over = str(rule).partition("|")
        i = int(position)
        rules[i] = rules[i] or f"{over or column}: {name.replace('not_nullable', 'empty')}"
    return rules


def within(table: Table, frame: pd.DataFrame, bad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the later copies of identical rows, and the rows that share a key but differ."""
    return duplicates(table, frame, bad)


def complete(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` with every column of the contract, absent ones null, in the contract's types and order."""
    columns = {
        c.name: frame[c.name].reset_index(drop=True).astype(KINDS[c.kind])
        if c.name in frame
        else typed([None] * len(frame), c.kind)
        for c in table.columns
    }
    return pd.DataFrame(columns)


def typed(values: list[Any], kind: str) -> pd.Series:
    """Return converted values (None = null) as a column of the contract's type."""
    if len(values) and values.count(values[0]) == len(values):  # a constant
        return pd.Series(_column(values[:1], kind).array.repeat(len(values)))
    return _column(values, kind)


def _column(values: list[Any], kind: str) -> pd.Series:
    if kind == "number":
        return pd.Series(np.array(values, dtype="float64"))  # None becomes NaN
    if kind == "text":
        return pd.Series(values, dtype=KINDS[kind])
    # Equal cells became one object: each is converted once.
    names = np.fromiter(map(id, values), dtype="int64", count=len(values))
    codes, order = pd.factorize(names)
    distinct = dict(zip(names.tolist(), values, strict=True))
    some = pd.Series([distinct[name] for name in order.tolist()], dtype="object")
    if kind in ("instant", "day"):
        some = pd.to_datetime(some, utc=kind == "instant")
    return pd.Series(some.astype(KINDS[kind]).array.take(codes))


def merge(table: Table, stored: pd.DataFrame, fresh: pd.DataFrame, mapped: Sequence[str]) -> Merged:
    """Upsert `fresh` into `stored` by key.

    Parameters
    ----------
    table : Table
        Contract.
    stored, fresh : DataFrame
        Complete rows in the contract's types, keys unique in each.
    mapped : sequence of str
        Columns that this import fills; a row that was stored before keeps its other columns.

    Returns
    -------
    Merged
    """
    key, names = list(table.key), list(table.names)
    codes = _codes([pd.concat([stored[name], fresh[name]], ignore_index=True) for name in key])
    old, new = codes[: len(stored)], codes[len(stored) :]
    place = pd.Index(old).get_indexer(new) if len(old) else np.full(len(new), -1)
    again = place >= 0
    same = again.copy()
    both = fresh
    if again.any():
        both = fresh.copy()
        before = stored.iloc[place[again]].reset_index(drop=True)
        for name in names:
            if name not in mapped and name not in key:
                both.loc[again, name] = before[name].to_numpy()
                both[name] = both[name].astype(fresh[name].dtype)
            after = both.loc[again, name].reset_index(drop=True)
            equal = (before[name] == after).fillna(False).astype(bool) | (before[name].isna() & after.isna())
            same[again] &= equal.to_numpy()
    rest = np.ones(len(stored), dtype=bool)
    rest[place[again]] = False
    merged = complete(table, pd.concat([stored.loc[rest, names], both[names]], ignore_index=True))
    ranks = [np.concatenate([old[rest], new])]
    if table.by_market:  # the rows of one file together, so that none need to be gathered again to write it
        ranks.append(pd.factorize(merged["market"], sort=True)[0])
    order = np.lexsort(ranks)
    merged = merged.take(order).reset_index(drop=True)
    return Merged(merged, np.where(again, np.where(same, "unchanged", "replaced"), "new"))


def _codes(columns: Sequence[pd.Series]) -> np.ndarray:
    """Return a number for each row, in the order of its values column by column; equal rows have equal numbers."""
    codes, most = np.zeros(len(columns[0]), dtype="int64"), 1
    for values in columns:
        each, distinct = pd.factorize(values, sort=True)
        most *= len(distinct) + 1
        # What is null comes last, as in sorting.
        codes = codes * (len(distinct) + 1) + np.where(each < 0, len(distinct), each)
        if most > 1 << 31:  # numbers that leave room for the next column
            codes, found = pd.factorize(codes, sort=True)
            most = len(found)
    return codes
