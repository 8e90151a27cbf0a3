"""Forgetting curves against known ones, in small number; docs/proof/retention.json has the full count."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.retention import judge, one


@pytest.mark.slow
@pytest.mark.repeats("retention")
def test_interval_covers_the_true_curve():
    judged = judge([one(seed_of("retention", replication)) for replication in range(30)])
    assert judged["passed"], {
        bar: judged["outcomes"][bar] for bar, good in judged["bars"].items() if not good
    }
