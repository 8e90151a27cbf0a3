"""Between what limits does the ratio of two uncertain means lie, and is that an interval at all?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

# how far a denominator must be from the edge of its own significance to give an interval: rounding, no more
EDGE = 1e-12


@dataclass(frozen=True)
class FiellerSet:
    """All ratios that the data do not reject.

    Parameters
    ----------
    shape : {"interval", "outside", "half_line", "line", "unknown"}
        ``"outside"``: everything except the numbers between `low` and `high`. ``"half_line"``: one of them is infinite.
        ``"line"``: every number. ``"unknown"``: no standard error.
    low, high : float
        Limits of the interval, or of the gap; NaN where there are none.
    """

    shape: str
    low: float = math.nan
    high: float = math.nan

    @property
    def limits(self) -> tuple[float, float]:
        """The interval, (NaN, NaN) where the set is none."""
        return (self.low, self.high) if self.shape == "interval" else (math.nan, math.nan)

    def words(self, scale: float = 1.0, shift: float = 0.0) -> str:
        """Say a set that is no interval, its numbers times `scale` plus `shift`; "" where it is one."""
        low, high = scale * self.low + shift, scale * self.high + shift
        if self.shape == "outside":
            return (
                "no interval: the costs may be 0, so that the ratio may be anything "
                f"below {low:.4g} or above {high:.4g}"
            )
        if self.shape == "line":
            return "no interval: the costs may be 0, so that the ratio may be anything"
        if self.shape == "half_line":
            side = f"anything above {low:.4g}" if math.isinf(high) else f"anything below {high:.4g}"
            return f"no interval: the costs may just be 0, so that the ratio may be {side}"
        return ""


def fieller(
    numerator: float, denominator: float, variance: tuple[float, float, float], quantile: float
) -> FiellerSet:
    """Return the ratios R that a test of ``numerator − R · denominator = 0`` does not reject.

    Parameters
    ----------
    numerator, denominator : float
    variance : tuple of float
        Variance of the numerator, of the denominator, and their covariance.
    quantile : float
        Of the test: of t or the normal distribution.

    Notes
    -----
    ``(x − R y)² ≤ q² (v_x − 2 R c + R² v_y)``, a quadratic in R: an interval exactly where the denominator
    differs from 0 at the same level.

    References
    ----------
    Fieller (1954), Some problems in interval estimation, J. R. Statist. Soc. B 16:175-185.
    """
    var_x, var_y, cov = variance
    if any(math.isnan(v) for v in (numerator, denominator, var_x, var_y, cov)):
        return FiellerSet("unknown")
    # in units of their own, so that the edge does not depend on the currency
    unit_y = max(abs(denominator), math.sqrt(var_y))
    unit_x = max(abs(numerator), math.sqrt(var_x))
    if unit_y == 0:
        return FiellerSet(
            "line" if unit_x == 0 or abs(numerator) <= quantile * math.sqrt(var_x) else "unknown"
        )
    if unit_x == 0:
        shape = "interval" if abs(denominator) > quantile * math.sqrt(var_y) else "line"
        return FiellerSet(shape, *((0.0, 0.0) if shape == "interval" else ()))
    x, y = numerator / unit_x, denominator / unit_y
    q2 = quantile * quantile
    a = y * y - q2 * var_y / unit_y**2
    b = x * y - q2 * cov / (unit_x * unit_y)
    c = x * x - q2 * var_x / unit_x**2
    per = unit_x / unit_y
    if abs(a) <= EDGE:
        if abs(b) <= EDGE:
            return FiellerSet("line")
        limit = c / (2 * b) * per
        return (
            FiellerSet("half_line", limit, math.inf) if b > 0 else FiellerSet("half_line", -math.inf, limit)
        )
    inside = b * b - a * c
    if a < 0 and inside <= 0:
        return FiellerSet("line")
    root = math.sqrt(max(inside, 0.0))  # where a > 0 it is 0 or more but for rounding: x / y is in the set
    # the root that does not cancel first
    far = b + math.copysign(root, b)
    ends = (far / a, c / far) if far else (0.0, 0.0)
    return FiellerSet("interval" if a > 0 else "outside", min(ends) * per, max(ends) * per)


def delta_error(numerator: float, denominator: float, variance: tuple[float, float, float]) -> float:
    """Standard error of the ratio by its slope (delta method), NaN where the denominator is 0."""
    if denominator == 0:
        return math.nan
    var_x, var_y, cov = variance
    ratio = numerator / denominator
    return math.sqrt(max(var_x - 2 * ratio * cov + ratio**2 * var_y, 0.0)) / abs(denominator)


def quantile_of(conf_level: float, df: float) -> float:
    """Two-sided quantile of t with `df` degrees of freedom, of the normal distribution where df is NaN."""
    level = (1 + conf_level) / 2
    return float(special.ndtri(level) if math.isnan(df) or math.isinf(df) else special.stdtrit(df, level))
