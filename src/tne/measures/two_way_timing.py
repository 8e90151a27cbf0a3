"""Are units trained at different times, so that the two-way regression mixes effects with negative weights?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tne.measures.absorbed_fit import AbsorbedFit, nests
from tne.measures.two_way_rows import TwoWayRows
from tne.result import Check

MIN_TREATED_CLUSTERS = 5
_ZERO = 1e-9


def starts(data: TwoWayRows, name: str) -> tuple[np.ndarray, bool]:
    """Return each unit's first treated period (code; −1 = never), and whether any unit is untreated again later."""
    known, on = data.effects, data.numbers[name] > 0
    first = np.full(known.n_units, known.n_periods)
    np.minimum.at(first, known.unit[on], known.period[on])
    back = bool((~on & (known.period > first[known.unit])).any())
    return np.where(first == known.n_periods, -1, first), back


def fewest_starts(data: TwoWayRows, name: str, first: np.ndarray) -> int:
    """Return the fewest periods in which the treated units can have started, given when each was seen.

    A unit started after its last untreated row and no later than its first treated one, which rows that are
    missing put apart: units of one start must not count as several.
    """
    known = data.effects
    before = (data.numbers[name] == 0) & (known.period < first[known.unit])
    low = np.zeros(known.n_units, dtype=int)
    np.maximum.at(low, known.unit[before], known.period[before] + 1)
    count, last = 0, -1
    for earliest, latest in sorted(
        set(zip(low[first >= 0], first[first >= 0], strict=True)), key=lambda s: s[1]
    ):
        if earliest > last:
            count, last = count + 1, latest
    return count


def groups_compared(data: TwoWayRows, name: str | None) -> tuple[np.ndarray, ...]:
    """Return the rows of units ever treated, and of their comparison: never treated, or all that are not yet."""
    if name is None:
        return (np.ones(len(data.kept), dtype=bool),)
    first, _ = starts(data, name)
    ever = (first >= 0)[data.effects.unit]
    compared = ~ever if (~ever).any() else data.numbers[name] == 0
    return ever, compared


def negative_weights(
    data: TwoWayRows, fitted: AbsorbedFit, name: str, position: int
) -> tuple[int, int, float]:
    """Return how many unit × period cells have a negative weight, of how many treated, and the negatives' sum.

    Notes
    -----
    The coefficient is the weighted sum of the cells' effects; a treated row's weight is its residual from
    regressing `treated` on the effects and the other columns, over the sum of such residuals.
    """
    known, on = data.effects, data.numbers[name] > 0
    if not fitted.kept[position]:
        return 0, int(on.sum()), 0.0
    at = int(fitted.kept[:position].sum())
    left, rest = fitted.columns[:, at], np.delete(fitted.columns, at, axis=1)
    if rest.shape[1]:
        root = np.ones(len(left)) if known.weights is None else np.sqrt(known.weights)
        left = left - rest @ np.linalg.lstsq(rest * root[:, None], left * root, rcond=None)[0]
    weight = (left if known.weights is None else left * known.weights)[on]
    cell = (known.unit * known.n_periods + known.period)[on]
    if not known.balanced:
        cell = np.unique(cell, return_inverse=True)[1]
        weight = np.bincount(cell, weight)
    weight = weight / weight.sum()
    negative = weight < -_ZERO / len(weight)
    return int(negative.sum()), len(weight), float(weight[negative].sum())


def timing_check(data: TwoWayRows, fitted: AbsorbedFit, treatments: Sequence[str]) -> Check:
    """Warn where units start at different times; fail where effects enter with negative weights."""
    name = treatments[0]
    first, back = starts(data, name)
    begun = fewest_starts(data, name, first)
    if not begun:
        return Check("staggered_timing", "not_run", "No unit is treated in any period.")
    if begun == 1 and not back:
        return Check("staggered_timing", "pass", "All treated units start in the same period.")
    negative, cells, total = negative_weights(data, fitted, name, 0)
    what = (
        "Units are treated, untreated and treated again"
        if back
        else f"Units start in {begun} different periods"
    )
    detail = (
        f"{what}. If effects differ, this is not their mean: {negative} of {cells} treated unit × period effects "
        f"have negative weights, together {total:.3g}. Use group_time_att or interaction_weighted_att."
    )
    if len(treatments) > 1:
        detail += f" Weights are those of {name}; effects of the other treatments enter it too."
    return Check("staggered_timing", "fail" if negative else "warn", detail)


def treated_clusters_check(data: TwoWayRows, name: str, clusters: Sequence[np.ndarray]) -> tuple[Check, ...]:
    """Say how many clusters hold treated units: below five, clustered errors are far too small."""
    if not clusters:
        return ()
    on = data.numbers[name] > 0
    counts = [len(np.unique(c[on])) for c in clusters if not nests(data.effects.period, c)]
    few = min(counts, default=MIN_TREATED_CLUSTERS)
    detail = f"{few} clusters have treated rows; clustered errors want {MIN_TREATED_CLUSTERS} or more."
    return (Check("few_clusters", "pass" if few >= MIN_TREATED_CLUSTERS else "warn", detail),)
