"""Do sensitivity sets hold the effect when the deviation is as bad as they allow, and when there is none?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.prove.harness import Proof, reached
from tne.measures.event_study import event_study, sensitivity

TIMES = np.array([-5, -4, -3, -2, 0, 1, 2])
PRE = 4
EFFECT = np.array([0.5, 0.6, 0.4])
FEW_MOVES, ONE_MOVE = (0.1, -0.1, 0.1, -0.1), (0.0, 0.0, 0.0, 0.4)
BEND, MBAR = 0.05, 1.0
NOISE = 0.1  # of a period's level: neighbours share the reference period's error


def _covariance() -> np.ndarray:
    return NOISE**2 * (np.eye(len(TIMES)) + 1)


def _moved(before: tuple[float, ...], after: float) -> np.ndarray:
    """The deviation at `TIMES` whose moves before training are `before`, and which moves by `after` a period then."""
    moves = np.array(before)
    past = moves.cumsum() - moves.sum()  # zero at the reference
    return np.r_[-moves.sum(), past[:-1], after * np.arange(1, len(EFFECT) + 1)]


def _bent(bend: float) -> np.ndarray:
    """A line of slope −.05 before training that bends by `bend` in every period, upwards throughout."""
    t = TIMES + 1
    return -0.05 * t + bend * np.where(t > 0, t * (t + 1) / 2, t * (t + 1) / 2)


# name: deviation, method, m, weights
DESIGNS: dict[str, tuple[np.ndarray, str, float, str | None]] = {
    "relative, no deviation": (np.zeros(len(TIMES)), "relative_magnitude", MBAR, None),
    "relative, no deviation, mean": (np.zeros(len(TIMES)), "relative_magnitude", MBAR, "average"),
    "relative, many moves, worst": (_moved(FEW_MOVES, MBAR * 0.1), "relative_magnitude", MBAR, None),
    "relative, one large move, worst": (_moved(ONE_MOVE, MBAR * 0.4), "relative_magnitude", MBAR, None),
    "relative, one large move, worst, mean": (
        _moved(ONE_MOVE, MBAR * 0.4),
        "relative_magnitude",
        MBAR,
        "average",
    ),
    "relative, one large move, other side": (_moved(ONE_MOVE, -MBAR * 0.4), "relative_magnitude", MBAR, None),
    "relative, parallel, m = 0": (_moved(FEW_MOVES, 0.0), "relative_magnitude", 0.0, "average"),
    "smooth, no deviation": (np.zeros(len(TIMES)), "smoothness", BEND, None),
    "smooth, worst": (_bent(BEND), "smoothness", BEND, None),
    "smooth, worst, mean": (_bent(BEND), "smoothness", BEND, "average"),
    "smooth, line, m = 0": (_bent(0.0), "smoothness", 0.0, "average"),
}
EXACT = {"relative, parallel, m = 0", "smooth, line, m = 0", "relative, one large move, worst"}


def one(seed: int) -> dict[str, Any]:
    """Whether each set holds the effect, and whether the plain interval would have."""
    rng = np.random.default_rng(seed)
    error = rng.multivariate_normal(np.zeros(len(TIMES)), _covariance())
    out: dict[str, Any] = {}
    for name, (deviation, method, m, weights) in DESIGNS.items():
        truth = float(EFFECT.mean() if weights else EFFECT[0])
        effect = np.r_[np.zeros(PRE), EFFECT]
        study = event_study(effect + deviation + error, _covariance(), event_time=TIMES)
        found = sensitivity(study, method=method, m=m, weights=weights, within=math.inf)
        row, plain = found.robust.get(m=m), found.original
        out[name] = [
            bool(row.conf_low <= truth <= row.conf_high),
            bool(plain.conf_low <= truth <= plain.conf_high),
        ]
    return out


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage of .95 or more, less 3 standard errors; not above .965 + 3 where the set should be exact."""
    outcomes, bars = {}, {}
    slack = 3 * math.sqrt(0.95 * 0.05 / len(rows))
    for name in rows[0]:
        held, plain = np.mean([row[name] for row in rows], axis=0)
        outcomes[name] = {"coverage": float(held), "coverage_of_the_plain_interval": float(plain)}
        low = 0.935 if name in EXACT else 0.95
        bars[name] = bool(held >= low - slack and (name not in EXACT or held <= 0.965 + slack))
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


SENSITIVITY = Proof(
    name="sensitivity",
    claim="relative-magnitude and smoothness sets hold the effect under the worst deviation that they allow",
    covers=reached("tne.measures.sensitivity"),
    replications=2000,
    one=one,
    judge=judge,
)
