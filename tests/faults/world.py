"""Where faults are injected: a small workspace with an old generation of reports published and a new one due.

Everything is black box: the command line, its files and its processes. What a report's cell does wrong stands in a
file that the notebook reads, outside the tables, so that the pages of the other reports keep their bytes.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import stub
from tests.faults.stub import MARKETS, NEW, OLD, REPORT

PATIENCE = 300.0
MARK = "FAULT_MARK"
_TEMPLATE = "tne-template-"
_LATELY: deque[float] = deque(maxlen=9)  # seconds of the last runs to their end


@dataclass(frozen=True)
class Ended:
    """How a command went that ended by itself."""

    code: int
    said: str
    seconds: float


@dataclass
class World:
    """One workspace with its output, a temporary folder of its own and a mark that all its processes carry."""

    home: Path
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    output: Path = Path()
    temporary: Path = Path()

    def __post_init__(self) -> None:
        self.output, self.temporary = self.home / "out", self.home / "t"

    @property
    def workspace(self) -> Path:
        return self.home / "ws"

    @property
    def manifest(self) -> dict:
        return json.loads((self.output / "manifest.json").read_text(encoding="utf-8"))

    def command(self, *options: object) -> list[str]:
        places = ("--workspace", self.workspace, "--notebooks", self.home / "nb", "--output", self.output)
        told = (sys.executable, "-m", "tne.cli", "run", *places, "--json", "--jobs", 2, *options)
        return [str(word) for word in told]

    def start(self, *options: object, **more: object) -> subprocess.Popen[str]:
        """Start a run in a process group of its own."""
        environment = {**os.environ, MARK: self.mark, "TMPDIR": str(self.temporary)}
        log = (self.home / "log").open("w+")
        process = subprocess.Popen(
            self.command(*options),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            text=True,
            start_new_session=True,
            cwd=self.home,
            **more,
        )
        log.close()
        return process

    def finish(self, process: subprocess.Popen[str], seconds: float = PATIENCE) -> Ended:
        """Wait for the end of a run; one that does not end is a finding, and its processes are killed."""
        started = time.monotonic()
        try:
            code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill_all()
            process.wait()
            raise AssertionError(f"the run did not end within {seconds:g} s") from None
        return Ended(
            code, (self.home / "log").read_text(errors="replace"), round(time.monotonic() - started, 2)
        )

    def run(self, *options: object, **more: object) -> Ended:
        ended = self.finish(self.start(*options, **more))
        _LATELY.append(ended.seconds)
        return ended

    def go_wrong(self, text: str, *markets: str) -> None:
        """Let the reports of `markets` execute `text` in their second to last step."""
        for market in markets:
            (self.workspace / "wrong").mkdir(exist_ok=True)
            (self.workspace / "wrong" / f"{market}.py").write_text(text, encoding="utf-8")

    def go_right(self) -> None:
        shutil.rmtree(self.workspace / "wrong", ignore_errors=True)

    def generation(self, generation: int) -> None:
        """Write the tables of a generation."""
        stub.tables(self.workspace, generation)

    def marked(self) -> dict[int, int]:
        """Return every process of this world that still runs, with its parent."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if f"{MARK}={self.mark}".encode() in (entry / "environ").read_bytes():
                    state, parent = (entry / "stat").read_text().rpartition(") ")[2].split()[:2]
                    if state not in "ZX":
                        found[int(entry.name)] = int(parent)
            except OSError:  # it has gone meanwhile
                continue
        return found

    def below(self, parent: int, depth: int) -> list[int]:
        """Return the running processes `depth` steps below `parent`: 1 what it started, 2 what that started."""
        marked, level = self.marked(), [parent]
        for _ in range(depth):
            level = [pid for pid, above in marked.items() if above in level]
        return sorted(level)

    def reports_begin(self, process: subprocess.Popen[str]) -> bool:
        """Wait until a report is being made; say whether one is."""
        until(lambda: process.poll() is not None or self.below(process.pid, 2), PATIENCE, 0.02)
        return process.poll() is None

    def kill_all(self) -> list[int]:
        """Kill whatever is left and say what it was."""
        left = sorted(self.marked())
        for pid in left:
            kill(pid, signal.SIGKILL)
        return left

    def close(self) -> None:
        until(lambda: not self.kill_all(), 10)
        shutil.rmtree(self.home, ignore_errors=True)


def kill(pid: int, signum: int) -> bool:
    """Send a signal; say whether the process was still there."""
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        return False
    return True


def until(condition: Callable[[], object], seconds: float, pause: float = 0.02) -> bool:
    """Wait for `condition`; say whether it came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


@dataclass(frozen=True)
class Reference:
    """Both generations, made without faults; seconds that a run took, and those from its first report on."""

    template: Path
    files: dict[int, dict[str, bytes]]
    lasted: float
    tail: float
    code: str


def published(output: Path) -> dict[str, bytes]:
    """Return the files that a reader sees and that have the same bytes whenever they are made."""
    paths = [
        p
        for p in sorted(output.rglob("*"))
        if p.suffix in (".html", ".csv") and not {".cache"} & {*p.relative_to(output).parts}
    ]
    return {p.relative_to(output).as_posix(): p.read_bytes() for p in paths if not p.name.startswith(".")}


def pace() -> float:
    """Return how long runs take lately, as a share of the reference's: a machine has busy and idle hours."""
    return min(1.0, statistics.median(_LATELY) / reference().lasted) if _LATELY else 1.0


@functools.cache
def reference() -> Reference:
    """Make both generations once per process; what stays is a world with the old one out and the new one due."""
    sweep()
    world = World(_folder(f"{_TEMPLATE}{os.getpid()}-"))
    stub.write(world.home)
    files = {}
    for generation in (OLD, NEW):
        world.generation(generation)
        begun, process = time.monotonic(), world.start()
        world.reports_begin(process)
        first = time.monotonic()
        ended = world.finish(process)
        assert ended.code == 0, ended.said
        tail, files[generation] = time.monotonic() - first, published(world.output)
        if generation == OLD:
            shutil.copytree(world.output, world.home / "old")
    code = world.manifest["code_sha256"]
    shutil.rmtree(world.output)
    (world.home / "old").rename(world.output)
    assert set(files[OLD]) == {"estimates.csv", "index.html", *(f"{REPORT}/{m}.html" for m in MARKETS)}
    assert all(files[OLD][name] != files[NEW][name] for name in files[OLD])
    return Reference(world.home, files, ended.seconds + (first - begun), tail, code)


def fresh() -> World:
    """Return a new world, of which nobody else knows."""
    template, home = reference().template, _folder()
    shutil.copytree(template, home, dirs_exist_ok=True)
    return World(home)


def sweep() -> None:
    """Remove the templates of processes that have ended: a worker of a pool is stopped and cannot do it itself."""
    for left in Path("/tmp").glob(f"{_TEMPLATE}*"):
        if not Path("/proc", left.name.removeprefix(_TEMPLATE).partition("-")[0]).exists():
            shutil.rmtree(left, ignore_errors=True)


def _folder(prefix: str = "tne-world-") -> Path:
    # Short and not inside the test's own folder: the engine keeps its work elsewhere if the path is long.
    home = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    (home / "t").mkdir()
    return home
