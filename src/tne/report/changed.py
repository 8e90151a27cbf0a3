"""What does one change of policy come to, reduced to what may be published?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tne.report.areas import name_of, title_of
from tne.report.disclosure import publishable
from tne.report.published import level_row
from tne.report.standing import Standing, estimate_row, standing
from tne.report.voice import Voice

HIDDEN, SOON, LEVEL, UNCLEAR, LATE = "hidden", "soon", "level", "unclear", "late"
BACK, MAYBE, STILL = "back", "maybe", "still"
ROSE = (BACK, MAYBE, STILL)
SPAN = 4  # weeks that make one level


@dataclass(frozen=True, eq=False)
class Changed:
    """One change of policy in one market, after the disclosure gate; numbers in points, NaN where not shown.

    `state`: ``"hidden"`` (too few people), ``"soon"`` (too few weeks), ``"level"`` (no rise beyond the
    margin), ``"unclear"`` (neither a rise nor its absence is shown), ``"late"`` (no rise at first, but in the last
    weeks), ``"back"`` (at the earlier level again, and shown
    to be), ``"maybe"`` (not shown to be), ``"still"`` (above it in the last weeks).
    `briefing` is the standing of the programme that answered it, None without one.
    """

    area: str
    version: str
    day: pd.Timestamp
    state: str
    rise: Mapping[str, Any]
    latest: Mapping[str, Any]
    recovery: Mapping[str, Any]
    margin: float
    programme_id: str
    briefing: Standing | None
    found: Any

    title = property(title_of)
    name = property(name_of)

    @property
    def early(self) -> bool:
        """Whether the first weeks are still the last ones."""
        weekly = self.found.weekly.to_frame()["week"]
        return bool(len(weekly)) and weekly.max() + 1 <= SPAN

    @property
    def group(self) -> str:
        """The name of the change in ``estimates.csv``."""
        return f"{self.area} {self.version}"


def changed(
    voice: Voice, calendar: pd.DataFrame, found: Iterable[Any], effects: Iterable[Any] = ()
) -> tuple[Changed, ...]:
    """Reduce changes of policy to what may be published, in the order of the calendar.

    Parameters
    ----------
    voice : Voice
    calendar : DataFrame
        Of `tne.policy_calendar`.
    found : iterable of PolicyChange
        One per row of the calendar.
    effects : iterable of ProgrammeEffect
        Of the briefings.

    Returns
    -------
    tuple of Changed

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5, or there is not one finding per row.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> weeks = pd.DataFrame({"policy_area": ["spam"] * 30, "period": range(2915, 2945), "n": 400, "n_people": 30})
    >>> weeks["value"] = 0.10 + 0.01 * (weeks.index * 7 % 5 - 2) / 2 + 0.08 * weeks.index.isin(range(14, 20))
    >>> day = pd.to_datetime(["2025-01-01", "2026-02-10"], utc=True)
    >>> policies = pd.DataFrame({"policy_area": "spam", "policy_version": ["1", "2"], "effective_at": day, "title": ""})
    >>> calendar = tne.policy_calendar(policies, weeks)
    >>> found = [tne.policy_change(weeks, area="spam", start=calendar["start"].iloc[0])]
    >>> [(item.area, item.state) for item in tne.say.changed(voice, calendar, found)]
    [('spam', 'back')]
    """
    briefings = {item.programme_id: item for item in (standing(voice, effect) for effect in effects)}
    return tuple(
        _changed(voice, row, one, briefings.get(row["programme_id"]))
        for row, one in zip(calendar.to_dict("records"), found, strict=True)
    )


def change_rows(voice: Voice, item: Changed) -> list[dict[str, Any]]:
    """Return the rows of ``estimates.csv`` of one change; a number that is not shown is empty with a note."""
    key = {"programme_id": item.programme_id, "group": item.group, "level": "behaviour"}
    out = []
    for term in ("rise", "latest", "recovery"):
        row = getattr(item, term)
        note = "" if math.isfinite(row["estimate"]) else "few_people" if item.state == HIDDEN else "unknown"
        out.append(level_row(voice, key, "policy_error", term, row, note=note))
    return out


def _changed(voice: Voice, row: Mapping[str, Any], found: Any, briefing: Standing | None) -> Changed:
    gated = {
        term: publishable(estimate_row(getattr(found, term)), min_n=voice.min_n, share=False)
        for term in ("rise", "latest", "recovery")
    }
    return Changed(
        area=str(row["policy_area"]),
        version=str(row["policy_version"]),
        day=pd.Timestamp(row["effective_on"]),
        state=_state(found, gated),
        margin=float(found.margin),
        programme_id=str(row["programme_id"]),
        briefing=briefing,
        found=found,
        **gated,
    )


def _state(found: Any, gated: Mapping[str, Mapping[str, Any]]) -> str:
    if math.isnan(found.rise.estimate):
        return SOON
    if math.isnan(gated["rise"]["estimate"]):
        return HIDDEN
    above = found.latest.conf_low > 0 and found.latest.estimate > found.margin
    if not found.rise.conf_low > 0:
        if above:
            return LATE
        return LEVEL if found.rise.conf_high <= found.margin else UNCLEAR
    if above:
        return STILL
    if found.rise.estimate <= found.margin:
        return LEVEL  # a rise of no more than the margin leaves nothing to recover from
    # the last weeks are within the margin, or chance may have put them above it
    return BACK if math.isfinite(found.recovery.conf_high) else MAYBE
