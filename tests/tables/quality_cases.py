"""A market whose exports are in order, and the faults that exports have: what one loses days over."""

import numpy as np
import pandas as pd

from tests.tables.small_company import days, markets, moderators
from tne.tables.workspace import Workspace

FIRST = pd.Timestamp("2026-01-05", tz="UTC")  # a Monday
WEEKS, PEOPLE, A_DAY = 20, 20, 2


def sound() -> dict[str, pd.DataFrame]:
    """Twenty people in twenty weeks: two audits and a day of production each weekday, a test, a survey, a session."""
    people = [f"person{i:02d}" for i in range(PEOPLE)]
    day = pd.date_range(FIRST, periods=7 * WEEKS, freq="D")
    day = day[day.day_of_week < 5]
    who, when = (x.ravel() for x in np.meshgrid(people, day))
    who, when = np.repeat(who, A_DAY), pd.DatetimeIndex(np.repeat(when, A_DAY))
    n = len(who)
    i = np.arange(n)
    decided = when + pd.to_timedelta(8 * 3600 + i % 28000, "s")
    right = i % 10 != 3
    audits = pd.DataFrame(
        {
            "audit_id": [f"a{k}" for k in i],
            "case_id": [f"c{k}" for k in i],
            "market": "DE",
            "moderator_id": who,
            "auditor_id": np.where(i % 2, "q1", "q2"),
            "queue": np.where(i % 3, "video", "text"),
            "policy_area": np.where(i % 4, "hate", "spam"),
            "policy_version": "1",
            "decision": "keep",
            "audited_decision": np.where(right, "keep", "remove"),
            "correct": right,
            "error_type": np.where(right, "none", "false_negative"),
            "root_cause": np.where(right, None, "knowledge"),
            "sampling_weight": 1.0,
            "seeded": False,
            "decided_at": decided,
            "audited_at": decided + pd.Timedelta("26h"),
        }
    )
    made = audits.iloc[::A_DAY]
    production = pd.DataFrame(
        {
            "market": "DE",
            "moderator_id": made["moderator_id"],
            "queue": "video",
            "date": made["decided_at"].dt.tz_localize(None).dt.normalize(),
            "cases": 100,
            "handle_seconds": 20000.0,
            "exposure_minutes": 60.0,
        }
    )
    done = FIRST + pd.Timedelta("56D 10h")
    trained = pd.DataFrame({"programme_id": "p", "moderator_id": people, "market": "DE", "session_id": "s1"})
    asked = [("pre", done - pd.Timedelta("7D")), ("post", done + pd.Timedelta("2D"))]
    responses = pd.concat(
        [
            pd.DataFrame(
                {
                    "attempt_id": [f"{wave}-{p}" for p in people],
                    "item_id": item,
                    "moderator_id": people,
                    "market": "DE",
                    "programme_id": "p",
                    "wave": wave,
                    "form": "f",
                    "score": (np.arange(PEOPLE) % 3 > 0) * 1.0,
                    "answered_at": at + pd.to_timedelta(np.arange(PEOPLE), "min"),
                }
            )
            for wave, at in asked
            for item in ("i1", "i2")
        ]
    )
    return {
        "audits": audits,
        "production": production,
        "markets": markets().iloc[1:],
        "moderators": moderators([(p, "2025-01-06", None, "DE", "T1", "2025-01-06", None) for p in people]),
        "policies": pd.DataFrame(
            {
                "market": "DE",
                "policy_area": ["hate", "spam"],
                "policy_version": "1",
                "effective_at": FIRST - pd.Timedelta("300D"),
                "title": "First",
            }
        ),
        "sessions": pd.DataFrame(
            {
                "session_id": ["s1"],
                "programme_id": "p",
                "market": "DE",
                "modality": "instructor_led",
                "language": "de",
                "starts_at": [done - pd.Timedelta("1h")],
            }
        ),
        "attendance": pd.DataFrame(
            {
                "session_id": "s1",
                "moderator_id": people,
                "joined_at": done - pd.Timedelta("58min"),
                "minutes": 55.0,
            }
        ),
        "enrolments": trained.assign(
            assigned_on=days(*["2026-02-02"] * PEOPLE), status="completed", completed_at=done
        ),
        "items": pd.DataFrame({"item_id": ["i1", "i2"], "form": "f", "programme_id": "p", "scale": "points"}),
        "responses": responses,
        "surveys": pd.DataFrame(
            {
                "response_id": [f"r{k}" for k in range(PEOPLE)],
                "question_id": "q",
                "market": "DE",
                "programme_id": "p",
                "session_id": "s1",
                "moderator_id": people,
                "wave": "end",
                "respondent": "learner",
                "construct": "relevance",
                "value": np.arange(PEOPLE) % 5 + 1.0,
                "scale_min": 1.0,
                "scale_max": 5.0,
                "submitted_at": done + pd.to_timedelta(np.arange(PEOPLE), "min"),
            }
        ),
        "appeals": audits.iloc[::10][
            ["case_id", "market", "moderator_id", "queue", "policy_area", "decided_at"]
        ].assign(
            appealed_at=audits["decided_at"] + pd.Timedelta("5h"),
            resolved_at=audits["decided_at"] + pd.Timedelta("30h"),
            overturned=False,
        ),
    }


IDS = (
    *("audit_id", "case_id", "moderator_id", "session_id", "programme_id"),
    *("attempt_id", "item_id", "form", "response_id"),
)


def company(markets: dict[str, dict[str, pd.DataFrame]], config: dict | None = None) -> Workspace:
    """Several such markets in one company: each with its code, and with people, programmes and tests of its own."""
    tables: dict[str, list[pd.DataFrame]] = {}
    for code, frames in markets.items():
        for name, frame in frames.items():
            own = {column: frame[column] + f"-{code}" for column in IDS if column in frame}
            own |= {"market": code} if "market" in frame else {}
            tables.setdefault(name, []).append(frame.assign(**own))
    return Workspace.from_frames({k: pd.concat(v, ignore_index=True) for k, v in tables.items()}, config)


def some(frame: pd.DataFrame, part: int = 10) -> np.ndarray:
    """Every tenth row."""
    return np.arange(len(frame)) % part == 0


def moved(frame: pd.DataFrame, column: str, by: str, part: int = 10) -> pd.DataFrame:
    """A time of every tenth row moved."""
    out = frame.copy()
    out.loc[some(out, part), column] += pd.Timedelta(by)
    return out


def put(frame: pd.DataFrame, column: str, value: object, part: int = 10) -> pd.DataFrame:
    """A value in every tenth row."""
    out = frame.copy()
    out.loc[some(out, part), column] = value
    return out


def again(frame: pd.DataFrame, key: str, by: str = "0s", part: int = 10) -> pd.DataFrame:
    """Every tenth id once more under another one, a moment later."""
    ids = frame[key].drop_duplicates()
    copies = frame[frame[key].isin(ids[some(ids, part)])].copy()
    copies[key] += "-again"
    for column in ("answered_at",):
        if column in copies:
            copies[column] += pd.Timedelta(by)
    return pd.concat([frame, copies], ignore_index=True)


def between(frame: pd.DataFrame, column: str, first: str, last: str) -> pd.Series:
    """Rows from one day to before another."""
    at = frame[column] if frame[column].dt.tz else frame[column].dt.tz_localize("UTC")
    return (at >= pd.Timestamp(first, tz="UTC")) & (at < pd.Timestamp(last, tz="UTC"))


def opened(config: dict | None = None, **changed: pd.DataFrame) -> Workspace:
    """The market with some tables replaced; None leaves one out."""
    frames = {**sound(), **changed}
    return Workspace.from_frames({k: v for k, v in frames.items() if v is not None}, config)
