"""Which slopes and intercepts make the answers most likely?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from scipy import linalg, stats

from tne.measures.irt_likelihood import (
    Curvature,
    curvature,
    gauss_hermite,
    grid,
    log_likelihood,
    posterior,
    step_for,
)
from tne.measures.irt_responses import Patterns

MODELS = ("Rasch", "1PL", "2PL")
STEEPEST = 12.0  # at this slope an item goes from 5 to 95 % right within half a standard deviation
ROUNDS = 200
TOLERANCE = 1e-9  # what one more Newton step would add to the log-likelihood


@dataclass(frozen=True, eq=False)
class Fit:
    """The maximum of the marginal likelihood.

    Parameters
    ----------
    model : str
    slopes, intercepts : ndarray, shape (J,)
        logit P(right) = slope · ability + intercept.
    log_likelihood : float
    covariance : ndarray, shape (2J, 2J)
        Of (slopes, intercepts), from the observed information; NaN where undefined, 0 where fixed.
    n_parameters : int
    converged : bool
    runaway : ndarray of bool, shape (J,)
        Slopes without a finite maximum, held at the steepest allowed.
    full : Curvature
        Derivatives by all slopes and intercepts, fixed or equal ones too.
    design : ndarray, shape (2J, k)
        How the k free parameters enter.
    nodes, weights : ndarray, shape (Q,)
        Where the integral over abilities was evaluated.
    """

    model: str
    slopes: np.ndarray
    intercepts: np.ndarray
    log_likelihood: float
    covariance: np.ndarray
    n_parameters: int
    converged: bool
    runaway: np.ndarray
    full: Curvature
    design: np.ndarray
    nodes: np.ndarray
    weights: np.ndarray


def fit_model(data: Patterns, model: str, points: int | None = None) -> Fit:
    """Maximise the marginal likelihood, abilities standard normal; `points` of Gauss-Hermite, None for a fine grid."""
    size = data.correct.shape[1]
    slopes, intercepts = _start(data, model)
    runaway = np.zeros(size, dtype=bool)
    step = 0.2
    for _ in range(3 * size + 3):
        rule = grid(step) if points is None else gauss_hermite(points)
        found = _newton(data, model, (slopes, intercepts), runaway, rule)
        slopes, intercepts = found.slopes, found.intercepts
        beyond = (np.abs(slopes) > STEEPEST) & ~runaway
        needed = step_for(slopes, intercepts)
        if not beyond.any() and (points is not None or needed >= step * 0.99):
            break
        step = min(step, needed)
        runaway = runaway | beyond
        slopes = np.where(runaway, np.sign(slopes) * STEEPEST, slopes)
    return _oriented(data, found)


def _newton(
    data: Patterns,
    model: str,
    start: tuple[np.ndarray, np.ndarray],
    runaway: np.ndarray,
    rule: tuple[np.ndarray, np.ndarray],
) -> Fit:
    """Newton's method with exact derivatives; a ridge keeps each step uphill."""
    size = len(runaway)
    design, base = _design(model, start[0], runaway)
    free = np.linalg.lstsq(design, np.concatenate(start) - base, rcond=None)[0]
    nodes, weights = rule
    ridge, converged = 0.0, False

    def split(beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        whole = base + design @ beta
        return whole[:size], whole[size:]

    here = curvature(data, *split(free), nodes, weights)
    for _ in range(ROUNDS):
        gradient, information = design.T @ here.gradient, -design.T @ here.hessian @ design
        scale = np.maximum(np.abs(np.diag(information)), 1e-3 * data.counts.sum())
        move, ridge = _uphill(information, gradient, scale, ridge)
        gain = 0.5 * float(gradient @ move)
        if gain < TOLERANCE and ridge <= 1e-3:
            converged = True
            break
        while True:
            move = move * min(1.0, 3.0 / max(np.abs(move).max(), 1e-300))
            value = log_likelihood(data, *split(free + move), nodes, weights)
            if value >= here.value - 1e-10 * abs(here.value):
                break
            ridge = max(10 * ridge, 1e-2)
            if ridge > 1e10:
                break
            move, ridge = _uphill(information, gradient, scale, ridge)
        if ridge > 1e10:
            break
        free, ridge = free + move, (0.0 if ridge < 1e-3 else ridge / 10)
        here = curvature(data, *split(free), nodes, weights)
        if (np.abs(split(free)[0][~runaway]) > STEEPEST).any():
            break
    slopes, intercepts = split(free)
    information = -design.T @ here.hessian @ design
    covariance = design @ inverse(information) @ design.T
    count = design.shape[1]
    return Fit(
        model, slopes, intercepts, here.value, covariance, count, converged, runaway, here, design, *rule
    )


def inverse(information: np.ndarray) -> np.ndarray:
    """Return the inverse of a positive definite matrix, NaN where it is not (no standard errors then)."""
    root = np.sqrt(np.maximum(np.diag(information), 0))
    bad = np.full(information.shape, np.nan)
    if not np.isfinite(information).all() or (root == 0).any():
        return bad
    scaled = information / np.outer(root, root)
    values = linalg.eigvalsh(scaled)
    if values[0] < 1e-9 * values[-1]:
        return bad
    return cast(np.ndarray, linalg.inv(scaled) / np.outer(root, root))


def _uphill(
    information: np.ndarray, gradient: np.ndarray, scale: np.ndarray, ridge: float
) -> tuple[np.ndarray, float]:
    """Return a step that climbs and the ridge it needed."""
    while True:
        try:
            factor = linalg.cho_factor(information + ridge * np.diag(scale))
            return linalg.cho_solve(factor, gradient), ridge
        except linalg.LinAlgError:
            ridge = max(10 * ridge, 1e-4)


def _design(model: str, slopes: np.ndarray, runaway: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return T and base with (slopes, intercepts) = base + T · free."""
    size = len(slopes)
    one, zero = np.eye(size), np.zeros((size, size))
    lower = np.vstack([zero, one])
    base = np.zeros(2 * size)
    if model == "Rasch":
        base[:size] = 1.0
        return lower, base
    if model == "1PL" and not runaway.any():  # a common slope runs away with every item
        common = np.concatenate([np.ones(size), np.zeros(size)])[:, None]
        return np.hstack([common, lower]), base
    base[:size] = np.where(runaway, slopes, 0.0)
    return np.hstack([np.vstack([one, zero])[:, ~runaway], lower]), base


def _start(data: Patterns, model: str) -> tuple[np.ndarray, np.ndarray]:
    """Start from facilities and, for free slopes, from item-rest correlations."""
    y, m, c = data.correct, data.answered, data.counts
    facility = np.clip((c @ y) / np.maximum(c @ m, 1), 0.001, 0.999)
    slopes = np.ones(y.shape[1])
    if model == "2PL":
        r = item_rest(data)
        slopes = np.clip(2.5 * r / np.sqrt(np.maximum(1 - r * r, 0.1)), -2, 2)
        slopes = np.where(np.abs(slopes) < 0.2, np.where(slopes < 0, -0.2, 0.2), slopes)
    return slopes, np.log(facility / (1 - facility)) * np.sqrt(1 + 0.3 * slopes**2)


def item_rest(data: Patterns) -> np.ndarray:
    """Return each item's correlation with the mean deviation on the other items answered; 0 where it has none."""
    y, m, c = data.correct, data.answered, data.counts
    deviation = m * (y - (c @ y) / np.maximum(c @ m, 1))
    others = m.sum(axis=1, keepdims=True) - m
    rest = (deviation.sum(axis=1, keepdims=True) - deviation) / np.maximum(others, 1)
    w = c[:, None] * m * (others > 0)
    rest -= (w * rest).sum(axis=0) / np.maximum(w.sum(axis=0), 1)
    spread = np.sqrt((w * rest**2).sum(axis=0) * (w * deviation**2).sum(axis=0))
    return cast(
        np.ndarray,
        np.divide((w * rest * deviation).sum(axis=0), spread, out=np.zeros(y.shape[1]), where=spread > 0),
    )


def _oriented(data: Patterns, found: Fit) -> Fit:
    """Slopes and their mirror image are equally likely: more right answers shall mean more ability."""
    if found.model == "Rasch":
        return found
    ability = posterior(data, found.slopes, found.intercepts, found.nodes, found.weights)[0] @ found.nodes
    share = data.correct.sum(axis=1) / np.maximum(data.answered.sum(axis=1), 1)
    c = data.counts
    if (c * (share - (c @ share) / c.sum())) @ ability >= 0:
        return found
    size = len(found.slopes)
    flip = np.concatenate([-np.ones(size), np.ones(size)])
    full = Curvature(found.full.value, flip * found.full.gradient, np.outer(flip, flip) * found.full.hessian)
    return replace(found, slopes=-found.slopes, covariance=np.outer(flip, flip) * found.covariance, full=full)


def equal_slopes_test(found: Fit) -> tuple[float, int, float]:
    """Return the score test that all slopes are as the model says: chi-square, degrees of freedom, p.

    The statistic is s'I⁻¹s with score and information of the two-parameter model at the restricted estimates.
    """
    size = len(found.slopes)
    df = size if found.model == "Rasch" else size - 1
    information = inverse(-found.full.hessian)
    if found.model == "2PL" or df < 1 or found.runaway.any() or np.isnan(information).any():
        return float("nan"), df, float("nan")
    statistic = float(found.full.gradient @ information @ found.full.gradient)
    return statistic, df, float(stats.chi2.sf(statistic, df))
