"""Every hostile word in every text of the data, through every report, in every form that people open."""

from __future__ import annotations

import contextlib
import io
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from tests import hostile_checks as checks
from tests.browser.chromium import launched
from tests.browser.shelf import OVERALL, REPORTS
from tests.hostile_company import FIELDS, MARKET, NAMES, SHARES, pairs
from tests.hostile_runs import forms, found, made
from tests.hostile_words import WORDS
from tests.prove.harness import Proof, seed_of
from tne.cli import main

NAME = "hostile"
FORMS = ("html", "index", "xlsx", "pptx", "csv")
PAGES = len(REPORTS) + 2  # the one over all markets, and the index
# A workbook, slides and a page of every report, the index, the numbers, the PDF of one report, the two lists of files,
# the names of all files, and what four commands print
FILES = 3 * (len(REPORTS) + 1) + 1 + 1 + 1 + 2 + 1 + 4


@cache
def _shares() -> dict[int, int]:
    """Return the share of each seed: the harness gives a replication its seed alone."""
    return {seed_of(NAME, k): k for k in range(SHARES)}


def one(seed: int) -> dict[str, Any]:
    """Make one company and all its reports, publish them in every format, and open and read each file again."""
    share = _shares()[seed]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "company"
        root.mkdir()
        said = made(root, share)
        with launched() as browser:
            told = found(root, said, browser)
        told |= _printed(root, share)
    return {
        "share": share,
        "files": len(told),
        "found": {name: found["found"][:5] for name, found in told.items() if found["found"]},
        "forms": {form: sorted(seen) for form, seen in forms(told).items()},
    }


def _printed(root: Path, share: int) -> dict[str, Any]:
    """Publish one report as PDF, another one in each share: the browser's own command prints it."""
    report = (*REPORTS, OVERALL)[share % (len(REPORTS) + 1)]
    places = ["--reports", root / "out", "--workspace", root / "ws", "--to", root / "paper"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = main(["publish", *map(str, places), "--report", report, "--formats", "pdf"])
    market = "all" if report == OVERALL else MARKET
    path = root / "paper" / report / f"{market}.pdf"
    said = checks.pdf(path.read_bytes()) if code == 0 else [f"tne publish ended with {code}"]
    return {f"{report}.pdf": {"found": said, "seen": {}}}


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Nothing is found in any file, and every word stood in every field, and came out in every form."""
    out: dict[str, set[tuple[int, int]]] = {form: set() for form in FORMS}
    for row in rows:
        for form in FORMS:
            out[form] |= {tuple(pair) for pair in row["forms"].get(form, ())}
    held = set().union(*(pairs(row["share"]) for row in rows))
    words = {form: len({word for _, word in seen}) for form, seen in out.items()}
    outcome = {
        "companies": len(rows),
        "words": len(WORDS),
        "fields": len(FIELDS),
        "pairs_of_word_and_field": len(held),
        "files_opened": sum(row["files"] for row in rows),
        "pages_opened": PAGES * len(rows),
        "pairs_that_reach": {form: len(seen) for form, seen in out.items()},
        "words_that_reach": words,
        "fields_that_reach": {
            form: sorted({NAMES[field] for field, _ in seen}) for form, seen in out.items()
        },
        "fields_that_reach_nothing": sorted(
            set(NAMES) - {NAMES[f] for seen in out.values() for f, _ in seen}
        ),
        "findings": {f"{row['share']}, {name}": told for row in rows for name, told in row["found"].items()},
    }
    bars = {
        "at_least_60_words": len(WORDS) >= 60,
        "every_word_in_every_field": len(held) == len(WORDS) * len(FIELDS),
        "every_form_made": all(row["files"] == FILES for row in rows),
        "every_word_reaches_every_form": all(n == len(WORDS) for n in words.values()),
        "nothing_runs_leaves_or_breaks": not outcome["findings"],
    }
    return {"outcomes": outcome, "bars": bars, "passed": all(bars.values())}


HOSTILE = Proof(
    name=NAME,
    claim=f"{len(WORDS)} hostile words in each of {len(FIELDS)} texts of the data: all reports, index, workbooks, "
    "slides, PDF and numbers opened or read again; nothing runs, nothing is asked for, every word is whole, no layout "
    "breaks",
    covers=(
        "src/tne/report/**/*.py",
        "src/tne/report/template/*",
        *(
            f"src/tne/runs/{name}.py"
            for name in ("cover", "estimates", "gate", "leaving", "render", "together")
        ),
        "notebooks/reports/*.ipynb",
        "tests/hostile_*.py",
        "tests/browser/look.js",
        *(f"tests/browser/{name}.py" for name in ("chromium", "printed", "seeing")),
    ),
    replications=SHARES,
    one=one,
    judge=judge,
)
