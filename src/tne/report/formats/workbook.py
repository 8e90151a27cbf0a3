"""What is a report as a workbook? One sheet per table: numbers as numbers, units, notes, provenance, no formula."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from tne.report.formats.composed import plain
from tne.report.formats.sheets import Sheet, sheets
from tne.report.formats.tree import Cell, Column, Page
from tne.report.formats.words import say, shortened, units

CELL_LENGTH = 32_000  # what a spreadsheet takes
FIXED = dt.datetime(2000, 1, 1)  # no clock: same page, same bytes
_WIDEST, _NARROWEST, _LEAD = 48, 8, 90
_NUMBER = re.compile(r"-?\d+(?:\.(\d+))?")
_INK, _SOFT, _RULE = "#1B1E23", "#545B66", "#D5D9DF"


def workbook(page: Page) -> bytes:
    """Return the published page as an Excel workbook.

    Parameters
    ----------
    page : Page
        Of `read_page`.

    Returns
    -------
    bytes
        The same for the same page.

    Notes
    -----
    The first sheet says the verdict and lists the others; the last says where the numbers come from. An interval
    takes two columns. A number that is not shown is a dash, with its reason under the table. Text is never read as a
    formula, a number or an address.
    """
    out = io.BytesIO()
    settings = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "d mmm yyyy",
    }
    book = xlsxwriter.Workbook(out, settings)
    book.set_properties(
        {"title": shortened(page.title, 250), "subject": shortened(page.headline, 250), "created": FIXED}
    )
    looks = _Looks(book, page.direction == "rtl")
    first, tables, last = sheets(page)
    _contents(book.add_worksheet(first), page, tables, last, looks)
    for sheet in tables:
        _table(book.add_worksheet(sheet.name), page, sheet, first, looks)
    _about(book.add_worksheet(last), page, looks)
    book.close()
    return out.getvalue()


class _Looks:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Any, rtl: bool) -> None:
        self._book, self.rtl = book, rtl
        self._made: dict[tuple[Any, ...], Any] = {}

    def __call__(self, number: str = "", **more: Any) -> Any:
        key = (number, *sorted(more.items()))
        if key not in self._made:
            base = {"font_name": "Calibri", "font_size": 11, "font_color": _INK, "valign": "top"}
            base |= {"num_format": number} if number else {"quote_prefix": True}
            base |= {"reading_order": 2} if self.rtl else {}
            self._made[key] = self._book.add_format(base | more)
        return self._made[key]


def _contents(sheet: Any, page: Page, tables: Sequence[Sheet], about: str, looks: _Looks) -> None:
    _set_up(sheet, page, looks)
    sheet.set_column(0, 0, _LEAD)
    sheet.set_column(1, 1, 44)
    wide: dict[str, Any] = {"text_wrap": True}
    lines = [
        (page.kicker, looks(font_color=_SOFT, **wide)),
        (page.headline, looks(bold=True, font_size=16, **wide)),
        (page.standfirst, looks(**wide)),
        (" · ".join(page.facts), looks(font_color=_SOFT, **wide)),
    ]
    row = 0
    for (said, look), size in zip(lines, (11, 16, 11, 11), strict=True):
        _put_lead(sheet, row, said, look, size)
        row += 1
    for aside in page.asides:
        row += 1
        _put_text(sheet, row, 0, aside.title, looks(bold=True, **wide))
        for line in aside.lines:
            row += 1
            _put_lead(sheet, row, line, looks(**wide))
        row += 1
    row += 1
    head = looks(bold=True, bottom=1, bottom_color=_INK)
    _put_text(sheet, row, 0, say(page, "sheet"), head)
    _put_text(sheet, row, 1, say(page, "section"), head)
    link = looks(font_color="#1D4F91", underline=1, **wide)
    for name, title, section in [*((s.name, s.title, s.section) for s in tables), (about, about, "")]:
        row += 1
        sheet.set_row(row, _height(title, _LEAD))
        sheet.write_url(row, 0, f"internal:'{name}'!A1", link, shortened(title, 250) or name)
        _put_text(sheet, row, 1, section, looks(font_color=_SOFT, **wide))


def _table(sheet: Any, page: Page, content: Sheet, first: str, looks: _Looks) -> None:
    _set_up(sheet, page, looks)
    _put_text(sheet, 0, 0, content.title, looks(bold=True, font_size=13))
    _put_text(sheet, 1, 0, content.section or page.kicker, looks(font_color=_SOFT))
    top, widths = 3, []
    widest = _WIDEST if len(content.columns) <= 7 else _WIDEST / 2
    for j, column in enumerate(content.columns):
        end = {} if column.kind in ("text", "date", "week") else {"align": "right"}
        look = looks(bold=True, text_wrap=True, valign="bottom", bottom=1, bottom_color=_INK, **end)
        _put_text(sheet, top, j, column.label, look)
        widths.append(_width(column, [row[j] for row in content.rows if j < len(row)], widest))
        sheet.set_column(j, j, widths[-1])
    for i, row in enumerate(content.rows, start=top + 1):
        lines = [_height(cell.text, width) for cell, width in zip(row, widths, strict=False) if cell.text]
        if lines and max(lines) > _height("", 1):
            sheet.set_row(i, max(lines))
        for j, cell in enumerate(row):
            kind = content.columns[j].kind if j < len(content.columns) else "text"
            _put(sheet, i, j, cell, kind, looks, widest)
    last = top + len(content.rows)
    if content.rows:
        sheet.autofilter(top, 0, last, len(content.columns) - 1)
    sheet.freeze_panes(top + 1, 1)
    sheet.repeat_rows(top)
    last += 1
    for mark, said in content.notes:
        last += 1
        _put_text(sheet, last, 0, f"{mark} {said}".strip(), looks(font_color=_SOFT))
    last += 1
    source = say(page, "source", title=page.title, run=page.run_id)
    _put_text(sheet, last, 0, source, looks(font_color=_SOFT))
    link = looks(font_color="#1D4F91", underline=1)
    sheet.write_url(last + 1, 0, f"internal:'{first}'!A1", link, say(page, "contents"))


def _about(sheet: Any, page: Page, looks: _Looks) -> None:
    _set_up(sheet, page, looks)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 90)
    _put_text(sheet, 0, 0, page.about_title or say(page, "about"), looks(bold=True, font_size=13))
    for i, (term, said) in enumerate(page.about, start=2):
        _put_text(sheet, i, 0, term, looks(bold=True, text_wrap=True))
        _put_text(sheet, i, 1, said, looks(text_wrap=True))
        sheet.set_row(i, _height(said, 90))


def _set_up(sheet: Any, page: Page, looks: _Looks) -> None:
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    if looks.rtl:
        sheet.right_to_left()


def _put_lead(sheet: Any, row: int, said: str, look: Any, size: int = 11) -> None:
    _put_text(sheet, row, 0, said, look)
    sheet.set_row(row, _height(said, _LEAD, size))


def _height(said: str, width: float, size: int = 11) -> float:
    """Return the height of a row in points: not every program finds it by itself when it opens a file."""
    lines = math.ceil(units(said) * size / 11 / width) if said else 1
    return min(400, max(1, lines) * 1.4 * size)


def _put_text(sheet: Any, row: int, column: int, said: str, look: Any) -> None:
    if said:
        sheet.write_string(row, column, shortened(said, CELL_LENGTH), look)


def _put(sheet: Any, row: int, column: int, cell: Cell, kind: str, looks: _Looks, widest: float) -> None:
    line: dict[str, Any] = {"bottom": 1, "bottom_color": _RULE}
    day = _day(cell.value) if kind in ("date", "week") else None
    # "< 0.001" is no number: it stays what the reader sees
    number = None if plain(cell.text)[:1] in ("<", ">") else _NUMBER.fullmatch(cell.value)
    if day is not None:
        sheet.write_datetime(row, column, day, looks("d mmm yyyy", align="left", **line))
    elif number is not None and kind != "text":
        sheet.write_number(row, column, float(cell.value), looks(_format(kind, len(number[1] or "")), **line))
    else:
        end: dict[str, Any] = {} if kind in ("text", "date", "week") else {"align": "right"}
        said = f"{cell.text} {cell.mark}".strip() if cell.text else ""
        if not said:
            sheet.write_blank(row, column, None, looks(**line))
            return
        wrap: dict[str, Any] = {"text_wrap": True} if units(said) > widest - 2 else {}
        sheet.write_string(row, column, shortened(said, CELL_LENGTH), looks(**line, **end, **wrap))


def _day(value: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(value[:10])
    except ValueError:
        return None


def _format(kind: str, decimals: int) -> str:
    """Return the number format that shows a number as the page does.

    Examples
    --------
    >>> _format("percent", 3), _format("change", 1), _format("count", 0)
    ('0.0%', '+0.0;"−"0.0;0.0', '#,##0')
    """
    if kind == "percent":
        decimals = max(0, decimals - 2)
    places = "." + "0" * decimals if decimals else ""
    if kind == "percent":
        return f"0{places}%"
    if kind in ("change", "points"):
        return f'+0{places};"−"0{places};0{places}'
    return f"#,##0{places}"


def _width(column: Column, cells: Sequence[Cell], widest: float) -> float:
    longest = max([units(cell.text or cell.value) for cell in cells] + [units(column.label) / 2], default=0)
    words = max((units(word) for word in column.label.split()), default=0)
    return min(max(longest, words + 3, _NARROWEST) + 2, widest)
