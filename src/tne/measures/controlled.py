"""How much more did the trained change than people who were not trained?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tne.checks import (
    require_choice,
    require_columns,
    require_level_of_confidence,
    require_levels,
    require_no_missing,
)
from tne.measures.change_arms import METHODS, Arm, arm_of, points, standardized
from tne.measures.controlled_checks import comparison_checks, threats_by_group
from tne.measures.headcount import headcount, headcount_by
from tne.measures.headline import Headlined, Listed
from tne.measures.pairs import pairs
from tne.result import Check, Estimate, Estimates, Result, estimate_from, frame_html

HOW = {
    "d_ppc2": "Morris 2008: SD before pooled, exact J with nT + nC − 2 df, normal interval",
    "smcr": "each group's change in its own SD before, exact J with n − 1 df, difference, normal interval",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class ControlledChange(Headlined, Listed, Result):
    """Differences between groups' changes: one row per trained group (and study).

    Parameters
    ----------
    estimates : Estimates
        In SD: term ``d_ppc2`` or ``smcr``. `.to_frame()`, `.get()`, `len()` and iteration of the result read these.
    points : Estimates
        The same comparisons in score points: term ``controlled_change``, Welch's interval.
    """

    estimates: Estimates
    points: Estimates

    @property
    def headline(self) -> Estimate:
        """The one row where one trained group is compared, with the checks.

        Raises
        ------
        ValueError
            If there are several; choose one with ``.get(group=...)``.
        """
        if len(self.estimates) == 0:
            note = "there is no trained group"
            return Estimate(term="controlled_change", estimate=math.nan, note=note, checks=self.checks)
        if len(self.estimates) > 1:
            raise ValueError(f"There are {len(self.estimates)} comparisons. Choose one with .get(group=...).")
        return estimate_from(self.estimates.table.iloc[0].to_dict(), self.checks)

    def __str__(self) -> str:
        return f"{self.points}\n{self.estimates}"

    def _repr_html_(self) -> str:
        return frame_html(self.points.to_frame()) + super()._repr_html_()

    def get(self, **where: Any) -> Estimate:
        """Return the one estimate whose columns equal `where`; ``term="controlled_change"`` finds the points."""
        return (self.points if where.get("term") == "controlled_change" else self.estimates).get(**where)


def controlled_change(
    scores: pd.DataFrame,
    *,
    pre: str,
    post: str,
    group: str,
    control: object,
    method: str = "d_ppc2",
    conf_level: float = 0.95,
) -> ControlledChange:
    """Change of the trained minus change of the control group, in score points and in standard deviations.

    Parameters
    ----------
    scores : DataFrame, one row per person
        Keep those without a second score: they enter the checks ``attrition`` and ``differential_attrition``.
    pre, post : str
        Score columns in the same unit, on the same scale.
    group : str
        Column that says who was trained; with several trained groups each is compared with the control.
    control : object
        Value of `group` of those not trained.
    method : {"d_ppc2", "smcr"}
        ``"d_ppc2"``: difference of changes over the pooled SD before. ``"smcr"``: each group's change over its own.
    conf_level : float

    Returns
    -------
    ControlledChange
        Key ``group``; ``.points`` in score points. Checks ``comparable, few_people, ceiling, floor, attrition``
        (the worst group's), ``differential_attrition, balance, regression_to_mean, equal_spread`` and, where people
        share a ``session_id``, ``clusters_ignored``. NaN with a note for a group with fewer than two pairs.

    Raises
    ------
    ValueError
        If `control` is not a group, or someone's group is missing.

    Notes
    -----
    ``d_ppc2 = J(nT + nC − 2) · (change T − change C) / SD``, SD the pooled standard deviation before; variance
    ``2(1 − rT)/nT + 2(1 − rC)/nC + d²/(2(nT + nC))``: Morris's where both groups have one correlation r. It takes
    equal spread before and after, and in both groups, for granted (check ``equal_spread``); ``.points`` does not.
    Neither says that the training made the difference unless the groups would have changed alike: groups that began
    apart drift together by themselves (checks ``balance``, ``regression_to_mean``). Then use `ancova`, or `trial` where
    chance decided; both also know clusters.

    References
    ----------
    Morris (2008), Estimating effect sizes from pretest-posttest-control group designs, ORM 11:364-386.

    Examples
    --------
    >>> people = pd.DataFrame({"arm": list("tttccc"), "pre": [1, 2, 3, 1, 2, 3], "post": [3, 5, 5, 2, 2, 3]})
    >>> found = controlled_change(people, pre="pre", post="post", group="arm", control="c")
    >>> round(found.points.get(group="t").estimate, 3), round(found.estimate, 3)
    (2.0, 1.596)
    """
    require_choice(method, METHODS, "method")
    require_level_of_confidence(conf_level)
    require_columns(scores, [group], "scores")
    require_no_missing(scores, [group], "scores")
    data = pairs(scores, pre, post)
    if len(scores):
        require_levels(scores, group, [control], "scores")
    labels = [g for g in pd.unique(scores[group].sort_values()) if g != control]
    kept, heads = data.kept[group].to_numpy(), headcount_by(data.kept, group)
    arms = {g: arm_of(data.pre[kept == g], data.post[kept == g]) for g in [control, *labels]}
    words = {"estimand": f"difference in mean {post} − {pre}", "comparison": str(control)}
    found = []
    for label in labels:
        people = [heads.get(label, 0), heads.get(control, 0)]
        counts = {
            "n": arms[label].n + arms[control].n,
            "n_people": min(people),
            "n_people_total": headcount(data.kept.loc[(kept == label) | (kept == control)]),
        }
        found.append(({"group": label, **counts, **words}, arms[label], arms[control]))
    compared = [(trained, untrained) for _, trained, untrained in found]
    return compare(
        found,
        ("group",),
        method,
        conf_level,
        data.undefined if data.scale.status == "fail" else "",
        threats_by_group(scores, pre, post, group, [control, *labels]) + comparison_checks(compared, method),
    )


def compare(
    found: Sequence[tuple[dict[str, Any], Arm, Arm]],
    keys: tuple[str, ...],
    method: str,
    conf_level: float,
    refusal: str,
    checks: tuple[Check, ...],
) -> ControlledChange:
    """Estimate every comparison in both units.

    Parameters
    ----------
    found : sequence of (dict, Arm, Arm)
        Keys, counts and words of a row, the trained group, the control group.
    keys : tuple of str
    method : {"d_ppc2", "smcr"}
    conf_level : float
    refusal : str
        Why nothing can be compared, or nothing.
    checks : tuple of Check
    """
    tables = []
    for term, unit, how in (
        (method, "SD", HOW[method]),
        ("controlled_change", "score points", "Welch's t interval"),
    ):
        made = []
        for words, trained, control in found:
            if refusal:
                numbers: dict[str, Any] = {"estimate": math.nan, "note": refusal}
            elif unit == "SD":
                numbers = standardized(trained, control, method, conf_level)
            else:
                numbers = points(trained, control, conf_level)
            made.append(
                {**words, **numbers, "term": term, "unit": unit, "method": how, "conf_level": conf_level}
            )
        table = pd.DataFrame(made, columns=None if made else [*keys, "term", "estimate", "note"])
        tables.append(Estimates(table=table, keys=keys))
    return ControlledChange(estimates=tables[0], points=tables[1], checks=checks)
