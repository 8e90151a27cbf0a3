"""What is the effect on one cohort in one period if other people are seen each time (repeated cross-sections)?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from tne.checks import require_columns
from tne.measures.att_adjust_rows import adjust_rows
from tne.measures.att_cells import NO_BASE, Cells, bases, stack
from tne.measures.att_compare import NO_COMPARISON, NO_TREATED
from tne.measures.att_covariates import covariate_columns
from tne.measures.att_panel import strata
from tne.measures.att_rows import (
    PERSON,
    already_trained,
    cluster_of,
    fixed_within,
    long_rows,
    nobody_trained,
    row_weights,
    zero_as_never,
)
from tne.result import Check

if TYPE_CHECKING:
    from tne.measures.att_panel import PanelMatrix


NO_ROWS_BEFORE = "not identified: the cohort or its comparison is not observed in the base period"


@dataclass(frozen=True, eq=False)
class CrossSections:
    """Rows of different people each period; the fields of units as in `PanelMatrix`.

    Parameters
    ----------
    y, row_weight : ndarray, shape (rows,)
        Rows with an outcome, ordered by period, then cohort.
    column, unit : ndarray of int, shape (rows,)
        Period and unit of each row.
    x : ndarray, shape (rows, covariates)
    row_people : ndarray, shape (rows,), or None
    weight, cohort, cluster : ndarray, shape (units,)
        Without a unit column each row is a unit.
    periods, cohorts, stratum, centred, clustered, checks
        As in `PanelMatrix`.
    """

    y: np.ndarray
    row_weight: np.ndarray
    column: np.ndarray
    unit: np.ndarray
    x: np.ndarray
    row_people: np.ndarray | None
    weight: np.ndarray
    cohort: np.ndarray
    cluster: np.ndarray
    periods: np.ndarray
    cohorts: np.ndarray
    stratum: np.ndarray
    centred: np.ndarray
    clustered: bool
    checks: tuple[Check, ...]

    def people_of(self, cohort: float) -> float:
        """Return the people of a cohort: all its rows' without units, else the most seen in one period."""
        if self.row_people is None:
            return float("nan")
        own = self.cohort[self.unit] == cohort
        if len(self.unit) == len(self.weight):
            return float(self.row_people[own].sum())
        return float(np.bincount(self.column[own], self.row_people[own], len(self.periods)).max(initial=0))


def cross_sections(
    panel: pd.DataFrame,
    *,
    outcome: str,
    unit: str | None,
    period: str,
    cohort: str,
    cluster: str | Sequence[str] | None = None,
    weights: str | None = None,
    n_people: str | None = None,
    covariates: Sequence[str] = (),
    anticipation: int = 0,
) -> CrossSections:
    """Check rows of repeated cross-sections, or of an unbalanced panel to be pooled.

    Parameters
    ----------
    panel : DataFrame
        One row per person seen in a period (with `unit`: per unit × period).
    outcome, unit, period, cohort, cluster, weights, n_people, covariates, anticipation
        As in `panel_matrix`; `unit` None: nobody is seen twice.

    Returns
    -------
    CrossSections

    Raises
    ------
    KeyError, TypeError, ValueError
        As in `panel_matrix`.
    """
    cluster = cluster_of(panel, cluster, unit)
    require_columns(panel, [outcome, unit, period, cohort, cluster, weights, n_people, *covariates], "panel")
    value, column, periods, start = long_rows(
        panel, outcome, unit, period, cohort, cluster, weights, n_people
    )
    x = covariate_columns(panel, covariates)
    w = row_weights(panel, weights)
    people = None
    if n_people is not None:
        people = np.nan_to_num(panel[n_people].to_numpy(dtype=float, na_value=np.nan))
    elif unit == PERSON:
        people = np.ones(len(panel))
    codes, n = np.arange(len(panel)), len(panel)
    if unit is not None:
        codes, units = pd.factorize(panel[unit])
        n = len(units)
        fixed_within(start, codes, n, cohort, unit)
    group = codes
    if cluster is not None:
        group, _ = pd.factorize(panel[cluster])
        if unit is not None:
            fixed_within(group.astype(float), codes, n, cluster, unit)
    start, checks = zero_as_never(start, codes, periods[0], periods[-1])
    checks += [*nobody_trained(start, periods), *already_trained(start, codes, periods)]
    checks.append(
        Check("balanced_panel", "warn",
            "Effects compare all who are seen in a period with all who are seen in its base (repeated "
            "cross-sections): right only if who is seen does not change with training."))  # fmt: skip
    use = ~np.isnan(value) & (w > 0) & ~(start <= periods[0])
    start = np.where(start > periods[-1] + anticipation, np.inf, start)
    order = np.flatnonzero(use)[np.lexsort((start[use], column[use]))]
    _, own = np.unique(codes[order], return_inverse=True)
    count = np.bincount(own)
    first = np.empty(len(count), dtype=int)
    first[own[::-1]] = order[::-1]
    _, group = np.unique(group[first], return_inverse=True)
    stratum, centred = strata(group, start[first])
    return CrossSections(
        y=value[order], row_weight=w[order], column=column[order], unit=own, x=x[order],
        row_people=None if people is None else people[order],
        weight=np.bincount(own, w[order]) / np.maximum(count, 1), cohort=start[first], cluster=group,
        periods=periods, cohorts=np.unique(start[first][np.isfinite(start[first])]), stratum=stratum,
        centred=centred, clustered=cluster is not None, checks=tuple(checks),
    )  # fmt: skip


def cross_section_cells(
    data: CrossSections, *, comparison: str, anticipation: int, baseline: int | None, adjustment: str
) -> Cells:
    """Return every cohort × period cell of repeated cross-sections.

    Parameters
    ----------
    data : CrossSections
    comparison, anticipation, adjustment
        As in `all_cells`.
    baseline : {None, 1}
        Varying or universal base.

    Returns
    -------
    Cells
    """
    cohort, edge = data.cohort[data.unit], np.searchsorted(data.column, np.arange(len(data.periods) + 1))

    def cells_of(g: float) -> dict[str, Any]:
        base = bases(cast("PanelMatrix", data), g, anticipation, baseline)
        cells = [
            _cell(data, cohort, edge, g, now, then, comparison, anticipation, adjustment)
            if len(base.window)
            else _nothing(data, NO_BASE)
            for now, then in zip(base.columns, base.index, strict=True)
        ]
        wide = {
            name: np.column_stack([c[name] for c in cells]) if cells else np.empty((rows, 0))
            for name, rows in (("influence", len(data.stratum)), ("members", len(data.centred)))
        }
        narrow = {
            name: np.array([c[name] for c in cells], dtype=float)
            for name in _nothing(data, "")
            if name not in (*wide, "note")
        }
        return {
            "cohort": np.full(len(cells), g), "period": data.periods[base.columns], "lever": base.lever,
            "in_base": np.isin(base.columns, base.window) & (baseline is not None),
            "note": [c["note"] for c in cells], **wide, **narrow,
        }  # fmt: skip

    parts = (cells_of(g) for g in data.cohorts)
    return stack(parts, len(data.cohorts), len(data.stratum), len(data.centred))


def _cell(
    data: CrossSections,
    cohort: np.ndarray,
    edge: np.ndarray,
    g: float,
    now: int,
    then: int,
    comparison: str,
    anticipation: int,
    adjustment: str,
) -> dict[str, Any]:
    """Return one cell from the rows of two periods."""
    late = max(data.periods[now], data.periods[then]) + anticipation
    rows, post = [], []
    for at, flag in ((now, True), (then, False)) if now != then else ((now, True),):
        span = np.arange(edge[at], edge[at + 1])
        other = np.isinf(cohort[span])
        if comparison == "not_yet_treated":
            other |= cohort[span] > late
        span = span[(cohort[span] == g) | (other & (cohort[span] != g))]
        rows.append(span)
        post.append(np.full(len(span), flag))
    rows, post = np.concatenate(rows), np.concatenate(post)
    treated = cohort[rows] == g
    sides = [int((treated & post).sum()), int((~treated & post).sum())]
    before = sides if now == then else [int((treated & ~post).sum()), int((~treated & ~post).sum())]
    note = NO_TREATED if not sides[0] else NO_COMPARISON if not sides[1] else ""
    note = note or ("" if min(before) else NO_ROWS_BEFORE)
    if note:
        return _nothing(data, note)
    psi, effect, largest = np.zeros(len(rows)), 0.0, np.nan
    if now != then:
        kind = adjustment if data.x.shape[1] else "regression"
        found = adjust_rows(data.x[rows], data.row_weight[rows], data.y[rows], treated, post, kind)
        if found.problem:
            return _nothing(data, found.problem) | {"propensity": found.propensity}
        effect, psi, largest = float(found.effect[0]), found.psi_t[:, 0], found.propensity
    clusters = data.cluster[data.unit[rows]]
    size = len(data.stratum)
    seen = [np.unique(clusters[treated]), np.unique(clusters[~treated])]
    member = np.zeros(size, dtype=bool)
    member[seen[0]] = member[seen[1]] = True
    people = [np.nan, np.nan]
    if data.row_people is not None:
        counted = np.ones(len(rows), dtype=bool) if len(data.unit) == len(data.weight) else post
        people = [data.row_people[rows[counted & side]].sum() for side in (treated, ~treated)]
    return {
        "estimate": effect,
        "influence": np.bincount(clusters, psi, size),
        "members": np.bincount(data.stratum, member, len(data.centred)),
        "n_treated": int(treated.sum()),
        "n_comparison": int((~treated).sum()),
        "clusters_treated": len(seen[0]),
        "clusters_comparison": len(seen[1]),
        "people_treated": people[0],
        "people_comparison": people[1],
        "propensity": largest,
        "note": "",
    }


def _nothing(data: CrossSections, note: str) -> dict[str, Any]:
    counts = ("n_treated", "n_comparison", "clusters_treated", "clusters_comparison")
    people = np.nan if data.row_people is None else 0.0
    return {
        "estimate": np.nan,
        "influence": np.zeros(len(data.stratum)),
        "members": np.zeros(len(data.centred)),
        **dict.fromkeys(counts, 0),
        "people_treated": people,
        "people_comparison": people,
        "propensity": np.nan,
        "note": note,
    }
