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
    code, persons = pd.factorize(people["moderator_id"])
    period, n = people["period"].to_numpy(dtype=float), len(persons)
    given, cohort_of = people["home_cohort"].to_numpy(dtype=float, na_value=np.nan), np.full(n, np.nan)
    known = np.flatnonzero(~np.isnan(given))[::-1]
    cohort_of[code[known]] = given[known]  # of the first row that knows one
    team_of = np.zeros(n, dtype=np.intp)
    team_of[code[::-1]] = pd.factorize(people["home_team"])[0][::-1]  # of the first row
    parts: list[tuple[np.ndarray, np.ndarray, float, float]] = []
    sizes: list[int] = []
    last = float(people["period"].max())
    for cohort in cohorts:
        end = min(cohort + window - 1, last)
        look = min(LOOK, max(1, int(end - cohort + 1) // 2))
        present, still = (
            np.bincount(code[(period >= first) & (period <= final)], minlength=n) > 0
            for first, final in ((cohort - LOOK, cohort - 1), (end - look + 1, end))
        )
        waits = np.isnan(cohort_of) | (cohort_of > end)
        trained, waiting = present & (cohort_of == cohort), present & waits
        if end <= cohort or trained.sum() < 2 or waiting.sum() < 2:
            continue
        at_risk = np.flatnonzero(trained | waiting)
        side, gone = trained[at_risk], (~still[at_risk]).astype(float)
        spread = np.where(side, 1 / side.sum(), -1 / (~side).sum()) * (gone - gone.mean())
        parts.append((at_risk, spread, gone[side].mean(), gone[~side].mean()))
        sizes.append(int(side.sum()))
    if not parts:
        return Check("differential_attrition", "not_run", "nobody still waits at the end of the window")
    weights = np.array(sizes) / sum(sizes)
    at = np.concatenate([part[0] for part in parts])
    share = np.concatenate([w * part[1] for part, w in zip(parts, weights, strict=True)])
    gone_trained, gone_waiting = (float(weights @ [part[i] for part in parts]) for i in (2, 3))
    variance = max(float((np.bincount(of, share) ** 2).sum()) for of in (at, team_of[at]))
    return _check(gone_trained - gone_waiting, gone_trained, gone_waiting, variance)


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
