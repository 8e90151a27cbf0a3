"""Would units that nobody trained show as much? Placebos in space, and errors of the synthetic estimates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from tne.measures.inference import inference
from tne.measures.synthetic_fit import Fit, Plan, fit_group, with_weights

ERRORS = ("placebo_test", "placebo", "jackknife", "bootstrap")
EXACT = 1e-8  # a gap below this share of the outcome's size is rounding


@dataclass(frozen=True, eq=False)
class Placebos:
    """The analysis repeated on units that were not trained.

    Parameters
    ----------
    groups : list of ndarray
        Rows that stood for the treated.
    fits : list of Fit
    complete : bool
        Whether these are all groups that there are.
    """

    groups: list[np.ndarray]
    fits: list[Fit]
    complete: bool


def placebos_in_space(
    y: np.ndarray, plan: Plan, donors: np.ndarray, treated: int, draws: int, seed: int
) -> Placebos:
    """Give the start to every group of donors as large as the treated one, the other donors standing for it."""
    count = len(donors)
    if count <= treated:
        return Placebos([], [], True)
    complete = math.comb(count, treated) <= max(draws, count)
    if complete:
        groups = [np.array(c) for c in combinations(donors, treated)]
    else:
        rng = np.random.default_rng(seed)
        groups = [np.sort(rng.choice(donors, treated, replace=False)) for _ in range(draws)]
    fits = [fit_group(y, plan, np.setdiff1d(donors, group), group) for group in groups]
    return Placebos(groups, fits, complete)


def jackknife(y: np.ndarray, fit: Fit, before: int) -> tuple[float, str]:
    """Return the standard error of leaving out one unit at a time, the weights fixed, and why it may be undefined."""
    count = len(fit.weights)
    treated = len(y) - count
    if treated == 1:
        return math.nan, "the jackknife needs two treated units"
    if np.sum(fit.weights > 0) == 1:
        return math.nan, "the jackknife needs two donors with weight"
    found = []
    for out in range(len(y)):
        weights = np.delete(fit.weights, out) if out < count else fit.weights
        pool = np.delete(y[:count], out, axis=0) if out < count else y[:count]
        mean = (y[count:] if out < count else np.delete(y[count:], out - count, axis=0)).mean(axis=0)
        weights = weights / weights.sum()
        found.append(with_weights(mean - weights @ pool, weights, fit.period_weights, None, before).effect)
    n = len(found)
    return math.sqrt((n - 1) / n * float(np.sum((np.array(found) - np.mean(found)) ** 2))), ""


def bootstrap(y: np.ndarray, plan: Plan, donors: int, draws: int, seed: int) -> tuple[float, str]:
    """Return the standard error of drawing units anew, the weights fitted each time."""
    if len(y) - donors == 1:
        return math.nan, "the bootstrap needs two treated units"
    found: list[Any]
    rng, found = np.random.default_rng(seed), []
    while len(found) < draws:
        drawn = np.sort(rng.integers(0, len(y), len(y)))
        pool, group = drawn[drawn < donors], drawn[drawn >= donors]
        if len(pool) and len(group):
            found.append(fit_group(y, plan, pool, group).effect)
    return float(np.std(found)), ""


def ratio(fit: Fit, size: float) -> float:
    """Return the root mean squared gap after the start over that before; NaN where there was none before."""
    return fit.after / fit.before if fit.before > EXACT * size else math.nan


def placebo_test(fit: Fit, placebos: Placebos, before: int, size: float, conf_level: float) -> dict[str, Any]:
    """Rank the treated unit's ratio among the placebos', and invert that test for a constant effect.

    Notes
    -----
    ``p = (1 + number of placebos with a ratio as large) / (1 + placebos)``. The interval holds the effects that, taken
    off the gaps after the start, leave ``p > 1 − conf_level``: those with a mean squared gap of at most the critical
    ratio's.
    """
    out: dict[str, Any] = {"estimate": fit.effect, "std_error": math.nan, "df": math.nan}
    mine = ratio(fit, size)
    out |= {
        "statistic": mine,
        "p_value": math.nan,
        "conf_low": math.nan,
        "conf_high": math.nan,
        "rank": math.nan,
    }
    if not placebos.fits:
        return out | {
            "note": "no placebo: there are too few donors to stand for the treated, or none was asked for"
        }
    if math.isnan(mine):
        return out | {
            "note": "the synthetic unit fits exactly before the start, so the ratio of gaps is undefined"
        }
    ratios = np.array([ratio(f, size) for f in placebos.fits])
    ratios = np.where(np.isnan(ratios), np.inf, ratios)  # fitted exactly before: any later gap is larger
    count = len(ratios)
    rank = 1 + int(np.sum(ratios >= mine * (1 - 1e-12)))
    out |= {"p_value": rank / (count + 1), "rank": rank}
    spare = math.floor((1 - conf_level) * (count + 1) + 1e-9)
    if spare == 0:
        return out | {
            "note": f"with {count} placebos p cannot fall below {1 / (count + 1):.3f}, so there is no "
            f"{100 * conf_level:g} % interval"
        }
    after = fit.gap[before:]
    critical = float(np.sort(ratios)[-spare])
    square = (critical * fit.before) ** 2 - float(after.var())
    if math.isinf(square):
        return out | {"note": "placebos fit exactly before the start, so the interval has no end"}
    if square < 0:
        return out | {
            "note": "no constant effect leaves gaps as small as the placebos', so there is no interval"
        }
    half = math.sqrt(square)
    return out | {"conf_low": fit.effect - half, "conf_high": fit.effect + half, "note": ""}


def effect_row(
    y: np.ndarray,
    fit: Fit,
    plan: Plan,
    placebos: Placebos,
    *,
    errors: str,
    draws: int,
    seed: int,
    conf_level: float,
) -> dict[str, Any]:
    """Return the inference columns of the effect, with the placebo test's rank."""
    donors, size = len(fit.weights), outcome_size(y)
    tested = placebo_test(fit, placebos, plan.before, size, conf_level)
    if errors == "placebo_test":
        return tested
    df, note = math.nan, ""
    if errors == "placebo":
        std_error, note = placebo_error(np.array([f.effect for f in placebos.fits]))
        df = placebo_df(donors, len(y) - donors)
    elif errors == "jackknife":
        std_error, note = jackknife(y, fit, plan.before)
    else:
        std_error, note = bootstrap(y, plan, donors, draws, seed)
    if errors != "placebo":
        df = unit_df(fit.weights, len(y) - donors)
    return inference(fit.effect, std_error, df, conf_level) | {"note": note, "rank": tested["rank"]}


def placebo_error(effects: np.ndarray) -> tuple[float, str]:
    """Return the standard deviation of the placebo effects, and why it may be undefined."""
    if len(effects) < 2:
        return math.nan, "no standard error: there are fewer than two placebos"
    return float(effects.std()), ""


def placebo_df(donors: int, treated: int) -> float:
    """Return the degrees of freedom behind the placebo error: groups that share no donor, less one."""
    return float(max(1, donors // treated - 1))


def unit_df(weights: np.ndarray, treated: int) -> float:
    """Return Welch and Satterthwaite's degrees of freedom of two means, the donors' by their effective number."""
    donors = float(weights.sum() ** 2 / np.sum(weights**2))
    if treated < 2 or donors <= 1 + 1e-9:
        return math.nan
    parts = 1 / treated, 1 / donors
    return sum(parts) ** 2 / (parts[0] ** 2 / (treated - 1) + parts[1] ** 2 / (donors - 1))


def gap_rows(
    fit: Fit, placebos: Placebos, plan: Plan, *, errors: str, treated: int, size: float, conf_level: float
) -> list[dict[str, Any]]:
    """Return the inference columns of each period's gap."""
    gaps = np.array([f.gap for f in placebos.fits]).reshape(len(placebos.fits), len(fit.gap))
    before = np.array([f.before for f in placebos.fits])
    rows = []
    for t, gap in enumerate(fit.gap):
        row: dict[str, Any] = {"estimate": float(gap), "note": ""}
        if errors == "placebo" and len(gaps) > 1:
            df = placebo_df(len(fit.weights), treated)
            row |= inference(float(gap), float(gaps[:, t].std()), df, conf_level)
        elif errors == "placebo_test" and len(gaps) and t >= plan.before and fit.before > EXACT * size:
            row |= {"p_value": _share(abs(gap) / fit.before, np.abs(gaps[:, t]), before)}
        rows.append(row)
    return rows


def _share(mine: float, sizes: np.ndarray, before: np.ndarray) -> float:
    return (1 + int(np.sum(sizes >= mine * before * (1 - 1e-12)))) / (len(sizes) + 1)


def outcome_size(y: np.ndarray) -> float:
    """Return the scale below which a gap is rounding."""
    return float(np.abs(y).max())


def names_of(groups: Sequence[np.ndarray], units: Sequence[object]) -> list[object]:
    """Return the unit of each placebo, or its units as a tuple."""
    return [units[g[0]] if len(g) == 1 else tuple(units[i] for i in g) for g in groups]
