"""A PostgreSQL server of the tests' own: a private folder, a private socket, no password, gone afterwards."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOMES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True)
MISSING = (
    "" if HOMES or shutil.which("initdb") else "PostgreSQL's server is not installed (Debian: postgresql)"
)
VARIABLES = ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSERVICE", "PGPASSFILE", "PGOPTIONS")


@contextmanager
def server() -> Iterator[dict[str, str]]:
    """Start a server and yield the variables that lead to it, those of a reader: it may read, nothing else.

    The owner's own are the same with PGUSER ``owner``. The server refuses to run as root, so root hands the folder
    to the user of the package.
    """
    folder = Path(tempfile.mkdtemp(prefix="tne-pg-"))
    try:
        who = _unprivileged(folder)
        _run(
            who,
            "initdb",
            "-D",
            folder / "data",
            "-U",
            "owner",
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--locale-provider=icu",
            "--icu-locale=sv",  # in which words are sorted as nowhere else
        )
        command = [
            *who,
            HOMES[0] / "postgres" if HOMES else "postgres",
            "-D",
            folder / "data",
            "-k",
            folder,
            "-h",
            "",
        ]
        command += ["-F", "-c", "shared_buffers=64MB", "-c", "autovacuum=off"]
        with (
            (folder / "log").open("w") as log,
            subprocess.Popen([*map(str, command)], cwd="/", stdout=log, stderr=log) as started,
        ):
            try:
                _await(started, folder)
                yield {"PGHOST": str(folder), "PGPORT": "5432", "PGDATABASE": "postgres", "PGUSER": "owner"}
            finally:
                started.send_signal(signal.SIGQUIT)  # at once: nothing is kept
    finally:
        shutil.rmtree(folder)


@contextmanager
def connected(variables: dict[str, str]) -> Iterator[None]:
    """Set the variables of libpq for a while, and no others."""
    before = {name: os.environ.pop(name, None) for name in VARIABLES}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _await(started: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until the server says that it is ready, on the eighth line of its own file."""
    said = folder / "data" / "postmaster.pid"
    for _ in range(1200):
        lines = said.read_text().splitlines() if said.exists() else []
        if len(lines) > 7 and lines[7].strip() == "ready":
            return
        if started.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"The server does not start: {(folder / 'log').read_text()[-500:]}")


def _unprivileged(folder: Path) -> list[str]:
    """Words before a command that give it an ordinary user, and an end with the process that started it."""
    dying = ["setpriv", "--pdeathsig=QUIT"] if shutil.which("setpriv") else []
    if os.getuid() != 0:
        return dying
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return [*dying, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _run(who: list[str], program: str, *arguments: object) -> None:
    path = HOMES[0] / program if HOMES else program
    told = subprocess.run(
        [*who, path, *map(str, arguments)], cwd="/", capture_output=True, text=True, check=False
    )
    if told.returncode:
        raise RuntimeError(f"{program} ended with {told.returncode}: {told.stderr[-500:]}")
