"""How do the items of a test vary together, and what does each person contribute to it?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_frame, require_numeric
from tne.measures.headcount import headcount
from tne.result import Check

MISSING = ("pairwise", "listwise")


@dataclass(frozen=True, eq=False)
class ItemMoments:
    """Means and covariances of items, every pair over the people who answered both.

    Parameters
    ----------
    names : tuple
        Labels of the k items.
    centred : ndarray, shape (n, k)
        Scores minus their item's mean, 0 where missing.
    seen : ndarray, shape (n, k)
        1 where answered, else 0.
    n, n_people, n_given, n_gaps : int
        Rows that entered, people among them, rows given, and answers missing in the rows that entered.
    means : ndarray, shape (k,)
    listwise : bool
        Whether people with a gap were left out.
    """

    names: tuple[Any, ...]
    centred: np.ndarray
    seen: np.ndarray
    means: np.ndarray
    n: int
    n_people: int
    n_given: int
    n_gaps: int
    listwise: bool = False

    @cached_property
    def k(self) -> int:
        """Items."""
        return len(self.names)

    @cached_property
    def counts(self) -> np.ndarray:
        """People who answered both items, shape (k, k)."""
        return cast(np.ndarray, self.seen.T @ self.seen)

    @cached_property
    def pair_means(self) -> np.ndarray:
        """Mean of the centred item a over those who also answered b, shape (k, k)."""
        return _divide(self.centred.T @ self.seen, self.counts)

    @cached_property
    def covariance(self) -> np.ndarray:
        """Covariances with divisor n − 1 of the pair; NaN where fewer than two people answered both."""
        n, means = self.counts, self.pair_means
        return _divide(self.centred.T @ self.centred - n * means * means.T, n - 1)

    @cached_property
    def pair_variances(self) -> np.ndarray:
        """Variance of the item a over those who also answered b, shape (k, k)."""
        n, means = self.counts, self.pair_means
        return _divide((self.centred**2).T @ self.seen - n * means**2, n - 1)

    @cached_property
    def correlation(self) -> np.ndarray:
        """Correlations, each over the people who answered both; NaN for an item without spread."""
        spread = self.pair_variances
        found = _divide(self.covariance, np.sqrt(np.maximum(spread * spread.T, 0)))
        np.fill_diagonal(found, np.where(np.diag(spread) > 0, 1.0, np.nan))
        return found

    @cached_property
    def effective_n(self) -> float:
        """Harmonic mean of the people behind each pair of items: n where nothing is missing."""
        off = self.counts[~np.eye(self.k, dtype=bool)]
        return float(len(off) / np.sum(1 / off)) if len(off) and (off > 0).all() else 0.0

    @cached_property
    def constant(self) -> np.ndarray:
        """Flag items without spread beyond rounding, shape (k,)."""
        size = np.abs(self.means) + np.max(np.abs(self.centred), axis=0, initial=0.0)
        return cast(np.ndarray, ~(np.diag(self.pair_variances) > 1e-24 * np.maximum(size, 1e-150) ** 2))

    def checks(self) -> tuple[Check, Check]:
        """Say whether people are few and how much is missing."""
        status = "pass" if self.n_people >= 20 else "warn" if self.n_people >= 2 else "fail"
        few = Check("few_people", status, f"{self.n_people} people answered; 20 or more are wanted.")
        gone = self.n_given - self.n
        if self.listwise:
            share, text = gone / max(self.n_given, 1), f"{gone} of {self.n_given} people have gaps: left out."
            return few, Check("missing", "pass" if share <= 0.05 else "warn", text)
        share = self.n_gaps / max(self.n * self.k, 1)
        text = f"{share:.1%} of the answers are missing; {gone} people answered nothing and are left out."
        return few, Check("missing_answers", "pass" if share <= 0.05 else "warn", text)


def item_moments(item_scores: pd.DataFrame, missing: str = "pairwise") -> ItemMoments:
    """Collect the moments of a people × items frame; a column ``moderator_id`` names people, it is no item.

    Parameters
    ----------
    item_scores : DataFrame, one row per person, one numeric column per item
    missing : {"pairwise", "listwise"}
        Each pair of items over those who answered both, or only people who answered everything.
    """
    require_choice(missing, MISSING, "missing")
    frame = require_frame(item_scores, "item_scores")
    names = tuple(c for c in frame.columns if c != "moderator_id")
    if not names:
        raise ValueError("`item_scores` has no item. Give one column per item.")
    require_numeric(frame, names, "item_scores")
    values = frame[list(names)].to_numpy(dtype=float, na_value=np.nan)
    _no_correlations(frame, names, values)
    seen = ~np.isnan(values)
    kept = seen.all(axis=1) if missing == "listwise" else seen.any(axis=1)
    values, seen = values[kept], seen[kept].astype(float)
    filled = np.where(seen > 0, values, 0.0)
    means = _divide(filled.sum(axis=0), seen.sum(axis=0))
    centred = np.where(seen > 0, filled - np.nan_to_num(means), 0.0)
    n_people = headcount(frame.loc[kept])
    gaps = int(seen.size - seen.sum())
    whole = missing == "listwise"
    return ItemMoments(names, centred, seen, means, len(values), n_people, len(frame), gaps, whole)


def _no_correlations(frame: pd.DataFrame, names: tuple[Any, ...], values: np.ndarray) -> None:
    """Raise where correlations stand in for scores: people would be made of items."""
    if tuple(frame.index) != names or not (np.diag(values) == 1).all() or (values % 1 == 0).all():
        return
    if np.allclose(values, values.T, atol=1e-6):
        raise ValueError(
            f"`item_scores` looks like the correlations of {len(names)} items: rows and columns have the same names "
            "and the diagonal is 1. Give people × items, or pass it to mcdonald_omega as `corr`."
        )


def covariance_influence(items: ItemMoments, gradient: np.ndarray) -> np.ndarray:
    """Return what each person adds to ``sum(gradient * covariance)``, shape (n,), with mean about 0.

    The square of its standard deviation over n is the asymptotically distribution-free variance, gaps included.
    """
    weight = gradient * items.n / items.counts
    return cast(np.ndarray, _products(items, weight) - _with(items.seen, weight * items.covariance))


def correlation_influence(items: ItemMoments, gradient: np.ndarray) -> np.ndarray:
    """Return what each person adds to ``sum(gradient * correlation)`` off the diagonal, shape (n,)."""
    spread = items.pair_variances
    gradient = np.where(np.eye(items.k, dtype=bool), 0.0, gradient)
    weight = gradient * items.n / items.counts
    own = weight * items.correlation / spread
    means = items.pair_means
    squares = items.centred**2 * (items.seen @ own.T) - 2 * items.centred * (items.seen @ (own * means).T)
    constant = _with(items.seen, own * means**2)
    return cast(
        np.ndarray, _products(items, weight / np.sqrt(spread * spread.T)) - squares.sum(axis=1) - constant
    )


def leave_one_out(value: float, influence: np.ndarray) -> np.ndarray:
    """Return a sum of covariances without each person in turn, shape (n,); exact where nothing is missing."""
    n = len(influence)
    if n < 3:
        return np.full(n, np.nan)
    return cast(np.ndarray, value - n / ((n - 1) * (n - 2)) * (influence - influence.mean()))


def _products(items: ItemMoments, weight: np.ndarray) -> np.ndarray:
    """Sum over pairs of weight times both deviations from the pair's means, for each person."""
    means = items.pair_means
    out = _with(items.centred, weight) + _with(items.seen, weight * means * means.T)
    return cast(np.ndarray, out - 2 * (items.centred * (items.seen @ (weight * means.T).T)).sum(axis=1))


def _with(values: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return cast(np.ndarray, ((values @ matrix) * values).sum(axis=1))


def _divide(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return cast(np.ndarray, np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0))
