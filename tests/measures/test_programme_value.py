"""The value of a programme: by hand, the rule of attribution, invariances, edges; costs and volume of decisions."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from tne.measures.value import decision_volume, net_present_value, programme_costs, programme_value
from tne.measures.value_fade import WEEKS_A_YEAR, weeks_worth
from tne.measures.value_range import assumption
from tne.result import Estimate

PRICES = {
    "currency": "EUR",
    "avoided_error": {"low": 1.5, "mode": 4.0, "high": 9.0},
    "minute": {"low": 0.35, "mode": 0.45, "high": 0.60},
}
CALL = {"grade": "A", "volume": 10_000, "value": PRICES, "costs": 4000, "weeks": 12}
EFFECT = Estimate(
    term="effect", estimate=2.0, std_error=0.5, n=90, n_people=40, n_people_total=85, comparison="waitlist"
)


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def test_value_by_hand():
    """2 points of 10,000 decisions a week are 200 errors; times the triangle's mean 14.5 / 3, times 12 weeks."""
    found = programme_value(EFFECT, **CALL)
    assert found.benefits.estimate == pytest.approx(200 * 14.5 / 3 * 12)
    assert found.npv.estimate == pytest.approx(11600 - 4000)
    assert found.bcr.estimate == pytest.approx(2.9)
    assert found.roi.estimate == pytest.approx(190)
    assert found.break_even.estimate == pytest.approx(4000 / (100 * 14.5 / 3 * 12))
    assert (found.npv.unit, found.break_even.unit, found.currency) == ("EUR", "percentage points", "EUR")
    assert found.verdict == "pays"
    table = found.to_frame()
    assert list(table["term"]) == ["benefits", "costs", "npv", "bcr", "roi", "break_even"]
    assert (table["n_people"] == 40).all()
    assert (table["n_people_total"] == 85).all()


def test_limits_with_known_prices_are_those_of_the_effect_by_hand():
    """Nothing else varies: the limits of the ratio are the effect's, on its scale."""
    found = programme_value(EFFECT, **CALL | {"value": 5.0})
    half, per_point = stats.norm.ppf(0.975) * 0.5, 100 * 5.0 * 12
    assert found.benefits.conf_low == pytest.approx((2 - half) * per_point, rel=2e-3)
    assert found.bcr.conf_high == pytest.approx((2 + half) * per_point / 4000, rel=2e-3)
    assert found.probability_pays == pytest.approx(stats.norm.sf((4000 / per_point - 2) / 0.5), abs=1e-3)
    assert (found.break_even.conf_low, found.break_even.conf_high) == pytest.approx((4000 / per_point,) * 2)
    t = programme_value(Estimate(term="e", estimate=2, std_error=0.5, df=6), **CALL | {"value": 5.0})
    assert t.benefits.conf_low == pytest.approx((2 - stats.t.ppf(0.975, 6) * 0.5) * per_point, rel=5e-3)


def test_triangle_equals_scipy():
    shares = np.linspace(0.001, 0.999, 57)
    for low, mode, high in ((1.5, 4, 9), (0, 0.5, 1), (2, 2, 5), (2, 5, 5)):
        own = assumption((low, mode, high), "x", conf_level=0.95)
        same = stats.triang((mode - low) / (high - low), loc=low, scale=high - low)
        np.testing.assert_allclose(own.quantile(shares), same.ppf(shares), rtol=1e-9)
        assert own.mean == pytest.approx(same.mean())


def test_interval_of_a_product_equals_plain_simulation(rng):
    """Grade C with every assumption uncertain, against plain draws of scipy's distributions."""
    found = programme_value(
        (1.0, 0.3), grade="C", volume=(10_000, 500), value=(1.5, 4, 9), costs=(3000, 3500, 5000), weeks=10,
        saved_minutes=None, draws=100_000, seed=1,
    )  # fmt: skip
    n = 400_000
    tri = lambda a, b, c: rng.triangular(a, b, c, n)  # noqa: E731
    gained = tri(0, 0.5, 1) * rng.normal(1, 0.3, n) / 100 * rng.normal(10_000, 500, n) * tri(1.5, 4, 9) * 10
    paid = tri(3000, 3500, 5000)
    assert found.npv.estimate == pytest.approx(
        np.mean(gained - paid), abs=4 * np.std(gained - paid) / math.sqrt(n)
    )
    wide = np.quantile(gained - paid, [0.025, 0.975])
    assert (found.npv.conf_low, found.npv.conf_high) == pytest.approx(tuple(wide), rel=0.02)
    assert found.bcr.conf_high == pytest.approx(np.quantile(gained / paid, 0.975), rel=0.02)
    assert found.probability_pays == pytest.approx(np.mean(gained > paid), abs=0.005)
    assert found.bcr.estimate == pytest.approx(
        gained.mean() / paid.mean(), rel=0.005
    )  # never the mean of ratios


def test_grades_follow_the_rule_of_attribution():
    own, half, none = (programme_value(EFFECT, **CALL | {"grade": g}) for g in "ACD")
    assert programme_value(EFFECT, **CALL | {"grade": "B"}).npv.estimate == own.npv.estimate
    assert half.benefits.estimate == pytest.approx(own.benefits.estimate / 2)
    assert "grade C" in half.npv.note
    assert "attribution" in set(half.tornado["assumption"])
    assert status(half, "attribution") == "warn"
    assert half.break_even.estimate == own.break_even.estimate == none.break_even.estimate
    assert none.verdict == "break_even_only"
    assert math.isnan(none.npv.estimate)
    assert math.isnan(none.probability_pays)
    assert "break-even only" in none.npv.note
    assert "pays if at least 0.6897 points were due to it" in str(none)
    assert (status(own, "attribution"), status(none, "attribution")) == ("pass", "fail")
    assert programme_value(math.nan, **CALL | {"grade": "E"}).verdict == "break_even_only"


def test_sensitivity_set_is_shown_for_grade_b_and_warns_where_it_says_otherwise():
    wide = programme_value(EFFECT, **CALL | {"grade": "B"}, sensitivity=(-0.5, 3.0))
    assert list(wide.ranges["range"]) == ["own_interval", "sensitivity_set"]
    assert wide.ranges.loc[1, "npv_low"] == pytest.approx(-0.5 * 5800 - 4000)
    assert status(wide, "sensitivity_value") == "warn"
    assert (
        status(programme_value(EFFECT, **CALL | {"grade": "B"}, sensitivity=(1.0, 3.0)), "sensitivity_value")
        == "pass"
    )
    assert status(programme_value(EFFECT, **CALL | {"grade": "B"}), "sensitivity_value") == "not_run"
    none = programme_value(EFFECT, **CALL | {"grade": "B"}, sensitivity=(math.nan, math.nan))
    assert list(none.ranges["range"]) == ["own_interval"]
    assert status(none, "sensitivity_value") == "not_run"
    whole = programme_value(EFFECT, **CALL | {"grade": "B"}, sensitivity=(-math.inf, math.inf))
    assert status(whole, "sensitivity_value") == "warn"


def test_fading_equals_numerical_integration():
    for weeks, half_life, measured, rate in (
        (26, 10, 12, 0.08),
        (52, 20, 0, None),
        (12, 5, 12, 0.0),
        (8, 30, 12, 0.1),
    ):

        def level(t, h=half_life):
            return 2 ** (-t / h)

        def today(t, r=rate or 0.0):
            return (1 + r) ** (-t / WEEKS_A_YEAR)

        whole = integrate.quad(lambda t: level(t) * today(t), 0, weeks)[0]
        mean = integrate.quad(level, 0, measured)[0] / measured if measured else 1.0
        found = weeks_worth(weeks, half_life, measured_weeks=measured, rate=rate)
        assert float(found) == pytest.approx(whole / mean)
    assert float(weeks_worth(12, 7, measured_weeks=12)) == pytest.approx(12)
    assert float(weeks_worth(12, math.inf)) == 12


def test_interest_agrees_with_net_present_value_by_hand():
    """A lasting benefit of 100 a week over a year at 10 %: close to twelve monthly flows at the month's rate."""
    found = programme_value(
        (1.0, 0.1), grade="A", volume=10_000, value=1.0, costs=0, weeks=WEEKS_A_YEAR, rate=0.10
    ).npv.estimate
    monthly = net_present_value([100 * WEEKS_A_YEAR / 12] * 12, rate=1.1 ** (1 / 12) - 1)
    assert found == pytest.approx(monthly * 1.1 ** (1 / 24), rel=1e-4)  # flows in the middle of the month


def test_tornado_moves_one_assumption_at_a_time_by_hand():
    found = programme_value(EFFECT, **CALL | {"costs": {"low": 3000, "mode": 4000, "high": 5000}})
    table = found.tornado.set_index("assumption")
    assert list(table.index) == ["avoided_error", "effect", "costs"]
    assert (table["swing"].diff().dropna() <= 0).all()
    assert table.loc["avoided_error", "npv_low"] == pytest.approx(200 * 1.5 * 12 - 4000)
    assert table.loc["costs", "npv_high"] == pytest.approx(11600 - 5000)
    assert table.loc["effect", "bcr_low"] == pytest.approx((2 - stats.norm.ppf(0.975) * 0.5) * 5800 / 4000)
    weak = programme_value(EFFECT, **CALL | {"grade": "D"}).tornado
    assert list(weak["assumption"]) == ["avoided_error"]
    assert weak.loc[0, "break_even_low"] == pytest.approx(4000 / (100 * 1.5 * 12))


def test_saved_minutes_are_priced_by_hand_and_lower_the_break_even():
    found = programme_value(EFFECT, **CALL, saved_minutes=(0.02, 0.01))
    minutes = 0.02 * 10_000 * 1.4 / 3 * 12
    assert found.benefits.estimate == pytest.approx(11600 + minutes)
    assert found.break_even.estimate == pytest.approx((4000 - minutes) / 5800)
    assert {"saved_minutes", "minute"} <= set(found.tornado["assumption"])
    slower = programme_value(EFFECT, **CALL, saved_minutes=-0.02)
    assert slower.benefits.estimate == pytest.approx(11600 - minutes)
    alone = programme_value(EFFECT, **CALL | {"value": {"minute": 0.5}}, saved_minutes=(0.02, 0.01))
    assert alone.benefits.estimate == pytest.approx(0.02 * 10_000 * 0.5 * 12)
    unpriced = programme_value(EFFECT, **CALL | {"value": 4.0}, saved_minutes=0.02)
    assert any("not priced" in note for note in unpriced.notes)
    assert unpriced.benefits.estimate == pytest.approx(200 * 4 * 12)


def test_minutes_alone_say_that_it_pays_but_never_that_it_does_not():
    """Three points better at no price of an error: the lost minutes are all that is counted, which decides nothing."""
    call = CALL | {"value": {"minute": 0.5}, "largest_effect": 12.0}
    slower = programme_value((3.0, 0.3), **call, saved_minutes=(-0.001, 0.0005))
    assert slower.npv.conf_high < 0
    assert (slower.verdict, slower.reason) == ("cannot_tell", "no_value")
    assert "avoided errors are not priced" in slower.npv.note
    assert "no value of an avoided error" in slower.break_even.note
    faster = programme_value((3.0, 0.3), **call, saved_minutes=(0.5, 0.01))
    assert (faster.verdict, faster.reason) == ("pays", "interval_above_costs")
    worse = programme_value((-3.0, 0.3), **call, saved_minutes=(0.5, 0.01))
    assert worse.npv.conf_low > 0
    assert (worse.verdict, worse.reason) == ("cannot_tell", "no_value")
    free = programme_value(EFFECT, **CALL, saved_minutes=(0.5, 0.01)).break_even
    assert free.estimate < 0
    assert "alone pay" in free.note


def test_not_worth_measuring_where_no_measurement_would_matter():
    unsure = (0.5, 1.0)
    assert programme_value(unsure, **CALL).verdict == "cannot_tell"
    small = CALL | {"volume": 300}
    capped = programme_value((0.5, 25.0), **small, largest_effect=12.0)
    assert (capped.verdict, capped.reason) == ("not_worth_measuring", "largest_effect_does_not_pay")
    assert programme_value((0.5, 25.0), **small, largest_effect=20.0).verdict == "cannot_tell"
    assert (
        programme_value(unsure, **small | {"grade": "D"}, largest_effect=12.0).verdict
        == "not_worth_measuring"
    )
    cheap = programme_value(unsure, **CALL, budget=1_000_000)
    assert (cheap.verdict, cheap.reason) == ("not_worth_measuring", "cost_negligible")
    assert programme_value(unsure, **CALL, budget=100_000).verdict == "cannot_tell"
    assert programme_value(EFFECT, **CALL, budget=1_000_000).verdict == "pays"  # it is known already
    # four weeks of an effect that was measured over twelve are worth most if it fades at once: 6 weeks, not 4
    early = small | {"weeks": 4, "half_life": (5, 20, 40), "measured_weeks": 12, "costs": 700}
    assert programme_value((0.5, 25.0), **early, largest_effect=5.0).verdict == "cannot_tell"
    assert programme_value((0.5, 25.0), **early, largest_effect=4.0).verdict == "not_worth_measuring"


def test_negative_effect_does_not_pay():
    found = programme_value((-1.0, 0.3), **CALL)
    assert (found.verdict, found.reason) == ("does_not_pay", "interval_below_costs")
    assert found.bcr.estimate < 0


@pytest.mark.parametrize(
    ("given", "reason", "said"),
    [
        ({"costs": None}, "no_costs", "costs are unknown"),
        ({"costs": {}}, "no_costs", "costs are unknown"),
        ({"value": None}, "no_value", "no value"),
        ({"value": {}}, "no_value", "no value"),
        ({"value": {"currency": "EUR", "minute": 1.0}}, "no_value", "no value"),
        ({"volume": None}, "no_volume", "volume"),
        ({"volume": math.nan}, "no_volume", "volume"),
        ({"volume": pd.NA}, "no_volume", "volume"),
        (
            {"costs": {"low": 1, "mode": 2, "high": 3, "currency": "GBP"}},
            "currencies_differ",
            "different currencies",
        ),
    ],
)
@pytest.mark.parametrize("grade", ["A", "C", "D"])
def test_what_is_missing_is_said_and_nothing_is_invented(given, reason, said, grade):
    found = programme_value(EFFECT, **CALL | {"grade": grade} | given)
    assert (found.verdict, found.reason) == ("cannot_tell", reason)
    for one in (found.npv, found.bcr, found.roi, found.break_even):
        assert math.isnan(one.estimate)
        assert said in one.note
    assert str(found)
    assert found._repr_html_()
    assert len(found.ranges) == 0


def test_unknown_effect_leaves_the_break_even():
    found = programme_value(math.nan, **CALL)
    assert (found.verdict, found.reason) == ("cannot_tell", "no_effect")
    assert found.break_even.estimate == pytest.approx(4000 / 5800)
    assert found.costs.estimate == 4000


def test_an_effect_without_error_has_no_interval_and_decides_nothing():
    found = programme_value(2.0, **CALL)
    assert found.bcr.estimate == pytest.approx(2.9)
    assert math.isnan(found.bcr.conf_low)
    assert (found.verdict, found.reason) == ("cannot_tell", "no_standard_error")
    placebo = Estimate(term="e", estimate=2.0, conf_low=1.0, conf_high=3.0)
    wide = programme_value(placebo, **CALL)
    assert wide.verdict == "pays"
    assert any("width of its interval" in note for note in wide.notes)
    exact = programme_value((2.0, 0.0), **CALL | {"value": 5.0})
    assert (exact.bcr.conf_low, exact.bcr.conf_high) == (3.0, 3.0)


def test_costs_of_zero_and_costs_that_may_be_zero():
    free = programme_value(EFFECT, **CALL | {"costs": 0})
    assert free.verdict == "pays"
    assert "costs are 0" in free.bcr.note
    assert free.break_even.estimate == 0
    unsure = programme_value(EFFECT, **CALL | {"costs": (100, 100)})
    assert math.isnan(unsure.bcr.conf_high)
    assert "no interval" in unsure.bcr.note
    assert not math.isnan(unsure.npv.conf_high)


def test_nothing_to_gain_has_no_break_even():
    for given in ({"volume": 0}, {"weeks": 0}, {"value": 0.0}):
        found = programme_value(EFFECT, **CALL | given)
        assert found.benefits.estimate == 0
        assert math.isnan(found.break_even.estimate)
        assert "worth nothing" in found.break_even.note
        assert found.verdict == "does_not_pay"


def test_currency_scale_and_seed():
    one = programme_value(EFFECT, **CALL | {"value": (1.5, 4, 9)}, seed=3)
    dear = programme_value(EFFECT, **CALL | {"value": (1500, 4000, 9000), "costs": 4_000_000}, seed=3)
    assert dear.bcr.conf_low == pytest.approx(one.bcr.conf_low)
    assert dear.npv.conf_high == pytest.approx(1000 * one.npv.conf_high)
    assert dear.break_even.conf_high == pytest.approx(one.break_even.conf_high)
    again, other = (programme_value(EFFECT, **CALL, seed=s).npv.conf_low for s in (3, 4))
    assert again == programme_value(EFFECT, **CALL, seed=3).npv.conf_low
    assert other == pytest.approx(again, abs=0.02 * one.npv.std_error * 3)
    assert programme_value(EFFECT, **CALL).npv.conf_low == programme_value(EFFECT, **CALL).npv.conf_low


def test_units_are_checked_both_ways():
    share = Estimate(term="e", estimate=0.02, std_error=0.01, unit="share correct")
    assert status(programme_value(share, **CALL), "effect_unit") == "warn"
    points = Estimate(term="e", estimate=2.0, std_error=1.0, unit="percentage points")
    assert status(programme_value(points, **CALL), "effect_unit") == "pass"
    assert status(programme_value((2.0, 1.0), **CALL), "effect_unit") == "not_run"
    with pytest.raises(ValueError, match="at most 100"):
        programme_value((150.0, 1.0), **CALL)
    pounds = Estimate(term="total", estimate=4000.0, unit="GBP")
    assert programme_value(EFFECT, **CALL | {"costs": pounds}).reason == "currencies_differ"
    euros = Estimate(term="total", estimate=4000.0, unit="EUR")
    assert programme_value(EFFECT, **CALL | {"costs": euros}).verdict == "pays"


def test_fading_is_checked_both_ways():
    assert status(programme_value(EFFECT, **CALL | {"weeks": 40}), "fade_out") == "warn"
    assert status(programme_value(EFFECT, **CALL | {"weeks": 40}, half_life=20), "fade_out") == "pass"
    assert status(programme_value(EFFECT, **CALL, measured_weeks=12), "fade_out") == "pass"


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"grade": "F"}, ValueError, "grade"),
        ({"weeks": -1}, ValueError, "weeks"),
        ({"weeks": math.inf}, ValueError, "weeks"),
        ({"volume": -5}, ValueError, "cannot be negative"),
        ({"costs": -5}, ValueError, "cannot be negative"),
        ({"value": {"mode": 4, "high": 9}}, ValueError, "lacks low"),
        ({"value": {"low": None, "mode": 4, "high": 9}}, (ValueError, TypeError), "value"),
        ({"value": {"low": math.nan, "mode": 4, "high": 9}}, ValueError, "all three"),
        ({"value": {"low": 5, "mode": 4, "high": 9}}, ValueError, "in this order"),
        ({"value": {"hour": 5}}, ValueError, "unknown hour"),
        ({"value": (1, 2, 3, 4)}, ValueError, "4 numbers"),
        ({"costs": {"currency": "EUR"}}, ValueError, "no low, mode and high"),
        ({"half_life": 0}, ValueError, "half_life"),
        ({"half_life": math.nan}, ValueError, "half_life"),
        ({"rate": -1.5}, ValueError, "rate"),
        ({"sensitivity": (3, 1)}, ValueError, "lower limit first"),
        ({"largest_effect": 120}, ValueError, "largest_effect"),
        ({"budget": -1}, ValueError, "budget"),
        ({"draws": 10}, ValueError, "draws"),
    ],
)
def test_bad_assumptions_say_what_to_do(given, error, said):
    with pytest.raises(error, match=said):
        programme_value(EFFECT, **CALL | given)
    with pytest.raises(TypeError, match="effect"):
        programme_value("two", **CALL)


# ------------------------------------------------------------------------------------------------ costs

SHEET = pd.DataFrame(
    [
        ("p", "DE", "materials", 1000.0, "EUR"),
        ("p", "DE", "room", 200.0, "EUR"),
        ("p", "DE", "credit note", -50.0, "EUR"),
        ("p", "GB", "materials", 900.0, "GBP"),
        ("q", "DE", "trainers' time", 300.0, "EUR"),
    ],
    columns=["programme_id", "market", "item", "amount", "currency"],
)
SESSIONS = pd.DataFrame(
    [
        ("s1", "p", "DE", "instructor_led", 90.0),
        ("s2", "p", "DE", "e_learning", 60.0),
        ("s3", "p", "GB", "instructor_led", 90.0),
        ("s4", "r", "DE", "instructor_led", 30.0),
    ],
    columns=["session_id", "programme_id", "market", "modality", "duration_minutes"],
)
ATTENDANCE = pd.DataFrame(
    [("s1", "a", 40.0), ("s1", "a", 45.0), ("s1", "b", None), ("s2", "c", 200.0), ("s3", "d", 80.0)],
    columns=["session_id", "moderator_id", "minutes"],
)
MARKETS = pd.DataFrame({"market": ["DE", "GB"], "currency": ["EUR", "GBP"]})


def test_costs_by_hand():
    """1150 booked; trainer 90 minutes; seats 85 + 90 (duration) + 60 (at most the duration) = 235 minutes."""
    found = programme_costs(
        SHEET, markets=MARKETS, sessions=SESSIONS, attendance=ATTENDANCE, prices={"EUR": PRICES}
    )
    de = found.of("p", "DE")
    assert de["low"] == pytest.approx(1150 + (90 + 235) * 0.35)
    assert de["mode"] == pytest.approx(1150 + (90 + 235) * 0.45)
    assert de["high"] == pytest.approx(1150 + (90 + 235) * 0.60)
    assert de["currency"] == "EUR"
    total = found.estimates.get(programme_id="p", market="DE", term="total")
    assert total.estimate == pytest.approx(1150 + 325 * 1.4 / 3)
    assert (total.unit, total.n, total.n_people) == ("EUR", 3, 3)
    gb = found.of("p", "GB")
    assert gb["mode"] == 900
    assert "not priced" in gb["note"]
    assert status(found, "time_priced") == "warn"
    assert found.of("q", "DE")["mode"] == 300
    assert found.of("r", "DE")["mode"] == pytest.approx(30 * 0.45)  # nothing booked, but time was spent
    assert found.of("x", "DE") == {}
    value = programme_value(EFFECT, **CALL | {"costs": de})
    assert value.costs.estimate == pytest.approx(total.estimate)


def test_time_of_which_no_attendance_is_known_is_not_nothing():
    """The export has other programmes' attendance: that nobody sat in this one is not known."""
    call = {"markets": MARKETS, "sessions": SESSIONS, "attendance": ATTENDANCE}
    found = programme_costs(SHEET, **call, prices={"EUR": PRICES})
    rest = found.ranges.set_index(["programme_id", "market"]).loc[("r", "DE")]
    assert math.isnan(rest["seat_minutes"])
    assert rest["note"] == "seat_time is unknown and not priced"
    one = SESSIONS.assign(programme_id="p", market="DE")  # a session that nobody joined, beside others
    held = programme_costs(SHEET, sessions=one, attendance=ATTENDANCE).ranges
    assert held.loc[0, "seat_minutes"] == 85 + 90 + 60 + 80


def test_credits_beyond_what_was_booked_are_said_and_stop_nothing():
    found = programme_costs(SHEET.assign(amount=[100.0, 20.0, -500.0, 900.0, 300.0]), markets=MARKETS)
    assert math.isnan(found.of("p", "DE")["mode"])
    assert "below 0" in found.of("p", "DE")["note"]
    assert found.of("p", "GB")["mode"] == 900
    assert status(found, "currency") == "warn"
    value = programme_value(EFFECT, **CALL | {"costs": found.of("p", "DE")})
    assert value.reason == "no_costs"


def test_time_that_was_booked_is_not_counted_again():
    sheet = pd.concat([SHEET, SHEET.iloc[[0]].assign(item="Participants' time", amount=70.0)])
    call = {"sessions": SESSIONS, "attendance": ATTENDANCE, "prices": {"EUR": PRICES}}
    assert programme_costs(sheet, **call).of("p", "DE")["mode"] == pytest.approx(1220 + 90 * 0.45)
    named = programme_costs(SHEET, **call, kinds={"room": "seat_time"})
    assert named.of("p", "DE")["mode"] == pytest.approx(1150 + 90 * 0.45)


@pytest.mark.parametrize(
    ("currencies", "markets", "said"),
    [
        (["EUR", "GBP", "EUR"], None, "EUR and GBP"),
        (["EUR", None, "EUR"], None, "no currency"),
        (["EUR", "", "EUR"], None, "no currency"),
        (["USD", "USD", "USD"], MARKETS, "the market's currency is EUR"),
    ],
)
def test_currencies_are_never_converted(currencies, markets, said):
    sheet = SHEET.iloc[:3].assign(currency=currencies)
    found = programme_costs(sheet, markets=markets)
    assert math.isnan(found.of("p", "DE")["mode"])
    assert said in found.of("p", "DE")["note"]
    assert status(found, "currency") == "warn"
    left_out = programme_value(EFFECT, **CALL | {"costs": found.of("p", "DE")})
    assert left_out.reason == "no_costs"
    assert any(said in note for note in left_out.notes)
    assert status(programme_costs(SHEET.iloc[:3], markets=MARKETS), "currency") == "pass"


def test_costs_edges():
    none = programme_costs(SHEET.iloc[:0])
    assert len(none.to_frame()) == 0
    assert status(none, "currency") == "not_run"
    missing = programme_costs(SHEET.assign(amount=[1.0, None, 2, 3, 4]))
    assert math.isnan(missing.of("p", "DE")["mode"])
    assert "amount is missing" in missing.of("p", "DE")["note"]
    mixed = SHEET.sample(frac=1, random_state=1).astype({"market": "category", "currency": "string"})
    odd = mixed.set_index(pd.Index([7] * len(mixed)))
    pd.testing.assert_frame_equal(
        programme_costs(odd).ranges, programme_costs(SHEET).ranges, check_dtype=False
    )
    with pytest.raises(KeyError, match="currency"):
        programme_costs(SHEET.drop(columns="currency"))
    with pytest.raises(ValueError, match="unknown food"):
        programme_costs(SHEET, kinds={"room": "food"})
    with pytest.raises(TypeError, match="amount"):
        programme_costs(SHEET.assign(amount="1,000"))
    alone = programme_costs(SHEET, sessions=SESSIONS, prices={"EUR": PRICES})
    assert "seat_time is unknown" in alone.of("p", "DE")["note"]
    blank = SESSIONS.assign(duration_minutes=np.nan)
    unknown = programme_costs(SHEET, sessions=blank, attendance=ATTENDANCE, prices={"EUR": PRICES})
    assert math.isnan(
        unknown.ranges.set_index(["programme_id", "market"]).loc[("p", "DE"), "trainer_minutes"]
    )


# ------------------------------------------------------------------------------------------------ volume


def panel() -> pd.DataFrame:
    """Two trained in week 2 (one leaves after week 3), one in week 4, one never; weeks 0 to 5."""
    rows = [(m, t, start) for m, start in (("a", 2), ("b", 2), ("c", 4), ("d", None)) for t in range(6)]
    frame = pd.DataFrame(rows, columns=["moderator_id", "period", "cohort"]).astype({"cohort": float})
    frame = frame.loc[~((frame["moderator_id"] == "b") & (frame["period"] > 3))]
    return frame.assign(market="DE", weight_sum=6.0, outside_weight_sum=4.0, cases=100.0)


def test_volume_by_hand():
    """Since training: a 4 weeks, b 2 of 4, c 2: 8 × 100 cases × .6 in 10 elapsed person-weeks, times 3 people."""
    found = decision_volume(panel(), weeks=12)
    assert found.estimate == pytest.approx(8 * 100 * 0.6 / 10 * 3)
    assert (found.n, found.n_people) == (8, 3)
    assert decision_volume(panel(), weeks=2).estimate == pytest.approx(6 * 60 / 6 * 3)
    scaled = panel().assign(weight_sum=0.06, outside_weight_sum=0.04)  # weights tell strata apart, no more
    assert decision_volume(scaled, weeks=12).estimate == pytest.approx(found.estimate)
    alone = decision_volume(panel().drop(columns="outside_weight_sum"), weeks=12)
    assert alone.estimate == pytest.approx(8 * 100 / 10 * 3)


def test_weeks_without_production_are_not_weeks_without_work():
    """Weights are no decisions; a gap in the production of people who worked is filled by the others' mean."""
    for none in (panel().drop(columns="cases"), panel().assign(cases=np.nan)):
        found = decision_volume(none, weeks=12)
        assert math.isnan(found.estimate)
        assert "production" in found.note
    gap = panel()
    gap.loc[gap["period"] == 3, "cases"] = np.nan
    found = decision_volume(gap, weeks=12)
    assert found.estimate == pytest.approx(8 * 100 * 0.6 / 10 * 3)
    assert found.note.startswith("2 person-weeks")


def test_volume_edges():
    shuffled = panel().sample(frac=1, random_state=2).set_index(pd.Index([1] * 22))
    assert decision_volume(shuffled, weeks=12).estimate == decision_volume(panel(), weeks=12).estimate
    nobody = decision_volume(panel().assign(cohort=np.nan), weeks=12)
    assert math.isnan(nobody.estimate)
    assert "nobody was trained" in nobody.note
    assert math.isnan(decision_volume(panel().iloc[:0], weeks=12).estimate)
    assert math.isnan(decision_volume(panel().assign(cohort=9.0), weeks=12).estimate)
    assert math.isnan(decision_volume(panel(), weeks=12, market="FR").estimate)
    unseen = decision_volume(panel().assign(weight_sum=0.0, outside_weight_sum=0.0), weeks=12)
    assert "no audits" in unseen.note
    late = panel().loc[panel()["period"] >= 3]  # what came before was not seen: a 3 weeks, b 1 of 3, c 2
    assert decision_volume(late, weeks=12).estimate == pytest.approx(6 * 60 / 8 * 3)
    early = panel().assign(provisional=panel()["period"] == 5)
    assert decision_volume(early, weeks=12).n == 6
    with pytest.raises(ValueError, match="weeks"):
        decision_volume(panel(), weeks=0)
    with pytest.raises(KeyError, match="cohort"):
        decision_volume(panel().drop(columns="cohort"), weeks=1)
