"""Item response models against simulated truth, in small number; docs/proof has the full counts."""

import pytest

from tests.prove import irt
from tests.prove.harness import seed_of


@pytest.mark.slow
@pytest.mark.repeats("irt_s3", "irt_items", "latent_gain")
@pytest.mark.parametrize(
    ("name", "one", "judge", "count"),
    [
        ("irt_s3", irt.one, irt.judge, 12),
        ("irt_items", irt.one_items, irt.judge_items, 100),
        ("latent_gain", irt.one_gain, irt.judge_gain, 20),
    ],
    ids=["weak and strong group", "intervals of items", "gain with leavers"],
)
def test_recovery(name, one, judge, count):
    judged = judge([one(seed_of(name, replication)) for replication in range(count)])
    assert judged["passed"], judged
