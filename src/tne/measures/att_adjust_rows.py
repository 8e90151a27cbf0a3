"""What would have happened to the trained, if nobody is seen twice? Four groups of rows, adjusted for covariates."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from tne.measures.att_adjust import (
    COLLINEAR,
    NO_OVERLAP,
    Adjusted,
    least_squares,
    propensity,
    standardized,
)


def adjust_rows(
    x: np.ndarray, w: np.ndarray, y: np.ndarray, treated: np.ndarray, post: np.ndarray, adjustment: str
) -> Adjusted:
    """Return the effect on the treated from rows of two periods, adjusted for covariates.

    Parameters
    ----------
    x : ndarray, shape (rows, columns)
        Covariates without a constant.
    w, y : ndarray, shape (rows,)
    treated, post : ndarray of bool, shape (rows,)
    adjustment : {"doubly_robust", "regression", "ipw"}

    Returns
    -------
    Adjusted
        With one outcome; `psi_t` holds the influence of all rows in their order, `psi_c` nothing.

    Notes
    -----
    Sant'Anna and Zhao (2020), section 3.2. With means over treated (T) and comparison rows (C, weighted by the odds
    of being treated), after (1) and before (0), and regressions μ in each of the four groups, the doubly
    robust effect is ``[T1(y - μC1) - T0(y - μC0)] - [C1(y - μC1) - C0(y - μC0)] + T(δ1) - T1(δ1) - T(δ0) + T0(δ0)``
    with ``δ = μT - μC`` and T over both periods (locally efficient). "regression" is ``T1(y) - T0(y) - T(μC1 - μC0)``.
    """
    nothing = (np.full(1, np.nan), np.zeros((len(y), 1)), np.empty((0, 1)))
    order = np.argsort(~treated, kind="stable")
    inverse_order = np.argsort(order, kind="stable")
    x, w, y, treated, post = x[order], w[order], y[order], treated[order], post[order]
    n_t = int(treated.sum())
    x = np.concatenate(standardized(x[:n_t], x[n_t:]))
    groups = {(side, time): (treated == side) & (post == time) for side in (True, False) for time in (1, 0)}

    def shares(rows: np.ndarray, weight: np.ndarray) -> np.ndarray:
        part = np.where(rows, weight, 0.0)
        return cast(np.ndarray, part / part.sum())

    means = {key: shares(rows, w) for key, rows in groups.items()}
    everyone = shares(treated, w)
    lines, influence = {}, {}
    sides = {"doubly_robust": (True, False), "regression": (False,), "ipw": ()}[adjustment]
    for side in sides:
        for time in (1, 0):
            rows = groups[side, time]
            line = least_squares(x[rows], w[rows], y[rows, None])
            if line is None:
                return Adjusted(*nothing, problem=COLLINEAR)
            fitted = x @ line[0][:, 0]
            lines[side, time] = fitted
            influence[side, time] = (
                np.where(rows, w * (y - fitted), 0.0)[:, None] * x @ line[1]
            )  # of the coefficients
    odds: Any  # by period, where rows are weighted
    largest, odds = np.nan, None
    if adjustment != "regression":
        score = propensity(x[:n_t], x[n_t:], w[:n_t], w[n_t:])
        if score is None:
            return Adjusted(*nothing, 1.0, NO_OVERLAP)
        p, hessian = np.concatenate(score[:2]), score[2]
        largest = float(p.max())
        odds = {time: shares(groups[False, time], w * p / (1 - p)) for time in (1, 0)}
    effect, psi = 0.0, np.zeros(len(y))

    def add(sign: float, share: np.ndarray, value: np.ndarray) -> np.ndarray:
        nonlocal effect, psi
        mean = share @ value
        effect += sign * mean
        psi += sign * share * (value - mean)
        return cast(np.ndarray, share * (value - mean))

    for time, sign in ((1, 1.0), (0, -1.0)):
        mean_t = means[True, time]
        if adjustment == "regression":
            add(sign, mean_t, y)
            add(-sign, everyone, lines[False, time])
            psi -= sign * influence[False, time] @ (everyone @ x)
            continue
        left = y - lines[False, time] if adjustment == "doubly_robust" else y
        add(sign, mean_t, left)
        own = add(-sign, odds[time], left)
        psi -= sign * (w * (treated - p)) * (x @ (hessian @ (own @ x)))
        if adjustment == "doubly_robust":
            gap = lines[True, time] - lines[False, time]
            add(sign, everyone, gap)
            add(-sign, mean_t, gap)
            psi += sign * influence[False, time] @ ((odds[time] - everyone) @ x)
            psi += sign * influence[True, time] @ ((everyone - mean_t) @ x)
    return Adjusted(np.array([effect]), psi[inverse_order, None], np.empty((0, 1)), largest)
