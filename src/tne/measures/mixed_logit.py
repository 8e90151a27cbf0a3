"""How do shares of correct decisions differ, when people share a team, an auditor or a session?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_columns, require_level_of_confidence, require_numeric, rows
from tne.measures.inference import inference
from tne.measures.mixed_data import MixedData, mixed_data, why_not
from tne.measures.mixed_laplace import LARGE, BinomialFit, fit_binomial
from tne.measures.mixed_pirls import binomial_model, plain_logit
from tne.measures.mixed_rows import AT_ZERO, FIXED, TOUCHES_ZERO
from tne.measures.mixed_search import limits
from tne.measures.mixed_terms import INTERCEPT, Term, subset
from tne.measures.sandwich import independent
from tne.result import Check, Estimates, Result

FAR = 15.0  # log odds beyond which a share is all or none
MOST_POINTS = 100  # weights of outer points beyond this are below what a computer can hold, and add nothing
SEPARATED = "successes are all or none here: no finite estimate exists"


@dataclass(frozen=True, kw_only=True, eq=False)
class MixedLogit(Result):
    """A binomial mixed model.

    Parameters
    ----------
    estimates : Estimates
        Key ``group``: each grouping, then ``"fixed"``.
    log_likelihood : float
        With the binomial coefficients.
    sd : Series
        Standard deviation of each grouping, in log odds, by its name.
    """

    estimates: Estimates
    log_likelihood: float
    sd: pd.Series

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()


def mixed_logit(
    data: pd.DataFrame,
    *,
    successes: str,
    trials: str,
    fixed: str,
    random: str | Sequence[str],
    quadrature_points: int = 1,
    conf_level: float = 0.95,
) -> MixedLogit:
    """Binomial mixed model with random intercepts, by maximum likelihood.

    Parameters
    ----------
    data : DataFrame, one row per count
        For example team × cohort. Rows with a missing value, or without trials, are left out and counted.
    successes, trials : str
        Whole numbers, for example audits found correct, and audits; trials of 1 for single decisions.
    fixed : str
        Right side of a formula: ``"C(period) + tenure"``; categories in treatment coding. A number enters as a
        number: write ``C(period)`` where periods are categories.
    random : str or tuple of str
        Groupings, crossed or nested (``"site/team"``); one intercept each.
    quadrature_points : int
        1 = Laplace's approximation. More (9, or 25; at most 100): adaptive Gauss-Hermite quadrature, for one
        grouping only.
    conf_level : float

    Returns
    -------
    MixedLogit
        Rows of ``"fixed"``: coefficients in log odds, with normal intervals. Rows per grouping: ``sd`` and
        ``variance`` in log odds, with profile-likelihood intervals that may reach 0.

    Raises
    ------
    ValueError
        If counts are no whole numbers, successes exceed trials, slopes are asked for, or quadrature for more than
        one grouping.

    Notes
    -----
    ``successes ~ Binomial(trials, expit(Xβ + Zb))``, b ~ N(0, sd²) per level. Standard errors come from the curvature
    over coefficients and standard deviations together. With Laplace the numbers are those of lme4, which takes the
    determinant's weights one step before the mode; the exact mode changes them by a small part of an error.

    Coefficients are *conditional*: ``exp(β)`` is the odds ratio within a team, further from 1 than the ratio between
    populations. Laplace understates variances where levels hold few trials; with fewer than about ten levels normal
    intervals are too short.

    References
    ----------
    Bates, Mächler, Bolker and Walker (2015), Fitting linear mixed-effects models using lme4, J. Stat. Softw. 67(1).
    Pinheiro and Bates (1995), Approximations to the log-likelihood function, J. Comput. Graph. Stat. 4:12-35.

    Examples
    --------
    >>> frame = pd.DataFrame({"ok": [8, 5, 9, 3, 7, 2], "n": [10] * 6, "team": list("aabbcc"), "new": [0, 1] * 3})
    >>> found = mixed_logit(frame, successes="ok", trials="n", fixed="new", random="team")
    >>> round(found.estimates.get(term="new").estimate, 2)
    -2.08
    """
    require_level_of_confidence(conf_level)
    require_columns(data, [successes, trials], "data")
    _require_counts(data, successes, trials)
    if not isinstance(quadrature_points, int | np.integer) or not 1 <= quadrature_points <= MOST_POINTS:
        raise ValueError(
            f"`quadrature_points` is {quadrature_points!r}. Give a whole number from 1 to {MOST_POINTS}."
        )
    some = data.loc[~(data[trials] == 0).fillna(False).to_numpy(dtype=bool)]
    ready = mixed_data(some, "data", [successes, trials], fixed, random)
    if any(term.effects != (INTERCEPT,) for term in ready.terms):
        raise ValueError("`random` asks for slopes. mixed_logit takes intercepts only: name groupings.")
    if quadrature_points > 1 and len(ready.terms) > 1:
        raise ValueError("Quadrature takes one grouping. Set quadrature_points=1 (Laplace) for several.")
    way = "Laplace" if quadrature_points == 1 else f"adaptive quadrature, {quadrature_points} points"
    about = {
        **ready.counts,
        "conf_level": conf_level,
        "method": f"binomial mixed model, maximum likelihood ({way})",
    }
    y, m = (ready.kept[c].to_numpy(dtype=float) for c in (successes, trials))
    reason = why_not(ready)
    if not reason and m.max() == 1 and any(term.levels == len(m) for term in ready.terms):
        reason = "a grouping has one decision per level: its variance cannot be told"
    if not reason:
        keep, columns, reason = _separated(ready.x, y, m)
    if not reason:
        terms = [subset(term, keep) for term in ready.terms]
        if any(term.levels < 2 for term in terms):
            reason = SEPARATED
    if reason:
        return _undefined(ready, successes, reason, about)
    model = binomial_model(ready.x[keep][:, columns], y[keep], m[keep], terms, int(quadrature_points))
    fit = fit_binomial(model)
    table = pd.DataFrame(
        [*_sd_rows(fit, terms, conf_level), *_fixed_rows(fit, ready.names, columns, conf_level)]
    )
    lost = [name for name, there in zip(ready.names, columns, strict=True) if not there]
    return MixedLogit(
        estimates=Estimates(table=_with_units(table, successes).assign(**about), keys=("group",)),
        log_likelihood=-fit.deviance / 2,
        sd=pd.Series(fit.sd, index=[term.group for term in terms], name="sd"),
        checks=(*ready.checks, _separation(lost), _singular(fit, terms), _settled(fit)),
    )


def _require_counts(data: pd.DataFrame, successes: str, trials: str) -> None:
    require_numeric(data, [successes, trials], "data")
    y, m = (data[c].to_numpy(dtype=float, na_value=np.nan) for c in (successes, trials))
    both = np.isfinite(y) & np.isfinite(m)
    odd = both & ((y != np.round(y)) | (m != np.round(m)) | (y < 0) | (m < 0))
    if odd.any():
        raise ValueError(
            f"`{successes}` and `{trials}` of `data` must be whole numbers from 0, but are not in {rows(odd)}. "
            "Give counts, not shares."
        )
    over = both & (y > m)
    if over.any():
        raise ValueError(f"`{successes}` exceeds `{trials}` of `data` in {rows(over)}. Correct the counts.")


def _separated(x: np.ndarray, y: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the rows and columns that finite coefficients can describe, or why there are none.

    A column that is 0 in all other rows takes its rows with it: the rest is estimated as if they were not there.
    """
    keep = np.abs(x @ plain_logit(x, y, m)) < FAR
    columns = np.abs(x[keep]).sum(axis=0) > 0
    if keep.all():
        return keep, columns, ""
    if not columns.any() or keep.sum() <= columns.sum() or not independent(x[keep][:, columns]).all():
        return keep, columns, SEPARATED
    return keep, columns, ""


def _sd_rows(fit: BinomialFit, terms: list[Term], conf_level: float) -> list[dict[str, Any]]:
    drop, out = float(stats.chi2.ppf(conf_level, 1)), []
    for i, term in enumerate(terms):
        scale, sd = float(fit.model.scales[i]), float(fit.sd[i])
        if sd >= LARGE:
            rows_ = [{"group": term.group, "term": name, "estimate": math.nan} for name in ("sd", "variance")]
            out += [
                row | {"note": "successes are all or none within levels: no finite estimate"} for row in rows_
            ]
            continue
        bounds = (0.0, LARGE * scale)
        ends = limits(fit.exact, fit.lowest.x, fit.lowest.value, i, drop=drop, bounds=bounds)
        low, high = ends[0] / scale, ends[1] / scale if ends[1] < bounds[1] else math.nan
        notes = [
            "" if fit.free[i] else AT_ZERO,
            TOUCHES_ZERO if low == 0 and fit.free[i] else "",
            "too few trials for an upper limit" if math.isnan(high) else "",
        ]
        error = float(fit.sd_error[i]) if low > 0 else math.nan
        common = {"group": term.group, "note": "; ".join(note for note in notes if note)}
        own = {"estimate": sd, "std_error": error, "conf_low": low, "conf_high": high}
        squared = {"estimate": sd**2, "std_error": 2 * sd * error, "conf_low": low**2, "conf_high": high**2}
        out += [common | {"term": "sd"} | own, common | {"term": "variance"} | squared]
    return out


def _fixed_rows(
    fit: BinomialFit, names: list[str], columns: np.ndarray, conf_level: float
) -> list[dict[str, Any]]:
    if (fit.sd >= LARGE).any():
        note = "levels are all or none: no finite estimate"
        return [{"group": FIXED, "term": name, "estimate": math.nan, "note": note} for name in names]
    found = iter(zip(fit.coefficients, np.sqrt(np.diag(fit.covariance)), strict=True))
    out = []
    for name, there in zip(names, columns, strict=True):
        if not there:
            out.append({"group": FIXED, "term": name, "estimate": math.nan, "note": SEPARATED})
            continue
        b, se = map(float, next(found))
        note = "" if math.isfinite(se) else "the likelihood is not curved here: no standard error"
        out.append({"group": FIXED, "term": name, **inference(b, se, math.nan, conf_level), "note": note})
    return out


def _with_units(table: pd.DataFrame, successes: str) -> pd.DataFrame:
    fixed = table["group"] == FIXED
    return table.assign(
        unit=np.where(table["term"] == "variance", "squared log odds", "log odds"),
        estimand=np.where(
            fixed,
            f"log odds of {successes} within a level of the groupings",
            f"variation of the log odds of {successes} between levels",
        ),
        comparison=np.where(fixed, "", "the other levels of the grouping"),
    )


def _separation(lost: list[str]) -> Check:
    if not lost:
        return Check(
            "separation", "pass", "Successes are neither all nor none anywhere that a coefficient describes."
        )
    return Check(
        "separation", "warn", f"Successes are all or none: {', '.join(lost)} left out with their rows."
    )


def _singular(fit: BinomialFit, terms: list[Term]) -> Check:
    zero = [t.group for t, free in zip(terms, fit.free, strict=False) if not free]
    if not zero:
        return Check("singular", "pass", "No variance is estimated as 0.")
    detail = f"The variance is estimated as 0 for {', '.join(zero)}. That is an answer;"
    return Check("singular", "pass", detail + " its interval shows what is still possible.")


def _settled(fit: BinomialFit) -> Check:
    good = fit.settled and bool(np.isfinite(fit.covariance).all()) and bool((fit.sd < LARGE).all())
    detail = "The search settled." if good else "The search for the most likely values did not settle."
    return Check("convergence", "pass" if good else "fail", detail)


def _undefined(ready: MixedData, successes: str, reason: str, about: dict[str, Any]) -> MixedLogit:
    found = [{"group": t.group, "term": term} for t in ready.terms for term in ("sd", "variance")]
    found += [{"group": FIXED, "term": name} for name in ready.names]
    table = pd.DataFrame(found).assign(estimate=math.nan, note=reason, **about)
    status = "fail" if reason == SEPARATED else "not_run"
    return MixedLogit(
        estimates=Estimates(table=_with_units(table, successes), keys=("group",)),
        log_likelihood=math.nan,
        sd=pd.Series(math.nan, index=[t.group for t in ready.terms], name="sd"),
        checks=(
            *ready.checks,
            Check("separation", status, f"{reason[0].upper()}{reason[1:]}."),
            Check("convergence", "not_run", "Nothing was estimated."),
        ),
    )
