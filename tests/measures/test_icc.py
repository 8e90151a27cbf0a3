"""Intraclass correlation: published values, an independent analysis of variance, edges; truth: recovery."""

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.stats.anova import anova_lm

from tne.measures.icc import KINDS, intraclass_correlation

pytestmark = pytest.mark.filterwarnings("error")

SHROUT_FLEISS = [(9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7)]


def long(table) -> pd.DataFrame:
    wide = pd.DataFrame(table).rename_axis("case_id").reset_index()
    return wide.melt("case_id", var_name="rater_id", value_name="score")


@pytest.mark.published("AGR-ICC-SF")
@pytest.mark.parametrize(
    ("kind", "value", "limits", "f", "df"),
    [
        ("ICC(1,1)", 0.17, (-0.13, 0.72), 1.79, (5, 18)),
        ("ICC(A,1)", 0.29, (0.02, 0.76), 11.03, (5, 15)),
        ("ICC(C,1)", 0.71, (0.34, 0.95), 11.03, (5, 15)),
        ("ICC(1,k)", 0.44, (-0.88, 0.91), 1.79, (5, 18)),
        ("ICC(A,k)", 0.62, (0.07, 0.93), 11.03, (5, 15)),
        ("ICC(C,k)", 0.91, (0.68, 0.99), 11.03, (5, 15)),
    ],
)
def test_icc_matches_published_shrout_fleiss(kind, value, limits, f, df):
    """Shrout and Fleiss (1979), tables 2 and 4; limits and F as R psych's and pingouin's ICC give them."""
    found = intraclass_correlation(long(SHROUT_FLEISS), kind=kind)
    assert found.estimate == pytest.approx(value, abs=0.005)
    assert (found.conf_low, found.conf_high) == pytest.approx(limits, abs=0.0051)
    assert found.statistic == pytest.approx(f, abs=0.006)
    assert found.df == df[1]
    assert f"F on {df[0]} and {df[1]}" in found.method
    assert (found.n, found.n_people) == (6, 4)
    exact = dict(zip(KINDS, (0.165742, 0.289764, 0.714841, 0.442797, 0.620051, 0.909316), strict=True))
    assert found.estimate == pytest.approx(exact[kind], abs=1e-6)


def test_mean_squares_equal_statsmodels_anova(rng):
    """Two-way and one-way tables of statsmodels, on random scores."""
    scores = long(rng.normal(size=(15, 4)) + rng.normal(size=(15, 1)) + rng.normal(size=4))
    table = anova_lm(smf.ols("score ~ C(case_id) + C(rater_id)", scores).fit())
    rows, columns, error = table["mean_sq"]
    within = anova_lm(smf.ols("score ~ C(case_id)", scores).fit()).loc["Residual", "mean_sq"]
    expected = {
        "ICC(1,1)": (rows - within) / (rows + 3 * within),
        "ICC(A,1)": (rows - error) / (rows + 3 * error + 4 / 15 * (columns - error)),
        "ICC(C,1)": (rows - error) / (rows + 3 * error),
        "ICC(C,k)": (rows - error) / rows,
    }
    for kind, value in expected.items():
        assert intraclass_correlation(scores, kind=kind).estimate == pytest.approx(value, rel=1e-10)


def test_mean_of_k_follows_spearman_brown():
    for one, many in (("ICC(1,1)", "ICC(1,k)"), ("ICC(A,1)", "ICC(A,k)"), ("ICC(C,1)", "ICC(C,k)")):
        single = intraclass_correlation(long(SHROUT_FLEISS), kind=one)
        mean = intraclass_correlation(long(SHROUT_FLEISS), kind=many)
        for column in ("estimate", "conf_low", "conf_high"):
            value = getattr(single, column)
            assert getattr(mean, column) == pytest.approx(4 * value / (1 + 3 * value), rel=1e-9)


def test_a_raters_level_matters_for_agreement_alone():
    shifted = np.array(SHROUT_FLEISS) + np.array([0, 5, 0, 0])
    for kind, same in (("ICC(C,1)", True), ("ICC(A,1)", False)):
        one = intraclass_correlation(long(SHROUT_FLEISS), kind=kind).estimate
        two = intraclass_correlation(long(shifted), kind=kind).estimate
        assert (abs(one - two) < 1e-12) is same


def test_scale_and_order_do_not_matter():
    for kind in KINDS:
        one = intraclass_correlation(long(SHROUT_FLEISS), kind=kind)
        other = long(1e6 + 3 * np.array(SHROUT_FLEISS)).sample(frac=1, random_state=2)
        two = intraclass_correlation(other.assign(score=other["score"].astype("Int64")), kind=kind)
        assert (one.estimate, one.conf_low, one.conf_high) == pytest.approx(
            (two.estimate, two.conf_low, two.conf_high), abs=1e-8
        )


def test_units_that_not_all_scored():
    """Kinds A and C drop them and say so; ICC(1) keeps them with k0 = (N − Σk²/N)/(n − 1)."""
    holes = long(SHROUT_FLEISS).drop(index=0)
    dropped = intraclass_correlation(holes, kind="ICC(C,1)")
    whole = intraclass_correlation(long(SHROUT_FLEISS[1:]), kind="ICC(C,1)")
    assert dropped.estimate == pytest.approx(whole.estimate)
    assert dropped.n == 5
    assert [c.status for c in dropped.checks if c.name == "balanced"] == ["warn"]
    assert [c.status for c in whole.checks if c.name == "balanced"] == ["pass"]
    one = intraclass_correlation(holes, kind="ICC(1,1)")
    table = anova_lm(smf.ols("score ~ C(case_id)", holes).fit())["mean_sq"]
    k0 = (23 - (5 * 16 + 9) / 23) / 5
    assert one.estimate == pytest.approx(
        (table.iloc[0] - table.iloc[1]) / (table.iloc[0] + (k0 - 1) * table.iloc[1])
    )
    missing = long(SHROUT_FLEISS).astype({"score": float})
    missing.loc[0, "score"] = np.nan
    assert intraclass_correlation(missing, kind="ICC(1,1)").estimate == pytest.approx(one.estimate)


@pytest.mark.parametrize("kind", KINDS)
def test_undefined_is_said(kind):
    flat = intraclass_correlation(long([(3, 3), (3, 3), (3, 3)]), kind=kind)
    assert math.isnan(flat.estimate)
    assert "equal" in flat.note
    single = intraclass_correlation(long([(1, 2, 3)]), kind=kind)
    assert math.isnan(single.estimate)
    assert "two are needed" in single.note
    alone = intraclass_correlation(long([(1,), (2,), (3,)]), kind=kind)
    assert math.isnan(alone.estimate)
    assert "two raters" in alone.note
    perfect = intraclass_correlation(long([(1, 1), (2, 2), (3, 3)]), kind=kind)
    assert perfect.estimate == pytest.approx(1)
    assert math.isnan(perfect.conf_low)
    assert perfect.note
    empty = intraclass_correlation(long(SHROUT_FLEISS).head(0), kind=kind)
    assert math.isnan(empty.estimate)


def test_negative_values_stand():
    found = intraclass_correlation(long([(1, 3), (3, 1), (2, 2), (1, 3)]), kind="ICC(1,1)")
    assert found.estimate < 0
    assert not found.note


def test_bad_input_says_what_to_do():
    scores = long(SHROUT_FLEISS)
    with pytest.raises(ValueError, match="`kind` is 'ICC2'"):
        intraclass_correlation(scores, kind="ICC2")
    with pytest.raises(ValueError, match="one row per case_id × rater_id"):
        intraclass_correlation(pd.concat([scores, scores.head(1)]))
    with pytest.raises(TypeError, match="not numeric"):
        intraclass_correlation(scores.assign(score=scores["score"].astype(str)))
    with pytest.raises(ValueError, match="missing in 1 row"):
        intraclass_correlation(scores.assign(rater_id=scores["rater_id"].where(scores.index > 0)))


def test_icc_matches_published_irr_of_anxiety():
    """R irr, ?icc: anxiety, two-way, agreement, single: .198, −.039 to .494."""
    from statsmodels.stats.tests.test_inter_rater import anxiety

    found = intraclass_correlation(long(anxiety), kind="ICC(A,1)")
    assert found.estimate == pytest.approx(0.198, abs=5e-4)
    assert (found.conf_low, found.conf_high) == pytest.approx((-0.039, 0.494), abs=5e-4)


@pytest.mark.parametrize("n", [3, 4, 6])
@pytest.mark.parametrize("k", [2, 3])
def test_no_limit_of_the_mean_is_on_the_wrong_side(n, k, rng):
    """Stepping one rater's limit up to k has a pole at −1 / (k − 1): beyond it the lower limit came out above 1."""
    undefined = 0
    for _ in range(60):
        scores = rng.normal(size=(n, k)) + rng.choice([0, 1.5]) * rng.normal(size=(n, 1))
        found = intraclass_correlation(long(scores), kind="ICC(A,k)")
        if math.isnan(found.estimate):
            undefined += 1
            assert "not defined" in found.note
            continue
        assert found.conf_low <= found.estimate <= min(found.conf_high, 1)
    assert undefined < 20
