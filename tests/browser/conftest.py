"""The pages, made once for all tests of this folder, and the browser that opens them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import found, launched
from tests.browser.shelf import ABROAD, INDEX, MISSING, OVERALL, REPORTS, TINY, render
from tne.made import make


@pytest.fixture(scope="session")
def at_home(company) -> dict[str, tuple[Path, str]]:
    """Each page of the small company with the language that it must speak; for tests of the group "company"."""
    return {f"{name} de": (company.output / name / "DE.html", "de") for name in REPORTS} | {
        f"{OVERALL} en": (company.output / OVERALL / "all.html", "en"),
        INDEX: (company.output / "index.html", "en"),
        TINY: (company.output / "effectiveness" / "IE.html", "en"),
    }


@pytest.fixture(scope="session")
def abroad(lacking, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, str]]:
    """The reports in other languages and without some tables; for tests of the group "abroad"."""
    root = tmp_path_factory.mktemp("pages")
    make(root / "ws", markets=("DE",))
    asked = [page.split() for page in ABROAD if page != MISSING]
    for name, language in asked:
        options = ("--market", "DE", "--language", language, "--report", name)
        render(root / "ws", root / language / name, *options)
    return {
        f"{name} {language}": (root / language / name / name / "DE.html", language)
        for name, language in asked
    } | {MISSING: (lacking.output / "effectiveness" / "IE.html", "en")}


@pytest.fixture(scope="module")
def browser():
    """Chromium without a network."""
    if found() is None:
        pytest.skip(
            "no Chromium is on the path; the pages are opened by the system's own (apt install chromium)"
        )
    with launched() as chromium:
        yield chromium
