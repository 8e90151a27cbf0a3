"""How many were invited, and how many of them answered?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_columns, require_no_missing, require_numeric
from tne.measures.survey_intervals import wilson
from tne.result import Check

UNEVEN = 0.10
LOW = 0.60
SMALL = 5
COUNTS = ("invited", "population", "n", "count", "size")


def population_table(
    population: pd.DataFrame | Mapping[Any, float] | pd.Series | float | None,
    *,
    by: list[str],
    strata: list[str],
) -> pd.DataFrame | None:
    """Return the numbers invited as columns stratum (tuple), invited, clusters, and any `by` columns.

    Parameters
    ----------
    population : DataFrame, mapping, Series, number or None
    by, strata : list of str

    Returns
    -------
    DataFrame or None
        ``invited`` or ``clusters`` is NaN where `population` does not tell it.
    """
    if population is None:
        return None
    if isinstance(population, pd.DataFrame):
        table = _from_frame(population, by, strata)
    elif isinstance(population, (Mapping, pd.Series)):
        pairs = list(population.items())
        names = [k if isinstance(k, tuple) else (k,) for k, _ in pairs]
        table = pd.DataFrame({"stratum": names, "invited": [_count(v) for _, v in pairs]})
        columns = strata or by  # without strata, the counts are of the groups
        if not columns or any(len(name) != len(columns) for name in names):
            raise ValueError(
                "`population` has counts by name, but `strata` (or, without it, `by`) names no such columns. "
                "Name them, or give one number."
            )
        for i, column in enumerate(columns):
            if column in by:
                table[column] = [name[i] for name in names]
        if not strata:
            table["stratum"] = [()] * len(table)
    else:
        if strata:
            raise ValueError(
                "`population` is one number, but `strata` needs one per stratum. Give counts by stratum."
            )
        table = pd.DataFrame({"stratum": [()], "invited": [_count(population)]})
    if "clusters" not in table:
        table["clusters"] = np.nan
    told = table[["invited", "clusters"]].to_numpy()
    if (told < 0).any() or np.isinf(told).any() or np.isnan(told).all(axis=1).any():
        raise ValueError("`population` holds negative or missing counts. Give how many were invited.")
    return table


def _count(value: Any) -> float:
    if not isinstance(value, (Real, np.number)):
        raise TypeError(
            f"`population` holds a {type(value).__name__}. Give a number, counts by stratum, or a frame of counts."
        )
    return float(value)


def _from_frame(population: pd.DataFrame, by: list[str], strata: list[str]) -> pd.DataFrame:
    require_columns(population, strata, "population")
    known = {*by, *strata, "clusters"}
    counts = [c for c in population.columns if c not in known]
    counts = [c for c in counts if c in COUNTS] if len(counts) > 1 else counts
    if len(counts) != 1 and not ("clusters" in population and not counts):
        raise ValueError(
            f"`population` must have one column of counts, not {len(counts)}. Name it `invited`."
        )
    numbers = counts + (["clusters"] if "clusters" in population else [])
    require_numeric(population, numbers, "population")
    require_no_missing(population, [*numbers, *strata], "population")
    table = population[[c for c in by if c in population.columns]].copy()
    table["invited"] = population[counts[0]].to_numpy(dtype=float) if counts else np.nan
    if "clusters" in population:
        table["clusters"] = population["clusters"].to_numpy(dtype=float)
    names = zip(*(population[c] for c in strata), strict=True) if strata else [()] * len(table)
    return table.assign(stratum=list(names))


def invited_here(table: pd.DataFrame | None, at: Mapping[str, Any]) -> pd.DataFrame | None:
    """Return the rows of `population_table` for one group, one row per stratum."""
    if table is None:
        return None
    for column, value in at.items():
        if column in table.columns:
            table = table.loc[table[column] == value]
    return table.groupby("stratum", as_index=False, sort=False)[["invited", "clusters"]].sum(min_count=1)


def counts_clusters(people: pd.DataFrame, invited: pd.DataFrame) -> bool:
    """Say whether counts can only be of clusters: in every stratum the weights stand for more people than that."""
    stands_for = people.groupby("stratum")["weight"].sum().reindex(invited["stratum"])
    return bool((stands_for.to_numpy() > 1.01 * invited["invited"].to_numpy()).all())


def response_rate(
    people: pd.DataFrame, invited: pd.DataFrame | None, conf_level: float
) -> tuple[dict[str, Any], list[Check]]:
    """Return the row of the response rate, and the checks on who did not answer.

    Parameters
    ----------
    people : DataFrame
        One row per response, with columns person and stratum.
    invited : DataFrame or None
        Columns stratum, invited.
    conf_level : float
    """
    row = {"term": "response_rate", "unit": "share", "estimand": "everybody invited", "estimate": math.nan}
    if invited is None or invited["invited"].isna().any() or invited["invited"].sum() <= 0:
        unknown = Check("nonresponse", "not_run", "The number of people invited is not known.")
        return row | {"note": "needs the number of people invited in `population`"}, [unknown]
    asked = invited["invited"].to_numpy()
    inside = people.groupby("stratum")["person"].nunique().reindex(invited["stratum"]).fillna(0).to_numpy()
    foreign = people.loc[~people["stratum"].isin(invited["stratum"]), "person"].nunique()
    if foreign:
        raise ValueError(
            f"{foreign} respondents belong to strata that `population` lacks. Add their number invited."
        )
    if (inside > asked).any():
        raise ValueError(
            "More people answered than `population` says were invited. Correct the counts, or the strata; where there "
            "are groups, give counts of each as a frame with the columns of `by`."
        )
    total = float(asked.sum())
    share = people["person"].nunique() / total
    low, high = wilson(share, total, stats.norm.ppf((1 + conf_level) / 2))
    row |= {
        "estimate": share, "conf_low": low, "conf_high": high, "n_people_total": total, "method": "Wilson interval",
        "std_error": math.sqrt(share * (1 - share) / total), "note": "",
    }  # fmt: skip
    rates = inside[asked > 0] / asked[asked > 0]
    many = len(rates) > 1
    detail = f"{100 * share:.0f} % answered" + (
        f", between strata {100 * rates.min():.0f} to {100 * rates.max():.0f} %" if many else ""
    )
    uneven = many and np.ptp(rates) > UNEVEN
    checks = [Check("nonresponse", "warn" if uneven or share < LOW else "pass", detail + ".")]
    if many:
        few = int((inside[asked > 0] < SMALL).sum())
        detail = f"{few} of {len(rates)} strata have fewer than {SMALL} respondents; join them with others."
        checks.append(Check("small_strata", "warn" if few else "pass", detail))
    return row, checks
