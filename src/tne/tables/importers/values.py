"""Turn the cells of one source column into the values of one target column, or into the rule they break."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tne.tables.importers.amounts import amount, whole
from tne.tables.importers.errors import Bad, Unreadable
from tne.tables.importers.mapping import Column, Source
from tne.tables.importers.moments import day, instant, moment
from tne.tables.importers.texts import is_blank, text_of

_EQUAL = {bool, int, float}  # 1, 1.0 and true are equal, and not the same
_BROKEN = object()  # where the rules of broken cells stand among what is known


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
    empty = is_blank(cell, nulls)
    if empty and "" not in (spec.values or ()):
        return None, ""
    if spec.values is not None:
        text = "" if empty else text_of(cell)
        if text not in spec.values:
            return None, "not in the value map"
        cell = spec.values[text]
    try:
        return read(cell), ""
    except Unreadable as error:
        return None, error.rule
    except OverflowError:  # the ends of the calendar
        return None, "date_range"


def _reader(spec: Column, kind: str, source: Source) -> Callable[[Any], Any]:
    zone = spec.zone or source.zone
    formats = tuple(" ".join(f.split()) for f in (spec.formats or source.date_formats))
    if kind == "number":
        return lambda cell: amount(cell, spec, source)
    if kind == "count":
        return lambda cell: whole(amount(cell, spec, source))
    if kind == "flag":
        return _flag
    if kind == "instant":
        return lambda cell: instant(moment(cell, formats, source.months), zone, source.name, spec.target)
    if kind == "day":
        return lambda cell: day(moment(cell, formats, source.months), zone, source.name, spec.target)
    if spec.split:
        return lambda cell: ";".join(part.strip() for part in text_of(cell).split(spec.split) if part.strip())
    return text_of


def _flag(cell: Any) -> bool:
    text = text_of(cell).casefold()
    if text not in ("true", "false", "1", "0"):
        raise Unreadable("neither true nor false; add a value map")
    return text in ("true", "1")
