"""Ratios and a programme's value against known ones, in small number; docs/proof/value.json has the full count."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.value import judge, one


@pytest.mark.slow
@pytest.mark.repeats("value")
def test_interval_covers_the_true_return():
    judged = judge([one(seed_of("value", replication)) for replication in range(30)])
    assert judged["passed"], {
        bar: judged["outcomes"].get(bar) for bar, good in judged["bars"].items() if not good
    }
