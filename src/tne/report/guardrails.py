"""Which side effects had the programmes? Their table, its rows of ``estimates.csv``, what it comes to."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from tne.report.block import Block
from tne.report.exhibit import table_rows
from tne.report.shaping import gate
from tne.report.voice import Voice


def guardrail_table(voice: Voice, effects: Iterable[Any]) -> pd.DataFrame:
    """Return the side effects of the programmes, gated: change per case, margin, whether harm is ruled out.

    Only where there is a fair comparison: elsewhere a change on the side is no effect either. The margin has the sign
    of a worsening; without one the status says so.

    Parameters
    ----------
    voice : Voice
    effects : iterable of ProgrammeEffect
        With their `guardrails`.

    Returns
    -------
    DataFrame
        One row per programme and side effect: columns of an estimate, programme_id, programme, rail, state,
        measure, margin, status; empty where nothing may be shown.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice, ws = tne.say.voice({"market": "IE", "language": "en-IE"}), tne.open("data/sample")
    >>> programme = ws.programme("appeals-workshop")
    >>> effect = tne.primary_effect(ws.panel("appeals-workshop"), market="IE", programme=programme)
    >>> tne.say.guardrail_table(voice, [effect]).empty  # grade D: there is nothing fair to compare with
    True
    """
    rows = [
        rail.estimate.as_row()
        | {
            "programme_id": effect.programme_id,
            "programme": effect.title,
            "rail": rail.name,
            "state": rail.status,
            "measure": voice.code("guardrail", rail.name),
            "margin": rail.margin if rail.worse == "higher" else -rail.margin,
            "status": voice.text(f"guardrail.{rail.status if math.isfinite(rail.margin) else 'no_margin'}"),
        }
        for effect in effects
        for rail in effect.guardrails
        if rail.estimate.n_people >= voice.min_n and effect.grade.letter in ("A", "B", "C")
    ]
    return gate(voice, pd.DataFrame(rows)) if rows else pd.DataFrame()


def guardrail_rows(voice: Voice, frame: pd.DataFrame) -> tuple[dict[str, Any], ...]:
    """Return the rows of ``estimates.csv`` of a frame of `guardrail_table`.

    Parameters
    ----------
    voice : Voice
    frame : DataFrame

    Returns
    -------
    tuple of dict

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> rail = {"programme_id": "P", "rail": "handle_seconds", "estimate": 1.2, "n_people": 40}
    >>> rows = tne.say.guardrail_rows(voice, pd.DataFrame([rail]))
    >>> [(row["measure"], row["term"], row["estimate"]) for row in rows]
    [('handle_seconds', 'effect', 1.2)]
    """
    if frame.empty:
        return ()
    key = {"level": "results"}
    return tuple(
        row
        for (name, rail), own in frame.groupby(["programme_id", "rail"], observed=True, sort=False)
        for row in table_rows(voice, own.assign(term="effect"), programme_id=name, measure=rail, **key)
    )


def guardrail_finding(frame: pd.DataFrame) -> str | None:
    """Return what a frame of `guardrail_table` comes to: ``"worse"``, ``"open"``, ``"clear"``; None without margins.

    Parameters
    ----------
    frame : DataFrame
        Its columns margin (NaN: none is set) and state.

    Returns
    -------
    str or None

    Examples
    --------
    >>> tne.say.guardrail_finding(pd.DataFrame({"margin": [2.0, np.nan], "state": ["open", "clear"]}))
    'open'
    """
    held = (
        frame.loc[np.isfinite(frame["margin"].astype(float)), "state"]
        if len(frame)
        else pd.Series(dtype=object)
    )
    return next((state for state in ("worse", "open", "clear") if (held == state).any()), None)


def guardrail_text(voice: Voice, effects: Iterable[Any], names: Iterable[str]) -> Block:
    """Return how the table of side effects is to be read, and which line of the settings is lacking.

    Parameters
    ----------
    voice : Voice
    effects : iterable of ProgrammeEffect
    names : iterable of str
        Side effects for which a margin is set.

    Returns
    -------
    Block
        Of kind ``"text"``.

    Examples
    --------
    >>> voice, ws = tne.say.voice({"market": "IE", "language": "en-IE"}), tne.open("data/sample")
    >>> tne.say.guardrail_text(voice, [], ws.config["guardrails"]).html[:60]
    '<p>A guardrail stops a roll-out unless harm beyond the agree'
    """
    asked = {rail.name for effect in effects for rail in effect.guardrails}
    names = set(names)
    lines = [voice.html("paragraph.guardrails")] if names else []
    lines += [voice.html("paragraph.wellbeing")] if "wellbeing" in asked else []
    if not names:
        line = 'handle_seconds = {margin = 0.05, worse = "higher"}'
        lines.append(voice.html("paragraph.no_guardrails", line=line, file="tne.toml [guardrails]"))
    elif "wellbeing" in asked - names:
        line = 'wellbeing = {margin = 0.05, worse = "lower"}'
        lines.append(voice.html("paragraph.no_margin", line=line, file="tne.toml [guardrails]"))
    return Block(html=f"<p>{' '.join(lines)}</p>" if lines else "", kind="text")
