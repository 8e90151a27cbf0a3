"""How did people rate the training? Learners' answers at its end, construct by construct."""

from __future__ import annotations

import math
from functools import partial
from typing import Any, cast

import pandas as pd

from tne.desk.choices import Choice, week_of
from tne.desk.found import Found, Parts, counted, figure, interval, no_parts, place, reading
from tne.desk.shelf import Shelf
from tne.measures.reaction import survey_summary
from tne.report import figures
from tne.report.block import Block
from tne.report.shaping import gate
from tne.report.voice import Voice
from tne.result import Estimates

_FIRST = "satisfaction"  # the construct that is asked for where it was asked
_NO_EFFECT = "Liking a training says little about decisions."


def found(shelf: Shelf, choice: Choice) -> Found:
    """Return the learners' ratings at the end of the training, one row per construct."""
    voice, answers = shelf.voice(choice), answers_of(shelf, choice)
    if answers.empty:
        nothing = Estimates(
            table=pd.DataFrame(
                [{"construct": "", "term": "mean", "estimate": math.nan, "note": "nobody answered"}]
            ),
            keys=("construct",),
        )
        sentence = f"{place(voice, choice)} nobody answered{_whom(shelf, choice)}."
        return Found(nothing, next(iter(nothing)).as_row(), sentence, _code(shelf, choice), {"term": "mean"})
    result = survey_summary(answers, by=())
    construct = leading(answers)
    where = {"construct": construct, "term": "mean"}
    row = result.get(**where).as_row()
    draw = partial(_bars, voice, answers, result)
    sentence = _sentence(shelf, voice, choice, row, construct, answers)
    return Found(result, row, sentence, _code(shelf, choice), where, draw, (_NO_EFFECT,))


def answers_of(shelf: Shelf, choice: Choice) -> pd.DataFrame:
    """Return what learners answered about programmes at their end, of the choice."""

    def make() -> pd.DataFrame:
        given = shelf.happened("surveys", choice)
        given = given.loc[
            given["respondent"].eq("learner") & given["wave"].eq("end") & given["value"].notna()
        ]
        mine = (
            given["programme_id"].eq(choice.programme) if choice.programme else given["programme_id"].notna()
        )
        given = given.loc[mine]
        if choice.cohort is None:
            return given
        return given.loc[_cohorts(shelf, choice, given).eq(choice.cohort)]

    return shelf.keep(("answers", choice.market, choice.programme, choice.cohort, choice.period), make)


def leading(answers: pd.DataFrame) -> str:
    """Return the construct that is asked for: satisfaction, else the one with most answers."""
    counts = answers["construct"].astype(str).value_counts()
    return _FIRST if _FIRST in counts else str(counts.index[0])


def parts(shelf: Shelf, choice: Choice) -> Parts:
    """Return the rating by market, programme or cohort."""
    step, answers = choice.step, answers_of(shelf, choice)
    if step not in ("market", "programme", "cohort"):
        return no_parts(step, "Surveys ask about the training, not about policy areas.")
    if answers.empty:
        return no_parts(step, "Nobody answered.")
    construct = leading(answers)
    answers = answers.loc[answers["construct"].eq(construct)]
    column = {"programme": "programme_id"}.get(step, step)
    if step == "cohort":
        answers = answers.assign(cohort=_cohorts(shelf, choice, answers)).dropna(subset=["cohort"])
        if answers.empty:
            return no_parts(step, "The answers are anonymous: nobody knows whose cohort they are of.")
    scales = answers.groupby(column, observed=True)[["scale_min", "scale_max"]].nunique().max(axis=None)
    if scales > 1 or len(answers[["scale_min", "scale_max"]].drop_duplicates()) > 1:
        return no_parts(step, "Ratings stand on different scales: there is nothing to put side by side.")
    table = survey_summary(answers, by=column).to_frame()
    table = table.loc[table["term"].eq("mean")].reset_index(drop=True)
    values = [int(v) if step == "cohort" else str(v) for v in table.pop(column)]
    frame = pd.concat(
        [pd.DataFrame({step: values, "name": [_name(shelf, step, v) for v in values]}), table], axis=1
    )
    note = f"{construct.replace('_', ' ').capitalize()}, mean rating. {_NO_EFFECT}"
    overlapping = step == "programme"
    return Parts(frame, step, f"By {step}", note, tuple(choice.into(v, step) for v in values), overlapping)


def _cohorts(shelf: Shelf, choice: Choice, answers: pd.DataFrame) -> pd.Series:
    people = shelf.trainees
    people = people.loc[people["programme_id"].eq(choice.programme)].set_index("moderator_id")["cohort"]
    return pd.Series(people.reindex(answers["moderator_id"]).to_numpy(), index=answers.index)


def _name(shelf: Shelf, step: str, value: Any) -> str:
    if step == "cohort":
        return week_of(value)
    known = shelf.offer.markets if step == "market" else shelf.offer.programmes
    return cast(str, known.get(value, value))


def _whom(shelf: Shelf, choice: Choice) -> str:
    said = f" about “{shelf.offer.programmes[choice.programme]}”" if choice.programme else ""
    said += "" if choice.cohort is None else f" ({week_of(choice.cohort)})"
    return said + (f" in {choice.period}" if choice.period else "")


def _sentence(
    shelf: Shelf, voice: Voice, choice: Choice, row: dict[str, Any], construct: str, answers: pd.DataFrame
) -> str:
    about = f"{construct.replace('_', ' ')}{_whom(shelf, choice)}"
    if pd.isna(row["estimate"]):
        return f"{place(voice, choice)} nothing can be told of {about}: {row['note']}."
    top = answers.loc[answers["construct"].eq(construct), "scale_max"].max()
    number = interval(voice, row, unit=f" of {top:g}")
    return f"{place(voice, choice)} learners rated {about} {number}. {counted(row['n_people'])} answered."


def _bars(voice: Voice, answers: pd.DataFrame, result: Estimates) -> tuple[Block | None, int]:
    means = result.to_frame().query("term == 'mean'")
    if (
        len(answers[["scale_min", "scale_max"]].drop_duplicates()) != 1
        or means["estimate"].notna().sum() == 0
    ):
        return None, 0
    gated = gate(voice, means.assign(construct=[str(c).replace("_", " ") for c in means["construct"]]))
    drawn = gated.loc[gated["estimate"].notna()]
    if drawn.empty:
        return None, len(gated)
    scale = (float(answers["scale_min"].iloc[0]), float(answers["scale_max"].iloc[0]))
    axes, values = figures.survey_bars(drawn, voice=voice, scale=scale), figures.survey_bars_values(drawn)
    columns = {"construct": "Construct", "estimate": "Mean", "interval": "Interval", "n_people": "People"}
    block = figure(voice, "survey_bars", axes, table=drawn, values=values, columns=columns)
    return block, len(gated) - len(drawn)


def _code(shelf: Shelf, choice: Choice) -> tuple[str, ...]:
    lines = reading(shelf, choice, "surveys", "given")
    kept = ['given["respondent"].eq("learner")', 'given["wave"].eq("end")', 'given["value"].notna()']
    mine = (
        f'given["programme_id"].eq({choice.programme!r})'
        if choice.programme
        else 'given["programme_id"].notna()'
    )
    kept.append(mine)
    if choice.cohort is not None:
        lines += [f'people = ws.scores({choice.programme!r}).set_index("moderator_id")']
        kept.append(f'people["cohort"].reindex(given["moderator_id"]).eq({choice.cohort}).array')
    return (*lines, f"given = given.loc[{' & '.join(kept)}]", "result = tne.survey_summary(given, by=())")
