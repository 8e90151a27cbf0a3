"""The stub: four markets, one notebook without statistics, and tables that differ by their generation."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

MARKETS = ("AA", "BB", "CC", "DD")
REPORT = "stub"
OLD, NEW = 1, 2
WRONG = "The step that goes wrong"
CELLS = (
    ("markdown", "# Did it survive?", ()),
    (
        "code",
        "import json, os\nfrom pathlib import Path\nimport pyarrow.parquet as pq\n"
        "from tne.report.block import Block, estimates_row",
        (),
    ),
    (
        "code",
        'workspace: str = ""  # folder\nmarket: str = "AA"  # code\nperiod: str = ""  # latest\n'
        'language: str = ""  # of the market',
        ("parameters",),
    ),
    ("markdown", "## The data", ()),
    (
        "code",
        'part = Path(workspace) / "tables" / "audits" / f"market={market}" / "part.parquet"\n'
        'generation = pq.ParquetFile(part).read()["generation"][0].as_py()\n'
        'with open(os.environ["TNE_RELEASED"], "a") as noted:  # as tne.open does\n'
        '    print(json.dumps({"scope": market, "held": [], "groups": []}), file=noted)',
        (),
    ),
    ("markdown", f"## {WRONG}", ()),
    (
        "code",
        'wrong = Path(workspace) / "wrong" / f"{market}.py"\n'
        'exec(wrong.read_text() if wrong.is_file() else "", globals())',
        (),
    ),
    ("markdown", "## The result", ()),
    (
        "code",
        'row = estimates_row(report="stub", market=market, programme_id="p1", level="learning", measure="gain",\n'
        '    term="d", period="2026Q2", estimate=float(generation), conf_low=0.5, conf_high=9.5, n=40, n_people=20)\n'
        'Block(html=f"<p>Start of generation {generation}.</p><p>{20_000 * str(generation)}</p>", rows=(row,))',
        (),
    ),
    ("markdown", "## The end", ()),
    (
        "code",
        'Block(html=f"<p>End of generation {generation}.</p>", kind="end",\n'
        '    facts={"period": "2026Q2", "as_of": "2026-06-28T00:00:00Z"})',
        (),
    ),
)


def write(home: Path) -> None:
    """Write the notebook, the settings and the table of markets into ``nb`` and ``ws`` of `home`."""
    folder = home / "ws" / "tables" / "markets"
    folder.mkdir(parents=True)
    (home / "ws" / "tne.toml").write_text('name = "Faults"\ncontact = "team"\nmin_n = 10\n')
    columns = {"market": [*MARKETS], "name": [*MARKETS], "language": ["en"] * len(MARKETS)}
    columns |= {"timezone": ["UTC"] * len(MARKETS), "currency": ["EUR"] * len(MARKETS)}
    pq.write_table(pa.table(columns), folder / "part.parquet")
    cells = [
        {"cell_type": kind, "metadata": {"tags": [*tags]}, "source": text}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for kind, text, tags in CELLS
    ]
    (home / "nb").mkdir()
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (home / "nb" / f"{REPORT}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def tables(workspace: Path, generation: int) -> None:
    """Write the audits of a generation; those of two generations have the same size."""
    at = pa.array([1_745_000_000 + i * 19_000_000 for i in range(3)], pa.timestamp("s", tz="UTC"))
    for market in MARKETS:
        folder = workspace / "tables" / "audits" / f"market={market}"
        folder.mkdir(parents=True, exist_ok=True)
        people = [f"m-{market.lower()}{i:04d}" for i in range(3)]
        columns = {"moderator_id": people, "decided_at": at, "generation": [generation] * 3}
        pq.write_table(pa.table(columns), folder / "part.parquet")
