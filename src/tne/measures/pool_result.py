"""What a pool of estimates says: the mean, the spread, what a new one may show, and each one again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from tne.measures.headline import Headlined, Listed
from tne.result import Estimate, Estimates, Result


class Interval(NamedTuple):
    """Two limits; NaN where undefined."""

    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Pooled(Headlined, Listed, Result):
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

    @property
    def headline(self) -> Estimate:
        """The pooled mean."""
        return self.mean
