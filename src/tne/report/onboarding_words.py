"""Onboarding in sentences: how fast new people become good, by which rule, and what the numbers cannot tell."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, cast

import pandas as pd

from tne.report.block import Block
from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE, headcount
from tne.report.due import task_html, working_day
from tne.report.onboarding_state import ALL, DAYS, ROLE, HireWave
from tne.report.rounding import decimals_for
from tne.report.voice import Voice

STEP = 0.03  # of accuracy: how far somebody is from the target in the sentence about noise


def headline(voice: Voice, items: Sequence[HireWave], facts: Mapping[str, Any]) -> str:
    """Return the finding in one sentence."""
    values: dict[str, Any] = {"market": voice.market_name}
    item = items[0] if items else None
    if item is None:
        key = str(facts.get("missing") or "nobody")
    elif not item.shown:
        key = "tiny"
    elif math.isfinite(item.median["estimate"]):
        key = "median"
        values |= {"week": voice.count(item.median["estimate"]), "interval": _limits(voice, item.median)}
    elif item.ready["note"] in (BELOW_EDGE, ABOVE_EDGE):
        key = "hardly" if item.ready["note"] == BELOW_EDGE else "nearly_all"
        values |= {"week": voice.count(item.week)}
    elif math.isfinite(item.ready["estimate"]):
        key = "share"
        values |= {"week": voice.count(item.week), **share_words(voice, item.ready)}
    else:
        key = "early"
    return voice.text(f"opening.onboarding.{key}", **values)


def lead(voice: Voice, items: Sequence[HireWave], facts: Mapping[str, Any]) -> list[str]:
    """Return how many of how many became proficient or left, and what proficient means; HTML."""
    if not items:
        missing = str(facts.get("missing") or "nobody")
        return [voice.html(f"onboarding.lead_{missing}")]
    item = items[0]
    if not item.shown:
        return [voice.html("onboarding.lead_tiny", min_n=voice.min_n)]
    counts = {
        name: count_words(voice, getattr(item, name)) for name in ("hired", "proficient", "gone", "running")
    }
    out = [voice.html("onboarding.lead_counts", since=facts.get("since"), **counts)]
    if math.isfinite(item.median["estimate"]) and math.isfinite(item.ready["estimate"]):
        out.append(voice.html("onboarding.lead_share", week=item.week, **share_words(voice, item.ready)))
    if math.isfinite(item.left["estimate"]):
        out.append(voice.html("onboarding.lead_left", week=item.week, **share_words(voice, item.left)))
    return [*out, rule_sentence(voice, facts["rule"])]


def rule_sentence(voice: Voice, rule: Mapping[str, Any]) -> str:
    """Return what proficient means; HTML.

    Parameters
    ----------
    rule : mapping
        ``accuracy`` (share), ``k`` (weeks), ``min_audits``, ``rule`` and ``certainty`` of `tne.proficiency`,
        ``seconds`` (0: as the queue), ``slower`` (times the queue), ``speed`` (whether it is asked).
    """
    accuracy = voice.percent(rule["accuracy"], _decimals(rule["accuracy"]))
    values = {"accuracy": accuracy, "k": rule["k"], "audits": rule["min_audits"]}
    if not rule["speed"]:
        said = voice.html("onboarding.rule_quality", **values)
    elif rule["seconds"] > 0:
        said = voice.html("onboarding.rule_seconds", seconds=voice.number(rule["seconds"], 0), **values)
    else:
        slower = voice.percent(max(0.0, rule["slower"] - 1), _decimals(rule["slower"]))
        said = voice.html("onboarding.rule_queue", slower=slower, **values)
    if rule["rule"] == "lower_limit":
        return (
            f"{said} {voice.html('onboarding.rule_lower_limit', certainty=voice.percent(rule['certainty']))}"
        )
    return f"{said} {voice.html('onboarding.rule_each')}" if rule["rule"] == "each" else said


def noise_text(voice: Voice, noise: pd.DataFrame, *, audits: float, weeks: int) -> Block:
    """Return how often chance alone makes somebody proficient, or holds them back.

    Parameters
    ----------
    voice : Voice
    noise : DataFrame
        `tne.proficiency_noise` at `STEP` below and above the target.
    audits : float
        A week.
    weeks : int
        Of looking.

    Returns
    -------
    Block
        Of kind ``"caveat"``.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> noise = tne.proficiency_noise(accuracy=0.85, k=4, audits=12, within=12, offsets=tne.say.around(0.85))
    >>> tne.say.noise_text(voice, noise, audits=12, weeks=12).html[:70]
    '<p class="caveat">With about 12 audits a week, chance alone lets someb'
    """
    below, above = noise.iloc[0], noise.iloc[-1]
    text = voice.html(
        "onboarding.noise",
        audits=voice.count(round(audits)),
        points=voice.count(round(100 * STEP)),
        weeks=weeks,
        passed=voice.percent(float(below["passed"])),
        first=voice.percent(float(above["first_look"])),
    )
    return Block(html=f'<p class="caveat">{text}</p>', kind="caveat")


def limits(voice: Voice, items: Sequence[HireWave], facts: Mapping[str, Any]) -> str:
    """Return what the rows cannot tell: leavers, noise, people left out, waves that were not drawn by lot; HTML."""
    if not items:
        return ""
    shown, noise = items[0].shown, facts.get("noise")
    lines = [
        voice.html("onboarding.limit_leavers", week=items[0].week)
        if shown
        else voice.html("onboarding.limit_few")
    ]
    if shown and noise is not None:
        words = {"passed": voice.percent(float(noise["passed"].iloc[0]))}
        words |= {"first": voice.percent(float(noise["first_look"].iloc[-1]))}
        points = voice.count(round(100 * STEP))
        lines.append(voice.html("onboarding.limit_noise", points=points, weeks=facts["within"], **words))
    before = headcount(facts.get("before", 0))
    if shown and before >= voice.min_n:  # beside the market's headcount it would tell the few new ones
        lines.append(voice.html("onboarding.limit_before", n=int(before), n_text=voice.count(before)))
    if not facts["rule"]["speed"]:
        lines.append(voice.html("onboarding.limit_speed"))
    if shown and len(items) > 1:
        lines.append(voice.html("onboarding.limit_waves"))
    body = "".join(f"<li>{line}</li>" for line in lines)
    return f'<section class="aside"><h2>{voice.html("onboarding.limits_title")}</h2><ul>{body}</ul></section>'


def do_html(voice: Voice, item: HireWave, data_to: Any = None) -> str:
    """Return what to do, whose task it is and by which day."""
    what = escape(voice.text(f"onboarding.do_{item.action}", week=item.week))
    days: int | None = None if item.action in ("carry_on", "same", "collect") else DAYS
    if item.action == "wait":
        weeks = item.look if item.look > 0 else item.forecast.get("estimate", math.nan)
        day, today = _day(voice, weeks, data_to), _last(voice, None)
        days = DAYS if day is None or today is None else max(DAYS, (day - today).days)
    return f"<b>{what}</b>{task_html(voice, ROLE[item.action], days)}"


def median_words(voice: Voice, item: HireWave) -> str:
    """Return the median with its interval, or why there is none; HTML."""
    if not math.isfinite(item.median["estimate"]):
        return escape(voice.code("note", str(item.median["note"]), min_n=voice.min_n))
    value = voice.count(item.median["estimate"])
    return voice.html("onboarding.cell_median", week=value, interval=_limits(voice, item.median))


def forecast_words(voice: Voice, item: HireWave, data_to: Any = None) -> str:
    """Return by which day the wave is ready, with the range; "" where there is no forecast; HTML."""
    row = item.forecast
    if not math.isfinite(row["estimate"]) or voice.as_of is None:
        return ""
    days = {name: _day(voice, row[name], data_to) for name in ("estimate", "conf_low", "conf_high")}
    values = {"date": days["estimate"], "early": days["conf_low"], "late": days["conf_high"]}
    if days["conf_high"] is None:
        return voice.html("onboarding.cell_ready_open", date=values["date"], early=values["early"])
    return voice.html("onboarding.cell_ready", **values)


def share_words(voice: Voice, row: Mapping[str, Any]) -> dict[str, str]:
    """Return a gated share in per cent and its interval as words, for a phrase with {share} and {interval}."""
    decimals = max(0, min(1, decimals_for(row["estimate"], row["conf_low"], row["conf_high"])))
    return {
        "share": voice.percent(row["estimate"] / 100, decimals),
        "interval": voice.interval(row["conf_low"], row["conf_high"], decimals),
    }


def count_words(voice: Voice, n: float) -> str:
    """Return people, rounded to 5, or that they are fewer than the threshold."""
    if math.isfinite(n):
        return voice.text("onboarding.about", n_text=voice.count(n))
    return voice.text("onboarding.fewer", min_n=voice.min_n)


def is_total(item: HireWave) -> bool:
    """Say whether the item is that of all waves."""
    return item.code == ALL


def _limits(voice: Voice, row: Mapping[str, Any]) -> str:
    """The range of a week; it may have no end."""
    if math.isfinite(row["conf_high"]):
        return voice.interval(row["conf_low"], row["conf_high"], 0)
    return voice.text("onboarding.or_later", week=voice.count(row["conf_low"]))


def _decimals(share: float) -> int:
    return 0 if abs(100 * share - round(100 * share)) < 1e-6 else 1


def _last(voice: Voice, data_to: Any) -> dt.date | None:
    day = voice.as_of if data_to is None else pd.Timestamp(data_to)
    if day is None:
        return None
    return cast(dt.date, (day.tz_convert(voice.timezone) if day.tzinfo else day).date())


def _day(voice: Voice, weeks: float, data_to: Any) -> dt.date | None:
    """The working day so many weeks after the last day of the data, none that is over by now."""
    last = _last(voice, data_to)
    if last is None or not math.isfinite(weeks):
        return None
    day = last + dt.timedelta(days=int(7 * weeks))
    return working_day(max(day, _last(voice, None) or day))
