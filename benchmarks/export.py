"""How much does a report cost after its notebook has run: the page, its gate, its bytes?

``python benchmarks/export.py [WORKSPACE]``. Executes the effectiveness report of one market of the demo, then makes and
checks its page again and again. Fails above 50 ms of processor or 600 kB.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import papermill

from tne.report.page import page
from tne.report.voice import voice_from
from tne.runs.convert import blocks
from tne.runs.gate import check_page

ROOT = Path(__file__).parent.parent
MARKET, ROUNDS, MOST_MS, MOST_KB = "GB", 30, 50, 600


def main() -> int:
    """Time the export and compare it with its bars."""
    workspace = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "data" / "demo").resolve()
    with tempfile.TemporaryDirectory() as folder:
        done = Path(folder, "done.ipynb")
        given = {"workspace": str(workspace), "market": MARKET}
        source = ROOT / "notebooks" / "reports" / "effectiveness.ipynb"
        papermill.execute_notebook(source, done, given, kernel_name="python3", progress_bar=False)
        cells = json.loads(done.read_text(encoding="utf-8"))["cells"]
    seconds, html = [], ""
    for _ in range(ROUNDS):
        start = time.process_time()
        pieces = blocks(cells)
        html = page(
            pieces, voice_from(pieces[-1].facts["voice"]), run={"run_id": "0" * 16, "index": "../index.html"}
        )
        check_page(html, frozenset({"an id"}))
        seconds.append(time.process_time() - start)
    spent, size = 1000 * statistics.median(seconds), len(html.encode()) / 1000
    print(
        f"export of one effectiveness report: {spent:.0f} ms (bar {MOST_MS}), {size:.0f} kB (bar {MOST_KB})"
    )
    return 0 if spent <= MOST_MS and size <= MOST_KB else 1


if __name__ == "__main__":
    sys.exit(main())
