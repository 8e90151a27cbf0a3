"""Does a curve of forgetting hold the true one in its intervals, and does it see none where nothing is forgotten?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from tests.prove.harness import Proof, reached
from tests.prove.reliability import covered
from tne.measures.retention import forgetting_curve

GAIN, DECAY = 0.6, 0.13  # retention theta: theta + .6 (1 + days)^−.13
WAVES = np.array([1.0, 7, 30, 90])  # days after the training
PEOPLE, ITEMS = 150, 20
MONTH, LOW = 31.0, 0.45
K, C, NOISE = 1.84, 1.25, 8.0  # Ebbinghaus's constants, and points of savings
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(61)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
CALL = {"score": "score", "elapsed": "since"}


def one(seed: int) -> dict[str, Any]:
    """Five designs: repeated tests, tests of items, one test a person, nothing forgotten, Ebbinghaus's curve."""
    rng = np.random.default_rng(seed)
    level = rng.normal(0, 0.3, (PEOPLE, 1))
    faded = GAIN * (1 + WAVES) ** -DECAY
    noise = rng.normal(0, 0.3, (2, PEOPLE, len(WAVES)))
    repeated = forgetting_curve(_frame(level + faded + noise[0]), **CALL, cluster="moderator_id")
    flat = forgetting_curve(_frame(level + GAIN + noise[1]), **CALL, cluster="moderator_id")
    return (
        _power("repeated", repeated, GAIN, DECAY)
        | _tests(rng)
        | _once(rng)
        | {"flat alarm": [bool(flat.get(term="d").p_value < 0.05), flat.get(term="d").estimate]}
        | _ebbinghaus(rng)
    )


def _frame(scores: np.ndarray) -> pd.DataFrame:
    """People × waves as rows; time counts from the day before, so that the curve is a power of it."""
    people, waves = scores.shape
    ids = np.repeat(np.arange(people), waves)
    return pd.DataFrame({"moderator_id": ids, "since": np.tile(1 + WAVES, people), "score": scores.ravel()})


def _power(name: str, found: Any, a: float, d: float) -> dict[str, Any]:
    held = {
        "a": (found.get(term="a"), a),
        "d": (found.get(term="d"), d),
        "predicted": (next(iter(found.predict(MONTH))), a * MONTH**-d),
        "retained": (next(iter(found.retained(MONTH, since=2))), (MONTH / 2) ** -d),
    }
    return {f"{name} {term}": _hit(estimate, value) for term, (estimate, value) in held.items()}


def _tests(rng: np.random.Generator) -> dict[str, Any]:
    """Twenty items at every wave; the true curve is the one nearest to the true means."""
    a, b = rng.lognormal(0.1, 0.3, ITEMS), rng.uniform(-2.5, 0.5, ITEMS)
    theta = rng.normal(size=(PEOPLE, 1)) + GAIN * (1 + WAVES) ** -DECAY
    drawn = rng.random((PEOPLE, len(WAVES), ITEMS))
    right = (drawn < special.expit(a * (theta[:, :, None] - b))).sum(axis=2)
    nodes = _NODES[:, None] + GAIN * (1 + WAVES) ** -DECAY
    means = _WEIGHTS @ special.expit(a * (nodes[:, :, None] - b)).sum(axis=2)
    true = forgetting_curve(_frame(means[None, :]), **CALL)
    a_true, d_true = true.to_frame()["estimate"]
    found = forgetting_curve(_frame(right.astype(float)), **CALL, cluster="moderator_id", max_score=ITEMS)
    return _power("items", found, a_true, d_true)


def _once(rng: np.random.Generator) -> dict[str, Any]:
    """Everyone tested once, at a time of their own."""
    since = 1 + np.exp(rng.uniform(0, math.log(90), 2 * PEOPLE))
    scores = GAIN * since**-DECAY + rng.normal(0, 0.1, len(since))
    found = forgetting_curve(pd.DataFrame({"since": since, "score": scores}), **CALL)
    out = _power("once", found, GAIN, DECAY)
    return out | {"once time_until": _hit(found.time_until(LOW), (GAIN / LOW) ** (1 / DECAY))}


def _ebbinghaus(rng: np.random.Generator) -> dict[str, Any]:
    since = np.exp(rng.uniform(math.log(20), math.log(45000), PEOPLE))
    scores = 100 * K / (np.log10(since) ** C + K) + rng.normal(0, NOISE, PEOPLE)
    found = forgetting_curve(pd.DataFrame({"since": since, "score": scores}), **CALL, curve="ebbinghaus")
    month = 100 * K / (math.log10(43200) ** C + K)
    return {
        "ebbinghaus k": _hit(found.get(term="k"), K),
        "ebbinghaus c": _hit(found.get(term="c"), C),
        "ebbinghaus predicted": _hit(next(iter(found.predict(43200))), month),
    }


def _hit(estimate: Any, value: float) -> list[Any]:
    if math.isnan(estimate.conf_low):
        return [None, None]
    held = estimate.conf_low <= value <= estimate.conf_high
    return [bool(held), float((estimate.estimate - value) / abs(value))]


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage among defined intervals, of which at most 1 % may be missing; false alarms of forgetting."""
    outcomes, bars = {}, {}
    for name in rows[0]:
        known = [row[name] for row in rows if row[name][0] is not None]
        hits, off = sum(hit for hit, _ in known), np.array([o for _, o in known])
        if name == "flat alarm":
            outcomes[name] = {"false_positives": hits / len(known), "bias": float(off.mean())}
            bars[name] = hits / len(known) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / len(known))
            continue
        outcomes[name] = {
            "coverage": hits / len(known),
            "relative_bias": float(off.mean()),
            "undefined": 1 - len(known) / len(rows),
        }
        bars[name] = covered(hits, len(known)) and len(known) >= 0.99 * len(rows)
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


RETENTION = Proof(
    name="retention",
    claim="intervals of a forgetting curve hold the truth, and no forgetting is seen where there is none",
    covers=reached("tne.measures.retention"),
    replications=1000,
    one=one,
    judge=judge,
)
