"""Could chance alone, by who was drawn into which arm, have made a difference as large as this?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import (
    require_choice,
    require_columns,
    require_level_of_confidence,
    require_no_missing,
    require_numeric,
    rows,
)
from tne.measures.headcount import headcount, headcount_by
from tne.measures.randomization_checks import few_assignments, spread
from tne.measures.randomization_draws import LIMIT, Stratum, all_assignments, drawn_assignments, number_of
from tne.measures.randomization_limits import limits, p_of
from tne.measures.randomization_result import RandomizationTest
from tne.result import Check, Estimate

__all__ = ["RandomizationTest", "randomization_test"]

ALTERNATIVES = ("two-sided", "greater", "less")
STATISTICS = ("difference", "studentized")
DRAWS = 9999
# Names under which an untrained arm usually goes; asked for in this order where `control` is not given
CONTROLS = ("control", "waitlist", "untrained", 0, False, "0")


def randomization_test(
    people: pd.DataFrame,
    *,
    outcome: str,
    arm: str,
    pairs: str | None = None,
    draws: int | None = None,
    control: object = None,
    cluster: str | None = None,
    statistic: str = "difference",
    alternative: str = "two-sided",
    seed: int | None = None,
    conf_level: float = 0.95,
) -> RandomizationTest:
    """Test that the training changed nobody's outcome, by drawing the arms again as they were drawn.

    Parameters
    ----------
    people : DataFrame, one row per person
        With exactly two arms.
    outcome : str
        Numeric or boolean column; rows without it are left out, and strata that then lack an arm.
    arm : str
        Column with the arm as assigned.
    pairs : str, optional
        Column of the pair, block or stratum within which the arms were drawn.
    draws : int, optional
        None: every possible assignment where there are at most 3,000,000, else 9,999 draws. A number: that many.
    control : object, optional
        The arm that is subtracted. None: ``"control"``, ``"waitlist"`` or 0 where there is one, else the first.
    cluster : str, optional
        Column whose groups were assigned together, such as the team: they are drawn, not people.
    statistic : {"difference", "studentized"}
        Difference in means (of strata: weighted by their people), or that over its unequal-variance standard error,
        which keeps its level also for "no effect on average" in large samples.
    alternative : {"two-sided", "greater", "less"}
        Of the arm minus control.
    seed : int, optional
        Seed of the draws; needed where they are used.
    conf_level : float

    Returns
    -------
    RandomizationTest
        Estimate, p-value and interval, with ``count_ge``, ``count_two_sided``, ``total``, ``exact``, ``mc_error``, and
        checks ``missing``, ``few_assignments`` (warns where no result could reach 1 − conf_level) and ``spread`` (warns
        where the smaller of two small arms varies much more: the test then hears that too).

    Raises
    ------
    ValueError
        If there are not two arms, a cluster lies in both, or draws are needed and `seed` is missing.

    Notes
    -----
    p is the share of assignments with a statistic at least as extreme, the observed one included; of draws
    (b + 1) / (draws + 1), which never understates it. Two-sided: farther from 0 on either side. The interval holds
    every constant effect that neither one-sided test at (1 − conf_level) / 2 rejects (one-sided alternative: at
    1 − conf_level); it assumes one effect for all, the test of no effect at all assumes nothing. The number does not
    tell whether the arms were drawn at random.

    References
    ----------
    Fisher (1935), The design of experiments, chapter 3. Phipson and Smyth (2010), Permutation p-values should never
    be zero, Stat. Appl. Genet. Mol. Biol. 9:39.

    Examples
    --------
    >>> tea = pd.DataFrame({"milk_first": [1, 1, 1, 1, 0, 0, 0, 0], "said": [1, 1, 1, 0, 1, 0, 0, 0]})
    >>> test = randomization_test(tea, outcome="said", arm="milk_first", alternative="greater")
    >>> (test.count_ge, test.total)
    (17, 70)
    """
    require_columns(people, [outcome, arm, pairs, cluster], "people")
    require_numeric(people, [outcome], "people")
    require_no_missing(people, [c for c in (arm, pairs, cluster) if c is not None], "people")
    require_level_of_confidence(conf_level)
    require_choice(statistic, STATISTICS, "statistic")
    require_choice(alternative, ALTERNATIVES, "alternative")
    if draws is not None and (isinstance(draws, bool) or not float(draws).is_integer() or draws < 1):
        raise ValueError(f"`draws` is {draws!r}. Give a whole number of 1 or more, or None.")
    treated, other = _two_arms(people[arm], control)
    kept = people.loc[people[outcome].notna().to_numpy()].reset_index(drop=True)
    inside, dropped = _informative(kept, arm, pairs)
    kept = kept.loc[inside].reset_index(drop=True)
    heads = headcount_by(kept, arm) if len(kept) else {}
    tail = 1 - conf_level if alternative != "two-sided" else (1 - conf_level) / 2
    shared: dict[str, Any] = {
        "term": "difference",
        "n": len(kept),
        "n_people": min(heads.get(treated, 0), heads.get(other, 0)),
        "n_people_total": headcount(kept),
        "conf_level": conf_level,
        "unit": f"units of {outcome}",
        "estimand": f"effect of assignment on {outcome}, the same for all",
        "comparison": str(other),
    }
    lost = len(people) - len(kept)
    missing = Check(
        "missing",
        "pass" if lost <= 0.05 * len(people) else "warn",
        f"{lost} of {len(people)} rows have no outcome, or no counterpart, and were left out.",
    )
    if not len(kept) or len(heads) < 2:
        nothing = Estimate(
            estimate=math.nan, note=dropped or "an arm has no outcome", method="randomisation test", **shared
        )
        return RandomizationTest(
            headline=nothing, count_ge=0, count_two_sided=0, total=0, exact=False, mc_error=math.nan,
            alternative=alternative, checks=(missing,),
        )  # fmt: skip
    strata = _strata(kept, outcome, kept[arm].eq(treated).to_numpy(), pairs, cluster, statistic)
    possible = number_of(strata)
    exact = draws is None and possible <= LIMIT
    if not exact and seed is None:
        raise ValueError(
            f"More than {LIMIT:,} assignments are possible, too many to try all. Give `seed` for draws."
            if draws is None
            else "`draws` without `seed` cannot be repeated. Give `seed`."
        )
    if exact:
        parts = all_assignments(strata, statistic)
    else:
        parts = drawn_assignments(strata, statistic, int(draws or DRAWS), np.random.default_rng(seed))
    (side, both), smallest = p_of(parts, 0.0, alternative), 1 / possible
    total = parts.total
    p = min(1.0, (both if alternative == "two-sided" else side) / total)
    low, high = limits(parts, tail)
    note = dropped
    if parts.flat:
        low = high = p = math.nan
        note = "; ".join(filter(None, [note, "the outcome does not vary: no test is possible"]))
    elif math.isinf(low) or math.isinf(high):
        note = "; ".join(filter(None, [note, "too few assignments for a bounded interval"]))
    drawn = "clusters" if cluster else "people"
    how = f"{total} assignments of {drawn}" if exact else f"{total - 1} draws of {drawn}, seed {seed}"
    headline = Estimate(
        estimate=float(parts.observed),
        statistic=float(parts.observed_statistic),
        p_value=p,
        conf_low=-math.inf if alternative == "less" else low,
        conf_high=math.inf if alternative == "greater" else high,
        method=f"{'exact ' if exact else ''}randomisation test ({how}{', within ' + pairs if pairs else ''}), "
        f"{statistic}, {alternative}",
        note=note,
        **shared,
    )
    return RandomizationTest(
        headline=headline,
        count_ge=int(side),
        count_two_sided=int(both),
        total=int(total),
        exact=exact,
        mc_error=0.0 if exact else math.sqrt(p * (1 - p) / (total - 1)),
        alternative=alternative,
        checks=(
            missing,
            few_assignments(smallest, 0.0 if exact else 1 / total, alternative, strata, tail),
            spread(strata, statistic),
        ),
    )


def _two_arms(arm: pd.Series, control: object) -> tuple[object, object]:
    arms = list(pd.unique(arm))
    if len(arms) != 2:
        raise ValueError(f"`people` has {len(arms)} arms in `{arm.name}`. Keep the rows of exactly two.")
    if control is None:
        known = [c for c in CONTROLS if c in arms]
        control = known[0] if known else min(arms, key=lambda a: (str(type(a)), a))
    if control not in arms:
        raise ValueError(f"Column `{arm.name}` has no arm `control` = {control!r}. Name one of its two.")
    return next(a for a in arms if a != control), next(a for a in arms if a == control)


def _informative(kept: pd.DataFrame, arm: str, pairs: str | None) -> tuple[np.ndarray, str]:
    """Flag the rows of strata with both arms; the others cannot compare anything."""
    if pairs is None:
        return np.ones(len(kept), dtype=bool), ""
    stratum = pd.factorize(kept[pairs])[0]
    both = pd.Series(pd.factorize(kept[arm])[0]).groupby(stratum).transform("nunique").to_numpy() == 2
    gone = len(np.unique(stratum[~both]))
    return both, f"{gone} strata with one arm only were left out" if gone else ""


def _strata(
    kept: pd.DataFrame,
    outcome: str,
    treated: np.ndarray,
    pairs: str | None,
    cluster: str | None,
    statistic: str,
) -> list[Stratum]:
    y = kept[outcome].to_numpy(dtype=float)
    block = np.zeros(len(kept), dtype=int) if pairs is None else pd.factorize(kept[pairs])[0]
    unit = np.arange(len(kept)) if cluster is None else pd.factorize(kept[cluster])[0]
    for values, what in ((treated, "both arms"), (block, "several strata")):
        mixed = pd.Series(values).groupby(unit).transform("nunique").to_numpy() > 1
        if mixed.any():
            raise ValueError(
                f"`cluster` {cluster!r} has clusters in {what}, in {rows(mixed)}. "
                "Name the column that was assigned whole."
            )
    made = []
    centre = y.mean()  # differences do not care, rounding does
    for b in np.unique(block):
        here = block == b
        order = pd.factorize(unit[here])[0]
        size = np.bincount(order).astype(float)
        mean = np.bincount(order, (y[here] - centre)) / size
        arms = np.bincount(order, treated[here]) > 0
        made.append(Stratum(size=size, mean=mean, treated=arms, weight=here.sum() / len(kept)))
    if statistic == "studentized" and len(made) > 1 and any(s.count == 2 for s in made):
        if not all(s.count == 2 for s in made):
            raise ValueError("Some strata are pairs and some larger. Use statistic='difference'.")
    elif statistic == "studentized" and any(min(s.chosen, s.count - s.chosen) < 2 for s in made):
        raise ValueError(
            "A studentized statistic needs two or more in each arm and stratum. Use 'difference'."
        )
    return made
