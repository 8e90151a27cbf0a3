"""Where is a test exact, and where do the people stand who take it?"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from scipy import special

from tne.checks import require_frame
from tne.measures.irt import ItemResponse, irt
from tne.result import Result

FREE_SLOPES = 200  # people from which each question gets a slope of its own
UNEQUAL = 1.25  # ratio of errors at both ends of the people that counts as too easy or too hard
FITS = ("fits", "too_easy", "too_hard")


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach(Result):
    """Exactness of a test along its scale, and the middle two thirds of some people on it.

    Parameters
    ----------
    model : ItemResponse
    n_people : int
        People whose place is meant.
    max_score : float
        Number of questions in the model.
    best : float
        True number of points at which the test is most exact.
    low, high : float
        True number of points one standard deviation below and above the people's mean.
    error_low, error_high : float
        Error of a measured ability there, as a multiple of the smallest.
    finding : {"fits", "too_easy", "too_hard"}
    curve : DataFrame
        ``ability, points, error`` (a multiple of the smallest), rising in points.
    """

    model: ItemResponse
    n_people: int
    max_score: float
    best: float
    low: float
    high: float
    error_low: float
    error_high: float
    finding: str
    curve: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        return self.curve.copy()

    def __str__(self) -> str:
        return (
            f"Most exact at {self.best:.1f} of {self.max_score:.0f} points; two thirds of {self.n_people} people stand "
            f"between {self.low:.1f} and {self.high:.1f}: {self.finding.replace('_', ' ')}."
        )


def measurement_reach(item_scores: pd.DataFrame, *, people: Collection[object] | None = None) -> Reach | None:
    """Compare where a test measures exactly with where people stand.

    Parameters
    ----------
    item_scores : DataFrame, people × items
        Scores 0 or 1, the index names the people. All of them decide how the questions work.
    people : collection, optional
        Those whose place is meant; None: all.

    Returns
    -------
    Reach or None
        None where no model can be fitted: fewer than 20 people, questions not scored right or wrong; and where the
        expected points do not rise with ability, so that a place on them is no place.

    Raises
    ------
    TypeError
        If `item_scores` is no frame.
    ValueError
        If scores are no numbers.

    Notes
    -----
    2PL from 200 people on, else one common slope. The error at an ability is 1/√information. The people's spread is
    ``√(var(EAP) + mean posterior variance)``, because the abilities alone are drawn together. True points are the
    expected number of right answers. Being too easy for strong people is said where the error at the upper end of the
    middle two thirds is more than 1.25 times that at the lower end; the model does not say whether the test should
    separate strong people at all.

    References
    ----------
    Lord (1980), Applications of Item Response Theory to Practical Testing Problems, chapter 5.

    Examples
    --------
    >>> right = (np.arange(60)[:, None] * [7, 11, 13, 17, 19] % 60) < [50, 45, 35, 25, 15]
    >>> right |= np.arange(60)[:, None] > [20, 25, 35, 40, 50]
    >>> print(measurement_reach(pd.DataFrame(right.astype(float), columns=list("abcde"))))
    Most exact at 2.5 of 5 points; two thirds of 60 people stand between 2.9 and 4.2: too easy.
    """
    scores = require_frame(item_scores, "item_scores").dropna(how="all")
    try:
        values = scores.to_numpy(dtype=float)
    except (TypeError, ValueError):
        raise ValueError(
            "`item_scores` holds what is no number. Give 1 for right, 0 for wrong, missing where nobody answered."
        ) from None
    if len(scores) < 20 or scores.shape[1] < 3 or not np.isin(values[~np.isnan(values)], (0.0, 1.0)).all():
        return None
    model = irt(scores, model="2PL" if len(scores) >= FREE_SLOPES else "1PL")
    items = model.items.dropna(subset=["discrimination", "difficulty"])
    if items.empty:
        return None
    found = model.abilities()
    mine = found if people is None else found.loc[found.iloc[:, 0].isin(list(people))]
    ability, error = mine["ability"].to_numpy(dtype=float), mine["std_error"].to_numpy(dtype=float)
    known = np.isfinite(ability) & np.isfinite(error)
    if known.sum() < 2:
        return None
    mean = float(ability[known].mean())
    spread = math.sqrt(float(ability[known].var()) + float((error[known] ** 2).mean()))
    a, b = (items[name].to_numpy(dtype=float) for name in ("discrimination", "difficulty"))
    theta = np.linspace(-3, 3, 121)
    curve = pd.DataFrame({"ability": theta, "points": _points(theta, a, b)})
    if (np.diff(curve["points"]) <= 0).any():
        return None
    errors = model.information(theta)["std_error"].to_numpy()
    smallest = errors.min()
    curve["error"] = errors / smallest
    ends = np.array([mean - spread, mean + spread])
    low_error, high_error = model.information(ends)["std_error"].to_numpy() / smallest
    low, high = _points(ends, a, b)
    ratio = high_error / low_error
    finding = "too_easy" if ratio > UNEQUAL else "too_hard" if ratio < 1 / UNEQUAL else "fits"
    return Reach(
        model=model, n_people=int(known.sum()), max_score=float(len(items)), low=float(low), high=float(high),
        best=float(curve["points"].iloc[int(curve["error"].argmin())]), error_low=float(low_error),
        error_high=float(high_error), finding=finding, curve=curve, checks=model.checks,
    )  # fmt: skip


def _points(theta: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Expected number of right answers."""
    return cast(np.ndarray, special.expit(a[None, :] * (theta[:, None] - b[None, :])).sum(axis=1))
