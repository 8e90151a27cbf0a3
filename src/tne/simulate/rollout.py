"""Who was assigned to which session of a programme, who came, and by whom were they trained?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tne.simulate.calendar import DAY
from tne.simulate.ids import stream
from tne.simulate.markets import Market
from tne.simulate.people import People
from tne.simulate.programmes import SESSION_SD, TRAINER_SD, Programme

NO_SHOW = 0.04
NONE = -10_000  # no such week
ROOM = 18  # people in a session of the refresher
STATUSES = ("assigned", "attended", "completed", "no_show", "withdrawn")
ARMS = ("trained", "waitlist", "control")


@dataclass(frozen=True, eq=False)
class Rollout:
    """One programme in one market; arrays of shape (people,) unless said otherwise.

    Parameters
    ----------
    programme : Programme
    assigned_week, trained_week : array of int
        Week of assignment and of the training, `NONE` for never.
    session : array of int
        Position among the programme's sessions in this market, −1 for none.
    status, arm : array of int
        Positions in `STATUSES` and `ARMS`, −1 for none.
    joined, minutes : array of float
        Arrival in local seconds since the first Monday and minutes stayed, NaN for those who did not come.
    session_week, session_start, session_trainer : array of shape (sessions,)
        Week, local seconds since the first Monday, and trainer (−1 for e-learning).
    luck : array of float
        Trainer's plus session's own logit effect for each person; 0 for the untrained and for programmes
        without effect.
    """

    programme: Programme
    assigned_week: np.ndarray
    trained_week: np.ndarray
    session: np.ndarray
    status: np.ndarray
    arm: np.ndarray
    joined: np.ndarray
    minutes: np.ndarray
    session_week: np.ndarray
    session_start: np.ndarray
    session_trainer: np.ndarray
    luck: np.ndarray

    @property
    def trained(self) -> np.ndarray:
        """Who came, array of bool."""
        return self.trained_week > NONE

    def session_names(self, market: Market) -> list[str]:
        """Return the ids of the sessions."""
        short = "".join(word[0] for word in self.programme.code.split("-"))
        return [f"{market.code}-{short}-{i + 1:03d}" for i in range(len(self.session_week))]

    def elapsed(self, weeks: int) -> np.ndarray:
        """Return weeks since the training, shape (people, weeks); −1 before it and for the untrained."""
        since = np.arange(weeks)[None, :] - self.trained_week[:, None]
        return np.where(self.trained[:, None] & (since >= 0), since, -1)


@dataclass(frozen=True, eq=False)
class _Planned:
    """What was meant to happen; arrays of shape (people,), `NONE` or −1 where nothing was."""

    week: np.ndarray
    assigned: np.ndarray
    room: np.ndarray
    arm: np.ndarray


def trainer_count(market: Market) -> int:
    """Return how many trainers a market has: five or six, fewer in a small one."""
    return 5 + (market.size >= 150) if market.size >= 96 else max(1, market.size // 20)


def _groups(order: np.ndarray, waves_of: tuple[int, ...]) -> list[tuple[int, np.ndarray]]:
    """Share `order` among the waves; the last wave comes first when there are fewer teams than waves."""
    parts = np.array_split(order, len(waves_of))
    return list(zip((waves_of[-1], *waves_of[:-1]), parts, strict=True))


def _plan(rng: np.random.Generator, programme: Programme, everyone: People) -> _Planned:
    """Plan any programme but the coaching."""
    if programme.rollout_unit == "team":
        return _by_team(rng, programme, everyone)
    if programme.rollout == "randomised":
        return _by_lot(rng, programme, everyone)
    if programme.rollout == "universal":  # a wave of new hires sits in one room
        chosen = everyone.hire_week >= -26
        week = everyone.hire_week
    else:
        chosen = everyone.employed(everyone.market.workshop_week)
        week = np.full(len(everyone), everyone.market.workshop_week)
    week = np.where(chosen, week, NONE)
    room = np.where(chosen, week - week[chosen].min(initial=0), -1)
    return _Planned(week, week, room, np.where(chosen, 0, -1))


def _by_team(rng: np.random.Generator, programme: Programme, everyone: People) -> _Planned:
    week, room = np.full(len(everyone), NONE), np.full(len(everyone), -1)
    order = rng.permutation(everyone.market.teams)  # no relation to how a team does
    for number, (start, teams) in enumerate(_groups(order, programme.weeks)):
        for team in teams:
            members = everyone.employed(start) & (everyone.team_in(start) == team) & (week == NONE)
            week[members] = start
            # e-learning has one room per wave, a briefing one per team
            room[members] = number if programme.modality == "e_learning" else team
    return _Planned(week, week, room, np.where(week > NONE, 0, -1))


def _by_lot(rng: np.random.Generator, programme: Programme, everyone: People) -> _Planned:
    first, second = programme.weeks
    members = np.flatnonzero(everyone.employed(first))
    # lot within teams: a random order of each team alternates between the arms
    shuffled = members[np.lexsort((rng.random(len(members)), everyone.team_in(first)[members]))]
    arm, week, room = np.full(len(everyone), -1), np.full(len(everyone), NONE), np.full(len(everyone), -1)
    arm[shuffled] = (np.arange(len(shuffled)) + rng.integers(0, 2)) % 2
    week[shuffled] = np.where(arm[shuffled] == 0, first, second)
    for side in (0, 1):
        here = rng.permutation(np.flatnonzero(arm == side))
        room[here] = np.arange(len(here)) // ROOM + side * len(everyone)
    return _Planned(week, np.where(arm >= 0, first, NONE), room, arm)


def roll_out(seed: int, programme: Programme, everyone: People, trainers: np.ndarray) -> Rollout:
    """Assign people to sessions and let most of them come.

    Parameters
    ----------
    seed : int
    programme : Programme
        Any but the coaching, whose people are chosen by their audits (`coach`).
    everyone : People
    trainers : array of float, shape (trainers,)
        Logit effect of each trainer of the market.
    """
    rng = stream(seed, everyone.market.code, programme.code)
    return _hold(rng, programme, everyone, trainers, _plan(rng, programme, everyone))


def coach(
    seed: int, programme: Programme, everyone: People, trainers: np.ndarray, chosen: np.ndarray
) -> Rollout:
    """Roll the coaching out to `chosen` (array of bool, shape (people,)), in groups of up to six."""
    rng = stream(seed, everyone.market.code, programme.code)
    week = np.where(chosen, programme.weeks[0], NONE)
    room = np.full(len(everyone), -1)
    room[chosen] = rng.permutation(int(chosen.sum())) // 6
    return _hold(rng, programme, everyone, trainers, _Planned(week, week, room, np.where(chosen, 0, -1)))


def _hold(
    rng: np.random.Generator, programme: Programme, everyone: People, trainers: np.ndarray, plan: _Planned
) -> Rollout:
    """Hold the planned sessions that begin before the simulation ends."""
    weeks, count = everyone.weeks, len(everyone)
    assigned = (plan.assigned > NONE) & (plan.assigned < weeks)
    due = assigned & (plan.week < weeks)
    gone = due & (everyone.leave_week <= plan.week)
    held = due & ~gone
    rooms, room = np.unique(plan.room[held], return_inverse=True)
    session = np.full(count, -1)
    session[held] = room
    session_week = np.zeros(len(rooms), dtype=int)
    session_week[room] = plan.week[held]
    start = (
        session_week * 7.0 * DAY
        + rng.integers(0, 2, len(rooms)) * DAY
        + rng.choice([10, 14], len(rooms)) * 3600
    )
    online = programme.modality == "e_learning"
    trainer = np.full(len(rooms), -1) if online else rng.permutation(np.arange(len(rooms)) % len(trainers))
    own = np.where(trainer >= 0, trainers[trainer], 0) + rng.normal(0, SESSION_SD, len(rooms))
    # somebody on holiday in that week comes half of the time; new hires have no desk yet and always could
    at_work = everyone.present[np.arange(count), np.clip(plan.week, 0, weeks - 1)] | (
        programme.rollout == "universal"
    )
    came = held & (rng.random(count) >= NO_SHOW) & (at_work | (rng.random(count) < 0.5))
    status = np.where(assigned, STATUSES.index("assigned"), -1)
    status[gone] = STATUSES.index("withdrawn")
    status[held] = STATUSES.index("no_show")
    status[came] = np.where(
        rng.random(count) < 0.97, STATUSES.index("completed"), STATUSES.index("attended")
    )[came]
    late, stayed = _arrival(rng, online, count)
    return Rollout(
        programme=programme,
        assigned_week=np.where(assigned, plan.assigned, NONE),
        trained_week=np.where(came, plan.week, NONE),
        session=session,
        status=status,
        arm=np.where(assigned, plan.arm, -1),
        joined=np.where(came, np.append(start, np.nan)[session] + late, np.nan),
        minutes=np.where(came, stayed, np.nan),
        session_week=session_week,
        session_start=start,
        session_trainer=trainer,
        luck=np.where(came, np.append(own, 0.0)[session], 0.0) * (not programme.is_null),
    )


def _arrival(rng: np.random.Generator, online: bool, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw seconds between start and arrival, and minutes stayed."""
    if online:  # any time in the rest of the week
        late = rng.integers(0, 2, count) * DAY + rng.integers(0, 3 * 3600, count)
        return late, rng.integers(30, 61, count).astype(float)
    late = rng.integers(-300, 600, count)
    return late, np.round(90 - np.maximum(late, 0) / 60 - rng.exponential(2, count)).clip(20)


def trainer_effects(seed: int, market: Market) -> np.ndarray:
    """Draw the logit effect of each trainer of a market; a trainer has the same one in every programme."""
    return stream(seed, market.code, "trainers").normal(0, TRAINER_SD, trainer_count(market))
