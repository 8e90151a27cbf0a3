"""Times to proficiency against known truth, in small number; docs/proof/proficiency.json has the full count."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.proficiency import judge, one


@pytest.mark.slow
@pytest.mark.repeats("proficiency")
def test_interval_covers_the_true_time_share_ratio_and_ramp():
    judged = judge([one(seed_of("proficiency", replication)) for replication in range(16)])
    assert judged["passed"], {
        bar: judged["outcomes"][bar] for bar, good in judged["bars"].items() if not good
    }
    assert (
        judged["outcomes"]["naive median"]["mean"] < -1
    )  # those who got there, without the others, look too fast
