"""How are the decisions and the skips of the moderation console Coop read?

Source: the console's own code, https://github.com/roostorg/coop (recent decisions, downloads ``decisions.csv`` and
``skips.csv``): every cell in quotes, texts that begin like a formula behind an apostrophe, decisions and policies as
JSON lists, times in UTC as ``03/13/26 01:02:03 PM``. A reviewer stands there by first and last name, which matches
nobody; the roster's user name has to be what the console shows.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tne.tables.importers.formats.delimited import delimited, english, header_cells
from tne.tables.importers.formats.format import Ask, Format
from tne.tables.importers.formats.writing import source_name, toml
from tne.tables.importers.mapping import MARKET_ZONE, Source
from tne.tables.importers.reading import Sheet
from tne.tables.importers.sniffing import Sample

REVIEWER, QUEUE, TIME, LINK = "Reviewer", "Queue", "Decision Time", "Link"
_ALIASES = {TIME: (f"{TIME} (UTC)",)}
DECISIONS, POLICIES, REASON = "Decisions", "Policies", "Decision Reason"
HANDLE, ORIGIN, CASE = "Handle Time (sec)", "Origin", "Cases"
SKIPS = (REVIEWER, QUEUE, TIME, LINK)
_IGNORE = (
    DECISIONS,
    POLICIES,
    REASON,
    ORIGIN,
    "Job Created At",
    "Claimed At",
    "Wait Time (sec)",
    "Items",
    "Failed",
)
_TIMES = ("%m/%d/%y %I:%M:%S %p", "%Y-%m-%d %H:%M:%S UTC", "%m/%d/%Y %I:%M:%S %p")
_FORMULA = re.compile(r"'[=+\-@]")
#: What the console itself calls decisions that no moderator took, or that decide nothing yet.
_AUTOMATIC, _MOVED = "Automatic", "Move to Different Queue"
MARKETS = "the market's"

ASKS = (
    Ask(
        name="zone",
        what="where the days end; the zones of the markets stand in the table `markets`",
        default=MARKETS,
    ),
    Ask(
        name="reviewer",
        what="which alias of the roster the column Reviewer holds; names match nobody",
        default="username",
        choices=("username", "mail", "upn", "employee_number"),
    ),
    Ask(name="market", what="the market of everybody in it", default="the roster's"),
)
MOVED = Ask(
    name="moved",
    what="whether a case that was only moved to another queue counts as decided",
    default="leave out",
    choices=("leave out", "count"),
)


def _decisions(seen: Sample) -> str:
    if {DECISIONS, POLICIES, *SKIPS} <= set(_headers(seen)):
        return f"the columns {DECISIONS}, {POLICIES}, {REVIEWER} and {TIME}"
    return ""


def _skips(seen: Sample) -> str:
    return f"exactly the columns {', '.join(SKIPS)}" if sorted(_headers(seen)) == sorted(SKIPS) else ""


def _headers(seen: Sample) -> list[str]:
    return [english(cell, _ALIASES) for cell in header_cells(seen)] if seen.kind == "text" else []


def read(path: Path, source: Source) -> Sheet:
    """Return the rows with times as instants and the console's own apostrophes taken away."""
    sheet = delimited(path, source, _ALIASES)
    place = {name: i for i, name in enumerate(sheet.headers)}
    cells = [[_plain(cell) for cell in row] for row in sheet.cells]
    if TIME in place:
        for row in cells:
            row[place[TIME]] = _instant(row[place[TIME]])
    why = tuple(_no_case({name: row[i] for name, i in place.items()}) for row in cells)
    return replace(sheet, headers=(*sheet.headers, CASE), cells=[[*row, 1] for row in cells], non_data=why)


def _plain(cell: Any) -> Any:
    return cell[1:] if isinstance(cell, str) and _FORMULA.match(cell) else cell


def _instant(cell: Any) -> Any:
    """Return a time as an instant, in UTC unless it says another offset; what cannot be read stays, and waits."""
    if not isinstance(cell, str):
        return cell
    text = " ".join(cell.replace(",", " ").split())
    for form in _TIMES:
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return cell
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _no_case(row: Mapping[str, Any]) -> str:
    if row.get(ORIGIN) == "Manual Action":
        return "an action outside the queues"
    if row.get(REVIEWER) == _AUTOMATIC:
        return "closed automatically"
    return ""


def _only_moved(cell: Any) -> bool:
    try:
        return set(json.loads(cell)) == {_MOVED}
    except (TypeError, ValueError, RecursionError):
        return False


def _read_decisions(path: Path, source: Source) -> Sheet:
    sheet = read(path, source)
    place = {name: i for i, name in enumerate(sheet.headers)}
    if HANDLE not in place:  # consoles of before the summer of 2026
        sheet = replace(sheet, headers=(*sheet.headers, HANDLE), cells=[[*row, None] for row in sheet.cells])
    at = place.get(DECISIONS)
    moved = ["yes" if at is not None and _only_moved(row[at]) else "" for row in sheet.cells]
    return replace(
        sheet,
        headers=(*sheet.headers, "Moved"),
        cells=[[*row, only] for row, only in zip(sheet.cells, moved, strict=True)],
    )


def _map_decisions(sheet: Sheet, answers: Mapping[str, str]) -> str:
    leave = answers["moved"] == "leave out"
    return _mapping(
        "coop-decisions",
        answers,
        columns=f'cases = {toml(CASE)}\nhandle_seconds = {{ column = {toml(HANDLE)}, unit = "seconds" }}',
        ignore=_IGNORE if leave else (*_IGNORE, "Moved"),
        drop='\n[[source.non_data]] # decided in another queue\ncolumn = "Moved"\nequals = "yes"\n'
        if leave
        else "",
    )


def _map_skips(sheet: Sheet, answers: Mapping[str, str]) -> str:
    defaults = (
        "\n[table.defaults] # for days without any decision; what the decisions say is kept\ncases = 0\n"
    )
    return _mapping("coop-skips", answers, columns=f"skipped = {toml(CASE)}", ignore=(), defaults=defaults)


def _mapping(
    kind: str,
    answers: Mapping[str, str],
    *,
    columns: str,
    ignore: tuple[str, ...],
    drop: str = "",
    defaults: str = "",
) -> str:
    local = answers["zone"] == MARKETS
    zone = MARKET_ZONE if local else answers["zone"]
    utc = 'day_boundary = "utc"\n' if zone in ("UTC", "Etc/UTC") else ""
    market = answers["market"]
    place = '{ roster = "market" }' if market == "the roster's" else f"{{ constant = {toml(market)} }}"
    return f"""\
# Single rows of the console Coop, added up to one row a market, moderator, queue and day.

[source]
name = {toml(answers["name"] or source_name(kind, "" if place.startswith("{ roster") else market))}
kind = {toml(kind)}
{utc}ignore = {toml(ignore)}
{drop}
[[table]]
into = "production"
sum = {toml(SKIPS)} # rows that agree in these are copies of one another
[table.columns]
moderator_id = {{ person = {{ column = {toml(REVIEWER)}, kind = {toml(answers["reviewer"])}, outside = true }} }}
market = {place}
queue = {toml(QUEUE)}
date = {{ column = {toml(TIME)}, zone = {toml(zone)} }}
{columns}
{defaults}"""


DECISIONS_FORMAT = Format(
    name="coop-decisions",
    title="Coop decisions",
    recognise=_decisions,
    read=_read_decisions,
    mapping=_map_decisions,
    asks=(*ASKS, MOVED),
)
SKIPS_FORMAT = Format(
    name="coop-skips",
    title="Coop skips",
    recognise=_skips,
    read=read,
    mapping=_map_skips,
    asks=ASKS,
)
