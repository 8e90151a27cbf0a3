"""Which regression adjusts a randomised comparison without adding bias (Lin 2013)?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tne.measures.sandwich import independent


def lin_design(
    values: np.ndarray,
    indicators: np.ndarray,
    sides: Sequence[np.ndarray],
    *,
    strata: np.ndarray | None = None,
    fewest: int | None = None,
) -> tuple[np.ndarray | None, str]:
    """Return the indicators with centred baselines and their interactions, and what had to be done for it.

    Parameters
    ----------
    values : ndarray, shape (n, baselines)
        What was measured before; NaN where it was not.
    indicators : ndarray, shape (n, arms)
        Intercept, then an indicator for each arm but the first.
    sides : sequence of ndarray of bool, shape (n,)
        Who belongs to each of the arms compared.
    strata : ndarray of int, shape (n,), optional
        Codes of the strata within which the arms were drawn: their indicators join the baselines.
    fewest : int, optional
        Independent units in the smallest arm, where these are clusters; None: people.
    """
    missing = np.isnan(values)
    known = np.maximum((~missing).sum(axis=0), 1)
    values = np.where(missing, np.where(missing, 0.0, values).sum(axis=0) / known, values)
    blocks = [values - values.mean(axis=0)] if len(values) else [values]
    if strata is not None:
        member = np.eye(int(strata.max(initial=-1)) + 1)[strata][:, 1:]
        blocks.insert(0, member - (member.mean(axis=0) if len(member) else 0.0))
    for i in np.flatnonzero(missing.any(axis=0)):
        flag = missing[:, i]
        if min((flag & side).sum() for side in sides) >= 3:  # else the indicator would describe single people
            blocks.append((flag - flag.mean())[:, None])
    x = np.column_stack(blocks)
    x = x[:, independent(x)]
    note = f"{int(missing.any(axis=1).sum())} missing baselines set to the mean" if missing.any() else ""
    if x.shape[1] == 0:
        return None, "the baseline does not vary"
    smallest = min(side.sum() for side in sides) if fewest is None else fewest
    full = np.column_stack([indicators, x, *(x * indicators[:, [i]] for i in range(1, indicators.shape[1]))])
    if smallest > x.shape[1] + 2 and independent(full).all():
        return full, note
    both = "one slope for all arms: too few people for one each"
    common = np.column_stack([indicators, x])
    if len(common) > common.shape[1] + 1 and independent(common).all():
        return common, "; ".join(filter(None, [note, both]))
    if not independent(common).all():
        return None, "arms and baselines cannot be told apart"
    return None, "too few people to adjust for the baseline"
