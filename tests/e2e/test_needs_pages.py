"""The report on training needs, from tables to page: the planted unclear policy is found, small groups stay unseen."""

import re

import numpy as np
import pandas as pd
import pytest
from rendered import words

import tne

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("company")]


@pytest.fixture(scope="module")
def rows(company):
    """What the report on needs gives to programs, for the large market."""
    return company.estimates.query("report == 'needs' and market == 'DE'")


def test_the_unclear_policy_is_no_training_problem(company):
    page = company.page("DE", "needs")
    first = page.select("table.scorecard tbody tr")
    row = next(row for row in first if "Misinformation" in row.th.get_text())
    assert "Richtlinie unklar" in row.select_one(".c-evidence").get_text()
    assert "Richtlinie klären" in row.select_one(".c-action b").get_text()
    assert row.select_one(".c-action .when"), "a role and a date"
    assert re.search(r"Misinformation.* kein Schulungsproblem", page.h1.get_text())


def test_published_rates_are_those_of_the_library(company, rows):
    ws = tne.open(company.workspace, market="DE")
    audits = ws.table("audits", market="DE")
    recent = audits.loc[audits["decided_at"] > audits["decided_at"].max() - pd.Timedelta(26, "W")]
    rates = tne.knowledge_gaps(recent, by="policy_area").to_frame().query("term == 'error_rate'")
    shown = rows.loc[rows["measure"].eq("error_rate")].set_index("group")["estimate"]
    direct = rates.set_index("policy_area")["estimate"]
    np.testing.assert_allclose(shown, 100 * direct.loc[shown.index], atol=0.06)
    assert len(shown) == 8


def test_the_rows_are_unique_and_the_page_small(company, rows):
    assert not rows.duplicated(["programme_id", "measure", "term", "group", "period"]).any()
    assert len(company.html("DE", "needs").encode()) < 1_000_000


def test_every_figure_has_words_and_every_table_its_own_caption(company):
    page = company.page("DE", "needs")
    assert len(page("img")) == 2
    assert all(len(picture["alt"]) > 60 and "–" not in picture["alt"] for picture in page("img"))
    captions = [c.get_text(" ", strip=True) for c in page.find_all("caption")]
    assert len(captions) == len(set(captions)) > 3


def test_a_tiny_market_gets_the_same_report(company):
    page = company.page("IE", "needs")
    text = words(page)
    assert page.h1.get_text()
    assert "not shown" in text
    shown = company.estimates.query("report == 'needs' and market == 'IE'")
    numbers = shown.loc[shown["estimate"].notna()]
    assert (numbers["n_people"] >= 10).all()


def test_individual_coaching_has_no_count(company):
    for market in ("DE", "IE"):
        text = words(company.page(market, "needs"))
        assert not re.search(r"\d+ (people|Personen|moderators) (need|brauchen)", text)
        assert not re.search(r"\b[mar]_[0-9a-f]{16}\b", text), "no pseudonym"


def test_the_main_report_names_the_largest_gaps(company):
    page = company.page("DE", "effectiveness")
    caption = next(c for c in page.find_all("caption") if "Bericht zum Schulungsbedarf" in c.get_text())
    assert "Misinformation" in caption.find_parent("table").get_text()
