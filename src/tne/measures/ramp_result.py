"""A fitted ramp by cohort: its terms, and what they say of a given week or level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tne.measures.ramp_fit import Ramp
from tne.measures.ramp_read import predicted, time_to
from tne.result import Estimate, Estimates, Result


@dataclass(frozen=True, kw_only=True, eq=False)
class LearningCurve(Result):
    """An asymptotic ramp by cohort.

    Parameters
    ----------
    estimates : Estimates
        Key ``group``; terms ``plateau`` (L), ``start`` (at tenure 0), ``rise`` (plateau − start) and ``tau``. With
        pooling these are the shrunken ones; `.to_frame()` reads them.
    separate : Estimates
        The same from each cohort alone.
    mean : Estimates
        Key ``group`` = "mean of groups": the pooled terms. Empty without pooling.
    scale : str
    last : float
        Longest tenure seen.
    ramps : tuple
        (group, values, covariance, df) of plateau, rise and log tau, as fitted.
    """

    estimates: Estimates
    separate: Estimates
    mean: Estimates
    scale: str
    last: float
    ramps: tuple[tuple[object, Ramp], ...] = field(default=(), repr=False)

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()

    def get(self, **where: Any) -> Estimate:
        """Return the one estimate whose columns equal `where`, as in ``.get(term="tau")``."""
        return self.estimates.get(**where)

    def predict(self, tenure: float | Sequence[float]) -> Estimates:
        """Return each cohort's own curve at each tenure, on the scale of the outcome, with the curve's interval."""
        times = np.atleast_1d(np.asarray(tenure, dtype=float))
        return predicted(self.separate.to_frame(), self.ramps, times, self.scale, self.last)

    def time_to(self, value: float) -> Estimates:
        """Return the tenure at which each cohort's own curve reaches `value`; NaN where it ends below."""
        return time_to(self.separate.to_frame(), self.ramps, value, self.scale, self.last)
