"""How far is the trained unit from its synthetic twin in each period?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tne.measures.synthetic_predictors import predictor_weights, scaled, weights_given
from tne.measures.synthetic_weights import donor_weights, period_weights

METHODS = ("sc", "sdid", "did")
ETA = 1e-6  # makes the weights unique, no more


@dataclass(frozen=True, eq=False)
class Plan:
    """How a synthetic unit is made, the same for the treated and for every placebo.

    Parameters
    ----------
    method : {"sc", "sdid", "did"}
    before : int
        Periods before the start.
    zeta, zeta_periods : float
        Penalties of the donors' and of the periods' weights, in units of the outcome.
    x : ndarray, shape (predictors, units), or None
    v : ndarray, shape (predictors,) or (fit periods,), or None
        Given predictor weights.
    fitted : ndarray of int
        Positions of the periods that are fitted.
    """

    method: str
    before: int
    zeta: float
    zeta_periods: float
    x: np.ndarray | None
    v: np.ndarray | None
    fitted: np.ndarray


@dataclass(frozen=True, eq=False)
class Fit:
    """A synthetic unit.

    Parameters
    ----------
    weights : ndarray, shape (donors,)
    period_weights : ndarray, shape (periods before,), or None
    v : ndarray or None
    gap : ndarray, shape (periods,)
        Treated minus synthetic.
    effect : float
        Mean gap from the start on.
    before : float
        Root mean squared gap before the start.
    after : float
    """

    weights: np.ndarray
    period_weights: np.ndarray | None
    v: np.ndarray | None
    gap: np.ndarray
    effect: float
    before: float
    after: float


def noise_level(y: np.ndarray, before: int) -> float:
    """Return the standard deviation of the donors' first differences before the start; 0 where there are too few."""
    steps = np.diff(y[:, :before], axis=1).ravel()
    return float(steps.std(ddof=1)) if len(steps) > 1 else 0.0


def fit_group(y: np.ndarray, plan: Plan, donors: np.ndarray, group: np.ndarray) -> Fit:
    """Return the synthetic unit of the mean of `group`, made of `donors`; both are rows of `y`."""
    pool, treated, t = y[donors], y[group].mean(axis=0), plan.before
    periods = v = None
    if plan.method == "did":
        weights, periods = np.full(len(donors), 1 / len(donors)), np.full(t, 1 / t)
    elif plan.method == "sdid":
        weights = donor_weights(pool[:, :t], treated[:t], plan.zeta, True)
        periods = period_weights(pool[:, :t], pool[:, t:].mean(axis=1), plan.zeta_periods)
    elif plan.x is None:
        weights = donor_weights(pool[:, plan.fitted], treated[plan.fitted], plan.zeta, False, plan.v)
        v = np.full(len(plan.fitted), 1 / len(plan.fitted)) if plan.v is None else plan.v
    else:
        weights, v = _by_predictors(pool, treated, plan, donors, group)
    return with_weights(treated - weights @ pool, weights, periods, v, t)


def with_weights(
    distance: np.ndarray, weights: np.ndarray, periods: np.ndarray | None, v: np.ndarray | None, before: int
) -> Fit:
    """Return the fit that follows from the distance between treated and weighted donors in each period."""
    gap = distance - (0.0 if periods is None else float(periods @ distance[:before]))
    sizes = [float(np.sqrt(np.mean(part**2))) for part in (gap[:before], gap[before:])]
    return Fit(weights, periods, v, gap, float(gap[before:].mean()), *sizes)


def _by_predictors(
    pool: np.ndarray, treated: np.ndarray, plan: Plan, donors: np.ndarray, group: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    if TYPE_CHECKING:
        assert plan.x is not None
    x = scaled(np.column_stack([plan.x[:, donors], plan.x[:, group].mean(axis=1)]))
    z, z_treated = pool[:, plan.fitted].T, treated[plan.fitted]
    if plan.v is not None:
        return weights_given(x[:, :-1] - x[:, -1:], plan.v, z, z_treated), plan.v
    v, weights = predictor_weights(x[:, :-1], x[:, -1], z, z_treated)
    return weights, v
