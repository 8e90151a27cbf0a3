"""Which items and which groups' abilities make the answers of two waves most likely?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

from tne.measures.irt_fit import Fit, inverse
from tne.measures.irt_waves import Group, Nodes, derivatives, pair_nodes

REACH = 5.2  # of the grid of pairs, in SD
MOST_PAIRS = 40_000  # populations that need a finer grid have no finite mean or SD
PEOPLE = 5  # mean and SD before, mean after, carry-over, own SD after


@dataclass(frozen=True, eq=False)
class JointFit:
    """Items and populations of two waves on one scale; the first group's wave before is standard normal.

    Parameters
    ----------
    slopes, intercepts : ndarray, shape (J,)
    people : ndarray, shape (G, 5)
        Mean and SD before, mean after, carry-over and own SD after, of each group.
    covariance : ndarray, shape (2J + 5G, 2J + 5G)
        Of (slopes, intercepts, people), clustered by person; NaN where undefined, 0 where fixed.
    log_likelihood : float
    n_parameters : int
    converged : bool
    drift, drift_statistic : ndarray, shape (J,)
        One-step shift of each item's intercept in the second wave, and the score test's z that it is none.
    """

    slopes: np.ndarray
    intercepts: np.ndarray
    people: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    n_parameters: int
    converged: bool
    drift: np.ndarray
    drift_statistic: np.ndarray


def fit_waves(groups: Sequence[Group], start: Fit, people: np.ndarray, anchored: np.ndarray) -> JointFit:
    """Maximise the likelihood of both waves together, from items and populations calibrated roughly.

    `people`, shape (G, 5), starts the populations; `anchored`, shape (J,), marks items of both waves.
    """
    size, count = len(start.slopes), len(groups)
    design, base = _design(start, groups)
    whole = np.concatenate([start.slopes, start.intercepts, people.ravel()])
    beta, scale, settled = np.linalg.lstsq(design, whole - base, rcond=None)[0], 1.0, False
    finer = _nodes(base + design @ beta, size, scale) or pair_nodes(1 / 3, 0.6, REACH)
    for _ in range(4):
        nodes, scale = finer, scale / 2
        beta, converged = _climb(groups, design, base, beta, nodes, size)
        whole = base + design @ beta
        finer = _nodes(whole, size, scale)
        if finer is None:
            break
        if abs(_value(groups, whole, finer, size)[0] - _value(groups, whole, nodes, size)[0]) < 1e-3:
            settled = True
            break
    bread, beta, value, shifted = _information(groups, design, base, beta, nodes, size)
    whole = base + design @ beta
    invert = inverse(bread)
    scores, shift = _person_scores(groups, whole, nodes, size)
    scores, n = scores @ design, len(scores)
    covariance = design @ (invert @ (scores.T @ scores) @ invert) @ design.T * n / (n - 1)
    drift, statistic = _drift(scores, shift, invert, shifted, anchored)
    return JointFit(
        whole[:size],
        whole[size : 2 * size],
        whole[2 * size :].reshape(count, PEOPLE),
        covariance,
        value,
        design.shape[1],
        converged and settled and bool(np.isfinite(invert).all()),
        drift,
        statistic,
    )


def _design(start: Fit, groups: Sequence[Group]) -> tuple[np.ndarray, np.ndarray]:
    """Return T and base with (slopes, intercepts, people) = base + T · free."""
    size = len(start.slopes)
    width = 2 * size + PEOPLE * len(groups)
    base, kept = np.zeros(width), np.ones(width, dtype=bool)
    for g, group in enumerate(groups):
        at = 2 * size + PEOPLE * g
        if g == 0:
            base[at + 1], kept[at : at + 2] = 1.0, False
        if not group.returns:  # different people: how the two waves hang together is unknown
            kept[at + 4] = False
    columns = np.eye(width)
    kept[:size] = ~start.runaway
    base[:size] = np.where(start.runaway, start.slopes, 0.0)
    if start.model == "Rasch":
        base[:size], kept[:size] = 1.0, False
    elif start.model == "1PL" and not start.runaway.any():
        kept[:size] = False
        common = np.r_[np.ones(size), np.zeros(width - size)][:, None]
        return np.hstack([common, columns[:, kept]]), base
    return columns[:, kept], base


def _nodes(whole: np.ndarray, size: int, scale: float) -> Nodes | None:
    """Space the nodes by what the sharpest result would leave unknown of a person; None where that takes too many."""
    slopes, intercepts, people = whole[:size], whole[size : 2 * size], whole[2 * size :].reshape(-1, PEOPLE)
    theta = np.linspace(-6, 6, 121)[:, None]
    p = 1 / (1 + np.exp(-np.clip(theta * slopes + intercepts, -30, 30)))
    known = (slopes**2 * p * (1 - p)).sum(axis=1).max()
    before, carried, fresh = (np.abs(people[:, k]).max() for k in (1, 3, 4))
    step = min(1 / 3, 1 / np.sqrt(1 + known * (before**2 + carried**2)))
    first, second = scale * step, scale * min(0.6, 1 / np.sqrt(1 + known * fresh**2))
    return pair_nodes(first, second, REACH) if np.pi * REACH**2 <= MOST_PAIRS * first * second else None


def _value(
    groups: Sequence[Group], whole: np.ndarray, nodes: Nodes, size: int
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the log-likelihood, its gradient by (slopes, intercepts, people), and that by the items' shifts."""
    value, gradient, shift = 0.0, np.zeros(len(whole)), np.zeros(size)
    for g, group in enumerate(groups):
        at = slice(2 * size + PEOPLE * g, 2 * size + PEOPLE * (g + 1))
        part = derivatives(group, whole[:size], whole[size : 2 * size], whole[at], nodes)
        value += part.value
        gradient[: 2 * size] += part.items[: 2 * size]
        gradient[at] += part.people
        shift += part.items[2 * size :]
    return value, gradient, shift


def _person_scores(
    groups: Sequence[Group], whole: np.ndarray, nodes: Nodes, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return each person's gradient by (slopes, intercepts, people), shape (n, 2J + 5G), and by the shifts (n, J)."""
    out, shift = [], []
    for g, group in enumerate(groups):
        at = slice(2 * size + PEOPLE * g, 2 * size + PEOPLE * (g + 1))
        part = derivatives(group, whole[:size], whole[size : 2 * size], whole[at], nodes, each=True)
        if TYPE_CHECKING:
            assert part.scores is not None  # as `each` asks for them
        mine = np.zeros((len(group.correct[0]), len(whole)))
        mine[:, : 2 * size], mine[:, at] = part.scores[:, : 2 * size], part.scores[:, 3 * size :]
        out.append(mine)
        shift.append(part.scores[:, 2 * size : 3 * size])
    return np.vstack(out), np.vstack(shift)


def _climb(
    groups: Sequence[Group], design: np.ndarray, base: np.ndarray, beta: np.ndarray, nodes: Nodes, size: int
) -> tuple[np.ndarray, bool]:
    """Quasi-Newton, begun with the people's own scores as information (Berndt and others 1974)."""

    def minus(b: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient, _ = _value(groups, base + design @ b, nodes, size)
        return -value, -(design.T @ gradient)

    scores = _person_scores(groups, base + design @ beta, nodes, size)[0] @ design
    information = scores.T @ scores
    information += np.diag(1e-3 * np.diag(information) + 1e-3)
    begin = np.linalg.inv(information)
    options = {"hess_inv0": (begin + begin.T) / 2, "gtol": 1e-3, "maxiter": 500}
    found = optimize.minimize(minus, beta, jac=True, method="BFGS", options=options)
    return found.x, bool(found.success or np.abs(found.jac).max() < 0.05)


def _information(
    groups: Sequence[Group], design: np.ndarray, base: np.ndarray, beta: np.ndarray, nodes: Nodes, size: int
) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    """Difference the exact gradient; end with a Newton step. Also how the items' shifts change with the parameters."""
    value, gradient, shift = _value(groups, base + design @ beta, nodes, size)
    gradient = design.T @ gradient
    bread, shifted = np.zeros((len(beta), len(beta))), np.zeros((size, len(beta)))
    for k in range(len(beta)):
        step = 1e-4 * max(1.0, abs(beta[k]))
        moved = beta.copy()
        moved[k] += step
        _, there, shift_there = _value(groups, base + design @ moved, nodes, size)
        bread[:, k] = -(design.T @ there - gradient) / step
        shifted[:, k] = -(shift_there - shift) / step
    bread = (bread + bread.T) / 2
    invert = inverse(bread)
    if np.isfinite(invert).all():
        better = beta + invert @ gradient
        higher = _value(groups, base + design @ better, nodes, size)[0]
        if higher >= value:
            return bread, better, higher, shifted
    return bread, beta, value, shifted


def _drift(
    scores: np.ndarray, shift: np.ndarray, invert: np.ndarray, shifted: np.ndarray, anchored: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Score test of each anchor's shift, clustered by person: its gradient cleared of all other parameters."""
    cleared = shift - scores @ invert @ shifted.T
    total, spread = cleared.sum(axis=0), (cleared**2).sum(axis=0)
    known = anchored & (spread > 0)
    statistic = np.divide(total, np.sqrt(spread), out=np.full(len(total), np.nan), where=known)
    # at no shift the outer products estimate the information, so that this is one scoring step
    return np.divide(total, spread, out=np.full(len(total), np.nan), where=known), statistic
