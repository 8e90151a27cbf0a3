"""Which answers are ordered how, and who is compared with whom?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula, model_matrix
from formulaic.errors import FormulaicError

from tne.checks import require_columns, require_no_missing, require_numeric, rows


@dataclass(frozen=True)
class OrderedAnswers:
    """Ordered answers, and the groups or numbers that they are explained by.

    Parameters
    ----------
    outcome : str
    levels : tuple of str
        Categories that occur, lowest first.
    y : ndarray of int, shape (n,)
        Position in `levels`.
    x : ndarray, shape (n, k)
        Treatment-coded, without a constant.
    terms, references : list of str
        Name of each column, and whom it compares with ("" for a number).
    weight : ndarray, shape (n,)
        Frequencies.
    cluster : ndarray of int, shape (n,), or None
    person : ndarray of int, shape (n,), or None
        Codes of people who may have given several answers.
    baseline : ndarray of bool, shape (n, k)
        Who is in the group that each column compares with; everyone for a number.
    n_complete, n_empty : int
        Rows without missing values, and categories that nobody chose.
    """

    outcome: str
    levels: tuple[str, ...]
    y: np.ndarray
    x: np.ndarray
    terms: list[str]
    references: list[str]
    weight: np.ndarray
    cluster: np.ndarray | None
    person: np.ndarray | None
    baseline: np.ndarray
    n_complete: int
    n_empty: int

    def people(self, smaller: int | None = None) -> float:
        """Return the number of people, or of those in the smaller of a column's two groups."""
        if smaller is None or not self.references[smaller]:
            return self._count(np.ones(len(self.y), dtype=bool))
        return min(self._count(self.x[:, smaller] != 0), self._count(self.baseline[:, smaller]))

    def _count(self, rows_in: np.ndarray) -> float:
        if self.person is None:
            return float(self.weight[rows_in].sum())
        return float(len(np.unique(self.person[rows_in])))


def ordered_answers(
    data: pd.DataFrame,
    formula: str,
    *,
    weights: str | None,
    levels: Sequence[Any] | None,
    cluster: str | None,
) -> OrderedAnswers:
    """Read the formula's columns, or raise where they cannot be used.

    Parameters
    ----------
    data : DataFrame
    formula : str
    weights, cluster : str, optional
    levels : sequence, optional
    """
    outcome, right = _sides(formula)
    try:
        used = sorted(str(v) for v in Formula(right).required_variables)
    except FormulaicError as error:
        raise ValueError(
            f"{right!r} is no right side of a formula. Write for example 'market + age'."
        ) from error
    require_columns(data, [outcome, weights, cluster, *used], "data")
    if weights:
        require_numeric(data, [weights], "data")
    for column in used:
        _require_usable(data, column)
    frame = data.reset_index(drop=True)
    order = _order(frame[outcome], outcome, levels)
    needed = [outcome, *used, *([weights] if weights else [])]
    frame = frame.loc[frame[needed].notna().all(axis=1)]
    w = frame[weights].to_numpy(dtype=float) if weights else np.ones(len(frame))
    if (w < 0).any():
        raise ValueError(f"Column `{weights}` of `data` is negative in {rows(w < 0)}. Give frequencies.")
    kept, w = frame.loc[w > 0], w[w > 0]
    require_no_missing(kept, [cluster] if cluster else [], "data")
    code = np.asarray(pd.Categorical(kept[outcome], categories=order).codes, dtype=int)
    seen = np.flatnonzero(np.bincount(code, minlength=len(order)))
    x, names = _design(kept, right, used)
    told = [_named(name) for name in names]
    baseline = np.ones(x.shape, dtype=bool)
    for i, (_, factor, _) in enumerate(told):
        if factor:
            same = [j for j, (_, other, _) in enumerate(told) if other == factor]
            baseline[:, i] = (x[:, same] == 0).all(axis=1)
    return OrderedAnswers(
        outcome=outcome,
        levels=tuple(_text(order[i]) for i in seen),
        y=np.searchsorted(seen, code),
        x=x,
        terms=[term for term, _, _ in told],
        references=[_first(kept, factor) if factor else "" for _, factor, _ in told],
        weight=w,
        cluster=pd.factorize(kept[cluster])[0] if cluster else None,
        person=pd.factorize(kept["moderator_id"])[0] if "moderator_id" in kept else None,
        baseline=baseline,
        n_complete=len(frame),
        n_empty=len(order) - len(seen),
    )


def _sides(formula: str) -> tuple[str, str]:
    parts = formula.split("~")
    if len(parts) != 2 or not parts[0].strip() or not parts[1].strip():
        raise ValueError(
            f"The formula {formula!r} must read outcome ~ predictors, for example 'answer ~ market'."
        )
    return parts[0].strip().strip("`"), parts[1].strip()


def _order(column: pd.Series, name: str, levels: Sequence[Any] | None) -> list[Any]:
    """Return the categories of the outcome from lowest to highest."""
    column = column.infer_objects()
    if levels is not None:
        order = list(levels)
        if len(set(order)) < len(order):
            raise ValueError("`levels` names a category twice. Give each once, lowest first.")
        strange = (column.notna() & ~column.isin(order)).to_numpy()
        if strange.any():
            raise ValueError(
                f"Column `{name}` of `data` is not one of `levels` in {rows(strange)}. Name them all."
            )
        return order
    if isinstance(column.dtype, pd.CategoricalDtype):
        order = list(column.cat.categories)
        text = all(isinstance(level, str) for level in order)
        if column.cat.ordered or not text or order != sorted(order):
            return order
    elif pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return sorted(column.dropna().unique())
    raise ValueError(
        f"Column `{name}` of `data` is text without an order. Say `levels=[lowest, ..., highest]`, or make it "
        "pd.Categorical(..., categories=[lowest, ..., highest], ordered=True)."
    )


def _require_usable(data: pd.DataFrame, column: str) -> None:
    """Raise where a predictor is infinite, or neither numbers nor groups."""
    kind = data[column].dtype
    if pd.api.types.is_numeric_dtype(kind):
        require_numeric(data, [column], "data")
    elif kind.kind in "mM":
        raise TypeError(
            f"Column `{column}` of `data` is {kind}. Make it a number, such as days, or groups as text."
        )


def _design(kept: pd.DataFrame, right: str, used: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Return the treatment-coded predictors without the constant; categories that nobody has are dropped."""
    frame = kept.copy()
    for column in used:
        if isinstance(frame[column].dtype, pd.CategoricalDtype):
            frame[column] = frame[column].cat.remove_unused_categories()
        elif isinstance(
            frame[column].dtype, pd.StringDtype
        ):  # formulaic takes only some kinds of text for groups
            frame[column] = frame[column].astype(object)
    matrix = model_matrix(right, frame, context={}, na_action="raise")
    if "Intercept" not in matrix.columns:
        raise ValueError(
            "The formula leaves out the constant, which the cut points need. Remove `- 1` or `0 +`."
        )
    x = matrix.drop(columns="Intercept")
    values = x.to_numpy(dtype=float)
    full = np.column_stack([np.ones(len(values)), values])
    sizes = np.sqrt((full**2).sum(axis=0))
    if (
        len(values)
        and np.linalg.matrix_rank(full / np.where(sizes > 0, sizes, 1.0), tol=1e-9) < full.shape[1]
    ):
        raise ValueError(
            f"The columns {', '.join(map(str, x.columns))} repeat each other or do not vary. Leave some out."
        )
    return values, [str(name) for name in x.columns]


def _named(column: str) -> tuple[str, str, str]:
    """Return the name as R has it, the factor of a plain group column ("" otherwise), and its level."""
    name = re.sub(r"C\((\w+)[^\[]*\)", r"\1", column)
    plain = re.fullmatch(r"([^\[:]+)\[T?\.?(.*)\]", name)
    term = re.sub(r"\[(?:T\.)?([^\]]*)\]", r"\1", name)
    return (term, plain.group(1), plain.group(2)) if plain and ":" not in name else (term, "", "")


def _first(frame: pd.DataFrame, factor: str) -> str:
    """Name the category that the others of a factor are compared with."""
    if factor not in frame.columns:
        return "the first category"
    column = frame[factor]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return str(column.cat.remove_unused_categories().cat.categories[0])
    return str(sorted(column.unique())[0])


def _text(level: Any) -> str:
    number = isinstance(level, (int, float, np.number)) and not isinstance(level, (bool, np.bool_))
    return f"{level:g}" if number else str(level)
