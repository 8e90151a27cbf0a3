"""Cohorts of first training and their table: by hand, edges."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from tne.measures.cohorts import assign_cohort, cohort_table


def test_weeks_equal_iso_weeks_since_the_first_monday_of_1970():
    days = pd.DataFrame({"day": pd.date_range("1969-12-25", "2031-01-10", freq="D")})
    weeks = assign_cohort(days, trained_at="day", period="W")["cohort"]
    monday = pd.to_timedelta(weeks * 7, unit="D") + pd.Timestamp("1970-01-05")
    iso = [dt.date.fromisocalendar(*d.isocalendar()[:2], 1) for d in days["day"].dt.date]
    assert monday.dt.date.tolist() == iso


@pytest.mark.parametrize(
    ("frequency", "expected"), [("D", 20454.0), ("W", 2921.0), ("M", 672.0), ("Q", 224.0), ("Y", 56.0)]
)
def test_periods_by_hand(frequency, expected):
    """1 January 2026 is day 20,454 and month 56 × 12; its Monday begins week 2,921."""
    people = pd.DataFrame({"day": pd.to_datetime(["2026-01-01", None])})
    cohort = assign_cohort(people, trained_at="day", period=frequency)["cohort"]
    assert cohort.iloc[0] == expected
    assert np.isnan(cohort.iloc[1])


def test_first_training_counts_and_never_is_nan():
    trainings = pd.DataFrame(
        {
            "moderator_id": ["a", "a", "b", "c"],
            "day": pd.to_datetime(["2026-03-02", "2026-01-05", None, "2026-01-12"]),
        }
    )
    cohort = assign_cohort(trainings, trained_at="day", period="W")["cohort"]
    assert cohort.iloc[0] == cohort.iloc[1] == 2922
    assert np.isnan(cohort.iloc[2])
    assert cohort.iloc[3] == 2923
    assert "cohort" not in trainings.columns


def test_instants_belong_to_the_local_day():
    """23:30 UTC on a Sunday is Monday in Berlin and still Sunday in São Paulo."""
    people = pd.DataFrame(
        {"at": pd.to_datetime(["2026-01-11T23:30Z"] * 2), "zone": ["Europe/Berlin", "America/Sao_Paulo"]}
    )
    assert assign_cohort(people, trained_at="at", period="W", timezone="zone")["cohort"].tolist() == [
        2923,
        2922,
    ]
    assert (
        assign_cohort(people, trained_at="at", period="W", timezone="Europe/Berlin")["cohort"].tolist()
        == [2923] * 2
    )
    assert assign_cohort(people, trained_at="at", period="W")["cohort"].tolist() == [2922] * 2


def test_numbers_and_indicator_columns_make_cohorts():
    numbers = pd.DataFrame({"day": [0.0, 13.0, np.nan]})
    assert assign_cohort(numbers, trained_at="day", period=7)["cohort"].tolist()[:2] == [0, 1]
    panel = pd.DataFrame(
        {
            "moderator_id": [1, 1, 1, 2, 2, 2],
            "week": [0, 1, 2] * 2,
            "trained": [False, True, True, False, False, False],
        }
    )
    cohort = assign_cohort(panel, trained_at="trained", period="week")["cohort"]
    assert cohort.tolist()[:3] == [1, 1, 1]
    assert cohort.iloc[3:].isna().all()


def test_bad_cohort_input_is_refused():
    people = pd.DataFrame({"day": pd.to_datetime(["2026-01-05"]), "text": ["soon"]})
    with pytest.raises(ValueError, match="Use one of"):
        assign_cohort(people, trained_at="day", period="fortnight")
    with pytest.raises(TypeError, match="to_datetime"):
        assign_cohort(people, trained_at="text", period="W")
    with pytest.raises(KeyError, match="lacks the columns"):
        assign_cohort(people, trained_at="at", period="W")
    with pytest.raises(ValueError, match="has no zone"):
        assign_cohort(people, trained_at="day", period="W", timezone="Europe/Berlin")
    with pytest.raises(ValueError, match="whole number of 1"):
        assign_cohort(people, trained_at="day", period=0)


def panel():
    return pd.DataFrame(
        {
            "moderator_id": [1, 1, 2, 2, 3, 3],
            "period": [4, 5, 4, 5, 4, 5],
            "cohort": [5.0, 5.0, 5.0, 5.0, np.nan, np.nan],
            "y": [1.0, 3.0, 2.0, 5.0, 7.0, np.nan],
            "w": [1.0, 1.0, 3.0, 1.0, 1.0, 1.0],
        }
    )


def test_cohort_table_by_hand():
    table = cohort_table(panel(), outcome="y", weights="w").to_frame().set_index(["cohort", "event_time"])
    before = table.loc[(5.0, -1.0)]
    assert before["estimate"] == pytest.approx((1 + 3 * 2) / 4)
    assert before["n_people"] == 2
    after = table.loc[(5.0, 0.0)]
    assert after["estimate"] == 4.0
    assert after["std_error"] == pytest.approx(np.std([3, 5], ddof=1) / np.sqrt(2))
    never = cohort_table(panel(), outcome="y").to_frame().iloc[-1]
    assert np.isnan(never["cohort"])
    assert never["estimate"] == 7.0
    assert "no standard error" in never["note"]


def test_cohort_table_counts_units_and_respects_the_window():
    counts = cohort_table(panel(), window=(0, 3)).to_frame()
    assert counts["estimate"].tolist() == [2.0, 1.0]
    assert counts["event_time"].tolist()[0] == 0.0
    assert cohort_table(panel().head(0)).to_frame().empty


def test_cohort_mean_equals_statsmodels_with_clusters(rng):
    import statsmodels.api as sm

    data = pd.DataFrame(
        {"moderator_id": np.repeat(np.arange(12), 3), "period": 6, "cohort": 5.0, "y": rng.normal(size=36)}
    )
    fit = sm.OLS(data["y"], np.ones(36)).fit()
    robust = fit.get_robustcov_results("cluster", groups=data["moderator_id"].to_numpy(), df_correction=True)
    row = cohort_table(data, outcome="y").to_frame().iloc[0]
    # statsmodels multiplies by G / (G − 1) (n − 1) / (n − k), and n − 1 = n − k here.
    assert row["std_error"] == pytest.approx(robust.bse[0])


def test_a_misspelt_column_is_answered_with_the_nearest_however_many_there_are():
    many = pd.DataFrame({f"c{i}": [1] for i in range(20)} | {"Trained_At": pd.to_datetime(["2026-01-01"])})
    with pytest.raises(
        KeyError, match=r"lacks the columns trained_at\..* Did you mean `Trained_At` for `trained_at`\?"
    ):
        assign_cohort(many, trained_at="trained_at", period="W")
    with pytest.raises(KeyError, match=r"It has .* …\. Name the right ones"):
        assign_cohort(many, trained_at="wholly_other", period="W")
