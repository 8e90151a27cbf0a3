"""Everything that a page must stand, in the order of a visit: the tests and the proof try the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser import keys, printed, seeing
from tests.browser.chromium import Tab, tab

LARGEST, LONGEST = 600_000, 12  # bytes of a page; sheets of the report on effectiveness


@dataclass(frozen=True)
class Visit:
    """A page, and how closely it is looked at.

    Parameters
    ----------
    tab, bare : Tab
        The page with its script and without.
    path : Path
    language : str
        The language that it must speak.
    told : tuple of (int, str)
        At which widths and in which schemes axe measures contrast, which takes most of the time; the own measure is
        taken at all of them.
    alike : bool
        Whether axe measures there every text, or the first three of each kind in each part.
    """

    tab: Tab
    bare: Tab
    path: Path
    language: str
    told: tuple[tuple[int, str], ...]
    alike: bool = True


@contextmanager
def visiting(
    browser: Browser,
    path: Path,
    language: str,
    *,
    told: tuple[tuple[int, str], ...] = seeing.SEEN,
    alike: bool = True,
) -> Iterator[Visit]:
    """Open a page for all seeing."""
    with tab(browser, path) as shown, tab(browser, path, scripts=False) as bare:
        yield Visit(shown, bare, path, language, told, alike)


def paper(visit: Visit) -> list[str]:
    """Print the page: what is cut, lost or left alone, and too many sheets."""
    sheets = printed.printed(visit.tab.page)
    count = len(sheets.reader.pages)
    long = visit.path.parent.name == "effectiveness" and count > LONGEST
    return [
        *printed.uncut(visit.tab, sheets),
        *printed.selectable(visit.tab, sheets),
        *printed.folds_by_design(visit.tab, sheets),
        *printed.fits_on_paper(visit.tab),
        *([f"{count} sheets, more than {LONGEST}"] if long else []),
    ]


def small(visit: Visit) -> list[str]:
    """The file can be sent by mail."""
    size = visit.path.stat().st_size
    return [f"{size:,} bytes, more than {LARGEST:,}"] if size > LARGEST else []


def language(visit: Visit) -> list[str]:
    """The page speaks its language, in the direction of its script; Arabic is complete in the main report."""
    whole = visit.path.parent.name == "effectiveness"
    return seeing.speaks(visit.tab, visit.language, right_to_left=visit.language == "ar", whole=whole)


CHECKS: dict[str, Callable[[Visit], list[str]]] = {
    "small": small,
    "language": language,
    "pictures": lambda v: seeing.pictured(v.tab),
    "axe": lambda v: seeing.accessible(v.tab, with_contrast=v.told, alike=v.alike),
    "contrast": lambda v: seeing.contrasts(v.tab),
    "fits": lambda v: seeing.fits(v.tab),
    "spaced": lambda v: seeing.spaced(v.tab),
    "keyboard": lambda v: keys.keyboard(v.tab),
    "keyboard, folds open": lambda v: (v.tab.open_all(), keys.keyboard(v.tab))[1],
    "skip link": lambda v: keys.skips(v.tab),
    "tips": lambda v: keys.tips(v.tab),
    "folds": lambda v: keys.folds(v.tab),
    "sorting": lambda v: keys.sorts(v.tab),
    "contents": lambda v: keys.follows(v.tab),
    "no motion": lambda v: seeing.still(v.tab),
    "no script": lambda v: seeing.same_without_script(v.tab, v.bare),
    "paper": paper,
}


def findings(visit: Visit, check: str) -> list[str]:
    """Load the page anew, apply one check, and add what the page asked for or complained of meanwhile."""
    visit.tab.fresh()
    return [*CHECKS[check](visit), *visit.tab.heard.findings, *visit.bare.heard.findings]
