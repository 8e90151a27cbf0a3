"""Every report of every market of the demo, in three languages and two directions, opened in a real browser."""

from __future__ import annotations

import contextlib
import fcntl
import io
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from playwright.sync_api import Browser

from tests.browser.chromium import launched
from tests.browser.printed import printed
from tests.browser.shelf import LANGUAGES, OVERALL, REPORTS, lacking
from tests.browser.visit import CHECKS, LARGEST, LONGEST, findings, visiting
from tests.prove.harness import CHECKPOINTS, Proof, seed_of
from tne.cli import main
from tne.made import make
from tne.simulate.markets import MARKETS

NAME = "pages"
LACKING = "DE without four tables"
TOGETHER = "all"  # the report over all markets
CASES = tuple((code, lang) for code in (*(m.code for m in MARKETS), LACKING, TOGETHER) for lang in LANGUAGES)


@cache
def _cases() -> dict[int, tuple[str, str]]:
    """Return the case of each seed: the harness gives a replication its seed alone."""
    return {seed_of(NAME, k): case for k, case in enumerate(CASES)}


def one(seed: int) -> dict[str, Any]:
    """Render the reports of one market in one language and open each page."""
    case, language = _cases()[seed]
    market = case.partition(" ")[0]
    with tempfile.TemporaryDirectory() as folder:
        root, workspace = Path(folder), _demo()
        if case == LACKING:
            workspace = lacking(workspace, root / "ws")
        output = root / "out"
        asked = ("--report", OVERALL) if case == TOGETHER else ("--market", market)
        options = ("--workspace", workspace, "--output", output, *asked, "--language", language)
        with contextlib.redirect_stdout(io.StringIO()):
            code = main(["run", *map(str, options), "--json"])
        pages_of = _asked(case)
        paths = [
            (path, language) for name in pages_of if (path := output / name / f"{market}.html").is_file()
        ]
        paths.append((output / "index.html", "en"))  # in the language of the workspace
        with launched() as browser:
            pages = [examined(browser, path, spoken) for path, spoken in paths if path.is_file()]
    return {"case": case, "language": language, "run": code, "pages": pages}


def _demo() -> Path:
    """Return the demo, made by the first replication that needs it; the others wait."""
    CHECKPOINTS.mkdir(exist_ok=True)
    with (CHECKPOINTS / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make(CHECKPOINTS / "demo")
    return CHECKPOINTS / "demo"


def _asked(case: str) -> tuple[str, ...]:
    """Return the reports that a case has; the index comes on top."""
    return (OVERALL,) if case == TOGETHER else REPORTS


def examined(browser: Browser, path: Path, language: str) -> dict[str, Any]:
    """Make every check of a page; what it asked for or complained of stands apart from what each check found."""
    with visiting(browser, path, language) as visit:
        found = {check: findings(visit, check) for check in CHECKS}
        heard = sorted({*visit.tab.heard.findings, *visit.bare.heard.findings})
        visit.tab.fresh()
        figures = visit.tab.page.locator("figure").count()
        sheets = len(printed(visit.tab.page).reader.pages)
    return {
        "page": f"{path.parent.name}/{path.name}" if path.stem != "index" else path.name,
        "bytes": path.stat().st_size,
        "sheets": sheets,
        "figures": figures,
        "heard": heard,
        "found": {
            check: [x for x in said if x not in heard]
            for check, said in found.items()
            if set(said) - set(heard)
        },
    }


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Every report is there, and nothing is found in any page by any check."""
    about = (
        {"case": row["case"], "language": row["language"], **page} for row in rows for page in row["pages"]
    )
    pages = pd.DataFrame(about)
    effects = pages.loc[pages["page"].str.startswith("effectiveness")]
    examples = {
        check: [
            f"{p.case}, {p.language}, {p.page}: {p.found[check][0]}"
            for p in pages.itertuples()
            if check in p.found
        ]
        for check in CHECKS
    }
    outcome = {
        "cases": len(rows),
        "pages": len(pages),
        "figures": int(pages["figures"].sum()),
        "largest_report_on_effectiveness_bytes": int(effects["bytes"].max()),
        "most_sheets_of_a_report_on_effectiveness": int(effects["sheets"].max()),
        "pages_with_findings": {check: len(found) for check, found in examples.items()},
        "findings": {check: found[:8] for check, found in examples.items() if found},
    }
    bars = {
        "every_report_made": all(
            row["run"] == 0 and len(row["pages"]) == len(_asked(row["case"])) + 1 for row in rows
        ),
        "nothing_asked_for_no_complaint": not pages["heard"].map(len).any(),
        f"effectiveness_at_most_{LARGEST // 1000}_kB": outcome["largest_report_on_effectiveness_bytes"]
        <= LARGEST,
        f"effectiveness_at_most_{LONGEST}_sheets": outcome["most_sheets_of_a_report_on_effectiveness"]
        <= LONGEST,
        **{check.replace(",", "").replace(" ", "_"): not found for check, found in examples.items()},
    }
    return {"outcomes": outcome, "bars": bars, "passed": all(bars.values())}


PAGES = Proof(
    name=NAME,
    claim="Every report of every market of the demo, in English, German and Arabic, in a browser without a network: "
    "silent, readable by everyone in light and dark, on a phone and on paper, and usable by keys alone",
    covers=(
        "src/tne/report/**/*.py",
        "src/tne/report/template/*",
        "src/tne/report/wording/*.po*",
        "src/tne/runs/*.py",
        "notebooks/reports/*.ipynb",
        "tests/browser/*.js",
        *(f"tests/browser/{name}.py" for name in ("chromium", "keys", "printed", "seeing", "visit")),
    ),
    replications=len(CASES),
    one=one,
    judge=judge,
)
