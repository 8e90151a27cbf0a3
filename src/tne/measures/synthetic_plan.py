"""By what is likeness judged? Predictors, their weights, the periods fitted, and the penalties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import require_numeric
from tne.measures.synthetic_checks import uneven_windows, windows_before_start
from tne.measures.synthetic_fit import ETA, Plan, noise_level
from tne.measures.synthetic_panel import Block, as_period, period_values, units_named
from tne.result import Check


def plan_of(
    panel: pd.DataFrame,
    block: Block,
    *,
    method: str,
    predictors: Sequence[Any] | None,
    fit_periods: tuple[Any, Any] | None,
    v: Sequence[float] | Mapping[str, float] | None,
    unit: str,
    period: str,
) -> tuple[Plan, pd.Index, tuple[Check, ...]]:
    """Return the plan, the labels of its predictors (or fitted periods), and what speaks against their windows."""
    if method == "sdid" and block.before < 2:
        raise ValueError(
            "Synthetic difference-in-differences needs two periods before the start, to see how units move. Add "
            'earlier ones, or choose method "did".'
        )
    start = block.periods[block.before]
    fitted = _fitted(block, fit_periods, panel[period])
    labels, x, checks = block.periods[fitted], None, ()
    if predictors is not None:
        x, names, windows, uneven = predictor_matrix(
            panel, block, predictors=predictors, unit=unit, period=period
        )
        labels = pd.Index(names, name="predictor")
        if labels.has_duplicates:
            raise ValueError(
                "A predictor stands twice in `predictors`. Leave one out, or give it more weight by `v`."
            )
        checks = (
            windows_before_start(windows, block.periods[fitted[-1]], start),
            uneven_windows(uneven, len(names)),
        )
    elif fit_periods is not None:
        checks = (windows_before_start([], block.periods[fitted[-1]], start),)
    given = None if v is None else _given(v, labels, predictors is not None)
    return penalised(block, method, x, given, fitted), labels, checks


def penalised(
    block: Block, method: str, x: np.ndarray | None, v: np.ndarray | None, fitted: np.ndarray
) -> Plan:
    """Return the plan with the penalties that fit the donors' noise."""
    noise = noise_level(block.y[: len(block.donors)], block.before)
    after = block.y.shape[1] - block.before
    strength = (len(block.treated) * after) ** 0.25 if method == "sdid" else ETA
    return Plan(method, block.before, strength * noise, ETA * noise, x, v, fitted)


def _fitted(block: Block, fit_periods: tuple[Any, Any] | None, column: pd.Series) -> np.ndarray:
    if fit_periods is None:
        return np.arange(block.before)
    if isinstance(fit_periods, str) or len(tuple(fit_periods)) != 2:
        raise ValueError("`fit_periods` must be (first, last). Give the two periods.")
    first, last = (as_period(value, column, "fit_periods") for value in fit_periods)
    fitted = np.flatnonzero((block.periods >= first) & (block.periods <= last))
    if len(fitted) == 0:
        raise ValueError(
            f"No period lies within `fit_periods` = {first} to {last}. Give periods between {block.periods[0]} and "
            f"{block.periods[-1]}."
        )
    return fitted


def _given(v: Sequence[float] | Mapping[str, float], labels: pd.Index, named: bool) -> np.ndarray:
    what = "predictors" if named else "fit periods"
    if isinstance(v, Mapping):
        if set(v) != set(labels):
            raise ValueError(
                f"`v` does not name the {what}. Give one weight for each of {', '.join(map(str, labels))}."
            )
        v = [v[label] for label in labels]
    weights = np.asarray(v, dtype=float)
    if weights.shape != (len(labels),):
        raise ValueError(
            f"`v` has the shape {weights.shape} for {len(labels)} {what}. Give one weight for each."
        )
    if not np.isfinite(weights).all() or weights.min() < 0 or weights.sum() <= 0:
        raise ValueError("`v` must be weights of 0 or more that do not all vanish. Correct them.")
    return cast(np.ndarray, weights / weights.sum())


def predictor_matrix(
    panel: pd.DataFrame, block: Block, *, predictors: Sequence[Any], unit: str, period: str
) -> tuple[np.ndarray, list[str], list[tuple[Any, ...]], int]:
    """Return each unit's mean of each predictor over its window.

    Returns
    -------
    matrix : ndarray, shape (predictors, units)
    labels : list of str
    windows : list of (first, last)
    uneven : int
        Predictors whose values are missing for some units only.
    """
    if isinstance(predictors, str) or len(predictors) == 0:
        raise ValueError(
            "`predictors` must be a sequence of (column, first, last). Give one or more, or None."
        )
    times = period_values(panel[period])
    matrix, labels, windows, uneven = [], [], [], 0
    for given in predictors:
        column, first, last = window_of(given, block)
        require_numeric(panel, [column], "panel")
        first, last = (as_period(value, panel[period], "predictors") for value in (first, last))
        values = panel[column].to_numpy(dtype=float, na_value=np.nan)
        used = (
            (times >= first).to_numpy(dtype=bool) & (times <= last).to_numpy(dtype=bool) & ~np.isnan(values)
        )
        units = len(block.y)
        counts = np.bincount(block.codes[used], minlength=units)
        label = f"{column} {first}" if first == last else f"{column} {first} to {last}"
        if (counts == 0).any():
            lacking = np.flatnonzero(counts == 0)
            raise ValueError(
                f"The predictor {label} has no value for {len(lacking)} of {units} units"
                f"{units_named(lacking, block, unit)}. Choose another window, or drop those units."
            )
        uneven += len(set(counts)) > 1
        matrix.append(np.bincount(block.codes[used], weights=values[used], minlength=units) / counts)
        labels.append(label)
        windows.append((first, last))
    return np.array(matrix), labels, windows, uneven


def window_of(given: Any, block: Block) -> tuple[Any, Any, Any]:
    """Return (column, first, last) of a predictor as it was given."""
    if isinstance(given, str):
        return given, block.periods[0], block.periods[block.before - 1]
    parts = tuple(given) if isinstance(given, (list, tuple)) else ()
    if len(parts) == 2:
        return parts[0], parts[1], parts[1]
    if len(parts) == 3:
        return parts
    raise ValueError(
        f"A predictor is {given!r}. Give (column, first, last), (column, period), or a column for all periods before."
    )
