"""Which standard deviations and coefficients make counts most likely under a logit model with random intercepts?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from tne.measures.mixed_pirls import BinomialModel, Mode, find_mode, joint_mode, stepped_mode
from tne.measures.mixed_search import Minimum, curvature, minimise

NEAR_ZERO = 0.05  # standard deviations below this, on the search's scale, are tried at 0
LARGE = 15.0  # log odds: levels so far apart are all or none, and the likelihood is flat beyond
APART = 0.2  # lme4's surface is left alone where its minimum lies more standard errors than this from the exact one


@dataclass(frozen=True, eq=False)
class BinomialFit:
    """A fitted binomial mixed model.

    Parameters
    ----------
    exact : callable
        −2 log-likelihood at the exact mode, as a function of standard deviations on the search's scale and then
        coefficients in the basis.
    lowest : Minimum
        Where `exact` is lowest.
    free : ndarray of bool
        False where a variance is 0 at the boundary.
    sd, coefficients : ndarray
    covariance : ndarray (p, p)
        Of the coefficients, from the curvature over all free parameters; NaN where that is not positive.
    sd_error : ndarray
        Of the standard deviations; NaN at 0.
    deviance : float
        −2 log-likelihood, binomial coefficients included.
    """

    model: BinomialModel
    exact: Callable[[np.ndarray], float]
    lowest: Minimum
    free: np.ndarray
    sd: np.ndarray
    coefficients: np.ndarray
    covariance: np.ndarray
    sd_error: np.ndarray
    deviance: float
    settled: bool


def fit_binomial(model: BinomialModel) -> BinomialFit:
    """Maximise the likelihood over standard deviations and coefficients together.

    The exact criterion is minimised first. Laplace then takes the last steps on lme4's surface, which has the same
    few steps to the mode everywhere and the determinant's weights before the last one: the numbers that R prints.
    """
    terms = len(model.scales)

    def exact(x: np.ndarray) -> float:
        return deviance(model, x)

    def joint(x: np.ndarray) -> float:
        found = joint_mode(model, x / model.scales)[0]
        return found.height + found.solver.log_det

    start = np.ones(terms)
    for i in range(terms):
        tried = (np.where(np.arange(terms) == i, size, start) for size in (0.3, 1.0, 3.0, 10.0))
        start = min(tried, key=joint)
    start = minimise(joint, start, tolerance=1e-8, rough=True).x
    reference, b = joint_mode(model, start / model.scales)
    found = minimise(exact, np.concatenate([np.maximum(np.abs(start), 0.3), b]))
    x, free, found = _with_zeros(exact, found, terms)
    best = lowest = Minimum(x, found.value, found.hessian, found.settled)
    hessian = _curvature(exact, x, free)
    if model.points == 1 and free[:terms].any() and np.linalg.eigvalsh(hessian).min() > 0:
        steps = stepped_mode(model, x[:terms] / model.scales, model.basis @ x[terms:], reference.eta)[1]

        def surface(x: np.ndarray) -> float:
            return deviance(model, x, (reference.eta, steps))

        moved = _held(surface, x, free, hessian)
        move = (moved.x - x)[free]
        if moved.settled and float(move @ hessian @ move) / 2 < APART**2:
            best = moved
            hessian = _curvature(surface, best.x, free)
    return _fitted(model, exact, lowest, free, hessian, best)


def deviance(model: BinomialModel, x: np.ndarray, stepped: tuple[np.ndarray, int] | None = None) -> float:
    """Return −2 log-likelihood by Laplace's approximation or adaptive Gauss-Hermite quadrature.

    Laplace: ``−2 log p(y | û) + û'û + log|Λ'Z'WZΛ + I|`` at the mode û. Quadrature: per level, over
    ``u = û + z / sqrt(a)`` with a the curvature there (Pinheiro and Bates 1995). `stepped` asks for lme4's way to the
    mode: from where, and how many steps.
    """
    terms = len(model.scales)
    sd = np.clip(x[:terms] / model.scales, -2 * LARGE, 2 * LARGE)
    fixed = model.basis @ x[terms:]
    found = stepped_mode(model, sd, fixed, *stepped)[0] if stepped else find_mode(model, sd, fixed)
    if model.points == 1:
        return found.height + found.solver.log_det - 2 * model.constant
    return _quadrature(model, sd[0], fixed, found) - 2 * model.constant


def _quadrature(model: BinomialModel, sd: float, fixed: np.ndarray, found: Mode) -> float:
    codes, levels = model.blocks.first.codes, model.blocks.first.levels
    z, w = np.polynomial.hermite_e.hermegauss(model.points)
    root = np.sqrt(found.solver.inner[:, 0, 0])
    u = found.u[:, None] + root[:, None] * z
    eta = fixed[:, None] + sd * u[codes]
    rows = model.y[:, None] * eta - model.trials[:, None] * np.logaddexp(0.0, eta)
    height = np.stack([np.bincount(codes, column, levels) for column in rows.T], axis=1)
    inside = height - u**2 / 2 + z**2 / 2 + np.log(w) - math.log(2 * math.pi) / 2
    return -2 * float((special.logsumexp(inside, axis=1) + np.log(root)).sum())


def _with_zeros(
    f: Callable[[np.ndarray], float], found: Minimum, terms: int
) -> tuple[np.ndarray, np.ndarray, Minimum]:
    """Set variances to exactly 0 where that is as likely."""
    free = np.ones(len(found.x), dtype=bool)
    for i in sorted(range(terms), key=lambda i: abs(found.x[i])):
        if abs(found.x[i]) < NEAR_ZERO:
            held = free.copy()
            held[i] = False
            again = _held(f, np.where(held, found.x, 0.0), held)
            if again.value <= found.value + 1e-7:
                found, free = again, held
    sign = np.where(np.arange(len(found.x)) < terms, np.sign(found.x), 1.0)
    return found.x * sign, free, found


def _held(
    f: Callable[[np.ndarray], float], x: np.ndarray, free: np.ndarray, hessian: np.ndarray | None = None
) -> Minimum:
    """Minimise over the free entries of `x`."""
    found = minimise(lambda part: f(_whole(x, free, part)), x[free], hessian=hessian)
    return Minimum(_whole(x, free, found.x), found.value, found.hessian, found.settled)


def _curvature(f: Callable[[np.ndarray], float], x: np.ndarray, free: np.ndarray) -> np.ndarray:
    return curvature(lambda part: f(_whole(x, free, part)), x[free])


def _whole(x: np.ndarray, free: np.ndarray, part: np.ndarray) -> np.ndarray:
    out = x.copy()
    out[free] = part
    return out


def _fitted(
    model: BinomialModel,
    exact: Callable[[np.ndarray], float],
    lowest: Minimum,
    free: np.ndarray,
    hessian: np.ndarray,
    best: Minimum,
) -> BinomialFit:
    terms, p = len(model.scales), model.p
    back = np.linalg.inv(model.r)
    covariance, sd_error = np.full((p, p), np.nan), np.full(terms, np.nan)
    if np.linalg.eigvalsh(hessian).min() > 0:
        inverse = 2 * np.linalg.inv(hessian)
        covariance = back @ inverse[-p:, -p:] @ back.T
        sd_error[free[:terms]] = np.sqrt(np.diag(inverse)[:-p])
    return BinomialFit(
        model=model,
        exact=exact,
        lowest=lowest,
        free=free,
        sd=np.abs(best.x[:terms]) / model.scales,
        coefficients=back @ best.x[terms:],
        covariance=covariance,
        sd_error=sd_error / model.scales,
        deviance=best.value,
        settled=best.settled,
    )
