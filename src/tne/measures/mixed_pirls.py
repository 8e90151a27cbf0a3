"""Which values of the random intercepts are most likely, given counts of successes?

Penalised, iteratively reweighted least squares (Bates 2010, lme4: Mixed-effects modelling with R, chapter 5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from tne.measures.mixed_system import (
    Blocks,
    Solver,
    make_blocks,
    moments,
    predicted,
    reduced,
    right_sides,
    solve,
    solver,
)
from tne.measures.mixed_terms import Term

CLOSE = 1e-7  # relative change of the penalised deviance at which lme4 stops


@dataclass(frozen=True, eq=False)
class BinomialModel:
    """Counts with a fixed part in an orthonormal basis and scalar random intercepts.

    Parameters
    ----------
    y, trials : ndarray, shape (n,)
        Rows alike in fixed part and groupings are added up: the likelihood knows no difference.
    basis : ndarray, shape (n, p)
        X R⁻¹, orthonormal under the weights of the model without random effects.
    r : ndarray, shape (p, p)
    blocks : Blocks
    scales : ndarray, one per term
        Units in which the search's parameters have a natural scale of 1.
    constant : float
        Sum of the log binomial coefficients of the original rows.
    points : int
        Quadrature points; 1 is Laplace.
    start : ndarray (p,)
        Coefficients in the basis without random effects.
    warm : dict
        Last mode, from which the next search starts.
    """

    y: np.ndarray
    trials: np.ndarray
    basis: np.ndarray
    r: np.ndarray
    blocks: Blocks
    scales: np.ndarray
    constant: float
    points: int
    start: np.ndarray
    warm: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def p(self) -> int:
        return len(self.r)


@dataclass(frozen=True, eq=False)
class Mode:
    """Random effects u (variance 1), the linear predictor, ``−2 log p(y | u) + u'u``, and the factored system."""

    u: np.ndarray
    eta: np.ndarray
    height: float
    solver: Solver


def binomial_model(
    x: np.ndarray, y: np.ndarray, trials: np.ndarray, terms: list[Term], points: int = 1
) -> BinomialModel:
    """Add up rows that are alike, fit without random effects and scale by the weights found."""
    logs = special.gammaln(trials + 1) - special.gammaln(y + 1) - special.gammaln(trials - y + 1)
    table = np.column_stack([x, *(t.codes for t in terms)])
    _, first, place = np.unique(table, axis=0, return_index=True, return_inverse=True)
    y, trials, x = np.bincount(place.ravel(), y), np.bincount(place.ravel(), trials), x[first]
    terms = [Term(t.group, t.effects, t.codes[first], t.labels, np.ones((len(first), 1))) for t in terms]
    b = plain_logit(x, y, trials)
    share = special.expit(x @ b)
    weight = np.maximum(trials * share * (1 - share), 1e-8)
    r = np.linalg.qr(x * np.sqrt(weight)[:, None])[1]
    scales = np.array([math.sqrt(float(weight.sum()) / t.levels) for t in terms])
    basis = np.linalg.solve(r.T, x.T).T
    return BinomialModel(y, trials, basis, r, make_blocks(terms), scales, float(logs.sum()), points, r @ b)


def plain_logit(x: np.ndarray, y: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """Return the coefficients of the logit model without random effects, by Newton's method."""
    b = np.zeros(x.shape[1])
    for _ in range(30):
        share = special.expit(x @ b)
        root = np.sqrt(np.maximum(trials * share * (1 - share), 1e-10))
        step = np.linalg.lstsq(x * root[:, None], (y - trials * share) / root, rcond=None)[0]
        far = float(np.abs(x @ step).max())
        b = b + step * min(1.0, 5.0 / max(far, 1e-300))
        if far < 1e-10:
            break
    return b


def height(model: BinomialModel, u: np.ndarray, eta: np.ndarray) -> float:
    """Return ``−2 log p(y | u) + u'u``, without the binomial coefficients."""
    rows = model.y * eta - model.trials * np.logaddexp(0.0, eta)
    return float(u @ u) - 2 * float(rows.sum())


def find_mode(model: BinomialModel, sd: np.ndarray, fixed: np.ndarray) -> Mode:
    """Return the mode exactly, with the system's weights taken there."""
    u = model.warm.get("u", np.zeros(model.blocks.first.levels + model.blocks.rest))
    eta = fixed + _shift(model, sd, u)
    now = height(model, u, eta)
    for _ in range(100):
        step = _step(model, sd, fixed, eta)[0] - u
        share = 1.0
        while True:
            moved = u + share * step
            eta = fixed + _shift(model, sd, moved)
            high = height(model, moved, eta)
            if high <= now + 1e-12 * abs(now) or share < 1e-8:
                break
            share /= 2
        u, now = moved, high
        if np.abs(step).max() < 1e-7:
            break
    model.warm["u"] = u
    return Mode(u, eta, now, _system(model, sd, eta)[0])


def stepped_mode(
    model: BinomialModel, sd: np.ndarray, fixed: np.ndarray, eta: np.ndarray, steps: int | None = None
) -> tuple[Mode, int]:
    """Return lme4's mode and its number of steps: a few from `eta`, the system's weights those before the last.

    Without `steps` it stops by lme4's rule, a relative change of the height below 1e-7.
    """
    before, done = math.inf, 0
    while True:
        u, s = _step(model, sd, fixed, eta)
        eta = fixed + _shift(model, sd, u)
        now, done = height(model, u, eta), done + 1
        close = abs(before - now) < CLOSE * abs(now) if steps is None else done >= steps
        if close or done >= 50:
            return Mode(u, eta, now, s), done
        before = now


def joint_mode(model: BinomialModel, sd: np.ndarray) -> tuple[Mode, np.ndarray]:
    """Return the mode over random effects and coefficients (in the basis) together: lme4's nAGQ = 0."""
    b, before = model.start, math.inf
    eta = model.basis @ b
    for _ in range(50):
        s, weight, residual = _system(model, sd, eta)
        columns = np.column_stack([model.basis, eta + residual / weight])
        first, rest = right_sides(model.blocks, weight[:, None] * columns)
        square = reduced(s, first, rest, columns.T @ (weight[:, None] * columns))
        b = np.linalg.solve(square[:-1, :-1], square[:-1, -1])
        left = np.append(-b, 1.0)[:, None]
        u = np.concatenate(solve(s, first @ left, rest @ left))[:, 0]
        eta = model.basis @ b + _shift(model, sd, u)
        now = height(model, u, eta)
        if abs(before - now) < CLOSE * abs(now):
            break
        before = now
    return Mode(u, eta, now, s), b


def _system(model: BinomialModel, sd: np.ndarray, eta: np.ndarray) -> tuple[Solver, np.ndarray, np.ndarray]:
    share = special.expit(eta)
    weight = np.maximum(model.trials * share * (1 - share), 1e-12)
    s = solver(model.blocks, moments(model.blocks, weight), [np.array([[one]]) for one in sd])
    return s, weight, model.y - model.trials * share


def _step(
    model: BinomialModel, sd: np.ndarray, fixed: np.ndarray, eta: np.ndarray
) -> tuple[np.ndarray, Solver]:
    """Solve the penalised least squares of the working response at `eta`."""
    s, weight, residual = _system(model, sd, eta)
    first, rest = right_sides(model.blocks, (weight * (eta - fixed) + residual)[:, None])
    return np.concatenate(solve(s, first, rest))[:, 0], s


def _shift(model: BinomialModel, sd: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return ZΛu."""
    blocks, size = model.blocks, model.blocks.first.levels
    rest = u[size:].copy()
    for one, (start, stop) in zip(sd, blocks.spans, strict=True):
        rest[start:stop] *= one
    return predicted(blocks, sd[blocks.largest] * u[:size], rest)
