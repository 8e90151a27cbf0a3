"""Read a delimited text as a sheet with English headers, whatever its encoding, delimiter and language."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tne.tables.importers.errors import ContractError
from tne.tables.importers.mapping import Source
from tne.tables.importers.reading import Sheet, clean, read_sheet
from tne.tables.importers.sniffing import DELIMITERS, Sample, sample

Aliases = Mapping[str, tuple[str, ...]]


def delimited(
    path: Path, source: Source, aliases: Aliases, *, header_row: int = 1, data_row: int = 0
) -> Sheet:
    """Read a text file whose encoding and delimiter are found, not declared.

    Parameters
    ----------
    path : Path
    source : Source
        `encoding` and `delimiter` of it are only used where the file does not say.
    aliases : mapping of str to tuple of str
        English header to the headers of other languages and versions; see `renamed`.
    header_row, data_row : int
        As in a mapping file.

    Raises
    ------
    ContractError
        If the file is empty, no text, or its quotation marks do not match.
    """
    seen = sample(path)
    if seen.kind != "text":
        raise ContractError(f"{path.name} is no text file. Export it as CSV again.")
    plain = replace(
        source,
        kind="csv",
        encoding=seen.encoding,
        delimiter=source.delimiter or header_delimiter(seen, header_row),
        header_row=header_row,
        data_row=data_row,
    )
    return renamed(read_sheet(path, plain), aliases)


def header_delimiter(seen: Sample, row: int = 1) -> str:
    """Return the delimiter under which a header row has most cells; "" for a workbook.

    Free text below a header may hold any number of commas and semicolons, the header itself hardly any.
    """
    if seen.kind != "text":
        return ""
    return max(DELIMITERS, key=lambda delimiter: len(_row(seen, row, delimiter)))


def header_cells(seen: Sample, row: int = 1) -> tuple[str, ...]:
    """Return the cells of a header row, as headers are compared, by the delimiter of that row."""
    if seen.kind != "text":
        return seen.headers(row)
    return tuple(clean(cell) for cell in _row(seen, row, header_delimiter(seen, row)))


def _row(seen: Sample, row: int, delimiter: str) -> list[str]:
    rows = csv.reader(io.StringIO(seen.text, newline=""), delimiter=delimiter)
    with contextlib.suppress(csv.Error):
        return next(itertools.islice(rows, row - 1, row), [])
    return []


def renamed(sheet: Sheet, aliases: Aliases) -> Sheet:
    """Return the sheet with English headers.

    An alias that ends in ``*`` stands for headers that begin so; what follows is kept: ``"Bewertung/*"`` makes
    ``Grade/10.00`` of ``Bewertung/10.00``. Apostrophes are all alike. Headers that no alias knows stay as they are.
    """
    return replace(sheet, headers=tuple(english(header, aliases) for header in sheet.headers))


def english(header: str, aliases: Aliases) -> str:
    """Return the English header of one header; itself if no alias knows it."""
    whole, starts = _known(aliases)
    plain = _plain(header)
    first, name = whole.get(plain, (len(whole), ""))
    for start, at, longer in starts:
        if at < first and plain.startswith(start) and len(plain) > len(start):
            return longer + clean(header)[len(start) :]
    return name or header


_ALIASES: dict[int, tuple[Aliases, dict[str, tuple[int, str]], list[tuple[str, int, str]]]] = {}


def _known(aliases: Aliases) -> tuple[dict[str, tuple[int, str]], list[tuple[str, int, str]]]:
    """Return the aliases ready to look up: whole headers, and beginnings, each with its place in the table."""
    kept = _ALIASES.get(id(aliases))
    if kept is None:
        whole: dict[str, tuple[int, str]] = {}
        starts: list[tuple[str, int, str]] = []
        listed = [(name, other) for name, others in aliases.items() for other in (name, *others)]
        for at, (name, other) in enumerate(listed):
            known = _plain(other)
            if known.endswith("*"):
                starts.append((known[:-1], at, name.rstrip("*")))
            whole.setdefault(known, (at, name))
        # The table itself is kept too, so that its id stays its own.
        kept = _ALIASES[id(aliases)] = (aliases, whole, starts)
    return kept[1:]


def _plain(header: str) -> str:
    return clean(header).replace("’", "'").casefold()


def language(headers: tuple[str, ...], words: Mapping[str, tuple[str, ...]]) -> str:
    """Return the language most of whose own headers stand in a file; the first one named if none does.

    Parameters
    ----------
    headers : tuple of str
        As the file has them.
    words : mapping of str to tuple of str
        Language to headers that only it has.
    """
    folded = {clean(header).casefold() for header in headers}
    counts = {name: sum(clean(word).casefold() in folded for word in own) for name, own in words.items()}
    return max(counts, key=lambda name: counts[name])


def refuse_addresses(sheet: Sheet) -> None:
    """Raise `ContractError` if a header is a mail address.

    Then a line break is missing, and a row would be taken for questions and shown in messages.
    """
    if any(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", header) for header in sheet.headers):
        raise ContractError(
            f"{sheet.file} has mail addresses in its header row, so a line break is missing. Export it again."
        )


def slug(text: str) -> str:
    """Return a text as part of an id or a source's name: a-z, 0-9 and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")
