"""Do two audits of the same case agree?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.icc_limits import MeanSquares, limits_of
from tne.measures.survey_intervals import wilson


def one_way_icc(values: np.ndarray, unit: np.ndarray, conf_level: float = 0.95) -> dict[str, float]:
    """Return the one-way intraclass correlation ICC(1,1) of `values` in units, unequal numbers allowed.

    Notes
    -----
    ``(MSB − MSW) / (MSB + (k₀ − 1) MSW)``, k₀ the number per unit, for unequal ones ``(N − Σ k² / N) / (units − 1)``.
    The interval is that of the F distribution (Shrout and Fleiss 1979); with unequal numbers or yes-and-no values an
    approximation.
    """
    code = np.unique(unit, return_inverse=True)[1]
    squares = MeanSquares.of(values, code, code, np.bincount(code), 0)
    value, low, high, _, df, _ = limits_of(squares, "1", "1", conf_level)
    return {"estimate": value, "conf_low": low, "conf_high": high, "df": df[1]}


def audited_twice(frame: pd.DataFrame, right: np.ndarray, conf_level: float) -> list[dict[str, Any]]:
    """Return the rows ``audit_agreement`` and ``audit_reliability`` from cases with audits of different auditors."""
    words = {
        "audit_agreement": (
            "share of pairs of audits of one case that agree",
            "pairs within cases; Wilson's interval for the number of cases",
        ),
        "audit_reliability": (
            "intraclass correlation of the outcome between audits of one case",
            "one-way ANOVA; interval of the F distribution",
        ),
    }
    why, agreement, reliability = "no case was audited by two auditors", {}, {}
    if "case_id" in frame and "auditor_id" in frame:
        seen = pd.DataFrame(
            {"case": frame["case_id"], "auditor": frame["auditor_id"], "right": right}
        ).dropna()
        seen = seen.drop_duplicates(["case", "auditor"], keep="last")
        seen = seen[seen.duplicated("case", keep=False)]
        if len(seen):
            sums = seen.groupby("case", observed=True)["right"].agg(["sum", "size"])
            k, s = sums["size"].to_numpy(dtype=float), sums["sum"].to_numpy(dtype=float)
            pairs = (s * (s - 1) + (k - s) * (k - s - 1)) / (k * (k - 1))
            share, cases = float(pairs.mean()), len(pairs)
            low, high = wilson(share, cases, float(stats.norm.ppf((1 + conf_level) / 2)))
            error = float(pairs.std(ddof=1) / math.sqrt(cases)) if cases > 1 else math.nan
            agreement = {
                "estimate": share,
                "std_error": error,
                "conf_low": low,
                "conf_high": high,
                "n": len(seen),
            }
            code = pd.factorize(seen["case"])[0]
            reliability = one_way_icc(seen["right"].to_numpy(dtype=float), code, conf_level) | {
                "n": len(seen)
            }
            why = f"{cases} cases" if cases > 1 else "one case was audited twice"
            if np.ptp(seen["right"].to_numpy(dtype=float)) == 0:
                why += ": all outcomes alike, so agreement beyond chance is not defined"
    told = []
    for term, numbers in (("audit_agreement", agreement), ("audit_reliability", reliability)):
        estimand, method = words[term]
        unit = "share" if term == "audit_agreement" else ""
        row = {
            "term": term,
            "estimate": math.nan,
            "note": why,
            "unit": unit,
            "estimand": estimand,
            "method": method,
        }
        told.append(row | numbers)
    return told
