"""Interrupted series against known truths, in small number; docs/proof/series.json has the full count."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.series import judge, one


@pytest.mark.slow
@pytest.mark.repeats("series")
def test_error_rates_and_bias_of_interrupted_series():
    judged = judge([one(seed_of("series", replication)) for replication in range(10)])
    assert judged["passed"], {
        bar: judged["outcomes"].get(bar) for bar, good in judged["bars"].items() if not good
    }
