"""Look into an export without a mapping: how is it written, and what stands at its beginning?"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tne.tables.importers import workbooks
from tne.tables.importers.errors import ContractError
from tne.tables.importers.limits import check_file, check_workbook
from tne.tables.importers.reading import clean

HEAD = 1 << 16  # bytes
ROWS = 40
DELIMITERS = (",", ";", "\t", "|")
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


@dataclass(frozen=True, eq=False)
class Sample:
    """The beginning of an export.

    Parameters
    ----------
    path : Path
    kind : {"text", "xlsx", "binary"}
    encoding : str
        Of a text; "" otherwise.
    text : str
        Its first characters, cut at a line's end where the file is longer.
    whole : bool
        Whether `text` is the whole file.
    """

    path: Path
    kind: str
    encoding: str = ""
    text: str = ""
    whole: bool = True

    @cached_property
    def delimiter(self) -> str:
        """The delimiter under which most of the first lines have equally many cells; "" if none has two.

        Decimal commas and texts may make more cells, but not in every line.
        """
        best, found = (0, 0), ""
        for delimiter in DELIMITERS:
            widths = Counter(len(row) for row in self._split(delimiter)[:10] if len(row) > 1)
            score = max(((lines, wide) for wide, lines in widths.items()), default=(0, 0))
            if score > best:
                best, found = score, delimiter
        return found

    @cached_property
    def rows(self) -> list[list[str]]:
        """The first rows as texts; of a workbook those of its first sheet."""
        if self.kind == "xlsx":
            return workbooks.head(self.path, ROWS)
        return self._split(self.delimiter or ",")

    @cached_property
    def json(self) -> Any:
        """The first JSON value: of a list its first elements, of JSON lines the first lines; None if it is no JSON."""
        return _json(self.text, self.whole) if self.kind == "text" else None

    def headers(self, row: int = 1) -> tuple[str, ...]:
        """The cells of one row, as headers are compared."""
        return tuple(clean(cell) for cell in self.rows[row - 1]) if len(self.rows) >= row else ()

    def _split(self, delimiter: str) -> list[list[str]]:
        rows: list[list[str]] = []
        try:
            for row in csv.reader(io.StringIO(self.text, newline=""), delimiter=delimiter):
                rows.append(row)
                if len(rows) == ROWS:
                    break
        except csv.Error:
            pass
        return rows


def sample(path: Path) -> Sample:
    """Return the beginning of an export; a file of bytes that are no text is ``"binary"``.

    Raises
    ------
    ContractError
        If there is no such file, it cannot be opened, or it is empty.
    """
    check_file(path)
    with path.open("rb") as file:
        raw = file.read(HEAD)
    if not raw:
        raise ContractError(f"{path.name} is empty. Export it again.")
    if raw.startswith(b"PK\x03\x04"):
        if not _is_workbook(path):
            raise ContractError(
                f"{path.name} is an archive or damaged. Unpack it and import the export inside."
            )
        check_workbook(path)
        return Sample(path, "xlsx")
    whole = len(raw) < HEAD
    encoding, text = decode(raw, whole)
    if not encoding:
        return Sample(path, "binary")
    if not whole and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    return Sample(path, "text", encoding, text, whole)


def decode(raw: bytes, whole: bool) -> tuple[str, str]:
    """Return the encoding of bytes and their text: a byte order mark, else UTF-8, else Windows-1252; "" for neither."""
    marked = next((name for bom, name in _BOMS if raw.startswith(bom)), "")
    guesses = (marked,) if marked else _unmarked(raw)
    for encoding in guesses:
        for cut in range(1 if whole else 4):  # the end may split a character
            try:
                text = raw[: len(raw) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            if "\x00" not in text:
                return encoding, text
    return "", ""


def _unmarked(raw: bytes) -> tuple[str, ...]:
    even, odd = raw[0::2][:200], raw[1::2][:200]
    if odd.count(0) > len(odd) * 0.7:
        return ("utf-16-le",)
    if even.count(0) > len(even) * 0.7:
        return ("utf-16-be",)
    return ("utf-8", "cp1252")


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as packed:
            return "xl/workbook.xml" in packed.namelist()
    except Exception:  # zip files are damaged in many ways
        return False


def _json(text: str, whole: bool) -> Any:
    start = text.lstrip("\ufeff \t\r\n")
    if start[:1] not in ("{", "["):
        return None
    decoder = json.JSONDecoder()
    try:
        if start[0] == "{":
            return decoder.raw_decode(start)[0]
        if whole:
            return json.loads(start)
        return [decoder.raw_decode(start[1:].lstrip())[0]]
    except (ValueError, RecursionError):
        return None
