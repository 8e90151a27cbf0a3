"""Is a file one that may be opened at all: a regular file, of a size that an export can have, no trap for readers?

The limits are far above what tools export; they keep a damaged or hostile file from filling memory or time.
"""

from __future__ import annotations

import csv
import re
import stat
import zipfile
from pathlib import Path

from tne.tables.importers.errors import ContractError

MOST_FILE = 2 << 30  # bytes
MOST_UNPACKED = 1 << 30  # bytes of all parts of a workbook
MOST_RATIO, SMALL = 200, 16 << 20  # unpacked to packed bytes of a part above 16 MiB
MOST_PARTS = 10_000
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of a workbook's sheet, and the columns of any file
MOST_CELL = 1_000_000  # characters
# Cells between the filled ones: how many there may be before a sheet counts as nearly empty, and what share is filled.
SPARSE, FILLED = 5_000_000, 0.001
_HEAD = 1 << 16
_ROW = re.compile(rb'<(?:[A-Za-z_][\w.-]*:)?row\s(?:[^>]*?\s)?r="(\d+)"')
# Also in UTF-16, where every other byte is zero.
_DECLARED = re.compile(rb"<\0?!\0?(?:D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)")
# What may stand before the first element, and that element: a declaration behind it would not be one.
_BEFORE = re.compile(rb"<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ELEMENT = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*<[A-Za-z_]")

csv.field_size_limit(MOST_CELL)


def check_file(path: Path) -> None:
    """Raise `ContractError` if a path is no regular file that can be read, or a file above the limit."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ContractError(
                f"{path.name} is no file but a folder, a pipe or a device. Name the export itself."
            )
        with path.open("rb"):
            pass
    except (FileNotFoundError, NotADirectoryError):
        raise ContractError(f"There is no file {path.name}. Check the path.") from None
    except (OSError, ValueError):  # a name with a NUL is a ValueError
        raise ContractError(f"{path.name} cannot be opened. Check its permissions.") from None
    if found.st_size > MOST_FILE:
        raise ContractError(
            f"{path.name} has {found.st_size / (1 << 30):.1f} GiB, more than the {MOST_FILE >> 30} that are read at "
            "once. Export it in parts, for example by month."
        )


def check_workbook(path: Path) -> None:
    """Raise `ContractError` if a workbook would unpack to too much, declares entities, or hides rows.

    Notes
    -----
    Python reads no more of a part than its directory declares, so the declared sizes can be trusted. Sheets whose row
    numbers do not rise would lose rows in the reading.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
            _sizes(path, parts)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with packed.open(part) as file:
                        head = file.read(_HEAD)
                    if _DECLARED.search(head) or not _begins(head):
                        raise ContractError(
                            f"{path.name} declares a document type or entities, or hides where its parts begin, as no "
                            "spreadsheet program does. Save it again as .xlsx."
                        )
                if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                    _rows(path, packed, part)
    except ContractError:
        raise
    except Exception:  # zip, zlib and lzma have no error in common
        raise damaged(path) from None


def _begins(head: bytes) -> bool:
    """Say whether a part is empty or its first element stands in its head, so that no declaration follows."""
    return not head or _ELEMENT.match(_BEFORE.sub(b"", head.replace(b"\0", b""))) is not None


def _sizes(path: Path, parts: list[zipfile.ZipInfo]) -> None:
    bomb = any(part.file_size > SMALL and part.file_size > MOST_RATIO * part.compress_size for part in parts)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED or bomb:
        raise ContractError(
            f"{path.name} unpacks to far more than it is: more than {MOST_UNPACKED >> 30} GiB, {MOST_PARTS} parts, or "
            f"{MOST_RATIO} times its size. Save it again, without empty rows and columns, or export it in parts."
        )


def _rows(path: Path, packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    last, rest = 0, b""
    with packed.open(part) as file:
        while chunk := file.read(1 << 20):
            chunk, done = rest + chunk, 0
            for found in _ROW.finditer(chunk):
                number, done = int(found[1][:12]), found.end()
                if number <= last or number > MOST_ROWS:
                    raise damaged(path)
                last = number
            # What may be the start of a row goes on in the next piece.
            rest = chunk[max(done, chunk.rfind(b"<"), len(chunk) - _HEAD) :]


def damaged(path: Path) -> ContractError:
    """Return the error of a workbook that cannot be read."""
    return ContractError(
        f"{path.name} is not an .xlsx workbook that can be read. Save it as one, or set `kind`."
    )


def check_width(name: str, columns: int) -> None:
    """Raise `ContractError` if a header has more columns than a spreadsheet can have."""
    if columns > MOST_COLUMNS:
        raise ContractError(
            f"{name} has {columns:,} columns, more than the {MOST_COLUMNS:,} of a spreadsheet. Check the delimiter."
        )
