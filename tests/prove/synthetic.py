"""Do synthetic comparisons find a planted effect, and does a placebo test refuse one that is not there?

Sites move with two common factors to different degrees. Where any site could have been the trained one, a placebo
interval must hold the truth in 95 of 100 worlds, with 19 donors exactly so. Where the trained site leans most on the
growing factor, difference-in-differences is wrong and weights must mend it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tests.prove.harness import Proof, reached
from tests.prove.reliability import covered
from tne import synthetic_control

UNITS, PERIODS, START, EFFECT = 20, 30, 20, 0.5
GROUP, MANY = 12, 48
KEYS = {"outcome": "y", "unit": "site", "period": "week", "start": START}
METHODS = ("sc", "sdid", "did")


def world(rng: np.random.Generator, units: int, treated: int, leaning: bool = False) -> np.ndarray:
    """Sites × weeks without effect, the treated last; `leaning`: the treated load high on the factor that grows."""
    loadings = rng.uniform(0, 1, (units, 2))
    if leaning:
        loadings[:, 0] = np.sort(loadings[:, 0])
        loadings[-treated:, 0] = 0.8
    factors = np.vstack([0.1 * np.arange(PERIODS), np.zeros(PERIODS)])
    factors += 0.3 * rng.normal(size=(2, PERIODS)).cumsum(axis=1)
    return 5 + loadings @ factors + 0.3 * rng.normal(size=(units, PERIODS))


def frame(y: np.ndarray) -> pd.DataFrame:
    sites, weeks = np.indices(y.shape)
    return pd.DataFrame({"site": sites.ravel(), "week": weeks.ravel(), "y": y.ravel()})


def one(seed: int) -> dict[str, Any]:
    """One world of each kind, each method on it: held, error of the estimate, alarms of the checks."""
    rng, out = np.random.default_rng(seed), {}
    y = world(rng, UNITS, 1)
    y[-1, START:] += EFFECT
    for method in METHODS:
        found = synthetic_control(frame(y), **KEYS, treated=UNITS - 1, method=method)
        out[f"{method} one"] = _row(found)
    y = world(rng, MANY, GROUP)
    y[-GROUP:, START:] += EFFECT
    group = tuple(range(MANY - GROUP, MANY))
    for method in ("sdid", "did"):
        found = synthetic_control(frame(y), **KEYS, treated=group, method=method, placebos=False)
        out[f"{method} many"] = _row(found)
    y = world(rng, 2 * UNITS, 1, leaning=True)
    y[-1, START:] += EFFECT
    for method in METHODS:
        found = synthetic_control(frame(y), **KEYS, treated=2 * UNITS - 1, method=method, placebos=False)
        out[f"{method} leaning"] = _row(found)
    return out


def _row(found: Any) -> dict[str, Any]:
    known = not math.isnan(found.p_value)  # an empty interval holds nothing
    return {
        "held": bool(found.conf_low <= EFFECT <= found.conf_high) if known else None,
        "off": float(found.estimate - EFFECT),
        "alarms": [c.name for c in found.checks if c.status in ("warn", "fail")],
    }


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage and bias where any site could be the trained one; bias mended where it leans."""
    outcomes: dict[str, Any] = {}
    bars: dict[str, bool] = {}
    for name in rows[0]:
        off = np.array([row[name]["off"] for row in rows])
        held = [row[name]["held"] for row in rows if row[name]["held"] is not None]
        alarms = [a for row in rows for a in row[name]["alarms"]]
        error = float(off.std(ddof=1) / math.sqrt(len(off)))
        outcomes[name] = {
            "bias": float(off.mean()),
            "monte_carlo_error": error,
            "root_mean_squared_error": float(np.sqrt(np.mean(off**2))),
            "coverage": sum(held) / len(held) if held else None,
            "undefined": 1 - len(held) / len(rows),
            "alarms": {a: alarms.count(a) / len(rows) for a in sorted(set(alarms))},
        }
        if not name.endswith("leaning"):
            bars[f"{name}: coverage"] = covered(sum(held), len(held)) and len(held) >= 0.98 * len(rows)
            bars[f"{name}: bias"] = bool(abs(off.mean()) < 3 * error + 0.003)
            wrong = 1 - sum(held) / len(held)
            bars[f"{name}: false positives"] = wrong <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / len(held))
    biased = abs(outcomes["did leaning"]["bias"])
    for method in ("sc", "sdid"):
        bars[f"{method} mends the leaning"] = abs(outcomes[f"{method} leaning"]["bias"]) < biased / 3
    bars["weights lie nearer than equal ones"] = (
        outcomes["sdid one"]["root_mean_squared_error"] < outcomes["did one"]["root_mean_squared_error"]
    )
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


SYNTHETIC = Proof(
    name="synthetic",
    claim="synthetic comparisons find a planted effect, and their placebo intervals hold it",
    covers=reached("tne.measures.synthetic"),
    replications=2000,
    one=one,
    judge=judge,
)
