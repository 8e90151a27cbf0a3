"""What is the effect on one cohort in one period: treated mean minus comparison mean of a unit-level contrast."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from tne.measures.att_compare import compare
from tne.measures.att_panel import PanelMatrix

NO_BASE = "not identified: no baseline period before training"
SHORT_BASE = "not identified: the panel has too few baseline periods before training"


@dataclass(frozen=True, eq=False)
class Cells:
    """Effects of all cohorts in all periods, with the influence of every cluster on each.

    Parameters
    ----------
    cohort, period, estimate, lever : ndarray, shape (cells,)
        `lever` is the distance from the centre of the base to the period: a linear divergence of slope b
        between the groups adds ``b * lever`` to the estimate.
    influence : ndarray, shape (clusters, cells)
        Contribution of each cluster; ``estimate - truth`` is about its column sum.
    n_treated, n_comparison, people_treated, people_comparison, clusters_treated, clusters_comparison : ndarray
        Units, people and clusters observed on the two sides.
    members : ndarray, shape (strata, cells)
        Clusters of each stratum that take part.
    in_base : ndarray of bool
        Whether the period is one of the base periods.
    propensity : ndarray
        Largest estimated probability of being in the cohort; NaN where none was estimated.
    note : list of str
        Why a cell is not identified; "" otherwise.
    """

    cohort: np.ndarray
    period: np.ndarray
    estimate: np.ndarray
    lever: np.ndarray
    influence: np.ndarray
    n_treated: np.ndarray
    n_comparison: np.ndarray
    people_treated: np.ndarray
    people_comparison: np.ndarray
    clusters_treated: np.ndarray
    clusters_comparison: np.ndarray
    members: np.ndarray
    in_base: np.ndarray
    propensity: np.ndarray
    note: list[str]


@dataclass(frozen=True, eq=False)
class Base:
    """Which base periods the cells of one cohort use."""

    columns: np.ndarray
    index: np.ndarray
    window: np.ndarray
    last: np.ndarray
    lever: np.ndarray


def all_cells(
    data: PanelMatrix,
    *,
    comparison: str,
    anticipation: int = 0,
    baseline: int | None = None,
    trend: str | None = None,
    adjustment: str = "doubly_robust",
) -> Cells:
    """Return every cohort × period cell of a panel.

    Parameters
    ----------
    data : PanelMatrix
    comparison : {"never_treated", "not_yet_treated"}
    anticipation : int
    baseline : int, optional
        None: varying base (one period before for pre-periods). k: the mean of the k periods before training.
    trend : {"linear"}, optional
        Subtract each unit's own line through its baseline periods instead of its mean.
    adjustment : {"doubly_robust", "regression", "ipw"}
        How covariates enter.

    Returns
    -------
    Cells
    """
    parts = (
        _cohort_cells(data, g, comparison, anticipation, baseline, trend, adjustment) for g in data.cohorts
    )
    n_clusters = int(data.cluster.max()) + 1 if len(data.cluster) else 0
    return stack(parts, len(data.cohorts), n_clusters, len(data.centred))


def stack(parts: Iterable[dict[str, Any]], n_parts: int, n_clusters: int, n_strata: int) -> Cells:
    """Put the cells of several cohorts side by side, each as soon as it is made.

    Parameters
    ----------
    parts : iterable of dict
        The fields of `Cells`, one dict per cohort, all of as many cells.
    n_parts : int
        How many there are.
    n_clusters, n_strata : int
        Rows of `influence` and `members`.

    Returns
    -------
    Cells
    """
    influence, taken = np.empty((n_clusters, 0)), []
    for i, part in enumerate(parts):
        block = part.pop("influence")
        width = block.shape[1]
        if not i:  # by far the largest field: filled in place, so that it is never held twice
            influence = np.empty((n_clusters, n_parts * width))
        influence[:, i * width : (i + 1) * width] = block
        taken.append(part)
    joined: dict[str, Any] = {
        "influence": influence,
        "note": [text for part in taken for text in part["note"]],
    }
    for name in set(Cells.__dataclass_fields__) - set(joined):
        empty = np.empty(
            (n_strata, 0) if name == "members" else 0, dtype=bool if name == "in_base" else float
        )
        joined[name] = np.concatenate([p[name] for p in taken], axis=-1) if taken else empty
    return Cells(**joined)


def bases(data: PanelMatrix, g: float, anticipation: int, baseline: int | None) -> Base:
    """Return the columns estimated for cohort `g` and the base periods of each."""
    t = data.periods
    before = np.flatnonzero(t + anticipation < g)
    everything = np.arange(len(t))
    if baseline is not None:
        window = before[-baseline:]
        end = np.full(len(t), window[-1] if len(window) else 0)
        centre = t[window].mean() if len(window) else math.nan
        return Base(everything, end, window, end, t - centre)
    columns = everything[1:]
    last = before[-1] if len(before) else 0
    index = np.where(t[columns] >= g, last, columns - 1)
    return Base(columns, index, before[-1:], index, t[columns] - t[index])


def contrasts(
    y: np.ndarray, base: Base, periods: np.ndarray, baseline: int | None, trend: str | None, needed: int
) -> np.ndarray:
    """Return each unit's outcome minus its base, shape (units, columns); NaN where either is missing."""
    now = y[:, base.columns] if len(base.columns) != y.shape[1] else y
    if baseline is None:
        return cast(np.ndarray, now - y[:, base.index])
    inside = y[:, base.window]
    seen = ~np.isnan(inside)
    n = seen.sum(axis=1)
    filled = np.where(seen, inside, 0.0)
    enough = n >= needed
    n = np.where(enough, n, 1)
    mean = np.where(enough, filled.sum(axis=1) / n, np.nan)
    if trend is None:
        return now - mean[:, None]
    x = periods[base.window] - periods[base.window].mean()
    centre = (seen @ x) / n
    spread = seen @ x**2 - n * centre**2
    slope = (filled @ x - np.where(enough, filled.sum(axis=1), 0.0) * centre) / np.where(
        spread > 1e-9, spread, np.nan
    )
    ahead = base.lever[None, :] - centre[:, None]
    return cast(np.ndarray, now - mean[:, None] - slope[:, None] * ahead)


def _cohort_cells(
    data: PanelMatrix,
    g: float,
    comparison: str,
    anticipation: int,
    baseline: int | None,
    trend: str | None,
    adjustment: str,
) -> dict[str, Any]:
    base = bases(data, g, anticipation, baseline)
    first, stop = np.searchsorted(data.cohort, [g, np.nextafter(g, np.inf)])
    late = np.maximum(data.periods[base.columns], data.periods[base.last]) + anticipation
    if comparison == "never_treated":
        others = np.flatnonzero(np.isinf(data.cohort))
        allowed = np.ones((len(others), len(late)), dtype=bool)
    else:
        others = np.flatnonzero((data.cohort != g) & (data.cohort > late.min(initial=np.inf)))
        allowed = data.cohort[others][:, None] > late[None, :]
    needed = math.ceil(2 * (baseline or 1) / 3)
    needed = max(needed, 3) if trend else needed
    problem = NO_BASE if not len(base.window) else (SHORT_BASE if len(base.window) < needed else "")
    rows_t = slice(first, stop)
    if problem:
        d_t = np.full((stop - first, len(base.columns)), np.nan)
        d_c = np.full((len(others), len(base.columns)), np.nan)
    else:
        d_t = contrasts(data.y[rows_t], base, data.periods, baseline, trend, needed)
        d_c = contrasts(data.y[others], base, data.periods, baseline, trend, needed)
    earlier = np.minimum(base.columns, base.last)  # covariates that training could not yet have changed
    side = compare(data, rows_t, others, d_t, d_c, allowed, problem, adjustment, earlier)
    people = (
        _people(data, rows_t, base.columns, side.pop("seen_t")),
        _people(data, others, base.columns, side.pop("seen_c")),
    )
    return {
        "cohort": np.full(len(base.columns), g),
        "period": data.periods[base.columns],
        "lever": np.zeros(len(base.columns)) if trend else base.lever,
        "people_treated": people[0],
        "people_comparison": people[1],
        "in_base": np.isin(base.columns, base.window) & (baseline is not None),
        **side,
    }


def _people(data: PanelMatrix, rows: Any, columns: np.ndarray, seen: np.ndarray) -> np.ndarray:
    if data.people is None:
        return np.full(seen.shape[1], np.nan)
    return cast(np.ndarray, np.where(seen, data.people[rows][:, columns], 0.0).sum(axis=0))
