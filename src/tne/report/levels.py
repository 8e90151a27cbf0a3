"""Sentences about learning, reaction, coverage and single groups, by rule from gated estimates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tne.report.block import Block, estimates_row
from tne.report.disclosure import headcount, publishable
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
        row = _row(voice, key, "gain", "mean_change", {}, note="not_one_scale")
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
        row = _row(voice, key, "gain", "mean_change", gated, note=reason)
        return Block(html=f"<p>{text}</p>", rows=(row,), kind="text")
    parts, rows = [_gain(voice, gated, title, max_score)], [_row(voice, key, "gain", "mean_change", gated)]
    parts.append(voice.html(f"learning.{_direction(gated)}"))
    if (found := _gated(voice, against)) is not None:
        parts.append(voice.html("learning.against", **_value(voice, found)))
        rows.append(_row(voice, key, "difference", "ancova", found))
    if (found := _gated(voice, normalized, share=False)) is not None and getattr(normalized, "band", ""):
        share, band = voice.percent(found["estimate"]), voice.text(f"learning.band_{normalized.band}")
        parts.append(voice.html("learning.normalized", share=share, band=band))
        rows.append(_row(voice, key, "normalized_gain", "normalized_gain", found))
    if (found := _gated(voice, mastery, share=False)) is not None:
        points = {name: 100 * found[name] for name in ("estimate", "conf_low", "conf_high")}
        parts.append(voice.html("learning.mastery", **_value(voice, points)))
        rows.append(_row(voice, key, "mastery", "mastery_change", found))
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
    gated = _gated(voice, mean)
    if gated is None:
        text = voice.html("reaction.hidden", title=title, min_n=voice.min_n)
        row = _row(voice, key, construct, "mean", {}, note="few_people")
        return Block(html=f"<p>{text}</p>", rows=(row,), kind="text")
    values = {**_value(voice, gated, signed=False), "people": voice.count(gated["n_people"])}
    phrase = "reaction.mean" if scale is None else "reaction.mean_of"
    ends = {} if scale is None else {"low": voice.show(int(scale[0])), "high": voice.show(int(scale[1]))}
    parts = [voice.html(phrase, title=title, construct=construct, **values, **ends)]
    rows = [_row(voice, key, construct, "mean", gated)]
    top = (
        None
        if top_box is None
        else publishable({**estimate_row(top_box), "unit": "share"}, min_n=voice.min_n)
    )
    if top is not None and math.isfinite(top["estimate"]):
        parts.append(voice.html("reaction.top_box", share=voice.percent(top["estimate"])))
        rows.append(_row(voice, key, construct, "top_box", top))
    if math.isfinite(response_rate):
        parts.append(voice.html("reaction.response", share=share_words(voice, response_rate)))
    return Block(html=f"<p>{' '.join(parts)}</p>", rows=tuple(rows), kind="text")


def coverage(voice: Voice, counts: Mapping[str, Any]) -> Block:
    """Return who was trained: assigned, attended, finished, waves, dates. Counts are rounded to 5.

    Parameters
    ----------
    counts : mapping
        ``assigned``, ``completed`` (people); optional ``attended``, ``cohorts`` (number of waves), ``first``,
        ``last`` (days on which someone finished; shown only with enough people and more than one wave).
    """
    assigned = float(counts["assigned"])
    if assigned < voice.min_n:
        return Block(html=f"<p>{voice.html('coverage.hidden', min_n=voice.min_n)}</p>", kind="text")
    completed = float(counts["completed"])
    values = {
        "assigned": voice.count(headcount(assigned)),
        "completed": voice.count(headcount(completed)),
        "share": share_words(voice, completed / assigned),
    }
    key = "coverage.funnel_short"
    if counts.get("attended") is not None:
        key, values["attended"] = "coverage.funnel", voice.count(headcount(float(counts["attended"])))
    parts = [voice.html(key, **values)]
    waves = int(counts.get("cohorts") or 0)
    if waves:
        parts.append(voice.html("coverage.cohorts", n=waves, n_word=voice.word(waves)))
    if waves > 1 and completed >= voice.min_n and counts.get("first") is not None:
        parts.append(voice.html("coverage.dates", first=counts["first"], last=counts["last"]))
    return Block(html=f"<p>{' '.join(parts)}</p>", kind="text")


def group_result(
    voice: Voice,
    raw: Any,
    shrunken: Any,
    *,
    group: str,
    programme_id: str = "",
    level: str = "learning",
    unit: str = "score",
) -> Block:
    """Return the intake-adjusted result of one group (school, team, site, market): raw, then allowing for chance.

    Parameters
    ----------
    raw, shrunken : Estimate
        The two rows of `group_effects` for this group.
    group : str
        Name shown.
    programme_id : str
    level : str
        Level of ``estimates.csv``.
    unit : {"score", "points"}
        Test points or percentage points of accuracy.
    """
    key = {"programme_id": programme_id, "group": group, "level": level}
    heads = min(float(estimate_row(item)["n_people"]) for item in (raw, shrunken))
    if not heads >= voice.min_n:
        rows = tuple(
            _row(voice, key, "group_effect", term, {}, note="few_people") for term in ("raw", "shrunken")
        )
        text = voice.html("group.hidden", group=group, min_n=voice.min_n)
        return Block(html=f'<p class="group">{text}</p>', rows=rows, kind="text")
    both = {"raw": _gated(voice, raw), "shrunken": _gated(voice, shrunken)}
    rows = tuple(
        _row(voice, key, "group_effect", term, row or {}, note="" if row else "no_estimate")
        for term, row in both.items()
    )
    parts = []
    for term, row in both.items():
        if row is not None:
            value = voice.text(f"interval.{unit}", value=voice.points(row["estimate"]))
            interval = voice.interval(row["conf_low"], row["conf_high"])
            shown = (
                value
                if interval == voice.show(None)
                else voice.text("interval.full", value=value, interval=interval)
            )
            parts.append(voice.html(f"group.{term}", group=group, value=shown))
    if not parts:
        parts.append(voice.html("group.undefined", group=group, reason=voice.code("note", "unknown")))
    elif both["shrunken"] is not None:
        place = {"rose": "above", "fell": "below", "unclear": "inside"}[_direction(both["shrunken"])]
        parts.append(voice.html(f"group.{place}"))
    return Block(html=f'<p class="group">{" ".join(parts)}</p>', rows=rows, kind="text")


def share_words(voice: Voice, share: float) -> str:
    """Return a share as text; "under 5 %" and "over 95 %" at the edges, which would say "nobody" or "everybody"."""
    if not math.isfinite(share):
        return voice.show(None)
    if share < 0.05:
        return f"< {voice.percent(0.05)}"
    return f"> {voice.percent(0.95)}" if share > 0.95 else voice.percent(share)


def _gated(voice: Voice, estimate: Any, share: bool | None = None) -> dict[str, Any] | None:
    """The publishable row, or None where there is none to show."""
    if estimate is None:
        return None
    row = publishable(estimate_row(estimate), min_n=voice.min_n, share=share)
    return row if math.isfinite(row["estimate"]) else None


def _gain(voice: Voice, row: Mapping[str, Any], title: str, max_score: float) -> str:
    values = {**_value(voice, row), "people": voice.count(row["n_people"])}
    if math.isfinite(max_score):
        return voice.html("learning.gain", title=title, max_score=voice.number(max_score, 0), **values)
    return voice.html("learning.gain_unit", title=title, **values)


def _value(voice: Voice, row: Mapping[str, Any], *, signed: bool = True) -> dict[str, str]:
    return {
        "value": voice.points(row["estimate"], signed=signed),
        "interval": voice.interval(row["conf_low"], row["conf_high"]),
    }


def _direction(row: Mapping[str, Any]) -> str:
    if row["conf_low"] > 0:
        return "rose"
    return "fell" if row["conf_high"] < 0 else "unclear"


def _row(
    voice: Voice, key: Mapping[str, str], measure: str, term: str, row: Mapping[str, Any], note: str = ""
) -> dict[str, Any]:
    names = ("estimate", "conf_low", "conf_high", "conf_level", "unit", "comparison", "n", "n_people")
    numbers = {name: row[name] for name in names if name in row} if not note else {}
    where = {"report": voice.report, "market": voice.market, "period": voice.period}
    return estimates_row(**where, **key, measure=measure, term=term, note=_english(voice, note), **numbers)


def _english(voice: Voice, note: str) -> str:
    """Notes of the file are English for every market."""
    texts = {
        "few_people": f"fewer than {voice.min_n} people",
        "not_one_scale": "the tests are not on one scale",
        "no_estimate": "no estimate is possible",
    }
    return texts.get(note, note)
