"""Knowledge gaps: parts by hand, invariances, edges."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest

import tne
from tne.measures.audit_accuracy import audit_accuracy
from tne.measures.needs import knowledge_gaps

AREAS = ("hate", "spam", "nudity", "minors", "violence", "fraud")
RATES = (0.30, 0.10, 0.12, 0.08, 0.10, 0.11)


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def some(rng: np.random.Generator, n: int = 3000, people: int = 30) -> pd.DataFrame:
    area = rng.integers(0, len(AREAS), n)
    wrong = rng.random(n) < np.array(RATES)[area]
    kind = np.where(wrong, rng.choice(["false_positive", "false_negative", "wrong_policy"], n), "none")
    day = pd.Timestamp("2026-01-05T12:00Z") + pd.to_timedelta(rng.integers(0, 28, n), unit="D")
    return pd.DataFrame(
        {
            "market": "DE",
            "moderator_id": [f"m{i}" for i in rng.integers(0, people, n)],
            "queue": rng.choice(["video", "live"], n),
            "policy_area": np.array(AREAS)[area],
            "error_type": kind,
            "correct": ~wrong,
            "severity": np.where(wrong, rng.choice([1.0, 2, 4], n), np.nan),
            "sampling_weight": rng.choice([50.0, 100.0], n),
            "seeded": False,
            "decided_at": day,
        }
    )


def term(found, name: str, **where) -> tne.Estimate:
    return found.estimates.get(term=name, **where)


def test_raw_rate_equals_audit_accuracy(rng):
    frame = some(rng)
    found = knowledge_gaps(frame, by="policy_area")
    right = audit_accuracy(frame, by="policy_area", standardize="queue")
    for area in AREAS:
        raw = term(found, "raw_error_rate", policy_area=area).estimate
        assert raw == pytest.approx(1 - right.get(policy_area=area, term="accuracy").estimate)


def test_volume_severity_and_harm_by_hand():
    """Two areas, 2 weeks, weights 10 and 20: 100 and 60 decisions; the parts multiply."""
    frame = pd.DataFrame(
        {
            "policy_area": ["a"] * 10 + ["b"] * 3,
            "correct": [0] * 4 + [1] * 6 + [0, 1, 1],
            "severity": [1.0, 1, 1, 1] + [np.nan] * 6 + [1.0, np.nan, np.nan],
            "sampling_weight": [10.0] * 10 + [20.0] * 3,
            "decided_at": pd.to_datetime(["2026-01-05", "2026-01-18"] * 6 + ["2026-01-18"], utc=True),
        }
    )
    found = knowledge_gaps(frame, by="policy_area")
    assert term(found, "volume", policy_area="a").estimate == pytest.approx(100 / 2)
    assert term(found, "volume", policy_area="b").estimate == pytest.approx(60 / 2)
    assert term(found, "volume", policy_area="b").unit == "decisions per week"
    assert term(found, "severity", policy_area="a").estimate == pytest.approx(1)
    rates = {k: term(found, "error_rate", policy_area=k).estimate for k in "ab"}
    assert rates["b"] < rates["a"] < 0.4
    assert term(found, "expected_harm", policy_area="a").estimate == pytest.approx(50 * rates["a"])
    level = (50 * rates["a"] + 30 * rates["b"]) / 80
    assert term(found, "avoidable", policy_area="a").estimate == pytest.approx(50 * (rates["a"] - level))
    assert sum(term(found, "avoidable", policy_area=k).estimate for k in "ab") == pytest.approx(0, abs=1e-9)


def test_volume_from_production_by_hand():
    """Queue x: 700 cases in a week, audited 3 : 1 for a and b; queue y: 70, all b; queue z: no audits."""
    frame = pd.DataFrame({"queue": list("xxxxy"), "policy_area": list("aaabb"), "correct": [1, 0, 1, 1, 0]})
    made = pd.DataFrame(
        {
            "queue": list("xxyz"),
            "cases": [300, 400, 70, 230],
            "date": pd.to_datetime(["2026-01-05", "2026-01-11", "2026-01-07", "2026-01-07"]),
        }
    )
    found = knowledge_gaps(frame, by="policy_area", production=made)
    assert term(found, "volume", policy_area="a").estimate == pytest.approx(525)
    assert term(found, "volume", policy_area="b").estimate == pytest.approx(175 + 70)
    assert status(found, "volume") == "warn"
    assert status(knowledge_gaps(frame, by="policy_area", production=made.iloc[:3]), "volume") == "pass"


def test_the_planted_gap_stands_first(rng):
    found = knowledge_gaps(some(rng), by="policy_area")
    first = found.ranking.iloc[0]
    assert first["policy_area"] == "hate"
    assert first["rank"] == 1
    assert first["worst_probability"] > 0.95
    assert found.ranking["worst_probability"].sum() == pytest.approx(1)
    assert term(found, "avoidable", policy_area="hate").conf_low > 0


def test_errors_by_type_add_up_to_all(rng):
    frame = some(rng, 20000)
    whole = knowledge_gaps(frame, by="policy_area")
    parts = knowledge_gaps(frame)
    raw = parts.ranking.groupby("policy_area")["raw_error_rate"].sum()
    for area in AREAS:
        assert raw[area] == pytest.approx(term(whole, "raw_error_rate", policy_area=area).estimate)
    assert set(parts.ranking["error_type"]) == {"false_positive", "false_negative", "wrong_policy"}
    assert list(parts.spread.index) == ["false_positive", "false_negative", "wrong_policy"]


def test_a_small_cell_is_drawn_to_the_others_and_a_large_one_is_not(rng):
    frame = some(rng, 6000)
    small = pd.DataFrame(
        {"policy_area": "rare", "correct": [0, 0, 1], "queue": "live", "sampling_weight": 1.0}
    )
    small = small.assign(moderator_id=["m1", "m2", "m3"], severity=1.0, seeded=False)
    found = knowledge_gaps(pd.concat([frame, small], ignore_index=True), by="policy_area").ranking
    rare, hate = (found[found["policy_area"] == k].iloc[0] for k in ("rare", "hate"))
    assert rare["raw_error_rate"] == pytest.approx(2 / 3)
    assert rare["error_rate"] < 0.35
    assert rare["shrinkage"] > 0.5 > 0.2 > hate["shrinkage"]
    assert hate["error_rate"] == pytest.approx(hate["raw_error_rate"], abs=0.02)


def test_alike_people_are_worth_fewer_audits(rng):
    """Everyone always right or always wrong in an area: as many audits as people."""
    person = np.repeat(np.arange(60), 20)
    wrong = np.repeat(rng.random(60) < 0.3, 20)
    frame = pd.DataFrame(
        {"moderator_id": person, "policy_area": np.where(person < 30, "a", "b"), "correct": ~wrong}
    )
    one = term(knowledge_gaps(frame, by="policy_area"), "raw_error_rate", policy_area="a")
    same = term(
        knowledge_gaps(frame.assign(moderator_id=range(1200)), by="policy_area"),
        "raw_error_rate",
        policy_area="a",
    )
    assert one.std_error == pytest.approx(math.sqrt(one.estimate * (1 - one.estimate) / 30), rel=0.1)
    assert same.std_error == pytest.approx(math.sqrt(one.estimate * (1 - one.estimate) / 600), rel=1e-6)


def test_scale_of_weights_changes_volume_alone(rng):
    frame = some(rng)
    one = knowledge_gaps(frame, by="policy_area").ranking
    other = frame.assign(sampling_weight=10 * frame["sampling_weight"]).sample(frac=1, random_state=3)
    two = knowledge_gaps(other, by="policy_area").ranking
    np.testing.assert_allclose(one["error_rate"], two["error_rate"], rtol=1e-9)
    np.testing.assert_allclose(10 * one["volume"], two["volume"])
    np.testing.assert_allclose(10 * one["conf_high"], two["conf_high"], rtol=1e-9)


def test_severity_counts_and_is_shrunken(rng):
    frame = some(rng, 6000)
    heavy = frame.assign(severity=np.where(frame["policy_area"] == "spam", 12.0, frame["severity"]))
    first = knowledge_gaps(heavy, by="policy_area").ranking.iloc[0]
    assert first["policy_area"] == "spam"
    assert 11 < first["severity"] <= 12


def test_checks_are_loud_and_silent(rng):
    frame = some(rng)
    good = knowledge_gaps(frame)
    for name in ("severity", "volume", "untyped_errors", "few_people", "few_groups", "overlap", "missing"):
        assert status(good, name) == "pass", name
    wrong = ~frame["correct"]
    assert status(knowledge_gaps(frame.assign(severity=np.nan)), "severity") == "warn"
    assert status(knowledge_gaps(frame.drop(columns="severity")), "severity") == "warn"
    assert status(knowledge_gaps(frame.assign(sampling_weight=1.0)), "volume") == "warn"
    assert (
        status(
            knowledge_gaps(frame.assign(error_type=frame["error_type"].mask(wrong & (frame.index < 200)))),
            "untyped_errors",
        )
        == "warn"
    )
    assert status(knowledge_gaps(frame[frame["moderator_id"].isin(["m1", "m2"])]), "few_people") == "warn"
    assert status(knowledge_gaps(frame[frame["policy_area"].isin(["hate", "spam"])]), "few_groups") == "warn"
    lone = frame[~((frame["policy_area"] == "hate") & (frame["queue"] == "live"))]
    assert status(knowledge_gaps(lone), "overlap") == "warn"


def test_edges_are_said(rng):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = some(rng)
        empty = knowledge_gaps(frame.iloc[:0])
        assert len(empty.estimates) == 0
        assert list(empty.ranking.columns[:3]) == ["policy_area", "error_type", "rank"]
        none = knowledge_gaps(frame.assign(correct=True, error_type="none"), by="policy_area")
        assert none.ranking["error_rate"].between(0, 0.01, inclusive="neither").all()
        assert status(none, "severity") == "not_run"
        types = knowledge_gaps(frame.assign(correct=True, error_type=None))
        assert len(types.ranking) == 4 * len(AREAS)
        one = knowledge_gaps(frame[frame["policy_area"] == "hate"], by="policy_area")
        row = one.ranking.iloc[0]
        assert math.isnan(row["avoidable"])
        assert math.isnan(row["shrinkage"])
        assert "nothing to pool" in term(one, "error_rate").note
        assert row["error_rate"] == pytest.approx(row["raw_error_rate"], abs=0.01)
        alone = frame[frame["moderator_id"].eq("m1")]
        assert (knowledge_gaps(alone, by="policy_area").ranking["n_people"] == 1).all()
        bare = knowledge_gaps(frame[["policy_area", "correct"]], by="policy_area")
        assert term(bare, "volume", policy_area="hate").unit == "decisions"
        typed = frame.assign(
            policy_area=frame["policy_area"].astype("category"),
            error_type=frame["error_type"].astype("category"),
            correct=frame["correct"].astype("boolean"),
            severity=frame["severity"].astype("Float64"),
        )
        pd.testing.assert_series_equal(
            knowledge_gaps(typed).ranking["error_rate"], knowledge_gaps(frame).ranking["error_rate"]
        )


def test_nothing_is_ranked_where_no_harm_can_be(rng):
    made = pd.DataFrame({"queue": ["video", "live"], "cases": [0, 0]})
    found = knowledge_gaps(some(rng), by="policy_area", production=made)
    assert found.ranking["worst_probability"].isna().all()
    assert "nothing to rank" in term(found, "worst_probability", policy_area="hate").note


def test_markets_have_levels_of_their_own(rng):
    one, other = some(rng), some(rng).assign(market="FR")
    found = knowledge_gaps(pd.concat([one, other]), by=("market", "policy_area"))
    for market in ("DE", "FR"):
        own = found.ranking[found.ranking["market"] == market]
        assert (own["avoidable"] / own["severity"]).sum() == pytest.approx(0, abs=1e-6)


def test_bad_input_raises(rng):
    frame = some(rng)
    with pytest.raises(ValueError, match="severity"):
        knowledge_gaps(frame.assign(severity=-1.0))
    with pytest.raises(ValueError, match="worst"):
        knowledge_gaps(frame, worst=0)
    with pytest.raises(ValueError, match="`by`"):
        knowledge_gaps(frame, by=())
    with pytest.raises(KeyError, match="error_type"):
        knowledge_gaps(frame.drop(columns="error_type"))
    with pytest.raises(KeyError, match="neither"):
        knowledge_gaps(frame, production=pd.DataFrame({"cases": [1]}))
    with pytest.raises(ValueError, match="negative"):
        knowledge_gaps(frame, production=pd.DataFrame({"cases": [-1], "queue": ["live"]}))
