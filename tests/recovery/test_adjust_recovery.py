"""Adjusted differences against known effects, in small number; docs/proof/adjust.json has the full count."""

import pytest

from tests.prove.adjust import judge, one
from tests.prove.harness import seed_of


@pytest.mark.slow
@pytest.mark.repeats("adjust")
def test_interval_covers_the_true_adjusted_difference():
    judged = judge([one(seed_of("adjust", replication)) for replication in range(8)])
    assert judged["passed"], {
        bar: judged["outcomes"][bar] for bar, good in judged["bars"].items() if not good
    }
