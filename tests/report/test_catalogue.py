"""The catalogues: the same keys, the same places for values, the codes that the analyses use."""

import re
from collections.abc import Mapping

import pytest

from tne.measures import decision, evidence
from tne.report.catalogue import LANGUAGES, catalogue, markup, phrase, supported

OTHERS = [language for language in LANGUAGES if language != "en"]


def places(value):
    texts = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple) else [value]
    return set(re.findall(r"{(\w+)}", " ".join(texts)))


@pytest.mark.parametrize("language", OTHERS)
def test_every_catalogue_has_the_same_keys_as_english(language):
    assert set(catalogue(language)) == set(catalogue("en"))


@pytest.mark.parametrize("language", OTHERS)
def test_every_phrase_has_the_same_places_as_english(language):
    other = catalogue(language)
    assert {k for k, v in catalogue("en").items() if places(v) != places(other[k])} == set()


@pytest.mark.parametrize("language", OTHERS)
def test_phrases_are_translated(language):
    mine, english = catalogue(language), catalogue("en")
    same = {k for k, v in english.items() if isinstance(v, str) and len(v) > 25 and mine[k] == v}
    assert same == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_bold_marks_are_paired_and_templates_need_no_escaping(language):
    for key, value in catalogue(language).items():
        for text in value.values() if isinstance(value, Mapping) else [value]:
            if isinstance(text, str):
                assert text.count("**") % 2 == 0, key
                assert not set("<>&") & set(text), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_the_analyses_has_words(language):
    have = set(catalogue(language))
    needed = {f"action.{a}" for a in decision.OWNER} | {f"do.{a}" for a in decision.OWNER}
    needed |= {f"role.{r}" for r in decision.OWNER.values()} | {
        f"verdict.{v}" for v in decision.VERDICT.values()
    }
    needed |= {f"design.{d}" for d in evidence.DESIGN_LETTER} | {
        f"reason.design_{d}" for d in evidence.DESIGN_LETTER
    }
    needed |= {f"raise.{r}" for r in (*evidence.REMEDY.values(), *evidence.RAISE_DESIGN.values())}
    checks = (
        {n for need in evidence.NEEDS.values() for n in need if isinstance(n, str)}
        | {
            n
            for need in evidence.NEEDS.values()
            for alternatives in need
            if not isinstance(alternatives, str)
            for n in alternatives
        }
        | {n for names in evidence.IF_PRESENT.values() for n in names}
    )
    checks |= set(evidence.THREATS)
    needed |= {f"check.{c}.{part}" for c in checks for part in ("label", "pass", "fail")}
    assert needed - have == set()


def test_a_language_without_catalogue_speaks_english():
    assert supported("ja-JP") == "en"
    assert supported("pt_PT") == "pt"


def test_an_unknown_phrase_raises():
    with pytest.raises(KeyError, match="report/wording"):
        phrase("de", "no.such.phrase")


def test_markup_escapes_and_makes_bold():
    assert markup("**a** < b") == "<strong>a</strong> &lt; b"
