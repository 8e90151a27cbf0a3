"""How strict is each auditor, given whom they audited?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

SWEEPS = 100


@dataclass(frozen=True, eq=False)
class Crossed:
    """The most likely effects of a crossed logistic model with known spreads.

    Parameters
    ----------
    level : float
        Logit of a right decision.
    person, auditor : array of shape (people,), (auditors,)
        What each adds; positive: more is found right.
    covariance : array of shape (auditors, auditors)
        Of the auditors' effects, the rest estimated with them.
    """

    level: float
    person: np.ndarray
    auditor: np.ndarray
    covariance: np.ndarray


def crossed_effects(n: np.ndarray, right: np.ndarray, person_sd: float, auditor_sd: float) -> Crossed:
    """Fit ``logit p = level + person + auditor`` to counts of shape (people, auditors).

    Notes
    -----
    Penalised likelihood by Newton's method: ``person ~ N(0, person_sd²)``, ``auditor ~ N(0, auditor_sd²)``. The people,
    many, are eliminated from each step (Schur complement), so its cost grows with their number only linearly.
    """
    rows, columns = n.shape
    total = n.sum()
    level = float(special.logit((right.sum() + 0.5) / (total + 1)))
    person, auditor = np.zeros(rows), np.zeros(columns)
    tight = (1 / max(person_sd, 1e-4) ** 2, 1 / max(auditor_sd, 1e-4) ** 2)
    for _ in range(SWEEPS):
        p = special.expit(level + person[:, None] + auditor[None, :])
        w, left = n * p * (1 - p), right - n * p
        # the level and the auditors together, then the people given them
        top = np.concatenate([[left.sum()], left.sum(axis=0) - tight[1] * auditor])
        low = left.sum(axis=1) - tight[0] * person
        own = w.sum(axis=1) + tight[0]
        cross = np.column_stack([w.sum(axis=1), w])
        block = np.zeros((columns + 1, columns + 1))
        block[0, 0] = w.sum() + 1e-12
        block[0, 1:] = block[1:, 0] = w.sum(axis=0)
        block[1:, 1:] = np.diag(w.sum(axis=0) + tight[1])
        schur = block - cross.T @ (cross / own[:, None])
        step = np.linalg.solve(schur, top - cross.T @ (low / own))
        change = (low - cross @ step) / own
        far = max(np.abs(step).max(), np.abs(change).max())
        damp = min(1.0, 2.0 / far) if far > 0 else 1.0
        level += damp * step[0]
        auditor, person = auditor + damp * step[1:], person + damp * change
        if far < 1e-10:
            break
    return Crossed(level, person, auditor, np.linalg.inv(schur)[1:, 1:])
