"""Wave against wave, and what goes with becoming proficient sooner: rates side by side, no causes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.exhibit import table
from tne.report.locales import parsed
from tne.report.narrative import caveat
from tne.report.onboarding_hires import OTHER, wave_name
from tne.report.onboarding_state import HireWave
from tne.report.shaping import gate
from tne.report.tables import cell_text
from tne.report.voice import Voice

CLEAR = 0.05
FEW_EVENTS = 10


def waves_compared(voice: Voice, items: Sequence[HireWave], test: Any) -> Block:
    """Return whether the waves differ by more than chance, and each wave's rate against the first.

    Parameters
    ----------
    voice : Voice
    items : sequence of HireWave
        Of `onboarding_items`.
    test : Estimate
        The log-rank test of the waves.

    Returns
    -------
    Block
        Of kind ``"text"``.

    Raises
    ------
    ValueError
        If a number may not be shown.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> test = tne.Estimate(term="log_rank", estimate=1.8, p_value=0.41, n_people=24)
    >>> tne.say.waves_compared(voice, [], test).html[:71]
    '<p>The curves of the waves can be told apart no better than by chance ('
    """
    p = float(test.p_value)
    if not math.isfinite(p) or not test.n_people >= voice.min_n:
        text = voice.html("onboarding.waves_open")
    else:
        number = cell_text(voice, {"p_value": round(p, 3)}, "p_value", "p_value")
        said = f"p {number}" if number.startswith("<") else f"p = {number}"
        text = voice.html("onboarding.waves_differ" if p < CLEAR else "onboarding.waves_same", p=said)
    waves = [item for item in items if item.ratio.get("estimate") is not None]
    rows = [{"wave": item.name, **item.ratio} for item in waves if math.isfinite(item.ratio["estimate"])]
    html = f"<p>{text}</p>"
    if rows:
        frame = pd.DataFrame(rows)
        columns = {
            "wave": voice.text("onboarding.head_wave"),
            "estimate": voice.text("onboarding.head_ratio"),
            "interval": voice.text("column.interval"),
            "n_people": voice.text("onboarding.head_smallest"),
        }
        first = next(item.name for item in items if item.code != "all")
        html += table(voice, "hire_ratios", frame, columns=columns, of=first).html
    return Block(html=html, kind="text")


def trait_rows(voice: Voice, found: Iterable[Any]) -> pd.DataFrame:
    """Return one row per level of each trait that is compared, gated: trait, level, reference, ratio and p-value.

    Parameters
    ----------
    voice : Voice
    found : iterable of HazardRatio
        One trait each.

    Returns
    -------
    DataFrame
        trait, level and against (in words), the ratio with its interval, p_value, n, n_people,
        n_people_total, conf_level.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Notes
    -----
    A trait with fewer than ten people who became proficient among those whom it describes is not compared.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> hired = pd.DataFrame({"duration": [4, 6, 9, 5] * 10, "event": "proficient"})
    >>> hired["site"] = (["Cork"] * 3 + ["Dublin"] * 2) * 8
    >>> found = tne.hazard_ratio(hired, duration="duration", event="event", covariates="site")
    >>> tne.say.trait_rows(voice, [found])[["trait", "level", "against", "n_people"]]
      trait   level against  n_people
    0  Site  Dublin    Cork        15
    """
    rows = []
    for result in found:
        events = next((c for c in result.checks if c.name == "few_events"), None)
        if events is not None and events.status == "fail":
            continue
        frame = result.to_frame()
        for row in frame.loc[frame["estimate"].notna() & frame["p_value"].notna()].to_dict("records"):
            trait = str(row["covariate"])
            level = str(row["term"]).removeprefix(trait)
            base = str(row["comparison"]).removeprefix(trait).strip()
            rows.append(
                row
                | {
                    "trait": voice.text(f"onboarding.trait_{trait}"),
                    "level": level_words(voice, trait, level) if level else "",
                    "against": level_words(voice, trait, base) if level else "",
                }
            )
    columns = ["trait", "level", "against", "estimate", "conf_low", "conf_high", "p_value", "n", "n_people"]
    columns += ["n_people_total", "conf_level"]
    if not rows:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in columns})
    shown = gate(voice, pd.DataFrame(rows)[columns].reset_index(drop=True), share=False)
    return shown.loc[shown["estimate"].notna()].reset_index(drop=True)


def trait_table(voice: Voice, adjusted: pd.DataFrame) -> Block:
    """Return what goes with becoming proficient sooner, with p-values for how many were looked at.

    Parameters
    ----------
    voice : Voice
    adjusted : DataFrame
        `tne.adjust_p` of `trait_rows`.

    Returns
    -------
    Block
        Of kind ``"table"`` or ``"text"``.

    Raises
    ------
    ValueError
        If the frame holds numbers that may not be shown.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> row = {"trait": "Site", "level": "Dublin", "against": "Cork", "p_adjusted": 0.21, "n_people": 16}
    >>> frame = pd.DataFrame([row | {"estimate": 1.4, "conf_low": 0.8, "conf_high": 2.3}])
    >>> tne.say.trait_table(voice, frame).html.count("<tr")
    2
    """
    if not len(adjusted):
        return Block(html=f"<p>{voice.html('onboarding.traits_none', min_n=voice.min_n)}</p>", kind="text")
    clear = int((adjusted["p_adjusted"] < CLEAR).sum())
    text = voice.html("onboarding.traits_some" if clear else "onboarding.traits_nothing")
    frame = adjusted.assign(
        what=[
            voice.text(
                "onboarding.trait_level", trait=row["trait"], level=row["level"], against=row["against"]
            )
            if row["level"]
            else row["trait"]
            for row in adjusted.to_dict("records")
        ],
        p_adjusted=adjusted["p_adjusted"].round(3),
    )
    columns = {
        "what": voice.text("onboarding.head_trait"),
        "estimate": voice.text("onboarding.head_ratio"),
        "interval": voice.text("column.interval"),
        "p_adjusted": voice.text("onboarding.head_adjusted"),
        "n_people": voice.text("onboarding.head_smallest"),
    }
    made = table(voice, "hire_traits", frame, columns=columns, formats={"p_adjusted": "p_value"})
    return Block(html=f"{caveat(voice, 'traits').html}<p>{text}</p>{made.html}", kind="table")


def level_words(voice: Voice, trait: str, level: str) -> str:
    """Return a level as a reader sees it; names of sites and queues stand as they are."""
    if level == OTHER:
        return voice.text("onboarding.level_other")
    if trait == "language":
        known = parsed(voice.locale).languages
        tags = [tag for tag in re.split(r"[^\w-]+", level) if tag]
        return voice.listed([str(known.get(tag.split("-")[0].lower(), tag)) for tag in tags])
    if trait == "modality" and voice.has(f"modality.{level}"):
        return voice.text(f"modality.{level}")
    if trait == "employer" and voice.has(f"onboarding.level_{level}"):
        return voice.text(f"onboarding.level_{level}")
    return level.replace("_", " ")


def ramp_table(voice: Voice, curve: Any) -> Block:
    """Return where each wave's ramp begins and ends and how long it takes, drawn towards the mean of waves; gated.

    Parameters
    ----------
    curve : LearningCurve
        Of shares on the logit scale.
    """
    frame = curve.to_frame()
    rows = []
    for code, own in frame.groupby("group", sort=False, observed=True):
        row = own.loc[own["term"].eq("tau")].iloc[0].to_dict() | {"unit": "weeks", "note": ""}
        rows.append(row | {"wave": wave_name(voice, str(code))})
    shown = gate(voice, pd.DataFrame(rows), share=False) if rows else pd.DataFrame({"estimate": []})
    if not len(shown) or shown["estimate"].isna().all():
        return Block(html="", kind="table")
    shown["note"] = shown["note"].where(shown["estimate"].notna() | shown["note"].ne(""), "no_ramp")
    columns = {
        "wave": voice.text("onboarding.head_wave"),
        "estimate": voice.text("onboarding.head_tau"),
        "interval": voice.text("column.interval"),
        "n_people": voice.text("column.n_people"),
    }
    return table(voice, "hire_ramps", shown, columns=columns)
