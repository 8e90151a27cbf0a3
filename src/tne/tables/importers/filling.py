"""Fill one target column: from a column, a constant, a template, a keyed id, a person or the roster."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tne.tables.contracts import Table
from tne.tables.importers.cells import Block, padded
from tne.tables.importers.knowing import from_stored
from tne.tables.importers.mapping import (
    NOBODY,
    PEOPLE,
    PLACEHOLDER,
    SUBJECTS,
    Column,
    MappingError,
    Person,
    Source,
)
from tne.tables.importers.people import ERASED, Register
from tne.tables.importers.reading import Bad
from tne.tables.importers.values import convert, is_blank, text_of
from tne.tables.pseudonyms import normalise


@dataclass(eq=False)
class Draft:
    """The rows of one block while their columns are filled.

    Parameters
    ----------
    keep : list of int
        Positions of the rows among the source rows.
    rules : list of str
        Rule each row breaks so far, "" if none.
    made : dict of str to list
        Target columns filled so far.
    found : dict of str to int
        How many people were not resolved, by reason.
    gone : set of int
        Rows about people who were erased: they leave no trace, not even in quarantine.
    """

    keep: list[int]
    rules: list[str]
    made: dict[str, list[Any]]
    found: dict[str, int]
    gone: set[int] = field(default_factory=set)


def fill(
    column: Column, table: Table, block: Block, draft: Draft, source: Source, people: Register
) -> tuple[list[Any], list[str]]:
    """Return the values of one target column and, for each, the rule it breaks or ""."""
    kind, keep, fine = table.column(column.target).kind, draft.keep, [""] * len(draft.keep)
    if column.person:
        parts = _aliases(column.person, block, keep, source.nulls)
        also = {k: block.column(c, keep) for k, c in column.person.aliases.items()}
        when = draft.made.get(table.time, [None] * len(keep))
        values, broken = people.resolve(column.person, parts, also, source.nulls, draft, when)
        values, broken = _without_erased(column, table, draft, values, broken)
        # A cell that cannot be read is somebody, even where nobody is allowed.
        cells = zip(*(block.column(c, keep) for c in column.person.columns if c[0] != "$"), strict=True)
        unread = [next((c.rule for c in row if isinstance(c, Bad)), "") for row in cells]
        return values, [a or b for a, b in zip(broken, unread, strict=True)]
    if column.stored:
        return from_stored(column, table, draft, people)
    if column.roster:
        when = draft.made.get(table.time, [None] * len(keep))
        person = next((name for name in ("moderator_id", "rater_id", "trainer_id") if name in draft.made), "")
        return people.roster(column.roster, draft.made.get(person, [None] * len(keep)), when)
    if column.id:
        return _ids(column, table, block, draft, source.nulls, people), fine
    if column.template:
        cells = {m[0]: block.column(m[0], keep) for m in PLACEHOLDER.findall(column.template)}
        nulls = (*source.nulls, *column.nulls)
        texts = [
            _template(column.template, {n: v[i] for n, v in cells.items()}, nulls) for i in range(len(keep))
        ]
        return convert(texts, column, kind, source)
    if column.column:
        return convert(block.column(column.column, keep), column, kind, source)
    # A constant is written as TOML writes it, whatever the export's own decimal sign and date formats.
    value, rule = convert([column.constant], column, kind, Source(name=source.name, zone=source.zone))
    if rule[0]:
        raise MappingError(f"[[table]] into = {table.name}: the constant of `{column.target}` is {rule[0]}.")
    return value * len(keep), fine


def _without_erased(
    column: Column, table: Table, draft: Draft, values: list[str | None], broken: list[str]
) -> tuple[list[str | None], list[str]]:
    """Mark the rows that are about erased people; where they only audit or teach, nobody in particular did."""
    out = [i for i, rule in enumerate(broken) if rule == ERASED]
    if column.target in SUBJECTS:
        draft.gone.update(out)
        return values, broken
    for i in out:
        values[i], broken[i] = nobody(column.target, table), ""
    return values, broken


def nobody(target: str, table: Table) -> str | None:
    """Return what stands for an erased person in rows that are about others."""
    return NOBODY if target in table.required else None


def _ids(
    column: Column, table: Table, block: Block, draft: Draft, nulls: Sequence[str], people: Register
) -> list[str | None]:
    """Return the keyed ids that a column is filled with."""
    rest = [name for name in column.id if name != "$person"]
    if len(rest) < len(column.id):
        whose = draft.made.get("moderator_id")
        if whose is None or "$occurrence" in rest:
            raise MappingError("`$person` is the row's `moderator_id`: map it, and leave `$occurrence` out.")
        parts = _parts(rest, block, draft.keep, nulls) if rest else [()] * len(draft.keep)
        return [
            None if part is None or who is None else column.prefix + people.keyed_of(who, column.prefix, part)
            for who, part in zip(whose, parts, strict=True)
        ]
    parts = _parts(rest, block, draft.keep, nulls)
    if column.target in PEOPLE:
        parts = [None if p is None else tuple(map(normalise, p)) for p in parts]
    ids = [None if p is None else column.prefix + people.keyed(column.prefix, p) for p in parts]
    if column.target in PEOPLE and people.erased:
        ids = [nobody(column.target, table) if ("id", made) in people.erased else made for made in ids]
    return ids


def _aliases(
    spec: Person, block: Block, keep: Sequence[int], nulls: Sequence[str]
) -> list[tuple[str, ...] | None]:
    """Return the texts that say who each row's person is; of `either` those that are not blank."""
    if not spec.either:
        return _parts(spec.columns, block, keep, nulls)
    alone = zip(*(_parts((name,), block, keep, nulls) for name in spec.columns), strict=True)
    return [tuple(part[0] for part in row if part) or None for row in alone]


def _parts(
    names: Sequence[str],
    block: Block,
    keep: Sequence[int],
    nulls: Sequence[str],
) -> list[tuple[str, ...] | None]:
    """Return the texts of several columns per row, None where one is blank; $occurrence counts equal rows."""
    if "$occurrence" in names:
        # Counted over all rows of the export, so that every table gives a row the same number.
        everywhere = range(len(block.cells))
        numbered = _numbered(_parts([n for n in names if n != "$occurrence"], block, everywhere, nulls))
        return [numbered[i] for i in keep]
    columns = [block.column(n, keep) for n in names]
    return [
        None if any(isinstance(c, Bad) or is_blank(c, nulls) for c in row) else tuple(map(text_of, row))
        for row in zip(*columns, strict=True)
    ]


def _numbered(rows: Sequence[tuple[str, ...] | None]) -> list[tuple[str, ...] | None]:
    seen: dict[str, int] = {}
    numbered: list[tuple[str, ...] | None] = []
    for row in rows:
        if row is not None:
            name = json.dumps(row)
            seen[name] = seen.get(name, 0) + 1
            row = (*row, str(seen[name]))
        numbered.append(row)
    return numbered


def _template(template: str, cells: Mapping[str, Any], nulls: Sequence[str]) -> Any:
    if any(isinstance(cell, Bad) or is_blank(cell, nulls) for cell in cells.values()):
        return next((cell for cell in cells.values() if isinstance(cell, Bad)), None)
    return PLACEHOLDER.sub(lambda m: padded(text_of(cells[m[1]]), m[2]), template)
