"""How many decisions a week does each cell take?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_no_missing, require_numeric, rows
from tne.measures.audit_rows import Live, cells_of
from tne.result import Check

DAY = pd.Timedelta(days=1)


def decisions_a_week(
    counted: Live, keys: Sequence[str], cells: int, production: pd.DataFrame | None
) -> tuple[np.ndarray, str, Check]:
    """Return the decisions a week of each set of audits, their unit, and the check that says where they come from.

    Notes
    -----
    Without `production`: the sampling weights, summed and divided by the weeks between the first and the last decision.
    With it: the cases of each queue (or of each of the columns that both tables have, such as market and queue), shared
    out over the cells as the weighted audits of that queue are.
    """
    base, _ = cells_of(counted.frame, keys)
    summed = np.bincount(base, counted.weight, cells)
    if production is None:
        weeks = _weeks(counted.frame["decided_at"]) if "decided_at" in counted.frame else math.nan
        unit = "decisions per week" if weeks == weeks else "decisions"
        plain = bool(np.all(counted.weight == 1))
        detail = "Decisions are the sums of sampling weights" + (
            ", which are all 1: they count audits, not decisions. Give `production`." if plain else "."
        )
        if weeks != weeks:
            detail += " Without `decided_at` they are not per week."
        return (
            summed / (weeks if weeks == weeks else 1),
            unit,
            Check("volume", "warn" if plain else "pass", detail),
        )
    require_columns(production, ["cases"], "production")
    require_numeric(production, ["cases"], "production")
    shared = [c for c in ("market", "queue") if c in production and c in counted.frame]
    if not shared:
        raise KeyError("`production` and `audits` share neither market nor queue. Give one of them in both.")
    require_no_missing(production, [*shared, "cases"], "production")
    cases = production["cases"].to_numpy(dtype=float)
    if (cases < 0).any():
        raise ValueError(f"Column `cases` of `production` is negative in {rows(cases < 0)}. Correct them.")
    used = (
        counted.frame.dropna(subset=shared) if counted.frame[shared].isna().any(axis=None) else counted.frame
    )
    at = used.index.to_numpy()
    weeks = _weeks(production["date"]) if "date" in production else math.nan
    made = production.assign(_cases=cases).groupby(shared, observed=True)["_cases"].sum()
    where, table = cells_of(used, shared)
    labels = table[shared[0]] if len(shared) == 1 else pd.MultiIndex.from_frame(table)
    per = made.reindex(labels).to_numpy(dtype=float, na_value=np.nan)
    known = np.nan_to_num(per)
    whole = np.bincount(where, counted.weight[at], len(table))
    volume = np.bincount(base[at], counted.weight[at] * (known / whole)[where], cells)
    lost = 1 - float(known.sum() / made.sum()) if made.sum() > 0 else math.nan
    unknown = float(whole[np.isnan(per)].sum() / max(whole.sum(), 1e-300))
    detail = f"Cases of `production` by {' × '.join(shared)}, shared out as the audits are."
    if lost > 1e-9:
        detail += f" {100 * lost:.1f} % of the cases are of queues without audits and are left out."
    if unknown > 1e-9:
        detail += (
            f" {100 * unknown:.1f} % of the audits are of queues without production and stand for no volume."
        )
    status = "warn" if lost > 0.05 or unknown > 0.05 or lost != lost else "pass"
    unit = "decisions per week" if weeks == weeks else "decisions"
    return volume / (weeks if weeks == weeks else 1), unit, Check("volume", status, detail)


def _weeks(moment: pd.Series) -> float:
    """Weeks from the first day to the last, at least one."""
    seen = pd.to_datetime(moment, utc=True).dropna()
    if seen.empty:
        return math.nan
    days = (seen.max().floor("D") - seen.min().floor("D")) / DAY + 1
    return cast(float, max(days / 7, 1.0))
