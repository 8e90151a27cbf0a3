"""What would have happened to the trained, given covariates? Regression, inverse probability, doubly robust."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

ADJUSTMENTS = ("doubly_robust", "regression", "ipw")
COLLINEAR = "not identified: too few comparison units for the covariates"
NO_OVERLAP = (
    "not identified: no overlap, the covariates tell some of the trained from all comparison units "
    "(propensity above 0.999)"
)
LARGEST_PROPENSITY = 0.999
_STEPS, _TOLERANCE = 50, 1e-10


@dataclass(frozen=True, eq=False)
class Adjusted:
    """Effects of several outcomes with the same units, and the influence of each unit.

    Parameters
    ----------
    effect : ndarray, shape (outcomes,)
    psi_t, psi_c : ndarray, shapes (treated, outcomes) and (comparison, outcomes)
    propensity : float
        Largest probability of being trained, NaN if none was estimated.
    problem : str
        Why the effects are not identified; "" otherwise.
    """

    effect: np.ndarray
    psi_t: np.ndarray
    psi_c: np.ndarray
    propensity: float = np.nan
    problem: str = ""


def adjust(
    x_t: np.ndarray,
    x_c: np.ndarray,
    w_t: np.ndarray,
    w_c: np.ndarray,
    d_t: np.ndarray,
    d_c: np.ndarray,
    adjustment: str,
) -> Adjusted:
    """Return the effect on the treated of contrasts `d`, adjusted for covariates `x`.

    Parameters
    ----------
    x_t, x_c : ndarray, shapes (treated, columns) and (comparison, columns)
        Covariates without a constant.
    w_t, w_c : ndarray
        Weights.
    d_t, d_c : ndarray, shapes (treated, outcomes) and (comparison, outcomes)
    adjustment : {"doubly_robust", "regression", "ipw"}

    Returns
    -------
    Adjusted

    Notes
    -----
    Sant'Anna and Zhao (2020): ``ATT = Σ s (d - xβ) - Σ q (d - xβ)`` with shares s of the treated and q of the
    comparison units weighted by odds p / (1 - p); β by least squares among the comparison units, p by logit.
    "regression" leaves the second sum out, "ipw" leaves β out. The influence holds the estimation of β and p.
    """
    nothing = (np.full(d_t.shape[1], np.nan), np.zeros(d_t.shape), np.zeros(d_c.shape))
    x_t, x_c = standardized(x_t, x_c)
    share = w_t / w_t.sum()
    fitted = adjustment != "ipw"
    if fitted:
        line = least_squares(x_c, w_c, d_c)
        if line is None:
            return Adjusted(*nothing, problem=COLLINEAR)
        beta, inverse = line
        e_t, e_c = d_t - x_t @ beta, d_c - x_c @ beta
    else:
        e_t, e_c = d_t, d_c
    effect, largest = share @ e_t, np.nan
    psi_t, psi_c = share[:, None] * (e_t - effect), np.zeros(d_c.shape)
    pull = share @ x_t
    if adjustment != "regression":
        score = propensity(x_t, x_c, w_t, w_c)
        if score is None:
            return Adjusted(*nothing, 1.0, NO_OVERLAP)
        p_t, p_c, hessian = score
        largest = float(max(p_t.max(), p_c.max()))
        odds = w_c * p_c / (1 - p_c)
        q = odds / odds.sum()
        left = q @ e_c
        own = q[:, None] * (e_c - left)
        effect = effect - left
        turn = hessian @ (x_c.T @ own)
        psi_t = psi_t - (w_t * (1 - p_t))[:, None] * (x_t @ turn)
        psi_c = psi_c - own + (w_c * p_c)[:, None] * (x_c @ turn)
        pull = pull - q @ x_c
    if fitted:
        psi_c = psi_c - (w_c * (x_c @ (inverse @ pull)))[:, None] * e_c
    return Adjusted(effect, psi_t, psi_c, largest)


def standardized(x_t: np.ndarray, x_c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a constant and the covariates on one scale, without those that others already say.

    Parameters
    ----------
    x_t, x_c : ndarray, shapes (treated, columns) and (comparison, columns)

    Returns
    -------
    tuple of ndarray
    """
    n = len(x_t) + len(x_c)
    mean = (x_t.sum(axis=0) + x_c.sum(axis=0)) / n
    a, b = x_t - mean, x_c - mean
    spread = np.sqrt(((a**2).sum(axis=0) + (b**2).sum(axis=0)) / n)
    spread = np.where(spread > 1e-10 * np.maximum(np.abs(mean), 1e-300), spread, 0.0)
    a, b = (np.divide(x, spread, out=np.zeros_like(x), where=spread > 0) for x in (a, b))
    gram = (a.T @ a + b.T @ b) / n
    keep: list[int] = []
    for j in range(len(spread)):
        left = gram[j, j]
        if keep:
            cross = gram[np.ix_(keep, [j])]
            left -= (cross.T @ np.linalg.solve(gram[np.ix_(keep, keep)], cross)).item()
        if left > 1e-9:
            keep.append(j)
    return (
        np.column_stack([np.ones(len(a)), a[:, keep]]),
        np.column_stack([np.ones(len(b)), b[:, keep]]),
    )


def least_squares(x: np.ndarray, w: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return weighted least-squares coefficients and the inverse of X'WX; None if it cannot be inverted.

    Parameters
    ----------
    x : ndarray, shape (rows, columns)
    w : ndarray, shape (rows,)
    y : ndarray, shape (rows, outcomes)

    Returns
    -------
    tuple of ndarray or None
    """
    if len(x) <= x.shape[1] - (x.shape[1] == 1):
        return None
    weighted = x * w[:, None]
    gram = x.T @ weighted
    scale = np.sqrt(np.diag(gram))
    if not (scale > 0).all():
        return None
    values = np.linalg.eigvalsh(gram / np.outer(scale, scale))
    if values[0] < 1e-11 * values[-1]:
        return None
    inverse = np.linalg.inv(gram / np.outer(scale, scale)) / np.outer(scale, scale)
    return inverse @ (weighted.T @ y), inverse


def propensity(
    x_t: np.ndarray, x_c: np.ndarray, w_t: np.ndarray, w_c: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Return the probability of being trained (logit) on both sides and the inverse Hessian.

    Parameters
    ----------
    x_t, x_c : ndarray
        Covariates with a constant.
    w_t, w_c : ndarray

    Returns
    -------
    tuple of ndarray or None
        None if it does not converge or a probability reaches 0.999.
    """
    x, w = np.concatenate([x_t, x_c]), np.concatenate([w_t, w_c])
    d = np.zeros(len(x))
    d[: len(x_t)] = 1.0
    gamma = np.zeros(x.shape[1])
    share = (w * d).sum() / w.sum()
    gamma[0] = special.logit(share)
    for _ in range(_STEPS):
        p = special.expit(x @ gamma)
        hessian = x.T @ (x * (w * p * (1 - p))[:, None])
        try:
            step = np.linalg.solve(hessian, x.T @ (w * (d - p)))
        except np.linalg.LinAlgError:
            return None
        gamma = gamma + step
        if not np.isfinite(gamma).all() or np.abs(gamma).max() > 1e3:
            return None
        if np.abs(step).max() < _TOLERANCE:
            break
    else:
        return None
    p = special.expit(x @ gamma)
    if p.max() >= LARGEST_PROPENSITY:
        return None
    hessian = x.T @ (x * (w * p * (1 - p))[:, None])
    if np.linalg.cond(hessian) > 1e14:
        return None
    return p[: len(x_t)], p[len(x_t) :], np.linalg.inv(hessian)
