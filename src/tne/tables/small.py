"""Tables of a session whose files are small, copied to memory: looking back asks them dozens of times."""

from __future__ import annotations

from tne.tables.engine import Engine

SMALL = 30_000_000  # bytes of all files; the demo has 15 MB, and its tables besides the audits take 46 MB in memory


def keep_small(engine: Engine) -> None:
    """Copy every table besides the audits if the files are small; what the session shows is read as before.

    Parameters
    ----------
    engine : Engine
        Of all markets; nothing is done for another, or where the rows do not come from files.
    """
    sizes = [file.stat().st_size for file in engine.files if file.exists()]
    if engine.market is None and 0 < sum(sizes) <= SMALL and len(sizes) == len(engine.files):
        for name in engine.present:
            if name != "audits":
                engine.make(_copy(name), f"SELECT * FROM stored_{name}")


def stored(engine: Engine, name: str) -> str:
    """Return where to read the stored rows of a table: its copy, if there is one."""
    return _copy(name) if _copy(name) in engine.made else f"stored_{name}"


def _copy(name: str) -> str:
    return f"small_{name}"
