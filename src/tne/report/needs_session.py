"""Which session would answer a gap: kind, form, length class and for whom. A proposal from rules, no estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from tne.report.block import Block
from tne.report.exhibit import table
from tne.report.need import Need
from tne.report.needs_words import cause_words
from tne.report.voice import Voice

SHORT, HOUR, LONGER = "short", "hour", "longer"
LARGE = 1.5  # times the market's level: from there an hour is not enough


@dataclass(frozen=True)
class Session:
    """A proposed session; `modality`, `length` and `whom` are "" where no session would help.

    Parameters
    ----------
    kind : str
        ``"refresher" "practice" "briefing" "after_policy" "coaching" "no_session" "not_yet"``.
    modality : str
        ``"instructor_led" "e_learning" "blended"``.
    length : str
        ``"short"`` (up to half an hour), ``"hour"``, ``"longer"``.
    whom : str
        ``"everyone" "new_hires" "individual"``; individual coaching has no count anywhere.
    """

    kind: str
    modality: str = ""
    length: str = ""
    whom: str = ""


def session_for(item: Need, level: float) -> Session:
    """Return the session that the cause of a gap calls for.

    Parameters
    ----------
    level : float
        The market's level, per cent wrong; NaN where it is not shown.

    Notes
    -----
    Who knows the policy in the quiz and still decides wrongly needs practice on cases, not the same slides again. A
    new version needs a short briefing with cases before and after it. An unclear policy is clarified first: training on
    it would teach a coin toss. Coaching is for single people, whose number is never shown.
    """
    if item.cause == "knowledge":
        if item.knows:
            return Session("practice", "instructor_led", HOUR, item.whom)
        large = float(item.rate["estimate"]) > LARGE * level  # False where a number is not shown
        return Session("refresher", "blended", LONGER if large else HOUR, item.whom)
    if item.cause == "update_not_absorbed":
        return Session("briefing", "instructor_led", SHORT, item.whom)
    if item.cause == "policy_unclear":
        return Session("after_policy", "e_learning", SHORT, "everyone")
    if item.cause == "individual_coaching":
        return Session("coaching", "instructor_led", SHORT, "individual")
    if item.cause in ("rubric_or_tool", "technical"):
        return Session("no_session")
    return Session("not_yet")


def needs_sessions(voice: Voice, items: Sequence[Need], *, level: float) -> Block:
    """Return the table of proposed sessions, a row per gap; empty without gaps.

    Parameters
    ----------
    voice : Voice
    items : sequence of Need
        Of `tne.say.needs`.
    level : float
        The market's level, per cent of decisions that were wrong: `tne.say.error_level`.

    Returns
    -------
    Block
        Of kind ``"table"``.

    Examples
    --------
    >>> from tne.report.need import Need
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> gap = Need("hate_speech", "knowledge", 0.8, "train", "policy_training_developer")
    >>> tne.say.needs_sessions(voice, [gap], level=8.0).html.count("<tr")
    2
    """
    rows = []
    for item in (item for item in items if item.is_gap):
        plan = session_for(item, level)
        rows.append(
            {
                "policy_area": item.title,
                "cause": cause_words(voice, item.cause),
                "kind": voice.text(f"needs.kind_{plan.kind}"),
                "modality": voice.text(f"modality.{plan.modality}") if plan.modality else voice.show(None),
                "length": voice.text(f"needs.length_{plan.length}") if plan.length else voice.show(None),
                "whom": voice.text(f"needs.whom_{plan.whom}") if plan.whom else voice.show(None),
            }
        )
    if not rows:
        return Block(html="", kind="table")
    columns = {"policy_area": voice.text("column.policy_area"), "cause": voice.text("needs.cause")}
    columns |= {name: voice.text(f"needs.column_{name}") for name in ("kind", "modality", "length", "whom")}
    return table(voice, "needs_sessions", pd.DataFrame(rows), columns=columns)
