"""One change of policy in sentences: the rise of errors, the way back, what the briefing added."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tne.report.block import Block
from tne.report.changed import HIDDEN, LATE, LEVEL, MAYBE, SOON, STILL, UNCLEAR, Changed
from tne.report.published import value_words
from tne.report.standing import HIDDEN as NOT_SHOWN
from tne.report.voice import Voice


def change_caveat(voice: Voice, items: Sequence[Changed]) -> Block:
    """Return what limits all changes; empty where no number is shown.

    Parameters
    ----------
    voice : Voice
    items : sequence of Changed
        Of `tne.say.changed`.

    Returns
    -------
    Block
        Of kind ``"caveat"``.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> tne.say.change_caveat(voice, []).html  # nothing is shown, so that nothing limits it
    ''
    """
    if not any(item.state not in (HIDDEN, SOON) for item in items):
        return Block(html="", kind="caveat")
    return Block(html=f'<p class="caveat">{voice.html("briefing.caveat_day")}</p>', kind="caveat")


def change_text(voice: Voice, item: Changed) -> Block:
    """Return the sentences of one change, what limits it alone before them.

    Parameters
    ----------
    voice : Voice
    item : Changed
        Of `tne.say.changed`.

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
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> weeks = pd.DataFrame({"policy_area": ["spam"] * 30, "period": range(2915, 2945), "n": 400, "n_people": 30})
    >>> weeks["value"] = 0.10 + 0.01 * (weeks.index * 7 % 5 - 2) / 2 + 0.08 * weeks.index.isin(range(14, 20))
    >>> day = pd.to_datetime(["2025-01-01", "2026-02-10"], utc=True)
    >>> policies = pd.DataFrame({"policy_area": "spam", "policy_version": ["1", "2"], "effective_at": day, "title": ""})
    >>> calendar = tne.policy_calendar(policies, weeks)
    >>> found = [tne.policy_change(weeks, area="spam", start=calendar["start"].iloc[0])]
    >>> item = tne.say.changed(voice, calendar, found)[0]
    >>> tne.say.change_text(voice, item).html.partition("<p>")[2][:80]
    '<strong>Spam</strong>, new from 10 Feb 2026: in the first four weeks errors were'
    """
    alone = not item.found.compared and item.state not in (HIDDEN, SOON)
    caveat = f'<p class="caveat">{voice.html("briefing.caveat_alone")}</p>' if alone else ""
    return Block(html=f"{caveat}<p>{' '.join(sentences(voice, item))}</p>", kind="text")


def sentences(voice: Voice, item: Changed) -> list[str]:
    """Return what can be said of one change: the rise, the way back, the briefing."""
    who = {"area": item.title, "date": item.day}
    if item.state == HIDDEN:
        return [voice.html("briefing.rise_few", min_n=voice.min_n, **who)]
    if item.state == SOON:
        return [voice.html("briefing.rise_soon", **who)]
    plain = item.rise["conf_low"] > 0
    rise = value_words(voice, item.rise, signed=not plain)
    if item.state in (LEVEL, UNCLEAR, LATE):
        key = "rise_none" if item.state != LEVEL else "rise_small" if plain else "rise_level"
        told = [voice.html(f"briefing.{key}", margin=margin_words(voice, item), **who, **rise)]
        if item.state == LATE:
            told.append(voice.html("briefing.late", **value_words(voice, item.latest, signed=False)))
        return [*told, *_briefed(voice, item)]
    return [voice.html("briefing.rise", **who, **rise), _way_back(voice, item), *_briefed(voice, item)]


def range_words(voice: Voice, item: Changed) -> dict[str, str | int]:
    """Return the weeks to recovery and their limits as words, "" where there is none."""
    named = {"n_text": "estimate", "low": "conf_low", "high": "conf_high"}
    weeks = {name: item.recovery[column] for name, column in named.items()}
    words = {
        name: voice.count(week_count(value)) if math.isfinite(value) else "" for name, value in weeks.items()
    }
    return {"n": week_count(weeks["n_text"]) if words["n_text"] else 0, **words}


def week_count(value: float) -> int:
    """Return whole weeks."""
    return max(round(value), 0)


def margin_words(voice: Voice, item: Changed) -> str:
    """Return the points within which errors count as level."""
    return voice.number(item.margin, 0 if float(item.margin).is_integer() else 1)


def _way_back(voice: Voice, item: Changed) -> str:
    if item.early:
        return voice.html("briefing.early")
    if item.state == STILL:
        return voice.html("briefing.still", **value_words(voice, item.latest, signed=False))
    margin = margin_words(voice, item)
    if item.state == MAYBE and not math.isfinite(item.recovery["estimate"]):
        return voice.html("briefing.open", margin=margin, **value_words(voice, item.latest))
    return voice.html(f"briefing.{item.state}", margin=margin, **range_words(voice, item))


def _briefed(voice: Voice, item: Changed) -> list[str]:
    """What is known of the briefing: its effect where teams were briefed one after the other."""
    if not item.programme_id:
        return [voice.html("briefing.no_briefing")]
    known = item.briefing
    if known is None or known.state == NOT_SHOWN:
        return [voice.html("briefing.briefed_few", min_n=voice.min_n)]
    if not known.shown:
        return [voice.html("briefing.briefed_none", reason=voice.code("reason", known.reason))]
    values = {
        "value": voice.points(abs(known.estimate), signed=False)
        if known.state in ("effective", "harmful")
        else voice.points(known.estimate),
        "interval": voice.interval(
            *((-known.high, -known.low) if known.state == "harmful" else (known.low, known.high))
        ),
        "letter": known.letter,
    }
    return [voice.html(f"briefing.briefed_{known.state}", **values)]
