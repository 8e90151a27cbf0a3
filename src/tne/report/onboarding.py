"""The report on onboarding: how fast do new people become good, wave by wave, and what should be done?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tne.report.block import Block
from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE
from tne.report.first_screen import first_screen, score_table
from tne.report.interval_svg import Scale, interval_svg
from tne.report.onboarding_numbers import EARLY
from tne.report.onboarding_state import HireWave
from tne.report.onboarding_words import (
    count_words,
    do_html,
    forecast_words,
    headline,
    is_total,
    lead,
    limits,
    median_words,
    share_words,
)
from tne.report.published import machine_data
from tne.report.voice import Voice

PER_CENT = Scale(-6.0, 106.0)
HALF = 50.0


def onboarding_front(voice: Voice, items: Sequence[HireWave], *, facts: Mapping[str, Any]) -> Block:
    """Return the first screen: the finding, all new people and each wave with what to do, what the data cannot tell.

    Parameters
    ----------
    voice : Voice
    items : sequence of HireWave
        All first; empty where nobody is known to be new.
    facts : mapping
        ``moderators``, ``audits``, ``data_to``, ``since`` (first day of the data), ``before`` (people hired before it),
        ``rule`` (as in `rule_sentence`) and, without items, ``missing``: ``"no_audits" "no_hires" "nobody"``.

    Returns
    -------
    Block
        Kind ``"front"``; its rows are median, share proficient and share that left, of all and of each wave.

    Raises
    ------
    KeyError
        If the catalogues lack a phrase.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> tne.say.onboarding_front(voice, [], facts={"missing": "nobody"}).facts["headline"]
    'No new moderators in Ireland since the data begin'
    """
    title = headline(voice, items, facts)
    told = " ".join(lead(voice, items, facts))
    below = f"{_table(voice, items, facts.get('data_to'))}{limits(voice, items, facts)}"
    rows = [row for item in items for row in item.rows]
    return first_screen(voice, title, told, below, facts=facts, rows=rows)


def _table(voice: Voice, items: Sequence[HireWave], data_to: Any) -> str:
    if not items:
        return ""
    week = items[0].week
    ready, left = voice.html("onboarding.head_ready", week=week), voice.html("onboarding.head_left")
    heads = (voice.html("onboarding.head_wave"), ready, left, voice.html("scorecard.action"))
    caption = voice.html("onboarding.caption", level=voice.percent(0.95), week=week)
    body = "".join(_row(voice, item, data_to) for item in items)
    return score_table(voice.html("onboarding.table_title"), caption, heads, body, css="scorecard needs")


def _row(voice: Voice, item: HireWave, data_to: Any) -> str:
    hired = voice.html("onboarding.cell_hired", count=count_words(voice, item.hired))
    return (
        f'<tr><th scope="row" class="c-programme">{escape(item.name)}<small>{hired}</small></th>'
        f'<td class="c-change"{machine_data(item.ready)}>{_ready(voice, item)}</td>'
        f'<td class="c-evidence">{_others(voice, item, data_to)}</td>'
        f'<td class="c-action">{do_html(voice, item, data_to)}</td></tr>'
    )


def _ready(voice: Voice, item: HireWave) -> str:
    row = item.ready
    small = f"<small>{median_words(voice, item)}</small>"
    if not math.isfinite(row["estimate"]):
        css = "value" if row["note"] in (BELOW_EDGE, ABOVE_EDGE) else "none"
        return f'<span class="{css}">{escape(voice.code("note", str(row["note"]), min_n=voice.min_n))}</span>{small}'
    words = share_words(voice, row)
    state = "effective" if row["conf_low"] > HALF else "harmful" if row["conf_high"] < HALF else "open"
    drawing = interval_svg(PER_CENT, row["estimate"], row["conf_low"], row["conf_high"], HALF, state)
    value = f'<span class="value"><b>{escape(words["share"])}</b> ({escape(words["interval"])})</span>'
    return f"{drawing}{value}{small}"


def _others(voice: Voice, item: HireWave, data_to: Any) -> str:
    """Who left before, who is still on the way, and when the wave is ready."""
    if item.left["note"] == EARLY == item.ready["note"]:
        left = ""  # said beside it
    elif math.isfinite(item.left["estimate"]):
        words = share_words(voice, item.left)
        left = voice.html("onboarding.cell_left", **words)
    else:
        why = voice.code("note", str(item.left["note"]), min_n=voice.min_n)
        left = voice.html("onboarding.cell_left_none", why=why)
    running = voice.html("onboarding.cell_running", count=count_words(voice, item.running))
    ready = "" if is_total(item) else forecast_words(voice, item, data_to)
    first = f"{left}<small>{running}</small>" if left else running
    return first + (f"<small>{ready}</small>" if ready else "")
