"""Which hazard ratios make the observed order of events most likely?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tne.measures.hazard_exact import exact_moments
from tne.measures.hazard_sets import Moments, RiskSets

STEPS = 60


@dataclass(frozen=True, eq=False)
class HazardFit:
    """Coefficients and what they were found with.

    Parameters
    ----------
    coefficients : ndarray, shape (k,)
    moments : Moments
        At the coefficients.
    null : Moments
        At 0.
    infinite : ndarray of bool, shape (k,)
        Coefficients without a finite best value.
    """

    coefficients: np.ndarray
    moments: Moments
    null: Moments
    infinite: np.ndarray
    converged: bool

    def covariance(self) -> np.ndarray:
        """Inverse information; NaN for infinite coefficients."""
        k = len(self.coefficients)
        out, keep = np.full((k, k), np.nan), np.flatnonzero(~self.infinite)
        if len(keep):
            out[np.ix_(keep, keep)] = np.linalg.inv(self.moments.information.sum(axis=0)[np.ix_(keep, keep)])
        return out


def moments(sets: RiskSets, b: np.ndarray, ties: str) -> Moments:
    """Return value, slope and curvature at `b` by event time."""
    if ties == "exact":
        return exact_moments(sets, b)
    x, w = sets.x, sets.weight
    eta = x @ b
    eta = eta - eta.max() if len(eta) else eta
    r = w * np.exp(eta)
    pairs = x[:, :, None] * x[:, None, :]
    rx, rxx = r[:, None] * x, r[:, None, None] * pairs
    s0, s1, s2 = sets.totals(r), sets.totals(rx), sets.totals(rxx)
    died, count = sets.at_events(w), sets.at_events(np.ones(len(w)))
    value, score = sets.at_events(w * eta), sets.at_events(w[:, None] * x)
    information = np.zeros_like(s2)
    efron = ties == "efron"
    d0, d1, d2 = (sets.at_events(v) for v in (r, rx, rxx)) if efron else (None, None, None)
    for step in range(int(count.max()) if efron and len(count) else 1):
        k = np.flatnonzero(count > step) if efron else np.arange(len(count))
        share = died[k] / count[k] if efron else died[k]
        a0, a1, a2 = s0[k], s1[k], s2[k]
        if efron and step:
            part = step / count[k]
            a0, a1 = a0 - part * d0[k], a1 - part[:, None] * d1[k]
            a2 = a2 - part[:, None, None] * d2[k]
        mean = a1 / a0[:, None]
        value[k] -= share * np.log(a0)
        score[k] -= share[:, None] * mean
        information[k] += share[:, None, None] * (
            a2 / a0[:, None, None] - mean[:, :, None] * mean[:, None, :]
        )
    return Moments(value, score, information)


def fit_hazard(sets: RiskSets, ties: str) -> HazardFit:
    """Maximise the partial likelihood by Newton's method with halved steps."""
    k = sets.x.shape[1]
    b = np.zeros(k)
    now = null = moments(sets, b, ties)
    step, converged = np.zeros(k), False
    spread = sets.x.std(axis=0)
    for _ in range(STEPS):
        curve = now.information.sum(axis=0)
        scale = np.sqrt(np.maximum(np.diag(curve), 1e-300))
        step = (
            np.linalg.lstsq(curve / np.outer(scale, scale), now.score.sum(axis=0) / scale, rcond=1e-14)[0]
            / scale
        )
        before = now.value.sum()
        half = step * min(1.0, 5 / max(float(np.abs(step * spread).max(initial=0.0)), 1e-300))
        for _ in range(30):
            tried = moments(sets, b + half, ties)
            if np.isfinite(tried.value.sum()) and tried.value.sum() >= before - 1e-12 * (1 + abs(before)):
                break
            half = half / 2
        b, now = b + half, tried
        if np.abs(half * spread).max(initial=0.0) < 1e-9:
            converged = True
            break
        if now.value.sum() - before < 1e-9 * max(1.0, abs(before)) and np.abs(half * spread).max() > 0.01:
            break  # steps go on and nothing is gained: there is no finite best value
    infinite = np.zeros(k, dtype=bool) if converged else np.abs(step * spread) > 0.01
    return HazardFit(b, now, null, infinite, converged or bool(infinite.any()))
