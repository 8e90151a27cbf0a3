"""What does the table of cohort × period effects say? Its columns, and how they were made, in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tne.measures.att_cells import Cells
from tne.measures.att_inference import Combination, Sample, inference
from tne.result import ESTIMATE_COLUMNS

_ADJUSTED = {
    "doubly_robust": "doubly robust",
    "regression": "outcome regression",
    "ipw": "inverse probability weighting",
}
COMPARISONS = {"never_treated": "never trained", "not_yet_treated": "not yet trained"}


def cell_table(
    cells: Cells, sample: Sample, comparison: str, method: str, reference: np.ndarray
) -> pd.DataFrame:
    """Return one row per cohort and period; `reference` marks cells that are zero by construction."""
    combination = Combination(
        cells.estimate, cells.influence, cells.members, cells.clusters_treated, cells.clusters_comparison
    )
    columns = inference(combination, sample, reference)
    columns["note"] = [a or b for a, b in zip(cells.note, columns["note"], strict=True)]
    table = pd.DataFrame(
        {
            "cohort": cells.cohort,
            "period": cells.period,
            "event_time": cells.period - cells.cohort,
            "term": "att",
            "estimate": cells.estimate,
            **columns,
            "n": (cells.n_treated + cells.n_comparison).astype(float),
            "n_people": np.minimum(cells.people_treated, cells.people_comparison),
            "n_people_total": cells.people_treated + cells.people_comparison,
            "conf_level": sample.conf_level,
            "unit": "",
            "estimand": "effect on those trained in the cohort, in the period",
            "comparison": COMPARISONS[comparison],
            "method": method,
        }
    )
    return table[["cohort", "period", "event_time", *ESTIMATE_COLUMNS]]


def method_of(baseline: int | None, trend: str | None, errors: str, adjustment: str) -> str:
    """Say in words how the effects and their errors were made."""
    base = (
        "varying base"
        if baseline is None
        else f"base: mean of {baseline} periods"
        if baseline > 1
        else "universal base"
    )
    if trend:
        base = f"base: line through {baseline} periods, carried forward"
    adjusted = f", {_ADJUSTED[adjustment]}" if adjustment else ""
    return f"Callaway-Sant'Anna group-time effects, {base}, {errors} errors{adjusted}"
