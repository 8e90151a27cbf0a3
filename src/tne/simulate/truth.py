"""What did each programme really do, in points of sampling-weighted accuracy?"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd

from tne.simulate.audits import Accuracy
from tne.simulate.calendar import period_of
from tne.simulate.people import People
from tne.simulate.programmes import SESSION_SD, TRAINER_SD, Programme, profile
from tne.simulate.rollout import Rollout

# Gauss-Hermite nodes of a standard normal: exact for polynomials up to degree 9
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(5)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def gain(rollout: Rollout, weeks: int) -> np.ndarray:
    """Return the logit that a programme adds, shape (people, weeks), with these trainers and sessions."""
    programme = rollout.programme
    if programme.is_null:
        return np.zeros((len(rollout.luck), weeks))
    size = programme.effect + rollout.luck
    return cast(np.ndarray, size[:, None] * profile(rollout.elapsed(weeks), programme.half_life))


def cells(
    rollout: Rollout, everyone: People, how: Accuracy, logit: np.ndarray, audits: np.ndarray
) -> pd.DataFrame:
    """Return both potential outcomes of every treated person-week up to the end of the window.

    Parameters
    ----------
    rollout : Rollout
    everyone : People
    how : Accuracy
    logit : array of shape (people, weeks)
        Everything that acts on a person, this programme included.
    audits : array of int, shape (people, weeks)
        Audits (without seeded ones) of each person-week.

    Returns
    -------
    DataFrame
        programme_id, market, person (position), period, event_time, tenure_weeks, audits, p0 (without the
        programme), p1 (with it), and
        p1_mean (with it, averaged over all trainers and sessions that could have been).

    Notes
    -----
    ``event_time`` runs from 0, the week of the training, to ``window_weeks``; the window itself ends one earlier.
    """
    programme = rollout.programme
    elapsed = rollout.elapsed(everyone.weeks)
    treated = (elapsed >= 0) & (elapsed <= programme.window_weeks) & (audits > 0)
    person, week = np.nonzero(treated)
    k = elapsed[person, week]
    with_it = logit[person, week]
    p1 = how.share_right(with_it, week)
    if programme.is_null:
        p0 = mean = p1
    else:
        shape = profile(k, programme.half_life)
        without = with_it - (programme.effect + rollout.luck[person]) * shape
        p0 = how.share_right(without, week)
        mean = np.zeros(len(k))
        for node, part in zip(_NODES, _WEIGHTS, strict=True):
            size = programme.effect + node * np.hypot(TRAINER_SD, SESSION_SD)
            mean += part * how.share_right(without + size * shape, week)
    return pd.DataFrame(
        {
            "programme_id": programme.code,
            "market": everyone.market.code,
            "person": person,
            "period": period_of(week),
            "event_time": k,
            "tenure_weeks": week - everyone.hire_week[person],
            "audits": audits[person, week],
            "p0": p0,
            "p1": p1,
            "p1_mean": mean,
        }
    )


def compared(table: pd.DataFrame, programme: Programme, last_start: int | None) -> pd.DataFrame:
    """Return the cells of the window in a week in which somebody still waits for the training."""
    inside = table["event_time"] < programme.window_weeks
    return table[inside & _waiting(table, last_start)]


def _waiting(table: pd.DataFrame, last_start: int | None) -> pd.Series:
    """Flag cells in a week in which somebody still waits for the training."""
    return table["period"] < (np.inf if last_start is None else period_of(last_start))


def summary(table: pd.DataFrame) -> dict[str, Any]:
    """Return realised and transferable effect of treated cells, in points, people weighted by their audits."""
    if table.empty:
        return {"realised": None, "transferable": None, "people": 0, "audits": 0}
    weight = table["audits"]
    return {
        "realised": _points(table["p1"] - table["p0"], weight),
        "transferable": _points(table["p1_mean"] - table["p0"], weight),
        "people": int(table["person"].nunique()),
        "audits": int(weight.sum()),
    }


def _points(difference: pd.Series, weight: pd.Series) -> float:
    return round(100 * float(np.average(difference, weights=weight)), 6)


def effect(table: pd.DataFrame, rollout: Rollout, assigned_audits: float) -> dict[str, Any]:
    """Return the truth of one programme in one market, JSON-safe.

    Parameters
    ----------
    table : DataFrame
        Of `cells`.
    rollout : Rollout
    assigned_audits : float
        Audits, in the compared window, of everybody whom the roll-out meant to train, come or not.

    Returns
    -------
    dict
        ``realised`` and ``transferable`` over the window's compared cells; ``intention_to_treat`` spreads the
        realised effect over everybody assigned; ``window`` takes all cells of the window, compared or not;
        ``by_event_time`` gives both truths week by week, to the week after the window.
    """
    programme = rollout.programme
    starts = rollout.session_week
    staggered = programme.rollout in ("staggered", "randomised") and programme.rollout_unit != "market"
    last = int(starts.max()) if staggered and len(np.unique(starts)) > 1 else None
    window = table[table["event_time"] < programme.window_weeks]
    inside = compared(table, programme, last)
    truth = summary(inside)
    touched = float(((inside["p1"] - inside["p0"]) * inside["audits"]).sum())
    truth["intention_to_treat"] = round(100 * touched / assigned_audits, 6) if assigned_audits else None
    truth["window"] = summary(window)
    weekly = table[_waiting(table, last)].groupby("event_time", sort=True)
    truth["by_event_time"] = [{"event_time": int(k), **summary(part)} for k, part in weekly]
    return truth


def assigned_audits(rollout: Rollout, everyone: People, audits: np.ndarray) -> float:
    """Count the audits of everybody whom the roll-out meant to train, in the compared weeks of the window.

    With teams as the unit these are the people whose home team (on the programme's start, or the first later one) was
    scheduled, later joiners and people who did not come included.
    """
    programme, week = rollout.programme, np.arange(everyone.weeks)
    if not len(rollout.session_week):
        return 0.0
    start = np.full(len(everyone), np.inf)
    held = rollout.session >= 0
    start[held] = rollout.session_week[rollout.session[held]]
    starts = np.unique(rollout.session_week)
    if programme.rollout_unit == "team":
        home = everyone.team_in(np.maximum(starts[0], everyone.hire_week))
        of_team = np.full(everyone.market.teams, np.inf)
        for team in range(everyone.market.teams):
            here = start[held & (everyone.team_in(np.where(held, start, 0)) == team)]
            of_team[team] = np.median(here) if len(here) else np.inf
        start = of_team[home]
    since = week[None, :] - start[:, None]
    counted = (since >= 0) & (since < programme.window_weeks)
    if (
        programme.rollout in ("staggered", "randomised")
        and programme.rollout_unit != "market"
        and len(starts) > 1
    ):
        counted &= week[None, :] < starts[-1]
    return float(audits[counted].sum())
