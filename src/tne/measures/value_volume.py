"""How many decisions a week do the people make whom a programme was given to?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from tne.checks import require_columns
from tne.result import Estimate

__all__ = ["decisions_after", "errors_before"]

COLUMNS = ("market", "moderator_id", "period", "cases", "cohort")


def decisions_after(panel: pd.DataFrame, *, market: str, design: str = "none", weeks: int = 12) -> Estimate:
    """Return the decisions a week of the people trained, over the first weeks after their training.

    Parameters
    ----------
    panel : DataFrame
        Person × week rows of `Workspace.panel` for the programme.
    market : str
    design : str
        Of the effect: it says for whom the effect holds. ``"staggered"``: everybody of a trained team;
        ``"randomised"``: everybody whom the lot gave a place; ``"one_treated_cluster"``: the whole market; else those
        who were trained.
    weeks : int
        Weeks after the training that count.

    Returns
    -------
    Estimate
        Decisions a week; `n_people` the people who make them. NaN with a note where nobody was trained, or production
        is unknown.

    Notes
    -----
    Week by week, the decisions of everybody who has come so far over the people who have, times all people: a wave
    whose weeks are not over counts as the others did. Who left makes none. The count is taken as known: it has no
    interval.
    """
    require_columns(panel, COLUMNS, "panel")
    here = panel.loc[panel["market"] == market]
    since = here["period"].astype(float) - _starts(here, design)
    people = int(here.loc[since.notna(), "moderator_id"].nunique())
    known = {"term": "volume", "unit": "decisions a week", "estimand": "decisions of the people trained"}
    known |= {"method": "production after the training, waves not over as the others"}
    if not people:
        return Estimate(estimate=math.nan, note="nobody was trained", **known)
    counts = {"n_people": float(people), "n_people_total": float(people)}
    began = since.groupby(here["moderator_id"], observed=True)
    first = (here["period"] - since).groupby(here["moderator_id"], observed=True).first().dropna()
    last = float(here["period"].max())
    after = here.assign(since=since).loc[since.between(0, weeks - 1)]
    made = after.groupby("since")["cases"].sum(min_count=1)
    seen = pd.Series({k: float((first + k <= last).sum()) for k in made.index}, dtype=float)
    each = (made / seen.where(seen > 0)).dropna()
    if each.empty:
        why = "production of the people trained is unknown" if began.ngroups else "nobody was trained"
        return Estimate(estimate=math.nan, note=why, **known, **counts)
    return Estimate(estimate=float(each.mean()) * people, n=float(after["cases"].notna().sum()), **known, **counts)


def errors_before(panel: pd.DataFrame, *, market: str, design: str = "none") -> float:
    """Return the share of wrong decisions before the training, in per cent, of the people trained; NaN without audits.

    No training can avoid more errors than there are.
    """
    require_columns(panel, (*COLUMNS, "weight_sum", "weighted_correct"), "panel")
    here = panel.loc[panel["market"] == market]
    before = here.loc[here["period"] < _starts(here, design)]
    total = float(before["weight_sum"].sum())
    return 100 * (1 - float(before["weighted_correct"].sum()) / total) if total > 0 else math.nan


def _starts(here: pd.DataFrame, design: str) -> pd.Series:
    """Week from which each row's person counts as trained, NaN for never."""
    own = here["cohort"].astype(float)
    if design == "one_treated_cluster":
        start = math.floor(own.median()) if own.notna().any() else math.nan
        return pd.Series(start, index=here.index)
    if design == "staggered" and "home_cohort" in here:
        return here["home_cohort"].astype(float).fillna(own)
    if design == "randomised" and "arm" in here:
        # who did not come is part of the arm that the effect is a mean of
        begun = own.groupby(here["arm"].astype(str)).transform("min")
        return own.fillna(begun.where(here["arm"].isin(["trained", "waitlist"]).to_numpy(), np.nan))
    return own
