"""The sections of the report on calibration: figures' frames, agreement over time, accuracy, strictness, the agenda."""

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
from tne.report.standing import estimate_row
from tne.report.voice import Voice

COUNTED = {"n_cases": "count", "n_raters": "count"}
AGREEMENT_COLUMNS = ("policy_area", "group", "estimate", "interval", "alpha", "same", "n_cases", "n_raters")
SESSION_COLUMNS = ("date", "estimate", "interval", "n_cases", "n_raters")


def agreement_frame(
    voice: Voice, found: Mapping[str, Any], ratings: pd.DataFrame, areas: Sequence[AreaAgreement]
) -> pd.DataFrame:
    """Return the agreement by policy area and group in the order of the first screen, gated.

    Parameters
    ----------
    found : mapping of str to Estimates
        Coefficient → ``tne.agreement_by(ratings, by=("policy_area", "group"))``: ``"gwet_ac1"``, and
        ``"krippendorff_alpha"`` and ``"percent"`` to stand beside it.
    ratings : DataFrame
        Of `tne.say.rated`.
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


def session_frame(voice: Voice, estimates: Any, ratings: pd.DataFrame) -> pd.DataFrame:
    """Return the agreement of each session with its day in the market's zone, in order of time, gated.

    Parameters
    ----------
    estimates : Estimates
        ``tne.agreement_by(ratings, by="calibration_id")``.
    """
    frame = gated(voice, estimates, ratings, ("calibration_id",))
    first = ratings.groupby("calibration_id", observed=True)["rated_at"].min()
    days = first.dt.tz_convert(voice.timezone).dt.tz_localize(None).dt.normalize()
    frame = frame.assign(date=frame["calibration_id"].map(days))
    return frame.sort_values("date", kind="stable").reset_index(drop=True)


def rated_again(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return the ratings of cases that came up in more than one session, ``group`` ``"first"`` or ``"later"``.

    Only these tell whether people agree more after a case has been discussed.
    """
    start = ratings.groupby("calibration_id", observed=True)["rated_at"].transform("min")
    sessions = ratings.assign(start=start)
    first = sessions.groupby("case_id", observed=True)["start"].transform("min")
    last = sessions.groupby("case_id", observed=True)["start"].transform("max")
    again = sessions.loc[first < last].drop(columns="start")
    later = sessions.loc[again.index, "start"] > first.loc[again.index]
    return again.assign(group=later.map({False: "first", True: "later"}).astype(object)).reset_index(
        drop=True
    )


def agreement_finding(areas: Sequence[AreaAgreement]) -> str:
    """Return the variant of the title over the figure by policy area."""
    states = {item.state for item in areas}
    if TEXT in states:
        return "text"
    if TRAIN in states:
        return "rose"
    return "flat" if states == {ALIKE} else "unclear"


def again_table(voice: Voice, estimates: Any, again: pd.DataFrame) -> Block:
    """Return the agreement on the same cases when they were rated first and later; a sentence where there are none."""
    if again.empty:
        return Block(html=f"<p>{voice.html('calibration.again_none')}</p>", kind="text")
    frame = gated(voice, estimates, again, ("group",))
    rows = _rows(voice, frame, "agreement_again", "gwet_ac1", "group")
    columns = ("group", "estimate", "interval", "n_cases", "n_raters")
    return table(voice, "again", frame, columns=columns, formats=COUNTED, rows=rows)


def session_rows(voice: Voice, frame: pd.DataFrame) -> tuple[dict[str, Any], ...]:
    """Return the rows of ``estimates.csv`` for the sessions."""
    return _rows(voice, frame, "agreement_session", "gwet_ac1", "calibration_id")


def reference_table(voice: Voice, estimates: Any) -> Block:
    """Return how often each group gave the reference label; held to people, as every accuracy."""
    frame = gate(voice, estimates.to_frame())
    frame = frame.assign(order=frame["group"].map(GROUPS.index)).sort_values("order", ignore_index=True)
    rows = _rows(voice, frame, "reference_accuracy", "accuracy", "group")
    columns = {
        "group": voice.text("column.group"),
        "estimate": voice.text("column.right"),
        "interval": voice.text("column.interval"),
        "n_people": voice.text("column.n_people"),
    }
    return table(voice, "reference", frame, columns=columns, rows=rows)


def agenda_table(voice: Voice, cases: pd.DataFrame, ratings: pd.DataFrame) -> Block:
    """Return the cases to discuss next, the most useful first, with why; never how many chose what, nor who.

    Parameters
    ----------
    cases : DataFrame
        Of ``tne.cases_to_discuss(ratings)``: case_id, policy_area, n_raters, reason.
    """
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
            "why": [voice.code("discuss", str(code)) for code in shown["reason"]],
        }
    )
    columns = {
        "case": voice.text("column.case"),
        "policy_area": voice.text("column.policy_area"),
        "date": voice.text("column.session"),
        "why": voice.text("column.why"),
    }
    return table(voice, "agenda", frame, columns=columns, formats={"date": "date"})


def drift_text(voice: Voice, change: Any, ratings: pd.DataFrame) -> Block:
    """Return the change of agreement from the first to the last session in one sentence.

    Parameters
    ----------
    change : Estimate or mapping
        The change, with its interval.
    """
    frame = gated(voice, pd.DataFrame([estimate_row(change)]), ratings, ())
    row = frame.iloc[0].to_dict()
    rows = _rows(voice, frame.assign(all="all"), "agreement_drift", "change", "all")
    known = math.isfinite(float(row["estimate"])) and math.isfinite(float(row["conf_low"]))
    if not known:
        return Block(html=f"<p>{voice.html('calibration.drift_none')}</p>", rows=rows, kind="text")
    found = drift_finding(row)
    words = agreement_words(voice, row, signed=found == "unclear")
    if found == "fell":
        words = agreement_words(voice, _turned(row))
    return Block(html=f"<p>{voice.html(f'calibration.drift_{found}', **words)}</p>", rows=rows, kind="text")


def drift_finding(change: Any) -> str:
    """Return ``"rose"``, ``"fell"`` or ``"unclear"``: the variant of the title over the sessions."""
    row = estimate_row(change)
    low, high = float(row["conf_low"]), float(row["conf_high"])
    return "rose" if low > 0 else "fell" if high < 0 else "unclear"


def strictness_text(voice: Voice, spread: Any, audits: pd.DataFrame) -> Block:
    """Return how differently auditors judge: one standard deviation, never a number per auditor.

    Parameters
    ----------
    spread : Estimate or mapping
        The standard deviation of `tne.auditor_strictness`, in points or as a share.
    audits : DataFrame
        The audits that it was made from: who judged how many.
    """
    row = estimate_row(spread)
    factor = 100.0 if str(row["unit"]) == "share" else 1.0
    numbers = {name: factor * float(row[name]) for name in ("estimate", "conf_low", "conf_high")}
    counts = {"n_raters": audits["auditor_id"].nunique(), "n_cases": len(audits)}
    people = {"n": counts["n_cases"], "n_people": counts["n_raters"], "n_people_total": counts["n_raters"]}
    row = publishable(
        {**row, **numbers, **counts, **people, "unit": "points"}, min_n=voice.min_n, share=False
    )
    rows = _rows(
        voice, pd.DataFrame([{**row, "all": "all"}]), "auditor_strictness", "standard_deviation", "all"
    )
    if not math.isfinite(float(row["estimate"])):
        return Block(html=f"<p>{voice.html('calibration.strictness_none')}</p>", rows=rows, kind="text")
    words = agreement_words(voice, row)
    return Block(
        html=f"<p>{voice.html('calibration.strictness_spread', **words)}</p>", rows=rows, kind="text"
    )


def calibration_caveat(voice: Voice, key: str) -> Block:
    """Return a caveat of this report: ``"agreement"``, ``"sessions"``, ``"reference"`` or ``"strictness"``."""
    return Block(html=f'<p class="caveat">{voice.html(f"calibration.caveat_{key}")}</p>', kind="caveat")


def calibration_note(voice: Voice, key: str) -> Block:
    """Return a sentence of this report: ``"reference_none"``, ``"strictness_none"``, ``"agenda_intro"``."""
    return Block(html=f"<p>{voice.html(f'calibration.{key}')}</p>", kind="text")


def _turned(row: Mapping[str, Any]) -> dict[str, Any]:
    """A fall as a positive number."""
    names = {"estimate": "estimate", "conf_low": "conf_high", "conf_high": "conf_low"}
    return {**row, **{name: -float(row[other]) for name, other in names.items()}}


def _rows(
    voice: Voice, frame: pd.DataFrame, measure: str, term: str, group: str
) -> tuple[dict[str, Any], ...]:
    out = []
    for row in frame.to_dict("records"):
        key = {"programme_id": "", "level": "behaviour", "group": str(row[group])}
        note = "" if math.isfinite(float(row["estimate"])) else str(row.get("note") or "unknown")
        out.append(level_row(voice, key, measure, term, row, note=note))
    return tuple(out)
