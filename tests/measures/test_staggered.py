"""Group-time effects: published values, brute force, recovery, coverage, edges."""

import numpy as np
import pandas as pd
import pytest

from tne.measures.att_aggregate import overall_att
from tne.measures.att_bands import simultaneous_bands
from tne.measures.att_randomization import randomization_inference
from tne.measures.event_study import pretrend
from tne.measures.staggered import aggregate, group_time_att

REPLICATIONS = 200
NAMES = {"outcome": "y", "unit": "unit", "period": "period", "cohort": "cohort"}


def mpdta(truth):
    data = pd.read_csv(truth / "data" / "mpdta_did.csv")
    data["cohort"] = data["first.treat"].where(data["first.treat"] > 0)
    return data.rename(columns={"lemp": "y", "countyreal": "unit", "year": "period"})


def simulate(rng, starts, growth, size=40, periods=20, noise=0.3):
    """Units with own levels, a common trend and season, and effects that grow by `growth` each period."""
    t = np.arange(periods)
    parts = []
    for k, (start, step) in enumerate(zip(starts, growth, strict=True)):
        since = np.where(t >= start, t - start + 1, 0) if np.isfinite(start) else np.zeros(periods)
        y = rng.normal(size=(size, 1)) + 0.02 * t + 0.05 * np.sin(2 * np.pi * t / 12) + step * since
        y = y + rng.normal(0, noise, (size, periods))
        parts.append(
            pd.DataFrame(
                {
                    "unit": np.repeat(np.arange(size) + 1000 * k, periods),
                    "period": np.tile(t, size),
                    "cohort": start if np.isfinite(start) else np.nan,
                    "y": y.ravel(),
                    "effect": np.tile(step * since, size),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


@pytest.mark.published("DID-MPDTA")
def test_group_time_att_matches_published_mpdta(truth):
    """Callaway and Sant'Anna, vignette did-basics of R did 2.1.2: all twelve ATT(g, t), to its four decimals."""
    published = {
        2004: {2004: -0.0105, 2005: -0.0704, 2006: -0.1373, 2007: -0.1008},
        2006: {2004: 0.0065, 2005: -0.0028, 2006: -0.0046, 2007: -0.0412},
        2007: {2004: 0.0305, 2005: -0.0027, 2006: -0.0311, 2007: -0.0261},
    }
    att = group_time_att(mpdta(truth), **NAMES, comparison="never_treated").to_frame()
    assert len(att) == 12
    for row in att.itertuples():
        assert row.estimate == pytest.approx(published[row.cohort][row.period], abs=6e-5)
    first = att.loc[(att["cohort"] == 2004) & (att["period"] == 2004)].iloc[0]
    assert first["std_error"] == pytest.approx(0.023251, abs=1e-6)  # analytic, csdid 0.4.3
    assert first["n"] == 20 + 309


@pytest.mark.published("DID-MPDTA")
def test_aggregations_match_published_mpdta(truth):
    """Same vignette; analytic standard errors and unrounded averages by csdid 0.4.3, differences and diff-diff."""
    att = group_time_att(mpdta(truth), **NAMES, comparison="never_treated")
    simple = aggregate(att, by="overall").get(term="overall")
    assert simple.estimate == pytest.approx(-0.03995127515517632, abs=1e-12)
    assert simple.std_error == pytest.approx(0.012034, abs=1e-6)
    for by, value in (
        ("event_time", -0.07723982145731514),
        ("cohort", -0.03101828222874843),
        ("period", -0.04170043213128222),
    ):
        assert aggregate(att, by=by).get(term="overall").estimate == pytest.approx(value, abs=1e-12)
    dynamic = aggregate(att, by="event_time").to_frame().set_index("event_time")
    for e, value in {
        -3: 0.0305,
        -2: -0.0006,
        -1: -0.0245,
        0: -0.0199,
        1: -0.0510,
        2: -0.1373,
        3: -0.1008,
    }.items():
        assert dynamic.loc[e, "estimate"] == pytest.approx(value, abs=6e-5)
    assert dynamic.loc[0, "std_error"] == pytest.approx(0.011826, abs=1e-6)
    assert dynamic.loc[2, "std_error"] == pytest.approx(0.036436, abs=1e-6)
    # The printed standard errors of the overall averages are multiplier bootstraps: 12 % slack.
    assert aggregate(att, by="event_time").get(term="overall").std_error == pytest.approx(0.0205, rel=0.12)
    by_group = aggregate(att, by="cohort").to_frame().set_index("cohort")["estimate"]
    for g, value in {2004: -0.079749, 2006: -0.02291, 2007: -0.026054}.items():
        assert by_group[g] == pytest.approx(value, abs=1e-6)
    balanced = aggregate(att, by="event_time", balance=1).get(term="overall")
    assert balanced.estimate == pytest.approx(-0.0288, abs=6e-5)
    assert balanced.std_error == pytest.approx(0.0138, rel=0.12)


def test_bootstrap_errors_match_the_analytic_ones(truth):
    data = mpdta(truth)
    analytic = group_time_att(data, **NAMES, comparison="never_treated").to_frame()["std_error"]
    bootstrap = group_time_att(
        data, **NAMES, comparison="never_treated", errors="bootstrap", seed=1
    ).to_frame()["std_error"]
    np.testing.assert_allclose(bootstrap, analytic, rtol=0.12)


def brute_force(data, g, t, comparison, base):
    """One 2 × 2 comparison with loops over units."""
    wide = data.pivot_table(index="unit", columns="period", values="y")
    cohort = data.drop_duplicates("unit").set_index("unit")["cohort"]
    late = max(t, max(base))
    trained, others = [], []
    for unit in wide.index:
        if wide.loc[unit, [t, *base]].isna().any():
            continue
        change = wide.loc[unit, t] - wide.loc[unit, base].mean()
        if cohort[unit] == g:
            trained.append(change)
        elif np.isnan(cohort[unit]) or (comparison == "not_yet_treated" and cohort[unit] > late):
            others.append(change)
    if not trained or not others:
        return np.nan, np.nan
    variance = np.var(trained) / len(trained) + np.var(others) / len(others)
    return np.mean(trained) - np.mean(others), np.sqrt(variance)


@pytest.mark.parametrize("comparison", ["never_treated", "not_yet_treated"])
@pytest.mark.parametrize("baseline", [None, 1, 3])
def test_group_time_att_equals_brute_force_two_by_two(rng, comparison, baseline):
    data = simulate(rng, (3, 5, np.inf), (0.3, 0.1, 0), size=7, periods=8)
    data = data.sample(frac=1, random_state=1)
    # One unit is not observed in one period: cells leave it out where they need it.
    data.loc[(data["unit"] == 1000) & (data["period"] == 2), "y"] = np.nan
    if baseline == 3:
        data = data[data["unit"] != 1000]
    att = group_time_att(data, **NAMES, comparison=comparison, baseline=baseline).to_frame()
    for row in att.itertuples():
        last = int(row.cohort) - 1
        if baseline is None:
            base = [last if row.period >= row.cohort else int(row.period) - 1]
        else:
            base = list(range(last - baseline + 1, last + 1))
        estimate, error = brute_force(data, row.cohort, row.period, comparison, base)
        assert row.estimate == pytest.approx(estimate, abs=1e-12, nan_ok=True)
        if error > 0:
            assert row.std_error == pytest.approx(error, abs=1e-12)


def test_linear_base_removes_a_linear_divergence_by_hand():
    t = np.arange(8)
    trained, other = 1.0 + 0.5 * t + 2.0 * (t >= 5), 3.0 + 0.1 * t
    rows = [
        {"unit": f"{name}{k}", "period": p, "cohort": start, "y": series[p] + k}
        for name, series, start in (("a", trained, 5.0), ("b", other, np.nan))
        for k in range(5)
        for p in t
    ]
    data = pd.DataFrame(rows)
    linear = group_time_att(data, **NAMES, comparison="never_treated", baseline=4, trend="linear").to_frame()
    np.testing.assert_allclose(linear.loc[linear["period"] >= 5, "estimate"], 2.0, atol=1e-12)
    plain = group_time_att(data, **NAMES, comparison="never_treated", baseline=4).to_frame()
    # The mean of periods 1 to 4 lies at 2.5: at period 5 the divergence of .4 a period has run 2.5 periods.
    assert plain.loc[plain["period"] == 5, "estimate"].item() == pytest.approx(2.0 + 0.4 * 2.5)


def test_linear_base_equals_numpy_polyfit(rng):
    data = simulate(rng, (6, np.inf), (0.2, 0), size=6, periods=9)
    data = data.drop(data[(data["unit"] == 2) & (data["period"] == 3)].index)
    att = group_time_att(data, **NAMES, comparison="never_treated", baseline=6, trend="linear").to_frame()
    ahead = {}
    for unit, own in data.groupby("unit"):
        fit = own[own["period"] < 6]
        slope, level = np.polyfit(fit["period"], fit["y"], 1)
        ahead[unit] = own.loc[own["period"] == 8, "y"].item() - (level + slope * 8)
    expected = np.mean([v for k, v in ahead.items() if k < 1000]) - np.mean(
        [v for k, v in ahead.items() if k >= 1000]
    )
    assert att.loc[att["period"] == 8, "estimate"].item() == pytest.approx(expected, abs=1e-10)


def test_welch_errors_equal_scipy_for_two_groups(rng):
    """Two groups, two periods: the interval is Welch's t interval."""
    from scipy import stats

    data = simulate(rng, (1, np.inf), (0.5, 0), size=8, periods=2)
    data = data[~data["unit"].isin([1005, 1006])]
    change = data.pivot_table(index="unit", columns="period", values="y").diff(axis=1)[1]
    test = stats.ttest_ind(change[change.index < 1000], change[change.index >= 1000], equal_var=False)
    row = group_time_att(data, **NAMES, comparison="never_treated", errors="welch").to_frame().iloc[0]
    assert row["statistic"] == pytest.approx(test.statistic)
    assert row["df"] == pytest.approx(test.df)
    assert row["p_value"] == pytest.approx(test.pvalue)
    low, high = test.confidence_interval(0.95)
    assert (row["conf_low"], row["conf_high"]) == (pytest.approx(low), pytest.approx(high))


def test_clusters_equal_their_means_when_balanced(rng):
    data = simulate(rng, (4, 6, np.inf), (0.2, 0.1, 0), size=24, periods=9)
    data["team"] = data["unit"] // 4
    teams = data.groupby(["team", "period"], as_index=False).agg(y=("y", "mean"), cohort=("cohort", "first"))
    persons = group_time_att(data, **NAMES, comparison="not_yet_treated", cluster="team")
    pooled = group_time_att(
        teams,
        outcome="y",
        unit="team",
        period="period",
        cohort="cohort",
        comparison="not_yet_treated",
        errors="welch",
    )
    columns = ["estimate", "std_error", "df", "conf_low"]
    pd.testing.assert_frame_equal(persons.to_frame()[columns], pooled.to_frame()[columns])


def test_weights_equal_repeated_units(rng):
    data = simulate(rng, (4, np.inf), (0.2, 0), size=6, periods=8)
    data["w"] = np.where(data["unit"].isin([1, 2, 1003]), 2.0, 1.0)
    twice = data[data["w"] == 2].assign(unit=lambda d: d["unit"] + 5000)
    weighted = group_time_att(data, **NAMES, comparison="never_treated", weights="w").to_frame()
    repeated = group_time_att(pd.concat([data, twice]), **NAMES, comparison="never_treated").to_frame()
    np.testing.assert_allclose(weighted["estimate"], repeated["estimate"], atol=1e-12)


def test_covariates_equal_outcome_regression_by_statsmodels(rng):
    import statsmodels.api as sm

    data = simulate(rng, (3, np.inf), (0.2, 0), size=30, periods=5)
    x = pd.Series(rng.normal(size=2000), index=range(2000))
    data["x"] = data["unit"].map(x) + (data["cohort"].notna())
    data["y"] += 0.3 * data["x"] * data["period"]
    change = data.pivot_table(index="unit", columns="period", values="y")
    change = change[4] - change[2]
    unit = data.drop_duplicates("unit").set_index("unit")
    trained = unit["cohort"].notna()
    fit = sm.OLS(change[~trained], sm.add_constant(unit.loc[~trained, "x"])).fit()
    expected = (change[trained] - fit.predict(sm.add_constant(unit.loc[trained, "x"]))).mean()
    call = {**NAMES, "comparison": "never_treated", "covariates": ["x"], "adjustment": "regression"}
    att = group_time_att(data, **call).to_frame()
    row = att[att["period"] == 4].iloc[0]
    assert row["estimate"] == pytest.approx(expected, abs=1e-10)
    assert abs(row["estimate"] - 0.4) < 4 * row["std_error"]


@pytest.mark.repeats("staggered")
def test_covariate_adjusted_interval_covers_the_true_effect(rng):
    hits = []
    for _ in range(REPLICATIONS):
        data = simulate(rng, (2, np.inf), (0.2, 0), size=40, periods=3)
        x = pd.Series(rng.normal(size=2000), index=range(2000))
        data["x"] = data["unit"].map(x) + 0.5 * data["cohort"].notna()
        data["y"] += 0.3 * data["x"] * data["period"]
        att = group_time_att(data, **NAMES, comparison="never_treated", covariates=["x"]).to_frame()
        row = att[att["period"] == 2].iloc[0]
        hits.append(row["conf_low"] <= 0.2 <= row["conf_high"])
    assert_coverage(hits)


def assert_coverage(hits):
    slack = 3 * np.sqrt(0.05 * 0.95 / len(hits))
    assert 0.935 - slack <= np.mean(hits) <= min(0.965 + slack, 1)


def test_cells_after_the_last_start_are_not_identified(rng):
    """S2b, everyone eventually trained: after the last start nothing is identified, and says so."""
    data = simulate(rng, (4, 8, 12), (0.1, 0.1, 0.1))
    att = group_time_att(data, **NAMES, comparison="not_yet_treated")
    identified = data["period"].lt(12) & data["cohort"].lt(12) & data["period"].ge(data["cohort"])
    assert data.loc[identified, "effect"].mean() == pytest.approx(0.383, abs=5e-4)
    cells = att.to_frame()
    lost = cells["estimate"].isna()
    assert set(cells.loc[cells["event_time"] >= 0].loc[lost, "period"]) == set(range(12, 20))
    assert cells.loc[lost, "note"].str.startswith("not identified").all()
    assert {c.name: c.status for c in att.checks}["identified_cells"] == "warn"
    assert "not identified" in aggregate(att, by="overall").get(term="overall").note


@pytest.mark.parametrize(
    "base",
    [
        pytest.param({}, marks=pytest.mark.thorough),
        pytest.param({"baseline": 12}, marks=pytest.mark.thorough),
        {"baseline": 12, "trend": "linear"},
    ],
)
def test_interval_covers_the_true_effect_with_six_teams_per_cohort(rng, base):
    """Welch errors over cohort strata, not-yet-trained comparisons, unequal team sizes, teams that drift (AR .8)."""
    hits = {"overall": [], "first": []}
    starts, periods = (14, 16, 18, 28), 26
    for _ in range(REPLICATIONS):
        size = rng.integers(4, 12, 24)
        drift = np.zeros((24, periods))
        for t in range(1, periods):
            drift[:, t] = 0.8 * drift[:, t - 1] + rng.normal(0, 0.2, 24)
        y = rng.normal(size=(24, 1)) + drift + rng.normal(size=(24, periods)) / np.sqrt(size)[:, None]
        data = pd.DataFrame(
            {
                "unit": np.repeat(np.arange(24), periods),
                "period": np.tile(np.arange(periods), 24),
                "cohort": np.repeat(np.repeat(np.array(starts, dtype=float), 6), periods),
                "y": y.ravel(),
                "n": np.repeat(size, periods),
            }
        )
        att = group_time_att(data, **NAMES, comparison="not_yet_treated", weights="n", errors="welch", **base)
        overall = aggregate(att, by="overall", window=(0, 5)).get(term="overall")
        first = aggregate(att, by="event_time", window=(0, 5)).get(event_time=0.0)
        hits["overall"].append(overall.conf_low <= 0 <= overall.conf_high)
        hits["first"].append(first.conf_low <= 0 <= first.conf_high)
    for found in hits.values():
        assert_coverage(found)


def test_shift_of_levels_and_common_trend_changes_nothing(rng):
    data = simulate(rng, (4, 6, np.inf), (0.2, 0.1, 0), size=6, periods=9)
    moved = data.assign(y=data["y"] + data["unit"] + np.sin(data["period"]))
    for base in ({}, {"baseline": 3}, {"baseline": 4, "trend": "linear"}):
        one, two = (
            group_time_att(d, **NAMES, comparison="not_yet_treated", **base).to_frame() for d in (data, moved)
        )
        np.testing.assert_allclose(one["estimate"], two["estimate"], atol=1e-9)


def test_everybody_counts_once_in_people(rng):
    data = simulate(rng, (4, 6, np.inf), (0.2, 0.1, 0), size=6, periods=9).assign(people=5)
    att = group_time_att(data, **NAMES, comparison="not_yet_treated", n_people="people")
    row = aggregate(att, by="overall").get(term="overall")
    assert (row.n_people, row.n_people_total) == (60, 90)
    cell = att.to_frame().iloc[-1]
    assert (cell["n_people"], cell["n_people_total"]) == (30, 60)
    assert group_time_att(data, **NAMES, comparison="never_treated").to_frame()["n_people"].isna().all()
    persons = data.rename(columns={"unit": "moderator_id"})
    known = group_time_att(
        persons, **{**NAMES, "unit": "moderator_id"}, comparison="never_treated"
    ).to_frame()
    assert (known["n_people"] == 6).all()


def test_few_clusters_have_no_standard_error(rng):
    data = simulate(rng, (4, 6, np.inf), (0.2, 0.1, 0), size=16, periods=9)
    data["team"] = data["unit"] // 4
    att = group_time_att(data, **NAMES, comparison="not_yet_treated", cluster="team")
    assert att.to_frame()["estimate"].notna().all()
    assert att.to_frame()["std_error"].isna().all()
    assert att.to_frame()["note"].str.contains("4 treated clusters").all()
    assert {c.name: c.status for c in att.checks}["few_clusters"] == "fail"
    # Both cohorts together have eight treated teams.
    assert aggregate(att, by="overall").get(term="overall").std_error > 0
    assert np.isnan(aggregate(att, by="cohort").get(cohort=4.0).std_error)


def test_cohorts_of_one_team_are_not_too_sure_together(rng):
    """Ten cohorts of one team each: collapsed strata give an interval that covers, rather too often."""
    hits = []
    starts = np.arange(6, 16, dtype=float)
    for _ in range(REPLICATIONS):
        cohort = np.concatenate([starts, np.full(6, np.nan)])
        y = rng.normal(size=(16, 1)) + rng.normal(size=(16, 20))
        data = pd.DataFrame(
            {
                "unit": np.repeat(np.arange(16), 20),
                "period": np.tile(np.arange(20), 16),
                "cohort": np.repeat(cohort, 20),
                "y": y.ravel(),
            }
        )
        att = group_time_att(data, **NAMES, comparison="never_treated", baseline=5, errors="welch")
        row = aggregate(att, by="overall", window=(0, 3)).get(term="overall")
        hits.append(row.conf_low <= 0 <= row.conf_high)
    assert np.mean(hits) >= 0.935 - 3 * np.sqrt(0.05 * 0.95 / REPLICATIONS)


def test_no_comparison_is_nan_with_a_note(rng):
    data = simulate(rng, (4,), (0.2,), size=6, periods=8)
    for comparison in ("never_treated", "not_yet_treated"):
        att = group_time_att(data, **NAMES, comparison=comparison)
        assert att.to_frame()["estimate"].isna().all()
        row = aggregate(att, by="overall").get(term="overall")
        assert np.isnan(row.estimate)
        assert row.note
        assert {c.name: c.status for c in att.checks}["identified_cells"] == "fail"
        assert "not" in str(att)


def test_already_trained_units_are_left_out_and_counted(rng):
    data = simulate(rng, (4, np.inf), (0.2, 0), size=6, periods=8)
    early = simulate(rng, (0,), (9.0,), size=3, periods=8).assign(unit=lambda d: d["unit"] + 9000, cohort=0.0)
    one = group_time_att(data, **NAMES, comparison="never_treated")
    two = group_time_att(pd.concat([data, early]), **NAMES, comparison="never_treated")
    pd.testing.assert_frame_equal(one.to_frame(), two.to_frame())
    check = {c.name: c for c in two.checks}["already_trained"]
    assert check.status == "warn"
    assert "3 units" in check.detail


@pytest.mark.published("DID-MPDTA")
def test_cohort_zero_is_never_where_no_period_can_be_zero(truth):
    """mpdta as R's did has it: first.treat 0 = never trained."""
    names = {"outcome": "lemp", "unit": "countyreal", "period": "year", "cohort": "first.treat"}
    raw = pd.read_csv(truth / "data" / "mpdta_did.csv")
    ours = mpdta(truth)
    for comparison in ("never_treated", "not_yet_treated"):
        zero = group_time_att(raw, **names, comparison=comparison)
        nan = group_time_att(ours, **NAMES, comparison=comparison)
        pd.testing.assert_frame_equal(zero.to_frame(), nan.to_frame())
        assert "309 units" in {c.name: c for c in zero.checks}["never_coded_zero"].detail
        assert all(c.name != "never_coded_zero" for c in nan.checks)
    sections = [group_time_att(d, **n | {"unit": None}, comparison="never_treated").to_frame()
                for d, n in ((raw, names), (ours, NAMES))]  # fmt: skip
    pd.testing.assert_frame_equal(*sections)


def test_cohort_zero_stays_a_period_where_it_may_be_one(rng):
    near = simulate(rng, (4, np.inf), (0.2, 0), size=6, periods=8)
    near["period"] += 1
    att = group_time_att(near.fillna({"cohort": 0.0}), **NAMES, comparison="never_treated")
    status = {c.name: c for c in att.checks}
    assert "use NaN instead" in status["already_trained"].detail
    assert "never_coded_zero" not in status
    assert att.to_frame()["estimate"].isna().all()


def test_rounding_is_no_variation_between_units():
    """Outcomes without noise: the error is what rounding leaves, and makes no p-value."""
    unit, week = np.repeat(np.arange(60), 8), np.tile(np.arange(1, 9), 60)
    cohort = np.array([3, 5, np.nan])[unit % 3]
    panel = pd.DataFrame({"unit": unit, "period": week, "cohort": cohort, "y": 0.1 * week, "x": unit % 7})
    panel["y"] += np.where(week >= cohort, 1 + 0.1 * (week - cohort), 0)
    for extra in ({}, {"covariates": ["x"]}, {"cluster": "unit"}):
        for scale in (1, 1e-6, 1e6):
            att = group_time_att(
                panel.assign(y=panel["y"] * scale), **NAMES, comparison="never_treated", **extra
            )
            frame = (
                aggregate(att, by="event_time").to_frame().iloc[:-1]
            )  # overall: the cohorts' sizes are drawn
            for table in (att.to_frame(), frame):
                assert (table["std_error"] == 0).all()
                assert table["p_value"].isna().all()
                assert set(table["note"]) == {"no variation between clusters"}
            assert {c.name: c for c in pretrend(att).checks}["pretrend"].status == "not_run"


def test_no_comparison_is_said_with_what_remains(rng):
    one_day = simulate(rng, (4,), (0.2,), size=6, periods=8)
    several = simulate(rng, (3, 5), (0.2, 0.1), size=6, periods=8)

    def detail(data, comparison):
        checks = group_time_att(data, **NAMES, comparison=comparison).checks
        return {c.name: c for c in checks}["identified_cells"].detail

    assert "Only a before-after difference remains" in detail(one_day, "not_yet_treated")
    assert "'not_yet_treated' can identify" in detail(several, "never_treated")
    assert "from the last start on" in detail(several, "not_yet_treated")
    assert "one period" in detail(several[several["period"] == 4], "not_yet_treated")


def test_one_period_and_nobody_trained_do_not_stop(rng):
    data = simulate(rng, (4, np.inf), (0.2, 0), size=6, periods=8)
    nobody = group_time_att(data.assign(cohort=np.nan), **NAMES, comparison="never_treated")
    assert nobody.to_frame().empty
    assert np.isnan(aggregate(nobody, by="overall").get(term="overall").estimate)
    single = group_time_att(data[data["period"] == 0], **NAMES, comparison="never_treated")
    assert single.to_frame().empty


def test_short_baseline_is_not_identified(rng):
    data = simulate(rng, (4, np.inf), (0.2, 0), size=6, periods=8)
    att = group_time_att(data, **NAMES, comparison="never_treated", baseline=9)
    assert att.to_frame()["estimate"].isna().all()
    assert att.to_frame()["note"].str.contains("too few baseline periods").all()


def test_anticipation_moves_the_base(rng):
    data = simulate(rng, (4, np.inf), (0.2, 0), size=6, periods=8)
    moved = data.assign(cohort=data["cohort"] - 2)
    late = group_time_att(data, **NAMES, comparison="never_treated", anticipation=2, baseline=1).to_frame()
    early = group_time_att(moved, **NAMES, comparison="never_treated", baseline=1).to_frame()
    np.testing.assert_allclose(late["estimate"], early["estimate"], atol=1e-12)


def test_bad_panels_say_what_which_rows_and_what_to_do(rng):
    data = simulate(rng, (4, np.inf), (0.2, 0), size=6, periods=8)
    call = {**NAMES, "comparison": "never_treated"}
    with pytest.raises(ValueError, match="changes within 1 `unit`"):
        group_time_att(
            data.assign(cohort=data["cohort"].mask((data["unit"] == 2) & (data["period"] == 3), 5.0)), **call
        )
    with pytest.raises(ValueError, match="changes within 1 `unit`"):
        group_time_att(
            data.assign(cohort=data["cohort"].mask((data["unit"] == 2) & (data["period"] == 3))), **call
        )
    with pytest.raises(ValueError, match="one row per unit × period"):
        group_time_att(pd.concat([data, data.head(2)]), **call)
    with pytest.raises(TypeError, match="assign_cohort"):
        group_time_att(data.assign(period=pd.Timestamp("2026-01-05")), **call)
    with pytest.raises(KeyError, match="lacks the columns"):
        group_time_att(data.drop(columns="cohort"), **call)
    with pytest.raises(TypeError, match="not numeric"):
        group_time_att(data.assign(y="high"), **call)
    with pytest.raises(ValueError, match="is infinite"):
        group_time_att(data.assign(y=np.inf), **call)
    with pytest.raises(ValueError, match="Choose one of"):
        group_time_att(data, **NAMES, comparison="later")
    with pytest.raises(ValueError, match="needs baseline periods"):
        group_time_att(data, **call, trend="linear")
    with pytest.raises(ValueError, match="without a seed"):
        group_time_att(data, **call, errors="bootstrap")
    with pytest.raises(ValueError, match="no rows"):
        group_time_att(data.head(0), **call)
    with pytest.raises(ValueError, match="`cohort` of `panel` is not a whole number"):
        group_time_att(data.assign(cohort=data["cohort"] + 0.5), **call)


def test_integer_and_float_cohorts_and_row_order_are_alike(rng):
    data = simulate(rng, (3, 5), (0.2, 0.1), size=6, periods=8)
    call = {**NAMES, "comparison": "not_yet_treated"}
    one = group_time_att(data, **call).to_frame()
    two = group_time_att(data.astype({"cohort": int}).sample(frac=1, random_state=3), **call).to_frame()
    three = group_time_att(data.astype({"cohort": "Int64"}), **call).to_frame()
    for other in (two, three):
        np.testing.assert_allclose(one["estimate"], other["estimate"], atol=1e-12, equal_nan=True)


def test_aggregate_refuses_what_makes_no_sense(rng):
    att = group_time_att(
        simulate(rng, (4, np.inf), (0.2, 0), size=6, periods=8), **NAMES, comparison="never_treated"
    )
    with pytest.raises(ValueError, match="Choose one of"):
        aggregate(att, by="week")
    with pytest.raises(ValueError, match="`balance`"):
        aggregate(att, by="cohort", balance=-1)
    with pytest.raises(ValueError, match="before the last"):
        aggregate(att, by="overall", window=(3, 1))
    for window in (3, (0,)):
        with pytest.raises(ValueError, match="two event times"):
            aggregate(att, by="overall", window=window)


@pytest.mark.parametrize(
    "ask", [lambda x: aggregate(x, by="overall"), simultaneous_bands, randomization_inference]
)
def test_a_panel_where_effects_are_meant_is_told_what_to_give(ask):
    with pytest.raises(TypeError, match=r"`att` is DataFrame\. Give a result of group_time_att"):
        ask(pd.DataFrame({"y": [1.0]}))


@pytest.mark.parametrize("window", [None, (0, 3), (50, 60)])
def test_the_overall_row_alone_is_that_of_the_aggregation(rng, window):
    panel = simulate(rng, [5, 9, np.inf], [0.2, 0.1, 0.0])
    att = group_time_att(panel, **NAMES, comparison="not_yet_treated", errors="welch")
    row = next(iter(aggregate(att, by="overall", window=window))).as_row()
    assert overall_att(att, window).as_row() == pytest.approx(row, nan_ok=True, rel=1e-15)


def test_the_table_is_made_once_when_it_is_asked_for(rng):
    att = group_time_att(simulate(rng, [5, np.inf], [0.2, 0.0]), **NAMES, comparison="never_treated")
    assert "table" not in vars(att)
    assert att.table is att.table
    assert len(att.to_frame()) == len(att.table) == 19
