"""Do groups answer higher or lower on an ordered scale, whatever the distances between its points?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_frame, require_level_of_confidence
from tne.measures.inference import inference
from tne.measures.ols import missing_check
from tne.measures.ordered_answers import ordered_answers
from tne.measures.ordered_fit import OrderedFit, ordered_fit
from tne.measures.ordered_odds import brant_test
from tne.result import Check, Estimate, Estimates, Result

SEPARATED = "the answers are separated here: no finite value fits; join categories or groups"
PER_PARAMETER = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class OrderedLogit(Result):
    """Proportional odds model.

    Parameters
    ----------
    estimates : Estimates
        Key ``kind`` ("coefficient" or "cut_point"); log odds, coefficients named as in R ("InflMedium"), cut points
        "Low|Medium" on their own scale.
    log_likelihood, deviance : float
    levels : tuple of str
        The categories that occur, lowest first.
    proportional_odds : Estimate
        Brant's chi-square with its df and p-value.
    """

    estimates: Estimates
    log_likelihood: float
    deviance: float
    levels: tuple[str, ...]
    proportional_odds: Estimate

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()

    def get(self, **where: Any) -> Estimate:
        """Return the one estimate whose columns equal `where`, as in ``.get(term="Low|Medium")``."""
        return self.estimates.get(**where)


def ordered_logit(
    data: pd.DataFrame,
    *,
    formula: str,
    weights: str | None = None,
    levels: Sequence[Any] | None = None,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> OrderedLogit:
    """Compare ordered answers between groups: the proportional odds model, by maximum likelihood.

    Parameters
    ----------
    data : DataFrame, one row per answer, or per kind of answer with its frequency in `weights`
        Rows with a missing value in a column of the formula are left out and counted in the checks.
    formula : str
        For example ``"satisfaction ~ market + modality"``. Groups are compared with their first category (for text:
        the first in the alphabet). The outcome is numeric, or a Categorical whose categories are in order.
    weights : str, optional
        Column with frequencies: how many people gave this answer. Not sampling weights.
    levels : sequence, optional
        Categories of the outcome from lowest to highest, needed where it is text.
    cluster : str, optional
        Column whose rows share their errors, for example the person of several answers: sandwich errors, times
        G / (G − 1), and t with G − 1 degrees of freedom.
    conf_level : float

    Returns
    -------
    OrderedLogit
        `n` counts answers (frequencies); `n_people` the people in the smaller of a group and its reference. With
        checks ``proportional_odds``, ``separation``, ``few_people``, ``empty_category``, ``missing``.

    Raises
    ------
    ValueError
        If the outcome has no order, the columns of the design repeat each other, or weights are negative.

    Notes
    -----
    ``log P(y ≤ j) / P(y > j) = cut_j − x b``: a positive b means higher answers, ``exp(b)`` the odds ratio of
    answering above any point. Errors are from the observed information (as R's polr). The model asks one slope for
    all cut points; Brant's test looks whether that holds. A difference between groups is not an effect of the group.

    References
    ----------
    McCullagh (1980), Regression models for ordinal data, JRSS B 42:109-142.
    Venables and Ripley (2002), Modern Applied Statistics with S, section 7.3.

    Examples
    --------
    >>> table = pd.DataFrame({"answer": [1, 2, 3] * 2, "site": list("aaabbb"), "people": [8, 9, 3, 3, 9, 8]})
    >>> round(ordered_logit(table, formula="answer ~ site", weights="people").get(term="siteb").estimate, 3)
    1.329
    """
    require_frame(data, "data")
    require_level_of_confidence(conf_level)
    answers = ordered_answers(data, formula, weights=weights, levels=levels, cluster=cluster)
    names, terms, w = answers.levels, answers.terms, answers.weight
    total = answers.people()
    checks = [missing_check(len(data), answers.n_complete), _empty(answers.n_empty)]
    cuts = [f"{low}|{high}" for low, high in pairwise(names)]
    shared = {"n": w.sum(), "n_people_total": total, "unit": "log odds", "conf_level": conf_level,
              "estimand": f"higher answers to {answers.outcome}"}  # fmt: skip
    method = "proportional odds, maximum likelihood" + (f", errors clustered by {cluster}" if cluster else "")
    table = pd.DataFrame(
        {
            "kind": ["coefficient"] * len(terms) + ["cut_point"] * len(cuts),
            "term": terms + cuts,
            "n_people": [answers.people(smaller=i) for i in range(len(terms))] + [total] * len(cuts),
            "comparison": answers.references + [""] * len(cuts),
        }
    ).assign(**shared, method=method)
    log_likelihood, test = math.nan, (math.nan, math.nan, math.nan, "nothing was estimated")
    if len(names) < 2:
        why = "everyone gave the same answer" if len(names) else "nobody answered"
        numbers = pd.DataFrame([{"estimate": math.nan, "note": why}] * len(table))
        checks.append(Check("separation", "not_run", f"{why.capitalize()}."))
    else:
        fit = ordered_fit(answers.y, answers.x, w)
        log_likelihood, test = fit.log_likelihood, brant_test(answers.y, answers.x, w)
        numbers = _numbers(fit, answers.cluster, conf_level)
        checks.append(_separation(int(fit.infinite[len(cuts) :].sum())))
        checks.append(_few(total, len(table)))
    if len(table):
        table = pd.concat([table, numbers.reset_index(drop=True)], axis=1)
    else:
        table = table.assign(estimate=pd.Series(dtype=float), note="")
    about: dict[str, Any] = {
        "unit": "chi-square",
        "method": "Brant (1990)",
        "estimand": "equal slopes at all cut points",
    }
    odds = Estimate(
        term="proportional_odds", estimate=test[0], statistic=test[0], df=test[1], p_value=test[2], note=test[3],
        n=w.sum(), n_people_total=total, **about,
    )  # fmt: skip
    checks.append(_proportional(odds))
    return OrderedLogit(
        estimates=Estimates(table=table, keys=("kind",)),
        log_likelihood=log_likelihood,
        deviance=-2 * log_likelihood,
        levels=names,
        proportional_odds=odds,
        checks=tuple(checks),
    )


def _numbers(fit: OrderedFit, cluster: np.ndarray | None, conf_level: float) -> pd.DataFrame:
    """Return the inference columns: coefficients first, then cut points."""
    n_cuts = len(fit.cuts)
    covariance, df, note = fit.covariance, math.nan, ""
    if cluster is not None:
        count = int(cluster.max()) + 1
        sums = np.zeros((count, fit.influence.shape[1]))
        np.add.at(sums, cluster, fit.influence)
        covariance, df = sums.T @ sums * count / max(count - 1, 1), float(count - 1)
        note = "one cluster: no standard error" if count < 2 else ""
    order = [*range(n_cuts, len(covariance)), *range(n_cuts)]
    values = np.concatenate([fit.cuts, fit.slopes])
    rows = []
    for i in order:
        if fit.infinite[i]:
            rows.append({"estimate": math.nan, "note": SEPARATED})
        elif note:
            rows.append({"estimate": values[i], "note": note})
        else:
            row = inference(values[i], math.sqrt(covariance[i, i]), df, conf_level)
            if i < n_cuts:  # no question asks whether a cut point is 0
                row |= {"statistic": math.nan, "p_value": math.nan}
            rows.append(row | {"note": ""})
    return pd.DataFrame(rows)


def _empty(n_empty: int) -> Check:
    detail = (
        f"{n_empty} categories were never chosen and are left out."
        if n_empty
        else "Every category was chosen."
    )
    return Check("empty_category", "warn" if n_empty else "pass", detail)


def _separation(n_infinite: int) -> Check:
    if not n_infinite:
        return Check("separation", "pass", "Every number has a finite value.")
    return Check(
        "separation", "fail", f"{n_infinite} numbers have no finite value: all answers of a kind agree."
    )


def _few(people: float, parameters: int) -> Check:
    wanted = PER_PARAMETER * parameters
    return Check(
        "few_people", "warn" if people < wanted else "pass",
        f"{people:g} people for {parameters} numbers; {wanted} or more are wanted.",
    )  # fmt: skip


def _proportional(test: Estimate) -> Check:
    if math.isnan(test.estimate):
        return Check("proportional_odds", "not_run", f"{test.note[0].upper()}{test.note[1:]}.")
    detail = f"Brant's chi-square {test.estimate:.2f} on {test.df:g} df, p = {test.p_value:.3f}"
    if test.p_value < 0.05:
        return Check("proportional_odds", "warn", detail + ": one slope does not fit all cut points.")
    return Check("proportional_odds", "pass", detail + ".")
