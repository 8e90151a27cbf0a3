"""Which ways are there to make the reports of several markets, and how long does each take?"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORKERS = 2
# the same for every way: more BLAS threads only get in each other's way
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TQDM_DISABLE": "1"}


@dataclass(frozen=True)
class Work:
    """What is to be made: one notebook, for some markets of a workspace; files go to `scratch`."""

    notebook: Path
    workspace: Path
    markets: tuple[str, ...]
    scratch: Path


def call(*command: object) -> str:
    """Run a command to its end and return what it printed; stop the benchmark if it fails."""
    done = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )
    if done.returncode:
        raise SystemExit(
            f"{' '.join(map(str, command))} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        )
    return done.stdout


def stopwatch(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def one_by_hand(work: Work, market: str) -> None:
    """Make one report as most people do: ``papermill``, then ``jupyter nbconvert --to html``."""
    executed = work.scratch / f"{market}.ipynb"
    page = executed.with_suffix(".html")
    page.unlink(missing_ok=True)
    values = ("-p", "market", market, "-p", "workspace", work.workspace)
    call("-m", "papermill", "--no-progress-bar", work.notebook, executed, *values)
    call("-m", "jupyter", "nbconvert", "--to", "html", executed)
    assert page.stat().st_size > 100_000, f"{page.name} is no page"


def loop(work: Work, workers: int = 1) -> float:
    """Seconds of the loop over all markets, `workers` at a time."""

    def all_markets() -> None:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda market: one_by_hand(work, market), work.markets))

    return stopwatch(all_markets)


def run(work: Work, *more: object, fresh: bool = True) -> dict[str, float]:
    """Make all reports with ``tne run``.

    Returns
    -------
    dict
        ``whole``: seconds of the command, from the start of its process to its end. ``warm``: seconds from the moment
        when the server has imported all it wants and the first report can start, to the last report's publication.
        ``peak``: most bytes of memory of the command's own process.
    """
    output, told = work.scratch / "reports", work.scratch / "told.json"
    arguments = ["run", "--notebooks", work.notebook.parent, "--report", work.notebook.stem]
    arguments += ["--workspace", work.workspace, "--output", output, "--jobs", WORKERS]
    arguments += [*(["--force"] if fresh else []), *more]
    if "--market" not in more:
        arguments += ["--market", *work.markets]
    whole = stopwatch(lambda: call(HERE / "timed.py", told, *arguments))
    book = json.loads((output / "manifest.json").read_text())
    expected = "published" if fresh else "unchanged"
    states = {entry["status"] for entry in book["reports"] if entry["market"] in _asked(work, more)}
    assert states == {expected}, f"the reports are {states}, not {expected}"
    return {"whole": whole, **json.loads(told.read_text())}


def _asked(work: Work, more: Sequence[object]) -> tuple[object, ...]:
    return tuple(more[more.index("--market") + 1 :]) if "--market" in more else work.markets


def limit(work: Work, workers: int = WORKERS) -> float:
    """Seconds of the same statements, without export, in one warm process, over the number of workers."""
    said = call(HERE / "statements.py", work.notebook, work.workspace, *work.markets)
    return float(said.split()[-1]) / workers


def alternated(ways: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Return the median seconds of each way; the ways take turns, so that a slow minute hits them all."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            taken[name].append(way())
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def tell(
    what: str, value: float, unit: str = "×", *, least: float | None = None, most: float | None = None
) -> None:
    """Print one number and whether it keeps its bar."""
    bar = f"at least {least:g}" if least is not None else f"at most {most:g}" if most is not None else ""
    met = (least is None or value >= least) and (most is None or value <= most)
    print(
        f"{what:<66}{value:>9.2f} {unit:<3}{bar:<14}{('kept' if met else 'MISSED') if bar else ''}",
        flush=True,
    )
