"""Which audits count, and what does each stand for?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_numeric, rows
from tne.result import Check

ERROR_TYPES = ("false_positive", "false_negative", "wrong_policy", "technical")


@dataclass(frozen=True, eq=False)
class Live:
    """Audits that count, in the order of the frame.

    Parameters
    ----------
    frame : DataFrame
        The rows, with an index from 0.
    right : array of float, shape (n,)
        1 where the auditor agreed.
    weight : array of float, shape (n,)
        Decisions that an audit stands for.
    person : array of int, shape (n,)
        Who decided, as numbers from 0; each row its own where `audits` has no ``moderator_id``.
    checks : tuple of Check
    """

    frame: pd.DataFrame
    right: np.ndarray
    weight: np.ndarray
    person: np.ndarray
    checks: tuple[Check, ...]

    @property
    def named(self) -> bool:
        """Whether it is known who decided; else nobody can say how many people a number is about."""
        return "moderator_id" in self.frame

    def __len__(self) -> int:
        return len(self.frame)


def live(audits: pd.DataFrame, columns: Sequence[str] = (), *, seeded: bool = False) -> Live:
    """Return the audits of production (or, with `seeded`, of test cases) whose outcome and `columns` are known.

    Raises
    ------
    ValueError
        If a weight is missing, or is not above 0.
    """
    require_columns(audits, ["correct", *columns], "audits")
    frame = audits.reset_index(drop=True)
    right = flag(frame, "correct")
    planted = flag(frame, "seeded") == 1 if "seeded" in frame else np.zeros(len(frame), dtype=bool)
    weight = _weights(frame)
    wanted = planted if seeded else ~planted
    known = ~np.isnan(right)
    for column in columns:
        known &= frame[column].notna().to_numpy()
    kept = np.flatnonzero(wanted & known)
    own = frame.iloc[kept].reset_index(drop=True)
    lost = int((wanted & ~known).sum())
    person = _people(own)
    checks = [_missing(lost, int(wanted.sum()), columns)]
    if not seeded:
        detail = (
            f"{int(planted.sum())} audits of seeded test cases are left out: nobody drew them from the queue."
        )
        checks.append(Check("seeded_cases", "pass" if "seeded" in frame else "not_run", detail))
    checks.append(_weighting(weight[kept], "sampling_weight" in frame, seeded))
    return Live(own, right[kept], np.ones(len(kept)) if seeded else weight[kept], person, tuple(checks))


def keys_of(by: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return `by` as a tuple of column names, each once."""
    if by is None:
        return ()
    return (by,) if isinstance(by, str) else tuple(dict.fromkeys(by))


def cells_of(frame: pd.DataFrame, keys: Sequence[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the cell of each row (numbers from 0) and the keys of each cell, in the order of the keys."""
    if not keys:
        return np.zeros(len(frame), dtype=int), pd.DataFrame(index=range(1))
    grouped = frame.groupby(list(keys), observed=True, sort=True)
    code = grouped.ngroup().to_numpy()
    first = pd.Series(code).drop_duplicates()
    table = frame.loc[first.index, list(keys)].assign(_cell=first.to_numpy()).sort_values("_cell")
    return code, table.drop(columns="_cell").reset_index(drop=True)


def flag(frame: pd.DataFrame, column: str, name: str = "audits") -> np.ndarray:
    """Return a yes-or-no column as 0, 1 and NaN; all NaN where the frame lacks it."""
    if column not in frame or frame[column].isna().all():
        return np.full(len(frame), np.nan)
    values = frame[column]
    if values.dtype == object and values.dropna().map(lambda v: isinstance(v, bool | np.bool_)).all():
        frame = frame.assign(
            **{column: values.astype("boolean")}
        )  # flags with gaps, as files often give them
    require_numeric(frame, [column], name)
    values = frame[column].to_numpy(dtype=float, na_value=np.nan)
    odd = ~np.isnan(values) & (values != 0) & (values != 1)
    if odd.any():
        raise ValueError(f"Column `{column}` is neither true nor false in {rows(odd)}. Code it as a flag.")
    return cast(np.ndarray, values)


def _weights(frame: pd.DataFrame) -> np.ndarray:
    if "sampling_weight" not in frame:
        return np.ones(len(frame))
    require_numeric(frame, ["sampling_weight"], "audits")
    weight = frame["sampling_weight"].to_numpy(dtype=float, na_value=np.nan)
    bad = ~(weight > 0)
    if bad.any():
        raise ValueError(
            f"Column `sampling_weight` is missing, 0 or negative in {rows(bad)}. Give the decisions that an audit "
            "stands for, 1 where it is not known."
        )
    return cast(np.ndarray, weight)


def _people(frame: pd.DataFrame) -> np.ndarray:
    if "moderator_id" not in frame:
        return np.arange(len(frame))
    unknown = frame["moderator_id"].isna().to_numpy()
    if unknown.any():
        raise ValueError(
            f"Column `moderator_id` is missing in {rows(unknown)} of those that count. Fill or drop them."
        )
    return cast(np.ndarray, pd.factorize(frame["moderator_id"])[0])


def _missing(lost: int, total: int, columns: Sequence[str]) -> Check:
    needed = ", ".join(dict.fromkeys(("correct", *columns)))
    if not lost:
        return Check("missing", "pass", f"All {total} audits have {needed}.")
    return Check("missing", "warn", f"{lost} of {total} audits lack one of {needed} and are left out.")


def _weighting(weight: np.ndarray, given: bool, seeded: bool) -> Check:
    name = "sampling_weights"
    if seeded:
        return Check(name, "pass", "Seeded cases count once each: nobody drew them from the queue.")
    if not len(weight):
        return Check(name, "not_run", "There are no audits.")
    if not given or np.all(weight == 1):
        return Check(
            name,
            "not_run",
            "All sampling weights are 1: either every decision had the same chance or it is not known.",
        )
    worth = weight.sum() ** 2 / (weight @ weight)
    detail = (
        f"Weights from {weight.min():.3g} to {weight.max():.3g}; {len(weight)} audits are worth {worth:.0f}."
    )
    return Check(name, "warn" if worth < len(weight) / 2 else "pass", detail)
