"""How fast are reports made, against the loop most people write, and against the least that is possible?

``python benchmarks/engine.py [reference real cold unchanged many] [--rounds 3] [--quick]``; ``many`` takes long and
is only made when it is named. Nothing else should run meanwhile. ``--quick`` is for trying the script, not for figures.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import reference_data
import scale
from ways import HERE, WORKERS, Work, alternated, limit, loop, run, tell

REPORTS = HERE.parent / "notebooks" / "reports"
DEMO = HERE.parent / "data" / "demo"


def reference(work: Work, rounds: int) -> None:
    """The frozen notebook, all markets: against the loop, the loop at 2 workers, and the limit."""
    whole: list[float] = []

    def warm() -> float:
        taken = run(work)
        whole.append(taken["whole"])
        return taken["warm"]

    found = alternated(
        {
            "loop": lambda: loop(work),
            "two": lambda: loop(work, WORKERS),
            "tne": warm,
            "limit": lambda: limit(work),
        },
        rounds,
    )
    n, command = len(work.markets), sorted(whole)[len(whole) // 2]
    tell(f"{n} reports: papermill then nbconvert, one after the other", found["loop"], "s")
    tell(f"{n} reports: the same, {WORKERS} at a time", found["two"], "s")
    tell(f"{n} reports: tne run --jobs {WORKERS}, server warm", found["tne"], "s")
    tell(f"{n} reports: tne run --jobs {WORKERS}, the whole command", command, "s")
    tell(f"{n} reports: the statements alone, over {WORKERS}", found["limit"], "s")
    tell("times as fast as the loop", found["loop"] / found["tne"], least=10)
    tell("times as fast as the loop, the whole command", found["loop"] / command)
    tell(f"times as fast as the loop, {WORKERS} at a time", found["two"] / found["tne"], least=4)
    tell("times as fast as that, the whole command", found["two"] / command)
    tell("time against the limit", found["tne"] / found["limit"], most=1.15)


def real(work: Work, rounds: int) -> None:
    """The effectiveness reports of the demo with every gate. The loop makes one market, counted for each of them."""
    one = replace(work, markets=work.markets[:1])
    found = alternated(
        {"tne": lambda: run(work)["warm"], "limit": lambda: limit(work), "loop": lambda: loop(one)}, rounds
    )
    tell(
        f"{len(work.markets)} effectiveness reports: tne run --jobs {WORKERS}, server warm", found["tne"], "s"
    )
    tell(
        f"{len(work.markets)} effectiveness reports: the statements alone, over {WORKERS}",
        found["limit"],
        "s",
    )
    tell("time against the limit", found["tne"] / found["limit"], most=1.25)
    tell("times as fast as the loop", len(work.markets) * found["loop"] / found["tne"])


def cold(work: Work, rounds: int) -> None:
    """One report from nothing: the whole command against one papermill and one nbconvert."""
    one = replace(work, markets=work.markets[:1])
    found = alternated({"tne": lambda: run(one)["whole"], "loop": lambda: loop(one)}, rounds)
    tell("one report from a cold start: tne run --market", found["tne"], "s", most=found["loop"])
    tell("one report from a cold start: papermill then nbconvert", found["loop"], "s")


def main(asked: argparse.Namespace, scratch: Path) -> None:
    """Answer what was asked."""
    rounds, markets, rows = (1, 4, 20_000) if asked.quick else (asked.rounds, 8, reference_data.ROWS)
    work = Work(
        HERE / "reference.ipynb", scratch / "workspace", tuple(reference_data.codes(markets)), scratch / "out"
    )
    work.scratch.mkdir()
    if {"reference", "cold"} & set(asked.what):
        reference_data.write(work.workspace, markets, rows)
    if "reference" in asked.what:
        reference(work, rounds)
    if "real" in asked.what:
        names = sorted(p.name.partition("=")[2] for p in (DEMO / "tables" / "audits").glob("market=*"))
        if not names:
            raise SystemExit("data/demo is not there. Make it: tne demo")
        own = scratch / "real"
        own.mkdir()
        chosen = tuple(names[:3] if asked.quick else names)
        real(Work(REPORTS / "effectiveness.ipynb", DEMO, chosen, own), rounds)
    if "cold" in asked.what:
        cold(work, rounds)
    if "unchanged" in asked.what:
        scale.unchanged(scratch / "unchanged", 65, rounds)
    if "many" in asked.what:
        scale.many(scratch / "many", *((10, 30) if asked.quick else (100, 1000)))


if __name__ == "__main__":
    usual = ["reference", "real", "cold", "unchanged"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", default=usual, choices=[*usual, "many"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    with tempfile.TemporaryDirectory(prefix="tne-bench-") as folder:
        main(parser.parse_args(), Path(folder))
