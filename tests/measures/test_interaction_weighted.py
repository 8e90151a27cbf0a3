"""Sun and Abraham's estimator: other programs, algebra, the event studies that take it, edges."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from tne.measures.event_study import event_study, pretrend, sensitivity
from tne.measures.interaction_weighted import interaction_weighted_att
from tne.measures.staggered import aggregate, group_time_att
from tne.measures.two_way import two_way_fixed_effects

NAMES = {"outcome": "y", "unit": "unit", "period": "period", "cohort": "cohort"}


def panel(rng, starts=(3, 5, np.inf), size=8, periods=8, growth=0.5) -> pd.DataFrame:
    """Units in cohorts that start at `starts`; the effect grows by `growth` each period."""
    start = np.repeat(np.asarray(starts, dtype=float), size)
    unit, period = np.divmod(np.arange(len(start) * periods), periods)
    since = np.maximum(period - start[unit] + 1, 0)
    x = rng.normal(size=len(unit)) + 0.3 * since
    y = (
        rng.normal(size=len(start))[unit]
        + 0.1 * period
        + growth * since
        + 0.7 * x
        + rng.normal(0, 0.5, len(unit))
    )
    cohort = np.where(np.isinf(start), np.nan, start)[unit]
    return pd.DataFrame({"unit": unit, "period": period, "cohort": cohort, "y": y, "x": x, "since": since})


def mpdta(truth: Path) -> pd.DataFrame:
    data = pd.read_csv(truth / "data" / "mpdta_did.csv")
    data["cohort"] = data["first.treat"].where(data["first.treat"] > 0)
    return data.rename(columns={"lemp": "y", "countyreal": "unit", "year": "period"})


@pytest.mark.published("DID-MPDTA")
def test_interaction_weighted_matches_published_mpdta(truth: Path):
    """Effects by event time with never-trained counties and one base: the published ATT(g, t) from event time 0.

    Standard errors: pyfixest 0.60, event_study(estimator="saturated").aggregate(), which tests itself against fixest.
    """
    found = interaction_weighted_att(mpdta(truth), **NAMES).to_frame().set_index("event_time")
    for e, estimate in {0: -0.0199, 1: -0.0510, 2: -0.1373, 3: -0.1008}.items():
        assert found.loc[e, "estimate"] == pytest.approx(estimate, abs=6e-5)
    pyfixest = {
        -4: (0.003306, 0.024555),
        -3: (0.025022, 0.018154),
        -2: (0.024459, 0.014267),
        0: (-0.019932, 0.011858),
        1: (-0.050957, 0.016871),
        2: (-0.137259, 0.036589),
        3: (-0.100811, 0.034504),
    }
    for e, pair in pyfixest.items():
        assert found.loc[e, ["estimate", "std_error"]].tolist() == pytest.approx(pair, abs=6e-7)
    overall = interaction_weighted_att(mpdta(truth), **NAMES).table.get(term="overall")
    assert overall.estimate == pytest.approx(-0.03995127515517632, abs=1e-12)
    assert (overall.df, overall.n) == (499, 2500)


def test_without_covariates_equals_group_time_effects(rng):
    """Balanced, never-trained comparison, one base: the same cells (Sun and Abraham 2021, section 4)."""
    data = panel(rng)
    cells = interaction_weighted_att(data, **NAMES).by_cohort.to_frame()
    att = group_time_att(data, **NAMES, comparison="never_treated", baseline=1).to_frame()
    both = cells.merge(att, on=["cohort", "event_time"])
    assert len(both) == len(cells) == 14
    assert both["estimate_x"].to_numpy() == pytest.approx(both["estimate_y"].to_numpy(), rel=1e-9)
    overall = aggregate(group_time_att(data, **NAMES, comparison="never_treated"), by="overall")
    found = interaction_weighted_att(data, **NAMES).table.get(term="overall")
    assert found.estimate == pytest.approx(overall.get(term="overall").estimate, rel=1e-9)


@pytest.mark.parametrize("weights", [None, "w"])
def test_unbalanced_with_covariates_equals_statsmodels(rng, weights):
    """All dummies at once, then the weighted mean of the cohorts' coefficients with its delta-method error."""
    data = panel(rng).sample(frac=0.85, random_state=4).assign(w=lambda d: rng.uniform(0.5, 2, len(d)))
    data = data[data["period"].ne(data["cohort"] - 1) | (data.index % 3 > 0)]
    ours = interaction_weighted_att(data, **NAMES, covariates=["x"], weights=weights, absorbed="full")
    relative = data["period"] - data["cohort"]
    names = {}
    for g in (3, 5):
        for e in sorted(relative[data["cohort"] == g].unique()):
            if e != -1:
                names[f"d{g}_{int(e + 10)}"] = (g, e)
    for name, (g, e) in names.items():
        data[name] = ((data["cohort"] == g) & (relative == e)).astype(float)
    w = np.ones(len(data)) if weights is None else data["w"].to_numpy()
    fit = smf.wls("y ~ x + C(unit) + C(period) + " + " + ".join(names), data, weights=w).fit(
        cov_type="cluster", cov_kwds={"groups": data["unit"]}
    )
    assert ours.coefficients.get(term="x").estimate == pytest.approx(fit.params["x"], rel=1e-8)
    assert ours.coefficients.get(term="x").std_error == pytest.approx(fit.bse["x"], rel=1e-8)
    size = {name: w[data[name] > 0].sum() for name in names}
    table = ours.to_frame()
    for e in [*sorted({e for _, e in names.values()}), None]:
        chosen = [n for n, (_, t) in names.items() if (t == e if e is not None else t >= 0)]
        share = np.array([size[n] for n in chosen]) / sum(size[n] for n in chosen)
        row = table[table["event_time"].eq(e) if e is not None else table["term"].eq("overall")].iloc[0]
        v = fit.cov_params().loc[chosen, chosen].to_numpy()
        assert row["estimate"] == pytest.approx(share @ fit.params[chosen], rel=1e-8)
        assert row["std_error"] == pytest.approx(np.sqrt(share @ v @ share), rel=1e-8)


def test_one_cohort_after_one_period_equals_two_way(rng):
    data = panel(rng, starts=(1, np.inf), periods=2).assign(on=lambda d: d["since"] > 0)
    one = interaction_weighted_att(data, **NAMES, covariates=["x"]).table.get(term="overall")
    two = two_way_fixed_effects(
        data, outcome="y", unit="unit", period="period", treated="on", covariates=["x"]
    ).get(term="on")  # fmt: skip
    assert [one.estimate, one.std_error, one.p_value] == pytest.approx(
        [two.estimate, two.std_error, two.p_value]
    )


def test_growing_effects_are_recovered(rng):
    data = panel(rng, starts=(5, 9, 13, np.inf), size=40, periods=20, growth=0.5)
    found = interaction_weighted_att(data, **NAMES, covariates=["x"])
    truth = 0.5 * data.loc[data["since"] > 0, "since"].mean()
    overall = found.table.get(term="overall")
    assert abs(overall.estimate - truth) < 4 * overall.std_error
    by_time = found.to_frame().set_index("event_time")["estimate"]
    assert by_time[4] == pytest.approx(2.5, abs=0.3)
    assert by_time[-3] == pytest.approx(0, abs=0.3)


def test_event_study_tests_take_the_result(rng):
    found = interaction_weighted_att(panel(rng), **NAMES, covariates=["x"])
    assert -1 not in found.event_time
    assert found.covariance.shape == (len(found.estimates),) * 2
    same = event_study(found.estimates, found.covariance, event_time=found.event_time)
    assert pretrend(found).p_value == pytest.approx(pretrend(same).p_value)
    one, two = (sensitivity(s, method="smoothness", m=0).to_frame()["conf_low"] for s in (found, same))
    assert one.to_numpy() == pytest.approx(two.to_numpy())
    errors = found.to_frame().set_index("event_time").loc[found.event_time, "std_error"].to_numpy()
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(errors)


def test_everyone_trained_compares_with_the_last_cohort_before_its_training(rng):
    data = panel(rng, starts=(3, 5, 6))
    found = interaction_weighted_att(data, **NAMES)
    before = data[data["period"] < 6].assign(cohort=lambda d: d["cohort"].where(d["cohort"] < 6))
    pd.testing.assert_frame_equal(
        found.to_frame().drop(columns="comparison"),
        interaction_weighted_att(before, **NAMES).to_frame().drop(columns="comparison"),
    )
    assert any(c.name == "never_treated" and c.status == "warn" for c in found.checks)
    assert set(found.to_frame()["comparison"]) == {"trained last, before their training"}


def test_already_trained_and_unbased_cohorts_are_left_out_and_said(rng):
    data = panel(rng, starts=(0, 3, 5, np.inf))
    found = interaction_weighted_att(data, **NAMES)
    rest = interaction_weighted_att(data[data["cohort"] != 0], **NAMES)
    pd.testing.assert_frame_equal(found.to_frame(), rest.to_frame())
    assert next(c for c in found.checks if c.name == "already_trained").detail.startswith("8 units")
    gap = panel(rng)
    gap = gap[~((gap["cohort"] == 5) & (gap["period"] == 4))]
    lost = interaction_weighted_att(gap, **NAMES)
    assert set(lost.by_cohort.to_frame()["cohort"]) == {3}
    assert any(c.name == "identified_cells" and c.status == "warn" for c in lost.checks)


def test_infinity_codes_the_never_trained(rng):
    data = panel(rng)
    pd.testing.assert_frame_equal(
        interaction_weighted_att(data.fillna({"cohort": np.inf}), **NAMES).to_frame(),
        interaction_weighted_att(data, **NAMES).to_frame(),
    )
    with pytest.raises(ValueError, match="not a whole number"):
        interaction_weighted_att(data.fillna({"cohort": -np.inf}), **NAMES)


@pytest.mark.published("DID-MPDTA")
def test_cohort_zero_is_never_where_no_period_can_be_zero(truth: Path):
    counties = mpdta(truth)
    zero = interaction_weighted_att(counties.fillna({"cohort": 0}), **NAMES)
    pd.testing.assert_frame_equal(zero.to_frame(), interaction_weighted_att(counties, **NAMES).to_frame())
    assert "309 units" in next(c for c in zero.checks if c.name == "never_coded_zero").detail


def test_checks_of_clusters(rng):
    data = panel(rng).assign(team=lambda d: d["unit"] // 4)
    status = {c.name: c.status for c in interaction_weighted_att(data, **NAMES, cluster="team").checks}
    assert (status["clusters"], status["few_clusters"]) == ("warn", "fail")
    many = {c.name: c.status for c in interaction_weighted_att(panel(rng, size=20), **NAMES).checks}
    assert (many["clusters"], many["few_clusters"]) == ("pass", "pass")


def test_order_types_and_people(rng):
    data = panel(rng)
    base = interaction_weighted_att(data, **NAMES, covariates=["x"])
    typed = data.sample(frac=1, random_state=1).assign(
        cohort=lambda d: d["cohort"].astype("Int64"), unit=lambda d: d["unit"].astype(str).astype("string")
    )
    other = interaction_weighted_att(typed, **NAMES, covariates=["x"])
    pd.testing.assert_frame_equal(other.to_frame(), base.to_frame(), rtol=1e-8)
    assert base.to_frame()["n_people"].isna().all()
    people = data.rename(columns={"unit": "moderator_id"})
    table = (
        interaction_weighted_att(people, **{**NAMES, "unit": "moderator_id"})
        .to_frame()
        .set_index("event_time")
    )
    assert table.loc[4.0, ["n_people", "n_people_total"]].tolist() == [8, 24]
    assert str(base).startswith("overall: ")


def test_a_covariate_that_does_not_change_is_undefined_with_a_note(rng):
    data = panel(rng).assign(fixed=lambda d: d["unit"] % 3)
    found = interaction_weighted_att(data, **NAMES, covariates=["fixed"])
    row = found.coefficients.get(term="fixed")
    assert np.isnan(row.estimate)
    assert row.note
    plain = interaction_weighted_att(data, **NAMES)
    assert found.table.get(term="overall").std_error == pytest.approx(
        plain.table.get(term="overall").std_error
    )


def test_bad_input_is_refused_in_words(rng):
    data = panel(rng)
    with pytest.raises(ValueError, match="changes within 1 `unit`"):
        interaction_weighted_att(data.assign(cohort=data["cohort"].where(data.index != 3, 7)), **NAMES)
    with pytest.raises(ValueError, match="same period"):
        interaction_weighted_att(data.assign(cohort=4), **NAMES)
    with pytest.raises(ValueError, match="in or before the first period"):
        interaction_weighted_att(data.assign(cohort=0), **NAMES)
    with pytest.raises(ValueError, match="not a whole number"):
        interaction_weighted_att(data.assign(cohort=data["cohort"] + 0.5), **NAMES)
    with pytest.raises(TypeError, match="holds dates"):
        interaction_weighted_att(data.assign(period=pd.Timestamp("2024-01-01")), **NAMES)
    with pytest.raises(ValueError, match="No cohort is trained"):
        interaction_weighted_att(data.assign(cohort=np.nan), **NAMES)
    with pytest.raises(ValueError, match="names the outcome"):
        interaction_weighted_att(data, **NAMES, covariates=["y"])
    with pytest.raises(KeyError, match="lacks"):
        interaction_weighted_att(data, **NAMES, covariates=["tenure"])
    with pytest.raises(ValueError, match="no rows"):
        interaction_weighted_att(data.head(0), **NAMES)


def test_cells_without_a_path_to_the_base_are_undefined(rng):
    """Units of one cohort seen only from its second trained period on tell of no effect, only of its change."""
    data = panel(rng)
    late = data["cohort"].eq(3) & data["period"].ge(4)
    base = data["cohort"].eq(3) & data["period"].lt(4)
    cut = data[~(late & data["unit"].lt(4)) & ~(base & data["unit"].between(4, 7))]
    table = interaction_weighted_att(cut, **NAMES).by_cohort.to_frame()
    third = table[table["cohort"] == 3].set_index("event_time")
    assert third.loc[[-3, -2, 0], "estimate"].notna().all()
    assert third.loc[[1, 2, 3, 4], "estimate"].isna().all()
    assert third.loc[1, "note"].startswith("not identified")
    missing = data.assign(y=data["y"].where(~(data["cohort"].eq(3) & data["period"].eq(2))))
    gone = interaction_weighted_att(missing, **NAMES)
    assert gone.by_cohort.to_frame().set_index("cohort").loc[3, "estimate"].isna().all()
    only = interaction_weighted_att(data[data["cohort"] != 3], **NAMES)
    assert gone.table.get(term="overall").estimate == pytest.approx(only.table.get(term="overall").estimate)
    assert any(c.name == "identified_cells" and c.status == "warn" for c in gone.checks)


def test_panels_that_skip_periods_take_the_last_one_before_training(rng):
    data = panel(rng)
    wide = data.assign(period=data["period"] * 5, cohort=data["cohort"] * 5)
    found, base = (interaction_weighted_att(d, **NAMES) for d in (wide, data))
    assert found.reference == -5
    assert found.table.get(term="overall").std_error == pytest.approx(
        base.table.get(term="overall").std_error
    )


def test_rows_of_few_treated_clusters_say_so(rng):
    one = pd.concat([panel(rng, starts=(3, np.inf)), panel(rng, starts=(5,), size=1).assign(unit=99)])
    table = interaction_weighted_att(one, **NAMES).by_cohort.to_frame().set_index("cohort")["note"]
    assert table.loc[5].str.startswith("fewer than 5 treated clusters (1)").all()
    assert (table.loc[3] == "").all()
