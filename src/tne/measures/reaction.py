"""How did people like the training, and would those who did not answer say the same?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import (
    require_columns,
    require_frame,
    require_level_of_confidence,
    require_no_missing,
    require_numeric,
    rows,
)
from tne.measures.survey_design import design_mean, population_table, poststratified, wilson
from tne.result import Check, Estimates

TERMS = ("mean", "top_box", "net_score", "response_rate", "poststratified_mean")
UNEVEN = 0.10
LOW = 0.60


def survey_summary(
    surveys: pd.DataFrame,
    *,
    by: str | Sequence[str],
    weights: str | None = None,
    strata: str | Sequence[str] | None = None,
    clusters: str | None = None,
    population: pd.DataFrame | Mapping[Any, float] | pd.Series | float | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Summarise survey answers per construct.

    Parameters
    ----------
    surveys : DataFrame
        One row per answer: response_id, construct, value, scale_min, scale_max, and moderator_id where known. A
        person's score is the mean over the questions of a construct.
    by : str or sequence of str
        Columns to summarise by besides the construct; () for none.
    weights : str, optional
        Column with a weight per respondent.
    strata : str or sequence of str, optional
        Columns known for respondents and for everybody invited, for example the site.
    clusters : str, optional
        Column of groups that answered together, for example the session. None: the person.
    population : DataFrame, mapping, Series or number, optional
        Number invited: by stratum (a frame with the strata columns, any of the `by` columns, and one column of
        counts; or a mapping from stratum to count), or one number.
    conf_level : float

    Returns
    -------
    Estimates
        Keys `by` and construct; terms mean, top_box, net_score, response_rate, poststratified_mean. What the
        arguments cannot answer is NaN with a note.

    Raises
    ------
    KeyError, TypeError, ValueError
        For missing columns, values off their scale, mixed scales within a construct, more answers than invited.

    Notes
    -----
    ``top_box`` is the share of answers on the highest point. ``net_score`` is promoters (9, 10) minus detractors
    (0 to 6) on a scale from 0 to 10, else answers above the scale's midpoint minus answers below it. The
    post-stratified mean is ``Σ N_h ȳ_h / N`` with variance ``Σ (N_h / N)² (1 − f_h) s_h² / n_h``. It removes the
    bias of strata that answer less often, not that of unhappy people who answer less often within a stratum.
    Liking is not learning.

    References
    ----------
    Lohr (2022), Sampling: Design and Analysis, chapters 4 and 8; Wilson (1927) for shares.

    Examples
    --------
    >>> answers = pd.DataFrame({"response_id": [1, 2, 3], "construct": "relevance", "value": [5, 4, 3],
    ...                         "scale_min": 1, "scale_max": 5})
    >>> survey_summary(answers, by=(), population=4).get(term="response_rate").estimate
    0.75
    """
    by, strata = _names(by), _names(strata)
    require_frame(surveys, "surveys")
    require_level_of_confidence(conf_level)
    needed = ["response_id", "construct", "value", "scale_min", "scale_max", *by, *strata, weights, clusters]
    require_columns(surveys, needed, "surveys")
    require_numeric(surveys, ["value", "scale_min", "scale_max", *([weights] if weights else [])], "surveys")
    require_no_missing(
        surveys, ["response_id", "construct", *strata, *([clusters] if clusters else [])], "surveys"
    )
    answered = surveys.loc[surveys["value"].notna()]
    _check_scales(answered)
    people = _per_person(answered, by, strata, weights, clusters)
    invited = population_table(population, by=by, strata=strata)
    keys = [*by, "construct"]
    found, checks = [], []
    for key, group in people.groupby(keys, sort=True, dropna=False):
        at = dict(zip(keys, key, strict=True))
        frame, check = _group(group, at, by, strata, invited, conf_level)
        found += frame
        checks += check
    table = pd.DataFrame(found) if found else pd.DataFrame(columns=[*keys, "term", "estimate", "note"])
    empty = len(surveys) - len(answered)
    if empty:
        checks.append(
            Check("missing_answers", "warn", f"{empty} of {len(surveys)} answers are empty and left out.")
        )
    return Estimates(table=table.assign(conf_level=conf_level), keys=tuple(keys), checks=_merged(checks))


def _group(
    group: pd.DataFrame,
    at: dict,
    by: list[str],
    strata: list[str],
    invited: pd.DataFrame | None,
    conf_level: float,
) -> tuple[list[dict], list[Check]]:
    n_people = float(group["person"].nunique())
    shared = at | {"n": float(group["answers"].sum()), "n_people": n_people, "n_people_total": n_people}
    low, high = group["scale_min"].iloc[0], group["scale_max"].iloc[0]
    scale = f"points on a scale from {low:g} to {high:g}"
    stratum = group["layer"] if strata else None
    out = []
    for term, unit in (("score", scale), ("top_box", "share"), ("net_score", "share difference")):
        result = design_mean(
            group[term], group["weight"], group["cluster"], stratum, conf_level, share=term == "top_box"
        )
        name = "mean" if term == "score" else term
        out.append(shared | result | {"term": name, "unit": unit, "estimand": "those who answered",
                                      "method": "mean over respondents, clustered"})  # fmt: skip
    mine = None
    if invited is not None:
        mine = invited
        for column in by:
            if column in mine.columns:
                mine = mine.loc[mine[column] == at[column]]
        mine = mine.groupby("stratum", as_index=False)["invited"].sum()
    rate, checks = _response(group, mine, strata, conf_level)
    out.append(shared | rate)
    post = {
        "term": "poststratified_mean",
        "unit": scale,
        "estimand": "everybody invited",
        "estimate": math.nan,
    }
    if mine is None or not strata:
        post["note"] = "needs `strata` and the number invited per stratum in `population`"
    else:
        post |= poststratified(group, mine, conf_level)
    out.append(shared | post)
    return out, checks


def _response(
    group: pd.DataFrame, mine: pd.DataFrame | None, strata: list[str], conf_level: float
) -> tuple[dict, list[Check]]:
    row = {"term": "response_rate", "unit": "share", "estimand": "everybody invited", "estimate": math.nan}
    if mine is None or mine["invited"].sum() <= 0:
        note = "needs the number invited in `population`"
        return row | {"note": note}, [Check("nonresponse", "not_run", "The number invited is not known.")]
    answered = group["person"].nunique()
    total = float(mine["invited"].sum())
    inside = group.groupby("stratum")["person"].nunique().reindex(mine["stratum"]).fillna(0)
    foreign = group.loc[~group["stratum"].isin(mine["stratum"]), "person"].nunique()
    if foreign:
        raise ValueError(
            f"{foreign} respondents belong to strata that `population` lacks. Add their number invited."
        )
    if (inside.to_numpy() > mine["invited"].to_numpy()).any():
        raise ValueError(
            "More people answered than `population` says were invited. Correct the counts, or the strata."
        )
    share = answered / total
    low, high = wilson(share, total, stats.norm.ppf(0.5 + conf_level / 2))
    rates = inside.to_numpy() / mine["invited"].to_numpy()
    uneven = strata and len(rates) > 1 and rates.max() - rates.min() > UNEVEN
    detail = f"{100 * share:.0f} % answered"
    if strata:
        detail += f", between strata {100 * rates.min():.0f} to {100 * rates.max():.0f} %"
    status = "warn" if uneven or share < LOW else "pass"
    return row | {
        "estimate": share, "conf_low": low, "conf_high": high, "n_people_total": total, "method": "Wilson interval",
        "std_error": math.sqrt(share * (1 - share) / total), "note": "",
    }, [Check("nonresponse", status, detail)]  # fmt: skip


def _names(columns: str | Sequence[str] | None) -> list[str]:
    if columns is None:
        return []
    names = [columns] if isinstance(columns, str) else list(columns)
    return [name for name in names if name != "construct"]


def _check_scales(answered: pd.DataFrame) -> None:
    require_no_missing(answered, ["scale_min", "scale_max"], "surveys")
    flat = (answered["scale_min"] >= answered["scale_max"]).to_numpy()
    if flat.any():
        raise ValueError(f"`scale_min` is not below `scale_max` in {rows(flat)}. Correct the scale.")
    off = (
        (answered["value"] < answered["scale_min"]) | (answered["value"] > answered["scale_max"])
    ).to_numpy()
    if off.any():
        raise ValueError(f"`value` lies outside its scale in {rows(off)}. Correct the values or the scale.")
    scales = answered.drop_duplicates(["construct", "scale_min", "scale_max"]).groupby("construct").size()
    mixed = scales[scales > 1]
    if len(mixed):
        raise ValueError(
            f"Construct {', '.join(map(str, mixed.index))} mixes {int(mixed.max())} scales, whose points differ. "
            "Name them as separate constructs, or keep one scale."
        )


def _per_person(
    answered: pd.DataFrame, by: list[str], strata: list[str], weights: str | None, clusters: str | None
) -> pd.DataFrame:
    """Return one row per response × construct: mean score, shares, weight, stratum, cluster, person."""
    value, low, high = (answered[c].astype(float) for c in ("value", "scale_min", "scale_max"))
    ten = (low == 0) & (high == 10)
    middle = (low + high) / 2
    up, down = np.where(ten, value >= 9, value > middle), np.where(ten, value <= 6, value < middle)
    person = answered["response_id"].astype(str).radd("response ")
    if "moderator_id" in answered.columns:
        known = answered["moderator_id"].notna()
        person = answered["moderator_id"].astype(str).radd("person ").where(known, person)
    frame = answered[[*dict.fromkeys([*by, "construct"])]].assign(
        response=answered["response_id"], person=person, score=value, top_box=(value == high).astype(float),
        net_score=up.astype(float) - down.astype(float), scale_min=low, scale_max=high, answers=1,
        weight=1.0 if weights is None else answered[weights].astype(float),
        cluster=pd.factorize(person if clusters is None else answered[clusters])[0],
        stratum=list(zip(*(answered[c] for c in strata), strict=True)) if strata else [()] * len(answered),
        layer=answered.groupby(strata).ngroup() if strata else 0,
    )  # fmt: skip
    bad = ~(frame["weight"] >= 0).to_numpy()
    if bad.any():
        raise ValueError(
            f"Column `{weights}` of `surveys` is negative or missing in {rows(bad)}. Give weights of 0 or more."
        )
    first = ("person", "scale_min", "scale_max", "weight", "cluster", "stratum", "layer")
    how = {"score": "mean", "top_box": "mean", "net_score": "mean", "answers": "sum"} | dict.fromkeys(
        first, "first"
    )
    return frame.groupby([*by, "construct", "response"], sort=False, dropna=False, as_index=False).agg(how)


def _merged(checks: list[Check]) -> tuple[Check, ...]:
    """Keep the worst status of each check, saying how many groups it concerns."""
    worst: dict[str, list[Check]] = {}
    for check in checks:
        worst.setdefault(check.name, []).append(check)
    order = ("fail", "warn", "not_run", "pass")
    out = []
    for name, group in worst.items():
        status = min((c.status for c in group), key=order.index)
        hit = [c for c in group if c.status == status]
        where = f" ({len(hit)} of {len(group)} groups)" if len(group) > 1 else ""
        out.append(Check(name, status, hit[0].detail + where))
    return tuple(out)
