"""How far do raters who label the same cases agree?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from tne.checks import require_choice, require_columns, require_level_of_confidence
from tne.measures.agreement_inference import ERRORS, agreement_row
from tne.measures.agreement_parts import COEFFICIENTS
from tne.measures.agreement_rows import house_unit, rated, rating_checks, scale_of
from tne.result import Estimate, estimate_from

__all__ = ["agreement"]


def agreement(
    ratings: pd.DataFrame,
    *,
    unit: str | Sequence[str] = "case_id",
    rater: str = "rater_id",
    label: str = "label",
    coefficient: str = "gwet_ac1",
    level_of_measurement: str = "nominal",
    weights: Any = None,
    categories: Sequence[Any] | None = None,
    errors: str = "published",
    draws: int = 2000,
    seed: int | None = None,
    conf_level: float = 0.95,
) -> Estimate:
    """Measure the agreement of raters, with its interval.

    Parameters
    ----------
    ratings : DataFrame
        One row per rating. Not every rater needs to rate every unit; ratings without a label are left out.
    unit, rater, label : str
        Columns; `unit` may be several, such as ``("calibration_id", "case_id")``.
    coefficient : str
        ``"percent"``, ``"cohen_kappa"`` (Conger's with more than two raters), ``"fleiss_kappa"``, ``"scott_pi"``
        (Fleiss' with more than two), ``"krippendorff_alpha"``, ``"gwet_ac1"`` (AC2 with weights) or
        ``"brennan_prediger"``.
    level_of_measurement : {"nominal", "ordinal", "interval", "ratio"}
        Alpha takes Krippendorff's difference function; the others the weights ``"identity"``, ``"ordinal"``,
        ``"quadratic"``, ``"ratio"``. `weights` come before it.
    weights : str or array, optional
        ``"identity" "linear" "quadratic" "ordinal" "radical" "ratio" "circular" "bipolar"``, or a symmetric matrix in
        the order of the categories.
    categories : sequence, optional
        All categories, in order. None: those used, by value; an ordered categorical keeps its order.
    errors : {"published", "linearised", "bootstrap"}
        Gwet's variance as R's irrCAC gives it, t with units − 1. Units with one rating make it too large;
        ``"linearised"`` mends that (t with the units that two rated − 1). Or `draws` samples of units (BCa), for few
        units.
    draws : int
    seed : int, optional
    conf_level : float

    Returns
    -------
    Estimate
        `n` counts the units that entered, `n_people` the raters who share a unit with another, `n_people_total` all.
        Checks ``missing, few_cases, single_ratings, prevalence``.

    Raises
    ------
    ValueError
        If a rater labelled a unit twice, a label is not among `categories`, or words need an order.

    Notes
    -----
    ``(observed − chance) / (1 − chance)``; the coefficients differ in chance agreement alone (alpha adds a small-sample
    term). The interval speaks of units like these, rated by these raters: other raters are outside it. Agreement is
    not correctness: raters may agree on what is wrong. Where everybody agreed there is no interval.

    References
    ----------
    Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapters 2 to 5.

    Examples
    --------
    >>> seen = pd.DataFrame({"case_id": [1, 1, 2, 2, 3, 3], "rater_id": list("ababab"), "label": list("xxxyyy")})
    >>> round(agreement(seen, coefficient="cohen_kappa").estimate, 3)
    0.4
    """
    require_choice(coefficient, COEFFICIENTS, "coefficient")
    require_choice(errors, ERRORS, "errors")
    require_level_of_confidence(conf_level)
    columns = house_unit(ratings, unit) if isinstance(ratings, pd.DataFrame) else ()
    require_columns(ratings, [*columns, rater, label], "ratings")
    scale = scale_of(
        ratings[label].dropna(),
        categories=categories,
        level=level_of_measurement,
        weights=weights,
        coefficient=coefficient,
    )
    known, gone = rated(ratings, columns, rater, label, scale.categories)
    counts = known.counts()
    row = agreement_row(
        counts, scale, coefficient, known=known, errors=errors, draws=draws, seed=seed, conf_level=conf_level
    )
    return estimate_from(row, rating_checks(counts, gone))
