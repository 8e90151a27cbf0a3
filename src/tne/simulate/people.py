"""Who works in a market, in which team, since when, and how able is each person?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from tne.simulate.calendar import dates
from tne.simulate.ids import pseudonyms, stream, words
from tne.simulate.markets import QUEUES, Market

ONBOARDING_LOSS = 0.8
ONBOARDING_TAU = 8.0
LEAVING = 0.0025  # chance of leaving in a week, about 12 % a year
MOVING = 0.04  # share of people who change team once in the year
ABSENT = 0.04  # share of weeks on holiday or sick
PERSON_SD = 0.45
SITE_SD = 0.15
NEVER = 10_000


@dataclass(frozen=True, eq=False)
class People:
    """Everybody who worked in one market, as arrays of shape (people,) unless said otherwise.

    Parameters
    ----------
    market : Market
    ids : array of str
        Pseudonyms.
    hire_week, leave_week : array of int
        Week of hire (negative before the first simulated week) and first week after leaving (`NEVER`).
    team, team_after, move_week : array of int
        Team, the team after a move, and the week of the move (`NEVER`).
    site_of_team : array of int, shape (teams,)
    ability : array of float
        theta on the logit scale, before tenure, season and training.
    queue, start_hour, start_day : array of int
        Main queue, hour and weekday on which work starts.
    vendor : array of bool
    present : array of bool, shape (people, weeks)
        At work and past the first week, which is classroom only.
    trend : array of float, shape (weeks,)
        Season and trend, common to the market.
    """

    market: Market
    ids: np.ndarray
    hire_week: np.ndarray
    leave_week: np.ndarray
    team: np.ndarray
    team_after: np.ndarray
    move_week: np.ndarray
    site_of_team: np.ndarray
    ability: np.ndarray
    queue: np.ndarray
    start_hour: np.ndarray
    start_day: np.ndarray
    vendor: np.ndarray
    present: np.ndarray
    trend: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def weeks(self) -> int:
        """Number of simulated weeks."""
        return cast(int, self.present.shape[1])

    def team_in(self, week: int | np.ndarray) -> np.ndarray:
        """Return everybody's team in `week`."""
        return np.where(np.asarray(week) >= self.move_week, self.team_after, self.team)

    def employed(self, week: int) -> np.ndarray:
        """Return who is employed in `week`, at work or not."""
        return (self.hire_week <= week) & (week < self.leave_week)

    def tenure_loss(self) -> np.ndarray:
        """Return the logit that new hires lack, shape (people, weeks)."""
        tenure = np.arange(self.weeks)[None, :] - self.hire_week[:, None]
        return cast(np.ndarray, -ONBOARDING_LOSS * np.exp(-np.maximum(tenure, 0) / ONBOARDING_TAU))


def team_sizes(rng: np.random.Generator, market: Market) -> np.ndarray:
    """Share a market's seats among its teams, 4 to 11 each where there are enough people."""
    teams = market.teams
    least = min(4, market.size // teams)
    sizes = np.full(teams, least)
    most = max(11, -(-market.size // teams))
    taste = rng.gamma(4, size=teams)
    for _ in range(market.size - least * teams):
        room = sizes < most
        sizes[rng.choice(teams, p=np.where(room, taste, 0) / taste[room].sum())] += 1
    return sizes


def hire_weeks(rng: np.random.Generator, weeks: int) -> np.ndarray:
    """Draw the weeks of a market's hire waves."""
    return np.arange(int(rng.integers(2, 8)), weeks, int(rng.integers(8, 12)))


def people(seed: int, market: Market, weeks: int) -> People:
    """Draw the people of one market.

    Parameters
    ----------
    seed : int
    market : Market
    weeks : int
        Number of simulated weeks.

    Returns
    -------
    People

    Notes
    -----
    Each seat has a sequence of occupants. A leaver is replaced in the next hire wave, so the market holds
    at most ``market.size`` people at a time and more over the year.
    """
    rng = stream(seed, market.code, "people")
    sizes = team_sizes(rng, market)
    seat_team = np.repeat(np.arange(len(sizes)), sizes)
    waves = hire_weeks(rng, weeks)

    def leaving(hired: np.ndarray) -> np.ndarray:
        return cast(np.ndarray, np.maximum(hired, 0) + 1 + rng.geometric(LEAVING, size=len(hired)))

    new = rng.random(market.size) < 0.15
    hired = -np.where(
        new, rng.integers(1, 27, market.size), 26 + rng.exponential(80, market.size).astype(int)
    )
    seats, hire, leave = [np.arange(market.size)], [hired], [leaving(hired)]
    while True:
        wave = np.searchsorted(waves, leave[-1])
        refilled = wave < len(waves)
        if not refilled.any():
            break
        hired = waves[wave[refilled]]
        seats.append(seats[-1][refilled])
        hire.append(hired)
        leave.append(leaving(hired))
    seat, hire_week, leave_week = map(np.concatenate, (seats, hire, leave))
    leave_week = np.where(leave_week < weeks, leave_week, NEVER)
    count = len(seat)
    team = seat_team[seat]
    site_of_team = (np.arange(len(sizes)) >= -(-len(sizes) // 2)).astype(int)[rng.permutation(len(sizes))]
    begin, end = np.maximum(hire_week + 2, 2), np.minimum(leave_week, weeks) - 1
    movers = (rng.random(count) < MOVING) & (end > begin)
    move_week = np.where(movers, begin + (rng.random(count) * (end - begin)).astype(int), NEVER)
    team_after = (team + 1 + rng.integers(0, len(sizes) - 1, count)) % len(sizes)
    average = rng.normal(1.76, 0.06)
    site = rng.normal(0, SITE_SD, 2)
    # a person's site follows the first team: a later move changes colleagues, not ability
    ability = average + site[site_of_team[team]] + rng.normal(0, PERSON_SD, count)
    week = np.arange(weeks)
    present = (
        (week > hire_week[:, None]) & (week < leave_week[:, None]) & (rng.random((count, weeks)) >= ABSENT)
    )
    slope, height = rng.normal(0.10, 0.05), rng.uniform(0.05, 0.15)
    return People(
        market=market,
        ids=pseudonyms(seed, "m", market.code, count),
        hire_week=hire_week,
        leave_week=leave_week,
        team=team,
        team_after=team_after,
        move_week=move_week,
        site_of_team=site_of_team,
        ability=ability,
        queue=rng.choice(len(QUEUES), size=count, p=[0.45, 0.15, 0.30, 0.10]),
        start_hour=rng.choice([7, 9, 13], size=count, p=[0.35, 0.4, 0.25]),
        start_day=rng.choice(3, size=count, p=[0.7, 0.15, 0.15]),
        vendor=rng.random(count) < np.array([0.15, 0.85])[site_of_team[team]],
        present=present,
        trend=slope * week / 52 + height * np.sin(2 * np.pi * week / 52),
    )


def team_names(market: Market) -> list[str]:
    """Return the names of a market's teams, for example ``DE-07``."""
    return [f"{market.code}-{i + 1:02d}" for i in range(market.teams)]


def moderators_table(everyone: People) -> pd.DataFrame:
    """Return the rows of the table ``moderators``: one per spell in a team."""
    moved = everyone.move_week < NEVER
    person = np.concatenate([np.arange(len(everyone)), np.flatnonzero(moved)])
    second = np.arange(len(person)) >= len(everyone)
    move = np.where(moved, everyone.move_week * 7.0, np.nan)
    gone = everyone.leave_week < NEVER
    left = np.where(gone, everyone.leave_week * 7.0 - 1, np.nan)  # the last day is a Sunday
    hired = everyone.hire_week * 7.0
    team = np.where(second, everyone.team_after[person], everyone.team[person])
    market = everyone.market
    frame = pd.DataFrame(
        {
            "moderator_id": words(everyone.ids, person),
            "valid_from": dates(np.where(second, move[person], hired[person])),
            "valid_to": dates(np.where(moved[person] & ~second, move[person] - 1, left[person])),
            "market": words([market.code], np.zeros(len(person))),
            "site": words(market.sites, everyone.site_of_team[team]),
            "team": words(team_names(market), team),
            "languages": words([market.language], np.zeros(len(person))),
            "queue": words(QUEUES, everyone.queue[person]),
            "employer": words(["internal", "vendor"], everyone.vendor[person].astype(int)),
            "hired_on": dates(hired[person]),
            "left_on": dates(left[person]),
        }
    )
    return frame.iloc[np.lexsort((second, person))].reset_index(drop=True)
