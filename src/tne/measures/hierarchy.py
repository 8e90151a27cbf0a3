"""Is there one general factor behind the group factors, and how do its loadings move with the correlations?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tne.measures.factor import Factors, minres
from tne.measures.rotation import quartimin, through_rotation, varimax


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """The Schmid-Leiman solution.

    Parameters
    ----------
    axes : ndarray, shape (m, m)
        Rotated axes of the group factors; their correlations are ``axes.T @ axes``.
    rotated : ndarray, shape (k, m)
        Loadings on the oblique group factors.
    of_factors, of_items : ndarray, shape (m,) and (k,)
        Loadings on the general factor, NaN where it is not determined.
    note : str
        Why it is not, or an empty text.
    """

    axes: np.ndarray
    rotated: np.ndarray
    of_factors: np.ndarray
    of_items: np.ndarray
    note: str = ""


def schmid_leiman(found: Factors) -> Hierarchy:
    """Rotate the factors obliquely and put one general factor behind them (Schmid and Leiman 1957)."""
    m = found.m
    if m == 1:
        return Hierarchy(np.eye(1), found.loadings, np.ones(1), found.loadings[:, 0])
    turned = varimax(found.loadings)
    axes = quartimin(turned)
    if axes is None:
        nothing = np.full(found.loadings.shape, np.nan)
        note = "the rotation does not converge, so there is no general factor"
        return Hierarchy(np.eye(m), nothing, nothing[0], nothing[:, 0], note)
    rotated = turned @ np.linalg.inv(axes).T
    flip = np.where(rotated.sum(axis=0) < 0, -1.0, 1.0)
    axes, rotated = axes * flip, rotated * flip
    of_factors, proper = _second_order(axes)
    if not proper:
        of_factors = np.full(m, np.nan)
    note = "" if proper else "Heywood case: a group factor is nothing but the general one, or they share none"
    return Hierarchy(axes, rotated, of_factors, rotated @ of_factors, note)


def _second_order(axes: np.ndarray) -> tuple[np.ndarray, bool]:
    """Loadings of the group factors on the general one, and whether they are determined."""
    between = axes.T @ axes
    if len(between) == 2:
        size = math.sqrt(abs(between[0, 1]))
        return np.array([size, math.copysign(size, between[0, 1])]), size > 1e-6
    higher = minres(between, 1)
    return higher.loadings[:, 0], higher.proper


def shared_gradient(found: Factors, general: Hierarchy) -> np.ndarray | None:
    """Gradient of (Σ general loadings)² by the correlations, through rotation and extraction."""
    sums = float(general.of_items.sum())
    back = np.linalg.inv(general.axes)
    # loadings in the position that the axes refer to
    loadings = general.rotated @ general.axes.T
    slope = 2 * sums * np.tile(general.of_factors @ back, (len(loadings), 1))
    if found.m > 1:
        total = loadings.sum(axis=0)

        def value(axes: np.ndarray) -> float:
            return float((total @ np.linalg.inv(axes).T @ _second_order(axes)[0]) ** 2)

        slope = through_rotation(loadings, general.axes, value, slope)
        if slope is None:
            return None
    inner = np.linalg.inv(loadings.T @ loadings)
    onto = loadings @ inner @ loadings.T
    common = (np.eye(len(loadings)) - onto / 2) @ slope @ inner @ loadings.T
    return found.pull_back((common + common.T) / 2)
