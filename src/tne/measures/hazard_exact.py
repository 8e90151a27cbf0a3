"""How likely is it, of all people at risk, that just these had their event at the same time?"""

from __future__ import annotations

import numpy as np

from tne.measures.hazard_sets import Moments, RiskSets

MOST_WORK = 20_000_000


def exact_moments(sets: RiskSets, b: np.ndarray) -> Moments:
    """Return the discrete partial likelihood by event time, with its slope and curvature.

    Of n at risk d have the event: the chance is ``Π r_events / e_d(r)``, with ``e_d`` the sum over all sets of d of the
    product of their r. Adding a person changes ``e_j`` by ``r e_{j−1}``, so one pass from the last time to the first
    gives all of them.

    Raises
    ------
    ValueError
        If rows enter late or have weights, or there are too many tied events for this method.
    """
    if (sets.weight != 1).any() or not np.isin(sets.first, sets.starts).all():
        raise ValueError("ties='exact' knows neither weights nor delayed entry. Choose ties='efron'.")
    x, k = sets.x, sets.x.shape[1]
    eta = x @ b
    r = np.exp(eta - eta.mean())
    count = sets.at_events(np.ones(len(r))).astype(int)
    most = int(count.max(initial=0))
    if len(r) * (most + 1) * (k + 1) ** 2 > MOST_WORK:
        raise ValueError("Too many tied events for ties='exact'. Choose ties='efron'.")
    m = len(count)
    value, score, information = np.zeros(m), np.zeros((m, k)), np.zeros((m, k, k))
    by_last = np.argsort(-sets.last, kind="stable")
    by_last = by_last[sets.last[by_last] >= sets.first[by_last]]  # others end before any event
    position = 0
    for a, z in zip(sets.starts[:-1][::-1], sets.starts[1:][::-1], strict=True):
        e0, e1, e2 = np.zeros(most + 1), np.zeros((most + 1, k)), np.zeros((most + 1, k, k))
        e0[0], shift = 1.0, 0.0
        for t in range(z - 1, a - 1, -1):
            while position < len(by_last) and sets.last[by_last[position]] == t:
                i = by_last[position]
                position += 1
                xi, ri = x[i], r[i]
                cross = e1[:-1, :, None] * xi
                e2[1:] += ri * (
                    e2[:-1] + cross + cross.transpose(0, 2, 1) + e0[:-1, None, None] * np.outer(xi, xi)
                )
                e1[1:] += ri * (e1[:-1] + e0[:-1, None] * xi)
                e0[1:] += ri * e0[:-1]
                if e0.max() > 1e200:  # one factor for all of them changes nothing but the constant
                    e0, e1, e2, shift = e0 * 1e-200, e1 * 1e-200, e2 * 1e-200, shift + 200 * np.log(10)
            d = count[t]
            mean = e1[d] / e0[d]
            value[t] = -(np.log(e0[d]) + shift)
            score[t] = -mean
            information[t] = e2[d] / e0[d] - np.outer(mean, mean)
    value += sets.at_events(np.log(r))
    score += sets.at_events(x)
    if not np.isfinite(value).all():
        raise ValueError("Too many tied events for ties='exact'. Choose ties='efron'.")
    return Moments(value, score, information)
