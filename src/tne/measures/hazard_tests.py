"""Does any covariate matter, and what speaks against the model?"""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.hazard_design import Design
from tne.measures.hazard_fit import HazardFit
from tne.result import Check, Estimates

PER_COEFFICIENT = 10
MANY_CLUSTERS = 40


def global_tests(fit: HazardFit | None, covariance: np.ndarray | None, about: dict[str, Any]) -> Estimates:
    """Likelihood-ratio, score and Wald tests that all coefficients are 0."""
    values = dict.fromkeys(("likelihood_ratio", "score", "wald"), math.nan)
    df, note = math.nan, "nobody was seen to have the event"
    if fit is not None:
        df, note = float(len(fit.coefficients)), ""
        values["likelihood_ratio"] = 2 * float(fit.moments.value.sum() - fit.null.value.sum())
        u, whole = fit.null.score.sum(axis=0), fit.null.information.sum(axis=0)
        values["score"] = float(u @ np.linalg.lstsq(whole, u, rcond=1e-12)[0])
        if not fit.infinite.any():
            b = fit.coefficients
            values["wald"] = float(b @ np.linalg.lstsq(cast(np.ndarray, covariance), b, rcond=1e-12)[0])
    rows = []
    for term, value in values.items():
        why = note if not math.isnan(value) or note else "a coefficient has no finite best value"
        p = float(stats.chi2.sf(value, df)) if math.isfinite(value) else math.nan
        text = {"unit": "chi-square", "estimand": "no covariate matters", "term": term, "note": why}
        rows.append(about | text | {"estimate": value, "statistic": value, "df": df, "p_value": p})
    return Estimates(table=pd.DataFrame(rows))


def threats_to_hazards(
    weight: np.ndarray,
    hit: np.ndarray,
    design: Design,
    fit: HazardFit | None,
    drift: pd.DataFrame,
    groups: np.ndarray | None,
    cluster: str | None,
) -> tuple[Check, ...]:
    """Test events, separation, collinear columns, proportional hazards and clusters."""
    k = max(1, int(design.kept.sum()))
    events = float(weight[hit].sum())
    wanted = PER_COEFFICIENT * k
    status = "pass" if events >= wanted else "warn" if events > 0 else "fail"
    checks = [
        Check("few_events", status, f"{events:g} events for {k} coefficients; {wanted} or more are wanted.")
    ]
    endless = 0 if fit is None else int(fit.infinite.sum())
    state = "not_run" if fit is None else "fail" if endless else "pass"
    checks.append(Check("separation", state, f"{endless} coefficients have no finite best value."))
    same = int((~design.kept).sum())
    checks.append(Check("collinear", "warn" if same else "pass", f"{same} columns say nothing of their own."))
    checks.append(_proportional(drift))
    if groups is not None:
        count = int(groups.max()) + 1 if len(groups) else 0
        detail = f"{count} clusters ({cluster}); robust errors want {MANY_CLUSTERS}."
        checks.append(Check("clusters", "pass" if count >= MANY_CLUSTERS else "warn", detail))
    return tuple(checks)


def _proportional(drift: pd.DataFrame) -> Check:
    known = drift.loc[drift["p_value"].notna()]
    if not len(known):
        return Check(
            "proportional_hazards", "not_run", "There are too few events to see whether a ratio drifts."
        )
    whole = known.loc[known["covariate"] == "GLOBAL", "p_value"]
    p = float(whole.iloc[0]) if len(whole) else float(known["p_value"].min())
    least = float(known.loc[known["covariate"] != "GLOBAL", "p_value"].min())
    status = "warn" if p < 0.05 else "pass"
    detail = f"Global p = {p:.3f}; the least of the covariates' is {least:.3f}."
    return Check("proportional_hazards", status, detail + (" A ratio changes with time." if p < 0.05 else ""))
