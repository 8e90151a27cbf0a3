"""Does an interrupted series keep its error rate when errors carry over, seasons turn and policies change?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tests.prove.harness import Proof, reached
from tests.prove.reliability import covered
from tne.measures.control_chart import control_chart
from tne.measures.evidence import grade
from tne.measures.series import interrupted_series

WEEKS, START, SHOCK = 48, 24, 21
PHI, INNOVATION = 0.6, 0.5
LEVEL, SLOPE = 0.8, 0.05
# slopes and what hangs on them: with phi unknown their intervals hold the truth more often than they say
CAUTIOUS = ("effect slope_change", "effect effect_mean", "effect effect_at_end")
CALL = {"outcome": "y", "period": "week", "start": START}
TIME = np.arange(WEEKS)
SEASON = np.sin(2 * np.pi * TIME / 12)


def one(seed: int) -> dict[str, Any]:
    """S7 alone and against a control, S7s three ways, a true effect, white noise, and a chart of a stable process."""
    rng = np.random.default_rng(seed)
    error, other, shared = (autoregressive(rng) for _ in range(3))
    own, others_own = rng.normal(0, 0.3, (2, WEEKS))
    dropped = SEASON - 1.5 * (TIME >= SHOCK)
    effect = LEVEL * (TIME >= START) + SLOPE * np.maximum(TIME - START, 0)
    single = interrupted_series(weekly(error + SEASON), **CALL)
    naive = interrupted_series(weekly(error + SEASON), **CALL, errors="newey_west")
    paired = interrupted_series(weekly(error + SEASON, other + SEASON), **CALL, control="control")
    alike = weekly(shared + own + SEASON, shared + others_own + SEASON)
    return {
        "single": significant(single),
        "single graded": grade(single.design, single.checks, estimate=single.get(term="level_change")).letter,
        "single season warned": warned(single, "season"),
        "naive": significant(naive),
        "naive warned": warned(naive, "autocorrelation"),
        "control": significant(paired),
        "control slope": significant(paired, "slope_change"),
        "control shares errors": significant(interrupted_series(alike, **CALL, control="control")),
        "shock unmodelled": estimate(
            interrupted_series(weekly(error + dropped), **CALL, season=12, errors="newey_west")
        ),
        "shock modelled": estimate(
            interrupted_series(weekly(error + dropped), **CALL, season=12, shocks=[SHOCK]), 0.0
        ),
        "shock control": estimate(
            interrupted_series(weekly(error + dropped, other + dropped), **CALL, control="control"), 0.0
        ),
        **true_effect(interrupted_series(weekly(error + effect), **CALL)),
        "white newey_west": hit(white(rng).get(term="level_change"), 0.0),
        "chart alarms": int((stable(rng)["signal"] != "").sum()),
    }


def autoregressive(rng: np.random.Generator) -> np.ndarray:
    """AR(1) errors from their stationary distribution."""
    e = rng.normal(0, INNOVATION, WEEKS)
    e[0] /= math.sqrt(1 - PHI**2)
    for i in range(1, WEEKS):
        e[i] += PHI * e[i - 1]
    return e


def weekly(y: np.ndarray, control: np.ndarray | None = None) -> pd.DataFrame:
    frame = pd.DataFrame({"week": TIME, "y": y})
    return frame if control is None else frame.assign(control=control)


def white(rng: np.random.Generator) -> Any:
    """Two hundred weeks of independent errors."""
    frame = pd.DataFrame({"week": np.arange(200), "y": rng.normal(size=200)})
    return interrupted_series(frame, **CALL | {"start": 100}, errors="newey_west")


def stable(rng: np.random.Generator) -> pd.DataFrame:
    """Forty weeks of an over-dispersed but stable share, three-sigma rule alone."""
    share = np.clip(rng.normal(0.1, 0.01, 40), 0.001, 1)
    frame = pd.DataFrame({"week": np.arange(40), "wrong": rng.binomial(2000, share), "audits": 2000})
    return control_chart(
        frame, count="wrong", total="audits", period="week", rules=["beyond_limits"]
    ).to_frame()


def significant(found: Any, term: str = "level_change") -> bool:
    return bool(found.get(term=term).p_value < 0.05)


def warned(found: Any, name: str) -> bool:
    return any(check.name == name and check.status != "pass" for check in found.checks)


def estimate(found: Any, value: float = 0.0) -> list[Any]:
    row = found.get(term="level_change")
    return [*hit(row, value)]


def hit(row: Any, value: float) -> list[Any]:
    return [bool(row.conf_low <= value <= row.conf_high), float(row.estimate - value)]


def true_effect(found: Any) -> dict[str, Any]:
    after = TIME[TIME >= START] - START
    truth = {
        "level_change": LEVEL,
        "slope_change": SLOPE,
        "effect_mean": LEVEL + SLOPE * float(after.mean()),
        "effect_at_end": LEVEL + SLOPE * float(after.max()),
    }
    return {f"effect {term}": hit(found.get(term=term), value) for term, value in truth.items()}


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """False positives, warnings, bias and coverage against their bars."""
    n = len(rows)
    slack = 3 * math.sqrt(0.05 * 0.95 / n)
    share = {name: sum(row[name] for row in rows) / n for name in rows[0] if isinstance(rows[0][name], bool)}
    outcomes: dict[str, Any] = dict(share)
    bars = {
        "single": share["single"] <= 0.10 + 3 * math.sqrt(0.1 * 0.9 / n) * (n < 500),
        "single graded": all(row["single graded"] == "D" for row in rows),
        "naive warned": share["naive warned"] >= 0.95,
        "naive is naive": share["naive"] > 0.15,
    }
    bars |= {
        name: share[name] <= 0.05 + slack for name in ("control", "control slope", "control shares errors")
    }
    for name in [key for key, value in rows[0].items() if isinstance(value, list)]:
        hits = sum(row[name][0] for row in rows)
        off = np.array([row[name][1] for row in rows])
        error = float(off.std(ddof=1) / math.sqrt(n))
        outcomes[name] = {"coverage": hits / n, "bias": float(off.mean()), "monte_carlo_error": error}
        if name == "shock unmodelled":
            bars[name] = abs(off.mean()) > 0.2  # the naive analysis is far off
            continue
        unbiased = abs(float(off.mean())) < 3 * error + 0.003
        bars[name] = unbiased and (covered(hits, n) or (name in CAUTIOUS and hits / n >= 0.935 - slack))
    alarms = sum(row["chart alarms"] for row in rows) / (40 * n)
    outcomes["chart alarms"] = alarms
    bars["chart alarms"] = alarms <= 0.02
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


SERIES = Proof(
    name="series",
    claim="an interrupted series keeps its error rate with autocorrelated errors, a season and a policy shock",
    covers=reached("tne.measures.series", "tne.measures.control_chart", "tne.measures.evidence"),
    replications=1000,
    one=one,
    judge=judge,
)
