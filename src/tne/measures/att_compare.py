"""How far apart are two groups of units? Weighted mean difference and each cluster's influence on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from tne.measures.att_adjust import adjust
from tne.measures.att_panel import PanelMatrix

NO_COMPARISON = "not identified: no comparison unit is untrained and observed in these periods"
NO_TREATED = "not identified: no unit of the cohort is observed in these periods"


def compare(
    data: PanelMatrix,
    treated: slice,
    others: np.ndarray,
    d_t: np.ndarray,
    d_c: np.ndarray,
    allowed: np.ndarray,
    problem: str = "",
    adjustment: str = "doubly_robust",
    at: np.ndarray | None = None,
) -> dict[str, Any]:
    """Compare unit-level contrasts of a cohort with those of the others, column by column.

    Parameters
    ----------
    data : PanelMatrix
    treated : slice
        Rows of the cohort.
    others : ndarray
        Rows of possible comparison units.
    d_t, d_c : ndarray, shapes (treated, columns) and (others, columns)
        Contrasts, NaN where not observed.
    allowed : ndarray of bool, shape (others, columns)
        Which comparison units may be used in which column.
    problem : str
        Why no column is identified; "" otherwise.
    adjustment : {"doubly_robust", "regression", "ipw"}
        How covariates enter.
    at : ndarray of int, shape (columns,), optional
        Period whose covariates each column uses, if they change over time. None: the first.

    Returns
    -------
    dict
        The fields of `Cells` that do not depend on the base, and the masks ``seen_t``, ``seen_c``.
    """
    seen_t, seen_c = ~np.isnan(d_t), ~np.isnan(d_c) & allowed
    largest, trouble = np.full(d_t.shape[1], np.nan), np.full(d_t.shape[1], "", dtype=object)
    if data.covariates.fixed.shape[1]:
        effect, psi_t, psi_c, largest, trouble = _adjusted(
            data, treated, others, d_t, d_c, seen_t, seen_c, adjustment, at
        )
    else:
        mean_t, psi_t = _mean(d_t, seen_t, data.weight[treated])
        mean_c, psi_c = _mean(d_c, seen_c, data.weight[others])
        effect = mean_t - mean_c
        psi_c = -psi_c
    n_t, n_c = seen_t.sum(axis=0), seen_c.sum(axis=0)
    note = [
        problem or (NO_TREATED if not a else NO_COMPARISON if not b else why)
        for a, b, why in zip(n_t, n_c, trouble, strict=True)
    ]
    lost = np.array([text != "" for text in note], dtype=bool)
    psi_t[:, lost], psi_c[:, lost] = 0.0, 0.0
    size = (len(data.stratum), d_t.shape[1])
    influence, member = np.zeros(size), np.zeros(size, dtype=bool)
    mine, theirs = data.cluster[treated], data.cluster[others]
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
        "estimate": np.where(lost, np.nan, effect),
        "influence": influence,
        "n_treated": n_t,
        "n_comparison": n_c,
        "clusters_treated": clusters_t,
        "clusters_comparison": clusters_c,
        "members": members,
        "propensity": largest,
        "note": note,
        "seen_t": seen_t,
        "seen_c": seen_c,
    }


def _mean(d: np.ndarray, seen: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted column means over the seen units, and each unit's influence on them."""
    total = weight @ seen
    safe = np.where(total > 0, total, 1.0)
    mean = np.where(total > 0, (weight @ np.where(seen, d, 0.0)) / safe, np.nan)
    influence = np.where(seen, d - mean, 0.0) * (weight[:, None] / safe)
    return mean, influence


def _adjusted(
    data: PanelMatrix,
    rows_t: slice,
    others: np.ndarray,
    d_t: np.ndarray,
    d_c: np.ndarray,
    seen_t: np.ndarray,
    seen_c: np.ndarray,
    adjustment: str,
    at: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Adjust for covariates: columns with the same units and the same covariates are done together."""
    effect, largest = np.full(d_t.shape[1], np.nan), np.full(d_t.shape[1], np.nan)
    psi_t, psi_c = np.zeros(d_t.shape), np.zeros(d_c.shape)
    problem = np.full(d_t.shape[1], "", dtype=object)
    period = np.zeros(d_t.shape[1], dtype=int) if at is None or not data.covariates.moving else at
    # columns with the same units share propensity and design
    marks = [np.packbits(seen, axis=0).T for seen in (seen_t, seen_c)]
    key = np.concatenate([*marks, period[:, None].astype(np.uint16).view(np.uint8)], axis=1)
    _, pattern = np.unique(key, axis=0, return_inverse=True)
    for k in range(pattern.max(initial=-1) + 1):
        columns = np.flatnonzero(pattern.ravel() == k)
        a, b = seen_t[:, columns[0]], seen_c[:, columns[0]]
        if not a.any() or not b.any():
            continue
        x = data.covariates.at(rows_t, period[columns[0]]), data.covariates.at(others, period[columns[0]])
        found = adjust(
            x[0][a], x[1][b], data.weight[rows_t][a], data.weight[others][b],
            d_t[np.ix_(a, columns)], d_c[np.ix_(b, columns)], adjustment,
        )  # fmt: skip
        effect[columns], largest[columns], problem[columns] = found.effect, found.propensity, found.problem
        psi_t[np.ix_(a, columns)], psi_c[np.ix_(b, columns)] = found.psi_t, found.psi_c
    return effect, psi_t, psi_c, largest, problem


def _indicator(codes: np.ndarray, n: int) -> sparse.csr_array:
    return sparse.csr_array((np.ones(len(codes)), (codes, np.arange(len(codes)))), shape=(n, len(codes)))
