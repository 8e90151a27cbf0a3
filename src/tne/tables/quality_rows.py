"""Which rows cannot be right, stand twice, or find no partner in another table? Counted per market by the engine."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import pandas as pd

from tne.tables.engine import Engine, statement
from tne.tables.quality_settings import Limits

#: Flag of ``sql/quality_<table>.sql`` to its kind of check and the table on the other side, "" where there is none.
FLAGS: dict[str, tuple[str, str]] = {
    "no_roster": ("join", "moderators"),
    "off_roster": ("join", "moderators"),
    "no_session": ("join", "sessions"),
    "no_enrolment": ("join", "enrolments"),
    "no_item": ("join", "items"),
    "no_policy": ("join", "policies"),
    "twice": ("duplicates", ""),
    "close_attempts": ("duplicates", ""),
    "order_broken": ("times", ""),
    "before_hire": ("times", "moderators"),
    "after_leaving": ("times", "moderators"),
    "early_version": ("times", "policies"),
    "off_session": ("times", "sessions"),
    "before_session": ("times", "sessions"),
    "wave_order": ("times", "enrolments"),
    "handle_zero": ("times", ""),
    "handle_long": ("times", ""),
    "exposure_long": ("times", ""),
    "contradiction": ("times", ""),
}
#: Table to the flags that its query raises.
ASKED: dict[str, tuple[str, ...]] = {
    "audits": (
        "no_roster",
        "off_roster",
        "before_hire",
        "after_leaving",
        "order_broken",
        "no_policy",
        "early_version",
        "contradiction",
        "twice",
    ),
    "production": (
        "no_roster",
        "off_roster",
        "before_hire",
        "after_leaving",
        "handle_zero",
        "handle_long",
        "exposure_long",
    ),
    "appeals": ("no_roster", "order_broken"),
    "attendance": ("no_session", "no_enrolment", "before_hire", "after_leaving", "off_session"),
    "enrolments": ("no_roster", "no_session", "order_broken", "before_hire", "after_leaving"),
    "responses": (
        "no_enrolment",
        "no_item",
        "before_hire",
        "after_leaving",
        "wave_order",
        "twice",
        "close_attempts",
    ),
    "surveys": ("no_session", "no_enrolment", "before_session", "twice"),
    "ratings": ("no_roster",),
}


def row_checks(engine: Engine, limits: Limits) -> Iterator[dict[str, Any]]:
    """Yield one row per market, table and flag: rows and people concerned, of how many, from when to when.

    Parameters
    ----------
    engine : Engine
    limits : Limits

    Notes
    -----
    Attempts stand for responses and questionnaires for surveys. A flag that needs a table the workspace does not have
    is ``not_run``. The share of a join is that of its rows or of its people, whichever is greater.
    """
    _prepare(engine)
    for table in (name for name in ASKED if name in engine.present):
        asked = [flag for flag in ASKED[table] if FLAGS[flag][1] in ("", *engine.present)]
        missing = [flag for flag in ASKED[table] if flag not in asked]
        for market in engine.arrow(_counted(table, asked)).to_pylist():
            named = {"table": table, "market": market["market"]}
            for flag in asked:
                yield named | _found(table, flag, market, limits)
            for flag in missing:
                kind, other = FLAGS[flag]
                yield named | {"check": flag, "kind": kind, "status": "not_run", "note": f"no table {other}"}


def _prepare(engine: Engine) -> None:
    engine.make("employed", statement("quality_employed"))
    engine.make("roster_gaps", statement("quality_gaps"))


def _counted(table: str, flags: Collection[str]) -> str:
    """Return the query that counts the rows and people of each flag, by market."""
    sums = ["COUNT(*) AS n_rows", "COUNT(DISTINCT person) AS n_people"]
    for flag in flags:
        sums += [
            f"SUM(CASE WHEN {flag} THEN 1 ELSE 0 END) AS {flag}",
            f"COUNT(DISTINCT CASE WHEN {flag} THEN person END) AS {flag}_people",
            f"MIN(CASE WHEN {flag} THEN moment END) AS {flag}_first",
            f"MAX(CASE WHEN {flag} THEN moment END) AS {flag}_last",
        ]
    flagged = statement(f"quality_{table}")
    return f"SELECT market, {', '.join(sums)} FROM ({flagged}) AS x GROUP BY market ORDER BY market"


def _found(table: str, flag: str, market: dict[str, Any], limits: Limits) -> dict[str, Any]:
    kind = FLAGS[flag][0]
    n, people = int(market[flag]), int(market[f"{flag}_people"])
    total, everyone = int(market["n_rows"]), int(market["n_people"])
    share = n / total
    value = max(share, people / everyone) if kind == "join" and everyone else share
    return {
        "check": flag,
        "kind": kind,
        "status": limits.status(table, kind, value, n),
        "value": value,
        "n": n,
        "n_total": total,
        "n_people": people,
        "n_people_total": everyone,
        "first": pd.Timestamp(market[f"{flag}_first"]).floor("D"),
        "last": pd.Timestamp(market[f"{flag}_last"]).floor("D"),
    }
