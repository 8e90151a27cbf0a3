"""Which changes of policy fall into these weeks, and which briefing answered each?"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_columns

FIRST_MONDAY = pd.Timestamp("1970-01-05")  # week 0
EARLY, LATE = (
    pd.Timedelta(28, "D"),
    pd.Timedelta(84, "D"),
)  # a briefing begins at most so long before, after its change
COLUMNS = (
    "policy_area",
    "policy_version",
    "title",
    "effective_on",
    "start",
    "until",
    "baseline",
    "others",
    "programme_id",
)


def policy_calendar(
    policies: pd.DataFrame,
    series: pd.DataFrame,
    *,
    programmes: pd.DataFrame | None = None,
    timezone: str = "UTC",
    baseline: int = 26,
    horizon: int = 26,
) -> pd.DataFrame:
    """Return the changes of policy within weekly series, what to compare each with, and its briefing.

    Parameters
    ----------
    policies : DataFrame
        Rows of one market: policy_area, policy_version, effective_at (instant), title.
    series : DataFrame
        policy_area, period (week number), as for `policy_change`.
    programmes : DataFrame, optional
        programme_id, kind, starts_on and, where known, target_policy_areas. Those of kind ``policy_update`` are taken
        for briefings.
    timezone : str
        IANA name; days are those of the market.
    baseline, horizon : int
        Weeks before a change that are compared, and weeks after it that are followed.

    Returns
    -------
    DataFrame
        One row per change, in order of time: policy_area, policy_version, title, effective_on (day), start (first
        whole week), until (week of the area's next change, or the end of `horizon`), baseline (weeks
        before it, no more than since the area's previous change), others (areas without a change in
        these weeks), programme_id ("" without a briefing).

    Raises
    ------
    KeyError
        If a column is missing.

    Notes
    -----
    A version that was in force before the first week of audits is no change. A briefing answers the change of one of
    its target areas (any, where it names none) that took effect last before it began: at most twelve weeks before, or
    up to four weeks after, where people are briefed ahead.

    Examples
    --------
    >>> in_force = pd.to_datetime(["2025-01-01", "2026-02-10"], utc=True)
    >>> policies = pd.DataFrame({"policy_area": "spam", "policy_version": ["1", "2"], "effective_at": in_force})
    >>> series = pd.DataFrame({"policy_area": "spam", "period": range(2900, 2950)})
    >>> policy_calendar(policies.assign(title=""), series)[["policy_version", "effective_on", "start", "baseline"]]
      policy_version effective_on  start  baseline
    0              2   2026-02-10   2928        26
    """
    require_columns(policies, ["policy_area", "policy_version", "effective_at", "title"], "policies")
    require_columns(series, ["policy_area", "period"], "series")
    if not len(policies) or not len(series):
        return pd.DataFrame(columns=list(COLUMNS))
    local = pd.to_datetime(policies["effective_at"], utc=True).dt.tz_convert(timezone).dt.tz_localize(None)
    table = policies[["policy_area", "policy_version", "title"]].assign(
        effective_on=local.dt.normalize(),
        # a week that began under the old policy belongs to neither
        start=np.ceil((local - FIRST_MONDAY) / pd.Timedelta(7, "D")),
    )
    first, last = int(series["period"].min()), int(series["period"].max())
    inside = table["start"].between(first + 1, last) & table["policy_area"].isin(set(series["policy_area"]))
    table = table.loc[inside].astype({"start": int}).sort_values(["start", "policy_area"], ignore_index=True)
    rows = table.to_dict("records")
    areas = sorted(set(series["policy_area"]))
    for row in rows:
        own = [
            r["start"] for r in rows if r["policy_area"] == row["policy_area"] and r["start"] > row["start"]
        ]
        row["until"] = min([row["start"] + horizon, *own])
        earlier = [
            r["start"] for r in rows if r["policy_area"] == row["policy_area"] and r["start"] < row["start"]
        ]
        row["baseline"] = min([baseline, *(row["start"] - start for start in earlier)])
        moved = {r["policy_area"] for r in rows if row["start"] - row["baseline"] < r["start"] < row["until"]}
        row["others"] = tuple(area for area in areas if area not in moved)
        row["programme_id"] = ""
    for programme, change in _briefings(rows, programmes):
        rows[change]["programme_id"] = rows[change]["programme_id"] or programme
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _briefings(rows: list[dict[str, Any]], programmes: pd.DataFrame | None) -> list[tuple[str, int]]:
    """Pairs of programme and number of the change that it answers, earliest programme first."""
    if programmes is None or not len(programmes):
        return []
    require_columns(programmes, ["programme_id", "kind", "starts_on"], "programmes")
    updates = programmes.loc[programmes["kind"].eq("policy_update") & programmes["starts_on"].notna()]
    found = []
    for update in updates.sort_values("starts_on").to_dict("records"):
        wanted = _areas(update.get("target_policy_areas"))
        fits = [
            number
            for number, row in enumerate(rows)
            if (not wanted or row["policy_area"] in wanted)
            and -EARLY <= update["starts_on"] - row["effective_on"] <= LATE
        ]
        if fits:
            before = [number for number in fits if rows[number]["effective_on"] <= update["starts_on"]]
            found.append((str(update["programme_id"]), before[-1] if before else fits[0]))
    return found


def _areas(value: Any) -> set[str]:
    """The target areas of a programme: text with separators, or a list."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return set()
    parts = re.split(r"[;|,]", value) if isinstance(value, str) else list(value)
    return {str(part).strip() for part in parts if str(part).strip()}
