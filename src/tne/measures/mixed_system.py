"""How is the system of equations of a mixed model solved, however many groups there are?

Notation of Bates and others (2015), J. Stat. Softw. 67(1): random effects b = Λ u with u independent of variance 1, and
the system ``Λ'Z'WZΛ + I``. The grouping with most columns forms one block of small blocks, one per level, and is
eliminated first; what is left has the size of the other groupings and is dense.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from scipy import linalg, sparse

from tne.measures.mixed_terms import Term

DENSE = 200_000  # cells up to which a full array is faster than a sparse one


@dataclass(frozen=True, eq=False)
class Blocks:
    """Random-effects design, split into the largest term and the others.

    Parameters
    ----------
    terms : list of Term
    largest : int
        Position of the term that is eliminated first.
    own : array or csr_array, shape (n, columns of the largest term)
        Its columns, level by level; used only beside other terms.
    z : array or csr_array, shape (n, columns of the other terms)
        Their columns; within a term level by level. Full arrays where they are small, which is faster.
    spans : list of (start, stop) per term
        Columns of `z`; none for the largest.
    """

    terms: list[Term]
    largest: int
    own: np.ndarray | sparse.csr_array
    z: np.ndarray | sparse.csr_array
    spans: list[tuple[int, int]]

    @property
    def first(self) -> Term:
        return self.terms[self.largest]

    @property
    def rest(self) -> int:
        return cast(int, self.z.shape[1])


@dataclass(frozen=True, eq=False)
class Moments:
    """Z'WZ in blocks: within the largest term (levels, k, k), others × largest, others × others."""

    own: np.ndarray
    cross: np.ndarray | sparse.csr_array
    rest: np.ndarray


@dataclass(frozen=True, eq=False)
class Solver:
    """The factored system for one Λ.

    Parameters
    ----------
    factors : list of ndarray (k, k)
        Lower triangles L of the terms: Λ repeats them along its diagonal.
    inner : ndarray (levels, k, k)
        Inverse of the largest term's own block.
    kernel : ndarray (levels, k, k)
        ``L inner L'``.
    lower : ndarray
        Cholesky factor of what is left for the other terms.
    log_det : float
        Of the whole system.
    """

    blocks: Blocks
    moments: Moments
    factors: list[np.ndarray]
    inner: np.ndarray
    kernel: np.ndarray
    lower: np.ndarray
    log_det: float


def make_blocks(terms: list[Term]) -> Blocks:
    """Choose the term to eliminate first and lay out the columns of the others."""
    largest = int(np.argmax([t.levels * t.width for t in terms]))
    n, start = len(terms[0].codes), 0
    spans, parts = [], []
    for i, term in enumerate(terms):
        size = 0 if i == largest else term.levels * term.width
        spans.append((start, start + size))
        parts += [_columns(term)] if size else []
        start += size
    own, z = _columns(terms[largest]), sparse.csr_array(sparse.hstack(parts) if parts else (n, 0))
    if n * max(own.shape[1], z.shape[1]) <= DENSE:
        return Blocks(terms, largest, own.toarray(), z.toarray(), spans)
    return Blocks(terms, largest, own, z, spans)


def _columns(term: Term) -> sparse.csr_array:
    """Return the term's columns of Z, level by level."""
    rows = np.repeat(np.arange(len(term.codes)), term.width)
    columns = (term.codes[:, None] * term.width + np.arange(term.width)).ravel()
    shape = (len(term.codes), term.levels * term.width)
    return sparse.csr_array((term.design.ravel(), (rows, columns)), shape=shape)


def moments(blocks: Blocks, weight: np.ndarray | None = None) -> Moments:
    """Return Z'WZ for the given row weights (None = 1)."""
    first, w = blocks.first, np.ones(len(blocks.first.codes)) if weight is None else weight
    k, levels = first.width, first.levels
    own = np.empty((levels, k, k))
    for a in range(k):
        for b in range(k):
            own[:, a, b] = np.bincount(first.codes, w * first.design[:, a] * first.design[:, b], levels)
    if not blocks.rest:
        return Moments(own, np.zeros((0, levels * k)), np.zeros((0, 0)))
    z = blocks.z
    if isinstance(z, np.ndarray):
        weighted = (z * w[:, None]).T
        return Moments(own, weighted @ blocks.own, weighted @ z)
    scaled_rows = z.data * np.repeat(w, np.diff(z.indptr))
    weighted = sparse.csr_array((scaled_rows, z.indices, z.indptr), shape=z.shape).T.tocsr()
    cross = weighted @ blocks.own
    return Moments(own, cross.toarray() if np.prod(cross.shape) <= DENSE else cross, (weighted @ z).toarray())


def solver(blocks: Blocks, system: Moments, factors: list[np.ndarray]) -> Solver:
    """Factor ``Λ'Z'WZΛ + I`` for the terms' lower triangles `factors`."""
    low = factors[blocks.largest]
    own = low.T @ system.own @ low + np.eye(len(low))
    inner = 1 / own if len(low) == 1 else np.linalg.inv(own)
    log_det = float(np.log(own).sum() if len(low) == 1 else np.linalg.slogdet(own)[1].sum())
    kernel = low @ inner @ low.T
    lower = np.zeros((0, 0))
    if blocks.rest:
        cross = system.cross
        taken = _spread(cross, kernel) @ cross.T
        left = system.rest - (taken.toarray() if sparse.issparse(taken) else taken)
        left = scaled(blocks, factors, scaled(blocks, factors, left).T)
        left[np.diag_indices_from(left)] += 1
        lower = np.linalg.cholesky(left)
        log_det += 2 * float(np.log(np.diag(lower)).sum())
    return Solver(blocks, system, factors, inner, kernel, lower, log_det)


def solve(s: Solver, first: np.ndarray, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return u = (Λ'Z'WZΛ + I)⁻¹ Λ' r for the right sides r = Z'v of the two blocks, each (columns, m)."""
    low = s.factors[s.blocks.largest]
    u_rest = np.zeros_like(rest)
    if s.blocks.rest:
        right = scaled(s.blocks, s.factors, (rest - s.moments.cross @ _times(s.kernel, first)).T).T
        u_rest = _cho_solve(s.lower, right)
        first = first - s.moments.cross.T @ effects(s, np.zeros_like(first), u_rest)[1]
    return _times(s.inner @ low.T, first), u_rest


def effects(s: Solver, first: np.ndarray, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return b = Λ u for both blocks, each (columns, m)."""
    low = s.factors[s.blocks.largest]
    return _times(low[None], first), scaled(s.blocks, s.factors, rest.T, transposed=True).T


def reduced(s: Solver, first: np.ndarray, rest: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return v'V⁻¹v with V = W⁻¹ + ZΛΛ'Z', from r = Z'Wv of the blocks and total = v'Wv."""
    inner = _times(s.kernel, first)
    out = total - first.T @ inner
    if s.blocks.rest:
        right = scaled(s.blocks, s.factors, (rest - s.moments.cross @ inner).T).T
        out = out - right.T @ _cho_solve(s.lower, right)
    return cast(np.ndarray, out)


def conditional_variances(s: Solver) -> list[np.ndarray]:
    """Return the diagonal of ``Λ (Λ'Z'WZΛ + I)⁻¹ Λ'`` per term, each (levels, k): the variances given the data."""
    terms, blocks = s.blocks.terms, s.blocks
    own = np.einsum("gaa->ga", s.kernel).copy()
    parts: list[np.ndarray] = [own] * len(terms)
    if not blocks.rest:
        return parts
    half = linalg.solve_triangular(s.lower, np.eye(blocks.rest), lower=True, check_finite=False)
    half = scaled(blocks, s.factors, half, transposed=True)  # half' half = Λ S⁻¹ Λ'
    diagonal = (half**2).sum(axis=0)
    pull = _spread(s.moments.cross, s.kernel)
    for start in range(
        0, blocks.rest, 256
    ):  # a stripe at a time: the full product has columns × columns cells
        rows = half[start : start + 256] @ pull
        own += (rows**2).sum(axis=0).reshape(own.shape)
    for i, (start, stop) in enumerate(blocks.spans):
        if i != blocks.largest:
            parts[i] = diagonal[start:stop].reshape(-1, terms[i].width)
    return parts


def right_sides(blocks: Blocks, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Z'v of both blocks for v of shape (n, m)."""
    first = blocks.first
    out = np.empty((first.levels, first.width, v.shape[1]))
    for a in range(first.width):
        for j in range(v.shape[1]):
            out[:, a, j] = np.bincount(first.codes, first.design[:, a] * v[:, j], first.levels)
    return out.reshape(-1, v.shape[1]), np.asarray(blocks.z.T @ v)


def predicted(blocks: Blocks, first: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Return Zb for b of both blocks (columns,)."""
    term = blocks.first
    out = (term.design * first.reshape(-1, term.width)[term.codes]).sum(axis=1)
    return cast(np.ndarray, out + blocks.z @ rest if blocks.rest else out)


def scaled(
    blocks: Blocks, factors: Sequence[np.ndarray], rows: np.ndarray, *, transposed: bool = False
) -> np.ndarray:
    """Return ``rows @ Λ`` (or ``rows @ Λ'``) over the columns of the other terms."""
    if all(len(low) == 1 for low in factors):
        sizes = [stop - start for start, stop in blocks.spans]
        return cast(np.ndarray, rows * np.repeat([low[0, 0] for low in factors], sizes))
    out = np.empty_like(rows)
    for (start, stop), low in zip(blocks.spans, factors, strict=True):
        if stop > start:
            part = rows[:, start:stop].reshape(len(rows), -1, len(low))
            out[:, start:stop] = (part @ (low.T if transposed else low)).reshape(len(rows), -1)
    return out


def _cho_solve(lower: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve with a Cholesky factor; LAPACK itself, since small systems are solved thousands of times."""
    return cast(np.ndarray, linalg.lapack.dpotrs(lower, right, lower=1)[0])


def _times(kernel: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Multiply (levels · k, m) by the small blocks."""
    k = kernel.shape[-1]
    return cast(np.ndarray, (kernel @ columns.reshape(-1, k, columns.shape[1])).reshape(columns.shape))


def _spread(cross: Any, kernel: np.ndarray) -> np.ndarray | sparse.csr_array:
    """Multiply (m, levels · k) by the small blocks from the right."""
    levels, k = kernel.shape[0], kernel.shape[-1]
    if sparse.issparse(cross):
        if k == 1:
            data = cross.data * kernel[cross.indices, 0, 0]
            return sparse.csr_array((data, cross.indices, cross.indptr), shape=cross.shape)
        return cross @ sparse.bsr_array((kernel, np.arange(levels), np.arange(levels + 1))).tocsr()
    if k == 1:
        return cross * kernel[:, 0, 0]
    return (cross.reshape(len(cross), levels, 1, k) @ kernel).reshape(cross.shape)
