"""The desk in real JupyterLab: every cell runs, every control answers to keyboard and mouse, everyone can read it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT

import tne
from tests.browser.chromium import found, launched
from tests.browser.lab import PANEL, Desk, copied, errors, opened, run_all, sentence, serving
from tne.made import make
from tne.runs.estimates import COLUMNS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("lab")]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PROGRAMME, TITLE = "hateful-conduct-update", "Hateful conduct: policy update"


def published(workspace: Path) -> list[dict[str, str]]:
    """Return rows as a run publishes them: a mean as it is, another as it never was, one that the desk cannot give."""
    surveys = tne.open(workspace).table("surveys", market="DE")
    mine = surveys.loc[
        surveys["programme_id"].eq(PROGRAMME)
        & surveys["wave"].eq("end")
        & surveys["respondent"].eq("learner")
    ]
    means = mine.groupby("construct", observed=True)["value"].mean()
    of = {"report": "effectiveness", "market": "DE", "programme_id": PROGRAMME, "level": "reaction",
          "term": "mean", "group": "all", "unit": "points"}  # fmt: skip
    return [
        of | {"measure": "satisfaction", "estimate": f"{means['satisfaction']:.1f}"},
        of | {"measure": "relevance", "estimate": f"{means['relevance'] + 1:.1f}"},
        {"report": "weekly", "market": "DE", "level": "results", "measure": "error_rate", "term": "week",
         "group": "all", "estimate": "12", "unit": "points"},
    ]  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The notebook where an analyst starts, on one large and one tiny market, with every cell run."""
    if found() is None:
        pytest.skip("no Chromium is on the path (apt install chromium)")
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed here")
    folder = tmp_path_factory.mktemp("lab")
    workspace, reports = folder / "ws", folder / "reports"
    make(workspace, markets=("DE", "IE"))
    reports.mkdir()
    with (reports / "estimates.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(published(workspace))
    copied(folder, workspace=str(workspace), reports=str(reports))
    with (
        serving(folder) as address,
        launched(besides="127.0.0.1") as browser,
        opened(browser, address) as page,
    ):
        run_all(page)
        page.locator(PANEL).scroll_into_view_if_needed()
        yield page


def axe(page) -> list[str]:
    page.evaluate(AXE_SCRIPT)
    answer = page.evaluate(
        "([panel, values]) => axe.run(panel, {runOnly: {type: 'tag', values}})", [PANEL, RULES]
    )
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in answer["violations"]]


def test_the_desk_is_driven_by_keyboard_and_mouse(page):
    """One visit, in the order of an analyst: a kernel of its own for each step would cost half a minute each."""
    desk = Desk(page)
    assert errors(page) == []
    assert "In Germany" in sentence(page)
    assert "Enough people for a report" in page.inner_text(PANEL)
    assert axe(page) == []
    asks(desk)
    compares(desk)
    takes_apart(desk)
    assert desk.untouched == set()
    assert errors(page) == []


def asks(desk: Desk) -> None:
    """Question, market, programme, period, the way down and up, the code."""
    # the keyboard: a list follows the arrows, a button the Enter key
    assert "In Ireland" in desk.press("Market", "ArrowDown")
    assert "3px" in desk.list("Market").evaluate("(e) => getComputedStyle(e).boxShadow")
    assert "Not for sharing: n < 10" in desk.text
    assert "In Germany" in desk.press("Market", "ArrowUp")
    assert "of decisions were right" in desk.press("One step up", "Enter")
    assert desk.chosen("Programme") == "All programmes"
    # the mouse: down to the last step, and every other list
    assert f"“{TITLE}”" in desk.choose("Look into", TITLE)
    assert desk.chosen("Programme") == TITLE
    cohort = desk.options("Look into")[1]
    week = cohort.removeprefix("trained ")
    assert week in desk.choose("Look into", cohort)
    assert "about adult nudity" in desk.choose("Look into", "adult nudity")
    assert "This is the last step" in desk.text
    assert "in this policy area" in desk.text
    assert desk.too_wide == []
    above = desk.click("One step up")
    assert week in above
    assert "adult nudity" not in above
    assert "of decisions were right" in desk.choose("Programme", "All programmes")
    assert "Over all markets" in desk.choose("Market", "All markets")
    assert "2025Q4" in desk.choose("Period", "2025Q4")
    assert "rated satisfaction" in desk.choose("Question", "How did people rate the training?")
    assert "conf_low" in desk.unfolded("Every number of the result")
    assert "satisfaction" in desk.unfolded("The numbers behind this figure")
    # the code that is copied is the code that is shown
    assert desk.copied().strip() == desk.code().strip()
    assert "tne.survey_summary" in desk.code()
    assert axe(desk.page) == []


def compares(desk: Desk) -> None:
    """Two cohorts: their decisions, their tests, and why some cannot be compared."""

    def compared(told: str, second: str, first: str) -> bool:
        return f"people {week(second)} differ" in told and f"from those {week(first)}" in told

    def week(cohort: str) -> str:
        return cohort.partition(":")[0]

    assert "Over all markets people" in desk.choose("I want to", "Compare two cohorts")
    assert "In Germany people" in desk.choose("Market", "Germany")
    told = desk.choose("Programme", TITLE)
    one, two, three, *_ = desk.options("First cohort")
    assert desk.options("Second cohort")[:3] == [one, two, three]
    assert one.endswith(" people")
    assert compared(told, two, one)
    assert compared(desk.choose("Second cohort", three), three, one)
    assert compared(desk.choose("First cohort", two), three, two)
    assert "differ in accuracy" in sentence(desk.page)
    assert "says that they differ, not why" in desk.text
    assert "Not for sharing" not in desk.text
    assert desk.too_wide == []
    desk.choose("Second cohort", two)
    assert "The two cohorts are the same. Choose two." in desk.text
    assert "differ in the second test" in desk.choose("Question", "What did people learn?")
    assert desk.copied().strip() == desk.code().strip()
    assert "tne.took_both_tests" in desk.code()
    # a market with too few people for a report, and a programme that nobody was tested in
    desk.choose("Market", "Ireland")
    assert "Not for sharing: n < 10" in desk.text
    assert axe(desk.page) == []
    desk.choose("Programme", "Coaching after low audit scores")
    assert "No cohort has values before and after its training." in desk.text


def takes_apart(desk: Desk) -> None:
    """A published number that the desk gives too, one that it gives no more, one that it has no question for."""
    assert "Ratings in the surveys" in desk.choose("I want to", "Take a report’s number apart")
    assert desk.options("Report") == ["effectiveness · DE", "weekly · DE"]
    assert "The desk gives the same number today" in desk.text
    assert "tne.reaction_summary" in desk.text
    assert "tne.reaction_summary(" in desk.unfolded("Cells of the report’s notebook")
    assert desk.copied().strip() == desk.code().strip()
    desk.choose("Number", desk.options("Number")[1])
    assert "The desk gives another number today" in desk.text
    assert desk.too_wide == []
    assert axe(desk.page) == []
    assert "against the weeks before" in desk.choose("Report", "weekly · DE")
    assert desk.options("Number") == ["error rate · week: 12 points"]
    assert "The desk has no question for it" in desk.text
    assert "tne.weekly_operations" in desk.text
