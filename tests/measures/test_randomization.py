"""Randomisation tests: published counts, scipy, enumeration by hand, simulated truth, edges."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tne.measures.randomization import randomization_test

DARWIN = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]) / 8
KEYS = {"outcome": "y", "arm": "z"}


def two(treated, control, **columns) -> pd.DataFrame:
    z = [1] * len(treated) + [0] * len(control)
    return pd.DataFrame({"z": z, "y": [*treated, *control], **columns})


def in_pairs(difference: np.ndarray) -> pd.DataFrame:
    n = len(difference)
    return two(difference, np.zeros(n), pair=[*range(n), *range(n)])


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


@pytest.mark.published("RI-ZEAMAYS")
@pytest.mark.parametrize("statistic", ["difference", "studentized"])
def test_matches_published_darwin_maize(statistic):
    """Fisher (1935), The design of experiments, section 21: 863 of 32,768 sign patterns reach Darwin's difference."""
    result = randomization_test(in_pairs(DARWIN), **KEYS, pairs="pair", statistic=statistic)
    assert (result.count_ge, result.count_two_sided, result.total) == (863, 1726, 32768)
    assert result.p_value == pytest.approx(0.05267, abs=5e-6)
    assert result.estimate == pytest.approx(DARWIN.mean())
    assert result.exact
    one = randomization_test(in_pairs(DARWIN), **KEYS, pairs="pair", alternative="greater")
    assert one.p_value == 863 / 32768


@pytest.mark.parametrize(("right", "count"), [(4, 1), (3, 17)])
def test_matches_published_lady_tasting_tea(right, count):
    """Fisher (1935), sections 5-7: 1 of 70 with all eight cups right, 17 of 70 with three of four at least."""
    said = [1] * right + [0] * (4 - right)
    result = randomization_test(two(said, [1 - s for s in said]), **KEYS, alternative="greater")
    assert (result.count_ge, result.total) == (count, 70)
    assert result.p_value == pytest.approx(
        stats.fisher_exact([[right, 4 - right], [4 - right, right]], "greater").pvalue
    )


def test_matches_published_village_heads():
    """Gerber and Green (2012), Field experiments, section 3.4: effect 6.5, 5 of 21 one-sided, 8 of 21 two-sided."""
    result = randomization_test(two([15, 30], [15, 20, 20, 10, 15]), **KEYS)
    assert result.estimate == 6.5
    assert (result.count_ge, result.count_two_sided, result.total) == (5, 8, 21)
    assert result.p_value == pytest.approx(0.381, abs=5e-4)


def test_matches_published_honey_study():
    """Imbens and Rubin (2015), chapter 5, six children of the honey study: difference 1.0, p = 16/20 = .80."""
    result = randomization_test(two([3, 5, 0], [4, 0, 1]), **KEYS)
    assert (result.estimate, result.count_two_sided, result.total) == (1.0, 16, 20)


def test_matches_published_youngstown_pairs():
    """Imbens and Rubin (2015), chapter 10, eight pairs of classes: average difference 13.4, p = .031."""
    untrained = [54.6, 56.5, 75.2, 75.6, 55.3, 59.3, 87.0, 73.7]
    trained = [60.6, 55.5, 84.8, 101.9, 70.6, 78.4, 84.2, 108.6]
    result = randomization_test(two(trained, untrained, pair=[*range(8), *range(8)]), **KEYS, pairs="pair")
    assert result.estimate == pytest.approx(13.4, abs=0.05)
    assert (result.count_two_sided, result.total) == (8, 256)


def test_matches_published_ernst():
    """Ernst (2004), Permutation methods, Stat. Science 19, section 2: 16.2 seconds, 2 of 35 assignments."""
    result = randomization_test(two([37, 49, 55, 57], [23, 31, 46]), **KEYS, alternative="greater")
    assert result.estimate == pytest.approx(16.2, abs=0.05)
    assert (result.count_ge, result.total) == (2, 35)


def test_matches_published_exact_oneway_test():
    """Kabacoff, R in action, chapter 12: coin's oneway_test(score ~ treatment, distribution = "exact"), p = .07143."""
    result = randomization_test(two([57, 64, 55, 62, 65], [40, 57, 45, 55, 58]), **KEYS)
    assert result.p_value == pytest.approx(0.07143, abs=5e-6)


@pytest.mark.parametrize("alternative", ["greater", "less"])
def test_equals_scipy_permutation_test(rng, alternative):
    a, b = rng.normal(size=6), rng.normal(size=8)
    other = stats.permutation_test(
        (a, b), lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis), vectorized=True, n_resamples=np.inf,
        alternative=alternative,
    )  # fmt: skip
    result = randomization_test(two(a, b), **KEYS, alternative=alternative)
    assert result.p_value == pytest.approx(other.pvalue, rel=1e-12)


def test_studentized_equals_scipy_welch_by_enumeration(rng):
    a, b = rng.normal(size=5), 3 * rng.normal(size=7)
    everyone = np.concatenate([a, b])
    seen = stats.ttest_ind(a, b, equal_var=False).statistic
    shown = []
    for chosen in itertools.combinations(range(12), 5):
        inside = np.isin(np.arange(12), chosen)
        shown.append(stats.ttest_ind(everyone[inside], everyone[~inside], equal_var=False).statistic)
    result = randomization_test(two(a, b), **KEYS, statistic="studentized")
    assert result.statistic == pytest.approx(seen)
    assert result.count_two_sided == (np.abs(shown) >= abs(seen) - 1e-9).sum()


def test_clusters_are_drawn_whole_by_hand(rng):
    """Seven teams of unequal size, three trained: every choice of three, the difference of people's means."""
    data = pd.DataFrame({"team": np.repeat(np.arange(7), [2, 3, 4, 5, 3, 2, 6]), "y": rng.normal(size=25)})
    data["z"] = data.team.isin([0, 3, 5]).astype(int)

    def gap(chosen):
        inside = data.team.isin(chosen)
        return data.y[inside].mean() - data.y[~inside].mean()

    shown = np.array([gap(c) for c in itertools.combinations(range(7), 3)])
    result = randomization_test(data, **KEYS, cluster="team")
    assert result.total == 35
    assert result.count_two_sided == (np.abs(shown) >= abs(gap([0, 3, 5])) - 1e-12).sum()
    assert result.estimate == pytest.approx(gap([0, 3, 5]))


def test_blocks_are_kept_by_hand(rng):
    """Two blocks, 2 of 5 and 3 of 4 trained: 10 × 4 assignments of the people-weighted difference."""
    data = pd.DataFrame({"b": [0] * 5 + [1] * 4, "z": [1, 1, 0, 0, 0, 1, 1, 1, 0], "y": rng.normal(size=9)})

    def gap(z):
        parts = data.assign(z=z).groupby("b")
        return sum(len(g) / 9 * (g.y[g.z == 1].mean() - g.y[g.z == 0].mean()) for _, g in parts)

    shown = []
    for one in itertools.combinations(range(5), 2):
        for rest in itertools.combinations(range(5, 9), 3):
            shown.append(gap(np.isin(np.arange(9), [*one, *rest]).astype(int)))
    result = randomization_test(data, **KEYS, pairs="b")
    assert result.total == 40
    assert result.estimate == pytest.approx(gap(data.z))
    assert result.count_two_sided == (np.abs(shown) >= abs(gap(data.z)) - 1e-12).sum()


@pytest.mark.parametrize("statistic", ["difference", "studentized"])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_interval_holds_the_effects_that_are_not_rejected_by_hand(rng, statistic, alternative):
    data = two(rng.normal(0.8, 1, 6), rng.normal(size=7))
    result = randomization_test(data, **KEYS, statistic=statistic, alternative=alternative)
    tail = 0.025 if alternative == "two-sided" else 0.05

    def p(effect, side):
        moved = data.assign(y=data.y - effect * data.z)
        return randomization_test(moved, **KEYS, statistic=statistic, alternative=side).p_value

    for limit, side, out in ((result.conf_low, "greater", -1e-6), (result.conf_high, "less", 1e-6)):
        if math.isfinite(limit):
            assert p(limit - out, side) > tail
            assert p(limit + out, side) <= tail
    assert math.isinf(result.conf_high) == (alternative == "greater")
    assert math.isinf(result.conf_low) == (alternative == "less")


def test_draws_agree_with_all_assignments(rng):
    data = two(rng.normal(0.7, 1, 10), rng.normal(size=10), pair=[*range(10), *range(10)])
    for keys in ({}, {"statistic": "studentized"}, {"pairs": "pair"}):
        exact = randomization_test(data, **KEYS, **keys)
        drawn = randomization_test(data, **KEYS, **keys, draws=20_000, seed=1)
        assert not drawn.exact
        assert drawn.total == 20_001
        assert abs(drawn.p_value - exact.p_value) < 4 * drawn.mc_error + 1e-4
        assert (drawn.conf_low, drawn.conf_high) == pytest.approx((exact.conf_low, exact.conf_high), abs=0.08)


def test_draws_are_repeatable_and_their_p_is_never_zero():
    data = two(np.arange(40) + 100.0, np.arange(40.0))
    one, again = (randomization_test(data, **KEYS, draws=99, seed=4) for _ in range(2))
    assert one.p_value == again.p_value == 0.01
    with pytest.raises(ValueError, match="Give `seed`"):
        randomization_test(data, **KEYS)
    with pytest.raises(ValueError, match="cannot be repeated"):
        randomization_test(data, **KEYS, draws=99)


def test_invariance_to_order_shift_unit_and_labels(rng):
    data = two(rng.normal(0.5, 1, 7), rng.normal(size=7), pair=[*range(7), *range(7)])
    for keys in ({}, {"pairs": "pair"}, {"statistic": "studentized"}):
        one = randomization_test(data, **KEYS, **keys)
        moved = data.assign(y=1e6 + 0.1 * data.y, z=data.z.map({0: "waitlist", 1: "trained"}))
        two_ = randomization_test(moved.sample(frac=1, random_state=2), **KEYS, **keys)
        assert two_.count_two_sided == one.count_two_sided
        assert two_.comparison == "waitlist"
        assert 10 * two_.conf_low == pytest.approx(one.conf_low, rel=1e-6)
        flipped = randomization_test(moved, **KEYS, **keys, control="trained")
        assert flipped.estimate == pytest.approx(-two_.estimate)
        assert flipped.p_value == two_.p_value


def test_a_pair_whose_partner_was_lost_is_left_out():
    data = in_pairs(DARWIN)
    data.loc[3, "y"] = np.nan
    result = randomization_test(data, **KEYS, pairs="pair")
    rest = randomization_test(in_pairs(np.delete(DARWIN, 3)), **KEYS, pairs="pair")
    assert (result.count_ge, result.total, result.n) == (rest.count_ge, 2**14, 28)
    assert "1 strata" in result.note
    assert status(result, "missing") == "warn"
    assert status(rest, "missing") == "pass"


def test_few_assignments_are_heard():
    loud = randomization_test(two([5, 6], [1, 2]), **KEYS)
    assert status(loud, "few_assignments") == "warn"
    assert loud.p_value == pytest.approx(2 / 6)
    assert (loud.conf_low, loud.conf_high) == (-math.inf, math.inf)
    assert status(randomization_test(two(range(5), range(5)), **KEYS), "few_assignments") == "pass"


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean", bool, "int8"])
def test_any_numeric_outcome_is_taken(dtype):
    data = two([1, 1, 1, 0], [0, 0, 1, 0]).astype({"y": dtype})
    assert randomization_test(data.assign(z=data.z.astype("category")), **KEYS).total == 70


def test_undefined_tests_are_noted_and_bad_input_is_refused():
    flat = randomization_test(two([1.0, 1, 1], [1, 1, 1]), **KEYS)
    assert math.isnan(flat.p_value)
    assert "does not vary" in flat.note
    none = randomization_test(two([np.nan], [1.0, 2]), **KEYS)
    assert math.isnan(none.estimate)
    assert none.note
    data = two([1.0, 2, 3], [4, 5, 6], team=[0, 0, 1, 1, 2, 2])
    with pytest.raises(ValueError, match="clusters in both arms"):
        randomization_test(data, **KEYS, cluster="team")
    with pytest.raises(ValueError, match="3 arms"):
        randomization_test(data.assign(z=[0, 1, 2, 0, 1, 2]), **KEYS)
    with pytest.raises(ValueError, match="two or more in each arm"):
        randomization_test(two([1.0], [2, 3]), **KEYS, statistic="studentized")
    with pytest.raises(ValueError, match="no arm `control`"):
        randomization_test(data, **KEYS, control="waitlist")
    with pytest.raises(ValueError, match="`draws`"):
        randomization_test(data, **KEYS, draws=0, seed=1)


def test_few_draws_are_heard():
    people = two(range(10), range(10))
    assert status(randomization_test(people, **KEYS, draws=10, seed=1), "few_assignments") == "warn"
    assert status(randomization_test(people, **KEYS, draws=99, seed=1), "few_assignments") == "pass"


def test_strata_with_one_arm_each_are_named_as_the_reason():
    people = two([3, 5], [1, 2]).assign(pair=range(4))
    result = randomization_test(people, **KEYS, pairs="pair")
    assert math.isnan(result.estimate)
    assert result.note == "4 strata with one arm only were left out"


def test_a_small_arm_of_wide_spread_is_warned_about():
    rng = np.random.default_rng(7)
    even, wide = rng.normal(size=30), rng.normal(size=15)
    for statistic in ("difference", "studentized"):
        for factor, said in ((1, "pass"), (3, "warn")):
            result = randomization_test(
                two(factor * wide, even), **KEYS, draws=99, seed=1, statistic=statistic
            )
            assert status(result, "spread") == said
    many = two(3 * rng.normal(size=60), rng.normal(size=120))
    assert (
        status(randomization_test(many, **KEYS, draws=99, seed=1, statistic="studentized"), "spread")
        == "pass"
    )
    assert status(randomization_test(two([1.0], [2, 3]), **KEYS), "spread") == "not_run"
