"""What every design hands back, and the ratio outcome that all of them use."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from tne.result import Check, Estimate, Estimates


@dataclass(frozen=True)
class Outcome:
    """A ratio of two panel columns, for example sampling-weighted accuracy in percentage points."""

    numerator: str
    denominator: str
    scale: float
    unit: str
    name: str

    def of(self, sums: pd.DataFrame) -> pd.Series:
        """Ratio of already summed columns; NaN where the denominator is 0."""
        bottom = sums[self.denominator].to_numpy(dtype=float)
        top = sums[self.numerator].to_numpy(dtype=float)
        ratio = np.divide(self.scale * top, bottom, out=np.full(len(sums), np.nan), where=bottom > 0)
        return pd.Series(ratio, index=sums.index)

    def observed(self, panel: pd.DataFrame) -> np.ndarray:
        """Rows that carry the ratio: a positive denominator, and a numerator that is not missing."""
        bottom = panel[self.denominator].to_numpy(dtype=float, na_value=np.nan)
        return cast(np.ndarray, (bottom > 0) & panel[self.numerator].notna().to_numpy())


ONBOARDING_WEEKS = 12
ACCURACY = Outcome("weighted_correct", "weight_sum", 100.0, "points", "accuracy")


@dataclass(frozen=True, kw_only=True, eq=False)
class Findings:
    """Effect, its relatives and its checks, before grading."""

    design: str
    effect: Estimate
    transferable: Estimate
    checks: tuple[Check, ...] = ()
    event_study: Estimates | None = None
    naive: Estimate | None = None
    regression_to_mean: float = math.nan
    n_trained: float = math.nan
    n_comparison: float = math.nan
    window: tuple[float, float] = (math.nan, math.nan)
    placebo_p: float = math.nan
    robustness: Estimates | None = None


def undefined(
    design: str, note: str, conf_level: float, checks: tuple[Check, ...] = (), unit: str = "points"
) -> Findings:
    """Findings of a design that cannot be estimated, with the reason."""
    nothing = Estimate(term="effect", estimate=math.nan, conf_level=conf_level, unit=unit, note=note)
    return Findings(design=design, effect=nothing, transferable=nothing, checks=checks)


def numbers(panel: pd.DataFrame, name: str, rows: np.ndarray) -> np.ndarray:
    """Some rows of a column as floats; NaN where there is none."""
    return cast(np.ndarray, panel[name].to_numpy(dtype=float, na_value=np.nan)[rows])


def lowest(values: np.ndarray, code: np.ndarray, n: int) -> np.ndarray:
    """Lowest known value of each of `n` people; NaN where none is known."""
    least = np.full(n, np.nan)
    np.fmin.at(least, code, values)
    return least


def before_and_after(
    panel: pd.DataFrame,
    outcome: Outcome,
    rows: np.ndarray,
    code: np.ndarray,
    n: int,
    weeks: tuple[float, float, float],
) -> tuple[np.ndarray, np.ndarray]:
    """Outcome of each of `n` people, `code` by row: from the first week until the second, and from then to the third.

    It is asked for one outcome after the other: arrays, as grouping frames takes many times as long.
    """
    period = panel["period"].to_numpy()[rows]
    inside = (period >= weeks[0]) & (period <= weeks[2]) & outcome.observed(panel)[rows]
    cell = (2 * code + (period >= weeks[1]))[inside]
    top, bottom = (
        np.bincount(cell, numbers(panel, name, rows[inside]), 2 * n)
        for name in (outcome.numerator, outcome.denominator)
    )
    ratio = np.divide(outcome.scale * top, bottom, out=np.full(2 * n, np.nan), where=bottom > 0)
    return ratio[::2], ratio[1::2]


def renamed(source: Estimate, **changes: object) -> Estimate:
    """A copy of an estimate with some fields set."""
    return Estimate(**(source.as_row() | changes), checks=source.checks)


def unknown(source: Estimate, estimand: str, note: str) -> Estimate:
    """The estimate of another estimand that these data do not give: NaN with the reason."""
    names = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")
    return renamed(source, **dict.fromkeys(names, math.nan), estimand=estimand, note=note)


def in_onboarding(panel: pd.DataFrame) -> np.ndarray:
    """Person-weeks in onboarding: new hires improve anyway, and waves of them hit teams unequally."""
    if "tenure_weeks" not in panel.columns:
        return np.zeros(len(panel), dtype=bool)
    tenure = panel["tenure_weeks"].to_numpy(dtype=float, na_value=np.nan)
    return cast(np.ndarray, tenure < ONBOARDING_WEEKS)  # an unknown hire date keeps its rows
