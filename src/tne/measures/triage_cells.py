"""Which cells are there to judge, and which audits, people and auditors stand in each?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_numeric, rows

ERRORS = ("false_positive", "false_negative", "wrong_policy", "technical", "none")


@dataclass(frozen=True, eq=False)
class Cells:
    """Audits as arrays; a cell is a combination of the values of `by`.

    Parameters
    ----------
    by : tuple of str
    keys : DataFrame, one row per cell
        Values of `by`, sorted.
    frame : DataFrame, one row per audit
        The audits that entered, for the columns that a single piece of evidence needs.
    cell, person, auditor : array of int, shape (audits,)
        Codes; −1 in `auditor` where unknown.
    wrong : array of bool, shape (audits,)
    weight : array of float, shape (audits,)
        Sampling weight, 1 where unknown.
    notes : tuple of str
        What was left out.
    lost : int
        Audits without an outcome or a column of `by`.
    """

    by: tuple[str, ...]
    keys: pd.DataFrame
    frame: pd.DataFrame
    cell: np.ndarray
    person: np.ndarray
    auditor: np.ndarray
    wrong: np.ndarray
    weight: np.ndarray
    notes: tuple[str, ...]
    lost: int

    def __len__(self) -> int:
        return len(self.keys)

    def count(self, values: np.ndarray | None = None) -> np.ndarray:
        """Return the sum of `values` (default: 1) over the audits of each cell, shape (cells,)."""
        return np.bincount(self.cell, values, minlength=len(self)).astype(float)

    def people(self) -> np.ndarray:
        """Return the distinct people of each cell, shape (cells,)."""
        pairs = np.unique(self.cell.astype(np.int64) * (self.person.max(initial=0) + 1) + self.person)
        return np.bincount(pairs // (self.person.max(initial=0) + 1), minlength=len(self)).astype(float)

    def codes_in(self, other: pd.DataFrame) -> np.ndarray | None:
        """Return the cell of each row of another table, −1 for none; None where it lacks a column of `by`."""
        if any(name not in other.columns for name in self.by):
            return None
        where = {tuple(key): number for number, key in enumerate(self.keys.itertuples(index=False))}
        given = zip(*(other[name].astype(object) for name in self.by), strict=True)
        return np.array([where.get(key, -1) for key in given], dtype=int)


def cells_of(audits: pd.DataFrame, by: tuple[str, ...]) -> Cells:
    """Sort audits into cells; seeded test cases and rows without an outcome or a column of `by` stay out."""
    require_columns(audits, [*by, "moderator_id", "correct"], "audits")
    notes, frame = [], audits.reset_index(drop=True)
    outcome = frame["correct"]
    if not (pd.api.types.is_bool_dtype(outcome) or pd.api.types.is_numeric_dtype(outcome)):
        raise TypeError(f"Column `correct` of `audits` is {outcome.dtype}. Give True and False (or 1 and 0).")
    right = outcome.to_numpy(dtype=float, na_value=np.nan)
    if (odd := ~(np.isnan(right) | (right == 0) | (right == 1))).any():
        raise ValueError(f"Column `correct` of `audits` is neither 0 nor 1 in {rows(odd)}. Correct them.")
    kept = ~np.isnan(right)
    if not kept.all():
        notes.append(f"{int((~kept).sum())} audits without an outcome are left out")
    for name in by:
        gone = kept & frame[name].isna().to_numpy()
        if gone.any():
            notes.append(f"{int(gone.sum())} audits without `{name}` are left out")
            kept &= ~gone
    lost = int((~kept).sum())
    if "seeded" in frame:
        live = ~frame["seeded"].astype("boolean").fillna(False).to_numpy(dtype=bool)
        if live[kept].any() and not live[kept].all():
            notes.append(f"{int((kept & ~live).sum())} seeded test cases are left out")
            kept &= live
    if not kept.all():
        frame, right = frame.loc[kept].reset_index(drop=True), right[kept]
    if frame.empty:
        raise ValueError(f"`audits` has no row with an outcome and {', '.join(by)}. Give at least one audit.")
    if (gone := frame["moderator_id"].isna().to_numpy()).any():
        raise ValueError(
            f"Column `moderator_id` of `audits` is missing in {rows(gone)} of those that count. Fill or drop them."
        )
    weight = np.ones(len(frame))
    if "sampling_weight" in frame:
        require_numeric(frame, ["sampling_weight"], "audits")
        weight = frame["sampling_weight"].to_numpy(dtype=float, na_value=np.nan)
        weight = np.where(np.isnan(weight), 1.0, weight)
        if (weight <= 0).any():
            raise ValueError(
                f"Column `sampling_weight` of `audits` is not above 0 in {rows(weight <= 0)}. Correct them."
            )
    cell, keys = _combined(frame, by)
    auditor = np.full(len(frame), -1)
    if "auditor_id" in frame:
        auditor = pd.factorize(frame["auditor_id"])[0]
    return Cells(
        by=by,
        keys=keys,
        frame=frame,
        cell=cell,
        person=pd.factorize(frame["moderator_id"])[0],
        auditor=auditor,
        wrong=right == 0,
        weight=weight,
        notes=tuple(notes),
        lost=lost,
    )


def _combined(frame: pd.DataFrame, by: tuple[str, ...]) -> tuple[np.ndarray, pd.DataFrame]:
    """Number the combinations that occur, in sorted order of the columns."""
    number, levels = np.zeros(len(frame), dtype=np.int64), []
    for name in by:
        codes, values = pd.factorize(frame[name], sort=True)
        number = number * len(values) + codes
        levels.append(values)
    found, cell = np.unique(number, return_inverse=True)
    columns = {}
    for name, values in zip(reversed(by), reversed(levels), strict=True):
        columns[name] = values[found % len(values)]
        found = found // len(values)
    return cell, pd.DataFrame({name: columns[name] for name in by})
