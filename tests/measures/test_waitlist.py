"""The draw of who is trained first: balance, uniformity over seeds, repeatability, edges."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tne.measures.design import assign_waitlist


def people(n: int = 203, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "moderator_id": [f"m{i:04d}" for i in range(n)],
            "market": rng.choice(["DE", "FR", "JP"], n),
            "site": rng.choice(["x", "y"], n),
            "quality": rng.normal(size=n),
        },
        index=rng.permutation(n) + 50,
    )


@pytest.mark.parametrize("block_size", [None, 2, 4])
@pytest.mark.parametrize("seed", range(5))
def test_arms_are_even_in_every_block_and_stratum_and_over_all(seed, block_size):
    drawn = assign_waitlist(people(), by=["market", "site"], seed=seed, block_size=block_size)
    frame = drawn.to_frame()
    trained = frame["arm"].eq("trained")
    for keys in (["block"], ["market", "site"]):
        sizes = trained.groupby([frame[k] for k in keys]).agg(["sum", "size"])
        assert (2 * sizes["sum"] - sizes["size"]).abs().max() <= 1
    assert abs(2 * trained.sum() - len(frame)) <= 1
    assert frame.groupby("block")[["market", "site"]].nunique().eq(1).all(axis=None)
    assert frame.index.equals(people().index)
    assert drawn["arm"].equals(frame["arm"])


def test_order_dtype_and_other_columns_change_nothing():
    data = people()
    data["moderator_id"] = np.arange(len(data))
    one = assign_waitlist(data, by="market", seed=11)
    arm = one.to_frame().set_index("moderator_id")["arm"]
    for other in (
        data.sample(frac=1, random_state=3),
        data.astype({"moderator_id": "Int64", "market": "category"}),
        data.assign(moderator_id=data["moderator_id"].astype(float)),
        data.assign(moderator_id=data["moderator_id"].astype(str)).drop(columns="quality"),
    ):
        again = assign_waitlist(other, by="market", seed=11)
        found = again.to_frame().set_index("moderator_id")["arm"]
        found.index = found.index.astype(int)
        assert found.reindex(arm.index).eq(arm).all()
        assert again.audit == one.audit


def test_the_record_is_complete_and_names_nobody():
    drawn = assign_waitlist(people(), by=["market", "site"], seed=11)
    text = json.dumps(drawn.audit)
    assert drawn.audit["algorithm"] == "sha256-rank/1"
    assert (drawn.audit["seed"], drawn.audit["n_units"]) == (11, 203)
    assert sum(s["trained"] + s["waitlist"] for s in drawn.audit["strata"]) == 203
    assert not any(i in text for i in people()["moderator_id"])
    fewer = assign_waitlist(people().iloc[1:], by=["market", "site"], seed=11)
    assert fewer.audit["units_sha256"] != drawn.audit["units_sha256"]
    other = assign_waitlist(people(), by=["market", "site"], seed=12)
    assert other.audit["units_sha256"] == drawn.audit["units_sha256"]
    assert other.audit["assignment_sha256"] != drawn.audit["assignment_sha256"]
    assert "seed 11" in str(drawn)


def test_every_half_is_equally_likely():
    """2,000 strata of six people in one draw: each of the 20 possible halves equally often, by chi-square."""
    six = pd.DataFrame({"moderator_id": range(12_000), "s": np.repeat(range(2000), 6)})
    trained = (assign_waitlist(six, by="s", seed=20)["arm"] == "trained").to_numpy().reshape(2000, 6)
    halves = list(itertools.combinations(range(6), 3))
    counts = [(trained[:, half].all(axis=1)).sum() for half in halves]
    assert sum(counts) == 2000
    assert stats.chisquare(counts).pvalue > 0.001


def test_everyone_is_as_likely_over_seeds():
    """Five people and 120 seeds: each is trained in half of the draws, and two or three of them are."""
    five = pd.DataFrame({"moderator_id": list("abcde"), "s": [0, 0, 0, 1, 1]})
    drawn = np.array([(assign_waitlist(five, by="s", seed=s)["arm"] == "trained") for s in range(120)])
    assert set(drawn.sum(axis=1)) == {2, 3}
    assert drawn.mean(axis=0) == pytest.approx(np.full(5, 0.5), abs=4 * 0.5 / 120**0.5)
    together = (drawn[:, 0] == drawn[:, 3]).mean()  # people of two strata are drawn apart
    assert together == pytest.approx(0.5, abs=4 * 0.5 / 120**0.5)


def test_odd_strata_take_turns():
    """1,001 strata of one person: 500 or 501 trained, without an order; of five: two or three in each."""
    alone = pd.DataFrame({"moderator_id": range(1001), "s": range(1001)})
    trained = (assign_waitlist(alone, by="s", seed=2)["arm"] == "trained").to_numpy()
    assert trained.sum() in (500, 501)
    assert np.corrcoef(trained[:-1], trained[1:])[0, 1] == pytest.approx(0, abs=4 / 1000**0.5)


def test_teams_are_drawn_whole():
    data = people().assign(team=lambda d: d["market"] + d["site"] + (np.arange(len(d)) % 3).astype(str))
    drawn = assign_waitlist(data, by="market", seed=5, unit="team")
    frame = drawn.to_frame()
    assert frame.groupby("team")["arm"].nunique().eq(1).all()
    assert drawn.audit["n_units"] == 18
    assert drawn.strata[["trained", "waitlist"]].eq(3).all(axis=None)
    assert {c.name: c.status for c in drawn.checks} == {"clusters": "pass"}
    few = assign_waitlist(data[data["market"] == "DE"], by="market", seed=5, unit="team")
    assert {c.name: c.status for c in few.checks} == {"clusters": "warn"}


def test_balance_by_hand():
    drawn = assign_waitlist(people(), by="market", seed=5, covariates=["quality"])
    frame = drawn.to_frame()
    means = frame.groupby("arm")["quality"].mean()
    row = drawn.balance.iloc[0]
    assert (row["trained"], row["waitlist"]) == pytest.approx((means["trained"], means["waitlist"]))
    pooled = np.sqrt(frame.groupby("arm")["quality"].var().mean())
    assert row["standardized_difference"] == pytest.approx((means["trained"] - means["waitlist"]) / pooled)
    apart = frame.drop(columns=["arm", "block"]).assign(quality=frame["arm"].eq("trained") * 1.0)
    loud = assign_waitlist(apart, by="market", seed=5, covariates=["quality"])
    assert loud.checks[0].status == "not_run"  # no spread within arms
    loud = assign_waitlist(
        apart.assign(quality=apart.quality + people().quality), by="market", seed=5, covariates=["quality"]
    )
    assert loud.checks[0].status == "warn"


def test_bad_input_is_refused_without_anybodys_id():
    data = people(20)
    for broken, said in (
        (data.assign(market=data["market"].where(data.index > 60)), "missing"),
        (pd.concat([data, data.iloc[:1]]), "one row per moderator_id"),
        (data.assign(arm="x"), "`people` has a column arm"),
        (data.iloc[:0], "no rows"),
    ):
        with pytest.raises(ValueError, match=said) as heard:
            assign_waitlist(broken, by="market", seed=1)
        assert "m00" not in str(heard.value)
    with pytest.raises(ValueError, match="several strata"):
        assign_waitlist(data.assign(team="a"), by="market", seed=1, unit="team")
    twice = pd.concat([data.assign(team="a"), data.iloc[:1].assign(team="b")])
    with pytest.raises(ValueError, match="several units"):
        assign_waitlist(twice, by=(), seed=1, unit="team")
    with pytest.raises(TypeError, match="`seed`"):
        assign_waitlist(data, by="market", seed="today")
    with pytest.raises(ValueError, match="`block_size`"):
        assign_waitlist(data, by="market", seed=1, block_size=3)
    with pytest.raises(KeyError, match="lacks"):
        assign_waitlist(data, by="shift", seed=1)


def test_a_constant_covariate_is_not_compared():
    drawn = assign_waitlist(people().assign(same=1.0), by=(), seed=1, covariates=("same",))
    check = next(c for c in drawn.checks if c.name == "balance")
    assert check.status == "not_run"
    assert "nan" not in check.detail


def test_a_block_size_that_is_no_whole_number_is_refused():
    for size in (2.0, "4"):
        with pytest.raises(ValueError, match="Give an even number"):
            assign_waitlist(people(), by=(), seed=1, block_size=size)
