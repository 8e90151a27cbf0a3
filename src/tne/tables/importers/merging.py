"""Bring the rows of one import together with those already stored, and count what happened to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.tables.contracts import KINDS, Table
from tne.tables.validation import duplicates, schema


@dataclass(frozen=True, eq=False)
class Merged:
    """A table after an import: all its rows in key order, and how many are new, replaced, unchanged.

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
    """Return, per row, the first rule of the contract that it breaks, "" if none.

    Notes
    -----
    pandera's own report holds values, so only its row numbers and rule names leave this function.
    """
    from pandera.errors import SchemaErrors

    rules = [""] * len(frame)
    if not len(frame):
        return rules
    try:
        schema(table.name, tuple(frame.columns)).validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases[["index", "column", "check"]].dropna(subset=["index"])
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


def typed(values: Sequence[Any], kind: str) -> pd.Series:
    """Return converted values (None = null) as a column of the contract's type."""
    raw = pd.Series(list(values), dtype="object")
    if kind in ("instant", "day"):
        raw = pd.to_datetime(raw, utc=kind == "instant")
    elif kind == "number":
        raw = raw.map(lambda v: np.nan if v is None else v)
    return raw.astype(KINDS[kind])


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
    old, both = stored.set_index(key), fresh.set_index(key)
    again = both.index.isin(old.index)
    kept = [name for name in names if name not in mapped and name not in key]
    if again.any() and kept:
        before = old.loc[both.index[again], kept]
        both = both.copy()
        for name in kept:
            both.loc[again, name] = before[name].to_numpy()
            both[name] = both[name].astype(fresh[name].dtype)
    same = np.zeros(len(both), dtype=bool)
    if again.any():
        before = old.loc[both.index[again]]
        after = both.loc[again]
        equal = np.ones(len(before), dtype=bool)
        for name in before.columns:
            a, b = before[name], after[name]
            a, b = a.reset_index(drop=True), b.reset_index(drop=True)
            equal &= ((a == b).fillna(False).astype(bool) | (a.isna() & b.isna())).to_numpy()
        same[np.flatnonzero(again)] = equal
    rest = old.loc[~old.index.isin(both.index)]
    merged = pd.concat([rest.reset_index()[names], both.reset_index()[names]], ignore_index=True)
    merged = complete(table, merged).sort_values(key).reset_index(drop=True)
    return Merged(merged, np.where(again, np.where(same, "unchanged", "replaced"), "new"))
