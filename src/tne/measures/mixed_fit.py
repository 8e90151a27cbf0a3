"""Which variances and coefficients make the data of a linear mixed model most likely?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, cast

import numpy as np
from scipy import linalg

from tne.measures.mixed_search import Minimum, minimise
from tne.measures.mixed_system import (
    Blocks,
    Moments,
    Solver,
    make_blocks,
    moments,
    reduced,
    right_sides,
    solver,
)
from tne.measures.mixed_terms import Term

if TYPE_CHECKING:
    from tne.measures.mixed_search import Function

NEAR_ZERO = 0.05  # entries of a factor below this are tried at 0


@dataclass(frozen=True, eq=False)
class LinearModel:
    """Data of a linear mixed model, condensed to its cross-products.

    Parameters
    ----------
    blocks, system : Blocks, Moments
    first, rest : ndarray
        Z'[Q e] per block; Q is an orthonormal basis of the fixed part, e the least-squares residual of the outcome.
    total : ndarray (p + 1, p + 1)
        [Q e]'[Q e].
    r : ndarray (p, p)
        X = Q r.
    ols : ndarray (p,)
        Least-squares coefficients.
    n : int
    reml : bool
    scales : list of ndarray (k,)
        Units of the factors' rows in which the search's parameters have a natural scale of 1.
    """

    blocks: Blocks
    system: Moments
    first: np.ndarray
    rest: np.ndarray
    total: np.ndarray
    r: np.ndarray
    ols: np.ndarray
    n: int
    reml: bool
    scales: list[np.ndarray]

    @property
    def p(self) -> int:
        return len(self.r)

    @property
    def df(self) -> int:
        return self.n - self.p if self.reml else self.n


@dataclass(frozen=True, eq=False)
class LinearFit:
    """A fitted linear mixed model.

    Parameters
    ----------
    x : ndarray
        The factors' entries on the scale of the search, term by term, row by row of the lower triangle.
    free : ndarray of bool
        False where an entry is 0 at the boundary.
    sigma : float
        Residual standard deviation.
    criterion : float
        −2 log-likelihood, or the REML criterion.
    coefficients, covariance : ndarray
        Fixed effects and their covariance given the variances.
    """

    model: LinearModel
    x: np.ndarray
    free: np.ndarray
    sigma: float
    criterion: float
    coefficients: np.ndarray
    covariance: np.ndarray
    solver: Solver
    settled: bool

    @property
    def singular(self) -> bool:
        return not bool(self.free.all())


def linear_model(x: np.ndarray, y: np.ndarray, terms: list[Term], reml: bool) -> LinearModel:
    """Condense the data; `x` has full rank."""
    q, r = np.linalg.qr(x)
    ols = linalg.solve_triangular(r, q.T @ y)
    columns = np.column_stack([q, y - x @ ols])
    blocks = make_blocks(terms)
    first, rest = right_sides(blocks, columns)
    scales = [np.sqrt((t.design**2).sum(axis=0) / t.levels) for t in terms]
    return LinearModel(
        blocks, moments(blocks), first, rest, columns.T @ columns, r, ols, len(y), reml, scales
    )


@cache
def _triangle(k: int) -> tuple[np.ndarray, np.ndarray]:
    return np.tril_indices(k)


def factors_of(model: LinearModel, x: np.ndarray) -> list[np.ndarray]:
    """Return the terms' lower triangles, relative to the residual standard deviation."""
    out, at = [], 0
    for term, scale in zip(model.blocks.terms, model.scales, strict=True):
        k = term.width
        low = np.zeros((k, k))
        low[_triangle(k)] = x[at : at + k * (k + 1) // 2]
        out.append(low / scale[:, None])
        at += k * (k + 1) // 2
    return out


def diagonal(model: LinearModel) -> np.ndarray:
    """Return which entries of `x` lie on a diagonal."""
    return np.concatenate([np.equal(*_triangle(t.width)) for t in model.blocks.terms])


def parts(model: LinearModel, factors: list[np.ndarray]) -> tuple[float, np.ndarray, float]:
    """Return log|Λ'Z'ZΛ + I|, the Cholesky factor (upper) of Q'V⁻¹[Q e], and the penalised residual sum of squares."""
    solved = solver(model.blocks, model.system, factors)
    square = reduced(solved, model.first, model.rest, model.total)
    p = model.p
    lower = np.linalg.cholesky(square)  # its last row: what the fixed part explains, and what is left
    return solved.log_det, lower[:, :p].T, float(lower[p, p] ** 2)


def deviance(model: LinearModel, factors: list[np.ndarray], log_sigma: float | None = None) -> float:
    """Return −2 log-likelihood (or the REML criterion), at the best residual variance if none is given.

    ``log|Λ'Z'ZΛ + I| + log|X'V⁻¹X| + d log(2πσ²) + r²/σ²``, the second part and d = n − p with REML, d = n without
    (Bates and others 2015, equations 34 and 41).
    """
    try:
        log_det, upper, rss = parts(model, factors)
    except np.linalg.LinAlgError:
        return math.inf
    if not rss > 0:
        return math.inf
    d = model.df
    if model.reml:
        log_det += 2 * float(np.log(np.diag(upper)).sum() + np.log(np.abs(np.diag(model.r))).sum())
    if log_sigma is None:
        return log_det + d * (1 + math.log(2 * math.pi * rss / d))
    return log_det + d * (math.log(2 * math.pi) + 2 * log_sigma) + rss * math.exp(-2 * log_sigma)


def saturated(model: LinearModel) -> bool:
    """Say whether the random effects leave no residual, so that its variance cannot be told from theirs."""
    huge = 1e5 * diagonal(model).astype(float)
    try:
        rss = parts(model, factors_of(model, huge))[2]
    except np.linalg.LinAlgError:
        return True
    return rss <= 1e-8 * float(model.total[-1, -1])


def fit_linear(model: LinearModel) -> LinearFit:
    """Search the lowest criterion over the factors; a variance is exactly 0 where that is as likely."""
    on_diagonal = diagonal(model)

    def f(x: np.ndarray) -> float:
        return deviance(model, factors_of(model, x))

    found = minimise(f, _start(f, on_diagonal))
    x, free = _flipped(model, found.x), np.ones(len(found.x), dtype=bool)
    value, settled = found.value, found.settled
    for i in sorted(np.flatnonzero(on_diagonal), key=lambda i: abs(x[i])):
        start, held = _without(model, x, free, cast(int, i))
        again = _minimise_free(f, start, held, closely=abs(x[i]) < NEAR_ZERO)
        if again.value <= value + 1e-7:
            x, value, free, settled = _flipped(model, again.x), again.value, held, again.settled
    return _at(model, x, free, value, settled)


def _start(f: Function, on_diagonal: np.ndarray) -> np.ndarray:
    """Sweep a coarse grid, one variance at a time, twice: the search then starts in the right basin."""
    x = on_diagonal.astype(float)
    for _ in range(2):
        for i in np.flatnonzero(on_diagonal):
            tried = [np.where(np.arange(len(x)) == i, size, x) for size in (0.2, 1.0, 3.0, 10.0, 40.0, 200.0)]
            x = min(tried, key=f)
    return x


def _without(model: LinearModel, x: np.ndarray, free: np.ndarray, i: int) -> tuple[np.ndarray, np.ndarray]:
    """Set a diagonal entry to 0, and its column with it: the later diagonals can say all that it could."""
    out, held, at = x.copy(), free.copy(), 0
    for term in model.blocks.terms:
        rows, columns = _triangle(term.width)
        where = at + np.arange(len(rows))
        if at <= i < at + len(rows):
            for row, entry in zip(rows, where, strict=True):
                if columns[entry - at] == columns[i - at]:
                    own = where[(rows == row) & (columns == row)][0]
                    out[own] = math.hypot(out[own], out[entry]) if entry != i else 0.0
                    out[entry], held[entry] = 0.0, False
        at += len(rows)
    return out, held


def _minimise_free(f: Function, x: np.ndarray, free: np.ndarray, *, closely: bool) -> Minimum:
    def held(part: np.ndarray) -> float:
        whole = x.copy()
        whole[free] = part
        return f(whole)

    if not closely:  # far from 0: only a second, lower basin would matter, and it shows at once
        return Minimum(x, f(x), np.zeros((0, 0)), True)
    found = minimise(held, x[free])
    whole = x.copy()
    whole[free] = found.x
    return replace(found, x=whole)


def _flipped(model: LinearModel, x: np.ndarray) -> np.ndarray:
    """Return the same covariances with diagonals ≥ 0: the sign of a factor's column means nothing."""
    out, at = x.copy(), 0
    for term in model.blocks.terms:
        rows, columns = _triangle(term.width)
        sign = np.where(out[at + np.flatnonzero(rows == columns)] < 0, -1.0, 1.0)
        out[at : at + len(rows)] *= sign[columns]
        at += len(rows)
    return out


def _at(model: LinearModel, x: np.ndarray, free: np.ndarray, value: float, settled: bool) -> LinearFit:
    factors = factors_of(model, x)
    _, upper, rss = parts(model, factors)
    p = model.p
    inverse = linalg.solve_triangular(upper[:, :p] @ model.r, np.eye(p))
    sigma = math.sqrt(rss / model.df)
    coefficients = model.ols + inverse @ upper[:, p]
    solved = solver(model.blocks, model.system, factors)
    return LinearFit(
        model, x, free, sigma, value, coefficients, sigma**2 * inverse @ inverse.T, solved, settled
    )
