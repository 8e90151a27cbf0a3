"""Audit accuracy: R's survey package, cluster-robust regression, standardisation by hand, invariances, edges."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest

from tne.measures.audit_accuracy import audit_accuracy
from tne.measures.audit_rates import rate
from tne.measures.audit_seeded import seeded_accuracy
from tne.measures.ols import clustered_ols

# Births of mothers with five children or more, cases of Down's syndrome among them, and all births, by age of mother:
# Fay and Feuer (1997), Confidence intervals for directly standardized rates, Statistics in Medicine 16, table II
DOWN = np.array([0, 8, 63, 112, 262, 295])
BIRTHS = np.array([327, 30666, 123419, 149919, 104088, 34392])
ALL_BIRTHS = np.array([319933, 931318, 786511, 488235, 237863, 61313])


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def some(rng: np.random.Generator, n: int = 600, people: int = 20) -> pd.DataFrame:
    person = rng.integers(0, people, n)
    p = 0.85 + 0.1 * (person % 2)
    return pd.DataFrame(
        {
            "moderator_id": [f"m{i}" for i in person],
            "queue": rng.choice(["video", "live"], n),
            "policy_area": rng.choice(["hate", "spam", "nudity"], n),
            "team": rng.choice(["a", "b"], n),
            "correct": rng.random(n) < p,
            "sampling_weight": rng.choice([0.5, 1.0, 4.0], n),
            "seeded": rng.random(n) < 0.05,
        }
    )


def test_stratified_share_matches_published_svymean():
    """R survey, svymean(~awards) on apistrat: .638936064; SE with its finite populations .034405917997.

    Schools with awards by type: svytotal of each type among them over its weight, 3227.33 / 44.21 and so on. Our error
    is without finite populations: Σ (W_h / W)² p (1 − p) / (n − 1), R's with each term times 1 − n_h / N_h.
    """
    awards = ((73, 100), (16, 50), (24, 50))
    right = np.concatenate([np.r_[np.ones(k), np.zeros(n - k)] for k, n in awards])
    weight = np.repeat([44.2099990844727, 15.1000003814697, 20.3600006103516], [100, 50, 50])
    stratum = np.repeat([0, 1, 2], [100, 50, 50])
    found = rate(right, weight, np.arange(200), stratum, np.bincount(stratum, weight))
    assert found.estimate == pytest.approx(0.638936064050579, abs=1e-9)
    (k, n), size = np.array(awards).T, np.bincount(stratum, weight)
    each = (size / size.sum()) ** 2 * k / n * (1 - k / n) / (n - 1)
    assert math.sqrt(each @ (1 - n / size)) == pytest.approx(0.034405917997269, abs=1e-9)
    assert found.std_error == pytest.approx(math.sqrt(each.sum()), rel=1e-9)


def test_simple_share_by_hand():
    """124 of 200 with equal weights: √(p (1 − p) / (n − 1))."""
    frame = pd.DataFrame({"correct": [1] * 124 + [0] * 76, "sampling_weight": 30.97})
    found = audit_accuracy(frame, standardize=()).get(term="accuracy")
    assert found.estimate == pytest.approx(0.62)
    assert found.std_error == pytest.approx(math.sqrt(0.62 * 0.38 / 199), rel=1e-12)


def test_standardised_rate_by_hand():
    """Σ w x / n / Σ w on Fay and Feuer's births; its variance Σ (w / n)² x (1 − x / n) n / (n − 1)."""
    y = np.concatenate([np.r_[np.ones(x), np.zeros(n - x)] for x, n in zip(DOWN, BIRTHS, strict=True)])
    stratum = np.repeat(np.arange(6), BIRTHS)
    found = rate(y, np.ones(len(y)), np.arange(len(y)), stratum, ALL_BIRTHS.astype(float))
    share = ALL_BIRTHS / ALL_BIRTHS.sum()
    p = DOWN / BIRTHS
    assert found.estimate == pytest.approx(share @ p, rel=1e-12)
    assert found.std_error == pytest.approx(
        math.sqrt((share**2 * p * (1 - p) / (BIRTHS - 1)).sum()), rel=1e-9
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_error_and_df_equal_cr2_of_the_regression_on_strata(rng, weighted):
    frame = some(rng, 400).assign(seeded=False)
    if not weighted:
        frame["sampling_weight"] = 1.0
    root = np.sqrt(frame["sampling_weight"])
    cell = frame["queue"] + frame["policy_area"]
    scaled = pd.DataFrame({name: (cell == name) * root for name in sorted(cell.unique())})
    names = list(scaled)
    scaled = scaled.assign(y=frame["correct"] * root, who=frame["moderator_id"])
    share = frame.groupby(cell)["sampling_weight"].sum() / frame["sampling_weight"].sum()
    # the mix as the first coefficient: x_h' = x_h − (π_h / π_1) x_1 leaves Σ π_h r_h in front of x_1 / π_1
    turned = pd.DataFrame({"first": scaled[names[0]] / share[names[0]]})
    for name in names[1:]:
        turned[name] = scaled[name] - share[name] / share[names[0]] * scaled[names[0]]
    turned = turned.assign(y=scaled["y"], who=scaled["who"])
    formula = "y ~ 0 + first + " + " + ".join(names[1:])
    fitted = clustered_ols(turned, formula=formula, cluster="who", errors="CR2").get(term="first")
    found = audit_accuracy(frame).get(term="accuracy")
    assert found.estimate == pytest.approx(fitted.estimate, rel=1e-9)
    assert found.std_error == pytest.approx(fitted.std_error, rel=1e-9)
    assert found.df == pytest.approx(fitted.df, rel=1e-7)


def test_weights_and_mix_by_hand():
    frame = pd.DataFrame(
        {
            "team": list("aaaabbbb"),
            "queue": list("xxyyxyyy"),
            "correct": [1, 0, 1, 1, 1, 0, 1, 0],
            "sampling_weight": [1.0, 1, 2, 2, 1, 1, 1, 1],
        }
    )
    found = audit_accuracy(frame, by="team", standardize="queue")
    # the mix: x 3 of 10, y 7 of 10; a is right in ½ and 1, b in 1 and ⅓
    assert found.get(team="a", term="accuracy").estimate == pytest.approx(0.3 * 0.5 + 0.7)
    assert found.get(team="b", term="accuracy").estimate == pytest.approx(0.3 + 0.7 / 3)
    assert found.get(team="a", term="crude_accuracy").estimate == pytest.approx(5 / 6)


def test_seeded_cases_are_left_out_and_counted(rng):
    frame = some(rng)
    without = frame[~frame["seeded"]]
    one, other = audit_accuracy(frame, by="team"), audit_accuracy(without, by="team")
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())
    check = next(c for c in one.checks if c.name == "seeded_cases")
    assert str(int(frame["seeded"].sum())) in check.detail
    own = frame[frame["seeded"]]
    seeded = next(iter(seeded_accuracy(frame)))
    assert seeded.estimate == pytest.approx(own["correct"].mean())
    assert seeded.n == len(own)


def test_interval_of_independent_audits_is_wilsons():
    """81 of 263: Newcombe (1998), Statistics in Medicine 17:857-872, table I: .2553 to .3662."""
    frame = pd.DataFrame({"correct": [1] * 81 + [0] * 182})
    found = audit_accuracy(frame, standardize=()).get(term="accuracy")
    assert found.conf_low == pytest.approx(0.2553, abs=5e-5)
    assert found.conf_high == pytest.approx(0.3662, abs=5e-5)


@pytest.mark.parametrize("scale", [0.01, 1000.0])
def test_scale_of_weights_order_and_index_do_not_matter(rng, scale):
    frame = some(rng)
    base = audit_accuracy(frame, by="team").to_frame()
    other = frame.assign(sampling_weight=scale * frame["sampling_weight"]).sample(frac=1, random_state=1)
    other.index = np.arange(len(other))[::-1] * 7
    other["correct"] = other["correct"].astype("Int64")
    for name in ("team", "queue", "moderator_id"):
        other[name] = other[name].astype("category")
    changed = audit_accuracy(other, by="team").to_frame()
    columns = ["estimate", "std_error", "df", "conf_low", "conf_high", "n", "n_people"]
    np.testing.assert_allclose(base[columns].to_numpy(), changed[columns].to_numpy(), rtol=1e-9)


def test_overlap_warns_where_a_group_lacks_part_of_the_mix(rng):
    frame = some(rng)
    assert status(audit_accuracy(frame, by="team"), "overlap") == "pass"
    partly = frame[~((frame["team"] == "a") & (frame["queue"] == "live"))]
    found = audit_accuracy(partly, by="team")
    assert status(found, "overlap") == "warn"
    assert "% of the common mix only" in found.get(team="a", term="accuracy").note
    assert found.get(team="b", term="accuracy").note == ""


def test_edges_are_said(rng):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = some(rng).assign(seeded=False)
        assert len(audit_accuracy(frame.iloc[:0], by="team")) == 0
        nothing = audit_accuracy(frame.iloc[:0]).get(term="accuracy")
        assert math.isnan(nothing.estimate)
        assert nothing.note == "no audits"
        one = audit_accuracy(frame[frame["moderator_id"] == "m1"]).get(term="accuracy")
        assert math.isnan(one.std_error)
        assert "one person" in one.note
        right = audit_accuracy(frame.assign(correct=True), standardize=()).get(term="accuracy")
        assert right.estimate == 1
        assert 0.95 < right.conf_low < right.conf_high == 1
        assert "all alike" in right.note
        equal = audit_accuracy(frame.assign(sampling_weight=1))
        assert status(equal, "sampling_weights") == "not_run"
        bare = audit_accuracy(frame[["correct"]], standardize=())
        assert status(bare, "seeded_cases") == "not_run"
        gone = frame.assign(correct=frame["correct"].astype("boolean").mask(np.arange(len(frame)) < 5))
        assert status(audit_accuracy(gone), "missing") == "warn"
        assert next(iter(seeded_accuracy(frame))).note == "no seeded test cases"
        assert len(seeded_accuracy(frame.drop(columns="seeded"), by="team")) == 0


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"sampling_weight": -1.0}, ValueError, "negative"),
        ({"sampling_weight": np.nan}, ValueError, "missing"),
        ({"correct": 2}, ValueError, "neither true nor false"),
        ({"correct": "yes"}, TypeError, "not numeric"),
        ({"moderator_id": None}, ValueError, "moderator_id"),
    ],
)
def test_bad_input_raises_without_identities(rng, change, error, says):
    with pytest.raises(error, match=says) as caught:
        audit_accuracy(some(rng).assign(**change))
    assert "m1" not in str(caught.value).split()


def test_absent_columns_raise(rng):
    with pytest.raises(KeyError, match="queue"):
        audit_accuracy(some(rng).drop(columns="queue"))
    with pytest.raises(ValueError, match="conf_level"):
        audit_accuracy(some(rng), conf_level=95)


def test_audits_of_nobody_known_are_about_an_unknown_number_of_people(rng):
    """Without `moderator_id` twenty audits may be of one person: the number of people is not that of the rows."""
    bare = some(rng).drop(columns="moderator_id")
    for found in (audit_accuracy(bare, by="team"), seeded_accuracy(bare)):
        frame = found.to_frame()
        assert frame["estimate"].notna().all()
        assert frame[["n_people", "n_people_total"]].isna().all(axis=None)
    assert status(audit_accuracy(bare), "few_people") == "not_run"


@pytest.mark.parametrize("people", [12, 60])
def test_error_is_near_that_of_leaving_each_person_out(rng, people):
    """The jackknife over people, the mix held: no formula of a ratio; it is the larger with few people."""
    frame = some(rng, 40 * people, people).assign(seeded=False)
    y, weight = frame["correct"].to_numpy(float), frame["sampling_weight"].to_numpy()
    person = frame["moderator_id"].to_numpy()
    stratum = frame.groupby(["queue", "policy_area"]).ngroup().to_numpy()
    mix = np.bincount(stratum, weight)

    def value(keep: np.ndarray) -> float:
        total = np.bincount(stratum[keep], weight[keep], len(mix))
        return float(mix / mix.sum() @ (np.bincount(stratum[keep], (weight * y)[keep], len(mix)) / total))

    left = np.array([value(person != who) for who in np.unique(person)])
    jackknife = math.sqrt((people - 1) / people * ((left - left.mean()) ** 2).sum())
    found = rate(y, weight, person, stratum, mix)
    assert found.estimate == pytest.approx(value(np.ones(len(y), dtype=bool)), rel=1e-12)
    assert found.std_error == pytest.approx(jackknife, rel=0.12 if people == 12 else 0.03)


def test_cells_of_one_person_are_said(rng):
    """Who alone decided a cell adds nothing to the error: the interval is too short, and the check says so."""
    frame = some(rng)
    assert status(audit_accuracy(frame), "few_people") == "pass"
    split = frame["queue"].eq("video") & frame["moderator_id"].ne("m0")
    assert status(audit_accuracy(frame[~split]), "few_people") == "pass"
    heavy = frame[~split].assign(sampling_weight=np.where(frame[~split]["queue"].eq("video"), 40.0, 1.0))
    found = audit_accuracy(heavy)
    assert status(found, "few_people") == "warn"
    assert "one moderator" in next(c.detail for c in found.checks if c.name == "few_people")
