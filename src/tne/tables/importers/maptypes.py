"""Is an entry of a mapping file of the type that its place wants?"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Set
from dataclasses import fields
from typing import Any, cast
from zoneinfo import ZoneInfo

from tne.tables.importers.mapping import MappingError

_TEXTS = "tuple[str, ...]"
_SCALARS = (str, bool, int, float, dt.date, dt.time)


def entries(raw: Any, kind: type, where: str, but: Set[str] = frozenset()) -> dict[str, Any]:
    """Return a table of the file with its entries in the types of a dataclass' fields.

    Parameters
    ----------
    raw : object
        What the file holds there.
    kind : type
        The dataclass; a key that is none of its fields is refused, and so is a value of another type.
    where : str
        Where it stands, for the message.
    but : set of str
        Fields that no key of the file fills.
    """
    table(raw, where)
    wanted = {f.name: str(f.type) for f in fields(kind) if f.name not in but}
    only_keys(raw, set(wanted), where)
    return {name: _entry(value, wanted[name], f"{where}: `{name}`") for name, value in raw.items()}


def _entry(value: Any, wanted: str, where: str) -> Any:
    if wanted == _TEXTS:
        return texts(value, where)
    if wanted == "str" and not isinstance(value, str):
        raise MappingError(f"{where} must be a text in quotes.")
    if wanted == "bool":
        return flag(value, where)
    if wanted == "int" and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise MappingError(f"{where} must be a whole number from 0, without quotes.")
    if wanted == "float":
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or value == 0:
            raise MappingError(f"{where} must be a number other than 0, without quotes.")
    return value


def table(raw: Any, where: str) -> Mapping[str, Any]:
    """Return a table of the file; anything else is refused."""
    if not isinstance(raw, dict):
        raise MappingError(f"{where} must be a table of keys and values.")
    return raw


def tables(raw: Any, where: str) -> list[Mapping[str, Any]]:
    """Return a list of tables (``[[…]]``)."""
    if not isinstance(raw, list):
        raise MappingError(f"{where} must be a list of tables: write it in double brackets, [[…]].")
    return [table(entry, where) for entry in raw]


def texts(raw: Any, where: str) -> tuple[str, ...]:
    """Return a text, or a list of them, as a tuple."""
    found = (raw,) if isinstance(raw, str) else raw
    if not isinstance(found, (list, tuple)) or not all(isinstance(text, str) for text in found):
        raise MappingError(f"{where} must be a text in quotes, or a list of them.")
    return tuple(found)


def flag(raw: Any, where: str) -> bool:
    """Return true or false."""
    if not isinstance(raw, bool):
        raise MappingError(f"{where} must be true or false, without quotes.")
    return raw


def scalars(raw: Any, where: str) -> Mapping[str, Any]:
    """Return a table of single values: texts, numbers, true or false, days."""
    for name, value in table(raw, where).items():
        if not isinstance(value, _SCALARS):
            raise MappingError(
                f"{where}: `{name}` must be one value: a text, a number, true or false, a day."
            )
    return cast(Mapping[str, Any], raw)


def only_keys(raw: Mapping[str, Any], known: Set[str], where: str) -> None:
    """Raise `MappingError` if a table has keys that nothing reads."""
    unknown = sorted(set(raw) - known)
    if unknown:
        raise MappingError(
            f"{where} has unknown keys: {', '.join(unknown)}. Known are {', '.join(sorted(known))}."
        )


def zone(name: str) -> None:
    """Raise `MappingError` if a zone is none."""
    try:
        if name:
            ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise MappingError(f"The zone {name} is not an IANA zone. Write it like Europe/Berlin.") from None
