"""The simulated company: same seed, same rows; contracts kept; proportions as stated."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from tne.simulate import Demo, demo, sample
from tne.simulate.demo import TABLES
from tne.simulate.markets import MARKETS
from tne.tables import contracts, plans

pytestmark = pytest.mark.xdist_group("demo")  # what its tests share is made once

SMALL = {"DE": 100, "IE": 14}


@pytest.fixture(scope="module")
def small() -> Demo:
    return demo(seed=5, markets=SMALL)


@pytest.fixture(scope="module")
def audited() -> Demo:
    return demo(seed=5, only=("audits",))


def real(audits):
    return audits[~audits["seeded"]]


def test_same_seed_same_rows(small):
    again = demo(seed=5, markets=SMALL)
    for name, frame in small.tables.items():
        pd.testing.assert_frame_equal(frame, again.tables[name])
    assert small.truth == again.truth
    assert small.plans == again.plans


def test_other_seed_other_rows(small):
    other = demo(seed=6, markets=SMALL, only=("audits",))
    assert not set(small.tables["moderators"]["moderator_id"]) & set(
        other.tables["moderators"]["moderator_id"]
    )
    assert len(small.tables["audits"]) != len(other.tables["audits"])


def test_leaving_out_tables_and_markets_changes_no_row(small):
    part = demo(seed=5, markets={"IE": 14}, only=("audits",))
    for name in ("audits", "enrolments", "moderators"):
        whole = small.tables[name]
        if name != "enrolments":
            whole = whole[whole["market"] == "IE"].reset_index(drop=True)
        else:
            whole = whole[whole["market"] == "IE"].reset_index(drop=True)
        pd.testing.assert_frame_equal(part.tables[name], whole)
    assert "surveys" not in part.tables
    for code, told in part.truth["programmes"].items():
        assert told["markets"]["IE"] == small.truth["programmes"][code]["markets"]["IE"]


def test_tables_keep_their_contracts(small):
    assert set(small.tables) == set(contracts.TABLES) == set(TABLES)
    for name, frame in small.tables.items():
        found = contracts.validate(name, frame)
        assert found.ok, [str(f) for f in found.findings]


def test_a_market_that_exports_no_production_has_no_rows():
    d = demo(seed=5, markets={"FR": 24, "IE": 14}, only=("production",))
    assert set(d.tables["production"]["market"]) == {"IE"}


def test_truth_is_json_and_names_every_programme_and_market(small):
    assert json.loads(json.dumps(small.truth, allow_nan=False)) == small.truth
    for code in (
        "hateful-conduct-update",
        "minor-safety-refresher",
        "livestream-elearning",
        "low-score-coaching",
    ):
        told = small.truth["programmes"][code]["markets"]
        assert set(told) == set(SMALL)
        assert all(told[m]["realised"] is not None for m in told)


def test_realised_and_transferable_are_means_of_the_cells_by_hand(small):
    cells = small.cells
    window = cells[(cells["programme_id"] == "hateful-conduct-update") & (cells["market"] == "DE")]
    window = window[
        (window["event_time"] < 12) & (window["period"] < 2908 + 49)
    ]  # the last teams start in week 49
    told = small.truth["programmes"]["hateful-conduct-update"]["markets"]["DE"]
    for name, column in {"realised": "p1", "transferable": "p1_mean"}.items():
        by_hand = 100 * ((window[column] - window["p0"]) * window["audits"]).sum() / window["audits"].sum()
        assert told[name] == pytest.approx(by_hand, abs=1e-5)
    assert told["people"] == window["moderator_id"].nunique()


def test_null_programmes_have_exactly_no_effect(small):
    for code in ("livestream-elearning", "low-score-coaching"):
        for told in small.truth["programmes"][code]["markets"].values():
            assert told["realised"] == told["transferable"] == 0
    nobody = demo(seed=5, markets={"IE": 14}, only=(), effects={"hateful-conduct-update": 0})
    assert nobody.truth["programmes"]["hateful-conduct-update"]["markets"]["IE"]["realised"] == 0


def test_accuracy_is_around_87_per_cent(audited):
    audits = real(audited.tables["audits"])
    weighted = np.average(audits["correct"], weights=audits["sampling_weight"])
    assert 0.85 < weighted < 0.89


def test_weights_undo_the_risk_sampling(small):
    """Weighted accuracy estimates the accuracy over all decisions; unweighted accuracy is too low."""
    audits = real(small.tables["audits"])
    audits = audits[audits["market"] == "DE"]
    told = small.truth["accuracy"]["DE"]
    error = 100 * np.sqrt(0.87 * 0.13 * 1.25 / len(audits))
    weighted = 100 * np.average(audits["correct"], weights=audits["sampling_weight"])
    assert weighted == pytest.approx(told["audited_weighted"], abs=1e-5)
    assert abs(weighted - told["expected"]) < 4 * error
    assert told["expected"] - 100 * audits["correct"].mean() > 8 * error


def test_design_effect_of_the_weights_is_moderate(audited):
    weight = real(audited.tables["audits"])["sampling_weight"]
    kish = len(weight) * (weight**2).sum() / weight.sum() ** 2
    assert 1.02 < kish <= 1.25


def test_thirteen_audits_a_person_week_and_few_seeded(audited):
    audits = audited.tables["audits"]
    assert audits["seeded"].mean() <= 0.02
    assert 12.8 < audits.groupby(["moderator_id", _local_week(audits)]).size().mean() < 13.2


def _local_week(audits):
    zone = audits["market"].map({m.code: m.timezone for m in MARKETS})
    local = pd.Series(pd.NaT, index=audits.index, dtype="datetime64[us]")
    for name, rows in audits.groupby(zone)["decided_at"]:
        local[rows.index] = rows.dt.tz_convert(name).dt.tz_localize(None)
    return (local - pd.Timestamp("1970-01-05")).dt.days // 7


def test_decisions_fall_in_working_hours_and_audits_follow(audited):
    audits = audited.tables["audits"]
    local = audits.loc[audits["market"] == "US", "decided_at"].dt.tz_convert("America/New_York")
    assert local.dt.hour.between(7, 20).all()
    lag = audits["audited_at"] - audits["decided_at"]
    assert (lag > pd.Timedelta(0)).all()
    assert lag.max() < pd.Timedelta(days=5)


def test_teams_have_four_to_eleven_people_and_sum_to_the_market(audited):
    people = audited.tables["moderators"]
    first = people[people["hired_on"] <= pd.Timestamp("2025-09-28")].drop_duplicates("moderator_id")
    for market in MARKETS:
        sizes = first[first["market"] == market.code].groupby("team").size()
        assert sizes.sum() == market.size
        if market.size >= 100:
            assert len(sizes) == 24
            assert sizes.between(4, 11).all()


def test_refresher_lot_is_even_within_teams_and_unrelated_to_accuracy(audited):
    enrolled = audited.tables["enrolments"].query("programme_id == 'minor-safety-refresher'")
    counts = enrolled["arm"].value_counts()
    assert abs(counts["trained"] - counts["waitlist"]) <= len(MARKETS) * 1
    audits = real(audited.tables["audits"])
    early = audits[audits["decided_at"] < pd.Timestamp("2026-02-16", tz="UTC")]
    score = early.groupby("moderator_id")["correct"].mean()
    arms = enrolled.set_index("moderator_id")["arm"].reindex(score.index).dropna()
    one, two = score[arms.index][arms == "trained"], score[arms.index][arms == "waitlist"]
    assert abs(one.mean() - two.mean()) < 4 * np.sqrt(one.var() / len(one) + two.var() / len(two))


def test_policy_update_reaches_six_teams_a_wave_and_leaves_six_late(audited):
    sessions = audited.tables["sessions"].query("programme_id == 'hateful-conduct-update' and market == 'US'")
    waves = sessions["starts_at"].dt.tz_convert("America/New_York").dt.tz_localize(None)
    week = (waves - pd.Timestamp("2025-09-29")).dt.days // 7
    assert week.value_counts().sort_index().to_dict() == {28: 6, 31: 6, 34: 6, 49: 6}
    assert 4 <= sessions["trainer_id"].nunique() <= 6


def test_leavers_have_no_audits_after_and_hires_none_before(audited):
    audits, people = (
        audited.tables["audits"],
        audited.tables["moderators"].drop_duplicates("moderator_id", keep="last"),
    )
    dated = audits.merge(people[["moderator_id", "hired_on", "left_on"]], on="moderator_id")
    day = dated["decided_at"].dt.tz_localize(None)
    assert (day > dated["hired_on"]).all()
    gone = dated["left_on"].notna()
    assert (day[gone] < dated["left_on"][gone] + pd.Timedelta(days=1.5)).all()


def test_plans_are_frozen_before_the_start_and_hashed(small):
    """The hash is that of the canonical JSON of everything else in the plan."""
    assert {p["programme_id"] for p in small.plans} >= {"hateful-conduct-update", "minor-safety-refresher"}
    for plan in small.plans:
        assert plan["frozen_at"][:10] < plan["starts_on"]
        frozen = {name: value for name, value in plan.items() if name != "sha256"}
        canonical = json.dumps(frozen, sort_keys=True, separators=(",", ":"))
        assert plan["sha256"] == hashlib.sha256(canonical.encode()).hexdigest()


def test_plans_pass_the_workspace_check(small):
    assert all(plans.verify(plan) for plan in small.plans)


def test_livestream_is_liked_and_learnt(small):
    surveys = small.tables["surveys"].query("construct == 'satisfaction'")
    mean = surveys.groupby("programme_id")["value"].mean()
    assert mean["livestream-elearning"] == mean.max()
    truth = small.truth["responses"]["DE"]["livestream-elearning"]
    assert truth["score_gain_post"] > 0.5
    assert truth["completers_post_minus_all_pre"] > truth["score_gain_post"]  # who stays was better before


def test_pulse_names_nobody(small):
    pulse = small.tables["surveys"].query("wave == 'pulse'")
    assert len(pulse)
    assert pulse[["moderator_id", "session_id", "programme_id"]].isna().all().all()


def test_ambiguous_area_divides_experts_too(small):
    ratings = small.tables["ratings"]
    right = ratings["label"] == ratings["reference_label"]
    by = right.groupby([ratings["policy_area"] == "misinformation", ratings["role"]]).mean()
    assert (by[True] + 0.1 < by[False]).all()


def test_sample_is_small_and_keeps_its_contracts():
    d = sample()
    audits = d.tables["audits"]
    assert set(audits["market"]) == {"ES", "IE"}
    assert audits["decided_at"].max() - audits["decided_at"].min() < pd.Timedelta(weeks=12)
    for name, frame in d.tables.items():
        assert contracts.validate(name, frame).ok


@pytest.mark.parametrize("weeks", [8, 21, 30, 50])
def test_short_simulations_keep_their_contracts(weeks):
    d = demo(seed=2, markets=("IE",), weeks=weeks)
    json.dumps(d.truth, allow_nan=False)
    for name, frame in d.tables.items():
        assert contracts.validate(name, frame).ok, name


def test_unknown_choices_are_refused():
    with pytest.raises(ValueError, match="markets"):
        demo(markets=("XX",))
    with pytest.raises(ValueError, match="only"):
        demo(only=("grades",))
    with pytest.raises(ValueError, match="weeks"):
        demo(weeks=3)
