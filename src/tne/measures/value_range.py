"""How sure is an assumption: a number, a low / mode / high, or an estimate with its error?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from scipy import special

from tne.measures.ratio import quantile_of
from tne.measures.ratio_sides import number_of
from tne.result import Estimate

RANGE = ("low", "mode", "high")

KINDS = "a number, low / mode / high, or (value, std_error)"


@dataclass(frozen=True)
class Assumption:
    """One assumption with its spread.

    Parameters
    ----------
    shape : {"known", "triangular", "normal", "unknown"}
    mean : float
    low, high : float
        Ends of the triangle, or confidence limits.
    mode : float
        Of the triangle.
    std_error, df : float
        Of an estimate; df NaN is the normal distribution.
    """

    shape: str
    mean: float
    low: float
    high: float
    mode: float = math.nan
    std_error: float = math.nan
    df: float = math.nan

    @property
    def varies(self) -> bool:
        return self.low < self.high

    def quantile(self, share: np.ndarray) -> np.ndarray:
        """Values at shares of the distribution."""
        if self.shape == "triangular" and self.varies:
            width, rise = self.high - self.low, self.mode - self.low
            below = self.low + np.sqrt(share * width * rise)
            above = self.high - np.sqrt((1 - share) * width * (self.high - self.mode))
            return np.where(share * width < rise, below, above)
        if self.shape == "normal":
            z = special.ndtri(share) if math.isnan(self.df) else special.stdtrit(self.df, share)
            return cast(np.ndarray, self.mean + self.std_error * z)
        return np.full(len(share), self.mean)


def assumption(given: Any, name: str, *, conf_level: float, positive: bool = True) -> Assumption:
    """Read an assumption.

    Parameters
    ----------
    given : float, mapping or tuple
        A number; ``{"low", "mode", "high"}`` or a tuple of these three; ``(value, std_error)`` or an Estimate; None.
    name : str
        What it is, for messages.
    conf_level : float
        Of the limits of an estimate.
    positive : bool
        Whether it cannot be negative.

    Raises
    ------
    TypeError, ValueError
        If it is no number, incomplete, out of order, infinite or negative.
    """
    if given is None:
        return Assumption("unknown", math.nan, math.nan, math.nan)
    if isinstance(given, Estimate):
        return _estimated(given.estimate, given.std_error, given.df, name, conf_level, positive)
    if isinstance(given, Mapping):
        lacking = [key for key in RANGE if key not in given]
        if lacking:
            raise ValueError(f"`{name}` lacks {', '.join(lacking)}. Give low, mode and high.")
        given = tuple(given[key] for key in RANGE)
    if isinstance(given, (tuple, list)):
        numbers = [number_of(v, name, KINDS) for v in given]
        if len(numbers) == 2:
            return _estimated(*cast(tuple[float, float], numbers), math.nan, name, conf_level, positive)
        if len(numbers) != 3:
            raise ValueError(
                f"`{name}` has {len(numbers)} numbers. Give (value, std_error), or low, mode and high."
            )
        return _triangular(*cast(tuple[float, float, float], numbers), name, positive)
    value = number_of(given, name, KINDS)
    _not_negative(value, name, positive)
    return Assumption("unknown" if math.isnan(value) else "known", value, value, value)


def _triangular(low: float, mode: float, high: float, name: str, positive: bool) -> Assumption:
    if math.isnan(low + mode + high):
        if not all(math.isnan(v) for v in (low, mode, high)):
            raise ValueError(f"`{name}` lacks one of low, mode and high. Give all three.")
        return Assumption("unknown", math.nan, math.nan, math.nan)
    if not low <= mode <= high:
        raise ValueError(f"`{name}` has low {low:g}, mode {mode:g}, high {high:g}. Give them in this order.")
    _not_negative(low, name, positive)
    return Assumption("triangular", (low + mode + high) / 3, low, high, mode)


def _estimated(
    value: float, error: float, df: float, name: str, conf_level: float, positive: bool
) -> Assumption:
    if math.isnan(value):
        return Assumption("unknown", math.nan, math.nan, math.nan)
    _not_negative(value, name, positive)
    if error < 0:
        raise ValueError(f"The standard error of `{name}` is {error:g}. Give 0 or more.")
    if math.isnan(error) or error == 0:
        return Assumption("known", value, value, value, std_error=error)
    half = quantile_of(conf_level, df) * error
    return Assumption("normal", value, value - half, value + half, std_error=error, df=df)


def _not_negative(value: float, name: str, positive: bool) -> None:
    if positive and value < 0:
        raise ValueError(f"`{name}` is {value:g}. It cannot be negative.")
