"""How sure are the variances, shares and coefficients of a linear mixed model?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import stats

from tne.measures.mixed_fit import LinearFit, LinearModel, deviance, factors_of, parts
from tne.measures.mixed_search import STEP, curvature, limits


@dataclass(frozen=True, eq=False)
class Spread:
    """Standard deviations and correlations, each in a vector over all terms, with errors and intervals.

    Parameters
    ----------
    sd, sd_error : ndarray, one per effect, the residual last
    sd_limits : ndarray (effects, 2)
    correlation : list of ndarray (k, k)
    correlation_limits : dict
        (term, 1, 0) -> two numbers, for terms of two effects.
    """

    sd: np.ndarray
    sd_error: np.ndarray
    sd_limits: np.ndarray
    correlation: list[np.ndarray]
    correlation_limits: dict[int, tuple[float, float]]


def satterthwaite(fit: LinearFit) -> np.ndarray:
    """Return each coefficient's degrees of freedom: 2 V² / var(V), V its variance as a function of the variances.

    The variances' covariance is twice the inverse Hessian of the (restricted) deviance; those at 0 are held there
    (Kuznetsova and others 2017).
    """
    at, value = _point(fit), np.diag(fit.covariance)
    hessian = curvature(lambda v: _deviance(fit, v), at)
    gradient = np.empty((len(at), len(value)))
    for i in range(len(at)):
        h = STEP * max(1.0, abs(at[i])) * np.eye(len(at))[i]
        gradient[i] = (_variances(fit, at + h) - _variances(fit, at - h)) / (2 * h[i])
    roots, axes = np.linalg.eigh(hessian)
    known = roots > 1e-6 * max(roots.max(), 1e-300)
    pulled = axes[:, known].T @ gradient
    of_value = 2 * (pulled**2 / roots[known][:, None]).sum(axis=0)
    return cast(
        np.ndarray, np.divide(2 * value**2, of_value, out=np.full(len(value), np.nan), where=of_value > 0)
    )


def spread(fit: LinearFit, conf_level: float) -> Spread:
    """Return standard deviations and correlations with profile-likelihood intervals.

    A limit is where the criterion, lowest over all other parameters, has risen by the chi-square quantile (1 df).
    """
    model, drop = fit.model, float(stats.chi2.ppf(conf_level, 1))
    best = _natural(fit)
    scale = np.concatenate(model.scales)
    effects = len(scale)

    def f(v: np.ndarray) -> float:
        return deviance(model, _natural_factors(model, v), v[-1] + math.log(fit.sigma))

    sd = np.append(fit.sigma * best[:effects] / scale, fit.sigma)
    bounds = np.empty((effects + 1, 2))
    for i in range(effects):
        low, high = limits(f, best, fit.criterion, i, drop=drop, bounds=(0.0, math.inf))
        bounds[i] = np.array([low, high]) * fit.sigma / scale[i]
    reach = 2 / math.sqrt(2 * model.df)
    low, high = limits(
        f, best, fit.criterion, len(best) - 1, drop=drop, bounds=(-math.inf, math.inf), reach=reach
    )
    bounds[-1] = fit.sigma * np.exp([low, high])

    def of_angle(v: np.ndarray) -> float:
        # SDs on the log scale here: a negative one would turn the sign of the correlation that is held
        return f(np.append(np.exp(np.minimum(v[:effects], 20.0)), v[effects:]))

    from_logs = np.append(np.log(np.maximum(best[:effects], 0.01)), best[effects:])
    turns = _angle_positions(model)
    correlation, of_correlation = [], {}
    for t, low in enumerate(factors_of(model, fit.x)):
        correlation.append(_correlation(low))
        if len(low) == 2 and np.isfinite(correlation[-1][1, 0]):
            ends = limits(
                of_angle, from_logs, fit.criterion, turns[t][0], drop=drop, bounds=(0.0, math.pi), reach=0.3
            )
            of_correlation[t] = (math.cos(ends[1]), math.cos(ends[0]))
    return Spread(sd, _sd_errors(fit, bounds), bounds, correlation, of_correlation)


def share_limits(fit: LinearFit, conf_level: float) -> np.ndarray:
    """Return profile limits of each term's share of the variance, for models of scalar intercepts.

    With ratios t to the residual variance, a share p of one term means ``t = p / (1 − p) · (1 + all other t)``.
    """
    model, drop = fit.model, float(stats.chi2.ppf(conf_level, 1))
    scale = np.concatenate(model.scales)
    out = np.empty((len(scale), 2))
    ratio = fit.x / scale
    for i in range(len(scale)):
        others = np.arange(len(scale)) != i
        best = np.log(np.maximum(fit.x, 0.01))  # others' ratios may change by orders of magnitude
        best[i] = fit.x[i] / math.sqrt(1 + float((ratio[others] ** 2).sum()))

        def f(v: np.ndarray, i: int = i, others: np.ndarray = others) -> float:
            x = np.exp(np.minimum(v, 20.0))
            x[i] = v[i] * math.sqrt(1 + float(((x[others] / scale[others]) ** 2).sum()))
            return deviance(model, factors_of(model, x))

        ends = np.array(limits(f, best, fit.criterion, i, drop=drop, bounds=(0.0, math.inf)))
        t = (ends / scale[i]) ** 2
        out[i] = t / (1 + t)
    return out


def _point(fit: LinearFit) -> np.ndarray:
    return np.append(fit.x[fit.free], math.log(fit.sigma))


def _factors(fit: LinearFit, v: np.ndarray) -> list[np.ndarray]:
    x = np.zeros(len(fit.x))
    x[fit.free] = v[:-1]
    return factors_of(fit.model, x)


def _deviance(fit: LinearFit, v: np.ndarray) -> float:
    return deviance(fit.model, _factors(fit, v), v[-1])


def _variances(fit: LinearFit, v: np.ndarray) -> np.ndarray:
    """Return the coefficients' variances at other variances of the random effects."""
    p = fit.model.p
    _, upper, _ = parts(fit.model, _factors(fit, v))
    inverse = np.linalg.inv(upper[:, :p] @ fit.model.r)
    return cast(np.ndarray, math.exp(2 * v[-1]) * (inverse**2).sum(axis=1))


def _sd_errors(fit: LinearFit, bounds: np.ndarray) -> np.ndarray:
    """Return errors of the standard deviations, NaN where the interval reaches 0: none is meaningful there."""
    at = _point(fit)
    hessian = curvature(lambda v: _deviance(fit, v), at)
    nothing = np.full(len(bounds), np.nan)
    if np.linalg.eigvalsh(hessian).min() <= 0:
        return nothing

    def sds(v: np.ndarray) -> np.ndarray:
        parts_ = [np.sqrt((low**2).sum(axis=1)) for low in _factors(fit, v)]
        return math.exp(v[-1]) * np.append(np.concatenate(parts_), 1.0)

    gradient = np.empty((len(at), len(bounds)))
    for i in range(len(at)):
        h = STEP * max(1.0, abs(at[i])) * np.eye(len(at))[i]
        gradient[i] = (sds(at + h) - sds(at - h)) / (2 * h[i])
    variance = 2 * (gradient * np.linalg.solve(hessian, gradient)).sum(axis=0)
    return np.where(bounds[:, 0] > 0, np.sqrt(variance), np.nan)


def _angle_positions(model: LinearModel) -> list[np.ndarray]:
    """Return where each term's angles stand in the natural vector: SDs first, then angles, log σ last."""
    counts = [t.width * (t.width - 1) // 2 for t in model.blocks.terms]
    starts = sum(t.width for t in model.blocks.terms) + np.concatenate([[0], np.cumsum(counts)])
    return [np.arange(a, a + n) for a, n in zip(starts, counts, strict=False)]


def _natural(fit: LinearFit) -> np.ndarray:
    """Return SDs on the search's scale, the angles between the factors' rows, and 0 for log(σ / σ̂)."""
    sds, angles = [], []
    for low, scale in zip(factors_of(fit.model, fit.x), fit.model.scales, strict=True):
        length = np.sqrt((low**2).sum(axis=1))
        sds.append(length * scale)
        for i in range(1, len(low)):
            left = low[i, : i + 1] / (length[i] or 1.0)
            for j in range(i):
                rest = math.sqrt(float((left[j:] ** 2).sum()))
                angles.append(math.acos(np.clip(left[j] / rest, -1, 1)) if rest > 0 else math.pi / 2)
    return np.concatenate([*sds, angles, [0.0]])


def _natural_factors(model: LinearModel, v: np.ndarray) -> list[np.ndarray]:
    out, at = [], 0
    for term, scale, turns in zip(model.blocks.terms, model.scales, _angle_positions(model), strict=True):
        low, angles = np.zeros((term.width, term.width)), list(v[turns])
        for i in range(term.width):
            rest = v[at + i] / scale[i] * math.exp(-v[-1])
            for j in range(i):
                angle = angles.pop(0)
                low[i, j] = rest * math.cos(angle)
                rest *= math.sin(angle)
            low[i, i] = rest
        out.append(low)
        at += term.width
    return out


def _correlation(low: np.ndarray) -> np.ndarray:
    """Return the correlations of the effects, NaN with one that does not vary."""
    covariance = low @ low.T
    sd = np.sqrt(np.diag(covariance))
    with np.errstate(invalid="ignore", divide="ignore"):
        return cast(np.ndarray, covariance / np.outer(sd, sd))
