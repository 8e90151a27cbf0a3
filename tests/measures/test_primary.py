"""From roll-out to effect: exact on noise-free panels, undefined with a reason where nobody can be compared."""

import math

import numpy as np
import pandas as pd
import pytest

from tne.measures import designs
from tne.measures.designs.leaving import leaving
from tne.measures.designs.persons import compare_arms, drawn
from tne.measures.designs.teams import compare_teams, home_weeks
from tne.measures.primary import primary_effect

UPDATE = {"programme_id": "update", "title": "Update", "rollout": "staggered", "rollout_unit": "team"}
LOT = {"programme_id": "lot", "title": "Lot", "rollout": "randomised", "rollout_unit": "person"}
LOW = {"programme_id": "low", "title": "Low", "rollout": "targeted", "rollout_unit": "person"}
WHOLE = {"programme_id": "whole", "title": "Whole", "rollout": "staggered", "rollout_unit": "market"}
PLAN = {"minimum_effect": 1.5, "baseline_weeks": 8, "window_weeks": 4, "markets": ["X"], "sha256": "abc"}


def people(n: int, weeks: int, rng: np.random.Generator, market: str = "X") -> pd.DataFrame:
    """Ten audits a person-week, every person at their own level, all weights 1."""
    person, week = np.meshgrid(np.arange(n), np.arange(weeks), indexing="ij")
    level = np.repeat(rng.uniform(0.70, 0.90, n)[:, None], weeks, axis=1)
    frame = pd.DataFrame(
        {"market": market, "person": person.ravel(), "period": week.ravel(), "level": level.ravel()}
    )
    frame["moderator_id"] = market + frame["person"].astype(str)
    frame["team"] = market + (frame["person"] % 24).astype(str)
    return frame.assign(
        home_team=lambda f: f["team"], tenure_weeks=100.0, weight_sum=10.0, arm="", cohort=np.nan
    )


def with_effect(frame: pd.DataFrame, points: float) -> pd.DataFrame:
    """Add an effect from the cohort's week on."""
    after = frame["period"] >= frame["cohort"]
    frame["weighted_correct"] = 10 * (frame["level"] + np.where(after, points / 100, 0))
    return frame


@pytest.fixture
def staggered(rng):
    frame = people(120, 30, rng)
    start = np.array([12.0, 15.0, 18.0, np.nan])[(frame["person"] % 24) // 6]
    frame["cohort"] = frame["home_cohort"] = start
    frame["level"] += 0.002 * np.sin(frame["period"])  # a season that all share
    return with_effect(frame, 3.0)


@pytest.fixture
def lot(rng):
    """Sixty people in sessions of six, sixty on the waitlist until week 22, a few still in onboarding; noisy weeks."""
    frame = people(120, 30, rng)
    frame["arm"] = np.where(frame["person"] < 60, "trained", "waitlist")
    frame["cohort"] = np.where(frame["person"] < 60, 12.0, 22.0)
    frame["session_id"] = "s" + (frame["person"] // 6).astype(str)
    frame["tenure_weeks"] = np.where(frame["person"] % 20 == 0, frame["period"] - 8.0, 100.0)
    frame["level"] += rng.normal(0, 0.03, len(frame))
    return with_effect(frame, 3.0)


def test_staggered_teams_by_hand(staggered):
    found = primary_effect(staggered, market="X", programme=UPDATE, plan=PLAN)
    assert found.effect.estimate == pytest.approx(3.0, abs=1e-9)
    assert found.design == "staggered"
    assert (found.n_trained, found.n_comparison) == (90, 30)
    # 90 trained against 30 late people and the 60 of the later waves while these still wait
    assert found.effect.n_people == 90


def test_leavers_do_not_move_a_team_by_their_own_level(staggered):
    gone = (staggered["person"] % 5 == 0) & (staggered["period"] > 16)
    found = primary_effect(staggered.loc[~gone], market="X", programme=UPDATE, plan=PLAN)
    assert found.effect.estimate == pytest.approx(3.0, abs=1e-9)


def test_new_hires_in_onboarding_do_not_enter(staggered):
    fresh = staggered["person"] < 10
    staggered.loc[fresh, "tenure_weeks"] = staggered["period"] - 25
    staggered.loc[fresh, "weighted_correct"] *= 0.5
    found = primary_effect(staggered, market="X", programme=UPDATE, plan=PLAN)
    assert found.effect.estimate == pytest.approx(3.0, abs=1e-9)


def test_a_linear_divergence_is_carried_forward(staggered, rng):
    """Teams that drift apart before the training: the plain effect is wrong, and the check says so."""
    treated = staggered["cohort"].notna()
    staggered["weighted_correct"] -= np.where(
        staggered["period"] >= staggered["cohort"], 0.3, 0
    )  # no effect at all
    noise = rng.normal(0, 0.05, len(staggered))
    staggered["weighted_correct"] += np.where(treated, 0.03 * staggered["period"], 0) + noise
    found = primary_effect(staggered, market="X", programme=UPDATE, plan=PLAN)
    status = {check.name: check.status for check in found.checks}
    assert found.effect.conf_low > 1
    assert "fail" in (status["linear_trend"], status["pretrend"], status["placebo"])
    assert found.decision.verdict == "cannot_tell"


def test_everybody_trained_at_once_has_no_comparison(staggered):
    staggered["cohort"] = staggered["home_cohort"] = 12.0
    found = primary_effect(staggered, market="X", programme=UPDATE, plan=PLAN)
    assert math.isnan(found.effect.estimate)
    assert found.effect.note
    assert found.decision.verdict == "cannot_tell"


def test_randomised_people_by_hand(rng):
    frame = people(80, 24, rng)
    frame["arm"] = np.where(frame["person"] % 2 == 0, "trained", "waitlist")
    frame["cohort"] = np.where(frame["person"] % 2 == 0, 12.0, 20.0)
    found = primary_effect(with_effect(frame, 4.0), market="X", programme=LOT, plan=PLAN)
    assert found.effect.estimate == pytest.approx(4.0, abs=1e-6)
    assert found.window == (12, 15)
    assert found.effect.n_people == 40


def test_the_window_ends_before_the_waitlist_is_trained(rng):
    frame = people(80, 24, rng)
    frame["arm"] = np.where(frame["person"] % 2 == 0, "trained", "waitlist")
    frame["cohort"] = np.where(frame["person"] % 2 == 0, 12.0, 14.0)
    assert primary_effect(with_effect(frame, 4.0), market="X", programme=LOT, plan=PLAN).window == (12, 13)


def test_selected_people_rise_by_themselves_and_are_not_called_effective(rng):
    """No effect, chosen for a bad spell: the naive change is large, what is left after adjustment is small."""
    frame = people(400, 24, rng)
    frame["weighted_correct"] = rng.binomial(10, frame["level"]).astype(float)
    before = frame.loc[frame["period"].between(4, 11)].groupby("moderator_id")["weighted_correct"].mean()
    low = frame["moderator_id"].map(before).le(before.quantile(0.3))
    frame["cohort"] = np.where(low, 12.0, np.nan)
    found = primary_effect(frame, market="X", programme=LOW, plan=PLAN)
    assert found.naive.conf_low > 0
    assert abs(found.effect.estimate) < 3 * found.effect.std_error
    assert found.grade.letter == "D"
    assert found.decision.verdict == "cannot_tell"


def test_one_market_by_hand(rng):
    markets = [people(20, 24, rng, code) for code in "XABCD"]
    frame = pd.concat(markets, ignore_index=True)
    frame["cohort"] = np.where(frame["market"] == "X", 12.0, np.nan)
    frame["level"] += (
        0.01 * (frame["period"] >= 12) * frame["market"].map({"X": 0, "A": 1, "B": -1, "C": 2, "D": -2})
    )
    found = primary_effect(with_effect(frame, 5.0), market="X", programme=WHOLE, plan=PLAN)
    assert found.effect.estimate == pytest.approx(5.0, abs=1e-9)
    spread = np.std([1, -1, 2, -2], ddof=1) * math.sqrt(1 + 1 / 4)
    assert found.effect.std_error == pytest.approx(spread, abs=1e-9)
    assert found.grade.letter == "D"


def test_without_a_plan_the_result_is_exploratory(staggered):
    found = primary_effect(staggered, market="X", programme=UPDATE, plan=None)
    assert not found.planned
    assert math.isnan(found.minimum_effect)
    assert found.decision.action not in ("scale", "stop")


def test_an_unfinished_window_is_not_decided_on(staggered):
    early = staggered.loc[staggered["period"] < 20]
    found = primary_effect(early, market="X", programme=UPDATE, plan=PLAN)
    assert found.decision.reason == "window_incomplete"


def test_a_guardrail_without_data_stays_open(staggered):
    staggered["cases"], staggered["handle_seconds"] = np.nan, np.nan
    rails = [{"measure": "handle_seconds", "margin": 0.05, "worse": "higher"}]
    found = primary_effect(staggered, market="X", programme=UPDATE, plan=PLAN, guardrails=rails)
    assert found.guardrails[0].status == "open"
    assert found.decision.action != "scale"


def test_an_unknown_market_is_one_clear_message(staggered):
    with pytest.raises(ValueError, match="no rows of market 'ZZ'"):
        primary_effect(staggered, market="ZZ", programme=UPDATE)


@pytest.mark.parametrize("name", ["programme", "plan"])
def test_a_name_where_a_row_is_meant_is_told_how_to_get_it(staggered, name):
    given = {"programme": UPDATE, "plan": PLAN} | {name: "update"}
    with pytest.raises(TypeError, match=rf"`{name}` must be a mapping, not str\. Give what ws\.{name}"):
        primary_effect(staggered, market="X", **given)


@pytest.mark.parametrize("kind", [object, "string", "category"])
def test_the_kind_of_text_columns_does_not_matter(staggered, kind):
    staggered.loc[staggered["person"] < 3, "home_team"] = ""
    expected = primary_effect(staggered, market="X", programme=UPDATE, plan=PLAN)
    names = ["market", "moderator_id", "team", "home_team", "arm"]
    other = staggered.astype(dict.fromkeys(names, kind))
    other["home_team"] = other["home_team"].where(other["home_team"].ne(""))
    found = primary_effect(other, market="X", programme=UPDATE, plan=PLAN)
    assert found.effect.as_row() == pytest.approx(expected.effect.as_row(), rel=1e-12, nan_ok=True)
    assert [str(check) for check in found.checks] == [str(check) for check in expected.checks]


def test_an_effect_without_its_checks_is_the_effect(staggered, lot):
    """What guardrails and doubts ask for is the same number by a shorter way."""
    spans = {"baseline": 8, "window": 4, "conf_level": 0.95}
    for design, compare, panel in (
        (designs.staggered, compare_teams, staggered),
        (designs.randomised, compare_arms, lot),
    ):
        whole, short = design(panel, **spans), design(panel, tested=False, **spans)
        assert math.isfinite(whole.effect.estimate)
        assert whole.checks
        assert not short.checks
        assert short.effect == whole.effect
        assert compare(panel, designs.ACCURACY, **spans).estimate == whole.effect.estimate


@pytest.mark.parametrize("programme", [UPDATE, LOT])
def test_without_the_weeks_all_else_is_the_same(staggered, lot, programme):
    panel = staggered if programme is UPDATE else lot
    mixed = pd.concat([panel, people(40, 30, np.random.default_rng(1), market="Y")]).sample(
        frac=1, random_state=3
    )
    asked = {"market": "X", "programme": programme, "plan": PLAN}
    whole, short = (primary_effect(mixed, **asked, event_study=weekly) for weekly in (True, False))
    assert whole.event_study is not None
    assert short.event_study is None
    for name in (
        "effect",
        "transferable",
        "grade",
        "decision",
        "checks",
        "window",
        "n_trained",
        "n_comparison",
    ):
        assert str(getattr(short, name)) == str(getattr(whole, name))
    assert short.effect.as_row() == whole.effect.as_row()
    assert math.isfinite(whole.effect.std_error)


def test_the_selected_without_checks_have_the_same_effect(rng):
    low = people(60, 30, rng)
    low["cohort"] = np.where(low["person"] % 4 == 0, 14.0, np.nan)
    low["level"] += rng.normal(0, 0.03, len(low))
    low = with_effect(low, 3.0)
    spans = {"baseline": 8, "window": 4, "conf_level": 0.95}
    whole, short = designs.targeted(low, **spans), designs.targeted(low, tested=False, **spans)
    assert math.isfinite(whole.effect.std_error)
    assert whole.checks
    assert not short.checks
    assert short.effect == whole.effect


def test_who_was_drawn_is_the_same_for_every_outcome(lot):
    spans = {"baseline": 8, "window": 4, "conf_level": 0.95}
    cases = designs.Outcome("cases", "weight_sum", 1.0, "cases", "cases")
    panel = lot.assign(cases=lot["period"] % 3 + lot["person"] % 5)
    once = drawn(panel, 4)
    for outcome in (designs.ACCURACY, cases):
        assert compare_arms(panel, outcome, lot=once, **spans) == compare_arms(panel, outcome, **spans)
        alone, known = (designs.randomised(panel, outcome=outcome, lot=one, **spans) for one in (None, once))
        assert alone.effect == known.effect
        pd.testing.assert_frame_equal(alone.event_study.to_frame(), known.event_study.to_frame())


def test_leavers_are_counted_by_side_and_by_team(staggered):
    """Half of the people of one trained team and a third of the waiting go in the last weeks of the window."""
    goes = staggered["home_team"].eq("X0") & (staggered["person"] // 24 < 3)
    goes |= staggered["home_cohort"].isna() & staggered["person"].mod(3).eq(0)
    seen = staggered.loc[~(goes & (staggered["period"] > 13))]
    found = leaving(seen.sample(frac=1, random_state=2), [12.0], 8)
    trained = seen.loc[seen["home_cohort"].eq(12) & seen["period"].between(8, 11), "moderator_id"].nunique()
    waits = seen["home_cohort"].isna() | seen["home_cohort"].gt(19)
    waiting = seen.loc[waits & seen["period"].between(8, 11), "moderator_id"].nunique()
    shares = 3 / trained, seen.loc[waits & seen["person"].mod(3).eq(0), "moderator_id"].nunique() / waiting
    assert f"{shares[0]:.0%} of the trained and {shares[1]:.0%} of the waiting" in found.detail
    assert found.status in ("warn", "fail")
    assert leaving(seen, [29.0], 8).status == "not_run"


def test_rows_in_any_order_and_names_of_any_kind_give_the_same_effect(staggered, lot):
    for programme, panel in ((UPDATE, staggered), (LOT, lot)):
        first = primary_effect(panel, market="X", programme=programme, plan=PLAN)
        mixed = panel.sample(frac=1, random_state=1)
        mixed["moderator_id"] = "p" + mixed["moderator_id"].str[::-1]
        other = primary_effect(mixed, market="X", programme=programme, plan=PLAN)
        assert other.effect.estimate == pytest.approx(first.effect.estimate, abs=1e-9)
        assert other.effect.std_error == pytest.approx(first.effect.std_error, rel=1e-6, abs=1e-9)


def test_a_session_counts_from_the_first_row_that_names_one(lot):
    whole = primary_effect(lot, market="X", programme=LOT, plan=PLAN)
    assert math.isfinite(whole.transferable.std_error)
    later = lot.assign(session_id=lot["session_id"].where(lot["period"] > 3))
    assert primary_effect(later, market="X", programme=LOT, plan=PLAN).transferable == whole.transferable
    none = lot.assign(session_id=None)
    assert "known sessions" in primary_effect(none, market="X", programme=LOT, plan=PLAN).transferable.note


def test_rows_without_a_person_are_named(lot):
    lot.loc[lot["moderator_id"].eq("X3"), "moderator_id"] = None
    with pytest.raises(ValueError, match=r"`moderator_id` of `panel` is missing in 30 row"):
        primary_effect(lot, market="X", programme=LOT, plan=PLAN)


def test_a_row_without_a_week_takes_no_team_away(staggered):
    without = pd.concat([staggered, staggered.iloc[:1].assign(period=np.nan)])
    found, known = (home_weeks(panel, designs.ACCURACY, 8) for panel in (without, staggered))
    pd.testing.assert_frame_equal(found, known, check_dtype=False)
