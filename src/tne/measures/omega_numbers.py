"""What do the factors of a test say about its omegas, and how surely?"""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
from scipy import stats

from tne.measures.factor import LEAST_UNIQUE, Factors
from tne.measures.hierarchy import Hierarchy, shared_gradient
from tne.measures.item_moments import ItemMoments, correlation_influence

HEYWOOD = "Heywood case: an item has no unique variance, so the factors are not determined"
NOTHING = "the items have too little in common for these factors"
NO_PEOPLE = "no interval: `corr` comes without the number of people `n`"
ONE = "one factor is all there is in common: it is the general one by assumption"
TWO = "two group factors do not identify the general one: equal loadings assumed"


def omega_numbers(
    matrix: np.ndarray, found: Factors, general: Hierarchy
) -> dict[str, tuple[float, Any, str]]:
    """Value, gradient by the correlations (None where there is none) and note of each term."""
    k, whole = len(matrix), float(matrix.sum())
    ones, unique = np.ones((k, k)), float(found.unique.sum())
    alpha = k / (k - 1) * (1 - k / whole), k**2 / (k - 1) / whole**2 * ones, ""
    if not found.proper:
        why = HEYWOOD if found.unique.min() <= LEAST_UNIQUE + 1e-6 else NOTHING
        return dict.fromkeys(("omega_total", "omega_hierarchical", "omega_limit"), (math.nan, None, why)) | {
            "cronbach_alpha": alpha
        }
    determined = np.linalg.cond(found.hessian) < 1e10
    by_unique = found.unique_gradient() if determined else None
    total = 1 - unique / whole
    slope = unique / whole**2 * ones - cast(np.ndarray, by_unique) / whole if determined else None
    out: dict[str, tuple[float, Any, str]] = {"omega_total": (total, slope, "")}
    if general.note:
        nothing = (math.nan, None, general.note)
        return out | {"omega_hierarchical": nothing, "omega_limit": nothing, "cronbach_alpha": alpha}
    shared = float(general.of_items.sum() ** 2)
    by_shared = shared_gradient(found, general) if determined else None
    note = {1: ONE, 2: TWO}.get(found.m, "")
    common = whole - unique
    if by_shared is None:
        slopes = None, None
    else:
        slopes = (
            by_shared / whole - shared / whole**2 * ones,
            by_shared / common - shared / common**2 * (ones - cast(np.ndarray, by_unique)),
        )
    out["omega_hierarchical"] = (shared / whole, slopes[0], note)
    out["omega_limit"] = (math.nan, None, ONE) if found.m == 1 else (shared / common, slopes[1], note)
    return out | {"cronbach_alpha": alpha}


def standard_error(
    items: ItemMoments | None, matrix: np.ndarray, gradient: np.ndarray | None, n: float | None
) -> tuple[float, str]:
    """Return the delta method's error for a gradient by the correlations, and why there is none."""
    if gradient is None:
        return math.nan, "no interval: the factors are barely determined"
    if items is not None:
        influence = correlation_influence(items, gradient)
        return float(np.std(influence, ddof=1) / math.sqrt(len(influence))), ""
    if n is None:
        return math.nan, NO_PEOPLE
    # a correlation's normal-theory influence is a quadratic form, whose variance is 2 tr(QRQR)
    form = gradient * (1 - np.eye(len(matrix)))
    form = form - np.diag((form * matrix).sum(axis=1))
    product = form @ matrix
    return math.sqrt(2 * float(np.sum(product * product.T)) / n), ""


def omega_interval(term: str, value: float, error: float, level: float, df: float) -> dict[str, float]:
    """Return error and interval; shares of a general factor on the logit's scale, others on that of log(1 − x)."""
    quantile = stats.t.ppf((1 + level) / 2, df)
    if math.isnan(error) or not value < 1 - 1e-12:
        return {"std_error": error}
    if term in ("omega_hierarchical", "omega_limit") and value > 0:
        centre, reach = math.log(value / (1 - value)), quantile * error / (value * (1 - value))
        low, high = (1 / (1 + math.exp(-(centre + s * reach))) for s in (-1, 1))
    else:
        reach = quantile * error / (1 - value)
        low, high = 1 - (1 - value) * math.exp(reach), 1 - (1 - value) * math.exp(-reach)
    return {"std_error": error, "conf_low": low, "conf_high": high}
