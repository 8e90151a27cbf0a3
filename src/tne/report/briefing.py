"""The report on policy updates: what each change did to errors, whether they are back, whether the briefing helped."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.briefing_words import margin_words, range_words, sentences
from tne.report.changed import (
    BACK,
    HIDDEN,
    LATE,
    LEVEL,
    MAYBE,
    ROSE,
    SOON,
    STILL,
    UNCLEAR,
    Changed,
    change_rows,
)
from tne.report.due import task_html
from tne.report.exhibit import figure
from tne.report.figures.series import weekly_accuracy, weekly_accuracy_values
from tne.report.first_screen import first_screen, score_table
from tne.report.interval_svg import Scale, common_scale, interval_svg
from tne.report.published import machine_data, value_words
from tne.report.shaping import gate, weekly_level
from tne.report.standing import HIDDEN as NOT_SHOWN
from tne.report.tips import tip
from tne.report.voice import Voice

DAYS = 14  # to act
MOST = 3  # changes told in the lead
CHANGED, OTHERS = "changed", "others"
_ORDER = {STILL: 0, MAYBE: 1, BACK: 2, LATE: 3, UNCLEAR: 4, LEVEL: 5, SOON: 6, HIDDEN: 7}
_NOT_CLEAR = (LEVEL, UNCLEAR, LATE)


def briefing_front(voice: Voice, items: Sequence[Changed], *, facts: Mapping[str, Any]) -> Block:
    """Return the first screen: the finding, a sentence and a row per change of policy, what the data cannot tell.

    Parameters
    ----------
    voice : Voice
    items : sequence of Changed
        Empty where no policy changed.
    facts : mapping
        ``moderators``, ``audits``, ``data_to``.

    Returns
    -------
    Block
        Kind ``"front"``; its rows are rise, latest level and weeks to recovery of each change.

    Raises
    ------
    KeyError
        If the catalogues lack a phrase.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> tne.say.briefing_front(voice, [], facts={}).facts["headline"]
    'No policy changed in Ireland in this time'
    """
    ordered = by_need(items)
    title = _headline(voice, ordered)
    told = [item for item in ordered if item.state in ROSE][:MOST] or ordered[:1]
    lead = [sentence for item in told for sentence in sentences(voice, item)]
    lead = lead or [voice.html("briefing.nothing_lead")]
    below = f"{_table(voice, ordered)}{_limits(voice, ordered)}"
    rows = [row for item in ordered for row in change_rows(voice, item)]
    return first_screen(voice, title, " ".join(lead), below, facts=facts, rows=rows)


def by_need(items: Sequence[Changed]) -> list[Changed]:
    """Order changes for reading: what is not back first, then the latest first.

    Parameters
    ----------
    items : sequence of Changed
        Of `tne.say.changed`.

    Returns
    -------
    list of Changed

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> weeks = pd.DataFrame({"policy_area": ["spam"] * 30, "period": range(2915, 2945), "n": 400, "n_people": 30})
    >>> weeks["value"] = 0.10 + 0.01 * (weeks.index * 7 % 5 - 2) / 2 + 0.08 * weeks.index.isin(range(14, 20))
    >>> day = pd.to_datetime(["2025-01-01", "2026-02-10"], utc=True)
    >>> policies = pd.DataFrame({"policy_area": "spam", "policy_version": ["1", "2"], "effective_at": day, "title": ""})
    >>> calendar = tne.policy_calendar(policies, weeks)
    >>> found = [tne.policy_change(weeks, area="spam", start=calendar["start"].iloc[0])]
    >>> items = tne.say.changed(voice, calendar, found)
    >>> [(item.area, item.state) for item in tne.say.by_need(items)]
    [('spam', 'back')]
    """
    return sorted(items, key=lambda item: (_ORDER[item.state], -item.day.value))


def area_weeks(voice: Voice, series: pd.DataFrame, item: Changed) -> pd.DataFrame:
    """Return the weekly accuracy of the changed area and of those it is compared with, per cent, gated.

    Parameters
    ----------
    voice : Voice
    series : DataFrame
        `Workspace.series("error_rate", "policy_area")` of the market.
    item : Changed
        Of `tne.say.changed`.

    Returns
    -------
    DataFrame
        week, group (the changed area, the others), n, n_people, and estimate, conf_low, conf_high in per cent.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> weeks = pd.DataFrame({"policy_area": ["spam"] * 30, "period": range(2915, 2945), "n": 400, "n_people": 30})
    >>> weeks["value"] = 0.10 + 0.01 * (weeks.index * 7 % 5 - 2) / 2 + 0.08 * weeks.index.isin(range(14, 20))
    >>> weeks["week"] = pd.Timestamp("1970-01-05") + pd.to_timedelta(7 * weeks["period"], unit="D")
    >>> day = pd.to_datetime(["2025-01-01", "2026-02-10"], utc=True)
    >>> policies = pd.DataFrame({"policy_area": "spam", "policy_version": ["1", "2"], "effective_at": day, "title": ""})
    >>> calendar = tne.policy_calendar(policies, weeks)
    >>> found = [tne.policy_change(weeks, area="spam", start=calendar["start"].iloc[0])]
    >>> item = tne.say.changed(voice, calendar, found)[0]
    >>> tne.say.area_weeks(voice, weeks, item)[["week", "estimate", "n_people"]].head(2)
            week  estimate  n_people
    0 2025-11-17      91.0        30
    1 2025-11-24      90.0        30
    """
    if item.state == HIDDEN:
        return pd.DataFrame({"estimate": []})
    weeks = item.found.weekly.to_frame()["week"] + item.found.start
    inside = series.loc[series["period"].isin(weeks.astype(int))]
    right = inside.assign(value=1 - inside["value"])
    own = right.loc[right["policy_area"].eq(item.area)]
    rest = right.loc[right["policy_area"].isin(item.found.compared)]
    rest = rest.assign(sum=rest["value"] * rest["n"]).groupby("week", as_index=False)
    # people audited in several areas are counted once at least
    others = rest.agg(sum=("sum", "sum"), n=("n", "sum"), n_people=("n_people", "max"))
    others["value"] = others["sum"] / others["n"]
    parts = [(CHANGED, own), (OTHERS, others)]
    shown = [weekly_level(voice, frame).assign(group=name) for name, frame in parts if len(frame)]
    return gate(voice, pd.concat(shown, ignore_index=True)) if shown else pd.DataFrame()


def policy_weeks(voice: Voice, item: Changed, weeks: pd.DataFrame, *, trained: pd.DataFrame) -> Block:
    """Return the figure of the weeks around a change, with the weeks in which people were trained for it.

    Parameters
    ----------
    voice : Voice
    item : Changed
        Of `tne.say.changed`.
    weeks : DataFrame
        Of `area_weeks`.
    trained : DataFrame
        Of `tne.say.training_weeks`, for the briefing.

    Returns
    -------
    Block
        Of kind ``"figure"``.

    Raises
    ------
    ValueError
        If the frame holds numbers that may not be shown.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> weeks = pd.DataFrame({"policy_area": ["spam"] * 30, "period": range(2915, 2945), "n": 400, "n_people": 30})
    >>> weeks["value"] = 0.10 + 0.01 * (weeks.index * 7 % 5 - 2) / 2 + 0.08 * weeks.index.isin(range(14, 20))
    >>> weeks["week"] = pd.Timestamp("1970-01-05") + pd.to_timedelta(7 * weeks["period"], unit="D")
    >>> day = pd.to_datetime(["2025-01-01", "2026-02-10"], utc=True)
    >>> policies = pd.DataFrame({"policy_area": "spam", "policy_version": ["1", "2"], "effective_at": day, "title": ""})
    >>> calendar = tne.policy_calendar(policies, weeks)
    >>> found = [tne.policy_change(weeks, area="spam", start=calendar["start"].iloc[0])]
    >>> item = tne.say.changed(voice, calendar, found)[0]
    >>> frame = tne.say.area_weeks(voice, weeks, item)
    >>> tne.say.policy_weeks(voice, item, frame, trained=pd.DataFrame({"week": []})).kind
    'figure'
    """
    day = pd.DataFrame({"effective_at": [item.day], "title": [item.title]})
    axes = weekly_accuracy(weeks, voice=voice, training_weeks=list(trained["week"]), policy_changes=day)
    values = weekly_accuracy_values(weeks)
    more: dict[str, Any] = {"of": item.title, "finding": "rose" if item.state in ROSE else "unclear"}
    columns = ["week", "group", "estimate", "interval", "n_people"]
    return figure(voice, "policy_weeks", axes, table=weeks, values=values, columns=columns, **more)


def _headline(voice: Voice, items: Sequence[Changed]) -> str:
    rose = [item for item in items if item.state in ROSE]
    values: dict[str, Any] = {"market": voice.market_name}
    if not items:
        key = "nothing"
    elif len(rose) == 1:
        key, values["area"] = rose[0].state, rose[0].name
    elif rose:
        key = "many_still" if any(item.state == STILL for item in rose) else "many"
        values |= {"n": len(rose), "n_word": voice.word(len(rose)), "total_word": voice.word(len(items))}
    elif any(item.state in _NOT_CLEAR for item in items):
        n = sum(item.state in _NOT_CLEAR for item in items)
        key, values = "level", values | {"n": n, "n_word": voice.word(n)}
    else:
        key = "tiny" if all(item.state == HIDDEN for item in items) else "soon"
    text = voice.text(f"opening.briefing.{key}", **values)
    return text[:1].upper() + text[1:]


def _table(voice: Voice, items: Sequence[Changed]) -> str:
    if not items:
        return ""
    drawn = [item for item in items if math.isfinite(item.rise["estimate"])]
    parts = [(i.rise["estimate"], i.rise["conf_low"], i.rise["conf_high"]) for i in drawn]
    scale = common_scale(parts, [item.margin for item in drawn]) if drawn else None
    keys = ("briefing.policy", "briefing.errors", "briefing.evidence", "scorecard.action")
    heads = [voice.html(key) for key in keys]
    margin = margin_words(voice, items[0])
    caption = voice.html("briefing.caption", level=voice.percent(0.95), margin=margin)
    body = "".join(_row(voice, item, scale) for item in items)
    return score_table(voice.html("briefing.table_title"), caption, heads, body)


def _row(voice: Voice, item: Changed, scale: Scale | None) -> str:
    since = voice.html("briefing.since", date=item.day)
    return (
        f'<tr><th scope="row" class="c-programme">{escape(item.title)}<small>{since}</small></th>'
        f'<td class="c-change"{machine_data(item.rise)}>{_errors(voice, item, scale)}</td>'
        f'<td class="c-evidence">{_evidence(voice, item)}</td>'
        f'<td class="c-action">{_action(voice, item)}</td></tr>'
    )


def _errors(voice: Voice, item: Changed, scale: Scale | None) -> str:
    if not math.isfinite(item.rise["estimate"]) or scale is None:
        key = "cell_few" if item.state == HIDDEN else "cell_soon"
        return f'<span class="none">{voice.html(f"briefing.{key}", min_n=voice.min_n)}</span>'
    row = item.rise
    state = "harmful" if row["conf_low"] > 0 else "cannot_tell"
    drawing = interval_svg(scale, row["estimate"], row["conf_low"], row["conf_high"], item.margin, state)
    words = value_words(voice, row)
    value = f'<span class="value"><b>{escape(words["value"])}</b> ({escape(words["interval"])})</span>'
    return f"{drawing}{value}<small>{_now(voice, item)}</small>"


def _now(voice: Voice, item: Changed) -> str:
    """Whether errors are back, in a few words."""
    if item.state in (LEVEL, UNCLEAR):
        return voice.html(f"briefing.cell_{item.state}")
    if item.early:
        return voice.html("briefing.cell_early")
    if item.state == LATE:
        return voice.html("briefing.cell_late", **value_words(voice, item.latest))
    if item.state == STILL:
        return voice.html("briefing.cell_still", **value_words(voice, item.latest))
    if not math.isfinite(item.recovery["estimate"]):
        return voice.html("briefing.cell_open")
    return voice.html(f"briefing.cell_{item.state}", **range_words(voice, item))


def _evidence(voice: Voice, item: Changed) -> str:
    known = item.briefing
    if known is None or not known.letter:
        key = "cell_briefing" if item.programme_id else "cell_no_briefing"
        return f'<span class="none">{voice.html(f"briefing.{key}")}</span>'
    label = voice.text("grade.label", letter=known.letter)
    full = voice.html("grade.full", label=label, meaning=voice.text(f"grade.{known.letter}.meaning"))
    value = f"<small>{escape(voice.points(known.estimate))}</small>" if known.shown else ""
    badge = f'<span aria-hidden="true">{escape(known.letter)}</span><span class="sr">{full}</span>'
    return tip(voice, f"grade.{known.letter}", badge, "grade") + value


def action_of(item: Changed) -> tuple[str, str]:
    """Return what to do about a change, and whose task it is."""
    if item.state in (HIDDEN, SOON):
        return "wait", "training_analyst"
    if item.state == LEVEL:
        return "nothing", "policy_owner"
    if item.state in (UNCLEAR, LATE):
        return "watch", "qa_lead"
    if item.state == BACK:
        return "done", "policy_owner"
    if not item.programme_id:
        return "brief", "trainer"
    state = item.briefing.state if item.briefing is not None else NOT_SHOWN
    found = {
        "effective": ("remaining", "qa_lead"),
        "not_effective": ("revise", "policy_training_developer"),
        "harmful": ("revise", "policy_training_developer"),
    }
    return found.get(state, ("remaining", "qa_lead"))


def _action(voice: Voice, item: Changed) -> str:
    action, role = action_of(item)
    days = None if item.state in (BACK, LEVEL) else DAYS
    return f"<b>{voice.html(f'briefing.do_{action}')}</b>{task_html(voice, role, days)}"


def _limits(voice: Voice, items: Sequence[Changed]) -> str:
    """What these data cannot tell."""
    if not any(math.isfinite(item.rise["estimate"]) for item in items):
        return ""
    keys = ["caveat_day", "limit_back"]
    keys += ["limit_other"] if any(not item.found.compared for item in items) else []
    lines = "".join(f"<li>{voice.html(f'briefing.{key}')}</li>" for key in keys)
    title = voice.html("assessment.limits_title")
    return f'<section class="aside"><h2>{title}</h2><ul>{lines}</ul></section>'
