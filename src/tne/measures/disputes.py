"""How many audits are disputed and decisions appealed, how many are overturned, how soon, and what does that say?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_columns, require_frame, require_level_of_confidence, rows
from tne.measures.audit_rates import rate, share_inference
from tne.measures.audit_rows import Live, cells_of, flag, keys_of, live
from tne.measures.dispute_lag import median_time
from tne.result import Check, Estimates

DAY = 86400.0
USUAL = 0.8  # share of appeals resolved after which a week is no longer provisional
TERMS = {
    "disputed": "share of audits that the moderator disputed",
    "upheld": "share of decided disputes that were granted",
    "appeals": "appeals",
    "overturned": "share of resolved appeals that were overturned, provisional weeks left out",
    "open": "share of appeals that are not resolved",
    "lag": "median days from appeal to resolution, those still open counted as open",
}


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
    share leaves out weeks (of the appeal) younger than the time in which 80 % are usually resolved, by Kaplan and Meier
    over all appeals. A lag is open, not missing, where nothing was resolved.

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
    nothing = pd.DataFrame(columns=["correct", *keys])
    counted = live(nothing if audits is None else audits, keys) if audits is not None else None
    known = _appeals(appeals, keys, until) if appeals is not None else None
    groups = _groups(keys, counted, known)
    young = _usual_lag(known) if known is not None else math.nan
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
        _selection(counted),
        _appeal_mix(counted, known),
        _provisional(known, young),
    )
    return Estimates(table=frame, keys=keys, checks=checks)


def _appeals(appeals: pd.DataFrame, keys: Sequence[str], until: Any) -> pd.DataFrame:
    require_columns(require_frame(appeals, "appeals"), ["appealed_at", *keys], "appeals")
    frame = appeals.reset_index(drop=True)
    opened = pd.to_datetime(frame["appealed_at"], utc=True)
    done = (
        pd.to_datetime(frame["resolved_at"], utc=True)
        if "resolved_at" in frame
        else pd.Series(pd.NaT, frame.index)
    )
    done = pd.to_datetime(done, utc=True)
    last = (
        pd.Timestamp(until)
        if until is not None
        else max(opened.max(), done.max())
        if done.notna().any()
        else opened.max()
    )
    if until is not None and last.tzinfo is None:
        raise ValueError(f"`until` is {until!r} without a zone. Give one, for example '2026-01-31T00:00Z'.")
    later = (done > last).fillna(False)
    done = done.mask(later)
    days = ((done.where(done.notna(), last) - opened).dt.total_seconds() / DAY).to_numpy(dtype=float)
    seen = (opened <= last).to_numpy() if len(opened) else np.zeros(0, dtype=bool)
    before = seen & (days < 0)
    if before.any():
        raise ValueError(
            f"Appeals were resolved before they were made in {rows(before)}. Correct the instants."
        )
    frame = frame.assign(_days=days, _done=done.notna().to_numpy(), _overturned=flag(frame, "overturned"))
    frame["_age"] = (
        ((last - opened).dt.total_seconds() / DAY).to_numpy(dtype=float) if len(frame) else np.zeros(0)
    )
    frame.loc[~frame["_done"], "_overturned"] = math.nan
    return frame[seen & frame[list(keys)].notna().all(axis=1).to_numpy()].reset_index(drop=True)


def _usual_lag(known: pd.DataFrame) -> float:
    """Days after which 80 % are resolved; NaN where they never are."""
    time, done = known["_days"].to_numpy(dtype=float), known["_done"].to_numpy(dtype=bool)
    if not len(time):
        return math.nan
    at, code = np.unique(time, return_inverse=True)
    risk = len(time) - np.concatenate([[0], np.cumsum(np.bincount(code))[:-1]])
    curve = np.cumprod(1 - np.bincount(code, done, len(at)) / risk)
    reached = np.flatnonzero(curve <= 1 - USUAL + 1e-12)
    return float(at[reached[0]]) if len(reached) else math.nan


def _groups(keys: Sequence[str], counted: Live | None, known: pd.DataFrame | None) -> list[tuple]:
    if not keys:
        return [()]
    found: set[tuple] = set()
    for frame in (counted.frame if counted is not None else None, known):
        if frame is not None and len(frame):
            found |= set(frame[list(keys)].drop_duplicates().itertuples(index=False, name=None))
    return sorted(found, key=lambda key: tuple(map(str, key)))


def _of(frame: pd.DataFrame, keys: Sequence[str], key: tuple) -> np.ndarray:
    at = np.ones(len(frame), dtype=bool)
    for name, value in zip(keys, key, strict=True):
        at &= frame[name].eq(value).fillna(False).to_numpy(dtype=bool)
    return at


def _share(y: np.ndarray, person: np.ndarray, conf_level: float) -> dict[str, Any]:
    found = rate(y, np.ones(len(y)), person, np.zeros(len(y), dtype=int), np.ones(1))
    return share_inference(found, conf_level) | {"unit": "share"}


def _disputes(
    counted: Live | None, keys: Sequence[str], key: tuple, conf_level: float
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
        row = _share(y[at], counted.person[at], conf_level)
        told.append(row | {"term": term, "note": why if not at.any() else row["note"]})
    return told


def _appealed(
    known: pd.DataFrame | None, keys: Sequence[str], key: tuple, young: float, conf_level: float
) -> list[dict[str, Any]]:
    units = {"appeals": "appeals", "overturned": "share", "open": "share", "lag": "days"}
    own = known[_of(known, keys, key)] if known is not None else None
    if own is None or not len(own):
        return [
            {"term": t, "estimate": math.nan, "note": "no appeals", "unit": unit} for t, unit in units.items()
        ]
    has = "moderator_id" in own and own["moderator_id"].notna().all()
    person = pd.factorize(own["moderator_id"])[0] if has else np.arange(len(own))
    people = int(person.max()) + 1 if has else math.nan
    counts = {"n": len(own), "n_people": people, "n_people_total": people}
    days, done = own["_days"].to_numpy(dtype=float), own["_done"].to_numpy(dtype=bool)
    outcome = own["_overturned"].to_numpy(dtype=float)
    settled = ~np.isnan(outcome) & (
        own["_age"].to_numpy(dtype=float) >= (young if young == young else -math.inf)
    )
    turned = _share(outcome[settled], person[settled], conf_level)
    if not settled.any():
        turned["note"] = "no resolved appeals outside provisional weeks"
    still = _share((~done).astype(float), person, conf_level)
    for row in (turned, still):
        if not has:
            row |= {"n_people": math.nan, "n_people_total": math.nan}
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


def _selection(counted: Live | None) -> Check:
    """Are disputed audits like the others? They are not drawn, and mostly differ."""
    name = "selection"
    if counted is None or "disputed" not in counted.frame:
        return Check(name, "not_run", "It is not known which audits were disputed.")
    disputed = flag(counted.frame, "disputed")
    known = ~np.isnan(disputed)
    # a granted dispute has turned the outcome: what was disputed was a finding of an error
    upheld = np.nan_to_num(flag(counted.frame, "dispute_upheld"))[known] == 1
    wrong, chosen = (counted.right[known] == 0) | upheld, disputed[known] == 1
    table = np.array([[np.sum(wrong & c), np.sum(~wrong & c)] for c in (chosen, ~chosen)])
    if (table.sum(axis=0) == 0).any() or (table.sum(axis=1) == 0).any():
        return Check(name, "not_run", "No audit was disputed, or all were, or all found the same.")
    p = float(stats.fisher_exact(table).pvalue)
    shares = 100 * table[:, 0] / table.sum(axis=1)
    detail = f"{shares[0]:.0f} % of the disputed audits had found an error, {shares[1]:.0f} % of the others"
    detail += ". Disputed and appealed cases are chosen: their shares are no error rates."
    return Check(name, "warn" if p < 0.01 else "pass", detail)


def _appeal_mix(counted: Live | None, known: pd.DataFrame | None) -> Check:
    """Do appeals come from the same policy areas as decisions?"""
    name, column = "appeal_mix", "policy_area"
    if counted is None or known is None or not len(counted) or not len(known):
        return Check(name, "not_run", "There are no audits or no appeals.")
    if column not in counted.frame or column not in known:
        return Check(name, "not_run", "The policy area of audits or appeals is not known.")
    areas = sorted(set(counted.frame[column].dropna().astype(str)) | set(known[column].dropna().astype(str)))
    decided = (
        pd.Series(counted.weight).groupby(counted.frame[column].astype(str)).sum().reindex(areas).fillna(0)
    )
    appealed = known[column].dropna().astype(str).value_counts().reindex(areas).fillna(0)
    gap = float(np.abs(decided / decided.sum() - appealed / appealed.sum()).sum() / 2)
    worth = counted.weight.sum() ** 2 / (counted.weight @ counted.weight)
    table = np.array([decided / decided.sum() * worth, appealed])
    table = table[:, table.sum(axis=0) > 0]
    p = float(stats.chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0
    detail = (
        f"{100 * gap:.1f} % of the appeals would have to be of other policy areas to match the decisions."
    )
    return Check(name, "warn" if p < 0.01 and gap > 0.05 else "pass", detail)


def _provisional(known: pd.DataFrame | None, young: float) -> Check:
    name = "provisional"
    if known is None or not len(known):
        return Check(name, "not_run", "There are no appeals.")
    if young != young:
        return Check(
            name, "warn", "Fewer than 80 % of the appeals were resolved: what was overturned may change."
        )
    late = int((known["_age"] < young).sum())
    detail = f"80 % are resolved in {young:.1f} days; {late} younger appeals are not counted in the overturned share."
    return Check(name, "warn" if late else "pass", detail)
