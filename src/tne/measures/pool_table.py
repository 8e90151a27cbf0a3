"""How do the numbers of a pool stand in rows? One for each estimate, with what limits it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from tne.measures.inference import inference
from tne.measures.pool_model import NO_SPREAD, ONE, Model
from tne.measures.pool_prediction import confidence_prediction
from tne.measures.pool_rows import Rows
from tne.result import ESTIMATE_COLUMNS, Estimates

NONE = "no estimate with a standard error above 0"
FIXED = "one true effect is assumed for all"
FEW = 30  # estimates, below which the plug-in prediction interval was seen to be short
PLUG_IN = "takes tau² as known, which makes the interval short with few estimates"
EXPLORATORY = "exploratory: it compares estimates, not people, and chance decided nothing"
TEXT = {
    "mean": "mean of the true effects",
    "prediction": "true effect of another one of the kind: the interval is of prediction",
    "tau2": "variance of the true effects",
    "i2": "share of the estimates' variance that is between the true effects",
    "h2": "variance of the estimates in units of their sampling variance",
    "q": "weighted squares of the estimates about the fit; chi-square if the true effects do not differ",
    "r2": "share of tau² that the moderators tell",
}


EMPTY = Estimates(table=pd.DataFrame())


def as_table(table: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a frame; what a row lacks is NaN, and "" for its note."""
    names = dict.fromkeys(name for row in table for name in row)
    absent = {"note": "", "level": ""}
    return pd.DataFrame(
        {name: [row.get(name, absent.get(name, math.nan)) for row in table] for name in names}
    )


def limits(df: float, conf_level: float) -> float:
    """Return the quantile of t with `df`, or of the normal distribution where df is NaN."""
    level = (1 + conf_level) / 2
    return float(special.ndtri(level) if math.isnan(df) else special.stdtrit(df, level))


def mean_rows(
    found: Model | None, rows: Rows, kind: str, note: str, conf_level: float
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Rows of the mean and of the prediction."""
    mean = {
        "part": "mean",
        "term": "mean",
        "estimate": math.nan,
        "note": "; ".join(filter(None, [NONE, note])),
    }
    if found is None:
        return mean, mean | {"term": "prediction"}
    at, error = float(found.coefficients[0]), math.sqrt(found.covariance[0, 0])
    mean |= inference(at, error, found.df, conf_level)
    mean["note"] = "; ".join(filter(None, [*found.notes, note]))
    row = {"part": "mean", "term": "prediction", "estimate": at, "note": note}
    if math.isnan(found.tau2):
        why = ONE if ONE in found.notes else FIXED
        return mean, row | {"note": f"no interval: {why}"}
    spread = math.sqrt(found.tau2 + error**2)
    half = limits(found.df, conf_level) * spread
    low, high, how = at - half, at + half, PLUG_IN if len(rows.y) < FEW else ""
    if kind == "confidence":
        settings: dict[str, Any] = {"knapp_hartung": not math.isnan(found.df), "conf_level": conf_level}
        low, high = confidence_prediction(rows.design, rows.y, rows.v, **settings)
        how = "averaged over the confidence distribution of tau²"
    elif found.tau2 == 0:
        how = NO_SPREAD
    row |= {"std_error": spread, "df": found.df, "conf_low": low, "conf_high": high}
    return mean, row | {"note": "; ".join(filter(None, [how, note]))}


def coefficient_rows(found: Model | None, rows: Rows, conf_level: float) -> list[dict[str, Any]]:
    """Rows of the coefficients as the moderators are, and of those that cannot be told."""
    out = []
    if found is None:
        out.append({"term": "intercept", "estimate": math.nan, "note": NONE})
    else:
        b = rows.back @ found.coefficients
        errors = np.sqrt(np.diag(rows.back @ found.covariance @ rows.back.T))
        remark = EXPLORATORY if len(b) > 1 else "; ".join(found.notes)
        for term, value, error in zip(rows.terms, b, errors, strict=True):
            row = inference(float(value), float(error), found.df, conf_level)
            out.append({"term": term, **row, "note": remark})
    for term, why in rows.dropped.items():
        out.append({"term": term, "estimate": math.nan, "note": f"{term} {why}"})
    return [{"part": "coefficient", "estimand": "difference that the moderator makes", **row} for row in out]


def moderator_row(found: Model | None) -> dict[str, Any]:
    """Joint test of all moderators: Wald's, chi-square or F."""
    row = {"part": "coefficient", "term": "moderators", "estimand": "all moderators together"}
    if found is None or len(found.coefficients) < 2:
        return row | {"estimate": math.nan, "note": "no moderator can be told"}
    b, covariance = found.coefficients[1:], found.covariance[1:, 1:]
    wald, m = float(b @ np.linalg.solve(covariance, b)), len(b)
    if math.isnan(found.df):
        p, note = float(special.chdtrc(m, wald)), f"QM, chi-square with {m} degrees of freedom"
        return row | {"estimate": wald, "statistic": wald, "df": m, "p_value": p, "note": note}
    p, note = float(special.fdtrc(m, found.df, wald / m)), f"F with {m} and {found.df:g} degrees of freedom"
    return row | {"estimate": wald / m, "statistic": wald / m, "df": m, "p_value": p, "note": note}


def spread_rows(
    found: Model | None, rows: Rows, plain: Model | None, fixed: bool, unit: str
) -> list[dict[str, Any]]:
    """Rows of tau², I², H², Q, with moderators R², with levels the variance of each."""
    out: dict[str, dict[str, Any]] = {}
    if found is None or math.isnan(found.q):
        why = NONE if found is None else ONE
        out = {term: {"estimate": math.nan, "note": why} for term in ("tau2", "i2", "h2", "q")}
    else:
        low, high, typical = found.tau2_low, found.tau2_high, found.typical
        empty = "the estimates differ less than chance alone lets them: the interval is empty"
        note = empty if math.isnan(low) and not fixed and not rows.levels else ""
        if rows.levels and math.isnan(low):
            note = "sum over the levels; each has its interval"
        out["tau2"] = {
            "estimate": found.tau2,
            "std_error": found.tau2_error,
            "conf_low": low,
            "conf_high": high,
            "note": f"not estimated: {FIXED}" if fixed else note,
        }
        i2 = [100 * t / (t + typical) for t in (found.tau2, low, high)]
        h2 = [1 + t / typical for t in (found.tau2, low, high)]
        if fixed:
            ratio = found.q / found.q_df
            i2[0], h2[0] = (100 * max(0.0, 1 - 1 / ratio) if ratio > 0 else 0.0), ratio
        out["i2"] = {"estimate": i2[0], "conf_low": i2[1], "conf_high": i2[2], "note": note}
        out["h2"] = {"estimate": h2[0], "conf_low": h2[1], "conf_high": h2[2], "note": note}
        p = float(special.chdtrc(found.q_df, found.q))
        out["q"] = {"estimate": found.q, "statistic": found.q, "df": found.q_df, "p_value": p}
    if rows.dropped or len(rows.terms) > 1:
        out["r2"] = _r2(found, plain)
    table = [
        {"part": "heterogeneity", "term": term, "estimand": TEXT[term], "note": "", **row}
        | {"unit": "%" if term in ("i2", "r2") else f"squared {unit}" if term == "tau2" and unit else ""}
        for term, row in out.items()
    ]
    if found is not None:
        for level, value, (low, high) in zip(rows.levels, found.components, found.intervals, strict=False):
            row = {"estimate": float(value), "conf_low": low, "conf_high": high, "level": level}
            words = f"variance of the true effects at the level {level}"
            table.append({"part": "heterogeneity", "term": f"tau2: {level}", "estimand": words, **row})
    return table


def _r2(found: Model | None, plain: Model | None) -> dict[str, Any]:
    if found is None or plain is None or math.isnan(found.tau2) or len(found.coefficients) < 2:
        return {"estimate": math.nan, "note": "no moderator, or no variance to tell"}
    if not plain.tau2 > 0:
        return {
            "estimate": math.nan,
            "note": "without moderators the variance is 0: there is nothing to tell",
        }
    return {"estimate": 100 * max(0.0, 1 - found.tau2 / plain.tau2)}


def shrunken_table(found: Model | None, rows: Rows, fixed: bool, common: dict[str, Any]) -> Estimates:
    """The true effect of every row given, in its order, keyed as the input."""
    keys, table = rows.keys, rows.table
    why = np.where(rows.reason == "", "", "left out: " + rows.reason.astype(str))
    out: dict[str, Any] = {key: table[key].array for key in keys}
    if "term" in table and len(set(table["term"].astype(str))) > 1 and "term_pooled" not in out:
        out["term_pooled"] = table["term"].array  # `term` itself says what the row is
        keys = [*keys, "term_pooled"]
    out |= _effects(found, found and found.blup, found and found.blup_error, rows.used, common["conf_level"])
    remark = "" if found is None else ONE if ONE in found.notes else FIXED if fixed else ""
    if found is not None and found.tau2 == 0:
        remark = "the variance between is 0 as estimated: every effect is the mean"
    notes = np.where(why == "", remark if found is not None else NONE, why)
    own = {c: table[c].array for c in ("n", "n_people", "n_people_total", "comparison") if c in table}
    words = {name: value for name, value in common.items() if name not in ("n", "n_people", "n_people_total")}
    words |= {"term": "shrunken", "estimand": "true effect of this one, given all of them (empirical Bayes)"}
    frame = pd.DataFrame({**words, **own, **out, "note": notes}, index=table.index)
    return Estimates(table=frame, keys=tuple(keys))


def group_table(
    found: Model | None, rows: Rows, levels: tuple[str, ...], common: dict[str, Any]
) -> Estimates:
    """The true mean effect of each of the largest groups; empty without levels."""
    kept = rows.kept
    names = ["/".join(levels[: depth + 1]) for depth in range(len(levels))]
    depth = names.index(rows.levels[0]) + 1 if len(rows.levels) > 1 else 0
    keys = list(levels[:depth])
    own = {
        key: f"{key}_pooled" for key in keys if key in ESTIMATE_COLUMNS
    }  # the fixed columns are the result's
    if not depth or found is None or not len(found.group_blup):
        return EMPTY
    first = np.unique(rows.codes[0], return_index=True)[1]
    effects = _effects(
        found, found.group_blup, found.group_error, np.full(len(first), True), common["conf_level"]
    )
    heads = {k: v for k, v in common.items() if k not in ("n_people", "n_people_total", "n")}
    frame = kept.iloc[first][keys].reset_index(drop=True).rename(columns=own).assign(**effects, **heads)
    frame["n"] = np.bincount(rows.codes[0])
    frame = frame.assign(
        term="shrunken", estimand="true mean effect of this group, given all of them", note=""
    )
    return Estimates(table=frame, keys=tuple(own.get(key, key) for key in keys))


def _effects(
    found: Model | None, blup: Any, error: Any, used: np.ndarray, conf_level: float
) -> dict[str, np.ndarray]:
    columns = {
        name: np.full(len(used), np.nan) for name in ("estimate", "std_error", "conf_low", "conf_high", "df")
    }
    if found is None:
        return columns
    half = limits(found.df, conf_level) * error
    for name, values in (
        ("estimate", blup),
        ("std_error", error),
        ("conf_low", blup - half),
        ("conf_high", blup + half),
    ):
        columns[name][used] = values
    columns["df"][used] = found.df
    return columns
