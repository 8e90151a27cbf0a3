"""Which ratings enter, as codes of units, raters and labels?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_columns, require_no_missing, rows
from tne.measures.agreement_parts import Rated
from tne.measures.agreement_weights import LEVELS, LIKE_LEVEL, weight_matrix
from tne.result import Check

MOST_CATEGORIES = 1000


@dataclass(frozen=True, eq=False)
class Scale:
    """The categories, their weights, and what a report says about them.

    `ordinal`: Krippendorff's ordinal difference takes the place of `weights`.
    """

    categories: tuple[Any, ...]
    weights: np.ndarray
    ordinal: bool
    name: str


def house_unit(ratings: pd.DataFrame, unit: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the columns that make a unit: None is a case of a session, where sessions are known."""
    if unit is None:
        return ("calibration_id", "case_id") if "calibration_id" in ratings else ("case_id",)
    return (unit,) if isinstance(unit, str) else tuple(unit)


def scale_of(
    labels: pd.Series | None,
    *,
    categories: Sequence[Any] | None,
    level: str,
    weights: Any,
    coefficient: str,
) -> Scale:
    """Return the categories in order and their weights.

    Parameters
    ----------
    labels : Series or None
        Labels without missing ones; None where `categories` are all that is known (columns of a table), in order.
    """
    require_choice(level, LEVELS, "level_of_measurement")
    own = weights is not None
    asked = weights if own else LIKE_LEVEL[level]
    needs_order = isinstance(asked, str) and asked != "identity"
    known = list(categories or ()) if labels is None else _ordered(labels, categories, needs_order)
    if len(known) > MOST_CATEGORIES:
        raise ValueError(
            f"There are {len(known)} categories. Use `intraclass_correlation` for fine scores, or group them."
        )
    if not known:
        return Scale((), np.ones((0, 0)), False, "identity")
    metric = coefficient == "krippendorff_alpha" and level == "ordinal" and not own
    matrix, name = weight_matrix(asked, _positions(known, level, needs_order))
    if metric:
        name = "Krippendorff's ordinal difference"
    elif coefficient == "krippendorff_alpha" and not own:
        name = f"Krippendorff's {level} difference"
    return Scale(tuple(known), matrix, metric, name)


def rated(
    ratings: pd.DataFrame, unit: Sequence[str], rater: str, label: str, categories: Sequence[Any]
) -> tuple[Rated, int]:
    """Return the ratings as codes and how many had no label.

    Raises
    ------
    ValueError
        If a rater labelled a unit twice, or a unit or rater is missing.
    """
    require_columns(ratings, [*unit, rater, label], "ratings")
    require_no_missing(ratings, [*unit, rater], "ratings")
    gone = ratings[label].isna().to_numpy()
    kept = ratings.loc[~gone]
    units = codes_of(kept, unit)
    raters, names = pd.factorize(kept[rater])
    n_raters = len(names)
    require_one_rating(units, raters, (*unit, rater))
    codes = pd.Index(_plain(list(categories))).get_indexer(pd.Index(_plain(kept[label].tolist())))
    n_units = int(units.max()) + 1 if len(units) else 0
    return Rated(units, raters, codes, n_units, n_raters, len(categories)), int(gone.sum())


def require_one_rating(units: np.ndarray, raters: np.ndarray, names: Sequence[str]) -> None:
    """Raise `ValueError` if a rater labelled a unit twice; `names`: the columns behind the two codes."""
    pairs = units.astype(np.int64) * (raters.max(initial=0) + 1) + raters
    twice = pd.Series(pairs).duplicated(keep=False).to_numpy()
    if twice.any():
        raise ValueError(
            f"`ratings` must have one row per {' × '.join(map(str, names))}, but {rows(twice)} of those with "
            "a label share theirs. Keep one rating each, or add the session to `unit`."
        )


def equal_labels(one: pd.Series, other: pd.Series) -> np.ndarray:
    """Return where two columns of labels, none missing, hold the same.

    Raises
    ------
    TypeError
        If one holds numbers where the other holds text that spells a number, or all of one are numbers and all of the
        other text: they are written in two ways, and nothing would be equal.
    """
    left, right = (_plain(column.tolist()) for column in (one, other))
    text = np.array([[isinstance(value, str) for value in values] for values in (left, right)], dtype=bool)
    mixed = text[0] != text[1]
    spelt = [_spells(a if isinstance(a, str) else b) for a, b, m in zip(left, right, mixed, strict=True) if m]
    apart = len(left) > 0 and text.all(axis=1).sum() == 1 and (~text).all(axis=1).sum() == 1
    if apart or any(spelt):
        raise TypeError(
            f"`{one.name}` and `{other.name}` are numbers and text in {rows(mixed)} of those with both. "
            "Write both in one way."
        )
    return np.array([a == b for a, b in zip(left, right, strict=True)], dtype=bool)


def codes_of(data: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Return one code per distinct combination of `columns`, in order of appearance."""
    code = np.zeros(len(data), dtype=np.int64)
    for column in columns:
        one, names = pd.factorize(data[column])
        code = pd.factorize(code * max(len(names), 1) + one)[0]
    return code


def rating_checks(counts: np.ndarray, n_missing: int, n_raters: int | None = None) -> tuple[Check, ...]:
    """Return the checks ``missing``, ``few_cases``, ``single_ratings`` and ``prevalence``."""
    ratings = counts.sum(axis=1)
    n, several, one = int((ratings > 0).sum()), int((ratings >= 2).sum()), int((ratings == 1).sum())
    checks = [
        Check("missing", "warn", f"{n_missing} ratings have no label and were left out.")
        if n_missing
        else Check("missing", "pass", "Every rating has a label."),
        Check(
            "few_cases",
            "pass" if several >= 20 else "warn",
            f"{several} units were rated by two or more raters.",
        ),
        Check(
            "single_ratings",
            "pass" if not one else "warn",
            f"{one} of {n} units were rated once: they say nothing about agreement.",
        ),
    ]
    total = counts.sum()
    if total == 0:
        return (*checks, Check("prevalence", "not_run", "There are no ratings."))
    top = counts.sum(axis=0).max() / total
    words = f"The most frequent category has {100 * top:.0f} % of the ratings"
    high = top > 0.8
    more = ": kappa, pi and alpha are low there even where raters agree." if high else "."
    return (*checks, Check("prevalence", "warn" if high else "pass", words + more))


def _ordered(labels: pd.Series, categories: Sequence[Any] | None, needs_order: bool) -> list[Any]:
    used = _plain(list(pd.unique(labels)))
    if categories is not None:
        known = _plain(list(categories))
        if len(set(known)) < len(known):
            raise ValueError("`categories` names a category twice. Name each once.")
        strange = ~labels.isin(known).to_numpy()
        if strange.any():
            raise ValueError(
                f"`categories` lacks the label of {rows(strange)} of those with a label. Add it, or correct the labels."
            )
        return known
    if isinstance(labels.dtype, pd.CategoricalDtype):
        known = _plain(list(labels.cat.categories))
        return known if labels.cat.ordered else _by_value([k for k in known if k in set(used)], needs_order)
    return _by_value(used, needs_order)


def _by_value(used: list[Any], needs_order: bool) -> list[Any]:
    if all(isinstance(value, (int, float)) for value in used):
        return sorted(used)
    if needs_order and len(used) > 2:
        raise ValueError(
            "Labels that are words have no order of their own, and these weights need one. Give `categories` in order."
        )
    return sorted(used, key=str)


def _positions(known: list[Any], level: str, needs_order: bool) -> np.ndarray:
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in known):
        return np.array(known, dtype=float)
    return np.arange(1, len(known) + 1, dtype=float)


def _spells(value: str) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def _plain(values: list[Any]) -> list[Any]:
    """Python's own numbers in place of numpy's, so that 1, 1.0 and Int64's 1 are one label."""
    return [value.item() if isinstance(value, np.generic) else value for value in values]
