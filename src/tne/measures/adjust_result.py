"""What does an adjusted comparison hand back?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from tne.measures.headline import Headlined, Listed
from tne.result import Estimate, Estimates, Result


@dataclass(frozen=True, kw_only=True, eq=False)
class Adjusted(Headlined, Listed, Result):
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
