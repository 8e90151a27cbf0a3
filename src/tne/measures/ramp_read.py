"""What does a fitted ramp say about a given week, or a given level?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from tne.measures.inference import inference
from tne.measures.ramp_fit import Ramp
from tne.result import Estimates

BEYOND = "beyond the times seen: the ramp is carried on"


def predicted(
    table: pd.DataFrame, ramps: tuple[tuple[object, Ramp], ...], times: np.ndarray, scale: str, last: float
) -> Estimates:
    """Each ramp at each time, with the delta method's interval."""
    if not (np.isfinite(times) & (times >= 0)).all():
        raise ValueError("Tenures must be numbers from 0. Correct `tenure`.")
    out = []
    for group, ramp in ramps:
        about = _about(table, group) | {"term": "predicted", "estimand": "mean of the outcome at that tenure"}
        for t in times:
            row: dict[str, Any] = {"estimate": math.nan, "note": ramp.why}
            if not ramp.why:
                plateau, rise, log_tau = ramp.values
                fall = math.exp(-t / math.exp(log_tau))
                slope = np.array([1.0, -fall, -rise * fall * t / math.exp(log_tau)])
                row = inference(plateau - rise * fall, _error(ramp, slope), ramp.df, about["conf_level"])
                row |= {"statistic": math.nan, "p_value": math.nan, "note": BEYOND if t > last else ""}
                if scale == "logit":
                    p = float(special.expit(row["estimate"]))
                    row |= {"estimate": p, "std_error": row["std_error"] * p * (1 - p)}
                    row |= {c: float(special.expit(row[c])) for c in ("conf_low", "conf_high")}
            if scale == "logit":
                about["unit"] = "share"
            out.append(about | {"tenure": float(t)} | row)
    columns = None if out else ["group", "tenure", "term", "estimate", "note"]
    return Estimates(table=pd.DataFrame(out, columns=columns), keys=("group", "tenure"))


def time_to(
    table: pd.DataFrame, ramps: tuple[tuple[object, Ramp], ...], value: float, scale: str, last: float
) -> Estimates:
    """The time at which each ramp reaches `value`; the interval is made on the logarithm."""
    if scale == "logit" and not 0 < value < 1:
        raise ValueError(f"`value` is {value}. On the logit scale give a share between 0 and 1.")
    aim, out = float(special.logit(value)) if scale == "logit" else float(value), []
    for group, ramp in ramps:
        about = _about(table, group) | {
            "term": "time_to",
            "estimand": f"tenure at which the mean reaches {value:g}",
        }
        tau = table.loc[(table["group"] == group) & (table["term"] == "tau")]
        about["unit"] = str(tau["unit"].iloc[0])
        row: dict[str, Any] = {"estimate": math.nan, "note": ramp.why}
        if not ramp.why:
            plateau, rise, log_tau = ramp.values
            left = (plateau - aim) / rise
            if not left > 0:
                row["note"] = "the ramp ends before it gets there"
            elif left >= 1:
                row = {"estimate": 0.0, "note": "it is reached from the start"}
            else:
                time = -math.exp(log_tau) * math.log(left)
                slope = np.array([-1 / (plateau - aim), 1 / rise, time / math.exp(log_tau)]) * math.exp(
                    log_tau
                )
                error = _error(ramp, slope)
                log = inference(math.log(time), error / time, ramp.df, about["conf_level"])
                row = {
                    "estimate": time,
                    "std_error": error,
                    "df": ramp.df,
                    "note": BEYOND if time > last else "",
                }
                row |= {c: float(np.exp(np.clip(log[c], -700, 700))) for c in ("conf_low", "conf_high")}
        out.append(about | row)
    columns = None if out else ["group", "term", "estimate", "note"]
    return Estimates(table=pd.DataFrame(out, columns=columns), keys=("group",))


def _about(table: pd.DataFrame, group: object) -> dict[str, Any]:
    row = table.loc[table["group"] == group].iloc[0]
    return {c: row[c] for c in ("group", "n", "n_people", "n_people_total", "conf_level", "method", "unit")}


def _error(ramp: Ramp, slope: np.ndarray) -> float:
    if not np.isfinite(ramp.covariance).all():
        return math.nan
    return math.sqrt(max(float(slope @ ramp.covariance @ slope), 0.0))
