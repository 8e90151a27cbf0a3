"""What a mapping says: where the cells of one export are, and which contract tables they fill."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from typing import Any

PLACEHOLDER = re.compile(r"\{([^{}:]+)(?::(0?\d+))?\}")
PEOPLE = frozenset({"moderator_id", "auditor_id", "rater_id", "trainer_id"})
SUBJECTS = frozenset({"moderator_id", "rater_id"})  # of these a row is about the person
NOBODY = "erased"
LONGEST = 80  # letters of a source's name, which is part of a file's
MARKET_ZONE = "$market"  # of a day: the zone of the row's market


class MappingError(ValueError):
    """The mapping file, not the export, needs a change."""

    exit_code = 2


@dataclass(frozen=True, kw_only=True)
class Drop:
    """How rows that are not data are recognised: averages, totals, notes."""

    column: str
    equals: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    blank: bool = False


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the cells are and how they are written."""

    name: str
    kind: str = "csv"
    encoding: str = "utf-8"
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 1
    data_row: int = 0
    skip_footer: int = 0
    decimal: str = "."
    thousands: str = ""
    nulls: tuple[str, ...] = ()
    zone: str = ""
    day_boundary: str = "local"
    date_formats: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    non_data: tuple[Drop, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Person:
    """Which cells say who somebody is. `create` registers, otherwise the alias table must know them.

    With `anonymous` an empty cell is nobody, which only tables that may do without a person allow. With `either` each
    column alone may say it, and all that do must mean one person. With `create`, somebody whose identifier is new is
    the person whom an earlier roster knows by an alias of `known_by`.
    """

    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    create: bool = False
    aliases: MappingType[str, str] = field(default_factory=dict)
    outside: bool = False
    anonymous: bool = False
    either: bool = False
    known_by: tuple[str, ...] = ()

    def texts(self) -> tuple[str, ...]:
        """Return the source columns that say who somebody is."""
        return (*self.columns, *self.aliases.values())


@dataclass(frozen=True, kw_only=True)
class Column:
    """How one target column is filled."""

    target: str
    column: str = ""
    constant: Any = None
    template: str = ""
    id: tuple[str, ...] = ()
    prefix: str = ""
    person: Person | None = None
    roster: str = ""
    stored: tuple[str, ...] = ()
    outside: bool = False
    values: MappingType[str, Any] | None = None
    nulls: tuple[str, ...] = ()
    scale: float = 1.0
    unit: str = ""
    formats: tuple[str, ...] = ()
    zone: str = ""
    split: str = ""
    strip: tuple[str, ...] = ()
    optional: bool = False

    def sources(self) -> tuple[str, ...]:
        """Return the source columns that this column reads."""
        found = [self.column, *self.id, *(m[0] for m in PLACEHOLDER.findall(self.template))]
        if self.person:
            found += self.person.texts()
        return tuple(dict.fromkeys(name for name in found if name and not name.startswith("$")))


@dataclass(frozen=True, kw_only=True)
class Wide:
    """One source column, or a pattern of them, that becomes rows: one row per cell.

    `set` says what its rows hold: a value, a template of what the pattern captured, or a column of their own.
    """

    column: str = ""
    pattern: str = ""
    set: MappingType[str, Any] = field(default_factory=dict)
    keep_blank: bool = False

    def own(self) -> tuple[Column, ...]:
        """Return the columns that only its rows fill."""
        return tuple(value for value in self.set.values() if isinstance(value, Column))


@dataclass(frozen=True, kw_only=True)
class TableMap:
    """How one contract table is filled from the export."""

    into: str
    columns: tuple[Column, ...]
    wide: tuple[Wide, ...] = ()
    distinct: bool = False
    snapshot: bool = False
    only: Drop | None = None
    sum: tuple[str, ...] = ()
    defaults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Map:
    """A whole mapping file."""

    source: Source
    headers: MappingType[str, tuple[str, ...]]
    tables: tuple[TableMap, ...]

    def needed(self) -> dict[str, bool]:
        """Return the source columns the file reads: name to whether it may be absent."""
        found: dict[str, bool] = {}

        def add(name: str, optional: bool) -> None:
            if name and not name.startswith("$"):
                found[name] = optional and found.get(name, True)

        for drop in self.source.non_data:
            add(drop.column, False)
        for table in self.tables:
            if table.only:
                add(table.only.column, False)
            for name in table.sum:
                add(name, False)
            captured = {g for w in table.wide if w.pattern for g in re.compile(w.pattern).groupindex}
            for wide in table.wide:
                add(wide.column, False)
            for column in (*table.columns, *(c for w in table.wide for c in w.own())):
                for name in column.sources():
                    if name not in captured:
                        add(name, column.optional)
        return found
