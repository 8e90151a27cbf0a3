"""How large is the difference between two groups' changes, from the means and spreads of each?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import stats

from tne.measures.inference import inference
from tne.measures.standardized import hedges_factor

METHODS = ("d_ppc2", "smcr")
TWO_EACH = "a group has fewer than two people with both scores"


@dataclass(frozen=True)
class Arm:
    """One group measured twice: size, means, standard deviations, correlation of the two scores."""

    n: float
    m_pre: float
    m_post: float
    sd_pre: float
    sd_post: float
    r: float

    @property
    def change(self) -> float:
        """Mean change."""
        return self.m_post - self.m_pre

    @property
    def variance_of_change(self) -> float:
        """Variance of people's changes; rounding error counts as 0."""
        squares = self.sd_pre**2 + self.sd_post**2
        covariance = self.r * self.sd_pre * self.sd_post if self.sd_pre * self.sd_post > 0 else 0.0
        variance = squares - 2 * covariance
        return variance if variance > 1e-13 * squares else 0.0

    @property
    def incomplete(self) -> bool:
        """Whether a mean or a spread is missing (the correlation may be undefined)."""
        return any(math.isnan(x) for x in (self.n, self.m_pre, self.m_post, self.sd_pre, self.sd_post))


def arm_of(pre: np.ndarray, post: np.ndarray) -> Arm:
    """Summarise one group's paired scores, each of shape (n,)."""
    n = len(pre)
    if n < 2:
        return Arm(n, *(math.nan,) * 5)
    spread = [_spread(x) for x in (pre, post)]
    r = float(np.corrcoef(pre, post)[0, 1]) if min(spread) > 0 else math.nan
    return Arm(n, float(pre.mean()), float(post.mean()), *cast(tuple[float, float], spread), r)


def pooled_sd(one: Arm, two: Arm) -> float:
    """Return the standard deviation before, pooled over both groups."""
    squares = (one.n - 1) * one.sd_pre**2 + (two.n - 1) * two.sd_pre**2
    return math.sqrt(squares / (one.n + two.n - 2))


def standardized(trained: Arm, control: Arm, method: str, conf_level: float) -> dict[str, float | str]:
    """Difference of changes in standard deviations before: the inference columns of an estimate, and its note.

    Notes
    -----
    ``d_ppc2 = J(nT + nC − 2) (change T − change C) / pooled SD before`` with variance
    ``2(1 − rT)/nT + 2(1 − rC)/nC + d²/(2(nT + nC))``: with equal correlations Morris's (2008) formula.
    ``smcr`` divides each group's change by its own SD before, with J(n − 1); variances ``2(1 − r)/n + g²/(2n)`` add up.
    """
    note = undefined(trained, control)
    if not note and method == "smcr" and min(trained.n, control.n) < 3:
        note = "a group's own correction factor needs three people"
    spreads = (
        [trained.sd_pre, control.sd_pre]
        if method == "smcr"
        else []
        if note
        else [pooled_sd(trained, control)]
    )
    if not note and min(spreads) == 0:
        note = "the standard deviation it divides by is 0"
    if note:
        return {"estimate": math.nan, "note": note}
    paths = sum(2 * (1 - arm.r) / arm.n for arm in (trained, control))
    if method == "d_ppc2":
        total = trained.n + control.n
        d = hedges_factor(total - 2) * (trained.change - control.change) / spreads[0]
        variance = paths + d**2 / (2 * total)
    else:
        own = [hedges_factor(arm.n - 1) * arm.change / arm.sd_pre for arm in (trained, control)]
        d = own[0] - own[1]
        variance = paths + own[0] ** 2 / (2 * trained.n) + own[1] ** 2 / (2 * control.n)
    if math.isnan(variance):
        note = (
            "a group's scores do not vary in one wave, or their correlation is missing: no error can be given"
        )
    elif variance <= 1e-15:
        variance, note = 0.0, "no variation is left: no test is possible"
    return {**inference(d, math.sqrt(variance), math.nan, conf_level), "note": note}


def points(trained: Arm, control: Arm, conf_level: float) -> dict[str, float | str]:
    """Difference of mean changes in score points with Welch's t interval."""
    note = undefined(trained, control)
    if note:
        return {"estimate": math.nan, "note": note}
    parts = np.array([arm.variance_of_change / arm.n for arm in (trained, control)])
    total, difference = float(parts.sum()), trained.change - control.change
    if math.isnan(total):
        note, df = "the correlation of the two scores is missing: no error can be given", math.nan
    elif total == 0:
        note, df = "no variation is left: no test is possible", math.nan
    else:
        df = total**2 / float((parts**2 / np.array([trained.n - 1, control.n - 1])).sum())
    return {**inference(difference, math.sqrt(total), df, conf_level), "note": note}


def undefined(trained: Arm, control: Arm) -> str:
    """Say why two groups' changes cannot be compared, or nothing."""
    if min(trained.n, control.n) < 2:
        return TWO_EACH
    return "a mean or a standard deviation is missing" if trained.incomplete or control.incomplete else ""


def baseline_gap(trained: Arm, control: Arm) -> tuple[float, float, float]:
    """Return how far apart the groups began in SD, the p-value of that, and what it alone moves the difference.

    The last, in score points, is ``(b − 1) · gap`` with b the slope of the second score on the first within groups:
    what returns to the mean when one group began lower.
    """
    if undefined(trained, control) or pooled_sd(trained, control) == 0:
        return (math.nan,) * 3
    spread, gap = pooled_sd(trained, control), trained.m_pre - control.m_pre
    statistic = gap / (spread * math.sqrt(1 / trained.n + 1 / control.n))
    products = [
        (arm.n - 1) * arm.r * arm.sd_pre * arm.sd_post for arm in (trained, control) if arm.sd_pre > 0
    ]
    slope = sum(products) / ((trained.n + control.n - 2) * spread**2)
    p = float(2 * stats.t.sf(abs(statistic), trained.n + control.n - 2))
    return gap / spread, p, (slope - 1) * gap


def spread_change(arm: Arm) -> tuple[float, float]:
    """Return SD before / SD after of one group, and the p-value of Pitman and Morgan's test that they are equal."""
    if arm.incomplete or math.isnan(arm.r) or arm.n < 4 or min(arm.sd_pre, arm.sd_post) == 0:
        return math.nan, math.nan
    one, two = arm.sd_pre**2, arm.sd_post**2
    width = (one + two) ** 2 - 4 * arm.r**2 * one * two
    if width <= 0:
        return arm.sd_pre / arm.sd_post, math.nan
    r = min((one - two) / math.sqrt(width), 1.0, key=abs)
    statistic = r * math.sqrt((arm.n - 2) / max(1 - r * r, 1e-15))
    return arm.sd_pre / arm.sd_post, float(2 * stats.t.sf(abs(statistic), arm.n - 2))


def spread_between(trained: Arm, control: Arm) -> tuple[float, float]:
    """Return SD before of the trained / of the control, and the p-value of the F test that they are equal."""
    if undefined(trained, control) or min(trained.sd_pre, control.sd_pre) == 0:
        return math.nan, math.nan
    ratio = trained.sd_pre / control.sd_pre
    law = stats.f(trained.n - 1, control.n - 1)
    return ratio, float(min(1.0, 2 * min(law.sf(ratio**2), law.cdf(ratio**2))))


def _spread(x: np.ndarray) -> float:
    """Standard deviation; 0 where only rounding error is left."""
    sd = float(x.std(ddof=1))
    return sd if sd > 1e-12 * float(np.max(np.abs(x))) else 0.0
