"""How are the objects of a JSON export read, one after another, and where does each stand?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tne.tables.importers.errors import Bad, ContractError
from tne.tables.importers.reading import clean
from tne.tables.importers.sniffing import decode

NO_OBJECT = Bad("not a JSON object")
END = object()
_DECODER = json.JSONDecoder()
_TRIED = 10
_SPACE = re.compile(r"[\s\ufeff]*")
_STRING = r'"(?:[^"\\]|\\.)*"'
# A list, bare or inside {"statements": …}, as a learning record store answers.
_LIST = re.compile(
    rf'(?P<wrapped>\{{\s*(?:"more"\s*:\s*(?P<more>null|{_STRING})\s*,\s*)?"statements"\s*:\s*)?\['
)


@dataclass(eq=False)
class Objects:
    """The objects of one file, read as they are asked for.

    Parameters
    ----------
    path : Path
    more : bool
        Once all are read: whether the file says that it is not the last page.
    """

    path: Path
    more: bool = field(default=False, init=False)

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        """Yield number and object: of a list its place in it, else its line; `Bad` where a line is no object."""
        _, text = decode(self.path.read_bytes(), True)
        if not text:
            raise ContractError(f"{self.path.name} is no text file. Export it as JSON again.")
        at, line, counted, place = 0, 1, 0, 0
        while (at := _skip(text, at)) < len(text):
            if start := _LIST.match(text, at):
                self.more |= (start["more"] or "null") not in ("null", '""')
                at = start.end()
                for value, end in self._list(text, at, place):
                    at = end
                    if value is not END:
                        place += 1
                        yield place, value
                if start["wrapped"]:
                    at = self._end(text, at)
                continue
            line, counted = line + text.count("\n", counted, at), at
            try:
                value, at = _DECODER.raw_decode(text, at)
                yield line, value
            except (ValueError, RecursionError):
                # The rest of the line is left out, so that one damaged line costs itself only.
                yield line, NO_OBJECT
                at = text.find("\n", at) % (len(text) + 1)

    def _list(self, text: str, at: int, place: int) -> Iterator[tuple[Any, int]]:
        """Yield each element and where it ends; at last `END` and the end of the list."""
        first = True
        while True:
            at = _skip(text, at)
            if text[at : at + 1] == "]":
                yield END, at + 1
                return
            if not first:
                at = self._past(text, at, ",", place)
            try:
                value, at = _DECODER.raw_decode(text, at)
            except (ValueError, RecursionError):
                raise self._damaged(place) from None
            place, first = place + 1, False
            yield value, at

    def _end(self, text: str, at: int) -> int:
        """Return where the object around a list ends, and notice whether it names a further page."""
        while text[(at := _skip(text, at)) : at + 1] == ",":
            try:
                name, at = _DECODER.raw_decode(text, _skip(text, at + 1))
                value, at = _DECODER.raw_decode(text, self._past(text, _skip(text, at), ":", 0))
            except (ValueError, RecursionError):
                raise self._damaged(0) from None
            self.more |= name == "more" and bool(value)
        return self._past(text, at, "}", 0)

    def _past(self, text: str, at: int, sign: str, place: int) -> int:
        if text[at : at + 1] != sign:
            raise self._damaged(place)
        return _skip(text, at + 1)

    def _damaged(self, place: int) -> ContractError:
        where = f" after entry {place}" if place else ""
        return ContractError(
            f"{self.path.name} is cut off or damaged{where}. Export it again; nothing was imported."
        )


def _skip(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]


def first(text: str) -> Any:
    """Return the first object of the beginning of a file, which may be cut; None if none stands in its first lines."""
    at = _skip(text, 0)
    if start := _LIST.match(text, at):
        at = _skip(text, start.end())
    for _ in range(_TRIED):
        try:
            return _DECODER.raw_decode(text, at)[0]
        except (ValueError, RecursionError):
            # One damaged line costs itself only.
            at = text.find("\n", at) + 1
        if start or not at or text[at : at + 1] != "{":
            break
    return None


def cell(value: Any) -> Any:
    """Return a JSON value as a cell: texts, numbers and booleans as they are, what cannot be stored as `Bad`."""
    if isinstance(value, str):
        if value.isascii():
            return value if "\x00" not in value else Bad("broken characters")
        try:
            value.encode()
        except UnicodeEncodeError:
            return Bad("broken characters")
        return value
    if isinstance(value, int) and abs(value) >= 1 << 63:
        return Bad("not a finite number")
    if isinstance(value, (dict, list)):
        return Bad("a list or an object where a value belongs")
    return value


def keys(records: list[dict[str, Any]]) -> dict[str, str]:
    """Return the keys of all records, in the order they appear, and the header of each; no two headers are equal."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for record in records:
        for key in record:
            if key not in found:
                header = name = clean(cell(key) if not isinstance(cell(key), Bad) else "?") or "?"
                number = 2
                while header.casefold() in taken:
                    header, number = f"{name} ({number})", number + 1
                taken.add(header.casefold())
                found[key] = header
    return found
