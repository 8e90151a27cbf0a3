"""Trainers with a known spread, in small number; docs/proof/trainers.json has the full count."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.trainers import judge, one


@pytest.mark.slow
@pytest.mark.repeats("trainers")
def test_interval_covers_the_true_spread_between_trainers():
    judged = judge([one(seed_of("trainers", replication)) for replication in range(6)])
    assert judged["passed"], {
        bar: judged["outcomes"][bar] for bar, good in judged["bars"].items() if not good
    }
