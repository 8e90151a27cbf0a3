"""Which cut points and slopes make ordered answers most likely, and do finite ones exist?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize
from scipy.special import expit, log_expit

LARGE, WIDE = 8.0, 20.0


@dataclass(frozen=True)
class OrderedFit:
    """Maximum likelihood of ``P(y ≤ j) = 1 / (1 + exp(x b − cut_j))``.

    Parameters
    ----------
    cuts : ndarray, shape (levels − 1,)
    slopes : ndarray, shape (k,)
    covariance : ndarray, shape (levels − 1 + k, levels − 1 + k)
        Inverse of the observed information, cuts first.
    influence : ndarray, shape (n, levels − 1 + k)
        Each row's part in the derivative of the log-likelihood, times ``covariance``.
    log_likelihood : float
    infinite : ndarray of bool, shape (levels − 1 + k,)
        Parameters that no finite value fits, because the answers are separated.
    """

    cuts: np.ndarray
    slopes: np.ndarray
    covariance: np.ndarray
    influence: np.ndarray
    log_likelihood: float
    infinite: np.ndarray


def ordered_fit(y: np.ndarray, x: np.ndarray, w: np.ndarray) -> OrderedFit:
    """Fit the proportional odds model by Newton's method.

    Parameters
    ----------
    y : ndarray of int, shape (n,)
        Codes 0, 1, ..., each of which occurs.
    x : ndarray, shape (n, k)
        Without a constant, of full rank.
    w : ndarray, shape (n,)
        How often each row occurs.
    """
    levels, k = int(y.max()) + 1, x.shape[1]
    centre = np.average(x, axis=0, weights=w) if k else np.zeros(0)
    spread = np.sqrt(np.average((x - centre) ** 2, axis=0, weights=w)) if k else np.ones(0)
    scaled = (x - centre) / spread
    above = np.zeros((len(y), levels - 1 + k))
    below = above.copy()
    above[y < levels - 1, y[y < levels - 1]] = 1.0
    below[y > 0, y[y > 0] - 1] = 1.0
    above[:, levels - 1 :] = below[:, levels - 1 :] = -scaled
    share = np.cumsum(np.bincount(y, w))[:-1] / w.sum()
    theta = np.concatenate([np.log(share / (1 - share)), np.zeros(k)])
    value, gradient, information, scores = _likelihood(theta, y, levels, above, below, w)
    for _ in range(100):
        step = np.linalg.lstsq(information, gradient, rcond=1e-14)[0]
        gain = float(step @ gradient)
        if gain < 1e-13 * (1 + abs(value)):
            break
        for _halved in range(40):
            tried = _likelihood(theta + step, y, levels, above, below, w)
            if tried[0] >= value:
                break
            step = step / 2
        else:
            break
        theta = theta + step
        value, gradient, information, scores = tried
    covariance = np.linalg.pinv(information, rcond=1e-14, hermitian=True)
    slopes = theta[levels - 1 :]
    back = np.eye(len(theta))
    back[: levels - 1, levels - 1 :] = centre / spread
    back[levels - 1 :, levels - 1 :] = np.diag(1 / spread)
    infinite = np.zeros(len(theta), dtype=bool)
    if np.abs(theta).max() > LARGE or np.sqrt(np.abs(np.diag(covariance)).max()) > WIDE:
        moved = np.abs(back @ _direction(y, levels, above, below))
        infinite = moved > 1e-6 * max(moved.max(), 1.0)
    return OrderedFit(
        cuts=theta[: levels - 1] + slopes @ (centre / spread),
        slopes=slopes / spread,
        covariance=back @ covariance @ back.T,
        influence=scores @ covariance @ back.T,
        log_likelihood=value,
        infinite=infinite,
    )


def _likelihood(
    theta: np.ndarray, y: np.ndarray, levels: int, above: np.ndarray, below: np.ndarray, w: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Return log-likelihood, gradient, observed information and scores; −inf where the cuts are out of order."""
    if (np.diff(theta[: levels - 1]) <= 0).any():
        return -np.inf, theta, np.eye(len(theta)), above
    a = np.where(y < levels - 1, above @ theta, np.inf)
    b = np.where(y > 0, below @ theta, -np.inf)
    log_p = log_expit(a) + log_expit(-b) + np.log(-np.expm1(b - a))
    # densities at both cut points over the probability between them
    ga = np.exp(log_expit(a) + log_expit(-a) - log_p)
    gb = np.exp(log_expit(b) + log_expit(-b) - log_p)
    haa = ga * (1 - 2 * expit(a)) - ga**2
    hbb = -gb * (1 - 2 * expit(b)) - gb**2
    scores = w[:, None] * (ga[:, None] * above - gb[:, None] * below)
    mixed = above.T @ ((w * ga * gb)[:, None] * below)
    curve = above.T @ ((w * haa)[:, None] * above) + below.T @ ((w * hbb)[:, None] * below)
    return float(w @ log_p), scores.sum(axis=0), -(curve + mixed + mixed.T), scores


def _direction(y: np.ndarray, levels: int, above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return a direction in which the likelihood never falls, zeros where there is none.

    It raises no lower limit and lowers no upper one (Albert and Anderson 1984, for ordered answers). Linear programmes
    find one after another until no further row can be moved; their sum moves every row that any of them moves.
    """
    limits = np.unique(np.vstack([above[y < levels - 1], -below[y > 0]]).round(12), axis=0)
    total, still = np.zeros(limits.shape[1]), np.ones(len(limits), dtype=bool)
    while still.any():
        found = optimize.linprog(
            -limits[still].sum(axis=0),
            A_ub=-limits,
            b_ub=np.zeros(len(limits)),
            bounds=(-1, 1),
            method="highs",
        )
        moved = still & (limits @ found.x > 1e-7) if found.status == 0 else np.zeros_like(still)
        if not moved.any():
            break
        total, still = total + found.x, still & ~moved
    return total
