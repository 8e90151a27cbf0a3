"""Where nobody can be compared: what changed among the trained themselves, which is not yet an effect."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from tne.measures.designs.findings import Outcome, renamed
from tne.measures.gain import mean_change
from tne.result import Estimate

CAVEAT = "before and after of the trained alone: season, policies and practice are in it"


def before_after(
    panel: pd.DataFrame, outcome: Outcome, *, baseline: int, window: int, conf_level: float
) -> tuple[Estimate, tuple[float, float]]:
    """Mean change of the trained around their own training, and the weeks that it rests on.

    Notes
    -----
    Window weeks minus baseline weeks of the same people. It says nothing about cause.
    """
    mine = panel.loc[panel["cohort"].notna() & outcome.observed(panel)]
    since = mine["period"] - mine["cohort"]
    columns = [outcome.numerator, outcome.denominator]

    def ratio(first: int, last: int) -> pd.Series:
        return outcome.of(
            mine.loc[since.between(first, last)].groupby("moderator_id", observed=True)[columns].sum()
        )

    people = pd.DataFrame({"base": ratio(-baseline, -1), "post": ratio(0, window - 1)}).dropna()
    cohorts = mine["cohort"].astype(float)
    span = (float(cohorts.min()), float(cohorts.max()) + window - 1) if len(mine) else (math.nan, math.nan)
    words: dict[str, Any] = {
        "term": "before_after",
        "unit": outcome.unit,
        "comparison": "the same people before",
    }
    if len(people) < 2:
        note = "fewer than two people were seen both before and after their training"
        return Estimate(estimate=math.nan, conf_level=conf_level, note=note, **words), span
    change = mean_change(people, pre="base", post="post", conf_level=conf_level)
    return renamed(change, note="; ".join(filter(None, (change.note, CAVEAT))), **words), span
