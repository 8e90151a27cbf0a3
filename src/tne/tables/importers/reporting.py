"""What an import did: counts and column names, never a value."""

from __future__ import annotations

from dataclasses import dataclass

LISTED = 60  # unknown columns that a summary names


@dataclass(frozen=True, kw_only=True)
class TableReport:
    """What happened to the rows for one table.

    Parameters
    ----------
    table : str
        Contract table.
    rows_in : int
        Rows of the export meant for it (cells, where columns become rows).
    stored, quarantined, non_data, duplicates : int
        Rows stored, set aside, recognised as no data (averages, blanks), and exact copies; they sum to `rows_in`.
    new, replaced, unchanged : int
        Of the stored rows: unknown before, corrections of an earlier import, identical to it.
    unmatched, ambiguous : int
        People of the quarantined rows whom the alias table does not know, or knows twice.
    erased : int
        Of the rows that are no data: those about people who were erased.
    rules : tuple of (str, int)
        Rules of the quarantined rows and their counts.
    """

    table: str
    rows_in: int
    stored: int
    quarantined: int
    non_data: int
    duplicates: int
    new: int = 0
    replaced: int = 0
    unchanged: int = 0
    unmatched: int = 0
    ambiguous: int = 0
    erased: int = 0
    rules: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        parts = self.stored + self.quarantined + self.non_data + self.duplicates
        if parts != self.rows_in or self.new + self.replaced + self.unchanged != self.stored:
            raise AssertionError(
                f"`{self.table}`: {self.rows_in} rows in, but {self.stored} stored + {self.quarantined} quarantined "
                f"+ {self.non_data} non-data + {self.duplicates} duplicates = {parts}."
            )

    def __str__(self) -> str:
        text = (
            f"{self.table}: {self.rows_in} rows in = {self.stored} stored ({self.new} new, {self.replaced} replaced, "
            f"{self.unchanged} unchanged) + {self.quarantined} quarantined + {self.non_data} non-data "
            f"+ {self.duplicates} exact duplicates"
        )
        if self.unmatched or self.ambiguous:
            text += f"; people: {self.unmatched} unmatched, {self.ambiguous} ambiguous"
        if self.erased:
            text += f"; {self.erased} rows of erased people were left out (among the non-data)"
        return "\n".join([text, *(f"  quarantined, {rule}: {count}" for rule, count in self.rules)])


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What one import did.

    Parameters
    ----------
    source : str
        Name of the source in the mapping.
    files : int
        Files read.
    tables : tuple of TableReport
        One per table filled.
    unknown_columns : tuple of str
        Headers that the mapping neither reads nor ignores; they were not stored.
    shared_aliases : int
        Aliases that mean more than one person; rows that use them are ambiguous.
    notes : tuple of str
        What else to know.
    """

    source: str
    files: int
    tables: tuple[TableReport, ...]
    unknown_columns: tuple[str, ...] = ()
    shared_aliases: int = 0
    notes: tuple[str, ...] = ()

    def table(self, name: str) -> TableReport:
        """Return the report of the table called `name`."""
        for report in self.tables:
            if report.table == name:
                return report
        raise KeyError(f"The import filled {', '.join(t.table for t in self.tables)}, not {name}.")

    @property
    def changed(self) -> bool:
        """Whether anything stored is different now."""
        return any(t.new or t.replaced for t in self.tables)

    def summary(self) -> str:
        """Return the report as text for the desk."""
        lines = [
            f"{self.source}: {self.files} {'file' if self.files == 1 else 'files'}",
            *map(str, self.tables),
        ]
        if self.unknown_columns:
            more = len(self.unknown_columns) - LISTED
            listed = ", ".join(self.unknown_columns[:LISTED]) + (f" and {more} more" if more > 0 else "")
            lines.append(f"Unknown columns, not stored: {listed}. Map them, or list them in `ignore`.")
        if self.shared_aliases:
            many = "1 alias means" if self.shared_aliases == 1 else f"{self.shared_aliases} aliases mean"
            lines.append(
                f"{many} more than one person; such rows wait unless the roster's days tell whose they are."
            )
        return "\n".join([*lines, *self.notes])

    def __str__(self) -> str:
        return self.summary()
