"""How often does chance alone make somebody proficient, or hold them back?"""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_choice
from tne.measures.proficiency_runs import lower_limit

RULES = ("lower_limit", "pooled", "each")
DRAWS = 4000
OFFSETS = (-0.06, -0.03, -0.015, 0.0, 0.015, 0.03, 0.06)


def proficiency_noise(
    *,
    accuracy: float = 0.85,
    audits: float = 13,
    k: int = 4,
    rule: str = "lower_limit",
    certainty: float = 0.8,
    within: int = 12,
    offsets: tuple[float, ...] = OFFSETS,
    seed: int = 0,
) -> pd.DataFrame:
    """Return what the rule does to people whose true accuracy stands still.

    Parameters
    ----------
    accuracy : float
        The target.
    audits : float
        Audits a week (with sampling weights: the effective number).
    k, rule, certainty
        As in `proficiency`.
    within : int
        Weeks of looking, at least `k`.
    offsets : tuple of float
        True accuracy minus the target.
    seed : int

    Returns
    -------
    DataFrame
        true_accuracy, first_look (chance of passing in the first `k` weeks, exact), passed (share that passes in
        `within` weeks, 4,000 draws), weeks (median week of those that pass).

    Raises
    ------
    ValueError
        For an unknown `rule`, an `accuracy` that is no share, `audits` or `k` below 1, or `within` below `k`.

    Notes
    -----
    Binomial audits, no other source of noise. Below the target a pass is an error that grows with each look; above it
    the wait is a delay. More audits or a larger `k` lower both, and make the rule slower to see a true rise.

    References
    ----------
    Armitage, McPherson and Rowe (1969), Repeated significance tests on accumulating data, J. Royal Statistical Society
    A 132:235-244.

    Examples
    --------
    >>> noise = proficiency_noise(accuracy=0.8, audits=10, k=1, rule="pooled", offsets=(0.0,), within=1)
    >>> round(float(noise["first_look"].iloc[0]), 4)
    0.6778
    """
    require_choice(rule, RULES, "rule")
    if not (0 < accuracy <= 1 and audits >= 1 and k >= 1 and within >= k):
        raise ValueError("`accuracy` is a share, `audits` and `k` at least 1, and `within` at least `k`.")
    n, rng, rows = max(1, round(audits)), np.random.default_rng(seed), []
    for offset in offsets:
        p = accuracy + offset
        if not 0 <= p <= 1:
            continue
        right = rng.binomial(n, p, size=(DRAWS, within))
        joint = np.lib.stride_tricks.sliding_window_view(right, k, axis=1)
        met = _met(joint.sum(axis=2), n * k, accuracy, rule, certainty)
        if rule == "each":
            met = cast(np.ndarray, (joint >= _least(n, accuracy)).all(axis=2))
        passed = met.any(axis=1)
        weeks = float(np.median(met.argmax(axis=1)[passed])) + k if passed.any() else math.nan
        if rule == "each":
            look = float(stats.binom.sf(_least(n, accuracy) - 1, n, p)) ** k
        else:
            counts = np.arange(n * k + 1)
            good = _met(counts, n * k, accuracy, rule, certainty)
            look = float(stats.binom.pmf(counts[good], n * k, p).sum())
        rows.append({"true_accuracy": p, "first_look": look, "passed": float(passed.mean()), "weeks": weeks})
    return pd.DataFrame(rows, columns=["true_accuracy", "first_look", "passed", "weeks"])


def _least(n: int, target: float) -> int:
    return math.ceil(n * target - 1e-9)


def _met(right: np.ndarray, n: int, target: float, rule: str, certainty: float) -> np.ndarray:
    share = right / n
    if rule == "lower_limit":
        share = lower_limit(share, np.full(share.shape, float(n)), certainty)
    return share >= target - 1e-12
