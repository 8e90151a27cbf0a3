"""What are the slopes once unit and period effects are absorbed, and how uncertain are they?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tne.measures.absorb import Effects, within
from tne.measures.sandwich import fit, uncertainty

ERRORS = ("classical", "HC1", "CR1", "CR2")
COUNTED = ("nested", "full", "none")
# A column with less than this share of its variation left is a combination of the effects or of other columns.
_NOTHING_LEFT = 1e-9
# CR2 holds a matrix per cluster: more numbers than this need gigabytes, and so many clusters do not need CR2.
_MOST_NUMBERS = 50_000_000


@dataclass(frozen=True, eq=False)
class AbsorbedFit:
    """Slopes with their covariance.

    Parameters
    ----------
    coefficients : ndarray, shape (k,)
        NaN where a column is not identified.
    kept : ndarray of bool, shape (k,)
    absorbed : ndarray of bool, shape (k,)
        Columns that are combinations of the effects alone.
    ties : ndarray of bool, shape (k, k)
        Row j, column i: column j was left out because it is a combination with the kept column i.
    covariance : ndarray, shape (k, k)
        NaN rows and columns where not kept.
    df : ndarray, shape (k,)
    note : str
        Why no error could be estimated, "" if it could.
    residuals : ndarray, shape (n,)
    columns : ndarray, shape (n, kept)
        The kept columns without unit and period effects.
    n_clusters : int
    """

    coefficients: np.ndarray
    kept: np.ndarray
    absorbed: np.ndarray
    ties: np.ndarray
    covariance: np.ndarray
    df: np.ndarray
    note: str
    residuals: np.ndarray
    columns: np.ndarray
    n_clusters: int


def absorbed_fit(
    known: Effects,
    y: np.ndarray,
    x: np.ndarray,
    *,
    errors: str,
    clusters: Sequence[np.ndarray] = (),
    counted: str = "nested",
) -> AbsorbedFit:
    """Least squares of `y` on `x` and two sets of effects.

    Parameters
    ----------
    known : Effects
    y, x : ndarray, shapes (n,) and (n, k)
    errors : {"classical", "HC1", "CR1", "CR2"}
    clusters : sequence of ndarray, shape (n,)
        Codes of one or two clusterings.
    counted : {"nested", "full", "none"}
        Which effects CR1 counts as estimated: all but those within clusters, all, or none.
    """
    left = within(known, np.column_stack([y, x]))
    y, left = left[:, 0], left[:, 1:]
    w = known.weights
    weighted = left if w is None else left * w[:, None]
    gram = weighted.T @ left
    centred = x - x.mean(axis=0)
    size = np.einsum("ij,ij->j", centred, centred if w is None else centred * w[:, None])
    absorbed = np.diag(gram) <= _NOTHING_LEFT**1.5 * np.maximum(size, 1e-300)
    kept = _independent(gram, ~absorbed)
    left, weighted, inner = left[:, kept], weighted[:, kept], gram[np.ix_(kept, kept)]
    scale = 1 / np.sqrt(np.diag(inner))
    inverse = np.linalg.inv(inner * np.outer(scale, scale)) * np.outer(scale, scale)
    b = inverse @ (weighted.T @ y)
    e = y - left @ b
    step = inverse @ (weighted.T @ e)  # one refinement: the normal equations lose digits
    b, e = b + step, e - left @ step
    k = len(kept)
    coefficients, covariance = np.full(k, np.nan), np.full((k, k), np.nan)
    coefficients[kept] = b
    part, df, note = _covariance(known, left, weighted, inverse, y, e, errors, clusters, counted)
    covariance[np.ix_(kept, kept)] = part
    degrees = np.full(k, np.nan)
    degrees[kept] = df
    n_clusters = min((int(c.max()) + 1 for c in clusters), default=0)
    ties = _ties(gram, kept, ~kept & ~absorbed, inverse)
    return AbsorbedFit(coefficients, kept, absorbed, ties, covariance, degrees, note, e, left, n_clusters)


def nests(inner: np.ndarray, outer: np.ndarray) -> bool:
    """Say whether every group of codes `inner` lies within one group of `outer`."""
    first = np.empty(int(inner.max()) + 1, dtype=outer.dtype)
    first[inner] = outer
    return bool((first[inner] == outer).all())


def _independent(gram: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Flag the candidates that are no combination of those before them, from their inner products."""
    rest, kept = gram.astype(float).copy(), candidates.copy()
    start = np.diag(gram).copy()
    for j in np.flatnonzero(candidates):
        pivot = rest[j, j]
        if not pivot > 1e-11 * start[j]:
            kept[j] = False
            continue
        rest[j + 1 :, j:] -= np.outer(rest[j + 1 :, j] / pivot, rest[j, j:])
    return kept


def _ties(gram: np.ndarray, kept: np.ndarray, dropped: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """Say which kept columns make up each dropped one."""
    ties = np.zeros(gram.shape, dtype=bool)
    if dropped.any() and kept.any():
        parts = gram[np.ix_(dropped, kept)] @ inverse
        size = np.sqrt(np.outer(1 / np.diag(gram)[dropped], np.diag(gram)[kept]))
        ties[np.ix_(dropped, kept)] = np.abs(parts) * size > 1e-5
    return ties


def _covariance(
    known: Effects,
    left: np.ndarray,
    weighted: np.ndarray,
    inverse: np.ndarray,
    y: np.ndarray,
    e: np.ndarray,
    errors: str,
    clusters: Sequence[np.ndarray],
    counted: str,
) -> tuple[np.ndarray, np.ndarray | float, str]:
    n, m = left.shape
    undefined = np.full((m, m), np.nan)
    if not m:
        return undefined, math.nan, "no column is identified"
    full = m + known.rank
    if n <= full:
        return undefined, math.nan, "as many effects as rows: no error can be estimated"
    w = np.ones(n) if known.weights is None else known.weights
    rss = float(e @ (w * e))
    if rss <= 1e-24 * n * max(float(y @ (w * y)), 1e-300):
        return np.zeros((m, m)), math.nan, "no variation is left: no test is possible"
    if errors == "classical":
        return inverse * rss / (n - full), n - full, ""
    if errors == "HC1":
        scores = weighted * e[:, None]
        return inverse @ (scores.T @ scores) @ inverse * (n / (n - full)), n - full, ""
    fewest = min(int(c.max()) + 1 for c in clusters)
    if fewest < 2:
        return undefined, math.nan, "one cluster: no error can be estimated"
    if errors == "CR2":
        return _bell_mccaffrey(known, left, y, clusters[0])
    parameters = full
    if counted == "none":
        parameters = m
    elif counted == "nested":
        sides = ((known.unit, known.n_units), (known.period, known.n_periods))
        parameters -= sum(size - 1 for code, size in sides if any(nests(code, c) for c in clusters))
    scores = weighted * e[:, None]
    meat = _sums(scores, clusters[0], n, parameters)
    if len(clusters) == 2:
        pair = np.unique(np.column_stack(clusters), axis=0, return_inverse=True)[1].ravel()
        meat = meat + _sums(scores, clusters[1], n, parameters) - _sums(scores, pair, n, parameters)
    return inverse @ meat @ inverse, fewest - 1, ""


def _sums(scores: np.ndarray, codes: np.ndarray, n: int, parameters: int) -> np.ndarray:
    size = int(codes.max()) + 1
    total = np.column_stack([np.bincount(codes, column, size) for column in scores.T])
    return total.T @ total * (size / (size - 1) * (n - 1) / (n - parameters))


def _bell_mccaffrey(
    known: Effects, left: np.ndarray, y: np.ndarray, cluster: np.ndarray
) -> tuple[np.ndarray, np.ndarray, str]:
    """CR2: only effects within clusters may be absorbed, so the periods stand in the design as dummies."""
    if known.weights is not None or not nests(known.unit, cluster):
        raise ValueError(
            "`errors` 'CR2' needs one cluster that holds each unit whole, and no weights. Choose 'CR1'."
        )
    if (int(cluster.max()) + 1) * (known.n_periods + left.shape[1]) ** 2 > _MOST_NUMBERS:
        raise ValueError("`errors` 'CR2' is too large for so many clusters and periods. Choose 'CR1'.")
    count = np.bincount(known.unit)
    dummies = (known.period[:, None] == np.arange(known.n_periods)).astype(float)
    means = np.column_stack([np.bincount(known.unit, d, known.n_units) for d in dummies.T]) / count[:, None]
    dummies = dummies - means[known.unit]
    m = left.shape[1]
    free = _independent(dummies.T @ dummies, np.diag(dummies.T @ dummies) > 1e-9)
    fitted = fit(np.column_stack([left, dummies[:, free]]), y)
    spread = uncertainty(fitted, "CR2", [cluster])
    parts = [spread.contrast(row) for row in np.eye(fitted.k)[:m]]
    covariance = spread.matrix()[:m, :m]
    lost = np.array([math.isnan(p[1]) for p in parts])
    covariance[lost, :] = covariance[:, lost] = np.nan
    return covariance, np.array([p[2] for p in parts]), next((p[3] for p in parts if p[3]), "")
