"""What is a coefficient of agreement, and what does each unit add to it?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np

from tne.measures.agreement_weights import middle_ranks

COEFFICIENTS = (
    "percent",
    "cohen_kappa",
    "fleiss_kappa",
    "scott_pi",
    "krippendorff_alpha",
    "gwet_ac1",
    "brennan_prediger",
)
NO_PAIR = "no unit was rated by two raters"
ONE_LABEL = "only one category was ever used: agreement beyond chance is not defined"
ONE_CATEGORY = "only one category is known; give `categories`"
AC1_ONE = "only one category was ever used, so all agreement is counted"


@dataclass(frozen=True, eq=False)
class Rated:
    """Ratings as codes: `unit`, `rater`, `label` of each rating, with the number of units, raters and categories.

    `rater` is None where nobody knows who gave which label.
    """

    unit: np.ndarray
    rater: np.ndarray | None
    label: np.ndarray
    n_units: int
    n_raters: int
    n_categories: int

    def counts(self) -> np.ndarray:
        """Return the table units × categories."""
        q = self.n_categories
        flat = np.bincount(self.unit * q + self.label, minlength=self.n_units * q)
        return flat.reshape(self.n_units, q).astype(float)

    def n_sharing(self) -> int:
        """Return how many raters share a unit with another: nobody else bears on how far raters agree."""
        shared = np.bincount(self.unit, minlength=self.n_units)[self.unit] >= 2
        return len(np.unique(cast(np.ndarray, self.rater)[shared]))


@dataclass(frozen=True, eq=False)
class Parts:
    """A coefficient, its observed and chance agreement, and what each unit contributes to it.

    Parameters
    ----------
    estimate, observed, chance : float
    adds : array of shape (units,)
        Linearised contributions, whose mean is the coefficient (of alpha: before its small-sample term).
    times : array of shape (units,)
        How often each unit counts, 0 for those that did not enter.
    df : float
        Degrees of freedom of the error: units that entered, or those of them that two rated, minus 1.
    note : str
        Why the estimate is NaN, or what limits it.
    """

    estimate: float
    observed: float
    chance: float
    adds: np.ndarray
    times: np.ndarray
    df: float
    note: str = ""

    @property
    def n(self) -> float:
        """Units that entered."""
        return float(self.times.sum())

    def std_error(self, *, over_n: bool = False) -> float:
        """Return the linearised standard error; `over_n` leaves the factor for few units out."""
        if math.isnan(self.estimate) or self.df < 1:
            return math.nan
        return math.sqrt(self.times @ self.off() ** 2 * (1 if over_n else 1 + 1 / self.df))

    def off(self) -> np.ndarray:
        """Return what each unit adds to the error of the coefficient."""
        return cast(np.ndarray, (self.adds - self.times @ self.adds / self.n) / self.n)


def agreement_parts(
    counts: np.ndarray,
    weights: np.ndarray,
    coefficient: str,
    *,
    rated: Rated | None = None,
    times: np.ndarray | None = None,
    ordinal: bool = False,
    published: bool = True,
) -> Parts:
    """Return a coefficient with each unit's contribution.

    Parameters
    ----------
    counts : array of shape (units, categories)
        How many raters gave each label.
    weights : array of shape (categories, categories)
    coefficient : str
        One of `COEFFICIENTS`.
    rated : Rated, optional
        Who gave which label; ``"cohen_kappa"`` needs it.
    times : array of shape (units,), optional
        How often each unit counts.
    ordinal : bool
        Krippendorff's ordinal difference, which depends on the labels given, in place of `weights`.
    published : bool
        Gwet's contributions, in which a unit with one rating adds 0 and so widens the error; else those of a ratio, in
        which it only bears on chance agreement and gives no degree of freedom. Equal where every unit has two ratings.

    Notes
    -----
    Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapter 5: with missing ratings, agreement comes
    from units with two ratings or more, chance agreement from all.
    """
    times = np.ones(len(counts)) if times is None else times.astype(float)
    ratings = counts.sum(axis=1)
    if coefficient == "krippendorff_alpha":
        return _alpha(counts, weights, ratings, times, ordinal)
    keep = times * (ratings > 0)
    n, pairs = keep.sum(), ratings >= 2
    n_pairs = keep @ pairs
    nothing = np.full(len(counts), math.nan)
    if n_pairs == 0:
        return Parts(math.nan, math.nan, math.nan, nothing, keep, math.nan, NO_PAIR)
    df = float(n if published else n_pairs) - 1
    safe = np.where(ratings > 0, ratings, 1.0)
    each = (counts * (counts @ weights - 1)).sum(axis=1) / np.where(pairs, ratings * (ratings - 1), 1.0)
    observed = keep @ (each * pairs) / n_pairs
    lone = n / n_pairs * pairs - 1
    agree = n / n_pairs * (each - observed) * pairs
    if coefficient == "percent":
        adds = observed + agree + (observed * lone if published else 0)
        return Parts(observed, observed, 0.0, np.where(ratings > 0, adds, observed), keep, df)
    chance, by_unit, note = _chance(counts / safe[:, None], weights, coefficient, rated, keep, n)
    if math.isnan(chance) or 1 - chance < 1e-12:
        return Parts(math.nan, observed, chance, nothing, keep, df, note or ONE_LABEL)
    estimate = (observed - chance) / (1 - chance)
    adds = estimate + (agree - 2 * (1 - estimate) * (by_unit - chance)) / (1 - chance)
    adds = adds + (estimate * lone if published else 0)
    return Parts(estimate, observed, chance, np.where(ratings > 0, adds, estimate), keep, df, note)


def _chance(
    shares: np.ndarray,
    weights: np.ndarray,
    coefficient: str,
    rated: Rated | None,
    keep: np.ndarray,
    n: float,
) -> tuple[float, np.ndarray, str]:
    """Chance agreement, each unit's part in it, and a note."""
    q = len(weights)
    pi = keep @ shares / n
    if coefficient == "brennan_prediger":
        chance = weights.sum() / q**2
        return (chance, np.full(len(shares), chance), "") if q > 1 else (math.nan, keep, ONE_CATEGORY)
    if coefficient == "gwet_ac1":
        if q == 1:
            return 0.0, np.zeros(len(shares)), AC1_ONE
        factor = weights.sum() / (q * (q - 1))
        note = AC1_ONE if (pi > 1 - 1e-12).any() else ""
        return factor * float(pi @ (1 - pi)), factor * (shares @ (1 - pi)), note
    if coefficient in ("fleiss_kappa", "scott_pi"):
        return float(pi @ weights @ pi), shares @ (weights @ pi), ""
    return _conger(weights, rated, keep, n)


def _conger(
    weights: np.ndarray, rated: Rated | None, keep: np.ndarray, n: float
) -> tuple[float, np.ndarray, str]:
    """Conger's chance agreement, Cohen's with two raters: the mean over pairs of raters, each with its own shares."""
    if rated is None or rated.rater is None:
        raise ValueError("Cohen's kappa needs to know who gave which label. Use the ratings, one row each.")
    r, q = rated.n_raters, rated.n_categories
    each = keep[rated.unit]
    table = np.bincount(rated.rater * q + rated.label, weights=each, minlength=r * q).reshape(r, q)
    given = table.sum(axis=1)
    present = given > 0
    r = int(present.sum())
    if r < 2:
        return math.nan, keep, "only one rater: nobody to agree with"
    p = np.divide(table, given[:, None], out=np.zeros_like(table), where=present[:, None])
    total = p.sum(axis=0)
    weighted = p @ weights
    chance = float(total @ weights @ total - (weighted * p).sum()) / (r * (r - 1))
    others = (total - p) @ weights  # what a label of this rater meets among the others
    own = (others * p).sum(axis=1) * present
    gain = (
        n / np.where(present, given, 1.0)[rated.rater] * (others[rated.rater, rated.label] - own[rated.rater])
    )
    by_unit = (own.sum() + np.bincount(rated.unit, weights=gain, minlength=rated.n_units)) / (r * (r - 1))
    return chance, by_unit, ""


def _alpha(
    counts: np.ndarray, weights: np.ndarray, ratings: np.ndarray, times: np.ndarray, ordinal: bool
) -> Parts:
    """Krippendorff's alpha: units with one rating do not count."""
    pairs = ratings >= 2
    keep = times * pairs
    n = keep.sum()
    nothing = np.full(len(counts), math.nan)
    if n == 0:
        return Parts(math.nan, math.nan, math.nan, nothing, keep, math.nan, NO_PAIR)
    df, mean = float(n) - 1, keep @ ratings / n
    pi = keep @ counts / (n * mean)
    place = middle_ranks(pi)
    if ordinal:
        apart = np.subtract.outer(place, place) ** 2
        weights = 1 - apart / apart.max() if apart.max() > 0 else np.ones_like(apart)
    chance = float(pi @ weights @ pi)
    each = (counts * (counts @ weights - 1)).sum(axis=1) / np.where(pairs, mean * (ratings - 1), 1.0)
    plain = keep @ each / n
    small = 1 / (n * mean)
    observed = (1 - small) * plain + small
    if 1 - chance < 1e-12:
        return Parts(math.nan, observed, chance, nothing, keep, df, ONE_LABEL)
    before = (plain - chance) / (1 - chance)
    more = (ratings - mean) / mean  # units with more ratings weigh more
    first = (each - observed * more - chance) / (1 - chance)
    by_unit = counts @ (weights @ pi) / mean - chance * more
    adds = first - 2 * (1 - before) * (by_unit - chance) / (1 - chance)
    if ordinal:
        adds = adds + _moving_ranks(counts, pi, keep, mean, before)
    estimate = (observed - chance) / (1 - chance)
    return Parts(estimate, observed, chance, np.where(pairs, adds, before), keep, df)


def _moving_ranks(
    counts: np.ndarray, pi: np.ndarray, keep: np.ndarray, mean: float, before: float
) -> np.ndarray:
    """What each unit adds by moving the middle ranks, which depend on how often labels are given."""
    ready = keep / np.maximum(counts.sum(axis=1) - 1, 1) / (mean * keep.sum())
    seen = (counts * ready[:, None]).T @ counts - np.diag(ready @ counts)
    gap = np.subtract.outer(middle_ranks(pi), middle_ranks(pi))
    slope = ((1 - before) * np.outer(pi, pi) - seen) / (pi @ gap**2 @ pi)
    return cast(np.ndarray, middle_ranks(counts) @ (4 * (slope * gap).sum(axis=1)) / mean)
