"""The report on policy updates: every state has true words in five languages, and nothing gets past the gate."""

import functools
import math
import re

import numpy as np
import pandas as pd
import pytest

from tests.measures.test_policy_change import weeks
from tests.report.conftest import effect
from tne import say
from tne.measures.policy_change import policy_change
from tne.report.briefing import action_of
from tne.report.catalogue import LANGUAGES

DAY = pd.Timestamp("2026-03-30")
# name of the state -> weekly errors, with the margin of 2 points
STATES = {
    "back": weeks(n=5000, half_life=4),
    "maybe": weeks(n=250, half_life=6),
    "still": weeks(half_life=1000),
    "level": weeks(n=5000, rise=0.0),
    "unclear": weeks(n=60, rise=0.02, half_life=1000),
    "late": weeks(n=2000, rise=0.0),
    "soon": weeks(before=5),
    "hidden": weeks(people=7),
}
_LATE = STATES["late"]["policy_area"].eq("hate") & (STATES["late"]["period"] >= 12)
STATES["late"].loc[_LATE, "value"] += 0.05


def voice(language="en", **more):
    row = {"market": "DE", "name": "Germany", "language": language, "timezone": "Europe/Berlin"}
    return say.voice(row, report="briefing", as_of="2026-09-20T22:00Z", strict=True, **more)


@functools.cache
def around(state):
    return policy_change(STATES[state], area="hate", start=0)


def changed(said, *states, programme="", effects=()):
    calendar = pd.DataFrame(
        {"policy_area": "hate", "policy_version": f"v{i + 2}", "effective_on": DAY, "programme_id": programme}
        for i in range(len(states))
    )
    return say.changed(said, calendar, [around(state) for state in states], effects)


def text(block):
    return re.sub(r"<[^>]+>", " ", block.html)


@pytest.mark.parametrize("state", STATES)
def test_the_state_follows_from_the_weeks(state):
    assert changed(voice(), state)[0].state == state


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_every_state_has_words_in_every_language(language, state):
    said = voice(language)
    for programme, effects in (
        ("", ()),
        ("P1", [effect("P1", "keep")]),
        ("P1", [effect("P1", "revise", value=0.2, low=-0.4, high=0.8)]),
        ("P1", [effect("P1", "stop", value=-2.0, low=-3.0, high=-1.0)]),
        ("P1", [effect("P1", "measure_better", value=0.9, low=-1.0, high=2.8)]),
        ("P1", [effect("P1", "keep", people=6.0)]),
        ("P1", ()),
    ):
        items = changed(said, state, programme=programme, effects=effects)
        front = say.briefing_front(said, items, facts={"moderators": 165, "audits": 90_000})
        told = text(front) + text(say.change_text(said, items[0]))
        assert "{" not in told
        assert front.facts["headline"] in text(front)


def test_headlines_of_no_change_of_several_and_of_none_that_rose():
    said = voice()
    assert "No policy changed" in say.briefing_front(said, (), facts={}).facts["headline"]
    several = say.briefing_front(said, changed(said, "still", "back", "level"), facts={})
    assert several.facts["headline"] == "Errors rose with two of three new policies, and not all are back"
    none = say.briefing_front(said, changed(said, "level", "unclear"), facts={})
    assert none.facts["headline"] == "None of two changes of policy clearly raised errors in Germany"
    assert "Too few people" in say.briefing_front(said, changed(said, "hidden"), facts={}).facts["headline"]


def test_what_to_do_follows_from_the_state_and_the_briefing():
    said = voice()
    assert action_of(changed(said, "still")[0]) == ("brief", "trainer")
    works = changed(said, "still", programme="P1", effects=[effect("P1", "keep")])
    assert action_of(works[0])[0] == "remaining"
    useless = changed(
        said, "still", programme="P1", effects=[effect("P1", "revise", value=0.2, low=-0.4, high=0.8)]
    )
    assert action_of(useless[0])[0] == "revise"
    assert [
        action_of(changed(said, state)[0])[0] for state in ("back", "level", "unclear", "late", "soon")
    ] == [
        "done",
        "nothing",
        "watch",
        "watch",
        "wait",
    ]


def test_small_groups_have_no_number():
    said = voice()
    items = changed(said, "hidden")
    front = say.briefing_front(said, items, facts={})
    assert all(math.isnan(row["estimate"]) and row["note"] for row in front.rows)
    assert not re.search(r"\d[.,]\d", text(front))
    assert say.area_weeks(said, series("hidden"), items[0]).empty


def series(state):
    frame = STATES[state]
    return frame.assign(week=pd.Timestamp("2026-03-30") + pd.to_timedelta(7 * frame["period"], unit="D"))


def test_figure_holds_the_weeks_of_the_policy_and_of_the_others():
    said = voice()
    item = changed(said, "still")[0]
    shown = say.area_weeks(said, series("still"), item)
    assert set(shown["group"]) == {"changed", "others"}
    own = STATES["still"].query("policy_area == 'hate'")
    np.testing.assert_allclose(
        shown.loc[shown["group"].eq("changed"), "estimate"], 100 * (1 - own["value"]), atol=0.6
    )
    block = say.policy_weeks(said, item, shown, trained=pd.DataFrame({"week": [DAY], "n_people": [20]}))
    assert "Fewer decisions were right after the change" in block.html
    assert re.search(r'alt="[^"]*under the others', block.html)


def test_four_weeks_are_too_early_to_say_when_errors_are_back():
    said = voice()
    found = policy_change(weeks(after=4), area="hate", start=0)
    calendar = pd.DataFrame(
        {"policy_area": ["hate"], "policy_version": ["v2"], "effective_on": [DAY], "programme_id": [""]}
    )
    front = say.briefing_front(said, say.changed(said, calendar, [found]), facts={})
    assert "too early to say when" in front.html
    assert "they were still" not in text(front)
