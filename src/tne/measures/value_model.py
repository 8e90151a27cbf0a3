"""What are the benefits, given the effect and every other assumption?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tne.measures.value_fade import STEPS, weeks_worth
from tne.measures.value_range import Assumption

KNOWN_ONE = Assumption("known", 1.0, 1.0, 1.0)
# attribution of a grade C effect: the mean is a half
HALF = Assumption("triangular", 0.5, 0.0, 1.0, 0.5)


@dataclass(frozen=True)
class Model:
    """Benefits less costs as a function of the assumptions.

    Parameters
    ----------
    parts : mapping of str to Assumption
        effect (points), attribution (share), volume (decisions a week), avoided_error and minute (currency),
        saved_minutes (a decision), half_life (weeks), costs (currency).
    weeks, measured_weeks : float
    rate : float or None
        Interest per year.
    """

    parts: Mapping[str, Assumption]
    weeks: float
    measured_weeks: float
    rate: float | None

    def with_part(self, name: str, value: float) -> Model:
        """The same with one assumption known."""
        return replace(self, parts={**self.parts, name: Assumption("known", value, value, value)})

    def weeks_of(self, half_life: np.ndarray | float) -> np.ndarray:
        return weeks_worth(self.weeks, half_life, measured_weeks=self.measured_weeks, rate=self.rate)

    def means(self) -> dict[str, float]:
        """Mean of each assumption, and of the weeks' worth; the assumptions are independent."""
        half_life = self.parts["half_life"]
        steps = (np.arange(STEPS) + 0.5) / STEPS if half_life.varies else np.array([0.5])
        worth = self.weeks_of(np.maximum(half_life.quantile(steps), 1e-9))
        return {name: part.mean for name, part in self.parts.items()} | {"weeks": float(np.mean(worth))}

    def draws(self, count: int, seed: int) -> dict[str, np.ndarray]:
        """Each assumption at equal steps of its distribution, in an order of chance (Latin hypercube)."""
        rng = np.random.default_rng(seed)
        out = {}
        for name, part in self.parts.items():
            shares = (rng.permutation(count) + rng.random(count)) / count
            out[name] = part.quantile(np.clip(shares, 1e-12, 1 - 1e-12))
        out["weeks"] = self.weeks_of(np.maximum(out["half_life"], 1e-9))
        return out


def per_point(x: Mapping[str, np.ndarray | float]) -> np.ndarray | float:
    """Worth of one point of accuracy that is due to the training."""
    return x["volume"] / 100 * x["avoided_error"] * x["weeks"]


def of_minutes(x: Mapping[str, np.ndarray | float]) -> np.ndarray | float:
    """Worth of the minutes saved, all of them due to the training."""
    return x["saved_minutes"] * x["volume"] * x["minute"] * x["weeks"]


def benefits(x: Mapping[str, np.ndarray | float]) -> np.ndarray | float:
    """Worth of avoided errors and saved minutes that are attributed to the training."""
    return x["attribution"] * (x["effect"] * per_point(x) + of_minutes(x))


def break_even(x: Mapping[str, np.ndarray | float]) -> np.ndarray | float:
    """Points, due to the training, at which benefits are the costs; NaN where a point is worth nothing."""
    worth = np.asarray(per_point(x), dtype=float)
    short = np.asarray(x["costs"] - x["attribution"] * of_minutes(x), dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(worth > 0, short / worth, math.nan)[()]
