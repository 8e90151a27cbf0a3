"""Faults of the place: a full disk, a folder that cannot be written, two runs at once, a clock that goes wrong."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from tests.faults.invariants import after_fault
from tests.faults.stub import MARKETS
from tests.faults.world import PATIENCE, World, pace, reference, until


class CannotInject(Exception):
    """This machine does not allow the fault; the message says why."""


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """Put a small file system at `folder` with what stood in it."""
    kept = folder.with_name(folder.name + "-kept")
    shutil.copytree(folder, kept)
    call = ["mount", "-t", "tmpfs", "-o", ",".join(("mode=755", *options)), "tmpfs", str(folder)]
    try:
        made = subprocess.run(call, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CannotInject(f"mount: {error}") from None
    if made.returncode:
        shutil.rmtree(kept)
        raise CannotInject(f"a small file system needs root: {made.stderr.strip()[:120]}")
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        yield
        shutil.rmtree(kept)
        shutil.copytree(folder, kept)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        shutil.rmtree(kept)


def _size(folder: Path) -> int:
    """Return the space of a folder in pages of memory, as a tmpfs counts it."""
    return sum(-(-p.stat().st_size // 4096) * 4096 if p.is_file() else 4096 for p in folder.rglob("*"))


def disk_full(world: World, rng: Random) -> dict[str, Any]:
    """The output folder fills up somewhere between the first and the last file of the run."""
    room = _size(world.output) + rng.randrange(9) * 4096
    with mounted(world.output, f"size={room}"):
        ended = world.run()
        landed = "No space left" in ended.said or ended.code != 0
        broken = _clear(ended, "space") if ended.code else []
        broken += after_fault(world, None if _cannot_tell(world) else ended)
    return {"landed": landed, "exit_code": ended.code, "broken": broken}


def temporary_full(world: World, rng: Random) -> dict[str, Any]:
    """The folder for temporary files is full before the reports are made."""
    with mounted(world.temporary, f"size={rng.randrange(1, 12) * 4096}"):
        ended = world.run()
        broken = [] if ended.code else ["the command ended with 0"]
        broken += _clear(ended, "") + after_fault(world, ended)
    return {"landed": True, "exit_code": ended.code, "broken": broken}


def file_too_large(world: World, rng: Random) -> dict[str, Any]:
    """No file may become larger than part of a page, as under a quota: needs no root."""
    limit = rng.randrange(2_000, 20_000)
    process = world.start(preexec_fn=lambda: _limit(limit))
    ended = world.finish(process)
    broken = [] if ended.code else ["the command ended with 0"]
    broken += _clear(ended, "") + after_fault(world, None if _cannot_tell(world) else ended)
    return {"landed": True, "exit_code": ended.code, "broken": broken}


def _limit(size: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def _cannot_tell(world: World) -> bool:
    """Say whether the run could not write its last manifest: then the one before must say that it is running."""
    return world.manifest["status"] == "running"


def read_only(world: World, rng: Random) -> dict[str, Any]:
    """Nothing can be written to the output folder; permissions would not stop root."""
    with mounted(world.output):
        subprocess.run(["mount", "-o", "remount,ro", str(world.output)], check=True)
        before = (world.output / "manifest.json").read_bytes()
        ended = world.run()
        broken = _clear(ended, "out") if ended.code else ["the command ended with 0"]
        if (world.output / "manifest.json").read_bytes() != before:
            broken.append("the manifest has changed")
        broken += after_fault(world, None)
        subprocess.run(["mount", "-o", "remount,rw", str(world.output)], check=True)
    return {"landed": True, "exit_code": ended.code, "broken": broken}


def _clear(ended: Any, word: str) -> list[str]:
    """One message that a person understands, not a traceback."""
    lines = [line for line in ended.said.splitlines() if line.strip()]
    broken = ["a traceback instead of a message: " + lines[-1][:200]] if "Traceback" in ended.said else []
    if word not in ended.said:
        broken.append(f"no “{word}” in: {ended.said[-300:]}")
    return broken


def two_runs(world: World, rng: Random) -> dict[str, Any]:
    """A second run on the same output: it exits with 2 and says why, the first one completes."""
    world.go_wrong("import time\ntime.sleep(3)", "AA")
    first = world.start()
    held = until(lambda: _status(world) == "running", PATIENCE, 0.01)
    time.sleep(rng.uniform(0, 1))
    second = subprocess.run(
        world.command(), capture_output=True, text=True, cwd=world.home, timeout=PATIENCE, check=False
    )
    landed = held and first.poll() is None
    ended = world.finish(first)
    broken = [] if ended.code == 0 else [f"the first run ended with {ended.code}: {ended.said[-300:]}"]
    if landed and (second.returncode != 2 or "Another run" not in second.stderr):
        broken.append(f"the second run ended with {second.returncode}: {second.stderr[-300:]}")
    return {"landed": landed, "broken": broken + after_fault(world, ended)}


def after_a_killed_one(world: World, rng: Random) -> dict[str, Any]:
    """The lock of a killed run does not keep the next one out, even while the killed one's children still end."""
    process = world.start()
    until(lambda: _status(world) == "running", PATIENCE, 0.01)
    time.sleep(rng.uniform(0, 0.7 * pace() * reference().lasted))
    process.send_signal(signal.SIGKILL)
    landed = process.wait() == -signal.SIGKILL
    ended = world.run()  # at once
    broken = [] if ended.code == 0 else [f"the next run ended with {ended.code}: {ended.said[-300:]}"]
    return {"landed": landed, "broken": broken + after_fault(world, ended)}


def _status(world: World) -> str:
    return world.manifest["status"]


def clock_set_back(world: World, rng: Random) -> dict[str, Any]:
    """Every file there is comes from the future; then a market's table is written with an old clock, the same size."""
    late = time.time() + rng.uniform(3_600, 40 * 86_400)
    _date(world, late)
    first = world.run()
    broken = after_fault(world, first)
    _date(world, late)
    world.generation(1)  # the clock has been set back: written now, before what it replaces
    part = world.workspace / "tables" / "audits" / f"market={MARKETS[0]}" / "part.parquet"
    os.utime(part, (late - 86_400, late - 86_400))
    second = world.run()
    said = {entry["market"]: entry["status"] for entry in world.manifest["reports"]}
    if second.code or set(said.values()) != {"published"}:
        broken.append(f"after the tables had changed, the run ended with {second.code}: {said}")
    world.generation(2)
    return {"landed": True, "broken": broken}


def _date(world: World, at: float) -> None:
    for folder in (world.workspace, world.output, world.home / "nb"):
        for path in [folder, *folder.rglob("*")]:
            os.utime(path, (at, at))


PLACES = {
    "the disk fills up": disk_full,
    "the folder for temporary files is full": temporary_full,
    "no file may grow": file_too_large,
    "the output cannot be written": read_only,
    "two runs at once": two_runs,
    "a run right after a killed one": after_a_killed_one,
    "the clock is set back": clock_set_back,
}
