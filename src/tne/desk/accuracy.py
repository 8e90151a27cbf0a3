"""How many decisions are right? Audited accuracy, of all or of the trained after their training."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pandas as pd

from tne.desk.choices import Choice, days_of, week_of
from tne.desk.found import Found, Parts, counted, figure, interval, names, no_parts, place, reading
from tne.desk.shelf import Shelf
from tne.measures.audit_accuracy import audit_accuracy
from tne.report import figures
from tne.report.block import Block
from tne.report.shaping import weekly_level
from tne.report.voice import Voice

_TITLES = {
    "market": "By market",
    "programme": "By programme",
    "cohort": "By cohort",
    "area": "By policy area",
}
_OWN_MIX = "Each row at its own mix of cases: rows differ in what they decide. tne.audit_accuracy compares at one mix."


def found(shelf: Shelf, choice: Choice) -> Found:
    """Return audited accuracy, weighted by the sampling of the audits."""
    voice, audits = shelf.voice(choice), audits_of(shelf, choice)
    result = audit_accuracy(audits, standardize=())
    row = (
        next(iter(result)).as_row() if len(result) else {"estimate": math.nan, "note": "there are no audits"}
    )
    one_market = choice.market and not (choice.programme or choice.area)
    draw = partial(_weekly, shelf, choice, voice) if one_market else None
    where = "in this policy area" if choice.area else "in all policy areas"
    whose = f"Decisions of the trained after their training, {where}: no effect without a comparison."
    notes = (whose,) if choice.programme else ()
    sentence = _sentence(shelf, voice, choice, row)
    return Found(result, row, sentence, _code(shelf, choice), {"term": "accuracy"}, draw, notes)


def audits_of(shelf: Shelf, choice: Choice) -> pd.DataFrame:
    """Return the audits of a choice: its market and period, of the trained from their training on, of its area."""

    def make() -> pd.DataFrame:
        if choice.area:
            audits = audits_of(shelf, Choice(**{**vars(choice), "area": ""}))
            return audits.loc[audits["policy_area"].eq(choice.area)]
        audits = shelf.happened("audits", choice)
        if not choice.programme:
            return audits
        people = _trained(shelf, choice)
        since = people["trained_at"].reindex(audits["moderator_id"]).array
        audits = audits.loc[audits["decided_at"] >= since]
        if choice.cohort is None:
            return audits
        return audits.loc[people["cohort"].reindex(audits["moderator_id"]).eq(choice.cohort).array]

    return shelf.keep(
        ("audits", choice.market, choice.programme, choice.cohort, choice.area, choice.period), make
    )


def _trained(shelf: Shelf, choice: Choice) -> pd.DataFrame:
    people = shelf.trainees
    mine = people["programme_id"].eq(choice.programme)
    if choice.market:
        mine &= people["market"].eq(choice.market)
    return people.loc[mine].set_index("moderator_id")[["trained_at", "cohort"]]


def parts(shelf: Shelf, choice: Choice) -> Parts:
    """Return accuracy one step down: by market, programme, cohort or policy area."""
    step = choice.step
    if not step:
        return no_parts("area", "This is the last step: one policy area of one cohort.")
    if step == "programme":
        return _by_programme(shelf, choice)
    audits = audits_of(shelf, choice)
    if step == "cohort":
        cohorts = _trained(shelf, choice)["cohort"].reindex(audits["moderator_id"])
        audits = audits.assign(cohort=cohorts.array)
    column = {"area": "policy_area"}.get(step, step)
    if audits[column].notna().sum() == 0:
        return no_parts(
            step, "Nobody was trained in these data, so there are no cohorts." if step == "cohort" else ""
        )
    table = audit_accuracy(audits.loc[audits[column].notna()], by=column, standardize=()).to_frame()
    values = [int(v) if step == "cohort" else str(v) for v in table.pop(column)]
    frame = pd.concat(
        [pd.DataFrame({step: values, "name": [_name(shelf, step, v) for v in values]}), table], axis=1
    )
    return Parts(frame, step, _TITLES[step], _OWN_MIX, tuple(choice.into(v, step) for v in values))


def _by_programme(shelf: Shelf, choice: Choice) -> Parts:
    rows, into = [], []
    for programme in shelf.offer.begun:
        below = choice.into(programme)
        audits = audits_of(shelf, below)
        if len(audits):
            row = next(iter(audit_accuracy(audits, standardize=()))).as_row()
            rows.append({"programme": programme, "name": shelf.offer.programmes[programme], **row})
            into.append(below)
    if not rows:
        return no_parts("programme", "Nobody here was trained before a decision of this period.")
    note = (
        "Decisions of the trained, from their training on. One person can stand in several rows. " + _OWN_MIX
    )
    return Parts(pd.DataFrame(rows), "programme", _TITLES["programme"], note, tuple(into), overlapping=True)


def _name(shelf: Shelf, step: str, value: str | int) -> str:
    if step == "cohort":
        return week_of(int(value))
    if step == "market":
        return shelf.offer.markets.get(str(value), str(value))
    return str(value).replace("_", " ")


def whom(shelf: Shelf, choice: Choice) -> str:
    """Return whose decisions are meant: " of people trained in …"; "" for everybody's."""
    said = f" about {choice.area.replace('_', ' ')}" if choice.area else ""
    if choice.programme:
        said += f" of people trained in “{shelf.offer.programmes[choice.programme]}”"
    if choice.cohort is not None:
        said += f" {week_of(choice.cohort).removeprefix('trained ')}"
    return said


def _sentence(shelf: Shelf, voice: Voice, choice: Choice, row: dict[str, Any]) -> str:
    where, whose = place(voice, choice), whom(shelf, choice)
    if math.isnan(row["estimate"]):
        return f"{where} nothing can be told about decisions{whose}: {row['note']}."
    when = f" in {choice.period}" if choice.period else ""
    number = interval(voice, row, scale=100, unit=" %")
    return (
        f"{where} {number} of decisions{whose} were right{when}. "
        f"{counted(row['n_people'])}, {counted(row['n'], 'audits')}."
    )


def _weekly(shelf: Shelf, choice: Choice, voice: Voice) -> tuple[Block | None, int]:
    """Return the weekly accuracy of all decisions of the market: the only series that is released for it."""
    ws, series = shelf.ws, shelf.series(choice.market)
    if choice.period:
        start, end = (pd.Timestamp(day) for day in days_of(choice.period))
        series = series.loc[series["week"].between(start, end)]
    if series.empty:
        return None, 0
    level = weekly_level(voice, series)
    if level["estimate"].count() < 2:
        return None, len(level)
    policies = ws.table("policies", market=choice.market) if ws.has("policies", choice.market) else None
    axes = figures.weekly_accuracy(level, voice=voice, policy_changes=policies)
    block = figure(voice, "weekly_accuracy", axes, table=level, values=figures.weekly_accuracy_values(level))
    return block, int(level["estimate"].isna().sum())


def _code(shelf: Shelf, choice: Choice) -> tuple[str, ...]:
    lines = reading(shelf, choice, "audits", "audits")
    kept = []
    if choice.programme:
        people = (
            f"ws.scores({choice.programme!r}{', ' if choice.market else ''}{names(market=choice.market)})"
        )
        lines += [f'people = {people}.set_index("moderator_id")']
        since = 'people["trained_at"].reindex(audits["moderator_id"]).array'
        lines += [f'audits = audits.loc[audits["decided_at"] >= {since}]']
    if choice.cohort is not None:
        kept += [f'people["cohort"].reindex(audits["moderator_id"]).eq({choice.cohort}).array']
    if choice.area:
        kept += [f'audits["policy_area"].eq({choice.area!r})']
    rows = f"audits.loc[{' & '.join(kept)}]" if kept else "audits"
    return (*lines, f"result = tne.audit_accuracy({rows}, standardize=())")
