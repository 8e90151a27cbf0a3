"""How long do new people take to become proficient, and does one cohort take longer than another?"""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from tne.checks import require_level_of_confidence, require_levels
from tne.measures.survival_checks import survival_checks
from tne.measures.survival_curve import product_limit
from tne.measures.survival_result import TimeToProficiency
from tne.measures.survival_rows import carried_checks, in_order, observed, occurred, require_one_column
from tne.measures.survival_tables import (
    common_horizon,
    counts_by_group,
    log_rank_row,
    mean_differences,
    mean_row,
    quantile_rows,
)
from tne.result import Estimate, Estimates

__all__ = ["TimeToProficiency", "time_to_proficiency"]

EVERYONE = "all"


def time_to_proficiency(
    people: pd.DataFrame,
    *,
    duration: str,
    event: str,
    by: str | None = None,
    reference: object = None,
    strata: str | None = None,
    entry: str | None = None,
    weights: str | None = None,
    horizon: float | None = None,
    rho: float = 0.0,
    of_interest: object = None,
    conf_level: float = 0.95,
) -> TimeToProficiency:
    """Kaplan-Meier: median, quartiles and restricted mean of the time to proficiency, by group, with the log-rank test.

    Parameters
    ----------
    people : DataFrame, one row per person
        As from `proficiency`, or any with the two columns below. Incomplete rows are left out and counted.
    duration : str
        Column: time until proficient, or until last seen; 0 or more.
    event : str
        Column: true, 1 or ``"proficient"`` where proficiency was reached; false, 0, ``"left"`` or ``"censored"``
        where the person was only seen that long. Numbers, booleans, text and categories; other codes, such as 1 and 2,
        need `of_interest`.
    by : str, optional
        Column of the groups, such as the hire cohort.
    reference : optional
        Group that the others are compared with; None: the first.
    strata : str, optional
        Column within which the log-rank test compares, such as the market.
    entry : str, optional
        Column: time since the start at which a person is first watched (delayed entry).
    weights : str, optional
        Column: how many people a row stands for.
    horizon : float, optional
        End of the restricted mean; None: the shortest of the longest times of the groups that had an event.
    rho : float
        0 log-rank, 1 Peto and Peto's test, which looks more at early times.
    of_interest : optional
        Value of `event` that is the event; every other value only ends the observation.
    conf_level : float

    Returns
    -------
    TimeToProficiency
        With checks ``missing, few_people, few_events, leavers, follow_up`` and ``repeated_people``. A quantile that the
        curve never reaches is NaN with a note; so is a limit that its band never reaches, without one.

    Raises
    ------
    ValueError
        If a time is negative, the event cannot be told, or a weight is negative.
    TypeError
        If `by` is not the name of one column.

    Notes
    -----
    ``S(t) = Π (1 − events / at risk)``; limits ``exp(log S ± z sqrt(Σ d / (n (n − d))))``, capped at 1. A quantile is
    the first time at which the curve is at or below its level (the middle of a stretch that lies on it), its limits
    those at which the band's limits are: as in R's ``survfit(conf.type="log")``. Leavers count as if leaving had
    nothing to do with progress: where the slow leave, the curve is too fast. How many *will* be proficient, leavers
    included, is what `cumulative_incidence` says. Curves that cross can be far apart unseen by the log-rank test.

    References
    ----------
    Kaplan and Meier (1958), JASA 53:457-481. Brookmeyer and Crowley (1982), Biometrics 38:29-41.

    Examples
    --------
    >>> people = pd.DataFrame({"weeks": [3, 5, 5, 8, 9], "done": [1, 1, 0, 1, 0]})
    >>> time_to_proficiency(people, duration="weeks", event="done").get(term="median").estimate
    8.0
    """
    require_level_of_confidence(conf_level)
    require_one_column(by, "by")
    seen = observed(people, duration, event, [by, strata], entry=entry, weights=weights)
    hit = occurred(seen.frame[event], of_interest)
    groups: list[object] = [EVERYONE] if by is None else in_order(seen.frame[by])
    if by is not None and reference is not None:
        require_levels(seen.frame, by, [reference], "people")
        groups = [reference, *(g for g in groups if g != reference)]
    own = np.zeros(len(hit), dtype=int)
    for i, name in enumerate(groups if by is not None else []):
        own[(seen.frame[by] == name).to_numpy(dtype=bool)] = i
    counts, curves = counts_by_group(seen, hit, own, groups), []
    for i in range(len(groups)):
        w = own == i
        curves.append(product_limit(seen.time[w], hit[w], seen.weight[w], seen.entry[w], conf_level))
    until = common_horizon(horizon, [c for c in curves if len(c.time)])
    common = {
        "conf_level": conf_level,
        "unit": f"units of {duration}",
        "method": "Kaplan-Meier, log intervals",
    }
    table, means = [], []
    for name, curve, count in zip(groups, curves, counts.to_dict("records"), strict=True):
        about = common | {"group": name} | {c: count[c] for c in ("n", "n_people", "n_people_total")}
        table += [about | row for row in quantile_rows(curve)]
        means.append(about | mean_row(curve, until, conf_level))
        table.append(means[-1])
    test = log_rank_row(seen, hit, own, strata, rho, counts, common, groups)
    counts["expected"] = test.pop("expected")
    rows = pd.DataFrame(table) if table else pd.DataFrame(columns=["group"], dtype="str")
    frames = [c.frame().assign(group=name) for name, c in zip(groups, curves, strict=True) if len(c.time)]
    whole = (
        pd.concat(frames, ignore_index=True)
        if frames
        else product_limit(
            *cast(tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], [np.array([])] * 4), 0.95
        ).frame()
    )
    if "group" not in whole:
        whole = whole.assign(group=[])
    return TimeToProficiency(
        estimates=Estimates(table=rows, keys=("group",)),
        differences=mean_differences(means, conf_level),
        log_rank=Estimate(**test),
        counts=counts,
        curve=whole[["group", *(c for c in whole.columns if c != "group")]],
        horizon=until,
        checks=(*carried_checks(people), *survival_checks(seen, hit, seen.frame[event], own, groups)),
    )
