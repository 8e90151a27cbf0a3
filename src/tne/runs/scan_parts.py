"""What is written in a file, shown or not? Its texts, each with how it stands there."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import Any

_DATA = re.compile(r"data:[a-z0-9/+.-]+;base64,[A-Za-z0-9+/=]*", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_UNSHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", re.IGNORECASE)
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_DRAWN = {"d", "points", "viewbox", "transform", "style", "class", "id", "href", "content", "src"}
_NUMBERS = {"estimate", "conf_low", "conf_high", "conf_level", "n", "n_people"}
_AUTHORS = re.compile(r"<(?:dc:creator|cp:lastModifiedBy|Company|Manager)>([^<]+)<")
_SAID = re.compile(r'\bdescr="([^"]+)"')
_PICTURES = (".png", ".webp", ".jpg", ".jpeg", ".gif", ".ico", ".woff", ".woff2", ".ttf")
_OURS = ("", "tne", "python-pptx", "xlsxwriter")


@dataclass(frozen=True)
class Piece:
    """Text of a file.

    Parameters
    ----------
    text : str
    how : {"shown", "hidden", "markup", "joined", "name"}
        Read by people; there but not seen; the file as it is written, in which numbers are coordinates and styles; its
        text without the tags that may cut a word, or its bytes, in which words run together: only ids are looked for;
        the name of the file.
    """

    text: str
    how: str = "shown"


def pieces(name: str, content: bytes) -> list[Piece] | None:
    """Return the texts of a file by its ending, None where nothing here can read it."""
    lower = name.lower()
    if lower.endswith(".pdf"):
        return _pdf(content)
    if lower.endswith(_PICTURES) or b"\0" in content:  # of bytes at random, some look like mail addresses
        return [Piece(content.replace(b"\0", b"").decode("latin-1"), "joined")]
    text = content.decode("utf-8", "replace")
    if lower.endswith((".html", ".htm")):
        return _html(text)
    if lower.endswith((".xml", ".rels", ".svg")):
        return _xml(lower, text)
    if lower.endswith((".json", ".ipynb")):
        return [Piece(text, "markup"), Piece("\n".join(_strings(json.loads(text))))]
    if lower.endswith(".csv"):
        return [Piece(text, "markup"), Piece("\n".join(_cells(text)))]
    return [Piece(text)]


class _Reader(HTMLParser):
    """Sorts the text of a page into what is seen and what is not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self.hidden: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        # the index shows its own controls once its script runs
        unseen = ("hidden" in values and values.get("id") != "controls") or bool(
            _UNSHOWN.search(values.get("style", ""))
        )
        if tag not in _VOID:
            self._open.append((tag, unseen or (bool(self._open) and self._open[-1][1])))
        if tag == "meta" and values.get("name", "").lower() in ("author", "creator", "generator"):
            self.hidden.append(values.get("content", ""))
        if tag == "input" and values.get("type", "").lower() == "hidden":
            self.hidden.append(values.get("value", ""))
        self.shown += [value for name, value in values.items() if name not in _DRAWN]

    def handle_endtag(self, tag: str) -> None:
        while tag not in _VOID and self._open:
            if self._open.pop()[0] == tag:
                break

    def handle_comment(self, data: str) -> None:
        self.hidden.append(data)

    def handle_data(self, data: str) -> None:
        tag, unseen = self._open[-1] if self._open else ("", False)
        if tag in ("script", "style"):
            return
        (self.hidden if unseen or tag in ("template", "noscript") else self.shown).append(data)


def _html(text: str) -> list[Piece]:
    reader = _Reader()
    plain = _DATA.sub("", text)
    reader.feed(plain)
    reader.close()
    # a word may be cut by tags
    whole = [Piece(unescape(plain), "markup"), Piece(unescape(_TAG.sub("", plain)), "joined")]
    return [*whole, Piece("\n".join(reader.shown)), *(Piece(text, "hidden") for text in reader.hidden)]


def _xml(name: str, text: str) -> list[Piece]:
    out = [Piece(unescape(_TAG.sub(" ", text)), "markup"), Piece(unescape(_TAG.sub("", text)), "joined")]
    out.append(Piece(unescape(text), "markup"))
    if "docprops/" in name:
        out += [Piece(who, "hidden") for who in _AUTHORS.findall(text) if who.strip().lower() not in _OURS]
    if "/comments" in name or "<!--" in text:
        out.append(Piece("a comment", "hidden"))
    if re.search(r'<sheet\b[^>]*state="(?:hidden|veryHidden)"|<p:sld\b[^>]*show="0"', text):
        out.append(Piece("a hidden sheet", "hidden"))
    if name.endswith(("sharedstrings.xml", ".svg")) or "slides/" in name:  # notes to slides as well
        out.append(Piece(unescape(_TAG.sub(" ", text))))
    out += [Piece(unescape(said)) for said in _SAID.findall(text)]  # text alternatives
    return out


def _pdf(content: bytes) -> list[Piece] | None:
    try:
        import pypdf
    except ImportError:
        return None
    book = pypdf.PdfReader(io.BytesIO(content))
    told = dict(book.metadata or {})
    authors = [
        str(told[key])
        for key in ("/Author", "/Company")
        if str(told.get(key, "")).strip().lower() not in _OURS
    ]
    text = "\n".join([*map(str, told.values()), *(page.extract_text() for page in book.pages)])
    return [Piece(text), *(Piece(who, "hidden") for who in authors)]


def _strings(value: Any) -> Iterator[str]:
    """Yield all texts of a JSON document, names of fields among them; numbers are numbers."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _cells(text: str) -> Iterator[str]:
    for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))):
        yield from (str(cell) for name, cell in row.items() if name not in _NUMBERS)
