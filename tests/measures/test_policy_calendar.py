"""Changes of policy in the market's own weeks, what each is compared with, and which briefing answered it."""

import pandas as pd
import pytest

from tne.measures.policy_calendar import policy_calendar

MONDAY = pd.Timestamp("2026-03-30")
WEEK = (MONDAY - pd.Timestamp("1970-01-05")).days // 7
SERIES = pd.DataFrame(
    [(area, week) for area in ("hate", "spam", "nudity") for week in range(WEEK - 30, WEEK + 30)],
    columns=["policy_area", "period"],
)


def policies(*rows):
    frame = pd.DataFrame(rows, columns=["policy_area", "policy_version", "effective_at"])
    return frame.assign(
        effective_at=pd.to_datetime(frame["effective_at"], utc=True, format="ISO8601"),
        title=frame["policy_area"],
    )


def programmes(*rows):
    frame = pd.DataFrame(rows, columns=["programme_id", "kind", "starts_on", "target_policy_areas"])
    return frame.assign(starts_on=pd.to_datetime(frame["starts_on"]))


def test_days_and_weeks_are_those_of_the_market():
    """Midnight in Berlin is the evening before in UTC; from a Tuesday on, the next Monday is the first whole week."""
    frame = policies(
        ("hate", "v1", "2025-01-01"), ("hate", "v2", "2026-03-29T22:00"), ("spam", "v2", "2026-03-31")
    )
    berlin = policy_calendar(frame, SERIES, timezone="Europe/Berlin")
    assert berlin["effective_on"].tolist() == [MONDAY, MONDAY + pd.Timedelta(1, "D")]
    assert berlin["start"].tolist() == [WEEK, WEEK + 1]
    assert policy_calendar(frame, SERIES, timezone="UTC")["effective_on"].iloc[0] == MONDAY - pd.Timedelta(
        1, "D"
    )


def test_areas_that_changed_are_no_comparison():
    frame = policies(("hate", "v2", "2026-03-30"), ("spam", "v2", "2026-05-04"), ("hate", "v3", "2026-06-01"))
    found = policy_calendar(frame, SERIES).set_index(["policy_area", "policy_version"])
    assert found.loc[("hate", "v2"), "others"] == ("nudity",)
    assert found.loc[("hate", "v2"), "until"] == found.loc[("hate", "v3"), "start"]
    assert found.loc[("spam", "v2"), "until"] == found.loc[("spam", "v2"), "start"] + 26
    assert found.loc[("hate", "v3"), "baseline"] == 9  # weeks since v2: they stand under another policy
    assert found.loc[("hate", "v2"), "baseline"] == 26
    short = policy_calendar(frame, SERIES, horizon=4).set_index(["policy_area", "policy_version"])
    assert short.loc[("hate", "v2"), "others"] == ("nudity", "spam")


@pytest.mark.parametrize(
    ("row", "area"),
    [
        (("p", "policy_update", "2026-04-13", None), "hate"),
        (("p", "policy_update", "2026-04-13", "spam; nudity"), None),
        (("p", "policy_update", "2026-03-10", "hate"), "hate"),
        (("p", "policy_update", "2026-09-01", None), None),
        (("p", "refresher", "2026-04-13", None), None),
    ],
)
def test_a_briefing_answers_the_change_before_it(row, area):
    found = policy_calendar(policies(("hate", "v2", "2026-03-30")), SERIES, programmes=programmes(row))
    assert found["programme_id"].tolist() == ["p" if area else ""]


def test_without_changes_it_is_empty():
    assert policy_calendar(policies(("hate", "v1", "2020-01-01")), SERIES).empty
    assert policy_calendar(policies(), SERIES).empty
    assert policy_calendar(policies(("hate", "v2", "2026-03-30")), SERIES.iloc[:0]).empty
    with pytest.raises(KeyError, match="effective_at"):
        policy_calendar(policies().drop(columns="effective_at"), SERIES)
