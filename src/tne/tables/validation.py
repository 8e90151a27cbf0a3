"""What a frame breaks of its contract: rule, column, count and row numbers, never a value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_frame
from tne.tables.conform import Conformed, conform
from tne.tables.declared import contract
from tne.tables.schema import Column, Table

SHOWN = 5
_EARLIEST, _LATEST = pd.Timestamp("2000-01-01"), pd.Timestamp("2100-01-01")
_ADVICE = {
    "column_missing": "Map a column of the export to it.",
    "column_unknown": "It is left out; map it if it is needed.",
    "type": "Correct the mapping or the cells.",
    "not_null": "Fill them, or leave the rows out.",
    "values": "Map each value to an allowed one.",
    "range": "Correct the unit or the cells.",
    "pattern": "Correct the codes.",
    "date_range": "Correct the date format of the mapping.",
    "order": "Check which column is which, and their zones.",
    "time_zone": "Use an IANA name such as Europe/Berlin.",
    "exact_duplicate": "The later copies are left out.",
    "key": "One row per key: remove or aggregate the others.",
}


@dataclass(frozen=True)
class Finding:
    """One broken rule.

    Parameters
    ----------
    table, rule, column : str
        `column` names several joined by ``×`` where the rule spans them.
    count : int
        Rows that break it; 0 for a rule about the column as a whole.
    rows : tuple of int
        First few row positions, from 0.
    severity : {"fatal", "bad", "note"}
        Fatal stops the table, bad rows are left out, a note changes nothing.
    detail : str
    """

    table: str
    rule: str
    column: str
    count: int = 0
    rows: tuple[int, ...] = ()
    severity: str = "bad"
    detail: str = ""

    def __str__(self) -> str:
        where = ""
        if self.count:
            some = ", ".join(map(str, self.rows)) + (", …" if self.count > len(self.rows) else "")
            where = f" in {self.count} {'row' if self.count == 1 else 'rows'} (position {some})"
        detail = f": {self.detail}" if self.detail else ""
        return f"`{self.table}.{self.column}` breaks {self.rule}{where}{detail}. {_ADVICE[self.rule]}"


@dataclass(frozen=True, eq=False)
class Validation:
    """The outcome of checking one frame.

    Parameters
    ----------
    table : str
    frame : DataFrame
        The rows in the types of the contract, positions from 0.
    findings : tuple of Finding
    bad : ndarray of bool, shape (rows,)
        Rows that break a rule, exact duplicates included.
    duplicate : ndarray of bool, shape (rows,)
        Later copies of an identical row.
    """

    table: str
    frame: pd.DataFrame
    findings: tuple[Finding, ...]
    bad: np.ndarray
    duplicate: np.ndarray

    @property
    def fatal(self) -> tuple[Finding, ...]:
        """Findings that stop the table."""
        return tuple(f for f in self.findings if f.severity == "fatal")

    @property
    def ok(self) -> bool:
        """Whether nothing is broken (notes apart)."""
        return all(f.severity == "note" for f in self.findings)

    @property
    def good(self) -> pd.DataFrame:
        """The rows that break no rule."""
        return self.frame.loc[~self.bad].reset_index(drop=True)

    def require(self, *, strict: bool = False) -> pd.DataFrame:
        """Return the good rows, or raise `ValueError` on fatal findings (`strict`: on any bad row)."""
        stop = [f for f in self.findings if f.severity == "fatal" or (strict and f.severity == "bad")]
        if stop:
            raise ValueError("\n".join(map(str, stop)))
        return self.good

    def to_frame(self) -> pd.DataFrame:
        """The findings, one a row."""
        names = ("table", "rule", "column", "count", "rows", "severity", "detail")
        return pd.DataFrame([[getattr(f, n) for n in names] for f in self.findings], columns=list(names))


def validate(name: str, frame: pd.DataFrame) -> Validation:
    """Check `frame` against the contract of table `name`.

    Parameters
    ----------
    name : str
        Table, for example ``"audits"``.
    frame : DataFrame
        Rows to check; not changed.

    Returns
    -------
    Validation
        Findings name rule, column, count and row positions, never values.

    Raises
    ------
    KeyError
        If there is no such table.
    TypeError
        If `frame` is no frame.
    """
    table = contract(name)
    cast = conform(name, require_frame(frame, name))
    found = [*structure(name, cast)]
    bad = np.zeros(len(frame), dtype=bool)
    for column, gone in cast.lost.items():
        found.append(_finding(name, "type", column, gone, f"not read as {table.column(column).kind}"))
        bad |= gone
    stopped = set(cast.wrong)
    for rule, column, flags in _broken(table, cast, stopped):
        found.append(_finding(name, rule, column, flags))
        bad |= flags
    duplicate, key = duplicates(table, cast.frame, bad)
    if duplicate.any():
        found.append(_finding(name, "exact_duplicate", " × ".join(table.key), duplicate))
    if key.any():
        found.append(_finding(name, "key", " × ".join(table.key), key, severity="fatal"))
    return Validation(name, cast.frame, tuple(found), bad | duplicate, duplicate)


def structure(name: str, cast: Conformed) -> Iterable[Finding]:
    """Findings about columns as a whole: missing, unknown, of a wrong type."""
    for column in cast.missing:
        yield Finding(name, "column_missing", column, severity="fatal")
    for column, what in cast.wrong.items():
        yield Finding(name, "type", column, severity="fatal", detail=what)
    for column in cast.unknown:
        yield Finding(name, "column_unknown", column, severity="note")


def duplicates(table: Table, frame: pd.DataFrame, bad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Later copies of identical rows, and rows that share a key but differ; rows that are bad anyway do not count."""
    duplicate, key = np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    if any(column not in frame for column in table.key):
        return duplicate, key
    shared = frame.duplicated(list(table.key), keep=False).to_numpy() & ~bad
    if shared.any():
        some = frame.loc[shared]
        duplicate[shared] = some.duplicated(keep="first").to_numpy()
        left = shared & ~duplicate
        key[left] = frame.loc[left].duplicated(list(table.key), keep=False).to_numpy()
    return duplicate, key


def _finding(
    table: str, rule: str, column: str, flags: np.ndarray, detail: str = "", severity: str = "bad"
) -> Finding:
    where = np.flatnonzero(flags)
    return Finding(table, rule, column, len(where), tuple(map(int, where[:SHOWN])), severity, detail)


def _broken(table: Table, cast: Conformed, stopped: set[str]) -> Iterable[tuple[str, str, np.ndarray]]:
    """Run the pandera schema and yield rule, column and broken rows; pandera's own report holds values and stays here."""
    from pandera.errors import SchemaErrors

    frame = cast.frame
    usable = [c for c in frame.columns if c not in stopped]
    try:
        schema(table.name, tuple(usable)).validate(frame[usable], lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        # A check of two columns is reported once per column and row: its name says what it is about.
        rules = cases["check"].astype("str").replace("not_nullable", "not_null")
        about = rules.str.partition("|")[2].where(rules.str.contains("|", regex=False), cases["column"])
        for (rule, column), index in cases["index"].groupby([rules.str.partition("|")[0], about], sort=False):
            flags = np.zeros(len(frame), dtype=bool)
            flags[index.to_numpy(dtype=int)] = True
            if rule == "not_null":
                flags &= ~cast.lost.get(column, np.zeros(len(frame), dtype=bool))
            if flags.any():
                yield rule, column, flags


@cache
def schema(name: str, present: tuple[str, ...]) -> Any:
    """Return the pandera schema derived from the contract of table `name`, for the columns that are present."""
    import pandera.pandas as pa

    table = contract(name)
    columns = {
        c.name: pa.Column(checks=[pa.Check(f, name=rule) for rule, f in _rules(c)], nullable=c.optional)
        for c in table.columns
        if c.name in present
    }
    pairs = [pair for pair in table.ordered if set(pair) <= set(present)]
    checks = [pa.Check(_ordered(first, second), name=f"order|{first} × {second}") for first, second in pairs]
    return pa.DataFrameSchema(columns, checks=checks)


def _rules(column: Column) -> list[tuple[str, Any]]:
    rules: list[tuple[str, Any]] = []
    if column.values:
        rules.append(("values", lambda s: s.isin(column.values)))
    if column.low is not None or column.high is not None or column.above is not None:
        rules.append(("range", lambda s: _in_range(s, column)))
    if column.pattern:
        rules.append(
            ("pattern", lambda s: s.isin([v for v in s.unique() if re.fullmatch(column.pattern, v)]))
        )
    if column.kind in ("instant", "day"):
        rules.append(("date_range", _in_time))
    if column.name == "timezone":
        rules.append(("time_zone", lambda s: s.isin([v for v in s.unique() if known_zone(v)])))
    return rules


def known_zone(name: str) -> bool:
    """Whether `name` is a time zone of the IANA data base."""
    from zoneinfo import available_timezones

    return name in available_timezones()


def _in_range(values: pd.Series, column: Column) -> pd.Series:
    inside = pd.Series(True, index=values.index)
    if column.low is not None:
        inside &= values >= column.low
    if column.high is not None:
        inside &= values <= column.high
    if column.above is not None:
        inside &= values > column.above
    return inside.astype(bool)


def _in_time(values: pd.Series) -> pd.Series:
    zone = values.dt.tz
    return (values >= _EARLIEST.tz_localize(zone)) & (values < _LATEST.tz_localize(zone))


def _ordered(first: str, second: str) -> Any:
    def check(frame: pd.DataFrame) -> pd.Series:
        return ~(frame[first] > frame[second]).fillna(False).astype(bool)

    return check


__all__ = ["SHOWN", "Finding", "Validation", "duplicates", "known_zone", "schema", "structure", "validate"]
