"""What do several markets or programmes say together, and what does that say of each?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_level_of_confidence
from tne.measures.pool_checks import egger, threats
from tne.measures.pool_model import Model, model
from tne.measures.pool_prediction import KINDS
from tne.measures.pool_result import Interval, Pooled
from tne.measures.pool_rows import Rows, rows_to_pool
from tne.measures.pool_table import (
    EMPTY,
    TEXT,
    as_table,
    coefficient_rows,
    group_table,
    mean_rows,
    moderator_row,
    shrunken_table,
    spread_rows,
)
from tne.measures.pool_variance import METHODS
from tne.result import Estimates, Result, estimate_from

__all__ = ["Pooled", "pool"]


def pool(
    estimates: pd.DataFrame | Result,
    *,
    method: str = "REML",
    knapp_hartung: bool = True,
    moderators: str | Sequence[str] = (),
    levels: str | Sequence[str] = (),
    prediction: str = "plug_in",
    estimate: str = "estimate",
    std_error: str = "std_error",
    conf_level: float = 0.95,
) -> Pooled:
    """Pool estimates of several markets or programmes: a meta-analysis.

    Parameters
    ----------
    estimates : DataFrame or Estimates
        One row per estimate, of different people and in one unit. Columns other than the fixed ones are keys. Counts
        of people come from ``n_people`` and ``n_people_total``.
    method : {"REML", "DL", "PM", "HE", "fixed"}
        How the variance tau² between the true effects is estimated: restricted likelihood, DerSimonian-Laird,
        Paule-Mandel, Hedges; ``"fixed"`` assumes one true effect for all.
    knapp_hartung : bool
        Intervals by Knapp and Hartung, t with k − p. Otherwise by the normal quantile. Not for ``"fixed"``. With
        `levels`: t with the number of largest groups less the coefficients between them, errors as they are.
    moderators : str or sequence of str, optional
        Columns that may explain the differences: numbers as they are, categories against their first level.
    levels : str or sequence of str, optional
        Nested columns, the largest group first, such as ``("market", "programme_id")``; the rows are the last level
        of their own accord. REML only.
    prediction : {"plug_in", "confidence"}
        ``"plug_in"`` takes tau² as it is estimated, as metafor does, and is too short where it is poorly known.
        ``"confidence"`` averages over what tau² may be; wider, and right with few estimates. Not with `levels`.
    estimate, std_error : str
        Columns of the estimates and of their standard errors.
    conf_level : float

    Returns
    -------
    Pooled
        ``.mean``, ``.prediction``, ``.tau2`` (interval by Q-profile, with levels by profile likelihood), ``.i2`` and
        ``.r2`` (per cent), ``.h2``, ``.q``, ``.coefficients``, ``.shrunken``, ``.groups``, ``.components``, ``.egger``.
        Checks ``missing, zero_error, repeated_rows, independent_estimates, comparable, few_groups, few_estimates,
        heterogeneity, exploratory, funnel_asymmetry``. Rows without an estimate, or with a standard error of 0, are
        left out and said; one estimate is returned as it is.

    Raises
    ------
    ValueError
        If a standard error is below 0, a level is missing, the units differ, or `levels` meet another method.

    Notes
    -----
    Weights are ``1 / (se² + tau²)``; the mean's variance is the inverse of their sum, with Knapp-Hartung times
    ``Σ w (y − ŷ)² / (k − p)``. The plug-in prediction interval is ``mean ± quantile · √(tau² + se²)``, with the mean's
    own quantile. Shrunken effects are ``λ y + (1 − λ) ŷ`` with ``λ = tau² / (tau² + se²)``; their intervals take tau²
    as known and are too short where it is poorly known. A pooled mean is no better than what enters it, and a tau² of 0
    does not show that all effects are equal.

    References
    ----------
    Viechtbauer (2010), Conducting meta-analyses in R with the metafor package, J. Statistical Software 36(3).
    Knapp and Hartung (2003), Improved tests for a random effects meta-regression, Statistics in Medicine 22.
    Nagashima, Noma and Furukawa (2019), Prediction intervals for random-effects meta-analysis: a confidence
    distribution approach, Statistical Methods in Medical Research 28.

    Examples
    --------
    >>> schools = pd.DataFrame({"estimate": [28.0, 8, -3, 7], "std_error": [15.0, 10, 16, 11]})
    >>> round(pool(schools, method="fixed").mean.estimate, 2)
    9.41
    """
    require_choice(method, METHODS, "method")
    require_choice(prediction, KINDS, "prediction")
    require_level_of_confidence(conf_level)
    moderators = (moderators,) if isinstance(moderators, str) else tuple(moderators)
    levels = (levels,) if isinstance(levels, str) else tuple(levels)
    if levels and method != "REML":
        raise ValueError(f"`levels` are estimated by REML, not by {method!r}. Choose method='REML'.")
    if levels and prediction != "plug_in":
        raise ValueError(
            "With `levels` only prediction='plug_in' is known. Choose it, or pool without levels."
        )
    rows = rows_to_pool(estimates, estimate, std_error, moderators, levels)
    settings: dict[str, Any] = {"method": method, "knapp_hartung": knapp_hartung, "conf_level": conf_level}
    found = model(rows.design, rows.y, rows.v, rows.codes, **settings) if len(rows.y) else None
    plain = None
    if len(rows.terms) > 1:
        ones = np.ones((len(rows.y), 1))
        plain = model(ones, rows.y, rows.v, rows.codes, method=method, knapp_hartung=False)
    common = _common(rows, found, method, conf_level)
    mean, next_one = mean_rows(found, rows, prediction, _remark(rows), conf_level)
    mean |= {"estimand": TEXT["mean"] + (", at average moderators" if len(rows.terms) > 1 else "")}
    next_one |= {"estimand": TEXT["prediction"]}
    spread = spread_rows(found, rows, plain, method == "fixed", common["unit"])
    told = [*coefficient_rows(found, rows, conf_level), moderator_row(found)] if moderators else []
    table = as_table([common | row for row in (mean, next_one, *told, *spread)])
    headline = estimate_from(common | mean)
    interval = Interval(float(next_one.get("conf_low", math.nan)), float(next_one.get("conf_high", math.nan)))
    asymmetry, check = egger(rows, **settings)
    return Pooled(
        estimates=Estimates(table=table, keys=("part",)),
        mean=headline,
        prediction=interval,
        shrunken=shrunken_table(found, rows, method == "fixed", common),
        groups=group_table(found, rows, levels, common),
        components=_components(spread, common),
        egger=asymmetry,
        checks=(*threats(rows, found, headline, interval, moderators), check),
    )


def _components(spread: list[dict[str, Any]], common: dict[str, Any]) -> Estimates:
    table = [common | row for row in spread if "level" in row]
    return Estimates(table=as_table(table), keys=("level",)) if table else EMPTY


def _common(rows: Rows, found: Model | None, method: str, conf_level: float) -> dict[str, Any]:
    kept = rows.kept
    words = {"fixed": "fixed effect", "DL": "DerSimonian-Laird", "PM": "Paule-Mandel", "HE": "Hedges"}.get(
        method, method
    )
    if len(rows.codes) > 1:
        words = f"REML with levels {', '.join(rows.levels)}"
    if found is None or math.isnan(found.df):
        words += ", normal quantile"
    elif len(rows.codes) > 1:
        words += f", t with {found.df:g} degrees of freedom"
    else:
        words += f", Knapp-Hartung, t with {found.df:g} degrees of freedom"
    return {
        "n": len(rows.y),
        "n_people": _people(kept, "n_people"),
        "n_people_total": _people(kept, "n_people_total"),
        "conf_level": conf_level,
        "method": words,
        **{name: _only(kept, name) for name in ("unit", "comparison")},
    }


def _people(kept: pd.DataFrame, column: str) -> float:
    """People behind all rows: added over markets, in a market the most of one row, as rows may share people."""
    if column not in kept or not len(kept) or kept[column].isna().any():
        return math.nan
    counts = kept[column].to_numpy(dtype=float)
    if "market" not in kept:
        return float(counts.sum())
    codes, markets = pd.factorize(kept["market"], use_na_sentinel=False)
    most = np.full(len(markets), -np.inf)
    np.maximum.at(most, codes, counts)
    return float(most.sum())


def _only(kept: pd.DataFrame, column: str) -> str:
    values = set(kept[column].dropna().astype(str)) if column in kept else set()
    return values.pop() if len(values) == 1 else ""


def _remark(rows: Rows) -> str:
    gone = [f"{n} left out: {why}" for why, n in Counter(rows.reason[~rows.used]).items()]
    return "; ".join([*gone, *rows.notes, *(f"{term} {why}" for term, why in rows.dropped.items())])
