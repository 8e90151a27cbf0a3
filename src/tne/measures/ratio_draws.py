"""What would benefits and costs be in other samples: drawn again from their rows, or from their standard errors?"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special

from tne.measures.ratio_sides import Pair

CHUNK = 2_000_000  # indices at a time


def draw(pair: Pair, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return `draws` means of the benefits and of the costs: rows drawn with replacement, else normal or t."""
    rng = np.random.default_rng(seed)
    if not pair.sampled:
        return _from_errors(pair, draws, rng)
    if pair.arms is not None:
        trained, control = (_resampled(list(columns), draws, rng) for columns in pair.arms)
        return trained[0] - control[0], trained[1] - control[1]
    b, c = pair.benefits.sample, pair.costs.sample
    if pair.paired:
        return _resampled([b, c], draws, rng)  # type: ignore[list-item,return-value]
    return _resampled([b], draws, rng)[0], _resampled([c], draws, rng)[0]  # type: ignore[list-item]


def _from_errors(pair: Pair, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    b, c = pair.benefits, pair.costs
    both = b.std_error * c.std_error
    shared = pair.covariance / both if both > 0 else 0.0
    first, second = rng.standard_normal((2, draws))
    second = shared * first + math.sqrt(max(1 - shared**2, 0.0)) * second
    out = []
    for side, z in ((b, first), (c, second)):
        if side.df > 0 and math.isfinite(side.df):
            z = z / np.sqrt(rng.chisquare(side.df, draws) / side.df)
        out.append(side.mean + side.std_error * z)
    return out[0], out[1]


def _resampled(columns: list[np.ndarray], draws: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Means of the same drawn rows in each column."""
    n = len(columns[0])
    out = np.empty((len(columns), draws))
    at_once = max(1, CHUNK // max(n, 1))
    for start in range(0, draws, at_once):
        rows = rng.integers(n, size=(min(at_once, draws - start), n))
        for k, column in enumerate(columns):
            out[k, start : start + len(rows)] = column[rows].mean(axis=1)
    return tuple(out)


def ratios(benefits: np.ndarray, costs: np.ndarray, sign: float) -> np.ndarray:
    """Ratios of the draws in the order of their angle: where the costs change their sign, beyond all numbers.

    Notes
    -----
    A draw whose costs have the other sign than `sign` is no small ratio but one past infinity: benefits shrinking the
    denominator to 0 and through it. Ordered by size alone it would stand at the wrong end.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found = benefits / costs
    crossed = costs * sign <= 0
    return np.where(crossed, np.where(benefits * sign > 0, np.inf, -np.inf), found)


def percentiles(draws: np.ndarray, low: float, high: float) -> tuple[float, float]:
    """Order statistics at ``(draws + 1) · share``, between neighbours; infinite where one of them is."""
    ordered = np.sort(draws)
    return _at(ordered, low), _at(ordered, high)


def _at(ordered: np.ndarray, share: float) -> float:
    place = min(max(share * (len(ordered) + 1) - 1, 0.0), len(ordered) - 1.0)
    below = math.floor(place)
    first, second = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    if place == below or first == second:
        return float(first)
    return float(first + (place - below) * (second - first))


def bca(
    draws: np.ndarray, estimate: float, influence: list[np.ndarray], conf_level: float
) -> tuple[float, float]:
    """Bias-corrected and accelerated limits; NaN where all draws lie on one side of the estimate.

    Parameters
    ----------
    draws : ndarray
    estimate : float
    influence : list of ndarray
        Influence of each row on the estimate, by sample, as `jackknife` gives it.
    conf_level : float

    References
    ----------
    Efron (1987), Better bootstrap confidence intervals, J. Am. Statist. Assoc. 82:171-185.
    """
    below = float(np.mean(draws < estimate) + np.mean(draws == estimate) / 2)
    if not 0 < below < 1:
        return math.nan, math.nan
    z0 = float(special.ndtri(below))
    cubes = sum(float(np.sum(part**3)) / len(part) ** 3 for part in influence)
    squares = sum(float(np.sum(part**2)) / len(part) ** 2 for part in influence)
    acceleration = cubes / (6 * squares**1.5) if squares > 0 else 0.0
    tail = (1 - conf_level) / 2
    shares = []
    for level in (tail, 1 - tail):
        z = z0 + float(special.ndtri(level))
        shares.append(float(special.ndtr(z0 + z / (1 - acceleration * z))))
    return percentiles(draws, *shares)


def jackknife(pair: Pair, statistic: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> list[np.ndarray]:
    """Influence of each row by leaving it out, by sample.

    Parameters
    ----------
    pair : Pair
        With rows.
    statistic : callable
        Of the mean benefits and the mean costs.
    """
    b, c = pair.benefits, pair.costs
    if pair.arms is not None:
        left = []
        for columns, sign in zip(pair.arms, (1, -1), strict=True):
            # leaving row i out moves the mean by (mean − x_i) / (n − 1)
            moved = [sign * (x.mean() - x) / (len(x) - 1) for x in columns]
            left.append(statistic(b.mean + moved[0], c.mean + moved[1]))
        return [(len(part) - 1) * (part.mean() - part) for part in left]
    without = [(len(s.sample) * s.mean - s.sample) / (len(s.sample) - 1) for s in (b, c)]  # type: ignore[arg-type,operator]
    if pair.paired:
        left = [statistic(*without)]
    else:
        left = [statistic(without[0], np.array(c.mean)), statistic(np.array(b.mean), without[1])]
    return [(len(part) - 1) * (part.mean() - part) for part in left]
