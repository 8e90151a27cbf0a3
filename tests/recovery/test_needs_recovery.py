"""Gaps and audits against known ones, in small number; docs/proof has the full count of needs, audits, strictness."""

import pytest

from tests.prove.harness import seed_of
from tests.prove.needs import judge, judge_coverage, one, one_audit, one_strict


def failed(judged: dict) -> dict:
    return {bar: judged["outcomes"] for bar, good in judged["bars"].items() if not good}


@pytest.mark.slow
def test_interval_covers_the_true_gap_and_the_worst_are_found():
    judged = judge([one(seed_of("needs", replication)) for replication in range(10)])
    # in 10 companies the gain in hits is positive but may not be beyond chance
    assert judged["outcomes"]["hits gained"] > 0
    assert judged["outcomes"]["small pooled"] < judged["outcomes"]["small raw"]
    judged["bars"].pop("pooled finds more of the worst")
    assert all(judged["bars"].values()), failed(judged)


def test_interval_covers_the_true_accuracy():
    judged = judge_coverage([one_audit(seed_of("audits", replication)) for replication in range(40)])
    assert judged["passed"], failed(judged)


def test_adjusted_accuracy_covers_the_truth_whoever_audited():
    rows = [one_strict(seed_of("strictness", replication)) for replication in range(2)]
    assert sum(row[name][0] for row in rows for name in row) >= 4
