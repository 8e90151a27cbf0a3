"""Is each table as fresh as usual, are there weeks with far fewer or more rows than usual, and days too far off?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from tne.tables.engine import Engine, statement
from tne.tables.quality_settings import Limits

DAILY = ("audits", "production", "appeals")  # tables that a market fills every week
SPORADIC = ("responses", "surveys", "attendance")  # they follow the trainings
NEAR = 6  # weeks on either side that make a week usual
FAR = pd.Timedelta(28, "D")  # days without any row after which a few rows are strays
FEWER, MORE = 4.0, 6.0  # standard deviations from which a week is beyond chance
SILENCE = 7.0  # days of silence that never count
_TABLE = {"audited": "audits"}  # an audit is there when it was made, not when the case was decided


def day_checks(engine: Engine, limits: Limits) -> Iterator[dict[str, Any]]:
    """Yield the checks of freshness, coverage and stray days, by market and table; see `tne.tables.quality`."""
    engine.put("quality_window", pd.DataFrame({"last_day": [_last(engine)]}), {"last_day": "DATE"})
    days = engine.frame(statement("quality_days"))
    days["day"] = pd.to_datetime(days["day"])
    late = {
        (row["source"], row["market"]): row for row in engine.arrow(statement("quality_after")).to_pylist()
    }
    ends = _ends(days)
    staffed = _staffed(engine)
    for market, own in days.groupby("market", sort=True):
        by = {name: rows.set_index("day")["n"].sort_index() for name, rows in own.groupby("source")}
        end = ends[market]
        due = max(ends.values()) if market in staffed else end
        for table in (name for name in DAILY if name in engine.present and name not in by):
            note = {"status": "not_run", "note": "no rows"}
            yield {"table": table, "market": market, "check": "stale", "kind": "freshness", **note}
        for source, n in by.items():
            table = _TABLE.get(source, source)
            named = {"table": table, "market": market}
            if source != "audits":
                yield named | _future(table, n, end, limits)
            inside = n.loc[:end]
            if source != "audited":
                yield from (named | found for found in _weeks(table, inside, by, limits))
            if source != "audits" and table in (*DAILY, "ratings"):
                yield named | _fresh(table, inside, due, limits)
            elif source in SPORADIC:
                yield named | _followed(table, late, (source, market), limits)


def _ends(days: pd.DataFrame) -> dict[str, pd.Timestamp]:
    """Return the last day of each market's data, strays left out."""
    seen = days.loc[days["source"].ne("audits")].groupby(["market", "day"])["n"].sum()
    ends = {}
    for market in seen.index.unique("market"):
        n = seen.loc[market]
        ends[market] = n.index.max() if (cut := strays(n)) is None else cut
    return ends


def _staffed(engine: Engine) -> set[str]:
    """Return the markets in which people still work: their data should go on as long as those of the others."""
    if "moderators" not in engine.present:
        return set()
    working = "SELECT DISTINCT market FROM moderators WHERE valid_to IS NULL AND left_on IS NULL"
    return set(engine.arrow(working).column("market").to_pylist())


def strays(n: pd.Series) -> pd.Timestamp | None:
    """Return the day after which only strays follow: a few rows behind a silence of four weeks; None without them.

    Parameters
    ----------
    n : Series
        Rows by day, days in order.
    """
    days, total = n.index, int(n.sum())
    gaps = np.flatnonzero(np.diff(days.to_numpy()) > FAR.to_numpy())
    for at in gaps:
        if n.iloc[at + 1 :].sum() <= total / 200:
            return days[at]
    return None


def _last(engine: Engine) -> pd.Timestamp:
    last = engine.made.get("as_of")
    return pd.Timestamp("1970-01-01") if last is None or pd.isna(last) else last.tz_localize(None).normalize()


def _future(table: str, n: pd.Series, end: pd.Timestamp, limits: Limits) -> dict[str, Any]:
    """Rows dated far beyond all others: they would move the end of the data. One is enough to warn."""
    beyond = n.loc[end + pd.Timedelta(1, "D") :]
    many = int(beyond.sum())
    found = {"check": "future", "kind": "times", "n": many, "n_total": int(n.sum())}
    if not many:
        return found | {"status": "pass", "value": 0.0}
    limit = limits.of(table, "times")
    least = limit.warn if np.isfinite(limit.warn) else 0.0
    status = limits.status(table, "times", max(many / n.sum(), least), limits.rows)
    days = {"first": beyond.index.min(), "last": beyond.index.max()}
    return found | {"status": status, "value": many / n.sum(), **days}


def _fresh(table: str, n: pd.Series, end: pd.Timestamp, limits: Limits) -> dict[str, Any]:
    """The silence at the end, against the longest one before: each market and table has its own rhythm."""
    found = {"check": "stale", "kind": "freshness", "last": n.index.max() if len(n) else pd.NaT}
    if len(n) < 8:
        return found | {"status": "not_run", "note": "fewer than 8 days with rows"}
    longest = max(np.diff(n.index.to_numpy()).max() / np.timedelta64(1, "D"), 1.0)
    silent = (end - n.index.max()) / pd.Timedelta(1, "D")
    value = silent / longest
    status = limits.status(table, "freshness", value, limits.rows) if silent > SILENCE else "pass"
    return found | {"status": status, "value": value, "n": int(silent), "n_total": int(longest)}


def _followed(table: str, late: pd.DataFrame, key: tuple[str, str], limits: Limits) -> dict[str, Any]:
    """People who finished a programme after the last row that its export has: nothing came of them."""
    found = {"check": "not_followed", "kind": "freshness"}
    if key not in late:
        return found | {"status": "pass", "n": 0, "n_people": 0}
    people, last = late[key]["people"], pd.Timestamp(late[key]["last_at"]).floor("D")
    value = limits.of(table, "freshness").warn
    status = limits.status(table, "freshness", value, people) if np.isfinite(value) else "pass"
    return found | {"status": status, "n": people, "n_people": people, "last": last}


def _weeks(table: str, n: pd.Series, by: Mapping[str, pd.Series], limits: Limits) -> Iterator[dict[str, Any]]:
    """Whole weeks whose rows are a small part or a multiple of those of the weeks around."""
    if table not in DAILY or n.empty:
        return
    weekly = whole_weeks(n, by["audited"].index.max() if table == "audits" else None)
    factor = limits.of(table, "coverage")
    unlike = unlike_weeks(weekly, factor.first)
    for check, found in (("few", unlike < 1), ("many", unlike > 1)):
        those = unlike.loc[found]
        ratio = (1 / those.clip(lower=1e-9) if check == "few" else those).max() if len(those) else 1.0
        status = "pass" if those.empty else limits.status(table, "coverage", ratio, limits.rows)
        told = {"check": f"{check}_in_week", "kind": "coverage", "status": status, "value": float(ratio)}
        told |= {"n": len(those), "n_total": len(weekly)}
        if len(weekly) < 4 or not np.isfinite(factor.first):
            few = len(weekly) < 4
            told |= {"status": "not_run", "note": "fewer than 4 whole weeks" if few else "switched off"}
        if len(those):
            told |= {"first": those.index.min(), "last": those.index.max() + pd.Timedelta(6, "D")}
        yield told


def whole_weeks(n: pd.Series, known: pd.Timestamp | None = None) -> pd.Series:
    """Return rows by week (Monday), 0 in weeks without any; without a first or last week that is not whole.

    Parameters
    ----------
    n : Series
        Rows by day.
    known : Timestamp, optional
        Latest day on which rows were added for earlier days (the latest audit): the last two weeks before it are
        still filling up.
    """
    weeks = n.groupby(n.index.to_period("W-SUN").start_time).sum()
    weeks = weeks.reindex(pd.date_range(weeks.index.min(), weeks.index.max(), freq="7D"), fill_value=0)
    if n.index.min() > weeks.index[0]:
        weeks = weeks.iloc[1:]
    if n.index.max() < weeks.index[-1] + pd.Timedelta(6, "D"):
        weeks = weeks.iloc[:-1]
    return weeks if known is None else weeks.loc[: known - pd.Timedelta(13, "D")]


def unlike_weeks(weekly: pd.Series, factor: float) -> pd.Series:
    """Return the weeks that are unlike the usual ones and beyond chance, each as a ratio to the usual rows.

    Notes
    -----
    Usual is the median of the six weeks before and after. A week is unlike it if it differs by `factor` and by `FEWER`
    or `MORE` standard deviations, which are those of a count or of the weeks around, whichever are greater. Counts are
    skewed: chance makes large ones sooner than small ones.
    """
    values = weekly.to_numpy(dtype=float)
    usual, spread = np.full(len(values), np.nan), np.full(len(values), np.nan)
    for i in range(len(values)):
        around = np.r_[values[max(i - NEAR, 0) : i], values[i + 1 : i + 1 + NEAR]]
        if len(around) >= 3:
            usual[i] = np.median(around)
            spread[i] = 1.4826 * np.median(np.abs(around - usual[i]))
    sd = np.fmax(np.sqrt(np.fmax(usual, 1)), spread)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = values / usual
    beyond = ((values < usual - FEWER * sd) & (ratio <= 1 / factor)) | (
        (values > usual + MORE * sd) & (ratio >= factor)
    )
    return pd.Series(ratio, index=weekly.index).loc[beyond & (usual > 0)]
