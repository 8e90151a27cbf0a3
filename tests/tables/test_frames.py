"""Scores, item scores, people, series and counts, by hand."""

import numpy as np
import pandas as pd
import pytest
import small_company as small
from small_company import closing_audit, period

from tne.tables.workspace import Workspace


def responses(rows):
    """Rows of (attempt, item, id, wave, form, score, answered_at)."""
    columns = ["attempt_id", "item_id", "moderator_id", "wave", "form", "score", "answered_at"]
    frame = pd.DataFrame(rows, columns=columns).assign(market="DE", programme_id="p")
    frame["answered_at"] = pd.to_datetime(frame["answered_at"], utc=True)
    return frame


@pytest.fixture
def tested():
    items = pd.DataFrame(
        {
            "item_id": ["i1", "i2", "i1", "i2"],
            "form": ["F", "F", "G", "G"],
            "programme_id": "p",
            "max_score": [1.0, 2.0, 1.0, None],
            "scale": ["points", "points", "points", "other"],
        }
    )
    answers = [
        ("t1", "i1", "m1", "pre", "F", 1, "2026-03-01 10:00"),
        ("t1", "i2", "m1", "pre", "F", 0, "2026-03-01 10:05"),
        ("t2", "i1", "m1", "pre", "F", 1, "2026-03-02 10:00"),
        ("t2", "i2", "m1", "pre", "F", 2, "2026-03-02 10:05"),
        ("t3", "i1", "m1", "pre", "F", 0, "2026-03-03 10:00"),
        ("t3", "i2", "m1", "pre", "F", 0, "2026-03-03 10:05"),
        ("t4", "i2", "m1", "post", "G", 2, "2026-03-12 10:00"),
        ("t5", "i1", "m2", "post", "F", 1, None),
    ]
    return Workspace.from_frames(
        {
            "markets": small.markets(),
            "moderators": small.moderators(
                [
                    ("m1", "2026-01-05", None, "DE", "A", "2026-01-05", None),
                    ("m2", "2026-01-05", None, "DE", "B", "2026-01-05", None),
                    ("m3", "2026-01-05", None, "DE", "B", "2026-01-05", None),
                ]
            ),
            "programmes": small.programmes(),
            "sessions": small.sessions([("s1", "DE", "2026-03-10 09:00")]),
            "enrolments": small.enrolments(
                [
                    ("m1", "DE", "s1", "2026-03-02", "trained", "attended", None),
                    ("m3", "DE", None, "2026-03-02", "control", "assigned", None),
                ]
            ),
            "items": items,
            "responses": responses(answers),
        }
    )


@pytest.mark.parametrize(("attempt", "pre"), [("first", 1), ("last", 0), ("best", 3)])
def test_scores_take_the_attempt_asked_for_and_say_so(tested, attempt, pre):
    scores = tested.scores("p", attempt=attempt)
    assert scores.attrs["attempt"] == attempt
    assert scores["moderator_id"].tolist() == ["m1", "m2", "m3"]
    one = scores.set_index("moderator_id").loc["m1"]
    assert (one["pre"], one["post"], one["max_score_pre"]) == (pre, 2, 3)
    assert np.isnan(one["max_score_post"])
    assert (one["scale_pre"], one["scale_post"]) == ("points", "mixed")
    assert (one["team"], one["session_id"], one["trainer_id"], one["arm"]) == ("A", "s1", "t1", "trained")
    assert one["cohort"] == period("2026-03-09")


def test_scores_keep_people_without_tests_and_people_without_enrolment(tested):
    scores = tested.scores("p", "DE").set_index("moderator_id")
    assert scores.loc["m3", ["pre", "post", "delayed", "cohort"]].isna().all()
    assert scores.loc["m3", "arm"] == "control"
    assert scores.loc["m2", "post"] == 1
    assert scores.loc["m2", "market"] == "DE"
    assert tested.scores("p", "BR").empty


def test_scores_refuse_unknown_attempts_and_programmes(tested):
    with pytest.raises(ValueError, match="attempt"):
        tested.scores("p", attempt="second")
    with pytest.raises(KeyError, match="There is no programme 'x'"):
        tested.scores("x")


def test_item_scores_are_people_by_items(tested):
    wide = tested.item_scores("p", "pre", "F")
    assert wide.loc["m1"].tolist() == [1, 0]
    assert tested.item_scores("p", "pre", "F", attempt="best").loc["m1"].tolist() == [1, 2]
    assert tested.item_scores("p", "post", "F").to_dict() == {"i1": {"m2": 1.0}}
    with pytest.raises(KeyError, match="Forms: F, G"):
        tested.item_scores("p", "delayed", "F")


def test_people_by_hand():
    """The data end on 30 March 10:00: 84 days after the hire on 5 January; the leaver stayed 28 days."""
    ws = Workspace.from_frames(
        {
            "markets": small.markets(),
            "moderators": small.moderators(
                [
                    ("m1", "2026-01-05", "2026-02-01", "DE", "A", "2026-01-05", None),
                    ("m1", "2026-02-02", None, "DE", "B", "2026-01-05", None),
                    ("m2", "2026-01-05", "2026-02-02", "DE", "A", "2026-01-05", "2026-02-02"),
                    ("m3", "2026-01-05", None, "BR", "C", "2026-01-05", "2026-05-01"),
                ]
            ),
            "audits": small.audits([("DE", "m1", "2026-03-27 10:00", True, 1)]),
        }
    )
    people = ws.people().set_index("moderator_id")
    assert people.loc[["m1", "m2", "m3"], "duration"].tolist() == [12, 4, 12]
    assert people.loc[["m1", "m2", "m3"], "event"].tolist() == [False, True, False]
    assert people.loc["m1", ["team", "cohort"]].tolist() == ["B", period("2026-01-05")]
    assert ws.people("BR")["moderator_id"].tolist() == ["m3"]
    with pytest.raises(ValueError, match="XX"):
        ws.people("XX")


def audited(**more):
    rows = [
        ("DE", "m1", "2026-03-02 10:00", True, 3, "hate"),
        ("DE", "m2", "2026-03-03 10:00", False, 1, "hate", "false_positive"),
        ("DE", "m2", "2026-03-04 10:00", False, 2, "spam", "false_negative"),
        ("DE", "m1", "2026-04-01 10:00", True, 5, "spam"),
        ("DE", "m1", "2026-04-02 10:00", False, 7, "spam", "technical", True),
        closing_audit(),
    ]
    return Workspace.from_frames({"markets": small.markets(), "audits": small.audits(rows), **more})


def test_series_by_hand():
    ws = audited()
    week = ws.series("accuracy", market="DE").iloc[0]
    assert week["period"] == period("2026-03-02")
    assert week["value"] == 3 / 6
    assert week[["count", "total", "n", "n_people"]].tolist() == [1, 3, 3, 2]
    months = ws.series("error_rate", "policy_area", "M").set_index(["policy_area", "month"])["value"]
    assert months[("hate", pd.Timestamp("2026-03-01"))] == 1 / 4
    assert months[("spam", pd.Timestamp("2026-03-01"))] == 1
    assert months[("spam", pd.Timestamp("2026-04-01"))] == 0
    assert ws.series("audits", freq="M")["period"].tolist() == [56 * 12 + 2, 56 * 12 + 3]
    with pytest.raises(ValueError, match="by"):
        ws.series("accuracy", "moderator_name")
    with pytest.raises(KeyError, match="production"):
        ws.series("cases")


def test_open_periods_are_left_out_unless_asked_for():
    ws = audited()
    assert ws.series("audits", freq="M", provisional=True)["month"].max() == pd.Timestamp("2027-06-01")
    assert ws.series("audits", freq="M")["month"].max() == pd.Timestamp("2026-04-01")


def test_production_and_appeals_over_time_by_hand():
    production = pd.DataFrame(
        {
            "market": "DE",
            "moderator_id": ["m1", "m2", "m1", "m1"],
            "queue": "a",
            "date": small.days("2026-03-02", "2026-03-03", "2026-03-04", "2026-03-16"),
            "cases": [100, 300, 50, 1],
            "handle_seconds": [2000.0, 2000.0, None, 1.0],
        }
    )
    appeals = pd.DataFrame(
        {
            "case_id": ["c1", "c2", "c3", "c4"],
            "market": "DE",
            "queue": "a",
            "policy_area": "hate",
            "decided_at": small.utc("2026-03-02", "2026-03-03", "2026-03-04", "2026-05-04"),
            "appealed_at": small.utc("2026-03-03", "2026-03-04", "2026-03-05", "2026-05-05"),
            "resolved_at": pd.to_datetime(["2026-03-06", "2026-03-07", None, "2026-05-08"], utc=True),
            "overturned": pd.array([True, False, None, True], dtype="boolean"),
        }
    )
    ws = audited(production=production, appeals=appeals)
    week = ws.series("handle_seconds").iloc[0]
    assert week["value"] == 4000 / 400
    assert ws.series("cases").iloc[0][["value", "n", "n_people"]].tolist() == [450, 3, 2]
    assert len(ws.series("cases")) == 1
    over = ws.series("overturn_rate").iloc[0]
    assert (over["value"], over["n"]) == (0.5, 2)
    assert np.isnan(over["n_people"])  # the export does not say whose decisions they were


def test_audits_by_hand():
    counts = (
        audited().audits_by("policy_area", "error_type", market="DE").set_index(["policy_area", "error_type"])
    )
    assert counts.loc[("hate", "false_positive"), ["n", "weight_sum", "weighted_errors"]].tolist() == [
        1,
        1,
        1,
    ]
    assert ("spam", "technical") not in counts.index
    area = audited().audits_by("policy_area").set_index("policy_area")
    assert area.loc["hate", ["n", "n_errors", "n_people"]].tolist() == [3, 1, 3]
    assert area.loc["spam", ["weight_sum", "weighted_errors", "weighted_errors_sq"]].tolist() == [7, 2, 4]
    assert audited().audits_by()["n"].tolist() == [5]
    with pytest.raises(ValueError, match="by"):
        audited().audits_by("comment")
