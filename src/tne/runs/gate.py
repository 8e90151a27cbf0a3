"""The last gate before a page leaves the team: well-formed, self-contained, readable by everyone, safe."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from html import unescape
from html.parser import HTMLParser
from typing import Any

from tne.runs.outcome import Refused

MAX_BYTES = 2_000_000
FLOOR = 5  # people; no configuration goes below
# Of raters, pooled: 3 are told as 5
POOLED = frozenset(
    {"agreement", "agreement_session", "agreement_drift", "agreement_again", "auditor_strictness"}
)
CASES = 20
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_FORBIDDEN = {
    *("iframe", "frame", "frameset", "object", "embed", "applet", "base", "form", "portal", "link"),
    *("audio", "video", "template", "noscript"),
}
_ADDRESSES = {
    *(
        "src",
        "href",
        "srcset",
        "poster",
        "data",
        "action",
        "formaction",
        "background",
        "xlink:href",
        "cite",
        "ping",
    ),
}
_CSS = re.compile(
    r"url\(\s*['\"]?\s*(?!data:(?:image|font)/|#)|@import|expression\(|image-set\(", re.IGNORECASE
)
_OUTSIDE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:|//|\\\\)", re.IGNORECASE)
_DATA = re.compile(r"data:[a-z/+]+;base64,[A-Za-z0-9+/=]*")
_WORD = re.compile(r"[A-Za-z0-9]+(?:[_.@-]+[A-Za-z0-9]+)*")


class _Reader(HTMLParser):
    """Collects what is wrong with one page; stops at nothing, so that all faults are reported."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.open: list[str] = []
        self.counts: dict[str, int] = {}
        self.first_in_head = ""
        self.policy = ""
        self.named = [False]  # one entry per open figure: has it a text alternative?
        self.captioned: list[bool] = []
        self.title = ""
        self.scripts: list[str] = []

    def handle_decl(self, decl: str) -> None:
        self.counts["doctype"] = self.counts.get("doctype", 0) + (decl.lower() == "doctype html")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if self.open and self.open[-1] == "head" and not self.first_in_head:
            self.first_in_head = tag + values.get("http-equiv", "").lower()
        self._attributes(tag, values)
        self._alternatives(tag, values)
        if tag in _FORBIDDEN:
            self.faults.append(f"it holds <{tag}>")
        if tag == "meta" and values.get("http-equiv"):
            if values["http-equiv"].lower() != "content-security-policy":
                self.faults.append("a meta element acts as a header")
            self.policy += values.get("content", "")
        if tag == "html" and not values.get("lang"):
            self.faults.append("<html> names no language")
        if tag not in _VOID:
            self.open.append(tag)

    def _attributes(self, tag: str, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            if name.startswith("on"):
                self.faults.append(f"<{tag}> has the handler {name}")
            elif name == "style" and _CSS.search(value):
                self.faults.append(f"the style of <{tag}> points outside")
            elif name in _ADDRESSES and not _inside(tag, value):
                self.faults.append(f"{name} of <{tag}> points outside")

    def _alternatives(self, tag: str, values: Mapping[str, str]) -> None:
        label = values.get("alt") or values.get("aria-label") or values.get("aria-labelledby")
        if tag == "figure":
            self.named.append(False)
        elif tag in ("img", "svg"):
            hidden = tag == "svg" and values.get("aria-hidden") == "true"
            if not label and not hidden:
                self.faults.append(f"<{tag}> has no text alternative")
            self.named[-1] = self.named[-1] or bool(label)
        elif tag == "table":
            self.captioned.append(False)
            # a table, too, is an alternative in words
            self.named[-1] = True
        elif tag == "caption" and self.captioned:
            self.captioned[-1] = True
        elif tag == "th" and values.get("scope") not in ("col", "row", "colgroup", "rowgroup"):
            self.faults.append("a header cell has no scope")

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes nothing")
            return
        self.open.pop()
        if tag == "figure" and len(self.named) > 1 and not self.named.pop():
            self.faults.append("a figure has no text alternative")
        if tag == "table" and not self.captioned.pop():
            self.faults.append("a table has no caption")

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        if inside == "style" and _CSS.search(data):
            self.faults.append("a style sheet points outside")
        elif inside == "script":
            self.scripts.append(data)
        elif inside == "title" and "svg" not in self.open:
            self.title += data.strip()


def _inside(tag: str, value: str) -> bool:
    if value.startswith("#") or (tag == "img" and re.match(r"data:image/(?:png|webp|svg\+xml|jpeg);", value)):
        return True
    if tag == "a":
        return value.startswith("mailto:") or not _OUTSIDE.match(value)
    return False


def check_page(html: str, private: frozenset[str] = frozenset()) -> None:
    """Refuse a page that must not be published.

    Parameters
    ----------
    html : str
        The whole document.
    private : frozenset of str
        Ids that must not occur in it.

    Raises
    ------
    Refused
        Naming the faults, without their content.
    """
    size = len(html.encode())
    if size > MAX_BYTES:
        raise Refused(
            f"The page has {size / 1e6:.1f} MB, more than {MAX_BYTES / 1e6:g} MB. Show fewer figures."
        )
    reader = _Reader()
    reader.feed(html)
    reader.close()
    faults = reader.faults
    if reader.open:
        faults.append(f"<{reader.open[-1]}> is not closed")
    if not html.rstrip().endswith("</html>") or reader.counts.get("doctype") != 1:
        faults.append("it is no whole HTML document")
    for tag in ("html", "head", "body", "h1", "main"):
        if reader.counts.get(tag, 0) != 1:
            faults.append(f"it has {reader.counts.get(tag, 0)} elements <{tag}>, not one")
    if not reader.title:
        faults.append("it has no title")
    if reader.first_in_head != "metacontent-security-policy" or "default-src 'none'" not in reader.policy:
        faults.append("its content policy is not the first element of the head")
    for script in reader.scripts:
        known = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        if f"'sha256-{known}'" not in reader.policy or len(reader.scripts) > 1:
            faults.append("it holds a script that the template does not")
    leaked = ids_in(html, private)
    if leaked:
        faults.append(f"{leaked} ids of people stand in it")
    if faults:
        shown = "; ".join(dict.fromkeys(faults))
        raise Refused(f"The page was refused: {shown}. Make its parts with functions of tne.say.")


def ids_in(text: str, private: frozenset[str]) -> int:
    """Return how many of the ids in `private` stand in `text` as words, also where a long one may be broken."""
    if not private:
        return 0
    text = _DATA.sub("", text).replace("<wbr>", "")
    found = set(_WORD.findall(text)) & private
    if odd := {one for one in private if not _WORD.fullmatch(one)}:  # with other letters and signs than most
        plain = unescape(text)
        found |= {one for one in odd if one in plain and re.search(rf"(?<!\w){re.escape(one)}(?!\w)", plain)}
    return len(found)


def check_rows(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    report: str,
    market: str,
    min_n: int = FLOOR,
) -> None:
    """Refuse rows of ``estimates.csv`` that were not gated or do not fit their table.

    Parameters
    ----------
    rows : sequence of mapping
        As the blocks hold them.
    columns : sequence of str
        The fixed columns.
    report, market : str
        What the rows must say; market ``"all"`` allows any.
    min_n : int
        Fewest people behind a number. Agreement between raters, which is pooled, is held to raters and cases instead.

    Raises
    ------
    Refused
        With counts and positions of rows.
    """
    faults: dict[str, list[int]] = {}

    def fault(text: str, position: int) -> None:
        faults.setdefault(text, []).append(position)

    for i, row in enumerate(rows):
        if set(row) - set(columns):
            fault("have columns that estimates.csv has not", i)
        if row.get("report") != report or (market != "all" and row.get("market") != market):
            fault(f"are not about {report} and {market}", i)
        if row.get("decision") and row.get("measure") != "verdict":
            fault("hold a decision but are no verdict", i)
        numbers = [row.get(c) for c in ("estimate", "conf_low", "conf_high") if row.get(c) is not None]
        people, cases = row.get("n_people"), row.get("n")
        if row.get("measure") in POOLED:
            if numbers and (people is None or people < FLOOR or cases is None or cases < CASES):
                fault(f"publish agreement without at least 3 raters and {CASES} cases", i)
        elif numbers and (people is None or people < max(min_n, FLOOR)):
            fault(f"publish a number without at least {max(min_n, FLOOR)} people", i)
        if not numbers and not row.get("note") and not row.get("decision"):
            fault("are empty without a note", i)
        if any(row.get(c) is not None and row[c] % 5 for c in ("n", "n_people")):
            fault("have headcounts that are not rounded to 5", i)
    if faults:
        said = "; ".join(
            f"{len(at)} {text} (position {', '.join(map(str, at[:5]))}{', …' if len(at) > 5 else ''})"
            for text, at in faults.items()
        )
        raise Refused(f"Of the rows for estimates.csv, {said}. Make them with functions of tne.say.")
