"""In which week does a person first meet the rule?"""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
from scipy import special


def first_runs(
    used: pd.DataFrame, k: int, max_gap: int, rule: str, certainty: float, speed: bool
) -> pd.DataFrame:
    """Return moderator_id, run_start and run_end (periods) of each person's first run that meets the rule.

    Parameters
    ----------
    used : DataFrame
        person, period, right, weight, squares, accuracy_target and, for speed, cases, seconds, most_seconds; ordered by
        person and period, weeks with enough audits only.
    """
    nothing = pd.DataFrame({"moderator_id": used["person"].iloc[:0], "run_start": [], "run_end": []})
    if len(used) < k:
        return nothing
    person, period = used["person"].to_numpy(), used["period"].to_numpy()
    first = np.arange(len(used) - k + 1)
    last = first + k - 1
    whole = (person[first] == person[last]) & (period[last] - period[first] <= k - 1 + max_gap)
    value = {
        c: used[c].to_numpy(dtype=float)
        for c in used.columns
        if c not in ("person", "period") and _plain(used[c])
    }
    aim, share = value["accuracy_target"], value["right"] / value["weight"]
    if rule == "each":
        good = share >= aim - 1e-12
        if speed:
            good &= value["seconds"] / value["cases"] <= value["most_seconds"] + 1e-9
        met = _sum(good.astype(float), k) == k
    else:
        weight = _sum(value["weight"], k)
        joint = _sum(value["right"], k) / weight
        target = _sum(value["weight"] * aim, k) / weight
        if rule == "lower_limit":
            joint = lower_limit(joint, weight**2 / _sum(value["squares"], k), certainty)
        met = joint >= target - 1e-12
        if speed:
            met &= _sum(value["seconds"], k) <= _sum(value["most_seconds"] * value["cases"], k) + 1e-9
    met &= whole
    hits = pd.DataFrame({"moderator_id": person[first], "run_start": period[first], "run_end": period[last]})
    return hits.loc[met].drop_duplicates("moderator_id")


def lower_limit(share: np.ndarray, n: np.ndarray, certainty: float) -> np.ndarray:
    """Wilson's one-sided lower limit of a share of `n` (effective) audits."""
    z = float(special.ndtri(certainty))
    centre = share + z**2 / (2 * n)
    return cast(
        np.ndarray,
        (centre - z * np.sqrt(np.maximum(share * (1 - share), 0) / n + z**2 / (4 * n**2))) / (1 + z**2 / n),
    )


def _sum(values: np.ndarray, k: int) -> np.ndarray:
    """Sums over k rows running; exact, so that a row of another person leaves no crumbs."""
    return cast(np.ndarray, np.lib.stride_tricks.sliding_window_view(values, k).sum(axis=1))


def _plain(column: pd.Series) -> bool:
    return cast(bool, pd.api.types.is_numeric_dtype(column))
