"""People trained because of a low score: adjusted for the selection score, and graded by overlap."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tne.measures.adjusted_row import adjusted_row
from tne.measures.designs.findings import (
    ACCURACY,
    Findings,
    Outcome,
    before_and_after,
    lowest,
    numbers,
    renamed,
    undefined,
    unknown,
)
from tne.measures.gain import mean_change
from tne.result import Check, Estimate

OVERLAP = 0.9  # share of the trained with a similar untrained person
BALANCE = 0.25  # standardised mean difference of the baseline


def targeted(
    panel: pd.DataFrame,
    *,
    baseline: int,
    window: int,
    conf_level: float,
    outcome: Outcome = ACCURACY,
    tested: bool = True,
) -> Findings:
    """Compare the selected with the others at the same baseline score (ANCOVA); without `tested` the effect alone.

    Notes
    -----
    People chosen because of a bad month improve by themselves. The part of their before/after change that the
    untrained at the same baseline predict is regression to the mean; only the rest can be the training.
    """
    people, starts, last = _groups(panel, outcome, baseline, window)
    counts = people["group"].value_counts()
    if counts.reindex(["trained", "comparison"]).fillna(0).min() < 3:
        return undefined("adjusted", "fewer than three people in a group", conf_level, unit=outcome.unit)
    effect = _difference(
        people, ["base"], outcome, conf_level, estimand="people selected for a low score",
        comparison="untrained at the same baseline score",
    )  # fmt: skip
    found: dict[str, Any] = {
        "design": "adjusted",
        "effect": effect,
        "transferable": unknown(
            effect, "trainers and sessions like these", "sessions are not compared in this design"
        ),
        "n_trained": float(counts["trained"]),
        "n_comparison": float(counts["comparison"]),
        "window": (starts, last),
    }
    if not tested:
        return Findings(**found)
    trained = people.loc[people["group"].eq("trained")]
    naive = renamed(
        mean_change(trained, pre="base", post="post", conf_level=conf_level),
        term="before_after",
        unit=outcome.unit,
    )
    return Findings(
        **found,
        checks=(*_comparable(people), _regression(naive.estimate, effect.estimate)),
        naive=naive,
        regression_to_mean=naive.estimate - effect.estimate,
    )


def _difference(
    people: pd.DataFrame, adjusters: list[str], outcome: Outcome, conf_level: float, **text: str
) -> Estimate:
    """The trained against the comparison at equal adjusters."""
    row = adjusted_row(
        people["post"].to_numpy(), people["group"].eq("trained").to_numpy(), people[adjusters].to_numpy(), conf_level
    )  # fmt: skip
    return Estimate(term="effect", unit=outcome.unit, **(row | text))


def compare_selected(
    panel: pd.DataFrame, outcome: Outcome, *, baseline: int, window: int, conf_level: float
) -> Estimate:
    """The same comparison for another outcome of the panel, at equal earlier values and equal selection score."""
    people, _, _ = _groups(panel, outcome, baseline, window)
    score, _, _ = _groups(panel, ACCURACY, baseline, window)
    people = people.assign(score=score["base"].reindex(people.index)).dropna(subset=["score"])
    counts = people["group"].value_counts().reindex(["trained", "comparison"]).fillna(0)
    if counts.min() < 3:
        return Estimate(term="effect", estimate=math.nan, note="fewer than three people in a group")
    if people["post"].std() == 0:
        return Estimate(term="effect", estimate=0.0, note="it does not vary")
    adjusters = ["base", "score"] if people["base"].std() > 0 else ["score"]
    return _difference(
        people, adjusters, outcome, conf_level, estimand=f"difference in post at equal {adjusters[0]}",
        comparison="comparison",
    )  # fmt: skip


def _groups(
    panel: pd.DataFrame, outcome: Outcome, baseline: int, window: int
) -> tuple[pd.DataFrame, float, float]:
    """One row per person: group, value before, value after; and the window."""
    starts = float(panel["cohort"].min())
    last = starts + window - 1
    code, names = pd.factorize(panel["moderator_id"], sort=True)
    rows, n = np.flatnonzero(code >= 0), len(names)
    cohort = lowest(numbers(panel, "cohort", rows), code[rows], n)
    base, post = before_and_after(panel, outcome, rows, code[rows], n, (starts - baseline, starts, last))
    group = np.where((cohort >= starts) & (cohort <= last), "trained", "comparison")
    people = pd.DataFrame({"group": group, "base": base, "post": post}, index=names)
    return people.dropna(subset=["base", "post"]), starts, last


def _comparable(people: pd.DataFrame) -> tuple[Check, Check]:
    trained = people.loc[people["group"].eq("trained"), "base"]
    others = people.loc[people["group"].eq("comparison"), "base"]
    spread = math.sqrt((trained.var() + others.var()) / 2)
    nearest = np.abs(np.subtract.outer(trained.to_numpy(), others.to_numpy())).min(axis=1)
    inside = float((nearest <= BALANCE * spread).mean())
    difference = abs(trained.mean() - others.mean()) / spread if spread > 0 else math.nan
    overlap = Check(
        "overlap",
        "pass" if inside >= OVERLAP else "fail",
        f"{inside:.0%} of the trained have an untrained person within {BALANCE} SD",
    )
    balance = Check(
        "balance", "pass" if difference <= BALANCE else "fail", f"baseline differs by {difference:.2f} SD"
    )
    return overlap, balance


def _regression(naive: float, adjusted: float) -> Check:
    status = "warn" if abs(naive - adjusted) > abs(adjusted) else "pass"
    expected = naive - adjusted
    return Check(
        "regression_to_mean",
        status,
        f"of {naive:.1f} points of change {expected:.1f} are expected without training",
    )
