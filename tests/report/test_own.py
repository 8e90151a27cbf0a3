"""A report of one's own speaks in its own words, and no number comes in with them."""

import pandas as pd
import pytest

import tne
from tne.report.disclosure import publishable_frame

VOICE = tne.say.voice({"market": "IE", "name": "Ireland", "language": "en-IE"}, report="queue-accuracy")
FRAME = publishable_frame(
    pd.DataFrame(
        {
            "queue": ["text"],
            "estimate": [0.87],
            "conf_low": [0.8],
            "conf_high": [0.9],
            "n": [200],
            "n_people": [40],
        }
    ).assign(unit="share", note="")
)


def test_words_are_escaped_and_stand_where_they_belong():
    front = tne.say.own_front(
        VOICE, "Which <queue>?", "All & each.", facts={"moderators": 41, "data_to": None}
    )
    assert front.kind == "front"
    assert "<h1>Which &lt;queue&gt;?</h1>" in front.html
    assert "All &amp; each." in front.html
    assert "queue accuracy · Ireland" in front.html
    assert "41" not in front.html  # people are rounded
    section = tne.say.own_section(VOICE, "Queue by queue")
    assert (section.kind, section.facts["anchor"]) == ("section", "queue-by-queue")
    assert tne.say.own_text(VOICE, "Test cases do not count.").html == "<p>Test cases do not count.</p>"


@pytest.mark.parametrize("text", ["One of 3 people", "٣", "in 2026"])
def test_numbers_come_through_a_gate_only(text):
    for make in (tne.say.own_front, tne.say.own_section, tne.say.own_text):
        with pytest.raises(ValueError, match="no gate reads them"):
            make(VOICE, text)


def test_a_table_and_a_figure_take_their_title_from_the_words_given():
    table = tne.say.table(
        VOICE, "own", FRAME, of="Right decisions", columns={"queue": "Queue", "estimate": "Right"}
    )
    assert "<caption>Right decisions</caption>" in table.html
    axes = tne.figures.forest(FRAME, "queue", voice=VOICE)
    drawn = tne.say.figure(VOICE, "own", axes, table=FRAME, values={}, of="Right decisions")
    assert "<h3>Right decisions</h3>" in drawn.html
    assert 'id="figure-own-right-decisions"' in drawn.html


def test_an_own_report_goes_by_its_name():
    assert VOICE.code("report", "queue-accuracy") == "queue accuracy"
    assert VOICE.code("report", "weekly") == "Weekly production and quality"
    assert VOICE.code("report", "") == "Report"
