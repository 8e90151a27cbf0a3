"""Intervals of items and flags of differential items in small number; docs/proof has the full counts."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.items import judge_dif, judge_items, one_dif, one_items

REPLICATIONS = 25


@pytest.mark.slow
@pytest.mark.repeats("items", "dif")
def test_interval_covers_the_true_facility_correlation_and_discrimination():
    judged = judge_items([one_items(seed_of("items", r)) for r in range(REPLICATIONS)])
    assert judged["passed"], judged


@pytest.mark.slow
@pytest.mark.repeats("items", "dif")
def test_flags_are_seldom_false_and_find_the_planted_item():
    judged = judge_dif([one_dif(seed_of("dif", r)) for r in range(REPLICATIONS)])
    assert judged["passed"], judged
