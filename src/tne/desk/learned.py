"""What did people learn? The gain between the tests of one programme, and the part of each market and cohort."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pandas as pd

from tne.desk.choices import Choice, week_of
from tne.desk.found import Found, Parts, counted, figure, interval, names, no_parts, place
from tne.desk.shelf import Shelf, opening
from tne.measures.learning import Learning, learning_summary
from tne.measures.learning_groups import gain_by_group, took_both_tests
from tne.report import figures
from tne.report.block import Block
from tne.report.shaping import gate
from tne.report.voice import Voice

_NO_PART = "Fewer than two groups took both tests on one scale."
_EACH = "Each row speaks for itself: who came when was not drawn by lot, and small groups differ by chance."


def found(shelf: Shelf, choice: Choice) -> Found:
    """Return the summary of the tests before and after of those who were trained."""
    voice, learned = shelf.voice(choice), learning_of(shelf, choice)
    draw = partial(_slope, shelf, choice, voice, learned) if learned.same_scale else None
    untrained = "No one untrained took both tests: practice and time are part of the gain."
    notes = () if learned.against is not None or math.isnan(learned.gain.estimate) else (untrained,)
    sentence = _sentence(shelf, voice, choice, learned)
    where = {"term": learned.gain.term}
    return Found(learned, learned.gain.as_row(), sentence, _code(shelf, choice), where, draw, notes)


def learning_of(shelf: Shelf, choice: Choice) -> Learning:
    """Return the learning summary of a choice."""

    def make() -> Learning:
        answers = shelf.known(choice.period).table("responses", market=choice.market or None)
        mine = answers.loc[answers["programme_id"].eq(choice.programme)]
        return learning_summary(scores_of(shelf, choice), responses=mine)

    return shelf.keep(("learning", choice.programme, choice.market, choice.cohort, choice.period), make)


def scores_of(shelf: Shelf, choice: Choice) -> pd.DataFrame:
    """Return the scores of a choice's people."""
    scores = shelf.scores(choice.programme, choice.period)
    if choice.market:
        scores = scores.loc[scores["market"].eq(choice.market)]
    return scores if choice.cohort is None else scores.loc[scores["cohort"].eq(choice.cohort)]


def parts(shelf: Shelf, choice: Choice) -> Parts:
    """Return the gain by market or by cohort; a part of a test has no scale on which a gain could be told."""
    step = "market" if not choice.market else "cohort"
    scores = scores_of(shelf, choice)
    if not took_both_tests(scores).any():
        return no_parts(step, "Nobody who was trained took both tests.")
    table = gain_by_group(scores, by=step).to_frame()
    if table.empty:
        return no_parts(step, _NO_PART)
    values: list[Any] = [str(v) if step == "market" else int(v) for v in table.pop("group")]
    named = [shelf.offer.markets.get(v, v) if step == "market" else week_of(v) for v in values]
    frame = pd.concat([pd.DataFrame({step: values, "name": named}), table], axis=1)
    title = "By market" if step == "market" else "By cohort"
    return Parts(frame, step, title, f"Score points. {_EACH}", tuple(choice.into(v, step) for v in values))


def _sentence(shelf: Shelf, voice: Voice, choice: Choice, learned: Learning) -> str:
    gain, title = learned.gain, shelf.offer.programmes[choice.programme]
    cohort = "" if choice.cohort is None else f" ({week_of(choice.cohort)})"
    if math.isnan(gain.estimate):
        return f"{place(voice, choice)} no gain can be told for “{title}”{cohort}: {gain.note}."
    full = "" if math.isnan(learned.max_score) else f" of {learned.max_score:g}"
    number = interval(voice, gain.as_row(), signed=True, unit=f" points{full}")
    return (
        f"{place(voice, choice)} scores changed by {number} from before “{title}” to after{cohort}. "
        f"{counted(gain.n_people)} took both tests."
    )


def _slope(shelf: Shelf, choice: Choice, voice: Voice, learned: Learning) -> tuple[Block | None, int]:
    title = shelf.offer.programmes[choice.programme]
    means = gate(voice, learned.waves.to_frame().assign(group=title))
    if means["estimate"].notna().sum() < 2:
        return None, len(means)
    axes, values = figures.pre_post_slope(means, voice=voice), figures.pre_post_slope_values(means)
    columns = ["group", "wave", "estimate", "interval", "n_people"]
    return figure(voice, "pre_post_slope", axes, table=means, values=values, columns=columns), 0


def _code(shelf: Shelf, choice: Choice) -> tuple[str, ...]:
    name, market = repr(choice.programme), names(market=choice.market)
    asked = f", {market}" if market else ""
    lines = [
        "import tne",
        opening(shelf.ws, until=choice.period),
        f"scores = ws.scores({name}{asked})",
        f'answers = ws.table("responses"{asked})',
    ]
    if choice.cohort is not None:
        lines += [f'scores = scores.loc[scores["cohort"].eq({choice.cohort})]']
    mine = f'answers.loc[answers["programme_id"].eq({name})]'
    return (*lines, f"result = tne.learning_summary(scores, responses={mine})")


def compared_code(shelf: Shelf, choice: Choice, first: int, second: int) -> tuple[str, ...]:
    """Return the code that compares two cohorts at equal first scores."""
    asked: dict[str, Any] = {"market": choice.market}
    return (
        "import tne",
        opening(shelf.ws, until=choice.period),
        f"scores = ws.scores({choice.programme!r}{', ' if choice.market else ''}{names(**asked)})",
        f'two = scores.loc[scores["cohort"].isin([{first}, {second}]) & tne.took_both_tests(scores)]',
        f'result = tne.ancova(two, outcome="post", baseline="pre", group="cohort", reference={first})',
    )
