"""What is noted when a report opens the tables, so that whoever publishes it knows whom its numbers are about?"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tne.tables.engine import Engine
from tne.tables.groups import Group, as_list
from tne.tables.holding import Held, held, hide
from tne.tables.keyfile import open_key
from tne.tables.ledger import Ledger
from tne.tables.ledger_file import LedgerError
from tne.tables.released import groups
from tne.tables.views import day_of

VARIABLE = "TNE_RELEASED"


def note_groups(engine: Engine, root: Path, config: Mapping[str, Any]) -> None:
    """Note the groups behind a report in the file that the variable ``TNE_RELEASED`` names, if it does.

    Its first line asks: ``market``, ``period`` and ``families`` of the report. Each opening of that period adds one:
    ``scope`` (the market, or ``"all"``), ``groups``, and ``held`` for what has to wait. Tests and surveys of which too
    few are new since their last release are hidden from `engine`.
    """
    place = os.environ.get(VARIABLE)
    if not place or not Path(place).is_file():
        return
    asked, *noted = map(json.loads, Path(place).read_text(encoding="utf-8").splitlines())
    if engine.until != day_of(asked["period"]):
        return  # what was known at another time serves comparisons, which are estimates
    known = {line["scope"]: line for line in noted}
    new = [one for one in _scopes(engine, asked) if one[0] not in known]
    min_n = max(5, int(config.get("min_n", 10)))
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
    with open(place, "a", encoding="utf-8") as file:
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
