"""A whole market trained at once: one treated cluster, an interval by placebo over the other markets only."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.designs.findings import ACCURACY, Findings, Outcome, undefined
from tne.result import Check, Estimate

MINIMUM_PLACEBOS = 3


def single_market(
    panel: pd.DataFrame,
    *,
    market: str,
    baseline: int,
    window: int,
    conf_level: float,
    outcome: Outcome = ACCURACY,
) -> Findings:
    """Change of the market against the mean change of markets not yet trained; error from their placebos.

    Notes
    -----
    With one treated market there is no sampling error to estimate. Each untrained market takes the treated one's
    place in turn; the spread of these placebo effects, with a t quantile of placebos − 1 degrees of freedom, gives
    the interval. Markets shocked by their own policies make it wide, as it should be.
    """
    used = panel.loc[outcome.observed(panel)]
    starts = used.groupby("market", observed=True)["cohort"].median()
    start = float(np.floor(starts.get(market, math.nan)))
    last = start + window - 1
    waiting = [m for m, g in starts.items() if m != market and not g <= last]
    trained = used.loc[used["market"].eq(market), "moderator_id"].nunique()
    if len(waiting) < MINIMUM_PLACEBOS:
        note = f"only {len(waiting)} markets were still untrained: no placebo interval"
        return undefined("one_treated_cluster", note, conf_level, unit=outcome.unit)
    change = _changes(used.loc[used["market"].isin([market, *waiting])], outcome, start, last, baseline)
    others = change.reindex(waiting).dropna()
    if math.isnan(change.get(market, math.nan)) or len(others) < MINIMUM_PLACEBOS:
        return undefined(
            "one_treated_cluster", "too few weeks before or after", conf_level, unit=outcome.unit
        )
    estimate = float(change[market] - others.mean())
    error = float(others.std(ddof=1) * math.sqrt(1 + 1 / len(others)))
    half = float(stats.t.ppf((1 + conf_level) / 2, len(others) - 1)) * error
    effect = Estimate(
        term="effect",
        estimate=estimate,
        std_error=error,
        df=len(others) - 1,
        statistic=estimate / error if error > 0 else math.nan,
        p_value=float(2 * stats.t.sf(abs(estimate / error), len(others) - 1)) if error > 0 else math.nan,
        conf_low=estimate - half,
        conf_high=estimate + half,
        n=len(used.loc[used["market"].eq(market) & used["period"].between(start - baseline, last)]),
        n_people=min(
            trained, *used.loc[used["market"].isin(others.index)].groupby("market")["moderator_id"].nunique()
        ),
        n_people_total=used.loc[used["market"].isin([market, *waiting]), "moderator_id"].nunique(),
        conf_level=conf_level,
        unit=outcome.unit,
        estimand="people of this market, these sessions",
        comparison=f"{len(others)} markets not yet trained",
        method="difference in differences, placebo interval over markets",
    )
    return Findings(
        design="one_treated_cluster",
        effect=effect,
        transferable=effect,
        checks=(Check("treated_clusters", "fail", "one trained market; 5 are needed"),),
        n_trained=float(trained),
        n_comparison=float(effect.n_people_total - trained),
        window=(start, last),
    )


def compare_market(
    panel: pd.DataFrame, outcome: Outcome, *, market: str, baseline: int, window: int, conf_level: float
) -> Estimate:
    """The same comparison for another outcome of the panel."""
    spans: dict[str, Any] = {"baseline": baseline, "window": window, "conf_level": conf_level}
    return single_market(panel, market=market, outcome=outcome, **spans).effect


def _changes(used: pd.DataFrame, outcome: Outcome, start: float, last: float, baseline: int) -> pd.Series:
    """After minus before, per market."""
    columns = [outcome.numerator, outcome.denominator]

    def ratio(low: float, high: float) -> pd.Series:
        return outcome.of(
            used.loc[used["period"].between(low, high)].groupby("market", observed=True)[columns].sum()
        )

    return ratio(start, last) - ratio(start - baseline, start - 1)
