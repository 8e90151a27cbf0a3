"""The report on training needs: what to train next, whom, and whether it is a training problem at all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.due import task_html
from tne.report.exhibit import table
from tne.report.first_screen import first_screen, score_table
from tne.report.interval_svg import Scale, common_scale, interval_svg
from tne.report.need import HARMLESS, HIDDEN, OPEN, Need, need_rows
from tne.report.needs_evidence import number_words
from tne.report.needs_words import avoid_words, cause_words, headline, lead, probability_words
from tne.report.published import machine_data
from tne.report.voice import Voice

DAYS = 14  # to act
MOST = 5  # gaps told in another report


def needs_front(
    voice: Voice,
    items: Sequence[Need],
    *,
    facts: Mapping[str, Any],
    level: float = math.nan,
    weeks: int | None = None,
) -> Block:
    """Return the first screen: the finding, a sentence and a row per gap, what the data cannot tell.

    Parameters
    ----------
    voice : Voice
    items : sequence of Need
        Empty without audits.
    facts : mapping
        ``moderators``, ``audits``, ``data_to``, and ``errors`` (wrong decisions found; 0 says that there were none).
    level : float
        The market's level, per cent of decisions that were wrong; gated by the caller.
    weeks : int, optional
        How far the audits go back.

    Returns
    -------
    Block
        Kind ``"front"``; its rows are error rate and errors to avoid of each area.

    Raises
    ------
    KeyError
        If the catalogues lack a phrase.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> tne.say.needs_front(voice, [], facts={"errors": 0}).facts["headline"]
    'Too few people in Ireland to say what to train next'
    """
    title = headline(voice, items, facts)
    told = " ".join(lead(voice, items, facts))
    below = f"{_table(voice, items, level, weeks)}{_limits(voice, items)}"
    rows = [row for item in items for row in need_rows(voice, item)]
    return first_screen(voice, title, told, below, facts=facts, rows=rows)


def _table(voice: Voice, items: Sequence[Need], level: float, weeks: int | None) -> str:
    gaps = [item for item in items if item.is_gap]
    rest = _rest(voice, items)
    if not gaps:
        return f'<section class="score">{rest}</section>' if rest else ""
    drawn = [item for item in gaps if math.isfinite(item.rate["estimate"])]
    parts = [(i.rate["estimate"], i.rate["conf_low"], i.rate["conf_high"]) for i in drawn]
    scale = common_scale(parts, [level]) if drawn else None
    keys = ("needs.area", "needs.errors", "needs.cause", "scorecard.action")
    heads = [voice.html(key) for key in keys]
    known = {"level": voice.percent(0.95), "value": voice.number(level, 1)}
    caption = voice.html("needs.caption" if math.isfinite(level) else "needs.caption_plain", **known)
    if weeks:
        caption += f" · {voice.html('needs.window', weeks=weeks)}"
    body = "".join(_row(voice, item, scale, level) for item in gaps)
    title = voice.html("needs.table_title")
    return score_table(title, caption, heads, body, below=rest, css="scorecard needs")


def _row(voice: Voice, item: Need, scale: Scale | None, level: float) -> str:
    kind = ""
    if item.kind:
        known = f"draw.error_{item.kind}"
        word = voice.text(known) if voice.has(known) else item.kind.replace("_", " ")
        kind = f"<small>{voice.html('needs.mostly', kind=word)}</small>"
    return (
        f'<tr><th scope="row" class="c-programme">{escape(item.title)}{kind}</th>'
        f'<td class="c-change"{machine_data(item.rate)}>{_errors(voice, item, scale, level)}</td>'
        f'<td class="c-evidence">{_cause(voice, item)}</td>'
        f'<td class="c-action">{_action(voice, item)}</td></tr>'
    )


def _errors(voice: Voice, item: Need, scale: Scale | None, level: float) -> str:
    if not math.isfinite(item.rate["estimate"]) or scale is None:
        return f'<span class="none">{escape(voice.code("note", str(item.rate["note"]), min_n=voice.min_n))}</span>'
    row = item.rate
    drawing = interval_svg(
        scale, row["estimate"], row["conf_low"], row["conf_high"], level, "harmful" if item.above else "open"
    )
    words = number_words(voice, row)
    value = f'<span class="value"><b>{escape(words["value"])}</b> ({escape(words["interval"])})</span>'
    return f"{drawing}{value}<small>{avoid_words(voice, item)}</small>"


def _cause(voice: Voice, item: Need) -> str:
    sure = probability_words(voice, item)
    small = f"<small>{sure}</small>" if sure else ""
    return f"{escape(cause_words(voice, item.cause))}{small}"


def _action(voice: Voice, item: Need) -> str:
    return f"<b>{escape(_do(voice, item))}</b>{task_html(voice, item.owner_role, DAYS)}"


def _do(voice: Voice, item: Need) -> str:
    known = voice.has(f"needs.do_{item.action}")
    return voice.text(f"needs.do_{item.action}" if known else "needs.do_unknown")


def _rest(voice: Voice, items: Sequence[Need]) -> str:
    """The areas that have no row: nothing to mend, not told and not above the others, too few people."""
    groups = (
        ("open", [i for i in items if i.cause == OPEN and not i.is_gap]),
        ("harmless", [i for i in items if i.cause == HARMLESS]),
        ("few", [i for i in items if i.cause == HIDDEN]),
    )
    return "".join(
        f'<p class="footnote">'
        f"{voice.html(f'needs.rest_{key}', areas=voice.listed([i.name for i in own]), min_n=voice.min_n)}</p>"
        for key, own in groups
        if own
    )


def _limits(voice: Voice, items: Sequence[Need]) -> str:
    """What these data cannot tell."""
    if not any(item.is_gap for item in items):
        return ""
    lines = "".join(f"<li>{voice.html(f'needs.limit_{key}')}</li>" for key in ("cause", "avoid"))
    title = voice.html("assessment.limits_title")
    return f'<section class="aside"><h2>{title}</h2><ul>{lines}</ul></section>'


def needs_short(voice: Voice, items: Sequence[Need]) -> Block:
    """Return the largest gaps for another report: the finding, and a table with probable cause and action.

    Parameters
    ----------
    voice : Voice
    items : sequence of Need
        Of `tne.say.needs`.

    Returns
    -------
    Block
        Of kind ``"table"``.

    Raises
    ------
    ValueError
        If they hold numbers that may not be shown.

    Examples
    --------
    >>> from tne.report.need import Need
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> rate = {"estimate": 8.0, "conf_low": 6.0, "conf_high": 10.0, "n_people": 40}
    >>> gap = Need("hate_speech", "knowledge", 0.8, "train", "policy_training_developer", rate)
    >>> tne.say.needs_short(voice, [gap]).kind
    'table'
    """
    gaps = [item for item in items if item.is_gap][:MOST]
    if not gaps:
        return Block(html="", kind="table")
    shown = pd.DataFrame(
        [
            {
                **{name: item.rate[name] for name in ("estimate", "conf_low", "conf_high")},
                "policy_area": item.title,
                "n_people": item.rate.get("n_people", math.nan),
                "note": item.rate.get("note") or "",
                "cause": cause_words(voice, item.cause),
                "action": _do(voice, item),
                "role": voice.code("role", item.owner_role),
            }
            for item in gaps
        ]
    )
    columns = {name: voice.text(f"column.{name}") for name in ("policy_area", "estimate", "interval")}
    columns |= {"estimate": voice.text("needs.column_wrong"), "cause": voice.text("needs.cause")}
    columns |= {name: voice.text(f"column.{name}") for name in ("action", "role")}
    text = f"<p>{escape(headline(voice, items, {}))}.</p>"
    return Block(html=text + table(voice, "needs", shown, columns=columns).html, kind="table")
