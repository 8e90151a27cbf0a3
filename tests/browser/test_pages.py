"""Reports in a real browser, without a network: silent, readable by everyone, usable by keys, whole on paper."""

import pytest

from tests.browser.seeing import SEEN
from tests.browser.shelf import AT_HOME, PAGES
from tests.browser.visit import CHECKS, findings, visiting

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# Tried here on the German pages, the index and the small ones, and by the proof on all
LONG = {"keyboard, folds open", "tips", "paper"}
# The same in English as in German but for the length of the words, which other checks see
ALIKE = {"keyboard", "skip link", "folds", "sorting", "contents", "no motion", "no script"}
TURNED = "effectiveness ar"  # from right to left, so all is tried on it, too


@pytest.fixture(scope="module")
def visit(request, browser):
    """One page, open while all checks are made; the pages take turns in how axe measures their contrast."""
    shelf = request.getfixturevalue("at_home" if request.param in AT_HOME else "abroad")
    path, language = shelf[request.param]
    turn = PAGES.index(request.param) % len(SEEN)
    with visiting(browser, path, language, told=(SEEN[turn],)) as visit:
        yield visit


def tried():
    return [
        pytest.param(page, check, marks=pytest.mark.xdist_group("company" if page in AT_HOME else "abroad"))
        for page in PAGES
        for check in CHECKS
        if page == TURNED
        or (
            not (check in LONG and page.endswith((" en", " ar")))
            and not (check in ALIKE and page.endswith(" en"))
        )
    ]


@pytest.mark.parametrize(("visit", "check"), tried(), indirect=["visit"])
def test_the_page_stands(visit, check):
    found = findings(visit, check)
    assert not found, "\n".join(found)
