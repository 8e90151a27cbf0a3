"""Pools against known truth, in small number; docs/proof/pooling.json has the full count."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.pooling import judge, one


@pytest.mark.slow
@pytest.mark.repeats("pooling")
def test_pooled_means_cover_the_true_ones_and_shrunken_effects_err_less():
    judged = judge([one(seed_of("pooling", replication)) for replication in range(12)])
    assert judged["passed"], {
        bar: judged["outcomes"].get(bar.removesuffix(" bias"))
        for bar, good in judged["bars"].items()
        if not good
    }
