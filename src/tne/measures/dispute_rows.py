"""Which appeals are known, how long have they been open, and what is the usual time?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_frame, rows
from tne.measures.audit_rows import flag

DAY = 86400.0
USUAL = 0.8  # share of appeals resolved after which one is no longer provisional


def appeals_known(appeals: pd.DataFrame, keys: Sequence[str], until: Any) -> pd.DataFrame:
    """Return the appeals known at `until`: days until resolution (or so far), whether resolved, outcome, age."""
    require_columns(require_frame(appeals, "appeals"), ["appealed_at", *keys], "appeals")
    frame = appeals.reset_index(drop=True)
    opened = pd.to_datetime(frame["appealed_at"], utc=True)
    done = (
        pd.to_datetime(frame["resolved_at"], utc=True)
        if "resolved_at" in frame
        else pd.Series(pd.NaT, frame.index)
    )
    done = pd.to_datetime(done, utc=True)
    last = (
        pd.Timestamp(until)
        if until is not None
        else max(opened.max(), done.max())
        if done.notna().any()
        else opened.max()
    )
    if until is not None and last.tzinfo is None:
        raise ValueError(f"`until` is {until!r} without a zone. Give one, for example '2026-01-31T00:00Z'.")
    later = (done > last).fillna(False)
    done = done.mask(later)
    days = ((done.where(done.notna(), last) - opened).dt.total_seconds() / DAY).to_numpy(dtype=float)
    seen = (opened <= last).to_numpy() if len(opened) else np.zeros(0, dtype=bool)
    before = seen & (days < 0)
    if before.any():
        raise ValueError(
            f"Appeals were resolved before they were made in {rows(before)}. Correct the instants."
        )
    frame = frame.assign(
        _days=days, _done=done.notna().to_numpy(), _overturned=flag(frame, "overturned", "appeals")
    )
    frame["_age"] = (
        ((last - opened).dt.total_seconds() / DAY).to_numpy(dtype=float) if len(frame) else np.zeros(0)
    )
    frame.loc[~frame["_done"], "_overturned"] = math.nan
    return frame[seen & frame[list(keys)].notna().all(axis=1).to_numpy()].reset_index(drop=True)


def usual_lag(known: pd.DataFrame) -> float:
    """Days after which 80 % are resolved; NaN where they never are."""
    time, done = known["_days"].to_numpy(dtype=float), known["_done"].to_numpy(dtype=bool)
    if not len(time):
        return math.nan
    at, code = np.unique(time, return_inverse=True)
    risk = len(time) - np.concatenate([[0], np.cumsum(np.bincount(code))[:-1]])
    curve = np.cumprod(1 - np.bincount(code, done, len(at)) / risk)
    reached = np.flatnonzero(curve <= 1 - USUAL + 1e-12)
    return float(at[reached[0]]) if len(reached) else math.nan
