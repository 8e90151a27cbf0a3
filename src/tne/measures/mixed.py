"""How much of the differences in scores lies between trainers, sessions and people?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_level_of_confidence
from tne.measures.inference import inference
from tne.measures.mixed_data import MixedData, mixed_data, why_not
from tne.measures.mixed_fit import LinearFit, factors_of, fit_linear, linear_model, saturated
from tne.measures.mixed_profile import Spread, satterthwaite, share_limits, spread
from tne.measures.mixed_system import conditional_variances, effects, solve
from tne.measures.mixed_terms import INTERCEPT, Term
from tne.result import Check, Estimates, Result

RESIDUAL, FIXED = "residual", "fixed"
AT_ZERO = "estimated as 0: no more variation than chance makes"
TOUCHES_ZERO = "the interval reaches 0: no standard error is meaningful"


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
        *_random_rows(fit, data.terms, size, outcome, conf_level),
        *_fixed_rows(fit, data, size, conf_level),
    ]
    criterion = fit.criterion + 2 * model.df * math.log(size)
    return VarianceComponents(
        estimates=Estimates(table=_with_units(pd.DataFrame(rows), outcome).assign(**about), keys=("group",)),
        log_likelihood=-criterion / 2,
        criterion=criterion,
        effects=_effects(fit, size),
        checks=(*data.checks, _singular(fit, data.terms), _settled(fit)),
    )


def _random_rows(
    fit: LinearFit, terms: list[Term], size: float, outcome: str, conf_level: float
) -> list[dict[str, Any]]:
    found = spread(fit, conf_level)
    sd, error, ends = size * found.sd, size * found.sd_error, size * found.sd_limits
    scalar = all(term.effects == (INTERCEPT,) for term in terms)
    shares = share_limits(fit, conf_level) if scalar else np.full((len(terms), 2), np.nan)
    part = [_mean_variance(term, low) for term, low in zip(terms, factors_of(fit.model, fit.x), strict=True)]
    rows: list[dict[str, Any]] = []
    at = 0
    for t, term in enumerate(terms):
        for effect in term.effects:
            rows += _sd_rows(term.group, effect, sd[at], error[at], ends[at])
            at += 1
        rows += _correlation_rows(found, t, term, sd[at - term.width : at])
        note = "" if scalar else "mean over the rows; no interval with slopes"
        rows.append(
            {
                "group": term.group,
                "term": "icc" if term.effects[0] == INTERCEPT else f"icc[{term.effects[0]}]",
                "estimate": part[t] / (1 + sum(part)),
                "conf_low": shares[t, 0],
                "conf_high": shares[t, 1],
                "note": note or (AT_ZERO if part[t] == 0 else ""),
            }
        )
    return [*rows, *_sd_rows(RESIDUAL, INTERCEPT, sd[-1], error[-1], ends[-1])]


def _sd_rows(group: str, effect: str, sd: float, error: float, ends: np.ndarray) -> list[dict[str, Any]]:
    note = AT_ZERO if sd == 0 else TOUCHES_ZERO if ends[0] == 0 else ""
    of = "" if effect == INTERCEPT else f"[{effect}]"
    common = {"group": group, "note": note}
    low, high = map(float, ends)
    return [
        common | {"term": f"sd{of}", "estimate": sd, "std_error": error, "conf_low": low, "conf_high": high},
        common
        | {
            "term": f"variance{of}",
            "estimate": sd**2,
            "std_error": 2 * sd * error,
            "conf_low": low**2,
            "conf_high": high**2,
        },
    ]


def _correlation_rows(found: Spread, t: int, term: Term, sd: np.ndarray) -> list[dict[str, Any]]:
    rows = []
    for i in range(term.width):
        for j in range(i):
            of = term.effects[i] if term.effects[j] == INTERCEPT else f"{term.effects[j]},{term.effects[i]}"
            value = float(found.correlation[t][i, j])
            low, high = found.correlation_limits.get(t, (math.nan, math.nan))
            note = "" if not math.isnan(low) else "intervals of correlations need exactly two effects"
            if math.isnan(value):
                note = "an effect with variance 0 has no correlation"
            elif abs(value) > 1 - 1e-9:
                note = "at its bound: the data do not tell the effects apart"
            common = {"group": term.group, "note": note}
            rows.append(
                common | {"term": f"correlation[{of}]", "estimate": value, "conf_low": low, "conf_high": high}
            )
            covariance = 0.0 if math.isnan(value) else value * sd[i] * sd[j]
            rows.append(
                {"group": term.group, "term": f"covariance[{of}]", "estimate": covariance, "note": ""}
            )
    return rows


def _fixed_rows(fit: LinearFit, data: MixedData, size: float, conf_level: float) -> list[dict[str, Any]]:
    errors = np.sqrt(np.diag(fit.covariance))
    note = "given that a variance is 0" if fit.singular else ""
    rows = zip(data.names, size * fit.coefficients, size * errors, satterthwaite(fit), strict=True)
    return [
        {"group": FIXED, "term": name, **inference(float(b), float(se), float(df), conf_level), "note": note}
        for name, b, se, df in rows
    ]


def _mean_variance(term: Term, low: np.ndarray) -> float:
    """Return the term's variance relative to the residual, averaged over the rows: mean of z'LL'z."""
    return float(((term.design @ low) ** 2).sum(axis=1).mean())


def _effects(fit: LinearFit, size: float) -> pd.DataFrame:
    """Return every level's prediction with its standard deviation given data and parameters."""
    model, s = fit.model, fit.solver
    weight = np.append(-model.r @ (fit.coefficients - model.ols), 1.0)[:, None]
    first, rest = effects(s, *solve(s, model.first @ weight, model.rest @ weight))
    variances = conditional_variances(s)
    tables = []
    for i, term in enumerate(model.blocks.terms):
        start, stop = model.blocks.spans[i]
        b = first if i == model.blocks.largest else rest[start:stop]
        tables.append(
            pd.DataFrame(
                {
                    "group": term.group,
                    "level": np.repeat(np.asarray(term.labels, dtype=object), term.width),
                    "effect": list(term.effects) * term.levels,
                    "estimate": size * b[:, 0],
                    "conditional_sd": size * fit.sigma * np.sqrt(np.maximum(variances[i].ravel(), 0.0)),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _with_units(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    kind = table["term"].str.split("[").str[0].where(table["group"] != FIXED, FIXED)
    said = {
        "sd": f"standard deviation of {outcome} between levels",
        "variance": f"variance of {outcome} between levels",
        "icc": f"share of the variance of {outcome} that lies between levels",
        "correlation": "correlation of the levels' intercepts and slopes",
        "covariance": "covariance of the levels' intercepts and slopes",
        FIXED: f"coefficient for {outcome}",
    }
    units = {"icc": "share", "correlation": "", "variance": f"squared units of {outcome}"}
    estimand = kind.map(said).where(table["group"] != RESIDUAL, f"{outcome} within all groupings")
    return table.assign(
        unit=kind.map(lambda k: units.get(k, "" if k == "covariance" else f"units of {outcome}")),
        estimand=estimand,
        comparison=np.where(table["group"].isin([FIXED, RESIDUAL]), "", "the other levels of the grouping"),
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
        estimates=Estimates(table=_with_units(table, outcome), keys=("group",)),
        log_likelihood=math.nan,
        criterion=math.nan,
        effects=pd.DataFrame(columns=["group", "level", "effect", "estimate", "conditional_sd"]),
        checks=(*data.checks, why),
    )
