"""Which weeks lie beyond chance, judged by the weeks before them?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.checks import (
    require_choice,
    require_columns,
    require_level_of_confidence,
    require_no_missing,
    require_numeric,
    require_unique,
)
from tne.measures.weekly_checks import length_check, memory_check, missing_check, small_check
from tne.measures.weekly_judge import change_of, judge
from tne.measures.weekly_limits import KINDS, quantile
from tne.measures.weekly_rows import few_people, notes, require_options, require_values, whole_weeks
from tne.result import ESTIMATE_COLUMNS, Estimate, Estimates, Result

WEEKS = 52


@dataclass(frozen=True, kw_only=True, eq=False)
class WeeklySignals(Result):
    """Weeks with the range that the weeks before them make usual, and those that lie beyond it.

    Parameters
    ----------
    table : DataFrame
        A row per week, empty ones included: period, centre, lower, upper, signal (``"above" "below" ""``), judged,
        provisional, baseline_weeks, total, then the estimate columns. ``conf_low`` and ``conf_high`` say how well the
        week itself is known.
    change : Estimate
        The last judged week less the mean of the four before it.
    kind : str
    false_alarm : float
        Chance that a week like those before it is marked; NaN for limits of a fixed width.
    """

    table: pd.DataFrame
    change: Estimate
    kind: str
    false_alarm: float

    def to_frame(self) -> pd.DataFrame:
        return self.table.copy()

    @property
    def signals(self) -> pd.DataFrame:
        """The weeks beyond their limits."""
        return self.table.loc[self.table["signal"] != ""].reset_index(drop=True)

    @property
    def last(self) -> pd.Series | None:
        """The last week that is not provisional and has a value; None without one."""
        known = self.table.loc[self.table["estimate"].notna() & ~self.table["provisional"]]
        return known.iloc[-1] if len(known) else None

    @property
    def false_alarms_per_year(self) -> float:
        """How many weeks a year chance alone marks in this measure."""
        return WEEKS * self.false_alarm

    def __str__(self) -> str:
        judged = int(self.table["judged"].sum())
        chance = (
            "" if math.isnan(self.false_alarm) else f"; chance marks {self.false_alarms_per_year:.2g} a year"
        )
        return f"{len(self.signals)} of {judged} judged weeks lie beyond their limits{chance}."


def weekly_signals(
    series: pd.DataFrame,
    *,
    value: str,
    period: str,
    total: str | None = None,
    kind: str = "level",
    window: int | None = 26,
    least: int = 8,
    false_alarm: float = 0.0027,
    sigmas: float | None = None,
    overdispersed: bool = True,
    provisional: str | None = None,
    n: str | None = None,
    n_people: str | None = None,
    fewest_people: int = 0,
    unit: str = "",
    conf_level: float = 0.95,
) -> WeeklySignals:
    """Return which weeks lie beyond chance, each judged by the weeks before it.

    Parameters
    ----------
    series : DataFrame
        One row per week.
    value, period, total : str
        Columns: the week's value; its number (whole) or its first day; what stands behind it. `total` is needed for
        shares and rates: the value is a count over it (audits; thousands of cases). For a level it is a weight.
    kind : {"share", "rate", "level"}
        How counting alone makes the value vary: as a binomial share, as a Poisson rate, or not known (individuals).
    window : int or None
        Most weeks before that judge a week. None: all weeks judge all, themselves included, as in a classical chart.
    least : int
        Fewest weeks before, below which a week is not judged.
    false_alarm : float
        Chance that a week like those before it is marked, both sides together.
    sigmas : float, optional
        Fixed width, as in a classical chart (usually 3), instead of `false_alarm`.
    overdispersed : bool
        Take the usual variation between weeks into the limits of shares and rates (Laney), never less than that of
        counting alone. False: counting alone.
    provisional : str, optional
        Column of flags: such weeks are neither judged nor a baseline.
    n, n_people : str, optional
        Columns with the rows and the people behind a week. None: columns of these names if there are.
    fewest_people : int
        Weeks with fewer people, or an unknown number of them, are neither judged nor a baseline: the ranges of the
        weeks after it, which are shown, would give a hidden week away. 0: all weeks count.
    unit : str
    conf_level : float

    Returns
    -------
    WeeklySignals
        Weeks that are missing between the first and the last one are rows without a value, and part of no baseline.
        Checks ``short_series, autocorrelation, small_totals, missing``.

    Raises
    ------
    KeyError, TypeError, ValueError
        For bad columns, several rows a week, a share outside 0 to 1, a negative rate or total, unknown options.

    Notes
    -----
    With ``e`` the error of counting (a share √(c(1−c)/total), a rate √(c/total), a level 1/√total), σ the mean moving
    range of ``(value − c)/e`` over 1.128 and ν the degrees of freedom that it is worth, the limits of a new week are
    ``c ± t(ν) σ √(e² + 1/Σe⁻²)``: a prediction from estimated numbers, so that `false_alarm` holds with 26 weeks before
    as well. A single week more than 1.5 times as far away as its limit is left out of later baselines; the second
    signal in a row on the same side counts as the new level. A week whose share or count is expected below 5 of the
    rarer kind is not judged.

    A signal says *look*, never *why*. A slow drift moves the range along and may never signal: read `change` too.
    Neighbouring weeks that resemble each other make the range too narrow (check ``autocorrelation``).

    References
    ----------
    Laney (2002), Improved control charts for attributes, Quality Engineering 14:531-537. Montgomery, Introduction to
    Statistical Quality Control, chapters 6 and 7. Cryer and Ryan (1990), The estimation of sigma for an X chart,
    Journal of Quality Technology 22:187-192.

    Examples
    --------
    >>> flow = pd.DataFrame({"batch": range(10), "x": [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]})
    >>> found = weekly_signals(flow, value="x", period="batch", window=None, sigmas=3)
    >>> found.to_frame()["upper"].iloc[-1].round(2)
    np.float64(55.8)
    """
    require_level_of_confidence(conf_level)
    require_choice(kind, KINDS, "kind")
    require_options(window, least, false_alarm, sigmas)
    if isinstance(series, pd.DataFrame):
        n, n_people = (
            given or (name if name in series.columns else None)
            for given, name in ((n, "n"), (n_people, "n_people"))
        )
    require_columns(series, [value, period, total, provisional, n, n_people], "series")
    require_numeric(series, [value, *([total] if total else [])], "series")
    require_no_missing(series, [period], "series")
    require_unique(series, [period], "series")
    if total is None and kind != "level":
        raise ValueError(f"A {kind} needs `total`: the column of what it is a {kind} of. Name it.")
    frame = whole_weeks(series.reset_index(drop=True), period)
    x = frame[value].to_numpy(dtype=float, na_value=np.nan)
    of = frame[total].to_numpy(dtype=float, na_value=np.nan) if total else np.ones(len(frame))
    require_values(kind, x, of, value, total)
    open_ = (
        frame[provisional].astype("boolean").fillna(False).to_numpy(dtype=bool)
        if provisional
        else np.zeros(len(frame), dtype=bool)
    )
    seen = ~np.isnan(x) & (of > 0)
    small = few_people(frame, n_people, fewest_people)
    found = judge(kind, x, of, seen & ~open_ & ~small, window, least, sigmas, false_alarm, overdispersed)
    table = pd.DataFrame(
        {
            "period": frame[period],
            **{name: found[name] for name in ("centre", "lower", "upper", "signal", "judged")},
            "provisional": open_,
            "baseline_weeks": found["baseline_weeks"],
            "total": np.where(seen, of, np.nan),
            "term": "level",
            "estimate": np.where(seen, x, np.nan),
            "std_error": np.where(seen, found["error"], np.nan),
            "df": found["df"],
            "n": frame[n].astype(float) if n else np.where(seen, of, np.nan),
            "n_people": frame[n_people].astype(float) if n_people else math.nan,
            "n_people_total": frame[n_people].astype(float) if n_people else math.nan,
            "conf_level": conf_level,
            "unit": unit or kind,
            "estimand": "value of the week",
            "comparison": "the weeks before",
            "method": _method(kind, sigmas, overdispersed, window),
            "note": notes(seen, open_, small, found),
        }
    )
    half = np.array([quantile(df, (1 - conf_level) / 2) for df in table["df"]]) * table["std_error"]
    table["conf_low"], table["conf_high"] = table["estimate"] - half, table["estimate"] + half
    keys = tuple(c for c in table.columns if c not in ESTIMATE_COLUMNS)
    table = Estimates(table=table, keys=keys).to_frame()
    return WeeklySignals(
        table=table,
        change=change_of(table, conf_level),
        kind=kind,
        false_alarm=math.nan if sigmas is not None else false_alarm,
        checks=(
            length_check(int((seen & ~open_ & ~small).sum()), least),
            memory_check(table),
            small_check(kind, table),
            missing_check(len(frame), int(seen.sum())),
        ),
    )


def _method(kind: str, sigmas: float | None, overdispersed: bool, window: int | None) -> str:
    name = {"share": "share", "rate": "rate", "level": "individuals"}[kind]
    spread = ", usual variation between weeks" if overdispersed and kind != "level" else ""
    limits = f"{sigmas:g} sigma limits" if sigmas is not None else "prediction limits"
    base = "all weeks" if window is None else f"the {window} weeks before"
    return f"control chart of a {name}{spread}; {limits} from {base}"
