"""What follows from an estimate and its error: intervals, tests of one coefficient and of several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import special, stats

from tne.measures.sandwich import Uncertainty


def inference(estimate: float, std_error: float, df: float, conf_level: float) -> dict[str, Any]:
    """Return the inference columns of an estimate: t with `df` degrees of freedom, normal where df is NaN."""
    out: dict[str, Any] = {"estimate": estimate, "std_error": std_error, "df": df}
    if std_error == 0:
        return out | {"conf_low": estimate, "conf_high": estimate, "statistic": math.nan, "p_value": math.nan}
    statistic, level = estimate / std_error, (1 + conf_level) / 2
    if math.isnan(df):
        quantile, tail = special.ndtri(level), special.ndtr(-abs(statistic))
    else:
        quantile, tail = special.stdtrit(df, level), special.stdtr(df, -abs(statistic))
    half = float(quantile) * std_error
    out |= {"statistic": statistic, "p_value": 2 * float(tail)}
    return out | {"conf_low": estimate - half, "conf_high": estimate + half}


def joint_test(known: Uncertainty, columns: Sequence[int]) -> tuple[float, float, float]:
    """Test that the coefficients in `columns` are all 0: return F, its second degrees of freedom, and p.

    With clusters the statistic is Hotelling's: ``F = (m − q + 1) / (m q) · Wald`` on q and m − q + 1 degrees of
    freedom, m being the least Satterthwaite df among the coefficients (cautious; cf. Pustejovsky and Tipton 2018).
    """
    q = len(columns)
    parts = [known.contrast(np.eye(known.fit.k)[i]) for i in columns]
    if q == 0 or any(not part[1] > 0 for part in parts):
        return math.nan, math.nan, math.nan
    b = known.fit.coefficients[list(columns)]
    covariance = known.matrix()[np.ix_(columns, columns)]
    if np.linalg.cond(covariance) > 1e12:
        return math.nan, math.nan, math.nan
    wald = float(b @ np.linalg.solve(covariance, b))
    m = min(part[2] for part in parts)
    if not known.n_clusters:
        return wald / q, m, float(stats.f.sf(wald / q, q, m))
    df = m - q + 1
    if df <= 0:
        return math.nan, math.nan, math.nan
    return wald * df / (m * q), df, float(stats.f.sf(wald * df / (m * q), q, df))
