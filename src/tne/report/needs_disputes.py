"""Disputes of audits and appeals of decisions: how many, how they end, how late; chosen by those who bring them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE
from tne.report.exhibit import table
from tne.report.narrative import caveat
from tne.report.needs_evidence import number_words
from tne.report.shaping import gate
from tne.report.voice import Voice

TERMS = ("disputed", "upheld", "overturned", "open", "lag")
MEDIAN_FROM = 20  # people behind a median


def disputes(voice: Voice, found: Any) -> Block:
    """Return the caveat and the table of disputes and appeals; empty where no number may be shown.

    Parameters
    ----------
    voice : Voice
    found : Estimates
        `tne.dispute_summary` without groups.

    Returns
    -------
    Block
        Of kind ``"table"``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> audits = pd.DataFrame({"moderator_id": [*range(20)] * 4, "correct": [1, 0] * 40})
    >>> audits["disputed"] = audits["correct"].eq(0)
    >>> tne.say.disputes(voice, tne.dispute_summary(audits, None)).html.count("<tr")
    6
    """
    gated = gate(voice, found.to_frame())
    rows = {str(row["term"]): row for row in gated.to_dict("records")}
    told = [_row(voice, rows[name]) for name in TERMS if name in rows]
    if not any(shown for _, shown in told):
        return Block(html="", kind="table")
    columns = {name: voice.text(f"needs.column_{name}") for name in ("what", "value")}
    made = table(voice, "needs_disputes", pd.DataFrame([row for row, _ in told]), columns=columns)
    return Block(html=caveat(voice, "disputes").html + made.html, kind="table")


def _row(voice: Voice, row: Mapping[str, Any]) -> tuple[dict[str, str], bool]:
    """One row in words, and whether it has a number."""
    name = str(row["term"])
    value, shown = _words(voice, row)
    return {"what": voice.text(f"needs.term_{name}"), "value": value}, shown


def _words(voice: Voice, row: Mapping[str, Any]) -> tuple[str, bool]:
    if not math.isfinite(row["estimate"]):
        code = str(row["note"])
        code = code if voice.has(f"note.{code}") else "unknown"  # text of the desk stays there
        return voice.code("note", code, min_n=voice.min_n), code in (BELOW_EDGE, ABOVE_EDGE)
    if row["term"] == "lag":
        if not row["n_people"] >= MEDIAN_FROM:
            return voice.text("note.few_people", min_n=MEDIAN_FROM), False
        weeks = max(1, math.ceil(row["estimate"] / 7))
        return voice.text("needs.lag_weeks", n=weeks, n_text=voice.count(weeks)), True
    scaled = {end: 100 * row[end] for end in ("estimate", "conf_low", "conf_high")}
    return voice.text("interval.full", **number_words(voice, scaled)), True
