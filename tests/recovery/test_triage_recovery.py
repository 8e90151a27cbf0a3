"""Planted causes of errors are named, in small number; docs/proof/triage.json has the full count."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.triage import bare, judge, others
from tests.prove.triage_other_world import other
from tests.prove.triage_world import public
from tne.measures.triage import triage


@pytest.mark.slow
@pytest.mark.repeats("triage")
def test_triage_names_planted_causes_and_invents_none():
    found = judge([bare(seed_of("triage", replication)) for replication in range(6)])["outcomes"]
    assert found["300 audits"]["right"] >= 0.77  # .90 less three standard errors of 48 areas
    assert found["300 audits"]["wrong"] <= 0.10
    assert found["30 audits"]["wrong"] <= 0.10
    assert found["nothing planted"]["wrong"] <= 0.05


@pytest.mark.slow
@pytest.mark.repeats("triage")
def test_triage_names_no_other_cause_in_markets_of_another_make():
    rows = [others(seed_of("triage", replication)) for replication in range(2)]
    pairs = [pair for row in rows for market in row.values() for pair in market]
    named = [pair for pair in pairs if pair[1] not in ("no_problem", "cannot_tell")]
    another = [pair for pair in named if pair[1] not in {public(one) for one in pair[0].split("+")}]
    assert len(named) > 50
    assert len(another) <= 0.05 * len(pairs)


@pytest.mark.slow
def test_triage_names_the_causes_of_a_simulator_by_another_hand():
    pairs = []
    for k in range(6):
        market = other(seed_of("triage by another hand", k))
        found = triage(**market.tables).to_frame().set_index("policy_area")["cause"]
        pairs += [(public(cause), found[area]) for area, cause in market.planted.items()]
    assert len(pairs) == 36
    assert sum(planted == named for planted, named in pairs) >= 27  # .90 less three standard errors
