"""Errors around a change of policy: by hand, in simulated weeks with a known rise and decay, and at the edges."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.prove.harness import seed_of
from tne.measures.policy_change import policy_change

AREAS = ("hate", "spam", "nudity")
BEFORE, AFTER = 26, 24


def weeks(rng=None, *, rise=0.10, half_life=6.0, n=250, season=0.02, before=BEFORE, after=AFTER, people=60):
    """Error of each area and week: a season common to all, and in `hate` a rise at week 0 that halves again."""
    period = np.arange(-before, after)
    common = 0.12 + season * np.sin(2 * np.pi * period / 26)
    excess = np.where(period >= 0, rise * 0.5 ** (period / half_life), 0.0)
    rows = []
    for area in AREAS:
        p = common + (excess if area == "hate" else 0.0)
        value = p if rng is None else rng.binomial(n, p) / n
        rows.append(
            pd.DataFrame({"policy_area": area, "period": period, "value": value, "n": n, "n_people": people})
        )
    return pd.concat(rows, ignore_index=True)


def truth(week, rise=0.10, half_life=6.0):
    """Mean excess of the four weeks from `week` on, in points."""
    return 100 * np.mean([rise * 0.5 ** ((week + i) / half_life) for i in range(4)])


def test_rise_and_weeks_to_recovery_by_hand():
    found = policy_change(weeks(n=2500), area="hate", start=0)
    assert found.rise.estimate == pytest.approx(truth(0))
    assert found.latest.estimate == pytest.approx(truth(AFTER - 4))
    first = next(w for w in range(AFTER - 3) if truth(w) <= 2.0)
    assert found.recovery.estimate == first
    assert found.recovery.conf_low <= first <= found.recovery.conf_high
    assert found.compared == ("nudity", "spam")
    assert found.rise.n_people == 60


def test_standard_error_by_hand():
    """No comparison, weeks that vary as audits alone explain: the binomial error of two means."""
    value = np.r_[np.tile([0.11, 0.13], 8), np.full(4, 0.30)]
    frame = pd.DataFrame(
        {"policy_area": "hate", "period": np.arange(-16, 4), "value": value, "n": 400, "n_people": 50}
    )
    found = policy_change(frame, area="hate", start=0)
    # weeks alternate, so that neighbours do not resemble each other
    before = pd.Series(value[:16]).rolling(9, center=True, min_periods=1).mean()
    variance = np.r_[(before * (1 - before)), np.full(4, 0.21)] / 400
    spread = max(1.0, (np.square(value[:16] - 0.12) / variance[:16]).sum() / 15)
    error = 100 * math.sqrt(spread * (variance[16:].sum() / 16 + variance[:16].sum() / 256))
    assert found.rise.estimate == pytest.approx(18.0)
    assert found.rise.std_error == pytest.approx(error)
    assert found.rise.conf_high - found.rise.estimate == pytest.approx(stats.t.ppf(0.975, 15) * error)
    assert {c.name: c.status for c in found.checks}["comparison_areas"] == "warn"


def test_what_happens_to_all_areas_is_no_rise():
    frame = weeks(rise=0.0)
    frame.loc[frame["period"] >= 0, "value"] += 0.05
    found = policy_change(frame, area="hate", start=0)
    assert found.rise.estimate == pytest.approx(0.0, abs=1e-9)
    assert math.isnan(found.recovery.estimate)
    assert "no rise" in found.recovery.note


def test_interval_covers_the_true_rise_and_the_true_weeks_to_recovery(request):
    """A hundred simulated markets; without a rise it is told in at most one of twenty."""
    cover, within, false = [], [], []
    due = next(w for w in range(AFTER - 3) if truth(w) <= 2.0)
    for r in range(100):
        rng = np.random.default_rng(seed_of(request.node.name, r))
        found = policy_change(weeks(rng), area="hate", start=0)
        cover.append(found.rise.conf_low <= truth(0) <= found.rise.conf_high)
        high = found.recovery.conf_high
        within.append(found.recovery.conf_low <= due <= (math.inf if math.isnan(high) else high))
        none = policy_change(weeks(rng, rise=0.0), area="hate", start=0)
        false.append(none.rise.p_value < 0.05)
    slack = 3 * math.sqrt(0.05 * 0.95 / 100)
    assert np.mean(cover) >= 0.935 - slack
    assert np.mean(within) >= 0.935 - slack
    assert np.mean(false) <= 0.05 + slack


def test_checks_are_silent_and_loud():
    quiet = {c.name: c.status for c in policy_change(weeks(), area="hate", start=0).checks}
    assert set(quiet.values()) == {"pass"}
    drifting = weeks(np.random.default_rng(1))
    hate = drifting["policy_area"].eq("hate")
    drifting.loc[hate, "value"] += 0.004 * (drifting.loc[hate, "period"] + BEFORE)
    assert {c.name: c.status for c in policy_change(drifting, area="hate", start=0).checks}[
        "earlier_drift"
    ] == "warn"
    slow = weeks(before=48)
    slow.loc[slow["policy_area"].eq("hate"), "value"] += 0.03 * np.sin(slow["period"] / 5)
    found = policy_change(slow, area="hate", start=0, baseline=48)
    assert {c.name: c.status for c in found.checks}["autocorrelation"] == "warn"


@pytest.mark.parametrize(("before", "after"), [(6, 20), (26, 3)])
def test_too_few_weeks_give_no_number(before, after):
    found = policy_change(weeks(before=before, after=after), area="hate", start=0)
    assert math.isnan(found.rise.estimate)
    assert "needed" in found.rise.note
    assert len(found.weekly) == 0
    assert found.checks[0].status == "fail"


def test_next_change_ends_the_weeks_and_gaps_drop_an_area():
    frame = weeks()
    found = policy_change(frame, area="hate", start=0, until=10)
    assert found.weekly.to_frame()["week"].max() == 9
    gap = frame.loc[~(frame["policy_area"].eq("spam") & frame["period"].eq(3))]
    assert policy_change(gap, area="hate", start=0).compared == ("nudity",)
    assert policy_change(frame, area="hate", start=0, others=["spam"]).compared == ("spam",)


def test_weeks_without_an_error_and_recovery_that_is_not_seen():
    frame = weeks(rise=0.10, half_life=1000)
    frame.loc[frame["policy_area"].eq("spam"), "value"] = 0.0
    found = policy_change(frame, area="hate", start=0)
    assert found.rise.std_error > 0
    assert math.isnan(found.recovery.estimate)
    assert "not back" in found.recovery.note


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"value": "text"}, TypeError),
        ({"value": 12.0}, ValueError),
        ({"policy_area": "hate"}, ValueError),
    ],
)
def test_bad_weeks_are_refused(change, error):
    with pytest.raises(error):
        policy_change(weeks().assign(**change), area="hate", start=0)
    with pytest.raises(ValueError, match="does not occur"):
        policy_change(weeks(), area="fraud", start=0)
    with pytest.raises(ValueError, match="margin"):
        policy_change(weeks(), area="hate", start=0, margin=-1)
