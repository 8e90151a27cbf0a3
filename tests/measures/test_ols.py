"""Least squares with robust and clustered errors: published values, algebra done the long way, edges."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from tne.measures.ols import clustered_ols


@pytest.fixture
def frame(rng: np.random.Generator) -> pd.DataFrame:
    team = np.sort(rng.integers(0, 7, 60))
    x = rng.normal(size=60) + 0.4 * team
    y = 1 + 0.5 * x + rng.normal(size=60) + rng.normal(size=7)[team]
    return pd.DataFrame(
        {"y": y, "x": x, "z": rng.normal(size=60), "team": team, "week": rng.integers(0, 6, 60)}
    )


@pytest.mark.parametrize(
    ("keywords", "published", "recomputed"),
    [
        ({"errors": "classical"}, 0.0286, 0.02858328779),
        ({"errors": "HC1"}, 0.0284, 0.02839516147),
        ({"cluster": "firm", "errors": "CR1"}, 0.0506, 0.05059572588),
        ({"cluster": "year", "errors": "CR1"}, 0.0334, 0.03338891341),
        ({"cluster": ("firm", "year"), "errors": "CR1"}, 0.0536, 0.05355802294),
        ({"cluster": "firm", "errors": "CR2"}, None, 0.05067776674),
    ],
    ids=["classical", "HC1", "firm", "year", "firm and year", "CR2"],
)
@pytest.mark.published("CLUSTER-PETERSEN")
def test_clustered_ols_matches_published_petersen(truth: Path, keywords, published, recomputed):
    """Petersen (2009), test data page: b = 1.0348 with these errors; ten digits by R sandwich (CR2 = its HC2)."""
    data = pd.read_csv(truth / "data" / "PetersenCL_sandwich.csv")
    x = clustered_ols(data, formula="y ~ x", **keywords).get(term="x")
    assert x.estimate == pytest.approx(1.03483343946, abs=5e-11)
    assert x.std_error == pytest.approx(recomputed, abs=5e-11)
    if published:
        assert x.std_error == pytest.approx(published, abs=5e-5)


def test_defaults_are_classical_and_cr1(frame: pd.DataFrame):
    for cluster, errors in ((None, "classical"), ("team", "CR1"), (("team", "week"), "CR1")):
        left = clustered_ols(frame, formula="y ~ x", cluster=cluster).to_frame()
        pd.testing.assert_frame_equal(
            left, clustered_ols(frame, formula="y ~ x", cluster=cluster, errors=errors).to_frame()
        )


@pytest.mark.parametrize("errors", ["classical", "HC1", "HC2", "HC3"])
def test_clustered_ols_equals_statsmodels(frame: pd.DataFrame, errors: str):
    ours = clustered_ols(frame, formula="y ~ x + C(team)", errors=errors).to_frame()
    kind = {"classical": "nonrobust"}.get(errors, errors)
    other = smf.ols("y ~ x + C(team)", frame).fit(cov_type=kind, use_t=True)
    ours = ours.set_index("term")
    for name in ("Intercept", "x"):
        assert ours.estimate[name] == pytest.approx(other.params[name], rel=1e-9)
        assert ours.std_error[name] == pytest.approx(other.bse[name], rel=1e-9)
        assert ours.p_value[name] == pytest.approx(other.pvalues[name], rel=1e-8)
        assert [ours.conf_low[name], ours.conf_high[name]] == pytest.approx(
            other.conf_int().loc[name].tolist(), rel=1e-8
        )


def _bell_mccaffrey(x: np.ndarray, y: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """CR2 and its Satterthwaite df the long way, with the n × n hat matrix (Bell and McCaffrey 2002)."""
    bread = np.linalg.inv(x.T @ x)
    hat = x @ bread @ x.T
    e, rest = y - hat @ y, np.eye(len(y)) - hat
    meat, columns = 0, []
    for g in np.unique(groups):
        s = groups == g
        value, vector = np.linalg.eigh(rest[np.ix_(s, s)])
        root = vector @ np.diag(value**-0.5) @ vector.T
        score = x[s].T @ root @ e[s]
        meat = meat + np.outer(score, score)
        columns.append(rest[:, s] @ root @ x[s] @ bread)
    df = []
    for k in range(x.shape[1]):
        p = np.column_stack([c[:, k] for c in columns])
        df.append(np.trace(p.T @ p) ** 2 / ((p.T @ p) ** 2).sum())
    return np.sqrt(np.diag(bread @ meat @ bread)), np.array(df)


@pytest.mark.parametrize("cluster", ["team", "row"])
def test_cr2_and_its_df_by_hand(frame: pd.DataFrame, cluster: str):
    frame = frame.assign(row=np.arange(len(frame)))
    ours = clustered_ols(frame, formula="y ~ x + z", cluster=cluster, errors="CR2").to_frame()
    x = np.column_stack([np.ones(len(frame)), frame.x, frame.z])
    std_error, df = _bell_mccaffrey(x, frame.y.to_numpy(), frame[cluster].to_numpy())
    assert ours.std_error.to_numpy() == pytest.approx(std_error, rel=1e-9)
    assert ours.df.to_numpy() == pytest.approx(df, rel=1e-9)


def test_cr2_of_single_rows_equals_hc2(frame: pd.DataFrame):
    frame = frame.assign(row=np.arange(len(frame)))
    one = clustered_ols(frame, formula="y ~ x", cluster="row", errors="CR2").to_frame()
    two = clustered_ols(frame, formula="y ~ x", errors="HC2").to_frame()
    assert one.std_error.to_numpy() == pytest.approx(two.std_error.to_numpy(), rel=1e-12)


def test_two_way_by_hand(frame: pd.DataFrame):
    """Cameron, Gelbach and Miller (2011): V(team) + V(week) − V(team and week)."""
    frame = frame.assign(both=frame.team * 100 + frame.week)
    v = {
        c: clustered_ols(frame, formula="y ~ x", cluster=c).get(term="x").std_error ** 2
        for c in ("team", "week", "both")
    }
    two = clustered_ols(frame, formula="y ~ x", cluster=("team", "week")).get(term="x")
    assert two.std_error**2 == pytest.approx(v["team"] + v["week"] - v["both"], rel=1e-9)
    assert two.df == min(frame.team.nunique(), frame.week.nunique()) - 1


def test_invariance_to_scale_order_and_index(frame: pd.DataFrame):
    keywords = {"formula": "y ~ x", "cluster": "team", "errors": "CR2"}
    base = clustered_ols(frame, **keywords).get(term="x")
    shuffled = frame.sample(frac=1, random_state=1).set_index("week", drop=False)
    assert clustered_ols(shuffled, formula="y ~ x", cluster="team", errors="CR2").get(
        term="x"
    ).df == pytest.approx(base.df)
    scaled = frame.assign(y=frame.y * 1e6 + 5, x=frame.x * 1e-6)
    other = clustered_ols(scaled, **keywords).get(term="x")
    assert (other.statistic, other.df) == pytest.approx((base.statistic, base.df), rel=1e-7)


def test_missing_rows_are_dropped_and_counted(frame: pd.DataFrame):
    holes = frame.assign(x=frame.x.where(frame.index % 3 > 0))
    result = clustered_ols(holes, formula="y ~ x", cluster="team")
    assert result.get(term="x").n == 40
    assert result.checks[0].status == "warn"
    assert "20 of 60" in result.checks[0].detail


def test_what_one_cluster_determines_has_no_error(frame: pd.DataFrame):
    result = clustered_ols(
        frame.assign(treated=frame.team == 3), formula="y ~ x + treated", cluster="team", errors="CR2"
    )
    alone = result.to_frame().set_index("term").filter(like="treated", axis=0).iloc[0]
    assert math.isnan(alone.std_error)
    assert "cluster alone" in alone.note
    assert result.get(term="x").std_error > 0
    single = clustered_ols(frame.assign(team=1), formula="y ~ x", cluster="team")
    assert single.to_frame().std_error.isna().all()


def test_exact_fit_has_no_test(frame: pd.DataFrame):
    x = clustered_ols(frame.assign(y=3 * frame.x), formula="y ~ x", errors="HC2").get(term="x")
    assert x.estimate == pytest.approx(3)
    assert x.std_error == 0
    assert math.isnan(x.p_value)
    assert x.note


def test_bad_input_is_refused_in_words(frame: pd.DataFrame):
    with pytest.raises(ValueError, match="needs `cluster`"):
        clustered_ols(frame, formula="y ~ x", errors="CR2")
    with pytest.raises(ValueError, match="ignores `cluster`"):
        clustered_ols(frame, formula="y ~ x", cluster="team", errors="HC1")
    with pytest.raises(ValueError, match="repeat"):
        clustered_ols(frame.assign(again=2 * frame.x), formula="y ~ x + again")
    with pytest.raises(ValueError, match="same column twice"):
        clustered_ols(frame, formula="y ~ x", cluster=("team", "team"))
    with pytest.raises(ValueError, match="missing"):
        clustered_ols(frame.assign(team=frame.team.where(frame.team > 2)), formula="y ~ x", cluster="team")
    with pytest.raises(KeyError, match="lacks"):
        clustered_ols(frame, formula="y ~ x", cluster="squad")
    with pytest.raises(ValueError, match="outcome"):
        clustered_ols(frame, formula="~ x")
    with pytest.raises(ValueError, match="rows cannot determine"):
        clustered_ols(frame.head(1), formula="y ~ x")


@pytest.mark.parametrize("kind", ["string", "str", "object", "category", "unused category"])
def test_any_text_gives_the_same_design(frame: pd.DataFrame, kind: str):
    named = frame.assign(site=frame["team"].map("site {}".format))
    base = clustered_ols(frame, formula="y ~ x + C(team)", cluster="week").to_frame()
    site = named["site"].astype(kind) if kind != "unused category" else pd.Categorical(
        named["site"], categories=["closed", *sorted(named["site"].unique())]
    )  # fmt: skip
    for formula in ("y ~ x + site", "y ~ x + C(site)"):
        found = clustered_ols(named.assign(site=site), formula=formula, cluster="week").to_frame()
        assert found["estimate"].to_numpy() == pytest.approx(base["estimate"].to_numpy(), rel=1e-9)
        assert found["std_error"].to_numpy() == pytest.approx(base["std_error"].to_numpy(), rel=1e-8)


def test_nullable_numbers_and_missing_text_are_left_out(frame: pd.DataFrame):
    holes = frame.assign(site=frame["team"].map("site {}".format), x=frame["x"].round().astype("Int64"))
    holes = holes.astype({"site": "string", "y": "Float64"})
    holes.loc[3, "site"] = pd.NA
    holes.loc[5, "x"] = pd.NA
    found = clustered_ols(holes, formula="y ~ x + site")
    plain = holes.drop(index=[3, 5]).astype({"x": float, "y": float, "site": object})
    other = smf.ols("y ~ x + site", plain).fit()
    assert found.get(term="x").estimate == pytest.approx(other.params["x"], rel=1e-9)
    assert found.get(term="x").n == len(plain)


def test_formulas_that_cannot_be_used_are_refused_in_words(frame: pd.DataFrame):
    with pytest.raises(ValueError, match="is no formula"):
        clustered_ols(frame, formula="y ~ x +")
    with pytest.raises(KeyError, match="lacks the columns tenure"):
        clustered_ols(frame, formula="y ~ tenure")
    with pytest.raises(ValueError, match="infinite or undefined in 1 row"):
        clustered_ols(frame.assign(x=frame["x"].where(frame.index > 0, np.inf)), formula="y ~ x")
    with pytest.raises(ValueError, match="No row has a value"):
        clustered_ols(frame.assign(x=np.nan), formula="y ~ x")
    with pytest.raises(ValueError, match="one numeric outcome"):
        clustered_ols(frame.assign(y=["good", "fair", "poor"] * 20), formula="y ~ x")
    with pytest.raises(ValueError, match="infinite or undefined in 60 rows"):
        clustered_ols(frame.assign(y=-1.0), formula="np.log(y) ~ x")
    with pytest.raises(ValueError, match="holds dates"):
        clustered_ols(frame.assign(x=pd.Timestamp("2026-01-01")), formula="y ~ x")
