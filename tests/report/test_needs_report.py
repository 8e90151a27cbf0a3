"""The report on training needs: every cause has true words in five languages, and nothing gets past the gate."""

import math
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tne import say
from tne.measures.triage_rule import ACTION, EVIDENCE, SPEAKS_FOR, cause_of
from tne.report.catalogue import LANGUAGES
from tne.report.need import LEARNED, usual_severity
from tne.report.needs_session import session_for
from tne.report.needs_signs import SPREADS, gated_sign, gated_signs
from tne.result import Estimate

NAN = math.nan
CAUSES = (
    "policy_unclear",
    "knowledge",
    "update_not_absorbed",
    "individual_coaching",
    "rubric_or_tool",
    "technical",
    "no_problem",
    "cannot_tell",
)
TASK = {cause_of(name): task for name, task in ACTION.items()}


def voice(language="en", **more):
    row = {"market": "DE", "name": "Germany", "language": language, "timezone": "Europe/Berlin"}
    return say.voice(row, report="needs", as_of="2026-09-20T22:00Z", strict=True, **more)


def gap(area, rate=0.17, avoid=40.0, people=44.0, severity=2.0):
    """Rows of `knowledge_gaps` of one area, where `avoid` errors of the usual severity can be avoided."""
    avoid, volume = severity * avoid, 3000.0
    common = {
        "policy_area": area,
        "n": 1200.0,
        "n_people": people,
        "n_people_total": people,
        "conf_level": 0.95,
    }
    return [
        common | {"term": "error_rate", "estimate": rate, "conf_low": rate - 0.01, "conf_high": rate + 0.012,
                  "unit": "share"},
        common | {"term": "avoidable", "estimate": avoid, "conf_low": avoid - 12 * severity,
                  "conf_high": avoid + 13 * severity, "unit": "errors per week, times severity"},
        common | {"term": "volume", "estimate": volume, "unit": "decisions per week"},
        common | {"term": "expected_harm", "estimate": volume * rate * severity,
                  "unit": "errors per week, times severity"},
    ]  # fmt: skip


def sign(area, name, state="usual", value=0.1, people=44.0, n=300.0, unit="share"):
    speaks_for = SPEAKS_FOR.get(name) or cause_of(name.removeprefix("coded_"))
    return {"policy_area": area, "evidence": name, "state": state, "speaks_for": speaks_for, "usual": 0.08,
            "likelihood_ratio": 4.0, "term": name, "estimate": value, "conf_low": value * 0.8,
            "conf_high": value * 1.25, "n": n, "n_people": people, "n_people_total": people, "unit": unit,
            "conf_level": 0.95, "note": "", "statistic": 91.0, "df": 3.0, "p_value": 0.01}  # fmt: skip


def signs(area, raised=(), **more):
    out = []
    for name in EVIDENCE:
        unit = {"rise_after_update": "points"}.get(
            name, "variance over chance" if name in SPREADS else "share"
        )
        value = {"points": 6.0, "share": 0.1}.get(unit, 4.3)
        out.append(sign(area, name, "raised" if name in raised else "usual", value, unit=unit, **more))
    return out


def triaged(*areas, evidence=None):
    """What `tne.triage` returns, for (area, cause) pairs."""
    rows = [
        {"policy_area": area, "cause": cause, "probability": 0.5 if cause == "cannot_tell" else 0.93,
         "action": TASK[cause][0], "owner_role": TASK[cause][1]}
        for area, cause in areas
    ]  # fmt: skip
    evidence = pd.DataFrame(evidence or [one for area, _ in areas for one in signs(area)])
    chances = pd.DataFrame(
        [{"policy_area": area, "cause": name, "probability": p} for area, _ in areas
         for name, p in (("knowledge", 0.5), ("policy_unclear", 0.4), ("several", 0.1))]
    )  # fmt: skip
    return SimpleNamespace(
        to_frame=lambda: pd.DataFrame(rows),
        evidence=SimpleNamespace(to_frame=lambda: evidence),
        probabilities=chances,
    )


def needs(said, *areas, gaps=None, **more):
    gaps = gaps if gaps is not None else [row for area, _ in areas for row in gap(area)]
    evidence = more.pop("evidence", None)
    return say.needs(said, pd.DataFrame(gaps), triaged(*areas, evidence=evidence), **more)


def text(html):
    plain = re.sub(r"[\u2066-\u2069]", "", re.sub(r"<[^>]+>", " ", html))
    return " ".join(plain.split())


FACTS = {"moderators": 165, "audits": 90_000}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_has_words_in_every_language(language, cause):
    said = voice(language)
    items = needs(said, ("hate_speech", cause))
    front = say.needs_front(said, items, facts=FACTS, level=11.2, weeks=26)
    blocks = [front, say.gap_text(said, items[0], weeks=26), say.needs_evidence(said, items[0], weeks=39)]
    blocks.append(say.needs_sessions(said, items, level=11.2))
    told = text("".join(block.html for block in blocks))
    assert not re.search(r"{\w*}|\bnan\b|_", told)
    assert text(front.facts["headline"]) in told
    if cause != "no_problem":
        assert text(said.text(f"needs.do_{items[0].action}")) in told, "the row says what to do"


def test_the_first_screen_says_what_to_train_and_what_is_no_training_problem():
    said = voice()
    areas = (("hate", "policy_unclear"), ("minors", "knowledge"), ("spam", "no_problem"))
    gaps = [*gap("hate", avoid=300.0), *gap("minors", avoid=60.0), *gap("spam", rate=0.06, avoid=-50.0)]
    front = say.needs_front(said, needs(said, *areas, gaps=gaps), facts=FACTS, level=11.2)
    assert (
        front.facts["headline"] == "Train minors next; hate is not a training problem: the policy is unclear"
    )
    rows = re.findall(r"<tr.*?</tr>", front.html)[1:]
    assert ["Hate" in rows[0], "Minors" in rows[1]] == [True, True], "most errors to avoid first"
    assert len(rows) == 2, "an area without a problem has no row"
    assert "No problem found: spam" in text(front.html)
    assert "300 errors a week to avoid (288 to 313)" in text(rows[0])
    assert 'data-v="17.0" data-low="16.0" data-high="18.2"' in rows[0]
    assert "Policy owner by 5 Oct 2026" in text(rows[0])


@pytest.mark.parametrize(
    ("areas", "expected"),
    [
        ((("hate", "knowledge"),), "Train hate next"),
        ((("hate", "update_not_absorbed"),), "Brief on the new version of hate"),
        ((("hate", "technical"),), "Hate has the most errors to avoid, but it is not a training problem"),
        ((("hate", "cannot_tell"),), "Hate has the most errors to avoid; why cannot be told yet"),
        ((("hate", "no_problem"),), "No policy area in Germany calls for training now"),
        ((("hate", "individual_coaching"),), "it calls for individual coaching"),
    ],
)
def test_headlines_follow_from_the_causes(areas, expected):
    said = voice()
    assert expected in say.needs_front(said, needs(said, *areas), facts=FACTS).facts["headline"]


def test_a_cause_that_is_behind_an_open_gap_is_not_called_the_largest():
    said = voice()
    gaps = [*gap("hate", avoid=300.0), *gap("spam", avoid=20.0)]
    items = needs(said, ("hate", "cannot_tell"), ("spam", "technical"), gaps=gaps)
    title = say.needs_front(said, items, facts=FACTS).facts["headline"]
    assert title == (
        "No gap that training would mend is known; spam is not a training problem: technical errors stand out"
    )


def test_the_most_errors_are_said_only_where_they_are_shown():
    """Neither below the market's level nor without the decisions of a week is anything known of errors to avoid."""
    said = voice()
    for gaps in (gap("hate", avoid=5.0), gap("hate")[:1]):
        items = needs(said, ("hate", "policy_unclear"), gaps=gaps)
        title = say.needs_front(said, items, facts=FACTS).facts["headline"]
        assert title.startswith("No gap that training would mend is known; hate is not a training problem")


def test_no_audits_no_errors_and_few_people_are_said():
    said = voice()
    none = say.needs_front(said, (), facts={})
    assert "No audits in Germany" in none.facts["headline"]
    assert "export “audits”" in text(none.html)
    clean = say.needs_front(said, (), facts={"errors": 0, "moderators": 10})
    assert "found hardly any wrong decision" in clean.facts["headline"]
    for people in (9, None):
        few = say.needs_front(said, (), facts={"errors": 0, "moderators": people})
        assert "Too few people" in few.facts["headline"], "that nobody erred says it of each of them"
        assert "near zero" not in text(few.html)
    tiny = say.needs_front(said, needs(said, ("hate", "knowledge"), gaps=gap("hate", people=8.0)), facts={})
    assert "Too few people" in tiny.facts["headline"]
    assert not re.search(r"\d\d", text(tiny.html).replace("21 Sep 2026", "").replace("10 people", ""))
    assert all(math.isnan(row["estimate"]) and row["note"] for row in tiny.rows)


def test_of_a_hidden_gap_neither_cause_nor_action_is_said():
    said = voice()
    areas = (("hate", "individual_coaching"), ("spam", "knowledge"), ("minors", "technical"))
    gaps = [*gap("hate", people=6.0), *gap("spam"), *gap("minors", people=90.0)]
    items = needs(said, *areas, gaps=gaps)
    front = say.needs_front(said, items, facts=FACTS)
    shown = text(front.html + say.needs_sessions(said, items, level=11.0).html)
    assert "coach" not in shown.lower()
    assert re.search("fewer than 10 people audited or so that .* away: hate and spam", shown)
    assert "policy not known" not in shown, "with the market's level, Spam would give Hate away"
    assert "technical errors" in shown


def test_open_areas_without_more_errors_than_elsewhere_have_no_row():
    said = voice()
    items = needs(said, ("hate", "cannot_tell"), gaps=gap("hate", rate=0.06, avoid=-30.0))
    front = say.needs_front(said, items, facts=FACTS)
    assert "<tr" not in front.html
    assert "Not clear, but no more errors than elsewhere: hate" in text(front.html)
    assert front.facts["headline"] == "No policy area in Germany calls for training now"


def test_what_cannot_be_told_names_the_two_most_probable_causes():
    said = voice()
    front = say.needs_front(said, needs(said, ("hate", "cannot_tell")), facts=FACTS)
    assert "“policy not known” or “policy unclear”" in text(front.html)


def test_experts_are_counted_by_raters_and_cases():
    said = voice()
    few_raters = gated_sign(said, sign("hate", "expert_disagreement", "raised", 0.6, people=2.0, n=30.0))
    few_cases = gated_sign(said, sign("hate", "expert_disagreement", "raised", 0.6, people=9.0, n=19.0))
    enough = gated_sign(said, sign("hate", "expert_disagreement", "raised", 0.6, people=3.0, n=20.0))
    assert math.isnan(few_raters["estimate"])
    assert math.isnan(few_cases["estimate"])
    assert enough["estimate"] == 60
    quiz = gated_sign(said, sign("hate", "quiz_wrong", "raised", 0.6, people=9.0))
    assert math.isnan(quiz["estimate"]), "the quiz counts people"


def test_a_hidden_sign_says_nothing():
    said = voice()
    evidence = [sign("hate", "quiz_wrong", "raised", 0.6, people=9.0)]
    items = needs(said, ("hate", "knowledge"), evidence=evidence)
    told = text(say.needs_evidence(said, items[0], weeks=39).html)
    assert "raised" not in told
    assert "not shown" in told
    assert "60" not in text(say.needs_front(said, items, facts=FACTS).html)


@pytest.mark.parametrize("name", SPREADS)
def test_a_spread_has_no_number(name):
    said = voice()
    items = needs(said, ("hate", "individual_coaching"), evidence=signs("hate", raised=[name]))
    html = say.needs_evidence(said, items[0], weeks=39).html
    row = next(row for row in re.findall(r"<tr.*?</tr>", html) if said.text(f"needs.sign_{name}") in row)
    assert not re.search(r"\d", text(row))
    assert "speaks for" in row


def test_the_strongest_sign_stands_on_the_first_screen():
    said = voice()
    items = needs(said, ("hate", "policy_unclear"), evidence=signs("hate", raised=["expert_disagreement"]))
    shown = text(say.needs_front(said, items, facts=FACTS).html)
    assert re.search(
        r"Experts decide 10(\.0)? ?% \(8\.0 to 12\.5\) of such cases differently, elsewhere 8\.0 ?%", shown
    )


def test_sessions_follow_from_cause_quiz_and_tenure():
    said = voice()
    known = signs("hate")
    item = needs(said, ("hate", "knowledge"), evidence=known)[0]
    assert session_for(item, 11.0).kind == "practice", "known in the quiz"
    item = needs(said, ("hate", "knowledge"), evidence=signs("hate", raised=["quiz_wrong"]))[0]
    assert (session_for(item, 11.0).kind, session_for(item, 11.0).length) == ("refresher", "longer")
    assert session_for(item, 16.0).length == "hour"
    assert session_for(item, NAN).length == "hour"
    tenure = pd.DataFrame(
        [
            row | {"tenure": name}
            for name, rate in (("new", 0.3), ("longer", 0.12))
            for row in gap("hate", rate)
        ]
    )
    item = needs(said, ("hate", "knowledge"), tenure=tenure)[0]
    assert session_for(item, 11.0).whom == "new_hires"
    same = tenure.assign(estimate=0.2, conf_low=0.19, conf_high=0.21)
    assert session_for(needs(said, ("hate", "knowledge"), tenure=same)[0], 11.0).whom == "everyone"
    few = tenure.assign(n_people=8.0)
    assert session_for(needs(said, ("hate", "knowledge"), tenure=few)[0], 11.0).whom == "everyone"
    for cause in ("technical", "rubric_or_tool"):
        assert session_for(needs(said, ("hate", cause))[0], 11.0).kind == "no_session"


def test_individual_coaching_has_no_count_anywhere():
    said = voice()
    items = needs(said, ("hate", "individual_coaching"), evidence=signs("hate", raised=["people_spread"]))
    parts = [say.gap_text(said, items[0], weeks=26), say.needs_sessions(said, items, level=11.0)]
    told = text("".join(part.html for part in parts))
    assert "individually" in told
    assert not re.search(r"\d+ (people|person|moderators)", told)
    front = say.needs_front(said, items, facts={})
    assert not re.search(r"\d+ (people|moderators)", text(front.html).replace("10 people", ""))


def test_the_kind_of_error_is_named_where_it_is_at_least_half():
    said = voice()
    kinds = pd.DataFrame({"policy_area": "hate", "error_type": ["false_negative", "false_positive", "technical"],
                          "estimate": [0.08, 0.03, 0.02]})  # fmt: skip
    assert needs(said, ("hate", "knowledge"), kinds=kinds)[0].kind == "false_negative"
    assert needs(said, ("hate", "knowledge"), kinds=kinds.assign(estimate=[0.04, 0.03, 0.02]))[0].kind == ""
    hidden = kinds.assign(estimate=[0.08, 0.03, NAN])
    assert needs(said, ("hate", "knowledge"), kinds=hidden)[0].kind == "", "a hidden one may be the largest"


def test_rows_for_programs_are_gated_and_unique():
    said = voice()
    items = needs(
        said,
        *(("hate", "knowledge"), ("spam", "no_problem"), ("minors", "no_problem")),
        gaps=[*gap("hate"), *gap("spam", people=7.0), *gap("minors", people=20.0)],
    )
    rows = pd.DataFrame(say.needs_front(said, items, facts=FACTS).rows)
    assert not rows.duplicated(["measure", "term", "group"]).any()
    shown = rows.set_index(["group", "measure"])
    assert shown.loc[("hate", "error_rate"), "estimate"] == 17.0
    assert shown.loc[("hate", "error_rate"), "unit"] == "percent"
    assert shown.loc[("hate", "avoidable_errors"), "n_people"] == 45
    assert shown.loc["spam", "estimate"].isna().all()
    assert shown.loc["minors", "estimate"].isna().all(), "never exactly one area is hidden"
    assert set(LEARNED) <= set(CAUSES)
    assert np.isfinite(shown.loc["hate", ["conf_low", "conf_high"]].astype(float).to_numpy()).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_report_takes_sentence_and_table(language):
    said = voice(language)
    items = needs(said, ("hate", "knowledge"), ("spam", "policy_unclear"), ("minors", "no_problem"))
    block = say.needs_short(said, items)
    assert block.html.count("<tr>") == 3
    assert 'data-v="17.0"' in block.html
    assert not re.search(r"{\w*}|\bnan\b|_", text(block.html))
    assert say.needs_short(said, needs(said, ("minors", "no_problem"))).html == ""


def test_errors_to_avoid_are_of_the_usual_severity_and_of_a_week():
    said = voice()
    gaps = pd.DataFrame(
        [*gap("hate", rate=0.2, avoid=40.0, severity=3.0), *gap("spam", rate=0.1, severity=1.0)]
    )
    # 600 errors a week of severity 3 and 300 of severity 1: 2,100 of harm in 900 errors
    assert usual_severity(gaps) == pytest.approx(2100 / 900)
    item = needs(said, ("hate", "knowledge"), ("spam", "no_problem"), gaps=gaps)[0]
    assert item.avoidable["estimate"] == pytest.approx(120 / (2100 / 900), abs=1)
    not_weekly = gaps.assign(unit=gaps["unit"].str.replace(" per week", ""))
    item = needs(said, ("hate", "knowledge"), ("spam", "no_problem"), gaps=not_weekly)[0]
    assert math.isnan(item.avoidable["estimate"])
    assert "week to avoid" not in say.needs_front(said, (item,), facts=FACTS).html


def test_the_market_level_is_the_other_side_of_accuracy():
    said = voice()
    found = Estimate(term="accuracy", estimate=0.8812, conf_low=0.875, conf_high=0.887, n=9000.0, n_people=60.0,
                     n_people_total=60.0, unit="share")  # fmt: skip
    assert say.error_level(said, found) == pytest.approx(11.9, abs=0.1)
    few = Estimate(term="accuracy", estimate=0.88, n=90.0, n_people=6.0, unit="share")
    assert math.isnan(say.error_level(said, few))
    assert math.isnan(say.error_level(said, None))


def test_kinds_of_error_are_gated_in_rows_and_columns():
    said = voice()
    cells = pd.DataFrame(
        [{"policy_area": area, "error_type": kind, "term": "error_rate", "estimate": 0.05, "conf_low": 0.04,
          "conf_high": 0.06, "n": 500.0, "n_people": 8.0 if (area, kind) == ("hate", "technical") else 40.0,
          "unit": "share", "conf_level": 0.95}
         for area in ("hate", "spam", "minors") for kind in ("false_positive", "technical", "wrong_policy")]
    )  # fmt: skip
    shown = say.error_kinds(said, cells).set_index(["policy_area", "error_type"])["estimate"]
    hidden = shown.index[shown.isna()]
    assert ("hate", "technical") in hidden
    for level in (0, 1):
        assert hidden.get_level_values(level).value_counts().min() > 1, (
            "never exactly one hidden in a row or column"
        )


def test_new_are_those_hired_within_half_a_year():
    audits = pd.DataFrame(
        {"moderator_id": ["a", "b", "c", "d"], "decided_at": pd.Timestamp("2026-06-30T12:00Z")}
    )
    staff = pd.DataFrame(
        {"moderator_id": ["a", "b", "c", "c"],
         "hired_on": pd.to_datetime(["2026-05-01", "2025-12-01", "2024-01-01", "2026-06-01"])}
    )  # fmt: skip
    told = say.with_tenure(audits, staff).set_index("moderator_id")["tenure"].to_dict()
    assert told == {"a": "new", "b": "longer", "c": "longer"}, "a second spell makes nobody new"


def test_causes_add_up_to_what_is_shown():
    said = voice()
    causes = pd.DataFrame(
        {"root_cause": ["knowledge", "tool", "attention", "knowledge"], "estimate": [0.5, 0.3, 0.2, 0.5],
         "term": ["share", "share", "share", "cumulative_share"], "conf_low": 0.1, "conf_high": 0.6,
         "n": 900.0, "n_people": [40.0, 30.0, 8.0, 40.0], "unit": "share", "conf_level": 0.95}
    )  # fmt: skip
    shown = say.cause_shares(said, causes)
    assert shown["root_cause"].iloc[0] == "knowledge"
    assert shown["estimate"].notna().sum() == 1, "one hidden cause takes another with it: the total is known"
    assert shown["together"].max() == shown["estimate"].max()
    assert say.cause_shares(said, causes.iloc[:0])["estimate"].empty


def test_test_cases_apart_no_audits_are_none():
    days = pd.to_datetime(["2026-01-01", "2026-06-01", "2026-06-02"], utc=True)
    audits = pd.DataFrame(
        {"correct": [True, False, False], "seeded": [False, False, True], "decided_at": days}
    )
    assert say.wrong_decisions(audits) == 1
    assert say.wrong_decisions(audits.assign(seeded=True)) is None
    assert say.wrong_decisions(say.last_weeks(None, 26)) is None
    assert len(say.last_weeks(audits, 4)) == 2


def quizzed(people=40.0, reading="knows_but_does_not_do"):
    rows = [
        {"policy_area": "hate_speech", "term": term, "estimate": value, "conf_low": value - 0.02,
         "conf_high": value + 0.02, "n": 400.0, "n_people": n, "n_people_total": n, "unit": "share", "note": ""}
        for term, value, n in (("quiz_error", 0.1, 40.0), ("queue_error", 0.2, people), ("difference", 0.1, 40.0))
    ]  # fmt: skip
    readings = pd.DataFrame({"policy_area": ["hate_speech"], "reading": [reading]})
    return SimpleNamespace(to_frame=lambda: pd.DataFrame(rows), readings=readings, quiz_standard=0.2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_quiz_beside_queue_has_words_and_hides_what_it_must(language):
    said = voice(language)
    for reading in ("knows_and_does", "does_not_know", "knows_but_does_not_do", "cannot_tell"):
        told = text(say.quiz_queue(said, quizzed(reading=reading)).html)
        assert said.number(10, 1) in told
        assert not re.search(r"{\w*}|\bnan\b|_", told)
    few = text(say.quiz_queue(said, quizzed(people=6.0)).html)
    assert said.number(20, 1) not in few
    assert text(said.text("needs.reading_cannot_tell")) in few, "a reading from a hidden number is hidden too"


def test_one_hidden_area_hides_another_in_the_queue_and_nobody_wrong_in_the_quiz_is_told():
    said = voice()
    people = {"hate": 6.0, "minors": 30.0, "spam": 40.0}
    rows = [
        {"policy_area": area, "term": term, "estimate": value, "conf_low": value, "conf_high": value + 0.1,
         "n": 400.0, "n_people": n if term == "queue_error" else 40.0, "unit": "share", "note": ""}
        for area, n in people.items() for term, value in (("quiz_error", 0.0), ("queue_error", n / 100))
    ]  # fmt: skip
    readings = pd.DataFrame({"policy_area": list(people), "reading": "knows_but_does_not_do"})
    found = SimpleNamespace(to_frame=lambda: pd.DataFrame(rows), readings=readings, quiz_standard=0.2)
    told = text(say.quiz_queue(said, found).html)
    assert "40.0 (40.0 to 50.0)" in told
    assert "30.0 (30" not in told, "with the market's level it would give the hidden one away"
    assert told.count("below 5 %") == 3
    assert "not applied in the queue: spam ." in told, "no reading without its queue"


def ended(people=40.0):
    rows = [
        {"term": term, "estimate": value, "conf_low": value * 0.8, "conf_high": value * 1.2, "n": 400.0,
         "n_people": people, "n_people_total": people, "unit": unit, "note": ""}
        for term, value, unit in (("disputed", 0.02, "share"), ("upheld", 0.2, "share"), ("appeals", 400.0, "appeals"),
                                  ("overturned", 0.15, "share"), ("open", 0.01, "share"), ("lag", 8.3, "days"))
    ]  # fmt: skip
    return SimpleNamespace(to_frame=lambda: pd.DataFrame(rows))


@pytest.mark.parametrize("language", LANGUAGES)
def test_disputes_come_with_their_caveat(language):
    said = voice(language)
    html = say.disputes(said, ended()).html
    assert html.index("caveat") < html.index("<table")
    assert said.number(15, 1) in text(html)
    assert not re.search(r"{\w*}|\bnan\b|_", text(html))


def test_a_median_needs_twenty_people_and_is_rounded_to_weeks():
    said = voice()
    assert "within 2 weeks" in text(say.disputes(said, ended()).html)
    assert "weeks" not in text(say.disputes(said, ended(15.0)).html).split("Half of all")[1]
    assert say.disputes(said, ended(6.0)).html == ""


def test_no_new_version_is_no_hidden_number():
    said = voice()
    none = [sign("hate", "rise_after_update", "usual", NAN, people=NAN, unit="points")]
    assert (
        "no new version"
        in say.needs_evidence(said, needs(said, ("hate", "knowledge"), evidence=none)[0], weeks=39).html
    )
    few = [sign("hate", "rise_after_update", "usual", 6.0, people=8.0, unit="points")]
    assert (
        "not shown"
        in say.needs_evidence(said, needs(said, ("hate", "knowledge"), evidence=few)[0], weeks=39).html
    )


def test_a_sign_is_never_hidden_in_one_area_alone():
    """What is usual elsewhere holds all other areas: with one of them hidden, it could be reckoned from the rest."""
    people = {"hate": 9.0, "spam": 21.0, "fraud": 44.0, "self_harm": 60.0}
    rows = [sign(area, "quiz_wrong", "raised", 0.2, people=n) for area, n in people.items()]
    shown = gated_signs(voice(), pd.DataFrame(rows)).set_index("policy_area")
    assert shown["estimate"].isna().to_dict() == {
        "hate": True,
        "spam": True,
        "fraud": False,
        "self_harm": False,
    }
    assert shown.loc["spam", "note"] == "protects_another"
    assert shown["state"].to_dict() == {
        "hate": "hidden",
        "spam": "hidden",
        "fraud": "raised",
        "self_harm": "raised",
    }


def test_of_an_area_without_a_number_no_sign_is_left():
    rows = [sign(area, "quiz_wrong", "raised", 0.2) for area in ("hate", "spam", "fraud")]
    shown = gated_signs(voice(), pd.DataFrame(rows), {"hate", "spam"}).set_index("policy_area")
    assert shown["estimate"].notna().to_dict() == {"hate": False, "spam": False, "fraud": True}


@pytest.mark.parametrize("language", LANGUAGES)
def test_hidden_areas_are_not_said_to_be_free_of_gaps(language):
    said = voice(language)
    small = [*gap("spam", people=7.0), *gap("fraud", people=12.0)]
    areas = (("hate", "no_problem"), ("spam", "knowledge"), ("fraud", "knowledge"))
    front = say.needs_front(said, needs(said, *areas, gaps=[*gap("hate"), *small]), facts=FACTS)
    assert front.facts["headline"] == said.text("opening.needs.none_some", market=said.market_name)
    lead = text(re.search(r'<p class="standfirst">(.*?)</p>', front.html)[1])
    assert "fraud" in lead
    assert "spam" in lead
    one = (("hate", "policy_unclear"), *areas[1:])
    told = say.needs_front(said, needs(said, *one, gaps=[*gap("hate"), *small]), facts=FACTS)
    values = {"other": "hate", "why": said.text("needs.why_policy_unclear")}
    assert told.facts["headline"].lower() == said.text("opening.needs.not_first", **values).lower()
    unknown = (("hate", "cannot_tell"), *areas[1:])
    told = say.needs_front(said, needs(said, *unknown, gaps=[*gap("hate"), *small]), facts=FACTS)
    assert told.facts["headline"].lower() == said.text("opening.needs.open_some", area="hate").lower()


def test_the_window_stands_beside_both_rates_of_an_area():
    """One is drawn towards the market's level, the other is as counted over more weeks."""
    said = voice()
    item = needs(said, ("hate", "knowledge"), evidence=[sign("hate", "error_rate", "raised")])[0]
    assert "In the last 26 weeks, adjusted, 17.0%" in text(say.gap_text(said, item, weeks=26).html)
    assert "as audited, %, last 39 weeks" in text(say.needs_evidence(said, item, weeks=39).html)


def test_areas_have_a_capital_where_a_line_begins_and_nowhere_else():
    said = voice()
    items = needs(said, ("hate_speech", "knowledge"), ("spam", "policy_unclear"))
    front = say.needs_front(said, items, facts=FACTS)
    assert front.facts["headline"].startswith("Train hate speech next; spam is not")
    assert "<strong>Hate speech</strong>" in front.html
