"""Do intervals of ratios and of a programme's value hold the truth, and does nothing "pay" that does not?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.prove.harness import Proof, reached
from tests.prove.reliability import covered
from tne.measures.value import benefit_cost, programme_value
from tne.result import Estimate

ROWS = 200
S9 = {"benefit": (120.0, 30.0), "cost": (100.0, 20.0)}
DRAWS = 2000
PRICE, COST = (1.5, 4.0, 9.0), (3000.0, 3500.0, 5000.0)
VOLUME, WEEKS, ERROR, DF = 10_000.0, 12.0, 0.35, 60
HALF_LIFE = (10.0, 20.0, 40.0)


def one(seed: int) -> dict[str, Any]:
    """Rows of S9, two estimates, skewed costs in a small portfolio, and programmes with uncertain assumptions."""
    rng = np.random.default_rng(seed)
    other = seed + 1  # draws must not repeat the world's own
    found = _s9(rng, other) | _estimates(rng) | _portfolio(rng, other)
    return found | _programme(rng, other) | _idle(rng, other)


def _s9(rng: np.random.Generator, seed: int) -> dict[str, Any]:
    b, c = (rng.normal(*S9[name], ROWS) for name in ("benefit", "cost"))
    found = benefit_cost(benefits=b, costs=c, draws=DRAWS, seed=seed)
    out = _ratio("S9", found, 20.0)
    naive = 100 * (float(np.mean(b / c)) - 1)
    said = next(check.status for check in found.checks if check.name == "mean_of_ratios") == "warn"
    return out | {"S9 naive": [said, naive - 20.0]}


def _estimates(rng: np.random.Generator) -> dict[str, Any]:
    """Two estimates that share a part of their error; costs 3.3 errors from 0."""
    shared = rng.multivariate_normal([120, 100], [[900, 360], [360, 900]])
    found = benefit_cost(benefits=(shared[0], 30.0), costs=(shared[1], 30.0), covariance=360.0)
    low, high, bcr = found.fieller.low, found.fieller.high, 1.2
    inside = {"interval": low <= bcr <= high, "outside": not low < bcr < high, "line": True}
    return {
        "estimates fieller": [bool(inside[found.fieller.shape]), None],
        "estimates npv": _hit(found.npv, 20.0),
    }


def _portfolio(rng: np.random.Generator, seed: int) -> dict[str, Any]:
    """Eighty programmes: skewed costs, benefits that go with them, a true ratio of means of 1.5."""
    c = rng.lognormal(8, 0.5, 80)
    b = 1.5 * c * rng.lognormal(-0.08, 0.4, 80)
    return _ratio("portfolio", benefit_cost(benefits=b, costs=c, draws=DRAWS, seed=seed), 50.0)


def _ratio(name: str, found: Any, roi: float) -> dict[str, Any]:
    return {
        f"{name} {interval}": _hit(found.get(term="roi", interval=interval), roi)
        for interval in ("fieller", "percentile", "bca")
    }


def _programme(rng: np.random.Generator, seed: int) -> dict[str, Any]:
    """The world draws what the assumptions leave open; the effect is estimated."""
    out: dict[str, Any] = {}
    for grade, effect in (("A", 1.0), ("C", 1.5)):
        price, cost = rng.triangular(*PRICE), rng.triangular(*COST)
        half_life = rng.triangular(*HALF_LIFE)
        volume = rng.normal(VOLUME, 500)
        seen = Estimate(
            term="effect",
            estimate=effect + rng.normal() * ERROR,
            std_error=ERROR * math.sqrt(rng.chisquare(DF) / DF),
            df=DF,
        )
        share = rng.triangular(0, 0.5, 1) if grade == "C" else 1.0
        found = programme_value(
            seen, grade=grade, volume=(VOLUME, 500.0), value=PRICE, costs=COST, weeks=WEEKS, half_life=HALF_LIFE,
            draws=4000, seed=seed,
        )  # fmt: skip
        worth = half_life / math.log(2) * (1 - 2 ** (-WEEKS / half_life))
        true = share * effect / 100 * volume * price * worth
        out |= {
            f"{grade} roi": _hit(found.roi, 100 * (true / cost - 1)),
            f"{grade} npv": _hit(found.npv, true - cost),
            f"{grade} break_even": _hit(found.break_even, cost / (volume / 100 * price * worth)),
        }
    return out


def _idle(rng: np.random.Generator, seed: int) -> dict[str, Any]:
    """A programme without effect, and one that just earns its cost at known prices: "pays" is a false alarm."""
    out: dict[str, Any] = {}
    for name, effect, price in (("idle", 0.0, PRICE), ("even", 1.0, 3.0)):
        seen = (effect + rng.normal() * ERROR, ERROR)
        found = programme_value(
            seen,
            grade="B",
            volume=VOLUME,
            value=price,
            costs=100 * 3.0 * WEEKS,
            weeks=WEEKS,
            draws=4000,
            seed=seed,
        )
        out[f"{name} alarm"] = [found.verdict == "pays", None]
    return out


def _hit(estimate: Any, value: float) -> list[Any]:
    if math.isnan(estimate.conf_low):
        return [None, None]
    return [bool(estimate.conf_low <= value <= estimate.conf_high), float(estimate.estimate - value)]


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage; bias of S9's return (as a ratio); the mean of ratios is off and said to be; false alarms."""
    outcomes, bars = {}, {}
    for name in rows[0]:
        known = [row[name] for row in rows if row[name][0] is not None]
        hits, n = sum(hit for hit, _ in known), len(known)
        off = np.array([o for _, o in known if o is not None]) / 100
        if name.endswith("alarm"):
            outcomes[name] = {"false_positives": hits / n}
            bars[name] = hits / n <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / n)
        elif name == "S9 naive":
            outcomes[name] = {"warned": hits / n, "bias": float(off.mean())}
            bars[name] = hits / n > 0.95 and off.mean() > 0.03
        else:
            outcomes[name] = {"coverage": hits / n, "undefined": 1 - n / len(rows)}
            bars[name] = covered(hits, n) and n >= 0.99 * len(rows)
        if name == "S9 fieller":
            error = float(off.std(ddof=1)) / math.sqrt(n)
            outcomes[name] |= {"bias": float(off.mean()), "monte_carlo_error": error}
            bars["S9 bias"] = abs(off.mean()) < 3 * error + 0.003
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


VALUE = Proof(
    name="value",
    claim="intervals of ratios, returns and a programme's value hold the truth; without effect nothing is said to pay",
    covers=reached("tne.measures.value"),
    replications=2000,
    one=one,
    judge=judge,
)
