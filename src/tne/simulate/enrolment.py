"""What do the LMS and the calendar show of a roll-out?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tne.simulate.calendar import dates, utc
from tne.simulate.ids import pseudonyms, words
from tne.simulate.markets import Market
from tne.simulate.people import People
from tne.simulate.rollout import ARMS, STATUSES, Rollout, trainer_count


def sessions_table(rollouts: list[Rollout], market: Market, seed: int) -> pd.DataFrame:
    """Return the rows of the table ``sessions`` for one market."""
    trainers = pseudonyms(seed, "t", market.code, trainer_count(market))
    frames = []
    for rollout in rollouts:
        seats = np.bincount(rollout.session[rollout.session >= 0], minlength=len(rollout.session_week))
        online = rollout.programme.modality == "e_learning"
        frames.append(
            pd.DataFrame(
                {
                    "session_id": rollout.session_names(market),
                    "programme_id": rollout.programme.code,
                    "market": market.code,
                    "trainer_id": words(trainers, rollout.session_trainer),
                    "modality": "e_learning" if online else "instructor_led",
                    "language": market.language,
                    "starts_at": utc(rollout.session_start, market.timezone),
                    "duration_minutes": 45.0 if online else 90.0,
                    "capacity": np.where(online, np.nan, np.maximum(12, -(-seats // 4) * 4)),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def attendance_table(rollouts: list[Rollout], everyone: People) -> pd.DataFrame:
    """Return the rows of the table ``attendance`` for one market."""
    market, frames = everyone.market, []
    for rollout in rollouts:
        person = np.flatnonzero(rollout.trained)
        frames.append(
            pd.DataFrame(
                {
                    "session_id": words(rollout.session_names(market), rollout.session[person]),
                    "moderator_id": words(everyone.ids, person),
                    "joined_at": utc(rollout.joined[person], market.timezone),
                    "minutes": rollout.minutes[person],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def enrolments_table(rollouts: list[Rollout], everyone: People) -> pd.DataFrame:
    """Return the rows of the table ``enrolments`` for one market."""
    market, frames = everyone.market, []
    for rollout in rollouts:
        person = np.flatnonzero(rollout.status >= 0)
        done = rollout.status[person] == STATUSES.index("completed")
        ended = np.where(done, rollout.joined[person] + 60 * rollout.minutes[person], np.nan)
        frames.append(
            pd.DataFrame(
                {
                    "programme_id": rollout.programme.code,
                    "moderator_id": words(everyone.ids, person),
                    "market": market.code,
                    "session_id": words(rollout.session_names(market), rollout.session[person]),
                    "assigned_on": dates(rollout.assigned_week[person] * 7.0),
                    "arm": words(ARMS, rollout.arm[person]),
                    "status": words(STATUSES, rollout.status[person]),
                    "completed_at": utc(ended, market.timezone),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
