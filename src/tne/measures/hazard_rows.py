"""The coefficients of a Cox model as rows: on the log scale, as ratios, and how well they order people."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import special

from tne.measures.hazard_design import Design
from tne.measures.hazard_fit import HazardFit
from tne.measures.headcount import headcount
from tne.measures.inference import inference
from tne.result import Estimate, Estimates

SAME = "it says nothing that the other covariates do not say"
ENDLESS = "separated: everyone with the event comes first here, so no finite ratio is best"


def coefficient_rows(
    design: Design,
    fit: HazardFit | None,
    covariance: np.ndarray | None,
    frame: pd.DataFrame,
    about: dict[str, Any],
) -> Estimates:
    """Log hazard ratios, one row per column of the design."""
    table, place = [], np.cumsum(design.kept) - 1
    for j, (name, covariate) in enumerate(zip(design.names, design.covariates, strict=True)):
        level = covariate in design.references
        row = about | {
            "covariate": covariate,
            "term": name,
            "unit": "log hazard ratio",
            "estimand": f"log ratio of the rates {'between levels' if level else f'per unit of {covariate}'}",
            "comparison": f"{covariate} {design.references[covariate]}"
            if level
            else f"one unit less of {covariate}",
            "estimate": math.nan,
        }
        if level:
            row["n_people"] = _smallest(frame, covariate, name, design.references[covariate])
        elif frame[covariate].nunique() == 2:
            row["n_people"] = int(min(headcount(part) for _, part in frame.groupby(covariate, observed=True)))
        if not design.kept[j]:
            row["note"] = SAME
        elif fit is None:
            row["note"] = "nobody was seen to have the event"
        elif fit.infinite[place[j]]:
            row["note"] = ENDLESS
        else:
            error = math.sqrt(max(cast(np.ndarray, covariance)[place[j], place[j]], 0.0))
            row |= inference(float(fit.coefficients[place[j]]), error, math.nan, about["conf_level"])
            row["note"] = "" if fit.converged else "the search did not settle: read with care"
        table.append(row)
    columns = None if table else ["covariate", "term", "estimate", "note"]
    return Estimates(table=pd.DataFrame(table, columns=columns), keys=("covariate",))


def _smallest(frame: pd.DataFrame, covariate: str, name: str, reference: str) -> int:
    text = frame[covariate].astype(str)
    return int(min(headcount(frame.loc[text == level]) for level in (reference, name[len(covariate) :])))


def ratios(logs: Estimates) -> Estimates:
    """The same as ratios; limits are those of the logarithm."""
    table = logs.to_frame()
    with np.errstate(over="ignore"):
        ratio = np.exp(table["estimate"])
        table = table.assign(
            estimate=ratio,
            std_error=ratio * table["std_error"],
            conf_low=np.exp(table["conf_low"]),
            conf_high=np.exp(table["conf_high"]),
            unit="ratio of rates",
            estimand=table["estimand"].str.replace("log ratio", "ratio", regex=False),
        )
    return Estimates(table=table, keys=("covariate",))


def concordance_row(share: float, error: float, about: dict[str, Any]) -> Estimate:
    """Concordance with its interval."""
    z = float(special.ndtri((1 + about["conf_level"]) / 2))
    text: dict[str, Any] = {"term": "concordance", "unit": "share of pairs", "comparison": "chance (.5)"}
    text["estimand"] = "chance that of two people the one with the higher predicted rate comes first"
    row: dict[str, Any] = {
        "estimate": share,
        "std_error": error,
        "conf_low": share - z * error,
        "conf_high": share + z * error,
    }
    note = "" if math.isfinite(share) else "no two people can be compared"
    return Estimate(**about, **text, **row, note=note)
