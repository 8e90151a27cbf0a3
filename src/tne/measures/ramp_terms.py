"""The terms of a ramp as rows, each cohort alone and drawn towards the mean of cohorts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tne.measures.inference import inference
from tne.measures.pool import pool
from tne.measures.ramp_fit import Ramp
from tne.result import Estimates

TERMS = ("plateau", "start", "rise", "tau")


def ramp_terms(ramp: Ramp, scale: str, conf_level: float, outcome: str, tenure: str) -> list[dict[str, Any]]:
    """Plateau, start, rise and tau of one cohort."""
    unit = "log-odds" if scale == "logit" else f"units of {outcome}"
    words = {
        "plateau": (unit, "level at which the improvement ends", (1, 0)),
        "start": (unit, "level at tenure 0", (1, -1)),
        "rise": (unit, "plateau minus start", (0, 1)),
    }
    out = []
    for term, (of, what, weights) in words.items():
        row: dict[str, Any] = {
            "term": term,
            "unit": of,
            "estimand": what,
            "estimate": math.nan,
            "note": ramp.why,
        }
        if not ramp.why:
            c = np.array([*weights, 0.0])
            error = (
                math.sqrt(max(float(c @ ramp.covariance @ c), 0.0))
                if np.isfinite(ramp.covariance).all()
                else math.nan
            )
            row |= inference(float(c @ ramp.values), error, ramp.df, conf_level)
            if term != "rise":  # that a level is 0 is nobody's question
                row |= {"statistic": math.nan, "p_value": math.nan}
        out.append(row)
    row = {"term": "tau", "unit": f"units of {tenure}", "estimand": "time in which 63 % of the rise is made"}
    row |= {"estimate": math.nan, "note": ramp.why}
    if not ramp.why:
        error = math.sqrt(ramp.covariance[2, 2]) if np.isfinite(ramp.covariance[2, 2]) else math.nan
        log = inference(float(ramp.values[2]), error, ramp.df, conf_level)
        tau = math.exp(ramp.values[2])
        row |= {"estimate": tau, "std_error": tau * error, "df": ramp.df}
        row |= {"conf_low": float(np.exp(log["conf_low"])), "conf_high": float(np.exp(log["conf_high"]))}
    return [*out, row]


def pooled_terms(table: pd.DataFrame, groups: list[object], conf_level: float) -> tuple[Estimates, Estimates]:
    """Shrink each term towards the mean of the cohorts; tau on its logarithm."""
    shrunken, means = [], []
    for term in TERMS:
        part = table.loc[table["term"] == term].reset_index(drop=True)
        log = term == "tau"
        given = pd.DataFrame(
            {
                "group": part["group"],
                "estimate": np.log(part["estimate"]) if log else part["estimate"],
                "std_error": part["std_error"] / part["estimate"] if log else part["std_error"],
                "n_people": part["n_people"],
                "n_people_total": part["n_people_total"],
            }
        )
        usable = given["std_error"].gt(0) & given["estimate"].notna()
        found = pool(given.loc[usable].reset_index(drop=True), conf_level=conf_level)
        each = found.shrunken.to_frame().set_index("group")
        for row in part.to_dict("records"):
            if row["group"] in each.index:
                row |= _back(each.loc[row["group"]].to_dict(), log)
                row["method"] += ", drawn towards the mean of cohorts"
            shrunken.append(row)
        mean = found.mean.as_row()
        text = {c: part[c].iloc[0] for c in ("unit", "estimand")}
        means.append(mean | _back(mean, log) | text | {"group": "mean of groups", "term": term})
    order = {group: i for i, group in enumerate(groups)}
    best = pd.DataFrame(shrunken)
    best = best.sort_values("group", key=lambda c: c.map(order), kind="stable").reset_index(drop=True)
    return Estimates(table=best, keys=("group",)), Estimates(table=pd.DataFrame(means), keys=("group",))


def _back(row: dict[str, Any], log: bool) -> dict[str, Any]:
    names = ("estimate", "std_error", "conf_low", "conf_high", "df")
    out = {name: float(row[name]) for name in names}
    out |= {"note": row["note"], "statistic": math.nan, "p_value": math.nan}
    if log:
        for name in ("estimate", "conf_low", "conf_high"):
            out[name] = math.exp(out[name])
        out["std_error"] *= out["estimate"]
    return out
