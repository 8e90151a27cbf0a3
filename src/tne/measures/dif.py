"""Is an item harder for one group than for another whose people know as much (differential item functioning)?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_level_of_confidence
from tne.measures.dif_rows import TESTS, logistic_rows, mantel_rows
from tne.measures.dif_sheet import SUMS, groups_of
from tne.measures.pooling import METHODS as ADJUSTMENTS
from tne.measures.pooling import adjust_p
from tne.result import ESTIMATE_COLUMNS, Check, Estimates, Result

METHODS = ("logistic", "mantel_haenszel")
_EXTRA = {
    "logistic": ("p_adjusted", "flagged", "effect_size", "effect_class"),
    "mantel_haenszel": (
        "p_adjusted", "flagged", "effect_size", "effect_class", "ets_class", "odds_ratio", "odds_ratio_low",
        "odds_ratio_high",
    ),
}  # fmt: skip
_ROUNDS = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class DifferentialItemFunctioning(Result):
    """Which items work differently in the groups.

    Parameters
    ----------
    table : DataFrame
        One row per item (Mantel-Haenszel: per item × group): ``item, flagged``, the estimate columns,
        ``p_adjusted, effect_size, effect_class``.
    tests : Estimates
        Keys ``item, group``. Logistic: the uniform and non-uniform contrast of each group, and the three
        likelihood-ratio tests (group "all"). Mantel-Haenszel: the rows of `table`.
    reference : object
        The group that the others are compared with.
    anchors : tuple of str
        Items whose sum made people comparable; none where a column did.
    """

    table: pd.DataFrame
    tests: Estimates
    reference: Any
    anchors: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        return self.table.copy()

    def __str__(self) -> str:
        tested = self.table.loc[self.table["p_value"].notna(), "item"].nunique()
        names = list(dict.fromkeys(self.table.loc[self.table["flagged"], "item"].astype(str)))
        told = f"{len(names)} of {tested} tested items work differently in the groups"
        untested = self.table["item"].nunique() - tested
        named = f": {', '.join(names)}." if names else "."
        return told + named + (f" {untested} could not be tested." if untested else "")


def differential_item_functioning(
    item_scores: pd.DataFrame,
    *,
    group: str,
    method: str,
    conf_level: float = 0.95,
    reference: Any = None,
    items: Sequence[str] | None = None,
    test: str = "both",
    match: str = "total",
    purify: bool = False,
    correct: bool = True,
    adjust: str = "bh",
) -> DifferentialItemFunctioning:
    """Test whether items are harder for a group at the same level of knowledge.

    Parameters
    ----------
    item_scores : DataFrame, people × items
        Scores 0 or 1, and the column of the group. ``moderator_id`` is no item; all other columns are, unless `items`
        names the items.
    group : str
        Column with the group, for example the language.
    method : {"logistic", "mantel_haenszel"}
        Logistic regression finds items that are harder for a group (uniform) and items that tell strong from weak
        less well in it (non-uniform); Mantel-Haenszel only the first, with fewer assumptions.
    conf_level : float
        An item is flagged where its adjusted p-value is below ``1 − conf_level``.
    reference : object, optional
        The group that others are compared with; None: the first in sorted order.
    items : sequence of str, optional
    test : {"both", "uniform", "nonuniform"}
        Likelihood-ratio test that flags (logistic only).
    match : {"total", "rest"} or str
        People are comparable at the same sum of the items, with or without the tested one; or at the same value of a
        column that is no item, for example an earlier test.
    purify : bool
        Leave flagged items out of the sum, and test again until the flags stay (at most 10 rounds).
    correct : bool
        Continuity correction of the Mantel-Haenszel chi-square.
    adjust : {"bh", "by", "holm", "bonferroni", "none"}
        Adjustment for the number of tests; with "none", as difR by default, one sound item in twenty is flagged.

    Returns
    -------
    DifferentialItemFunctioning
        ``estimate`` is the difference in log odds of a right answer at the same sum, group minus reference
        (logistic), or ETS delta ``−2.35 ln α`` (Mantel-Haenszel): below 0 the item is harder for the group.
        ``odds_ratio`` is α, reference over group.
        ``effect_size`` is the difference of Nagelkerke's R², classed A < .035 ≤ B < .07 ≤ C, or delta, A < 1 ≤ B <
        1.5 ≤ C. Checks ``few_people, missing, untested_items, dif, matching``.

    Raises
    ------
    KeyError, TypeError, ValueError
        For absent columns, fewer than two groups or items, no item scored 0 or 1, scores outside 0 to 1 in columns
        that `items` does not name.

    Notes
    -----
    Logistic: item ~ sum against item ~ sum × group (2 df for two groups). Mantel-Haenszel: strata are the values of
    the sum; ``χ² = (|Σ(A − E)| − ½)² / ΣV``, variance of ln α by Robins, Breslow and Greenland. A flag says that an
    item works differently, not why: read it with someone who knows the language. If most items favour one group
    the sum does so too, and nothing is flagged. Groups below 20 people are not compared.

    References
    ----------
    Swaminathan and Rogers (1990), J. Educational Measurement 27:361-370. Holland and Thayer (1988), in Test
    Validity, 129-145.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> people = pd.DataFrame((rng.random((400, 4)) < 0.6).astype(int), columns=list("abcd"))
    >>> people["language"] = np.repeat(["de", "en"], 200)
    >>> len(differential_item_functioning(people, group="language", method="logistic").to_frame())
    4
    """
    require_level_of_confidence(conf_level)
    require_choice(method, METHODS, "method")
    require_choice(test, TESTS, "test")
    require_choice(adjust, (*ADJUSTMENTS, "none"), "adjust")
    data = groups_of(item_scores, group, reference, items, match)
    if purify and match not in SUMS:
        raise ValueError(
            "`purify` cleans the sum of items, but people are matched on a column. Drop one of both."
        )
    anchors = np.full(len(data.items), match in SUMS)
    run = logistic_rows if method == "logistic" else mantel_rows
    clean, seen = anchors, set()
    for _ in range(1 + _ROUNDS if purify else 1):
        anchors = clean
        seen.add(anchors.tobytes())
        table, tests = run(data, anchors, match, test, correct, conf_level)
        adjusted = table["p_value"] if adjust == "none" else adjust_p(table["p_value"], method=adjust)
        table["p_adjusted"] = adjusted.to_numpy()
        table["flagged"] = (table["p_adjusted"] < 1 - conf_level - 1e-12).to_numpy(dtype=bool)
        flagged = set(table.loc[table["flagged"], "item"])
        clean = np.array([name not in flagged for name in data.items])
        # without two unflagged items there is no sum to match on; a set seen before would come round again
        if clean.sum() < 2 or clean.tobytes() in seen:
            break
    keys = ["item", "group"] if "group" in table else ["item"]
    columns = [*keys, *ESTIMATE_COLUMNS, *_EXTRA[method]]
    return DifferentialItemFunctioning(
        table=table.reindex(columns=columns),
        tests=tests,
        reference=data.labels[0],
        anchors=tuple(name for name, use in zip(data.items, anchors, strict=True) if use),
        checks=(
            *data.checks,
            *_checks(
                table,
                int(anchors.sum()) if match in SUMS else None,
                purify,
                bool((clean == anchors).all()),
            ),
        ),
    )


def _checks(table: pd.DataFrame, anchors: int | None, purify: bool, settled: bool) -> tuple[Check, ...]:
    """Judge what could be tested and what people were matched on: `anchors` items, or None for a column.

    `settled` says that the items left out are the ones flagged in the end.
    """
    items = table["item"].nunique()
    tested = table.loc[table["p_value"].notna(), "item"].nunique()
    flagged = table.loc[table["flagged"], "item"].nunique()
    told = f"{tested} of {items} items could be tested."
    found = f"{flagged} of {tested} items work differently in the groups."
    checks = (
        Check("untested_items", "warn" if tested < items else "pass", told),
        Check("dif", "warn" if flagged else "pass" if tested else "not_run", found),
    )
    if anchors is None:
        return (*checks, Check("matching", "pass", "People are matched on a column that is no item."))
    many = flagged > 0.2 * items and not purify
    told = f"People are matched on {anchors} items, {flagged} flagged"
    if many:
        told += "; flagged ones bias the sum: see `purify`"
    loose = purify and not settled
    if loose:
        told += (
            "; the items left out of the sum are not the ones flagged, however often they are chosen again"
        )
    return (*checks, Check("matching", "warn" if anchors < 5 or many or loose else "pass", told + "."))
