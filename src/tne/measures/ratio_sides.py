"""What are the benefits and the costs: numbers, estimates, or one number a row?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import rows
from tne.result import Check, Estimate

SIDES = ("benefits", "costs")

KINDS = "an Estimate, (value, std_error), a number, or rows as an array"


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two: its mean with a standard error, and its rows where it has some.

    Parameters
    ----------
    mean, std_error : float
    df : float
        Degrees of freedom of the standard error, NaN where it is taken as known.
    sample : ndarray or None
    n_people, n_people_total : float
    exact : bool
        Given as a plain number.
    """

    mean: float
    std_error: float
    df: float = math.nan
    sample: np.ndarray | None = None
    n_people: float = math.nan
    n_people_total: float = math.nan
    exact: bool = False


@dataclass(frozen=True, eq=False)
class Pair:
    """Benefits and costs together.

    Parameters
    ----------
    benefits, costs : Side
    covariance : float
        Of the two means.
    paired : bool
        Whether the rows of both belong together.
    checks : tuple of Check
    arms : tuple or None
        Rows of benefits and costs of the trained and of the control, where the means are differences between them.
    """

    benefits: Side
    costs: Side
    covariance: float
    paired: bool
    checks: tuple[Check, ...] = ()
    arms: tuple[tuple[np.ndarray, np.ndarray], ...] | None = None

    @property
    def variance(self) -> tuple[float, float, float]:
        return self.benefits.std_error**2, self.costs.std_error**2, self.covariance

    @property
    def sampled(self) -> bool:
        """Whether both sides are rows, so that rows can be drawn again."""
        return self.arms is not None or (self.benefits.sample is not None and self.costs.sample is not None)

    def df(self, at: float) -> float:
        """Degrees of freedom of ``benefits − at · costs``: n − 1 in pairs, else Satterthwaite's; NaN = normal."""
        b, c = self.benefits, self.costs
        if self.paired:
            return b.df
        parts = [(b.std_error**2, b.df), ((at * c.std_error) ** 2, c.df)]
        total = sum(v for v, _ in parts) - 2 * at * self.covariance
        if self.arms is not None:
            rest = [x - at * y for x, y in self.arms]
            parts = [(float(w.var(ddof=1)) / len(w), len(w) - 1.0) for w in rest if len(w) > 1]
        below = sum(v**2 / df for v, df in parts if df > 0 and v > 0)
        return total**2 / below if below > 0 and math.isfinite(total) else math.nan

    @property
    def n(self) -> float:
        """Rows: pairs, or rows of both sides."""
        if self.paired:
            return float(len(self.benefits.sample))  # type: ignore[arg-type]
        if self.arms is not None:
            return float(sum(len(x) for x, _ in self.arms))
        counts = [len(s.sample) for s in (self.benefits, self.costs) if s.sample is not None]
        return float(sum(counts)) if counts else math.nan


def pair_of(benefits: Any, costs: Any, covariance: float, paired: bool) -> Pair:
    """Read both sides and how they vary together.

    Raises
    ------
    TypeError, ValueError
        If a side is nothing known, paired rows differ in number, or the covariance cannot be.
    """
    sides = [side_of(given, name) for given, name in zip((benefits, costs), SIDES, strict=True)]
    try:
        covariance = float(covariance)
    except (TypeError, ValueError):
        raise TypeError(f"`covariance` is {type(covariance).__name__}. Give a number.") from None
    if all(s.sample is not None for s in sides) and paired:
        if covariance != 0:
            raise ValueError(
                "`covariance` is given, but paired rows have their own. Leave it out, or give estimates."
            )
        require_same_order(benefits, costs)
        return _paired(*sides)
    whole = [_estimated(s) for s in sides]
    if whole[0].exact != whole[1].exact:  # a price beside an estimate is known
        whole = [replace(s, std_error=0.0) if s.exact else s for s in whole]
    dropped = [0 if s.sample is None else int(np.isnan(s.sample).sum()) for s in sides]
    most = whole[0].std_error * whole[1].std_error
    if not math.isfinite(covariance) or (covariance != 0 and not abs(covariance) <= most * (1 + 1e-9)):
        raise ValueError(
            f"`covariance` is {covariance:g}, but its size is at most the product of the standard errors ({most:g}). "
            "Give the covariance of the two means, not of rows."
        )
    checks = () if all(s.sample is None for s in whole) else missing_rows(sum(dropped), "rows")
    return Pair(*cast(tuple[Side, Side], whole), covariance, False, checks)


def side_of(given: Any, name: str) -> Side:
    """Read one side: an estimate, (value, std_error), a number, or rows."""
    if isinstance(given, Estimate):
        people: dict[str, Any] = {"n_people": given.n_people, "n_people_total": given.n_people_total}
        return Side(given.estimate, given.std_error, given.df, **people)
    if isinstance(given, tuple):
        if len(given) != 2:
            raise ValueError(
                f"`{name}` is a tuple of {len(given)}. Give (value, std_error), or rows as a list or an array."
            )
        value, error = (number_of(v, name, KINDS) for v in given)
        if error < 0 or math.isinf(error):
            raise ValueError(f"The standard error of `{name}` is {error:g}. Give 0 or more.")
        return Side(value, error)
    if np.ndim(given) == 0 and not isinstance(given, str):
        return Side(number_of(given, name, KINDS), math.nan, exact=True)
    return Side(math.nan, math.nan, sample=rows_of(given, name))


def number_of(given: Any, name: str, kinds: str) -> float:
    """Return a finite number, NaN where missing; `kinds` says what else might have been given."""
    if isinstance(given, bool):
        raise TypeError(f"`{name}` is a bool. Give {kinds}.")
    try:
        value = math.nan if given is None or given is pd.NA else float(given)
    except (TypeError, ValueError):
        raise TypeError(f"`{name}` is {type(given).__name__}. Give {kinds}.") from None
    if math.isinf(value):
        raise ValueError(f"`{name}` is infinite. Give a finite number.")
    return value


def rows_of(given: Any, name: str) -> np.ndarray:
    """Return one column of numbers, NaN where missing."""
    if isinstance(given, (pd.DataFrame, str, dict)) or not isinstance(
        given, (Sequence, np.ndarray, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)
    ):
        raise TypeError(f"`{name}` is {type(given).__name__}. Give one column: a list, an array or a Series.")
    column = given if isinstance(given, pd.Series) else pd.Series(np.asarray(given).tolist(), dtype=object)
    try:
        values = pd.to_numeric(column, errors="raise").to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise TypeError(
            f"`{name}` has rows that are no numbers. Convert them, as with pd.to_numeric."
        ) from None
    if values.ndim != 1:
        raise TypeError(f"`{name}` has {values.ndim} dimensions. Give one column of rows.")
    if np.isinf(values).any():
        raise ValueError(f"`{name}` is infinite in {rows(np.isinf(values))}. Replace or drop them.")
    return cast(np.ndarray, values)


def require_same_order(benefits: Any, costs: Any) -> None:
    """Raise `ValueError` where two Series have the same labels in another order: rows pair by place, not by label."""
    if not (isinstance(benefits, pd.Series) and isinstance(costs, pd.Series)) or len(benefits) != len(costs):
        return
    one, other = benefits.index, costs.index
    if one.is_unique and not one.equals(other) and len(one.union(other, sort=False)) == len(one):
        raise ValueError(
            "Two columns have the same index in another order. Take them from one frame, or sort them alike."
        )


def _estimated(side: Side) -> Side:
    """Mean of the rows that are there, with its standard error."""
    if side.sample is None:
        return side
    kept = side.sample[~np.isnan(side.sample)]
    n = len(kept)
    mean = float(kept.mean()) if n else math.nan
    error = float(kept.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    return Side(mean, error, float(n - 1) if n > 1 else math.nan, kept)


def _paired(benefits: Side, costs: Side) -> Pair:
    x, y = cast(np.ndarray, benefits.sample), cast(np.ndarray, costs.sample)
    if len(x) != len(y):
        raise ValueError(
            f"`benefits` has {len(x)} rows and `costs` {len(y)}. "
            "Give one of each per row, or `paired=False` for two separate samples."
        )
    gone = np.isnan(x) | np.isnan(y)
    sides = [_estimated(Side(math.nan, math.nan, sample=side[~gone])) for side in (x, y)]
    n = int((~gone).sum())
    shared = (
        float(np.cov(cast(np.ndarray, sides[0].sample), cast(np.ndarray, sides[1].sample))[0, 1]) / n
        if n > 1
        else math.nan
    )
    return Pair(*cast(tuple[Side, Side], sides), shared, True, missing_rows(int(gone.sum()), "pairs"))


def missing_rows(count: int, what: str) -> tuple[Check, ...]:
    """Say how many rows were left out."""
    detail = f"{count} {what} without a number were left out." if count else f"All {what} have their numbers."
    return (Check("missing", "warn" if count else "pass", detail),)
