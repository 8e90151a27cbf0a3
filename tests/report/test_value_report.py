"""Value in the report: every state has true words in five languages, no number gets past the gate, rows are whole."""

import math
import re
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from tne import say
from tne.measures.decision import Guardrail
from tne.measures.value_inputs import LETTERS
from tne.measures.value_programme import LACKING, programme_value
from tne.report.catalogue import LANGUAGES, catalogue
from tne.report.estimates_columns import COLUMNS
from tne.report.worth import LACKS, why_not
from tne.result import Estimate

NAN = math.nan
PRICES = {"currency": "EUR", "avoided_error": {"low": 1.5, "mode": 4.0, "high": 9.0}}
TERMS = {"costs", "benefits", "npv", "bcr", "roi", "break_even", "probability_pays"}


def money(value, low=NAN, high=NAN, people=120.0, term="costs", unit="EUR"):
    note = "" if math.isfinite(value) else "unknown"
    return Estimate(term=term, estimate=value, conf_low=low, conf_high=high, n=300.0, n_people=people,
                    n_people_total=people, unit=unit, note=note)  # fmt: skip


def brought(
    effect,
    *,
    costs=10_000.0,
    prices=PRICES,
    people=120.0,
    volume=150_000.0,
    budget=None,
    largest=None,
    sensitivity=None,
    **more,
):
    """What `tne.value_in_market` returns for an invented effect."""
    given = {"volume": volume, "value": prices or None, "weeks": 12, "measured_weeks": 12, "draws": 2000}
    none = Estimate(term="bcr_apart", estimate=NAN, note="too short a past")
    sheet = dict.fromkeys(("low", "mode", "high"), costs) | {"currency": "EUR", "note": ""}
    given["costs"] = None if costs is None else sheet
    own = effect.effect
    if math.isfinite(own.estimate) and math.isnan(own.std_error):
        own = replace(own, std_error=(own.conf_high - own.conf_low) / 3.92)
    value = programme_value(own, grade=effect.grade.letter, budget=budget, sensitivity=sensitivity, **given)
    if sensitivity:
        low, high = (programme_value((end, 0.0), grade="B", **given).bcr for end in sensitivity)
        none = replace(value.bcr, term="bcr_apart", conf_low=low.conf_low, conf_high=high.conf_high, note="")
    alone = programme_value(NAN, grade="D", **given)
    counts = {"n_people": people, "n_people_total": people}
    fields = {
        "price": money(NAN, term="price"), "volume": money(volume), "weeks": 12.0,
        "kinds": ("design", "seat_time"), "apart": none, "unpriced": (), "unclear": False,
        "costs": replace(alone.costs, **counts), "break_even": replace(alone.break_even, **counts),
    }  # fmt: skip
    return SimpleNamespace(programme_id=effect.programme_id, title=effect.title, value=value, **fields | more)


def told(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def section(voice, items, prices=PRICES, **more):
    """The whole section as text."""
    parts = [say.value_section(voice, items), say.value_caveat(voice, items, prices)]
    parts += [
        say.value_lead(voice, items, prices, **more),
        say.value_table(voice, items),
        say.value_texts(voice, items),
    ]
    return told(" ".join(part.html for part in parts))


def states(make_effect):
    """An effect and its value for every state that a programme can be in."""
    plain, weak = make_effect("P1"), make_effect("P2", letter="D", design="matched_pre_post")
    wide = make_effect("P3", action="measure_better", value=0.1, low=-2.0, high=2.2)
    worse = make_effect("P4", action="stop", value=-3.0, low=-4.0, high=-2.0)
    tiny = make_effect("P5", people=6.0)
    return {
        "pays": (plain, brought(plain)),
        "break_even_only": (weak, brought(weak)),
        "cannot_tell": (wide, brought(wide)),
        "does_not_pay": (worse, brought(worse)),
        "not_worth_measuring": (wide, brought(wide, budget=1e8)),
        "hidden": (tiny, brought(tiny)),
        "no_costs": (plain, brought(plain, costs=None)),
        "no_value": (plain, brought(plain, prices={}, price=money(0.18, 0.12, 0.33, term="price"))),
        "no_volume": (plain, brought(plain, volume=NAN)),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_is_said_in_every_language(speak, make_effect, language):
    voice = speak(language)
    for state, (effect, found) in states(make_effect).items():
        items = say.worths(voice, [effect], [found])
        assert items[0].state == state
        text = section(voice, items)
        assert not re.search(r"\bnan\b", text.lower())
        assert not re.search(r"[a-z]_[a-z]", text.replace("avoided_error", ""))
        assert effect.title in text
        say.front(voice, [effect], facts={}, worth=items)


@pytest.mark.parametrize("state", ["pays", "cannot_tell", "hidden", "no_costs", "break_even_only"])
def test_rows_are_whole_and_their_key_is_unique(speak, make_effect, state):
    voice = speak()
    items = say.worths(voice, *([one] for one in states(make_effect)[state]))
    rows = say.value_table(voice, items).rows
    assert {row["term"] for row in rows} == TERMS
    for row in rows:
        assert tuple(row) == COLUMNS
        assert (row["level"], row["measure"], row["decision"]) == ("value", "value", "")
        missing = math.isnan(row["estimate"])
        assert bool(row["note"]) == missing
        if not missing:
            assert row["n_people"] >= 10
            assert row["n_people"] % 5 == 0
            assert row["unit"] or row["term"] == "bcr"


def test_benefits_by_hand_and_as_published(speak, make_effect):
    voice = speak()
    effect = make_effect("P1", value=2.0, low=1.0, high=3.0)
    item = say.worths(voice, [effect], [brought(effect)])[0]
    # 2 points of 150,000 decisions over 12 weeks at (1.5 + 4 + 9) / 3 each
    mean = 0.02 * 150_000 * 12 * 14.5 / 3
    assert item.benefits["estimate"] == pytest.approx(mean, rel=0.05)
    assert item.roi["estimate"] == pytest.approx(100 * (mean / 10_000 - 1), rel=0.05)
    assert item.break_even["estimate"] == pytest.approx(2 * 10_000 / mean, rel=0.05)
    row = next(row for row in say.value_table(voice, [item]).rows if row["term"] == "roi")
    assert row["unit"] == "%"
    assert row["grade"] == "B"


def test_six_people_compared_leave_no_number_that_follows_from_the_effect(speak, make_effect):
    tiny = make_effect("P5", value=7.7731, low=5.5137, high=9.9119, people=6.0)
    items = say.worths(speak(), [tiny], [brought(tiny)])
    for term in ("benefits", "npv", "bcr", "roi", "effect", "price"):
        assert math.isnan(getattr(items[0], term)["estimate"])
    assert math.isnan(items[0].chance)
    assert items[0].letter == items[0].precision == ""
    assert items[0].tornado.empty
    assert say.drawn_first(items) == []
    assert "fewer than 10 people were compared" in section(speak(), items)
    # what it would take does not come from them
    assert math.isfinite(items[0].break_even["estimate"])


def test_six_people_trained_leave_nothing_and_no_sum(speak, make_effect):
    many, tiny = make_effect("P1"), make_effect("P5", people=6.0)
    items = say.worths(
        speak(), [many, tiny], [brought(many, costs=8123.0), brought(tiny, costs=4567.0, people=6.0)]
    )
    text = section(speak(), items)
    assert "8,120" in text
    assert not re.search(r"4,5\d\d|12,[67]", text)
    assert "Together" not in text
    hidden = next(item for item in items if item.programme_id == "P5")
    assert math.isnan(hidden.costs["estimate"])
    assert math.isnan(hidden.break_even["estimate"])


def test_the_sum_is_said_where_every_part_is_shown(speak, make_effect):
    one, two = make_effect("P1"), make_effect("P2", letter="D")
    items = say.worths(speak(), [one, two], [brought(one, costs=8000.0), brought(two, costs=4500.0)])
    assert "Together these programmes cost €12,500 here" in section(speak(), items)


def test_time_of_one_trainer_is_never_a_number_of_its_own(speak, make_effect):
    effect = make_effect("P1")
    found = brought(effect, costs=9000.0, kinds=("trainer_time", "seat_time"))
    text = section(speak(), say.worths(speak(), [effect], [found]))
    assert "trainers’ time" in text
    assert len(re.findall(r"€9,000", text)) == 1


@pytest.mark.parametrize("letter", LETTERS)
def test_attribution_follows_the_letter(speak, make_effect, letter):
    effect = make_effect("P1", letter=letter)
    item = say.worths(speak(), [effect], [brought(effect)])[0]
    text = say.value_texts(speak(), [item]).html
    assert item.valued == (letter in "ABC")
    assert ("most likely half" in text) == (letter == "C")
    assert ("this comparison cannot say" in text) == (letter in "DE")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_range_of_groups_that_drift_apart_stands_beside_the_own_one(speak, make_effect, language):
    voice = speak(language)
    effect = make_effect("P1", value=2.0, low=1.0, high=3.0)
    held, shaken, short = (
        say.worths(voice, [effect], [brought(effect, sensitivity=given)])[0]
        for given in ((0.5, 3.5), (-0.5, 4.5), None)
    )
    assert [item.state for item in (held, shaken, short)] == ["pays", "cannot_tell", "pays"]
    assert shaken.reason == "trends"
    texts = [told(say.value_texts(voice, [item]).html) for item in (held, shaken, short)]
    assert len(set(texts)) == 3
    for item, text in zip((held, shaken), texts, strict=False):
        low, high = item.bcr_apart["conf_low"], item.bcr_apart["conf_high"]
        assert low < item.bcr["conf_low"] < item.bcr["conf_high"] < high
        assert any(" ".join(voice.money(high, places).split()) in text for places in (0, 1, 2))
        assert "bcr_apart" in {row["term"] for row in say.value_table(voice, [item]).rows}
    assert "bcr_apart" not in {row["term"] for row in say.value_table(voice, [short]).rows}


def test_no_word_says_that_it_pays_where_the_set_does_not(speak, make_effect):
    voice = speak()
    effect = make_effect("P1", value=2.0, low=1.0, high=3.0)
    items = say.worths(voice, [effect], [brought(effect, sensitivity=(-0.5, 4.5))])
    text = section(voice, items)
    assert not re.search(r"(?i)(?<!whether )it paid for itself", text)
    assert "Chance that it pays" not in text
    assert "would have come back: whether it paid for itself cannot be told" in text
    html = say.front(voice, [effect], facts={}, worth=items).html
    assert re.search(r"ROI</button> [\d,]+% to [\d,]+% if the groups developed alike</small>", html)
    firm = say.worths(voice, [effect], [brought(effect, sensitivity=(0.5, 3.5))])
    assert "it paid for itself" in section(voice, firm)
    worse = make_effect("P4", value=-3.0, low=-4.0, high=-2.0)
    lost = say.worths(voice, [worse], [brought(worse, sensitivity=(-7.0, 1.0))])
    assert "did not pay" not in section(voice, lost)


def test_first_screen_has_the_return_as_a_range_beside_the_programme(speak, make_effect):
    effect = make_effect("P1", value=2.0, low=1.0, high=3.0)
    items = say.worths(speak(), [effect], [brought(effect)])
    html = say.front(speak(), [effect], facts={}, worth=items).html
    assert re.search(r'popovertarget="tip-roi">ROI</button> [\d,]+% to [\d,]+%</small>', html)
    weak = make_effect("P2", letter="D")
    even = say.worths(speak(), [weak], [brought(weak)])
    assert re.search(r"pays from 0\.1[12] points on", say.front(speak(), [weak], facts={}, worth=even).html)
    assert "ROI" not in say.front(speak(), [effect], facts={}).html


def test_what_is_lacking_is_said_with_the_export_or_the_line_that_adds_it(speak, make_effect):
    effect = make_effect("P1")
    without = say.worths(speak(), [effect], [brought(effect, costs=None)])
    text = section(speak(), without)
    assert "export costs" in text
    assert "what it cost is not known" in text
    assert "€1.50 to €9.00" in text, "the price of an error limits what was gained, too"
    neither = section(speak(), say.worths(speak(), [effect], [brought(effect, costs=None, prices={})]), {})
    assert "export costs" in neither
    assert "avoided_error" in neither
    priceless = say.worths(speak(), [effect], [brought(effect, prices={}, price=money(0.18, 0.12, 0.33))])
    assert "avoided_error = {low = …, mode = …, high = …}, in tne.toml [value.EUR]" in section(
        speak(), priceless, {}
    )
    assert '[value] currency = "EUR"' in section(speak(), priceless, {}, priced=False).replace("&quot;", '"')
    assert "at least €0.18 (€0.12 to €0.33)" in section(speak(), priceless, {})
    nothing = say.worths(speak(), [effect], [brought(effect, volume=NAN)])
    assert "export production" in section(speak(), nothing)


def test_what_limits_the_figures_stands_before_them(speak, make_effect):
    effect = make_effect("P1")
    found = brought(effect, unpriced=("trainer_time",))
    html = say.value_caveat(speak(), say.worths(speak(), [effect], [found]), PRICES).html
    assert html.startswith('<p class="caveat">')
    for words in (
        "€1.50 to €9.00, most likely €4.00",
        "12 weeks measured",
        "trainers’ time",
        "design",
    ):
        assert words in html
    unclear = say.worths(speak(), [effect], [brought(effect, costs=None, unclear=True)])
    assert "no total in EUR" in say.value_texts(speak(), unclear).html


def test_no_programme_no_words(speak):
    assert say.value_caveat(speak(), [], PRICES).html == ""
    assert say.value_lead(speak(), [], {}).html == ""
    assert say.value_texts(speak(), []).html == ""
    assert say.drawn_first([]) == []


@pytest.mark.parametrize(
    ("value", "low", "high", "finding"),
    [
        (2.0, 1.0, 3.0, "under every assumption"),
        (0.1, -2.0, 2.2, "depends on"),
        (-3.0, -4.0, -2.0, "under none"),
    ],
)
def test_the_tornado_says_what_it_shows(speak, make_effect, value, low, high, finding):
    effect = make_effect("P1", value=value, low=low, high=high)
    items = say.worths(speak(), [effect], [brought(effect)])
    assert say.drawn_first(items) == list(items)
    html = say.value_figure(speak(), items[0]).html
    assert finding in html
    assert 'alt="With every assumption at its mean the value is' in html
    assert "<details>" in html
    # the effect's ends are those that are published, not finer ones
    assert speak().points(low) in html


def test_the_programme_that_cannot_be_told_is_drawn_first(speak, make_effect):
    known = states(make_effect)
    pairs = [known["pays"], known["cannot_tell"], known["break_even_only"]]
    items = say.worths(speak(), *zip(*pairs, strict=True))
    assert [item.state for item in items] == ["pays", "cannot_tell", "break_even_only"]
    assert [item.state for item in say.drawn_first(items)] == ["cannot_tell"]


def test_every_lack_has_words():
    assert set(LACKS) <= set(LACKING)
    known = catalogue("en")
    for code in (*LACKS, "break_even_only", "no_effect"):
        assert f"note.{code}" in known
    for reason in ("cost_negligible", "largest_effect_does_not_pay"):
        assert f"value.useless_{reason}" in known


def test_why_not_names_the_first_reason(speak, make_effect):
    known = states(make_effect)
    for state, reason in {
        "hidden": "few_people",
        "no_costs": "no_costs",
        "break_even_only": "break_even_only",
    }.items():
        item = say.worths(speak(), *([one] for one in known[state]))[0]
        assert why_not(item, "npv") == reason


def rail(name, low, high, margin=1.0, worse="higher", people=44.0):
    estimate = Estimate(term="effect", estimate=(low + high) / 2, conf_low=low, conf_high=high, n=900.0,
                        n_people=people, n_people_total=2 * people, unit="per case")  # fmt: skip
    return Guardrail(name=name, estimate=estimate, margin=margin, worse=worse)


@pytest.mark.parametrize("language", LANGUAGES)
def test_guardrails_say_their_margin_and_whether_harm_is_ruled_out(speak, make_effect, language):
    rails = (
        rail("handle_seconds", -0.5, 0.5), rail("exposure_minutes", 1.5, 2.5),
        rail("wellbeing", -0.3, 0.1, 0.2, "lower"), rail("not_in_any_catalogue", -1.0, 1.0, NAN),
    )  # fmt: skip
    effect = make_effect("P1", guardrails=rails)
    voice = speak(language, strict=False)
    frame = say.guardrail_table(voice, [effect])
    words = [voice.text(f"guardrail.{code}") for code in ("clear", "worse", "open", "no_margin")]
    assert frame["status"].tolist() == words
    assert frame["margin"].tolist()[:3] == [1.0, 1.0, -0.2]
    rows = say.guardrail_rows(voice, frame)
    assert [row["measure"] for row in rows] == [one.name for one in rails]
    assert {row["level"] for row in rows} == {"results"}


@pytest.mark.parametrize(
    ("rails", "finding"),
    [
        ([rail("handle_seconds", -0.5, 0.5), rail("exposure_minutes", 0.5, 2.5)], "open"),
        ([rail("handle_seconds", 1.5, 2.5), rail("exposure_minutes", 0.5, 2.5)], "worse"),
        ([rail("handle_seconds", -0.5, 0.5), rail("wellbeing", -9.0, 9.0, NAN, "lower")], "clear"),
        ([rail("wellbeing", -9.0, 9.0, NAN, "lower")], None),
        ([], None),
    ],
)
def test_the_heading_says_the_worst_of_those_with_a_margin(speak, make_effect, rails, finding):
    frame = say.guardrail_table(speak(), [make_effect("P1", guardrails=tuple(rails))])
    assert say.guardrail_finding(frame) == finding
    assert say.section(speak(), "results", finding=finding).html


def test_small_groups_and_weak_comparisons_have_no_guardrail(speak, make_effect):
    tiny = make_effect("P1", guardrails=(rail("handle_seconds", -0.5, 0.5, people=9.0),))
    weak = make_effect("P2", letter="D", guardrails=(rail("handle_seconds", -0.5, 0.5),))
    assert say.guardrail_table(speak(), [tiny, weak]).empty
    assert say.guardrail_rows(speak(), pd.DataFrame()) == ()


def test_a_missing_margin_is_said_with_the_line_that_sets_it(speak, make_effect):
    calm = make_effect("P1", guardrails=(rail("handle_seconds", -0.5, 0.5),))
    asked = make_effect("P2", guardrails=(rail("wellbeing", -0.1, 0.1, NAN, "lower"),))
    every = told(say.guardrail_text(speak(), [calm], ["handle_seconds"]).html)
    assert "agreed margin" in every
    assert "wellbeing" not in every.lower()
    none = told(say.guardrail_text(speak(), [calm, asked], ["handle_seconds"]).html)
    assert "asked anonymously" in none
    assert "wellbeing = {margin" in none
    assert "No guardrail is set" in told(say.guardrail_text(speak(), [calm], []).html)
