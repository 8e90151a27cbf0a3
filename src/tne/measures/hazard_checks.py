"""Do the ratios hold at all times, and does the model order people rightly?"""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.hazard_fit import HazardFit
from tne.measures.hazard_sets import RiskSets
from tne.measures.survival_curve import product_limit

TRANSFORMS = ("km", "identity", "rank", "log")


def event_clock(
    time: np.ndarray, event: np.ndarray, entry: np.ndarray, at: np.ndarray, transform: str
) -> np.ndarray:
    """Return the event times on the scale on which a ratio may drift; ``"km"`` is 1 − Kaplan-Meier just before."""
    if transform == "identity":
        return at.astype(float)
    if transform == "log":
        if (at <= 0).any():
            raise ValueError("transform='log' needs events after time 0. Choose transform='km'.")
        return cast(np.ndarray, np.log(at))
    if transform == "rank":
        return cast(
            np.ndarray,
            stats.rankdata(time)[np.argsort(time, kind="stable")][np.searchsorted(np.sort(time), at)],
        )
    curve = product_limit(time, event, np.ones(len(time)), entry, 0.95)
    before = np.concatenate([[1.0], curve.share])
    return 1 - before[np.searchsorted(curve.time, at, side="left")]


def proportional_hazards(
    sets: RiskSets, fit: HazardFit, clock: np.ndarray, owners: tuple[str, ...]
) -> pd.DataFrame:
    """Score test that each covariate's log ratio does not change with `clock`, and that none does (``"GLOBAL"``).

    Returns
    -------
    DataFrame
        covariate, statistic, df, p_value.
    """
    score, information = fit.moments.score, fit.moments.information
    keep = ~fit.infinite
    score, information = score[:, keep], information[:, keep][:, :, keep]
    columns = [c for c, good in zip(owners, keep, strict=True) if good]
    deaths = sets.at_events(np.ones(len(sets.event)))
    g = clock - np.average(clock, weights=deaths) if len(clock) else clock
    u = g @ score
    whole = information.sum(axis=0)
    mixed, own = np.tensordot(g, information, 1), np.tensordot(g**2, information, 1)
    left = own - mixed @ np.linalg.solve(whole, mixed) if len(columns) else own
    rows = []
    parts = [(name, [i for i, c in enumerate(columns) if c == name]) for name in dict.fromkeys(columns)]
    for name, which in (*parts, ("GLOBAL", list(range(len(columns))))):
        block = left[np.ix_(which, which)]
        row = {"covariate": name, "statistic": math.nan, "df": float(len(which)), "p_value": math.nan}
        scale = np.sqrt(np.maximum(np.diag(own)[which], 1e-300))
        if len(which) and np.linalg.cond(block / np.outer(scale, scale)) < 1e12:
            row["statistic"] = float(u[which] @ np.linalg.solve(block, u[which]))
            row["p_value"] = float(stats.chi2.sf(row["statistic"], len(which)))
        rows.append(row)
    return pd.DataFrame(rows)


def concordance(
    eta: np.ndarray,
    time: np.ndarray,
    event: np.ndarray,
    weight: np.ndarray,
    entry: np.ndarray,
    strata: np.ndarray,
    cluster: np.ndarray | None = None,
) -> tuple[float, float]:
    """Return the share of comparable pairs whose earlier event has the higher `eta`, and its jackknife error.

    A pair is comparable within a stratum if one had the event while the other was still watched without it; equal
    `eta` count half. The error is that of the infinitesimal jackknife, as in R's ``concordance``.
    """
    good, pairs = np.zeros(len(eta)), np.zeros(len(eta))
    rank = pd.factorize(np.round(eta, 12), sort=True)[0] if len(eta) else eta
    ranks = int(rank.max()) + 1 if len(eta) else 0
    for layer in np.unique(strata):
        inside = np.flatnonzero(strata == layer)
        for t in np.unique(time[inside][event[inside]]):
            here = inside[event[inside] & (time[inside] == t)]
            later = inside[
                (entry[inside] < t) & ((time[inside] > t) | ((time[inside] == t) & ~event[inside]))
            ]
            if not len(later):
                continue
            behind = np.bincount(rank[later], weight[later], minlength=ranks)
            ahead = np.bincount(rank[here], weight[here], minlength=ranks)
            below, above = np.cumsum(behind) - behind, ahead.sum() - np.cumsum(ahead)
            good[here] += below[rank[here]] + behind[rank[here]] / 2
            good[later] += above[rank[later]] + ahead[rank[later]] / 2
            pairs[here] += behind.sum()
            pairs[later] += ahead.sum()
    total = float(np.sum(weight * pairs)) / 2
    if total == 0:
        return math.nan, math.nan
    share = float(np.sum(weight * good)) / 2 / total
    pull = weight * (good - share * pairs) / total
    if cluster is not None:
        pull = np.bincount(cluster, pull)
    return share, float(np.sqrt(np.sum(pull**2)))
