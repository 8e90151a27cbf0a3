"""What does a fitted model say of each item?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tne.measures.inference import inference
from tne.measures.irt_fit import STEEPEST, Fit
from tne.measures.irt_responses import Responses
from tne.result import ESTIMATE_COLUMNS

RUNAWAY = f"no finite estimate: the slope passed {STEEPEST:g}"
FLAT = "the slope is 0: no ability makes a right answer more likely than not"
SINGULAR = "no standard error: the information is singular"
FIXED = "fixed by the model"
TERMS = {
    "discrimination": (
        "logits per SD of ability",
        "slope of the log-odds of a right answer by ability",
    ),
    "difficulty": ("SD of ability", "where half get the item right on the scale of ability"),
}


def item_table(
    answers: Responses, found: Fit | None, model: str, why: str, conf_level: float, people: str
) -> pd.DataFrame:
    """Return the long table, a row per item and term; ability is standard normal among `people`."""
    rows, place, total = [], -1, float(answers.n_people)
    for item, note, n in zip(answers.items, answers.notes, answers.n_answers, strict=True):
        usable = note == ""
        place += usable
        common = {
            "n": float(n),
            "n_people": float(n),
            "n_people_total": total,
            "conf_level": conf_level,
        }
        for term, (unit, estimand) in TERMS.items():
            numbers = (
                _undefined(note or why)
                if found is None or not usable
                else _of(found, place, term, conf_level)
            )
            words = {
                "unit": unit,
                "estimand": f"{estimand}, which is standard normal among {people}",
                "comparison": "",
                "method": _method(model),
            }
            rows.append({"item": item, "term": term} | common | words | numbers)
    return pd.DataFrame(rows).reindex(columns=["item", *ESTIMATE_COLUMNS])


def wide(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per item."""
    a, b = (table[table["term"] == term].reset_index(drop=True) for term in TERMS)
    return pd.DataFrame(
        {
            "item": a["item"],
            "n": a["n"],
            "discrimination": a["estimate"],
            "discrimination_se": a["std_error"],
            "difficulty": b["estimate"],
            "difficulty_se": b["std_error"],
            "note": b["note"],
        }
    )


def _of(found: Fit, place: int, term: str, conf_level: float) -> dict[str, Any]:
    """Return estimate and inference of one item's discrimination or difficulty."""
    size = len(found.slopes)
    slope, intercept = found.slopes[place], found.intercepts[place]
    if found.runaway[place]:
        return _undefined(RUNAWAY)
    where = [place, size + place]
    covariance = found.covariance[np.ix_(where, where)]
    if term == "discrimination":
        value, gradient = float(slope), np.array([1.0, 0.0])
        if found.model == "Rasch":
            return _undefined(FIXED) | {"estimate": value}
    else:
        if abs(slope) < 1e-4:
            return _undefined(FLAT)
        value, gradient = float(-intercept / slope), np.array([intercept / slope**2, -1 / slope])
    error = float(np.sqrt(gradient @ covariance @ gradient))
    if math.isnan(error):
        return _undefined(SINGULAR) | {"estimate": value}
    return inference(value, error, math.nan, conf_level) | {"note": ""}


def _undefined(note: str) -> dict[str, Any]:
    names = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")
    return dict.fromkeys(names, math.nan) | {"note": note}


def _method(model: str) -> str:
    freedom = {"Rasch": "slopes fixed at 1", "1PL": "one common slope", "2PL": "a slope for each item"}[model]
    return f"{model} ({freedom}), marginal maximum likelihood, observed information"
