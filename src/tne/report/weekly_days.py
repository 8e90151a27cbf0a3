"""The days of the last full week: production and quality, to be read, not judged."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from tne.report.block import Block
from tne.report.disclosure import publishable_frame
from tne.report.exhibit import table
from tne.report.voice import Voice

SHOWN = ("cases_per_day", "handle_seconds", "exposure_minutes", "error_rate")
_SCALE = {"error_rate": 100.0}


def weekly_days(voice: Voice, days: pd.DataFrame, week: pd.Timestamp) -> Block:
    """Return the table of the days of one week; days with too few people have no numbers.

    Parameters
    ----------
    days : DataFrame
        `tne.weekly_operations` with ``freq="D"``.
    week : Timestamp
        Monday.
    """
    if not len(days) or pd.isna(week):
        return Block(html=f"<p>{voice.html('weekly.no_days')}</p>", kind="text")
    last = week + pd.Timedelta(6, "D")
    inside = days.loc[days["day"].between(week, last) & days["measure"].isin(SHOWN)]
    parts = {name: _gated(voice, inside.loc[inside["measure"].eq(name)], name) for name in SHOWN}
    parts = {name: part for name, part in parts.items() if part.notna().any()}
    if not parts:
        return Block(html=f"<p>{voice.html('weekly.days_few', min_n=voice.min_n)}</p>", kind="text")
    frame = pd.DataFrame(parts).reindex(pd.date_range(week, last, freq="D"))
    frame = frame.loc[frame.index.isin(inside["day"])].rename_axis("date").reset_index()
    frame["note"] = np.where(frame[list(parts)].isna().any(axis=1), "few_people", "")
    columns = {"date": voice.text("column.date")}
    columns |= {name: voice.text(f"weekly.title_{name}") for name in parts}
    return table(voice, "weekly_days", frame, of=voice.text("weekly.week_of", week=week), columns=columns)


def _gated(voice: Voice, part: pd.DataFrame, name: str) -> pd.Series:
    rows = part[["value", "n", "n_people"]].rename(columns={"value": "estimate"})
    gated = publishable_frame(rows.reset_index(drop=True), min_n=voice.min_n, share=False)
    values = _SCALE.get(name, 1.0) * gated["estimate"].astype(float)
    values = values.map(lambda v: v if math.isnan(v) else float(f"{v:.3g}"))
    return pd.Series(values.to_numpy(), index=part["day"].to_numpy(), name=name)
