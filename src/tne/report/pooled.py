"""May a number on agreement leave the team? From three raters and twenty cases, instead of a number of people.

Agreement is a number of pairs: it says nothing of any one rater, and calibration meetings are small. A frame that is
held to this rule has the columns `COLUMNS`; accuracy against a reference label is not: it counts people as any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tne.report.hiding import FEW_RATINGS
from tne.report.rounding import as_float

RATERS, CASES = 3, 20
COLUMNS = ("n_raters", "n_cases")
CASE = ("calibration_id", "case_id")


def is_pooled(row: Mapping[str, Any]) -> bool:
    """Say whether a row is held to raters and cases: it has both columns."""
    return all(name in row for name in COLUMNS)


def too_few(row: Mapping[str, Any]) -> str:
    """Return why a pooled row is hidden, or "". An unknown count never passes.

    Examples
    --------
    >>> too_few({"n_raters": 4, "n_cases": 25}), too_few({"n_raters": 2, "n_cases": 25})
    ('', 'few_ratings')
    """
    raters, cases = (as_float(row.get(name)) for name in COLUMNS)
    return "" if raters >= RATERS and cases >= CASES else FEW_RATINGS


def with_counts(estimates: pd.DataFrame, ratings: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Put raters and cases beside each estimate, counted from the ratings themselves.

    Parameters
    ----------
    estimates : DataFrame
        Estimate columns after the keys `by`.
    ratings : DataFrame
        The ratings that the estimates were made from, with the columns `by`.
    by : sequence of str
        Keys; none where there is one estimate of all ratings.

    Returns
    -------
    DataFrame
        Without `n` and `n_people`, which then mean the cases and the raters: ``n_raters`` are distinct people who share
        a case with another of the group, ``n_cases`` the cases that at least two of the group rated.
    """
    keys = list(by)
    inside = list(dict.fromkeys([*keys, *CASE]))
    sizes = ratings.groupby(inside, observed=True)["rater_id"].transform("nunique")
    shared = ratings.loc[sizes >= 2]
    out = estimates.drop(columns=[name for name in COLUMNS if name in estimates])
    if keys:
        people = shared.groupby(keys, observed=True)["rater_id"].nunique().rename("n_raters")
        cases = shared[inside].drop_duplicates().groupby(keys, observed=True).size().rename("n_cases")
        counts = pd.concat([people, cases], axis=1).reset_index()
        out = out.merge(counts, on=keys, how="left", validate="m:1")
        out[list(COLUMNS)] = out[list(COLUMNS)].fillna(0)
    else:
        out = out.assign(n_raters=shared["rater_id"].nunique(), n_cases=len(shared[inside].drop_duplicates()))
    return out.assign(n=out["n_cases"], n_people=out["n_raters"], n_people_total=out["n_raters"])
