"""Did more people leave the trained teams than the waiting ones?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from tne.result import Check

GAP = 0.05  # as for randomised arms
REJECTED = 0.01 / 2  # attrition is natural in any team: only what chance does not explain counts
LOOK = 4  # weeks in which somebody present is seen


def leaving(people: pd.DataFrame, cohorts: Sequence[float], window: int) -> Check:
    """Compare who is gone at the end of the window: trained teams against teams that still wait then.

    Parameters
    ----------
    people : DataFrame
        Person × week rows with data: moderator_id, home_team, home_cohort, period.
    cohorts : sequence of float
        Periods of training that the effect rests on.
    window : int
        Weeks from training on.

    Returns
    -------
    Check
        "differential_attrition": fail where the shares differ by more than 5 points and by more than chance
        (two-sided .005), warn where only the first holds.

    Notes
    -----
    Present: seen in the four weeks before the training. Gone: not seen in the last four of the window. One difference
    of shares per cohort, averaged by its trained people; its variance under no difference sums squared parts of people
    or of teams, whichever is larger (a person who waits serves several cohorts).
    """
    last = float(people["period"].max())
    seen = people.groupby("moderator_id", observed=True).agg(
        home_team=("home_team", "first"), home_cohort=("home_cohort", "first")
    )
    when = people[["moderator_id", "period"]]
    parts, sizes = [], []
    for cohort in cohorts:
        end = min(cohort + window - 1, last)
        look = min(LOOK, max(1, int(end - cohort + 1) // 2))
        present = set(when.loc[when["period"].between(cohort - LOOK, cohort - 1), "moderator_id"])
        still = set(when.loc[when["period"].between(end - look + 1, end), "moderator_id"])
        at_risk = seen.loc[seen.index.isin(present)]
        trained = at_risk["home_cohort"].eq(cohort)
        waiting = at_risk["home_cohort"].isna() | at_risk["home_cohort"].gt(end)
        if end <= cohort or trained.sum() < 2 or waiting.sum() < 2:
            continue
        at_risk = at_risk.loc[trained | waiting]
        side = at_risk["home_cohort"].eq(cohort).to_numpy()
        gone = (~at_risk.index.isin(still)).astype(float)
        gap = gone[side].mean() - gone[~side].mean()
        spread = np.where(side, 1 / side.sum(), -1 / (~side).sum()) * (gone - gone.mean())
        parts.append(at_risk[["home_team"]].assign(
            person=at_risk.index, share=spread, gap=gap, trained=gone[side].mean(), waiting=gone[~side].mean()
        ))  # fmt: skip
        sizes.append(int(side.sum()))
    if not parts:
        return Check("differential_attrition", "not_run", "nobody still waits at the end of the window")
    weights = np.array(sizes) / sum(sizes)
    rows = pd.concat([part.assign(share=part["share"] * w) for part, w in zip(parts, weights, strict=True)])
    gap, trained, waiting = (
        float(sum(w * part[name].iloc[0] for part, w in zip(parts, weights, strict=True)))
        for name in ("gap", "trained", "waiting")
    )
    variance = max(float((rows.groupby(by)["share"].sum() ** 2).sum()) for by in ("person", "home_team"))
    return _check(gap, trained, waiting, variance)


def leaving_arms(
    rows: pd.DataFrame, trained: pd.Series, starts: float, last: float, no_outcome: Check
) -> Check:
    """Compare who is gone at the end of the window between arms drawn by lot.

    Parameters
    ----------
    rows : DataFrame
        Person × week rows with data: moderator_id, period.
    trained : Series of bool
        By moderator_id.
    starts, last : float
        First and last period of the window.
    no_outcome : Check
        "differential_attrition" of people without any outcome: it stands unless those who left midway say worse.
    """
    look = min(LOOK, max(1, int(last - starts + 1) // 2))
    if no_outcome.status != "pass" or last <= starts:
        return no_outcome
    present = rows.loc[rows["period"].between(starts - LOOK, starts), "moderator_id"].unique()
    still = set(rows.loc[rows["period"].between(last - look + 1, last), "moderator_id"])
    side = trained.reindex(present).fillna(False).to_numpy(dtype=bool)
    if min(side.sum(), (~side).sum()) < 2:
        return no_outcome
    gone = np.array([person not in still for person in present], dtype=float)
    shares = gone[side].mean(), gone[~side].mean()
    variance = gone.mean() * (1 - gone.mean()) * (1 / side.sum() + 1 / (~side).sum())
    found = _check(shares[0] - shares[1], *shares, variance)
    return found if found.status == "fail" else no_outcome


def _check(gap: float, trained: float, waiting: float, variance: float) -> Check:
    p = float(2 * stats.norm.sf(abs(gap) / math.sqrt(variance))) if variance > 0 else 1.0
    status = "pass" if abs(gap) <= GAP else "fail" if p < REJECTED else "warn"
    text = f"{trained:.0%} of the trained and {waiting:.0%} of the waiting are gone at the end of the window"
    return Check("differential_attrition", status, f"{text}: {100 * gap:+.1f} points (p = {p:.3f})")
