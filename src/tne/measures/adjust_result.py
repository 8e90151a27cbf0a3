"""What does an adjusted comparison hand back?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from tne.result import Estimate, Estimates, Result


@dataclass(frozen=True, kw_only=True, eq=False)
class Adjusted(Result):
    """An adjusted difference with everything needed to doubt it.

    Parameters
    ----------
    estimates : Estimates
        Terms ``adjusted_difference``, ``difference`` (without adjustment), ``mean_if_treated`` and
        ``mean_if_untreated``; `.to_frame()`, `len()` and iteration of the result itself read these.
    balance : DataFrame
        One row per confounder: `term`, `mean_treated`, `mean_comparison`, `smd_before`, `variance_ratio_before`,
        and after weighting `mean_treated_weighted`, `mean_comparison_weighted`, `smd_after`,
        `variance_ratio_after` (NaN for methods without weights).
    weights : DataFrame
        Rows `treated`, `comparison`, `all`: `n`, `min`, `max`, `mean`, `effective_sample` (Kish),
        `largest_share` of one person, `trimmed_share`; empty for methods without weights.
    """

    estimates: Estimates
    balance: pd.DataFrame
    weights: pd.DataFrame

    @property
    def headline(self) -> Estimate:
        """The adjusted difference, with the checks."""
        return replace(next(iter(self.estimates)), checks=self.checks)

    @property
    def naive(self) -> Estimate:
        """The difference without adjustment."""
        return self.get(term="difference")

    estimate = property(lambda self: self.headline.estimate)
    std_error = property(lambda self: self.headline.std_error)
    statistic = property(lambda self: self.headline.statistic)
    df = property(lambda self: self.headline.df)
    p_value = property(lambda self: self.headline.p_value)
    conf_low = property(lambda self: self.headline.conf_low)
    conf_high = property(lambda self: self.headline.conf_high)
    n = property(lambda self: self.headline.n)
    n_people = property(lambda self: self.headline.n_people)
    n_people_total = property(lambda self: self.headline.n_people_total)
    note = property(lambda self: self.headline.note)

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()

    def get(self, **where: Any) -> Estimate:
        """Return the one estimate whose columns equal `where`."""
        return self.estimates.get(**where)

    def __len__(self) -> int:
        return len(self.estimates)

    def __iter__(self) -> Iterator[Estimate]:
        return iter(self.estimates)
