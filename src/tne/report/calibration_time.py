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
    voice : Voice
    estimates : Estimates
        ``tne.agreement_by(ratings, by="calibration_id")``.
    ratings : DataFrame
        Of `tne.say.rated`.

    Returns
    -------
    DataFrame
        Columns of an estimate after calibration_id, with date.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "ES", "language": "en"})
    >>> ratings = tne.say.rated(tne.open("data/sample").table("ratings", market="ES"))
    >>> found = tne.agreement_by(ratings, by="calibration_id")
    >>> tne.say.session_frame(voice, found, ratings)[["date", "n_cases", "n_raters"]]
            date  n_cases  n_raters
    0 2025-10-15       20        10
    1 2025-11-12       20        10
    2 2025-12-10       20        10
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
    voice : Voice
    drift : Estimates
        Of ``tne.agreement_drift(ratings)``: its term ``trend`` (per session).
    ratings : DataFrame
        Of `tne.say.rated`.

    Returns
    -------
    Block
        Of kind ``"text"``, with a row of ``estimates.csv``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "ES", "language": "en"})
    >>> ratings = tne.say.rated(tne.open("data/sample").table("ratings", market="ES"))
    >>> tne.say.drift_text(voice, tne.agreement_drift(ratings), ratings).html[:70]
    '<p>By the line through all sessions, agreement changed by −0.09 (−0.32'
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

    Parameters
    ----------
    ratings : DataFrame
        calibration_id, case_id, rated_at.

    Returns
    -------
    DataFrame
        With a new index.

    Examples
    --------
    >>> day = pd.to_datetime(["2026-01-05", "2026-01-05", "2026-02-02"], utc=True)
    >>> ratings = pd.DataFrame({"calibration_id": [1, 1, 2], "case_id": [7, 8, 7], "rated_at": day})
    >>> tne.say.rated_again(ratings)[["case_id", "group"]].values.tolist()
    [[7, 'first'], [7, 'later']]
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
    """Return the agreement on the same cases when they were rated first and later; a sentence where there are none.

    Parameters
    ----------
    voice : Voice
    estimates : Estimates or None
        Of ``tne.agreement_by(again, by="group")``.
    again : DataFrame
        Of `tne.say.rated_again`.

    Returns
    -------
    Block
        Of kind ``"table"`` or ``"text"``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "ES", "language": "en"})
    >>> tne.say.again_table(voice, None, pd.DataFrame()).html[:42]
    '<p>No case came up in two sessions, so the'
    """
    if again.empty:
        return Block(html=f"<p>{voice.html('calibration.again_none')}</p>", kind="text")
    frame = gated(voice, estimates, again, ("group",))
    rows = csv_rows(voice, frame, "agreement_again", "gwet_ac1", "group")
    columns = agreement_columns(voice, "group")
    return table(voice, "again", frame, columns=columns, formats=COUNTED, rows=rows)
