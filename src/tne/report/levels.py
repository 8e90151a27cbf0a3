"""Sentences about learning and reaction, by rule from gated estimates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tne.report.block import Block
from tne.report.disclosure import publishable
from tne.report.published import direction, gated_row, level_row, score_words, share_words, value_words
from tne.report.standing import estimate_row
from tne.report.voice import Voice


def learning(
    voice: Voice,
    gain: Any,
    *,
    programme_id: str,
    title: str,
    group: str = "all",
    max_score: float = math.nan,
    same_scale: bool = True,
    against: Any = None,
    normalized: Any = None,
    mastery: Any = None,
) -> Block:
    """Return what people learned: gain, difference to the untrained, normalised gain, change in pass share.

    Parameters
    ----------
    gain : Estimate
        `mean_change`, in test points.
    programme_id, title, group : str
    max_score : float
        Full marks of the tests; NaN where they have none.
    same_scale : bool
        Whether both tests are on one scale; if not, no gain is shown and the sentence says why.
    against : Estimate, optional
        `ancova`: difference to the untrained at equal starting scores.
    normalized : NormalizedGain, optional
        With ``band``.
    mastery : Estimate, optional
        `mastery_change`, a change in shares.
    """
    key = {"programme_id": programme_id, "group": group, "level": "learning"}
    if not same_scale:
        row = level_row(voice, key, "gain", "mean_change", {}, note="not_one_scale")
        return Block(
            html=f"<p>{voice.html('learning.not_one_scale', title=title)}</p>", rows=(row,), kind="text"
        )
    raw = estimate_row(gain)
    gated = publishable(raw, min_n=voice.min_n)
    if math.isnan(raw["estimate"]) or math.isnan(gated["estimate"]):
        few = not raw["n_people"] >= voice.min_n
        name = "hidden" if few else "undefined"
        reason = "few_people" if few else "no_estimate"
        text = voice.html(
            f"learning.{name}", title=title, reason=voice.code("note", "unknown"), min_n=voice.min_n
        )
        row = level_row(voice, key, "gain", "mean_change", gated, note=reason)
        return Block(html=f"<p>{text}</p>", rows=(row,), kind="text")
    parts, rows = (
        [_gain(voice, gated, title, max_score)],
        [level_row(voice, key, "gain", "mean_change", gated)],
    )
    parts.append(voice.html(f"learning.{direction(gated)}"))
    if (found := gated_row(voice, against)) is not None:
        parts.append(voice.html("learning.against", **value_words(voice, found)))
        rows.append(level_row(voice, key, "difference", "ancova", found))
    if (found := gated_row(voice, normalized, share=False)) is not None and getattr(normalized, "band", ""):
        share, band = voice.percent(found["estimate"]), voice.text(f"learning.band_{normalized.band}")
        parts.append(voice.html("learning.normalized", share=share, band=band))
        rows.append(level_row(voice, key, "normalized_gain", "normalized_gain", found))
    if (found := gated_row(voice, mastery, share=False)) is not None:
        points = {name: 100 * found[name] for name in ("estimate", "conf_low", "conf_high")}
        parts.append(voice.html("learning.mastery", **score_words(voice, points)))
        rows.append(level_row(voice, key, "mastery", "mastery_change", found))
    return Block(html=f"<p>{' '.join(parts)}</p>", rows=tuple(rows), kind="text")


def reaction(
    voice: Voice,
    mean: Any,
    *,
    programme_id: str,
    title: str,
    construct: str,
    scale: tuple[float, float] | None = None,
    top_box: Any = None,
    response_rate: float = math.nan,
) -> Block:
    """Return how one question of the survey was answered.

    Parameters
    ----------
    mean, top_box : Estimate
        Mean rating; share of the best ratings.
    construct : str
        Question, as it should be read.
    scale : (float, float), optional
        Lowest and highest rating.
    response_rate : float
        Share of those asked who answered.
    """
    key = {"programme_id": programme_id, "group": "all", "level": "reaction"}
    gated = gated_row(voice, mean)
    if gated is None:
        text = voice.html("reaction.hidden", title=title, min_n=voice.min_n)
        row = level_row(voice, key, construct, "mean", {}, note="few_people")
        return Block(html=f"<p>{text}</p>", rows=(row,), kind="text")
    values = {**value_words(voice, gated, signed=False), "people": voice.count(gated["n_people"])}
    phrase = "reaction.mean" if scale is None else "reaction.mean_of"
    ends = {} if scale is None else {"low": voice.show(int(scale[0])), "high": voice.show(int(scale[1]))}
    parts = [voice.html(phrase, title=title, construct=construct, **values, **ends)]
    rows = [level_row(voice, key, construct, "mean", gated)]
    top = (
        None
        if top_box is None
        else publishable({**estimate_row(top_box), "unit": "share"}, min_n=voice.min_n)
    )
    if top is not None and math.isfinite(top["estimate"]):
        parts.append(voice.html("reaction.top_box", share=voice.percent(top["estimate"])))
        rows.append(level_row(voice, key, construct, "top_box", top))
    if math.isfinite(response_rate):
        parts.append(voice.html("reaction.response", share=share_words(voice, response_rate)))
    return Block(html=f"<p>{' '.join(parts)}</p>", rows=tuple(rows), kind="text")


def _gain(voice: Voice, row: Mapping[str, Any], title: str, max_score: float) -> str:
    values = {**score_words(voice, row), "people": voice.count(row["n_people"])}
    if math.isfinite(max_score):
        return voice.html("learning.gain", title=title, max_score=voice.number(max_score, 0), **values)
    return voice.html("learning.gain_unit", title=title, **values)
