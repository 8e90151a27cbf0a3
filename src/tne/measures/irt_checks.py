"""What threatens an item response model?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tne.measures.irt_fit import STEEPEST, Fit, equal_slopes_test, item_rest
from tne.measures.irt_likelihood import posterior
from tne.measures.irt_responses import Patterns, Responses
from tne.result import Check, p_text

WANTED = {"Rasch": 100, "1PL": 100, "2PL": 200}
WEAK = 0.35  # Baker (2001): slopes below are "very low"
WEAK_CORRELATION = 0.1  # Ebel and Frisbie (1991) revise items below 0.2; below 0.1 is hardly any


def model_checks(
    answers: Responses, data: Patterns | None, found: Fit | None, model: str
) -> tuple[Check, ...]:
    """Test what can mislead; `data` and `found` cover the usable items, None where nothing was fitted."""
    return (
        few_people(answers.n_people, model),
        unestimated(answers),
        missing_answers(answers),
        at_the_end("ceiling", answers.correct, answers.answered),
        at_the_end("floor", answers.answered - answers.correct, answers.answered),
        *_of_the_fit(answers, data, found),
    )


def _of_the_fit(answers: Responses, data: Patterns | None, found: Fit | None) -> tuple[Check, ...]:
    if data is None or found is None:
        names = ("convergence", "discrimination", "equal_slopes", "local_dependence")
        return tuple(Check(name, "not_run", "No model was fitted.") for name in names)
    items = [str(item) for item, use in zip(answers.items, answers.usable, strict=True) if use]
    return (
        _convergence(found, items),
        _discrimination(data, found, items),
        _equal_slopes(found),
        _local_dependence(data, found, items),
    )


def few_people(n_people: int, model: str) -> Check:
    """Warn below the people that the model needs."""
    status = "pass" if n_people >= WANTED[model] else "warn"
    return Check(
        "few_people",
        status,
        f"{n_people} people answered; {WANTED[model]} or more are wanted for the {model}.",
    )


def unestimated(answers: Responses) -> Check:
    """Name the items that cannot be estimated."""
    bad = [
        f"{item} ({note.split(':')[0]})"
        for item, note in zip(answers.items, answers.notes, strict=True)
        if note
    ]
    if not bad:
        return Check("unestimated_items", "pass", "Every item has right and wrong answers.")
    return Check(
        "unestimated_items", "warn", f"{len(bad)} of {len(answers.items)} items left out: {listed(bad)}."
    )


def missing_answers(answers: Responses) -> Check:
    """Say how many answers are missing: they are ignored, which is right only for items not presented."""
    share = 1 - answers.answered.mean() if answers.answered.size else math.nan
    if math.isnan(share):
        return Check("missing_answers", "not_run", "There are no answers.")
    return Check(
        "missing_answers",
        "pass" if share <= 0.05 else "warn",
        f"{share:.0%} of the answers are missing and ignored: right for items not presented, too kind to people who "
        "skipped what they did not know.",
    )


def at_the_end(name: str, towards: np.ndarray, answered: np.ndarray) -> Check:
    """Warn where 15 % or more have every answer right (ceiling) or wrong (floor)."""
    took = answered.any(axis=1)
    if took.sum() < 10:
        return Check(name, "not_run", f"{int(took.sum())} people are too few to see a pile-up at the end.")
    at = took & (towards.sum(axis=1) == answered.sum(axis=1))
    share = at.sum() / took.sum()
    word = "right" if name == "ceiling" else "wrong"
    status = "warn" if share >= 0.15 and at.sum() >= 3 else "pass"
    return Check(name, status, f"{share:.0%} have every answer {word}; 15 % or more hide differences.")


def _convergence(found: Fit, items: Sequence[str]) -> Check:
    if not found.converged:
        return Check("convergence", "fail", "The search found no maximum: do not use these numbers.")
    if found.runaway.any():
        bad = [item for item, flag in zip(items, found.runaway, strict=True) if flag]
        return Check(
            "convergence",
            "warn",
            f"The slope of {listed(bad)} has no finite maximum and is held at ±{STEEPEST:g}: too few people, or items "
            "that repeat each other.",
        )
    if np.isnan(found.covariance).any():
        return Check("convergence", "warn", "The information is singular: no standard errors.")
    return Check("convergence", "pass", "The maximum was found.")


def _discrimination(data: Patterns, found: Fit, items: Sequence[str]) -> Check:
    """Name items that better people do not get right more often: by their slopes, or else by item-rest correlation."""
    free = found.model == "2PL"
    value, weak_below = (found.slopes, WEAK) if free else (item_rest(data), WEAK_CORRELATION)
    name = "slope" if free else "item-rest correlation"
    if free:
        error = np.sqrt(np.diag(found.covariance))[: len(items)]
    else:
        error = 1 / np.sqrt(np.maximum(data.counts @ data.answered, 1))
    if len(items) < 3:
        return Check("discrimination", "not_run", "Fewer than three items.")
    negative = [f"{i} ({a:.2f})" for i, a in zip(items, value, strict=True) if a < 0]
    weak = [f"{i} ({a:.2f})" for i, a in zip(items, value, strict=True) if 0 <= a < weak_below]
    parts = []
    if negative:
        parts.append(
            f"Negative {name}, better people miss them more often: {listed(negative)}; is the key wrong?"
        )
    if weak:
        parts.append(
            f"{name.capitalize()} below {weak_below:g}, they hardly tell people apart: {listed(weak)}."
        )
    if not parts:
        return Check("discrimination", "pass", f"Every {name} is {weak_below:g} or more.")
    surely = bool((value + 1.96 * error < 0).any())
    return Check("discrimination", "fail" if surely else "warn", " ".join(parts))


def _equal_slopes(found: Fit) -> Check:
    statistic, df, p = equal_slopes_test(found)
    if math.isnan(p):
        why = "The 2PL frees them." if found.model == "2PL" else "Too few items or people to tell."
        return Check("equal_slopes", "not_run", why)
    what = "all slopes are 1" if found.model == "Rasch" else "all slopes are equal"
    shown = p_text(p) if p < 0.001 else f"= {p_text(p)}"
    detail = f"Score test that {what}: chi-square {statistic:.1f} on {df} df, p {shown}."
    return Check("equal_slopes", "pass" if p >= 0.05 else "warn", detail)


def _local_dependence(data: Patterns, found: Fit, items: Sequence[str]) -> Check:
    """Yen's (1984) Q3: residuals of two items that correlate more than the others share something besides ability."""
    size, total = len(items), data.counts.sum()
    if size < 4 or total < 20:
        return Check("local_dependence", "not_run", "Too few items or people.")
    w, _, right = posterior(data, found.slopes, found.intercepts, found.nodes, found.weights)
    rest = data.answered * (data.correct - w @ right)
    weighted = rest * data.counts[:, None]
    cross = weighted.T @ rest
    both = (rest**2 * data.counts[:, None]).T @ data.answered
    q3 = cross / np.sqrt(np.maximum(both * both.T, 1e-300))
    pairs = np.triu_indices(size, 1)
    shared = ((data.answered * data.counts[:, None]).T @ data.answered)[pairs]
    excess = np.where(shared >= 20, q3[pairs] - q3[pairs].mean(), -np.inf)
    # a pair must stand out from the average (Christensen et al. 2017) and from chance among so many pairs
    high = excess > np.maximum(0.2, 4 / np.sqrt(np.maximum(shared, 1)))
    if not high.any():
        return Check("local_dependence", "pass", "No two items share more than ability (Yen's Q3).")
    order = np.argsort(-excess)[: int(high.sum())]
    named = [f"{items[pairs[0][k]]} and {items[pairs[1][k]]}" for k in order]
    return Check(
        "local_dependence",
        "warn",
        f"Items share more than ability: {listed(named)}; slopes and precision look too good.",
    )


def listed(names: Sequence[str], shown: int = 8) -> str:
    """Return the first names and how many more there are."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more
