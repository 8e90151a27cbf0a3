"""Mixed models on simulated truth, in small number; docs/proof has the full counts."""

import pytest

from tests.prove.harness import Proof, seed_of
from tests.prove.mixed import AUDITS, COMPONENTS


@pytest.mark.slow
@pytest.mark.repeats("variance_components", "mixed_logit")
@pytest.mark.parametrize("proof", [COMPONENTS, AUDITS], ids=lambda p: p.name)
def test_interval_covers_the_true_coefficients_and_variances(proof: Proof):
    judged = proof.judge([proof.one(seed_of(proof.name, replication)) for replication in range(30)])
    assert judged["passed"], (judged["bars"], judged["outcomes"])
