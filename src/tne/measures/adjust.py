"""What did the training change, where people were not assigned by chance but differ in what was known before?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_level_of_confidence
from tne.measures.adjust_checks import checks_of, confounding_check
from tne.measures.adjust_data import AdjustData, prepare
from tne.measures.adjust_errors import ALLOWED, DRAWS, default_errors, errors_words, rows_of
from tne.measures.adjust_means import WEIGHTED, mean_outcomes
from tne.measures.adjust_result import Adjusted
from tne.measures.balance import balance_frame, weights_frame
from tne.measures.headcount import headcount, headcount_by
from tne.measures.inference import inference
from tne.measures.ols import cluster_checks
from tne.measures.propensity import LINKS, fit_propensity
from tne.measures.repeated import repeated_people
from tne.measures.sandwich import fit, uncertainty
from tne.result import Estimates

ESTIMANDS = {
    "ATE": "everyone",
    "ATT": "the trained",
    "ATC": "the others",
    "ATO": "people who could be in either group",
}
_WORDS = {
    "regression": "regression",
    "ipw": "inverse-probability weighting",
    "standardization": "standardisation",
    "aipw": "augmented inverse-probability weighting",
    "ipwra": "inverse-probability-weighted regression",
}


def adjusted_difference(
    people: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    formula: str,
    method: str,
    estimand: str,
    outcome_formula: str | None = None,
    errors: str | None = None,
    cluster: str | None = None,
    link: str = "logit",
    trim: float | Sequence[float] | None = None,
    draws: int = DRAWS,
    seed: int | None = None,
    conf_level: float = 0.95,
) -> Adjusted:
    """Difference between trained and others at equal confounders.

    Parameters
    ----------
    people : DataFrame, one row per person
        Rows with a missing value in a column used are left out and counted in the checks.
    outcome : str
        Numeric or boolean column.
    treatment : str
        Column of 1 and 0 (or true and false).
    formula : str
        Confounders known before the training, for example ``"baseline + tenure + C(team)"``; ``"1"`` for none.
    method : {"regression", "ipw", "standardization", "aipw", "ipwra"}
        One slope for both groups; weighting; a regression in each group applied to everyone asked about; both,
        right if either model is; the regressions weighted.
    estimand : {"ATE", "ATT", "ATC", "ATO"}
        Mean effect for everyone, the trained, the others, or (``"ipw"`` only) the people in the overlap.
    outcome_formula : str, optional
        Right side of the outcome model instead of `formula`. Naming the treatment makes it one regression as
        written, for example ``"baseline + trained:baseline"``.
    errors : str, optional
        None: ``"classical"`` for regression; ``"HC1"``, which takes the weights as known, for ipw; ``"influence"``
        for aipw; ``"stacked"``, which counts the estimation of all models (what Stata's teffects prints), for the
        others. Also ``"HC0"`` to ``"HC3"``, ``"CR1"``, ``"CR2"`` (regression, ipw, standardization) and
        ``"bootstrap"`` (normal interval, `draws` samples, `seed`).
    cluster : str, optional
        Column of people who share what happened; None in `errors` then means CR1, or sums over clusters.
    link : {"logit", "probit"}
        Of the propensity model.
    trim : float or pair of float, optional
        Leave out people whose probability of training is below and above these (``0.1`` means .1 and .9), as
        fitted to all. The estimand is then about those who stay.
    draws, seed : int
    conf_level : float

    Returns
    -------
    Adjusted
        With checks ``overlap``, ``balance``, ``effective_sample``, ``few_people``, ``missing``, ``confounding`` and,
        where they apply, ``outcome_model_only``, ``trimmed``, ``collinear``, ``clusters``, ``repeated_people``. NaN
        with a note where a group is empty, or someone asked about has confounders that only one group has.

    Raises
    ------
    ValueError
        If `treatment` is not 0 or 1, a formula is none, or errors, estimand and method do not fit.

    Notes
    -----
    ipw: ``sum(w y)/sum(w)`` in each group with w = 1/P(own group) (ATE). standardization: mean prediction with and
    without training. aipw: the same plus the mean weighted residual. All assume that every confounder is in
    `formula`: no check can see one that was not measured.

    References
    ----------
    Hernán and Robins (2020), Causal Inference: What If, chapters 12, 13. Lunceford and Davidian (2004), Stat. Med.
    23:2937-2960.

    Examples
    --------
    >>> people = pd.DataFrame({"y": [2.0, 4, 3, 5, 1, 3], "d": [1, 1, 1, 0, 0, 0], "x": [0, 1, 0, 1, 0, 0]})
    >>> how = {"outcome": "y", "treatment": "d", "formula": "x", "estimand": "ATT"}
    >>> round(adjusted_difference(people, method="standardization", **how).estimate, 3)
    0.0
    """
    require_choice(method, tuple(_WORDS), "method")
    require_choice(estimand, tuple(ESTIMANDS), "estimand")
    require_choice(link, LINKS, "link")
    require_level_of_confidence(conf_level)
    if estimand == "ATO" and method != "ipw":
        raise ValueError(
            f"`estimand` 'ATO' is defined by weights, not for {method!r}. Choose method='ipw', or 'ATE'."
        )
    kind = errors or default_errors(method, cluster)
    require_choice(kind, ALLOWED[method], f"errors` for method {method!r}; `errors")
    if kind.startswith("CR") != (cluster is not None) and kind not in ("stacked", "influence", "bootstrap"):
        raise ValueError(
            f"`errors` {kind!r} and `cluster` {cluster!r} do not fit. Give both, as 'CR1', or neither."
        )
    limits = _limits(trim)
    if not isinstance(draws, (int, np.integer)) or draws < 2:
        raise ValueError(f"`draws` is {draws}. Give a whole number of at least 2, better 500.")
    data = prepare(
        people,
        outcome=outcome,
        treatment=treatment,
        formula=formula,
        outcome_formula=outcome_formula,
        by_arm=method != "regression",
        cluster=cluster,
    )
    both = len(np.unique(data.t)) == 2
    propensity = fit_propensity(data.z, data.t, link) if both else None
    settings: dict[str, Any] = {"method": method, "estimand": estimand, "trim": limits}
    means = mean_outcomes(data, propensity, **settings) if both else None
    robust = kind if errors and kind in ("HC1", "HC2", "HC3", "CR1", "CR2") else None
    plain, plain_each = _plain(data, robust, cluster)
    if means is None:
        found = ((math.nan, math.nan, math.nan, plain[3]),) * 3
    else:
        found = rows_of(means, kind, data, draws=draws, seed=seed, link=link, **settings)
    inside = np.ones(len(data.y), dtype=bool) if means is None else means.inside
    samples = f" ({draws} samples)" if kind == "bootstrap" else ""
    text = {
        "unit": f"units of {outcome}",
        "estimand": _estimand(outcome, method, estimand, outcome_formula),
        "comparison": f"others at equal {formula}" if formula.strip() != "1" else "the others",
        "method": f"{_words(method, link, limits)}; {errors_words(kind, method, cluster)}{samples}",
        "conf_level": conf_level,
        **_counts(data.kept.loc[inside], treatment),
    }
    unadjusted = text | {
        "estimand": f"difference of mean {outcome}",
        "comparison": "the others",
        "method": "difference of means, without adjustment",
        **_counts(data.kept, treatment),
    }
    mean = {"comparison": "", "estimand": f"mean {outcome} of {ESTIMANDS[estimand]}, were all "}
    rows = [
        _row("adjusted_difference", found[0], text),
        _row("difference", plain, unadjusted),
        _row("mean_if_treated", found[1], text | mean | {"estimand": mean["estimand"] + "trained"}),
        _row("mean_if_untreated", found[2], text | mean | {"estimand": mean["estimand"] + "not trained"}),
    ]
    weights = None if means is None else means.weights
    balance = balance_frame(data.z, data.z_names, data.t, weights, inside, estimand)
    spread = weights_frame(data.t, weights, inside)
    checks = checks_of(data, len(people), propensity, means, balance, spread, **settings)
    if cluster is not None:
        checks += cluster_checks(
            len(np.unique(cast(np.ndarray, data.cluster))), "CR2" if kind == "CR2" else "CR1", [cluster]
        )
    else:
        checks += repeated_people(len(data.kept), headcount(data.kept))
    checks += (confounding_check(data, means, plain[0], plain_each),)
    return Adjusted(
        estimates=Estimates(table=pd.DataFrame(rows)), balance=balance, weights=spread, checks=checks
    )


def _limits(trim: float | Sequence[float] | None) -> tuple[float, float] | None:
    if trim is None:
        return None
    pair = (trim, 1 - trim) if isinstance(trim, (int, float, np.number)) else tuple(trim)
    if len(pair) != 2 or not 0 <= pair[0] < pair[1] <= 1:
        raise ValueError(
            f"`trim` is {trim}. Give a probability below .5, such as 0.1, or a pair such as (0.1, 0.9)."
        )
    return float(pair[0]), float(pair[1])


def _counts(kept: pd.DataFrame, treatment: str) -> dict[str, int]:
    heads = headcount_by(kept, treatment)
    smaller = min(heads.get(1.0, 0), heads.get(0.0, 0))
    return {"n": len(kept), "n_people": smaller, "n_people_total": headcount(kept)}


def _words(method: str, link: str, limits: tuple[float, float] | None) -> str:
    words = _WORDS[method] + (f" ({link})" if method in WEIGHTED else "")
    return words + (f", trimmed to probabilities {limits[0]:g} to {limits[1]:g}" if limits else "")


def _estimand(outcome: str, method: str, estimand: str, outcome_formula: str | None) -> str:
    """What the number is about; one coefficient for all averages unequal effects by overlap, whatever was asked."""
    if method == "regression" and outcome_formula is None:
        return f"effect on {outcome}, averaged by overlap; the {estimand} where effects do not differ"
    return f"mean effect on {outcome} for {ESTIMANDS[estimand]} ({estimand})"


def _plain(
    data: AdjustData, kind: str | None, cluster: str | None
) -> tuple[tuple[float, float, float, str], np.ndarray]:
    """Return the unadjusted difference, and what each person adds to it."""
    y, t = data.y, data.t
    n1, n0 = int((t == 1).sum()), int((t == 0).sum())
    if min(n1, n0) == 0:
        note = "one group is empty" if len(y) else "nobody is left"
        return (math.nan, math.nan, math.nan, note), np.zeros(len(y))
    fitted = fit(np.column_stack([np.ones(len(y)), t]), y)
    groups = () if cluster is None else (cast(np.ndarray, data.cluster),)
    known = uncertainty(fitted, kind or ("classical" if cluster is None else "CR1"), groups)
    return known.contrast([0.0, 1.0]), fitted.residuals * np.where(t == 1, 1 / n1, -1 / n0)


def _row(term: str, value: tuple[float, float, float, str], text: dict[str, Any]) -> dict[str, Any]:
    estimate, std_error, df, note = value
    return {"term": term, **inference(estimate, std_error, df, text["conf_level"]), "note": note, **text}
