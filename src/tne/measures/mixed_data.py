"""Which rows and columns enter a mixed model, and are they enough?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from formulaic import Formula, model_matrix
from formulaic.errors import FormulaicError

from tne.checks import require_columns, require_numeric
from tne.measures.mixed_terms import INTERCEPT, Term, make_terms, structure, wanted_terms
from tne.measures.ols import missing_check
from tne.measures.sandwich import independent
from tne.result import Check

FEW_LEVELS, FEW_PEOPLE = 5, 20


@dataclass(frozen=True, eq=False)
class MixedData:
    """Rows without missing values, the fixed part and the random terms.

    Parameters
    ----------
    kept : DataFrame
    x : ndarray, shape (n, p)
    names : list of str, length p
    terms : list of Term
    counts : dict
        Columns n, n_people, n_people_total of the estimates.
    checks : tuple of Check
        missing, few_people, few_groups, structure.
    """

    kept: pd.DataFrame
    x: np.ndarray
    names: list[str]
    terms: list[Term]
    counts: dict[str, float]
    checks: tuple[Check, ...]


def mixed_data(
    data: pd.DataFrame, name: str, numbers: Sequence[str], fixed: str, random: str | Sequence[str]
) -> MixedData:
    """Drop rows with a missing value, build the designs and count.

    Raises
    ------
    ValueError, KeyError, TypeError
        If a formula is no right side, a column is missing, or columns of the fixed part repeat each other.
    """
    require_columns(data, numbers, name)
    require_numeric(data, numbers, name)
    wanted = wanted_terms(random, data, name)
    try:
        formula = Formula(fixed)
        needed = sorted(map(str, formula.required_variables))
    except FormulaicError as error:
        raise ValueError(
            f"`fixed` {fixed!r} is no formula. Write for example '1' or 'week + C(team)'."
        ) from error
    if "~" in fixed:
        raise ValueError(f"`fixed` {fixed!r} has a ~. Give only what stands to the right of it.")
    require_columns(data, needed, name)
    slopes = [e for t in wanted for e in t.effects if e != INTERCEPT]
    used = dict.fromkeys([*numbers, *needed, *slopes, *(c for t in wanted for c in t.columns)])
    frame = data.reset_index(drop=True)
    kept = frame.loc[frame[list(used)].notna().all(axis=1)].reset_index(drop=True)
    categories = [c for c in needed if isinstance(kept[c].dtype, pd.CategoricalDtype)]
    kept = kept.assign(**{c: kept[c].cat.remove_unused_categories() for c in categories})
    # formulaic knows text by its usual types only
    kept = kept.astype({c: object for c in needed if isinstance(kept[c].dtype, pd.StringDtype)})
    names, x = _fixed_part(formula, kept)
    terms = make_terms(wanted, kept)
    people = kept["moderator_id"].nunique() if "moderator_id" in kept else math.nan
    smallest = people
    if "moderator_id" not in kept and "n_people" in kept and len(kept):
        smallest = float(kept["n_people"].min())
    return MixedData(
        kept=kept,
        x=x,
        names=names,
        terms=terms,
        counts={"n": len(kept), "n_people": smallest, "n_people_total": people},
        checks=(
            missing_check(len(data), len(kept)),
            _people(people),
            _levels(terms),
            Check("structure", "pass", _structure(terms)),
        ),
    )


def why_not(data: MixedData) -> str:
    """Return why nothing can be estimated, "" if it can."""
    if len(data.kept) <= data.x.shape[1]:
        return "too few rows for the fixed effects"
    for term in data.terms:
        if term.levels < 2:
            return f"{term.group} has one level: its variance cannot be estimated"
    return ""


def _fixed_part(formula: Formula, kept: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    if not len(kept):
        return [], np.zeros((0, 0))
    matrix = model_matrix(formula, kept, context={})
    names, x = [str(c) for c in matrix.columns], matrix.to_numpy(dtype=float)
    if not names:
        raise ValueError("`fixed` has no column. Write '1' for a common mean.")
    free = independent(x)
    if not free.all() and len(kept) > len(names):
        some = ", ".join(name for name, keep in zip(names, free, strict=True) if not keep)
        raise ValueError(f"Columns of `fixed` repeat others or are constant: {some}. Leave them out.")
    return names, x


def _people(people: float) -> Check:
    if math.isnan(people):
        return Check("few_people", "not_run", "There is no column moderator_id to count people by.")
    status = "pass" if people >= FEW_PEOPLE else "warn"
    return Check("few_people", status, f"{people} people; {FEW_PEOPLE} or more are wanted.")


def _levels(terms: list[Term]) -> Check:
    if not terms:
        return Check("few_groups", "not_run", "There is no grouping.")
    counts = {term.group: term.levels for term in terms}
    told = ", ".join(f"{count} levels of {group}" for group, count in counts.items())
    status = "warn" if min(counts.values()) < FEW_LEVELS else "pass"
    return Check("few_groups", status, f"{told}; a variance wants {FEW_LEVELS} or more, better 10.")


def _structure(terms: list[Term]) -> str:
    return f"As labelled: {structure(terms) or 'one grouping'}."
