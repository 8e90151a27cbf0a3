"""What does a report say about the questions of a test: advice, answers chosen, what to do?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.disclosure import EDGE, publishable
from tne.report.exhibit import table
from tne.report.narrative import checks
from tne.report.published import share_words
from tne.report.tested import Tested, csv_row, edge_text, is_local, reason_of
from tne.report.tests_front import rest_words
from tne.report.voice import Voice
from tne.report.written import NO_NUMBER

_ENDS = ("ceiling", "floor")  # only a test before the training has room to leave
_ROLE = {"too_easy": "trainer", "too_hard": "trainer", "many_not_reached": "trainer", "harder_here": "trainer",
         "easier_here": "trainer", "reversed_here": "trainer"}  # fmt: skip


def question_intro(voice: Voice, test: Tested) -> Block:
    """Return the verdict on the questions of one test, and what was analysed.

    Parameters
    ----------
    voice : Voice
    test : Tested
        Of `tne.say.tested`.

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
    >>> marks = np.arange(40)[:, None] > np.array([12, 25])
    >>> long = pd.DataFrame(marks * 1.0).melt(var_name="item_id", value_name="score", ignore_index=False)
    >>> long = long.rename_axis("moderator_id").reset_index().assign(wave="pre", form="A", max_score=1.0)
    >>> found = {("P", "A"): tne.assessment_summary(long)}
    >>> test = tne.say.tested(voice, found, {"P": "Refresher"})[0]
    >>> tne.say.question_intro(voice, test).html[:30]
    '<p>All 2 questions can stay. A'
    """
    values = {"keep": voice.count(test.advice["keep"]), "total": voice.count(test.n_items)}
    key = "all_stay" if test.advice["keep"] == test.n_items else "some_stay"
    verdict = voice.html(f"opening.assessment.{key}", rest=rest_words(voice, test.advice), **values)
    wave = (
        voice.text(f"assessment.wave_{test.wave}") if voice.has(f"assessment.wave_{test.wave}") else test.wave
    )
    told, people = ("analysed", test.people) if test.numbers else ("joint", test.people_all)
    parts = [f"{verdict}.", voice.html(f"assessment.{told}", wave=wave, people=voice.count(people))]
    if test.numbers and test.found.everywhere is not None:
        parts.append(voice.html("assessment.judged_all", people=voice.count(test.people_all)))
    return _text(" ".join(parts))


def question_table(voice: Voice, test: Tested) -> Block:
    """Return the questions that do not simply stay, with advice and reason; rows of ``estimates.csv`` for all.

    Parameters
    ----------
    voice : Voice
    test : Tested
        Of `tne.say.tested`.

    Returns
    -------
    Block
        Of kind ``"table"``; without html where all questions stay.

    Raises
    ------
    ValueError
        If a number may not be shown.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> marks = np.arange(40)[:, None] > np.array([12, 25])
    >>> long = pd.DataFrame(marks * 1.0).melt(var_name="item_id", value_name="score", ignore_index=False)
    >>> long = long.rename_axis("moderator_id").reset_index().assign(wave="pre", form="A", max_score=1.0)
    >>> found = {("P", "A"): tne.assessment_summary(long)}
    >>> test = tne.say.tested(voice, found, {"P": "Refresher"})[0]
    >>> block = tne.say.question_table(voice, test)
    >>> block.kind, len(block.rows)
    ('table', 4)
    """
    order = ("remove", "review", "open")
    frame = pd.concat([test.items.loc[test.items["advice"].eq(advice)] for advice in order])
    rows = _rows(voice, test) if test.numbers else []
    if frame.empty:
        return Block(html="", rows=tuple(rows), kind="table")
    frame = frame.assign(
        reason=[reason_of(voice, test, reason) or NO_NUMBER for reason in frame["reason"]],
        advice=[voice.code("advice", advice) for advice in frame["advice"]],
        rest=[rest_text(voice, row) for row in frame.to_dict("records")],
    )
    columns = ["item", "policy_area", "advice", "reason"]
    if not test.numbers:
        return table(voice, "items_advice", frame[columns], of=test.title, columns=_with_area(frame, columns))
    frame["facility"] = [_right_text(voice, row) for row in frame.to_dict("records")]
    named = [*_with_area(frame, columns), "facility", "rest"]
    return table(voice, "items", frame, of=test.title, columns=named, rows=rows)


def map_frame(voice: Voice, test: Tested) -> pd.DataFrame:
    """Return the questions of a test as `tne.figures.item_map` draws them, in per cent; empty without numbers.

    Parameters
    ----------
    voice : Voice
    test : Tested
        Of `tne.say.tested`.

    Returns
    -------
    DataFrame
        item, advice, and the columns of an estimate (share right, per cent), with rest_text and advice_text.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> marks = np.arange(40)[:, None] > np.array([12, 25])
    >>> long = pd.DataFrame(marks * 1.0).melt(var_name="item_id", value_name="score", ignore_index=False)
    >>> long = long.rename_axis("moderator_id").reset_index().assign(wave="pre", form="A", max_score=1.0)
    >>> found = {("P", "A"): tne.assessment_summary(long)}
    >>> test = tne.say.tested(voice, found, {"P": "Refresher"})[0]
    >>> tne.say.map_frame(voice, test)[["item", "estimate", "advice"]]
      item  estimate advice
    0    0      68.0   keep
    1    1      35.0   keep
    """
    if not test.numbers:
        return test.items.iloc[:0]
    frame = test.items.copy()
    for name in ("estimate", "conf_low", "conf_high"):
        frame[name] = 100 * frame[name].astype(float)
    frame["unit"] = "percent"
    frame["rest_text"] = [rest_text(voice, row) for row in frame.to_dict("records")]
    frame["advice_text"] = [voice.code("advice", advice or "unknown") for advice in frame["advice"]]
    return frame


def map_columns(voice: Voice) -> dict[str, str]:
    """Return the columns of the numbers behind the map of questions.

    Parameters
    ----------
    voice : Voice

    Returns
    -------
    dict of str to str
        Column of `map_frame` → its header.

    Examples
    --------
    >>> list(tne.say.map_columns(tne.say.voice({"market": "IE", "language": "en-IE"})))[:3]
    ['item', 'policy_area', 'estimate']
    """
    heads = {"item": "item", "policy_area": "policy_area", "estimate": "facility", "interval": "interval",
             "rest_text": "rest", "advice_text": "advice", "n_people": "n_people"}  # fmt: skip
    return {name: voice.text(f"column.{head}") for name, head in heads.items()}


def map_finding(test: Tested) -> str:
    """Return which title the map of questions has.

    Parameters
    ----------
    test : Tested
        Of `tne.say.tested`.

    Returns
    -------
    str
        ``"rose"`` (all stay), ``"flat"`` (some are to be looked at) or ``"unclear"``.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> marks = np.arange(40)[:, None] > np.array([12, 25])
    >>> long = pd.DataFrame(marks * 1.0).melt(var_name="item_id", value_name="score", ignore_index=False)
    >>> long = long.rename_axis("moderator_id").reset_index().assign(wave="pre", form="A", max_score=1.0)
    >>> found = {("P", "A"): tne.assessment_summary(long)}
    >>> test = tne.say.tested(voice, found, {"P": "Refresher"})[0]
    >>> tne.say.map_finding(test)
    'rose'
    """
    if any(
        not is_local(row["reason"])
        for row in test.items.to_dict("records")
        if row["advice"] in ("remove", "review")
    ):
        return "flat"
    return "unclear" if test.advice["open"] else "rose"


def distractors(voice: Voice, test: Tested) -> Block:
    """Return which answers were chosen to the questions to look at, by strong and weak people.

    Parameters
    ----------
    voice : Voice
    test : Tested
        Of `tne.say.tested`.

    Returns
    -------
    Block
        Of kind ``"table"``; empty where nothing is to be looked at.

    Raises
    ------
    ValueError
        If a number may not be shown.

    Notes
    -----
    The thirds must hold the threshold of people, so that they are shown from about three times as many on.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> marks = np.arange(40)[:, None] > np.array([12, 25])
    >>> long = pd.DataFrame(marks * 1.0).melt(var_name="item_id", value_name="score", ignore_index=False)
    >>> long = long.rename_axis("moderator_id").reset_index().assign(wave="pre", form="A", max_score=1.0)
    >>> found = {("P", "A"): tne.assessment_summary(long)}
    >>> test = tne.say.tested(voice, found, {"P": "Refresher"})[0]
    >>> tne.say.distractors(voice, test).html  # all questions stay
    ''
    """
    options = test.found.own.distractors if test.numbers else pd.DataFrame()
    wanted = test.named("remove", "review")
    rows = []
    for option in options.to_dict("records") if len(options) else []:
        if str(option["item"]) in wanted:
            rows.append(_option(voice, test, option))
    if not rows:
        return Block(html="", kind="text")
    frame = pd.DataFrame(rows)
    columns = {name: voice.text(f"column.{name}") for name in ("item", "option", "chosen", "strong", "weak")}
    return table(voice, "distractors", frame, of=test.title, columns=columns)


def question_checks(voice: Voice, test: Tested) -> Block:
    """Return the threats to the analysis of a test that were tested: in full those that were not passed.

    Parameters
    ----------
    voice : Voice
    test : Tested
        Of `tne.say.tested`.

    Returns
    -------
    Block
        Of kind ``"checks"``.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> marks = np.arange(40)[:, None] > np.array([12, 25])
    >>> long = pd.DataFrame(marks * 1.0).melt(var_name="item_id", value_name="score", ignore_index=False)
    >>> long = long.rename_axis("moderator_id").reset_index().assign(wave="pre", form="A", max_score=1.0)
    >>> found = {("P", "A"): tne.assessment_summary(long)}
    >>> test = tne.say.tested(voice, found, {"P": "Refresher"})[0]
    >>> tne.say.question_checks(voice, test).kind
    'checks'
    """
    found = [check for check in test.found.checks if test.wave == "pre" or check.name not in _ENDS]
    if not test.numbers or not found:
        return Block(html="", kind="checks")
    told = checks(voice, [check for check in found if check.status != "pass"]).html
    names = ", ".join(voice.code("check", check.name, "label") for check in found if check.status == "pass")
    return Block(
        html=told
        + (f'<p class="footnote">{voice.html("assessment.passed", names=names)}</p>' if names else ""),
        kind="checks",
    )


def item_actions(voice: Voice, tests: Sequence[Tested]) -> Block:
    """Return what to do about which question, and whose task it is.

    Parameters
    ----------
    voice : Voice
    tests : sequence of Tested
        Of `tne.say.tested`.

    Returns
    -------
    Block
        Of kind ``"table"``, or a sentence where there is nothing to do.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> marks = np.arange(40)[:, None] > np.array([12, 25])
    >>> long = pd.DataFrame(marks * 1.0).melt(var_name="item_id", value_name="score", ignore_index=False)
    >>> long = long.rename_axis("moderator_id").reset_index().assign(wave="pre", form="A", max_score=1.0)
    >>> found = {("P", "A"): tne.assessment_summary(long)}
    >>> test = tne.say.tested(voice, found, {"P": "Refresher"})[0]
    >>> tne.say.item_actions(voice, [test]).html
    '<p>Nothing: all questions that could be judged can stay.</p>'
    """
    rows = [
        {
            "programme": test.title,
            "item": row["item"],
            "action": voice.code("item_action", row["reason"]),
            "role": voice.code("role", _ROLE.get(row["reason"], "policy_training_developer")),
        }
        for test in tests
        for row in test.items.to_dict("records")
        if row["advice"] in ("remove", "review")
    ]
    if not rows:
        key = "nothing_to_do" if any(test.judged for test in tests) else ""
        return _text(voice.html(f"assessment.{key}")) if key else Block(html="", kind="text")
    columns = {name: voice.text(f"column.{name}") for name in ("item", "action", "role", "programme")}
    return table(voice, "item_actions", pd.DataFrame(rows), columns=columns)


def rest_text(voice: Voice, row: dict[str, Any]) -> str:
    """Return the link of a question with the rest and its interval."""
    value, low, high = (float(row[name]) for name in ("rest", "rest_low", "rest_high"))
    if not math.isfinite(value):
        return NO_NUMBER
    return voice.number(value, 2) + (f" ({voice.interval(low, high, 2)})" if math.isfinite(low) else "")


def _right_text(voice: Voice, row: dict[str, Any]) -> str:
    if not math.isfinite(row["estimate"]):
        return edge_text(voice, row)
    return f"{voice.percent(row['estimate'])} ({voice.interval(100 * row['conf_low'], 100 * row['conf_high'], 0)})"


def _option(voice: Voice, test: Tested, option: dict[str, Any]) -> dict[str, str]:
    chosen = publishable(
        {"estimate": option["share"], "conf_low": option["share_low"], "conf_high": option["share_high"],
         "n": test.found.n_people, "n_people": test.found.n_people, "unit": "share", "note": ""},
        min_n=voice.min_n,
    )  # fmt: skip
    third = int(test.found.n_people / 3)
    small = third < voice.min_n
    text = share_words(voice, float(option["share"])) if math.isfinite(option["share"]) else NO_NUMBER
    if math.isfinite(chosen["estimate"]):
        text += f" ({voice.interval(100 * chosen['conf_low'], 100 * chosen['conf_high'], 0)})"
    groups = {"strong": option["share_upper"], "weak": option["share_lower"]}
    key = f" ✓ {voice.text('assessment.key')}" if option["is_key"] else ""
    return {
        "item": str(option["item"]),
        "option": f"{option['option']}{key}",
        "chosen": text,
        **{name: NO_NUMBER if small else share_words(voice, float(share)) for name, share in groups.items()},
    }


def _rows(voice: Voice, test: Tested) -> list[dict[str, Any]]:
    out = []
    for row in test.items.to_dict("records"):
        out.append(csv_row(voice, test, "facility", row["item"], row))
        link = {
            "estimate": row["rest"],
            "conf_low": row["rest_low"],
            "conf_high": row["rest_high"],
            "unit": "correlation",
        }
        counts = {name: row[name] for name in ("n", "n_people", "conf_level")}
        note = "" if math.isfinite(row["rest"]) else row["note"] or "all_alike"
        out.append(csv_row(voice, test, "item_rest", row["item"], {**link, **counts, "note": note}))
    return out


def _with_area(frame: pd.DataFrame, columns: list[str]) -> list[str]:
    """Leave the policy area out where no question has one."""
    return [name for name in columns if name != "policy_area" or frame["policy_area"].astype(bool).any()]


def _text(html: str) -> Block:
    return Block(html=f"<p>{html}</p>", kind="text")


def fairness_finding(tests: Sequence[Tested]) -> str | None:
    """Return which title the section on fairness has: ``"differs" "same"``, None where a test could not show one.

    Parameters
    ----------
    tests : sequence of Tested
        Of `tne.say.tested`.

    Returns
    -------
    str or None

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> marks = np.arange(40)[:, None] > np.array([12, 25])
    >>> long = pd.DataFrame(marks * 1.0).melt(var_name="item_id", value_name="score", ignore_index=False)
    >>> long = long.rename_axis("moderator_id").reset_index().assign(wave="pre", form="A", max_score=1.0)
    >>> found = {("P", "A"): tne.assessment_summary(long)}
    >>> test = tne.say.tested(voice, found, {"P": "Refresher"})[0]
    >>> tne.say.fairness_finding([test]) is None  # one market alone cannot show it
    True
    """
    if any(is_local(reason) for test in tests for reason in test.items["reason"]):
        return "differs"
    seen = [getattr(test.found.fairness, "detectable", 0.0) >= EDGE for test in tests]
    return "same" if seen and all(seen) else None
