"""Agreement against a known truth, in small number; docs/proof/agreement.json has the full count."""

import pytest

from tests.prove.agreement import judge, one
from tests.prove.harness import seed_of


@pytest.mark.slow
@pytest.mark.repeats("agreement")
def test_interval_covers_the_true_agreement():
    judged = judge([one(seed_of("agreement", replication)) for replication in range(30)])
    assert judged["passed"], {
        bar: judged["outcomes"][bar] for bar, good in judged["bars"].items() if not good
    }
