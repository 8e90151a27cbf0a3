"""Quiz beside queue: where the policy is known and still not applied."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from tne.report.areas import area_name, area_title
from tne.report.block import Block
from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE
from tne.report.exhibit import table
from tne.report.need import OPEN
from tne.report.needs_evidence import number_words
from tne.report.shaping import gate
from tne.report.voice import Voice

TRANSFER, UNKNOWN = "knows_but_does_not_do", "does_not_know"
_SIDES = {"quiz_error": "quiz", "queue_error": "queue"}


def quiz_queue(voice: Voice, found: Any) -> Block:
    """Return what the quiz shows beside the queue: a sentence, and a row per policy area; empty without a number.

    Parameters
    ----------
    voice : Voice
    found : QuizAndQueue
        By policy area. A reading whose quiz or queue is hidden is hidden too.

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
    >>> people = {"policy_area": "a", "moderator_id": [*range(30)] * 3}
    >>> audits = pd.DataFrame(people | {"correct": [0] * 45 + [1] * 45})
    >>> answers = pd.DataFrame({"policy_area": "a", "item_id": "i", "score": [1, 1, 0] * 10, "moderator_id": range(30)})
    >>> tne.say.quiz_queue(voice, tne.quiz_and_queue(audits, answers, queue_standard=0.1)).kind
    'table'
    """
    rows = found.to_frame()
    # the market's level is shown too: on neither side is exactly one area hidden
    sides = [gate(voice, rows.loc[rows["term"].eq(term)], by=("policy_area",)) for term in _SIDES]
    read = dict(zip(found.readings["policy_area"].astype(str), found.readings["reading"], strict=True))
    wide: dict[str, dict[str, Any]] = {}
    for row in (row for side in sides for row in side.to_dict("records")):
        area = str(row["policy_area"])
        one = wide.setdefault(
            area,
            {"policy_area": area_title(area), "name": area_name(area), "reading": str(read.get(area, OPEN))},
        )
        one |= _side(voice, _SIDES[str(row["term"])], row)
    shown = [one for one in wide.values() if one.get("quiz_known")]
    if not shown:
        return Block(html="", kind="table")
    for one in shown:
        if not one.get("queue_known"):
            one["reading"] = OPEN
    told = _sentence(voice, shown, float(found.quiz_standard))
    frame = pd.DataFrame(shown)
    frame["reading"] = [voice.text(f"needs.reading_{one['reading']}") for one in shown]
    for name in _SIDES.values():
        frame[name] = [one.get(f"{name}_words", voice.show(None)) for one in shown]
    columns = {"policy_area": voice.text("column.policy_area")}
    columns |= {name: voice.text(f"needs.column_{name}") for name in ("quiz", "queue", "reading")}
    made = table(voice, "needs_quiz", frame[list(columns)], columns=columns)
    return Block(html=f"<p>{told}</p>{made.html}", kind="table")


def _side(voice: Voice, name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """One of the two shares in words, and whether it may be told; a hidden one has its reason."""
    scaled = {end: 100 * row[end] for end in ("estimate", "conf_low", "conf_high")}
    if math.isfinite(scaled["estimate"]):
        words = voice.text("interval.full", **number_words(voice, scaled))
    else:
        words = voice.code("note", str(row["note"]) or "unknown", min_n=voice.min_n)
    known = math.isfinite(scaled["estimate"]) or str(row["note"]) in (BELOW_EDGE, ABOVE_EDGE)
    return {f"{name}_known": known, f"{name}_words": words}


def _sentence(voice: Voice, shown: list[dict[str, Any]], standard: float) -> str:
    parts = []
    for reading in (TRANSFER, UNKNOWN):
        areas = [one["name"] for one in shown if one["reading"] == reading]
        if areas:
            known = {"areas": voice.listed(areas), "standard": voice.percent(standard)}
            parts.append(voice.html(f"needs.quiz_{reading}", **known))
    return " ".join(parts) or voice.html("needs.quiz_plain")
