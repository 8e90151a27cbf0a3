"""What stands behind a number: method, assumptions, checks, sources."""

import sys

import pandas as pd
import pytest

import tne
from tne.result import Check, Estimate, Estimates

SCORES = pd.DataFrame({"pre": [4.0, 5, 6, 7], "post": [6.0, 6, 9, 8], "delayed": [5.0, 6, 8, 7]})


def change():
    return tne.mean_change(SCORES, pre="pre", post="post")


def test_it_says_method_assumptions_checks_and_source():
    told = tne.explain(change())
    assert told.method == ("paired t",)
    assert told.estimand == ("mean of post − pre; compared with the same people before",)
    assert "does not say that the training caused the change" in told.assumptions
    assert told.checks == change().checks
    assert told.sources.startswith("Student (1908)")


def test_the_text_has_every_part_and_no_line_is_long():
    lines = str(tne.explain(change())).splitlines()
    assert lines[0].startswith("mean_change: ")
    assert {"Method", "What is estimated", "Formula and assumptions", "Sources", "Checks"} <= set(lines)
    assert "  few_people: a warning." in "\n".join(lines)
    assert max(len(line) for line in lines[1 : lines.index("Checks")]) <= 100


def test_the_page_is_escaped():
    bad = Estimate(term="x", estimate=1.0, method="<b>", checks=(Check("c", "fail", "<i>"),))
    page = tne.explain(bad)._repr_html_()
    assert "&lt;b&gt;" in page
    assert "&lt;i&gt;" in page
    assert "<i>" not in page


def test_code_of_a_docstring_is_marked_as_code():
    assert "<code>mean(post − pre)</code>" in tne.explain(change())._repr_html_()


def test_a_measure_itself_is_explained_without_checks():
    told = tne.explain(tne.proficiency_noise)
    assert (told.measure, told.checks, told.method) == ("proficiency_noise", (), ())
    assert "Armitage" in told.sources
    assert "This result tests none." in str(told)


def test_checks_of_results_inside_a_result_are_told_too():
    told = tne.explain(tne.learning_summary(SCORES))
    names = {check.name for check in told.checks}
    assert {"comparable", "untrained"} <= names


def test_a_number_of_unknown_origin_says_what_it_knows_and_asks():
    told = tne.explain(Estimate(term="effect", estimate=1.0, method="by hand", note="rough"))
    assert (told.measure, told.method, told.notes) == ("", ("by hand",), ("rough",))
    assert "Name yours" in str(told)


def test_the_measure_can_be_named():
    table = pd.DataFrame({"term": ["x"], "estimate": [1.0]})
    assert tne.explain(Estimates(table=table), of=tne.clustered_ols).measure == "clustered_ols"


def test_a_change_of_a_survey_is_not_taken_for_one_of_a_test():
    """Both are called mean_change and found by a paired t: only the test's has checks of its own."""
    alone = Estimate(term="mean_change", estimate=1.0, method="paired t")
    assert tne.explain(alone).measure == ""


def test_agreement_from_counts_is_known_where_agreement_was_not_used(monkeypatch):
    counts = pd.DataFrame({"hate": [3, 0, 1], "spam": [0, 3, 2]})
    found = tne.agreement_from_counts(counts, coefficient="fleiss_kappa")
    monkeypatch.delitem(sys.modules, "tne.measures.agreement", raising=False)
    assert tne.explain(found).measure == "agreement_from_counts"


@pytest.mark.parametrize("wrong", [None, 3, pd.DataFrame(), print, "mean_change"])
def test_what_is_no_result_is_refused_with_the_way_out(wrong):
    with pytest.raises(TypeError, match="Give what a measure returned"):
        tne.explain(wrong)


def test_of_must_be_a_measure():
    with pytest.raises(TypeError, match="no measure of tne"):
        tne.explain(change(), of=print)


def test_without_docstrings_the_result_still_speaks(monkeypatch):
    """As with ``python -OO``."""
    monkeypatch.setattr(tne.mean_change, "__doc__", None)
    told = tne.explain(change())
    assert (told.measure, told.method, told.sources) == ("mean_change", ("paired t",), "")
    assert "Name yours" not in str(told)
