"""How much does each unit's outcome in each period count in a combination of group-time effects?"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from tne.measures.att_cells import bases, contrasts


def outcome_weights(att: Any, cell_weights: np.ndarray) -> np.ndarray:
    """Return the weight of every outcome in a linear combination of group-time effects.

    Group-time effects without covariates are linear in the outcomes, so any noise model of the outcomes gives
    the noise of the combination.

    Parameters
    ----------
    att : GroupTimeATT
    cell_weights : ndarray, shape (cells,)
        In the order of ``att.table``; zero for cells that are not identified.

    Returns
    -------
    ndarray, shape (units, periods)
        In the order of ``att.data.units`` and ``att.data.periods``. The sum of weight × outcome is the combination;
        each unit's weights sum to zero over time, so that lasting differences between units cancel.

    Raises
    ------
    ValueError
        If the effects are adjusted for covariates, or of repeated cross-sections.
    """
    data, cells = att.data, att.cells
    if not hasattr(data, "units"):
        raise ValueError(
            "Outcome weights are by unit and period; these effects are of repeated cross-sections."
        )
    if data.covariates.fixed.shape[1]:
        raise ValueError(
            "Effects adjusted for covariates have no fixed outcome weights. Refit without `covariates`."
        )
    total = np.zeros(data.y.shape)
    for g in data.cohorts:
        base = bases(data, g, att.anticipation, att.baseline)
        mine = np.asarray(cell_weights)[cells.cohort == g]
        if not mine.any():
            continue
        needed = int(np.ceil(2 * (att.baseline or 1) / 3))
        d = contrasts(
            data.y, base, data.periods, att.baseline, att.trend, max(needed, 3) if att.trend else needed
        )
        share = _shares(data, g, base, ~np.isnan(d), att.comparison, att.anticipation) * mine
        np.add.at(total.T, base.columns, share.T)
        if att.baseline is None:
            np.subtract.at(total.T, base.index, share.T)
        else:
            total[:, base.window] -= _through_base(data.y, data.periods, base, share, att.trend)
    return total


def _shares(
    data: Any, g: float, base: Any, seen: np.ndarray, comparison: str, anticipation: int
) -> np.ndarray:
    """Weight of each unit's contrast in each column: shares of the trained minus shares of their comparison."""
    late = np.maximum(data.periods[base.columns], data.periods[base.last]) + anticipation
    trained = (data.cohort == g)[:, None] & seen
    if comparison == "never_treated":
        others = np.isinf(data.cohort)[:, None] & seen
    else:
        others = (data.cohort != g)[:, None] & (data.cohort[:, None] > late[None, :]) & seen
    sides = []
    for side in (trained, others):
        weight = np.where(side, data.weight[:, None], 0.0)
        total = weight.sum(axis=0)
        sides.append(np.divide(weight, total, out=np.zeros_like(weight), where=total > 0))
    return cast(np.ndarray, sides[0] - sides[1])


def _through_base(
    y: np.ndarray, periods: np.ndarray, base: Any, share: np.ndarray, trend: str | None
) -> np.ndarray:
    """What the base periods lose: each contrast subtracts their mean, or the line through them."""
    seen = ~np.isnan(y[:, base.window])
    n = np.maximum(seen.sum(axis=1), 1)
    part = share.sum(axis=1, keepdims=True) * seen / n[:, None]
    if trend is None:
        return cast(np.ndarray, part)
    x = periods[base.window] - periods[base.window].mean()
    centre = (seen @ x) / n
    spread = seen @ x**2 - n * centre**2
    ahead = (share * (base.lever[None, :] - centre[:, None])).sum(axis=1)
    slope = np.divide(ahead, spread, out=np.zeros_like(ahead), where=spread > 1e-9)
    return cast(np.ndarray, part + slope[:, None] * np.where(seen, x[None, :] - centre[:, None], 0.0))
