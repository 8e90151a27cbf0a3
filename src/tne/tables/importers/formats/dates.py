"""In which order do the numbers of a date stand, where the export does not say?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tne.tables.importers.formats.format import Ask
from tne.tables.importers.mapping import MappingError

FOUND = "as found"
_DATE = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{2}|\d{4})\b")
_YEAR_FIRST = re.compile(r"\d{4}[/.\-]\d{1,2}[/.\-]\d{1,2}\b")
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
# English months: Mar 13, 2026 and 13 March 2026 or 13-Mar-26.
_NAMED = (
    (re.compile(r"[A-Za-z]{3,9}\.? \d{1,2},? \d{4}\b"), ("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y")),
    (re.compile(r"\d{1,2} [A-Za-z]{3,9} \d{4}\b"), ("%d %b %Y", "%d %B %Y")),
    (re.compile(r"\d{1,2}-[A-Za-z]{3}-(\d{2}|\d{4})\b"), ("%d-%b-%Y", "%d-%b-%y")),
)

ASK = Ask(
    name="dates",
    what="whether 3/4/2026 has the day or the month first; if not given: where the dates themselves say it",
    default=FOUND,
    choices=(FOUND, "day first", "month first"),
)


def formats(cells: Iterable[Any], order: str) -> tuple[str, ...]:
    """Return the formats of dates that stand as text; () if all are ISO 8601 or no texts.

    Parameters
    ----------
    cells : iterable
        The cells of all columns of times.
    order : str
        The answer to `ASK`.

    Raises
    ------
    MappingError
        If nothing says whether the day or the month comes first.

    Examples
    --------
    >>> formats(["2/13/26 9:00"], FOUND)[0]
    '%m/%d/%y %H:%M:%S'
    """
    texts = [" ".join(cell.split()) for cell in cells if isinstance(cell, str)]
    found = [m for m in map(_DATE.match, texts) if m]
    years = sorted({text[4] for text in texts if _YEAR_FIRST.match(text)})
    named = [day for pattern, days in _NAMED if any(map(pattern.match, texts)) for day in days]
    if not found and not named and years in ([], ["-"]):
        return ()
    made = [f"{day}{comma} {clock}" for day in named for comma in ("", ",") for clock in _CLOCKS]
    made += [f"%Y{mark}%m{mark}%d {clock}" for mark in years for clock in _CLOCKS]
    made += ["%Y-%m-%dT%H:%M:%S"] if "-" in years else []
    for mark in dict.fromkeys(m[2] for m in found):
        dates = [m for m in found if m[2] == mark]
        days = order == "day first" or (order == FOUND and (mark == "." or _day_first(dates)))
        start = f"%d{mark}%m{mark}" if days else f"%m{mark}%d{mark}"
        made += [f"{start}{year} {clock}" for year in ("%y", "%Y") for clock in _CLOCKS]
    return tuple(made)


def _day_first(dates: Iterable[re.Match[str]]) -> bool:
    dates = list(dates)
    day, month = any(int(m[1]) > 12 for m in dates), any(int(m[3]) > 12 for m in dates)
    if day == month:
        raise MappingError(
            "The dates do not say whether the day or the month stands first. "
            'Add --set "dates=day first" or --set "dates=month first".'
        )
    return day
