"""What happened in or just before each week, that a reader should know beside its numbers?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_columns
from tne.measures.weekly_frame import person_days

WEEK = pd.Timedelta(7, "D")
EVENTS = ("policy", "training", "new_queue", "joined", "moved", "few_at_work", "audit_sample", "clock")
COLUMNS = ("week", "event", "what", "on", "n_people")
LOW = 0.85  # of the usual days at work
ROLL = 13  # weeks that say what is usual
LEAST = 0.05  # of the people, below which joiners or moves are nothing


def weekly_events(
    weeks: pd.Series,
    *,
    policies: pd.DataFrame | None = None,
    enrolments: pd.DataFrame | None = None,
    titles: Mapping[str, str] | None = None,
    moderators: pd.DataFrame | None = None,
    production: pd.DataFrame | None = None,
    sampled: pd.Series | None = None,
    timezone: str = "UTC",
) -> pd.DataFrame:
    """Return what coincides with each week: it happened in that week or in the one before.

    Parameters
    ----------
    weeks : Series of dates
        Mondays. What happened before the first of them is no event of it.
    policies, enrolments, moderators, production : DataFrame, optional
        Tables of one market.
    titles : mapping, optional
        Programme to title; enrolments of other programmes are left out.
    sampled : Series of dates, optional
        Mondays in which the number of audits per moderator and day was unusual.
    timezone : str
        IANA name of the market.

    Returns
    -------
    DataFrame
        week, event (``"policy" "training" "new_queue" "joined" "moved" "few_at_work" "audit_sample" "clock"``), what
        (area, programme or queue; "" for the others), on (its day, where it has one), n_people (where it is about
        people). One row per week and thing; the week itself and the one after it.

    Raises
    ------
    KeyError
        For missing columns.

    Notes
    -----
    That things coincide is all that this says: no event here is a cause. A policy, a queue, a training and the roster
    reach from their week into the next one; few people at work, a changed audit sample and a change of clocks belong to
    their week alone. Few at work: fewer than 85 % of the median of the 13 weeks before. Joiners and moves are listed
    from 5 % of the people at work.

    Examples
    --------
    >>> weeks = pd.Series(pd.to_datetime(["2026-02-09", "2026-02-16"]))
    >>> policies = pd.DataFrame({"policy_area": ["spam"], "policy_version": "2"})
    >>> policies["effective_at"] = pd.Timestamp("2026-02-10", tz="UTC")
    >>> weekly_events(weeks, policies=policies)[["week", "event", "what"]]
            week   event  what
    0 2026-02-09  policy  spam
    1 2026-02-16  policy  spam
    """
    mondays = pd.DatetimeIndex(pd.to_datetime(pd.Series(weeks).dropna().unique())).sort_values()
    if not len(mondays):
        return _frame([])
    found = [
        *_policies(policies, mondays[0], timezone),
        *_trainings(enrolments, titles, timezone),
        *_queues(production),
        *_roster(moderators, mondays[0], production),
    ]
    long = _frame(found)
    after = long.assign(week=long["week"] + WEEK)
    short = _frame([*_attendance(production), *_sampled(sampled), *_clocks(mondays, timezone)])
    out = pd.concat([part for part in (long, after, short) if len(part)] or [long], ignore_index=True)
    out = out.loc[out["week"].isin(mondays)].drop_duplicates(["week", "event", "what", "on"])
    return out.assign(order=out["event"].map(list(EVENTS).index)).sort_values(
        ["week", "order", "on", "what"], kind="stable", ignore_index=True
    )[list(COLUMNS)]


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.assign(
        week=pd.to_datetime(frame["week"]).astype("datetime64[us]"),
        on=pd.to_datetime(frame["on"]).astype("datetime64[us]"),
        what=frame["what"].astype(object).where(frame["what"].notna(), ""),
        n_people=frame["n_people"].astype(float),
    )


def _monday(day: pd.Timestamp) -> pd.Timestamp:
    return day - pd.Timedelta(day.day_of_week, "D")


def _local(instants: pd.Series, timezone: str) -> pd.Series:
    days = pd.to_datetime(instants, utc=True).dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()
    return days.astype("datetime64[us]")


def _policies(policies: pd.DataFrame | None, first: pd.Timestamp, timezone: str) -> list[dict[str, Any]]:
    if policies is None or not len(policies):
        return []
    require_columns(policies, ["policy_area", "effective_at"], "policies")
    day = _local(policies["effective_at"], timezone)
    return [
        {"week": _monday(on), "event": "policy", "what": str(area), "on": on}
        for area, on in zip(policies["policy_area"], day, strict=True)
        if pd.notna(on) and on >= first - WEEK
    ]


def _trainings(
    enrolments: pd.DataFrame | None, titles: Mapping[str, str] | None, timezone: str
) -> list[dict[str, Any]]:
    if enrolments is None or not len(enrolments):
        return []
    require_columns(enrolments, ["programme_id", "moderator_id", "status", "completed_at"], "enrolments")
    done = enrolments.loc[enrolments["status"].eq("completed") & enrolments["completed_at"].notna()]
    if titles is not None:
        done = done.loc[done["programme_id"].isin(list(titles))]
    day = _local(done["completed_at"], timezone)
    week = day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    people = done.groupby([week.rename("week"), "programme_id"], observed=True)["moderator_id"].nunique()
    return [
        {"week": at, "event": "training", "what": (titles or {}).get(name, str(name)), "n_people": n}
        for (at, name), n in people.items()
    ]


def _queues(production: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Queues whose first day lies in a later week than production's own first day."""
    if production is None or not len(production) or "queue" not in production.columns:
        return []
    first = pd.to_datetime(production.groupby("queue", observed=True)["date"].min())
    start = _monday(first.min())
    return [
        {"week": _monday(on), "event": "new_queue", "what": str(name), "on": on}
        for name, on in first.items()
        if _monday(on) > start
    ]


def _roster(
    moderators: pd.DataFrame | None, first: pd.Timestamp, production: pd.DataFrame | None
) -> list[dict[str, Any]]:
    if moderators is None or not len(moderators):
        return []
    require_columns(moderators, ["moderator_id", "valid_from", "team"], "moderators")
    spells = moderators.sort_values(["moderator_id", "valid_from"])
    began = pd.to_datetime(spells["valid_from"])
    before = spells.groupby("moderator_id", observed=True)["team"].shift()
    spells = spells.assign(
        week=began - pd.to_timedelta(began.dt.day_of_week, unit="D"),
        event=np.where(before.isna(), "joined", np.where(before.ne(spells["team"]), "moved", "")),
    )
    spells = spells.loc[spells["event"].ne("") & (spells["week"] > first)]
    if production is not None and len(production):
        people = production["moderator_id"].nunique()
    else:
        people = moderators["moderator_id"].nunique()
    counts = spells.groupby(["week", "event"], observed=True)["moderator_id"].nunique()
    return [
        {"week": week, "event": event, "n_people": n}
        for (week, event), n in counts.items()
        if n >= LEAST * people
    ]


def _attendance(production: pd.DataFrame | None) -> list[dict[str, Any]]:
    if production is None or not len(production):
        return []
    days = person_days(production).groupby("week").size()
    usual = days.shift().rolling(ROLL, min_periods=4).median()
    return [{"week": week, "event": "few_at_work"} for week in days.index[(days < LOW * usual).to_numpy()]]


def _sampled(sampled: pd.Series | None) -> list[dict[str, Any]]:
    return (
        [] if sampled is None else [{"week": pd.Timestamp(week), "event": "audit_sample"} for week in sampled]
    )


def _clocks(mondays: pd.DatetimeIndex, timezone: str) -> list[dict[str, Any]]:
    """Weeks in which the clocks change: one of their days has 23 or 25 hours."""
    days = [monday + pd.Timedelta(n, "D") for monday in mondays for n in range(8)]
    instants = pd.DatetimeIndex(days).tz_localize(
        timezone, nonexistent="shift_forward", ambiguous=[True] * len(days)
    )
    offset = (pd.DatetimeIndex(days) - instants.tz_convert("UTC").tz_localize(None)).to_numpy()
    changed = offset.reshape(-1, 8)
    return [
        {
            "week": monday,
            "event": "clock",
            "on": monday + pd.Timedelta(int(np.flatnonzero(row != row[0])[0]) - 1, "D"),
        }
        for monday, row in zip(mondays, changed, strict=True)
        if (row != row[0]).any()
    ]
