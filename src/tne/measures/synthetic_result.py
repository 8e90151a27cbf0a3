"""What a synthetic comparison returns: the effect, the gap in each period, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from tne.measures.headline import Headlined
from tne.result import ESTIMATE_COLUMNS, Estimate, Estimates, Result, p_text


@dataclass(frozen=True, kw_only=True, eq=False)
class Synthetic(Headlined, Result):
    """The effect on the treated units against a weighted average of the others.

    Parameters
    ----------
    effect : Estimate
        Term ``att``: mean gap from the start on. Its fields (`.estimate`, `.std_error`, ...) stand on the result too.
    gaps : DataFrame
        One row per period: period, observed, synthetic, gap, after (bool).
    table : DataFrame
        Row ``att``, then a row ``gap`` per period; key ``period``, missing for ``att``.
    weights : Series
        Weight of each donor; not negative, sums to one.
    time_weights : Series or None
        Weights of the periods before the start, for ``"sdid"`` and ``"did"``.
    v : Series or None
        Weights of the predictors (for ``"sc"`` without predictors: of the fitted periods); sums to one.
    balance : DataFrame or None
        Each predictor: treated, synthetic, mean of the donors, v.
    pre_rmspe, post_rmspe : float
        Root mean squared gap before and from the start.
    fit_rmspe : float
        The same over the fit periods, which the search of V makes small.
    rank : float
        Place of the treated unit's ratio ``post_rmspe / pre_rmspe`` among the placebos', 1 = largest.
    placebos : DataFrame
        One row per placebo: unit, estimate, pre_rmspe, post_rmspe, ratio.
    in_time : Estimate or None
        The analysis with an earlier start, on the periods before the real one.
    """

    effect: Estimate
    gaps: pd.DataFrame
    table: pd.DataFrame
    weights: pd.Series
    time_weights: pd.Series | None
    v: pd.Series | None
    balance: pd.DataFrame | None
    pre_rmspe: float
    post_rmspe: float
    fit_rmspe: float
    rank: float
    placebos: pd.DataFrame
    in_time: Estimate | None = None

    @property
    def headline(self) -> Estimate:
        """The effect, with the checks."""
        return replace(self.effect, checks=self.checks)

    def get(self, **where: Any) -> Estimate:
        """Return the one row whose columns equal `where`, such as ``term="att"`` or ``period=1995``."""
        return Estimates(table=self.table, keys=("period",)).get(**where)

    def to_frame(self) -> pd.DataFrame:
        return self.table[["period", *ESTIMATE_COLUMNS]].copy()

    def __str__(self) -> str:
        text = str(self.effect)
        # where the effect has an error of its own, a second p-value would be a second answer
        if self.rank == self.rank and self.effect.std_error != self.effect.std_error:
            count = len(self.placebos)
            text = f"{text.rstrip('.')}. Among {count} placebos and itself its ratio of gaps is number {int(self.rank)}"
            text += f" (p = {p_text(self.rank / (count + 1))})."
        return text
