"""After how many days is half of what was opened resolved, those still open counted as open?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special


def median_time(time: np.ndarray, resolved: np.ndarray, conf_level: float = 0.95) -> dict[str, Any]:
    """Return the Kaplan-Meier median of `time`, with its interval; NaN with a note where it is not reached.

    Parameters
    ----------
    time : array of float, shape (n,)
        Until it was resolved, or until it was last known to be open.
    resolved : array of bool, shape (n,)

    Notes
    -----
    The interval holds the times at which the band of the curve (log transform, Greenwood's variance) holds one half;
    its upper limit is NaN where the band never falls to it. The median is the first time at which the curve is below
    one half; where it is exactly one half for a while, the middle of that while.

    References
    ----------
    Brookmeyer and Crowley (1982), A confidence interval for the median survival time, Biometrics 38:29-41.

    Examples
    --------
    >>> median_time(np.array([1.0, 2.0, 3.0]), np.array([True, True, True]))["estimate"]
    2.0
    """
    nothing = {"estimate": math.nan, "conf_low": math.nan, "conf_high": math.nan}
    if not len(time):
        return nothing | {"note": "nothing was opened"}
    at, code = np.unique(time, return_inverse=True)
    ended = np.bincount(code, resolved, len(at))
    risk = len(time) - np.concatenate([[0], np.cumsum(np.bincount(code))[:-1]])
    curve = np.cumprod(1 - ended / risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(ended / (risk * (risk - ended)))
        half = special.ndtri((1 + conf_level) / 2) * np.sqrt(greenwood)
        low, high = curve * np.exp(-half), np.minimum(curve * np.exp(half), 1.0)
    low, high = np.where(curve == 0, np.nan, low), np.where(curve == 0, np.nan, high)
    out = {"estimate": _reaches(at, curve), "conf_low": _reaches(at, low), "conf_high": _reaches(at, high)}
    if math.isnan(out["estimate"]):
        return out | {"note": "fewer than half were resolved in the time seen"}
    return out | {
        "note": "" if out["conf_high"] == out["conf_high"] else "the upper limit is beyond the time seen"
    }


def _reaches(at: np.ndarray, curve: np.ndarray) -> float:
    """The first time at which a falling curve is below one half; in the middle of a step that is exactly one half."""
    known = ~np.isnan(curve)
    at, curve = at[known], curve[known]
    below = np.flatnonzero(curve < 0.5 - 1e-12)
    same = np.flatnonzero(np.abs(curve - 0.5) <= 1e-12)
    if len(same):
        end = at[below[0]] if len(below) else at[same[0]]
        return float((at[same[0]] + end) / 2)
    return float(at[below[0]]) if len(below) else math.nan
