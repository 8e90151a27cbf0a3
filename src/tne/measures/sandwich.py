"""How uncertain is a linear combination of least-squares coefficients, given who shares what?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import linalg

ERRORS = ("classical", "HC1", "HC2", "HC3", "CR1", "CR2")
# Above this leverage one unit alone determines a direction, and its residuals say nothing about the error.
_SOLE = 1 - 1e-9


@dataclass(frozen=True, eq=False)
class LinearFit:
    """A least-squares fit in orthonormal coordinates: ``x = q @ r``, so every sum below is k × k.

    Parameters
    ----------
    q : ndarray, shape (n, k)
        Orthonormal basis of the design.
    back : ndarray, shape (k, k)
        Inverse of the upper triangle r: takes coordinates in that basis to coefficients.
    coefficients : ndarray, shape (k,)
    residuals : ndarray, shape (n,)
    noise : float
        Residual sums of squares below this are rounding error.
    """

    q: np.ndarray
    back: np.ndarray
    coefficients: np.ndarray
    residuals: np.ndarray
    noise: float

    @property
    def n(self) -> int:
        """Rows."""
        return cast(int, self.q.shape[0])

    @property
    def k(self) -> int:
        """Coefficients."""
        return cast(int, self.q.shape[1])

    @property
    def df(self) -> int:
        """Residual degrees of freedom, n − k."""
        return self.n - self.k

    @property
    def rss(self) -> float:
        """Residual sum of squares; 0 where only rounding error is left."""
        rss = float(self.residuals @ self.residuals)
        return rss if rss > self.noise else 0.0


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """The covariance of the coefficients in orthonormal coordinates, with what its degrees of freedom need."""

    fit: LinearFit
    kind: str
    covariance: np.ndarray
    df: float
    n_clusters: int = 0
    spread: tuple[np.ndarray, np.ndarray] | None = None
    sole: np.ndarray | None = None

    def matrix(self) -> np.ndarray:
        """Return the covariance matrix of the coefficients themselves, shape (k, k)."""
        return cast(np.ndarray, self.fit.back @ self.covariance @ self.fit.back.T)

    def contrast(self, weights: Sequence[float] | np.ndarray) -> tuple[float, float, float, str]:
        """Return estimate, standard error, degrees of freedom and note of ``weights @ coefficients``."""
        weights = np.asarray(weights, dtype=float)
        estimate = float(weights @ self.fit.coefficients)
        c = weights @ self.fit.back
        if self.fit.df <= 0:
            return estimate, math.nan, math.nan, "as many coefficients as rows: no error can be estimated"
        if self.sole is not None and len(self.sole) and np.max((self.sole @ c) ** 2) > 1e-9 * (c @ c):
            return (
                estimate,
                math.nan,
                math.nan,
                f"one {self.noun} alone determines it: no error can be estimated",
            )
        if self.n_clusters == 1:
            return estimate, math.nan, math.nan, "one cluster: no error can be estimated"
        variance = float(c @ self.covariance @ c)
        if self.fit.rss == 0:
            return estimate, 0.0, math.nan, "no variation is left: no test is possible"
        if not variance > 0:
            return estimate, math.nan, math.nan, "the variance is not positive: too few clusters for it"
        df = self.df if self.spread is None else _satterthwaite(c, *self.spread)
        return estimate, math.sqrt(variance), df, ""

    @property
    def noun(self) -> str:
        """What is independent: a cluster or a row."""
        return "cluster" if self.n_clusters else "row"


def fit(x: np.ndarray, y: np.ndarray, names: Sequence[str] = ()) -> LinearFit:
    """Least squares of `y`, shape (n,), on `x`, shape (n, k).

    Raises
    ------
    ValueError
        If a column of `x` is a combination of those before it, or there are fewer rows than columns.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.shape[0] < x.shape[1]:
        raise ValueError(
            f"{x.shape[0]} rows cannot determine {x.shape[1]} coefficients. Add rows or drop terms."
        )
    scale = np.linalg.norm(x, axis=0)
    q, r = linalg.qr(x / np.where(scale > 0, scale, 1.0), mode="economic")
    dependent = np.abs(np.diag(r)) < 1e-9
    if dependent.any():
        labels = [str(names[cast(int, i)]) if len(names) else str(i) for i in np.flatnonzero(dependent)]
        raise ValueError(
            f"The design columns {', '.join(labels)} are constant or repeat the columns before them. Drop them."
        )
    back = linalg.solve_triangular(r, np.eye(r.shape[1])) / np.where(scale > 0, scale, 1.0)[:, None]
    projected = q.T @ y
    residuals = y - q @ projected
    centre = y - y.mean() if len(y) else y
    noise = 1e-24 * len(y) * max(float(np.max(np.abs(y), initial=0.0)) ** 2, float(centre @ centre))
    return LinearFit(q, back, back @ projected, residuals, noise)


def independent(x: np.ndarray) -> np.ndarray:
    """Flag the columns of `x`, shape (n, k), that are no combination of the flagged ones before them."""
    basis: list[np.ndarray]
    keep, basis = np.zeros(x.shape[1], dtype=bool), []
    for i, column in enumerate(x.T):
        rest, size = column.astype(float), float(np.linalg.norm(column))
        for _ in range(2):
            for direction in basis:
                rest = rest - direction * (direction @ rest)
        left = float(np.linalg.norm(rest))
        if len(basis) < x.shape[0] and left > 1e-9 * max(size, 1e-300):
            keep[i] = True
            basis.append(rest / left)
    return keep


def uncertainty(
    fitted: LinearFit, kind: str, clusters: Sequence[np.ndarray] = (), *, satterthwaite: bool = False
) -> Uncertainty:
    """Estimate the coefficients' covariance.

    Parameters
    ----------
    fitted : LinearFit
    kind : {"classical", "HC1", "HC2", "HC3", "CR1", "CR2"}
    clusters : sequence of ndarray, shape (n,)
        One or two arrays of cluster codes 0, 1, ...; needed by the CR kinds only.
    satterthwaite : bool
        With ``"HC2"``: Bell-McCaffrey degrees of freedom instead of n − k. CR2 always has them.

    Notes
    -----
    CR2 multiplies each cluster's residuals by the symmetric square root of ``(I − H_gg)^-1`` (Bell and
    McCaffrey 2002), which is unbiased for independent equal-variance errors; the degrees of freedom match the
    first two moments of the variance under the same working model. In orthonormal coordinates both need only
    the k × k products ``Q_g'Q_g``, whatever the cluster sizes. Two-way: V(a) + V(b) − V(a and b) (Cameron,
    Gelbach and Miller 2011), with the degrees of freedom of the dimension that has fewer clusters.
    """
    e, n, k = fitted.residuals, fitted.n, fitted.k
    if fitted.df <= 0 or kind == "classical":
        variance = fitted.rss / fitted.df if fitted.df > 0 else math.nan
        return Uncertainty(fitted, kind, variance * np.eye(k), fitted.df)
    if kind in ("HC1", "HC2", "HC3"):
        return _heteroscedastic(fitted, kind, satterthwaite)
    if len(clusters) == 2:
        pair = np.unique(np.column_stack(clusters), axis=0, return_inverse=True)[1].ravel()
        one, two, both = (_clustered(fitted, kind, c) for c in (*clusters, pair))
        fewest = min(one.n_clusters, two.n_clusters)
        covariance = one.covariance + two.covariance - both.covariance
        return Uncertainty(fitted, kind, covariance, fewest - 1, fewest)
    if kind == "CR2" and clusters[0].max() + 1 == n:
        alone = _heteroscedastic(fitted, "HC2", True)
        return Uncertainty(fitted, kind, alone.covariance, alone.df, n, alone.spread, alone.sole)
    if e.shape[0] != clusters[0].shape[0]:
        raise ValueError(f"{clusters[0].shape[0]} cluster codes for {n} rows. Give one per row.")
    return _clustered(fitted, kind, clusters[0])


def _heteroscedastic(fitted: LinearFit, kind: str, satterthwaite: bool) -> Uncertainty:
    q, n, k = fitted.q, fitted.n, fitted.k
    leverage = np.einsum("ij,ij->i", q, q)
    alone = leverage > _SOLE
    room = np.where(alone, 1.0, 1 - leverage)
    factor = {"HC1": np.ones(n), "HC2": room**-0.5, "HC3": 1 / room}[kind]
    scores = q * (fitted.residuals * factor * ~alone)[:, None]
    covariance = scores.T @ scores * (n / (n - k) if kind == "HC1" else 1.0)
    spread = None
    if satterthwaite:
        # a row is a cluster of one: its W_g is (1 - h)^-1/2 along q_i and is only ever used along q_i
        spread = ((factor * ~alone)[:, None] * q, q)
    return Uncertainty(fitted, kind, covariance, n - k, 0, spread, q[alone] if kind != "HC1" else None)


def _clustered(fitted: LinearFit, kind: str, codes: np.ndarray) -> Uncertainty:
    q, n, k = fitted.q, fitted.n, fitted.k
    size = int(codes.max()) + 1 if len(codes) else 0
    scores = np.column_stack([np.bincount(codes, q[:, i] * fitted.residuals, size) for i in range(k)])
    if kind == "CR1":
        factor = size / (size - 1) * (n - 1) / (n - k) if size > 1 else math.nan
        return Uncertainty(fitted, kind, scores.T @ scores * factor, size - 1, size)
    products = np.empty((size, k, k))
    for i in range(k):
        for j in range(i + 1):
            products[:, i, j] = products[:, j, i] = np.bincount(codes, q[:, i] * q[:, j], size)
    share, axes = np.linalg.eigh(products)
    sole = share > _SOLE
    stretch = np.where(sole, 0.0, 1 / np.sqrt(np.where(sole, 1.0, 1 - share)))
    root = np.einsum("gia,ga,gja->gij", axes, stretch, axes)
    scores = np.einsum("gij,gj->gi", root, scores)
    alone = np.swapaxes(axes, 1, 2)[sole]
    return Uncertainty(fitted, kind, scores.T @ scores, size - 1, size, (root, products), alone)


def _satterthwaite(c: np.ndarray, root: np.ndarray, products: np.ndarray) -> float:
    if root.ndim == 2:
        a = root @ c
        d, h = a**2, products * a[:, None]
    else:
        b = root @ c
        h = np.einsum("gij,gj->gi", products, b)
        d = np.einsum("gi,gi->g", b, h)
    inner = np.einsum("gi,gi->g", h, h)
    trace = d.sum() - inner.sum()
    square = (d**2).sum() - 2 * (d * inner).sum() + ((h.T @ h) ** 2).sum()
    return float(trace**2 / square) if square > 0 else math.nan
