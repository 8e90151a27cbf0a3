"""The catalogues: the same keys, the same places for values, the codes that the analyses use."""

import re
from gettext import c2py
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from tne.measures import decision, evidence
from tne.report.catalogue import FOLDER, LANGUAGES, catalogue, markup, phrase, supported

COMPLETE = ("en", "de", "es", "fr", "pt")
OTHERS = [language for language in LANGUAGES if language != "en"]


def forms(value):
    return value if isinstance(value, tuple) else (value,)


def places(value):
    return set(re.findall(r"{(\w+)[:}]", " ".join(forms(value))))


def template(name):
    return read_po(BytesIO(FOLDER.joinpath(name).read_bytes()))


@pytest.mark.parametrize("language", COMPLETE)
def test_every_complete_catalogue_has_the_same_keys_as_english(language):
    assert set(catalogue(language)) == set(catalogue("en"))


@pytest.mark.parametrize("language", OTHERS)
def test_every_translation_is_of_the_english_that_is_said_today(language):
    """gettext's rule: where the source changes, the translation has to be looked at again."""
    source = {m.context: m.id for m in template("messages.pot") if m.id}
    mine = {m.context: m.id for m in template(f"{language}.po") if m.id}
    assert {key for key, text in mine.items() if source.get(key) != text} == set()


@pytest.mark.parametrize("language", OTHERS)
def test_every_catalogue_has_the_plural_rule_of_its_language(language):
    read = read_po(BytesIO(FOLDER.joinpath(f"{language}.po").read_bytes()))
    known = get_plural(read.locale_identifier)
    mine, theirs = c2py(read.plural_expr), c2py(known.plural_expr)
    # tools number the forms of Arabic differently; what counts is which numbers share one
    together = {(mine(n), theirs(n)) for n in range(200)}
    assert read.num_plurals == known.num_plurals == len(together)
    assert {place for place, _ in together} == set(range(known.num_plurals))
    assert all(len(forms(v)) in (1, known.num_plurals) for v in catalogue(language).values())


def test_plural_forms_follow_the_number():
    assert phrase("fr", "headline.some_effective", 0) == phrase("fr", "headline.some_effective", 1)
    assert phrase("de", "headline.some_effective", 0) == phrase("de", "headline.some_effective", 2)
    assert phrase("de", "headline.some_effective", 1) != phrase("de", "headline.some_effective")


@pytest.mark.parametrize("language", OTHERS)
def test_every_phrase_has_the_same_places_as_english(language):
    other = catalogue(language)
    assert {k for k, v in catalogue("en").items() if k in other and places(v) != places(other[k])} == set()


@pytest.mark.parametrize("language", OTHERS)
def test_phrases_are_translated(language):
    mine, english = catalogue(language), catalogue("en")
    same = {k for k, v in english.items() if isinstance(v, str) and len(v) > 25 and mine.get(k) == v}
    assert same == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_bold_marks_are_paired_and_templates_need_no_escaping(language):
    for key, value in catalogue(language).items():
        for text in forms(value):
            assert text.count("**") % 2 == 0, key
            assert not set("<>&") & set(text), key


@pytest.mark.parametrize("language", COMPLETE)
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


def test_the_words_of_the_field_in_the_docs_are_those_of_the_catalogues():
    lines = (
        Path(__file__).parents[2].joinpath("docs", "languages.md").read_text(encoding="utf-8").splitlines()
    )
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.count("|") == 7]
    assert len(rows) > 10
    for language, words in zip(
        ("en", "de", "es", "fr", "pt", "ar"), zip(*rows[2:], strict=True), strict=True
    ):
        said = " ".join(text for value in catalogue(language).values() for text in forms(value)).casefold()
        assert [word for word in words if word.casefold() not in said] == []


def test_a_translation_whose_english_has_changed_is_not_shown(monkeypatch):
    changed = template("de.po")
    changed.get("Scale", context="action.scale").flags.add("fuzzy")
    monkeypatch.setattr("tne.report.catalogue._read", lambda language: changed)
    assert "action.scale" not in catalogue.__wrapped__("de")
    assert "action.keep" in catalogue.__wrapped__("de")
