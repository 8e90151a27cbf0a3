"""Whose answers to which items are compared, and what makes people comparable?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_frame, require_levels, require_numeric, require_unique
from tne.result import Check

SUMS = ("total", "rest")  # ways to match on the items themselves
REFUSED, FEW = 20, 100  # people in a group


@dataclass(frozen=True, eq=False)
class Groups:
    """Scores of people × items with the group of each person.

    Parameters
    ----------
    items : tuple of str
    score : ndarray, shape (people, items)
    group : ndarray of int, shape (people,)
        Position in `labels`; 0 is the reference group.
    labels : tuple
        Groups that are compared, the reference first.
    checks : tuple of Check
    refused : str
        Why no item can be tested, "" if some can.
    criterion : ndarray, shape (people,), or None
        What people are matched on, where it is not the sum of the items.
    """

    items: tuple[str, ...]
    score: np.ndarray
    group: np.ndarray
    labels: tuple[Any, ...]
    checks: tuple[Check, ...]
    refused: str
    criterion: np.ndarray | None

    def matching(self, j: int, anchors: np.ndarray, match: str) -> np.ndarray:
        """Return the score that makes people comparable on item `j`: the sum of the anchor items.

        ``"total"`` includes the item itself, ``"rest"`` never does.
        """
        if self.criterion is not None:
            return self.criterion
        use = anchors.copy()
        use[j] = match == "total"
        return cast(np.ndarray, np.nansum(self.score[:, use], axis=1))

    def binary(self, j: int) -> bool:
        values = self.score[:, j]
        return bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all())


def groups_of(
    item_scores: pd.DataFrame, group: str, reference: Any, items: Sequence[str] | None, match: str
) -> Groups:
    """Check the frame, put the reference first and leave out groups that are too small to compare."""
    require_frame(item_scores, "item_scores")
    if not isinstance(group, Hashable):
        raise TypeError("`group` must name a column of `item_scores`. Add the groups as a column first.")
    outside = None if match in SUMS else match
    require_columns(item_scores, [group, outside], "item_scores")
    if "moderator_id" in item_scores.columns:
        require_unique(item_scores, ["moderator_id"], "item_scores")
    others = (group, "moderator_id", outside)
    names = [c for c in item_scores.columns if c not in others] if items is None else list(items)
    if len(names) < (2 if outside is None else 1):
        raise ValueError(
            "`item_scores` has fewer than two items. Give people × items with the column of the group."
        )
    if group in names or outside in names:
        raise ValueError("`items` contains the column of the group or of the matching. Leave it out.")
    if len(set(names)) < len(names):
        raise ValueError("`items` names an item twice, which would count twice in the sum. Name each once.")
    empty = [c for c in names if c in item_scores and item_scores[c].isna().all()]
    require_columns(item_scores, names, "item_scores")
    require_numeric(
        item_scores, [c for c in [*names, outside] if c is not None and c not in empty], "item_scores"
    )
    score = item_scores[names].to_numpy(dtype=float, na_value=np.nan)
    odd = [str(c) for c, out in zip(names, ((score < 0) | (score > 1)).any(axis=0), strict=True) if out]
    if items is None and odd:
        # an age or an identifier among the items would drown the sum that people are matched on
        some = ", ".join(odd[:8]) + (" …" if len(odd) > 8 else "")
        raise ValueError(
            f"Columns {some} of `item_scores` are not scored 0 or 1. Drop columns that are no items, score right "
            "answers 1 and others 0, or name the items in `items`: what is named there counts in the sum as it is."
        )
    known = item_scores[group].notna().to_numpy()
    levels = sorted(item_scores.loc[known, group].unique(), key=lambda v: (str(type(v)), v))
    if reference is not None:
        require_levels(item_scores, group, [reference], "item_scores")
        levels = [reference, *[level for level in levels if level != reference]]
    if len(levels) < 2:
        raise ValueError(
            f"Column `{group}` of `item_scores` has {len(levels)} group. Two or more are compared."
        )
    answered = ~np.isnan(score).all(axis=1)
    criterion = None
    if outside is not None:
        criterion = item_scores[outside].to_numpy(dtype=float, na_value=np.nan)
        answered &= ~np.isnan(criterion)
    member = item_scores[group]
    sizes = {
        level: int((member.eq(level).to_numpy(dtype=bool, na_value=False) & answered).sum())
        for level in levels
    }
    kept = [level for level in levels if sizes[level] >= REFUSED]
    refused = ""
    if levels[0] not in kept or len(kept) < 2:
        refused, kept = f"a group has fewer than {REFUSED} people", levels
    code = (
        pd.Series(member)
        .map({level: i for i, level in enumerate(kept)})
        .to_numpy(dtype=float, na_value=np.nan)
    )
    use = ~np.isnan(code) & answered
    data = Groups(
        items=tuple(names),
        score=score[use],
        group=code[use].astype(int),
        labels=tuple(kept),
        checks=_checks(sizes, kept, refused, int((~known).sum()), int((known & ~answered).sum())),
        refused=refused,
        criterion=None if criterion is None else criterion[use],
    )
    if not any(data.binary(j) for j in range(len(names))):
        raise ValueError("No item of `item_scores` is scored 0 or 1. Score right answers 1 and others 0.")
    return data


def _checks(
    sizes: dict[Any, Any], kept: list[Any], refused: str, unknown: int, silent: int
) -> tuple[Check, ...]:
    least = min(sizes.values())
    out = len(sizes) - len(kept)
    status = "fail" if refused else "warn" if least < FEW else "pass"
    detail = (
        f"{least} people in the smallest of {len(sizes)} groups; {FEW} or more are wanted, {REFUSED} needed"
    )
    checks = [Check("few_people", status, detail + (f"; {out} groups are left out." if out else "."))]
    if unknown or silent:
        told = (
            f"{unknown} people without a group and {silent} without an answer or matching score are left out."
        )
        checks.append(Check("missing", "warn", told))
    return tuple(checks)
