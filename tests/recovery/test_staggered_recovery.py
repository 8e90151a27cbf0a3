"""Group-time effects against simulated truth (S2, S2b and more): the proof's own replications, few of them."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.staggered import STAGGERED

REPLICATIONS = 20


@pytest.mark.slow
@pytest.mark.repeats("staggered")
def test_group_time_effects_recover_the_truth_where_the_naive_regression_fails():
    rows = [STAGGERED.one(seed_of("staggered", r)) for r in range(REPLICATIONS)]
    judged = STAGGERED.judge(rows)
    assert judged["passed"], judged
