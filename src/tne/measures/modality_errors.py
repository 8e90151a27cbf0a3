"""How uncertain is a difference between modalities, when trainers, sessions and teams each bring luck of their own?

The outcome's covariance is a sum of parts: people, trainers, sessions, teams. Each part's variance follows from the
squared sums of the residuals over its levels, without bias in any design (MIVQUE0: Hartley, Rao and LaMotte 1978).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from tne.measures.sandwich import LinearFit

_RANK = 1e-9  # roots of the scaled moments below this are rounding
_TINY = 1e-12  # a variance below this share of the likely one is rounding


@dataclass(frozen=True, eq=False)
class Moments:
    """What the residuals of a least-squares fit say about the parts of their covariance.

    Parameters
    ----------
    fit : LinearFit
    parts : list of ndarray of int, shape (n,)
        Rows with the same code share one draw; −1 has none.
    gram : ndarray, shape (parts, parts)
        ``tr(M ZᵢZᵢ' M ZⱼZⱼ')``: what a variance of 1 of part j adds to the expected squares of part i.
    squares : ndarray, shape (parts,)
        Squared sums of the residuals over the levels of each part.
    """

    fit: LinearFit
    parts: list[np.ndarray]
    gram: np.ndarray
    squares: np.ndarray

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Return the shortest x with ``gram @ x = right``, NaN where there is none."""
        diagonal = np.diag(self.gram)
        scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
        roots, axes = np.linalg.eigh(self.gram * np.outer(scale, scale))
        good = roots > _RANK * max(1.0, roots.max(initial=0.0))
        x = scale * (axes[:, good] @ ((axes[:, good].T @ (scale * right)) / roots[good]))
        missed = scale * np.abs(self.gram @ x - right)
        return x if missed.max(initial=0.0) <= 1e-6 * np.abs(scale * right).max() else np.full(len(x), np.nan)

    def variances(self) -> np.ndarray:
        """Return each part's variance, unbiased: below 0 where its levels are more alike than chance makes them."""
        return self.solve(self.squares)

    def contrast(self, weights: np.ndarray) -> tuple[float, float, float, str]:
        """Return estimate, standard error, degrees of freedom and note of ``weights @ coefficients``."""
        estimate = float(weights @ self.fit.coefficients)
        own = self.fit.q @ (weights @ self.fit.back)  # the estimate is own @ y
        share = np.array([float((_sums(own, of) ** 2).sum()) for of in self.parts])
        b = self.solve(share)
        if np.isnan(b).any():
            return estimate, math.nan, math.nan, "too few clusters: no error can be estimated"
        if self.fit.rss == 0:
            return estimate, 0.0, math.nan, "no variation is left: no test is possible"
        variance = float(b @ self.squares)  # share @ variances
        positive = np.maximum(self.variances(), 0.0)
        likely = float(share @ positive)
        if not likely > 0:
            return estimate, math.nan, math.nan, "the variance is not positive: too few clusters for it"
        df = likely**2 / half_variance(self.fit.q, self.parts, b, positive)
        return estimate, math.sqrt(variance if variance > _TINY * likely else likely), df, ""


def moments(fitted: LinearFit, parts: Sequence[np.ndarray]) -> Moments:
    """Condense the residuals of a fit to the moments of `parts`."""
    parts = [_renumbered(of) for of in parts]
    sums = [np.column_stack([_sums(column, of) for column in fitted.q.T]) for of in parts]
    inner = [s.T @ s for s in sums]
    gram = np.empty((len(parts), len(parts)))
    for i, one in enumerate(parts):
        for j, two in enumerate(parts[: i + 1]):
            both = (one >= 0) & (two >= 0)
            counts = np.unique(one[both] * (int(two.max()) + 1) + two[both], return_counts=True)[1]
            met = float((counts.astype(float) ** 2).sum())
            met -= 2 * float(np.einsum("ia,ia->", sums[i][one[both]], sums[j][two[both]]))
            gram[i, j] = gram[j, i] = max(met + float((inner[i] * inner[j]).sum()), 0.0)
    alone = gram.diagonal() <= _RANK * np.array([float((of >= 0).sum()) for of in parts])
    gram[alone] = gram[:, alone] = 0.0  # what the fit takes out whole leaves rounding
    squares = np.array([float((_sums(fitted.residuals, of) ** 2).sum()) for of in parts])
    return Moments(fitted, parts, gram, np.where(alone, 0.0, squares))


def parts_of(kinds: np.ndarray, groupings: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the parts of the covariance, modality by modality, so that none has to have the spread of another.

    Parameters
    ----------
    kinds : ndarray of int, shape (n,)
        Each row's modality.
    groupings : sequence of ndarray of int, shape (n,)
        Codes of trainers, sessions, teams; −1 without one.

    Notes
    -----
    People; the levels of each grouping; where levels reach over several modalities also what each brings to all of
    them alike, which cancels as far as the modalities share it. One level for everybody tells nothing and is left out.
    """
    modalities = range(int(kinds.max(initial=-1)) + 1)
    found = [np.where(kinds == m, np.arange(len(kinds)), -1) for m in modalities]
    for of in groupings:
        known = of >= 0
        levels = len(np.unique(of[known]))
        crossed = len(np.unique(np.column_stack([of, kinds])[known], axis=0)) > levels
        if crossed and levels > 1:
            found.append(of)
        for m in modalities:
            counts = np.unique(of[known & (kinds == m)], return_counts=True)[1]
            single = len(counts) == 1 and crossed  # it and the modality's own luck with it are one
            if counts.max(initial=1) > 1 and not single:  # where each row has its own it is people's
                found.append(np.where(kinds == m, of, -1))
    return found


def half_variance(q: np.ndarray, parts: Sequence[np.ndarray], b: np.ndarray, variances: np.ndarray) -> float:
    """Return ``tr(BVBV)``, half the variance of the quadratic form y'By where y is normal with covariance V.

    ``B = M (Σ bᵢ ZᵢZᵢ') M``, ``V = Σ varianceᵢ ZᵢZᵢ'``, M the projection off `q`. Both are a diagonal, sparse sums over
    levels and 2k columns, so that nothing has rows × rows cells.
    """
    n = len(q)
    diagonal_b, diagonal_v = np.zeros(n), np.zeros(n)
    columns, of_b, of_v = [], [], []
    for of, weight, variance in zip(parts, b, variances, strict=True):
        rows, levels = np.flatnonzero(of >= 0), int(of.max(initial=-1)) + 1
        if len(rows) == levels:
            diagonal_b[rows] += weight
            diagonal_v[rows] += variance
            continue
        columns.append(sparse.csr_array((np.ones(len(rows)), (rows, of[rows])), shape=(n, levels)))
        of_b.append(np.full(levels, weight))
        of_v.append(np.full(levels, variance))
    z = sparse.hstack(columns, format="csr") if columns else sparse.csr_array((n, 0))
    b_z, v_z = (np.concatenate([*c, np.empty(0)])[:, None] for c in (of_b, of_v))
    d_b, d_v = diagonal_b[:, None], diagonal_v[:, None]
    inside = (z.T @ z).toarray()
    pulled = d_b * q + z @ (b_z * (z.T @ q))
    pulled = pulled - q @ (q.T @ pulled) / 2
    # B = d_b + z b_z z' − q pulled' − pulled q', so BV = d_b d_v + left right' with
    # left = [d_b z v_z, z, −q, −pulled] and right' as applied here
    right = np.column_stack([pulled, q])
    right = d_v * right + z @ (v_z * (z.T @ right))

    def applied(x: sparse.csr_array) -> np.ndarray:
        sums = (z.T @ x).toarray()
        middle = b_z * ((z.T @ (x * d_v)).toarray() + inside @ (v_z * sums))
        return np.vstack([sums, middle, (x.T @ right).T])

    left = sparse.hstack([z * d_b * v_z.T, z, sparse.csr_array(np.column_stack([-q, -pulled]))], format="csr")
    d = d_b * d_v
    product = applied(left)
    return float((d**2).sum() + 2 * np.trace(applied(left * d)) + (product * product.T).sum())


def _renumbered(of: np.ndarray) -> np.ndarray:
    out = np.full(len(of), -1)
    out[of >= 0] = np.unique(of[of >= 0], return_inverse=True)[1]
    return out


def _sums(values: np.ndarray, of: np.ndarray) -> np.ndarray:
    known = of >= 0
    return np.bincount(of[known], values[known], int(of.max(initial=-1)) + 1)
