"""What a frame breaks of its contract: rule, column, count and row numbers, never a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.checks import require_frame
from tne.tables.conform import Conformed, conform
from tne.tables.declared import contract
from tne.tables.rules import broken
from tne.tables.schema import Table

SHOWN = 5
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
    findings = [*structure(name, cast)]
    bad = np.zeros(len(frame), dtype=bool)
    for column, gone in cast.lost.items():
        findings.append(found(name, "type", column, gone, detail=f"not read as {table.column(column).kind}"))
        bad |= gone
    for rule, column, flags in _broken(table, cast):
        findings.append(found(name, rule, column, flags))
        bad |= flags
    duplicate, key = duplicates(table, cast.frame, bad)
    if duplicate.any():
        findings.append(found(name, "exact_duplicate", " × ".join(table.key), duplicate))
    if key.any():
        findings.append(found(name, "key", " × ".join(table.key), key, "fatal"))
    return Validation(name, cast.frame, tuple(findings), bad | duplicate, duplicate)


def structure(name: str, cast: Conformed) -> Iterable[Finding]:
    """Findings about columns as a whole: missing, unknown, of a wrong type."""
    yield from structure_of(name, (*cast.frame.columns,), cast.wrong)
    for column in cast.unknown:
        yield Finding(name, "column_unknown", column, severity="note")


def structure_of(name: str, present: Iterable[str], wrong: Mapping[str, str]) -> Iterable[Finding]:
    """Fatal findings about the columns of a table of which only names and types are known."""
    for column in sorted(set(contract(name).required) - set(present)):
        yield Finding(name, "column_missing", column, severity="fatal")
    for column, what in wrong.items():
        yield Finding(name, "type", column, severity="fatal", detail=what)


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


def found(
    table: str, rule: str, column: str, flags: np.ndarray, severity: str = "bad", detail: str = ""
) -> Finding:
    """Return the finding that the flagged rows break a rule."""
    where = np.flatnonzero(flags)
    return Finding(table, rule, column, len(where), tuple(map(int, where[:SHOWN])), severity, detail)


def _broken(table: Table, cast: Conformed) -> Iterable[tuple[str, str, np.ndarray]]:
    """Yield rule, column and broken rows."""
    frame = cast.frame
    cases = broken(table.name, frame[[c for c in frame.columns if c not in cast.wrong]])
    if not len(cases):
        return
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
