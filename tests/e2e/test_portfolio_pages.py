"""The report over all markets, from tables to page: verdicts are those of the markets, nobody is singled out."""

import re

import pandas as pd
import pytest
from rendered import words

import tne

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("company")]


@pytest.fixture(scope="module")
def page(company):
    return company.page("all", "portfolio")


@pytest.fixture(scope="module")
def tables(company):
    ws = tne.open(company.workspace)
    return {name: ws.table(name) for name in ("sessions", "enrolments", "attendance", "moderators")} | {
        "ws": ws
    }


def test_every_recommendation_is_that_of_the_markets_own_report(company, page):
    verdicts = company.estimates.query("report == 'effectiveness' and measure == 'verdict'")
    titles = dict(
        zip(*tne.open(company.workspace).programmes[["title", "programme_id"]].to_numpy().T, strict=True)
    )
    said = {
        "Scale": "scale",
        "Keep": "keep",
        "Revise": "revise",
        "Stop": "stop",
        "Measure better": "measure_better",
    }
    rows = page.select("table.scorecard tbody tr")
    assert len(rows) == verdicts["programme_id"].nunique() == 5
    for row in rows:
        title = row.th.find(string=True, recursive=False).strip()
        mine = verdicts.loc[verdicts["programme_id"].eq(titles[title])].set_index("market")["decision"]
        told = {said[b.get_text()]: b.parent.get_text(" ", strip=True) for b in row.select(".c-action b")}
        assert set(told) <= set(mine)
        for action, text in told.items():
            named = {"DE": "Germany", "IE": "Ireland"}
            for market in (m for m, decision in mine.items() if decision == action and len(told) > 1):
                hidden = f": {named[market]}" in row.select_one(".c-evidence").get_text(" ", strip=True)
                assert named[market] in text or hidden


def test_the_one_market_that_can_be_compared_speaks_alone(company, page):
    pooled = company.estimates.query("report == 'portfolio' and term == 'pooled'").set_index("programme_id")
    own = company.estimates.query("report == 'effectiveness' and market == 'DE' and measure == 'accuracy'")
    own = own.loc[own["grade"].isin(["A", "B", "C"])].set_index("programme_id")
    shown = pooled.loc[pooled["estimate"].notna(), "estimate"]
    assert shown.to_dict() == own.loc[shown.index, "estimate"].to_dict()
    assert len(shown) >= 2
    assert "one market alone can be compared" in words(page)


def test_the_register_holds_every_programme_with_its_counts(page, tables):
    people = tables["enrolments"].groupby("programme_id")["moderator_id"].nunique()
    ws = tables["ws"]
    table = page.find("caption", string=re.compile("Every programme on record")).find_parent("table")
    rows = {
        row.th.get_text(strip=True): [cell.get_text(strip=True) for cell in row("td")]
        for row in table.tbody("tr")
    }
    titles = dict(zip(ws.programmes["title"], ws.programmes["programme_id"], strict=True))
    assert set(rows) == set(titles)
    for title, cells in rows.items():
        assert abs(int(cells[5]) - people[titles[title]]) <= 2.5
        assert int(cells[5]) % 5 == 0
    assert "one trainer only" in rows["Onboarding"][-1], "planted: Ireland has one trainer"
    assert "Ireland" not in rows["Onboarding"][-1]


def test_the_annex_counts_people_by_the_language_of_the_roster(page, tables):
    table = page.find("caption", string=re.compile("Training given and language expertise")).find_parent(
        "table"
    )
    rows = {
        row.th.get_text(strip=True): [cell.get_text(strip=True) for cell in row("td")]
        for row in table.tbody("tr")
    }
    assert set(rows) == {"German", "English"}
    there = tables["ws"].people()
    there = there.loc[there["left_on"].isna() & there["languages"].eq("de-DE")]
    assert abs(int(rows["German"][0]) - len(there)) <= 2.5


def test_the_page_is_small_linked_from_the_index_and_names_no_trainer(company, page):
    assert len(company.html("all", "portfolio").encode()) < 1_000_000
    assert 'href="portfolio/all.html"' in (company.output / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"\b[mart]_[0-9a-f]{16}\b", company.html("all", "portfolio"))
    rows = company.estimates.query("report == 'portfolio'")
    assert not rows.duplicated(["market", "programme_id", "measure", "term", "group", "period"]).any()
    assert (rows["n_people"].dropna() >= 10).all()
    assert rows["decision"].isna().all()
    assert pd.isna(rows.loc[rows["market"].eq("IE"), "estimate"]).all()
