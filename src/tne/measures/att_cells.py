"""What is the effect on one cohort in one period: treated mean minus comparison mean of a unit-level contrast."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from tne.measures.att_panel import PanelMatrix

NO_BASE = "not identified: no baseline period before training"
SHORT_BASE = "not identified: the panel has too few baseline periods before training"
NO_COMPARISON = "not identified: no comparison unit is untrained and observed in these periods"
NO_TREATED = "not identified: no unit of the cohort is observed in these periods"
COLLINEAR = "not identified: too few comparison units for the covariates"


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

    Returns
    -------
    Cells
    """
    parts = [_cohort_cells(data, g, comparison, anticipation, baseline, trend) for g in data.cohorts]
    n_clusters = int(data.cluster.max()) + 1 if len(data.cluster) else 0
    wide = {"influence": n_clusters, "members": len(data.centred)}
    joined = {}
    for name in Cells.__dataclass_fields__:
        if name in wide:
            empty = np.empty((wide[name], 0))
            joined[name] = np.concatenate([p[name] for p in parts], axis=1) if parts else empty
        elif name != "note":
            joined[name] = np.concatenate([p[name] for p in parts]) if parts else np.empty(0)
    return Cells(**joined, note=[text for part in parts for text in part["note"]])


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
        return now - y[:, base.index]
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
    return now - mean[:, None] - slope[:, None] * ahead


def _cohort_cells(
    data: PanelMatrix, g: float, comparison: str, anticipation: int, baseline: int | None, trend: str | None
) -> dict:
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
    seen_t, seen_c = ~np.isnan(d_t), ~np.isnan(d_c) & allowed
    if data.covariates.shape[1]:
        effect, psi_t, psi_c = _adjusted(data, rows_t, others, d_t, d_c, seen_t, seen_c)
    else:
        mean_t, psi_t = _mean(d_t, seen_t, data.weight[rows_t])
        mean_c, psi_c = _mean(d_c, seen_c, data.weight[others])
        effect = mean_t - mean_c
        psi_c = -psi_c
    n_t, n_c = seen_t.sum(axis=0), seen_c.sum(axis=0)
    note = [
        problem or (NO_TREATED if not a else NO_COMPARISON if not b else COLLINEAR if np.isnan(e) else "")
        for a, b, e in zip(n_t, n_c, effect, strict=True)
    ]
    lost = np.array([text != "" for text in note], dtype=bool)
    psi_t[:, lost], psi_c[:, lost] = 0.0, 0.0
    size = (len(data.stratum), len(base.columns))
    influence, member = np.zeros(size), np.zeros(size, dtype=bool)
    mine, theirs = data.cluster[rows_t], data.cluster[others]
    if data.clustered:
        to_t, to_c = _indicator(mine, size[0]), _indicator(theirs, size[0])
        influence += to_t @ psi_t + to_c @ psi_c
        has_t, has_c = (to_t @ seen_t.astype(float)) > 0, (to_c @ seen_c.astype(float)) > 0
        clusters_t, clusters_c, member = has_t.sum(axis=0), has_c.sum(axis=0), has_t | has_c
    else:
        influence[mine], influence[theirs] = psi_t, psi_c
        member[mine], member[theirs] = seen_t, seen_c
        clusters_t, clusters_c = n_t, n_c
    members = _indicator(data.stratum, len(data.centred)) @ member.astype(float)
    members[:, lost] = 0.0
    return {
        "cohort": np.full(size[1], g),
        "period": data.periods[base.columns],
        "estimate": np.where(lost, np.nan, effect),
        "lever": np.zeros(size[1]) if trend else base.lever,
        "influence": influence,
        "n_treated": n_t,
        "n_comparison": n_c,
        "people_treated": _people(data, rows_t, base.columns, seen_t),
        "people_comparison": _people(data, others, base.columns, seen_c),
        "clusters_treated": clusters_t,
        "clusters_comparison": clusters_c,
        "members": members,
        "in_base": np.isin(base.columns, base.window) & (baseline is not None),
        "note": note,
    }


def _mean(d: np.ndarray, seen: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted column means over the seen units, and each unit's influence on them."""
    total = weight @ seen
    safe = np.where(total > 0, total, 1.0)
    mean = np.where(total > 0, (weight @ np.where(seen, d, 0.0)) / safe, np.nan)
    influence = np.where(seen, d - mean, 0.0) * (weight[:, None] / safe)
    return mean, influence


def _adjusted(data, rows_t, others, d_t, d_c, seen_t, seen_c):
    """Outcome regression among the comparison units, predicted for the treated (one regression a cell)."""
    x_t = np.column_stack([np.ones(d_t.shape[0]), data.covariates[rows_t]])
    x_c = np.column_stack([np.ones(d_c.shape[0]), data.covariates[others]])
    w_t, w_c = data.weight[rows_t], data.weight[others]
    effect = np.full(d_t.shape[1], np.nan)
    psi_t, psi_c = np.zeros(d_t.shape), np.zeros(d_c.shape)
    for j in range(d_t.shape[1]):
        a, b = seen_t[:, j], seen_c[:, j]
        if not a.any() or not b.any():
            continue
        x, w, y = x_c[b], w_c[b], d_c[b, j]
        gram = x.T @ (w[:, None] * x)
        if b.sum() < x.shape[1] + 1 or np.linalg.matrix_rank(gram) < x.shape[1]:
            continue
        beta = np.linalg.solve(gram, x.T @ (w * y))
        share = w_t[a] / w_t[a].sum()
        left = d_t[a, j] - x_t[a] @ beta
        effect[j] = share @ left
        psi_t[a, j] = share * (left - effect[j])
        psi_c[b, j] = -w * (y - x @ beta) * (x @ np.linalg.solve(gram, share @ x_t[a]))
    return effect, psi_t, psi_c


def _people(data: PanelMatrix, rows, columns: np.ndarray, seen: np.ndarray) -> np.ndarray:
    if data.people is None:
        return np.full(seen.shape[1], np.nan)
    return np.where(seen, data.people[rows][:, columns], 0.0).sum(axis=0)


def _indicator(codes: np.ndarray, n: int) -> sparse.csr_array:
    return sparse.csr_array((np.ones(len(codes)), (codes, np.arange(len(codes)))), shape=(n, len(codes)))
