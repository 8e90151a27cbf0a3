"""The rule of proficiency: by hand, its noise by enumeration, the demo's people, edges."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from tne.measures.incidence import cumulative_incidence
from tne.measures.proficiency import proficiency, proficiency_bias, proficiency_noise
from tne.measures.survival import time_to_proficiency
from tne.measures.survival_rows import carried_checks
from tne.result import Check


def weeks_of(
    share: list[float], audits: int = 20, person: str = "a", start: int = 100, first: int = 1
) -> pd.DataFrame:
    """One person hired in period `start`, seen from tenure `first` on; NaN: no audits that week."""
    tenure = np.arange(first, first + len(share))
    frame = pd.DataFrame({"moderator_id": person, "period": start + tenure, "tenure_weeks": tenure})
    frame["n"] = np.where(np.isnan(share), 0, audits)
    frame["n_correct"] = np.nan_to_num(np.array(share)) * frame["n"]
    return frame


def team(
    rng: np.random.Generator, people: int, weeks: int = 40, hired: int = 4, left: float = 0.0
) -> pd.DataFrame:
    """People on the demo's ramp: theta ~ N(1.9, .47), minus .8 exp(−tenure / 8); hired in four waves."""
    theta = rng.normal(1.9, 0.47, people)
    rows = []
    for i in range(people):
        start = 100 + 3 * (i % hired)
        tenure = np.arange(1, 100 + weeks - start)
        stay = len(tenure) if left == 0 else min(len(tenure), int(rng.geometric(left)))
        tenure = tenure[:stay]
        n = rng.poisson(12, len(tenure)) + 1
        p = special.expit(theta[i] - 0.8 * np.exp(-tenure / 8))
        rows.append(
            pd.DataFrame(
                {
                    "moderator_id": f"m{i}",
                    "period": start + tenure,
                    "tenure_weeks": tenure,
                    "n": n,
                    "n_correct": rng.binomial(n, p),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def told(found: pd.DataFrame) -> tuple[Check, ...]:
    return carried_checks(found)


def only(found: pd.DataFrame) -> tuple[float, str]:
    assert len(found) == 1
    return found["duration"].iloc[0], found["event"].iloc[0]


RUN = [0.7, 0.8, 0.9, 0.9, 0.8, 0.9, 0.9, 0.95]


def test_rules_by_hand():
    """Target .85, three weeks: means of three are .8 .87 .87 …; every one of three only in weeks 6 to 8."""
    frame = weeks_of(RUN)
    call = {"k": 3, "accuracy": 0.85, "first_period": 0}
    mean = call | {"rule": "pooled"}
    assert only(proficiency(frame, **mean)) == (4, "proficient")  # .8 .9 .9
    assert only(proficiency(frame, **mean, dated="start")) == (2, "proficient")
    assert only(proficiency(frame, **call, rule="each")) == (8, "proficient")
    assert only(proficiency(frame, **call, rule="each", dated="start")) == (6, "proficient")
    # 60 audits: Wilson's lower limit at 80 % is .8242 for .8667, .8422 for .8833 and .8790 for .9167
    assert only(proficiency(frame, **call)) == (8, "proficient")
    assert only(proficiency(frame, **call | {"accuracy": 0.95})) == (8, "censored")


def test_not_yet_dated_to_the_start_is_watched_less_long():
    """A run that could begin in the last two weeks cannot be confirmed any more."""
    found = proficiency(weeks_of(RUN), k=3, accuracy=0.99, dated="start", first_period=0)
    assert only(found) == (6, "censored")


def test_weights_count(rng):
    frame = weeks_of([0.8] * 4).assign(weight_sum=10.0, weighted_correct=9.0)
    call = {"k": 2, "first_period": 0, "rule": "pooled"}
    assert only(proficiency(frame, **call)) == (2, "proficient")
    assert only(proficiency(frame.drop(columns="weight_sum"), **call))[1] == "censored"


def test_speed_by_hand():
    frame = weeks_of([0.9] * 6).assign(cases=100.0, handle_seconds=[9000, 8000, 7000, 6000, 6000, 6000])
    call = {"k": 2, "first_period": 0}
    assert only(proficiency(frame, **call)) == (2, "proficient")
    assert only(proficiency(frame, **call, handle_time=65)) == (4, "proficient")  # (70 + 60) / 2
    assert only(proficiency(frame, **call, handle_time=64)) == (5, "proficient")
    assert only(proficiency(frame, **call, cases_per_hour=60)) == (5, "proficient")  # at most 60 seconds
    assert only(proficiency(frame.assign(aim=65), **call, handle_time="aim")) == (4, "proficient")
    assert only(proficiency(frame, **call, handle_time=65, cases_per_hour=60)) == (5, "proficient")
    assert only(proficiency(frame, **call, handle_time=59))[1] == "censored"


def test_a_market_without_times_is_said():
    frame = weeks_of([0.9] * 6).assign(cases=100.0, handle_seconds=np.nan)
    found = proficiency(frame, k=2, first_period=0, handle_time=65)
    speed = next(c for c in told(found) if c.name == "speed")
    assert (speed.status, only(found)[1]) == ("fail", "censored")
    assert next(c.status for c in told(found) if c.name == "few_audits") == "pass"
    timed = proficiency(frame.assign(handle_seconds=6000.0), k=2, first_period=0, handle_time=65)
    assert next(c.status for c in told(timed) if c.name == "speed") == "pass"


def test_gaps_and_few_audits():
    gone = math.nan
    frame = weeks_of([0.9, gone, 0.9, gone, gone, 0.9, 0.9])
    assert only(proficiency(frame, k=2, first_period=0)) == (
        3,
        "proficient",
    )  # one week missing among the two
    assert only(proficiency(frame, k=2, max_gap=0, first_period=0)) == (7, "proficient")
    assert only(proficiency(frame, k=2, min_audits=21, first_period=0))[1] == "censored"
    absent = frame.loc[frame["n"] > 0]  # no row at all says the same
    assert only(proficiency(absent, k=2, max_gap=0, first_period=0)) == (7, "proficient")


def test_no_run_reaches_from_one_person_to_the_next():
    frame = pd.concat([weeks_of([0.5, 0.99], person="a"), weeks_of([0.99, 0.5], person="b", start=101)])
    assert (proficiency(frame, k=2, accuracy=0.9, first_period=0)["event"] == "censored").all()


def roster(**columns) -> pd.DataFrame:
    return pd.DataFrame(
        {"moderator_id": ["a"], "cohort": [100.0], "duration": [30.0], "event": [False]} | columns
    )


def test_leavers_come_from_the_roster():
    frame = weeks_of([0.5] * 8)
    assert only(proficiency(frame, people=roster(duration=[5.4], event=[True]), first_period=100)) == (
        5,
        "left",
    )
    assert only(proficiency(frame, people=roster(duration=[8.0], event=[False]), first_period=100)) == (
        8,
        "censored",
    )
    later = roster(duration=[12.0], event=[True])  # left after the last week of the data
    assert only(proficiency(frame, people=later, first_period=100)) == (8, "censored")
    before = roster(moderator_id=["never audited"], cohort=[105.0], duration=[0.6], event=[True])
    found = proficiency(frame, people=before, first_period=100)
    assert only(found) == (0, "left")
    assert found["audits"].tolist() == [0]


def test_audits_before_the_hire_and_after_leaving_do_not_count():
    """A date of hire may be wrong, or audits come late: a run needs weeks of employment."""
    frame = weeks_of([0.99] * 3 + [0.5] * 4 + [0.99] * 3, first=-2)
    assert only(proficiency(frame, k=2, people=roster(), first_period=0)) == (6, "proficient")
    gone = roster(duration=[4.5], event=[True])
    assert only(proficiency(frame, k=2, people=gone, first_period=0)) == (4, "left")


def test_people_hired_before_the_data_are_left_out_and_counted():
    frame = pd.concat(
        [weeks_of(RUN), weeks_of(RUN, person="b", start=60, first=41), weeks_of(RUN, person="c")]
    )
    frame.loc[frame["moderator_id"] == "c", "tenure_weeks"] = np.nan
    found = proficiency(frame, first_period=100)
    assert found["moderator_id"].tolist() == ["a"]
    assert found.attrs["excluded"] == {"before": 1, "unknown": 1, "after": 0}
    assert "1 of 3 people were hired before" in next(
        c.detail for c in told(found) if c.name == "left_truncation"
    )


def test_the_frame_fits_the_analyses(rng):
    people = proficiency(team(rng, 60, left=0.02), accuracy=0.85)
    assert set(people["event"]) <= {"proficient", "left", "censored"}
    found = time_to_proficiency(people, duration="duration", event="event", by="cohort")
    assert {"left_truncation", "speed", "audit_noise", "roster"} <= {c.name for c in found.checks}
    shares = cumulative_incidence(people, duration="duration", event="event")
    assert shares.to_frame()["estimate"].between(0, 1).all()
    assert "85" in people.attrs["rule"]


def test_order_index_and_dtypes_do_not_matter(rng):
    frame = team(rng, 12)
    plain = proficiency(frame).sort_values("moderator_id", ignore_index=True)
    mixed = frame.sample(frac=1, random_state=1).astype({"n": "Int64", "moderator_id": "category"})
    mixed.index = ["row"] * len(mixed)
    other = proficiency(mixed).sort_values("moderator_id", ignore_index=True)
    assert other["duration"].tolist() == plain["duration"].tolist()
    assert other["event"].tolist() == plain["event"].tolist()


def test_checks_are_silent_and_loud():
    quiet = told(proficiency(weeks_of(RUN, audits=400), k=4, first_period=0))
    loud = told(proficiency(weeks_of(RUN, audits=6), k=1, first_period=0))
    assert next(c.status for c in quiet if c.name == "audit_noise") == "pass"
    assert next(c.status for c in loud if c.name == "audit_noise") == "warn"
    noise = next(c.detail for c in quiet if c.name == "audit_noise")
    assert "Their ramp is not clear enough" in noise  # eight weeks of one person
    few = told(proficiency(weeks_of(RUN, audits=4), first_period=0))
    assert next(c.status for c in few if c.name == "few_audits") == "warn"
    assert next(c.status for c in few if c.name == "audit_noise") == "not_run"


def test_the_check_says_how_far_the_rule_is_from_the_truth(rng):
    """The demo's ramp at .85: truly week 14; the mean of four weeks says 8, its lower limit 14 (`proficiency_bias`)."""
    found, asked = {}, {"accuracy": 0.85, "first_period": 0}
    for rule in ("pooled", "lower_limit"):
        checks = told(proficiency(team(np.random.default_rng(4), 150), rule=rule, **asked))
        found[rule] = next(c for c in checks if c.name == "audit_noise")
        assert found[rule].status == "warn"  # a dozen audits
    weeks = {name: [int(w) for w in re.findall(r"week (\d+)", c.detail)] for name, c in found.items()}
    assert weeks["pooled"][0] == weeks["lower_limit"][0] == pytest.approx(14, abs=3)
    assert weeks["pooled"][1] == pytest.approx(8, abs=1)
    assert weeks["lower_limit"][1] == pytest.approx(14, abs=2)
    many = team(rng, 60)
    right = rng.binomial(600, special.expit(2.5 - 2 * np.exp(-many["tenure_weeks"] / 6)))
    checks = told(proficiency(many.assign(n=600, n_correct=right), **asked))
    quiet = next(c for c in checks if c.name == "audit_noise")
    assert quiet.status == "pass"
    assert "half are truly at the target in week 6" in quiet.detail  # 6 ln(2 / (2.5 − logit .85)) = 5.8
    assert "half meet the rule in week 8" in quiet.detail


def test_a_target_that_nobody_can_be_shown_to_reach_is_said():
    """Wilson: of 80 audits without an error the lower limit is 80 / (80 + .8416²) = .9912."""
    for accuracy, state in ((0.99, "pass"), (0.992, "fail")):
        found = proficiency(weeks_of([1.0] * 8), accuracy=accuracy, first_period=0)
        noise = next(c for c in told(found) if c.name == "audit_noise")
        assert (noise.status, only(found)[1]) == (state, "proficient" if state == "pass" else "censored")


RAMPS = [
    (0.87, 0.8, 8, 0.47, 0.75), (0.87, 0.8, 8, 0.47, 0.80), (0.87, 0.8, 8, 0.47, 0.85), (0.95, 2.5, 6, 0.4, 0.85),
    (0.92, 1.2, 8, 0.4, 0.85), (0.93, 1.2, 8, 0.4, 0.90), (0.90, 1.0, 14, 0.4, 0.85), (0.88, 0.8, 5, 0.3, 0.85),
]  # fmt: skip


@pytest.mark.parametrize("ramp", RAMPS)
def test_the_default_rule_is_never_early_and_no_later_than_its_weeks(ramp):
    """Between the true median and k weeks later on every ramp; the mean of the weeks is up to 6 weeks early."""
    plateau, rise, tau, spread, accuracy = ramp
    bias = proficiency_bias(plateau=plateau, rise=rise, tau=tau, spread=spread, accuracy=accuracy)
    assert 0 <= bias.set_index("term").loc["median", "bias"] <= 4


def test_the_frame_can_be_stored(tmp_path):
    found = proficiency(weeks_of(RUN), first_period=0)
    found.to_parquet(tmp_path / "people.parquet")
    again = pd.read_parquet(tmp_path / "people.parquet")
    assert carried_checks(again) == carried_checks(found)


def test_nobody_new_and_an_empty_frame(recwarn):
    frame = weeks_of(RUN, start=60, first=41)
    found = proficiency(frame)
    assert len(found) == 0
    assert found.attrs["excluded"]["before"] == 1
    assert time_to_proficiency(found, duration="duration", event="event").to_frame()["note"].all()
    assert len(proficiency(frame.head(0))) == 0
    assert not recwarn.list


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"accuracy": 1.2}, ValueError),
        ({"accuracy": "gone"}, KeyError),
        ({"k": 0}, ValueError),
        ({"rule": "best"}, ValueError),
        ({"handle_time": 60}, KeyError),
        ({"handle_time": -1}, ValueError),
        ({"people": pd.DataFrame({"moderator_id": ["a"]})}, KeyError),
    ],
)
def test_bad_input_is_refused(more, error):
    frame = weeks_of(RUN)
    if "handle_time" in more and more["handle_time"] < 0:
        frame = frame.assign(cases=1.0, handle_seconds=1.0)
    with pytest.raises(error):
        proficiency(frame, **more)


def test_two_rows_of_a_week_are_refused():
    with pytest.raises(ValueError, match="moderator_id × period"):
        proficiency(pd.concat([weeks_of(RUN)] * 2))


@pytest.mark.parametrize("rule", ["pooled", "each"])
def test_noise_by_enumeration(rule):
    """Two weeks of four audits, target .75: every outcome counted."""
    p = 0.7
    chance = stats.binom.pmf(np.arange(5), 4, p)
    good = sum(
        chance[a] * chance[b]
        for a in range(5)
        for b in range(5)
        if (a >= 3 and b >= 3 if rule == "each" else a + b >= 6)
    )
    found = proficiency_noise(accuracy=0.75, audits=4, k=2, rule=rule, within=2, offsets=(p - 0.75,)).iloc[0]
    assert found["first_look"] == pytest.approx(good)
    assert found["passed"] == pytest.approx(good, abs=4 * math.sqrt(good * (1 - good) / 4000))
    assert found["weeks"] == 2


def test_more_looks_pass_more_and_more_audits_less_below_the_target():
    few, many = (proficiency_noise(accuracy=0.85, audits=a, offsets=(-0.03,)).iloc[0] for a in (13, 60))
    long = proficiency_noise(accuracy=0.85, audits=13, offsets=(-0.03,), within=40).iloc[0]
    assert many["passed"] < few["passed"] < long["passed"]
    assert few["first_look"] < few["passed"]


def test_bias_vanishes_with_many_audits_and_is_late_when_the_rise_is_fast():
    exact = proficiency_bias(plateau=0.95, rise=3, tau=8, accuracy=0.85, audits=20000, k=1)
    assert exact["bias"].tolist() == [0, 0, 0]
    late = proficiency_bias(plateau=0.95, rise=3, tau=8, accuracy=0.85, audits=20000, k=4, rule="each")
    assert late["bias"].tolist() == [3, 3, 3]
    start = proficiency_bias(
        plateau=0.95, rise=3, tau=8, accuracy=0.85, audits=20000, k=4, rule="each", dated="start"
    )
    assert start["bias"].tolist() == [0, 0, 0]
    unreached = proficiency_bias(plateau=0.7, rise=1, tau=8, accuracy=0.95, audits=13)
    assert unreached["bias"].isna().all()
