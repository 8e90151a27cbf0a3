"""Which answers can an item response model be fitted to?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from tne.checks import require_frame, require_numeric, rows

ALL_RIGHT = "everyone who answered got it right: its difficulty has no finite estimate"
ALL_WRONG = "everyone who answered got it wrong: its difficulty has no finite estimate"
NOBODY = "nobody answered it"


@dataclass(frozen=True, eq=False)
class Responses:
    """Binary answers, and what each item allows.

    Parameters
    ----------
    correct : ndarray of float, shape (n, J)
        1 where answered rightly, else 0 (also where not answered).
    answered : ndarray of float, shape (n, J)
        1 where answered, else 0.
    items : tuple
        Names of the J items.
    index : Index, length n
        The people, as they came.
    """

    correct: np.ndarray
    answered: np.ndarray
    items: tuple[object, ...]
    index: pd.Index

    @property
    def n_answers(self) -> np.ndarray:
        """Answers per item, shape (J,)."""
        return cast(np.ndarray, self.answered.sum(axis=0))

    @property
    def notes(self) -> tuple[str, ...]:
        """Why an item cannot be estimated, "" where it can."""
        right, n = self.correct.sum(axis=0), self.n_answers
        return tuple(
            NOBODY if k == 0 else ALL_RIGHT if r == k else ALL_WRONG if r == 0 else ""
            for r, k in zip(right, n, strict=True)
        )

    @property
    def usable(self) -> np.ndarray:
        """Whether an item can be estimated, shape (J,)."""
        return np.array([note == "" for note in self.notes], dtype=bool)

    @property
    def n_people(self) -> int:
        """People with at least one answer to a usable item."""
        return int(self.answered[:, self.usable].any(axis=1).sum())


@dataclass(frozen=True, eq=False)
class Patterns:
    """The distinct rows of answers.

    Parameters
    ----------
    correct, answered : ndarray of float, shape (S, J)
    counts : ndarray of float, shape (S,)
        People with each pattern.
    of_person : ndarray of int, shape (n,)
        The pattern of each person.
    forms : ndarray of bool, shape (F, J)
        The distinct sets of items presented.
    form : ndarray of int, shape (S,)
        The form of each pattern.
    """

    correct: np.ndarray
    answered: np.ndarray
    counts: np.ndarray
    of_person: np.ndarray
    forms: np.ndarray
    form: np.ndarray

    def part(self, chosen: slice) -> Patterns:
        """Return some of the patterns; people are not followed."""
        kept, form = np.unique(self.form[chosen], return_inverse=True)
        correct, answered, counts = self.correct[chosen], self.answered[chosen], self.counts[chosen]
        return Patterns(correct, answered, counts, np.empty(0, dtype=int), self.forms[kept], form.reshape(-1))


def responses(item_scores: pd.DataFrame, name: str = "item_scores") -> Responses:
    """Read a people × items frame of 0 and 1; what is missing was not presented.

    Raises
    ------
    TypeError, ValueError
        If the frame has no items, a person twice, or other scores than 0 and 1.
    """
    require_frame(item_scores, name)
    if item_scores.shape[1] == 0:
        raise ValueError(f"`{name}` has no columns. Give people × items, one column an item.")
    twice = item_scores.index.duplicated(keep=False)
    if twice.any():
        raise ValueError(
            f"`{name}` must have one row per person, but {rows(twice)} share their index. Keep one, or "
            "number the rows with reset_index(drop=True) if each is a person of its own."
        )
    columns = {}
    for item in item_scores.columns:
        values = item_scores[item]
        if values.isna().all():
            columns[item] = np.full(len(values), np.nan)
            continue
        require_numeric(item_scores, [item], name)
        columns[item] = values.to_numpy(dtype=float, na_value=np.nan)
    scores = np.column_stack(list(columns.values())) if len(item_scores) else np.empty((0, len(columns)))
    odd = ~np.isnan(scores) & (scores != 0) & (scores != 1)
    if odd.any():
        which = [str(item) for item, bad in zip(columns, odd.any(axis=0), strict=True) if bad]
        some = ", ".join(which[:8]) + (" …" if len(which) > 8 else "")
        raise ValueError(
            f"Items {some} of `{name}` have scores other than 0 and 1 in {rows(odd.any(axis=1))}. These models take "
            "right and wrong only: cut each item first, as with (score >= pass_mark), leave missing what was not "
            "presented, and drop columns that are no items."
        )
    answered = ~np.isnan(scores)
    return Responses(
        np.where(answered, scores, 0.0), answered.astype(float), tuple(columns), item_scores.index
    )


def patterns(correct: np.ndarray, answered: np.ndarray) -> Patterns:
    """Collect equal rows: the likelihood needs each distinct one only once."""
    first, of_person = _distinct(np.hstack([correct, answered]))
    counts = np.bincount(of_person, minlength=len(first)).astype(float)
    shown = answered[first]
    of_form, form = _distinct(shown)
    return Patterns(correct[first], shown, counts, of_person, shown[of_form].astype(bool), form)


def _distinct(flags: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first row of each distinct row of zeros and ones, and which of them every row is."""
    packed = np.ascontiguousarray(np.packbits(flags.astype(bool), axis=1))
    keys = packed.view(np.dtype((np.void, max(packed.shape[1], 1)))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return first, inverse.reshape(-1)
