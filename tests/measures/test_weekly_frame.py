"""Weekly measures and events: by hand, in the market's own days, with what is missing left out."""

import math

import numpy as np
import pandas as pd
import pytest

from tne.measures.weekly_events import EVENTS, weekly_events
from tne.measures.weekly_frame import weekly_operations

MONDAY = pd.Timestamp("2026-03-02")


def production(days=14, people=12, **columns):
    rows = [
        {
            "moderator_id": f"m{person}",
            "queue": "video",
            "date": MONDAY + pd.Timedelta(day, "D"),
            "cases": 100 + person,
            "handle_seconds": 9000.0,
            "exposure_minutes": 30.0,
        }
        for day in range(days)
        for person in range(people)
        if (MONDAY + pd.Timedelta(day, "D")).day_of_week < 5
    ]
    return pd.DataFrame(rows).assign(**columns)


def of(frame, measure):
    return frame.loc[frame["measure"].eq(measure)].set_index("week")


def test_production_by_hand():
    """Two queues of one person and day are one day; the time of a day that lacks a part is left out, with its cases."""
    rows = production(7)
    second = rows.head(1).assign(queue="text", cases=50, handle_seconds=np.nan, exposure_minutes=10.0)
    found = weekly_operations(pd.concat([rows, second]))
    cases = of(found, "cases_per_day").iloc[0]
    assert cases["n"] == 60
    assert cases["value"] == pytest.approx((rows["cases"].sum() + 50) / 60)
    assert cases["n_people"] == 12
    seconds = of(found, "handle_seconds").iloc[0]
    assert seconds["value"] == pytest.approx(59 * 9000 / (rows["cases"].sum() - 100))
    minutes = of(found, "exposure_minutes").iloc[0]
    assert minutes["value"] == pytest.approx((60 * 30 + 10) / 60)


def test_a_week_is_provisional_until_its_last_day():
    found = weekly_operations(production(14))
    assert of(found, "cases_per_day")["provisional"].tolist() == [False, True]  # the data end on a Friday
    whole = pd.concat([production(14), production(14).head(1).assign(date=MONDAY + pd.Timedelta(13, "D"))])
    assert of(weekly_operations(whole), "cases_per_day")["provisional"].tolist() == [False, False]


def test_audits_are_weighted_and_their_number_is_the_effective_one():
    audits = pd.DataFrame(
        {"week": [MONDAY], "n": [3], "n_people": [3], "weight_sum": [1 + 1 + 4], "weight_sq_sum": [18.0]}
    ).assign(weighted_errors=4.0)
    found = of(weekly_operations(audits=audits), "error_rate").iloc[0]
    assert (found["value"], found["total"]) == pytest.approx((4 / 6, 36 / 18))
    both = weekly_operations(production(7), audits=audits)
    rate = of(both, "audit_rate").iloc[0]
    assert rate["value"] == pytest.approx(3 / 60)


def appeals(decided, days):
    at = pd.DatetimeIndex(decided).tz_localize("UTC")
    return pd.DataFrame({"decided_at": at, "appealed_at": at + pd.to_timedelta(days, unit="D")})


def test_appeals_have_the_same_time_to_come_in_every_week():
    made = appeals(["2026-03-03", "2026-03-04", "2026-03-10", "2026-03-25"], [1, 20, 1, 3])
    found = of(weekly_operations(production(28), appeals=made), "appeal_rate")
    assert found["n"].loc[MONDAY] == 1  # that of the 20th day comes too late to count
    assert found["provisional"].tolist() == [False, True, True, True]


def test_a_decision_of_sunday_night_belongs_to_the_markets_own_week():
    """23:30 UTC on Sunday is Monday in Berlin, and still Sunday in Dublin; the day of the change has 23 hours."""
    rows = production(35)
    made = appeals(["2026-03-29 00:30", "2026-03-29 22:30", "2026-03-08 23:30"], [1, 1, 1])
    berlin = of(weekly_operations(rows, appeals=made, timezone="Europe/Berlin"), "appeal_rate")
    dublin = of(weekly_operations(rows, appeals=made, timezone="Europe/Dublin"), "appeal_rate")
    week = pd.Timestamp("2026-03-30")
    assert math.isclose(berlin["value"].loc[week] * berlin["total"].loc[week], 1)
    assert dublin["value"].loc[week] == 0
    assert berlin["value"].loc[pd.Timestamp("2026-03-09")] > 0
    assert MONDAY in dublin.index[dublin["value"] > 0]


def test_a_sum_that_one_person_makes_has_no_people_behind_it():
    rows = production(7)
    rows.loc[rows["moderator_id"].eq("m0"), "cases"] = 100_000
    found = weekly_operations(rows)
    assert of(found, "cases_per_day")["n_people"].isna().all()
    assert of(found, "exposure_minutes")["n_people"].eq(12).all()


def test_days_are_days():
    found = weekly_operations(production(7), freq="D")
    assert set(found["measure"]) == {"cases_per_day", "handle_seconds", "exposure_minutes"}
    assert found.loc[found["measure"].eq("cases_per_day"), "day"].tolist() == list(
        pd.date_range(MONDAY, periods=5)
    )


@pytest.mark.filterwarnings("error")
def test_what_is_missing_is_left_out():
    assert weekly_operations().empty
    assert list(weekly_operations().columns)[:5] == ["measure", "kind", "unit", "period", "week"]
    bare = production(7)[["moderator_id", "date", "cases"]]
    assert set(weekly_operations(bare)["measure"]) == {"cases_per_day"}
    empty = {"audits": pd.DataFrame({"week": []}), "overturned": pd.DataFrame({"week": []})}
    assert set(weekly_operations(bare, **empty, appeals=None)["measure"]) == {"cases_per_day"}
    with pytest.raises(KeyError, match="lacks the columns cases"):
        weekly_operations(bare.drop(columns="cases"))
    with pytest.raises(ValueError, match="freq"):
        weekly_operations(bare, freq="M")
    with pytest.raises(TypeError, match="no time zone"):
        weekly_operations(bare, appeals=appeals(["2026-03-03"], [1]).apply(lambda c: c.dt.tz_localize(None)))


@pytest.mark.filterwarnings("error")
def test_types_index_and_order_change_nothing():
    rows = production(14)
    plain = weekly_operations(rows)
    odd = rows.sample(frac=1, random_state=1).set_index(pd.Index(["a"] * len(rows), name="date"))
    odd = odd.astype({"cases": "Int64", "moderator_id": "category", "queue": "category"})
    pd.testing.assert_frame_equal(weekly_operations(odd), plain, check_dtype=False)
    bare = weekly_operations(rows.assign(exposure_minutes=None))
    assert set(bare["measure"]) == {"cases_per_day", "handle_seconds"}


def weeks(n=20):
    return pd.Series(pd.date_range(MONDAY, periods=n, freq="7D"))


def test_a_policy_coincides_with_its_own_week_and_the_next():
    """23:30 UTC on Sunday is Monday in Berlin."""
    policies = pd.DataFrame(
        {
            "policy_area": ["hate", "spam"],
            "effective_at": pd.to_datetime(["2026-03-15 23:30", "2020-01-01 00:00"], utc=True),
        }
    )
    found = weekly_events(weeks(), policies=policies, timezone="Europe/Berlin")
    own = found.loc[found["event"].eq("policy")]
    assert own["week"].tolist() == [pd.Timestamp("2026-03-16"), pd.Timestamp("2026-03-23")]
    assert own["what"].eq("hate").all()
    utc = weekly_events(weeks(), policies=policies)
    assert utc.loc[utc["event"].eq("policy"), "week"].min() == pd.Timestamp("2026-03-09")


def test_a_queue_that_appears_midway_is_an_event_and_the_first_ones_are_not():
    rows = production(70)
    rows.loc[rows["date"] >= MONDAY + pd.Timedelta(30, "D"), "queue"] = "live"
    found = weekly_events(weeks(), production=rows)
    own = found.loc[found["event"].eq("new_queue")]
    assert own["what"].unique().tolist() == ["live"]
    assert own["week"].min() == MONDAY + pd.Timedelta(28, "D")


def test_few_days_at_work_are_an_event_of_that_week_alone():
    rows = production(70)
    holiday = rows["date"].between("2026-04-06", "2026-04-07")
    found = weekly_events(weeks(), production=rows.loc[~holiday])
    assert found.loc[found["event"].eq("few_at_work"), "week"].tolist() == [pd.Timestamp("2026-04-06")]
    full = weekly_events(weeks(), production=rows)
    assert not full["event"].eq("few_at_work").any()


def test_trainings_joiners_and_moves_are_counted():
    enrolments = pd.DataFrame(
        {
            "programme_id": "p",
            "moderator_id": [f"m{i}" for i in range(30)],
            "status": ["completed"] * 20 + ["no_show"] * 10,
            "completed_at": pd.to_datetime(["2026-03-10 09:00"] * 30, utc=True),
        }
    )
    roster = pd.DataFrame(
        {
            "moderator_id": ["a", "a", "b", "c"],
            "valid_from": pd.to_datetime(["2025-01-01", "2026-03-24", "2026-03-24", "2025-01-01"]),
            "team": ["T1", "T2", "T1", "T1"],
        }
    )
    found = weekly_events(weeks(), enrolments=enrolments, titles={"p": "Update"}, moderators=roster)
    first = found.drop_duplicates(["event", "what"]).set_index("event")
    assert first.loc["training", "n_people"] == 20
    assert first.loc["training", "what"] == "Update"
    assert (first.loc["moved", "n_people"], first.loc["joined", "n_people"]) == (1, 1)
    assert first.loc["moved", "week"] == pd.Timestamp("2026-03-23")


def test_weeks_with_a_change_of_clocks():
    found = weekly_events(weeks(40), timezone="Europe/Berlin")
    own = found.loc[found["event"].eq("clock")]
    assert own["on"].tolist() == [pd.Timestamp("2026-03-29"), pd.Timestamp("2026-10-25")]
    assert own["week"].tolist() == [pd.Timestamp("2026-03-23"), pd.Timestamp("2026-10-19")]
    assert weekly_events(weeks(40), timezone="Asia/Tokyo").empty


@pytest.mark.filterwarnings("error")
def test_nothing_happened_is_an_empty_frame():
    for found in (weekly_events(pd.Series([], dtype="datetime64[us]")), weekly_events(weeks(2))):
        assert found.empty
        assert list(found.columns) == ["week", "event", "what", "on", "n_people"]
    sampled = weekly_events(weeks(4), sampled=weeks(4).tail(1))
    assert sampled["event"].tolist() == ["audit_sample"]
    assert set(sampled["event"]) <= set(EVENTS)
