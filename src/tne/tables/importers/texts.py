"""What does a cell say as text, and does it say anything at all?"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from typing import Any

from tne.tables.importers.errors import Bad

# What nobody sees at the ends of a cell: blanks, zero-width characters, marks of direction and of byte order.
_UNSEEN = (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF, 0x61C)
_EDGES = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "".join(map(chr, _UNSEEN))


def text_of(cell: Any) -> str:
    """Return a cell as text: whole numbers without a point, dates in ISO, text trimmed and in one form (NFC)."""
    if isinstance(cell, str):
        return cell.strip() if cell.isascii() else unicodedata.normalize("NFC", cell).strip(_EDGES)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, (dt.datetime, dt.date)):
        return cell.isoformat()
    return str(cell).strip()


def is_blank(cell: Any, nulls: Sequence[str]) -> bool:
    """Whether a cell holds nothing, or a text that the mapping declares to mean nothing."""
    if isinstance(cell, Bad):
        return False
    text = text_of(cell)
    return not text or text in nulls
