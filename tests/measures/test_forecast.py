"""When a running cohort is ready: by hand, against simulation, edges."""

import math

import numpy as np
import pandas as pd
import pytest

from tne.measures.forecast import forecast_ready
from tne.measures.ramp import learning_curve


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def company(rng, earlier: int = 200, now: int = 20, tenure: float = 3.0) -> pd.DataFrame:
    """Geometric times of .15 a week, .02 leave; the running cohort is watched for `tenure` weeks."""
    rows = []
    for cohort, people, stop in (
        (1, earlier // 2, 60.0),
        (2, earlier - earlier // 2, 50.0),
        (9, now, tenure),
    ):
        good, gone = rng.geometric(0.15, people), rng.geometric(0.02, people)
        time = np.minimum(good, gone)
        kind = np.where(good <= gone, "proficient", "left")
        kind = np.where(time <= stop, kind, "censored")
        rows.append(pd.DataFrame({"cohort": cohort, "duration": np.minimum(time, stop), "event": kind}))
    return pd.concat(rows, ignore_index=True)


def test_certain_history_by_hand():
    """Everybody before was proficient after five weeks, and so will these be."""
    past = pd.DataFrame({"cohort": 1, "duration": 5, "event": ["proficient"] * 8})
    now = pd.DataFrame({"cohort": 2, "duration": 2, "event": ["censored"] * 4})
    found = forecast_ready(pd.concat([past, now]), draws=50, running=2)
    ready, left = found.get(term="ready_at"), found.get(term="weeks_left")
    assert (ready.estimate, ready.conf_low, ready.conf_high) == (5, 5, 5)
    assert (left.estimate, left.n_people) == (3, 4)
    assert found.probability == 1


def test_what_has_happened_counts():
    """Three of four are proficient since week 2: 75 % was reached then."""
    past = pd.DataFrame({"cohort": 1, "duration": 5, "event": ["proficient"] * 8})
    now = pd.DataFrame({"cohort": 2, "duration": [2, 2, 2, 3], "event": ["proficient"] * 3 + ["censored"]})
    assert (
        forecast_ready(pd.concat([past, now]), draws=50, running=2, share=0.75).get(term="ready_at").estimate
        == 2
    )
    assert (
        forecast_ready(pd.concat([past, now]), draws=50, running=2, share=0.9).get(term="ready_at").estimate
        == 5
    )


def test_members_who_began_later_are_waited_for_by_hand():
    """Everybody takes 5 weeks; members have done 1, 2, 3 and 4: half are there in 2 weeks, all in 4."""
    past = pd.DataFrame({"cohort": 1, "duration": [5.0] * 20, "event": "Proficient"})
    own = pd.DataFrame({"cohort": 2, "duration": [1.0, 2, 3, 4], "event": "Censored"})
    people = pd.concat([past, own], ignore_index=True)
    for share, weeks in ((0.25, 1), (0.5, 2), (1.0, 4)):
        found = forecast_ready(people, running=2, share=share, draws=50)
        assert found.get(term="ready_at").estimate == 5
        assert found.get(term="weeks_left").estimate == weeks
        assert found.get(term="weeks_left").conf_high == weeks
    gone = people.assign(event=people["event"].where(people.index != 20, "Left"))  # the youngest has left
    assert forecast_ready(gone, running=2, share=1, draws=50).get(term="weeks_left").estimate == 3
    assert math.isnan(
        forecast_ready(gone, running=2, share=1, of="started", draws=50).get(term="weeks_left").estimate
    )


def test_leavers_count_among_those_who_started_only():
    past = pd.DataFrame({"cohort": 1, "duration": 5, "event": ["proficient"] * 8})
    now = pd.DataFrame(
        {"cohort": 2, "duration": [1, 1, 2, 2], "event": ["left", "left", "censored", "censored"]}
    )
    frame = pd.concat([past, now])
    assert forecast_ready(frame, draws=50, running=2, share=0.9).get(term="ready_at").estimate == 5
    never = forecast_ready(frame, draws=50, running=2, share=0.9, of="started")
    assert math.isnan(never.get(term="ready_at").estimate)
    assert "not within 5" in never.get(term="ready_at").note
    assert never.probability == 0


def test_shares_lie_where_the_true_ones_do(rng):
    """The expected share of those who stay, given nobody of them was there at week 3, is known."""
    frame = company(rng, earlier=4000, now=400)
    path = forecast_ready(frame, running=9, draws=300).path.set_index("time")["estimate"]
    own = frame.loc[frame["cohort"] == 9, "event"].value_counts()
    still = own["censored"]
    end = 1 - ((1 - 0.15) * (1 - 0.02)) ** 7  # ended between weeks 3 and 10
    good = end * 0.15 / (1 - 0.85 * 0.98)  # ties go to proficient
    expected = (own["proficient"] + still * good) / (400 - own["left"] - still * (end - good))
    assert path.loc[10.0] == pytest.approx(expected, abs=0.025)


def test_the_seed_decides(rng):
    frame = company(rng)
    a, b = (forecast_ready(frame, running=9, draws=200, seed=s).path for s in (1, 1))
    pd.testing.assert_frame_equal(a, b)


def test_checks_are_silent_and_loud(rng):
    frame = company(rng)
    quiet = forecast_ready(frame, running=9, draws=50)
    assert {status(quiet, c) for c in ("history", "cohorts_alike", "few_people")} == {"pass"}
    slow = frame.assign(duration=frame["duration"].where(frame["cohort"] != 2, frame["duration"] * 4))
    assert status(forecast_ready(slow, running=9, draws=50), "cohorts_alike") == "warn"
    small = frame.groupby("cohort").head(4)
    found = forecast_ready(small, running=9, draws=50)
    assert [status(found, c) for c in ("history", "few_people")] == ["warn", "warn"]


def test_no_history_is_said():
    frame = pd.DataFrame({"cohort": [1, 1, 2], "duration": [3, 3, 1], "event": "censored"})
    found = forecast_ready(frame, draws=50, running=2)
    assert "nothing to go by" in found.get(term="ready_at").note
    alone = forecast_ready(frame.loc[frame["cohort"] == 2], running=2)
    assert alone.get(term="weeks_left").note
    str(alone), alone._repr_html_()


def test_everybody_there_already():
    past = pd.DataFrame({"cohort": 1, "duration": 5, "event": ["proficient"] * 8})
    now = pd.DataFrame({"cohort": 2, "duration": 2, "event": ["proficient"] * 4})
    assert forecast_ready(pd.concat([past, now]), draws=50, running=2).get(term="ready_at").estimate == 2


def test_a_curve_says_when_its_mean_gets_there(rng):
    t = np.arange(1, 41.0)
    curve = learning_curve(
        pd.DataFrame({"t": t, "y": 0.9 - 0.3 * np.exp(-t / 6) + rng.normal(0, 0.01, 40)}),
        outcome="y",
        tenure="t",
    )
    found = forecast_ready(curve, target=0.85, tenure=4)
    same = next(iter(curve.time_to(0.85)))
    assert found.get(term="ready_at").estimate == same.estimate
    assert found.get(term="weeks_left").conf_high == pytest.approx(same.conf_high - 4)
    assert forecast_ready(curve, target=0.85, tenure=30).get(term="weeks_left").conf_high == 0
    assert math.isnan(forecast_ready(curve, target=0.99, tenure=4).get(term="weeks_left").estimate)
    assert forecast_ready(curve, target=0.85).get(term="weeks_left").note
    with pytest.raises(ValueError, match="target"):
        forecast_ready(curve)


def test_bad_input_is_refused(rng):
    frame = company(rng)
    for more in ({"running": 77}, {"running": 9, "share": 1.5}, {"running": 9, "of": "all"}):
        with pytest.raises(ValueError, match=r"`|has no"):
            forecast_ready(frame, **more)
    with pytest.raises(KeyError):
        forecast_ready(frame.drop(columns="cohort"), running=9)
