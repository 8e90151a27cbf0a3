"""What would the trained unit have done untrained? A weighted average of units that were not trained shows it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_level_of_confidence, require_no_missing, require_numeric
from tne.measures.synthetic_checks import threats
from tne.measures.synthetic_fit import METHODS, Fit, Plan, fit_group
from tne.measures.synthetic_panel import Block, block_of
from tne.measures.synthetic_placebo import (
    ERRORS,
    Placebos,
    effect_row,
    gap_rows,
    names_of,
    outcome_size,
    placebos_in_space,
    ratio,
)
from tne.measures.synthetic_plan import plan_of
from tne.measures.synthetic_result import Synthetic
from tne.measures.synthetic_time import placebo_in_time
from tne.result import Check, Estimates, estimate_from

__all__ = ["Synthetic", "synthetic_control"]

WORDS = {
    "sc": "synthetic control",
    "sdid": "synthetic difference-in-differences",
    "did": "difference-in-differences",
}
FEW_TREATED = 10


def synthetic_control(
    panel: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    period: str,
    treated: object,
    start: object,
    method: str,
    predictors: Sequence[Any] | None = None,
    fit_periods: tuple[Any, Any] | None = None,
    v: Sequence[float] | Mapping[str, float] | None = None,
    errors: str | None = None,
    placebos: bool = True,
    placebo_start: object = None,
    draws: int = 200,
    seed: int = 0,
    n_people: str | None = None,
    conf_level: float = 0.95,
) -> Synthetic:
    """Compare the treated units with the weighted average of the others that is nearest to them before the start.

    Parameters
    ----------
    panel : DataFrame, one row per unit × period
        Balanced in the outcome; predictors may have gaps.
    outcome, unit, period : str
        Columns. Periods are numbers, dates or anything that sorts by time.
    treated : object
        A unit, several as a tuple or list, or the name of a column of 0 and 1 that marks the treated units (in all
        their rows, or in those from `start` on). Several units enter as their mean.
    start : object
        First treated period.
    method : {"sc", "sdid", "did"}
        Synthetic control (Abadie), synthetic difference-in-differences (Arkhangelsky), or plain
        difference-in-differences.
    predictors : sequence, optional
        For ``"sc"``: (column, first, last), averaged over that window as far as it has values, (column, period), or a
        column for all periods before the start. The outcome may be one. None: the outcome in every period before.
    fit_periods : (first, last), optional
        For ``"sc"``: periods whose outcome the weights V are chosen to fit. None: all before the start.
    v : sequence or mapping of float, optional
        For ``"sc"``: weights of the predictors in their order, or by label as in ``.v``; of the fit periods where there
        are no predictors. None: searched for predictors, equal for periods.
    errors : {"placebo_test", "placebo", "jackknife", "bootstrap"}, optional
        ``"placebo_test"`` (``"sc"``): p from the rank of the ratio of gaps, interval by inverting it. ``"placebo"``:
        standard deviation of the placebo effects, with t. ``"jackknife"``, ``"bootstrap"``: over units, t (Welch); both
        need two treated units. None: ``"sc"`` the first, else the second; with ten treated units or more the jackknife.
    placebos : bool
        Whether to repeat the analysis on donors, which takes long where V is searched.
    placebo_start : object, optional
        Earlier start for a placebo in time, on the periods before `start`; windows are cut there. None: chosen where
        V is not searched (as many of the periods, in share, as lie after the real start).
    draws, seed : int
        Random placebo groups where several units are treated, and bootstrap samples.
    n_people : str, optional
        Column with the people behind a row. None: one each if `unit` is "moderator_id", else unknown.
    conf_level : float

    Returns
    -------
    Synthetic
        With checks ``pre_fit, convex_hull, few_donors, concentrated_weights, short_series, placebo_in_time``, and with
        predictors ``fitted_before_start, missing``.

    Raises
    ------
    KeyError, TypeError, ValueError
        For bad columns, gaps in the outcome, an unknown unit, a start without periods on both sides, bad options.

    Notes
    -----
    ``"sc"``: ``W(V) = argmin (X1 − X0 w)' V (X1 − X0 w)``, w not negative and summing to one, predictors in standard
    deviations over all units; V makes the mean squared gap over the fit periods small, and where averages meet every
    predictor, so does w. ``"sdid"``: donors' weights with an intercept and the penalty ``periods · ζ² |w|²``,
    ``ζ = (treated · periods after)^¼ · sd(first differences)``, periods' weights likewise without one; the effect is
    the weighted difference-in-differences. The number holds for these units and periods, if the likeness before would
    have lasted and nobody else felt the training. It does not tell what the training would do elsewhere; a placebo p
    assumes that any unit could as well have been treated.

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), Synthetic control methods, JASA 105:493-505. Arkhangelsky, Athey, Hirshberg,
    Imbens and Wager (2021), Synthetic difference-in-differences, American Economic Review 111:4088-4118.

    Examples
    --------
    >>> panel = pd.DataFrame({"site": list("aaabbbccc"), "week": [1, 2, 3] * 3, "y": [2.0, 3, 6, 1, 2, 3, 3, 4, 5]})
    >>> call = {"outcome": "y", "unit": "site", "period": "week", "treated": "a", "start": 3}
    >>> synthetic_control(panel, **call, method="did").estimate
    2.0
    """
    require_choice(method, METHODS, "method")
    require_level_of_confidence(conf_level)
    require_choice(errors, (None, *ERRORS), "errors")
    if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)) or draws < 2:
        raise ValueError(f"`draws` is {draws!r}. Give a whole number of 2 or more.")
    if method != "sc" and not (predictors is None and fit_periods is None and v is None):
        raise ValueError(
            '`predictors`, `fit_periods` and `v` belong to method "sc". Leave them out, or choose it.'
        )
    keys = {"unit": unit, "period": period}
    block = block_of(panel, outcome=outcome, treated=treated, start=start, **keys)
    plan, labels, notes = plan_of(
        panel, block, method=method, predictors=predictors, fit_periods=fit_periods, v=v, **keys
    )
    donors, group = np.arange(len(block.donors)), np.arange(len(block.donors), len(block.y))
    kind = errors or _errors(method, len(group))
    options: dict[str, Any] = {"errors": kind, "draws": draws, "seed": seed, "conf_level": conf_level}
    fit = fit_group(block.y, plan, donors, group)
    space = Placebos([], [], True)
    if placebos:
        space = placebos_in_space(block.y, plan, donors, len(group), draws, seed)
    row = effect_row(block.y, fit, plan, space, **options)
    rank = row.pop("rank")
    searched = plan.x is not None and plan.v is None
    early, moved = None, Check("placebo_in_time", "not_run", "No earlier start was tried.")
    if placebo_start is not None or (placebos and not searched):
        early, moved = placebo_in_time(
            panel, block, plan, earlier=placebo_start, predictors=predictors, options=options, **keys
        )
    size = outcome_size(block.y)
    gaps = gap_rows(fit, space, plan, errors=kind, treated=len(group), size=size, conf_level=conf_level)
    table = _table(block, row, gaps, _common(panel, block, fit, unit, outcome, n_people) | {
        "conf_level": conf_level, "method": _method(plan, searched, kind, space, draws)})  # fmt: skip
    times = block.periods
    observed = block.y[group].mean(axis=0)
    names = pd.Index(block.donors, name=unit)
    return Synthetic(
        effect=estimate_from(table.iloc[0]),
        gaps=pd.DataFrame({"period": times, "observed": observed, "synthetic": observed - fit.gap, "gap": fit.gap,
            "after": np.arange(len(times)) >= block.before}),
        table=table,
        weights=pd.Series(fit.weights, index=names, name="weight"),
        time_weights=None if fit.period_weights is None
        else pd.Series(fit.period_weights, index=times[: block.before], name="weight"),
        v=None if fit.v is None else pd.Series(fit.v, index=labels, name="v"),
        balance=None if plan.x is None else _balance(plan, fit, labels),
        pre_rmspe=fit.before,
        post_rmspe=fit.after,
        fit_rmspe=float(np.sqrt(np.mean(fit.gap[plan.fitted] ** 2))),
        rank=float(rank),
        placebos=pd.DataFrame({
            "unit": pd.Series(names_of(space.groups, block.donors), dtype=object),
            "estimate": [f.effect for f in space.fits], "pre_rmspe": [f.before for f in space.fits],
            "post_rmspe": [f.after for f in space.fits], "ratio": [ratio(f, size) for f in space.fits]}),
        in_time=early,
        checks=(*threats(block.y, fit, plan, space, conf_level), *notes, moved),
    )  # fmt: skip


def _errors(method: str, treated: int) -> str:
    """The errors without a choice: placebos, and the jackknife where enough units are treated to leave one out."""
    if method == "sc":
        return "placebo_test"
    return "placebo" if treated < FEW_TREATED else "jackknife"


def _method(plan: Plan, searched: bool, errors: str, space: Placebos, draws: int) -> str:
    parts = [WORDS[plan.method]]
    if plan.method == "sc":
        what = "the fitted periods" if plan.x is None else f"{len(plan.x)} predictors"
        how = "searched" if searched else "equal" if plan.v is None else "given"
        parts.append(f"{how} weights of {what}")
    if errors in ("placebo", "placebo_test"):
        drawn = "" if space.complete else " drawn at random"
        word = "test" if errors == "placebo_test" else "errors"
        parts.append(f"placebo {word} over {len(space.fits)} groups of donors{drawn}")
    else:
        parts.append(
            "jackknife over units" if errors == "jackknife" else f"bootstrap over units, {draws} samples"
        )
    return ", ".join(parts)


def _common(
    panel: pd.DataFrame, block: Block, fit: Fit, unit: str, outcome: str, n_people: str | None
) -> dict[str, Any]:
    """Return the columns that all rows share."""
    used = fit.weights > 1e-6
    people = [math.nan, math.nan]
    if n_people is not None or unit == "moderator_id":
        size = np.ones(len(panel))
        if n_people is not None:
            require_numeric(panel, [n_people], "panel")
            require_no_missing(panel, [n_people], "panel")
            size = panel[n_people].to_numpy(dtype=float)
        most = np.zeros(len(block.y))
        np.maximum.at(most, block.codes, size)
        people = [float(most[len(used) :].sum()), float(most[: len(used)][used].sum())]
    count = int(used.sum())
    return {
        "n": float(block.y.size),
        "n_people": min(people),
        "n_people_total": sum(people),
        "unit": f"units of {outcome}",
        "estimand": "mean effect on the treated units, in the periods from the start on",
        "comparison": f"weighted average of {count} of {len(used)} donors",
    }


def _table(
    block: Block, effect: dict[str, Any], gaps: list[dict[str, Any]], common: dict[str, Any]
) -> pd.DataFrame:
    """Return the row of the effect, then one per period."""
    rows = [common | {"term": "att"} | effect]
    each = {"term": "gap", "estimand": "gap in the period", "n": float(len(block.y))}
    rows += [common | each | gap for gap in gaps]
    table = pd.DataFrame(rows)
    # the effect belongs to no period
    table["period"] = block.periods.to_series().reset_index(drop=True).reindex(range(-1, len(gaps))).array
    return Estimates(table=table, keys=("period",)).to_frame()


def _balance(plan: Plan, fit: Fit, labels: pd.Index) -> pd.DataFrame:
    """Return each predictor of the treated, the synthetic and the average donor, in its own unit."""
    if TYPE_CHECKING:
        assert plan.x is not None
    pool, treated = plan.x[:, : len(fit.weights)], plan.x[:, len(fit.weights) :].mean(axis=1)
    columns = {"treated": treated, "synthetic": pool @ fit.weights, "donors": pool.mean(axis=1), "v": fit.v}
    return pd.DataFrame(columns, index=labels)
