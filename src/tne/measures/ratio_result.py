"""What is known of benefits against costs: their ratio, the return and the difference, each with its interval?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.measures.ratio import FiellerSet
from tne.result import Estimate, Estimates, Result, sentence


@dataclass(frozen=True, kw_only=True, eq=False)
class BenefitCost(Result):
    """Benefits against costs.

    Parameters
    ----------
    estimates : Estimates
        Rows ``bcr`` (benefits / costs), ``roi`` (%) and ``npv`` (benefits − costs), keyed by ``interval``: ``fieller``
        (of npv: the usual one); with draws also ``percentile``, and ``bca`` where rows were drawn again.
    fieller : FiellerSet
        All benefit-cost ratios that are not rejected, also where they form no interval.
    probability_pays : float
        Share of the draws in which benefits exceed costs; without draws that of the normal (or t) distribution.
    replicates : DataFrame or None
        The draws: columns benefits, costs.
    main : str
        Interval that `bcr`, `roi` and `npv` show: ``percentile`` where draws were asked for, else ``fieller``.
    """

    estimates: Estimates
    fieller: FiellerSet
    probability_pays: float
    replicates: pd.DataFrame | None
    main: str

    @property
    def bcr(self) -> Estimate:
        """Benefits per unit of cost."""
        return self.get(term="bcr")

    @property
    def roi(self) -> Estimate:
        """Return on investment in per cent: 100 (benefits − costs) / costs."""
        return self.get(term="roi")

    @property
    def npv(self) -> Estimate:
        """Net benefit: benefits − costs."""
        return self.get(term="npv")

    def get(self, *, term: str, interval: str | None = None) -> Estimate:
        """Return one estimate; without `interval` the main one."""
        return self.estimates.get(term=term, interval=interval or self.main)

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()

    def __str__(self) -> str:
        table = self.to_frame()
        shown = table.loc[np.asarray(table["interval"] == self.main)]
        return "\n".join(sentence(row) for row in shown.drop(columns="interval").to_dict("records"))
