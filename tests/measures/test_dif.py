"""Differential item functioning: published values, statsmodels, by hand, edges."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.stats.contingency_tables import StratifiedTable

from tne.measures.dif import differential_item_functioning
from tne.measures.dif_mantel import ets_class, size_class

METHODS = ("logistic", "mantel_haenszel")


def answers(
    rng: np.random.Generator, people: int = 600, items: int = 10, harder: float = 0.0
) -> pd.DataFrame:
    """Two languages; item q4 is harder in "en" by `harder` logits."""
    ability, difficulty = rng.normal(size=(people, 1)), np.linspace(-1.5, 1, items)
    shift = np.zeros((people, items))
    shift[people // 2 :, 3] = harder
    marks = rng.random((people, items)) < 1 / (1 + np.exp(-1.2 * (ability - difficulty) + shift))
    frame = pd.DataFrame(marks.astype(int), columns=[f"q{j + 1}" for j in range(items)])
    frame["language"] = np.repeat(["de", "en"], people // 2)
    return frame


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def run(frame: pd.DataFrame, method: str = "logistic", **more):
    return differential_item_functioning(frame, group="language", method=method, **more)


@pytest.mark.published("DIF-HCI-GENDER")
def test_logistic_dif_matches_published_concept_inventory(truth: Path):
    """McFarland and others (2017): no DIF by gender. R glm: the least BH-adjusted p is .101655 (651 people)."""
    data = pd.read_csv(truth / "data" / "HCI_ShinyItemAnalysis.csv").drop(columns="major")
    result = differential_item_functioning(data, group="gender", method="logistic")
    table = result.to_frame()
    assert table.p_adjusted.min() == pytest.approx(0.101655, abs=5e-7)
    assert table.flagged.sum() == 0
    assert (len(table), result.reference) == (20, 0)
    assert not differential_item_functioning(
        data, group="gender", method="mantel_haenszel"
    ).table.flagged.any()


def test_mantel_haenszel_matches_published_berkeley_admissions():
    """Bickel, Hammel and O'Connell (1975), six departments; R ?mantelhaen.test on UCBAdmissions.

    R prints: chi-square 1.4269 (corrected), p .2323, common odds ratio .9046968, 95 % interval .7719074 to 1.0603298.
    """
    # admitted men, rejected men, admitted women, rejected women
    table = [(512, 313, 89, 19), (353, 207, 17, 8), (120, 205, 202, 391), (138, 279, 131, 244), (53, 138, 94, 299),
             (22, 351, 24, 317)]  # fmt: skip
    kinds = [("man", 1), ("man", 0), ("woman", 1), ("woman", 0)]
    rows = [
        (d, *kind)
        for d, row in enumerate(table)
        for kind, n in zip(kinds, row, strict=True)
        for _ in range(n)
    ]
    frame = pd.DataFrame(rows, columns=["department", "sex", "admitted"])
    result = differential_item_functioning(frame, group="sex", method="mantel_haenszel", match="department")
    found = result.table.iloc[0]
    assert found.statistic == pytest.approx(1.4269, abs=5e-5)
    assert found.p_value == pytest.approx(0.2323, abs=5e-5)
    limits = (found.odds_ratio, found.odds_ratio_low, found.odds_ratio_high)
    assert limits == pytest.approx((0.9046968, 0.7719074, 1.0603298), abs=5e-8)
    assert (result.anchors, status(result, "matching")) == ((), "pass")


def test_mantel_haenszel_matches_published_smoking_in_china():
    """Agresti (1996) 62-63, and statsmodels' documentation: odds ratio 2.174 (1.984 to 2.383), chi-square 280.138."""
    cities = [
        (126, 100, 35, 61), (908, 688, 497, 807), (913, 747, 336, 598), (235, 172, 58, 121),
        (402, 308, 121, 215), (182, 156, 72, 98), (60, 99, 11, 43), (104, 89, 21, 36),
    ]  # fmt: skip
    kinds = [("yes", 1), ("yes", 0), ("no", 1), ("no", 0)]
    cells = [(city, *kind, n) for city, row in enumerate(cities) for kind, n in zip(kinds, row, strict=True)]
    table = pd.DataFrame(cells, columns=["city", "smokes", "cancer", "n"])
    people = table.loc[table.index.repeat(table["n"])].drop(columns="n")
    found = differential_item_functioning(
        people, group="smokes", method="mantel_haenszel", reference="yes", match="city", correct=False
    ).table.iloc[0]
    assert found["statistic"] == pytest.approx(280.138, abs=5e-4)
    got = (found["odds_ratio"], found["odds_ratio_low"], found["odds_ratio_high"])
    assert got == pytest.approx((2.174, 1.984, 2.383), abs=5.1e-4)
    assert (found["n"], found["ets_class"]) == (8419, "C")


# Men and women (73 of 316) with the sums 0 … 24 of 24 items: women yes, no, men yes, no (Vansteelandt 2000)
VERBAL = {
    "S2WantShout": [
        (0, 4, 0, 0), (0, 3, 0, 1), (1, 8, 0, 1), (1, 6, 0, 0), (3, 12, 0, 3), (2, 7, 1, 3), (1, 8, 0, 2),
        (6, 8, 1, 2), (4, 10, 2, 5), (7, 8, 1, 4), (7, 9, 0, 3), (7, 6, 0, 2), (9, 6, 1, 3), (4, 5, 3, 3),
        (16, 4, 0, 5), (12, 6, 3, 2), (7, 2, 5, 2), (5, 1, 3, 0), (8, 1, 1, 2), (8, 0, 2, 0), (5, 0, 0, 1),
        (6, 0, 3, 0), (5, 0, 0, 0), (1, 0, 2, 0), (4, 0, 1, 0),
    ],
    "S2DoScold": [
        (0, 4, 0, 0), (0, 3, 0, 1), (0, 9, 0, 1), (0, 7, 0, 0), (1, 14, 0, 3), (1, 8, 1, 3), (1, 8, 2, 0),
        (3, 11, 2, 1), (3, 11, 4, 3), (1, 14, 0, 5), (6, 10, 2, 1), (5, 8, 2, 0), (8, 7, 3, 1), (6, 3, 4, 2),
        (11, 9, 4, 1), (12, 6, 4, 1), (9, 0, 7, 0), (5, 1, 1, 2), (7, 2, 3, 0), (6, 2, 2, 0), (5, 0, 1, 0),
        (6, 0, 3, 0), (5, 0, 0, 0), (1, 0, 2, 0), (4, 0, 1, 0),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("item", "chi2", "plain", "alpha", "delta", "both", "gain", "nonuniform", "uniform"),
    [
        ("S2WantShout", 9.6032, 10.6034, 2.8804, -2.4861, 11.4111, 0.0343, 0.1080, 11.3031),
        ("S2DoScold", 6.8395, 7.7670, 0.3746, 2.3072, 10.2622, 0.0277, 1.1221, 9.1401),
    ],
)
def test_verbal_aggression_matches_published_numbers(
    item, chi2, plain, alpha, delta, both, gain, nonuniform, uniform
):
    """R difR 6, difMH and difLogistic on its data `verbal` (Magis and others 2010, Behavior Research Methods 42)."""
    kinds = [("woman", 1), ("woman", 0), ("man", 1), ("man", 0)]
    rows = [
        (score, *kind)
        for score, cells in enumerate(VERBAL[item])
        for kind, n in zip(kinds, cells, strict=True)
        for _ in range(n)
    ]
    frame = pd.DataFrame(rows, columns=["score", "gender", item])
    assert len(frame) == 316
    how = {"group": "gender", "reference": "woman", "match": "score"}
    for correct, value in ((True, chi2), (False, plain)):
        row = differential_item_functioning(
            frame, method="mantel_haenszel", correct=correct, **how
        ).table.iloc[0]
        assert (row.statistic, row.odds_ratio, row.estimate) == pytest.approx(
            (value, alpha, delta), abs=5.1e-5
        )
        assert row.effect_class == "C"
    found = differential_item_functioning(frame, method="logistic", **how)
    for test, value in (("both", both), ("nonuniform", nonuniform), ("uniform", uniform)):
        assert found.tests.get(item=item, term=f"{test}_test").statistic == pytest.approx(value, abs=5.1e-5)
    assert found.table.iloc[0].effect_size == pytest.approx(gain, abs=5.1e-5)


@pytest.mark.parametrize("correct", [True, False])
def test_mantel_haenszel_equals_statsmodels(rng: np.random.Generator, correct: bool):
    frame = answers(rng, harder=0.6)
    total = frame.filter(like="q").sum(axis=1)
    result = run(frame, "mantel_haenszel", correct=correct).table.set_index("item")
    for name in ("q1", "q4", "q10"):
        layers = [
            pd.crosstab(part.language, part[name]).reindex(index=["de", "en"], columns=[1, 0], fill_value=0)
            for _, part in frame.groupby(total)
        ]
        other = StratifiedTable(
            [layer.to_numpy(dtype=float) for layer in layers if layer.to_numpy().sum() > 1]
        )
        ours, test = result.loc[name], other.test_null_odds(correction=correct)
        assert ours.odds_ratio == pytest.approx(other.oddsratio_pooled, rel=1e-9)
        assert ours.estimate == pytest.approx(-2.35 * other.logodds_pooled, rel=1e-9)
        assert ours.std_error == pytest.approx(2.35 * other.logodds_pooled_se, rel=1e-9)
        assert (ours.statistic, ours.p_value) == pytest.approx((test.statistic, test.pvalue), rel=1e-9)


@pytest.mark.parametrize("match", ["total", "rest"])
def test_logistic_tests_equal_statsmodels(rng: np.random.Generator, match: str):
    """Likelihood ratios, the uniform contrast with its Wald interval, and Nagelkerke's R² by its formula."""
    frame = answers(rng, harder=0.6)
    both = run(frame, match=match)
    total = frame.filter(like="q").sum(axis=1)
    for name in ("q1", "q4", "q10"):
        data = frame.assign(y=frame[name], s=total - (frame[name] if match == "rest" else 0))
        fits = [
            smf.glm(f"y ~ {right}", data, family=sm.families.Binomial()).fit()
            for right in ("1", "s", "s + language", "s * language")
        ]
        null, plain, parallel, crossing = (fit.llf for fit in fits)
        expected = {
            "both": (plain, crossing),
            "uniform": (plain, parallel),
            "nonuniform": (parallel, crossing),
        }
        for test, (small, large) in expected.items():
            told = both.tests.get(item=name, term=f"{test}_test")
            assert told.statistic == pytest.approx(2 * (large - small), abs=1e-6)
            n = len(data)
            gain = (math.exp(2 * (null - small) / n) - math.exp(2 * (null - large) / n)) / -math.expm1(
                2 * null / n
            )
            assert told.estimate == pytest.approx(gain, abs=1e-9)
        row = both.table.set_index("item").loc[name]
        assert row.estimate == pytest.approx(fits[2].params["language[T.en]"], rel=1e-6)
        interval = fits[2].conf_int().loc["language[T.en]"]
        assert (row.conf_low, row.conf_high) == pytest.approx(tuple(interval), rel=1e-5)
        assert row.statistic == both.tests.get(item=name, term="both_test").statistic


def test_three_groups_equal_statsmodels(rng: np.random.Generator):
    frame = answers(rng, 900, harder=0.5)
    frame["language"] = np.array(["de", "en", "pt"])[np.arange(900) % 3]
    result = run(frame)
    data = frame.assign(y=frame.q2, s=frame.filter(like="q").sum(axis=1))
    fits = [smf.glm(f"y ~ {r}", data, family=sm.families.Binomial()).fit() for r in ("s", "s * language")]
    row = result.table.set_index("item").loc["q2"]
    assert (row.statistic, row.df) == (pytest.approx(2 * (fits[1].llf - fits[0].llf), abs=1e-6), 4)
    assert math.isnan(row.estimate)
    assert ".tests" in row.note
    assert result.tests.get(item="q2", group="pt", term="uniform").n == 600
    pairs = run(frame, "mantel_haenszel").table
    assert len(pairs) == 20
    only = frame[frame.language != "pt"]
    alone = run(only, "mantel_haenszel").table.set_index("item")
    several = pairs[pairs.group.eq("en")].set_index("item")
    assert several.estimate.tolist() == pytest.approx(alone.estimate.tolist())


@pytest.mark.parametrize("method", METHODS)
def test_a_planted_item_is_flagged(rng: np.random.Generator, method: str):
    result = run(answers(rng, 1200, harder=1.2), method, purify=True)
    table = result.table.set_index("item")
    assert table.flagged["q4"]
    assert table.p_value.idxmin() == "q4"
    assert table.estimate["q4"] < 0  # harder for "en"
    assert table.flagged.sum() <= 2
    assert status(result, "dif") == "warn"
    assert "q4" in str(result)


@pytest.mark.parametrize("method", METHODS)
def test_without_a_difference_checks_are_silent(rng: np.random.Generator, method: str):
    result = run(answers(rng, 600), method)
    assert not result.table.flagged.any()
    assert {c.status for c in result.checks} == {"pass"}


@pytest.mark.parametrize("method", METHODS)
def test_swapping_the_reference_turns_the_sign(rng: np.random.Generator, method: str):
    frame = answers(rng, harder=0.5)
    plain, swapped = run(frame, method), run(frame, method, reference="en")
    assert swapped.reference == "en"
    assert swapped.table.estimate.tolist() == pytest.approx((-plain.table.estimate).tolist(), rel=1e-6)
    assert swapped.table.p_value.tolist() == pytest.approx(plain.table.p_value.tolist(), rel=1e-6)


def test_purification_leaves_the_flagged_item_out_of_the_sum(rng: np.random.Generator):
    frame = answers(rng, 2000, harder=1.2)
    result = run(frame, "mantel_haenszel", purify=True)
    assert "q4" not in result.anchors
    named = [c for c in frame if c.startswith("q") and c != "q4"]
    alone = differential_item_functioning(
        frame[[*named, "language"]], group="language", method="mantel_haenszel"
    )
    ours = result.table.set_index("item").loc[named]
    assert ours.estimate.tolist() == pytest.approx(alone.table.set_index("item").loc[named].estimate.tolist())


@pytest.mark.parametrize("method", METHODS)
def test_without_adjustment_p_values_flag_by_themselves(rng: np.random.Generator, method: str):
    """As difR by default; purified by hand: the sum of the items that are not flagged, and the tested one."""
    frame = answers(rng, 1200, harder=0.6)
    result = run(frame, method, adjust="none")
    assert result.table.p_adjusted.tolist() == result.table.p_value.tolist()
    assert result.table.flagged.tolist() == (result.table.p_value < 0.05).tolist()
    pure = run(frame, method, adjust="none", purify=True)
    left = [c for c in frame.columns.drop("language") if c in pure.anchors]
    for row in pure.table.to_dict("records"):
        name = row["item"]
        used = list(dict.fromkeys([*left, name]))
        alone = frame[[name, "language"]].assign(criterion=frame[used].sum(axis=1))
        by_hand = run(alone, method, match="criterion")
        assert row["statistic"] == pytest.approx(by_hand.table.statistic.iloc[0])
    assert sorted(pure.anchors) == sorted(pure.table.item[~pure.table.flagged])
    assert status(pure, "matching") == "pass"


def test_columns_that_are_no_items_never_drown_the_sum(rng: np.random.Generator):
    """An age among the items would be what people are matched on: refused, unless `items` says what counts."""
    frame = answers(rng)
    with pytest.raises(ValueError, match=r"Columns age of .* not scored 0 or 1.*`items`"):
        run(frame.assign(age=40))
    named = [c for c in frame if c != "language"]
    told = run(frame.assign(age=rng.integers(18, 60, len(frame))), items=named).table
    assert told.statistic.tolist() == run(frame).table.statistic.tolist()
    partial = run(frame.assign(q1=2 * frame.q1), items=named).table.set_index("item")
    assert partial.loc["q1", "note"] == "not scored 0 or 1"
    assert partial.p_value.notna().sum() == len(named) - 1


@pytest.mark.parametrize("method", METHODS)
def test_constant_missing_and_partial_items_get_a_note_and_others_go_on(
    rng: np.random.Generator, method: str
):
    frame = answers(rng).astype({f"q{j + 1}": float for j in range(10)})
    frame["q1"], frame["q2"], frame["q3"] = 1.0, np.nan, frame.q3 / 2
    frame.loc[frame.language.eq("en"), "q5"] = np.nan
    frame.loc[::4, "q6"] = np.nan
    result = run(frame, method)
    table = result.table.set_index("item")
    assert table.p_value.isna().sum() == 4
    assert table.loc[["q1", "q2", "q3", "q5"], "note"].ne("").all()
    assert not table.loc[["q1", "q2", "q3", "q5"], "flagged"].any()
    assert table.n["q6"] == 450
    assert status(result, "untested_items") == "warn"
    assert status(run(answers(rng), method), "untested_items") == "pass"


def test_an_item_that_one_group_has_all_right(rng: np.random.Generator):
    """No finite estimate exists; the Mantel-Haenszel test still does."""
    frame = answers(rng)
    frame.loc[frame.language.eq("en"), "q8"] = 1
    logistic = run(frame).table.set_index("item").loc["q8"]
    assert math.isnan(logistic.estimate)
    assert math.isnan(logistic.p_value)
    assert logistic.note
    pairs = run(frame, "mantel_haenszel").table.set_index("item").loc["q8"]
    assert math.isnan(pairs.estimate)
    assert pairs.flagged


def test_two_items_that_separate_right_from_wrong():
    """With two items, the sum 0 or 2 says everything: no finite slope without overlap."""
    frame = pd.DataFrame({"a": [0, 1] * 50, "b": [0, 1] * 50, "language": ["de"] * 50 + ["en"] * 50})
    table = run(frame).table
    assert table.p_value.isna().all()
    assert table.note.ne("").all()


@pytest.mark.parametrize(("people", "expected"), [(38, "fail"), (60, "warn"), (200, "pass")])
def test_small_groups_are_refused_or_warned_about(rng: np.random.Generator, people: int, expected: str):
    result = run(answers(rng, people))
    assert status(result, "few_people") == expected
    assert result.table.p_value.isna().all() == (expected == "fail")
    assert result.table.loc[result.table.estimate.isna(), "note"].ne("").all()


def test_a_tiny_third_group_does_not_stop_the_others(rng: np.random.Generator):
    frame = answers(rng)
    frame.loc[:9, "language"] = "pt"
    frame.loc[20:24, "language"] = None
    result = run(frame)
    assert result.table.df.eq(2).all()
    assert (status(result, "few_people"), status(result, "missing")) == ("warn", "warn")


def test_classes_by_hand():
    """ETS (Zwick 2012): C needs 1.5 and significantly more than 1; A is small or not significant."""
    assert [size_class(d) for d in (0.99, -1, 1.49, -1.5)] == ["A", "B", "B", "C"]
    assert ets_class(-1.6, 0.2, 0.001) == "C"
    assert ets_class(-1.6, 0.5, 0.001) == "B"
    assert ets_class(-1.6, 0.9, 0.08) == "A"
    assert ets_class(0.9, 0.1, 0.001) == "A"


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"group": "absent"}, KeyError, "lacks"),
        ({"method": "lasso"}, ValueError, "logistic"),
        ({"test": "all"}, ValueError, "uniform"),
        ({"match": "theta"}, KeyError, "lacks"),
        ({"match": "q1", "purify": True}, ValueError, "purify"),
        ({"reference": "fr"}, ValueError, "has no fr"),
        ({"items": ["q1"]}, ValueError, "fewer than two items"),
        ({"items": ["q1", "q2", "q1"]}, ValueError, "twice"),
        ({"items": [7, 8]}, KeyError, "lacks the columns 7, 8"),
        ({"items": ["q1", "language"]}, ValueError, "column of the group"),
        ({"adjust": "fdr"}, ValueError, "bh"),
        ({"group": ["de", "en"]}, TypeError, "must name a column"),
        ({"conf_level": 1}, ValueError, "share"),
    ],
)
def test_bad_input_says_what_to_do(rng: np.random.Generator, change: dict, error: type, words: str):
    with pytest.raises(error, match=words):
        differential_item_functioning(
            answers(rng, 60), **({"group": "language", "method": "logistic"} | change)
        )


def test_bad_frames_are_refused(rng: np.random.Generator):
    frame = answers(rng, 60)
    with pytest.raises(ValueError, match="1 group"):
        run(frame.head(30))
    with pytest.raises(TypeError, match="not numeric"):
        run(frame.assign(site="Berlin"))
    with pytest.raises(ValueError, match="0 or 1"):
        run(frame.assign(**{f"q{j + 1}": frame[f"q{j + 1}"] * 2 for j in range(10)}))
    with pytest.raises(ValueError, match="one row per moderator_id"):
        run(frame.assign(moderator_id="m1"))
