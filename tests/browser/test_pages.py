"""Reports in a real browser, without a network: silent, readable by everyone, usable by keys, whole on paper."""

import pytest

from tests.browser.seeing import SEEN
from tests.browser.shelf import AT_HOME, INDEX, PAGES, TINY
from tests.browser.visit import CHECKS, findings, visiting

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# What the template does is the same on every page: tried here on the largest, from both sides, and on the index; the
# proof tries it on all
TEMPLATE = {
    "keyboard", "keyboard, folds open", "skip link", "tips", "folds", "sorting", "contents", "no motion", "no script",
}  # fmt: skip
WHOLE = {"effectiveness de", "effectiveness ar", INDEX}
# What takes seconds a page: in CI on the main report, the index and the market with hardly a number
LONG = {"axe", "contrast", "paper"}


@pytest.fixture(scope="module")
def visit(request, browser):
    """One page, open while all checks are made; the pages take turns in how axe measures their contrast."""
    shelf = request.getfixturevalue("at_home" if request.param in AT_HOME else "abroad")
    path, language = shelf[request.param]
    turn = PAGES.index(request.param) % len(SEEN)
    with visiting(browser, path, language, told=(SEEN[turn],), alike=False) as visit:
        yield visit


def marks(page, check):
    group = pytest.mark.xdist_group("company" if page in AT_HOME else "abroad")
    return (group, pytest.mark.thorough) if check in LONG and page not in {*WHOLE, TINY} else group


def tried():
    return [
        pytest.param(page, check, marks=marks(page, check))
        for page in PAGES
        for check in CHECKS
        if page in WHOLE or check not in TEMPLATE
    ]


@pytest.mark.parametrize(("visit", "check"), tried(), indirect=["visit"])
def test_the_page_stands(visit, check):
    found = findings(visit, check)
    assert not found, "\n".join(found)
