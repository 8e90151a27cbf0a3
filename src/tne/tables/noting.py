"""What is noted while a report is made, so that whoever publishes it knows whom its numbers are about?"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tne.tables.engine import Engine
from tne.tables.groups import Group, as_list, from_list
from tne.tables.groups import day_of as day_text
from tne.tables.holding import Held, held, hide
from tne.tables.keyfile import open_key
from tne.tables.ledger import Ledger
from tne.tables.ledger_file import LedgerError, Release, pack
from tne.tables.ledger_rules import refused
from tne.tables.released import groups
from tne.tables.threshold import min_n_of
from tne.tables.views import day_of

VARIABLE = "TNE_RELEASED"


def note_groups(engine: Engine, root: Path, config: Mapping[str, Any]) -> None:
    """Note the groups behind a report in the file that the variable ``TNE_RELEASED`` names, if it does.

    Its first line asks: ``market``, ``period`` and ``families`` of the report. Each opening of that period adds one:
    ``scope`` (the market, or ``"all"``), ``groups``, and ``held`` for what has to wait. Tests and surveys of which too
    few are new since their last release are hidden from `engine`.
    """
    place = _place()
    if place is None:
        return
    asked, *noted = _lines(place)
    if engine.until != day_of(asked["period"]):
        return  # what was known at another time serves comparisons, which are estimates
    known = {line["scope"]: line for line in noted}
    new = [one for one in _scopes(engine, asked) if one[0] not in known]
    min_n = min_n_of(config)
    found = {scope: groups(engine, families, None if scope == "all" else scope) for scope, families in new}
    waiting = {scope: _waiting(theirs, root, scope, min_n) for scope, theirs in found.items()}
    before = [Held(**one) for line in noted for one in line["held"]]
    hidden = dict.fromkeys([*before, *(one for theirs in waiting.values() for one in theirs)])
    if hidden:
        hide(engine, [*hidden])
        found = {
            scope: groups(engine, families, None if scope == "all" else scope) for scope, families in new
        }
    lines = [
        {"scope": scope, "held": [asdict(one) for one in waiting[scope]], "groups": [*map(as_list, theirs)]}
        for scope, theirs in found.items()
    ]
    _note(place, lines)


def note_parts(
    root: Path, config: Mapping[str, Any], whole: tuple[str, str, str], parts: Mapping[str, Collection[str]]
) -> tuple[str, ...]:
    """Return which parts of a group a report may show, and note them beside those of its opening.

    Parameters
    ----------
    root : Path
        Workspace.
    config : mapping
        Content of ``tne.toml``.
    whole : tuple of str
        Statistic, programme and label of the group.
    parts : mapping of str to collection of str
        People by part.

    Notes
    -----
    A part is left out if it, with what was released of this statistic and what this report has shown so far, tells of
    1 to `min_n` − 1 people: a month that has grown by three, or all that is left of the whole. A part's window is that
    of its own people, so that one that is closed stays the same group. Where no report is made all may be shown.
    """
    place = _place()
    if place is None:
        return tuple(parts)
    asked, *noted = _lines(place)
    scope, min_n = asked["market"], min_n_of(config)
    mine = [group for line in noted if line["scope"] == scope for group in map(from_list, line["groups"])]
    known = {group.name: group for group in mine if group.name[:2] == whole[:2]}
    if whole not in known:
        return ()
    try:
        ledger = Ledger(root, open_key(root))
        released = ledger.releases(scope)
    except (OSError, LedgerError, ValueError):
        return ()  # whoever publishes needs the ledger too, and refuses with the reason
    released += [_as_released(ledger.hashed(group), scope) for group in known.values()]
    shown = []
    for label, people in parts.items():
        part = _part(known[whole], label, people)
        hashed = ledger.hashed(part)
        if len(part.members) >= min_n and not refused(hashed, released, cumulative=True, min_n=min_n):
            released.append(_as_released(hashed, scope))
            shown.append(part)
    _note(place, [{"scope": scope, "held": [], "groups": [*map(as_list, shown)]}])
    return tuple(part.label.removeprefix(f"{whole[2]}, ") for part in shown)


def _part(whole: Group, label: str, people: Collection[str]) -> Group:
    members = {who: whole.members.get(who, (0, 0)) for who in people}
    days = [day for span in members.values() for day in span if day]
    window = (day_text(min(days)), day_text(max(days))) if days else ("", "")
    marks = {who: whole.marks[who] for who in members if who in whole.marks}
    return Group(*whole.name[:2], f"{whole.label}, {label}", *window, members, marks)


def _as_released(group: Group, scope: str) -> Release:
    """Return a group of the page that is made now as if it had been released."""
    return Release("", "", "", "", scope, group.name, group.start, group.end, pack(group))


def _place() -> Path | None:
    place = Path(os.environ.get(VARIABLE) or os.devnull)
    return place if place.is_file() else None


def _lines(place: Path) -> list[dict[str, Any]]:
    return [*map(json.loads, place.read_text(encoding="utf-8").splitlines())]


def _note(place: Path, lines: list[dict[str, Any]]) -> None:
    with place.open("a", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(line)}\n" for line in lines)


def _scopes(engine: Engine, asked: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    """Return of whom groups are noted at this opening, and which families of statistics."""
    market, families = asked["market"], tuple(asked["families"])
    if market == "all":
        return [("all", families)]
    own = [(engine.market or market, families)]
    return own if engine.market else [*own, ("all", tuple({"tests"} & {*families}))]


def _waiting(found: list[Group], root: Path, scope: str, min_n: int) -> tuple[Held, ...]:
    try:
        return held(found, Ledger(root, open_key(root)), scope, min_n)
    except (OSError, LedgerError, ValueError):
        return ()  # whoever publishes needs the ledger too, and refuses with the reason
