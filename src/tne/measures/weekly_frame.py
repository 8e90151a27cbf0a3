"""What was produced, how well, and what was appealed, by local week and day?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_numeric

FIRST_MONDAY = pd.Timestamp("1970-01-05")  # week 0
APPEAL_DAYS = 14
COLUMNS = ("measure", "kind", "unit", "period", "week", "value", "total", "n", "n_people", "provisional")
# measure -> kind of weekly_signals, unit
MEASURES = {
    "error_rate": ("share", "share"),
    "cases_per_day": ("level", "cases"),
    "handle_seconds": ("level", "seconds"),
    "exposure_minutes": ("level", "minutes"),
    "appeal_rate": ("rate", "appeals"),
    "overturn_rate": ("share", "share"),
    "audit_rate": ("rate", "audits"),
}


def weekly_operations(
    production: pd.DataFrame | None = None,
    *,
    audits: pd.DataFrame | None = None,
    overturned: pd.DataFrame | None = None,
    appeals: pd.DataFrame | None = None,
    timezone: str = "UTC",
    appeal_days: int = APPEAL_DAYS,
    freq: str = "W",
) -> pd.DataFrame:
    """Return the weekly (or daily) measures of one market, as `weekly_signals` takes them.

    Parameters
    ----------
    production : DataFrame, optional
        The table `production` of the market: moderator_id, queue, date, cases, handle_seconds, exposure_minutes.
    audits : DataFrame, optional
        `Workspace.audits_by("week")` (or ``"day"``): n, n_people, weight_sum, weight_sq_sum, weighted_errors, and,
        where known, provisional.
    overturned : DataFrame, optional
        `Workspace.series("overturn_rate")`: week, value, total, n_people, and, where known, provisional.
    appeals : DataFrame, optional
        The table `appeals`: decided_at, appealed_at (instants).
    timezone : str
        IANA name; weeks and days are the market's own.
    appeal_days : int
        An appeal counts if it came within so many days of the decision, so that late weeks lack none.
    freq : {"W", "D"}

    Returns
    -------
    DataFrame
        One row per measure and week (or day): measure, kind, unit, period (whole number), week (Monday) or day, value,
        total, n, n_people, provisional. Measures: error_rate (weighted by audit sampling; total = effective number of
        audits), cases_per_day (of a moderator), handle_seconds (per case), exposure_minutes (per moderator and day),
        appeal_rate (per 1,000 cases), overturn_rate (of resolved appeals), audit_rate (per moderator and day, so that
        it says something of the audits alone). What a table would give is not there without it.

    Raises
    ------
    KeyError, TypeError, ValueError
        For missing columns, columns that are no numbers, instants without a zone, an unknown `freq`.

    Notes
    -----
    A day is the calendar day in `timezone`: that of a change of clocks has 23 or 25 hours and is one day all the same.
    Cases and exposure are per moderator and day at work, so that a holiday does not look like slow work. A day on which
    somebody's time is not known is left out of the times, with its cases. The week of production is provisional while
    it has not ended on the last day of production.

    Examples
    --------
    >>> days = np.repeat(pd.date_range("2026-01-05", periods=7), 2)
    >>> production = pd.DataFrame({"moderator_id": [1, 2] * 7, "queue": "q", "date": days, "cases": [90, 110] * 7})
    >>> weekly_operations(production)[["measure", "week", "value", "n"]]
             measure       week  value   n
    0  cases_per_day 2026-01-05  100.0  14
    """
    if freq not in ("W", "D"):
        raise ValueError(f"`freq` is {freq!r}. Choose 'W' or 'D'.")
    name = "week" if freq == "W" else "day"
    parts, cases = [], None
    if production is not None and len(production):
        days = person_days(production)
        made, cases = _produced(days, name)
        parts += made
    if audits is not None and len(audits):
        parts += _audited(audits, name, cases)
    if appeals is not None and len(appeals) and cases is not None and freq == "W":
        parts += [_appealed(appeals, cases, timezone, appeal_days)]
    if overturned is not None and len(overturned) and freq == "W":
        parts += [_overturned(overturned)]
    parts = [part.loc[part["n"].gt(0)] for part in parts]
    if not any(len(part) for part in parts):
        return pd.DataFrame(columns=[name if column == "week" else column for column in COLUMNS])
    out = pd.concat([part for part in parts if len(part)], ignore_index=True)
    steps = (out[name] - FIRST_MONDAY) // pd.Timedelta(7 if freq == "W" else 1, "D")
    kinds = {measure: values[0] for measure, values in MEASURES.items()}
    units = {measure: values[1] for measure, values in MEASURES.items()}
    out = out.assign(
        kind=out["measure"].map(kinds), unit=out["measure"].map(units), period=steps.astype("int64")
    )
    out["order"] = out["measure"].map(list(MEASURES).index)
    out = out.sort_values(["order", name], kind="stable", ignore_index=True)
    return out[[name if column == "week" else column for column in COLUMNS]]


def person_days(production: pd.DataFrame) -> pd.DataFrame:
    """Return one row per moderator and day: cases, and the times, NaN where one of the day's queues lacks its own."""
    require_columns(production, ["moderator_id", "date", "cases"], "production")
    times = [
        name
        for name in ("handle_seconds", "exposure_minutes")
        if name in production.columns and production[name].notna().any()
    ]
    require_numeric(production, ["cases", *times], "production")
    frame = (
        production[["moderator_id", "date", "cases", *times]]
        .reset_index(drop=True)
        .astype(dict.fromkeys(["cases", *times], float))
    )
    grouped = frame.groupby(["moderator_id", "date"], observed=True)
    out = grouped.sum()
    out[times] = out[times].mask(grouped[times].count().lt(grouped.size(), axis=0))
    out = out.reset_index().assign(day=lambda d: pd.to_datetime(d["date"]).astype("datetime64[us]"))
    return out.assign(week=_monday(out["day"]))


def _monday(day: pd.Series) -> pd.Series:
    return day - pd.to_timedelta(day.dt.day_of_week, unit="D")


def _produced(days: pd.DataFrame, name: str) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    cases = _sums(days, "cases", name)
    cases = cases.assign(provisional=cases[name] + pd.Timedelta(6, "D") > days["day"].max())
    if name == "day":
        cases["provisional"] = False
    parts = [_ratio(cases, "cases_per_day", cases["sum"] / cases["n"])]
    if "handle_seconds" in days.columns:
        some = _sums(days.dropna(subset="handle_seconds"), "handle_seconds", name)
        some["provisional"] = some[name].map(cases.set_index(name)["provisional"])
        parts.append(_ratio(some, "handle_seconds", some["sum"] / some["cases"]))
    if "exposure_minutes" in days.columns:
        some = _sums(days.dropna(subset="exposure_minutes"), "exposure_minutes", name)
        some["provisional"] = some[name].map(cases.set_index(name)["provisional"])
        parts.append(_ratio(some, "exposure_minutes", some["sum"] / some["n"]))
    return parts, cases


def _sums(days: pd.DataFrame, column: str, name: str) -> pd.DataFrame:
    grouped = days.groupby(name, observed=True)
    out = grouped.agg(
        sum=(column, "sum"), cases=("cases", "sum"), n=("day", "size"), n_people=("moderator_id", "nunique")
    )
    largest = days.groupby([name, "moderator_id"], observed=True)[column].sum()
    out["n_people"] = out["n_people"].astype(float).mask(_dominated(largest, name), math.nan)
    return out.reset_index()


def _dominated(own: pd.Series, name: str) -> pd.Series:
    """Whether two people make nine tenths of a sum, or what is left of it would give the largest away."""
    ranked = own.sort_values(ascending=False).groupby(level=name, observed=True, sort=True)
    total = ranked.sum()
    first = ranked.max()
    both = ranked.apply(lambda part: part.head(2).sum()) if len(own) else total
    return (both > 0.9 * total) | (total - both < 0.1 * first)


def _ratio(sums: pd.DataFrame, measure: str, value: pd.Series) -> pd.DataFrame:
    name = "week" if "week" in sums.columns else "day"
    kept = sums[[name, "n", "n_people", "provisional"]]
    return kept.assign(
        measure=measure, value=value.replace([np.inf, -np.inf], np.nan), total=sums["n"].astype(float)
    )


def _audited(audits: pd.DataFrame, name: str, cases: pd.DataFrame | None) -> list[pd.DataFrame]:
    needed = [name, "n", "n_people", "weight_sum", "weight_sq_sum", "weighted_errors"]
    require_columns(audits, needed, "audits")
    found = audits[[name, "n", "n_people"]].assign(
        measure="error_rate",
        value=(audits["weighted_errors"] / audits["weight_sum"]).clip(0, 1),
        # so many audits of equal weight would be as exact
        total=audits["weight_sum"] ** 2 / audits["weight_sq_sum"],
        provisional=_open(audits),
    )
    found[name] = pd.to_datetime(found[name]).astype("datetime64[us]")
    if cases is None:
        return [found]
    worked = cases.set_index(name)
    days = found[name].map(worked["n"]).astype(float)
    rate = found.assign(
        measure="audit_rate",
        value=found["n"] / days,
        total=days,
        provisional=found["provisional"] | found[name].map(worked["provisional"].astype(float)).eq(1),
    )
    return [found, rate.loc[days.gt(0)]]


def _appealed(appeals: pd.DataFrame, cases: pd.DataFrame, timezone: str, within: int) -> pd.DataFrame:
    require_columns(appeals, ["decided_at", "appealed_at"], "appeals")
    made = appeals[["decided_at", "appealed_at"]].dropna()
    for column in made.columns:
        if not isinstance(made[column].dtype, pd.DatetimeTZDtype):
            raise TypeError(f"Column `{column}` of `appeals` has no time zone. Convert it to UTC first.")
    span = pd.Timedelta(within, "D")
    prompt = made.loc[made["appealed_at"] - made["decided_at"] <= span]
    local = prompt["decided_at"].dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()
    counted = _monday(local.astype("datetime64[us]")).value_counts()
    ends = (cases["week"] + pd.Timedelta(7, "D")).dt.tz_localize(
        timezone, nonexistent="shift_forward", ambiguous=True
    )
    last = made["appealed_at"].max()
    begins = _monday(made["decided_at"].dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()).min()
    out = cases[["week", "n_people"]].assign(
        measure="appeal_rate",
        n=cases["week"].map(counted).fillna(0).astype(int),
        total=cases["cases"] / 1000,
        provisional=cases["provisional"] | (ends + span > last),
    )
    out = out.loc[out["total"].gt(0) & (out["week"] >= begins)]
    # a week without an appeal is a rate of zero, with the cases behind it
    return out.assign(value=out["n"] / out["total"], n=out["n"].clip(lower=1))


def _overturned(series: pd.DataFrame) -> pd.DataFrame:
    require_columns(series, ["week", "value", "total", "n_people"], "overturned")
    found = series[["week", "value", "n_people"]].assign(
        measure="overturn_rate",
        n=series["total"],
        total=series["total"].astype(float),
        provisional=_open(series),
    )
    return found.assign(week=pd.to_datetime(found["week"]).astype("datetime64[us]"))


def _open(frame: pd.DataFrame) -> pd.Series | bool:
    return frame["provisional"].astype(bool) if "provisional" in frame.columns else False
