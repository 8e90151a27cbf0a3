"""Give a frame the types of its contract, and say which values would not go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pandas as pd

from tne.tables.declared import contract
from tne.tables.schema import KINDS, Column


@dataclass(frozen=True, eq=False)
class Conformed:
    """A frame in the types of its contract.

    Parameters
    ----------
    frame : DataFrame
        Same rows; columns of the contract that are present, in its order. Values that could not be read are null.
    missing : tuple of str
        Required columns that are absent.
    unknown : tuple of str
        Columns that the contract does not know; they are left out.
    wrong : dict of str to str
        Columns of a wrong type as a whole, and what they are.
    lost : dict of str to ndarray of bool
        Per column, the rows whose value could not be read.
    """

    frame: pd.DataFrame
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    wrong: dict[str, str] = field(default_factory=dict)
    lost: dict[str, np.ndarray] = field(default_factory=dict)


class WrongType(TypeError):
    """A whole column has a type that its contract does not allow."""


def conform(name: str, frame: pd.DataFrame) -> Conformed:
    """Cast `frame` to the contract of table `name`; nothing raises, everything is reported.

    Parameters
    ----------
    name : str
        Table.
    frame : DataFrame
        Rows of the table; columns in any order.

    Returns
    -------
    Conformed

    Notes
    -----
    Empty text becomes null. Lists of text become text separated by ``;``. Instants need a zone and become UTC;
    days must have none and no time of day. Text is read as a number or an ISO day, never as an instant.
    """
    table = contract(name)
    columns: dict[str, pd.Series] = {}
    wrong: dict[str, str] = {}
    lost: dict[str, np.ndarray] = {}
    for column in table.columns:
        if column.name not in frame.columns:
            continue
        values = frame[column.name]
        try:
            cast = _cast(values, column)
        except WrongType as error:
            wrong[column.name] = str(error)
            cast = _nothing(values, column)
        else:
            gone = _present(values) & cast.isna().to_numpy()
            if gone.any():
                lost[column.name] = gone
        columns[column.name] = cast
    for name_, gone in lost.items():
        if gone.sum() == _present(frame[name_]).sum() and len(frame) > 1:
            wrong.setdefault(name_, f"{frame[name_].dtype}, of which no value can be read")
    present = set(frame.columns)
    return Conformed(
        frame=pd.DataFrame(columns, index=frame.index).reset_index(drop=True),
        missing=tuple(c for c in table.required if c not in present),
        unknown=tuple(str(c) for c in frame.columns if c not in table.names),
        wrong=wrong,
        lost={c: gone for c, gone in lost.items() if c not in wrong},
    )


def _present(values: pd.Series) -> np.ndarray:
    """Rows that hold anything: not null and not empty text."""
    present: np.ndarray = values.notna().to_numpy()
    if values.dtype == object or isinstance(values.dtype, pd.StringDtype):
        present = present & ~(values == "").fillna(False).to_numpy(dtype=bool)
    return present


def _cast(values: pd.Series, column: Column) -> pd.Series:
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.dtype.categories.dtype)
    if str(values.dtype) == KINDS[column.kind] and column.kind in ("flag", "instant"):
        return values
    if not values.notna().any():
        return _nothing(values, column)
    return _CASTS[column.kind](values)


def _nothing(values: pd.Series, column: Column) -> pd.Series:
    """A column of its kind in which nothing stands; a float knows NaN only."""
    null = np.nan if column.kind == "number" else pd.NA
    return pd.Series(null, index=values.index, dtype="object").astype(KINDS[column.kind])


def _as_text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(values) or pd.api.types.is_bool_dtype(values) or _is_time(values):
        raise WrongType(f"{values.dtype}, not text")
    if values.dtype == object:
        values = values.map(_flat, na_action="ignore")
    cast = values.astype("str")
    empty = (cast == "").to_numpy()
    return cast.mask(empty) if empty.any() else cast


def _flat(value: object) -> object:
    """Lists of text as one text; anything that is neither text nor a whole number is unreadable."""
    if isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        return ";".join(map(str, sorted(value) if isinstance(value, (set, frozenset)) else value))
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return str(value)
    return None


def _as_number(values: pd.Series) -> pd.Series:
    if _is_time(values):
        raise WrongType(f"{values.dtype}, not numeric")
    cast = pd.to_numeric(values, errors="coerce").astype("Float64").to_numpy(dtype="float64", na_value=np.nan)
    return pd.Series(np.where(np.isinf(cast), np.nan, cast), index=values.index)


def _as_count(values: pd.Series) -> pd.Series:
    if pd.api.types.is_integer_dtype(values):
        return values.astype("Int64")
    cast = _as_number(values)
    return cast.mask(cast != np.floor(cast)).astype("Int64")


def _as_flag(values: pd.Series) -> pd.Series:
    if values.dtype == bool:
        return values.astype("boolean")
    if isinstance(values.dtype, pd.StringDtype) or _is_time(values):
        raise WrongType(f"{values.dtype}, not true or false")
    cast = values.map({True: True, False: False}, na_action="ignore")
    return cast.astype("object").where(cast.notna(), pd.NA).astype("boolean")


def _as_instant(values: pd.Series) -> pd.Series:
    if values.dtype == object:
        aware = values.map(lambda v: isinstance(v, dt.datetime) and v.tzinfo is not None, na_action="ignore")
        if not aware.dropna().any():
            raise WrongType("not a time with zone; convert it to UTC")
        values = pd.to_datetime(values.where(aware.fillna(False).astype(bool)), utc=True, errors="coerce")
    if not pd.api.types.is_datetime64_any_dtype(values):
        raise WrongType(f"{values.dtype}, not a time; convert it to UTC instants")
    if values.dt.tz is None:
        raise WrongType("a time without zone; say which zone it is in and convert it to UTC")
    return values.dt.tz_convert("UTC").astype(KINDS["instant"])


def _as_day(values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values):
        raise WrongType(f"{values.dtype}, not a day")
    if isinstance(values.dtype, pd.StringDtype):
        values = pd.to_datetime(values, format="%Y-%m-%d", errors="coerce")
    elif not pd.api.types.is_datetime64_any_dtype(values):
        values = pd.to_datetime(values, errors="coerce")
    if values.dt.tz is not None:
        raise WrongType("a time with zone; give calendar days of the market")
    values = values.astype(KINDS["day"])
    return values.mask(values != values.dt.normalize())


def _is_time(values: pd.Series) -> bool:
    types = pd.api.types
    return cast(bool, types.is_datetime64_any_dtype(values) or types.is_timedelta64_dtype(values))


_CASTS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "text": _as_text,
    "number": _as_number,
    "count": _as_count,
    "flag": _as_flag,
    "instant": _as_instant,
    "day": _as_day,
}
