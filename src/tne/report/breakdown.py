"""Which rows of a breakdown go with the hidden ones: a frame with its totals and trees, read as a table of sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

import numpy as np
import pandas as pd

from tne.report.hiding import COMPLEMENT, HIDDEN, hide_row
from tne.report.intervals import Cells
from tne.report.suppression import Cost, People, suppress

Adds = Literal["rate", "sum", "mean"]
Trees = Mapping[str, Mapping[Any, Any]]


def protect(
    gated: pd.DataFrame,
    raw: pd.DataFrame,
    by: Sequence[str],
    *,
    adds: Adds | Sequence[Adds] = "mean",
    weight: str | Sequence[float] | None = "n",
    total: Any = "all",
    trees: Trees | None = None,
    min_n: int = 10,
    people: People = "overlapping",
    cost: Cost = "cells",
    places: Iterable[str] = (),
) -> pd.DataFrame:
    """Hide the rows without which a hidden one could be worked out from the others and the totals.

    Parameters
    ----------
    gated : DataFrame
        One row per cell, gated one by one; with ``note``.
    raw : DataFrame
        The same rows before the gate, in the same order: ``estimate``, ``n_people`` and the column `weight`.
    by : sequence of str
        One or two key columns.
    adds : {"mean", "rate", "sum"} or one for each row
        What estimate × weight is: ``"rate"`` between 0 and its weight (100 times that for percentages), ``"sum"`` never
        negative (also a share of one whole, and a mean of what is never negative), ``"mean"`` without bounds.
    weight : str or sequence of float, optional
        Denominators of the estimates: a column of `raw` (``n_people`` where it is absent), or a number per row; None:
        the estimates themselves add up. A reader is taken to know them.
    total : object, optional
        Key value of totals. A total that is not in the frame counts as known from elsewhere.
    trees : mapping of str to mapping, optional
        For each key column with a hierarchy: category → the category that contains it. What is in no tree stands under
        `total`; where that is one category alone, it is the total itself.
    min_n, people, cost
        As in `suppress`.
    places : iterable of str
        Numeric columns that stay (see `hide_row`).

    Returns
    -------
    DataFrame
        `gated`; rows hidden in addition have the note ``"protects_another"``.

    Raises
    ------
    ValueError
        If `by` does not name one or two columns, a cell stands twice, or a tree has a loop.
    KeyError
        If a key column or ``note`` is absent.
    """
    keys = list(by)
    _require_breakdown(gated, keys)
    primary = gated["note"].isin(HIDDEN).to_numpy()
    if not primary.any() and people == "overlapping":
        return gated
    lines = sums(gated, keys, total=total, trees=trees or {})
    cells = cells_of(raw, primary, lines, adds, weight)
    more = suppress(cells, primary, min_n=min_n, people=people, cost=cost) & ~primary
    rows = [
        hide_row(row, COMPLEMENT, places) if hide else row
        for row, hide in zip(gated.to_dict("records"), more, strict=True)
    ]
    return pd.DataFrame(rows, columns=gated.columns, index=gated.index)


def sums(frame: pd.DataFrame, keys: Sequence[str], *, total: Any = "all", trees: Trees) -> np.ndarray:
    """Return what adds up in a breakdown: a row per sum, 1 for its parts and -1 for its total where it is a row.

    Parameters
    ----------
    frame : DataFrame
        One row per cell.
    keys, total, trees
        As in `protect`.

    Returns
    -------
    ndarray, shape (sums, rows)

    Examples
    --------
    >>> sums(pd.DataFrame({"team": ["a", "b", "all"]}), ["team"], trees={})
    array([[ 1.,  1., -1.]])
    """
    found: list[np.ndarray] = []
    for key in keys:
        above = trees.get(key, {})
        _require_tree(above)
        own = frame[key].tolist()
        top = {value for value in own if value not in above and not _same(value, total)} if above else set()
        root = [_same(value, total) or top == {value} for value in own]
        over = [above.get(value, total) for value in own]
        others = [other for other in keys if other != key]
        across = list(zip(*(frame[other].tolist() for other in others), strict=True)) or [()] * len(own)
        groups: dict[Any, np.ndarray] = {}
        for at, (up, place) in enumerate(zip(over, across, strict=True)):
            if not root[at]:
                groups.setdefault((up, place), np.zeros(len(own)))[at] = 1.0
        for at, (value, place) in enumerate(zip(own, across, strict=True)):
            if (value, place) in groups:
                groups[value, place][at] = -1.0
        found += groups.values()
    return np.array(found).reshape(len(found), len(frame))


def cells_of(
    raw: pd.DataFrame,
    primary: np.ndarray,
    lines: np.ndarray,
    adds: Adds | Sequence[Adds],
    weight: str | Sequence[float] | None,
) -> Cells:
    """Return the rows of a breakdown as amounts that add up by `lines`; `primary` are those hidden by themselves."""
    estimate = _numbers(raw, "estimate")
    people = _numbers(raw, "n_people")
    each = np.ones(len(raw))
    if isinstance(weight, str):
        each = _numbers(raw, weight if weight in raw.columns else "n_people")
    elif weight is not None:
        each = np.asarray(weight, dtype=float)
    kind = np.full(len(raw), adds) if isinstance(adds, str) else np.asarray(list(adds))
    percent = raw["unit"].isin(["percent", "%"]).to_numpy() if "unit" in raw.columns else False
    value = estimate * each
    unknown = ~np.isfinite(value)
    low = np.where(kind == "mean", -np.inf, 0.0)
    high = np.where(kind == "rate", np.where(percent, 100.0, 1.0) * each, np.inf)
    # without a number nothing is sure to vary, unless whatever the people have is without bounds
    still = unknown & ~((kind == "mean") & (people > 0))
    value = np.where(unknown, 0.0, value)
    low, high = (np.where(still, 0.0, ends) for ends in (low, high))
    absent = unknown & ~primary  # undefined for another reason: no part of any sum
    return Cells(
        value=value,
        low=np.minimum(low, value),
        high=np.maximum(high, value),
        people=people,
        own=primary,
        lines=np.where(absent, 0.0, lines),
    )


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return cast(
        np.ndarray, pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    )


def _same(value: Any, total: Any) -> bool:
    return total is not None and isinstance(value, type(total)) and value == total


def _require_breakdown(frame: pd.DataFrame, keys: list[str]) -> None:
    if len(keys) not in (1, 2):
        raise ValueError(f"`by` names {len(keys)} columns. Give the one or two columns of the breakdown.")
    missing = [key for key in [*keys, "note"] if key not in frame.columns]
    if missing:
        raise KeyError(f"The frame lacks {', '.join(missing)}. Gate it with `publishable_frame` first.")
    if frame.duplicated(keys).any():
        raise ValueError("The breakdown has a cell twice. Give one row per cell.")


def _require_tree(above: Mapping[Any, Any]) -> None:
    for start in above:
        here, seen = start, set()
        while here in above:
            if here in seen:
                raise ValueError(
                    "A tree of categories has a loop. Let each category stand under one above it."
                )
            seen.add(here)
            here = above[here]
