"""How likely is a test to find an effect that is there? The formulas, for any real number of people."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

MOST = 1e9  # people in one arm beyond which no plan is looked for


@dataclass(frozen=True)
class Plan:
    """What a test's power depends on besides the effect and the number of people.

    Parameters
    ----------
    kind : {"means", "paired", "proportions"}
    alternative : {"two-sided", "greater", "less"}
    level : float
        Probability of a false positive of one comparison.
    sd : float
        Standard deviation of one outcome; of the change where `kind` is "paired".
    baseline_share : float
        Share without training; NaN where the effect is Cohen's h.
    deff : float
        Variance of a clustered mean relative to as many independent people.
    cluster_size : float
        Mean people per cluster; 1 without clusters.
    kept : float
        Share of the variance that the baseline leaves unexplained.
    ratio : float
        Trained people per untrained person.
    margin : float
        Worsening that is tolerated; 0 tests for a difference.
    reference : {"t", "z"}
        Distribution of the test.
    fitted : int
        Coefficients besides the arms' means.
    """

    kind: str
    alternative: str
    level: float
    sd: float = 1.0
    baseline_share: float = math.nan
    deff: float = 1.0
    cluster_size: float = 1.0
    kept: float = 1.0
    ratio: float = 1.0
    margin: float = 0.0
    reference: str = "t"
    fitted: int = 0

    @property
    def arms(self) -> int:
        """Means that are estimated."""
        return 1 if self.kind == "paired" else 2

    def df(self, n: float) -> float:
        """Degrees of freedom with `n` people (or pairs) in the untrained arm."""
        if self.reference == "z":
            return math.inf
        units = n / self.cluster_size * (1.0 if self.arms == 1 else 1 + self.ratio)
        return units - self.arms - self.fitted

    def least(self) -> float:
        """Fewest people in the untrained arm with two units in each arm, and a degree of freedom."""
        two = 2 * self.cluster_size
        if self.arms == 2:
            two = max(two, two / self.ratio)
        while self.df(two) < 1:
            two += self.cluster_size
        return two

    def errors(self, effect: float, n: float) -> tuple[float, float]:
        """Standard error of the estimate, without the effect (which sets the critical value) and with it."""
        share = self.deff * self.kept / n
        if self.kind == "paired":
            error = self.sd * math.sqrt(share)
            return error, error
        if self.kind == "means" or math.isnan(self.baseline_share):
            error = self.sd * math.sqrt(share * (1 + 1 / self.ratio))
            return error, error
        p, q = self.baseline_share, self.baseline_share + effect
        apart = p * (1 - p) + q * (1 - q) / self.ratio
        if self.margin:
            return math.sqrt(share * apart), math.sqrt(share * apart)
        pooled = (p + self.ratio * q) / (1 + self.ratio)
        null = pooled * (1 - pooled) * (1 + 1 / self.ratio)
        return math.sqrt(share * null), math.sqrt(share * apart)

    def power(self, effect: float, n: float) -> float:
        """Probability to reject with `n` people in the untrained arm."""
        df = self.df(n)
        if not df > 0:
            return math.nan
        null, error = self.errors(effect, n)
        away = effect + (self.margin if self.alternative != "less" else -self.margin)
        tail = self.level / (2 if self.alternative == "two-sided" else 1)
        critical = float(-special.ndtri(tail)) if math.isinf(df) else float(stats.t.isf(tail, df))
        if error == 0:
            return 1.0 if abs(away) > critical * null else 0.0
        cut, centre = critical * null / error, away / error
        found = 0.0
        if self.alternative != "less":
            found += _above(cut, centre, df)
        if self.alternative != "greater":
            found += _above(cut, -centre, df)
        return min(found, 1.0)


def _above(cut: float, centre: float, df: float) -> float:
    """P(T > cut) of a t with `df` degrees of freedom and noncentrality `centre`."""
    if math.isinf(df):
        return float(special.ndtr(centre - cut))
    if df > 1e6:  # the noncentral series loses its digits long before t differs from the normal
        return float(special.ndtr(centre - cut))
    if centre < -30:
        return 0.0
    if centre > cut + 40 + 10 * cut / math.sqrt(df):
        return 1.0
    found = float(stats.nct.sf(cut, df, centre))
    if not math.isfinite(found):
        # T > cut where Z + centre > cut √(χ²/df): average over the quantiles of χ²
        q = (np.arange(4000) + 0.5) / 4000
        found = float(special.ndtr(centre - cut * np.sqrt(stats.chi2.ppf(q, df) / df)).mean())
    return min(max(found, 0.0), 1.0)


def people_for(plan: Plan, effect: float, power: float) -> float:
    """Return the people in the untrained arm (or pairs) at which the power is reached; NaN beyond any plan."""
    low = plan.least()
    if plan.power(effect, low) >= power:
        return low
    high = max(4.0, 2 * low)
    while plan.power(effect, high) < power:
        high *= 2
        if high > MOST:
            return math.nan
    return _root(lambda x: plan.power(effect, math.exp(x)) - power, math.log(low), math.log(high), math.exp)


def effect_for(plan: Plan, n: float, power: float, sign: int) -> float:
    """Return the smallest effect in the direction of `sign` that `n` people find with `power`; NaN if none does."""
    if not plan.df(n) > 0:
        return math.nan
    if plan.kind == "proportions":
        p = plan.baseline_share
        most = math.pi if math.isnan(p) else (1 - p if sign > 0 else p)
    else:
        most = plan.sd
        while plan.power(sign * most, n) < power:
            most *= 2
            if most > 1e9 * plan.sd:
                return math.nan
    if plan.power(sign * most, n) < power:
        return math.nan
    return sign * _root(lambda d: plan.power(sign * d, n) - power, 0.0, most, float)


def _root(excess: Callable[[float], float], low: float, high: float, back: Callable[[float], float]) -> float:
    if excess(low) >= 0:
        return back(low)
    return back(float(optimize.brentq(excess, low, high, xtol=1e-13, rtol=1e-14)))
