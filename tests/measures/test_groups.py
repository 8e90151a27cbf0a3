"""Group effects: published data, an independent fit, boundaries, coverage, speed."""

import math
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from tne.measures.groups import group_effects
from tne.measures.random_intercept import random_intercept

KEYS = {"outcome": "post", "baseline": "pre", "group": "team"}


def simulate(
    rng: np.random.Generator, sizes: list[int], between: float = 0.4
) -> tuple[pd.DataFrame, np.ndarray]:
    team = np.repeat(np.arange(len(sizes)), sizes)
    effect = rng.normal(0, between, len(sizes)) if between else np.zeros(len(sizes))
    pre = rng.normal(size=len(team)) + 0.3 * rng.normal(size=len(sizes))[team]
    post = 2 + 0.6 * pre + effect[team] + rng.normal(0, 0.8, len(team))
    return pd.DataFrame({"team": team, "pre": pre, "post": post}), effect


def shrunken(result) -> pd.DataFrame:
    table = result.to_frame()
    return table[table.kind == "shrunken"].set_index("group")


def test_group_effects_equal_statsmodels_on_published_exam_data(truth: Path):
    """Goldstein and others (1993), 4,059 pupils in 65 schools: predictions of MixedLM (REML) and OLS per school."""
    data = pd.read_csv(truth / "data" / "exam_mlmRev.csv")
    result = group_effects(data, outcome="normexam", baseline="standLRT", group="school")
    other = smf.mixedlm("normexam ~ standLRT", data, groups="school").fit(reml=True)
    ours = shrunken(result)
    blup = pd.Series({school: u.iloc[0] for school, u in other.random_effects.items()})
    assert len(ours) == 65
    assert np.abs(ours.estimate - blup[ours.index]).max() < 2e-5
    for school in (1, 54):
        fit = smf.ols("normexam ~ standLRT + here", data.assign(here=1.0 * (data.school == school))).fit()
        raw = result.get(group=school, kind="raw")
        assert (raw.estimate, raw.std_error, raw.p_value) == pytest.approx(
            (fit.params["here"], fit.bse["here"], fit.pvalues["here"]), rel=1e-8
        )


def test_group_effects_are_fast_enough_for_a_report_each(truth: Path):
    data = pd.read_csv(truth / "data" / "exam_mlmRev.csv")
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        group_effects(data, outcome="normexam", baseline="standLRT", group="school")
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.05


def test_random_intercept_by_hand_in_a_balanced_design(rng: np.random.Generator):
    """Balanced one-way layout: REML equals the analysis of variance, var(u) = (MSB − MSW)/m (Searle 1992, §4.7)."""
    groups, m = 12, 7
    u = rng.normal(0, 1, groups)
    y = np.repeat(u, m) + rng.normal(0, 1, groups * m)
    code = np.repeat(np.arange(groups), m)
    model = random_intercept(np.ones((groups * m, 1)), y, code)
    means = y.reshape(groups, m).mean(1)
    within = ((y - means[code]) ** 2).sum() / (groups * (m - 1))
    between = m * means.var(ddof=1)
    assert model.variance_residual == pytest.approx(within, rel=1e-6)
    assert model.variance_group == pytest.approx((between - within) / m, rel=1e-6)
    share = model.variance_group / (model.variance_group + within / m)
    assert model.blup == pytest.approx(share * (means - y.mean()), rel=1e-6)


def test_prediction_error_by_hand(rng: np.random.Generator):
    """Henderson's mixed-model equations: the inverse's lower right block is var(u − û) (Robinson 1991)."""
    data, _ = simulate(rng, [3, 8, 15, 1, 20, 6])
    x = np.column_stack([np.ones(len(data)), data.pre])
    model = random_intercept(x, data.post.to_numpy(), data.team.to_numpy())
    z = np.eye(6)[data.team]
    full = np.column_stack([x, z])
    left = full.T @ full
    left[2:, 2:] += np.eye(6) * model.variance_residual / model.variance_group
    inverse = np.linalg.inv(left) * model.variance_residual
    solution = inverse @ full.T @ data.post.to_numpy() / model.variance_residual
    assert model.blup == pytest.approx(solution[2:], rel=1e-7)
    assert model.prediction_error == pytest.approx(np.diag(inverse)[2:], rel=1e-7)


def test_small_groups_are_shrunk_more(rng: np.random.Generator):
    data, _ = simulate(rng, [2, 60] * 10, between=0.6)
    result = group_effects(data, **KEYS)
    raw = result.to_frame().query("kind == 'raw'").set_index("group").estimate
    kept = (shrunken(result).estimate / raw).abs()
    assert kept[::2].median() < kept[1::2].median()


def test_invariance_to_shift_scale_and_order(rng: np.random.Generator):
    data, _ = simulate(rng, [5, 9, 12, 3, 20, 8])
    one = group_effects(data, **KEYS).to_frame()
    moved = data.assign(post=data.post * 40 + 900, pre=data.pre * 15 - 70).sample(frac=1, random_state=2)
    two = group_effects(moved, **KEYS).to_frame()
    assert two.group.tolist() == one.group.tolist()
    assert two.estimate.to_numpy() == pytest.approx(40 * one.estimate.to_numpy(), rel=1e-5)
    assert two.conf_high.to_numpy() == pytest.approx(40 * one.conf_high.to_numpy(), rel=1e-5)


def test_rows_are_counted_per_group(rng: np.random.Generator):
    data, _ = simulate(rng, [5, 30])
    data["moderator_id"] = [*range(5), *range(100, 115), *range(100, 115)]
    result = group_effects(data, **KEYS)
    assert result.keys == ("group", "kind")
    big = result.get(group=1, kind="shrunken")
    assert (big.n, big.n_people, big.n_people_total) == (30, 15, 20)
    assert result.get(group=1, kind="raw").n_people == 5


def test_no_variance_between_groups_shrinks_all_to_zero_without_interval(rng: np.random.Generator):
    data, _ = simulate(rng, [10] * 6, between=0)
    data["post"] -= data.groupby("team")["post"].transform("mean") - data.post.mean()
    data["pre"] -= data.groupby("team")["pre"].transform("mean")
    ours = shrunken(group_effects(data, **KEYS))
    assert (ours.estimate == 0).all()
    assert ours.conf_low.isna().all()
    assert ours.note.str.contains("estimated as 0").all()


def test_one_group_singletons_and_nobody(rng: np.random.Generator):
    data, _ = simulate(rng, [10])
    alone = group_effects(data, **KEYS)
    assert alone.to_frame().estimate.isna().all()
    assert (alone.to_frame().note != "").all()
    singles, _ = simulate(rng, [1] * 8)
    result = group_effects(singles, **KEYS)
    assert shrunken(result).estimate.isna().all()
    assert result.to_frame().query("kind == 'raw'").p_value.notna().all()
    mixed, _ = simulate(rng, [1, 12, 9, 1, 30, 14], between=1.0)
    assert shrunken(group_effects(mixed, **KEYS)).conf_low.notna().all()
    assert len(group_effects(data.head(0), **KEYS)) == 0
    assert len(group_effects(data.head(1), **KEYS)) == 2
    assert len(group_effects(mixed.iloc[[0, 1]], **KEYS)) == 4


def test_zero_variance_and_missing_values(rng: np.random.Generator):
    data, _ = simulate(rng, [6, 7, 8])
    still = group_effects(data.assign(post=3.0), **KEYS).to_frame()
    assert still.p_value.isna().all()
    assert (still.note != "").all()
    flat = group_effects(data.assign(pre=3.0), **KEYS)
    assert flat.to_frame().estimate.notna().all()
    holes = group_effects(data.assign(pre=data.pre.where(data.team > 0)), **KEYS)
    assert set(holes.to_frame().group) == {1, 2}
    assert holes.checks[0].status == "warn"


def test_baseline_may_be_left_out(rng: np.random.Generator):
    data, _ = simulate(rng, [6, 7, 8, 9])
    result = group_effects(data, outcome="post", baseline=None, group="team").get(group=2, kind="raw")
    here = data.team == 2
    assert result.estimate == pytest.approx(data.post[here].mean() - data.post[~here].mean(), rel=1e-9)


def test_bad_input_is_refused_in_words(rng: np.random.Generator):
    data, _ = simulate(rng, [6, 7])
    with pytest.raises(KeyError, match="lacks"):
        group_effects(data, outcome="post", baseline="pre", group="squad")
    with pytest.raises(TypeError, match="not numeric"):
        group_effects(data.assign(post="a"), **KEYS)


def test_interval_covers_the_true_group_effect(rng: np.random.Generator):
    """Prediction intervals over 40 replications × 25 groups; slack for the estimated variances as designed."""
    hits = total = 0
    for _ in range(40):
        data, effect = simulate(rng, [4, 8, 12, 20, 30] * 5)
        ours = shrunken(group_effects(data, **KEYS))
        hits += ((ours.conf_low <= effect) & (effect <= ours.conf_high)).sum()
        total += len(effect)
    slack = 3 * math.sqrt(0.95 * 0.05 / total)
    assert 0.935 - slack <= hits / total <= 0.965 + slack
