"""The weekly report: every state has true words in five languages, and nothing gets past the gate."""

import functools
import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest

from tne import say
from tne.measures.weekly import weekly_signals
from tne.report.catalogue import LANGUAGES
from tne.report.weekly_state import SHOWN, events_of
from tne.report.weekly_words import ROLES, event_words

FIRST = pd.Timestamp("2026-01-05")
PERIOD = (FIRST - pd.Timestamp("1970-01-05")).days // 7
WEEKS = 30
LEVEL = np.tile([50.0, 51.0, 49.5, 50.5], 8)[:WEEKS]
KINDS = {"error_rate": "share", "overturn_rate": "share", "appeal_rate": "rate"}
NOTHING = pd.DataFrame({"week": pd.to_datetime([]), "event": [], "what": [], "on": [], "n_people": []})
# state -> what the last week is multiplied by, people, weeks, total
STATES = {
    "usual": (1.0, 40, WEEKS, 4000),
    "above": (1.6, 40, WEEKS, 4000),
    "below": (0.4, 40, WEEKS, 4000),
    "hidden": (1.6, 7, WEEKS, 4000),
    "short": (1.6, 40, 5, 4000),
    "few": (1.0, 40, WEEKS, 8),
}

SIDES = ("above", "below")


def voice(language="en", **more):
    row = {"market": "DE", "name": "Germany", "language": language, "timezone": "Europe/Berlin"}
    return say.voice(row, report="weekly", as_of="2026-08-03T22:30Z", strict=True, **more)


def series(measure, state="usual", provisional=0):
    times, people, weeks, total = STATES[state]
    kind = KINDS.get(measure, "level")
    value = LEVEL[:weeks] / (500 if kind == "share" else 1)
    if kind == "rate" and state == "few":
        value = value / 100
    value[-1 - provisional] *= times
    late = np.arange(weeks) >= weeks - provisional
    return pd.DataFrame(
        {"period": PERIOD + np.arange(weeks), "value": value, "total": total, "n": 4000, "n_people": people}
    ).assign(late=late)


@functools.cache
def judged(measure, state="usual", provisional=0):
    kind = KINDS.get(measure, "level")
    asked = {"value": "value", "period": "period", "total": "total", "provisional": "late"}
    unit = "share" if kind == "share" else "cases"
    return weekly_signals(series(measure, state, provisional), **asked, kind=kind, unit=unit)


def items(said, events=NOTHING, **states):
    return say.weekly_items(said, {name: judged(name, state) for name, state in states.items()}, events)


def text(block):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", block.html))


def happened():
    week = FIRST + pd.Timedelta(weeks=WEEKS - 1)
    rows = [
        {"event": "policy", "what": "hateful_conduct", "on": week},
        {"event": "training", "what": "A course", "n_people": 42.0},
        {"event": "training", "what": "A small course", "n_people": 6.0},
        {"event": "new_queue", "what": "live_video", "on": week},
        {"event": "joined", "n_people": 12.0},
        {"event": "moved", "n_people": 4.0},
        {"event": "few_at_work"},
        {"event": "audit_sample"},
        {"event": "clock", "on": week},
    ]
    frame = pd.DataFrame(rows).assign(week=week)
    return frame.assign(what=frame["what"].fillna(""), on=pd.to_datetime(frame["on"]))


@pytest.mark.parametrize(("measure", "state"), list(itertools.product(SHOWN, STATES)))
def test_the_state_follows_from_the_weeks(measure, state):
    expected = "usual" if state == "few" and measure not in KINDS else state
    assert items(voice(), **{measure: state})[0].state == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_every_state_has_words_in_every_language(language, state):
    said = voice(language)
    for states in (dict.fromkeys(SHOWN, state), *({name: state} for name in SHOWN if state in SIDES)):
        found = items(said, happened(), **states)
        front = say.weekly_front(said, found, facts={"moderators": 145, "audits": 90_000}, per_year=1.0)
        told = (
            text(front)
            + text(say.weekly_caveat(said, found))
            + text(say.weekly_list(said, found, happened()))
        )
        assert "{" not in told
        assert front.facts["headline"] in text(front)


def test_headlines():
    said = voice()

    def headline(**states):
        return say.weekly_front(said, items(said, **states), facts={}).facts["headline"]

    assert headline() == "Germany: no production and no audits to show yet"
    assert (
        headline(error_rate="usual", cases_per_day="short")
        == "Germany: nothing unusual in the last full week"
    )
    assert headline(error_rate="hidden") == "Germany: too little data to say what is unusual"
    assert (
        headline(error_rate="above", cases_per_day="usual") == "Germany: more decisions were wrong than usual"
    )
    both = headline(error_rate="above", cases_per_day="below", handle_seconds="usual", appeal_rate="hidden")
    assert both == "Germany: two of three measures lay outside their usual range"


def test_each_signal_names_what_to_look_at_by_whom_and_by_when():
    """The last data are of 4 August in Berlin, an hour and a half after 22:30 UTC."""
    said = voice()
    for (measure, side), role in ROLES.items():
        found = items(said, **{measure: side})
        cell = re.search(r'<td class="c-action">(.*?)</td>', say.weekly_front(said, found, facts={}).html)[1]
        assert said.text(f"weekly.look_{measure}_{side}") in cell.replace("&#x27;", "'")
        assert said.code("role", role).lower() in cell.lower()
        assert "11 Aug 2026" in cell
    quiet = say.weekly_front(said, items(said, error_rate="usual"), facts={}).html
    assert "Nothing to do" in quiet
    assert "11 Aug" not in quiet


def test_what_coincides_is_never_called_a_cause_and_small_groups_are_left_out():
    said = voice()
    front = text(say.weekly_front(said, items(said, happened(), error_rate="above"), facts={}))
    assert "It coincides with: new policy “hateful conduct” from 27 Jul 2026" in front
    assert "not a proof of the cause" in front
    assert "“A course”, 40 people finished" in front
    assert "A small course" not in front
    assert "changed teams" not in front
    assert "10 people joined" in front
    alone = text(say.weekly_front(said, items(said, error_rate="above"), facts={}))
    assert "Nothing on record coincides with it." in alone


def test_events_are_said_once_and_rounded():
    twice = pd.concat([happened(), happened().assign(n_people=lambda f: f["n_people"] - 20)])
    own = events_of(voice(), twice, happened()["week"].iloc[0])
    assert [event["what"] for event in own].count("A course") == 1
    assert any("40 people" in words for words in event_words(voice(), own))


def test_shares_are_per_cent_and_the_range_ends_at_zero():
    said = voice()
    found = items(said, error_rate="usual")[0]
    assert found.value == pytest.approx(100 * series("error_rate")["value"].iloc[-1])
    assert 0 <= found.low < found.value < found.high <= 100
    assert found.weeks["lower"].min() >= 0


def test_small_groups_have_no_number():
    said = voice()
    found = items(said, error_rate="hidden")
    front = say.weekly_front(said, found, facts={})
    assert all(math.isnan(row["estimate"]) and row["note"] for row in front.rows)
    assert not re.search(r"\d[.,]\d", text(front))
    assert found[0].weeks[["estimate", "lower", "upper", "centre"]].isna().all(axis=None)
    assert not found[0].weeks["signal"].any()
    assert say.weekly_charts(said, found) == []
    assert "No week of the data" in text(say.weekly_list(said, found, NOTHING))


def test_one_week_with_few_people_is_hidden_alone():
    said = voice()
    data = series("cases_per_day")
    data.loc[12, "n_people"] = 6
    asked = {"value": "value", "period": "period", "total": "total"}
    found = say.weekly_items(said, {"cases_per_day": weekly_signals(data, **asked)}, NOTHING)[0]
    assert found.weeks["estimate"].isna().sum() == 1
    assert found.state == "usual"
    block = say.weekly_charts(said, [found])[0]
    assert "fewer than 10 people" in block.html


def test_rows_hold_the_week_its_usual_range_and_the_change():
    said = voice()
    rows = {row["term"]: row for row in items(said, cases_per_day="above")[0].rows}
    assert set(rows) == {"week", "usual_range", "change"}
    assert rows["week"]["estimate"] == pytest.approx(LEVEL[-1] * 1.6, rel=0.01)
    assert (
        rows["usual_range"]["conf_low"] < rows["usual_range"]["estimate"] < rows["usual_range"]["conf_high"]
    )
    assert rows["usual_range"]["conf_high"] < rows["week"]["estimate"]
    assert rows["usual_range"]["conf_level"] == 0.9973


def test_provisional_weeks_are_marked_and_not_judged():
    said = voice()
    found = say.weekly_items(said, {"error_rate": judged("error_rate", "above", provisional=2)}, NOTHING)[0]
    assert found.state == "above"
    assert found.week == FIRST + pd.Timedelta(weeks=WEEKS - 3)
    front = text(say.weekly_front(said, [found], facts={}))
    assert "the weeks of 20 Jul 2026 and 27 Jul 2026" in front
    assert "Provisional and not judged" in front


def test_provisional_weeks_are_told_of_the_measures_that_they_concern():
    late = {"error_rate": 0, "appeal_rate": 1, "overturn_rate": 1, "exposure_minutes": 2}
    found = {name: judged(name, provisional=k) for name, k in late.items()}
    said = voice()
    items = say.weekly_items(said, found, NOTHING)
    front = text(say.weekly_front(said, items, facts={}))
    assert "the week of 27 Jul 2026 (Appeals, Overturned decisions)" in front
    assert "the weeks of 20 Jul 2026 and 27 Jul 2026 (Exposure)" in front
    assert front.count("Provisional and not judged") == 2
    assert "(Wrong decisions" not in front


def test_an_empty_week_is_a_gap_with_its_reason():
    said = voice()
    data = series("cases_per_day").drop(index=10)
    asked = {"value": "value", "period": "period", "total": "total"}
    found = say.weekly_items(said, {"cases_per_day": weekly_signals(data, **asked)}, NOTHING)[0]
    assert found.weeks["note"].iloc[10] == "empty_week"
    block = say.weekly_charts(said, [found])[0]
    assert "nothing was counted in this week" in block.html
    assert re.search(r'alt="29 weeks from 5 Jan 2026 to 27 Jul 2026\. No week lies', block.html)


def test_the_figure_says_the_furthest_week_in_words():
    said = voice()
    found = items(said, cases_per_day="above")
    block = say.weekly_charts(said, found)[0]
    assert "some weeks lay outside their usual range" in block.html
    value = said.number(found[0].value, found[0].decimals)
    assert re.search(
        rf'alt="[^"]*Outside their usual range: 1; the furthest is the week of 27 Jul 2026 with {value}',
        block.html,
    )


def test_days_of_few_people_have_no_numbers():
    said = voice()
    days = pd.DataFrame(
        {
            "measure": "cases_per_day",
            "day": pd.date_range(FIRST, periods=3),
            "value": [251.2, 260.4, 244.9],
            "total": [30, 40, 6],
            "n": [30, 40, 6],
            "n_people": [30, 40, 6],
        }
    )
    shown = text(say.weekly_days(said, days, FIRST))
    assert "260" in shown
    assert "245" not in shown
    assert "251" not in shown, "with the week's number it would give the hidden day away"
    assert "so that another number stays hidden" in shown
    assert "fewer than 10 people" in shown
    assert "fewer than 10 people" in text(say.weekly_days(said, days.tail(1), FIRST))
    assert "no days" in text(say.weekly_days(said, days.head(0), FIRST))


def test_shares_of_a_day_have_an_interval_and_no_exact_zero():
    """Wilson's limits of 3 in 60 are 1.7 and 13.7 per cent (Newcombe 1998, formula 3)."""
    days = pd.DataFrame(
        {
            "measure": "error_rate",
            "day": pd.date_range(FIRST, periods=3),
            "value": [3 / 60, 0.0, 1.0],
            "total": [60.0, 60.0, 60.0],
            "n": [60, 60, 60],
            "n_people": [30, 30, 30],
        }
    )
    shown = text(say.weekly_days(voice(), days, FIRST))
    assert "5.0 (1.7 to 13.7)" in shown
    assert "below 5 %" in shown
    assert "above 95 %" in shown
    assert not re.search(r"\b(0\.0|100\.0|0|100) \(", shown.replace("5.0 (", ""))


@pytest.mark.parametrize(("value", "words"), [(0.0, "below 5 %"), (1.0, "above 95 %")])
def test_a_share_of_nothing_or_all_has_no_exact_number_anywhere(value, words):
    said = voice()
    data = series("overturn_rate")
    data.loc[[12, WEEKS - 1], "value"] = value
    asked = {"value": "value", "period": "period", "total": "total"}
    found = say.weekly_items(
        said, {"overturn_rate": weekly_signals(data, **asked, kind="share", unit="share")}, NOTHING
    )
    assert found[0].moved
    front = say.weekly_front(said, found, facts={})
    rows = {row["term"]: row for row in front.rows}
    cell = re.search(r'<td class="c-change"(.*?)</td>', front.html)[1]
    assert words in cell
    assert "data-v" not in cell
    assert "change" not in cell
    assert all(math.isnan(rows[term]["estimate"]) and rows[term]["note"] for term in ("week", "change"))
    chart, listed = say.weekly_charts(said, found)[0], say.weekly_list(said, found, NOTHING)
    exact = rf"\b{100 * value:.0f}\.0\b"
    assert not re.search(exact, text(chart) + text(listed) + re.search(r'alt="([^"]*)"', chart.html)[1])
    assert words in text(chart)
    assert "Outside their usual range: 2, below 5% or above 95%" in chart.html


@pytest.mark.parametrize("people", [7.0, math.nan])
def test_a_hidden_week_leaves_no_trace_in_the_weeks_after_it(people):
    """Two histories that differ in the hidden week alone show the same: nobody can reckon it from later ranges."""

    def shown(times):
        frame = series("cases_per_day").astype({"n_people": float})
        frame.loc[20, "n_people"] = people
        frame.loc[20, "value"] *= times
        asked = {"value": "value", "period": "period", "total": "total", "provisional": "late"}
        found = weekly_signals(frame, **asked, unit="cases", fewest_people=10)
        return say.weekly_items(voice(), {"cases_per_day": found}, NOTHING)[0]

    one, other = shown(1.0), shown(1.3)
    pd.testing.assert_frame_equal(one.weeks, other.weeks)
    assert (one.value, one.low, one.high, one.change) == (other.value, other.low, other.high, other.change)
    assert one.weeks["estimate"].isna().sum() == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_week_that_few_people_dominate_is_not_said_to_have_few_people(language):
    said = voice(language)
    frame = series("cases_per_day").assign(n_people=math.nan)
    found = weekly_signals(
        frame, value="value", period="period", total="total", unit="cases", fewest_people=10
    )
    item = say.weekly_items(said, {"cases_per_day": found}, NOTHING)[0]
    html = say.weekly_front(said, [item], facts={}).html
    told = text(type("Html", (), {"html": html[html.index("<tbody>") :]}))
    assert item.state == "hidden"
    assert said.text("note.few_dominate") in told
    assert said.text("note.few_people", min_n=10) not in told
    assert set(item.weeks["note"]) == {"few_dominate"}
    assert item.rows[0]["note"] == voice("en").text("note.few_dominate")


def test_no_row_has_decimals_that_its_measure_was_not_rounded_to():
    """The last week is known to whole cases, as few days stand behind it: narrower ranges before it add no ".0"."""
    frame = series("cases_per_day", "above").assign(total=[4000] * (WEEKS - 1) + [20])
    frame["value"] = 2 * frame["value"] + 17
    found = weekly_signals(
        frame, value="value", period="period", total="total", unit="cases", fewest_people=10
    )
    item = say.weekly_items(voice(), {"cases_per_day": found}, NOTHING)[0]
    assert item.decimals == 0
    chart = say.weekly_charts(voice(), [item])[0].html
    listed = say.weekly_list(voice(), [item], NOTHING).html
    assert "117" in chart
    for html in (chart[chart.index("<table>") :], listed):
        assert not re.search(r"\d\.\d", text(type("Html", (), {"html": html})))
