"""Which causes make up most of the errors?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_level_of_confidence, require_numeric, rows
from tne.measures.audit_rates import rate, share_inference
from tne.measures.audit_rows import Live, cells_of, keys_of, live
from tne.result import Check, Estimates

CAUSE = "root_cause"


def root_causes(
    audits: pd.DataFrame,
    *,
    by: str | Sequence[str] = (),
    weight_by: str = "errors",
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate the share of each root cause among the errors, the largest first, and what they come to together.

    Parameters
    ----------
    audits : DataFrame
        Rows of the table ``audits`` with root_cause; only wrong decisions of production count.
    by : str or sequence of str
        Columns of the groups; none: all errors together.
    weight_by : {"errors", "severity"}
        Whether each error counts once, or by its severity; errors without a severity are then left out and counted.
    conf_level : float

    Returns
    -------
    Estimates
        Keys `by` and root_cause; terms ``"share"`` and ``"cumulative_share"``, unit share, in order of the share.
        Checks ``missing, seeded_cases, sampling_weights, missing_causes, missing_severity`` (by severity).

    Raises
    ------
    ValueError, KeyError, TypeError
        If a column is absent, a weight is not positive or a severity is negative.

    Notes
    -----
    Shares are among the errors whose cause was coded, weighted for the sampling; ``missing_causes`` says how many were
    not, and they need not be like the others. Errors are those of ratio estimators, clustered on moderators. The order
    is that of the data: the interval of a cumulative share takes it as given. A cause is what an auditor coded, not
    what was shown to be one.

    References
    ----------
    Juran (1954), Universals in management planning and controlling, The Management Review 43:748-761.

    Examples
    --------
    >>> seen = pd.DataFrame({"correct": [0, 0, 0, 1], "root_cause": ["tool", "tool", "knowledge", None]})
    >>> root_causes(seen).to_frame().query("term == 'share'")["estimate"].round(2).tolist()
    [0.67, 0.33]
    """
    require_level_of_confidence(conf_level)
    if weight_by not in ("errors", "severity"):
        raise ValueError(f"`weight_by` is {weight_by!r}. Choose 'errors' or 'severity'.")
    keys = keys_of(by)
    require_columns(audits, [CAUSE], "audits")
    counted = live(audits, keys)
    wrong = counted.right == 0
    coded = wrong & counted.frame[CAUSE].notna().to_numpy()
    checks = [*counted.checks, _uncoded(counted, wrong, coded)]
    weight = counted.weight.copy()
    if weight_by == "severity":
        severity, check = _severity(audits, counted, coded)
        checks.append(check)
        coded &= severity > 0
        weight *= np.where(coded, severity, 1.0)
    own = counted.frame[coded].reset_index(drop=True)
    group, table = cells_of(own, keys)
    told: list[dict[str, Any]] = []
    for g in range(len(table)):
        at = group == g
        told += _pareto(
            own.loc[at, CAUSE].astype(str).to_numpy(dtype=object),
            weight[coded][at],
            counted.person[coded][at],
            counted.named,
            table.iloc[g].to_dict(),
            conf_level,
        )
    frame = pd.DataFrame(told, columns=None if told else [*keys, CAUSE, "term", "estimate", "note"]).assign(
        unit="share",
        conf_level=conf_level,
        estimand="share among errors with a coded cause"
        + (", by severity" if weight_by == "severity" else ""),
        method="sampling-weighted; errors clustered on moderators (CR2), Wilson's interval",
    )
    return Estimates(table=frame, keys=(*keys, CAUSE), checks=tuple(checks))


def _pareto(
    cause: np.ndarray,
    weight: np.ndarray,
    person: np.ndarray,
    named: bool,
    key: dict[str, Any],
    conf_level: float,
) -> list[dict[str, Any]]:
    if not len(cause):
        return []
    totals = pd.Series(weight).groupby(cause).sum()
    order = totals.sort_index().sort_values(ascending=False, kind="stable").index
    place = pd.Index(order).get_indexer(cause)
    one, mix = np.zeros(len(cause), dtype=int), np.ones(1)
    told = []
    for term in ("share", "cumulative_share"):
        for k, name in enumerate(order):
            hit = place == k if term == "share" else place <= k
            found = rate(hit.astype(float), weight, person, one, mix)
            row = share_inference(found, conf_level, named=named)
            if term == "cumulative_share" and k == len(order) - 1:
                row |= {"estimate": 1.0, "std_error": 0.0, "df": math.nan, "conf_low": 1.0, "conf_high": 1.0}
                row["note"] = "all coded causes"
            told.append({**key, CAUSE: name, "term": term, **row})
    return told


def _uncoded(counted: Live, wrong: np.ndarray, coded: np.ndarray) -> Check:
    total = counted.weight[wrong].sum()
    if not total > 0:
        return Check("missing_causes", "not_run", "There are no errors.")
    lost = counted.weight[wrong & ~coded].sum() / total
    number = int((wrong & ~coded).sum())
    detail = f"{number} of {int(wrong.sum())} errors ({100 * lost:.0f} % weighted) have no root cause."
    return Check("missing_causes", "warn" if lost > 0.05 else "pass", detail)


def _severity(audits: pd.DataFrame, counted: Live, coded: np.ndarray) -> tuple[np.ndarray, Check]:
    require_columns(audits, ["severity"], "audits")
    if counted.frame["severity"].isna().all():
        severity = np.full(len(counted), math.nan)
    else:
        require_numeric(counted.frame, ["severity"], "audits")
        severity = counted.frame["severity"].to_numpy(dtype=float, na_value=np.nan)
    if (severity < 0).any():
        raise ValueError(f"Column `severity` is negative in {rows(severity < 0)}. Give weights of 0 or more.")
    lost = int((coded & np.isnan(severity)).sum())
    detail = f"{lost} of {int(coded.sum())} errors with a cause have no severity and are left out."
    return severity, Check("missing_severity", "warn" if lost else "pass", detail)
