"""How do people, programmes and audits of one market come together?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.simulate.audits import Accuracy, Audited, accuracy, audited
from tne.simulate.markets import Market, Policies, policies
from tne.simulate.people import People, people
from tne.simulate.programmes import Programme
from tne.simulate.rollout import Rollout, coach, roll_out, trainer_effects
from tne.simulate.truth import gain

SELECTION_WEEKS = 4
SELECTED = 0.30


@dataclass(frozen=True, eq=False)
class World:
    """Everything that happened in one market.

    Parameters
    ----------
    seed : int
    everyone : People
    policies : Policies
    how : Accuracy
    rollouts : tuple of Rollout
        In the order of the programmes.
    logit : array of shape (people, weeks)
        Ability, tenure, season, trend and all training; policy changes come with the areas.
    cases : Audited
    right : array of bool, shape (audits,)
    audits : array of int, shape (people, weeks)
        Audits of each person-week without seeded ones.
    selection : DataFrame
        Index person: accuracy on which the coaching chose, `chosen`.
    """

    seed: int
    everyone: People
    policies: Policies
    how: Accuracy
    rollouts: tuple[Rollout, ...]
    logit: np.ndarray
    cases: Audited
    right: np.ndarray
    audits: np.ndarray
    selection: pd.DataFrame

    @property
    def market(self) -> Market:
        """The market."""
        return self.everyone.market

    def rollout(self, code: str) -> Rollout:
        """Return the roll-out of one programme."""
        return next(r for r in self.rollouts if r.programme.code == code)


def world(seed: int, market: Market, programmes: Sequence[Programme], weeks: int) -> World:
    """Simulate one market.

    Notes
    -----
    The coaching chooses on audited accuracy, so the audits before it are decided first. All audits share one uniform
    draw per case: had a programme no effect, every decision that it does not touch would be the same.
    """
    everyone = people(seed, market, weeks)
    rules = policies(seed, market, weeks)
    how = accuracy(seed, market, rules)
    trainers = trainer_effects(seed, market)
    done = {p.code: roll_out(seed, p, everyone, trainers) for p in programmes if p.rollout != "targeted"}
    logit = everyone.ability[:, None] + everyone.tenure_loss() + everyone.trend[None, :]
    for rollout in done.values():
        if not rollout.programme.is_null:
            logit = logit + gain(rollout, weeks)
    cases = audited(seed, everyone, how)
    right = cases.right(logit)
    selection = pd.DataFrame({"accuracy": [], "chosen": []})
    for programme in programmes:
        if programme.rollout != "targeted":
            continue
        selection = select(everyone, cases, right, programme.weeks[0])
        chosen = np.zeros(len(everyone), dtype=bool)
        chosen[selection.index[selection["chosen"]]] = True
        done[programme.code] = coach(seed, programme, everyone, trainers, chosen)
        if not programme.is_null:
            logit = logit + gain(done[programme.code], weeks)
            right = cases.right(logit)
    counted = ~cases.seeded
    cell = cases.person[counted].astype(np.int64) * weeks + cases.week[counted]
    audits = np.bincount(cell, minlength=len(everyone) * weeks).reshape(len(everyone), weeks)
    order = tuple(done[p.code] for p in programmes)
    return World(seed, everyone, rules, how, order, logit, cases, right, audits, selection)


def select(everyone: People, cases: Audited, right: np.ndarray, week: int) -> pd.DataFrame:
    """Return sampling-weighted accuracy in the four weeks before `week`, and the lowest 30 % of it.

    Only people still employed in `week` can be chosen; ties are broken by position.
    """
    here = (cases.week >= week - SELECTION_WEEKS) & (cases.week < week) & ~cases.seeded
    if week >= everyone.weeks:
        here[:] = False
    weight = cases.weight[here]
    count = len(everyone)
    total = np.bincount(cases.person[here], weight, count)
    good = np.bincount(cases.person[here], weight * right[here], count)
    person = np.flatnonzero((total > 0) & everyone.employed(week))
    score = good[person] / total[person]
    rank = np.argsort(np.argsort(score, kind="stable"), kind="stable")
    chosen = rank < round(SELECTED * len(person))
    return pd.DataFrame({"accuracy": score, "chosen": chosen}, index=person)
