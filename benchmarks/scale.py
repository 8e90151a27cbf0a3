"""What does a report cost when there are many, and what does a run cost in which nothing is due?"""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import reference_data
from ways import Work, run, tell

ROWS = 200
IMPORTS = "import pandas as pd\n\nimport tne"
PARAMETERS = (
    'workspace: str = "data/demo"  # folder with the tables\nmarket: str = "M0001"  # code of the market\n'
    'period: str = ""  # only the latest\nlanguage: str = ""  # BCP 47 tag'
)
STEPS = (
    'audits = pd.read_parquet(f"{workspace}/tables/audits/market={market}/part.parquet")\n'
    'row = {"market": market, "name": market, "language": "en"}\n'
    'voice = tne.say.voice(row, report="stub", as_of=audits["decided_at"].max())',
    'tne.say.section(voice, "quality")',
    'tne.say.provenance(voice, {"used": len(audits), "quarantined": 0, "as_of": voice.as_of})',
)


def stub(folder: Path) -> Path:
    """Write a notebook that does next to nothing, so that what is timed is the run and not the report."""
    folder.mkdir(parents=True)
    cells = [_cell("markdown", "# What does a report cost?"), _cell("code", IMPORTS)]
    cells += [_cell("code", PARAMETERS, "parameters")]
    for step in STEPS:
        cells += [_cell("markdown", "A step."), _cell("code", step)]
    path = folder / "stub.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    return path


def _cell(kind: str, text: str, *tags: str) -> dict[str, object]:
    made = {"cell_type": kind, "metadata": {"tags": list(tags)}, "source": text}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def small_markets(folder: Path, n: int) -> Work:
    """Return the work of `n` markets of 200 audits each."""
    notebook = stub(folder / "notebooks")
    reference_data.write(folder / "workspace", n, ROWS)
    return Work(notebook, folder / "workspace", tuple(reference_data.codes(n)), folder)


def unchanged(folder: Path, n: int, rounds: int) -> None:
    """A run in which all reports are as they were."""
    work = small_markets(folder, n)
    run(work)
    again = statistics.median(run(work, fresh=False)["whole"] for _ in range(rounds))
    tell(f"{n} unchanged reports: the whole command", again, "s", most=2)


def many(folder: Path, few: int, all_of_them: int) -> None:
    """The cost of a report, and the memory of the command, for few and for many markets."""
    found = {n: run(small_markets(folder / str(n), n)) for n in (few, all_of_them)}
    for n, taken in found.items():
        tell(
            f"{n} small reports: milliseconds a report, 2 workers, server warm",
            1000 * taken["warm"] / n,
            "ms",
        )
        tell(f"{n} small reports: the whole command", taken["whole"], "s")
        tell(f"{n} small reports: peak memory of the command's process", taken["peak"] / 1e6, "MB")
    each = [taken["warm"] / n for n, taken in found.items()]
    tell(f"cost of a report among {all_of_them} against one among {few}", each[1] / each[0], most=1.1)
