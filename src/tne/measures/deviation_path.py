"""Which estimates, period by period from the reference, does a sensitivity analysis start from?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.measures.att_aggregate import aggregation_weights, combination_rows
from tne.measures.att_inference import combine, covariance
from tne.measures.linear_deviation import few_clusters
from tne.result import Estimate, estimate_from


@dataclass(frozen=True, eq=False)
class Path:
    """Estimates at every whole distance from the reference period, gaps included.

    Parameters
    ----------
    estimates : ndarray, shape (pre + post,)
        At distances -pre, …, -1, 1, …, post; 0 at gaps.
    covariance : ndarray, shape (pre + post, pre + post)
        0 at gaps.
    working : ndarray or None
        Covariance by which weights are chosen where `covariance` is too noisy for it.
    pre : int
    known : ndarray of bool, shape (pre + post,)
        False at gaps and at periods between the reference and training.
    treated : ndarray of bool, shape (post,)
        Distances of event times 0 and later that have an estimate.
    row : callable
        Weights of shape (pre + post,) to an Estimate.
    note : str
        Why nothing can be done.
    """

    estimates: np.ndarray
    covariance: np.ndarray
    working: np.ndarray | None
    pre: int
    known: np.ndarray
    treated: np.ndarray
    row: Callable[[np.ndarray], Estimate]
    note: str = ""


def path_of_event_study(study: Any, row: Callable[[np.ndarray], Estimate]) -> Path:
    """Return the path of an event study; `row` takes weights of its own estimates."""
    distance = study.event_time - study.reference
    use = (study.event_time >= 0) | (distance < 0)
    if study.reference >= 0:
        use &= (distance < 0) | (distance > 0)
    whole = np.round(distance)
    if not np.allclose(whole, distance):
        raise ValueError("`att` has event times between whole periods. Give them in whole periods.")
    position = whole.astype(int)
    step = int(np.gcd.reduce(np.abs(position[use])))  # every second year: one step is one period
    return _path(position // step, use, study.estimates, study.covariance, None, row)


def path_of_group_time(att: Any) -> Path:
    """Return the path of group-time effects, all relative to the last period before training or anticipation."""
    reference = -1 - att.anticipation
    stack, extra, keys, _ = aggregation_weights(att, by="event_time")
    cells = att.cells
    known = stack.any(axis=0) & ~np.isnan(keys)
    stack, extra, keys = stack[:, known], extra[:, known], keys[known]
    note = ""
    if att.baseline > 1:
        stack, extra, lost = _rebased(att, stack, extra, reference)
        note = "a cohort has no estimate in the last period before training" if lost else ""
    elif not np.allclose(cells.lever @ stack, keys - reference):
        note = "the base lies at different distances from training: periods are missing before training"
    sample = att.sample
    combination = combine(cells, sample, att.cohorts, stack, extra)
    v, _ = covariance(combination.influence, combination.members, sample)
    distance = (keys - reference).astype(int)
    use = ((keys >= 0) | (distance < 0)) & (distance != 0)
    if att.baseline > 1:
        use &= distance > -att.baseline
    working = None
    if few_clusters(att, int((distance < 0).sum())):
        # Equal independent errors a period; with one base period, that period's error counts as none.
        common = float(att.baseline > 1)
        level = float(np.mean(np.diag(v)[use])) / (1 + common) if use.any() else 1.0
        working = level * (np.eye(len(keys)) + common)

    def row(weights: np.ndarray) -> Estimate:
        rows = combination_rows(att, (stack @ weights)[:, None], (extra @ weights)[:, None])
        return estimate_from(rows.iloc[0].to_dict())

    return _path(distance, use, combination.estimate, v, working, row, note)


def _path(
    position: np.ndarray,
    use: np.ndarray,
    estimates: np.ndarray,
    v: np.ndarray,
    working: np.ndarray | None,
    row: Callable[[np.ndarray], Estimate],
    note: str = "",
) -> Path:
    pre, post = max(-position[use].min(initial=0), 0), max(position[use].max(initial=0), 0)
    slot = np.where(position < 0, position + pre, position + pre - 1)[use]
    n = pre + post
    known = np.zeros(n, dtype=bool)
    known[slot] = True
    b, full, chosen = np.zeros(n), np.zeros((n, n)), np.zeros((n, n))
    b[slot] = estimates[use]
    full[np.ix_(slot, slot)] = v[np.ix_(use, use)]
    if working is not None:
        chosen[np.ix_(slot, slot)] = working[np.ix_(use, use)]

    def of_slots(weights: np.ndarray) -> Estimate:
        own = np.zeros(len(position))
        own[use] = weights[slot]
        return row(own)

    return Path(b, full, None if working is None else chosen, int(pre), known, known[pre:], of_slots, note)


def _rebased(
    att: Any, stack: np.ndarray, extra: np.ndarray, reference: int
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Take each cohort's own effect in the reference period from its effects."""
    cells, sample = att.cells, att.sample
    event = cells.period - cells.cohort
    new, more, lost = stack.copy(), extra.copy(), False
    for j in range(stack.shape[1]):
        total, held = 0.0, []
        for k, g in enumerate(att.cohorts):
            own = float(stack[cells.cohort == g, j].sum())
            if own == 0:
                continue
            base = np.flatnonzero((cells.cohort == g) & (event == reference))
            if not len(base) or math.isnan(cells.estimate[base[0]]):
                lost = True
                continue
            new[base[0], j] -= own
            total += float(sample.share[k])
            held.append((k, own, float(cells.estimate[base[0]])))
        mean = sum(own * level for _, own, level in held)
        for k, _, level in held:
            more[:, j] -= sample.share_influence[:, k] * (level - mean) / total
    return new, more, lost


def undefined_row(source: Estimate, estimand: str, method: str, note: str) -> dict[str, Any]:
    """Return the row of a set that cannot be computed."""
    gone = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")
    return source.as_row() | dict.fromkeys(gone, math.nan) | {
        "estimand": estimand, "method": method, "note": note,
    }  # fmt: skip


def frame_of(rows: list[dict[str, Any]], ms: list[float]) -> pd.DataFrame:
    """Return rows with their key m."""
    table = pd.DataFrame(rows)
    table.insert(0, "m", ms)
    return table
