"""Which lines does a segmented regression draw, and what do its coefficients mean?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np

from tne.measures.sandwich import independent

WORDS = {
    "level_change": ("", "jump of the level at the start"),
    "slope_change": ("per period", "change of the trend from the start on"),
    "effect_mean": ("", "mean difference to the continued trend, over the periods since the start"),
    "effect_at_end": ("", "difference to the continued trend in the last period"),
    "trend": ("per period", "trend before the start"),
    "post_trend": ("per period", "trend since the start"),
    "intercept": ("", "level in the first period"),
}


@dataclass(frozen=True, eq=False)
class Design:
    """The regressors of a segmented regression, and what is read from their coefficients.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Columns constant, t, post, post · (t − start), then shocks, then the season.
    without : ndarray, shape (n, k)
        The same with post = 0: the continued trend.
    contrasts : dict of str to ndarray, shape (k,)
        Weights of the coefficients for every term.
    kept : ndarray of bool, shape (k,)
        Columns that are no combination of those before them.
    """

    x: np.ndarray
    without: np.ndarray
    contrasts: dict[str, np.ndarray]
    kept: np.ndarray

    @property
    def full(self) -> np.ndarray:
        """The kept columns, shape (n, number kept)."""
        return self.x[:, self.kept]

    def on_kept(self, weights: np.ndarray) -> np.ndarray | None:
        """Return `weights` for the kept coefficients; None where the rows do not determine the combination."""
        if self.kept.all():
            return weights
        scale = np.linalg.norm(self.x, axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        rows = (weights / scale) @ np.linalg.pinv(self.x / scale)
        if np.abs(rows @ (self.x / scale) - weights / scale).max() > 1e-8 * max(
            np.abs(weights / scale).max(), 1e-300
        ):
            return None
        return cast(np.ndarray | None, rows @ self.full)


def segmented(
    at: np.ndarray,
    start: int,
    unit: float,
    shocks: list[tuple[str, int, int | None]],
    season: float | None,
    harmonics: int,
) -> Design:
    """Build the design at positions `at` (increasing, from 0) for a change at position `start`."""
    t, post = at * unit, (at >= start).astype(float)
    since = post * (at - start) * unit
    columns = [np.ones(len(at)), t, post, since]
    names = {}
    for name, first, last in shocks:
        names[name] = len(columns)
        columns.append(((at >= first) & (at <= (math.inf if last is None else last))).astype(float))
    if season is not None:
        for j in range(1, harmonics + 1):
            angle = 2 * np.pi * j * at / season
            # at half the period the sine is 0 throughout
            columns += [np.cos(angle)] if np.isclose(2 * j, season) else [np.sin(angle), np.cos(angle)]
    x = np.column_stack(columns)
    without = x.copy()
    without[:, 2:4] = 0
    eye = np.eye(x.shape[1])
    after = since[post > 0]
    contrasts = {
        "level_change": eye[2],
        "slope_change": eye[3],
        "effect_mean": eye[2] + eye[3] * (after.mean() if len(after) else 0),
        "effect_at_end": eye[2] + eye[3] * (after.max() if len(after) else 0),
        "trend": eye[1],
        "post_trend": eye[1] + eye[3],
        "intercept": eye[0],
    } | {name: eye[i] for name, i in names.items()}
    return Design(x=x, without=without, contrasts=contrasts, kept=independent(x))


def pooled(design_of_rows: Design, is_control: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Return the regressors of all units' rows: everybody's, then the same for the trained unit alone."""
    x = design_of_rows.x[:, kept]
    return np.hstack([x, x * (1 - is_control)[:, None]])
