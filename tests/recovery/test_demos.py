"""Reseeded demos in small number; docs/proof/demos.json has the full counts."""

import pytest

from tests.prove.demos import NULLS, REFRESHER, judge, one
from tests.prove.harness import seed_of


@pytest.mark.slow
@pytest.mark.repeats("demos", "grades")
def test_the_tool_decides_and_is_not_fooled():
    rows = [one(seed_of("demos", replication)) for replication in range(1)]
    cells = [cell for row in rows for cell in row["cells"]]
    judged = judge(rows)
    assert judged["bars"]["tiny_cannot_tell"]
    assert judged["bars"]["width_at_most_1_3"]
    assert judged["bars"]["coaching_never_effective"]
    assert not any(c["action"] == "scale" for c in cells if c["programme"] in NULLS)
    large = [c for c in cells if c["programme"] == REFRESHER and c["people"] >= 100]
    assert sum(c["verdict"] == "effective" for c in large) >= 0.7 * len(large)
    assert sum(c["low"] <= c["truth"] <= c["high"] for c in large) >= 0.7 * len(large)
