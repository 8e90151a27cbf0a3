"""The index of 65 markets and 12 programmes: found, sorted and read by keyboard, on a desk and on a phone."""

from __future__ import annotations

import re

import pytest

from tests.browser import seeing
from tests.browser.chromium import PHONE, SMALL, WIDE, tab
from tests.indices import ACTIONS, TITLES, codes, made_up
from tne.report.index_page import index_page
from tne.report.voice import voice

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser_index")]
MARKETS = 65


def written(folder, language="en", **given):
    path = folder / f"index-{language}.html"
    speaking = voice({"market": "all", "name": "Moderation", "language": language})
    path.write_text(index_page(**(given or made_up()), voice=speaking), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return written(tmp_path_factory.mktemp("index"))


@pytest.fixture
def shown(browser, path):
    """The index in a window; at the end it has asked for nothing and complained of nothing."""
    with tab(browser, path) as window:
        yield window
        assert window.heard.findings == []


def rows(page):
    """Codes of the rows that are shown, in their order."""
    return page.eval_on_selector_all(
        "#matrix tbody tr", "(all) => all.filter((e) => e.checkVisibility()).map((e) => e.dataset.code)"
    )


def columns(page):
    return page.eval_on_selector_all(
        "#matrix thead th",
        "(all) => all.filter((e) => e.checkVisibility()).map((e) => e.firstElementChild.textContent)",
    )[2:]


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def step_to(page, element):
    """Press Tab until the element has the focus, as a reader would who has no mouse."""
    for _ in range(60):
        if page.evaluate("document.activeElement?.id") == element:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {element}")


def choose(page, element, value):
    """Press the arrow down until a choice is made; letters would have to come fast."""
    step_to(page, element)
    for _ in range(20):
        if page.input_value(f"#{element}") == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{element} does not offer {value}")


def announced(page):
    return page.locator("[aria-live]").inner_text()


def with_action(action, programme=None):
    cells = made_up()["cells"].items()
    return {m for (m, p), cell in cells if cell["decision"] == action and programme in (None, p)}


def test_typing_finds_markets_and_programmes_and_says_how_many(shown):
    page = shown.page
    assert announced(page) == "65 of 65 markets shown"
    step_to(page, "q")
    page.keyboard.type("austri")
    assert (rows(page), announced(page)) == (["AT"], "1 of 65 markets shown")
    assert columns(page) == list(TITLES)
    page.keyboard.press("Control+A")
    page.keyboard.type("APPEALS")
    programme = next(f"p{k:02d}" for k, title in enumerate(TITLES) if "Appeals" in title)
    ran = {market for market, p in made_up()["cells"] if p == programme}
    assert (columns(page), set(rows(page))) == (["Appeals: handling workshop"], ran)
    page.keyboard.press("Control+A")
    page.keyboard.type("cote appeals")  # without its accent
    assert rows(page) == (["CI"] if "CI" in ran else [])
    page.keyboard.press("Control+A")
    page.keyboard.type("nowhere")
    assert (rows(page), announced(page)) == ([], "0 of 65 markets shown")


def test_results_and_states_are_chosen_by_key_and_all_is_shown_again(shown):
    page = shown.page
    choose(page, "result", "a:revise")
    assert set(rows(page)) == with_action("revise")
    visible = page.eval_on_selector_all(
        "#matrix td[data-a]",
        "(all) => all.filter((e) => e.firstElementChild.checkVisibility({visibilityProperty: true}))"
        ".map((e) => e.dataset.a)",
    )
    assert set(visible) <= {"revise"}
    choose(page, "state", "trouble")
    troubled = {code for i, code in enumerate(codes(MARKETS)) if i % 13 == 5 or i % 17 == 3}
    assert set(rows(page)) == troubled & with_action("revise")
    step_to(page, "reset")
    page.keyboard.press("Enter")
    assert announced(page) == "65 of 65 markets shown"
    assert page.evaluate("document.activeElement.id") == "q"
    choose(page, "state", "news")
    assert set(rows(page)) == {change["market"] for change in made_up()["news"]["changes"]}


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_columns_are_sorted_by_key_and_say_so(shown, key):
    page = shown.page
    heads = page.locator("#matrix thead th")
    assert heads.nth(0).get_attribute("aria-sort") == "ascending"
    names = page.eval_on_selector_all("#matrix tbody th b", "(all) => all.map((e) => e.textContent)")
    heads.nth(0).locator("button").focus()
    page.keyboard.press(key)
    assert heads.nth(0).get_attribute("aria-sort") == "descending"
    assert (
        page.eval_on_selector_all("#matrix tbody th b", "(all) => all.map((e) => e.textContent)")
        == names[::-1]
    )
    heads.nth(1).locator("button").focus()
    page.keyboard.press(key)
    days = page.eval_on_selector_all("#matrix td.data", "(all) => all.map((e) => e.dataset.v)")
    assert days == sorted(days)
    assert page.locator("[aria-sort]").count() == 1
    assert heads.nth(1).locator("button").get_attribute("aria-label") == "Sort: Data to"


@pytest.mark.parametrize(("by", "attribute"), [("action", "a"), ("effect", "v"), ("evidence", "g")])
def test_any_programme_sorts_the_markets_by_action_effect_or_evidence(shown, by, attribute):
    page = shown.page
    choose(page, "by", by)
    button = page.locator("#matrix thead th").nth(4).locator("button")
    found = []
    for _ in range(2):
        button.focus()
        page.keyboard.press("Enter")
        told = page.eval_on_selector_all(
            "#matrix tbody tr", f"(all) => all.map((e) => e.cells[4].dataset.{attribute} || null)"
        )
        known = [value for value in told if value is not None]
        assert told == known + [None] * (MARKETS - len(known))
        found.append(
            [
                float(v) if attribute == "v" else list(ACTIONS).index(v) if attribute == "a" else v
                for v in known
            ]
        )
    best_first = attribute == "v"
    assert found == [sorted(found[0], reverse=best_first), sorted(found[0], reverse=not best_first)]
    assert page.locator("#matrix thead th").nth(4).get_attribute("aria-sort") == (
        "ascending" if best_first else "descending"
    )


def test_the_address_keeps_the_choice(shown, browser, path):
    page = shown.page
    step_to(page, "q")
    page.keyboard.type("an")
    choose(page, "result", "a:keep")
    page.locator("#matrix thead th").nth(1).locator("button").press("Enter")
    chosen = rows(page)
    assert 0 < len(chosen) < MARKETS
    address = page.url
    page.reload()
    assert (page.url, rows(page), page.input_value("#q")) == (address, chosen, "an")
    page.goto(f"{path.as_uri()}#result=a:nonsense&sort=99&by=x")
    page.reload()
    assert announced(page) == "65 of 65 markets shown"
    page.goto(path.as_uri())
    assert announced(page) == "65 of 65 markets shown"


def test_without_its_script_everything_is_there_and_nothing_dead(browser, path):
    with tab(browser, path, scripts=False) as bare, tab(browser, path) as scripted:
        page = bare.page
        assert rows(page) == rows(scripted.page)
        assert len(rows(page)) == MARKETS
        assert columns(page) == list(TITLES)
        assert not page.locator("#controls").is_visible()
        assert page.locator("button:not([popovertarget])").count() == page.locator("#reset").count() == 1
        assert seeing.same_without_script(scripted, bare) == []


def test_grades_open_by_key_and_by_touch(shown):
    page = shown.page
    first = page.locator("button.grade").first
    meaning = page.locator(f"[id='{first.get_attribute('popovertarget')}']")
    first.focus()
    page.keyboard.press("Enter")
    assert meaning.is_visible()
    page.keyboard.press("Escape")
    assert not meaning.is_visible()
    first.click()
    assert meaning.is_visible()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_page_never_scrolls_sideways(browser, tmp_path, language):
    with tab(browser, written(tmp_path, language)) as window:
        for width in (320, SMALL, PHONE, 700, WIDE):
            window.fresh(width=width, opened=True)
            assert window.page.evaluate("document.documentElement.scrollWidth") <= width


def test_market_and_headings_stay_in_sight(shown):
    page = shown.page
    region = page.locator("#matrix").locator("xpath=..")
    region.scroll_into_view_if_needed()
    before = page.locator("#matrix thead th").first.bounding_box()
    region.evaluate("(e) => e.scrollTo(600, 2000)")
    assert region.evaluate("(e) => [e.scrollLeft, e.scrollTop]") == [600, 2000]
    frame = region.bounding_box()
    corner = page.locator("#matrix thead th").first.bounding_box()
    assert corner["x"] == before["x"]
    assert abs(corner["y"] - frame["y"]) <= 2
    # the first row in sight still says its market at the edge
    assert page.locator("#matrix tbody th").nth(20).bounding_box()["x"] == before["x"]


def test_on_a_phone_each_market_is_a_card_that_names_its_programmes(browser, path):
    with tab(browser, path) as window:
        window.fresh(width=PHONE)
        page = window.page
        cell = page.locator("#matrix td[data-a]").first
        assert cell.locator(".label").is_visible()
        assert not page.locator("#matrix thead").is_visible()
        assert not page.locator("#matrix td.none").first.is_visible()
        choose(page, "order", "1")
        days = page.eval_on_selector_all("#matrix td.data", "(all) => all.map((e) => e.dataset.v)")
        assert days == sorted(days)
        assert days[0] < days[-1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_no_rule_of_axe_is_broken(browser, tmp_path, width, scheme):
    """On fewer markets, as every row is made alike: axe needs half a minute for 65 of twelve programmes."""
    with tab(browser, written(tmp_path, **made_up(6, 6))) as window:
        window.fresh(width=width, scheme=scheme, opened=True)
        assert seeing.axe(window) == []
        assert window.look("contrast") == []


def test_on_paper_the_whole_matrix_stands_without_its_controls(shown):
    page = shown.page
    step_to(page, "q")
    page.emulate_media(media="print")
    assert not page.locator("#controls").is_visible()
    assert page.locator("#matrix thead button:visible").count() == 0
    assert page.evaluate(
        "document.querySelector('#matrix').scrollWidth <= document.querySelector('main').clientWidth"
    )
    assert len(rows(page)) == MARKETS
    assert re.search(r"recover|works again", page.locator("#changes").inner_text())
