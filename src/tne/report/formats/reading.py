"""How is a published page read back into data?"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import cast

from lxml import html as markup
from lxml.html import HtmlElement

from tne.report.formats.tree import Aside, Cell, Column, Figure, Page, Score, Scorecard, Table

_BLOCKS = {"p", "li", "small", "br", "div", "dt", "dd", "h1", "h2", "h3", "td", "th"}
_ISOLATE = ("\u2068", "\u2069")
_IMAGE = re.compile(r"data:image/(?:webp|png);base64,([A-Za-z0-9+/=]+)")


def read_page(html: str) -> Page:
    """Return what a page of ours says.

    Parameters
    ----------
    html : str
        A whole document that `tne.report.page.page` made and the gate has passed.

    Raises
    ------
    ValueError
        If it has no headline: then it is no page of ours.
    """
    root = markup.document_fromstring(html)
    main = next(iter(root.xpath("//main")), None)
    headline = "" if main is None else _first(main, ".//h1")
    if main is None or not headline:
        raise ValueError("This is no published report: it has no headline. Publish what `tne run` made.")
    figures, tables = _body(main)
    return Page(
        lang=root.get("lang") or "en",
        direction=root.get("dir") or "ltr",
        title=_first(root, "//title"),
        kicker=_first(main, ".//*[contains(concat(' ', @class, ' '), ' kicker ')]"),
        headline=headline,
        standfirst=_first(main, ".//*[contains(concat(' ', @class, ' '), ' standfirst ')]"),
        facts=tuple(text(li) for li in main.xpath(".//ul[contains(concat(' ', @class, ' '), ' facts ')]/li")),
        scorecard=_scorecard(main),
        asides=tuple(_aside(one) for one in _classed(main, "aside") if one.tag == "section"),
        tables=tables,
        figures=figures,
        about=tuple(
            (text(dt), text(dt.getnext()))
            for dt in main.xpath(".//section[contains(@class, 'about')]//dt")
            if dt.getnext() is not None
        ),
        about_title=_first(main, ".//section[contains(@class, 'about')]//h2"),
        run_id=_first(root, "//footer//code"),
    )


def text(element: HtmlElement | None, *, skip: tuple[str, ...] = ("sup", "svg")) -> str:
    """Return the words of an element in one line; blocks are set apart by a space.

    Examples
    --------
    >>> text(markup.fragment_fromstring("<td>3 <b>of</b> 4<small>people</small><sup>1</sup></td>"))
    '3 of 4 people'
    """
    return "" if element is None else " ".join("".join(_pieces(element, skip)).split())


def _pieces(element: HtmlElement, skip: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(element.tag, str) or element.tag in skip or "sr" in _classes(element):
        return
    start, end = (" ", " ") if element.tag in _BLOCKS else ("", "")
    if element.tag == "bdi" and element.getroottree().getroot().get("dir") == "rtl":
        start, end = _ISOLATE  # a number keeps its direction in the other formats, too
    yield start + (element.text or "")
    for child in element:
        yield from _pieces(child, skip)
        yield child.tail or ""
    yield end


def _classes(element: HtmlElement) -> list[str]:
    return (element.get("class") or "").split()


def _classed(element: HtmlElement, name: str) -> list[HtmlElement]:
    found = element.xpath(f".//*[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]")
    return cast(list[HtmlElement], found)


def _first(element: HtmlElement, path: str) -> str:
    return text(next(iter(element.xpath(path)), None))


def _aside(element: HtmlElement) -> Aside:
    lines = element.xpath(".//li") or element.xpath(".//p")
    return Aside(_first(element, ".//h2"), tuple(text(line) for line in lines))


def _scorecard(main: HtmlElement) -> Scorecard | None:
    table = next((one for one in _classed(main, "scorecard") if one.tag == "table"), None)
    if table is None:
        return None
    frame = table.xpath("ancestor::section[1]")
    holder = frame[0] if frame else table.getparent()
    return Scorecard(
        title=_first(holder, ".//h2"),
        caption=_first(table, "./caption"),
        heads=tuple(text(th) for th in table.xpath("./thead/tr[1]/th")),
        rows=tuple(_score(tr) for tr in table.xpath("./tbody/tr")),
        notes=tuple(note for p in _classed(holder, "footnote") for note in _notes(p)),
        kind=next((kind for th in _classed(table, "c-change") if (kind := th.get("data-kind"))), "change"),
    )


def _score(row: HtmlElement) -> Score:
    parts = [
        next(iter(_classed(row, f"c-{name}")), None) for name in ("programme", "change", "evidence", "action")
    ]
    said = [_split(part) for part in parts]
    grade = next(iter(_classed(row, "grade")), None)
    letter = "" if grade is None else text(next(iter(grade.xpath(".//*[@aria-hidden='true']")), grade))
    meaning = (
        ""
        if grade is None
        else next((_plain(one) for one in _classed(grade, "sr")), grade.get("title") or "")
    )
    holder = next((one for one in row.iter() if isinstance(one.tag, str) and one.get("data-v")), None)
    return Score(
        state=next((name[2:] for name in _classes(row) if name.startswith("s-")), ""),
        name=said[0][0],
        people=said[0][1],
        change=said[1][0],
        why=said[1][1],
        evidence=meaning or said[2][0],
        precision=said[2][1],
        letter=letter,
        action=said[3][0],
        who=said[3][1],
        number=Cell("") if holder is None else _cell(holder),
    )


def _plain(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _split(element: HtmlElement | None) -> tuple[str, str]:
    """Return what a cell says, and the small print under it."""
    if element is None:
        return "", ""
    small = " · ".join(text(one) for one in element.xpath(".//small"))
    return text(element, skip=("sup", "svg", "small")), small


def _cell(element: HtmlElement) -> Cell:
    mark = _plain(element.find("sup")) if element.find("sup") is not None else ""
    return Cell(  # type: ignore[call-arg]  # the names in the loop are three
        text(element), *((element.get(f"data-{name}") or "").strip() for name in ("v", "low", "high")), mark
    )


def _body(main: HtmlElement) -> tuple[tuple[Figure, ...], tuple[Table, ...]]:
    """Walk through the page once: a figure's table is the one in the details after it."""
    figures: list[tuple[Figure, HtmlElement]] = []
    tables: list[tuple[Table, int | None]] = []
    behind: dict[HtmlElement, int] = {}
    section, section_id = "", ""
    caveats: list[str] = []
    for element in main.iter():
        if not isinstance(element.tag, str):
            continue
        classes = _classes(element)
        if element.tag == "h2" and "part" in (*classes, *_classes(element.getparent())):
            section, caveats = text(element), []
            section_id = element.get("id") or element.getparent().get("id") or ""
        elif element.tag == "p" and "caveat" in classes:
            caveats.append(text(element))
        elif element.tag == "figure":
            figures.append((_figure(element, section, section_id, tuple(caveats)), element))
            caveats = []
            follower = element.getnext()
            if follower is not None and follower.tag == "details":
                behind |= {table: len(figures) - 1 for table in follower.iter("table")}
        elif element.tag == "table" and "scorecard" not in classes:
            tables.append((_table(element, section), behind.get(element)))
    by_figure = {place: table for table, place in reversed(tables) if place is not None}
    shown = tuple(
        Figure(**{**vars(figure), "table": by_figure.get(i)}) for i, (figure, _) in enumerate(figures)
    )
    return shown, tuple(table for table, _ in tables)


def _figure(element: HtmlElement, section: str, section_id: str, caveats: tuple[str, ...]) -> Figure:
    image = next(iter(element.iter("img")), None)
    found = _IMAGE.fullmatch(image.get("src") or "") if image is not None else None
    return Figure(
        anchor=element.get("id") or "",
        title=_first(element, ".//h3"),
        alt="" if image is None else " ".join((image.get("alt") or "").split()),
        caption=_first(element, ".//figcaption"),
        image=base64.b64decode(found[1]) if found else b"",
        section=section,
        section_id=section_id,
        caveats=caveats,
    )


def _table(element: HtmlElement, section: str) -> Table:
    holder = element.getparent() if "scroll" in _classes(element.getparent()) else element
    notes, after = [], holder.getnext()
    while after is not None and {"footnote", "table-note"} & set(_classes(after)):
        notes += _notes(after)
        after = after.getnext()
    heads = element.xpath("./thead/tr[last()]/th")
    return Table(
        caption=_first(element, "./caption"),
        columns=tuple(Column(text(th), th.get("data-kind") or "text") for th in heads),
        rows=tuple(
            tuple(_cell(cell) for cell in row if cell.tag in ("th", "td"))
            for row in element.xpath("./tbody/tr")
        ),
        notes=tuple(notes),
        section=section,
    )


def _notes(element: HtmlElement) -> list[tuple[str, str]]:
    """Return the footnotes of one paragraph, each with its mark."""
    found: list[list[str]] = [["", element.text or ""]]
    for child in element:
        if child.tag == "br":
            found.append(["", child.tail or ""])
            continue
        if child.tag == "sup" and not "".join(found[-1]).strip():
            found[-1][0] = _plain(child)
        else:
            found[-1][1] += text(child) if child.tag != "sup" else ""
        found[-1][1] += child.tail or ""
    return [(mark, " ".join(said.split())) for mark, said in found if said.strip()]
