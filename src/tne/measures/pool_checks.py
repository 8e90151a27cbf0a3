"""What threatens a pooled mean? Small studies that differ, few of them, and estimates that do not belong together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tne.measures.inference import inference
from tne.measures.ols import missing_check
from tne.measures.pool_model import Model, model
from tne.measures.pool_result import Interval
from tne.measures.pool_rows import NO_ERROR, Rows
from tne.measures.pool_table import limits
from tne.result import Check, Estimate, p_text

FEW, FEW_GROUPS, ENOUGH_FOR_EGGER = 5, 10, 10


def egger(rows: Rows, *, method: str, knapp_hartung: bool, conf_level: float) -> tuple[Estimate, Check]:
    """Test whether estimates change with their standard errors, by the regression that pools them.

    The standard error enters the model as one more moderator (Sterne and Egger 2005; metafor's ``regtest``).
    """
    k, name, words = len(rows.y), "funnel_asymmetry", "Egger's regression on the standard error"
    plain: dict[str, Any] = {"term": "egger", "n": k, "conf_level": conf_level, "method": words}
    error = np.sqrt(rows.v)
    spread = float(error.std()) if k else 0.0
    x = np.column_stack([rows.design, (error - error.mean()) / spread]) if spread > 0 else rows.design
    why = ""
    if k < 3 or k - rows.design.shape[1] < 2:
        why = f"{k} estimates are too few"
    elif not spread > 1e-9 * float(error.max()) or np.linalg.matrix_rank(x, tol=1e-7) < x.shape[1]:
        why = "the standard errors do not differ, or the moderators tell them"
    if why:
        return Estimate(**plain, estimate=math.nan, note=why), Check(name, "not_run", f"{words}: {why}.")
    found = model(x, rows.y, rows.v, rows.codes, method=method, knapp_hartung=knapp_hartung)
    slope, slope_error = found.coefficients[-1] / spread, math.sqrt(found.covariance[-1, -1]) / spread
    result = Estimate(**plain, **inference(float(slope), slope_error, found.df, conf_level))
    letter = "z" if math.isnan(result.df) else "t"
    detail = f"{words}: {letter} = {result.statistic:.4f}, p {_p(result.p_value)}"
    if k < ENOUGH_FOR_EGGER:
        return result, Check(name, "not_run", f"{detail}; {k} estimates are too few to tell, ten are wanted.")
    if letter == "t" and len(rows.codes) < 2:  # as usually quoted
        z = result.statistic * math.sqrt(found.factor)
        detail += f" (without Knapp-Hartung z = {z:.4f})"
    # with unlike sizes Knapp-Hartung's error is short where it is the smaller one: both must be sure
    narrow = result.statistic * min(1.0, math.sqrt(found.factor))
    if result.p_value < 0.05 and abs(narrow) > limits(found.df, 0.95):
        return result, Check(name, "warn", f"{detail}: small ones say something else; some may be missing.")
    return result, Check(name, "pass", f"{detail}.")


def _p(p: float) -> str:
    shown = p_text(p)
    return shown if shown.startswith("<") else f"= {shown}"


def threats(
    rows: Rows, found: Model | None, mean: Estimate, prediction: Interval, moderators: Sequence[str]
) -> tuple[Check, ...]:
    """Checks of the input and of the mean."""
    k, checks = len(rows.y), []
    zero = int((rows.reason == NO_ERROR).sum())
    checks.append(missing_check(len(rows.table), k + zero))
    if zero:
        detail = f"{zero} estimates have a standard error of 0, which no weight suits, and were left out."
        checks.append(Check("zero_error", "warn", detail))
    checks += _belonging(rows)
    if len(rows.codes) > 1:
        groups = int(rows.codes[0].max()) + 1
        detail = f"{groups} of {rows.levels[0]}; {FEW_GROUPS} or more are wanted."
        checks.append(Check("few_groups", "warn" if groups < FEW_GROUPS else "pass", detail))
    detail = f"{k} estimates; with fewer than {FEW} the spread between them is hardly known."
    checks.append(Check("few_estimates", "warn" if k < FEW else "pass", detail))
    checks.append(_heterogeneity(mean, prediction))
    if moderators:
        detail = (
            "Moderators compare estimates, not people, and chance decided nothing: ideas for the next trial. "
            "Adjust their p-values for all that were tried."
        )
        checks.append(Check("exploratory", "warn", detail))
    return tuple(checks)


def _heterogeneity(mean: Estimate, prediction: Interval) -> Check:
    if math.isnan(prediction.low) or math.isnan(mean.conf_low):
        return Check("heterogeneity", "not_run", "There is no estimate of how much the true effects differ.")
    sure = mean.conf_low > 0 or mean.conf_high < 0
    if sure and prediction.low < 0 < prediction.high:
        detail = "The mean is on one side of 0, but the next true effect may be on the other."
        return Check("heterogeneity", "warn", detail)
    return Check("heterogeneity", "pass", "The prediction interval says no other than the mean's.")


def _belonging(rows: Rows) -> list[Check]:
    """Whether these estimates are of one kind and of different people."""
    table, checks = rows.kept, []
    keys = [*rows.keys, *(["term"] if "term" in table else [])]
    if rows.keys and len(table):
        twice = int(table.duplicated(keys, keep=False).sum())
        detail = f"{twice} of {len(table)} rows share all their keys: what is there twice counts twice."
        checks.append(
            Check("repeated_rows", "warn" if twice else "pass", detail if twice else "No row is twice.")
        )
    if "market" in table and not rows.codes and len(table):
        shared = int(table["market"].duplicated(keep=False).sum())
        detail = f"{shared} estimates share a market, and perhaps its people"
        status = "warn" if shared else "pass"
        words = f"{detail}: give `levels`." if shared else "Every market is there once."
        checks.append(Check("independent_estimates", status, words))
    mixed = [c for c in ("estimand", "comparison", "measure") if c in table and _several(table[c])]
    if any(c in table for c in ("estimand", "comparison", "measure")):
        detail = f"The estimates differ in their {' and '.join(mixed)}." if mixed else "All are of one kind."
        checks.append(Check("comparable", "warn" if mixed else "pass", detail))
    return checks


def _several(values: pd.Series) -> bool:
    return len(set(values.dropna().astype(str)) - {""}) > 1
