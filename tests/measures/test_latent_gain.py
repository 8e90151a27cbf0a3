"""Gain in ability between two waves: integrals by hand, invariances, drift, leavers, edges."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from scipy.special import expit

from tests.prove.irt import draw
from tne.measures.irt import irt
from tne.measures.irt_gain import latent_gain
from tne.measures.irt_waves import Group, derivatives, pair_nodes

A, B = np.linspace(0.8, 1.6, 10), np.linspace(-2, 1.5, 10)


def check(result, name: str):
    return next(c for c in result.checks if c.name == name)


def waves(
    rng: np.random.Generator, n: int = 300, gain: float = 0.5, b=B
) -> tuple[pd.DataFrame, pd.DataFrame]:
    theta = rng.normal(size=n)
    after = gain + 0.8 * theta + rng.normal(0, 0.6, n)
    return draw(rng, theta, A, B), draw(rng, after, A, np.asarray(b))


def test_likelihood_by_hand(rng: np.random.Generator):
    """Both waves' likelihood against a plain sum over a fine square of the bivariate normal density."""
    pre, post = (frame.to_numpy(dtype=float) for frame in waves(rng, 12))
    shown = np.ones_like(pre)
    shown[:3] = 0  # came to the second wave only
    mean, sd, after, carried, fresh = 0.3, 1.2, 0.9, 0.7, 0.5
    group = Group("all", (pre * shown, post), (shown, np.ones_like(post)))
    here = derivatives(group, A, -A * B, (mean, sd, after, carried, fresh), pair_nodes(0.15, 0.15))
    grid = np.linspace(-8, 8, 401)
    x, y = np.meshgrid(grid, grid, indexing="ij")
    covariance = [[sd**2, sd * carried], [sd * carried, carried**2 + fresh**2]]
    density = (
        stats.multivariate_normal([mean, after], covariance).pdf(np.dstack([x, y])) * (grid[1] - grid[0]) ** 2
    )
    p = expit(A * (grid[:, None] - B))
    like = [
        np.prod(np.where(z[:, None] == 1, p, 1 - p) ** s[:, None], axis=2)
        for z, s in ((pre, shown), (post, 1 + 0 * post))
    ]
    by_hand = sum(math.log(f @ density @ g) for f, g in zip(*like, strict=True))
    assert here.value == pytest.approx(by_hand, abs=1e-5)


def test_derivatives_by_hand(rng: np.random.Generator):
    """Gradient and each person's part of it against differences."""
    pre, post = (frame.to_numpy(dtype=float) for frame in waves(rng, 30))
    shown = (rng.random(pre.shape) < 0.8).astype(float)
    group, nodes = Group("all", (pre * shown, post), (shown, np.ones_like(post))), pair_nodes(0.3, 0.5)
    at = np.r_[A, -A * B, 0.2, 1.1, 0.7, 0.6, 0.5]

    def value(x: np.ndarray) -> float:
        return derivatives(group, x[:10], x[10:20], x[20:], nodes).value

    here = derivatives(group, at[:10], at[10:20], at[20:], nodes, each=True)
    told = np.r_[here.items[:20], here.people]
    assert told == pytest.approx(optimize.approx_fprime(at, value, 1e-6), abs=2e-3)
    assert here.scores.sum(axis=0) == pytest.approx(np.r_[here.items, here.people], abs=1e-9)


def test_one_wave_of_everybody_is_the_model_of_one_test(rng: np.random.Generator):
    """People before and other people after, equally able: the items are those of `irt` on all of them."""
    both = draw(rng, rng.normal(size=1200), A, B)
    pre, post = both.iloc[:600], both.iloc[600:]
    result = latent_gain(pre, post, model="2PL")
    row = result.get(term="latent_gain")
    assert abs(row.estimate) < 3 * row.std_error
    alone = irt(both, model="2PL")
    assert result.log_likelihood >= alone.log_likelihood
    assert result.log_likelihood < alone.log_likelihood + 8  # two more parameters
    assert result.items["difficulty"].to_numpy() == pytest.approx(
        alone.items["difficulty"].to_numpy(), abs=0.25
    )
    assert "none of whom came to both" in row.estimand
    assert check(result, "attrition").status == "not_run"


def test_no_change_is_no_gain(rng: np.random.Generator):
    pre, _ = waves(rng)
    row = latent_gain(pre, pre, model="1PL").get(term="latent_gain")
    assert row.estimate == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("model", ["1PL", "2PL"])
def test_waves_in_the_other_order_lose_what_was_gained(rng: np.random.Generator, model):
    """Exchanging the waves turns the sign, in SD of the other wave."""
    pre, post = waves(rng, 400)
    there, back = latent_gain(pre, post, model=model), latent_gain(post, pre, model=model)
    sd = there.populations.set_index("wave").loc["post", "sd"]
    assert back.log_likelihood == pytest.approx(there.log_likelihood, abs=1e-2)
    gain, loss = (r.get(term="latent_gain").estimate for r in (there, back))
    assert loss == pytest.approx(-gain / sd, abs=2e-3)


def test_order_of_people_and_items_changes_nothing(rng: np.random.Generator):
    pre, post = waves(rng)
    one = latent_gain(pre, post, model="1PL").get(term="latent_gain")
    two = latent_gain(pre.sample(frac=1, random_state=2), post[post.columns[::-1]], model="1PL").get(
        term="latent_gain"
    )
    assert (one.estimate, one.std_error) == pytest.approx((two.estimate, two.std_error), abs=1e-4)


def test_the_same_people_know_more_than_others(rng: np.random.Generator):
    """Pairing people makes the gain more precise than treating the waves as strangers."""
    pre, post = waves(rng, 400)
    paired = latent_gain(pre, post, model="1PL").get(term="latent_gain")
    strangers = latent_gain(pre, post.set_axis(range(1000, 1400)), model="1PL").get(term="latent_gain")
    assert paired.std_error < 0.9 * strangers.std_error
    assert paired.estimate == pytest.approx(strangers.estimate, abs=0.1)


def test_equal_gains_of_a_weak_and_a_strong_group(rng: np.random.Generator):
    """Groups, their difference, counts and units."""
    frames = {"pre": [], "post": []}
    for name, mean in (("weak", -1.0), ("strong", 1.0)):
        theta = rng.normal(mean, 1, 250)
        frames["pre"].append(draw(rng, theta, A, B).assign(group=name))
        frames["post"].append(draw(rng, theta + 0.6, A, B).assign(group=name))
    pre, post = (pd.concat(part, ignore_index=True) for part in frames.values())
    result = latent_gain(pre, post, model="1PL", group="group", reference="weak")
    frame = result.to_frame()
    assert list(zip(frame["group"], frame["term"], strict=True)) == [
        ("strong", "latent_gain"),
        ("weak", "latent_gain"),
        ("strong", "latent_gain_difference"),
    ]
    difference = result.get(term="latent_gain_difference")
    strong, weak = (result.get(group=g, term="latent_gain") for g in ("strong", "weak"))
    assert difference.estimate == pytest.approx(strong.estimate - weak.estimate)
    assert abs(difference.estimate) < 3.5 * difference.std_error
    assert (difference.n_people, difference.n_people_total, difference.n) == (250, 500, 1000)
    assert difference.comparison == "the gain of weak"
    assert "in weak" in difference.unit
    means = result.populations.set_index(["group", "wave"])["mean"]
    assert means["weak", "pre"] == 0
    assert means["strong", "pre"] == pytest.approx(2, abs=0.5)


def test_drift_is_heard_where_planted_and_not_elsewhere(rng: np.random.Generator):
    harder = B.copy()
    harder[4] += 1.5
    moved = latent_gain(*waves(rng, 400, b=harder), model="1PL")
    table = moved.anchors.set_index("item")
    assert table["p_value"].idxmin() == "item 5"
    assert table.loc["item 5", "flagged"]
    assert table["flagged"].sum() <= 3  # what one item moves, the others lean against
    assert table.loc["item 5", "shift"] == pytest.approx(1.5, abs=0.8)
    assert table.loc["item 5", "statistic"] > 3
    assert check(moved, "anchor_drift").status == "warn"
    others = [f"item {j}" for j in range(1, 11) if j != 5]
    pre, post = waves(rng, 400, b=harder)
    freed = latent_gain(pre, post, model="1PL", anchors=others)
    assert check(freed, "anchor_drift").status == "pass"
    items = freed.items.set_index("item")["difficulty"]
    assert items["item 5 (post)"] - items["item 5 (pre)"] == pytest.approx(1.5, abs=0.6)


def test_waves_may_have_items_of_their_own(rng: np.random.Generator):
    pre, post = waves(rng, 400)
    result = latent_gain(
        pre.drop(columns=["item 1", "item 2"]), post.drop(columns=["item 9", "item 10"]), model="1PL"
    )
    assert len(result.items) == 10
    assert len(result.anchors) == 6
    assert result.get(term="latent_gain").estimate == pytest.approx(0.5, abs=0.3)
    assert check(result, "anchors").status == "pass"
    thin = latent_gain(pre.iloc[:, :6], post.iloc[:, 4:], model="1PL")
    assert check(thin, "anchors").status == "warn"


def test_checks_hear_ceiling_floor_leavers_and_few_people(rng: np.random.Generator):
    pre, post = waves(rng, 150, gain=2.5)
    result = latent_gain(pre, post.head(100), model="1PL")
    assert check(result, "ceiling").status == "warn"
    assert check(result, "floor").status == "pass"
    assert check(result, "attrition").status == "fail"
    assert check(result, "few_people").status == "pass"
    assert check(latent_gain(pre.head(60), post.head(60), model="1PL"), "few_people").status == "warn"
    assert check(latent_gain(pre, post, model="1PL"), "attrition").status == "pass"
    assert check(result, "missing_answers").status == "pass"
    gaps = latent_gain(pre.mask(rng.random(pre.shape) < 0.2), post, model="1PL")
    assert check(gaps, "missing_answers").status == "warn"


def test_small_groups_and_constant_items_get_notes(rng: np.random.Generator):
    pre, post = waves(rng, 130)
    group = pd.Series(["A"] * 120 + ["B"] * 10)
    frames = [frame.assign(team=group, easy=1) for frame in (pre, post)]
    result = latent_gain(*frames, model="1PL", group="team")
    assert math.isfinite(result.get(group="A", term="latent_gain").estimate)
    small = result.get(group="B", term="latent_gain")
    assert math.isnan(small.estimate)
    assert "10 people" in small.note
    assert math.isnan(result.get(group="B", term="latent_gain_difference").estimate)
    assert "right" in result.items.set_index("item").loc["easy", "note"]
    with pytest.raises(ValueError, match="Choose another group"):
        latent_gain(*frames, model="1PL", group="team", reference="B")


@pytest.mark.parametrize("n", [0, 3, 15])
def test_too_few_people_give_a_note(rng: np.random.Generator, n):
    pre, post = waves(rng, 30)
    result = latent_gain(pre.head(n), post.head(n))
    assert result.to_frame()["estimate"].isna().all()
    assert (result.to_frame()["note"] != "").all() or n == 0
    assert check(result, "convergence").status == "not_run"
    assert isinstance(str(result), str)
    assert "<table" in result._repr_html_()


def test_everything_right_gives_a_note():
    frame = pd.DataFrame(1, index=range(80), columns=["a", "b", "c"])
    result = latent_gain(frame, frame)
    assert math.isnan(result.get(term="latent_gain").estimate)
    assert "right and wrong" in result.note


def test_bad_input_says_what_to_do(rng: np.random.Generator):
    pre, post = waves(rng, 60)
    with pytest.raises(ValueError, match="No item of `pre` occurs in `post`"):
        latent_gain(pre, post.rename(columns=lambda c: c + "!"))
    with pytest.raises(ValueError, match="other than 0 and 1"):
        latent_gain(pre, 2 * post)
    with pytest.raises(KeyError, match="team"):
        latent_gain(pre.assign(team="A"), post, group="team")
    with pytest.raises(ValueError, match="two groups"):
        latent_gain(pre.assign(team="A"), post.assign(team=["A"] * 59 + ["B"]), group="team")
    with pytest.raises(ValueError, match="missing in 1 row"):
        latent_gain(pre.assign(team="A"), post.assign(team=["A"] * 59 + [None]), group="team")
    with pytest.raises(ValueError, match="`anchors` must be items of both waves"):
        latent_gain(pre, post, anchors=["item 99"])
    with pytest.raises(ValueError, match="no group"):
        latent_gain(pre, post, reference="C")
    with pytest.raises(TypeError, match="DataFrame"):
        latent_gain(pre, None)


@pytest.mark.parametrize(("wave", "mark", "how"), [("after", 1, "right"), ("before", 0, "wrong")])
def test_a_wave_all_right_or_wrong_has_no_finite_gain(rng: np.random.Generator, wave, mark, how):
    """Its mean ability runs to infinity: a note, never a gain of 20 SD; another group goes on."""
    pre, post = waves(rng, 120)
    flat = pd.DataFrame(mark, index=pre.index, columns=pre.columns)
    frames = (pre, flat) if wave == "after" else (flat, post)
    result = latent_gain(*frames, model="1PL")
    row = result.get(term="latent_gain")
    assert math.isnan(row.estimate)
    assert f"every answer {how} in the wave {wave}" in row.note
    assert row.note == result.note
    half = np.repeat(["A", "B"], 60)
    keep = pd.Series(half, index=pre.index).eq("A")
    mixed = [
        whole.where(keep, part, axis=0).assign(team=half)
        for whole, part in zip((pre, post), frames, strict=True)
    ]
    result = latent_gain(*mixed, model="1PL", group="team")
    assert math.isfinite(result.get(group="A", term="latent_gain").estimate)
    assert how in result.get(group="B", term="latent_gain").note


@pytest.mark.parametrize("case", ["repeated items", "key turned round"])
def test_without_a_maximum_there_are_no_numbers_and_no_huge_grid(rng: np.random.Generator, case):
    """Both likelihoods rise without end: the grid that they ask for would not fit into any memory."""
    pre, post = waves(rng, 100)
    if case == "repeated items":
        pre, post = (pd.DataFrame({f"item {j}": w["item 5"] for j in range(4)}) for w in (pre, post))
        result = latent_gain(pre, post, model="Rasch")
    else:
        theta, b = rng.normal(size=400), np.linspace(-1.5, 1.5, 6)
        after = 0.5 + 0.8 * theta + rng.normal(0, 0.5, 400)
        pre, post = (draw(rng, ability, np.ones(6), b) for ability in (theta, after))
        result = latent_gain(pre, post.assign(**{"item 1": 1 - post["item 1"]}), model="2PL")
    frame = result.to_frame()
    assert frame[["estimate", "std_error", "conf_low"]].isna().all(axis=None)
    assert (frame["note"] == "the search found no maximum").all()
    assert math.isnan(result.log_likelihood)
    assert result.items["difficulty"].isna().all()
    assert len(result.populations) == 0
    assert check(result, "convergence").status == "fail"
