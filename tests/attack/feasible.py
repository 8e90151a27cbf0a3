"""What can a reader work out? Published numbers as linear facts about amounts of people, solved for their ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

TOLERANCE = 1e-6  # of the largest amount: what the solver calls equal


@dataclass
class Reader:
    """A reader who knows between which ends each amount lies, and what was published about sums of them.

    Parameters
    ----------
    low, high : ndarray, shape (k,)
        Ends that hold without any publication.
    """

    low: np.ndarray
    high: np.ndarray
    facts: list[tuple[Mapping[int, float], float, float]] = field(default_factory=list)

    def learn(self, parts: Iterable[int] | Mapping[int, float], low: float, high: float) -> None:
        """Note that the sum of `parts` (amounts, or amount to coefficient) lies between two ends."""
        known = parts if isinstance(parts, Mapping) else dict.fromkeys(parts, 1.0)
        if known:
            self.facts.append((known, low, high))

    def interval(
        self, parts: Iterable[int] | Mapping[int, float], only: Collection[int] | None = None
    ) -> tuple[float, float]:
        """Return the least and the largest sum of `parts` that agree with the facts (`only` some of them).

        Raises
        ------
        AssertionError
            If the facts contradict each other: then the reader was told something false.
        """
        wanted = parts if isinstance(parts, Mapping) else dict.fromkeys(parts, 1.0)
        facts = self.facts if only is None else [self.facts[at] for at in only]
        cost = np.zeros(len(self.low))
        cost[list(wanted)] = list(wanted.values())
        told = np.array([end for _, low, high in facts for end in (low, high)])
        slack = TOLERANCE * max(1.0, float(np.abs(told[np.isfinite(told)]).max(initial=0.0)))
        rows = [(at, who, c) for at, (known, _, _) in enumerate(facts) for who, c in known.items()]
        matrix, bound = None, None
        if rows:
            at, who, c = map(np.array, zip(*rows, strict=True))
            one = coo_array((c, (at, who)), shape=(len(facts), len(self.low))).tocsr()
            ends = np.array([(low - slack, high + slack) for _, low, high in facts])
            matrix = coo_array(np.vstack([-one.toarray(), one.toarray()]))
            bound = np.concatenate([-ends[:, 0], ends[:, 1]])
            finite = np.isfinite(bound)
            matrix, bound = matrix.tocsr()[finite], bound[finite]
        found = []
        for sign in (1.0, -1.0):
            ends = np.column_stack([self.low, self.high])
            answer = linprog(sign * cost, A_ub=matrix, b_ub=bound, bounds=ends, method="highs")
            if answer.status == 3:
                found.append(-np.inf * sign)
                continue
            assert answer.status == 0, f"the published numbers contradict each other: {answer.message}"
            found.append(sign * answer.fun)
        return found[0], found[1]


def protected(amount: float, people: int, between: float) -> float:
    """Return the narrowest interval of an amount of few people that is no recovery.

    ± max(10 %, 1 / people) of the amount; where everybody knows two ends `between` apart (rates), of their distance,
    and never more than that distance: a reader who knows nothing else has recovered nothing.
    """
    scale = between if np.isfinite(between) else abs(amount)
    return min(2 * max(0.1, 1 / people) * scale, between)


def is_recovered(ends: tuple[float, float], amount: float, people: int, between: float) -> bool:
    """Say whether an interval is narrower than `protected` allows."""
    return ends[1] - ends[0] < protected(amount, people, between) - 1e-5 * max(1.0, abs(amount))
