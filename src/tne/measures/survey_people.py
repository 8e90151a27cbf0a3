"""What did each person answer about each construct?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import (
    require_columns,
    require_frame,
    require_no_missing,
    require_numeric,
    require_unique,
    rows,
)

FIRST = ("person", "scale_min", "scale_max", "weight", "cluster", "stratum")
MEANS = ("score", "top_box", "above", "below", "net_score")


def column_names(columns: str | Sequence[str] | None) -> list[str]:
    """Return columns given as one name, several or none as a list, without the construct."""
    if columns is None:
        return []
    names = [columns] if isinstance(columns, str) else list(columns)
    return [name for name in names if name != "construct"]


def require_surveys(
    surveys: pd.DataFrame, *, known: Sequence[str | None] = (), complete: Sequence[str | None] = ()
) -> pd.DataFrame:
    """Return the rows that hold an answer, or raise where scales or columns are not usable.

    Parameters
    ----------
    surveys : DataFrame
    known : sequence of str or None
        Columns that must exist.
    complete : sequence of str or None
        Columns that must exist and have no missing value.
    """
    require_frame(surveys, "surveys")
    needed = ["response_id", "construct", "value", "scale_min", "scale_max", *known, *complete]
    require_columns(surveys, needed, "surveys")
    require_numeric(surveys, ["value", "scale_min", "scale_max"], "surveys")
    require_no_missing(surveys, ["response_id", "construct", *(c for c in complete if c)], "surveys")
    if "question_id" in surveys.columns:
        require_unique(surveys, ["response_id", "question_id"], "surveys")
    answered = surveys.loc[surveys["value"].notna()]
    require_no_missing(answered, ["scale_min", "scale_max"], "surveys")
    flat = (answered["scale_min"] >= answered["scale_max"]).to_numpy()
    if flat.any():
        raise ValueError(f"`scale_min` is not below `scale_max` in {rows(flat)}. Correct the scale.")
    off = (answered["value"] < answered["scale_min"]) | (answered["value"] > answered["scale_max"])
    if off.any():
        raise ValueError(f"`value` lies outside its scale in {rows(off)}. Correct the values or the scale.")
    scales = answered.drop_duplicates(["construct", "scale_min", "scale_max"]).groupby("construct").size()
    mixed = scales[scales > 1]
    if len(mixed):
        raise ValueError(
            f"Construct {', '.join(map(str, mixed.index))} mixes {int(mixed.max())} scales, whose points differ. "
            "Name them as separate constructs, or keep one scale."
        )
    return answered


def per_person(
    answered: pd.DataFrame,
    *,
    by: Sequence[str],
    strata: Sequence[str] = (),
    weights: str | None = None,
    clusters: str | None = None,
    nested: bool = False,
) -> pd.DataFrame:
    """Return one row per response × construct: mean score, shares above and below, weight, stratum, cluster, person.

    Parameters
    ----------
    answered : DataFrame
        Rows with an answer, from `require_surveys`.
    by, strata : sequence of str
    weights, clusters : str, optional
    nested : bool
        Whether equal labels of clusters in two strata are two clusters.
    """
    taken = {"response", "answers", *FIRST, *MEANS} - {"scale_min", "scale_max"}
    clash = sorted(taken & {*by})
    if clash:
        raise ValueError(
            f"A column of `by` is called {', '.join(clash)}, as numbers made here are. Rename it."
        )
    value, low, high = (answered[c].astype(float) for c in ("value", "scale_min", "scale_max"))
    ten = (low == 0) & (high == 10)
    middle = (low + high) / 2
    above, below = np.where(ten, value >= 9, value > middle), np.where(ten, value <= 6, value < middle)
    person = answered["response_id"].astype(str).radd("response ")
    if "moderator_id" in answered.columns:
        named = answered["moderator_id"].notna()
        person = answered["moderator_id"].astype(str).radd("person ").where(named, person)
    cluster = pd.factorize(person if clusters is None else answered[clusters])[0]
    if nested:
        cluster = answered.groupby([*strata, clusters], observed=True).ngroup().to_numpy()
    frame = answered[[*dict.fromkeys([*by, "construct"])]].assign(
        response=answered["response_id"], person=person, score=value, top_box=(value == high).astype(float),
        above=above.astype(float), below=below.astype(float), net_score=above.astype(float) - below,
        scale_min=low, scale_max=high, answers=1,
        weight=1.0 if weights is None else answered[weights].astype(float),
        cluster=cluster,
        stratum=list(zip(*(answered[c] for c in strata), strict=True)) if strata else [()] * len(answered),
    )  # fmt: skip
    how = dict.fromkeys(MEANS, "mean") | {"answers": "sum"} | dict.fromkeys(FIRST, "first")
    if "session_id" in answered.columns and "session_id" not in by:
        frame["session_id"] = answered["session_id"]
        how["session_id"] = "first"
    bad = ~(frame["weight"] >= 0).to_numpy()
    if bad.any():
        raise ValueError(
            f"Column `{weights}` of `surveys` is negative or missing in {rows(bad)}. Give weights of 0 or more."
        )
    grouped = frame.groupby([*by, "construct", "response"], sort=False, dropna=False, as_index=False)
    return grouped.agg(how)


def finder(people: pd.DataFrame, keys: list[str]) -> Callable[[Mapping[str, Any]], pd.DataFrame]:
    """Return a function from values of `keys`, missing ones included, to the rows of `people` that have them.

    Parameters
    ----------
    people : DataFrame
    keys : list of str
    """
    parts = dict(list(people.groupby(keys, sort=False, dropna=False)))

    def find(at: Mapping[str, Any]) -> pd.DataFrame:
        key = tuple(at[name] for name in keys)
        if not any(pd.isna(part) for part in key):
            return parts.get(key, people.head(0))
        same = np.ones(len(people), dtype=bool)
        for name, value in zip(keys, key, strict=True):
            same &= (people[name].isna() if pd.isna(value) else people[name] == value).to_numpy(dtype=bool)
        return people.loc[same]

    return find
