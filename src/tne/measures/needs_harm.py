"""What do a cell's errors come to, and is it among the worst?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tne.measures.needs_cells import Cells
from tne.measures.needs_pooling import Pooled, pool_means

DRAWS = 4000
_SEED = 20090  # results never depend on a clock


@dataclass(frozen=True, eq=False)
class Harm:
    """Arrays of shape (cells,), draws of shape (cells, draws).

    Parameters
    ----------
    rate, rate_sd, shrinkage : array
        Pooled error rates.
    rates : array
        Draws of them, at equal steps of their distribution.
    volume, severity, severity_error : array
    expected, avoidable : array
        Errors times severity, a week: all, and those above the level.
    harms, avoidables : array
        Draws of them.
    worst : array
        Chance of being among the worst.
    alone : array of bool
        Cells with no other of their kind, in their market.
    """

    rate: np.ndarray
    rate_sd: np.ndarray
    shrinkage: np.ndarray
    rates: np.ndarray
    volume: np.ndarray
    severity: np.ndarray
    severity_error: np.ndarray
    expected: np.ndarray
    avoidable: np.ndarray
    harms: np.ndarray
    avoidables: np.ndarray
    worst: np.ndarray
    alone: np.ndarray


def harm_of(cells: Cells, pooled: list[Pooled], volume: np.ndarray, worst: float) -> Harm:
    """Combine the parts of harm, each with its uncertainty; `volume` is taken as known."""
    rng = np.random.default_rng(_SEED)
    count = len(cells)
    rate, sd, shrinkage = (np.empty(count) for _ in range(3))
    rates = np.empty((count, DRAWS))
    for f, one in enumerate(pooled):
        own = np.flatnonzero(cells.family == f)
        rate[own], sd[own] = one.mean, one.sd
        shrinkage[own] = one.shrinkage if len(own) > 1 else math.nan
        # one of each step of the distribution, in an order of chance: smoother than plain draws
        steps = (rng.permuted(np.tile(np.arange(DRAWS), (len(own), 1)), axis=1) + 0.5) / DRAWS
        rates[own] = one.quantile(steps)
    severity, error = _severities(cells)
    severities = np.maximum(severity[:, None] + error[:, None] * rng.standard_normal((count, DRAWS)), 0.0)
    if not (cells.severity_variance < math.inf).any():
        severities = np.ones((count, 1))
    harms = rates * severities * volume[:, None]
    group = _groups(cells)
    avoidable, avoidables, alone = np.empty(count), np.empty((count, DRAWS)), np.zeros(count, dtype=bool)
    for g in range(int(group.max()) + 1):
        own = np.flatnonzero(group == g)
        weight = volume[own] / volume[own].sum() if volume[own].sum() > 0 else np.full(len(own), 1 / len(own))
        alone[own] = len(own) == 1
        avoidable[own] = (rate[own] - weight @ rate[own]) * severity[own] * volume[own]
        above = rates[own] - weight @ rates[own]
        avoidables[own] = above * severities[own] * volume[own, None]
    most = max(1, math.ceil(worst * count - 1e-9))
    first = (
        np.argpartition(-harms, most - 1, axis=0)[:most]
        if most < count
        else np.tile(np.arange(count), (DRAWS, 1)).T
    )
    chance = np.bincount(first.ravel(), minlength=count) / DRAWS
    if not harms.any():  # no decisions, or errors that do not matter: nothing to rank
        chance = np.full(count, math.nan)
    return Harm(
        rate=rate,
        rate_sd=sd,
        shrinkage=shrinkage,
        rates=rates,
        volume=volume,
        severity=severity,
        severity_error=error,
        expected=rate * severity * volume,
        avoidable=avoidable,
        harms=harms,
        avoidables=avoidables,
        worst=chance,
        alone=alone,
    )


def _severities(cells: Cells) -> tuple[np.ndarray, np.ndarray]:
    """Mean severities, shrunken within a kind of error; one of a kind without any takes that of all, else 1."""
    severity, error = pool_means(cells.severity, cells.severity_variance)[:2]
    if np.isnan(severity).all():
        return np.ones(len(cells)), np.zeros(len(cells))
    for f in np.unique(cells.family):
        own = cells.family == f
        if np.isfinite(cells.severity_variance[own]).any():
            severity[own], error[own] = pool_means(cells.severity[own], cells.severity_variance[own])[:2]
    return severity, error


def _groups(cells: Cells) -> np.ndarray:
    """Cells whose level is shared: one market, one kind of error."""
    if "market" not in cells.table:
        return cells.family
    code = cells.table["market"].astype(str).factorize()[0]
    return np.unique(cells.family * (code.max() + 1) + code, return_inverse=True)[1]
