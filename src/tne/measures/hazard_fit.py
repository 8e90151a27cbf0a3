"""Which hazard ratios make the observed order of events most likely?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tne.measures.hazard_exact import exact_moments
from tne.measures.hazard_sets import Moments, RiskSets, summed

STEPS = 60
BLOCK = 2_000_000  # numbers of a matrix per event that are held at a time


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
    if ties == "breslow":
        mean = s1 / s0[:, None]
        value -= died * np.log(s0)
        score -= died[:, None] * mean
        information += died[:, None, None] * (s2 / s0[:, None, None] - mean[:, :, None] * mean[:, None, :])
        return Moments(value, score, information)
    d0, d1, d2 = (sets.at_events(v) for v in (r, rx, rxx))
    steps, gone = sets.steps(count)
    block = max(1, BLOCK // max(1, x.shape[1]) ** 2)
    for start in range(0, len(steps), block):
        k, part = steps[start : start + block], gone[start : start + block]
        share = died[k] / count[k]
        a0, a1 = s0[k] - part * d0[k], s1[k] - part[:, None] * d1[k]
        a2 = s2[k] - part[:, None, None] * d2[k]
        mean = a1 / a0[:, None]
        spread = a2 / a0[:, None, None] - mean[:, :, None] * mean[:, None, :]
        value -= summed(k, share * np.log(a0), len(value))
        score -= summed(k, share[:, None] * mean, len(value))
        information += summed(k, share[:, None, None] * spread, len(value))
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
