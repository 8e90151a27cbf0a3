"""Threats planted on one side, in small number; docs/proof/threats.json has the full counts."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.threats import judge, one


@pytest.mark.slow
@pytest.mark.repeats("threats")
def test_what_reached_one_side_alone_lowers_the_grade():
    rows = [one(seed_of("threats", replication)) for replication in range(1)]
    lowered = judge(rows)["outcomes"]["lowered"]
    planted = [share for name, share in lowered.items() if not name.endswith("none")]
    assert sum(planted) >= 0.8 * len(planted)
    assert judge(rows)["bars"]["no_doubt_invented"]
