"""The binomial mixed model: published fit, brute-force integrals, limits, separation, edges."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import integrate, optimize, special, stats

from tne.measures.mixed_logit import MixedLogit, mixed_logit

KEYS = {"successes": "ok", "trials": "n", "fixed": "trained", "random": "team"}


def audits(
    rng: np.random.Generator, teams: int = 24, sd: float = 0.5, effect: float = 0.4, size: int = 60
) -> pd.DataFrame:
    """Teams audited before and after: half of them trained."""
    frame = pd.DataFrame({"team": np.repeat(np.arange(teams), 2), "after": np.tile([0, 1], teams)})
    frame["trained"] = frame.after * (frame.team % 2)
    frame["n"] = rng.poisson(size, len(frame)) + 1
    eta = 1.2 + 0.1 * frame.after + effect * frame.trained + rng.normal(0, 1, teams)[frame.team] * sd
    frame["ok"] = rng.binomial(frame.n, special.expit(eta))
    return frame


def fixed(result: MixedLogit, column: str = "estimate") -> np.ndarray:
    return result.to_frame().query("group == 'fixed'")[column].to_numpy()


def status(result: MixedLogit, name: str) -> str:
    return {check.name: check.status for check in result.checks}[name]


@pytest.mark.published("MIX-CBPP-GLMM")
def test_laplace_matches_published_cbpp(truth: Path):
    """Bates and others, lme4, help page of cbpp (Lesnoff and others 2004); further digits from cases.json."""
    data = pd.read_csv(truth / "data" / "cbpp_lme4.csv")
    found = mixed_logit(data, successes="incidence", trials="size", fixed="C(period)", random="herd")
    assert fixed(found) == pytest.approx([-1.398342864, -0.991924975, -1.128216216, -1.579745414], abs=1e-4)
    errors = [0.2312140481, 0.3031506445, 0.3228301532, 0.4220491594]
    assert fixed(found, "std_error") == pytest.approx(errors, abs=1e-4)
    assert found.sd["herd"] == pytest.approx(0.6420699277, abs=1e-4)
    assert found.log_likelihood == pytest.approx(-92.02656639, abs=1e-5)
    assert found.to_frame().term.tolist()[-1] == "C(period)[T.4]"


SEEDS = pd.DataFrame(
    {
        "ok": [10, 23, 23, 26, 17, 5, 53, 55, 32, 46, 10, 8, 10, 8, 23, 0, 3, 22, 15, 32, 3],
        "n": [39, 62, 81, 51, 39, 6, 74, 72, 51, 79, 13, 16, 30, 28, 45, 4, 12, 41, 30, 51, 7],
        "seed": [0] * 11 + [1] * 10,
        "extract": [0] * 5 + [1] * 6 + [0] * 5 + [1] * 5,
        "plate": range(21),
    }
)


def test_quadrature_matches_published_seeds():
    """Crowder (1978), Appl. Statist. 27:34, germination on 21 plates; maximum likelihood as printed in
    Spiegelhalter and others (1996), BUGS examples volume 1, Seeds."""
    keys = {"successes": "ok", "trials": "n", "random": "plate"}
    found = mixed_logit(SEEDS, fixed="seed * extract", quadrature_points=20, **keys)
    assert fixed(found) == pytest.approx([-0.548, 0.097, 1.337, -0.811], abs=1e-3)
    assert fixed(found, "std_error") == pytest.approx([0.167, 0.278, 0.237, 0.385], abs=1e-3)
    assert found.sd["plate"] == pytest.approx(0.236, abs=1e-3)


def test_laplace_equals_lme4_on_seeds():
    """R 4.2.2, lme4 1.1-31: glmer(cbind(ok, n - ok) ~ seed * extract + (1 | plate), family = binomial)."""
    keys = {"successes": "ok", "trials": "n", "random": "plate"}
    found = mixed_logit(SEEDS, fixed="seed * extract", **keys)
    assert fixed(found) == pytest.approx([-0.548484, 0.097426, 1.336811, -0.810041], abs=5e-5)
    assert fixed(found, "std_error") == pytest.approx([0.166083, 0.277357, 0.236178, 0.384174], abs=5e-5)
    assert found.sd["plate"] == pytest.approx(0.234580, abs=5e-5)
    assert found.log_likelihood == pytest.approx(-53.769572, abs=1e-5)


GRID = np.linspace(-9, 9, 3601)


def brute_force(data: pd.DataFrame, x: np.ndarray, b: np.ndarray, sd: float) -> float:
    """Log-likelihood: each team's integral over the density itself, by the trapezoidal rule on 3,601 points."""
    share = special.expit((x @ b)[:, None] + sd * GRID)
    rows = stats.binom.logpmf(data.ok.to_numpy()[:, None], data.n.to_numpy()[:, None], share)
    total = 0.0
    for team in data.team.unique():
        inside = np.exp(rows[(data.team == team).to_numpy()].sum(axis=0)) * stats.norm.pdf(GRID)
        total += math.log(integrate.trapezoid(inside, GRID))
    return total


def test_quadrature_equals_the_integral_itself(rng: np.random.Generator):
    """The reported likelihood is the integral at the reported values, and no step away from them raises it."""
    data = audits(rng, teams=8, sd=0.9, size=12)
    found = mixed_logit(data, quadrature_points=25, **KEYS)
    x = np.column_stack([np.ones(len(data)), data.trained])
    b, sd = fixed(found), found.sd["team"]
    best = brute_force(data, x, b, sd)
    assert found.log_likelihood == pytest.approx(best, abs=1e-6)
    for step in np.eye(3) * 0.01:
        for sign in (-1, 1):
            assert brute_force(data, x, b + sign * step[:2], sd + sign * step[2]) < best


def test_standard_errors_and_limits_equal_those_of_the_integral(rng: np.random.Generator):
    """Curvature by hand over coefficients and SD; at the SD's limit the profile has fallen by half a chi-square."""
    data = audits(rng, teams=8, sd=0.9, size=12)
    found = mixed_logit(data, quadrature_points=25, **KEYS)
    x = np.column_stack([np.ones(len(data)), data.trained])
    at = np.append(fixed(found), found.sd["team"])

    def f(v: np.ndarray) -> float:
        return -brute_force(data, x, v[:2], v[2])

    h, e = 0.02, np.eye(3) * 0.02
    hessian = [
        [
            (f(at + e[i] + e[j]) - f(at + e[i] - e[j]) - f(at - e[i] + e[j]) + f(at - e[i] - e[j]))
            / (4 * h * h)
            for j in range(3)
        ]
        for i in range(3)
    ]
    errors = np.sqrt(np.diag(np.linalg.inv(hessian)))
    assert fixed(found, "std_error") == pytest.approx(errors[:2], rel=5e-3)
    row = found.estimates.get(group="team", term="sd")
    assert row.std_error == pytest.approx(errors[2], rel=5e-3)
    for limit in (row.conf_low, row.conf_high):
        held = optimize.minimize(lambda b, s=limit: f(np.append(b, s)), at[:2], method="Nelder-Mead")
        assert 2 * (held.fun - f(at)) == pytest.approx(stats.chi2.ppf(0.95, 1), abs=0.01)


def test_more_points_settle_and_laplace_is_near(rng: np.random.Generator):
    data = audits(rng)
    nine, many = (mixed_logit(data, quadrature_points=q, **KEYS) for q in (9, 40))
    assert nine.log_likelihood == pytest.approx(many.log_likelihood, abs=1e-6)
    laplace = mixed_logit(data, **KEYS)
    assert np.abs(fixed(laplace) - fixed(many)).max() < 0.02 * fixed(many, "std_error").max()
    assert laplace.sd["team"] == pytest.approx(many.sd["team"], rel=0.02)


def test_zero_variance_equals_statsmodels_glm(rng: np.random.Generator):
    """Teams of equal shares: the SD is 0 and the model is the plain logit."""
    data = audits(rng, teams=10, sd=0.0).assign(n=40)
    data["ok"] = 30 + 3 * data.trained + data.team % 3
    found = mixed_logit(data, **KEYS)
    row = found.estimates.get(group="team", term="sd")
    assert (row.estimate, row.conf_low) == (0, 0)
    assert row.conf_high > 0
    assert math.isnan(row.std_error)
    assert "estimated as 0" in row.note
    assert "estimated as 0" in {c.name: c.detail for c in found.checks}["singular"]
    other = smf.glm("ok + I(n - ok) ~ trained", data, family=sm.families.Binomial()).fit()
    assert fixed(found) == pytest.approx(other.params.to_numpy(), abs=1e-6)
    assert fixed(found, "std_error") == pytest.approx(other.bse.to_numpy(), rel=1e-5)
    assert fixed(found, "p_value") == pytest.approx(other.pvalues.to_numpy(), rel=1e-3)
    assert found.log_likelihood == pytest.approx(other.llf, abs=1e-8)


def test_crossed_laplace_by_hand(rng: np.random.Generator):
    """Two crossed groupings: the reported likelihood is the mode's height plus half the log determinant, at the end of
    a search by another program over a dense matrix."""
    cells = pd.MultiIndex.from_product([range(7), range(5)])
    data = pd.DataFrame(list(cells), columns=["team", "auditor"]).assign(n=30)
    data["trained"] = rng.integers(0, 2, len(data))
    eta = 1 + 0.5 * data.trained + rng.normal(0, 0.6, 7)[data.team] + rng.normal(0, 0.8, 5)[data.auditor]
    data["ok"] = rng.binomial(data.n, special.expit(eta))
    found = mixed_logit(data, **(KEYS | {"random": ("team", "auditor")}))
    x = np.column_stack([np.ones(35), data.trained])
    z = np.column_stack([np.eye(7)[data.team], np.eye(5)[data.auditor]])
    y, n = data.ok.to_numpy(), data.n.to_numpy()

    def minus(v: np.ndarray) -> float:
        zl = z * np.repeat(v[:2], [7, 5])

        def height(u: np.ndarray) -> float:
            return -stats.binom.logpmf(y, n, special.expit(x @ v[2:] + zl @ u)).sum() + u @ u / 2

        def slope(u: np.ndarray) -> np.ndarray:
            return -zl.T @ (y - n * special.expit(x @ v[2:] + zl @ u)) + u

        mode = optimize.minimize(height, np.zeros(12), jac=slope, method="BFGS", options={"gtol": 1e-9})
        share = special.expit(x @ v[2:] + zl @ mode.x)
        return (
            mode.fun + np.linalg.slogdet(zl.T @ (zl * (n * share * (1 - share))[:, None]) + np.eye(12))[1] / 2
        )

    best = optimize.minimize(
        minus, [0.5, 0.5, 1, 0.5], method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-8}
    )
    assert found.log_likelihood == pytest.approx(
        -best.fun, abs=2e-3
    )  # lme4's weights are a step behind the mode
    assert fixed(found) == pytest.approx(best.x[2:], abs=5e-3)
    assert found.sd.to_numpy() == pytest.approx(best.x[:2], abs=5e-3)


def test_rows_may_be_counts_or_single_decisions(rng: np.random.Generator):
    """The same data row by row: same coefficients; the likelihood differs by the binomial coefficients."""
    data = audits(rng, teams=8, size=20)
    single = data.loc[data.index.repeat(data.n)].reset_index(drop=True)
    single["hit"] = (single.groupby(["team", "after"]).cumcount() < single.ok).astype(int)
    one = mixed_logit(data, **KEYS)
    two = mixed_logit(single.assign(one=1), **(KEYS | {"successes": "hit", "trials": "one"}))
    assert fixed(two) == pytest.approx(fixed(one), abs=1e-5)
    assert fixed(two, "std_error") == pytest.approx(fixed(one, "std_error"), rel=1e-4)
    lost = np.log(special.comb(data.n, data.ok)).sum()
    assert one.log_likelihood - two.log_likelihood == pytest.approx(lost, abs=1e-5)


def test_failures_mirror_successes(rng: np.random.Generator):
    data = audits(rng)
    one, two = mixed_logit(data, **KEYS), mixed_logit(data.assign(ok=data.n - data.ok), **KEYS)
    assert fixed(two) == pytest.approx(-fixed(one), abs=1e-5)
    assert two.sd["team"] == pytest.approx(one.sd["team"], rel=1e-4)
    assert two.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-6)


def test_invariance_to_order_labels_and_scale(rng: np.random.Generator):
    data = audits(rng)
    data["tenure"] = rng.normal(30, 10, len(data))
    keys = KEYS | {"fixed": "trained + tenure"}
    one = mixed_logit(data, **keys)
    moved = data.assign(team="T" + data.team.astype(str), tenure=data.tenure * 1000).sample(
        frac=1, random_state=1
    )
    two = mixed_logit(moved, **keys)
    assert fixed(two) * [1, 1, 1000] == pytest.approx(fixed(one), abs=1e-5)
    assert two.to_frame().conf_high[0] == pytest.approx(one.to_frame().conf_high[0], rel=1e-3)


def test_separation_is_said_and_takes_only_its_rows(rng: np.random.Generator):
    data = audits(rng, teams=12).assign(period="early")
    third = data.assign(period="third", ok=data.n)
    both = pd.concat([data, third], ignore_index=True)
    found = mixed_logit(both, **(KEYS | {"fixed": "trained + C(period)"}))
    lost = found.estimates.get(group="fixed", term="C(period)[T.third]")
    assert math.isnan(lost.estimate)
    assert "no finite estimate" in lost.note
    assert status(found, "separation") == "warn"
    alone = mixed_logit(data, **KEYS)
    assert status(alone, "separation") == "pass"
    assert fixed(found)[:2] == pytest.approx(fixed(alone), abs=1e-5)
    every = mixed_logit(data.assign(ok=data.n), **KEYS)
    assert every.to_frame().estimate.isna().all()
    assert status(every, "separation") == "fail"
    none = mixed_logit(data.assign(ok=0), **KEYS)
    assert (none.to_frame().note != "").all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.assign(team=1), "one level"),
        (lambda d: d.head(0), "too few rows"),
        (lambda d: d.assign(n=0, ok=0), "too few rows"),
        (lambda d: d.assign(n=1, ok=d.ok % 2, team=range(len(d))), "one decision per level"),
        (lambda d: d.assign(ok=np.nan), "too few rows"),
    ],
)
def test_what_cannot_be_told_is_nan_with_a_note(rng: np.random.Generator, change, said: str):
    found = mixed_logit(change(audits(rng)), **KEYS)
    assert found.to_frame().estimate.isna().all()
    assert found.to_frame().note.str.contains(said).all()
    assert math.isnan(found.log_likelihood)
    assert str(found)


def test_checks_speak_and_stay_silent(rng: np.random.Generator):
    good = mixed_logit(audits(rng).assign(n_people=9), **KEYS)
    for name in ("few_groups", "missing", "separation", "singular", "convergence"):
        assert status(good, name) == "pass"
    assert good.to_frame().n_people.eq(9).all()
    few = audits(rng, teams=4)
    few.loc[0, "ok"] = np.nan
    bad = mixed_logit(few, **KEYS)
    assert status(bad, "few_groups") == "warn"
    assert status(bad, "missing") == "warn"


def test_levels_that_are_all_or_none_have_no_finite_variance():
    data = pd.DataFrame({"ok": [9, 8, 0, 0] * 3, "n": [9, 8, 9, 8] * 3, "team": np.repeat(range(6), 2)})
    found = mixed_logit(data, **(KEYS | {"fixed": "1"}))
    assert found.to_frame().estimate.isna().all()
    assert (found.to_frame().note != "").all()
    assert status(found, "convergence") == "fail"


def test_an_upper_limit_that_few_trials_cannot_give_is_nan_with_a_note():
    data = pd.DataFrame({"ok": [1, 0, 1, 1, 0, 1], "n": 2, "team": list("aabbcc")})
    row = mixed_logit(data, **(KEYS | {"fixed": "1"})).estimates.get(group="team", term="sd")
    assert np.isfinite(row.conf_high) or "upper limit" in row.note


def test_three_counts_get_an_answer_or_a_note():
    data = pd.DataFrame({"ok": [3, 4, 1], "n": [5, 5, 5], "team": ["a", "b", "c"]})
    table = mixed_logit(data, **(KEYS | {"fixed": "1"})).to_frame()
    assert (table.estimate.notna() | (table.note != "")).all()


def test_bad_input_is_refused_in_words(rng: np.random.Generator):
    data = audits(rng)
    with pytest.raises(KeyError, match="lacks the columns site"):
        mixed_logit(data, **(KEYS | {"random": "site"}))
    with pytest.raises(ValueError, match="exceeds"):
        mixed_logit(data.assign(ok=data.n + 1), **KEYS)
    with pytest.raises(ValueError, match="whole numbers"):
        mixed_logit(data.assign(ok=data.ok / data.n), **KEYS)
    with pytest.raises(ValueError, match="whole numbers"):
        mixed_logit(data.assign(ok=-1), **KEYS)
    with pytest.raises(ValueError, match="one grouping"):
        mixed_logit(data, quadrature_points=9, **(KEYS | {"random": ("team", "after")}))
    with pytest.raises(ValueError, match="intercepts only"):
        mixed_logit(data, **(KEYS | {"random": "after | team"}))
    for points in (0, 101, 9.0):
        with pytest.raises(ValueError, match="quadrature_points"):
            mixed_logit(data, quadrature_points=points, **KEYS)
    with pytest.raises(TypeError, match="not numeric"):
        mixed_logit(data.assign(ok="many"), **KEYS)
