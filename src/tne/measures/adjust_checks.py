"""What speaks against an adjusted comparison?"""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import pandas as pd
from scipy import special, stats

from tne.measures.adjust_data import AdjustData
from tne.measures.adjust_errors import influence_error
from tne.measures.adjust_means import WEIGHTED, Means
from tne.measures.ols import missing_check
from tne.measures.propensity import Propensity
from tne.result import Check, p_text

ALIKE, UNLIKE = 0.1, 0.25  # standardised mean differences
NEAR = 0.25  # standard deviations of the log-odds
OUTSIDE = 0.1  # share of the people asked about without a counterpart
FEWEST = 10  # effective people in a group
FEW, PER_COLUMN = 20, 5  # people in a group, and for each column of the design


def checks_of(
    data: AdjustData,
    n_rows: int,
    propensity: Propensity | None,
    means: Means | None,
    balance: pd.DataFrame,
    weights: pd.DataFrame,
    *,
    method: str,
    estimand: str,
    trim: tuple[float, float] | None,
) -> tuple[Check, ...]:
    """Run all checks on the people and what was estimated from them; `n_rows` came in."""
    inside = np.ones(len(data.y), dtype=bool) if means is None else means.inside
    n1, n0 = int((data.t[inside] == 1).sum()), int((data.t[inside] == 0).sum())
    unweighted = Check("effective_sample", "not_run", "This method has no weights.")
    checks = (
        overlap_check(propensity, data.t, estimand, inside),
        balance_check(balance, method in WEIGHTED, n1, n0),
        effective_check(weights) if method in WEIGHTED else unweighted,
        *model_check(balance, method, n1, n0),
        _few_people(n1, n0, data.z.shape[1] - len(data.repeated)),
        missing_check(n_rows, len(data.y)),
    )
    if trim is not None:
        gone = int((~inside).sum())
        detail = f"{gone} of {len(inside)} people are outside probabilities {trim[0]:g} to {trim[1]:g} and left out"
        tail = ": the answer is about those who stay." if gone else "."
        checks += (Check("trimmed", "warn" if gone else "pass", detail + tail),)
    if data.repeated:
        detail = f"Columns that repeat others add nothing: {', '.join(data.repeated)}."
        checks += (Check("collinear", "warn", detail),)
    return checks


def balance_check(frame: pd.DataFrame, weighted: bool, n1: int, n0: int) -> Check:
    """After weighting: pass at differences up to .1 SD, warn up to .25. Before: pass up to .25 or what chance gives."""
    if frame.empty:
        return Check("balance", "not_run", "No confounder is named: the groups are compared as they are.")
    before, after = (float(frame[c].abs().max()) for c in ("smd_before", "smd_after"))
    if weighted and not math.isnan(after):
        worst = frame["term"].iloc[int(frame["smd_after"].abs().fillna(0).to_numpy().argmax())]
        status = "pass" if after <= ALIKE else "warn" if after <= UNLIKE else "fail"
        wanted = f"{before:.2f} before; at most {ALIKE} is wanted."
        detail = f"Confounders differ by up to {after:.2f} SD after weighting ({worst}), {wanted}"
        return Check("balance", status, detail)
    if math.isnan(before):
        return Check("balance", "not_run", "The confounders do not vary, or a group is empty.")
    chance = _by_chance(len(frame), n1, n0)
    status = "pass" if before <= max(UNLIKE, chance) else "warn"
    detail = f"Confounders differ by up to {before:.2f} SD between the groups; this method does not weight them alike."
    return Check("balance", status, detail)


def model_check(frame: pd.DataFrame, method: str, n1: int, n0: int) -> tuple[Check, ...]:
    """Where the outcome model alone adjusts: warn if groups are far apart, so that it extrapolates."""
    if method not in ("regression", "standardization") or frame.empty:
        return ()
    before = float(frame["smd_before"].abs().max())
    if math.isnan(before):
        return (Check("outcome_model_only", "not_run", "The confounders do not vary, or a group is empty."),)
    far = before > max(UNLIKE, _by_chance(len(frame), n1, n0))
    tail = (
        "the answer rests on the form of the model: compare 'aipw'."
        if far
        else "the form of the model matters little."
    )
    detail = f"Only the outcome is modelled; groups differ by up to {before:.2f} SD: {tail}"
    return (Check("outcome_model_only", "warn" if far else "pass", detail),)


def overlap_check(propensity: Propensity | None, t: np.ndarray, estimand: str, inside: np.ndarray) -> Check:
    """Count the people asked about for whom the other group has nobody with a similar probability of training.

    Similar is within a quarter of a standard deviation of its log-odds.
    """
    on = (t == 1) & inside
    off = (t == 0) & inside
    if propensity is None or min((t == 1).sum(), (t == 0).sum()) == 0:
        return Check("overlap", "not_run", "One group is empty.")
    if min(on.sum(), off.sum()) == 0:
        return Check("overlap", "fail", "Trimming leaves nobody in one group.")
    if not propensity.converged:
        return Check("overlap", "warn", "The model of who was trained did not converge.")
    p = propensity.p
    about = {"ATT": on, "ATC": off}.get(estimand, on | off)
    lost = propensity.separated & about
    place = special.logit(p)
    usual = np.isfinite(place)
    reach = NEAR * float(np.std(place[usual & inside])) if (usual & inside).any() else 0.0
    alone = lost.copy()
    for these, others in ((on, off), (off, on)):
        asked = these & about & usual
        if asked.any():
            alone[asked] = _nearest(place[asked], np.sort(place[others & usual])) > reach + 1e-9
    share = float(alone[about].mean())
    detail = (
        f"Probability of training {p[on].min():.3f} to {p[on].max():.3f} among the trained, "
        f"{p[off].min():.3f} to {p[off].max():.3f} among the others; "
        f"{share:.0%} of the people asked about have no similar person in the other group"
    )
    extreme = int(((p < 0.01) & about & (estimand != "ATT")).sum())
    extreme += int(((p > 0.99) & about & (estimand != "ATC")).sum())
    if estimand == "ATO":  # its weights are 0 where nobody is alike
        return Check("overlap", "pass" if not lost.all() else "fail", detail + ".")
    if lost.any():
        detail += f"; {int(lost.sum())} have confounders that occur in one group only."
        return Check("overlap", "fail", detail)
    if share > OUTSIDE:
        return Check("overlap", "fail", detail + ".")
    if extreme:
        return Check("overlap", "warn", f"{detail}; {extreme} have a probability beyond .01 or .99.")
    return Check("overlap", "pass", detail + ".")


def _nearest(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the distance of each point to the nearest of the sorted others."""
    if not len(others):
        return np.full(len(points), np.inf)
    right = np.searchsorted(others, points).clip(1, max(len(others) - 1, 1))
    below, above = others[right - 1], others[np.minimum(right, len(others) - 1)]
    return cast(np.ndarray, np.minimum(np.abs(points - below), np.abs(points - above)))


def effective_check(frame: pd.DataFrame) -> Check:
    """Say how many equally weighted people the weighted ones are worth: 10 in each group, half the smaller group."""
    if frame.empty:
        return Check("effective_sample", "not_run", "This method has no weights.")
    arms = frame.loc[frame["group"] != "all"]
    least, smaller = float(arms["effective_sample"].min()), int(arms["n"].min())
    share = float(arms["largest_share"].max())
    worth = " and ".join(
        f"{int(n)} are worth {e:.0f}" for n, e in zip(arms["n"], arms["effective_sample"], strict=True)
    )
    few = least < FEWEST
    status = "fail" if few and least < 0.5 * smaller else "warn" if few or least < 0.5 * smaller else "pass"
    return Check(
        "effective_sample",
        status,
        f"{worth} (trained, others); one person has up to {share:.0%} of a group's weight.",
    )


def confounding_check(data: AdjustData, means: Means | None, naive: float, each: np.ndarray) -> Check:
    """Warn where adjusting moves the difference by more than chance does (p < .01).

    `each` is what a person adds to the plain difference `naive`, shape (n,): both share people, so their
    difference has an error of its own.
    """
    if means is None or means.note or means.exact or math.isnan(naive):
        return Check(
            "confounding", "not_run", "There is no adjusted difference to compare with the plain one."
        )
    adjusted = float(means.mean[0] - means.mean[1])
    moved = adjusted - naive
    std_error = influence_error(means.stacked[:, 0] - means.stacked[:, 1] - each, data.cluster)[0]
    if not std_error > 1e-10 * float(np.max(np.abs(data.y))):
        small = abs(moved) <= 1e-9 * float(np.max(np.abs(data.y)))
        status = "pass" if small else "not_run"
        return Check(
            "confounding", status, "Adjusting changes nothing." if small else "No error can be estimated."
        )
    p = 2 * float(stats.norm.sf(abs(moved / std_error)))
    shown = p_text(p) if p < 0.001 else f"= {p_text(p)}"
    detail = f"Without adjustment {naive:.4g}, with it {adjusted:.4g} (no change: p {shown})"
    if p < 0.01:
        return Check("confounding", "warn", detail + ": the plain difference misleads.")
    return Check("confounding", "pass", detail + ".")


def _few_people(n1: int, n0: int, columns: int) -> Check:
    least = max(FEW, PER_COLUMN * columns)
    detail = (
        f"{n1} trained and {n0} others; {columns} columns want {least} in each group for such errors to hold."
    )
    return Check("few_people", "pass" if min(n1, n0) >= least else "warn", detail)


def _by_chance(terms: int, n1: int, n0: int) -> float:
    """Return the difference in SD that the largest of `terms` exceeds in 1 % of randomised groups."""
    if min(n1, n0) == 0:
        return math.inf
    return float(stats.norm.isf(0.005 / max(terms, 1))) * math.sqrt(1 / n1 + 1 / n0)
