"""A report in an invented language, English in other letters: what can still be read comes from no catalogue."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from bs4 import BeautifulSoup
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from tne.report import catalogue
from tne.report.block import Block

LANGUAGE = "de"  # lends its name and its locale; its words are replaced
_OTHER = "абвгдежзийклмнопрстуфхцчшщ"
_LETTERS = str.maketrans(ascii_lowercase + ascii_lowercase.upper(), _OTHER + _OTHER.upper())
# places for values, and the keys of explained words
_KEPT = re.compile(r"(\{\w+[:}]|\|[\w.]+\]\])")


def pseudo(text: str) -> str:
    """Return a phrase in other letters, its places as they were."""
    return "".join(p if _KEPT.fullmatch(p) else p.translate(_LETTERS) for p in _KEPT.split(text))


@contextmanager
def invented(without: str = "") -> Iterator[None]:
    """Replace every phrase of one language by its English in other letters; one may be left untranslated."""
    real = catalogue._read

    def read(language: str) -> Any:
        if language != LANGUAGE:
            return real(language)
        found = real(catalogue.SOURCE)
        made = type(found)(locale=LANGUAGE)
        for message in found:
            if message.id and message.context != without:
                text = message.id
                said = pseudo(text) if isinstance(text, str) else tuple(pseudo(one) for one in text)
                made.add(text, said, context=message.context)
        return made

    try:
        catalogue._read = read
        _forget()
        yield
    finally:
        catalogue._read = real
        _forget()


def _forget() -> None:
    catalogue.catalogue.cache_clear()
    catalogue.plural_rule.cache_clear()


def blocks(notebook: Path, **parameters: Any) -> list[Block]:
    """Execute the cells of a report in this process and return what they show."""
    shown: list[Any] = []
    names: dict[str, Any] = {"display": lambda *things: shown.extend(things)}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as in a run, where a library's advice stops no report
            exec(compile(tree, notebook.name, "exec"), names)
            if "parameters" in cell["metadata"].get("tags", []):
                names |= parameters
            if last is not None:
                shown.append(eval(compile(ast.Expression(last.value), notebook.name, "eval"), names))
    return [thing for thing in shown if isinstance(thing, Block)]


@contextmanager
def drawn() -> Iterator[list[str]]:
    """Collect the words of every figure that is drawn."""
    found: list[str] = []
    draw = FigureCanvasAgg.draw

    def drawing(self: FigureCanvasAgg) -> None:
        draw(self)
        found.extend(text.get_text() for text in self.figure.findobj(Text) if text.get_visible())

    try:
        FigureCanvasAgg.draw = drawing
        yield found
    finally:
        FigureCanvasAgg.draw = draw


def readable(html: str) -> list[str]:
    """Return everything that a page says: its text, and the attributes that are read aloud or shown."""
    page = BeautifulSoup(html, "html5lib")
    for silent in page(["style", "script"]):
        silent.extract()
    said = list(page.stripped_strings)
    for tag in page.find_all(True):
        said += [str(tag[name]) for name in ("alt", "title", "aria-label", "data-sort") if tag.get(name)]
    return said


def leaks(said: Iterable[str], data: Iterable[str]) -> set[str]:
    """Return the texts in which letters of no phrase are left when the strings of the data are taken out.

    Parameters
    ----------
    said : iterable of str
    data : iterable of str
        Titles, policy areas, names: what no catalogue can know. Whole words only; longer ones first.
    """
    names = "|".join(re.escape(name) for name in sorted(data, key=len, reverse=True) if name)
    known = re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE)
    # one letter may be a grade, a footnote's mark or an answer of a test
    return {text for text in said if re.search(r"[A-Za-z]{2}|_", known.sub(" ", text))}
