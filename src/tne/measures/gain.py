"""How much did scores change from before to after?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_columns, require_level_of_confidence, require_no_missing
from tne.measures.attrition import NO_VARIATION, indicators, overlap, weighted_change
from tne.measures.hake import NormalizedGain, normalized_gain
from tne.measures.headcount import headcount
from tne.measures.imputation import IMPUTATIONS, TOO_FEW, impute_changes
from tne.measures.inference import inference
from tne.measures.mastery import mastery_change
from tne.measures.ols import cluster_checks, cluster_columns, codes
from tne.measures.pairs import about, comparable, pairs, threats
from tne.measures.sandwich import fit, uncertainty
from tne.measures.standardized import hedges_factor, standardized_change
from tne.result import Check, Estimate

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
    covariates: Sequence[str] = (),
    seed: int | None = None,
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
    missing : {"complete", "weighted", "imputed"}
        ``"complete"``: the change of those who have both scores. ``"weighted"``: these weighted to everyone who
        began, by the first score (for when the check ``attrition`` does not pass); at most one cluster column.
        ``"imputed"``: the second scores of those who left drawn from a normal regression on the first, 100 times;
        no cluster. Nothing ever compares everyone's first score with the second of those who stayed.
    covariates : sequence of str
        Further columns, known of everyone who began, that say who left (weighted) or what they would have had
        (imputed); text and categories become indicators.
    seed : int, optional
        Of the draws; None gives the same ones each time.
    conf_level : float

    Returns
    -------
    Estimate
        In score points, with checks ``comparable, few_people, ceiling, floor, attrition, regression_to_mean``;
        ``clusters_ignored`` where people share a ``session_id`` that `cluster` does not name; ``repeated_people`` where
        someone has several rows and there is no `cluster`; ``clusters`` with `cluster`; ``overlap`` with weights or
        draws. With these `n` and `n_people_total` count everyone who began, `n_people` those with both scores. NaN
        with a note for fewer than two pairs, or where the two waves stand on different scales.

    Raises
    ------
    KeyError, TypeError
        For missing columns, or scores that are no numbers.
    ValueError
        For an unknown `missing`; covariates with ``"complete"``; two cluster columns with ``"weighted"``, any with
        ``"imputed"``; a cluster or covariate that is missing.

    Notes
    -----
    ``mean(post − pre)`` with the paired t interval. Weights and draws answer for those who left only as far as the
    first score (and the covariates) explain who left; `gain_under_attrition` says how far off that may be. It does
    not say that the training caused the change: without people who were not trained, practice, time and regression to
    the mean are part of it.

    References
    ----------
    Student (1908), The probable error of a mean, Biometrika 6:1-25.

    Examples
    --------
    >>> mean_change(pd.DataFrame({"pre": [1, 2, 3], "post": [2, 4, 6]}), pre="pre", post="post").estimate
    2.0
    """
    require_level_of_confidence(conf_level)
    require_choice(missing, ("complete", "weighted", "imputed"), "missing")
    data = pairs(scores, pre, post)
    columns = cluster_columns(cluster)
    if missing == "weighted" and len(columns) > 1:
        raise ValueError("`missing` 'weighted' takes one cluster column. Give the coarser one.")
    if missing == "imputed" and columns:
        raise ValueError("`missing` 'imputed' takes no `cluster`. Choose 'weighted', which takes one column.")
    told = [covariates] if isinstance(covariates, str) else list(covariates)
    if missing == "complete" and told:
        raise ValueError(
            "`covariates` serve `missing` 'weighted' or 'imputed'. Leave them out, or choose one."
        )
    require_columns(scores, [*columns, *told], "scores")
    require_no_missing(data.kept, columns, "scores")
    checks = threats(data, pre, post, clustered=bool(columns))
    common = about("mean_change", data, conf_level, f"mean of {post} − {pre}") | {"unit": "score points"}
    if missing != "complete":
        began = scores.loc[scores[pre].notna()]
        require_no_missing(began, [*columns, *told], "scores")
        common |= {"n": len(began), "n_people_total": headcount(began)}
        common["estimand"] += " of everyone who began"
        first, last = (began[c].to_numpy(dtype=float, na_value=np.nan) for c in (pre, post))
        known = indicators(began, told) if told else None
        checks += (overlap(first, last),)
    kind = "classical" if not columns else "CR2" if len(columns) == 1 else "CR1"
    method = "paired t"
    if columns and missing == "complete":
        freedom = "Satterthwaite" if kind == "CR2" else "clusters − 1"
        method = f"mean of paired changes, {kind} errors by {' and '.join(columns)}, {freedom} df"
    if missing == "weighted":
        method = f"change of completers weighted to all who began (logistic on {_named(pre, told)}), stacked errors"
    if missing == "imputed":
        method = f"{IMPUTATIONS} imputations by normal regression on {_named(pre, told)}, Barnard-Rubin df"
    common |= {"method": method}
    if data.undefined:
        return Estimate(estimate=math.nan, note=data.undefined, checks=checks, **common)
    if missing == "imputed":
        drawn = impute_changes(first, last, known, seed=seed)
        if drawn is None:
            return Estimate(estimate=math.nan, note=TOO_FEW, checks=checks, **common)
        estimate, std_error, df = drawn.mean()
        note = NO_VARIATION if std_error <= 1e-14 * max(abs(estimate), 1.0) else ""
        std_error = 0.0 if note else std_error
    elif missing == "weighted":
        shared = codes(began[columns[0]]) if columns else None
        estimate, std_error, df, note = weighted_change(first, last, shared, known)
        if columns:
            count = int(cast(np.ndarray, shared).max()) + 1
            detail = f"{count} clusters ({columns[0]}); 40 are wanted with weights."
            checks += (Check("clusters", "pass" if count >= 40 else "warn", detail),)
    else:
        change = data.post - data.pre
        errors = uncertainty(fit(np.ones((data.n, 1)), change), kind, [codes(data.kept[c]) for c in columns])
        _, std_error, df, note = errors.contrast([1.0])
        estimate = float(change.mean())
        checks += cluster_checks(errors.n_clusters, kind, columns)
    numbers = inference(estimate, std_error, df, conf_level)
    return Estimate(**numbers, note=note, checks=checks, **common)


def _named(pre: str, covariates: Sequence[str]) -> str:
    return ", ".join([pre, *covariates])
