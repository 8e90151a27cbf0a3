"""How are the numbers of a fitted linear mixed model told, row by row?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tne.measures.inference import inference
from tne.measures.mixed_fit import LinearFit, factors_of
from tne.measures.mixed_profile import Spread, satterthwaite, share_limits, spread
from tne.measures.mixed_system import conditional_variances, effects, solve
from tne.measures.mixed_terms import INTERCEPT, Term

RESIDUAL, FIXED = "residual", "fixed"
AT_ZERO = "estimated as 0: no more variation than chance makes"
TOUCHES_ZERO = "the interval reaches 0: no standard error is meaningful"


def random_rows(fit: LinearFit, terms: list[Term], size: float, conf_level: float) -> list[dict[str, Any]]:
    """Return standard deviations, variances, shares and correlations; `size` is the unit of the fit's outcome."""
    found = spread(fit, conf_level)
    sd, error, ends = size * found.sd, size * found.sd_error, size * found.sd_limits
    scalar = all(term.effects == (INTERCEPT,) for term in terms)
    shares = share_limits(fit, conf_level) if scalar else np.full((len(terms), 2), np.nan)
    part = [_mean_variance(term, low) for term, low in zip(terms, factors_of(fit.model, fit.x), strict=True)]
    rows: list[dict[str, Any]] = []
    at = 0
    for t, term in enumerate(terms):
        for effect in term.effects:
            rows += _sd_rows(term.group, effect, sd[at], error[at], ends[at])
            at += 1
        rows += _correlation_rows(found, t, term, sd[at - term.width : at])
        note = "" if scalar else "mean over the rows; no interval with slopes"
        rows.append(
            {
                "group": term.group,
                "term": "icc" if term.effects[0] == INTERCEPT else f"icc[{term.effects[0]}]",
                "estimate": part[t] / (1 + sum(part)),
                "conf_low": shares[t, 0],
                "conf_high": shares[t, 1],
                "note": note or (AT_ZERO if part[t] == 0 else ""),
            }
        )
    return [*rows, *_sd_rows(RESIDUAL, INTERCEPT, sd[-1], error[-1], ends[-1])]


def _sd_rows(group: str, effect: str, sd: float, error: float, ends: np.ndarray) -> list[dict[str, Any]]:
    note = AT_ZERO if sd == 0 else TOUCHES_ZERO if ends[0] == 0 else ""
    of = "" if effect == INTERCEPT else f"[{effect}]"
    common = {"group": group, "note": note}
    low, high = map(float, ends)
    return [
        common | {"term": f"sd{of}", "estimate": sd, "std_error": error, "conf_low": low, "conf_high": high},
        common
        | {
            "term": f"variance{of}",
            "estimate": sd**2,
            "std_error": 2 * sd * error,
            "conf_low": low**2,
            "conf_high": high**2,
        },
    ]


def _correlation_rows(found: Spread, t: int, term: Term, sd: np.ndarray) -> list[dict[str, Any]]:
    rows = []
    for i in range(term.width):
        for j in range(i):
            of = term.effects[i] if term.effects[j] == INTERCEPT else f"{term.effects[j]},{term.effects[i]}"
            value = float(found.correlation[t][i, j])
            low, high = found.correlation_limits.get(t, (math.nan, math.nan))
            note = "" if not math.isnan(low) else "intervals of correlations need exactly two effects"
            if math.isnan(value):
                note = "an effect with variance 0 has no correlation"
            elif abs(value) > 1 - 1e-9:
                note = "at its bound: the data do not tell the effects apart"
            common = {"group": term.group, "note": note}
            rows.append(
                common | {"term": f"correlation[{of}]", "estimate": value, "conf_low": low, "conf_high": high}
            )
            covariance = 0.0 if math.isnan(value) else value * sd[i] * sd[j]
            rows.append(
                {"group": term.group, "term": f"covariance[{of}]", "estimate": covariance, "note": ""}
            )
    return rows


def fixed_rows(fit: LinearFit, names: list[str], size: float, conf_level: float) -> list[dict[str, Any]]:
    """Return the coefficients, t with Satterthwaite's degrees of freedom."""
    errors = np.sqrt(np.diag(fit.covariance))
    note = "given that a variance is 0" if fit.singular else ""
    rows = zip(names, size * fit.coefficients, size * errors, satterthwaite(fit), strict=True)
    return [
        {"group": FIXED, "term": name, **inference(float(b), float(se), float(df), conf_level), "note": note}
        for name, b, se, df in rows
    ]


def _mean_variance(term: Term, low: np.ndarray) -> float:
    """Return the term's variance relative to the residual, averaged over the rows: mean of z'LL'z."""
    return float(((term.design @ low) ** 2).sum(axis=1).mean())


def level_effects(fit: LinearFit, size: float) -> pd.DataFrame:
    """Return every level's prediction with its standard deviation given data and parameters."""
    model, s = fit.model, fit.solver
    weight = np.append(-model.r @ (fit.coefficients - model.ols), 1.0)[:, None]
    first, rest = effects(s, *solve(s, model.first @ weight, model.rest @ weight))
    variances = conditional_variances(s)
    tables = []
    for i, term in enumerate(model.blocks.terms):
        start, stop = model.blocks.spans[i]
        b = first if i == model.blocks.largest else rest[start:stop]
        tables.append(
            pd.DataFrame(
                {
                    "group": term.group,
                    "level": np.repeat(np.asarray(term.labels, dtype=object), term.width),
                    "effect": list(term.effects) * term.levels,
                    "estimate": size * b[:, 0],
                    "conditional_sd": size * fit.sigma * np.sqrt(np.maximum(variances[i].ravel(), 0.0)),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def with_units(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Add what each row measures."""
    kind = table["term"].str.split("[").str[0].where(table["group"] != FIXED, FIXED)
    said = {
        "sd": f"standard deviation of {outcome} between levels",
        "variance": f"variance of {outcome} between levels",
        "icc": f"share of the variance of {outcome} that lies between levels",
        "correlation": "correlation of the levels' intercepts and slopes",
        "covariance": "covariance of the levels' intercepts and slopes",
        FIXED: f"coefficient for {outcome}",
    }
    units = {"icc": "share", "correlation": "", "variance": f"squared units of {outcome}"}
    estimand = kind.map(said).where(table["group"] != RESIDUAL, f"{outcome} within all groupings")
    return table.assign(
        unit=kind.map(lambda k: units.get(k, "" if k == "covariance" else f"units of {outcome}")),
        estimand=estimand,
        comparison=np.where(table["group"].isin([FIXED, RESIDUAL]), "", "the other levels of the grouping"),
    )
