"""Where a programme stands: its effect, verdict and action, reduced to what may be published."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tne.report.block import estimates_row
from tne.report.catalogue import knows, phrase
from tne.report.disclosure import headcount, publishable
from tne.report.due import working_day
from tne.report.voice import Voice
from tne.result import ESTIMATE_COLUMNS

HARMFUL = "harmful"
HIDDEN = "hidden"
_EMPTY = ("", None)


@dataclass(frozen=True)
class Standing:
    """One programme in one market, after the disclosure gate. Numbers are in points; NaN is not shown.

    `state` is the verdict (``effective``, ``not_effective``, ``cannot_tell``), or ``harmful`` for a worsening that
    is shown, or ``hidden`` where too few people were compared. A hidden standing carries no number at all.
    """

    programme_id: str
    title: str
    state: str
    action: str
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    conf_level: float = 0.95
    minimum: float = math.nan
    letter: str = ""
    precision: str = ""
    design: str = ""
    reason: str = "too_few_people"
    reasons: tuple[str, ...] = ()
    would_raise: tuple[str, ...] = ()
    owner_role: str = "training_analyst"
    due: dt.date | None = None
    detectable: float = math.nan
    people_needed: float = math.nan
    weeks_needed: float = math.nan
    n: float = math.nan
    n_people: float = math.nan
    n_trained: float = math.nan
    n_comparison: float = math.nan
    naive: float = math.nan
    expected: float = math.nan
    selected: bool = False
    planned: bool = False
    comparison: str = ""
    note: str = ""
    checks: tuple[Any, ...] = ()

    @property
    def loss_possible(self) -> bool:
        """Whether a loss as large as the smallest effect worth having is not ruled out."""
        return self.low <= -self.minimum  # False where there is no minimum

    @property
    def shown(self) -> bool:
        """Whether an effect is shown."""
        return math.isfinite(self.estimate)


def standings(voice: Voice, effects: Iterable[Any]) -> tuple[Standing, ...]:
    """Return the standing of each programme, in the order given."""
    return tuple(standing(voice, effect) for effect in effects)


def by_verdict(items: Iterable[Standing]) -> tuple[Standing, ...]:
    """Order programmes for reading: what worked, what did harm, what did not work, what is open."""
    order = {"effective": 0, HARMFUL: 1, "not_effective": 2, "cannot_tell": 3, HIDDEN: 4}
    return tuple(sorted(items, key=lambda item: (order.get(item.state, 3), not item.shown)))


def _reason(decision: Any, gated: Mapping[str, Any], minimum: float) -> str:
    """Return the code of the reason; a wide interval that allows a loss worth naming says so."""
    wide = str(decision.reason) == "interval_too_wide" and _number(gated["conf_low"]) <= -minimum
    return "interval_too_wide_or_loss" if wide else str(decision.reason)


def standing(voice: Voice, effect: Any) -> Standing:
    """Reduce a `ProgrammeEffect` (or anything with its attributes) to what may be published.

    Notes
    -----
    A number is hidden where fewer than ``voice.min_n`` people are in the smaller group, or where their number is
    unknown. Then verdict, grade and reasons are hidden too, because they follow from it, and the action is
    "measure better": it says nothing about the people.
    """
    raw = estimate_row(effect.effect)
    gated = publishable(raw, min_n=voice.min_n)
    trained, comparison = _people(voice, effect.n_trained), _people(voice, effect.n_comparison)
    grade, decision = effect.grade, effect.decision
    common: dict[str, Any] = {
        "programme_id": str(effect.programme_id),
        "title": str(effect.title),
        "due": _due(getattr(decision, "due", None)),
        "n_trained": trained,
        "n_comparison": comparison,
        "minimum": _number(getattr(effect, "minimum_effect", math.nan)),
        "planned": bool(getattr(effect, "planned", False)),
    }
    undefined = math.isnan(_number(raw["estimate"]))
    few = _number(effect.n_trained) < voice.min_n or _number(raw["n_people"]) < voice.min_n
    if few or (not undefined and math.isnan(_number(gated["estimate"]))):
        note = str(gated.get("note") or "") if not undefined else "few_people"
        return Standing(state=HIDDEN, action="measure_better", note=note or "few_people", **common)
    verdict = str(decision.verdict)
    if verdict == "not_effective" and _number(gated["conf_high"]) < 0:
        verdict = HARMFUL
    selected = _selected(effect)
    naive, expected = _by_itself(voice, effect) if selected else (math.nan, math.nan)
    if selected and grade.letter in (
        "D",
        "E",
    ):  # without comparable people the number would read as an effect
        gated |= {"estimate": math.nan, "conf_low": math.nan, "conf_high": math.nan}
    return Standing(
        state=verdict,
        action=str(decision.action),
        estimate=_number(gated["estimate"]),
        low=_number(gated["conf_low"]),
        high=_number(gated["conf_high"]),
        conf_level=_number(raw["conf_level"]),
        letter=str(grade.letter),
        precision=str(grade.precision),
        design=str(effect.design),
        reason=_reason(decision, gated, common["minimum"]),
        reasons=tuple(grade.reasons),
        would_raise=tuple(grade.would_raise),
        owner_role=str(decision.owner_role),
        detectable=_number(getattr(decision, "detectable", math.nan)),
        people_needed=_number(getattr(decision, "people_needed", math.nan)),
        weeks_needed=_number(getattr(decision, "weeks_needed", math.nan)),
        n=_number(gated["n"]),
        n_people=_number(gated["n_people"]),
        naive=naive,
        expected=expected,
        selected=selected,
        comparison=str(raw["comparison"] or ""),
        note=str(decision.reason) if math.isnan(_number(gated["estimate"])) else "",
        checks=tuple(getattr(effect, "checks", ())),
        **common,
    )


def effect_finding(voice: Voice, effect: Any) -> str:
    """Return the variant of the title over an effect's weeks: ``"rose"``, ``"fell"``, ``"flat"`` or ``"unclear"``.

    Parameters
    ----------
    voice : Voice
    effect : ProgrammeEffect
        Anything with its attributes will do.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice, ws = tne.say.voice({"market": "IE", "language": "en-IE"}), tne.open("data/sample")
    >>> programme = ws.programme("appeals-workshop")
    >>> effect = tne.primary_effect(ws.panel("appeals-workshop"), market="IE", programme=programme)
    >>> tne.say.effect_finding(voice, effect)
    'unclear'
    """
    found = {"effective": "rose", HARMFUL: "fell", "not_effective": "flat"}
    return found.get(standing(voice, effect).state, "unclear")


def rows(voice: Voice, items: Iterable[Standing]) -> tuple[dict[str, Any], ...]:
    """Return the rows of ``estimates.csv``: the effect and the verdict of each programme."""
    out = []
    for item in items:
        key = {
            "report": voice.report,
            "market": voice.market,
            "programme_id": item.programme_id,
            "group": "all",
            "period": voice.period,
            "level": "behaviour",
            "grade": item.letter,
            "precision": item.precision,
            "note": english_note(voice, item.note),
        }
        out.append(
            estimates_row(
                **key,
                measure="accuracy",
                term="effect",
                estimate=item.estimate,
                conf_low=item.low,
                conf_high=item.high,
                conf_level=item.conf_level,
                unit="points",
                comparison=item.comparison,
                n=item.n,
                n_people=item.n_people,
            )
        )
        out.append(estimates_row(**key, measure="verdict", term="decision", decision=item.action))
    return tuple(out)


def estimate_row(estimate: Any) -> dict[str, Any]:
    """Return an estimate's fixed columns as a dict; absent ones are NaN or ""."""
    if isinstance(estimate, Mapping):
        return {name: estimate.get(name, _default(name)) for name in ESTIMATE_COLUMNS}
    return {name: getattr(estimate, name, _default(name)) for name in ESTIMATE_COLUMNS}


def english_note(voice: Voice, code: str) -> str:
    """Return the note of a row of ``estimates.csv``; English for every market, so that markets can be compared.

    Notes
    -----
    Only codes have words: free text of an analysis may name counts, so that it gets the general phrase.
    """
    if not code:
        return ""
    family = next((f for f in ("note", "reason") if knows("en", f"{f}.{code}")), "")
    return phrase("en", f"{family}.{code}" if family else "note.unknown").format(min_n=voice.min_n)


def _default(name: str) -> Any:
    if name == "conf_level":
        return 0.95
    return "" if name in {"term", "unit", "estimand", "comparison", "method", "note"} else math.nan


def _selected(effect: Any) -> bool:
    codes = tuple(getattr(effect.grade, "reasons", ()))
    names = {check.name: check.status for check in getattr(effect, "checks", ())}
    return (
        "selected_because_low" in codes
        or math.isfinite(_number(getattr(effect, "regression_to_mean", math.nan)))
        or names.get("regression_to_mean") in ("warn", "fail")
    )


def _by_itself(voice: Voice, effect: Any) -> tuple[float, float]:
    """The change before and after, and the part of it that was expected anyway, both gated."""
    naive = getattr(effect, "naive", None)
    if naive is None:
        return math.nan, math.nan
    gated = publishable(estimate_row(naive), min_n=voice.min_n)
    change = _number(gated["estimate"])
    return change, _number(getattr(effect, "regression_to_mean", math.nan)) if math.isfinite(
        change
    ) else math.nan


def _people(voice: Voice, n: Any) -> float:
    count = _number(n)
    return headcount(count) if count >= voice.min_n else math.nan


def _due(value: Any) -> dt.date | None:
    return None if value in _EMPTY or pd.isna(value) else working_day(pd.Timestamp(value).date())


def _number(value: Any) -> float:
    return math.nan if value is None or isinstance(value, str) or pd.isna(value) else float(value)
