"""Errors of what happened in these sessions: people's own noise, by hand and by simulation, and teams that drift."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tne.measures.att_aggregate import aggregation_weights
from tne.measures.att_weights import outcome_weights
from tne.measures.designs.realised import realised, team_drift
from tne.measures.designs.teams import team_weeks
from tne.measures.staggered import aggregate, group_time_att

REPLICATIONS = 200
STARTS, EACH, PEOPLE, WEEKS = (12.0, 15.0, 18.0, np.nan), 6, 5, 30
BASELINE, WINDOW = 12, (0, 7)
NOISE = 1.0  # of a person in a week
BLOCK_NOISE = NOISE / math.sqrt(PEOPLE * 4)  # of the mean of a team in four weeks


def person_weeks(rng, effect=2.0, between=0.0, shock=0.0):
    """Person × week rows of 24 teams of 5, and the mean effect of the sessions that took place.

    `between` is the spread of effects between teams, `shock` that of what a team shares for four weeks.
    """
    n = EACH * len(STARTS)
    start, t = np.repeat(STARTS, EACH), np.arange(WEEKS)
    gain = effect + between * rng.normal(size=n)
    shared = shock * rng.normal(size=(n, -(-WEEKS // 4)))[:, t // 4]
    team = np.repeat(np.arange(n), PEOPLE)
    noise = rng.normal(0, NOISE, (len(team), WEEKS))
    value = (shared + np.where(t >= start[:, None], gain[:, None], 0.0))[team] + noise
    size = rng.integers(8, 13, value.shape)
    frame = rows_of(team, start[team], value, size)
    weight = frame.groupby("home_team")["size"].sum().to_numpy()
    trained = ~np.isnan(start)
    return frame, float(np.average(gain[trained], weights=weight[trained]))


def rows_of(team, start, value, size=1):
    """One row per person and period from matrices of people × periods."""
    n, periods = value.shape
    return pd.DataFrame(
        {
            "moderator_id": np.repeat(np.arange(n), periods),
            "home_team": np.repeat(team, periods),
            "home_cohort": np.repeat(np.broadcast_to(start, n), periods),
            "period": np.tile(np.arange(periods), n),
            "deviation": (size * value).ravel(),
            "size": np.broadcast_to(size, value.shape).astype(float).ravel(),
        }
    )


def fitted(people, baseline=BASELINE, window=WINDOW):
    """Group-time effects of the team means; the effect with clustered errors, and with those of what happened."""
    att = group_time_att(
        team_weeks(people), outcome="value", unit="home_team", period="period", cohort="cohort",
        comparison="not_yet_treated", weights="weight", n_people="n_people", baseline=baseline, errors="welch",
    )  # fmt: skip
    clustered = aggregate(att, by="overall", window=window).get(term="overall")
    return att, clustered, realised(clustered, att, people, window=window, conf_level=0.95)


def formula(people, att, window=WINDOW):
    """V by team and the effective size of each team, with loops over teams and people."""
    cells, *_ = aggregation_weights(att, by="overall", window=window)
    c = pd.DataFrame(outcome_weights(att, cells[:, 0]), index=att.data.units, columns=att.data.periods)
    variance, size = {}, {}
    for team, rows in people.groupby("home_team"):
        sums, effective = {}, []
        for week, now in rows.groupby("period"):
            mean = now["deviation"].sum() / now["size"].sum()
            share = now["size"] / now["size"].sum()
            effective.append(1 / (share**2).sum())
            for person, p, value in zip(
                now["moderator_id"], share, now["deviation"] / now["size"], strict=True
            ):
                sums[person] = sums.get(person, 0.0) + c.loc[team, week] * p * (value - mean)
        size[team] = np.mean(effective)
        if size[team] > 1:
            variance[team] = size[team] / (size[team] - 1) * sum(s**2 for s in sums.values())
    return variance, size


def assert_coverage(hits):
    slack = 3 * np.sqrt(0.05 * 0.95 / len(hits))
    assert 0.935 - slack <= np.mean(hits) <= min(0.965 + slack, 1)


def test_errors_of_two_groups_and_two_periods_by_hand(rng):
    """Five trained teams and three late ones: each counts with its share, its error is that of a mean of changes."""
    people_of = [2, 3, 4, 5, 6, 3, 4, 5]
    team = np.repeat(np.arange(8), people_of)
    start = np.where(team < 5, 1.0, np.nan)
    value = rng.normal(size=(len(team), 2)) + np.where(team < 5, 2.0, 0.0)[:, None] * [0, 1]
    _, clustered, found = fitted(rows_of(team, start, value), baseline=1, window=(0, 0))
    change = value[:, 1] - value[:, 0]
    part = {}
    for group in (range(5), range(5, 8)):
        everyone = sum(people_of[j] for j in group)
        for j in group:
            part[j] = (people_of[j] / everyone) ** 2 * np.var(change[team == j], ddof=1) / people_of[j]
    error = math.sqrt(sum(part.values()))
    df = error**4 / sum(part[j] ** 2 / (people_of[j] - 1) for j in part)
    estimate = change[team < 5].mean() - change[team >= 5].mean()
    assert found.estimate == clustered.estimate == pytest.approx(estimate, abs=1e-12)
    assert found.std_error == pytest.approx(error, rel=1e-12)
    assert found.df == pytest.approx(df, rel=1e-12)
    assert found.statistic == pytest.approx(estimate / error, rel=1e-12)
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(estimate / error), df), rel=1e-9)
    low, high = stats.t.interval(0.95, df, loc=estimate, scale=error)
    assert (found.conf_low, found.conf_high) == (pytest.approx(low), pytest.approx(high))
    assert (found.n, found.n_people, found.comparison) == (
        clustered.n,
        clustered.n_people,
        clustered.comparison,
    )


@pytest.mark.parametrize("shock", [0.0, 3 * BLOCK_NOISE], ids=["quiet", "drifting"])
def test_errors_with_unequal_audits_and_absences_by_hand(rng, shock):
    people, _ = person_weeks(rng, shock=shock)
    people["deviation"] += people["size"] * rng.normal(size=len(people))
    people["size"] *= rng.integers(1, 4, len(people))
    people = people.loc[rng.uniform(size=len(people)) > 0.2]
    att, clustered, found = fitted(people)
    ratio, df_ratio = team_drift(people)
    assert ratio > 1.5 or not shock
    variance, size = formula(people, att)
    total = sum(variance.values())
    assert found.estimate == clustered.estimate
    assert found.std_error == pytest.approx(math.sqrt(total * max(ratio, 1.0)), rel=1e-12)
    spread = sum(v**2 / (size[team] - 1) for team, v in variance.items()) / total**2
    assert found.df == pytest.approx(1 / (spread + (1 / df_ratio if ratio > 1 else 0.0)), rel=1e-12)


def test_drift_ratio_of_two_teams_and_two_blocks_by_hand(rng):
    """(a1 − a2 − b1 + b2)² against the four variances of the block means, s² / n each."""
    value = rng.normal(size=(6, 8))
    team = np.repeat(["a", "b"], 3)
    blocks = value.reshape(6, 2, 4).mean(axis=2)
    a, b = blocks[:3], blocks[3:]
    moved = (a[:, 0] - a[:, 1]).mean() - (b[:, 0] - b[:, 1]).mean()
    expected = (a.var(axis=0, ddof=1).sum() + b.var(axis=0, ddof=1).sum()) / 3
    ratio, df = team_drift(rows_of(team, np.nan, value))
    assert ratio == pytest.approx(moved**2 / expected, rel=1e-12)
    assert df == 1
    # what happens from training on says nothing about drift
    after = np.concatenate([value, rng.normal(50, 50, (6, 6))], axis=1)
    trained = rows_of(team, 8.0, after)
    assert team_drift(trained) == pytest.approx((ratio, df), rel=1e-12)
    # and neither does a level of a team, or a season that all teams share
    lifted = value + np.where(team == "a", 5.0, 0.0)[:, None] + np.sin(np.arange(8))
    assert team_drift(rows_of(team, np.nan, lifted)) == pytest.approx((ratio, df), rel=1e-9)


def test_drift_without_two_teams_and_two_blocks_is_not_measured(rng):
    value = rng.normal(size=(6, 8))
    one_team_a_cohort = rows_of(np.repeat(["a", "b"], 3), np.repeat([8.0, np.nan], 3), value)
    assert team_drift(one_team_a_cohort) == (1.0, math.inf)
    one_block = rows_of(np.repeat(["a", "b"], 3), np.nan, value[:, :4])
    assert team_drift(one_block) == (1.0, math.inf)


@pytest.mark.slow
def test_interval_covers_the_true_mean_effect_of_these_sessions(rng):
    """Pure person noise, sessions of unequal effect: the drift ratio is one, the interval honest, the errors right."""
    ratio, errors, error, hits = [], [], [], []
    for replication in range(REPLICATIONS):
        people, truth = person_weeks(rng, between=0.5)
        _, _, found = fitted(people)
        errors.append(found.std_error)
        error.append(found.estimate - truth)
        hits.append(found.conf_low <= truth <= found.conf_high)
        if replication < 40:
            ratio.append(team_drift(people)[0])
    assert abs(np.mean(ratio) - 1) < 3 * np.std(ratio) / np.sqrt(len(ratio)) + 0.01
    assert abs(np.mean(error)) < 3 * np.std(error) / np.sqrt(REPLICATIONS)
    assert 0.85 < np.mean(errors) / np.std(error) < 1.2
    assert_coverage(hits)


def test_effects_that_differ_between_teams_widen_only_the_clustered_error(rng):
    same, differing = [], []
    for _ in range(10):
        seed = int(rng.integers(2**32))
        for errors, between in ((same, 0.0), (differing, 0.5)):
            people, _ = person_weeks(np.random.default_rng(seed), between=between)
            _, clustered, found = fitted(people)
            errors.append((found.std_error, clustered.std_error))
    same, differing = np.array(same), np.array(differing)
    np.testing.assert_allclose(differing[:, 0], same[:, 0], rtol=1e-9)  # same noise: same errors
    assert differing[:, 1].mean() > 1.3 * same[:, 1].mean()


@pytest.mark.slow
@pytest.mark.thorough
def test_interval_covers_the_true_effect_when_teams_drift_apart(rng):
    """What a team shares for four weeks is worth as much as the noise of its members' mean."""
    ratio, hits = [], []
    for replication in range(REPLICATIONS):
        people, truth = person_weeks(rng, shock=BLOCK_NOISE)
        _, _, found = fitted(people)
        hits.append(found.conf_low <= truth <= found.conf_high)
        if replication < 40:
            ratio.append(team_drift(people)[0])
    assert np.mean(ratio) == pytest.approx(2.0, abs=0.25)
    assert np.mean(np.array(ratio) > 1.3) > 0.9  # nearly every panel shows it
    assert np.mean(hits) >= 0.90


def test_a_team_of_one_person_does_not_break_the_errors(rng):
    """It shows no spread within itself: the errors are at least those of the other teams' people."""
    people, _ = person_weeks(rng)
    alone = people["home_team"].isin([0, 7, 23])
    people = people.loc[~alone | (people["moderator_id"] % PEOPLE == 0)]
    att, clustered, found = fitted(people)
    variance, size = formula(people, att)
    assert variance.keys() == size.keys() - {0, 7, 23}
    assert found.std_error >= math.sqrt(sum(variance.values())) * (1 - 1e-12)
    assert found.estimate == clustered.estimate
    assert np.isfinite([found.df, found.p_value, found.conf_low, found.conf_high]).all()


def test_teams_of_one_person_each_keep_their_clustered_errors(rng):
    people, _ = person_weeks(rng)
    _, clustered, found = fitted(people.loc[people["moderator_id"] % PEOPLE == 0])
    assert found is clustered
    assert found.std_error > 0


def test_undefined_errors_stay_undefined(rng):
    """Four trained teams have no clustered error, and so none of what happened."""
    people, _ = person_weeks(rng)
    few = people.loc[people["home_team"].isin([0, 1, 2, 3, *range(18, 24)])]
    _, clustered, found = fitted(few)
    assert math.isnan(clustered.std_error)
    assert clustered.note
    assert found is clustered
