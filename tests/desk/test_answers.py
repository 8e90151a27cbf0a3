"""Answers: the number is the measure's, the code gives it again, and what a report would hide is marked."""

from __future__ import annotations

import ast
import gc
import json
import math
import shutil
import weakref

import pandas as pd
import pytest

import tne
from tests.desk.conftest import SAMPLE
from tests.test_layers import notebook_complaints
from tne.desk.answer import answer
from tne.desk.choices import Choice
from tne.desk.effect import effect_of
from tne.desk.shelf import Shelf, shelf_of
from tne.desk.shown import checks_html
from tne.tables.plans import plan_hash, read_plans

ASKED = [
    Choice("accuracy"),
    Choice("accuracy", "ES"),
    Choice("accuracy", "ES", period="2025Q4"),
    Choice("accuracy", "", "onboarding"),
    Choice("accuracy", "ES", "onboarding"),
    Choice("accuracy", "ES", "appeals-workshop"),
    Choice("accuracy", "ES", "onboarding", 2882),
    Choice("accuracy", "ES", "onboarding", 2882, "spam_fraud", "2025Q4"),
    Choice("effect", "IE", "appeals-workshop"),
    Choice("effect", "ES", "onboarding", period="2025Q4"),
    Choice("reaction"),
    Choice("reaction", "ES", "onboarding", period="2025Q4"),
    Choice("reaction", "ES", "onboarding", 2886),
]


def run(code: str) -> dict:
    """Run what the desk gives to copy."""
    names: dict = {}
    exec(compile(code, "copied", "exec"), names)
    return names


@pytest.mark.parametrize("choice", ASKED, ids=str)
def test_the_code_gives_the_same_result(sample, choice):
    found = answer(sample, choice)
    assert 2 <= len(ast.parse(found.code).body) <= 6
    assert notebook_complaints("copied", [found.code]) == []
    result = run(found.code)["result"]
    pd.testing.assert_frame_equal(result.to_frame(), found.to_frame())
    frame = found.to_frame()
    picked = frame.loc[(frame[list(found.found.where)] == pd.Series(found.found.where)).all(axis=1)]
    assert len(picked) == 1
    assert picked["estimate"].iloc[0] == pytest.approx(found.estimate, nan_ok=True)


def test_accuracy_by_hand(sample):
    audits = sample.ws.table("audits", market="IE")
    audits = audits.loc[~audits["seeded"].fillna(False).astype(bool) & audits["correct"].notna()]
    weights = audits["sampling_weight"].fillna(1)
    share = (weights * audits["correct"].astype(float)).sum() / weights.sum()
    assert answer(sample, Choice("accuracy", "IE")).estimate == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize(
    "choice",
    [
        Choice("accuracy"),
        Choice("accuracy", "ES"),
        Choice("accuracy", "ES", "onboarding"),
        Choice("reaction"),
    ],
    ids=str,
)
def test_a_row_of_the_parts_is_the_answer_one_step_down(sample, choice):
    found = answer(sample, choice)
    for row, below in zip(found.parts.frame.to_dict("records"), found.parts.into, strict=True):
        assert answer(sample, below).estimate == pytest.approx(row["estimate"], abs=1e-12)


def test_what_a_report_would_hide_is_shown_and_marked(sample):
    rows = answer(sample, Choice("accuracy", "", "onboarding")).parts.frame.set_index("market")
    assert rows["n_people"].to_dict() == {"ES": 16, "IE": 3}
    assert rows["estimate"].notna().all()
    assert rows.loc["IE", "sharing"] == "not for sharing: n < 10"
    assert rows.loc["ES", "sharing"] == "not for sharing: gives a hidden row away"
    all_rows = answer(sample, Choice("accuracy")).parts.frame
    assert set(all_rows["sharing"]) == {""}


def test_a_number_of_few_people_says_so_wherever_it_is_shown(sample):
    found = answer(sample, Choice("accuracy", "IE", "onboarding"))
    assert found.sharing == "not for sharing: n < 10"
    assert "Not for sharing: n < 10" in str(found)
    assert "Not for sharing: n &lt; 10" in found._repr_html_()
    assert found.parts.frame["sharing"].ne("").all()


def test_the_figure_is_the_reports_own_and_leaves_small_groups_out(sample):
    assert answer(sample, Choice("accuracy", "ES")).found.drawing[0] is not None
    assert "alt=" in answer(sample, Choice("accuracy", "ES"))._repr_html_()
    assert answer(sample, Choice("accuracy", "IE", "onboarding")).found.drawing[0] is None


def test_an_effect_that_cannot_be_told_says_why_and_goes_on_with_decisions(sample):
    found = answer(sample, Choice("effect", "ES", "onboarding"))
    assert math.isnan(found.estimate)
    assert "cannot be told: everybody is trained at hire" in str(found)
    assert found.parts.note.startswith("The effect belongs to the whole programme")
    assert {below.question for below in found.parts.into} == {"accuracy"}


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Choice("effect", "ES", "onboarding", 2882), "Ask 'accuracy'"),
        (Choice("reaction", "ES", "onboarding", 2882, "spam_fraud"), "Surveys"),
    ],
)
def test_parts_that_a_question_does_not_have_are_refused(sample, choice, said):
    with pytest.raises(ValueError, match=said):
        answer(sample, choice)


def test_a_period_before_the_first_audit_is_said_as_such(sample):
    with pytest.raises(ValueError, match=r"No audits of Spain were known by the end of 2024-01\. Choose"):
        answer(sample, Choice("effect", "ES", "appeals-workshop", period="2024-01"))


def test_checks_are_sentences_with_a_true_minus():
    detail = "moved by -0.04 points in the week of 2026-03-30 (-2.58 to `a-1`)"
    told = checks_html([tne.Check("case_mix", "pass", detail)])
    assert "Moved by −0.04 points in the week of 2026-03-30 (−2.58 to <code>a-1</code>)" in told


def test_names_of_the_data_are_escaped(sample):
    frames = {name: sample.ws.table(name) for name in ("markets", "programmes", "audits", "moderators")}
    frames["markets"] = frames["markets"].assign(name="<b>Spain</b>")
    ws = tne.Workspace.from_frames(frames)
    html = tne.ask(ws, "accuracy")._repr_html_()
    assert "<b>Spain" not in html
    assert "&lt;b&gt;Spain" in html


def test_a_second_look_makes_nothing_anew_and_other_files_everything(sample, tmp_path):
    choice = Choice("accuracy", "ES")
    assert answer(sample, choice) is answer(sample, choice)
    assert shelf_of(sample.ws) is sample


@pytest.mark.xdist_group("company")
@pytest.mark.parametrize(
    "choice",
    [
        Choice("effect", "DE", "hateful-conduct-update"),
        Choice("effect", "DE", "hateful-conduct-update", period="2026Q2"),
        Choice("effect", "", "minor-safety-refresher"),
        Choice("learning", "DE", "hateful-conduct-update"),
        Choice("learning", "", "hateful-conduct-update"),
        Choice("learning", "DE", "hateful-conduct-update", 2936),
    ],
    ids=str,
)
def test_the_code_gives_the_same_effect_and_gain(company, choice):
    ws = tne.open(company.workspace)
    found = answer(shelf_of(ws), choice)
    assert math.isfinite(found.estimate)
    assert 2 <= len(ast.parse(found.code).body) <= 6
    pd.testing.assert_frame_equal(run(found.code)["result"].to_frame(), found.to_frame())


@pytest.mark.xdist_group("company")
@pytest.mark.parametrize("programme", ["hateful-conduct-update", "minor-safety-refresher"])
def test_an_earlier_period_is_asked_of_the_market_alone_and_gives_what_all_markets_give(company, programme):
    shelf = shelf_of(tne.open(company.workspace))
    choice = Choice("effect", "DE", programme, period=shelf.offer.periods[1])
    alone, among = Shelf(shelf.ws, shelf.state), Shelf(shelf.ws, shelf.state)
    among.panel(programme, choice.period)
    ours, theirs = (effect_of(one, choice, "DE") for one in (alone, among))
    assert alone.is_alone(programme, choice.period)
    assert not among.is_alone(programme, choice.period)
    assert not any(key[0] == "known" for key in alone.made)
    assert set(alone.panel_in(programme, "DE", choice.period)["market"]) == {"DE"}
    assert alone.as_of(choice.period) == among.as_of(choice.period)
    pd.testing.assert_frame_equal(ours.to_frame(), theirs.to_frame(), check_exact=True)
    assert (ours.decision, ours.grade) == (theirs.decision, theirs.grade)
    assert list(map(str, ours.checks)) == list(map(str, theirs.checks))


@pytest.mark.xdist_group("company")
@pytest.mark.parametrize("frozen", ["2026-06-30T23:00:00Z", "2026-07-05T09:00:00Z"])
def test_plans_frozen_after_a_period_are_not_known_in_it(company, tmp_path, frozen):
    shutil.copytree(company.workspace, tmp_path / "ws")
    choice = Choice("effect", "DE", "low-score-coaching", period="2026Q2")
    plans = [plan for plan in read_plans(company.workspace) if plan["programme_id"] != choice.programme]
    ours = {
        **plans[0],
        "programme_id": choice.programme,
        "frozen_at": frozen,
        "markets": ["DE"],
        "starts_on": "2026-08-01",
    }
    del ours["sha256"]
    stored = json.dumps([*plans, ours | {"sha256": plan_hash(ours)}])
    (tmp_path / "ws" / "plans.json").write_text(stored, encoding="utf-8")
    shelf = shelf_of(tne.open(tmp_path / "ws"))
    known = tne.open(tmp_path / "ws", until=choice.period)
    assert shelf.plans(choice.period) == known.plans
    assert shelf.plans("") == shelf.ws.plans
    effect = effect_of(shelf, choice, "DE")
    assert effect.planned == (frozen < "2026-07")
    said = run(answer(shelf, choice).code)["result"]
    assert str(said.decision) == str(effect.decision)
    pd.testing.assert_frame_equal(said.to_frame(), effect.to_frame())


@pytest.mark.xdist_group("company")
@pytest.mark.parametrize(
    "programme", ["hateful-conduct-update", "minor-safety-refresher", "low-score-coaching"]
)
def test_the_pooled_effect_needs_no_decision_and_leaves_that_of_a_market_whole(company, programme):
    shelf = shelf_of(tne.open(company.workspace))
    fresh, choice = Shelf(shelf.ws, shelf.state), Choice("effect", "", programme)
    answer(fresh, choice)
    bare = effect_of(fresh, choice, "DE", decided=False)
    whole = effect_of(fresh, choice, "DE")
    assert not bare.guardrails
    assert whole.guardrails
    assert bare.effect == whole.effect
    assert bare.grade == whole.grade
    assert effect_of(fresh, choice, "DE", decided=False) is whole
    pd.testing.assert_frame_equal(bare.to_frame(), whole.to_frame())


@pytest.mark.xdist_group("company")
@pytest.mark.parametrize("question", ["effect", "learning"])
def test_a_workspace_of_one_market_answers_from_it_alone_in_an_earlier_period_too(company, question):
    ws = tne.open(company.workspace, market="DE")
    shelf = shelf_of(ws)
    choice = Choice(question, "", "hateful-conduct-update", period=shelf.offer.periods[1])
    found = answer(shelf, choice)
    assert math.isfinite(found.estimate)
    assert shelf.known(choice.period).market == "DE"
    pd.testing.assert_frame_equal(run(found.code)["result"].to_frame(), found.to_frame())


@pytest.mark.xdist_group("company")
def test_a_workspace_that_was_cut_is_not_asked_beyond_its_day(company):
    whole = shelf_of(tne.open(company.workspace))
    cut = shelf_of(tne.open(company.workspace, until=whole.offer.periods[2]))
    asked = [Choice("effect", "DE", "hateful-conduct-update", period=one) for one in whole.offer.periods[:4]]
    known = [answer(cut, one) for one in asked]
    assert [one.estimate for one in known[:3]] == [known[2].estimate] * 3
    assert known[2].estimate != known[3].estimate or math.isnan(known[3].estimate)
    assert cut.as_of(asked[0].period) == cut.ws.as_of
    for one in known[:3]:
        pd.testing.assert_frame_equal(run(one.code)["result"].to_frame(), one.to_frame())


def test_what_was_made_goes_with_its_workspace():
    ws = tne.open(SAMPLE)
    answer(shelf_of(ws), Choice("accuracy", "ES"))
    gone = weakref.ref(shelf_of(ws))
    del ws
    gc.collect()
    assert gone() is None


@pytest.mark.xdist_group("company")
def test_a_market_that_was_not_opened_is_said_to_have_no_audits(company):
    shelf = shelf_of(tne.open(company.workspace, market="DE"))
    with pytest.raises(ValueError, match="No audits of Ireland were known"):
        effect_of(shelf, Choice("effect", "IE", "onboarding"), "IE")


@pytest.mark.xdist_group("company")
def test_whole_markets_are_compared_with_each_other_in_an_earlier_period_too(company):
    shelf = shelf_of(tne.open(company.workspace))
    whole = shelf.ws.programmes.loc[shelf.ws.programmes["rollout_unit"].eq("market"), "programme_id"]
    period = shelf.offer.periods[1]
    assert len(whole)
    assert not shelf.is_alone(whole.iloc[0], period)
