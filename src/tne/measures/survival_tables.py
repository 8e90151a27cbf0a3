"""Quantiles, restricted means and the log-rank test of product-limit curves, as rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tne.measures.headcount import headcount
from tne.measures.inference import inference
from tne.measures.survival_curve import Curve, log_rank
from tne.measures.survival_rows import Observed
from tne.result import Estimates

SHARES = {"quartile_25": 0.25, "median": 0.5, "quartile_75": 0.75}


def counts_by_group(seen: Observed, hit: np.ndarray, own: np.ndarray, groups: list[object]) -> pd.DataFrame:
    """People, events and the longest time of each group."""
    rows = []
    for i, name in enumerate(groups):
        w = own == i
        people = headcount(seen.frame.loc[w])
        rows.append(
            {
                "group": name,
                "n": int(w.sum()),
                "n_people": people,
                "n_people_total": people,
                "events": float(seen.weight[w & hit].sum()),
                "censored": float(seen.weight[w & ~hit].sum()),
                "last": float(seen.time[w].max()) if w.any() else math.nan,
            }
        )
    columns = ["group", "n", "n_people", "n_people_total", "events", "censored", "last"]
    return pd.DataFrame(rows, columns=columns)


def quantile_rows(curve: Curve) -> list[dict[str, Any]]:
    """Quartiles with the times at which the limits cross."""
    rows = []
    for term, share in SHARES.items():
        value, low, high = curve.quantile(share) if len(curve.time) else (math.nan,) * 3
        note = ""
        if math.isnan(value):
            note = f"fewer than {share:.0%} were seen to become proficient: the curve never gets there"
            if not len(curve.time):
                note = "nobody was observed"
        elif math.isnan(high):
            note = "no upper limit: the band never gets there"
        text = {"term": term, "estimand": f"time by which {share:.0%} are proficient, were nobody to leave"}
        rows.append(text | {"estimate": value, "conf_low": low, "conf_high": high, "note": note})
    return rows


def common_horizon(given: float | None, curves: list[Curve]) -> float:
    """The horizon given, or the shortest of the longest times of the groups that had an event."""
    if given is not None:
        if not (math.isfinite(given) and given > 0):
            raise ValueError(f"`horizon` is {given}. Give a time above 0.")
        return float(given)
    seen = [c for c in curves if c.time[-1] > 0]
    told = [
        c for c in seen if c.events.sum() > 0
    ] or seen  # a cohort that has only begun would cut all others short
    return float(min((c.time[-1] for c in told), default=math.nan))


def mean_row(curve: Curve, until: float, conf_level: float) -> dict[str, Any]:
    """Restricted mean of one group."""
    text = {"term": "restricted_mean", "estimand": f"mean time not yet proficient, until {until:g}"}
    if not len(curve.time) or not until > 0:
        return text | {"estimate": math.nan, "note": "nobody was observed for any length of time"}
    if until > curve.time[-1] and curve.share[-1] > 0:
        return text | {"estimate": math.nan, "note": f"nobody of the group was seen until {until:g}"}
    mean, error = curve.restricted_mean(until)
    note = "" if error > 0 else "no event before the horizon: no error can be given"
    row = inference(mean, error if error > 0 else math.nan, math.nan, conf_level)
    # that a time is 0 is nobody's question
    return text | row | {"statistic": math.nan, "p_value": math.nan, "note": note}


def mean_differences(means: list[dict[str, Any]], conf_level: float) -> Estimates:
    """Each group minus the first."""
    rows = []
    for mean in means[1:]:
        first = means[0]
        gap = mean["estimate"] - first["estimate"]
        error = math.hypot(*(m.get("std_error", math.nan) for m in (mean, first)))
        note = "" if math.isfinite(gap) else mean["note"] or first["note"]
        if math.isfinite(gap) and math.isnan(error):
            note = "no event before the horizon: no error can be given"
        rows.append(
            mean
            | inference(gap, error, math.nan, conf_level)
            | {
                "term": "restricted_mean_difference",
                "n": mean["n"] + first["n"],
                "n_people": min(mean["n_people"], first["n_people"]),
                "n_people_total": mean["n_people"] + first["n_people"],
                "estimand": mean["estimand"].replace("mean time", "difference of the mean time"),
                "comparison": str(first["group"]),
                "note": note,
            }
        )
    columns = None if rows else ["group", "term", "estimate", "note"]
    return Estimates(table=pd.DataFrame(rows, columns=columns), keys=("group",))


def log_rank_row(
    seen: Observed,
    hit: np.ndarray,
    own: np.ndarray,
    strata: str | None,
    rho: float,
    counts: pd.DataFrame,
    common: dict[str, Any],
    groups: list[object],
) -> dict[str, Any]:
    """The log-rank test as a row, with the events expected in each group."""
    test = {
        "term": "log_rank",
        "conf_level": common["conf_level"],
        "unit": "chi-square",
        "method": "log-rank test" if rho == 0 else f"log-rank test of the family G-rho, rho = {rho:g}",
        "estimand": "the groups share one curve",
        "comparison": ", ".join(map(str, groups)) if 1 < len(groups) <= 6 else f"{len(groups)} groups",
        "n": len(hit),
        "n_people": counts["n_people"].min() if len(counts) else 0,
        "n_people_total": headcount(seen.frame),
    }
    layers = None if strata is None else pd.factorize(seen.frame[strata])[0]
    if len(groups) < 2:
        expected = counts["events"].to_numpy()
        return test | {
            "estimate": math.nan,
            "expected": expected,
            "note": "one group: there is nothing to compare",
        }
    value, df, p, _, expected = log_rank(seen.time, hit, own, seen.weight, seen.entry, layers, rho)
    note = "" if math.isfinite(value) else "there are no events at times when two groups are watched"
    return test | {
        "estimate": value,
        "statistic": value,
        "df": df,
        "p_value": p,
        "note": note,
        "expected": expected,
    }
