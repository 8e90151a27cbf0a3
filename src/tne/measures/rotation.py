"""From which axes do factors look simplest, and how do those axes move with the loadings?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np


def varimax(loadings: np.ndarray) -> np.ndarray:
    """Varimax with Kaiser's normalisation (Kaiser 1958), shape (k, m): where the oblique rotation begins."""
    size = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    scaled = loadings / np.where(size > 0, size, 1)
    turn, before = np.eye(loadings.shape[1]), 0.0
    for _ in range(1000):
        now = scaled @ turn
        left, singular, right = np.linalg.svd(scaled.T @ (now**3 - now * (now**2).mean(axis=0)))
        turn = left @ right
        if singular.sum() < before * (1 + 1e-10):
            break
        before = singular.sum()
    return loadings @ turn


def quartimin(loadings: np.ndarray) -> np.ndarray | None:
    """Return the axes of the oblique quartimin rotation: oblimin with gamma 0, without Kaiser's normalisation.

    Gradient projection from the given position (Jennrich 2002), then Newton steps to full precision.

    Parameters
    ----------
    loadings : ndarray, shape (k, m)

    Returns
    -------
    ndarray, shape (m, m), or None
        Axes T with columns of length 1: rotated loadings are ``loadings @ inv(T).T``, factor correlations
        ``T.T @ T``. None where it does not converge.
    """
    axes, step = np.eye(loadings.shape[1]), 1.0
    value, gradient = _loss(loadings, axes)[:2]
    for _ in range(5000):
        slope = gradient - axes * (axes * gradient).sum(axis=0)
        size = float(np.sum(slope**2))
        if size < 1e-10:
            return _polished(loadings, axes)
        step *= 2
        for _ in range(60):
            trial = axes - step * slope
            trial = trial / np.linalg.norm(trial, axis=0)
            after, steeper = _loss(loadings, trial)[:2]
            if value - after > 0.5 * size * step:
                break
            step /= 2
        axes, value, gradient = trial, after, steeper
    return None


def through_rotation(
    loadings: np.ndarray, axes: np.ndarray, value: Callable[[np.ndarray], float], fixed: np.ndarray
) -> np.ndarray | None:
    """Add to the gradient at fixed axes what the loadings change by moving the axes.

    Parameters
    ----------
    loadings : ndarray, shape (k, m)
    axes : ndarray, shape (m, m)
        As `quartimin` returns them.
    value : callable
        The function of the axes, the loadings held.
    fixed : ndarray, shape (k, m)
        Its gradient by the loadings, the axes held.

    Returns
    -------
    ndarray, shape (k, m), or None
        None where the rotation is not determined.
    """
    chart = _chart(axes)
    hessian = _hessian(loadings, chart)
    if not np.linalg.cond(hessian) < 1e10:
        return None
    moves = 1e-5 * np.eye(len(hessian))
    slope = np.array([value(chart.at(m)[0]) - value(chart.at(-m)[0]) for m in moves]) / 2e-5
    along = np.linalg.solve(hessian, slope)
    reach = 1e-5 / max(float(np.linalg.norm(along)), 1e-12)
    ahead, behind = (_loss(loadings, chart.at(s * reach * along)[0])[2] for s in (1, -1))
    return cast(np.ndarray | None, fixed - (ahead - behind) / (2 * reach))


@dataclass(frozen=True, eq=False)
class _Chart:
    """Coordinates around `axes`: each column moves in its own tangent plane and keeps its length of 1."""

    axes: np.ndarray
    planes: tuple[np.ndarray, ...]

    def at(self, move: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the axes after `move`, shape (m (m − 1),), and the columns' lengths before scaling."""
        steps = np.split(move, len(self.planes))
        shifted = self.axes + np.column_stack([p @ s for p, s in zip(self.planes, steps, strict=True)])
        size = np.linalg.norm(shifted, axis=0)
        return shifted / size, size

    def slope(self, loadings: np.ndarray, move: np.ndarray) -> np.ndarray:
        """Return the gradient of the criterion by the coordinates at `move`."""
        axes, size = self.at(move)
        gradient = _loss(loadings, axes)[1]
        across = (gradient - axes * (axes * gradient).sum(axis=0)) / size
        return np.concatenate([p.T @ across[:, c] for c, p in enumerate(self.planes)])


def _chart(axes: np.ndarray) -> _Chart:
    return _Chart(axes, tuple(np.linalg.svd(column[None, :])[2][1:].T for column in axes.T))


def _hessian(loadings: np.ndarray, chart: _Chart) -> np.ndarray:
    m = loadings.shape[1]
    moves = 1e-5 * np.eye(m * (m - 1))
    rows = [chart.slope(loadings, move) - chart.slope(loadings, -move) for move in moves]
    found = np.array(rows) / 2e-5
    return (found + found.T) / 2


def _polished(loadings: np.ndarray, axes: np.ndarray) -> np.ndarray:
    for _ in range(5):
        chart = _chart(axes)
        slope = chart.slope(loadings, np.zeros(axes.size - len(axes)))
        hessian = _hessian(loadings, chart)
        if np.linalg.norm(slope) < 1e-12 or not np.linalg.cond(hessian) < 1e10:
            break
        after = chart.at(-np.linalg.solve(hessian, slope))[0]
        if _loss(loadings, after)[0] > _loss(loadings, axes)[0] + 1e-14:
            break
        axes = after
    return axes


def _loss(loadings: np.ndarray, axes: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the quartimin criterion and its gradients by the axes and by the loadings."""
    back = np.linalg.inv(axes)
    rotated = loadings @ back.T
    square = rotated**2
    inner = rotated * (square.sum(axis=1, keepdims=True) - square)
    return 0.25 * float(np.sum(rotated * inner)), -(rotated.T @ inner @ back).T, inner @ back
