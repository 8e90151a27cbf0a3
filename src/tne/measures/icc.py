"""How much of the variance of scores is between the units, rather than between raters or by chance?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import (
    require_choice,
    require_columns,
    require_level_of_confidence,
    require_no_missing,
    require_numeric,
    require_unique,
)
from tne.measures.icc_limits import MeanSquares, limits_of
from tne.result import Check, Estimate

__all__ = ["intraclass_correlation"]

KINDS = ("ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)")
ESTIMANDS = {
    "1": "share of variance between units, each unit with raters of its own",
    "A": "share of variance between units, raters' levels counted as disagreement",
    "C": "share of variance between units, raters' levels left out",
}


def intraclass_correlation(
    ratings: pd.DataFrame,
    *,
    unit: str | Sequence[str] = "case_id",
    rater: str = "rater_id",
    score: str = "score",
    kind: str = "ICC(A,1)",
    conf_level: float = 0.95,
) -> Estimate:
    """Measure the reliability of scores on a scale, for one rater or the mean of k.

    Parameters
    ----------
    ratings : DataFrame
        One row per rating.
    unit, rater, score : str
        Columns; `unit` may be several.
    kind : str
        ``"ICC(1,1)"`` (each unit has its own raters; Shrout and Fleiss' ICC 1), ``"ICC(A,1)"`` (the same raters,
        absolute agreement; their ICC 2), ``"ICC(C,1)"`` (the same raters, consistency; their ICC 3), and
        ``"ICC(1,k)"``, ``"ICC(A,k)"``, ``"ICC(C,k)"`` for the mean of the k raters.
    conf_level : float

    Returns
    -------
    Estimate
        `statistic` is F of no variance between units, with its one-sided p and, in `method`, both degrees of freedom
        (`df` holds the second). `n` counts units, `n_people` raters. Checks ``missing, few_cases, balanced``.

    Raises
    ------
    ValueError
        If a rater scored a unit twice, or a unit or rater is missing.

    Notes
    -----
    Kinds A and C use the units that every rater scored. ICC(1) takes all, with the mean number of raters corrected for
    its spread; its interval is approximate there. Negative values stand as they are; the mean of k may have no lower
    limit (−∞). A low value may mean units that
    hardly differ, not poor raters. The interval assumes normal scores.

    References
    ----------
    McGraw and Wong (1996), Psychological Methods 1:30-46, tables 4 and 7. Shrout and Fleiss (1979), Psychological
    Bulletin 86:420-428.

    Examples
    --------
    >>> seen = pd.DataFrame({"case_id": [1, 1, 2, 2, 3, 3], "rater_id": list("ababab"), "score": [1, 2, 3, 4, 5, 7]})
    >>> round(intraclass_correlation(seen, kind="ICC(C,1)").estimate, 3)
    0.968
    """
    require_choice(kind, KINDS, "kind")
    require_level_of_confidence(conf_level)
    units = [unit] if isinstance(unit, str) else list(unit)
    require_columns(ratings, [*units, rater, score], "ratings")
    require_numeric(ratings, [score], "ratings")
    require_no_missing(ratings, [*units, rater], "ratings")
    kept = ratings.loc[ratings[score].notna().to_numpy()]
    require_unique(kept, [*units, rater], "ratings")
    model, of = kind[4], kind[6]
    squares, n_raters, left_out = _squares(kept, units, rater, score, model)
    estimate, low, high, f, df, note = limits_of(squares, model, of, conf_level)
    p = float(stats.f.sf(f, df[0], df[1])) if math.isfinite(f) else math.nan
    words = f", F on {df[0]:g} and {df[1]:g} degrees of freedom" if math.isfinite(f) else ""
    return Estimate(
        term=kind,
        estimate=estimate,
        statistic=f,
        df=df[1],
        p_value=p,
        conf_low=low,
        conf_high=high,
        n=squares.units,
        n_people=n_raters,
        n_people_total=n_raters,
        conf_level=conf_level,
        estimand=ESTIMANDS[model] + (", for the mean of k raters" if of == "k" else ""),
        comparison="no variance between units",
        method=f"{kind}, analysis of variance{words}",
        note=note,
        checks=_checks(len(ratings) - len(kept), squares, left_out, model),
    )


def _squares(
    kept: pd.DataFrame, units: list[str], rater: str, score: str, model: str
) -> tuple[MeanSquares, int, int]:
    """Return the mean squares, the number of raters, and the units that not every rater scored."""
    code = kept.groupby(units, sort=False, dropna=False, observed=True).ngroup().to_numpy()
    who, names = pd.factorize(kept[rater])
    x = kept[score].to_numpy(dtype=float)
    k = len(names)
    each = np.bincount(code) if len(code) else np.zeros(0)
    full = each == k
    left_out = int((~full).sum())
    if model != "1":
        inside = full[code] if len(code) else np.zeros(0, dtype=bool)
        code, who, x = pd.factorize(code[inside])[0], who[inside], x[inside]
        each = np.bincount(code) if len(code) else np.zeros(0)
    return MeanSquares.of(x, code, who, each, k if model != "1" else 0), k, left_out


def _checks(missing: int, squares: MeanSquares, left_out: int, model: str) -> tuple[Check, ...]:
    checks: list[Any] = [
        Check(
            "missing", "warn" if missing else "pass", f"{missing} ratings have no score and were left out."
        ),
        Check("few_cases", "pass" if squares.units >= 20 else "warn", f"{squares.units} units entered."),
    ]
    words = f"{left_out} units were not scored by every rater"
    words += ": the interval is approximate." if model == "1" and left_out else ""
    words += " and were left out." if model != "1" and left_out else ""
    checks.append(Check("balanced", "warn" if left_out else "pass", words if left_out else words + "."))
    return tuple(checks)
