"""What can make a time to proficiency misleading?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tne.measures.headcount import headcount
from tne.measures.survival_rows import Observed, gone
from tne.result import Check

FEW_EVENTS = 10
FEW_PEOPLE = 20
MANY_LEFT = 0.2


def survival_checks(
    seen: Observed, hit: np.ndarray, event: pd.Series, own: np.ndarray, groups: list[object]
) -> tuple[Check, ...]:
    """Test the sample, the events, the leavers and how long people were watched."""
    return (
        *seen.checks(),
        _few_people(seen, own, groups),
        few_events(seen.weight, hit, own, len(groups)),
        leavers(event, seen.weight),
        _follow_up(seen, hit),
    )


def _few_people(seen: Observed, own: np.ndarray, groups: list[object]) -> Check:
    least = min((headcount(seen.frame.loc[own == i]) for i in range(len(groups))), default=0)
    status = "pass" if least >= FEW_PEOPLE else "warn" if least >= 2 else "fail"
    return Check(
        "few_people", status, f"{least} people in the smallest group; {FEW_PEOPLE} or more are wanted."
    )


def few_events(weight: np.ndarray, hit: np.ndarray, own: np.ndarray, groups: int) -> Check:
    """Warn where a group has so few events that its intervals are rough."""
    least = min((float(weight[hit & (own == i)].sum()) for i in range(groups)), default=0.0)
    status = "pass" if least >= FEW_EVENTS else "warn" if least > 0 else "fail"
    return Check(
        "few_events", status, f"{least:g} events in the smallest group; {FEW_EVENTS} or more are wanted."
    )


def leavers(event: pd.Series, weight: np.ndarray) -> Check:
    """Say how many left, where the column tells."""
    left = gone(event)
    if (
        not left.any()
        and not event.astype(str).str.strip().str.lower().isin(["proficient", "censored"]).any()
    ):
        return Check(
            "leavers", "not_run", "The event column does not say who left and who is only not there yet."
        )
    share = float(weight[left].sum() / weight.sum()) if weight.sum() else 0.0
    status = "pass" if share <= MANY_LEFT else "warn"
    advice = (
        ""
        if share <= MANY_LEFT
        else " Where the slow leave, the curve is too fast: read cumulative_incidence."
    )
    return Check("leavers", status, f"{share:.0%} left before they were proficient.{advice}")


def _follow_up(seen: Observed, hit: np.ndarray) -> Check:
    if not hit.any():
        return Check("follow_up", "fail", "Nobody was seen to become proficient.")
    still = float(seen.weight[~hit].sum() / seen.weight.sum())
    status = "pass" if still <= 0.5 else "warn"
    return Check("follow_up", status, f"{still:.0%} were not proficient when last seen.")
