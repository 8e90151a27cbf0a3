"""Forgetting: Ebbinghaus's own numbers, scipy, known curves, invariances, edges."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from tne.measures.forgetting import nearest_curve
from tne.measures.retention import forgetting_curve

# Ebbinghaus (1885), Über das Gedächtnis, § 28: minutes, and per cent of the work saved
EBBINGHAUS = pd.DataFrame(
    {
        "minutes": [19, 63, 525, 1440, 2880, 8640, 44640],
        "saved": [58.2, 44.2, 35.8, 33.7, 27.8, 25.4, 21.1],
    }
)
CALL = {"score": "saved", "elapsed": "minutes"}


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def several(rng: np.random.Generator, people: int = 60, drop: float = 0.0, d: float = 0.2) -> pd.DataFrame:
    """People tested after 1, 7, 30 and 90 days, with a level of their own."""
    days = np.array([1.0, 7, 30, 90])
    scores = 80 * days**-d + rng.normal(0, 8, (people, 1)) + rng.normal(0, 5, (people, 4))
    frame = pd.DataFrame(
        {
            "moderator_id": np.repeat([f"m{i}" for i in range(people)], 4),
            "days": np.tile(days, people),
            "score": scores.ravel(),
        }
    )
    return frame.loc[~((frame["days"] == 90) & (rng.random(len(frame)) < drop))]


@pytest.mark.published("L2-RETENTION-EBB")
def test_ebbinghaus_curve_matches_published_constants():
    """Ebbinghaus (1885), § 29: k = 1.84, c = 1.25; R nls: 1.78365699, 1.19912516, residual sum 18.1973182."""
    found = forgetting_curve(EBBINGHAUS, **CALL, curve="ebbinghaus")
    assert found.get(term="k").estimate == pytest.approx(1.84, abs=0.3)
    assert found.get(term="c").estimate == pytest.approx(1.25, abs=0.3)
    assert found.get(term="k").estimate == pytest.approx(1.78365699, abs=1e-6)
    assert found.get(term="c").estimate == pytest.approx(1.19912516, abs=1e-6)
    assert found.residual_sum_of_squares == pytest.approx(18.1973182, abs=5e-8)


@pytest.mark.published("L2-RETENTION-EBB")
def test_power_curve_matches_published_savings():
    """R nls on the same numbers as shares: a = .818369599, d = .130158634 (nls stops at a relative offset of 1e-5)."""
    shares = EBBINGHAUS.assign(saved=EBBINGHAUS["saved"] / 100)
    found = forgetting_curve(shares, **CALL)
    assert found.get(term="a").estimate == pytest.approx(0.818369599, abs=1e-6)
    assert found.get(term="d").estimate == pytest.approx(0.130158634, abs=1e-6)
    same = forgetting_curve(shares, **CALL, curve="ebbinghaus")
    assert same.get(term="k").estimate == pytest.approx(1.78365699, abs=1e-6)


REPLICATIONS = {
    "Mack": [0.544, 0.432, 0.285, 0.316, 0.365, 0.309, 0.258],
    "Seitz": [0.442, 0.325, 0.270, 0.270, 0.286, 0.205, 0.201],
    "Dros": [0.472, 0.373, 0.276, 0.317, 0.230, 0.168, 0.041],
}  # shares saved, Murre and Dros (2015), Replication and analysis of Ebbinghaus' forgetting curve, table 3


@pytest.mark.parametrize("who", REPLICATIONS)
def test_curves_of_the_replications_equal_scipy(who: str):
    t, y = EBBINGHAUS["minutes"].to_numpy(dtype=float), np.array(REPLICATIONS[who])
    forms = {
        "power": lambda p: p[0] * t ** -p[1],
        "ebbinghaus": lambda p: p[0] / (np.log10(t) ** p[1] + p[0]),
    }
    for curve, form in forms.items():
        found = forgetting_curve(EBBINGHAUS.assign(saved=y), **CALL, curve=curve)
        near = optimize.least_squares(
            lambda p, form=form: form(p) - y, [1, 0.5], xtol=1e-15, ftol=1e-15, gtol=1e-15
        )
        assert found.to_frame()["estimate"].to_numpy() == pytest.approx(near.x, rel=1e-6)
        covariance = np.linalg.inv(near.jac.T @ near.jac) * 2 * near.cost / 5
        assert found.to_frame()["std_error"].to_numpy() == pytest.approx(
            np.sqrt(np.diag(covariance)), rel=1e-5
        )
        assert found.residual_sum_of_squares == pytest.approx(2 * near.cost, rel=1e-9)


def test_errors_and_intervals_equal_scipy():
    for kind, f, start in (
        ("power", lambda t, a, d: a * t**-d, (80, 0.1)),
        ("ebbinghaus", lambda t, k, c: 100 * k / (np.log10(t) ** c + k), (1.8, 1.2)),
    ):
        minutes, saved = EBBINGHAUS["minutes"].to_numpy(float), EBBINGHAUS["saved"].to_numpy()
        best, spread = optimize.curve_fit(f, minutes, saved, start, xtol=1e-12, ftol=1e-12)
        frame = forgetting_curve(EBBINGHAUS, **CALL, curve=kind).to_frame()
        assert frame["estimate"].tolist() == pytest.approx(list(best), rel=1e-6)
        errors = np.sqrt(np.diag(spread))
        assert frame["std_error"].tolist() == pytest.approx(list(errors), rel=1e-4)
        assert frame["df"].tolist() == [5, 5]
        reach = stats.t.ppf(0.975, 5) * errors
        assert frame["conf_low"].tolist() == pytest.approx(list(best - reach), rel=1e-4)


@pytest.mark.parametrize("curve", ["power", "ebbinghaus"])
def test_predictions_equal_differences_by_hand(curve: str):
    """The error of a predicted score is that of its parameters times the curve's slopes."""
    found = forgetting_curve(EBBINGHAUS, **CALL, curve=curve)
    slopes, at = [], 43200.0
    for i in range(2):
        moved = []
        for step in (1e-6, -1e-6):
            values = found.curve.values.copy()
            values[i] += step
            moved.append(type(found.curve)(curve, values, found.curve.top).at(np.array([at]))[0])
        slopes.append((moved[0] - moved[1]) / 2e-6)
    slopes = np.array(slopes)
    predicted = found.predict(at).get(elapsed=at)
    expected = math.sqrt(slopes @ found.known.matrix() @ slopes)
    assert predicted.std_error == pytest.approx(expected, rel=1e-5)
    assert predicted.estimate == pytest.approx(found.curve.at(np.array([at]))[0])


def test_retained_share_and_time_by_hand():
    found = forgetting_curve(EBBINGHAUS, **CALL)
    a, d = found.to_frame()["estimate"]
    share = found.retained(43200, since=1440).get(elapsed=43200)
    assert share.estimate == pytest.approx(30**-d, rel=1e-12)
    steep = found.get(term="d")
    assert share.conf_low == pytest.approx(30**-steep.conf_high, rel=1e-9)
    assert share.conf_high == pytest.approx(30**-steep.conf_low, rel=1e-9)
    time = found.time_until(30)
    assert time.estimate == pytest.approx((a / 30) ** (1 / d), rel=1e-9)
    assert found.predict(time.estimate).to_frame()["estimate"][0] == pytest.approx(30, rel=1e-9)
    assert time.conf_low < time.estimate < time.conf_high
    other = forgetting_curve(EBBINGHAUS, **CALL, curve="ebbinghaus").time_until(30)
    assert forgetting_curve(EBBINGHAUS, **CALL, curve="ebbinghaus").predict(other.estimate).get(
        elapsed=other.estimate
    ).estimate == pytest.approx(30, rel=1e-9)
    assert time.estimate / 2 < other.estimate < time.estimate * 2


def test_an_exact_curve_is_found_without_an_invented_error():
    days = np.array([1.0, 2, 8, 30, 90])
    found = forgetting_curve(pd.DataFrame({"t": days, "y": 70 * days**-0.25}), score="y", elapsed="t")
    assert found.to_frame()["estimate"].tolist() == pytest.approx([70, 0.25], rel=1e-9)
    assert found.get(term="d").std_error == 0
    assert math.isnan(found.get(term="d").p_value)
    assert "no variation" in found.get(term="d").note


def test_curve_does_not_depend_on_units_or_order(rng: np.random.Generator):
    frame = several(rng)
    base = forgetting_curve(frame, score="score", elapsed="days", cluster="moderator_id")
    other = frame.assign(days=frame["days"] * 1440, score=frame["score"] / 100).iloc[::-1]
    moved = forgetting_curve(other, score="score", elapsed="days", cluster="moderator_id")
    for field in ("estimate", "std_error", "df", "conf_low"):
        assert getattr(moved.get(term="d"), field) == pytest.approx(
            getattr(base.get(term="d"), field), rel=1e-6
        )
    a, b = base.predict(30).get(elapsed=30), moved.predict(43200).get(elapsed=43200)
    assert b.std_error == pytest.approx(a.std_error / 100, rel=1e-6)


def test_clustered_error_equals_bootstrap(rng: np.random.Generator):
    frame = several(rng, people=80)
    found = forgetting_curve(frame, score="score", elapsed="days", cluster="moderator_id")
    wide = frame.pivot_table(index="moderator_id", columns="days", values="score").to_numpy()
    days, draws = np.array([1.0, 7, 30, 90]), []
    for _ in range(200):
        means = wide[rng.integers(0, 80, 80)].mean(axis=0)
        draws.append(nearest_curve(days, means, "power", math.nan).values)
    spread = np.std(draws, axis=0, ddof=1)
    assert found.to_frame()["std_error"].tolist() == pytest.approx(list(spread), rel=0.2)
    plain = forgetting_curve(frame, score="score", elapsed="days")
    assert plain.get(term="d").std_error != pytest.approx(found.get(term="d").std_error, rel=0.1)
    assert found.get(term="d").n_people == 80


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (EBBINGHAUS.head(2), "2 distinct times"),
        (EBBINGHAUS.assign(saved=np.nan), "0 distinct times"),
        (EBBINGHAUS.assign(saved=0.0), "no curve"),
    ],
)
@pytest.mark.parametrize("curve", ["power", "ebbinghaus"])
def test_undefined_curve_is_nan_with_a_note(frame, words, curve):
    found = forgetting_curve(frame, **CALL, curve=curve)
    assert found.to_frame()["estimate"].isna().all()
    assert all(words in note or "determine" in note for note in found.to_frame()["note"])
    for read in (found.predict(100).to_frame(), found.retained([100, 200]).to_frame()):
        assert read["estimate"].isna().all()
    assert math.isnan(found.time_until(30).estimate)
    assert str(found)


def test_a_constant_score_shows_no_forgetting():
    found = forgetting_curve(EBBINGHAUS.assign(saved=60.0), **CALL)
    assert found.get(term="d").estimate == pytest.approx(0, abs=1e-9)
    for score in (60.0, 5.0, 0.7):
        assert status(forgetting_curve(EBBINGHAUS.assign(saved=score), **CALL), "forgetting") == "warn"
    assert math.isnan(found.time_until(30).estimate)
    assert math.isnan(found.r_squared)
    top = forgetting_curve(EBBINGHAUS.assign(saved=100.0), **CALL, curve="ebbinghaus")
    assert top.to_frame()["estimate"].isna().all()


def test_rising_scores_have_a_negative_d_and_are_warned_of(rng: np.random.Generator):
    rising = several(rng, d=-0.2)
    found = forgetting_curve(rising, score="score", elapsed="days", cluster="moderator_id")
    assert found.get(term="d").conf_high < 0
    assert status(found, "forgetting") == "warn"
    assert "does not fall" in found.time_until(10).note
    falling = forgetting_curve(several(rng), score="score", elapsed="days", cluster="moderator_id")
    assert status(falling, "forgetting") == "pass"


def test_time_without_certain_forgetting_has_no_interval(rng: np.random.Generator):
    flat = pd.DataFrame({"t": [1.0, 2, 4, 8, 16], "y": [50.0, 52, 48, 51, 47]})
    found = forgetting_curve(flat, score="y", elapsed="t")
    time = found.time_until(49)
    assert time.estimate > 1
    assert math.isnan(time.conf_low)
    assert "not certain" in time.note


def test_beyond_the_times_seen_is_said():
    found = forgetting_curve(EBBINGHAUS, **CALL)
    assert "carried on" in found.predict(1e6).to_frame()["note"][0]
    assert found.predict(1440).to_frame()["note"][0] == ""
    assert "does not reach it" in found.time_until(99).note


def test_repeated_tests_attrition_and_clusters_are_seen(rng: np.random.Generator):
    frame = several(rng)
    plain = forgetting_curve(frame, score="score", elapsed="days")
    assert status(plain, "repeated_testing") == "warn"
    assert "cluster" in next(c.detail for c in plain.checks if c.name == "repeated_testing")
    assert status(plain, "attrition") == "pass"
    assert (
        status(forgetting_curve(several(rng, drop=0.5), score="score", elapsed="days"), "attrition") == "fail"
    )
    once = frame.assign(moderator_id=range(len(frame)))
    single = forgetting_curve(once, score="score", elapsed="days")
    assert status(single, "repeated_testing") == "pass"
    assert status(single, "attrition") == "not_run"
    assert single.get(term="d").n_people == 240
    few = forgetting_curve(several(rng, people=5), score="score", elapsed="days", cluster="moderator_id")
    assert status(few, "clusters") == "warn"
    assert status(few, "few_people") == "warn"


def test_means_carry_the_people_behind_them():
    bare = forgetting_curve(EBBINGHAUS, **CALL)
    assert math.isnan(bare.get(term="d").n_people)
    assert status(bare, "few_people") == "not_run"
    counted = forgetting_curve(EBBINGHAUS.assign(n_people=[50, 50, 48, 44, 40, 35, 30]), **CALL)
    assert (counted.get(term="d").n_people, counted.get(term="d").n_people_total) == (30, 50)


def test_ceiling_is_silent_below_and_loud_at_the_maximum(rng: np.random.Generator):
    frame = several(rng)
    low = forgetting_curve(frame, score="score", elapsed="days", max_score=200)
    cut = frame.assign(score=frame["score"].clip(upper=60))
    high = forgetting_curve(cut, score="score", elapsed="days", max_score=60)
    assert status(low, "ceiling") == "pass"
    assert status(high, "ceiling") == "warn"


@pytest.mark.parametrize(
    ("frame", "options", "error", "words"),
    [
        (EBBINGHAUS.assign(minutes=EBBINGHAUS["minutes"] - 19), {}, ValueError, "1 row"),
        (
            EBBINGHAUS.assign(minutes=EBBINGHAUS["minutes"] - 18),
            {"curve": "ebbinghaus"},
            ValueError,
            "1 or less",
        ),
        (EBBINGHAUS, {"max_score": 50}, ValueError, "exceed"),
        (EBBINGHAUS.assign(saved=101), {"curve": "ebbinghaus"}, ValueError, "exceed"),
        (EBBINGHAUS, {"max_score": 0}, ValueError, "max_score"),
        (EBBINGHAUS, {"curve": "exponential"}, ValueError, "curve"),
        (EBBINGHAUS, {"cluster": "team"}, KeyError, "team"),
        (EBBINGHAUS.assign(team=[None, *"aabbcc"]), {"cluster": "team"}, ValueError, "team"),
        (EBBINGHAUS.astype({"minutes": "timedelta64[s]"}), {}, TypeError, "minutes"),
        (EBBINGHAUS, {"conf_level": 95}, ValueError, "conf_level"),
    ],
)
def test_bad_input_raises(frame, options, error, words):
    with pytest.raises(error, match=words):
        forgetting_curve(frame, **CALL, **options)


def test_bad_times_raise():
    found = forgetting_curve(EBBINGHAUS, **CALL)
    for bad in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="Times"):
            found.predict(bad)
    with pytest.raises(ValueError, match="Times"):
        forgetting_curve(EBBINGHAUS, **CALL, curve="ebbinghaus").retained(1)
