"""Where do raters agree more, and who agrees with whom?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_columns, require_level_of_confidence, require_no_missing
from tne.measures.agreement_inference import ERRORS, agreement_row
from tne.measures.agreement_parts import COEFFICIENTS, Rated
from tne.measures.agreement_rows import Scale, codes_of, house_unit, rated, rating_checks, scale_of
from tne.result import Check, Estimates, Result

__all__ = ["PairwiseAgreement", "agreement_by", "pairwise_agreement"]


def agreement_by(
    ratings: pd.DataFrame,
    *,
    by: str | Sequence[str],
    coefficient: str = "gwet_ac1",
    unit: str | Sequence[str] | None = None,
    rater: str = "rater_id",
    label: str = "label",
    level_of_measurement: str = "nominal",
    weights: Any = None,
    categories: Sequence[Any] | None = None,
    errors: str = "linearised",
    draws: int = 2000,
    seed: int | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Measure agreement within each group of ratings, such as a policy area, a role or a session.

    Parameters
    ----------
    ratings : DataFrame
        One row per rating, as the table ``ratings``.
    by : str or sequence of str
        Columns whose combinations are the groups.
    coefficient : str
        As in `agreement`.
    unit : str or sequence of str, optional
        None: a case of a session (``calibration_id``, ``case_id``), or a case where sessions are unknown.
    rater, label, level_of_measurement, weights, draws, seed, conf_level
        As in `agreement`.
    errors : {"linearised", "published", "bootstrap"}
        As in `agreement`, but not widened by units with one rating unless ``"published"`` is asked for.
    categories : sequence, optional
        None: all labels of `ratings`, the same for every group, so that AC1 and Brennan-Prediger can be compared.

    Returns
    -------
    Estimates
        Keys: the `by` columns, one row each; counts as in `agreement`. Checks ``missing, few_cases``
        (the smallest group), ``single_ratings, prevalence`` over all.

    Raises
    ------
    KeyError, TypeError, ValueError
        As `agreement`; also for a missing `by`.

    Notes
    -----
    Groups of cases differ in how hard they are: a lower number does not say that people know less. Groups of raters
    (roles) are compared fairly only on the same cases. Where a case belongs to several groups its ratings are taken
    within each.

    References
    ----------
    Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition.

    Examples
    --------
    >>> seen = pd.DataFrame({"policy_area": list("hhhhss"), "case_id": [1, 1, 2, 2, 3, 3], "rater_id": list("ababab"),
    ...                      "label": list("xxxyyy")})
    >>> agreement_by(seen, by="policy_area", coefficient="percent").to_frame()["estimate"].tolist()
    [0.5, 1.0]
    """
    keys = (by,) if isinstance(by, str) else tuple(by)
    known, scale, gone = _codes(
        ratings, coefficient, unit, rater, label, level_of_measurement, weights, categories, conf_level, keys
    )
    require_choice(errors, ERRORS, "errors")
    kept = ratings.loc[ratings[label].notna().to_numpy()]
    require_no_missing(kept, keys, "ratings")
    group = codes_of(kept, keys)
    names = kept[list(keys)].iloc[np.unique(group, return_index=True)[1]] if len(kept) else kept[list(keys)]
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(len(names) + 1))
    table, smallest = [], len(kept)
    for i, name in enumerate(names.to_dict("records")):
        part = _part(known, order[ends[i] : ends[i + 1]])
        counts = part.counts()
        smallest = min(smallest, int((counts.sum(axis=1) >= 2).sum()))
        options: dict[str, Any] = {"errors": errors, "draws": draws, "seed": seed, "conf_level": conf_level}
        table.append(name | agreement_row(counts, scale, coefficient, known=part, **options))
    found = pd.DataFrame(table, columns=None if table else [*keys, "term", "estimate", "note"])
    if len(found):
        found = found.sort_values(list(keys), kind="stable", key=_sortable, ignore_index=True)
    checks = [check for check in rating_checks(known.counts(), gone) if check.name != "few_cases"]
    few = Check(
        "few_cases",
        "pass" if smallest >= 20 else "warn",
        f"The smallest group has {smallest} units that two or more raters rated.",
    )
    return Estimates(table=found, keys=keys, checks=(*checks, few))


@dataclass(frozen=True, kw_only=True, eq=False)
class PairwiseAgreement(Result):
    """Agreement of every pair of raters. For the desk only: it tells of persons, so no report may show it.

    Parameters
    ----------
    pairs : Estimates
        Keys ``rater_1``, ``rater_2``; one row per pair that shares a unit.
    """

    pairs: Estimates

    def to_frame(self) -> pd.DataFrame:
        return self.pairs.to_frame()

    def matrix(self, column: str = "estimate") -> pd.DataFrame:
        """Return raters × raters of one column, NaN where two share no unit and on the diagonal."""
        table = self.pairs.to_frame()
        raters = pd.unique(pd.concat([table["rater_1"], table["rater_2"]])) if len(table) else []
        wide = pd.DataFrame(np.nan, index=raters, columns=raters)
        for one, two, value in zip(table["rater_1"], table["rater_2"], table[column], strict=True):
            wide.loc[one, two] = wide.loc[two, one] = value
        return wide


def pairwise_agreement(
    ratings: pd.DataFrame,
    *,
    coefficient: str = "gwet_ac1",
    unit: str | Sequence[str] | None = None,
    rater: str = "rater_id",
    label: str = "label",
    level_of_measurement: str = "nominal",
    weights: Any = None,
    categories: Sequence[Any] | None = None,
    conf_level: float = 0.95,
) -> PairwiseAgreement:
    """Measure the agreement of every two raters on the units that both rated.

    Parameters
    ----------
    ratings : DataFrame
        One row per rating.
    coefficient, unit, rater, label, level_of_measurement, weights, categories, conf_level
        As in `agreement_by`.

    Returns
    -------
    PairwiseAgreement
        Rows by ``rater_1, rater_2`` with `n` shared units, and ``.matrix()``.

    Raises
    ------
    KeyError, TypeError, ValueError
        As `agreement`.

    Notes
    -----
    For the desk: it is about persons and belongs in no shared report. With many pairs the lowest is low by chance
    alone; look at its interval. Two raters who agree may both be wrong.

    References
    ----------
    Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapter 2.

    Examples
    --------
    >>> seen = pd.DataFrame({"case_id": [1, 1, 2, 2, 3, 3], "rater_id": list("ababab"), "label": list("xxxyyy")})
    >>> round(float(pairwise_agreement(seen, coefficient="percent").matrix().loc["a", "b"]), 3)
    0.667
    """
    known, scale, gone = _codes(
        ratings, coefficient, unit, rater, label, level_of_measurement, weights, categories, conf_level, ()
    )
    kept = ratings.loc[ratings[label].notna().to_numpy()]
    names = list(pd.factorize(kept[rater])[1])
    places = sorted(range(len(names)), key=lambda i: str(names[i]))
    labels = np.full((len(names), known.n_units), -1, dtype=np.int32)
    labels[known.rater, known.unit] = known.label
    table = []
    for a, b in combinations(places, 2):
        both = np.flatnonzero((labels[a] >= 0) & (labels[b] >= 0))
        if not len(both):
            continue
        unit_of = np.tile(np.arange(len(both)), 2)
        who = np.repeat([0, 1], len(both))
        given = np.concatenate([labels[a, both], labels[b, both]])
        part = Rated(unit_of, who, given, len(both), 2, known.n_categories)
        row = agreement_row(part.counts(), scale, coefficient, known=part, conf_level=conf_level)
        table.append({"rater_1": names[a], "rater_2": names[b]} | row)
    keys = ("rater_1", "rater_2")
    found = pd.DataFrame(table, columns=None if table else [*keys, "term", "estimate", "note"])
    shared = Check("few_cases", "not_run", "No two raters share a unit.")
    if table:
        least = int(found["n"].min())
        shared = Check("few_cases", "pass" if least >= 20 else "warn", f"Some pair shares {least} units.")
    checks = [check for check in rating_checks(known.counts(), gone) if check.name != "few_cases"]
    pairs = Estimates(table=found, keys=keys)
    return PairwiseAgreement(pairs=pairs, checks=(*checks, shared))


def _codes(
    ratings: pd.DataFrame,
    coefficient: str,
    unit: str | Sequence[str] | None,
    rater: str,
    label: str,
    level: str,
    weights: Any,
    categories: Sequence[Any] | None,
    conf_level: float,
    keys: Sequence[str],
) -> tuple[Rated, Scale, int]:
    require_choice(coefficient, COEFFICIENTS, "coefficient")
    require_level_of_confidence(conf_level)
    require_columns(ratings, [rater, label, *keys], "ratings")
    columns = house_unit(ratings, unit)
    require_columns(ratings, columns, "ratings")
    scale = scale_of(
        ratings[label].dropna(), categories=categories, level=level, weights=weights, coefficient=coefficient
    )
    known, gone = rated(ratings, columns, rater, label, scale.categories)
    return known, scale, gone


def _part(known: Rated, rows: np.ndarray) -> Rated:
    unit, units = pd.factorize(known.unit[rows])
    rater, raters = pd.factorize(cast(np.ndarray, known.rater)[rows])
    return Rated(unit, rater, known.label[rows], len(units), len(raters), known.n_categories)


def _sortable(column: pd.Series) -> pd.Series:
    """Mixed types have no order of their own."""
    try:
        column.sort_values()
    except TypeError:
        return column.astype(str)
    return column
