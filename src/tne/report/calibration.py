"""The first screen of the report on calibration: do people decide alike, where not, whose task is that?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tne.report.block import Block
from tne.report.calibration_areas import (
    ALIKE,
    EXPERT,
    FEW,
    FOUND,
    GOOD,
    GROUPS,
    HIDDEN,
    MODERATOR,
    OPEN,
    POOR,
    SAME,
    SPLIT,
    TEXT,
    TRAIN,
    UNCLEAR,
    UNDEFINED,
    AreaAgreement,
    agreed,
    cases_missing,
    level,
    shown,
)
from tne.report.calibration_words import agreement_words, lead, names
from tne.report.disclosure import headcount
from tne.report.due import task_html
from tne.report.first_screen import fact_list, first_screen, score_table
from tne.report.interval_svg import Scale, interval_svg
from tne.report.pooled import CASES, RATERS
from tne.report.published import level_row
from tne.report.voice import Voice

DAYS = 28  # to act: until about the next session
COEFFICIENT = "gwet_ac1"
_MARK = {GOOD: "effective", POOR: "not_effective", UNCLEAR: "cannot_tell"}
_TONE = {TEXT: "not_effective", TRAIN: "not_effective", SPLIT: "cannot_tell", ALIKE: "effective"}
_TASK = {
    TEXT: ("clarify", "policy_owner"),
    TRAIN: ("train", "trainer"),
    SPLIT: ("experts", "qa_lead"),
    OPEN: ("more", "qa_lead"),
    FEW: ("begin", "qa_lead"),
    SAME: ("vary", "qa_lead"),
    ALIKE: ("nothing", "qa_lead"),
}


def calibration_front(
    voice: Voice,
    areas: Sequence[AreaAgreement],
    others: Mapping[str, Mapping[str, Any]],
    *,
    together: bool,
    facts: Mapping[str, Any],
) -> Block:
    """Return the first screen: the finding, a row per policy area with what to do, what the data cannot tell.

    Parameters
    ----------
    voice : Voice
    areas : sequence of AreaAgreement
        Of `tne.say.area_agreement`; empty where there are no ratings.
    others : mapping
        Of `tne.say.group_agreement`, over the areas in which nothing was found.
    together : bool
        Whether any case was rated by two people.
    facts : mapping
        ``sessions``, ``cases``, ``raters`` (distinct), ``data_to``.

    Returns
    -------
    Block
        Kind ``"front"``; its rows are the agreement of each policy area and group.

    Raises
    ------
    KeyError
        If the catalogues lack a phrase.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "ES", "language": "en"})
    >>> ratings = tne.say.rated(tne.open("data/sample").table("ratings", market="ES"))
    >>> areas = tne.say.area_agreement(voice, tne.agreement_by(ratings, by=("policy_area", "group")), ratings, goal=0.6)
    >>> others = tne.say.group_agreement(voice, None, ratings.head(0))
    >>> tne.say.calibration_front(voice, areas, others, together=True, facts={}).facts["headline"]
    'Spain: too few shared cases to say how far people agree'
    """
    title = voice.text(
        f"opening.calibration.{verdict(areas, others, together=together)}",
        market=voice.market_name,
        areas=names(voice, [item for item in areas if item.state in FOUND]),
    )
    sentences = lead(voice, areas, others, together=together)
    below = f"{_table(voice, areas)}{_limits(voice, areas)}"
    rows = [row for item in areas for row in _rows(voice, item)]
    bar = _facts(voice, facts)
    return first_screen(voice, title, " ".join(sentences), below, facts=facts, rows=rows, bar=bar)


def verdict(
    areas: Sequence[AreaAgreement], others: Mapping[str, Mapping[str, Any]], *, together: bool
) -> str:
    """Return the code of the finding: what is found, and whether the other areas together are shown to agree well."""
    if not areas:
        return "nothing"
    if not together:
        return "alone"
    found = {item.state for item in areas if item.state in FOUND}
    levels = [level(others[group], areas[0].goal) for group in GROUPS]
    # few experts do not spoil it, few moderators do: they are most of those who decide
    good = levels[GROUPS.index(MODERATOR)] == GOOD and not {POOR, UNCLEAR} & set(levels)
    if found:
        what = "text" if found == {TEXT} else "mixed" if TEXT in found else "moderators"
        return f"{what}_else" if good else what
    if all(item.state == ALIKE for item in areas):
        return "alike"
    if good:
        return "alike_overall"
    if POOR in levels:
        return "poor_overall"
    if set(levels) <= {HIDDEN, UNDEFINED}:
        return "same" if UNDEFINED in levels else "few"
    return "open"


def task_of(item: AreaAgreement) -> tuple[str, str]:
    """Return what to do about an area, and whose task it is."""
    return _TASK[item.state]


def _facts(voice: Voice, facts: Mapping[str, Any]) -> str:
    """The line of facts: sessions, cases and raters; people are rounded to 5, and none is named below three."""
    said = []
    for name, least in (("sessions", 1), ("cases", 1), ("raters", RATERS)):
        n = facts.get(name)
        if n is not None and n >= least:
            count = int(n if name == "sessions" else headcount(n, least=least))
            said.append(voice.html(f"calibration.facts_{name}", n=count, n_text=voice.count(count)))
    if facts.get("data_to") is not None:
        said.append(voice.html("facts.data_to", date=facts["data_to"]))
    said.append(voice.html("calibration.facts_shown", raters=voice.count(RATERS), cases=voice.count(CASES)))
    return fact_list(voice, said)


def _table(voice: Voice, areas: Sequence[AreaAgreement]) -> str:
    if all(item.state == FEW for item in areas):
        return ""
    lows = [float(row["conf_low"]) for item in areas for row in (item.expert, item.moderator)]
    scale = Scale(min([-0.04, *(low - 0.04 for low in lows if math.isfinite(low))]), 1.04)
    keys = ("column.policy_area", "calibration.agreement", "calibration.reading", "scorecard.action")
    heads = [voice.html(key) for key in keys]
    goal = voice.number(areas[0].goal, 2)
    caption = voice.html("calibration.caption", level=voice.percent(0.95), goal=goal)
    body = "".join(_row(voice, item, scale) for item in areas)
    return score_table(voice.html("calibration.table_title"), caption, heads, body)


def _row(voice: Voice, item: AreaAgreement, scale: Scale) -> str:
    numbers = "".join(
        _number(voice, item, group, row, scale)
        for group, row in ((EXPERT, item.expert), (MODERATOR, item.moderator))
    )
    tone = f' class="s-{_TONE[item.state]}"' if item.state in _TONE else ""
    return (
        f'<tr{tone}><th scope="row" class="c-programme">{escape(item.title)}<small>{_basis(voice, item)}</small></th>'
        f'<td class="c-change">{numbers}</td>'
        f'<td class="c-evidence"><small>{voice.html(f"calibration.reading_{item.state}")}</small></td>'
        f'<td class="c-action">{_action(voice, item)}</td></tr>'
    )


def _basis(voice: Voice, item: AreaAgreement) -> str:
    if item.state == SAME:
        return ""
    if not math.isfinite(item.n_cases):
        return voice.html("calibration.basis_few", raters=voice.count(RATERS), cases=voice.count(CASES))
    known = [row for row in (item.expert, item.moderator) if shown(row) or agreed(row)]
    raters = sum(float(row["n_raters"]) for row in known)
    return voice.html("calibration.basis", cases=voice.count(item.n_cases), raters=voice.count(raters))


def _number(voice: Voice, item: AreaAgreement, group: str, row: Mapping[str, Any], scale: Scale) -> str:
    who = voice.html(f"calibration.of_{group}")
    if agreed(row):
        value = f"{voice.html('calibration.all_agreed')} (> {voice.number(0.95, 2)})"
        return f'<div class="s-effective">{who}: <span class="value"><b>{value}</b></span></div>'
    if not shown(row):
        why = "undefined" if level(row, item.goal) == UNDEFINED else "not_shown"
        return f'<small class="none">{who}: {voice.html(f"calibration.{why}")}</small>'
    state = _MARK[level(row, item.goal)]
    drawing = interval_svg(
        scale, float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"]), item.goal, state
    )
    words = agreement_words(voice, row)
    interval = f" ({escape(words['interval'])})" if words["interval"] else ""
    return (
        f'<div class="s-{state}">{drawing}{who} '
        f'<span class="value"><b>{escape(words["value"])}</b>{interval}</span></div>'
    )


def _action(voice: Voice, item: AreaAgreement) -> str:
    action, role = task_of(item)
    text = voice.html(f"calibration.do_{action}", cases=voice.count(CASES), raters=voice.count(RATERS))
    if item.state == ALIKE:
        return f"<b>{text}</b>"
    more = cases_missing(item) if item.state == OPEN else math.nan
    until = voice.html("calibration.more_n", cases=voice.count(more)) if math.isfinite(more) else ""
    until = f"<small>{until}</small>" if until else ""
    return f"<b>{text}</b>{task_html(voice, role, DAYS)}{until}"


def _limits(voice: Voice, areas: Sequence[AreaAgreement]) -> str:
    """What these data cannot tell."""
    if all(item.state in (FEW, SAME) for item in areas):
        return ""
    keys = ("limit_right", "limit_cases", "limit_raters", "limit_experts")
    lines = "".join(f"<li>{voice.html(f'calibration.{key}')}</li>" for key in keys)
    title = voice.html("assessment.limits_title")
    return f'<section class="aside"><h2>{title}</h2><ul>{lines}</ul></section>'


def _rows(voice: Voice, item: AreaAgreement) -> list[dict[str, Any]]:
    out = []
    for group, row in ((EXPERT, item.expert), (MODERATOR, item.moderator)):
        key = {"programme_id": "", "level": "behaviour", "group": f"{item.area} {group}"}
        note = "" if shown(row) else str(row.get("note") or "unknown")
        out.append(level_row(voice, key, "agreement", COEFFICIENT, row, note=note))
    return out
