"""The sections of the onboarding report: what proficient means, the ramp, the pace, wave by wave, the checks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from tne.report import figures
from tne.report.block import Block
from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE
from tne.report.exhibit import figure, table
from tne.report.figures.spoken import Shown
from tne.report.narrative import caveat, section
from tne.report.onboarding_compare import ramp_table
from tne.report.onboarding_curves import curve_names, hire_curves
from tne.report.onboarding_state import HireWave
from tne.report.onboarding_words import STEP, rule_sentence
from tne.report.threats import worst_checks
from tne.report.voice import Voice

RULE_ONLY = ("left_truncation", "speed")  # says nothing of the people
TOLD = ("left_truncation", "speed", "few_audits", "audit_noise", "leavers", "few_events", "follow_up")


def onboarding_missing(there: Mapping[str, bool], known: bool) -> str:
    """Return why nobody is known to be new: ``"no_audits"``, ``"no_hires"`` or ``"nobody"``.

    Parameters
    ----------
    there : mapping of str to bool
        Whether there are ``audits``.
    known : bool
        Whether days of hiring are on record.

    Returns
    -------
    str

    Examples
    --------
    >>> tne.say.onboarding_missing({"audits": True}, known=False)
    'no_hires'
    """
    if not there["audits"]:
        return "no_audits"
    return "nobody" if known else "no_hires"


def around(accuracy: float) -> tuple[float, float]:
    """Return how far below and above the target `noise_text` looks, inside 0 to 1.

    Parameters
    ----------
    accuracy : float
        The target, a share.

    Returns
    -------
    tuple of float

    Examples
    --------
    >>> tne.say.around(0.85)
    (-0.03, 0.03)
    """
    return -min(STEP, accuracy), min(STEP, 1 - accuracy)


def rule_table(voice: Voice, item: HireWave, rule: Mapping[str, Any]) -> Block:
    """Return the rule in words, and how many meet its accuracy alone beside how many meet all of it, gated.

    Parameters
    ----------
    voice : Voice
    item : HireWave
        All new people, of `onboarding_items`.
    rule : mapping
        ``accuracy`` and ``certainty`` (shares), ``k`` (weeks), ``rule``, ``min_audits``, ``seconds``, ``slower``,
        ``speed`` (bool).

    Returns
    -------
    Block
        Of kind ``"table"`` or ``"text"``.

    Raises
    ------
    ValueError
        If a number may not be shown.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> hired = pd.DataFrame({"moderator_id": range(12), "cohort": 2900, "duration": 4, "event": "proficient"})
    >>> item = tne.say.onboarding_items(voice, tne.say.hire_waves(voice, hired), week=12)[0]
    >>> rule = {"accuracy": 0.85, "certainty": 0.8, "k": 4, "rule": "lower_limit", "min_audits": 5, "speed": False}
    >>> tne.say.rule_table(voice, item, rule | {"seconds": 0.0, "slower": 1.1}).kind
    'text'
    """
    html = f"<p>{rule_sentence(voice, rule)}</p>"
    if not rule["speed"]:
        return Block(html=html, kind="text")
    rows = [("accurate", item.quality), ("both", item.ready)]
    if not any(math.isfinite(row["estimate"]) or row["note"] in (BELOW_EDGE, ABOVE_EDGE) for _, row in rows):
        return Block(html=html, kind="text")
    frame = pd.DataFrame([{"part": voice.text(f"onboarding.part_{name}"), **row} for name, row in rows])
    columns = {
        "part": voice.text("onboarding.head_part"),
        "estimate": voice.text("onboarding.head_ready", week=item.week),
        "interval": voice.text("column.interval"),
        "n_people": voice.text("column.n_people"),
    }
    made = table(voice, "hire_rule", frame, columns=columns, formats={"estimate": "percent"})
    return Block(html=html + made.html, kind="table")


def ramp(
    voice: Voice, fitted: pd.DataFrame, levels: pd.DataFrame, curve: Any, *, target: float
) -> list[Block]:
    """Return the section on how accuracy grows with tenure; nothing where no four weeks may be shown.

    Parameters
    ----------
    voice : Voice
    fitted : DataFrame
        Of `ramp_frame`.
    levels : DataFrame
        Of `tenure_levels`.
    curve : LearningCurve
        By wave, for the table of terms.
    target : float
        Accuracy of the rule, per cent.

    Returns
    -------
    list of Block
        Heading, caveat, figure, and what it does not show.

    Raises
    ------
    ValueError
        If a frame holds numbers that may not be shown.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> nothing = pd.DataFrame({"estimate": []})
    >>> tne.say.ramp(voice, nothing, nothing, None, target=85.0)
    []
    """
    if not len(levels) and not len(fitted):
        return []
    columns = ["group", "tenure", "estimate", "conf_low", "conf_high"]
    drawn = fitted if len(fitted) else pd.DataFrame(columns=columns)
    one = len(set(drawn["group"])) <= 1
    dots = levels if one and len(levels) else None
    axes = figures.learning_ramp(drawn, dots, voice=voice, target=target)
    values = figures.learning_ramp_values(drawn, dots, target)
    # measured where there is one ramp, else the ramps themselves, every four weeks
    behind = levels if dots is not None else drawn.loc[drawn["tenure"] % 4 == 0]
    first = {"weeks": voice.text("draw.weeks_since_hire")}
    if dots is None:
        first = {"group": voice.text("onboarding.head_wave"), "tenure": voice.text("draw.weeks_since_hire")}
    shown = {"estimate": voice.text("draw.accuracy"), "interval": voice.text("column.interval")}
    shown = {**first, **shown, "n_people": voice.text("column.n_people")}
    made = figure(
        voice, "learning_ramp", axes, table=behind, values=values, columns=shown, formats={"tenure": "count"}
    )
    terms = ramp_table(voice, curve)
    told = [section(voice, "ramp"), caveat(voice, "ramp"), made]
    if not len(fitted):
        told.append(Block(html=f"<p>{voice.html('onboarding.no_ramp')}</p>", kind="text"))
    return [*told, *([terms] if terms.html else [])]


def pace(voice: Voice, hired: pd.DataFrame, found: Any, *, item: HireWave | None = None) -> list[Block]:
    """Return the figure of how many became proficient and how many left before, or why there is none.

    Parameters
    ----------
    voice : Voice
    hired : DataFrame, one row per new person
        Of `tne.proficiency`: duration (weeks), event.
    found : CumulativeIncidence
        Of all.
    item : HireWave, optional
        All of them: the curves pass through its shares by the fixed week.

    Returns
    -------
    list of Block
        Caveat and figure, or a sentence.

    Raises
    ------
    ValueError
        If a frame holds numbers that may not be shown.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> hired = pd.DataFrame({"moderator_id": range(30), "duration": [4, 6, 9] * 10, "event": "proficient"})
    >>> hired.loc[:4, "event"] = "left"
    >>> found = tne.cumulative_incidence(hired, duration="duration", event="event")
    >>> [block.kind for block in tne.say.pace(voice, hired, found)]
    ['caveat', 'figure']
    """
    rows = {} if item is None else {"proficient": item.ready, "left": item.left}
    parts = []
    for cause in ("proficient", "left"):
        shown = cause in rows and math.isfinite(rows[cause]["estimate"])
        told = item.week if item is not None and shown else None
        parts.append(hire_curves(voice, hired, found, names={"all": cause}, cause=cause, told=told))
    drawn = (
        pd.concat([part for part, _ in parts if len(part)]) if any(len(part) for part, _ in parts) else None
    )
    if drawn is None:
        return [Block(html=f"<p>{voice.html('onboarding.no_curve', min_n=voice.min_n)}</p>", kind="text")]
    behind = pd.concat([part for _, part in parts if len(part)], ignore_index=True)
    return [caveat(voice, "leavers"), _curves(voice, "incidence", drawn, behind)]


def wave_pace(voice: Voice, hired: pd.DataFrame, found: Any) -> list[Block]:
    """Return the figure of Kaplan-Meier by wave; nothing where fewer than two waves have 20 people.

    Parameters
    ----------
    voice : Voice
    hired : DataFrame, one row per new person
        Of `tne.proficiency`, with the column ``wave`` of `hire_waves`.
    found : TimeToProficiency
        By wave.

    Returns
    -------
    list of Block

    Raises
    ------
    ValueError
        If a frame holds numbers that may not be shown.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> hired = pd.DataFrame({"moderator_id": range(48), "cohort": [2900] * 24 + [2910] * 24, "event": "proficient"})
    >>> hired = tne.say.hire_waves(voice, hired.assign(duration=[4, 6, 9] * 16))
    >>> found = tne.time_to_proficiency(hired, duration="duration", event="event", by="wave")
    >>> [block.kind for block in tne.say.wave_pace(voice, hired, found)]
    ['figure']
    """
    drawn, behind = hire_curves(voice, hired, found, names=curve_names(voice, hired))
    if len(set(drawn["group"])) < 2:
        return []
    return [_curves(voice, "kaplan_meier", drawn, behind)]


def onboarding_checks(*found: Iterable[Any], few: bool = False) -> tuple[Any, ...]:
    """Return the checks that speak of the data and the rule, each once, the worst where they differ.

    With `few`, those that speak of the rule alone.

    Parameters
    ----------
    *found : iterable of Check
        The checks of each analysis.
    few : bool

    Returns
    -------
    tuple of Check

    Examples
    --------
    >>> tne.say.onboarding_checks([tne.Check("leavers", "warn", "")], [tne.Check("leavers", "pass", "")])
    (Check(name='leavers', status='warn', detail=''),)
    """
    return worst_checks(found, RULE_ONLY if few else TOLD)


def _curves(voice: Voice, key: str, drawn: pd.DataFrame, behind: pd.DataFrame) -> Block:
    title = voice.text("draw.of_all") if key == "incidence" else None
    axes = figures.kaplan_meier(drawn, voice=voice, title=title)
    values = figures.kaplan_meier_values(drawn, min_n=voice.min_n)
    if key == "incidence":
        values = _incidence_values(drawn, values)
    columns = {
        "group": voice.text("column.group" if key == "incidence" else "onboarding.head_wave"),
        "tenure": voice.text("draw.weeks_since_hire"),
        "estimate": voice.text("draw.reached" if key == "kaplan_meier" else "draw.of_all"),
        "interval": voice.text("column.interval"),
        "n_people": voice.text("onboarding.head_waiting"),
    }
    formats = {"tenure": "count", "estimate": "percent"}
    return figure(voice, key, axes, table=behind, values=values, columns=columns, formats=formats)


def _incidence_values(drawn: pd.DataFrame, values: dict[str, Any]) -> dict[str, Any]:
    """Values of the alt text: where the curves of the two ends stop."""
    last = drawn.groupby("group", sort=False).tail(1).set_index("group")
    out: dict[str, Any] = {"last_week": int(last["time"].max())}
    for cause in ("proficient", "left"):
        known = cause in last.index
        out[cause] = Shown(100 * (1 - float(last.loc[cause, "estimate"])), 0) if known else math.nan
    out["alt"] = "alt" if "left" in last.index else "alt_one"
    out["told"] = "told"
    return out | {"groups": values["groups"], "hidden": values["hidden"]}
