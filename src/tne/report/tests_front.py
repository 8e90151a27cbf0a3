"""The first screen of the report on tests: how many questions can stay, how exact each test is, what to do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tne.report.block import Block
from tne.report.due import task_html
from tne.report.first_screen import first_screen, score_table
from tne.report.published import gated_row, machine_data
from tne.report.tested import (
    UNJUDGED,
    WANTED,
    Tested,
    advice_counts,
    csv_row,
    fewest,
    is_local,
    plain,
    plain_decimals,
    reason_of,
)
from tne.report.voice import Voice

NAMED = 4  # questions named in one line
REASONS = 3  # reasons given on the first screen
DAYS = 28  # to act
LOW = 0.7  # reliability below which groups, too, are told apart badly


def tests_front(voice: Voice, tests: Sequence[Tested], *, facts: Mapping[str, Any]) -> Block:
    """Return the first screen: the finding, one sentence and one row per test, what the data cannot tell.

    Parameters
    ----------
    voice : Voice
    tests : sequence of Tested
        Empty where the market has no answers.
    facts : mapping
        ``tested`` (people), ``data_to``.

    Returns
    -------
    Block
        Kind ``"front"``; its rows are reliability and error of measurement of each test.

    Raises
    ------
    KeyError
        If the catalogues lack a phrase.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> tne.say.tests_front(voice, [], facts={"tested": 0}).facts["headline"]
    'No answers to a test in Ireland yet'
    """
    title = _headline(voice, tests)
    below = f"{_table(voice, tests)}{_limits(voice, tests)}"
    rows = [row for test in tests for row in _rows(voice, test)]
    return first_screen(voice, title, " ".join(_lead(voice, tests)), below, facts=facts, rows=rows)


def rest_words(voice: Voice, counts: Mapping[str, int]) -> str:
    """Say what happens to the questions that do not simply stay: "1 should come out and 2 need a look"."""
    parts = [
        voice.text(f"assessment.{name}", n=counts[name], n_text=voice.count(counts[name]))
        for name in ("remove", "review", "open", UNJUDGED)
        if counts.get(name)
    ]
    return voice.listed(parts)


def _headline(voice: Voice, tests: Sequence[Tested]) -> str:
    counts = advice_counts(tests)
    if not tests:
        key = "nothing"
    elif not counts["total"]:
        key = "one_question" if all(test.state == "one_question" for test in tests) else "too_few"
    else:
        own = any(test.state == "analysed" for test in tests)
        key = ("" if own else "elsewhere_") + ("all" if counts["keep"] == counts["total"] else "some")
        key = {"all": "all_stay", "some": "some_stay"}.get(key, key)
    values = {"total": voice.count(counts["total"]), "keep": voice.count(counts["keep"])}
    return voice.text(
        f"opening.assessment.{key}", market=voice.market_name, rest=rest_words(voice, counts), **values
    )


def _lead(voice: Voice, tests: Sequence[Tested]) -> list[str]:
    if not tests:
        return [voice.html("assessment.nothing_lead")]
    limits = {
        "needed": voice.count(fewest(voice)),
        "wanted": voice.count(WANTED),
        "market": voice.market_name,
    }
    if all(test.state == "one_question" for test in tests):
        return [voice.html("assessment.one_lead")]
    out = [_verdict(voice, test) for test in tests] + _reasons(voice, tests)
    if not any(test.judged for test in tests):
        out.append(voice.html("assessment.few_lead", **limits))
    elif not any(test.state == "analysed" for test in tests):
        out.append(voice.html("assessment.elsewhere_lead", **limits))
    return out


def _verdict(voice: Voice, test: Tested) -> str:
    """Return one sentence for a test."""
    values = {"title": test.title, "total": voice.count(test.n_items), "needed": voice.count(fewest(voice))}
    if test.state == "one_question":
        return voice.html("assessment.test_one", **values)
    if not test.judged:
        return voice.html("assessment.test_few", **values)
    if test.advice["keep"] == test.n_items:
        return voice.html("assessment.test_all", **values)
    values |= {"keep": voice.count(test.advice["keep"]), "rest": rest_words(voice, test.advice)}
    return voice.html("assessment.test_some", **values)


def _reasons(voice: Voice, tests: Sequence[Tested]) -> list[str]:
    """Return why questions should come out or be looked at, each reason once, the gravest first."""
    why: dict[str, list[str]] = {}
    for advice in ("remove", "review"):
        for test in tests:
            for row in test.items.loc[test.items["advice"].eq(advice)].to_dict("records"):
                why.setdefault(reason_of(voice, test, row["reason"]), []).append(row["item"])
    told = list(why.items())[:REASONS]
    return [voice.html("assessment.because", item=_listed(items), reason=reason) for reason, items in told]


def _table(voice: Voice, tests: Sequence[Tested]) -> str:
    if not tests:
        return ""
    keys = ("assessment.test", "assessment.exact", "assessment.stay", "scorecard.action")
    heads = [voice.html(key) for key in keys]
    body = "".join(_row(voice, test) for test in tests)
    caption = voice.html("assessment.caption", level=voice.percent(0.95))
    return score_table(voice.html("assessment.table_title"), caption, heads, body, numbers=["change"])


def _row(voice: Voice, test: Tested) -> str:
    wave = (
        voice.text(f"assessment.wave_{test.wave}") if voice.has(f"assessment.wave_{test.wave}") else test.wave
    )
    if test.state == "one_question":
        people = voice.text("assessment.one_item")
    else:
        key = "people" if test.numbers else "people_few"
        values = {
            "items": voice.count(test.n_items),
            "people": voice.count(test.people),
            "needed": voice.count(fewest(voice)),
        }
        people = voice.text(f"assessment.{key}", wave=wave, **values)
    stay = f'<span class="none">{voice.html("assessment.not_judged")}</span>'
    if test.judged:
        values = {"keep": voice.count(test.advice["keep"]), "total": voice.count(test.n_items)}
        stay = voice.html("assessment.stay_of", **values)
    actions = "".join(_action(voice, action, role) for action, role in actions_of(voice, test))
    return (
        f'<tr><th scope="row" class="c-programme">{escape(test.title)}<small>{escape(people)}</small></th>'
        f'<td class="c-change"{_data(test)}>{_exact(voice, test)}</td><td class="c-evidence">{stay}</td>'
        f'<td class="c-action">{actions}</td></tr>'
    )


def _data(test: Tested) -> str:
    """The reliability for programs, where it is shown."""
    shown = math.isfinite(test.alpha["estimate"])
    return machine_data(test.alpha, plain_decimals(test.alpha)) if shown else ""


def _exact(voice: Voice, test: Tested) -> str:
    if not math.isfinite(test.alpha["estimate"]):
        few = not test.numbers and test.state != "one_question"
        text = voice.html(
            "assessment.no_exact" if few else "assessment.undefined", needed=voice.count(fewest(voice))
        )
        return f'<span class="none">{text}</span>'
    value = f'<span class="value">{voice.html("assessment.reliability", **plain(voice, test.alpha))}</span>'
    return value + _apart(voice, test)


def _apart(voice: Voice, test: Tested) -> str:
    """How far two people must differ to be told apart."""
    points = apart(voice, test)
    if not points:
        return ""
    if math.isfinite(test.max_score):
        text = voice.html("assessment.apart", points=points, max_score=voice.number(test.max_score, 0))
    else:
        text = voice.html("assessment.apart_plain", points=points)
    return f"<small>{text}</small>"


def apart(voice: Voice, test: Tested) -> str:
    """Return the smallest difference between two people that chance alone does not explain (95 %), as text."""
    error = float(test.error["estimate"])
    if not math.isfinite(error):
        return ""
    least = 1.96 * math.sqrt(2) * error
    return (
        voice.number(math.ceil(least), 0)
        if math.isfinite(test.max_score) and least >= 1
        else voice.number(least, 1)
    )


def _action(voice: Voice, action: str, role: str) -> str:
    return f"<b>{escape(action)}</b>{task_html(voice, role, DAYS)}"


def actions_of(voice: Voice, test: Tested) -> list[tuple[str, str]]:
    """Return what to do about a test, and whose task it is: at most two tasks."""
    developer = "policy_training_developer"
    if test.state == "one_question":
        return [(voice.text("assessment.do_items"), "training_analyst")]
    if not test.judged:
        return [(voice.text("assessment.do_wait"), "trainer")]
    local = [row["item"] for row in test.items.to_dict("records") if is_local(row["reason"])]
    rest = [item for item in test.named("review") if item not in local]
    tasks = (
        ("remove", test.named("remove"), developer),
        ("translation", local, "trainer"),
        ("review", rest, developer),
    )
    found = [
        (voice.text(f"assessment.do_{name}", items=_listed(items)), role)
        for name, items, role in tasks
        if items
    ]
    if not found and float(test.alpha.get("conf_high", math.nan)) < LOW:
        found = [(voice.text("assessment.do_exact"), developer)]
    return found[:2] or [(voice.text("assessment.do_keep"), "trainer")]


def _listed(items: Sequence[str]) -> str:
    return ", ".join(items[:NAMED]) + (" …" if len(items) > NAMED else "")


def _limits(voice: Voice, tests: Sequence[Tested]) -> str:
    """What these data cannot tell."""
    if not any(test.judged for test in tests):
        return ""
    lines = []
    if any(test.found.everywhere is not None for test in tests):
        lines.append(voice.html("assessment.limit_joint"))
    if any(test.numbers and test.people < WANTED for test in tests):
        lines.append(voice.html("assessment.limit_rough", wanted=voice.count(WANTED)))
    lines.append(voice.html("assessment.limit_advice"))
    items = "".join(f"<li>{line}</li>" for line in lines)
    return (
        f'<section class="aside"><h2>{voice.html("assessment.limits_title")}</h2><ul>{items}</ul></section>'
    )


def _rows(voice: Voice, test: Tested) -> list[dict[str, Any]]:
    if test.state == "one_question":
        return []
    out = [
        csv_row(voice, test, "reliability", "cronbach_alpha", test.alpha),
        csv_row(voice, test, "measurement_error", "standard_error_of_measurement", test.error),
    ]
    if test.numbers and (omega := gated_row(voice, test.found.omega, share=False)) is not None:
        out.append(csv_row(voice, test, "reliability", "omega_total", omega))
    return out
