"""Which pages are opened: each report once, the main one from right to left too, the index, markets that lack data."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.e2e.rendered import tne_says

ROOT = Path(__file__).resolve().parents[2]
OVERALL = "portfolio"  # one page for all markets
REPORTS = tuple(sorted({p.stem for p in (ROOT / "notebooks" / "reports").glob("*.ipynb")} - {OVERALL}))
LANGUAGES = ("de", "en", "ar")
INDEX, TINY, MISSING = "index", "tiny market", "missing tables"
AT_HOME = (
    *(f"{report} de" for report in REPORTS),
    f"{OVERALL} en",
    INDEX,
    TINY,
)  # made by the small company itself
ABROAD = ("effectiveness ar", MISSING)  # the proof opens all in all languages
PAGES = (*AT_HOME, *ABROAD)
WITHOUT = ("responses", "surveys", "appeals", "costs")  # tables that the last market does not export


def render(workspace: Path, output: Path, *options: str) -> None:
    """Make reports, or fail with what was said."""
    code, _, said = tne_says("run", "--workspace", workspace, "--output", output, "--json", *options)
    assert code == 0, said


def lacking(workspace: Path, copy: Path) -> Path:
    """Copy a workspace, less some of its tables."""
    shutil.copytree(workspace, copy)
    for table in WITHOUT:
        shutil.rmtree(copy / "tables" / table)
    return copy
