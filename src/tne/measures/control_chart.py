"""Is this period's share unusual, or does the process just vary as it always does?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import (
    require_choice,
    require_columns,
    require_level_of_confidence,
    require_no_missing,
    require_numeric,
    require_unique,
    rows,
)
from tne.measures.control_checks import baseline_check, dispersion_check, length_check, small_check
from tne.measures.control_rules import RULES, require_rules, signals
from tne.measures.ols import missing_check
from tne.result import ESTIMATE_COLUMNS, Estimates, Result

LIMITS = ("laney", "binomial")
# expected mean of |difference| of two standard normal values: 2 / sqrt(pi)
D2 = 2 / math.sqrt(math.pi)


@dataclass(frozen=True, kw_only=True, eq=False)
class ControlChart(Result):
    """Shares by period with the limits of their usual variation.

    Parameters
    ----------
    table : DataFrame
        A row per period: period, share (also ``estimate``), centre, lower, upper, signal, z, binomial_lower,
        binomial_upper, laney_lower, laney_upper, then the estimate columns. `lower`, `upper`, `signal` and `z` follow
        `limits`; ``n`` is the total.
    centre : float
        Share of all counts in the baseline.
    sigma_z : float
        Laney's factor: short-term variation relative to the binomial; 1 means as binomial.
    dispersion, dispersion_p : float
        Variance of the standardised shares relative to the binomial (chi-square over its df), and p of no excess.
    limits : str
    """

    table: pd.DataFrame
    centre: float
    sigma_z: float
    dispersion: float
    dispersion_p: float
    limits: str

    def to_frame(self) -> pd.DataFrame:
        return self.table.copy()

    @property
    def signals(self) -> pd.DataFrame:
        """The periods with a signal."""
        return self.table.loc[self.table["signal"] != ""].reset_index(drop=True)

    def __str__(self) -> str:
        seen = self.table["estimate"].notna().sum()
        return (
            f"{len(self.signals)} of {seen} periods signal; centre {self.centre:.4g}, sigma z {self.sigma_z:.3g} "
            f"({self.limits} limits)."
        )


def control_chart(
    series: pd.DataFrame,
    *,
    count: str,
    total: str,
    period: str,
    limits: str = "laney",
    rules: Sequence[str] = RULES,
    sigmas: float = 3.0,
    baseline_until: Any = None,
    n_people: str | None = None,
    conf_level: float = 0.95,
) -> ControlChart:
    """Return the control chart of a share: centre, limits and signals by period.

    Parameters
    ----------
    series : DataFrame
        One row per period.
    count, total, period : str
        Columns: how many had the property, of how many, and when. Rows are sorted by period.
    limits : {"laney", "binomial"}
        ``"laney"``: p′ chart, centre ± sigmas · σ_z · sqrt(p (1 − p) / total). ``"binomial"``: p chart, σ_z = 1. The
        frame holds both.
    rules : sequence of str
        Western Electric's: ``"beyond_limits"``; ``"two_of_three"`` beyond two thirds of the limits on one side;
        ``"four_of_five"`` beyond one third; ``"run_of_8"`` on one side of the centre. A signal stands at the period
        that completes it.
    sigmas : float
    baseline_until : optional
        Last period of the baseline that gives centre and σ_z; later periods are judged by it. None: all periods.
    n_people : str, optional
        Column with the people behind a period. None: a column of that name if there is one.
    conf_level : float
        Unused: limits are `sigmas` wide, not an interval of confidence. Kept as in every other analysis.

    Returns
    -------
    ControlChart
        Limits are not clipped to 0 and 1; a row whose limit lies outside says so in ``note``. Periods without a total
        are NaN with a note and no part of any run. Checks ``over_dispersion, few_periods, small_totals, baseline,
        missing``.

    Raises
    ------
    KeyError, TypeError, ValueError
        For bad columns, a count that is negative or above its total, several rows in a period, unknown options.

    Notes
    -----
    ``σ_z`` is the mean moving range of ``z = (share − p) / sqrt(p (1 − p) / total)`` over consecutive periods with a
    total, divided by 2 / sqrt(π) = 1.128. With large totals a p chart calls every ordinary week unusual; σ_z takes the
    usual variation between weeks into the limits. A signal says *look*, not *why*, and is no measure of an effect; with
    all four rules a stable process signals once in about 92 periods (Champ and Woodall 1987). σ_z takes neighbouring
    periods to be independent: with strong autocorrelation or a season it is too small.

    References
    ----------
    Laney (2002), Improved control charts for attributes, Quality Engineering 14:531-537. Western Electric (1956),
    Statistical Quality Control Handbook. Montgomery, Introduction to Statistical Quality Control, chapter 7.

    Examples
    --------
    >>> weeks = pd.DataFrame({"week": [1, 2, 3, 4], "wrong": [12, 15, 8, 10], "audits": [50, 50, 50, 50]})
    >>> chart = control_chart(weeks, count="wrong", total="audits", period="week")
    >>> chart.centre
    0.225
    """
    require_level_of_confidence(conf_level)
    require_choice(limits, LIMITS, "limits")
    require_rules(rules, sigmas)
    if n_people is None and isinstance(series, pd.DataFrame) and "n_people" in series.columns:
        n_people = "n_people"
    require_columns(series, [count, total, period, n_people], "series")
    require_numeric(series, [count, total], "series")
    require_no_missing(series, [period], "series")
    require_unique(series, [period], "series")
    frame = _sorted(series.reset_index(drop=True), period)
    hits, of = (frame[c].to_numpy(dtype=float, na_value=np.nan) for c in (count, total))
    _require_counts(hits, of, count, total)
    seen = (of > 0) & ~np.isnan(hits)
    inside = seen & _baseline(frame[period], baseline_until)
    share = np.divide(hits, of, out=np.full(len(of), np.nan), where=seen)
    centre = float(hits[inside].sum() / of[inside].sum()) if inside.any() else math.nan
    spread = np.sqrt(np.divide(centre * (1 - centre), of, out=np.full(len(of), np.nan), where=seen))
    flat = not np.nanmax(spread, initial=0.0) > 0
    z = np.full(len(of), np.nan) if flat else (share - centre) / spread
    sigma_z = float(np.abs(np.diff(z[inside])).mean() / D2) if inside.sum() > 1 and not flat else math.nan
    chi2, df = float(np.sum(z[inside] ** 2)), int(inside.sum()) - 1
    known = df > 0 and not flat
    factor = sigma_z if limits == "laney" else math.nan if flat else 1.0
    scaled = z / factor if factor > 0 else np.full(len(z), np.nan)
    edges = {
        f"{name}_{side}": centre + sign * sigmas * width * spread
        for name, width in (
            ("binomial", math.nan if flat else 1.0),
            ("laney", sigma_z if sigma_z > 0 else math.nan),
        )
        for side, sign in (("lower", -1), ("upper", 1))
    }
    lower, upper = edges[f"{limits}_lower"], edges[f"{limits}_upper"]
    table = pd.DataFrame(
        {
            "period": frame[period],
            "share": share,
            "centre": centre,
            "lower": lower,
            "upper": upper,
            "signal": signals(scaled, rules, sigmas),
            "z": scaled,
            **edges,
            "term": "share",
            "estimate": share,
            "std_error": (upper - lower) / (2 * sigmas),
            "statistic": scaled,
            "n": of,
            "n_people": frame[n_people].astype(float) if n_people else math.nan,
            "n_people_total": frame[n_people].astype(float) if n_people else math.nan,
            "conf_level": conf_level,
            "unit": "share",
            "estimand": "share of the period",
            "comparison": "the usual variation of the baseline",
            "method": _method(limits, rules, sigmas),
            "note": _notes(seen, hits, lower, upper),
        }
    )
    keys = tuple(c for c in table.columns if c not in ESTIMATE_COLUMNS)
    return ControlChart(
        table=Estimates(table=table, keys=keys).to_frame(),
        centre=centre,
        sigma_z=sigma_z,
        dispersion=chi2 / df if known else math.nan,
        dispersion_p=float(stats.chi2.sf(chi2, df)) if known else math.nan,
        limits=limits,
        checks=(
            dispersion_check(sigma_z, int(inside.sum()), limits),
            length_check(int(inside.sum())),
            small_check(of[seen], centre),
            baseline_check(table, inside),
            missing_check(len(frame), int((~np.isnan(hits) & ~np.isnan(of)).sum())),
        ),
    )


def _sorted(frame: pd.DataFrame, period: str) -> pd.DataFrame:
    try:
        return frame.sort_values(period, kind="stable").reset_index(drop=True)
    except TypeError as error:
        raise TypeError(
            f"Column `{period}` mixes kinds of values that have no order. Convert it first."
        ) from error


def _baseline(periods: pd.Series, until: Any) -> np.ndarray:
    if until is None:
        return np.ones(len(periods), dtype=bool)
    if pd.api.types.is_datetime64_any_dtype(periods):
        until = pd.Timestamp(until)
    try:
        inside = (periods <= until).to_numpy(dtype=bool)
    except TypeError as error:
        raise TypeError("`baseline_until` is of another kind than the periods. Give one of them.") from error
    if not inside.any():
        raise ValueError(
            "`baseline_until` lies before the first period. Give the last period of the baseline."
        )
    return cast(np.ndarray, inside)


def _require_counts(hits: np.ndarray, of: np.ndarray, count: str, total: str) -> None:
    bad = (hits < 0) | (of < 0) | (hits > of)
    if bad.any():
        raise ValueError(
            f"Column `{count}` is negative or above `{total}` in {rows(bad)} by period. Correct the counts."
        )


def _method(limits: str, rules: Sequence[str], sigmas: float) -> str:
    name = "Laney p′ chart" if limits == "laney" else "p chart"
    return f"{name}, {sigmas:g} sigma limits, Western Electric rules: {', '.join(rules) or 'none'}"


def _notes(seen: np.ndarray, hits: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> list[str]:
    notes = []
    for ok, hit, low, high in zip(seen, hits, lower, upper, strict=True):
        if not ok:
            notes.append("the count is missing" if math.isnan(hit) else "nothing was counted in this period")
        elif math.isnan(low):
            notes.append("the baseline has no variation, or one period: no limits")
        elif low < 0 or high > 1:
            ends = [
                text
                for out, text in ((low < 0, "lower limit below 0"), (high > 1, "upper limit above 1"))
                if out
            ]
            notes.append(f"{' and '.join(ends)}: no share can fall beyond it")
        else:
            notes.append("")
    return notes
