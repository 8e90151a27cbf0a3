"""What do the scores of the whole test look like, and how exactly does it measure?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.item_moments import item_moments
from tne.measures.items_sheet import Sheet
from tne.measures.reliability_interval import feldt_fit
from tne.result import Estimates

TERMS = ("mean", "median", "sd", "skewness", "kurtosis", "cic", "error_ratio", "standard_error")
_METHODS = {
    "mean": "mean of summed scores; t interval",
    "median": "median of summed scores; interval between order statistics",
    "sd": "n − 1; interval of Bonett 2006",
    "skewness": "k3 / k2^1.5 with unbiased k-statistics",
    "kurtosis": "k4 / k2² with unbiased k-statistics (0 for a normal distribution)",
    "cic": "Cronbach's alpha in per cent, not clipped; Feldt interval, the note says where it is doubtful",
    "error_ratio": "100 √(1 − CIC/100); from the CIC's interval",
    "standard_error": "SD √(1 − alpha), the standard error of measurement; t interval on the log scale",
}


def test_statistics(sheet: Sheet, conf_level: float, refused: str) -> Estimates:
    """Return mean, median, SD, skewness, kurtosis, CIC, error ratio and standard error of the summed scores.

    `refused` says why no number is given, "" if they are.
    """
    total = sheet.total[~np.isnan(sheet.total)]
    complete = sheet.score[~np.isnan(sheet.score).any(axis=1)]
    note = (
        ""
        if len(complete) == sheet.n_people
        else "people had or answered different items: sums of what they have"
    )
    rows = []
    for term in TERMS:
        whole = term in ("cic", "error_ratio", "standard_error")
        n = len(complete) if whole else len(total)
        row: dict[str, Any] = {
            "term": term,
            "n": n,
            "n_people": n,
            "n_people_total": sheet.n_people,
            "conf_level": conf_level,
            "unit": {"skewness": "", "kurtosis": "", "cic": "%", "error_ratio": "%"}.get(
                term, "score points"
            ),
            "estimand": "people with a score on every item" if whole else "everybody with a score",
            "method": _METHODS[term],
        }
        if refused:
            found: dict[str, Any] = {"estimate": math.nan, "note": refused}
        elif whole:
            found = _consistency(complete, term, conf_level)
        else:
            found = _shape(total, term, conf_level) if len(total) else _none("nobody has a score")
            found.setdefault("note", note)
        rows.append(row | found)
    return Estimates(table=pd.DataFrame(rows))


test_statistics.__test__ = False  # type: ignore[attr-defined] # not a test, whatever its name begins with


def _none(note: str) -> dict[str, Any]:
    return {"estimate": math.nan, "note": note}


def _shape(total: np.ndarray, term: str, conf_level: float) -> dict[str, Any]:
    n, q = len(total), (1 + conf_level) / 2
    if term == "median":
        ordered = np.sort(total)
        k = int(stats.binom.ppf(1 - q, n, 0.5))  # the last k with fewer than k below the median too rarely
        limits = {} if k < 1 else {"conf_low": float(ordered[k - 1]), "conf_high": float(ordered[n - k])}
        return {"estimate": float(np.median(total))} | limits
    mean = float(total.mean())
    if term == "mean":
        if n < 2:
            return {"estimate": mean}
        error = float(total.std(ddof=1)) / math.sqrt(n)
        half = stats.t.ppf(q, n - 1) * error
        return {
            "estimate": mean,
            "std_error": error,
            "df": n - 1,
            "conf_low": mean - half,
            "conf_high": mean + half,
        }
    least = {"sd": 2, "skewness": 3, "kurtosis": 4}[term]
    if n < least:
        return _none(f"it takes {least} people")
    square = float(total.var(ddof=1))
    flat = square <= 1e-20 * max(1.0, mean**2)
    if term == "sd":
        return {"estimate": 0.0 if flat else math.sqrt(square)} | ({} if flat else _bonett(total, square, q))
    if flat:
        return _none("everybody has the same sum")
    if term == "skewness":
        return {"estimate": float(stats.kstat(total, 3)) / square**1.5}
    return {"estimate": float(stats.kstat(total, 4)) / square**2}


def _bonett(total: np.ndarray, square: float, q: float) -> dict[str, float]:
    """Interval of a standard deviation that allows for the tails of the scores."""
    n, z = len(total), stats.norm.ppf(q)
    if n < 6:
        return {}
    middle = stats.trim_mean(total, 1 / (2 * math.sqrt(n - 4)))
    kurtosis = n * float(((total - middle) ** 4).sum()) / ((n - 1) * square) ** 2
    c = n / (n - z)
    error = c * math.sqrt(max(kurtosis - (n - 3) / n, 0) / (n - 1))
    low, high = (math.exp((math.log(c * square) + sign * z * error) / 2) for sign in (-1, 1))
    return {"conf_low": low, "conf_high": high}


def _consistency(complete: np.ndarray, term: str, conf_level: float) -> dict[str, Any]:
    n, k = complete.shape
    if k < 2:
        return _none("it takes two items")
    if n < 3:
        return _none("fewer than three people have a score on every item")
    total = complete.sum(axis=1)
    square = float(total.var(ddof=1))
    if square <= 1e-20 * max(1.0, float(total.mean()) ** 2):
        return _none("everybody has the same sum")
    alpha = k / (k - 1) * (1 - float(complete.var(axis=0, ddof=1).sum()) / square)
    # Feldt: (1 − alpha) / (1 − its estimate) is F with n − 1 and (n − 1)(k − 1) degrees of freedom
    law = stats.f(n - 1, (n - 1) * (k - 1))
    low, high = (1 - (1 - alpha) * law.ppf(p) for p in ((1 + conf_level) / 2, (1 - conf_level) / 2))
    if term == "cic":
        items = item_moments(pd.DataFrame(complete))
        fit = feldt_fit(items, items.covariance, conf_level)
        note = "" if fit is None else fit.note(percent=True)
        return {"estimate": 100 * alpha, "conf_low": 100 * low, "conf_high": 100 * high, "note": note}
    if term == "error_ratio":
        ratio, least, most = (100 * math.sqrt(max(1 - value, 0.0)) for value in (alpha, high, low))
        return {"estimate": ratio, "conf_low": least, "conf_high": most, "note": ""}
    # SEM² is a mean over people: k/(k−1) Σ (x − item mean)² − (sum − mean sum)² / (k − 1)
    own = k / (k - 1) * ((complete - complete.mean(axis=0)) ** 2).sum(axis=1)
    own = (own - (total - total.mean()) ** 2 / (k - 1)) * n / (n - 1)
    sem = math.sqrt(max(square * (1 - alpha), 0.0))
    if sem <= 1e-10 * math.sqrt(square):
        return {"estimate": sem, "note": ""}
    half = stats.t.ppf((1 + conf_level) / 2, n - 1) * float(own.std(ddof=1)) / math.sqrt(n) / sem**2 / 2
    return {"estimate": sem, "conf_low": sem * math.exp(-half), "conf_high": sem * math.exp(half), "note": ""}
