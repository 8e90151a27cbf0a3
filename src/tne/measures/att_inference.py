"""How uncertain is a linear combination of group-time effects? Variance by cohort stratum, t or normal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from scipy import stats

from tne.measures.att_cells import Cells
from tne.measures.att_panel import PanelMatrix

if TYPE_CHECKING:
    from tne.measures.att_cross_sections import CrossSections


MIN_TREATED_CLUSTERS = 5
DRAWS = 999
ERRORS = ("analytic", "welch", "bootstrap")


@dataclass(frozen=True, eq=False)
class Sample:
    """The sampling side of group-time effects: who belongs to which stratum, and the cohorts' shares.

    Parameters
    ----------
    stratum, centred : ndarray
        See `PanelMatrix`.
    treated_in : ndarray of bool, shape (clusters, cohorts)
        Whether a cluster holds units of a cohort.
    share, share_influence : ndarray, shapes (cohorts,) and (clusters, cohorts)
        Weighted share of each cohort among all units, and each cluster's influence on it.
    errors : {"analytic", "welch", "bootstrap"}
    conf_level : float
    seed : int or None
    rounding : float
        A standard error up to this is what rounding leaves of none.
    """

    stratum: np.ndarray
    centred: np.ndarray
    treated_in: np.ndarray
    share: np.ndarray
    share_influence: np.ndarray
    errors: str
    conf_level: float
    seed: int | None
    rounding: float


@dataclass(frozen=True, eq=False)
class Combination:
    """Linear combinations of cells: estimates, each cluster's contribution, and who took part.

    Parameters
    ----------
    estimate : ndarray, shape (combinations,)
    influence : ndarray, shape (clusters, combinations)
    members : ndarray, shape (strata, combinations)
    clusters_treated, clusters_comparison : ndarray, shape (combinations,)
    """

    estimate: np.ndarray
    influence: np.ndarray
    members: np.ndarray
    clusters_treated: np.ndarray
    clusters_comparison: np.ndarray


def sample_of(
    data: PanelMatrix | CrossSections, *, errors: str, conf_level: float, seed: int | None
) -> Sample:
    """Return strata and cohort shares of a panel."""
    weight = data.weight / data.weight.sum() if len(data.weight) else data.weight
    inside = data.cohort[:, None] == data.cohorts[None, :]
    share = weight @ inside
    n = len(data.stratum)
    influence, treated = np.zeros((n, len(share))), np.zeros((n, len(share)))
    total = np.bincount(data.cluster, weight, n)
    column = np.searchsorted(data.cohorts, data.cohort)
    own = np.flatnonzero(np.isfinite(data.cohort))
    np.add.at(influence, (data.cluster[own], column[own]), weight[own])
    treated[data.cluster[own], column[own]] = 1
    influence -= total[:, None] * share[None, :]
    largest = max(abs(float(f(data.y, axis=None, initial=0.0))) for f in (np.fmax.reduce, np.fmin.reduce))
    rounding = 1e-13 * largest
    return Sample(
        data.stratum, data.centred, treated > 0, share, influence, errors, conf_level, seed, rounding
    )


def combine(
    cells: Cells, sample: Sample, cohorts: np.ndarray, weights: np.ndarray, extra: np.ndarray | None = None
) -> Combination:
    """Return linear combinations of cells.

    Parameters
    ----------
    cells, sample : Cells, Sample
    cohorts : ndarray
        The cohorts in the order of `sample.share`.
    weights : ndarray, shape (cells, combinations)
        Zero for cells that are not identified.
    extra : ndarray, shape (clusters, combinations), optional
        Influence of estimated weights.

    Returns
    -------
    Combination
    """
    estimate = np.where(np.isnan(cells.estimate), 0.0, cells.estimate)
    used = weights != 0
    influence = cells.influence @ weights
    if extra is not None:
        influence = influence + extra
    inside = (cells.cohort[:, None] == cohorts[None, :]).astype(float)
    treated = (inside.T @ used) > 0
    # A cohort of one cluster has no deviation from its own mean: its whole contribution stands for it, compared
    # with that of the other such cohorts (collapsed strata; too large rather than too small).
    lone = sample.treated_in.sum(axis=0) == 1
    if lone.any():
        whole = inside[:, lone].T @ (weights * estimate[:, None])
        influence = influence + sample.treated_in[:, lone].astype(float) @ whole
    members = np.zeros((cells.members.shape[0], weights.shape[1]))
    for j in range(weights.shape[1]):
        members[:, j] = cells.members[:, used[:, j]].max(axis=1, initial=0)
    clusters = ((sample.treated_in.astype(float) @ treated) > 0).sum(axis=0)
    others = np.where(used, cells.clusters_comparison[:, None], 0).max(axis=0, initial=0)
    return Combination(estimate @ weights, influence, members, clusters, others)


def variance(influence: np.ndarray, members: np.ndarray, sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Return the variance and the degrees of freedom of each column of `influence`.

    "analytic" sums squares (degrees of freedom infinite). "welch" adds over strata n / (n - 1) times the
    centred sum of squares, with Satterthwaite's degrees of freedom over strata. "bootstrap" is the
    interquartile range of a multiplier bootstrap over clusters, as in R's did.
    """
    infinite = np.full(influence.shape[1], np.inf)
    if sample.errors == "analytic":
        return _squares(influence), infinite
    if sample.errors == "bootstrap":
        return _bootstrap(influence, sample), infinite
    first, second = np.zeros(members.shape), np.zeros(members.shape)
    for s in range(len(sample.centred)):  # one at a time: a second whole matrix would be the peak of memory
        rows = influence[sample.stratum == s]
        first[s], second[s] = rows.sum(axis=0), _squares(rows)
    n = members
    several = n > 1
    mean_part = np.where(several & sample.centred[:, None], first**2 / np.maximum(n, 1), 0.0)
    factor = np.where(several, n / np.maximum(n - 1, 1), 1.0)
    part = factor * np.maximum(second - mean_part, 0.0)
    total = part.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        df = total**2 / (part**2 / np.maximum(n - 1, 1)).sum(axis=0)
    return total, df


def covariance(
    influence: np.ndarray, members: np.ndarray, sample: Sample
) -> tuple[np.ndarray, list[tuple[np.ndarray, float]]]:
    """Return the covariance of the columns, and each stratum's part with its degrees of freedom.

    "bootstrap" uses the analytic covariance.
    """
    moves = _squares(influence) > sample.rounding**2
    influence = influence if moves.all() else np.where(moves, influence, 0.0)
    if sample.errors != "welch":
        total = influence.T @ influence
        return total, [(total, float(np.sum(np.abs(influence).max(axis=1) > 0) - 1))]
    parts = []
    for s in range(len(sample.centred)):
        n = members[s].max()
        if n == 0:
            continue
        rows = influence[sample.stratum == s]
        square = rows.T @ rows
        if n > 1:
            first = rows.sum(axis=0)
            square = n / (n - 1) * (square - (np.outer(first, first) / n if sample.centred[s] else 0.0))
        parts.append((square, float(max(n - 1, 1))))
    return sum((p for p, _ in parts), np.zeros((influence.shape[1],) * 2)), parts


def inference(
    combination: Combination, sample: Sample, reference: np.ndarray | None = None
) -> dict[str, Any]:
    """Return standard errors, tests and intervals of combinations as columns, with a note where undefined.

    Parameters
    ----------
    combination : Combination
    sample : Sample
    reference : ndarray of bool, optional
        Combinations that are zero by construction.

    Returns
    -------
    dict
        Columns std_error, statistic, df, p_value, conf_low, conf_high, note.
    """
    v, df = variance(combination.influence, combination.members, sample)
    few = combination.clusters_treated < MIN_TREATED_CLUSTERS
    alone = combination.clusters_comparison < 2
    zero = np.zeros(len(v), dtype=bool) if reference is None else reference
    se = np.sqrt(v)
    se = np.where(se > sample.rounding, se, 0.0)
    se = np.where(few | alone | zero | np.isnan(combination.estimate), np.nan, se)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(se > 0, combination.estimate / se, np.nan)
        df = np.where(np.isnan(se), np.nan, df)
        p = 2 * stats.t.sf(np.abs(t), df)
        half = stats.t.ppf(0.5 + sample.conf_level / 2, df) * se
    note = [
        "zero by construction: the reference period" if z
        else f"no standard error: {int(k)} treated clusters, at least {MIN_TREATED_CLUSTERS} needed" if f
        else "no standard error: fewer than 2 comparison clusters" if a
        else "no variation between clusters" if s == 0 else ""
        for z, f, a, k, s in zip(zero, few, alone, combination.clusters_treated, se, strict=True)
    ]  # fmt: skip
    return {
        "std_error": se, "statistic": t, "df": df, "p_value": p,
        "conf_low": combination.estimate - half, "conf_high": combination.estimate + half, "note": note,
    }  # fmt: skip


def _squares(x: np.ndarray) -> np.ndarray:
    """Return the sum of squares of each column, without a copy."""
    return cast(np.ndarray, np.einsum("ij,ij->j", x, x))


def _bootstrap(influence: np.ndarray, sample: Sample) -> np.ndarray:
    rng = np.random.default_rng(sample.seed)
    draws = np.empty((DRAWS, influence.shape[1]))
    step = max(1, 2_000_000 // max(len(influence), 1))  # draws at once: many clusters, few at a time
    for first in range(0, DRAWS, step):
        size = (min(step, DRAWS - first), len(influence))
        draws[first : first + size[0]] = rng.choice([-1.0, 1.0], size=size) @ influence
    high, low = np.quantile(draws, [0.75, 0.25], axis=0)
    return cast(np.ndarray, ((high - low) / (stats.norm.ppf(0.75) - stats.norm.ppf(0.25))) ** 2)
