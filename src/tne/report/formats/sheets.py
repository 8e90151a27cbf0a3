"""Which sheets has a workbook, which columns have they, and what are they called?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tne.report.formats.composed import split_composed
from tne.report.formats.tree import Cell, Column, Page, Scorecard, Table
from tne.report.formats.words import say, shortened

NAME_LENGTH = 31  # what a spreadsheet takes


@dataclass(frozen=True)
class Sheet:
    """What goes into one sheet: `name` on its tab, `title` above its table."""

    name: str
    title: str
    section: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[tuple[str, str], ...]


def sheets(page: Page) -> tuple[str, list[Sheet], str]:
    """Return the name of the first sheet, the sheets of the tables, and the name of the last sheet.

    Parameters
    ----------
    page : Page
    """
    found = [_of_scorecard(page, page.scorecard)] if page.scorecard and page.scorecard.rows else []
    found += [_of_table(page, table) for table in page.tables if table.columns]
    names = unique_names(
        [say(page, "contents"), *(sheet.title for sheet in found), page.about_title or say(page, "about")]
    )
    named = [replace(sheet, name=name) for sheet, name in zip(found, names[1:-1], strict=True)]
    return names[0], named, names[-1]


def _of_table(page: Page, table: Table) -> Sheet:
    """An interval becomes two columns; of a cell without limits the first keeps what is shown."""
    table = split_composed(
        page, table, lambda label: (say(page, "low", label=label), say(page, "high", label=label))
    )
    columns: list[Column] = []
    for column in table.columns:
        if column.kind == "interval":
            columns += [Column(say(page, end, label=column.label), "limit") for end in ("low", "high")]
        else:
            columns.append(column)
    rows = []
    for row in table.rows:
        cells: list[Cell] = []
        for column, cell in zip(table.columns, row, strict=False):
            if column.kind != "interval":
                cells.append(cell)
                continue
            bare = "" if cell.low or cell.high else cell.text
            cells += [Cell(bare, cell.low, mark=cell.mark), Cell(bare, cell.high, mark=cell.mark)]
        rows.append(tuple(cells))
    return Sheet("", table.caption, table.section, tuple(columns), tuple(rows), table.notes)


def _of_scorecard(page: Page, card: Scorecard) -> Sheet:
    """The first screen's rows: number and interval, words, grade, action; only columns that say something."""
    heads = (*card.heads, "", "", "", "")[:4]
    detail = [say(page, "details", label=head) for head in heads]
    limit = card.kind if card.kind == "percent" else "limit"
    pairs = [
        (Column(heads[0]), [Cell(row.name) for row in card.rows]),
        (Column(detail[0]), [Cell(row.people) for row in card.rows]),
        (Column(heads[1], card.kind), [Cell("", row.number.value) for row in card.rows]),
        (Column(say(page, "low", label=heads[1]), limit), [Cell("", row.number.low) for row in card.rows]),
        (
            Column(say(page, "high", label=heads[1]), limit),
            [Cell("", row.number.high) for row in card.rows],
        ),
        (Column(say(page, "words", label=heads[1])), [Cell(row.change) for row in card.rows]),
        (Column(detail[1]), [Cell(row.why) for row in card.rows]),
        (Column(say(page, "grade")), [Cell(row.letter) for row in card.rows]),
        (Column(heads[2]), [Cell(row.evidence) for row in card.rows]),
        (Column(detail[2]), [Cell(row.precision) for row in card.rows]),
        (Column(heads[3]), [Cell(row.action) for row in card.rows]),
        (Column(say(page, "who")), [Cell(row.who) for row in card.rows]),
    ]
    kept = [
        (column, cells)
        for column, cells in pairs
        if any(cell.text or cell.value or cell.low for cell in cells)
    ]
    rows = tuple(zip(*(cells for _, cells in kept), strict=True))
    title = card.title or card.caption
    notes = (("", card.caption), *card.notes) if card.caption and card.caption != title else card.notes
    return Sheet("", title, "", tuple(column for column, _ in kept), rows, notes)


def unique_names(names: Sequence[str]) -> list[str]:
    """Return names that a workbook takes: numbered, without forbidden signs, 31 units at most, no two the same."""
    out: list[str] = []
    last = len(names) - 1
    for i, name in enumerate(names):
        clean = " ".join(re.sub(r"[\[\]:*?/\\']", " ", name).split())
        start = "" if i in (0, last) else f"{i} "
        short = start + (shortened(clean, NAME_LENGTH - len(start)) if clean else "")
        short = short.strip() or str(i + 1)
        if short.casefold() in {one.casefold() for one in out} or short.casefold() == "history":
            short = shortened(f"{i + 1} {short}", NAME_LENGTH)
        out.append(short)
    return out
