"""How much of the differences in scores lies between trainers, sessions and people?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_level_of_confidence
from tne.measures.mixed_data import MixedData, mixed_data, why_not
from tne.measures.mixed_fit import LinearFit, fit_linear, linear_model, saturated
from tne.measures.mixed_rows import FIXED, RESIDUAL, fixed_rows, level_effects, random_rows, with_units
from tne.measures.mixed_terms import Term
from tne.result import Check, Estimates, Result


@dataclass(frozen=True, kw_only=True, eq=False)
class VarianceComponents(Result):
    """Variances by grouping, and the fixed effects.

    Parameters
    ----------
    estimates : Estimates
        Key ``group``: each grouping, ``"residual"``, ``"fixed"``.
    log_likelihood : float
        Restricted with REML.
    criterion : float
        −2 times it: lme4's "REML criterion at convergence", or the deviance.
    effects : DataFrame
        Columns group, level, effect, estimate, conditional_sd: the prediction of every level. For the desk: it
        names trainers, teams or people and is not for sharing.
    """

    estimates: Estimates
    log_likelihood: float
    criterion: float
    effects: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()


def variance_components(
    scores: pd.DataFrame,
    *,
    outcome: str,
    random: str | Sequence[str],
    fixed: str = "1",
    reml: bool = True,
    conf_level: float = 0.95,
) -> VarianceComponents:
    """Linear mixed model: crossed or nested random effects, by (restricted) maximum likelihood.

    Parameters
    ----------
    scores : DataFrame, one row per observation
        Rows with a missing value in a column of the model are left out and counted in the checks.
    outcome : str
        Numeric column.
    random : str or tuple of str
        Groupings, for example ``("trainer_id", "session_id")``. ``"batch/cask"`` is batch and casks within batch;
        ``"days | subject"`` a correlated intercept and slope per subject, ``"days || subject"`` uncorrelated ones,
        ``"0 + days | subject"`` the slope alone. Whether groupings cross follows from their labels: a session's
        label that two trainers share is one session. The check ``structure`` says what was found.
    fixed : str
        Right side of a formula, ``"1"`` for a common mean (formulaic's grammar; categories in treatment coding).
    reml : bool
        True for variances; False to compare fits with different fixed parts.
    conf_level : float

    Returns
    -------
    VarianceComponents
        Rows per grouping: ``sd``, ``variance``, ``icc`` (share of the variance); with slopes also ``sd[x]``,
        ``variance[x]``, ``correlation[x]``, ``covariance[x]`` (with the intercept). Rows of ``"residual"``: ``sd``,
        ``variance``. Rows of ``"fixed"``: one per coefficient, t with Satterthwaite's degrees of freedom.

    Raises
    ------
    ValueError
        If nothing is named in `random`, or columns of the fixed part repeat each other.

    Notes
    -----
    ``y = Xβ + Zb + e``, b ~ N(0, Σ) per level, e ~ N(0, σ²). The criterion is profiled over β and σ and minimised over
    the relative factors of Σ; a variance of 0 is a valid answer. Intervals of standard deviations, correlations and
    shares are those of the profile (restricted) likelihood and may reach 0; those of variances are their squares.
    With slopes, ``icc`` is the grouping's mean variance over the rows, and has no interval.

    A variance says how much levels differ, not why: nobody was assigned to trainers by lot. With fewer than about
    ten levels it is hardly known, and the interval shows it.

    References
    ----------
    Bates, Mächler, Bolker and Walker (2015), Fitting linear mixed-effects models using lme4, J. Stat. Softw. 67(1).
    Kuznetsova, Brockhoff and Christensen (2017), lmerTest package, J. Stat. Softw. 82(13).

    Examples
    --------
    >>> frame = pd.DataFrame({"score": [5.0, 6, 9, 8, 2, 3], "session": list("aabbcc")})
    >>> found = variance_components(frame, outcome="score", random="session")
    >>> round(found.estimates.get(group="session", term="variance").estimate, 2)
    8.75
    """
    require_level_of_confidence(conf_level)
    data = mixed_data(scores, "scores", [outcome], fixed, random)
    about = {
        **data.counts,
        "conf_level": conf_level,
        "method": f"linear mixed model, {'REML' if reml else 'maximum likelihood'}",
    }
    reason = why_not(data)
    y = data.kept[outcome].to_numpy(dtype=float)
    # what one term has in common with all: the level only costs digits
    size = float(np.std(y)) if len(y) else 0.0
    if not reason and size <= 1e-12 * float(np.abs(y).max()):
        reason = "the outcome does not vary"
    fit = None
    if not reason:
        model = linear_model(data.x, y / size, data.terms, reml)
        if model.total[-1, -1] <= 1e-16 * len(y):
            reason = "the fixed effects leave no variation"
        elif saturated(model):
            reason = "groupings have a level (nearly) per row or no variation within: no residual is left"
        else:
            fit = fit_linear(model)
    if fit is None:
        return _undefined(data, outcome, reason, about)
    rows = [
        *random_rows(fit, data.terms, size, conf_level),
        *fixed_rows(fit, data.names, size, conf_level),
    ]
    criterion = fit.criterion + 2 * model.df * math.log(size)
    return VarianceComponents(
        estimates=Estimates(table=with_units(pd.DataFrame(rows), outcome).assign(**about), keys=("group",)),
        log_likelihood=-criterion / 2,
        criterion=criterion,
        effects=level_effects(fit, size),
        checks=(*data.checks, _singular(fit, data.terms), _settled(fit)),
    )


def _singular(fit: LinearFit, terms: list[Term]) -> Check:
    if not fit.singular:
        return Check("singular", "pass", "No variance is estimated as 0 and no correlation as ±1.")
    at, zero = 0, []
    for term in terms:
        size = term.width * (term.width + 1) // 2
        if not fit.free[at : at + size].all():
            zero.append(term.group)
        at += size
    detail = f"A variance is estimated as 0, or a correlation as ±1, for {', '.join(dict.fromkeys(zero))}."
    return Check(
        "singular", "pass", detail + " That is an answer; its interval shows what is still possible."
    )


def _settled(fit: LinearFit) -> Check:
    detail = (
        "The search settled." if fit.settled else "The search for the most likely variances did not settle."
    )
    return Check("convergence", "pass" if fit.settled else "fail", detail)


def _undefined(data: MixedData, outcome: str, reason: str, about: dict[str, Any]) -> VarianceComponents:
    rows = [{"group": t.group, "term": term} for t in data.terms for term in ("sd", "variance", "icc")]
    rows += [{"group": RESIDUAL, "term": term} for term in ("sd", "variance")]
    rows += [{"group": FIXED, "term": name} for name in data.names]
    table = pd.DataFrame(rows).assign(estimate=math.nan, note=reason, **about)
    why = Check("convergence", "not_run", f"{reason[0].upper()}{reason[1:]}.")
    return VarianceComponents(
        estimates=Estimates(table=with_units(table, outcome), keys=("group",)),
        log_likelihood=math.nan,
        criterion=math.nan,
        effects=pd.DataFrame(columns=["group", "level", "effect", "estimate", "conditional_sd"]),
        checks=(*data.checks, why),
    )
