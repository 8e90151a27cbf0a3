"""Agreement by group, by pair, over sessions, against the reference, and the agenda; truth: recovery."""

import math

import numpy as np
import pandas as pd
import pytest

from tests.measures.test_agreement import FOUR, long
from tne.measures.agreement import agreement
from tne.measures.agreement_accuracy import rater_accuracy
from tne.measures.agreement_cases import cases_to_discuss
from tne.measures.agreement_groups import agreement_by, pairwise_agreement
from tne.measures.agreement_sessions import agreement_drift
from tne.measures.agreement_settled import accuracy_from_agreement
from tne.result import ESTIMATE_COLUMNS

pytestmark = pytest.mark.filterwarnings("error")

LABELS = np.array(["allow", "remove", "restrict", "escalate"])


def session(rng, n=30, raters=6, right=0.8, name=1, area="hate", start=0) -> pd.DataFrame:
    """Ratings of one session; the reference is right."""
    true = rng.integers(0, 4, n)
    given = np.where(rng.random((n, raters)) < right, true[:, None], rng.integers(0, 4, (n, raters)))
    case, rater = np.indices(given.shape)
    return pd.DataFrame(
        {
            "calibration_id": name,
            "case_id": start + case.ravel(),
            "rater_id": [f"r{i}" for i in rater.ravel()],
            "role": np.where(rater.ravel() < 2, "qa", "moderator"),
            "policy_area": area,
            "label": LABELS[given.ravel()],
            "reference_label": LABELS[true[case.ravel()]],
            "rated_at": pd.Timestamp("2025-01-06", tz="UTC") + pd.Timedelta(days=7 * name),
        }
    )


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def test_groups_are_the_coefficient_of_their_own_ratings(rng):
    ratings = pd.concat([session(rng, area="hate"), session(rng, area="spam", right=0.5, start=100)])
    ratings = ratings.sample(frac=1, random_state=1)
    for coefficient in ("gwet_ac1", "cohen_kappa", "krippendorff_alpha"):
        found = agreement_by(ratings, by=("policy_area", "role"), coefficient=coefficient)
        assert list(found.to_frame().columns) == ["policy_area", "role", *ESTIMATE_COLUMNS]
        for (area, role), part in ratings.groupby(["policy_area", "role"]):
            alone = agreement(part, coefficient=coefficient, categories=sorted(LABELS))
            row = found.get(policy_area=area, role=role)
            assert (row.estimate, row.std_error) == pytest.approx(
                (alone.estimate, alone.std_error), abs=1e-12
            )
            assert (row.n, row.n_people) == (30, 2 if role == "qa" else 4)


def test_groups_share_their_categories():
    """A group in which a label never came up still had it to choose."""
    ratings = long(["xx", "xy", "zz"], str).assign(policy_area=["a"] * 4 + ["b"] * 2)
    found = agreement_by(ratings, by="policy_area", coefficient="brennan_prediger")
    assert found.get(policy_area="a").estimate == pytest.approx((0.5 - 1 / 3) / (2 / 3))
    assert found.get(policy_area="b").estimate == 1


def test_a_case_of_two_sessions_is_two_units(rng):
    one = session(rng)
    twice = pd.concat([one, one.assign(calibration_id=2)])
    assert agreement_by(twice, by="policy_area").get(policy_area="hate").n == 60
    with pytest.raises(ValueError, match="add the session"):
        agreement_by(twice, by="policy_area", unit="case_id")


def test_groups_that_cannot_be_known_say_why(rng):
    ratings = session(rng)
    alone = ratings[ratings["rater_id"].isin(["r0", "r2", "r3"])]
    found = agreement_by(alone, by="role")
    assert math.isnan(found.get(role="qa").estimate)
    assert found.get(role="qa").note
    assert math.isfinite(found.get(role="moderator").estimate)
    assert status(found, "few_cases") == "warn"
    assert len(agreement_by(ratings.head(0), by="role")) == 0
    with pytest.raises(KeyError, match="queue"):
        agreement_by(ratings, by="queue")
    with pytest.raises(ValueError, match="missing in 1 row"):
        agreement_by(ratings.assign(role=[None, *ratings["role"].iloc[1:]]), by="role")


def test_pairs_are_the_coefficient_of_two(rng):
    ratings = session(rng)
    found = pairwise_agreement(ratings, coefficient="cohen_kappa")
    assert len(found.to_frame()) == 15
    for row in found.to_frame().head(4).to_dict("records"):
        part = ratings[ratings["rater_id"].isin([row["rater_1"], row["rater_2"]])]
        alone = agreement(part, coefficient="cohen_kappa", categories=sorted(LABELS))
        assert (row["estimate"], row["std_error"]) == pytest.approx(
            (alone.estimate, alone.std_error), abs=1e-12
        )
    wide = found.matrix()
    assert wide.shape == (6, 6)
    np.testing.assert_array_equal(wide.to_numpy(), wide.to_numpy().T)
    assert np.isnan(np.diag(wide)).all()
    assert found.matrix("n").loc["r0", "r1"] == 30


def test_pairs_that_share_nothing_are_left_out():
    found = pairwise_agreement(long(["xx..", "xy..", "..xx"], str), coefficient="percent")
    assert found.to_frame()[["rater_1", "rater_2"]].to_numpy().tolist() == [["r0", "r1"], ["r2", "r3"]]
    assert math.isnan(found.matrix().loc["r0", "r3"])
    nobody = pairwise_agreement(long(["x.", ".y"], str))
    assert len(nobody.to_frame()) == 0
    assert status(nobody, "few_cases") == "not_run"
    assert nobody.matrix().shape == (0, 0)


def test_accuracy_by_hand():
    """Two raters, four cases, six of eight right."""
    ratings = long(["xx", "xy", "yy", "yx"], str).assign(reference_label=list("xxxxyyyy"))
    row = next(iter(rater_accuracy(ratings)))
    assert row.estimate == 0.75
    assert (row.n, row.n_people) == (8, 2)
    off = np.array([[0.25, 0.25], [0.25, -0.75], [0.25, 0.25], [0.25, -0.75]])
    by_case = (off.sum(axis=1) ** 2).sum() / 64 * 4 / 3
    by_rater = (off.sum(axis=0) ** 2).sum() / 64 * 2
    plain = (off**2).sum() / 64
    assert row.std_error == pytest.approx(
        math.sqrt(max(by_case + by_rater - plain, by_case, by_rater, plain))
    )


def test_accuracy_of_one_rater_is_wilsons():
    """20 of 25 right: Wilson's interval .609 to .911 (statsmodels)."""
    from statsmodels.stats.proportion import proportion_confint

    ratings = pd.DataFrame({"case_id": range(25), "rater_id": "a", "label": ["x"] * 20 + ["y"] * 5})
    row = next(iter(rater_accuracy(ratings.assign(reference_label="x"), by="rater_id")))
    assert (row.conf_low, row.conf_high) == pytest.approx(
        proportion_confint(20, 25, method="wilson"), abs=1e-12
    )
    assert row.n_people == 1


def test_accuracy_where_all_are_right_has_an_interval_below_one(rng):
    ratings = session(rng, right=1.0)
    row = rater_accuracy(ratings, by="role").get(role="qa")
    assert row.estimate == 1
    assert 0.8 < row.conf_low < 0.95
    assert math.isnan(row.std_error)
    assert status(rater_accuracy(ratings), "own_reference") == "warn"
    assert status(rater_accuracy(session(rng)), "own_reference") == "pass"


def test_accuracy_says_what_is_missing(rng):
    ratings = session(rng)
    gaps = ratings.assign(reference_label=ratings["reference_label"].where(ratings["case_id"] > 4))
    found = rater_accuracy(gaps)
    assert next(iter(found)).n == 150
    assert status(found, "missing") == "warn"
    nothing = rater_accuracy(ratings.assign(reference_label=None))
    assert math.isnan(nothing.to_frame().loc[0, "estimate"])
    assert len(rater_accuracy(ratings.assign(reference_label=None), by="role")) == 0
    one = rater_accuracy(ratings[ratings["case_id"] == 3]).to_frame().loc[0]
    assert math.isnan(one["conf_low"])
    assert one["note"]


def test_drift_is_the_difference_of_its_sessions(rng):
    parts = [session(rng, name=s, right=0.6 + 0.1 * s, start=100 * s) for s in range(4)]
    ratings = pd.concat(parts).sample(frac=1, random_state=2)
    found = agreement_drift(ratings)
    ends = [agreement(parts[i], categories=sorted(LABELS)) for i in (0, 3)]
    assert found.get(term="first").estimate == pytest.approx(ends[0].estimate)
    assert found.get(term="last").std_error == pytest.approx(ends[1].std_error)
    change = found.get(term="change")
    assert change.estimate == pytest.approx(ends[1].estimate - ends[0].estimate)
    assert change.std_error == pytest.approx(math.hypot(ends[0].std_error, ends[1].std_error))
    each = [agreement(part, categories=sorted(LABELS)).estimate for part in parts]
    assert found.get(term="trend").estimate == pytest.approx(np.polyfit(range(4), each, 1)[0])
    assert found.get(term="trend").n == 120


def test_sessions_stand_in_the_order_of_time(rng):
    early, late = session(rng, name=1, right=0.5), session(rng, name=2, right=0.95, start=100)
    named = pd.concat([early.assign(calibration_id="z"), late.assign(calibration_id="a")])
    assert agreement_drift(named).get(term="change").estimate > 0.2
    by_name = agreement_drift(named, time=None).get(term="change").estimate
    assert by_name == pytest.approx(-agreement_drift(named).get(term="change").estimate)


def test_cases_that_come_back_vary_together(rng):
    """The same labels twice: no change at all, and no error either."""
    one = session(rng)
    found = agreement_drift(
        pd.concat([one, one.assign(calibration_id=2, rated_at=one["rated_at"] + pd.Timedelta("7D"))])
    )
    change = found.get(term="change")
    assert change.estimate == 0
    assert math.isnan(change.std_error)
    assert status(found, "comparable") == "pass"
    apart = agreement_drift(pd.concat([one, session(rng, name=2, start=500)]))
    assert status(apart, "comparable") == "warn"


def test_drift_with_few_sessions_says_so(rng):
    one = agreement_drift(session(rng))
    assert math.isnan(one.get(term="change").estimate)
    assert "needed" in one.get(term="change").note
    two = agreement_drift(pd.concat([session(rng), session(rng, name=2, start=99)]))
    assert math.isfinite(two.get(term="change").conf_low)
    assert math.isnan(two.get(term="trend").estimate)
    by_role = agreement_drift(pd.concat([session(rng), session(rng, name=2, start=99)]), by="role")
    assert set(by_role.to_frame()["role"]) == {"qa", "moderator"}
    assert len(by_role) == 8
    lone = session(rng, name=3, start=300).query("rater_id == 'r0'")
    odd = agreement_drift(pd.concat([*(session(rng, name=s, start=100 * s) for s in (1, 2, 4)), lone]))
    assert "left out" in odd.get(term="trend").note
    assert math.isfinite(odd.get(term="trend").estimate)
    empty = agreement_drift(session(rng).head(0))
    assert empty.to_frame()["estimate"].isna().all()


def agenda(rows: dict[int, str], reference: dict[int, str] | None = None) -> pd.DataFrame:
    """Cases by the labels of moderators (small letters) and of QA (capital letters)."""
    table = [
        {
            "case_id": case,
            "rater_id": i,
            "role": "qa" if mark.isupper() else "moderator",
            "label": mark.lower(),
            "reference_label": (reference or {}).get(case),
        }
        for case, marks in rows.items()
        for i, mark in enumerate(marks)
    ]
    return pd.DataFrame(table)


def test_agenda_prefers_what_a_discussion_can_settle():
    """Most are wrong and QA is of one mind, before an even split, before one dissenter; nobody knows: not at all."""
    rows = {1: "xxxyyyYYY", 2: "xxxxxxYYY", 3: "yyyyyxYYY", 4: "xxyyzzXYZ", 5: "yyyyyyYYY"}
    filler = {i: "yyyyyyYYY" if i % 2 else "xxxxxxXXX" for i in range(10, 40)}
    found = cases_to_discuss(agenda(rows | filler), most=5)
    table = found.to_frame()
    assert table["case_id"].tolist() == [2, 1, 3]
    assert list(table.columns) == ["case_id", "policy_area", "n_raters", "information", "reason"]
    assert table["reason"].tolist() == [
        "most_differ_from_experts",
        "some_differ_from_experts",
        "some_differ_from_experts",
    ]
    assert table["information"].is_monotonic_decreasing
    assert status(found, "unsettled") == "warn"
    calm = cases_to_discuss(agenda({k: v for k, v in (rows | filler).items() if k != 4}))
    assert status(calm, "unsettled") == "pass"


def test_agenda_is_not_the_order_of_disagreement():
    """The case with most disagreement is the one on which experts disagree too."""
    rows = {1: "wxyzwxWXYZ", 2: "xxxxxyYYYY"} | {
        i: "yyyyyyYYYY" if i % 2 else "xxxxxxXXXX" for i in range(10, 30)
    }
    ratings = agenda(rows)
    spread = ratings.groupby("case_id")["label"].agg(
        lambda s: 1 - (s.value_counts(normalize=True) ** 2).sum()
    )
    assert spread.idxmax() == 1
    assert cases_to_discuss(ratings).to_frame()["case_id"].tolist() == [2]


def test_agenda_follows_the_reference():
    rows = {i: "xxxxxx" if i % 2 else "yyyyyy" for i in range(10, 40)} | {1: "xxxyyy", 2: "xxxxxy"}
    reference = {i: "x" if i % 2 else "y" for i in range(10, 40)} | {1: "x", 2: "y"}
    table = cases_to_discuss(agenda(rows, reference)).to_frame()
    assert table["case_id"].tolist() == [2, 1]
    assert table["reason"].tolist() == ["most_differ_from_reference", "some_differ_from_reference"]


def test_agenda_of_peers_alone_leaves_even_splits_out():
    """Without reference and experts a majority can teach; 3 against 3 cannot."""
    rows = {i: "xxxxxx" if i % 2 else "yyyyyy" for i in range(10, 40)} | {1: "xxxyyy", 2: "xxxxyy"}
    table = cases_to_discuss(agenda(rows)).to_frame()
    assert table["case_id"].tolist() == [2]
    assert table["reason"].tolist() == ["raters_differ"]


def test_agenda_of_experts_alone_is_one_of_peers():
    rows = {i: "XXXXXX" if i % 2 else "YYYYYY" for i in range(10, 40)} | {2: "XXXXYY"}
    assert cases_to_discuss(agenda(rows)).to_frame()["reason"].tolist() == ["raters_differ"]


def test_agenda_does_not_repeat_one_confusion():
    """Six cases of one confusion and one of another: the other comes second."""
    rows = dict.fromkeys(range(6), "xxxxxxYYY") | {7: "zzzzzyYYY"}
    rows |= {i: "yyyyyyYYY" if i % 2 else "zzzzzzZZZ" for i in range(10, 60)}
    table = cases_to_discuss(agenda(rows), most=3).to_frame()
    assert table["case_id"].iloc[1] == 7
    assert len(table) == 3


def test_agenda_takes_the_last_session(rng):
    ratings = agenda({1: "xxxxxxYYY"} | dict.fromkeys(range(10, 30), "yyyyyyYYY"))
    then = ratings.assign(calibration_id=1, rated_at=pd.Timestamp("2025-01-01"))
    again = agenda({1: "yyyyyyYYY"}).assign(calibration_id=2, rated_at=pd.Timestamp("2025-02-01"))
    assert cases_to_discuss(then).to_frame()["case_id"].tolist() == [1]
    assert cases_to_discuss(pd.concat([again, then])).to_frame().empty


def test_agenda_where_there_is_nothing_to_discuss():
    assert cases_to_discuss(agenda({1: "xxx", 2: "yyy"})).to_frame().empty
    assert cases_to_discuss(agenda({1: "x"})).to_frame().empty
    empty = cases_to_discuss(agenda({1: "x"}).head(0))
    assert str(empty) == "No case stands out."
    assert status(empty, "unsettled") == "not_run"
    with pytest.raises(ValueError, match="`most`"):
        cases_to_discuss(agenda({1: "xy"}), most=0)
    assert cases_to_discuss(long(FOUR)).to_frame()["n_raters"].between(2, 4).all()


@pytest.mark.parametrize(("right", "labels"), [(0.9, 2), (0.7, 3), (0.5, 5)])
def test_accuracy_follows_from_agreement_by_hand(right, labels):
    agree = right**2 + (1 - right) ** 2 / (labels - 1)
    assert accuracy_from_agreement(agree, labels) == pytest.approx(right)


@pytest.mark.parametrize("dtype", ["category", "string", "object"])
def test_dtypes_and_index_do_not_matter(dtype, rng):
    plain = pd.concat([session(rng, name=s, start=100 * s, right=0.7, area=f"a{s % 2}") for s in range(3)])
    columns = ["case_id", "rater_id", "role", "policy_area", "label", "reference_label", "calibration_id"]
    other = plain.astype({"case_id": str, "calibration_id": str}).astype(dict.fromkeys(columns, dtype))
    other = other.sample(frac=1, random_state=4).set_index(np.full(len(plain), "i"))
    functions = (
        lambda r: agreement_by(r, by="policy_area"),
        lambda r: agreement_by(r, by=("role", "calibration_id"), coefficient="krippendorff_alpha"),
        lambda r: rater_accuracy(r, by="role"),
        lambda r: agreement_drift(r),
        lambda r: agreement_drift(r, by="role", time=None),
        lambda r: pairwise_agreement(r, coefficient="percent"),
    )
    for function in functions:
        one, two = function(plain).to_frame(), function(other).to_frame()
        keys = [c for c in one.columns if c not in ESTIMATE_COLUMNS] + ["term"]
        one, two = (
            f.astype(dict.fromkeys(keys, str)).sort_values(keys).reset_index(drop=True) for f in (one, two)
        )
        assert one[keys].to_numpy().tolist() == two[keys].to_numpy().tolist()
        numbers = ["estimate", "std_error", "conf_low", "n", "n_people"]
        np.testing.assert_allclose(one[numbers].to_numpy(float), two[numbers].to_numpy(float), atol=1e-12)
    first, second = cases_to_discuss(plain).to_frame(), cases_to_discuss(other).to_frame()
    assert set(first["case_id"].astype(str)) == set(second["case_id"].astype(str))


def test_names_are_public():
    import tne

    names = (
        "agreement agreement_from_counts agreement_from_table agreement_by pairwise_agreement rater_accuracy "
    )
    names += "agreement_drift cases_to_discuss intraclass_correlation"
    assert all(callable(getattr(tne, name)) for name in names.split())


def test_a_rater_who_labelled_a_case_twice_is_refused_as_agreement_does(rng):
    ratings = session(rng)
    again = pd.concat([ratings, ratings.head(1).assign(label="allow")])
    with pytest.raises(ValueError, match="one row per calibration_id × case_id × rater_id") as heard:
        rater_accuracy(again)
    with pytest.raises(ValueError, match="one row per") as same:
        agreement(again, unit=("calibration_id", "case_id"))
    assert str(heard.value) == str(same.value)
    unlabelled = pd.concat([ratings, ratings.head(1).assign(label=None)])
    assert rater_accuracy(unlabelled).get(term="accuracy").n == len(ratings)
    later = pd.concat([ratings, ratings.assign(calibration_id=2)])
    assert rater_accuracy(later).get(term="accuracy").n == 2 * len(ratings)


@pytest.mark.parametrize(
    ("label", "reference"),
    [
        ([1, 2, 1, 2], list("1212")),
        (list("1212"), [1, 2, 2, 1]),
        ([1.0, 2.0, 1.0, 2.0], list("1212")),
        ([True, False, True, False], ["True", "False", "True", "False"]),
        ([1, "unclear", 2, 2], ["1", "unclear", 2, 2]),
    ],
)
def test_numbers_and_text_are_not_silently_different(label, reference):
    ratings = pd.DataFrame({"case_id": range(4), "rater_id": list("abab")})
    ratings["label"] = pd.Series(label, dtype=object)
    ratings["reference_label"] = pd.Series(reference, dtype=object)
    with pytest.raises(TypeError, match="numbers and text in"):
        rater_accuracy(ratings)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Int64", "float64"), ("int64", "category"), ("Int8", "object"), ("string", "category")],
)
def test_labels_of_one_kind_are_compared_whatever_their_dtype(one, other):
    values = ["1", "2", "2", "1"] if one == "string" else [1, 2, 2, 1]
    ratings = pd.DataFrame({"case_id": range(4), "rater_id": list("abab")})
    ratings["label"] = pd.Series(values).astype(one)
    ratings["reference_label"] = pd.Series([*values[:3], values[1]]).astype(other)
    assert rater_accuracy(ratings).get(term="accuracy").estimate == 0.75
    mixed = ratings.astype({"label": object, "reference_label": object})
    mixed.loc[0, ["label", "reference_label"]] = ["unclear", values[0]]
    assert rater_accuracy(mixed).get(term="accuracy").estimate == 0.5


def test_drift_counts_a_case_that_came_back_once(rng):
    """30 cases in each of three sessions, the same in the first and the last: 60 cases, not 90."""
    first, last = session(rng), session(rng, name=3)
    middle = session(rng, name=2, start=100)
    found = agreement_drift(pd.concat([first, middle, last]))
    assert [found.get(term=t).n for t in ("first", "last", "change", "trend")] == [30, 30, 30, 60]
    part = last.query("case_id < 10")
    found = agreement_drift(pd.concat([first, middle, part, session(rng, name=3, start=500).head(60)]))
    assert found.get(term="change").n == 40
    assert found.get(term="trend").n == 70
