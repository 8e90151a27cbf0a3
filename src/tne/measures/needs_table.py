"""How do the numbers of a gap stand in a frame?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from tne.measures.audit_rates import Rate, share_inference
from tne.measures.needs_cells import Cells
from tne.measures.needs_harm import Harm

RANKED = (
    "rank",
    "expected_harm",
    "conf_low",
    "conf_high",
    "worst_probability",
    "error_rate",
    "raw_error_rate",
    "shrinkage",
    "volume",
    "severity",
    "avoidable",
    "n",
    "n_people",
)
POOLED = "empirical Bayes: binomial counts, normal logits; effective numbers by weights and moderators"
ALONE = "the only cell of its kind: there is no level to compare with"


def ranked(cells: Cells, keys: pd.DataFrame, found: Harm, conf_level: float) -> pd.DataFrame:
    """Return a row per cell, the largest expected harm first."""
    low, high = _ends(found.harms, conf_level)
    table = keys.assign(
        expected_harm=found.expected,
        conf_low=low,
        conf_high=high,
        worst_probability=found.worst,
        error_rate=found.rate,
        raw_error_rate=cells.rate,
        shrinkage=found.shrinkage,
        volume=found.volume,
        severity=found.severity,
        avoidable=np.where(found.alone, math.nan, found.avoidable),
        n=cells.n,
        n_people=cells.behind,
    ).sort_values("expected_harm", ascending=False, kind="stable", ignore_index=True)
    return table.assign(rank=np.arange(1, len(table) + 1))[[*keys.columns, *RANKED]]


def term_rows(cells: Cells, keys: pd.DataFrame, found: Harm, unit: str, conf_level: float) -> pd.DataFrame:
    """Return a row per term and cell, in the order of the terms."""
    a_week = unit.removeprefix("decisions").strip()
    errors = f"severity-weighted errors {a_week}".strip()
    about = {"n": cells.n, "n_people": cells.behind, "n_people_total": cells.people, "conf_level": conf_level}
    single = np.bincount(cells.family)[cells.family] == 1
    rate_note = np.where(single, "one cell of its kind: nothing to pool it with", "")
    partly = cells.covered < 1 - 1e-9
    mix = [
        f"audits in {100 * c:.0f} % of the common mix only" if p else ""
        for c, p in zip(cells.covered, partly, strict=True)
    ]
    rate_note = np.array(
        ["; ".join(filter(None, both)) for both in zip(rate_note, mix, strict=True)], dtype=object
    )
    avoidable = np.where(found.alone, math.nan, found.avoidable)
    avoid_low, avoid_high = _ends(found.avoidables, conf_level)
    quantile = float(special.ndtri((1 + conf_level) / 2))
    unranked = "all harms are 0: nothing to rank" if np.isnan(found.worst).any() else ""
    parts = [
        _part("error_rate", found.rate, found.rate_sd, *_ends(found.rates, conf_level), "share", rate_note),
        _raw(cells, conf_level),
        _part("volume", found.volume, math.nan, math.nan, math.nan, unit, "taken as known"),
        _part(
            "severity",
            found.severity,
            found.severity_error,
            np.maximum(found.severity - quantile * found.severity_error, 0),
            found.severity + quantile * found.severity_error,
            "weight of an error",
            "" if cells.rated > 0 else "no severity is given: every error counts 1",
        ),
        _part(
            "expected_harm",
            found.expected,
            found.harms.std(axis=1),
            *_ends(found.harms, conf_level),
            errors,
            "",
        ),
        _part(
            "avoidable",
            avoidable,
            np.where(found.alone, math.nan, found.avoidables.std(axis=1)),
            np.where(found.alone, math.nan, avoid_low),
            np.where(found.alone, math.nan, avoid_high),
            errors,
            np.where(found.alone, ALONE, ""),
        ),
        _part("worst_probability", found.worst, math.nan, math.nan, math.nan, "probability", unranked),
    ]
    return pd.concat([keys.assign(**about, **part) for part in parts], ignore_index=True)


def _part(term: str, estimate: Any, error: Any, low: Any, high: Any, unit: str, note: Any) -> dict[str, Any]:
    estimand, method = _WORDS[term]
    return {
        "term": term,
        "estimate": estimate,
        "std_error": error,
        "conf_low": low,
        "conf_high": high,
        "unit": unit,
        "estimand": estimand,
        "method": method,
        "note": note,
    }


_WORDS = {
    "error_rate": ("share of decisions with the error, given all cells", POOLED),
    "raw_error_rate": (
        "share of decisions with the error",
        "sampling-weighted, at the common mix; Wilson's interval",
    ),
    "volume": ("decisions of the cell", "production or sums of sampling weights"),
    "severity": ("mean severity of the errors", "shrunken within a kind of error (DerSimonian-Laird)"),
    "expected_harm": ("error rate × volume × severity", "draws from the pooled distributions"),
    "avoidable": (
        "errors above the level of the market and kind of error, × severity",
        "draws from the pooled distributions",
    ),
    "worst_probability": ("chance of being among the worst cells", "draws from the pooled distributions"),
}


def _raw(cells: Cells, conf_level: float) -> dict[str, Any]:
    told = []
    for p, worth, n in zip(cells.rate, cells.worth, cells.n, strict=True):
        p = min(max(float(p), 0.0), 1.0)
        error = math.sqrt(p * (1 - p) / worth)
        told.append(share_inference(Rate(p, 0.0, math.nan, n, 0, worth), conf_level) | {"std_error": error})
    low, high, error = (
        np.array([row[name] for row in told]) for name in ("conf_low", "conf_high", "std_error")
    )
    return _part("raw_error_rate", cells.rate, error, low, high, "share", "")


def _ends(draws: np.ndarray, conf_level: float) -> tuple[np.ndarray, np.ndarray]:
    tail = (1 - conf_level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=1)
    return low, high
