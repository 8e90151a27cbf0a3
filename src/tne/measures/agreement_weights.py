"""How much do two different labels count as agreement?"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from tne.checks import require_choice

LEVELS = ("nominal", "ordinal", "interval", "ratio")
WEIGHTS = (
    "identity",
    "linear",
    "quadratic",
    "ordinal",
    "radical",
    "ratio",
    "circular",
    "bipolar",
)
# weights that ask for the same as a level of measurement, for coefficients without a difference function
LIKE_LEVEL = {"nominal": "identity", "ordinal": "ordinal", "interval": "quadratic", "ratio": "ratio"}


def weight_matrix(weights: Any, positions: np.ndarray) -> tuple[np.ndarray, str]:
    """Return the matrix of weights and its name.

    Parameters
    ----------
    weights : str or array of shape (categories, categories)
        A name of `WEIGHTS`, or symmetric weights with 1 on the diagonal and at most 1 elsewhere.
    positions : array of shape (categories,)
        The categories as numbers, in order.

    Notes
    -----
    Gwet's definitions on the categories' own numbers (``"ordinal"``: on their ranks).

    Examples
    --------
    >>> weight_matrix("quadratic", np.array([1.0, 2.0, 3.0]))[0][0].tolist()
    [1.0, 0.75, 0.0]
    """
    q = len(positions)
    if not isinstance(weights, str):
        return _own(weights, q), "own weights"
    require_choice(weights, WEIGHTS, "weights")
    if q == 1:
        return np.ones((1, 1)), weights
    apart = _apart(weights, positions.astype(float))
    largest = apart.max()
    return (1 - apart / largest if largest > 0 else np.ones((q, q))), weights


def _apart(name: str, x: np.ndarray) -> np.ndarray:
    gap = np.abs(x[:, None] - x[None, :])
    total = x[:, None] + x[None, :]
    if name == "identity":
        return 1.0 - np.eye(len(x))
    if name in ("linear", "quadratic", "radical"):
        return cast(np.ndarray, gap ** {"linear": 1.0, "quadratic": 2.0, "radical": 0.5}[name])
    if name == "ordinal":
        rank = np.arange(len(x), dtype=float)
        steps = np.abs(rank[:, None] - rank[None, :])
        return cast(np.ndarray, steps * (steps + 1) / 2)
    if name == "ratio":
        return ratio_difference(x)
    if name == "circular":
        return cast(np.ndarray, np.sin(np.pi * gap / (np.ptp(x) + 1)) ** 2)
    scale = (total - 2 * x.min()) * (2 * x.max() - total)
    return cast(np.ndarray, np.divide(gap**2, scale, out=np.zeros_like(gap), where=scale > 0))


def ratio_difference(x: np.ndarray) -> np.ndarray:
    """Return ``((c − k) / (c + k))²``, 0 between equal categories."""
    if (x < 0).any():
        raise ValueError(
            "Ratio weights need labels of 0 and above: a negative label has no ratio. Use 'interval'."
        )
    gap, total = x[:, None] - x[None, :], x[:, None] + x[None, :]
    return cast(np.ndarray, np.divide(gap, total, out=np.zeros_like(gap), where=total > 0) ** 2)


def middle_ranks(counts: np.ndarray) -> np.ndarray:
    """Return each category's middle rank, along the last axis.

    Krippendorff's ordinal difference is the squared distance of middle ranks: the ratings between two categories,
    their own at half.
    """
    return np.cumsum(counts, axis=-1) - counts / 2


def _own(weights: Any, q: int) -> np.ndarray:
    matrix = np.asarray(weights, dtype=float)
    if matrix.shape != (q, q):
        shape = " × ".join(map(str, matrix.shape))
        raise ValueError(f"`weights` is {shape}, but there are {q} categories. Give a {q} × {q} matrix.")
    if not np.isfinite(matrix).all() or not np.allclose(matrix, matrix.T) or (matrix > 1 + 1e-12).any():
        raise ValueError("`weights` must be finite, symmetric and at most 1. Correct the matrix.")
    if not np.allclose(np.diag(matrix), 1):
        raise ValueError("`weights` must be 1 on the diagonal: equal labels agree. Correct the matrix.")
    return matrix
