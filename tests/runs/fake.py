"""A tiny workspace and report notebooks, written by the tests: no demo, no statistics."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

PARAMETERS = (
    'workspace: str = ""  # folder\nmarket: str = "DE"  # code\nperiod: str = ""  # latest\n'
    'language: str = ""  # of the market\nbad: str = ""  # market that goes wrong\nweeks: int = 12  # window\n'
    'mode: str = ""  # how it goes wrong\nnap: float = 0.0  # seconds'
)
IMPORTS = "import os, sys, time, subprocess\nfrom tne.report.block import Block, estimates_row"
ROW = (
    "row = estimates_row(report='{report}', market=market, programme_id='p1', level='learning', measure='gain',\n"
    "    term='d', period='2026Q2', estimate=0.5, conf_low=0.1, conf_high=0.9, conf_level=0.95, n=40, n_people=20)\n"
    "Block(html=f'<p>Gain in {{market}}: 0.5</p>', rows=(row,), kind='text')"
)
END = "Block(html='<p>end</p>', kind='end', facts={'period': '2026Q2', 'as_of': '2026-06-28T00:00:00Z'})"


def cell(kind: str, text: str, *tags: str) -> dict:
    made = {
        "cell_type": kind,
        "id": f"c{abs(hash(text)) % 10**8}",
        "metadata": {"tags": list(tags)},
        "source": text,
    }
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def notebook(path: Path, *code: str, parameters: str = PARAMETERS, end: str | None = END) -> Path:
    """Write a report notebook whose own cells are `code`; ``{report}`` in them is its name."""
    cells = [
        cell("markdown", "# Did it work?"),
        cell("code", IMPORTS),
        cell("code", parameters, "parameters"),
    ]
    for text in (*code, *([end] if end else [])):
        cells += [
            cell("markdown", "## A step"),
            cell("code", text.replace("{report}", path.stem).replace("{{", "{").replace("}}", "}")),
        ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def workspace(root: Path, *markets: str) -> Path:
    """Write a workspace with the tables `markets` and `audits`."""
    (root / "tables" / "markets").mkdir(parents=True)
    (root / "tne.toml").write_text('name = "Fake"\ncontact = "team"\nmin_n = 10\n')
    rows = {
        "market": list(markets),
        "name": list(markets),
        "language": ["en"] * len(markets),
        "timezone": ["UTC"] * len(markets),
        "currency": ["EUR"] * len(markets),
    }
    pq.write_table(pa.table(rows), root / "tables" / "markets" / "part.parquet")
    for market in markets:
        audits(root, market, 3)
    return root


def audits(root: Path, market: str, n: int) -> None:
    folder = root / "tables" / "audits" / f"market={market}"
    folder.mkdir(parents=True, exist_ok=True)
    at = pa.array([1775000000000 + i * 10**9 for i in range(n)], pa.timestamp("ms", tz="UTC"))
    ids = [f"m-{market.lower()}{i:04d}" for i in range(n)]
    pq.write_table(pa.table({"moderator_id": ids, "decided_at": at}), folder / "part.parquet")


def tne(*arguments: object, cwd: Path, **more: object) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "tne.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False, **more)


def start(*arguments: object, cwd: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tne.cli", *map(str, arguments)]
    return subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for(condition, seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.02)


def processes_of(mark: str) -> list[int]:
    """Process ids whose environment holds `mark`: the workers, kernels and whatever they have started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if mark.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def send(process: subprocess.Popen[bytes], signum: signal.Signals) -> int:
    process.send_signal(signum)
    return process.wait(timeout=30)
