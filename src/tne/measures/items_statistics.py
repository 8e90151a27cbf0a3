"""How easy is an item, does it tell strong from weak, and how sure is that?"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

Interval = tuple[float, float]
UNKNOWN: Interval = (math.nan, math.nan)


def wilson_mean(mean: float, variance_of_mean: float, n: float, conf_level: float) -> Interval:
    """Return Wilson's interval for the mean of scores between 0 and 1.

    A design effect makes it fit partial credit: ``(n² V + ¼) / (n m (1 − m) + ¼)``, V being the variance of the
    mean m. For right-or-wrong items it is 1 and the interval is Wilson's own; the ¼ keeps it open where everybody
    has the same partial score.
    """
    effect = (n * n * variance_of_mean + 0.25) / (n * mean * (1 - mean) + 0.25)
    size, q = n / effect, special.ndtri((1 + conf_level) / 2)
    centre = (mean + q**2 / (2 * size)) / (1 + q**2 / size)
    half = q / (1 + q**2 / size) * math.sqrt(max(mean * (1 - mean), 0) / size + q**2 / (4 * size**2))
    # at 0 and 1 the limit is the end itself; rounding must not put it a hair inside
    return (0.0 if mean == 0 else centre - half), (1.0 if mean == 1 else centre + half)


def wilson_share(count: float, n: float, conf_level: float) -> Interval:
    """Return Wilson's interval for `count` of `n`; undefined for nobody."""
    if n <= 0:
        return UNKNOWN
    share = count / n
    return wilson_mean(share, share * (1 - share) / n, n, conf_level)


def facility(share: np.ndarray, conf_level: float) -> tuple[float, Interval, float]:
    """Return the mean share of the possible score, its interval, and its standard error."""
    n, mean = len(share), float(share.mean())
    variance = float(share.var()) / n
    error = math.sqrt(variance * n / (n - 1)) if n > 1 else math.nan
    if share.min() < 0:  # marks taken off for wrong answers: no longer a share
        half = special.stdtrit(n - 1, (1 + conf_level) / 2) * error if n > 1 else math.nan
        return mean, (mean - half, mean + half), error
    return mean, wilson_mean(mean, variance, n, conf_level), error


def correlation(x: np.ndarray, y: np.ndarray, conf_level: float) -> tuple[float, Interval, str]:
    """Return the correlation, its interval, and why one of them is missing.

    The interval is the jackknife's on Fisher's scale, with t on the degrees of freedom that the influence values
    have (Satterthwaite). Fisher's own ``1/√(n − 3)`` is too short for easy items: it covers 90 % in place of 95.
    """
    n = len(x)
    if n < 2:
        return math.nan, UNKNOWN, "fewer than two people"
    if _flat(x):
        return math.nan, UNKNOWN, "everybody has the same score on this item"
    if _flat(y):
        return math.nan, UNKNOWN, "everybody has the same score on the other items"
    x, y = x - x.mean(), y - y.mean()
    sxx, syy, sxy = float(x @ x), float(y @ y), float(x @ y)
    r = float(np.clip(sxy / math.sqrt(sxx * syy), -1, 1))
    if n < 4 or 1 - abs(r) < 1e-9:
        return r, UNKNOWN, "no interval: too few people, or a perfect correlation"
    g = n / (n - 1)
    left_x, left_y = sxx - g * x * x, syy - g * y * y
    if left_x.min() < 1e-9 * sxx or left_y.min() < 1e-9 * syy:
        return r, UNKNOWN, "no interval: one person alone makes the difference"
    without = np.arctanh(np.clip((sxy - g * x * y) / np.sqrt(left_x * left_y), -1 + 1e-12, 1 - 1e-12))
    error = math.sqrt((n - 1) / n * float(((without - without.mean()) ** 2).sum()))
    zx, zy = x * math.sqrt(n / sxx), y * math.sqrt(n / syy)
    squares = (zx * zy - r / 2 * (zx**2 + zy**2)) ** 2
    spread = float(((squares - squares.mean()) ** 2).sum())
    df = max(2 * float(squares.sum()) ** 2 / spread, 1.0) if spread > 0 else math.inf
    half = special.stdtrit(min(df, 1e8), (1 + conf_level) / 2) * error
    return r, (math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)), ""


def group_weights(
    total: np.ndarray, fraction: float, ties: str
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]] | None:
    """Return the weights of the upper and of the lower group, each with the people at its cut; None if all tie.

    With ``"split"`` both groups hold exactly `fraction` of the people: those tied at the cut count in part, alike.
    With ``"whole"`` the upper group is everybody at or above the quantile, the lower everybody strictly below.
    """
    if _flat(total):
        return None
    if ties == "whole":
        low, high = np.quantile(total, [fraction, 1 - fraction])
        upper, lower = (total >= high - 1e-9).astype(float), (total < low - 1e-9).astype(float)
        nobody = np.zeros(len(total), dtype=bool)
        return ((upper, nobody), (lower, nobody)) if lower.any() and low <= high else None
    ordered, wanted = np.sort(total), fraction * len(total)
    last = math.ceil(wanted - 1e-9) - 1
    groups = []
    for cut, sign in ((ordered[-1 - last], 1), (ordered[last], -1)):
        tied = np.abs(total - cut) <= 1e-9 * max(1.0, abs(cut))
        beyond = (sign * (total - cut) > 0) & ~tied
        groups.append((beyond + tied * ((wanted - beyond.sum()) / tied.sum()), tied))
    return groups[0], groups[1]


def upper_lower(
    share: np.ndarray,
    groups: tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
    conf_level: float,
) -> tuple[float, Interval]:
    """Return the difference in facility between the upper and the lower group, with its interval.

    The interval combines those of both groups (MOVER, Zou and Donner 2008); their variances come from influence
    values, ``w (x − m) / f`` with m the facility of those tied at the cut, because the cut itself is estimated.
    """
    n, parts, bounded = len(share), [], share.min() >= 0
    for weight, tied in groups:
        held = weight.sum()
        mean = float(weight @ share / held)
        pivot = float(share[tied].mean()) if tied.any() else mean
        influence = (share - pivot) * weight * (n / held)
        influence = influence - influence.mean()
        variance = float(influence @ influence) / n**2
        limits = wilson_mean(mean, variance, held, conf_level) if bounded else UNKNOWN
        parts.append((mean, limits, influence, variance))
    (high, (high_low, high_up), a, va), (low, (low_low, low_up), b, vb) = parts
    shared, found = float(a @ b) / n**2, high - low
    if not bounded:  # marks taken off: the groups' means are no shares
        half = special.ndtri((1 + conf_level) / 2) * math.sqrt(max(va + vb - 2 * shared, 0.0))
        return found, (found - half, found + half)
    rho = shared / math.sqrt(va * vb) if va * vb > 0 else 0.0

    def reach(first: float, second: float) -> float:
        return math.sqrt(max(first**2 + second**2 - 2 * rho * first * second, 0.0))

    return found, (found - reach(high - high_low, low_up - low), found + reach(high_up - high, low - low_low))


def _flat(values: np.ndarray) -> bool:
    """Whether the values differ by no more than rounding."""
    return bool(np.ptp(values) <= 1e-9 * max(1.0, float(np.abs(values).max())))
