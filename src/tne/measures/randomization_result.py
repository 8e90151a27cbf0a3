"""What does a randomisation test return?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from tne.measures.headline import Headlined
from tne.result import Estimate, Result


@dataclass(frozen=True, kw_only=True, eq=False)
class RandomizationTest(Headlined, Result):
    """A difference between two arms and its place among the differences that chance could have made.

    Parameters
    ----------
    headline : Estimate
        The difference with its p-value and interval; ``.estimate``, ``.p_value`` and so on read it.
    count_ge : int
        Assignments whose statistic lies at least as far as the observed one, on its own side (two-sided: the side of
        the observed difference; else the side of `alternative`). Ties count.
    count_two_sided : int
        Assignments whose statistic is at least as far from 0 on either side.
    total : int
        Assignments compared, the observed one among them: all of them if `exact`, else the draws plus one.
    exact : bool
    mc_error : float
        Monte-Carlo standard error of the p-value; 0 if exact.
    alternative : str
    """

    headline: Estimate
    count_ge: int
    count_two_sided: int
    total: int
    exact: bool
    mc_error: float
    alternative: str

    def to_frame(self) -> pd.DataFrame:
        return self.headline.to_frame()
