"""Which common factors reproduce the correlations of items, and how do the factors move with them?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import optimize

# as psych and factanal: below this a unique variance counts as none (Heywood case)
LEAST_UNIQUE = 0.005


@dataclass(frozen=True, eq=False)
class Factors:
    """Unrotated factors of a correlation matrix.

    Parameters
    ----------
    loadings : ndarray, shape (k, m)
    unique : ndarray, shape (k,)
        Unique variances.
    values, vectors : ndarray, shape (k,) and (k, k)
        Eigenvalues, largest first, and eigenvectors of the correlations minus the unique variances.
    proper : bool
        False for a Heywood case: an item without unique variance.
    """

    loadings: np.ndarray
    unique: np.ndarray
    values: np.ndarray
    vectors: np.ndarray
    proper: bool

    @property
    def m(self) -> int:
        """Factors."""
        return cast(int, self.loadings.shape[1])

    def left_over(self, matrix: np.ndarray) -> np.ndarray:
        """Derivative, in the direction `matrix`, of what the factors leave of correlations minus unique variances."""
        return cast(
            np.ndarray,
            self.vectors @ (self._kernel * (self.vectors.T @ matrix @ self.vectors)) @ self.vectors.T,
        )

    @property
    def _kernel(self) -> np.ndarray:
        """Divided differences of the function that is 0 for the m leading eigenvalues and the identity for others."""
        rest = np.arange(len(self.values)) >= self.m
        kernel = np.where(rest[:, None] & rest, 1.0, 0.0)
        lead, tail = self.values[~rest], self.values[rest]
        mixed = -tail / (lead[:, None] - tail)
        kernel[: self.m, self.m :] = mixed
        kernel[self.m :, : self.m] = mixed.T
        return kernel

    @property
    def hessian(self) -> np.ndarray:
        """Derivative of the diagonal of what is left by the unique variances, shape (k, k), sign turned."""
        k = len(self.values)
        pairs = np.einsum("ia,ib->iab", self.vectors, self.vectors).reshape(k, -1)
        return cast(np.ndarray, (pairs * self._kernel.ravel()) @ pairs.T)

    def pull_back(self, common: np.ndarray) -> np.ndarray:
        """Gradient by the correlations of a function whose gradient by ``loadings @ loadings.T`` is `common`."""
        reduced = common - self.left_over(common)
        return cast(
            np.ndarray, reduced - self.left_over(np.diag(np.linalg.solve(self.hessian, np.diag(reduced))))
        )

    def unique_gradient(self) -> np.ndarray:
        """Gradient of the sum of the unique variances by the correlations."""
        return self.left_over(np.diag(np.linalg.solve(self.hessian, np.ones(len(self.values)))))


def minres(correlation: np.ndarray, m: int) -> Factors:
    """Factors by minimum residuals (unweighted least squares; Harman and Jones 1966), shape (k, k) to (k, m)."""
    k = len(correlation)

    def parts(unique: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, vectors = np.linalg.eigh(correlation - np.diag(unique))
        return values[::-1], vectors[:, ::-1]

    def loss(unique: np.ndarray) -> tuple[float, np.ndarray]:
        values, vectors = parts(unique)
        rest = values[m:]
        return 0.5 * float(rest @ rest), -(vectors[:, m:] ** 2) @ rest

    start = np.clip(1 / np.diag(np.linalg.inv(correlation)), 2 * LEAST_UNIQUE, 1)
    options = {"maxiter": 2000, "ftol": 1e-15, "gtol": 1e-9}
    found = optimize.minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=[(LEAST_UNIQUE, 1)] * k, options=options
    )
    unique = found.x
    proper = bool(np.all(unique > LEAST_UNIQUE + 1e-6))
    for _ in range(3 if proper else 0):  # Newton steps to full precision
        factors = _factors(*parts(unique), unique, m, proper)
        gradient = -np.diag((factors.vectors[:, m:] * factors.values[m:]) @ factors.vectors[:, m:].T)
        if np.max(np.abs(gradient)) < 1e-13 or np.linalg.cond(factors.hessian) > 1e12:
            break
        after = unique - np.linalg.solve(factors.hessian, gradient)
        if not (
            np.all(after > LEAST_UNIQUE) and np.all(after <= 1) and loss(after)[0] <= loss(unique)[0] + 1e-15
        ):
            break
        unique = after
    return _factors(*parts(unique), unique, m, proper)


def _factors(values: np.ndarray, vectors: np.ndarray, unique: np.ndarray, m: int, proper: bool) -> Factors:
    loadings = vectors[:, :m] * np.sqrt(np.maximum(values[:m], 0))
    loadings = loadings * np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    return Factors(loadings, unique, values, vectors, proper and bool(values[m - 1] > 1e-10))
