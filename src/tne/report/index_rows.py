"""How does a market stand in the index: how fresh it is, what each programme did there, what is new?"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, cast

import pandas as pd

from tne.report.locales import parsed
from tne.report.rounding import rounded
from tne.report.voice import Voice

GRADES = tuple("ABCDE")
VERDICTS = ("effective", "not_effective", "harmful", "cannot_tell", "hidden")
OLD_DAYS = 14  # so far behind the newest, an export has been missed


def row(
    voice: Voice,
    market: Mapping[str, Any],
    programmes: Sequence[Mapping[str, Any]],
    cells: Mapping[tuple[str, str], Mapping[str, Any]],
    names: Mapping[str, str],
) -> dict[str, Any]:
    """Return one market: its name, its reports, its data and one cell per programme, for the template."""
    code, status = str(market["market"]), str(market.get("status", "published"))
    return {
        "code": code,
        "name": names[code],
        "links": links(voice, market),
        "as_of": _day(market.get("as_of")),
        "failed": status not in ("published", "unchanged"),
        "news": False,
        "cells": [
            _cell(voice, cells.get((code, p["programme_id"]))) | {"programme": str(p["programme_id"])}
            for p in programmes
        ],
    }


def mark(
    voice: Voice, rows: Sequence[dict[str, Any]], news: Mapping[str, Any] | None, newest: dt.date | None
) -> None:
    """Write into the rows how far behind the newest they are, and what is new in them."""
    changed: dict[str, list[Mapping[str, Any]]] = {}
    for change in (news or {}).get("changes", ()):
        changed.setdefault(str(change["market"]), []).append(change)
    for row in rows:
        mine = changed.get(row["code"], [])
        row["news"] = bool(mine)
        row["iso"] = row["as_of"].isoformat() if row["as_of"] else ""
        row["day"] = voice.date(row["as_of"]) if row["as_of"] else ""
        behind = (newest - row["as_of"]).days if row["as_of"] else 0
        row["behind"] = voice.text("index.behind", n=behind) if behind > OLD_DAYS else ""
        row["trouble"] = row["failed"] or behind > OLD_DAYS
        told = {str(change.get("programme", "")): change for change in mine}
        for cell in row["cells"]:
            cell["before"] = _before(voice, told.get(cell["programme"]))


def _before(voice: Voice, change: Mapping[str, Any] | None) -> str:
    if change is None:
        return ""
    if change["kind"] == "new_programme":
        return voice.text("index.new")
    if change["kind"] == "action":
        return voice.text("index.before", word=voice.code("action", change["before"][0]))
    if change["kind"] == "grade" and change["before"][1]:
        return voice.text("index.before", word=voice.text("grade.label", letter=change["before"][1]))
    return ""


def _cell(voice: Voice, cell: Mapping[str, Any] | None) -> dict[str, Any]:
    if cell is None:
        return {"state": "", "word": _word(voice, "page", "not_run_here"), "grade": ""}
    state = str(cell.get("state") or cell.get("verdict") or _state(cell))
    if state not in VERDICTS:
        return {"state": "", "word": voice.text("page.not_measured"), "grade": ""}
    letter, action = str(cell.get("grade") or ""), str(cell.get("decision") or "")
    value, low, high = (_number(cell.get(part)) for part in ("estimate", "conf_low", "conf_high"))
    return {
        "state": state,
        "word": _word(voice, "verdict", state),
        "grade": letter if letter in GRADES else "",
        "decision": action,
        "action": _word(voice, "action", action) if action else "",
        "href": str(cell.get("href") or ""),
        "effect": _effect(voice, value, low, high) if math.isfinite(value) else "",
        "value": f"{rounded(value, 1):.1f}" if math.isfinite(value) else "",
    }


def _effect(voice: Voice, value: float, low: float, high: float) -> str:
    if math.isfinite(low) and math.isfinite(high):
        said = voice.text(
            "interval.between", low=_points(voice, low, False), high=_points(voice, high, False)
        )
    else:
        said = voice.interval(low, high)
    return f"{_points(voice, value, True)} ({said})"


# A large index holds a thousand numbers and words of which few differ.
@lru_cache(maxsize=1024)
def _points(voice: Voice, value: float, signed: bool) -> str:
    return voice.points(value, signed=signed)


@lru_cache(maxsize=256)
def _word(voice: Voice, family: str, code: str) -> str:
    return voice.code(family, code)


def _state(cell: Mapping[str, Any]) -> str:
    """Return the verdict behind an action; as in the reports, a worsening that is shown is harmful."""
    action = str(cell.get("decision") or "")
    if action in ("scale", "keep"):
        return "effective"
    if action in ("revise", "stop"):
        return "harmful" if _number(cell.get("conf_high")) < 0 else "not_effective"
    if action == "measure_better":  # a verdict without a grade rests on too few people
        return "cannot_tell" if cell.get("grade") else "hidden"
    return ""


def _number(value: Any) -> float:
    return math.nan if value in ("", None) or pd.isna(value) else float(value)


def _day(value: Any) -> dt.date | None:
    """Return the day of an instant where it was written: the market's, as on the market's own pages."""
    return None if value is None or pd.isna(value) else cast(dt.date, pd.Timestamp(value).date())


def links(voice: Voice, market: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the reports of a market, verdicts first, each with its other formats and older periods."""
    return [
        {
            "title": voice.code("report", str(link["report"])),
            "href": str(link["href"]),
            "formats": [(str(kind).upper(), str(href)) for kind, href in link.get("formats", ())],
            "older": [
                (voice.period_text(str(old["period"])), str(old["href"])) for old in link.get("older", ())
            ],
        }
        for link in sorted(market.get("reports", ()), key=lambda link: link["report"] != "effectiveness")
        if link.get("href")
    ]


def name(voice: Voice, market: Mapping[str, Any]) -> str:
    """Return the name of a market in the language of the index; its own where it is no country."""
    code = str(market["market"])
    if code == "all":
        return voice.text("index.across")
    name = str(market.get("name") or code)
    return parsed(voice.locale).territories.get(code, name) if re.fullmatch(r"[A-Z]{2}", code) else name


@cache
def folded(name: str) -> str:
    """Return a name as it is sorted: without accents and case."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(mark for mark in plain if not unicodedata.combining(mark)).casefold()
