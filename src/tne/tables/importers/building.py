"""From raw cells to the rows of one contract table, each with the rule it breaks or none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from tne.tables.contracts import TABLES, Table
from tne.tables.importers.mapping import PEOPLE, PLACEHOLDER, Column, Drop, Map, MappingError, TableMap
from tne.tables.importers.merging import typed
from tne.tables.importers.people import Register
from tne.tables.importers.reading import Bad
from tne.tables.importers.values import convert, is_blank, text_of
from tne.tables.pseudonyms import normalise


@dataclass(frozen=True, eq=False)
class Cells:
    """All files of one import side by side: the needed columns, and where each row stands."""

    columns: Mapping[str, list[Any]]
    headers: tuple[str, ...]
    by_header: Mapping[str, list[Any]]
    files: list[str]
    numbers: list[int]

    def __len__(self) -> int:
        return len(self.numbers)


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
    """

    frame: pd.DataFrame
    rules: list[str]
    origin: list[int]
    non_data: int
    unmatched: int
    ambiguous: int
    outside: int
    mapped: tuple[str, ...] = field(default=())


def check_targets(whole: Map) -> None:
    """Raise `MappingError` if the mapping names unknown tables or columns, or leaves required ones unfilled."""
    for entry in whole.tables:
        if entry.into not in TABLES:
            raise MappingError(f"There is no table `{entry.into}`. The tables are {', '.join(TABLES)}.")
        table = TABLES[entry.into]
        filled = _targets(entry)
        unknown = [name for name in filled if name not in table.names]
        lacking = [name for name in table.required if name not in filled]
        if unknown or lacking:
            what = [f"has no columns {', '.join(unknown)}"] if unknown else []
            what += [f"needs {', '.join(lacking)}"] if lacking else []
            raise MappingError(f"[[table]] into = {entry.into}: the table {' and '.join(what)}. Map them.")


def _targets(entry: TableMap) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*(c.target for c in entry.columns), *(t for w in entry.wide for t in w.set)]))


def dropped(cells: Cells, drop: Drop, nulls: Sequence[str]) -> list[bool]:
    """Return which rows a rule for non-data recognises."""
    return [
        (drop.blank and is_blank(cell, nulls))
        or (not isinstance(cell, Bad) and text_of(cell) in drop.equals)
        or (bool(drop.starts) and not isinstance(cell, Bad) and text_of(cell).startswith(drop.starts))
        for cell in cells.columns[drop.column]
    ]


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
    skip = list(no_data)
    if entry.only:
        chosen = dropped(cells, entry.only, nulls)
        skip = [gone or not kept for gone, kept in zip(skip, chosen, strict=True)]
    frames, rules, origin, non_data = [], [], [], 0
    counts = {"unmatched": 0, "ambiguous": 0, "outside": 0}
    for block in _blocks(entry, cells):
        keep = [i for i in range(len(cells)) if not skip[i] and not (block.cell_blank(i, nulls))]
        non_data += len(cells) - len(keep)
        made, broken, found = _fill(entry, table, block, keep, whole, people)
        frames.append(made)
        rules += broken
        origin += keep
        counts = {name: counts[name] + found[name] for name in counts}
    frame = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    return Built(frame, rules, origin, non_data, **counts, mapped=_targets(entry))


@dataclass(frozen=True, eq=False)
class _Block:
    cells: Cells
    header: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)
    extra: tuple[Column, ...] = ()
    keep_blank: bool = True

    def column(self, name: str, keep: Sequence[int]) -> list[Any]:
        if name == "$row":
            return [self.cells.numbers[i] for i in keep]
        if name == "$file":
            return [self.cells.files[i] for i in keep]
        if name in ("$value", "$header") and self.header:
            values = self.cells.by_header[self.header]
            return [values[i] for i in keep] if name == "$value" else [self.header] * len(keep)
        if name.removeprefix("$") in self.groups:
            return [self.groups[name.removeprefix("$")]] * len(keep)
        if name.startswith("$"):
            raise MappingError(f"The mapping uses {name}, which has no meaning there.")
        values = self.cells.columns.get(name)
        return [None] * len(keep) if values is None else [values[i] for i in keep]

    def cell_blank(self, i: int, nulls: Sequence[str]) -> bool:
        return not self.keep_blank and is_blank(self.cells.by_header[self.header][i], nulls)


def _blocks(entry: TableMap, cells: Cells) -> Iterator[_Block]:
    if not entry.wide:
        yield _Block(cells)
        return
    for wide in entry.wide:
        if wide.column:
            hits = [(wide.column, {})]
        else:
            pattern = re.compile(wide.pattern)
            found = [(h, pattern.fullmatch(h)) for h in cells.headers]
            hits = [(h, {k: v or "" for k, v in m.groupdict().items()}) for h, m in found if m]
        if not hits:
            raise MappingError(
                f"[[table]] into = {entry.into}: no header matches the pattern of [[table.wide]]."
            )
        for header, groups in hits:
            extra = tuple(_set(target, value, groups, header) for target, value in wide.set.items())
            yield _Block(cells, header, groups, extra, wide.keep_blank)


def _set(target: str, value: Any, groups: Mapping[str, str], header: str) -> Column:
    if isinstance(value, str):
        known = {**groups, "$header": header}
        value = PLACEHOLDER.sub(lambda m: _padded(known.get(m[1], m[0]), m[2]), value)
    return Column(target=target, constant=value)


def _fill(
    entry: TableMap, table: Table, block: _Block, keep: list[int], whole: Map, people: Register
) -> tuple[pd.DataFrame, list[str], dict[str, int]]:
    rules = [""] * len(keep)
    made: dict[str, list[Any]] = {}
    found = {"unmatched": 0, "ambiguous": 0, "outside": 0}
    columns = [*entry.columns, *block.extra]
    # People come last: a row that is bad anyway registers nobody.
    columns.sort(key=lambda c: (c.person is not None) + 2 * bool(c.roster))
    for column in columns:
        values, broken = _values(column, table, block, keep, whole, people, rules, made, found)
        made[column.target] = values
        required = column.target in table.required
        for i, (value, rule) in enumerate(zip(values, broken, strict=True)):
            if not rules[i] and (rule or (required and value is None)):
                rules[i] = f"{column.target}: {rule or 'empty'}"
    frame = pd.DataFrame(
        {name: typed(made[name], table.column(name).kind) for name in table.names if name in made}
    )
    return frame, rules, found


def _values(
    column: Column,
    table: Table,
    block: _Block,
    keep: list[int],
    whole: Map,
    people: Register,
    rules: list[str],
    made: dict[str, list[Any]],
    found: dict[str, int],
) -> tuple[list[Any], list[str]]:
    kind, fine = table.column(column.target).kind, [""] * len(keep)
    if column.person:
        parts = _parts(column.person.columns, block, keep, whole.source.nulls)
        also = {k: block.column(c, keep) for k, c in column.person.aliases.items()}
        return people.resolve(column.person, parts, also, whole.source.nulls, rules, found)
    if column.roster:
        when = made.get(table.time or "", [None] * len(keep))
        return people.roster(column.roster, made.get("moderator_id", []), when)
    if column.id:
        parts = _parts(column.id, block, keep, whole.source.nulls)
        if column.target in PEOPLE:
            parts = [None if p is None else tuple(map(normalise, p)) for p in parts]
        return [None if p is None else column.prefix + people.keyed(column.prefix, p) for p in parts], fine
    if column.template:
        parts = {m[0]: block.column(m[0], keep) for m in PLACEHOLDER.findall(column.template)}
        texts = [_template(column.template, {n: v[i] for n, v in parts.items()}) for i in range(len(keep))]
        return convert(texts, column, kind, whole.source)
    if column.column:
        return convert(block.column(column.column, keep), column, kind, whole.source)
    # A constant is written as TOML writes it, whatever the export's own decimal sign and date formats.
    plain = type(whole.source)(name=whole.source.name, zone=whole.source.zone)
    value, rule = convert([column.constant], column, kind, plain)
    if rule[0]:
        raise MappingError(f"[[table]] into = {table.name}: the constant of `{column.target}` is {rule[0]}.")
    return value * len(keep), fine


def _parts(
    names: Sequence[str], block: _Block, keep: Sequence[int], nulls: Sequence[str]
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


def _template(template: str, cells: Mapping[str, Any]) -> Any:
    if any(isinstance(cell, Bad) or is_blank(cell, ()) for cell in cells.values()):
        return next((cell for cell in cells.values() if isinstance(cell, Bad)), None)
    return PLACEHOLDER.sub(lambda m: _padded(text_of(cells[m[1]]), m[2]), template)


def _padded(text: str, width: str | None) -> str:
    return text.zfill(int(width)) if width else text
