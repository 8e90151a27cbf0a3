"""``tne run`` with a stopwatch inside: ``python benchmarks/timed.py TOLD.json run ...``.

The command is the real one. Its clock of the warm part starts when the server says that its imports are done, and
ends when the last report is published; without anything due there is no warm part.
"""

from __future__ import annotations

import json
import resource
import select
import sys
import time
from pathlib import Path
from typing import Any

from tne import cli
from tne.runs import execute as room
from tne.runs import run as one_run


def watch(clock: dict[str, float]) -> None:
    """Note when the first report can start and when the last one is done."""
    begin, make = room.processes, one_run.execute

    def when_ready(*given: Any, **more: Any) -> Any:
        ways = begin(*given, **more)
        server = getattr(ways, "_server", None)
        if server is not None:
            select.select([server.stdout], [], [])
        clock["from"] = time.perf_counter()
        return ways

    def noted(due: Any, work: Path, *, done: Any, **more: Any) -> None:
        def and_note(executed: Any) -> None:
            done(executed)
            clock["to"] = time.perf_counter()

        make(due, work, done=and_note, **more)

    room.processes, one_run.execute = when_ready, noted


def main(told: Path, arguments: list[str]) -> int:
    clock: dict[str, float] = {}
    watch(clock)
    code = cli.main(arguments)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    told.write_text(json.dumps({"warm": clock.get("to", 0.0) - clock.get("from", 0.0), "peak": own}))
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
