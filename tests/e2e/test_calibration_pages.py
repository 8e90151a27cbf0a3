"""The report on calibration, from tables to page: the ambiguous policy is found, nobody's own ratings can be read."""

import re

import pandas as pd
import pytest
from rendered import PEOPLE, words

import tne

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("company")]
AMBIGUOUS = "misinformation"
NUMBERS = ["estimate", "conf_low", "conf_high"]


def rows(company, market):
    return company.estimates.query("report == 'calibration' and market == @market")


@pytest.mark.parametrize(("market", "experts"), [("DE", "Fachleute"), ("IE", "experts")])
def test_the_ambiguous_policy_goes_to_its_owner_and_no_other_does(company, market, experts):
    page = company.page(market, "calibration")
    assert AMBIGUOUS in page.h1.get_text()
    assert experts in page.h1.get_text()
    table = page.select("table.scorecard tbody tr")
    assert len(table) == 8
    owner = {"DE": "Richtlinienverantwortung", "IE": "Policy owner"}[market]
    sent = [row.th.get_text(" ") for row in table if owner in row.select_one(".c-action").get_text()]
    assert [name.split()[0].lower() for name in sent] == [AMBIGUOUS]
    assert table[0].select_one(".c-action .when")


def test_published_agreement_is_that_of_the_library(company):
    ratings = tne.say.rated(tne.open(company.workspace).table("ratings", market="DE"))
    direct = tne.agreement_by(ratings, by=("policy_area", "group")).to_frame()
    direct.index = direct["policy_area"].astype(str) + " " + direct["group"].astype(str)
    told = rows(company, "DE").query("measure == 'agreement'").set_index("group")
    assert set(told.index) == set(direct.index)
    for group, row in told.iterrows():
        if pd.notna(row["estimate"]):
            assert list(row[NUMBERS]) == pytest.approx(list(direct.loc[group, NUMBERS]), abs=0.0051)
            assert row["n"] >= 20
    assert told["estimate"].notna().sum() >= 10


def test_small_numbers_are_held_back_in_every_market(company):
    for market in ("DE", "IE"):
        told = rows(company, market)
        shown = told.loc[told["estimate"].notna()]
        assert (shown["n_people"] % 5 == 0).all()
        assert not shown["group"].str.contains("policy|qa").any(), "QA and policy are never told apart"
        assert told.loc[told["estimate"].isna(), "note"].notna().all()
    accuracy = rows(company, "IE").query("measure == 'reference_accuracy'").set_index("group")["estimate"]
    assert accuracy.isna()["expert"], "three experts have no accuracy"


def test_no_rater_and_no_auditor_stands_on_a_page(company):
    ws = tne.open(company.workspace)
    for market in ("DE", "IE"):
        html = company.html(market, "calibration")
        for name in ("ratings", "audits"):
            frame = ws.table(name, market=market)
            for column in PEOPLE & set(frame.columns):
                assert not [person for person in frame[column].dropna().unique() if str(person) in html]


def test_the_agenda_names_cases_and_why_but_no_number(company):
    page = company.page("DE", "calibration")
    known = set(tne.open(company.workspace).table("ratings", market="DE")["case_id"].astype(str))
    agenda = next(table for table in page("table") if "Warum" in table.thead.get_text())
    cells = [[cell.get_text(" ", strip=True) for cell in row(["th", "td"])] for row in agenda.tbody("tr")]
    assert 1 <= len(cells) <= 10
    assert {row[0] for row in cells} <= known
    assert not any(re.search(r"\d", row[3]) for row in cells)


@pytest.mark.parametrize("market", ["DE", "IE"])
def test_every_figure_has_words_and_the_page_its_limits(company, market):
    page = company.page(market, "calibration")
    assert len(page("img")) == 2
    assert all(len(picture["alt"]) > 80 and "–" not in picture["alt"] for picture in page("img"))
    text = words(page)
    assert {"DE": "ab 3 Personen und 20 Fällen", "IE": "from 3 people and 20 cases"}[market] in text
    assert len(company.html(market, "calibration").encode()) < 1_000_000
    captions = [caption.get_text(" ", strip=True) for caption in page.find_all("caption")]
    assert len(captions) == len(set(captions)) > 0
