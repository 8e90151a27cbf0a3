"""Reports in a real browser, without a network: silent, readable by everyone, usable by keys, whole on paper."""

import pytest

from tests.browser.seeing import SEEN
from tests.browser.shelf import AT_HOME, INDEX, PAGES
from tests.browser.visit import CHECKS, findings, visiting

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# What the template does is the same on every page: tried here on the largest, from both sides, and on the index; the
# proof tries it on all
TEMPLATE = {
    "keyboard", "keyboard, folds open", "skip link", "tips", "folds", "sorting", "contents", "no motion", "no script",
}  # fmt: skip
WHOLE = {"effectiveness de", "effectiveness ar", INDEX}


@pytest.fixture(scope="module")
def visit(request, browser):
    """One page, open while all checks are made; the pages take turns in how axe measures their contrast."""
    shelf = request.getfixturevalue("at_home" if request.param in AT_HOME else "abroad")
    path, language = shelf[request.param]
    turn = PAGES.index(request.param) % len(SEEN)
    with visiting(browser, path, language, told=(SEEN[turn],), alike=False) as visit:
        yield visit


def tried():
    return [
        pytest.param(page, check, marks=pytest.mark.xdist_group("company" if page in AT_HOME else "abroad"))
        for page in PAGES
        for check in CHECKS
        if page in WHOLE or check not in TEMPLATE
    ]


@pytest.mark.parametrize(("visit", "check"), tried(), indirect=["visit"])
def test_the_page_stands(visit, check):
    found = findings(visit, check)
    assert not found, "\n".join(found)
