"""What must hold whatever file is imported: a refusal or an exact account, soon, and nobody's data in any message."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import re
import shutil
import signal
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

from tests.tables.hostile_cases import MARK, Seed
from tne.tables.importers import ContractError, ImportReport, MappingError, import_export, import_known
from tne.tables.importers.guessing import guess

_CLOCKS = re.compile(rb'"at": "[^"]*"|\b\d{19}\b')
SECONDS, PATIENCE = 20.0, 120  # a hang, not a slow machine


def state(root: Path) -> str:
    """Return a hash of everything in a workspace but the quarantine, the lock and the clocks of its versions."""
    seen = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and "quarantine" not in path.parts and path.name != ".import.lock":
            told = path.read_bytes()
            if path.parent.name == "versions":
                told = _CLOCKS.sub(b"", told)
            seen.update(str(path.relative_to(root)).encode() + b"\0" + told)
    return seen.hexdigest()


@contextlib.contextmanager
def patience() -> Iterator[None]:
    """Interrupt what hangs, such as the opening of a pipe."""

    def late(*_: object) -> None:
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class World:
    """A workspace beside its untouched copy."""

    def __init__(self, template: Path, folder: Path) -> None:
        self.template, self.root = template, folder / "ws"
        self.folder = folder
        self.fresh()
        self.before = state(self.root)

    def fresh(self) -> None:
        """Put the untouched workspace in place."""
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self.template, self.root)

    def tried(self, seed: Seed, path: Path, *, again: bool = False) -> tuple[str, list[str]]:
        """Import a file; return how that went ("stored", or the error's name), and what was broken."""
        broken: list[str] = []
        said = io.StringIO()
        start = time.process_time()
        handler = logging.StreamHandler(said)
        logging.getLogger().addHandler(handler)
        quiet = contextlib.redirect_stdout(said), contextlib.redirect_stderr(said)
        with patience(), quiet[0], quiet[1], warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            how, report = self._run(seed, path, said, broken)
        logging.getLogger().removeHandler(handler)
        spent = time.process_time() - start
        said.write("".join(f"{w.message}" for w in warned))
        if MARK in said.getvalue().casefold():
            broken.append("a message shows somebody's data")
        if spent > SECONDS:
            broken.append(f"it took {spent:.1f} s")
        now = state(self.root)
        if report is None and now != self.before:
            broken.append("a failed import changed the store")
        if report is not None and again and not broken:
            self._run(seed, path, io.StringIO(), broken)
            if state(self.root) != now:
                broken.append("importing twice changed the store")
        if now != self.before:
            self.fresh()
        else:
            shutil.rmtree(self.root / "quarantine", ignore_errors=True)
        return how, broken

    def _run(
        self, seed: Seed, path: Path, said: io.StringIO, broken: list[str]
    ) -> tuple[str, ImportReport | None]:
        try:
            if seed.mapping:
                self.folder.joinpath("map.toml").write_text(seed.mapping, encoding="utf-8")
                report = import_export(self.folder / "map.toml", path, self.root)
            else:
                report = import_known(path, self.root, seed.answers)
            said.write(f"{report.summary()}{report!r}")
            return "stored", report
        except (MappingError, ContractError) as error:
            said.write(f"{error}{error!r}{error.__cause__ or ''}")
            return type(error).__name__, None
        except BaseException as error:
            broken.append(f"{type(error).__name__} instead of a refusal")
            return type(error).__name__, None

    def guessed(self, path: Path) -> list[str]:
        """Let a mapping be proposed; return what was broken."""
        broken: list[str] = []
        start = time.process_time()
        try:
            with patience():
                text = guess([path], {})
        except (MappingError, ContractError) as error:
            text = str(error)
        except Exception as error:
            return [f"guessing: {type(error).__name__} instead of a refusal"]
        if MARK in text.casefold():
            broken.append("a proposed mapping shows somebody's data")
        if time.process_time() - start > SECONDS:
            broken.append("guessing took too long")
        return broken
