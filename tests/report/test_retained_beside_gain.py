"""What was kept is shown beside what was learned only if their difference tells of nobody, or of enough people."""

from types import SimpleNamespace as Thing

import pytest

import tne


@pytest.mark.parametrize(
    ("both", "all_three", "shown"),
    [
        (40, 40, True),
        (40, 39, False),
        (40, 31, False),
        (40, 30, True),
        (12, 9, False),
        (float("nan"), 30, True),
    ],
)
def test_those_who_did_not_come_again_are_none_or_enough(speak, both, all_three, shown):
    later = Thing(later=Thing(n_people=all_three))
    learned = {"p": Thing(gain=Thing(n_people=both), retention=later), "q": Thing(retention=None)}
    found = tne.say.retained(speak(min_n=10), learned)
    assert found == ({"p": later} if shown else {})
