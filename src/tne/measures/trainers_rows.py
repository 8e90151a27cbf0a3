"""Which people, adjustments and groupings enter a comparison of trainers?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_numeric
from tne.measures.sandwich import independent

TRAINER, SESSION, TEAM, PERSON = "trainer", "session", "team", "person"


@dataclass(frozen=True, eq=False)
class Taught:
    """People with a trainer, an outcome and everything that adjusts it.

    Parameters
    ----------
    kept : DataFrame
        Columns of the input; index 0, 1, ...
    gone : DataFrame
        People with a trainer who lack something else.
    x : ndarray, shape (n, k)
        Intercept and adjustments, numbers centred, of full rank.
    codes : dict of str to ndarray of int, shape (n,)
        ``trainer`` and, where they can be told from it, ``session``, ``team`` and ``person``.
    labels : list
        The trainers, in the order of their codes.
    sessions : ndarray of int, shape (trainers,) or None
        Sessions that each held.
    dropped : dict of str to str
        Groupings that were asked for and cannot be told apart, with the reason.
    """

    kept: pd.DataFrame
    gone: pd.DataFrame
    x: np.ndarray
    codes: dict[str, np.ndarray]
    labels: list[object]
    sessions: np.ndarray | None
    dropped: dict[str, str]

    @property
    def trainers(self) -> int:
        return len(self.labels)

    @property
    def sizes(self) -> np.ndarray:
        """Rows of each trainer."""
        return np.bincount(self.codes[TRAINER], minlength=self.trainers)

    @property
    def people(self) -> np.ndarray:
        """Distinct people of each trainer."""
        if "moderator_id" not in self.kept:
            return self.sizes
        found = self.kept["moderator_id"].groupby(self.codes[TRAINER]).nunique()
        return cast(np.ndarray, found.reindex(range(self.trainers), fill_value=0).to_numpy())


def names_of(columns: str | Sequence[str] | None) -> list[str]:
    """Return column names as a list, each once."""
    if columns is None:
        return []
    return [columns] if isinstance(columns, str) else list(dict.fromkeys(columns))


def taught(
    people: pd.DataFrame,
    outcome: str,
    trainer: str,
    session: str | None,
    team: str | None,
    numbers: Sequence[str],
    covariates: Sequence[str],
) -> Taught:
    """Choose the rows with a trainer and all values, and say which groupings can be told apart.

    Raises
    ------
    KeyError, TypeError, ValueError
        If a column is absent or a number is none.
    """
    require_columns(people, [outcome, trainer, session, team, *numbers, *covariates], "people")
    require_numeric(people, [outcome, *numbers], "people")
    groupings = [c for c in (trainer, session, team) if c is not None]
    if len(set(groupings)) < len(groupings):
        raise ValueError("`trainer`, `session` and `team` must be different columns. Name each once.")
    given = people.loc[people[trainer].notna()].reset_index(drop=True)
    whole = given[[outcome, *groupings, *numbers, *covariates]].notna().all(axis=1).to_numpy()
    kept = given.loc[whole].reset_index(drop=True)
    codes, labels = pd.factorize(kept[trainer].astype(object))
    order = sorted(range(len(labels)), key=lambda i: str(labels[i]))
    codes = np.argsort(order)[codes] if len(labels) else codes
    dropped: dict[str, Any]
    found, dropped = {TRAINER: codes}, {}
    sessions = None
    if session is not None:
        of = pd.factorize(kept[session].astype(object))[0]
        sessions = pd.Series(of).groupby(codes).nunique().reindex(range(len(labels)), fill_value=0).to_numpy()
        dropped |= _tell(found, SESSION, of)
    if team is not None:
        dropped |= _tell(found, TEAM, pd.factorize(kept[team].astype(object))[0])
    if "moderator_id" in kept:  # people of several programmes or sessions have several rows
        _tell(found, PERSON, pd.factorize(kept["moderator_id"].astype(object))[0])
    return Taught(
        kept=kept,
        gone=given.loc[~whole],
        x=design(kept, [*numbers, *covariates]),
        codes=found,
        labels=[labels[i] for i in order],
        sessions=sessions,
        dropped=dropped,
    )


def _tell(found: dict[str, np.ndarray], name: str, codes: np.ndarray) -> dict[str, str]:
    """Add a grouping where it can be told apart; return why it cannot, if so."""
    levels = len(np.unique(codes))
    if levels < 2:
        return {name: f"there is one {name}"}
    if levels == len(codes):
        return {name: f"every row has a {name} of its own"}
    for other, known in found.items():
        pairs = len(np.unique(np.column_stack([codes, known]), axis=0))
        if pairs == levels == len(np.unique(known)):
            return {name: f"each {name} is one {other}"}
    found[name] = codes
    return {}


def design(kept: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Return an intercept, numbers centred and indicators of categories, without what repeats the columns before."""
    parts = [np.ones(len(kept))]
    for name in columns:
        values = kept[name]
        if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            number = values.to_numpy(dtype=float)
            number = number - number.mean() if len(number) else number
            parts.append(number / (np.abs(number).max(initial=0.0) or 1.0))
            continue
        of, levels = pd.factorize(values.astype(object))
        parts += [(of == i).astype(float) for i in range(1, len(levels))]
    x = np.column_stack(parts)
    return x[:, independent(x)] if len(x) else x
