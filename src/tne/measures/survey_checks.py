"""What else could make a survey's number mislead: few people, mixed views, an unreliable scale?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from tne.measures.reliability import cronbach_alpha
from tne.measures.sessions import ignored_sessions
from tne.result import Check

VIEWS = ("learner", "manager", "trainer")
ENOUGH_PEOPLE, ENOUGH_CLUSTERS, RELIABLE = 20, 10, 0.70


def reliability(answered: pd.DataFrame, conf_level: float) -> tuple[dict[str, Any], list[Check]]:
    """Return the row of Cronbach's alpha of one construct's questions, and its checks.

    Parameters
    ----------
    answered : DataFrame
        One construct's answers: response_id, question_id, value.
    conf_level : float
    """
    row = {
        "term": "reliability",
        "unit": "reliability",
        "estimand": "mean over the questions of the construct",
    }
    if "question_id" not in answered.columns:
        return row | {"estimate": math.nan, "note": "needs `question_id`"}, []
    if answered["question_id"].nunique() < 2:
        return row | {
            "estimate": math.nan,
            "note": "one question: agreement among questions is not defined",
        }, []
    items = answered.pivot_table(index="response_id", columns="question_id", values="value")
    items.columns = [str(name) for name in items.columns]
    found = cronbach_alpha(items, conf_level=conf_level)
    alpha = found.alpha.as_row() | row
    if math.isnan(alpha["estimate"]):
        return alpha, [Check("reliability", "not_run", f"Alpha is undefined: {alpha['note']}.")]
    detail = (
        f"Alpha of {items.shape[1]} questions is {alpha['estimate']:.2f}; {RELIABLE:.2f} or more is wanted."
    )
    reversed_items = [c for c in found.checks if c.name == "reversed_item" and c.status == "warn"]
    status = "pass" if alpha["estimate"] >= RELIABLE else "warn"
    return alpha, [Check("reliability", status, detail), *reversed_items]


def few_people(n_people: float, n_clusters: int | None) -> list[Check]:
    """Return checks on the number of people, and of clusters where the survey has them."""
    status = "warn" if n_people < ENOUGH_PEOPLE else "pass"
    found = [
        Check("few_people", status, f"{n_people:g} people answered; {ENOUGH_PEOPLE} or more are wanted.")
    ]
    if n_clusters is not None:
        status = "warn" if n_clusters < ENOUGH_CLUSTERS else "pass"
        detail = f"{n_clusters} clusters answered; {ENOUGH_CLUSTERS} or more are wanted."
        found.append(Check("few_clusters", status, detail))
    return found


def sessions_ignored(people: pd.DataFrame) -> list[Check]:
    """Warn where people share sessions that errors between people ignore."""
    found = ignored_sessions(people, people["score"].to_numpy())
    return [Check(c.name, c.status, c.detail.replace("cluster=", "clusters=")) for c in found]


def clusters_across(post_stratified: bool) -> Check:
    """Say that clusters reach over strata; warn where the strata then do nothing at all."""
    detail = (
        "Clusters reach over several strata, so errors take no account of strata. Where labels of clusters start anew "
        "in each stratum, join stratum and label into one column."
    )
    return Check("clusters_across_strata", "pass" if post_stratified else "warn", detail)


def clusters_anew(nested: bool) -> Check:
    """Warn that clusters carry the same numbers in every stratum, and say what was made of it."""
    taken = (
        "different clusters"
        if nested
        else "clusters that reach over strata, where errors take no account of strata"
    )
    detail = f"Clusters are numbered anew in each stratum; equal numbers are taken as {taken}."
    return Check(
        "clusters_across_strata", "warn", f"{detail} Join stratum and label into one column to be sure."
    )


def mixtures(answered: pd.DataFrame, by: Sequence[str]) -> list[Check]:
    """Return checks on views (learner, manager, trainer) and waves: one that is missing, several in one number."""
    found = []
    if "respondent" in answered.columns:
        seen = set(answered["respondent"].dropna().unique())
        if "respondent" in by:
            gone = [view for view in VIEWS if view not in seen]
            detail = (
                f"No answers of: {', '.join(gone)}." if gone else "Learners, managers and trainers answered."
            )
            found.append(Check("missing_views", "warn" if gone else "pass", detail))
        else:
            found.append(
                _mixed("mixed_views", seen, "respondent", "learners, managers and trainers see differently")
            )
    if "wave" in answered.columns and "wave" not in by:
        seen = set(answered["wave"].dropna().unique())
        found.append(_mixed("mixed_waves", seen, "wave", "the same people count once per wave"))
    return found


def _mixed(name: str, seen: set[Any], column: str, why: str) -> Check:
    if len(seen) < 2:
        return Check(name, "pass", f"One kind of {column}.")
    return Check(name, "warn", f"{len(seen)} kinds of {column} in one number: {why}. Add it to `by`.")


def merged(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Keep the worst status of each check, saying how many groups it concerns."""
    worst: dict[str, list[Check]] = {}
    for check in checks:
        worst.setdefault(check.name, []).append(check)
    order = ("fail", "warn", "not_run", "pass")
    out = []
    for name, group in worst.items():
        status = min((c.status for c in group), key=order.index)
        hit = [c for c in group if c.status == status]
        where = f" ({len(hit)} of {len(group)} groups)" if len(group) > 1 else ""
        out.append(Check(name, status, hit[0].detail + where))
    return tuple(out)
