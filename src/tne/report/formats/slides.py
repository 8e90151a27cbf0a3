"""What is a report as slides? The verdict, what supports it, up to three figures, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from tne.report.formats import fit
from tne.report.formats.deck import BOTTOM, EDGE, INNER, SOFT, TONES, TOP, Deck
from tne.report.formats.tree import Figure, Page, Score, Scorecard, Table
from tne.report.formats.words import say

FIGURES = 3
# What a decision rests on, most first; of each group one figure, then the rest in order
_GROUPS = (
    ("behaviour", "briefed", "policy-changes", "value"),
    ("learning", "retention", "exact", "testwaves"),
    ("needs", "questions", "parts"),
)
_SURE = ("effective", "not_effective", "harmful")
_NOTED = 40  # rows of a table that speaker's notes hold

Row = list[tuple[str, str, str]]


def slides(page: Page) -> bytes:
    """Return the published page as a PowerPoint file.

    Parameters
    ----------
    page : Page
        Of `read_page`.

    Returns
    -------
    bytes
        The same for the same page.

    Raises
    ------
    ImportError
        Without `python-pptx`.
    """
    footer = " · ".join([page.kicker, *(fact for fact in page.facts if fact not in page.kicker)])
    deck = Deck(page.title, page.lang, rtl=page.direction == "rtl", footer=footer)
    _verdict(deck, page)
    if page.scorecard and page.scorecard.rows:
        _scorecard(deck, page)
    for figure in chosen(page):
        _figure(deck, page, figure)
    if page.scorecard and page.scorecard.rows:
        _next_steps(deck, page)
    if page.asides:
        _aside(deck, page)
    return deck.content()


def chosen(page: Page) -> list[Figure]:
    """Return up to three figures: behaviour, learning, what remains; of several the one of the surest programme."""
    rank = _programmes(page)
    drawn = [figure for figure in page.figures if figure.image]

    def place(figure: Figure) -> int:
        return next((i for i, name in enumerate(rank) if figure.title.startswith(f"{name}:")), len(rank))

    picked: list[Figure] = []
    for group in _GROUPS:
        for section in group:
            mine = [figure for figure in drawn if figure.section_id == section]
            if mine:
                picked.append(min(mine, key=place))
                break
    rest = [figure for figure in drawn if figure not in picked]
    return (picked + rest)[:FIGURES]


def _programmes(page: Page) -> list[str]:
    rows = page.scorecard.rows if page.scorecard else ()
    return [row.name for row in sorted(rows, key=lambda row: (row.state not in _SURE, row.letter or "Z"))]


def _verdict(deck: Deck, page: Page) -> None:
    about = [f"{term}: {said}" for term, said in page.about]
    changed = [line for aside in page.asides[:-1] for line in (aside.title, *aside.lines)]
    slide = deck.slide(page.headline, over=page.kicker, notes=[page.standfirst, *changed, *about])
    tally = _tally(page)
    room = BOTTOM - TOP - (190 if tally else 90)
    size = fit.largest(page.standfirst, INNER, room, (22.0, 20.0, 18.0, 16.0, 14.0, 12.0))
    deck.text(slide, [fit.cut(page.standfirst, INNER, room, size)], top=TOP + 14, height=room, size=size)
    for i, (number, action, tone) in enumerate(tally):
        left = EDGE + i * INNER / len(tally)
        width = INNER / len(tally) - 16
        place: dict[str, Any] = {"left": left, "width": width, "colour": tone, "bold": True}
        deck.text(slide, [number], top=BOTTOM - 168, height=48, size=40, **place)
        deck.text(slide, [action], top=BOTTOM - 116, height=44, size=16, **place)
    facts = "   ·   ".join(page.facts)
    deck.text(slide, [fit.cut(facts, INNER, 40, 14)], top=BOTTOM - 56, height=40, size=14, colour=SOFT)


def _tally(page: Page) -> list[tuple[str, str, str]]:
    """Return how many programmes get which action, with its colour, where the actions are few."""
    rows = page.scorecard.rows if page.scorecard else ()
    counted: dict[str, list[Score]] = {}
    for row in rows:
        counted.setdefault(row.action, []).append(row)
    if not all(row.state for row in rows) or len(counted) > 4:
        return []
    return [
        (
            str(len(mine)),
            fit.cut(action, INNER / len(counted) - 16, 42, 16, bold=True),
            TONES.get(mine[0].state, SOFT),
        )
        for action, mine in counted.items()
    ]


def _scorecard(deck: Deck, page: Page) -> None:
    card = cast(Scorecard, page.scorecard)
    heads = (*card.heads, "", "", "", "")[:4]
    rows = [_row(row) for row in card.rows]
    notes = [card.caption, *(f"{mark} {said}" for mark, said in card.notes)]
    _tables(deck, page, card.title or page.title, heads, rows, (0.27, 0.29, 0.24, 0.2), notes)


def _row(row: Score) -> Row:
    evidence = row.letter or row.evidence
    detail = " · ".join(part for part in (row.evidence if row.letter else "", row.precision) if part)
    tone = TONES.get(row.state, "")
    return [
        (row.name, row.people, ""),
        (row.change, row.why, ""),
        (evidence, detail, tone),
        (row.action, row.who, tone),
    ]


def _next_steps(deck: Deck, page: Page) -> None:
    card = cast(Scorecard, page.scorecard)
    heads = ((*card.heads, "", "", "", "")[3] or say(page, "next"), (*card.heads, "")[0], say(page, "who"))
    rows = [
        [(row.action, "", TONES.get(row.state, "")), (row.name, row.why or row.change, ""), (row.who, "", "")]
        for row in card.rows
    ]
    _tables(deck, page, say(page, "next"), heads, rows, (0.3, 0.42, 0.28), [])


def _tables(
    deck: Deck,
    page: Page,
    title: str,
    heads: Sequence[str],
    rows: Sequence[Row],
    shares: Sequence[float],
    notes: Sequence[str],
) -> None:
    """Set a table on as many slides as it needs."""
    size = 14.0
    rows = [[_held(cell, share, size) for cell, share in zip(row, shares, strict=True)] for row in rows]
    parts = list(_split(rows, shares, size))
    for k, part in enumerate(parts, start=1):
        name = title if len(parts) == 1 else say(page, "continued", title=title, part=k, parts=len(parts))
        slide = deck.slide(name, over=page.kicker, notes=notes)
        tall = [
            _tall([(head, "", "") for head in heads], shares, size - 2),
            *(_tall(row, shares, size) for row in part),
        ]
        deck.table(slide, heads, part, shares, tall, size=size, alt=name)


def _held(cell: tuple[str, str, str], share: float, size: float) -> tuple[str, str, str]:
    """Return a cell that is at most a third of a slide high."""
    said, small, colour = cell
    width, room = INNER * share - 8, (BOTTOM - TOP) / 3
    return (
        fit.cut(said, width, room * 0.6, size, bold=True),
        fit.cut(small, width, room * 0.4, size - 2),
        colour,
    )


def _split(rows: Sequence[Row], shares: Sequence[float], size: float) -> Iterator[list[Row]]:
    part: list[Row] = []
    room = BOTTOM - TOP - 40
    used = 0.0
    for row in rows:
        tall = _tall(row, shares, size)
        if part and used + tall > room:
            yield part
            part, used = [], 0.0
        part.append(row)
        used += tall
    yield part


def _tall(row: Row, shares: Sequence[float], size: float) -> float:
    return 8 + max(
        fit.height(said, size, INNER * share - 8, bold=True)
        + (fit.height(small, size - 2, INNER * share - 8) if small else 0)
        for (said, small, _), share in zip(row, shares, strict=True)
    )


def _figure(deck: Deck, page: Page, figure: Figure) -> None:
    notes = [figure.alt, *figure.caveats]
    notes += _numbers(page, figure.table) if figure.table else []
    slide = deck.slide(
        figure.title, over=" · ".join(p for p in (page.kicker, figure.section) if p), notes=notes
    )
    below = [line for line in (figure.caption, next(iter(figure.caveats), "")) if line]
    below = [fit.cut(line, INNER, 36, 12) for line in below]
    high = sum(fit.height(line, 12, INNER) + 3 for line in below)
    drawn = deck.picture(slide, figure.image, figure.alt, top=TOP, height=BOTTOM - TOP - high - 12)
    deck.text(slide, below, top=TOP + drawn + 8, height=high, size=12, colour=SOFT, space=3)


def _numbers(page: Page, table: Table) -> list[str]:
    """Return the rows of a table as lines of speaker's notes."""
    heads = " | ".join(column.label for column in table.columns)
    lines = [
        " | ".join(f"{cell.text}{cell.mark and f' ({cell.mark})'}" for cell in row)
        for row in table.rows[:_NOTED]
    ]
    more = [say(page, "more")] if len(table.rows) > _NOTED else []
    reasons = [f"{mark} {said}".strip() for mark, said in table.notes]
    return [say(page, "numbers"), heads, *lines, *more, *reasons]


def _aside(deck: Deck, page: Page) -> None:
    """The last list beside the scorecard: what would change our mind, or what the data cannot tell."""
    aside = page.asides[-1]
    size, room = 16.0, BOTTOM - TOP
    width = INNER - 10
    lines = [fit.cut(line, width, room * 0.6, size) for line in aside.lines]
    tall = [fit.height(f"• {line}", size, width) + 8 for line in lines]
    parts: list[list[str]] = [[]]
    used = 0.0
    for line, high in zip(lines, tall, strict=True):
        if parts[-1] and used + high > room:
            parts.append([])
            used = 0.0
        parts[-1].append(line)
        used += high
    for k, part in enumerate(parts, start=1):
        one = len(parts) == 1
        name = aside.title if one else say(page, "continued", title=aside.title, part=k, parts=len(parts))
        slide = deck.slide(name, over=page.kicker)
        deck.text(slide, part, top=TOP, height=room, size=size, space=8, bullets=True, left=EDGE)
