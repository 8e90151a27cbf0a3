"""Group-time effects with covariates, of repeated cross-sections and of unbalanced panels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from tne.measures.att_adjust import adjust
from tne.measures.att_adjust_rows import adjust_rows
from tne.measures.event_study import pretrend
from tne.measures.staggered import aggregate, group_time_att

METHODS = ("doubly_robust", "regression", "ipw")
NAMES = {"outcome": "y", "period": "period", "cohort": "cohort"}
PANEL = {**NAMES, "unit": "unit", "comparison": "never_treated"}
# csdid 0.4.3, analytic standard errors, mpdta with lpop, never treated: overall effect and its error
CROSS_SECTIONS = {
    "doubly_robust": (-0.041751772, 0.046046198),
    "regression": (-0.041968612, 0.149762155),
    "ipw": (-0.041777082, 0.167226232),
}
NOT_YET = {
    "doubly_robust": (-0.041351629, 0.011427839),
    "regression": (-0.041374770, 0.011377161),
    "ipw": (-0.041389410, 0.011419290),
}
POOLED = {  # without every seventh row from the fourth on
    "doubly_robust": (-0.014807741, 0.020626242),
    "regression": (-0.081987164, 0.062887142),
    "ipw": (-0.06460636, 0.076286002),
}


def mpdta(truth):
    data = pd.read_csv(truth / "data" / "mpdta_did.csv")
    data["cohort"] = data["first.treat"].where(data["first.treat"] > 0)
    return data.rename(columns={"lemp": "y", "countyreal": "unit", "year": "period"})


def overall(att):
    return aggregate(att, by="overall").get(term="overall")


def simulate(rng, n=300, periods=4, slope=0.5):
    """Training in period 2 is likelier with x, on which the trend depends; the effect is 0.2."""
    x = rng.normal(size=n)
    trained = rng.random(n) < 1 / (1 + np.exp(-slope * x))
    t = np.arange(periods)
    y = rng.normal(size=(n, 1)) + 0.3 * x[:, None] * t + rng.normal(0, 0.5, (n, periods))
    y += 0.2 * (trained[:, None] & (t >= 2))
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(n), periods),
            "period": np.tile(t, n),
            "cohort": np.repeat(np.where(trained, 2.0, np.nan), periods),
            "x": np.repeat(x, periods),
            "y": y.ravel(),
        }
    )


@pytest.mark.published("DID-MPDTA")
def test_doubly_robust_effects_match_published_mpdta_with_lpop(truth):
    """Rios-Avila, csdid for Stata (dripw, lpop; its points are those of R's did): ATT(g, t) with errors."""
    published = {
        (2004, 2004): (-0.0145297, 0.0221292),
        (2004, 2005): (-0.0764219, 0.0286713),
        (2004, 2006): (-0.1404483, 0.0353782),
        (2004, 2007): (-0.1069039, 0.0328865),
        (2006, 2004): (-0.0004721, 0.0222234),
        (2006, 2005): (-0.0062025, 0.0184957),
        (2006, 2006): (0.0009606, 0.0194002),
        (2006, 2007): (-0.0412939, 0.0197211),
        (2007, 2004): (0.0267278, 0.0140657),
        (2007, 2005): (-0.0045766, 0.0157178),
        (2007, 2006): (-0.0284475, 0.0181809),
        (2007, 2007): (-0.0287814, 0.016239),
    }
    att = group_time_att(mpdta(truth), **PANEL, covariates=["lpop"])
    for row in att.to_frame().itertuples():
        assert (row.estimate, row.std_error) == pytest.approx(published[row.cohort, row.period], abs=1e-7)
    tested = pretrend(att)
    assert (tested.statistic, tested.p_value) == pytest.approx(
        (6.841824981670454, 0.2326722805724242), abs=1e-5
    )


@pytest.mark.published("DID-MPDTA")
def test_doubly_robust_aggregations_match_published_mpdta_with_lpop(truth):
    """The same page, estat simple, group, calendar and event."""
    att = group_time_att(mpdta(truth), **PANEL, covariates=["lpop"])
    assert "doubly robust" in att.method
    simple = overall(att)
    assert (simple.estimate, simple.std_error) == pytest.approx((-0.0417518, 0.0115028), abs=1e-7)
    assert (simple.conf_low, simple.conf_high) == pytest.approx((-0.0642969, -0.0192066), abs=1e-7)
    published = {
        "cohort": {
            2004: (-0.0845759, 0.0245649),
            2006: (-0.0201666, 0.0174696),
            2007: (-0.0287814, 0.016239),
        },
        "period": {
            2004: (-0.0145297, 0.0221292),
            2005: (-0.0764219, 0.0286713),
            2006: (-0.0461757, 0.0212107),
            2007: (-0.0395822, 0.0129299),
        },
        "event_time": {
            -3: (0.0267278, 0.0140657),
            -2: (-0.0036165, 0.0129283),
            -1: (-0.023244, 0.0144851),
            0: (-0.0210604, 0.0114942),
            1: (-0.0530032, 0.0163465),
            2: (-0.1404483, 0.0353782),
            3: (-0.1069039, 0.0328865),
        },
    }
    for by, rows in published.items():
        found = aggregate(att, by=by).to_frame().set_index(by)
        for key, numbers in rows.items():
            assert tuple(found.loc[key, ["estimate", "std_error"]]) == pytest.approx(numbers, abs=1e-7)


@pytest.mark.parametrize("adjustment", METHODS)
def test_effects_equal_csdid_on_mpdta(truth, adjustment):
    """Not-yet treated panel; each row a person of its own; an unbalanced panel pooled (allow_unbalanced_panel)."""
    data = mpdta(truth)
    how = {"covariates": ["lpop"], "adjustment": adjustment}
    found = {
        "panel": group_time_att(data, **{**PANEL, "comparison": "not_yet_treated"}, **how),
        "rows": group_time_att(data, **{**PANEL, "unit": None}, **how),
        "pooled": group_time_att(data[np.arange(len(data)) % 7 != 3], **PANEL, unbalanced="pooled", **how),
    }
    for att, expected in zip(found.values(), (NOT_YET, CROSS_SECTIONS, POOLED), strict=True):
        row = overall(att)
        assert (row.estimate, row.std_error) == pytest.approx(expected[adjustment], abs=2e-9)


def test_weighted_doubly_robust_effect_equals_csdid_on_mpdta(truth):
    data = mpdta(truth).assign(w=lambda d: 1 + d["unit"] % 5)
    row = overall(group_time_att(data, **PANEL, covariates=["lpop"], weights="w"))
    assert (row.estimate, row.std_error) == pytest.approx((-0.03534878, 0.011474856), abs=2e-9)


def by_statsmodels(d, x, trained, adjustment):
    """Sant'Anna and Zhao's three estimators of one 2 × 2 comparison."""
    design = sm.add_constant(x)
    p = sm.Logit(trained.astype(float), design).fit(disp=0).predict()
    fitted = sm.OLS(d[~trained], design[~trained]).fit().predict(design)
    odds = (p / (1 - p))[~trained]
    if adjustment == "ipw":
        fitted = np.zeros(len(d))
    left = d - fitted
    weighted = np.average(left[~trained], weights=odds) if adjustment != "regression" else 0.0
    return left[trained].mean() - weighted


@pytest.mark.parametrize("adjustment", METHODS)
def test_adjusted_effect_equals_statsmodels_and_its_error_the_jackknife(rng, adjustment):
    data = simulate(rng, n=150)
    wide = data.pivot_table(index="unit", columns="period", values="y").to_numpy()
    one = data.drop_duplicates("unit")
    d, x, trained = wide[:, 3] - wide[:, 1], one["x"].to_numpy(), one["cohort"].notna().to_numpy()
    att = group_time_att(data, **PANEL, covariates=["x"], adjustment=adjustment)
    row = att.to_frame().set_index("period").loc[3]
    assert row["estimate"] == pytest.approx(by_statsmodels(d, x, trained, adjustment), abs=1e-8)
    left_out = [
        by_statsmodels(d[k], x[k], trained[k], adjustment)
        for k in (np.arange(len(d)) != i for i in range(len(d)))
    ]
    jackknife = np.sqrt((len(d) - 1) * np.var(left_out))
    assert row["std_error"] == pytest.approx(jackknife, rel=0.05)


@pytest.mark.parametrize("adjustment", METHODS)
@pytest.mark.parametrize("seen", ["pairs", "rows"])
def test_influence_equals_the_numerical_derivative_by_weight(rng, adjustment, seen):
    """A little more weight of one unit moves the effect by its influence: all estimated parts must be in it."""
    n, step = 60, 1e-5
    x, y, w = rng.normal(size=(n, 2)), rng.normal(size=n), rng.uniform(0.5, 2, n)
    treated, post = rng.random(n) < 0.5, rng.random(n) < 0.5

    def fit(w):
        if seen == "rows":
            found = adjust_rows(x, w, y, treated, post, adjustment)
            return found.effect[0], found.psi_t[:, 0]
        found = adjust(
            x[treated], x[~treated], w[treated], w[~treated], y[treated, None], y[~treated, None], adjustment
        )
        psi = np.empty(n)
        psi[treated], psi[~treated] = found.psi_t[:, 0], found.psi_c[:, 0]
        return found.effect[0], psi

    influence = fit(w)[1]
    numerical = [
        (
            fit(w * np.where(np.arange(n) == i, 1 + step, 1))[0]
            - fit(w * np.where(np.arange(n) == i, 1 - step, 1))[0]
        )
        / (2 * step)
        for i in range(n)
    ]
    np.testing.assert_allclose(influence, numerical, rtol=1e-4, atol=1e-8)


def test_doubly_robust_needs_only_one_right_model(rng):
    """The trend is curved in x: a regression on x alone is wrong, the weights are right."""
    n = 20_000
    x = rng.normal(size=n)
    trained = rng.random(n) < 1 / (1 + np.exp(-0.8 * x))
    data = pd.DataFrame(
        {"unit": np.tile(np.arange(n), 2), "period": np.repeat([0, 1], n), "x": np.tile(x, 2)}
    )
    data["cohort"] = np.tile(np.where(trained, 1.0, np.nan), 2)
    change = 0.2 * trained + 0.3 * x**2 + 0.3 * np.maximum(x, 0) + rng.normal(0, 0.3, n)
    data["y"] = np.concatenate([np.zeros(n), change])
    effect = {m: overall(group_time_att(data, **PANEL, covariates=["x"], adjustment=m)) for m in METHODS}
    assert abs(effect["doubly_robust"].estimate - 0.2) < 4 * effect["doubly_robust"].std_error
    assert abs(effect["ipw"].estimate - 0.2) < 4 * effect["ipw"].std_error
    assert abs(effect["regression"].estimate - 0.2) > 4 * effect["regression"].std_error


def test_adjustments_are_alike_without_covariates_and_with_a_constant(rng):
    data = simulate(rng, n=60).assign(same=3.0)
    plain = group_time_att(data, **PANEL).to_frame()["estimate"]
    for method in METHODS:
        att = group_time_att(data, **PANEL, covariates=["same"], adjustment=method).to_frame()
        np.testing.assert_allclose(att["estimate"], plain, atol=1e-12)


def test_categories_and_booleans_equal_dummies(rng):
    data = simulate(rng, n=120)
    kind = pd.Series(rng.choice(["a", "b", "c"], 120))
    data["kind"] = data["unit"].map(kind)
    data["b"], data["c"] = (data["kind"] == "b").astype(int), (data["kind"] == "c")
    one = group_time_att(data, **PANEL, covariates=["kind", "x"]).to_frame()
    two = group_time_att(data, **PANEL, covariates=["b", "c", "x"]).to_frame()
    three = group_time_att(data.astype({"kind": "category"}), **PANEL, covariates=["kind", "x"]).to_frame()
    for other in (two, three):
        np.testing.assert_allclose(one["estimate"], other["estimate"], atol=1e-10)
        np.testing.assert_allclose(one["std_error"], other["std_error"], atol=1e-10)


def test_redundant_and_rescaled_covariates_change_nothing(rng):
    data = simulate(rng, n=120).assign(z=lambda d: 1e6 + 1e4 * d["x"], again=lambda d: 2 - d["x"])
    one = group_time_att(data, **PANEL, covariates=["x"]).to_frame()
    two = group_time_att(data, **PANEL, covariates=["z", "again"]).to_frame()
    np.testing.assert_allclose(one["estimate"], two["estimate"], atol=1e-8)
    np.testing.assert_allclose(one["std_error"], two["std_error"], atol=1e-8)


@pytest.mark.parametrize("baseline", [None, 1])
def test_covariate_that_changes_has_its_earlier_value(rng, baseline):
    data = simulate(rng, n=120)
    data["moving"] = data["x"] + 0.4 * data["period"] * data["unit"].mod(7)
    att = group_time_att(data, **PANEL, covariates=["moving"], baseline=baseline).to_frame()
    for row in att.itertuples():
        base = 1 if baseline or row.period >= 2 else row.period - 1
        earlier = min(base, row.period)
        fixed = data["unit"].map(data[data["period"] == earlier].set_index("unit")["moving"])
        same = group_time_att(data.assign(fixed=fixed), **PANEL, covariates=["fixed"], baseline=baseline)
        again = same.to_frame().set_index("period").loc[row.period]
        assert (row.estimate, row.std_error) == pytest.approx(
            (again["estimate"], again["std_error"]), abs=1e-10, nan_ok=True
        )


def test_overlap_is_silent_where_there_is_and_loud_where_not(rng):
    data = simulate(rng, n=200)
    fine = group_time_att(data, **PANEL, covariates=["x"])
    assert {c.name: c.status for c in fine.checks}["overlap"] == "pass"
    data["told"] = data["x"] + 20 * data["cohort"].notna()
    for method in ("doubly_robust", "ipw"):
        lost = group_time_att(data, **PANEL, covariates=["told"], adjustment=method)
        assert lost.to_frame()["estimate"].isna().all()
        assert lost.to_frame()["note"].str.contains("no overlap").all()
        assert {c.name: c.status for c in lost.checks}["overlap"] == "fail"
    assert "overlap" not in {c.name for c in group_time_att(data, **PANEL).checks}
    data["nearly"] = data["x"] + 3.2 * data["cohort"].notna()
    near = group_time_att(data, **PANEL, covariates=["nearly"])
    assert {c.name: c.status for c in near.checks}["overlap"] in ("warn", "fail")


def test_too_few_comparison_units_for_the_covariates_say_so(rng):
    data = simulate(rng, n=60)
    for k in range(5):
        data[f"x{k}"] = data["unit"].map(pd.Series(rng.normal(size=60)))
    few = data[
        data["cohort"].notna() | data["unit"].isin(data.loc[data["cohort"].isna(), "unit"].unique()[:5])
    ]
    att = group_time_att(
        few, **PANEL, covariates=[f"x{k}" for k in range(5)], adjustment="regression"
    ).to_frame()
    assert att["estimate"].isna().all()
    assert att["note"].str.contains("too few comparison units").all()


@pytest.mark.parametrize("comparison", ["never_treated", "not_yet_treated"])
@pytest.mark.parametrize("baseline", [None, 1])
def test_cross_sections_equal_the_panel_where_it_is_balanced(rng, comparison, baseline):
    """Without covariates the effect is the same; pooled by unit its error too."""
    data = simulate(rng, n=60, periods=6)
    late = data["unit"] % 4 == 0
    data["cohort"] = data["cohort"].mask(late & data["cohort"].notna(), 4.0)
    call = {**PANEL, "comparison": comparison, "baseline": baseline}
    panel, pooled, rows = (
        group_time_att(data, **call),
        group_time_att(data, **call, unbalanced="pooled"),
        group_time_att(data, **{**call, "unit": None}),
    )
    for other in (pooled, rows):
        np.testing.assert_allclose(panel.to_frame()["estimate"], other.to_frame()["estimate"], atol=1e-12)
    np.testing.assert_allclose(panel.to_frame()["std_error"], pooled.to_frame()["std_error"], atol=1e-12)
    assert overall(pooled).std_error == pytest.approx(overall(panel).std_error, abs=1e-12)


def test_cross_section_error_equals_scipy_for_four_means(rng):
    data = simulate(rng, n=40, periods=2).assign(cohort=lambda d: np.where(d["unit"] % 2, 1.0, np.nan))
    data = data.drop(index=[0, 5, 9])
    row = group_time_att(data, **{**PANEL, "unit": None}).to_frame().iloc[0]
    groups = data.groupby([data["cohort"].notna(), "period"])["y"]
    m, v = groups.mean(), groups.apply(lambda y: stats.sem(y, ddof=0) ** 2)
    assert row["estimate"] == pytest.approx(m[True, 1] - m[True, 0] - m[False, 1] + m[False, 0])
    assert row["std_error"] == pytest.approx(np.sqrt(v.sum()))
    assert row["n"] == len(data)


def test_units_seen_once_are_cross_sections(rng):
    data = simulate(rng, n=200)
    once = data[data["period"] == data["unit"] % 4]
    found, same = group_time_att(once, **PANEL), group_time_att(once, **{**PANEL, "unit": None})
    pd.testing.assert_frame_equal(found.to_frame(), same.to_frame())
    assert "repeated cross-sections" in found.method
    assert {c.name: c.status for c in found.checks}["balanced_panel"] == "warn"


def test_cross_sections_with_teams_have_errors_by_team(rng):
    """Teams of different people each week: one sum of influence a team."""
    data = simulate(rng, n=200)
    data["team"] = data["unit"] // 5
    data["cohort"] = np.where(data["team"] % 2, 2.0, np.nan)
    data["y"] += data["team"].map(pd.Series(rng.normal(size=40)))
    by_team = group_time_att(data, **{**PANEL, "unit": None}, cluster="team")
    row = by_team.to_frame().iloc[-1]
    assert row["method"].endswith("repeated cross-sections")
    assert row["df"] < 40
    people = group_time_att(data.assign(n=1), **{**PANEL, "unit": None}, n_people="n").to_frame().iloc[-1]
    assert people["n_people_total"] == people["n"]


def test_cross_sections_say_what_they_cannot_do(rng):
    data = simulate(rng, n=40)
    with pytest.raises(ValueError, match="nobody is followed"):
        group_time_att(data, **{**PANEL, "unit": None}, baseline=3)
    gap = data[~((data["period"] == 1) & data["cohort"].notna())]
    lost = group_time_att(gap, **{**PANEL, "unit": None}).to_frame().set_index("period")
    assert np.isnan(lost.loc[2, "estimate"])
    assert "base period" in lost.loc[2, "note"]
    assert "no unit of the cohort" in lost.loc[1, "note"]
    nobody = group_time_att(data.assign(cohort=np.nan), **{**PANEL, "unit": None})
    assert nobody.to_frame().empty
    assert np.isnan(overall(nobody).estimate)


def test_gaps_are_paired_or_pooled_by_hand():
    """Unit b misses the base period: paired leaves it out, pooled keeps its later row."""
    data = pd.DataFrame(
        {
            "unit": ["a", "a", "b", "c", "c", "d", "d"],
            "period": [0, 1, 1, 0, 1, 0, 1],
            "cohort": [1.0, 1.0, 1.0, np.nan, np.nan, np.nan, np.nan],
            "y": [1.0, 4.0, 8.0, 0.0, 1.0, 2.0, 3.0],
        }
    )
    assert group_time_att(data, **PANEL).to_frame()["estimate"].item() == (4 - 1) - 1
    assert group_time_att(data, **PANEL, unbalanced="pooled").to_frame()["estimate"].item() == (6 - 1) - 1


def test_nested_clusters_take_the_coarsest_and_others_raise(rng):
    data = simulate(rng, n=80)
    data["team"], data["site"] = data["unit"] // 4, data["unit"] // 8
    data["cohort"] = np.where(data["site"] % 2, 2.0, np.nan)
    one = group_time_att(data, **PANEL, cluster="site").to_frame()
    for cluster in (("team", "site"), ("site", "unit", "team"), ("site",)):
        pd.testing.assert_frame_equal(one, group_time_att(data, **PANEL, cluster=cluster).to_frame())
    unit_level = group_time_att(data, **PANEL, cluster="unit", errors="analytic").to_frame()
    pd.testing.assert_frame_equal(unit_level, group_time_att(data, **PANEL).to_frame())
    with pytest.raises(ValueError, match="not nested"):
        group_time_att(data.assign(odd=data["unit"] % 3), **PANEL, cluster=("site", "odd"))


def test_infinity_means_never(rng):
    data = simulate(rng, n=40)
    pd.testing.assert_frame_equal(
        group_time_att(data, **PANEL).to_frame(),
        group_time_att(data.assign(cohort=data["cohort"].fillna(np.inf)), **PANEL).to_frame(),
    )


def test_bad_covariates_and_weights_say_what_to_do(rng):
    data = simulate(rng, n=40)
    for unit in ("unit", None):
        call = {**PANEL, "unit": unit}
        with pytest.raises(ValueError, match="is missing in 1 row"):
            group_time_att(data.assign(x=data["x"].where(data.index != 3)), **call, covariates=["x"])
        with pytest.raises(ValueError, match="negative or missing in 1 row"):
            group_time_att(data.assign(w=np.where(data.index == 3, -1.0, 1.0)), **call, weights="w")
        with pytest.raises(KeyError, match="lacks the columns"):
            group_time_att(data, **call, covariates=["z"])
        with pytest.raises(ValueError, match="levels"):
            group_time_att(data.assign(z=data.index.astype(str)), **call, covariates=["z"])
        with pytest.raises(ValueError, match="`adjustment`"):
            group_time_att(data, **call, adjustment="aipw")
    with pytest.raises(ValueError, match="`unbalanced`"):
        group_time_att(data, **PANEL, unbalanced="drop")


@pytest.mark.parametrize("by", ["overall", "cohort", "event_time", "period"])
def test_balance_keeps_the_cohorts_that_can_be_followed(rng, by):
    """Cohorts 2 and 5 of six periods: only the first has the event times 0 to 2."""
    data = simulate(rng, n=80, periods=6)
    data["cohort"] = data["cohort"].mask(data["unit"] % 3 == 0, 5.0)
    whole = group_time_att(data, **PANEL)
    alone = group_time_att(data[data["cohort"] != 5], **PANEL)
    found = aggregate(whole, by=by, balance=2).to_frame().dropna(subset="estimate")
    expected = aggregate(alone, by=by, window=(-9, 2)).to_frame().dropna(subset="estimate")
    np.testing.assert_allclose(found["estimate"], expected["estimate"], atol=1e-12)
    assert len(found) == len(expected)


def test_dtypes_indexes_and_order_change_nothing(rng):
    data = simulate(rng, n=60)
    expected = group_time_att(data, **PANEL, covariates=["x"]).to_frame()
    forms = {
        "text units": data.assign(unit="u" + data["unit"].astype(str)),
        "unused categories": data.assign(unit=pd.Categorical(data["unit"], categories=range(99))),
        "nullable": data.assign(period=data["period"].astype("Int64"), y=data["y"].astype("Float64")),
        "nullable cohort": data.assign(cohort=data["cohort"].astype("Int64")),
        "one index value": data.set_index(pd.Index([0] * len(data))),
        "any order": data.sample(frac=1, random_state=4),
        "distant periods": data.assign(period=data["period"] - 10**9, cohort=data["cohort"] - 10**9),
    }
    for form in forms.values():
        for unit in ("unit", None):
            found = group_time_att(form, **{**PANEL, "unit": unit}, covariates=["x"]).to_frame()
            if unit:
                np.testing.assert_allclose(found["estimate"], expected["estimate"], atol=1e-9)
                np.testing.assert_allclose(found["std_error"], expected["std_error"], atol=1e-9)
            assert found["estimate"].notna().all()
    one_name = group_time_att(data, **PANEL, covariates="x").to_frame()
    pd.testing.assert_frame_equal(one_name, expected)


@pytest.mark.parametrize("unit", ["unit", None])
def test_what_cannot_be_estimated_is_said(rng, unit):
    """One day for everyone, one period, one row, a single unit, no weight at all, nothing observed."""
    data = simulate(rng, n=30)
    call = {**PANEL, "unit": unit, "comparison": "not_yet_treated"}
    for form in (
        data.assign(cohort=2.0),
        data[data["period"] == 0],
        data.head(1),
        data[data["unit"] == 0],
        data.assign(w=0.0),
        data.assign(y=np.nan),
    ):
        att = group_time_att(form, **call, weights="w" if "w" in form else None)
        row = overall(att)
        assert np.isnan(row.estimate)
        assert row.note.startswith("no identified effect")
        assert "fail" in {c.status for c in att.checks}


def test_bootstrap_errors_of_many_clusters_come_in_parts(rng):
    """More clusters than fit one draw of all: the errors stay those of the influence functions."""
    data = simulate(rng, n=3000, periods=2).assign(cohort=lambda d: d["cohort"] - 1)
    call = {**PANEL, "unit": None}
    one = group_time_att(data, **call).to_frame()["std_error"]
    two = group_time_att(data, **call, errors="bootstrap", seed=1).to_frame()["std_error"]
    np.testing.assert_allclose(one, two, rtol=0.1)
