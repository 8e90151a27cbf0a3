"""Which rows and lines does a fitted segmented regression give?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tne.measures.series_design import WORDS, Design, pooled, segmented
from tne.measures.series_fit import Fitted
from tne.measures.series_rows import Rows


def term_row(term: str, design: Design, found: Fitted | str) -> dict[str, Any]:
    """Return one row of the result."""
    unit, estimand = WORDS.get(term, ("", "level of its own since, or during, a known other change"))
    row: dict[str, Any] = {"term": term, "unit": unit, "estimand": estimand, "estimate": math.nan, "note": ""}
    if isinstance(found, str):
        return row | {"note": found}
    weights = design.on_kept(design.contrasts[term])
    if weights is None:
        return row | {"note": "the periods do not determine it: too few before or after the start"}
    return row | found.infer(weights)


def stacked_rows(data: Rows, design: Design, shape: tuple[Any, ...]) -> tuple[np.ndarray, ...] | None:
    """Return regressors, outcome and (unit, position) of all units' rows, for a pooled regression."""
    if data.stacked is None:
        return None
    at, y, is_control, units = data.stacked
    return pooled(segmented(at, *shape), is_control, design.kept), y, np.vstack([units, at])


def lines(data: Rows, design: Design, found: Fitted | str) -> pd.DataFrame:
    """Return what was seen, what was fitted and how the earlier trend would have gone on."""
    labels = dict(zip(data.time.positions.tolist(), data.time.labels, strict=True))
    frame = pd.DataFrame({"period": [labels[p] for p in data.at.tolist()], "observed": data.treated})
    base = 0.0 if data.control is None else data.control
    for name, x in (("fitted", design.x), ("counterfactual", design.without)):
        if isinstance(found, str) or not (name == "fitted" or design.kept[:2].all()):
            frame[name] = math.nan
        else:
            frame[name] = base + x[:, design.kept] @ found.coefficients
    if data.control is not None:
        frame["control"] = data.control
    return frame


def people(data: Rows, first: int) -> dict[str, float]:
    """People in a group are at least those of its fullest period."""
    sides = list(data.people[: 1 if data.control is None else 2])
    most = [
        float(np.max(side[part])) if part.any() else math.nan
        for side in sides
        for part in (data.at < first, data.at >= first)
    ]
    whole = [float(np.max(side)) if len(side) else math.nan for side in sides]
    return {"n_people": min(most) if not np.isnan(most).any() else math.nan, "n_people_total": sum(whole)}
