"""Two-way fixed effects: published values, algebra by dummies, negative weights, edges."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from tne.measures.absorb import effects, within
from tne.measures.ols import clustered_ols
from tne.measures.two_way import two_way_fixed_effects

CASTLE = {"outcome": "l_homicide", "unit": "state", "period": "year", "treated": "post"}
NAMES = {"outcome": "y", "unit": "unit", "period": "period", "treated": "on"}
# Scrap rates of 54 firms in 1987, 1988, 1989 and the year of their grant (Holzer et al. 1993; Wooldridge's jtrain)
JTRAIN = """
.06,.05,.05,0 2.64,2.74,2.54,0 6,7,5,0 21,11,.4,0 7,5,4.5,0 1,.5,.28,0 1.68,1.57,1.64,0 30,24,20,0 1,1,1,0
10,6,4,0 .66,.34,.39,0 .87,.82,.71,0 1.2,.53,.49,0 1.06,1.03,1.14,0 .05,.08,.03,0 .14,.16,.23,0 10,3,2,88
1,1,1,88 6,5,3,88 2,2,2,0 .45,.5,.5,88 1.25,1.54,.96,88 1.3,1.5,1,88 1.06,.8,.22,88 3,2,1,88 8.18,.67,.56,88
1.67,1.17,1.42,88 .98,.51,.45,88 1,.5,.1,88 .45,.61,.6,88 8,4,2.5,88 9,7,6.5,88 .01,.11,.2,0 18,19,18,88
.28,.2,.19,88 7,5,4,88 2,2,2,0 3.97,3.83,5.7,88 1.39,1.16,.9,89 20.5,24,17,89 1.5,1.41,.95,89 .2,.31,.27,0
1,.85,.89,89 .5,.59,.45,0 5,4,3,89 2,1,.5,89 2.71,1.52,1.34,89 .65,.55,.38,89 11,8,6,89 2.25,2.5,2,89
5,4.8,5.2,0 1.67,2.5,1.12,0 2.7,2.59,2.8,0 20,25,30,0
"""


def jtrain() -> pd.DataFrame:
    parts = []
    for firm, entry in enumerate(JTRAIN.split()):
        *scrap, granted = map(float, entry.split(","))
        parts += [
            {"firm": firm, "year": year, "lscrap": np.log(rate), "grant": int(granted == year),
             "grant_1": int(granted == year - 1 and granted > 0)}
            for year, rate in zip((87, 88, 89), scrap, strict=True)
        ]  # fmt: skip
    return pd.DataFrame(parts)


def castle(truth: Path) -> pd.DataFrame:
    return pd.read_csv(truth / "data" / "castle_bacondecomp.csv")


def panel(rng, starts=(3, 5, np.inf), size=12, periods=8, step=1.0) -> pd.DataFrame:
    """Units in groups that start at `starts`; effects of `step`, the same everywhere."""
    start = np.repeat(starts, size)
    unit, period = np.divmod(np.arange(len(start) * periods), periods)
    on = (period >= start[unit]).astype(int)
    y = rng.normal(size=len(start))[unit] + 0.1 * period + step * on + rng.normal(size=len(unit))
    return pd.DataFrame({"unit": unit, "period": period, "on": on, "y": y, "x": rng.normal(size=len(unit))})


@pytest.mark.published("DID-JTRAIN-FE")
def test_two_way_matches_published_job_training_grants():
    """Wooldridge, Introductory Econometrics, Example 14.1; six digits and clustered errors by linearmodels 7.1."""
    call = {"outcome": "lscrap", "unit": "firm", "period": "year", "treated": ("grant", "grant_1")}
    classical = two_way_fixed_effects(jtrain(), **call, errors="classical")
    for term, published, recomputed, error in (
        ("grant", -0.252, -0.252315, 0.150629),
        ("grant_1", -0.422, -0.42159, 0.2102),
    ):
        row = classical.get(term=term)
        assert row.estimate == pytest.approx(published, abs=0.0006)
        assert [row.estimate, row.std_error] == pytest.approx([recomputed, error], abs=1e-6)
        assert (row.n, row.df) == (162, 104)
    clustered = two_way_fixed_effects(jtrain(), **call, absorbed="none")
    # linearmodels: n/(n - 4) without G/(G - 1); the difference is 2 in 10,000
    assert clustered.to_frame()["std_error"].to_numpy() == pytest.approx([0.142094, 0.279811], abs=0.0006)
    assert abs(clustered.get(term="grant_1").statistic) < 1.6 < abs(classical.get(term="grant_1").statistic)


@pytest.mark.published("DID-CASTLE-BACON")
def test_two_way_matches_published_castle(truth: Path):
    """Vignette of R bacondecomp: .0818, with controls .0906; errors of the regression with dummies by statsmodels."""
    plain = two_way_fixed_effects(castle(truth), **CASTLE, errors="classical").get(term="post")
    assert plain.estimate == pytest.approx(0.08181161693, abs=1e-10)
    assert plain.std_error == pytest.approx(0.03173797, abs=5e-9)
    dummies = two_way_fixed_effects(castle(truth), **CASTLE, cluster="state", absorbed="full").get(
        term="post"
    )
    assert dummies.std_error == pytest.approx(0.06175354, abs=5e-9)
    adjusted = two_way_fixed_effects(castle(truth), **CASTLE, covariates=["l_pop", "l_income"])
    assert adjusted.get(term="post").estimate == pytest.approx(0.09058532274, abs=1e-10)
    assert list(adjusted.to_frame()["term"]) == ["post", "l_pop", "l_income"]


@pytest.mark.published("DID-MPDTA")
def test_two_way_matches_published_mpdta(truth: Path):
    """−.03654894 (.01326516) by pyfixest, clustered by county; its factor counts no effect within clusters."""
    data = pd.read_csv(truth / "data" / "mpdta_did.csv")
    data["on"] = (data["first.treat"] > 0) & (data["year"] >= data["first.treat"])
    row = two_way_fixed_effects(
        data, outcome="lemp", unit="countyreal", period="year", treated="on"
    ).get(term="on")  # fmt: skip
    assert [row.estimate, row.std_error] == pytest.approx([-0.03654894, 0.01326516], abs=5e-9)
    assert row.df == 499


@pytest.mark.parametrize("errors", ["classical", "HC1", "CR1", "CR2"])
def test_two_way_equals_the_regression_with_dummies(truth: Path, errors: str):
    clustered = errors.startswith("CR")
    data = castle(truth)
    ours = two_way_fixed_effects(
        data,
        **CASTLE,
        covariates=["l_pop"],
        errors=errors,
        absorbed="full",
        cluster="state" if clustered else None,
    )
    dummies = clustered_ols(
        data, formula="l_homicide ~ post + l_pop + C(state) + C(year)", errors=errors,
        cluster="state" if clustered else None,
    )  # fmt: skip
    for term in ("post", "l_pop"):
        one, two = ours.get(term=term), dummies.get(term=term)
        for name in ("estimate", "std_error", "df", "p_value", "conf_low"):
            assert getattr(one, name) == pytest.approx(getattr(two, name), rel=1e-7)


def test_two_way_clusters_equal_the_regression_with_dummies(truth: Path):
    ways = ("state", "year")
    ours = two_way_fixed_effects(castle(truth), **CASTLE, cluster=ways, absorbed="full").get(term="post")
    dummies = clustered_ols(castle(truth), formula="l_homicide ~ post + C(state) + C(year)", cluster=ways)
    assert ours.std_error == pytest.approx(dummies.get(term="post").std_error, rel=1e-7)
    assert ours.df == 10


@pytest.mark.parametrize("weights", [None, "w"])
def test_unbalanced_panels_equal_statsmodels(rng, weights):
    data = panel(rng).sample(frac=0.7, random_state=3).assign(w=lambda d: rng.uniform(0.5, 2, len(d)))
    data.index = rng.permutation(len(data)) + 7
    ours = two_way_fixed_effects(
        data, **NAMES, covariates=["x"], errors="classical", weights=weights
    ).to_frame()
    w = np.ones(len(data)) if weights is None else data["w"]
    other = smf.wls("y ~ on + x + C(unit) + C(period)", data, weights=w).fit()
    assert ours["estimate"].to_numpy() == pytest.approx(other.params[["on", "x"]].to_numpy(), rel=1e-9)
    assert ours["std_error"].to_numpy() == pytest.approx(other.bse[["on", "x"]].to_numpy(), rel=1e-9)
    assert ours["df"].iloc[0] == other.df_resid


def test_absorbing_equals_projection_on_dummies(rng):
    """Many periods, few units, two groups that share no period, and weights."""
    unit = np.r_[np.repeat(np.arange(3), 20), np.repeat(np.arange(3, 6), 20)]
    period = np.r_[np.tile(np.arange(20), 3), np.tile(np.arange(20, 40), 3)]
    keep = rng.random(120) < 0.8
    unit, period = (np.unique(v[keep], return_inverse=True)[1] for v in (unit, period))
    w, z = rng.uniform(0.1, 3, keep.sum()), rng.normal(size=(keep.sum(), 2))
    known = effects(unit, period, w)
    dummies = (
        np.column_stack([unit[:, None] == np.arange(6), period[:, None] == np.arange(period.max() + 1)]) * 1.0
    )
    root = np.sqrt(w)[:, None]
    expected = z - dummies @ np.linalg.lstsq(dummies * root, z * root, rcond=None)[0]
    assert within(known, z) == pytest.approx(expected, abs=1e-10)
    assert known.components == 2
    assert known.rank == np.linalg.matrix_rank(dummies)


def test_iterated_solution_equals_the_direct_one(rng, monkeypatch):
    data = panel(rng).sample(frac=0.6, random_state=1)
    direct = two_way_fixed_effects(data, **NAMES).get(term="on")
    monkeypatch.setattr("tne.measures.absorb._DENSE", 2)
    iterated = two_way_fixed_effects(data, **NAMES).get(term="on")
    assert iterated.estimate == pytest.approx(direct.estimate, rel=1e-9)
    assert iterated.std_error == pytest.approx(direct.std_error, rel=1e-9)


def test_negative_weights_by_hand():
    """de Chaisemartin and D'Haultfœuille (2020), section 2: three periods, groups starting in 1 and 2.

    Effects enter with weights 1/2 (late group, period 2), 1 (early, period 1) and −1/2 (early, period 2).
    """
    unit, period = np.divmod(np.arange(6), 3)
    on = period >= np.array([2, 1])[unit]
    effect = np.array([0, 0, 1.0, 0, 1.0, 4.0])
    data = pd.DataFrame({"unit": unit, "period": period, "on": on, "y": effect + unit + 0.3 * period})
    fit = two_way_fixed_effects(data, **NAMES)
    assert fit.get(term="on").estimate == pytest.approx(0.5 * 1 + 1 * 1 - 0.5 * 4)
    check = next(c for c in fit.checks if c.name == "staggered_timing")
    assert check.status == "fail"
    assert "1 of 3 treated" in check.detail
    assert "-0.5" in check.detail


def test_staggered_check_is_silent_for_one_cohort_and_loud_for_two(rng):
    one = two_way_fixed_effects(panel(rng, starts=(4, np.inf)), **NAMES)
    two = two_way_fixed_effects(panel(rng, starts=(2, 6)), **NAMES)
    few = two_way_fixed_effects(panel(rng, starts=(6, 7, *[np.inf] * 8)), **NAMES)
    status = [next(c.status for c in fit.checks if c.name == "staggered_timing") for fit in (one, two, few)]
    assert status == ["pass", "fail", "warn"]


def test_missing_rows_do_not_make_one_start_several(rng):
    one = panel(rng, starts=(4, np.inf))
    gaps = one[~((one["unit"] % 3 == 0) & one["period"].isin([3, 4]))]
    two = panel(rng, starts=(3, 5, np.inf))
    rest = two[~((two["unit"] % 3 == 0) & (two["period"] == 3))]
    for data, status, said in ((gaps, "pass", "same period"), (rest, "warn", "start in 2 different")):
        check = {c.name: c for c in two_way_fixed_effects(data, **NAMES).checks}["staggered_timing"]
        assert check.status == status
        assert said in check.detail


def test_growing_effects_mislead_two_way_and_are_warned_about(rng):
    """Three cohorts, effects growing each period: the mean effect is far above the coefficient."""
    data = panel(rng, starts=(5, 9, 13, np.inf), size=40, periods=20, step=0)
    first = data.loc[data["on"] == 1].groupby("unit")["period"].min()
    since = (data["period"] - data["unit"].map(first) + 1).clip(lower=0).fillna(0)
    data["y"] = data["y"] + 0.5 * since
    fit = two_way_fixed_effects(data, **NAMES)
    truth = 0.5 * since[data["on"] == 1].mean()
    assert fit.get(term="on").conf_high < truth
    assert next(c for c in fit.checks if c.name == "staggered_timing").status == "fail"


def test_rows_that_show_no_change_are_left_out(rng):
    data = panel(rng)
    alone = pd.DataFrame({"unit": [900, 901], "period": [2, 3], "on": [1, 0], "y": [99.0, -99.0], "x": 0.0})
    with_them = two_way_fixed_effects(pd.concat([data, alone]), **NAMES)
    pd.testing.assert_frame_equal(with_them.to_frame(), two_way_fixed_effects(data, **NAMES).to_frame())
    assert next(c for c in with_them.checks if c.name == "singletons").detail.startswith("2 rows")


def test_what_effects_determine_is_undefined_with_a_note(rng):
    together = two_way_fixed_effects(panel(rng, starts=(4,)), **NAMES).get(term="on")
    assert np.isnan(together.estimate)
    assert "no unit changes while another" in together.note
    data = panel(rng).assign(
        age=lambda d: d["unit"] % 7, twice=lambda d: 2 * d["x"], trend=lambda d: 3 * d["period"]
    )
    fit = two_way_fixed_effects(data, **NAMES, covariates=["x", "age", "twice", "trend"])
    table = fit.to_frame().set_index("term")
    assert table.loc[["age", "twice", "trend"], "estimate"].isna().all()
    assert (table.loc[["age", "twice", "trend"], "note"] != "").all()
    plain = two_way_fixed_effects(data, **NAMES, covariates=["x"]).get(term="on")
    assert table.loc["on", "std_error"] == pytest.approx(plain.std_error)


def test_types_order_and_index_do_not_matter(rng):
    data = panel(rng)
    base = two_way_fixed_effects(data, **NAMES, covariates=["x"]).to_frame()
    typed = data.assign(
        unit=data["unit"].astype(str).astype("string"),
        period=pd.Timestamp("2024-01-01") + pd.to_timedelta(data["period"], "D"),
        on=data["on"].astype("boolean"), y=data["y"].astype("Float64"),
    )  # fmt: skip
    category = data.assign(unit=data["unit"].astype("category"), period=data["period"].astype("category"))
    index = pd.MultiIndex.from_arrays([data["unit"], data["period"]], names=["unit_", "y"])
    for other in (typed, category, data.set_index(index).sample(frac=1, random_state=2)):
        found = two_way_fixed_effects(other, **NAMES, covariates=["x"]).to_frame()
        pd.testing.assert_frame_equal(found, base, rtol=1e-9)


def test_people_are_counted_in_the_smaller_group(rng):
    data = panel(rng, starts=(4, np.inf)).rename(columns={"unit": "moderator_id"})
    row = two_way_fixed_effects(data, **{**NAMES, "unit": "moderator_id"}).get(term="on")
    assert (row.n_people, row.n_people_total) == (12, 24)
    assert np.isnan(two_way_fixed_effects(panel(rng), **NAMES).get(term="on").n_people)


def test_missing_and_repeated_rows_are_said(rng):
    data = panel(rng)
    data.loc[:4, "y"] = np.nan
    fit = two_way_fixed_effects(data, **NAMES)
    assert fit.checks[0].detail.startswith("5 of")
    assert fit.get(term="on").n == len(data) - 5
    twice = two_way_fixed_effects(pd.concat([panel(rng)] * 2), **NAMES)
    assert any(c.name == "repeated_rows" and c.status == "warn" for c in twice.checks)


def test_few_treated_clusters_are_warned_about(rng):
    data = panel(rng, starts=(4, *[np.inf] * 4))
    data["team"] = data["unit"] // 6
    fit = two_way_fixed_effects(data, **NAMES, cluster="team")
    assert next(c for c in fit.checks if c.name == "few_clusters").status == "warn"
    assert (
        next(c for c in two_way_fixed_effects(data, **NAMES).checks if c.name == "few_clusters").status
        == "pass"
    )
    one = two_way_fixed_effects(data.assign(team=1), **NAMES, cluster="team").get(term="on")
    assert np.isnan(one.std_error)
    assert "one cluster" in one.note


def test_exact_fit_has_no_test(rng):
    data = panel(rng).assign(y=lambda d: 2.0 * d["on"] + d["unit"])
    row = two_way_fixed_effects(data, **NAMES).get(term="on")
    assert row.estimate == pytest.approx(2)
    assert row.std_error == 0
    assert np.isnan(row.p_value)


def test_cr2_of_too_many_clusters_is_refused(rng, monkeypatch):
    monkeypatch.setattr("tne.measures.absorbed_fit._MOST_NUMBERS", 100)
    with pytest.raises(ValueError, match="Choose 'CR1'"):
        two_way_fixed_effects(panel(rng), **NAMES, errors="CR2")


def test_bad_input_is_refused_in_words(rng):
    data = panel(rng)
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        two_way_fixed_effects(data.assign(on=data["on"] * 2), **NAMES)
    with pytest.raises(ValueError, match="ignores `cluster`"):
        two_way_fixed_effects(data, **NAMES, cluster="unit", errors="HC1")
    with pytest.raises(ValueError, match="stands twice"):
        two_way_fixed_effects(data, **NAMES, covariates=["y"])
    with pytest.raises(KeyError, match="lacks"):
        two_way_fixed_effects(data, **NAMES, cluster="squad")
    with pytest.raises(ValueError, match="no row to use"):
        two_way_fixed_effects(data.assign(y=np.nan), **NAMES)
    with pytest.raises(ValueError, match="no row to use"):
        two_way_fixed_effects(data.head(0), **NAMES)
    with pytest.raises(ValueError, match="missing"):
        two_way_fixed_effects(data.assign(unit=data["unit"].where(data["unit"] > 2)), **NAMES)
    with pytest.raises(TypeError, match="not numeric"):
        two_way_fixed_effects(data.assign(on=data["on"].astype(str)), **NAMES)
    with pytest.raises(ValueError, match="negative"):
        two_way_fixed_effects(data.assign(w=-1.0), **NAMES, weights="w")
    with pytest.raises(ValueError, match="holds each unit whole"):
        two_way_fixed_effects(data, **NAMES, cluster="period", errors="CR2")
