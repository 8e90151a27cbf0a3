"""Reports whose cell does what no cell should do: only that report may fail, and the message says where."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.faults.invariants import after_fault
from tests.faults.stub import MARKETS, WRONG
from tests.faults.world import World

HANG = "import time\ntime.sleep(600)\n"
DEAF = "import time\nwhile True:\n    try:\n        time.sleep(600)\n    except {}:\n        pass\n"
IGNORES = """\
import signal
for name in ("SIGINT", "SIGTERM", "SIGALRM"):
    signal.signal(getattr(signal, name), signal.SIG_IGN)
"""
TRIED = "with Path(workspace, 'wrong', 'tries').open('a') as tries:\n    tries.write(market)\n"
BOMB = TRIED + "hoard = bytearray()\nwhile True:\n    hoard += bytes(16 << 20)\n"
LARGE = TRIED + "hoard = b'x' * (500 << 20)\ndel hoard\n"
THREADS = """\
import threading, time
for daemon in (True, False):
    threading.Thread(target=time.sleep, args=(600,), daemon=daemon).start()
"""
LEAVES = "import subprocess\nsubprocess.Popen(['sleep', '600'], start_new_session={})\n"
DAEMON = """\
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
"""
CLOSES = """\
import os
for number in range(3, 64):
    try:
        os.close(number)
    except OSError:
        pass
"""
SMEAR = """\
import decimal, locale, os, random, sys, warnings
import matplotlib, numpy, pandas
os.mkdir("elsewhere")
os.chdir("elsewhere")
os.umask(0o077)
os.environ["SMEARED"] = "yes"
sys.path.insert(0, "smeared")
sys.setrecursionlimit(777)
matplotlib.rcParams["figure.dpi"] = 333
random.seed(7)
numpy.random.seed(7)
decimal.getcontext().prec = 5
warnings.simplefilter("ignore")
pandas.set_option("display.max_rows", 7)
locale.setlocale(locale.LC_ALL, "C" if locale.setlocale(locale.LC_ALL) != "C" else "C.UTF-8")
smeared = sys.modules["decimal"].smeared = "yes"
"""
# Compared with what a report sees that runs alone; of random numbers only whether they follow the other's seed.
LOOK = """\
import decimal, json, locale, os, random, sys, warnings
import matplotlib, numpy, pandas
umask = os.umask(0o022)
os.umask(umask)
seen = {
    "files": sorted(os.listdir()), "umask": umask, "environment": os.environ.get("SMEARED"),
    "path": "smeared" in sys.path, "recursion": sys.getrecursionlimit(),
    "figures": matplotlib.rcParams["figure.dpi"], "precision": decimal.getcontext().prec,
    "rows": pandas.get_option("display.max_rows"), "locale": locale.setlocale(locale.LC_ALL),
    "module": getattr(decimal, "smeared", None), "variable": globals().get("smeared"),
    "warnings": [str(known[:3]) for known in warnings.filters],
    "random": random.random() == random.Random(7).random(),
    "numpy": float(numpy.random.rand()) == float(numpy.random.RandomState(7).rand()),
}
Path(workspace, "wrong", "seen.json").write_text(json.dumps(seen))
"""


@dataclass(frozen=True)
class Case:
    """What a cell executes and what must come of its report.

    Parameters
    ----------
    text : str
        Python.
    fails : bool or None
        Whether the report must fail; None allows a whole page too.
    says : tuple of str
        Words of the message of a failed report.
    tries : int
        How often it must have been executed, for a text that notes it; 0 if it does not.
    """

    text: str
    fails: bool | None = True
    says: tuple[str, ...] = (WRONG,)
    tries: int = 0


SECONDS = 5
_LATE = (WRONG, f"{SECONDS} s")
CASES = {
    "a cell hangs": Case(HANG, says=_LATE),
    "a cell swallows interrupts": Case(DEAF.format("KeyboardInterrupt"), says=_LATE),
    "a cell swallows everything": Case(DEAF.format("BaseException"), says=_LATE),
    "a cell ignores signals": Case(IGNORES + HANG, says=_LATE),
    "a cell exits with 0": Case("import os\nos._exit(0)\n"),
    "a cell exits with 3": Case("import os\nos._exit(3)\n"),
    "a cell raises SystemExit": Case("raise SystemExit(0)\n", says=("Code cell",)),
    "a cell crashes": Case("import ctypes\nctypes.string_at(0)\n"),
    "a cell kills its process": Case("import os\nos.kill(os.getpid(), 9)\n"),
    "a cell starts threads": Case(THREADS, fails=False),
    "a cell forks": Case("import os, time\nif os.fork() == 0:\n    time.sleep(600)\n", fails=False),
    "a cell forks and both go on": Case("import os\nos.fork()\n", fails=None, says=()),
    "a cell leaves a process": Case(LEAVES.format(False), fails=False),
    "a cell leaves a detached process": Case(LEAVES.format(True), fails=False),
    "a cell leaves a daemon": Case(DAEMON, fails=False),
    "a cell closes every file": Case(CLOSES, fails=None, says=()),
    "a cell takes all memory": Case(BOMB, says=(WRONG, "memory"), tries=2),
    "a cell takes more memory than its share": Case(LARGE, fails=False, tries=2),
}


def misbehave(world: World, cases: dict[str, Case]) -> dict[str, Any]:
    """Run with one misbehaving report per market of `cases`; the others must be published."""
    for market, case in cases.items():
        world.go_wrong(case.text, market)
    # half of it for each of the two jobs
    ended = world.run("--cell-timeout", SECONDS, "--memory", 0.8)
    broken = after_fault(world, ended)
    tries = world.workspace / "wrong" / "tries"
    tried = tries.read_text() if tries.is_file() else ""
    told = {}
    for entry in world.manifest["reports"]:
        case = cases.get(entry["market"], Case("", fails=False))
        told[entry["market"]] = f"{entry['status']} {entry['cause']}".strip()
        failed = entry["status"] == "stale"
        if case.fails is not None and failed != case.fails:
            broken.append(f"{entry['market']} is {entry['status']}: {entry['reason']}")
        if failed:
            broken += [
                f"no “{word}” in the reason: {entry['reason']}"
                for word in case.says
                if word not in entry["reason"]
            ]
        if tried.count(entry["market"]) != case.tries:
            broken.append(f"{entry['market']} was tried {tried.count(entry['market'])} times")
    stale = any(status.startswith("stale") for status in told.values())
    if ended.code != int(stale):
        broken.append(f"the command ended with {ended.code}: {ended.said[-300:]}")
    return {"landed": True, "told": told, "seconds": ended.seconds, "broken": broken}


def smear(world: World, rng: Random, jobs: int) -> dict[str, Any]:
    """A report changes all it can of its process; the one after it must see none of it, as if that had done nothing."""
    looked = world.workspace / "wrong" / "seen.json"
    world.go_wrong(LOOK, "BB")
    alone = world.run("--jobs", jobs)
    clean = json.loads(looked.read_text())
    looked.unlink()
    world.go_wrong(SMEAR, "AA")
    ended = world.run("--force", "--jobs", jobs)
    seen = json.loads(looked.read_text())
    broken = [f"{name}: {seen[name]!r}, alone {clean[name]!r}" for name in clean if seen[name] != clean[name]]
    broken += [f"the command ended with {code}" for code in (alone.code, ended.code) if code]
    return {"landed": True, "broken": broken + after_fault(world, ended)}


def _single(case: Case) -> Callable[[World, Random], dict[str, Any]]:
    return lambda world, rng: misbehave(world, {rng.choice(MARKETS): case})


CELLS = {
    **{name: _single(case) for name, case in CASES.items()},
    "a cell smears its process": lambda w, r: smear(w, r, 2),
    "a cell smears its process, one job": lambda w, r: smear(w, r, 1),
}
