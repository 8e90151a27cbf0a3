"""Did every word stay a word? Each check returns what it found, as sentences; none if all is well."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
from lxml import etree
from playwright.sync_api import Browser
from pptx import Presentation
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from tests.browser import seeing
from tests.browser.chromium import PHONE, WIDE, tab
from tests.browser.printed import printed
from tests.hostile_company import CODE, NAMES, PARTED
from tests.hostile_words import WORDS
from tne.report.characters import LONGEST

WIDTHS = (WIDE, PHONE)
# What a PDF does by itself, or brings along
_ACTS = frozenset({"/JS", "/JavaScript", "/Launch", "/EmbeddedFiles", "/EF", "/SubmitForm", "/GoToR", "/AA"})
FORMULA = "=+-@\t\r\n＝＋－＠"
NO_TAB = "[]:*?/\\'"  # signs that the name of a sheet cannot have
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
# What the templates are made of, and what the allow-list of fragments lets pass
_KNOWN = frozenset(
    re.findall(
        r"\w+",
        """html head meta title style body main script a abbr b bdi blockquote br button caption code dd details div dl
        dt em figcaption figure footer h1 h2 h3 h4 header hr i img li nav ol p section small span strong sub summary sup
        table tbody td tfoot th thead time tr ul svg g line circle rect path polyline polygon text desc input select
        option optgroup label""",
    )
)
_LOOK = """() => {
  document.querySelectorAll("wbr").forEach((e) => e.remove());  // places where a long word may be broken
  document.body.normalize();
  const found = [], all = [...document.querySelectorAll("*")], ids = ["id", "href", "aria-labelledby", "popovertarget"];
  const texts = [], walk = document.createTreeWalker(document, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_COMMENT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (node.nodeType === Node.COMMENT_NODE) found.push("the page holds a comment");
    else if (!node.parentElement.matches("script,style")) texts.push(node.data);
  }
  for (const element of all)
    for (const {name, value} of element.attributes) {
      if (name.startsWith("on") || name === "style") found.push(`<${element.localName}> has ${name}`);
      if (["href", "src", "xlink:href", "action", "srcdoc"].includes(name)) {
        const to = new URL(value, document.baseURI);
        if (!["file:", "data:"].includes(to.protocol) || to.protocol === "data:" && element.localName !== "img")
          found.push(`<${element.localName}> leads to ${to.protocol}`);
      }
      if (!ids.includes(name)) texts.push(value);
    }
  const count = (name) => all.filter((e) => e.localName === name).length;
  for (const [name, n] of [["script", 1], ["style", 1], ["title", 1], ["main", 1], ["h1", 1], ["body", 1]])
    if (count(name) !== n) found.push(`${count(name)} elements <${name}>`);
  const same = [...document.querySelectorAll("[id]")].map((e) => e.id).filter((id, i, ids) => ids.indexOf(id) !== i);
  if (same.length) found.push(`${same.length} ids stand twice`);
  if (window.__pwned !== undefined) found.push("a script has run");
  return {found, texts, tags: [...new Set(all.map((e) => e.localName))]};
}"""


def seen(texts: list[str]) -> Counter[tuple[int, int]]:
    """Return how often each pair of field and word is found."""
    return Counter((int(field), int(word)) for text in texts for field, word, _ in CODE.findall(text))


def whole(texts: list[str], *, without: str = "") -> list[str]:
    """Each code stands behind its word, as it was: no part of it was taken for something else.

    Parameters
    ----------
    without : str
        Signs that the format puts between, by design.
    """
    found = []
    for text in texts:
        start = 0
        for match in CODE.finditer(text):
            meant = WORDS[int(match[2])].text
            if NAMES[int(match[1])] in PARTED:  # a part of it, as any name in a list
                meant = re.split("[;,]", meant)[-1]
            said, word = _bare(text[start : match.start()], without), _bare(meant, without)
            cut = len(word) > LONGEST and said.endswith(f"{word[:100]}...")
            if not (cut or said.endswith(word)):
                found.append(f"{match[0]} stands behind “{said[-60:]}”, not behind “{word[-60:]}”")
            start = match.end()
    return found


def _bare(text: str, without: str) -> str:
    """Letters, digits and signs: what cannot be seen, accents and how words are parted may differ."""
    kept = (
        c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c)[0] in "LNPS" and c != "_"
    )
    return "".join(c for c in kept if c not in without).casefold()


def unseen(texts: list[str]) -> list[str]:
    """Nothing turns the direction of what follows, rings a bell, or hides."""
    found = []
    for text in texts:
        bad = {c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Cn") and c not in "\t\n\r"}
        bad |= {c for c in text if c in "\u202a\u202b\u202c\u202d\u202e" or 0xE0000 <= ord(c) < 0xE0080}
        if bad:
            found.append(f"{', '.join(f'U+{ord(c):04X}' for c in sorted(bad))} in “{text[:40]!r}”")
        opened = 0
        for c in text:
            opened += (c in "\u2066\u2067\u2068") - (c == "\u2069")
            if opened < 0:
                break
        if opened:
            found.append(f"isolates do not end in “{text[:60]!r}”")
        if re.search("[\u0300-\u036f]{9}", text):
            found.append(f"a stack of accents in “{text[:40]!r}”")
    return found


def page(browser: Browser, path: Path) -> dict[str, Any]:
    """Open a page: nothing runs, nothing is asked for, nothing sticks out, and each word is there to be read.

    Returns
    -------
    dict
        ``found``, and ``seen``, the pairs of field and word that stand in it.
    """
    with tab(browser, path) as shown:
        told: list[str] = []
        shown.page.on(
            "dialog", lambda dialog: (told.append(f"a dialog: {dialog.message[:40]}"), dialog.dismiss())
        )
        shown.page.on("popup", lambda _: told.append("a window opens"))
        shown.page.on("download", lambda _: told.append("a file is loaded"))
        shown.page.on("framenavigated", lambda frame: told.append(f"leads to {frame.url[:60]}"))
        shown.fresh(opened=True)
        told.remove(f"leads to {shown.heard.document[:60]}")  # we asked for it
        found = [*seeing.fits(shown, WIDTHS), *seeing.axe(shown, contrast=False)]
        found += pdf(printed(shown.page).content) if path.stem != "index" else []  # which nobody prints
        held = shown.page.evaluate(_LOOK)
        found += [*held["found"], *(f"<{tag}> stands in it" for tag in set(held["tags"]) - _KNOWN)]
        found += [*whole(held["texts"]), *unseen(held["texts"]), *told, *shown.heard.findings]
    return {"found": found, "seen": seen(held["texts"])}


def workbook(content: bytes) -> dict[str, Any]:
    """Read a workbook again: no formula, no address, numbers are numbers and words are words."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    found, texts = _office(content), []
    tabs = [sheet.title for sheet in book]
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
            if cell.data_type == "f":
                found.append(f"{sheet.title}!{cell.coordinate} is a formula")
            if cell.hyperlink is not None and (cell.hyperlink.target or not cell.hyperlink.location):
                found.append(f"{sheet.title}!{cell.coordinate} leads outside")
            if isinstance(cell.value, str):
                texts.append(cell.value)
                if cell.value.startswith(tuple(FORMULA)) and not cell.quotePrefix:
                    found.append(f"{sheet.title}!{cell.coordinate} becomes a formula when it is edited")
    if book.defined_names:
        found += [f"the name {name}" for name in book.defined_names]
    found += [*whole(texts), *whole(tabs, without=NO_TAB), *unseen([*tabs, *texts])]
    return {"found": found, "seen": seen([*tabs, *texts])}


def slides(content: bytes) -> dict[str, Any]:
    """Read slides again: words are words, and nothing leads outside."""
    texts = []
    for slide in Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            texts.append(shape._element.xpath(".//p:cNvPr")[0].get("descr") or "")
            if shape.has_text_frame:
                texts += [paragraph.text for paragraph in shape.text_frame.paragraphs]
            if getattr(shape, "has_table", False):
                texts += [cell.text_frame.text for row in shape.table.rows for cell in row.cells]
        if slide.has_notes_slide:
            texts += [p.text for p in slide.notes_slide.notes_text_frame.paragraphs]
    return {"found": [*_office(content), *whole(texts), *unseen(texts)], "seen": seen(texts)}


def _office(content: bytes) -> list[str]:
    found = []
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            if not re.fullmatch(r"[\w./\[\]-]+", name) or ".." in name:
                found.append(f"a part is called {name[:40]!r}")
            if name.endswith((".xml", ".rels")):
                root = etree.fromstring(parts.read(name))
                if root.xpath("//@TargetMode"):
                    found.append(f"{name} leads outside")
                if root.xpath("//*[local-name()='f' or local-name()='hlinkClick' or local-name()='ddeLink']"):
                    found.append(f"{name} holds a formula or an action")
    return found


def pdf(content: bytes) -> list[str]:
    """Walk through a PDF: it does nothing, and leads nowhere but to the pages beside it."""
    found, todo, done = [], [PdfReader(io.BytesIO(content)).trailer], set()
    while todo:
        one = todo.pop()
        if isinstance(one, IndirectObject):
            if (one.idnum, one.generation) not in done:
                done.add((one.idnum, one.generation))
                todo.append(one.get_object())
        elif isinstance(one, DictionaryObject):
            bad = _ACTS & {*one, str(one.get("/S", ""))}
            found += [f"the PDF holds {name}" for name in bad]
            address = str(one.get("/URI", ""))
            if "/URI" in one:
                found.append(f"the PDF leads to {address[:60]}")
            todo += one.values()
        elif isinstance(one, ArrayObject):
            todo += one
    return found


def numbers(content: bytes) -> dict[str, Any]:
    """Read ``estimates.csv`` as spreadsheets do, by commas and by what others take for the end of a cell."""
    text, found = content.decode("utf-8"), []
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if {*map(len, rows)} != {len(rows[0])}:
        return {"found": ["not every row has the same number of cells"], "seen": {}}
    cells = [cell for row in rows[1:] for cell in row]
    found += [f"the cell “{cell[:40]}” becomes a formula" for cell in cells if _risky(cell)]
    for name in ("estimate", "conf_low", "conf_high", "n", "n_people"):
        column = [row[rows[0].index(name)] for row in rows[1:]]
        found += [
            f"{name} is “{cell[:40]}”, no number" for cell in column if cell and not _NUMBER.fullmatch(cell)
        ]
    for sign in (";", "\t"):
        parts = (part.lstrip(' "') for part in re.split(rf"{sign}|[\r\n]+", text))
        found += [f"parted by {sign!r}, “{part[:40]}” becomes a formula" for part in parts if _risky(part)]
    return {"found": [*found, *whole(cells, without="'"), *unseen(cells)], "seen": seen(cells)}


def _risky(cell: str) -> bool:
    return cell.startswith(tuple(FORMULA)) and not _NUMBER.fullmatch(cell)


def told(text: str) -> list[str]:
    """What is printed, mailed or logged: nothing that a terminal obeys."""
    bad = {c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"}
    bad |= {c for c in text if c in "\u202a\u202b\u202d\u202e"}
    return [f"U+{ord(c):04X} is printed" for c in sorted(bad)]


def record(path: Path) -> list[str]:
    """Return what is wrong with a JSON file: other programs must read it, too."""
    try:
        json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
    except ValueError as error:
        return [f"{path.name}: {type(error).__name__}"]
    return []


def _no_number(name: str) -> float:
    raise ValueError(name)


def names(folder: Path) -> list[str]:
    """Every file is called by codes alone, and lies where it should."""
    return [
        f"a file is called {path.name[:60]!r}"
        for path in folder.rglob("*")
        if not re.fullmatch(r"[\w.-]+", path.name, re.ASCII)
    ]
