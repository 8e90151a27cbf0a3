"""The report over all markets: verdicts as the markets have them, flags by rule, small groups hidden."""

import datetime as dt
import json
import math
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import tne
from tne import say
from tne.report.catalogue import LANGUAGES
from tne.report.estimates_columns import COLUMNS
from tne.report.portfolio_flags import FLAGS, Evidence, flags
from tne.report.portfolio_programme import MIXED
from tne.report.portfolio_register import STAGES
from tne.runs.gate import check_rows

NAN = math.nan
NAMES = {"DE": "Germany", "ES": "Spain", "FR": "France", "IE": "Ireland"}
MARKETS = pd.DataFrame(
    {"market": list(NAMES), "name": list(NAMES.values()), "language": ["de-DE", "es-ES", "fr-FR", "en-IE"]}
)
TODAY = pd.Timestamp("2026-09-30")


def voice(language="en", **more):
    row = {"market": "all", "name": "Demo", "language": language}
    return say.voice(row, report="portfolio", as_of="2026-09-30T20:00Z", strict=True, **more)


def text(html):
    plain = re.sub(r"[\u2066-\u2069]", "", re.sub(r"<[^>]+>", " ", html))
    return " ".join(plain.split())


@pytest.fixture
def make(make_effect):
    """Effects of one programme by market from (action, value), half a point of standard error each."""

    def effects(name="P1", people=44.0, **by_market):
        out = {}
        for market, (action, value) in by_market.items():
            low, high = value - 0.98, value + 0.98
            effect = make_effect(name, action, value, low, high, people=people)
            object.__setattr__(effect.effect, "std_error", 0.5)
            object.__setattr__(effect.effect, "p_value", 0.01)
            out[name, market] = effect
        return out

    return effects


def test_the_range_for_a_further_market_allows_for_an_unknown_spread():
    from pathlib import Path

    cells = (Path(__file__).parents[2] / "notebooks" / "reports" / "portfolio.ipynb").read_text("utf-8")
    assert cells.count("tne.pool(") == cells.count('prediction=\\"confidence\\"') == 1


def pooled(said, effects):
    found = say.poolable(said, effects, NAMES)
    return found, {
        name: tne.pool(part, prediction="confidence")
        for name, part in found.groupby("programme_id")
        if len(part) > 1
    }


def overall(said, effects):
    return say.overall(said, effects, pooled(said, effects)[1], NAMES)


def front(said, effects, **more):
    return say.portfolio_front(said, overall(said, effects), facts={}, begun=1, **more)


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        (("scale", "measure_better"), "effective"),
        (("keep", "keep"), "effective"),
        (("scale", "revise"), MIXED),
        (("keep", "stop"), MIXED),
        (("revise", "measure_better"), "not_effective"),
        (("measure_better", "measure_better"), "cannot_tell"),
    ],
)
def test_the_verdict_of_a_programme_follows_from_those_of_its_markets(make, actions, state):
    value = {"scale": 3.0, "keep": 2.0, "revise": 0.1, "stop": 0.1, "measure_better": 0.4}
    effects = make(**{m: (a, value[a]) for m, a in zip(("DE", "ES"), actions, strict=True)})
    assert overall(voice(), effects)[0].state == state


def test_a_pooled_effect_alone_recommends_nothing(make):
    """Three markets, each open: together they exclude zero, and still nobody is told to scale or keep."""
    effects = make(DE=("measure_better", 1.3), ES=("measure_better", 1.3), FR=("measure_better", 1.3))
    said = voice()
    item = overall(said, effects)[0]
    assert item.effect["conf_low"] > 0
    assert item.state == "cannot_tell"
    assert {action for action, *_ in item.actions()} == {"measure_better"}
    assert "cannot tell yet" in text(front(said, effects).html)


def test_harm_in_one_market_is_said_first(make):
    said = voice()
    effects = make(DE=("stop", -2.0), ES=("measure_better", 0.2))
    item = overall(said, effects)[0]
    assert item.state == "harmful"
    shown = text(front(said, effects).html)
    assert "After Programme P1 decisions got worse: Germany" in shown
    assert "Stop: Programme P1 (Germany; training lead, by 30 Oct 2026)" in shown


def test_the_pooled_number_is_that_of_the_library_and_the_hidden_market_is_not_in_it(make):
    said = voice()
    effects = make(DE=("scale", 3.0), ES=("keep", 2.0), FR=("keep", 2.4)) | make(people=6.0, IE=("keep", 9.0))
    found, pools = pooled(said, effects)
    assert list(found["market"]) == ["DE", "ES", "FR"], "with Ireland the mean would give it away"
    own = tne.pool(pd.DataFrame({"estimate": [3.0, 2.0, 2.4], "std_error": 0.5}), prediction="confidence")
    assert pools["P1"].mean.estimate == pytest.approx(own.mean.estimate)
    item = overall(said, effects)[0]
    assert item.effect["estimate"] == pytest.approx(own.mean.estimate, abs=0.051)
    assert (item.low, item.high) == pytest.approx(tuple(own.prediction), abs=0.051)
    assert item.effect["n_people"] == 130, "44 people in each of three, rounded to 5"
    shown = text(front(said, effects).html)
    assert "fewer than 10 people: Ireland" in shown
    assert "9.0" not in shown


def test_markets_without_a_comparison_are_not_pooled(make):
    said = voice()
    effects = make(DE=("keep", 2.0), ES=("measure_better", 1.0))
    effects["P1", "ES"].grade.letter = "D"
    item = overall(said, effects)[0]
    assert item.pooled == 1
    assert item.effect["estimate"] == 2.0
    assert "one market alone can be compared" in text(front(said, effects).html)
    effects["P1", "DE"].grade.letter = "D"
    item = overall(said, effects)[0]
    assert not item.shown
    assert "there is no fair comparison" in text(front(said, effects).html)


def test_with_two_markets_what_to_expect_in_a_third_may_be_unknown(make):
    said = voice()
    effects = make(DE=("keep", 2.0), ES=("keep", 2.2))
    _, pools = pooled(said, effects)
    blind = SimpleNamespace(mean=pools["P1"].mean, prediction=(NAN, NAN), shrunken=pools["P1"].shrunken)
    items = say.overall(said, effects, {"P1": blind}, NAMES)
    shown = text(say.portfolio_front(said, items, facts={}, begun=1).html)
    assert "too few markets to say what to expect in a further one" in shown


def test_the_first_screen_names_what_to_decide_with_role_and_date(make):
    said = voice()
    effects = make("P1", DE=("scale", 3.0), ES=("keep", 2.0)) | make("P2", DE=("revise", 0.1))
    due = [{"title": "New one", "role": "programme_owner", "due": dt.date(2026, 10, 4)}]
    block = front(said, effects, due=due)
    shown = text(block.html)
    assert (
        block.facts["headline"]
        == "One of two programmes improved decisions; one brought nothing worth having"
    )
    order = ["Freeze the plan: New one (programme owner, by 4 Oct 2026)", "Revise: Programme P2 (Germany;",
             "Scale: Programme P1 (Germany;"]  # fmt: skip
    places = [shown.index(part) for part in order]
    assert places == sorted(places)
    assert shown.index("To decide, by the day named:") < places[0]


def test_what_was_recommended_before_is_said_to_be_open_since_then(make):
    """Days count from the last day of the data: without this a decision that nobody takes is never late."""
    said = voice()
    now = overall(said, make(DE=("scale", 3.0), ES=("scale", 3.0)) | make("P2", DE=("revise", 0.1)))
    then = overall(said, make(DE=("scale", 3.0), ES=("measure_better", 1.0)) | make("P2", DE=("revise", 0.1)))
    day = then[0].actions()[0][2]
    shown = text(
        say.portfolio_front(
            said, now, facts={}, previous=then, since=pd.Timestamp("2026-06-30"), begun=2
        ).html
    )
    when = said.date(day)
    assert f"Already recommended on 30 Jun 2026, by {when}: Germany." in shown
    assert re.search(
        rf"Revise: Programme P2 \(Germany; [^)]*\)\. Already recommended on 30 Jun 2026, by {when}\. Scale",
        shown,
    )
    first = text(say.portfolio_front(said, now, facts={}, begun=2).html)
    assert "Already" not in first


def test_nothing_to_decide_is_said_with_what_comes_next(make):
    said = voice()
    effects = make(DE=("measure_better", 0.4))
    far = [{"title": "New one", "role": "programme_owner", "due": dt.date(2026, 12, 1)}]
    shown = text(front(said, effects, due=far).html)
    assert (
        "Nothing has to be decided now. Next: Freeze the plan: New one (programme owner, by 1 Dec 2026)."
        in shown
    )
    assert "To decide" not in shown


def test_changes_are_told_by_market_and_small_moves_are_no_news(make):
    said = voice()
    now = overall(said, make(DE=("scale", 3.0), ES=("keep", 2.0), FR=("measure_better", 0.5)))
    then = overall(said, make(DE=("measure_better", 2.95), ES=("measure_better", 2.0)))
    day = pd.Timestamp("2026-06-30")
    shown = text(say.portfolio_front(said, now, facts={}, previous=then, since=day).html)
    assert "Compared with what was known on 30 Jun 2026" in shown
    assert "Programme P1 (Germany): from “Measure better” to “Scale”" in shown
    assert "Programme P1 (Spain): from “Measure better” to “Keep”" in shown
    assert "Programme P1 has reached more markets: France" in shown
    same = text(say.portfolio_front(said, now, facts={}, previous=now).html)
    assert "No recommendation has changed" in same
    assert "first report of this kind" in text(say.portfolio_front(said, now, facts={}).html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_words_in_every_language(make, language):
    said = voice(language)
    mixes = (
        {"DE": ("scale", 3.0), "ES": ("keep", 2.0), "FR": ("measure_better", 0.4)},
        {"DE": ("scale", 3.0), "ES": ("revise", 0.1)},
        {"DE": ("stop", -2.0), "ES": ("measure_better", 0.4)},
        {"DE": ("revise", 0.1), "ES": ("revise", 0.2)},
        {"DE": ("measure_better", 0.4)},
    )
    due = [{"title": "New one", "role": "programme_owner", "due": dt.date(2026, 10, 4)}]
    every = {}
    for k, mix in enumerate(mixes):
        effects = make(f"P{k}", **mix)
        every |= effects
        shown = text(front(said, effects, due=due, previous=[], since=TODAY).html)
        assert not re.search(r"{\w*}|\bnan\b|_", shown)
    assert front(said, every).facts["headline"]
    for begun, planned in ((0, 0), (0, 2), (3, 0)):
        block = say.portfolio_front(said, (), facts={}, begun=begun, planned=planned, due=due)
        assert block.facts["headline"]
        assert not re.search(r"{\w*}|\bnan\b|_", text(block.html))


def test_too_few_people_everywhere_is_all_that_is_said(make):
    said = voice()
    shown = text(front(said, make(people=6.0, DE=("scale", 3.0), ES=("keep", 2.0))).html)
    assert "Too few people in each market to judge a programme" in shown
    assert not re.search(r"\d\.\d|Scale|Keep", shown)


def test_rows_for_programs_are_gated_unique_and_no_verdicts(make):
    said = voice()
    effects = make("P1", DE=("scale", 3.0), ES=("keep", 2.0)) | make("P2", people=6.0, DE=("keep", 2.0))
    found, pools = pooled(said, effects)
    items = say.overall(said, effects, pools, NAMES)
    rows = list(say.portfolio_front(said, items, facts={}).rows)
    rows += say.pooled_forest(said, items[0], found, pools["P1"], NAMES).rows
    safe = json.loads(pd.DataFrame(rows).to_json(orient="records"))
    check_rows(safe, COLUMNS, "portfolio", "all")
    frame = pd.DataFrame(rows)
    assert not frame.duplicated(["market", "programme_id", "measure", "term", "group"]).any()
    assert frame["decision"].eq("").all(), "the index takes its verdicts from the markets' own reports"
    assert frame.loc[frame["programme_id"].eq("P2"), "estimate"].isna().all()
    assert set(frame["term"]) == {"pooled", "further_market", "effect", "shrunken"}


def test_the_forest_shows_each_market_as_measured_and_drawn_towards_the_mean(make):
    said = voice()
    effects = make(DE=("scale", 4.0), ES=("keep", 1.0), FR=("keep", 2.0))
    found, pools = pooled(said, effects)
    block = say.pooled_forest(said, overall(said, effects)[0], found, pools["P1"], NAMES)
    rows = pd.DataFrame(block.rows).set_index(["market", "term"])["estimate"]
    own = pools["P1"].shrunken.to_frame().set_index("market")["estimate"]
    assert rows["DE", "effect"] == 4.0
    assert rows["DE", "shrunken"] == pytest.approx(own["DE"], abs=0.06)
    assert rows["DE", "shrunken"] < 4.0 < 1.0 + rows["ES", "shrunken"] + 4.0
    assert "All markets together" in text(block.html)
    assert re.search(r'alt="[^"]*Rings show each market', block.html)


def test_what_was_explored_are_markets_without_a_plan_and_all_means(make):
    said = voice()
    effects = make("P1", DE=("scale", 4.0), ES=("keep", 3.0)) | make("P2", DE=("keep", 2.0))
    effects["P2", "DE"].planned = False
    found, pools = pooled(said, effects)
    tests = say.exploratory(said, found, pools)
    assert sorted(zip(tests["programme_id"], tests["market"], strict=True)) == [("P1", "all"), ("P2", "DE")]
    adjusted = tne.adjust_p(tests)
    small, large = sorted(tests["p_value"])
    assert sorted(adjusted["p_adjusted"]) == pytest.approx([min(2 * small, large), large]), (
        "BH of two, by hand"
    )
    shown = text(say.explored(said, adjusted, NAMES, {"P1": "One", "P2": "Two"}).html)
    assert "effects that no frozen plan asked for" in shown
    many = pd.concat([adjusted] * 8, ignore_index=True).assign(p_adjusted=0.9)
    many.loc[:3, "p_adjusted"] = 0.01
    assert text(say.explored(said, many, NAMES, {"P1": "One", "P2": "Two"}).html).startswith(
        "4 of 16 effects"
    )
    none = say.exploratory(said, found.iloc[:0], {})
    assert "No effect was looked at beyond" in text(say.explored(said, tne.adjust_p(none), NAMES, {}).html)


# -- the register ----------------------------------------------------------------------------------------------

ROW = {
    "programme_id": "P1", "title": "Programme P1", "kind": "refresher", "rollout": "staggered", "stage": "live",
    "rollout_unit": "team", "planned_start_on": pd.Timestamp("2026-03-02"), "starts_on": pd.Timestamp("2026-03-02"),
    "ends_on": pd.Timestamp("2026-06-30"), "owner_role": "programme_owner",
}  # fmt: skip


def sessions(
    days=("2026-03-02", "2026-04-01", "2026-05-01"), market="DE", trainers=("a", "b", "a"), language="de-DE"
):
    starts = pd.to_datetime(list(days), utc=True)
    row = {"programme_id": "P1", "market": market, "language": language, "duration_minutes": 90.0}
    held = pd.DataFrame({"starts_at": starts, "trainer_id": list(trainers)[: len(starts)]}).assign(**row)
    return held.assign(session_id=[f"{market}{language}{k}" for k in range(len(held))])


def enrolments(came=40, missed=2, market="DE", session="DEde-DE0", prefix="m"):
    status = ["completed"] * came + ["no_show"] * missed
    count = len(status)
    return pd.DataFrame({"programme_id": "P1", "moderator_id": [f"{prefix}{market}{k}" for k in range(count)],
                         "market": market, "session_id": session, "status": status,
                         "completed_at": pd.Timestamp("2026-04-01", tz="UTC")})  # fmt: skip


def costs(market="DE"):
    return pd.DataFrame({"programme_id": "P1", "market": [market], "amount": 10.0})


def known(**more):
    base = {
        "sessions": sessions(),
        "enrolments": enrolments(),
        "costs": costs(),
        "letters": ["B"],
        "planned": True,
    }
    return Evidence(**base | more)


def raised(row=ROW, **more):
    return dict(flags(row, known(**more), as_of=TODAY, min_n=10))


def test_a_programme_as_it_should_be_carries_no_flag():
    assert raised() == {}


@pytest.mark.parametrize(
    ("row", "more", "code"),
    [
        ({"planned_start_on": pd.Timestamp("2026-02-22")}, {}, "late_start"),
        ({}, {"sessions": sessions(("2026-03-10", "2026-04-01"))}, "late_start"),
        ({}, {"sessions": sessions().iloc[:0], "enrolments": enrolments().iloc[:0]}, "not_begun"),
        ({"ends_on": pd.Timestamp("2026-04-20")}, {}, "overrun"),
        ({}, {"enrolments": enrolments(31, 9)}, "low_attendance"),
        ({}, {"letters": ["D", "D"]}, "no_comparison"),
        ({"rollout": "universal"}, {"letters": []}, "no_comparison"),
        ({}, {"planned": False}, "no_plan"),
        ({"starts_on": pd.Timestamp("2026-10-07")}, {"planned": False}, "plan_open"),
        ({}, {"ends": {"DE": dt.date(2026, 9, 1), "ES": dt.date(2026, 9, 20)}}, "stale_data"),
        ({}, {"sessions": sessions(trainers=("a", "a", "a"))}, "one_trainer"),
        ({}, {"costs": costs("ES")}, "no_costs"),
    ],
)
def test_each_flag_is_raised_by_its_rule(row, more, code):
    assert code in raised(ROW | row, **more)


@pytest.mark.parametrize(
    ("row", "more", "code"),
    [
        ({"planned_start_on": pd.Timestamp("2026-02-23")}, {}, "late_start"),
        ({}, {"sessions": sessions(("2026-03-09", "2026-04-01"))}, "late_start"),
        (
            {},
            {"sessions": sessions().iloc[:0], "enrolments": enrolments().iloc[:0], "dated": False},
            "not_begun",
        ),
        ({"ends_on": pd.Timestamp("2026-04-24")}, {}, "overrun"),
        ({"ends_on": pd.NaT}, {}, "overrun"),
        ({}, {"enrolments": enrolments(32, 8)}, "low_attendance"),
        ({}, {"enrolments": enrolments(2, 7)}, "low_attendance"),
        ({}, {"letters": ["D", "C"]}, "no_comparison"),
        ({}, {"ends": {"DE": dt.date(2026, 9, 6), "ES": dt.date(2026, 9, 20)}}, "stale_data"),
        ({}, {"sessions": sessions(trainers=("a", "a", "b"))}, "one_trainer"),
        ({}, {"sessions": sessions(("2026-03-02", "2026-04-01"), trainers=("a", "a"))}, "one_trainer"),
        ({}, {"sessions": sessions(trainers=(None, None, None))}, "one_trainer"),
    ],
)
def test_each_flag_is_silent_just_inside_its_rule(row, more, code):
    assert code not in raised(ROW | row, **more)


def test_low_attendance_in_one_market_names_it_and_a_small_market_is_never_named():
    low = pd.concat([enrolments(100, 2), enrolments(12, 8, "ES"), enrolments(2, 4, "IE")])
    assert raised(enrolments=low, costs=pd.concat([costs(), costs("ES"), costs("IE")])) == {
        "low_attendance": ["ES"]
    }


def register(said, programmes, items=(), **tables):
    given = {"sessions": sessions(), "enrolments": enrolments(), "costs": costs()} | tables
    given = {name: frame for name, frame in given.items() if frame is not None}
    return say.register(
        said, pd.DataFrame(programmes), given, items, plans=[{"programme_id": "P1"}], names=NAMES
    )


def test_the_register_counts_in_fives_and_names_no_trainer():
    said = voice()
    alone = sessions(trainers=("t_0123abcd",) * 3)
    shown = register(said, [ROW], sessions=alone, enrolments=enrolments(38, 3)).html
    assert "t_0123abcd" not in shown
    assert "one trainer only" in text(shown)
    assert "Germany" not in text(shown), "the market beside its effect would speak about the trainer"
    assert re.search(r"\b40 93%", text(shown)), "41 assigned, 38 came"
    few = text(register(said, [ROW], enrolments=enrolments(8, 1)).html)
    assert "fewer than 10 people" in few
    assert not re.search(r"\b[89]\b|89%", few)


def test_who_still_waits_for_their_turn_has_not_missed_it():
    said = voice()
    waiting = enrolments(38, 3)
    more = waiting.head(30).assign(
        moderator_id=[f"w{i}" for i in range(30)], status="assigned", arm="waitlist", completed_at=pd.NaT
    )
    shown = text(register(said, [ROW], enrolments=pd.concat([waiting, more])).html)
    assert re.search(r"\b70 93%", shown), "71 assigned; of the 41 whose turn it was 38 came"


def test_the_end_of_a_report_on_all_markets_does_not_deny_policy_versions():
    assert "Policy versions in force as in the report of each market" in text(
        say.provenance(voice(), {}).html
    )


def test_a_register_without_tables_or_programmes_says_so():
    said = voice()
    bare = text(register(said, [ROW], sessions=None, enrolments=None, costs=None).html)
    assert "not on record" in bare
    assert "not begun" not in bare
    dateless = say.voice({"market": "all", "language": "en"}, report="portfolio")
    undated = text(register(dateless, [ROW], sessions=None, enrolments=None, costs=None).html)
    assert "no risk can be judged" in undated
    assert "none" not in undated
    empty = say.register(said, pd.DataFrame([ROW]).iloc[:0], {}, (), names=NAMES)
    assert "No programme is on record" in text(empty.html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_flag_and_stage_has_words_in_every_language(language):
    said = voice(language)
    for code in FLAGS:
        values = {"share": "80 %", "days": "7", "old": "14", "min_n": 10}
        assert said.text(f"flag.{code}")
        assert "{" not in said.text(f"flag.{code}_rule", **values)
    shown = [text(register(said, [ROW | {"stage": stage}]).html) for stage in (*STAGES, "own word")]
    assert len(set(shown)) == len(STAGES) + 1
    assert "own word" in shown[-1]


def test_plans_that_can_still_be_frozen_are_due_the_day_before_the_start():
    ahead = [ROW | {"programme_id": name, "starts_on": pd.Timestamp(day)}
             for name, day in (("P1", "2026-03-02"), ("P2", "2026-10-07"), ("P3", "2026-11-02"))]  # fmt: skip
    found = say.plans_due(pd.DataFrame(ahead), [{"programme_id": "P3"}], pd.Timestamp("2026-09-30T20:00Z"))
    assert [(one["programme_id"], one["due"]) for one in found] == [("P2", dt.date(2026, 10, 6))]
    assert say.plans_due(pd.DataFrame(ahead), [], pd.NaT) == []


# -- the annex -------------------------------------------------------------------------------------------------


def roster(**by_language):
    rows = [
        {"moderator_id": f"{languages}{k}", "valid_from": pd.Timestamp("2025-01-01"), "valid_to": pd.NaT,
         "languages": languages.replace("_", ";"), "left_on": pd.NaT}
        for languages, count in by_language.items()
        for k in range(count)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def counted(**tables):
    return say.language_counts(tables, MARKETS, as_of=pd.Timestamp("2026-09-30", tz="UTC")).set_index(
        "language"
    )


def test_people_sessions_and_hours_by_language_by_hand():
    held = pd.concat([sessions(), sessions(market="ES", language="es")])
    old = sessions(("2025-01-10",), market="FR", language="fr-FR", trainers=("a",))
    came = pd.concat([enrolments(30, 5), enrolments(3, 0, "ES", "ESes0")])
    stays = pd.DataFrame({"session_id": ["DEde-DE0", "DEde-DE0", "ESes1"], "moderator_id": ["a", "b", "a"],
                          "minutes": [60.0, 30.0, 90.0]})  # fmt: skip
    gone = roster(de=1).assign(moderator_id="gone", left_on=pd.Timestamp("2026-05-01"))
    staff = pd.concat([roster(de=20, de_es=5), gone])
    found = counted(sessions=pd.concat([held, old]), enrolments=came, attendance=stays, moderators=staff)
    assert found.loc["de", ["staff", "trained", "sessions", "hours", "attended"]].tolist() == [
        25,
        30,
        3,
        4.5,
        1.5,
    ]
    assert found.loc["es", ["staff", "trained", "sessions", "attended"]].tolist() == [5, 3, 3, 1.5]
    assert found.loc["fr", ["trained", "sessions"]].tolist() == [0, 0], "longer than a year ago"
    assert found.loc["de", "largest"] == 1.0


def test_missing_tables_and_durations_are_unknown_not_zero():
    found = counted(sessions=sessions().assign(duration_minutes=[90.0, NAN, 90.0]))
    assert found.loc["de", "sessions"] == 3
    assert found.loc["de", ["staff", "trained", "hours", "attended"]].isna().all()
    assert counted(moderators=roster(de=20).assign(languages=None))["staff"].isna().all()
    without = enrolments().assign(session_id=None)
    assert counted(enrolments=without).loc["de", "trained"] == 40, "the language of the market"
    assert counted(enrolments=enrolments()).loc["de", "trained"] == 40, "no session is on record"


def annex(said, **counts):
    base = {
        "trained": 40.0,
        "sessions": 12.0,
        "hours": 20.0,
        "attended": 90.0,
        "attended_people": 40.0,
        "largest": 0.1,
    }
    rows = [
        {"language": code, "staff": n, **base, **({"trained": n} if n < 40 else {})}
        for code, n in counts.items()
    ]
    return say.languages_annex(said, pd.DataFrame(rows))


def test_a_small_language_is_hidden_and_the_next_smallest_with_it():
    shown = text(annex(voice(), de=120.0, es=45.0, fr=7.0).html)
    table, below = shown.split("None, or fewer than 10 people")
    assert "French" not in table
    assert "French" in below
    assert "Bulgarian" in below, "of French it is not said whether there is anybody"
    assert "not shown, so that another number stays hidden" in table
    assert "45" not in table
    assert "120" in table


def test_two_small_languages_need_no_third():
    shown = text(annex(voice(), de=120.0, es=45.0, fr=7.0, pt=3.0).html)
    assert "45" in shown.split("None, or fewer")[0]


def test_hours_that_two_people_make_are_not_shown():
    said = voice()
    counts = pd.DataFrame([{"language": "de", "staff": 40.0, "trained": 40.0, "sessions": 12.0, "hours": 20.0,
                            "attended": 9000.0, "attended_people": 40.0, "largest": 0.95}])  # fmt: skip
    assert "9,000" not in say.languages_annex(said, counts).html
    assert "9,000" in say.languages_annex(said, counts.assign(largest=0.4)).html
    assert "9,000" not in say.languages_annex(said, counts.assign(largest=0.4, attended_people=9.0)).html


# -- the manifest ----------------------------------------------------------------------------------------------


def entry(report, market, status):
    return {"report": report, "market": market, "status": status, "target": f"{report}/{market}.html"}


def test_reports_that_could_not_be_renewed_are_named(tmp_path):
    told = [
        entry("needs", "DE", "published"),
        entry("needs", "ES", "stale"),
        entry("weekly", "DE", "unchanged"),
    ]
    book = {
        "schema_version": 1,
        "status": "failed",
        "reports": [*told, {**told[1], "target": "needs/ES/2026Q1.html"}],
    }
    (tmp_path / "manifest.json").write_text(json.dumps(book))
    states = say.report_states(tmp_path, ".")
    assert len(states) == 3, "older periods do not count"
    assert states.loc[~states["fine"], ["report", "market"]].to_numpy().tolist() == [["needs", "ES"]]
    shown = text(say.runs_text(voice(), states, NAMES, named=True).html)
    assert "1 report could not be renewed in the last run" in shown
    assert re.search(r"Spain 1 Training needs", shown)
    fine = say.runs_text(voice(), states.assign(fine=True), NAMES, named=True)
    assert "All 3 reports stood as they should" in text(fine.html)


def test_while_a_run_is_under_way_the_last_edition_speaks(tmp_path):
    (tmp_path / "manifest.json").write_text(
        json.dumps({"schema_version": 1, "status": "running", "reports": []})
    )
    assert say.report_states(None, str(tmp_path)) is None
    (tmp_path / ".cache").mkdir()
    now = {"reports": {"needs/DE.html": [False, "DE", "needs"]}}
    (tmp_path / ".cache" / "edition.json").write_text(json.dumps({"now": now}))
    states = say.report_states(None, str(tmp_path))
    assert states.to_dict("records") == [{"report": "needs", "market": "DE", "fine": False}]


@pytest.mark.parametrize("content", [None, "{", "[]", '{"schema_version": 9}'])
def test_no_manifest_is_said(tmp_path, content):
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    states = say.report_states(tmp_path, ".")
    assert states is None
    assert "No manifest" in text(say.runs_text(voice(), states, NAMES, named=True).html)
    assert "No folder" in text(
        say.runs_text(voice(), say.report_states(tmp_path, None), NAMES, named=False).html
    )


def test_numbers_on_the_page_are_finite(make):
    said = voice()
    effects = make(DE=("scale", 3.0), ES=("keep", 2.0))
    rows = pd.DataFrame(front(said, effects).rows)
    assert np.isfinite(rows[["estimate", "conf_low", "conf_high"]].astype(float).to_numpy()).all()
