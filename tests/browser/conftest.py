"""The pages, made once for all tests of this folder, and the browser that opens them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import found, launched
from tests.browser.shelf import INDEX, LANGUAGES, MISSING, REPORTS, TINY, lacking, render


@pytest.fixture(scope="session")
def pages(company, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, str]]:
    """Each page with the language that it must speak."""
    root = tmp_path_factory.mktemp("pages")
    outputs = {"de": company.output, "en": root / "en", "ar": root / "ar"}
    for language in ("en", "ar"):
        render(company.workspace, outputs[language], "--market", "DE", "--language", language)
    few = lacking(company.workspace, root / "ws")
    render(few, root / "few", "--market", "DE", "--language", "en", "--report", "effectiveness")
    return {
        f"{name} {lang}": (outputs[lang] / name / "DE.html", lang) for lang in LANGUAGES for name in REPORTS
    } | {
        INDEX: (company.output / "index.html", "en"),
        TINY: (company.output / "effectiveness" / "IE.html", "en"),
        MISSING: (root / "few" / "effectiveness" / "DE.html", "en"),
    }


@pytest.fixture(scope="module")
def browser():
    """Chromium without a network."""
    if found() is None:
        pytest.skip(
            "no Chromium is on the path; the pages are opened by the system's own (apt install chromium)"
        )
    with launched() as chromium:
        yield chromium
