"""Which regression adjusts a randomised comparison without adding bias (Lin 2013)?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tne.measures.sandwich import independent


def lin_design(
    model: pd.DataFrame, indicators: np.ndarray, arm: str, arms: Sequence[object], baselines: Sequence[str]
) -> tuple[np.ndarray | None, str]:
    """Return the indicators with centred baselines and their interactions, and what had to be done for it."""
    values = model[list(baselines)].astype(float)
    missing = values.isna()
    values = values.fillna(values.mean()).fillna(0.0)
    centred = (values - values.mean()).to_numpy()
    blocks = [centred]
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
    smallest = min((model[arm] == a).sum() for a in arms)
    full = np.column_stack([indicators, x, *(x * indicators[:, [i]] for i in range(1, indicators.shape[1]))])
    if smallest > x.shape[1] + 2 and independent(full).all():
        return full, note
    both = "one slope for all arms: too few people for one each"
    common = np.column_stack([indicators, x])
    if len(common) > common.shape[1] + 1 and independent(common).all():
        return common, "; ".join(filter(None, [note, both]))
    return None, "too few people to adjust for the baseline"
