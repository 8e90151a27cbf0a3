"""Agreement in sentences: what was found, in which areas, and what that means."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tne.report.calibration_areas import (
    EXPERT,
    FOUND,
    GROUPS,
    MODERATOR,
    SPLIT,
    TEXT,
    TRAIN,
    UNDEFINED,
    AreaAgreement,
    agreed,
    level,
    shown,
)
from tne.report.disclosure import EDGE
from tne.report.pooled import CASES, RATERS
from tne.report.rounding import decimals_for
from tne.report.voice import Voice

MOST = 2  # areas whose numbers stand in the lead


def names(voice: Voice, items: Sequence[AreaAgreement]) -> str:
    """Return the areas as a sentence lists them."""
    return voice.listed([item.name for item in items])


def agreement_words(voice: Voice, row: Mapping[str, Any], *, signed: bool = False) -> dict[str, str]:
    """Return a gated number of agreement and its interval as words; "" for an interval that is not known."""
    low, high = float(row["conf_low"]), float(row["conf_high"])
    decimals = min(max(decimals_for(row["estimate"], low, high), 1), 2)
    interval = voice.interval(low, high, decimals) if math.isfinite(low) and math.isfinite(high) else ""
    value = voice.number(float(row["estimate"]), decimals, signed=signed)
    return {"value": value, "interval": interval}


def lead(
    voice: Voice, areas: Sequence[AreaAgreement], others: Mapping[str, Mapping[str, Any]], *, together: bool
) -> list[str]:
    """Return the sentences under the finding."""
    if not areas:
        return [voice.html("calibration.lead_nothing")]
    if not together:
        return [voice.html("calibration.lead_alone", raters=voice.count(RATERS), cases=voice.count(CASES))]
    out = []
    for state in (TEXT, TRAIN, SPLIT):
        mine = [item for item in areas if item.state == state]
        out += [_numbers(voice, item) for item in mine[:MOST]]
        if mine:
            out.append(voice.html(f"calibration.means_{state}"))
    known = [group for group in GROUPS if shown(others[group])]
    if known:
        key = "others" if any(item.state in FOUND for item in areas) else "all"
        values = {
            f"{group}_{name}": text
            for group in known
            for name, text in agreement_words(voice, others[group]).items()
        }
        who = "both" if len(known) == 2 else known[0]
        out.append(voice.html(f"calibration.lead_{key}_{who}", **values))
        out.append(voice.html("calibration.lead_scale"))
    elif not out and any(agreed(others[group]) for group in GROUPS):
        out.append(agreed_words(voice))
    elif not out and any(level(others[group], areas[0].goal) == UNDEFINED for group in GROUPS):
        out.append(voice.html("calibration.lead_same"))
    elif not out:
        out.append(few_words(voice))
    return out


def agreed_words(voice: Voice) -> str:
    """Return what is said where everybody agreed on every case; HTML."""
    return voice.html("calibration.lead_agreed", edge=voice.number(1 - EDGE, 2))


def few_words(voice: Voice) -> str:
    """Return what a number needs; HTML."""
    return voice.html("calibration.lead_few", raters=voice.count(RATERS), cases=voice.count(CASES))


def _numbers(voice: Voice, item: AreaAgreement) -> str:
    """The agreement of an area in one sentence."""
    rows = {EXPERT: item.expert, MODERATOR: item.moderator}
    known = [group for group in GROUPS if shown(rows[group])]
    values = {
        f"{group}_{name}": text
        for group in known
        for name, text in agreement_words(voice, rows[group]).items()
    }
    who = "both" if len(known) == 2 else known[0]
    return voice.html(f"calibration.numbers_{who}", area=item.name, **values)
