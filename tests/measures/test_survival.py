"""Time to proficiency: published curves and medians, statsmodels, by hand, invariances, edges."""

import math

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from tne.measures.survival import time_to_proficiency
from tne.measures.survival_curve import product_limit

CALL = {"duration": "time", "event": "status"}


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def rough(rng: np.random.Generator, people: int = 120) -> pd.DataFrame:
    """Whole weeks with many ties, two groups, three sites."""
    return pd.DataFrame(
        {
            "time": rng.geometric(0.1, people).astype(float),
            "status": (rng.random(people) < 0.7).astype(int),
            "group": rng.choice(["a", "b", "c"], people),
            "site": rng.choice(["x", "y"], people),
        }
    )


@pytest.mark.published("SURV-GEHAN")
def test_gehan_matches_published_medians_and_test(truth):
    """Cox and Oakes (1984); R survival: medians 23 (16, NA) and 8 (4, 12), log-rank 16.79, S(6, 10, 23)."""
    gehan = pd.read_csv(truth / "data" / "gehan_MASS.csv")
    found = time_to_proficiency(gehan, duration="time", event="cens", by="treat")
    drug, control = (found.get(group=g, term="median") for g in ("6-MP", "control"))
    assert (drug.estimate, drug.conf_low) == (23, 16)
    assert math.isnan(drug.conf_high)
    assert "no upper limit" in drug.note
    assert (control.estimate, control.conf_low, control.conf_high) == (8, 4, 12)
    assert found.log_rank.statistic == pytest.approx(16.792940989, abs=5e-9)
    assert found.log_rank.p_value == pytest.approx(4.168809e-05, abs=5e-12)
    shares = [found.at([6, 10, 23]).get(group="6-MP", time=float(t)).estimate for t in (6, 10, 23)]
    assert shares == pytest.approx([0.857143, 0.752941, 0.448179], abs=5e-7)


@pytest.mark.published("SURV-AML")
def test_aml_matches_published_curve_and_medians(truth):
    """R survival, ?aml: medians 31 (18, NA) and 23 (8, NA); both curves; log-rank 3.4, p = .07 (printed)."""
    aml = pd.read_csv(truth / "data" / "aml_survival.csv")
    found = time_to_proficiency(aml, **CALL, by="x")
    for group, median, low in (("Maintained", 31, 18), ("Nonmaintained", 23, 8)):
        row = found.get(group=group, term="median")
        assert (row.estimate, row.conf_low) == (median, low)
        assert math.isnan(row.conf_high)
    steps = found.curve.loc[found.curve["events"] > 0]
    kept = steps.loc[steps["group"] == "Maintained", "estimate"].to_numpy()
    lost = steps.loc[steps["group"] == "Nonmaintained", "estimate"].to_numpy()
    assert kept == pytest.approx(
        [0.9090909, 0.8181818, 0.7159091, 0.6136364, 0.4909091, 0.3681818, 0.1840909], abs=5e-8
    )
    assert lost == pytest.approx(
        [0.8333333, 0.6666667, 0.5833333, 0.4861111, 0.3888889, 0.2916667, 0.1944444, 0.0972222, 0.0],
        abs=5e-8,
    )
    assert found.log_rank.statistic == pytest.approx(3.4, abs=0.05)
    assert found.log_rank.p_value == pytest.approx(0.07, abs=0.005)


def test_quantiles_match_published_rules_on_flat_stretches():
    """R survival, tests/quantile.R: a curve that lies on a level gives the middle of the stretch."""
    frame = pd.DataFrame(
        {"time": [9, 1, 1, 6, 6, 8, 10], "status": [1, 1, 0, 1, 1, 0, 0], "x": [0, 1, 1, 1, 0, 0, 0]}
    )
    whole = time_to_proficiency(frame, **CALL).estimates
    assert whole.get(term="median").estimate == 9
    assert whole.get(term="median").conf_low == 6
    ones = np.ones(7)
    curve = product_limit(
        frame["time"].to_numpy(float), frame["status"].to_numpy() == 1, ones, -np.inf * ones, 0.95
    )
    shares = 1 - np.array([13 / 14, 6 / 7, 2 / 3, 0.5, 9 / 35, 0.1])
    found = np.array([curve.quantile(s) for s in shares])
    assert found[:, 0].tolist() == pytest.approx([1, 3.5, 6, 9, 9.5, math.nan], nan_ok=True)
    assert found[:, 1].tolist() == pytest.approx([1, 1, 1, 6, 6, 9])
    assert np.isnan(found[:, 2]).all()
    group = frame.loc[frame["x"] == 1]
    curve = product_limit(
        group["time"].to_numpy(float),
        group["status"].to_numpy() == 1,
        *(np.ones(3), -np.inf * np.ones(3)),
        0.95,
    )
    found = np.array([curve.quantile(s) for s in shares])
    assert found[:, 0].tolist() == [1, 1, 3.5, 6, 6, 6]
    assert found[:, 1].tolist() == pytest.approx([1, 1, 1, 1, math.nan, math.nan], nan_ok=True)


@pytest.mark.filterwarnings("ignore:divide by zero")  # statsmodels, where a curve ends at 0
def test_curve_and_test_equal_statsmodels(rng):
    frame = rough(rng)
    found = time_to_proficiency(frame, **CALL, by="group")
    for group, part in frame.groupby("group"):
        peer = SurvfuncRight(part["time"], part["status"])
        own = found.curve.loc[(found.curve["group"] == group) & (found.curve["events"] > 0)]
        assert own["estimate"].to_numpy() == pytest.approx(peer.surv_prob)
        last = own["estimate"].to_numpy() > 0
        assert own["std_error"].to_numpy()[last] == pytest.approx(np.asarray(peer.surv_prob_se)[last])
        row = found.get(group=group, term="quartile_25")
        assert row.estimate == peer.quantile(0.25)
    for strata in (None, "site"):
        layers = None if strata is None else frame[strata]
        chi2, p = survdiff(frame["time"], frame["status"], frame["group"], strata=layers)
        test = time_to_proficiency(frame, **CALL, by="group", strata=strata).log_rank
        assert (test.statistic, test.p_value, test.df) == pytest.approx((chi2, p, 2))
    chi2, _ = survdiff(frame["time"], frame["status"], frame["group"], weight_type="fh", fh_p=1)
    assert time_to_proficiency(frame, **CALL, by="group", rho=1).log_rank.statistic == pytest.approx(chi2)


def test_limits_by_hand():
    """Three people, events at 1 and 2: S = 2/3, 1/3; limits exp(log S ± z sqrt(sum))."""
    frame = pd.DataFrame({"time": [1, 2, 3], "status": [1, 1, 0]})
    curve = time_to_proficiency(frame, **CALL).curve
    z = 1.959963984540054
    assert curve["conf_low"].iloc[0] == pytest.approx(2 / 3 * math.exp(-z * math.sqrt(1 / 6)))
    assert curve["conf_low"].iloc[1] == pytest.approx(1 / 3 * math.exp(-z * math.sqrt(1 / 6 + 1 / 2)))
    assert curve["conf_high"].tolist() == [1, 1, 1]


def test_restricted_mean_by_hand():
    """Four people, events at 2 and 4 of 4 and 3 at risk, until 6: area 2 + 2 · 3/4 + 2 · 2/4 = 4.5."""
    frame = pd.DataFrame({"time": [2, 4, 6, 6], "status": [1, 1, 0, 0]})
    row = time_to_proficiency(frame, **CALL, horizon=6).get(term="restricted_mean")
    assert row.estimate == pytest.approx(4.5)
    assert row.std_error == pytest.approx(
        math.sqrt(2.5**2 / 12 + 1.0**2 / 6)
    )  # areas after 2 and 4; d / (n (n − d))
    whole = frame.assign(status=1)  # nobody censored: the plain mean and its error, divisor n
    row = time_to_proficiency(whole, **CALL, horizon=6).get(term="restricted_mean")
    assert row.estimate == pytest.approx(4.5)
    assert row.std_error == pytest.approx(np.std([2, 4, 6, 6]) / 2)


def test_a_cohort_that_has_only_begun_does_not_cut_the_others_short():
    frame = pd.DataFrame({"time": [2, 4, 6, 1], "status": [1, 1, 0, 0], "g": list("aaab")})
    found = time_to_proficiency(frame, **CALL, by="g")
    assert found.horizon == 6
    assert found.get(group="b", term="restricted_mean").note == "nobody of the group was seen until 6"


def test_means_of_groups_are_compared_by_hand():
    frame = pd.DataFrame({"time": [2, 4, 6, 6, 1, 3, 3, 6], "status": 1, "g": list("aaaabbbb")})
    found = time_to_proficiency(frame, **CALL, by="g")
    gap = next(iter(found.differences))
    assert (gap.estimate, gap.comparison) == (pytest.approx(3.25 - 4.5), "a")
    errors = [np.std(x) / 2 for x in ([2, 4, 6, 6], [1, 3, 3, 6])]
    assert gap.std_error == pytest.approx(math.hypot(*errors))
    other = next(iter(time_to_proficiency(frame, **CALL, by="g", reference="b").differences))
    assert other.estimate == pytest.approx(-gap.estimate)


def test_weights_equal_repeated_rows(rng):
    frame = rough(rng, 40).assign(w=rng.integers(0, 4, 40))
    many = frame.loc[frame.index.repeat(frame["w"])]
    a, b = (
        time_to_proficiency(f, **CALL, by="group", **kw) for f, kw in ((frame, {"weights": "w"}), (many, {}))
    )
    columns = ["estimate", "std_error", "conf_low", "conf_high"]
    pd.testing.assert_frame_equal(a.to_frame()[columns], b.to_frame()[columns])
    assert a.log_rank.statistic == pytest.approx(b.log_rank.statistic)


def test_delayed_entry_by_hand():
    """Entered at 2, the third person is not at risk at 1: S = 1/2 · 1/2 … with 2, 2 and 1 at risk."""
    frame = pd.DataFrame({"start": [-1.0, -1, 2], "time": [1, 3, 4], "status": [1, 1, 0]})
    curve = time_to_proficiency(frame, **CALL, entry="start").curve
    assert curve["at_risk"].tolist() == [2, 2, 1]
    assert curve["estimate"].tolist() == [0.5, 0.25, 0.25]


def test_order_index_and_dtypes_do_not_matter(rng):
    frame = rough(rng)
    plain = time_to_proficiency(frame, **CALL, by="group").to_frame()
    mixed = frame.sample(frac=1, random_state=1).astype({"time": "Int64", "group": "category"})
    mixed["status"] = mixed["status"].astype("boolean")
    mixed.index = ["row"] * len(mixed)
    pd.testing.assert_frame_equal(time_to_proficiency(mixed, **CALL, by="group").to_frame(), plain)
    text = frame.assign(status=frame["status"].map({1: "proficient", 0: "left"}))
    pd.testing.assert_frame_equal(time_to_proficiency(text, **CALL, by="group").to_frame(), plain)


def test_times_that_differ_by_rounding_are_ties():
    third = pd.DataFrame({"time": [0.1 + 0.2, 0.3, 1.0], "status": [1, 1, 0]})
    assert len(time_to_proficiency(third, **CALL).curve) == 2


def test_everybody_censored_is_said():
    frame = pd.DataFrame({"time": [3, 4, 5], "status": 0, "g": ["a", "a", "b"]})
    found = time_to_proficiency(frame, **CALL, by="g")
    assert found.get(group="a", term="median").note.startswith("fewer than 50%")
    assert math.isnan(found.log_rank.statistic)
    assert found.log_rank.note
    assert found.get(group="a", term="restricted_mean").estimate == 4
    assert math.isnan(found.get(group="a", term="restricted_mean").std_error)
    assert status(found, "follow_up") == "fail"


def test_a_cohort_that_left_whole_is_said(recwarn):
    frame = pd.DataFrame(
        {
            "time": [3, 4, 5, 6, 6],
            "status": ["left", "left", "proficient", "proficient", "censored"],
            "g": list("aabbb"),
        }
    )
    found = time_to_proficiency(frame, **CALL, by="g")
    assert math.isnan(found.get(group="a", term="median").estimate)
    assert found.get(group="b", term="median").estimate == 6
    assert status(found, "leavers") == "warn"
    assert not recwarn.list


def test_one_person_no_person_and_duration_0(recwarn):
    one = time_to_proficiency(pd.DataFrame({"time": [0.0], "status": [1]}), **CALL)
    assert one.get(term="median").estimate == 0
    assert math.isnan(one.get(term="median").conf_high)
    none = time_to_proficiency(pd.DataFrame({"time": [], "status": []}), **CALL, by=None)
    assert none.get(term="median").note == "nobody was observed"
    assert (
        len(time_to_proficiency(pd.DataFrame({"time": [], "status": [], "g": []}), **CALL, by="g").to_frame())
        == 0
    )
    assert none.at(3.0).to_frame().empty
    str(one), one._repr_html_(), str(none)
    assert not recwarn.list


def test_checks_are_silent_and_loud(rng):
    people = pd.DataFrame({"moderator_id": range(60), "time": rng.geometric(0.2, 60), "status": 1})
    assert {c.status for c in time_to_proficiency(people, **CALL).checks} <= {"pass", "not_run"}
    few = pd.concat([people.head(8), people.head(8)]).assign(time=lambda f: f["time"].where(f.index > 0))
    found = time_to_proficiency(few, **CALL)
    assert [status(found, c) for c in ("few_people", "repeated_people", "missing")] == ["warn"] * 3
    assert found.get(term="median").n_people == 7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time": [-1.0, 2]}, "negative in 1 row"),
        ({"status": [1, 2]}, "which of them is the event"),
        ({"status": ["up", "down"]}, "which of them is the event"),
        ({"status": ["dead", "retired"]}, "which of them is the event"),
        ({"w": [-1.0, 1]}, "negative"),
        ({"start": [5.0, 0]}, "not before"),
    ],
)
def test_bad_input_is_refused(change, message):
    frame = pd.DataFrame({"time": [1.0, 2], "status": [1, 0]}).assign(**change)
    more = {"weights": "w"} if "w" in change else {"entry": "start"} if "start" in change else {}
    with pytest.raises(ValueError, match=message):
        time_to_proficiency(frame, **CALL, **more)


@pytest.mark.parametrize(
    "kind",
    [
        "float",
        "boolean",
        "Int64",
        "category",
        "str",
        "0/1",
        "True/False",
        "alive",
        "Censored",
        "kept",
        "left",
    ],
)
def test_events_are_read_in_whatever_form_they_come(rng, kind):
    frame = pd.DataFrame({"time": rng.geometric(0.2, 40), "status": rng.integers(0, 2, 40)})
    words = {
        "0/1": ("0", "1"),
        "True/False": ("False", "True"),
        "alive": ("alive", "dead"),
        "Censored": ("Censored", "Death"),
        "kept": ("censored", "promoted"),
        "left": ("left", "Proficient"),
    }
    plain = time_to_proficiency(frame, **CALL).to_frame()
    said = (
        frame["status"].map(dict(enumerate(words[kind]))) if kind in words else frame["status"].astype(kind)
    )
    other = time_to_proficiency(frame.assign(status=said), **CALL).to_frame()
    pd.testing.assert_frame_equal(other, plain)


def test_the_frame_of_several_groups_ends_with_the_test(rng):
    frame = pd.DataFrame({"time": rng.geometric(0.2, 60), "status": 1, "g": rng.choice(list("ab"), 60)})
    found = time_to_proficiency(frame, **CALL, by="g")
    table = found.to_frame()
    last = table.iloc[-1]
    assert (last["term"], last["group"]) == ("log_rank", "all groups")
    assert last["statistic"] == found.log_rank.statistic
    assert table["term"].value_counts()["restricted_mean_difference"] == 1
    assert "log_rank" in str(found)
    assert set(time_to_proficiency(frame, **CALL).to_frame()["group"]) == {"all"}
    with pytest.raises(TypeError, match="one column"):
        time_to_proficiency(frame, **CALL, by=["g"])


def test_the_event_can_be_named():
    frame = pd.DataFrame({"time": [1.0, 2, 3], "status": ["staying", "dead", "dead"]})
    assert time_to_proficiency(frame, **CALL, of_interest="dead").get(term="quartile_25").estimate == 2
    with pytest.raises(ValueError, match="never is"):
        time_to_proficiency(frame, **CALL, of_interest="gone")
