"""What stands in a warehouse? Fingerprints and counts of its tables, for a plan. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tne.tables.declared import TABLES

#: Columns with an instant or a day that say which periods have data.
DATED = {
    "audits": "decided_at",
    "production": "date",
    "responses": "answered_at",
    "surveys": "submitted_at",
}
#: Columns with a person's id.
PEOPLE = frozenset({"moderator_id", "auditor_id", "rater_id", "trainer_id"})
#: Variable that names the state of the data which all reports of a run see.
SNAPSHOT = "TNE_SNAPSHOT"


class Asked(Protocol):
    """One state of a warehouse, as its own SQL shows it; see `tables_of_schema` and `tables_of_catalog`.

    Attributes
    ----------
    columns : mapping
        Of each table of the contracts that is there, its columns of the contract and their types, in their order.
    text : str
        What the type of text is called.
    snapshot : str
        Under which name other sessions may see the same state; "" where that is not to be had.
    """

    @property
    def columns(self) -> Mapping[str, Mapping[str, str]]: ...
    @property
    def text(self) -> str: ...
    @property
    def snapshot(self) -> str: ...

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""

    def place(self, table: str) -> str:
        """Return how a query calls a table."""

    def named(self, column: str) -> str:
        """Return how a query calls a column."""

    def row_hash(self, columns: Collection[str]) -> str:
        """Return the expression for a number of 64 bits that depends on all values of a row together.

        Not a sum over its columns: a value that two rows swap must change the sum over the rows.
        """


@dataclass(frozen=True)
class Part:
    """The rows of a table that belong to one market: how many, and the sum of their hashes in digits.

    A sum does not depend on the order of the rows; unlike an exclusive or, it changes when a row is there twice.
    """

    rows: int
    total: str


@dataclass(frozen=True)
class Standing:
    """What stands in a warehouse, all of it of one state.

    Parameters
    ----------
    columns : mapping
        Names and types of the columns of each table.
    parts : mapping
        By table and market; None for rows of no market.
    days : (str, str)
        First and last day (UTC) with data, "" without any.
    markets : tuple of dict
        Rows of the table `markets`.
    titles : mapping
        Titles of programmes by id.
    """

    columns: Mapping[str, Mapping[str, str]]
    parts: Mapping[str, Mapping[str | None, Part]]
    days: tuple[str, str]
    markets: tuple[dict[str, Any], ...]
    titles: Mapping[str, str]

    def of(self, market: str | None) -> dict[str, dict[str, Any]]:
        """Return SHA-256 and row count of every table that concerns `market` (None: all of them)."""
        found = {}
        for table, parts in sorted(self.parts.items()):
            chosen = {k: part for k, part in parts.items() if market is None or k in (None, market)}
            if chosen or market is None:
                told = sorted((k or "", part.rows, part.total) for k, part in chosen.items())
                named = json.dumps([table, [*self.columns[table].items()], told])
                rows = sum(part.rows for part in chosen.values())
                found[table] = {"sha256": hashlib.sha256(named.encode()).hexdigest(), "rows": rows}
        return found


def standing(asked: Asked) -> Standing:
    """Return what stands there: one query per table, and the rows of `markets` and `programmes`."""
    parts, days = {}, []
    for table in asked.columns:
        parts[table], found = _parts(asked, table)
        days += found
    names = [*asked.columns.get("markets", ())]
    rows = [dict(zip(names, row, strict=True)) for row in _values(asked, "markets", *names)] if names else []
    known = {"programme_id", "title"} <= asked.columns.get("programmes", {}).keys()
    titles = dict(_values(asked, "programmes", "programme_id", "title")) if known else {}
    return Standing(
        {table: dict(columns) for table, columns in asked.columns.items()},
        parts,
        (min(days), max(days)) if days else ("", ""),
        tuple(rows),
        {programme: title for programme, title in titles.items() if title},
    )


def _parts(asked: Asked, table: str) -> tuple[dict[str | None, Part], list[str]]:
    """Return the parts of a table, and the first and last days of each."""
    columns = asked.columns[table]
    split = TABLES[table].by_market and "market" in columns
    market = asked.named("market")
    dated = DATED.get(table, "")
    ends = [f"{end}({asked.named(dated)})" if dated in columns else "NULL" for end in ("MIN", "MAX")]
    total = f"SUM({asked.row_hash([*columns])})"
    texts = [f"CAST({what} AS {asked.text})" for what in (market if split else "NULL", total, *ends)]
    group = f" GROUP BY {market}" if split else ""
    parts, days = {}, []
    for rows, code, summed, first, last in asked.ask(
        f"SELECT COUNT(*), {', '.join(texts)} FROM {asked.place(table)}{group}"
    ):
        parts[code] = Part(int(rows), summed or "0")
        days += [str(end)[:10] for end in (first, last) if end is not None]
    return parts, days


def _values(asked: Asked, table: str, *names: str) -> list[tuple[Any, ...]]:
    """Return some columns of a table as text, or None."""
    columns = ", ".join(f"CAST({asked.named(name)} AS {asked.text})" for name in names)
    return asked.ask(f"SELECT {columns} FROM {asked.place(table)}")


def people(asked: Asked) -> Iterator[str]:
    """Yield every person's id, some more than once."""
    for table, columns in asked.columns.items():
        for name in sorted(PEOPLE & columns.keys()):
            column = f"CAST({asked.named(name)} AS {asked.text})"
            sql = f"SELECT DISTINCT {column} FROM {asked.place(table)} WHERE {asked.named(name)} IS NOT NULL"
            yield from (row[0] for row in asked.ask(sql))
