"""Do people agree more from session to session, and on cases that came up again?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tne.report.block import Block
from tne.report.calibration_areas import gated
from tne.report.calibration_parts import COUNTED, agreement_columns, csv_rows
from tne.report.calibration_words import agreement_words
from tne.report.exhibit import table
from tne.report.voice import Voice


def session_frame(voice: Voice, estimates: Any, ratings: pd.DataFrame) -> pd.DataFrame:
    """Return the agreement of each session with its day in the market's zone, in order of time, gated.

    Parameters
    ----------
    estimates : Estimates
        ``tne.agreement_by(ratings, by="calibration_id")``.
    """
    frame = gated(voice, estimates, ratings, ("calibration_id",))
    first = ratings.groupby("calibration_id", observed=True)["rated_at"].min()
    days = first.dt.tz_convert(voice.timezone).dt.tz_localize(None).dt.normalize()
    frame = frame.assign(date=frame["calibration_id"].map(days))
    return frame.sort_values("date", kind="stable").reset_index(drop=True)


def session_rows(voice: Voice, frame: pd.DataFrame) -> tuple[dict[str, Any], ...]:
    """Return the rows of ``estimates.csv`` for the sessions."""
    return csv_rows(voice, frame, "agreement_session", "gwet_ac1", "calibration_id")


def drift_text(voice: Voice, drift: Any, ratings: pd.DataFrame) -> Block:
    """Return how agreement moved over the sessions, by the straight line through all, in one sentence.

    Parameters
    ----------
    drift : Estimates
        Of ``tne.agreement_drift(ratings)``: its term ``trend`` (per session).
    """
    frame = drift.to_frame()
    frame = frame.loc[frame["term"].eq("trend")]
    trend = gated(voice, frame, ratings, ())
    rows = csv_rows(voice, trend.assign(all="all"), "agreement_drift", "trend", "all")
    shown = len(trend) and np.isfinite(trend[["estimate", "conf_low"]].to_numpy(dtype=float)).all()
    sessions = ratings["calibration_id"].nunique()
    if not shown:
        key = "drift_open" if sessions > 2 else "drift_none"
        return Block(html=f"<p>{voice.html(f'calibration.{key}')}</p>", rows=rows, kind="text")
    found = drift_finding(drift)
    steps = (sessions - 1) * (-1 if found == "fell" else 1)
    ends = ["conf_low", "conf_high"] if steps > 0 else ["conf_high", "conf_low"]
    scaled = {"estimate": steps * frame["estimate"], "conf_low": steps * frame[ends[0]]}
    whole = gated(voice, frame.assign(**scaled, conf_high=steps * frame[ends[1]]), ratings, ()).iloc[0]
    words = agreement_words(voice, whole, signed=found == "unclear")
    return Block(html=f"<p>{voice.html(f'calibration.drift_{found}', **words)}</p>", rows=rows, kind="text")


def drift_finding(drift: Any) -> str:
    """Return ``"rose"``, ``"fell"`` or ``"unclear"``: the variant of the title over the sessions."""
    frame = drift.to_frame()
    trend = frame.loc[frame["term"].eq("trend")]
    if trend.empty:
        return "unclear"
    low, high = float(trend["conf_low"].iloc[0]), float(trend["conf_high"].iloc[0])
    return "rose" if low > 0 else "fell" if high < 0 else "unclear"


def rated_again(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return the ratings of cases that came up in more than one session, ``group`` ``"first"`` or ``"later"``.

    Only these tell whether people agree more after a case has been discussed.
    """
    start = ratings.groupby("calibration_id", observed=True)["rated_at"].transform("min")
    sessions = ratings.assign(start=start)
    first = sessions.groupby("case_id", observed=True)["start"].transform("min")
    last = sessions.groupby("case_id", observed=True)["start"].transform("max")
    again = sessions.loc[first < last].drop(columns="start")
    later = sessions.loc[again.index, "start"] > first.loc[again.index]
    return again.assign(group=later.map({False: "first", True: "later"}).astype(object)).reset_index(
        drop=True
    )


def again_table(voice: Voice, estimates: Any, again: pd.DataFrame) -> Block:
    """Return the agreement on the same cases when they were rated first and later; a sentence where there are none."""
    if again.empty:
        return Block(html=f"<p>{voice.html('calibration.again_none')}</p>", kind="text")
    frame = gated(voice, estimates, again, ("group",))
    rows = csv_rows(voice, frame, "agreement_again", "gwet_ac1", "group")
    columns = agreement_columns(voice, "group")
    return table(voice, "again", frame, columns=columns, formats=COUNTED, rows=rows)
