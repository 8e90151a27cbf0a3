"""One programme in one market: whom it was given to, over which weeks, at what price it pays. Worked by hand."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import tne
from tne.measures.decision import Guardrail
from tne.measures.value_start import errors_before, given_from
from tne.result import Estimate

NAN = math.nan
PRICES = {"currency": "EUR", "avoided_error": {"low": 2.0, "mode": 2.0, "high": 2.0}}


def panel(people=20, weeks=24, start=12, cases=100.0, market="DE", **columns):
    """Everybody trained in week `start`, each with 100 cases and 10 audits a week, 8 of them right."""
    frame = pd.MultiIndex.from_product([range(people), range(weeks)], names=["moderator_id", "period"])
    frame = frame.to_frame(index=False).assign(
        market=market, cohort=float(start), cases=cases, weight_sum=10.0, weighted_correct=8.0
    )
    return frame.assign(**columns)


def effect(value=5.0, error=1.0, letter="A", design="randomised", window=(12.0, 19.0), rails=(), people=20.0):
    estimate = Estimate(
        term="effect", estimate=value, std_error=error, conf_low=value - 1.96 * error, conf_high=value + 1.96 * error,
        n_people=people, n_people_total=2 * people, n=500.0, note="" if value == value else "unknown",
    )  # fmt: skip
    return SimpleNamespace(
        programme_id="p",
        title="P",
        effect=estimate,
        grade=letter,
        design=design,
        window=window,
        guardrails=rails,
    )


def sheet(amount=1000.0, currency="EUR", market="DE", programme="p"):
    return pd.DataFrame(
        {
            "programme_id": programme,
            "market": market,
            "item": "materials",
            "amount": [amount],
            "currency": currency,
        }
    )


def worth(found=None, frame=None, costs="sheet", prices=PRICES, **more):
    costs = tne.programme_costs(sheet()) if isinstance(costs, str) else costs
    return tne.value_in_market(
        found or effect(),
        panel() if frame is None else frame,
        market="DE",
        costs=costs,
        prices=prices,
        **more,
    )


def test_benefits_costs_and_break_even_by_hand():
    # 20 people × 100 decisions × 5 points × 8 weeks = 800 errors fewer, 2 € each, against 1,000 €
    found = worth()
    assert found.weeks == 8
    assert found.volume.estimate == pytest.approx(2000)
    assert found.value.benefits.estimate == pytest.approx(1600)
    assert found.value.npv.estimate == pytest.approx(600)
    assert found.value.roi.estimate == pytest.approx(60)
    assert found.break_even.estimate == pytest.approx(1000 / (2000 / 100 * 2 * 8))
    assert found.break_even.n_people == found.costs.n_people == 20
    assert found.kinds == ("design",)
    assert math.isnan(found.price.estimate), "the worth of an error is given"


def test_a_comparison_that_was_cut_short_counts_for_as_long_as_it_was_measured():
    assert worth(effect(window=(12.0, 15.0)), plan={"window_weeks": 12}).weeks == 4
    assert worth(effect(design="staggered", window=(12.0, 30.0)), plan={"window_weeks": 6}).weeks == 6
    assert worth(effect(design="none", window=(NAN, NAN)), programme={"window_weeks": pd.NA}).weeks == 12


def test_price_at_which_it_pays_by_hand():
    found = worth(prices={})
    assert found.value.reason == "no_value"
    assert math.isnan(found.break_even.estimate)
    # 800 errors fewer for 1,000 €
    assert found.price.estimate == pytest.approx(1.25)
    assert found.price.conf_low == pytest.approx(1.25 * 5 / 6.96, rel=0.02)
    assert found.price.conf_high == pytest.approx(1.25 * 5 / 3.04, rel=0.02)
    assert math.isnan(worth(effect(value=1.0), prices={}).price.estimate), "no effect is not ruled out"
    assert "grade" in worth(effect(letter="D"), prices={}).price.note


def test_break_even_rests_on_nothing_estimated_of_the_effect():
    slower = Guardrail(
        name="handle_seconds", margin=1.0,
        estimate=Estimate(term="effect", estimate=6.0, std_error=1.0, n_people=20.0, n_people_total=40.0),
    )  # fmt: skip
    prices = PRICES | {"minute": {"low": 0.5, "mode": 0.5, "high": 0.5}}
    plain, timed = worth(prices=prices), worth(effect(rails=(slower,)), prices=prices)
    assert timed.break_even.estimate == plain.break_even.estimate
    assert worth(effect(value=-9.0), prices=prices).break_even.estimate == plain.break_even.estimate
    # six seconds more for each of 2,000 × 8 decisions at 0.50 € a minute
    assert timed.value.benefits.estimate == pytest.approx(1600 - 6 / 60 * 16_000 * 0.5)


def test_time_of_too_few_people_is_not_valued():
    rail = Guardrail(
        name="handle_seconds", margin=1.0,
        estimate=Estimate(term="effect", estimate=6.0, std_error=1.0, n_people=9.0, n_people_total=40.0),
    )  # fmt: skip
    prices = PRICES | {"minute": {"low": 0.5, "mode": 0.5, "high": 0.5}}
    assert worth(effect(rails=(rail,)), prices=prices).value.benefits.estimate == pytest.approx(1600)


@pytest.mark.parametrize("letter", ["D", "E"])
def test_weak_evidence_gives_break_even_only(letter):
    found = worth(effect(letter=letter))
    assert found.value.verdict == "break_even_only"
    assert math.isnan(found.value.npv.estimate)
    assert found.break_even.estimate == pytest.approx(3.125)


def test_c_is_halved():
    assert worth(effect(letter="C")).value.benefits.estimate == pytest.approx(800)


def test_what_no_training_could_save_is_not_worth_measuring():
    found = worth(costs=tne.programme_costs(sheet(1e6)), found=effect(value=0.5))
    assert found.value.verdict == "does_not_pay"
    wide = worth(costs=tne.programme_costs(sheet(1e6)), found=effect(value=0.5, error=5000.0))
    assert (wide.value.verdict, wide.value.reason) == ("not_worth_measuring", "largest_effect_does_not_pay")


def test_a_cost_below_one_per_cent_of_all_is_not_worth_measuring():
    costs = tne.programme_costs(pd.concat([sheet(5.0), sheet(10_000.0, programme="q")]))
    found = worth(effect(value=0.0, error=1.0), costs=costs)
    assert (found.value.verdict, found.value.reason) == ("not_worth_measuring", "cost_negligible")
    yen = tne.programme_costs(pd.concat([sheet(5.0), sheet(10_000.0, currency="JPY", programme="q")]))
    assert worth(effect(value=0.0, error=1.0), costs=yen).value.verdict == "cannot_tell", "yen are no euros"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"costs": None}, "no_costs"),
        ({"prices": {}}, "no_value"),
        ({"frame": panel(cases=NAN, weight_sum=0.0, weighted_correct=0.0)}, "no_volume"),
        ({"found": effect(value=NAN, error=NAN)}, "no_effect"),
    ],
)
def test_what_is_lacking_is_said_and_nothing_is_invented(more, reason):
    found = worth(**more)
    assert found.value.reason == reason
    assert math.isnan(found.value.npv.estimate)
    assert found.value.npv.note
    assert str(found)
    assert found.to_frame()["programme_id"].eq("p").all()


def test_costs_in_another_currency_are_unclear_not_converted():
    markets = pd.DataFrame({"market": ["DE"], "currency": ["EUR"]})
    found = worth(costs=tne.programme_costs(sheet(currency="USD"), markets=markets))
    assert found.unclear
    assert math.isnan(found.costs.estimate)
    assert not worth().unclear


def test_without_production_nothing_is_valued():
    # weights of audits tell strata apart; they need not add up to all decisions
    found = worth(frame=panel(cases=NAN))
    assert found.value.reason == "no_volume"
    assert math.isnan(found.volume.estimate)
    assert math.isnan(found.break_even.estimate)
    assert worth(frame=panel().drop(columns="cases")).value.reason == "no_volume"
    assert found.costs.n_people == 20


def test_intention_to_treat_counts_those_who_did_not_come():
    frame = panel(people=4, arm="trained")
    frame.loc[frame["moderator_id"] == 3, "cohort"] = NAN
    frame.loc[frame["moderator_id"] == 2, ["arm", "cohort"]] = ["control", NAN]
    begun = given_from(frame, market="DE", design="randomised").groupby("moderator_id")["cohort"].first()
    assert begun.tolist()[:2] == [12.0, 12.0]
    assert begun[3] == 12.0, "of the trained arm, absent"
    assert math.isnan(begun[2]), "a control is never trained"
    teams = frame.assign(home_cohort=10.0)
    assert given_from(teams, market="DE", design="staggered")["cohort"].eq(10.0).all()
    assert given_from(frame, market="DE", design="one_treated_cluster")["cohort"].eq(12.0).all()
    assert given_from(frame, market="DE", design="adjusted")["cohort"].isna().sum() == 48
    assert len(given_from(frame, market="FR", design="adjusted")) == 0


def test_errors_before_are_those_of_the_weeks_before():
    frame = panel()
    frame.loc[frame["period"] >= 12, "weighted_correct"] = 10.0
    assert errors_before(frame) == pytest.approx(20)
    assert math.isnan(errors_before(frame.assign(weight_sum=0.0)))


def test_rows_in_another_order_and_other_markets_change_nothing():
    frame = pd.concat([panel(), panel(market="FR", people=7)], ignore_index=True)
    mixed = frame.sample(frac=1, random_state=np.random.default_rng(4)).set_index(np.arange(len(frame))[::-1])
    assert worth(frame=mixed).value.to_frame()["estimate"].equals(worth().value.to_frame()["estimate"])
