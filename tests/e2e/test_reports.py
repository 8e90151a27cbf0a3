"""From tables to published reports: what stands there is true, complete, readable by everyone, and safe to send."""

import itertools
import json
import math
import re
from pathlib import Path

import html5lib
import pandas as pd
import pyarrow.parquet as pq
import pytest
from rendered import FORMULA, KEY, PEOPLE, number, numbers_of

import tne

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("company")]
MARKETS = ("DE", "IE")
NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks" / "reports"
REPORTS = tuple(sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")))
OVER_MARKETS = ("portfolio",)  # one page for all markets
PAGES = [
    (report, market) for report in REPORTS for market in (("all",) if report in OVER_MARKETS else MARKETS)
]


@pytest.mark.parametrize(("report", "market"), PAGES)
def test_pages_are_valid_html_with_a_language_one_h1_and_headings_in_order(company, report, market):
    html5lib.HTMLParser(strict=True).parse(company.html(market, report))
    page = company.page(market, report)
    assert page.html["lang"].startswith({"DE": "de", "IE": "en", "all": "en"}[market])
    assert len(page("h1")) == 1
    assert page.title.get_text(strip=True)
    levels = [int(head.name[1]) for head in page(re.compile("^h[1-6]$"))]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))
    assert page.main is not None
    assert page.find("a", href="#" + page.main["id"]), "a link skips to the report"


def test_the_large_market_has_every_section_that_its_tables_fill(company):
    anchors = {head["id"] for head in company.page("DE")("h2", id=True)}
    filled = {"coverage", "reaction", "learning", "retention", "behaviour", "results", "needs", "quality"}
    assert filled | {"methods"} <= anchors
    assert company.page("DE").select("table.scorecard tbody tr")


@pytest.mark.parametrize(("report", "market"), PAGES)
def test_no_section_is_empty(company, report, market):
    for head in company.page(market, report)("h2", class_="part"):
        following = head.find_next(["h2", "p", "ul", "dl", "table", "figure"])
        assert following is not None, head.get_text()
        assert following.name != "h2", f"nothing stands under {head.get_text()}"


@pytest.mark.parametrize(("report", "market"), PAGES)
def test_pictures_speak_and_tables_have_captions_and_scopes(company, report, market):
    page = company.page(market, report)
    assert all(picture.get("alt", "").strip() for picture in page("img"))
    assert all(table.caption and table.caption.get_text(strip=True) for table in page("table"))
    assert all(cell.get("scope") in ("col", "row") for cell in page("th"))
    assert all(figure.find_next_sibling().name == "details" for figure in page("figure"))
    assert all(details.table for details in page("details"))


@pytest.mark.parametrize(("report", "market"), [*PAGES, ("", "index")])
def test_pages_ask_nobody_for_anything(company, report, market):
    text = company.html(market, report) if report else (company.output / "index.html").read_text("utf-8")
    page = html5lib.parse(text, namespaceHTMLElements=False)
    first = page.find("head")[0]
    assert (first.tag, first.get("http-equiv")) == ("meta", "Content-Security-Policy")
    assert first.get("content").startswith("default-src 'none'")
    for element in page.iter():
        assert element.tag not in ("iframe", "object", "embed", "form", "link", "base")
        for name, value in element.attrib.items():
            assert not str(name).startswith("on")
            if name in ("src", "href", "srcset", "xlink:href", "data", "action"):
                assert re.match(r"data:image/|#|mailto:|(?![a-z][a-z0-9+.-]*:|//)", value), (
                    element.tag,
                    value[:40],
                )
    style = "".join(element.text or "" for element in page.iter("style"))
    assert not re.search(r"@import|url\((?!\s*['\"]?data:)", style)
    assert len(text.encode()) < 1_000_000


def test_nobody_is_named_anywhere(company):
    people = set()
    for part in (company.workspace / "tables").rglob("*.parquet"):
        names = [name for name in pq.read_schema(part).names if name in PEOPLE]
        frame = pq.ParquetFile(part).read(columns=names).to_pandas()
        people |= {str(value) for name in names for value in frame[name].dropna()}
    assert len(people) > 100
    for path in company.output.rglob("*"):
        if path.suffix in (".html", ".csv", ".json"):
            written = set(re.findall(r"[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*", path.read_text("utf-8")))
            assert not written & people, path.name


@pytest.fixture(scope="module")
def effects(company):
    ws = tne.open(company.workspace)
    rails = [{"measure": name, **rule} for name, rule in ws.config["guardrails"].items()]
    found = {}
    for name in ws.programmes["programme_id"]:
        panel = ws.panel(name)
        for market in MARKETS:
            if panel.loc[panel["market"] == market, "cohort"].notna().any():
                found[market, name] = tne.primary_effect(
                    panel,
                    market=market,
                    programme=ws.programme(name),
                    plan=ws.plan(name),
                    n_primary=ws.n_primary,
                    as_of=ws.as_of,
                    guardrails=rails,
                )
    return found


def step(row):
    """Half of the last place that is published: two significant digits of the interval's half-width."""
    half = (row.conf_high - row.conf_low) / 2
    return 0.5 * 10.0 ** (math.floor(math.log10(half)) - 1) + 1e-9


def test_scorecard_numbers_are_those_of_the_library(company, effects):
    shown = 0
    for row in company.page("DE").select("table.scorecard tbody tr"):
        value = row.select_one("span.value")
        if value is None:
            continue
        title = row.th.find(string=True, recursive=False).strip()
        effect = next(e for (m, _), e in effects.items() if m == "DE" and e.title == title).effect
        for mark in value("sup"):
            mark.extract()
        told = numbers_of(value.get_text(), "de")
        direct = (effect.estimate, effect.conf_low, effect.conf_high)
        # rounded for publication, then shown with one decimal
        assert told == pytest.approx(direct, abs=step(effect) + 0.0501), title
        shown += 1
    assert shown >= 2


def test_estimates_file_holds_the_same_effects_and_the_verdicts(company, effects):
    rows, published = company.estimates.query("report == 'effectiveness'"), 0
    for (market, name), effect in effects.items():
        mine = rows.loc[rows["market"].eq(market) & rows["programme_id"].eq(name)].set_index("measure")
        if "verdict" not in mine.index:
            continue  # onboarding: its question is time to proficiency
        assert mine.loc["verdict", "decision"] == effect.decision.action
        row, direct = mine.loc["accuracy"], effect.effect
        if pd.notna(row["estimate"]):
            numbers = tuple(row[["estimate", "conf_low", "conf_high"]])
            expected = (direct.estimate, direct.conf_low, direct.conf_high)
            assert numbers == pytest.approx(expected, abs=step(direct))
            assert row["grade"] == effect.grade.letter
            published += 1
    assert published >= 2


def test_estimates_file_keeps_its_columns_key_and_threshold(company):
    rows = company.estimates
    assert tuple(rows.columns) == tne_columns()
    assert not rows.duplicated(list(KEY)).any()
    told = rows.dropna(subset=["estimate"])
    assert len(told)
    pooled = told["measure"].str.startswith(
        ("agreement", "auditor_")
    )  # of raters; the page counts their cases
    assert (told.loc[~pooled, "n_people"] >= 10).all()
    assert (told.loc[pooled, "n_people"] >= 3).all()
    assert (told["n_people"] % 5 == 0).all()
    assert rows.loc[rows["estimate"].isna() & rows["measure"].ne("verdict"), "note"].notna().all()
    assert set(rows["level"]) <= {"reaction", "learning", "behaviour", "results", "value"}
    decided = rows["decision"].notna()
    assert (rows.loc[decided, "measure"] == "verdict").all()
    assert set(rows.loc[decided, "decision"]) <= {"scale", "keep", "revise", "stop", "measure_better"}
    assert not rows["note"].dropna().str.startswith(FORMULA).any()


def tne_columns():
    return (
        *("report", "market", "programme_id", "level", "measure", "term", "group", "period"),
        *("estimate", "conf_low", "conf_high", "conf_level", "unit", "comparison", "n", "n_people"),
        *("grade", "precision", "decision", "note"),
    )


@pytest.fixture(scope="module")
def learned(company):
    """The truth, the summary and the published rows of each test of the large market."""
    ws, truth = tne.open(company.workspace), json.loads((company.workspace / "truth.json").read_text())
    answers = ws.table("responses", market="DE")
    rows = company.estimates.query("market == 'DE' and level == 'learning' and group == 'all'")
    out = {}
    for name, true in truth["responses"]["DE"].items():
        mine = answers.loc[answers["programme_id"].eq(name)]
        told = rows.loc[rows["programme_id"].eq(name)].set_index(["measure", "term"])
        out[name] = true, tne.learning_summary(ws.scores(name, market="DE"), responses=mine), told
    return out


def test_gains_are_those_of_the_library(learned):
    for _, found, told in learned.values():
        pairs = [("mean_change", found.gain), ("weighted", found.weighted), ("imputed", found.imputed)]
        for term, direct in pairs:
            row = told.loc[("gain", term)]
            numbers = tuple(row[["estimate", "conf_low", "conf_high"]])
            expected = (direct.estimate, direct.conf_low, direct.conf_high)
            assert numbers == pytest.approx(expected, abs=step(direct))
    assert sum(("difference", "ancova") in told.index for _, _, told in learned.values()) == 1


def test_gains_of_everyone_are_nearer_the_truth_than_those_of_who_came_back(learned):
    off = {
        term: [
            told.loc[("gain", term), "estimate"] - true["score_gain_post"]
            for true, _, told in learned.values()
        ]
        for term in ("mean_change", "weighted", "imputed")
    }
    mean = {term: abs(sum(values) / len(values)) for term, values in off.items()}
    assert mean["weighted"] < mean["mean_change"]
    assert mean["imputed"] < mean["mean_change"]
    for true, _, told in learned.values():
        row = told.loc[("gain", "weighted")]
        assert row["conf_low"] - 0.5 < true["score_gain_post"] < row["conf_high"] + 0.5


def test_who_did_not_come_back_is_said_before_the_gain(company):
    for section in ("learning", "retention"):
        head = company.page("DE").find("h2", id=section)
        for title in head.find_all_next("h3", limit=3):
            following = title.find_next("p")
            assert "caveat" in following.get("class", []), title.get_text()
            assert "%" in following.get_text()


def test_ratings_stand_with_those_of_everyone_invited(company):
    truth = json.loads((company.workspace / "truth.json").read_text())["surveys"]["DE"]
    rows = company.estimates.query("market == 'DE' and level == 'reaction' and group == 'all'")
    rows = rows.set_index(["programme_id", "measure", "term"])
    for name in set(rows.index.get_level_values(0)):
        rate = rows.loc[(name, "satisfaction", "response_rate"), "estimate"]
        assert rate == pytest.approx(truth[name]["answered"] / truth[name]["asked"], abs=0.02)
    assert "poststratified_mean" in rows.index.get_level_values("term")


def test_the_tiny_market_says_once_that_few_were_tested(company):
    head = company.page("IE").find("h2", id="learning")
    said = head.find_next("p").get_text()
    assert "10 people" in said
    rows = company.estimates.query("market == 'IE' and level == 'learning'")
    assert rows["estimate"].isna().all()
    assert company.page("IE").find("h2", id="retention") is None


def test_the_tiny_market_cannot_tell(company, effects):
    verdicts = company.estimates.query("market == 'IE' and measure == 'verdict'")
    assert len(verdicts)
    assert set(verdicts["decision"]) == {"measure_better"}
    for row in company.page("IE").select("table.scorecard tbody tr"):
        title = row.th.find(string=True, recursive=False).strip()
        effect = next(e for (m, _), e in effects.items() if m == "IE" and e.title == title)
        if not effect.effect.n_people >= 10:
            assert row.select_one("span.value") is None
            assert row.select_one("span.none") is not None
    assert "scale" not in set(verdicts["decision"])


def test_manifest_says_what_was_made(company):
    book = company.manifest
    assert (book["status"], book["exit_code"]) == ("complete", 0)
    made = {(e["report"], e["market"], e["status"]) for e in book["reports"]}
    assert made == {(report, market, "published") for report, market in PAGES}
    for entry in book["reports"]:
        assert (company.output / entry["path"]).is_file()
        assert entry["seconds"] > 0
    assert json.dumps(book).find("NaN") == -1


def test_numbers_are_read_in_the_locale():
    assert number("−1,5", "de") == -1.5
    assert numbers_of("+2,1 (1,3 bis 3,0)", "de") == [2.1, 1.3, 3.0]
    assert numbers_of("+2.1 (−1.3 to 3.0)", "en") == [2.1, -1.3, 3.0]
