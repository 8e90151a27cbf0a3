"""Which numbers of a wave of new people may be published, and why are the others not?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pandas as pd

from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE, COMPLEMENT, FEW_PEOPLE, headcount, publishable
from tne.report.onboarding_hires import MEDIAN_FROM
from tne.report.standing import estimate_row
from tne.report.voice import Voice

FEW_MEDIAN, NOT_HALF, EARLY, FEW_LEFT = "few_for_median", "not_half", "too_early", "few_left"
LIMITS = ("estimate", "conf_low", "conf_high")


def one_row(found: Sequence[Any], code: str, **where: Any) -> dict[str, Any] | None:
    """Return the first row of a group in the results, None where there is none."""
    for result in found:
        frame = result.to_frame()
        own = frame.loc[frame["group"].astype(str).eq(code)]
        for name, value in where.items():
            own = own.loc[own[name].astype(str).eq(value)]
        if len(own):
            return cast(dict[str, Any], own.iloc[0].to_dict())
    return None


def people_told(voice: Voice, n: int) -> float:
    """Return people, rounded to 5; NaN below the threshold."""
    return float(headcount(n, least=voice.min_n)) if n >= voice.min_n else math.nan


def median(voice: Voice, row: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the median in whole weeks, from 20 people."""
    if row is None:
        return {**estimate_row({}), "note": FEW_MEDIAN}
    given = dict(estimate_row(row)) | {"unit": "weeks", "note": ""}
    if not given["n_people"] >= max(MEDIAN_FROM, voice.min_n):
        return {**given, **dict.fromkeys(LIMITS, math.nan), "note": FEW_MEDIAN}
    gated = publishable(given, min_n=voice.min_n, share=False)
    whole = {name: float(math.floor(given[name] + 0.5)) for name in LIMITS if math.isfinite(given[name])}
    out = {**gated, **whole}
    return out if math.isfinite(out["estimate"]) else {**out, "note": NOT_HALF}


def share_by(
    voice: Voice, own: pd.DataFrame, found: Sequence[Any], code: str, cause: str, week: int
) -> dict[str, Any]:
    """Return the share that ended so by the fixed week, per cent; of a cause that nobody has, that nobody has it."""
    row = one_row(found, code, cause=cause, time=str(float(week))) or {}
    # of whom it is known by that week; the others say nothing of it yet
    known = float((own["event"].ne("censored") | own["duration"].ge(week)).sum())
    given = dict(estimate_row(row)) | {"n_people": known, "n_people_total": float(len(own)), "note": ""}
    if not row and found:  # nobody ended so
        given |= {"estimate": 0.0, "n": float(len(own))}
    given |= {name: 100 * given[name] for name in LIMITS} | {"unit": "percent"}
    if len(own) >= voice.min_n and (known < voice.min_n or math.isnan(given["estimate"])):
        return {**given, **dict.fromkeys(LIMITS, math.nan), "n_people": math.nan, "note": EARLY}
    return publishable(given, min_n=voice.min_n)


def left_before(voice: Voice, own: pd.DataFrame, row: dict[str, Any], week: int) -> dict[str, Any]:
    """Return the gated share that left by the fixed week; none of fewer leavers than the threshold."""
    gone = own["event"].eq("left") & own["duration"].le(week)
    told = math.isfinite(row["estimate"]) or row["note"] in (BELOW_EDGE, ABOVE_EDGE)
    if told and gone.sum() < voice.min_n:
        return {**row, **dict.fromkeys(LIMITS, math.nan), "note": FEW_LEFT}
    return row


def one_more_hidden(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the shares of all and of each wave, with a second one hidden where one wave alone is.

    All less the others would tell it.
    """
    out = list(rows)
    untold = {FEW_LEFT, EARLY, FEW_PEOPLE}
    waves = list(range(1, len(out)))
    shown = [k for k in waves if out[k]["note"] not in untold]
    if len(waves) - len(shown) == 1 and shown and out[0]["note"] not in untold:
        # a wave that left whole is said: then the total goes
        smallest = sorted(shown, key=lambda k: out[k]["n_people"])
        k = next((k for k in smallest if out[k]["note"] != ABOVE_EDGE), 0)
        out[k] = {**out[k], **dict.fromkeys(LIMITS, math.nan), "note": COMPLEMENT}
    return out


def forecast_weeks(voice: Voice, own: pd.DataFrame, found: Any) -> dict[str, Any]:
    """Return the whole weeks until the wave is ready: weeks since hire, counted for the one hired last."""
    if found is None:
        return {"estimate": math.nan, "note": ""}
    row = dict(estimate_row(found.get(term="ready_at"))) | {"unit": "weeks", "note": ""}
    gated = publishable(row, min_n=voice.min_n, share=False)
    youngest = float(own.loc[own["event"].eq("censored"), "duration"].min())
    weeks = {n: max(0.0, math.ceil(row[n] - youngest)) for n in LIMITS if math.isfinite(gated[n])}
    return gated | (weeks if math.isfinite(youngest) else dict.fromkeys(LIMITS, math.nan))


def ratio_rows(voice: Voice, ratios: Any) -> dict[str, dict[str, Any]]:
    """Return the hazard ratio of each wave that is compared, gated."""
    out = {}
    for row in ratios.to_frame().to_dict("records"):
        code = str(row["term"]).removeprefix(str(row["covariate"]))
        out[code] = publishable(estimate_row(row), min_n=voice.min_n, share=False)
    return out
