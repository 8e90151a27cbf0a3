"""Who becomes proficient sooner, at the same time since the start?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_columns, require_level_of_confidence
from tne.measures.hazard_checks import TRANSFORMS, concordance, event_clock, proportional_hazards
from tne.measures.hazard_design import hazard_design
from tne.measures.hazard_fit import fit_hazard
from tne.measures.hazard_robust import clustered_covariance
from tne.measures.hazard_rows import coefficient_rows, concordance_row, ratios
from tne.measures.hazard_sets import risk_sets
from tne.measures.hazard_tests import global_tests, threats_to_hazards
from tne.measures.headcount import headcount
from tne.measures.ols import cluster_columns
from tne.measures.survival_rows import carried_checks, observed, occurred
from tne.result import Estimate, Estimates, Result

TIES = ("efron", "breslow", "exact")


@dataclass(frozen=True, kw_only=True, eq=False)
class HazardRatio(Result):
    """Cox's model.

    Parameters
    ----------
    estimates : Estimates
        Key ``covariate``; hazard ratios, with the term named as in R (``"fin"``, ``"cellsmall"``). The standard error
        is that of the ratio; tests and limits are those of its logarithm. `.to_frame()` holds these, and in two columns
        more, ``coefficient`` and ``coefficient_std_error``, the logarithm and its error.
    coefficients : Estimates
        The same on the log scale, as a table of its own.
    tests : Estimates
        Terms ``likelihood_ratio``, ``score``, ``wald`` (with clusters ``wald`` is robust): no covariate matters.
    concordance : Estimate
        Share of comparable pairs that the model orders rightly; .5 is chance.
    proportional_hazards : DataFrame
        covariate, statistic, df, p_value: score tests that a log ratio does not drift with time; ``"GLOBAL"`` last.
    log_likelihood, null_log_likelihood : float
    """

    estimates: Estimates
    coefficients: Estimates
    tests: Estimates
    concordance: Estimate
    proportional_hazards: pd.DataFrame
    log_likelihood: float
    null_log_likelihood: float

    def to_frame(self) -> pd.DataFrame:
        logs = self.coefficients.to_frame()
        columns = {"coefficient": logs["estimate"], "coefficient_std_error": logs["std_error"]}
        return self.estimates.to_frame().assign(**columns)

    def __str__(self) -> str:
        return "\n".join(str(part) for part in (self.estimates, self.tests, self.concordance))

    def get(self, **where: Any) -> Estimate:
        """Return the one hazard ratio whose columns equal `where`, as in ``.get(term="fin")``."""
        return self.estimates.get(**where)


def hazard_ratio(
    people: pd.DataFrame,
    *,
    duration: str,
    event: str,
    covariates: str | Sequence[str],
    ties: str = "efron",
    strata: str | None = None,
    cluster: str | None = None,
    entry: str | None = None,
    weights: str | None = None,
    transform: str = "km",
    of_interest: object = None,
    conf_level: float = 0.95,
) -> HazardRatio:
    """Cox's proportional hazards: how many times as fast does proficiency come per unit of each covariate?

    Parameters
    ----------
    people : DataFrame, one row per person
        Incomplete rows are left out and counted.
    duration, event : str
        Columns as in `time_to_proficiency`. Leavers only end the observation: ratios are those of the rate among people
        who are still there.
    covariates : str or sequence of str
        Columns; numbers and booleans enter as they are, text and categories against their first level.
    ties : {"efron", "breslow", "exact"}
        How events at the same time are treated. ``"exact"`` is the discrete conditional likelihood.
    strata : str, optional
        Column whose values have baselines of their own, such as the market.
    cluster : str, optional
        Column whose rows share what happened: robust (Lin-Wei) errors. It wants 40 clusters.
    entry : str, optional
        Column: time since the start at which a person is first watched.
    weights : str, optional
        Column: how many people a row stands for.
    transform : {"km", "identity", "rank", "log"}
        Clock of the test of proportional hazards.
    of_interest : optional
        Value of `event` that is the event.
    conf_level : float

    Returns
    -------
    HazardRatio
        With checks ``missing, few_events`` (10 events a coefficient), ``separation, collinear, proportional_hazards``
        (p ≥ .05), ``clusters`` and ``repeated_people``. A ratio above 1: sooner.

    Raises
    ------
    ValueError
        If a time is negative, the event cannot be told, or `ties` cannot be had with the other options.

    Notes
    -----
    ``hazard(t | x) = hazard0(t) exp(x b)``. The tests of proportional hazards are score tests of ``x · g(t)`` in the
    model, as in R's survival from version 3. The concordance's error is the infinitesimal jackknife's. A ratio says
    nothing of how long it takes, and not why: groups differ in more than one thing.

    References
    ----------
    Cox (1972), J. Royal Statistical Society B 34:187-220. Efron (1977), JASA 72:557-565. Grambsch and Therneau (1994),
    Biometrika 81:515-526.

    Examples
    --------
    >>> people = pd.DataFrame({"weeks": [4, 6, 7, 9], "done": [1, 1, 1, 0], "coached": [1, 0, 1, 0]})
    >>> found = hazard_ratio(people, duration="weeks", event="done", covariates="coached")
    >>> round(found.get(term="coached").estimate, 2)
    2.56
    """
    require_choice(ties, TIES, "ties")
    require_choice(transform, TRANSFORMS, "transform")
    require_level_of_confidence(conf_level)
    wanted = [covariates] if isinstance(covariates, str) else list(covariates)
    if not wanted or len(set(wanted)) < len(wanted):
        raise ValueError("`covariates` must name at least one column, and none twice.")
    require_columns(people, wanted, "people")
    clusters = cluster_columns(cluster)
    if len(clusters) > 1:
        raise ValueError("`cluster` takes one column here. Choose the coarser one.")
    if clusters and ties == "exact":
        raise ValueError("ties='exact' has no clustered errors. Choose ties='efron'.")
    seen = observed(people, duration, event, [*wanted, strata, *clusters], entry=entry, weights=weights)
    hit = occurred(seen.frame[event], of_interest)
    layers = np.zeros(len(hit), dtype=int) if strata is None else pd.factorize(seen.frame[strata])[0]
    design = hazard_design(seen.frame, wanted, layers)
    sets = risk_sets(design.x, seen.time, hit, seen.weight, seen.entry, layers)
    method = f"Cox model, {ties} ties" + (f", stratified by {strata}" if strata else "")
    method += f", robust errors clustered by {cluster}" if cluster else ""
    about = {
        "conf_level": conf_level,
        "method": method,
        "n": len(hit),
        "n_people_total": headcount(seen.frame),
        "n_people": headcount(seen.frame),
    }
    fit = fit_hazard(sets, ties) if hit.any() and design.x.shape[1] else None
    covariance, groups = None, None
    if fit is not None:
        covariance = fit.covariance()
        if clusters:
            groups = pd.factorize(seen.frame[cluster])[0]
            covariance = clustered_covariance(sets, fit, ties, groups)
    logs = coefficient_rows(design, fit, covariance, seen.frame, about)
    ordered = (math.nan, math.nan)
    drift = pd.DataFrame(columns=["covariate", "statistic", "df", "p_value"])
    if fit is not None:
        eta = design.x @ np.where(fit.infinite, 0, fit.coefficients)
        if not fit.infinite.all():
            ordered = concordance(eta, seen.time, hit, seen.weight, seen.entry, layers, groups)
        clock = event_clock(seen.time, hit, seen.entry, sets.time, transform)
        owners = tuple(c for c, good in zip(design.covariates, design.kept, strict=True) if good)
        drift = proportional_hazards(sets, fit, clock, owners)
    return HazardRatio(
        estimates=ratios(logs),
        coefficients=logs,
        tests=global_tests(fit, covariance, about),
        concordance=concordance_row(*ordered, about),
        proportional_hazards=drift,
        log_likelihood=math.nan if fit is None else float(fit.moments.value.sum()),
        null_log_likelihood=math.nan if fit is None else float(fit.null.value.sum()),
        checks=(
            *carried_checks(people),
            *seen.checks(),
            *threats_to_hazards(seen.weight, hit, design, fit, drift, groups, cluster),
        ),
    )
