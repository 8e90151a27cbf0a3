"""Sensitivity sets against known effects, in small number; docs/proof/sensitivity.json has the full count."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.sensitivity import judge, one


@pytest.mark.slow
@pytest.mark.repeats("sensitivity")
def test_interval_covers_the_true_effect_under_the_worst_deviation():
    judged = judge([one(seed_of("sensitivity", replication)) for replication in range(20)])
    assert judged["passed"], {
        bar: judged["outcomes"][bar] for bar, good in judged["bars"].items() if not good
    }
