"""A company in which 3 % of the people leave every week and as many come, are trained, tested and asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tne.tables.store import write_tables

MARKET, PROGRAMME = "AA", "P1"
PEOPLE, WEEKS, BEFORE = 120, 12, 16  # at work at any time; weeks with a run; weeks before the first
MONDAY = pd.Timestamp("2026-01-05")
TURNOVER = 4  # people a week: 3 % of 120, rounded up


def last_day(week: int) -> pd.Timestamp:
    """Return the Sunday after which the run of a week is made."""
    return MONDAY + pd.Timedelta(7 * (BEFORE + week) + 6, "D")


def make(root: Path, seed: int) -> None:
    """Write the workspace."""
    rng = np.random.default_rng(seed)
    weeks = BEFORE + WEEKS
    joined = np.concatenate([np.zeros(PEOPLE, int), np.repeat(np.arange(1, weeks), TURNOVER)])
    ids = np.array([f"m_{i:016x}" for i in rng.choice(2**60, len(joined), replace=False)])
    left = np.full(len(ids), weeks)
    for week in range(1, weeks):  # who leaves is drawn among those at work
        there = np.flatnonzero((joined < week) & (left > week))
        left[rng.choice(there, TURNOVER, replace=False)] = week
    hired = MONDAY + pd.to_timedelta(7 * joined, "D")
    gone = pd.Series(MONDAY + pd.to_timedelta(7 * left, "D")).where(left < weeks)
    old = pd.to_timedelta(200 * (joined == 0), "D")
    people = pd.DataFrame(
        {
            "moderator_id": ids,
            "valid_from": hired - old,
            "market": MARKET,
            "team": [f"T{i % 6}" for i in range(len(ids))],
            "hired_on": hired - old,
            "left_on": gone,
        }
    )
    who, week = np.nonzero((joined[:, None] <= np.arange(weeks)) & (left[:, None] > np.arange(weeks)))
    day = MONDAY + pd.to_timedelta(7 * week + rng.integers(0, 5, len(week)), "D")
    tables = {
        "markets": pd.DataFrame(
            {"market": [MARKET], "name": ["A"], "language": ["en"], "timezone": ["UTC"], "currency": ["EUR"]}
        ),
        "moderators": people,
        "programmes": pd.DataFrame(
            {
                "programme_id": [PROGRAMME],
                "title": ["Basics"],
                "kind": ["refresher"],
                "modality": ["e_learning"],
                "rollout": ["universal"],
                "rollout_unit": ["person"],
                "planned_start_on": [MONDAY],
                "starts_on": [MONDAY],
                "stage": ["running"],
            }
        ),
        "audits": _audits(ids[who], day, rng),
        "production": pd.DataFrame(
            {"market": MARKET, "moderator_id": ids[who], "queue": "q", "date": day, "cases": 100}
        ).drop_duplicates(["moderator_id", "date"]),
    }
    # everybody is trained in the first week at work: a test before, one after, and a question
    first = MONDAY + pd.to_timedelta(7 * joined, "D")
    stays = left > joined
    done = (first + pd.Timedelta(2, "D")).tz_localize("UTC")
    tables["enrolments"] = pd.DataFrame(
        {
            "programme_id": PROGRAMME,
            "moderator_id": ids,
            "market": MARKET,
            "assigned_on": first,
            "arm": "trained",
            "status": "completed",
            "completed_at": done,
        }
    )
    tables["items"] = pd.DataFrame(
        {"item_id": ["i1"], "form": ["f"], "programme_id": [PROGRAMME], "max_score": [10.0], "scale": ["s"]}
    )
    tables["responses"] = pd.concat(
        _answers(ids[stays], first[stays] + pd.Timedelta(days, "D"), wave, rng)
        for wave, days in (("pre", 1), ("post", 3))
    )
    tables["surveys"] = pd.DataFrame(
        {
            "response_id": [f"r{i}" for i in range(stays.sum())],
            "question_id": "q",
            "market": MARKET,
            "programme_id": PROGRAMME,
            "wave": "end",
            "respondent": "learner",
            "construct": "satisfaction",
            "value": rng.integers(1, 6, stays.sum()).astype(float),
            "scale_min": 1.0,
            "scale_max": 5.0,
            "submitted_at": (first[stays] + pd.Timedelta(3, "D")).tz_localize("UTC"),
        }
    )
    write_tables(tables, root)
    (root / "tne.toml").write_text('name = "Turning"\ncontact = "team"\nmin_n = 10\n', encoding="utf-8")


def _audits(who: np.ndarray, day: pd.DatetimeIndex, rng: np.random.Generator) -> pd.DataFrame:
    at = pd.Series(day + pd.Timedelta(9, "h")).dt.tz_localize("UTC")
    right = rng.random(len(who)) < 0.8
    return pd.DataFrame(
        {
            "audit_id": [f"a{i}" for i in range(len(who))],
            "case_id": [f"c{i}" for i in range(len(who))],
            "market": MARKET,
            "moderator_id": who,
            "auditor_id": "q_auditor",
            "queue": "q",
            "policy_area": "hate",
            "policy_version": "1",
            "decision": "keep",
            "audited_decision": np.where(right, "keep", "remove"),
            "correct": right,
            "error_type": np.where(right, "none", "false_negative"),
            "sampling_weight": 1.0,
            "seeded": False,
            "decided_at": at,
            "audited_at": at + pd.Timedelta(1, "D"),
        }
    )


def _answers(who: np.ndarray, day: pd.DatetimeIndex, wave: str, rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "attempt_id": [f"{wave}-{name}" for name in who],
            "item_id": "i1",
            "moderator_id": who,
            "market": MARKET,
            "programme_id": PROGRAMME,
            "wave": wave,
            "form": "f",
            "score": rng.integers(3, 11, len(who)).astype(float),
            "answered_at": day.tz_localize("UTC"),
        }
    )
