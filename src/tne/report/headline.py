"""The finding of a report in one line and a few sentences, by rule from the standings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tne.report.standing import HARMFUL, HIDDEN, Standing
from tne.report.voice import Voice

_RANK = {"scale": 0, "keep": 1}


def headline(voice: Voice, items: Sequence[Standing], facts: Mapping[str, Any]) -> str:
    """Return the headline as plain text.

    Notes
    -----
    Hidden and undefined programmes count as open: nothing is said about them. "Improved" counts the
    programmes whose verdict is effective. Harm is named before lack of effect, and the programme that most people
    liked (or, unknown that, the largest) is named if it alone did not work.
    """
    if not items:
        return voice.text(f"headline.{_without(facts)}")
    by = _by_state(items)
    n = len(items)
    if len(by[HIDDEN]) == n:
        return voice.text("headline.tiny_market", market=voice.market_name)
    if not any(item.shown for item in items) and not by["effective"] and not by["not_effective"]:
        return voice.text(
            "headline.learning_only" if facts.get("learning_only") else "headline.none_measured"
        )
    text = _one(voice, items[0]) if n == 1 else _many(voice, items, by, facts)
    return text[:1].upper() + text[1:]


def standfirst(voice: Voice, items: Sequence[Standing], facts: Mapping[str, Any]) -> list[str]:
    """Return two or three sentences (HTML) that a market lead can repeat: what worked, what did not, what is open."""
    if not items:
        if facts.get("learning_only") and facts.get("audits"):
            return [voice.html("standfirst.learned_undated")]
        return [voice.html(f"standfirst.{_without(facts)}")]
    by = _by_state(items)
    if len(by[HIDDEN]) == len(items):
        return [voice.html("standfirst.tiny_market", min_n=voice.min_n)]
    out = []
    out += _worked(voice, by["effective"])
    if by[HARMFUL]:
        worst = min(by[HARMFUL], key=lambda item: item.estimate)
        out.append(voice.html("standfirst.harmful", **_numbers(voice, worst)))
    if by["not_effective"]:
        out.append(_no_use(voice, _largest(by["not_effective"])))
    if not out and facts.get("learning_only"):
        return [voice.html("standfirst.learning_only")]
    out += _open(voice, by["cannot_tell"])
    if len(out) == 1:
        out.append(_next(voice, items[0] if len(items) == 1 else _first_to_act(items)))
    return out[:3]


def _without(facts: Mapping[str, Any]) -> str:
    """No programme has an effect to show: because there are only tests, or because none ran."""
    return "learning_only" if facts.get("learning_only") else "no_programmes"


def _by_state(items: Sequence[Standing]) -> dict[str, list[Standing]]:
    states = ("effective", "not_effective", HARMFUL, "cannot_tell", HIDDEN)
    return {state: [item for item in items if item.state == state] for state in states}


def _one(voice: Voice, item: Standing) -> str:
    key = item.state
    if key == "effective":
        key = "scale" if item.action == "scale" else "keep"
    return voice.text(f"headline.one_{key}", title=item.title)


def _many(
    voice: Voice, items: Sequence[Standing], by: Mapping[str, list[Standing]], facts: Mapping[str, Any]
) -> str:
    total, works, harm, no_use = len(items), len(by["effective"]), len(by[HARMFUL]), len(by["not_effective"])
    still_open = total - works - harm - no_use
    total_word = voice.word(total)
    if works == total:
        return _all(voice, "all_effective", "both_effective", total)
    if works:
        text = _count(voice, "headline.some_effective", works, total_word=total_word)
        tail = _tail(voice, items, by, facts, still_open)
        told = by[HARMFUL] or by["not_effective"]
        return text + tail + (_count(voice, "headline.and_open", still_open) if told and still_open else "")
    if harm == total:
        return voice.text("headline.all_harmful", n_word=total_word)
    if harm:
        return _count(voice, "headline.harmful_first", harm, total_word=total_word)
    if no_use == total:
        return _all(voice, "none_effective", "neither_effective", total)
    if still_open == total:
        return _all(voice, "all_cannot_tell", "both_cannot_tell", total)
    return _count(voice, "headline.mixed_none", still_open, total_word=total_word)


def _tail(
    voice: Voice,
    items: Sequence[Standing],
    by: Mapping[str, list[Standing]],
    facts: Mapping[str, Any],
    still_open: int,
) -> str:
    if by[HARMFUL]:
        return _count(voice, "headline.tail_harmful", len(by[HARMFUL]))
    no_use = by["not_effective"]
    if len(no_use) == 1:
        if facts.get("most_liked") == no_use[0].programme_id:
            return voice.text("headline.tail_popular")
        others = [item.n_trained for item in items if item is not no_use[0]]
        if all(no_use[0].n_trained > n for n in others):  # False where a number is unknown
            return voice.text("headline.tail_largest")
    if no_use:
        return _count(voice, "headline.tail_not_effective", len(no_use))
    return _count(voice, "headline.tail_open", still_open)


def _all(voice: Voice, key: str, of_two: str, total: int) -> str:
    return voice.text(f"headline.{of_two if total == 2 else key}", n_word=voice.word(total))


def _count(voice: Voice, key: str, n: int, **values: Any) -> str:
    return voice.text(key, n=n, n_word=voice.word(n), **values)


def _numbers(voice: Voice, item: Standing) -> dict[str, str]:
    signed = item.state != "effective" and item.state != HARMFUL
    value = abs(item.estimate) if item.state == HARMFUL else item.estimate
    low, high = (-item.high, -item.low) if item.state == HARMFUL else (item.low, item.high)
    return {
        "title": item.title,
        "value": voice.points(value, signed=signed),
        "interval": voice.interval(low, high),
    }


def _worked(voice: Voice, items: Sequence[Standing]) -> list[str]:
    if not items:
        return []
    best = min(items, key=lambda item: (_RANK.get(item.action, 2), -item.estimate))
    key = "standfirst.scale" if best.action == "scale" else "standfirst.keep"
    text = voice.html(key, reason=voice.code("reason", best.reason), **_numbers(voice, best))
    others = [item for item in items if item is not best]
    more = len(others)
    if more == 1 and others[0].shown:
        text += " " + voice.html("standfirst.one_more", **_numbers(voice, others[0]))
    elif more:
        text += " " + voice.html("standfirst.more_effective", n=more, n_word=voice.word(more))
    return [text]


def _no_use(voice: Voice, item: Standing) -> str:
    if not math.isfinite(item.minimum):
        return voice.html("standfirst.not_effective_plain", **_numbers(voice, item))
    minimum = voice.points(item.minimum, signed=False)
    return voice.html("standfirst.not_effective", minimum=minimum, **_numbers(voice, item))


def _open(voice: Voice, items: Sequence[Standing]) -> list[str]:
    """One sentence for the programmes that are open for the most frequent reason, others left to the table."""
    if not items:
        return []
    reasons = [item.reason for item in items]
    reason = max(dict.fromkeys(reasons), key=reasons.count)
    same = [item.title for item in items if item.reason == reason]
    text = voice.code("reason", reason)
    if len(same) == 1:
        return [voice.html("standfirst.cannot_tell", title=same[0], reason=text)]
    return [voice.html("standfirst.cannot_tell_many", titles=voice.listed(same), reason=text)]


def _next(voice: Voice, item: Standing) -> str:
    action = voice.code("do", item.action)
    role = voice.code("role", item.owner_role)
    if item.due is None:
        return voice.html("standfirst.next_no_date", action=action, role=role)
    return voice.html("standfirst.next", action=action, role=role, date=item.due)


def _first_to_act(items: Sequence[Standing]) -> Standing:
    order = ("stop", "revise", "scale", "measure_better", "keep")
    return min(items, key=lambda item: order.index(item.action) if item.action in order else len(order))


def _largest(items: Sequence[Standing]) -> Standing:
    return max(items, key=lambda item: item.n_trained if math.isfinite(item.n_trained) else 0)
