"""Files of every format with every fault; imports, rotations and erasures killed at every touch of a file."""

from __future__ import annotations

import atexit
import os
import random
import shutil
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from tests.prove.harness import Proof, seed_of
from tests.tables import hostile_cases as cases
from tests.tables.hostile import World, state
from tests.tables.identity_cases import company, erasure_killed, rotation_killed
from tests.tables.killing import killed
from tne.tables.importers import import_known
from tne.tables.importers.commit import lock

NAME = "imports"
ROUNDS, TIMES, TOUCHES = 8, 60, 96
TEXTS = tuple((kind, i) for i in range(ROUNDS) for kind in range(len(cases.SEEDS)))
PLAN = (
    *(("text", kind, i) for kind, i in TEXTS),
    *(("book", 0, i) for i in range(ROUNDS)),
    *(("touch", 0, i) for i in range(1, TOUCHES + 1)),
    *(("time", 0, i) for i in range(TIMES)),
    ("rotation", 0, 0),
    ("erasure", 0, 0),
)
BOOK = cases.Seed("xlsx", "qa.xlsx", "", mapping=cases.BOOK_MAP)
SEED = cases.SEEDS[0]


@cache
def _places() -> dict[int, int]:
    return {seed_of(NAME, replication): replication for replication in range(len(PLAN))}


@cache
def _world() -> World:
    """One workspace a process, below the folder for temporary files."""
    kept = tempfile.TemporaryDirectory(prefix="tne-imports-")
    atexit.register(kept.cleanup)
    folder = Path(kept.name)
    os.environ["TNE_CONFIG_HOME"] = str(folder / "config")
    cases.sound(folder / "made")
    return World(folder / "made" / "ws", folder)


def one(seed: int) -> dict[str, Any]:
    """Import all faults of one sound file with one source of chance, or kill one import."""
    kind, which, number = PLAN[_places()[seed]]
    if kind in ("touch", "time"):
        return {"kind": kind, **_killed(kind, number, seed)}
    if kind in ("rotation", "erasure"):
        return {"kind": kind, "broken": _keys_killed(kind)}
    world, ways, broken = _world(), Counter(), []
    if kind == "book":
        sound = cases.sound_book(world.folder / "sound.xlsx").read_bytes()
        made = [(f, BOOK, lambda c=c: c(sound, random.Random(seed))) for f, c in cases.BOOK_FAULTS.items()]
    else:
        one_ = cases.SEEDS[which]
        made = [(f, one_, lambda c=c: c(one_, random.Random(seed))) for f, c in cases.FAULTS.items()]
    for fault, source, make in made:
        path = world.folder / source.file
        path.write_bytes(make())
        how, found = world.tried(source, path, again=True)
        found += world.guessed(path)
        ways[how] += 1
        broken += [f"{source.name}, {fault}: {what}" for what in found]
    return {"kind": kind, "cases": len(made), "ways": dict(ways), "broken": broken}


def _killed(kind: str, number: int, seed: int) -> dict[str, Any]:
    world, broken = _world(), []
    export = world.folder / SEED.file
    export.write_bytes(SEED.bytes)
    world.fresh()
    import_known(export, world.root, SEED.answers)
    after = state(world.root)
    world.fresh()
    moment = {"at": number} if kind == "touch" else {"after": random.Random(seed).uniform(0, 0.3)}
    code, _ = killed(world.root, export, SEED.answers, **moment)
    with lock(world.root):
        found = state(world.root)
    if found not in (world.before, after):
        broken.append("the store is neither as before nor as after")
    for _ in range(2):
        import_known(export, world.root, SEED.answers)
        if state(world.root) != after:
            broken.append("the next import does not end it")
    shutil.rmtree(world.root)
    world.fresh()
    return {"met": code == -9, "as": "after" if found == after else "before", "broken": broken}


def _keys_killed(kind: str) -> list[str]:
    """Rotate the key, or erase a person, and die at every step on the disk; return what was broken."""
    with tempfile.TemporaryDirectory(prefix="tne-keys-") as folder:
        config = os.environ.get("TNE_CONFIG_HOME")
        os.environ["TNE_CONFIG_HOME"] = f"{folder}/config"
        try:
            act = rotation_killed if kind == "rotation" else erasure_killed
            met = act(company(Path(folder) / "made" / "ws"), 1)
        except AssertionError as error:
            return [f"{kind}: neither as before nor as after ({error})"]
        finally:
            os.environ.pop("TNE_CONFIG_HOME")
            os.environ.update({"TNE_CONFIG_HOME": config} if config else {})
    return [] if met == {True, False} else [f"{kind}: only one of both states was met"]


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Nothing is broken; kills met imports before and after their moves; files were refused and stored."""
    kills = [row for row in rows if row["kind"] in ("touch", "time")]
    files = [row for row in rows if row["kind"] in ("text", "book")]
    met = Counter(row["as"] for row in kills if row["met"])
    ways: Counter[str] = Counter()
    for row in files:
        ways.update(row["ways"])
    broken = Counter(what for row in rows for what in row["broken"])
    bars = {
        "nothing_broken": not broken,
        "files_at_least_5000": sum(ways.values()) >= 5000,
        "stored_and_refused": ways["stored"] > 0 and ways["ContractError"] > 0,
        "kills_that_left_it_as_before_and_as_after": met["before"] > 0 and met["after"] > 0,
        "keys_changed_and_people_erased_as_a_whole": {"rotation", "erasure"} <= {row["kind"] for row in rows},
    }
    outcomes = {"files": sum(ways.values()), "ways": dict(ways), "kills": dict(met), "broken": dict(broken)}
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


IMPORTS = Proof(
    name=NAME,
    claim="Faulty files are refused or accounted for and nobody is shown; killed imports leave before or after",
    covers=(
        "src/tne/tables/importers/*.py",
        "src/tne/tables/importers/formats/*.py",
        *(f"src/tne/tables/{name}.py" for name in ("history", "pruning", "states", "store", "versions")),
    ),
    replications=len(PLAN),
    one=one,
    judge=judge,
)
