"""A company in which every row is awkward for one data base or another: what engines must agree on."""

import numpy as np
import pandas as pd

#: Sorted one way byte by byte, another way in Swedish or English; quotes, blanks, and one name inside another.
PEOPLE = ["Z", "a", "B", "ä", "Ö", "o'k", "a b", "a-b", "ab", "A", "日本", "z"]
MARKETS = {"A": "Asia/Kathmandu", "A-1": "America/Santiago", "B": "Europe/London"}
AREAS = ["hate", "Hate speech", "spam", "äther"]
WEIGHTS = [1 / 3, 0.1, 1.0, 7.7, 12345.678, 1e-3]


def awkward(seed: int = 9) -> dict[str, pd.DataFrame]:
    """Return all tables, in no order."""
    rng = np.random.default_rng(seed)
    frames = {**_people(rng), **_tests(rng), **_work(rng)}
    return {name: frame.sample(frac=1, random_state=seed) for name, frame in frames.items()}


def _market(person: str) -> str:
    return [*MARKETS][PEOPLE.index(person) % len(MARKETS)]


def _day(*texts: str | None) -> pd.Series:
    return pd.to_datetime(pd.Series(texts, dtype="object"))


def _instants(
    rng: np.random.Generator, n: int, first: str = "2026-02-20", days: int = 70
) -> pd.DatetimeIndex:
    """Microseconds, local midnights to the second, and both sides of a change of clocks."""
    at = pd.Timestamp(first, tz="UTC") + pd.to_timedelta(rng.integers(0, days * 86_400_000_000, n), unit="us")
    edges = [
        "2026-03-29 00:59:59.999999",
        "2026-03-29 01:00:00",
        "2026-04-05 02:59:59",
        "2026-04-05 03:00:00",
    ]
    edges += [
        "2026-03-01 18:15:00",
        "2026-03-01 18:14:59.999999",
        "2026-03-02 00:00:00",
        "2026-03-01 03:00:00",
    ]
    known = pd.to_datetime(edges, utc=True, format="mixed")
    return known.append(at[len(edges) :])[:n].as_unit("us")


def _people(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    markets = pd.DataFrame(
        {"market": [*MARKETS], "name": "M", "language": "en", "timezone": MARKETS.values()}
    )
    spells = [
        (who, "2026-01-05", _market(who), "Öst" if i % 3 else "aal", "S" if i % 2 else None, None)
        for i, who in enumerate(PEOPLE[:-1])
    ]
    spells += [
        ("Z", "2026-03-03", "A", "Zeta", "S", None),
        ("Z", "2026-03-05", "A", "aal", None, "2026-04-06"),
    ]
    columns = ["moderator_id", "valid_from", "market", "team", "site", "left_on"]
    moderators = pd.DataFrame(spells, columns=columns).assign(hired_on=pd.Timestamp("2025-12-31"))
    for name in ("valid_from", "left_on"):
        moderators[name] = pd.to_datetime(moderators[name])
    programmes = pd.DataFrame(
        {
            "programme_id": ["p", "Q", "r"],
            "title": "It's",
            "kind": "policy_update",
            "modality": "blended",
            "rollout": "staggered",
            "rollout_unit": ["team", "site", "person"],
            "planned_start_on": pd.Timestamp("2026-03-09"),
            "starts_on": _day("2026-03-09", "2026-03-02", "2026-03-16"),
            "stage": "live",
            "target_policy_areas": ["hate; Hate speech", None, "äther"],
            "minimum_effect": [1.5, None, 2.0],
            "baseline_weeks": pd.array([2, None, 1], dtype="Int64"),
        }
    )
    starts = pd.to_datetime(["2026-03-10 09:00:00", "2026-03-08 23:59:59", "2026-03-24 12:00:00"], utc=True)
    sessions = pd.DataFrame(
        {
            "session_id": ["s1", "S1", "s2"],
            "programme_id": ["p", "Q", "p"],
            "market": [*MARKETS],
            "trainer_id": ["t", None, "T"],
            "modality": "blended",
            "language": "en",
            "starts_at": starts,
        }
    )
    attendance = pd.DataFrame(
        {
            "session_id": ["s1", "s1", "s1", "S1", "s2"],
            "moderator_id": ["Z", "Z", "ä", "a", "B"],
            "joined_at": starts[[0, 0, 0, 1, 2]] + pd.to_timedelta([0, 60, 5, 0, 1], unit="s"),
            "minutes": [0.1, 0.2, None, 7.5, 30.0],
        }
    )
    status = ["attended", "completed", "no_show", "withdrawn", "assigned", "completed", "attended"]
    enrolments = pd.DataFrame(
        {
            "programme_id": ["p", "p", "p", "p", "r", "Q", "r"],
            "moderator_id": ["Z", "ab", "ä", "o'k", "a b", "a", "A"],
            "market": ["A", "B", "A", "B", "A", "A-1", "A"],
            "session_id": ["s1", None, "s1", "s2", None, "S1", None],
            "assigned_on": _day(*["2026-03-01"] * 7),
            "arm": ["trained", None, "waitlist", "waitlist", "control", None, "trained"],
            "status": status,
            "completed_at": pd.to_datetime([None, "2026-03-20 10:00", *[None] * 5], utc=True),
        }
    )
    return {
        "markets": markets.assign(currency="EUR"),
        "moderators": moderators,
        "programmes": programmes,
        "sessions": sessions,
        "attendance": attendance,
        "enrolments": enrolments,
    }


def _tests(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    items = pd.DataFrame(
        {
            "item_id": ["i10", "i2", "I3", "i10", "i2"],
            "form": ["F", "F", "F", "g", "g"],
            "programme_id": ["p", "p", "p", "r", "r"],
            "max_score": [1.0, 0.3, 0.1, None, 1.0],
            "scale": ["x", "x", "x", "y", "X"],
        }
    )
    rows = [
        (f"{who}{wave}{attempt}{form}", item, who, _market(who), wave, form)
        for who in PEOPLE[:7]
        for wave in ("pre", "post", "quiz")
        for attempt in (1, 2)
        for form, asked in (("F", ["i10", "i2", "I3"]), ("g", ["i10", "i2"]))[: 1 + attempt % 2]
        for item in asked
    ]
    columns = ["attempt_id", "item_id", "moderator_id", "market", "wave", "form"]
    responses = pd.DataFrame(rows, columns=columns).drop_duplicates(["attempt_id", "item_id"])
    n = len(responses)
    at = pd.Series(_instants(rng, n)).where(rng.random(n) < 0.8)
    responses = responses.assign(score=rng.choice([0.1, 0.2, 0.7, 1.0], n), answered_at=at.to_numpy())
    responses["answered_at"] = pd.to_datetime(responses["answered_at"], utc=True)
    surveys = pd.DataFrame(
        {
            "response_id": ["1", "10", "2"],
            "question_id": "q",
            "market": [*MARKETS],
            "programme_id": ["p", None, "r"],
            "moderator_id": ["Z", None, "A"],
            "wave": "end",
            "respondent": "learner",
            "construct": "relevance",
            "value": [1.0, 4.5, 5.0],
            "scale_min": 1.0,
            "scale_max": 5.0,
            "submitted_at": _instants(rng, 8)[:3],
        }
    )
    return {"items": items, "responses": responses, "surveys": surveys}


def _work(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    n = 600
    who, right = rng.choice(PEOPLE, n), rng.random(n) < 0.8
    kinds = rng.choice(["false_positive", "false_negative", "wrong_policy", "technical"], n)
    decided = _instants(rng, n)
    audits = pd.DataFrame(
        {
            "audit_id": [f"a{i}" for i in range(n)],
            "case_id": [f"c{i}" for i in range(n)],
            "market": [_market(person) for person in who],
            "moderator_id": who,
            "auditor_id": rng.choice(["x", "X", "y"], n),
            "queue": rng.choice(["video", "Video", "ä"], n),
            "policy_area": rng.choice(AREAS, n),
            "policy_version": rng.choice(["1", "2", "10"], n),
            "decision": "keep",
            "audited_decision": np.where(right, "keep", "remove"),
            "correct": right,
            "error_type": np.where(right, "none", kinds),
            "root_cause": pd.Series(rng.choice(["r", "R", ""], n)).replace("", None),
            "severity": pd.Series(rng.choice([0.1, 0.3, -1], n)).replace(-1, np.nan),
            "sampling_weight": rng.choice(WEIGHTS, n),
            "seeded": rng.random(n) < 0.05,
            "disputed": pd.array(rng.choice([True, False, None], n), dtype="boolean"),
            "decided_at": decided,
            "audited_at": decided + pd.to_timedelta(rng.integers(0, 9 * 86_400, n), unit="s"),
        }
    )
    m = 60
    appealed = _instants(rng, m)
    resolved = pd.Series(appealed + pd.to_timedelta(rng.integers(0, 8_000_000, m), unit="ms")).where(
        rng.random(m) < 0.8
    )
    over = pd.Series(rng.random(m) < 0.4, dtype="boolean").mask(resolved.isna())
    appeals = pd.DataFrame(
        {
            "case_id": [f"c{i}" for i in range(m)],
            "market": rng.choice([*MARKETS], m),
            "moderator_id": pd.Series(rng.choice([*PEOPLE[:4], ""], m)).replace("", None),
            "queue": "video",
            "policy_area": rng.choice(AREAS, m),
            "decided_at": appealed - pd.Timedelta(days=1),
            "appealed_at": appealed,
            "resolved_at": resolved.to_numpy(),
            "overturned": over,
        }
    )
    appeals["resolved_at"] = pd.to_datetime(appeals["resolved_at"], utc=True)
    days = pd.date_range("2026-02-23", "2026-04-20", freq="2D")
    grid = [
        (_market(person), person, queue, day)
        for person in PEOPLE[:6]
        for queue in ("video", "ä")
        for day in days
    ]
    production = pd.DataFrame(grid, columns=["market", "moderator_id", "queue", "date"])
    k = len(production)
    production = production.assign(
        cases=rng.integers(0, 90, k),
        handle_seconds=np.where(rng.random(k) < 0.95, rng.random(k) * 900, np.nan),
        exposure_minutes=rng.integers(0, 40, k) / 7,
    )
    policies = pd.DataFrame(
        {
            "market": ["A", "A", "A-1", "B", "B"],
            "policy_area": ["hate", "hate", "äther", "spam", "hate"],
            "policy_version": ["1", "2", "10", "2", "10"],
            "effective_at": pd.to_datetime(
                ["2020-01-01", "2026-03-05 10:00", "2026-03-20", "2026-03-11", "2026-03-11 00:00:00.000001"],
                utc=True,
                format="mixed",
            ),
            "title": "v",
        }
    )
    ratings = pd.DataFrame(
        {
            "calibration_id": "k",
            "case_id": ["c1", "c10", "c2"],
            "rater_id": ["z", "Z", "ä"],
            "market": "B",
            "role": "qa",
            "policy_area": "hate",
            "label": ["keep", "remove", "keep"],
            "rated_at": _instants(rng, 8)[:3],
        }
    )
    costs = pd.DataFrame(
        {
            "cost_id": ["1", "2"],
            "programme_id": "p",
            "market": ["A", "B"],
            "item": "room",
            "amount": [0.1, 0.2],
            "currency": "EUR",
            "incurred_on": _day("2026-03-01", "2026-03-02"),
        }
    )
    return {
        "audits": audits,
        "appeals": appeals,
        "production": production,
        "policies": policies,
        "ratings": ratings,
        "costs": costs,
    }
