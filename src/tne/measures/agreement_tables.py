"""How far do raters agree, from a table of counts?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_level_of_confidence
from tne.measures.agreement_inference import ERRORS, agreement_row, described, limits
from tne.measures.agreement_parts import COEFFICIENTS, Rated, agreement_parts
from tne.measures.agreement_rows import rating_checks, scale_of
from tne.result import Estimate, estimate_from

__all__ = ["agreement_from_counts", "agreement_from_table"]


def agreement_from_counts(
    counts: pd.DataFrame,
    *,
    coefficient: str,
    level_of_measurement: str = "nominal",
    weights: Any = None,
    categories: Sequence[Any] | None = None,
    errors: str = "published",
    draws: int = 2000,
    seed: int | None = None,
    conf_level: float = 0.95,
) -> Estimate:
    """Measure agreement from how many raters gave each unit each label.

    Parameters
    ----------
    counts : DataFrame of shape (units, categories)
        Whole numbers of raters.
    coefficient : str
        As in `agreement`, without ``"cohen_kappa"``: a table of counts does not say who gave which label.
    level_of_measurement : str
    weights : str or array, optional
    categories : sequence, optional
        The categories as numbers where weights need them; None takes numeric column names, else 1, 2, … in the order of
        the columns.
    errors : {"published", "linearised", "bootstrap"}
        ``"published"`` is what R's irrCAC gives for such a table. For alpha it leaves half of the variation of chance
        agreement out; for the others see `agreement`. ``"linearised"`` mends both.
    draws : int
    seed : int, optional
    conf_level : float

    Returns
    -------
    Estimate
        `n` counts units; `n_people` is the largest number of raters of a unit, who need not be the same people.

    Raises
    ------
    ValueError
        If a count is negative, missing or not whole.

    References
    ----------
    Fleiss (1971), Psychological Bulletin 76:378-382. Gwet (2014), Handbook of Inter-Rater Reliability, chapter 5.

    Examples
    --------
    >>> seen = pd.DataFrame({"hate": [3, 0, 1], "spam": [0, 3, 2]})
    >>> round(agreement_from_counts(seen, coefficient="fleiss_kappa").estimate, 3)
    0.55
    """
    choices = tuple(name for name in COEFFICIENTS if name != "cohen_kappa")
    require_choice(coefficient, choices, "coefficient")
    require_choice(errors, ERRORS, "errors")
    require_level_of_confidence(conf_level)
    table, names = _table(counts, "counts")
    if categories is not None and len(categories) != table.shape[1]:
        raise ValueError(
            f"`categories` names {len(categories)}, `counts` has {table.shape[1]} columns. Match them."
        )
    scale = scale_of(
        None,
        categories=list(categories) if categories is not None else names,
        level=level_of_measurement,
        weights=weights,
        coefficient=coefficient,
    )
    most = float(table.sum(axis=1).max()) if len(table) else math.nan
    row = agreement_row(
        table,
        scale,
        coefficient,
        errors=errors,
        draws=draws,
        seed=seed,
        conf_level=conf_level,
        n_raters=most,
    )
    if errors == "published" and coefficient == "krippendorff_alpha" and not scale.ordinal:
        row |= _alpha_of_counts(table, scale.weights, row, conf_level)
    return estimate_from(row, rating_checks(table, 0))


def agreement_from_table(
    table: pd.DataFrame,
    *,
    coefficient: str,
    weights: Any = None,
    level_of_measurement: str = "nominal",
    conf_level: float = 0.95,
) -> Estimate:
    """Measure the agreement of two raters from their contingency table.

    Parameters
    ----------
    table : DataFrame of shape (categories, categories)
        Units by the label of the first rater (rows) and of the second (columns), categories in the same order.
    coefficient : str
        As in `agreement`.
    weights : str or array, optional
        On the ranks 1, 2, … of the categories, as in irrCAC.
    level_of_measurement : str
    conf_level : float

    Returns
    -------
    Estimate
        Its variance divides by n, as the field does for such a table (`agreement`: by n − 1); t with n − 1.

    Raises
    ------
    ValueError
        If the table is not square, its names differ, or a count is negative, missing or not whole.

    References
    ----------
    Fleiss, Cohen and Everitt (1969), Psychological Bulletin 72:323-327. Gwet (2014), chapter 3.

    Examples
    --------
    >>> seen = pd.DataFrame([[20, 5], [10, 15]])
    >>> round(agreement_from_table(seen, coefficient="cohen_kappa").estimate, 3)
    0.4
    """
    require_choice(coefficient, COEFFICIENTS, "coefficient")
    require_level_of_confidence(conf_level)
    cells, _ = _table(table, "table")
    q = cells.shape[1]
    if cells.shape[0] != q:
        raise ValueError(
            f"`table` is {cells.shape[0]} × {q}. Give a square one, with 0 where a label was not used."
        )
    if isinstance(table, pd.DataFrame) and set(table.index) != set(table.columns):
        if not (isinstance(table.index, pd.RangeIndex) or isinstance(table.columns, pd.RangeIndex)):
            raise ValueError(
                "Rows and columns of `table` name different categories. Give both the same, in one order."
            )
    elif isinstance(table, pd.DataFrame) and list(table.index) != list(table.columns):
        raise ValueError("Rows and columns of `table` name the categories in different orders. Reorder one.")
    scale = scale_of(
        None,
        categories=list(range(1, q + 1)),
        level=level_of_measurement,
        weights=weights,
        coefficient=coefficient,
    )
    first, second = np.divmod(np.arange(q * q), q)
    unit = np.arange(q * q)
    known = Rated(
        np.concatenate([unit, unit]),
        np.repeat([0, 1], q * q),
        np.concatenate([first, second]),
        q * q,
        2,
        q,
    )
    counts, times = known.counts(), cells.ravel()
    parts = agreement_parts(
        counts, scale.weights, coefficient, rated=known, times=times, ordinal=scale.ordinal
    )
    error = parts.std_error(over_n=True)
    row = described(coefficient, scale, 2, conf_level) | {"n": times.sum()}
    row["method"] += ", linearised error over n, t with n − 1"
    row |= limits(parts.estimate, error, parts.df, conf_level, parts.note)
    return estimate_from(row, rating_checks(np.repeat(counts, times.astype(int), axis=0), 0))


def _alpha_of_counts(
    counts: np.ndarray, weights: np.ndarray, row: dict[str, Any], conf_level: float
) -> dict[str, Any]:
    """Return irrCAC's limits of alpha for a table of counts: chance agreement enters once, not twice."""
    if math.isnan(row["estimate"]):
        return {}
    ratings = counts.sum(axis=1)
    counts, ratings = counts[ratings >= 2], ratings[ratings >= 2]
    n, mean, small = len(counts), ratings.mean(), 1 / ratings.sum()
    pi = counts.mean(axis=0) / mean
    chance, more = pi @ weights @ pi, (ratings - mean) / mean
    each = (counts * (counts @ weights - 1)).sum(axis=1) / (mean * (ratings - 1))
    seen = (1 - small) * (each - each.mean() * more) + small
    by_unit = counts @ (weights @ pi) / mean - more
    adds = (seen - chance - (1 - row["estimate"]) * (by_unit - chance)) / (1 - chance)
    error = math.sqrt(((adds - row["estimate"]) ** 2).sum() / (n * (n - 1))) if n > 1 else math.nan
    method = row["method"].replace("Gwet's error", "irrCAC's error for counts")
    return limits(row["estimate"], error, n - 1, conf_level) | {"method": method}


def _table(data: Any, name: str) -> tuple[np.ndarray, list[Any]]:
    frame = pd.DataFrame(data)
    try:
        cells = frame.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise TypeError(f"`{name}` holds text. Give numbers only, names as index and columns.") from None
    bad = ~np.isfinite(cells) | (cells < 0) | (cells != np.round(cells))
    if bad.any():
        raise ValueError(
            f"`{name}` has {int(bad.sum())} cells that are no whole number of 0 or more. Correct them."
        )
    if cells.shape[1] == 0:
        raise ValueError(f"`{name}` has no category. Give one column each.")
    names = [c.item() if isinstance(c, np.generic) else c for c in frame.columns]
    if isinstance(frame.columns, pd.RangeIndex) or not all(isinstance(c, (int, float)) for c in names):
        names = list(range(1, cells.shape[1] + 1))
    return cells, names
