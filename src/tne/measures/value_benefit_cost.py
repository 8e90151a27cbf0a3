"""Do benefits exceed costs, as a ratio, a return and a difference, and how sure is that?"""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import special

from tne.checks import require_level_of_confidence
from tne.measures.inference import inference
from tne.measures.ratio import delta_error, fieller, quantile_of
from tne.measures.ratio_arms import pair_of_arms
from tne.measures.ratio_draws import bca, draw, jackknife, percentiles, ratios
from tne.measures.ratio_result import BenefitCost
from tne.measures.ratio_sides import Pair, pair_of
from tne.measures.ratio_table import (
    WORDS,
    crossing_note,
    pair_checks,
    ratio_rows,
    why_no_error,
    why_unknown,
)
from tne.result import Estimates

__all__ = ["BenefitCost", "benefit_cost"]

SEED = 8  # where none is given: results never depend on a clock
FEWEST_DRAWS = 100


def benefit_cost(
    *,
    benefits: Any,
    costs: Any,
    covariance: float = 0.0,
    draws: int | None = None,
    seed: int | None = None,
    paired: bool = True,
    arm: Any = None,
    control: Any = None,
    df: float | None = None,
    conf_level: float = 0.95,
) -> BenefitCost:
    """Return benefits against costs: their ratio, the return on investment and the net benefit, with intervals.

    Parameters
    ----------
    benefits, costs : Estimate, (value, std_error), float, or rows of shape (n,)
        In one currency, per programme, person or whatever a row is. A tuple is a mean with its standard error, a list,
        array or Series has a number a row. A float has no error: beside one with an error it counts as known.
    covariance : float
        Of the two means, where both are estimates. Paired rows have their own.
    draws : int, optional
        Also draw so many times: rows with replacement (pairs together), else the means from their normal or t
        distribution. None: only Fieller's interval.
    seed : int, optional
        Of the draws. None: a fixed one, so that a result can be repeated.
    paired : bool
        Whether row i of both belongs together. False: two separate samples.
    arm : rows, optional
        Arm of each row, a row being a person; two of them: benefits and costs are then those of the trained beyond
        `control`'s (the ratio is an incremental one), and rows are drawn within their arm.
    control : object, optional
        The arm without training.
    df : float, optional
        Degrees of freedom of the test behind Fieller's interval. None: n − 1 in pairs, Satterthwaite's at the estimated
        ratio for separate samples or estimates with degrees of freedom, else the normal distribution.
    conf_level : float

    Returns
    -------
    BenefitCost
        Rows ``bcr``, ``roi`` (%), ``npv`` for ``fieller`` and, with draws, ``percentile`` and ``bca`` (rows only).
        NaN limits with a note where the ratios that are not rejected form no interval, as where costs may be 0.

    Raises
    ------
    TypeError, ValueError
        If a side is no numbers, paired rows differ in number, an error is negative, the covariance impossible, `draws`
        below 100.

    Notes
    -----
    The ratio of the means, never the mean of ratios: that one is too high wherever costs are uncertain, and it weighs a
    cheap programme as much as a dear one. Fieller's set holds all R for which ``benefits − R · costs`` does not differ
    from 0. Draws are ordered by angle: costs of the other sign lie beyond infinity, so an interval exists where
    Fieller's does. The ratio says nothing of size: of two programmes the one with the smaller ratio may bring more.

    References
    ----------
    Fieller (1954), J. R. Statist. Soc. B 16:175-185. Cook and Heyse (2000), Use of an angular transformation for ratio
    estimation in cost-effectiveness analysis, Statistics in Medicine 19:2989-3003.

    Examples
    --------
    >>> found = benefit_cost(benefits=(120.0, 30.0), costs=(100.0, 20.0))
    >>> round(found.bcr.estimate, 2), round(found.roi.conf_low, 1), round(found.roi.conf_high, 1)
    (1.2, -42.9, 126.5)
    """
    require_level_of_confidence(conf_level)
    if arm is not None and covariance != 0:
        raise ValueError(
            "`covariance` is given, but rows of arms have their own. Leave it out, or give estimates."
        )
    pair = (
        pair_of(benefits, costs, covariance, paired)
        if arm is None
        else pair_of_arms(benefits, costs, arm, control)
    )
    if draws is not None and (isinstance(draws, bool) or not draws >= FEWEST_DRAWS or draws != int(draws)):
        raise ValueError(
            f"`draws` is {draws!r}. Give a whole number of {FEWEST_DRAWS} or more, such as 10000."
        )
    if df is not None and not df > 0:
        raise ValueError(f"`df` is {df!r}. Give degrees of freedom above 0, or None.")
    unknown, blind = why_unknown(pair), why_no_error(pair)
    where = (pair.benefits.mean, pair.costs.mean)
    ratio = math.nan if unknown else where[0] / where[1]
    at_ratio, at_one = (pair.df(r) if df is None else float(df) for r in (ratio, 1.0))
    found = fieller(*where, pair.variance, quantile_of(conf_level, at_ratio))
    error = math.nan if unknown else delta_error(*where, pair.variance)
    net = where[0] - where[1]
    net_error = math.sqrt(max(pair.variance[0] + pair.variance[1] - 2 * pair.covariance, 0.0))
    plain = inference(net, net_error, at_one, conf_level)
    why = unknown or blind
    table = ratio_rows(ratio, error, found.limits, [why or found.words(), why or found.words(100, -100)])
    table[1] |= {k: plain[k] for k in ("statistic", "p_value")}  # a return of 0 is a net benefit of 0
    form = "normal" if math.isnan(at_ratio) else "t"
    table = [row | {"df": at_ratio, "method": f"ratio of means, Fieller ({form})"} for row in table]
    form = "normal" if math.isnan(at_one) else "t"
    table.append(
        {"term": "npv", **plain, "method": f"difference of means ({form})"}
        | {"note": unknown if math.isnan(net) else blind}
    )
    table = [row | {"interval": "fieller"} for row in table]
    pays, drawn = _chance(net, net_error, at_one), None
    if draws is not None:
        if not math.isnan(net + net_error):
            drawn = draw(pair, int(draws), SEED if seed is None else seed)
            pays = float(np.mean(drawn[0] > drawn[1]))
        table += _drawn_rows(pair, drawn, ratio, conf_level, why)
    frame = pd.DataFrame(table)
    frame["unit"], frame["estimand"] = zip(*(WORDS[term] for term in frame["term"]), strict=True)
    sides = (pair.benefits, pair.costs)
    return BenefitCost(
        estimates=Estimates(
            table=frame.assign(
                conf_level=conf_level,
                comparison="the costs",
                n=pair.n,
                n_people=np.fmin(*cast(Any, (s.n_people for s in sides))),
                n_people_total=np.fmax(*cast(Any, (s.n_people_total for s in sides))),
            ),
            keys=("interval",),
        ),
        fieller=found,
        probability_pays=pays,
        replicates=None if drawn is None else pd.DataFrame({"benefits": drawn[0], "costs": drawn[1]}),
        main="fieller" if draws is None else "percentile",
        checks=pair_checks(pair, ratio, found),
    )


def _chance(net: float, error: float, df: float) -> float:
    """Chance that the net benefit is above 0, the errors being normal or t."""
    if math.isnan(net + error):
        return math.nan
    if error == 0:
        return float(net > 0)
    return float(special.ndtr(net / error) if math.isnan(df) else special.stdtr(df, net / error))


def _drawn_rows(
    pair: Pair, drawn: tuple[np.ndarray, np.ndarray] | None, ratio: float, conf_level: float, why: str
) -> list[dict[str, Any]]:
    """Percentile rows, and BCa where rows were drawn again; NaN with the reason where nothing could be drawn."""
    net = pair.benefits.mean - pair.costs.mean
    if drawn is None:
        table = [*ratio_rows(ratio, math.nan, (math.nan, math.nan), [why, why])]
        table.append({"term": "npv", "estimate": net, "note": why})
        return [row | {"interval": "percentile", "method": "no draws"} for row in table]
    tail = (1 - conf_level) / 2
    net_draws, sign = drawn[0] - drawn[1], math.copysign(1.0, pair.costs.mean)
    how = f"{len(net_draws)} draws of rows" if pair.sampled else f"{len(net_draws)} draws from the errors"
    limits = {"percentile": {"npv": percentiles(net_draws, tail, 1 - tail)}}
    if pair.sampled:
        limits["bca"] = {"npv": bca(net_draws, net, jackknife(pair, np.subtract), conf_level)}
    error, crossed = math.nan, ""
    if not math.isnan(ratio):
        found, crossed = ratios(*drawn, sign), crossing_note(drawn[1], sign)
        error = math.nan if crossed else float(np.std(found, ddof=1))
        limits["percentile"]["ratio"] = percentiles(found, tail, 1 - tail)
        if pair.sampled:
            limits["bca"]["ratio"] = bca(found, ratio, jackknife(pair, np.divide), conf_level)
    rows = []
    for name, of in limits.items():
        text = {"percentile": "percentiles", "bca": "BCa"}[name]
        ends = of.get("ratio", (math.nan, math.nan))
        whole = all(math.isfinite(limit) for limit in ends)
        lost = "no interval: " + (crossed or "the draws do not lie on both sides of the estimate")
        note = why or (crossed if whole else lost)
        own = {"interval": name, "method": f"ratio of means, {text} of {how}"}
        rows += [
            row | own for row in ratio_rows(ratio, error, ends if whole else (math.nan,) * 2, [note] * 2)
        ]
        spread = {
            "std_error": float(np.std(net_draws, ddof=1)),
            "conf_low": of["npv"][0],
            "conf_high": of["npv"][1],
        }
        own = own | {"method": f"difference of means, {text} of {how}"}
        rows.append({"term": "npv", "estimate": net, "note": ""} | spread | own)
    return rows
