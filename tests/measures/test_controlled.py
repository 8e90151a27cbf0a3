"""Change against people who were not trained: Morris's table, identities, checks both ways, edges."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tne.measures.change_arms import arm_of, spread_change
from tne.measures.controlled import controlled_change
from tne.measures.controlled_summary import controlled_change_from_summary
from tne.measures.gain import hedges_factor, standardized_change
from tne.measures.pairs import variance_ratio

KEYS = {"pre": "pre", "post": "post", "group": "arm", "control": "waitlist"}
# Carlson and Schmidt (1999), five training studies, as tabulated by Morris (2008)
MORRIS = pd.DataFrame(
    {
        "study": [1, 2, 3, 4, 5] * 2,
        "group": ["T"] * 5 + ["C"] * 5,
        "m_pre": [30.6, 23.5, 0.5, 53.4, 35.6, 23.1, 24.9, 0.6, 55.7, 34.8],
        "m_post": [38.5, 26.8, 0.7, 75.9, 36.0, 19.7, 25.3, 0.6, 60.7, 33.4],
        "sd_pre": [15.0, 3.1, 0.1, 14.5, 4.7, 13.8, 4.1, 0.2, 17.3, 3.1],
        "sd_post": [11.6, 4.1, 0.1, 4.4, 4.6, 14.8, 3.3, 0.2, 17.9, 6.9],
        "ni": [20, 50, 9, 10, 14, 20, 42, 9, 11, 14],
        "ri": [0.47, 0.64, 0.77, 0.89, 0.44] * 2,
    }
)
PUBLISHED = {
    "smcr": ([0.7421, 0.9524, 1.8054, 1.1514, 0.5050], [0.1138, 0.0426, 0.2833, 0.1458, 0.1667]),
    "d_ppc2": ([0.7684, 0.8010, 1.2045, 1.0476, 0.4389], [0.1134, 0.0350, 0.1425, 0.0681, 0.1634]),
}
RECOMPUTED = {
    "smcr": (
        [0.74205, 0.95236, 1.80541, 1.15139, 0.50504],
        [0.11378789, 0.04263769, 0.28330518, 0.14578067, 0.16667872],
    ),
    "d_ppc2": (
        [0.7684476468, 0.8009868481, 1.2045164114, 1.0476267356, 0.4389341925],
        [0.1133814, 0.0350297, 0.14252388, 0.06813147, 0.16344041],
    ),
}


def simulate(rng: np.random.Generator, n: int = 60, effect: float = 0.5, apart: float = 0.0) -> pd.DataFrame:
    trained = np.arange(n) % 2 == 0
    pre = rng.normal(50, 10, n) + 10 * apart * trained
    post = 50 + 0.6 * (pre - 50) + 10 * effect * trained + rng.normal(0, 8, n)
    return pd.DataFrame({"arm": np.where(trained, "trained", "waitlist"), "pre": pre, "post": post})


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


@pytest.mark.published("L2-MORRIS-PPC")
@pytest.mark.parametrize("method", ["d_ppc2", "smcr"])
def test_controlled_change_matches_published_training_studies(method: str):
    """Morris (2008), ORM 11:382, Table 5, as read in metafor's tests; more digits from metafor 3.8."""
    found = controlled_change_from_summary(MORRIS, method=method).to_frame()
    assert found["study"].tolist() == [1, 2, 3, 4, 5]
    assert set(found["term"]) == {method}
    variance = found["std_error"] ** 2
    assert found["estimate"].tolist() == pytest.approx(PUBLISHED[method][0], abs=5e-5 + 1e-9)
    assert variance.tolist() == pytest.approx(PUBLISHED[method][1], abs=5e-5 + 1e-9)
    digits = 5e-6 if method == "smcr" else 1e-9
    assert found["estimate"].tolist() == pytest.approx(RECOMPUTED[method][0], abs=digits)
    assert variance.tolist() == pytest.approx(RECOMPUTED[method][1], abs=5e-8)
    half = 1.959963985 * found["std_error"]
    assert found["conf_high"].tolist() == pytest.approx((found["estimate"] + half).tolist(), rel=1e-8)


@pytest.mark.published("L2-MORRIS-PPC")
def test_the_table_here_is_the_published_file(truth: Path):
    file = pd.read_csv(truth / "data" / "morris2008_training.csv")
    pd.testing.assert_frame_equal(file[MORRIS.columns], MORRIS, check_dtype=False)


@pytest.mark.parametrize(
    "labels",
    [{"T": 1, "C": 0}, {"T": "treatment", "C": "control"}, {"T": True, "C": False}, {"T": "b", "C": "a"}],
)
def test_labels_of_the_groups_do_not_matter(labels: dict):
    renamed = MORRIS.assign(group=MORRIS["group"].map(labels)).sample(frac=1, random_state=1)
    control = "a" if "a" in labels.values() else None
    found = controlled_change_from_summary(renamed, control=control)
    for study, published in enumerate(PUBLISHED["d_ppc2"][0], start=1):
        assert found.get(study=study).estimate == pytest.approx(published, abs=5e-5)


def test_unknown_labels_ask_for_the_control():
    renamed = MORRIS.assign(group=MORRIS["group"].map({"T": "x", "C": "y"}))
    with pytest.raises(ValueError, match="Give theirs as `control`"):
        controlled_change_from_summary(renamed)


@pytest.mark.parametrize("method", ["d_ppc2", "smcr"])
def test_people_and_their_summary_give_the_same(rng: np.random.Generator, method: str):
    people = simulate(rng, 37)
    of_arm = people.groupby("arm")
    table = pd.DataFrame(
        {
            "study": 1,
            "m_pre": of_arm["pre"].mean(),
            "m_post": of_arm["post"].mean(),
            "sd_pre": of_arm["pre"].std(),
            "sd_post": of_arm["post"].std(),
            "ni": of_arm.size(),
            "ri": [p["pre"].corr(p["post"]) for _, p in of_arm],
        }
    ).rename_axis("group")
    one = controlled_change(people, **KEYS, method=method)
    two = controlled_change_from_summary(table.reset_index(), method=method)
    for a, b in ((one.estimates, two.estimates), (one.points, two.points)):
        columns = [
            "estimate",
            "std_error",
            "statistic",
            "df",
            "conf_low",
            "conf_high",
            "p_value",
            "n",
            "n_people",
        ]
        a, b = (x.to_frame()[columns].iloc[0].astype(float).tolist() for x in (a, b))
        assert a == pytest.approx(b, rel=1e-9, nan_ok=True)
    assert [c.status for c in two.checks if c.name == "equal_spread"] == [status(one, "equal_spread")]


def test_points_equal_scipy_welch(rng: np.random.Generator):
    people = simulate(rng, 41)
    change = people["post"] - people["pre"]
    trained = people["arm"] == "trained"
    other = stats.ttest_ind(change[trained], change[~trained], equal_var=False)
    ours = controlled_change(people, **KEYS).get(term="controlled_change")
    assert (ours.statistic, ours.df, ours.p_value) == pytest.approx(
        (other.statistic, other.df, other.pvalue), rel=1e-9
    )
    interval = other.confidence_interval()
    assert (ours.conf_low, ours.conf_high) == pytest.approx((interval.low, interval.high), rel=1e-9)
    assert ours.unit == "score points"


def test_smcr_is_the_difference_of_two_standardized_changes(rng: np.random.Generator):
    people = simulate(rng)
    waves = {"pre": "pre", "post": "post", "standardizer": "d_pre"}
    t, c = (standardized_change(people[people["arm"] == arm], **waves) for arm in ("trained", "waitlist"))
    ours = controlled_change(people, **KEYS, method="smcr")
    assert ours.estimate == pytest.approx(t.estimate - c.estimate, rel=1e-12)
    assert ours.std_error == pytest.approx(math.hypot(t.std_error, c.std_error), rel=1e-12)


def test_unequal_correlations_enter_each_with_its_own_by_hand():
    table = MORRIS[MORRIS["study"] == 1].assign(ri=[0.8, 0.2], ni=[10, 40])
    d = controlled_change_from_summary(table)
    by_hand = 2 * 0.2 / 10 + 2 * 0.8 / 40 + d.estimate**2 / 100
    assert d.std_error**2 == pytest.approx(by_hand, rel=1e-12)
    pooled = math.sqrt((9 * 15**2 + 39 * 13.8**2) / 48)
    assert d.estimate == pytest.approx(hedges_factor(48) * 11.3 / pooled, rel=1e-12)


def test_invariance_to_shift_scale_and_sides(rng: np.random.Generator):
    people = simulate(rng)
    one = controlled_change(people, **KEYS)
    two = controlled_change(people.assign(pre=people.pre * 3 - 500, post=people.post * 3 - 500), **KEYS)
    assert (two.estimate, two.std_error) == pytest.approx((one.estimate, one.std_error), rel=1e-8)
    assert two.points.table.estimate[0] == pytest.approx(3 * one.points.table.estimate[0], rel=1e-8)
    flipped = controlled_change(people, **{**KEYS, "control": "trained"})
    assert (flipped.estimate, flipped.conf_low) == pytest.approx((-one.estimate, -one.conf_high), rel=1e-12)


def test_each_trained_group_is_compared_with_the_control(rng: np.random.Generator):
    people = simulate(rng, 120)
    people.loc[people.index % 4 == 0, "arm"] = "e_learning"
    both = controlled_change(people, **KEYS)
    assert both.to_frame()["group"].tolist() == ["e_learning", "trained"]
    with pytest.raises(ValueError, match="2 comparisons"):
        _ = both.estimate
    alone = controlled_change(people[people["arm"] != "e_learning"], **KEYS)
    assert both.get(group="trained").estimate == pytest.approx(alone.estimate, rel=1e-12)
    assert both.get(group="trained").n_people == 30
    assert both.get(group="trained").n_people_total == 90
    assert str(both).count("\n") == 3


def test_someone_in_both_groups_is_one_person(rng: np.random.Generator):
    people = simulate(rng, 80)
    people["moderator_id"] = people.groupby("arm").cumcount()
    found = controlled_change(people, **KEYS)
    assert (found.n, found.n_people, found.n_people_total) == (80, 40, 40)


def test_an_index_named_as_the_group_changes_nothing(rng: np.random.Generator):
    people = simulate(rng, 80)
    found = controlled_change(people.set_index("arm", drop=False), **KEYS)
    pd.testing.assert_frame_equal(found.to_frame(), controlled_change(people, **KEYS).to_frame())


def test_checks_are_silent_where_nothing_threatens(rng: np.random.Generator):
    people = simulate(rng, 400).assign(scale_pre="a", scale_post="a")
    result = controlled_change(people, **KEYS)
    assert {c.name: c.status for c in result.checks} == dict.fromkeys(
        [
            "comparable",
            "few_people",
            "ceiling",
            "floor",
            "attrition",
            "differential_attrition",
            "balance",
            "regression_to_mean",
            "equal_spread",
        ],
        "pass",
    )


def test_checks_are_loud_where_something_does(rng: np.random.Generator):
    people = simulate(rng, 400)
    trained = people["arm"] == "trained"
    top = people.assign(post=np.where(trained, people.post.clip(upper=52), people.post))
    assert status(controlled_change(top, **KEYS), "ceiling") == "warn"
    assert "trained" in next(c.detail for c in controlled_change(top, **KEYS).checks if c.name == "ceiling")
    bottom = people.assign(pre=people.pre.clip(lower=45))
    assert status(controlled_change(bottom, **KEYS), "floor") == "warn"
    lost = people.assign(post=people.post.where(~trained | (people.pre > 42)))
    assert status(controlled_change(lost, **KEYS), "differential_attrition") == "fail"
    assert status(controlled_change(lost, **KEYS), "attrition") in ("warn", "fail")
    apart = controlled_change(simulate(rng, 400, apart=0.8), **KEYS)
    assert (status(apart, "balance"), status(apart, "regression_to_mean")) == ("fail", "warn")
    wide = people.assign(post=50 + 3 * (people.post - 50))
    assert status(controlled_change(wide, **KEYS), "equal_spread") == "warn"
    unlike = people.assign(
        pre=np.where(trained, 50 + 2 * (people.pre - 50), people.pre),
        post=np.where(trained, 50 + 2 * (people.post - 50), people.post),
    )
    assert status(controlled_change(unlike, **KEYS), "equal_spread") == "warn"
    few = controlled_change(simulate(rng, 24), **KEYS)
    assert status(few, "few_people") == "warn"
    unequal = controlled_change(people.assign(scale_pre="a", scale_post="b"), **KEYS)
    assert math.isnan(unequal.estimate)
    assert unequal.points.table.estimate.isna().all()
    assert status(unequal, "comparable") == "fail"
    shared = controlled_change(people.assign(session_id=np.where(trained, people.index % 8, np.nan)), **KEYS)
    assert status(shared, "clusters_ignored") == "warn"


def test_regression_to_the_mean_is_named_with_its_size(rng: np.random.Generator):
    """Scenario S1: the lowest 30 % trained, effect .02; the difference of changes says about .077, and warns."""
    skill = 1 / (1 + np.exp(-rng.normal(1.9, 0.45, 6000)))
    pre = rng.binomial(50, skill) / 50
    low = pre < np.quantile(pre, 0.3)
    post = rng.binomial(50, np.minimum(skill + 0.02 * low, 1)) / 50
    people = pd.DataFrame({"pre": pre, "post": post, "arm": np.where(low, "trained", "waitlist")})
    result = controlled_change(people, **KEYS)
    naive = result.points.table.estimate[0]
    check = next(c for c in result.checks if c.name == "regression_to_mean")
    assert naive == pytest.approx(0.077, abs=0.01)
    assert check.status == "warn"
    moved = float(check.detail.split("difference by ")[1].split(" points")[0])
    assert naive - moved == pytest.approx(0.02, abs=0.01)


def test_false_alarms_keep_their_level(rng: np.random.Generator):
    """Random groups with equal spread: balance, regression to the mean and equal spread warn in at most 5 %."""
    loud = dict.fromkeys(["balance", "regression_to_mean", "equal_spread"], 0)
    for _ in range(200):
        z = rng.multivariate_normal([0, 0.3], [[1, 0.6], [0.6, 1]], 60)
        people = pd.DataFrame(z, columns=["pre", "post"]).assign(arm=["trained", "waitlist"] * 30)
        found = controlled_change(people, **KEYS)
        for name in loud:
            loud[name] += status(found, name) in ("warn", "fail")
    assert max(loud.values()) / 200 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 200), loud


def test_spread_of_a_summary_equals_that_of_people(rng: np.random.Generator):
    """Pitman and Morgan's test from two SDs and a correlation is the one from the scores."""
    pre = rng.normal(size=30)
    post = 0.5 * pre + rng.normal(0, 1.5, 30)
    ratio, p = spread_change(arm_of(pre, post))
    assert (ratio**2, p) == pytest.approx(variance_ratio(pre, post), rel=1e-9)


@pytest.mark.parametrize("method", ["d_ppc2", "smcr"])
def test_few_people_and_no_variance_are_undefined_with_a_note(method: str):
    base = {
        "arm": ["trained"] * 3 + ["waitlist"] * 3,
        "pre": [1.0, 2, 3, 1, 2, 4],
        "post": [2.0, 4, 4, 1, 3, 4],
    }
    people = pd.DataFrame(base)
    for broken in (
        people.assign(post=people.post.where(people.arm != "trained")),
        people.assign(post=np.nan),
        people.iloc[[0, 3, 4, 5]],
        people.assign(pre=1.0),
    ):
        result = controlled_change(broken, **KEYS, method=method)
        assert math.isnan(result.estimate)
        assert math.isnan(result.p_value)
        assert result.note
    flat = controlled_change(people.assign(post=5.0), **KEYS, method=method)
    assert math.isnan(flat.std_error)
    assert "vary" in flat.note
    assert flat.points.table.p_value[0] > 0
    same = controlled_change(people.assign(post=people.pre), **KEYS, method=method)
    assert (same.estimate, same.std_error) == (0, 0)
    assert math.isnan(same.p_value)
    assert same.note
    two = controlled_change(people.iloc[[0, 1, 3, 4]], **KEYS, method=method)
    assert math.isnan(two.estimate) == (method == "smcr")
    assert len(controlled_change(people.head(0), **KEYS, method=method)) == 0
    alone = controlled_change(people[people.arm == "waitlist"], **KEYS, method=method)
    assert math.isnan(alone.estimate)
    assert alone.note


def test_one_study_without_a_number_does_not_stop_the_others():
    table = MORRIS.assign(
        m_post=MORRIS.m_post.where(MORRIS.index != 2), ri=MORRIS.ri.where(MORRIS.index != 3)
    )
    found = controlled_change_from_summary(table)
    assert math.isnan(found.get(study=3).estimate)
    assert "missing" in found.get(study=3).note
    assert found.get(study=4).estimate == pytest.approx(1.0476, abs=5e-5)
    assert math.isnan(found.get(study=4).std_error)
    assert "missing" in found.get(study=4).note
    assert found.get(study=1).p_value < 0.05


def test_bad_input_is_refused_in_words(rng: np.random.Generator):
    people = simulate(rng)
    with pytest.raises(ValueError, match="has no nobody"):
        controlled_change(people, **{**KEYS, "control": "nobody"})
    with pytest.raises(ValueError, match="missing"):
        controlled_change(people.assign(arm=people.arm.where(people.index > 3)), **KEYS)
    with pytest.raises(ValueError, match="method"):
        controlled_change(people, **KEYS, method="d_ppc1")
    with pytest.raises(KeyError, match="lacks"):
        controlled_change_from_summary(MORRIS.drop(columns="ri"))
    for column, value in (("ri", 1.2), ("sd_pre", -1.0), ("ni", 9.5)):
        with pytest.raises(ValueError, match="impossible in 10 rows"):
            controlled_change_from_summary(MORRIS.assign(**{column: value}))
    with pytest.raises(ValueError, match="one row per study"):
        controlled_change_from_summary(pd.concat([MORRIS, MORRIS]))
    with pytest.raises(ValueError, match="without a control"):
        controlled_change_from_summary(MORRIS.drop(index=9))
    with pytest.raises(ValueError, match="without a trained"):
        controlled_change_from_summary(MORRIS.drop(index=0))
