"""How far does one policy area stand from the others, week by week, and how much of that is noise?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

SPAN = 4  # weeks that make one level: a single week of audits is mostly noise


def weekly_differences(
    series: pd.DataFrame,
    area: str,
    start: int,
    others: Sequence[str] | None,
    until: int | None,
    baseline: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return what the comparison of weeks rests on.

    Parameters
    ----------
    series, area, start, others, until, baseline
        As in `policy_change`.

    Returns
    -------
    weeks : ndarray
        Periods in which the area was audited.
    excess : ndarray
        Its error less the mean of the compared areas, points.
    noise : ndarray
        Binomial variance of that, squared points.
    compared : tuple of str
        Other areas that were audited in all these weeks.
    """
    last = series["period"].max() + 1 if until is None else until
    inside = (
        series["period"].between(start - baseline, last - 1) & series["value"].notna() & (series["n"] > 0)
    )
    kept = series.loc[inside]
    wide = kept.set_index(["period", "policy_area"])[["value", "n"]].astype(float).unstack()  # noqa: PD010
    value, audits = wide["value"], wide["n"]
    if area not in value:
        return np.array([]), np.array([]), np.array([]), ()
    value, audits = (frame.loc[value[area].notna()] for frame in (value, audits))
    wanted = [name for name in value.columns if name != area and (others is None or name in set(others))]
    compared = tuple(name for name in wanted if value[name].notna().all())
    weeks = value.index.to_numpy()
    weight = audits.loc[weeks < start, list(compared)].sum()
    share = (weight / weight.sum()).to_numpy() if compared and weight.sum() > 0 else np.zeros(len(compared))
    variance = pd.DataFrame(
        {name: _variance(value[name], audits[name], weeks < start) for name in (area, *compared)}
    )
    excess = value[area].to_numpy() - value[list(compared)].to_numpy() @ share
    noise = variance[area].to_numpy() + variance[list(compared)].to_numpy() @ share**2
    return weeks, 100 * excess, 1e4 * noise, compared


def _variance(value: pd.Series, audits: pd.Series, before: np.ndarray) -> pd.Series:
    """Binomial variance of each week, from the level of the weeks around it: one week's own share can be 0."""
    parts = [
        part.rolling(2 * SPAN + 1, center=True, min_periods=1).mean()
        for part in (value[before], value[~before])
    ]
    level = pd.concat(parts).clip(0.5 / (audits.mean() + 1), 1 - 0.5 / (audits.mean() + 1))
    return level * (1 - level) / audits


def spread_before(excess: np.ndarray, noise: np.ndarray) -> tuple[float, float]:
    """Return by what the weeks before vary more than audits explain (at least 1), and their correlation at lag 1."""
    rest = excess - excess.mean()
    k = len(rest)
    spread = max(1.0, float((rest**2 / noise).sum()) / (k - 1))
    square = float(rest @ rest)
    # the estimate is about 1 / k too low
    rho = float(rest[1:] @ rest[:-1]) / square + 1 / k if square > 0 else 0.0
    return spread, float(np.clip(rho, 0.0, 0.8))
