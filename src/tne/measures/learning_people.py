"""Whose scores say what a training taught: who was trained when tested, who waited, who did not come back?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_columns
from tne.measures.headcount import headcount
from tne.measures.survey_intervals import wilson
from tne.result import Estimate

WAVES = ("pre", "post", "delayed")
WAITING = ("waitlist", "control")
WEEK = pd.Timedelta(7, "D")
LATER = pd.Timedelta(
    14, "D"
)  # who comes less than this after the second test was late, not planned for later
TRAINED, NOT_YET, NEITHER = "trained", "not_yet", ""


def roles(scores: pd.DataFrame) -> pd.Series:
    """Return for each row ``"trained"``, ``"not_yet"`` or "" (neither): what its second score can speak of.

    Parameters
    ----------
    scores : DataFrame, one row per person
        Where known: arm, cohort (NaN = never trained), trained_at, answered_at_post.

    Notes
    -----
    Not yet trained: was trained two weeks or more after the second test, or waits by plan (arm ``waitlist`` or
    ``control``) and was not trained before the second test. Neither: waits by plan but was trained earlier, was meant
    to be trained and did not come, or came a few days after the second test: those chose themselves, so that they are
    no fair comparison. Without a record of who came, everyone who does not wait counts as trained.
    """
    none = pd.Series(False, index=scores.index)
    arm = scores["arm"].isin(WAITING) if "arm" in scores else none
    came = scores["cohort"].notna() if "cohort" in scores else none
    if not (came & ~arm).any():
        came = ~none
    before = early = planned = none
    if {"trained_at", "answered_at_post"} <= set(scores.columns):
        before = scores["trained_at"] <= scores["answered_at_post"]
        early = scores["answered_at_post"] < scores["trained_at"]
        planned = scores["answered_at_post"] + LATER <= scores["trained_at"]
    waits = (arm & ~before) | planned
    found = np.select([waits, came & ~arm & ~early], [NOT_YET, TRAINED], NEITHER)
    return pd.Series(found, index=scores.index, dtype=object)


def not_tested_again(scores: pd.DataFrame, *, first: str, wave: str, conf_level: float = 0.95) -> Estimate:
    """Share of the people with a first score who have no score in a later wave, with Wilson's interval.

    Parameters
    ----------
    scores : DataFrame, one row per person
        Those trained later than everybody who has taken that test are not counted: their turn has not come.
    first, wave : str
        Columns of the two scores.
    conf_level : float
    """
    began = scores.loc[scores[first].notna() & due(scores, wave)]
    people = headcount(began)
    common: dict[str, Any] = {
        "term": "not_tested_again",
        "unit": "share",
        "estimand": f"people with {first} and without {wave}",
        "method": "Wilson interval",
        "conf_level": conf_level,
        "n": len(began),
        "n_people": people,
        "n_people_total": people,
    }
    if not people:
        return Estimate(estimate=math.nan, note="nobody has a first score", **common)
    share = float(began[wave].isna().mean())
    low, high = wilson(share, people, float(stats.norm.ppf((1 + conf_level) / 2)))
    return Estimate(estimate=share, conf_low=low, conf_high=high, **common)


def due(scores: pd.DataFrame, wave: str) -> pd.Series:
    """Flag the rows whose test of a wave could have come: trained no later than the week of somebody who took it."""
    if "trained_at" not in scores:
        return pd.Series(True, index=scores.index)
    latest = scores.loc[scores[wave].notna(), "trained_at"].max()
    return pd.Series(True, index=scores.index) if pd.isna(latest) else ~(scores["trained_at"] > latest + WEEK)


def chosen_attempts(responses: pd.DataFrame) -> pd.DataFrame:
    """Return the first attempt of each person in each wave, as `Workspace.scores` takes it: one row an attempt.

    Parameters
    ----------
    responses : DataFrame, one row per answer
        Of one programme: attempt_id, item_id, moderator_id, wave, form, score, answered_at.
    """
    columns = ["attempt_id", "moderator_id", "wave", "form", "answered_at"]
    require_columns(responses, [*columns, "item_id", "score"], "responses")
    begun = responses[columns].sort_values("answered_at", kind="stable", na_position="last")
    begun = begun.drop_duplicates("attempt_id").astype(dict.fromkeys(columns[:4], object))
    order = begun.sort_values(["answered_at", "attempt_id"], na_position="last")
    return order.drop_duplicates(["moderator_id", "wave"])


def forms(attempts: pd.DataFrame, wave: str) -> dict[object, object]:
    """Return the form that each person took in a wave, by moderator_id; `attempts` as chosen."""
    mine = attempts.loc[attempts["wave"].eq(wave)]
    return dict(zip(mine["moderator_id"], mine["form"], strict=True))


def sheet(responses: pd.DataFrame, attempts: pd.DataFrame, wave: str) -> pd.DataFrame:
    """Return the people × items frame of a wave's chosen attempts, of the form that most people took."""
    mine = attempts.loc[attempts["wave"].eq(wave)]
    if mine.empty:
        return pd.DataFrame()
    mine = mine.loc[mine["form"].eq(mine["form"].value_counts().index[0])]
    answers = responses.loc[responses["attempt_id"].isin(mine["attempt_id"])]
    row, people = pd.factorize(answers["moderator_id"])
    column, items = pd.factorize(answers["item_id"], sort=True)
    table = np.full((len(people), len(items)), np.nan)
    table[row, column] = answers["score"].to_numpy(dtype=float, na_value=np.nan)
    return pd.DataFrame(table, columns=[str(item) for item in items])


def lean(scores: pd.DataFrame) -> pd.DataFrame:
    """Keep what the measures read, people and sessions as numbers: selecting rows of text is slow.

    Parameters
    ----------
    scores : DataFrame, one row per person
    """
    names = ["moderator_id", "session_id", "arm", "cohort", "trained_at"]
    kinds = ("max_score", "scale", "form", "answered_at")
    names += [*WAVES, *(f"{kind}_{wave}" for kind in kinds for wave in WAVES)]
    kept = scores[[name for name in names if name in scores]].reset_index(drop=True)
    kept.attrs = {}  # pandas copies them deeply with every operation
    for name in ("moderator_id", "session_id"):
        if name in kept:
            codes = pd.factorize(kept[name])[0]
            kept[name] = codes if name == "moderator_id" else np.where(codes < 0, np.nan, codes)
    texts = [name for name in kept if name.startswith(("scale_", "form_")) or name == "arm"]
    return kept.astype(dict.fromkeys(texts, object))
