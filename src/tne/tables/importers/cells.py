"""The raw cells of one import, and the blocks of rows that wide columns become."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tne.tables.importers.errors import Bad
from tne.tables.importers.mapping import PLACEHOLDER, Column, Drop, MappingError, TableMap
from tne.tables.importers.texts import is_blank, text_of


@dataclass(frozen=True, eq=False)
class Cells:
    """All files of one import side by side: the needed columns, where each row stands, why it is no data if so, and
    what the report must say of the files."""

    columns: Mapping[str, list[Any]]
    headers: tuple[str, ...]
    by_header: Mapping[str, list[Any]]
    files: list[str]
    numbers: list[int]
    blank: list[bool]
    no_data: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    seen: dict[Any, tuple[Any, dict[Any, Any]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.numbers)


def dropped(column: Sequence[Any], drop: Drop, nulls: Sequence[str]) -> list[bool]:
    """Return which cells of its column a rule for rows recognises."""
    return [
        (drop.blank and is_blank(cell, nulls))
        or (not isinstance(cell, Bad) and text_of(cell) in drop.equals)
        or (bool(drop.starts) and not isinstance(cell, Bad) and text_of(cell).startswith(drop.starts))
        for cell in column
    ]


@dataclass(frozen=True, eq=False)
class Block:
    """The rows that one source column becomes, or all rows where no column is melted.

    Parameters
    ----------
    cells : Cells
        The export.
    header : str
        The melted column; "" if none.
    groups : mapping of str to str
        What the pattern captured in its header.
    extra : tuple of Column
        Target columns that hold the same for all its rows.
    keep_blank : bool
        Whether blank cells become rows.
    """

    cells: Cells
    header: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)
    extra: tuple[Column, ...] = ()
    keep_blank: bool = True

    def column(self, name: str, keep: Sequence[int]) -> list[Any]:
        """Return the cells of a source column, or of one of the mapping's own ($row, $value, …)."""
        if name == "$row":
            return kept(self.cells.numbers, keep)
        if name == "$file":
            return kept(self.cells.files, keep)
        if name in ("$value", "$header") and self.header:
            values = self.cells.by_header[self.header]
            return kept(values, keep) if name == "$value" else [self.header] * len(keep)
        if name.removeprefix("$") in self.groups:
            return [self.groups[name.removeprefix("$")]] * len(keep)
        if name.startswith("$"):
            raise MappingError(f"The mapping uses {name}, which has no meaning there.")
        own = self.cells.columns.get(name)
        return [None] * len(keep) if own is None else kept(own, keep)

    def memo(self, what: Any) -> dict[Any, Any]:
        """Return what is known so far of the cells of a column, or of how a target is filled, in all blocks."""
        # The thing itself is kept too, so that its id stays its own.
        return self.cells.seen.setdefault(what if isinstance(what, (str, tuple)) else id(what), (what, {}))[1]

    def rows(self, out: Sequence[bool], nulls: Sequence[str]) -> list[int]:
        """Return the rows that are not out; a blank cell of a melted column is no row."""
        if self.keep_blank:
            return [i for i, gone in enumerate(out) if not gone]
        values = self.cells.by_header[self.header]
        empty = {cell for cell in set(values) if is_blank(cell, nulls)}
        if not empty:
            return [i for i, gone in enumerate(out) if not gone]
        return [
            i for i, (gone, cell) in enumerate(zip(out, values, strict=True)) if not (gone or cell in empty)
        ]


def kept(values: list[Any], keep: Sequence[int]) -> list[Any]:
    """Return the values of some rows; mostly all rows are kept, and nobody changes the list."""
    return values if len(keep) == len(values) else [values[i] for i in keep]


def blocks(entry: TableMap, cells: Cells) -> Iterator[Block]:
    """Yield the blocks of rows of one table: one per melted column, or a single one."""
    if not entry.wide:
        yield Block(cells)
        return
    for wide in entry.wide:
        if wide.column:
            hits: list[tuple[str, dict[str, str]]] = [(wide.column, {})]
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
            yield Block(cells, header, groups, extra, wide.keep_blank)


def _set(target: str, value: Any, groups: Mapping[str, str], header: str) -> Column:
    if isinstance(value, Column):
        return value
    if not isinstance(value, str) or not PLACEHOLDER.search(value):
        return Column(target=target, constant=value)
    known = {**groups, "$header": header}
    # What stands in a header is written as the export writes it, so it is read like a cell, not like a constant.
    return Column(
        target=target, template=PLACEHOLDER.sub(lambda m: padded(known.get(m[1], m[0]), m[2]), value)
    )


def padded(text: str, width: str | None) -> str:
    """Return `text` with leading zeros up to `width`."""
    return text.zfill(int(width)) if width else text
