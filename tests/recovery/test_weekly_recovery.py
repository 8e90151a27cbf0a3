"""Weekly signals against known truths, in small number; docs/proof/weekly.json has the full count."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.weekly import judge, one


@pytest.mark.slow
@pytest.mark.repeats("weekly")
def test_false_alarms_are_as_rare_as_stated_and_an_outage_is_found():
    judged = judge([one(seed_of("weekly", replication)) for replication in range(30)])
    assert judged["passed"], {
        bar: judged["outcomes"].get(bar) for bar, good in judged["bars"].items() if not good
    }
