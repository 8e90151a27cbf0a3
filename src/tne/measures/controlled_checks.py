"""What threatens a comparison of the trained with people who were not trained?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from tne.measures.change_arms import Arm, baseline_gap, spread_between, spread_change
from tne.measures.pairs import pairs, threats
from tne.measures.randomised import differential_attrition
from tne.result import Check, p_text

WORST_FIRST = ("fail", "warn", "not_run", "pass")
GAP = 0.10  # SD between the groups' first scores that is worth a warning when chance does not explain it
ENOUGH = 20


def threats_by_group(
    scores: pd.DataFrame, pre: str, post: str, group: str, labels: Sequence[object]
) -> tuple[Check, ...]:
    """Test each group alone and keep the worst of each check, then compare how many each group lost."""
    of_group = [threats(pairs(scores.loc[scores[group] == g], pre, post), pre, post) for g in labels]
    by_name: dict[str, list[tuple[object, Check]]] = {}
    for label, found in zip(labels, of_group, strict=True):
        for check in found:
            by_name.setdefault(check.name, []).append((label, check))
    # one group cannot tell regression to the mean; two can, and `comparison_checks` does
    by_name.pop("regression_to_mean", None)
    worst = []
    for name, found in by_name.items():
        label, check = min(found, key=lambda pair: WORST_FIRST.index(pair[1].status))
        alone = len({c.status for _, c in found}) > 1
        worst.append(Check(name, check.status, f"{label}: {check.detail}" if alone else check.detail))
    began = scores.loc[scores[pre].notna()]
    gone = began[post].isna().to_numpy()
    return (*worst, differential_attrition(began[group], labels, gone))


def comparison_checks(
    compared: Sequence[tuple[Arm, Arm]], method: str, *, count_people: bool = False
) -> tuple[Check, ...]:
    """Test whether the groups began alike and spread alike; over all comparisons, allowing for their number.

    Parameters
    ----------
    compared : sequence of (trained, control)
    method : {"d_ppc2", "smcr"}
        The first also needs equal spread in both groups.
    count_people : bool
        Whether to add ``few_people``.
    """
    checks: tuple[Check, ...] = (_balance(compared), _regression(compared), _equal_spread(compared, method))
    if count_people and compared:
        fewest = min(min(t.n, c.n) for t, c in compared)
        status = "not_run" if math.isnan(fewest) else "pass" if fewest >= ENOUGH else "warn"
        detail = f"The smallest group has {fewest:g} people; {ENOUGH} or more are wanted."
        checks = (Check("few_people", status, detail), *checks)
    return checks


def _balance(compared: Sequence[tuple[Arm, Arm]]) -> Check:
    gaps = [g for g in (baseline_gap(t, c) for t, c in compared) if not math.isnan(g[1])]
    if not gaps:
        return Check("balance", "not_run", "Too few people, or first scores that do not vary.")
    p = min(1.0, len(gaps) * min(g[1] for g in gaps))
    gap = max(abs(g[0]) for g in gaps)
    status = "fail" if p < 0.001 else "warn" if p < 0.05 and gap > GAP else "pass"
    return Check("balance", status, f"The groups began up to {gap:.2f} SD apart ({_told(p)}).")


def _regression(compared: Sequence[tuple[Arm, Arm]]) -> Check:
    """Groups that began apart, one of them perhaps chosen for it, come together without any training."""
    name = "regression_to_mean"
    gaps = [g for g in (baseline_gap(t, c) for t, c in compared) if not any(math.isnan(x) for x in g)]
    if not gaps:
        return Check(name, "not_run", "Too few people, or scores that do not vary.")
    apart = [g for g in gaps if g[1] * len(gaps) < 0.05 and abs(g[0]) > GAP]
    if not apart:
        return Check(name, "pass", "The groups did not begin further apart than chance makes them.")
    most = max(apart, key=lambda g: abs(g[2]))
    detail = f"The groups began {abs(most[0]):.2f} SD apart, which alone moves the difference by {most[2]:+.3g} points"
    return Check(name, "warn", detail + ": compare at equal first scores (ancova).")


def _equal_spread(compared: Sequence[tuple[Arm, Arm]], method: str) -> Check:
    arms = dict.fromkeys(arm for pair in compared for arm in pair)
    tests = [("before and after", *spread_change(arm)) for arm in arms]
    if method == "d_ppc2":
        tests += [("of the two groups before", *spread_between(*pair)) for pair in compared]
    tests = [test for test in tests if not math.isnan(test[2])]
    if not tests:
        return Check("equal_spread", "not_run", "Too few people, or no spread.")
    where, ratio, p = min(tests, key=lambda test: test[2])
    p = min(1.0, p * len(tests))
    detail = f"The SDs {where} stand {max(ratio, 1 / ratio):.2f} to 1 ({_told(p)}); the interval takes them as equal."
    return Check("equal_spread", "pass" if p >= 0.05 else "warn", detail)


def _told(p: float) -> str:
    text = p_text(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"
