"""Words that explain themselves: each term once per page, for every term that a phrase or a table names."""

import re

import pytest
from bs4 import BeautifulSoup

from tne.report.catalogue import LANGUAGES, catalogue, markup, plain
from tne.report.clean import clean
from tne.report.tables import TERMS
from tne.report.tips import explanations, tip
from tne.report.voice import voice


def speak(language):
    return voice({"market": "GB", "name": "x", "language": language})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_that_is_marked_has_an_entry(language):
    marked = {m[1] for v in catalogue(language).values() for m in re.findall(r"\[\[(.+?)\|(.+?)\]\]", str(v))}
    assert marked or language == "ar"
    for term in marked | set(TERMS.values()) | {"grade", *(f"grade.{letter}" for letter in "ABCDE")}:
        entry = BeautifulSoup(explanations(speak(language), [tip(speak(language), term, "x")]), "html.parser")
        title, text = (p.get_text() for p in entry.find_all("p"))
        assert title
        assert len(text) > 20
        assert "{" not in title + text


def test_an_entry_stands_once_and_survives_the_filter():
    say = speak("en")
    words = markup("The [[interval|interval]] of each; **bold**")
    button = clean(words)
    assert BeautifulSoup(button, "html.parser").button.attrs == {
        "type": "button",
        "class": ["term"],
        "popovertarget": "tip-interval",
    }
    found = BeautifulSoup(explanations(say, [button, button]), "html.parser").find_all("div")
    assert [d["id"] for d in found] == ["tip-interval"]
    assert plain("The [[interval|interval]] of **each**") == "The interval of each"


def test_a_term_that_nobody_explains_is_refused():
    with pytest.raises(KeyError, match="no term 'jargon'"):
        tip(speak("en"), "jargon", "x")


def test_buttons_can_do_nothing_else():
    hostile = '<button type="submit" formaction="//evil" onclick="x()" popovertarget="main">x</button>'
    assert clean(hostile) == "<button>x</button>"


def test_a_text_that_looks_like_a_button_opens_nothing():
    say = speak("en")
    assert (
        explanations(
            say, [clean('<p title="&lt;button popovertarget=&quot;tip-x&quot;">popovertarget="tip-x"</p>')]
        )
        == ""
    )


def test_links_climb_one_folder_at_most():
    assert "href" in clean('<a href="../x.html">x</a>')
    assert "href" not in clean('<a href="../../x.html">x</a><a href="%2e%2e/%2E%2e/x.html">x</a>')
