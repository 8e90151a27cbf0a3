"""What a column and a table are: the vocabulary in which the contracts are declared."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Kinds of a column, and the frame type each is stored as.
KINDS: dict[str, str] = {
    "text": "str",
    "number": "float64",
    "count": "Int64",
    "flag": "boolean",
    "instant": "datetime64[us, UTC]",
    "day": "datetime64[us]",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
    kind : {"text", "number", "count", "flag", "instant", "day"}
        An instant carries the zone UTC; a day is a calendar day in the market's zone, stored at midnight without zone.
    meaning : str
        One line for the data dictionary.
    unit : str
        For example ``"s"``; empty where there is none.
    optional : bool
        The column may be absent, and a present one may be null.
    values : tuple of str
        Allowed values; empty allows any.
    low, high : float or None
        Allowed range, both ends included.
    above : float or None
        Excluded lower end.
    pattern : str
        Regular expression that the whole text must match.
    since : str
        Column whose time reveals this value; a workspace opened `until` an earlier day does not show it.
    before : str or None
        Value shown before that time; None shows a null.
    """

    name: str
    kind: str
    meaning: str
    unit: str = ""
    optional: bool = False
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    above: float | None = None
    pattern: str = ""
    since: str = ""
    before: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Column kind {self.kind!r} is unknown. Use one of {', '.join(KINDS)}.")


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: its columns, its key and its two times.

    Parameters
    ----------
    name : str
    meaning : str
        What one row is.
    source : str
        The export that brings it.
    key : tuple of str
        Columns that identify a row.
    columns : tuple of Column
    time : str
        Column that `start` and `end` select on; empty where rows have no time.
    known : str
        Column that says when a row became known; empty where rows are always known.
    ordered : tuple of (str, str)
        Pairs of columns of which the first is never greater than the second.
    observed : bool
        Rows record what happened (not what is planned), so their latest time dates the data.
    """

    name: str
    meaning: str
    source: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    time: str = ""
    known: str = ""
    ordered: tuple[tuple[str, str], ...] = field(default=())
    observed: bool = False

    def __post_init__(self) -> None:
        names = self.names
        used = (
            *self.key,
            *filter(None, (self.time, self.known)),
            *(c for pair in self.ordered for c in pair),
        )
        unknown = sorted({c for c in used if c not in names})
        if unknown or len(set(names)) < len(names):
            raise ValueError(f"Contract of `{self.name}` names {', '.join(unknown) or 'a column twice'}.")

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in their fixed order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must be present."""
        return tuple(column.name for column in self.columns if not column.optional)

    @property
    def by_market(self) -> bool:
        """Whether the stored table is split by market."""
        return "market" in self.names and self.name != "markets"

    def column(self, name: str) -> Column:
        """Return the column called `name`."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"Table `{self.name}` has no column `{name}`. It has {', '.join(self.names)}.")


def text(name: str, meaning: str, **more: object) -> Column:
    """Text column."""
    return Column(name=name, kind="text", meaning=meaning, **more)  # type: ignore[arg-type]


def number(name: str, meaning: str, unit: str = "", **more: object) -> Column:
    """Real number."""
    return Column(name=name, kind="number", meaning=meaning, unit=unit, **more)  # type: ignore[arg-type]


def count(name: str, meaning: str, unit: str = "", **more: object) -> Column:
    """Whole number, from 0."""
    more.setdefault("low", 0)
    return Column(name=name, kind="count", meaning=meaning, unit=unit, **more)  # type: ignore[arg-type]


def flag(name: str, meaning: str, **more: object) -> Column:
    """True or false."""
    return Column(name=name, kind="flag", meaning=meaning, **more)  # type: ignore[arg-type]


def instant(name: str, meaning: str, **more: object) -> Column:
    """UTC instant; a zone is required at import."""
    return Column(name=name, kind="instant", meaning=meaning, unit="UTC", **more)  # type: ignore[arg-type]


def day(name: str, meaning: str, **more: object) -> Column:
    """Calendar day in the market's zone."""
    return Column(name=name, kind="day", meaning=meaning, unit="market day", **more)  # type: ignore[arg-type]
