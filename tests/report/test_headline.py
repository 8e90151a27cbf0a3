"""The finding is true for every combination of verdicts."""

import itertools
import math

import pytest

from tne.report import say
from tne.report.catalogue import LANGUAGES
from tne.report.headline import headline, standfirst
from tne.report.standing import standings

SHAPES = {
    "E": {"action": "scale"},
    "K": {"action": "keep"},
    "N": {"action": "revise", "value": 0.1, "low": -0.6, "high": 0.8},
    "H": {"action": "stop", "value": -2.0, "low": -3.1, "high": -0.9},
    "C": {"action": "measure_better", "value": 0.9, "low": -0.8, "high": 2.6},
    "U": {
        "action": "measure_better",
        "value": math.nan,
        "low": math.nan,
        "high": math.nan,
        "reason": "no_estimate",
    },
    "F": {"action": "scale", "people": 6.0},
}


@pytest.fixture
def title(speak, make_effect):
    def make(letters, language="en", facts=None, **more):
        voice = speak(language)
        effects = [make_effect(f"P{k}", **{**SHAPES[c], **more}) for k, c in enumerate(letters)]
        return headline(voice, standings(voice, effects), facts or {})

    return make


@pytest.mark.parametrize(
    ("letters", "text"),
    [
        ("", "No programme ran in this period"),
        ("E", "“Programme P0” clearly improved decisions"),
        ("K", "“Programme P0” improved decisions, but not clearly enough to roll it out"),
        ("N", "“Programme P0” did not improve decisions enough to matter"),
        ("H", "Decisions got worse after “Programme P0”"),
        ("C", "We cannot tell yet whether “Programme P0” improved decisions"),
        ("F", "Too few people in Germany to judge a programme here"),
        ("FF", "Too few people in Germany to judge a programme here"),
        ("U", "No training can be judged yet: no comparison shows its effect on decisions"),
        ("EE", "Both programmes improved decisions"),
        ("EKE", "All three programmes improved decisions"),
        ("NNN", "None of the three programmes improved decisions enough to matter"),
        ("NN", "Neither of the two programmes improved decisions enough to matter"),
        ("CC", "We cannot tell yet whether either of the two programmes improved decisions"),
        ("CFU", "We cannot tell yet whether any of the three programmes improved decisions"),
        (
            "ECN",
            "One of three programmes improved decisions; one brought nothing worth having, one is still open",
        ),
        ("ECC", "One of three programmes improved decisions; two are still open"),
        ("EEC", "Two of three programmes improved decisions; one is still open"),
        ("ENN", "One of three programmes improved decisions; two brought nothing worth having"),
        ("ENH", "One of three programmes improved decisions; after one they got worse"),
        ("HC", "Decisions got worse after one of two programmes, and none clearly improved them"),
        ("HH", "Decisions got worse after each of the two programmes"),
        ("NC", "No programme has clearly improved decisions; one of two is still open"),
        ("NCC", "No programme has clearly improved decisions; two of three are still open"),
    ],
)
def test_the_headline_by_rule(title, letters, text):
    assert title(letters) == text


def test_the_popular_or_the_largest_programme_is_named_when_it_alone_failed(speak, make_effect):
    voice = speak()
    few = make_effect("P1", **SHAPES["E"], n_trained=40.0)
    many = make_effect("P2", **SHAPES["N"], n_trained=151.0)
    items = standings(voice, [few, many])
    assert headline(voice, items, {"most_liked": "P2"}).endswith(
        "; the best-liked one brought nothing worth having"
    )
    assert headline(voice, items, {"most_liked": "P1"}).endswith(
        "; the largest one brought nothing worth having"
    )


def test_learning_only_data_say_so(title):
    assert (
        title("UU", facts={"learning_only": True})
        == "We can say what was learned, not yet what changed on the job"
    )


def test_tests_and_audits_without_anybody_trained_say_what_is_lacking(speak):
    """As a workspace begins: a quiz and audits, and no export that says who was trained when."""
    said = say.front(speak("en"), [], facts={"learning_only": True, "audits": 2488}).html
    assert "We can say what was learned, not yet what changed on the job" in said
    assert "No export says who was trained when" in said
    assert "No programme ran" not in said


def test_a_hidden_programme_never_counts_as_effective_or_not(title):
    assert title("FC") == "We cannot tell yet whether either of the two programmes improved decisions"
    assert title("FE").endswith("one is still open")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_combination_has_a_headline_and_sentences_in_every_language(speak, make_effect, language):
    voice = speak(language)
    for n in (1, 2, 3):
        for letters in itertools.combinations_with_replacement(SHAPES, n):
            items = standings(voice, [make_effect(f"P{k}", **SHAPES[c]) for k, c in enumerate(letters)])
            text = headline(voice, items, {})
            assert text
            assert not set("{}*") & set(text)
            sentences = standfirst(voice, items, {})
            assert 1 <= len(sentences) <= 3
            assert not any("{" in s or "**" in s or " nan" in s for s in sentences)


def test_the_standfirst_states_the_numbers_with_their_interval(speak, make_effect):
    voice = speak()
    items = standings(voice, [make_effect("P1"), make_effect("P2", **SHAPES["N"])])
    first, second = standfirst(voice, items, {})
    assert first == (
        "<strong>Programme P1</strong> raised audited accuracy by <strong>2.4 points</strong> (1.3 to 3.5)."
    )
    assert "+0.1 points (−0.6 to 0.8): less than the 1.0 points" in second


def test_harm_is_stated_as_a_fall(speak, make_effect):
    voice = speak()
    (first, *_) = standfirst(voice, standings(voice, [make_effect("P1", **SHAPES["H"])]), {})
    assert "fell by <strong>2.0 points</strong> (0.9 to 3.1)" in first
