"""What may leave the team: the first gate of every published number. In doubt it hides."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Number
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.report.breakdown import Adds, Trees, protect
from tne.report.dominance import people_behind
from tne.report.hiding import (
    COMPLEMENT,
    FEW_DEGREES,
    FEW_PEOPLE,
    HIDDEN,
    PEOPLE_UNKNOWN,
    PLACES,
    hide_row,
)
from tne.report.pooled import COLUMNS as POOLED
from tne.report.pooled import RATERS, is_pooled, too_few
from tne.report.rounding import (
    as_float,
    decimals_of,
    headcount,
    is_number,
    round_to_half_width,
    rounded,
)
from tne.report.suppression import People

__all__ = [
    "ABOVE_EDGE",
    "BELOW_EDGE",
    "COMPLEMENT",
    "COUNTS",
    "FEW_DEGREES",
    "FEW_PEOPLE",
    "HIDDEN",
    "PEOPLE_UNKNOWN",
    "headcount",
    "publishable",
    "publishable_counts",
    "publishable_frame",
    "round_to_half_width",
]

FLOOR = 5
MIN_RESIDUAL_DF = 10
EDGE = 0.05
BELOW_EDGE = "below_5_percent"
ABOVE_EDGE = "above_95_percent"
COUNTS: frozenset[str] = frozenset(
    {"n", "n_people", "n_people_total", "n_trained", "n_comparison", "people", *POOLED}
)
_SHARE_UNITS = {"share": 1.0, "proportion": 1.0, "percent": 100.0, "%": 100.0}
_ON_SCALE = ("estimate", "conf_low", "conf_high")
_SINGLE = (str, Number, np.generic, dt.date, dt.timedelta, type(None), type(pd.NA), pd.Period)


def publishable(
    row: Mapping[str, Any],
    *,
    min_n: int = 10,
    model_cell: bool = False,
    share: bool | None = None,
    places: Iterable[str] = (),
) -> dict[str, Any]:
    """Return a copy of one estimate row that may be published.

    Parameters
    ----------
    row : mapping
        Columns of an estimate; `n_people` is the number of distinct people in the smallest group compared.
    min_n : int
        Fewest people, at least 5.
    model_cell : bool
        The row is a cell of a model: its residual degrees of freedom must be at least 10. They are read from
        ``residual_df``, or from ``df`` without it. A row that has a ``residual_df`` is always held to it.
    share : bool, optional
        The estimate is a share; None reads it from the unit (``"share"`` 0 to 1, ``"percent"`` 0 to 100).
    places : iterable of str
        More numeric columns that only place a row, besides `PLACES`.

    Returns
    -------
    dict
        The same keys. A hidden row has NaN in every number and a code of `HIDDEN` in ``note``. A shown row has
        the estimate and its limits rounded to two significant digits of the half-width, and headcounts rounded
        to 5. A share of 0 % or 100 % has NaN and the note ``"below_5_percent"`` or ``"above_95_percent"``.

    Raises
    ------
    ValueError
        If `min_n` is below 5.
    TypeError
        If a value is a list or another container: the gate cannot see into it.

    Notes
    -----
    A share that counts people (one row a person) is coded everywhere below 5 % and above 95 %, so that the code
    does not itself say "nobody". Shares of decisions are coded only at the edge. ``df`` alone does not hide a
    row: that of a clustered estimate counts clusters. Numbers that the gate does not know are hidden with their
    row, and get three significant digits otherwise. Text is not read: it must not carry numbers.

    Examples
    --------
    >>> publishable({"estimate": 2.4137, "conf_low": 1.3402, "conf_high": 3.4871, "n_people": 44})
    {'estimate': 2.4, 'conf_low': 1.3, 'conf_high': 3.5, 'n_people': 45}
    >>> publishable({"estimate": 2.4137, "n_people": 9})
    {'estimate': nan, 'n_people': nan, 'note': 'few_people'}
    """
    _require_threshold(min_n)
    _require_single_values(row)
    keep = PLACES | set(places)
    reason = _reason(row, min_n, model_cell)
    if reason:
        return hide_row(row, reason, keep)
    counts = _counts(row, min_n)
    edge = _edge(row, share)
    if edge:
        return {**hide_row(row, edge, keep | COUNTS), **counts}
    out = dict(row)
    shown = round_to_half_width(*(cast(float, row.get(name)) for name in _ON_SCALE))
    out.update({name: value for name, value in zip(_ON_SCALE, shown, strict=True) if name in row})
    for name, value in row.items():
        if is_number(value) and name not in keep and name not in COUNTS and name not in _ON_SCALE:
            out[name] = _round_other(name, float(value))
    return {**out, **counts}


def publishable_frame(
    frame: pd.DataFrame,
    *,
    min_n: int = 10,
    by: Sequence[str] = (),
    total: str | None = "all",
    trees: Trees | None = None,
    adds: Adds | None = None,
    weight: str | Sequence[float] | None = "n",
    people: People = "overlapping",
    contributions: Sequence[Sequence[float]] | None = None,
    model_cell: bool = False,
    share: bool | None = None,
    places: Iterable[str] = (),
) -> pd.DataFrame:
    """Return a frame of estimate rows that may be published: for figures and their details tables alike.

    Parameters
    ----------
    frame : DataFrame
        One row per estimate. Without a column ``n_people`` every row is hidden.
    by : sequence of str
        One or two key columns of a breakdown whose totals are shown or known: then further cells are hidden until no
        hidden one can be worked out (see `tne.report.breakdown.protect`).
    total, trees, weight, people
        As in `protect`: the key value of total rows, hierarchies of categories, denominators, and whether people can
        stand in several parts.
    adds : {"rate", "sum", "mean"}, optional
        As in `protect`. None: shares are rates of their rows, other numbers means without bounds.
    contributions : sequence of sequence of float, optional
        For sums: what each person adds to each row. A row that one or two people make up most of (`dominated`) counts
        as one of two people.
    min_n, model_cell, share, places
        As in `publishable`.

    Returns
    -------
    DataFrame
        Same rows and columns, and ``note``.
    """
    _require_threshold(min_n)
    if contributions is not None:
        pairs = zip(frame["n_people"], contributions, strict=True)
        frame = frame.assign(n_people=[people_behind(people, each) for people, each in pairs])
    rows = [
        publishable(row, min_n=min_n, model_cell=model_cell, share=share, places=places)
        for row in frame.to_dict("records")
    ]
    columns = [*frame.columns, *(() if "note" in frame.columns else ("note",))]
    out = pd.DataFrame(rows, columns=columns, index=frame.index)
    out["note"] = out["note"].astype(object).where(out["note"].notna(), "")
    if not by:
        return out
    kinds = adds or ["rate" if _is_share(row, share) else "mean" for row in frame.to_dict("records")]
    return protect(
        out,
        frame,
        by,
        adds=cast("Adds | Sequence[Adds]", kinds),
        weight=weight,
        total=total,
        trees=trees,
        min_n=min_n,
        people=people,
        places=places,
    )


def publishable_counts(frame: pd.DataFrame, columns: Iterable[str] = ("n_people",)) -> pd.DataFrame:
    """Return a frame with its headcounts rounded to 5 (attendance, completion): no other number may be in it.

    Raises
    ------
    TypeError
        If another column than `columns` and the known places is numeric: that is not a headcount.
    """
    columns = list(columns)
    other = [
        str(name)
        for name in frame.columns
        if name not in columns
        and name not in PLACES
        and frame[name].map(lambda v: isinstance(v, Number)).any()
    ]
    if other:
        raise TypeError(
            f"{', '.join(other)} are numbers but no headcounts. Gate them with `publishable_frame`."
        )
    return frame.assign(**{name: [headcount(n) for n in frame[name]] for name in columns})


def _require_threshold(min_n: int) -> None:
    if isinstance(min_n, bool) or not isinstance(min_n, (int, np.integer)):
        raise TypeError(f"min_n is {type(min_n).__name__}. Give a whole number of people.")
    if min_n < FLOOR:
        raise ValueError(f"min_n is {min_n}. The floor is {FLOOR} people; raise it.")


def _require_single_values(row: Mapping[str, Any]) -> None:
    for name, value in row.items():
        if not isinstance(value, _SINGLE):
            raise TypeError(
                f"Column {name} holds a {type(value).__name__}. Give each number a column of its own."
            )


def _reason(row: Mapping[str, Any], min_n: int, model_cell: bool) -> str:
    """Return why a row is hidden, or "". Unknown never passes."""
    if str(row.get("note")) in HIDDEN:
        return str(row["note"])  # gated before: the first reason stands
    if is_pooled(row):
        return too_few(row)
    people = as_float(row.get("n_people"))
    if not math.isfinite(people):
        return PEOPLE_UNKNOWN
    if people < min_n or as_float(row.get("n_people_total")) < min_n:
        return FEW_PEOPLE
    residual = as_float(row.get("residual_df"))
    if model_cell and math.isnan(residual):
        residual = as_float(row.get("df"))
        if math.isnan(residual):
            return FEW_DEGREES
    return FEW_DEGREES if residual < MIN_RESIDUAL_DF else ""


def _is_share(row: Mapping[str, Any], share: bool | None) -> bool:
    return _unit(row) in _SHARE_UNITS if share is None else share


def _unit(row: Mapping[str, Any]) -> str:
    return str(row.get("unit")).strip().lower()


def _edge(row: Mapping[str, Any], share: bool | None) -> str:
    if not _is_share(row, share):
        return ""
    unit = _unit(row)
    value = as_float(row.get("estimate")) / _SHARE_UNITS.get(unit, 1.0)
    if math.isnan(value):
        return ""
    total = as_float(row.get("n_people_total"))
    people = as_float(row.get("n_people")) if math.isnan(total) else total
    n = as_float(row.get("n"))
    counts_people = not math.isfinite(n) or n <= people
    band = EDGE if counts_people else 1e-9
    if value < band:
        return BELOW_EDGE
    return ABOVE_EDGE if value > 1 - band else ""


def _counts(row: Mapping[str, Any], min_n: int) -> dict[str, Any]:
    # a rounded number below the threshold would say that the exact one is just above it
    least = dict.fromkeys(("n_people", "n_people_total"), RATERS if is_pooled(row) else min_n)
    return {name: headcount(row[name], least=least.get(name, 0)) for name in row if name in COUNTS}


def _round_other(name: str, value: float) -> float:
    if not math.isfinite(value) or value == 0:
        return value
    if name in {"df", "residual_df"}:
        return headcount(value)  # n - 1 would give the exact headcount away
    if name == "p_value":
        return max(round(value, 3), 0.0005)
    return rounded(value, decimals_of(abs(value), 2 if name == "std_error" else 3))
