"""Who is trained first and who waits, drawn so that anybody can repeat the draw?"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import (
    require_columns,
    require_frame,
    require_no_missing,
    require_numeric,
    require_unique,
    rows,
)
from tne.result import Check, Result

ALGORITHM = "sha256-rank/1"
ARMS = ("trained", "waitlist")


@dataclass(frozen=True, kw_only=True, eq=False)
class Assignment(Result):
    """The draw: everyone's arm, the record to repeat it by, and how alike the arms are.

    Parameters
    ----------
    table : DataFrame
        The rows given, in their order, with ``arm`` (``"trained"``, ``"waitlist"``) and ``block``.
    audit : dict
        ``algorithm, seed, unit, by, block_size, n_units, n_rows, units_sha256`` (of the sorted ids, so order does not
        matter), ``assignment_sha256`` (of the sorted id and arm) and ``strata``: JSON-safe, no id in it.
    strata : DataFrame
        Units per stratum and arm.
    balance : DataFrame
        Means of the named columns in either arm, and their standardised difference.
    """

    table: pd.DataFrame
    audit: dict[str, Any]
    strata: pd.DataFrame
    balance: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the rows given with ``arm`` and ``block``."""
        return self.table.copy()

    def __getitem__(self, column: Any) -> Any:
        return self.table[column]

    def __len__(self) -> int:
        return len(self.table)

    def __str__(self) -> str:
        counts = self.strata[list(ARMS)].sum()
        return (
            f"{int(counts['trained'])} of {self.audit['n_units']} units ({self.audit['unit']}) are trained first and "
            f"{int(counts['waitlist'])} wait, drawn within {len(self.strata)} strata; seed {self.audit['seed']}, "
            f"algorithm {ALGORITHM}, units {self.audit['units_sha256'][:12]}."
        )


def assign_waitlist(
    people: pd.DataFrame,
    *,
    by: str | Sequence[str],
    seed: int,
    unit: str = "moderator_id",
    block_size: int | None = None,
    covariates: Sequence[str] = (),
) -> Assignment:
    """Draw who is trained first and who waits, within strata.

    Parameters
    ----------
    people : DataFrame
        One row per person; with a team as `unit` any rows of its people.
    by : str or sequence of str
        Columns that make the strata, such as ``("market", "site")``; ``()`` for none. The same for all rows of a unit.
    seed : int
        Write it down, or publish it, before the draw.
    unit : str
        Column of what is drawn: the person, or a team whose people are all trained together.
    block_size : int, optional
        Even: a stratum is cut into random blocks of that size, each half trained. None: one block per stratum.
    covariates : sequence of str
        Numeric columns for ``.balance``.

    Returns
    -------
    Assignment
        ``.to_frame()`` (and ``result["arm"]``), ``.audit`` = the record. The arms differ by at most one unit in every
        block, and over all; who gets the odd one is drawn. Checks ``balance`` with `covariates` and ``clusters`` where
        teams are drawn (10 are wanted).

    Raises
    ------
    KeyError
        If a column is missing.
    TypeError
        If `seed` is no whole number, or a covariate no number.
    ValueError
        If ids or strata are missing, a person has two rows, a unit lies in two strata, ``arm`` or ``block`` exist,
        there are no people, or `block_size` is no even number from 2.

    Notes
    -----
    Units are ordered by ``sha256(algorithm | seed | id)``, and the first half of each block is trained: every choice of
    half is equally likely over seeds, the order of rows does not matter, and no random generator's version does. The
    odd units of strata are dealt to the arms in turn, the strata ordered in the same way. Chance makes the arms alike
    on average, not in one draw: `balance` shows how alike. Never draw again until it pleases; name strata instead.

    References
    ----------
    Kernan et al. (1999), Stratified randomization for clinical trials, J. Clin. Epidemiol. 52:19-26.

    Examples
    --------
    >>> people = pd.DataFrame({"moderator_id": list("abcdef"), "market": list("xxxxyy")})
    >>> drawn = assign_waitlist(people, by="market", seed=7)
    >>> drawn.strata[["trained", "waitlist"]].to_numpy().tolist()
    [[2, 2], [1, 1]]
    """
    names = (by,) if isinstance(by, str) else tuple(by)
    require_frame(people, "people")
    require_columns(people, [unit, *names, *covariates], "people")
    require_no_missing(people, [unit, *names], "people")
    require_numeric(people, list(covariates), "people")
    if taken := [c for c in ("arm", "block") if c in people.columns]:
        raise ValueError(
            f"`people` has a column {' and '.join(taken)} already. Drop it, or keep the first draw."
        )
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(
            f"`seed` must be a whole number, not {type(seed).__name__}. Give one that is written down."
        )
    whole = isinstance(block_size, (int, np.integer)) and not isinstance(block_size, bool)
    if block_size is not None and (not whole or block_size < 2 or block_size % 2):
        raise ValueError(f"`block_size` is {block_size!r}. Give an even number of 2 or more, or None.")
    if unit == "moderator_id":
        require_unique(people, [unit], "people")
    if len(people) == 0:
        raise ValueError("`people` has no rows. Give those who could be trained.")
    ids = pd.Series([_text(v) for v in people[unit]], dtype=object)
    strata = pd.Series([json.dumps([_text(v) for v in row]) for row in _records(people, names)], dtype=object)
    _require_whole_units(people, unit, ids, strata)
    units = pd.DataFrame({"id": ids, "stratum": strata}).drop_duplicates("id")
    units["rank"] = [_rank(seed, "unit", i) for i in units["id"]]
    drawn = _draw(units.sort_values("rank"), seed, block_size)
    table = people.copy()
    table["arm"] = drawn["arm"].reindex(ids).to_numpy()
    table["block"] = drawn["block"].reindex(ids).to_numpy()
    counts = _counts(units, drawn, names)
    balance, checks = _balance(table, unit, covariates)
    if unit != "moderator_id":
        status = "pass" if len(units) >= 10 else "warn"
        checks += (Check("clusters", status, f"{len(units)} units by {unit} are drawn; 10 are wanted."),)
    audit = {
        "algorithm": ALGORITHM,
        "seed": int(seed),
        "unit": unit,
        "by": list(names),
        "block_size": None if block_size is None else int(block_size),
        "n_units": len(units),
        "n_rows": len(people),
        "units_sha256": _digest(
            sorted(f"{i}\x1f{s}" for i, s in zip(units["id"], units["stratum"], strict=True))
        ),
        "assignment_sha256": _digest(sorted(f"{i}\x1f{a}" for i, a in drawn["arm"].items())),
        "strata": [
            {"stratum": list(key), **{a: int(n) for a, n in zip(ARMS, row, strict=True)}}
            for key, row in zip(_records(counts, names), counts[list(ARMS)].to_numpy(), strict=True)
        ],
    }
    return Assignment(table=table, audit=audit, strata=counts, balance=balance, checks=checks)


def _text(value: Any) -> str:
    """One spelling for a value whatever its dtype: 7, 7.0 and numpy's 7 are the same."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _records(frame: pd.DataFrame, names: Sequence[str]) -> list[tuple[str, ...]]:
    return (
        list(zip(*([_text(v) for v in frame[n]] for n in names), strict=True)) if names else [()] * len(frame)
    )


def _rank(seed: int, kind: str, text: str) -> str:
    return hashlib.sha256(f"{ALGORITHM}|{int(seed)}|{kind}|{text}".encode()).hexdigest()


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\x1e".join(lines).encode()).hexdigest()


def _require_whole_units(people: pd.DataFrame, unit: str, ids: pd.Series, strata: pd.Series) -> None:
    split = strata.groupby(ids).transform("nunique").to_numpy() > 1
    if split.any():
        raise ValueError(
            f"Some units of `{unit}` lie in several strata, in {rows(split)}. Choose strata that hold whole units."
        )
    if unit != "moderator_id" and "moderator_id" in people:
        twice = ids.groupby(people["moderator_id"].to_numpy()).transform("nunique").to_numpy() > 1
        if twice.any():
            raise ValueError(
                f"Some people are in several units of `{unit}`, in {rows(twice)}. Keep one row for each."
            )


def _draw(ordered: pd.DataFrame, seed: int, block_size: int | None) -> pd.DataFrame:
    """Deal arms to units in their random order; odd blocks' last units take turns, so that arms stay even over all."""
    parts, odd = [], []
    for stratum, inside in ordered.groupby("stratum", sort=True):
        size = block_size or len(inside)
        for start in range(0, len(inside), size):
            parts.append((str(stratum), inside["id"].iloc[start : start + size].tolist()))
            if len(parts[-1][1]) % 2:
                odd.append(len(parts) - 1)
    odd.sort(key=lambda i: _rank(seed, "odd", parts[i][0]))
    first = int(_rank(seed, "first", ""), 16) % 2
    extra = {i: (first + turn) % 2 for turn, i in enumerate(odd)}
    found: dict[str, tuple[str, int]] = {}
    for i, (_, members) in enumerate(parts):
        trained = len(members) // 2 + extra.get(i, 0)
        found |= {m: (ARMS[position >= trained], i) for position, m in enumerate(members)}
    return pd.DataFrame.from_dict(found, orient="index", columns=["arm", "block"])


def _counts(units: pd.DataFrame, drawn: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    arms = drawn["arm"].to_dict()
    found = {stratum: [0, 0] for stratum in sorted(set(units["stratum"]))}
    for unit, stratum in zip(units["id"], units["stratum"], strict=True):
        found[stratum][ARMS.index(arms[unit])] += 1
    return pd.DataFrame([[*json.loads(s), *n] for s, n in found.items()], columns=[*names, *ARMS])


def _balance(
    table: pd.DataFrame, unit: str, covariates: Sequence[str]
) -> tuple[pd.DataFrame, tuple[Check, ...]]:
    """Means of units' means by arm, and their difference over the pooled standard deviation."""
    by_unit = (
        table.groupby([unit, "arm"], observed=True, sort=False)[list(covariates)].mean()
        if covariates
        else None
    )
    found = []
    for name in covariates:
        values = cast(pd.DataFrame, by_unit)[name].dropna()
        one, two = (values[values.index.get_level_values("arm") == a].astype(float) for a in ARMS)
        gap = one.mean() - two.mean()
        spread = math.sqrt((one.var() + two.var()) / 2) if min(len(one), len(two)) > 1 else math.nan
        found.append((name, one.mean(), two.mean(), gap, gap / spread if spread > 0 else math.nan))
    columns = ["covariate", *ARMS, "difference", "standardized_difference"]
    balance = pd.DataFrame(found, columns=columns)
    if not covariates:
        return balance, ()
    worst = balance["standardized_difference"].abs().max()
    status = "not_run" if math.isnan(worst) else "pass" if worst <= 0.25 else "warn"
    detail = (
        "The covariates do not vary, or an arm has fewer than two units."
        if status == "not_run"
        else f"The arms differ by up to {worst:.2f} SD; at most 0.25 is wanted."
    )
    return balance, (Check("balance", status, detail),)
