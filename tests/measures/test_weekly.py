"""Weekly signals: published charts, hand calculations, the stated rate of false alarms, checks both ways, edges."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tne.measures.control_chart import control_chart
from tne.measures.weekly import weekly_signals
from tne.measures.weekly_limits import D2_TRIMMED, LARGEST, degrees

FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
# Montgomery, Introduction to Statistical Quality Control, as R qcc has them: nonconformities in samples of 5 computers
# (`pcmanufact`), and in rolls of dyed cloth (`dyedcloth`)
COMPUTERS = [10, 12, 8, 14, 10, 16, 11, 7, 10, 15, 9, 5, 7, 11, 12, 6, 8, 10, 7, 5]
CLOTH = [14, 12, 20, 11, 7, 10, 21, 16, 19, 23]
ROLLS = [10.0, 8.0, 13.0, 10.0, 9.5, 10.0, 12.0, 10.5, 12.0, 12.5]
CALL = {"value": "x", "period": "week"}
CLASSIC = {"window": None, "sigmas": 3}


def weeks(x, total=None, **columns):
    frame = pd.DataFrame({"week": np.arange(2900, 2900 + len(x)), "x": np.asarray(x, dtype=float), **columns})
    return frame if total is None else frame.assign(total=total)


def status(found, name):
    return next(c.status for c in found.checks if c.name == name)


def test_individuals_chart_matches_published_nist_flow_rates():
    """NIST/SEMATECH e-Handbook 6.3.2.2, flow rates: mean 50.81, limits 45.8159 and 55.8041 (with 1.128), none out."""
    found = weekly_signals(weeks(FLOW), **CALL, **CLASSIC)
    row = found.to_frame().iloc[0]
    assert row["centre"] == pytest.approx(50.81)
    factor = 1.128 * math.sqrt(math.pi) / 2  # they round 2 / sqrt(pi)
    assert 50.81 + (row["upper"] - 50.81) / factor == pytest.approx(55.8041, abs=5e-5)
    assert 50.81 - (50.81 - row["lower"]) / factor == pytest.approx(45.8159, abs=5e-5)
    assert not len(found.signals)


def test_u_chart_of_computers_by_hand():
    """193 in 100: 1.93 and 3 √(1.93 / 5), none out."""
    data = weeks(np.array(COMPUTERS) / 5, 5)
    found = weekly_signals(data, **CALL, **CLASSIC, total="total", kind="rate", overdispersed=False)
    row = found.to_frame().iloc[0]
    assert row["centre"] == pytest.approx(1.93)
    reach = 3 * math.sqrt(1.93 / 5)
    assert (row["lower"], row["upper"]) == pytest.approx((1.93 - reach, 1.93 + reach))
    assert not len(found.signals)


def test_u_chart_of_unequal_totals_by_hand():
    """153 in 107.5 units of cloth; each roll has limits of its own, 3 √(mean / units), none out."""
    data = weeks(np.array(CLOTH) / np.array(ROLLS), ROLLS)
    found = weekly_signals(data, **CALL, **CLASSIC, total="total", kind="rate", overdispersed=False)
    frame = found.to_frame()
    mean, reach = 153 / 107.5, 3 * np.sqrt(153 / 107.5 / np.array(ROLLS))
    np.testing.assert_allclose(frame["centre"], mean)
    np.testing.assert_allclose(frame["upper"], mean + reach)
    np.testing.assert_allclose(frame["lower"], mean - reach)
    assert not len(found.signals)


def test_shares_equal_the_control_chart(rng):
    """With all weeks as baseline and three sigma it is the p' chart, and the p chart without over-dispersion."""
    total = rng.integers(300, 900, 40)
    hits = rng.binomial(total, rng.beta(40, 360, 40))
    data = weeks(hits / total, total, hits=hits)
    for over, limits in ((True, "laney"), (False, "binomial")):
        kind = {"total": "total", "kind": "share", "overdispersed": over}
        mine = weekly_signals(data, **CALL, **CLASSIC, **kind).to_frame()
        theirs = control_chart(data, count="hits", total="total", period="week", limits=limits).to_frame()
        for column in ("centre", "lower", "upper"):
            np.testing.assert_allclose(mine[column], theirs[column])


def test_a_week_is_judged_by_the_weeks_before_it_by_hand():
    x = [10.0, 12, 11, 13, 9, 12, 10, 11, 20]
    found = weekly_signals(weeks(x), **CALL, false_alarm=0.01)
    before = np.array(x[:8])
    ranges = np.abs(np.diff(before))
    assert (ranges <= LARGEST * ranges.mean()).all()
    sigma = ranges.mean() / D2_TRIMMED
    far = stats.t.isf(0.005, degrees(7)) * sigma * math.sqrt(1 + 1 / 8)
    row = found.to_frame().iloc[-1]
    assert row["centre"] == pytest.approx(before.mean())
    assert (row["lower"], row["upper"]) == pytest.approx((before.mean() - far, before.mean() + far))
    assert found.signals["period"].tolist() == [2908]
    assert found.to_frame()["judged"].tolist() == [False] * 8 + [True]


def test_degrees_of_freedom_match_simulated_moving_ranges(rng):
    """Twice the squared mean over the variance of the mean moving range of 26 normal values."""
    mean = np.abs(np.diff(rng.normal(size=(40_000, 26)))).mean(axis=1)
    assert degrees(25) == pytest.approx(mean.mean() ** 2 / (2 * mean.var()), rel=0.03)


def test_the_mean_of_ranges_that_stay_matches_simulated_ones(rng):
    ranges = np.abs(np.diff(rng.normal(size=400_000)))
    kept = ranges[ranges <= LARGEST * 2 / math.sqrt(math.pi)]
    assert kept.mean() == pytest.approx(D2_TRIMMED, rel=0.005)


def test_one_odd_week_does_not_widen_the_next_ranges():
    x = np.tile([10.0, 11, 10.5, 11.5], 10)
    x[20] = 30.0
    clean = np.delete(x, 20)
    row = weekly_signals(weeks(x), **CALL).to_frame().iloc[-1]
    alone = weekly_signals(weeks(clean), **CALL).to_frame().iloc[-1]
    assert row["upper"] - row["lower"] == pytest.approx(alone["upper"] - alone["lower"], rel=0.05)
    assert row["upper"] < 20


def test_a_new_level_becomes_usual(rng):
    x = np.r_[rng.normal(10, 1, 30), rng.normal(20, 1, 30)]
    found = weekly_signals(weeks(x), **CALL, window=13).to_frame()
    assert (found["signal"].iloc[30:33] == "above").all()
    assert (found["signal"].iloc[-10:] == "").all()
    assert found["centre"].iloc[-1] == pytest.approx(20, abs=1.5)


def test_the_change_is_this_week_less_the_four_before_by_hand():
    x = [10.0, 12, 11, 13, 9, 12, 10, 11, 12, 14]
    found = weekly_signals(weeks(x, n_people=20), **CALL)
    assert found.change.estimate == pytest.approx(14 - (12 + 10 + 11 + 12) / 4)
    row = found.to_frame().iloc[-1]
    error = row["std_error"] * math.sqrt(1 + 1 / 4)
    assert found.change.conf_high - found.change.estimate == pytest.approx(
        stats.t.isf(0.025, row["df"]) * error
    )
    assert found.change.n_people == 20


def test_provisional_weeks_are_neither_judged_nor_a_baseline():
    x = [10.0, 12, 11, 13, 9, 12, 10, 11, 12, 90]
    data = weeks(x, late=pd.array([False] * 9 + [True], dtype="boolean"))
    found = weekly_signals(data, **CALL, provisional="late")
    row = found.to_frame().iloc[-1]
    assert (row["signal"], row["judged"], row["note"]) == ("", False, "provisional: not judged")
    assert row["estimate"] == 90
    assert found.last["period"] == 2908
    assert found.change.estimate == pytest.approx(12 - np.mean([12, 10, 11, 9]))


@pytest.mark.filterwarnings("error")
def test_an_empty_week_is_a_row_without_a_value(rng):
    data = weeks(rng.normal(10, 1, 30)).drop(index=[12, 13])
    dates = data.assign(
        week=pd.Timestamp("2026-01-05") + pd.to_timedelta(7 * (data["week"] - 2900), unit="D")
    )
    for frame in (data, dates, data.astype({"week": float})):
        found = weekly_signals(frame.sample(frac=1, random_state=1), **CALL)
        table = found.to_frame()
        assert len(table) == 30
        assert table["note"].iloc[12] == "nothing was counted in this week"
        assert math.isnan(table["estimate"].iloc[12])
        assert table["baseline_weeks"].iloc[-1] == 26
        assert status(found, "missing") == "warn"


@pytest.mark.filterwarnings("error")
def test_counts_too_few_to_judge_are_not_judged(rng):
    total = np.full(30, 10)
    data = weeks(rng.binomial(total, 0.2) / total, total)
    found = weekly_signals(data, **CALL, total="total", kind="share")
    assert not found.to_frame()["judged"].any()
    assert status(found, "small_totals") == "warn"
    large = weeks(rng.binomial(500, 0.2, 30) / 500, 500)
    assert status(weekly_signals(large, **CALL, total="total", kind="share"), "small_totals") == "pass"


def test_weeks_that_resemble_their_neighbours_are_said(rng):
    noise = rng.normal(size=120)
    slow = np.zeros(120)
    for i in range(1, 120):
        slow[i] = 0.8 * slow[i - 1] + noise[i]
    assert status(weekly_signals(weeks(slow), **CALL), "autocorrelation") == "warn"
    calm = [
        status(weekly_signals(weeks(rng.normal(size=80)), **CALL), "autocorrelation") == "warn"
        for _ in range(40)
    ]
    assert sum(calm) <= 0.12 * 40  # one-sided 5 %, and three errors


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("x", [[], [3.0], [5.0] * 20, [np.nan] * 20, [0.0] * 20])
def test_what_cannot_be_judged_has_no_limits_and_no_crash(x):
    for kind in ("level", "rate", "share"):
        data = weeks(np.clip(x, 0, 1) if kind == "share" else x, 100.0)
        found = weekly_signals(data, **CALL, total="total", kind=kind)
        frame = found.to_frame()
        assert len(frame) == len(x)
        assert not len(found.signals)
        assert math.isnan(found.change.estimate) or math.isnan(found.change.conf_low) or len(x) == 20
        assert isinstance(str(found), str)
        assert isinstance(found._repr_html_(), str)


def test_limits_scale_with_the_unit(rng):
    data = weeks(rng.normal(86, 2, 40), rng.uniform(500, 900, 40))
    one = weekly_signals(data, **CALL, total="total").to_frame()
    ten = weekly_signals(data.assign(x=10 * data["x"]), **CALL, total="total").to_frame()
    np.testing.assert_allclose(10 * one["upper"], ten["upper"])
    assert one["signal"].tolist() == ten["signal"].tolist()


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"value": "y"}, KeyError, "lacks the columns y"),
        ({"kind": "ratio"}, ValueError, "`kind` is 'ratio'"),
        ({"kind": "share"}, ValueError, "needs `total`"),
        ({"window": 4}, ValueError, "below `least`"),
        ({"least": 2}, ValueError, "Three weeks"),
        ({"false_alarm": 0}, ValueError, "chance between 0 and 1"),
        ({"sigmas": -1}, ValueError, "positive number"),
        ({"conf_level": 1.0}, ValueError, "conf_level"),
    ],
)
def test_bad_input_is_said(change, kind, message):
    with pytest.raises(kind, match=message):
        weekly_signals(weeks(FLOW), **CALL | change)


def test_bad_values_are_said():
    with pytest.raises(ValueError, match="outside 0 to 1 in 1 row"):
        weekly_signals(weeks([0.1, 1.2], 10), **CALL, total="total", kind="share")
    with pytest.raises(ValueError, match="negative in 1 row"):
        weekly_signals(weeks([0.1, 0.2], [10, -1]), **CALL, total="total", kind="rate")
    with pytest.raises(ValueError, match="2 rows"):
        weekly_signals(weeks([1, 2]).assign(week=[1, 1]), **CALL)
    with pytest.raises(TypeError, match="not numeric"):
        weekly_signals(weeks([1, 2]).astype({"x": str}), **CALL)


def test_a_week_of_few_people_counts_as_if_it_were_missing():
    """The ranges of all other weeks equal those of the series without it; the week itself is not judged."""
    frame = weeks(FLOW * 3, n_people=40.0)
    frame.loc[[12, 17], "n_people"] = [7.0, np.nan]
    found = weekly_signals(frame, **CALL, fewest_people=10).to_frame()
    without = weekly_signals(frame.drop([12, 17]), **CALL, fewest_people=10).to_frame()
    same = ["centre", "lower", "upper", "signal", "baseline_weeks"]
    rest = ~found.index.isin([12, 17])
    pd.testing.assert_frame_equal(found.loc[rest, same], without.loc[rest, same])
    assert not found.loc[~rest, "judged"].any()
    with pytest.raises(ValueError, match="n_people"):
        weekly_signals(frame.drop(columns="n_people"), **CALL, fewest_people=10)
