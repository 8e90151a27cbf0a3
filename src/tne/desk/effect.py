"""Did the training change decisions? The effect of one programme, in one market or pooled over all."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import pandas as pd

from tne.desk.choices import Choice
from tne.desk.found import Found, Parts, counted, figure, interval, names, place
from tne.desk.shelf import Shelf, opening
from tne.measures.pool import pool
from tne.measures.primary import primary_effect
from tne.measures.programme_effect import ProgrammeEffect
from tne.measures.wellbeing import guard_wellbeing
from tne.report import figures
from tne.report.block import Block
from tne.report.shaping import gate
from tne.report.voice import Voice
from tne.result import Estimate, Estimates

COMPARED = "ABC"  # grades that rest on a comparison
NEAR = 12  # weeks around the training that are drawn


def found(shelf: Shelf, choice: Choice) -> Found:
    """Return the effect of a programme; over all markets the pooled effect of those with a comparison."""
    return _here(shelf, choice) if choice.market else _pooled(shelf, choice)


def effect_of(shelf: Shelf, choice: Choice, market: str, *, decided: bool = True) -> ProgrammeEffect:
    """Return the effect in one market, guardrails included, as the report on effectiveness has it.

    Without `decided` effect and grade alone are asked for: guardrails, which change the decision only, and the weeks
    may be missing.

    Raises
    ------
    ValueError
        If no audits of the market were known by then.
    """

    def make() -> ProgrammeEffect:
        panel = shelf.panel_in(choice.programme, market, choice.period)
        if not panel["market"].eq(market).any():
            name, then = shelf.offer.markets.get(market, market), choice.period or "the data"
            raise ValueError(
                f"No audits of {name} were known by the end of {then}. Choose another market or period."
            )
        ws = replace(shelf.ws, plans=shelf.plans(choice.period))
        margins = ws.config.get("guardrails", {}) if decided else {}
        rails = [{"measure": name, **rule} for name, rule in margins.items() if name != "wellbeing"]
        effect = primary_effect(
            panel,
            market=market,
            programme=ws.programme(choice.programme),
            plan=ws.plan(choice.programme),
            n_primary=max(ws.n_primary, 1),
            as_of=shelf.as_of(choice.period),
            guardrails=rails,
            event_study=decided,
        )
        if "wellbeing" not in margins or "surveys" not in ws.tables:
            return effect
        return guard_wellbeing([effect], shelf.surveys(market, choice.period), rule=margins["wellbeing"])[0]

    asked = ("effect", choice.programme, market, choice.period)
    undecided = (*asked, "undecided")
    if not decided and asked not in shelf.made:
        return shelf.keep(undecided, make)
    shelf.made.pop(undecided, None)
    return shelf.keep(asked, make)


def markets_of(shelf: Shelf, choice: Choice) -> list[str]:
    """Return the markets that have audits."""
    return sorted(map(str, shelf.panel(choice.programme, choice.period)["market"].unique()))


def parts(shelf: Shelf, choice: Choice) -> Parts:
    """Return the effect of each market; within a market there is none of a part, and accuracy follows instead."""
    rows, into = [], []
    for market in markets_of(shelf, choice):
        effect = effect_of(shelf, choice, market, decided=False)
        told = {"market": market, "name": shelf.offer.markets.get(market, market)}
        rows.append(
            told
            | effect.effect.as_row()
            | {"grade": effect.grade.letter, "precision": effect.grade.precision}
        )
        into.append(choice.into(market))
    frame = pd.DataFrame(rows)
    about = "Points of audited accuracy. People: on the smaller side of the comparison."
    return Parts(frame, "market", "By market", about, tuple(into))


def _here(shelf: Shelf, choice: Choice) -> Found:
    voice, effect = shelf.voice(choice), effect_of(shelf, choice, choice.market)
    where = {"programme_id": choice.programme, "truth": "realised"}
    draw = None if effect.event_study is None else partial(_drawn, voice, effect.event_study, effect.title)
    sentence = _sentence(voice, choice, effect)
    return Found(effect, effect.effect.as_row(), sentence, _code(shelf, choice), where, draw, _notes(effect))


def _sentence(voice: Voice, choice: Choice, effect: ProgrammeEffect) -> str:
    told, grade = effect.effect, effect.grade
    if math.isnan(told.estimate):
        return f"{place(voice, choice)} the effect of “{effect.title}” cannot be told: {told.note}."
    number = interval(voice, told.as_row(), signed=True, unit=" points")
    against = f", compared with {told.comparison}" if told.comparison else ""
    return (
        f"{place(voice, choice)} “{effect.title}” changed audited accuracy by {number}{against}. "
        f"Evidence {grade.letter}, {grade.precision}. {counted(told.n_people_total)}{_smaller(told)}."
    )


def _smaller(told: Estimate) -> str:
    """Say how many people the smaller group has, which decides whether the number may leave."""
    fewer = told.n_people < told.n_people_total
    return f"; {int(told.n_people):,} on the smaller side of the comparison" if fewer else ""


def _notes(effect: ProgrammeEffect) -> tuple[str, ...]:
    planned = () if effect.planned else ("No plan was frozen before the start: the result is exploratory.",)
    later = (effect.effect.note,) if effect.effect.note and not math.isnan(effect.effect.estimate) else ()
    return (f"By the rule: {effect.decision}", *planned, *later)


def _drawn(voice: Voice, weekly: Estimates, title: str) -> tuple[Block | None, int]:
    """Return weekly differences around the training, and how many a report would hide."""
    study = weekly.to_frame()
    study = study.loc[study["event_time"].between(-NEAR, NEAR) & study["estimate"].notna()]
    gated = gate(voice, study)
    if gated["estimate"].notna().sum() < 2:
        return None, len(gated)
    axes, values = figures.event_study(gated, voice=voice), figures.event_study_values(gated)
    columns = ["event_time", "estimate", "interval", "n_people"]
    block = figure(voice, "event_study", axes, table=gated, values=values, columns=columns, of=title)
    return block, int(gated["estimate"].isna().sum())  # those without a number were left out before


def _pooled(shelf: Shelf, choice: Choice) -> Found:
    voice = shelf.voice(choice)
    title = shelf.offer.programmes[choice.programme]
    markets = markets_of(shelf, choice)
    effects = {market: effect_of(shelf, choice, market, decided=False) for market in markets}
    usable = [
        effect.effect.to_frame().assign(market=market)
        for market, effect in effects.items()
        if effect.grade.letter in COMPARED and effect.effect.std_error > 0
    ]
    if not usable:
        why = "no market has an effect that rests on a comparison"
        nothing = Estimate(term="pooled", estimate=math.nan, note=why, unit="points")
        sentence = f"{place(voice, choice)} the effect of “{title}” cannot be told: {why}."
        return Found(
            nothing, nothing.as_row(), sentence, _code(shelf, choice, some=False), {"term": "pooled"}
        )
    result = pool(pd.concat(usable, ignore_index=True))
    mean = result.mean.as_row()
    several = f"{len(usable)} markets" if len(usable) > 1 else "one market"
    sentence = (
        f"{place(voice, choice)} “{title}” changed audited accuracy by "
        f"{interval(voice, mean, signed=True, unit=' points')}, pooled over {several} with a comparison."
    )
    draw = partial(_forest, shelf, choice, voice, effects)
    return Found(result, mean, sentence, _code(shelf, choice), {"part": "mean", "term": "mean"}, draw)


def _forest(
    shelf: Shelf, choice: Choice, voice: Voice, effects: dict[str, ProgrammeEffect]
) -> tuple[Block | None, int]:
    rows = [
        {"market": shelf.offer.markets.get(market, market), **effect.effect.as_row()}
        for market, effect in effects.items()
    ]
    frame = pd.DataFrame(rows)
    gated = gate(voice, frame)
    if gated["estimate"].notna().sum() < 2:
        return None, len(gated)
    axes, values = figures.forest(gated, "market", voice=voice), figures.forest_values(gated, "market")
    columns = {"market": "Market", "estimate": "Points", "interval": "Interval", "n_people": "People"}
    title = shelf.offer.programmes[choice.programme]
    block = figure(voice, "forest", axes, table=gated, values=values, columns=columns, of=title)
    return block, int((gated["estimate"].isna() & frame["estimate"].notna()).sum())


def _code(shelf: Shelf, choice: Choice, *, some: bool = True) -> tuple[str, ...]:
    ws, name = shelf.ws, repr(choice.programme)
    margins = ws.config.get("guardrails", {})
    rails = {"guardrails": "rails"} if set(margins) - {"wellbeing"} else {}
    guarded = "wellbeing" in margins and "surveys" in ws.tables
    shared = [
        f"programme=ws.programme({name}), plan=ws.plan({name}), n_primary=max(ws.n_primary, 1), as_of=ws.as_of"
    ]
    shared += [f"{key}={value}" for key, value in rails.items()]
    lines = ["import tne", opening(shelf.ws, until=choice.period)]
    if rails:
        lines += [
            'rails = [{"measure": k, **v} for k, v in ws.config["guardrails"].items() if k != "wellbeing"]'
        ]
    if choice.market:
        call = f"tne.primary_effect(ws.panel({name}), {names(market=choice.market)}, {', '.join(shared)})"
        if not guarded:
            return (*lines, f"result = {call}")
        rule = 'rule=ws.config["guardrails"]["wellbeing"]'
        asked = f'ws.table("surveys", {names(market=choice.market)})'
        return (*lines, f"effect = {call}", f"result = tne.guard_wellbeing([effect], {asked}, {rule})[0]")
    if not some:
        return (*lines, f"panel = ws.panel({name})  # no market of it has a comparison: nothing to pool")
    each = f"tne.primary_effect(panel, market=m, {', '.join(shared)})"
    kept = f'e.grade.letter in "{COMPARED}" and e.effect.std_error > 0'
    lines[0] = "import pandas as pd, tne"
    return (
        *lines,
        f"panel = ws.panel({name})",
        f'effects = {{m: {each} for m in sorted(set(panel["market"]))}}',
        f"result = tne.pool(pd.concat([e.effect.to_frame().assign(market=m) for m, e in effects.items() if {kept}]))",
    )
