"""Item response models: published values, other programs, integrals by hand, invariances, edges, checks.

Numbers of R's ltm are for its 21-point Gauss-Hermite rule, the default of short tests. On five items it agrees with
the exact integral; on 20 they differ by 0.016 in the log-likelihood.
"""

import math
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, optimize, stats
from scipy.special import expit

from tne.measures.irt import FEWEST_PEOPLE, irt
from tne.measures.irt_likelihood import curvature, grid, log_likelihood, step_for
from tne.measures.irt_responses import patterns, responses

# People with each of the patterns 00000, 00001, … 11111 (Bock and Lieberman 1970, Psychometrika 35:179-197)
LSAT6 = [
    3, 6, 2, 11, 1, 1, 3, 4, 1, 8, 0, 16, 0, 3, 2, 15,
    10, 29, 14, 81, 3, 28, 15, 80, 16, 56, 21, 173, 11, 61, 28, 298,
]  # fmt: skip
LSAT7 = [
    12, 19, 1, 7, 3, 19, 3, 17, 10, 5, 3, 7, 7, 23, 8, 28,
    7, 39, 11, 34, 14, 51, 15, 90, 6, 25, 7, 35, 18, 136, 32, 308,
]  # fmt: skip


def people_of(counts: list[int]) -> pd.DataFrame:
    rows = [[int(c) for c in f"{pattern:05b}"] for pattern, n in enumerate(counts) for _ in range(n)]
    return pd.DataFrame(rows, columns=[f"Item {j}" for j in range(1, 6)])


def draw(rng: np.random.Generator, n: int, a, b) -> pd.DataFrame:
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    right = rng.random((n, len(b))) < expit(a * (rng.normal(size=(n, 1)) - b))
    return pd.DataFrame(right.astype(int), columns=[f"q{j + 1}" for j in range(len(b))])


def check(result, name: str):
    return next(c for c in result.checks if c.name == name)


@pytest.mark.published("IRT-LSAT6")
def test_lsat6_matches_published_numbers():
    """R ltm 1.2-0, summaries of rasch() and ltm(); Rizopoulos (2006), J. Stat. Software 17(5)."""
    data = people_of(LSAT6)
    assert len(data) == 1000
    one, common, two = (irt(data, model=m) for m in ("Rasch", "1PL", "2PL"))
    assert one.log_likelihood == pytest.approx(-2473.0538, abs=0.005)
    assert one.items["difficulty"].tolist() == pytest.approx(
        [-2.87197, -1.06303, -0.25761, -1.38806, -2.21878], abs=0.005
    )
    assert common.log_likelihood == pytest.approx(-2466.938, abs=0.005)
    assert common.items["difficulty"].tolist() == pytest.approx(
        [-3.6153, -1.3224, -0.3176, -1.7301, -2.7802], abs=0.005
    )
    assert common.items["difficulty_se"].tolist() == pytest.approx(
        [0.3266, 0.1422, 0.0977, 0.1691, 0.251], abs=0.005
    )
    assert common.items["discrimination"].tolist() == pytest.approx([0.7551] * 5, abs=0.005)
    assert common.items["discrimination_se"].tolist() == pytest.approx([0.0694] * 5, abs=0.005)
    assert two.log_likelihood == pytest.approx(-2466.65, abs=0.005)
    assert two.items["discrimination"].tolist() == pytest.approx(
        [0.82537, 0.72295, 0.89047, 0.68855, 0.65745], abs=0.005
    )
    assert two.items["difficulty"].tolist() == pytest.approx(
        [-3.35973, -1.36965, -0.2799, -1.86592, -3.12357], abs=0.005
    )
    assert two.items["discrimination_se"].tolist() == pytest.approx(
        [0.258064, 0.186706, 0.232617, 0.185166, 0.210005], abs=0.005
    )
    test = common.compare(two)
    assert (test.statistic, test.df, test.p_value) == pytest.approx((0.57, 4, 0.967), abs=0.005)


@pytest.mark.published("IRT-LSAT6")
def test_lsat6_file_is_the_table(truth: Path):
    """The file of the R package ltm holds the published table, person by person."""
    data = pd.read_csv(truth / "data" / "LSAT_ltm.csv")
    assert irt(data, model="2PL").log_likelihood == pytest.approx(
        irt(people_of(LSAT6), model="2PL").log_likelihood, abs=1e-9
    )


def test_lsat7_matches_published_numbers():
    """Bock and Lieberman (1970), section 7; R mirt, first example: log-likelihood −2658.805, slopes, intercepts."""
    result = irt(people_of(LSAT7), model="2PL")
    assert result.log_likelihood == pytest.approx(-2658.805, abs=0.0006)
    a, b = result.items["discrimination"], result.items["difficulty"]
    assert a.tolist() == pytest.approx([0.988, 1.081, 1.706, 0.765, 0.736], abs=0.003)
    assert (-a * b).tolist() == pytest.approx([1.856, 0.808, 1.804, 0.486, 1.854], abs=0.003)


def test_lsat7_matches_published_tests_of_mirt():
    """R mirt, tests/testthat/test-01-mirtOne.R: intervals of slopes, EAP, ML and empirical reliability of LSAT7."""
    data = people_of(LSAT7)
    two, common = (irt(data, model=m) for m in ("2PL", "1PL"))
    table = two.to_frame().query("term == 'discrimination'")
    assert table["conf_low"].tolist() == pytest.approx([0.6406, 0.7501, 1.0779, 0.5022, 0.4395], abs=0.005)
    assert table["conf_high"].tolist() == pytest.approx([1.3354, 1.4119, 2.334, 1.028, 1.032], abs=0.005)
    first = [0, 12, 31, 32, 39, 42]  # one person of each of the first six patterns
    assert two.abilities()["ability"].iloc[first].tolist() == pytest.approx(
        [-1.8665957, -1.5266920, -1.5134024, -1.1852276, -1.0946830, -0.7666992], abs=0.01
    )
    assert common.items["discrimination"].iloc[0] == pytest.approx(1.011, abs=0.001)
    intercepts = -common.items["discrimination"] * common.items["difficulty"]
    assert intercepts.tolist() == pytest.approx([1.868, 0.791, 1.461, 0.521, 1.993], abs=0.001)
    assert common.abilities(kind="ML")["ability"].iloc[[12, 33, 39]].tolist() == pytest.approx(
        [-2.783489, -1.750890, -2.783489], abs=0.01
    )
    gaps = data.astype(float)
    gaps.iloc[0, 0] = gaps.iloc[1, 1] = np.nan
    assert irt(gaps, model="2PL").items["discrimination"].tolist() == pytest.approx(
        [0.969, 1.074, 1.717, 0.763, 0.731], abs=0.003
    )


def test_abortion_matches_published_numbers():
    """British Social Attitudes 1986, 379 people, 4 items (R ltm, data Abortion): summary(ltm()) and EAP scores.

    Slopes of 4 to 6 place people more narrowly than 21 points stand apart, so the numbers are those of that rule.
    """
    counts = {"0000": 103, "0001": 13, "0010": 10, "0011": 21, "0100": 9, "0101": 6, "0110": 7, "0111": 44,
              "1000": 1, "1011": 6, "1100": 3, "1101": 3, "1110": 12, "1111": 141}  # fmt: skip
    rows = [[int(c) for c in pattern] for pattern, n in counts.items() for _ in range(n)]
    result = irt(pd.DataFrame(rows), model="2PL")
    assert (result.log_likelihood, result.aic, result.bic) == pytest.approx(
        (-706.3369, 1428.674, 1460.174), abs=0.0006
    )
    items = result.items
    assert items["difficulty"].tolist() == pytest.approx([0.1697, -0.2362, -0.3428, -0.3165], abs=2e-4)
    assert items["difficulty_se"].tolist() == pytest.approx([0.0659, 0.0618, 0.0671, 0.0654], abs=2e-4)
    assert items["discrimination"].tolist() == pytest.approx([4.4532, 4.3226, 5.6639, 3.6254], abs=2e-3)
    assert items["discrimination_se"].tolist() == pytest.approx([1.0245, 0.6824, 0.9957, 0.5570], abs=2e-3)
    scores = result.abilities().groupby(np.repeat(list(counts), list(counts.values()))).first()
    assert scores["ability"].tolist() == pytest.approx(
        [-1.163, -0.643, -0.449, -0.085, -0.585, -0.188, -0.048, 0.121, -0.573, 0.131, -0.118, 0.047, 0.199, 0.961],
        abs=1.1e-3,
    )  # fmt: skip
    assert scores["std_error"].tolist() == pytest.approx(
        [0.550, 0.285, 0.337, 0.244, 0.297, 0.310, 0.214, 0.280, 0.301, 0.288, 0.270, 0.216, 0.334, 0.602],
        abs=1.1e-3,
    )  # fmt: skip
    exact = irt(pd.DataFrame(rows), model="2PL", quadrature_points="exact")
    with pytest.raises(ValueError, match="different quadratures"):
        irt(pd.DataFrame(rows), model="1PL").compare(exact)


@pytest.mark.published("IRT-HCI651")
def test_concept_inventory_matches_published_numbers(truth: Path):
    """R ltm 1.2-0 (21 Gauss-Hermite points) on the HCI data of ShinyItemAnalysis, 651 people, 20 items."""
    data = pd.read_csv(truth / "data" / "HCI_ShinyItemAnalysis.csv").iloc[:, :20]
    two, common = (irt(data, model=m) for m in ("2PL", "1PL"))
    assert two.log_likelihood == pytest.approx(-7526.733, abs=0.01)
    assert common.log_likelihood == pytest.approx(-7618.2124, abs=0.01)
    assert common.items["discrimination"].iloc[0] == pytest.approx(0.81786881, abs=0.01)
    items = two.items.set_index("item")
    assert items.loc["Item.17", "discrimination"] == pytest.approx(0.10488428, abs=0.01)
    assert items.loc["Item.18", ["discrimination", "difficulty"]].tolist() == pytest.approx(
        [1.83657619, -1.15204358], abs=0.01
    )
    assert "Item.17" in check(two, "discrimination").detail
    # the exact integral moves the log-likelihood, not the items
    exact = irt(data, model="2PL", quadrature_points="exact")
    assert exact.log_likelihood == pytest.approx(-7526.749, abs=0.002)
    assert irt(data, model="2PL", quadrature_points=121).log_likelihood == pytest.approx(
        exact.log_likelihood, abs=1e-4
    )
    assert exact.items["discrimination"].tolist() == pytest.approx(
        two.items["discrimination"].tolist(), abs=0.01
    )
    assert irt(data, model="1PL").log_likelihood == pytest.approx(-7618.2124, abs=0.01)


def test_missing_answers_equal_mirt():
    """Python mirt 1.2.0, fit_mirt(model="2PL", n_quadpts=121, tol=1e-7) on these simulated answers, a fifth missing."""
    rng = np.random.default_rng(5)
    a, b, theta = rng.lognormal(0.1, 0.3, 15), rng.uniform(-2, 1, 15), rng.normal(size=800)
    right = (rng.random((800, 15)) < 1 / (1 + np.exp(-a * (theta[:, None] - b)))).astype(float)
    answers = pd.DataFrame(right).mask(rng.random(right.shape) < 0.2)
    result = irt(answers, model="2PL", quadrature_points="exact")
    assert result.log_likelihood == pytest.approx(-5279.008119405517, abs=1e-4)
    items = result.items.iloc[:4]
    assert items["discrimination"].tolist() == pytest.approx(
        [0.78606824, 0.73696482, 1.32968642, 1.21493608], abs=1e-4
    )
    assert items["difficulty"].tolist() == pytest.approx(
        [0.82146383, -0.78402288, -0.45778578, 0.04655683], abs=1e-4
    )
    assert items["discrimination_se"].tolist() == pytest.approx(
        [0.12311371, 0.12107797, 0.17087947, 0.15660161], rel=1e-3
    )


def test_log_likelihood_by_hand(rng: np.random.Generator):
    """Each person's integral over ability by adaptive quadrature, steep and flat items mixed."""
    a = np.array([0.1, 1, 4, 9, 2, -1.5])
    d = -a * np.array([0, -1, 0.3, 0.5, 1, -2])
    data = draw(rng, 25, a, -d / a).mask(rng.random((25, 6)) < 0.1)

    def person(row: np.ndarray) -> float:
        known = ~np.isnan(row)
        sign = np.where(row[known] == 1, 1, -1)

        def density(t: float) -> float:
            return stats.norm.pdf(t) * np.prod(expit(sign * (a[known] * t + d[known])))

        return sum(integrate.quad(density, x, y)[0] for x, y in pairwise(np.linspace(-9, 9, 19)))

    by_hand = sum(math.log(person(row)) for row in data.to_numpy(dtype=float))
    answers = responses(data)
    found = patterns(answers.correct, answers.answered)
    assert log_likelihood(found, a, d, *grid(step_for(a, d))) == pytest.approx(by_hand, abs=1e-6)


@pytest.mark.parametrize("missing", [0.0, 0.3, "forms"])
def test_derivatives_by_hand(rng: np.random.Generator, missing):
    """Gradient and Hessian against differences of the log-likelihood and of the gradient."""
    data = draw(rng, 400, [1, 2, 0.5, -1], [0, 1, -1, 0.5])
    if missing == "forms":
        data.iloc[:150, 0] = data.iloc[150:300, 2] = np.nan
    elif missing:
        data = data.mask(rng.random(data.shape) < missing)
    answers = responses(data)
    found = patterns(answers.correct, answers.answered)
    nodes, weights = grid(0.5) if missing == 0.3 else grid(0.2)
    at = rng.normal(size=8)
    here = curvature(found, at[:4], at[4:], nodes, weights)
    assert here.value == pytest.approx(log_likelihood(found, at[:4], at[4:], nodes, weights), abs=1e-9)
    value = lambda x: log_likelihood(found, x[:4], x[4:], nodes, weights)  # noqa: E731
    slope = lambda x: curvature(found, x[:4], x[4:], nodes, weights).gradient  # noqa: E731
    assert here.gradient == pytest.approx(optimize.approx_fprime(at, value, 1e-6), abs=2e-2)
    step = 1e-5 * np.eye(8)
    differenced = np.array([(slope(at + s) - slope(at - s)) / 2e-5 for s in step])
    assert here.hessian == pytest.approx(differenced, abs=1e-4)


def test_many_forms_equal_few_nodes(rng: np.random.Generator):
    """The two ways to sum over forms, one by one or node by node, give the same Hessian."""
    answers = responses(
        draw(rng, 600, [1, 2, 0.5, 1, 1, 1, 1, 1], np.zeros(8)).mask(rng.random((600, 8)) < 0.3)
    )
    found = patterns(answers.correct, answers.answered)
    assert len(found.forms) > 40
    a, d = np.linspace(0.5, 2, 8), np.linspace(-1, 1, 8)
    by_node, by_form = (curvature(found, a, d, *grid(step)).hessian for step in (0.25, 0.02))
    assert by_node == pytest.approx(by_form, rel=1e-6, abs=1e-6)


def test_abilities_by_hand():
    """Posterior mean and SD by quadrature; maximum likelihood and Warm's estimate by a search, LSAT6."""
    result = irt(people_of(LSAT6), model="2PL")
    a, d = result.fit.slopes, result.fit.intercepts
    x = people_of(LSAT6).iloc[200].to_numpy()
    like = lambda t: float(np.prod(expit(np.where(x == 1, 1, -1) * (a * t + d))))  # noqa: E731
    moment = [integrate.quad(lambda t, k=k: t**k * like(t) * stats.norm.pdf(t), -9, 9)[0] for k in (0, 1, 2)]
    mean = moment[1] / moment[0]
    eap = result.abilities().iloc[200]
    assert (eap["ability"], eap["std_error"]) == pytest.approx(
        (mean, math.sqrt(moment[2] / moment[0] - mean**2)), abs=1e-6
    )
    known = lambda t: float((a**2 * expit(a * t + d) * expit(-a * t - d)).sum())  # noqa: E731
    for kind, height in (("ML", like), ("WLE", lambda t: like(t) * math.sqrt(known(t)))):
        best = optimize.minimize_scalar(
            lambda t, h=height: -math.log(h(t)), bounds=(-8, 8), method="bounded"
        ).x
        row = result.abilities(kind=kind).iloc[200]
        assert (row["ability"], row["std_error"]) == pytest.approx((best, known(best) ** -0.5), abs=1e-4)
    told = result.information([-1.0, 2.0])
    assert told["information"].tolist() == pytest.approx([known(-1.0), known(2.0)])
    assert told["std_error"].tolist() == pytest.approx([known(-1.0) ** -0.5, known(2.0) ** -0.5])
    table = result.abilities()
    between, within = table["ability"].var(), (table["std_error"] ** 2).mean()
    assert result.reliability == pytest.approx(between / (between + within))


def test_perfect_scores_have_no_maximum_but_a_posterior():
    result = irt(people_of(LSAT6), model="2PL")
    ml, wle, eap = (result.abilities(kind=kind).iloc[-1] for kind in ("ML", "WLE", "EAP"))
    assert math.isnan(ml["ability"])
    assert "no finite maximum" in ml["note"]
    assert math.isfinite(wle["ability"])
    assert 0 < eap["ability"] < wle["ability"]


def test_abilities_keep_the_index(rng: np.random.Generator):
    data = draw(rng, 60, np.ones(5), np.zeros(5)).astype(float)
    data.index = pd.Index([f"p{i}" for i in range(60)], name="moderator_id")
    data.iloc[3] = np.nan
    table = irt(data, model="Rasch").abilities()
    assert table["moderator_id"].tolist() == data.index.tolist()
    assert math.isnan(table["ability"].iloc[3])
    assert table["note"].iloc[3]
    assert (table["n_answers"].iloc[3], table["n_answers"].iloc[4]) == (0, 5)
    assert irt(data, model="Rasch").n_people == 59


def test_order_and_unanswered_items_change_nothing(rng: np.random.Generator):
    data = draw(rng, 300, [1, 2, 0.7, 1.4], [0, 1, -1, 0.5])
    whole = irt(data, model="2PL")
    mixed = irt(data.sample(frac=1, random_state=1)[["q3", "q1", "q4", "q2"]].assign(q9=np.nan), model="2PL")
    assert mixed.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-7)
    both = mixed.items.set_index("item").loc[list(data), ["discrimination", "difficulty"]]
    assert both.to_numpy() == pytest.approx(
        whole.items[["discrimination", "difficulty"]].to_numpy(), abs=1e-4
    )


def test_a_wrong_key_turns_the_slope_round(rng: np.random.Generator):
    """Scoring an item the other way round mirrors its slope, keeps its difficulty and is named."""
    data = draw(rng, 800, [1.2, 1.5, 1, 1.3, 0.9, 1.1], [0, 0.5, -1, -0.5, 0.3, 0])
    right, wrong = irt(data, model="2PL"), irt(data.assign(q2=1 - data["q2"]), model="2PL")
    assert wrong.log_likelihood == pytest.approx(right.log_likelihood, abs=1e-6)
    assert wrong.items["discrimination"].iloc[1] == pytest.approx(
        -right.items["discrimination"].iloc[1], abs=1e-4
    )
    assert wrong.items["difficulty"].iloc[1] == pytest.approx(right.items["difficulty"].iloc[1], abs=1e-4)
    assert check(right, "discrimination").status == "pass"
    assert check(wrong, "discrimination").status == "fail"
    assert "q2" in check(wrong, "discrimination").detail
    assert "q2" in check(irt(data.assign(q2=1 - data["q2"]), model="1PL"), "discrimination").detail


def test_items_without_variation_are_named_and_left_out(rng: np.random.Generator):
    data = draw(rng, 300, [1, 1.5, 0.8, 1.2], [0, 1, -1, 0])
    some = irt(data.assign(easy=1, hard=0), model="2PL")
    assert some.log_likelihood == pytest.approx(irt(data, model="2PL").log_likelihood, abs=1e-9)
    assert "leaves out 2 of 6" in some.note
    items = some.items.set_index("item")
    assert items.loc[["easy", "hard"], ["discrimination", "difficulty"]].isna().all(axis=None)
    assert "right" in items.loc["easy", "note"]
    assert "wrong" in items.loc["hard", "note"]
    assert check(some, "unestimated_items").status == "warn"
    assert check(irt(data, model="2PL"), "unestimated_items").status == "pass"


@pytest.mark.parametrize("model", ["Rasch", "1PL", "2PL"])
@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"a": [1, 0, 1], "b": [1, 1, 0], "c": [0, 0, 1]}),
        pd.DataFrame({"a": [1] * 80, "b": [1] * 80, "c": [1] * 80}),
        pd.DataFrame(np.nan, index=range(80), columns=["a", "b", "c"]),
        pd.DataFrame({"a": [], "b": [], "c": []}),
        pd.DataFrame({"a": [None] * 80, "b": [1] * 80}),
    ],
    ids=["three people", "all right", "all missing", "nobody", "none and constant"],
)
def test_too_little_gives_notes_and_no_numbers(data, model):
    result = irt(data, model=model)
    frame = result.to_frame()
    assert frame["estimate"].isna().all()
    assert (frame["note"] != "").all()
    assert math.isnan(result.log_likelihood)
    assert result.note
    assert result.abilities()["ability"].isna().all()
    assert result.information()["information"].isna().all()
    assert len(str(result)) > 5
    assert "<table" in result._repr_html_()


def test_one_item_is_a_rasch_model_and_no_more(rng: np.random.Generator):
    """One item: the share right equals the model's, ∫ P(θ) φ(θ) dθ, exactly."""
    data = draw(rng, 200, [1], [-0.5])
    b = irt(data, model="Rasch").items["difficulty"].iloc[0]
    share = integrate.quad(lambda t: expit(t - b) * stats.norm.pdf(t), -9, 9)[0]
    assert share == pytest.approx(data["q1"].mean(), abs=1e-7)
    assert "at least 2" in irt(data, model="1PL").note
    assert "at least 3" in irt(data, model="2PL").note


def test_unrelated_items_have_no_difficulty(rng: np.random.Generator):
    """Items that exclude each other have a common slope of 0: difficulty is undefined, never a huge number."""
    right = np.eye(3)[rng.integers(3, size=300)]
    result = irt(pd.DataFrame(right, columns=["a", "b", "c"]), model="1PL")
    assert result.items["difficulty"].isna().all()
    assert result.items["note"].str.contains("slope is 0").all()


def test_repeated_items_run_away_and_are_named(rng: np.random.Generator):
    data = draw(rng, 300, [1, 1, 1, 1], [0, 0.5, -0.5, 0.2])
    result = irt(data.assign(again=data["q1"]), model="2PL")
    items = result.items.set_index("item")
    assert items.loc[["q1", "again"], "discrimination"].isna().any()
    assert check(result, "convergence").status == "warn"
    assert check(result, "local_dependence").status == "warn"
    assert math.isfinite(result.log_likelihood)


@pytest.mark.parametrize("quadrature_points", [None, "exact"])
@pytest.mark.parametrize("case", ["the same item five times", "harder items only after easier ones"])
def test_a_common_slope_runs_away_and_is_held(rng: np.random.Generator, case, quadrature_points):
    """Without any contradiction between the items the common slope has no finite maximum: a note, no huge number."""
    if case.startswith("the same"):
        right = np.tile(rng.integers(2, size=(200, 1)), 5)
    else:
        right = np.arange(5) < rng.integers(6, size=(200, 1))
    data = pd.DataFrame(right.astype(int))
    start = time.process_time()
    result = irt(data, model="1PL", quadrature_points=quadrature_points)
    assert time.process_time() - start < 5  # a grid for a slope of 10,000 took minutes
    assert result.items[["discrimination", "difficulty"]].isna().all(axis=None)
    assert result.items["note"].str.contains("slope passed").all()
    assert [check(result, name).status for name in ("convergence", "equal_slopes")] == ["warn", "not_run"]
    assert result.n_parameters == 5
    assert math.isnan(result.compare(irt(data, model="Rasch", quadrature_points=quadrature_points)).p_value)


def test_few_people_warn_and_fewer_are_refused(rng: np.random.Generator):
    data = draw(rng, 250, np.ones(6), np.linspace(-1, 1, 6))
    for model, wanted in (("1PL", 100), ("2PL", 200)):
        least = FEWEST_PEOPLE[model]
        assert check(irt(data, model=model), "few_people").status == "pass"
        assert check(irt(data.head(wanted - 1), model=model), "few_people").status == "warn"
        assert irt(data.head(least), model=model).fit is not None
        assert irt(data.head(least - 1), model=model).items["difficulty"].isna().all()


def test_checks_hear_ceiling_missing_answers_and_unequal_slopes(rng: np.random.Generator):
    easy, plain = (
        draw(rng, 400, np.ones(5), np.full(5, -2.5)),
        draw(rng, 400, np.ones(12), np.linspace(-1, 1, 12)),
    )
    assert check(irt(easy, model="1PL"), "ceiling").status == "warn"
    assert check(irt(1 - easy, model="1PL"), "floor").status == "warn"
    good = irt(plain, model="1PL")
    for name in ("ceiling", "floor", "missing_answers", "convergence", "discrimination", "local_dependence"):
        assert check(good, name).status == "pass", name
    gaps = irt(plain.mask(rng.random(plain.shape) < 0.2), model="1PL")
    assert check(gaps, "missing_answers").status == "warn"
    uneven = draw(rng, 400, np.tile([0.3, 2.0], 6), np.linspace(-1, 1, 12))
    assert check(irt(uneven, model="1PL"), "equal_slopes").status == "warn"


@pytest.mark.slow
def test_equal_slopes_test_keeps_its_level(rng: np.random.Generator):
    p = 0
    for _ in range(200):
        result = irt(draw(rng, 200, np.full(8, 1.2), np.linspace(-1, 1, 8)), model="1PL")
        p += check(result, "equal_slopes").status == "warn"
    assert p / 200 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 200)


def test_score_test_is_near_the_likelihood_ratio():
    """Two tests of the same hypothesis, LSAT6: equal slopes, 4 df."""
    common = irt(people_of(LSAT6), model="1PL")
    assert "chi-square 0.5 on 4 df" in check(common, "equal_slopes").detail


def test_bad_input_says_what_to_do(rng: np.random.Generator):
    data = draw(rng, 60, np.ones(4), np.zeros(4))
    with pytest.raises(ValueError, match=r"q2.*other than 0 and 1.*cut each item"):
        irt(data.assign(q2=2 * data["q2"]), model="2PL")
    with pytest.raises(ValueError, match="one row per person"):
        irt(data.set_axis([0] * 60), model="2PL")
    with pytest.raises(ValueError, match="`model` is '3PL'"):
        irt(data, model="3PL")
    with pytest.raises(TypeError, match="not numeric"):
        irt(data.assign(q2="yes"), model="2PL")
    with pytest.raises(ValueError, match="no columns"):
        irt(data[[]], model="2PL")
    with pytest.raises(TypeError, match="DataFrame"):
        irt(data.to_numpy(), model="2PL")
    with pytest.raises(ValueError, match="conf_level"):
        irt(data, model="2PL", conf_level=95)
    with pytest.raises(ValueError, match="quadrature_points"):
        irt(data, model="2PL", quadrature_points=2)
    with pytest.raises(ValueError, match="whole number"):
        irt(data, model="2PL", quadrature_points=20.5)
    with pytest.raises(ValueError, match="`kind` is 'MAP'"):
        irt(data, model="Rasch").abilities(kind="MAP")
    with pytest.raises(ValueError, match="Both models are 1PL"):
        irt(data, model="1PL").compare(irt(data, model="1PL"))
    with pytest.raises(ValueError, match="different answers"):
        irt(data, model="1PL").compare(irt(data.head(59), model="Rasch"))


def test_booleans_and_nullable_integers_are_scores(rng: np.random.Generator):
    data = draw(rng, 120, np.ones(4), np.zeros(4))
    plain = irt(data, model="1PL").log_likelihood
    assert irt(data.astype(bool), model="1PL").log_likelihood == plain
    assert irt(data.astype("Int64"), model="1PL").log_likelihood == plain
