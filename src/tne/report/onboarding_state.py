"""How does each wave of new people stand, reduced to what may be published, and what should be done?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE, headcount
from tne.report.onboarding_hires import wave_name
from tne.report.onboarding_numbers import (
    EARLY,
    forecast_weeks,
    left_before,
    median,
    one_more_hidden,
    one_row,
    people_told,
    ratio_rows,
    share_by,
)
from tne.report.published import level_row
from tne.report.voice import Voice

ALL = "all"
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
    left: dict[str, Any]
    quality: Mapping[str, Any]
    forecast: Mapping[str, Any]
    ratio: Mapping[str, Any]
    week: int
    action: str = "collect"
    look: float = math.nan
    rows: tuple[dict[str, Any], ...] = field(default=(), repr=False)

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

    Returns
    -------
    tuple of HireWave

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> hired = pd.DataFrame({"moderator_id": range(24), "cohort": [2900] * 12 + [2910] * 12, "duration": [4, 6] * 12})
    >>> hired = tne.say.hire_waves(voice, hired.assign(event="proficient"))
    >>> [(item.code, item.hired) for item in tne.say.onboarding_items(voice, hired, week=12)]
    [('all', 25.0), ('2025-08', 10.0), ('2025-10', 10.0)]
    """
    if not len(hired):
        return ()
    waves = [name for name in hired["wave"].cat.categories if len(hired["wave"].cat.categories) > 1]
    slower = {} if ratios is None else ratio_rows(voice, ratios)
    out = []
    for code in [ALL, *map(str, waves)]:
        own = hired if code == ALL else hired.loc[hired["wave"].eq(code)]
        known = len(own) >= voice.min_n
        counts = {
            name: people_told(voice, own["event"].eq(name).sum())
            for name in ("proficient", "left", "censored")
        }
        found = (forecasts or {}).get(code)
        item = HireWave(
            code=code,
            name=wave_name(voice, code),
            hired=float(headcount(len(own), least=voice.min_n)) if known else math.nan,
            proficient=counts["proficient"],
            gone=counts["left"],
            running=counts["censored"],
            median=median(voice, one_row(times, code, term="median")),
            ready=share_by(voice, own, shares, code, "proficient", week),
            left=left_before(voice, own, share_by(voice, own, shares, code, "left", week), week),
            quality=share_by(voice, own, () if quality is None else (quality,), code, "proficient", week),
            forecast=forecast_weeks(voice, own, found),
            ratio=slower.get(code, {"estimate": math.nan, "note": ""}),
            week=week,
        )  # fmt: skip
        gone = one_row(shares, code, cause="left", time=str(float(week))) or {"estimate": 0.0}
        many = item.left["note"] != EARLY and 100 * gone["estimate"] >= MANY_LEFT
        out.append((item, own, many))
    hidden = one_more_hidden([item.left for item, _, _ in out])
    return tuple(
        _finished(voice, replace(item, left=left), own, many, programme_id)
        for (item, own, many), left in zip(out, hidden, strict=True)
    )


def _finished(voice: Voice, item: HireWave, own: pd.DataFrame, many: bool, programme_id: str) -> HireWave:
    """The item with its action and its rows of ``estimates.csv``."""
    look = max(0.0, item.week - float(own["duration"].max())) if item.shown and len(own) else math.nan
    action = _action(item, many)
    return replace(item, action=action, look=look, rows=_rows(voice, item, programme_id))


def _action(item: HireWave, many: bool) -> str:
    """What to do: by rule, the most urgent first. `many` left: that is said even where the share is not."""
    if not item.shown:
        return "collect"
    if many:
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
