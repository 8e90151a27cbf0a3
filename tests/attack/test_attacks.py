"""Random companies, attacked: nothing of fewer than ten people comes out, and without the gates it does."""

import pytest

from tests.attack.trials import TECHNIQUES, summed, trial, weeks
from tests.prove.harness import seed_of

SETS = 50

pytestmark = pytest.mark.repeats("disclosure")


@pytest.fixture(scope="module")
def outcomes():
    return summed(trial(seed_of("disclosure", at)) for at in range(SETS))


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_an_attack_recovers_nobody(outcomes, technique):
    assert outcomes[technique]["gated"] == 0
    assert outcomes[technique]["shown"] > 0, "nothing was published at all"


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_without_the_gates_the_same_attack_succeeds(outcomes, technique):
    assert outcomes[technique]["ungated"] >= 0.95 * SETS


def test_twelve_weeks_of_turnover_are_published_and_tell_of_nobody():
    outcome = weeks(seed_of("disclosure weeks", 0))
    assert min(outcome["targets"], outcome["ungated"]) > 0
    assert outcome["held"] == outcome["gated"] == 0
