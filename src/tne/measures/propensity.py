"""How likely was each person to be trained, given what was known before?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import linalg, optimize, special

from tne.measures.sandwich import independent

LINKS = ("logit", "probit")
# beyond these linear predictors a probability is 0 or 1 for all practical purposes: look whether groups separate
_FAR = {"logit": 12.0, "probit": 4.5}
_STEPS = 200


@dataclass(frozen=True, eq=False)
class Propensity:
    """A fitted binary regression of the treatment, in orthogonal coordinates.

    Parameters
    ----------
    p : ndarray, shape (n,)
        Probability of treatment; exactly 0 or 1 where a combination of confounders occurs in one group only.
    slope : ndarray, shape (n,)
        Derivative of `p` by the linear predictor.
    basis : ndarray, shape (n, k)
        The design in orthogonal coordinates; rows of separated people are 0.
    score : ndarray, shape (n,)
        Derivative of the log-likelihood by the linear predictor.
    hessian : ndarray, shape (k, k)
        Minus the second derivative of the log-likelihood in these coordinates.
    separated : ndarray of bool, shape (n,)
    converged : bool
    """

    p: np.ndarray
    slope: np.ndarray
    basis: np.ndarray
    score: np.ndarray
    hessian: np.ndarray
    separated: np.ndarray
    converged: bool

    def influence(self, gradient: np.ndarray) -> np.ndarray:
        """Return what each person adds to ``gradient @ (estimated − true coefficients)``, shape (n,)."""
        return cast(np.ndarray, (self.basis @ linalg.lstsq(self.hessian, gradient)[0]) * self.score)


def fit_propensity(z: np.ndarray, t: np.ndarray, link: str) -> Propensity:
    """Maximum likelihood of `t`, shape (n,) of 0 and 1, on the design `z`, shape (n, k).

    Notes
    -----
    Where the likelihood has no maximum (some people could be told apart without error) its limit is taken:
    these people have probability 0 or 1, and the model is fitted to the others. A linear programme finds them
    (Konis 2007), run only when a fitted probability is nearly 0 or 1.
    """
    separated = np.zeros(len(t), dtype=bool)
    for _ in range(20):
        found = _maximum(z, t, link, separated)
        if (
            found.converged
            and np.max(np.abs(_eta(found.p, link)), initial=0.0, where=~separated) < _FAR[link]
        ):
            return found
        new = _told_apart(found.basis[~separated], t[~separated])
        if not new.any():
            return found
        separated[np.flatnonzero(~separated)[new]] = True
        if separated.all():
            return _maximum(z, t, link, separated)
    return found


def weights_of(p: np.ndarray, t: np.ndarray, estimand: str) -> tuple[np.ndarray, np.ndarray]:
    """Return each person's balancing weight, and its derivative by the probability `p`, both shape (n,).

    ATE: 1/p and 1/(1 − p); ATT: 1 and p/(1 − p); ATC: (1 − p)/p and 1; ATO: 1 − p and p.
    """
    on = t == 1
    own = np.where(on, p, 1 - p)  # probability of what happened; never 0
    sign = np.where(on, -1.0, 1.0)
    one, none = np.ones(len(p)), np.zeros(len(p))
    if estimand == "ATE":
        return 1 / own, sign / own**2
    if estimand == "ATT":
        return np.where(on, one, (1 - own) / own), np.where(on, none, 1 / own**2)
    if estimand == "ATC":
        return np.where(on, (1 - own) / own, one), np.where(on, -1 / own**2, none)
    return 1 - own, sign


def _maximum(z: np.ndarray, t: np.ndarray, link: str, separated: np.ndarray) -> Propensity:
    """Newton's method on the people who are not separated."""
    inside = ~separated
    n, rows = len(t), z[inside]
    basis = np.zeros((n, 0))
    if inside.any():
        rows = rows[:, independent(rows)]
        scale = np.linalg.norm(rows, axis=0)
        q = linalg.qr(rows / scale, mode="economic")[0] * np.sqrt(len(rows))
        basis = np.zeros((n, q.shape[1]))
        basis[inside] = q
    x, own = basis[inside], t[inside]
    b = np.zeros(x.shape[1])
    value, score, curve = _likelihood(x @ b, own, link)
    converged = not x.shape[1]
    for _ in range(_STEPS if x.shape[1] else 0):
        gradient = x.T @ score
        step = linalg.lstsq((x * curve[:, None]).T @ x, gradient)[0]
        gain, length = float(gradient @ step), 1.0
        if gain < 1e-20 * len(x):
            converged = True
            break
        while length > 1e-6:
            new, score, curve = _likelihood(x @ (b + length * step), own, link)
            if new >= value - 1e-12 * abs(value):
                break
            length /= 2
        b, value = b + length * step, new
        if gain < 1e-14 * len(x):  # quadratic: the next error is rounding
            converged = True
            break
    eta = x @ b
    p, slope, full_score = t.astype(float), np.zeros(n), np.zeros(n)
    p[inside] = special.expit(eta) if link == "logit" else special.ndtr(eta)
    p[inside] = np.clip(p[inside], 1e-300, 1 - 1e-16)
    slope[inside] = (
        p[inside] * (1 - p[inside]) if link == "logit" else np.exp(-(eta**2) / 2) / np.sqrt(2 * np.pi)
    )
    _, full_score[inside], curve = _likelihood(eta, own, link)
    return Propensity(p, slope, basis, full_score, (x * curve[:, None]).T @ x, separated.copy(), converged)


def _likelihood(eta: np.ndarray, t: np.ndarray, link: str) -> tuple[float, np.ndarray, np.ndarray]:
    """Return log-likelihood, its derivative by `eta` and minus its second derivative."""
    sign = np.where(t == 1, 1.0, -1.0)
    if link == "logit":
        p = special.expit(eta)
        return float(special.log_expit(sign * eta).sum()), t - p, p * (1 - p)
    log_own = special.log_ndtr(sign * eta)
    ratio = sign * np.exp(-(eta**2) / 2 - 0.5 * np.log(2 * np.pi) - log_own)
    return float(log_own.sum()), ratio, ratio * (ratio + eta)


def _eta(p: np.ndarray, link: str) -> np.ndarray:
    return cast(np.ndarray, special.logit(p) if link == "logit" else special.ndtri(p))


def _told_apart(x: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Flag people whom a combination of the columns puts strictly on their side, while nobody is on the wrong one."""
    signed = x * np.where(t == 1, 1.0, -1.0)[:, None]
    found = optimize.linprog(
        -signed.mean(axis=0), A_ub=-signed, b_ub=np.zeros(len(x)), bounds=(-1, 1), method="highs"
    )
    if found.x is None:
        return np.zeros(len(x), dtype=bool)
    return cast(np.ndarray, signed @ found.x > 1e-6)
