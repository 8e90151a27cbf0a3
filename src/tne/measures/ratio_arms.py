"""What did those who were trained gain and cost beyond those who were not, person by person?"""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.measures.ratio_sides import Pair, Side, missing_rows, require_same_order, rows_of


def pair_of_arms(benefits: Any, costs: Any, arm: Any, control: Any) -> Pair:
    """Return the differences of both means between the arm that is not `control` and `control`.

    Raises
    ------
    TypeError, ValueError
        If the rows differ in number, an arm is missing, or there are not two arms with `control` one of them.
    """
    x, y = rows_of(benefits, "benefits"), rows_of(costs, "costs")
    arms = pd.Series(np.asarray(arm, dtype=object))
    if not len(x) == len(y) == len(arms):
        raise ValueError(
            f"`benefits`, `costs` and `arm` have {len(x)}, {len(y)} and {len(arms)} rows. Give one each."
        )
    require_same_order(benefits, costs)
    require_same_order(benefits, arm)
    if arms.isna().any():
        raise ValueError(f"`arm` is missing in {int(arms.isna().sum())} rows. Fill or drop them first.")
    names = list(pd.unique(arms))
    if control not in names or len(names) != 2:
        some = ", ".join(map(str, names[:5]))
        raise ValueError(
            f"`arm` has {some}; `control` is {control!r}. Give two arms, one of them the control."
        )
    gone = np.isnan(x) | np.isnan(y)
    treated = (arms != control).to_numpy()
    groups = tuple((x[~gone & which], y[~gone & which]) for which in (treated, ~treated))
    sizes = [len(b) for b, _ in groups]
    moments = [np.cov(b, c) / len(b) if len(b) > 1 else np.full((2, 2), math.nan) for b, c in groups]
    (var_b, shared), (_, var_c) = moments[0] + moments[1]
    means = [[float(side.mean()) if len(side) else math.nan for side in group] for group in groups]
    sides = [
        Side(
            means[0][k] - means[1][k],
            math.sqrt(var) if var >= 0 else math.nan,
            n_people=min(sizes),
            n_people_total=sum(sizes),
        )
        for k, var in enumerate((var_b, var_c))
    ]
    return Pair(
        *cast(tuple[Side, Side], sides),
        float(shared),
        False,
        missing_rows(int(gone.sum()), "rows"),
        arms=groups,
    )
