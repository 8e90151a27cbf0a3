"""By which signs is the cause of a gap known: each sign here, what is usual elsewhere, what it speaks for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE, HIDDEN
from tne.report.exhibit import table
from tne.report.need import Need
from tne.report.needs_signs import EXPERTS, SPREADS
from tne.report.rounding import as_float, decimals_for
from tne.report.voice import Voice

CODED = "coded_"
UPDATE = "rise_after_update"
LEADS = {
    "policy_unclear": EXPERTS,
    "knowledge": ("quiz_wrong",),
    "update_not_absorbed": ("rise_after_update",),
    "rubric_or_tool": ("findings_overturned", "qa_against_policy"),
    "technical": ("technical_rate",),
}


def sign_sentence(voice: Voice, item: Need) -> str:
    """Return the strongest sign of a cause in one sentence, "" where none may be shown; HTML."""
    for name in LEADS.get(item.cause, ()):
        row = item.sign(name)
        if row.get("state") != "raised" or not math.isfinite(as_float(row.get("estimate"))):
            continue
        words = number_words(voice, row)
        usual = voice.number(row["usual"], 0 if row["usual"] >= 10 else 1)
        return voice.html(f"needs.by_{name}", usual=usual, **words)
    return ""


def number_words(voice: Voice, row: Mapping[str, Any], *, signed: bool = False) -> dict[str, str]:
    """Return a gated number and its interval as words, with a decimal only where the interval allows one."""
    limits = as_float(row["conf_low"]), as_float(row["conf_high"])
    decimals = max(0, min(1, decimals_for(row["estimate"], *limits)))
    return {
        "value": voice.number(row["estimate"], decimals, signed=signed),
        "interval": voice.interval(*limits, decimals),
    }


def needs_evidence(voice: Voice, item: Need, *, weeks: int) -> Block:
    """Return the table of the signs behind the cause of one gap; empty where there are none.

    Parameters
    ----------
    voice : Voice
    item : Need
        Of `tne.say.needs`.
    weeks : int
        How far the audits go back that the signs were read from.

    Returns
    -------
    Block
        Of kind ``"table"``.

    Examples
    --------
    >>> from tne.report.need import Need
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> tne.say.needs_evidence(voice, Need("hate_speech", "hidden"), weeks=26).html
    ''
    """
    rows = [_signed(voice, row, weeks) for row in item.evidence.to_dict("records")]
    rows = [row for row in rows if row is not None]
    if not rows:
        return Block(html="", kind="table")
    columns = {name: voice.text(f"needs.column_{name}") for name in ("sign", "here", "usual", "shows")}
    shown = table(voice, "needs_signs", pd.DataFrame(rows), of=item.title, columns=columns)
    summary = voice.html("needs.signs_summary")
    return Block(html=f"<details><summary>{summary}</summary>{shown.html}</details>", kind="table")


def _signed(voice: Voice, row: Mapping[str, Any], weeks: int) -> dict[str, str] | None:
    """One row of the table in words; None where nothing was looked for."""
    name, state = str(row["evidence"]), str(row["state"])
    if state == "missing":
        return None
    nothing = math.isnan(as_float(row.get("estimate"))) and row.get("note") not in (BELOW_EDGE, ABOVE_EDGE)
    if nothing and name not in SPREADS and row.get("note") not in HIDDEN:
        state = "no_change" if name == UPDATE else "hidden"
    return {
        "sign": _name(voice, name, weeks),
        "here": _here(voice, row),
        "usual": voice.number(as_float(row.get("usual")), 1) if name not in SPREADS else voice.show(None),
        "shows": _shows(voice, row, state),
    }


def _name(voice: Voice, name: str, weeks: int) -> str:
    if name.startswith(CODED):
        code = {
            "update": "update_not_absorbed",
            "individual": "individual_coaching",
            "rubric": "rubric_or_tool",
        }
        word = name.removeprefix(CODED)
        key = f"draw.cause_{code.get(word, word)}"
        return voice.text(
            "needs.sign_coded", cause=voice.text(key if voice.has(key) else "draw.cause_unknown")
        )
    known = f"needs.sign_{name}" if voice.has(f"needs.sign_{name}") else "needs.sign_unknown"
    return voice.text(known, weeks=weeks)


def _here(voice: Voice, row: Mapping[str, Any]) -> str:
    if math.isnan(as_float(row.get("estimate"))):
        note = str(row.get("note"))
        told = note in HIDDEN or note in (BELOW_EDGE, ABOVE_EDGE)
        return voice.code("note", note, min_n=voice.min_n) if told else voice.show(None)
    words = number_words(voice, row, signed=str(row["unit"]) == "points")
    return voice.text("interval.full", **words)


def _shows(voice: Voice, row: Mapping[str, Any], state: str) -> str:
    if state == "raised":
        causes = [code.strip() for code in str(row["speaks_for"]).split(",")]
        known = [voice.text(f"needs.cause_{code}") for code in causes if voice.has(f"needs.cause_{code}")]
        if known:
            return voice.text("needs.speaks_for", causes=voice.listed(known))
        return voice.text("needs.speaks_gap")
    return voice.text(f"needs.state_{state}")
