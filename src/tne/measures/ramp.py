"""How fast do new people improve, and where does the improvement end?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from tne.checks import (
    require_choice,
    require_columns,
    require_level_of_confidence,
    require_no_missing,
    require_numeric,
    rows,
)
from tne.measures.headcount import headcount
from tne.measures.ols import missing_check
from tne.measures.ramp_fit import Data, Ramp, fit_ramp
from tne.measures.ramp_result import LearningCurve
from tne.measures.ramp_terms import pooled_terms, ramp_terms
from tne.measures.survival_rows import in_order
from tne.result import Check, Estimates

__all__ = ["LearningCurve", "learning_curve"]

EVERYONE = "all"
SCALES = ("identity", "logit")


def learning_curve(
    series: pd.DataFrame,
    *,
    outcome: str,
    tenure: str,
    by: str | None = None,
    person: str | None = None,
    trials: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    offset: str | None = None,
    scale: str | None = None,
    pooling: bool = True,
    conf_level: float = 0.95,
) -> LearningCurve:
    """Fit the ramp ``y = L − (L − start) exp(−tenure / tau)`` to new people's weeks.

    Parameters
    ----------
    series : DataFrame, one row per person and week, or one per week of tenure
    outcome, tenure : str
        Columns: the outcome (with `trials` a count of right decisions), and weeks since hire.
    by : str, optional
        Column of the cohorts, each with a ramp of its own.
    person : str, optional
        Column: every person has a level of their own, so that who left does not bend the curve, and people are the
        sample. Without it one curve through all rows.
    trials : str, optional
        Column with the number of decisions behind `outcome`: binomial likelihood on the logit scale.
    weights : str, optional
        Column of weights, as the people behind a mean.
    cluster : str, optional
        Column whose rows share their errors, where `person` is not given.
    offset : str, optional
        Column, on the scale of the ramp, of what moves everybody: season, trend, training for all. For example the
        log-odds of experienced people in the same week, minus their mean. None: 0.
    scale : {"identity", "logit"}, optional
        Scale on which the ramp is a ramp; None: ``"logit"`` with `trials`, else ``"identity"``. ``"logit"`` without
        `trials` takes shares, each as one decision or as many as its weight says.
    pooling : bool
        With three cohorts or more, draw each term towards the mean of cohorts (random effects by REML).
    conf_level : float

    Returns
    -------
    LearningCurve
        With checks ``missing, few_people, plateau`` (how far beyond tau people were seen) and ``identified_groups``.
        Where a straight line, or a level, fits as well, all terms are NaN with a note.

    Raises
    ------
    ValueError
        If a tenure is negative, a count exceeds its trials, a share leaves 0 to 1, or a weight is negative.

    Notes
    -----
    After tau weeks 63 % of the rise is made, after 3 tau 95 %. Intervals of tau are made on its logarithm, the others
    are linear; t with people (clusters) − 1, or n − 3. On the logit scale without `person` the rise is that of the mean
    share, which is flatter than a person's own. A ramp describes; it does not say that training caused it.

    References
    ----------
    Mazur and Hastie (1978), Learning as accumulation: a re-examination of the learning curve,
    Psychological Bulletin 85:1256-1274.

    Examples
    --------
    >>> weeks = pd.DataFrame({"week": range(12)})
    >>> weeks["share"] = 0.9 - 0.3 * np.exp(-weeks["week"] / 4) + 0.001 * (weeks["week"] % 2)
    >>> round(learning_curve(weeks, outcome="share", tenure="week").get(term="tau").estimate, 1)
    4.0
    """
    require_level_of_confidence(conf_level)
    scale = scale or ("logit" if trials is not None else "identity")
    require_choice(scale, SCALES, "scale")
    if trials is not None and (scale == "identity" or weights is not None):
        raise ValueError(
            "`trials` are for the logit scale and are its weights. Give a share and `weights` instead."
        )
    numbers = [c for c in (outcome, tenure, trials, weights, offset) if c is not None]
    require_numeric(series, numbers, "series")
    require_columns(series, [by, person, cluster], "series")
    kept = series.loc[series[[*numbers, *([by] if by else [])]].notna().all(axis=1)].reset_index(drop=True)
    require_no_missing(kept, [c for c in (person, cluster) if c is not None], "series")
    value = {c: kept[c].to_numpy(dtype=float) for c in numbers}
    t, y = value[tenure], value[outcome]
    w = value[trials] if trials else value[weights] if weights else np.ones(len(kept))
    _require(t < 0, f"Column `{tenure}` of `series` is negative", "Tenure counts from the start.")
    _require(w < 0, f"Column `{trials or weights}` of `series` is negative", "Drop those rows.")
    if trials:
        _require(
            (y > w * (1 + 1e-9)) | (y < 0),
            f"Column `{outcome}` exceeds `{trials}` or is negative",
            "It counts decisions.",
        )
        y = np.minimum(np.divide(y, w, out=np.zeros(len(y)), where=w > 0), 1.0)
    elif scale == "logit":
        _require(
            (y > 1) | (y < 0), f"Column `{outcome}` of `series` leaves 0 to 1", "Give shares, or `trials`."
        )
    shift = value[offset] if offset else np.zeros(len(kept))
    some = w > 0
    kept, t, y, w, shift = kept.loc[some].reset_index(drop=True), t[some], y[some], w[some], shift[some]
    if scale == "identity":
        y, shift = y - shift, np.zeros(len(y))
    groups: list[object] = [EVERYONE] if by is None else in_order(kept[by])
    table, ramps = [], []
    for group in groups:
        own = np.ones(len(kept), dtype=bool) if by is None else (kept[by] == group).to_numpy(dtype=bool)
        part = kept.loc[own]
        who = pd.factorize(part[person])[0] if person else np.zeros(len(part), dtype=int)
        shared = pd.factorize(part[cluster])[0] if cluster and not person else None
        data = Data(t[own], y[own], w[own], who, scale == "logit", person is not None, shared, shift[own])
        ramp = fit_ramp(data, conf_level)
        ramps.append((group, ramp))
        about = {
            "group": group,
            "conf_level": conf_level,
            "n": len(part),
            "method": _method(scale, person, cluster),
            **_people(part, person),
        }
        table += [about | row for row in ramp_terms(ramp, scale, conf_level, outcome, tenure)]
    nothing = Estimates(table=pd.DataFrame(columns=["group"], dtype="str"), keys=("group",))
    separate = Estimates(table=pd.DataFrame(table), keys=("group",)) if table else nothing
    known = sum(not ramp.why for _, ramp in ramps)
    best, mean = (
        pooled_terms(separate.to_frame(), groups, conf_level)
        if pooling and known >= 3
        else (separate, nothing)
    )
    last = float(t.max()) if len(t) else math.nan
    return LearningCurve(
        estimates=best,
        separate=separate,
        mean=mean,
        scale=scale,
        last=last,
        ramps=tuple(ramps),
        checks=_checks(len(series), kept, person, groups, ramps, t, last),
    )


def _require(bad: np.ndarray, what: str, advice: str) -> None:
    if bad.any():
        raise ValueError(f"{what} in {rows(bad)} of the complete ones. {advice}")


def _method(scale: str, person: str | None, cluster: str | None) -> str:
    how = "binomial likelihood, logit" if scale == "logit" else "least squares"
    level = f", a level for each {person}, robust errors" if person else ""
    return f"asymptotic ramp, {how}{level}" + (
        f", CR1 errors clustered by {cluster}" if cluster and not person else ""
    )


def _people(part: pd.DataFrame, person: str | None) -> dict[str, float]:
    if person is not None:
        count = float(part[person].nunique())
    elif "moderator_id" in part:
        count = float(headcount(part))
    elif "n_people" in part and len(part):
        return {"n_people": float(part["n_people"].min()), "n_people_total": float(part["n_people"].max())}
    else:
        count = math.nan
    return {"n_people": count, "n_people_total": count}


def _checks(
    total: int,
    kept: pd.DataFrame,
    person: str | None,
    groups: list[object],
    ramps: list[tuple[object, Ramp]],
    t: np.ndarray,
    last: float,
) -> tuple[Check, ...]:
    people = _people(kept, person)["n_people"]
    few = Check("few_people", "not_run", "How many people stand behind the rows is not known.")
    if not math.isnan(people):
        status = "pass" if people >= 20 else "warn" if people >= 2 else "fail"
        few = Check("few_people", status, f"{people:g} people; 20 or more are wanted.")
    taus = [math.exp(ramp.values[2]) for _, ramp in ramps if not ramp.why]
    seen = Check("plateau", "fail", "No cohort shows where its improvement ends.")
    if taus:
        ratio = last / max(taus)
        detail = (
            f"People were seen for up to {ratio:.1f} times the slowest tau; below 2 the plateau is a guess."
        )
        seen = Check("plateau", "pass" if ratio >= 2 else "warn", detail)
    lost = len(groups) - len(taus)
    state = "pass" if not lost else "warn" if taus else "fail"
    return (
        missing_check(total, len(kept)),
        few,
        seen,
        Check(
            "identified_groups",
            state,
            f"{lost} of {len(groups)} groups show no ramp that can be told from a line.",
        ),
    )
