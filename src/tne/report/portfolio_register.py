"""The oversight register: every programme with its stage, dates, coverage and risks."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.disclosure import headcount
from tne.report.exhibit import table
from tne.report.index_rows import OLD_DAYS, folded
from tne.report.portfolio_flags import CAME, FLAGS, KNOWN, LATE_DAYS, LOW, Evidence, flags
from tne.report.portfolio_programme import Overall
from tne.report.published import share_words
from tne.report.voice import Voice

STAGES = ("idea", "design", "planned", "pilot", "live", "review", "standing", "paused", "closed")
_PARTS = ("sessions", "enrolments", "costs")


def register(
    voice: Voice,
    programmes: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    items: Sequence[Overall],
    *,
    plans: Sequence[Mapping[str, Any]] = (),
    names: Mapping[str, str],
    ends: Mapping[str, dt.date] | None = None,
) -> Block:
    """Return the register: a sentence on the risks, a row per programme, and the rule behind each flag raised.

    Parameters
    ----------
    voice : Voice
    programmes : DataFrame
        The table `programmes`, whether begun or not.
    tables : mapping
        Of ``sessions enrolments costs`` those that are there.
    items : sequence of Overall
        What was found of those that have begun.
    plans : sequence of mapping
        Frozen plans.
    names : mapping
        Market names by code.
    ends : mapping, optional
        Last day of data by market.

    Returns
    -------
    Block
        Of kind ``"text"`` or ``"table"``.

    Raises
    ------
    KeyError
        If the catalogues lack a phrase.

    Notes
    -----
    Headcounts are rounded to 5 and hidden below the threshold. No trainer is named, and nothing is said of one.

    Examples
    --------
    >>> ws = tne.open("data/sample")
    >>> voice = tne.say.voice({"market": "all", "language": "en"}, as_of=ws.as_of)
    >>> tables = {"sessions": ws.table("sessions"), "enrolments": ws.table("enrolments")}
    >>> tne.say.register(voice, ws.programmes, tables, [], names={"ES": "Spain", "IE": "Ireland"}).kind
    'table'
    """
    if programmes.empty:
        return Block(html=f"<p>{voice.html('register.empty')}</p>", kind="text")
    letters = {item.programme_id: [p.letter for _, p in item.parts if p.letter] for item in items}
    frozen = {str(plan["programme_id"]) for plan in plans}
    as_of = voice.as_of
    today = pd.Timestamp.max.normalize() if as_of is None else pd.Timestamp(as_of.date())
    rows, raised = [], []
    for row in programmes.to_dict("records"):
        known = _evidence(str(row["programme_id"]), tables, letters, ends or {}, frozen)
        found = flags(row, known, as_of=today, min_n=voice.min_n) if as_of is not None else []
        raised.append([code for code, _ in found])
        rows.append(_row(voice, row, known, found, names))
    frame = pd.DataFrame(rows)
    frame = frame.iloc[
        sorted(range(len(frame)), key=lambda k: (-len(raised[k]), folded(frame["programme"][k])))
    ]
    columns = {
        name: voice.text(f"register.column_{name}") for name in ("stage", "planned", "start", "markets")
    }
    columns |= {
        name: voice.text(f"register.column_{name}") for name in ("sessions", "assigned", "finished", "risks")
    }
    columns = {"programme": voice.text("column.programme")} | columns
    formats = {"planned": "date", "start": "date"} | dict.fromkeys(
        ("markets", "sessions", "assigned"), "count"
    )
    shown = table(voice, "register", frame.reset_index(drop=True), columns=columns, formats=formats)
    at_risk = sum(bool(codes) for codes in raised)
    key = "lead_unknown" if as_of is None else "lead" if at_risk else "lead_none"
    lead = voice.html(
        f"register.{key}",
        n=at_risk,
        n_word=voice.word(at_risk),
        total_word=voice.word(len(rows)),
    )
    lead = lead[:1].upper() + lead[1:]
    return Block(html=f"<p>{lead}</p>{shown.html}{_rules(voice, raised)}", kind="table")


def _evidence(
    programme: str,
    tables: Mapping[str, pd.DataFrame],
    letters: Mapping[str, Sequence[str]],
    ends: Mapping[str, dt.date],
    frozen: set[str],
) -> Evidence:
    own = {name: tables.get(name, pd.DataFrame()) for name in _PARTS}
    dated = len(own["sessions"]) + len(own["enrolments"]) > 0
    own = {
        name: frame.loc[frame["programme_id"].eq(programme)] if len(frame) else frame
        for name, frame in own.items()
    }
    return Evidence(
        **own, letters=letters.get(programme, ()), ends=ends, planned=programme in frozen, dated=dated
    )


def _row(
    voice: Voice,
    row: Mapping[str, Any],
    known: Evidence,
    found: Sequence[tuple[str, Sequence[str]]],
    names: Mapping[str, str],
) -> dict[str, Any]:
    people = known.enrolments
    assigned = people["moderator_id"].nunique() if len(people) else math.nan
    due = (
        people.loc[people["status"].isin(KNOWN)] if len(people) else people
    )  # those who still wait have not missed it
    turned = due["moderator_id"].nunique() if len(due) else math.nan
    came = due.loc[due["status"].isin(CAME), "moderator_id"].nunique() if len(due) else math.nan
    enough = assigned >= voice.min_n  # False where it is unknown
    risks = [_flag(voice, code, markets, names) for code, markets in found]
    return {
        "programme": str(row["title"]),
        "stage": _stage(voice, row["stage"]),
        "planned": row["planned_start_on"],
        "start": row["starts_on"],
        "markets": len(known.markets) if known.markets else math.nan,
        "sessions": len(known.sessions) if len(known.sessions) else math.nan,
        "assigned": headcount(assigned, least=voice.min_n) if enough else math.nan,
        "finished": share_words(voice, came / turned) if turned >= voice.min_n else voice.show(None),
        "risks": "; ".join(risks)
        or (voice.show(None) if voice.as_of is None else voice.text("register.no_risk")),
        "note": "few_people" if assigned < voice.min_n else "not_on_record",
    }


def _flag(voice: Voice, code: str, markets: Sequence[str], names: Mapping[str, str]) -> str:
    text = voice.text(f"flag.{code}")
    if not markets:
        return text
    return voice.text("flag.in_markets", flag=text, markets=voice.listed([names.get(m, m) for m in markets]))


def _stage(voice: Voice, stage: Any) -> str:
    code = str(stage).strip().lower()
    return voice.text(f"register.stage_{code}") if code in STAGES else str(stage)


def _rules(voice: Voice, raised: Sequence[Sequence[str]]) -> str:
    """The rule of each flag that was raised, in the order of `FLAGS`."""
    values: dict[str, Any] = {
        "share": voice.percent(LOW),
        "days": voice.count(LATE_DAYS),
        "old": voice.count(OLD_DAYS),
    }
    values["min_n"] = voice.min_n
    lines = [
        f"<li><strong>{voice.html(f'flag.{code}')}</strong>: {voice.html(f'flag.{code}_rule', **values)}</li>"
        for code in FLAGS
        if any(code in codes for codes in raised)
    ]
    if not lines:
        return ""
    return f'<h3>{voice.html("register.rules")}</h3><ul class="methods">{"".join(lines)}</ul>'
