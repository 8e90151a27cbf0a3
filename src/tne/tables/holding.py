"""Which tests and surveys must a report read as they stood at their last release, because too few are new since?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tne.tables.declared import TABLES
from tne.tables.engine import Engine, quoted
from tne.tables.groups import Group
from tne.tables.ledger import Ledger
from tne.tables.ledger_file import shown_before
from tne.tables.ledger_rules import refused
from tne.tables.views import view_sql

# of a test without programme, the one that its questions belong to
_PROGRAMME = (
    "COALESCE(x.programme_id, (SELECT MIN(i.programme_id) FROM items AS i "
    "WHERE i.item_id = x.item_id AND i.form = x.form), '')"
)


@dataclass(frozen=True)
class Held:
    """Rows of one test or survey after a day that are not shown yet.

    Parameters
    ----------
    family : str
        ``"tests"`` or ``"surveys"``.
    programme : str
    survey : str
        Wave and respondent; "" of tests.
    day : str
        Last day that is shown.
    """

    family: str
    programme: str
    survey: str
    day: str


def held(groups: Iterable[Group], ledger: Ledger, scope: str, min_n: int) -> tuple[Held, ...]:
    """Return what has to wait until at least `min_n` people are new in it.

    Notes
    -----
    A mean over everybody tested so far, shown today and again with three more, tells what the three scored. So the
    dated earlier number stays: the rows that came later are left out of what the report sees.
    """
    released = ledger.releases(scope)
    days: dict[tuple[str, str, str], str] = {}
    for group in groups:
        family, _, rest = group.statistic.partition(" ")
        if family not in ("tests", "surveys") or len(group.members) < min_n:
            continue
        hashed = ledger.hashed(group)
        if shown_before(hashed, released):
            continue
        old = refused(hashed, released, cumulative=True, min_n=min_n)
        if (
            old is not None and old.name != group.name
        ):  # with a part of it, such as a month: as it stood itself
            old = next((one for one in reversed(released) if one.name == group.name), None)
        if old is not None and old.end < group.end:
            key = (family, group.programme, rest if family == "surveys" else "")
            days[key] = min(old.end, days.get(key, old.end))
    return tuple(Held(*key, day) for key, day in sorted(days.items()))


def hide(engine: Engine, waiting: Sequence[Held]) -> None:
    """Leave out of the views of an engine what has to wait."""
    conditions: dict[str, list[str]] = {}
    for one in waiting:
        programme = quoted([one.programme])
        if one.family == "tests":
            about = f"{_PROGRAMME} = {programme} AND CAST(x.answered_at AS DATE) > CAST('{one.day}' AS DATE)"
            conditions.setdefault("responses", []).append(about)
        else:
            about = (
                f"COALESCE(x.programme_id, '') = {programme} "
                f"AND x.wave || ' ' || x.respondent = {quoted([one.survey])} "
                f"AND CAST(x.submitted_at AS DATE) > CAST('{one.day}' AS DATE)"
            )
            conditions.setdefault("surveys", []).append(about)
    for name, found in conditions.items():
        shown = view_sql(TABLES[name], {name: engine.session.columns(name)}, engine.until)
        kept = " AND ".join(f"NOT COALESCE({condition}, FALSE)" for condition in found)
        engine.show(name, f"SELECT x.* FROM ({shown}) AS x WHERE {kept}")
    engine.made["held"] = tuple(waiting)
