"""Which series stands in the rows, and against which control?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_no_missing, require_numeric, require_unique, rows
from tne.measures.series_periods import Clock, clock


@dataclass(frozen=True, eq=False)
class Rows:
    """One or two series by period.

    Parameters
    ----------
    time : Clock
    at : ndarray of int, shape (n,)
        Positions of the periods in which everything needed was observed, increasing.
    treated, control : ndarray, shape (n,)
        Outcome by period; `control` is None for a single series, and the mean of the control units otherwise.
    stacked : tuple or None
        (position, outcome, is control, unit code) of every row, for a pooled regression.
    total, used : int
        Rows given, and rows without missing values.
    units : tuple of int
        Fewest and most control units in a period; (0, 0) for a single series.
    people : tuple of ndarray
        People per period behind the treated and the control series, NaN where unknown.
    """

    time: Clock
    at: np.ndarray
    treated: np.ndarray
    control: np.ndarray | None
    stacked: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None
    total: int
    used: int
    units: tuple[int, int]
    people: tuple[np.ndarray, np.ndarray]

    @property
    def y(self) -> np.ndarray:
        """What is regressed on time: the series, or its distance to the control."""
        return self.treated if self.control is None else self.treated - self.control


def rows_of(
    series: pd.DataFrame,
    outcome: str,
    period: str,
    control: str | None,
    unit: str | None,
    n_people: str | None,
) -> Rows:
    """Read a single series, a series beside its control, or rows that a column marks as control."""
    require_columns(series, [outcome, period, control, unit, n_people], "series")
    require_numeric(series, [outcome], "series")
    require_no_missing(series, [period], "series")
    if len({outcome, period, control, unit} - {None}) < sum(
        c is not None for c in (outcome, period, control, unit)
    ):
        raise ValueError("`outcome`, `period`, `control` and `unit` must be different columns.")
    frame = series.reset_index(drop=True)
    long = control is not None and _marks(frame, period, control)
    needed = [outcome] + ([control] if control is not None and not long else [])
    if control is not None and not long:
        require_numeric(frame, [control], "series")
    if unit is not None and not long:
        raise ValueError("`unit` goes with a `control` that marks the control units' rows. Leave it out.")
    if unit is not None:
        require_no_missing(frame, [unit], "series")
    kept = frame.loc[frame[needed].notna().all(axis=1)].copy()
    time = clock(frame[period], period)
    kept["_at"] = time.rows[kept.index.to_numpy()]
    people = kept[n_people].astype(float) if n_people is not None else pd.Series(np.nan, index=kept.index)
    kept["_people"] = people
    kept["_y"] = kept[outcome].astype(float)
    if not long:
        require_unique(frame, [period], "series")
        kept = kept.sort_values("_at")
        side = None if control is None else kept[control].to_numpy(dtype=float)
        found = kept["_people"].to_numpy()
        return Rows(
            time, kept["_at"].to_numpy(), kept["_y"].to_numpy(), side, None, len(frame), len(kept),
            (0, 0) if side is None else (1, 1), (found, np.full(len(found), np.nan)),
        )  # fmt: skip
    return _long(frame, kept, time, period, str(control), unit)


def _marks(frame: pd.DataFrame, period: str, control: str) -> bool:
    """Whether `control` marks rows (True or 1 = control) rather than hold a series of its own."""
    if not frame[period].duplicated().any():
        if pd.api.types.is_bool_dtype(frame[control]):
            raise ValueError(f"Column `{control}` marks control rows, but no period has both kinds of rows.")
        return False
    values = frame[control]
    if values.isna().any():
        raise ValueError(
            f"Column `{control}` of `series` is missing in {rows(values.isna().to_numpy())}. Mark every row."
        )
    if pd.api.types.is_bool_dtype(values):
        return True
    if pd.api.types.is_numeric_dtype(values) and set(values.astype(float)) <= {0.0, 1.0}:
        return True
    raise ValueError(
        f"Periods repeat, so column `{control}` must mark the control rows with True or 1 and the trained with False "
        "or 0. Mark them, or give one row per period with the control series as a numeric column."
    )


def _long(
    frame: pd.DataFrame, kept: pd.DataFrame, time: Clock, period: str, control: str, unit: str | None
) -> Rows:
    marked = frame[control].astype(float).eq(1)
    if marked.all() or not marked.any():
        raise ValueError(
            f"Column `{control}` marks {'all' if marked.any() else 'no'} rows as control. Mark some."
        )
    if frame.loc[~marked, period].duplicated().any():
        twice = (frame[period].duplicated(keep=False) & ~frame.assign(m=marked)["m"]).to_numpy()
        raise ValueError(
            f"The trained series has several rows in a period, among {rows(twice)}. Aggregate them to one per period."
        )
    if unit is not None:
        require_unique(frame, [unit, period], "series")
    is_control = marked[kept.index]
    trained = kept.loc[~is_control].set_index("_at").sort_index()
    others = kept.loc[is_control].groupby("_at")[["_y", "_people"]]
    means, sums, counts = others.mean()["_y"], others.sum(min_count=1)["_people"], others.size()
    both = trained.index.intersection(means.index)
    stacked = None
    if unit is not None:
        rows_in = kept.assign(_u=pd.factorize(kept[unit])[0], _c=is_control.astype(float))
        rows_in = rows_in.sort_values(["_u", "_at"])
        stacked = tuple(rows_in[c].to_numpy() for c in ("_at", "_y", "_c", "_u"))
    at_most = counts.reindex(both)
    return Rows(
        time, both.to_numpy(), trained.loc[both, "_y"].to_numpy(), means.loc[both].to_numpy(), stacked, len(frame),
        len(kept), (int(at_most.min()), int(at_most.max())) if len(both) else (0, 0),
        (trained.loc[both, "_people"].to_numpy(), sums.reindex(both).to_numpy()),
    )  # fmt: skip
