"""Fill one target column: from a column, a constant, a template, a keyed id, a person or the roster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tne.tables.contracts import Table
from tne.tables.importers.cells import Block
from tne.tables.importers.knowing import from_stored
from tne.tables.importers.mapping import NOBODY, PEOPLE, PLACEHOLDER, SUBJECTS, Column, MappingError, Source
from tne.tables.importers.parts import alias_texts, each, filled_in, row_texts, unread
from tne.tables.importers.people import ERASED, Register
from tne.tables.importers.values import convert
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
    if len(draft.keep) < len(block.cells) or people.erased or not _same_everywhere(column):
        return _fill(column, table, block, draft, source, people)
    # Blocks of all rows only differ in what their own column says: the rest is filled once.
    made_of = (
        [draft.made.get(name) for name in ("moderator_id", "rater_id", "trainer_id")] if column.roster else []
    )
    made_of = [draft.made.get("moderator_id")] if "$person" in column.id else made_of
    own = block.memo(("whole", id(column)))
    if own and not any(draft.rules) and all(a is b for a, b in zip(made_of, own["made of"], strict=True)):
        return own["values"], [""] * len(draft.keep)
    values, broken = _fill(column, table, block, draft, source, people)
    if not any(broken) and not any(draft.rules):
        own.update({"made of": made_of, "values": values, "column": column})
    return values, broken


def _same_everywhere(column: Column) -> bool:
    """Whether a column is filled from the row alone, whatever column of the export becomes rows."""
    names = (
        column.column,
        *(n for n in column.id if n != "$person"),
        *(column.person.columns if column.person else ()),
    )
    own = any(name.startswith("$") for name in names)
    return (
        not own and not column.stored and bool(column.column or column.person or column.roster or column.id)
    )


def _fill(
    column: Column, table: Table, block: Block, draft: Draft, source: Source, people: Register
) -> tuple[list[Any], list[str]]:
    kind, keep, fine = table.column(column.target).kind, draft.keep, [""] * len(draft.keep)
    if column.person:
        parts = alias_texts(column.person, block, keep, source.nulls)
        also = {k: block.column(c, keep) for k, c in column.person.aliases.items()}
        when = draft.made.get(table.time, [None] * len(keep))
        values, broken = people.resolve(column.person, parts, also, source.nulls, draft, when)
        values, broken = _without_erased(column, table, draft, values, broken)
        # A cell that cannot be read is somebody, even where nobody is allowed.
        return values, unread(column.person.columns, block, keep, broken)
    if column.stored:
        return from_stored(column, table, draft, people)
    if column.roster:
        when = draft.made.get(table.time, [None] * len(keep))
        person = next((name for name in ("moderator_id", "rater_id", "trainer_id") if name in draft.made), "")
        return people.roster.says(column.roster, draft.made.get(person, [None] * len(keep)), when)
    if column.id:
        made = _ids(column, table, block, draft, source.nulls, people)
        return made, unread(column.id, block, keep, fine)
    if column.template:
        cells = {m[0]: block.column(m[0], keep) for m in PLACEHOLDER.findall(column.template)}
        nulls = (*source.nulls, *column.nulls)
        if not cells:
            value, rule = convert([column.template], column, kind, source)
            return value * len(keep), rule * len(keep)
        rows = list(zip(*cells.values(), strict=True))
        if {*map(type, (c for v in cells.values() for c in v))} & {bool, int, float}:
            made = [filled_in(column.template, dict(zip(cells, row, strict=True)), nulls) for row in rows]
        else:
            made = each(
                rows, lambda row: filled_in(column.template, dict(zip(cells, row, strict=True)), nulls)
            )
        return convert(made, column, kind, source, block.memo(column))
    if column.column:
        return convert(block.column(column.column, keep), column, kind, source, block.memo(column))
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
        parts = row_texts(rest, block, draft.keep, nulls) if rest else [()] * len(draft.keep)
        pairs = [None if None in pair else pair for pair in zip(whose, parts, strict=True)]
        own = block.memo(column)
        return each(pairs, lambda pair: column.prefix + people.keyed_of(pair[0], column.prefix, pair[1]), own)
    parts = row_texts(rest, block, draft.keep, nulls)
    if column.target in PEOPLE:
        parts = each(parts, lambda part: tuple(map(normalise, part)))
    ids = each(parts, lambda part: column.prefix + people.keyed(column.prefix, part), block.memo(column))
    if column.target in PEOPLE and people.erased:
        broken = [ERASED if ("id", made) in people.erased else "" for made in ids]
        ids, _ = _without_erased(column, table, draft, ids, broken)
    return ids
