"""Would an earlier start, when nothing was trained, show an effect too?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from tne.measures.synthetic_fit import Plan, fit_group
from tne.measures.synthetic_panel import Block, as_period, period_values
from tne.measures.synthetic_placebo import effect_row, placebos_in_space
from tne.measures.synthetic_plan import penalised, predictor_matrix, window_of
from tne.result import Check, Estimate, number

NAME = "placebo_in_time"
LEAST = 4  # periods that the earlier start must leave before it


def placebo_in_time(
    panel: pd.DataFrame,
    block: Block,
    plan: Plan,
    *,
    earlier: Any,
    predictors: Sequence[Any] | None,
    unit: str,
    period: str,
    options: Mapping[str, Any],
) -> tuple[Estimate | None, Check]:
    """Return the effect of the start moved to `earlier` on the periods before the real one, and the judgement.

    Without `earlier` the start leaves the same share of the periods behind it as the real one. Windows are cut before
    it, and predictors without values left are dropped.
    """
    t = block.before
    if earlier is None:
        before = t * t // block.y.shape[1]
        if before < LEAST:
            return None, Check(
                NAME, "not_run", f"{t} periods before the start leave too few for an earlier one."
            )
    else:
        earlier = as_period(earlier, panel[period], "placebo_start")
        before = int(np.sum(block.periods < earlier))
        if not 0 < before < t:
            raise ValueError(
                f"`placebo_start` = {earlier} is not within the periods before the start, of which the first is "
                f"{block.periods[0]}. Give a later one, before `start`."
            )
    sub = replace(block, y=block.y[:, :t], periods=block.periods[:t], before=before)
    fitted = plan.fitted[plan.fitted < before]
    x, v = None, plan.v
    if plan.x is not None:
        cut, kept = _cut(panel, sub, predictors or (), period)
        if not cut:
            return None, Check(NAME, "not_run", "No predictor has values before the earlier start.")
        x = predictor_matrix(panel, sub, predictors=cut, unit=unit, period=period)[0]
        v = None if v is None else v[kept]
    elif v is not None:
        v = v[plan.fitted < before]
    if len(fitted) == 0 or (v is not None and v.sum() == 0):
        fitted, v = np.arange(before), None if plan.x is None else v
    if v is not None:
        v = v / v.sum() if v.sum() > 0 else np.full(len(v), 1 / len(v))
    early = penalised(sub, plan.method, x, v, fitted)
    donors, group = np.arange(len(block.donors)), np.arange(len(block.donors), len(block.y))
    fit = fit_group(sub.y, early, donors, group)
    space = placebos_in_space(sub.y, early, donors, len(group), options["draws"], options["seed"])
    row = effect_row(sub.y, fit, early, space, **options)
    row.pop("rank")
    where = sub.periods[before]
    found = Estimate(
        term="placebo_in_time",
        **row,
        n=sub.y.size,
        conf_level=options["conf_level"],
        estimand=f"mean gap from {where} until the start, when nothing was trained",
    )
    least = 1 / (len(space.fits) + 1) if options["errors"] == "placebo_test" else 0.0
    return found, _judged(found, where, least)


def _cut(
    panel: pd.DataFrame, sub: Block, predictors: Sequence[Any], period: str
) -> tuple[list[tuple[Any, ...]], list[int]]:
    """Return the predictors whose window, ended before the earlier start, has values of every unit."""
    last = sub.periods[sub.before - 1]
    times, cut, kept = period_values(panel[period]), [], []
    for i, given in enumerate(predictors):
        column, first, until = window_of(given, sub)
        first, until = (as_period(value, panel[period], "predictors") for value in (first, until))
        until = min(until, last)
        if first > until:
            continue
        inside = ((times >= first) & (times <= until) & panel[column].notna()).to_numpy(dtype=bool)
        if len(np.unique(sub.codes[inside])) == len(sub.y):
            cut.append((column, first, until))
            kept.append(i)
    return cut, kept


def _judged(found: Estimate, where: Any, least: float) -> Check:
    alpha = 1 - found.conf_level
    text = f"The start moved to {where}, when nothing was trained, gives {number(found.estimate)}"
    if math.isnan(found.p_value):
        return Check(NAME, "not_run", f"{text}, without a test.")
    if least > alpha + 1e-9:
        return Check(NAME, "not_run", f"{text}; there are too few donors to test it.")
    return Check(NAME, "warn" if found.p_value <= alpha else "pass", f"{text}, p = {found.p_value:.3f}.")
