"""Net present value and utility: published values, numpy's polynomial, by hand, edges."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tne.measures.value import net_present_value, utility_gain
from tne.result import Estimate


@pytest.mark.published("ROI-NPV-1")
def test_net_present_value_matches_published_help_page():
    """Adobe FormCalc, NPV: 10 % of 500, 1500, 4000, 10000 is 11529.60863329007; 6.5 % of 5000 is 4694.83568075117."""
    assert net_present_value([500, 1500, 4000, 10000], rate=0.10) == pytest.approx(
        11529.60863329007, abs=1e-6
    )
    assert net_present_value([5000], rate=0.065) == pytest.approx(4694.83568075117, abs=1e-6)
    assert net_present_value([50, 60, 40, 100, 25], rate=0.0275) == pytest.approx(253.912035, abs=1e-6)


def test_net_present_value_matches_published_spreadsheet_help():
    """Microsoft, NPV function: 10 %, −10000, 3000, 4200, 6800 is 1188.44; 8 % of five flows less 40000 is 1922.06,
    with −9000 in the sixth year −3749.47."""
    assert net_present_value([-10000, 3000, 4200, 6800], rate=0.10) == pytest.approx(1188.44, abs=0.006)
    flows = [8000, 9200, 10000, 12000, 14500]
    assert net_present_value(flows, rate=0.08) - 40000 == pytest.approx(1922.06, abs=0.006)
    assert net_present_value([*flows, -9000], rate=0.08) - 40000 == pytest.approx(-3749.47, abs=0.006)


def test_net_present_value_equals_numpy(rng):
    flows, rate = rng.normal(0, 100, 30), 0.07
    same = np.polynomial.polynomial.polyval(1 / (1 + rate), np.concatenate([[0], flows]))
    assert net_present_value(flows, rate=rate) == pytest.approx(same)
    assert net_present_value(pd.Series(flows, index=range(30, 60)), rate=rate) == pytest.approx(same)
    assert net_present_value(flows, rate=0) == pytest.approx(flows.sum())
    assert net_present_value([110.0], rate=-0.5) == 220.0


def test_net_present_value_edges():
    assert net_present_value([], rate=0.1) == 0
    assert math.isnan(net_present_value([1, None, 2], rate=0.1))
    assert math.isnan(net_present_value(pd.array([1, pd.NA], dtype="Int64"), rate=0.1))
    for rate in (-1, -2, math.nan, math.inf):
        with pytest.raises(ValueError, match="rate"):
            net_present_value([1], rate=rate)
    with pytest.raises(TypeError, match="rate"):
        net_present_value([1], rate="10 %")
    for wide in (pd.DataFrame([[1.0], [2.0]]), np.ones((2, 2))):  # a frame's entries are its columns' names
        with pytest.raises(TypeError, match="2 dimensions"):
            net_present_value(wide, rate=0.1)
    with pytest.raises(TypeError, match="no numbers"):
        net_present_value(["a"], rate=0.1)
    with pytest.raises(ValueError, match="infinite"):
        net_present_value([math.inf], rate=0.1)


@pytest.mark.published("ROI-FORMULA")
def test_utility_by_hand_says_whether_cost_is_total_or_per_head():
    """dU = N · T · d · SDy − C: 100 people, 2 years, d = .5, SDy = 10,000; 500 a head is 50,000 in all."""
    call = {"people": 100, "years": 2, "sd_value": 10000}
    per_head = utility_gain(0.5, **call, cost=500, cost_per="person")
    total = utility_gain(0.5, **call, cost=500, cost_per="total")
    assert per_head.estimate == 100 * 2 * 0.5 * 10000 - 100 * 500
    assert total.estimate == 100 * 2 * 0.5 * 10000 - 500
    assert "no standard error" in total.note
    assert math.isnan(total.conf_low)


def test_utility_interval_is_that_of_the_effect_by_hand():
    effect = Estimate(term="d", estimate=0.5, std_error=0.1, df=40, n_people=20, n_people_total=42)
    found = utility_gain(effect, people=10, years=1, sd_value=1000, cost=2000, cost_per="total")
    half = stats.t.ppf(0.975, 40) * 0.1 * 10000
    assert (found.conf_low, found.conf_high) == pytest.approx((3000 - half, 3000 + half))
    assert (found.n_people, found.n_people_total) == (20, 42)
    assert math.isnan(
        utility_gain(math.nan, people=1, years=1, sd_value=1, cost=0, cost_per="total").estimate
    )


@pytest.mark.parametrize(
    "bad", [{"people": -1}, {"cost": math.inf}, {"cost_per": "head"}, {"sd_value": None}]
)
def test_utility_refuses(bad):
    call = {"people": 1, "years": 1, "sd_value": 1, "cost": 0, "cost_per": "total"}
    with pytest.raises(ValueError, match=next(iter(bad))):
        utility_gain(0.5, **(call | bad))
