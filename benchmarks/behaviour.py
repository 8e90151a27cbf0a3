"""What the behaviour section of ``effectiveness`` computes: ``python benchmarks/behaviour.py [PEOPLE]``.

It makes one market of the demo with that many seats (230, its largest) beside the six others, stores them, and times
the effects of every programme with their checks, guardrails, grades and decisions, five times, panels apart. The bar
is one second of processor for a market; a busy machine doubles it, so leave it alone meanwhile.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path

import tne
from tne.made import to_toml
from tne.simulate.demo import demo
from tne.simulate.markets import MARKETS
from tne.tables.store import write_tables

BAR, TIMES = 1.0, 5


def stored(folder: Path, people: int) -> str:
    """Write the tables of the demo, its first market with so many seats; return that market's code."""
    made = demo(markets=(replace(MARKETS[0], size=people), *MARKETS[1:]))
    write_tables({name: frame for name, frame in made.tables.items() if len(frame)}, folder)
    (folder / "tne.toml").write_text(to_toml(made.config), encoding="utf-8")
    return MARKETS[0].code


def timed(folder: Path, market: str) -> dict[str, float]:
    """Return seconds of processor: reading the panels, and each programme's effect."""
    ws = tne.open(folder, market=market)
    rails = [{"measure": name, **rail} for name, rail in ws.config["guardrails"].items()]
    start = time.process_time()
    panels = {name: ws.panel(name) for name in ws.programmes["programme_id"]}
    told = {"panels": time.process_time() - start}
    for name, panel in panels.items():
        start = time.process_time()
        tne.primary_effect(
            panel, market=market, programme=ws.programme(name), n_primary=21, as_of=ws.as_of, guardrails=rails
        )
        told[name] = time.process_time() - start
    return told


def main(people: int) -> int:
    with tempfile.TemporaryDirectory() as where:
        market = stored(Path(where), people)
        timed(Path(where), market)
        runs = [timed(Path(where), market) for _ in range(TIMES)]
    middle = {part: statistics.median(run[part] for run in runs) for part in runs[0]}
    for part, seconds in middle.items():
        print(f"{part:26s} {seconds:6.3f} s")
    total = sum(seconds for part, seconds in middle.items() if part != "panels")
    print(f"\neffects of {people} people: {total:.2f} s of processor; the bar is {BAR} s")
    return 0 if total <= BAR else 1


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 230))
