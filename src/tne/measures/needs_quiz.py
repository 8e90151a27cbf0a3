"""Do people who know the policy in a quiz also apply it in the queue?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_level_of_confidence
from tne.measures.audit_rates import share_inference
from tne.measures.audit_rows import keys_of
from tne.measures.inference import inference
from tne.measures.needs_sides import Side, level_of, queue_sides, quiz_sides
from tne.result import Check, Estimates, Result

MOST = 0.8
READINGS = ("knows_and_does", "does_not_know", "knows_but_does_not_do", "cannot_tell")


@dataclass(frozen=True, kw_only=True, eq=False)
class QuizAndQueue(Result):
    """Quiz beside queue.

    Parameters
    ----------
    estimates : Estimates
        Keys `by`; terms ``"quiz_error"``, ``"queue_error"`` and ``"difference"`` (queue − quiz).
    readings : DataFrame
        Columns of `by`, reading, quiz_error, queue_error, n_people: one row per cell.
    quiz_standard, queue_standard : float
        What the readings are held against.
    """

    estimates: Estimates
    readings: pd.DataFrame
    quiz_standard: float
    queue_standard: float

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()


def quiz_and_queue(
    gaps_or_audits: pd.DataFrame | Result,
    responses: pd.DataFrame,
    items: pd.DataFrame | None = None,
    *,
    by: str | Sequence[str] = "policy_area",
    quiz_standard: float = 0.2,
    queue_standard: float | None = None,
    queue_margin: float = 0.02,
    conf_level: float = 0.95,
) -> QuizAndQueue:
    """Set the share of quiz points missed beside the share of wrong decisions, by policy area.

    Parameters
    ----------
    gaps_or_audits : DataFrame or KnowledgeGaps
        Rows of the table ``audits``, or gaps by the same columns (their pooled error rates are taken).
    responses : DataFrame
        Rows of the table ``responses``: item_id, score, moderator_id; everybody's latest answer to each item counts.
    items : DataFrame, optional
        Rows of the table ``items`` with the columns of `by` and max_score, joined on item_id and form. None: they stand
        in `responses`.
    by : str or sequence of str
        Columns of the cells; those that `items` and `responses` both lack raise.
    quiz_standard : float
        Share of points that may be missed by those who know: 0.2 is a pass mark of 80 %.
    queue_standard : float, optional
        Share of wrong decisions that is as usual. None: that of all cells together.
    queue_margin : float
        How far above it a cell may lie and still count as usual.
    conf_level : float

    Returns
    -------
    QuizAndQueue
        ``.readings`` has a code per cell: ``knows_and_does``; ``does_not_know`` (quiz beyond the standard,
        and the queue not clearly better than usual);
        ``knows_but_does_not_do`` (the quiz is good and the queue is not: transfer, tools or time pressure);
        ``cannot_tell`` (an interval holds the standard, one of the two is missing, or the quiz was harder than the
        work). Checks ``few_items, same_people, missing_answers`` and those of the audits.

    Raises
    ------
    ValueError, KeyError, TypeError
        If columns are absent, a score is beyond 0 to max_score, or a standard is no share.

    Notes
    -----
    Quiz error is ``1 − Σ score / Σ max_score``, queue error the sampling-weighted share of wrong decisions. Both are
    clustered on moderators; the difference lets the two go together where the same people were asked and audited. Quiz
    items and queue cases are not equally hard, so the difference itself is no size of a transfer problem: the readings
    hold each against its own standard. The error does not cover which items were chosen.

    References
    ----------
    Bell and McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage samples, Survey
    Methodology 28:169-181.

    Examples
    --------
    >>> people = {"policy_area": "a", "moderator_id": [*range(30)] * 3}
    >>> audits = pd.DataFrame(people | {"correct": [0] * 45 + [1] * 45})
    >>> answers = pd.DataFrame({"policy_area": "a", "item_id": "i", "score": [1] * 30, "moderator_id": range(30)})
    >>> quiz_and_queue(audits, answers, queue_standard=0.1).readings["reading"].tolist()
    ['knows_but_does_not_do']
    """
    require_level_of_confidence(conf_level)
    _require_share(quiz_standard, "quiz_standard")
    _require_share(queue_margin, "queue_margin")
    if queue_standard is not None:
        _require_share(queue_standard, "queue_standard")
    keys = keys_of(by)
    quiz, quiz_checks = quiz_sides(responses, items, keys)
    queue, queue_checks = queue_sides(gaps_or_audits, keys)
    cells = pd.MultiIndex.from_tuples(sorted({*quiz, *queue}, key=lambda k: tuple(map(str, k))), names=keys)
    usual = queue_standard if queue_standard is not None else level_of(queue)
    told, readings = [], []
    for cell in cells:
        key = dict(zip(keys, cell, strict=True))
        one, other = quiz.get(cell), queue.get(cell)
        asked = _row(one, conf_level, "no quiz answers")
        seen = _row(other, conf_level, "no audits")
        both = _difference(one, other, conf_level)
        reading = _reading(asked, seen, quiz_standard, usual, queue_margin)
        for term, row in (("quiz_error", asked), ("queue_error", seen), ("difference", both)):
            told.append(key | {"term": term} | row)
        readings.append(
            key
            | {
                "reading": reading,
                "quiz_error": asked["estimate"],
                "queue_error": seen["estimate"],
                "n_people": _fewest(one, other),
            }
        )
    frame = pd.DataFrame(told, columns=None if told else [*keys, "term", "estimate", "note"]).assign(
        unit="share", conf_level=conf_level, method="ratio estimators, errors clustered on moderators (CR2)"
    )
    words = {
        "quiz_error": "share of quiz points missed",
        "queue_error": "share of decisions that were wrong",
        "difference": "queue error − quiz error",
    }
    frame["estimand"] = frame["term"].map(words)
    frame["comparison"] = np.where(frame["term"] == "difference", "the quiz", "")
    names = [*keys, "reading", "quiz_error", "queue_error", "n_people"]
    return QuizAndQueue(
        estimates=Estimates(table=frame, keys=keys),
        readings=pd.DataFrame(readings, columns=names),
        quiz_standard=quiz_standard,
        queue_standard=usual,
        checks=(*queue_checks, *quiz_checks, _same_people(quiz, queue)),
    )


def _require_share(value: float, name: str) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"`{name}` is {value}. Give a share between 0 and 1, for example 0.2.")


def _row(side: Side | None, conf_level: float, why: str) -> dict[str, Any]:
    if side is None:
        nothing = dict.fromkeys(
            ("estimate", "std_error", "df", "conf_low", "conf_high", "n_people"), math.nan
        )
        return nothing | {"n": 0, "n_people_total": math.nan, "note": why}
    if side.interval is None:
        row = share_inference(side.rate, conf_level, named=side.people == side.people)
        return {"conf_low": math.nan, "conf_high": math.nan} | row
    one = side.rate
    base = {
        "estimate": one.estimate,
        "std_error": one.std_error,
        "df": math.nan,
        "n": one.n,
        "n_people": side.people,
    }
    low, high = side.interval
    return base | {
        "conf_low": low,
        "conf_high": high,
        "n_people_total": side.people,
        "note": "pooled over the cells",
    }


def _fewest(*sides: Side | None) -> float:
    """How many people the smaller side is about; NaN where a side does not say whom."""
    return float(np.min([side.people for side in sides if side is not None]))


def _difference(quiz: Side | None, queue: Side | None, conf_level: float) -> dict[str, Any]:
    if quiz is None or queue is None:
        return {"estimate": math.nan, "note": "one of the two is missing"}
    value = queue.rate.estimate - quiz.rate.estimate
    counts = {
        "n": quiz.rate.n + queue.rate.n,
        "n_people": _fewest(quiz, queue),
        "n_people_total": math.nan,
    }
    if math.isnan(quiz.rate.std_error) or math.isnan(queue.rate.std_error):
        return {"estimate": value, "note": "one person on one side: no error can be estimated"} | counts
    note = ""
    if quiz.adds is None or queue.adds is None:
        variance, note = (
            quiz.rate.std_error**2 + queue.rate.std_error**2,
            "taken as independent of each other",
        )
    else:
        variance = float(np.square(queue.adds.sub(quiz.adds, fill_value=0.0)).sum())
        counts["n_people_total"] = len(queue.adds.index.union(quiz.adds.index))
    df = np.fmin(quiz.rate.df, queue.rate.df)
    if not variance > 1e-24:
        return {
            "estimate": value,
            "std_error": 0.0,
            "note": "no variation is left: no interval is possible",
        } | counts
    return inference(value, math.sqrt(variance), float(df), conf_level) | counts | {"note": note}


def _reading(
    quiz: Mapping[str, Any], queue: Mapping[str, Any], standard: float, usual: float, margin: float
) -> str:
    """A side is good or bad where its whole interval is; NaN compares as neither."""
    if not queue["conf_low"] >= 0 or not (quiz["conf_low"] > standard or quiz["conf_high"] <= standard):
        return "cannot_tell"
    if (
        quiz["conf_low"] > standard
    ):  # failed by people whose decisions are good: the quiz is harder than the work
        return "cannot_tell" if queue["conf_high"] <= usual else "does_not_know"
    if queue["conf_low"] > usual:
        return "knows_but_does_not_do"
    return "knows_and_does" if queue["conf_high"] <= usual + margin else "cannot_tell"


def _same_people(quiz: Mapping[tuple[Any, ...], Side], queue: Mapping[tuple[Any, ...], Side]) -> Check:
    name = "same_people"
    pairs = [(quiz[c].adds, queue[c].adds) for c in quiz if c in queue]
    shares = [q.index.isin(a.index).mean() for q, a in pairs if q is not None and a is not None]
    if not shares:
        return Check(
            name, "not_run", "It is not known whether those who were asked are those who were audited."
        )
    detail = (
        f"In the cell with the fewest, {100 * min(shares):.0f} % of those who were asked were audited, too."
    )
    return Check(name, "warn" if min(shares) < MOST else "pass", detail)
