"""The person × week panel: one pass over the audits for all markets, then slices."""

from __future__ import annotations

import pandas as pd

from tne.tables.calendar import day_calendar
from tne.tables.engine import Engine, quoted, statement
from tne.tables.programmes import areas_of, programme_row
from tne.tables.views import span_sql

BASELINE_WEEKS = 12  # where a programme names none
KEPT_AUDITS = 2_000_000  # half a gigabyte in memory
_MARGIN = pd.Timedelta(days=45)  # so that the first and last month of the calendar are whole
_CALENDAR = {
    "market": "VARCHAR",
    "utc_day": "DATE",
    "starts_at": "TIMESTAMP",
    "ends_at": "TIMESTAMP",
    "day": "DATE",
    "week": "DATE",
    "month": "DATE",
    "period": "BIGINT",
}


def base(engine: Engine) -> None:
    """Make the tables on which every panel and series stands, once per workspace.

    Raises
    ------
    KeyError
        If there is no table `markets`: without time zones an instant has no week.
    """
    if "base" in engine.made:
        return
    _calendar(engine)
    engine.make("spells")
    _facts(engine)
    from_facts(engine)


def from_facts(engine: Engine) -> None:
    """Make the rest of the base where the audits have their weeks and there is a calendar."""
    lags(engine, "audit_lags", "judged", "audited_at")
    for name in ("spells", "dated_spells", "weeks", "production_weeks", "trained", "assigned"):
        engine.make(name)
    engine.made["base"] = True


def lags(engine: Engine, name: str, table: str, known: str) -> None:
    """Make the table `name`: how long it usually takes in each market from decision to `known`, and the latest one."""
    engine.show(
        "waits", f"SELECT market, decided_at, {known} AS known_at FROM {table} WHERE {known} IS NOT NULL"
    )
    engine.make(name, statement("lags"))


def _facts(engine: Engine) -> None:
    """Keep the audits with their week and team, or compute them anew for every question if they are many."""
    engine.show("judged")
    engine.show("dated")
    if engine.values("SELECT COUNT(*) FROM audits")[0][0] > KEPT_AUDITS:
        engine.show("facts")
    else:
        engine.make("facts")
        engine.made["kept"] = True
        for name in ("dated", "judged"):
            engine.show(name, "SELECT * FROM facts")


def _calendar(engine: Engine) -> None:
    if "markets" not in engine.present:
        raise KeyError(
            "The workspace has no table `markets`, which gives the time zones. "
            "Write one row per market: market, name, language, timezone, currency."
        )
    markets = engine.frame("SELECT market, timezone FROM markets ORDER BY market")
    engine.put("calendar", day_calendar(markets, *calendar_days(engine.frame(span_sql()))), _CALENDAR)


def calendar_days(span: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and the last day of the calendar from the row of `span_sql`."""
    seen = span.iloc[0]
    first = seen["first_seen"] if pd.notna(seen["first_seen"]) else pd.Timestamp("1970-01-05")
    last = seen["last_seen"] if pd.notna(seen["last_seen"]) else first
    return first.normalize() - _MARGIN, last.normalize() + _MARGIN


def panel(
    engine: Engine, programme: str | None = None, market: str | None = None, *, provisional: bool = False
) -> pd.DataFrame:
    """Return the person × week panel as one programme sees it; see `Workspace.panel`."""
    base(engine)
    key = ("panel", programme)
    if key not in engine.made:
        _see(engine, programme)
        name = f"panel_{sum(isinstance(k, tuple) and k[0] == 'panel' for k in engine.made)}"
        engine.make(name, statement("panel"))
        engine.made[key] = name
    where = [] if provisional else ["NOT provisional"]
    where += [] if market is None else [f"market = {quoted([market])}"]
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    return _told(engine, f"SELECT * FROM {engine.made[key]}{condition}", programme)


def panel_once(engine: Engine, programme: str) -> pd.DataFrame:
    """Return the panel of all markets that are shown, where the base is made and nothing is to be kept of it."""
    _see(engine, programme)
    return _told(
        engine, f"SELECT * FROM ({statement('panel')}) AS p WHERE NOT provisional", programme, stored=False
    )


def _told(engine: Engine, rows: str, programme: str | None, *, stored: bool = True) -> pd.DataFrame:
    order = "" if stored and engine.session.in_order else " ORDER BY market, moderator_id, period"
    frame = engine.frame(f"{rows}{order}")
    frame.attrs.update(programme=programme or "", areas=list(areas(engine, programme)))
    return frame


def areas(engine: Engine, programme: str | None) -> tuple[str, ...]:
    """Return the policy areas whose audits count for a programme; empty = all."""
    return () if programme is None else areas_of(programme_row(engine, programme))


def _see(engine: Engine, programme: str | None) -> None:
    """Set the one-row table `chosen`, and the cells and homes that follow from it."""
    row = {} if programme is None else programme_row(engine, programme)
    starts = pd.Timestamp(row.get("starts_on") or "1900-01-01")
    wanted = areas(engine, programme)
    chosen = pd.DataFrame(
        {
            "programme_id": [programme],
            "rollout_unit": [row.get("rollout_unit")],
            "starts_on": [starts],
            "baseline_from": [starts - pd.Timedelta(weeks=int(row.get("baseline_weeks") or BASELINE_WEEKS))],
            "all_areas": [not wanted],
        }
    )
    kinds = {
        "programme_id": "VARCHAR",
        "rollout_unit": "VARCHAR",
        "starts_on": "DATE",
        "baseline_from": "DATE",
        "all_areas": "BOOLEAN",
    }
    engine.put("chosen", chosen, kinds)
    named = pd.DataFrame({"policy_area": list(wanted)}, dtype="str")
    engine.put("target_areas", named, {"policy_area": "VARCHAR"})
    for name in ("new_versions", "rates", "cells", "homes"):
        engine.remake(name)
