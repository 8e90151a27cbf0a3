"""What was left of a gain: Fieller's interval against the t test that it inverts, coverage, edges."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tne.measures.gain import mean_change
from tne.measures.retained import change_row, retained_gain, retention_of, wave_means

NAMES = {"pre": "pre", "post": "post", "delayed": "delayed"}
DAY = pd.Timestamp("2026-03-02", tz="UTC")
REPLICATIONS = 400


def three(rng, n=60, gain=3.0, kept=0.6):
    pre = rng.normal(10, 3, n)
    post = pre + gain + rng.normal(0, 2, n)
    return pd.DataFrame({"pre": pre, "post": post, "delayed": pre + kept * gain + rng.normal(0, 2, n)})


def test_share_by_hand():
    frame = pd.DataFrame({"pre": [4, 5, 6, 5], "post": [8, 9, 9, 10], "delayed": [6, 7, 8, 7]})
    assert retained_gain(frame, **NAMES).estimate == 0.5


def test_limits_are_the_ratios_that_the_t_test_just_rejects(rng):
    frame = three(rng)
    found = retained_gain(frame, **NAMES, conf_level=0.9)
    for ratio in (found.conf_low, found.conf_high):
        rest = (frame["delayed"] - frame["pre"]) - ratio * (frame["post"] - frame["pre"])
        assert stats.ttest_1samp(rest, 0).pvalue == pytest.approx(0.1, abs=1e-9)


def test_interval_covers_the_true_share(rng):
    inside = 0
    for _ in range(REPLICATIONS):
        found = retained_gain(three(rng, n=40), **NAMES)
        inside += found.conf_low <= 0.6 <= found.conf_high
    slack = 3 * math.sqrt(0.95 * 0.05 / REPLICATIONS)
    assert 0.935 - slack <= inside / REPLICATIONS <= 0.965 + slack


def test_share_does_not_depend_on_the_unit(rng):
    frame = three(rng)
    one, two = retained_gain(frame, **NAMES), retained_gain(5 + 2 * frame, **NAMES)
    assert (one.estimate, one.conf_low, one.conf_high) == pytest.approx(
        (two.estimate, two.conf_low, two.conf_high), rel=1e-9
    )


def test_no_clear_gain_has_no_share(rng):
    found = retained_gain(three(rng, n=20, gain=0.01), **NAMES)
    assert math.isnan(found.estimate)
    assert "zero" in found.note


def test_a_loss_has_no_share_that_could_be_kept(rng):
    frame = three(rng)
    found = retained_gain(20 - frame, **NAMES)
    assert math.isnan(found.estimate)
    assert "fell" in found.note


def test_everyone_at_the_maximum_two_people_and_two_scales_are_notes():
    top = pd.DataFrame({"pre": [20.0] * 5, "post": [20.0] * 5, "delayed": [20.0] * 5})
    assert retained_gain(top, **NAMES).note
    assert "three people" in retained_gain(top.head(2), **NAMES).note
    apart = top.assign(post=[21.0, 22, 21, 23, 22], scale_pre="a", scale_post="a", scale_delayed="b")
    assert "scales" in retained_gain(apart, **NAMES).note
    assert retention_of(apart) is None
    assert retention_of(top.assign(delayed=np.nan)) is None


def test_means_by_wave_equal_scipy(rng):
    frame = three(rng)
    for wave, row in zip(("pre", "post"), wave_means(frame, ("pre", "post")), strict=True):
        low, high = stats.t.interval(0.95, len(frame) - 1, frame[wave].mean(), stats.sem(frame[wave]))
        assert (row.conf_low, row.conf_high) == pytest.approx((low, high), rel=1e-12)


def dated(frame, delays):
    return frame.assign(
        moderator_id=[f"m{i}" for i in range(len(frame))],
        trained_at=DAY,
        answered_at_post=DAY + pd.Timedelta(2, "D"),
        answered_at_delayed=DAY + pd.to_timedelta(np.resize(delays, len(frame)), unit="D"),
    )


def test_a_curve_needs_three_times(rng):
    frame = three(rng, n=90, kept=0.3)
    assert retention_of(dated(frame, [56, 58])).curve is None
    found = retention_of(dated(frame, [28, 84]))
    assert found.curve is not None
    assert found.curve.get(term="d").estimate > 0
    assert retention_of(dated(frame, [56])).weeks == 8
    assert math.isnan(retention_of(dated(frame.head(12), [56])).weeks), "a median of twelve people"


def test_changes_are_those_of_mean_change(rng):
    frame = three(rng)
    for wave in ("post", "delayed"):
        row, direct = change_row(frame, wave), mean_change(frame, pre="pre", post=wave).as_row()
        for name in (
            "estimate",
            "std_error",
            "statistic",
            "df",
            "p_value",
            "conf_low",
            "conf_high",
            "n",
            "n_people",
        ):
            assert row[name] == pytest.approx(direct[name], rel=1e-12), name
