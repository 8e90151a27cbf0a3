"""Which risks does a programme run? Flags by stated rules, from the tables and from what was found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pandas as pd

from tne.report.index_rows import OLD_DAYS

LOW, LATE_DAYS, FEW_SESSIONS = 0.8, 7, 3
FLAGS = (
    "late_start",
    "not_begun",
    "overrun",
    "low_attendance",
    "no_comparison",
    "plan_open",
    "no_plan",
    "stale_data",
    "one_trainer",
    "no_costs",
)
CAME, KNOWN = ("attended", "completed"), ("attended", "completed", "no_show")


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of one programme beside its own row; frames hold its rows alone, empty where there is no table.

    `letters` are the grades of its markets that are shown, `ends` the last day of data by market, `planned` whether its
    plan was frozen, `dated` whether sessions or enrolments are exported at all.
    """

    sessions: pd.DataFrame
    enrolments: pd.DataFrame
    costs: pd.DataFrame
    letters: Sequence[str] = ()
    ends: Mapping[str, dt.date] = field(default_factory=dict)
    planned: bool = False
    dated: bool = True

    @property
    def markets(self) -> list[str]:
        """Codes of the markets in which it is on record."""
        found = {str(m) for frame in (self.sessions, self.enrolments) for m in _column(frame, "market")}
        return sorted(found)

    @property
    def first(self) -> pd.Timestamp | None:
        """Day (UTC) of its first session, or of the first person who finished where no session is known."""
        days = _column(self.sessions, "starts_at")
        days = days if len(days) else _column(self.enrolments, "completed_at").dropna()
        return None if not len(days) else _day(days.min())

    @property
    def last(self) -> pd.Timestamp | None:
        """Day (UTC) of its last session."""
        days = _column(self.sessions, "starts_at")
        return None if not len(days) else _day(days.max())


def flags(
    row: Mapping[str, Any], known: Evidence, *, as_of: pd.Timestamp, min_n: int
) -> list[tuple[str, list[str]]]:
    """Return the flags of a programme with the codes of the markets that they concern ([] where it is all of it).

    Parameters
    ----------
    row : mapping
        Row of `programmes`.
    known : Evidence
    as_of : Timestamp
        Last day of the data, without zone.
    min_n : int
        Fewest people of which attendance is told.

    Notes
    -----
    The rules stand in the report, ``[flag.<code>_rule]``. That one trainer holds all sessions of a market is said
    without the market: beside its effect it would speak about a person.
    """
    found: list[tuple[str, list[str]]] = []
    begun = not row["starts_on"] > as_of
    week = pd.Timedelta(LATE_DAYS, "D")
    start = max(day for day in (row["starts_on"], known.first) if day is not None and pd.notna(day))
    if start > row["planned_start_on"] + week:
        found.append(("late_start", []))
    if known.dated and row["starts_on"] + week < as_of and not known.markets:
        found.append(("not_begun", []))
    if pd.notna(row["ends_on"]) and known.last is not None and known.last > row["ends_on"] + week:
        found.append(("overrun", []))
    found += _attendance(known, min_n)
    if _incomparable(row, known, begun):
        found.append(("no_comparison", []))
    if not known.planned:
        found.append(("no_plan" if begun else "plan_open", []))
    newest = max(known.ends.values(), default=None)
    old = [
        m
        for m in known.markets
        if m in known.ends and (cast(dt.date, newest) - known.ends[m]).days > OLD_DAYS
    ]
    if old and begun:
        found.append(("stale_data", old))
    if _one_trainer(known.sessions):
        found.append(("one_trainer", []))
    paid = {str(market) for market in _column(known.costs, "market")}
    unpaid = [market for market in known.markets if market not in paid]
    if unpaid:
        found.append(("no_costs", unpaid if paid else []))
    return found


def _attendance(known: Evidence, min_n: int) -> list[tuple[str, list[str]]]:
    """Fewer than four in five of those whose turn it was came, in all or in some market of enough people."""
    people = known.enrolments
    if not len(people):
        return []
    due = people.loc[people["status"].isin(KNOWN)]
    if len(due) < min_n:
        return []
    came = due["status"].isin(CAME)
    if came.mean() < LOW:
        return [("low_attendance", [])]
    by_market = came.groupby(due["market"].astype(str)).agg(["mean", "size"])
    low = by_market.index[by_market["mean"].lt(LOW) & by_market["size"].ge(min_n)]
    return [("low_attendance", sorted(low))] if len(low) else []


def _incomparable(row: Mapping[str, Any], known: Evidence, begun: bool) -> bool:
    if known.letters:
        return not set(known.letters) & {"A", "B", "C"}
    return cast(bool, row["rollout"] == "universal" or row["kind"] == "onboarding")


def _one_trainer(sessions: pd.DataFrame) -> bool:
    """Whether in some market one trainer held all of at least three sessions."""
    held = sessions.loc[sessions["trainer_id"].notna()] if "trainer_id" in sessions else sessions.iloc[:0]
    if not len(held):
        return False
    by_market = held.groupby(held["market"].astype(str))["trainer_id"].agg(["nunique", "size"])
    return bool((by_market["nunique"].eq(1) & by_market["size"].ge(FEW_SESSIONS)).any())


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name].dropna() if name in frame.columns else pd.Series([], dtype=object)


def _day(instant: Any) -> pd.Timestamp:
    stamp = pd.Timestamp(instant)
    return (stamp.tz_convert("UTC").tz_localize(None) if stamp.tzinfo else stamp).normalize()
