"""Comparing languages against planted faults, with a small count; `make prove` runs the full one."""

import pytest

from tests.prove.fairness import FAIRNESS
from tests.prove.harness import seed_of


@pytest.mark.slow
@pytest.mark.repeats("fairness")
def test_sound_tests_are_left_alone_and_bad_questions_found_as_often_as_said():
    rows = [FAIRNESS.one(seed_of(FAIRNESS.name, r)) for r in range(40)]
    found = FAIRNESS.judge(rows)
    assert found["passed"], found
