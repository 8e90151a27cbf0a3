"""How far does each row pull the hazard ratios?"""

from __future__ import annotations

from typing import cast

import numpy as np

from tne.measures.hazard_fit import HazardFit
from tne.measures.hazard_sets import RiskSets, summed


def clustered_covariance(sets: RiskSets, fit: HazardFit, ties: str, clusters: np.ndarray) -> np.ndarray:
    """Return the covariance that lets rows of a cluster share what happened (Lin and Wei), without a factor for few."""
    bread = fit.covariance()
    keep = ~fit.infinite
    pull = sets.weight[:, None] * score_residuals(sets, fit, ties)[:, keep]
    joint = summed(clusters, pull, int(clusters.max()) + 1)
    inner = bread[np.ix_(keep, keep)]
    out = np.full_like(bread, np.nan)
    out[np.ix_(keep, keep)] = inner @ (joint.T @ joint) @ inner
    return out


def score_residuals(sets: RiskSets, fit: HazardFit, ties: str) -> np.ndarray:
    """Return each row's part of the score, shape (n, k): its event's surprise minus what was expected of it."""
    x, w, hit = sets.x, sets.weight, sets.event
    eta = x @ fit.coefficients
    r = np.exp(eta - eta.max())
    m = len(sets.time)
    s0, s1 = sets.totals(w * r), sets.totals((w * r)[:, None] * x)
    d0, d1 = sets.at_events(w * r), sets.at_events((w * r)[:, None] * x)
    died, count = sets.at_events(w), sets.at_events(np.ones(len(w)))
    if ties == "efron":
        at, part = sets.steps(count)
        share = died[at] / count[at]
    else:
        at, part, share = np.arange(m), np.zeros(m), died
    a0, a1 = s0[at] - part * d0[at], s1[at] - part[:, None] * d1[at]
    centre, rate = a1 / a0[:, None], share / a0
    hazard, first = (
        summed(at, rate, m),
        summed(at, rate[:, None] * centre, m),
    )  # increments of Λ and ∫ mean dΛ
    spared, spared_first = summed(at, part * rate, m), summed(at, (part * rate)[:, None] * centre, m)
    mean = summed(at, centre / (count[at] if ties == "efron" else np.ones(m))[:, None], m)
    total, total_first = _sums(hazard), _sums(first)
    some = sets.last >= sets.first
    last, before = np.where(some, sets.last + 1, 0), np.where(some, sets.first, 0)
    known = total[last] - total[before]
    out = -r[:, None] * (x * known[:, None] - (total_first[last] - total_first[before]))
    at = sets.last[hit]
    out[hit] += x[hit] - mean[at] + r[hit][:, None] * (x[hit] * spared[at][:, None] - spared_first[at])
    return cast(np.ndarray, out)


def _sums(values: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])
