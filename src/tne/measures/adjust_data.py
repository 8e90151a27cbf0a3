"""Who enters an adjusted comparison, with which columns in which model?"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from formulaic import Formula, model_matrix
from formulaic.errors import FormulaicError

from tne.checks import require_columns, require_frame, require_no_missing, require_numeric, rows
from tne.measures.sandwich import independent

NAME = "people"


@dataclass(frozen=True, eq=False)
class AdjustData:
    """The arrays of one comparison; row i is one person.

    Parameters
    ----------
    kept : DataFrame
        The complete rows.
    y, t : ndarray, shape (n,)
        Outcome; treatment, 1 or 0.
    z : ndarray, shape (n, k)
        Confounders as the propensity model sees them; `z_names` name the columns.
    x, x1, x0 : ndarray, shape (n, m)
        The outcome model's design as observed, with everyone treated, with no one treated.
    cluster : ndarray or None
        Codes 0, 1, ... of who shares a cluster.
    repeated : tuple of str
        Columns of `z` that repeat those before them.
    """

    kept: pd.DataFrame
    y: np.ndarray
    t: np.ndarray
    z: np.ndarray
    z_names: tuple[str, ...]
    x: np.ndarray
    x1: np.ndarray
    x0: np.ndarray
    cluster: np.ndarray | None
    repeated: tuple[str, ...] = ()

    def take(self, index: np.ndarray) -> AdjustData:
        """Return the rows at `index`, with repetition."""
        parts = {name: getattr(self, name)[index] for name in ("y", "t", "z", "x", "x1", "x0")}
        cluster = None if self.cluster is None else np.unique(self.cluster[index], return_inverse=True)[1]
        return replace(self, kept=self.kept.iloc[index], cluster=cluster, **parts)


def prepare(
    people: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    formula: str,
    outcome_formula: str | None,
    by_arm: bool,
    cluster: str | None,
) -> AdjustData:
    """Drop incomplete rows and build the designs.

    Raises
    ------
    ValueError, KeyError, TypeError
        If a formula is none, a column is missing or neither numbers nor groups, or `treatment` is not 0 or 1.
    """
    require_frame(people, NAME)
    require_columns(people, [outcome, treatment, cluster], NAME)
    require_numeric(people, [outcome], NAME)
    if outcome == treatment:
        raise ValueError("`outcome` and `treatment` name the same column. Name two.")
    right, needed = _parsed(formula, "formula", outcome)
    if treatment in needed:
        raise ValueError(
            f"`formula` holds the treatment {treatment}. Put its interactions into `outcome_formula`."
        )
    model, model_needs = (
        (right, needed) if outcome_formula is None else _parsed(outcome_formula, "outcome_formula", outcome)
    )
    if outcome in (*needed, *model_needs):
        raise ValueError(f"A formula holds the outcome {outcome} as a predictor. Leave it out.")
    columns = list(dict.fromkeys([*needed, *model_needs]))
    require_columns(people, columns, NAME)
    frame = people.reset_index(drop=True)
    known = frame[list(dict.fromkeys([outcome, treatment, *columns]))].notna().all(axis=1)
    kept = frame.loc[known].reset_index(drop=True)
    kept = kept.assign(**{treatment: _zero_one(kept[treatment], treatment)})
    kept = kept.assign(**{c: _usable(kept, c) for c in columns if c != treatment})
    if cluster is not None:
        require_no_missing(kept, [cluster], NAME)
    y, t = kept[outcome].to_numpy(dtype=float), kept[treatment].to_numpy(dtype=float)
    z, names = _matrix(right, kept, "formula")
    if outcome_formula is not None and (treatment in model_needs or not by_arm):
        x, x1, x0 = _as_if(f"`{treatment}` + ({model})", kept, treatment)
    else:
        base = z if outcome_formula is None else _matrix(model, kept, "outcome_formula")[0]
        other = np.zeros_like(base) if by_arm else np.zeros((len(base), 1))
        x0 = np.column_stack([base, other])
        x1 = np.column_stack([other, base] if by_arm else [base, other + 1])
        x = np.where((t == 1)[:, None], x1, x0)
    flags = independent(z) if len(z) else np.ones(z.shape[1], dtype=bool)
    repeated = tuple(name for name, keep in zip(names, flags, strict=True) if not keep)
    codes = None if cluster is None else pd.factorize(kept[cluster])[0]
    return AdjustData(
        kept=kept,
        y=y,
        t=t,
        z=z,
        z_names=names,
        x=x,
        x1=x1,
        x0=x0,
        cluster=codes,
        repeated=repeated,
    )


def _parsed(formula: str, name: str, outcome: str) -> tuple[str, list[str]]:
    """Return the right side of a formula and the columns it needs."""
    if not isinstance(formula, str):
        raise TypeError(f"`{name}` must be text such as 'tenure + C(team)', not {type(formula).__name__}.")
    left, _, right = formula.rpartition("~")
    if "~" in left or (left.strip().strip("`") not in ("", outcome)):
        raise ValueError(
            f"`{name}` {formula!r} has another left side than {outcome}. Give only the right side."
        )
    try:
        needed = sorted(map(str, Formula(right.strip()).required_variables))
    except (FormulaicError, SyntaxError) as error:
        raise ValueError(
            f"`{name}` {formula!r} is no formula. Write for example '1' or 'tenure + C(team)'."
        ) from error
    return right.strip(), needed


def _zero_one(column: pd.Series, name: str) -> pd.Series:
    strange = ~column.isin([0, 1]).to_numpy(dtype=bool)
    if strange.any():
        raise ValueError(
            f"Column `{name}` of `{NAME}` is neither 0 nor 1 in {rows(strange)}. "
            "Make it 1 for the trained and 0 for the others."
        )
    return column.astype(object).astype(bool).astype(float)


def _usable(kept: pd.DataFrame, column: str) -> pd.Series:
    """Return numbers as floats and groups as formulaic takes them."""
    values = kept[column].infer_objects()
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.remove_unused_categories()
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        require_numeric(kept.assign(**{column: values}), [column], NAME)
        return values.astype(float)
    if values.dtype.kind in "mM" or isinstance(values.dtype, pd.PeriodDtype):
        raise TypeError(
            f"Column `{column}` of `{NAME}` is {values.dtype}. Make it a number, such as days, or groups as text."
        )
    return values.astype(object)


def _matrix(right: str, kept: pd.DataFrame, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    try:
        with np.errstate(all="ignore"):
            matrix = model_matrix(right, kept, context={}, na_action="ignore")
    except (FormulaicError, ValueError) as error:
        raise ValueError(f"`{name}` cannot be computed from `{NAME}`: {_first_line(error)}") from error
    values = matrix.to_numpy(dtype=float)
    _require_finite(values, name)
    return values, tuple(map(str, matrix.columns))


def _as_if(right: str, kept: pd.DataFrame, treatment: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the design as observed, with everyone treated and with no one treated."""
    n = len(kept)
    # both at once, so that a treatment coded as groups has both levels, and transformations are the same
    both = pd.concat([kept.assign(**{treatment: a}) for a in (1.0, 0.0)], ignore_index=True)
    values, _ = _matrix(right, both, "outcome_formula")
    one, none = values[:n], values[n:]
    return np.where((kept[treatment] == 1).to_numpy()[:, None], one, none), one, none


def _require_finite(values: np.ndarray, name: str) -> None:
    bad = ~np.isfinite(values).all(axis=1)
    if bad.any():
        raise ValueError(
            f"`{name}` is not a finite number in {rows(bad)} of the complete ones. Change the transformation."
        )


def _first_line(error: Exception) -> str:
    # values of cells must not reach a message
    return re.sub(r"'[^']*'", "…", str(error).split("\n")[0])[:120]
