"""Was it worth what it cost: net present value, benefit-cost ratio, return on investment, utility?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_level_of_confidence, rows
from tne.measures.inference import inference
from tne.measures.ratio_sides import side_of
from tne.measures.value_benefit_cost import BenefitCost, benefit_cost
from tne.measures.value_costs import ProgrammeCosts, programme_costs
from tne.measures.value_decisions import decision_volume
from tne.measures.value_programme import ProgrammeValue, programme_value
from tne.result import Estimate

__all__ = [
    "BenefitCost",
    "ProgrammeCosts",
    "ProgrammeValue",
    "benefit_cost",
    "decision_volume",
    "net_present_value",
    "programme_costs",
    "programme_value",
    "utility_gain",
]


def net_present_value(flows: Any, *, rate: float) -> float:
    """Return the present value of flows at the ends of periods 1, 2, …, as spreadsheets' NPV does.

    Parameters
    ----------
    flows : sequence of float, shape (periods,)
        What comes in (positive) or goes out at the end of each period, in order.
    rate : float
        Interest per period as a share: 0.1 is 10 %. Above −1.

    Returns
    -------
    float
        NaN where a flow is missing; 0 without flows.

    Raises
    ------
    TypeError, ValueError
        If flows are no numbers or infinite, or the rate is −1 or less.

    Notes
    -----
    ``Σ flow_t / (1 + rate)^t`` with t from 1. A payment made today is not discounted: add it to the result. Flows must
    be in one currency, and nominal with a nominal rate or real with a real one.

    References
    ----------
    Brealey, Myers and Allen, Principles of Corporate Finance, chapter 2.

    Examples
    --------
    >>> round(net_present_value([500, 1500, 4000, 10000], rate=0.10), 2)
    11529.61
    """
    if isinstance(rate, bool) or not isinstance(rate, (int, float, np.integer, np.floating)):
        raise TypeError(f"`rate` is {type(rate).__name__}. Give a share per period: 0.1 for 10 %.")
    if not (math.isfinite(rate) and rate > -1):
        raise ValueError(f"`rate` is {rate}. Give a finite share above -1: 0.1 for 10 %.")
    if getattr(flows, "ndim", 1) > 1:
        raise TypeError(f"`flows` has {flows.ndim} dimensions. Give one number a period, in one column.")
    column = pd.Series([flows] if np.ndim(flows) == 0 else list(flows), dtype=object)
    try:
        values = pd.to_numeric(column, errors="raise").to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise TypeError("`flows` has entries that are no numbers. Give one number a period.") from None
    if np.isinf(values).any():
        raise ValueError(f"`flows` is infinite in {rows(np.isinf(values))}. Give finite numbers.")
    return float(np.sum(values * (1.0 + float(rate)) ** -np.arange(1.0, len(values) + 1)))


def utility_gain(
    effect: Estimate | tuple[float, float] | float,
    *,
    people: float,
    years: float,
    sd_value: float,
    cost: float,
    cost_per: str,
    conf_level: float = 0.95,
) -> Estimate:
    """Return what a training is worth by the Brogden-Cronbach-Gleser formula.

    Parameters
    ----------
    effect : Estimate, (value, std_error) or float
        Standardised difference in job performance between trained and untrained (d).
    people : float
        People trained.
    years : float
        How long the effect lasts, in the time unit of `sd_value`.
    sd_value : float
        Worth of one standard deviation of performance per person and year, in currency.
    cost : float
        Cost of the training, in the same currency.
    cost_per : {"total", "person"}
        Whether `cost` is of the whole training, or of each person trained.
    conf_level : float

    Returns
    -------
    Estimate
        In currency. Without a standard error of the effect it has no interval; that of the effect is its only one.

    Raises
    ------
    TypeError
        If `effect` is rows of data.
    ValueError
        If people, years, the value or the cost are negative or infinite, or `cost_per` is neither.

    Notes
    -----
    ``ΔU = N · T · d · SD_y − C`` with C the total cost, ``N · cost`` where it is given per person. SD_y is a judgement
    (often 40 % of the salary): the result is as good as that, and its interval knows nothing of it.

    References
    ----------
    Cascio and Boudreau (2011), Investing in People, 2nd edition, chapter 11. Schmidt, Hunter and Pearlman (1982),
    Assessing the economic impact of personnel programs on workforce productivity, Personnel Psychology 35:333-347.

    Examples
    --------
    >>> utility_gain(0.5, people=100, years=2, sd_value=10000, cost=500, cost_per="person").estimate
    950000.0
    """
    require_choice(cost_per, ("total", "person"), "cost_per")
    require_level_of_confidence(conf_level)
    given = {"people": people, "years": years, "sd_value": sd_value, "cost": cost}
    for name, value in given.items():
        if not (isinstance(value, (int, float, np.integer, np.floating)) and 0 <= value < math.inf):
            raise ValueError(f"`{name}` is {value!r}. Give a finite number of 0 or more.")
    side = side_of(effect, "effect")
    if side.sample is not None:
        raise TypeError("`effect` is rows. Give an Estimate, (value, std_error) or a number.")
    slope, total = people * years * sd_value, cost * (people if cost_per == "person" else 1)
    note = "the effect is unknown" if math.isnan(side.mean) else ""
    if not note and math.isnan(side.std_error):
        note = "no interval: the effect has no standard error"
    return Estimate(
        term="utility_gain",
        **inference(slope * side.mean - total, slope * side.std_error, side.df, conf_level),
        n_people=side.n_people,
        n_people_total=side.n_people_total,
        conf_level=conf_level,
        unit="currency",
        estimand="worth of the training to the employer, less its cost",
        comparison="no training",
        method=f"Brogden-Cronbach-Gleser, cost {'per person' if cost_per == 'person' else 'in total'}",
        note=note,
    )
