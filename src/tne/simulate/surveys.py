"""What do people say about the trainings, and how do they feel?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tne.simulate.calendar import DAY, utc
from tne.simulate.ids import numbered, stream, words
from tne.simulate.markets import MARKETS
from tne.simulate.rollout import Rollout
from tne.simulate.world import World

CONSTRUCTS = ("satisfaction", "relevance", "confidence", "wellbeing", "applied_on_the_job")
ANSWERING = (0.80, 0.60, 0.60, 0.25)
SITE_MEAN = (0.3, 0.0, 0.0, -0.4)
AVERAGE = 3.2
LIKED = {"livestream-elearning": 0.9, "hateful-conduct-update": 0.2, "appeals-workshop": 0.1}
PULSE_EVERY = 4
PULSE_ANSWERING = 0.55
FOLLOW_UP_DAYS = 49


def site_kind(market_code: str) -> np.ndarray:
    """Return which of the four kinds of site a market's two sites are."""
    codes = [market.code for market in MARKETS]
    return (
        np.array([0, 1]) if market_code in codes and codes.index(market_code) % 2 == 0 else np.array([2, 3])
    )


def likert(latent: np.ndarray) -> np.ndarray:
    """Round latent answers to the scale from 1 to 5."""
    return np.clip(np.round(latent), 1, 5)


def surveys(w: World) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the rows of ``surveys`` of one market, and the means that everybody would have given."""
    rng = stream(w.seed, w.market.code, "surveys")
    parts, truth = [], {}
    for rollout in w.rollouts:
        if rollout.trained.any():
            found, answers = _learners(rng, w, rollout)
            truth[rollout.programme.code] = found
            parts += [*answers, _managers(rng, w, rollout)]
    pulse, found = _pulse(rng, w)
    parts.append(pulse)
    truth["pulse"] = found
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[rows["at"] < w.everyone.weeks * 7 * DAY].reset_index(drop=True)
    sheet = rows["sheet"].to_numpy(dtype=np.int64)
    number = np.unique(sheet, return_inverse=True)[1]
    programmes = [r.programme.code for r in w.rollouts]
    session_names = [name for r in w.rollouts for name in r.session_names(w.market)]
    frame = pd.DataFrame(
        {
            "response_id": numbered(f"{w.market.code}-s", int(number.max()) + 1).take(number),
            "question_id": words([f"q_{name}" for name in CONSTRUCTS], rows["construct"]),
            "market": words([w.market.code], np.zeros(len(rows))),
            "programme_id": words(programmes, rows["programme"]),
            "session_id": words(session_names, rows["session"]),
            "moderator_id": words(w.everyone.ids, rows["person"]),
            "wave": words(["end", "follow_up", "pulse"], rows["wave"]),
            "respondent": words(["learner", "manager"], rows["manager"]),
            "construct": words(CONSTRUCTS, rows["construct"]),
            "value": rows["value"].to_numpy(dtype=float),
            "scale_min": 1.0,
            "scale_max": 5.0,
            "comment": words([""], np.full(len(rows), -1)),
            "submitted_at": utc(rows["at"].to_numpy(), w.market.timezone),
        }
    )
    return frame, truth


def _sheets(
    values: np.ndarray, constructs: list[int], sheet: np.ndarray, at: np.ndarray, **same: Any
) -> pd.DataFrame:
    """Turn answers of shape (sheets, constructs) into rows; `same` holds columns that a sheet shares."""
    width = len(constructs)
    data = {name: np.repeat(np.broadcast_to(value, len(sheet)), width) for name, value in same.items()}
    return pd.DataFrame(
        {
            "sheet": np.repeat(sheet, width),
            "at": np.repeat(at, width),
            "construct": np.tile(constructs, len(sheet)),
            "value": values.ravel(),
            **data,
        }
    )


def _learners(
    rng: np.random.Generator, w: World, rollout: Rollout
) -> tuple[dict[str, Any], list[pd.DataFrame]]:
    everyone, number = w.everyone, w.rollouts.index(rollout)
    person = np.flatnonzero(rollout.trained)
    kind = site_kind(w.market.code)[everyone.site_of_team[everyone.team[person]]]
    centre = AVERAGE + np.array(SITE_MEAN)[kind] + LIKED.get(rollout.programme.code, 0.0)
    mood = rng.normal(0, 0.5, len(person))
    answers = likert(
        (centre + mood)[:, None] + np.array([0, 0.1, 0.2]) + rng.normal(0, 0.7, (len(person), 3))
    )
    responds = rng.random(len(person)) < np.array(ANSWERING)[kind]
    later = responds & (rng.random(len(person)) < 0.6)
    followed = likert(answers[:, 1:] - 0.2 + rng.normal(0, 0.6, (len(person), 2)))
    offset = sum(len(r.session_week) for r in w.rollouts[:number])
    base = 10_000_000 * (number + 1)

    def rows(
        who: np.ndarray, values: np.ndarray, constructs: list[int], days: int, wave: int
    ) -> pd.DataFrame:
        at = rollout.joined[person[who]] + days * DAY + rng.integers(2 * 3600, 2 * DAY, int(who.sum()))
        return _sheets(
            values[who],
            constructs,
            base + wave * 1_000_000 + person[who],
            at,
            person=person[who],
            session=rollout.session[person[who]] + offset,
            programme=number,
            wave=wave,
            manager=0,
        )

    truth = {name: round(float(answers[:, i].mean()), 6) for i, name in enumerate(CONSTRUCTS[:3])}
    truth |= {"asked": len(person), "answered": int(responds.sum())}
    return truth, [rows(responds, answers, [0, 1, 2], 0, 0), rows(later, followed, [1, 2], FOLLOW_UP_DAYS, 1)]


def _managers(rng: np.random.Generator, w: World, rollout: Rollout) -> pd.DataFrame:
    """One answer per team, seven weeks later: do they see it on the job? They like what people liked."""
    teams = np.unique(w.everyone.team[rollout.trained])
    teams = teams[rng.random(len(teams)) < 0.7]
    liked = LIKED.get(rollout.programme.code, 0.0)
    values = likert(3.1 + liked + rng.normal(0, 0.8, (len(teams), 1)))
    number = w.rollouts.index(rollout)
    last = rollout.session_start.max() + FOLLOW_UP_DAYS * DAY + rng.integers(0, 2 * DAY, len(teams))
    return _sheets(
        values,
        [4],
        10_000_000 * (number + 1) + 5_000_000 + teams,
        last,
        person=-1,
        session=-1,
        programme=number,
        wave=1,
        manager=1,
    )


def _pulse(rng: np.random.Generator, w: World) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Monthly, anonymous: no programme, session or person, and no effect of any training."""
    everyone = w.everyone
    usual = rng.normal(3.4, 0.6, len(everyone))
    frames, all_values = [], []
    for number, week in enumerate(range(1, everyone.weeks, PULSE_EVERY)):
        here = np.flatnonzero(everyone.present[:, week])
        values = likert(usual[here] + rng.normal(0, 0.6, len(here)))
        all_values.append(values)
        responds = rng.random(len(here)) < PULSE_ANSWERING
        at = (
            week * 7 * DAY
            + rng.integers(0, 4, int(responds.sum())) * DAY
            + rng.integers(9 * 3600, 18 * 3600, int(responds.sum()))
        )
        order = rng.permutation(int(responds.sum()))  # the order of the sheets says nothing about who it was
        sheet = 900_000_000 + number * 100_000 + order
        frames.append(
            _sheets(
                values[responds][:, None],
                [3],
                sheet,
                at,
                person=-1,
                session=-1,
                programme=-1,
                wave=2,
                manager=0,
            )
        )
    return pd.concat(frames, ignore_index=True), {
        "wellbeing": round(float(np.concatenate(all_values).mean()), 6)
    }
