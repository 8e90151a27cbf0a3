"""Who was first trained when, and how did each cohort do by time since its training?"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import (
    require_columns,
    require_frame,
    require_level_of_confidence,
    require_no_missing,
    require_numeric,
)
from tne.result import Estimates

MONDAY = pd.Timestamp("1970-01-05")
FREQUENCIES = ("D", "W", "M", "Q", "Y")


def assign_cohort(
    people: pd.DataFrame,
    *,
    trained_at: str,
    period: str | int,
    unit: str = "moderator_id",
    timezone: str | None = None,
) -> pd.DataFrame:
    """Add the column ``cohort``: the period of first training, NaN for people never trained.

    Parameters
    ----------
    people : DataFrame
        One row per person, or several (for example one per training or week) if the column `unit` is there; then
        every row of a person gets the earliest.
    trained_at : str
        Column with the date or instant of training (missing = not trained); or numbers; or, with `period` a column,
        true where the person was trained by that period.
    period : str or int
        "D", "W", "M", "Q", "Y": calendar periods as consecutive whole numbers. "W" counts ISO weeks since Monday
        1970-01-05, the week calendar of the panel; "D" days, "M" months, "Q" quarters, "Y" years since 1970-01-01.
        A whole number k: the column is numeric and periods are k wide from 0. The name of a numeric column:
        the period of the row.
    unit : str
        Column of the person; ignored if `people` lacks it.
    timezone : str, optional
        IANA zone, or a column with zones, in which instants become calendar dates. None: dates as they stand
        (instants in their own zone).

    Returns
    -------
    DataFrame
        A copy of `people` with ``cohort`` as float.

    Raises
    ------
    KeyError, TypeError, ValueError
        For missing columns, unknown frequencies, or a type of `trained_at` that `period` does not fit.

    Notes
    -----
    The cohort is the first training ever, so a second training does not move a person. Event time is
    ``period - cohort``; 0 is the first trained period, which may be trained only in part.

    References
    ----------
    Callaway and Sant'Anna (2021), J. Econometrics 225.

    Examples
    --------
    >>> people = pd.DataFrame({"day": pd.to_datetime(["1970-01-05", "1970-01-18", None])})
    >>> assign_cohort(people, trained_at="day", period="W")["cohort"].tolist()
    [0.0, 1.0, nan]
    """
    require_columns(people, [trained_at], "people")
    when = people[trained_at]
    if isinstance(period, str) and period in people.columns:
        require_numeric(people, [period], "people")
        if not pd.api.types.is_bool_dtype(when):
            raise TypeError(
                f"`period` is a column, so `{trained_at}` must be true or false per row, not {when.dtype}."
            )
        value = people[period].astype(float).where(when.fillna(False).astype(bool))
    elif isinstance(period, str):
        if period not in FREQUENCIES:
            raise ValueError(
                f"`period` is {period!r}. Use one of {', '.join(FREQUENCIES)}, a whole number, or a column of `people`."
            )
        if not pd.api.types.is_datetime64_any_dtype(when):
            raise TypeError(
                f"Column `{trained_at}` of `people` is {when.dtype}, not dates. Convert it with pd.to_datetime."
            )
        value = period_index(_local(people, trained_at, timezone), period)
    else:
        if isinstance(period, bool) or period != int(period) or period < 1:
            raise ValueError(f"`period` is {period!r}. Give a whole number of 1 or more.")
        require_numeric(people, [trained_at], "people")
        value = np.floor(when.astype(float) / period)
    value = pd.Series(np.asarray(value, dtype=float), index=people.index)
    if unit in people.columns:
        require_no_missing(people, [unit], "people")
        value = value.groupby(people[unit].to_numpy()).transform("min")
    return people.assign(cohort=value)


def period_index(dates: pd.Series, frequency: str) -> np.ndarray:
    """Number calendar periods consecutively; NaN where there is no date.

    Parameters
    ----------
    dates : Series of datetime64 without zone
    frequency : {"D", "W", "M", "Q", "Y"}

    Returns
    -------
    ndarray of float
    """
    days = (dates.dt.normalize() - (MONDAY if frequency == "W" else pd.Timestamp("1970-01-01"))).dt.days
    if frequency == "D":
        return cast(np.ndarray, days.to_numpy(dtype=float, na_value=np.nan))
    if frequency == "W":
        return cast(np.ndarray, np.floor(days.to_numpy(dtype=float, na_value=np.nan) / 7))
    year, month = ((x).to_numpy(dtype=float, na_value=np.nan) for x in (dates.dt.year, dates.dt.month))
    width = {"M": 1, "Q": 3, "Y": 12}[frequency]
    return cast(np.ndarray, np.floor(((year - 1970) * 12 + month - 1) / width))


def _local(people: pd.DataFrame, trained_at: str, timezone: str | None) -> pd.Series:
    when = people[trained_at]
    if when.dt.tz is None:
        if timezone is not None:
            raise ValueError(
                f"Column `{trained_at}` has no zone, so `timezone` cannot move it. Leave `timezone` out."
            )
        return when
    if timezone is None:
        return when.dt.tz_localize(None)
    if timezone not in people.columns:
        return when.dt.tz_convert(timezone).dt.tz_localize(None)
    require_no_missing(people, [timezone], "people")
    local = pd.Series(pd.NaT, index=people.index, dtype="datetime64[ns]")
    for zone, rows in when.groupby(people[timezone].to_numpy()):
        local.loc[rows.index] = rows.dt.tz_convert(zone).dt.tz_localize(None).astype("datetime64[ns]")
    return local


def cohort_table(
    panel: pd.DataFrame,
    *,
    outcome: str | None = None,
    unit: str = "moderator_id",
    period: str = "period",
    cohort: str = "cohort",
    weights: str | None = None,
    n_people: str | None = None,
    window: tuple[int, int] | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Describe each cohort by time since its training: people, and their mean outcome.

    Parameters
    ----------
    panel : DataFrame
        One row per unit × period.
    outcome : str, optional
        Column to average over the rows that have it. None: count units (term "units").
    unit, period, cohort : str
        Columns; `cohort` is NaN for the never-trained, who make one row without event time.
    weights : str, optional
        Column with weights of rows.
    n_people : str, optional
        Column with people behind a row. None: units are people if `unit` is "moderator_id", else unknown.
    window : tuple of int, optional
        First and last event time.
    conf_level : float

    Returns
    -------
    Estimates
        Keys cohort and event_time; term "mean" (or "units").

    Raises
    ------
    KeyError, TypeError, ValueError
        For missing columns or dates instead of numbers.

    Notes
    -----
    The mean is ``Σ w y / Σ w``; its error is linearised and clustered by unit (t, units − 1 degrees of freedom). The
    table describes: a rise after training may be the calendar, the season or the choice of whom to train.

    Examples
    --------
    >>> panel = pd.DataFrame({"moderator_id": [1, 1, 2, 2], "period": [0, 1, 0, 1], "cohort": 1.0})
    >>> cohort_table(panel).to_frame()["estimate"].tolist()
    [2.0, 2.0]
    """
    require_level_of_confidence(conf_level)
    require_frame(panel, "panel")
    require_columns(panel, [unit, period, cohort, outcome, weights, n_people], "panel")
    require_numeric(panel, [c for c in (period, cohort, outcome, weights, n_people) if c], "panel")
    require_no_missing(panel, [unit, period], "panel")
    frame = pd.DataFrame(
        {
            "cohort": panel[cohort].astype(float).to_numpy(),
            "unit": panel[unit].to_numpy(),
            "event_time": (panel[period].astype(float) - panel[cohort].astype(float)).to_numpy(),
            "y": 1.0 if outcome is None else panel[outcome].to_numpy(dtype=float, na_value=np.nan),
            "w": 1.0 if weights is None else panel[weights].to_numpy(dtype=float, na_value=np.nan),
            "people": np.nan if n_people is None else panel[n_people].to_numpy(dtype=float, na_value=np.nan),
        }
    )
    frame = frame.loc[frame["y"].notna() & (frame["w"] > 0)]
    if window is not None:
        frame = frame.loc[frame["event_time"].between(*window) | frame["cohort"].isna()]
    rows = []
    for (g, e), cell in frame.groupby(["cohort", "event_time"], dropna=False, sort=True):
        row = {"cohort": g, "event_time": e, **_mean(cell, conf_level)}
        if outcome is None:
            count = float(cell["unit"].nunique())
            row |= dict.fromkeys(("std_error", "statistic", "df", "p_value", "conf_low", "conf_high"), np.nan)
            row |= {"term": "units", "estimate": count, "note": ""}
        if n_people is None:
            row["n_people"] = float(cell["unit"].nunique()) if unit == "moderator_id" else np.nan
        else:
            row["n_people"] = float(cell.groupby("unit")["people"].max().sum())
        row["n_people_total"] = row["n_people"]
        rows.append(row)
    names = ["cohort", "event_time", "term", "estimate", "note"]
    table = pd.DataFrame(rows) if rows else pd.DataFrame(columns=names)
    return Estimates(
        table=table.assign(conf_level=conf_level, method="weighted mean, clustered by unit"),
        keys=("cohort", "event_time"),
    )


def _mean(cell: pd.DataFrame, conf_level: float) -> dict[str, Any]:
    y, w = cell["y"].to_numpy(), cell["w"].to_numpy()
    mean = float(w @ y / w.sum())
    codes, units = pd.factorize(cell["unit"])
    k = len(units)
    row = {"term": "mean", "estimate": mean, "n": float(len(cell)), "df": np.nan, "std_error": np.nan,
           "statistic": np.nan, "p_value": np.nan, "conf_low": np.nan, "conf_high": np.nan, "note": ""}  # fmt: skip
    if k < 2:
        return row | {"note": "one unit: no standard error"}
    pull = np.bincount(codes, w * (y - mean) / w.sum())
    se = float(np.sqrt(k / (k - 1) * (pull**2).sum()))
    half = stats.t.ppf(0.5 + conf_level / 2, k - 1) * se
    return row | {"std_error": se, "df": k - 1.0, "conf_low": mean - half, "conf_high": mean + half}
