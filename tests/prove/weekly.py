"""Do weekly signals keep their stated rate of false alarms, find what is planted, and forget an odd week?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tests.prove.harness import Proof, reached
from tne.measures.weekly import weekly_signals

WEEKS, BASELINE = 56, 26
FALSE_ALARM = 1 / 312  # one a year over six measures
SHIFT = 6.0  # standard deviations of a week: as an outage of a day or more
CALL = {"value": "x", "period": "week", "total": "total", "false_alarm": FALSE_ALARM}


def one(seed: int) -> dict[str, Any]:
    """A level, an over-dispersed share and an over-dispersed rate that stay, one with an outage, one that drifts."""
    rng = np.random.default_rng(seed)
    totals = rng.integers(300, 600, WEEKS).astype(float)
    share = rng.binomial(totals.astype(int), rng.beta(90, 810, WEEKS)) / totals
    cases = rng.uniform(80, 120, WEEKS)
    rate = rng.poisson(cases * rng.gamma(100, 0.006, WEEKS)) / cases
    level = rng.normal(100, 5, WEEKS)
    odd = level.copy()
    odd[40] -= SHIFT * 5
    after = alarms(odd, np.ones(WEEKS), "level")
    return {
        "level": judged(level, np.ones(WEEKS), "level"),
        "share": judged(share, totals, "share"),
        "rate": judged(rate, cases, "rate"),
        "outage found": bool(after[40]),
        "after outage": float(after[41:].mean()),
        "changed": covers(level),
        "few weeks": judged(level[:BASELINE], np.ones(BASELINE), "level", start=8),
    }


def alarms(x: np.ndarray, total: np.ndarray, kind: str) -> np.ndarray:
    """Which weeks are marked."""
    data = pd.DataFrame({"week": np.arange(len(x)), "x": x, "total": total})
    return (weekly_signals(data, **CALL, kind=kind).to_frame()["signal"] != "").to_numpy()


def judged(x: np.ndarray, total: np.ndarray, kind: str, start: int = BASELINE) -> float:
    """Share of the weeks from `start` on that is marked."""
    return float(alarms(x, total, kind)[start:].mean())


def covers(x: np.ndarray) -> bool:
    """Whether the interval of the change of a process that stays holds zero."""
    data = pd.DataFrame({"week": np.arange(len(x)), "x": x, "total": 1.0})
    change = weekly_signals(data, **CALL).change
    return bool(change.conf_low <= 0 <= change.conf_high)


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Hold the rates against what is stated; the error is that of the mean over series."""
    frame = pd.DataFrame(rows)
    n = len(frame)
    outcomes: dict[str, Any] = {"replications": n, "stated": FALSE_ALARM}
    bars: dict[str, bool] = {}
    for name in ("level", "share", "rate", "after outage", "few weeks"):
        mean = float(frame[name].mean())
        outcomes[name] = mean
        bars[name] = mean <= FALSE_ALARM + 3 * max(float(frame[name].std()) / math.sqrt(n), 1e-4)
    outcomes["outage found"] = float(frame["outage found"].mean())
    bars["outage found"] = outcomes["outage found"] >= 0.9
    outcomes["change covers zero"] = float(frame["changed"].mean())
    error = 3 * math.sqrt(0.95 * 0.05 / n)
    bars["change covers zero"] = 0.935 - error <= outcomes["change covers zero"] <= 0.965 + error
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


WEEKLY = Proof(
    name="weekly",
    claim="Weekly signals mark stable weeks as rarely as stated, whatever counting adds, and find an outage.",
    covers=(*reached("tne.measures.weekly"), "tests/prove/weekly.py"),
    replications=2000,
    one=one,
    judge=judge,
)
