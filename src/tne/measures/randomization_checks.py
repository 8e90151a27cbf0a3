"""Which randomisation tests cannot answer, or would hear something else?"""

from __future__ import annotations

import math

from tne.measures.randomization_draws import Stratum
from tne.result import Check


def few_assignments(
    smallest: float, drawn: float, alternative: str, strata: list[Stratum], tail: float
) -> Check:
    """Warn where no assignment could reach the level asked for."""
    mirrored = alternative == "two-sided" and all(2 * s.chosen == s.count for s in strata)
    least = max(smallest * (2 if mirrored else 1), drawn)  # draws show no p-value below 1 / (draws + 1)
    wanted = 2 * tail if alternative == "two-sided" else tail
    shown = f"The smallest p-value possible here is {least:.2g}; below {wanted:g} is wanted."
    return Check("few_assignments", "pass" if least <= wanted + 1e-12 else "warn", shown)


def spread(strata: list[Stratum], statistic: str) -> Check:
    """Warn where unequal spread alone could make the test reject: the smaller arm varies at least 1.5 times as much."""
    both = [s for s in strata if min(s.chosen, s.count - s.chosen) > 1]
    if not both:
        return Check("spread", "not_run", "No stratum has two units in each arm.")
    arms = [
        (
            sum(t.sum() for _, t in sides),
            math.sqrt(
                sum(((m - m.mean()) ** 2).sum() for m, _ in sides) / sum(t.sum() - 1 for _, t in sides)
            ),
        )
        for sides in (
            [(s.mean[s.treated == side], s.treated == side) for s in both] for side in (True, False)
        )
    ]
    (few, wide), (_, narrow) = sorted(arms)
    uneven = arms[0][0] != arms[1][0] and wide > 1.5 * narrow
    # measured: at 15 of 45 units and three times the spread 6 in 100 instead of 5, at 60 and more none
    loud = uneven and (statistic == "difference" or few < 50)
    detail = f"The smaller arm has {few} units and an SD of {wide:.3g}, the other {narrow:.3g}."
    if loud:
        detail += " A small p may come from the spread alone; `trial` gives the interval of the means."
    return Check("spread", "warn" if loud else "pass", detail)
