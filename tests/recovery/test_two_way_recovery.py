"""Two-way and interaction-weighted effects against known ones, in small number; docs/proof/two_way.json has all."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.two_way import judge, one


@pytest.mark.slow
@pytest.mark.repeats("two_way")
def test_interval_covers_the_true_effect_and_the_naive_one_is_warned_about():
    judged = judge([one(seed_of("two_way", replication)) for replication in range(20)])
    assert judged["passed"], {
        bar: judged["outcomes"][bar] for bar, good in judged["bars"].items() if not good
    }
