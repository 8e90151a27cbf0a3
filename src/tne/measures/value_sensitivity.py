"""What if the groups had drifted apart after the training as much as they did before it?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from tne.measures.att_aggregate import aggregation_weights
from tne.measures.designs.findings import ACCURACY
from tne.measures.designs.teams import home_weeks, team_weeks
from tne.measures.staggered import group_time_att
from tne.measures.value_drift import DriftSet, drift_set_of, no_set
from tne.measures.value_programme import programme_value
from tne.result import Estimate

__all__ = ["drift_set", "ratio_apart"]

NO_SET = "only effects of grade B have a sensitivity set"
SAME = 1e-6  # relative difference that rounding leaves between two ways to the same effect


def drift_set(
    effect: Any,
    panel: pd.DataFrame,
    *,
    market: str,
    programme: Mapping[str, Any] | None = None,
    plan: Mapping[str, Any] | None = None,
    m: float = 1.0,
    conf_level: float = 0.95,
) -> DriftSet:
    """Return the set of effects at relative magnitudes `m` for a programme that came in waves of teams.

    Parameters
    ----------
    effect : ProgrammeEffect
        Of `primary_effect`.
    panel : DataFrame
        Its panel.
    market : str
    programme, plan : mapping, optional
        As in `primary_effect`: weeks of the baseline and the window.
    m : float
    conf_level : float

    Returns
    -------
    DriftSet
        NaN with a note for other designs, a past shorter than two windows, and an effect that was adjusted.

    Notes
    -----
    See `drift_set_of`. The blocks are as long as the window over which the effect was measured. An effect from which a
    shifted case mix was taken out has no set: the past would need the same.

    References
    ----------
    Rambachan and Roth (2023), A more credible approach to parallel trends, Review of Economic Studies 90.
    """
    if effect.design != "staggered":
        return no_set("only an effect of waves of teams rests on parallel trends", 0, m, conf_level)
    weeks = {
        name: int(_first((plan or {}).get(name), (programme or {}).get(name), 12))
        for name in ("baseline_weeks", "window_weeks")
    }
    baseline, window = weeks["baseline_weeks"], weeks["window_weeks"]
    if not {"home_team", "home_cohort"} <= set(panel):
        return no_set("the panel names no home teams", window, m, conf_level)
    here = panel.loc[(panel["market"] == market).to_numpy(dtype=bool, na_value=False)]
    teams = team_weeks(home_weeks(here, ACCURACY, baseline))
    if teams["cohort"].isna().all() or teams["home_team"].nunique() < 4:
        return no_set("fewer than four teams to compare", window, m, conf_level)
    att = group_time_att(
        teams, outcome="value", unit="home_team", period="period", cohort="cohort", comparison="not_yet_treated",
        weights="weight", n_people="n_people", baseline=baseline, errors="welch", conf_level=conf_level,
    )  # fmt: skip
    found = drift_set_of(att, window=window, m=m)
    told = aggregation_weights(att, by="overall", window=(0, window - 1))[0][:, 0]
    plain = float(np.nan_to_num(att.cells.estimate) @ told)
    if not abs(plain - effect.effect.estimate) <= SAME * max(1.0, abs(plain)):
        return no_set("the effect was adjusted, its past was not", window, m, conf_level)
    people = {name: getattr(effect.effect, name) for name in ("unit", "n", "n_people", "n_people_total")}
    return replace(found, effect=replace(found.effect, comparison=effect.effect.comparison, **people))


def ratio_apart(drift: DriftSet | None, saved: Estimate | None, given: Mapping[str, Any]) -> Estimate:
    """Benefits for each unit of cost over the sensitivity set, at whose ends the effect is taken as known."""
    if drift is None:
        return Estimate(term="bcr_apart", estimate=math.nan, note=NO_SET)
    ends = (drift.effect.conf_low, drift.effect.estimate, drift.effect.conf_high)
    if not all(map(math.isfinite, ends)):
        note = drift.effect.note or "the sensitivity set has no end"
        return Estimate(term="bcr_apart", estimate=math.nan, note=note)
    low, middle, high = (
        programme_value((end, 0.0), grade="B", saved_minutes=saved, **given).bcr for end in ends
    )
    return replace(
        middle,
        term="bcr_apart",
        std_error=math.nan,
        conf_low=low.conf_low,
        conf_high=high.conf_high,
        n=drift.effect.n,
        n_people=drift.effect.n_people,
        n_people_total=drift.effect.n_people_total,
        estimand="benefits per unit of cost if the groups drifted apart as much as before the training",
        comparison=drift.effect.comparison,
    )


def _first(*values: Any) -> Any:
    return next(v for v in values if v is not None and not pd.isna(v))
