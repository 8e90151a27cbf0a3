"""Outcome weights: a combination of group-time effects is one sum over outcomes, to the last digit."""

import numpy as np
import pandas as pd
import pytest

from tne.measures.att_aggregate import aggregation_weights
from tne.measures.att_weights import outcome_weights
from tne.measures.staggered import aggregate, group_time_att

NAMES = {"outcome": "y", "unit": "unit", "period": "period", "cohort": "cohort"}
BASES = {
    "varying": {},
    "universal": {"baseline": 1},
    "mean_of_4": {"baseline": 4},
    "line_through_3": {"baseline": 3, "trend": "linear"},
    "line_through_4": {"baseline": 4, "trend": "linear"},
}
WINDOW = (0, 3)


def panel(rng, starts=(6, 8, 10, np.nan), each=5, periods=14):
    """Units with weights of their own, in no order."""
    n = each * len(starts)
    data = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(n), periods),
            "period": np.tile(np.arange(periods), n),
            "cohort": np.repeat(np.repeat(np.array(starts, dtype=float), each), periods),
            "weight": np.repeat(rng.uniform(1, 5, n), periods),
            "y": rng.normal(size=n * periods) + np.repeat(rng.normal(0, 3, n), periods),
        }
    )
    return data.sample(frac=1, random_state=int(rng.integers(1000)))


def with_gaps(data, rng):
    """Rows that are absent, and rows whose outcome is missing."""
    data = data.loc[rng.uniform(size=len(data)) > 0.08].copy()
    data.loc[rng.uniform(size=len(data)) < 0.05, "y"] = np.nan
    return data


def fitted(data, comparison="not_yet_treated", **options):
    return group_time_att(data, **NAMES, comparison=comparison, errors="welch", **options)


def overall(att, window=WINDOW):
    """The effect, and the weights of the outcomes in it."""
    cells, *_ = aggregation_weights(att, by="overall", window=window)
    return aggregate(att, by="overall", window=window).get(term="overall"), outcome_weights(att, cells[:, 0])


def total(att, weights):
    return float((weights * np.nan_to_num(att.data.y)).sum())


@pytest.mark.parametrize("gaps", [False, True], ids=["complete", "gaps"])
@pytest.mark.parametrize("weighted", [None, "weight"], ids=["equal", "unequal"])
@pytest.mark.parametrize("anticipation", [0, 1])
@pytest.mark.parametrize("comparison", ["never_treated", "not_yet_treated"])
@pytest.mark.parametrize("base", list(BASES))
def test_sum_of_weighted_outcomes_equals_the_overall_effect(
    rng, base, comparison, anticipation, weighted, gaps
):
    data = with_gaps(panel(rng), rng) if gaps else panel(rng)
    att = fitted(data, comparison, anticipation=anticipation, weights=weighted, **BASES[base])
    effect, weights = overall(att)
    assert weights.shape == att.data.y.shape
    assert np.isfinite(effect.estimate)
    assert total(att, weights) == pytest.approx(effect.estimate, abs=1e-12)
    assert (weights[np.isnan(att.data.y)] == 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 0, atol=1e-12)  # what lasts in a unit cancels
    if not gaps:
        np.testing.assert_allclose(weights.sum(axis=0), 0, atol=1e-12)  # so does what all share in a period
    if "trend" in BASES[base]:
        np.testing.assert_allclose(weights @ att.data.periods, 0, atol=1e-11)


@pytest.mark.parametrize("base", list(BASES))
@pytest.mark.parametrize("by", ["cohort", "event_time", "period"])
def test_sum_of_weighted_outcomes_equals_every_row_of_an_aggregation(rng, base, by):
    """Cells before training have weights of their own, with every base."""
    att = fitted(with_gaps(panel(rng), rng), weights="weight", **BASES[base])
    cells, *_ = aggregation_weights(att, by=by, window=(-3, 3))
    rows = aggregate(att, by=by, window=(-3, 3)).to_frame()["estimate"]
    assert len(rows) == cells.shape[1]
    for weight, estimate in zip(cells.T, rows, strict=True):
        if weight.any():
            assert total(att, outcome_weights(att, weight)) == pytest.approx(estimate, abs=1e-12)
        else:
            assert np.isnan(estimate)


def test_two_teams_and_two_periods_by_hand():
    data = pd.DataFrame(
        {"unit": ["a", "a", "b", "b"], "period": [0, 1, 0, 1], "cohort": [1, 1, np.nan, np.nan]}
    ).assign(y=[1.0, 4.0, 1.0, 2.0])
    att = group_time_att(data, **NAMES, comparison="never_treated")
    effect, weights = overall(att)
    assert list(att.data.units) == ["a", "b"]
    np.testing.assert_array_equal(weights, [[-1, 1], [1, -1]])
    assert effect.estimate == 4 - 1 - (2 - 1)


def test_unequal_teams_with_two_baseline_periods_by_hand():
    """Teams of weight 1 and 3 are trained in period 2; each loses half of its share to either baseline period."""
    data = pd.DataFrame(
        {
            "unit": np.repeat(["a", "b", "c"], 3),
            "period": np.tile([0, 1, 2], 3),
            "cohort": np.repeat([2, 2, np.nan], 3),
            "w": np.repeat([1.0, 3.0, 7.0], 3),
            "y": np.arange(9.0) ** 2,
        }
    )
    att = group_time_att(data, **NAMES, comparison="never_treated", weights="w", baseline=2)
    _, weights = overall(att)
    expected = [[-1 / 8, -1 / 8, 1 / 4], [-3 / 8, -3 / 8, 3 / 4], [1 / 2, 1 / 2, -1]]
    np.testing.assert_allclose(weights, expected, atol=1e-15)


def test_line_through_three_periods_by_hand():
    """The line through periods 0, 1, 2 reaches −2/3 y0 + 1/3 y1 + 4/3 y2 in period 3."""
    data = pd.DataFrame(
        {
            "unit": np.repeat(["a", "b"], 4),
            "period": np.tile(np.arange(4), 2),
            "cohort": np.repeat([3, np.nan], 4),
            "y": np.arange(8.0) ** 2,
        }
    )
    att = group_time_att(data, **NAMES, comparison="never_treated", baseline=3, trend="linear")
    _, weights = overall(att)
    ahead = np.array([2 / 3, -1 / 3, -4 / 3, 1])
    np.testing.assert_allclose(weights, [ahead, -ahead], atol=1e-15)


@pytest.mark.parametrize("gaps", [False, True], ids=["complete", "gaps"])
def test_a_line_of_each_units_own_changes_nothing_with_a_linear_base(rng, gaps):
    data = with_gaps(panel(rng), rng) if gaps else panel(rng)
    slope = pd.Series(rng.normal(0, 10, data["unit"].nunique()))
    sloped = data.assign(y=data["y"] + data["unit"].map(slope) * (data["period"] - 3))
    linear = BASES["line_through_4"]
    (plain, weights), (moved, same) = (overall(fitted(d, weights="weight", **linear)) for d in (data, sloped))
    assert moved.estimate == pytest.approx(plain.estimate, abs=1e-10)
    order = [np.argsort(fitted(d, weights="weight", **linear).data.units) for d in (data, sloped)]
    np.testing.assert_allclose(weights[order[0]], same[order[1]], atol=1e-14)
    # without the line the slopes are in the effect
    (plain, _), (moved, _) = (overall(fitted(d, weights="weight", baseline=4)) for d in (data, sloped))
    assert abs(moved.estimate - plain.estimate) > 0.1


def test_weights_do_not_depend_on_the_outcomes(rng):
    """Only on which of them are observed: so any noise of the outcomes passes through them."""
    data = with_gaps(panel(rng), rng)
    other = data.assign(y=data["y"].where(data["y"].isna(), rng.normal(size=len(data))))
    for base in BASES.values():
        one, two = (overall(fitted(d, weights="weight", **base))[1] for d in (data, other))
        np.testing.assert_allclose(one, two, atol=1e-15)


def test_unidentified_cells_have_no_weight(rng):
    att = fitted(panel(rng), baseline=16)
    assert att.to_frame()["estimate"].isna().all()
    cells, *_ = aggregation_weights(att, by="overall")
    assert (outcome_weights(att, cells[:, 0]) == 0).all()


def test_covariates_are_refused(rng):
    data = panel(rng)
    data["x"] = data["unit"] % 3
    att = group_time_att(data, **NAMES, comparison="never_treated", covariates=["x"])
    cells, *_ = aggregation_weights(att, by="overall")
    with pytest.raises(ValueError, match="without `covariates`"):
        outcome_weights(att, cells[:, 0])
