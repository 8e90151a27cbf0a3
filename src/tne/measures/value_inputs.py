"""Which assumptions does the value of a programme rest on, and which of them are missing?"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from tne.checks import require_choice
from tne.measures.ratio import quantile_of
from tne.measures.value_model import HALF, KNOWN_ONE, Model
from tne.measures.value_range import RANGE, Assumption, assumption
from tne.result import Estimate

_CODE = re.compile(r"[A-Z]{3}")
LETTERS = ("A", "B", "C", "D", "E")
GRADE_C = "grade C: times a share of 0 to 1 (triangular, mode .5) that was due to the training"
ERRORS_UNPRICED = "avoided errors are not priced: saved minutes alone"
NOTHING = Assumption("known", 0.0, 0.0, 0.0)
FOREVER = Assumption("known", math.inf, math.inf, math.inf)
NOT_KNOWN = Assumption("unknown", math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Inputs:
    """What was given, read and checked.

    Parameters
    ----------
    model : Model
    effect : Estimate
        As given, for its people.
    measured : Assumption
        The effect as estimated, also where the grade does not allow to value it.
    letter, currency : str
    sure : bool
        Whether the effect has an interval of its own.
    lack : str
        Code of what is missing: ``no_costs``, ``no_value`` (of an avoided error), ``no_volume``, ``no_effect``,
        ``currencies_differ``; "" if nothing is.
    notes : tuple of str
    """

    model: Model
    effect: Estimate
    measured: Assumption
    letter: str
    currency: str
    sure: bool
    lack: str
    notes: tuple[str, ...]


def inputs_of(
    effect: Any,
    *,
    grade: Any,
    volume: Any,
    value: Any,
    costs: Any,
    weeks: float,
    half_life: Any,
    measured_weeks: float,
    rate: float | None,
    saved_minutes: Any,
    conf_level: float,
) -> Inputs:
    """Read every assumption; what is missing is said, what is wrong raises."""
    letter = getattr(grade, "letter", grade)
    require_choice(letter, LETTERS, "grade")
    for name, given in (("weeks", weeks), ("measured_weeks", measured_weeks)):
        if isinstance(given, bool) or not (isinstance(given, Real) and 0 <= given < math.inf):
            raise ValueError(f"`{name}` is {given!r}. Give a finite number of weeks, 0 or more.")
    if rate is not None and not -1 < rate < math.inf:
        raise ValueError(f"`rate` is {rate!r}. Give interest per year as a share: 0.05 for 5 %.")
    notes: list[str] = []
    given_effect = _effect(effect)
    measured, sure = _measured(given_effect, conf_level, notes)
    priced = _prices(value)
    sheet = costs if isinstance(costs, Mapping) else {}
    if isinstance(costs, Estimate) and _CODE.fullmatch(costs.unit):
        sheet = {"currency": costs.unit}
    notes += [f"costs: {sheet['note']}"] if sheet.get("note") else []
    parts = {
        "effect": measured,
        "attribution": HALF if letter == "C" else KNOWN_ONE,
        "volume": assumption(volume, "volume", conf_level=conf_level),
        "avoided_error": assumption(priced.get("avoided_error"), "value", conf_level=conf_level),
        "saved_minutes": NOTHING
        if saved_minutes is None
        else assumption(saved_minutes, "saved_minutes", conf_level=conf_level, positive=False),
        "minute": assumption(priced.get("minute"), "value of a minute", conf_level=conf_level),
        "half_life": FOREVER
        if half_life is None
        else assumption(half_life, "half_life", conf_level=conf_level),
        "costs": assumption(
            _range(sheet) if isinstance(costs, Mapping) else costs, "costs", conf_level=conf_level
        ),
    }
    if not parts["half_life"].low > 0 and parts["half_life"].shape != "normal":
        raise ValueError(
            "`half_life` is 0 or unknown. Give weeks above 0, or None for an effect that does not fade."
        )
    differ = _currencies(priced, sheet)
    lack = differ or _lack(parts)
    if differ:
        parts["costs"] = NOT_KNOWN
        notes.append(
            f"costs are in {sheet['currency']}, values in {priced['currency']}: nothing is converted, "
            "and the programme is left out"
        )
    parts = _completed(parts, letter, notes)
    return Inputs(
        model=Model(parts, float(weeks), float(measured_weeks), rate),
        effect=given_effect,
        measured=measured,
        letter=str(letter),
        currency=str(priced.get("currency") or sheet.get("currency") or ""),
        sure=sure,
        lack=lack,
        notes=tuple(notes),
    )


def _effect(given: Any) -> Estimate:
    if isinstance(given, Estimate):
        return given
    if isinstance(given, tuple) and len(given) == 2:
        value, error = (float(v) for v in given)
        return Estimate(term="effect", estimate=value, std_error=error, note="given as a number")
    try:
        value = math.nan if given is None else float(given)
    except (TypeError, ValueError):
        raise TypeError(
            f"`effect` is {type(given).__name__}. Give an Estimate in points, (value, std_error) or a number."
        ) from None
    return Estimate(term="effect", estimate=value, note="given as a number")


def _measured(effect: Estimate, conf_level: float, notes: list[str]) -> tuple[Assumption, bool]:
    """The effect with its interval, and whether it has one."""
    if math.isnan(effect.estimate):
        return NOT_KNOWN, False
    if abs(effect.estimate) > 100:
        raise ValueError(f"`effect` is {effect.estimate:g}. Give percentage points of accuracy, at most 100.")
    error, df = effect.std_error, effect.df
    if math.isnan(error) and math.isfinite(effect.conf_low) and math.isfinite(effect.conf_high):
        # only an interval, as of a randomisation test: the error that a normal one of its width has
        error = (effect.conf_high - effect.conf_low) / (2 * quantile_of(effect.conf_level, math.nan))
        df = math.nan
        notes.append("the effect's standard error is taken from the width of its interval")
    sure = error >= 0
    if not sure:
        notes.append("the effect has no standard error")
    read = assumption(
        Estimate(term="effect", estimate=effect.estimate, std_error=error, df=df),
        "effect",
        conf_level=conf_level,
        positive=False,
    )
    return read, bool(sure)


def _prices(value: Any) -> dict[str, Any]:
    """``[value]`` as a table, or the price of an avoided error alone."""
    if value is None:
        return {}
    if isinstance(value, Mapping) and not set(value) & set(RANGE):
        strange = sorted(map(str, set(value) - {"currency", "avoided_error", "minute"}))
        if strange:
            raise ValueError(
                f"`value` has the unknown {', '.join(strange)}. It takes currency, avoided_error, minute."
            )
        return dict(value)
    return {"avoided_error": value}


def _range(sheet: Mapping[str, Any]) -> dict[str, Any] | None:
    held = {key: sheet[key] for key in RANGE if key in sheet}
    if not held and sheet:
        raise ValueError("`costs` has no low, mode and high. Give them, a number, or (value, std_error).")
    return held or None


def _currencies(priced: Mapping[str, Any], sheet: Mapping[str, Any]) -> str:
    both = priced.get("currency"), sheet.get("currency")
    return "currencies_differ" if all(both) and both[0] != both[1] else ""


def _lack(parts: Mapping[str, Assumption]) -> str:
    if math.isnan(parts["costs"].mean):
        return "no_costs"
    if math.isnan(parts["avoided_error"].mean):
        return "no_value"
    if math.isnan(parts["volume"].mean):
        return "no_volume"
    return "no_effect" if math.isnan(parts["effect"].mean) else ""


def _completed(parts: dict[str, Assumption], letter: str, notes: list[str]) -> dict[str, Assumption]:
    """Leave out what is not priced or, for its grade, not valued."""
    saves = parts["saved_minutes"].mean
    if letter in ("D", "E"):
        parts["effect"] = NOT_KNOWN
        notes.append(f"grade {letter} does not say how much was due to the training: break-even only")
        if saves != 0:
            parts["saved_minutes"] = NOTHING
            notes.append("saved minutes are not attributed to the training either")
    elif letter == "C":
        notes.append(GRADE_C)
    if parts["saved_minutes"].mean != 0 and math.isnan(parts["minute"].mean):
        notes.append("saved minutes are not priced: no value of a minute")
        parts["saved_minutes"] = NOTHING
    if parts["saved_minutes"] is NOTHING or parts["saved_minutes"].shape == "unknown":
        if parts["saved_minutes"].shape == "unknown":
            notes.append("the saved minutes are unknown and left out")
        parts["saved_minutes"], parts["minute"] = NOTHING, NOTHING
    elif math.isnan(parts["avoided_error"].mean):
        notes.append(ERRORS_UNPRICED)
        parts["avoided_error"] = NOTHING
    return parts
