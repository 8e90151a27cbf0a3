"""Which random effects does a model have, and do they cross or lie within each other?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_numeric

INTERCEPT = "(Intercept)"


@dataclass(frozen=True)
class Wanted:
    """One random term as asked for: a grouping (columns whose combinations are its levels) and its effects."""

    columns: tuple[str, ...]
    effects: tuple[str, ...]

    @property
    def group(self) -> str:
        return ":".join(self.columns)


@dataclass(frozen=True, eq=False)
class Term:
    """One random term with its data.

    Parameters
    ----------
    group : str
        The grouping, for example ``"trainer_id"`` or ``"batch:cask"``.
    effects : tuple of str, length k
        ``"(Intercept)"`` and the slopes' columns.
    codes : ndarray of int, shape (n,)
        Level of each row, 0, 1, ... without gaps.
    labels : list
        The levels' names, in the order of the codes.
    design : ndarray, shape (n, k)
        What each effect is multiplied with: 1 for the intercept.
    """

    group: str
    effects: tuple[str, ...]
    codes: np.ndarray
    labels: list[str]
    design: np.ndarray

    @property
    def levels(self) -> int:
        return len(self.labels)

    @property
    def width(self) -> int:
        return len(self.effects)


def wanted_terms(random: str | Sequence[str], data: pd.DataFrame, name: str = "scores") -> list[Wanted]:
    """Read the notation: ``"g"``, ``"a/b"`` (a and a:b), ``"x | g"`` (correlated), ``"x || g"`` (uncorrelated).

    A name that is a column of the data is that column, whatever signs it holds.

    Raises
    ------
    ValueError, KeyError, TypeError
        If nothing, or the same effect twice, is asked for; if a column is missing; if a slope is not numeric.
    """
    specs = (random,) if isinstance(random, str) else tuple(random)
    if not specs:
        raise ValueError("`random` names no grouping. Give at least one column, for example 'session_id'.")
    found: list[Wanted] = []
    for spec in specs:
        if spec in data.columns:
            found.append(Wanted((spec,), (INTERCEPT,)))
            continue
        left, bar, right = spec.strip().strip("()").partition("|")
        apart = right.startswith("|")
        grouping = right.lstrip("|").strip() if bar else left.strip()
        effects = _effects(left, spec) if bar else (INTERCEPT,)
        for columns in _groupings(grouping, data):
            found += [Wanted(columns, (e,)) for e in effects] if apart else [Wanted(columns, effects)]
    require_columns(data, dict.fromkeys(c for term in found for c in term.columns), name)
    require_numeric(data, dict.fromkeys(e for t in found for e in t.effects if e != INTERCEPT), name)
    asked = [(frozenset(term.columns), effect) for term in found for effect in term.effects]
    if len(set(asked)) < len(asked):
        raise ValueError("`random` asks for the same effect of the same grouping twice. Name each once.")
    return found


def _effects(left: str, spec: str) -> tuple[str, ...]:
    parts = [part.strip() for part in left.split("+") if part.strip()]
    slopes = [part for part in parts if part not in ("0", "1")]
    effects = (*(() if "0" in parts else (INTERCEPT,)), *slopes)
    if not effects:
        raise ValueError(f"`random` {spec!r} has no effect. Write for example '1 | team' or 'week | team'.")
    return effects


def _groupings(text: str, data: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the groupings of ``a/b/c``: a, a:b, a:b:c; a ``:`` joins columns."""
    if text in data.columns:
        return [(text,)]
    parts = [tuple(c.strip() for c in part.split(":")) for part in text.split("/")]
    return [tuple(c for part in parts[: i + 1] for c in part) for i in range(len(parts))]


def make_terms(wanted: Sequence[Wanted], kept: pd.DataFrame) -> list[Term]:
    """Return the terms for rows without missing values.

    Raises
    ------
    ValueError
        If a slope is 0 in all rows, or repeats the intercept.
    """
    terms = []
    for term in wanted:
        grouped = kept.groupby(list(term.columns), observed=True, sort=True)
        codes = grouped.ngroup().to_numpy()
        first = kept.iloc[np.unique(codes, return_index=True)[1]] if len(kept) else kept
        labels = [":".join(map(str, row)) for row in first[list(term.columns)].itertuples(index=False)]
        design = np.column_stack(
            [np.ones(len(kept)) if e == INTERCEPT else kept[e].to_numpy(dtype=float) for e in term.effects]
        )
        if len(kept) and (np.abs(design).sum(axis=0) == 0).any():
            raise ValueError(f"A random slope of `{term.group}` is 0 in all rows. Leave it out.")
        if len(kept) > 1 and INTERCEPT in term.effects and (np.ptp(design, axis=0) == 0).sum() > 1:
            raise ValueError(
                f"A random slope of `{term.group}` is the same in all rows, as the intercept is. Leave one out."
            )
        terms.append(Term(term.group, term.effects, codes, labels, design))
    return terms


def subset(term: Term, keep: np.ndarray) -> Term:
    """Return the term for the flagged rows only, without the levels that they lack."""
    left, codes = np.unique(term.codes[keep], return_inverse=True)
    labels = [term.labels[i] for i in left]
    return Term(term.group, term.effects, codes.ravel(), labels, term.design[keep])


def structure(terms: Sequence[Term]) -> str:
    """Say which groupings cross and which lie within others: labels used again under another group do cross."""
    said = []
    different = list({term.group: term for term in terms}.values())
    for i, one in enumerate(different):
        for other in different[:i]:
            pairs = len(np.unique(one.codes.astype(np.int64) * other.levels + other.codes))
            if pairs == one.levels:
                said.append(f"{one.group} lies within {other.group}")
            elif pairs == other.levels:
                said.append(f"{other.group} lies within {one.group}")
            else:
                said.append(f"{one.group} crosses {other.group}")
    return "; ".join(said)
