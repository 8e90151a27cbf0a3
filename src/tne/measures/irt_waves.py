"""How likely are the answers of two waves, when the same people come twice?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import special

CHUNK, CELLS = 2_000, 16_000_000  # people at a time, and people × pairs of nodes: they fit into memory
FEW_RETURN = 10


@dataclass(frozen=True, eq=False)
class Group:
    """One group's answers in two waves; who did not come has no answers there.

    Parameters
    ----------
    name : object
    correct, answered : tuple of two ndarrays of float, shape (n, J)
        Before and after.
    """

    name: object
    correct: tuple[np.ndarray, np.ndarray]
    answered: tuple[np.ndarray, np.ndarray]

    @property
    def came(self) -> tuple[np.ndarray, np.ndarray]:
        """Who has an answer before and after, two vectors of bool."""
        first, last = (answered.any(axis=1) for answered in self.answered)
        return cast(np.ndarray, first), cast(np.ndarray, last)

    @property
    def returns(self) -> bool:
        """Whether enough people came twice to say how the two abilities hang together."""
        first, last = self.came
        return int((first & last).sum()) >= FEW_RETURN


@dataclass(frozen=True, eq=False)
class Nodes:
    """Nodes of two independent standard normals, ordered by the first.

    Parameters
    ----------
    first : ndarray, shape (A,)
        Nodes of the ability before.
    of_pair : ndarray of int, shape (B,)
        Which of `first` each pair has.
    second : ndarray, shape (B,)
        What the second wave adds of its own.
    log_weight : ndarray, shape (B,)
    """

    first: np.ndarray
    of_pair: np.ndarray
    second: np.ndarray
    log_weight: np.ndarray


def pair_nodes(step: float, step_second: float, reach: float = 5.2) -> Nodes:
    """Return a rectangular grid cut to a disc: the corners carry less than 1e-6."""
    z, e = (h * np.arange(-int(reach / h), int(reach / h) + 1) for h in (step, step_second))
    z, e = np.repeat(z, len(e)), np.tile(e, len(z))
    kept = z**2 + e**2 <= reach**2 + 1e-9
    z, e = z[kept], e[kept]
    first, of_pair = np.unique(z, return_inverse=True)
    log_weight = -0.5 * (z**2 + e**2)
    return Nodes(first, of_pair.reshape(-1), e, log_weight - special.logsumexp(log_weight))


@dataclass(frozen=True, eq=False)
class Slopes:
    """Log-likelihood and gradient of some people.

    Parameters
    ----------
    value : float
    items : ndarray, shape (3J,)
        By slopes, intercepts, and a shift of the intercepts in the second wave.
    people : ndarray, shape (5,)
        By mean and SD before, mean after, carry-over and own SD after.
    scores : ndarray, shape (n, 3J + 5), or None
        The same for each person.
    """

    value: float
    items: np.ndarray
    people: np.ndarray
    scores: np.ndarray | None


def derivatives(
    group: Group,
    slopes: np.ndarray,
    intercepts: np.ndarray,
    people: Sequence[float] | np.ndarray,
    nodes: Nodes,
    *,
    each: bool = False,
) -> Slopes:
    """Return log-likelihood and gradient of a group.

    Ability before is ``m + s z``, after ``m' + c z + t e`` with z and e standard normal: c carries over what the wave
    before knew, t is what changed from person to person. t = 0 (everyone moves alike) is inside the model.
    """
    size, total = len(slopes), len(group.correct[0])
    value, items, own, scores = 0.0, np.zeros(3 * size), np.zeros(5), []
    mean, sd, mean_after, carried, fresh = people
    starts = np.flatnonzero(np.r_[True, np.diff(nodes.of_pair) > 0])
    z, z_pair, e = nodes.first, nodes.first[nodes.of_pair], nodes.second
    theta = (mean + sd * z, mean_after + carried * z_pair + fresh * e)
    logit = [t[:, None] * slopes + intercepts for t in theta]
    right = [special.expit(x) for x in logit]
    log_wrong = [-np.logaddexp(0, x) for x in logit]
    chunk = min(CHUNK, max(CELLS // len(e), 1))
    for begin in range(0, total, chunk):
        y, m = ([part[begin : begin + chunk] for part in pair] for pair in (group.correct, group.answered))
        level = [y[k] @ logit[k].T + m[k] @ log_wrong[k].T for k in (0, 1)]
        joint = level[1]
        joint += level[0][:, nodes.of_pair]
        joint += nodes.log_weight
        top = joint.max(axis=1, keepdims=True)
        joint -= top
        np.exp(joint, out=joint)
        sums = joint.sum(axis=1, keepdims=True)
        joint /= sums
        value += float((top + np.log(sums)).sum())
        w = (np.add.reduceat(joint, starts, axis=1), joint)
        rest = [w[k].T @ y[k] - (w[k].T @ m[k]) * right[k] for k in (0, 1)]
        pull = [r @ slopes for r in rest]
        items[:size] += theta[0] @ rest[0] + theta[1] @ rest[1]
        items[size : 2 * size] += rest[0].sum(axis=0) + rest[1].sum(axis=0)
        items[2 * size :] += rest[1].sum(axis=0)
        own += (pull[0].sum(), z @ pull[0], pull[1].sum(), z_pair @ pull[1], e @ pull[1])
        if each:
            scores.append(_scores(y, m, w, theta, right, slopes, (z, z_pair, e)))
    return Slopes(value, items, own, np.vstack(scores) if each else None)


def _scores(
    y: Sequence[np.ndarray],
    m: Sequence[np.ndarray],
    w: Sequence[np.ndarray],
    theta: Sequence[np.ndarray],
    right: Sequence[np.ndarray],
    slopes: np.ndarray,
    at: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> np.ndarray:
    """Return each person's gradient, columns as in `Slopes`."""
    z, z_pair, e = at
    by_slope = [
        (w[k] @ theta[k])[:, None] * y[k] - m[k] * (w[k] @ (theta[k][:, None] * right[k])) for k in (0, 1)
    ]
    by_intercept = [y[k] - m[k] * (w[k] @ right[k]) for k in (0, 1)]
    pull = [w[k] * ((y[k] @ slopes)[:, None] - m[k] @ (slopes * right[k]).T) for k in (0, 1)]
    own = [pull[0].sum(axis=1), pull[0] @ z, pull[1].sum(axis=1), pull[1] @ z_pair, pull[1] @ e]
    return np.hstack([sum(by_slope), sum(by_intercept), by_intercept[1], np.column_stack(own)])
