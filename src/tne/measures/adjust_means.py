"""What would the mean outcome be if all were trained, and if no one were: and what does each person add to it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from tne.measures.adjust_data import AdjustData
from tne.measures.propensity import Propensity, fit_propensity, weights_of
from tne.measures.sandwich import LinearFit, fit, independent

WEIGHTED = ("ipw", "aipw", "ipwra")

NO_COMPARISON = "nobody in the other group has the confounders of {} of the people asked about"
NOT_IN_MODEL = (
    "the outcome model cannot be applied to one group: it has effects that this group does not show"
)


@dataclass(frozen=True, eq=False)
class Means:
    """Both mean outcomes, (treated, not treated), and where they come from.

    Parameters
    ----------
    mean : ndarray, shape (2,)
        NaN where `note` says why.
    plain, stacked : ndarray, shape (n, 2)
        What each person adds to the estimate minus the truth: with the models taken as known, and with all of them
        estimated from the same people.
    inside : ndarray of bool, shape (n,)
        Who entered, after trimming.
    weights : ndarray or None
        Balancing weights of those who entered; None for methods without.
    sides : ndarray of bool or None
        Who of those who entered was treated.
    fitted : LinearFit or None
        The outcome model (for `ipw` the weighted comparison of means), with `contrast`, shape (2, m), that takes
        its coefficients to the means.
    """

    mean: np.ndarray
    plain: np.ndarray
    stacked: np.ndarray
    inside: np.ndarray
    weights: np.ndarray | None = None
    sides: np.ndarray | None = None
    fitted: LinearFit | None = None
    contrast: np.ndarray | None = None
    note: str = ""

    @property
    def exact(self) -> bool:
        """Whether the outcome model goes through every point of a group, so that its residuals say nothing."""
        if self.fitted is None or self.sides is None:
            return False
        alone = np.einsum("ij,ij->i", self.fitted.q, self.fitted.q) > 1 - 1e-9
        return bool(self.fitted.df <= 0 or alone[self.sides].all() or alone[~self.sides].all())


def inside_trim(p: np.ndarray, trim: tuple[float, float] | None) -> np.ndarray:
    """Flag the people whose probability of training lies between the limits asked for."""
    return np.ones(len(p), dtype=bool) if trim is None else (p >= trim[0]) & (p <= trim[1])


def mean_outcomes(
    data: AdjustData,
    propensity: Propensity | None,
    *,
    method: str,
    estimand: str,
    trim: tuple[float, float] | None,
) -> Means:
    """Estimate both means by `method` for the people of `estimand`."""
    n = len(data.y)
    inside = np.ones(n, dtype=bool) if propensity is None else inside_trim(propensity.p, trim)
    t = data.t[inside]
    if min((t == 1).sum(), (t == 0).sum()) == 0:
        return _none(
            n,
            inside,
            "one group is empty" + (" after trimming" if trim and len(np.unique(data.t)) > 1 else ""),
        )
    weights = derivative = None
    if method in WEIGHTED:
        if TYPE_CHECKING:
            assert propensity is not None  # who is here has one
        lost = propensity.separated[inside] & _counts(t, estimand)
        if lost.any():
            return _none(n, inside, NO_COMPARISON.format(int(lost.sum())))
        weights, derivative = weights_of(propensity.p[inside], t, estimand)
        derivative = derivative * propensity.slope[inside]
        if min(weights[t == 1].sum(), weights[t == 0].sum()) <= 0:
            return _none(n, inside, "all weights of one group are 0")
    if method == "ipw":
        if TYPE_CHECKING:
            assert propensity is not None
            assert weights is not None
            assert derivative is not None
        return _weighted(data, propensity, inside, weights, derivative)
    return _modelled(data, propensity, inside, weights, derivative, method, estimand)


def means_again(
    data: AdjustData, *, method: str, estimand: str, trim: tuple[float, float] | None, link: str
) -> np.ndarray:
    """Return both means with every model fitted anew, shape (2,)."""
    needed = method in WEIGHTED or trim is not None
    if len(np.unique(data.t)) < 2:
        return np.full(2, np.nan)
    propensity = fit_propensity(data.z, data.t, link) if needed else None
    return mean_outcomes(data, propensity, method=method, estimand=estimand, trim=trim).mean


def _counts(t: np.ndarray, estimand: str) -> np.ndarray:
    """Flag who belongs to the people that the estimand is about (of ATO nobody who has no counterpart does)."""
    return cast(
        np.ndarray,
        {
            "ATE": np.ones(len(t), dtype=bool),
            "ATT": t == 1,
            "ATC": t == 0,
            "ATO": np.zeros(len(t), dtype=bool),
        }[estimand],
    )


def _none(n: int, inside: np.ndarray, note: str) -> Means:
    gone = np.full((n, 2), np.nan)
    return Means(mean=np.full(2, np.nan), plain=gone, stacked=gone, inside=inside, note=note)


def _weighted(
    data: AdjustData, propensity: Propensity, inside: np.ndarray, weights: np.ndarray, derivative: np.ndarray
) -> Means:
    """Difference of weighted means (weights sum to 1 in each group)."""
    y, t, n = data.y[inside], data.t[inside], len(data.y)
    mean, plain, stacked = np.zeros(2), np.zeros((n, 2)), np.zeros((n, 2))
    for i, a in enumerate((1, 0)):
        share = (t == a) / weights[t == a].sum()
        mean[i] = (share * weights) @ y
        off = share * (y - mean[i])
        plain[inside, i] = weights * off
        stacked[:, i] = plain[:, i] + propensity.influence((off * derivative) @ propensity.basis[inside])
    root = np.sqrt(weights)
    arms = np.column_stack([np.ones(len(y)), t])
    fitted = fit(arms * root[:, None], y * root) if len(y) > 2 else None
    contrast = np.array([[1.0, 1.0], [1.0, 0.0]])
    return Means(
        mean=mean,
        plain=plain,
        stacked=stacked,
        inside=inside,
        weights=weights,
        fitted=fitted,
        contrast=contrast,
    )


def _modelled(
    data: AdjustData,
    propensity: Propensity | None,
    inside: np.ndarray,
    weights: np.ndarray | None,
    derivative: np.ndarray | None,
    method: str,
    estimand: str,
) -> Means:
    """Predict everyone's outcome with and without training; `aipw` corrects by the weighted residuals."""
    n = len(data.y)
    part = data if inside.all() else data.take(np.flatnonzero(inside))
    target = _counts(part.t, estimand).astype(float)
    root = np.sqrt(cast(np.ndarray, weights)) if method == "ipwra" else np.ones(len(part.y))
    weighted = part.x * root[:, None]
    keep = independent(weighted)
    wanted = [target @ design / target.sum() for design in (part.x1, part.x0)]
    if not all(_follows(weighted, keep, mean, part.x) for mean in wanted):
        return _none(n, inside, NOT_IN_MODEL)
    fitted = fit(weighted[:, keep], part.y * root)
    b, total = fitted.coefficients, target.sum()
    mean, plain, stacked = np.zeros(2), np.zeros((n, 2)), np.zeros((n, 2))
    residual = part.y - part.x[:, keep] @ b
    designs = (part.x1[:, keep], part.x0[:, keep])
    contrast = np.array([mean[keep] for mean in wanted])
    for i, design in enumerate(designs):
        predicted = design @ b
        gradient = contrast[i]  # of the mean by the outcome model's coefficients
        own = target * predicted
        if method == "aipw":
            arm = (part.t == (1, 0)[i]) / total
            off = arm * (part.y - predicted)
            own = own + total * weights * off
            gradient = gradient - (arm * weights) @ design
        mean[i] = own.sum() / total
        known = (own - target * mean[i]) / total
        # what a residual moves the mean by, through the coefficients
        lever = fitted.q @ (gradient @ fitted.back) * root
        plain[inside, i] = known
        stacked[inside, i] = known + lever * residual
        if TYPE_CHECKING:
            assert propensity is not None  # both methods below have them
            assert weights is not None
        if method == "aipw":
            stacked[:, i] += propensity.influence((off * derivative) @ propensity.basis[inside])
        elif method == "ipwra":
            slope = lever / np.where(weights > 0, weights, 1.0) * residual * derivative
            stacked[:, i] += propensity.influence(slope @ propensity.basis[inside])
    return Means(
        mean=mean,
        plain=plain,
        stacked=stacked,
        inside=inside,
        weights=weights,
        sides=part.t == 1,
        fitted=fitted,
        contrast=contrast,
    )


def _follows(x: np.ndarray, keep: np.ndarray, mean: np.ndarray, plain: np.ndarray) -> bool:
    """Tell whether a mean outcome follows from the model's independent columns alone.

    It does not where, say, a team has no trained person but the model gives the trained an effect of the team.
    """
    if keep.all():
        return True
    scale = np.linalg.norm(x[:, keep], axis=0)
    combination = np.linalg.lstsq(x[:, keep] / scale, x[:, ~keep], rcond=None)[0] / scale[:, None]
    off = np.abs(mean[~keep] - mean[keep] @ combination)
    return bool((off <= 1e-7 * (np.abs(plain[:, ~keep]).max(axis=0) + np.abs(mean[~keep]))).all())
