"""What is probably the right label of a case, and how often do learners give each?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np

REFERENCE_VOTES = 2  # a reference counts as so many experts
USUAL = 0.85  # how often an expert is right where no two rated the same case
MOST = 0.95  # nobody is always right
SHRINK_PAIRS, SHRINK_RATINGS = 10, 2


@dataclass(frozen=True, eq=False)
class Votes:
    """Labels by case: counts of learners and experts, arrays of shape (cases, labels).

    `area` codes the policy areas; `reference` is a label's code or −1; `n_raters` counts all raters of a case.
    """

    names: np.ndarray
    area: np.ndarray
    area_names: np.ndarray
    learners: np.ndarray
    experts: np.ndarray
    reference: np.ndarray
    n_raters: np.ndarray


def accuracy_from_agreement(agree: Any, labels: int) -> Any:
    """Return how often raters are right if pairs of them agree so often and errors are spread evenly.

    Notes
    -----
    Solves ``a² + (1 − a)² / (q − 1) = agreement``.

    Examples
    --------
    >>> round(float(accuracy_from_agreement(0.82, 2)), 3)
    0.9
    """
    inside = np.maximum(1 - labels * (1 - (labels - 1) * np.asarray(agree, dtype=float)), 0)
    return np.minimum((1 + np.sqrt(inside)) / labels, MOST)


def settled_by(votes: Votes) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability of each label to be right, shape (cases, labels), and who says so.

    ``"reference"``, ``"experts"``, or ``"raters"`` where only they speak.
    """
    q = votes.learners.shape[1]
    known = votes.reference >= 0
    spoke = known | (votes.experts.sum(axis=1) > 0)
    heard = votes.experts.copy()
    heard[known, votes.reference[known]] += REFERENCE_VOTES
    heard = np.where(spoke[:, None], heard, votes.learners)
    source = np.where(known, "reference", np.where(spoke, "experts", "raters"))
    if q == 1:
        return np.ones((len(heard), 1)), source
    alone = np.where(spoke, _accuracy(votes.experts, votes.area, q), _accuracy(votes.learners, votes.area, q))
    odds = np.log(alone) - np.log((1 - alone) / (q - 1))
    score = heard * odds[:, None]
    likely = np.exp(score - score.max(axis=1, keepdims=True))
    return likely / likely.sum(axis=1, keepdims=True), source


def shares_given(votes: Votes, right: np.ndarray) -> np.ndarray:
    """Return the learners' share of each label, drawn towards the accuracy of their area."""
    q = right.shape[1]
    if q == 1:
        return np.ones_like(right)
    hits, given = (votes.learners * right).sum(axis=1), votes.learners.sum(axis=1)
    n_areas = int(votes.area.max()) + 1
    overall = (hits.sum() + 1) / (given.sum() + 2)
    by_area = (np.bincount(votes.area, hits, n_areas) + SHRINK_PAIRS * overall) / (
        np.bincount(votes.area, given, n_areas) + SHRINK_PAIRS
    )
    usual = by_area[votes.area][:, None]
    prior = usual * right + (1 - usual) * (1 - right) / (q - 1)
    return cast(np.ndarray, (votes.learners + SHRINK_RATINGS * prior) / (given + SHRINK_RATINGS)[:, None])


def _accuracy(counts: np.ndarray, area: np.ndarray, q: int) -> np.ndarray:
    """How often these raters are right in each case's area, by how often two of them agree."""
    total = counts.sum(axis=1)
    pairs, same = total * (total - 1) / 2, (counts * (counts - 1)).sum(axis=1) / 2
    if pairs.sum() == 0:
        return np.full(len(counts), USUAL)
    n_areas = int(area.max()) + 1
    overall = same.sum() / pairs.sum()
    agree = (np.bincount(area, same, n_areas) + SHRINK_PAIRS * overall) / (
        np.bincount(area, pairs, n_areas) + SHRINK_PAIRS
    )
    return cast(np.ndarray, accuracy_from_agreement(agree, q)[area])
