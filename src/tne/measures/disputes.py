"""How many audits are disputed and decisions appealed, how many are overturned, how soon, and what does that say?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_level_of_confidence
from tne.measures.audit_rates import rate, share_inference
from tne.measures.audit_rows import Live, flag, keys_of, live
from tne.measures.dispute_checks import appeal_mix, provisional, selection
from tne.measures.dispute_lag import median_time
from tne.measures.dispute_rows import appeals_known, usual_lag
from tne.result import Check, Estimates

TERMS = {
    "disputed": "share of audits that the moderator disputed",
    "upheld": "share of decided disputes that were granted",
    "appeals": "appeals",
    "overturned": "share of resolved appeals that were overturned, those too young left out",
    "open": "share of appeals that are not resolved",
    "lag": "median days from appeal to resolution, those still open counted as open",
}
ALL_AGES = "none is left out as too young: fewer than 80 % of the appeals were resolved"


def dispute_summary(
    audits: pd.DataFrame | None,
    appeals: pd.DataFrame | None,
    *,
    by: str | Sequence[str] = (),
    until: Any = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Summarise disputes of audits and appeals of decisions.

    Parameters
    ----------
    audits : DataFrame or None
        Rows of the table ``audits`` with disputed and dispute_upheld.
    appeals : DataFrame or None
        Rows of the table ``appeals``: appealed_at, resolved_at, overturned.
    by : str or sequence of str
        Columns of the groups; both tables have them.
    until : timestamp, optional
        When it was last known what is open, with a zone. None: the last instant in `appeals`.
    conf_level : float

    Returns
    -------
    Estimates
        Keys `by`; terms ``"disputed"``, ``"upheld"``, ``"appeals"`` (a count), ``"overturned"``, ``"open"``, ``"lag"``
        (days). Checks ``selection`` (those disputed differ from the others), ``appeal_mix`` (appeals differ from the
        audits in policy areas), ``provisional``, ``missing``.

    Raises
    ------
    ValueError, KeyError, TypeError
        If a column is absent, a flag is none, or an appeal was resolved before it was made.

    Notes
    -----
    Shares are of rows, unweighted, with errors clustered on moderators. Quick answers come first, so the overturned
    share leaves out appeals that are younger than the time in which 80 % are usually resolved, by Kaplan and Meier over
    all appeals: their weeks are provisional. A lag is open, not missing, where nothing was resolved.

    None of this is an error rate. People dispute and appeal what they think is wrong, some more readily than others:
    more overturned appeals can mean worse decisions, better appeals or milder reviewers.

    References
    ----------
    Kaplan and Meier (1958), Nonparametric estimation from incomplete observations, JASA 53:457-481.

    Examples
    --------
    >>> seen = pd.DataFrame({"correct": [1, 0, 1, 0], "disputed": [False, True, False, False]})
    >>> dispute_summary(seen, None).get(term="disputed").estimate
    0.25
    """
    require_level_of_confidence(conf_level)
    keys = keys_of(by)
    counted = live(audits, keys) if audits is not None else None
    known = appeals_known(appeals, keys, until) if appeals is not None else None
    groups = _groups(keys, counted, known)
    young = usual_lag(known) if known is not None else math.nan
    told = []
    for key in groups:
        named = dict(zip(keys, key, strict=True))
        told += [named | row for row in _disputes(counted, keys, key, conf_level)]
        told += [named | row for row in _appealed(known, keys, key, young, conf_level)]
    frame = pd.DataFrame(told, columns=None if told else [*keys, "term", "estimate", "note"]).assign(
        conf_level=conf_level, method="shares of rows, clustered on moderators; lag by Kaplan-Meier"
    )
    frame["estimand"] = frame["term"].map(TERMS)
    checks = (
        *_missing(counted),
        selection(counted),
        appeal_mix(counted, known),
        provisional(known, young),
    )
    return Estimates(table=frame, keys=keys, checks=checks)


def _groups(keys: Sequence[str], counted: Live | None, known: pd.DataFrame | None) -> list[tuple[Any, ...]]:
    if not keys:
        return [()]
    found: set[tuple[Any, ...]] = set()
    for frame in (counted.frame if counted is not None else None, known):
        if frame is not None and len(frame):
            found |= set(frame[list(keys)].drop_duplicates().itertuples(index=False, name=None))
    return sorted(found, key=lambda key: tuple(map(str, key)))


def _of(frame: pd.DataFrame, keys: Sequence[str], key: tuple[Any, ...]) -> np.ndarray:
    at = np.ones(len(frame), dtype=bool)
    for name, value in zip(keys, key, strict=True):
        at &= frame[name].eq(value).fillna(False).to_numpy(dtype=bool)
    return at


def _share(y: np.ndarray, person: np.ndarray, named: bool, conf_level: float) -> dict[str, Any]:
    found = rate(y, np.ones(len(y)), person, np.zeros(len(y), dtype=int), np.ones(1))
    return share_inference(found, conf_level, named=named) | {"unit": "share"}


def _disputes(
    counted: Live | None, keys: Sequence[str], key: tuple[Any, ...], conf_level: float
) -> list[dict[str, Any]]:
    if counted is None or "disputed" not in counted.frame:
        why = "no audits" if counted is None else "`disputed` is not known"
        return [
            {"term": t, "estimate": math.nan, "note": why, "unit": "share"} for t in ("disputed", "upheld")
        ]
    disputed, upheld = flag(counted.frame, "disputed"), flag(counted.frame, "dispute_upheld")
    told = []
    for term, y, among, why in (
        ("disputed", disputed, ~np.isnan(disputed), "`disputed` is not known"),
        ("upheld", upheld, (disputed == 1) & ~np.isnan(upheld), "no decided disputes"),
    ):
        at = _of(counted.frame, keys, key) & among
        row = _share(y[at], counted.person[at], counted.named, conf_level)
        told.append(row | {"term": term, "note": why if not at.any() else row["note"]})
    return told


def _appealed(
    known: pd.DataFrame | None, keys: Sequence[str], key: tuple[Any, ...], young: float, conf_level: float
) -> list[dict[str, Any]]:
    units = {"appeals": "appeals", "overturned": "share", "open": "share", "lag": "days"}
    own = known[_of(known, keys, key)] if known is not None else None
    if own is None or not len(own):
        return [
            {"term": t, "estimate": math.nan, "note": "no appeals", "unit": unit} for t, unit in units.items()
        ]
    has = "moderator_id" in own and own["moderator_id"].notna().all()
    person = pd.factorize(own["moderator_id"])[0] if has else np.arange(len(own))
    days, done = own["_days"].to_numpy(dtype=float), own["_done"].to_numpy(dtype=bool)
    outcome = own["_overturned"].to_numpy(dtype=float)
    settled = ~np.isnan(outcome) & (
        own["_age"].to_numpy(dtype=float) >= (young if young == young else -math.inf)
    )
    turned = _share(outcome[settled], person[settled], has, conf_level)
    if not settled.any():
        turned["note"] = "no resolved appeals that are old enough"
    elif young != young:
        turned["note"] = "; ".join(filter(None, (turned["note"], ALL_AGES)))
    still = _share((~done).astype(float), person, has, conf_level)
    counts = {name: still[name] for name in ("n", "n_people", "n_people_total")}  # of all appeals, as it is
    return [
        {"term": "appeals", "estimate": float(len(own)), "unit": "appeals", "note": "a count"} | counts,
        turned | {"term": "overturned"},
        still | {"term": "open"},
        {"term": "lag", "unit": "days"} | counts | median_time(days, done, conf_level),
    ]


def _missing(counted: Live | None) -> tuple[Check, ...]:
    return (
        () if counted is None else tuple(c for c in counted.checks if c.name in ("missing", "seeded_cases"))
    )
