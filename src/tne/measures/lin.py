"""Which regression adjusts a randomised comparison without adding bias (Lin 2013)?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tne.measures.sandwich import independent


def lin_design(
    model: pd.DataFrame,
    indicators: np.ndarray,
    arm: str,
    arms: Sequence[object],
    baselines: Sequence[str],
    *,
    strata: np.ndarray | None = None,
    fewest: int | None = None,
) -> tuple[np.ndarray | None, str]:
    """Return the indicators with centred baselines and their interactions, and what had to be done for it.

    Parameters
    ----------
    model : DataFrame, n rows
    indicators : ndarray, shape (n, arms)
        Intercept, then an indicator for each arm but the first.
    arm, arms, baselines
        Column of the arm, the arms compared, columns of the baselines.
    strata : ndarray of int, shape (n,), optional
        Codes of the strata within which the arms were drawn: their indicators join the baselines.
    fewest : int, optional
        Independent units in the smallest arm, where these are clusters; None: people.
    """
    values = model[list(baselines)].astype(float)
    missing = values.isna()
    values = values.fillna(values.mean()).fillna(0.0)
    centred = (values - values.mean()).to_numpy()
    blocks = [centred]
    if strata is not None:
        member = np.eye(int(strata.max(initial=-1)) + 1)[strata][:, 1:]
        blocks.insert(0, member - (member.mean(axis=0) if len(member) else 0.0))
    for i in np.flatnonzero(missing.any().to_numpy()):
        flag = missing.iloc[:, i].to_numpy()
        counts = [(flag & (model[arm] == a).to_numpy()).sum() for a in arms]
        if min(counts) >= 3:  # else the indicator would describe single people
            blocks.append((flag - flag.mean())[:, None])
    x = np.column_stack(blocks)
    x = x[:, independent(x)]
    note = (
        f"{int(missing.any(axis=1).sum())} missing baselines set to the mean"
        if missing.to_numpy().any()
        else ""
    )
    if x.shape[1] == 0:
        return None, "the baseline does not vary"
    smallest = min((model[arm] == a).sum() for a in arms) if fewest is None else fewest
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
