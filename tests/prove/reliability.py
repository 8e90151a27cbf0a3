"""Do the intervals of alpha, of the standard error of measurement, of omega and of reliable change hold the truth?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import special, stats

from tests.prove.harness import Proof, reached
from tne.measures.reliability import cronbach_alpha, mcdonald_omega
from tne.measures.reliable_change import reliable_change

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(101)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
ITEMS, PEOPLE = 20, 100
UNIQUE = np.array([0.8, 0.7, 0.6, 0.5, 0.4, 0.7])  # loadings of the one-factor test
GENERAL, GROUP = np.array([0.8, 0.7, 0.6]), np.tile([0.8, 0.7, 0.6, 0.7], 3)  # of the test with three parts
ERROR = math.sqrt(0.2 / 0.8)  # of a score with true SD 1 and reliability .8
TRUE_CHANGE = 1.0


def covered(hits: int, count: int) -> bool:
    """The bar: .935 to .965, plus and minus 3 binomial standard errors of the count used."""
    slack = 3 * math.sqrt(0.95 * 0.05 / count)
    return 0.935 - slack <= hits / count <= 0.965 + slack


def covariance_of_items(a: np.ndarray, b: np.ndarray, shift: float) -> np.ndarray:
    """Population covariance of 2PL items, by quadrature over ability."""
    p = special.expit(a * (_NODES[:, None] + shift - b))
    mean = _WEIGHTS @ p
    covariance = (p * _WEIGHTS[:, None]).T @ p - np.outer(mean, mean)
    np.fill_diagonal(covariance, mean * (1 - mean))
    return covariance


def true_alpha(covariance: np.ndarray) -> tuple[float, float]:
    """Alpha and standard error of measurement of a covariance matrix."""
    k, total = len(covariance), covariance.sum()
    alpha = k / (k - 1) * (1 - np.trace(covariance) / total)
    return float(alpha), math.sqrt(total * (1 - alpha))


def one_alpha(seed: int) -> dict[str, Any]:
    """Five tests, two intervals each: is the truth in them?"""
    rng, out = np.random.default_rng(seed), {}
    equal = np.full((10, 10), 0.3) + 0.7 * np.eye(10)
    unequal = np.full((10, 10), 0.3) + np.diag(np.linspace(0.3, 1.5, 10))
    normal = {"parallel": (equal, 50), "parallel_few": (equal, 25), "tau_equivalent": (unequal, 50)}
    drawn = {
        name: (rng.multivariate_normal(np.zeros(10), matrix, n), matrix)
        for name, (matrix, n) in normal.items()
    }
    whole = rng.multivariate_normal(np.zeros(10), equal, PEOPLE)
    drawn["gaps"] = np.where(rng.random(whole.shape) < 0.1, np.nan, whole), equal
    a, b = rng.lognormal(0.1, 0.3, ITEMS), rng.uniform(-2.5, 0.5, ITEMS)
    for name, shift in (("binary_pre", 0.0), ("binary_post", 0.6)):
        marks = rng.random((PEOPLE, ITEMS)) < special.expit(a * (rng.normal(size=(PEOPLE, 1)) + shift - b))
        drawn[name] = marks.astype(float), covariance_of_items(a, b, shift)
    for name, (scores, matrix) in drawn.items():
        alpha, error = true_alpha(matrix)
        for interval in ("feldt", "jackknife"):
            found = cronbach_alpha(pd.DataFrame(scores), interval=interval)
            out[f"{name} {interval}"] = [found.conf_low <= alpha <= found.conf_high, found.estimate - alpha]
        sem = found.standard_error_of_measurement
        out[f"{name} sem"] = [sem.conf_low <= error <= sem.conf_high, sem.estimate - error]
    return {k: [bool(hit), float(off)] for k, (hit, off) in out.items()}


def judge_alpha(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Feldt's interval where its assumptions hold, the distribution-free ones everywhere."""
    outcomes, bars = {}, {}
    for name in rows[0]:
        hits = sum(row[name][0] for row in rows)
        off = np.array([row[name][1] for row in rows])
        outcomes[name] = {"coverage": hits / len(rows), "bias": float(off.mean())}
        if name not in ("binary_pre feldt", "binary_post feldt", "tau_equivalent feldt"):
            bars[name] = covered(hits, len(rows))
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


def one_omega(seed: int) -> dict[str, Any]:
    """A test with one factor, one of binary items, one with three parts; from scores and from correlations."""
    rng, out = np.random.default_rng(seed), {}
    one = np.outer(UNIQUE, UNIQUE)
    np.fill_diagonal(one, 1)
    unique = (1 - UNIQUE**2).sum()
    truths = {
        "omega_total": 1 - unique / one.sum(),
        "omega_hierarchical": UNIQUE.sum() ** 2 / one.sum(),
    }
    out |= _held("one", rng.multivariate_normal(np.zeros(6), one, 100), 1, truths)
    a, b = np.linspace(0.8, 1.8, 8), np.linspace(-2, 0.5, 8)
    matrix = covariance_of_items(a, b, 0.0)
    spread = np.sqrt(np.diag(matrix))
    truth = mcdonald_omega(corr=matrix / np.outer(spread, spread)).estimate
    marks = rng.random((200, 8)) < special.expit(a * (rng.normal(size=(200, 1)) - b))
    out |= _held("binary", marks.astype(float), 1, {"omega_total": truth})
    three, truths = three_parts()
    scores = rng.multivariate_normal(np.zeros(12), three, 300)
    out |= _held("three", scores, 3, truths)
    found = mcdonald_omega(corr=np.corrcoef(scores.T), n=300, factors=3)
    return out | {f"three_corr {t}": _hit(getattr(found, t), v) for t, v in truths.items()}


def three_parts() -> tuple[np.ndarray, dict[str, float]]:
    """Correlations of twelve items in three parts under one general factor, and their omegas."""
    loadings = np.zeros((12, 3))
    loadings[np.arange(12), np.arange(12) // 4] = GROUP
    between = np.outer(GENERAL, GENERAL)
    np.fill_diagonal(between, 1)
    matrix = loadings @ between @ loadings.T
    unique = (1 - np.diag(matrix)).sum()
    np.fill_diagonal(matrix, 1)
    total = float(1 - unique / matrix.sum())
    general = float((loadings @ GENERAL).sum() ** 2 / matrix.sum())
    return matrix, {"omega_total": total, "omega_hierarchical": general, "omega_limit": general / total}


def _held(name: str, scores: np.ndarray, factors: int, truths: dict[str, float]) -> dict[str, Any]:
    found = mcdonald_omega(pd.DataFrame(scores), factors=factors)
    return {f"{name} {term}": _hit(getattr(found, term), value) for term, value in truths.items()}


def _hit(estimate: Any, value: float) -> list[Any]:
    if math.isnan(estimate.conf_low):
        return [None, None]
    return [bool(estimate.conf_low <= value <= estimate.conf_high), float(estimate.estimate - value)]


def judge_omega(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage among defined intervals, of which at most 2 % may be missing (Heywood cases)."""
    outcomes, bars = {}, {}
    for name in rows[0]:
        known = [row[name] for row in rows if row[name][0] is not None]
        hits = sum(hit for hit, _ in known)
        off = np.array([o for _, o in known])
        outcomes[name] = {
            "coverage": hits / len(known),
            "bias": float(off.mean()),
            "undefined": 1 - len(known) / len(rows),
        }
        bars[name] = covered(hits, len(known)) and len(known) >= 0.98 * len(rows)
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


def one_change(seed: int) -> dict[str, Any]:
    """A test of reliability .8, with and without a true change of one SD: is the share improved in its interval?"""
    rng, out = np.random.default_rng(seed), {}
    for name, change in (("null", 0.0), ("gain", TRUE_CHANGE)):
        true = rng.normal(size=200)
        people = pd.DataFrame(
            {
                "pre": true + ERROR * rng.normal(size=200),
                "post": true + change + ERROR * rng.normal(size=200),
            }
        )
        found = reliable_change(people, pre="pre", post="post", reliability=0.8)
        share = found.get(term="improved")
        # the interval takes the cut as known: of all people, how many lie beyond the cut that was used?
        truth = float(stats.norm.sf((found.smallest_reliable_change - change) / (ERROR * math.sqrt(2))))
        out[name] = [bool(share.conf_low <= truth <= share.conf_high), share.estimate - truth]
    return out


def judge_change(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The share that seems to improve by error alone is that stated, and both shares lie in their intervals."""
    outcomes, bars = {}, {}
    for name in ("null", "gain"):
        hits = sum(row[name][0] for row in rows)
        off = np.array([row[name][1] for row in rows])
        outcomes[name] = {"coverage": hits / len(rows), "bias": float(off.mean())}
        bars[f"{name}_covered"] = covered(hits, len(rows))
        bars[f"{name}_unbiased"] = abs(off.mean()) < 3 * off.std(ddof=1) / math.sqrt(len(rows)) + 0.003
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


RELIABILITY = Proof(
    name="reliability",
    claim="intervals of alpha and of the standard error of measurement hold the truth",
    covers=reached("tne.measures.reliability"),
    replications=2000,
    one=one_alpha,
    judge=judge_alpha,
)
OMEGA = Proof(
    name="omega",
    claim="intervals of omega, total and hierarchical, hold the truth",
    covers=reached("tne.measures.omega"),
    replications=600,
    one=one_omega,
    judge=judge_omega,
)
RELIABLE_CHANGE = Proof(
    name="reliable_change",
    claim="shares of reliable change are as stated where nobody changed and where everybody did",
    covers=reached("tne.measures.reliable_change"),
    replications=2000,
    one=one_change,
    judge=judge_change,
)
