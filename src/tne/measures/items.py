"""Which items of a test measure what the others measure, and which need another look?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_frame, require_level_of_confidence
from tne.measures.items_advice import advise, item_checks
from tne.measures.items_distractors import distractor_table
from tne.measures.items_rows import REFUSED, item_rows, long_frame, refusals, upper_and_lower
from tne.measures.items_sheet import Sheet, keys_of, sheet
from tne.measures.items_total import test_statistics
from tne.result import Estimates, Result

COLUMNS = (
    "item", "n", "max_score", "facility", "facility_low", "facility_high", "sd", "item_rest", "item_rest_low",
    "item_rest_high", "discrimination", "discrimination_low", "discrimination_high", "discrimination_index",
    "covariance_max", "discriminative_efficiency", "effective_weight", "share_missing", "share_not_reached",
    "advice", "reason",
)  # fmt: skip
TIES = ("split", "whole")


@dataclass(frozen=True, kw_only=True, eq=False)
class ItemAnalysis(Result):
    """Items, their distractors and the test they make.

    Parameters
    ----------
    estimates : Estimates
        Key ``item``; one row per item × term.
    items : DataFrame
        One row per item: numbers, intervals (``_low``, ``_high``), ``advice`` (keep, review, remove, "" where
        refused) and its ``reason``.
    distractors : DataFrame
        One row per item × option: n, share and its interval, share among upper and lower group, ``is_key``,
        ``mean_rest`` (mean sum of the other items), ``flag``. Empty without `response`.
    test : Estimates
        Terms mean, median, sd, skewness, kurtosis, cic, error_ratio, standard_error.
    """

    estimates: Estimates
    items: pd.DataFrame
    distractors: pd.DataFrame
    test: Estimates

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()

    def __str__(self) -> str:
        advice = self.items["advice"].value_counts()
        parts = [
            f"{advice.get(word, 0)} {word}" for word in ("keep", "review", "remove") if advice.get(word, 0)
        ]
        bad = self.items.loc[self.items["advice"].isin(["review", "remove"])]
        named = [f"{r.item}: {r.advice} ({r.reason})" for r in bad.itertuples()]
        told = ", ".join(parts) or "too few people for advice"
        return "\n".join([f"{len(self.items)} items: {told}.", *named])


def item_analysis(
    responses: pd.DataFrame,
    *,
    person: str,
    item: str,
    score: str,
    max_score: str | float,
    response: str | None = None,
    key: str | Mapping[Any, Any] | None = None,
    options: Sequence[Any] | Mapping[Any, Sequence[Any]] | None = None,
    missing: str = "available",
    fraction: float = 1 / 3,
    ties: str = "split",
    conf_level: float = 0.95,
) -> ItemAnalysis:
    """Analyse the items of a test by classical test theory, each number with its interval.

    Parameters
    ----------
    responses : DataFrame, one row per person × item
        A row without a score: the person had the item and left it, or it is not graded. No row: the person was not
        given the item (random questions, other forms).
    person, item, score : str
        Columns. The order of the items is that of an ordered category, else of first appearance.
    max_score : str or float
        Highest possible score, as a column or one number. Where it is missing there is no facility.
    response : str, optional
        Column with the chosen option.
    key : str or mapping, optional
        The right answer: a column, or item → answer (a tuple if several are right). None: the options that always
        earned the full score.
    options : sequence or mapping, optional
        All options on offer, for every item or by item, so that those nobody chose are listed.
    missing : {"available", "zero"}
        Statistics over those with a score, or unanswered items count 0 as in Moodle.
    fraction : float
        Size of the upper and of the lower group: a third, or Kelley's 0.27.
    ties : {"split", "whole"}
        People tied at a cut count in part, so that both groups have their size (default), or the upper group is
        everybody at or above the quantile and the lower everybody below, as in ShinyItemAnalysis.
    conf_level : float

    Returns
    -------
    ItemAnalysis
        ``.items``, ``.distractors``, ``.test``, ``.to_frame()``; checks ``few_people, one_item, ceiling, floor,
        not_reached, speeded, incomplete_design, ungraded, key_mismatch``. An item with fewer than 20 people has no
        numbers and no advice.

    Raises
    ------
    KeyError, TypeError, ValueError
        For absent columns, two rows of one person and item, scores above the highest possible.

    Notes
    -----
    The rest is the sum of the other items that the person has. Advice triggers a look at the item, it decides
    nothing: *remove* only where the whole interval of the item-rest correlation lies below 0, *review* where it
    includes 0 or lies below .2. An easy item on a rule that all must know is a good item, and a low correlation
    may mean that an item asks about something else. Formulas: docs/methods/items.md.

    References
    ----------
    Ebel and Frisbie (1991), Essentials of Educational Measurement, chapter 13.

    Examples
    --------
    >>> import numpy as np
    >>> marks = (np.arange(40)[:, None] > np.array([5, 12, 20, 30])).astype(int)
    >>> long = pd.DataFrame(marks).rename_axis("person").reset_index().melt("person", var_name="item")
    >>> item_analysis(long, person="person", item="item", score="value", max_score=1).items["facility"].tolist()
    [0.85, 0.675, 0.475, 0.225]
    """
    require_frame(responses, "responses")
    require_level_of_confidence(conf_level)
    require_choice(ties, TIES, "ties")
    if not (isinstance(fraction, (int, float, np.number)) and 0 < fraction <= 0.5):
        raise ValueError(f"`fraction` is {fraction!r}. Give a share above 0 and up to 0.5, for example 1/3.")
    data = sheet(responses, person, item, score, max_score, response, missing)
    keys = keys_of(key, responses, item, data.items, response is not None)
    refused = refusals(data)
    groups = upper_and_lower(data, fraction, ties)
    rows, notes = item_rows(data, groups, conf_level)
    pairs = [None if g is None else (g[0][0], g[1][0]) for g in groups]
    distractors = distractor_table(data, keys, options, pairs, refused, conf_level)
    flags = distractors.groupby("item")["flag"].agg(set).to_dict() if len(distractors) else {}
    for row in rows:
        row["advice"], row["reason"] = advise(row, flags.get(row["item"], set()), conf_level)
    few = "" if data.n_people >= REFUSED else f"{data.n_people} people; {REFUSED} are needed"
    return ItemAnalysis(
        estimates=long_frame(rows, notes, data.n_people, fraction, conf_level),
        items=pd.DataFrame(rows)[list(COLUMNS)],
        distractors=distractors,
        test=test_statistics(data, conf_level, few),
        checks=item_checks(data, *_mismatches(data, keys)),
    )


def _mismatches(data: Sheet, keys: dict[Any, tuple[Any, ...]] | None) -> tuple[int, int]:
    """Count scores that the named key can judge, and those that contradict it."""
    if keys is None or data.option is None:
        return 0, 0
    judged = wrong = 0
    for j, name in enumerate(data.items):
        if name in keys:
            chosen, score, highest = data.option[:, j], data.score[:, j], data.highest[:, j]
            here = (chosen >= 0) & ~np.isnan(score) & ~np.isnan(highest)
            right = np.isin(chosen, np.flatnonzero(data.options.isin(list(keys[name]))))
            full = score >= highest - 1e-9
            judged += int(here.sum())
            wrong += int((here & (right != full)).sum())
    return judged, wrong
