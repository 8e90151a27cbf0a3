"""Pages of the house's own functions, read back: nothing of the first screen, the figures or the tables is lost."""

import datetime as dt
import io

import numpy as np
import openpyxl
import pandas as pd
import pytest

from tests.report import test_assessment_words, test_briefing
from tne import figures, say
from tne.measures.assessment import assessment_summary
from tne.report.catalogue import LANGUAGES
from tne.report.formats.reading import read_page
from tne.report.formats.workbook import workbook

WEEKS = np.arange(-4, 5)
FRAME = pd.DataFrame(
    {
        "event_time": WEEKS,
        "estimate": np.where(WEEKS < 0, 0.1, 2.4137),
        "conf_low": np.where(WEEKS < 0, -0.9, 1.3402),
        "conf_high": np.where(WEEKS < 0, 1.1, 3.4871),
        "conf_level": 0.95,
        "unit": "points",
        "n_people": 45,
        "n": 400,
        "term": [f"e{week}" for week in WEEKS],
        "note": "",
    }
)


@pytest.fixture
def built(speak, make_effect):
    def build(language="en", title="Programme P1"):
        voice = speak(language)
        drawn = figures.event_study(FRAME, voice=voice)
        effects = [
            make_effect("P1", title=title),
            make_effect("P2", action="measure_better", value=-0.13, low=-1.7, high=1.6, detectable=3.3),
            make_effect("P3", people=6.0),
        ]
        values = figures.event_study_values(FRAME)
        blocks = [
            say.front(voice, effects, facts={"moderators": 165, "audits": 92970, "status": "final"}),
            say.section(voice, "behaviour", finding="rose"),
            say.caveat(voice, "policy_change", date=dt.date(2026, 7, 20)),
            say.figure(voice, "event_study", drawn, table=FRAME, values=values, of=title, finding="rose"),
            say.provenance(voice, {"contact": "team@example.org"}),
        ]
        return say.page(blocks, voice, run={"run_id": "abc123"})

    return build


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_screen_is_read_back_in_every_language(built, language):
    found = read_page(built(language))
    rows = {row.name: row for row in found.scorecard.rows}
    assert set(rows) == {"Programme P1", "Programme P2", "Programme P3"}
    told = rows["Programme P1"]
    assert (told.state, told.letter) == ("effective", "B")
    assert (told.number.value, told.number.low, told.number.high) == ("2.4", "1.3", "3.5")
    for part in (told.people, told.change, told.evidence, told.precision, told.action, told.who):
        assert part
    assert (rows["Programme P3"].state, rows["Programme P3"].number.value) == ("hidden", "")
    assert len(found.scorecard.heads) == 4
    assert len(found.asides) == 2
    assert all(aside.title and aside.lines for aside in found.asides)
    assert len(found.facts) >= 4
    assert found.headline
    assert found.standfirst
    assert found.kicker
    assert found.run_id == "abc123"
    assert found.about_title
    assert any("team@example.org" in said for _, said in found.about)


def test_figure_is_read_back_with_words_image_table_and_caveat(built):
    (figure,) = read_page(built()).figures
    assert figure.title.startswith("Programme P1: ")
    assert "2.4" in figure.alt
    assert figure.image[:4] == b"RIFF"
    assert figure.section_id == "behaviour"
    assert len(figure.caveats) == 1
    assert [cell.value for cell in figure.table.rows[-1]][:2] == ["4", "2.4"]
    assert (figure.table.rows[-1][2].low, figure.table.rows[-1][2].high) == ("1.3", "3.5")


def test_scorecard_of_the_workbook_holds_the_published_numbers(built):
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(read_page(built())))).worksheets[1]
    lines = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=5, max_row=7)]
    by_name = {line[0]: line for line in lines}
    assert by_name["Programme P1"][2:5] == [2.4, 1.3, 3.5]
    assert by_name["Programme P2"][2:5] == [-0.1, -1.7, 1.6]
    assert by_name["Programme P3"][2:5] == [None, None, None]


def test_titles_from_data_stay_text(built):
    title = '=1+1 <script>alert("x")</script> & co'
    found = read_page(built(title=title))
    assert title in {row.name for row in found.scorecard.rows}
    assert found.figures[0].title.startswith(f"{title}: ")


def scorecard_of(front, voice):
    """Return the rows of the first screen's sheet as {header: [cells]}, and what the page shows of each."""
    found = read_page(say.page([front], voice, run={"run_id": "abc123"}))
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(found))).worksheets[1]
    n = len(found.scorecard.rows)
    columns = {
        cell.value: [sheet.cell(5 + i, cell.column) for i in range(n)] for cell in sheet[4] if cell.value
    }
    return found.scorecard, columns


def numbers(voice, head, columns):
    ends = [voice.text(f"format.{end}", label=head) for end in ("low", "high")]
    return list(zip(*([cell.value for cell in columns[name]] for name in (head, *ends)), strict=True))


@pytest.mark.parametrize("language", LANGUAGES)
def test_rise_of_errors_is_a_number_in_the_workbook(language):
    voice = test_briefing.voice(language)
    items = test_briefing.changed(voice, "still", "back", "hidden", "soon")
    card, columns = scorecard_of(say.briefing_front(voice, items, facts={}), voice)
    for row, (value, low, high) in zip(card.rows, numbers(voice, card.heads[1], columns), strict=True):
        if value is not None:
            assert row.change.startswith(f"{voice.points(value)} ({voice.interval(low, high)})")
        else:
            assert (low, high) == (None, None)
    assert [row.number.value != "" for row in card.rows] == [True, True, False, False]
    assert columns[card.heads[1]][0].number_format.startswith("+")


@pytest.mark.parametrize("language", [lang for lang in LANGUAGES if lang != "ar"])
def test_reliability_is_a_number_in_the_workbook(speak, language):
    voice = speak(language, report="assessment")
    sizes = {"large": (130, 120, 110), "small": (14, 150, 150)}
    tests = [
        test
        for name, n in sizes.items()
        for test in test_assessment_words.told(
            voice, assessment_summary(test_assessment_words.answers(n), market="DE"), title=name
        )
    ]
    card, columns = scorecard_of(say.tests_front(voice, tests, facts={"tested": 130}), voice)
    first, second = numbers(voice, card.heads[1], columns)
    value, low, high = (voice.number(number, 2) for number in first)
    assert value in card.rows[0].change
    assert voice.text("interval.between", low=low, high=high) in card.rows[0].change
    assert second == (None, None, None)
    assert columns[card.heads[1]][0].number_format == "#,##0.00"  # a reliability has no sign
