"""How do several hosts share one run? Each makes its share of the reports; what spans them is merged in turn."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tne.runs import manifest
from tne.runs.inputs import digest
from tne.runs.outcome import UsageError, exit_code
from tne.runs.plan import CACHE
from tne.runs.publish import Record, cannot_start

_TEXT = re.compile(r"([1-9][0-9]{0,2})/([1-9][0-9]{0,2})")
_FILE = re.compile(r"shard-([0-9]+)-of-([0-9]+)\.lock")
_WAIT = 300.0


@dataclass(frozen=True)
class Shard:
    """Share `number` of `of`, counted from 1."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Return the share that ``"2/3"`` means.

        Raises
        ------
        UsageError
            If it means none.
        """
        found = _TEXT.fullmatch(text)
        if found is None or int(found[1]) > int(found[2]):
            raise UsageError(f"{text!r} is no share. Write --shard 1/3, --shard 2/3 and --shard 3/3.")
        return cls(int(found[1]), int(found[2]))

    @property
    def name(self) -> str:
        """How its files are called."""
        return f"shard-{self.number}-of-{self.of}"

    def takes(self, path: str) -> bool:
        """Say whether the report at `path` is in this share; depends on nothing but the path.

        Examples
        --------
        >>> [Shard(i, 3).takes("effectiveness/DE.html") for i in (1, 2, 3)].count(True)
        1
        """
        return int(digest(path)[:12], 16) % self.of + 1 == self.number

    def folder(self, output: Path) -> Path:
        """Return where its own progress and the note of its work folder stand."""
        return output / CACHE / self.name


@contextmanager
def running(output: Path, shard: Shard) -> Iterator[None]:
    """Hold the output folder together with the other shares of the same number, and without anybody else.

    Raises
    ------
    UsageError
        If an ordinary run, shares of another number, or this very share hold it.
    """
    cache = output / CACHE
    try:
        cache.mkdir(parents=True, exist_ok=True)
        (cache / "gate").open("a+b").close()
        shard.folder(output).mkdir(exist_ok=True)
    except OSError as error:
        raise cannot_start(output, error) from None
    with ExitStack() as held:
        with _locked(
            cache / "gate"
        ):  # one at a time comes in, so that nobody decides on what is just changing
            if not _take(held, cache / "lock", shared=True):
                raise UsageError(
                    f"An ordinary run is writing to {output}. Wait for it, or choose another folder with --output."
                )
            others = [(file, _FILE.fullmatch(file.name)) for file in sorted(cache.glob("shard-*.lock"))]
            alone = True
            for file, match in others:
                if match is None or file.name == f"{shard.name}.lock" or not _busy(file):
                    continue
                alone = False
                if int(match[2]) != shard.of:
                    raise UsageError(
                        f"Share {match[1]}/{match[2]} is writing to {output}. All hosts must take the same number "
                        f"of shares: wait for it, or take --shard {min(shard.number, int(match[2]))}/{match[2]}."
                    )
            if not _take(held, cache / f"{shard.name}.lock", shared=False):
                raise UsageError(
                    f"Share {shard.number}/{shard.of} is being made already. Give every host a share of its own."
                )
            if alone:
                for left in [*output.rglob(".*.tmp")]:  # of a run that was killed
                    left.unlink(missing_ok=True)
        yield


@contextmanager
def alone(output: Path) -> Iterator[None]:
    """Hold what is common to all shares, for a moment: waits until the others have let go of it."""
    with _locked(output / CACHE / "merge"):
        yield


def merged(
    shard: Shard,
    own: Mapping[str, Any],
    entries: Mapping[str, Mapping[str, Any]],
    stored: Mapping[str, Any],
    shelf: Mapping[str, Record],
) -> dict[str, Any]:
    """Return the manifest of all shares so far.

    Parameters
    ----------
    shard : Shard
        Whose run has just ended.
    own : mapping
        Its manifest; its `run_id` is that of the whole plan, so that shares of one plan know each other.
    entries : mapping
        Its reports by path.
    stored : mapping
        The manifest that stands in the output folder now.
    shelf : mapping
        The pages that stand there now.
    """
    before = stored.get("shards") or {}
    together = stored.get("run_id") == own["run_id"] and before.get("of") == shard.of
    finished = dict(before.get("finished", {})) if together else {}
    keys = ("status", "exit_code", "started_at", "finished_at", "seconds")
    finished[str(shard.number)] = {key: own[key] for key in keys}
    theirs = [
        entry
        for entry in stored.get("reports", [])
        if together and entry.get("selected") and entry.get("target") not in entries
    ]
    reports = manifest.merge([*entries.values(), *theirs], stored.get("reports", []), shelf)
    complete = len(finished) == shard.of
    code = exit_code(entry for entry in reports if entry["selected"]) if complete else None
    stopped = [part["exit_code"] for part in finished.values() if part["status"] == "interrupted"]
    if complete and stopped:
        code = stopped[0]
    status = "interrupted" if stopped else "failed" if code else "complete"
    return {
        **own,
        "status": status if complete else "running",
        "exit_code": code,
        "started_at": min(part["started_at"] for part in finished.values()),
        "finished_at": own["finished_at"] if complete else None,
        "inputs": {**(stored.get("inputs", {}) if together else {}), **own["inputs"]},
        "reports": reports,
        "shards": {"of": shard.of, "finished": dict(sorted(finished.items(), key=lambda item: int(item[0])))},
    }


def _take(held: ExitStack, path: Path, *, shared: bool) -> bool:
    """Lock `path` until `held` closes; say whether it was free."""
    handle = held.enter_context(path.open("a+b"))
    return _lock(handle, shared=shared)


def _busy(path: Path) -> bool:
    with path.open("a+b") as handle:
        return not _lock(handle, shared=False)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a+b") as handle:
        until = time.monotonic() + _WAIT
        while not _lock(handle, shared=False):
            if time.monotonic() > until:
                raise UsageError(
                    f"{path} has been locked for {_WAIT:g} s. Is a host with a share of this run stuck?"
                )
            time.sleep(0.05)
        yield


def _lock(handle: IO[bytes], *, shared: bool) -> bool:
    if sys.platform == "win32":
        raise UsageError("Shares need a system with flock. Run without --shard.")
    import fcntl

    with suppress(OSError):
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        return True
    return False
