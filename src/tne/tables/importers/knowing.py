"""What does the workspace already know that an export leaves out: rows of other tables, the zones of markets?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from tne.tables.contracts import TABLES, Table
from tne.tables.importers.cells import Block
from tne.tables.importers.mapping import Column, MappingError, Source
from tne.tables.importers.texts import is_blank
from tne.tables.importers.values import convert

if TYPE_CHECKING:
    from tne.tables.importers.filling import Draft
    from tne.tables.importers.people import Register


def check_stored(column: Column, table: Table) -> None:
    """Raise `MappingError` if a `stored` column names tables that do not hold it beside the target's key."""
    for name in column.stored:
        other = TABLES.get(name)
        needed = (*table.key, column.target)
        if other is None or column.target in table.key or not set(needed) <= set(other.names):
            raise MappingError(
                f"[[table]] into = {table.name}: `{column.target}` cannot be looked up in `{name}`, which would need "
                f"the columns {', '.join(needed)}."
            )


def from_stored(column: Column, table: Table, draft: Draft, people: Register) -> tuple[list[Any], list[str]]:
    """Return what stored rows with the same key say, the first table that has one; they must all agree."""
    keys = list(zip(*(draft.made[name] for name in table.key), strict=True))
    known = [_known(people.stored(name), table.key, column.target) for name in column.stored]
    values: list[Any] = []
    broken: list[str] = []
    for key in keys:
        found = next((rows[key] for rows in known if key in rows), set())
        values.append(next(iter(found)) if len(found) == 1 else None)
        many, none = (
            f"the rows in {' and '.join(column.stored)} differ",
            f"not in {' or '.join(column.stored)}",
        )
        missed = not found and column.target in table.required
        draft.found["outside"] += column.outside and missed and not draft.rules[len(broken)]
        broken.append(many if len(found) > 1 else none if missed else "")
    return values, broken


def _known(rows: pd.DataFrame, key: tuple[str, ...], target: str) -> dict[tuple[Any, ...], set[Any]]:
    known: dict[tuple[Any, ...], set[Any]] = {}
    if target in rows:
        for *name, value in rows[[*key, target]].dropna().itertuples(index=False, name=None):
            known.setdefault(tuple(name), set()).add(value)
    return known


def in_market(
    column: Column, table: Table, block: Block, draft: Draft, source: Source, people: Register
) -> tuple[list[Any], list[str]]:
    """Return the days of a column's instants as the calendar of each row's market has them."""
    rows = people.stored("markets")
    zones = dict(zip(rows["market"], rows["timezone"], strict=True)) if len(rows) else {}
    cells, nulls = block.column(column.column, draft.keep), (*source.nulls, *column.nulls)
    kind = table.column(column.target).kind
    values: list[Any] = [None] * len(cells)
    broken = [""] * len(cells)
    markets = draft.made["market"]
    for market in dict.fromkeys(markets):
        where = [i for i, other in enumerate(markets) if other == market]
        zone = zones.get(market)
        if zone is None:
            for i in where:
                broken[i] = "" if is_blank(cells[i], nulls) else "the market's zone is not in `markets`"
            continue
        local = Column(target=column.target, formats=column.formats, nulls=column.nulls, zone=zone)
        made, rules = convert([cells[i] for i in where], local, kind, source)
        for i, value, rule in zip(where, made, rules, strict=True):
            values[i], broken[i] = value, rule
    return values, broken
