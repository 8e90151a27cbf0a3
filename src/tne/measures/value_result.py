"""What did one programme bring for what it cost, and what would change the answer?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from tne.result import Estimate, Estimates, Result, number


@dataclass(frozen=True, kw_only=True, eq=False)
class ProgrammeValue(Result):
    """Benefits and costs of one programme in one market.

    Parameters
    ----------
    estimates : Estimates
        Rows ``benefits``, ``costs``, ``npv``, ``bcr``, ``roi`` and ``break_even`` (points of accuracy).
    verdict : {"pays", "does_not_pay", "cannot_tell", "not_worth_measuring", "break_even_only"}
    reason : str
        Code of the rule that decided.
    grade : str
        Letter of the evidence behind the effect.
    currency : str
        "" where none was given.
    probability_pays : float
        Share of the draws in which benefits exceed costs; NaN for grades D and E.
    tornado : DataFrame
        One row per assumption that varies: assumption, low, high, npv_low, npv_high, bcr_low, bcr_high, break_even_low,
        break_even_high, swing; the others at their means, the widest first.
    ranges : DataFrame
        Net benefit and ratio at both ends of the effect, all else at its mean: range (``own_interval``; with grade B
        also ``sensitivity_set``), effect_low, effect_high, npv_low, npv_high, bcr_low, bcr_high.
    weeks_worth : float
        Weeks at the measured effect that the follow-up window is worth, after fading and interest.
    notes : tuple of str
        What limits the result, in words.
    replicates : DataFrame or None
        The draws: columns benefits, costs.
    """

    estimates: Estimates
    verdict: str
    reason: str
    grade: str
    currency: str
    probability_pays: float
    tornado: pd.DataFrame
    ranges: pd.DataFrame
    weeks_worth: float
    notes: tuple[str, ...]
    replicates: pd.DataFrame | None

    @property
    def benefits(self) -> Estimate:
        """Worth of avoided errors and saved minutes over the follow-up window."""
        return self.estimates.get(term="benefits")

    @property
    def costs(self) -> Estimate:
        """Cost of the programme."""
        return self.estimates.get(term="costs")

    @property
    def npv(self) -> Estimate:
        """Benefits less costs."""
        return self.estimates.get(term="npv")

    @property
    def bcr(self) -> Estimate:
        """Benefits per unit of cost."""
        return self.estimates.get(term="bcr")

    @property
    def roi(self) -> Estimate:
        """Return on investment in per cent."""
        return self.estimates.get(term="roi")

    @property
    def break_even(self) -> Estimate:
        """Points of accuracy, due to the training, at which it pays."""
        return self.estimates.get(term="break_even")

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()

    def __str__(self) -> str:
        words = self.verdict.replace("_", " ")
        if self.verdict == "break_even_only":
            words = f"pays if at least {number(self.break_even.estimate)} points were due to it"
        return f"{words} ({self.reason.replace('_', ' ')}). {self.npv} {self.bcr}"
