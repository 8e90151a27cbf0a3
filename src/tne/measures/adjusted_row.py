"""How far are two arms apart at equal baselines? The numbers of `ancova` alone, without its checks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tne.measures.inference import inference
from tne.measures.ols import errors_text
from tne.measures.sandwich import fit, independent, uncertainty

APART = "too few people to tell the arms apart"
METHOD = "ANCOVA, "


def adjusted_row(
    outcome: np.ndarray, side: np.ndarray, adjusters: np.ndarray, conf_level: float
) -> dict[str, Any]:
    """Return the fields of `ancova`'s difference between two arms, without clusters, from numbers that are all known.

    Parameters
    ----------
    outcome : ndarray, shape (n,)
    side : ndarray of bool, shape (n,)
        Who is in the arm, the others being the reference.
    adjusters : ndarray, shape (n, k)
    conf_level : float
    """
    x = np.column_stack([np.ones(len(side)), side, adjusters]).astype(float)
    free = independent(x)
    row: dict[str, Any] = {"estimate": math.nan, "note": APART}
    if free[1]:
        known = uncertainty(fit(x[:, free], outcome), "classical")
        estimate, std_error, df, note = known.contrast(np.eye(int(free.sum()))[1])
        row = {**inference(estimate, std_error, df, conf_level), "note": note}
    return row | {
        "conf_level": conf_level,
        "method": METHOD + errors_text("classical", ()),
        "n": len(side),
        "n_people": min(side.sum(), (~side).sum()),
        "n_people_total": len(side),
    }
