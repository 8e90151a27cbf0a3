"""What is a survey mean worth, given strata, clusters and how many were invited?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_columns, require_no_missing, require_numeric


def design_mean(
    value: pd.Series,
    weight: pd.Series,
    cluster: pd.Series,
    stratum: pd.Series | None,
    conf_level: float,
    *,
    share: bool = False,
) -> dict:
    """Return a weighted mean with its linearised error, clusters within strata.

    Parameters
    ----------
    value, weight, cluster : Series, one row per respondent
    stratum : Series, optional
        Numbers of the strata.
    conf_level : float
    share : bool
        Interval of Wilson on the effective number, so that it stays between 0 and 1.

    Returns
    -------
    dict
        estimate, std_error, df, conf_low, conf_high, note.
    """
    y, w = value.to_numpy(dtype=float), weight.to_numpy(dtype=float)
    if not w.sum() > 0:
        return {"estimate": math.nan, "note": "no respondent has a positive weight"}
    mean = float(w @ y / w.sum())
    layer = np.zeros(len(y), dtype=int) if stratum is None else pd.factorize(stratum.to_numpy())[0]
    code, names = pd.factorize(cluster.to_numpy())
    group, _ = pd.factorize(layer * len(names) + code)
    pull = np.bincount(group, w * (y - mean) / w.sum())
    of = np.zeros(group.max() + 1, dtype=int)
    of[group] = layer
    n = np.bincount(of)
    # A stratum seen through one cluster has no spread of its own: it is compared with the overall mean.
    centre = np.where(n > 1, np.bincount(of, pull) / np.maximum(n, 1), 0.0)
    part = np.where(n > 1, n / np.maximum(n - 1, 1), 1.0) * np.bincount(of, (pull - centre[of]) ** 2)
    df = float(len(of) - (n > 1).sum()) if (n > 1).any() else 0.0
    if len(of) < 2 or df < 1:
        return {"estimate": mean, "note": "one respondent or cluster: no standard error"}
    se = math.sqrt(part.sum())
    quantile = stats.t.ppf(0.5 + conf_level / 2, df)
    low, high = mean - quantile * se, mean + quantile * se
    if share:
        effective = mean * (1 - mean) / se**2 if se > 0 else float(len(of))
        low, high = wilson(mean, effective, quantile)
    return {"estimate": mean, "std_error": se, "df": df, "conf_low": low, "conf_high": high, "note": ""}


def poststratified(group: pd.DataFrame, invited: pd.DataFrame, conf_level: float) -> dict:
    """Return the mean over everybody invited, each stratum standing for its own people.

    Parameters
    ----------
    group : DataFrame
        One row per respondent: score, weight, cluster, stratum.
    invited : DataFrame
        Columns stratum and invited.
    conf_level : float

    Returns
    -------
    dict
    """
    method = "post-stratified, finite population correction"
    invited = invited.loc[invited["invited"] > 0]
    total = invited["invited"].sum()
    silent = int((~invited["stratum"].isin(group["stratum"])).sum())
    if silent:
        return {
            "estimate": math.nan,
            "method": method,
            "note": f"nobody answered in {silent} of {len(invited)} strata",
        }
    estimate, variance, spread, lonely = 0.0, 0.0, 0.0, 0
    for stratum, n_invited in zip(invited["stratum"], invited["invited"], strict=True):
        mine = group.loc[group["stratum"] == stratum]
        part = design_mean(mine["score"], mine["weight"], mine["cluster"], None, conf_level)
        share = n_invited / total
        estimate += share * part["estimate"]
        left = max(1 - len(mine) / n_invited, 0.0)
        if left == 0:
            continue
        if "std_error" not in part:
            lonely += 1
            continue
        v = share**2 * left * part["std_error"] ** 2
        variance, spread = variance + v, spread + v**2 / part["df"]
    out = {"estimate": estimate, "method": method, "note": ""}
    if lonely:
        return out | {"note": f"no standard error: {lonely} strata have one respondent or cluster"}
    se = math.sqrt(variance)
    df = variance**2 / spread if spread > 0 else math.inf
    half = stats.t.ppf(0.5 + conf_level / 2, df) * se
    return out | {"std_error": se, "df": df, "conf_low": estimate - half, "conf_high": estimate + half}


def population_table(
    population: pd.DataFrame | Mapping[Any, float] | pd.Series | float | None,
    *,
    by: list[str],
    strata: list[str],
) -> pd.DataFrame | None:
    """Return the numbers invited as columns stratum (tuple), invited, and any `by` columns.

    Parameters
    ----------
    population : DataFrame, mapping, Series, number or None
    by, strata : list of str

    Returns
    -------
    DataFrame or None
    """
    if population is None:
        return None
    if isinstance(population, pd.DataFrame):
        require_columns(population, strata, "population")
        known = [*dict.fromkeys([*by, *strata])]
        counts = [c for c in population.columns if c not in known]
        named = [c for c in counts if c in ("invited", "population", "n", "count", "size")]
        counts = named if len(counts) > 1 else counts
        if len(counts) != 1:
            raise ValueError(
                f"`population` must have one column of counts, not {len(counts)}. Name it `invited`."
            )
        require_numeric(population, counts, "population")
        require_no_missing(population, [*counts, *strata], "population")
        kept = [c for c in by if c in population.columns]
        table = population[kept].copy()
        table["invited"] = population[counts[0]].to_numpy(dtype=float)
        table["stratum"] = (
            list(zip(*(population[c] for c in strata), strict=True)) if strata else [()] * len(table)
        )
    elif isinstance(population, (Mapping, pd.Series)):
        if not strata:
            raise ValueError(
                "`population` is by stratum, but `strata` names no column. Name it, or give one number."
            )
        pairs = list(population.items())
        names = [k if isinstance(k, tuple) else (k,) for k, _ in pairs]
        table = pd.DataFrame({"stratum": names, "invited": [float(v) for _, v in pairs]})
    else:
        if strata:
            raise ValueError(
                "`population` is one number, but `strata` needs one per stratum. Give counts by stratum."
            )
        table = pd.DataFrame({"stratum": [()], "invited": [float(population)]})
    if not (table["invited"] >= 0).all():
        raise ValueError("`population` holds negative or missing counts. Give how many were invited.")
    return table


def wilson(share: float, n: float, quantile: float) -> tuple[float, float]:
    """Return Wilson's interval for a share of (effectively) `n`, with a normal or t `quantile`."""
    centre = (share + quantile**2 / (2 * n)) / (1 + quantile**2 / n)
    spread = max(share * (1 - share), 0) / n + quantile**2 / (4 * n**2)
    half = quantile / (1 + quantile**2 / n) * math.sqrt(spread)
    return centre - half, centre + half
