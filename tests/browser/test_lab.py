"""The desk in real JupyterLab: every cell runs, every control answers to keyboard and mouse, everyone can read it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.chromium import found, launched
from tests.browser.lab import PANEL, copied, errors, opened, run_all, sentence, serving, told_after
from tne.runs.estimates import COLUMNS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("lab")]
SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A row as a run publishes it: accuracy of ratings in the sample's only programme with answers in Spain
ROW = {
    "report": "effectiveness", "market": "ES", "programme_id": "onboarding", "level": "reaction",
    "measure": "satisfaction", "term": "mean", "group": "all", "estimate": "2.8", "unit": "points",
}  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The notebook where an analyst starts, on the sample, with every cell run."""
    if found() is None:
        pytest.skip("no Chromium is on the path (apt install chromium)")
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed here")
    folder = tmp_path_factory.mktemp("lab")
    reports = folder / "reports"
    reports.mkdir()
    with (reports / "estimates.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerow(ROW)
    copied(folder, workspace=str(SAMPLE), reports=str(reports))
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


def shown(page, label: str, option: str) -> str:
    """Return the text of an option, with the blanks that a reader sees."""
    return page.get_by_label(label, exact=True).evaluate(f"(e) => e.{option}.text").replace("\xa0", " ")


def test_the_desk_is_driven_by_keyboard_and_mouse(page, tmp_path):
    """One visit, in the order of an analyst: a kernel of its own for each step would cost half a minute each."""
    assert errors(page) == []
    assert "In Spain" in sentence(page)
    assert axe(page) == []

    def choose(label: str, text: str) -> str:
        return told_after(page, lambda: page.get_by_label(label, exact=True).select_option(text))

    # the keyboard: a list follows the arrows, a button the Enter key
    market = page.get_by_label("Market", exact=True)
    market.focus()
    assert "3px" in market.evaluate("(e) => getComputedStyle(e).boxShadow")
    assert "In Ireland" in told_after(page, lambda: page.keyboard.press("ArrowDown"))
    assert "Not for sharing: n < 10" in page.inner_text(PANEL)
    assert "In Spain" in told_after(page, lambda: page.keyboard.press("ArrowUp"))
    page.get_by_role("button", name="One step up").focus()
    assert "of decisions were right" in told_after(page, lambda: page.keyboard.press("Enter"))
    assert shown(page, "Programme", "selectedOptions[0]") == "All programmes"
    # the mouse: down to the last step, and every other list
    assert "“Onboarding”" in choose("Look into", "Onboarding")
    cohort = shown(page, "Look into", "options[1]")
    assert cohort in choose("Look into", cohort)
    assert "about adult nudity" in choose("Look into", "adult nudity")
    assert "This is the last step" in page.inner_text(PANEL)
    assert "of decisions were right" in choose("Programme", "All programmes")
    assert "2025Q4" in choose("Period", "2025Q4")
    assert "rated satisfaction" in choose("Question", "How did people rate the training?")
    # the code that is copied is the code that is shown
    page.locator(PANEL).get_by_role("button", name="Copy code").click()
    copied_text = page.evaluate("navigator.clipboard.readText()")
    assert copied_text.strip() == page.inner_text(f"{PANEL} .code pre").strip()
    assert "tne.survey_summary" in copied_text
    # a question that needs a table which is not there says which, and two cohorts that are not there
    assert "No cohort has values" in choose("I want to", "Compare two cohorts")
    assert axe(page) == []
    # a published number
    choose("I want to", "Take a report’s number apart")
    assert "The desk gives the same number today" in page.inner_text(PANEL)
    assert "tne.reaction_summary" in page.inner_text(PANEL)
    assert axe(page) == []
    page.screenshot(path=tmp_path / "desk.png")
    assert errors(page) == []
