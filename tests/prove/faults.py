"""Runs that are killed, stopped, starved and misused: whole pages of one generation, a true manifest, nothing left."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

from tests.faults.kills import KILLS
from tests.faults.trying import FAULTS as INJECTED
from tests.faults.trying import tried
from tests.faults.world import sweep
from tests.prove.harness import Proof, seed_of

NAME = "faults"
# A seeded kill may come after the end of its run: so many that 200 are sure to meet it.
KILLED, LANDED = 42, 200
OTHERS = tuple(name for name in INJECTED if name not in KILLS)
# signals at a random moment may come too late as well
SIGNALLED = ("SIGTERM", "SIGINT", "SIGTERM to the group", "SIGINT to the group") * 4
# and a disk fills up at one of nine places
FILLED = ("the disk fills up",) * 12
PLAN = tuple(name for name in KILLS for _ in range(KILLED)) + OTHERS + SIGNALLED + FILLED


@cache
def _places() -> dict[int, int]:
    """Return the place in the plan of each seed: the harness gives a replication its seed alone."""
    return {seed_of(NAME, replication): replication for replication in range(len(PLAN))}


def one(seed: int) -> dict[str, Any]:
    """Inject one fault of the plan into a fresh world, then run again without it."""
    outcome = tried(PLAN[_places()[seed]], seed)
    return {key: outcome[key] for key in ("fault", "landed", "skipped", "broken")}


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Nothing is broken by any fault, enough kills have met their run, and what was skipped has a reason."""
    sweep()
    faults = {}
    for name in INJECTED:
        mine = [row for row in rows if row["fault"] == name]
        faults[name] = {
            "injected": sum(not row["skipped"] for row in mine),
            "met_the_run": sum(row["landed"] for row in mine),
            "broken": dict(Counter(sentence for row in mine for sentence in row["broken"])),
            "skipped": sorted({row["skipped"] for row in mine} - {""}),
        }
    kills = sum(faults[name]["met_the_run"] for name in KILLS)
    bars = {
        "nothing_broken": not any(fault["broken"] for fault in faults.values()),
        "kills_that_met_the_run_at_least_200": kills >= LANDED,
        "every_fault_met_a_run_or_was_skipped": all(
            fault["met_the_run"] or fault["skipped"] for fault in faults.values()
        ),
    }
    outcome = {"kills_that_met_the_run": kills, "faults": faults}
    return {"outcomes": outcome, "bars": bars, "passed": all(bars.values())}


FAULTS = Proof(
    name=NAME,
    claim="After 200 kills and every other fault: whole pages, a true manifest, nothing left, and the next run works",
    covers=("src/tne/runs/*.py",),
    replications=len(PLAN),
    one=one,
    judge=judge,
)
