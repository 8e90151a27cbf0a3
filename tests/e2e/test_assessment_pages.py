"""The report on tests, from tables to page: the planted faults are found and named, the other questions left alone."""

import re

import pandas as pd
import pytest
from rendered import Rendered, tne_says, words

import tne
from tne.made import make

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("tests")]
TESTS = {"hateful-conduct-update": "hcu", "livestream-elearning": "le", "minor-safety-refresher": "msr"}
NUMBERS = ["estimate", "conf_low", "conf_high", "n", "n_people"]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Four markets of the demo; a wrong key in every test, and a question badly translated to Portuguese."""
    root = tmp_path_factory.mktemp("tests")
    make(root / "ws", markets=("BR", "DE", "GB", "IE"))
    run = ("run", "--workspace", root / "ws", "--output", root / "out", "--json", "--report", "assessment")
    code, _, said = tne_says(*run)
    assert code == 0, said
    return Rendered(root / "ws", root / "out")


@pytest.fixture(scope="module")
def tables(judged):
    """The questions to look at, as (market, item) → (advice, reason), read from the pages."""
    found = {}
    for market in ("BR", "DE", "GB", "IE"):
        for table in judged.page(market, "assessment")("table"):
            heads = [cell.get_text(strip=True) for cell in table("th", scope="col")]
            if {"Advice", "Rat", "Conselho"} & set(heads) and not table.find_parent("details"):
                at = 2 if len(heads) > 3 else 1
                for row in table.tbody("tr"):
                    cells = [cell.get_text(" ", strip=True) for cell in row(["th", "td"])]
                    found[market, cells[0]] = (cells[at], cells[at + 1])
    return found


@pytest.mark.parametrize("market", ["BR", "DE", "GB", "IE"])
def test_the_wrong_keys_are_to_come_out_in_every_market(tables, market):
    remove = {"BR": "retirar", "DE": "streichen", "GB": "remove", "IE": "remove"}[market]
    for short in TESTS.values():
        assert tables[market, f"{short}-18"][0] == remove


def test_the_bad_translation_is_found_in_its_language_and_only_there(tables):
    for short in TESTS.values():
        advice, reason = tables["BR", f"{short}-07"]
        assert advice == "revisar"
        assert "português" in reason
        for market in ("DE", "GB", "IE"):
            assert (market, f"{short}-07") not in tables


def test_hardly_another_question_is_named(tables):
    """Sixty questions in four markets: what is named besides the planted ones is below one in twenty."""
    planted = {f"{short}-18" for short in TESTS.values()} | {f"{short}-07" for short in TESTS.values()}
    others = [key for key, (advice, _) in tables.items() if key[1] not in planted and advice not in
              ("not clear yet", "noch nicht klar", "ainda não está claro")]  # fmt: skip
    assert len(others) <= 0.05 * 4 * 54


def test_first_screens_count_the_questions_and_name_action_role_and_date(judged, tables):
    for market, stay in (("DE", "können bleiben"), ("BR", "podem ficar"), ("GB", "can stay")):
        page = judged.page(market, "assessment")
        keep, total = map(int, re.findall(r"\d+", page.h1.get_text())[:2])
        named = len([key for key in tables if key[0] == market])
        assert stay in page.h1.get_text()
        assert (keep, total) == (60 - named, 60)
        rows = page.select("table.scorecard tbody tr")
        assert len(rows) == 3
        for row in rows:
            assert re.search(r"-18", row.select_one(".c-action b").get_text())
            assert row.select_one(".c-action .when")


def test_published_numbers_are_those_of_the_library(judged):
    ws = tne.open(judged.workspace)
    rows = judged.estimates.query("market == 'DE' and report == 'assessment'")
    for programme in TESTS:
        frame = ws.item_responses(programme, wave="pre", form="A", market="DE")
        direct = tne.item_analysis(
            frame, person="moderator_id", item="item_id", score="score", max_score="max_score"
        ).items.set_index("item")
        told = rows.loc[rows["programme_id"].eq(programme)].set_index(["measure", "term"])
        for item in direct.index:
            row = told.loc[("facility", item)]
            if pd.notna(row["estimate"]):
                expected = direct.loc[item, ["facility", "facility_low", "facility_high"]].astype(float)
                assert list(row[NUMBERS[:3]]) == pytest.approx(list(expected), abs=0.0051)
            else:
                assert direct.loc[item, "facility"] > 0.95
        wide = ws.item_scores(programme, "pre", "A", market="DE")
        alpha = tne.cronbach_alpha(wide, interval="jackknife")
        shown = told.loc[("reliability", "cronbach_alpha")]
        expected = [alpha.estimate, alpha.conf_low, alpha.conf_high]
        assert list(shown[NUMBERS[:3]]) == pytest.approx(expected, abs=0.0051)
        assert shown["level"] == "learning"
        assert abs(shown["n_people"] - len(wide)) <= 2.5


def test_a_tiny_market_gets_the_judgement_of_all_and_no_number_of_its_own(judged):
    page = judged.page("IE", "assessment")
    assert "All markets together" in page.h1.get_text()
    assert not page("img")
    rows = judged.estimates.query("market == 'IE'")
    assert len(rows)
    assert rows[NUMBERS].isna().all().all()
    assert rows["note"].notna().all()
    assert "fewer than 20 people" in words(page).lower()


def test_a_market_without_answers_says_which_export_would_bring_them(judged, tmp_path):
    import shutil

    shutil.copytree(judged.workspace, tmp_path / "ws")
    shutil.rmtree(tmp_path / "ws" / "tables" / "responses" / "market=IE")
    run = (
        "run",
        "--workspace",
        tmp_path / "ws",
        "--output",
        tmp_path / "out",
        "--json",
        "--report",
        "assessment",
    )
    code, _, said = tne_says(*run, "--market", "IE")
    assert code == 0, said
    page = Rendered(tmp_path / "ws", tmp_path / "out").page("IE", "assessment")
    text = words(page)
    assert "No answers to a test in Ireland" in page.h1.get_text()
    assert "export “responses”" in text
    assert not page("img")


def test_every_figure_has_words_and_numbers(judged):
    page = judged.page("DE", "assessment")
    assert len(page("img")) == 6
    for picture in page("img"):
        assert len(picture["alt"]) > 60
        assert "–" not in picture["alt"]
    assert len(judged.html("DE", "assessment").encode()) < 1_000_000


def test_the_index_leads_to_the_report(judged):
    index = (judged.output / "index.html").read_text(encoding="utf-8")
    assert 'href="assessment/DE.html"' in index
    assert "Quality of tests" in index


@pytest.mark.parametrize("market", ["BR", "DE", "GB", "IE"])
def test_no_two_tables_have_the_same_caption(judged, market):
    """A frame that scrolls is a landmark under its table's caption, and landmarks need names of their own."""
    captions = [c.get_text(" ", strip=True) for c in judged.page(market, "assessment").find_all("caption")]
    assert len(captions) == len(set(captions)) > 0
