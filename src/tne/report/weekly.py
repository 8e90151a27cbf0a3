"""The weekly report: what moved beyond chance in the last full week, and what happened then."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.first_screen import first_screen, score_table
from tne.report.voice import Voice
from tne.report.weekly_range import range_svg
from tne.report.weekly_state import JUDGED, MOVED, Weekly, measures_judged
from tne.report.weekly_words import (
    change_words,
    look,
    number_words,
    signal_sentences,
)

MOST = 3  # signals told in the lead
RECENT = 4
# the sides that are bad news; the others are to be looked at as well
WORSE = {
    *(
        (name, "above")
        for name in ("error_rate", "handle_seconds", "exposure_minutes", "appeal_rate", "overturn_rate")
    ),
    ("cases_per_day", "below"),
}


def weekly_front(
    voice: Voice, items: Sequence[Weekly], *, facts: Mapping[str, Any], per_year: float = math.nan
) -> Block:
    """Return the first screen: one sentence, a row per measure, how often chance alone would speak.

    Parameters
    ----------
    voice : Voice
    items : sequence of Weekly
    facts : mapping
        As for `front`.
    per_year : float
        Weeks a year that chance alone marks, over all measures.

    Returns
    -------
    Block
        Kind ``"front"``; its rows are the week, the usual range and the change of each measure.

    Raises
    ------
    KeyError
        If the catalogues lack a phrase.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> days = pd.date_range("2026-01-05", periods=16, freq="7D").repeat(12)
    >>> production = pd.DataFrame({"moderator_id": [*range(12)] * 16, "queue": "q", "date": days})
    >>> production["cases"] = np.repeat([100, 104, 98, 101] * 3 + [103, 99, 140, 0], 12)
    >>> weeks = tne.weekly_operations(production)
    >>> columns = {"value": "value", "period": "period", "provisional": "provisional"}
    >>> signals = tne.weekly_signals(weeks, **columns, fewest_people=10)
    >>> events = tne.weekly_events(weeks["week"])
    >>> items = tne.say.weekly_items(voice, {"cases_per_day": signals}, events)
    >>> tne.say.weekly_front(voice, items, facts={}).facts["headline"]
    'Ireland: more cases per moderator and day than usual'
    """
    moved = [item for item in items if item.moved]
    title = _headline(voice, items, moved)
    lead = " ".join(_lead(voice, items, moved))
    below = f"{_table(voice, items)}{_limits(voice, items, per_year)}"
    rows = [row for item in items for row in item.rows]
    return first_screen(voice, title, lead, below, facts=facts, rows=rows)


def _headline(voice: Voice, items: Sequence[Weekly], moved: Sequence[Weekly]) -> str:
    values: dict[str, Any] = {"market": voice.market_name}
    if not items:
        key = "opening.weekly.nothing"
    elif len(moved) == 1:
        key = f"opening.weekly.{moved[0].measure}_{moved[0].state}"
    elif moved:
        n, total = len(moved), measures_judged(items)
        key = "opening.weekly.several"
        values |= {"n": n, "n_word": voice.word(n), "total_word": voice.word(total)}
    else:
        key = "opening.weekly.quiet" if measures_judged(items) else "opening.weekly.tiny"
    text = voice.text(key, **values)
    return text[:1].upper() + text[1:]


def _lead(voice: Voice, items: Sequence[Weekly], moved: Sequence[Weekly]) -> list[str]:
    if not items:
        return [voice.html("weekly.lead_nothing")]
    if moved:
        told: list[str] = []
        for week in sorted({item.week for item in moved[:MOST]}, reverse=True):
            own = [signal_sentences(voice, item) for item in moved[:MOST] if item.week == week]
            told += [numbers for numbers, _ in own] + [own[0][1]]  # what coincides with a week is said once
        return told
    n = measures_judged(items)
    if not n:
        return [voice.html("weekly.lead_tiny", min_n=voice.min_n)]
    key = "weekly.lead_quiet" if n == len(items) else "weekly.lead_quiet_some"
    total = {"n": n, "n_word": voice.word(n), "total_word": voice.word(len(items))}
    earlier = sum(int(item.weeks["signal"].ne("").tail(RECENT + 1).sum()) for item in items)
    said = voice.html(key, **total)
    return [
        said[:1].upper() + said[1:],
        voice.html("weekly.lead_earlier" if earlier else "opening.weekly.lead"),
    ]


def _table(voice: Voice, items: Sequence[Weekly]) -> str:
    if not items:
        return ""
    keys = ("weekly.head_measure", "weekly.head_week", "weekly.head_sign", "weekly.head_look")
    heads = [voice.html(key) for key in keys]
    body = "".join(_row(voice, item) for item in items)
    caption = voice.html("weekly.caption", level=voice.percent(0.95))
    return score_table(voice.html("weekly.table_title"), caption, heads, body)


def _row(voice: Voice, item: Weekly) -> str:
    when = "" if pd.isna(item.week) else f"<small>{voice.html('weekly.week_of', week=item.week)}</small>"
    name = escape(voice.text(f"weekly.title_{item.measure}"))
    sign = "word" if item.moved else "none"
    css = (
        "hidden"
        if not item.moved
        else "not_effective"
        if (item.measure, item.state) in WORSE
        else "cannot_tell"
    )
    return (
        f'<tr class="s-{css}"><th scope="row" class="c-programme">{name}{when}</th>'
        f'<td class="c-change"{_machine(item)}>{_numbers(voice, item)}</td>'
        f'<td class="c-evidence"><span class="{sign}">{voice.html(f"weekly.sign_{item.state}")}</span></td>'
        f'<td class="c-action">{look(voice, item)}</td></tr>'
    )


def _machine(item: Weekly) -> str:
    shown = {"v": item.value, "low": item.low, "high": item.high}
    return "".join(f' data-{k}="{v:.{item.decimals}f}"' for k, v in shown.items() if math.isfinite(v))


def _numbers(voice: Voice, item: Weekly) -> str:
    if not math.isfinite(item.value) and not item.edge:
        why = voice.code("note", item.why, min_n=voice.min_n) if item.why else ""
        return f'<span class="none">{voice.html(f"weekly.cell_{item.state}", why=why)}</span>'
    words = number_words(voice, item)
    value = f'<span class="value"><b>{escape(words["value"])}</b></span>'
    if item.state in JUDGED:
        usual = voice.html("weekly.cell_usual", **words)
        drawn = math.isfinite(item.value)
        drawing = range_svg(item.value, item.low, item.high, outside=item.state in MOVED) if drawn else ""
        value = f"{drawing}{value} {usual}"
    else:
        value += f' <span class="none">{voice.html(f"weekly.cell_{item.state}")}</span>'
    change = change_words(voice, item)
    return value + (f"<small>{change}</small>" if change else "")


def _limits(voice: Voice, items: Sequence[Weekly], per_year: float) -> str:
    lines = []
    judged = measures_judged(items)
    if judged and math.isfinite(per_year):
        n = max(round(per_year), 1)
        lines.append(voice.html("weekly.limit_chance", n=n, n_text=voice.count(n)))
    late: dict[tuple[pd.Timestamp, ...], list[str]] = {}
    for item in items:  # each measure settles at its own time
        if item.provisional:
            late.setdefault(item.provisional, []).append(voice.text(f"weekly.name_{item.measure}"))
    for weeks, names in sorted(late.items()):
        days = voice.listed([voice.date(week) for week in weeks])
        comma = "، " if voice.dir == "rtl" else ", "
        words = {"weeks": days, "measures": comma.join(names)}
        lines.append(voice.html("weekly.limit_provisional", n=len(weeks), **words))
    if items:
        lines.append(voice.html("weekly.limit_zone"))
    if not lines:
        return ""
    body = "".join(f"<li>{line}</li>" for line in lines)
    return f'<section class="aside"><h2>{voice.html("weekly.limits_title")}</h2><ul>{body}</ul></section>'
