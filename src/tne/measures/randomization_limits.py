"""Which constant effects does a randomisation test not reject?"""

from __future__ import annotations

import math

import numpy as np

from tne.measures.randomization_draws import Parts


def p_of(parts: Parts, effect: float, alternative: str) -> tuple[int, int]:
    """Return how many assignments are as extreme on one side and on both, if everybody gained `effect`.

    One side is that of the observed difference where `alternative` is two-sided. Ties count as extreme.
    """
    shown, seen, near = _statistic(parts, effect)
    up = seen >= 0 if alternative == "two-sided" else alternative == "greater"
    side = (shown >= seen - near) if up else (shown <= seen + near)
    both = np.abs(shown) >= abs(seen) - near
    return int(side.sum()) + parts.added, int(both.sum()) + parts.added


def _statistic(parts: Parts, effect: float) -> tuple[np.ndarray, float, float]:
    shown, seen = parts.y - effect * parts.z, parts.observed - effect
    if parts.spread is None or parts.observed_spread is None:
        return shown, seen, parts.tolerance * (1 + abs(effect))
    yy, yz, zz = parts.spread
    a, b, c = parts.observed_spread
    floor = parts.tolerance**2
    error = np.sqrt(np.maximum(yy - 2 * effect * yz + effect**2 * zz, floor))
    own = math.sqrt(max(a - 2 * effect * b + effect**2 * c, floor))
    t = seen / own if own > 0 else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(error > 0, shown / error, 0.0)
    return values, t, 1e-9 * (1 + abs(t))


def limits(parts: Parts, tail: float) -> tuple[float, float]:
    """Return the least and the greatest constant effect that neither one-sided test rejects at `tail`.

    Notes
    -----
    An assignment lies above the observed one under effect t if ``y − t z ≥ observed − t``, that is
    ``t ≥ (observed − y) / (1 − z)``: the limits are order statistics of that ratio. Assignments equal to the observed
    one (z = 1) always count. Studentised, the tests themselves are inverted by bisection.
    """
    if parts.spread is not None:
        return _bisected(parts, tail)
    room = 1 - parts.z
    same = room <= 1e-12
    ratio = np.sort((parts.observed - parts.y[~same]) / room[~same])
    always = int(same.sum()) + parts.added
    # accepted while (always + those at or below t) / total > tail
    need = math.floor(tail * parts.total + 1e-9) + 1 - always
    if need <= 0:
        return -math.inf, math.inf
    if need > len(ratio):
        return math.nan, math.nan
    return float(ratio[need - 1]), float(ratio[len(ratio) - need])


def _bisected(parts: Parts, tail: float) -> tuple[float, float]:
    error = math.sqrt(parts.observed_spread[0]) if parts.observed_spread else 0.0
    if not error > 0:
        return math.nan, math.nan
    found = []
    for sign, side in ((-1, "greater"), (1, "less")):
        inside, outside = parts.observed, parts.observed + sign * error
        for _ in range(60):
            if p_of(parts, outside, side)[0] / parts.total <= tail:
                break
            inside, outside = outside, parts.observed + 2 * (outside - parts.observed)
        else:
            found.append(sign * math.inf)
            continue
        while abs(outside - inside) > 1e-9 * error:
            middle = (inside + outside) / 2
            if p_of(parts, middle, side)[0] / parts.total > tail:
                inside = middle
            else:
                outside = middle
            if middle in (inside, outside) and abs(outside - inside) <= 1e-12 * abs(middle):
                break
        found.append(inside)
    return found[0], found[1]
