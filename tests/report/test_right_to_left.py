"""Reports that run from right to left: direction, digits, signs, names of another script, phrases that are borrowed."""

import re

import pytest

from tne import say
from tne.report.narrative import slug
from tne.report.page import page
from tne.report.voice import voice

LRI, RLI, FSI, PDI = "\u2066", "\u2067", "\u2068", "\u2069"


def arabic(market="EG", **more):
    return voice({"market": market, "name": "x", "language": "ar"}, **more)


@pytest.mark.parametrize(
    ("language", "side"), [("ar", "rtl"), ("de", "ltr"), ("en", "ltr"), ("pt-BR", "ltr"), ("ja", "ltr")]
)
def test_the_page_says_its_direction(language, side, make_effect):
    speaking = voice({"market": "DE", "language": language})
    assert speaking.dir == side
    html = page([say.front(speaking, [make_effect()], facts={})], speaking)
    assert re.search(rf'<html lang="[a-zA-Z-]+" dir="{side}">', html)


def test_a_name_in_latin_letters_keeps_its_digits():
    assert "(AC1)" in arabic().text("column.ac1")


def test_titles_in_another_script_have_anchors_of_their_own():
    assert slug("weekly_levels الحالات") != slug("weekly_levels الاعتراضات")


@pytest.mark.parametrize(
    ("market", "number", "share"),
    [
        ("EG", "\u061c−١٬٢٣٤٫٦", "٩٥٪"),
        ("SA", "\u061c−١٬٢٣٤٫٦", "٩٥٪"),
        ("AE", "\u200e−1,234.6", "95%"),
        ("MA", "\u200e−1.234,6", "95%"),
    ],
)
def test_numbers_stand_in_the_digits_of_the_market_and_keep_their_sign(market, number, share):
    speaking = arabic(market)
    assert speaking.number(-1234.56) == number
    assert re.sub("[\u200e\u200f\u061c]", "", speaking.percent(0.95)) == share


def test_days_and_periods_stand_in_the_same_digits():
    speaking = arabic("EG", period="2026Q3")
    assert speaking.date("2026-09-30") == "٣٠ سبتمبر ٢٠٢٦"
    assert speaking.period_text() == "من يوليو إلى سبتمبر ٢٠٢٦"
    assert "٩٥ من كل ١٠٠" in speaking.text("glossary.interval_text", level="٩٥٪"), "in the phrases too"
    assert "95 من كل 100" in arabic("AE").text("glossary.interval_text", level="95%")


def test_languages_from_left_to_right_are_as_they_were():
    german = voice({"market": "DE", "language": "de"})
    assert german.number(-1234.56) == "−1.234,6"
    assert not set(german.text("standfirst.harmful", title="A", value="1,0", interval="x")) & {FSI, PDI}


def test_a_title_in_another_script_keeps_its_direction():
    text = arabic().text("headline.one_scale", title="Minor safety: refresher (2)")
    assert f"«{FSI}Minor safety: refresher (2){PDI}»" in text
    assert FSI not in arabic().text("headline.one_scale", title="سلامة القاصرين")


def test_a_list_of_titles_runs_from_right_to_left_and_each_title_from_left_to_right():
    speaking = arabic()
    titles = speaking.listed(["A one", "B two", "C three"])
    assert titles == f"{RLI}{FSI}A one{PDI}، {FSI}B two{PDI}{PDI} و{FSI}C three{PDI}"
    assert f"**{RLI}{titles}{PDI}**".replace("**", "") in speaking.text(
        "standfirst.cannot_tell_many", titles=titles, reason="x"
    )
    assert voice({"market": "GB"}).listed(["A", "B", "C"]) == "A, B and C"
    assert voice({"market": "DE", "language": "de"}).listed(["A"]) == "A"


def test_a_borrowed_phrase_is_marked_as_english_and_keeps_its_values_whole():
    speaking = arabic()
    key = "method.item_response"
    assert key not in speaking.catalogue
    assert speaking.html(key).startswith('<span lang="en" dir="ltr">')
    assert speaking.text(key).startswith(LRI)
    assert speaking.text(key).endswith(PDI)
    german = voice({"market": "DE", "language": "de"})
    assert "lang=" not in german.html(key)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 11, 99, 100, 101, 102, 103])
def test_every_count_has_its_form(n):
    said = arabic().text("mind.weeks", n=n, n_text=arabic().count(n))
    noun = {0: "وقت", 1: "أسبوع", 2: "أسبوعين"}.get(n) or (
        "أسابيع" if 3 <= n % 100 <= 10 else "أسبوعًا" if n % 100 >= 11 else "أسبوع"
    )
    assert noun in said.split()


def test_counted_women_and_men():
    """Policies are feminine, programmes masculine; the number word goes the other way."""
    speaking = arabic()
    several = {"n": 3, "n_word": speaking.word(3), "total_word": speaking.word(5)}
    assert "ثلاث سياسات" in speaking.text("opening.briefing.many", **several)
    assert "ثلاثة برامج" in speaking.text("headline.some_effective", **several)


def test_the_first_screen_borrows_nothing(make_effect):
    """Of every verdict and action, with what changed and what would change it."""
    speaking = arabic(period="2026Q3")
    actions = ("scale", "keep", "revise", "stop", "measure_better")
    effects = [
        make_effect(f"P{k}", action, people_needed=340.0, weeks_needed=7.0)
        for k, action in enumerate(actions)
    ]
    html = say.front(speaking, effects, facts={"moderators": 120, "audits": 4100, "status": "final"}).html
    assert 'lang="en"' not in html
    words = re.sub(r"<[^>]+>|Programme P\d|&\w+;", " ", html)
    assert set(re.findall(r"[A-Za-z]{2,}", words)) == set()
