"""Which number, or how long a duration, does a cell say?"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any

from tne.tables.importers.errors import Unreadable
from tne.tables.importers.mapping import Column, Source
from tne.tables.importers.texts import text_of
from tne.tables.pseudonyms import UNSEEN

MOST = 400  # characters of a number, duration or date: what is longer is none, and costs time
UNITS = ("seconds", "minutes", "hours", "clock", "words", "percent")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_SECONDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}
# English, German, Spanish, French, Portuguese: the words of the exports' own languages.
_WORDS = {
    604800.0: "w week weeks woche wochen semana semanas semaine semaines",
    86400.0: "d day days tag tage tagen día días j jour jours dia dias",
    3600.0: "h hr hrs hour hours std stunde stunden hora horas heure heures",
    60.0: "m min mins mn minute minutes minuten minuto minutos",
    1.0: "s sec secs second seconds sek sekunde sekunden seg segundo segundos seconde secondes",
}
_WORD = {word: seconds for seconds, words in _WORDS.items() for word in words.split()}
_PIECE = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*([^\W\d_]+)\.?,?")
# One sign, written in several ways: blanks that do not break, apostrophes, minus.
_ALIKE = str.maketrans({"\u00a0": " ", "\u2009": " ", "\u202f": " ", "’": "'", "−": "-"})


def amount(cell: Any, spec: Column, source: Source) -> float:
    """Return a cell as the number, or the duration in its target's unit, that the mapping says it is."""
    if len(text_of(cell)) > MOST:
        raise Unreadable("too long for a number")
    if spec.unit == "percent":
        return _percent(cell, source) * spec.scale
    if spec.unit == "clock":
        value = _clock(text_of(cell))
    elif spec.unit == "words":
        value = _words(text_of(cell))
    else:
        value = number(_stripped(cell, spec.strip), source) * _SECONDS.get(spec.unit, 1.0)
    if spec.unit:
        value /= 60.0 if spec.target.endswith("minutes") else 1.0
    return finite(value * spec.scale)


def number(cell: Any, source: Source) -> float:
    """Read a number as the export writes it; a separator that was not declared makes it unreadable."""
    if isinstance(cell, (bool, dt.date)):
        raise Unreadable("not a number")
    if isinstance(cell, (int, float)):
        return finite(float(cell))
    text = UNSEEN.sub("", text_of(cell)).translate(_ALIKE)
    if source.thousands:
        sign = re.escape(source.thousands.translate(_ALIKE))
        if re.fullmatch(rf"[+-]?\d{{1,3}}({sign}\d{{3}})+({re.escape(source.decimal)}\d*)?", text):
            text = text.replace(source.thousands.translate(_ALIKE), "")
    if source.decimal == ",":
        if "." in text:
            raise Unreadable("not a number as `decimal` and `thousands` declare")
        text = text.replace(",", ".")
    if not _PLAIN.fullmatch(text) or not math.isfinite(float(text)):
        raise Unreadable("not a number as `decimal` and `thousands` declare")
    return float(text)


def whole(value: float) -> int:
    """Return a number that is whole as one."""
    # A factor such as 0.1 leaves the last bit behind.
    if not math.isclose(value, round(value), rel_tol=1e-12, abs_tol=1e-12):
        raise Unreadable("not a whole number")
    if abs(value) > 2**53:
        raise Unreadable("range")
    return round(value)


def finite(value: float) -> float:
    """Return a number that is one."""
    if not math.isfinite(value):
        raise Unreadable("not a finite number")
    return value


def _stripped(cell: Any, signs: tuple[str, ...]) -> Any:
    """Return a cell without the signs that the mapping declares to stand before or after its number."""
    if isinstance(cell, str):
        for sign in signs:
            cell = text_of(cell).removeprefix(sign).removesuffix(sign)
    return cell


def _percent(cell: Any, source: Source) -> float:
    # A spreadsheet holds 85 % as 0.85: without its sign nobody can tell which of both a number is.
    text = text_of(cell)
    if not isinstance(cell, str) or not text.endswith("%"):
        raise Unreadable("a number without %; leave `unit` out where the cells are shares")
    return number(text.removesuffix("%"), source) / 100


def _clock(text: str) -> float:
    found = re.fullmatch(r"(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)", text)
    if not found:
        raise Unreadable("not a duration h:mm:ss")
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])


def _words(text: str) -> float:
    rest, total = text.casefold(), 0.0
    while rest.strip():
        found = _PIECE.match(rest)
        if not found or found[2] not in _WORD:
            raise Unreadable("not a duration in words")
        total += float(found[1].replace(",", ".")) * _WORD[found[2]]
        rest = rest[found.end() :]
    return total
