"""Turn the cells of one source column into the values of one target column, or into the rule they break."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from tne.tables.importers.errors import ContractError
from tne.tables.importers.mapping import Column, Source
from tne.tables.importers.reading import Bad

_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_UNITS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}
# English, German, Spanish, French, Portuguese: the words of the exports' own languages.
_WORDS = {
    604800.0: "w week weeks woche wochen semana semanas semaine semaines",
    86400.0: "d day days tag tage día días jour jours dia dias",
    3600.0: "h hr hrs hour hours std stunde stunden hora horas heure heures",
    60.0: "m min mins minute minutes minuten minuto minutos",
    1.0: "s sec secs second seconds sek sekunde sekunden segundo segundos seconde secondes",
}
_WORD = {word: seconds for seconds, words in _WORDS.items() for word in words.split()}
_PIECE = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*([^\W\d_]+)\.?,?")
_EQUAL = {bool, int, float}  # 1, 1.0 and true are equal, and not the same
_BROKEN = object()  # where the rules of broken cells stand among what is known
MOST = 400  # characters of a number, duration or date: what is longer is none, and costs time
_FIRST, _LAST = 1700, 2260  # years that a time may have at all; the contract's own range is narrower
_ENGLISH = tuple(dt.date(2000, month, 1).strftime("%B") for month in range(1, 13))


def text_of(cell: Any) -> str:
    """Return a cell as text: whole numbers without a point, dates in ISO, text trimmed."""
    if isinstance(cell, str):
        return cell.strip()
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
    if isinstance(cell, str):
        text = cell.strip()
        return not text or text in nulls
    return cell is None or (not isinstance(cell, Bad) and text_of(cell) in ("", *nulls))


def convert(
    cells: Sequence[Any],
    spec: Column,
    kind: str,
    source: Source,
    known: dict[Any, Any] | None = None,
) -> tuple[list[Any], list[str]]:
    """Convert cells to one of the contract's kinds.

    Parameters
    ----------
    cells : sequence
        Raw cells of one source column.
    spec : Column
        How the mapping wants them read.
    kind : {"text", "number", "count", "flag", "instant", "day"}
        Kind of the target column.
    source : Source
        How the export writes numbers, dates and nothing.
    known : dict, optional
        Cells that were converted before, by the same `spec`, `kind` and `source`; grows.

    Returns
    -------
    values, rules : list, list of str
        Values (None = null) and, for each, the rule it breaks or "".

    Raises
    ------
    ContractError
        If a time has neither an offset nor a declared zone.
    """
    nulls = (*source.nulls, *spec.nulls)
    read = _reader(spec, kind, source)
    names: Sequence[Any] = cells
    if {*map(type, cells)} & _EQUAL:
        names = list(zip(map(type, cells), cells, strict=True))
    known = {} if known is None else known
    broken = known.setdefault(_BROKEN, {})
    try:
        values = list(map(known.__getitem__, names))
    except KeyError:
        for name, cell in dict(zip(names, cells, strict=True)).items():
            if name not in known:
                known[name], rule = _one(cell, spec, nulls, read)
                if rule:
                    broken[name] = rule
        values = list(map(known.__getitem__, names))
    return values, [broken.get(name, "") for name in names] if broken else [""] * len(values)


def _one(cell: Any, spec: Column, nulls: Sequence[str], read: Callable[[Any], Any]) -> tuple[Any, str]:
    if isinstance(cell, Bad):
        return None, cell.rule
    if is_blank(cell, nulls):
        return None, ""
    if spec.values is not None:
        text = text_of(cell)
        if text not in spec.values:
            return None, "not in the value map"
        cell = spec.values[text]
    try:
        return read(cell), ""
    except Unreadable as error:
        return None, error.rule
    except OverflowError:  # the ends of the calendar
        return None, "date_range"


class Unreadable(Exception):
    """A cell that breaks a rule; carries the rule, never the cell."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def _reader(spec: Column, kind: str, source: Source) -> Callable[[Any], Any]:
    zone = spec.zone or source.zone
    formats = tuple(" ".join(f.split()) for f in (spec.formats or source.date_formats))
    if kind == "number":
        return lambda cell: _finite(_amount(cell, spec, source))
    if kind == "count":
        return lambda cell: _whole(_finite(_amount(cell, spec, source)))
    if kind == "flag":
        return _flag
    if kind == "instant":
        return lambda cell: _instant(_moment(cell, formats, source.months), zone, source.name, spec.target)
    if kind == "day":
        return lambda cell: _day(_moment(cell, formats, source.months), zone, source.name, spec.target)
    if spec.split:
        return lambda cell: ";".join(part.strip() for part in text_of(cell).split(spec.split) if part.strip())
    return text_of


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise Unreadable("not a finite number")
    return value


def _amount(cell: Any, spec: Column, source: Source) -> float:
    if len(text_of(cell)) > MOST:
        raise Unreadable("too long for a number")
    if spec.unit == "clock":
        value = _clock(text_of(cell))
    elif spec.unit == "words":
        value = _words(text_of(cell))
    else:
        value = number(cell, source) * _UNITS.get(spec.unit, 1.0)
    if spec.unit:
        value /= 60.0 if spec.target.endswith("minutes") else 1.0
    return value * spec.scale


def number(cell: Any, source: Source) -> float:
    """Read a number as the export writes it; a separator that was not declared makes it unreadable."""
    if isinstance(cell, (bool, dt.date)):
        raise Unreadable("not a number")
    if isinstance(cell, (int, float)):
        if not math.isfinite(cell):
            raise Unreadable("not a finite number")
        return float(cell)
    text = text_of(cell).replace("−", "-")
    if source.thousands:
        grouped = rf"[+-]?\d{{1,3}}({re.escape(source.thousands)}\d{{3}})+({re.escape(source.decimal)}\d*)?"
        if re.fullmatch(grouped, text):
            text = text.replace(source.thousands, "")
    if source.decimal == ",":
        if "." in text:
            raise Unreadable("not a number as `decimal` and `thousands` declare")
        text = text.replace(",", ".")
    if not _PLAIN.fullmatch(text) or not math.isfinite(float(text)):
        raise Unreadable("not a number as `decimal` and `thousands` declare")
    return float(text)


def _whole(value: float) -> int:
    # A factor such as 0.1 leaves the last bit behind.
    if not math.isclose(value, round(value), rel_tol=1e-12, abs_tol=1e-12):
        raise Unreadable("not a whole number")
    if abs(value) > 2**53:
        raise Unreadable("range")
    return round(value)


def _flag(cell: Any) -> bool:
    text = text_of(cell).casefold()
    if text not in ("true", "false", "1", "0"):
        raise Unreadable("neither true nor false; add a value map")
    return text in ("true", "1")


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


def _moment(cell: Any, formats: Sequence[str], months: Sequence[str]) -> dt.date | dt.datetime:
    if isinstance(cell, (dt.datetime, dt.date)):
        return cell
    if isinstance(cell, (bool, int, float)):
        raise Unreadable("a number, not a date")
    text = " ".join(text_of(cell).split())
    if len(text) > MOST:
        raise Unreadable("too long for a date")
    for own, english in zip(months, _ENGLISH, strict=False):
        text = re.sub(rf"(?<!\w){re.escape(own)}(?!\w)", english, text, flags=re.IGNORECASE)
    if not formats:
        try:
            return dt.date.fromisoformat(text) if len(text) == 10 else dt.datetime.fromisoformat(text)
        except ValueError:
            raise Unreadable("not an ISO date; declare `date_formats`") from None
    for form in formats:
        try:
            return dt.datetime.strptime(text, form)
        except ValueError:
            continue
    raise Unreadable("in none of the `date_formats`")


def _instant(moment: dt.date | dt.datetime, zone: str, source: str, target: str) -> dt.datetime:
    if not isinstance(moment, dt.datetime):
        raise Unreadable("a day without a time")
    _in_years(moment)
    if moment.tzinfo is None:
        if not zone:
            raise ContractError(
                f"The times for `{target}` in {source} have no offset, so their instant is unknown. "
                'Set `zone` in [source], for example zone = "Europe/Berlin".'
            )
        place = ZoneInfo(zone)
        # The hour that a clock change repeats is read as its first pass; the hour that it skips never existed.
        local = moment.replace(tzinfo=place)
        if local.astimezone(dt.UTC).astimezone(place).replace(tzinfo=None) != moment:
            raise Unreadable("a time that the zone's clock change skips")
        moment = local
    return moment.astimezone(dt.UTC)


def _in_years(moment: dt.date) -> None:
    """Times that no frame can hold wait; which years are plausible is the contract's to say."""
    if not _FIRST <= moment.year <= _LAST:
        raise Unreadable("date_range")


def _day(moment: dt.date | dt.datetime, zone: str, source: str, target: str) -> dt.datetime:
    _in_years(moment)
    if isinstance(moment, dt.datetime) and moment.tzinfo is not None:
        if not zone:
            raise ContractError(
                f"The days for `{target}` in {source} are instants with an offset, so their calendar day is unknown. "
                "Set `zone` in [source] to the market's zone."
            )
        moment = moment.astimezone(ZoneInfo(zone))
    return dt.datetime(moment.year, moment.month, moment.day)
