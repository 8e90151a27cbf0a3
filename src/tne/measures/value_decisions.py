"""How many decisions a week do the trained people take, of the kind that the effect is about?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_numeric
from tne.measures.headcount import headcount
from tne.result import Estimate

__all__ = ["decision_volume"]


def decision_volume(panel: pd.DataFrame, *, weeks: float, market: str | None = None) -> Estimate:
    """Return the decisions a week that the trained people take in the policy areas of a programme.

    Parameters
    ----------
    panel : DataFrame
        Person × week rows of `Workspace.panel` for the programme: moderator_id, period, cohort (first trained week,
        NaN = never), weight_sum, (outside_weight_sum), (cases), (market), (provisional).
    weeks : float
        Weeks from the first trained one that are counted.
    market : str, optional
        Only this market.

    Returns
    -------
    Estimate
        ``decisions_a_week`` of all people trained so far, taken as known (no standard error). NaN with a note where
        nobody was trained, or production is unknown.

    Raises
    ------
    KeyError, ValueError
        For missing columns, or fewer weeks than one.

    Notes
    -----
    Cases of the trained, times the share of their audited decisions that lies in the programme's policy areas (by
    sampling weight), divided by the person-weeks since training that the panel spans, times the people. A person who
    left counts with no decisions from then on. Weights only share the cases out: they tell strata apart and need not
    add up to decisions, so that without cases nothing is known.

    Examples
    --------
    >>> panel = pd.DataFrame({"moderator_id": ["a", "a", "b", "b"], "period": [0, 1, 0, 1], "cohort": [1.0, 1, 1, 1],
    ...                       "weight_sum": [5.0, 4, 5, 6], "outside_weight_sum": [5.0, 6, 5, 4],
    ...                       "cases": [90, 100, 90, 60]})
    >>> decision_volume(panel, weeks=12).estimate
    80.0
    """
    require_columns(panel, ["moderator_id", "period", "cohort", "weight_sum"], "panel")
    counted = [c for c in ("weight_sum", "outside_weight_sum", "cases") if c in panel]
    require_numeric(panel, ["period", "cohort", *counted], "panel")
    if not weeks >= 1:
        raise ValueError(f"`weeks` is {weeks!r}. Give 1 or more.")
    kept = panel
    if market is not None:
        require_columns(panel, ["market"], "panel")
        kept = kept.loc[(kept["market"] == market).to_numpy(dtype=bool, na_value=False)]
    if "provisional" in kept:
        kept = kept.loc[~kept["provisional"].fillna(False).to_numpy(dtype=bool)]
    last = kept["period"].max()
    since = (kept["period"] - kept["cohort"]).to_numpy(dtype=float, na_value=np.nan)
    after = kept.loc[(since >= 0) & (since < weeks)]
    starts = kept.loc[kept["cohort"].notna(), ["moderator_id", "cohort"]].drop_duplicates("moderator_id")[
        "cohort"
    ]
    starts = starts.loc[starts <= last] if len(starts) else starts
    # weeks before the panel begins were not seen, and count for nothing
    until, since_first = np.minimum(last + 1, starts + weeks), np.maximum(starts, kept["period"].min())
    elapsed = float((until - since_first).clip(lower=0).sum()) if len(starts) else 0.0
    found, note = _decisions(after)
    if not elapsed > 0:
        found, note = math.nan, "nobody was trained in these weeks"
    return Estimate(
        term="decisions_a_week",
        estimate=found / elapsed * len(starts) if elapsed > 0 else math.nan,
        n=len(after),
        n_people=headcount(after),
        n_people_total=headcount(after),
        unit="decisions per week",
        estimand="decisions of the people trained, in the programme's policy areas",
        method="cases, shared out as the audits are",
        note=note,
    )


def _decisions(after: pd.DataFrame) -> tuple[float, str]:
    """Decisions in the programme's policy areas, and what limits the number."""
    known = after["cases"].notna() if "cases" in after else pd.Series(False, index=after.index)
    if not known.any():
        return math.nan, "production since the training is unknown" if len(
            after
        ) else "no work since the training"
    inside = float(after["weight_sum"].sum())
    outside = float(after["outside_weight_sum"].sum()) if "outside_weight_sum" in after else 0.0
    if not inside + outside > 0:
        return math.nan, "no audits since the training say how many cases lie in the policy areas"
    cases, lost = float(after["cases"].mean()) * len(after), int((~known).sum())
    note = f"{lost} person-weeks without production are taken to be like the others" if lost else ""
    return cases * inside / (inside + outside), note
