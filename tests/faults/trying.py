"""One fault in one fresh world, and what was broken by it."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.faults.cells import CELLS
from tests.faults.invariants import after_next_run, describe
from tests.faults.kills import KILLS, STOPS
from tests.faults.places import PLACES, CannotInject
from tests.faults.world import World, fresh, reference

FAULTS = {**KILLS, **STOPS, **CELLS, **PLACES}


def tried(name: str, seed: int, *, next_run: bool = True) -> dict[str, Any]:
    """Inject the fault called `name` and return what came of it.

    Returns
    -------
    dict
        ``fault``; ``landed``: whether it met a running run; ``broken``: the invariants that do not hold, one sentence
        each; ``skipped``: why this machine does not allow it, else ""; and what the fault adds.
    """
    world = fresh()
    try:
        outcome = {"fault": name, "skipped": "", **FAULTS[name](world, Random(seed))}
        if next_run:
            outcome["broken"] += after_next_run(world)
        if outcome["broken"]:
            _same_code(world)
            outcome["told"] = describe(world)
        return outcome
    except CannotInject as reason:
        return {"fault": name, "skipped": str(reason), "landed": False, "broken": []}
    except AssertionError as finding:  # a run that does not end
        return {"fault": name, "skipped": "", "landed": True, "broken": [str(finding)]}
    finally:
        world.close()


def _same_code(world: World) -> None:
    """Raise if the package was edited meanwhile: its pages have other bytes then, which says nothing about a fault."""
    if world.manifest["code_sha256"] != reference().code:
        raise RuntimeError("The sources of the package have changed during the test. Try again.")
