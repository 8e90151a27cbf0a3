"""Did wellbeing get worse in the market since a training began? A guardrail from an anonymous pulse."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_numeric
from tne.measures.decision import DUE_DAYS, LEVEL, Guardrail, decide
from tne.measures.inference import inference
from tne.measures.programme_effect import ProgrammeEffect
from tne.result import Estimate

__all__ = ["guard_wellbeing", "wellbeing_change"]

NAME = "wellbeing"
FIRST_MONDAY = pd.Timestamp("1970-01-05", tz="UTC")  # week 0
BEFORE = 26  # weeks before the training: a pulse every month gives six
FEWEST_ANSWERS, FEWEST_WEEKS = 5, 2


def wellbeing_change(
    surveys: pd.DataFrame,
    *,
    start: float,
    end: float,
    before: int = BEFORE,
    market: str | None = None,
    conf_level: float = 0.95,
) -> Estimate:
    """Return how far the mean wellbeing of a market moved from the weeks before a training to those after it began.

    Parameters
    ----------
    surveys : DataFrame
        Rows of the table ``surveys``: construct, value, submitted_at, (wave), (market), (scale_min), (scale_max). The
        construct ``wellbeing`` counts, of the wave ``pulse`` where waves are given.
    start, end : float
        First and last week after the training began: weeks since Monday, 5 January 1970, as `primary_effect` counts.
    before : int
        Weeks before `start` that it is compared with.
    market : str, optional
    conf_level : float

    Returns
    -------
    Estimate
        In points of the scale, lower being worse. `n` counts answers, `n_people` the answers of the fullest week of the
        smaller side: that many people answered at least. NaN with a note with fewer than two weeks of answers on a
        side, or on several scales.

    Raises
    ------
    KeyError, TypeError
        For missing columns, or values that are no numbers.

    Notes
    -----
    Difference of the means of weekly means, with Welch's interval over weeks. A pulse is anonymous, so nobody can be
    compared with anybody: the whole market moves for many reasons, and the change says nothing of the training alone.
    It may only hold back a roll-out. Weeks with fewer than five answers are left out.

    References
    ----------
    Welch (1947), The generalization of Student's problem, Biometrika 34:28-35.

    Examples
    --------
    >>> days = pd.date_range("2026-01-05", periods=4, freq="28D", tz="UTC").repeat(5)
    >>> pulse = pd.DataFrame({"construct": "wellbeing", "submitted_at": days, "value": [3, 4, 4, 3, 3] * 4})
    >>> pulse["value"] += [0, 0, 0, 0, 0, 1, 0, 0, 0, 0] * 2
    >>> wellbeing_change(pulse, start=2929, end=2936).estimate
    0.0
    """
    require_columns(surveys, ["construct", "value", "submitted_at"], "surveys")
    rows = surveys.loc[_asked(surveys, market)]
    require_numeric(rows, ["value"], "surveys")
    rows = rows.dropna(subset=["value", "submitted_at"])
    week = np.floor((rows["submitted_at"] - FIRST_MONDAY) / pd.Timedelta(7, "D")).to_numpy(dtype=float)
    weekly = rows["value"].astype(float).groupby(week).agg(["mean", "count"])
    weekly = weekly.loc[weekly["count"] >= FEWEST_ANSWERS]
    sides = [
        weekly.loc[(weekly.index >= a) & (weekly.index <= b)]
        for a, b in ((start - before, start - 1), (start, end))
    ]
    common: dict[str, Any] = {
        "term": NAME,
        "n": float(sum(side["count"].sum() for side in sides)),
        "n_people": float(min(side["count"].max() if len(side) else 0 for side in sides)),
        "n_people_total": float(max((side["count"].max() for side in sides if len(side)), default=0)),
        "conf_level": conf_level,
        "unit": "points of the scale",
        "estimand": "wellbeing of the whole market since the training began",
        "comparison": f"the {before} weeks before",
        "method": "difference of weekly means, Welch over weeks",
    }
    why = _undefined(rows, sides)
    if why:
        return Estimate(estimate=math.nan, note=why, **common)
    earlier, later = (side["mean"] for side in sides)
    parts = [side.var(ddof=1) / len(side) for side in (earlier, later)]
    error = math.sqrt(sum(parts))
    spread = sum(part**2 / (len(side) - 1) for part, side in zip(parts, (earlier, later), strict=True))
    df = sum(parts) ** 2 / spread if spread > 0 else math.nan
    return Estimate(**inference(float(later.mean() - earlier.mean()), error, df, conf_level), **common)


def guard_wellbeing(
    effects: Iterable[ProgrammeEffect],
    surveys: pd.DataFrame | None,
    *,
    market: str | None = None,
    rule: Mapping[str, Any] | None = None,
) -> list[ProgrammeEffect]:
    """Put wellbeing among the guardrails of each programme, and decide again where a margin was agreed.

    Parameters
    ----------
    effects : iterable of ProgrammeEffect
    surveys : DataFrame or None
        The table ``surveys``; without a pulse on wellbeing the effects come back as they are.
    market : str, optional
        Only its answers.
    rule : mapping, optional
        ``wellbeing`` of ``[guardrails]``: ``margin`` as a share of the mean. None: shown, and holds nothing back.

    Returns
    -------
    list of ProgrammeEffect

    Raises
    ------
    KeyError, TypeError
        As `wellbeing_change`; if `rule` has no margin, or `effects` are no effects of programmes.

    Notes
    -----
    The verdict on the effect stays; only *scale* can become *keep*, as by any guardrail.

    References
    ----------
    Welch (1947), The generalization of Student's problem, Biometrika 34:28-35, as `wellbeing_change`.

    Examples
    --------
    >>> ws = tne.open("data/sample")
    >>> programme = ws.programme("appeals-workshop")
    >>> effect = tne.primary_effect(ws.panel("appeals-workshop"), market="IE", programme=programme)
    >>> guard_wellbeing([effect], None) == [effect]  # no pulse survey: nothing to guard
    True
    """
    found = list(effects) if isinstance(effects, Iterable) else [effects]
    if wrong := [type(effect).__name__ for effect in found if not isinstance(effect, ProgrammeEffect)]:
        raise TypeError(f"`effects` must be a list of what tne.primary_effect returns, not of {wrong[0]}.")
    if rule is not None and "margin" not in rule:
        raise KeyError(
            "`rule` lacks `margin`. Give the share of the mean that may be lost: {'margin': 0.05}."
        )
    if surveys is None or surveys.empty:
        return found
    require_columns(surveys, ["construct"], "surveys")
    if not _asked(surveys, market).any():
        return found
    return [_guarded(effect, surveys, market, rule) for effect in found]


def _guarded(
    effect: ProgrammeEffect, surveys: pd.DataFrame, market: str | None, rule: Mapping[str, Any] | None
) -> ProgrammeEffect:
    start, end = effect.window
    if math.isnan(start + end):
        return effect
    change = wellbeing_change(
        surveys, start=start, end=end, market=market, conf_level=effect.effect.conf_level
    )
    mean = float(surveys.loc[_asked(surveys, market), "value"].astype(float).mean())
    margin = math.nan if rule is None else float(rule["margin"]) * mean
    rails = (*effect.guardrails, Guardrail(name=NAME, estimate=change, margin=margin, worse="lower"))
    if math.isnan(margin):
        return replace(effect, guardrails=rails)
    known = effect.decision
    again = decide(
        effect.effect,
        effect.grade,
        minimum_effect=effect.minimum_effect,
        guardrails=rails,
        transferable=effect.transferable,
        n_primary=round(LEVEL / known.level),
        planned=effect.planned,
        complete=known.reason != "window_incomplete",
        as_of=None
        if known.due is None
        else known.due - pd.Timedelta(DUE_DAYS[known.action], "D").to_pytimedelta(),
    )
    return replace(effect, guardrails=rails, decision=again)


def _asked(surveys: pd.DataFrame, market: str | None) -> pd.Series:
    asked = surveys["construct"].eq(NAME)
    if "wave" in surveys:
        asked &= surveys["wave"].isna() | surveys["wave"].eq("pulse")
    if market is not None and "market" in surveys:
        asked &= surveys["market"].eq(market)
    return asked.fillna(False).astype(bool)


def _undefined(rows: pd.DataFrame, sides: list[pd.DataFrame]) -> str:
    scales = [name for name in ("scale_min", "scale_max") if name in rows]
    if scales and len(rows[scales].drop_duplicates()) > 1:
        return "the answers stand on different scales"
    if min(map(len, sides)) < FEWEST_WEEKS:
        return f"fewer than {FEWEST_WEEKS} weeks with answers before or after"
    return "" if any(side["mean"].var(ddof=1) > 0 for side in sides) else "every week has the same mean"
