"""Synthetic comparisons against planted effects, in small number; docs/proof/synthetic.json has the full count."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.synthetic import judge, one


@pytest.mark.slow
@pytest.mark.repeats("synthetic")
def test_interval_covers_the_true_effect_and_weights_mend_a_leaning_site():
    judged = judge([one(seed_of("synthetic", replication)) for replication in range(12)])
    assert judged["passed"], judged
