"""The sections of the report on calibration: figures' frames, agreement over time, accuracy, strictness, the agenda."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
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
    columns = agreement_columns(voice, "group")
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


def agenda_table(voice: Voice, found: Any, ratings: pd.DataFrame) -> Block:
    """Return the cases to discuss next, the most useful first, with why; never how many chose what, nor who.

    Parameters
    ----------
    found : CasesToDiscuss
        Of ``tne.cases_to_discuss(ratings)``: case_id, policy_area, n_raters, reason.
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


def drift_text(voice: Voice, drift: Any, ratings: pd.DataFrame) -> Block:
    """Return how agreement moved over the sessions, by the straight line through all, in one sentence.

    Parameters
    ----------
    drift : Estimates
        Of ``tne.agreement_drift(ratings)``: terms ``trend`` (per session) and ``change``.
    """
    frame = drift.to_frame()
    frame = gated(voice, frame.loc[frame["term"].isin(["trend", "change"])], ratings, ())
    rows = tuple(
        row
        for term, part in frame.groupby("term", sort=False)
        for row in _rows(voice, part.assign(all="all"), "agreement_drift", str(term), "all")
    )
    trend = frame.loc[frame["term"].eq("trend")]
    shown = len(trend) and np.isfinite(trend[["estimate", "conf_low"]].to_numpy(dtype=float)).all()
    sessions = ratings["calibration_id"].nunique()
    if not shown:
        key = "drift_open" if sessions > 2 else "drift_none"
        return Block(html=f"<p>{voice.html(f'calibration.{key}')}</p>", rows=rows, kind="text")
    found = drift_finding(drift)
    steps = (sessions - 1) * (-1 if found == "fell" else 1)
    ends = sorted(steps * float(trend[name].iloc[0]) for name in ("conf_low", "conf_high"))
    whole = {"estimate": steps * float(trend["estimate"].iloc[0]), "conf_low": ends[0], "conf_high": ends[1]}
    words = agreement_words(voice, whole, signed=found == "unclear")
    return Block(html=f"<p>{voice.html(f'calibration.drift_{found}', **words)}</p>", rows=rows, kind="text")


def drift_finding(drift: Any) -> str:
    """Return ``"rose"``, ``"fell"`` or ``"unclear"``: the variant of the title over the sessions."""
    frame = drift.to_frame()
    trend = frame.loc[frame["term"].eq("trend")]
    if trend.empty:
        return "unclear"
    low, high = float(trend["conf_low"].iloc[0]), float(trend["conf_high"].iloc[0])
    return "rose" if low > 0 else "fell" if high < 0 else "unclear"


def strictness_text(voice: Voice, strictness: Any, audits: pd.DataFrame) -> Block:
    """Return how differently auditors judge: one standard deviation in points, never a number per auditor.

    Parameters
    ----------
    strictness : AuditorStrictness
        Of `tne.auditor_strictness`.
    audits : DataFrame
        The audits that it was made from. The number is held to what agreement is held to: auditors are few.
    """
    found = strictness.to_frame()
    found = found.loc[found["term"].eq("strictness_points")].head(1)
    raters, cases = audits["auditor_id"].nunique(), len(audits)
    counts = {"n_raters": raters, "n_cases": cases, "n": cases, "n_people": raters, "n_people_total": raters}
    shown = [
        publishable({**row, **counts, "unit": "points", "all": "all"}, min_n=voice.min_n, share=False)
        for row in found.to_dict("records")
    ]
    rows = _rows(voice, pd.DataFrame(shown), "auditor_strictness", "standard_deviation", "all")
    row = shown[0] if shown else {"estimate": math.nan}
    if not math.isfinite(float(row["estimate"])) or not math.isfinite(float(row["conf_high"])):
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


def _rows(
    voice: Voice, frame: pd.DataFrame, measure: str, term: str, group: str
) -> tuple[dict[str, Any], ...]:
    out = []
    for row in frame.to_dict("records"):
        key = {"programme_id": "", "level": "behaviour", "group": str(row[group])}
        note = "" if math.isfinite(float(row["estimate"])) else str(row.get("note") or "unknown")
        out.append(level_row(voice, key, measure, term, row, note=note))
    return tuple(out)
