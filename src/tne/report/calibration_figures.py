"""The figures of the report on calibration; where there is no number to draw, a sentence says why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.calibration_areas import LABELS_ALIKE, AreaAgreement
from tne.report.calibration_parts import COUNTED, agreement_columns, agreement_finding
from tne.report.calibration_time import drift_finding, session_rows
from tne.report.calibration_words import agreed_words, few_words
from tne.report.exhibit import figure
from tne.report.figures.raters import (
    AGREED,
    agreement_ladder,
    agreement_ladder_values,
    agreement_sessions,
    agreement_sessions_values,
)
from tne.report.voice import Voice


def area_figure(voice: Voice, frame: pd.DataFrame, areas: Sequence[AreaAgreement], *, goal: float) -> Block:
    """Return the figure of agreement by policy area and group.

    Parameters
    ----------
    voice : Voice
    frame : DataFrame
        Of `tne.say.agreement_frame`.
    areas : sequence of AreaAgreement
        Of `tne.say.area_agreement`.
    goal : float
        Agreement from which a group counts as agreeing well.

    Returns
    -------
    Block
        Of kind ``"figure"`` or ``"text"``.

    Raises
    ------
    ValueError
        If the frame holds numbers that may not be shown.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "ES", "language": "en"})
    >>> frame = pd.DataFrame({"policy_area": ["spam"], "group": "expert", "estimate": np.nan, "note": "few_raters"})
    >>> tne.say.area_figure(voice, frame, [], goal=0.6).kind  # no number: a sentence instead
    'text'
    """
    if frame["estimate"].isna().all():
        return Block(html=_nothing(voice, frame), kind="text")
    axes = agreement_ladder(frame, voice=voice, goal=goal)
    columns = agreement_columns(voice, "policy_area", "group", beside=("alpha", "same"))
    more: dict[str, Any] = {"columns": columns, "formats": COUNTED, "finding": agreement_finding(areas)}
    return figure(voice, "agreement_ladder", axes, table=frame, values=agreement_ladder_values(frame), **more)


def session_figure(voice: Voice, frame: pd.DataFrame, drift: Any, *, goal: float) -> Block:
    """Return the figure of agreement from session to session.

    Parameters
    ----------
    voice : Voice
    frame : DataFrame
        Of `tne.say.session_frame`.
    drift : Estimates
        Of `tne.agreement_drift`.
    goal : float
        As in `area_figure`.

    Returns
    -------
    Block
        Of kind ``"figure"`` or ``"text"``.

    Raises
    ------
    ValueError
        If the frame holds numbers that may not be shown.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "ES", "language": "en"})
    >>> ratings = tne.say.rated(tne.open("data/sample").table("ratings", market="ES"))
    >>> frame = tne.say.session_frame(voice, tne.agreement_by(ratings, by="calibration_id"), ratings)
    >>> tne.say.session_figure(voice, frame, tne.agreement_drift(ratings), goal=0.6).kind
    'figure'
    """
    rows = session_rows(voice, frame)
    if frame["estimate"].isna().all():
        return Block(html=_nothing(voice, frame), rows=rows, kind="text")
    axes = agreement_sessions(frame, voice=voice, goal=goal)
    columns = agreement_columns(voice, "date")
    more: dict[str, Any] = {"columns": columns, "formats": COUNTED, "finding": drift_finding(drift)}
    values = agreement_sessions_values(frame)
    return figure(voice, "agreement_sessions", axes, table=frame, values=values, rows=rows, **more)


def _nothing(voice: Voice, frame: pd.DataFrame) -> str:
    """Why there is nothing to draw: each reason once."""
    words: dict[str, Callable[[Voice], str]] = {
        AGREED: agreed_words,
        LABELS_ALIKE: lambda voice: voice.html("calibration.lead_same"),
    }
    return "".join(f"<p>{words.get(why, few_words)(voice)}</p>" for why in dict.fromkeys(frame["note"]))
