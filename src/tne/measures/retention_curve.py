"""What does a fitted curve of forgetting say about a given time, share or score?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.forgetting import PARAMETERS, Curve
from tne.measures.sandwich import Uncertainty
from tne.result import Estimate, Estimates, Result


@dataclass(frozen=True, kw_only=True, eq=False)
class ForgettingCurve(Result):
    """A fitted curve: ``.predict``, ``.retained`` and ``.time_until`` read it off, with intervals.

    Parameters
    ----------
    parameters : Estimates
        Terms ``a`` and ``d``, or ``k`` and ``c``.
    residual_sum_of_squares, r_squared : float
        What the curve leaves, and the share of the variance that it explains.
    first, last : float
        Earliest and latest time seen.
    curve : Curve, optional
        The curve itself; None where it is undefined.
    known : Uncertainty, optional
        The covariance of its parameters.
    """

    parameters: Estimates
    residual_sum_of_squares: float
    r_squared: float
    first: float
    last: float
    curve: Curve | None = None
    known: Uncertainty | None = field(default=None, repr=False)

    def to_frame(self) -> pd.DataFrame:
        return self.parameters.to_frame()

    def get(self, **where: Any) -> Estimate:
        """Return the one parameter whose columns equal `where`, for example ``term="d"``."""
        return self.parameters.get(**where)

    def predict(self, elapsed: float | Sequence[float]) -> Estimates:
        """Return the mean score at each time, with the interval of the curve (not of one person)."""

        def at(t: float) -> dict[str, Any]:
            value, slopes = self._at(t)
            return self._inference(value, slopes, self._beyond(t), log=False)

        text = {"unit": "points of the score", "estimand": "mean score at that time"}
        return self._read_off(elapsed, at, text | {"term": "predicted_score"})

    def retained(self, elapsed: float | Sequence[float], *, since: float | None = None) -> Estimates:
        """Return the score at each time as a share of that at `since`; None: the earliest time seen."""
        if since is not None:
            self._times(since)
        start = self.first if since is None else float(since)

        def at(t: float) -> dict[str, Any]:
            (later, up), (before, down) = self._at(t), self._at(start)
            if not (later > 0 and before > 0):
                return {"estimate": math.nan, "note": "the curve is not above 0: there is no share"}
            return self._inference(later / before, up / later - down / before, self._beyond(t), log=True)

        text = {"unit": "share", "estimand": f"score as a share of that at {start:g}"}
        return self._read_off(elapsed, at, text | {"term": "retained"})

    def time_until(self, score: float) -> Estimate:
        """Return the time at which the curve has fallen to `score`; NaN where it does not fall that far."""
        text = {"term": "time_until", "unit": "units of elapsed time"}
        about = self._shared | text | {"estimand": f"time until the mean score is {score:g}"}
        time, why = math.nan, self._why
        if self.curve is not None and not self.curve.falls:
            why = "the curve does not fall with time"
        elif self.curve is not None:
            reached = 0 < score < self._at(self.first)[0]
            time = self.curve.time_at(score) if reached else math.nan
            why = f"the curve does not reach it after {self.first:g}, the earliest time seen"
        if not math.isfinite(time):
            return Estimate(estimate=math.nan, note=why, **about)
        slopes = -self._at(time)[1] / cast(Curve, self.curve).slope_in_log_time(time)
        row = self._inference(time, slopes, self._beyond(time), log=True)
        if self.get(term=PARAMETERS[cast(Curve, self.curve).kind][1]).conf_low <= 0:
            note = "no interval: that scores fall at all is not certain"
            row |= {"note": "; ".join(part for part in (row["note"], note) if part)}
            row |= dict.fromkeys(("std_error", "conf_low", "conf_high"), math.nan)
        return Estimate(**about, **row)

    @property
    def _why(self) -> str:
        return str(self.parameters.to_frame()["note"].iloc[0])

    @property
    def _shared(self) -> dict[str, Any]:
        row = self.parameters.to_frame().iloc[0]
        return {c: row[c] for c in ("n", "n_people", "n_people_total", "conf_level", "method")}

    def _times(self, elapsed: float | Sequence[float]) -> np.ndarray:
        times = np.atleast_1d(np.asarray(elapsed, dtype=float))
        least = 1.0 if self.curve is not None and self.curve.kind == "ebbinghaus" else 0.0
        if not (np.isfinite(times) & (times > least)).all():
            raise ValueError(f"Times must be numbers above {least:g}. Correct `elapsed` or `since`.")
        return times

    def _at(self, t: float) -> tuple[float, np.ndarray]:
        """Return the score at `t` and its derivatives by the parameters."""
        at = np.array([t])
        return float(cast(Curve, self.curve).at(at)[0]), cast(Curve, self.curve).slopes(at)[0]

    def _beyond(self, t: float) -> str:
        return "" if self.first <= t <= self.last else "beyond the times seen: the curve is carried on"

    def _inference(self, value: float, slopes: np.ndarray, beyond: str, *, log: bool) -> dict[str, Any]:
        """Delta method for a value with these `slopes` by the parameters; `log`: they are those of its logarithm."""
        _, error, df, note = cast(Uncertainty, self.known).contrast(slopes)
        law = stats.norm if math.isnan(df) else stats.t(df)
        reach = law.ppf((1 + float(self._shared["conf_level"])) / 2) * error
        out = {"estimate": value, "df": df, "note": "; ".join(part for part in (note, beyond) if part)}
        if not log:
            return out | {"std_error": error, "conf_low": value - reach, "conf_high": value + reach}
        with np.errstate(over="ignore"):
            low, high = value * np.exp([-reach, reach])
        return out | {"std_error": value * error, "conf_low": low, "conf_high": high}

    def _read_off(
        self, elapsed: float | Sequence[float], at: Callable[[float], dict[str, Any]], text: dict[str, str]
    ) -> Estimates:
        times = self._times(elapsed)
        nothing = {"estimate": math.nan, "note": self._why}
        found = [nothing if self.curve is None else at(float(t)) for t in times]
        table = pd.DataFrame(found).assign(**self._shared, **text, elapsed=times)
        return Estimates(table=table, keys=("elapsed",))
