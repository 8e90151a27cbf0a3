"""Which ramp y = plateau − rise · exp(−t / tau) lies nearest, and does it show where it ends?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special, stats

SHORTEST, LONGEST = 0.2, 10.0  # bounds of tau: times the least step, times the span of tenure
GRID = 25
LIKE_A_LINE = "a straight line fits as well: no plateau is seen"
NO_RAMP = "no ramp is seen: a level fits as well"
AT_ONCE = "the rise is over before the second time seen"


@dataclass(frozen=True, eq=False)
class Data:
    """Rows of one cohort.

    Parameters
    ----------
    t, y, w : ndarray
        Tenure, outcome (a share on the logit scale), weight (or trials).
    person : ndarray of int
        Codes 0, 1, ... of the people, or 0 throughout.
    logit : bool
    own_level : bool
        Whether each person has a level of their own.
    cluster : ndarray of int, optional
    offset : ndarray
        What is added to every row's ramp (logit scale; 0 else).
    """

    t: np.ndarray
    y: np.ndarray
    w: np.ndarray
    person: np.ndarray
    logit: bool
    own_level: bool
    cluster: np.ndarray | None
    offset: np.ndarray


@dataclass(frozen=True, eq=False)
class Ramp:
    """A fitted ramp: plateau, rise and log tau, with their covariance.

    Parameters
    ----------
    values : ndarray, shape (3,)
        Plateau, rise, log(tau); NaN where not identified.
    covariance : ndarray, shape (3, 3)
    df : float
        Degrees of freedom of their t-distribution.
    dispersion : float
        Residual variance (identity), or variance over the binomial's.
    why : str
        Why there is no ramp, or "".
    """

    values: np.ndarray
    covariance: np.ndarray
    df: float
    dispersion: float
    why: str


def fit_ramp(data: Data, conf_level: float) -> Ramp:
    """Fit by (weighted) least squares, or by binomial likelihood, over tau."""
    times = np.unique(data.t)
    parameters = 3 + (int(data.person.max()) if data.own_level and len(data.t) else 0)
    if len(times) < 4:
        return _nothing(f"{len(times)} distinct times cannot show a ramp; four are needed")
    if len(data.t) <= parameters:
        return _nothing("there are no more rows than numbers to be found")
    span, step = times[-1] - times[0], float(np.diff(times).min())
    low, high = math.log(SHORTEST * step), math.log(LONGEST * span)
    start = None

    def at(log_tau: float) -> tuple[float, np.ndarray, np.ndarray]:
        return _level_fit(data, -np.exp(-data.t / math.exp(log_tau)), start)

    grid = np.linspace(low, high, GRID)
    heights = [at(g)[0] for g in grid]
    best = int(np.argmin(heights))
    bounds = (grid[max(best - 1, 0)], grid[min(best + 1, GRID - 1)])
    found = optimize.minimize_scalar(
        lambda c: at(c)[0], bounds=bounds, method="bounded", options={"xatol": 1e-8}
    )
    log_tau = float(found.x)
    deviance, levels, slope = at(log_tau)
    eta = data.offset + levels[data.person] + slope * -np.exp(-data.t / math.exp(log_tau))
    df = len(data.t) - parameters
    phi = _dispersion(data, eta, df)
    line, flat = _level_fit(data, data.t, None)[0], _level_fit(data, np.zeros(len(data.t)), None)[0]
    if phi <= 0:
        phi = 1e-300
    if stats.chi2.sf((flat - deviance) / phi, 2) > 1 - conf_level:
        return _nothing(NO_RAMP)
    if best == GRID - 1 or stats.chi2.sf(max(line - deviance, 0) / phi, 1) > 1 - conf_level:
        return _nothing(LIKE_A_LINE)
    if best == 0:
        return _nothing(AT_ONCE)
    values = np.array([_mean_level(data, levels), slope, log_tau])
    covariance, df = _covariance(data, eta, levels, values, phi, df)
    return Ramp(values, covariance, df, phi, "")


def _nothing(why: str) -> Ramp:
    return Ramp(np.full(3, math.nan), np.full((3, 3), math.nan), math.nan, math.nan, why)


def _mean_level(data: Data, levels: np.ndarray) -> float:
    return float(levels.mean()) if data.own_level else float(levels[0])


def _level_fit(data: Data, x: np.ndarray, start: np.ndarray | None) -> tuple[float, np.ndarray, Any]:
    """Fit ``level + b x`` with one level, or one a person; return the deviance, the levels and b."""
    count = int(data.person.max()) + 1

    def weighted(z: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, float]:
        total = np.maximum(np.bincount(data.person, w, minlength=count), 1e-300)
        mean_x = np.bincount(data.person, w * x, minlength=count) / total
        mean_z = np.bincount(data.person, w * z, minlength=count) / total
        dx = x - mean_x[data.person]
        size = float(np.sum(w * dx**2))
        b = float(np.sum(w * dx * (z - mean_z[data.person]))) / size if size > 1e-12 else 0.0
        return mean_z - b * mean_x, b

    if not data.logit:
        levels, b = weighted(data.y, data.w)
        return float(np.sum(data.w * (data.y - levels[data.person] - b * x) ** 2)), levels, b
    share = np.bincount(data.person, data.w * data.y, minlength=count) + 0.5
    levels = special.logit(share / (np.bincount(data.person, data.w, minlength=count) + 1.0))
    b, before = 0.0, math.inf
    for _ in range(50):
        eta = np.clip(data.offset + levels[data.person] + b * x, -30, 30)
        p = special.expit(eta)
        deviance = _deviance(data, p)
        if abs(before - deviance) < 1e-9 * (abs(deviance) + 1):
            break
        before = deviance
        v = np.maximum(p * (1 - p), 1e-9)
        levels, b = weighted(eta - data.offset + (data.y - p) / v, data.w * v)
        levels = np.clip(levels, -12, 12)  # all right or all wrong: no finite level
    return deviance, levels, b


def _deviance(data: Data, p: np.ndarray) -> float:
    fit = special.xlogy(data.y, p) + special.xlogy(1 - data.y, 1 - p)
    best = special.xlogy(data.y, data.y) + special.xlogy(1 - data.y, 1 - data.y)
    return float(2 * np.sum(data.w * (best - fit)))


def _dispersion(data: Data, eta: np.ndarray, df: float) -> float:
    if not data.logit:
        return float(np.sum(data.w * (data.y - eta) ** 2)) / df
    p = special.expit(eta)
    return max(1.0, float(np.sum(data.w * (data.y - p) ** 2 / np.maximum(p * (1 - p), 1e-9))) / df)


def _covariance(
    data: Data, eta: np.ndarray, levels: np.ndarray, values: np.ndarray, phi: float, df: float
) -> tuple[np.ndarray, float]:
    """Covariance of plateau, rise and log tau at the minimum.

    With levels of their own people are a sample: each pulls the rise and tau by its rows, and the plateau by how far
    its own level lies from the mean. With clusters rows are summed in them (CR1); else rows are independent.
    """
    tau = math.exp(values[2])
    fall = np.exp(-data.t / tau)
    x = np.column_stack([-fall, -values[1] * fall * data.t / tau])
    p = special.expit(eta) if data.logit else eta
    work = data.w * (p * (1 - p) if data.logit else 1.0)
    pull = data.w * (data.y - p)
    if not data.own_level:
        x = np.column_stack([np.ones(len(data.t)), x])
        bread = np.linalg.inv(x.T @ (work[:, None] * x))
        if data.cluster is None:
            return phi * bread, df if not data.logit else math.nan
        groups = int(data.cluster.max()) + 1
        meat = np.zeros((groups, 3))
        np.add.at(meat, data.cluster, pull[:, None] * x)
        return _sandwich(bread, meat, groups)
    count = len(levels)
    total = np.bincount(data.person, work, minlength=count)
    mean = (
        np.column_stack([np.bincount(data.person, work * c, minlength=count) for c in x.T]) / total[:, None]
    )
    inner = x - mean[data.person]
    bread = np.linalg.inv(inner.T @ (work[:, None] * inner))
    score = np.zeros((count, 2))
    np.add.at(score, data.person, pull[:, None] * inner)
    shape = score @ bread
    level = (levels - levels.mean()) / count - shape @ mean.mean(axis=0)
    return _sandwich(np.eye(3), np.column_stack([level, shape]), count)


def _sandwich(bread: np.ndarray, meat: np.ndarray, groups: int) -> tuple[np.ndarray, float]:
    if groups < 2:
        return np.full((3, 3), math.nan), math.nan
    return bread @ (meat.T @ meat) @ bread * groups / (groups - 1), float(groups - 1)
