"""What the learning section of ``effectiveness`` adds: ``python benchmarks/learning.py [PEOPLE]``.

It makes one market of the demo with that many seats (250), executes the cells of the notebook once to warm up, and
then times those of the learning section, five times: measures, words, tables and figures. What the tests' tables take
to read is timed too, apart: the report read them before it had such a section. The bar is half a second of
processor; a busy machine doubles it, so leave it alone meanwhile.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tne.made import to_toml
from tne.simulate.demo import demo
from tne.simulate.markets import MARKETS
from tne.tables.store import write_tables

NOTEBOOK = Path(__file__).resolve().parents[1] / "notebooks" / "reports" / "effectiveness.ipynb"
BAR, TIMES = 0.5, 5
# A word of a cell → its part of the section
PARTS = {
    "tne.learning_summary": "tests and their measures",
    "tne.say.learning_lead": "words",
    '"pre_post_slope"': "figure before and after",
    "tne.gain_by_group": "groups",
    "tne.say.retention_lead": "words of what was left",
    '"retention_slope"': "figure of what was left",
}
READING = "of which reading"


def cells() -> Iterator[tuple[Any, str, bool]]:
    """Yield each code cell compiled, the part of the section that it is or "", and whether it holds the parameters."""
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            part = next((part for word, part in PARTS.items() if word in source), "")
            yield (
                compile(source, part or "cell", "exec"),
                part,
                "parameters" in cell["metadata"].get("tags", []),
            )


def market(folder: Path, people: int) -> str:
    """Write the tables of one market with so many seats; return its code."""
    made = demo(markets=(replace(MARKETS[0], size=people),))
    write_tables({name: frame for name, frame in made.tables.items() if len(frame)}, folder)
    (folder / "tne.toml").write_text(to_toml(made.config), encoding="utf-8")
    return MARKETS[0].code


def timed(folder: Path, code: str) -> dict[str, tuple[float, float]]:
    """Execute the notebook once; return seconds and seconds of processor of each part of the section."""
    names: dict[str, Any] = {"__name__": "__main__", "display": lambda *blocks: None}
    told: dict[str, tuple[float, float]] = {}
    for cell, part, holds_parameters in cells():
        start = time.perf_counter(), time.process_time()
        exec(cell, names)
        if part:
            told[part] = time.perf_counter() - start[0], time.process_time() - start[1]
        if holds_parameters:
            names |= {"workspace": str(folder), "market": code}
    start = time.perf_counter(), time.process_time()
    for programme in names["titles"]:
        names["ws"].scores(programme)
    names["ws"].table("responses", market=code)
    told[READING] = time.perf_counter() - start[0], time.process_time() - start[1]
    return told


def main(people: int) -> int:
    with tempfile.TemporaryDirectory() as where:
        code = market(Path(where), people)
        timed(Path(where), code)
        runs = [timed(Path(where), code) for _ in range(TIMES)]
    middle = {part: [statistics.median(run[part][i] for run in runs) for i in (0, 1)] for part in runs[0]}
    for part, (wall, processor) in middle.items():
        print(f"{part:26s} {wall:6.3f} s   processor {processor:6.3f} s")
    added = [
        sum(seconds[i] for part, seconds in middle.items() if part != READING) - middle[READING][i]
        for i in (0, 1)
    ]
    print(f"\nadded for {people} people: {added[0]:.2f} s, processor {added[1]:.2f} s; the bar is {BAR} s")
    return 0 if added[1] <= BAR else 1


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 250))
