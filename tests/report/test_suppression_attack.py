"""Random breakdowns as published, attacked by a reader who knows all totals and denominators exactly."""

import numpy as np
import pytest

from tests.prove.harness import seed_of
from tests.prove.suppression import attack, judge, utility

pytestmark = pytest.mark.repeats("suppression")
SETS, TABLES = 50, 5


@pytest.fixture(scope="module")
def outcome():
    rows = [attack(np.random.default_rng(seed_of("test_suppression_attack", at))) for at in range(SETS)]
    more = [utility(np.random.default_rng(seed_of("test_suppression_optimum", at))) for at in range(TABLES)]
    return judge([row | table for row, table in zip(rows, more + [{}] * (SETS - TABLES), strict=True)])


def test_nothing_about_few_people_is_worked_out(outcome):
    assert outcome["outcomes"]["sets_recovered"] == 0
    assert outcome["outcomes"]["cells_of_many_people_worked_out"] == 0


def test_the_attack_succeeds_where_rows_are_gated_alone(outcome):
    assert outcome["outcomes"]["attack_succeeds_ungated"] == 1
    assert outcome["outcomes"]["attack_succeeds_with_rows_gated_alone"] > 0.5


def test_most_of_what_can_be_shown_is_shown(outcome):
    assert outcome["outcomes"]["tables_unsolved"] == 0
    assert outcome["outcomes"]["shown_of_optimum"] >= 0.85
