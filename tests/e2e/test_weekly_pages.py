"""The weekly report, from tables to page: the planted outage is told, and published numbers are the library's."""

import json

import pandas as pd
import pytest
from rendered import numbers_of, words

import tne

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("company")]
MEASURES = {"cases_per_day", "handle_seconds", "exposure_minutes"}


@pytest.fixture(scope="module")
def outage(company):
    """Mondays of the weeks in which the tools of a market were down."""
    truth = json.loads((company.workspace / "truth.json").read_text(encoding="utf-8"))
    return {m: pd.Timestamp(truth["operations"][m]["outage_week_starts_on"]) for m in ("DE", "IE")}


def found_in(company, market):
    ws = tne.open(company.workspace, market=market)
    weeks = tne.weekly_operations(ws.table("production", market=market))
    asked = {"value": "value", "period": "period", "total": "total", "provisional": "provisional"}
    return {
        name: tne.weekly_signals(part, **asked, false_alarm=1 / 52 / 6)
        for name, part in weeks.groupby("measure")
    }


@pytest.mark.parametrize("market", ["DE", "IE"])
def test_the_planted_outage_is_told(company, outage, market):
    page = company.page(market, "weekly")
    day = {"DE": f"{outage[market]:%d.%m.%Y}", "IE": f"{outage[market].day} {outage[market]:%b %Y}"}[market]
    rows = [row.get_text(" ", strip=True) for row in page("tr") if not row.find_parent("details")]
    assert any(day in row and {"DE": "Fälle", "IE": "Cases"}[market] in row for row in rows)


def test_published_numbers_are_those_of_the_library(company):
    told = company.estimates.query("report == 'weekly' and market == 'DE'").set_index(["measure", "term"])
    for name, direct in found_in(company, "DE").items():
        last = direct.last
        half = (last["conf_high"] - last["conf_low"]) / 2
        assert told.loc[(name, "week"), "estimate"] == pytest.approx(last["estimate"], abs=0.06 * half)
        usual = told.loc[(name, "usual_range")]
        assert list(usual[["conf_low", "conf_high"]]) == pytest.approx(
            [last["lower"], last["upper"]], abs=0.06 * (last["upper"] - last["lower"])
        )
        assert told.loc[(name, "change"), "estimate"] == pytest.approx(
            direct.change.estimate, abs=0.06 * half
        )
    assert set(told.index.get_level_values(0)) >= MEASURES | {"error_rate", "appeal_rate", "overturn_rate"}


def test_the_first_screen_has_a_row_per_measure_with_its_range(company):
    page = company.page("DE", "weekly")
    rows = page.select("table.scorecard tbody tr")
    assert len(rows) == 6
    for row in rows:
        cell = row.select_one(".c-change")
        value, low, high = numbers_of(cell.find("b").parent.parent.get_text(" ", strip=True), "de")[:3]
        assert (float(cell["data-low"]), float(cell["data-high"])) == (low, high)
        assert float(cell["data-v"]) == value
        inside = low <= value <= high
        assert ("wie üblich" in row.get_text()) == inside


def test_the_tiny_market_has_no_number_of_fewer_than_ten_people(company):
    rows = company.estimates.query("report == 'weekly' and market == 'IE'")
    assert (rows["n_people"].dropna() >= 10).all()
    assert rows.loc[rows["estimate"].isna(), "note"].notna().all()
    assert "chance alone would still mark" in words(company.page("IE", "weekly"))
