"""From which week on was a programme given to each person, as the effect's design counts it?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from tne.checks import require_columns

__all__ = ["errors_before", "given_from"]

COLUMNS = ("market", "moderator_id", "period", "cohort")


def given_from(panel: pd.DataFrame, *, market: str, design: str) -> pd.DataFrame:
    """Return the panel of one market with ``cohort`` as the week from which the effect holds for each person.

    Parameters
    ----------
    panel : DataFrame
        Person × week rows of `Workspace.panel` for the programme.
    market : str
    design : str
        Of the effect. ``"staggered"``: everybody of a trained team from its week on; ``"randomised"``: everybody whom
        the lot gave a place, who did not come from the first week of their arm on; ``"one_treated_cluster"``: the whole
        market; else those who were trained.

    Notes
    -----
    An effect by intention to treat is a mean over those who did not come, too. Valued on those alone who came, it would
    count for too few.
    """
    require_columns(panel, COLUMNS, "panel")
    here = panel.loc[(panel["market"] == market).to_numpy(dtype=bool, na_value=False)]
    return here.assign(cohort=_starts(here, design))


def errors_before(given: pd.DataFrame) -> float:
    """Return the share of wrong decisions before the training, in per cent; NaN without audits.

    No training can avoid more errors than there are. `given` is what `given_from` returns.
    """
    require_columns(given, ("period", "cohort", "weight_sum", "weighted_correct"), "given")
    before = given.loc[given["period"] < given["cohort"]]
    total = float(before["weight_sum"].sum())
    return 100 * (1 - float(before["weighted_correct"].sum()) / total) if total > 0 else math.nan


def _starts(here: pd.DataFrame, design: str) -> pd.Series:
    own = here["cohort"].astype(float)
    if design == "one_treated_cluster":
        return pd.Series(math.floor(own.median()) if own.notna().any() else np.nan, index=here.index)
    if design == "staggered" and "home_cohort" in here:
        return here["home_cohort"].astype(float).fillna(own)
    if design == "randomised" and "arm" in here:
        arm = here["arm"].astype(str)
        return own.fillna(own.groupby(arm).transform("min").where(arm.isin(["trained", "waitlist"])))
    return own
