"""The sections of the report on calibration: agreement by area, accuracy, strictness, the agenda."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.calibration_areas import ALIKE, GROUPS, TEXT, TRAIN, AreaAgreement, gated
from tne.report.calibration_words import agreement_words
from tne.report.disclosure import publishable
from tne.report.exhibit import table
from tne.report.pooled import RATERS
from tne.report.published import level_row
from tne.report.shaping import gate
from tne.report.voice import Voice

REASONS = (
    "most_differ_from_reference",
    "some_differ_from_reference",
    "most_differ_from_experts",
    "some_differ_from_experts",
    "raters_differ",
)
COUNTED = {"n_cases": "count", "n_raters": "count"}


def agreement_columns(voice: Voice, *keys: str, beside: Sequence[str] = ()) -> dict[str, str]:
    """Return the columns of a table of agreement with their headers: keys, AC1, interval, what stands beside, counts.

    Parameters
    ----------
    keys : str
        Columns that name a row, for example ``"policy_area", "group"``.
    beside : sequence of str
        ``"alpha"`` and ``"same"`` of `agreement_frame`.
    """
    names = {name: name for name in (*keys, "estimate", "interval", *beside, *COUNTED)} | {"estimate": "ac1"}
    return {name: voice.text(f"column.{head}") for name, head in names.items()}


def agreement_frame(
    voice: Voice, found: Mapping[str, Any], ratings: pd.DataFrame, areas: Sequence[AreaAgreement]
) -> pd.DataFrame:
    """Return the agreement by policy area and group in the order of the first screen, gated.

    Parameters
    ----------
    voice : Voice
    found : mapping of str to Estimates
        Coefficient → ``tne.agreement_by(ratings, by=("policy_area", "group"))``: ``"gwet_ac1"``, and
        ``"krippendorff_alpha"`` and ``"percent"`` to stand beside it.
    ratings : DataFrame
        Of `tne.say.rated`.
    areas : sequence of AreaAgreement
        Of `tne.say.area_agreement`: the order of the first screen.

    Returns
    -------
    DataFrame
        Columns of an estimate after policy_area and group, with alpha and same (per cent).

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "ES", "language": "en"})
    >>> ratings = tne.say.rated(tne.open("data/sample").table("ratings", market="ES"))
    >>> names = ("gwet_ac1", "krippendorff_alpha", "percent")
    >>> found = {name: tne.agreement_by(ratings, by=("policy_area", "group"), coefficient=name) for name in names}
    >>> areas = tne.say.area_agreement(voice, found["gwet_ac1"], ratings, goal=0.6)
    >>> tne.say.agreement_frame(voice, found, ratings, areas)[["policy_area", "group", "estimate"]].head(2)
        policy_area      group  estimate
    0  adult_nudity     expert       NaN
    1  adult_nudity  moderator       NaN
    """
    by = ["policy_area", "group"]
    frame = found["gwet_ac1"].to_frame()
    for name, coefficient, factor in (("alpha", "krippendorff_alpha", 1.0), ("same", "percent", 100.0)):
        beside = found[coefficient].to_frame()[[*by, "estimate"]]
        beside = beside.assign(estimate=factor * beside["estimate"].astype(float))
        frame = frame.merge(beside.rename(columns={"estimate": name}), on=by, how="left", validate="1:1")
    frame = gated(voice, frame, ratings, by)
    order = {item.area: place for place, item in enumerate(areas)}
    place = frame["policy_area"].astype(str).map(order) * 2 + frame["group"].map(GROUPS.index)
    return frame.iloc[place.to_numpy(dtype=float).argsort(kind="stable")].reset_index(drop=True)


def agreement_finding(areas: Sequence[AreaAgreement]) -> str:
    """Return the variant of the title over the figure by policy area."""
    states = {item.state for item in areas}
    if TEXT in states:
        return "text"
    if TRAIN in states:
        return "rose"
    return "flat" if states == {ALIKE} else "unclear"


def reference_table(voice: Voice, estimates: Any) -> Block:
    """Return how often each group gave the reference label; held to people, as every accuracy.

    Parameters
    ----------
    voice : Voice
    estimates : Estimates
        Of ``tne.rater_accuracy(ratings, by="group")``.

    Returns
    -------
    Block
        Of kind ``"table"``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "ES", "language": "en"})
    >>> ratings = tne.say.rated(tne.open("data/sample").table("ratings", market="ES"))
    >>> block = tne.say.reference_table(voice, tne.rater_accuracy(ratings, by="group"))
    >>> [(row["group"], row["n_people"]) for row in block.rows]
    [('expert', nan), ('moderator', 15.0)]
    """
    frame = gate(voice, estimates.to_frame())
    frame = frame.assign(order=frame["group"].map(GROUPS.index)).sort_values("order", ignore_index=True)
    rows = csv_rows(voice, frame, "reference_accuracy", "accuracy", "group")
    columns = {
        "group": voice.text("column.group"),
        "estimate": voice.text("column.right"),
        "interval": voice.text("column.interval"),
        "n_people": voice.text("column.n_people"),
    }
    return table(voice, "reference", frame, columns=columns, rows=rows)


def agenda_table(voice: Voice, found: Any, ratings: pd.DataFrame) -> Block:
    """Return the cases to discuss next, the most useful first, with why; never how many chose what, nor who.

    Parameters
    ----------
    voice : Voice
    found : CasesToDiscuss
        Of ``tne.cases_to_discuss(ratings)``: case_id, policy_area, n_raters, reason.
    ratings : DataFrame
        Of `tne.say.rated`: they date the cases.

    Returns
    -------
    Block
        Of kind ``"table"`` or ``"text"``.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "ES", "language": "en"})
    >>> ratings = tne.say.rated(tne.open("data/sample").table("ratings", market="ES"))
    >>> tne.say.agenda_table(voice, tne.cases_to_discuss(ratings, most=3), ratings).html.count("<tr")
    4
    """
    cases = found.to_frame()
    # with fewer raters the reason would tell what one of them said
    shown = cases.loc[cases["n_raters"].astype(float) >= RATERS].reset_index(drop=True)
    if shown.empty:
        return Block(html=f"<p>{voice.html('calibration.agenda_none')}</p>", kind="text")
    first = ratings.groupby("case_id", observed=True)["rated_at"].max()
    days = first.dt.tz_convert(voice.timezone).dt.tz_localize(None).dt.normalize()
    frame = pd.DataFrame(
        {
            "case": shown["case_id"].astype(str),
            "policy_area": shown["policy_area"].astype(str),
            "date": shown["case_id"].map(days),
            "why": [
                voice.code("discuss", code if code in REASONS else "unknown") for code in shown["reason"]
            ],
        }
    )
    columns = {
        "case": voice.text("column.case"),
        "policy_area": voice.text("column.policy_area"),
        "date": voice.text("column.session"),
        "why": voice.text("column.why"),
    }
    return table(voice, "agenda", frame, columns=columns, formats={"date": "date"})


def strictness_text(voice: Voice, strictness: Any, audits: pd.DataFrame) -> Block:
    """Return how differently auditors judge: one standard deviation in points, never a number per auditor.

    Parameters
    ----------
    voice : Voice
    strictness : AuditorStrictness
        Of `tne.auditor_strictness`.
    audits : DataFrame
        The audits that it was made from. The number is held to what agreement is held to: auditors are few.

    Returns
    -------
    Block
        Of kind ``"text"``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "ES", "language": "en"})
    >>> audits = pd.DataFrame({"moderator_id": [1, 2] * 4, "auditor_id": list("aaaaaaaa"), "correct": [1, 0] * 4})
    >>> tne.say.strictness_text(voice, tne.auditor_strictness(audits), audits).html
    '<p>How differently auditors judge cannot be told from these audits.</p>'
    """
    found = strictness.to_frame()
    found = found.loc[found["term"].eq("strictness_points")].head(1)
    raters, cases = audits["auditor_id"].nunique(), len(audits)
    counts = {"n_raters": raters, "n_cases": cases, "n": cases, "n_people": raters, "n_people_total": raters}
    shown = [
        publishable({**row, **counts, "unit": "points", "all": "all"}, min_n=voice.min_n, share=False)
        for row in found.to_dict("records")
    ]
    rows = csv_rows(voice, pd.DataFrame(shown), "auditor_strictness", "standard_deviation", "all")
    row = shown[0] if shown else {"estimate": math.nan}
    if not math.isfinite(float(row["estimate"])) or not math.isfinite(float(row["conf_high"])):
        return Block(html=f"<p>{voice.html('calibration.strictness_none')}</p>", rows=rows, kind="text")
    words = agreement_words(voice, row)
    return Block(
        html=f"<p>{voice.html('calibration.strictness_spread', **words)}</p>", rows=rows, kind="text"
    )


def calibration_caveat(voice: Voice, key: str) -> Block:
    """Return a caveat of this report: ``"agreement"``, ``"sessions"``, ``"reference"`` or ``"strictness"``.

    Parameters
    ----------
    voice : Voice
    key : {"agreement", "sessions", "reference", "strictness"}

    Returns
    -------
    Block
        Of kind ``"caveat"``.

    Raises
    ------
    KeyError
        If the catalogues have no such caveat.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "ES", "language": "en"})
    >>> tne.say.calibration_caveat(voice, "agreement").kind
    'caveat'
    """
    return Block(html=f'<p class="caveat">{voice.html(f"calibration.caveat_{key}")}</p>', kind="caveat")


def calibration_note(voice: Voice, key: str) -> Block:
    """Return a sentence of this report: ``"reference_none"``, ``"strictness_none"``, ``"agenda_intro"``.

    Parameters
    ----------
    voice : Voice
    key : {"reference_none", "strictness_none", "agenda_intro"}

    Returns
    -------
    Block
        Of kind ``"text"``.

    Raises
    ------
    KeyError
        If the catalogues have no such sentence.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "ES", "language": "en"})
    >>> tne.say.calibration_note(voice, "reference_none").html
    '<p>No case has a reference label, so that whether people were right cannot be told.</p>'
    """
    return Block(html=f"<p>{voice.html(f'calibration.{key}')}</p>", kind="text")


def csv_rows(
    voice: Voice, frame: pd.DataFrame, measure: str, term: str, group: str
) -> tuple[dict[str, Any], ...]:
    """Return the rows of ``estimates.csv`` of a gated frame; a number that is not shown is empty with a note."""
    out = []
    for row in frame.to_dict("records"):
        key = {"programme_id": "", "level": "behaviour", "group": str(row[group])}
        note = "" if math.isfinite(float(row["estimate"])) else str(row.get("note") or "unknown")
        out.append(level_row(voice, key, measure, term, row, note=note))
    return tuple(out)
