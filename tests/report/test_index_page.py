"""The index: true and complete for many markets, empty, broken and hostile ones, in every language."""

import copy
import datetime as dt
import itertools
import json
import re

import html5lib
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from tests.indices import ACTIONS, WHY, codes, made_up
from tne.report.index_page import index_page
from tne.report.page import asset
from tne.report.voice import voice
from tne.runs import gate, render

LANGUAGES = ("en", "de", "es", "fr", "pt")


def made(language="en", **given):
    speaking = voice({"market": "all", "name": "Moderation", "language": language}, strict=True)
    return index_page(**{"markets": [], "programmes": [], "cells": {}, **given}, voice=speaking)


def soup(html):
    gate.check_page(html)
    html5lib.HTMLParser(strict=True).parse(html)
    return BeautifulSoup(html, "html5lib")


def text(element):
    return " ".join(element.get_text(" ", strip=True).split())


@pytest.fixture(scope="module")
def large():
    return soup(made(**made_up()))


def one(decision="keep", grade="B", **numbers):
    return {"decision": decision, "grade": grade, "href": "effectiveness/DE.html", **numbers}


def germany(**given):
    reports = [{"report": "effectiveness", "href": "effectiveness/DE.html"}]
    return {"market": "DE", "name": "Germany", "as_of": dt.date(2026, 9, 30), "status": "published",
            "reports": reports, **given}  # fmt: skip


P1 = [{"programme_id": "P1", "title": "Update"}]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_index_of_65_markets_and_12_programmes_is_whole_and_light(language):
    html = made(language, **made_up())
    assert len(html.encode()) <= 400_000
    gate.check_page(html)
    page = BeautifulSoup(html, "lxml")
    rows = page.select("#matrix tbody tr")
    assert len(rows) == 65
    assert {len(row.select("th,td")) for row in rows} == {14}
    assert "{" not in text(page.main)
    assert page.html["lang"] == ("pt-BR" if language == "pt" else language)


def test_every_cell_says_verdict_grade_action_and_effect_with_its_doubt(large):
    given = made_up()
    titles = [text(head.span) for head in large.select("#matrix thead th")][2:]
    places = {row["data-code"]: row.select("td")[1:] for row in large.select("#matrix tbody tr")}
    assert titles == [p["title"] for p in given["programmes"]]
    words = {
        "scale": "improved decisions Scale",
        "keep": "improved decisions Keep",
        "revise": "no useful gain Revise",
        "stop": "decisions got worse Stop",
        "measure_better": "cannot tell yet Measure better",
    }
    for market, (k, programme) in itertools.product(codes(65), enumerate(given["programmes"])):
        place, cell = places[market][k], given["cells"].get((market, programme["programme_id"]))
        if cell is None:
            assert text(place) == "not run here"
            continue
        said = text(place).removeprefix(programme["title"]).strip()
        if not cell["grade"]:
            assert said.startswith("too few people Measure better")
            assert not re.search(r"\d", said)
            continue
        low, high = (f"{cell[part]:.1f}".replace("-", "\u2212") for part in ("conf_low", "conf_high"))
        word = words[cell["decision"]]
        if cell["decision"] == "stop" and cell["conf_high"] >= 0:
            word = word.replace("decisions got worse", "no useful gain")
        assert said.startswith(f"Evidence {cell['grade']} {word}"), said
        assert said.endswith(f"({low} to {high})")
        assert place.a["href"] == cell["href"]
        assert float(place["data-v"]) == cell["estimate"]


def test_the_first_sentences_count_what_the_cells_show(large):
    given = made_up()
    cells = list(given["cells"].values())
    counted = {action: sum(cell["decision"] == action for cell in cells) for action in ACTIONS}
    worse = sum(cell["decision"] == "stop" and cell["conf_high"] < 0 for cell in cells)
    lead = text(large.select_one(".standfirst"))
    assert f"in {counted['scale'] + counted['keep']} of {len(cells)} cases" in lead
    assert f"In {worse} cases decisions got worse." in lead
    assert f"{len({c['market'] for c in given['news']['changes']})} markets have news." in lead
    assert f"{len(given['failures'])} reports could not be made." in lead
    assert "The data run to 1 Oct 2026; the oldest, from" in lead
    assert "end on 31 Jul 2026." in lead
    assert [text(item) for item in large.select(".tally li")] == [
        f"{counted[code]} {word}"
        for code, word in zip(ACTIONS, ("Scale", "Keep", "Revise", "Stop", "Measure better"), strict=True)
    ]


def test_columns_count_the_markets_in_which_a_programme_worked(large):
    given = made_up()
    for head, programme in zip(large.select("#matrix thead th")[2:], given["programmes"], strict=True):
        mine = [cell["decision"] for (_, p), cell in given["cells"].items() if p == programme["programme_id"]]
        good = sum(decision in ("scale", "keep") for decision in mine)
        assert text(head.small) == f"improved in {good} of {len(mine)}"


def test_rows_are_sorted_by_name_in_the_language_of_the_index():
    page = soup(
        made("de", markets=[germany(market=code, name=code) for code in ("AT", "EG", "ZW", "AL", "AF", "x1")])
    )
    names = [text(row.th.b) for row in page.select("#matrix tbody tr")]
    assert names == ["Afghanistan", "Ägypten", "Albanien", "Österreich", "Simbabwe", "x1"]


def test_old_data_and_failed_runs_are_marked_and_lead_to_the_reason(large):
    rows = {row["data-code"]: row for row in large.select("#matrix tbody tr")}
    for i, code in enumerate(codes(65)):
        said = text(rows[code].td)
        assert ("behind the newest" in said) == (i % 17 == 3)
        assert ("failed" in said) == (i % 13 == 5)
        assert ("data-trouble" in rows[code].attrs) == (i % 17 == 3 or i % 13 == 5)
    assert large.select_one("#matrix small.bad a")["href"] == "#failures"
    assert [WHY in text(item) for item in large.select("#failures li")] == [True] * 5


def test_reports_other_formats_and_older_periods_are_linked(large):
    first = large.select_one(f"tr[data-code={codes(1)[0]}] th")
    code = codes(1)[0]
    assert [a["href"] for a in first.select("a")] == [
        *(f"effectiveness/{code}.{kind}" for kind in ("html", "pdf")),
        *(f"{name}/{code}.html" for name in ("assessment", "briefing")),
        f"effectiveness/{code}/2026Q2.html",
    ]
    assert text(first.details.a) == "April to June 2026"
    assert large.select_one("footer a")["href"] == "estimates.csv"


def test_every_grade_is_explained_once_and_by_a_button_that_a_key_reaches(large):
    targets = [button["popovertarget"] for button in large.select("button.grade")]
    ids = [element["id"] for element in large.select("[id]")]
    assert len(ids) == len(set(ids))
    assert set(targets) <= set(ids)
    assert sorted(set(targets)) == [f"tip-grade.{letter}" for letter in "ABCD"]
    assert "a draw decided who was trained first" in text(large.find(id="tip-grade.A"))
    assert text(large.select_one("dl.grades")).startswith("A a draw decided who was trained first B")


def test_same_arguments_same_bytes_in_whatever_order_they_come():
    given = made_up()
    first = made(**given)
    again = copy.deepcopy(given)
    again["markets"].reverse()
    again["cells"] = dict(reversed(again["cells"].items()))
    again["news"]["changes"].reverse()
    assert made(**again) == first == made(**given)


CHANGES = {
    "action": ({"programme": "P1", "before": ["keep", "B"], "after": ["scale", "A"]}, "now Scale , before Keep"),
    "grade": ({"programme": "P1", "before": ["keep", "C"], "after": ["keep", ""]},
              "now not graded , before Evidence C"),
    "new_programme": ({"programme": "P1", "after": ["stop", "B"]}, "new programme, Stop"),
    "gone_programme": ({"programme": "P9", "after": None}, "no longer in the report"),
    "new_market": ({}, "new market"),
    "gone_market": ({"market": "FR"}, "no longer reported"),
    "failed": ({"report": "briefing"}, "the newer run failed"),
    "recovered": ({"report": "effectiveness"}, "works again after a failed run"),
}  # fmt: skip


@pytest.mark.parametrize("kind", CHANGES)
def test_each_kind_of_change_is_told_with_a_link_where_there_is_a_page(kind):
    change, said = CHANGES[kind]
    news = {"since": "2026-06-30", "changes": [{"kind": kind, "market": "DE", **change}]}
    page = soup(
        made(markets=[germany()], programmes=P1, cells={("DE", "P1"): one()}, news=news, titles={"P9": "Old"})
    )
    (item,) = page.select("#changes li")
    assert text(item).endswith(said)
    assert text(page.select_one(".since")) == "Compared with the reports on data to 30 Jun 2026."
    linked = kind in ("action", "grade", "new_programme", "new_market", "recovered")
    assert [a["href"] for a in item.select("a")] == ["effectiveness/DE.html"] * linked
    who = {"gone_programme": "Germany · Old", "gone_market": "France", "failed": "Germany · Policy briefing"}
    assert text(item).startswith(who.get(kind, "Germany"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_changes_read_in_every_language(language):
    changes = [{"kind": kind, "market": "DE", **change} for kind, (change, _) in CHANGES.items()]
    html = made(
        language,
        markets=[germany()],
        programmes=P1,
        cells={("DE", "P1"): one()},
        news={"since": "", "changes": changes * 2},
    )
    page = soup(html)
    assert len(page.select("#changes li")) == 2 * len(CHANGES)
    assert len(page.select("#changes details li")) == 2 * len(CHANGES) - 8
    if language != "en":
        assert not re.search(r"\b(the|now|before|no longer|again|compared)\b", text(page.main), re.IGNORECASE)


def test_nothing_new_and_nothing_to_compare_with_are_two_things():
    given = {"markets": [germany()], "programmes": P1, "cells": {("DE", "P1"): one()}}
    quiet = soup(made(**given, news={"since": "2026-06-30", "changes": []}))
    assert "Nothing has changed since the data to 30 Jun 2026." in text(quiet.select_one(".standfirst"))
    assert not quiet.select("#changes")
    first = soup(made(**given))
    assert "changed" not in text(first.main)


def test_the_same_day_is_not_called_older_data():
    news = {"since": "2026-09-30", "changes": [{"kind": "new_market", "market": "DE"}]}
    page = soup(made(markets=[germany()], programmes=P1, cells={}, news=news))
    assert text(page.select_one(".since")) == "Compared with the reports before, on data to the same day."


def test_an_empty_index_says_so():
    page = soup(made())
    assert "No report has been published yet." in text(page.main)
    assert not page.select("#matrix, .controls, .tally")


def test_only_failures_are_told_without_a_verdict():
    lost = germany(as_of=None, status="failed", reports=[])
    failures = [{"market": "DE", "report": "effectiveness", "reason": "time-out"}]
    page = soup(made(markets=[lost], failures=failures))
    assert text(page.select_one(".standfirst")) == "1 report could not be made."
    assert text(page.select_one("#failures li")) == "Germany · Training effectiveness : time-out"
    assert not page.select(".tally")


def test_the_day_of_the_data_is_the_markets_as_on_its_own_pages():
    # midnight in Berlin, which is the day before by UTC, as audits have it that know days only
    written = render._local(pd.Timestamp("2026-08-05 22:00", tz="UTC"), "Europe/Berlin")
    assert written == "2026-08-06T00:00:00+02:00"
    page = soup(
        made(markets=[germany(as_of=pd.Timestamp(written))], programmes=P1, cells={("DE", "P1"): one()})
    )
    assert "6 Aug 2026" in text(page.main)
    assert "5 Aug 2026" not in text(page.main)
    assert (render._local(None, "Europe/Berlin"), render._local(pd.NaT, "UTC")) == (None, None)


def test_reports_that_span_markets_stand_apart():
    across = germany(market="all", reports=[{"report": "portfolio", "href": "portfolio/all.html"}])
    page = soup(made(markets=[across, germany()], programmes=P1, cells={("DE", "P1"): one()}))
    assert [a["href"] for a in page.select(".across a")] == ["portfolio/all.html"]
    assert [row["data-code"] for row in page.select("#matrix tbody tr")] == ["DE"]


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</style><b>",
        "{{ 7 * 7 }}",
        "a&b 'c' \u202e",
    ],
)
def test_hostile_names_stay_text(bad):
    given = {
        "markets": [germany(market="x1", name=bad, status="stale", reports=[{"report": bad, "href": "a/b.html"}])],
        "programmes": [{"programme_id": bad, "title": bad}],
        "cells": {("x1", bad): one(grade=bad)},
        "failures": [{"market": bad, "report": bad, "reason": bad}],
        "run": {"run_id": bad},
        "news": {"since": "", "changes": [
            {"kind": "new_programme", "market": "x1", "programme": bad, "after": [bad, bad]}]},
    }  # fmt: skip
    speaking = voice({"market": "all", "name": bad, "language": "en"})
    html = index_page(**given, voice=speaking)
    page = soup(html)
    seen = bad.replace("\u202e", "")  # it would turn round what follows
    assert page.find(id="matrix").th.find_next("th", scope="row").b.get_text() == seen
    assert text(page.select("#matrix thead th")[2].span) == " ".join(seen.split())
    assert len(page.select("script")) == 1
    assert page.select("img, b b, [onerror]") == []
    assert "49" not in text(page.main)


@pytest.mark.parametrize("decision", ["", None, "unheard of"])
def test_a_verdict_that_nobody_knows_is_not_measured(decision):
    page = soup(made(markets=[germany()], programmes=P1, cells={("DE", "P1"): one(decision)}))
    assert text(page.select("#matrix td")[1]) == "not measured"


@pytest.mark.parametrize(
    ("number", "shown"), [(None, False), (float("nan"), False), ("", False), (-0.04, True)]
)
def test_numbers_that_are_not_published_leave_no_trace(number, shown):
    cell = one(estimate=number, conf_low=-1.0, conf_high=1.0)
    page = soup(made(markets=[germany()], programmes=P1, cells={("DE", "P1"): cell}))
    (place,) = page.select("#matrix td[data-a]")
    assert ("data-v" in place.attrs) == shown == ("\u22121.0 to 1.0" in text(place))
    assert "nan" not in str(place).lower()


def test_without_its_script_no_control_is_shown_and_its_words_know_every_number(large):
    controls = large.find(id="controls")
    assert controls.has_attr("hidden")
    said = json.loads(controls["data-said"])
    assert said[0] == "0 of 65 markets shown"
    assert len(said) == 66
    results = [option["value"] for option in controls.select("#result option")]
    assert results[1:6] == [f"a:{action}" for action in ACTIONS]
    assert set(results[6:]) == {
        f"s:{state}" for state in ("effective", "not_effective", "harmful", "cannot_tell", "hidden")
    }
    assert asset("index.js") == large.script.string


def test_style_of_the_index_stays_small():
    assert len((asset("style.css") + asset("index.css")).encode()) <= 40_000
    assert "url(" not in asset("index.css")
    assert not re.search(
        r"\b(margin|padding|border)-(left|right)\b|text-align:\s*(left|right)", asset("index.css")
    )
