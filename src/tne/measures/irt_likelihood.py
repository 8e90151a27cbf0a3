"""How likely are the answers, given slopes and intercepts, whatever the people's abilities?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import sparse, special

from tne.measures.irt_responses import Patterns

REACH = 7.0  # the standard normal has 3e-12 outside
CHUNK = 4_000  # patterns at a time: their posterior fits into the processor's cache


@dataclass(frozen=True, eq=False)
class Curvature:
    """The marginal log-likelihood with its first and second derivatives by (slopes, intercepts).

    Parameters
    ----------
    value : float
    gradient : ndarray, shape (2J,)
    hessian : ndarray, shape (2J, 2J)
    """

    value: float
    gradient: np.ndarray
    hessian: np.ndarray


def grid(step: float, reach: float = REACH) -> tuple[np.ndarray, np.ndarray]:
    """Return equally spaced nodes of the standard normal and their weights.

    The rectangle rule converges faster than any power of `step` here; it is exact to rounding once `step` is no
    larger than the standard deviation of a person's ability given the answers.
    """
    half = int(np.ceil(reach / step))
    nodes = step * np.arange(-half, half + 1)
    weights = np.exp(-0.5 * nodes**2)
    return nodes, weights / weights.sum()


def gauss_hermite(points: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the Gauss-Hermite nodes and weights of the standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(points)
    return nodes, weights / weights.sum()


def step_for(slopes: np.ndarray, intercepts: np.ndarray) -> float:
    """Return the grid step that the sharpest possible test result and the steepest item need, at most 0.2."""
    theta = np.linspace(-REACH, REACH, 281)
    p = special.expit(theta[:, None] * slopes + intercepts)
    sharpest = 1 / np.sqrt(1 + ((slopes**2) * p * (1 - p)).sum(axis=1).max())
    # the logistic curve's poles lie π/a off the axis, so the rule's error is about exp(−2π² / (a · step))
    return float(min(0.2, sharpest, 0.95 / max(np.abs(slopes).max(), 1e-9)))


def log_joint(
    data: Patterns, slopes: np.ndarray, intercepts: np.ndarray, nodes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the log-probability of each pattern at each node, shape (S, Q), and P(right), shape (Q, J)."""
    logit = nodes[:, None] * slopes + intercepts
    log_wrong = -np.logaddexp(0, logit)
    if data.answered.all():
        out = data.correct @ logit.T
        out += log_wrong.sum(axis=1)
    else:
        out = data.correct @ logit.T + data.answered @ log_wrong.T
    return out, special.expit(logit)


def posterior(
    data: Patterns, slopes: np.ndarray, intercepts: np.ndarray, nodes: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each pattern's weights over the nodes (S, Q), its log-probability (S,), and P(right) (Q, J)."""
    joint, right = log_joint(data, slopes, intercepts, nodes)
    joint += np.log(weights)
    top = joint.max(axis=1, keepdims=True)
    joint -= top
    np.exp(joint, out=joint)
    total = joint.sum(axis=1, keepdims=True)
    joint /= total
    return joint, (top + np.log(total))[:, 0], right


def log_likelihood(
    data: Patterns, slopes: np.ndarray, intercepts: np.ndarray, nodes: np.ndarray, weights: np.ndarray
) -> float:
    """Return the marginal log-likelihood alone."""
    parts = (posterior(part, slopes, intercepts, nodes, weights)[1] @ part.counts for part in _parts(data))
    return float(sum(parts))


def curvature(
    data: Patterns, slopes: np.ndarray, intercepts: np.ndarray, nodes: np.ndarray, weights: np.ndarray
) -> Curvature:
    """Return the marginal log-likelihood with exact derivatives.

    Louis (1982): the Hessian is the mean over the posterior of the complete data's Hessian plus the variance of
    the complete data's score. Both need only matrix products, for items are independent given ability.
    """
    size = len(slopes)
    value, gradient, hessian = 0.0, np.zeros(2 * size), np.zeros((2 * size, 2 * size))
    for part in _parts(data):
        w, log_p, right = posterior(part, slopes, intercepts, nodes, weights)
        y, m, c = part.correct, part.answered, part.counts
        cw = w * c[:, None]
        at = np.stack([np.ones_like(nodes), nodes, nodes**2])  # powers 0, 1, 2 of ability
        moments = [w @ power for power in at]
        fitted = [w @ (power[:, None] * right) for power in at]
        rest0 = moments[0][:, None] * y - m * fitted[0]
        rest1 = moments[1][:, None] * y - m * fitted[1]
        score = np.hstack([rest1, rest0])
        value += float(log_p @ c)
        gradient += c @ score
        hessian -= score.T @ (score * c[:, None])
        reached = cw.T @ m  # expected answers per node and item, (Q, J)
        both = _both(part.forms, _forms(part, cw), right, at)
        for power in range(3):
            cross = (y * c[:, None]).T @ (m * fitted[power])
            block = (y * (c * moments[power])[:, None]).T @ y - cross - cross.T
            block += both[power]
            block -= np.diag(at[power] @ (reached * right * (1 - right)))
            if power == 0:
                hessian[size:, size:] += block
            elif power == 1:
                hessian[:size, size:] += block
                hessian[size:, :size] += block.T
            else:
                hessian[:size, :size] += block
    return Curvature(value, gradient, hessian)


def _forms(data: Patterns, cw: np.ndarray) -> np.ndarray:
    """Return the expected people per form and node, shape (F, Q)."""
    size = len(data.counts)
    member = sparse.csr_matrix((np.ones(size), (data.form, np.arange(size))), shape=(len(data.forms), size))
    return cast(np.ndarray, member @ cw)


def _both(forms: np.ndarray, mass: np.ndarray, right: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Sum P_j P_k times each power (3, Q) over the mass (F, Q) of people shown both items, shape (3, J, J)."""
    if len(forms) == 1 and forms.all():
        return np.stack([(right * (power * mass[0])[:, None]).T @ right for power in at])
    size = forms.shape[1]
    total = np.zeros((len(at), size, size))
    if len(forms) <= mass.shape[1]:
        for shown, weight in zip(forms, mass, strict=True):
            seen, where = right[:, shown], np.ix_(shown, shown)
            for k, power in enumerate(at):
                total[k][where] += (seen * (power * weight)[:, None]).T @ seen
        return total
    shown = forms.astype(float)
    for q, p in enumerate(right):
        total += at[:, q, None, None] * (np.outer(p, p) * ((shown * mass[:, [q]]).T @ shown))
    return total


def _parts(data: Patterns) -> Iterator[Patterns]:
    """Cut the patterns into pieces that fit into memory."""
    return (data.part(slice(i, i + CHUNK)) for i in range(0, len(data.counts), CHUNK))
