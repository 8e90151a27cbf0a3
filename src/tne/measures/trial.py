"""What did the training change, where chance decided who was trained first?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import (
    require_choice,
    require_columns,
    require_level_of_confidence,
    require_levels,
    require_no_missing,
    require_numeric,
)
from tne.measures.headcount import headcount
from tne.measures.headline import Headlined, Listed
from tne.measures.ols import cluster_columns, require_errors
from tne.measures.randomised import balance, clusters, differential_attrition, sample_ratio
from tne.measures.repeated import repeated_people
from tne.measures.sandwich import ERRORS
from tne.measures.trial_rows import ArmRows, arm_rows, errors_of
from tne.result import Check, Estimate, Estimates, Result


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial(Headlined, Listed, Result):
    """Effects of a randomised trial: one row per arm.

    Parameters
    ----------
    estimates : Estimates
        Key ``arm``; term ``adjusted_difference`` where a baseline was given, else ``difference``. `.to_frame()`,
        `len()` and iteration of the result itself read these.
    unadjusted : Estimates
        Key ``arm``; term ``difference``, whether or not there is a baseline.
    """

    estimates: Estimates
    unadjusted: Estimates

    @property
    def headline(self) -> Estimate:
        """The one row of a two-arm trial, with the checks.

        Raises
        ------
        ValueError
            If there are three arms or more; choose one with ``.get(arm=...)``.
        """
        table = self.estimates.table
        arms = len(table["arm"].unique())
        if arms > 1:
            raise ValueError(f"There are {arms} arms besides control. Choose one with .get(arm=...).")
        if len(table) == 0:
            return Estimate(
                term="difference", estimate=math.nan, note="there is no second arm", checks=self.checks
            )
        return replace(next(iter(self.estimates)), checks=self.checks)

    def get(self, **where: Any) -> Estimate:
        """Return the one estimate whose columns equal `where`; ``term="difference"`` finds the unadjusted."""
        return (self.unadjusted if where.get("term") == "difference" else self.estimates).get(**where)


def trial(
    people: pd.DataFrame,
    *,
    outcome: str,
    arm: str,
    control: object,
    baseline: str | Sequence[str] | None = None,
    cluster: str | Sequence[str] | None = None,
    errors: str | None = None,
    ratio: Mapping[object, float] | None = None,
    strata: str | None = None,
    conf_level: float = 0.95,
) -> Trial:
    """Difference between the arms of a randomised trial, as assigned.

    Parameters
    ----------
    people : DataFrame, one row per person assigned
        Keep those without an outcome: they enter the checks ``sample_ratio`` and ``differential_attrition``.
    outcome : str
        Numeric or boolean column; missing where a person was lost.
    arm : str
        Column with the arm as assigned, not as attended.
    control : object
        Value of `arm` that the others are compared with.
    baseline : str or sequence of str, optional
        Columns measured before the training: gives ``adjusted_difference`` by Lin's interacted, centred
        regression; the plain one stays in ``.unadjusted``. A missing baseline is set to the mean of the others,
        which randomisation allows.
    cluster : str or tuple of two str, optional
        Columns whose people share what happened, such as the session. Where only one arm meets in groups, give
        everyone else an id of their own (partially nested design).
    errors : {"classical", "HC1", "HC2", "HC3", "CR1", "CR2"}, optional
        None: HC2 (for the plain difference Welch's variance), with one cluster column CR2, both with
        Satterthwaite's degrees of freedom, with two columns CR1. Named HC and classical errors use n − k.
    ratio : mapping of arm to number, optional
        Planned allocation, for example ``{"trained": 2, "waitlist": 1}``; equal shares without it.
    strata : str, optional
        Column of the blocks or pairs within which the arms were drawn: gives ``adjusted_difference``, the strata's
        differences weighted by their people (pairs: the paired difference).
    conf_level : float

    Returns
    -------
    Trial
        With checks ``sample_ratio`` (p ≥ .001), ``differential_attrition`` (≤ 5 points), ``balance`` and, with
        clusters or shared sessions, ``clusters`` (≥ 10); ``repeated_people`` where someone has several rows. An
        arm with fewer than two outcomes is NaN with a note.

    Raises
    ------
    ValueError
        If `control` is not an arm, an arm or a cluster is missing, or `ratio` lacks an arm.

    Notes
    -----
    Adjusted: ``y = a + arm + b (x − mean x) + c arm (x − mean x)``; the arm's coefficient is the average effect,
    and its variance never exceeds the difference's in large samples: by 1 − r² with equal arms. Intention to
    treat: no-shows count where they were assigned.

    References
    ----------
    Lin (2013), Agnostic notes on regression adjustments to experimental data, Ann. Appl. Stat. 7:295-318.
    Bell and McCaffrey (2002), Bias reduction in standard errors for linear regression, Survey Methodology 28:169-181.

    Examples
    --------
    >>> people = pd.DataFrame({"arm": list("ttcc"), "y": [3.0, 5, 1, 2]})
    >>> trial(people, outcome="y", arm="arm", control="c").estimate
    2.5
    """
    columns = cluster_columns(cluster)
    baselines = [] if baseline is None else [baseline] if isinstance(baseline, str) else list(baseline)
    require_columns(people, [outcome, arm, strata, *baselines, *columns], "people")
    require_numeric(people, [outcome, *baselines], "people")
    require_no_missing(people, [arm] if strata is None else [arm, strata], "people")
    require_level_of_confidence(conf_level)
    kind = errors or errors_of(columns)
    require_choice(kind, ERRORS, "errors")
    require_errors(kind, columns)
    if len(people):
        require_levels(people, arm, [control], "people")
    arms = [control, *(a for a in _in_order(people[arm]) if a != control)]
    if ratio is not None and (lacking := [str(a) for a in arms if a not in ratio]):
        raise ValueError(f"`ratio` lacks the arms {', '.join(lacking)}. Give the planned share of each.")
    if ratio is not None and not all(ratio[a] > 0 for a in arms):
        raise ValueError("`ratio` must be above 0 for every arm. Give the planned share of each.")
    gone = people[outcome].isna().to_numpy()
    kept = people.loc[~gone]
    require_no_missing(kept, columns, "people")
    found = arm_rows(
        kept, outcome=outcome, arm=arm, arms=arms, baselines=baselines, clusters=columns, errors=errors,
        strata=strata, conf_level=conf_level,
    )  # fmt: skip
    plain = _table(found.plain)
    best = _table(found.adjusted) if baselines or strata else plain
    checks = trial_checks(
        people, gone, found, arm=arm, arms=arms, ratio=ratio, baselines=baselines, columns=columns
    )
    return Trial(estimates=best, unadjusted=plain, checks=checks)


def trial_checks(
    people: pd.DataFrame,
    gone: np.ndarray,
    found: ArmRows,
    *,
    arm: str,
    arms: Sequence[object],
    ratio: Mapping[object, float] | None = None,
    baselines: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> tuple[Check, ...]:
    """Return the checks of a comparison of arms, see `trial`; `gone` flags the people without an outcome."""
    df = min((r["df"] for r in found.plain if not math.isnan(r.get("df", math.nan))), default=math.nan)
    model, kept = found.model, people.loc[~gone]
    return (
        sample_ratio(people[arm], arms, ratio, [people[c] for c in columns]),
        differential_attrition(people[arm], arms, gone),
        balance(model, model[arm], found.compared, baselines, found.groups, found.blocks),
        *clusters(model, model[arm], columns, df),
        *(() if columns else repeated_people(len(kept), headcount(kept))),
    )


def _table(rows: list[dict[str, Any]]) -> Estimates:
    table = pd.DataFrame(rows, columns=None if rows else ["arm", "term", "estimate", "note"])
    return Estimates(table=table, keys=("arm",))


def _in_order(arm: pd.Series) -> list[object]:
    """The arms in their order; names that cannot be compared in the order of their text."""
    arms = list(pd.unique(arm))
    try:
        return (
            list(pd.unique(arm.sort_values())) if isinstance(arm.dtype, pd.CategoricalDtype) else sorted(arms)
        )
    except TypeError:
        return sorted(arms, key=str)
