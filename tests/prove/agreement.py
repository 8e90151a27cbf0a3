"""Do intervals of agreement, of intraclass correlation, of accuracy and of drift hold the truth?"""

from __future__ import annotations

import itertools
import math
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import special, stats

from tests.prove.harness import Proof, reached
from tests.prove.reliability import covered
from tne.measures.agreement import agreement
from tne.measures.agreement_accuracy import rater_accuracy
from tne.measures.agreement_parts import Rated, agreement_parts
from tne.measures.agreement_sessions import agreement_drift
from tne.measures.agreement_weights import weight_matrix
from tne.measures.icc import intraclass_correlation

SHARES = np.array([0.45, 0.25, 0.2, 0.1])  # of the right labels
RIGHT = np.array([0.9, 0.75, 0.8, 0.7])  # of the raters
SLIPS = np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4], [0.25] * 4, [0.7, 0.1, 0.1, 0.1]])
GONE = np.array([0.1, 0.2, 0.3, 0.35])  # ratings missing
LATER = 0.08  # how much more often raters are right in the last session
COEFFICIENTS = (
    "percent",
    "cohen_kappa",
    "fleiss_kappa",
    "krippendorff_alpha",
    "gwet_ac1",
    "brennan_prediger",
)
ORDERED = (("krippendorff_alpha", "ordinal", None), ("gwet_ac1", "nominal", "quadratic"))
ICC = {"ICC(1,1)": (1.0, 0.0, 1.2), "ICC(A,1)": (1.0, 0.4, 0.8), "ICC(C,1)": (1.0, 0.4, 0.8)}


def one(seed: int) -> dict[str, Any]:
    """Seven designs: whole, missing, few units, ordered labels, scores, accuracy, drift."""
    rng = np.random.default_rng(seed)
    out: dict[str, Any] = {}
    whole, holes = _ratings(rng, 80, missing=False), _ratings(rng, 100, missing=True)
    for name in COEFFICIENTS:
        out[f"whole {name}"] = _hit(
            agreement(whole, coefficient=name, categories=range(4)), _truth(name, False)
        )
        exact = agreement(holes, coefficient=name, categories=range(4), errors="linearised")
        out[f"missing {name}"] = _hit(exact, _truth(name, True))
    for name, level, weights in ORDERED:
        keys = {
            "level_of_measurement": level,
            "weights": weights,
            "categories": range(4),
            "errors": "linearised",
        }
        found = agreement(holes, coefficient=name, **keys)
        out[f"ordered {name}"] = _hit(found, _truth(name, True, level, weights))
    few = _ratings(rng, 25, missing=False)
    boot = {"categories": range(4), "errors": "bootstrap", "draws": 300, "seed": seed}
    out["few gwet_ac1"] = _hit(agreement(few, categories=range(4)), _truth("gwet_ac1", False))
    out["few gwet_ac1 bootstrap"] = _hit(agreement(few, **boot), _truth("gwet_ac1", False))
    return out | _scores(rng) | _accuracy(rng) | _drift(rng)


def _ratings(
    rng: np.random.Generator, n: int, *, missing: bool, more: float = 0.0, start: int = 0
) -> pd.DataFrame:
    """Units × four raters, each right at its own rate and slipping towards its own labels."""
    true = rng.choice(4, n, p=SHARES)
    slip = np.stack([rng.choice(4, n, p=p) for p in SLIPS], axis=1)
    labels = np.where(rng.random((n, 4)) < RIGHT + more, true[:, None], slip)
    kept = rng.random((n, 4)) >= GONE if missing else np.ones((n, 4), dtype=bool)
    unit, rater = np.nonzero(kept)
    return pd.DataFrame({"case_id": start + unit, "rater_id": rater, "label": labels[kept]})


@cache
def _truth(
    coefficient: str, missing: bool, level: str = "nominal", weights: str | None = None, more: float = 0.0
):
    """The coefficient of infinitely many units: every pattern of labels and gaps, by its probability."""
    patterns = np.array(list(itertools.product(range(5), repeat=4)))  # 4 is missing
    given = patterns < 4
    gone = GONE if missing else np.zeros(4)
    chance = np.where(given, 1 - gone, gone).prod(axis=1)
    right = RIGHT + more
    by_true = np.zeros((4, len(patterns)))
    for true in range(4):
        each = right[:, None] * (np.arange(4) == true) + (1 - right)[:, None] * SLIPS
        padded = np.column_stack([each, np.ones(4)])
        by_true[true] = padded[np.arange(4), patterns].prod(axis=1)
    times = 1e12 * chance * (SHARES @ by_true)
    unit, rater = np.nonzero(given)
    known = Rated(unit, rater, patterns[given], len(patterns), 4, 4)
    matrix, _ = weight_matrix(weights or "identity", np.arange(4.0))
    return agreement_parts(
        known.counts(), matrix, coefficient, rated=known, times=times, ordinal=level == "ordinal"
    ).estimate


def _scores(rng: np.random.Generator) -> dict[str, Any]:
    """Forty units and six raters, normal; raters' levels count in kind A."""
    out = {}
    for kind, (unit, rater, noise) in ICC.items():
        x = unit * rng.normal(size=(40, 1)) + rater * rng.normal(size=6) + noise * rng.normal(size=(40, 6))
        wide = pd.DataFrame(x).rename_axis("case_id").reset_index()
        tidy = wide.melt("case_id", var_name="rater_id", value_name="score")
        extra = rater**2 if "A" in kind else 0.0
        truth = unit**2 / (unit**2 + noise**2 + extra)
        out[kind] = _hit(intraclass_correlation(tidy, kind=kind), truth)
    return out


def _accuracy(rng: np.random.Generator) -> dict[str, Any]:
    """Forty cases, ten raters: both differ (logit SD .8 and .4 about 1.5)."""
    logit = 1.5 + 0.8 * rng.normal(size=(40, 1)) + 0.4 * rng.normal(size=10)
    right = rng.random((40, 10)) < special.expit(logit)
    case, rater = np.indices(right.shape)
    ratings = pd.DataFrame(
        {"case_id": case.ravel(), "rater_id": rater.ravel(), "label": right.ravel(), "reference_label": True}
    )
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    spread = math.hypot(0.8, 0.4)
    truth = float(special.expit(1.5 + spread * nodes) @ weights / weights.sum())
    three = ratings[ratings["rater_id"] < 3]
    return {
        "accuracy": _hit(next(iter(rater_accuracy(ratings))), truth),
        "accuracy of three": _hit(next(iter(rater_accuracy(three))), truth),
    }


def _drift(rng: np.random.Generator) -> dict[str, Any]:
    """Five sessions of 40 cases, four raters: nothing changes, or the last is better."""
    same = [_ratings(rng, 40, missing=False, start=100 * s).assign(calibration_id=s) for s in range(5)]
    better = [*same[:4], _ratings(rng, 40, missing=False, more=LATER, start=400).assign(calibration_id=4)]
    quiet, loud = (agreement_drift(pd.concat(part)) for part in (same, better))
    gain = _truth("gwet_ac1", False, more=LATER) - _truth("gwet_ac1", False)
    return {
        "drift change": _hit(loud.get(term="change"), gain),
        "drift trend": _hit(loud.get(term="trend"), 0.2 * gain),
        "drift none": [
            not bool(quiet.get(term="change").p_value < 0.05),
            quiet.get(term="change").estimate,
            True,
        ],
        "drift none trend": [
            not bool(quiet.get(term="trend").p_value < 0.05),
            quiet.get(term="trend").estimate,
            True,
        ],
    }


def _hit(estimate: Any, value: float) -> list[Any]:
    if math.isnan(estimate.conf_low):
        return [None, None]
    return [bool(estimate.conf_low <= value <= estimate.conf_high), float(estimate.estimate - value)]


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage, and bias below 3 standard errors of the simulation (t where few) plus .003.

    The analysis of variance estimates an intraclass correlation of 40 units by up to .01 too low: plus .01 there.
    """
    outcomes, bars = {}, {}
    for name in rows[0]:
        known = [row[name] for row in rows if row[name][0] is not None]
        hits, off = sum(item[0] for item in known), np.array([item[1] for item in known])
        n = len(known)
        bias, error = float(off.mean()), float(off.std(ddof=1)) / math.sqrt(n)
        outcomes[name] = {"coverage": hits / n, "bias": bias, "undefined": 1 - n / len(rows)}
        allowed = float(stats.t.isf(0.00135, n - 1)) * error + (0.01 if name.startswith("ICC") else 0.003)
        bars[name] = covered(hits, n) and abs(bias) < allowed and n >= 0.99 * len(rows)
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


AGREEMENT = Proof(
    name="agreement",
    claim="intervals of agreement, intraclass correlation, accuracy and drift hold the truth, with ratings missing too",
    covers=reached(
        "tne.measures.agreement",
        "tne.measures.agreement_accuracy",
        "tne.measures.agreement_sessions",
        "tne.measures.icc",
    ),
    replications=2000,
    one=one,
    judge=judge,
)
