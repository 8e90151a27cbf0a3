"""Who was given which item, what did they answer, and what did it earn them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import (
    require_choice,
    require_columns,
    require_no_missing,
    require_numeric,
    require_unique,
    rows,
)

MISSING = ("available", "zero")


@dataclass(frozen=True, eq=False)
class Sheet:
    """Answers as people × items arrays.

    Parameters
    ----------
    items : Index
        Items in their order in the test.
    given : ndarray of bool, shape (people, items)
        The person has a row for the item.
    answered : ndarray of bool, shape (people, items)
        Given, and neither skipped nor never reached.
    score, highest : ndarray, shape (people, items)
        Score and highest possible score; NaN where there is none.
    option : ndarray of int, shape (people, items), or None
        Position of the response in `options`, −1 for none.
    options : Index
        The distinct responses.
    """

    items: pd.Index
    given: np.ndarray
    answered: np.ndarray
    score: np.ndarray
    highest: np.ndarray
    option: np.ndarray | None
    options: pd.Index

    @property
    def n_people(self) -> int:
        return len(self.score)

    @property
    def total(self) -> np.ndarray:
        """Sum of the scores that a person has; NaN for a person without any."""
        scored = ~np.isnan(self.score)
        return np.where(scored.any(axis=1), np.where(scored, self.score, 0.0).sum(axis=1), np.nan)

    @property
    def rest(self) -> np.ndarray:
        """Sum of a person's other items, shape (people, items); NaN without the item or without any other."""
        scored = ~np.isnan(self.score)
        others = scored.sum(axis=1, keepdims=True) - scored
        return np.where(scored & (others > 0), self.total[:, None] - self.score, np.nan)

    @property
    def not_reached(self) -> np.ndarray:
        """Given, not answered, and no later item answered either; shape (people, items)."""
        later = np.logical_or.accumulate(self.answered[:, ::-1], axis=1)[:, ::-1]
        return self.given & ~later


def sheet(
    responses: pd.DataFrame,
    person: str,
    item: str,
    score: str,
    max_score: str | float,
    response: str | None,
    missing: str,
) -> Sheet:
    """Check the long frame and spread it to people × items.

    Raises
    ------
    KeyError, TypeError, ValueError
        For absent columns, no rows, two rows of a person and an item, scores above their maximum.
    """
    require_choice(missing, MISSING, "missing")
    column = max_score if isinstance(max_score, str) else None
    require_columns(responses, [person, item, score, column, response], "responses")
    if responses.empty:
        raise ValueError("`responses` has no rows. Give one row per person × item.")
    require_no_missing(responses, [person, item], "responses")
    points = _numbers(responses, score)
    highest = (
        np.full(len(responses), _one_maximum(cast(float, max_score)))
        if column is None
        else _numbers(responses, column)
    )
    _below_maximum(points, highest)
    who, people = pd.factorize(responses[person])
    where, items = _item_codes(responses[item])
    shape = (len(people), len(items))
    cell = who * shape[1] + where
    given = np.bincount(cell, minlength=shape[0] * shape[1])
    if given.max() > 1:
        require_unique(responses, [person, item], "responses")
    chosen, options = (None, pd.Index([])) if response is None else pd.factorize(responses[response])
    empty = np.isnan(points)
    answered = ~empty
    if chosen is not None:
        # a row without a response that earned nothing was skipped, wherever the item records responses at all
        records = np.bincount(where, weights=chosen >= 0, minlength=shape[1]) > 0
        answered = (chosen >= 0) | (~empty & ((points != 0) | ~records[where]))
    if missing == "zero":
        known = np.bincount(where, weights=~empty, minlength=shape[1]) > 0
        points = np.where(empty & ~answered & known[where], 0.0, points)

    def spread(values: np.ndarray, fill: Any) -> np.ndarray:
        out = np.full(shape[0] * shape[1], fill, dtype=values.dtype)
        out[cell] = values
        return out.reshape(shape)

    return Sheet(
        items=items,
        given=given.reshape(shape) > 0,
        answered=spread(answered, False),
        score=spread(points, np.nan),
        highest=spread(highest, np.nan),
        option=None if chosen is None else spread(chosen, -1),
        options=pd.Index(options),
    )


def keys_of(
    key: str | Mapping[Any, Any] | None, responses: pd.DataFrame, item: str, items: pd.Index, recorded: bool
) -> dict[Any, tuple[Any, ...]] | None:
    """Return the right answers of each item, from a column or a mapping; None where nobody named them."""
    if key is None:
        return None
    if not recorded:
        raise ValueError("`key` needs the answers that were chosen. Name their column in `response`.")
    if isinstance(key, str):
        require_columns(responses, [key], "responses")
        pairs = responses[[item, key]].dropna().drop_duplicates()
        double = pairs[item].duplicated(keep=False)
        if double.any():
            raise ValueError(
                f"Column `{key}` of `responses` names several keys for {pairs.loc[double, item].nunique()} items. "
                "Give one right answer per item, or a mapping from item to a tuple of them."
            )
        key = dict(zip(pairs[item], pairs[key], strict=True))
    elif not isinstance(key, Mapping):
        raise TypeError(f"`key` must be a column or a mapping from item to answer, not {type(key).__name__}.")
    foreign = [name for name in key if name not in items]
    if len(foreign) == len(key):
        raise ValueError("`key` names none of the items in `responses`. Use the names in the item column.")
    return {
        name: tuple(value) if isinstance(value, (list, tuple, set, frozenset)) else (value,)
        for name, value in key.items()
        if name in items
    }


def _numbers(responses: pd.DataFrame, column: str) -> np.ndarray:
    if responses[column].isna().all():
        return np.full(len(responses), np.nan)
    require_numeric(responses, [column], "responses")
    return cast(np.ndarray, responses[column].to_numpy(dtype=float, na_value=np.nan))


def _one_maximum(value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"`max_score` must be a column or a number, not {type(value).__name__}.")
    if not 0 < value < np.inf:
        raise ValueError(f"`max_score` is {value}. Give the highest possible score of an item, above 0.")
    return float(value)


def _below_maximum(points: np.ndarray, highest: np.ndarray) -> None:
    if (highest < 0).any():
        raise ValueError(f"The highest possible score is negative in {rows(highest < 0)}. Correct it.")
    with np.errstate(invalid="ignore"):
        above = points > highest + 1e-6 * np.abs(highest)
    if above.any():
        raise ValueError(
            f"The score exceeds the highest possible score in {rows(above)}. Correct the scores or `max_score`."
        )


def _item_codes(column: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """Return item positions and names: the order of an ordered category, else of first appearance."""
    if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
        column = column.cat.remove_unused_categories()
        return column.cat.codes.to_numpy().astype(np.int64), pd.Index(column.cat.categories)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    codes, names = pd.factorize(column)
    return codes, pd.Index(names)
