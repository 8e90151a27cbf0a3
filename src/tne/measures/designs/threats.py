"""What else could have moved the numbers: other cases, other policies, other programmes, or everything at once?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.measures.designs.findings import Findings, Outcome
from tne.result import Check, Estimate

FIRST_MONDAY = pd.Timestamp("1970-01-05")  # week 0
LEVEL = (
    0.01 / 4
)  # case mix, policies, other programmes: together they fail fewer than one valid design in a hundred
REJECTED = 0.01
PART = 0.25  # of the minimum effect (or of everybody's exposure) that one side may have more than the other
NO_MINIMUM = 2.0  # points: where no minimum effect was frozen
PROGRAMMES = 0.2  # other programmes a person
CASE_MIX = Outcome("expected_correct", "weight_sum", 100.0, "points", "case mix")
COMMON_MIX = Outcome("at_common_mix", "weight_sum", 100.0, "points", "accuracy at the common case mix")
POLICY = Outcome("new_policy_weight", "weight_sum", 100.0, "points of audits", "new policy versions")
OTHERS = Outcome("other_exposure", "weight_sum", 1.0, "programmes", "other programmes")
OUTSIDE = Outcome("outside_weighted_correct", "outside_weight_sum", 100.0, "points", "accuracy elsewhere")
Compare = Callable[[pd.DataFrame, Outcome], Estimate]


@dataclass(frozen=True)
class Difference:
    """What the design finds for a side of the data that the training should not move."""

    size: float
    p_value: float

    def sure(self, limit: float, level: float = LEVEL) -> bool:
        """Whether it exceeds `limit` and chance."""
        return self.large(limit) and self.p_value < level

    def large(self, limit: float) -> bool:
        return abs(self.size) > limit


def case_mix(panel: pd.DataFrame, compare: Compare, minimum_effect: float) -> Check:
    """Did one side get easier cases (queue × policy area) with the training than the other?

    Notes
    -----
    The outcome is the accuracy that the mix alone would give at the market's earlier rates. What the design finds
    for it is the part of the effect that is not the training.
    """
    if "expected_correct" not in panel:
        return Check("case_mix", "not_run", "the panel carries no case mix")
    limit = PART * (minimum_effect if minimum_effect > 0 else NO_MINIMUM)
    found = _difference(panel, compare, CASE_MIX)
    if math.isnan(found.size):
        return Check("case_mix", "not_run", "the mix of the two sides cannot be compared")
    status = "fail" if found.sure(limit) else "warn" if found.large(limit) else "pass"
    text = f"the mix of queues and policy areas moved accuracy by {found.size:.2f} points (p = {found.p_value:.3f})"
    return Check("case_mix", status, f"{text}; up to {limit:.2f} are borne")


def policy_change(
    panel: pd.DataFrame, compare: Compare, here: pd.DataFrame, window: tuple[float, float], baseline: int
) -> Check:
    """Did a target policy change in this market meanwhile, and did the change reach both sides alike?

    Notes
    -----
    A change that both sides work under is absorbed by the comparison. What counts is the difference in the share of
    decisions made under new versions.
    """
    if not {"policy_changes", "new_policy_weight"} <= set(panel.columns):
        return Check("policy_change", "not_run", "the panel carries no policy calendar")
    weeks = changed_weeks(here, window[0] - baseline, window[1])
    inside = here["period"].between(*window)
    exposed, total = here.loc[inside, ["new_policy_weight", "weight_sum"]].sum()
    if not weeks and not exposed > 0:
        return Check("policy_change", "pass", "no target policy changed in baseline or window")
    shown = ", ".join(map(week_of, weeks[:6]))
    count = f"{len(weeks)} week{'' if len(weeks) == 1 else 's'}"
    text = f"target policies changed in {count}" + (f": {shown}" if shown else "")
    share = 100 * exposed / total if total > 0 else math.nan
    found = _difference(panel, compare, POLICY)
    if math.isnan(found.size):
        return Check("policy_change", "warn", f"{text}; whether both sides alike cannot be compared")
    limit = PART * share
    if not found.large(limit):
        return Check(
            "policy_change", "pass", f"{text}; it reached both sides alike ({found.size:.1f} points)"
        )
    status = "fail" if found.sure(limit) else "warn"
    text += f"; the trained decided {found.size:.1f} points more of their cases under new versions"
    return Check("policy_change", status, f"{text} (p = {found.p_value:.3f}; {share:.0f} % of all cases)")


def overlapping_programmes(
    panel: pd.DataFrame, compare: Compare, here: pd.DataFrame, window: tuple[float, float], baseline: int
) -> Check:
    """Did another programme train one side more than the other in the same weeks?"""
    if not {"other_programmes", "weeks_since_other"} <= set(panel.columns):
        return Check("overlapping_programmes", "not_run", "the panel carries no other programmes")
    began = here["period"] - here["weeks_since_other"]
    if not began.between(window[0] - baseline, window[1]).any():
        return Check(
            "overlapping_programmes", "pass", "no other programme trained anybody in baseline or window"
        )
    found = _difference(with_exposure(panel), compare, OTHERS)
    if math.isnan(found.size):
        return Check("overlapping_programmes", "not_run", "the two sides cannot be compared")
    status = "fail" if found.sure(PROGRAMMES) else "warn" if found.large(PROGRAMMES) else "pass"
    text = f"the trained had {found.size:+.2f} other programmes a person more than the comparison"
    return Check(
        "overlapping_programmes", status, f"{text} (p = {found.p_value:.3f}); {PROGRAMMES} are borne"
    )


def joined_placebo(found: Findings, panel: pd.DataFrame, compare: Compare) -> tuple[Check, ...]:
    """Join the placebo of pretended dates with that of policy areas that were no target into one test.

    Notes
    -----
    Bonferroni: the smaller p-value times two, valid however the two hang together. Without audits of other areas the
    checks stay as they are; a test of dates that could not run is not replaced by one of areas that passes.
    """
    if "outside_weight_sum" not in panel or not panel["outside_weight_sum"].gt(0).any():
        return found.checks
    outside = _difference(panel, compare, OUTSIDE)
    if math.isnan(outside.p_value):
        return found.checks
    dates, text = (
        found.placebo_p,
        f"other policy areas moved by {outside.size:.2f} points (p = {outside.p_value:.3f})",
    )
    p = outside.p_value
    if not math.isnan(dates):
        p = min(1.0, 2 * min(dates, p))
        text = f"pretended dates p = {dates:.3f}; {text}; joint p = {p:.3f}"
    earlier = next((check.status for check in found.checks if check.name == "placebo"), "pass")
    if p < REJECTED:  # chance decided who came: then other areas moved because the training reached them too
        status = "warn" if found.design == "randomised" else "fail"
    else:
        status = "not_run" if earlier == "not_run" else "pass"
    return (*(c for c in found.checks if c.name != "placebo"), Check("placebo", status, text))


def with_common_mix(panel: pd.DataFrame) -> pd.DataFrame:
    """Add what was right beyond what the case mix alone would give: accuracy at one mix, up to a constant."""
    return panel.assign(at_common_mix=panel["weighted_correct"] - panel["expected_correct"])


def with_exposure(panel: pd.DataFrame) -> pd.DataFrame:
    """Add the other programmes that a person has had, per unit of audit weight."""
    return panel.assign(other_exposure=panel["other_programmes"] * panel["weight_sum"])


def alone_in_training(panel: pd.DataFrame, first: float) -> pd.DataFrame:
    """Leave out person-weeks after another programme that trained the person from period `first` on."""
    began = panel["period"] - panel["weeks_since_other"]
    return panel.loc[~(began >= first)]


def changed_weeks(panel: pd.DataFrame, first: float, last: float) -> list[int]:
    """Weeks from `first` to `last` in which a new version of a target policy came into force."""
    counts = panel.groupby("period")["policy_changes"].max().sort_index()
    new = counts.index[counts.diff().fillna(counts.iloc[:1]).gt(0)] if len(counts) else []
    return [int(week) for week in new if first <= week <= last]


def week_of(period: float) -> str:
    """Monday of a week, as a date."""
    return f"{FIRST_MONDAY + pd.Timedelta(7 * int(period), 'D'):%Y-%m-%d}"


def _difference(panel: pd.DataFrame, compare: Compare, outcome: Outcome) -> Difference:
    found = compare(panel, outcome)
    size, error = found.estimate, found.std_error
    if abs(size) < 1e-9:
        return Difference(0.0, 1.0)
    if error == 0 or (not math.isnan(size) and math.isnan(found.p_value) and error < 1e-9):
        return Difference(size, 0.0)
    return Difference(size, found.p_value if np.isfinite(found.p_value) else math.nan)
