"""Gaps in sentences: what to train next, what is no training problem, and by which signs that is known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tne.report.block import Block
from tne.report.need import HIDDEN, LEARNED, OPEN, OTHERS, Need
from tne.report.needs_evidence import number_words, sign_sentence
from tne.report.published import share_words
from tne.report.rounding import as_float
from tne.report.voice import Voice

MOST = 2  # gaps told in the lead


def headline(voice: Voice, items: Sequence[Need], facts: Mapping[str, Any]) -> str:
    """Return the finding: what to train next, and the largest gap that training cannot mend."""
    values: dict[str, Any] = {"market": voice.market_name}
    gaps = [item for item in items if item.is_gap]
    mend = next((item for item in gaps if item.cause in LEARNED), None)
    other = next((item for item in gaps if item.cause in OTHERS), None)
    if other is not None:
        values |= {"other": other.name, "why": voice.text(f"needs.why_{other.cause}")}
    if not items:
        key = "no_audits" if facts.get("errors") != 0 else "tiny" if _tiny(voice, facts) else "no_errors"
    elif all(item.cause == HIDDEN for item in items):
        key = "tiny"
    elif mend is not None:
        values["area"] = mend.name
        kind = "train" if mend.cause == "knowledge" else "brief"
        key = kind if other is None else f"{kind}_not"
    elif other is not None:
        # a hidden area may have more
        key = "not" if other is gaps[0] and other.above and not hidden_areas(items) else "not_first"
    elif gaps:
        key, values["area"] = "open_some" if hidden_areas(items) else "open", gaps[0].name
    else:
        key = "none_some" if hidden_areas(items) else "none"
    text = voice.text(f"opening.needs.{key}", **values)
    return text[:1].upper() + text[1:]


def lead(voice: Voice, items: Sequence[Need], facts: Mapping[str, Any]) -> list[str]:
    """Return what the largest gaps are, why they are probably there, and by which sign that is known."""
    if not items:
        if facts.get("errors") != 0:
            return [voice.html("needs.nothing_lead")]
        key = "few_lead" if _tiny(voice, facts) else "no_errors_lead"
        return [voice.html(f"needs.{key}", min_n=voice.min_n)]
    gaps = [item for item in items if item.is_gap]
    if not gaps:
        hidden = hidden_areas(items)
        key = "few_lead" if len(hidden) == len(items) else "none_some_lead" if hidden else "none_lead"
        areas = voice.listed([item.name for item in hidden])
        return [voice.html(f"needs.{key}", min_n=voice.min_n, areas=areas)]
    named = [item for item in gaps if item.cause != OPEN] or gaps[:1]
    # in the order of the headline: what to train, then what not
    named = sorted(named, key=lambda item: item.cause not in LEARNED)
    return [f"<strong>{escape(item.title)}</strong>: {_reason(voice, item)}" for item in named[:MOST]]


def hidden_areas(items: Sequence[Need]) -> list[Need]:
    """Return the areas that are not shown, and so not judged."""
    return [item for item in items if item.cause == HIDDEN]


def _tiny(voice: Voice, facts: Mapping[str, Any]) -> bool:
    """Whether too few people were audited even to say that no decision was wrong; an unknown number is too few."""
    people = as_float(facts.get("moderators"))
    return not people >= voice.min_n


def gap_text(voice: Voice, item: Need, *, weeks: int) -> Block:
    """Return the sentences of one gap: its size in the last weeks, its probable cause, the strongest sign.

    Parameters
    ----------
    voice : Voice
    item : Need
        Of `tne.say.needs`.
    weeks : int
        How far the audits go back.

    Returns
    -------
    Block
        Of kind ``"text"``.

    Raises
    ------
    KeyError
        If the catalogues lack a phrase.

    Examples
    --------
    >>> from tne.report.need import Need
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> rate = {"estimate": 8.0, "conf_low": 6.0, "conf_high": 10.0, "n_people": 40}
    >>> tne.say.gap_text(voice, Need("hate_speech", "knowledge", 0.8, rate=rate), weeks=26).html[:66]
    '<p>In the last 26 weeks, adjusted, <strong>8.0%</strong> (6.0 to 1'
    """
    out = []
    if math.isfinite(item.rate["estimate"]):
        words = number_words(voice, item.rate)
        errors = {"errors": errors_words(voice, item)} if item.above else {}
        out.append(voice.html("needs.size" if errors else "needs.size_plain", weeks=weeks, **errors, **words))
    known = item.cause if voice.has(f"needs.text_{item.cause}") else OPEN
    out.append(voice.html(f"needs.text_{known}"))
    sign = sign_sentence(voice, item)
    return Block(html=f"<p>{' '.join([*out, *([sign] if sign else [])])}</p>", kind="text")


def _reason(voice: Voice, item: Need) -> str:
    """The strongest sign in one sentence; without one that may be shown, the cause in words."""
    known = item.cause if voice.has(f"needs.text_{item.cause}") else OPEN
    return sign_sentence(voice, item) or voice.html(f"needs.text_{known}")


def cause_words(voice: Voice, cause: str) -> str:
    """Return a cause as a few words."""
    return voice.text(f"needs.cause_{cause}" if voice.has(f"needs.cause_{cause}") else "needs.cause_unknown")


def probability_words(voice: Voice, item: Need) -> str:
    """Return how sure the cause is, or between which two causes it lies; HTML."""
    if item.cause == OPEN:
        if len(item.between) < 2:
            return ""
        a, b = (cause_words(voice, name) for name in item.between)
        return voice.html("needs.between", a=a, b=b)
    if not math.isfinite(item.probability):
        return ""
    return voice.html("needs.probability", share=share_words(voice, round(20 * item.probability) / 20))


def avoid_words(voice: Voice, item: Need) -> str:
    """Return the errors a week that could be avoided, with their interval; HTML."""
    row = item.avoidable
    if not math.isfinite(row["estimate"]):
        return ""
    if not item.above:
        return voice.html("needs.avoid_none")
    decimals = 0 if row["estimate"] >= 10 else 1
    interval = voice.interval(row["conf_low"], row["conf_high"], decimals)
    return voice.html("needs.avoid", value=errors_words(voice, item), interval=interval)


def errors_words(voice: Voice, item: Need) -> str:
    """Return the errors a week to avoid as a number."""
    value = item.avoidable["estimate"]
    return voice.number(value, 0 if value >= 10 else 1)
