"""Did one series change when the training came?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tne.checks import require_level_of_confidence
from tne.measures.headline import Listed
from tne.measures.ols import missing_check
from tne.measures.series_checks import (
    autocorrelation_check,
    control_check,
    earlier_check,
    gap_check,
    length_check,
    season_check,
    shock_check,
)
from tne.measures.series_design import Design, segmented
from tne.measures.series_errors import durbin_watson
from tne.measures.series_fit import Fitted, fitted
from tne.measures.series_options import require_options, require_shocks, start_position
from tne.measures.series_periods import windows
from tne.measures.series_rows import Rows, rows_of
from tne.measures.series_table import lines, people, stacked_rows, term_row
from tne.result import Check, Estimates, Result


@dataclass(frozen=True, kw_only=True, eq=False)
class InterruptedSeries(Listed, Result):
    """A change in level and trend.

    Parameters
    ----------
    estimates : Estimates
        One row per term; `.to_frame()`, `.get(term=...)`, `len()` and iteration of the result itself read these.
    fitted : DataFrame
        Columns period, observed, fitted, counterfactual (the earlier trend continued, known shocks kept), and control.
        With a control, fitted and counterfactual are the control plus the modelled distance to it.
    autocorrelation : float
        From one period to the next, by restricted maximum likelihood; NaN where nothing was fitted.
    durbin_watson : float
        Of the least-squares residuals.
    errors : str
        The errors that were used; "" where nothing was fitted.
    design : str
        ``"single_series"`` or ``"controlled_series"``, for `grade`.
    """

    estimates: Estimates
    fitted: pd.DataFrame
    autocorrelation: float
    durbin_watson: float
    errors: str
    design: str


def interrupted_series(
    series: pd.DataFrame,
    *,
    outcome: str,
    period: str,
    start: Any,
    errors: str | None = None,
    lags: int | None = None,
    control: str | None = None,
    shocks: Sequence[Any] = (),
    unit: str | None = None,
    season: float | None = None,
    harmonics: int = 1,
    bandwidth: str = "newey_west",
    prewhite: int = 1,
    small_sample: bool | None = None,
    n_people: str | None = None,
    conf_level: float = 0.95,
) -> InterruptedSeries:
    """Return the change of level and trend at `start`: y = b0 + b1 t + level · post + slope · post · (t − start).

    Parameters
    ----------
    series : DataFrame
        One row per period; or, with a marked control, one trained row and any number of control rows per period.
    outcome, period : str
        Columns. Periods are evenly spaced numbers, dates or pandas periods; gaps are allowed. t counts from 0 in the
        first period, in the unit of a number, or in periods where they are dates.
    start : number or date
        First period after the training; between two periods, the later one.
    errors : {None, "newey_west", "hac_auto", "ar1_reml"}
        ``"newey_west"``: Bartlett weights over `lags`, factor n / (n − k). ``"hac_auto"``: automatic bandwidth, see the
        next three. ``"ar1_reml"``: generalised least squares with AR(1) errors. None: the last with fewer than 100
        periods and a positive autocorrelation (or Breusch-Godfrey p < .10), else Newey-West (lag 0 where the series is
        short and not autocorrelated); stated in `method`.
    lags : int, optional
        Of Newey-West; None: 4 (n / 100)^(2/9), rounded down. Given without `errors`, Newey-West is used.
    control : str, optional
        Column with the control series; or, where periods repeat, the column that marks control rows by True or 1.
        The rows then are trained minus control (the mean of the control rows of a period).
    shocks : sequence
        Known other changes: a period (a new level from then on) or (first, last) (a level of its own in between).
    unit : str, optional
        Column with the unit of a row, where rows are marked. With ``"newey_west"`` all units' rows then enter one
        regression with autocovariances within units (Linden 2015) instead of the difference of means.
    season : float, optional
        Length of a cycle in periods, modelled by `harmonics` pairs of sine and cosine.
    harmonics : int
    bandwidth : {"newey_west", "andrews"}
        Of ``"hac_auto"``: Newey and West (1994) with the Bartlett kernel, or Andrews (1991) with QS.
    prewhite : int
        Of ``"hac_auto"``: order of the vector autoregression that whitens first; 0 for none.
    small_sample : bool, optional
        Of ``"hac_auto"``: the factor n / (n − k). None: as in R's sandwich, for ``"andrews"`` only.
    n_people : str, optional
        Column with the people behind a row. None: a column of that name if there is one.
    conf_level : float

    Returns
    -------
    InterruptedSeries
        Terms ``level_change, slope_change, effect_mean, effect_at_end, trend, post_trend, intercept`` and one
        ``shock_…`` per shock. NaN with a note where the periods do not determine a term. Checks ``short_series,
        autocorrelation, season, earlier_change, policy_change, gaps, missing``, with a control also ``comparable``.

    Raises
    ------
    KeyError, TypeError, ValueError
        For bad columns, several rows in a period, uneven periods, a start outside the data, unknown options.

    Notes
    -----
    It says what happened at the time of the training, not that the training did it: whatever else changed then is in
    the number, and so is a trend that would have bent anyway. One series alone is evidence of grade D. `level_change`
    is the jump at the start itself; programs that count the first period after it as 1 report that minus one slope
    change. The AR(1) coefficients and standard errors are those of R's ``gls``; intervals are wider.

    References
    ----------
    Wagner, Soumerai, Zhang and Ross-Degnan (2002), J. Clinical Pharmacy and Therapeutics 27:299-309. Linden (2015),
    Stata Journal 15:480-500. Turner et al. (2021), BMC Medical Research Methodology 21:181. Zeileis (2004), J.
    Statistical Software 11(10).

    Examples
    --------
    >>> seen = pd.DataFrame({"week": range(8), "errors": [9.0, 8.5, 9.2, 8.8, 7.1, 6.6, 6.2, 5.4]})
    >>> changed = interrupted_series(seen, outcome="errors", period="week", start=4, errors="newey_west", lags=1)
    >>> round(changed.get(term="level_change").estimate, 2)
    -1.75
    """
    require_level_of_confidence(conf_level)
    require_options(errors, lags, bandwidth, prewhite, season, harmonics)
    if n_people is None and isinstance(series, pd.DataFrame) and "n_people" in series.columns:
        n_people = "n_people"
    data = rows_of(series, outcome, period, control, unit, n_people)
    first = start_position(data, start)
    known = windows(shocks, data.time)
    require_shocks(known, data.at, first)
    design = segmented(data.at, first, data.time.unit, known, season, harmonics)
    found: Fitted | str = "no period has an outcome"
    if len(data.at):
        found = fitted(
            design, data.y, data.at, errors=errors, lags=lags, bandwidth=bandwidth, prewhite=prewhite,
            small_sample=small_sample, conf_level=conf_level,
            stacked=stacked_rows(data, design, (first, data.time.unit, known, season, harmonics)),
        )  # fmt: skip
    many = isinstance(found, Fitted) and found.pooled
    table = pd.DataFrame([term_row(term, design, found) for term in design.contrasts]).assign(
        n=float(len(data.stacked[0]) if many and data.stacked else len(data.at)),
        conf_level=conf_level,
        comparison="the earlier trend, continued" if control is None else "the control series",
        method="segmented regression" if isinstance(found, str) else found.method,
        **people(data, first),
    )
    checks = _checks(data, design, found, first, known, season)
    return InterruptedSeries(
        estimates=Estimates(table=table),
        fitted=lines(data, design, found),
        autocorrelation=math.nan if isinstance(found, str) else found.phi,
        durbin_watson=math.nan if isinstance(found, str) else durbin_watson(found.residuals),
        errors="" if isinstance(found, str) else found.errors,
        design="single_series" if control is None else "controlled_series",
        checks=checks,
    )


def _checks(
    data: Rows,
    design: Design,
    found: Fitted | str,
    first: int,
    known: list[tuple[str, int, int | None]],
    season: float | None,
) -> tuple[Check, ...]:
    after = int((data.at >= first).sum())
    checks = [length_check(len(data.at) - after, after)]
    if isinstance(found, str):
        checks += [
            Check(name, "not_run", f"Nothing was fitted: {found}.") for name in ("autocorrelation", "season")
        ]
    else:
        checks += [
            autocorrelation_check(found, design),
            season_check(data.y, data.at, design, data.time, season),
            earlier_check(data.y, data.at, first, design),
        ]
        if data.control is not None:
            checks += control_check(found, design, data.units)
    return (
        *checks,
        shock_check(known, first),
        gap_check(data.time, data.at),
        missing_check(data.total, data.used),
    )
