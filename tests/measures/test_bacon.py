"""Goodman-Bacon decomposition: published weights, the theorem, by hand, edges."""

import causaldata
import numpy as np
import pandas as pd
import pytest

from tne.measures.bacon import bacon_decomposition
from tne.measures.two_way import two_way_fixed_effects

NAMES = {"outcome": "y", "unit": "unit", "period": "period", "treated": "on"}


def panel(rng, starts, size=7, periods=9) -> pd.DataFrame:
    start = np.repeat(starts, size)
    unit, period = np.divmod(np.arange(len(start) * periods), periods)
    on = period >= start[unit]
    y = rng.normal(size=len(unit)) + unit + np.maximum(period - start[unit] + 1.0, 0)
    return pd.DataFrame({"unit": unit, "period": period + 2000, "on": on, "y": y})


@pytest.mark.published("DID-CASTLE-BACON")
def test_bacon_matches_published_castle():
    """Vignette of R bacondecomp (castle, without controls): weights and average estimates by type."""
    data = causaldata.castle.load_pandas().data
    first = data.loc[data["post"] == 1].groupby("sid")["year"].min()
    data["law"] = (
        data["year"] >= data["sid"].map(first) - 1
    )  # bacondecomp counts the year in which the law began
    found = bacon_decomposition(data, outcome="l_homicide", unit="sid", period="year", treated="law")
    by_type = found.by_type.set_index("type")
    published = {
        "Earlier vs Later Treated": (0.05976, -0.00554, 0.059763252),
        "Later vs Earlier Treated": (0.0319, 0.07032, 0.031898177),
        "Treated vs Untreated": (0.90834, 0.08796, 0.908338571),
    }
    for kind, (weight, estimate, recomputed) in published.items():
        assert by_type.loc[kind, "weight"] == pytest.approx(weight, abs=5e-5)
        assert by_type.loc[kind, "weight"] == pytest.approx(recomputed, abs=5e-10)
        assert by_type.loc[kind, "estimate"] == pytest.approx(estimate, abs=5e-5)
    assert found.estimate == pytest.approx(0.081811617, abs=5e-10)
    assert len(found.to_frame()) == 25
    assert next(iter(found.checks)).status == "warn"


@pytest.mark.parametrize("starts", [(2, 5), (2, 5, np.inf), (-1, 3, 6, 8, np.inf), (0, 4, 7)])
def test_weighted_sum_is_the_two_way_estimate(rng, starts):
    """Goodman-Bacon (2021), theorem 1: always-treated, never-treated, both, neither."""
    data = panel(rng, starts)
    found = bacon_decomposition(data, **NAMES)
    whole = two_way_fixed_effects(data, **NAMES).get(term="on")
    assert found.estimate == pytest.approx(whole.estimate, rel=1e-10)
    assert found.to_frame()["weight"].sum() == pytest.approx(1)
    assert found.by_type["weight"].sum() == pytest.approx(1)
    assert (found.to_frame()["weight"] > 0).all()


def test_one_cohort_is_one_comparison_by_hand():
    data = pd.DataFrame({"unit": [1, 1, 2, 2, 3, 3], "period": [0, 1] * 3, "on": [0, 1, 0, 0, 0, 0],
                         "y": [1.0, 5, 2, 3, 4, 4]})  # fmt: skip
    found = bacon_decomposition(data, **NAMES)
    row = found.to_frame().iloc[0]
    assert (row["treated"], row["untreated"], row["type"]) == (1, "never", "Treated vs Untreated")
    assert (row["estimate"], row["weight"], row["n"]) == (4 - 0.5, 1.0, 6)
    assert found.checks[0].status == "pass"


def test_two_by_two_estimates_by_hand(rng):
    """Early against late uses the periods before the late start, late against early those after the early."""
    data = panel(rng, (3, 6), size=2)
    mean = data.assign(early=data["unit"] < 2).groupby(["early", "period"])["y"].mean()
    early, late = mean[True].to_numpy(), mean[False].to_numpy()
    table = bacon_decomposition(data, **NAMES).to_frame().set_index("type")
    first = (early[3:6].mean() - early[:3].mean()) - (late[3:6].mean() - late[:3].mean())
    second = (late[6:].mean() - late[3:6].mean()) - (early[6:].mean() - early[3:6].mean())
    assert table.loc["Earlier vs Later Treated", "estimate"] == pytest.approx(first)
    assert table.loc["Later vs Earlier Treated", "estimate"] == pytest.approx(second)
    assert table.loc["Later vs Earlier Treated", "treated"] == 2006


def test_always_treated_stand_apart(rng):
    kinds = set(bacon_decomposition(panel(rng, (-1, 4, np.inf)), **NAMES).to_frame()["type"])
    assert kinds == {"Later vs Always Treated", "Treated vs Untreated"}


def test_order_types_and_people(rng):
    data = panel(rng, (3, 6, np.inf))
    base = bacon_decomposition(data, **NAMES).to_frame()
    typed = data.sample(frac=1, random_state=1).assign(
        on=lambda d: d["on"].astype("Int64"), unit=lambda d: d["unit"].astype(str).astype("category")
    )
    pd.testing.assert_frame_equal(bacon_decomposition(typed, **NAMES).to_frame(), base, rtol=1e-9)
    assert base["n_people"].isna().all()
    people = data.rename(columns={"unit": "moderator_id"})
    assert (
        bacon_decomposition(people, **{**NAMES, "unit": "moderator_id"}).to_frame()["n_people"] == 7
    ).all()


@pytest.mark.parametrize("starts", [(np.inf,), (-1,), (-1, np.inf)])
def test_nothing_to_compare_is_said(rng, starts):
    found = bacon_decomposition(panel(rng, starts), **NAMES)
    assert np.isnan(found.estimate)
    assert found.to_frame()["note"].iloc[0]
    assert "No comparison" in str(found)
    assert found.checks[0].status == "not_run"


def test_everyone_trained_on_one_day_is_said(rng):
    found = bacon_decomposition(panel(rng, (4,)), **NAMES)
    assert np.isnan(found.estimate)
    assert "same period" in found.to_frame()["note"].iloc[0]


def test_bad_panels_are_refused_in_words(rng):
    data = panel(rng, (3, 6, np.inf))
    with pytest.raises(ValueError, match="balanced panel"):
        bacon_decomposition(data.iloc[1:], **NAMES)
    with pytest.raises(ValueError, match="balanced panel"):
        bacon_decomposition(data.assign(y=data["y"].where(data.index > 3)), **NAMES)
    with pytest.raises(ValueError, match="one row per"):
        bacon_decomposition(pd.concat([data, data.head(2)]), **NAMES)
    with pytest.raises(ValueError, match="returns to 0 in 14 units"):
        bacon_decomposition(data.assign(on=data["on"] & (data["period"] < 2008)), **NAMES)
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        bacon_decomposition(data.assign(on=0.5), **NAMES)
    with pytest.raises(KeyError, match="lacks"):
        bacon_decomposition(data, **{**NAMES, "treated": "post"})
    with pytest.raises(ValueError, match="no rows"):
        bacon_decomposition(data.head(0), **NAMES)
