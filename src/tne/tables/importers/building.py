"""From raw cells to the rows of one contract table, each with the rule it breaks or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import pandas as pd

from tne.tables.contracts import TABLES, Table
from tne.tables.importers.cells import Block, Cells, blocks, dropped
from tne.tables.importers.errors import Bad
from tne.tables.importers.filling import Draft, fill
from tne.tables.importers.knowing import check_stored, in_market
from tne.tables.importers.mapping import MARKET_ZONE, Column, Drop, Map, MappingError, Source, TableMap
from tne.tables.importers.merging import typed
from tne.tables.importers.people import Register


@dataclass(frozen=True, eq=False)
class Built:
    """Rows of one contract table.

    Parameters
    ----------
    frame : DataFrame
        Target columns; one row per entry, non-data left out.
    rules : list of str
        Rule each row breaks, "" if none.
    origin : list of int
        Position of each row among the source rows.
    non_data : int
        Rows recognised as no data.
    unmatched, ambiguous, outside : int
        People who resolve to nobody, to several, and those of the unmatched that the mapping expects.
    mapped : tuple of str
        Target columns that the mapping fills.
    erased : int
        Of the rows that are no data: those about people who were erased.
    """

    frame: pd.DataFrame
    rules: list[str]
    origin: list[int]
    non_data: int
    unmatched: int
    ambiguous: int
    outside: int
    mapped: tuple[str, ...]
    erased: int = 0


def check_targets(whole: Map) -> None:
    """Raise `MappingError` if the mapping names unknown tables or columns, or leaves required ones unfilled."""
    for name in dict.fromkeys(entry.into for entry in whole.tables):
        if len({entry.sum for entry in whole.tables if entry.into == name}) > 1:
            raise MappingError(f"All [[table]] into = {name} need the same `sum`.")
    for entry in whole.tables:
        if entry.into not in TABLES:
            raise MappingError(f"There is no table `{entry.into}`. The tables are {', '.join(TABLES)}.")
        table = TABLES[entry.into]
        filled = _targets(entry)
        unknown = [name for name in filled if name not in table.names]
        lacking = [name for name in table.required if name not in filled]
        for column in entry.columns:
            check_stored(column, table)
            if column.zone == MARKET_ZONE and ("market" not in filled or not column.column):
                raise MappingError(
                    f"[[table]] into = {table.name}: zone {MARKET_ZONE} needs the row's `market`."
                )
        if unknown or lacking:
            what = [f"has no columns {', '.join(unknown)}"] if unknown else []
            what += [f"needs {', '.join(lacking)}"] if lacking else []
            raise MappingError(f"[[table]] into = {entry.into}: the table {' and '.join(what)}. Map them.")


def _targets(entry: TableMap) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*(c.target for c in entry.columns), *(t for w in entry.wide for t in w.set)]))


def build(entry: TableMap, cells: Cells, no_data: Sequence[bool], whole: Map, people: Register) -> Built:
    """Fill one contract table.

    Parameters
    ----------
    entry : TableMap
        What the mapping says about this table.
    cells : Cells
        The export.
    no_data : sequence of bool
        Source rows recognised as no data, for all tables.
    whole : Map
        The mapping.
    people : Register
        Resolves and registers people.

    Returns
    -------
    Built
    """
    table, nulls = TABLES[entry.into], whole.source.nulls
    by_cell = entry.only is not None and entry.only.column == "$value"
    skip = list(no_data)
    if entry.only and not by_cell:
        skip = _not_meant(entry.only, cells.columns[entry.only.column], skip, nulls)
    drafts: list[Draft] = []
    non_data = erased = 0
    for block in blocks(entry, cells):
        every = range(len(cells))
        out = (
            _not_meant(cast(Drop, entry.only), block.column("$value", every), skip, nulls)
            if by_cell
            else skip
        )
        keep = block.rows(out, nulls)
        non_data += len(cells) - len(keep)
        draft = _draft(entry, block, keep, whole.source, people)
        if draft.gone:
            draft = _without(draft)
            erased += len(draft.gone)
        drafts.append(draft)
    return Built(
        _frame(table, drafts),
        rules=[rule for draft in drafts for rule in draft.rules],
        origin=[i for draft in drafts for i in draft.keep],
        non_data=non_data + erased,
        unmatched=sum(draft.found["unmatched"] for draft in drafts),
        ambiguous=sum(draft.found["ambiguous"] for draft in drafts),
        outside=sum(draft.found["outside"] for draft in drafts),
        erased=erased,
        mapped=tuple(t for t in _targets(entry) if t not in entry.defaults),
    )


def _without(draft: Draft) -> Draft:
    """Leave out the rows about people who were erased."""
    stay = [i for i in range(len(draft.keep)) if i not in draft.gone]
    made = {name: [values[i] for i in stay] for name, values in draft.made.items()}
    return replace(draft, keep=[draft.keep[i] for i in stay], rules=[draft.rules[i] for i in stay], made=made)


def _not_meant(only: Drop, column: Sequence[Any], skip: Sequence[bool], nulls: Sequence[str]) -> list[bool]:
    chosen = dropped(column, only, nulls)
    # Whether a row with a damaged cell is meant is unknown, so it waits.
    unread = [isinstance(cell, Bad) for cell in column]
    return [gone or not (a or b) for gone, a, b in zip(skip, chosen, unread, strict=True)]


def _draft(entry: TableMap, block: Block, keep: list[int], source: Source, people: Register) -> Draft:
    table = TABLES[entry.into]
    rules = [""] * len(keep)
    if entry.only:
        meant = block.column(entry.only.column, keep)
        rules = [f"{entry.only.column}: {c.rule}" if isinstance(c, Bad) else "" for c in meant]
    draft = Draft(keep, rules, {}, {"unmatched": 0, "ambiguous": 0, "outside": 0})
    columns = [*entry.columns, *block.extra]
    # People come last, and what is made of them after: a row that is bad anyway registers nobody.
    columns.sort(key=_turn)
    columns += [c for c in columns if c.zone == MARKET_ZONE]
    for column in columns:
        if column.zone == MARKET_ZONE and "market" in draft.made:
            values, broken = in_market(column, table, block, draft, source, people)
        elif column.zone == MARKET_ZONE:
            # Whose market it is depends on the day, and the day on the market: UTC is near enough to find the spell.
            values, broken = fill(replace(column, zone="UTC"), table, block, draft, source, people)
        else:
            values, broken = fill(column, table, block, draft, source, people)
        draft.made[column.target] = values
        required = column.target in table.required
        if not any(broken) and not (required and None in values):
            continue
        for i, (value, rule) in enumerate(zip(values, broken, strict=True)):
            if not draft.rules[i] and (rule or (required and value is None)):
                draft.rules[i] = f"{column.target}: {rule or 'empty'}"
    return draft


def _turn(column: Column) -> int:
    """In which turn a column is filled: after those that it is made of."""
    ways = (column.person is not None, "$person" in column.id, bool(column.stored), bool(column.roster))
    return next((turn for turn, way in enumerate(ways, start=1) if way), 0)


def _frame(table: Table, drafts: Sequence[Draft]) -> pd.DataFrame:
    """Return the rows of all blocks below each other; a column that some have is null in the others."""
    return pd.DataFrame(
        {
            column.name: _joined([d.made.get(column.name, [None] * len(d.keep)) for d in drafts], column.kind)
            for column in table.columns
            if any(column.name in d.made for d in drafts)
        }
    )


def _joined(blocks: Sequence[list[Any]], kind: str) -> pd.Series:
    # Blocks share the columns that are the same in all of them: each is converted once.
    distinct = {id(values): values for values in blocks}
    made = {name: typed(values, kind) for name, values in distinct.items()}
    return pd.concat([made[id(values)] for values in blocks], ignore_index=True)
