"""The section on data quality: one sentence where all is well, what limits the report where it is not, nobody in it."""

import re
from types import SimpleNamespace

import pandas as pd
import pytest

from tne import say
from tne.report.catalogue import LANGUAGES
from tne.report.page import page
from tne.report.quality import share_text
from tne.tables.quality import COLUMNS
from tne.tables.quality_rows import FLAGS

MARKET = {"market": "DE", "name": "Germany", "language": "en", "timezone": "Europe/Berlin", "currency": "EUR"}
DAY = pd.Timestamp("2026-06-14")


def voice(language="en"):
    return say.voice(MARKET, language=language, as_of=DAY.tz_localize("UTC"), strict=True)


def row(table, check, kind, status="pass", **more):
    numbers = {"value": 0.14, "n": 140.0, "n_total": 1000.0, "n_people": 23.0, "n_people_total": 164.0}
    quiet = {"value": 0.0, "n": 0.0, "n_total": 1000.0, "n_people": 0.0, "n_people_total": 164.0}
    named = {"market": "DE", "table": table, "check": check, "kind": kind, "status": status}
    return named | (quiet if status == "pass" else numbers) | {"first": DAY, "last": DAY, "column": ""} | more


def found(*rows):
    frame = pd.DataFrame([{"market": "DE", "status": "pass"} | one for one in rows], columns=list(COLUMNS))
    return SimpleNamespace(
        to_frame=lambda: frame, rows={"audits": 12482, "enrolments": 43}, last={"audits": DAY}
    )


FINE = row("audits", "no_roster", "join"), row("audits", "few_in_week", "coverage", n=0.0)


def text(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def test_one_sentence_where_nothing_warns():
    block = say.quality(voice(), found(*FINE), decisive=("audits",))
    assert text(block.html).startswith(
        "Read up to 14 Jun 2026: Audits (12,480). The checks find nothing that changes the result."
    )
    assert block.facts["alert"] == ""
    assert "<li" not in block.html


def test_what_waits_in_quarantine_is_told_of_all_markets():
    aside = row(
        "audits", "quarantine", "quarantine", market="", column="order", n=31.0, n_total=15500.0, value=0.002
    )
    block = say.quality(voice(), found(*FINE, aside))
    assert "31 rows of all markets are set aside (0.2%)." in text(block.html)


def test_a_warning_says_what_it_does_who_acts_and_stands_on_the_first_screen():
    block = say.quality(voice(), found(row("audits", "no_roster", "join", "warn")), decisive=("audits",))
    said = text(block.html)
    assert (
        "One thing limits what the numbers say: ! Audits : 14% of the rows are of people whom the roster"
        in said
    )
    assert "Training analyst by 22 Jun 2026" in said  # a week later is a Sunday
    assert "14% of the rows" in text(block.facts["alert"])
    assert 'href="#quality"' in block.facts["alert"]
    whole = page([say.section(voice(), "quality"), block, say.provenance(voice(), {})], voice())
    assert whole.index("14% of the rows") < whole.index('id="quality"')


def test_a_warning_that_touches_no_verdict_stays_in_its_section():
    block = say.quality(voice(), found(row("surveys", "twice", "duplicates", "warn")), decisive=("audits",))
    assert block.facts["alert"] == ""
    assert "<strong>Survey answers</strong>" in block.html


def test_the_roster_is_said_once_for_all_exports_and_decisive_ones_come_first():
    rows = [row(table, "no_roster", "join", "warn") for table in ("appeals", "production", "audits")]
    rows.append(row("production", "stale", "freshness", "warn", n=27.0, value=27.0))
    block = say.quality(voice(), found(*rows), decisive=("audits",))
    strong = re.findall(r"<strong>(.*?)</strong>", block.html)
    assert strong == ["Audits, Appeals and Production", "Production"]
    assert "Nothing since 14 Jun 2026, 27 days before the other exports end." in text(block.html)


def test_a_hidden_number_of_rows_says_why():
    checked = found(*FINE)
    checked.rows |= {"responses": float("nan"), "audits": 500}
    block = say.quality(voice(), checked, decisive=("audits",))
    assert text(block.html).startswith(
        "Read up to 14 Jun 2026: Audits (500) and Test answers (fewer than 10 people)."
    )


def test_no_number_says_how_many_people_a_few_are():
    few = row("enrolments", "order_broken", "times", "warn", n=3.0, n_total=43.0, n_people=3.0, value=3 / 43)
    block = say.quality(voice(), found(few), decisive=("enrolments",))
    said = text(block.html)
    assert "< 10% of the rows cannot be right" in said.replace("&lt;", "<")
    assert "43" not in said  # rows of enrolments are people
    assert not re.search(r"\b3\b|7\.0", said)


@pytest.mark.parametrize(
    ("share", "n", "people", "says"),
    [
        (0.0, 0, 0, "0%"),
        (0.0004, 40, 20, "< 0.1%"),
        (0.031, 31, 12, "3.1%"),
        (0.31, 310, 80, "31%"),
        (0.31, 9, 9, "< 50%"),
    ],
)
def test_shares(share, n, people, says):
    assert share_text(voice(), share, n, people) == says


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_can_be_said_in_every_language(language):
    others = [
        ("stale", "freshness"),
        ("not_followed", "freshness"),
        ("future", "times"),
        ("few_in_week", "coverage"),
        ("many_in_week", "coverage"),
        ("quarantine", "quarantine"),
        *((f"drift_{kind}", "drift") for kind in ("past", "nulls", "share", "scale", "values")),
    ]
    kinds = [*((flag, kind) for flag, (kind, _) in FLAGS.items()), *others]
    for check, kind in kinds:
        one = row("audits", check, kind, "warn", column="queue", n=12.0)
        block = say.quality(voice(language), found(one), decisive=("audits",))
        assert "<li" in block.html
        assert "{" not in block.html


def test_markets_are_named_where_a_report_spans_them():
    block = say.quality(voice(), found(row("audits", "twice", "duplicates", "warn")), names={"DE": "Germany"})
    assert "<strong>Germany · Audits</strong>" in block.html


def test_without_any_row_nothing_is_said():
    nothing = SimpleNamespace(to_frame=lambda: found().to_frame(), rows={"audits": 0}, last={})
    assert say.quality(voice(), nothing).html == ""
