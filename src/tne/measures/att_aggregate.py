"""What is the effect over all trained periods, by cohort, by time since training, by calendar period?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_choice
from tne.measures.att_inference import combine, inference
from tne.measures.att_table import COMPARISONS
from tne.result import Estimate, Estimates, estimate_from

BY = ("overall", "cohort", "event_time", "period")
_ESTIMAND = {
    "overall": "effect on the trained, mean over their trained periods",
    "cohort": "effect on those trained in the cohort, mean over their trained periods",
    "event_time": "effect on the trained, by periods since training",
    "period": "effect on those trained so far, by period",
}
_MEAN = {
    "cohort": "cohorts weighted by size",
    "event_time": "mean over event times from 0",
    "period": "mean over periods",
}


def aggregate(
    att: Any, *, by: str, balance: int | None = None, window: tuple[int, int] | None = None
) -> Estimates:
    """Average group-time effects.

    Parameters
    ----------
    att : GroupTimeATT
    by : {"overall", "cohort", "event_time", "period"}
        "overall" weights every identified trained cell by its cohort's size. The others end with a row "overall",
        the average of their own rows: cohorts by size, event times 0 and later equally, periods equally.
    balance : int, optional
        Only cohorts with an identified effect at every event time from 0 to `balance`, and no later event times: by
        event time all rows from 0 on describe the same people, and every cohort counts over equally many periods.
    window : tuple of int, optional
        First and last event time that enter, for example ``(0, 11)``.

    Returns
    -------
    Estimates
        Keys: `by` (none for "overall"); terms "att" and "overall". Cells that are not identified are left out
        and counted in the note.

    Raises
    ------
    TypeError
        If `att` is no result of `group_time_att`.
    ValueError
        For an unknown `by`, a `balance` that is no whole number from 0, or a window that is no pair in order.

    Notes
    -----
    Weights are the estimated shares of the cohorts among all units; their uncertainty enters the standard
    error. "overall" is the "simple" average of R's did. By event time without `balance`, later rows
    describe other cohorts than earlier ones: a fall may be a change of cohorts.

    References
    ----------
    Callaway and Sant'Anna (2021), section 3; R package did, function aggte.

    Examples
    --------
    >>> panel = pd.DataFrame([(t, w) for t in range(12) for w in range(8)], columns=["team", "week"])
    >>> panel["start"] = np.where(panel["team"] < 6, 4.0, np.nan)
    >>> panel["accuracy"] = 80 + panel["team"] * panel["week"] % 3 + 2 * (panel["week"] >= panel["start"])
    >>> names = {"outcome": "accuracy", "unit": "team", "period": "week", "cohort": "start"}
    >>> att = tne.group_time_att(panel, **names, comparison="never_treated")
    >>> print(aggregate(att, by="overall"))
    overall: 2 (95 % CI 1.389 to 2.611), p <0.001; compared with never trained
    """
    columns, keys = _averages(att, by, balance, window)
    if by == "overall":
        return Estimates(table=pd.DataFrame(columns), keys=(), checks=att.checks)
    return Estimates(table=pd.DataFrame({by: keys, **columns}), keys=(by,), checks=att.checks)


def overall_att(att: Any, window: tuple[int, int] | None = None) -> Estimate:
    """Return the one row of ``aggregate(att, by="overall", window=window)``."""
    columns, _ = _averages(att, "overall", None, window)
    return estimate_from({k: v if isinstance(v, (str, float)) else v[0] for k, v in columns.items()})


def _averages(
    att: Any, by: str, balance: int | None, window: tuple[int, int] | None
) -> tuple[dict[str, Any], np.ndarray]:
    """Return the columns of an aggregation, and the key of each row."""
    require_att(att)
    require_choice(by, BY, "by")
    if balance is not None and (
        isinstance(balance, bool) or not isinstance(balance, (int, np.integer)) or balance < 0
    ):
        raise ValueError(f"`balance` is {balance!r}. Give a whole number of periods from 0.")
    require_window(window)
    weights, extra, keys, lost = aggregation_weights(att, by=by, balance=balance, window=window)
    columns = _combined(att, weights, extra)
    columns["term"] = np.where(np.isnan(keys), "overall", "att")
    columns["estimand"] = [
        _ESTIMAND[by] + (f"; {_MEAN[by]}" if np.isnan(k) and by != "overall" else "") for k in keys
    ]
    columns["note"] = [
        "; ".join(filter(None, [text, f"{int(n)} cells not identified are left out" if n else ""]))
        for text, n in zip(columns["note"], lost, strict=True)
    ]
    return columns, keys


def require_att(att: Any) -> None:
    """Raise `TypeError` unless `att` has the cells of group-time effects."""
    if not hasattr(att, "cells"):
        raise TypeError(f"`att` is {type(att).__name__}. Give a result of group_time_att.")


def require_window(window: tuple[int, int] | None) -> None:
    """Raise `ValueError` unless `window` is None or two event times in order."""
    pair = isinstance(window, (tuple, list)) and len(window) == 2
    if window is not None and not (pair and window[0] <= window[1]):
        raise ValueError(f"`window` is {window!r}. Give two event times, the first before the last: (0, 11).")


def aggregation_weights(
    att: Any, *, by: str, balance: int | None = None, window: tuple[int, int] | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the cell weights of each row of an aggregation.

    Returns
    -------
    tuple of ndarray
        Weights (cells × rows), influence of the estimated shares (clusters × rows), key of each row (NaN =
        overall), and the number of cells left out because they are not identified.
    """
    cells, sample = att.cells, att.sample
    event = cells.period - cells.cohort
    known = ~np.isnan(cells.estimate)
    inside = (
        np.ones(len(event), dtype=bool) if window is None else (event >= window[0]) & (event <= window[1])
    )
    position = np.searchsorted(att.cohorts, cells.cohort)
    share = sample.share[position] if len(position) else np.empty(0)
    if balance is not None:
        whole = [
            set(range(balance + 1)) <= set(event[known & (cells.cohort == g)].astype(int))
            for g in att.cohorts
        ]
        inside &= np.asarray(whole, dtype=bool)[position] & (event <= balance)
    trained = inside & (event >= 0)
    columns, extras, keys, lost = [], [], [], []

    def add(which: np.ndarray, by_share: bool, key: float) -> None:
        use = which & known
        w = np.where(use, share if by_share else 1.0, 0.0)
        total = w.sum()
        w = w / total if total > 0 else w
        columns.append(w)
        extra = np.zeros(sample.share_influence.shape[0])
        if by_share and total > 0:
            theta = w[use] @ cells.estimate[use]
            pull = np.zeros(len(sample.share))
            np.add.at(pull, position[use], (cells.estimate[use] - theta) / total)
            extra = sample.share_influence @ pull
        extras.append(extra)
        keys.append(key)
        lost.append((which & ~known).sum())

    if by == "overall":
        add(trained, True, np.nan)
    elif by == "cohort":
        for g in att.cohorts:
            add(trained & (cells.cohort == g), False, g)
    else:
        values = event if by == "event_time" else cells.period
        pool = inside if by == "event_time" else trained
        for value in np.unique(values[pool]):
            add(pool & (values == value), True, value)
    if by != "overall":
        _add_overall(by, att, columns, extras, keys, lost)
    shape = (len(event), 0)
    stack = np.column_stack(columns) if columns else np.empty(shape)
    return stack, np.column_stack(extras), np.array(keys, dtype=float), np.array(lost)


def _add_overall(
    by: str, att: Any, columns: list[Any], extras: list[Any], keys: list[Any], lost: list[Any]
) -> None:
    """Append the average of the rows: cohorts by share, event times from 0 and periods equally."""
    rows = [j for j, c in enumerate(columns) if c.any() and (by != "event_time" or keys[j] >= 0)]
    weight, extra = np.zeros(len(att.cells.cohort)), np.zeros(att.sample.share_influence.shape[0])
    if rows:
        theta = np.array([columns[j] @ np.nan_to_num(att.cells.estimate) for j in rows])
        index = np.searchsorted(att.cohorts, [keys[j] for j in rows]) if by == "cohort" else None
        p = np.ones(len(rows)) if index is None else att.sample.share[index]
        for j, share in zip(rows, p / p.sum(), strict=True):
            weight, extra = weight + share * columns[j], extra + share * extras[j]
        if index is not None:
            extra = extra + att.sample.share_influence[:, index] @ ((theta - theta @ p / p.sum()) / p.sum())
    columns.append(weight)
    extras.append(extra)
    lost.append(sum(n for n, k in zip(lost, keys, strict=True) if by != "event_time" or k >= 0))
    keys.append(np.nan)


def combination_rows(att: Any, weights: np.ndarray, extra: np.ndarray | None = None) -> pd.DataFrame:
    """Return any linear combinations of cells as estimate rows.

    Parameters
    ----------
    att : GroupTimeATT
    weights : ndarray, shape (cells, combinations)
        In the order of ``att.table``. A combination of zeros is undefined.
    extra : ndarray, shape (clusters, combinations), optional
        Influence of estimated weights.

    Returns
    -------
    DataFrame
        Estimate columns except term and estimand; n counts distinct rows, n_people the people (at least) in
        the smallest group.
    """
    return pd.DataFrame(_combined(att, weights, extra))


def _combined(att: Any, weights: np.ndarray, extra: np.ndarray | None) -> dict[str, Any]:
    """Return the columns of `combination_rows`."""
    cells = att.cells
    combination = combine(cells, att.sample, att.cohorts, weights, extra)
    used = weights != 0
    empty = ~used.any(axis=0)
    reference = cells.in_base & (att.baseline == 1)
    columns = inference(combination, att.sample, ~(used & ~reference[:, None]).any(axis=0))
    note = [
        "no identified effect to average" if e else text
        for e, text in zip(empty, columns["note"], strict=True)
    ]
    treated, compared, total, n = _counts(att, used)
    return {
        "term": "att",
        "estimate": np.where(empty, np.nan, combination.estimate),
        **{k: np.where(empty, np.nan, v) for k, v in columns.items() if k != "note"},
        "n": n,
        "n_people": np.minimum(treated, compared),
        "n_people_total": total,
        "conf_level": att.conf_level,
        "unit": "",
        "comparison": COMPARISONS[att.comparison] if len(cells.estimate) else "",
        "method": att.method,
        "note": note,
    }


def _counts(att: Any, used: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """People on both sides (at least) and in all, and distinct rows, of each combination."""
    cells = att.cells
    treated, compared, total, n = (np.zeros(used.shape[1]) for _ in range(4))
    everyone = sum(att.people.values())
    for j in range(used.shape[1]):
        u = used[:, j]
        if not u.any():
            continue
        cohort, period = cells.cohort[u], cells.period[u]
        treated[j] = _largest(cells.people_treated[u], cohort).sum()
        compared[j] = cells.people_comparison[u].max()
        total[j] = min(treated[j] + compared[j], everyone)
        n[j] = cells.n_treated[u].sum() + _largest(cells.n_comparison[u], period).sum()
    return treated, compared, total, n


def _largest(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    _, code = np.unique(group, return_inverse=True)
    top = np.zeros(code.max() + 1)
    np.maximum.at(top, code, np.nan_to_num(values))
    return np.where(np.isnan(values).any(), np.nan, top)
