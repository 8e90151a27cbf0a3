"""What a pool of estimates says: the mean, the spread, what a new one may show, and each one again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from tne.result import Estimate, Estimates, Result


class Interval(NamedTuple):
    """Two limits; NaN where undefined."""

    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Pooled(Result):
    """A meta-analysis.

    Parameters
    ----------
    estimates : Estimates
        Key ``part``: ``mean`` (terms ``mean``, ``prediction``), ``coefficient`` (with moderators: their coefficients
        and the test ``moderators``), ``heterogeneity`` (``tau2, i2, h2, q``, with moderators ``r2``, with levels
        ``tau2: <level>``). `.to_frame()`, `len()`, `get` and iteration read these.
    mean : Estimate
        Mean of the true effects; with moderators at their average.
    prediction : Interval
        Where the true effect of a new market or programme is expected; NaN for ``"fixed"`` and for one estimate.
    shrunken : Estimates
        Keys of the input: each true effect, given all estimates (empirical Bayes), one row for each row given.
    groups : Estimates
        With `levels`: the same for each of the largest groups. Empty without.
    components : Estimates
        With `levels`: key ``level``, the variance at each. Empty without.
    egger : Estimate
        Egger's regression: slope of the estimates on their standard errors.
    """

    estimates: Estimates
    mean: Estimate
    prediction: Interval
    shrunken: Estimates
    groups: Estimates
    components: Estimates
    egger: Estimate

    def _value(self, term: str) -> float:
        table = self.estimates.table
        hit = table.loc[(table["term"] == term) & (table["part"] == "heterogeneity"), "estimate"]
        return float(hit.iloc[0]) if len(hit) else math.nan

    # the numbers of the spread, as they are usually quoted
    tau2 = property(lambda self: self._value("tau2"), doc="Variance of the true effects.")
    i2 = property(lambda self: self._value("i2"), doc="I², in per cent.")
    h2 = property(lambda self: self._value("h2"), doc="H².")
    q = property(lambda self: self._value("q"), doc="Cochran's Q; with moderators of the residuals (QE).")
    r2 = property(lambda self: self._value("r2"), doc="Share of tau² that the moderators tell, in per cent.")

    @property
    def coefficients(self) -> Estimates:
        """Terms ``intercept`` and one for each moderator; a category has one for each level but its first."""
        table = self.estimates.table
        rows = table.loc[(table["part"] == "coefficient") & (table["term"] != "moderators")]
        if not len(rows):
            rows = table.iloc[:1].assign(term="intercept")
        return Estimates(table=rows.drop(columns="part"))

    @property
    def moderator_test(self) -> Estimate:
        """Joint test of the moderators: QM (chi-square), or F with Knapp-Hartung.

        Raises
        ------
        KeyError
            If there are no moderators.
        """
        return self.estimates.get(part="coefficient", term="moderators")

    estimate = property(lambda self: self.mean.estimate)
    std_error = property(lambda self: self.mean.std_error)
    statistic = property(lambda self: self.mean.statistic)
    df = property(lambda self: self.mean.df)
    p_value = property(lambda self: self.mean.p_value)
    conf_low = property(lambda self: self.mean.conf_low)
    conf_high = property(lambda self: self.mean.conf_high)
    n = property(lambda self: self.mean.n)
    n_people = property(lambda self: self.mean.n_people)
    n_people_total = property(lambda self: self.mean.n_people_total)
    note = property(lambda self: self.mean.note)

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()

    def get(self, **where: Any) -> Estimate:
        """Return the one estimate whose columns equal `where`."""
        return self.estimates.get(**where)

    def __len__(self) -> int:
        return len(self.estimates)

    def __iter__(self) -> Iterator[Estimate]:
        return iter(self.estimates)
