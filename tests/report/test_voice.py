"""Numbers, dates and names as each market writes them."""

import datetime as dt
import math

import pytest

from tne import say


@pytest.mark.parametrize(
    ("language", "points", "count", "interval"),
    [
        ("en", "+2.4", "41,300", "−0.6 to 3.5"),
        ("de", "+2,4", "41.300", "−0,6 bis 3,5"),
        ("es", "+2,4", "41.300", "de −0,6 a 3,5"),
        ("fr", "+2,4", "41\u202f300", "−0,6 à 3,5"),
        ("pt", "+2,4", "41.300", "−0,6 a 3,5"),
    ],
)
def test_numbers_follow_the_language(speak, language, points, count, interval):
    voice = speak(language)
    assert voice.points(2.41) == points
    assert voice.count(41300) == count
    assert voice.interval(-0.6, 3.5) == interval


def test_the_minus_is_a_minus_and_zero_has_no_sign(speak):
    assert speak().points(-1.26) == "−1.3"
    assert speak().points(-0.04) == "0.0"
    assert speak("de").percent(-0.125, 1) == "−12,5\u00a0%"


def test_undefined_is_a_dash(speak):
    voice = speak()
    assert {voice.number(math.nan), voice.percent(math.nan), voice.money(math.nan), voice.date(None)} == {"–"}
    assert voice.interval(math.nan, math.nan) == "–"


def test_a_one_sided_interval_says_so(speak):
    assert speak().interval(math.nan, 2.0) == "2.0 or less"
    assert speak().interval(1.0, math.nan) == "1.0 or more"


def test_a_day_is_the_market_s_day(speak):
    late = dt.datetime(2026, 9, 30, 23, tzinfo=dt.UTC)
    assert speak().date(late) == "1 Oct 2026"
    assert speak("de").date(dt.date(2026, 9, 30)) == "30.09.2026"


def test_money_has_the_market_s_currency(speak):
    assert speak("de").money(1234.4) == "1.234\u00a0€"
    assert speak("en").money(-1234.4) == "−€1,234"


@pytest.mark.parametrize(
    ("period", "text"),
    [
        ("2026Q3", "July to September 2026"),
        ("2026-06", "June 2026"),
        ("2026W35", "week 35 of 2026"),
        ("2026", "2026"),
        ("", ""),
    ],
)
def test_periods_are_words(speak, period, text):
    assert speak().period_text(period) == text


def test_a_market_is_named_in_the_reader_s_language(speak):
    assert speak("es").market_name == "Alemania"
    assert speak("es", market="WEST1").market_name == "Some market"


def test_numbers_of_a_foreign_language_keep_its_home_and_regions_keep_theirs():
    assert say.voice({"market": "DE", "language": "en"}).locale == "en_GB"
    assert say.voice({"market": "MX", "language": "es"}).locale == "es_MX"
    assert say.voice({"market": "DE", "language": "de-CH"}).locale == "de_CH"
    assert say.voice({"market": "LATAM", "language": "pt"}).locale == "pt_BR"


def test_a_threshold_below_the_floor_is_refused():
    with pytest.raises(ValueError, match="floor"):
        say.voice({"market": "DE", "language": "de"}, min_n=4)


def test_an_unknown_code_raises_when_strict_and_has_general_words_otherwise(speak):
    with pytest.raises(KeyError):
        speak().code("reason", "moon_phase")
    assert speak(strict=False).code("reason", "moon_phase") == speak().text("reason.unknown")


def test_values_are_escaped_and_never_parsed(speak):
    html = speak().html("standfirst.hidden", title="<b>**{min_n}**</b>", min_n=10)
    assert "<b>" not in html
    assert "**{min_n}**" in html


def test_a_voice_survives_the_trip_through_json(speak):
    import json

    voice = speak("fr")
    assert say.voice_from(json.loads(json.dumps(voice.as_facts()))) == voice


def test_zero_has_no_sign_in_shares_and_amounts(speak):
    say = speak("en")
    assert (say.percent(-0.0001), say.money(-0.2), say.percent(-0.01)) == ("0%", say.money(0), "−1%")
