"""What comes out of the printer: pages, and where on them figures and words stand."""

from __future__ import annotations

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from playwright.sync_api import Page
from pypdf import PageObject, PdfReader, Transformation
from pypdf.generic import ContentStream, Destination, DictionaryObject, StreamObject

from tests.browser.chromium import Tab

A4 = (595, 842)  # points
PRINT_WIDTH = 680  # CSS pixels between the margins of the page, about


@dataclass(frozen=True)
class Picture:
    """Where an image is drawn: page from 0, its box in points from the lower left corner."""

    page: int
    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True)
class Head:
    """Where a heading stands: page from 0, points from the foot of the page."""

    text: str
    page: int
    top: float


@dataclass(frozen=True)
class Printed:
    """A report as PDF."""

    content: bytes

    @cached_property
    def reader(self) -> PdfReader:
        return PdfReader(io.BytesIO(self.content))

    @cached_property
    def texts(self) -> list[str]:
        """Text of each page."""
        return [page.extract_text() for page in self.reader.pages]

    @cached_property
    def pictures(self) -> list[Picture]:
        """Images in the order in which they are drawn."""
        return [
            Picture(number, *box)
            for number, page in enumerate(self.reader.pages)
            for box in _images(page, page.get("/Resources"), page.get_contents(), Transformation())
        ]

    @cached_property
    def heads(self) -> list[Head]:
        """The headings in their order: Chromium makes a bookmark of each."""
        return [
            Head(str(mark.title), self.reader.get_destination_page_number(mark), float(mark.get("/Top")))
            for mark in _flat(self.reader.outline)
        ]


def _flat(marks: list) -> Iterator[Destination]:
    for mark in marks:
        if isinstance(mark, list):
            yield from _flat(mark)
        else:
            yield mark


def _images(
    page: PageObject, resources: DictionaryObject | None, content: StreamObject | None, at: Transformation
) -> Iterator[tuple[float, float, float, float]]:
    if content is None or resources is None:
        return
    objects = (resources.get_object().get("/XObject") or DictionaryObject()).get_object()
    stack = []
    for operands, operator in ContentStream(content, page.pdf).operations:
        if operator == b"q":
            stack.append(at)
        elif operator == b"Q":
            at = stack.pop()
        elif operator == b"cm":
            at = Transformation(tuple(float(value) for value in operands)).transform(at)
        elif operator == b"Do":
            drawn = objects[operands[0]].get_object()
            if drawn["/Subtype"] == "/Image":
                (left, bottom), (right, top) = at.apply_on((0, 0)), at.apply_on((1, 1))
                yield min(left, right), min(bottom, top), max(left, right), max(bottom, top)
            else:
                inner = Transformation(
                    tuple(float(v) for v in drawn.get("/Matrix", (1, 0, 0, 1, 0, 0)))
                ).transform(at)
                yield from _images(page, drawn.get("/Resources", resources), drawn, inner)


def printed(page: Page) -> Printed:
    """Print a page on A4 as its own style sheet says, with its headings as bookmarks."""
    page.emulate_media(media="print", color_scheme="light")
    return Printed(
        page.pdf(format="A4", prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
    )


def uncut(tab: Tab, paper: Printed) -> list[str]:
    """Each figure stands whole on one page, below its title; no heading is left alone at the foot of a page."""
    figures = tab.page.evaluate(
        """() => {
             const heads = [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter((e) => e.checkVisibility());
             return {heads: heads.length, titles: [...document.querySelectorAll("figure")]
               .filter((e) => e.querySelector("img")?.checkVisibility())
               .map((e) => heads.indexOf(e.querySelector("h2,h3,h4")))};
           }"""
    )
    titles, found = figures["titles"], []
    if len(paper.heads) != figures["heads"]:
        return [f"{figures['heads']} headings are printed as {len(paper.heads)}"]
    if len(paper.pictures) != len(titles):
        found.append(f"{len(titles)} figures are drawn as {len(paper.pictures)} pictures")
    for title, picture in zip(titles, paper.pictures, strict=False):
        head, number = paper.heads[title], picture.page + 1
        width, height = (float(value) for value in paper.reader.pages[picture.page].mediabox[2:])
        if picture.left < 0 or picture.bottom < 0 or picture.right > width or picture.top > height:
            found.append(f"the figure “{head.text}” is cut by the border of page {number}")
        if head.page != picture.page or head.top < picture.top:
            found.append(f"the figure “{head.text}” stands on page {number}, its title does not")
    for number, text in enumerate(paper.texts):
        last = _letters(text.strip().rpartition("\n")[2])
        if last and any(head.page == number and _letters(head.text) == last for head in paper.heads):
            found.append(f"page {number + 1} ends with the heading “{text.strip().splitlines()[-1]}”")
    return found


def selectable(tab: Tab, paper: Printed) -> list[str]:
    """The words are words in the PDF, not pictures of words, and none is lost: nearly every letter is found there.

    Nearly: a table that spans pages repeats its head, and a letter may be written by two signs.
    """
    tab.page.emulate_media(media="print", color_scheme="light")
    shown = Counter(_letters(" ".join(tab.look("written"))))
    lost = shown - Counter(_letters(" ".join(paper.texts)))
    share = lost.total() / max(1, shown.total())
    return [f"{share:.1%} of the letters are missing on paper"] if share > 0.01 else []


def fits_on_paper(tab: Tab, width: int = PRINT_WIDTH) -> list[str]:
    """No frame that scrolls on the screen cuts a table on paper."""
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.page.emulate_media(media="print", color_scheme="light")
    return tab.page.evaluate(
        """() => [...document.querySelectorAll("main *")].filter((e) => e.checkVisibility() && e.textContent.trim()
             && getComputedStyle(e).overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1
             && e.getBoundingClientRect().width > 2)
           .map((e) => `on paper ${look.name(e)} is cut: ${e.scrollWidth} in ${e.clientWidth} px`)"""
    )


def folds_by_design(tab: Tab, paper: Printed) -> list[str]:
    """What is folded on the screen is printed everywhere or nowhere, and a fold left closed leaves no handle behind."""
    tables = tab.page.evaluate(
        "() => [...document.querySelectorAll('details table')].map((e) => [...e.tBodies[0].rows].slice(0, 3)"
        ".map((row) => row.textContent).join(' '))"
    )
    whole = _letters(" ".join(paper.texts))
    shown = [_letters(rows) in whole for rows in tables]
    return [] if len(set(shown)) <= 1 else [f"{sum(shown)} of {len(shown)} folded tables are printed"]


def _letters(text: str) -> str:
    """Letters and digits only: a PDF breaks lines, parts words and shapes letters as it likes."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()
