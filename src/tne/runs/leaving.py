"""May a finished file leave the team? What the page's gate checks, in the formats that are no HTML."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape

from tne.runs.gate import ids_in
from tne.runs.outcome import Refused

# bytes; a page has at most 2 MB, and nothing that is made from it needs much more
LIMITS = {"pdf": 6_000_000, "xlsx": 2_000_000, "pptx": 6_000_000, "csv": 50_000_000}
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_TAG = re.compile(r"<[^>]*>")
_SAID = re.compile(r'\b(?:descr|title|name|tooltip)="([^"]*)"')
_ALIVE = ("vbaproject", "/embeddings/", "/activex/", "externallinks/", "/comments")


def check_file(content: bytes, kind: str, page: str, private: frozenset[str] = frozenset()) -> None:
    """Refuse a file that must not be shared.

    Parameters
    ----------
    content : bytes
    kind : {"pdf", "xlsx", "pptx"}
    page : str
        The HTML that it was made from, which has passed the gate: only its mail addresses may stand in the file.
    private : frozenset of str
        Ids that must not occur in it.

    Raises
    ------
    Refused
        Naming the faults, without their content.

    Notes
    -----
    The text of a PDF is read if `pypdf` is installed. It is printed from the page, which has been checked.
    """
    faults = []
    if len(content) > LIMITS[kind]:
        faults.append(f"it has {len(content) / 1e6:.1f} MB, more than {LIMITS[kind] / 1e6:g}")
    said, joined = (_pdf_text(content), "") if kind == "pdf" else _office_text(content, faults)
    leaked = ids_in(f"{said} {joined}", private)
    if leaked:
        faults.append(f"{leaked} ids of people stand in it")
    known = set(_MAIL.findall(unescape(page)))
    foreign = set(_MAIL.findall(said)) - known
    if foreign:
        faults.append(f"{len(foreign)} mail addresses stand in it that the report does not name")
    if faults:
        raise Refused(f"The {kind} file was refused: {'; '.join(dict.fromkeys(faults))}.")


def _office_text(content: bytes, faults: list[str]) -> tuple[str, str]:
    """Return all words of a workbook or of slides, set apart and joined; note what is alive in it."""
    apart, joined = [], []
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            if any(sign in f"/{name.lower()}" for sign in _ALIVE):
                faults.append("it holds macros, comments or embedded files")
            if not name.lower().endswith((".xml", ".rels")):
                continue
            xml = parts.read(name).decode("utf-8", "replace")
            if 'TargetMode="External"' in xml:
                faults.append("it points outside")
            if "/worksheets/" in name and re.search(r"<f[ >/]", xml):
                faults.append("it holds a formula")
            apart += [_TAG.sub(" ", xml), *_SAID.findall(xml)]
            joined.append(_TAG.sub("", xml))  # a word may be cut into runs of text
    return unescape(" ".join(apart)), unescape(" ".join(joined))


def _pdf_text(content: bytes) -> str:
    try:
        import pypdf
    except ImportError:
        return ""
    book = pypdf.PdfReader(io.BytesIO(content))
    told = " ".join(str(value) for value in (book.metadata or {}).values())
    return " ".join([told, *(page.extract_text() for page in book.pages)])
