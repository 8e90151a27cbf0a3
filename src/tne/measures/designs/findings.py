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


def person_sums(panel: pd.DataFrame, outcome: Outcome, first: float, last: float) -> pd.DataFrame:
    """Sum numerator and denominator per person over periods `first` to `last` (inclusive)."""
    period = panel["period"].to_numpy()
    inside = (period >= first) & (period <= last) & outcome.observed(panel)
    columns = [outcome.numerator, outcome.denominator]
    return panel.loc[inside, ["moderator_id", *columns]].groupby("moderator_id", observed=True).sum()


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
