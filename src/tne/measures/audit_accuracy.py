"""How often are decisions right, at the mix of cases that all groups share?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tne.checks import require_level_of_confidence
from tne.measures.audit_rates import Rate, rate, share_inference
from tne.measures.audit_rows import Live, cells_of, keys_of, live
from tne.result import Check, Estimates

LITTLE = 0.95  # share of the common mix below which groups are not quite compared like with like
FEW = 5
ALONE = 0.1  # share of the mix that rests on one person each, who adds nothing to the error: it comes out too small


def audit_accuracy(
    audits: pd.DataFrame,
    *,
    by: str | Sequence[str] = (),
    standardize: str | Sequence[str] = ("queue", "policy_area"),
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate the share of right decisions by group, weighted for the sampling and at a common mix of cases.

    Parameters
    ----------
    audits : DataFrame
        Rows of the table ``audits``: correct, sampling_weight (absent: 1), seeded (absent: none), moderator_id and the
        columns named below. Audits of seeded test cases, and rows without outcome or keys, are left out and counted.
    by : str or sequence of str
        Columns of the groups; none: all audits together.
    standardize : str or sequence of str
        Columns whose cells are the mix; those in `by` are no part of it. Empty: each group at its own mix.
    conf_level : float

    Returns
    -------
    Estimates
        Keys `by`; terms ``"accuracy"`` (at the common mix) and, where there is a mix, ``"crude_accuracy"`` (at the
        group's own). Unit share. Checks ``missing, seeded_cases, sampling_weights, overlap`` (groups without audits in
        a part of the mix), ``few_people``.

    Raises
    ------
    ValueError, KeyError, TypeError
        If a column is absent, a weight is not positive or an outcome is no flag.

    Notes
    -----
    ``Σ_h π_h Σ w y / Σ w``: direct standardisation, π the weighted shares of the cells h among all audits given. A
    group without audits in some cell is taken at the rest of the mix; the note says how much of it that is. Errors are
    those of ratio estimators, clustered on moderators (CR2, Satterthwaite); the interval is Wilson's for the effective
    number of audits. The number says nothing about auditors who are too strict or too mild (`auditor_strictness`), and
    nothing about cases that no queue sent to audit.

    References
    ----------
    Rothman, Greenland and Lash (2008), Modern Epidemiology, chapter 15. Korn and Graubard (1998), Survey Methodology
    24:193-201.

    Examples
    --------
    >>> seen = pd.DataFrame({"correct": [1, 0, 1, 1], "queue": list("aabb"), "sampling_weight": [1.0, 1, 3, 3]})
    >>> audit_accuracy(seen, standardize="queue").get(term="accuracy").estimate
    0.875
    """
    require_level_of_confidence(conf_level)
    keys = keys_of(by)
    mixed = tuple(c for c in keys_of(standardize) if c not in keys)
    counted = live(audits, (*keys, *mixed))
    group, table = cells_of(counted.frame, keys)
    stratum, strata = cells_of(counted.frame, mixed)
    found = standardized_rates(counted, counted.right, group, len(table), stratum, len(strata))
    told = []
    for g, one in enumerate(found):
        key = table.iloc[g].to_dict()
        row = key | share_inference(one, conf_level, named=counted.named) | {"term": "accuracy"}
        if one.n and one.covered < 1 - 1e-9:
            part = f"audits in {100 * one.covered:.0f} % of the common mix only"
            row["note"] = "; ".join(filter(None, (row["note"], part)))
        told.append(row)
    if mixed:
        own = standardized_rates(
            counted, counted.right, group, len(table), np.zeros(len(group), dtype=int), 1
        )
        told += [
            table.iloc[g].to_dict()
            | share_inference(one, conf_level, named=counted.named)
            | {"term": "crude_accuracy"}
            for g, one in enumerate(own)
        ]
    frame = pd.DataFrame(told, columns=None if told else [*keys, "term", "estimate", "note"]).assign(
        unit="share",
        conf_level=conf_level,
        estimand="share of right decisions"
        + (f" at the common mix of {' × '.join(mixed)}" if mixed else ", each group at its own mix"),
        method="sampling-weighted"
        + (", directly standardised" if mixed else "")
        + "; errors clustered on moderators (CR2), Wilson's interval",
    )
    frame.loc[frame["term"] == "crude_accuracy", "estimand"] = (
        "share of right decisions, each group at its own mix"
    )
    return Estimates(table=frame, keys=keys, checks=(*counted.checks, *_threats(found, mixed, counted.named)))


def standardized_rates(
    counted: Live, y: np.ndarray, group: np.ndarray, groups: int, stratum: np.ndarray, strata: int
) -> list[Rate]:
    """Return the rate of `y` in each group at the mix of strata of all audits together."""
    mix = np.bincount(stratum, counted.weight, max(strata, 1))
    if not mix.sum() > 0:
        mix = np.ones(max(strata, 1))
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(groups + 1))
    out = []
    for g in range(groups):
        own = order[ends[g] : ends[g + 1]]
        out.append(rate(y[own], counted.weight[own], counted.person[own], stratum[own], mix))
    return out


def _threats(found: list[Rate], mixed: tuple[str, ...], named: bool) -> list[Check]:
    some = [one for one in found if one.n]
    if not some:
        return [
            Check("overlap", "not_run", "There are no audits."),
            Check("few_people", "not_run", "There are no audits."),
        ]
    checks = []
    if mixed:
        thin = sum(one.covered < LITTLE for one in some)
        least = min(one.covered for one in some)
        detail = f"The group with the least has audits in {100 * least:.0f} % of the common mix."
        checks.append(Check("overlap", "warn" if thin else "pass", detail))
    if not named:
        return [
            *checks,
            Check("few_people", "not_run", "There is no `moderator_id`: audits count as independent."),
        ]
    few, alone = sum(one.people < FEW for one in some), sum(one.alone > ALONE for one in some)
    held = sum(one.behind < one.people for one in some)
    detail = f"{few} of {len(some)} groups have fewer than {FEW} moderators"
    if held:
        detail += f", in {held} two moderators have more than 90 % of the weight and count as two"
    if mixed:
        detail += f", in {alone} more than {100 * ALONE:.0f} % of the mix rests on cells with one moderator"
    status = "warn" if few or alone or held else "pass"
    checks.append(Check("few_people", status, f"{detail}; their intervals are rough."))
    return checks
