"""How much did scores change from before to after?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_columns, require_level_of_confidence, require_no_missing
from tne.measures.attrition import weighted_change
from tne.measures.hake import NormalizedGain, normalized_gain
from tne.measures.inference import inference
from tne.measures.mastery import mastery_change
from tne.measures.ols import cluster_checks, cluster_columns, codes
from tne.measures.pairs import about, comparable, pairs, threats
from tne.measures.sandwich import fit, uncertainty
from tne.measures.standardized import hedges_factor, standardized_change
from tne.result import Estimate

__all__ = [
    "NormalizedGain",
    "comparable",
    "hedges_factor",
    "mastery_change",
    "mean_change",
    "normalized_gain",
    "standardized_change",
]


def mean_change(
    scores: pd.DataFrame,
    *,
    pre: str,
    post: str,
    cluster: str | Sequence[str] | None = None,
    missing: str = "complete",
    conf_level: float = 0.95,
) -> Estimate:
    """Mean of each person's change from `pre` to `post`.

    Parameters
    ----------
    scores : DataFrame, one row per person
        People without both scores are left out; the check ``attrition`` says how many.
    pre, post : str
        Score columns in the same unit, on the same scale.
    cluster : str or tuple of two str, optional
        Columns, such as the session, whose people share what happened. One: CR2 errors with Satterthwaite's
        degrees of freedom; two: CR1 in both directions.
    missing : {"complete", "weighted"}
        ``"complete"``: the change of those who have both scores. ``"weighted"``: these weighted to everyone who
        began, by the first score (for when the check ``attrition`` does not pass); at most one cluster column.
    conf_level : float

    Returns
    -------
    Estimate
        In score points, with checks ``comparable, few_people, ceiling, floor, attrition, regression_to_mean``.
        NaN with a note for fewer than two pairs, or where the two waves stand on different scales.

    Notes
    -----
    ``mean(post − pre)`` with the paired t interval. It does not say that the training caused the change: without
    people who were not trained, practice, time and regression to the mean are part of it.

    References
    ----------
    Student (1908), The probable error of a mean, Biometrika 6:1-25.

    Examples
    --------
    >>> mean_change(pd.DataFrame({"pre": [1, 2, 3], "post": [2, 4, 6]}), pre="pre", post="post").estimate
    2.0
    """
    require_level_of_confidence(conf_level)
    require_choice(missing, ("complete", "weighted"), "missing")
    data = pairs(scores, pre, post)
    columns = cluster_columns(cluster)
    if missing == "weighted" and len(columns) > 1:
        raise ValueError("`missing` 'weighted' takes one cluster column. Give the coarser one.")
    require_columns(scores, columns, "scores")
    require_no_missing(data.kept, columns, "scores")
    checks = threats(data, pre, post)
    common = about("mean_change", data, conf_level, f"mean of {post} − {pre}") | {"unit": "score points"}
    method = "paired t"
    if data.undefined:
        return Estimate(estimate=math.nan, note=data.undefined, method=method, checks=checks, **common)
    if missing == "weighted":
        began = scores.loc[scores[pre].notna()]
        require_no_missing(began, columns, "scores")
        first, last = (began[c].to_numpy(dtype=float, na_value=np.nan) for c in (pre, post))
        estimate, std_error, df, note = weighted_change(
            first, last, codes(began[columns[0]]) if columns else None
        )
        method = (
            "change of completers weighted to all who began (logistic on the first score), stacked errors"
        )
        numbers = inference(estimate, std_error, df, conf_level)
        return Estimate(**numbers, note=note, method=method, checks=checks, **common)
    kind = "classical" if not columns else "CR2" if len(columns) == 1 else "CR1"
    change = data.post - data.pre
    known = uncertainty(fit(np.ones((data.n, 1)), change), kind, [codes(data.kept[c]) for c in columns])
    _, std_error, df, note = known.contrast([1.0])
    if columns:
        freedom = "Satterthwaite" if kind == "CR2" else "clusters − 1"
        method = f"mean of paired changes, {kind} errors by {' and '.join(columns)}, {freedom} df"
        checks += cluster_checks(known.n_clusters, kind, columns)
    numbers = inference(float(change.mean()), std_error, df, conf_level)
    return Estimate(**numbers, note=note, method=method, checks=checks, **common)
