"""Which cohort × event time cells does an interaction-weighted regression have, and against whom?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_no_missing, require_numeric, rows
from tne.measures.absorbed_fit import nests
from tne.measures.att_rows import zero_as_never
from tne.measures.two_way_rows import TwoWayRows, two_way_rows
from tne.result import Check

# Dummies are held as numbers of eight bytes: more cells than this need several gigabytes.
_MOST_NUMBERS = 400_000_000


@dataclass(frozen=True, eq=False)
class Interactions:
    """Dummies of a saturated regression.

    Parameters
    ----------
    rows : TwoWayRows
    dummies : ndarray, shape (n, cells)
    cohort, event_time, size : ndarray, shape (cells,)
        Size is the number of rows, or the sum of their weights.
    row_cohort : ndarray, shape (n,)
        Infinite where never trained in the panel.
    compared : ndarray of bool, shape (n,)
        Rows of the comparison group.
    comparison : str
    moving : tuple of ndarray
        The clusterings that do not merely number the periods.
    reference : float
        Event time without a dummy: the last before training that the panel has, −1 without gaps.
    checks : tuple of Check
    """

    rows: TwoWayRows
    dummies: np.ndarray
    cohort: np.ndarray
    event_time: np.ndarray
    size: np.ndarray
    row_cohort: np.ndarray
    compared: np.ndarray
    comparison: str
    moving: tuple[np.ndarray, ...]
    reference: float
    checks: tuple[Check, ...]


def interactions(
    panel: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    period: str,
    cohort: str,
    covariates: Sequence[str],
    cluster: str | Sequence[str] | None,
    weights: str | None,
) -> Interactions:
    """Choose rows and comparison, and build the dummies.

    Raises
    ------
    KeyError, TypeError, ValueError
        For bad columns, a cohort that changes within a unit, or nobody to compare with.
    """
    start, when, checks = _start(panel, unit, period, cohort)
    first, last = when.min(), when.max()
    already = start <= first
    if already.any():
        hint = " If 0 codes the never-trained, use NaN instead." if (start[already] == 0).all() else ""
        gone = panel.loc[already, unit].nunique()
        detail = f"{gone} units were trained in or before the first period and are left out.{hint}"
        checks.append(Check("already_trained", "warn", detail))
    start = np.where(start > last, np.inf, start)
    leave, comparison = already, "never trained"
    if not np.isinf(start[~already]).any():
        if already.all():
            raise ValueError("All units were trained in or before the first period. Give earlier periods.")
        latest = start[~already].max()
        if not (start[~already] < latest).any():
            raise ValueError(
                "All units are trained in the same period, so none is a comparison. "
                "Only a before-after difference remains."
            )
        leave = leave | (when >= latest)
        comparison = "trained last, before their training"
        checks.append(Check("never_treated", "warn",
            f"No unit is never trained. The {panel.loc[start == latest, unit].nunique()} units trained last are the "
            "comparison, and periods from their training on are left out."))  # fmt: skip
        start = np.where(start >= latest, np.inf, start)
    relative = (when - start)[np.isfinite(start) & ~leave]
    reference = float(relative[relative < 0].max(initial=-np.inf))
    gone = [
        g
        for g in np.unique(start[np.isfinite(start) & ~leave])
        if not ((start == g) & (when == g + reference)).any()
    ]
    if gone:
        lost = np.isin(start, gone)
        checks.append(Check("identified_cells", "warn",
            f"{len(gone)} cohorts have no row in the last period before training and are left out."))  # fmt: skip
        leave = leave | lost
    data = two_way_rows(
        panel, unit=unit, period=period, numbers=list(dict.fromkeys([outcome, *covariates])), cluster=cluster,
        weights=weights, leave_out=leave,
    )  # fmt: skip
    g, t = start[data.kept], when[data.kept]
    compared = np.isinf(g)
    inside = ~compared & (t - g != reference)
    if not inside.any():
        raise ValueError(
            "No cohort is trained after the first period with a period before it. "
            "Check `cohort` and `period`."
        )
    if not compared.any():
        raise ValueError("No row of a comparison group is complete. Fill its missing values or add units.")
    pairs, code = np.unique(np.column_stack([g[inside], (t - g)[inside]]), axis=0, return_inverse=True)
    if len(g) * len(pairs) > _MOST_NUMBERS:
        raise ValueError(
            f"{len(g)} rows × {len(pairs)} cohort × event time cells are too many. "
            "Use longer periods, or group_time_att."
        )
    dummies = np.zeros((len(g), len(pairs)), order="F")
    dummies[np.flatnonzero(inside), code.ravel()] = 1.0
    size = dummies.sum(axis=0) if data.effects.weights is None else data.effects.weights @ dummies
    moving = tuple(c for c in data.clusters if not nests(data.effects.period, c)) or (data.effects.unit,)
    return Interactions(
        data,
        dummies,
        pairs[:, 0],
        pairs[:, 1],
        size,
        g,
        compared,
        comparison,
        moving,
        reference,
        tuple(checks),
    )


def _start(
    panel: pd.DataFrame, unit: str, period: str, cohort: str
) -> tuple[np.ndarray, np.ndarray, list[Check]]:
    """Return each row's cohort (infinite = never) and period as numbers."""
    require_columns(panel, [unit, period, cohort], "panel")
    for column in (period, cohort):
        if pd.api.types.is_datetime64_any_dtype(panel[column]) or isinstance(
            panel[column].dtype, pd.PeriodDtype
        ):
            raise TypeError(
                f"Column `{column}` of `panel` holds dates. Number the periods first, for example with "
                "assign_cohort(..., period='W'), so that cohort and period share one integer scale."
            )
    if panel.empty:
        raise ValueError("`panel` has no rows. Check the filters that made it.")
    require_numeric(panel, [period], "panel")
    if not pd.api.types.is_float_dtype(panel[cohort]):  # infinity is never, too
        require_numeric(panel, [cohort], "panel")
    require_no_missing(panel, [unit, period], "panel")
    when = panel[period].to_numpy(dtype=float)
    start = panel[cohort].to_numpy(dtype=float, na_value=np.nan)
    start = np.where(np.isnan(start), np.inf, start)
    for column, values in ((period, when), (cohort, start)):
        broken = (values == -np.inf) | (np.isfinite(values) & (values != np.round(values)))
        if broken.any():
            raise ValueError(
                f"Column `{column}` of `panel` is not a whole number in {rows(broken)}. Number the periods."
            )
    code = pd.factorize(panel[unit])[0]
    one = np.empty(int(code.max()) + 1)
    one[code] = start
    changes = one[code] != start
    if changes.any():
        raise ValueError(
            f"Column `{cohort}` of `panel` changes within {len(np.unique(code[changes]))} `{unit}`, "
            f"seen in {rows(changes)}. It must be fixed per unit: take its first value, or drop these units."
        )
    start, checks = zero_as_never(start, code, when.min(), when.max())
    return start, when, checks
