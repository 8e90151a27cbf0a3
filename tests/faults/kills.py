"""Runs that are killed, stopped or frozen from outside, at moments that a seed chooses."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from random import Random
from typing import Any

from tests.faults.invariants import after_fault
from tests.faults.world import PATIENCE, World, kill, pace, reference, until

# What is killed, and how deep below the command it is found.
TARGETS = {"parent": 0, "server": 1, "child": 2, "group": 0, "whole run": 0}
# Seconds from a signal to the end of the command: it still writes the files over all reports.
STOPS_WITHIN = 10
_SLEEP = "import time\ntime.sleep(60)"
_DEAF = """\
import time
while True:
    try:
        time.sleep(60)
    except BaseException:
        pass
"""
_CHILD = """\
import subprocess, time
for detached in (False, True):
    subprocess.Popen(["sleep", "1000"], start_new_session=detached)
time.sleep(60)
"""


def killed(world: World, rng: Random, target: str) -> dict[str, Any]:
    """SIGKILL at a random moment of a run; for a server or a child, at the first one from then on when there is one."""
    process = world.start()
    _wait(world, process, rng)
    landed = _hit(world, process, target, rng)
    if target in ("server", "child"):  # the command survives, and tries the report that was lost once more
        ended = world.finish(process)
        broken = [f"the command ended with {ended.code}: {ended.said[-300:]}"] if ended.code else []
    else:
        landed = process.wait(timeout=PATIENCE) == -signal.SIGKILL and landed
        ended, broken = None if landed else world.finish(process), []
    broken += after_fault(world, ended)
    return {"landed": landed, "manifest": world.manifest["status"], "broken": broken}


def _wait(world: World, process: subprocess.Popen[str], rng: Random) -> None:
    """Wait for a random moment: half of them anywhere in the run, half once the reports are being made."""
    if rng.random() < 0.5:
        time.sleep(rng.uniform(0, pace() * reference().lasted))
        return
    world.reports_begin(process)
    time.sleep(rng.uniform(0, pace() * reference().tail))


def _hit(world: World, process: subprocess.Popen[str], target: str, rng: Random) -> bool:
    if target == "parent":
        return process.poll() is None and kill(process.pid, signal.SIGKILL)
    if target == "group":
        if process.poll() is not None:
            return False
        os.killpg(process.pid, signal.SIGKILL)
        return True
    if target == "whole run":
        return bool(world.kill_all())
    there: list[int] = []

    def found() -> bool:
        there[:] = world.below(process.pid, TARGETS[target])
        return bool(there) or process.poll() is not None

    until(found, PATIENCE)
    return bool(there) and kill(rng.choice(there), signal.SIGKILL)


def killed_before_rename(world: World, rng: Random) -> dict[str, Any]:
    """SIGKILL between the writing of a file and its renaming: the command is frozen once a scratch file is seen.

    Which of the scratch files it is, is random; if the file has gone when the command stands still, the next counts.
    """
    process, skipped, seen = world.start(), rng.randrange(8), set()
    landed = False
    while process.poll() is None and not landed:
        scratch = _scratch(world) - seen
        if not scratch:
            time.sleep(0.0003)  # a scratch file lives for as long as its content takes to reach the disk
            continue
        if len(seen) < skipped:
            seen |= scratch
            continue
        kill(process.pid, signal.SIGSTOP)
        landed = bool(_scratch(world) & scratch)
        kill(process.pid, signal.SIGKILL if landed else signal.SIGCONT)
    process.wait(timeout=PATIENCE)
    ended = None if landed else world.finish(process)
    return {"landed": landed, "manifest": world.manifest["status"], "broken": after_fault(world, ended)}


def _scratch(world: World) -> set[str]:
    found = set()
    for folder in ("", "stub", ".cache", ".cache/records"):
        with suppress(FileNotFoundError), os.scandir(world.output / folder) as entries:
            found |= {entry.path for entry in entries if entry.name[0] == "." and entry.name.endswith(".tmp")}
    return found


def signalled(world: World, rng: Random, signum: signal.Signals, *, group: bool = False) -> dict[str, Any]:
    """SIGTERM or SIGINT at a random moment, to the command alone or to its group as a terminal does."""
    before = world.manifest
    process = world.start()
    _wait(world, process, rng)
    landed = process.poll() is None
    if landed:
        (os.killpg if group else os.kill)(process.pid, signum)
    sent = time.monotonic()
    ended = world.finish(process)
    took = time.monotonic() - sent
    broken = []
    if landed and took > STOPS_WITHIN:
        broken.append(f"the command took {took:.0f} s to stop")
    # Dying of the signal looks the same in a shell: right before the run has begun and once it is over.
    if ended.code == -signum:
        status = world.manifest["status"]
        if world.manifest != before and status != "complete":
            broken.append(f"died of the signal while the manifest said {status}")
        broken += after_fault(world, None)
    else:
        if ended.code not in (0, 128 + signum):
            broken.append(f"the command ended with {ended.code}: {ended.said[-300:]}")
        over = ended.code == 128 + signum and world.manifest == before  # stopped before anything was begun
        broken += after_fault(world, None if over else ended)
    return {"landed": landed and ended.code != 0, "exit_code": ended.code, "broken": broken}


def killed_while_asleep(world: World, rng: Random, text: str = _SLEEP) -> dict[str, Any]:
    """SIGKILL of the command while cells sleep for a minute: nothing may stay behind for longer than 5 s."""
    world.go_wrong(text, "AA", "BB")
    process = world.start()
    asleep = world.reports_begin(process)
    time.sleep(rng.uniform(1.0, 2.0))
    landed = asleep and process.poll() is None
    kill(process.pid, signal.SIGKILL)
    process.wait()
    return {"landed": landed, "broken": after_fault(world, None)}


def ended_while_starting(world: World, rng: Random, signum: signal.Signals) -> dict[str, Any]:
    """SIGKILL or SIGTERM of the command while its server still imports: both are gone at once, not when it is warm."""
    before, process = world.manifest, world.start()
    began = until(lambda: process.poll() is not None or world.below(process.pid, 1), PATIENCE)
    time.sleep(rng.uniform(0, 0.5))
    landed = began and process.poll() is None and not world.below(process.pid, 2)
    process.send_signal(signum)
    sent = time.monotonic()
    ended = world.finish(process)
    took, broken = time.monotonic() - sent, []
    if signum != signal.SIGKILL and took > STOPS_WITHIN:
        broken.append(f"the command took {took:.0f} s to stop")
    killed = signum == signal.SIGKILL or world.manifest == before
    return {
        "landed": landed,
        "took": round(took, 1),
        "broken": broken + after_fault(world, None if killed else ended),
    }


def stopped_while_deaf(world: World, rng: Random) -> dict[str, Any]:
    """SIGTERM while a cell swallows every exception: the command ends in time all the same."""
    world.go_wrong(_DEAF, "AA", "BB")
    process = world.start()
    world.reports_begin(process)
    time.sleep(rng.uniform(1.0, 2.0))
    process.send_signal(signal.SIGTERM)
    ended = world.finish(process, 30)
    broken = [] if ended.code == 143 else [f"the command ended with {ended.code}"]
    return {"landed": True, "broken": broken + after_fault(world, ended)}


def frozen(world: World, rng: Random, target: str) -> dict[str, Any]:
    """SIGSTOP of a server or a child, which then does nothing at all: the report's deadline ends it."""
    world.go_wrong(_SLEEP, "AA")
    process = world.start("--run-timeout", 8)
    there: list[int] = []

    def found() -> bool:
        there[:] = world.below(process.pid, TARGETS[target])
        return bool(there) or process.poll() is not None

    until(found, PATIENCE)
    landed = bool(there) and kill(rng.choice(there), signal.SIGSTOP)
    ended = world.finish(process, 240 + 5 * reference().lasted)  # its minute, on a busy machine
    broken = [] if ended.code in (1, 5) else [f"the command ended with {ended.code}: {ended.said[-300:]}"]
    return {"landed": landed, "exit_code": ended.code, "broken": broken + after_fault(world, ended)}


KILLS = {
    **{f"kill the {target}": lambda w, r, t=target: killed(w, r, t) for target in TARGETS},
    "kill between write and rename": killed_before_rename,
}
STOPS = {
    "SIGTERM": lambda w, r: signalled(w, r, signal.SIGTERM),
    "SIGINT": lambda w, r: signalled(w, r, signal.SIGINT),
    "SIGTERM to the group": lambda w, r: signalled(w, r, signal.SIGTERM, group=True),
    "SIGINT to the group": lambda w, r: signalled(w, r, signal.SIGINT, group=True),
    "kill the parent while cells sleep": killed_while_asleep,
    "kill the parent while cells swallow everything": lambda w, r: killed_while_asleep(w, r, _DEAF),
    "kill the parent while cells have children": lambda w, r: killed_while_asleep(w, r, _CHILD),
    "SIGTERM while the server starts": lambda w, r: ended_while_starting(w, r, signal.SIGTERM),
    "kill the parent while the server starts": lambda w, r: ended_while_starting(w, r, signal.SIGKILL),
    "SIGTERM while cells swallow everything": stopped_while_deaf,
    "freeze the server": lambda w, r: frozen(w, r, "server"),
    "freeze a child": lambda w, r: frozen(w, r, "child"),
}
