"""Among people with the same score, does the group change the chance of a right answer (logistic regression)?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

_STEPS = 60
_SEPARATED = 50.0  # a standard error beyond this, with the score in SD, means that no finite estimate exists


@dataclass(frozen=True, eq=False)
class Logit:
    """Coefficients, their covariance and the log-likelihood; `found` is False where no finite estimate exists."""

    coefficients: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    found: bool


def fit_logit(design: np.ndarray, right: np.ndarray, trials: np.ndarray) -> Logit:
    """Fit a logistic regression to counts by Newton's method; shapes (cells, terms), (cells,), (cells,)."""
    beta = np.zeros(design.shape[1])
    old = _log_likelihood(design @ beta, right, trials)
    nothing = Logit(beta, np.full((len(beta), len(beta)), np.nan), math.nan, False)
    for _ in range(_STEPS):
        p = special.expit(design @ beta)
        information = design.T @ (design * (trials * p * (1 - p))[:, None])
        try:
            step = np.linalg.solve(information, design.T @ (right - trials * p))
        except np.linalg.LinAlgError:
            return nothing
        new = _log_likelihood(design @ (beta + step), right, trials)
        while new < old - 1e-9 and np.abs(step).max() > 1e-10:  # overshot: go half as far
            step = step / 2
            new = _log_likelihood(design @ (beta + step), right, trials)
        beta, gained, old = beta + step, new - old, new
        if abs(gained) < 1e-11 * max(1.0, abs(new)) and np.abs(step).max() < 1e-5:
            covariance = np.linalg.pinv(information)
            errors = np.sqrt(np.maximum(np.diag(covariance), 0))
            return Logit(beta, covariance, old, bool(errors.max() < _SEPARATED))
    return nothing


def _log_likelihood(eta: np.ndarray, right: np.ndarray, trials: np.ndarray) -> float:
    return float((right * eta - trials * np.logaddexp(0, eta)).sum())


def logistic(
    answer: np.ndarray, score: np.ndarray, group: np.ndarray, groups: int, conf_level: float
) -> dict[str, Any]:
    """Return likelihood-ratio tests of one item and the log odds ratios behind them.

    Parameters
    ----------
    answer : ndarray of 0 and 1
    score : ndarray
        What makes people comparable.
    group : ndarray of int
        0 for the reference group, 1 … groups − 1 for the others.
    groups : int

    Returns
    -------
    dict
        ``uniform``, ``nonuniform``, ``both``: statistic, df, p_value, effect_size (difference of Nagelkerke's R²)
        or a note; ``contrasts``: one dict per term and group.
    """
    spread = score.std()
    if spread <= 1e-12:
        return _undefined("everybody has the same matching score")
    share = np.bincount(group, weights=answer, minlength=groups) / np.bincount(group, minlength=groups)
    if ((share == 0) | (share == 1)).any():
        return _undefined("everybody in a group has the same score on the item")
    cells, place = np.unique(np.column_stack([score, group]), axis=0, return_inverse=True)
    place = place.ravel()
    right, trials = np.bincount(place, weights=answer), np.bincount(place).astype(float)
    z = (cells[:, 0] - score.mean()) / spread
    dummies = (cells[:, 1][:, None] == np.arange(1, groups)).astype(float)
    base = np.column_stack([np.ones(len(z)), z])
    with np.errstate(over="ignore", under="ignore"):
        plain = fit_logit(base, right, trials)
        parallel = fit_logit(np.column_stack([base, dummies]), right, trials)
        crossing = fit_logit(np.column_stack([base, dummies, dummies * z[:, None]]), right, trials)
    n, p = len(answer), answer.mean()
    null = n * (p * math.log(p) + (1 - p) * math.log(1 - p))

    def nagelkerke(model: Logit) -> float:
        return -math.expm1(2 * (null - model.log_likelihood) / n) / -math.expm1(2 * null / n)

    out: dict[str, Any] = {}
    for test, small, large, df in (
        ("uniform", plain, parallel, groups - 1),
        ("nonuniform", parallel, crossing, groups - 1),
        ("both", plain, crossing, 2 * (groups - 1)),
    ):
        if not (small.found and large.found):
            out[test] = {"note": "right and wrong answers are separated by the score: no finite estimate"}
            continue
        chi2 = max(2 * (large.log_likelihood - small.log_likelihood), 0.0)
        out[test] = {
            "statistic": chi2,
            "df": float(df),
            "p_value": float(special.chdtrc(df, chi2)),
            "note": "",
        }
        out[test]["effect_size"] = nagelkerke(large) - nagelkerke(small)
    q = special.ndtri((1 + conf_level) / 2)
    out["contrasts"] = []
    for test, model, first in (("uniform", parallel, 2), ("nonuniform", crossing, 2 + groups - 1)):
        for g in range(groups - 1):
            row: dict[str, Any] = {"term": test, "group": g + 1}
            if model.found:
                b, error = (
                    float(model.coefficients[first + g]),
                    math.sqrt(model.covariance[first + g, first + g]),
                )
                row |= {
                    "estimate": b,
                    "std_error": error,
                    "conf_low": b - q * error,
                    "conf_high": b + q * error,
                }
                row |= {
                    "statistic": b / error,
                    "p_value": float(2 * special.ndtr(-abs(b / error))),
                    "note": "",
                }
            else:
                row |= {"estimate": math.nan, "note": out[test]["note"]}
            out["contrasts"].append(row)
    return out


def _undefined(note: str) -> dict[str, Any]:
    return {test: {"note": note} for test in ("uniform", "nonuniform", "both")} | {
        "contrasts": [],
        "note": note,
    }


def size_class(effect: float) -> str:
    """Return A below .035, B below .07, C from there on (Jodoin and Gierl 2001)."""
    return "A" if effect < 0.035 else "B" if effect < 0.07 else "C"
