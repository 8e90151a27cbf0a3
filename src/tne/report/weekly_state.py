"""What does one measure come to in its last full week, reduced to what may be published?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE, PEOPLE_UNKNOWN, publishable, publishable_frame
from tne.report.published import level_row
from tne.report.rounding import decimals_for
from tne.report.voice import Voice

FIRST_MONDAY = pd.Timestamp("1970-01-05")
ABOVE, BELOW, USUAL = "above", "below", "usual"
FEW, SHORT, HIDDEN, WAITING = "few", "short", "hidden", "waiting"
MOVED = (ABOVE, BELOW)
JUDGED = (ABOVE, BELOW, USUAL)
LEVEL = {"error_rate": "behaviour"}
DOMINATED = "few_dominate"
SHOWN = ("error_rate", "cases_per_day", "handle_seconds", "exposure_minutes", "appeal_rate", "overturn_rate")
_SCALE = {"share": 100.0}


@dataclass(frozen=True, eq=False)
class Weekly:
    """One measure after the disclosure gate, in the unit that is shown (shares in per cent); NaN where not shown.

    `state`: ``"above"`` or ``"below"`` its usual range, ``"usual"``, or why it is not judged: ``"short"`` (too few
    weeks before), ``"few"`` (too few counts), ``"hidden"`` (too few people), ``"waiting"`` (no week is settled yet).
    `edge`: the code of a share of 0 or 100 per cent, whose value and change are not shown. `why`: the code of what
    hides the last full week, "" where it is shown.
    """

    measure: str
    state: str
    week: pd.Timestamp
    value: float
    low: float
    high: float
    change: Mapping[str, float]
    decimals: int
    events: tuple[Mapping[str, Any], ...]
    weeks: pd.DataFrame  # gated: week, estimate, centre, lower, upper, signal, provisional, n_people, note
    provisional: tuple[pd.Timestamp, ...]
    alike: bool  # neighbouring weeks resemble each other
    rows: tuple[Mapping[str, Any], ...]
    edge: str = ""
    why: str = ""

    @property
    def moved(self) -> bool:
        """Whether the last full week lies outside its usual range."""
        return self.state in MOVED


def weekly_items(voice: Voice, found: Mapping[str, Any], events: pd.DataFrame) -> tuple[Weekly, ...]:
    """Reduce the measures to what may be published, those that moved first.

    Parameters
    ----------
    voice : Voice
    found : mapping of str to WeeklySignals
        By measure, as in `tne.weekly_operations`.
    events : DataFrame
        Of `tne.weekly_events`.

    Returns
    -------
    tuple of Weekly

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> days = pd.date_range("2026-01-05", periods=16, freq="7D").repeat(12)
    >>> production = pd.DataFrame({"moderator_id": [*range(12)] * 16, "queue": "q", "date": days})
    >>> production["cases"] = np.repeat([100, 104, 98, 101] * 3 + [103, 99, 140, 0], 12)
    >>> weeks = tne.weekly_operations(production)
    >>> columns = {"value": "value", "period": "period", "provisional": "provisional"}
    >>> signals = tne.weekly_signals(weeks, **columns, fewest_people=10)
    >>> events = tne.weekly_events(weeks["week"])
    >>> items = tne.say.weekly_items(voice, {"cases_per_day": signals}, events)
    >>> [(item.measure, item.state) for item in items]
    [('cases_per_day', 'above')]
    """
    items = [_item(voice, name, found[name], events) for name in SHOWN if name in found]
    return tuple(sorted(items, key=lambda item: (not item.moved, -item.week.value if item.moved else 0)))


def events_of(voice: Voice, events: pd.DataFrame, week: pd.Timestamp) -> tuple[dict[str, Any], ...]:
    """Return what coincides with a week and may be said: what is about fewer people than the threshold is left out."""
    if not len(events) or pd.isna(week):
        return ()
    own = events.loc[events["week"].eq(week)]
    own = own.loc[~own["event"].isin(("training", "joined", "moved")) | own["n_people"].ge(voice.min_n)]
    own = own.sort_values("n_people", ascending=False, kind="stable").drop_duplicates(["event", "what"])
    return tuple(own.sort_index().to_dict("records"))


def _item(voice: Voice, measure: str, found: Any, events: pd.DataFrame) -> Weekly:
    frame = found.to_frame()
    frame["week"] = FIRST_MONDAY + pd.to_timedelta(7 * frame["period"].astype("int64"), unit="D")
    last = found.last
    row: Any = None if last is None else frame.loc[last.name]
    gated: Any = None if row is None else _gated(voice, row, found.kind)
    edge = _edge(gated)
    state = _state(row, gated)
    factor = _SCALE.get(str(frame["unit"].iloc[0]) if len(frame) else "", 1.0)
    shown = state not in (HIDDEN, WAITING)
    value = factor * float(row["estimate"]) if shown and not edge else math.nan
    low, high = _range(row, factor, found.kind) if state in JUDGED else (math.nan, math.nan)
    decimals = _decimals(value, low, high, row, factor)
    change = {
        name: factor * float(getattr(found.change, name)) for name in ("estimate", "conf_low", "conf_high")
    }
    if not shown or edge or not found.change.n_people >= voice.min_n:
        change = dict.fromkeys(change, math.nan)
    status = {check.name: check.status for check in found.checks}
    return Weekly(
        measure=measure,
        state=state,
        week=pd.NaT if row is None else row["week"],
        value=value,
        low=low,
        high=high,
        change=change,
        decimals=decimals,
        events=events_of(voice, events, row["week"]) if state in MOVED else (),
        weeks=_weeks(voice, frame, factor, found.kind, decimals),
        provisional=tuple(frame.loc[frame["provisional"] & frame["estimate"].notna(), "week"]),
        alike=status.get("autocorrelation") == "warn",
        rows=_rows(voice, measure, state, gated, row, found),
        edge=edge if shown else "",
        why=str(gated["note"]) if state == HIDDEN else "",
    )


def _gated(voice: Voice, row: pd.Series, kind: str) -> dict[str, Any]:
    names = ("estimate", "conf_low", "conf_high", "conf_level", "unit", "comparison", "n", "n_people")
    share = None if kind == "share" else False
    shown = publishable({name: row[name] for name in names} | {"note": ""}, min_n=voice.min_n, share=share)
    return shown | {"note": why_hidden(str(shown["note"]))}


def why_hidden(code: str) -> str:
    """Return the code of the reason: a week has no number of people only where two of them make nearly all of it."""
    return DOMINATED if code == PEOPLE_UNKNOWN else code


def _edge(gated: Mapping[str, Any] | None) -> str:
    note = "" if gated is None else str(gated["note"])
    return note if note in (BELOW_EDGE, ABOVE_EDGE) else ""


def _state(row: pd.Series | None, gated: Mapping[str, Any] | None) -> str:
    if row is None or gated is None:
        return WAITING
    if math.isnan(gated["estimate"]) and not _edge(gated):
        return HIDDEN
    if row["signal"]:
        return str(row["signal"])
    if row["judged"]:
        return USUAL
    return FEW if row["note"] == "too few to judge" else SHORT


def _range(row: pd.Series, factor: float, kind: str) -> tuple[float, float]:
    low, high = factor * float(row["lower"]), factor * float(row["upper"])
    low = max(low, 0.0)  # none of these measures can be negative
    return low, min(high, factor) if kind == "share" else high


def _decimals(value: float, low: float, high: float, row: pd.Series | None, factor: float) -> int:
    """Two significant digits of half the usual range, or of half the week's own interval without one."""
    if row is None or (math.isnan(value) and math.isnan(low)):
        return 1
    if math.isnan(low):
        low, high = (factor * float(row[name]) for name in ("conf_low", "conf_high"))
    return max(0, min(2, decimals_for(value, low, high)))


def _weeks(voice: Voice, frame: pd.DataFrame, factor: float, kind: str, decimals: int) -> pd.DataFrame:
    columns = ["week", "estimate", "centre", "lower", "upper", "signal", "provisional", "n_people"]
    out = frame[columns].copy()
    numbers = ["estimate", "centre", "lower", "upper"]
    out[numbers] = factor * out[numbers].astype(float)
    out["lower"] = out["lower"].clip(lower=0.0)
    if kind == "share":
        out["upper"] = out["upper"].clip(upper=factor)
    empty = out["estimate"].isna()
    out["note"] = empty.map({True: "empty_week", False: ""}).astype(object)
    small = ~empty & ~(out["n_people"] >= voice.min_n)
    unit = "percent" if kind == "share" else ""
    shares = out.assign(n=frame["n"], unit=unit)  # at 0 and 100 per cent the value alone is not shown
    gated = publishable_frame(shares, min_n=voice.min_n, share=None if kind == "share" else False)
    edge = gated["note"].isin((BELOW_EDGE, ABOVE_EDGE))
    gated = gated[[*columns, "note"]]
    gated["note"] = gated["note"].map(why_hidden).mask(empty, "empty_week")
    gated["signal"] = out["signal"].mask(small, "")
    gated["provisional"] = out["provisional"]
    gated[numbers] = out[numbers].mask(small | empty).round(decimals)
    gated["estimate"] = gated["estimate"].mask(edge)
    return gated.reset_index(drop=True)


def _rows(
    voice: Voice,
    measure: str,
    state: str,
    gated: Mapping[str, Any] | None,
    row: pd.Series | None,
    found: Any,
) -> tuple[dict[str, Any], ...]:
    """The rows of ``estimates.csv``: the week, its usual range, the change."""
    key = {"programme_id": "", "group": "all", "level": LEVEL.get(measure, "results")}
    if gated is None or row is None or state == HIDDEN:
        note = str(gated["note"]) if gated is not None and state == HIDDEN else "unknown"
        return (level_row(voice, key, measure, "week", {}, note=note),)
    out = [level_row(voice, key, measure, "week", gated, note=_edge(gated))]
    if state in JUDGED:
        low, high = _range(row, 1.0, found.kind)
        ends = {"estimate": row["centre"], "conf_low": low, "conf_high": high}
        usual = publishable(
            dict(gated) | ends | {"conf_level": round(1 - found.false_alarm, 4)},
            min_n=voice.min_n,
            share=False,
        )
        out.append(level_row(voice, key, measure, "usual_range", usual))
    change = publishable(found.change.as_row(), min_n=voice.min_n, share=False)
    note = _edge(gated) or ("" if math.isfinite(change["estimate"]) else "unknown")
    out.append(level_row(voice, key, measure, "change", change, note=note))
    return tuple(out)


def measures_judged(items: Sequence[Weekly]) -> int:
    """Return how many measures are judged in their last full week."""
    return sum(item.state in JUDGED for item in items)
