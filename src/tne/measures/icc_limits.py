"""What are the intraclass correlation and its limits, given the mean squares?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class MeanSquares:
    """An analysis of variance of scores.

    Parameters
    ----------
    units, raters : float
        `raters` is the number of scores a unit has; where it differs, its mean corrected for the spread.
    rows, columns, error, within : float
        Mean squares between units, between raters, of the residual, and within units.
    df_within : float
    """

    units: int
    raters: float
    rows: float
    columns: float
    error: float
    within: float
    df_within: float

    @classmethod
    def of(cls, x: np.ndarray, unit: np.ndarray, rater: np.ndarray, each: np.ndarray, k: int) -> MeanSquares:
        """Compute the mean squares; `k` is 0 where raters differ from unit to unit."""
        n, total = len(each), len(x)
        if n < 2 or total <= n:
            return cls(
                n, float(k), *cast(tuple[float, float, float, float], [math.nan] * 4), float(total - n)
            )
        x = x - x.mean()
        means = np.bincount(unit, weights=x) / each
        between = float(each @ means**2)
        inside = float(((x - means[unit]) ** 2).sum())
        rows, within = between / (n - 1), inside / (total - n)
        if not k:
            mean = (total - float(each @ each) / total) / (n - 1)
            return cls(n, mean, rows, math.nan, math.nan, within, float(total - n))
        levels = np.bincount(rater, weights=x, minlength=k) / n
        columns = n * float(levels @ levels)
        left = float(((x - means[unit] - levels[rater]) ** 2).sum())
        return cls(n, float(k), rows, columns / (k - 1), left / ((n - 1) * (k - 1)), within, float(total - n))


def limits_of(
    ms: MeanSquares, model: str, of: str, conf_level: float
) -> tuple[float, float, float, float, tuple[float, float], str]:
    """Return the correlation, its limits, F, F's degrees of freedom, and a note.

    Parameters
    ----------
    ms : MeanSquares
    model : {"1", "A", "C"}
    of : {"1", "k"}
        One rater, or the mean of k.
    conf_level : float
    """
    nothing = (math.nan, math.nan, math.nan, math.nan, (math.nan, math.nan))
    if ms.units < 2:
        return *nothing, f"{ms.units} units cannot show variance between units; two are needed"
    if not math.isfinite(ms.rows):
        return *nothing, "no unit has scores of two raters"
    tiny = 1e-12 * (ms.rows + ms.within)
    if ms.rows + ms.within <= 0:
        return *nothing, "all scores are equal: there is no variance to share out"
    n, k, error = ms.units, ms.raters, ms.within if model == "1" else ms.error
    df = (n - 1.0, ms.df_within if model == "1" else (n - 1) * (k - 1))
    extra = (ms.columns - error) / n if model == "A" else 0.0
    denominator = ms.rows + (k - 1) * error + k * extra
    if of == "k":
        denominator = ms.rows + extra
    if (
        not denominator > tiny
    ):  # kind A of the mean of k: less than nothing where raters vary less than by chance
        return *nothing, "the units do not vary: the correlation is not defined"
    estimate = (ms.rows - error) / denominator
    if not error > tiny and not (model == "A" and ms.columns > tiny):
        return (
            estimate,
            math.nan,
            math.nan,
            math.nan,
            (math.nan, math.nan),
            "no residual variance: no interval",
        )
    if model == "A":
        low, high = _absolute(ms, of, conf_level)
        f = ms.rows / error if error > tiny else math.nan
        return estimate, low, high, f, df if math.isfinite(f) else (math.nan, math.nan), ""
    f, level = ms.rows / error, (1 + conf_level) / 2
    f_low = f / stats.f.ppf(level, *df)
    f_high = f * stats.f.ppf(level, df[1], df[0])
    if of == "k":
        low, high = (1 - 1 / f_low if f_low > 0 else -math.inf), (1 - 1 / f_high if f_high > 0 else -math.inf)
    else:
        low, high = (f_low - 1) / (f_low + k - 1), (f_high - 1) / (f_high + k - 1)
    return estimate, low, high, f, df, ""


def _absolute(ms: MeanSquares, of: str, conf_level: float) -> tuple[float, float]:
    """McGraw and Wong's limits for absolute agreement: Satterthwaite's degrees of freedom for raters and residual."""
    n, k, level = ms.units, ms.raters, (1 + conf_level) / 2
    one = (ms.rows - ms.error) / (ms.rows + (k - 1) * ms.error + k / n * (ms.columns - ms.error))
    if one >= 1:
        return math.nan, math.nan
    one = max(one, 0.0)  # a negative one would let the two parts cancel, and the degrees of freedom vanish
    a, b = k * one / (n * (1 - one)), 1 + k * one * (n - 1) / (n * (1 - one))
    parts = a * ms.columns, b * ms.error
    down = parts[0] ** 2 / (k - 1) + parts[1] ** 2 / ((n - 1) * (k - 1))
    v = sum(parts) ** 2 / down if down > 0 else math.nan
    if not v > 0:
        return math.nan, math.nan
    upper, lower = stats.f.ppf(level, n - 1, v), stats.f.ppf(level, v, n - 1)
    spread = k * ms.columns + (k * n - k - n) * ms.error
    low = n * (ms.rows - upper * ms.error) / (upper * spread + n * ms.rows)
    high = n * (lower * ms.rows - ms.error) / (spread + n * lower * ms.rows)
    if of == "k":
        # one rater's limit at −1 / (k − 1) or below is beyond what the mean of k can be
        low, high = (
            k * value / (1 + (k - 1) * value) if value > -1 / (k - 1) else -math.inf for value in (low, high)
        )
    return float(low), float(high)
