"""A company small enough to count by hand: two zones, a mover, a joiner, a leaver."""

import datetime as dt

import pandas as pd


def utc(*texts):
    """UTC instants."""
    return pd.to_datetime(list(texts), utc=True)


def days(*texts):
    """Calendar days; None is missing."""
    return pd.to_datetime(pd.Series(list(texts), dtype="object"))


def period(text):
    """Week number of a day, by hand: days since Monday 1970-01-05, divided by seven."""
    return (dt.date.fromisoformat(text) - dt.date(1970, 1, 5)).days // 7


def markets():
    return pd.DataFrame(
        {
            "market": ["BR", "DE"],
            "name": ["Brasil", "Deutschland"],
            "language": ["pt-BR", "de"],
            "timezone": ["America/Sao_Paulo", "Europe/Berlin"],
            "currency": ["BRL", "EUR"],
        }
    )


def moderators(rows):
    """Rows of (id, from, to, market, team, hired, left)."""
    columns = ["moderator_id", "valid_from", "valid_to", "market", "team", "hired_on", "left_on"]
    frame = pd.DataFrame(rows, columns=columns)
    for name in ("valid_from", "valid_to", "hired_on", "left_on"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def audits(rows, lag="72h"):
    """Rows of (market, id, decided_at, correct, weight) and optionally (area, error_type, seeded)."""
    records = []
    for i, row in enumerate(rows):
        market, who, at, correct, weight, *more = row
        area, kind, seeded = (*more, *("hate", None, False)[len(more) :])
        at = pd.Timestamp(at, tz="UTC")
        records.append(
            {
                "audit_id": f"a{i}",
                "case_id": f"c{i}",
                "market": market,
                "moderator_id": who,
                "auditor_id": "q1",
                "queue": "video",
                "policy_area": area,
                "policy_version": "1",
                "decision": "keep",
                "audited_decision": "keep" if correct else "remove",
                "correct": correct,
                "error_type": kind or ("none" if correct else "false_negative"),
                "sampling_weight": float(weight),
                "seeded": seeded,
                "decided_at": at,
                "audited_at": at + pd.Timedelta(lag),
            }
        )
    return pd.DataFrame(records)


def closing_audit(market="DE", at="2027-06-01 12:00"):
    """An audit so late that every earlier week is closed; its own week is provisional."""
    return (market, "late", at, True, 1)


def programmes(**more):
    row = {
        "programme_id": "p",
        "title": "Update",
        "kind": "policy_update",
        "modality": "instructor_led",
        "rollout": "staggered",
        "rollout_unit": "team",
        "planned_start_on": pd.Timestamp("2026-03-09"),
        "starts_on": pd.Timestamp("2026-03-09"),
        "stage": "live",
        "primary_measure": "accuracy",
        "minimum_effect": 1.5,
        "baseline_weeks": 8,
        "window_weeks": 8,
    }
    return pd.DataFrame([row | more])


def sessions(rows):
    """Rows of (session, market, starts_at) of programme p."""
    frame = pd.DataFrame(rows, columns=["session_id", "market", "starts_at"])
    frame["starts_at"] = pd.to_datetime(frame["starts_at"], utc=True)
    return frame.assign(programme_id="p", trainer_id="t1", modality="instructor_led", language="de")


def enrolments(rows):
    """Rows of (id, market, session, assigned_on, arm, status, completed_at) of programme p."""
    columns = ["moderator_id", "market", "session_id", "assigned_on", "arm", "status", "completed_at"]
    frame = pd.DataFrame(rows, columns=columns).assign(programme_id="p")
    frame["assigned_on"] = pd.to_datetime(frame["assigned_on"])
    frame["completed_at"] = pd.to_datetime(frame["completed_at"], utc=True)
    return frame
