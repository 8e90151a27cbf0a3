"""Who is at risk at each event, and what do sums over them amount to?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Rows against the distinct event times of their stratum, all strata in one line.

    Parameters
    ----------
    x : ndarray, shape (n, k)
    event : ndarray of bool, shape (n,)
    weight : ndarray, shape (n,)
    first, last : ndarray of int, shape (n,)
        A row is at risk at the event times `first` to `last` (none where last < first); an event happens at `last`.
    starts : ndarray of int
        Index of the first event time of each stratum, and the number of all as the last.
    time : ndarray, shape (m,)
        The event times.
    """

    x: np.ndarray
    event: np.ndarray
    weight: np.ndarray
    first: np.ndarray
    last: np.ndarray
    starts: np.ndarray
    time: np.ndarray

    def totals(self, values: np.ndarray) -> np.ndarray:
        """Sum `values` (n, ...) over those at risk at each event time."""
        some = self.last >= self.first
        out = self._back(summed(self.last[some], values[some], len(self.time)))
        late = some & ~np.isin(self.first, self.starts[:-1])
        if late.any():  # delayed entry: not yet at risk before `first`
            out = out - self._back(summed(self.first[late] - 1, values[late], len(self.time)))
        return out

    def at_events(self, values: np.ndarray) -> np.ndarray:
        """Sum `values` (n, ...) over those with the event at each event time."""
        return summed(self.last[self.event], values[self.event], len(self.time))

    def steps(self, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Efron's way through ties: each event's time, and the share of its tied events that are gone before it."""
        count = count.astype(int)
        at = np.repeat(np.arange(len(count)), count)
        before = np.concatenate([[0], np.cumsum(count)[:-1]]) if len(count) else count
        return at, (np.arange(len(at)) - before[at]) / count[at]

    def _back(self, values: np.ndarray) -> np.ndarray:
        out = np.empty_like(values)
        for a, b in zip(self.starts[:-1], self.starts[1:], strict=True):
            out[a:b] = np.cumsum(values[a:b][::-1], axis=0)[::-1]
        return out


@dataclass(frozen=True, eq=False)
class Moments:
    """Value, slope and curvature of the log partial likelihood at each event time."""

    value: np.ndarray
    score: np.ndarray
    information: np.ndarray


def risk_sets(
    x: np.ndarray,
    time: np.ndarray,
    event: np.ndarray,
    weight: np.ndarray,
    entry: np.ndarray,
    strata: np.ndarray,
) -> RiskSets:
    """Line up rows and event times, stratum by stratum."""
    first, last = np.zeros(len(time), dtype=int), np.full(len(time), -1)
    starts, times = [0], []
    for layer in np.unique(strata):
        inside = np.flatnonzero(strata == layer)
        own = np.unique(time[inside][event[inside]])
        last[inside] = starts[-1] + np.searchsorted(own, time[inside], side="right") - 1
        first[inside] = starts[-1] + np.searchsorted(own, entry[inside], side="right")
        starts.append(starts[-1] + len(own))
        times.append(own)
    joint = np.concatenate(times) if times else np.array([])
    return RiskSets(x, event, weight, first, last, np.array(starts), joint)


def summed(index: np.ndarray, values: np.ndarray, m: int) -> np.ndarray:
    """Sum the rows of `values` that share an index 0 … m − 1."""
    flat = values.reshape(len(values), -1)
    out = np.empty((m, flat.shape[1]))
    for j in range(flat.shape[1]):
        out[:, j] = np.bincount(index, flat[:, j], minlength=m)
    return out.reshape(m, *values.shape[1:])
