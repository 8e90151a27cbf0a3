"""How much was decided, how long did it take, what was appealed, and what did the trainings cost?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tne.simulate.calendar import DAY, FIRST_MONDAY, dates, monday, utc
from tne.simulate.ids import numbered, stream, words
from tne.simulate.markets import AREA_CODES, QUEUES, SHARES
from tne.simulate.world import World

HANDLE = np.array([150.0, 240.0, 45.0, 90.0])  # seconds a case, by queue
HARM = np.array([0.24, 0.30, 0.12, 0.08])  # share of handling time with potentially harmful content
DESK_SECONDS = 6.2 * 3600
SLOW_START = 0.35  # a new hire needs this much longer
OUTAGE = 0.70  # throughput in the week of an outage
APPEALS = 0.7  # a person-week
WRONG_IN_APPEALS = 3.0  # a wrong decision is this many times as likely to be appealed
OVERTURNED = (0.05, 0.80)  # of right and of wrong decisions


def outage_week(w: World) -> int:
    """Return the week in which the tools of a market were down for most of two days."""
    return int(stream(w.seed, w.market.code, "outage").integers(w.everyone.weeks // 2, w.everyone.weeks - 2))


def production(w: World) -> pd.DataFrame:
    """Return the rows of ``production`` of one market: one per person, day and queue. No training changes them."""
    rng, everyone = stream(w.seed, w.market.code, "production"), w.everyone
    person, week = np.nonzero(everyone.present)
    person, week = np.repeat(person, 5), np.repeat(week, 5)
    day = everyone.start_day[person] + np.tile(np.arange(5), len(person) // 5) + 7 * week
    pace = rng.lognormal(0, 0.12, len(everyone))
    tenure = np.maximum(week - everyone.hire_week[person], 0)
    slow = (pace[person] * (1 + SLOW_START * np.exp(-tenure / 8))).astype(np.float64)
    desk = DESK_SECONDS * rng.normal(1, 0.06, len(person)) * np.where(week == outage_week(w), OUTAGE, 1)
    helping = rng.random(len(person)) < 0.15  # spends a third of the day in another queue
    other = (everyone.queue[person] + rng.integers(1, len(QUEUES), len(person))) % len(QUEUES)
    main = np.ones(len(person), dtype=bool)
    first = _days(rng, person, everyone.queue[person], day, desk * np.where(helping, 0.67, 1), slow, main)
    second = _days(rng, person, other, day, desk * 0.33, slow, helping)
    rows = {name: np.concatenate([first[name], second[name]]) for name in first}
    return pd.DataFrame(
        {
            "market": words([w.market.code], np.zeros(len(rows["person"]))),
            "moderator_id": words(everyone.ids, rows["person"]),
            "queue": words(QUEUES, rows["queue"]),
            "date": dates(rows["day"]),
            "cases": rows["cases"],
            "skipped": rows["skipped"],
            "handle_seconds": rows["handle"],
            "exposure_minutes": rows["exposure"],
        }
    )


def _days(
    rng: np.random.Generator,
    person: np.ndarray,
    queue: np.ndarray,
    day: np.ndarray,
    desk: np.ndarray,
    slow: np.ndarray,
    here: np.ndarray,
) -> dict[str, np.ndarray]:
    person, queue, day, desk, slow = (x[here] for x in (person, queue, day, desk, slow))
    each = HANDLE[queue] * slow
    cases = np.maximum(rng.poisson(desk / each), 1)
    handle = np.round(cases * each * (1 + rng.normal(0, 0.25, len(cases)) / np.sqrt(cases))).clip(10)
    harm = np.clip(HARM[queue] * (1 + rng.normal(0, 0.2, len(cases))), 0, 1)
    exposure = np.round(handle * harm / 60)
    return {
        "person": person,
        "queue": queue,
        "day": day,
        "cases": cases,
        "skipped": rng.poisson(cases / 80),
        "handle": handle,
        "exposure": exposure,
    }


def appeals(w: World) -> pd.DataFrame:
    """Return the rows of ``appeals`` of one market: better decisions are overturned less."""
    rng, everyone = stream(w.seed, w.market.code, "appeals"), w.everyone
    person, week = np.nonzero(everyone.present)
    right = w.how.share_right(w.logit[person, week], week)
    count = rng.poisson(APPEALS, len(person))
    person, week, right = np.repeat(person, count), np.repeat(week, count), np.repeat(right, count)
    rows = len(person)
    odds = WRONG_IN_APPEALS * (1 - right)
    wrong = rng.random(rows) < odds / (odds + right)
    overturned = rng.random(rows) < np.where(wrong, OVERTURNED[1], OVERTURNED[0])
    day = everyone.start_day[person] + rng.integers(0, 5, rows) + 7 * week
    decided = day * DAY + everyone.start_hour[person] * 3600.0 + rng.integers(0, 8 * 3600, rows)
    appealed = decided + rng.exponential(2 * DAY, rows).astype(int) + 600
    resolved = (appealed // DAY + rng.integers(1, 8, rows)) * DAY + rng.integers(8 * 3600, 18 * 3600, rows)
    end = (everyone.weeks * 7 + 4) * DAY  # the export was made then
    known = appealed < end
    open_ = resolved >= end
    area = rng.choice(len(AREA_CODES), rows, p=SHARES)
    queue = np.where(rng.random(rows) < 0.85, everyone.queue[person], rng.integers(0, len(QUEUES), rows))
    frame = pd.DataFrame(
        {
            "case_id": "p" + numbered(w.market.code, rows),
            "market": words([w.market.code], np.zeros(rows)),
            "moderator_id": words(everyone.ids, person),
            "queue": words(QUEUES, queue),
            "policy_area": words(AREA_CODES, area),
            "decided_at": utc(decided, w.market.timezone),
            "appealed_at": utc(appealed, w.market.timezone),
            "resolved_at": utc(np.where(open_, np.nan, resolved), w.market.timezone),
            "overturned": pd.array(overturned, dtype="boolean"),
        }
    )
    frame.loc[open_, "overturned"] = pd.NA
    return frame[known].reset_index(drop=True)


def costs(w: World) -> pd.DataFrame:
    """Return the rows of ``costs`` of one market, in its currency."""
    rng, market, rows = stream(w.seed, w.market.code, "costs"), w.market, []
    for rollout in w.rollouts:
        programme, came = rollout.programme, int(rollout.trained.sum())
        if not came:
            continue
        hours = np.nansum(rollout.minutes) / 60
        begun = FIRST_MONDAY + pd.Timedelta(seconds=float(rollout.session_start.min()))
        ended = FIRST_MONDAY + pd.Timedelta(seconds=float(rollout.session_start.max()))
        teaching = 0 if programme.modality == "e_learning" else len(rollout.session_week)
        amounts = {
            "materials": (market.wage * rng.uniform(40, 90), begun - pd.Timedelta(weeks=3)),
            "participants' time": (market.wage * hours, ended),
            "trainers' time": (2.2 * market.wage * teaching * 3, ended),
            "platform": (market.wage * 0.2 * came * (programme.modality != "instructor_led"), ended),
        }
        rows += [
            (programme.code, item, round(float(amount), 2), day.normalize())
            for item, (amount, day) in amounts.items()
            if amount > 0
        ]
    frame = pd.DataFrame(rows, columns=["programme_id", "item", "amount", "incurred_on"])
    frame = frame[frame["incurred_on"] < monday(w.everyone.weeks)].reset_index(drop=True)
    frame.insert(0, "cost_id", numbered(f"{market.code}-k", len(frame)))
    frame.insert(2, "market", market.code)
    frame.insert(5, "currency", market.currency)
    return frame.astype({"incurred_on": "datetime64[us]"})


def operations_truth(w: World) -> dict[str, Any]:
    """Return what the weekly report should notice and what no training changed."""
    return {
        "outage_week_starts_on": monday(outage_week(w)).date().isoformat(),
        "handle_seconds_effect": 0.0,
        "exposure_minutes_effect": 0.0,
    }
