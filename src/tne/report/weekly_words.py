"""One measure of the weekly report in words: its numbers, what coincides, what to look at, by whom and by when."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from tne.report.due import task_html
from tne.report.rounding import headcount
from tne.report.voice import Voice
from tne.report.weekly_state import ABOVE, HIDDEN, MOVED, Weekly
from tne.report.written import NO_NUMBER

DAYS = 7  # to look
# who looks, by measure and side
ROLES = {
    ("error_rate", "above"): "qa_lead",
    ("error_rate", "below"): "qa_lead",
    ("cases_per_day", "above"): "qa_lead",
    ("cases_per_day", "below"): "operations_lead",
    ("handle_seconds", "above"): "operations_lead",
    ("handle_seconds", "below"): "qa_lead",
    ("exposure_minutes", "above"): "operations_lead",
    ("exposure_minutes", "below"): "operations_lead",
    ("appeal_rate", "above"): "qa_lead",
    ("appeal_rate", "below"): "training_analyst",
    ("overturn_rate", "above"): "qa_lead",
    ("overturn_rate", "below"): "training_analyst",
}


def name_of(voice: Voice, measure: str) -> str:
    """Return what a measure is called, without its unit."""
    return voice.text(f"weekly.name_{measure}")


def number_words(voice: Voice, item: Weekly) -> dict[str, str]:
    """Return a measure's value and usual range as words."""
    return {
        "value": voice.code("note", item.edge) if item.edge else voice.number(item.value, item.decimals),
        "low": voice.number(item.low, item.decimals),
        "high": voice.number(item.high, item.decimals),
    }


def change_words(voice: Voice, item: Weekly) -> str:
    """Return the change against the four weeks before with its interval; "" where there is none."""
    low, high = item.change["conf_low"], item.change["conf_high"]
    if not math.isfinite(item.change["estimate"]) or not math.isfinite(low):
        return ""
    value = voice.number(item.change["estimate"], item.decimals, signed=True)
    return voice.html("weekly.change", value=value, interval=voice.interval(low, high, item.decimals))


def signal_sentences(voice: Voice, item: Weekly) -> list[str]:
    """Return what is said of a measure that moved: its numbers, and what coincides."""
    words = number_words(voice, item)
    told = [
        voice.html(
            "weekly.signal", measure=voice.text(f"weekly.title_{item.measure}"), week=item.week, **words
        )
    ]
    return [*told, coincides(voice, item.events)]


def coincides(voice: Voice, events: Sequence[Mapping[str, Any]]) -> str:
    """Return the sentence on what coincides with a week, never as its cause."""
    if not events:
        return voice.html("weekly.no_event")
    return voice.html("weekly.coincides", events=voice.listed(event_words(voice, events)))


def event_words(voice: Voice, events: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return events as words; headcounts are rounded to 5."""
    out = []
    for event in events:
        people = event["n_people"]
        n = int(headcount(people, least=voice.min_n)) if math.isfinite(people) else 0
        values = {"what": _plain(event), "n": n, "n_text": voice.count(n)}
        if pd.notna(event["on"]):
            values["on"] = voice.date(event["on"])
        out.append(voice.text(f"weekly.event_{event['event']}", **values))
    return out


def look(voice: Voice, item: Weekly) -> str:
    """Return the cell that says what to look at, by whom and by when."""
    if item.state == HIDDEN:
        return f'<span class="none">{NO_NUMBER}</span>'
    if item.state not in MOVED:
        key = "weekly.look_nothing" if item.state == "usual" else "weekly.look_wait"
        return f'<span class="none">{voice.html(key)}</span>'
    side = "above" if item.state == ABOVE else "below"
    what = voice.html(f"weekly.look_{item.measure}_{side}")
    return f"<b>{what}</b>{task_html(voice, ROLES[item.measure, side], DAYS)}"


def _plain(event: Mapping[str, Any]) -> str:
    """A title as it is; a code of the data as a reader may see it."""
    what = str(event["what"])
    return what if event["event"] == "training" else what.replace("_", " ")
