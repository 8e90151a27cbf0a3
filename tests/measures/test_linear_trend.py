"""Does a conclusion survive when the linear pre-trend is carried forward? By hand, at the normal quantile 1.645."""

import math

import pytest

from tne.measures.designs.teams import linear_trend
from tne.result import Estimate

MINIMUM = 1.5


def interval(low, high):
    return Estimate(term="effect", estimate=(low + high) / 2, std_error=1.0, conf_low=low, conf_high=high)


def carried(estimate, std_error=1.0, df=5.0):
    """With few degrees of freedom, which must not matter; its own interval is not used."""
    return Estimate(term="effect", estimate=estimate, std_error=std_error, df=df)


POSITIVE, NEGATIVE, BELOW, OPEN = (0.5, 3.5), (-3.0, -0.1), (-1.0, 1.2), (-0.8, 2.6)


@pytest.mark.parametrize(
    ("effect", "trend", "status"),
    [
        # one standard error: the bounds lie 1.645 below and above the estimate
        (POSITIVE, 1.65, "pass"),
        (POSITIVE, 1.64, "fail"),
        (POSITIVE, -2.00, "fail"),
        (NEGATIVE, -1.65, "pass"),
        (NEGATIVE, -1.64, "fail"),
        (NEGATIVE, 2.00, "fail"),
        # not as much as the smallest effect that matters: 1.5 − 1.645 = −.145
        (BELOW, -0.15, "pass"),
        (BELOW, -0.14, "fail"),
        (BELOW, -9.00, "pass"),
        # no conclusion: the trend must not hide one, in either direction
        (OPEN, 0.00, "pass"),
        (OPEN, 1.64, "pass"),
        (OPEN, 1.65, "fail"),
        (OPEN, -1.64, "pass"),
        (OPEN, -1.65, "fail"),
    ],
)
def test_survival_of_each_conclusion_by_hand(effect, trend, status):
    check = linear_trend(interval(*effect), carried(trend), MINIMUM)
    assert (check.name, check.status) == ("linear_trend", status)


def test_bounds_are_in_the_detail_by_hand():
    check = linear_trend(interval(*POSITIVE), carried(3.0, std_error=2.0), MINIMUM)
    assert check.detail == "with the trend carried forward 3.00 (one-sided bounds -0.29 and 6.29)"
    assert check.status == "fail"


def test_below_the_minimum_is_no_conclusion_without_a_minimum():
    assert linear_trend(interval(*BELOW), carried(1.0)).status == "pass"
    assert linear_trend(interval(*BELOW), carried(1.0), MINIMUM).status == "fail"
    assert linear_trend(interval(*BELOW), carried(1.65)).status == "fail"


def test_a_sign_comes_before_the_minimum():
    """A small but certain effect is positive first: its sign must survive, not its smallness."""
    small = interval(0.1, 1.0)
    assert linear_trend(small, carried(1.7), MINIMUM).status == "pass"
    assert linear_trend(small, carried(-0.5), MINIMUM).status == "fail"


@pytest.mark.parametrize(
    ("effect", "trend"),
    [
        (POSITIVE, carried(2.0, std_error=math.nan)),
        ((math.nan, math.nan), carried(2.0)),
        ((math.nan, math.nan), carried(2.0, std_error=math.nan)),
    ],
)
def test_without_a_standard_error_it_is_not_run(effect, trend):
    estimate = Estimate(term="effect", estimate=2.0, conf_low=effect[0], conf_high=effect[1])
    check = linear_trend(estimate, trend, MINIMUM)
    assert check.status == "not_run"
    assert check.detail


def test_an_undefined_trend_is_not_run():
    nothing = Estimate(term="effect", estimate=math.nan, note="no line")
    assert linear_trend(interval(*POSITIVE), nothing, MINIMUM).status == "not_run"
