"""What is the mean of the true effects, and what does it say of each? One fit, with or without levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tne.measures.pool_levels import mixed_fit, nested, profile_interval, variance_components
from tne.measures.pool_variance import Weighted, q_profile, tau_squared, typical_variance, weighted

NARROW = 0.99  # of the variance: less is not worth a word
EQUAL = "the estimates are all equal, which gives Knapp-Hartung no width: the error without it stands"
NARROWER = "Knapp-Hartung makes this interval narrower than the plain one by a factor of {:.2f}"
NO_SPREAD = "the variance between the true effects is 0 as estimated, which does not show that they are equal"
ONE = "one estimate only: nothing was pooled"


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted meta-analysis, in the coordinates of the design (column 0 is the mean).

    Parameters
    ----------
    coefficients, covariance : arrays
    df : float
        Degrees of freedom of t; NaN: normal.
    tau2, tau2_error, tau2_low, tau2_high : float
        Variance of the true effects (over all levels), NaN where none is estimated.
    components : array, intervals : tuple of pairs
        Variance of each level.
    q, q_df : float
        Cochran's Q (of the residuals, with moderators).
    typical : float
        Typical variance within an estimate.
    blup, blup_error, group_blup, group_error : arrays
        True effects of the rows, and of the largest groups.
    notes : tuple of str
    factor : float
        Knapp-Hartung's, within `covariance`; 1 without.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    df: float
    tau2: float
    q: float
    q_df: int
    typical: float
    blup: np.ndarray
    blup_error: np.ndarray
    notes: tuple[str, ...] = ()
    tau2_error: float = math.nan
    tau2_low: float = math.nan
    tau2_high: float = math.nan
    components: np.ndarray = field(default_factory=lambda: np.empty(0))
    intervals: tuple[tuple[float, float], ...] = ()
    group_blup: np.ndarray = field(default_factory=lambda: np.empty(0))
    group_error: np.ndarray = field(default_factory=lambda: np.empty(0))
    factor: float = 1.0


def model(
    x: np.ndarray,
    y: np.ndarray,
    v: np.ndarray,
    codes: Sequence[np.ndarray],
    *,
    method: str,
    knapp_hartung: bool,
    conf_level: float = math.nan,
) -> Model:
    """Fit `y` on `x`; without `conf_level` the intervals of the variances are left out."""
    plain = weighted(x, y, v)
    df = len(y) - x.shape[1]
    if df < 1:
        nan = math.nan
        undefined = np.full(len(y), nan)
        return Model(
            plain.coefficients, plain.covariance, nan, nan, nan, 0, nan, undefined, undefined, (ONE,)
        )
    base = {"q": plain.q, "q_df": df, "typical": typical_variance(x, y, v)}
    if len(codes) > 1:
        return _multilevel(x, y, v, codes, base, knapp_hartung, conf_level)
    if method == "fixed":
        return _from(plain, x, y, v, 0.0, base | {"tau2": math.nan}, knapp_hartung=False)
    tau2, error = tau_squared(x, y, v, method)
    known: dict[str, Any] = {"tau2": tau2, "tau2_error": error}
    if not math.isnan(conf_level):
        known["tau2_low"], known["tau2_high"] = q_profile(x, y, v, conf_level)
    if codes:
        known |= {"components": np.array([tau2])}
        known |= {"intervals": ((known.get("tau2_low", math.nan), known.get("tau2_high", math.nan)),)}
    return _from(weighted(x, y, v + tau2), x, y, v, tau2, base | known, knapp_hartung=knapp_hartung)


def _from(
    fit: Weighted,
    x: np.ndarray,
    y: np.ndarray,
    v: np.ndarray,
    tau2: float,
    known: dict[str, Any],
    *,
    knapp_hartung: bool,
) -> Model:
    df, factor, notes = len(y) - x.shape[1], 1.0, []
    if known["tau2"] == 0:
        notes.append(NO_SPREAD)
    if knapp_hartung:
        factor = fit.q / df
        # rounding alone makes equal estimates differ
        if factor < 1e-20 * float(np.max(y**2 / v)) or fit.q == 0:
            factor = 1.0
            notes.append(EQUAL)
        elif factor < NARROW:
            notes.append(NARROWER.format(math.sqrt(factor)))
    covariance = factor * fit.covariance
    own = tau2 / (tau2 + v)
    mean_error = np.einsum("ij,jk,ik->i", x, covariance, x)
    return Model(
        coefficients=fit.coefficients,
        covariance=covariance,
        df=float(df) if knapp_hartung else math.nan,
        blup=own * y + (1 - own) * (x @ fit.coefficients),
        blup_error=np.sqrt(own * v + (1 - own) ** 2 * mean_error),
        notes=tuple(notes),
        factor=factor,
        **known,
    )


def _multilevel(
    x: np.ndarray,
    y: np.ndarray,
    v: np.ndarray,
    codes: Sequence[np.ndarray],
    base: dict[str, Any],
    with_t: bool,
    conf_level: float,
) -> Model:
    data = nested(x, y, v, codes)
    variances, height = variance_components(data)
    intervals: tuple[tuple[float, float], ...] = ()
    if not math.isnan(conf_level):
        intervals = tuple(
            profile_interval(data, variances, height, level, conf_level) for level in range(len(codes))
        )
    fit = mixed_fit(x, y, v, codes, variances)
    groups = int(codes[0].max()) + 1
    means: np.ndarray = np.column_stack([np.bincount(codes[0], column) for column in x.T])
    means /= np.bincount(codes[0])[:, None]
    between = int((np.ptp(x - means[codes[0]], axis=0) < 1e-9).sum())
    total = float(variances.sum())
    return Model(
        coefficients=fit.coefficients,
        covariance=fit.covariance,
        df=float(max(1, groups - between)) if with_t else math.nan,
        tau2=total,
        components=variances,
        intervals=intervals,
        blup=fit.blup,
        blup_error=fit.blup_error,
        group_blup=fit.group_blup,
        group_error=fit.group_error,
        notes=(NO_SPREAD,) if total == 0 else (),
        **base,
    )
