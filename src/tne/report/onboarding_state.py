"""How does each wave of new people stand, reduced to what may be published, and what should be done?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE, FLOOR, headcount, publishable
from tne.report.onboarding_hires import MEDIAN_FROM, wave_name
from tne.report.published import level_row
from tne.report.standing import estimate_row
from tne.report.voice import Voice

ALL = "all"
FEW_MEDIAN, NOT_HALF, EARLY, FEW_LEFT = "few_for_median", "not_half", "too_early", "few_left"
LIMITS = ("estimate", "conf_low", "conf_high")
MANY_LEFT = 20.0  # per cent that left by the fixed week: then it is what to look at first
ROLE = {
    "collect": "training_lead",
    "leavers": "market_lead",
    "slow": "training_lead",
    "fast": "training_lead",
    "quality": "trainer",
    "speed": "trainer",
    "both": "trainer",
    "wait": "training_lead",
    "same": "training_lead",
    "carry_on": "training_lead",
}
DAYS = 14  # to act


@dataclass(frozen=True, eq=False)
class HireWave:
    """One wave after the disclosure gate; shares in per cent, times in whole weeks, NaN with a note where not shown.

    `code`: ``"all"`` or the months of hire. `hired`, `proficient`, `gone`, `running`: people, rounded to 5, NaN below
    the threshold. `median`: weeks until half are proficient, were nobody to leave. `ready`, `left`: share that is
    proficient, and that left before, by the fixed week. `quality`: share that is accurate enough by then, whatever its
    speed. `forecast`: weeks from the last day of the data until it is ready. `ratio`: rate at which it becomes
    proficient, against the first wave. `action`: a code of `ROLE`; `look`: weeks from the last day of the data after
    which it can be told.
    """

    code: str
    name: str
    hired: float
    proficient: float
    gone: float
    running: float
    median: Mapping[str, Any]
    ready: Mapping[str, Any]
    left: Mapping[str, Any]
    quality: Mapping[str, Any]
    forecast: Mapping[str, Any]
    ratio: Mapping[str, Any]
    week: int
    action: str = "collect"
    look: float = math.nan
    rows: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @property
    def shown(self) -> bool:
        """Whether anything may be said of this wave."""
        return math.isfinite(self.hired)


def onboarding_items(
    voice: Voice,
    hired: pd.DataFrame,
    *,
    week: int,
    times: Sequence[Any] = (),
    shares: Sequence[Any] = (),
    quality: Any = None,
    ratios: Any = None,
    forecasts: Mapping[str, Any] | None = None,
    programme_id: str = "",
) -> tuple[HireWave, ...]:
    """Reduce all new people and each wave to what may be published, all first.

    Parameters
    ----------
    voice : Voice
    hired : DataFrame
        Of `tne.proficiency`, with the column ``wave`` of `hire_waves`.
    week : int
        The fixed week.
    times : sequence of TimeToProficiency
        Of all, and by wave.
    shares : sequence of CumulativeIncidence
        Of all, and by wave.
    quality : CumulativeIncidence, optional
        Of all, by the accuracy that the rule asks for alone.
    ratios : HazardRatio, optional
        Each wave against the first.
    forecasts : mapping of str to Forecast, optional
        By wave that is running.
    programme_id : str
        Of the onboarding, where there is one.
    """
    if not len(hired):
        return ()
    waves = [name for name in hired["wave"].cat.categories if len(hired["wave"].cat.categories) > 1]
    slower = {} if ratios is None else _ratio_rows(voice, ratios)
    out = []
    for code in [ALL, *map(str, waves)]:
        own = hired if code == ALL else hired.loc[hired["wave"].eq(code)]
        known = len(own) >= voice.min_n
        counts = {
            name: _people(voice, own["event"].eq(name).sum()) for name in ("proficient", "left", "censored")
        }
        found = (forecasts or {}).get(code)
        item = HireWave(
            code=code,
            name=wave_name(voice, code),
            hired=float(headcount(len(own), least=voice.min_n)) if known else math.nan,
            proficient=counts["proficient"],
            gone=counts["left"],
            running=counts["censored"],
            median=_median(voice, _one(times, code, term="median")),
            ready=_share(voice, own, shares, code, "proficient", week),
            left=_left(own, _share(voice, own, shares, code, "left", week)),
            quality=_share(voice, own, () if quality is None else (quality,), code, "proficient", week),
            forecast=_forecast(voice, own, found),
            ratio=slower.get(code, {"estimate": math.nan, "note": ""}),
            week=week,
        )  # fmt: skip
        out.append(_finished(voice, item, own, week, programme_id))
    return tuple(out)


def _one(found: Sequence[Any], code: str, **where: Any) -> dict[str, Any] | None:
    for result in found:
        frame = result.to_frame()
        own = frame.loc[frame["group"].astype(str).eq(code)]
        for name, value in where.items():
            own = own.loc[own[name].astype(str).eq(value)]
        if len(own):
            return own.iloc[0].to_dict()
    return None


def _people(voice: Voice, n: int) -> float:
    return float(headcount(n, least=voice.min_n)) if n >= voice.min_n else math.nan


def _median(voice: Voice, row: Mapping[str, Any] | None) -> dict[str, Any]:
    """The median in whole weeks, from 20 people."""
    if row is None:
        return {**estimate_row({}), "note": FEW_MEDIAN}
    given = dict(estimate_row(row)) | {"unit": "weeks", "note": ""}
    if not given["n_people"] >= max(MEDIAN_FROM, voice.min_n):
        return {**given, **dict.fromkeys(LIMITS, math.nan), "note": FEW_MEDIAN}
    gated = publishable(given, min_n=voice.min_n, share=False)
    whole = {name: float(math.floor(given[name] + 0.5)) for name in LIMITS if math.isfinite(given[name])}
    out = {**gated, **whole}
    return out if math.isfinite(out["estimate"]) else {**out, "note": NOT_HALF}


def _share(
    voice: Voice, own: pd.DataFrame, found: Sequence[Any], code: str, cause: str, week: int
) -> dict[str, Any]:
    """The share that ended so by the fixed week, per cent; of a cause that nobody has, that nobody has it."""
    row = _one(found, code, cause=cause, time=str(float(week))) or {}
    # of whom it is known by that week; the others say nothing of it yet
    known = float((own["event"].ne("censored") | own["duration"].ge(week)).sum())
    given = dict(estimate_row(row)) | {"n_people": known, "n_people_total": float(len(own)), "note": ""}
    if not row and found:  # nobody ended so
        given |= {"estimate": 0.0, "n": float(len(own))}
    given |= {name: 100 * given[name] for name in LIMITS} | {"unit": "percent"}
    if len(own) >= voice.min_n and (known < voice.min_n or math.isnan(given["estimate"])):
        return {**given, **dict.fromkeys(LIMITS, math.nan), "n_people": math.nan, "note": EARLY}
    return publishable(given, min_n=voice.min_n)


def _left(own: pd.DataFrame, row: dict[str, Any]) -> dict[str, Any]:
    """The share that left; of fewer than five leavers it would say who they are."""
    few = own["event"].eq("left").sum() < FLOOR and (
        math.isfinite(row["estimate"]) or row["note"] == BELOW_EDGE
    )
    return {**row, **dict.fromkeys(LIMITS, math.nan), "note": FEW_LEFT} if few else row


def _forecast(voice: Voice, own: pd.DataFrame, found: Any) -> dict[str, Any]:
    """Weeks until the wave is ready, whole: its members' weeks since hire, counted for the one hired last."""
    if found is None:
        return {"estimate": math.nan, "note": ""}
    row = dict(estimate_row(found.get(term="ready_at"))) | {"unit": "weeks", "note": ""}
    gated = publishable(row, min_n=voice.min_n, share=False)
    youngest = float(own.loc[own["event"].eq("censored"), "duration"].min())
    weeks = {n: max(0.0, math.ceil(row[n] - youngest)) for n in LIMITS if math.isfinite(gated[n])}
    return gated | (weeks if math.isfinite(youngest) else dict.fromkeys(LIMITS, math.nan))


def _ratio_rows(voice: Voice, ratios: Any) -> dict[str, dict[str, Any]]:
    """Hazard ratio of each wave that is compared, gated."""
    out = {}
    for row in ratios.to_frame().to_dict("records"):
        code = str(row["term"]).removeprefix(str(row["covariate"]))
        out[code] = publishable(estimate_row(row), min_n=voice.min_n, share=False)
    return out


def _finished(voice: Voice, item: HireWave, own: pd.DataFrame, week: int, programme_id: str) -> HireWave:
    """The item with its action and its rows of ``estimates.csv``."""
    look = max(0.0, week - float(own["duration"].max())) if item.shown and len(own) else math.nan
    action = _action(item)
    values = {name: getattr(item, name) for name in item.__dataclass_fields__}
    return HireWave(**values | {"action": action, "look": look, "rows": _rows(voice, item, programme_id)})


def _action(item: HireWave) -> str:
    """What to do: by rule, the most urgent first."""
    if not item.shown:
        return "collect"
    if _number(item.left) >= MANY_LEFT or item.left["note"] == ABOVE_EDGE:
        return "leavers"
    if item.ready["note"] == EARLY:
        return "wait"
    if _number(item.ratio, "conf_high") < 1:
        return "slow"
    if _number(item.ratio, "conf_low") > 1:
        return "fast"
    ready = _level(item.ready)
    if item.code == ALL and ready < 50:
        accurate = _level(item.quality)
        if not math.isfinite(accurate):
            return "both"
        # of those who are not there by both, half or more are accurate enough
        return "speed" if accurate - ready >= (100 - ready) / 2 else "quality"
    if _number(item.forecast) > 0:
        return "wait"
    return "carry_on" if item.code == ALL else "same"


def _level(row: Mapping[str, Any]) -> float:
    """A share in per cent, the coded edges included; NaN where it is not shown."""
    if row["note"] in (BELOW_EDGE, ABOVE_EDGE):
        return 0.0 if row["note"] == BELOW_EDGE else 100.0
    return float(row["estimate"])


def _number(row: Mapping[str, Any], name: str = "estimate") -> float:
    value = row.get(name, math.nan)
    return float(value) if value is not None else math.nan


def _rows(voice: Voice, item: HireWave, programme_id: str) -> tuple[dict[str, Any], ...]:
    key = {"programme_id": programme_id, "group": item.code, "level": "behaviour"}
    out = []
    for measure, term, row in (
        ("time_to_proficiency", "median", item.median),
        ("proficient", f"week_{item.week}", item.ready),
        ("left_before", f"week_{item.week}", item.left),
    ):
        note = "" if math.isfinite(row["estimate"]) else str(row.get("note") or "unknown")
        out.append(level_row(voice, key, measure, term, row, note=note))
    return tuple(out)
