"""What does a published page say, as data? The only source of every other format."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """What one cell shows, and what it says to programs.

    Parameters
    ----------
    text : str
        As the reader sees it.
    value : str
        Rounded number or ISO date; "" for text and for what is not shown.
    low, high : str
        Limits of an interval; "" where there is none.
    mark : str
        Letter of the footnote that says why there is no number.
    """

    text: str
    value: str = ""
    low: str = ""
    high: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Column:
    """Header of a column with its unit, and its kind (`tne.report.tables.KINDS`)."""

    label: str
    kind: str = "text"


@dataclass(frozen=True)
class Table:
    """One table; `notes` are (mark, sentence), the mark "" for a note on the whole table."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[tuple[str, str], ...] = ()
    section: str = ""


@dataclass(frozen=True)
class Figure:
    """A drawing with its finding, its words for those who cannot see it, and the caveats that stand before it."""

    anchor: str
    title: str
    alt: str
    caption: str
    image: bytes
    table: Table | None = None
    section: str = ""
    section_id: str = ""
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Score:
    """One row of the scorecard, each part with the small print under it.

    Parameters
    ----------
    state : str
        ``"effective"``, ``"not_effective"``, ``"cannot_tell"``, ``"hidden"``, ... or "".
    name, people : str
        What it is about.
    change, why : str
        The number with its interval and verdict; its reason.
    evidence, precision : str
        Words of the evidence.
    letter : str
        Its grade; "" without one.
    action, who : str
        What to do; by whom and when.
    number : Cell
        The number alone, where the page tells it to programs.
    """

    state: str
    name: str
    people: str
    change: str
    why: str
    evidence: str
    precision: str
    letter: str
    action: str
    who: str
    number: Cell


@dataclass(frozen=True)
class Scorecard:
    """The rows of the first screen, with the headers of their four columns; `kind` is that of their number."""

    title: str
    caption: str
    heads: tuple[str, ...]
    rows: tuple[Score, ...]
    notes: tuple[tuple[str, str], ...] = ()
    kind: str = "change"


@dataclass(frozen=True)
class Aside:
    """A short list beside the scorecard: what changed, what would change our mind."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A published report.

    Parameters
    ----------
    lang, direction : str
        BCP 47 tag; ``"ltr"`` or ``"rtl"``.
    title, kicker, headline, standfirst : str
    facts : tuple of str
        What the report rests on.
    scorecard : Scorecard or None
    asides : tuple of Aside
    tables : tuple of Table
        All of them in reading order, those behind figures too.
    figures : tuple of Figure
    about : tuple of (str, str)
        Where the numbers come from.
    run_id : str
        The plan's hash, from the footer.
    """

    lang: str
    direction: str
    title: str
    kicker: str
    headline: str
    standfirst: str
    facts: tuple[str, ...]
    scorecard: Scorecard | None
    asides: tuple[Aside, ...]
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]
    about: tuple[tuple[str, str], ...]
    about_title: str
    run_id: str = ""
