"""The first gate: what it hides and how it rounds."""

import datetime as dt
import decimal
import math

import numpy as np
import pandas as pd
import pytest

from tne.report.disclosure import (
    COUNTS,
    HIDDEN,
    headcount,
    publishable,
    publishable_counts,
    publishable_frame,
    round_to_half_width,
)
from tne.result import ESTIMATE_COLUMNS, Estimate

NUMBERS = [
    c for c in ESTIMATE_COLUMNS if c not in {"term", "unit", "estimand", "comparison", "method", "note"}
]


def a_row(**values):
    row = Estimate(
        term="effect",
        estimate=2.4137,
        std_error=0.5481,
        statistic=4.4038,
        df=57.0,
        p_value=0.0000432,
        conf_low=1.3402,
        conf_high=3.4871,
        n=41293,
        n_people=44,
        n_people_total=168,
        unit="points",
    ).as_row()
    return {**row, **values}


def numbers_of(row):
    return [row[c] for c in NUMBERS if c != "conf_level"]


def test_a_published_row_by_hand():
    row = publishable(a_row())
    assert (row["estimate"], row["conf_low"], row["conf_high"]) == (2.4, 1.3, 3.5)
    assert (row["n"], row["n_people"], row["n_people_total"]) == (41295, 45, 170)
    assert row["std_error"] == 0.55
    assert row["df"] == 55  # n - 1 would give n away
    assert row["note"] == ""


@pytest.mark.parametrize(
    "people", [math.nan, None, pd.NA, "44", math.inf, -1, 0, 4, 9, 9.99, decimal.Decimal(44), True]
)
def test_few_or_unknown_people_hide_every_number(people):
    row = publishable(
        a_row(n_people=people, significant=True, ratio=decimal.Decimal("1.5"), extra=np.int64(3))
    )
    assert all(math.isnan(v) for v in [*numbers_of(row), row["significant"], row["ratio"], row["extra"]])
    assert row["note"] in HIDDEN
    assert row["term"] == "effect"
    assert row["unit"] == "points"


def test_a_row_without_a_headcount_is_hidden():
    row = a_row()
    del row["n_people"]
    assert publishable(row)["note"] == "people_unknown"


def test_a_smaller_total_hides_too():
    assert publishable(a_row(n_people_total=8))["note"] == "few_people"


def test_a_hidden_row_does_not_keep_a_note_with_numbers():
    assert publishable(a_row(n_people=3, note="only 3 people were trained"))["note"] == "few_people"


def test_places_stay_and_values_go():
    row = publishable(
        a_row(n_people=3, event_time=4, week=pd.Timestamp("2026-01-05"), wave_number=2),
        places=["wave_number"],
    )
    assert (row["event_time"], row["week"], row["wave_number"]) == (4, pd.Timestamp("2026-01-05"), 2)


@pytest.mark.parametrize("min_n", [4, 0, -10])
def test_the_floor_is_five(min_n):
    with pytest.raises(ValueError, match="floor is 5"):
        publishable(a_row(), min_n=min_n)
    with pytest.raises(ValueError, match="floor is 5"):
        publishable_frame(pd.DataFrame(), min_n=min_n)


@pytest.mark.parametrize("min_n", [10.0, "10", None, True, math.nan])
def test_a_threshold_that_is_no_whole_number_is_refused(min_n):
    with pytest.raises(TypeError, match="whole number"):
        publishable(a_row(), min_n=min_n)


@pytest.mark.parametrize("value", [[1, 2], (3,), {"a": 1}, np.array([1.0]), pd.Series([1.0])])
def test_the_gate_refuses_what_it_cannot_see_into(value):
    with pytest.raises(TypeError, match="draws"):
        publishable(a_row(draws=value))


def test_model_cells_need_ten_residual_degrees_of_freedom():
    assert publishable(a_row(residual_df=9))["note"] == "few_degrees_of_freedom"
    assert publishable(a_row(residual_df=10))["note"] == ""
    assert publishable(a_row(df=9), model_cell=True)["note"] == "few_degrees_of_freedom"
    assert publishable(a_row(df=math.nan), model_cell=True)["note"] == "few_degrees_of_freedom"
    # seven degrees of freedom from eight teams say nothing about how few people there are
    assert publishable(a_row(df=7))["note"] == ""


@pytest.mark.parametrize(("value", "code"), [(0.0, "below_5_percent"), (1.0, "above_95_percent")])
def test_nobody_and_everybody_are_not_said(value, code):
    for unit, scale in (("share", 1), ("percent", 100)):
        row = publishable(a_row(unit=unit, estimate=value * scale, conf_low=0.0, conf_high=0.01, n=2000))
        assert row["note"] == code
        assert math.isnan(row["estimate"])
        assert math.isnan(row["conf_high"])
        assert row["n_people"] == 45


def test_a_share_of_people_is_coded_in_the_whole_band():
    # else "below 5 %" would itself say "nobody"
    near = a_row(unit="share", estimate=0.02, conf_low=0.005, conf_high=0.05, n=168)
    assert publishable(near)["note"] == "below_5_percent"
    assert publishable({**near, "estimate": 0.97})["note"] == "above_95_percent"
    assert publishable({**near, "estimate": 0.5})["note"] == ""
    of_decisions = {**near, "estimate": 0.97, "conf_low": 0.96, "conf_high": 0.98, "n": 41293}
    assert publishable(of_decisions)["estimate"] == 0.97


def test_a_change_of_zero_points_is_no_share():
    assert publishable(a_row(estimate=0.0, conf_low=-1.0, conf_high=1.0))["estimate"] == 0.0


def test_gating_never_lets_an_exact_number_through(rng):
    """Random rows: below the threshold nothing, above it rounded numbers only; gating twice changes nothing."""
    for _ in range(1000):
        people = int(rng.integers(0, 60))
        half = 10 ** rng.uniform(-4, 3)
        estimate = rng.normal(0, 10)
        min_n = int(rng.integers(5, 25))
        raw = a_row(
            estimate=estimate, conf_low=estimate - half, conf_high=estimate + half, n_people=people,
            n=people * 7, n_people_total=people + int(rng.integers(0, 100)), df=people - 1.0,
        )  # fmt: skip
        row = publishable(raw, min_n=min_n)
        if people < min_n:
            assert all(math.isnan(v) for v in numbers_of(row))
        else:
            assert all(row[c] % 5 == 0 for c in COUNTS & set(row))
            assert row["df"] % 5 == 0
            assert min_n <= row["n_people"] <= row["n_people_total"]
            assert abs(row["estimate"] - estimate) <= 0.051 * half
        again = publishable(row, min_n=min_n)
        assert again["note"] == row["note"]
        assert np.array_equal(
            [again[c] for c in ("n", "n_people")], [row[c] for c in ("n", "n_people")], equal_nan=True
        )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((2.4137, 1.3402, 3.4871), (2.4, 1.3, 3.5)),
        ((1234.5, 894.5, 1574.5), (1230.0, 890.0, 1570.0)),  # half-width 340: tens
        ((0.91234, 0.90112, 0.92356), (0.912, 0.901, 0.924)),
        ((0.5, 0.4004, 0.5996), (0.50, 0.40, 0.60)),  # half-width 0.0996 has the two digits 0.10
        ((5.0, 5.0, 5.0), (5.0, 5.0, 5.0)),
        ((123.456, 123.456, 123.456), (123.0, 123.0, 123.0)),  # no width: three digits
        ((-0.0004, -1.0, 1.0), (0.0, -1.0, 1.0)),
    ],
)
def test_rounding_by_hand(given, expected):
    assert round_to_half_width(*given) == pytest.approx(expected, abs=1e-12)
    assert math.copysign(1, round_to_half_width(-0.0004, -1.0, 1.0)[0]) == 1


def test_rounding_without_or_with_half_an_interval():
    estimate, low, high = round_to_half_width(2.41377, math.nan, math.nan)
    assert estimate == 2.41
    assert math.isnan(low)
    assert math.isnan(high)
    assert round_to_half_width(2.41377, 1.31, math.inf)[0] == 2.4
    assert math.isnan(round_to_half_width(math.nan, math.nan, math.nan)[0])


def test_headcounts_by_hand():
    assert [headcount(n) for n in (0, 2, 3, 7, 8, 12, 13, 168)] == [0, 0, 5, 5, 10, 10, 15, 170]
    assert math.isnan(headcount(math.nan))
    assert math.isnan(headcount(None))


def test_counts_frame_takes_headcounts_only():
    frame = pd.DataFrame({"stage": ["assigned"], "week": [2900], "n_people": [168]})
    assert publishable_counts(frame)["n_people"].tolist() == [170]
    with pytest.raises(TypeError, match="score"):
        publishable_counts(frame.assign(score=[0.3]))


def test_frame_keeps_order_index_and_columns():
    frame = pd.DataFrame(
        {"group": ["a", "b"], "estimate": [1.234, 2.345], "conf_low": [1.0, 2.0], "conf_high": [1.4, 2.6],
         "n_people": [30, 4], "seen_on": [dt.date(2026, 1, 5)] * 2}, index=[7, 3],
    )  # fmt: skip
    out = publishable_frame(frame)
    assert list(out.columns) == [*frame.columns, "note"]
    assert out.index.tolist() == [7, 3]
    assert out["note"].tolist() == ["", "few_people"]
    assert publishable_frame(frame.drop(columns="n_people"))["estimate"].isna().all()
    assert len(publishable_frame(frame.iloc[:0])) == 0


def test_one_hidden_part_takes_the_smallest_other_with_it():
    frame = pd.DataFrame({"team": list("abcd"), "estimate": [1.0, 2, 3, 4], "n_people": [30, 4, 12, 50]})
    out = publishable_frame(frame, by=["team"])
    assert out.loc[out["note"].isin(HIDDEN), "team"].tolist() == ["b", "c"]
    assert out["note"].tolist() == ["", "few_people", "protects_another", ""]


def test_a_total_goes_only_when_no_part_is_left_to_hide():
    frame = pd.DataFrame({"team": ["a", "all"], "estimate": [1.0, 2.0], "n_people": [4, 30]})
    assert publishable_frame(frame, by=["team"])["estimate"].isna().all()


def test_undefined_is_not_hidden():
    """A cell that has no number for another reason protects nobody and is not protected."""
    frame = pd.DataFrame(
        {
            "team": list("abc"),
            "estimate": [1.0, math.nan, 3],
            "n_people": [30, 30, 30],
            "note": ["", "no_gain", ""],
        }
    )
    assert publishable_frame(frame, by=["team"])["note"].tolist() == ["", "no_gain", ""]
