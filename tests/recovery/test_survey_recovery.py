"""Surveys and ordered answers against simulated truth, with small counts; `make prove` runs the full ones."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.survey import INTERVALS, NONRESPONSE, ORDERED

REPLICATIONS = {"survey_nonresponse": 60, "survey_intervals": 60, "ordered_logit": 60}


@pytest.mark.slow
@pytest.mark.repeats("survey_nonresponse", "survey_intervals", "ordered_logit")
@pytest.mark.parametrize("proof", [NONRESPONSE, INTERVALS, ORDERED], ids=lambda proof: proof.name)
def test_interval_covers_the_true_answer_of_everybody(proof):
    rows = [proof.one(seed_of(proof.name, r)) for r in range(REPLICATIONS[proof.name])]
    found = proof.judge(rows)
    assert found["passed"], found
