"""What may become of each member of a running cohort, judging by earlier people?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Fates:
    """Earlier people on a grid of times.

    Parameters
    ----------
    time : ndarray, shape (m,)
        The distinct times.
    kind : ndarray of int, shape (people,)
        ``3 · index of time + fate``; fate 0 still running, 1 proficient, 2 left.
    """

    time: np.ndarray
    kind: np.ndarray


@dataclass(frozen=True, eq=False)
class Members:
    """The running cohort: time watched, and fate so far (0 still running, 1 proficient, 2 left)."""

    time: np.ndarray
    fate: np.ndarray


def fates(time: np.ndarray, fate: np.ndarray) -> Fates:
    """Put earlier people on the grid of their times."""
    times, where = np.unique(time, return_inverse=True)
    return Fates(times, 3 * where + fate)


def draw_paths(
    past: Fates, members: Members, draws: int, of: str, share: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the times, in each draw the cohort's share that is proficient by each, and how long until `share` is.

    The times count from each member's own start; the last array counts from now, which differs where members began at
    different times. It is infinite where `share` is not reached.

    Each draw resamples the earlier people; whoever is still learning gets a fate by the hazards after their own tenure.
    """
    m, n = len(past.time), len(members.time)
    times = np.unique(np.concatenate([past.time, members.time[members.fate > 0]]))
    out, later = np.zeros((draws, len(times))), np.full(draws, np.inf)
    running = np.flatnonzero(members.fate == 0)
    begin = np.searchsorted(past.time, members.time[running], side="right")
    done = [np.sort(members.time[members.fate == f]) for f in (1, 2)]
    proficient = np.searchsorted(done[0], times, side="right").astype(float)
    gone = np.searchsorted(done[1], times, side="right").astype(float)
    place = np.searchsorted(times, past.time)
    for d in range(draws):
        table = np.bincount(rng.choice(past.kind, size=len(past.kind)), minlength=3 * m).reshape(m, 3)
        risk = table.sum() - np.concatenate([[0], np.cumsum(table.sum(axis=1))[:-1]])
        some = np.maximum(risk, 1)
        hazard, good = (table[:, 1] + table[:, 2]) / some, table[:, 1] / some
        still = np.cumsum(np.log1p(-np.minimum(hazard, 1 - 1e-12)))
        before = np.concatenate([[0.0], still])[begin]
        # the time of the fate: where the log share still running falls below that of a uniform draw
        level = before + np.log(rng.random(len(running)))
        index = np.searchsorted(-still, -level, side="left")
        index = np.where(
            hazard[np.minimum(index, m - 1)] > 0, index, m
        )  # nobody's fate falls where nothing happens
        ends = index < m
        where = np.minimum(index, m - 1)
        chance = np.divide(good[where], hazard[where], out=np.zeros(len(where)), where=hazard[where] > 0)
        well = ends & (rng.random(len(running)) < chance)
        yes = np.bincount(place[where[well]], minlength=len(times)).cumsum()
        no = np.bincount(place[where[ends & ~well]], minlength=len(times)).cumsum()
        base = n - gone - no if of == "staying" else np.full(len(times), float(n))
        out[d] = np.divide(proficient + yes, base, out=np.zeros(len(times)), where=base > 0)
        wait = past.time[where] - members.time[running]
        later[d] = _wait(wait[ends], well[ends], [len(f) for f in done], n, of, share)
    return times, out, later


def _wait(wait: np.ndarray, well: np.ndarray, done: list[int], n: int, of: str, share: float) -> float:
    """How long until `share` of `n` members are there, when those still running get there, or leave, after `wait`."""
    at = np.concatenate([[0.0], np.unique(wait)])
    yes = done[0] + np.searchsorted(np.sort(wait[well]), at, side="right")
    no = done[1] + np.searchsorted(np.sort(wait[~well]), at, side="right")
    base = n - no if of == "staying" else np.full(len(at), n)
    reached = (base > 0) & (yes >= (share - 1e-9) * base)
    return float(at[reached.argmax()]) if reached.any() else float("inf")
