"""Trials and plans on simulated truth, in small number; docs/proof/trial.json and design.json have the full counts."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.trial import judge, one, plan_judge, plan_one


@pytest.mark.slow
@pytest.mark.repeats("trial", "design")
@pytest.mark.parametrize(
    ("name", "replicate", "verdict", "count"),
    [("trial", one, judge, 10), ("design", plan_one, plan_judge, 8)],
)
def test_trials_and_plans_keep_their_word(name, replicate, verdict, count):
    judged = verdict([replicate(seed_of(name, r)) for r in range(count)])
    assert judged["passed"], {bar: judged["outcomes"] for bar, good in judged["bars"].items() if not good}
