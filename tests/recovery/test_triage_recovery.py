"""Planted causes of errors are named, in small number; docs/proof/triage.json has the full count."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.triage import bare, judge


@pytest.mark.slow
def test_triage_names_planted_causes_and_invents_none():
    found = judge([bare(seed_of("triage", replication)) for replication in range(6)])["outcomes"]
    assert found["300 audits"]["right"] >= 0.77  # .90 less three standard errors of 48 areas
    assert found["300 audits"]["wrong"] <= 0.10
    assert found["30 audits"]["wrong"] <= 0.10
    assert found["nothing planted"]["wrong"] <= 0.05
