"""Alpha, omega and reliable change against known truths, in small number; docs/proof has the full counts."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.reliability import (
    judge_alpha,
    judge_change,
    judge_omega,
    one_alpha,
    one_change,
    one_omega,
)


@pytest.mark.slow
@pytest.mark.repeats("reliability", "omega", "reliable_change")
@pytest.mark.parametrize(
    ("name", "one", "judge", "count"),
    [
        ("reliability", one_alpha, judge_alpha, 100),
        ("omega", one_omega, judge_omega, 40),
        ("reliable_change", one_change, judge_change, 100),
    ],
)
def test_interval_covers_the_true_value(name, one, judge, count):
    judged = judge([one(seed_of(name, replication)) for replication in range(count)])
    assert judged["passed"], {
        bar: judged["outcomes"].get(bar) for bar, good in judged["bars"].items() if not good
    }
