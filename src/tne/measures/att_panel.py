"""How does a long panel become one matrix of units × periods, checked once and ordered by cohort?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_unique
from tne.measures.att_covariates import Covariates, by_unit, covariate_columns
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


@dataclass(frozen=True, eq=False)
class PanelMatrix:
    """A panel as arrays; units are ordered by cohort, the never-trained (``inf``) last.

    Parameters
    ----------
    y : ndarray, shape (units, periods)
        Outcome, NaN where not observed.
    units : ndarray, shape (units,)
        Name of each unit.
    people : ndarray, shape (units, periods), or None
        People behind each row.
    weight, cohort, cluster : ndarray, shape (units,)
        Fixed weight, cohort and cluster code of each unit.
    covariates : Covariates
        No columns without covariates.
    periods, cohorts : ndarray
        Observed periods and the cohorts trained inside them, ascending.
    stratum : ndarray of int, shape (clusters,)
        Stratum of each cluster: its cohort. Cohorts of a single cluster share one stratum, and clusters that
        mix cohorts another.
    centred : ndarray of bool, shape (strata,)
        False for the stratum of mixed clusters, whose expected contributions differ.
    clustered : bool
        Whether clusters are coarser than units.
    checks : tuple of Check
    """

    y: np.ndarray
    units: np.ndarray
    people: np.ndarray | None
    weight: np.ndarray
    cohort: np.ndarray
    cluster: np.ndarray
    covariates: Covariates
    periods: np.ndarray
    cohorts: np.ndarray
    stratum: np.ndarray
    centred: np.ndarray
    clustered: bool
    checks: tuple[Check, ...]

    def people_of(self, cohort: float) -> float:
        """Return the people of a cohort: the most that are observed in one period, NaN where unknown."""
        if self.people is None:
            return float("nan")
        own = self.cohort == cohort
        seen = np.where(np.isnan(self.y[own]), 0.0, self.people[own])
        return float(seen.sum(axis=0).max(initial=0))


def panel_matrix(
    panel: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    period: str,
    cohort: str,
    cluster: str | Sequence[str] | None = None,
    weights: str | None = None,
    n_people: str | None = None,
    covariates: Sequence[str] = (),
    anticipation: int = 0,
) -> PanelMatrix:
    """Check a long panel and return it as matrices.

    Units trained in or before the first period are dropped: they have no period before training. Units
    trained after the last period (plus `anticipation`) are untreated throughout and count as never trained.

    Parameters
    ----------
    panel : DataFrame
        One row per unit × period.
    outcome, unit, period, cohort : str
        Columns. `cohort` is the period of first training, NaN for the never-trained, fixed within a unit.
    cluster, weights, n_people : str, optional
        Columns: cluster (fixed within a unit), weight of a row, people behind a row.
    covariates : sequence of str
        Columns: numbers, booleans or categories, fixed or changing over time.
    anticipation : int
        Periods before training that it may already affect.

    Returns
    -------
    PanelMatrix

    Raises
    ------
    KeyError, TypeError, ValueError
        If columns are missing, not numeric, not unique by unit × period, or change within a unit.
    """
    cluster = cluster_of(panel, cluster, unit)
    require_columns(panel, [outcome, unit, period, cohort, cluster, weights, n_people, *covariates], "panel")
    value, column, periods, start = long_rows(
        panel, outcome, unit, period, cohort, cluster, weights, n_people
    )
    codes, units = pd.factorize(panel[unit])
    n_units, n_periods = len(units), len(periods)
    place = codes * n_periods + column
    if np.bincount(place, minlength=n_units * n_periods).max() > 1:
        require_unique(panel, [unit, period], "panel")

    start = fixed_within(start, codes, n_units, cohort, unit)
    start, checks = zero_as_never(start, np.arange(n_units), periods[0], periods[-1])
    checks += nobody_trained(start, periods)
    weight, varies = _unit_weight(panel, weights, codes, n_units)
    if varies:
        checks.append(
            Check("fixed_weights", "warn", "Weights change within units; each unit has its mean weight.")
        )

    group = np.arange(n_units)
    if cluster is not None:
        cluster_codes, _ = pd.factorize(panel[cluster])
        group = fixed_within(cluster_codes.astype(float), codes, n_units, cluster, unit).astype(int)
    numbers = covariate_columns(panel, covariates)
    traits = by_unit(numbers, codes, column, (n_units, n_periods))

    y = np.full(n_units * n_periods, np.nan)
    y[place] = value
    y = y.reshape(n_units, n_periods)
    people = None
    if n_people is not None:
        people = np.zeros(n_units * n_periods)
        people[place] = np.nan_to_num(panel[n_people].to_numpy(dtype=float, na_value=np.nan))
        people = people.reshape(n_units, n_periods)
    elif unit == PERSON:
        people = np.ones((n_units, n_periods))

    checks += already_trained(start, np.arange(n_units), periods)
    already = start <= periods[0]
    start = np.where(start > periods[-1] + anticipation, np.inf, start)
    keep = ~already & (weight > 0)
    order = np.flatnonzero(keep)[np.argsort(start[keep], kind="stable")]
    missing = np.isnan(y[order])
    if missing.any():
        checks.append(
            Check(
                "balanced_panel",
                "warn",
                f"{100 * missing.mean():.0f} % of the unit × period cells lack an outcome; effects use those observed.",
            )
        )
    _, group = np.unique(group[order], return_inverse=True)
    start = start[order]
    stratum, centred = strata(group, start)
    return PanelMatrix(
        y=y[order], units=np.asarray(units)[order],
        people=None if people is None else people[order], weight=weight[order], cohort=start,
        cluster=group, covariates=traits.take(order), periods=periods, cohorts=np.unique(start[np.isfinite(start)]),
        stratum=stratum, centred=centred, clustered=cluster is not None, checks=tuple(checks),
    )  # fmt: skip


def strata(cluster: np.ndarray, cohort: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the stratum code of each cluster, and whether each stratum's contributions are centred.

    Parameters
    ----------
    cluster, cohort : ndarray, shape (units,)

    Returns
    -------
    tuple of ndarray, shapes (clusters,) and (strata,)
    """
    n = int(cluster.max()) + 1 if len(cluster) else 0
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(low, cluster, cohort)
    np.maximum.at(high, cluster, cohort)
    mixed = low != high
    label = np.where(mixed, -2.0, low)
    names, code, count = np.unique(label, return_inverse=True, return_counts=True)
    label = np.where((count[code] == 1) & ~mixed, -1.0, label)
    names, code = np.unique(label, return_inverse=True)
    return code, names != -2.0


def _unit_weight(
    panel: pd.DataFrame, weights: str | None, codes: np.ndarray, n_units: int
) -> tuple[np.ndarray, bool]:
    """Return each unit's mean weight, and whether it changes within a unit."""
    if weights is None:
        return np.ones(n_units), False
    w = row_weights(panel, weights)
    mean = np.bincount(codes, w, n_units) / np.bincount(codes, minlength=n_units)
    return mean, bool((np.abs(w - mean[codes]) > 1e-9 * np.maximum(mean[codes], 1e-300)).any())
