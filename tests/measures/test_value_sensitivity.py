"""Value if the groups had drifted apart as before: by hand, against `sensitivity`, with known truth."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import tne
from tne.measures.staggered import group_time_att
from tne.measures.value_drift import drift_set_of
from tne.measures.value_sensitivity import drift_set

WAVES, TEAMS = (12, 14, 16, 24), 6  # weeks in which the teams were trained; the last wait


def world(seed, *, waves=WAVES, weeks=24, window=4, effect=3.0, noise=1.0, slopes=None, teams=TEAMS):
    """Team × week outcomes with lasting differences, common shocks, noise, a divergence by wave and one effect."""
    rng = np.random.default_rng(seed)
    start = np.repeat(waves, teams).astype(float)
    week = np.arange(weeks)
    y = rng.normal(0, 3, len(start))[:, None] + rng.normal(0, 2, weeks)
    y = y + noise * rng.normal(size=(len(start), weeks))
    y = y + np.repeat(slopes or [0.0] * len(waves), teams)[:, None] * week
    y = y + effect * (week >= start[:, None])
    return pd.DataFrame(
        {"team": np.repeat(np.arange(len(start)), weeks), "week": np.tile(week, len(start)), "y": y.ravel(),
         "start": np.repeat(start, weeks)}
    )  # fmt: skip


def fit(frame, **more):
    call = {"comparison": "not_yet_treated", "baseline": 8, "errors": "welch"} | more
    return group_time_att(frame, outcome="y", unit="team", period="week", cohort="start", **call)


def test_one_wave_equals_the_aggregated_event_study_by_hand():
    # one wave against one that waits: block means by team, Welch's covariance of two groups, then `sensitivity`
    frame = world(1, waves=(12, 16), weeks=16, teams=7)
    found = drift_set_of(fit(frame), window=4)
    means = frame.assign(block=frame["week"] // 4).pivot_table(
        index=["start", "team"], columns="block", values="y"
    )
    last = means.sub(means[2], axis=0)[[0, 1, 3]]
    groups = [last.loc[start] for start in (12.0, 16.0)]
    estimates = groups[0].mean() - groups[1].mean()
    parts = [np.cov(group.T) / len(group) for group in groups]
    v = sum(parts)
    own = [part[-1, -1] for part in parts]
    df = sum(own) ** 2 / sum(part**2 / 6 for part in own)
    wide = (stats.t.ppf(0.975, df) / stats.norm.ppf(0.975)) ** 2
    study = tne.event_study(estimates.to_numpy(), v * wide, event_time=[-3, -2, 0])
    by_hand = next(iter(tne.sensitivity(study, method="relative_magnitude", m=1, within=math.inf).robust))
    assert found.blocks == 3
    assert found.effect.estimate == pytest.approx(estimates[3])
    assert found.limits == pytest.approx((by_hand.conf_low, by_hand.conf_high), rel=1e-6)
    assert found.moves == pytest.approx([estimates[1] - estimates[0], -estimates[1]])


def test_an_effect_measured_on_the_last_block_is_the_estimate_by_hand():
    # with a base as long as the window the effect and the set start from the same weeks if all cells lie in step
    frame = world(2, waves=(12, 16), weeks=16)
    att = fit(frame, baseline=4)
    effect = tne.aggregate(att, by="overall", window=(0, 3))
    assert drift_set_of(att, window=4).effect.estimate == pytest.approx(next(iter(effect)).estimate)


def test_no_deviation_allowed_leaves_an_interval_around_the_estimate():
    att = fit(world(3))
    none, one, two = (drift_set_of(att, window=4, m=m) for m in (0.0, 1.0, 2.0))
    assert one.limits[0] < none.limits[0] < none.effect.estimate < none.limits[1] < one.limits[1]
    assert two.limits[0] < one.limits[0]
    assert one.limits[1] < two.limits[1]


@pytest.mark.parametrize("slopes", [(0.1, 0.1, 0.1, 0.0), (0.3, 0.1, -0.2, 0.0), (-0.2, 0.0, 0.1, 0.3)])
def test_a_planted_linear_divergence_is_in_the_set(slopes):
    # hardly any noise: the interval of the effect misses the truth, the set holds it; groups drift unlike each other
    att = fit(world(4, noise=0.02, slopes=slopes))
    effect = next(iter(tne.aggregate(att, by="overall", window=(0, 3))))
    assert not effect.conf_low <= 3.0 <= effect.conf_high
    low, high = drift_set_of(att, window=4).limits
    assert low <= 3.0 <= high
    assert high - low < 4.0


@pytest.mark.slow
def test_interval_covers_the_true_effect_without_divergence_and_with_a_linear_one():
    count, flat, bent = 40, 0, 0
    for seed in range(count):
        low, high = drift_set_of(fit(world(seed, waves=(8, 12), weeks=12, window=4)), window=4).limits
        flat += low <= 3.0 <= high
        frame = world(seed, waves=(8, 12), weeks=12, window=4, noise=0.5, slopes=(0.2, 0.0))
        low, high = drift_set_of(fit(frame), window=4).limits
        bent += low <= 3.0 <= high
    least = 0.95 - 3 * math.sqrt(0.95 * 0.05 / count)
    assert flat / count >= least
    assert bent / count >= least


def test_shifts_scales_and_the_order_of_rows_change_nothing_else():
    frame = world(5)
    plain = drift_set_of(fit(frame), window=4)
    other = frame.sample(frac=1, random_state=1).assign(y=lambda f: 10 - 2 * f["y"])
    turned = drift_set_of(fit(other), window=4)
    assert turned.limits == pytest.approx((-2 * plain.limits[1], -2 * plain.limits[0]), rel=1e-6)


@pytest.mark.parametrize(
    ("frame", "window", "note"),
    [
        (world(6), 7, "too short a past"),
        (world(6).query("week != 5"), 4, "missing in one of the blocks"),
        (world(6, teams=4), 4, "clusters"),
        (world(6, waves=(12, 12, 12)), 4, "no identified effect"),
    ],
)
def test_where_there_is_no_set_a_note_says_why(frame, window, note):
    found = drift_set_of(fit(frame), window=window)
    assert all(map(math.isnan, found.limits))
    assert pd.Series([found.effect.note]).str.contains(note).all(), found.effect.note


def test_a_team_without_some_weeks_counts_where_it_is_seen():
    frame = world(7)
    gaps = frame.drop(frame.sample(frac=0.05, random_state=1).index)
    whole, found = (drift_set_of(fit(each), window=4) for each in (frame, gaps))
    assert found.limits == pytest.approx(whole.limits, abs=0.5)


def test_calls_that_cannot_be_meant_are_refused():
    with pytest.raises(ValueError, match="window"):
        drift_set_of(fit(world(8)), window=0)
    with pytest.raises(ValueError, match="window"):
        drift_set_of(fit(world(8)), window=2.5)
    with pytest.raises(ValueError, match="`m`"):
        drift_set_of(fit(world(8)), window=4, m=-1)
    with pytest.raises(ValueError, match="anticipation"):
        drift_set_of(fit(world(8), anticipation=1), window=4)
    once = world(8).assign(team=range(len(world(8))))
    with pytest.raises(ValueError, match="cross-sections"):
        drift_set_of(group_time_att(once, outcome="y", unit="team", period="week", cohort="start",
                                    comparison="not_yet_treated"), window=4)  # fmt: skip


PROGRAMME = {"programme_id": "p", "title": "P", "rollout": "staggered", "rollout_unit": "team"}
PLAN = {"baseline_weeks": 12, "window_weeks": 4}
PRICES = {"currency": "EUR", "avoided_error": {"low": 2.0, "mode": 2.0, "high": 2.0}}


def audited(seed=1, effect=0.08):
    """Three people a team, forty audits a week each."""
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product([range(24), range(3), range(24)], names=["team", "person", "period"])
    frame = keys.to_frame(index=False)
    start = np.asarray(WAVES, dtype=float)[frame["team"] // TEAMS]
    right = rng.binomial(40, 0.80 + effect * (frame["period"] >= start))
    return pd.DataFrame(
        {
            "market": "DE", "moderator_id": [f"m{t}-{p}" for t, p in zip(frame["team"], frame["person"], strict=True)],
            "home_team": frame["team"].map("t{}".format), "home_cohort": start, "period": frame["period"],
            "cohort": start, "arm": "", "weight_sum": 40.0, "weighted_correct": right.astype(float), "n": 40,
            "cases": 100.0, "tenure_weeks": 99.0,
        }
    )  # fmt: skip


def worth(panel, effect, amount=1000.0):
    sheet = {"programme_id": "p", "market": "DE", "item": "materials", "amount": [amount], "currency": "EUR"}
    costs = tne.programme_costs(pd.DataFrame(sheet))
    return tne.value_in_market(
        effect, panel, market="DE", costs=costs, prices=PRICES, programme=PROGRAMME, plan=PLAN
    )


@pytest.fixture(scope="module")
def case():
    panel = audited()
    effect = tne.primary_effect(panel, market="DE", programme=PROGRAMME, plan=PLAN)
    return panel, effect


def graded(found, letter, **more):
    names = ("programme_id", "title", "design", "effect", "window", "guardrails")
    return SimpleNamespace(**{name: getattr(found, name) for name in names} | {"grade": letter} | more)


def test_value_at_grade_b_has_the_set_and_its_check_runs(case):
    panel, effect = case
    found = worth(panel, graded(effect, "B"))
    low, high = drift_set(effect, panel, market="DE", programme=PROGRAMME, plan=PLAN).limits
    held = found.value.ranges.set_index("range").loc["sensitivity_set"]
    assert (held["effect_low"], held["effect_high"]) == pytest.approx((low, high))
    check = next(check for check in found.checks if check.name == "sensitivity_value")
    assert check.status == "pass"
    # points × decisions / 100 × 2 € × 4 weeks for 1,000 €
    each = found.volume.estimate / 100 * 2 * 4 / 1000
    assert (found.apart.conf_low, found.apart.conf_high) == pytest.approx((low * each, high * each))
    assert found.apart.n_people == effect.effect.n_people


def test_a_price_that_the_set_does_not_bear_is_warned_of(case):
    panel, effect = case
    low, _ = drift_set(effect, panel, market="DE", programme=PROGRAMME, plan=PLAN).limits
    each = worth(panel, graded(effect, "B")).volume.estimate / 100 * 2 * 4
    between = each * (max(low, 0) + effect.effect.conf_low) / 2
    found = worth(panel, graded(effect, "B"), amount=between)
    assert found.value.verdict == "pays"
    assert next(c for c in found.checks if c.name == "sensitivity_value").status == "warn"
    assert found.apart.conf_low < 1 < found.value.bcr.conf_low


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"letter": "C"}, "grade B"),
        ({"letter": "A"}, "grade B"),
        ({"letter": "B", "design": "randomised"}, "waves"),
        ({"letter": "B", "adjusted": True}, "adjusted"),
    ],
)
def test_value_without_a_set_says_why(case, change, note):
    panel, effect = case
    given = graded(effect, change["letter"], **{name: change[name] for name in ("design",) if name in change})
    if change.get("adjusted"):
        given.effect = replace(effect.effect, estimate=effect.effect.estimate + 0.4)
    found = worth(panel, given)
    assert math.isnan(found.apart.estimate)
    assert note in found.apart.note
    assert list(found.value.ranges["range"]) == ["own_interval"]
