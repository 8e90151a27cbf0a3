"""How large is a share of weighted audits at a common mix of cases, and how uncertain is it?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from tne.measures.dominance import people_behind
from tne.measures.survey_intervals import effective_n, wilson

FEW_HOLD_IT = "two people have more than 90 % of the weight"
_ALONE = 1 - 1e-9  # above this share of a stratum's weight one person is all of it


@dataclass(frozen=True, eq=False)
class Rate:
    """A weighted, standardised share.

    Parameters
    ----------
    estimate, std_error, df : float
        NaN where undefined; the error is clustered on people.
    n, people : int
    behind : int
        About how many people it is: 2 where two of more hold over 90 % of its weight.
    worth : float
        As how many independent audits the weights let these count: ``(Σw)² / Σw²``.
    covered : float
        Share of the common mix for which there are audits.
    alone : float
        Share of the common mix that rests on one person.
    note : str
    """

    estimate: float
    std_error: float
    df: float
    n: int
    people: int
    worth: float
    covered: float = 1.0
    alone: float = 0.0
    behind: int = 0
    note: str = ""


def rate(y: np.ndarray, weight: np.ndarray, person: np.ndarray, stratum: np.ndarray, mix: np.ndarray) -> Rate:
    """Return the share of `y` at the mix of strata `mix`, shape (strata,), with an error clustered on people.

    Notes
    -----
    ``Σ_h π_h r_h``, r_h the weighted mean of stratum h, π the mix over those strata that have audits. Each r_h is a
    ratio, linearised: person i adds ``Σ_h π_h s_ih / (W_h √(1 − W_ih / W_h))``, s_ih the weighted residuals of i in h
    and W the sums of weights; the variance is the sum of their squares. That is CR2 of the weighted regression on the
    strata, with Satterthwaite's degrees of freedom. The mix is taken as known.
    """
    n = len(y)
    if n == 0:
        return Rate(math.nan, math.nan, math.nan, 0, 0, 0.0, 0.0, note="no audits")
    people, who = np.unique(person, return_inverse=True)
    total = np.bincount(stratum, weight, len(mix))
    there = np.flatnonzero(total > 0)
    part = np.full(len(mix), -1)
    part[there] = np.arange(len(there))
    stratum, total, share = part[stratum], total[there], mix[there]
    covered = float(share.sum() / mix.sum())
    share = share / share.sum()
    each = np.bincount(stratum, weight * y, len(there)) / total
    value = float(share @ each)
    factor = share / total
    worth = float(1 / np.square(factor[stratum] * weight).sum())
    base: dict[str, Any] = {"n": n, "people": len(people), "worth": worth, "covered": covered}
    place = who * len(there) + stratum
    size = len(people) * len(there)
    held = np.bincount(place, weight, size).reshape(len(people), len(there))
    left = np.bincount(place, weight * (y - each[stratum]), size).reshape(len(people), len(there))
    lever = held / total
    sole = lever > _ALONE
    base["alone"] = float(share[sole.any(axis=0)].sum())
    base["behind"] = int(people_behind(held @ factor, np.zeros(len(people), dtype=int), 1)[0])
    if len(people) == 1 or base["alone"] > _ALONE:
        why = (
            "one person: no error can be estimated"
            if len(people) == 1
            else "each stratum rests on one person"
        )
        return Rate(value, math.nan, math.nan, note=why, **base)
    a = np.where(sole, 0.0, factor / np.sqrt(np.where(sole, 1.0, 1 - lever)))
    variance = float(np.square((a * left).sum(axis=1)).sum())
    b = a * held
    d = (a * b).sum(axis=1)
    cross = b / np.sqrt(total)
    own = np.square(cross).sum(axis=1)
    trace = d.sum() - own.sum()
    square = (d**2).sum() - 2 * (d * own).sum() + np.square(cross.T @ cross).sum()
    df = float(trace**2 / square) if square > 1e-300 else math.nan
    return Rate(value, math.sqrt(variance), df, **base)


def additions(y: np.ndarray, weight: np.ndarray, person: np.ndarray) -> np.ndarray:
    """Return what each person (numbers from 0) adds to the error of a share; their squares sum to its variance."""
    total, held = weight.sum(), np.bincount(person, weight)
    lever = held / total
    sole = lever > _ALONE
    left = np.bincount(person, weight * (y - weight @ y / total))
    return np.where(sole, 0.0, left / total / np.sqrt(np.where(sole, 1.0, 1 - lever)))


def share_inference(found: Rate, conf_level: float, *, named: bool = True) -> dict[str, Any]:
    """Return the inference columns of a share: Wilson's interval for the audits that it is worth by its design.

    `named`: whether the persons of `found` are people; else their number is not known. Where two people have over 90 %
    of the weight ``n_people`` is 2, so that nobody publishes it as the number of many.
    """
    people, behind = (found.people, found.behind) if named else (math.nan, math.nan)
    note = "; ".join(filter(None, (found.note, FEW_HOLD_IT if behind < people else "")))
    out: dict[str, Any] = {
        "estimate": found.estimate,
        "std_error": found.std_error,
        "df": found.df,
        "n": found.n,
        "n_people": behind,
        "n_people_total": people,
        "note": note,
    }
    if math.isnan(found.estimate) or math.isnan(found.std_error):
        return out
    p = min(max(found.estimate, 0.0), 1.0)  # sums of weights round
    if found.std_error < 1e-12:
        worth, why = found.worth, "all alike: the interval takes the audits as independent"
        out |= {"std_error": 0.0, "df": math.nan, "note": note or why}
    else:
        worth = effective_n(
            p * (1 - p),
            found.std_error,
            found.df,
            n=max(found.n, 2),
            fallback=found.worth,
            conf_level=conf_level,
        )
    quantile = float(stats.norm.ppf((1 + conf_level) / 2))
    low, high = wilson(p, worth, quantile)
    return out | {"conf_low": low, "conf_high": high}
