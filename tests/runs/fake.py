"""A tiny workspace and report notebooks, written by the tests: no demo, no statistics."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

PARAMETERS = (
    'workspace: str = ""  # folder\nmarket: str = "AA"  # code\nperiod: str = ""  # latest\n'
    'language: str = ""  # of the market\nmode: str = ""  # how it goes wrong\nweeks: int = 12  # window'
)
IMPORTS = (
    "import json, os, subprocess, time\nfrom pathlib import Path\n"
    "from tne.report.block import Block, estimates_row"
)
# What goes wrong, by the name of the market or by the parameter `mode`.
STEP = """\
with open(os.environ["TNE_READS"], "a") as noted:  # as tne.open(..., market=market) does
    print(market, file=noted)
crowd = Path(workspace, f"crowd-{market}.json")  # whom the page is about, if a test says so
told = json.loads(crowd.read_text()) if crowd.exists() else []
with open(os.environ["TNE_RELEASED"], "a") as noted:
    print(json.dumps({"scope": market, "held": [], "groups": told}), file=noted)
if "cell" in (market, mode):
    raise ValueError("boom in the cell")
if "foreign" in (market, mode):
    int("Anna Example")  # quotes the value
if "contract" in (market, mode):
    raise type("ContractError", (ValueError,), {})("`audits` lacks `correct`. Map it.")
if "dead" in (market, mode):
    os._exit(3)
while "stuck" in (market, mode):
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        pass
if "nap" in (market, mode):
    Path(workspace, "napping").write_text(str(subprocess.Popen(["sleep", "1000"]).pid))
    time.sleep(100)
html = {"leak": "<p>m-leak0001</p>"}
people = 3 if "few" in (market, mode) else 20
row = estimates_row(report="{report}", market=market, programme_id="p1", level="learning", measure="gain", term="d",
    period="2026Q2", estimate=0.5, conf_low=0.1, conf_high=0.9, n=40, n_people=people, note="=1+1")
verdict = estimates_row(report="{report}", market=market, programme_id="p1", measure="verdict", term="decision",
    period="2026Q2", decision="keep", grade="B")
print("only for the desk, m-print0001")
Block(html=html.get(market, f"<p>Gain in {market}: 0.5</p>"), rows=(row, verdict))"""
PLAIN = """\
class Plain:
    def _repr_html_(self):
        return "<p>not gated</p>"
Plain() if "plain" in (market, mode) else None"""
END = (
    'Block(html="<p>end</p>", kind="end", facts={"period": "2026Q2", "as_of": "2026-06-28T00:00:00Z"})'
    ' if "endless" not in (market, mode) else None'
)


def cell(kind: str, text: str, *tags: str) -> dict:
    made = {"cell_type": kind, "metadata": {"tags": list(tags)}, "source": text}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def notebook(path: Path, *code: str, parameters: str = PARAMETERS) -> Path:
    """Write a report notebook; ``{report}`` in its cells becomes its name."""
    cells = [
        cell("markdown", "# Did it work?"),
        cell("code", IMPORTS),
        cell("code", parameters, "parameters"),
    ]
    for text in code or (STEP, PLAIN, END):
        cells += [cell("markdown", "## A step"), cell("code", text.replace("{report}", path.stem))]
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def project(root: Path, *markets: str) -> Path:
    """Write a workspace (tables `markets` and `audits`) at ``data/demo``, and one report notebook beside it."""
    home = root / "data" / "demo"
    (home / "tables" / "markets").mkdir(parents=True)
    (home / "tne.toml").write_text('name = "Fake"\ncontact = "team"\nmin_n = 10\n')
    columns = {"market": list(markets), "name": list(markets), "language": ["en"] * len(markets)}
    columns |= {"timezone": ["UTC"] * len(markets), "currency": ["EUR"] * len(markets)}
    pq.write_table(pa.table(columns), home / "tables" / "markets" / "part.parquet")
    for market in markets:
        audits(root, market, 3)
    notebook(root / "notebooks" / "reports" / "effectiveness.ipynb")
    return root


def audits(root: Path, market: str, n: int) -> None:
    """Write `n` audits of a market, decided from 2025-04 to 2026-06."""
    folder = root / "data" / "demo" / "tables" / "audits" / f"market={market}"
    folder.mkdir(parents=True, exist_ok=True)
    at = pa.array(
        [1_745_000_000 + i * 38_000_000 // max(n - 1, 1) for i in range(n)], pa.timestamp("s", tz="UTC")
    )
    ids = [f"m-{market.lower()}{i + 1:04d}" for i in range(n)]
    pq.write_table(pa.table({"moderator_id": ids, "decided_at": at}), folder / "part.parquet")


def command(*arguments: object, python: tuple[str, ...] = ()) -> list[str]:
    return [sys.executable, *python, "-m", "tne.cli", *map(str, arguments)]


def tne(*arguments: object, cwd: Path, python: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    line = command(*arguments, python=python)
    return subprocess.run(line, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)


def start(*arguments: object, cwd: Path, mark: str) -> subprocess.Popen[bytes]:
    """Start the command line; every process that comes of it has `mark` in its environment."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command(*arguments), cwd=cwd, env={**os.environ, "TNE_MARK": mark}, **quiet)


def processes(mark: str) -> list[int]:
    """Return the processes that have `mark` in their environment and are no zombies."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"TNE_MARK={mark}".encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def wait_for(condition: Callable[[], object], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.02)


def send(process: subprocess.Popen[bytes], signum: signal.Signals) -> int:
    process.send_signal(signum)
    return process.wait(timeout=60)


def manifest(root: Path) -> dict:
    return json.loads((root / "reports" / "manifest.json").read_text(encoding="utf-8"))


def statuses(root: Path) -> dict[str, str]:
    return {entry["market"]: entry["status"] for entry in manifest(root)["reports"]}


def published(root: Path) -> dict[str, bytes]:
    """Return every file of the output folder that readers see, the manifest with its clock apart."""
    home = root / "reports"
    files = [
        p for p in home.rglob("*") if p.is_file() and ".cache" not in p.parts and p.name != "manifest.json"
    ]
    return {p.relative_to(home).as_posix(): p.read_bytes() for p in sorted(files)}
