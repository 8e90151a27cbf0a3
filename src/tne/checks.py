"""Input requirements and the one style of error: what, which rows, what to do; never a person's data."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd


def require_frame(data: object, name: str) -> pd.DataFrame:
    """Return `data` if it is a pandas frame with unique column names."""
    if not isinstance(data, pd.DataFrame):
        raise TypeError(f"`{name}` must be a pandas DataFrame, not {type(data).__name__}. Convert it first.")
    twice = data.columns[data.columns.duplicated()]
    if len(twice):
        raise ValueError(
            f"`{name}` has columns twice: {', '.join(map(str, twice.unique()))}. Rename or drop one."
        )
    return data


def require_columns(data: pd.DataFrame, columns: Iterable[str | None], name: str) -> None:
    """Raise `KeyError` unless all `columns` (None is ignored) are in `data`."""
    require_frame(data, name)
    missing = [c for c in columns if c is not None and c not in data.columns]
    if missing:
        have = ", ".join(map(str, list(data.columns)[:12])) + (" …" if data.shape[1] > 12 else "")
        raise KeyError(
            f"`{name}` lacks the columns {', '.join(map(str, missing))}. It has {have}. "
            f"{_nearest(missing, data.columns)}Name the right ones."
        )


def _nearest(missing: Iterable[object], columns: Iterable[object]) -> str:
    """Say which columns resemble those that are missing, if any do."""
    names = [str(column) for column in columns]
    lower = {name.lower(): name for name in names}
    found = {str(m): difflib.get_close_matches(str(m).lower(), lower, n=1, cutoff=0.7) for m in missing}
    pairs = [f"`{lower[near[0]]}` for `{given}`" for given, near in found.items() if near]
    return f"Did you mean {', '.join(pairs)}? " if pairs else ""


def require_numeric(data: pd.DataFrame, columns: Iterable[str], name: str) -> None:
    """Raise unless `columns` are numeric (or boolean) and finite where present."""
    require_columns(data, columns, name)
    for column in columns:
        values = data[column]
        if not (pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)):
            raise TypeError(
                f"Column `{column}` of `{name}` is {values.dtype}, not numeric. Convert it, as with pd.to_numeric."
            )
        infinite = np.isinf(values.to_numpy(dtype=float, na_value=np.nan))
        if infinite.any():
            raise ValueError(
                f"Column `{column}` of `{name}` is infinite in {rows(infinite)}. Replace or drop them."
            )


def require_no_missing(data: pd.DataFrame, columns: Iterable[str], name: str) -> None:
    """Raise `ValueError` where one of `columns` is missing."""
    require_columns(data, columns, name)
    for column in columns:
        gone = data[column].isna().to_numpy()
        if gone.any():
            raise ValueError(
                f"Column `{column}` of `{name}` is missing in {rows(gone)}. Fill or drop them first."
            )


def require_unique(data: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    """Raise `ValueError` if two rows share the same values in `columns`."""
    require_columns(data, columns, name)
    twice = data.duplicated(list(columns), keep=False).to_numpy()
    if twice.any():
        raise ValueError(
            f"`{name}` must have one row per {' × '.join(columns)}, but {rows(twice)} share theirs. "
            "Aggregate or remove duplicates first."
        )


def require_levels(data: pd.DataFrame, column: str, levels: Iterable[object], name: str) -> None:
    """Raise `ValueError` unless every one of `levels` occurs in `column`."""
    require_columns(data, [column], name)
    present = set(data[column].dropna().unique())
    missing = [str(level) for level in levels if level not in present]
    if missing:
        some = ", ".join(sorted(map(str, present))[:8])
        raise ValueError(
            f"Column `{column}` of `{name}` has no {', '.join(one or repr(one) for one in missing)}. It has {some}."
        )


def require_choice(value: object, choices: Sequence[object], name: str) -> None:
    """Raise `ValueError` unless `value` is one of `choices`."""
    if value not in choices:
        raise ValueError(f"`{name}` is {value!r}. Choose one of {', '.join(repr(c) for c in choices)}.")


def require_level_of_confidence(conf_level: float) -> None:
    """Raise `ValueError` unless ``0 < conf_level < 1``."""
    if not 0 < conf_level < 1:
        raise ValueError(f"`conf_level` is {conf_level}. Give a share between 0 and 1, for example 0.95.")


def rows(flags: Sequence[bool] | np.ndarray, shown: int = 5) -> str:
    """Name the flagged row positions (from 0): a count and the first few, never their values."""
    where = np.flatnonzero(np.asarray(flags))
    noun = "row" if len(where) == 1 else "rows"
    some = ", ".join(map(str, where[:shown])) + (", …" if len(where) > shown else "")
    return f"{len(where)} {noun} (position {some})"
