"""When does a simulated week, working day or shift happen, in local time and in UTC?"""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

WEEK_ZERO = pd.Timestamp("1970-01-05")
FIRST_MONDAY = pd.Timestamp("2025-09-29")
WEEKS = 52
DAY = 86_400


def period_of(week: int | np.ndarray) -> int | np.ndarray:
    """Return the ISO week number since 1970-01-05 of a simulated `week` (0 starts on 2025-09-29)."""
    return cast(int | np.ndarray, (FIRST_MONDAY - WEEK_ZERO).days // 7 + week)


def week_of(moment: str | pd.Timestamp) -> int:
    """Return the simulated week that contains a local `moment`."""
    return cast(int, (pd.Timestamp(moment) - FIRST_MONDAY).days // 7)


def monday(week: int) -> pd.Timestamp:
    """Return the Monday of a simulated `week`, without a zone."""
    return FIRST_MONDAY + pd.Timedelta(weeks=int(week))


def dates(day: np.ndarray) -> pd.DatetimeIndex:
    """Turn days since the first Monday (float, NaN = unknown) into calendar days."""
    day = np.asarray(day, dtype=float)
    known = np.isfinite(day)
    out = FIRST_MONDAY.to_datetime64().astype("datetime64[D]") + np.where(known, day, 0).astype(
        "timedelta64[D]"
    )
    out = out.astype("datetime64[us]")
    out[~known] = np.datetime64("NaT")
    return pd.DatetimeIndex(out)


def utc(local_seconds: np.ndarray, timezone: str) -> pd.DatetimeIndex:
    """Turn local seconds since the first Monday (float, NaN = unknown) into UTC instants.

    Parameters
    ----------
    local_seconds : array of shape (n,)
        Wall-clock seconds since 2025-09-29 00:00 in `timezone`.
    timezone : str
        IANA name, for example ``"Europe/Berlin"``.

    Returns
    -------
    DatetimeIndex of shape (n,), UTC

    Notes
    -----
    The offset of a day is read at noon; nobody works in the night hours when clocks change.
    """
    seconds = np.asarray(local_seconds, dtype=float)
    known = np.isfinite(seconds)
    whole = np.where(known, seconds, 0).astype(np.int64)
    day = whole // DAY
    if len(day) == 0:
        return pd.DatetimeIndex(np.array([], dtype="datetime64[us]")).tz_localize("UTC")
    first, last = int(day.min()), int(day.max())
    noon = pd.date_range(
        FIRST_MONDAY + pd.Timedelta(days=first, hours=12), periods=last - first + 1, freq="D"
    )
    instants = noon.tz_localize(timezone).tz_convert("UTC").tz_localize(None)
    offset = ((noon - instants) / pd.Timedelta(seconds=1)).to_numpy().astype(np.int64)
    start = int(FIRST_MONDAY.timestamp())
    out = ((start + whole - offset[day - first]) * 1_000_000).astype("datetime64[us]")
    out[~known] = np.datetime64("NaT")
    return pd.DatetimeIndex(out).tz_localize("UTC")
