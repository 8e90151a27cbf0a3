"""Which estimates can be pooled, with what moderators, and in what groups?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_frame, require_no_missing, require_numeric, rows
from tne.result import ESTIMATE_COLUMNS, Result

NO_ERROR, NO_ESTIMATE, NO_MODERATOR = (
    "its standard error is 0",
    "it has no estimate",
    "a moderator is missing",
)


@dataclass(frozen=True, eq=False)
class Rows:
    """Estimates that enter, and what is known of those that do not.

    Parameters
    ----------
    table : DataFrame
        All rows given, in their order.
    used : array of bool
        Which of them enter.
    reason : array of str
        Why a row does not; "" where it does.
    y, v : arrays
        Estimates and squared standard errors of the rows that enter.
    design : array, shape (k, p)
        A column of ones, then the moderators centred and scaled.
    back : array, shape (p, p)
        Turns coefficients of `design` into those of the moderators as they are.
    terms : tuple of str
        Names of the coefficients.
    dropped : dict of str to str
        Moderator terms that cannot be told, and why.
    levels : tuple of str, codes : tuple of arrays
        Nested groups of the rows that enter, the largest first.
    """

    table: pd.DataFrame
    used: np.ndarray
    reason: np.ndarray
    y: np.ndarray
    v: np.ndarray
    design: np.ndarray
    back: np.ndarray
    terms: tuple[str, ...]
    dropped: dict[str, str]
    levels: tuple[str, ...]
    codes: tuple[np.ndarray, ...]
    notes: tuple[str, ...]

    @property
    def kept(self) -> pd.DataFrame:
        """Rows that enter."""
        return self.table if self.used.all() else self.table.loc[self.used].reset_index(drop=True)

    @property
    def keys(self) -> list[str]:
        """Columns that name a row."""
        return [c for c in self.table.columns if c not in ESTIMATE_COLUMNS]


def rows_to_pool(
    estimates: pd.DataFrame | Result,
    estimate: str,
    std_error: str,
    moderators: Sequence[str],
    levels: Sequence[str],
) -> Rows:
    """Check the input and turn it into arrays; raise where it cannot be meant."""
    given = estimates.to_frame() if isinstance(estimates, Result) else require_frame(estimates, "estimates")
    table = given.reset_index(drop=True)
    require_columns(table, [estimate, std_error, *moderators, *levels], "estimates")
    if len(table) == 0:
        table = table.astype({estimate: float, std_error: float})
    require_numeric(table, [estimate, std_error], "estimates")
    require_no_missing(table, levels, "estimates")
    if len(set(levels)) < len(levels):
        raise ValueError(f"`levels` name a column twice: {', '.join(levels)}. Name each once.")
    y = table[estimate].to_numpy(dtype=float, na_value=np.nan)
    error = table[std_error].to_numpy(dtype=float, na_value=np.nan)
    if (error < 0).any():
        raise ValueError(
            f"Column `{std_error}` of `estimates` is below 0 in {rows(error < 0)}. Give standard errors."
        )
    reason = np.full(len(table), "", dtype=object)
    unknown = np.zeros(len(table), dtype=bool)
    for name in moderators:
        unknown |= table[name].isna().to_numpy()
    for flags, why in (
        (unknown, NO_MODERATOR),
        (error == 0, NO_ERROR),
        (np.isnan(y) | np.isnan(error), NO_ESTIMATE),
    ):
        reason[flags] = why
    used = reason == ""
    kept = table if used.all() else table.loc[used]
    _require_one_unit(kept)
    design, back, terms, dropped = _design(kept, moderators)
    names, codes, notes = _nested(kept, levels)
    return Rows(
        table=table,
        used=used,
        reason=reason,
        y=y[used],
        v=error[used] ** 2,
        design=design,
        back=back,
        terms=terms,
        dropped=dropped,
        levels=names,
        codes=codes,
        notes=notes,
    )


def _require_one_unit(kept: pd.DataFrame) -> None:
    several = sorted(set(kept["unit"].dropna().astype(str)) - {""}) if "unit" in kept else []
    if len(several) > 1:
        raise ValueError(
            f"The estimates are in {len(several)} units ({', '.join(several[:5])}). Pool those of one unit."
        )


def _design(
    kept: pd.DataFrame, moderators: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], dict[str, str]]:
    """Columns of the meta-regression; those that say nothing new are left out, and named."""
    k = len(kept)
    columns, terms, dropped = [np.ones(k)], ["intercept"], {}
    centres, scales = [0.0], [1.0]
    for name in moderators:
        for term, column in _columns(kept[name]):
            spread = column.std() if k else 0.0
            if not spread > 1e-12 * max(1.0, float(np.abs(column).max(initial=0.0))):
                dropped[term] = "has one value only"
                continue
            scaled = (column - column.mean()) / spread
            so_far = np.column_stack(columns)
            left = scaled - so_far @ np.linalg.lstsq(so_far, scaled, rcond=None)[0]
            if float(left @ left) < 1e-10 * k:
                dropped[term] = "is told by the other moderators"
                continue
            columns.append(scaled)
            terms.append(term)
            centres.append(float(column.mean()))
            scales.append(float(spread))
    if len(terms) > 1 and k - len(terms) < 1:
        for term in terms[1:]:
            dropped[term] = f"cannot be told from {k} estimates"
        columns, terms, centres, scales = columns[:1], terms[:1], [0.0], [1.0]
    back = np.diag(1 / np.array(scales))
    back[0, 1:] = -np.array(centres[1:]) / np.array(scales[1:])
    return np.column_stack(columns), back, tuple(terms), dropped


def _columns(values: pd.Series) -> list[tuple[str, np.ndarray]]:
    """A number is one column; a category one for each level but the first."""
    name = str(values.name)
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        numbers = values.to_numpy(dtype=float)
        if np.isinf(numbers).any():
            raise ValueError(f"Column `{name}` of `estimates` is infinite in {rows(np.isinf(numbers))}.")
        return [(name, numbers)]
    if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_timedelta64_dtype(values):
        raise TypeError(
            f"Column `{name}` of `estimates` is {values.dtype}. Turn it into a number or a period."
        )
    if isinstance(values.dtype, pd.CategoricalDtype):
        found = set(values)
        order = [level for level in values.cat.categories if level in found]
    else:
        order = sorted(set(values), key=lambda level: (str(type(level)), level))
    if len(order) < 2:
        return [(name, np.zeros(len(values)))]
    return [(f"{name}: {level}", (values == level).to_numpy(dtype=float)) for level in order[1:]]


def _nested(
    kept: pd.DataFrame, levels: Sequence[str]
) -> tuple[tuple[str, ...], tuple[np.ndarray, ...], tuple[str, ...]]:
    """Groups within groups, each row at last one of its own; levels that cannot be told apart are left out."""
    if not levels:
        return (), (), ()
    k = len(kept)
    found: list[tuple[str, np.ndarray]] = []
    for depth in range(1, len(levels) + 1):
        code = kept.groupby(list(levels[:depth]), observed=True, sort=False).ngroup().to_numpy()
        found.append(("/".join(levels[:depth]), code))
    if k and found[-1][1].max() + 1 < k:
        found.append(("estimate", np.arange(k)))
    names, codes, notes = [], [], []
    for (name, code), below in zip(found, [*found[1:], None], strict=True):
        groups = int(code.max()) + 1 if k else 0
        if below is not None and groups == int(below[1].max(initial=-1)) + 1:
            notes.append(f"each {name} has one {below[0]}: their variances cannot be told apart")
        elif groups == 1 and k > 1:
            notes.append(f"there is one {name}: its variance cannot be known")
        else:
            names.append(name)
            codes.append(code)
    return tuple(names), tuple(codes), tuple(notes)
