"""Which day, week and month it is in each market: local midnights as UTC instants."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: Monday from which weeks are counted; period 0 is its week.
FIRST_MONDAY = pd.Timestamp("1970-01-05")


def day_calendar(markets: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Return every market day between two days, with the UTC instants at which it starts and ends.

    Parameters
    ----------
    markets : DataFrame
        Columns `market`, `timezone` (IANA).
    first, last : Timestamp
        Days without zone, both included.

    Returns
    -------
    DataFrame
        One row per market, local day and UTC day that it touches (`utc_day`): `starts_at`, `ends_at` (UTC without
        zone), `day`, `week` (its Monday), `month` (its first), `period` (weeks since 1970-01-05).

    Notes
    -----
    An equality on `utc_day` and two comparisons find the local day of an instant in any SQL dialect, without a
    data base's own time zones. A midnight that a clock change skips is the first instant after it; of a midnight that
    comes twice the first counts.
    """
    days = pd.date_range(first, last + pd.Timedelta(days=1), freq="D", unit="us")
    parts = [_one(row.market, row.timezone, days) for row in markets.itertuples()]
    columns = ["market", "utc_day", "starts_at", "ends_at", "day", "week", "month", "period"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def period_of(days: pd.Series | pd.DatetimeIndex) -> np.ndarray:
    """Return the ISO weeks since Monday 1970-01-05 of calendar days.

    Examples
    --------
    >>> period_of(pd.DatetimeIndex(["1970-01-05", "1970-01-11", "1970-01-12"])).tolist()
    [0, 0, 1]
    """
    return np.asarray((pd.DatetimeIndex(days) - FIRST_MONDAY).days) // 7


def _one(market: str, zone: str, days: pd.DatetimeIndex) -> pd.DataFrame:
    local = days.tz_localize(zone, ambiguous=np.ones(len(days), dtype=bool), nonexistent="shift_forward")
    edges = local.tz_convert("UTC").tz_localize(None)
    day, starts, ends = days[:-1], edges[:-1], edges[1:]
    touched_first, touched_last = starts.normalize(), (ends - pd.Timedelta(microseconds=1)).normalize()
    again = (touched_last - touched_first).days.to_numpy() + 1
    which = np.repeat(np.arange(len(day)), again)
    offset = np.arange(len(which)) - np.repeat(np.cumsum(again) - again, again)
    return pd.DataFrame(
        {
            "market": market,
            "utc_day": touched_first[which] + pd.to_timedelta(offset, unit="D"),
            "starts_at": starts[which],
            "ends_at": ends[which],
            "day": day[which],
            "week": (day - pd.to_timedelta(day.day_of_week, unit="D"))[which],
            "month": (day - pd.to_timedelta(day.day - 1, unit="D"))[which],
            "period": period_of(day)[which],
        }
    )
