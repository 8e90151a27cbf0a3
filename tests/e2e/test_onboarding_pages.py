"""The report on onboarding, from tables to page: shares are those of the library, small groups stay unseen."""

import math
import re

import pandas as pd
import pytest
from rendered import words

import tne

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("company")]


@pytest.fixture(scope="module")
def rows(company):
    """What the report on onboarding gives to programs, for the large market."""
    return company.estimates.query("report == 'onboarding' and market == 'DE'")


def test_the_published_share_is_that_of_the_library(company, rows):
    ws = tne.open(company.workspace, market="DE")
    people = ws.people("DE")
    weeks = tne.say.speed_targets(ws.panel(market="DE"), people)
    hired = tne.proficiency(weeks, handle_time="most_seconds", people=people)
    found = tne.cumulative_incidence(hired, duration="duration", event="event", times=12)
    share = 100 * found.get(cause="proficient", time=12).estimate
    shown = rows.query("measure == 'proficient' and term == 'week_12' and group == 'all'")["estimate"].item()
    assert abs(shown - share) < 0.51
    title = company.page("DE", "onboarding").h1.get_text()
    assert f"{share:.0f}" in title.replace("\xa0", " ")


def test_a_median_of_fewer_than_twenty_people_is_not_published(company, rows):
    hired = tne.open(company.workspace, market="DE").people("DE")
    new = hired.loc[hired["hired_on"] >= pd.Timestamp("2025-09-29")]
    assert 10 <= len(new) < 20
    median = rows.query("measure == 'time_to_proficiency'")
    assert median["estimate"].isna().all()
    assert median["note"].eq("a median needs 20 people").all()


def test_the_row_says_what_to_do_by_whom_and_by_when(company):
    page = company.page("DE", "onboarding")
    first = page.select("table.scorecard tbody tr")
    assert first
    for row in first:
        assert row.select_one(".c-action b").get_text(strip=True)
    assert first[0].select_one(".c-action .when")


def test_every_figure_has_words_and_every_table_its_own_caption(company):
    page = company.page("DE", "onboarding")
    assert len(page("img")) >= 1
    assert all(len(picture["alt"]) > 60 and "–" not in picture["alt"] for picture in page("img"))
    captions = [c.get_text(" ", strip=True) for c in page.find_all("caption")]
    assert len(captions) == len(set(captions)) > 2
    assert len(company.html("DE", "onboarding").encode()) < 1_000_000


def test_the_rows_are_unique_and_have_people_or_a_reason(company):
    own = company.estimates.query("report == 'onboarding'")
    assert not own.duplicated(["market", "programme_id", "measure", "term", "group", "period"]).any()
    shown = own["estimate"].notna()
    assert (own.loc[shown, "n_people"] >= 10).all()
    assert own.loc[~shown, "note"].notna().all()


def test_a_tiny_market_says_that_too_few_were_hired(company):
    page = company.page("IE", "onboarding")
    text = words(page)
    assert "Too few new moderators" in page.h1.get_text()
    assert "%" not in page.select_one("table.scorecard tbody").get_text()
    assert not re.search(r"\b[mar]_[0-9a-f]{16}\b", text), "no pseudonym"
    own = company.estimates.query("report == 'onboarding' and market == 'IE'")
    assert own["estimate"].map(math.isnan).all()
